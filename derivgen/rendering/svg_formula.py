"""A formula as pieces of text at places: MathML laid out for an SVG, where no browser sets mathematics.

The widths are those of the page (`present/glyphs.py`); each piece of text is put into the middle of its own, so that another font
moves no sign out of its place. Lengths are in points, y grows downwards from the line the formula stands on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from xml.etree.ElementTree import Element, fromstring

from derivgen.maths.names import SPELLED
from derivgen.present.measure import letter_width, text_width_em

LEAST = 7.0  # pt of an index
AXIS = 0.25  # em: how high fraction rules stand
RULE = 0.045  # em
UP, DOWN = 0.7, 0.2  # em of a line of letters
SPACED: Mapping[str, float] = MappingProxyType(
    {**dict.fromkeys("+−±⋅∗×⊙⊘", 4 / 18), **dict.fromkeys("=<>≤≥≠≈≔←→", 5 / 18), ",": 3 / 18, ";": 5 / 18}
)
"""The space beside signs, in em; behind a comma only."""
INVISIBLE = "\u2061\u2062\u2063"


@dataclass(frozen=True, slots=True)
class Run:
    """Text in the middle of its width, at (x, y) its left end."""

    x: float
    y: float
    width: float
    text: str
    size: float
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points: a rule, a root, a bracket; a closed one is a frame."""

    points: tuple[tuple[float, float], ...]
    width: float
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """Something laid out: its width, what rises above and hangs below the line, and its parts."""

    width: float
    up: float
    down: float
    parts: tuple[Run | Stroke, ...] = ()

    def at(self, x: float, y: float) -> tuple[Run | Stroke, ...]:
        """Its parts moved."""
        return tuple(_moved(part, x, y) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Size:
    """How large: points, and whether in an index (no spaces there), and whether fractions are at their full size."""

    points: float
    script: bool = False
    display: bool = False

    @property
    def smaller(self) -> Size:
        """That of an index or exponent."""
        return Size(max(LEAST, 0.7 * self.points), True)

    @property
    def half(self) -> Size:
        """That of the two halves of a fraction."""
        return replace(self, display=False) if self.display else self.smaller


def laid(mathml: str, points: float, display: bool = False) -> Laid:
    """MathML elements as they stand on one line."""
    return _row(fromstring(f"<mrow>{mathml}</mrow>"), Size(points, display=display))


def words(text: str, points: float) -> Laid:
    """Plain words on one line."""
    return _run(text, Size(points))


def _moved(part: Run | Stroke, x: float, y: float) -> Run | Stroke:
    if isinstance(part, Run):
        return replace(part, x=part.x + x, y=part.y + y)
    return replace(part, points=tuple((px + x, py + y) for px, py in part.points))


def _lay(element: Element, size: Size) -> Laid:
    """One element by its kind."""
    made = LAY[element.tag](element, size)
    return _framed(made, size) if "border:" in element.get("style", "") and element.tag == "mrow" else made


def _run(text: str, size: Size, italic: bool = False, width: float | None = None) -> Laid:
    em = size.points
    wide = (width if width is not None else text_width_em(text)) * em
    return Laid(wide, UP * em, DOWN * em, (Run(0.0, 0.0, wide, text, em, italic),) if text.strip() else ())


def _beside(made: Iterable[Laid]) -> Laid:
    x, up, down = 0.0, 0.0, 0.0
    parts: list[Run | Stroke] = []
    for each in made:
        parts += each.at(x, 0.0)
        x, up, down = x + each.width, max(up, each.up), max(down, each.down)
    return Laid(x, up, down, tuple(parts))


def _row(element: Element, size: Size) -> Laid:
    """Elements beside each other, the brackets among them as tall as the others."""
    plain = [None if _stretches(child) else _lay(child, size) for child in element]
    others = _beside(each for each in plain if each is not None)
    return _beside(each if each is not None else _fence(child, size, others) for child, each in zip(element, plain, strict=True))


def _stretches(element: Element) -> bool:
    return element.tag == "mo" and element.get("fence") == "true" and element.get("stretchy") == "true"


def _fence(element: Element, size: Size, others: Laid) -> Laid:
    """A bracket around what is in its row: a sign where that is one line high, else drawn."""
    em, sign = size.points, (element.text or "").strip()
    reach = max(others.up - AXIS * em, others.down + AXIS * em, 0.5 * em)
    if reach <= 0.55 * em:
        return _run(sign, size, width=0.389)
    wide, bow = 0.5 * em, 0.28 * em
    left = sign in "([{"
    outer, inner = (0.12 * em, 0.12 * em + bow) if left else (0.12 * em + bow, 0.12 * em)
    top, bottom, middle = -AXIS * em - reach, -AXIS * em + reach, -AXIS * em
    shapes = {
        "(": ((inner, top), (outer, top + reach * 0.45), (outer, bottom - reach * 0.45), (inner, bottom)),
        "[": ((inner, top), (outer, top), (outer, bottom), (inner, bottom)),
        "|": ((0.25 * em, top), (0.25 * em, bottom)),
        "{": (
            (inner, top),
            ((inner + outer) / 2, top + 0.15 * em),
            ((inner + outer) / 2, middle - 0.15 * em),
            (outer, middle),
            ((inner + outer) / 2, middle + 0.15 * em),
            ((inner + outer) / 2, bottom - 0.15 * em),
            (inner, bottom),
        ),
    }
    points = shapes[{")": "(", "]": "[", "}": "{"}.get(sign, sign)]
    return Laid(wide, -top, bottom, (Stroke(points, 1.4 * RULE * em),))


def _framed(inner: Laid, size: Size) -> Laid:
    """A box around what is a result."""
    side, up, down = 0.3 * size.points, inner.up + 0.2 * size.points, inner.down + 0.2 * size.points
    width = inner.width + 2 * side
    corners = ((0.0, -up), (width, -up), (width, down), (0.0, down))
    return Laid(width, up, down, (*inner.at(side, 0.0), Stroke(corners, RULE * size.points, True)))


def _letter(element: Element, size: Size) -> Laid:
    text = element.text or ""
    italic = len(text) == 1 and element.get("mathvariant") != "normal"
    if len(text) == 1 and (text in SPELLED or text.isascii()):
        return _run(text, size, italic, letter_width(text))
    return _run(text, size, italic and text == "∂", 0.587 if text == "∂" else None)


def _sign(element: Element, size: Size) -> Laid:
    """A sign with the space that belongs beside it."""
    text = (element.text or "").strip()
    if not text or text in INVISIBLE:
        return Laid(0.0, 0.0, 0.0)
    if text in "∑":
        return _sum_sign(size)
    made = _run(text, size, width=_SIGNS.get(text))
    beside = 0.0 if size.script or element.get("form") in {"prefix", "postfix"} else SPACED.get(text, 0.0)
    space = Laid(beside * size.points, 0.0, 0.0)
    return _beside((made, space) if text in ",;" else (space, made, space))


_SIGNS: Mapping[str, float] = MappingProxyType({"(": 0.389, ")": 0.389, "⋅": 0.278, "∗": 0.5, "′": 0.275, "†": 0.45, "⊤": 0.7})


def _sum_sign(size: Size) -> Laid:
    """Σ, larger where fractions are at their full size."""
    points = size.points * (1.5 if size.display else 1.15)
    wide = 0.95 * points
    low = 0.2 * points if size.display else 0.08 * points
    return Laid(wide + 0.12 * points, 0.8 * points - low, low, (Run(0.0, low, wide, "∑", points),))


def _space(element: Element, size: Size) -> Laid:
    width = float(element.get("width", "0em").removesuffix("em")) * size.points
    if "border-bottom" in element.get("style", ""):
        return Laid(width, UP * size.points, DOWN * size.points, (Stroke(((0.0, 0.1), (width, 0.1)), RULE * size.points),))
    return Laid(width, 0.0, 0.0)


def _fraction(element: Element, size: Size) -> Laid:
    """One above the other with a rule between them."""
    over, under = (_lay(half, size.half) for half in element)
    em = size.points
    gap = (0.14 if size.display else 0.08) * em
    width = max(over.width, under.width) + 0.1 * em
    raised, lowered = AXIS * em + gap + over.down, under.up + gap - AXIS * em
    rule = Stroke(((0.06 * em, -AXIS * em), (0.06 * em + width, -AXIS * em)), RULE * em)
    parts = (
        *over.at(0.06 * em + (width - over.width) / 2, -raised),
        rule,
        *under.at(0.06 * em + (width - under.width) / 2, lowered),
    )
    return Laid(width + 0.12 * em, raised + over.up, lowered + under.down, parts)


def _scripts(element: Element, size: Size) -> Laid:
    """What stands above and below at the right."""
    base = _lay(element[0], size)
    children = list(element)[1:]
    below = _lay(children[0], size.smaller) if element.tag in {"msub", "msubsup"} else None
    above = _lay(children[-1], size.smaller) if element.tag in {"msup", "msubsup"} else None
    em = size.points
    letter = base.up <= UP * em + 0.01
    lift = (0.36 if below is None else 0.4) * em if letter else base.up - 0.35 * em
    drop = (0.2 if above is None else 0.26) * em if letter else base.down + 0.1 * em
    if below is not None and above is not None:  # the two must not touch
        lift = max(lift, 0.62 * below.up - drop + above.down + 0.1 * em)
    parts: list[Run | Stroke] = [*base.parts]
    up, down, wide = base.up, base.down, 0.0
    if above is not None:
        parts += above.at(base.width + 0.03 * em, -lift)
        up, wide = max(up, lift + above.up), max(wide, above.width)
    if below is not None:
        parts += below.at(base.width, drop)
        down, wide = max(down, drop + below.down), max(wide, below.width)
    return Laid(base.width + wide + 0.05 * em, up, down, tuple(parts))


def _stacked(element: Element, size: Size) -> Laid:
    """What stands right above and below: an accent, the bounds of a sum, a size."""
    base = _lay(element[0], size)
    if element.tag == "munderover" and not size.display:
        return _scripts(_retagged(element), size)
    if element.get("accent") == "true":
        mark = _run(_ACCENTS.get(element[1].text or "", element[1].text or ""), size, width=0.5)
        rise = (base.up - 0.98 * UP * size.points) if len(element[0]) else _low(element[0].text or "") * size.points
        accent = mark.at((base.width - mark.width) / 2 + 0.03 * size.points, -rise)
        return Laid(base.width, base.up + 0.2 * size.points, base.down, (*base.parts, *accent))
    below = _lay(element[1], size.smaller) if element.tag != "mover" else None
    above = _lay(element[-1], size.smaller) if element.tag != "munder" else None
    width = max(base.width, *(each.width for each in (below, above) if each is not None))
    parts: list[Run | Stroke] = [*base.at((width - base.width) / 2, 0.0)]
    up, down, gap = base.up, base.down, 0.12 * size.points
    if above is not None:
        parts += above.at((width - above.width) / 2, -(base.up + gap + above.down))
        up += gap + above.up + above.down
    if below is not None:
        parts += below.at((width - below.width) / 2, base.down + gap + below.up)
        down += gap + below.up + below.down
    return Laid(width, up, down, tuple(parts))


_ACCENTS: Mapping[str, str] = MappingProxyType({"^": "ˆ", "~": "˜", "`": "ˋ"})


def _low(letter: str) -> float:
    """How far an accent may be lowered or has to be raised over a letter, in em: x is lower than A and d."""
    return 0.22 if letter.isupper() or letter in "bdfhkltβδθλ" else 0.0


def _retagged(element: Element) -> Element:
    """The bounds of a sum beside its sign."""
    made = Element("msubsup")
    made.extend(list(element))
    return made


def _root(element: Element, size: Size) -> Laid:
    inner, em = _row(element, size), size.points
    up = inner.up + 0.15 * em
    left = 0.6 * em
    points = (
        (0.05 * em, -0.2 * em),
        (0.18 * em, -0.28 * em),
        (0.36 * em, inner.down),
        (left - 0.05 * em, -up),
        (left + inner.width, -up),
    )
    return Laid(left + inner.width + 0.1 * em, up + 0.05 * em, inner.down, (Stroke(points, RULE * em), *inner.at(left, 0.0)))


def _table(element: Element, size: Size) -> Laid:
    """Rows and columns, in the middle of the line."""
    size, em = replace(size, display=False), size.points
    cells = [[_row(cell, size) for cell in row] for row in element]
    columns = max(len(row) for row in cells)
    widths = [max((row[at].width for row in cells if at < len(row)), default=0.0) for at in range(columns)]
    heights = [(max(cell.up for cell in row), max(cell.down for cell in row)) for row in cells]
    total = sum(up + down for up, down in heights) + 0.35 * em * (len(cells) - 1)
    y, parts = -AXIS * em - total / 2, list[Run | Stroke]()
    for row, (up, down), source in zip(cells, heights, element, strict=True):
        x = 0.2 * em
        for cell, width, each in zip(row, widths, source, strict=False):
            shift = 0.0 if "left" in each.get("style", "") else (width - cell.width) / 2
            parts += cell.at(x + shift, y + up)
            x += width + 0.8 * em
        y += up + down + 0.35 * em
    return Laid(sum(widths) + 0.8 * em * (columns - 1) + 0.4 * em, total / 2 + AXIS * em, total / 2 - AXIS * em, tuple(parts))


LAY: Mapping[str, Callable[[Element, Size], Laid]] = MappingProxyType(
    {
        "mrow": _row,
        "mi": _letter,
        "mn": lambda element, size: _run(element.text or "", size),
        "mtext": lambda element, size: _run(element.text or "", size),
        "mo": _sign,
        "mspace": _space,
        "mfrac": _fraction,
        "msub": _scripts,
        "msup": _scripts,
        "msubsup": _scripts,
        "munder": _stacked,
        "mover": _stacked,
        "munderover": _stacked,
        "msqrt": _root,
        "mtable": _table,
    }
)
"""How each element of MathML is laid out."""
