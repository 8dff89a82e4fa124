"""Windows of an array in the spec's language: convolutions, pooling, and what they hand back."""

from __future__ import annotations

from derivgen.derivation.broadcast import Reader
from derivgen.derivation.contractions import UnreadableError, Written
from derivgen.frozen import replace
from derivgen.maths.index_form import free, times
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Axis,
    Block,
    Cases,
    Compare,
    Contract,
    Expr,
    Neg,
    Product,
    Quotient,
    number,
)


def is_of_windows(block: Block) -> bool:
    """Return whether what is moved are the windows of an array."""
    return block.function == "move" and block.settings.written[:1] == ("windows",)


def with_windows(bound: tuple[Axis, ...], factors: tuple[Expr, ...]) -> tuple[tuple[Axis, ...], tuple[Expr, ...]]:
    """Return a product in which the sum over what is inside a window, times a kernel, is a factor of its own: a convolution."""
    for windows in factors:
        if not isinstance(windows, Block) or not is_of_windows(windows):
            continue
        inside = windows.indices[len(windows.formals) :]
        kernel = [factor for factor in factors if factor is not windows and any(axis in free(factor) for axis in inside)]
        alone = all(axis in inside for factor in kernel for axis in free(factor))
        if set(inside) < set(bound) and alone and len(kernel) + 1 < len(factors):
            rest = tuple(factor for factor in factors if factor is not windows and factor not in kernel)
            inner = Contract(tuple(axis for axis in bound if axis in inside), times(*kernel, windows))
            return tuple(axis for axis in bound if axis not in inside), (*rest, inner)
    return bound, factors


def is_tiled(block: Block) -> bool:
    """Return whether windows lie side by side, of one width, and fill the array."""
    table, half = block.settings, len(block.settings.source)
    _, stride, padding = table.written
    fills = all(n * width == size for n, width, size in zip(table.shape[:half], table.shape[half:], table.source, strict=True))
    return padding == 0 and fills and set(table.shape[half:]) == {stride}


def unpooled(share: Expr, array: Expr, width: int, axes: int) -> Expr:
    """Return what max pooling hands back: each window's derivative at its largest entry; several that tie have equal shares."""

    def call(function: str, tree: Expr) -> Expr:
        return ArrayCall(function, (tree, number(width)))

    mark = Cases(((Compare("==", array, call("upsample", call("maxpool", array))), ONE),), ZERO)
    ties = Product((number(width**axes), call("meanpool", mark)))
    return Product((call("upsample", Quotient(share, ties)), mark))


def pooled(reader: Reader, windows: Block, inside: tuple[Axis, ...]) -> Written:
    """Return the largest entries of windows of one width; `inside` are the axes that it is the largest along."""
    half = len(windows.formals)
    _, stride, padding = windows.settings.written
    width, *others = dict.fromkeys(windows.settings.shape[half:])
    if others or padding or windows.indices[half:] != inside:
        raise UnreadableError
    options = (("stride", number(stride)),) if stride != width else ()
    tree = ArrayCall("maxpool", (reader.exact(windows.body, windows.formals), number(width)), options)
    return Written(tree, windows.indices[:half])  # type: ignore[arg-type]


def shifted(reader: Reader, expr: Block) -> Written | None:
    """Return one window as the entries of a vector that it takes, or the whole array; None for any other."""
    half, table = len(expr.formals), expr.settings
    inside_axes = expr.indices[half:]
    if table.shape[half:] == table.source and not table.written[2] and all(isinstance(i, Axis) for i in inside_axes):
        return Written(reader.exact(expr.body, expr.formals), inside_axes)  # type: ignore[arg-type]
    place, inside = expr.indices[0], expr.indices[-1]
    if len(expr.formals) != 1 or not isinstance(place, int) or not isinstance(inside, Axis):
        return None
    _, stride, padding = expr.settings.written
    first = place * stride - padding + 1
    numbers = range(first, first + expr.settings.shape[1])
    if first < 1 or numbers[-1] > expr.settings.source[0]:
        return None
    inner = reader.exact(expr.body, expr.formals)
    whole = len(numbers) == expr.settings.source[0]
    return Written(inner if whole else ArrayCall("rows", (inner, *map(number, numbers))), (inside,))


def convolution(reader: Reader, bound: tuple[Axis, ...], factors: tuple[Expr, ...]) -> Written | None:
    """Return a sum over windows as conv: with a kernel, or, summed over all places, with what weighs them."""
    windows = next((f for f in factors if isinstance(f, Block) and f.function == "move" and is_of_windows(f)), None)
    if windows is None or not bound:
        return None
    half = len(windows.formals)
    out, inside = windows.indices[:half], windows.indices[half:]
    _, stride, padding = windows.settings.written
    other = times(*(factor for factor in factors if factor is not windows))
    options = {"stride": stride, "padding": padding}
    if set(bound) == set(inside):
        kernel, left = inside, out
    elif set(bound) == set(out) and stride == 1:
        kernel, left = out, inside
    else:
        return None
    if any(axis not in kernel for axis in free(other)):
        return None
    given = tuple((name, number(n)) for name, n in options.items() if n != {"stride": 1, "padding": 0}[name])
    args = (reader.exact(windows.body, windows.formals), reader.exact(other, kernel))  # type: ignore[arg-type]
    return Written(ArrayCall("conv", args, given), left)  # type: ignore[arg-type]


def from_windows(reader: Reader, expr: Block) -> Written:
    """Return what windows hand back: a convolution with the kernel turned round, or each window's share at its places."""
    half = len(expr.indices)
    out, inside = expr.formals[:half], expr.formals[half:]
    _, stride, padding = expr.settings.written
    if isinstance(expr.body, Neg):
        return _negated(from_windows(reader, replace(expr, body=expr.body.arg)))
    factors = expr.body.factors if isinstance(expr.body, Product) else (expr.body,)
    kernel = [factor for factor in factors if any(axis in free(factor) for axis in inside)]
    rest = reader.exact(times(*(factor for factor in factors if factor not in kernel)), out)
    widths = {axis.size for axis in inside}
    (width, *others) = (int(size) for size in widths)
    if len(kernel) == 1 and isinstance(kernel[0], Block) and kernel[0].function in {"max share", "min share"}:
        windows = kernel[0].body
        tiles = isinstance(windows, Block) and windows.settings == expr.settings
        tiles = tiles and windows.indices == (*out, *kernel[0].formals) and kernel[0].indices == inside  # type: ignore[attr-defined]
        if not tiles or kernel[0].settings or kernel[0].function == "min share" or not is_tiled(expr):
            raise UnreadableError
        assert isinstance(windows, Block)
        return Written(unpooled(rest, reader.exact(windows.body, windows.formals), width, half), expr.indices)  # type: ignore[arg-type]
    if not kernel and is_tiled(expr):
        return Written(ArrayCall("upsample", (rest, number(width))), expr.indices)  # type: ignore[arg-type]
    if stride != 1 or others or padding >= width or any(axis in free(factor) for factor in kernel for axis in out):
        raise UnreadableError
    turned = ArrayCall("flip", (reader.exact(times(*kernel), inside),))
    more = (("padding", number(width - 1 - padding)),) if width > 1 + padding else ()
    return Written(ArrayCall("conv", (rest, turned), more), expr.indices)  # type: ignore[arg-type]


def _negated(found: Written) -> Written:
    return Written(Neg(found.tree), found.axes)
