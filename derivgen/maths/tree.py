"""Mathematics as written: a small frozen tree that keeps what its author wrote, in the order they wrote it.

Nothing here reorders, simplifies or evaluates. `a - b` is `Sum((a, Neg(b)))`, `x*y*z` one `Product` of three factors,
`(a + b) + c` a sum whose first term is a sum (so that it prints with its brackets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction

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
    """left op right, op one of < <= > >= == !="""

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


ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))


def number(value: int | Fraction) -> Num:
    """The exact number as a node."""
    return Num(Fraction(value))


def children(expr: Expr) -> Iterator[Expr]:
    """The nodes directly below, from left to right."""
    for name in _FIELDS[type(expr)]:
        yield from _nodes(getattr(expr, name))


def _nodes(value: object) -> Iterator[Expr]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with `change` applied to each node directly below it."""
    names = _FIELDS[type(expr)]
    if not names:
        return expr
    values = {name: _changed(getattr(expr, name), change) for name in _ALL_FIELDS[type(expr)]}
    return type(expr)(**values, at=expr.at)


def _changed(value: object, change: Callable[[Expr], Expr]) -> object:
    if isinstance(value, Expr):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    return value


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, from left to right, each before what is below it."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def symbols(expr: Expr) -> tuple[str, ...]:
    """The names used, each once, in the order in which they are first written."""
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Sym)))


def substitute(expr: Expr, replace: Callable[[Sym], Expr]) -> Expr:
    """The expression with every symbol replaced by what `replace` gives for it."""
    if isinstance(expr, Sym):
        return replace(expr)
    return rebuild(expr, lambda node: substitute(node, replace))


_LEAVES = (Num, Shown, Sym, Gap, Words)
_ALL_FIELDS = {
    kind: tuple(f.name for f in fields(kind) if f.name != "at")
    for kind in (
        Num, Shown, Sym, Neg, Sum, Product, Quotient, Power, Call, Prime, Compare, Cases, Reduce, SumOver, Partial,
        Matrix, Gap, Filled, Boxed, Marked, Words, Braces,
    )
}
_FIELDS = {
    kind: () if kind in _LEAVES else tuple(n for n in names if n not in {"function", "written", "component", "slot", "op", "kind", "index", "width", "height", "direct"})
    for kind, names in _ALL_FIELDS.items()
}
