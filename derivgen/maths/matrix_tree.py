"""Matrices as written: symbols with their layer, transposes, products of both kinds, sizes; the literal one is `tree.Matrix`.

Sums, negatives, calls and a number times a matrix are the scalar nodes over these. A `Matrix` may hold matrices, as blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from derivgen.maths.tree import Expr, Matrix, Sym, shaped, walk

Size = int | str
"""A number of rows or columns, or the name of one."""


@dataclass(frozen=True, slots=True)
class MatrixSym(Expr):
    """A matrix or column by its letter and its layer: W², a⁰, y; in a general formula Wˡ⁺¹, its layer `l+1`."""

    letter: str
    layer: int | str | None = None

    @property
    def symbol(self) -> Sym:
        """How it is printed: as a name with a superscript."""
        return Sym(self.letter if self.layer is None else f"{self.letter}__{self.layer}")


@dataclass(frozen=True, slots=True)
class MatrixPartial(Expr):
    """∂of/∂by, in the shape of `by` (a `MatrixSym`, or a `Matrix` of them).

    A `direct` one counts only where the definition of `of` itself names entries of `by`.
    """

    of: Sym
    by: Expr
    direct: bool = False


@dataclass(frozen=True, slots=True)
class MatMul(Expr):
    """A B …, rows by columns."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Hadamard(Expr):
    """A ⊙ B ⊙ …, entry by entry."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class HadamardQuotient(Expr):
    """A ⊘ B, entry by entry."""

    over: Expr
    under: Expr


@dataclass(frozen=True, slots=True)
class Transpose(Expr):
    """Aᵀ"""

    arg: Expr


@dataclass(frozen=True, slots=True)
class Diagonal(Expr):
    """diag(a): the square matrix with the column `a` on its diagonal and zeros elsewhere."""

    arg: Expr


@dataclass(frozen=True, slots=True)
class Ones(Expr):
    """A matrix of ones."""

    rows: Size
    columns: Size


@dataclass(frozen=True, slots=True)
class Entry(Expr):
    """One entry of a matrix, row and column counted from 1; of a column, printed by its row alone."""

    matrix: Expr
    row: int
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Sized(Expr):
    """A factor with its size below it: rows × columns. Its value is checked to have that size."""

    content: Expr
    rows: Size
    columns: Size


_MATRICES = frozenset(
    (Matrix, MatrixSym, MatrixPartial, MatMul, Hadamard, HadamardQuotient, Transpose, Diagonal, Ones, Entry, Sized)
)


def has_matrices(expr: Expr) -> bool:
    """Whether a matrix stands anywhere in the expression."""
    return any(type(node) in _MATRICES for node in walk(expr))


def matmul(*factors: Expr) -> Expr:
    """A B …; of one factor, the factor itself."""
    return factors[0] if len(factors) == 1 else MatMul(factors)


def hadamard(*factors: Expr | None) -> Expr:
    """A ⊙ B …, without the factors that are not there and without brackets within."""
    flat = [part for factor in factors if factor is not None for part in _hadamard_factors(factor)]
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


def _hadamard_factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Hadamard) else (expr,)


def _leaf(kind: type[Expr]) -> None:
    shaped(kind, lambda e: (), lambda e, parts: e)


def _one(kind: type[Expr], field: str, make: Callable[[Any, Expr], Expr]) -> None:
    shaped(kind, lambda e: (getattr(e, field),), lambda e, parts: make(e, parts[0]))


_leaf(MatrixSym)
_leaf(Ones)
_one(MatrixPartial, "by", lambda e, part: MatrixPartial(e.of, part, e.direct))
_one(Transpose, "arg", lambda e, part: Transpose(part))
_one(Diagonal, "arg", lambda e, part: Diagonal(part))
_one(Entry, "matrix", lambda e, part: Entry(part, e.row, e.column))
_one(Sized, "content", lambda e, part: Sized(part, e.rows, e.columns))
shaped(MatMul, lambda e: e.factors, lambda e, parts: MatMul(parts))
shaped(Hadamard, lambda e: e.factors, lambda e, parts: Hadamard(parts))
shaped(HadamardQuotient, lambda e: (e.over, e.under), lambda e, parts: HadamardQuotient(*parts))
