"""A layer drawn by itself, each weight on the wire that it belongs to, beside W written out."""

from __future__ import annotations

from dataclasses import replace

from derivgen.documents.document import Block, Equations, Figure, Heading, SideBySide, Text, Together
from derivgen.documents.drawing import Drawing, Shape, Wire
from derivgen.documents.layout import framed
from derivgen.documents.layout_network import columns_of, links_of, places, radius_for
from derivgen.documents.layout_network_plan import bare_plan, best_plan, wire_ends
from derivgen.documents.layout_network_task import Task
from derivgen.documents.sheet import Sheet
from derivgen.lines.needs import network_of
from derivgen.lines.weights import layer_lines, layers_of
from derivgen.maths.style import Style
from derivgen.maths.tree import Sym
from derivgen.spec.model import Network, Neuron, Show

WIDEST = 9.0
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
    return SideBySide((Figure(layer_drawing(below, neurons, sheet.style), said),), (lines,))


def layer_drawing(below: tuple[str, ...], neurons: tuple[Neuron, ...], style: Style) -> Drawing:
    """Two columns of circles, `below` at the left and the layer's sums at the right; the weights on their wires."""
    bare = tuple(replace(neuron, output=neuron.net or neuron.output, bias=None) for neuron in neurons)
    columns = columns_of(Network(below, (bare,)), ())
    radius = radius_for(columns, Sym, style, False)
    task = Task(columns, links_of(columns), Sym, None, None, below[0], None, (), style, radius, WIDEST)
    plan = best_plan(task) or bare_plan(task)
    centres = places(columns, plan.xs, plan.dy)
    shapes = [
        Shape(*centre, 2 * radius, 2 * radius, Sym(name), "circle", "unit" if column else "input")
        for (column, name), centre in centres.items()
    ]
    return framed(shapes, [Wire(wire_ends(task, centres, link)) for link in task.links], plan.weights, style)
