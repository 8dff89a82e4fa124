"""One line in matrices: its symbols with their sizes, the matrices written out with their numbers, the result.

Lines of several layers that differ in nothing but the layer's number have a general line, said once for every layer l.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import takewhile

from derivgen.derivation.matrices import Layer, Layered, layered
from derivgen.derivation.network_arrays import network_arrays
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import About, Equality, LineKind, Reason, equality, rounded
from derivgen.lines.matrix_errors import MatrixErrors
from derivgen.lines.notation import number_format
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.evaluate import Environment, Grid, UnknownValueError, Value, evaluate, grid_of, value_of
from derivgen.maths.numbers import MOST_GUARD, NumberFormat, as_printed, fraction_of, leads_to, printed_agrees, shown
from derivgen.maths.plain import plain
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Call,
    Diagonal,
    Expr,
    Marked,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Num,
    Ones,
    Prime,
    Shown,
    Sized,
    Sum,
    Sym,
    Transpose,
    has_matrices,
    rebuild,
    substitute,
)


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A line as it is printed, `with_numbers`, and its `symbolic` sides alone, which must hold whatever the numbers are."""

    symbolic: Equality
    with_numbers: Equality


def equalities(lines: Iterable[MatrixLine]) -> Iterator[Equality]:
    """Return both equalities of each line, once where they are the same."""
    for line in lines:
        same = line.symbolic.sides == line.with_numbers.sides
        yield from (each for each in (line.symbolic, line.with_numbers)[: 1 if same else 2] if len(each.sides) > 1)


class MatrixLines:
    """An evaluation's network in matrices, ready to be written."""

    def __init__(self, evaluation: Evaluation, found: Layered):
        self.evaluation, self.layered = evaluation, found
        self.env: Environment = evaluation.environment(0 if evaluation.graph.samples == 1 else None)
        self.style: NumberFormat = number_format(evaluation)
        self.symbolic = evaluation.graph.symbolic_samples

    @cached_property
    def errors(self) -> MatrixErrors:
        """Return what reads δ and the gradients from the network's arrays."""
        arrays = network_arrays(self.evaluation.derivation)
        assert arrays is not None
        return MatrixErrors(arrays)

    def names(self, matrix: Expr) -> Matrix | None:
        """Return the scalars in a matrix; None where it is too large to be written out, or its samples are not listed."""
        rows, columns = self.layered.size(matrix)
        listed = isinstance(rows, int) and isinstance(columns, int) and not (self.symbolic and matrix in self.layered.running)
        return self.env.views[matrix] if listed and is_small(int(rows), int(columns)) else None

    def known(self, cells: Matrix) -> Matrix:
        """Return the scalars with their numbers where they have one."""
        return Matrix(tuple(tuple(known(cell, self.env, self.style) for cell in row) for row in cells.rows))

    def value(self, matrix: Expr) -> Grid | None:
        """Return the numbers in a matrix, None where one of them is not known."""
        try:
            return grid_of(matrix, self.env)
        except UnknownValueError:
            return None

    def affine(self, layer: Layer, below: Expr | None = None) -> Expr:
        """Return W a + b; of several samples W A + b 𝟏ᵀ."""
        product = MatMul((layer.weights, layer.below if below is None else below))
        if layer.bias is None:
            return product
        bias: Expr = MatMul((layer.bias, Ones(1, self.layered.columns))) if self.layered.batch else layer.bias
        return Sum((product, bias))

    def entries(self, layer: Layer) -> Matrix | None:
        """Return W a + b entry by entry, exact numbers put in: what can be said of it where it is not known."""
        if self.layered.batch or not is_small(len(layer.nets), 1) or len(layer.neurons[0].weights) > MOST_COLUMNS:
            return None
        definitions = [self.evaluation.graph.quantities[name].definition for name in layer.nets]
        return Matrix(tuple((tidy(substitute(expr, self._exact)),) for expr in definitions if expr is not None))

    def _exact(self, symbol: Sym) -> Expr:
        number = known(symbol, self.env, self.style)
        return number if isinstance(number, Num) else symbol

    def with_sizes(self, expr: Expr) -> Expr:
        """Put its size below every lettered matrix, transpose, gradient, function and row of ones in an expression."""
        if isinstance(expr, (MatrixSym, MatrixPartial, Transpose)) and not _holds_blocks(expr):
            return self.layered.sized(expr)
        if isinstance(expr, (Call, Prime)) and len(expr.args) == 1 and isinstance(expr.args[0], MatrixSym):
            return self.layered.sized(expr)
        if isinstance(expr, Ones):
            return Sized(expr, expr.rows, expr.columns)
        return rebuild(expr, self.with_sizes)

    def line(
        self,
        about: About,
        left: Expr,
        forms: tuple[Expr, ...],
        numbers: Expr | None = None,
        otherwise: Expr | None = None,
        reason: Reason | None = None,
    ) -> MatrixLine:
        """Write left = forms = `numbers` with every matrix written out = the result.

        Where the result is not known, `otherwise` stands in its place; a large one is left out.
        """
        sides = (left if isinstance(left, Sized) else self.with_sizes(left), *forms)
        numbers = None if isinstance(numbers, (MatrixSym, MatrixPartial)) else numbers
        symbolic = equality(about, *sides, reason=reason)
        if self.symbolic:
            return MatrixLine(symbolic, symbolic)
        result = self.value(left)
        exact = otherwise is not None
        put = (written_out(numbers, self.env, self.style, exact=exact) if numbers is not None else None), otherwise
        if result is not None:
            put = self._numbers(numbers, result)
        put = self._without_repeats(put[0], sides), put[1]
        told = result is not None or bool(self.evaluation.graph.given)
        return MatrixLine(symbolic, equality(about, *sides, *put, numeric=told, reason=reason))

    def _without_repeats(self, put: Expr | None, sides: tuple[Expr, ...]) -> Expr | None:
        """None where too little could be put in for the side to say anything new."""
        return None if put is not None and plain(put) in [plain(side) for side in sides] else put

    def _numbers(self, numbers: Expr | None, result: Grid) -> tuple[Expr | None, Expr | None]:
        small = is_small(len(result), len(result[0]))
        if numbers is not None and small:
            return settled(lambda extra: written_out(numbers, self.env, self.style, extra), result, self.style, self.env)
        put = None if numbers is None else written_out(numbers, self.env, self.style)
        return put, shown_matrix(result, self.style) if small else None


def _holds_blocks(expr: Expr) -> bool:
    """Return whether the matrix is one of blocks, whose size is given elsewhere."""
    inner = expr.arg if isinstance(expr, Transpose) else expr.by if isinstance(expr, MatrixPartial) else expr
    return isinstance(inner, Matrix)


def matrix_lines_of(evaluation: Evaluation) -> MatrixLines | None:
    """Return what writes an evaluation's lines in matrices; None where it has none (see `derivation.matrices.layered`)."""
    found = layered(evaluation.derivation)
    return None if found is None else MatrixLines(evaluation, found)


MOST_ROWS, MOST_COLUMNS = 8, 6
"""A larger matrix is not written out: it goes by its name."""


def is_small(rows: int, columns: int) -> bool:
    """Return whether a matrix of this size is written out."""
    return rows <= MOST_ROWS and columns <= MOST_COLUMNS


def shown_matrix(grid: Grid, style: NumberFormat, extra: int = 0) -> Matrix:
    """Return the numbers as they are printed."""
    return Matrix(tuple(tuple(shown(number, style, extra) for number in row) for row in grid))


def written_out(expr: Expr, env: Environment, style: NumberFormat, extra: int = 0, exact: bool = False) -> Expr:
    """Write out each small matrix in an expression: its numbers where they are known, else its names.

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
    """Return the number of a scalar if it has one, else itself; with `exact` only a number that is printed in full."""
    try:
        number = shown(evaluate(cell, env), style, extra)
    except UnknownValueError:
        return cell
    return cell if exact and rounded(number) else number


def settled(build: Callable[[int], Expr], result: Grid, style: NumberFormat, env: Environment) -> tuple[Expr, Expr]:
    """Return `(expression, result)` with enough guard digits for the figures to give the printed result, which else is marked.

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
    for extra in range(style.guard, MOST_GUARD + 1):
        expr = build(extra)
        if figures_agree(expr, printed, style, env):
            return expr, printed
    return build(style.guard), Marked(printed)


def figures_agree(expr: Expr, printed: Num | Shown | Matrix, style: NumberFormat, env: Environment) -> bool:
    """Return whether the figures printed in an expression lead to those printed as its result, entry by entry."""
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


INDEX = "l"


def general(lines: Iterable[tuple[int, MatrixLine]]) -> Equality | None:
    """Return the one line that lines of several layers (given with the layers' numbers) are instances of; None if there is none.

    A further form of the right side, in which the layers differ (a column of ones as long as the layer), is left out.
    """
    made = [[_relative(without_sizes(side), number) for side in line.symbolic.sides] for number, line in lines]
    shared = [sides[0] for sides in takewhile(_all_equal, zip(*made, strict=False))]
    if len(made) < 2 or len(shared) < min(3, *map(len, made)):
        return None
    return equality((LineKind.MATRIX_GENERAL,), *shared)


def _all_equal(sides: tuple[Expr, ...]) -> bool:
    return all(side == sides[0] for side in sides)


def without_sizes(expr: Expr) -> Expr:
    """Return the expression without the sizes below its matrices."""
    return without_sizes(expr.content) if isinstance(expr, Sized) else rebuild(expr, without_sizes)


def _relative(expr: Expr, number: int) -> Expr:
    """Count each layer from this one: W³ seen from layer 2 is W^{l+1}."""
    if isinstance(expr, MatrixSym) and isinstance(expr.layer, int):
        away = expr.layer - number
        return MatrixSym(expr.letter, f"{INDEX}{away:+d}" if away else INDEX)
    return rebuild(expr, lambda part: _relative(part, number))
