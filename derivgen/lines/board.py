"""The spec's language as a board has it: outer(a, b) is a bᵀ, a*b of two arrays a ⊙ b, and each matrix with its size below it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from derivgen.derivation.array_gradients import adjoint_name
from derivgen.errors import SpecError
from derivgen.frozen import dataclass, field
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.shapes import Entries, Lowering, Shaped
from derivgen.maths.tree import (
    ONE,
    ArrayCall,
    Call,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatMul,
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
    Size,
    Sized,
    Sum,
    Sym,
    Transpose,
    rebuild,
)
from derivgen.spec.arrays import entry_of


@dataclass(frozen=True)
class Board:
    """Writes expressions over arrays of these `shapes`; `symbols` are those of names that are no symbols themselves."""

    shapes: Mapping[str, tuple[Size, ...]]
    loss: str
    symbols: Mapping[str, MatrixSym] = field(default_factory=dict)

    @cached_property
    def _low(self) -> Lowering:
        shapes = {name: Shaped(shape) for name, shape in self.shapes.items()}
        adjoints = {adjoint_name(name): shaped for name, shaped in shapes.items()}
        return ArrayLowering(defaultdict(lambda: Shaped(()), {**shapes, **adjoints}))  # what else has a name is an entry

    def symbol(self, name: str) -> Expr:
        """Return the symbol of a quantity."""
        if name in self.symbols:
            return self.symbols[name]
        return MatrixSym(name) if len(self.shapes[name]) in (1, 2) else Sym(name)

    def partial(self, name: str) -> Expr:
        """Return ∂loss/∂name."""
        symbol, loss = self.symbol(name), Sym(self.loss)
        return MatrixPartial(loss, symbol) if isinstance(symbol, MatrixSym) else Partial(loss, Sym(name))

    def page(self, tree: Expr) -> Expr:
        """Return an expression of the spec's language as a board has it: outer(a, b) is a bᵀ, a*b of two arrays a ⊙ b."""
        if isinstance(tree, Sym):
            return self._name(tree)
        if isinstance(tree, ArrayCall) and tree.function in _BOARD and not tree.options:
            return _BOARD[tree.function](*(self.page(part) for part in tree.args))
        if isinstance(tree, ArrayCall) and tree.function == "sum" and self.rank(tree.args[0]) == 2:
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
        if isinstance(tree, Call) and tree.function in ALONG_ROWS and self.rank(tree) > 1:
            return ArrayCall(tree.function, tuple(map(self.page, tree.args)))
        if isinstance(tree, ArrayCall) and tree.function == "ones" and all(isinstance(each, Num) for each in tree.args):
            sizes = [int(each.value) for each in tree.args if isinstance(each, Num)]
            return Ones(sizes[0], sizes[1] if len(sizes) == 2 else 1) if len(sizes) < 3 else tree
        if isinstance(tree, Transpose):
            return self.page(tree.arg) if self.rank(tree.arg) == 1 else Transpose(self.page(tree.arg))
        if isinstance(tree, MatMul):
            return self._product_of_matrices(tree)
        if isinstance(tree, Product):
            return self._product(tree)
        if isinstance(tree, Quotient) and self.rank(tree.under):
            numbers, arrays = self._parted(tree.under)
            if self.rank(tree.over) and arrays:
                joint = arrays[0] if len(arrays) == 1 else Product(arrays)
                quotient = HadamardQuotient(self._spread(tree.over, tree), self._spread(joint, tree))
                below = tuple(map(self.page, numbers))
                return Product((Quotient(ONE, below[0] if len(below) == 1 else Product(below)), quotient)) if below else quotient
        if isinstance(tree, Power) and self.rank(tree.base) and tree.exponent == Num(Fraction(2)):
            base = self.page(tree.base)
            return Hadamard((base, base))
        if isinstance(tree, Sum) and self.rank(tree):
            return Sum(tuple(self._spread(term, tree) for term in tree.terms))
        return rebuild(tree, self.page)

    def _name(self, symbol: Sym) -> Expr:
        if symbol.name in self.shapes:
            return self.symbol(symbol.name)
        stem = symbol.name.removeprefix("d_")
        if stem in self.shapes:
            return self.partial(stem)
        is_entry = stem != symbol.name and entry_of(stem, self.shapes) is not None
        return Partial(Sym(self.loss), Sym(stem)) if is_entry else symbol

    def _product_of_matrices(self, tree: MatMul) -> Expr:
        factors = [self.page(factor) for factor in tree.factors]
        if self.rank(tree.factors[0]) == 1:
            factors[0] = Transpose(factors[0])
            if self.rank(tree):  # a row by a matrix: a vector, which stands as a column
                return _transposed(MatMul(tuple(factors)))
        return MatMul(tuple(factors))

    def _parted(self, tree: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        """The factors that are numbers, and those that are arrays."""
        factors = tree.factors if isinstance(tree, Product) else (tree,)
        return tuple(each for each in factors if not self.rank(each)), tuple(each for each in factors if self.rank(each))

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

    def rank(self, tree: Expr) -> int:
        """Return how many axes an expression of the language has; 0 of one that the language refuses."""
        try:
            return len(self._entries(tree).axes)
        except SpecError:
            return 0

    def _two_vectors(self, tree: Expr) -> tuple[Expr, ...]:
        """The two factors of a product of vectors, whose entries' sum is an inner product; nothing for anything else."""
        if isinstance(tree, Power) and tree.exponent == Num(Fraction(2)) and self.rank(tree.base) == 1:
            return (self.page(tree.base),) * 2
        vectors = isinstance(tree, Product) and len(tree.factors) == 2 and all(self.rank(each) == 1 for each in tree.factors)
        return tuple(map(self.page, tree.factors)) if isinstance(tree, Product) and vectors else ()

    def sized(self, expr: Expr) -> Expr:
        """Return the expression with its size below every matrix or vector."""
        if isinstance(expr, (MatrixSym, MatrixPartial)) or (isinstance(expr, Transpose) and isinstance(expr.arg, LEAVES)):
            inner = expr.arg if isinstance(expr, Transpose) else expr
            by = inner.by if isinstance(inner, MatrixPartial) else inner
            assert isinstance(by, MatrixSym)
            shape = self.shapes[by.letter]
            rows, columns = shape if len(shape) == 2 else (shape[0], 1)
            return Sized(expr, columns, rows) if isinstance(expr, Transpose) else Sized(expr, rows, columns)
        return rebuild(expr, self.sized)


def _summed(tree: Expr) -> Expr | None:
    """Return what all entries are summed of; None of anything but a sum."""
    if isinstance(tree, ArrayCall) and tree.function == "sum" and not tree.options:
        return tree.args[0]
    return tree.body if isinstance(tree, Reduce) and tree.kind == "sum" else None


ALONG_ROWS = {"softmax", "log_softmax"}
LEAVES = (MatrixSym, MatrixPartial)
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
