"""Conditions on numbers as written: comparisons, counts of them, states of units. Their terms are expressions.

A name in a term may be a pattern (`Z_*`) or a word for many (`gradients`, `hidden units`); a comparison then speaks of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.errors import Place
from derivgen.frozen import dataclass, field
from derivgen.maths.tree import Expr, Partial, Sym, children


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is true of a variant or not."""

    at: Place | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Measure:
    """Of each value of `arg` how many decimals it has, its denominator, or how far it is from the kink of its function."""

    kind: str  # decimals | denominator | kink
    arg: Expr


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """`sides[0] ops[0] sides[1] ops[1] …`, of each thing that its names mean and in each sample."""

    sides: tuple[Expr | Measure, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State(Condition):
    """Each of the units is off, on, dead (off in every sample) or saturated."""

    kind: str
    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Distinct(Condition):
    """No two of the values are equal."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Counted(Condition):
    """How many of the things that the parts speak of are so: `count op number`."""

    parts: tuple[Condition, ...]
    op: str
    number: int


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Both(Condition):
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either(Condition):
    """A part holds."""

    parts: tuple[Condition, ...]


def names_in(condition: Condition) -> Iterator[Sym]:
    """Yield every name, pattern or word for many in a condition, but for those in gradients."""
    yield from (node for expr in terms(condition) for node in parts(expr) if isinstance(node, Sym))


def gradients_in(condition: Condition) -> Iterator[Partial]:
    """Yield every gradient that is named in a condition."""
    yield from (node for expr in terms(condition) for node in parts(expr) if isinstance(node, Partial))


def parts(expr: Expr) -> Iterator[Expr]:
    """Yield every node of a term, a gradient as a whole."""
    yield expr
    if not isinstance(expr, Partial):
        for part in children(expr):
            yield from parts(part)


def terms(condition: Condition) -> Iterator[Expr]:
    """Yield every expression in a condition."""
    if isinstance(condition, Comparison):
        yield from (side.arg if isinstance(side, Measure) else side for side in condition.sides)
    elif isinstance(condition, (State, Distinct)):
        yield from condition.of
    elif isinstance(condition, Not):
        yield from terms(condition.part)
    elif isinstance(condition, (Counted, Both, Either)):
        for part in condition.parts:
            yield from terms(part)
