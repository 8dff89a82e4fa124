"""Derivatives of arrays in index form: the adjoint of a definition is carried down to its elements, factor by factor.

At an element T_ij it becomes a term of the adjoint of T, summed over every other index: Σ_k g_k ∂z_k/∂T_ij with ∂T_kl/∂T_ij =
δ_ki δ_lj already worked out. An entrywise node hands on g times its scalar derivative by the rules of `maths.differentiate`.
The method is that of Laue, Mitterreiter and Giesen (NeurIPS 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import count
from typing import Any

from derivgen.frozen import dataclass
from derivgen.maths.differentiate import Rules, differentiate
from derivgen.maths.functions import FIRST, Library, bound
from derivgen.maths.index_form import Fresh, delta, free, reindex, sized, times, total
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Axis,
    Block,
    Call,
    Cases,
    Compare,
    Contract,
    Delta,
    Element,
    Expr,
    Index,
    Neg,
    Num,
    Prime,
    Quotient,
    Size,
    Sum,
    Sym,
    children,
    holds_any,
    rebuild,
)

Slope = Callable[[Expr, int], Expr]
"""The derivative of an entrywise node by its part of this number."""
OUTPUT = "#f"


@dataclass(frozen=True)
class ArrayDefinition:
    """A named array: its entry at `axes` (a sample's axis first, where it has one value per sample) is `body`."""

    name: str
    axes: tuple[Axis, ...]
    body: Expr
    written: Expr | None = None


@dataclass(frozen=True)
class Share:
    """What one definition gives to the adjoint of a name, entry by entry at `axes`."""

    consumer: str
    axes: tuple[Axis, ...]
    body: Expr


def adjoint_name(name: str) -> str:
    """Return what the adjoint of a quantity is called: `d_z`."""
    return f"d_{name}"


def textbook(library: Library, output: Element, whole: Expr | None) -> Slope:
    """Return the rules of the table; with the definition's own name where a function is all of it: 1 - h²."""

    def slope(node: Expr, place: int) -> Expr:
        own: Expr = output if node is whole else node
        return bound(slot_derivative(node, place, library), slots(node) | {OUTPUT: own})

    return slope


def slot_derivative(node: Expr, place: int, library: Library) -> Expr:
    """Return the derivative of an entrywise node by one part, its parts written as slots `#0`, `#1`, … and its value as `#f`."""
    template = slotted(node)
    rules = Rules(library, template, (Sym(OUTPUT),) if isinstance(template, Call) else ())
    return _in_cases(tidy(differentiate(template, f"#{place}", rules)), library)


def _in_cases(expr: Expr, library: Library) -> Expr:
    """Return the derivative of max or min of two in cases, which the language has a word for."""
    if not isinstance(expr, Prime) or expr.function not in EXTREMES or len(expr.args) != 2:
        return rebuild(expr, lambda part: _in_cases(part, library))
    own, other = expr.args[expr.slot], expr.args[1 - expr.slot]
    beats = ">" if expr.function == "max" else "<"
    if library[expr.function].ties == FIRST:
        return Cases(((Compare(beats if expr.slot else f"{beats}=", own, other), ONE),), ZERO)
    return Cases(((Compare(beats, own, other), ONE), (Compare("==", own, other), Num(Fraction(1, 2)))), ZERO)


def slotted(node: Expr) -> Expr:
    """Return the node over slots in place of its parts."""
    numbers = count()
    return rebuild(node, lambda part: _slotted(part, next(numbers)))


def _slotted(part: Expr, number: int) -> Expr:
    if isinstance(part, Compare):
        numbers = count()
        return rebuild(part, lambda side: side if is_constant(side) else Sym(f"#{number}.{next(numbers)}"))
    return part if is_constant(part) else Sym(f"#{number}")


def is_constant(expr: Expr) -> bool:
    """Return whether no array stands in the expression."""
    return not holds_any(expr, (Element, Contract, Block, Delta))


def slots(node: Expr) -> dict[str, Expr]:
    """Return what stands in each slot of a node."""
    found = {f"#{number}": part for number, part in enumerate(children(node))}
    for number, part in enumerate(children(node)):
        if isinstance(part, Compare):
            sides = (side for side in children(part) if not is_constant(side))
            found |= {f"#{number}.{place}": side for place, side in enumerate(sides)}
    return found


def shares(
    definition: ArrayDefinition, adjoint: Expr, slope: Slope, fresh: Fresh, wanted: Mapping[str, Any]
) -> Iterator[tuple[str, Share]]:
    """Yield what the definition's `adjoint`, an expression at its axes, gives to each element in it, of `wanted` names only."""
    pull = _Pull(definition, slope, fresh, wanted)
    yield from pull.down(definition.body, adjoint, definition.axes)


class _Pull:
    """Carries an adjoint g down a definition; `scope` are the axes that are summed over at an element."""

    def __init__(self, definition: ArrayDefinition, slope: Slope, fresh: Fresh, wanted: Mapping[str, Any]):
        self.definition, self.slope, self.fresh, self.wanted = definition, slope, fresh, wanted

    def down(self, expr: Expr, g: Expr, scope: tuple[Axis, ...]) -> Iterator[tuple[str, Share]]:
        """Yield the shares of every element in `expr`."""
        if g == ZERO or isinstance(expr, Delta):
            return
        if isinstance(expr, Element):
            if expr.name in self.wanted:
                yield expr.name, self._share(expr, g, scope)
        elif isinstance(expr, Contract):
            axes, body = self._opened(expr.axes, expr.body, scope)
            yield from self.down(body, g, (*scope, *axes))
        elif isinstance(expr, Block):
            axes, body = self._opened(expr.formals, expr.body, scope)
            block = Block(expr.function, axes, body, expr.indices, expr.settings)
            inner, left = BLOCKS[expr.function](block, g, scope, self.fresh)
            if expr is self.definition.body and g != ONE and all(i in self.definition.axes for i in expr.indices):
                inner = self._by_name(inner, expr, block)
            if expr.function == "softmax" and isinstance(body, Block) and body.function == "causal":
                # softmax is 0 where the mask is, and `inner` has it as a factor
                body = reindex(body.body, dict(zip(body.formals, body.indices, strict=True)), self.fresh)
            yield from self.down(body, inner, (*left, *(axis for axis in axes if axis not in left)))
        else:
            for place, part in enumerate(children(expr)):
                if not is_constant(part):
                    local = self.slope(expr, place)
                    if local != ZERO:
                        yield from self.down(part, _product(g, local), scope)

    def _by_name(self, inner: Expr, expr: Block, block: Block) -> Expr:
        """Write the output of a function that is the whole definition by the definition's name."""
        if isinstance(inner, Block) and inner.body == block.body:
            to = dict(zip(expr.indices, inner.indices, strict=False))
            own = Element(self.definition.name, tuple(to.get(axis, axis) for axis in self.definition.axes))
            if inner.function == block.function:
                return own
            if (block.function, inner.function) == ("log_softmax", "softmax"):
                return Call("exp", (own,), "exp")
        return rebuild(inner, lambda part: self._by_name(part, expr, block))

    def _opened(self, axes: tuple[Axis, ...], body: Expr, scope: tuple[Axis, ...]) -> tuple[tuple[Axis, ...], Expr]:
        """Return what a sum or a function binds, under new axes: they are free from here on."""
        new = {axis: self.fresh.axis(axis.size) for axis in axes}
        return tuple(new.values()), reindex(body, new, self.fresh)

    def _share(self, element: Element, g: Expr, scope: tuple[Axis, ...]) -> Share:
        axes = tuple(
            self.fresh.axis(i.size) if isinstance(i, Axis) else self._place_axis(element, n)
            for n, i in enumerate(element.indices)
        )
        body = scattered(g, element.indices, axes, scope, self.fresh)
        return Share(self.definition.name, axes, body)

    def _place_axis(self, element: Element, number: int) -> Axis:
        return self.fresh.axis(self.wanted[element.name][number])


def scattered(g: Expr, indices: tuple[Index, ...], axes: tuple[Axis, ...], scope: tuple[Axis, ...], fresh: Fresh) -> Expr:
    """Return Σ over the scope of g · δ(axes, indices)."""
    to: dict[Axis, Index] = {}
    deltas: list[Expr] = []
    for axis, index in zip(axes, indices, strict=True):
        if isinstance(index, Axis) and index not in to:
            to[index] = axis
        else:
            deltas.append(delta(axis, to[index] if isinstance(index, Axis) else index))
    others = tuple(axis for axis in scope if axis not in to)
    summed = total(others, g, fresh)
    return tidy(times(*deltas, reindex(summed, to, fresh)))


def _product(g: Expr, local: Expr) -> Expr:
    return tidy(times(g, local))


# What a function of a whole array hands on: the adjoint of its argument's entry at `formals`, and the scope that is left


def _moved_to(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh) -> tuple[Expr, tuple[Axis, ...], tuple[Axis, ...]]:
    """Return the adjoint of the block's own entries at new axes, these, and the rest of the scope."""
    axes = fresh.axes(_made_shape(block))
    batch = free(block.body)
    bound_here = tuple(i for i in block.indices if isinstance(i, Axis))
    idle = tuple(axis for axis in scope if axis not in batch and axis not in bound_here)
    left = tuple(axis for axis in scope if axis in batch and axis not in bound_here)
    return scattered(g, block.indices, axes, (*idle, *bound_here), fresh), axes, left


def _made_shape(block: Block) -> tuple[Size, ...]:
    """Return the shape of what a function makes of its array."""
    if block.function == "move":
        return block.settings.shape
    if block.function == "spread":
        return block.settings.source
    return tuple(axis.size for axis in block.formals) if block.indices else ()


def _at(block: Block, indices: tuple[Index, ...]) -> Block:
    return Block(block.function, block.formals, block.body, indices, block.settings)


def _softmax(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """∂L/∂s_j = p_j (g_j - Σ_k g_k p_k)"""
    summed, (axis,), left = _moved_to(block, g, scope, fresh)
    (j,) = block.formals
    own = reindex(summed, {axis: j}, fresh)
    mean = total((axis,), times(summed, _at(block, (axis,))), fresh)
    return _product(_at(block, (j,)), tidy(Sum((own, Neg(mean))))), (*left, j)


def _log_softmax(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """∂L/∂s_j = g_j - p_j Σ_k g_k"""
    summed, (axis,), left = _moved_to(block, g, scope, fresh)
    (j,) = block.formals
    p = Block("softmax", block.formals, block.body, (j,))
    all_of_it = total((axis,), summed, fresh)
    return tidy(Sum((reindex(summed, {axis: j}, fresh), Neg(times(p, all_of_it))))), (*left, j)


def _extreme(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """g at the largest entry; entries that tie share it"""
    summed, _, left = _moved_to(block, g, scope, fresh)
    share = Block(f"{block.function} share", block.formals, block.body, block.formals, block.settings)
    return _product(summed, share), (*left, *block.formals)


def _variance(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """2/n (x_j - mean) g"""
    summed, _, left = _moved_to(block, g, scope, fresh)
    inner = {axis: fresh.axis(axis.size) for axis in block.formals}
    mean = Quotient(Contract(tuple(inner.values()), reindex(block.body, inner, fresh)), sized(block.formals))
    slope = Quotient(times(Num(Fraction(2)), Sum((block.body, Neg(mean)))), sized(block.formals))
    return _product(summed, slope), (*left, *block.formals)


def _inverse(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """- Σ_ab (A⁻¹)_ai g_ab (A⁻¹)_jb"""
    summed, (a, b), left = _moved_to(block, g, scope, fresh)
    i, j = block.formals
    body = times(_at(block, (a, i)), summed, _at(block, (j, b)))
    return tidy(Neg(total((a, b), body, fresh))), (*left, i, j)


def _determinant(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """g det(A) (A⁻¹)_ji"""
    summed, _, left = _moved_to(block, g, scope, fresh)
    i, j = block.formals
    return _product(times(summed, _at(block, ())), Block("inv", block.formals, block.body, (j, i))), (*left, i, j)


def _rearranged(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """Each entry's adjoint goes back to where it came from"""
    summed, axes, left = _moved_to(block, g, scope, fresh)
    back = {"move": "spread", "spread": "move"}[block.function]
    return Block(back, axes, summed, block.formals, block.settings), (*left, *block.formals)


def _causal(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    """g on and below the diagonal"""
    summed, axes, left = _moved_to(block, g, scope, fresh)
    kept = Block("lower", axes, summed, block.formals)
    return kept, (*left, *block.formals)


def _lower(block: Block, g: Expr, scope: tuple[Axis, ...], fresh: Fresh):
    return _causal(block, g, scope, fresh)


BLOCKS: Mapping[str, Callable[[Block, Expr, tuple[Axis, ...], Fresh], tuple[Expr, tuple[Axis, ...]]]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "max": _extreme,
    "min": _extreme,
    "var": _variance,
    "inv": _inverse,
    "det": _determinant,
    "move": _rearranged,
    "spread": _rearranged,
    "causal": _causal,
    "lower": _lower,
}
"""The rule of each function of a whole array."""
