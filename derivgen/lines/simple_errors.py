"""∂C/∂z of the last layer where it comes to a - y: cross-entropy behind softmax, binary cross-entropy behind a sigmoid."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import adjoint_numbers
from derivgen.lines.equality import Equality, Reason, equality
from derivgen.lines.paper import number_format, partial, runs, share, symbol, with_numbers
from derivgen.lines.unit_sums import unit_line
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import settle
from derivgen.maths.tidy import chain
from derivgen.maths.tree import Call, Expr, Marked, Neg, Sum
from derivgen.spec.model import Neuron

SIMPLE = {
    ("cross_entropy", "softmax"): Reason("cross-entropy behind softmax; the targets add up to 1"),
    ("binary_cross_entropy", "sigmoid"): Reason("binary cross-entropy behind a sigmoid: a (1 - a) cancels"),
}
"""By the kind of loss and the activation of the last layer: why its ∂C/∂z is a - y."""


def note_line(evaluation: Evaluation, name: str) -> Equality:
    """∂C/∂name as the notes say it: a - y where it comes to that, else from the derivatives above."""
    return error_line(evaluation, name) or unit_line(evaluation, name)


def note_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """The numbers that go with `note_line`."""
    simple = error_line(evaluation, name) is not None
    return error_numbers(evaluation, name) if simple else adjoint_numbers(evaluation, name)


def passed_over(evaluation: Evaluation, names: Iterable[str]) -> tuple[str, ...]:
    """The names without those ∂C/∂a that nothing takes up and nobody asked for, where ∂C/∂z is said directly."""
    graph = evaluation.graph
    wanted = {*evaluation.derivation.gradients, *graph.spec.notes}
    outputs = {neuron.output for neuron in _last(evaluation)} if not graph.spec.notation.shorthands else set()
    return tuple(name for name in names if name not in outputs or name in wanted)


def error_line(evaluation: Evaluation, name: str) -> Equality | None:
    """∂C/∂z = a - y, with a mean's 1/n in front; None where z is no net input of such a last layer."""
    expr = _difference(evaluation, name)
    if expr is None:
        return None
    graph = evaluation.graph
    network = graph.spec.network
    assert network is not None
    reason = SIMPLE[network.loss_kind, _activation(evaluation, network.layers[-1][0])]
    return equality(("error", name), partial(graph, graph.loss, name), expr, reason=reason)


def error_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """∂C/∂z = its numbers = its value; None without numbers, or where it has one value per sample."""
    graph, values, expr = evaluation.graph, evaluation.adjoints.get(name), _difference(evaluation, name)
    if values is None or expr is None or (runs(graph) and graph.per_sample(name)):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    figures, result, agrees = settle(
        lambda extra: with_numbers(expr, evaluation, style, extra), values[0], style, lambda e: evaluate(e, env)
    )
    left = partial(graph, graph.loss, name)
    return equality(("error value", name), left, figures, result if agrees else Marked(result), numeric=True)


def _difference(evaluation: Evaluation, name: str) -> Expr | None:
    graph, network, last = evaluation.graph, evaluation.graph.spec.network, _last(evaluation)
    at = next((k for k, neuron in enumerate(last) if neuron.net == name), None)
    if network is None or at is None:
        return None
    neuron, target = last[at], network.targets[at]
    whole = Sum((symbol(graph, neuron.output), Neg(symbol(graph, target))))
    local = evaluation.derivation.locals[graph.loss, neuron.output]
    return chain((share(graph), whole)) if local.reduce == "mean" and runs(graph) else whole


def _last(evaluation: Evaluation) -> tuple[Neuron, ...]:
    """The units of a last layer whose ∂C/∂z is a - y; none where it is not, or where rounded numbers are carried on."""
    graph, consumers = evaluation.graph, evaluation.derivation.consumers
    network = graph.spec.network
    if network is None or network.form != "layers" or evaluation.exact is not None:
        return ()
    last = network.layers[-1]
    alone = all(consumers.get(neuron.output, (graph.loss,)) == (graph.loss,) for neuron in last)
    apart = all(neuron.net not in (None, neuron.output) for neuron in last) and len(network.targets) == len(last)
    simple = alone and apart and (network.loss_kind, _activation(evaluation, last[0])) in SIMPLE
    return last if simple else ()


def _activation(evaluation: Evaluation, neuron: Neuron) -> str:
    """The function of a unit by its key in the table."""
    definition = evaluation.graph.quantities[neuron.output].definition
    return definition.function if isinstance(definition, Call) else ""
