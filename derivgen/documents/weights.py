"""A layer drawn by itself, each weight on the wire that it belongs to, beside W written out."""

from __future__ import annotations

from derivgen.documents.document import Block, Equations, Figure, Heading, SideBySide, Text, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.network import layer_drawing
from derivgen.lines.needs import network_of
from derivgen.lines.weights import layer_lines, layers_of
from derivgen.spec.model import Show

WIDEST = 9.0  # cm
MOST_UNITS = 6


def weight_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """A picture and its lines for each layer asked for; the lines alone where the layer is large."""
    heading = Heading((Text(sheet.words.say("Which weight joins which units")),))
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
