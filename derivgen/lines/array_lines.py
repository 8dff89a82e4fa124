"""A derivation with arrays as lines of a page: symbols with their sizes, the matrices with their numbers, the result.

Vectors stand as columns. What is written in the spec's language (`outer(d_z, x)`, `p*g`) is said as on a board: δxᵀ, p ⊙ g.
With samples every quantity that has one value for each is a matrix with a row for each sample; its definition alone is of one.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation, short_body
from derivgen.derivation.array_gradients import adjoint_name
from derivgen.derivation.arrays import shapes_of
from derivgen.derivation.index_view import LETTERS, index_view
from derivgen.derivation.matrix_view import matrix_view
from derivgen.errors import SpecError
from derivgen.frozen import dataclass, replace
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.matrix_lines import is_small, settled, shown_matrix
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.array_values import is_infinite
from derivgen.maths.evaluate import Environment, Grid, ShapeError, UnknownValueError, value_of
from derivgen.maths.index_form import size_number
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.plain import plain
from derivgen.maths.shapes import Entries, Lowering, Shaped
from derivgen.maths.tree import (
    ONE,
    ArrayCall,
    Call,
    Compare,
    Element,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Partial,
    Power,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sized,
    Sum,
    SumOver,
    Sym,
    Transpose,
    rebuild,
    walk,
)
from derivgen.spec.arrays import entry_of


@dataclass(frozen=True)
class ArrayLines:
    """Writes the lines of an evaluation with arrays: of one `sample` (from 0), or of all as rows."""

    evaluation: ArrayEvaluation
    sample: int | None = None

    @property
    def style(self) -> NumberFormat:
        """How numbers are printed."""
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
    def _low(self) -> Lowering:
        shapes = {name: Shaped(self.shape(name)) for name in self.evaluation.derivation.shapes}
        adjoints = {adjoint_name(name): shaped for name, shaped in shapes.items()}
        return ArrayLowering(defaultdict(lambda: Shaped(()), {**shapes, **adjoints}))  # what else has a name is an entry

    @cached_property
    def env(self) -> Environment:
        """What the symbols on the page stand for: numbers, and matrices entry by entry, vectors as columns."""
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
            column = Matrix(tuple((one.symbol(each),) for each in names_in(written)))
            return equality((LineKind.DEFINITION, name), one.symbol(name), column)
        return equality((LineKind.DEFINITION, name), one.symbol(name), one.page(written))

    def _collects(self, name: str) -> bool:
        """Whether a vector only puts numbers together that have names of their own."""
        arrays = self.evaluation.derivation.spec.arrays
        found = arrays is not None and name in arrays.vectors
        return found and not any(self.evaluation.derivation.shapes[each].shape for each in names_in(self._written(name)))

    def given(self, name: str) -> Equality | None:
        """Write a given array with its numbers, None where it is too large or has none."""
        result = self._printed(name)
        return None if result is None else equality((LineKind.STATED, name), self.symbol(name), result, numeric=True)

    def forward(self, name: str) -> Equality:
        """Write a quantity = its definition = the numbers put in = its value; of all samples at once."""
        definition, about = self.evaluation.derivation.definitions[name], (LineKind.FORWARD, name)
        tree: Expr | None = self._written(name)
        if self._collects(name):
            tree = None
        elif self.sample is None and any(self.evaluation.derivation.per_sample(each) for each in names_in(self._written(name))):
            tree = matrix_view(definition.body, definition.axes, shapes_of(self.evaluation.derivation))
        if tree is None:
            return equality(about, self.sized(self.symbol(name)), self._printed(name), numeric=True)
        return self._line(about, name, self.symbol(name), tree)

    def backward(self, name: str) -> Equality:
        """Write ∂loss/∂name in matrices = the numbers put in = its value; entry by entry where there is no form in matrices."""
        derivation = self.evaluation.derivation
        adjoint = derivation.adjoints[name]
        bodies = (adjoint.body, short_body(self.evaluation, name))
        tree, short = (matrix_view(body, adjoint.axes, shapes_of(derivation)) for body in bodies)
        about = (LineKind.ADJOINT, name)
        if tree is None:
            return equality(about, self.partial(name), self._printed(adjoint_name(name)), numeric=True)
        return self._line(about, adjoint_name(name), self.partial(name), tree, short)

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
        if not all(isinstance(each, Matrix) for each in matrices) or self._rank(tree.factors[0]) != 2:
            return None
        left, right, *rest, result = (each for each in matrices if isinstance(each, Matrix))
        if rest:
            one = Num(Fraction(1))
            column = [row[0] for row in rest[0].rows]
            if self._rank(tree.factors[1]) == 1:
                left = Matrix(tuple((*row, entry) for row, entry in zip(left.rows, column, strict=True)))
                right = Matrix((*right.rows, (one,)))
            elif self._rank(added or tree) == 1:
                left = Matrix(tuple((*row, one) for row in left.rows))
                right = Matrix((*right.rows, tuple(column)))
            else:
                return None
        told = Compare("==", self.symbol(name), self.page(self._written(name)))
        return (told, *map(self.symbol, names)), left, right, result

    def symbol(self, name: str) -> Expr:
        """Return the symbol of a quantity."""
        return MatrixSym(name) if len(self.shape(name)) in (1, 2) else Sym(name)

    def partial(self, name: str) -> Expr:
        """Return ∂loss/∂name."""
        symbol, loss = self.symbol(name), Sym(self.evaluation.derivation.loss)
        return MatrixPartial(loss, symbol) if isinstance(symbol, MatrixSym) else Partial(loss, Sym(name))

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
        form = self.page(tree)
        shorter = self.page(short) if short is not None and plain(short) != plain(tree) else None
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
        rows = any(isinstance(node, ArrayCall) and node.function in _ALONG_ROWS for node in walk(form))
        reason = ROW_BY_ROW if rows else None
        sides = (self.sized(form), self.sized(shorter) if shorter is not None else None, put, result)
        return equality(about, self.sized(left), *sides, numeric=result is not None, reason=reason)

    def _printed(self, name: str) -> Expr | None:
        """Return an array as it is printed: a number, a matrix; None where it is not known, too large, or of more axes."""
        array = self._array(name)
        if array is None or array.ndim > 2 or any(not isinstance(n, float) and is_infinite(n) for n in array.flat):
            return None
        if not array.ndim:
            return shown(_number(array[()]), self.style)
        grid = _grid(array)
        return shown_matrix(grid, self.style) if is_small(len(grid), len(grid[0])) else None

    # Symbols

    def page(self, tree: Expr) -> Expr:
        """Return an expression of the spec's language as a board has it: outer(a, b) is a bᵀ, a*b of two arrays a ⊙ b."""
        if isinstance(tree, Sym):
            return self._name(tree)
        if isinstance(tree, ArrayCall) and tree.function in _BOARD and not tree.options:
            return _BOARD[tree.function](*(self.page(part) for part in tree.args))
        if isinstance(tree, ArrayCall) and tree.function == "sum" and self._rank(tree.args[0]) == 2:
            options = dict(tree.options)
            axis = options.get("axis")
            if set(options) <= {"axis", "keepdims"} and isinstance(axis, (Num, Neg)):
                rows, columns = self._entries(tree.args[0]).shape
                inner = self.page(tree.args[0])
                if axis == Num(Fraction(0)):
                    return _chain(Ones(1, rows), inner) if "keepdims" in options else _chain(_transposed(inner), Ones(rows, 1))
                return _chain(inner, Ones(columns, 1))
        if (body := _summed(tree)) is not None and (vectors := self._two_vectors(body)):
            return MatMul((Transpose(vectors[0]), vectors[1]))
        if isinstance(tree, Call) and tree.function in _ALONG_ROWS and self._rank(tree) > 1:
            return ArrayCall(tree.function, tuple(map(self.page, tree.args)))
        if isinstance(tree, ArrayCall) and tree.function == "ones" and all(isinstance(each, Num) for each in tree.args):
            sizes = [int(each.value) for each in tree.args if isinstance(each, Num)]
            return Ones(sizes[0], sizes[1] if len(sizes) == 2 else 1) if len(sizes) < 3 else tree
        if isinstance(tree, Transpose):
            return self.page(tree.arg) if self._rank(tree.arg) == 1 else Transpose(self.page(tree.arg))
        if isinstance(tree, MatMul):
            return self._product_of_matrices(tree)
        if isinstance(tree, Product):
            return self._product(tree)
        if isinstance(tree, Quotient) and self._rank(tree.under):
            numbers, arrays = self._parted(tree.under)
            if self._rank(tree.over) and arrays:
                joint = arrays[0] if len(arrays) == 1 else Product(arrays)
                quotient = HadamardQuotient(self._spread(tree.over, tree), self._spread(joint, tree))
                below = tuple(map(self.page, numbers))
                return Product((Quotient(ONE, below[0] if len(below) == 1 else Product(below)), quotient)) if below else quotient
        if isinstance(tree, Power) and self._rank(tree.base) and tree.exponent == Num(Fraction(2)):
            base = self.page(tree.base)
            return Hadamard((base, base))
        if isinstance(tree, Sum) and self._rank(tree):
            return Sum(tuple(self._spread(term, tree) for term in tree.terms))
        return rebuild(tree, self.page)

    def _name(self, symbol: Sym) -> Expr:
        derivation = self.evaluation.derivation
        if symbol.name in derivation.shapes:
            return self.symbol(symbol.name)
        stem = symbol.name.removeprefix("d_")
        if stem in derivation.shapes:
            return self.partial(stem)
        is_entry = stem != symbol.name and entry_of(stem, derivation.shapes) is not None
        return Partial(Sym(derivation.loss), Sym(stem)) if is_entry else symbol

    def _product_of_matrices(self, tree: MatMul) -> Expr:
        factors = [self.page(factor) for factor in tree.factors]
        if self._rank(tree.factors[0]) == 1:
            factors[0] = Transpose(factors[0])
            if self._rank(tree):  # a row by a matrix: a vector, which stands as a column
                return _transposed(MatMul(tuple(factors)))
        return MatMul(tuple(factors))

    def _parted(self, tree: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        """The factors that are numbers, and those that are arrays."""
        factors = tree.factors if isinstance(tree, Product) else (tree,)
        return tuple(each for each in factors if not self._rank(each)), tuple(each for each in factors if self._rank(each))

    def _product(self, tree: Product) -> Expr:
        alone, together = self._parted(tree)
        numbers = [self.page(factor) for factor in alone]
        arrays = [self._spread(factor, tree) for factor in together]
        joint = [Hadamard(tuple(arrays))] if len(arrays) > 1 else arrays
        parts = (*numbers, *joint)
        return parts[0] if len(parts) == 1 else Product(parts)

    def _spread(self, term: Expr, whole: Expr) -> Expr:
        """Return a number that is added to an array as that many ones; a row beside a matrix as one in each row."""
        shape, wanted = self._entries(term).shape, self._entries(whole).shape
        if shape == wanted or len(wanted) > 2:
            return self.page(term)
        if isinstance(term, Neg):
            return Neg(self._spread(term.arg, whole))
        if len(shape) == 2:
            found = self.page(term)
            row, column = Ones(1, wanted[1]), Ones(wanted[0], 1)
            return _chain(found, row) if shape[1] == 1 != wanted[1] else _chain(column, found)
        if not shape:
            body = self.page(term)
            ones: Expr = Ones(wanted[0], wanted[1] if len(wanted) == 2 else 1)
            return ones if body == Num(Fraction(1)) else Product((body, ones))
        return MatMul((Ones(wanted[0], 1), Transpose(self.page(term))))

    def _entries(self, tree: Expr) -> Entries:
        return self._low.entries(tree)

    def _rank(self, tree: Expr) -> int:
        try:
            return len(self._entries(tree).axes)
        except SpecError:
            return 0

    def _two_vectors(self, tree: Expr) -> tuple[Expr, ...]:
        """The two factors of a product of vectors, whose entries' sum is an inner product; nothing for anything else."""
        if isinstance(tree, Power) and tree.exponent == Num(Fraction(2)) and self._rank(tree.base) == 1:
            return (self.page(tree.base),) * 2
        vectors = isinstance(tree, Product) and len(tree.factors) == 2 and all(self._rank(each) == 1 for each in tree.factors)
        return tuple(map(self.page, tree.factors)) if isinstance(tree, Product) and vectors else ()

    def sized(self, expr: Expr) -> Expr:
        """Return the expression with its size below every matrix or vector."""
        if isinstance(expr, (MatrixSym, MatrixPartial)) or (isinstance(expr, Transpose) and isinstance(expr.arg, _LEAVES)):
            inner = expr.arg if isinstance(expr, Transpose) else expr
            by = inner.by if isinstance(inner, MatrixPartial) else inner
            assert isinstance(by, MatrixSym)
            shape = self.shape(by.letter)
            rows, columns = shape if len(shape) == 2 else (shape[0], 1)
            return Sized(expr, columns, rows) if isinstance(expr, Transpose) else Sized(expr, rows, columns)
        return rebuild(expr, self.sized)

    # Numbers

    def _put(self, tree: Expr, extra: int) -> Expr | None:
        """Return the expression with numbers for every part that is no product or sum; None where a matrix is too large."""
        form = self.page(tree)
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
            if isinstance(part, Transpose) and isinstance(part.arg, _LEAVES):
                inner = put(part.arg)
                return Matrix(tuple(zip(*inner.rows, strict=True))) if isinstance(inner, Matrix) else part
            return rebuild(part, lambda inner: put(inner, isinstance(part, Sum)))

        found = put(form)
        return None if missing or not any(isinstance(node, (MatMul, Hadamard, Sum)) for node in walk(found)) else found


def _has_ones(tree: Expr) -> bool:
    return any(isinstance(node, Ones) for node in walk(tree))


def _summed(tree: Expr) -> Expr | None:
    """Return what all entries are summed of; None of anything but a sum."""
    if isinstance(tree, ArrayCall) and tree.function == "sum" and not tree.options:
        return tree.args[0]
    return tree.body if isinstance(tree, Reduce) and tree.kind == "sum" else None


def names_in(expr: Expr) -> tuple[str, ...]:
    """Return the names in an expression."""
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Sym)))


_ALONG_ROWS = {"softmax", "log_softmax"}
ROW_BY_ROW = Reason("softmax row by row")
_LEAVES = (MatrixSym, MatrixPartial)
_WITH_NUMBERS = (MatMul, Sum, Product, Neg, ArrayCall)
_BOARD = {
    "outer": lambda a, b: _chain(a, _transposed(b)),
    "dot": lambda a, b: _chain(_transposed(a), b),
}


def _chain(*factors: Expr) -> Expr:
    """The product of matrices, with a factor's sign in front of it."""
    bare = tuple(factor.arg if isinstance(factor, Neg) else factor for factor in factors)
    product = MatMul(tuple(part for factor in bare for part in (factor.factors if isinstance(factor, MatMul) else (factor,))))
    return Neg(product) if sum(isinstance(factor, Neg) for factor in factors) % 2 else product


def _transposed(expr: Expr) -> Expr:
    if isinstance(expr, Neg):
        return Neg(_transposed(expr.arg))
    if isinstance(expr, MatMul):
        return MatMul(tuple(map(_transposed, reversed(expr.factors))))
    return expr.arg if isinstance(expr, Transpose) else Transpose(expr)


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
