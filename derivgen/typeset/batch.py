"""Many sheets → a PDF of each, several tens of them in one run of TeX; a sheet that fails is named, and the rest are made."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import islice

from derivgen.errors import Problem, ToolError
from derivgen.frozen import dataclass, replace
from derivgen.rendering.latex import Parts
from derivgen.typeset.compact_fonts import compact_fonts
from derivgen.typeset.engines import Engine, find_engine
from derivgen.typeset.formats import dumped_format
from derivgen.typeset.pdf import FORMAT, JOB, LOG_READ, OPTIONS, environment, first_error, limits_for, out_of_time, typeset
from derivgen.typeset.pdf_pages import Pages, all_pages, fonts, split_pdf
from derivgen.typeset.sandbox import Outcome, run

AT_ONCE = 150
"""How many sheets go into one run: enough for its start to cost little, few enough for memory to stay small."""
_TEX, _PDF, _LOG, _SIDE = f"{JOB}.tex", f"{JOB}.pdf", f"{JOB}.log", f"{JOB}.pages"


@dataclass(frozen=True)
class BatchTypesetter:
    """What sheets of one kind are typeset with: the engine, their preamble, some of them as samples, the fonts those need."""

    engine: Engine
    preamble: str
    samples: tuple[Parts, ...]
    fonts: str = ""


@dataclass(frozen=True, slots=True)
class Typeset:
    """A sheet's PDF, and its pages among others where it was typeset with them; or the problem that came up."""

    name: str
    pdf: bytes = b""
    within: Pages | None = None
    problem: Problem | None = None

    @property
    def pages(self) -> int:
        """Return how many pages it has."""
        return self.within.count if self.within is not None else 0


def prepare_typesetter(samples: Sequence[Parts], engine: Engine | None = None, fonts_: str = "") -> BatchTypesetter:
    """Return a typesetter for sheets like these samples (one of each kind at least, all with one preamble).

    Each sheet's bytes depend on the samples, so they have to be the same in every run: drawn from the spec alone. What fonts
    they need is found by a run of TeX, unless another typesetter for the same samples and engine has told.

    Raises:
        ToolError: no engine; an error in a sample.
    """
    typesetter = BatchTypesetter(
        engine or find_engine(), samples[0].preamble, tuple(part for part in samples if part.preamble == samples[0].preamble)
    )
    if typesetter.engine.kind != "pdflatex" or fonts_:
        return replace(typesetter, fonts=fonts_)
    made = batch_document((), typesetter.samples, _preamble(typesetter))
    outcome = _run(typesetter, made)
    if not _came_through(outcome):
        raise ToolError(_problem(outcome, made, "a sample")[1])
    import pikepdf

    with pikepdf.open(BytesIO(outcome.files[_PDF])) as pdf:
        return replace(typesetter, fonts=fonts(pdf))


def typeset_many(typesetter: BatchTypesetter, sheets: Iterable[BatchItem], at_once: int = AT_ONCE) -> Iterator[Typeset]:
    """Yield each sheet's PDF, in order, as soon as its run of TeX is done.

    A sheet's bytes depend on the sheet and the typesetter alone: not on those beside it, nor on how many are set at once.

    Raises:
        ToolError: the engine does not run, or fails before it comes to a sheet.
    """
    left = iter(sheets)
    while group := tuple(islice(left, at_once)):
        if typesetter.engine.kind == "pdflatex" and all(sheet.parts.preamble == typesetter.preamble for sheet in group):
            yield from _together(typesetter, group)
        else:
            yield from (_alone(typesetter, sheet) for sheet in group)


def _alone(typesetter: BatchTypesetter, sheet: BatchItem) -> Typeset:
    """A sheet by a run of its own: for an engine that does not take many, or a sheet of another kind."""
    try:
        made = typeset(sheet.parts.whole, engine=typesetter.engine, name=sheet.name)
    except ToolError as error:
        return Typeset(sheet.name, problem=error.problems[0])
    return Typeset(sheet.name, made, all_pages(made))


def _together(typesetter: BatchTypesetter, sheets: Sequence[BatchItem]) -> list[Typeset]:
    """All in one run; without one that fails; in two halves, and so on, where one needs letters that are not expected."""
    import pikepdf

    if not sheets:
        return []
    made = batch_document(sheets, typesetter.samples, _preamble(typesetter))
    outcome = _run(typesetter, made)
    if not _came_through(outcome):
        at, problem = _problem(outcome, made, "the sheets")
        if at is None and len(sheets) > 1:
            return _in_halves(typesetter, sheets)
        at = at or 0
        rest = _together(typesetter, [*sheets[:at], *sheets[at + 1 :]])
        return [*rest[:at], Typeset(sheets[at].name, problem=problem), *rest[at:]]
    spans = pages(_side(outcome), made)
    with pikepdf.open(BytesIO(outcome.files[_PDF])) as pdf:
        if spans is None or spans[-1][1] != len(pdf.pages):
            raise ToolError(
                Problem("the pages of the sheets could not be told apart", hint=f"the engine was {typesetter.engine.program}")
            )
        if len(sheets) == 1 or fonts(pdf) == typesetter.fonts:
            compact_fonts(pdf)
            files = split_pdf(pdf, spans, [sheet.parts for sheet in sheets])
            smaller = BytesIO()
            pdf.save(smaller, static_id=True)
            together = smaller.getvalue()
            pages_ = [Pages(together, start, end) for start, end in spans]
            return [Typeset(sheet.name, file, within) for sheet, file, within in zip(sheets, files, pages_, strict=True)]
    return _in_halves(typesetter, sheets)


def _in_halves(typesetter: BatchTypesetter, sheets: Sequence[BatchItem]) -> list[Typeset]:
    """Two runs for one, to find out which sheet it is."""
    half = len(sheets) // 2
    return [*_together(typesetter, sheets[:half]), *_together(typesetter, sheets[half:])]


def _preamble(typesetter: BatchTypesetter) -> str:
    """The preamble where no format holds it."""
    return "" if dumped_format(typesetter.preamble, typesetter.engine) is not None else typesetter.preamble


def _run(typesetter: BatchTypesetter, made: BatchDocument) -> Outcome:
    """Run the engine once on a document of many sheets, for a time in proportion to its length."""
    form = dumped_format(typesetter.preamble, typesetter.engine)
    command = [str(typesetter.engine.program), *OPTIONS[typesetter.engine.kind], *((f"-fmt={FORMAT}",) if form else ()), _TEX]
    inputs = {_TEX: made.tex.encode()} | ({FORMAT: form} if form else {})
    limits = limits_for(made.tex, typesetter.engine.kind)
    try:
        return run(command, inputs, (_PDF, _LOG, _SIDE), environment(typesetter.engine), limits)
    except OSError as error:
        raise ToolError(Problem(f"{typesetter.engine.program} could not be run: {error}")) from error


def _came_through(outcome: Outcome) -> bool:
    return outcome.code == 0 and not outcome.expired and bool(outcome.files.get(_PDF))


def _side(outcome: Outcome) -> str:
    return outcome.files.get(_SIDE, b"").decode(errors="replace")


def _problem(outcome: Outcome, made: BatchDocument, name: str) -> tuple[int | None, Problem]:
    """Which sheet failed, and why: the student, the task, what TeX says."""
    log = outcome.files.get(_LOG, b"")[-LOG_READ:].decode(errors="replace") or outcome.output
    told = first_error(log, made.tex, _TEX, name)
    at = made.owner(told.place.line) if told and told.place else None
    if at is None and not outcome.expired:  # what TeX writes is lost when it is killed
        at = reached(_side(outcome), made)
    if outcome.expired:
        told = out_of_time(outcome, limits_for(made.tex, "pdflatex"))
        at = 0 if len(made.names) == 1 else None
    elif told is None:
        told = Problem("TeX failed", hint=outcome.output.strip().split("\n")[-1].strip() or None)
    if at is None:
        return None, told
    task = made.task(told.place.line) if told.place else ""
    where = f"{made.names[at]}, task {task}" if task else made.names[at]
    hint = told.hint or (f"TeX stopped in: {told.place.text.strip()[:100]}" if told.place else None)
    return at, Problem(f"{where}: {told.message}", hint=hint)


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
class BatchItem:
    """One document among many, and what messages call it: `student 37, key`."""

    name: str
    parts: Parts


@dataclass(frozen=True)
class BatchDocument:
    """Sheets as one TeX document. `starts` are the lines where each sheet's text begins, `hidden` how many are thrown away."""

    tex: str
    starts: tuple[int, ...]
    names: tuple[str, ...]
    hidden: int

    def owner(self, line: int) -> int | None:
        """Return which sheet a line of the document belongs to, counted from 0; None for one of no sheet."""
        at = bisect_right(self.starts, line) - 1
        return at - self.hidden if at >= self.hidden else None

    def task(self, line: int) -> str:
        """Return the number of the task a line belongs to, empty before the first."""
        at = bisect_right(self.starts, line) - 1
        lines = self.tex.split("\n")[self.starts[at] - 1 : line] if at >= 0 else []
        return next((found[1] for text in reversed(lines) if (found := _TASK.match(text))), "")


def batch_document(sheets: Sequence[BatchItem], samples: Sequence[Parts], preamble: str = "") -> BatchDocument:
    """Return the document of some sheets of one preamble, which is left out where a format holds it; `samples` are set first."""
    tasks = _kept_tasks(samples)
    held = [f"\\dgkeeptask{{{name}}}{{%\n{task.replace(_OPENS, _HEAD, 1)}}}%" for task, name in tasks.items()]
    pieces = [preamble, _MACROS, "\\begin{document}\n", _RUNNING]
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
    return BatchDocument("".join([*pieces, "\\end{document}\n"]), tuple(starts), tuple(sheet.name for sheet in sheets), hidden)


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


def pages(side: str, made: BatchDocument) -> tuple[tuple[int, int], ...] | None:
    """Return the pages of each sheet, from the first to before the last, as TeX wrote them down; None where it did not end."""
    counts = [int(words[1]) for line in side.splitlines() if len(words := line.split()) == 2]
    if len(counts) != made.hidden + len(made.names):
        return None
    ends = [sum(counts[: at + 1]) for at in range(len(counts))]
    return tuple((end - count, end) for count, end in zip(counts, ends, strict=True))[made.hidden :]


def reached(side: str, made: BatchDocument) -> int | None:
    """Return the sheet TeX had begun last; None where it came to none."""
    begun = [int(words[0]) for line in side.splitlines() if len(words := line.split()) == 1]
    return begun[-1] - made.hidden if begun and begun[-1] >= made.hidden else None
