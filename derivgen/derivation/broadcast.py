"""Products of arrays of any number of axes → the spec's language: by NumPy's matmul, and by entries multiplied along joint axes.

What a product by rows and columns cannot say: Σ_k d_kij a_kij is sum(d*a, axis=0), Σ_bi X_bik D_bij (X as a matrix).T @ D.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Protocol

from derivgen.derivation.contractions import Axes, Factor, UnreadableError, Written, entry_product, turns
from derivgen.derivation.matrix_forms import transposed
from derivgen.maths.index_form import Fresh, free
from derivgen.maths.tree import ArrayCall, Axis, Expr, MatMul, number


class Reader(Protocol):
    """Writes an expression as an array of exactly these axes, or raises UnreadableError."""

    fresh: Fresh

    def exact(self, expr: Expr, want: Axes) -> Expr:
        """Return the expression along these axes."""
        ...


MOST_AXES = 4


def _along(axes: Sequence[Axis | None], own: Sequence[Axis] | dict[Axis, None]) -> Axes:
    """Return the axes of a factor where it stands beside an array of `axes`: 1 in place of those it does not have."""
    found: Axes = tuple(axis if axis in own else None for axis in axes)
    while found and found[0] is None:
        found = found[1:]
    return found


def batched(reader: Reader, bound: tuple[Axis, ...], factors: Sequence[Expr], want: Axes) -> Written:
    """Return a product summed over one axis as `@`, matrix by matrix along the leading axes. Raises UnreadableError."""
    if len(bound) != 1 or None in want or len(want) < 2:
        raise UnreadableError
    (k,) = bound
    having = [factor for factor in factors if k in free(factor)]
    others = [factor for factor in factors if k not in free(factor)]
    if len(having) != 2:
        raise UnreadableError
    for left, right in (having, having[::-1]):
        a, b = free(left), free(right)
        batch, ends = (want[:-1], (k,)) if tuple(b) == (k,) else (want[:-2], (k, want[-1]))
        inner = want[len(batch) : len(want) - len(ends) + 1]
        if not set(inner) <= set(a) or set(ends[1:]) & set(a) or set(inner) & set(b):
            continue
        lead = want[: len(want) - len(ends)] if ends == (k,) else batch
        try:
            tree: Expr = MatMul(
                (
                    reader.exact(left, _along((*lead, *([want[-1]] if ends == (k,) else inner), k), a)),
                    reader.exact(right, (k,) if ends == (k,) else _along((*batch, *ends), b)),
                )
            )
            beside = [reader.exact(factor, _along(want, free(factor))) for factor in others]
        except UnreadableError:
            continue
        return Written(entry_product([*beside, tree]), want)
    raise UnreadableError


def broadcast(reader: Reader, bound: tuple[Axis, ...], factors: Sequence[Expr], want: Axes) -> Written:
    """Return a product multiplied entry by entry along the axes of all factors, then summed. Raises UnreadableError."""
    arrays = [factor for factor in factors if free(factor)]
    scalars = [reader.exact(factor, ()) for factor in factors if not free(factor)]
    axes = dict.fromkeys(axis for factor in arrays for axis in free(factor))
    kept = tuple(axis for axis in want if axis in axes)
    everything = (*kept, *bound)
    if not 0 < len(everything) <= MOST_AXES or any(axis not in everything for axis in axes):
        raise UnreadableError
    orders: list[Axes] = [want] if not bound else []
    turned = kept[::-1] if len(kept) == 2 else kept
    orders += [order for order in permutations(everything) if tuple(axis for axis in order if axis in kept) in {kept, turned}]
    best: tuple[Expr, Axes] | None = None

    def is_turned(order: Axes) -> bool:
        return tuple(axis for axis in order if axis in kept) != kept

    for order in orders:
        try:
            tree = entry_product([reader.exact(f, order if order is want else _along(order, free(f))) for f in arrays])
        except UnreadableError:
            continue
        if best is None or turns(tree) + is_turned(order) < turns(best[0]) + is_turned(best[1]):
            best = tree, order
        if turns(tree) + is_turned(order) == 0:
            break
    if best is None:
        raise UnreadableError
    tree, order = best
    for place in reversed(range(len(order))):
        if order[place] in bound:
            tree = ArrayCall("sum", (tree,), (("axis", number(place)),) if len(order) > 1 else ())
            order = (*order[:place], *order[place + 1 :])
    if len(order) == 2 and order == kept[::-1]:
        tree, order = transposed(tree), kept
    return Written(entry_product([*scalars, tree]), order)


def merged(bound: tuple[Axis, ...], items: list[Factor], fresh: Fresh) -> tuple[tuple[Axis, ...], list[Factor]]:
    """Return a sum over two axes that always stand together as one over a single axis: arrays of three axes become matrices."""
    for a, b in permutations(bound, 2):
        having = [item for item in items if a in item.axes or b in item.axes]
        if not any(len(item.axes) > 2 for item in having) or not all(a in item.axes and b in item.axes for item in having):
            continue
        if not isinstance(a.size, int) or not isinstance(b.size, int):
            continue
        joint = fresh.axis(a.size * b.size)
        made = [_merged(item, a, b, joint) if item in having else item for item in items]
        try:
            for item in made:
                item.along(item.axes)
        except UnreadableError:
            continue
        return merged((*(axis for axis in bound if axis not in (a, b)), joint), made, fresh)
    return bound, items


def _merged(item: Factor, a: Axis, b: Axis, joint: Axis) -> Factor:
    """Return a factor over one axis in place of two."""
    axes = tuple(joint if axis == a else axis for axis in item.axes if axis != b)

    def along(order: Axes) -> Expr:
        whole = tuple(part for axis in order for part in ((a, b) if axis == joint else (axis,)))
        try:
            tree = item.along(whole)
        except UnreadableError:
            if len(order) != 2 or order == axes:
                raise
            return transposed(along(order[::-1]))
        if len(order) == 1:
            return ArrayCall("flatten", (tree,))
        return ArrayCall("reshape", (tree, *(number(int(axis.size) if axis is not None else 1) for axis in order)))

    return Factor(axes, along, item.place)
