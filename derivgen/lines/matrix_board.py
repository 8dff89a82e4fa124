"""One line in matrices: its symbols with their sizes, the matrices written out with their numbers, the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from derivgen.derivation.matrices import Layer, Layered, layered
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality, Reason, equality
from derivgen.lines.matrix_numbers import MOST_COLUMNS, is_small, known, settled, shown_matrix, written_out
from derivgen.lines.paper import number_format
from derivgen.maths.evaluate import Environment, UnknownValueError
from derivgen.maths.matrices import Grid, grid_of
from derivgen.maths.numbers import NumberFormat
from derivgen.maths.plain import plain
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Call,
    Expr,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Num,
    Ones,
    Prime,
    Sized,
    Sum,
    Sym,
    Transpose,
    rebuild,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A line as it is printed, `whole`, and its `symbolic` sides alone, which must hold whatever the numbers are."""

    symbolic: Equality
    whole: Equality


def equalities(claims: Iterable[Claim]) -> Iterator[Equality]:
    """Everything that the claims say."""
    for claim in claims:
        same = claim.symbolic.sides == claim.whole.sides
        yield from (each for each in (claim.symbolic, claim.whole)[: 1 if same else 2] if len(each.sides) > 1)


class Board:
    """An evaluation's network in matrices, ready to be written."""

    def __init__(self, evaluation: Evaluation, found: Layered):
        self.evaluation, self.layered = evaluation, found
        self.env: Environment = evaluation.environment(0 if evaluation.graph.samples == 1 else None)
        self.style: NumberFormat = number_format(evaluation)
        self.symbolic = evaluation.graph.symbolic_samples

    def names(self, matrix: Expr) -> Matrix | None:
        """The scalars in a matrix; None where it is too large to be written out, or its samples are not listed."""
        rows, columns = self.layered.size(matrix)
        listed = isinstance(rows, int) and isinstance(columns, int) and not (self.symbolic and matrix in self.layered.running)
        return self.env.views[matrix] if listed and is_small(int(rows), int(columns)) else None

    def known(self, cells: Matrix) -> Matrix:
        """The scalars with their numbers where they have one."""
        return Matrix(tuple(tuple(known(cell, self.env, self.style) for cell in row) for row in cells.rows))

    def value(self, matrix: Expr) -> Grid | None:
        """The numbers in a matrix, None where one of them is not known."""
        try:
            return grid_of(matrix, self.env)
        except UnknownValueError:
            return None

    def affine(self, layer: Layer, below: Expr | None = None) -> Expr:
        """W a + b; of several samples W A + b 𝟏ᵀ."""
        product = MatMul((layer.weights, layer.below if below is None else below))
        if layer.bias is None:
            return product
        bias: Expr = MatMul((layer.bias, Ones(1, self.layered.columns))) if self.layered.batch else layer.bias
        return Sum((product, bias))

    def entries(self, layer: Layer) -> Matrix | None:
        """W a + b entry by entry, exact numbers put in: what can be said of it where it is not known."""
        if self.layered.batch or not is_small(len(layer.nets), 1) or len(layer.neurons[0].weights) > MOST_COLUMNS:
            return None
        definitions = [self.evaluation.graph.quantities[name].definition for name in layer.nets]
        return Matrix(tuple((tidy(substitute(expr, self._exact)),) for expr in definitions if expr is not None))

    def _exact(self, symbol: Sym) -> Expr:
        number = known(symbol, self.env, self.style)
        return number if isinstance(number, Num) else symbol

    def with_sizes(self, expr: Expr) -> Expr:
        """The expression with the size below every lettered matrix, transpose, gradient, function and row of ones."""
        if isinstance(expr, (MatrixSym, MatrixPartial, Transpose)) and not _holds_blocks(expr):
            return self.layered.sized(expr)
        if isinstance(expr, (Call, Prime)) and len(expr.args) == 1 and isinstance(expr.args[0], MatrixSym):
            return self.layered.sized(expr)
        if isinstance(expr, Ones):
            return Sized(expr, expr.rows, expr.columns)
        return rebuild(expr, self.with_sizes)

    def line(
        self,
        about: tuple[str, ...],
        left: Expr,
        forms: tuple[Expr, ...],
        numbers: Expr | None = None,
        otherwise: Expr | None = None,
        reason: Reason | None = None,
    ) -> Claim:
        """left = forms = `numbers` with every matrix written out = the result.

        Where the result is not known, `otherwise` stands in its place; a large one is left out.
        """
        sides = (left if isinstance(left, Sized) else self.with_sizes(left), *forms)
        numbers = None if isinstance(numbers, (MatrixSym, MatrixPartial)) else numbers
        symbolic = equality(about, *sides, reason=reason)
        if self.symbolic:
            return Claim(symbolic, symbolic)
        result = self.value(left)
        exact = otherwise is not None
        put = (written_out(numbers, self.env, self.style, exact=exact) if numbers is not None else None), otherwise
        if result is not None:
            put = self._numbers(numbers, result)
        put = self._without_repeats(put[0], sides), put[1]
        told = result is not None or bool(self.evaluation.graph.given)
        return Claim(symbolic, equality(about, *sides, *put, numeric=told, reason=reason))

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
    """Whether the matrix is one of blocks, whose size is told elsewhere."""
    inner = expr.arg if isinstance(expr, Transpose) else expr.by if isinstance(expr, MatrixPartial) else expr
    return isinstance(inner, Matrix)


def board(evaluation: Evaluation) -> Board | None:
    """None where the computation cannot be said in matrices (see `derivgen.derivation.matrices.layered`)."""
    found = layered(evaluation.derivation)
    return None if found is None else Board(evaluation, found)
