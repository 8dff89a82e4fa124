"""Functions of whole arrays: what each makes of the shapes and entries of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

from derivgen.maths.index_form import Rearrangement, Shape, reindex, total
from derivgen.maths.shapes import Entries, Lowering, place_of, shape_text
from derivgen.maths.syntax_errors import problem
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Axis,
    Block,
    Call,
    Contract,
    Delta,
    Expr,
    Neg,
    Num,
    Power,
    Product,
    Size,
    Sum,
    Words,
)

MAX_ENTRIES = 1_000_000


class ArrayLowering(Lowering):
    """Turns expressions into index form, functions of whole arrays among them."""

    def array_call(self, expr: ArrayCall) -> Entries:
        """Return what a function of whole arrays makes."""
        return CALLS[expr.function](self, expr)


def whole_number(expr: Expr, what: str) -> int:
    """Return a whole number that is written out. Raises SpecError for anything else."""
    sign = -1 if isinstance(expr, Neg) else 1
    inner = expr.arg if isinstance(expr, Neg) else expr
    if not isinstance(inner, Num) or inner.value.denominator != 1:
        raise problem(f"{what} is a whole number, written out", place_of(expr))
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
        raise problem(f"axis={number} is none of this array, which has {what}", place_of(written), hint)
    return number % rank


def _keeps(expr: ArrayCall) -> bool:
    written = _option(expr, "keepdims")
    if written is not None and not isinstance(written, Words):
        raise problem("keepdims is true or false", place_of(written))
    return isinstance(written, Words) and written.text == "true"


def _reduction(low: Lowering, expr: ArrayCall) -> Entries:
    inner = low.entries(expr.args[0])
    number = _axis(expr, len(inner.axes))
    if expr.function in {"max", "min"} and not inner.axes and not inner.sampled:
        raise problem(f"{expr.function} takes an array, or 2 or more arguments", place_of(expr))
    if number is None and not inner.axes and inner.sampled:
        inner = Entries((low.sample,), inner.body)
    over = inner.axes if number is None else (inner.axes[number],)
    found = low.reduced(expr.function, inner, over)
    if not _keeps(expr):
        return found
    kept = tuple(low.fresh.axis(1) if axis in over else axis for axis in inner.axes)
    return Entries(kept, found.body)


def _along(low: Lowering, expr: ArrayCall) -> Entries:
    """Softmax and its logarithm."""
    inner = low.entries(expr.args[0])
    if not inner.axes:
        raise problem(f"{expr.function} takes a vector or a matrix, not a number", place_of(expr))
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
            place_of(expr.args[place]),
        )
    return found


def _dot(low: Lowering, expr: ArrayCall) -> Entries:
    a, b = _ranked(low, expr, 1), _ranked(low, expr, 1, 1)
    if a.shape != b.shape:
        raise problem(f"dot of {shape_text(a.shape)} and {shape_text(b.shape)}: the sizes differ", place_of(expr))
    return Entries((), Contract(a.axes, Product((a.body, reindex(b.body, {b.axes[0]: a.axes[0]}, low.fresh)))))


def _outer(low: Lowering, expr: ArrayCall) -> Entries:
    a, b = _ranked(low, expr, 1), _ranked(low, expr, 1, 1)
    return Entries((*a.axes, *b.axes), Product((a.body, b.body)))


def _square(low: Lowering, expr: ArrayCall) -> Entries:
    found = _ranked(low, expr, 2)
    if found.shape[0] != found.shape[1]:
        raise problem(f"{expr.function} takes a square matrix, not {shape_text(found.shape)}", place_of(expr))
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
        raise problem(f"causal takes a matrix, not {shape_text(found.shape)}", place_of(expr))
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
            raise problem(f"a size is at least 1, not {size}", place_of(expr))
        entries *= size
    if entries > MAX_ENTRIES:
        raise problem(f"an array of {entries:,} entries is not taken; the limit is {MAX_ENTRIES:,}", place_of(expr))


def _moved(low: Lowering, source: Entries, shape: Shape, places: Sequence[int], written=(), back=()) -> Entries:
    axes = low.fresh.axes(shape)
    return Entries(axes, Block("move", source.axes, source.body, axes, _table(source, shape, places, written, back)))


def _table(source: Entries, shape: Shape, places: Sequence[int], written=(), back=()) -> Rearrangement:
    sizes = [tuple(int(size) for size in each) for each in (source.shape, shape)]
    return Rearrangement(tuple(places), sizes[0], sizes[1], tuple(written), tuple(back))


def _numbers(shape: Shape, expr: Expr) -> tuple[int, ...]:
    if not all(isinstance(size, int) for size in shape):
        raise problem("this needs sizes that are numbers, not names", place_of(expr))
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
        raise problem(f"{shape_text(source.shape)} has {entries} entries; {said} needs {_count(new)}", place_of(expr))
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
        raise problem(f"there is no {what} {number}: they are counted from 1 to {size}", place_of(at))


def _rows(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    if len(source.axes) not in {1, 2}:
        raise problem(f"rows takes a matrix or a vector, not {shape_text(source.shape)}", place_of(expr.args[0]))
    numbers = [whole_number(arg, "the number of a row") for arg in expr.args[1:]]
    height, *width = _numbers(source.shape, expr)
    for number, arg in zip(numbers, expr.args[1:], strict=True):
        _check_number(number, height, "row", arg)
    across = _count(width)
    places = [(number - 1) * across + j for number in numbers for j in range(across)]
    return _moved(low, source, (len(numbers), *width), places, ("rows", *numbers))


def _flip(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    shape = _numbers(source.shape, expr)
    return _moved(low, source, shape, range(_count(shape) - 1, -1, -1), ("flip",), ("flip",))


def _upsample(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    width = whole_number(expr.args[1], "how often an entry is repeated")
    whole = [size * width for size in _numbers(source.shape, expr)]
    _check_sizes([width, *whole], expr)
    places = [_flat([i // width for i in at], _numbers(source.shape, expr)) for at in product(*map(range, whole))]
    return _moved(low, source, tuple(whole), places, ("upsample", width))


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
                place_of(arg),
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
        back = ("rows" if number == 0 else "columns", *numbers) if rank < 3 else ()
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
        raise problem(f"a window of {'×'.join(map(str, window))} does not fit into {shape_text(shape)}", place_of(expr))
    for at in product(*map(range, (*out, *window))):
        own = [at[d] * stride + at[len(out) + d] - padding for d in range(len(out))]
        inside = all(0 <= place < size for place, size in zip(own, shape, strict=True))
        places.append(_flat(own, shape) if inside else -1)
    found = _moved(low, source, (*out, *window), places, ("windows", stride, padding))
    return found, found.axes[len(out) :]


def _given(expr: ArrayCall, name: str, default: int, least: int) -> int:
    written = _option(expr, name)
    number = default if written is None else whole_number(written, name)
    if number < least:
        raise problem(f"{name} is at least {least}", place_of(written or expr))
    return number


def _conv(low: Lowering, expr: ArrayCall) -> Entries:
    source, kernel = low.entries(expr.args[0]), low.entries(expr.args[1])
    if len(source.axes) not in {1, 2} or len(kernel.axes) != len(source.axes):
        raise problem(
            f"conv takes two vectors or two matrices, not {shape_text(source.shape)} and {shape_text(kernel.shape)}",
            place_of(expr),
        )
    stride, padding = _given(expr, "stride", 1, 1), _given(expr, "padding", 0, 0)
    windows, inside = _windows(low, source, _numbers(kernel.shape, expr), stride, padding, expr)
    body = reindex(kernel.body, dict(zip(kernel.axes, inside, strict=True)), low.fresh)
    return Entries(windows.axes[: len(inside)], Contract(inside, Product((windows.body, body))))


def _pool(low: Lowering, expr: ArrayCall) -> Entries:
    source = low.entries(expr.args[0])
    if len(source.axes) not in {1, 2}:
        raise problem(f"{expr.function} takes a vector or a matrix, not {shape_text(source.shape)}", place_of(expr))
    width = whole_number(expr.args[1], "the window")
    if width < 1:
        raise problem("the window is at least 1", place_of(expr.args[1]))
    stride = _given(expr, "stride", width, 1)
    windows, inside = _windows(low, source, [width] * len(source.axes), stride, 0, expr)
    return low.reduced("max" if expr.function == "maxpool" else "mean", windows, inside)


CALLS: dict[str, Callable[[Lowering, ArrayCall], Entries]] = {
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
    "flip": _flip,
    "upsample": _upsample,
    "concat": _concat,
    "conv": _conv,
}
