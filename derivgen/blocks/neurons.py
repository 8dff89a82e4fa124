"""The block `neurons`: the network with every neuron's own equations beside it."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.blocks.record import Position, ShownBlock, has_network, network_of, once, title
from derivgen.documents.document import Block, Equations, Figure, Together
from derivgen.documents.pictures import picture
from derivgen.documents.sheet import Sheet
from derivgen.drawings.neurons import NeuronBox, neuron_drawing
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.lines.forward import definition_line
from derivgen.maths.tree import Expr, Sym
from derivgen.spec.model import Neuron, Show


def neuron_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield each neuron's own equations."""
    for layer in network_of(evaluation).layers:
        for neuron in layer:
            yield from (definition_line(evaluation.graph, name) for name in dict.fromkeys((neuron.net, neuron.output)) if name)


def neuron_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return one drawing; where it would be too large, the network alone and the equations below it, layer by layer."""
    network = network_of(sheet.evaluation)
    inputs = [(name, Sym(name)) for name in network.inputs]
    layers = [[_box(sheet, neuron) for neuron in layer] for layer in network.layers]
    drawing = neuron_drawing(inputs, layers, Sym(sheet.graph.loss), sheet.style)
    heading = title(sheet, "Every neuron with its equations")
    if drawing is not None:
        said = sheet.words.say("The network, each neuron with its own equations.")
        return (Together((heading, Figure(drawing, said))),)
    figure = picture(sheet)
    equations = [
        Equations(tuple(sheet.line(definition_line(sheet.graph, name)) for neuron in layer for name in _names(neuron)))
        for layer in network.layers
    ]
    return (heading, *((figure,) if figure is not None else ()), *equations)


def _names(neuron: Neuron) -> tuple[str, ...]:
    """Return the names a neuron works out: its net input, where it has one, and its output."""
    return (neuron.net, neuron.output) if neuron.net and neuron.net != neuron.output else (neuron.output,)


def _sides(sheet: Sheet, name: str) -> tuple[Expr, Expr]:
    sides = definition_line(sheet.graph, name).sides
    return sides[0], sides[1]


def _box(sheet: Sheet, neuron: Neuron) -> NeuronBox:
    equations = tuple(_sides(sheet, name) for name in _names(neuron))
    return NeuronBox(neuron.output, Sym(neuron.output), equations, tuple(dict.fromkeys(neuron.sources)))


NEURONS = ShownBlock(
    "neurons",
    neuron_blocks,
    neuron_lines,
    means="the network, every neuron with its equations",
    of=once(has_network),
    lacking="it needs a `network`",
    drawn=True,
    position=Position.SETTING,
)
