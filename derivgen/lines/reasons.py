"""Why a local derivative is what it is: the rule that gives it, as a message to be said in any language."""

from __future__ import annotations

from derivgen.derivation.derive import LocalDerivative
from derivgen.graph import Graph
from derivgen.lines.equality import Reason
from derivgen.maths.differentiate import depends
from derivgen.maths.tree import Call, Cases, Expr, Neg, Power, Product, Quotient, Reduce, Sum, Sym


def reason_of(graph: Graph, local: LocalDerivative) -> Reason:
    """The rule behind a local derivative, by the form of the terms in which the operand stands."""
    rule = _rule(local)
    if local.reduce == "mean" and graph.count != 1:
        return Reason("{rule}; one sample's share of the mean", {"rule": rule.message, **rule.names})
    return rule


def _rule(local: LocalDerivative) -> Reason:
    if "@rest" in dict(local.form.names):
        return Reason("softmax, through its own outputs")
    by = local.form.by
    expr = _core(local.form.expr, by)
    if isinstance(expr, Call):
        return _of_call(local, expr)
    if isinstance(expr, Sym):
        return Reason("linear")
    if isinstance(expr, Power):
        if depends(expr.exponent, by):
            return Reason("exponential with a constant base")
        return Reason("power rule") if expr.base == Sym(by) else Reason("power rule, then the chain rule")
    return _BY_FORM.get(type(expr), Reason("chain rule"))


_BY_FORM: dict[type[Expr], Reason] = {
    Sum: Reason("term by term"),
    Product: Reason("product rule"),
    Quotient: Reason("quotient rule"),
    Cases: Reason("piece by piece"),
}


def _of_call(local: LocalDerivative, call: Call) -> Reason:
    function = local.graph.library[call.function]
    named = local.graph.spec.notation.names.get(call.function) or call.written or function.names[0]
    own = local.graph.quantities[local.consumer].outputs
    if call == local.form.expr and any(depends(local.derivative, name) for name in own):
        return Reason("{function}, through its own output", {"function": named})
    return Reason("derivative of {function}", {"function": named})


def _core(expr: Expr, by: str) -> Expr:
    """What is left when signs, constant factors, means, and single terms are taken off."""
    while True:
        inner = _inner(expr, by)
        if inner is None:
            return expr
        expr = inner


def _inner(expr: Expr, by: str) -> Expr | None:
    if isinstance(expr, Reduce):
        return expr.body
    if isinstance(expr, Neg):
        return expr.arg
    if isinstance(expr, Quotient):
        return expr.over if not depends(expr.under, by) else None
    if isinstance(expr, (Sum, Product)):
        parts = [part for part in (expr.terms if isinstance(expr, Sum) else expr.factors) if depends(part, by)]
        return parts[0] if len(parts) == 1 else None
    return None
