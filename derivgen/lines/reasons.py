"""Why a local derivative is what it is: the rule that gives it, as a message to be said in any language."""

from __future__ import annotations

from derivgen.derivation.derive import LocalDerivative
from derivgen.graph import Graph
from derivgen.lines.equality import Reason
from derivgen.maths.tree import Call, Cases, Expr, Neg, Power, Prime, Product, Quotient, Reduce, Sum, Sym, walk


def reason_of(graph: Graph, local: LocalDerivative) -> Reason:
    """The rule behind a local derivative, by the form of the terms in which the operand stands."""
    expr, own_share = local.form.expr, local.reduce == "mean"
    while isinstance(expr, Reduce):
        expr = expr.body
    if isinstance(expr, Neg):
        expr = expr.arg
    if own_share and graph.count != 1:
        return Reason("{rule}; one sample's share of the mean", {"rule": _rule(expr, local)}) if _rule(expr, local) else Reason("one sample's share of the mean")
    return Reason(_rule(expr, local) or "chain rule", _words(graph, local.derivative))


def _rule(expr: Expr, local: LocalDerivative) -> str:
    if isinstance(local.derivative, Prime):
        return "{function}'s slope"
    if isinstance(expr, Call):
        return "through its own output" if any(isinstance(node, Sym) for node in walk(local.derivative)) else "chain rule"
    if "@rest" in dict(local.form.names):
        return "softmax"
    if isinstance(expr, Power):
        return "power rule" if expr.base == Sym(local.form.by) else "power rule and chain rule"
    if isinstance(expr, Cases):
        return "piece by piece"
    if isinstance(expr, Sym) or (isinstance(expr, Sum) and all(_linear(term, local.form.by) for term in expr.terms)):
        return "linear"
    if isinstance(expr, Product):
        return "linear" if _linear(expr, local.form.by) else "product rule"
    return "quotient rule" if isinstance(expr, Quotient) else "chain rule"


def _linear(term: Expr, by: str) -> bool:
    if isinstance(term, Neg):
        term = term.arg
    if isinstance(term, Product):
        inside = [factor for factor in term.factors if any(isinstance(node, Sym) and node.name == by for node in walk(factor))]
        return inside == [Sym(by)]
    return term == Sym(by) or not any(isinstance(node, Sym) and node.name == by for node in walk(term))


def _words(graph: Graph, derivative: Expr) -> dict[str, str]:
    if not isinstance(derivative, Prime):
        return {}
    function = graph.library[derivative.function]
    return {"function": derivative.written or function.names[0]}
