"""Expressions as written → index form, every shape checked on the way: what an operator or a function makes of shapes.

Shapes are NumPy's: `*`, `+` and functions of the table work entry by entry, aligned from the right; `@` is matmul.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any

from derivgen.errors import Place
from derivgen.frozen import dataclass
from derivgen.maths.functions import FIRST
from derivgen.maths.index_form import SAMPLE, Fresh, Shape, free, reindex, sized, total
from derivgen.maths.syntax_errors import problem
from derivgen.maths.tree import (
    ArrayCall,
    Axis,
    Block,
    Call,
    Cases,
    Compare,
    Contract,
    Element,
    Entry,
    Expr,
    Index,
    MatMul,
    Neg,
    Num,
    Pi,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Size,
    Sum,
    Sym,
    Transpose,
    children,
    rebuild,
)

MAX_RANK = 4
MAX_ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Shaped:
    """The shape of a named array, and whether it has one value per sample."""

    shape: Shape
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """An array in index form: its entry at `axes`, one for each of its dimensions."""

    axes: tuple[Axis, ...]
    body: Expr

    @property
    def shape(self) -> Shape:
        """Return its shape."""
        return tuple(axis.size for axis in self.axes)

    @property
    def sampled(self) -> bool:
        """Return whether it has one value per sample."""
        return any(axis.number == SAMPLE for axis in free(self.body))


def shape_text(shape: Shape) -> str:
    """Return a shape as it is said in messages.

    >>> shape_text((3, 2)), shape_text((3,)), shape_text(())
    ('a 3×2 matrix', 'a vector of 3', 'a number')
    """
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a vector of {shape[0]}"
    return f"{'an' if str(shape[0])[0] in '8' else 'a'} {'×'.join(map(str, shape))} {'matrix' if len(shape) == 2 else 'array'}"


class Lowering:
    """Turns expressions into index form, given the shapes of the names in them.

    `first` are those of max and min whose derivative goes to the first entry that ties.
    """

    def __init__(self, known: Mapping[str, Shaped], samples: Size = 1, first: Container[str] = ()):
        self.known, self.first = known, first
        self.fresh = Fresh()
        self.sample = Axis(SAMPLE, samples)

    def entries(self, expr: Expr) -> Entries:
        """Return the entries of an expression. Raises SpecError where shapes do not fit, at the operator."""
        rule = _RULES.get(type(expr))
        assert rule is not None, type(expr)
        found = rule(self, expr)
        if len(found.axes) > MAX_RANK:
            raise problem(f"this is an array of {len(found.axes)} axes; up to {MAX_RANK} are taken", place_of(expr))
        return found

    def name(self, expr: Sym) -> Entries:
        """Return the entries of a named array."""
        known = self.known[expr.name]
        axes = self.fresh.axes(known.shape)
        return Entries(axes, Element(expr.name, (*((self.sample,) if known.sampled else ()), *axes), at=expr.at))

    def entry(self, expr: Entry) -> Entries:
        """Return one entry of a vector or a matrix, numbered as on the board."""
        assert isinstance(expr.matrix, Sym)
        name, place = expr.matrix.name, place_of(expr)
        known = self.known[name]
        numbers = (expr.row,) if expr.column is None else (expr.row, expr.column)
        if len(known.shape) == 2 and expr.column is None and 10 < expr.row < 100:
            numbers = divmod(expr.row, 10)
        if len(known.shape) != len(numbers):
            hint = "an entry of a vector is x_2, of a matrix W_23 (row, column)"
            raise problem(f"{name} is {shape_text(known.shape)}; it has no such entry", place, hint)
        if any(n < 1 or (isinstance(size, int) and n > size) for n, size in zip(numbers, known.shape, strict=True)):
            words = ("row", "column") if len(numbers) == 2 else ("entry",)
            which = ", ".join(f"{word} {n}" for word, n in zip(words, numbers, strict=True))
            raise problem(f"{name} is {shape_text(known.shape)}; it has no {which}", place, "they are counted from 1")
        sample = (self.sample,) if known.sampled else ()
        return Entries((), Element(name, (*sample, *(number - 1 for number in numbers)), at=expr.at))

    def entrywise(self, expr: Expr) -> Entries:
        """Return what works entry by entry: its parts aligned from the right, of two operands after the other."""
        parts = [self.entries(part) for part in children(expr)]
        axes: tuple[Axis, ...] = ()
        for place, part in enumerate(parts):
            axes = self._joint(axes, part.axes, partial(_misfit, expr, place))
        return Entries(axes, _over(expr, tuple(self._spread(part, axes) for part in parts)))

    def _joint(self, left: tuple[Axis, ...], right: tuple[Axis, ...], misfit: Callable[[Shape, Shape], Exception]):
        """Return the axes of two arrays together; a length of 1 is stretched."""
        joint: list[Axis] = []
        for place in range(1, max(len(left), len(right)) + 1):
            a = left[-place] if place <= len(left) else None
            b = right[-place] if place <= len(right) else None
            if a is not None and b is not None and a.size != b.size and a.size != 1 and b.size != 1:
                raise misfit(tuple(axis.size for axis in left), tuple(axis.size for axis in right))
            joint.append(b if a is None or (a.size == 1 and b is not None) else a)  # type: ignore[arg-type]
        return tuple(reversed(joint))

    def _spread(self, part: Entries, axes: tuple[Axis, ...]) -> Expr:
        """Return an array's entries along the axes of a larger one."""
        aligned = axes[len(axes) - len(part.axes) :]
        to: dict[Axis, Index] = {}
        for own, other in zip(part.axes, aligned, strict=True):
            if own != other:
                to[own] = other if own.size == other.size else 0
        return reindex(part.body, to, self.fresh)

    def call(self, expr: Call) -> Entries:
        """Return a function of the table entry by entry; softmax, max and min of one array run over its entries."""
        if expr.function in {"softmax", "max", "min"} and len(expr.args) == 1:
            return self.array_call(ArrayCall(expr.function, expr.args, at=expr.at))
        if expr.function == "softmax":
            args = [self.entries(arg) for arg in expr.args]
            if any(arg.axes for arg in args):
                raise problem("softmax takes one array, or several numbers", place_of(expr))
            powers = tuple(Call("exp", (arg.body,), "exp") for arg in args)
            return Entries((), Quotient(powers[expr.component or 0], Sum(powers)))
        return self.entrywise(expr)

    def reduce(self, expr: Reduce) -> Entries:
        """Return a sum or mean over all entries; of a number per sample, over the samples."""
        inner = self.entries(expr.body)
        if not inner.axes and inner.sampled:
            return self.reduced(expr.kind, Entries((self.sample,), inner.body), (self.sample,))
        return self.reduced(expr.kind, inner, inner.axes)

    def reduced(self, kind: str, inner: Entries, over: tuple[Axis, ...]) -> Entries:
        """Return a sum, mean, var, max or min over some axes of an array."""
        kept = tuple(axis for axis in inner.axes if axis not in over)
        body = inner.body
        if kind in {"max", "min", "var"}:
            return Entries(kept, Block(kind, over, body, (), (FIRST,) if kind in self.first else None))
        summed = total(over, body, self.fresh)
        return Entries(kept, summed if kind == "sum" else Quotient(summed, sized(over)))

    def matmul(self, expr: MatMul) -> Entries:
        """Return a product by rows and columns, as NumPy's matmul: a vector on the left is a row, on the right a column."""
        first, *rest = expr.factors
        found = self.entries(first)
        for factor in rest:
            found = self._matmul(found, self.entries(factor), expr, factor)
        return found

    def _matmul(self, a: Entries, b: Entries, expr: MatMul, right: Expr) -> Entries:
        place = place_of(expr)
        if not a.axes or not b.axes:
            which = "left" if not a.axes else "right"
            raise problem(
                f"on the {which} of @ stands a number", place, "@ joins vectors and matrices; a number is multiplied with *"
            )
        if len(a.axes) == len(b.axes) == 1 and isinstance(right, Transpose):
            hint = "write outer(d, x) for the matrix of all products, dot(d, x) or d @ x for the inner product"
            raise problem("@ of two vectors is their inner product, and .T leaves a vector as it is", place, hint)
        inner, other = a.axes[-1], b.axes[-2] if len(b.axes) > 1 else b.axes[-1]
        if inner.size != other.size:
            said = f"{shape_text(a.shape)} @ {shape_text(b.shape)}: the inner sizes {inner.size} and {other.size} differ"
            raise problem(said, place, _transposed_hint(a.shape, b.shape))
        left, right_axes = a.axes[:-1], b.axes[:-2] + b.axes[-1:] if len(b.axes) > 1 else ()
        b = Entries(b.axes, reindex(b.body, {other: inner}, self.fresh))
        if len(a.axes) > 2 or len(b.axes) > 2:
            batch = self._joint(a.axes[:-2], b.axes[:-2], partial(_unbatched, place))
            body_a = self._spread(Entries(a.axes[:-2], a.body), batch)
            body_b = self._spread(Entries(b.axes[:-2], b.body), batch)
            axes = (*batch, *a.axes[-2:-1], *b.axes[-1:]) if len(b.axes) > 1 else (*batch, *a.axes[-2:-1])
            return Entries(axes, Contract((inner,), Product((body_a, body_b))))
        return Entries((*left, *right_axes), Contract((inner,), Product((a.body, b.body))))

    def transpose(self, expr: Transpose) -> Entries:
        """Return the axes in reverse order."""
        inner = self.entries(expr.arg)
        return Entries(inner.axes[::-1], inner.body)

    def array_call(self, expr: ArrayCall) -> Entries:
        """Return what a function of whole arrays makes (`maths.array_calls`)."""
        raise NotImplementedError


def _over(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same node over other parts."""
    each = iter(parts)
    return rebuild(expr, lambda _: next(each))


def place_of(expr: Expr) -> Place:
    """Return where an expression is written."""
    for node in (expr, *children(expr)):
        if node.at is not None:
            return node.at
        for part in children(node):
            if part.at is not None:
                return part.at
    return Place("<expression>", 1, 1)


_SIGNS = {Sum: "+", Product: "*", Quotient: "/", Power: "^"}


def _misfit(expr: Expr, number: int, left: Shape, right: Shape) -> Exception:
    """The error of two shapes that do not go together entry by entry, at the operator before the part of this number."""
    sign, place = _SIGNS.get(type(expr), ""), place_of(expr)
    if isinstance(expr, Sum | Product):
        part = list(children(expr))[number]
        place = _operator_before(place_of(part), "-" if isinstance(part, Neg) and part.at else sign)
        sign = "-" if isinstance(part, Neg) else sign
    name = expr.function if isinstance(expr, Call | Prime) else "cases" if isinstance(expr, Cases) else ""
    said = f"{shape_text(left)} {sign} {shape_text(right)}" if sign else f"{name}: {shape_text(left)} and {shape_text(right)}"
    hint = "sizes are compared from the right; they fit where they are equal or one of them is 1"
    return problem(f"{said}: the shapes do not fit entry by entry", place, hint)


def _operator_before(place: Place, sign: str) -> Place:
    """Return the place of the sign that stands before a part, brackets between them left aside."""
    before = place.text[: place.column - 1]
    if place.text[place.column - 1 : place.column] == sign:
        return Place(place.file, place.line, place.column, 1, place.text)
    bare = before.rstrip(" \t(")
    return Place(place.file, place.line, len(bare), 1, place.text) if bare.endswith(sign) else place


def _unbatched(place: Place, left: Shape, right: Shape) -> Exception:
    return problem(f"the leading axes {list(left)} and {list(right)} of @ do not fit", place)


def _transposed_hint(a: Shape, b: Shape) -> str | None:
    if len(a) == 2 and a[0] == b[0]:
        return "with .T behind the left factor the sizes fit"
    if len(b) == 2 and len(a) in {1, 2} and a[-1] == b[-1]:
        return "with .T behind the right factor the sizes fit"
    return "the columns on the left are as many as the rows on the right"


_RULES: dict[type[Expr], Callable[[Lowering, Any], Entries]] = {
    Num: lambda low, e: Entries((), e),
    Pi: lambda low, e: Entries((), e),
    Sym: Lowering.name,
    Entry: Lowering.entry,
    Call: Lowering.call,
    Reduce: Lowering.reduce,
    MatMul: Lowering.matmul,
    Transpose: Lowering.transpose,
    ArrayCall: lambda low, e: low.array_call(e),
    **dict.fromkeys((Neg, Sum, Product, Quotient, Power, Prime, Cases, Compare), Lowering.entrywise),
}
