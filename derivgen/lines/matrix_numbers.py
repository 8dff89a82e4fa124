"""Numbers put into matrices: each small one written out, with as many guard digits as the printed result asks for."""

from __future__ import annotations

from collections.abc import Callable

from derivgen.lines.equality import rounded
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.matrices import Grid, Value, value_of
from derivgen.maths.numbers import GUARD, MOST_GUARD, NumberFormat, as_printed, fraction_of, leads_to, printed_agrees, shown
from derivgen.maths.tree import (
    Call,
    Diagonal,
    Expr,
    Marked,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Num,
    Ones,
    Prime,
    Shown,
    Sized,
    Transpose,
    has_matrices,
    rebuild,
    substitute,
)

MOST_ROWS, MOST_COLUMNS = 8, 6
"""A larger matrix is not written out: it goes by its name."""


def is_small(rows: int, columns: int) -> bool:
    """Whether a matrix of this size is written out."""
    return rows <= MOST_ROWS and columns <= MOST_COLUMNS


def shown_matrix(grid: Grid, style: NumberFormat, extra: int = 0) -> Matrix:
    """The numbers as they are printed."""
    return Matrix(tuple(tuple(shown(number, style, extra) for number in row) for row in grid))


def written_out(expr: Expr, env: Environment, style: NumberFormat, extra: int = 0, exact: bool = False) -> Expr:
    """The expression with each small matrix in it written out: its numbers where they are known, else its names.

    What is a function of a matrix, like g'(z), is written out as a whole; larger matrices keep their names. With `exact` a
    number that would have to be rounded stays a name.
    """
    if isinstance(expr, Sized):
        return written_out(expr.content, env, style, extra, exact)
    if isinstance(expr, Matrix):
        return rebuild(expr, lambda cell: substitute(cell, lambda name: known(name, env, style, extra, exact)))
    if isinstance(expr, (MatrixSym, MatrixPartial, Transpose, Call, Prime, Ones, Diagonal)) and has_matrices(expr):
        return _literal(expr, env, style, extra, exact)
    return rebuild(expr, lambda part: written_out(part, env, style, extra, exact))


def _literal(expr: Expr, env: Environment, style: NumberFormat, extra: int, exact: bool) -> Expr:
    try:
        grid = value_of(expr, env)
    except UnknownValueError:
        return _names(expr, env, style, extra, exact)
    assert isinstance(grid, tuple)
    if not is_small(len(grid), len(grid[0])):
        return expr
    numbers = shown_matrix(grid, style, extra)
    return _names(expr, env, style, extra, exact) if exact and rounded(numbers) else numbers


def _names(expr: Expr, env: Environment, style: NumberFormat, extra: int, exact: bool) -> Expr:
    """A matrix that is not known in full: its names, numbers among them; of a function or an unknown gradient, itself."""
    inner = expr.arg if isinstance(expr, Transpose) else expr
    cells = env.views.get(inner) if isinstance(inner, MatrixSym) and inner.letter not in ("delta", "Delta") else None
    if cells is None:
        return expr
    rows = cells.rows if inner is expr else tuple(zip(*cells.rows, strict=True))
    if not is_small(len(rows), len(rows[0])):
        return expr
    return Matrix(tuple(tuple(known(cell, env, style, extra, exact) for cell in row) for row in rows))


def known(cell: Expr, env: Environment, style: NumberFormat, extra: int = 0, exact: bool = False) -> Expr:
    """The number of a scalar if it has one, else itself; with `exact` only a number that is printed in full."""
    try:
        number = shown(evaluate(cell, env), style, extra)
    except UnknownValueError:
        return cell
    return cell if exact and rounded(number) else number


def settled(build: Callable[[int], Expr], result: Grid, style: NumberFormat, env: Environment) -> tuple[Expr, Expr]:
    """`(expression, result)` with enough guard digits for the printed figures to give the printed result; else it is marked.

    `build(extra)` makes the expression with `extra` digits more in its rounded numbers; there are none where numbers are carried
    on as printed.
    """
    printed = shown_matrix(result, style)
    if style.carry:
        expr = build(0)
        again = value_of(as_printed(expr), env)
        assert isinstance(again, tuple)
        figures = shown_matrix(again, style)
        return expr, figures if as_printed(figures) == as_printed(printed) else Marked(printed)
    for extra in range(GUARD, MOST_GUARD + 1):
        expr = build(extra)
        if figures_agree(expr, printed, style, env):
            return expr, printed
    return build(GUARD), Marked(printed)


def figures_agree(expr: Expr, printed: Num | Shown | Matrix, style: NumberFormat, env: Environment) -> bool:
    """Whether the figures printed in an expression lead to those printed as its result, entry by entry."""
    if not isinstance(printed, Matrix):
        return printed_agrees(expr, printed, style, lambda part: _number(value_of(part, env)))
    try:
        again = value_of(as_printed(expr), env)
    except DomainError:
        return False
    if not isinstance(again, tuple) or [len(row) for row in again] != [len(row) for row in printed.rows]:
        return False
    return all(
        leads_to(fraction_of(number), cell, style)
        for row, cells in zip(again, printed.rows, strict=True)
        for number, cell in zip(row, cells, strict=True)
    )


def _number(value: Value):
    assert not isinstance(value, tuple)
    return value
