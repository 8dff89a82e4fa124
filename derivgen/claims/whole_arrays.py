"""Functions of whole arrays in what others wrote, conv(X, K) or an inverse, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from derivgen.claims.tokens import UnreadableError
from derivgen.errors import SpecError
from derivgen.maths.arithmetic import Number
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.array_values import EXACT_ARRAYS, array_of, numpy
from derivgen.maths.evaluate import evaluate
from derivgen.maths.functions import Library
from derivgen.maths.interpret import Environment
from derivgen.maths.shapes import Entries, Shaped
from derivgen.maths.tree import ArrayCall, Entry, Expr, Matrix, Num, Sum, Sym


def entries_of_call(call: ArrayCall) -> Expr:
    """Return what a function of whole arrays, each a matrix of formulas or a number, comes to: such a matrix, or a formula.

    Raises UnreadableError where sizes do not fit.
    """
    first = call.args[0]
    if call.function == "sum" and not call.options and isinstance(first, Matrix):
        return Sum(tuple(cell for row in first.rows for cell in row))
    shape = _lowered(call)[0].shape
    if len(shape) > 2 or not all(isinstance(size, int) for size in shape):
        raise UnreadableError(f"{call.function} gives no matrix here")
    if not shape:
        return Entry(call, 1, 1)
    rows, columns = (*map(int, shape), 1)[:2]
    return Matrix(tuple(tuple(Entry(call, i, j) for j in range(1, columns + 1)) for i in range(1, rows + 1)))


def value_of_call(call: ArrayCall, env: Environment) -> Any:
    """Return the array of a call whose arguments have numbers. Raises UnknownValueError, DomainError."""
    lowered, named = _lowered(call)
    numbers = {}
    for name, part in named.items():
        cells = [evaluate(cell, env) for row in part.rows for cell in row]
        array = numpy().empty(len(cells), dtype=object)
        array[:] = cells
        numbers[name] = array.reshape(_shape(part))
    return array_of(lowered.body, lowered.axes, Environment(numbers, Library()), EXACT_ARRAYS)


def at_entry(array: Any, entry: Entry) -> Number:
    """Return the number of an array at the place that an entry has in it; a vector stands as a column."""
    return array[tuple((entry.row - 1, (entry.column or 1) - 1)[: array.ndim])]


def _lowered(call: ArrayCall) -> tuple[Entries, dict[str, Matrix]]:
    """Return a call in index form, and its matrices by the names that they have in it."""
    named = {f"A{k}": part for k, part in enumerate(call.args) if isinstance(part, Matrix)}
    shapes = {name: Shaped(_shape(part)) for name, part in named.items()}
    args = tuple(Sym(f"A{k}") if isinstance(part, Matrix) else _plain(part) for k, part in enumerate(call.args))
    try:
        return ArrayLowering(shapes).entries(ArrayCall(call.function, args, call.options)), named
    except SpecError as error:
        raise UnreadableError(error.problems[0].message) from None


def _plain(part: Expr) -> Expr:
    return Num(part.value, part.text) if isinstance(part, Num) else part


def _shape(matrix: Matrix) -> tuple[int, ...]:
    rows, columns = len(matrix.rows), len(matrix.rows[0])
    return (rows,) if columns == 1 else (rows, columns)


def identity(size: int) -> Matrix:
    """Return the identity matrix."""
    one, zero = Num(Fraction(1), "1"), Num(Fraction(0), "0")
    return Matrix(tuple(tuple(one if i == j else zero for j in range(size)) for i in range(size)))


def places(shape: Sequence[int]) -> Sequence[tuple[int, ...]]:
    """Return the indices of an array of this shape, from 0, row by row."""
    return tuple(product(*map(range, shape)))
