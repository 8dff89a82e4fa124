"""Where a network's picture has its columns, rows and labels: the most compact placement in which every label is clear.

All lengths are in cm. `Diagram` says what is to be drawn, `Placement` where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import dist, hypot

from derivgen.drawings.drawing import Label, Point, Rect, Segment, Shape, Wire, content_size, distance, edge, label_rect
from derivgen.drawings.wire_labels import LabelledWire, place_labels
from derivgen.frozen import dataclass
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr, Sym
from derivgen.memo import LABEL_PLACES
from derivgen.spec.model import Network, Neuron

MOST_UNITS = 6  # in a column; above, dots stand for the rest
MOST_WIRES = 30  # between two columns with labels on them
ARROWS = (0.42, 0.3)  # lengths of a bias' arrow
_ASIDE = (0.0, -0.3, 0.3, -0.6, 0.6, -0.9, 0.9)  # how far aslant it may stand
_ROWS = (1.3, 1.5, 1.7, 1.9, 2.05, 2.2, 2.5)  # distances of rows that are tried
_SLACK = (0.0, 0.4, 0.9)  # more room between columns, where biases find none
_FINE = 0.1
_BARE, _BESIDE, _AROUND = 1.1, 0.42, 0.07

Centres = Mapping[tuple[int, str], Point]
Rects = tuple[Rect, ...]
Bias = tuple[Label, Wire]


@dataclass(frozen=True, slots=True)
class Unit:
    """A circle of the picture; `neuron` is None for an input, `name` is None for dots."""

    name: str | None
    neuron: Neuron | None
    row: float

    @property
    def output(self) -> str:
        """Return the name of a unit that is no dots."""
        assert self.name is not None
        return self.name


Columns = tuple[tuple[Unit, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A wire from a unit to one of the next column: its weight's name, its ends' names, the column of its source."""

    weight: str
    column: int
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class WireLabel:
    """A label that a wire carries, and its size; with a strong path, that of a strong one, so that all paths share a layout."""

    content: Expr
    strong: bool
    width: float
    height: float


def columns_of(network: Network, strong: tuple[str, ...]) -> Columns:
    """Return the units to show, column by column, each with its row (from the top, in steps)."""
    columns: list[list[tuple[str, Neuron | None]]] = [[(name, None) for name in network.inputs]]
    columns += [[(neuron.output, neuron) for neuron in layer] for layer in network.layers]
    return tuple(_shown(column, strong) for column in columns)


def _shown(column: list[tuple[str, Neuron | None]], strong: tuple[str, ...]) -> tuple[Unit, ...]:
    """All units of a small column; of a large one the first three, those on the path and the last, with dots between."""
    kept = list(range(len(column)))
    if len(column) > MOST_UNITS:
        path = [k for k, (name, _) in enumerate(column) if name in strong][:2]
        kept = sorted({*range(3), *path, len(column) - 1})
    units: list[Unit] = []
    row = 0.0
    for place, k in enumerate(kept):
        if place and k != kept[place - 1] + 1:
            units.append(Unit(None, None, row))
            row += 1
        units.append(Unit(column[k][0], column[k][1], row))
        row += 1
    middle = (row - 1) / 2
    return tuple(Unit(unit.name, unit.neuron, unit.row - middle) for unit in units)


def valued(name: str, values: Mapping[str, Expr] | None) -> Expr:
    """Return `W_13`, or `W_13 = 1/2` where there is a value."""
    return Sym(name) if values is None or name not in values else Compare("==", Sym(name), values[name])


@dataclass(frozen=True)
class Diagram:
    """What is to be drawn, decided before anything is placed; no wider than `limit`."""

    columns: Columns
    weights: Mapping[str, Expr] | None
    biases: Mapping[str, Expr] | None
    loss: str
    target: str | None
    strong: tuple[str, ...]
    style: Style
    limit: float

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return every wire between units that are shown."""
        found = []
        for at in range(1, len(self.columns)):
            before = {unit.name for unit in self.columns[at - 1] if unit.name}
            for unit in self.columns[at]:
                if unit.neuron and unit.name:
                    pairs = zip(unit.neuron.weights, unit.neuron.sources, strict=True)
                    found += [Link(weight, at - 1, source, unit.name) for weight, source in pairs if source in before]
        return tuple(found)

    @cached_property
    def radius(self) -> float:
        """Return the radius of every circle: enough for the longest name."""
        names = [unit.name for column in self.columns for unit in column if unit.name]
        sizes = [content_size(Sym(name), "normal", self.style, bool(self.strong)) for name in names]
        return max([0.36, *(hypot(width, height) / 2 + 0.05 for width, height in sizes)])

    @cached_property
    def rows(self) -> int:
        """Return the number of units in the highest column."""
        return max(len(column) for column in self.columns)

    @cached_property
    def wire_labels(self) -> tuple[tuple[WireLabel, ...], ...]:
        """Return the labels on the wires into each column, the first being the inputs'."""
        return ((), *(self._labels_into(at) for at in range(1, len(self.columns))))

    def _labels_into(self, at: int) -> tuple[WireLabel, ...]:
        found = []
        for link in self.into(at) if self.is_labelled(at) else ():
            content, strong = valued(link.weight, self.weights), self.is_strong(link)
            found.append(WireLabel(content, strong, *content_size(content, "small", self.style, bool(self.strong))))
        return tuple(found)

    def into(self, at: int) -> tuple[Link, ...]:
        """Return the wires into a column."""
        return tuple(link for link in self.links if link.column == at - 1)

    def is_labelled(self, at: int) -> bool:
        """Tell whether the wires into a column carry labels: not where units are left out or wires are too many."""
        complete = all(unit.name is not None for column in self.columns[at - 1 : at + 1] for unit in column)
        return complete and len(self.into(at)) <= MOST_WIRES

    def is_strong(self, link: Link) -> bool:
        """Tell whether the path runs along the wire: it names the weight, or both of its ends."""
        return link.weight in self.strong or (link.source in self.strong and link.target in self.strong)

    def centres(self, xs: Sequence[float], dy: float) -> dict[tuple[int, str], Point]:
        """Return the centre of every unit by (column, name), for the columns at `xs` and rows `dy` apart."""
        columns = enumerate(self.columns[: len(xs)])
        return {(at, unit.name): (xs[at], -unit.row * dy) for at, column in columns for unit in column if unit.name}

    def circle(self, centre: Point) -> Rect:
        """Return the square around a unit."""
        return Rect(*centre, 2 * self.radius, 2 * self.radius)

    def loss_box(self, x: float, dy: float) -> Shape:
        """Return the loss' box, right of the last column at x."""
        width, height = content_size(Sym(self.loss), "normal", self.style, bool(self.strong))
        rows = len(self.columns[-1])
        gap = 0.65 if rows == 1 else max(1.1, 0.35 * (rows - 1) * dy)
        centre = x + self.radius + gap + (width + 0.2) / 2
        return Shape(centre, 0.0, width + 0.2, height + 0.24, Sym(self.loss), "box", "loss", self.loss in self.strong)


@dataclass(frozen=True, slots=True)
class Placement:
    """A finished placement: where the columns stand, how far apart the rows, the labels; and its cost (smaller is better)."""

    cost: float
    xs: tuple[float, ...]
    dy: float
    weights: tuple[Label, ...] = ()
    biases: tuple[Bias, ...] = ()


def best_placement(diagram: Diagram) -> Placement | None:
    """Find the most compact placement in which every label is clear and the width is kept; None when there is none."""
    best: Placement | None = None
    least = sum(_nearest_gap(diagram, at) for at in range(1, len(diagram.columns)))
    if least > diagram.limit:
        return None
    for dy in _ROWS:
        if dy < max(2 * diagram.radius + 0.2, 1.5 if diagram.rows < 4 else 0.0):
            continue
        if best and best.cost <= least + _height_cost(diagram, dy):
            break
        placement = _loosest(diagram, dy)
        if placement and (best is None or placement.cost < best.cost):
            best = placement
    return best


def _loosest(diagram: Diagram, dy: float) -> Placement | None:
    """The placement with the least slack; where even the tightest columns are too wide, more slack is not tried."""
    for slack in _SLACK:
        columns = _columns(diagram, dy, slack)
        if columns is None:
            return None
        placement = _placement(diagram, dy, *columns)
        if placement is not None:
            return placement
    return None


def _height_cost(diagram: Diagram, dy: float) -> float:
    return (1.0 if diagram.rows < 4 else 1.6) * dy * diagram.rows


def _columns(diagram: Diagram, dy: float, slack: float) -> tuple[list[float], list[Label], Shape] | None:
    """Columns as near to each other as their labels allow, and `slack` more; None when they are too wide."""
    xs, labels = [0.0], []
    for at in range(1, len(diagram.columns)):
        found = _column(diagram, at, dy, xs, slack)
        if found is None:
            return None
        xs.append(found[0])
        labels += [Label(r.x, r.y, c.content, strong=c.strong) for r, c in zip(found[1], diagram.wire_labels[at], strict=True)]
    box = diagram.loss_box(xs[-1], dy)
    if box.x + box.width / 2 + diagram.radius > diagram.limit:
        return None
    return xs, labels, box


def _placement(diagram: Diagram, dy: float, xs: list[float], labels: list[Label], box: Shape) -> Placement | None:
    """The columns with their biases; None when those find no room."""
    centres = diagram.centres(xs, dy)
    lines = [wire_ends(diagram, centres, link) for link in diagram.links]
    lines += [(wire.points[0], wire.points[-1]) for wire in loss_wires(diagram, centres, box)]
    taken = [*(label_rect(label, diagram.style) for label in labels), Rect(box.x, box.y, box.width, box.height)]
    biases = _place_biases(diagram, centres, lines, taken)
    return None if biases is None else Placement(xs[-1] + _height_cost(diagram, dy), tuple(xs), dy, tuple(labels), biases)


def placement_without_labels(diagram: Diagram) -> Placement:
    """Place the columns without any label on wires."""
    dy = max(1.1, 2 * diagram.radius + 0.25)
    box = diagram.loss_box(0.0, dy)
    room = (diagram.limit - diagram.radius - box.x - box.width / 2) / max(1, len(diagram.columns) - 1)
    step = max(2 * diagram.radius + 0.5, min(max(2.2, 0.35 * dy * diagram.rows), room))
    return Placement(0.0, tuple(step * at for at in range(len(diagram.columns))), dy)


def _nearest_gap(diagram: Diagram, at: int) -> float:
    """The least distance from one column to the next."""
    return 2 * diagram.radius + max([_BARE, *(label.width + _BESIDE for label in diagram.wire_labels[at])])


def _column(diagram: Diagram, at: int, dy: float, xs: list[float], slack: float) -> tuple[float, Rects] | None:
    """The nearest x for a column at which the labels on the wires into it are clear, and their places."""
    nearest = xs[-1] + _nearest_gap(diagram, at) + slack
    if not diagram.wire_labels[at]:
        return nearest + 0.5, ()
    steps = int(min(diagram.limit - nearest, 6.0) / _FINE)
    before = diagram.centres(xs, dy)
    places, rows = list(before), {unit.name: row for row, unit in enumerate(diagram.columns[at])}
    wires = tuple((places.index((at - 1, link.source)), rows[link.target]) for link in diagram.into(at))
    sizes = tuple((label.width, label.height) for label in diagram.wire_labels[at])
    heights = tuple(-unit.row * dy for unit in diagram.columns[at])
    return _nearest(_Column(diagram.radius, tuple(before.values()), heights, wires, sizes), nearest, steps)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column to be placed, in numbers alone, so that drawings which differ in other columns have it placed once.

    `before` are the centres of the units left of it, `heights` its own units; a wire leads from one of the former to one of
    the latter, by their positions; `sizes` are those of the labels on the wires.
    """

    radius: float
    before: tuple[Point, ...]
    heights: tuple[float, ...]
    wires: tuple[tuple[int, int], ...]
    sizes: tuple[tuple[float, float], ...]


@LABEL_PLACES
def _nearest(column: _Column, nearest: float, steps: int) -> tuple[float, Rects] | None:
    """The smallest x, in fine steps from the nearest, at which all labels find room, and where; found by halving."""
    rects = _label_places(column, nearest + _FINE * steps) if steps >= 0 else None
    if rects is None:
        return None
    best, low, high = (nearest + _FINE * steps, rects), 0, steps - 1
    while low <= high:
        middle = (low + high) // 2
        rects = _label_places(column, nearest + _FINE * middle)
        if rects is None:
            low = middle + 1
        else:
            best, high = (nearest + _FINE * middle, rects), middle - 1
    return best


def _label_places(column: _Column, x: float) -> Rects | None:
    """Clear places for the labels on the wires into the column at x."""
    radius, own = column.radius, tuple((x, height) for height in column.heights)
    centres = (*column.before, *own)
    lines = [_between(column.before[source], own[target], radius) for source, target in column.wires]
    if any(_runs_through(line, centre, radius) for line in lines for centre in centres):
        return None
    wires = [LabelledWire(*line, *size) for line, size in zip(lines, column.sizes, strict=True)]
    return place_labels(wires, lines, [Rect(*centre, 2 * radius, 2 * radius) for centre in centres])


def _runs_through(line: Segment, centre: Point, radius: float) -> bool:
    """Whether a wire comes too near to a circle that is not at one of its ends."""
    if min(dist(centre, end) for end in line) <= radius + 1e-6:
        return False
    return distance(centre, line) < radius + _AROUND


def wire_ends(diagram: Diagram, centres: Centres, link: Link) -> Segment:
    """Return where a wire leaves one circle and meets the other."""
    return _between(centres[link.column, link.source], centres[link.column + 1, link.target], diagram.radius)


def _between(source: Point, target: Point, radius: float) -> Segment:
    """The line from one circle's edge to the other's."""
    return edge(source, radius, target), edge(target, radius, source)


def loss_wires(diagram: Diagram, centres: Centres, box: Shape) -> list[Wire]:
    """Return the wires from each output to the loss."""
    left = (box.x - box.width / 2, box.y)
    names = [unit.output for unit in diagram.columns[-1] if unit.name]
    last = len(diagram.columns) - 1
    starts = [(name, edge(centres[last, name], diagram.radius, left)) for name in names]
    return [Wire((start, _port(box, start)), strong=box.strong and name in diagram.strong) for name, start in starts]


def _port(box: Shape, start: Point) -> Point:
    """Where a wire meets the box's left side: a little above the middle when it comes from above."""
    room = box.height / 2 - 0.08
    return box.x - box.width / 2, max(-room, min(room, 0.1 * start[1]))


def _place_biases(diagram: Diagram, centres: Centres, lines: list[Segment], taken: list[Rect]) -> tuple[Bias, ...] | None:
    """For each bias the first of its places that touches no taken ground and no wire; None where one has no such place."""
    ground = [*taken, *(diagram.circle(centre) for centre in centres.values())]
    found: list[Bias] = []
    for at, column in enumerate(diagram.columns):
        for unit in column if at and diagram.is_labelled(at) else ():
            if unit.neuron is None or not unit.neuron.bias:
                continue
            own = centres[at, unit.output]
            choices = _choices(diagram, unit, unit.neuron.bias, own)
            choice = next((choice for choice in choices if _is_clear(diagram, choice, ground, lines, own)), None)
            if choice is None:
                return None
            found.append(choice)
            ground.append(label_rect(choice[0], diagram.style))
    return tuple(found)


def _choices(diagram: Diagram, unit: Unit, name: str, centre: Point) -> list[Bias]:
    """Straight above or below first, then aslant; outwards before inwards."""
    strong = name in diagram.strong
    content = valued(name, diagram.biases)
    _, height = content_size(content, "small", diagram.style, bool(diagram.strong))
    outward = 1 if unit.row <= 0 else -1
    choices = []
    for arrow in ARROWS:
        for side in (outward, -outward):
            for aside in _ASIDE:
                tail = (centre[0] + aside, centre[1] + side * (diagram.radius + arrow))
                wire = Wire((tail, edge(centre, diagram.radius, tail)), strong=strong, quiet=not strong)
                tone = "plain" if strong else "quiet"
                choices.append((Label(tail[0], tail[1] + side * (height / 2 + 0.02), content, tone=tone, strong=strong), wire))
    return choices


def _is_clear(diagram: Diagram, choice: Bias, ground: list[Rect], lines: list[Segment], own: Point) -> bool:
    """Neither the label nor its arrow touches ground that is taken or a wire."""
    label, wire = choice
    rect = label_rect(label, diagram.style)
    if any(rect.overlaps(other, 0.1) for other in ground) or any(rect.covered(*line, 0.05) for line in lines):
        return False
    start, end = wire.points
    return not any(other.covered(start, end, 0.03) for other in ground if other != diagram.circle(own))
