"""A gradient brought to the form of the books: the product of its chains, simplified in the open, each line with its reason."""

from __future__ import annotations

from derivgen.derivation.derive import Derivation, Gradient
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.lines.adjoints import adjoint_line, adjoint_numbers, error_line, note_numbers
from derivgen.lines.chains import plus_whole, product_line
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.notation import has_samples, in_this_case, number_format, partial, to_notation, with_numbers
from derivgen.lines.stages import product_lines
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import settle
from derivgen.maths.plain import plain
from derivgen.maths.tidy import chain
from derivgen.maths.tree import Braces, Expr, Marked, Neg, Prime, Product, Reduce, SumOver, holds_any, rebuild, walk

MOST_LINES = 3
MOST_QUANTITIES = 60
"""In larger computations adjoints are not simplified one by one."""
_BOOKKEEPING = frozenset(
    {
        "numbers and signs collected",
        "constant factor out of the sum",
        "powers of the same base put together",
        "brackets multiplied out",
        "one sum over the samples",
    }
)
"""Rules that say nothing by themselves: a step by one of them is told together with the one after it."""
_REGROUPING = frozenset({*_BOOKKEEPING, "common factor taken out", "written as one fraction"})
"""Rules that bring nothing new where braces or the derivatives known before say already what is shared."""
_SHARES = "the targets add up to 1"


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of the gradient on its way, and the rule that led to it; `shares`: it holds where the targets add up to 1."""

    expr: Expr
    reason: Reason
    shares: bool


def simplified_lines(derivation: Derivation, gradient: Gradient) -> tuple[Equality, ...]:
    """Write ∂L/∂w = each form on the way to the one of the books; nothing where the product of the chain has that form."""
    several = gradient.paths is not None and len(gradient.paths) > 1
    if several and _is_braced(derivation.graph, gradient) and _regroups(derivation, gradient.name):
        return ()
    return _lines(derivation, gradient.name, product_line(derivation.graph, gradient).last)


def simplified_adjoint_lines(evaluation: Evaluation, name: str) -> tuple[Equality, ...]:
    """Write ∂L/∂z = each form on the way to the one of the books, where the derivatives known before do not have it already."""
    derivation = evaluation.derivation
    users = derivation.consumers.get(name, ())
    if not users or len(derivation.between) > MOST_QUANTITIES or error_line(evaluation, name) is not None:
        return ()
    if _regroups(derivation, name) or not _is_new(derivation, name):
        return ()
    return _lines(derivation, name, adjoint_line(evaluation, name).last)


def _lines(derivation: Derivation, name: str, before: Expr) -> tuple[Equality, ...]:
    """Write the forms after one that has been printed before, of many the last ones."""
    graph = derivation.graph
    left, text = partial(graph, graph.loss, name), _text(before)
    lines = []
    for place, form in enumerate(_forms(derivation, name)[-MOST_LINES:], 1):
        expr = _printed(form.expr, graph)
        if _text(expr) != text:
            numeric = form.shares and graph.spec.network is None
            about = (LineKind.SIMPLIFIED, name, str(place))
            lines.append(equality(about, left, expr, numeric=numeric, reason=form.reason))
        text = _text(expr)
    return tuple(lines)


def _is_new(derivation: Derivation, name: str) -> bool:
    """Return whether the simplified derivatives of those that use a name, times their own by it, can be simplified further."""
    parts = []
    for user in derivation.consumers[name]:
        slope = derivation.locals[user, name].derivative
        known = derivation.simplification(user) if user != derivation.graph.loss else None
        parts.append(slope if known is None else Product((known.result, slope)))
    steps = derivation.simplified(plus_whole(parts)).steps
    return any(step.rule.message not in _REGROUPING for step in steps)


def _is_braced(graph: Graph, gradient: Gradient) -> bool:
    """Return whether what several paths share is printed outside braces."""
    return any(holds_any(line.last, (Braces,)) for line in product_lines(graph, gradient))


def _regroups(derivation: Derivation, name: str) -> bool:
    """Return whether simplification only moves factors to other places, if it does anything at all."""
    steps = derivation.simplification(name)
    return steps is None or all(step.rule.message in _REGROUPING for step in steps.steps)


def _text(expr: Expr) -> str:
    return plain(expr).replace("(", "").replace(")", "")


def _forms(derivation: Derivation, name: str) -> list[_Form]:
    """Return the forms to be shown, each with the one rule that says most of how it was reached.

    Steps that only keep the books are told with the one that they prepare or end.
    """
    steps, graph = derivation.simplification(name), derivation.graph
    if steps is None or not steps.steps:
        return []
    if all(step.rule.message in _BOOKKEEPING for step in steps.steps):
        return [_Form(steps.result, Reason(steps.steps[-1].rule.message, steps.steps[-1].rule.names), False)]
    forms: list[_Form] = []
    shares = False
    for step in steps.steps:
        shares = shares or step.rule.message == _SHARES
        names = {name: to_notation(what, graph) if isinstance(what, Expr) else what for name, what in step.rule.names.items()}
        reason = Reason(step.rule.message, names)
        if forms and (step.rule.message in _BOOKKEEPING or step.rule.message == forms[-1].reason.message):
            if step.rule.message in _BOOKKEEPING and step is not steps.steps[-1] and forms[-1].reason.message != _SHARES:
                continue
            forms[-1] = _Form(step.expr, forms[-1].reason, shares)
        elif step.rule.message not in _BOOKKEEPING:
            forms.append(_Form(step.expr, reason, shares))
    return forms


def _printed(expr: Expr, graph: Graph) -> Expr:
    """Write a form as it is printed, the share of a mean put together with the numbers before it."""
    written = to_notation(expr, graph)
    return _joined(written) if has_samples(graph) and holds_any(expr, (Reduce,)) else written


def _joined(expr: Expr) -> Expr:
    expr = rebuild(expr, _joined)
    if isinstance(expr, Product) and any(isinstance(factor, (Product, Neg)) for factor in expr.factors):
        summed = any(isinstance(part, SumOver) for factor in expr.factors for part in _flat(factor))
        return chain(expr.factors) if summed else expr
    return expr


def _flat(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Product) else (expr.arg,) if isinstance(expr, Neg) else (expr,)


def simplified_value(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    """Write ∂L/∂w = its simplified form with the numbers put in = the result.

    None with samples, without numbers, where nothing was simplified, where a derivative f′ would be left with a number in it, and
    where figures are carried on as they are printed: these are the factors'.
    """
    return _value(LineKind.VALUE, gradient.name, evaluation, simplified_lines(evaluation.derivation, gradient))


def simplified_adjoint_value(evaluation: Evaluation, name: str) -> Equality | None:
    """Write ∂L/∂z = its simplified form with the numbers put in = the result.

    None where there is no such line, as for `simplified_value`, and where the derivatives known before make a shorter one.
    """
    line = _value(LineKind.ADJOINT_VALUE, name, evaluation, simplified_adjoint_lines(evaluation, name))
    known = adjoint_numbers(evaluation, name) if line is not None else None
    return line if line is not None and known is not None and len(_figures(line)) < len(_figures(known)) else None


def _figures(line: Equality) -> str:
    return plain(line.sides[1])


def put_in(evaluation: Evaluation, name: str) -> Equality | None:
    """Return the numbers of ∂L/∂z as the page has them: put into the simplified form, else into what it is made of."""
    return simplified_adjoint_value(evaluation, name) or note_numbers(evaluation, name)


def _value(kind: LineKind, name: str, evaluation: Evaluation, lines: tuple[Equality, ...]) -> Equality | None:
    graph, values = evaluation.graph, evaluation.adjoints.get(name)
    if values is None or has_samples(graph) or number_format(evaluation).carry:
        return None
    form = in_this_case(lines[-1].last, evaluation) if lines else None
    if (
        form is None
        or holds_any(form, (Reduce,))
        or any(isinstance(node, Prime) and node.function != "abs" for node in walk(form))
    ):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    expr, result, agrees = settle(
        lambda extra: with_numbers(form, evaluation, style, extra), values[0], style, lambda e: evaluate(e, env)
    )
    left = partial(graph, graph.loss, name)
    return equality((kind, name), left, expr, result if agrees else Marked(result), numeric=True)
