"""Drawings laid out once for all variants of a spec: with room for the widest numbers, then labelled with each variant's own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from fractions import Fraction

from derivgen.drawings.drawing import Drawing, content_size
from derivgen.drawings.network_layout import valued
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Expr, Num, Shown
from derivgen.memo import LABEL_SIZES

Values = Mapping[str, Num | Shown]
MOST_KEPT = 32


@dataclass(frozen=True)
class LayoutCache:
    """By name a number that takes as much room as any of the numbers a variant may have; and the drawings laid out so far.

    With `strict` a drawing is laid out for these numbers whatever the values are.
    """

    covers: Mapping[str, Num | Shown]
    kept: dict[Hashable, Drawing | None] = field(default_factory=dict)
    strict: bool = False

    def relabel(self, key: Hashable, values: Values, draw: Callable[[Mapping[str, Expr]], Drawing | None]) -> Drawing | None:
        """Return the drawing with these values, laid out with stand-ins for them; `key` tells the drawings of a sheet apart."""
        stand_ins = {name: self._stand_in(name, value) for name, value in values.items()}
        whole = (key, tuple(stand_ins.items()))
        if whole not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[whole] = draw(stand_ins)
        drawing = self.kept[whole]
        if drawing is None:
            return None
        own = {valued(name, stand_ins): valued(name, values) for name in values}
        labels = tuple(
            replace(label, content=own[label.content]) if not isinstance(label.content, str) and label.content in own else label
            for label in drawing.labels
        )
        return replace(drawing, labels=labels)

    def fits(self, name: str, value: Num | Shown) -> bool:
        """Tell whether a value needs no more room than its stand-in."""
        return name not in self.covers or self._stand_in(name, value) is self.covers[name]

    def _stand_in(self, name: str, value: Num | Shown) -> Expr:
        """The number in whose place this one can stand; itself where it needs more room."""
        cover = self.covers.get(name, value)
        return cover if self.strict or _covers(cover, value) else value


def layout_cache(numbers: Mapping[str, Iterable[Num | Shown]]) -> LayoutCache:
    """Return an empty cache for names and the numbers that each may have."""
    return LayoutCache({name: _cover(tuple(dict.fromkeys(known))) for name, known in numbers.items()})


def _cover(numbers: tuple[Num | Shown, ...]) -> Num | Shown:
    """The one of the numbers that covers all others, or else a made-up fraction that does."""
    best = max(numbers, key=_size)
    if all(_covers(best, number) for number in numbers):
        return best
    for digits in range(1, 12):
        made = Num(-Fraction(8 * int("1" * digits), 3 * int("3" * digits) + 1))
        if all(_covers(made, number) for number in numbers):
            return made
    return best


@LABEL_SIZES
def _size(number: Expr) -> tuple[float, float]:
    return content_size(number, "small", DEFAULT)


def _covers(cover: Expr, number: Expr) -> bool:
    return all(own >= needed for own, needed in zip(_size(cover), _size(number), strict=True))
