"""Index form → matrices as one writes them, by reading its contractions: Σ_j A_ij B_jk is A @ B, a_i b_j outer(a, b).

What is read is the written tree in the spec's own language, so that the grammar reads it again and it is checked entry by entry.
Where there is no such form, None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations

from derivgen.maths.index_form import Fresh, free, reindex, times
from derivgen.maths.tidy import tidy
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
    Expr,
    MatMul,
    Neg,
    Num,
    Pi,
    Power,
    Prime,
    Product,
    Quotient,
    Size,
    Sum,
    Sym,
    Transpose,
    Words,
    children,
    number,
    rebuild,
)

Axes = tuple[Axis | None, ...]
"""What the dimensions of a written array stand for: an index, or None for a length of 1."""


class _UnreadableError(Exception):
    """There is no form in matrices."""


@dataclass(frozen=True)
class _Written:
    """An expression in matrices, and its axes."""

    tree: Expr
    axes: Axes


@dataclass(frozen=True)
class _Item:
    """A factor of a contraction: the axes it depends on, and how it is written along them in any order; `parts` are its own."""

    axes: tuple[Axis, ...]
    along: Callable[[Axes], Expr]
    place: int
    parts: tuple[_Item, ...] = ()


def matrix_view(expr: Expr, axes: tuple[Axis, ...], shapes: Mapping[str, tuple[Size, ...]]) -> Expr | None:
    """Return an expression of these axes as matrices, of exactly this shape; None where it has no such form.

    `shapes` are those of the names in it, a sample's axis first.
    """
    want: Axes = tuple(None if axis.size == 1 and axis not in free(expr) else axis for axis in axes)
    try:
        return _tidied(_Reader(shapes).exact(expr, want))
    except _UnreadableError:
        return None


def _size(axis: Axis | None) -> Expr:
    if axis is None:
        return ONE
    if not isinstance(axis.size, int):
        raise _UnreadableError
    return number(axis.size)


def transposed(tree: Expr) -> Expr:
    """Return the transpose of a matrix, taken to its factors."""
    if isinstance(tree, Transpose):
        return tree.arg
    if isinstance(tree, MatMul) and all(_is_matrix(factor) for factor in tree.factors):
        return MatMul(tuple(transposed(factor) for factor in reversed(tree.factors)))
    if isinstance(tree, Neg):
        return Neg(transposed(tree.arg))
    if isinstance(tree, ArrayCall) and tree.function == "outer":
        return ArrayCall("outer", tree.args[::-1])
    if isinstance(tree, ArrayCall) and tree.function == "eye":
        return tree
    return Transpose(tree)


def _is_matrix(tree: Expr) -> bool:
    return isinstance(tree, (Sym, Transpose, MatMul)) or (
        isinstance(tree, ArrayCall) and tree.function in {"outer", "inv", "eye"}
    )


class _Reader:
    def __init__(self, shapes: Mapping[str, tuple[Size, ...]]):
        self.shapes = shapes
        self.fresh = Fresh(10**9)

    def exact(self, expr: Expr, want: Axes) -> Expr:
        """Return an expression written as an array of exactly these axes."""
        own = tuple(axis for axis in want if axis in free(expr))
        if len(want) == 2 and None not in want and len(own) == 1:
            return self._spread(self.read(expr, own), want)
        return self._spread(self.read(expr, want), want)

    def _spread(self, found: _Written, want: Axes) -> Expr:
        if found.axes == want:
            return found.tree
        if all(axis is None for axis in (*found.axes, *want)) and found.axes:
            return ArrayCall("sum", (found.tree,)) if not want else self._reshaped(found.tree, want)
        missing = [axis for axis in want if axis not in found.axes]
        if None not in missing and not found.axes:
            ones = ArrayCall("ones", tuple(map(_size, want)))
            if found.tree == ZERO:
                return ArrayCall("zeros", ones.args)
            return ones if found.tree == ONE else _times(found.tree, ones)
        if not missing or all(axis is None for axis in missing):
            kept = tuple(axis for axis in found.axes if axis is not None)
            if kept == tuple(axis for axis in want if axis is not None):
                return self._reshaped(found.tree, want)
        if len(want) == 2 and None not in want and len(found.axes) == 1:
            ones = ArrayCall("ones", (_size(want[0] if found.axes[0] == want[1] else want[1]),))
            return ArrayCall("outer", (ones, found.tree) if found.axes[0] == want[1] else (found.tree, ones))
        return _times(found.tree, ArrayCall("ones", tuple(map(_size, want))))

    @staticmethod
    def _reshaped(tree: Expr, want: Axes) -> Expr:
        if len(want) == 1:
            return ArrayCall("flatten", (tree,))
        if not want:
            return ArrayCall("sum", (tree,))
        return ArrayCall("reshape", (tree, *map(_size, want)))

    def read(self, expr: Expr, want: Axes) -> _Written:
        """Return an expression written so that it goes together with arrays of the wanted axes, entry by entry."""
        rule = _READ.get(type(expr))
        if rule is None:
            raise _UnreadableError
        found = rule(self, expr, want)
        return self._aligned(found, want)

    def _aligned(self, found: _Written, want: Axes) -> _Written:
        """Return the same so that its axes stand where the wanted ones do, counted from the right."""
        axes = found.axes
        while axes and axes[0] is None and len(axes) > len(want):
            raise _UnreadableError
        tail = want[len(want) - len(axes) :] if axes else ()
        if len(axes) <= len(want) and all(a == b or a is None for a, b in zip(axes, tail, strict=True)):
            return found
        own = [axis for axis in axes if axis is not None]
        if len(axes) == 2 and None not in axes and axes[::-1] == tail:
            return _Written(transposed(found.tree), tail)
        if any(axis not in want for axis in own):
            raise _UnreadableError
        target: Axes = tuple(axis if axis in own else None for axis in want)
        while target and target[0] is None:
            target = target[1:]
        if [axis for axis in target if axis is not None] != own:
            raise _UnreadableError
        return _Written(self._reshaped(found.tree, target), target)

    def element(self, expr: Element, want: Axes) -> _Written:
        """Return a named array, a row, a column or an entry of it."""
        shape, fixed = self.shapes[expr.name], [i for i in expr.indices if isinstance(i, int)]
        axes: Axes = tuple(i if isinstance(i, Axis) else None for i in expr.indices)
        if not fixed or all(isinstance(i, Axis) or n == 1 for i, n in zip(expr.indices, shape, strict=True)):
            if len(expr.indices) == len(fixed) and fixed:
                return _Written(_entry(expr.name, tuple(fixed)), ())
            own = [axis for axis in axes if axis is not None]
            if len(set(own)) < len(own):
                (i,) = set(own)
                if len(axes) != 2:
                    raise _UnreadableError
                return _Written(
                    ArrayCall("sum", (_times(Sym(expr.name), ArrayCall("eye", (_size(i),))),), (("axis", number(1)),)), (i,)
                )
            return _Written(Sym(expr.name), axes)
        if len(fixed) == len(expr.indices):
            return _Written(_entry(expr.name, tuple(fixed)), ())
        if len(expr.indices) == 2:
            (axis,) = [i for i in expr.indices if isinstance(i, Axis)]
            which = "row" if isinstance(expr.indices[0], int) else "column"
            return _Written(ArrayCall(which, (Sym(expr.name), number(fixed[0] + 1))), (axis,))
        raise _UnreadableError

    def entrywise(self, expr: Expr, want: Axes) -> _Written:
        """Return what works entry by entry over its parts."""
        whole = self._whole_concat(expr, want) if isinstance(expr, Sum) else None
        if whole is not None:
            return whole
        parts = [self.read(part, want) for part in children(expr)]
        each = iter(part.tree for part in parts)
        rank = max(len(part.axes) for part in parts)
        joint = []
        for place in range(rank, 0, -1):
            at = [part.axes[-place] for part in parts if place <= len(part.axes)]
            joint.append(next((axis for axis in at if axis is not None), None))
        return _Written(rebuild(expr, lambda _: next(each)), tuple(joint))

    def delta(self, expr: Delta, want: Axes) -> _Written:
        """Return an identity matrix, or a row of one."""
        axes = [i for i in (expr.i, expr.j) if isinstance(i, Axis)]
        if len(axes) == 2:
            return _Written(ArrayCall("eye", (_size(axes[0]),)), tuple(axes))
        place = expr.i if isinstance(expr.i, int) else expr.j
        assert isinstance(place, int)
        return _Written(ArrayCall("row", (ArrayCall("eye", (_size(axes[0]),)), number(place + 1))), tuple(axes))

    def block(self, expr: Block, want: Axes) -> _Written:
        """Return a function of a whole array."""
        if any(isinstance(i, int) for i in expr.indices):
            raise _UnreadableError
        outer = tuple(axis for axis in free(expr.body) if axis not in expr.formals)
        if expr.function in {"softmax", "log_softmax"}:
            return self._softmax(expr, outer, want)
        if expr.function in {"max", "min", "var"}:
            return self._reduced(expr.function, expr.body, expr.formals, outer, want)
        if outer:
            raise _UnreadableError
        inner = self.exact(expr.body, expr.formals)
        if expr.function in {"inv", "det", "causal"}:
            return _Written(ArrayCall(expr.function, (inner,)), expr.indices)  # type: ignore[arg-type]
        if expr.function in {"move", "spread"}:
            return _Written(_rearranged(expr, inner), expr.indices)  # type: ignore[arg-type]
        raise _UnreadableError

    def _whole_concat(self, expr: Sum, want: Axes) -> _Written | None:
        """Return several arrays, each moved to its place among zeros, as one behind the other."""
        parts = [term for term in expr.terms if isinstance(term, Block) and term.function == "move"]
        calls = [term.settings.written for term in parts]
        if len(parts) < len(expr.terms) or any(call[:1] != ("concat",) for call in calls):
            return None
        order = sorted(parts, key=lambda term: term.settings.written[2])
        if [term.settings.written[2] for term in order] != list(range(calls[0][3])) or len({term.indices for term in parts}) > 1:
            return None
        axis = int(calls[0][1])
        inners = tuple(self.exact(term.body, term.formals) for term in order)
        options = (("axis", number(axis)),) if axis else ()
        return _Written(ArrayCall("concat", inners, options), order[0].indices)  # type: ignore[arg-type]

    def _softmax(self, expr: Block, outer: tuple[Axis, ...], want: Axes) -> _Written:
        (formal,), (index,) = expr.formals, expr.indices
        assert isinstance(index, Axis)
        body = reindex(expr.body, {formal: index}, self.fresh)
        order = tuple(axis for axis in want if axis in (index, *outer))
        if len(order) != 1 + len(outer):
            raise _UnreadableError
        last = order[-1] == index
        if not last and len(order) == 2 and self._natural(body, order[::-1]):
            inner = self.exact(body, order[::-1])
            return _Written(ArrayCall(expr.function, (inner,)), order[::-1])
        inner = self.exact(body, order)
        return _Written(ArrayCall(expr.function, (inner,), () if last else (("axis", number(order.index(index))),)), order)

    def _natural(self, body: Expr, order: Axes) -> bool:
        """Return whether an array is written along these axes without a transpose, but not the other way round."""
        try:
            return _turns(self.exact(body, order)) < _turns(self.exact(body, order[::-1]))
        except _UnreadableError:
            return False

    def _reduced(self, function: str, body: Expr, over: tuple[Axis, ...], outer: tuple[Axis, ...], want: Axes) -> _Written:
        """Return a sum, mean, … over some axes of an array."""
        if not outer:
            orders = list(permutations(over))
            inner = min(self._written(body, orders), key=_turns)
            return _Written(ArrayCall(function, (inner,)), ())
        if len(over) != 1 or len(outer) != 1:
            raise _UnreadableError
        (axis,), (kept,) = over, outer
        is_first = len(want) == 2 and kept == want[0]
        orders = [(kept, axis)] if is_first else [(axis, kept), (kept, axis)]
        possible = [(self.exact(body, o), o) for o in orders if self._can(body, o)]
        if not possible:
            raise _UnreadableError
        inner, order = min(possible, key=lambda each: _turns(each[0]))
        options: tuple[tuple[str, Expr], ...] = (("axis", number(order.index(axis))),)
        if is_first:
            return _Written(ArrayCall(function, (inner,), (*options, ("keepdims", Words("true")))), (kept, None))
        return _Written(ArrayCall(function, (inner,), options), (kept,))

    def _can(self, body: Expr, order: Axes) -> bool:
        try:
            self.exact(body, order)
        except _UnreadableError:
            return False
        return True

    def _written(self, body: Expr, orders: list[tuple[Axis, ...]]) -> list[Expr]:
        found = [self.exact(body, order) for order in orders if self._can(body, order)]
        if not found:
            raise _UnreadableError
        return found

    # Contractions

    def contraction(self, expr: Expr, want: Axes) -> _Written:
        """Return a product of factors, summed over some axes."""
        bound, body = (expr.axes, expr.body) if isinstance(expr, Contract) else ((), expr)
        if isinstance(body, Neg) and bound:
            return self._negated(self.contraction(Contract(bound, body.arg), want))
        factors = body.factors if isinstance(body, Product) else (body,)
        unders = [f.under for f in factors if isinstance(f, Quotient) and not free(f.under)]
        if unders and (len(factors) > 1 or bound):
            overs = tuple(f.over if isinstance(f, Quotient) and not free(f.under) else f for f in factors)
            found = self.contraction(Contract(bound, times(*overs)) if bound else times(*overs), want)
            return _Written(Quotient(found.tree, _product([self.read(under, ()).tree for under in unders])), found.axes)
        scalars: list[tuple[int, Expr]] = []
        items: list[_Item] = []
        for place, factor in enumerate(factors):
            axes = tuple(free(factor))
            if axes:
                items.append(self._item(factor, axes, place))
            else:
                scalars.append((place, self.read(factor, ()).tree))
        items, more = _Contraction(self, bound, items).eliminated()
        scalars += more
        return self._combined([tree for _, tree in sorted(scalars, key=lambda each: each[0])], items, want)

    @staticmethod
    def _negated(found: _Written) -> _Written:
        return _Written(Neg(found.tree), found.axes)

    def _item(self, factor: Expr, axes: tuple[Axis, ...], place: int) -> _Item:
        return _Item(axes, lambda order: self.exact(factor, order), place)

    def _combined(self, scalars: list[Expr], items: list[_Item], want: Axes) -> _Written:
        """Return what is left once nothing is to be summed: scalars, then factors entry by entry, or an outer product."""
        open_axes = tuple(axis for axis in want if axis is not None and any(axis in item.axes for item in items))
        if not items:
            return _Written(_product(scalars), ())
        full = [item for item in items if len(item.axes) == len(open_axes)]
        column: Axes = tuple(axis if axis in open_axes else None for axis in want)
        while column[0] is None:
            column = column[1:]
        if column != open_axes and full:
            flat = _Written(_product([*scalars, *(item.along(open_axes) for item in items)]), open_axes)
            tall = _Written(_product([*scalars, *(item.along(column) for item in items)]), column)
            return tall if _turns(tall.tree) <= _turns(self._reshaped(flat.tree, column)) else flat
        if not full and len(open_axes) == 2 and all(len(item.axes) == 1 for item in items):
            sides = [[item for item in items if item.axes == (axis,)] for axis in open_axes]
            vectors = tuple(_product([item.along((axis,)) for item in side]) for side, axis in zip(sides, open_axes, strict=True))
            return _Written(_product([*scalars, ArrayCall("outer", vectors)]), open_axes)
        if not full:
            raise _UnreadableError
        parts = []
        for item in sorted(items, key=lambda each: each.place):
            if len(item.axes) == len(open_axes):
                parts.append(item.along(open_axes))
            else:
                target: Axes = tuple(axis if axis in item.axes else None for axis in open_axes)
                while target[0] is None:
                    target = target[1:]
                parts.append(item.along(target))
        return _Written(_product([*scalars, *parts]), open_axes)


class _Contraction:
    """Sums over axes, one after another, of a product of factors: each time two factors become one by rows and columns."""

    def __init__(self, reader: _Reader, bound: tuple[Axis, ...], items: list[_Item]):
        self.reader, self.open, self.items = reader, list(bound), items
        self.scalars: list[tuple[int, Expr]] = []

    def eliminated(self) -> tuple[list[_Item], list[tuple[int, Expr]]]:
        """Return the factors that are left, and those that became numbers."""
        while self.open:
            self._merge()
            axis = min(self.open, key=self._order)
            if self._order(axis) > 5:
                raise _UnreadableError
            self._eliminate(axis)
        return self.items, self.scalars

    def _having(self, axis: Axis) -> list[_Item]:
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

    def _is_whole(self, having: list[_Item]) -> bool:
        return len(having) == 1 and all(axis in self.open for axis in having[0].axes)

    def _merge(self) -> None:
        """Multiply factors that depend on the same axes, of which one is summed over, entry by entry."""
        merged: dict[frozenset[Axis], list[_Item]] = {}
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

    def _put(self, old: list[_Item], new: _Item) -> None:
        self.items = [item for item in self.items if item not in old] + [new]

    def _sum_of_vector(self, axis: Axis, item: _Item, place: int) -> None:
        parts = item.parts or (item,)
        if len(parts) > 1:
            first, *rest = (part.along((axis,)) for part in parts)
            tree: Expr = ArrayCall("dot", (first, _product(rest)))
        else:
            tree = ArrayCall("sum", (item.along((axis,)),))
        self.items = [other for other in self.items if other is not item]
        self.scalars.append((place, tree))
        self.open.remove(axis)

    def _sum_of_matrix(self, axis: Axis, item: _Item, place: int) -> None:
        if self._is_whole([item]) and all(len(self._having(each)) == 1 for each in item.axes):
            orders = list(permutations(item.axes))
            tree = min((item.along(order) for order in orders), key=_turns)
            self.items = [other for other in self.items if other is not item]
            self.scalars.append((place, ArrayCall("sum", (tree,))))
            self.open = [each for each in self.open if each not in item.axes]
            return
        if len(item.axes) != 2:
            raise _UnreadableError
        (kept,) = [each for each in item.axes if each != axis]

        def along(order: Axes) -> Expr:
            if order in ((kept, None), (None, kept)):
                full: Axes = tuple(axis if each is None else each for each in order)
                options = (("axis", number(order.index(None))), ("keepdims", Words("true")))
                return ArrayCall("sum", (item.along(full),), options)
            found = min(((item.along(o), o) for o in ((axis, kept), (kept, axis))), key=lambda each: _turns(each[0]))
            tree = ArrayCall("sum", (found[0],), (("axis", number(found[1].index(axis))),))
            return self.reader._spread(_Written(tree, (kept,)), order)

        self._put([item], _Item((kept,), along, place))
        self.open.remove(axis)

    def _by_vector(self, axis: Axis, matrix: _Item, vector: _Item, place: int) -> _Item:
        if len(matrix.axes) != 2:
            raise _UnreadableError
        (kept,) = [each for each in matrix.axes if each != axis]

        def along(order: Axes) -> Expr:
            tree = MatMul((matrix.along((kept, axis)), vector.along((axis,))))
            return self.reader._spread(_Written(tree, (kept,)), order)

        return _Item((kept,), along, place)

    def _by_matrix(self, axis: Axis, matrices: list[_Item], vectors: list[_Item], place: int) -> _Item:
        a, b = matrices
        (first,) = [each for each in a.axes if each != axis]
        (second,) = [each for each in b.axes if each != axis]

        def along(order: Axes) -> Expr:
            left, right, ends = (a, b, (first, second)) if order == (first, second) else (b, a, (second, first))
            scaled = left.along((ends[0], axis))
            if vectors:
                scaled = _times(scaled, vectors[0].along((axis,)))
            tree = MatMul((scaled, right.along((axis, ends[1]))))
            return self.reader._spread(_Written(tree, ends), order)

        return _Item((first, second), along, place)


def _rearranged(expr: Block, inner: Expr) -> Expr:
    """Return the call that moves entries, or the one that moves them back."""
    table = expr.settings
    call = table.written if expr.function == "move" else table.back
    if expr.function == "spread" and table.written[:1] == ("rows",):
        picked = ArrayCall("rows", (ArrayCall("eye", (number(table.source[0]),)), *map(number, table.written[1:])))
        return MatMul((Transpose(picked), inner))
    if not call or call[0] == "concat":
        raise _UnreadableError
    if call[0] == "columns":
        return Transpose(ArrayCall("rows", (transposed(inner), *map(number, call[1:]))))
    return ArrayCall(str(call[0]), (inner, *map(number, call[1:])))


def _joined(group: list[_Item]) -> _Item:
    """Return the entrywise product of factors of the same axes."""
    parts = tuple(part for item in group for part in (item.parts or (item,)))
    return _Item(group[0].axes, lambda order: _product([part.along(order) for part in parts]), group[0].place, parts)


def _turns(tree: Expr) -> int:
    """Return how many transposes and reshapes are written in it."""
    own = isinstance(tree, Transpose) or (isinstance(tree, ArrayCall) and tree.function == "reshape")
    return own + sum(map(_turns, children(tree)))


def _product(parts: list[Expr]) -> Expr:
    kept = [part for part in parts if part != ONE]
    flat = [each for part in kept for each in (part.factors if isinstance(part, Product) else (part,))]
    return flat[0] if len(flat) == 1 else Product(tuple(flat)) if flat else ONE


def _times(*parts: Expr) -> Expr:
    return _product(list(parts))


def _entry(name: str, indices: tuple[int, ...]) -> Expr:
    """Return an entry by its name on the board."""
    numbers = [str(i + 1) for i in indices]
    if len(numbers) > 2:
        raise _UnreadableError
    return Sym(f"{name}_{('_' if any(len(n) > 1 for n in numbers) else '').join(numbers)}")


def _tidied(tree: Expr) -> Expr:
    """Collect constants, and what several products by rows share: A @ x + A.T @ x is (A + A.T) @ x."""
    tree = rebuild(tree, _tidied) if not isinstance(tree, (Cases, Compare)) else tree
    tree = tidy(tree)
    if isinstance(tree, Sum) and all(isinstance(term, MatMul) for term in tree.terms):
        lasts = [term.factors[-1] for term in tree.terms]  # type: ignore[attr-defined]
        if all(last == lasts[0] for last in lasts):
            firsts = tuple(_matmul(term.factors[:-1]) for term in tree.terms)  # type: ignore[attr-defined]
            return MatMul((Sum(firsts), lasts[0]))
    return tree


def _matmul(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else MatMul(factors)


_ENTRYWISE = (Neg, Sum, Quotient, Power, Call, Prime, Cases, Compare)
_READ: Mapping[type[Expr], Callable[..., _Written]] = {
    Num: lambda reader, e, want: _Written(e, ()),
    Pi: lambda reader, e, want: _Written(e, ()),
    Sym: lambda reader, e, want: _Written(e, ()),
    Element: _Reader.element,
    Delta: _Reader.delta,
    Block: _Reader.block,
    Contract: _Reader.contraction,
    Product: _Reader.contraction,
    **dict.fromkeys(_ENTRYWISE, _Reader.entrywise),
}
