r"""Presentation tree → Typst's mathematics, and words → its markup and strings. Nothing in a name or in words can become code.

Commas and semicolons are always written as signs (`\,`), so that what is printed can stand among the arguments of any function.
`gap`, `filled`, `boxed` and the like are functions of the page, in `templates/typst/preamble.typ.j2`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths.names import SPELLED
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr
from derivgen.present import boxes
from derivgen.present.boxes import Box
from derivgen.present.build import present
from derivgen.present.marks import Mark
from derivgen.present.names import ACCENTS, PRIME, beside, spelled

OPERATORS = ("exp", "ln", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min", "arg")
"""Function names that Typst has operators for."""
_ACCENTS = {mark: name for name, mark in ACCENTS.items()} | {"‾": "overline", "_": "underline"}
_ACCENTS |= {"¯": "macron", "→": "arrow", "¨": "dot.double", "ˇ": "caron", "˚": "circle"}
_MARKS: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.DOT: "dot",
        Mark.MINUS: "-",
        Mark.NEGATIVE: "-",
        Mark.STAR: "*",
        Mark.LESS_EQUAL: "<=",
        Mark.GREATER_EQUAL: ">=",
        Mark.UNEQUAL: "!=",
        Mark.ABOUT: "approx",
        Mark.COMMA: r"\,",
        Mark.SEMICOLON: r"\;",
        Mark.THIN: " thin ",
        Mark.NABLA_SPACE: " thin ",
        Mark.TOP: "top",
        Mark.DAGGER: "dagger",
        Mark.PARTIAL: "partial",
        Mark.NABLA: "nabla",
        Mark.ONES: "upright(bold(1))",
    }
)
"""Signs that Typst has another name for than their character."""
_UNKNOWN = re.compile(
    r"[^\u0020-\u02ff\u0370-\u0482\u048a-\u04ff\u1e00-\u1eff"
    r"\u2010-\u2027\u2030-\u2040\u2074-\u208e\u20a0-\u20bf\u2100-\u211e\u2126-\u214f\u2190-\u22ff]"
)
"""A character that the fonts which come with Typst may not have: Latin, Greek, Cyrillic and mathematical ones are there."""
_CODE = re.compile(r"""[\\*_`#$<>@\[\]~={}/+|"']""")


def typst(expr: Expr, style: Style = DEFAULT) -> str:
    r"""Print the expression for Typst, for use within mathematics.

    >>> from derivgen.maths.tree import Neg, Partial, Product, Sum, Sym, number
    >>> typst(Product((number(-2), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2 (y - A_5)'
    >>> typst(Partial(Sym("Loss"), Sym("W_13")))
    'frac(partial"Loss", partial W_13)'
    """
    return shown(present(expr, style))


def shown(box: Box) -> str:
    """Print a box."""
    return PRINT[type(box)](box)


def joined(parts: Iterable[str]) -> str:
    """Return printed boxes beside each other, a blank only where two would be read as one: Typst sets those beside words."""
    made = ""
    for part in parts:
        apart = made[-1:].isalnum() and part[:1].isalnum()
        called = (made[-1:].isalnum() or made[-1:] == ")") and part[:1] == "("
        made += f" {part}" if apart or called else part
    return made


def string(words: str) -> str:
    r"""Return words as a string of Typst's, white space as blanks.

    >>> string('a "b"\n\\c')
    '"a \\"b\\" \\\\c"'
    """
    return '"' + " ".join(words.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(words: str) -> str:
    """Words with the numbers of characters that none of Typst's own fonts has in their places."""
    text = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", words) if c.isprintable() or c.isspace())
    return _UNKNOWN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def markup(words: str) -> str:
    r"""Return words as Typst's markup that shows them as they are.

    >>> markup("5 $ for #w_1 -- [a] // b")
    '5 \\$ for \\#w\\_1 \\-\\- \\[a\\] \\/\\/ b'
    >>> markup("Ștefan, Иван, 王芳")
    'Ștefan, Иван, \\[U\\+738B\\]\\[U\\+82B3\\]'
    """
    text = _CODE.sub(lambda found: "\\" + found[0], _shown(words))
    return re.sub(r"(?<![A-Za-z])-|-(?![A-Za-z])|\.(?=\.)|(?<=\.)\.|^\d+\.(?=\s|$)", lambda found: _apart(found[0]), text)


def _apart(sign: str) -> str:
    """A dash or full stop that Typst would take with its neighbours."""
    return f"{sign[:-1]}\\{sign[-1]}"


def _unit(box: Box) -> str:
    """A box to which scripts can be put."""
    text = shown(box)
    whole = isinstance(box, (boxes.Letter, boxes.Number, boxes.Glyph, boxes.Fenced, boxes.Accent, boxes.Words, boxes.Function))
    return text if whole or (isinstance(box, boxes.Name) and isinstance(spelled(box), boxes.Letter)) else ""


def _scripts(box: boxes.Scripts) -> str:
    box = beside(box)
    above = "" if box.above is None else shown(box.above).strip()
    below = "" if box.below is None else shown(box.below).strip()
    base = _unit(box.base)
    if not base:
        parts = [shown(box.base), *([f"t: {above}"] if above else []), *([f"b: {below}"] if below else [])]
        return f"attach({', '.join(parts)})"
    return base + (f"_{_script(below)}" if below else "") + (f"^{_script(above)}" if above else "")


def _script(text: str) -> str:
    return text if re.fullmatch(r"\d+|[A-Za-z]", text) else f"({text})"


def _primed(box: boxes.Primed) -> str:
    return shown(boxes.Scripts(boxes.Row((box.of, PRIME)), below=box.by))


def _fenced(box: boxes.Fenced) -> str:
    inside = shown(box.inside).strip()
    if box.fence == "|":
        return f"lr(| {inside} |, size: #100%)"
    around = f"{{ {inside} }}" if box.fence == "{" else f"({inside})"
    return f"lr({around}, size: #100%)" if box.tall else around


def _grid(box: boxes.Grid) -> str:
    if box.cases:
        return f"cases({', '.join(' & quad '.join(shown(part).strip() for part in row) for row in box.rows)})"
    rows = "; ".join(", ".join(shown(part).strip() for part in row) for row in box.rows)
    return f'mat(delim: "[", {"row-gap: #0.6em, " if box.wide else ""}{rows})'


def _labelled(box: boxes.Labelled) -> str:
    words = f"{string(_shown(box.words))} " if box.words else ""
    return f" thin limits(boxed({shown(box.content)}))_({words}{shown(box.label)}) thin "


def _blank(box: boxes.Blank) -> str:
    size = f"{box.gap.width:g}em, {box.gap.height:g}"
    return f"#gap({size});" if box.content is None else f"#filled({size}, ${shown(box.content)}$);"


def _function(box: boxes.Function) -> str:
    below = f"_({box.below})" if box.below else ""
    primes = "'" * box.primes
    if box.name in OPERATORS:
        known = box.name if not (primes or below) else f'op("{box.name}", limits: #false)'
        return known + primes + below
    if re.fullmatch(r"[A-Za-z0-9]{2,}", box.name) and box.name not in SPELLED.values():
        return f"op({string(box.name)}){primes}{below}"
    return shown(spelled(box))


def _letter(box: boxes.Letter) -> str:
    """One letter as it is, upright where it must be; a Greek one by its name; words as a string."""
    if len(box.text) != 1:
        return string(_shown(box.text))
    name = SPELLED.get(box.text)
    if name and not name.startswith("var"):
        return name if name != "omicron" else "o"
    drawn = box.text if box.text.isalpha() or ord(box.text) > 127 else f"\\{box.text}"
    return f"upright({drawn})" if box.upright else drawn


def _glyph(box: boxes.Glyph) -> str:
    if box.text == "′":
        return "'"
    named = {",": '","', "−": "-", "⋅": "dot", "+": "+", "=": "=", "(": r"\(", ")": r"\)"}
    return named.get(box.text) or (f"\\{box.text}" if box.text.isascii() else box.text)


def _accent(box: boxes.Accent) -> str:
    return f"{_ACCENTS[box.mark]}({shown(box.base)})"


def _number(text: str) -> str:
    """Digits as they are, with a decimal comma as a string, so that nothing stands behind the comma."""
    sign, figures = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + (figures if re.fullmatch(r"\d+(\.\d+)?", figures) else string(figures))


def _summation(box: boxes.Summation) -> str:
    return f"sum_({shown(box.index)} = 1)^({shown(box.upper)}) "


def _measured(box: boxes.Measured) -> str:
    return f"limits({shown(box.content)})_(sscript({shown(box.rows)} times {shown(box.columns)}))"


def _sign(box: boxes.Sign) -> str:
    mark = box.mark
    return mark.spaced(_MARKS.get(mark, mark.character))


PRINT: Mapping[type[Box], Callable[[Any], str]] = MappingProxyType(
    {
        boxes.Name: lambda b: shown(spelled(b)),
        boxes.Function: _function,
        boxes.Number: lambda b: _number(b.text),
        boxes.Placeholder: lambda b: b.text,
        boxes.Words: lambda b: string(_shown(b.text)),
        boxes.Sign: _sign,
        boxes.Row: lambda b: joined(map(shown, b.parts)),
        boxes.Fraction: lambda b: f"frac({shown(b.over).strip()}, {shown(b.under).strip()})",
        boxes.Scripts: _scripts,
        boxes.Primed: _primed,
        boxes.Root: lambda b: f"sqrt({shown(b.inside)})",
        boxes.Fenced: _fenced,
        boxes.Grid: _grid,
        boxes.Summation: _summation,
        boxes.Measured: _measured,
        boxes.Labelled: _labelled,
        boxes.Framed: lambda b: f"boxed({shown(b.content)})",
        boxes.Blank: _blank,
        boxes.Notation: lambda b: shown(b.shown),
        boxes.Letter: _letter,
        boxes.Glyph: _glyph,
        boxes.Space: lambda b: f" #h({b.width:g}em);",
        boxes.Accent: _accent,
    }
)
"""How each kind of box is printed."""
