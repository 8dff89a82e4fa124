"""The block `weights`: a layer drawn by itself, each weight on its wire, beside W and W a + b written out entry by entry."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.blocks.record import Position, ShownBlock, has_network, network_of, once, title
from derivgen.derivation.matrices import Layer
from derivgen.documents.document import Block, Equations, Figure, SideBySide, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.network import layer_drawing
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.forward import definition_line
from derivgen.lines.matrix_lines import MatrixLines, matrix_lines_of
from derivgen.lines.notation import to_notation
from derivgen.maths.tree import Expr, MatMul, Matrix, Sum
from derivgen.spec.model import Neuron, Show


def layers_of(evaluation: Evaluation, show: Show) -> tuple[int, ...]:
    """Return the numbers of the layers asked for, all of them by default. Raises SpecError for one that is not there."""
    count = len(network_of(evaluation).layers)
    for text, place in zip(show.arguments, show.places, strict=True):
        if not text.isdecimal() or not 1 <= int(text) <= count:
            raise SpecError(Problem(f"there is no layer {text[:40]!r}", place, f"the layers are counted from 1 to {count}"))
    return tuple(map(int, show.arguments)) or tuple(range(1, count + 1))


def weight_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield the lines of all layers asked for."""
    for number in layers_of(evaluation, show):
        yield from layer_lines(evaluation, number)


def layer_lines(evaluation: Evaluation, number: int) -> tuple[Equality, ...]:
    """Write W = its entries; z = W a + b with every entry written out. Where there are no matrices, each unit's own equation."""
    made = matrix_lines_of(evaluation)
    neurons = network_of(evaluation).layers[number - 1]
    own = tuple(definition_line(evaluation.graph, _sum_of(neuron)) for neuron in neurons)
    if made is None:
        return own
    layer = made.layered.layers[number - 1]
    names = made.names(layer.weights)
    if names is None:
        return own
    whole = equality((LineKind.WEIGHTS, str(number)), made.layered.sized(layer.weights), names)
    return (whole, *own) if made.layered.batch else (whole, *_written(evaluation, made, layer, neurons))


def _sum_of(neuron: Neuron) -> str:
    return neuron.net or neuron.output


def _written(evaluation: Evaluation, made: MatrixLines, layer: Layer, neurons: tuple[Neuron, ...]) -> Iterator[Equality]:
    """[z_1; z_2] = [w_11 w_12; w_21 w_22] [a_1; a_2] + [b_1; b_2] = [w_11 a_1 + w_12 a_2 + b_1; …]"""
    graph = evaluation.graph
    left, weights, below = (made.names(matrix) for matrix in (layer.summed, layer.weights, layer.below))
    bias = made.names(layer.bias) if layer.bias is not None else None
    if left is None or weights is None or below is None or (layer.bias is not None and bias is None):
        return
    product: Expr = MatMul((weights, below))
    definitions = [graph.quantities[_sum_of(neuron)].definition for neuron in neurons]
    entries = Matrix(tuple((to_notation(each, graph),) for each in definitions if each is not None))
    yield equality(
        (LineKind.WEIGHTS, str(layer.number), "sum"), left, Sum((product, bias)) if bias is not None else product, entries
    )


WIDEST = 9.0  # cm
MOST_UNITS = 6


def weight_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return a picture and its lines for each layer asked for; the lines alone where the layer is large."""
    heading = title(sheet, "Which weight joins which units")
    groups = [_layer(sheet, number) for number in layers_of(sheet.evaluation, show)]
    return (Together((heading, groups[0])), *groups[1:])


def _layer(sheet: Sheet, number: int) -> Block:
    network = network_of(sheet.evaluation)
    below = network.inputs if number == 1 else tuple(neuron.output for neuron in network.layers[number - 2])
    neurons = network.layers[number - 1]
    lines = Equations(tuple(sheet.line(line) for line in layer_lines(sheet.evaluation, number)))
    if max(len(below), len(neurons)) > MOST_UNITS:
        return lines
    said = sheet.words.say("The wires into layer {number}, each with its weight.", number=number)
    return SideBySide((Figure(layer_drawing(below, neurons, sheet.style, WIDEST), said),), (lines,))


WEIGHTS = ShownBlock(
    "weights",
    weight_blocks,
    weight_lines,
    means="which weight joins which units, layer by layer",
    of=once(has_network),
    lacking="it needs a `network`",
    position=Position.SETTING,
)
