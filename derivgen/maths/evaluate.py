"""The value of mathematics as written, in an environment of exact numbers and of matrices of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Any

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.functions import LOGARITHMS
from derivgen.maths.interpret import RULES, Algebra, Environment, UnknownValueError, interpret
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Call,
    Cases,
    Compare,
    Derivative,
    Diagonal,
    Entry,
    Expr,
    Hadamard,
    HadamardQuotient,
    Letter,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Num,
    Ones,
    Partial,
    Prime,
    Product,
    Quotient,
    Shown,
    Size,
    Sized,
    SumOver,
    Sym,
    Transpose,
    children,
    has_matrices,
    substitute,
)

__all__ = ["Environment", "Grid", "ShapeError", "UnknownValueError", "Value", "evaluate", "grid_of", "holds", "value_of"]

STEP = Fraction(1, 10**30)
_LEAST = Fraction(1, 10**20)
_SMOOTH = Fraction(1, 10**18)

Grid = tuple[tuple[Number, ...], ...]
Value = Number | Grid
"""A number, or a matrix row by row."""


class ShapeError(ValueError):
    """Two matrices whose sizes do not go together, or one that has not the size it is said to have."""


def evaluate(expr: Expr, env: Environment) -> Number:
    """Return the exact value of an expression.

    Raises UnknownValueError for a name without one and DomainError where the expression has none.
    """
    if not env.digits or env.digits <= arithmetic.context().dps:
        return interpret(expr, env, EXACT)
    with arithmetic.precision(env.digits):
        return interpret(expr, env, EXACT)


def holds(condition: Compare, env: Environment) -> bool:
    """Return whether a comparison is true in the environment."""
    return bool(evaluate(condition, env))


def value_of(expr: Expr, env: Environment) -> Value:
    """Return the exact value of an expression that may have matrices in it: a number or a grid.

    Raises ShapeError where sizes do not fit, UnknownValueError and DomainError as `evaluate` does. A number is never spread
    over a matrix on its own: that is written with `Ones`.
    """
    if not has_matrices(expr):
        return evaluate(expr, env)
    with arithmetic.precision(max(env.digits, arithmetic.context().dps)):
        return interpret(expr, env, MATRICES)


def grid_of(expr: Expr, env: Environment) -> Grid:
    """Return the value of an expression that is a matrix. Raises ShapeError for a number."""
    return _as_grid(value_of(expr, env))


def place_of(expr: Expr, env: Environment) -> Expr:
    """Return the innermost part of an expression without a value that itself fails: what an error should point at."""
    for part in _needed(expr, env):
        try:
            evaluate(part, env)
        except DomainError:
            return place_of(part, env)
        except UnknownValueError:
            continue
    return expr


def _needed(expr: Expr, env: Environment) -> Iterator[Expr]:
    """Yield the parts on which the value depends, one after another; of cases only those up to the piece that applies."""
    if not isinstance(expr, Cases):
        yield from children(expr)
        return
    for condition, piece in expr.pieces:
        yield from (condition.left, condition.right)
        try:
            if holds(condition, env):
                yield piece
                return
        except UnknownValueError:
            return
    yield expr.otherwise


def _pick(numbers: tuple[Number, ...], index: str | int | None, env: Environment, name: str) -> Number:
    if len(numbers) == 1:
        value = numbers[0]
    elif isinstance(index, int):
        value = numbers[index - 1]
    elif index is not None and index in env.bound:
        value = numbers[env.bound[index] - 1]
    elif env.sample is not None:
        value = numbers[env.sample]
    else:
        raise UnknownValueError(name)
    if value is None:
        raise UnknownValueError(name)
    return value


def _number(expr: Num | Shown, env: Environment, algebra: Algebra) -> Number:
    return expr.value


def _symbol(expr: Sym, env: Environment, algebra: Algebra) -> Number:
    """Return the number of a name, in the sample or at the index that is looked at. Raises UnknownValueError."""
    numbers = env.numbers.get(expr.name)
    if numbers is None:
        raise UnknownValueError(expr.name)
    if len(numbers) == 1 and numbers[0] is not None:
        return numbers[0]
    return _pick(numbers, expr.index, env, expr.name)


def _letter(expr: Letter, env: Environment, algebra: Algebra) -> Number:
    varied = env.numbers.get(_varied(expr))
    return varied[0] if varied is not None else interpret(expr.content, env, algebra)


def _varied(name: Sym) -> str:
    """Return where a name's value stands while it is varied by itself: no author's name has a space in it."""
    return f" {name.name}" if isinstance(name, Letter) else name.name


def _derivative(expr: Derivative, env: Environment, algebra: Algebra) -> Number:
    """Return (f(x + h) - f(x - h)) / 2h. Raises UnknownValueError on a kink, where the two sides do not agree."""
    middle = arithmetic.real(evaluate(expr.by, env))
    step = max(abs(middle), arithmetic.real(_LEAST)) * arithmetic.real(STEP)

    def value(at: Number) -> Number:
        moved = {**env.numbers, _varied(expr.by): (at,)}
        still = env.numbers if env.still is None else env.still
        return arithmetic.real(evaluate(expr.body, env._replace(numbers=moved, still=still)))

    here, own = value(middle), arithmetic.context()
    before_the_point = max(0, int(0.302 * own.mag(here))) if here else 0
    with arithmetic.precision(own.dps + before_the_point):  # a large constant is no noise in a difference
        left, here, right = value(middle - step), value(middle), value(middle + step)
    if not arithmetic.near((here - left) / step, (right - here) / step, _SMOOTH):
        raise UnknownValueError("a kink")
    return (right - left) / (2 * step)


def _sum_over(expr: SumOver, env: Environment, algebra: Algebra) -> Number:
    upper = int(interpret(expr.upper, env, algebra))
    return algebra.add_up([Fraction(0), *(interpret(expr.body, env.over(expr.index, i), algebra) for i in range(1, upper + 1))])


def _product(expr: Product, env: Environment, algebra: Algebra) -> Any:
    """Return the product; 0 · ln 0 is 0, the limit of x ln x, by which cross-entropy and entropy are defined."""
    try:
        return RULES[Product](expr, env, algebra)
    except DomainError:
        if _is_zero_times_log(expr, env, algebra):
            return Fraction(0)
        raise


def _is_zero_times_log(expr: Product, env: Environment, algebra: Algebra) -> bool:
    """Return whether one factor is exactly 0 and each one without a value is the logarithm of 0, or 1/p of a limit."""
    zero = False
    for factor in expr.factors:
        try:
            value = interpret(factor, env, algebra)
            zero = zero or _is_exactly_0(value)
        except DomainError:
            of_limit = isinstance(factor, Quotient) and _is_limit(factor.under, env, algebra)
            if not (of_limit or (isinstance(factor, Call) and zeros_of_log(factor, env))):
                return False
    return zero


def _is_exactly_0(value: Number) -> bool:
    return arithmetic.is_exact(value) and value == 0


def zeros_of_log(call: Call | Prime, env: Environment) -> tuple[Expr, ...]:
    """Return what is exactly 0 where a logarithm is that of 0, or of 0/0, which times 0 counts as 0; nothing elsewhere."""
    if call.function not in LOGARITHMS:
        return ()
    inside = call.args[0]
    over, *under = (inside.over, inside.under) if isinstance(inside, Quotient) else (inside,)
    if not _is_exactly_0(evaluate(over, env)):
        return ()
    return (over, *(part for part in under if _is_exactly_0(evaluate(part, env))))


def _quotient(expr: Quotient, env: Environment, algebra: Algebra) -> Any:
    """Return the quotient; 0 over a limit is 0."""
    try:
        return RULES[Quotient](expr, env, algebra)
    except DomainError:
        if _is_limit(expr.under, env, algebra) and _is_exactly_0(interpret(expr.over, env, algebra)):
            return Fraction(0)
        raise


def _is_limit(under: Expr, env: Environment, algebra: Algebra) -> bool:
    """Return whether what stands below a bar is 0, and is what a logarithm is taken of, maybe times something."""
    if not env.limits or not _is_exactly_0(interpret(under, env, algebra)):
        return False
    bare = substitute(under, lambda sym: Sym(sym.name))
    return any(part in env.limits for part in (bare, *(bare.factors if isinstance(bare, Product) else ())))


def _may_be_at_limit(env: Environment) -> bool:
    """Return whether one of those that logarithms are taken of may be exactly 0, in a sample; most have no such value."""
    samples = range(env.samples) if env.sample is None else (env.sample,)
    try:
        return any(_is_exactly_0(evaluate(limit, env.at(sample))) for limit in env.limits for sample in samples)
    except (UnknownValueError, DomainError):
        return True


def is_by_limit(expr: Expr, env: Environment) -> bool:
    """Return whether a product or quotient is 0 by a limit alone: with its numbers put in it would be 0/0 or 0·ln 0."""
    if not env.limits or not isinstance(expr, (Product, Quotient)) or not _may_be_at_limit(env):
        return False
    try:
        evaluate(expr, env._replace(limits=()))
    except UnknownValueError:
        return False
    except DomainError:
        try:
            return _is_exactly_0(evaluate(expr, env))
        except DomainError:
            return False
    return False


class Exact(Algebra):
    """Fractions as long as it can, then decimals of the working precision. Of cases only the piece that applies has a value."""

    functions = arithmetic.PRIMITIVES
    rules = MappingProxyType(
        {
            **RULES,
            Num: _number,
            Shown: _number,
            Sym: _symbol,
            Letter: _letter,
            Product: _product,
            Quotient: _quotient,
            Derivative: _derivative,
            SumOver: _sum_over,
        }
    )
    negative = staticmethod(arithmetic.negative)
    add = staticmethod(arithmetic.add)
    multiply = staticmethod(arithmetic.multiply)
    divide = staticmethod(arithmetic.divide)
    power = staticmethod(arithmetic.power)
    compare = staticmethod(arithmetic.compare)
    softmax = staticmethod(arithmetic.softmax)

    def partial(self, expr: Partial, env: Environment) -> Number:
        """Return the number of ∂of/∂by, in the sample that is looked at. Raises UnknownValueError."""
        key: tuple[str, ...] = (expr.of.name, expr.by.name)
        if expr.then is not None:
            key = (*key, "then", expr.then.name)
        numbers = env.partials.get((*key, "direct")) if expr.direct else env.partials.get(key)
        if numbers is None:
            raise UnknownValueError(f"d{expr.of.name}/d{expr.by.name}")
        index = expr.by.index if expr.by.index is not None else expr.of.index
        return _pick(numbers, index, env, expr.by.name)

    def held(self, value: Number) -> tuple[Number, ...]:
        """Return a function's argument as an environment holds it: one number."""
        return (value,)

    def extreme(self, args: Sequence[Number], largest: bool) -> Number:
        """Return the largest or the smallest of several."""
        return arithmetic.extreme(args, ">" if largest else "<")

    def share(self, args: Sequence[Number], slot: int, largest: bool, first: bool = False) -> Fraction:
        """Return the derivative of max or min by one argument: 1 shared among those that tie, or all for the first; else 0."""
        return arithmetic.share(args, slot, ">" if largest else "<", first)

    def cases(self, expr: Cases, env: Environment) -> Any:
        """Return the value of the first piece that applies; the others need not have one."""
        for condition, piece in expr.pieces:
            if interpret(condition, env, self):
                return interpret(piece, env, self)
        return interpret(expr.otherwise, env, self)

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the sum of the body over all samples."""
        return self.add_up([Fraction(0), *(interpret(body, env.at(sample), self) for sample in range(env.samples))])


class Matrices(Exact):
    """Exact numbers and grids of them, every size checked before anything is multiplied or added."""

    def negative(self, a: Value) -> Value:
        """Return -a, in every entry."""
        return _each(arithmetic.negative, a) if isinstance(a, tuple) else -a

    def add(self, a: Value, b: Value) -> Value:
        """Return a + b, of two numbers or of two matrices of one size."""
        if isinstance(a, tuple) and isinstance(b, tuple):
            return entrywise(arithmetic.add, a, b)
        if isinstance(a, tuple) or isinstance(b, tuple):
            raise ShapeError("a number is added to a matrix")
        return arithmetic.add(a, b)

    def multiply(self, a: Value, b: Value) -> Value:
        """Return a · b, at most one of them a matrix."""
        if isinstance(a, tuple) and isinstance(b, tuple):
            raise ShapeError("two matrices in a product of numbers")
        if isinstance(a, tuple):
            a, b = b, a
        return _each(lambda number: arithmetic.multiply(a, number), b) if isinstance(b, tuple) else arithmetic.multiply(a, b)

    def power(self, a: Value, b: Value) -> Value:
        """Return a to the power b, of two numbers."""
        if isinstance(a, tuple) or isinstance(b, tuple):
            raise ShapeError("a power of a matrix")
        return arithmetic.power(a, b)

    def compare(self, op: str, a: Value, b: Value) -> bool:
        """Return whether `a op b` holds, of two numbers."""
        if isinstance(a, tuple) or isinstance(b, tuple):
            raise ShapeError("a matrix is compared")
        return arithmetic.compare(op, a, b)

    def divide(self, a: Value, b: Value) -> Value:
        """Return a / b, a number or a matrix over a number."""
        if isinstance(b, tuple):
            raise ShapeError("a matrix stands below a fraction's bar")
        return _each(lambda number: arithmetic.divide(number, b), a) if isinstance(a, tuple) else arithmetic.divide(a, b)

    def call(self, expr: Call | Prime, args: Sequence[Value], env: Environment) -> Value:
        """Return a function of every entry; softmax of every column."""
        first, *others = args
        if not isinstance(first, tuple):
            return super().call(expr, args, env)
        if isinstance(expr, Call) and expr.function == "softmax":
            columns = (tuple(arithmetic.softmax(column, k) for k in range(len(column))) for column in transposed(first))
            return transposed(tuple(columns))
        return _each(lambda number: EXACT.call(expr, (number, *others), env), first)


EXACT = Exact()


def size(grid: Grid) -> tuple[int, int]:
    """Return (rows, columns)."""
    return len(grid), len(grid[0]) if grid else 0


def transposed(grid: Grid) -> Grid:
    """Return the rows as columns."""
    return tuple(zip(*grid, strict=True))


def multiplied(left: Grid, right: Grid) -> Grid:
    """Return the matrix product: sums of rows times columns. Raises ShapeError where their lengths differ."""
    if size(left)[1] != size(right)[0]:
        raise ShapeError(f"{_size_text(left)} times {_size_text(right)}: the inner sizes differ")
    columns = transposed(right)
    return tuple(tuple(reduce(arithmetic.add, map(arithmetic.multiply, row, column)) for column in columns) for row in left)


def entrywise(combine: Callable[[Number, Number], Number], left: Grid, right: Grid) -> Grid:
    """Return two matrices of one size combined entry by entry. Raises ShapeError where their sizes differ."""
    if size(left) != size(right):
        raise ShapeError(f"{_size_text(left)} and {_size_text(right)} entry by entry: the sizes differ")
    return tuple(tuple(map(combine, a, b)) for a, b in zip(left, right, strict=True))


def same(a: Value, b: Value, close: Callable[[Number, Number], bool]) -> bool:
    """Return whether two values have one shape and agree in every entry."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return size(a) == size(b) and all(map(close, entries_of(a), entries_of(b)))
    return not isinstance(a, tuple) and not isinstance(b, tuple) and close(a, b)


def entries_of(value: Value) -> tuple[Number, ...]:
    """Return the entries of a matrix row by row; of a number, the number."""
    return tuple(number for row in value for number in row) if isinstance(value, tuple) else (value,)


def value_text(value: Value) -> str:
    """Return a value in short, for a message."""
    if not isinstance(value, tuple):
        return str(arithmetic.to_float(value))
    return "[" + "; ".join(" ".join(f"{arithmetic.to_float(number):.12g}" for number in row) for row in value) + "]"


def _size_text(grid: Grid) -> str:
    return "{}×{}".format(*size(grid))


def _as_grid(value: Value) -> Grid:
    if not isinstance(value, tuple):
        raise ShapeError("a number stands where a matrix is wanted")
    return value


def _grid(expr: Expr, env: Environment) -> Grid:
    return _as_grid(interpret(expr, env, MATRICES))


def _each(change: Callable[[Number], Number], grid: Grid) -> Grid:
    return tuple(tuple(change(number) for number in row) for row in grid)


def _view(expr: MatrixSym | MatrixPartial, env: Environment, algebra: Algebra) -> Grid:
    cells = env.views.get(expr)
    if cells is None and isinstance(expr, MatrixPartial) and isinstance(expr.by, Matrix):
        cells = Matrix(tuple(tuple(MatrixPartial(expr.of, cell, expr.direct) for cell in row) for row in expr.by.rows))
    if cells is None:
        raise UnknownValueError(str(expr))
    return _matrix(cells, env, algebra)


def _matrix(expr: Matrix, env: Environment, algebra: Algebra) -> Grid:
    """Return numbers in rows; with matrices among the cells, those beside and below each other."""
    rows = [[_block(interpret(cell, env, algebra)) for cell in row] for row in expr.rows]
    made = tuple(line for row in rows for line in _beside(row))
    if len({len(line) for line in made}) > 1:
        raise ShapeError("rows of different lengths")
    return made


def _block(value: Value) -> Grid:
    return value if isinstance(value, tuple) else ((value,),)


def _beside(blocks: list[Grid]) -> Grid:
    if len({len(block) for block in blocks}) > 1:
        raise ShapeError(f"{' and '.join(map(_size_text, blocks))} beside each other: the numbers of rows differ")
    return tuple(tuple(number for part in parts for number in part) for parts in zip(*blocks, strict=True))


def _length(length: Size, env: Environment) -> int:
    return length if isinstance(length, int) else int(evaluate(Sym(length), env))


def _diagonal(expr: Diagonal, env: Environment, algebra: Algebra) -> Grid:
    column = _grid(expr.arg, env)
    if size(column)[1] != 1:
        raise ShapeError(f"diag of {_size_text(column)}: a column is wanted")
    return tuple(tuple(row[0] if i == j else ZERO.value for j in range(len(column))) for i, row in enumerate(column))


def _entry(expr: Entry, env: Environment, algebra: Algebra) -> Number:
    grid = _grid(expr.matrix, env)
    row, column = expr.row, expr.column or 1
    if row > len(grid) or column > size(grid)[1] or (expr.column is None and size(grid)[1] != 1):
        raise ShapeError(f"no entry {row}, {column} in {_size_text(grid)}")
    return grid[row - 1][column - 1]


def _sized(expr: Sized, env: Environment, algebra: Algebra) -> Grid:
    grid = _grid(expr.content, env)
    wanted = _length(expr.rows, env), _length(expr.columns, env)
    if size(grid) != wanted:
        raise ShapeError(f"{_size_text(grid)} is said to be {wanted[0]}×{wanted[1]}")
    return grid


def _hadamard(expr: Hadamard, env: Environment, algebra: Algebra) -> Grid:
    return reduce(lambda a, b: entrywise(arithmetic.multiply, a, b), (_grid(factor, env) for factor in expr.factors))


def _array_call(expr: ArrayCall, env: Environment, algebra: Algebra) -> Value:
    """Evaluate what a board has a sign of its own for. Raises UnknownValueError for other functions."""
    if expr.function == "eye":
        n = int(evaluate(expr.args[0], env))
        return tuple(tuple(ONE.value if i == j else ZERO.value for j in range(n)) for i in range(n))
    if expr.function not in {"inv", "det", "trace"}:
        raise UnknownValueError(expr.function)
    grid = _grid(expr.args[0], env)
    if expr.function == "trace":
        return arithmetic.add_up([row[place] for place, row in enumerate(grid)])
    inverse, determinant = arithmetic.eliminated(grid, expr.function == "inv")
    return determinant if expr.function == "det" else tuple(map(tuple, inverse))


Matrices.rules = MappingProxyType(
    {
        **Exact.rules,
        ArrayCall: _array_call,
        MatrixSym: _view,
        MatrixPartial: _view,
        Matrix: _matrix,
        MatMul: lambda e, env, algebra: reduce(multiplied, (_grid(factor, env) for factor in e.factors)),
        Hadamard: _hadamard,
        HadamardQuotient: lambda e, env, algebra: entrywise(arithmetic.divide, _grid(e.over, env), _grid(e.under, env)),
        Transpose: lambda e, env, algebra: transposed(_grid(e.arg, env)),
        Diagonal: _diagonal,
        Ones: lambda e, env, algebra: ((ONE.value,) * _length(e.columns, env),) * _length(e.rows, env),
        Entry: _entry,
        Sized: _sized,
    }
)
MATRICES = Matrices()
