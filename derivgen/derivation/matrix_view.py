"""Index form → matrices as one writes them, by reading its contractions: Σ_j A_ij B_jk is A @ B, a_i b_j outer(a, b).

What is read is the written tree in the spec's own language, so that the grammar reads it again and it is checked entry by entry.
Where there is no such form, None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeGuard

from derivgen.derivation.block_view import block, norm, whole_concat
from derivgen.derivation.broadcast import batched, broadcast, merged
from derivgen.derivation.contractions import (
    Axes,
    Contraction,
    Factor,
    UnreadableError,
    Written,
    entry_product,
    entry_times,
    turns,
)
from derivgen.derivation.matrix_forms import as_mean, entry, in_book_form, picked, transposed
from derivgen.derivation.window_view import convolution, with_windows
from derivgen.frozen import replace
from derivgen.maths.index_form import Fresh, free, sized, times
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
    children,
    number,
    rebuild,
)


def matrix_view(expr: Expr, axes: tuple[Axis, ...], shapes: Mapping[str, tuple[Size, ...]]) -> Expr | None:
    """Return an expression of these axes as matrices, of exactly this shape; None where it has no such form.

    `shapes` are those of the names in it, a sample's axis first.
    """
    want: Axes = tuple(None if axis.size == 1 and axis not in free(expr) else axis for axis in axes)
    try:
        reader = _Reader(shapes)
        tree = reader.exact(expr, want)
        number_alone = tidy(tree)
        return (
            reader.spread(Written(number_alone, ()), want)
            if isinstance(number_alone, Num) and want
            else in_book_form(tree, shapes)
        )
    except UnreadableError:
        return None


def _size(axis: Axis | None) -> Expr:
    if axis is None:
        return ONE
    if not isinstance(axis.size, int):
        raise UnreadableError
    return number(axis.size)


class _Reader:
    def __init__(self, shapes: Mapping[str, tuple[Size, ...]]):
        self.shapes = shapes
        self.fresh = Fresh(10**9)

    def exact(self, expr: Expr, want: Axes) -> Expr:
        """Return an expression written as an array of exactly these axes."""
        own = tuple(axis for axis in want if axis in free(expr))
        if len(want) == 2 and None not in want and len(own) == 1:
            return self.spread(self.read(expr, own), want)
        return self.spread(self.read(expr, want), want)

    def spread(self, found: Written, want: Axes) -> Expr:
        """Return what is written, stretched to exactly these axes."""
        if found.axes == want:
            return found.tree
        if all(axis is None for axis in (*found.axes, *want)) and found.axes:
            return ArrayCall("sum", (found.tree,)) if not want else self._reshaped(found.tree, want)
        own = tuple(axis for axis in found.axes if axis is not None)
        if len(own) == 2 and own == found.axes and own[::-1] == tuple(axis for axis in want if axis in own):
            return self.spread(Written(transposed(found.tree), own[::-1]), want)
        missing = [axis for axis in want if axis not in found.axes]
        if not found.axes:
            ones = ArrayCall("ones", tuple(map(_size, want)))
            if found.tree == ZERO:
                return ArrayCall("zeros", ones.args)
            return ones if found.tree == ONE else entry_times(found.tree, ones)
        if not missing or all(axis is None for axis in missing):
            kept = tuple(axis for axis in found.axes if axis is not None)
            if kept == tuple(axis for axis in want if axis is not None):
                return self._reshaped(found.tree, want)
        if len(want) == 2 and None not in want and len(found.axes) == 1:
            ones = ArrayCall("ones", (_size(want[0] if found.axes[0] == want[1] else want[1]),))
            return ArrayCall("outer", (ones, found.tree) if found.axes[0] == want[1] else (found.tree, ones))
        tail = want[len(want) - len(found.axes) :]
        if len(found.axes) > len(want) or any(a is not None and a != b for a, b in zip(found.axes, tail, strict=True)):
            raise UnreadableError
        return entry_times(found.tree, ArrayCall("ones", tuple(map(_size, want))))

    @staticmethod
    def _reshaped(tree: Expr, want: Axes) -> Expr:
        if len(want) == 1:
            return ArrayCall("flatten", (tree,))
        if not want:
            return ArrayCall("sum", (tree,))
        return ArrayCall("reshape", (tree, *map(_size, want)))

    def read(self, expr: Expr, want: Axes) -> Written:
        """Return an expression written so that it goes together with arrays of the wanted axes, entry by entry."""
        rule = _READ.get(type(expr))
        if rule is None:
            raise UnreadableError
        found = rule(self, expr, want)
        return self._aligned(found, want)

    def _aligned(self, found: Written, want: Axes) -> Written:
        """Return the same so that its axes stand where the wanted ones do, counted from the right."""
        axes = found.axes
        if len(axes) > len(want):
            kept: Axes = tuple(axis for axis in want if axis in axes)
            if kept != tuple(axis for axis in axes if axis is not None):
                raise UnreadableError
            return self._aligned(Written(self._reshaped(found.tree, kept), kept), want)
        tail = want[len(want) - len(axes) :] if axes else ()
        if len(axes) <= len(want) and all(a == b or a is None for a, b in zip(axes, tail, strict=True)):
            return found
        own = [axis for axis in axes if axis is not None]
        if len(axes) == 2 and None not in axes and axes[::-1] == tail:
            return Written(transposed(found.tree), tail)
        if any(axis not in want for axis in own):
            raise UnreadableError
        target: Axes = tuple(axis if axis in own else None for axis in want)
        while target and target[0] is None:
            target = target[1:]
        left = [axis for axis in target if axis is not None]
        if left == own:
            return Written(self._reshaped(found.tree, target), target)
        if len(axes) == 2 and left == own[::-1]:
            return Written(self._reshaped(transposed(found.tree), target), target)
        raise UnreadableError

    def element(self, expr: Element, want: Axes) -> Written:
        """Return a named array, a row, a column or an entry of it."""
        shape, fixed = self.shapes[expr.name], [i for i in expr.indices if isinstance(i, int)]
        axes: Axes = tuple(i if isinstance(i, Axis) else None for i in expr.indices)
        if not fixed or all(isinstance(i, Axis) or n == 1 for i, n in zip(expr.indices, shape, strict=True)):
            if len(expr.indices) == len(fixed) and len(fixed) in {1, 2}:
                return Written(self._entry(expr.name, tuple(fixed)), ())
            named = [axis for axis in axes if axis is not None]
            if len(set(named)) < len(named):
                (i,) = set(named)
                if len(axes) != 2:
                    raise UnreadableError
                return Written(
                    ArrayCall("sum", (entry_times(Sym(expr.name), ArrayCall("eye", (_size(i),))),), (("axis", number(1)),)), (i,)
                )
            return Written(Sym(expr.name), axes)
        if len(fixed) == len(expr.indices) and len(fixed) < 3:
            return Written(self._entry(expr.name, tuple(fixed)), ())
        return picked(Sym(expr.name), expr.indices, shape)

    def _entry(self, name: str, places: tuple[int, ...]) -> Expr:
        """Return an entry by its name on the board; where that is the name of a quantity of its own, by the row it stands in."""
        named = entry(name, places)
        if named.name not in self.shapes:
            return named
        sizes = self.shapes[name]
        row = Sym(name) if len(places) == 1 else ArrayCall("row", (Sym(name), number(places[0] + 1)))
        unit = ArrayCall("row", (ArrayCall("eye", (number(int(sizes[-1])),)), number(places[-1] + 1)))
        return ArrayCall("dot", (row, unit))

    def entrywise(self, expr: Expr, want: Axes) -> Written:
        """Return what works entry by entry over its parts."""
        whole = whole_concat(self, expr) if isinstance(expr, Sum) else norm(self, expr)
        if whole is not None:
            return whole
        if _is_mean(expr):
            summed = self.read(expr.over, want)
            if isinstance(summed.tree, ArrayCall) and summed.tree.function == "sum":
                return replace(summed, tree=replace(summed.tree, function="mean"))
        parts = [self.read(part, want) for part in children(expr)]
        each = iter(part.tree for part in parts)
        rank = max(len(part.axes) for part in parts)
        joint = []
        for place in range(rank, 0, -1):
            at = [part.axes[-place] for part in parts if place <= len(part.axes)]
            joint.append(next((axis for axis in at if axis is not None), None))
        return Written(rebuild(expr, lambda _: next(each)), tuple(joint))

    def delta(self, expr: Delta, want: Axes) -> Written:
        """Return an identity matrix, or a row of one."""
        axes = [i for i in (expr.i, expr.j) if isinstance(i, Axis)]
        if len(axes) == 2:
            return Written(ArrayCall("eye", (_size(axes[0]),)), tuple(axes))
        place = expr.i if isinstance(expr.i, int) else expr.j
        assert isinstance(place, int)
        return Written(ArrayCall("row", (ArrayCall("eye", (_size(axes[0]),)), number(place + 1))), tuple(axes))

    # Contractions

    def contraction(self, expr: Expr, want: Axes) -> Written:
        """Return a product of factors, summed over some axes."""
        bound, body = (expr.axes, expr.body) if isinstance(expr, Contract) else ((), expr)
        if isinstance(body, Neg) and bound:
            return self._negated(self.contraction(Contract(bound, body.arg), want))
        bound, factors = with_windows(bound, body.factors if isinstance(body, Product) else (body,))
        convolved = convolution(self, bound, factors)
        if convolved is not None:
            return convolved
        fractions = [f for f in factors if isinstance(f, Quotient) and not free(f.under) and not _is_mean(f)]
        if fractions and (len(factors) > 1 or bound):
            overs = tuple(f.over if isinstance(f, Quotient) and f in fractions else f for f in factors)
            found = self.contraction(Contract(bound, times(*overs)) if bound else times(*overs), want)
            return Written(
                Quotient(
                    found.tree, entry_product([self.read(under, ()).tree for under in (fraction.under for fraction in fractions)])
                ),
                found.axes,
            )
        scalars: list[tuple[int, Expr]] = []
        items: list[Factor] = []
        for place, factor in enumerate(factors):
            axes = tuple(free(factor))
            if axes:
                items.append(self._item(factor, axes, place))
            else:
                scalars.append((place, self.read(factor, ()).tree))
        try:
            open_, joint = merged(bound, items, self.fresh)
            left, more = Contraction(self.spread, open_, joint).eliminated()
            found = self._combined([tree for _, tree in sorted(scalars + more, key=lambda each: each[0])], left, want)
        except UnreadableError:
            found = self._by_entries(bound, factors, want)
        sums = [factor for factor in factors if isinstance(factor, Contract)]
        alone = len(sums) == 1 and all(isinstance(factor, Num | Contract) for factor in factors)
        return Written(as_mean(found.tree, sums[0].axes), found.axes) if alone else found

    def _by_entries(self, bound: tuple[Axis, ...], factors: tuple[Expr, ...], want: Axes) -> Written:
        """Return a product that is none by rows and columns alone."""
        try:
            return batched(self, bound, factors, want)
        except UnreadableError:
            return broadcast(self, bound, factors, want)

    @staticmethod
    def _negated(found: Written) -> Written:
        return Written(Neg(found.tree), found.axes)

    def _item(self, factor: Expr, axes: tuple[Axis, ...], place: int) -> Factor:
        return Factor(axes, lambda order: self.exact(factor, order), place)

    def _combined(self, scalars: list[Expr], items: list[Factor], want: Axes) -> Written:
        """Return what is left once nothing is to be summed: scalars, then factors entry by entry, or an outer product."""
        open_axes = tuple(axis for axis in want if axis is not None and any(axis in item.axes for item in items))
        if not items:
            return Written(entry_product(scalars), ())
        full = [item for item in items if len(item.axes) == len(open_axes)]
        column: Axes = tuple(axis if axis in open_axes else None for axis in want)
        while column[0] is None:
            column = column[1:]
        if column != open_axes and full:
            flat = Written(entry_product([*scalars, *(item.along(open_axes) for item in items)]), open_axes)
            tall = Written(entry_product([*scalars, *(item.along(column) for item in items)]), column)
            return tall if turns(tall.tree) <= turns(flat.tree) + 1 else flat  # a flat one would still be reshaped
        if not full and len(open_axes) == 2 and all(len(item.axes) == 1 for item in items):
            sides = [[item for item in items if item.axes == (axis,)] for axis in open_axes]
            vectors = tuple(
                entry_product([item.along((axis,)) for item in side]) for side, axis in zip(sides, open_axes, strict=True)
            )
            return Written(entry_product([*scalars, ArrayCall("outer", vectors)]), open_axes)
        if not full:
            raise UnreadableError
        parts = []
        for item in sorted(items, key=lambda each: each.place):
            if len(item.axes) == len(open_axes):
                parts.append(item.along(open_axes))
            else:
                target: Axes = tuple(axis if axis in item.axes else None for axis in open_axes)
                while target[0] is None:
                    target = target[1:]
                parts.append(item.along(target))
        return Written(entry_product([*scalars, *parts]), open_axes)


def _is_mean(expr: Expr) -> TypeGuard[Quotient]:
    return isinstance(expr, Quotient) and isinstance(expr.over, Contract) and expr.under == sized(expr.over.axes)


_ENTRYWISE = (Neg, Sum, Quotient, Power, Call, Prime, Cases, Compare)
_READ: Mapping[type[Expr], Callable[..., Written]] = {
    Num: lambda reader, e, want: Written(e, ()),
    Pi: lambda reader, e, want: Written(e, ()),
    Sym: lambda reader, e, want: Written(e, ()),
    Element: _Reader.element,
    Delta: _Reader.delta,
    Block: block,
    Contract: _Reader.contraction,
    Product: _Reader.contraction,
    **dict.fromkeys(_ENTRYWISE, _Reader.entrywise),
}
