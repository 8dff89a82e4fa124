"""Numbers that are not known yet: all that can be done with one is to print it, as a slot that is filled in later.

A page made of them shows where each number goes. Where something else on the page depends on one of them (a sign, a sum, a
remark on a value of 0), the page cannot be made once for all numbers, and the attempt says which number it was.
"""

from __future__ import annotations

from typing import Any, Never

from derivgen.maths.tree import Slot, Source


class DependsOnNumberError(Exception):
    """A page cannot be made before a number is known; says why."""


class UnknownNumber:
    """A number of which only the source is known. Raises DependsOnNumberError for everything but to be printed."""

    __slots__ = ("number", "source")

    def __init__(self, source: Source, number: int) -> None:
        """Make the unknown number from a source, the one with this `number` (from 0) among all of a page."""
        self.source, self.number = source, number

    @property
    def slot(self) -> Slot:
        """Return its place on the page."""
        return Slot(self, slot_mark(self.number), source=self.source, number=self.number)

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other or (not isinstance(other, UnknownNumber) and self._refuse())

    def _refuse(self, *_: Any) -> Never:
        raise DependsOnNumberError(f"something else on the page is worked out from {source_text(self.source)}")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _refuse
    __neg__ = __abs__ = __int__ = __float__ = __bool__ = __str__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    numerator = denominator = property(_refuse)


def source_text(source: Source) -> str:
    """Name a number by its source: `z`, `z in sample 2`, `the gradient by w`."""
    kind, name, sample = source
    return (f"the gradient by {name}" if kind == "gradient" else name) + (f" in sample {sample + 1}" if sample else "")


def slot_mark(number: int, part: str = "", column: tuple[int, ...] = ()) -> str:
    """Return the mark that is printed for a slot, or for a `part` of it.

    The parts are `=`, the relation before it, and `<` and `>`, what stands unseen beside it so that it is aligned with the other
    slots of its `column`.
    """
    return f"\x02{part}{number}{':' if column else ''}{','.join(map(str, column))}\x03"
