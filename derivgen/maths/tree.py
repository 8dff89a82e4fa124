"""Mathematics as written: a small frozen tree that keeps what its author wrote, in the order they wrote it.

Nothing here reorders, simplifies or evaluates. `a - b` is `Sum((a, Neg(b)))`, `x*y*z` one `Product` of three factors,
`(a + b) + c` a sum whose first term is a sum (so that it prints with its brackets).

Matrices are nodes of their own (`MatrixSym` to `Sized`); sums, negatives, calls and a number times a matrix are the scalar nodes
over these, and a `Matrix` may hold matrices, as blocks. So are formulas in index notation (`Indexed` to `Labelled`): one such
formula stands for many equalities, one for each layer and each unit that its letters may mean.

Arrays of any rank are worked with entry by entry (`Element` to `Block`): the scalar nodes over these, each index an `Axis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from operator import is_
from typing import Any

from derivgen.errors import Place
from derivgen.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Expr:
    """A node. `at` is where it was written, if a user wrote it; it plays no part in equality."""

    at: Place | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Num(Expr):
    """An exact number. `text` is how it was written (`0.15`), empty when it was worked out."""

    value: Fraction
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Shown(Expr):
    """A number worked out and printed as `text`; `value` is what it really is (a Fraction or an mpf).

    One that is not `exact` may still be what the rounded figures before it come to, to the last digit (`follows`).
    """

    value: object
    text: str
    exact: bool = True
    follows: bool = field(default=False, compare=False, repr=False, kw_only=True)


Source = tuple[str, str, int]
"""Where a number comes from: `given`, `value` or `gradient`; of which name; in which sample (from 0)."""


@dataclass(frozen=True, slots=True)
class Slot(Shown):
    """The place of a number that is put in later: printed as `text`, a mark. Whether it will be `exact` is not known.

    `number` counts the sources of a page, from 0.
    """

    source: Source = field(kw_only=True)
    number: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Sym(Expr):
    """A name, with the index it carries on the page when it runs over samples (`A_5` of sample `i`)."""

    name: str
    index: str | int | None = None


@dataclass(frozen=True, slots=True)
class Letter(Sym):
    """A name that stands for an expression, its `content`: printed as the name, evaluated as the content (`u = 1 + x^2`)."""

    content: Expr = field(kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Pi(Expr):
    """The number π, printed as its letter; `written` is `pi` or `π`."""

    written: str = field(default="pi", compare=False)


@dataclass(frozen=True, slots=True)
class Neg(Expr):
    """-x"""

    arg: Expr


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """t_1 + t_2 + …; a subtracted term is a `Neg`."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Product(Expr):
    """f_1 f_2 …"""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """over / under"""

    over: Expr
    under: Expr


@dataclass(frozen=True, slots=True)
class Power(Expr):
    """base ^ exponent"""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """f(args). `function` is its key in the table or the spec's own name for it, `written` the alias its author used.

    A vector function has one Call per output; `component` (from 0) says which.
    """

    function: str
    args: tuple[Expr, ...]
    written: str = field(default="", compare=False)
    component: int | None = None


@dataclass(frozen=True, slots=True)
class Prime(Expr):
    """f'(args): the derivative of f by its argument number `slot`, not worked out."""

    function: str
    args: tuple[Expr, ...]
    written: str = field(default="", compare=False)
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """left op right, op one of < <= > >= == != (and ~= for a rounded number)"""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """The first piece whose condition holds, else `otherwise`."""

    pieces: tuple[tuple[Compare, Expr], ...]
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """`mean` or `sum` (the `kind`) of the body over all samples."""

    kind: str
    body: Expr


@dataclass(frozen=True, slots=True)
class SumOver(Expr):
    """Σ_{index=1}^{upper} body. `upper` is a number or the name of one."""

    index: str
    upper: Expr
    body: Expr


@dataclass(frozen=True, slots=True)
class Partial(Expr):
    """∂of/∂by, a fraction of two d's: its value is looked up, never worked out from the names.

    A `direct` one counts only where `of`'s own definition names `by`, not what reaches it through other quantities. One with
    `then` is the second derivative ∂²of/∂then∂by.
    """

    of: Sym
    by: Sym
    direct: bool = False
    then: Sym | None = None


@dataclass(frozen=True, slots=True)
class Nabla(Expr):
    """∇_by of: the partial derivatives by all names of a letter (`by`; empty: by everything), in a column."""

    of: Sym
    by: str = ""


@dataclass(frozen=True, slots=True)
class Derivative(Expr):
    """d/dby (body), not worked out yet: its value is a difference quotient, which knows no rule. `curly`: written with ∂."""

    body: Expr
    by: Sym
    curly: bool = False


@dataclass(frozen=True, slots=True)
class Matrix(Expr):
    """A matrix, row by row. One written as a list, `either`, may be a row or a column. Of one that is `spread` a single row or
    column stands for as many as are wanted.

    The rows of a `tall` one have the height of fractions, so that they stand beside those of another one.
    """

    rows: tuple[tuple[Expr, ...], ...]
    either: bool = False
    tall: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Gap(Expr):
    """Something the student fills in: an outer width in em and a height in lines, never the answer."""

    width: float
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Filled(Expr):
    """A gap with its answer written in, as a key shows it: the same outer size as the `Gap` on the worksheet."""

    content: Expr
    width: float
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Boxed(Expr):
    """A result with a frame around it."""

    content: Expr


@dataclass(frozen=True, slots=True)
class Marked(Expr):
    """A rounded result that does not follow from the rounded figures printed before it, and says so with a mark."""

    content: Expr


@dataclass(frozen=True, slots=True)
class Words(Expr):
    """Words where a formula would stand: the head of a table's column."""

    text: str


@dataclass(frozen=True, slots=True)
class Braces(Expr):
    """A factor kept in braces: the contributions of several paths behind what they share."""

    content: Expr


@dataclass(frozen=True, slots=True)
class Written(Expr):
    """Something with a notation of its own, and what it is worth: `value` is what is evaluated and searched for names.

    By `kind`: `dot` u·v of two vectors (`parts` their names), `of` z(x, …) (the name, then its arguments), `slope` df(x)/dx of a
    function (the call, then its argument), `at` a partial derivative at other values than the spec's.
    """

    kind: str
    parts: tuple[Expr, ...]
    value: Expr


Size = int | str
"""A number of rows or columns, or the name of one."""


@dataclass(frozen=True, slots=True)
class MatrixSym(Expr):
    """A matrix or column by its letter and its layer: W², a⁰, y; in a general formula Wˡ⁺¹, its layer `l+1`."""

    letter: str
    layer: int | str | None = None

    @property
    def symbol(self) -> Sym:
        """Return how it is printed: as a name with a superscript."""
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


@dataclass(frozen=True, slots=True)
class Layer:
    """Layer `letter + offset`: L, L-1; without a letter the layer with that number. `among` are the numbers the letter may mean.

    >>> Layer("L", -1).text, Layer("", 2).text
    ('L-1', '2')
    """

    letter: str
    offset: int = 0
    among: tuple[int, ...] = field(default=())

    @property
    def text(self) -> str:
        """Return how it is written."""
        if not self.letter:
            return str(self.offset)
        return f"{self.letter}{self.offset:+d}" if self.offset else self.letter

    def below(self, steps: int = 1) -> Layer:
        """Return the layer so many steps below."""
        return Layer(self.letter, self.offset - steps, self.among)


@dataclass(frozen=True, slots=True)
class Indexed(Expr):
    """A quantity of any unit: `letter` with its layer above and its indices below.

    `role` says which quantity of a unit it is: weight, bias, net, output, error (∂loss/∂net), target, input, or `index`, the
    number of the unit itself. An index is a letter or, as text, the number of one unit. The indices of a weight are the unit it
    leads to and the one it comes from; `turned` prints them the other way round. `sample` is the index of the sample, where it
    has one value per sample. A `bare` one prints its letter alone.
    """

    role: str
    letter: str
    layer: Layer | None = None
    indices: tuple[str, ...] = ()
    sample: str | None = None
    turned: bool = False
    bare: bool = False

    @property
    def below(self) -> tuple[str, ...]:
        """Return the text below: the indices in a row, then the sample."""
        if self.bare or self.role == "index":
            return ()
        apart = "," if any(index.isdecimal() and len(index) > 1 for index in self.indices) else ""
        row = apart.join(reversed(self.indices) if self.turned else self.indices)
        return tuple(part for part in (row, self.sample) if part)

    @property
    def above(self) -> str:
        """Return the text above."""
        return "" if self.layer is None or self.bare else self.layer.text


@dataclass(frozen=True, slots=True)
class UnitCount(Expr):
    """N_L: how many units a layer has; printed as that number where a `size` is given."""

    letter: str
    layer: Layer
    size: int | None = None


@dataclass(frozen=True, slots=True)
class IndexedPartial(Expr):
    """∂of/∂by, of quantities of any units, of one unit by its name, or of the loss."""

    of: Sym | Indexed
    by: Sym | Indexed


@dataclass(frozen=True, slots=True)
class Labelled(Expr):
    """A factor in a box, with words and a name below it: what is worked out once and looked up again."""

    content: Expr
    label: Expr
    words: str = ""


@dataclass(frozen=True, slots=True)
class ArrayCall(Expr):
    """A function of whole arrays as written: `sum(A, axis=0)`, `outer(a, b)`; `options` are its arguments by name."""

    function: str
    args: tuple[Expr, ...]
    options: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """An index that runs over `size` places; which one it is, its `number` says."""

    number: int
    size: Size = field(compare=False)


Index = Axis | int
"""Where an element stands along an axis: at any place, or at one (from 0)."""


@dataclass(frozen=True, slots=True)
class Element(Expr):
    """T_ij: one entry of a named array."""

    name: str
    indices: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta(Expr):
    """δ_ij: 1 where both indices are the same place, else 0."""

    i: Index
    j: Index


@dataclass(frozen=True, slots=True)
class Contract(Expr):
    """Σ over all places of the axes."""

    axes: tuple[Axis, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Block(Expr):
    """One entry, at `indices`, of what a function makes of a whole array, whose entries are `body` along the axes `formals`.

    `settings` is what the function needs besides: of a `move`, where each entry comes from.
    """

    function: str
    formals: tuple[Axis, ...]
    body: Expr
    indices: tuple[Index, ...]
    settings: Any = None


ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))


def number(value: int | Fraction) -> Num:
    """Return the exact number as a node."""
    return Num(Fraction(value))


def children(expr: Expr) -> Iterator[Expr]:
    """Return the nodes directly below, from left to right."""
    return iter(_SHAPES[type(expr)][0](expr))


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return the same node with `change` applied to each node directly below it; the node itself where nothing changes."""
    below, over = _SHAPES[type(expr)]
    before = below(expr)
    after = tuple([change(part) for part in before])
    return expr if all(map(is_, before, after)) else over(expr, after)


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield every node, from left to right, each before what is below it."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack += _SHAPES[type(node)][0](node)[::-1]


STOP = "stop gradient"
"""The key of the function whose argument counts as a constant in differentiation."""


def varying(expr: Expr) -> Iterator[Expr]:
    """Yield every node but those inside of `stop(…)`, which differentiation does not look into, from left to right."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        if not (type(node) is Call and node.function == STOP):
            stack += _SHAPES[type(node)][0](node)[::-1]


def spelling(expr: Expr) -> tuple[object, ...]:
    """Return what of an expression is printed although it plays no part in equality: how numbers and functions were written."""
    return tuple([_SPELLED[type(node)](node) for node in walk(expr) if type(node) in _SPELLED])


def symbols(expr: Expr) -> tuple[str, ...]:
    """Return the names used, each once, in the order in which they are first written."""
    found: dict[str, None] = {}
    stack = [expr]
    while stack:
        node = stack.pop()
        if type(node) is Sym:
            found[node.name] = None
        else:
            stack += _SHAPES[type(node)][0](node)[::-1]
    return tuple(found)


def holds_any(expr: Expr, kinds: tuple[type[Expr], ...]) -> bool:
    """Return whether a node of one of the kinds stands anywhere in the expression."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if type(node) in kinds:
            return True
        stack += [part for part in _SHAPES[type(node)][0](node) if type(part) is not Sym]
    return False


def has_matrices(expr: Expr) -> bool:
    """Return whether a matrix stands anywhere in the expression."""
    return any(type(node) in _MATRICES for node in walk(expr))


def matmul(*factors: Expr) -> Expr:
    """Return A B …; of one factor, the factor itself."""
    return factors[0] if len(factors) == 1 else MatMul(factors)


def hadamard(*factors: Expr | None) -> Expr:
    """Return A ⊙ B …, without the factors that are not there and without brackets within."""
    flat = [
        part
        for factor in factors
        if factor is not None
        for part in (factor.factors if isinstance(factor, Hadamard) else (factor,))
    ]
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


def entry_symbol(expr: Entry) -> Sym | None:
    """Return an entry of a lettered matrix as a name with indices (W²₁₂, δ³₁), None of any other matrix."""
    if not isinstance(expr.matrix, MatrixSym):
        return None
    return Sym(expr.matrix.symbol.name + "_" + entry_index(expr))


def entry_index(expr: Entry) -> str:
    """Return `12`, or `10_3` as soon as one of the two has two digits; of a column the row alone."""
    if expr.column is None:
        return str(expr.row)
    return f"{expr.row}{expr.column}" if max(expr.row, expr.column) < 10 else f"{expr.row}_{expr.column}"


def size_symbol(size: Size) -> Sym | None:
    """Return a size that is only named."""
    return Sym(size) if isinstance(size, str) else None


def substitute(expr: Expr, replace: Callable[[Sym], Expr]) -> Expr:
    """Return the expression with every symbol replaced by what `replace` gives for it."""
    if isinstance(expr, Sym):
        return replace(expr)
    return rebuild(expr, lambda node: substitute(node, replace))


def _cells(expr: Matrix) -> tuple[Expr, ...]:
    return tuple(cell for row in expr.rows for cell in row)


def _matrix(expr: Matrix, cells: tuple[Expr, ...]) -> Matrix:
    left = iter(cells)
    return Matrix(tuple(tuple(next(left) for _ in row) for row in expr.rows), expr.either, expr.tall, at=expr.at)


def _pieces(expr: Cases) -> tuple[Expr, ...]:
    return (*(part for piece in expr.pieces for part in piece), expr.otherwise)


def _cases(expr: Cases, parts: tuple[Any, ...]) -> Cases:
    return Cases(tuple(zip(parts[:-1:2], parts[1:-1:2], strict=True)), parts[-1], at=expr.at)


_LEAF = (lambda e: (), lambda e, parts: e)
_SHAPES: dict[type[Expr], tuple[Callable[[Any], tuple[Expr, ...]], Callable[[Any, tuple[Any, ...]], Expr]]] = {
    Num: _LEAF,
    Shown: _LEAF,
    Slot: _LEAF,
    Sym: _LEAF,
    Letter: _LEAF,
    Pi: _LEAF,
    Gap: _LEAF,
    Words: _LEAF,
    Neg: (lambda e: (e.arg,), lambda e, parts: Neg(*parts, at=e.at)),
    Sum: (lambda e: e.terms, lambda e, parts: Sum(parts, at=e.at)),
    Product: (lambda e: e.factors, lambda e, parts: Product(parts, at=e.at)),
    Quotient: (lambda e: (e.over, e.under), lambda e, parts: Quotient(*parts, at=e.at)),
    Power: (lambda e: (e.base, e.exponent), lambda e, parts: Power(*parts, at=e.at)),
    Call: (lambda e: e.args, lambda e, parts: Call(e.function, parts, e.written, e.component, at=e.at)),
    Prime: (lambda e: e.args, lambda e, parts: Prime(e.function, parts, e.written, e.slot, at=e.at)),
    Compare: (lambda e: (e.left, e.right), lambda e, parts: Compare(e.op, *parts, at=e.at)),
    Cases: (_pieces, _cases),
    Reduce: (lambda e: (e.body,), lambda e, parts: Reduce(e.kind, *parts, at=e.at)),
    SumOver: (lambda e: (e.upper, e.body), lambda e, parts: SumOver(e.index, *parts, at=e.at)),
    Partial: (lambda e: (e.of, e.by), lambda e, parts: Partial(parts[0], parts[1], e.direct, e.then, at=e.at)),
    Nabla: _LEAF,
    Derivative: (lambda e: (e.body, e.by), lambda e, parts: Derivative(parts[0], parts[1], e.curly, at=e.at)),
    Matrix: (_cells, _matrix),
    Filled: (lambda e: (e.content,), lambda e, parts: Filled(parts[0], e.width, e.height, at=e.at)),
    Boxed: (lambda e: (e.content,), lambda e, parts: Boxed(parts[0], at=e.at)),
    Marked: (lambda e: (e.content,), lambda e, parts: Marked(parts[0], at=e.at)),
    Braces: (lambda e: (e.content,), lambda e, parts: Braces(parts[0], at=e.at)),
    Written: (lambda e: (e.value,), lambda e, parts: Written(e.kind, e.parts, parts[0], at=e.at)),
    MatrixSym: _LEAF,
    MatrixPartial: (lambda e: (e.by,), lambda e, parts: MatrixPartial(e.of, parts[0], e.direct, at=e.at)),
    MatMul: (lambda e: e.factors, lambda e, parts: MatMul(parts, at=e.at)),
    Hadamard: (lambda e: e.factors, lambda e, parts: Hadamard(parts, at=e.at)),
    HadamardQuotient: (lambda e: (e.over, e.under), lambda e, parts: HadamardQuotient(*parts, at=e.at)),
    Transpose: (lambda e: (e.arg,), lambda e, parts: Transpose(parts[0], at=e.at)),
    Diagonal: (lambda e: (e.arg,), lambda e, parts: Diagonal(parts[0], at=e.at)),
    Ones: _LEAF,
    Entry: (lambda e: (e.matrix,), lambda e, parts: Entry(parts[0], e.row, e.column, at=e.at)),
    Sized: (lambda e: (e.content,), lambda e, parts: Sized(parts[0], e.rows, e.columns, at=e.at)),
    Indexed: _LEAF,
    UnitCount: _LEAF,
    IndexedPartial: (lambda e: (e.of, e.by), lambda e, parts: IndexedPartial(*parts, at=e.at)),
    Labelled: (lambda e: (e.content,), lambda e, parts: Labelled(parts[0], e.label, e.words, at=e.at)),
    ArrayCall: (
        lambda e: (*e.args, *(value for _, value in e.options)),
        lambda e, parts: ArrayCall(
            e.function,
            parts[: len(e.args)],
            tuple(zip((name for name, _ in e.options), parts[len(e.args) :], strict=True)),
            at=e.at,
        ),
    ),
    Element: _LEAF,
    Delta: _LEAF,
    Contract: (lambda e: (e.body,), lambda e, parts: Contract(e.axes, parts[0], at=e.at)),
    Block: (lambda e: (e.body,), lambda e, parts: Block(e.function, e.formals, parts[0], e.indices, e.settings, at=e.at)),
}
"""Of each kind of node: what is directly below it, and the same node over other parts."""


_SPELLED: dict[type[Expr], Callable[[Any], object]] = {
    Num: lambda node: node.text,
    Pi: lambda node: node.written,
    Call: lambda node: node.written,
    Prime: lambda node: node.written,
    Letter: lambda node: (node.content, spelling(node.content)),
}

_MATRICES = frozenset(
    (Matrix, MatrixSym, MatrixPartial, MatMul, Hadamard, HadamardQuotient, Transpose, Diagonal, Ones, Entry, Sized)
)
