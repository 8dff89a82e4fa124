"""The computation graph as a drawing: leaves at the left, the loss at the right, values above wires, gradients below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from derivgen.documents.drawing import Drawing, Label, Shape, Wire
from derivgen.documents.layout import Point, content_size, framed
from derivgen.documents.layout_layers import Layers, Links, Slot, heights_of, layers_of, path_of, ranks_of
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr

MOST_NODES = 40
WIDEST, HIGHEST = 16.0, 21.0  # cm
_NODE, _PORTS, _LEAST_PORTS, _CLEAR = 0.56, 0.2, 0.17, 0.2
_LEAST_GAP, _BEST_GAP = 0.45, 1.3
_SIGNS = {"*": "×", "-": "−", "/": "÷", "^2": "(·)²", "^3": "(·)³"}


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A quantity and the operation that makes it from its operands (none: a leaf); a repeated operand stands twice.

    `operation` is what the node shows beside its name: `+`, `*`, `-`, `/`, `^2`, `ReLU`, …
    """

    name: str
    operands: tuple[str, ...]
    label: Expr
    operation: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column's left end, its widest node and the length of the wires behind its nodes that carry numbers."""

    left: float
    node: float
    stub: float

    @property
    def right(self) -> float:
        return self.left + self.node + self.stub


@dataclass(frozen=True)
class _Sketch:
    """The graph in layers, with what is printed at each node."""

    nodes: Mapping[str, GraphNode]
    layers: Layers
    links: Links
    forward: Mapping[str, Expr]
    backward: Mapping[str, Expr]
    strong: tuple[str, ...]
    style: Style

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The nodes a wire leaves."""
        return tuple(dict.fromkeys(operand for node in self.nodes.values() for operand in node.operands))

    def number(self, name: str, tone: str) -> tuple[float, float]:
        """The size of the value or gradient at a node, (0, 0) without one."""
        numbers = self.forward if tone == "forward" else self.backward
        return content_size(numbers[name], "small", self.style, tone == "backward") if name in numbers else (0.0, 0.0)

    def node_width(self, name: str) -> float:
        """A circle for a leaf, a box as wide as its sign and its name for the rest."""
        node = self.nodes[name]
        width, _ = content_size(node.label, "normal", self.style)
        sign = _sign_width(node, self.style)
        return max(_NODE + (0.14 if node.operands else 0.0), width + 0.16 + (sign + 0.06 if sign else 0.0))

    def node_height(self, name: str) -> float:
        """A circle's own width; for the rest enough for the wires that come in."""
        node = self.nodes[name]
        return max(_NODE, _LEAST_PORTS * len(node.operands)) if node.operands else self.node_width(name)

    def room(self, slot: Slot) -> float:
        """The height a slot needs."""
        if slot.passing:
            return 0.1
        above, below = (self.number(slot.name, tone)[1] + 0.04 for tone in ("forward", "backward"))
        high = self.node_height(slot.name)
        return max(high, 2 * max(above, below)) if slot.name in self.used else high + 2 * max(above, below)


def graph_drawing(
    nodes: tuple[GraphNode, ...],
    *,
    forward: Mapping[str, Expr] | None = None,
    backward: Mapping[str, Expr] | None = None,
    strong: tuple[str, ...] = (),
    style: Style = Style(),  # noqa: B008 - frozen
) -> Drawing | None:
    """The graph in columns by longest path; None when it has no or more than 40 nodes, or is wider than 16 cm or higher than 21.

    Each node comes after its operands. `forward` prints a value above the wire that leaves a node, `backward` the gradient
    of the loss by it below. A repeated operand is drawn as two wires. `strong` nodes and the wires between them stand out.
    """
    if not 0 < len(nodes) <= MOST_NODES:
        return None
    layers, links = layers_of({node.name: node.operands for node in nodes})
    sketch = _Sketch({node.name: node for node in nodes}, layers, links, forward or {}, backward or {}, strong, style)
    down = heights_of(layers, links, {slot: sketch.room(slot) for layer in layers for slot in layer}, _CLEAR)
    columns = _columns(sketch, down)
    if columns is None:
        return None
    drawing = _drawn(sketch, columns, {slot: -depth for slot, depth in down.items()})
    return drawing if drawing.width <= WIDEST and drawing.height <= HIGHEST else None


def _columns(sketch: _Sketch, down: Mapping[Slot, float]) -> list[_Column] | None:
    """Where the columns stand: further apart where wires climb; closer where the width would not do."""
    sizes = [_sizes(sketch, layer) for layer in sketch.layers]
    climbs = [0.0] * len(sizes)
    for before, after in sketch.links:
        climbs[before.rank] = max(climbs[before.rank], abs(down[before] - down[after]))
    wished = [min(_BEST_GAP, max(_LEAST_GAP + 0.1, 0.4 * climb)) for climb in climbs[:-1]]
    spare = WIDEST - sum(node + stub for node, stub in sizes) - _LEAST_GAP * len(wished)
    more = sum(gap - _LEAST_GAP for gap in wished)
    if spare < 0:
        return None
    share = min(1.0, spare / more) if more else 1.0
    columns = [_Column(0.0, *sizes[0])]
    for size, gap in zip(sizes[1:], wished, strict=True):
        columns.append(_Column(columns[-1].right + _LEAST_GAP + (gap - _LEAST_GAP) * share, *size))
    return columns


def _sizes(sketch: _Sketch, layer: tuple[Slot, ...]) -> tuple[float, float]:
    """The widest node of a column and the widest number behind one."""
    names = [slot.name for slot in layer if not slot.passing]
    used = [name for name in names if name in sketch.used]
    numbers = [sketch.number(name, tone)[0] for name in used for tone in ("forward", "backward")]
    widest = max(numbers, default=0.0)
    return max(sketch.node_width(name) for name in names) if names else 0.0, widest + 0.12 if widest else 0.0


def _drawn(sketch: _Sketch, columns: list[_Column], ys: Mapping[Slot, float]) -> Drawing:
    shapes: list[Shape] = []
    labels: list[Label] = []
    for layer in sketch.layers:
        for slot in layer:
            if not slot.passing:
                made, written = _node(sketch, slot, columns[slot.rank], ys[slot])
                shapes.append(made)
                labels += written
    return framed(shapes, _wires(sketch, columns, ys), labels, sketch.style)


def _node(sketch: _Sketch, slot: Slot, column: _Column, y: float) -> tuple[Shape, list[Label]]:
    """A node with its sign and name, and its numbers above and below the wire that leaves it."""
    node, last = sketch.nodes[slot.name], slot.rank == len(sketch.layers) - 1
    width = sketch.node_width(slot.name)
    x = column.left + column.node / 2
    sign = _sign_width(node, sketch.style)
    strong = slot.name in sketch.strong
    tone = "plain" if node.operands else "input"
    high = sketch.node_height(slot.name)
    form = "box" if node.operands else "circle"
    shape = Shape(x, y, width, high, None if sign else node.label, form, "loss" if last else tone, strong)
    if slot.name in sketch.used:
        labels = _numbers(sketch, slot.name, (x + width / 2 + column.right) / 2, y, 0.04)
    else:
        labels = _numbers(sketch, slot.name, x, y, high / 2 + 0.06)
    if sign:
        middle = x - width / 2 + 0.08 + sign / 2
        labels.append(Label(middle, y, _sign(node), tone="quiet", ground=False))
        labels.append(Label(x + (sign + 0.06) / 2, y, node.label, size="normal", ground=False))
    return shape, labels


def _numbers(sketch: _Sketch, name: str, x: float, y: float, away: float) -> list[Label]:
    """The value above and the gradient below a wire or node, so far `away` from its middle."""
    found = []
    for tone, numbers, side in (("forward", sketch.forward, 1), ("backward", sketch.backward, -1)):
        if name in numbers:
            _, height = sketch.number(name, tone)
            found.append(Label(x, y + side * (height / 2 + away), numbers[name], tone=tone, ground=False))
    return found


def _wires(sketch: _Sketch, columns: list[_Column], ys: Mapping[Slot, float]) -> list[Wire]:
    """One wire for each operand of each node, in the operands' order from top to bottom at the node."""
    ranks = ranks_of({name: node.operands for name, node in sketch.nodes.items()})
    found = []
    for consumer, node in sketch.nodes.items():
        paths = sorted((path_of(name, consumer, ranks) for name in node.operands), key=lambda path: -ys[path[-1]])
        middle = ys[Slot(consumer, ranks[consumer])]
        for place, path in enumerate(paths):
            port = middle + _port(place, len(paths), sketch.node_height(consumer))
            strong = consumer in sketch.strong and path[0].name in sketch.strong
            found.append(Wire(_points(sketch, columns, ys, path, consumer, port), strong=strong, curved=True))
    return found


def _port(place: int, count: int, height: float) -> float:
    """How far above the middle of a node's left side its wire number `place` of `count` ends."""
    step = min(_PORTS, (height - 0.16) / max(1, count - 1))
    return ((count - 1) / 2 - place) * step


def _points(
    sketch: _Sketch, columns: list[_Column], ys: Mapping[Slot, float], path: tuple[Slot, ...], consumer: str, port: float
) -> tuple[Point, ...]:
    """From the node's right side, level through each column, to its consumer's left side."""
    first, target = columns[path[0].rank], columns[path[-1].rank + 1]
    points = [(first.left + (first.node + sketch.node_width(path[0].name)) / 2, ys[path[0]])]
    for slot in path:
        column = columns[slot.rank]
        points += [(column.left, ys[slot])] if slot.passing else []
        points.append((column.right, ys[slot]))
    end = target.left + (target.node - sketch.node_width(consumer)) / 2
    points += [(target.left, port)] if end > target.left + 0.02 else []
    points.append((end, port))
    return tuple(point for point, after in pairwise([*points, None]) if point != after)  # type: ignore[misc]


def _sign(node: GraphNode) -> str:
    return _SIGNS.get(node.operation, node.operation)


def _sign_width(node: GraphNode, style: Style) -> float:
    return content_size(_sign(node), "small", style)[0] if node.operation else 0.0
