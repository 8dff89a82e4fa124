"""Biases of a network: a small arrow into each unit from above or below, with the bias at its tail."""

from __future__ import annotations

from derivgen.documents.drawing import Label, Wire
from derivgen.documents.layout import Point, Rect, content_size, edge, label_rect
from derivgen.documents.layout_network import Unit, valued
from derivgen.documents.layout_network_task import Line, Task

ARROWS = (0.42, 0.3)
_ASIDE = (0.0, -0.3, 0.3, -0.6, 0.6, -0.9, 0.9)
Bias = tuple[Label, Wire]


def seat_biases(
    task: Task, centres: dict[tuple[int, str], Point], lines: list[Line], taken: list[Rect]
) -> tuple[Bias, ...] | None:
    """For each bias the first of its places that touches no taken ground and no wire; None where one has no such place."""
    ground = [*taken, *(circle_rect(task, centre) for centre in centres.values())]
    found: list[Bias] = []
    for at, column in enumerate(task.columns):
        for unit in column if at and task.is_labelled(at) else ():
            if unit.neuron is None or not unit.neuron.bias:
                continue
            own = centres[at, unit.output]
            choices = _choices(task, unit, unit.neuron.bias, own)
            choice = next((choice for choice in choices if _is_clear(task, choice, ground, lines, own)), None)
            if choice is None:
                return None
            found.append(choice)
            ground.append(label_rect(choice[0], task.style))
    return tuple(found)


def circle_rect(task: Task, centre: Point) -> Rect:
    """The square around a unit."""
    return Rect(*centre, 2 * task.radius, 2 * task.radius)


def _choices(task: Task, unit: Unit, name: str, centre: Point) -> list[Bias]:
    """Straight above or below first, then aslant; outwards before inwards."""
    strong = name in task.strong
    content = valued(name, task.label, task.biases)
    _, height = content_size(content, "small", task.style, strong)
    outward = 1 if unit.row <= 0 else -1
    choices = []
    for arrow in ARROWS:
        for side in (outward, -outward):
            for aside in _ASIDE:
                tail = (centre[0] + aside, centre[1] + side * (task.radius + arrow))
                wire = Wire((tail, edge(centre, task.radius, tail)), strong=strong, quiet=not strong)
                tone = "plain" if strong else "quiet"
                choices.append((Label(tail[0], tail[1] + side * (height / 2 + 0.02), content, tone=tone, strong=strong), wire))
    return choices


def _is_clear(task: Task, choice: Bias, ground: list[Rect], lines: list[Line], own: Point) -> bool:
    """Neither the label nor its arrow touches ground that is taken or a wire."""
    label, wire = choice
    rect = label_rect(label, task.style)
    if any(rect.overlaps(other, 0.1) for other in ground) or any(rect.covered(*line, 0.05) for line in lines):
        return False
    start, end = wire.points
    return not any(other.covered(start, end, 0.03) for other in ground if other != circle_rect(task, own))
