r"""What LaTeX has no one way to write, in each dialect of it: gaps, their answers, what is too long, words. Typst is one more.

`sheet` is our own pages', with the macros of their preamble. `plain` is for any document that loads amsmath and nothing else.
`web` is what KaTeX, MathJax and Pandoc all read. `typst` is for pages that Typst sets, with the functions of their preamble.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType

from derivgen.frozen import dataclass, field
from derivgen.present.tex import mathematical, tex_text

ROW_END = r" \\ "
LINE = 1.25  # em
FRAME = 0.7  # em that the frame of a box takes
DOT, DIGIT = 0.278, 0.5  # em

_RELATIONS = MappingProxyType({"=": "=", "≈": r"\approx", ":=": r"\mathrel{:=}", "←": r"\leftarrow"})
_OPENING = MappingProxyType({"(": r"\Bigl(", "{": r"\Bigl\{"})
_CLOSING = MappingProxyType({")": r"\Bigr)", "}": r"\Bigr\}"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How each is written; widths in em, heights in lines. A `cell` is a gap that is a table's cell, `tall` its tall heading,
    `dagger` a mark beside a number that takes no room.

    Where it `cuts_gaps` a gap is never wider than the room: on our own pages it is as wide as its answer is, on the key as well.
    A matrix of more than `most_columns` is an array: amsmath's matrices hold no more without being told.
    `fit` is for what is wider than the room, `long` for a left side that takes a row of its own, `words` for plain words.
    Of a line in rows: `relations` by their characters, the `indent` of a row that goes on within one, `times` before a factor
    that would begin it without a sign, `thin` the space that it loses; `signs` matches what begins one with a sign. `opening` and
    `closing` are brackets that may stand on different rows, `raised` puts an exponent on one, `bold` is an answer too long for
    its box. `unseen` takes the room of figures and shows nothing.
    """

    gap: Callable[[float, float], str]
    filled: Callable[[float, float, str], str]
    cell: Callable[[float, float], str]
    cell_filled: Callable[[float, float, str], str]
    fit: Callable[[float, str], str]
    long: Callable[[str], str]
    tall: Callable[[str], str]
    words: Callable[[str], str]
    dagger: str = r"\rlap{$^{\dagger}$}"
    text: str = "textnormal"
    cuts_gaps: bool = True
    tall_rows: str = r" \\[4pt] "
    most_columns: int | None = 10
    relations: Mapping[str, str] = field(default_factory=lambda: _RELATIONS)
    indent: str = r"\qquad "
    times: str = r"\cdot "
    thin: str = r"\,"
    signs: str = r"(?:\\boldsymbol\{\{\} )?(?:[+\-*,;]|\\cdot|\\odot|\\sum)"
    opening: Mapping[str, str] = field(default_factory=lambda: _OPENING)
    closing: Mapping[str, str] = field(default_factory=lambda: _CLOSING)
    raised: Callable[[str, str], str] = lambda base, exponent: f"{base}^{{{exponent}}}"
    bold: Callable[[str], str] = lambda content: bold(content)
    unseen: Callable[[str], str] = lambda figures: rf"\phantom{{{figures.replace(',', '{,}')}}}"


_NO_T1 = {'"': "''", "„": ",,", "«": r"$\ll$", "»": r"$\gg$", "°": r"$^{\circ}$"}
"""Characters whose commands need another font encoding than LaTeX's first one."""


def plain_words(words: str) -> str:
    r"""Return words for any document: what its fonts may lack is left as it is written.

    >>> plain_words('50% of "x"')
    "50\\% of ''x''"
    """
    text = "".join(_NO_T1.get(character) or tex_text(character) for character in words)
    return re.sub(r"\\dgchar\{([0-9A-F]+)\}", lambda match: chr(int(match[1], 16)), text)


_WEB = {"_": r"}\underline{\ }\text{", "$": r"}\$\text{", "\\": r"}\backslash\text{", "{": r"}\lbrace\text{"}
_WEB |= {
    "}": r"}\rbrace\text{",
    "#": r"}\#\text{",
    "%": r"}\%\text{",
    "&": r"}\&\text{",
    "^": r"}\wedge\text{",
    "~": " ",
    "`": "'",
    "<": r"} < \text{",
}
_WEB |= {">": r"} > \text{", "|": r"}\vert\text{", "*": r"}\ast\text{"}


def web_words(words: str) -> str:
    r"""Return words within `\text{…}` for the web: letters as they are, nothing that Markdown or a table would take for its own.

    >>> web_words("a_b")
    'a}\\underline{\\ }\\text{b'
    """
    return "".join(_web(character) for character in " ".join(words.split()))


def _web(character: str) -> str:
    sign = mathematical(character)
    return _WEB.get(character) or (rf"}}{sign}\text{{" if sign else character)


def _frame(width: float, height: float) -> str:
    """An empty box of that size around the height of a letter; the frame itself takes some of it."""
    return rf"\boxed{{{_strut(height * LINE - FRAME)}\hspace{{{max(width - FRAME, 1):.1f}em}}}}"


def _strut(whole: float) -> str:
    """Something invisible so many em high, its middle at that of a letter."""
    return rf"\rule[{-(whole / 2 - 0.25):.2f}em]{{0em}}{{{whole:.2f}em}}"


def _dots(width: float) -> str:
    """A dotted line to write on: three dots at least."""
    return "." * max(3, round(width / DOT))


def _web_frame(width: float, height: float) -> str:
    r"""The same of what every reader has: something invisible as high, and dots, since MathML in Chromium draws no box.

    >>> _web_frame(3.0, 1.0)
    '\\boxed{\\phantom{0}.....\\phantom{0}}'
    """
    rows = round(height / 1.2)
    tall = r"\dfrac{0}{0}" if rows < 3 else rf"\begin{{matrix}} {ROW_END.join('0' * rows)} \end{{matrix}}"
    high = "0" if height <= 1.4 else tall
    return rf"\boxed{{\phantom{{{high}}}{_dots(ceil(max(width - FRAME, 1)) - 2 * DIGIT)}\phantom{{0}}}}"


def bold(content: str) -> str:
    """Return bold mathematics; a sign that it begins with keeps its distance."""
    return rf"\boldsymbol{{{{}}{content}}}" if content.startswith(" ") else rf"\boldsymbol{{{content}}}"


def _answer(width: float, height: float, content: str) -> str:
    return rf"\boxed{{\boldsymbol{{{content}}}}}"


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "sheet": Dialect(
            gap=lambda width, height: rf"\dggap{{{width:g}em}}{{{height:g}}}",
            filled=lambda width, height, content: rf"\dgfill{{{width:g}em}}{{{height:g}}}{{{content}}}",
            cell=lambda width, height: rf"\dgcell{{{width:g}em}}{{{height:g}}}",
            cell_filled=lambda width, height, content: rf"\dgcellfill{{{width:g}em}}{{{height:g}}}{{{content}}}",
            fit=lambda room, content: rf"\dgfit{{{room:.1f}em}}{{{content}}}",
            long=lambda content: rf"\dglong{{{content}}}",
            tall=lambda content: rf"\dgtall{{{content}}}",
            words=tex_text,
            cuts_gaps=False,
            most_columns=None,
        ),
        "plain": Dialect(
            gap=_frame,
            filled=_answer,
            cell=lambda width, height: rf"{_strut(height * LINE)}\hspace{{{width:g}em}}",
            cell_filled=lambda width, height, content: rf"\boldsymbol{{{content}}}",
            fit=lambda room, content: rf"\mbox{{\footnotesize$\displaystyle {content}$}}",
            long=lambda content: rf"\rlap{{$\displaystyle {content}$}}\quad",
            tall=lambda content: rf"\displaystyle {content}\rule[-1.1em]{{0em}}{{2.7em}}",
            words=plain_words,
        ),
        "web": Dialect(
            gap=_web_frame,
            filled=_answer,
            cell=lambda width, height: _dots(ceil(width)),
            cell_filled=lambda width, height, content: rf"\boldsymbol{{{content}}}",
            fit=lambda room, content: content,
            long=lambda content: content,
            tall=lambda content: rf"\displaystyle {content}",
            words=web_words,
            dagger=r"^{\dagger}",
            text="text",
            tall_rows=r" \\ ",
        ),
        "typst": Dialect(
            gap=lambda width, height: f"#gap({width:g}em, {height:g});",
            filled=lambda width, height, content: f"#filled({width:g}em, {height:g}, ${content}$);",
            cell=lambda width, height: f"#cell({width:g}em, {height:g});",
            cell_filled=lambda width, height, content: f"#cell-filled({width:g}em, {height:g}, ${content}$);",
            fit=lambda room, content: f"#fit({room:.1f}em, ${content}$);",
            long=str,
            tall=lambda content: f"#tall(${content}$);",
            words=str,
            dagger="#dagger-aside;",
            cuts_gaps=False,
            relations={"=": "=", "≈": "approx", ":=": ":=", "←": "<-"},
            indent="#h(2em);#box();",
            times="dot ",
            thin="thin",
            signs=r"(?:#answer\(\$ ?)?(?:[+\-*]|\\[,;]|dot\b|⊙|sum)",
            opening={"(": r"lr(size: #1.8em, \()", "{": r"lr(size: #1.8em, \{)"},
            closing={")": r"lr(size: #1.8em, \))", "}": r"lr(size: #1.8em, \})"},
            raised=lambda base, exponent: f"{base}^({exponent})",
            bold=lambda content: f"#answer(${content}$);",
            unseen=lambda figures: f'std.hide("{figures}")',
        ),
    }
)
"""Every dialect of LaTeX, and Typst, by the name a `Style` has it by."""
