r"""Many sheets as one TeX document: what stands before them, where each begins, which lines and pages are whose.

pdfTeX numbers its fonts in the order they are loaded and embeds of each the letters that are used. A sheet cut out of the whole
must not tell who its neighbours were; so every chunk begins with the same pages, thrown away afterwards, that use every
font and letter a sheet is expected to need. `cut.fonts` tells when one has needed more.

Most tasks are the same on every sheet: their gaps, or a key's formulas. Those of the samples are set once, line by line, and
copied to the sheets that have the same text, which takes half the time; where pages end is still found for each sheet.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derivgen.rendering.latex import Parts
from derivgen.rendering.tikz import PLACED

SIDE = "pages"  # the ending of the file in which `_MACROS` have TeX write down where it is

_SIZES = (r"\normalsize", r"\small", r"\large", r"\Large", r"\fontsize{10}{12}\selectfont", r"\fontsize{9}{11}\selectfont")
_FIGURES = "0123456789+-=<>()[]/.,:;|!"
_UNKNOWN = "ABCDEFU"  # a character that no font has is printed by its number, [U+4E2D]
_FORMULA = (
    rf"${_FIGURES}\cdot\approx\ne\le\ge\times\pm\ldots\infty\{{\}}_{{{_FIGURES}}}^{{{_FIGURES}'}}"
    + "".join(rf"\{size}l{left}\{size}r{right}" for size in ("big", "Big", "bigg", "Bigg") for left, right in ("()", "[]"))
    + r"\Bigl\{\Bigr\}\biggl\{\biggr\}\frac{1}{2}\sum\displaystyle\sum_{1}^{2}$"
)
_MACROS = r"""\ifdefined\pdfgentounicode\pdfgentounicode=1 \pdfcompresslevel=1 \pdfobjcompresslevel=0 \fi
\renewcommand{\dgmetadata}[2]{}
\newwrite\dgside
\immediate\openout\dgside=\jobname.pages
\newcount\dgcode
\newcommand{\dgwholefont}{\dgcode=0 \loop\ifnum\dgcode<256 \iffontchar\font\dgcode\char\dgcode\ \fi\advance\dgcode1 \repeat\par}
\newcommand{\dgopen}[1]{\immediate\write\dgside{#1}}
\newcommand{\dgclose}[1]{\immediate\write\dgside{#1 \the\numexpr\value{page}-1\relax}\setcounter{page}{1}}
\newcommand{\dgkeeptask}[2]{\expandafter\newbox\csname dgtask@#1\endcsname\global\setbox\csname dgtask@#1\endcsname\vbox{%
  #2\par\expandafter\xdef\csname dgdepth@#1\endcsname{\the\prevdepth}}}
\newcommand{\dgkepttask}[1]{\dgtaskrule\unvcopy\csname dgtask@#1\endcsname\prevdepth=\csname dgdepth@#1\endcsname\relax}
"""
_RUNNING = r"""\makeatletter
\newbox\dgheadbox \newbox\dgfootbox
\let\dgoddhead\@oddhead \let\dgoddfoot\@oddfoot
\newcommand{\dgrunning}{\setbox\dgheadbox\hb@xt@\textwidth{\dgoddhead}%
  \setbox\dgfootbox\hb@xt@\textwidth{\let\thepage\@empty\dgoddfoot}}
\fancyhf{}\fancyfoot[C]{\small\thepage}
\loop\expandafter\newbox\csname dgpage@\thepage\endcsname
  \expandafter\setbox\csname dgpage@\thepage\endcsname\hb@xt@\textwidth{\dgoddfoot}%
  \ifnum\value{page}<6 \stepcounter{page}\repeat
\setcounter{page}{1}
\def\@oddhead{\copy\dgheadbox}
\def\@oddfoot{\ifcsname dgpage@\thepage\endcsname\rlap{\copy\dgfootbox}\copy\csname dgpage@\thepage\endcsname\else\dgoddfoot\fi}
\makeatother
"""
"""What stands at the head and foot of a sheet's pages is set once for the sheet, the numbers of the first pages for all sheets;
else that takes a quarter of the time."""

_TASK = re.compile(r"^% Task (.+)$")
_TASKS = re.compile(r"^(?=% Task )", re.MULTILINE)
_OPENS, _HEAD = r"\dgtask{", r"\dgtaskhead{"
_OF_A_PAGE = re.compile(r"\\(?:dgneed|dgheading|dgtablehead|newpage|clearpage)\b")
"""What looks at the page it stands on; a task with any of these in it is set where it stands."""


def _letters() -> str:
    """Every figure and sign in every size and weight; in the fonts that names are printed in, every letter there is."""
    lines = []
    for size in _SIZES:
        for weight in ("", r"\bfseries\boldmath", r"\itshape"):
            lines.append(rf"{{{size}{weight} {_UNKNOWN}{_FIGURES} {_FORMULA}\par}}")
    return "\n".join([*lines, r"{\small\bfseries\dgwholefont}", r"{\normalsize\dgwholefont}", r"{\small\dgwholefont}"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document among many, and what messages call it: `student 37, key`."""

    name: str
    parts: Parts


@dataclass(frozen=True)
class Chunk:
    """Sheets as one TeX document. `starts` are the lines where each sheet's text begins, `hidden` how many are thrown away."""

    tex: str
    starts: tuple[int, ...]
    names: tuple[str, ...]
    hidden: int

    def owner(self, line: int) -> int | None:
        """Which sheet a line of the document belongs to, counted from 0; None for one of no sheet."""
        at = bisect_right(self.starts, line) - 1
        return at - self.hidden if at >= self.hidden else None

    def task(self, line: int) -> str:
        """The number of the task a line belongs to, empty before the first."""
        at = bisect_right(self.starts, line) - 1
        lines = self.tex.split("\n")[self.starts[at] - 1 : line] if at >= 0 else []
        return next((found[1] for text in reversed(lines) if (found := _TASK.match(text))), "")


def chunk(sheets: Sequence[Sheet], samples: Sequence[Parts], preamble: str = "") -> Chunk:
    """The document of some sheets of one preamble, which is left out where a format holds it; `samples` are set first."""
    kept = {name: lines for part in samples for name, lines in part.drawings}
    drawings = [f"\\dgkeep{{{name}}}{{%\n{lines}}}\n" for name, lines in kept.items()]
    tasks = _kept_tasks(samples)
    held = [f"\\dgkeeptask{{{name}}}{{%\n{task.replace(_OPENS, _HEAD, 1)}}}%" for task, name in tasks.items()]
    pieces = [preamble, _MACROS, PLACED if kept else "", "\\begin{document}\n", _RUNNING, *drawings]
    line = 1 + sum(piece.count("\n") for piece in pieces)
    starts: list[int] = []
    listed = [("", "\n".join([_letters(), *held])), *((part.head, part.body) for part in samples)]
    listed += [(sheet.parts.head, _shortened(sheet.parts.body, tasks)) for sheet in sheets]
    for number, (head, body) in enumerate(listed):
        text = f"\\dgopen{{{number}}}%\n{head}\\dgrunning\\begingroup\n{body}\n\\clearpage\\endgroup\\dgclose{{{number}}}%\n"
        starts.append(line)
        line += text.count("\n")
        pieces.append(text)
    hidden = 1 + len(samples)
    return Chunk("".join([*pieces, "\\end{document}\n"]), tuple(starts), tuple(sheet.name for sheet in sheets), hidden)


def _kept_tasks(samples: Sequence[Parts]) -> dict[str, str]:
    """The tasks of the samples by their text, with a name for each: of a sheet that has the same, they are copied."""
    texts = [task for part in samples for task in _TASKS.split(part.body)[1:]]
    whole = [task for task in texts if _OPENS in task and not _OF_A_PAGE.search(task)]
    return {task: str(number) for number, task in enumerate(dict.fromkeys(whole))}


def _shortened(body: str, kept: Mapping[str, str]) -> str:
    """A sheet's text with its kept tasks by their names. The rule above a task is a matter of its page, and set there."""
    parts = _TASKS.split(body)
    return "".join(
        "".join((part.partition("\n")[0], "\n\\dgkepttask{", kept[part], "}\n")) if part in kept else part for part in parts
    )


def pages(side: str, made: Chunk) -> tuple[tuple[int, int], ...] | None:
    """The pages of each sheet, from the first to before the last, as TeX wrote them down; None where it did not end."""
    counts = [int(words[1]) for line in side.splitlines() if len(words := line.split()) == 2]
    if len(counts) != made.hidden + len(made.names):
        return None
    ends = [sum(counts[: at + 1]) for at in range(len(counts))]
    return tuple((end - count, end) for count, end in zip(counts, ends, strict=True))[made.hidden :]


def reached(side: str, made: Chunk) -> int | None:
    """The sheet TeX had begun last; None where it came to none."""
    begun = [int(words[0]) for line in side.splitlines() if len(words := line.split()) == 1]
    return begun[-1] - made.hidden if begun and begun[-1] >= made.hidden else None
