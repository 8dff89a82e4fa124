"""Mathematics as written: a small frozen tree that keeps what its author wrote, in the order they wrote it.

Nothing here reorders, simplifies or evaluates. `a - b` is `Sum((a, Neg(b)))`, `x*y*z` one `Product` of three factors,
`(a + b) + c` a sum whose first term is a sum (so that it prints with its brackets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from operator import is_
from typing import Any

from derivgen.errors import Place


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
    """A number worked out and printed as `text`; `value` is what it really is (a Fraction or an mpf)."""

    value: object
    text: str
    exact: bool = True


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

    A `direct` one, ∂⁺of/∂by, counts only where `of`'s own definition names `by`, not what reaches it through other quantities.
    """

    of: Sym
    by: Sym
    direct: bool = False


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
    """A matrix, row by row."""

    rows: tuple[tuple[Expr, ...], ...]


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
    function (the call, then its argument).
    """

    kind: str
    parts: tuple[Expr, ...]
    value: Expr


ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))


def number(value: int | Fraction) -> Num:
    """The exact number as a node."""
    return Num(Fraction(value))


def children(expr: Expr) -> Iterator[Expr]:
    """The nodes directly below, from left to right."""
    return iter(_SHAPES[type(expr)][0](expr))


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with `change` applied to each node directly below it; the node itself where nothing changes."""
    below, over = _SHAPES[type(expr)]
    before = below(expr)
    after = tuple([change(part) for part in before])
    return expr if all(map(is_, before, after)) else over(expr, after)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, from left to right, each before what is below it."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack += _SHAPES[type(node)][0](node)[::-1]


def spelling(expr: Expr) -> tuple[object, ...]:
    """What of an expression is printed although it plays no part in equality: how numbers and functions were written."""
    return tuple([_SPELLED[type(node)](node) for node in walk(expr) if type(node) in _SPELLED])


def symbols(expr: Expr) -> tuple[str, ...]:
    """The names used, each once, in the order in which they are first written."""
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
    """Whether a node of one of the kinds stands anywhere in the expression."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if type(node) in kinds:
            return True
        stack += [part for part in _SHAPES[type(node)][0](node) if type(part) is not Sym]
    return False


def substitute(expr: Expr, replace: Callable[[Sym], Expr]) -> Expr:
    """The expression with every symbol replaced by what `replace` gives for it."""
    if isinstance(expr, Sym):
        return replace(expr)
    return rebuild(expr, lambda node: substitute(node, replace))


def _cells(expr: Matrix) -> tuple[Expr, ...]:
    return tuple(cell for row in expr.rows for cell in row)


def _matrix(expr: Matrix, cells: tuple[Expr, ...]) -> Matrix:
    left = iter(cells)
    return Matrix(tuple(tuple(next(left) for _ in row) for row in expr.rows), at=expr.at)


def _pieces(expr: Cases) -> tuple[Expr, ...]:
    return (*(part for piece in expr.pieces for part in piece), expr.otherwise)


def _cases(expr: Cases, parts: tuple[Any, ...]) -> Cases:
    return Cases(tuple(zip(parts[:-1:2], parts[1:-1:2], strict=True)), parts[-1], at=expr.at)


_LEAF = (lambda e: (), lambda e, parts: e)
_SHAPES: dict[type[Expr], tuple[Callable[[Any], tuple[Expr, ...]], Callable[[Any, tuple[Any, ...]], Expr]]] = {
    Num: _LEAF,
    Shown: _LEAF,
    Sym: _LEAF,
    Letter: _LEAF,
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
    Partial: (lambda e: (e.of, e.by), lambda e, parts: Partial(parts[0], parts[1], e.direct, at=e.at)),
    Nabla: _LEAF,
    Derivative: (lambda e: (e.body, e.by), lambda e, parts: Derivative(parts[0], parts[1], e.curly, at=e.at)),
    Matrix: (_cells, _matrix),
    Filled: (lambda e: (e.content,), lambda e, parts: Filled(parts[0], e.width, e.height, at=e.at)),
    Boxed: (lambda e: (e.content,), lambda e, parts: Boxed(parts[0], at=e.at)),
    Marked: (lambda e: (e.content,), lambda e, parts: Marked(parts[0], at=e.at)),
    Braces: (lambda e: (e.content,), lambda e, parts: Braces(parts[0], at=e.at)),
    Written: (lambda e: (e.value,), lambda e, parts: Written(e.kind, e.parts, parts[0], at=e.at)),
}
"""Of each kind of node: what is directly below it, and the same node over other parts."""


def shaped(kind: type[Expr], below: Callable[[Any], tuple[Expr, ...]], over: Callable[[Any, tuple[Any, ...]], Expr]) -> None:
    """Make a kind of node defined elsewhere known: what is directly below it, and the same node over other parts."""
    _SHAPES[kind] = below, over


_SPELLED: dict[type[Expr], Callable[[Any], object]] = {
    Num: lambda node: node.text,
    Call: lambda node: node.written,
    Prime: lambda node: node.written,
    Letter: lambda node: (node.content, spelling(node.content)),
}
