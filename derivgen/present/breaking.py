"""A long formula broken into pieces before which a row may begin: before a factor or a term, never inside one.

The same in every format: a `Format` prints boxes, and says what stands where one is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass, replace
from derivgen.present import boxes
from derivgen.present.boxes import Box, RowKind, is_bracketed, items, terms, unfenced
from derivgen.present.measure import measured

SIGN = 1.2  # em
LEAST = 4.0  # em of room that are always there


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a formula before which a row may be broken, with its width in em."""

    text: str
    width: float
    closed: bool = False  # the next relation starts a row of its own


@dataclass(frozen=True, slots=True)
class Format:
    """How a format prints a box, and what it writes where one is broken.

    Brackets are such as may stand on different rows. `raised` puts an exponent on a bracket, `smaller` makes what cannot be
    broken fit into so many em. Where a format has a `gap` of so many em and lines, one is never wider than the room, and an
    answer longer than that has no box: its pieces are `bold`.
    """

    show: Callable[[Box], str]
    opening: Mapping[str, str]
    closing: Mapping[str, str]
    raised: Callable[[str, Box], str]
    smaller: Callable[[str, float], str]
    gap: Callable[[float, float], str] | None = None
    bold: Callable[[str], str] = str


def width_of(box: Box) -> float:
    """Return the width of a box in em, as displayed."""
    return measured(box).width


def _kind(box: Box) -> RowKind | None:
    return box.kind if isinstance(box, boxes.Row) else None


class Breaker:
    """Breaks one formula; each of its methods knows where one kind of long box may be broken."""

    def __init__(self, format: Format, room: float):
        self.format, self.room = format, room

    def show(self, box: Box | None) -> str:
        """Print a box, or nothing."""
        return "" if box is None else self.format.show(box)

    def pieces(self, box: Box) -> list[Piece]:
        """Return a box whole if it fits, else broken, else made smaller."""
        width = width_of(box)
        breaks = self.breaks(box)
        if width > self.room and breaks is not None:
            return breaks(self, box)
        text = self.show(box)
        return [Piece(text, width) if width <= self.room else Piece(self.format.smaller(text, self.room), self.room)]

    def breaks(self, box: Box) -> Callable[..., list[Piece]] | None:
        """Return what breaks a box of this kind, if anything does."""
        if isinstance(box, boxes.Row):
            return _ROWS.get(box.kind)
        if isinstance(box, boxes.Fenced) and box.fence == "|":
            return None
        if (isinstance(box, boxes.Fraction) and not box.divisible) or (isinstance(box, boxes.Scripts) and not box.power):
            return None
        if isinstance(box, boxes.Blank) and self.format.gap is None:
            return None
        return _BOXES.get(type(box))

    def blank(self, box: boxes.Blank) -> list[Piece]:
        """Break a gap that is too long: it is as long as there is room; an answer that is: its pieces in bold."""
        if box.content is not None:
            return [replace(piece, text=self.format.bold(piece.text)) for piece in self.pieces(box.content)]
        assert self.format.gap is not None
        return [Piece(self.format.gap(self.room, box.gap.height), self.room)]

    def within(self, less: float) -> Breaker:
        """Return the same with less room."""
        return Breaker(self.format, max(self.room - less, LEAST))

    def items(self, box: boxes.Row) -> list[Piece]:
        """Break a sum or a product before each sign."""
        made: list[Piece] = []
        for before, item in terms(box) if box.kind is RowKind.SUM else items(box):
            made += self.signed(before, item)
        return made

    def matrices(self, box: boxes.Row) -> list[Piece]:
        """Break a product of matrices before each factor, one entry by entry before each ⊙."""
        made: list[Piece] = []
        for before, item in items(box):
            width = width_of(unfenced(item)) + SIGN
            if width <= self.room or self.breaks(unfenced(item)) is None:
                parts = [Piece(self.show(item), width)]
            else:
                parts = self.enclosed(unfenced(item)) if is_bracketed(item) else self.pieces(item)
            made += parts if before is None else [_before(f" {self.show(before).strip()} ", parts[0]), *parts[1:]]
        return made

    def signed(self, before: boxes.Sign | None, item: Box) -> list[Piece]:
        """Return one term or factor: whole, or with its sign before its own pieces."""
        inside = unfenced(item)
        brackets = 0.8 if inside is not item and _kind(inside) in (RowKind.SUM, RowKind.COMPARISON) else 0
        width = width_of(inside) + (SIGN if before is not None and self.show(before) else 0.3) + brackets
        if width <= self.room:
            return [Piece(self.show(before) + self.show(item), width)]
        first, *rest = self.enclosed(inside) if inside is not item else self.within(SIGN).pieces(item)
        return [Piece(self.show(before) + first.text, first.width + SIGN), *rest]

    def negative(self, box: boxes.Row) -> list[Piece]:
        """Break what a minus stands before."""
        minus, inside = box.parts
        assert isinstance(minus, boxes.Sign)
        return self.signed(minus, inside)

    def summation(self, box: boxes.Row) -> list[Piece]:
        """Break a sum over an index: its sign stays with the first piece of what is summed."""
        head, body = box.parts
        smaller = self.within(3)
        first, *rest = smaller.enclosed(unfenced(body)) if is_bracketed(body) else smaller.pieces(body)
        return [Piece(self.show(head) + first.text, first.width + 2), *rest]

    def power(self, box: boxes.Scripts) -> list[Piece]:
        """Break a long base in brackets, the exponent behind them."""
        return self.enclosed(unfenced(box.base), exponent=box.above)

    def fraction(self, box: boxes.Fraction) -> list[Piece]:
        """Break a fraction too wide for a bar: 1 over what stands below, times what stands above."""
        share = self.show(boxes.Fraction(boxes.Number("1"), box.under))
        width = width_of(box.under) + 0.5
        first, *rest = self.within(width).enclosed(box.over)
        return [Piece(f"{share} {first.text}", width + first.width), *rest]

    def call(self, box: boxes.Row) -> list[Piece]:
        """Break a function's long argument in brackets; several before each comma."""
        head, apply, fenced = box.parts
        assert isinstance(fenced, boxes.Fenced)
        inside = fenced.inside
        arguments: list[tuple[boxes.Sign | None, Box]] = [(None, inside)]
        if isinstance(inside, boxes.Row) and inside.kind is RowKind.ARGUMENTS:
            arguments = list(items(inside))
        made: list[Piece] = []
        for before, item in arguments:
            first, *rest = self.within(3).pieces(item)
            made += [first if before is None else Piece(f"{self.show(before).strip()} {first.text}", first.width + 0.5), *rest]
        opening = self.show(head) + self.show(apply) + self.format.opening["("]
        return _between(opening, made, self.format.closing[")"], width_of(head))

    def operator(self, box: boxes.Row) -> list[Piece]:
        """Break d/dx of something long, in brackets that may stand on different rows."""
        head, body = box.parts
        first, *rest = self.within(2).enclosed(unfenced(body))
        return [Piece(f"{self.show(head)} {first.text}", first.width + 1.5), *rest]

    def fenced(self, box: boxes.Fenced) -> list[Piece]:
        """Break what stands in brackets or braces."""
        return self.enclosed(box.inside, box.fence)

    def enclosed(self, box: Box, fence: str = "(", exponent: Box | None = None) -> list[Piece]:
        """Return the pieces within brackets that may stand on different rows."""
        end = self.format.closing[{"(": ")", "{": "}"}[fence]]
        end = self.format.raised(end, exponent) if exponent is not None else end
        return _between(self.format.opening[fence], self.within(2).pieces(box), end, 0.8)


def _before(text: str, piece: Piece) -> Piece:
    return replace(piece, text=text + piece.text)


def _between(opening: str, cut: list[Piece], closing: str, width: float) -> list[Piece]:
    cut[0] = Piece(f"{opening} {cut[0].text}", cut[0].width + width)
    cut[-1] = Piece(f"{cut[-1].text} {closing}", cut[-1].width + 0.8)
    return cut


_ROWS: Mapping[RowKind, Callable[..., list[Piece]]] = MappingProxyType(
    {
        RowKind.SUM: Breaker.items,
        RowKind.PRODUCT: Breaker.items,
        RowKind.BRACKETS: Breaker.items,
        RowKind.MATRICES: Breaker.matrices,
        RowKind.NEGATIVE: Breaker.negative,
        RowKind.CALL: Breaker.call,
        RowKind.SUMMATION: Breaker.summation,
        RowKind.OPERATOR: Breaker.operator,
    }
)
_BOXES: Mapping[type[Box], Callable[..., list[Piece]]] = MappingProxyType(
    {
        boxes.Scripts: Breaker.power,
        boxes.Fraction: Breaker.fraction,
        boxes.Fenced: Breaker.fenced,
        boxes.Blank: Breaker.blank,
        boxes.Notation: lambda breaker, box: breaker.call(box.long),
    }
)
"""How each kind of long box is broken; of rows, by their kind."""
