"""A gradient the short way: each adjoint from the nearest ones already known, ∂L/∂x = ∂L/∂u · ∂u/∂x + ….

Of a network in layers the sum runs over units, in index form; of its last layer it is a - y where it comes to that.
"""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.derivation.derive import Derivation, Gradient, LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.chains import plus_whole
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.notation import (
    adjoint_symbol,
    counted_out,
    has_samples,
    index_of,
    local_partial,
    number_format,
    one_over_count,
    partial,
    sample_count,
    symbol,
    to_notation,
    with_numbers,
)
from derivgen.maths.arithmetic import add_up, multiply
from derivgen.maths.evaluate import evaluate
from derivgen.maths.names import Name, split
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    Call,
    Expr,
    Indexed,
    IndexedPartial,
    Layer,
    Marked,
    Neg,
    Product,
    Sum,
    SumOver,
    Sym,
    UnitCount,
    number,
)
from derivgen.spec.model import Network, Neuron

MOST_TERMS = 6


def needed(derivation: Derivation, gradients: Iterable[Gradient] | None = None) -> tuple[str, ...]:
    """Return the quantities whose adjoint is wanted or used on the way, the loss first, each after all its consumers.

    With `gradients` those that lead to them, else to all gradients of the derivation.
    """
    wanted = behind(derivation, derivation.gradients.values() if gradients is None else gradients)
    network = derivation.graph.spec.network
    order = derivation.backward_order()
    if network is not None and network.form == "layers":
        order = tuple(name for group in by_layers(network, order) for name in group)
    return tuple(name for name in order if name in wanted)


def by_layers(network: Network, order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Group the names: those of no layer, then each layer's from the last to the first, then the inputs.

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


def behind(derivation: Derivation, gradients: Iterable[Gradient]) -> frozenset[str]:
    """Return the names of some gradients and of all that their adjoints are built from."""
    return frozenset(derivation.behind(gradient.name for gradient in gradients))


def adjoint_line(evaluation: Evaluation, name: str) -> Equality:
    """Write ∂L/∂x = Σ over consumers of ∂L/∂u · ∂u/∂x, the local derivative then worked out."""
    derivation, graph = evaluation.derivation, evaluation.graph
    left = partial(graph, graph.loss, name)
    if name == graph.loss:
        return equality((LineKind.ADJOINT, name), left, number(1))
    locals_ = [derivation.locals[user, name] for user in derivation.consumers[name]]
    whole = plus_whole([contribution_of(graph, local, local_partial(local)) for local in locals_])
    worked = plus_whole([contribution_of(graph, local, slope_of(graph, local), short=True) for local in locals_])
    return equality((LineKind.ADJOINT, name), left, whole, worked, counted_out(worked, graph))


def slope_of(graph: Graph, local: LocalDerivative) -> Expr:
    """Return the local derivative worked out, on paper, a mean's 1/n included."""
    expr = to_notation(local.derivative, graph)
    return chain((one_over_count(graph), expr)) if local.reduce == "mean" and has_samples(graph) else expr


def contribution_of(graph: Graph, local: LocalDerivative, slope: Expr, short: bool = False) -> Expr:
    """Multiply the adjoint of the consumer, left out where it is 1, by a local derivative; Σ where samples come together."""
    if local.consumer == graph.loss:
        return slope
    adjoint = adjoint_symbol(graph, local.consumer) if short else partial(graph, graph.loss, local.consumer)
    product = Product((adjoint, slope))
    if graph.per_sample(local.consumer) and not graph.per_sample(local.operand) and has_samples(graph):
        return SumOver(graph.index, sample_count(graph), product)
    return product


def adjoint_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """Write ∂L/∂x = numbers = result. None without numbers, or where it has one value per sample (a table shows those)."""
    graph, values = evaluation.graph, evaluation.adjoints.get(name)
    if values is None or name == graph.loss or (has_samples(graph) and graph.per_sample(name)):
        return None
    if name not in evaluation.derivation.consumers:
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    expr, result, agrees = settle(
        lambda extra: _all_numbers(evaluation, name, extra), values[0], style, lambda e: evaluate(e, env)
    )
    left = partial(graph, graph.loss, name)
    return equality((LineKind.ADJOINT_VALUE, name), left, expr, result if agrees else Marked(result), numeric=True)


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
        if has_samples(graph):
            return [shown(slopes[0], style, extra)]
        worked = with_numbers(to_notation(local.derivative, graph), evaluation, style, extra)
        return [worked]
    ups = evaluation.adjoints[local.consumer]
    length = max(len(ups), len(slopes))
    if length > MOST_TERMS:
        total = add_up([multiply(ups[k % len(ups)], slopes[k % len(slopes)]) for k in range(length)])
        return [shown(total, style, extra)]
    return [
        Product((shown(ups[k % len(ups)], style, extra), shown(slopes[k % len(slopes)], style, extra))) for k in range(length)
    ]


MOST_WRITTEN = 4
"""Over more units than this the sum is not written out: the index form with the weights takes its place."""

INDEX = "m"


def unit_line(evaluation: Evaluation, name: str) -> Equality:
    """Write `adjoint_line` as the notes do: of a unit's output that feeds several units, with Σ over these."""
    made = sum_line(evaluation, name)
    return adjoint_line(evaluation, name) if made is None else made


def sum_line(evaluation: Evaluation, name: str) -> Equality | None:
    """Write ∂C/∂a_1 = Σ_m ∂C/∂z_m ∂z_m/∂a_1 = ∂C/∂z_1 w_11 + ∂C/∂z_2 w_21 + …; above `MOST_WRITTEN` units Σ_m ∂C/∂z_m w_m1.

    None where the name is no output (or input) of a network in layers that feeds several units and nothing else, or where the
    units' net inputs are not numbered alike, so that no index says them.
    """
    graph = evaluation.graph
    place = feeding(evaluation, name)
    if place is None or graph.spec.network is None:
        return None
    depth, at = place
    units = graph.spec.network.layers[depth - 1]
    nets = tuple(neuron.net or "" for neuron in units)
    letter = _letter(graph)
    net = _numbered(graph, nets, "net", depth, letter)
    if net is None:
        return None
    slope, over = IndexedPartial(Sym(graph.loss), net), UnitCount("N", Layer("", depth), len(units))
    total = SumOver(letter, over, Product((slope, IndexedPartial(net, symbol(graph, name)))))
    written: Expr | None = adjoint_line(evaluation, name).last
    if len(units) > MOST_WRITTEN:
        weight = _weight(graph, units, depth, at, letter)
        written = None if weight is None else SumOver(letter, over, Product((slope, weight)))
    return equality((LineKind.UNIT_SUM, name), partial(graph, graph.loss, name), total, written)


def feeding(evaluation: Evaluation, name: str) -> tuple[int, int] | None:
    """Find the layer that takes all of a unit's output, several units of it: return its number and the unit's place below it."""
    network = evaluation.graph.spec.network
    users = evaluation.derivation.consumers.get(name, ())
    if network is None or network.form != "layers" or len(users) < 2:
        return None
    for depth, layer in enumerate(network.layers, 1):
        sources = _outputs(network, depth - 1)
        if name in sources and users == tuple(neuron.net for neuron in layer):
            return depth, sources.index(name)
    return None


def _outputs(network: Network, depth: int) -> tuple[str, ...]:
    return tuple(neuron.output for neuron in network.layers[depth - 1]) if depth else network.inputs


def _letter(graph: Graph) -> str:
    """Return the letter that counts the units: m, or another where that is taken."""
    taken = {graph.index, str(graph.count)} if has_samples(graph) else set()
    return next(each for each in (INDEX, *"kjpqr") if each not in taken)


def _numbered(graph: Graph, names: tuple[str, ...], role: str, depth: int, letter: str) -> Indexed | None:
    """One name for all: z^2_m of z^2_1, z^2_2, …; None where they are not called so, or printed by symbols of the author's."""
    first = split(names[0])
    alike = all(split(name) == Name(first.base, "", str(depth), (str(m),)) for m, name in enumerate(names, 1))
    if not alike or any(name in graph.spec.symbols for name in names):
        return None
    return Indexed(role, first.base, Layer("", depth), (letter,), index_of(graph, names[0]))


def _weight(graph: Graph, units: tuple[Neuron, ...], depth: int, at: int, letter: str) -> Indexed | None:
    """w^2_m3 for all weights from one unit; None where they are not called so."""
    names = tuple(neuron.weights[at] for neuron in units)
    first, source = split(names[0]), str(at + 1)
    alike = all(_is_weight(name, first.base, depth, str(m), source) for m, name in enumerate(names, 1))
    if not alike or any(name in graph.spec.symbols for name in names):
        return None
    return Indexed("weight", first.base, Layer("", depth), (letter, source))


def _is_weight(name: str, base: str, depth: int, to: str, source: str) -> bool:
    parts = split(name)
    plain = (parts.base, parts.accent, parts.superscript) == (base, "", str(depth))
    return plain and parts.subscripts in ((to + source,), (to, source))


SIMPLE = {
    ("cross_entropy", "softmax"): Reason("cross-entropy behind softmax; the targets add up to 1"),
    ("binary_cross_entropy", "sigmoid"): Reason("binary cross-entropy behind a sigmoid: a (1 - a) cancels"),
}
"""By the kind of loss and the activation of the last layer: why its ∂C/∂z is a - y."""


def note_line(evaluation: Evaluation, name: str) -> Equality:
    """Write ∂C/∂name as the notes do: a - y where it comes to that, else from the derivatives above."""
    return error_line(evaluation, name) or unit_line(evaluation, name)


def note_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """Return the numbers that go with `note_line`."""
    simple = error_line(evaluation, name) is not None
    return error_numbers(evaluation, name) if simple else adjoint_numbers(evaluation, name)


def passed_over(evaluation: Evaluation, names: Iterable[str]) -> tuple[str, ...]:
    """Leave out the ∂C/∂a that nothing takes up and nobody asked for, where ∂C/∂z is said directly."""
    graph = evaluation.graph
    wanted = {*evaluation.derivation.gradients, *graph.spec.notes}
    outputs = {neuron.output for neuron in _last(evaluation)} if not graph.spec.notation.shorthands else set()
    return tuple(name for name in names if name not in outputs or name in wanted)


def error_line(evaluation: Evaluation, name: str) -> Equality | None:
    """Write ∂C/∂z = a - y, with a mean's 1/n in front; None where z is no net input of such a last layer."""
    expr = _difference(evaluation, name)
    if expr is None:
        return None
    graph = evaluation.graph
    network = graph.spec.network
    assert network is not None
    reason = SIMPLE[network.loss_kind, _activation(evaluation, network.layers[-1][0])]
    return equality((LineKind.ERROR, name), partial(graph, graph.loss, name), expr, reason=reason)


def error_numbers(evaluation: Evaluation, name: str) -> Equality | None:
    """Write ∂C/∂z = its numbers = its value; None without numbers, or where it has one value per sample."""
    graph, values, expr = evaluation.graph, evaluation.adjoints.get(name), _difference(evaluation, name)
    if values is None or expr is None or (has_samples(graph) and graph.per_sample(name)):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    figures, result, agrees = settle(
        lambda extra: with_numbers(expr, evaluation, style, extra), values[0], style, lambda e: evaluate(e, env)
    )
    left = partial(graph, graph.loss, name)
    return equality((LineKind.ERROR_VALUE, name), left, figures, result if agrees else Marked(result), numeric=True)


def _difference(evaluation: Evaluation, name: str) -> Expr | None:
    graph, network, last = evaluation.graph, evaluation.graph.spec.network, _last(evaluation)
    at = next((k for k, neuron in enumerate(last) if neuron.net == name), None)
    if network is None or at is None:
        return None
    neuron, target = last[at], network.targets[at]
    whole = Sum((symbol(graph, neuron.output), Neg(symbol(graph, target))))
    local = evaluation.derivation.locals[graph.loss, neuron.output]
    return chain((one_over_count(graph), whole)) if local.reduce == "mean" and has_samples(graph) else whole


def _last(evaluation: Evaluation) -> tuple[Neuron, ...]:
    """Return the units of a last layer whose ∂C/∂z is a - y; none where it is not, or where rounded numbers are carried on."""
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
    """Return the function of a unit by its key in the table."""
    definition = evaluation.graph.quantities[neuron.output].definition
    return definition.function if isinstance(definition, Call) else ""
