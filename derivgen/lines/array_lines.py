"""A derivation with arrays as lines of a page: symbols with their sizes, the matrices with their numbers, the result.

Vectors stand as columns. What is written in the spec's language (`outer(d_z, x)`, `p*g`) is said as on a board: δxᵀ, p ⊙ g.
With samples every quantity that has one value for each is a matrix with a row for each sample; its definition alone is of one.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation, short_body
from derivgen.derivation.array_gradients import adjoint_name
from derivgen.derivation.arrays import shapes_of
from derivgen.derivation.index_view import LETTERS, index_view
from derivgen.derivation.matrix_view import matrix_view
from derivgen.frozen import dataclass, replace
from derivgen.lines.board import ALONG_ROWS, LEAVES, Board
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.matrix_lines import is_small, settled, shown_matrix
from derivgen.maths.array_values import is_infinite
from derivgen.maths.evaluate import Environment, Grid, ShapeError, UnknownValueError, value_of
from derivgen.maths.index_form import size_number
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    ArrayCall,
    Compare,
    Element,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Partial,
    Product,
    Shown,
    Sum,
    SumOver,
    Sym,
    Transpose,
    rebuild,
    walk,
)


@dataclass(frozen=True)
class ArrayLines:
    """Writes the lines of an evaluation with arrays: of one `sample` (from 0), or of all as rows."""

    evaluation: ArrayEvaluation
    sample: int | None = None

    @property
    def style(self) -> NumberFormat:
        """Return how numbers are printed."""
        return self.evaluation.number_format

    @property
    def samples(self) -> int:
        """Return how many samples with numbers there are that something has a value for each of; 0: nothing has."""
        derivation = self.evaluation.derivation
        sampled = any(shaped.sampled for shaped in derivation.shapes.values())
        return derivation.samples if sampled and isinstance(derivation.samples, int) else 0

    @cached_property
    def of_samples(self) -> tuple[ArrayLines, ...]:
        """Return what writes the lines of each sample by itself; of the first alone where they have no numbers."""
        return tuple(replace(self, sample=number) for number in range(self.samples or 1))

    def shape(self, name: str) -> tuple[int | str, ...]:
        """Return the shape of a quantity as these lines see it."""
        derivation = self.evaluation.derivation
        return derivation.full_shape(name) if self.sample is None else derivation.shapes[name].shape

    @cached_property
    def board(self) -> Board:
        """Return what writes the spec's language as a board has it."""
        derivation = self.evaluation.derivation
        return Board({name: self.shape(name) for name in derivation.shapes}, derivation.loss)

    @cached_property
    def env(self) -> Environment:
        """Return what the symbols on the page stand for: numbers, and matrices entry by entry, vectors as columns."""
        derivation = self.evaluation.derivation
        numbers: dict[str, tuple[Any, ...]] = {}
        views: dict[Expr, Matrix] = {}
        partials: dict[tuple[str, ...], Any] = {}
        for name in derivation.shapes:
            for array, is_value in ((self._array(name), True), (self._array(adjoint_name(name)), False)):
                if array is None or array.ndim > 2:
                    continue
                if array.ndim:
                    views[MatrixSym(name) if is_value else MatrixPartial(Sym(derivation.loss), MatrixSym(name))] = _cells(
                        _grid(array)
                    )
                elif is_value:
                    numbers[name] = (array[()],)
                else:
                    partials[derivation.loss, name] = (array[()],)
        return Environment(numbers, derivation.library, partials=partials, views=views, digits=self.evaluation.digits)

    def definition(self, name: str) -> Equality:
        """Write a quantity's definition in symbols, as its author did: of one sample."""
        one, written = self.of_samples[0], self._written(name)
        if self._collects(name) and isinstance(written, ArrayCall):
            column = Matrix(tuple((one.board.symbol(each),) for each in names_in(written)))
            return equality((LineKind.DEFINITION, name), one.board.symbol(name), column)
        return equality((LineKind.DEFINITION, name), one.board.symbol(name), one.board.page(written))

    def _collects(self, name: str) -> bool:
        """Whether a vector only puts numbers together that have names of their own."""
        arrays = self.evaluation.derivation.spec.arrays
        found = arrays is not None and name in arrays.vectors
        return found and not any(self.evaluation.derivation.shapes[each].shape for each in names_in(self._written(name)))

    def given(self, name: str) -> Equality | None:
        """Write a given array with its numbers, None where it is too large or has none."""
        result = self._printed(name)
        return None if result is None else equality((LineKind.STATED, name), self.board.symbol(name), result, numeric=True)

    def forward(self, name: str) -> Equality:
        """Write a quantity = its definition = the numbers put in = its value; of all samples at once."""
        definition, about = self.evaluation.derivation.definitions[name], (LineKind.FORWARD, name)
        tree: Expr | None = self._written(name)
        if self._collects(name):
            tree = None
        elif self.sample is None and any(self.evaluation.derivation.per_sample(each) for each in names_in(self._written(name))):
            tree = matrix_view(definition.body, definition.axes, shapes_of(self.evaluation.derivation))
        if tree is None:
            return equality(about, self.board.sized(self.board.symbol(name)), self._printed(name), numeric=True)
        return self._line(about, name, self.board.symbol(name), tree)

    def backward(self, name: str) -> Equality:
        """Write ∂loss/∂name in matrices = the numbers put in = its value; entry by entry where there is no form in matrices."""
        derivation = self.evaluation.derivation
        adjoint = derivation.adjoints[name]
        bodies = (adjoint.body, short_body(self.evaluation, name))
        tree, short = (matrix_view(body, adjoint.axes, shapes_of(derivation)) for body in bodies)
        about = (LineKind.ADJOINT, name)
        if tree is None:
            return equality(about, self.board.partial(name), self._printed(adjoint_name(name)), numeric=True)
        return self._line(about, adjoint_name(name), self.board.partial(name), tree, short)

    def entry(self, name: str) -> Equality | None:
        """Write one entry of a gradient with letters: the sum over the entries of each consumer, then what it comes to."""
        derivation = self.evaluation.derivation
        adjoint = derivation.adjoints[name]
        if not adjoint.axes or not adjoint.shares:
            return None
        own = index_view(Element(name, adjoint.axes), adjoint.axes, derivation.shapes)
        assert isinstance(own, Sym)
        letters = iter([letter for letter in LETTERS if letter not in derivation.shapes][len(adjoint.axes) :])
        consumers = dict.fromkeys(share.consumer for share in adjoint.shares)
        terms: list[Expr] = []
        for consumer in consumers:
            sizes = derivation.full_shape(consumer)
            named = [next(letters) for _ in sizes]
            below = "".join(named)
            of = Sym(f"{consumer}_{below}" if named else consumer)
            through: Expr = Partial(of, own, direct=consumer == derivation.loss and len(consumers) > 1)
            if consumer != derivation.loss:
                through = Product((Partial(Sym(derivation.loss), of), through))
            for letter, size in reversed(list(zip(named, sizes, strict=True))):
                through = SumOver(letter, size_number(size), through)
            terms.append(through)
        chain = terms[0] if len(terms) == 1 else Sum(tuple(terms))
        loss = Sym(derivation.loss)
        worked: Expr | None = self._with_partials(index_view(adjoint.body, adjoint.axes, derivation.shapes))
        if worked is not None and any(isinstance(node, Sym) and "(" in node.name for node in walk(worked)):
            worked = None  # entries that are moved about have no short form in letters
        shown_chain = chain if consumers != {derivation.loss: None} else None
        return equality((LineKind.MATRIX_NESTED, name), Partial(loss, own), shown_chain, worked, reason=Reason("one entry"))

    def _with_partials(self, expr: Expr) -> Expr:
        """Return an entry's formula with ∂L/∂z_i in place of d_z_i."""
        loss = Sym(self.evaluation.derivation.loss)
        if isinstance(expr, Sym) and expr.name.startswith("d_"):
            stem = expr.name[2:]
            if any(stem == name or stem.startswith(f"{name}_") for name in self.evaluation.derivation.shapes):
                return Partial(loss, Sym(stem))
        return rebuild(expr, self._with_partials)

    def crossing(self, name: str) -> tuple[tuple[Expr, ...], Matrix, Matrix, Matrix] | None:
        """Return a definition A @ B or A @ B + c: it and its names as symbols, then the factors and the result as numbers.

        None where the definition is another one, or its numbers are not known, or too many.
        """
        tree, added = self._written(name), None
        if isinstance(tree, Sum) and len(tree.terms) == 2 and isinstance(tree.terms[1], Sym):
            tree, added = tree.terms
        names = [part.name for part in (*getattr(tree, "factors", ()), added) if isinstance(part, Sym)]
        if not isinstance(tree, MatMul) or len(tree.factors) != 2 or len(names) != 2 + (added is not None):
            return None
        matrices = [self._printed(each) for each in (*names, name)]
        if not all(isinstance(each, Matrix) for each in matrices) or self.board.rank(tree.factors[0]) != 2:
            return None
        left, right, *rest, result = (each for each in matrices if isinstance(each, Matrix))
        if rest:
            one = Num(Fraction(1))
            column = [row[0] for row in rest[0].rows]
            if self.board.rank(tree.factors[1]) == 1:
                left = Matrix(tuple((*row, entry) for row, entry in zip(left.rows, column, strict=True)))
                right = Matrix((*right.rows, (one,)))
            elif self.board.rank(added or tree) == 1:
                left = Matrix(tuple((*row, one) for row in left.rows))
                right = Matrix((*right.rows, tuple(column)))
            else:
                return None
        told = Compare("==", self.board.symbol(name), self.board.page(self._written(name)))
        return (told, *map(self.board.symbol, names)), left, right, result

    def _written(self, name: str) -> Expr:
        written = self.evaluation.derivation.definitions[name].written
        assert written is not None
        return written

    def _array(self, name: str) -> Any:
        array, derivation = self.evaluation.known.get(name), self.evaluation.derivation
        stem = name if name in derivation.shapes else name.removeprefix("d_")
        if array is None or self.sample is None or not derivation.per_sample(stem):
            return array
        return array[self.sample, ...]

    def _line(self, about: tuple[Any, ...], name: str, left: Expr, tree: Expr, short: Expr | None = None) -> Equality:
        """Write a symbol = its form (= its `short` form, where two definitions together leave one) = the numbers = its value."""
        form = self.board.page(tree)
        shorter = self.board.page(short) if short is not None and plain(short) != plain(tree) else None
        tree = tree if shorter is None or short is None else short
        result, array = self._printed(name), self._array(name)
        put: Expr | None = None
        if isinstance(result, Matrix) and isinstance(tree, _WITH_NUMBERS) and self._put(tree, 0) is not None:

            def build(extra: int) -> Expr:
                found = self._put(tree, extra)
                assert found is not None
                return found

            try:
                put, result = settled(build, _grid(array), self.style, self.env)
            except (ShapeError, UnknownValueError):
                put = None
        rows = any(isinstance(node, ArrayCall) and node.function in ALONG_ROWS for node in walk(form))
        reason = ROW_BY_ROW if rows else None
        sides = (self.board.sized(form), self.board.sized(shorter) if shorter is not None else None, put, result)
        return equality(about, self.board.sized(left), *sides, numeric=result is not None, reason=reason)

    def _printed(self, name: str) -> Expr | None:
        """Return an array as it is printed: a number, a matrix; None where it is not known, too large, or of more axes."""
        array = self._array(name)
        if array is None or array.ndim > 2 or any(not isinstance(n, float) and is_infinite(n) for n in array.flat):
            return None
        if not array.ndim:
            return shown(_number(array[()]), self.style)
        grid = _grid(array)
        return shown_matrix(grid, self.style) if is_small(len(grid), len(grid[0])) else None

    # Numbers

    def _put(self, tree: Expr, extra: int) -> Expr | None:
        """Return the expression with numbers for every part that is no product or sum; None where a matrix is too large."""
        form = self.board.page(tree)
        missing = False

        def put(part: Expr, is_term: bool = False) -> Expr:
            nonlocal missing
            products = [term for term in part.terms if isinstance(term, MatMul)] if isinstance(part, Sum) else []
            is_spread = (is_term or isinstance(part, Sum)) and _has_ones(part) and all(map(_has_ones, products))
            if is_spread or not isinstance(part, (MatMul, Hadamard, Sum, Neg, Product, Transpose, Num)):
                try:
                    grid = value_of(part, self.env)
                except (ShapeError, UnknownValueError, KeyError):
                    missing = True
                    return part
                if not isinstance(grid, tuple):
                    return shown(grid, self.style, extra)
                missing = missing or not is_small(len(grid), len(grid[0]))
                return shown_matrix(grid, self.style, extra)
            if isinstance(part, Transpose) and isinstance(part.arg, LEAVES):
                inner = put(part.arg)
                return Matrix(tuple(zip(*inner.rows, strict=True))) if isinstance(inner, Matrix) else part
            return rebuild(part, lambda inner: put(inner, isinstance(part, Sum)))

        found = put(form)
        return None if missing or not any(isinstance(node, (MatMul, Hadamard, Sum)) for node in walk(found)) else found


def _has_ones(tree: Expr) -> bool:
    return any(isinstance(node, Ones) for node in walk(tree))


def names_in(expr: Expr) -> tuple[str, ...]:
    """Return the names in an expression."""
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Sym)))


ROW_BY_ROW = Reason("softmax row by row")
_WITH_NUMBERS = (MatMul, Sum, Product, Neg, ArrayCall)


def _number(value: Any) -> Any:
    return Fraction(value) if isinstance(value, float) else value


def _grid(array: Any) -> Grid:
    """Return an array of one or two axes as rows; a vector is a column."""
    rows = array.reshape(-1, 1) if array.ndim == 1 else array
    return tuple(tuple(_number(number) for number in row) for row in rows)


def _cells(grid: Grid) -> Matrix:
    return Matrix(tuple(tuple(_cell(number) for number in row) for row in grid))


def _cell(number: Any) -> Expr:
    return Num(number) if isinstance(number, Fraction) else Shown(number, "", exact=False)
