"""The short form of a norm's adjoint: of h = (x - mean)/√(variance + ε), (g - mean(g) - h mean(g h))/√(variance + ε).

It is found by what the definition says, whatever its name and along whatever axes it is centred (batch norm: Ioffe and Szegedy,
2015; layer norm: Ba, Kiros and Hinton, 2016).
"""

from __future__ import annotations

from fractions import Fraction

from derivgen.derivation.array_gradients import ArrayDefinition, adjoint_name
from derivgen.maths.index_form import Fresh, canonical, free, reindex, sized, times, total
from derivgen.maths.tree import Axis, Block, Call, Contract, Element, Expr, Neg, Num, Power, Quotient, Sum, walk


def normalized(definition: ArrayDefinition, name: str, fresh: Fresh) -> tuple[tuple[Axis, ...], Expr] | None:
    """Return the adjoint of `name` through a definition that centres and scales it, and its axes; None for any other."""
    body, axes = definition.body, definition.axes
    if not isinstance(body, Quotient) or not isinstance(body.under, Call) or body.under.function != "sqrt":
        return None
    centred = body.over
    if not isinstance(centred, Sum) or len(centred.terms) != 2 or not isinstance(centred.terms[1], Neg):
        return None
    x, mean = centred.terms[0], centred.terms[1].arg
    if not isinstance(x, Element) or x.name != name or not isinstance(mean, Quotient) or not isinstance(mean.over, Contract):
        return None
    own = tuple(index for index in x.indices if isinstance(index, Axis))
    inner = mean.over.body
    if set(own) != set(axes) or len(own) != len(x.indices) or not isinstance(inner, Element) or inner.name != name:
        return None
    over = tuple(a for a, b in zip(own, inner.indices, strict=True) if a != b)

    def averaged(expr: Expr) -> Expr:
        bound = {axis: fresh.axis(axis.size) for axis in over}
        return Quotient(total(bound.values(), reindex(expr, bound, fresh), fresh), sized(over))

    if canonical(mean) != canonical(averaged(x)) or not _is_scale(body.under.args[0], x, centred, over, averaged, fresh):
        return None
    g, h = Element(adjoint_name(definition.name), axes), Element(definition.name, axes)
    return own, Quotient(Sum((g, Neg(averaged(g)), Neg(times(h, averaged(times(g, h)))))), body.under)


def _is_scale(scale: Expr, x: Element, centred: Expr, over: tuple[Axis, ...], averaged, fresh: Fresh) -> bool:
    """Return whether what stands below the root is the variance, or that and what does not depend on the array."""
    terms = scale.terms if isinstance(scale, Sum) else (scale,)
    bound = {axis: fresh.axis(axis.size) for axis in over}
    variance = Block("var", tuple(bound.values()), reindex(x, bound, fresh), ())
    forms = [canonical(variance), canonical(averaged(Power(centred, Num(Fraction(2)))))]
    rest = [term for term in terms if canonical(term) not in forms]
    return len(rest) == len(terms) - 1 and not any(
        (isinstance(node, Element) and node.name == x.name) or any(axis in free(node) for axis in over)
        for term in rest
        for node in walk(term)
    )
