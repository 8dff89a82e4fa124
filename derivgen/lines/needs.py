"""What a block under `show` cannot do without, told at its place in the spec."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.errors import Problem, SpecError, closest
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.lines.forward import definition_line
from derivgen.lines.updates import step_table
from derivgen.spec.model import Network, Show
from derivgen.updates import Descent, descent


def network_of(evaluation: Evaluation) -> Network:
    """The spec's network; that there is one has been checked when the spec was read."""
    network = evaluation.graph.spec.network
    assert network is not None
    return network


def descent_of(evaluation: Evaluation, show: Show) -> Descent:
    """The spec's steps of gradient descent. Raises SpecError without an `update` block."""
    if evaluation.graph.spec.update is None:
        raise SpecError(
            Problem(f"the block {show.kind} needs `update`", show.place, "for example  update: {learning_rate: 1/10, steps: 10}")
        )
    return descent(evaluation)


def loss_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """The loss after each step as it is printed."""
    descent_of(evaluation, show)
    return iter(step_table(evaluation).lines)


def neuron_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Each neuron's own equations."""
    for layer in network_of(evaluation).layers:
        for neuron in layer:
            yield from (definition_line(evaluation.graph, name) for name in dict.fromkeys((neuron.net, neuron.output)) if name)


def operation_of(evaluation: Evaluation, show: Show) -> str:
    """The name of a quantity that the loss depends on and that is worked out from others. Raises SpecError for any other."""
    name, quantities = show.arguments[0], evaluation.graph.quantities
    defined = tuple(key for key, quantity in quantities.items() if quantity.definition is not None)
    if name not in defined:
        why = "is not worked out by the computation" if name in quantities else "is no name of this spec"
        raise SpecError(Problem(f"{name} {why}", show.places[0], closest(name, defined) or "name a quantity with an equation"))
    if name != evaluation.graph.loss and name not in evaluation.derivation.consumers:
        raise SpecError(Problem(f"the loss does not depend on {name}", show.places[0], "name one that it depends on"))
    return name
