"""A gradient the short way: each adjoint from the nearest ones already known, ∂L/∂x = ∂L/∂u · ∂u/∂x + …."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.derivation.derive import Derivation, Gradient, LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.chains import plus_whole
from derivgen.lines.equality import Equality, equality
from derivgen.lines.paper import local_partial, number_format, on_paper, partial, runs, share, upper, with_numbers
from derivgen.lines.shorthands import adjoint_symbol
from derivgen.maths.arithmetic import add_up, multiply
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import chain
from derivgen.maths.tree import Expr, Marked, Product, SumOver, number
from derivgen.spec.model import Network

MOST_TERMS = 6


def needed(derivation: Derivation) -> tuple[str, ...]:
    """The quantities whose adjoint is wanted or used on the way, the loss first, each after all its consumers."""
    wanted = behind(derivation, derivation.gradients.values())
    network = derivation.graph.spec.network
    order = derivation.backward_order()
    if network is not None and network.form == "layers":
        order = tuple(name for group in by_layers(network, order) for name in group)
    return tuple(name for name in order if name in wanted)


def by_layers(network: Network, order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The names in groups: what is of no layer, then each layer's from the last to the first, then the inputs.

    Of a layer its outputs a, its net inputs z, then weights and biases unit by unit. A name that stands in several layers belongs
    to the lowest of them, where all of its consumers are known.
    """
    place: dict[str, int] = {}
    for depth, layer in enumerate(network.layers, 1):
        for name in (name for neuron in layer for name in (*neuron.weights, neuron.bias, neuron.net, neuron.output) if name):
            place.setdefault(name, depth)
    known = dict.fromkeys(order)
    groups = [tuple(name for name in order if name not in place and name not in network.inputs)]
    for depth, layer in reversed(tuple(enumerate(network.layers, 1))):
        nets = [neuron.net for neuron in layer if neuron.net]
        parameters = [name for neuron in layer for name in (*neuron.weights, neuron.bias) if name]
        names = dict.fromkeys((*(neuron.output for neuron in layer), *nets, *parameters))
        groups.append(tuple(name for name in names if name in known and place[name] == depth))
    return (*groups, tuple(name for name in network.inputs if name in known))


def behind(derivation: Derivation, gradients: Iterable[Gradient]) -> dict[str, None]:
    """The names of some gradients and of all that their adjoints are built from."""
    found = dict.fromkeys(gradient.name for gradient in gradients)
    stack = list(found)
    while stack:
        for user in derivation.consumers.get(stack.pop(), ()):
            if user not in found:
                found[user] = None
                stack.append(user)
    return found


def adjoint_line(evaluation: Evaluation, name: str) -> Equality:
    """∂L/∂x = Σ over consumers of ∂L/∂u · ∂u/∂x, the local derivative then worked out."""
    derivation, graph = evaluation.derivation, evaluation.graph
    left = partial(graph, graph.loss, name)
    if name == graph.loss:
        return equality(("adjoint", name), left, number(1))
    locals_ = [derivation.locals[user, name] for user in derivation.consumers[name]]
    whole = plus_whole([contribution_of(graph, local, local_partial(local)) for local in locals_])
    worked = plus_whole([contribution_of(graph, local, slope_of(graph, local), short=True) for local in locals_])
    return equality(("adjoint", name), left, whole, worked)


def slope_of(graph: Graph, local: LocalDerivative) -> Expr:
    """The local derivative worked out, on paper, a mean's 1/n included."""
    expr = on_paper(local.derivative, graph)
    return chain((share(graph), expr)) if local.reduce == "mean" and runs(graph) else expr


def contribution_of(graph: Graph, local: LocalDerivative, slope: Expr, short: bool = False) -> Expr:
    """Adjoint of the consumer times a local derivative; the loss's own adjoint, 1, is left out; Σ where samples come together."""
    if local.consumer == graph.loss:
        return slope
    adjoint = adjoint_symbol(graph, local.consumer) if short else partial(graph, graph.loss, local.consumer)
    product = Product((adjoint, slope))
    if graph.per_sample(local.consumer) and not graph.per_sample(local.operand) and runs(graph):
        return SumOver(graph.index, upper(graph), product)
    return product


def adjoint_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """∂L/∂x = numbers = result. None without numbers, or where it has one value per sample (a table shows those)."""
    graph, values = evaluation.graph, evaluation.adjoints.get(name)
    if values is None or name == graph.loss or (runs(graph) and graph.per_sample(name)):
        return None
    if name not in evaluation.derivation.consumers:
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    expr, result, agrees = settle(
        lambda extra: _all_numbers(evaluation, name, extra), values[0], style, lambda e: evaluate(e, env)
    )
    left = partial(graph, graph.loss, name)
    return equality(("adjoint value", name), left, expr, result if agrees else Marked(result), numeric=True)


def _all_numbers(evaluation: Evaluation, name: str, extra: int) -> Expr:
    derivation = evaluation.derivation
    terms: list[Expr] = []
    for user in derivation.consumers[name]:
        terms += _terms(evaluation, derivation.locals[user, name], extra)
    return plus_whole(terms)


def _terms(evaluation: Evaluation, local: LocalDerivative, extra: int) -> list[Expr]:
    graph, style = evaluation.graph, number_format(evaluation)
    slopes = evaluation.partials[local.consumer, local.operand]
    if local.consumer == graph.loss:
        if runs(graph):
            return [shown(slopes[0], style, extra)]
        worked = with_numbers(on_paper(local.derivative, graph), evaluation, style, extra)
        return [worked]
    ups = evaluation.adjoints[local.consumer]
    length = max(len(ups), len(slopes))
    if length > MOST_TERMS:
        total = add_up([multiply(ups[k % len(ups)], slopes[k % len(slopes)]) for k in range(length)])
        return [shown(total, style, extra)]
    return [
        Product((shown(ups[k % len(ups)], style, extra), shown(slopes[k % len(slopes)], style, extra))) for k in range(length)
    ]
