"""The short form of a gradient where what two definitions leave together is less than each: p - y.

It is found by rule, from no name of a layer: adjoints of consumers are put in, products multiplied out, factors cancelled, and a
sum that is 1 by its numbers taken as 1; what is not shorter then is left as it was.

The short form of a norm's adjoint: of h = (x - mean)/√(variance + ε), (g - mean(g) - h mean(g h))/√(variance + ε).

It is found by what the definition says, whatever its name and along whatever axes it is centred (batch norm: Ioffe and Szegedy,
2015; layer norm: Ba, Kiros and Hinton, 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from derivgen.derivation.array_gradients import ArrayDefinition, adjoint_name
from derivgen.derivation.arrays import ArrayAdjoint
from derivgen.maths.index_form import Fresh, cancelled, canonical, free, reindex, sized, times, total
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    Axis,
    Block,
    Call,
    Contract,
    Delta,
    Element,
    Expr,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    children,
    rebuild,
    walk,
)

IsOne = Callable[[Element, Axis], bool]
"""Tell whether a named array adds up to 1 along an index of it, by its numbers."""
MOST_TERMS = 24


def compact(adjoint: ArrayAdjoint, others: Mapping[str, ArrayAdjoint], is_one: IsOne, fresh: Fresh) -> Expr:
    """Return the adjoint's body in its short form; the body itself where there is none."""
    known = {adjoint_name(name): each for name, each in others.items()}
    used = {node.name for node in walk(adjoint.body) if isinstance(node, Element) and node.name in known}
    shortest = _shortened(adjoint.body, is_one, fresh)
    if len(used) == 1 and _is_of_several(adjoint.body):
        inside = _put_in(adjoint.body, known[used.pop()], fresh)
        shorter = _shortened(inside, is_one, fresh)
        shortest = min((shortest, shorter), key=_size)
    return shortest if _size(shortest) < _size(adjoint.body) else adjoint.body


def joined(adjoint: ArrayAdjoint, above: ArrayAdjoint, is_one: IsOne, fresh: Fresh) -> Expr:
    """Return the adjoint's body with that of the one `above` put in, multiplied out and cancelled: a - y."""
    return _shortened(_put_in(adjoint.body, above, fresh), is_one, fresh)


def _is_of_several(body: Expr) -> bool:
    """Return whether something is added in it: a single product gets no shorter by what is put in."""
    return any(isinstance(node, Sum) for node in walk(body))


def _size(expr: Expr) -> int:
    own = 0 if isinstance(expr, Num | Neg | Product) else 1
    return own + sum(map(_size, children(expr)))


def _put_in(expr: Expr, adjoint: ArrayAdjoint, fresh: Fresh) -> Expr:
    if isinstance(expr, Element) and expr.name == adjoint_name(adjoint.name):
        return reindex(adjoint.body, dict(zip(adjoint.axes, expr.indices, strict=True)), fresh)
    return rebuild(expr, lambda part: _put_in(part, adjoint, fresh))


def _shortened(expr: Expr, is_one: IsOne, fresh: Fresh) -> Expr:
    found = expr
    for _ in range(2):  # what is left once factors are cancelled is multiplied out again
        terms = _terms(found, is_one, fresh)
        if len(terms) > MOST_TERMS:
            return expr
        found = tidy(Sum(tuple(terms))) if len(terms) > 1 else terms[0]
    return _common(found)


def _terms(expr: Expr, is_one: IsOne, fresh: Fresh) -> list[Expr]:
    """Return the terms of an expression, multiplied out, each cancelled."""
    if isinstance(expr, Sum):
        return [term for part in expr.terms for term in _terms(part, is_one, fresh)]
    if isinstance(expr, Neg):
        return [tidy(Neg(term)) for term in _terms(expr.arg, is_one, fresh)]
    if isinstance(expr, Quotient):
        return [cancelled(Quotient(term, expr.under), fresh) for term in _terms(expr.over, is_one, fresh)]
    if isinstance(expr, Contract):
        found = [total(expr.axes, term, fresh) for term in _terms(expr.body, is_one, fresh)]
        return [_ones(term, is_one) for term in found]
    if isinstance(expr, Product):
        products: list[Expr] = [ONE]
        below = {
            canonical(part) for node in walk(expr) if isinstance(node, Quotient) for part in (node.under, *children(node.under))
        }
        for factor in expr.factors:
            parts = [factor] if canonical(factor) in below else _terms(factor, is_one, fresh)
            products = [times(product, part) for product in products for part in parts]
            if len(products) > MOST_TERMS:
                return [expr]
        return [cancelled(_at_place(product, fresh), fresh) for product in products]
    return [expr]


def _at_place(expr: Expr, fresh: Fresh) -> Expr:
    """Return a product with a delta of an index and a place with that place in its other factors: δ_i2 p_i is δ_i2 p_2."""
    flat = _flat(expr)
    for factor in flat:
        if isinstance(factor, Delta) and isinstance(factor.i, Axis) and isinstance(factor.j, int):
            to = {factor.i: factor.j}
            return times(*(each if each is factor else reindex(each, to, fresh) for each in flat))
    return expr


def _flat(expr: Expr) -> tuple[Expr, ...]:
    """Return the factors of a product, what stands below a bar as a quotient of its own."""
    if isinstance(expr, Neg):
        return (Num(Fraction(-1)), *_flat(expr.arg))
    if isinstance(expr, Quotient):
        return (*_flat(expr.over), Quotient(ONE, expr.under))
    return tuple(part for factor in expr.factors for part in _flat(factor)) if isinstance(expr, Product) else (expr,)


def _ones(expr: Expr, is_one: IsOne) -> Expr:
    """Return the expression with 1 for each sum over a named array that is 1."""
    if isinstance(expr, Contract) and len(expr.axes) == 1 and isinstance(expr.body, Element) and is_one(expr.body, expr.axes[0]):
        return ONE
    found = rebuild(expr, lambda part: _ones(part, is_one)) if isinstance(expr, Product | Neg | Quotient) else expr
    return tidy(found)


def _common(expr: Expr) -> Expr:
    """Return a sum with the number that all its terms share before it, a positive term first: 1/3*(P - Y)."""
    if not isinstance(expr, Sum):
        return expr
    split = [split_number(term) for term in expr.terms]
    if len({abs(number) for number, _ in split}) > 1:
        return expr
    ordered = sorted(split, key=lambda each: each[0] < 0)
    inner = Sum(tuple(rest if number > 0 else Neg(rest) for number, rest in ordered))
    number = abs(split[0][0])
    if all(each < 0 for each, _ in split):
        return expr
    return inner if number == 1 else Product((Num(number), inner))


def split_number(term: Expr) -> tuple[Fraction, Expr]:
    """Return the number in front of a term, and the rest."""
    if isinstance(term, Neg):
        number, rest = split_number(term.arg)
        return -number, rest
    if isinstance(term, Num):
        return term.value, ONE
    if isinstance(term, Product) and isinstance(first := tidy(term.factors[0]), Num):
        others = term.factors[1:]
        return first.value, others[0] if len(others) == 1 else Product(others)
    if isinstance(term, Quotient) and isinstance(term.under, Num):
        number, rest = split_number(term.over)
        return number / term.under.value, rest
    return Fraction(1), term


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
