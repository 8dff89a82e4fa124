"""Presentation tree → pieces of text at places: a formula laid out for an SVG, where no browser sets mathematics.

The widths of letters are those of the page (`glyphs.py`); each piece of text is put into the middle of its own, so that another
font moves no sign out of its place. Lengths are in points, y grows downwards from the line the formula stands on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass, replace
from derivgen.maths.names import SPELLED
from derivgen.present import boxes
from derivgen.present.boxes import Box
from derivgen.present.marks import Mark, Spacing
from derivgen.present.measure import letter_width, text_width_em
from derivgen.present.names import PRIME, beside, spelled

LEAST = 7.0  # pt of an index
AXIS = 0.25  # em: how high fraction rules stand
RULE = 0.045  # em
UP, DOWN = 0.7, 0.2  # em of a line of letters
SPACED: Mapping[str, float] = MappingProxyType(
    {**dict.fromkeys("+−±⋅∗×⊙⊘", 4 / 18), **dict.fromkeys("=<>≤≥≠≈≔←→", 5 / 18), ",": 3 / 18, ";": 5 / 18}
)
"""The space beside signs, in em; behind a comma only."""


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
        """Return its parts moved."""
        return tuple(_moved(part, x, y) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Size:
    """How large: points, and whether in an index (no spaces there), and whether fractions are at their full size."""

    points: float
    script: bool = False
    display: bool = False

    @property
    def smaller(self) -> Size:
        """Return the size of an index or exponent."""
        return Size(max(LEAST, 0.7 * self.points), True)

    @property
    def half(self) -> Size:
        """Return the size of the two halves of a fraction."""
        return replace(self, display=False) if self.display else self.smaller


def laid(box: Box, points: float, display: bool = False) -> Laid:
    """Lay a formula out on one line, its letters so many points large."""
    return _lay(box, Size(points, display=display))


def words(text: str, points: float) -> Laid:
    """Lay plain words out on one line."""
    return _run(text, Size(points))


def _moved(part: Run | Stroke, x: float, y: float) -> Run | Stroke:
    if isinstance(part, Run):
        return replace(part, x=part.x + x, y=part.y + y)
    return replace(part, points=tuple((px + x, py + y) for px, py in part.points))


def _lay(box: Box, size: Size) -> Laid:
    return LAY[type(box)](box, size)


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


def _fence(sign: str, size: Size, others: Laid) -> Laid:
    """Draw a bracket around what is in its row: a sign where that is one line high, else lines."""
    em = size.points
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


def _fenced(box: boxes.Fenced, size: Size) -> Laid:
    inner, closing = _lay(box.inside, size), _CLOSING[box.fence]
    if not box.tall:
        return _beside((_glyph(box.fence, size, "prefix"), inner, _glyph(closing, size, "postfix")))
    return _beside((_fence(box.fence, size, inner), inner, _fence(closing, size, inner)))


_CLOSING = {"(": ")", "{": "}", "|": "|"}


def _letter(box: boxes.Letter, size: Size) -> Laid:
    text = box.text
    italic = len(text) == 1 and not box.upright
    if len(text) == 1 and (text in SPELLED or text.isascii()):
        return _run(text, size, italic, letter_width(text))
    return _run(text, size, italic and text == "∂", 0.587 if text == "∂" else None)


def _glyph(text: str, size: Size, form: str = "") -> Laid:
    """Lay out a sign with the space that belongs beside it."""
    made = _run(text, size, width=_SIGNS.get(text))
    beside = 0.0 if size.script or form in {"prefix", "postfix"} else SPACED.get(text, 0.0)
    space = Laid(beside * size.points, 0.0, 0.0)
    return _beside((made, space) if text in ",;" else (space, made, space))


def _sign(box: boxes.Sign, size: Size) -> Laid:
    mark = box.mark
    if mark.spacing in (Spacing.FACTORS, Spacing.NOTHING):
        thin = box.wide or mark in (Mark.THIN, Mark.NABLA_SPACE)
        return Laid(THIN * size.points if thin else 0.0, 0.0, 0.0)
    if mark in _LETTERS:
        return _lay(_LETTERS[mark], size)
    return _glyph(mark.character, size, "prefix" if mark.spacing is Spacing.OPENING else "")


THIN = 0.1667
_CURL = boxes.Letter("∂")
_LETTERS: Mapping[Mark, Box] = MappingProxyType(
    {
        Mark.PARTIAL: _CURL,
        Mark.D: boxes.Letter("d"),
        Mark.D_OF: boxes.Letter("d"),
        Mark.NABLA: boxes.Letter("∇", upright=True),
        Mark.ONES: boxes.Number("𝟏"),
    }
)
_SIGNS: Mapping[str, float] = MappingProxyType({"(": 0.389, ")": 0.389, "⋅": 0.278, "∗": 0.5, "′": 0.275, "†": 0.45, "⊤": 0.7})


def _sum_sign(size: Size) -> Laid:
    """Σ, larger where fractions are at their full size."""
    points = size.points * (1.5 if size.display else 1.15)
    wide = 0.95 * points
    low = 0.2 * points if size.display else 0.08 * points
    return Laid(wide + 0.12 * points, 0.8 * points - low, low, (Run(0.0, low, wide, "∑", points),))


def _blank(box: boxes.Blank, size: Size) -> Laid:
    """Lay out a gap as a line to write on, an answer in a frame."""
    if box.content is not None:
        return _framed(_lay(box.content, size), size)
    width = box.gap.width * size.points
    return Laid(width, UP * size.points, DOWN * size.points, (Stroke(((0.0, 0.1), (width, 0.1)), RULE * size.points),))


def _fraction(box: boxes.Fraction, size: Size) -> Laid:
    """Lay out one above the other with a rule between them."""
    over, under = _lay(box.over, size.half), _lay(box.under, size.half)
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


def _scripts(box: boxes.Scripts, size: Size) -> Laid:
    box = beside(box)
    above = None if box.above is None else _lay(box.above, size.smaller)
    below = None if box.below is None else _lay(box.below, size.smaller)
    return _scripted(_lay(box.base, size), above, below, size)


def _scripted(base: Laid, above: Laid | None, below: Laid | None, size: Size) -> Laid:
    """Put what stands above and below at the right."""
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


def _summation(box: boxes.Summation, size: Size) -> Laid:
    """Lay out Σ with its bounds, above and below it where fractions are at their full size, else beside it."""
    below = _lay(boxes.Row((box.index, boxes.Glyph("="), boxes.Number("1"))), size.smaller)
    put = _stacked if size.display else _scripted
    return put(_sum_sign(size), _lay(box.upper, size.smaller), below, size)


def _accent(box: boxes.Accent, size: Size) -> Laid:
    """Lay out a letter under its accent, or above a line."""
    base = _lay(box.base, size)
    if box.below:
        return _stacked(base, None, _glyph(box.mark, size.smaller), size)
    mark = _run(_ACCENTS.get(box.mark, box.mark), size, width=0.5)
    if isinstance(box.base, (boxes.Letter, boxes.Number)):
        rise = _low(box.base.text) * size.points
    else:
        rise = base.up - 0.98 * UP * size.points
    accent = mark.at((base.width - mark.width) / 2 + 0.03 * size.points, -rise)
    return Laid(base.width, base.up + 0.2 * size.points, base.down, (*base.parts, *accent))


def _measured(box: boxes.Measured, size: Size) -> Laid:
    below = _lay(boxes.Row((box.rows, boxes.Glyph("×"), box.columns)), size.smaller)
    return _stacked(_lay(box.content, size), None, below, size)


def _labelled(box: boxes.Labelled, size: Size) -> Laid:
    """Lay out a box in a frame with its label below."""
    words = (boxes.Words(box.words + "\u00a0"),) if box.words else ()
    below = _lay(boxes.Row((*words, box.label)), size.smaller)
    thin = Laid(THIN * size.points, 0.0, 0.0)
    return _beside((thin, _stacked(_framed(_lay(box.content, size), size), None, below, size), thin))


def _stacked(base: Laid, above: Laid | None, below: Laid | None, size: Size) -> Laid:
    """Put what stands right above and below in its place: the bounds of a sum, a size."""
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


def _root(box: boxes.Root, size: Size) -> Laid:
    inner, em = _lay(box.inside, size), size.points
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


def _grid(box: boxes.Grid, size: Size) -> Laid:
    """Lay out a matrix, or cases behind a brace."""
    table = _table(box, size)
    if box.cases:
        return _beside((_fence("{", size, table), table))
    return _beside((_fence("[", size, table), table, _fence("]", size, table)))


def _table(box: boxes.Grid, size: Size) -> Laid:
    """Lay out rows and columns, in the middle of the line."""
    size, em = replace(size, display=False), size.points
    cells = [[_lay(cell, size) for cell in row] for row in box.rows]
    columns = max(len(row) for row in cells)
    widths = [max((row[at].width for row in cells if at < len(row)), default=0.0) for at in range(columns)]
    heights = [(max(cell.up for cell in row), max(cell.down for cell in row)) for row in cells]
    total = sum(up + down for up, down in heights) + 0.35 * em * (len(cells) - 1)
    y, parts = -AXIS * em - total / 2, list[Run | Stroke]()
    for row, (up, down) in zip(cells, heights, strict=True):
        x = 0.2 * em
        for cell, width in zip(row, widths, strict=False):
            shift = 0.0 if box.cases else (width - cell.width) / 2
            parts += cell.at(x + shift, y + up)
            x += width + 0.8 * em
        y += up + down + 0.35 * em
    return Laid(sum(widths) + 0.8 * em * (columns - 1) + 0.4 * em, total / 2 + AXIS * em, total / 2 - AXIS * em, tuple(parts))


LAY: Mapping[type[Box], Callable[..., Laid]] = MappingProxyType(
    {
        boxes.Name: lambda box, size: _lay(spelled(box), size),
        boxes.Function: lambda box, size: _lay(spelled(box), size),
        boxes.Number: lambda box, size: _run(box.text, size),
        boxes.Placeholder: lambda box, size: _run(box.text, size),
        boxes.Words: lambda box, size: _run(box.text, size),
        boxes.Sign: _sign,
        boxes.Row: lambda box, size: _beside([_lay(part, size) for part in box.parts]),
        boxes.Fraction: _fraction,
        boxes.Scripts: _scripts,
        boxes.Primed: lambda box, size: _lay(boxes.Scripts(boxes.Row((box.of, PRIME)), below=box.by), size),
        boxes.Root: _root,
        boxes.Fenced: _fenced,
        boxes.Grid: _grid,
        boxes.Summation: _summation,
        boxes.Measured: _measured,
        boxes.Labelled: _labelled,
        boxes.Framed: lambda box, size: _framed(_lay(box.content, size), size),
        boxes.Blank: _blank,
        boxes.Notation: lambda box, size: _lay(box.shown, size),
        boxes.Letter: _letter,
        boxes.Glyph: lambda box, size: _glyph(box.text, size, box.form),
        boxes.Space: lambda box, size: Laid(box.width * size.points, 0.0, 0.0),
        boxes.Accent: _accent,
    }
)
"""How each kind of box is laid out."""
