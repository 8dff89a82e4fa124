"""The value of matrices as written: exact numbers in rows, every size checked before anything is multiplied or added."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Boxed,
    Braces,
    Call,
    Diagonal,
    Entry,
    Expr,
    Filled,
    Hadamard,
    HadamardQuotient,
    Marked,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Ones,
    Prime,
    Product,
    Quotient,
    Shown,
    Size,
    Sized,
    Sum,
    Sym,
    Transpose,
    has_matrices,
)

Grid = tuple[tuple[Number, ...], ...]
Value = Number | Grid
"""A number, or a matrix row by row."""


class ShapeError(ValueError):
    """Two matrices whose sizes do not go together, or one that has not the size it is said to have."""


def value_of(expr: Expr, env: Environment) -> Value:
    """The exact value of an expression with matrices in it: a number or a grid.

    Raises ShapeError where sizes do not fit, UnknownValueError and DomainError as `evaluate` does. A number is never spread
    over a matrix on its own: that is written with `Ones`.
    """
    found = _VALUES.get(type(expr))
    if found is None or not has_matrices(expr):
        return evaluate(expr, env)
    return found(expr, env)


def grid_of(expr: Expr, env: Environment) -> Grid:
    """The value of an expression that is a matrix. Raises ShapeError for a number."""
    value = value_of(expr, env)
    if not isinstance(value, tuple):
        raise ShapeError("a number stands where a matrix is wanted")
    return value


def size(grid: Grid) -> tuple[int, int]:
    """(rows, columns)"""
    return len(grid), len(grid[0]) if grid else 0


def transposed(grid: Grid) -> Grid:
    """Rows as columns."""
    return tuple(zip(*grid, strict=True))


def multiplied(left: Grid, right: Grid) -> Grid:
    """The matrix product: sums of rows times columns. Raises ShapeError where their lengths differ."""
    if size(left)[1] != size(right)[0]:
        raise ShapeError(f"{_said(left)} times {_said(right)}: the inner sizes differ")
    columns = transposed(right)
    return tuple(tuple(_dot(row, column) for column in columns) for row in left)


def entrywise(combine: Callable[[Number, Number], Number], left: Grid, right: Grid) -> Grid:
    """Two matrices of one size, entry by entry. Raises ShapeError where their sizes differ."""
    if size(left) != size(right):
        raise ShapeError(f"{_said(left)} and {_said(right)} entry by entry: the sizes differ")
    return tuple(tuple(map(combine, a, b)) for a, b in zip(left, right, strict=True))


def same(a: Value, b: Value, close: Callable[[Number, Number], bool]) -> bool:
    """Whether two values have one shape and agree in every entry."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return size(a) == size(b) and all(map(close, _flat(a), _flat(b)))
    return not isinstance(a, tuple) and not isinstance(b, tuple) and close(a, b)


def _flat(grid: Grid) -> tuple[Number, ...]:
    return tuple(number for row in grid for number in row)


def said(value: Value) -> str:
    """A value in short, for a message."""
    if not isinstance(value, tuple):
        return str(float(value))
    return "[" + "; ".join(" ".join(f"{float(number):.12g}" for number in row) for row in value) + "]"


def _said(grid: Grid) -> str:
    return "{}×{}".format(*size(grid))


def _dot(row: tuple[Number, ...], column: tuple[Number, ...]) -> Number:
    return reduce(arithmetic.add, map(arithmetic.multiply, row, column))


def _each(change: Callable[[Number], Number], grid: Grid) -> Grid:
    return tuple(tuple(change(number) for number in row) for row in grid)


def _view(expr: Expr, env: Environment) -> Grid:
    cells = env.views.get(expr)
    if cells is None and isinstance(expr, MatrixPartial) and isinstance(expr.by, Matrix):
        cells = Matrix(tuple(tuple(_part(expr, cell) for cell in row) for row in expr.by.rows))
    if cells is None:
        raise UnknownValueError(str(expr))
    return _matrix(cells, env)


def _part(expr: MatrixPartial, cell: Expr) -> Expr:
    return MatrixPartial(expr.of, cell, expr.direct)


def _matrix(expr: Matrix, env: Environment) -> Grid:
    """Numbers in rows; with matrices among the cells, those beside and below each other."""
    rows = [[_block(value_of(cell, env)) for cell in row] for row in expr.rows]
    made = tuple(line for row in rows for line in _beside(row))
    if len({len(line) for line in made}) > 1:
        raise ShapeError("rows of different lengths")
    return made


def _block(value: Value) -> Grid:
    return value if isinstance(value, tuple) else ((value,),)


def _beside(blocks: list[Grid]) -> Grid:
    if len({len(block) for block in blocks}) > 1:
        raise ShapeError(f"{' and '.join(map(_said, blocks))} beside each other: the numbers of rows differ")
    return tuple(tuple(number for part in parts for number in part) for parts in zip(*blocks, strict=True))


def _length(length: Size, env: Environment) -> int:
    return length if isinstance(length, int) else int(evaluate(Sym(length), env))


def _ones(expr: Ones, env: Environment) -> Grid:
    return ((ONE.value,) * _length(expr.columns, env),) * _length(expr.rows, env)


def _diagonal(expr: Diagonal, env: Environment) -> Grid:
    column = grid_of(expr.arg, env)
    if size(column)[1] != 1:
        raise ShapeError(f"diag of {_said(column)}: a column is wanted")
    return tuple(tuple(row[0] if i == j else ZERO.value for j in range(len(column))) for i, row in enumerate(column))


def _sum(expr: Sum, env: Environment) -> Value:
    return reduce(_added, (value_of(term, env) for term in expr.terms))


def _added(a: Value, b: Value) -> Value:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return entrywise(arithmetic.add, a, b)
    if isinstance(a, tuple) or isinstance(b, tuple):
        raise ShapeError("a number is added to a matrix")
    return arithmetic.add(a, b)


def _product(expr: Product, env: Environment) -> Value:
    return reduce(_scaled, (value_of(factor, env) for factor in expr.factors))


def _scaled(a: Value, b: Value) -> Value:
    if isinstance(a, tuple) and isinstance(b, tuple):
        raise ShapeError("two matrices in a product of numbers")
    if isinstance(a, tuple):
        return _scaled(b, a)
    return _each(lambda number: arithmetic.multiply(a, number), b) if isinstance(b, tuple) else arithmetic.multiply(a, b)


def _negative(expr: Neg, env: Environment) -> Value:
    value = value_of(expr.arg, env)
    return _each(arithmetic.negative, value) if isinstance(value, tuple) else arithmetic.negative(value)


def _quotient(expr: Quotient, env: Environment) -> Value:
    over, under = value_of(expr.over, env), value_of(expr.under, env)
    if isinstance(under, tuple):
        raise ShapeError("a matrix stands below a fraction's bar")
    return (
        _each(lambda number: arithmetic.divide(number, under), over)
        if isinstance(over, tuple)
        else arithmetic.divide(over, under)
    )


def _applied(expr: Call | Prime, env: Environment) -> Value:
    """A function of every entry; softmax of every column."""
    first, *others = expr.args
    grid = grid_of(first, env)
    if isinstance(expr, Call) and expr.function == "softmax":
        columns = (tuple(arithmetic.softmax(column, k) for k in range(len(column))) for column in transposed(grid))
        return transposed(tuple(columns))
    rest = tuple(others)

    def at(number: Number) -> Number:
        args = (Shown(number, ""), *rest)
        if isinstance(expr, Call):
            return evaluate(Call(expr.function, args, expr.written), env)
        return evaluate(Prime(expr.function, args, expr.written, expr.slot), env)

    return _each(at, grid)


def _entry(expr: Entry, env: Environment) -> Number:
    grid = grid_of(expr.matrix, env)
    row, column = expr.row, expr.column or 1
    if row > len(grid) or column > size(grid)[1] or (expr.column is None and size(grid)[1] != 1):
        raise ShapeError(f"no entry {row}, {column} in {_said(grid)}")
    return grid[row - 1][column - 1]


def _sized(expr: Sized, env: Environment) -> Grid:
    grid = grid_of(expr.content, env)
    wanted = _length(expr.rows, env), _length(expr.columns, env)
    if size(grid) != wanted:
        raise ShapeError(f"{_said(grid)} is said to be {wanted[0]}×{wanted[1]}")
    return grid


def _inside(expr: Boxed | Filled | Marked | Braces, env: Environment) -> Value:
    return value_of(expr.content, env)


def _all_multiplied(expr: MatMul, env: Environment) -> Grid:
    return reduce(multiplied, (grid_of(factor, env) for factor in expr.factors))


def _all_entrywise(expr: Hadamard, env: Environment) -> Grid:
    return reduce(lambda a, b: entrywise(arithmetic.multiply, a, b), (grid_of(factor, env) for factor in expr.factors))


_VALUES: dict[type[Expr], Callable[..., Value]] = {
    MatrixSym: _view,
    MatrixPartial: _view,
    Matrix: _matrix,
    MatMul: _all_multiplied,
    Hadamard: _all_entrywise,
    HadamardQuotient: lambda e, env: entrywise(arithmetic.divide, grid_of(e.over, env), grid_of(e.under, env)),
    Transpose: lambda e, env: transposed(grid_of(e.arg, env)),
    Diagonal: _diagonal,
    Ones: _ones,
    Entry: _entry,
    Sized: _sized,
    Sum: _sum,
    Product: _product,
    Neg: _negative,
    Quotient: _quotient,
    Call: _applied,
    Prime: _applied,
    Boxed: _inside,
    Filled: _inside,
    Marked: _inside,
    Braces: _inside,
}
