"""Expressions as written → index form, every shape checked on the way: what an operator or a function makes of shapes.

Shapes are NumPy's: `*`, `+` and functions of the table work entry by entry, aligned from the right; `@` is matmul.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

from derivgen.errors import Place
from derivgen.maths.index_form import SAMPLE, Fresh, Rearrangement, Shape, free, reindex, sized, total
from derivgen.maths.syntax_errors import problem
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Axis,
    Block,
    Call,
    Cases,
    Compare,
    Contract,
    Delta,
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
    Words,
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
    """Turns expressions into index form, given the shapes of the names in them."""

    def __init__(self, known: Mapping[str, Shaped], samples: Size = 1):
        self.known = known
        self.fresh = Fresh()
        self.sample = Axis(SAMPLE, samples)

    def entries(self, expr: Expr) -> Entries:
        """Return the entries of an expression. Raises SpecError where shapes do not fit, at the operator."""
        rule = _RULES.get(type(expr))
        assert rule is not None, type(expr)
        found = rule(self, expr)
        if len(found.axes) > MAX_RANK:
            raise problem(f"this is an array of {len(found.axes)} axes; up to {MAX_RANK} are taken", _place(expr))
        return found

    def name(self, expr: Sym) -> Entries:
        """Return the entries of a named array."""
        known = self.known[expr.name]
        axes = self.fresh.axes(known.shape)
        return Entries(axes, Element(expr.name, (*((self.sample,) if known.sampled else ()), *axes), at=expr.at))

    def entry(self, expr: Entry) -> Entries:
        """Return one entry of a vector or a matrix, numbered as on the board."""
        assert isinstance(expr.matrix, Sym)
        name, place = expr.matrix.name, _place(expr)
        known = self.known[name]
        numbers = (expr.row,) if expr.column is None else (expr.row, expr.column)
        if len(known.shape) == 2 and expr.column is None and 10 < expr.row < 100:
            numbers = divmod(expr.row, 10)
        if len(known.shape) != len(numbers):
            hint = "an entry of a vector is x_2, of a matrix W_23 (row, column)"
            raise problem(f"{name} is {shape_text(known.shape)}; it has no such entry", place, hint)
        for number, size in zip(numbers, known.shape, strict=True):
            if number < 1 or (isinstance(size, int) and number > size):
                raise problem(f"{name} is {shape_text(known.shape)}; its entries are counted from 1 and end before this", place)
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
                raise problem("softmax takes one array, or several numbers", _place(expr))
            powers = tuple(Call("exp", (arg.body,), "exp") for arg in args)
            return Entries((), Quotient(powers[expr.component or 0], Sum(powers)))
        return self.entrywise(expr)

    def reduce(self, expr: Reduce) -> Entries:
        """Return a sum or mean over all entries; of a number per sample, over the samples."""
        inner = self.entries(expr.body)
        if not inner.axes and inner.sampled:
            return self._reduced(expr.kind, Entries((self.sample,), inner.body), (self.sample,))
        return self._reduced(expr.kind, inner, inner.axes)

    def _reduced(self, kind: str, inner: Entries, over: tuple[Axis, ...]) -> Entries:
        kept = tuple(axis for axis in inner.axes if axis not in over)
        body = inner.body
        if kind in {"max", "min", "var"}:
            return Entries(kept, Block(kind, over, body, ()))
        return Entries(kept, _mean(over, body, self.fresh) if kind != "sum" else total(over, body, self.fresh))

    def matmul(self, expr: MatMul) -> Entries:
        """Return a product by rows and columns, as NumPy's matmul: a vector on the left is a row, on the right a column."""
        first, *rest = expr.factors
        found = self.entries(first)
        for factor in rest:
            found = self._matmul(found, self.entries(factor), expr, factor)
        return found

    def _matmul(self, a: Entries, b: Entries, expr: MatMul, right: Expr) -> Entries:
        place = _place(expr)
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
        """Return what a function of whole arrays makes."""
        return _CALLS[expr.function](self, expr)


def _over(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same node over other parts."""
    each = iter(parts)
    return rebuild(expr, lambda _: next(each))


def _mean(over: tuple[Axis, ...], body: Expr, fresh: Fresh) -> Expr:
    return Quotient(total(over, body, fresh), sized(over))


def _place(expr: Expr) -> Place:
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
    sign, place = _SIGNS.get(type(expr), ""), _place(expr)
    if isinstance(expr, Sum | Product):
        part = list(children(expr))[number]
        place = _operator_before(_place(part), "-" if isinstance(part, Neg) and part.at else sign)
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


# Functions of whole arrays


def whole_number(expr: Expr, what: str) -> int:
    """Return a whole number that is written out. Raises SpecError for anything else."""
    sign = -1 if isinstance(expr, Neg) else 1
    inner = expr.arg if isinstance(expr, Neg) else expr
    if not isinstance(inner, Num) or inner.value.denominator != 1:
        raise problem(f"{what} is a whole number, written out", _place(expr))
    return sign * int(inner.value)


def _option(expr: ArrayCall, name: str) -> Expr | None:
    return dict(expr.options).get(name)


def _axis(expr: ArrayCall, rank: int, default: int | None = None) -> int | None:
    """Return the number of the axis that a call names, from 0."""
    written = _option(expr, "axis")
    if written is None:
        return default
    number = whole_number(written, "axis")
    if not -rank <= number < rank:
        what = f"{rank} ax{'is' if rank == 1 else 'es'}"
        hint = "a vector's only axis is 0; of a matrix, axis=0 runs down the rows, axis=1 along them"
        raise problem(f"axis={number} is none of this array, which has {what}", _place(written), hint)
    return number % rank


def _keeps(expr: ArrayCall) -> bool:
    written = _option(expr, "keepdims")
    if written is not None and not isinstance(written, Words):
        raise problem("keepdims is true or false", _place(written))
    return isinstance(written, Words) and written.text == "true"


def _reduction(low: Lowering, expr: ArrayCall) -> Entries:
    inner = low.entries(expr.args[0])
    number = _axis(expr, len(inner.axes))
    if expr.function in {"max", "min"} and not inner.axes and not inner.sampled:
        raise problem(f"{expr.function} takes an array, or 2 or more arguments", _place(expr))
    if number is None and not inner.axes and inner.sampled:
        inner = Entries((low.sample,), inner.body)
    over = inner.axes if number is None else (inner.axes[number],)
    found = low._reduced(expr.function, inner, over)
    if not _keeps(expr):
        return found
    kept = tuple(low.fresh.axis(1) if axis in over else axis for axis in inner.axes)
    return Entries(kept, found.body)


def _along(low: Lowering, expr: ArrayCall) -> Entries:
    """Softmax and its logarithm."""
    inner = low.entries(expr.args[0])
    if not inner.axes:
        raise problem(f"{expr.function} takes a vector or a matrix, not a number", _place(expr))
    number = _axis(expr, len(inner.axes), len(inner.axes) - 1)
    assert number is not None
    along = inner.axes[number]
    return Entries(inner.axes, Block(expr.function, (along,), inner.body, (along,)))


def _ranked(low: Lowering, expr: ArrayCall, rank: int, place: int = 0) -> Entries:
    """Return an argument that has to be a vector or a matrix."""
    found = low.entries(expr.args[place])
    if len(found.axes) != rank:
        raise problem(
            f"{expr.function} takes {('a number', 'a vector', 'a matrix')[rank]}, not {shape_text(found.shape)}",
            _place(expr.args[place]),
        )
    return found


def _dot(low: Lowering, expr: ArrayCall) -> Entries:
    a, b = _ranked(low, expr, 1), _ranked(low, expr, 1, 1)
    if a.shape != b.shape:
        raise problem(f"dot of {shape_text(a.shape)} and {shape_text(b.shape)}: the sizes differ", _place(expr))
    return Entries((), Contract(a.axes, Product((a.body, reindex(b.body, {b.axes[0]: a.axes[0]}, low.fresh)))))


def _outer(low: Lowering, expr: ArrayCall) -> Entries:
    a, b = _ranked(low, expr, 1), _ranked(low, expr, 1, 1)
    return Entries((*a.axes, *b.axes), Product((a.body, b.body)))


def _square(low: Lowering, expr: ArrayCall) -> Entries:
    found = _ranked(low, expr, 2)
    if found.shape[0] != found.shape[1]:
        raise problem(f"{expr.function} takes a square matrix, not {shape_text(found.shape)}", _place(expr))
    return found


def _trace(low: Lowering, expr: ArrayCall) -> Entries:
    found = _square(low, expr)
    i, j = found.axes
    return Entries((), total((i,), reindex(found.body, {j: i}, low.fresh), low.fresh))


def _inverse(low: Lowering, expr: ArrayCall) -> Entries:
    found = _square(low, expr)
    if expr.function == "det":
        return Entries((), Block("det", found.axes, found.body, ()))
    axes = low.fresh.axes(found.shape)
    return Entries(axes, Block("inv", found.axes, found.body, axes))


def _norm(low: Lowering, expr: ArrayCall) -> Entries:
    found = low.entries(expr.args[0])
    squares = total(found.axes, Power(found.body, Num(Fraction(2))), low.fresh)
    return Entries((), Call("sqrt", (squares,), "sqrt"))


def _diagonal(low: Lowering, expr: ArrayCall) -> Entries:
    found = _ranked(low, expr, 1)
    j = low.fresh.axis(found.axes[0].size)
    return Entries((*found.axes, j), Product((Delta(found.axes[0], j), found.body)))


def _causal(low: Lowering, expr: ArrayCall) -> Entries:
    found = low.entries(expr.args[0])
    if len(found.axes) < 2:
        raise problem(f"causal takes a matrix, not {shape_text(found.shape)}", _place(expr))
    return Entries(found.axes, Block("causal", found.axes[-2:], found.body, found.axes[-2:]))


def _filled(low: Lowering, expr: ArrayCall) -> Entries:
    sizes = [whole_number(arg, "a size") for arg in expr.args]
    _check_sizes(sizes, expr)
    if expr.function == "eye":
        axes = low.fresh.axes((sizes[0], sizes[0]))
        return Entries(axes, Delta(*axes))
    return Entries(low.fresh.axes(sizes), ONE if expr.function == "ones" else ZERO)


def _check_sizes(sizes: Sequence[int], expr: Expr) -> None:
    entries = 1
    for size in sizes:
        if size < 1:
            raise problem(f"a size is at least 1, not {size}", _place(expr))
        entries *= size
    if entries > MAX_ENTRIES:
        raise problem(f"an array of {entries:,} entries is not taken; the limit is {MAX_ENTRIES:,}", _place(expr))


def _moved(low: Lowering, source: Entries, shape: Shape, places: Sequence[int], written=(), back=()) -> Entries:
    axes = low.fresh.axes(shape)
    return Entries(axes, Block("move", source.axes, source.body, axes, _table(source, shape, places, written, back)))


def _table(source: Entries, shape: Shape, places: Sequence[int], written=(), back=()) -> Rearrangement:
    sizes = [tuple(int(size) for size in each) for each in (source.shape, shape)]
    return Rearrangement(tuple(places), sizes[0], sizes[1], tuple(written), tuple(back))


def _numbers(shape: Shape, expr: Expr) -> tuple[int, ...]:
    if not all(isinstance(size, int) for size in shape):
        raise problem("this needs sizes that are numbers, not names", _place(expr))
    return tuple(int(size) for size in shape)


def _count(shape: Sequence[int]) -> int:
    found = 1
    for size in shape:
        found *= size
    return found


def _reshape(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    old = _numbers(source.shape, expr)
    entries = _count(old)
    new = [entries] if expr.function == "flatten" else [whole_number(arg, "a size") for arg in expr.args[1:]]
    _check_sizes(new, expr)
    if _count(new) != entries:
        said = "×".join(map(str, new))
        raise problem(f"{shape_text(source.shape)} has {entries} entries; {said} needs {_count(new)}", _place(expr))
    back = ("flatten",) if len(old) == 1 else ("reshape", *old)
    return _moved(
        low, source, tuple(new), range(entries), ("reshape", *new) if len(new) > 1 else ("flatten",), back if old else ()
    )


def _row(low: Lowering, expr: ArrayCall) -> Entries:
    source = _ranked(low, expr, 2)
    number = whole_number(expr.args[1], f"the number of a {expr.function}")
    axis = source.axes[0 if expr.function == "row" else 1]
    _check_number(number, axis.size, expr.function, expr.args[1])
    return Entries(tuple(each for each in source.axes if each != axis), reindex(source.body, {axis: number - 1}, low.fresh))


def _check_number(number: int, size: Size, what: str, at: Expr) -> None:
    if number < 1 or (isinstance(size, int) and number > size):
        raise problem(f"there is no {what} {number}: they are counted from 1 to {size}", _place(at))


def _rows(low: Lowering, expr: ArrayCall) -> Entries:
    source = _ranked(low, expr, 2)
    numbers = [whole_number(arg, "the number of a row") for arg in expr.args[1:]]
    height, width = _numbers(source.shape, expr)
    for number, arg in zip(numbers, expr.args[1:], strict=True):
        _check_number(number, height, "row", arg)
    places = [(number - 1) * width + j for number in numbers for j in range(width)]
    return _moved(low, source, (len(numbers), width), places, ("rows", *numbers))


def _concat(low: Lowering, expr: ArrayCall) -> Entries:
    parts = [low.entries(arg) for arg in expr.args]
    if not any(part.axes for part in parts):
        i = low.fresh.axis(len(parts))
        return Entries((i,), Sum(tuple(Product((Delta(i, place), part.body)) for place, part in enumerate(parts))))
    parts = [Entries((low.fresh.axis(1),), part.body) if not part.axes else part for part in parts]
    rank = len(parts[0].axes)
    number = _axis(expr, rank, 0)
    assert number is not None
    shapes = [_numbers(part.shape, expr) for part in parts]
    for shape, arg in zip(shapes, expr.args, strict=True):
        if len(shape) != rank or shape[:number] + shape[number + 1 :] != shapes[0][:number] + shapes[0][number + 1 :]:
            raise problem(
                f"concat of {shape_text(shapes[0])} and {shape_text(shape)} along axis {number}: the other sizes differ",
                _place(arg),
            )
    whole = (*shapes[0][:number], sum(shape[number] for shape in shapes), *shapes[0][number + 1 :])
    axes, start = low.fresh.axes(whole), 0
    terms: list[Expr] = []
    for part, shape in zip(parts, shapes, strict=True):
        places = []
        for at in product(*map(range, whole)):
            inside = start <= at[number] < start + shape[number]
            own = (*at[:number], at[number] - start, *at[number + 1 :])
            places.append(_flat(own, shape) if inside else -1)
        numbers = range(start + 1, start + shape[number] + 1)
        back = ("rows" if number == 0 else "columns", *numbers) if rank == 2 else ()
        settings = _table(part, whole, places, ("concat", number, len(terms), len(parts)), back)
        terms.append(Block("move", part.axes, part.body, axes, settings))
        start += shape[number]
    return Entries(axes, Sum(tuple(terms)))


def _flat(at: Sequence[int], shape: Sequence[int]) -> int:
    found = 0
    for place, size in zip(at, shape, strict=True):
        found = found * size + place
    return found


def _windows(
    low: Lowering, source: Entries, window: Sequence[int], stride: int, padding: int, expr: Expr
) -> tuple[Entries, tuple[Axis, ...]]:
    """Return the windows of an array, (places…, inside…), and the axes inside a window."""
    shape = _numbers(source.shape, expr)
    places = []
    out = [(size + 2 * padding - width) // stride + 1 for size, width in zip(shape, window, strict=True)]
    if any(number < 1 for number in out):
        raise problem(f"a window of {'×'.join(map(str, window))} does not fit into {shape_text(shape)}", _place(expr))
    for at in product(*map(range, (*out, *window))):
        own = [at[d] * stride + at[len(out) + d] - padding for d in range(len(out))]
        inside = all(0 <= place < size for place, size in zip(own, shape, strict=True))
        places.append(_flat(own, shape) if inside else -1)
    found = _moved(low, source, (*out, *window), places)
    return found, found.axes[len(out) :]


def _given(expr: ArrayCall, name: str, default: int, least: int) -> int:
    written = _option(expr, name)
    number = default if written is None else whole_number(written, name)
    if number < least:
        raise problem(f"{name} is at least {least}", _place(written or expr))
    return number


def _conv(low: Lowering, expr: ArrayCall) -> Entries:
    source, kernel = low.entries(expr.args[0]), low.entries(expr.args[1])
    if len(source.axes) not in {1, 2} or len(kernel.axes) != len(source.axes):
        raise problem(
            f"conv takes two vectors or two matrices, not {shape_text(source.shape)} and {shape_text(kernel.shape)}", _place(expr)
        )
    stride, padding = _given(expr, "stride", 1, 1), _given(expr, "padding", 0, 0)
    windows, inside = _windows(low, source, _numbers(kernel.shape, expr), stride, padding, expr)
    body = reindex(kernel.body, dict(zip(kernel.axes, inside, strict=True)), low.fresh)
    return Entries(windows.axes[: len(inside)], Contract(inside, Product((windows.body, body))))


def _pool(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    if len(source.axes) not in {1, 2}:
        raise problem(f"{expr.function} takes a vector or a matrix, not {shape_text(source.shape)}", _place(expr))
    width = whole_number(expr.args[1], "the window")
    if width < 1:
        raise problem("the window is at least 1", _place(expr.args[1]))
    stride = _given(expr, "stride", width, 1)
    windows, inside = _windows(low, source, [width] * len(source.axes), stride, 0, expr)
    return low._reduced("max" if expr.function == "maxpool" else "mean", windows, inside)


_CALLS: dict[str, Callable[[Lowering, ArrayCall], Entries]] = {
    **dict.fromkeys(("sum", "mean", "max", "min", "var"), _reduction),
    **dict.fromkeys(("softmax", "log_softmax"), _along),
    **dict.fromkeys(("inv", "det"), _inverse),
    **dict.fromkeys(("ones", "zeros", "eye"), _filled),
    **dict.fromkeys(("reshape", "flatten"), _reshape),
    **dict.fromkeys(("row", "column"), _row),
    **dict.fromkeys(("maxpool", "meanpool"), _pool),
    "dot": _dot,
    "outer": _outer,
    "trace": _trace,
    "norm": _norm,
    "diag": _diagonal,
    "causal": _causal,
    "rows": _rows,
    "concat": _concat,
    "conv": _conv,
}

_RULES: dict[type[Expr], Callable[[Lowering, Any], Entries]] = {
    Num: lambda low, e: Entries((), e),
    Pi: lambda low, e: Entries((), e),
    Sym: Lowering.name,
    Entry: Lowering.entry,
    Call: Lowering.call,
    Reduce: Lowering.reduce,
    MatMul: Lowering.matmul,
    Transpose: Lowering.transpose,
    ArrayCall: Lowering.array_call,
    **dict.fromkeys((Neg, Sum, Product, Quotient, Power, Prime, Cases, Compare), Lowering.entrywise),
}
