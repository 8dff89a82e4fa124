"""Arrays entry by entry: free indices, renaming, sums over indices with Σ_i δ_ij f(i) = f(j).

An expression in index form is the scalar tree over elements `T_ij`; its free axes are those of the array it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import NamedTuple

from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Axis,
    Block,
    Call,
    Contract,
    Delta,
    Element,
    Expr,
    Index,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Size,
    Sum,
    Sym,
    children,
    rebuild,
)

Shape = tuple[Size, ...]
SAMPLE = 0
"""The number of the axis that the samples run along; all other axes have larger ones."""


class Rearrangement(NamedTuple):
    """Where each entry of an array comes from that only moves entries: a place in the source, row by row, or -1 for 0.

    `source` and `shape` are the shapes before and after. `written` is the call that says so in the language, without its first
    argument, `back` the one that leads back; empty where there is none.
    """

    places: tuple[int, ...]
    source: tuple[int, ...]
    shape: tuple[int, ...]
    written: tuple[object, ...] = ()
    back: tuple[object, ...] = ()


class Fresh:
    """Gives out axes that no expression has yet, each by the next number."""

    def __init__(self, first: int = 1):
        self.number = first

    def axis(self, size: Size) -> Axis:
        """Return a new axis of this size."""
        self.number += 1
        return Axis(self.number, size)

    def axes(self, shape: Iterable[Size]) -> tuple[Axis, ...]:
        """Return new axes, one for each size."""
        return tuple(self.axis(size) for size in shape)


def free(expr: Expr) -> dict[Axis, None]:
    """Return the axes an expression runs over that no sum in it binds, in the order in which they are first met."""
    if isinstance(expr, Element):
        return dict.fromkeys(i for i in expr.indices if isinstance(i, Axis))
    if isinstance(expr, Delta):
        return dict.fromkeys(i for i in (expr.i, expr.j) if isinstance(i, Axis))
    found: dict[Axis, None] = {}
    for part in children(expr):
        found |= free(part)
    if isinstance(expr, Contract):
        return {axis: None for axis in found if axis not in expr.axes}
    if isinstance(expr, Block):
        outside = {axis: None for axis in found if axis not in expr.formals}
        return outside | dict.fromkeys(i for i in expr.indices if isinstance(i, Axis))
    return found


def reindex(expr: Expr, to: Mapping[Axis, Index], fresh: Fresh) -> Expr:
    """Return the expression with other indices in place of free ones; bound axes get out of their way."""
    if not to:
        return expr

    def at(index: Index) -> Index:
        return to.get(index, index) if isinstance(index, Axis) else index

    if isinstance(expr, Element):
        return Element(expr.name, tuple(map(at, expr.indices)), at=expr.at)
    if isinstance(expr, Delta):
        return delta(at(expr.i), at(expr.j))
    if isinstance(expr, Contract):
        axes, body = _bound(expr.axes, expr.body, to, fresh)
        return Contract(axes, body, at=expr.at)
    if isinstance(expr, Block):
        formals, body = _bound(expr.formals, expr.body, to, fresh)
        return Block(expr.function, formals, body, tuple(map(at, expr.indices)), expr.settings, at=expr.at)
    return rebuild(expr, lambda part: reindex(part, to, fresh))


def _bound(axes: tuple[Axis, ...], body: Expr, to: Mapping[Axis, Index], fresh: Fresh) -> tuple[tuple[Axis, ...], Expr]:
    inner = {axis: index for axis, index in to.items() if axis not in axes}
    clash = {axis: fresh.axis(axis.size) for axis in axes if axis in inner.values()}
    renamed = reindex(body, clash, fresh)
    return tuple(clash.get(axis, axis) for axis in axes), reindex(renamed, inner, fresh)


def delta(i: Index, j: Index) -> Expr:
    """Return δ_ij; of two places, or one index twice, the number it is."""
    if i == j or any(isinstance(each, Axis) and each.size == 1 for each in (i, j)):
        return ONE
    if isinstance(i, int) and isinstance(j, int):
        return ZERO
    return Delta(i, j)


def size_number(size: Size) -> Expr:
    """Return a size as a factor: the number, or its name."""
    return Num(Fraction(size)) if isinstance(size, int) else Sym(size)


def sized(axes: Iterable[Axis]) -> Expr:
    """Return how many places all these axes have together."""
    sizes = [axis.size for axis in axes]
    number = Num(Fraction(prod(size for size in sizes if isinstance(size, int))))
    names = tuple(Sym(size) for size in sizes if isinstance(size, str))
    return number if not names else Product(names) if number == ONE else Product((number, *names))


def total(axes: Iterable[Axis], expr: Expr, fresh: Fresh) -> Expr:
    """Return Σ over the axes: deltas taken out, and what does not depend on an index before its sum.

    A sum of several terms stays together under its Σ, unless one of them has a delta.
    """
    axes = tuple(dict.fromkeys(axes))
    ones = {axis: 0 for axis in axes if axis.size == 1}
    axes = tuple(axis for axis in axes if axis.size != 1)
    expr = cancelled(reindex(expr, ones, fresh), fresh)
    if not axes or expr == ZERO:
        return expr
    if isinstance(expr, Neg):
        return tidy(Neg(total(axes, expr.arg, fresh)))
    if isinstance(expr, Sum) and any(_has_delta(term) for term in expr.terms):
        return tidy(Sum(tuple(total(axes, term, fresh) for term in expr.terms)))
    if isinstance(expr, Quotient) and not any(axis in free(expr.under) for axis in axes):
        return tidy(Quotient(total(axes, expr.over, fresh), expr.under))
    factors = list(_factors(expr))
    for place, factor in enumerate(factors):
        if isinstance(factor, Sum) and any(_has_delta(term) for term in factor.terms):
            parts = (times(*factors[:place], term, *factors[place + 1 :]) for term in factor.terms)
            return tidy(Sum(tuple(total(axes, part, fresh) for part in parts)))
        if isinstance(factor, Delta):
            bound = next((i for i in (factor.i, factor.j) if isinstance(i, Axis) and i in axes), None)
            if bound is not None:
                other = factor.j if factor.i == bound else factor.i
                rest = reindex(times(*factors[:place], *factors[place + 1 :]), {bound: other}, fresh)
                return total((axis for axis in axes if axis != bound), rest, fresh)
    return cancelled(_sum_of(axes, factors, fresh), fresh)


def canonical(expr: Expr) -> Expr:
    """Return the expression with its bound axes numbered in the order in which they are met: equal ones are equal trees."""
    return _numbered(expr, Fresh(10**12))


def _numbered(expr: Expr, fresh: Fresh) -> Expr:
    if isinstance(expr, Contract | Block):
        own = expr.axes if isinstance(expr, Contract) else expr.formals
        to = {axis: fresh.axis(axis.size) for axis in own}
        body = _numbered(reindex(expr.body, to, fresh), fresh)
        if isinstance(expr, Contract):
            return Contract(tuple(to.values()), body)
        return Block(expr.function, tuple(to.values()), body, expr.indices, expr.settings)
    return rebuild(expr, lambda part: _numbered(part, fresh))


def cancelled(expr: Expr, fresh: Fresh) -> Expr:
    """Return a tidy product without what stands above and below its bar; the square of a root is what is below the root."""
    expr = tidy(_unrooted(expr))
    if isinstance(expr, Neg):
        return tidy(Neg(cancelled(expr.arg, fresh)))
    over: list[Expr] = []
    under: list[Expr] = []
    for factor in _factors(expr):
        if isinstance(factor, Quotient):
            over.extend(_factors(factor.over))
            under.extend(_factors(factor.under))
        else:
            over.append(factor)
    if not under:
        return expr
    lower = [canonical(factor) for factor in under]
    left = []
    for factor in over:
        same = canonical(factor)
        if same in lower and not isinstance(factor, Num):
            place = lower.index(same)
            del lower[place], under[place]
        else:
            left.append(factor)
    if len(left) == len(over):
        return expr
    return tidy(Quotient(times(*left), times(*under)) if under else times(*left))


def _unrooted(expr: Expr) -> Expr:
    if (
        isinstance(expr, Power)
        and isinstance(expr.base, Call)
        and expr.base.function == "sqrt"
        and expr.exponent == Num(Fraction(2))
    ):
        return expr.base.args[0]
    return rebuild(expr, _unrooted) if isinstance(expr, Neg | Product | Quotient) else expr


def _sum_of(axes: tuple[Axis, ...], factors: list[Expr], fresh: Fresh) -> Expr:
    """Σ over a product without deltas of these axes."""
    depends = [free(factor) for factor in factors]
    used = tuple(axis for axis in axes if any(axis in each for each in depends))
    idle = sized(axis for axis in axes if axis not in used)
    inside = [f for f, each in zip(factors, depends, strict=True) if any(axis in each for axis in used)]
    if not inside:
        return times(idle, *factors)
    merged_axes = used
    merged: list[Expr] = []
    for factor in inside:
        if isinstance(factor, Contract):
            new = {axis: fresh.axis(axis.size) for axis in factor.axes}
            merged_axes += tuple(new.values())
            merged.extend(_factors(reindex(factor.body, new, fresh)))
        else:
            merged.append(factor)
    shared = Contract(merged_axes, times(*merged))
    result, done = [], False
    for factor, each in zip(factors, depends, strict=True):
        if not any(axis in each for axis in used):
            result.append(factor)
        elif not done:
            result.append(shared)
            done = True
    return times(idle, *result)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Product) else (expr,)


def _has_delta(term: Expr) -> bool:
    inner = term.arg if isinstance(term, Neg) else term
    return any(isinstance(factor, Delta) for factor in _factors(inner))


def times(*factors: Expr) -> Expr:
    """Return the product, 0 if one of them is 0; products among the factors are opened."""
    flat = [part for factor in factors for part in _factors(factor) if part != ONE]
    if ZERO in flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Product(tuple(flat)) if flat else ONE


def elements(expr: Expr) -> Iterator[Element]:
    """Yield every element in an expression, from left to right."""
    if isinstance(expr, Element):
        yield expr
    for part in children(expr):
        yield from elements(part)
