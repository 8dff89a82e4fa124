"""A placement for a network: how far apart its columns and rows stand, and where its labels go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import dist

from derivgen.documents.drawing import Label, Shape, Wire
from derivgen.documents.layout import Point, Rect, along, edge, label_rect
from derivgen.documents.layout_labels import Strand, seat_labels
from derivgen.documents.layout_network import Link, places
from derivgen.documents.layout_network_bias import Bias, circle_rect, seat_biases
from derivgen.documents.layout_network_task import Line, Task

_ROWS = (1.3, 1.5, 1.7, 1.9, 2.05, 2.2, 2.5)  # distances of rows that are tried
_SLACK = (0.0, 0.4, 0.9)  # more room between columns, where biases find none
_FINE = 0.1
_BARE, _BESIDE, _AROUND = 1.1, 0.42, 0.07
Rects = tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A finished placement and how good it is (smaller is better)."""

    cost: float
    xs: tuple[float, ...]
    dy: float
    weights: tuple[Label, ...] = ()
    biases: tuple[Bias, ...] = ()


def best_plan(task: Task) -> Plan | None:
    """The most compact placement in which every label is clear and the width is kept; None when there is none."""
    best: Plan | None = None
    least = sum(_nearest_gap(task, at) for at in range(1, len(task.columns)))
    if least > task.limit:
        return None
    for dy in _ROWS:
        if dy < max(2 * task.radius + 0.2, 1.5 if task.rows < 4 else 0.0):
            continue
        if best and best.cost <= least + _height_cost(task, dy):
            break
        plan = _loosest(task, dy)
        if plan and (best is None or plan.cost < best.cost):
            best = plan
    return best


def _loosest(task: Task, dy: float) -> Plan | None:
    """The plan with the least slack; where even the tightest columns are too wide, more slack is not tried."""
    for slack in _SLACK:
        columns = _columns(task, dy, slack)
        if columns is None:
            return None
        plan = _plan(task, dy, *columns)
        if plan is not None:
            return plan
    return None


def _height_cost(task: Task, dy: float) -> float:
    return (1.0 if task.rows < 4 else 1.6) * dy * task.rows


def _columns(task: Task, dy: float, slack: float) -> tuple[list[float], list[Label], Shape] | None:
    """Columns as near to each other as their labels allow, and `slack` more; None when they are too wide."""
    xs, labels = [0.0], []
    for at in range(1, len(task.columns)):
        found = _column(task, at, dy, xs, slack)
        if found is None:
            return None
        xs.append(found[0])
        labels += [Label(r.x, r.y, c.content, strong=c.strong) for r, c in zip(found[1], task.carried[at], strict=True)]
    box = task.loss_box(xs[-1], dy)
    if box.x + box.width / 2 + task.radius > task.limit:
        return None
    return xs, labels, box


def _plan(task: Task, dy: float, xs: list[float], labels: list[Label], box: Shape) -> Plan | None:
    """The columns with their biases; None when those find no room."""
    centres = places(task.columns, xs, dy)
    lines = [wire_ends(task, centres, link) for link in task.links]
    lines += [(wire.points[0], wire.points[-1]) for wire in loss_wires(task, centres, box)]
    taken = [*(label_rect(label, task.style) for label in labels), Rect(box.x, box.y, box.width, box.height)]
    biases = seat_biases(task, centres, lines, taken)
    return None if biases is None else Plan(xs[-1] + _height_cost(task, dy), tuple(xs), dy, tuple(labels), biases)


def bare_plan(task: Task) -> Plan:
    """Without any label on wires."""
    dy = max(1.1, 2 * task.radius + 0.25)
    box = task.loss_box(0.0, dy)
    room = (task.limit - task.radius - box.x - box.width / 2) / max(1, len(task.columns) - 1)
    step = max(2 * task.radius + 0.5, min(max(2.2, 0.35 * dy * task.rows), room))
    return Plan(0.0, tuple(step * at for at in range(len(task.columns))), dy)


def _nearest_gap(task: Task, at: int) -> float:
    """The least distance from one column to the next."""
    return 2 * task.radius + max([_BARE, *(label.width + _BESIDE for label in task.carried[at])])


def _column(task: Task, at: int, dy: float, xs: list[float], slack: float) -> tuple[float, Rects] | None:
    """The nearest x for a column at which the labels on the wires into it are clear, and their places."""
    nearest = xs[-1] + _nearest_gap(task, at) + slack
    if not task.carried[at]:
        return nearest + 0.5, ()
    steps = int(min(task.limit - nearest, 6.0) / _FINE)
    return _nearest(lambda x: _seated(task, [*xs, x], dy), nearest, steps)


def _nearest(attempt: Callable[[float], Rects | None], nearest: float, steps: int) -> tuple[float, Rects] | None:
    """The smallest x, in fine steps from the nearest, at which the attempt succeeds; found by halving."""
    rects = attempt(nearest + _FINE * steps) if steps >= 0 else None
    if rects is None:
        return None
    best, low, high = (nearest + _FINE * steps, rects), 0, steps - 1
    while low <= high:
        middle = (low + high) // 2
        rects = attempt(nearest + _FINE * middle)
        if rects is None:
            low = middle + 1
        else:
            best, high = (nearest + _FINE * middle, rects), middle - 1
    return best


def _seated(task: Task, xs: list[float], dy: float) -> Rects | None:
    """Clear places for the labels on the wires into the last of the columns at `xs`."""
    at = len(xs) - 1
    centres = places(task.columns[: at + 1], xs, dy)
    links = task.into(at)
    lines = [wire_ends(task, centres, link) for link in links]
    if any(_runs_through(task, line, centre) for line in lines for centre in centres.values()):
        return None
    strands = [Strand(*line, label.width, label.height) for line, label in zip(lines, task.carried[at], strict=True)]
    return seat_labels(strands, lines, [circle_rect(task, centre) for centre in centres.values()])


def _runs_through(task: Task, line: Line, centre: Point) -> bool:
    """Whether a wire comes too near to a circle that is not at one of its ends."""
    if min(dist(centre, end) for end in line) <= task.radius + 1e-6:
        return False
    start, end = line
    length = dist(start, end)
    ahead = ((centre[0] - start[0]) * (end[0] - start[0]) + (centre[1] - start[1]) * (end[1] - start[1])) / length**2
    return dist(centre, along(start, end, max(0.0, min(1.0, ahead)))) < task.radius + _AROUND


def wire_ends(task: Task, centres: Mapping[tuple[int, str], Point], link: Link) -> Line:
    """Where a wire leaves one circle and meets the other."""
    source, target = centres[link.column, link.source], centres[link.column + 1, link.target]
    return edge(source, task.radius, target), edge(target, task.radius, source)


def loss_wires(task: Task, centres: Mapping[tuple[int, str], Point], box: Shape) -> list[Wire]:
    """From each output to the loss."""
    left = (box.x - box.width / 2, box.y)
    names = [unit.output for unit in task.columns[-1] if unit.name]
    last = len(task.columns) - 1
    starts = [(name, edge(centres[last, name], task.radius, left)) for name in names]
    return [Wire((start, _port(box, start)), strong=box.strong and name in task.strong) for name, start in starts]


def _port(box: Shape, start: Point) -> Point:
    """Where a wire meets the box's left side: a little above the middle when it comes from above."""
    room = box.height / 2 - 0.08
    return box.x - box.width / 2, max(-room, min(room, 0.1 * start[1]))
