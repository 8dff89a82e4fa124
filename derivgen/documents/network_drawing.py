"""A network as a drawing: inputs at the left, a column per layer, the loss at the right, weights on their wires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from derivgen.documents.drawing import Drawing, Label, Shape, Wire
from derivgen.documents.layout import Point, content_size, framed
from derivgen.documents.layout_network import Unit, columns_of, links_of, places, radius_for, valued
from derivgen.documents.layout_network_bias import ARROWS
from derivgen.documents.layout_network_plan import Plan, bare_plan, best_plan, loss_wires, wire_ends
from derivgen.documents.layout_network_task import Task
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.spec.model import Network

WIDE, NARROW = 16.0, 9.0  # cm: the text's width, and beside equations


def network_drawing(
    network: Network,
    *,
    label: Callable[[str], Expr],
    weights: Mapping[str, Expr] | None = None,
    biases: Mapping[str, Expr] | None = None,
    loss: str = "Loss",
    target: str | None = None,
    strong: tuple[str, ...] = (),
    compact: bool = False,
    style: Style = Style(),  # noqa: B008 - frozen
) -> Drawing:
    """The network, at most 9 cm wide when `compact`, else 16; labels that find no clear room are left out.

    `label` gives what prints for a name; `weights` and `biases` map names to values (`W_13 = 1/2` on the wire; without:
    the name alone). Units, wires and labels of the `strong` names stand out. With no room for the values, the names stand
    alone; with none for the names either (or more than 6 units or 30 wires in a layer) the wires are bare.
    `Drawing.omitted` lists the weights and biases whose names, or whose given values, are not in the picture.
    """
    columns = columns_of(network, strong)
    task = Task(
        columns,
        links_of(columns),
        label,
        weights,
        biases,
        loss,
        target,
        strong,
        style,
        radius_for(columns, label, style, bool(strong)),
        NARROW if compact else WIDE,
    )
    attempts = (task, replace(task, weights=None), replace(task, weights=None, biases=None))
    plan = next((found for found in map(best_plan, attempts) if found), None) or bare_plan(task)
    return _drawn(task, plan, _omitted(network, task, plan))


def _drawn(task: Task, plan: Plan, omitted: tuple[str, ...]) -> Drawing:
    centres = places(task.columns, plan.xs, plan.dy)
    shapes = [_shape(task, at, unit, centres) for at, column in enumerate(task.columns) for unit in column if unit.name]
    dots = [
        Label(plan.xs[at], -unit.row * plan.dy, "⋮", size="normal")
        for at, column in enumerate(task.columns)
        for unit in column
        if not unit.name
    ]
    wires = [Wire(wire_ends(task, centres, link), strong=task.is_strong(link)) for link in task.links]
    box = task.loss_box(plan.xs[-1], plan.dy)
    target = _target(task, box)
    labels = [*plan.weights, *(label for label, _ in plan.biases), *dots, *(label for label, _ in target)]
    wires += [*(wire for _, wire in plan.biases), *loss_wires(task, centres, box), *(wire for _, wire in target)]
    return framed([*shapes, box], wires, labels, task.style, omitted)


def _shape(task: Task, at: int, unit: Unit, centres: Mapping[tuple[int, str], Point]) -> Shape:
    name = unit.output
    strong = name in task.strong or bool(unit.neuron and unit.neuron.net in task.strong)
    tone = "unit" if unit.neuron else "input"
    return Shape(*centres[at, name], 2 * task.radius, 2 * task.radius, task.label(name), "circle", tone, strong)


def _target(task: Task, box: Shape) -> list[tuple[Label, Wire]]:
    """The target with a quiet arrow into the loss from below."""
    if task.target is None:
        return []
    content = task.label(task.target)
    _, height = content_size(content, "small", task.style)
    foot = box.y - box.height / 2
    wire = Wire(((box.x, foot - ARROWS[0]), (box.x, foot)), quiet=True)
    return [(Label(box.x, foot - ARROWS[0] - height / 2 - 0.04, content, tone="quiet"), wire)]


def _omitted(network: Network, task: Task, plan: Plan) -> tuple[str, ...]:
    """The weights and biases whose names or given values are not to be read in the picture."""
    written = [label.content for label in (*plan.weights, *(label for label, _ in plan.biases))]
    neurons = [neuron for layer in network.layers for neuron in layer]
    weights = [(name, task.weights) for neuron in neurons for name in neuron.weights]
    biases = [(neuron.bias, task.biases) for neuron in neurons if neuron.bias]
    wanted = dict.fromkeys((name, valued(name, task.label, values)) for name, values in (*weights, *biases))
    return tuple(name for name, content in wanted if content not in written)
