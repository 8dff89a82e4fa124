"""One printed line: an equality whose sides can be evaluated, so that it can be believed before it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise, zip_longest

from derivgen.frozen import dataclass, field, replace
from derivgen.maths.evaluate import Environment
from derivgen.maths.plain import plain
from derivgen.maths.slots import slot_mark
from derivgen.maths.tree import (
    Boxed,
    Expr,
    Filled,
    Gap,
    Marked,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Nabla,
    Partial,
    Shown,
    Slot,
    Sym,
    walk,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line holds: an English message (the key of its translations) and what is put into it, words or expressions."""

    message: str
    names: Mapping[str, object] = field(default_factory=dict)


class LineKind(StrEnum):
    """Which line of a derivation an equality is; the text is what messages call it."""

    STATED = "stated"
    DEFINITION = "definition"
    EQUATION = "equation"
    FORWARD = "forward"
    PARTLY = "partly"
    TABLE = "table"
    CHAIN = "chain"
    FACTOR = "factor"
    FACTOR_VALUE = "factor value"
    PRODUCT = "product"
    FACTORED = "factored"
    BRACED = "braced"
    SIMPLIFIED = "simplified"
    BETWEEN = "between"
    VALUE = "value"
    SAMPLE = "sample"
    RESULT = "result"
    ADJOINT = "adjoint"
    ADJOINT_VALUE = "adjoint value"
    UNIT_SUM = "unit sum"
    ERROR = "error"
    ERROR_VALUE = "error value"
    SHORTHAND = "shorthand"
    GRADIENT = "gradient"
    SECOND = "second derivative"
    SECOND_VALUE = "second derivative value"
    HESSIAN = "hessian"
    UPDATE = "update"
    STEP = "step"
    PAGE = "page"
    MATRIX = "matrix"
    MATRIX_FORWARD = "matrix forward"
    MATRIX_LOSS = "matrix loss"
    MATRIX_ERROR = "matrix error"
    MATRIX_GRADIENT = "matrix gradient"
    MATRIX_SHARED = "matrix shared"
    MATRIX_GENERAL = "matrix general"
    MATRIX_NESTED = "matrix nested"
    MATRIX_AUGMENTED = "matrix augmented"
    INDEX_NET = "index net"
    INDEX_OUTPUT = "index output"
    INDEX_INPUTS = "index inputs"
    INDEX_LOSS = "index loss"
    INDEX_FUNCTION = "index function"
    INDEX_SLOPE = "index slope"
    INDEX_SLOPE_OF_THE_LOSS = "index slope of the loss"
    INDEX_GRADIENT = "index gradient"
    INDEX_OUTPUT_BELOW = "index output below"
    INDEX_SOFTMAX = "index softmax"
    INDEX_SOFTMAX_ERROR = "index softmax error"
    ACTIVATION = "activation"
    ACTIVATION_SLOPE = "activation slope"
    AUTOGRAD = "autograd"
    WEIGHTS = "weights"


About = tuple[LineKind, *tuple[str, ...]]
"""A line's kind, then the names it is about: `(LineKind.CHAIN, "W_13")`."""


@dataclass(frozen=True, slots=True)
class Equality:
    """sides[0] = sides[1] = …, with one relation (`=`, `≈`) before each side but the first.

    `about` says which line it is. A `numeric` one is true at the spec's values only; any other must hold
    at every value of the names in it. One with `places` of its own is evaluated there: its names are not all the spec's.
    """

    about: About
    sides: tuple[Expr, ...]
    relations: tuple[str, ...]
    numeric: bool = False
    reason: Reason | None = None
    places: tuple[Environment, ...] = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> LineKind:
        """Return which line of a derivation it is."""
        return self.about[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names (or numbers of layers, samples, steps) that it is about."""
        return self.about[1:]

    @property
    def last(self) -> Expr:
        """Return the result at the end of the line."""
        return self.sides[-1]


def equality(about: About, *sides: Expr | None, numeric: bool = False, reason: Reason | None = None) -> Equality:
    """Make an equality of the sides that are there, neighbours that are written alike said once; `≈` before a rounded side."""
    kept: list[Expr] = []
    for side in sides:
        if side is not None and not (kept and _written_alike(kept[-1], side)):
            kept.append(side)
    relations = tuple("=" if follows(before, side) else relation_before(side) for before, side in pairwise(kept))
    return Equality(about, tuple(kept), relations, numeric, reason)


def follows(before: Expr, side: Expr) -> bool:
    """Return whether a number is what the rounded figures before it come to, to the last digit."""
    return isinstance(side, Shown) and side.follows and rounded(before)


def _written_alike(a: Expr, b: Expr) -> bool:
    """Return whether two sides have the same text but for brackets; the first names that differ decide most pairs."""
    return all(name == other for name, other in zip_longest(_names(a), _names(b))) and _bare_text(a) == _bare_text(b)


def _names(side: Expr) -> Iterator[str]:
    """Every name, as often as it is written."""
    return (node.name for node in walk(side) if isinstance(node, Sym))


def _bare_text(side: Expr) -> str:
    """A side's text without its brackets: of two equal sides that differ in those alone, one is enough."""
    return plain(side).replace("(", "").replace(")", "")


def relation_before(side: Expr) -> str:
    """Return the sign before a side: `≈` where a rounded number stands in it, else `=`; before a slot, a mark for the sign."""
    slot = next((node for node in walk(side) if isinstance(node, Slot)), None)
    if slot is not None:
        return slot_mark(slot.number, "=")
    return "≈" if rounded(side) else "="


def rounded(expr: Expr) -> bool:
    """Return whether a rounded number stands in the expression."""
    return any(isinstance(node, Shown) and not node.exact for node in walk(expr))


def entries(line: Equality) -> tuple[Equality, ...]:
    """Return a line of matrices as a line for each entry (a ∇ before them only names its entries), any other line as it is."""
    matrices = [side.rows for side in line.sides if isinstance(side, Matrix)]
    if not matrices or len(matrices) < sum(not isinstance(side, Nabla) for side in line.sides):
        return (line,)
    shape = [len(row) for row in matrices[0]]
    if any([len(row) for row in rows] != shape for rows in matrices):
        raise ValueError(f"matrices of different shapes in one line: {plain(line.sides[0])}")
    return tuple(
        replace(line, sides=cells, relations=tuple(map(relation_before, cells[1:])))
        for r, columns in enumerate(shape)
        for c in range(columns)
        if len(cells := tuple(rows[r][c] for rows in matrices)) > 1
    )


def bare(side: Expr) -> Expr:
    """Return a result without its box or gap."""
    return bare(side.content) if isinstance(side, (Boxed, Filled)) else side


def unmarked(side: Expr) -> Expr:
    """Return a result without its box and its mark."""
    found = bare(side)
    return found.content if isinstance(found, Marked) else found


def only_numbers(side: Expr) -> bool:
    """Return whether a side is made of figures alone: no name, no gap, no mark."""
    return not any(isinstance(node, (Sym, Gap, Marked, Partial, MatrixSym, MatrixPartial)) for node in walk(side))
