"""A network as a drawing: inputs at the left, a column per layer, the loss at the right, weights on their wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivgen.drawings.drawing import Drawing, Label, Parts, Point, Shape, Wire, content_size, framed
from derivgen.drawings.network_layout import (
    ARROWS,
    Diagram,
    Placement,
    Unit,
    best_placement,
    columns_of,
    loss_wires,
    placement_without_labels,
    valued,
    wire_ends,
)
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Sym
from derivgen.spec.model import Network, Neuron

WIDE, NARROW = 16.0, 9.0  # cm: the text's width, and beside equations


def network_drawing(
    network: Network,
    *,
    weights: Mapping[str, Expr] | None = None,
    biases: Mapping[str, Expr] | None = None,
    loss: str = "Loss",
    target: str | None = None,
    strong: tuple[str, ...] = (),
    compact: bool = False,
    style: Style = Style(),  # noqa: B008 - frozen
) -> Drawing:
    """Draw the network, at most 9 cm wide when `compact`, else 16; labels that find no clear room are left out.

    `weights` and `biases` map names to values (`W_13 = 1/2` on the wire; without: the name alone). Units, wires and labels
    of the `strong` names stand out. With no room for the values, the names stand alone; with none for the names either (or
    more than 6 units or 30 wires in a layer) the wires are bare. `Drawing.omitted` lists the weights and biases whose names,
    or whose given values, are not in the picture.
    """
    columns = columns_of(network, strong)
    diagram = Diagram(columns, weights, biases, loss, target, strong, style, NARROW if compact else WIDE)
    attempts = (diagram, replace(diagram, weights=None), replace(diagram, weights=None, biases=None))
    placement = next((found for found in map(best_placement, attempts) if found), None) or placement_without_labels(diagram)
    return _drawn(diagram, placement, _omitted(network, diagram, placement))


def layer_drawing(below: tuple[str, ...], neurons: tuple[Neuron, ...], style: Style, width: float) -> Drawing:
    """Draw two columns of circles, `below` at the left and the layer's sums at the right, the weights on their wires.

    The drawing is at most `width` cm wide.
    """
    bare = tuple(replace(neuron, output=neuron.net or neuron.output, bias=None) for neuron in neurons)
    diagram = Diagram(columns_of(Network(below, (bare,)), ()), None, None, below[0], None, (), style, width)
    placement = best_placement(diagram) or placement_without_labels(diagram)
    centres = diagram.centres(placement.xs, placement.dy)
    shapes = [_circle(diagram, centre, name, "unit" if column else "input") for (column, name), centre in centres.items()]
    wires = [Wire(wire_ends(diagram, centres, link)) for link in diagram.links]
    return framed(Parts(shapes, wires, placement.weights), style)


def _drawn(diagram: Diagram, placement: Placement, omitted: tuple[str, ...]) -> Drawing:
    centres = diagram.centres(placement.xs, placement.dy)
    units = [(at, unit) for at, column in enumerate(diagram.columns) for unit in column]
    shapes = [_unit(diagram, unit, centres[at, unit.output]) for at, unit in units if unit.name]
    dots = [Label(placement.xs[at], -unit.row * placement.dy, "⋮", size="normal") for at, unit in units if not unit.name]
    wires = [Wire(wire_ends(diagram, centres, link), strong=diagram.is_strong(link)) for link in diagram.links]
    box = diagram.loss_box(placement.xs[-1], placement.dy)
    labels = [*placement.weights, *(label for label, _ in placement.biases), *dots]
    wires += [*(wire for _, wire in placement.biases), *loss_wires(diagram, centres, box)]
    return framed(Parts([*shapes, box], wires, labels) + _target(diagram, box), diagram.style, omitted)


def _unit(diagram: Diagram, unit: Unit, centre: Point) -> Shape:
    strong = unit.output in diagram.strong or bool(unit.neuron and unit.neuron.net in diagram.strong)
    return _circle(diagram, centre, unit.output, "unit" if unit.neuron else "input", strong)


def _circle(diagram: Diagram, centre: Point, name: str, tone: str, strong: bool = False) -> Shape:
    return Shape(*centre, 2 * diagram.radius, 2 * diagram.radius, Sym(name), "circle", tone, strong)


def _target(diagram: Diagram, box: Shape) -> Parts:
    """The target with a quiet arrow into the loss from below."""
    if diagram.target is None:
        return Parts()
    content = Sym(diagram.target)
    _, height = content_size(content, "small", diagram.style)
    foot = box.y - box.height / 2
    wire = Wire(((box.x, foot - ARROWS[0]), (box.x, foot)), quiet=True)
    return Parts(wires=(wire,), labels=(Label(box.x, foot - ARROWS[0] - height / 2 - 0.04, content, tone="quiet"),))


def _omitted(network: Network, diagram: Diagram, placement: Placement) -> tuple[str, ...]:
    """The weights and biases whose names or given values are not to be read in the picture."""
    written = [label.content for label in (*placement.weights, *(label for label, _ in placement.biases))]
    neurons = [neuron for layer in network.layers for neuron in layer]
    weights = [(name, diagram.weights) for neuron in neurons for name in neuron.weights]
    biases = [(neuron.bias, diagram.biases) for neuron in neurons if neuron.bias]
    wanted = dict.fromkeys((name, valued(name, values)) for name, values in (*weights, *biases))
    return tuple(name for name, content in wanted if content not in written)
