"""A function of a whole array in index form → as one writes it: softmax(S), max along an axis, concat, norm, an entry."""

from __future__ import annotations

from itertools import permutations

from derivgen.derivation.broadcast import Reader
from derivgen.derivation.contractions import Axes, UnreadableError, Written, turns
from derivgen.derivation.matrix_forms import picked, rearranged
from derivgen.derivation.window_view import from_windows, is_of_windows, pooled, shifted
from derivgen.maths.index_form import free, reindex
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
    Expr,
    Power,
    Quotient,
    Size,
    Sum,
    Words,
    number,
)


def block(reader: Reader, expr: Block, want: Axes) -> Written:
    """Return a function of a whole array."""
    outer = tuple(axis for axis in free(expr.body) if axis not in expr.formals)
    if any(isinstance(i, int) for i in expr.indices):
        return _at_places(reader, expr, outer, want)
    if expr.function in {"max share", "min share"}:
        return _largest(reader, expr, outer, want)
    if expr.function in {"softmax", "log_softmax"}:
        return _softmax(reader, expr, outer, want)
    if expr.function == "max" and isinstance(expr.body, Block) and is_of_windows(expr.body):
        return pooled(reader, expr.body, expr.formals)
    if expr.function in {"max", "min", "var"}:
        return _reduced(reader, expr.function, expr.body, expr.formals, outer, want)
    if outer:
        raise UnreadableError
    if expr.function == "spread" and expr.settings.written[:1] == ("windows",):
        return from_windows(reader, expr)
    inner = reader.exact(expr.body, expr.formals)
    if expr.function in {"inv", "det", "causal"}:
        return Written(ArrayCall(expr.function, (inner,)), expr.indices)  # type: ignore[arg-type]
    if expr.function in {"move", "spread"}:
        return Written(rearranged(expr, inner), expr.indices)  # type: ignore[arg-type]
    raise UnreadableError


def _at_places(reader: Reader, expr: Block, outer: tuple[Axis, ...], want: Axes) -> Written:
    """Return a function's array at fixed places of some of its axes."""
    line = shifted(reader, expr) if is_of_windows(expr) else None
    if line is not None:
        return line
    axes = tuple(i if isinstance(i, Axis) else reader.fresh.axis(n) for i, n in zip(expr.indices, _made(expr), strict=True))
    block = Block(expr.function, expr.formals, expr.body, axes, expr.settings)
    others = tuple(axis for axis in want if axis in outer)
    at = dict(zip(axes, expr.indices, strict=True))
    for order in ((*others, *axes), (*axes, *others)) if others else (axes,):
        if _can(reader, block, order):
            return picked(reader.exact(block, order), tuple(at.get(axis, axis) for axis in order), _sizes(order))
    raise UnreadableError


def _largest(reader: Reader, expr: Block, outer: tuple[Axis, ...], want: Axes) -> Written:
    """Return how the largest entries share a derivative: 1 at the largest, over how many they are."""
    own = dict(zip(expr.formals, expr.indices, strict=True))
    order = tuple(axis for axis in want if axis in (*expr.indices, *outer))
    if expr.settings or len(order) != len(own) + len(outer):
        raise UnreadableError
    inner = reader.exact(reindex(expr.body, own, reader.fresh), order)
    function = expr.function[:3]
    along = [order.index(axis) for axis in expr.indices] if outer else []

    def whole(name: str, tree: Expr) -> Expr:
        for place in along:
            tree = ArrayCall(name, (tree,), (("axis", number(place)), ("keepdims", Words("true"))))
        return tree if along else ArrayCall(name, (tree,))

    mark = Cases(((Compare("==", inner, whole(function, inner)), ONE),), ZERO)
    return Written(Quotient(mark, whole("sum", mark)), order)


def norm(reader: Reader, expr: Expr) -> Written | None:
    """Return the root of the sum of all squares of an array as its norm."""
    if not isinstance(expr, Call) or expr.function != "sqrt" or not isinstance(expr.args[0], Contract):
        return None
    axes, body = expr.args[0].axes, expr.args[0].body
    if not isinstance(body, Power) or body.exponent != number(2) or any(axis not in axes for axis in free(body.base)):
        return None
    inner = min(_written(reader, body.base, list(permutations(axes))), key=turns)
    return Written(ArrayCall("norm", (inner,)), ())


def whole_concat(reader: Reader, expr: Sum) -> Written | None:
    """Return several arrays, each moved to its place among zeros, as one behind the other; so of rows handed back."""
    gates = [term for term in expr.terms if isinstance(term, Block) and term.function == "spread"]
    gates.sort(key=lambda term: term.settings.places)
    if len(gates) == len(expr.terms) and is_parted(gates):
        return Written(ArrayCall("concat", tuple(reader.exact(g.body, g.formals) for g in gates)), gates[0].indices)  # type: ignore[arg-type]
    parts = [term for term in expr.terms if isinstance(term, Block) and term.function == "move"]
    calls = [term.settings.written for term in parts]
    if len(parts) < len(expr.terms) or any(call[:1] != ("concat",) for call in calls):
        return None
    order = sorted(parts, key=lambda term: term.settings.written[2])
    if [term.settings.written[2] for term in order] != list(range(calls[0][3])) or len({term.indices for term in parts}) > 1:
        return None
    axis = int(calls[0][1])
    inners = tuple(reader.exact(term.body, term.formals) for term in order)
    options = (("axis", number(axis)),) if axis else ()
    return Written(ArrayCall("concat", inners, options), order[0].indices)  # type: ignore[arg-type]


def _softmax(reader: Reader, expr: Block, outer: tuple[Axis, ...], want: Axes) -> Written:
    (formal,), (index,) = expr.formals, expr.indices
    assert isinstance(index, Axis)
    body = reindex(expr.body, {formal: index}, reader.fresh)
    order = tuple(axis for axis in want if axis in (index, *outer))
    if len(order) != 1 + len(outer):
        raise UnreadableError
    last = order[-1] == index
    if not last and len(order) == 2 and _natural(reader, body, order[::-1]):
        inner = reader.exact(body, order[::-1])
        return Written(ArrayCall(expr.function, (inner,)), order[::-1])
    inner = reader.exact(body, order)
    return Written(ArrayCall(expr.function, (inner,), () if last else (("axis", number(order.index(index))),)), order)


def _natural(reader: Reader, body: Expr, order: Axes) -> bool:
    """Return whether an array is written along these axes without a transpose, but not the other way round."""
    try:
        return turns(reader.exact(body, order)) < turns(reader.exact(body, order[::-1]))
    except UnreadableError:
        return False


def _reduced(reader: Reader, function: str, body: Expr, over: tuple[Axis, ...], outer: tuple[Axis, ...], want: Axes) -> Written:
    """Return a sum, mean, … over some axes of an array."""
    if not outer:
        orders = list(permutations(over))
        inner = min(_written(reader, body, orders), key=turns)
        return Written(ArrayCall(function, (inner,)), ())
    if len(over) != 1 or len(outer) != 1:
        return _reduced_along(reader, function, body, over, tuple(axis for axis in want if axis in outer))
    (axis,), (kept,) = over, outer
    is_first = len(want) == 2 and kept == want[0]
    orders = [(kept, axis)] if is_first else [(axis, kept), (kept, axis)]
    possible = [(reader.exact(body, o), o) for o in orders if _can(reader, body, o)]
    if not possible:
        raise UnreadableError
    inner, order = min(possible, key=lambda each: turns(each[0]))
    options: tuple[tuple[str, Expr], ...] = (("axis", number(order.index(axis))),)
    if is_first:
        return Written(ArrayCall(function, (inner,), (*options, ("keepdims", Words("true")))), (kept, None))
    return Written(ArrayCall(function, (inner,), options), (kept,))


def _reduced_along(reader: Reader, function: str, body: Expr, over: tuple[Axis, ...], kept: tuple[Axis, ...]) -> Written:
    """Return the same of an array of more axes, along one after another."""
    if function == "var" and len(over) > 1:
        raise UnreadableError
    for order in permutations((*kept, *over)):
        if tuple(axis for axis in order if axis in kept) == kept and _can(reader, body, order):
            tree = reader.exact(body, order)
            for place in reversed([order.index(axis) for axis in order if axis in over]):
                tree = ArrayCall(function, (tree,), (("axis", number(place)),))
            return Written(tree, kept)
    raise UnreadableError


def _can(reader: Reader, body: Expr, order: Axes) -> bool:
    try:
        reader.exact(body, order)
    except UnreadableError:
        return False
    return True


def _written(reader: Reader, body: Expr, orders: list[tuple[Axis, ...]]) -> list[Expr]:
    found = [reader.exact(body, order) for order in orders if _can(reader, body, order)]
    if not found:
        raise UnreadableError
    return found


def is_parted(blocks: list[Block]) -> bool:
    """Return whether rows are handed back one array behind the other, each row once."""
    rows = [number for each in blocks if each.settings.written[:1] == ("rows",) for number in each.settings.written[1:]]
    return rows == list(range(1, blocks[0].settings.source[0] + 1)) and len({each.indices for each in blocks}) == 1


def _made(expr: Block) -> tuple[Size, ...]:
    """Return the sizes of what a function makes of its array."""
    if expr.function in {"move", "spread"}:
        return expr.settings.shape if expr.function == "move" else expr.settings.source
    return _sizes(expr.formals)


def _sizes(axes: tuple[Axis, ...]) -> tuple[Size, ...]:
    return tuple(axis.size for axis in axes)
