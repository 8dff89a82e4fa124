"""The presentation tree: a formula as it stands on the page, with all its brackets, signs and names, and no format chosen yet.

`derivgen.present.build` makes it of an expression, once; a back end prints it (LaTeX, MathML, Unicode, speech), measures it or
lays it out. Nothing here is about what a formula is worth. Boxes are compared as objects, names and signs by what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import Literal

from derivgen.frozen import dataclass
from derivgen.maths.tree import Filled, Gap, Source
from derivgen.present.marks import Mark, Spacing


class RowKind(Enum):
    """What stands beside each other in a row, which says where a line may be broken within it."""

    PLAIN = auto()
    SUM = auto()  # term, sign, term, …
    PRODUCT = auto()  # factor, sign, factor, …
    BRACKETS = auto()  # a product whose factors stand in brackets, without signs
    MATRICES = auto()  # factor, sign, factor, …, of matrices
    NEGATIVE = auto()  # a minus and what it stands before
    COMPARISON = auto()  # left, sign, right
    CALL = auto()  # a function, the mark of application, its arguments in brackets
    ARGUMENTS = auto()  # argument, sign, argument, …
    SUMMATION = auto()  # a sum's head and what is summed
    GROUP = auto()  # several boxes as one
    OPERATOR = auto()  # d/dx and what it applies to, in brackets


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A piece of a formula on the page."""


@dataclass(frozen=True, slots=True)
class Name(Box):
    """A name: its letter or word with an accent and indices.

    `sample` is the index of a sample that stands above, in brackets. `symbol` is LaTeX that its author wants in place of the
    letter, the accent and the indices of its own (then not in `above` and `below`, but still in `name`, the whole name as it
    is written in the spec). The indices of a `general` name are read sign by sign: `l+1`, `mn`.
    """

    letter: str
    accent: str = ""
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    sample: str = ""
    symbol: str = ""
    name: str = ""
    general: bool = False


@dataclass(frozen=True, slots=True)
class Function(Box):
    """The name of a function, with its primes; `below` is the number of its output or argument, counted from 1."""

    name: str
    primes: int = 0
    below: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Number(Box):
    """Digits, with the decimal sign of the language."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Placeholder(Box):
    """A number that is put in later: `text` is its mark. How long it is, is not known."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class Words(Box):
    """Words among formulas; `heading`: in place of one."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Sign(Box):
    """A sign between or before boxes. A `wide` one between two factors stands before the name of a function or a big sum."""

    mark: Mark
    wide: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Row(Box):
    """Boxes beside each other."""

    parts: tuple[Box, ...]
    kind: RowKind = RowKind.PLAIN


@dataclass(frozen=True, slots=True, eq=False)
class Fraction(Box):
    """One above the other; what is `divisible` may be cut as one over the lower half, times the upper one."""

    over: Box
    under: Box
    divisible: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scripts(Box):
    """A box with others above and below at its right; of a `power` the base may be broken, in brackets."""

    base: Box
    above: Box | None = None
    below: Box | None = None
    power: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Primed(Box):
    """A derivative written f′ with what it is by below."""

    of: Box
    by: Box


@dataclass(frozen=True, slots=True, eq=False)
class Root(Box):
    """A square root."""

    inside: Box


Fence = Literal["(", "{", "|"]


@dataclass(frozen=True, slots=True, eq=False)
class Fenced(Box):
    """A box in brackets, braces or bars, which grow with it where it is `tall`; `applied`: behind the name of a function."""

    inside: Box
    fence: Fence = "("
    tall: bool = False
    applied: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Grid(Box):
    """Rows and columns, row by row: a matrix in square brackets, or cases behind a brace; `wide` rows would touch else.

    `tall` rows are as high as a fraction, whatever stands in them.
    """

    rows: tuple[tuple[Box, ...], ...]
    cases: bool = False
    wide: bool = False
    tall: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Summation(Box):
    """Σ with its index, which runs from 1, below and its upper bound above."""

    index: Name
    upper: Box


@dataclass(frozen=True, slots=True, eq=False)
class Measured(Box):
    """A matrix with its size, rows × columns, in small print below it."""

    content: Box
    rows: Box
    columns: Box


@dataclass(frozen=True, slots=True, eq=False)
class Labelled(Box):
    """A box in a frame with words and a formula below it."""

    content: Box
    label: Box
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Framed(Box):
    """A result in a frame."""

    content: Box


@dataclass(frozen=True, slots=True, eq=False)
class Blank(Box):
    """A gap, or with `content` what is filled in."""

    gap: Gap | Filled
    content: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Notation(Box):
    """Something with a notation of its own, e to the power of x, and how it is written where that is too long: exp(x)."""

    shown: Box
    long: Row


# What follows is not made of expressions: names and symbols taken apart.


@dataclass(frozen=True, slots=True, eq=False)
class Letter(Box):
    """A letter, in italics or upright, or a word, upright."""

    text: str
    upright: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Glyph(Box):
    """A sign by its character, with no space beside it if it is `close`, that is one of an index; `form` as in MathML."""

    text: str
    close: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Space(Box):
    """Room of so many em."""

    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Accent(Box):
    """A box under an accent, or above a line; a stretched one is as wide as the box."""

    base: Box
    mark: str
    stretched: bool = False
    below: bool = False


_SIGNS = {mark: Sign(mark) for mark in Mark}
_WIDE = {mark: Sign(mark, True) for mark in Mark}


def sign(mark: Mark, wide: bool = False) -> Sign:
    """Return the sign of a mark."""
    return (_WIDE if wide else _SIGNS)[mark]


def items(row: Row) -> Iterator[tuple[Sign | None, Box]]:
    """Yield the terms, factors or arguments of a row, each with the sign before it; the first has none."""
    parts = row.parts
    yield None, parts[0]
    for at in range(1, len(parts), 2):
        before = parts[at]
        assert isinstance(before, Sign)
        yield before, parts[at + 1]


def terms(row: Row) -> Iterator[tuple[Sign | None, Box]]:
    """Yield the terms of a sum, each with its sign; the first has one if it opens with a minus."""
    for before, item in items(row):
        if before is None and isinstance(item, Row) and item.kind is RowKind.NEGATIVE:
            minus, inside = item.parts
            assert isinstance(minus, Sign)
            yield minus, inside
        else:
            yield before, item


def is_bracketed(box: Box) -> bool:
    """Return whether a box stands in round brackets."""
    return isinstance(box, Fenced) and box.fence == "("


def opens_with_sign(box: Box) -> bool:
    """Return whether the first sign on the line of a box is a minus of its own, as in -2x and in a product that begins so."""
    if isinstance(box, Row):
        return opens_with_sign(box.parts[0])
    if isinstance(box, Scripts):
        return opens_with_sign(box.base)
    if isinstance(box, Number):
        return box.text.startswith("-")
    return isinstance(box, Sign) and box.mark.spacing is Spacing.OPENING


def unfenced(box: Box) -> Box:
    """Return what stands in round brackets without them."""
    return box.inside if isinstance(box, Fenced) and box.fence == "(" else box
