"""A product of vectors and matrices that is summed over some indices → products by rows and columns, one index after another.

Σ_j A_ij B_jk is A @ B, Σ_j A_ij x_j is A @ x, Σ_i x_i y_i dot(x, y). How a factor is written along its axes is only asked once
its place is known, so that a transpose stands at a factor.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

from derivgen.frozen import dataclass
from derivgen.maths.tree import ONE, ArrayCall, Axis, Expr, MatMul, Product, Transpose, Words, children, number

Axes = tuple[Axis | None, ...]
"""What the dimensions of a written array stand for: an index, or None for a length of 1."""


class UnreadableError(Exception):
    """There is no form in matrices."""


@dataclass(frozen=True)
class Written:
    """An expression in matrices, and its axes."""

    tree: Expr
    axes: Axes


@dataclass(frozen=True)
class Factor:
    """A factor of a contraction: the axes it depends on, and how it is written along them in any order; `parts` are its own."""

    axes: tuple[Axis, ...]
    along: Callable[[Axes], Expr]
    place: int
    parts: tuple[Factor, ...] = ()


class Contraction:
    """Sums over axes, one after another, of a product of factors: each time two factors become one by rows and columns."""

    def __init__(self, spread: Callable[[Written, Axes], Expr], bound: tuple[Axis, ...], items: list[Factor]):
        self.spread, self.open, self.items = spread, list(bound), items
        self.scalars: list[tuple[int, Expr]] = []

    def eliminated(self) -> tuple[list[Factor], list[tuple[int, Expr]]]:
        """Return the factors that are left, and those that became numbers."""
        while self.open:
            self._merge()
            axis = min(self.open, key=self._order)
            if self._order(axis) > 5:
                raise UnreadableError
            self._eliminate(axis)
        return self.items, self.scalars

    def _having(self, axis: Axis) -> list[Factor]:
        return [item for item in self.items if axis in item.axes]

    def _order(self, axis: Axis) -> int:
        """Return how simple it is to sum over an axis: a vector, then a matrix with a vector, two matrices, …"""
        having = self._having(axis)
        matrices = [item for item in having if len(item.axes) == 2]
        if any(len(item.axes) > 2 for item in having) or len(matrices) > 2:
            return 9 if not self._is_whole(having) else 0
        if not matrices:
            return 0
        if len(matrices) == 1:
            return 1 if len(having) == 2 else 3 if any(a in self.open and a != axis for a in matrices[0].axes) else 2
        return 4 if len(having) == 2 else 5

    def _is_whole(self, having: list[Factor]) -> bool:
        return len(having) == 1 and all(axis in self.open for axis in having[0].axes)

    def _merge(self) -> None:
        """Multiply factors that depend on the same axes, of which one is summed over, entry by entry."""
        merged: dict[frozenset[Axis], list[Factor]] = {}
        for item in self.items:
            merged.setdefault(frozenset(item.axes), []).append(item)
        self.items = (
            [group[0] if len(group) == 1 or not axes & set(self.open) else _joined(group) for axes, group in merged.items()]
            if any(len(group) > 1 and axes & set(self.open) for axes, group in merged.items())
            else self.items
        )

    def _eliminate(self, axis: Axis) -> None:
        having = self._having(axis)
        matrices = [item for item in having if len(item.axes) > 1]
        vectors = [item for item in having if len(item.axes) == 1]
        place = min(item.place for item in having)
        if not matrices:
            self._sum_of_vector(axis, vectors[0], place)
        elif len(matrices) == 1 and not vectors:
            self._sum_of_matrix(axis, matrices[0], place)
        elif len(matrices) == 1:
            self._put(having, self._by_vector(axis, matrices[0], vectors[0], place))
            self.open.remove(axis)
        else:
            self._put(having, self._by_matrix(axis, matrices, vectors, place))
            self.open.remove(axis)

    def _put(self, old: list[Factor], new: Factor) -> None:
        self.items = [item for item in self.items if item not in old] + [new]

    def _sum_of_vector(self, axis: Axis, item: Factor, place: int) -> None:
        parts = item.parts or (item,)
        if len(parts) > 1:
            first, *rest = (part.along((axis,)) for part in parts)
            tree: Expr = ArrayCall("dot", (first, entry_product(rest)))
        else:
            tree = ArrayCall("sum", (item.along((axis,)),))
        self.items = [other for other in self.items if other is not item]
        self.scalars.append((place, tree))
        self.open.remove(axis)

    def _sum_of_matrix(self, axis: Axis, item: Factor, place: int) -> None:
        if self._is_whole([item]) and all(len(self._having(each)) == 1 for each in item.axes):
            orders = list(permutations(item.axes))
            tree = min((item.along(order) for order in orders), key=turns)
            self.items = [other for other in self.items if other is not item]
            self.scalars.append((place, ArrayCall("sum", (tree,))))
            self.open = [each for each in self.open if each not in item.axes]
            return
        if len(item.axes) != 2:
            raise UnreadableError
        (kept,) = [each for each in item.axes if each != axis]

        def along(order: Axes) -> Expr:
            if order in ((kept, None), (None, kept)):
                full: Axes = tuple(axis if each is None else each for each in order)
                options = (("axis", number(order.index(None))), ("keepdims", Words("true")))
                return ArrayCall("sum", (item.along(full),), options)
            found = min(((item.along(o), o) for o in ((axis, kept), (kept, axis))), key=lambda each: turns(each[0]))
            tree = ArrayCall("sum", (found[0],), (("axis", number(found[1].index(axis))),))
            return self.spread(Written(tree, (kept,)), order)

        self._put([item], Factor((kept,), along, place))
        self.open.remove(axis)

    def _by_vector(self, axis: Axis, matrix: Factor, vector: Factor, place: int) -> Factor:
        if len(matrix.axes) != 2:
            raise UnreadableError
        (kept,) = [each for each in matrix.axes if each != axis]

        def along(order: Axes) -> Expr:
            tree = MatMul((matrix.along((kept, axis)), vector.along((axis,))))
            return self.spread(Written(tree, (kept,)), order)

        return Factor((kept,), along, place)

    def _by_matrix(self, axis: Axis, matrices: list[Factor], vectors: list[Factor], place: int) -> Factor:
        a, b = matrices
        (first,) = [each for each in a.axes if each != axis]
        (second,) = [each for each in b.axes if each != axis]

        def along(order: Axes) -> Expr:
            left, right, ends = (a, b, (first, second)) if order == (first, second) else (b, a, (second, first))
            scaled = left.along((ends[0], axis))
            if vectors:
                scaled = entry_times(scaled, vectors[0].along((axis,)))
            tree = MatMul((scaled, right.along((axis, ends[1]))))
            return self.spread(Written(tree, ends), order)

        return Factor((first, second), along, place)


def _joined(group: list[Factor]) -> Factor:
    """Return the entrywise product of factors of the same axes."""
    parts = tuple(part for item in group for part in (item.parts or (item,)))
    return Factor(group[0].axes, lambda order: entry_product([part.along(order) for part in parts]), group[0].place, parts)


def turns(tree: Expr) -> int:
    """Return how many transposes and reshapes are written in it."""
    own = isinstance(tree, Transpose) or (isinstance(tree, ArrayCall) and tree.function == "reshape")
    return own + sum(map(turns, children(tree)))


def entry_product(parts: list[Expr]) -> Expr:
    """Return the product entry by entry, without ones."""
    kept = [part for part in parts if part != ONE]
    flat = [each for part in kept for each in (part.factors if isinstance(part, Product) else (part,))]
    return flat[0] if len(flat) == 1 else Product(tuple(flat)) if flat else ONE


def entry_times(*parts: Expr) -> Expr:
    """Return the product entry by entry of what is given."""
    return entry_product(list(parts))
