"""The computation graph as a drawing: leaves at the left, the loss at the right, values above wires, gradients below.

The layout is layered: each node has a column, and nodes are ordered and shifted so that wires are short and cross little
(Sugiyama, Tagawa, Toda, 1981). A wire that passes a column has a dummy vertex in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from derivgen.drawings.drawing import Drawing, Label, Parts, Point, Shape, Wire, content_size, framed
from derivgen.frozen import dataclass
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr

MOST_NODES = 40
WIDEST, HIGHEST = 16.0, 21.0  # cm
_NODE, _PORTS, _LEAST_PORTS, _CLEAR = 0.56, 0.2, 0.17, 0.2  # cm
_LEAST_GAP, _BEST_GAP = 0.45, 1.3  # cm between columns
_SIGNS = {"*": "×", "-": "−", "/": "÷", "^2": "(·)²", "^3": "(·)³"}
_SWEEPS = 12
_PULL = 6


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
class Vertex:
    """A place in a column: a node, or (`dummy`) the wire of a node that goes on to a later column."""

    name: str
    rank: int
    dummy: bool = False


Layers = tuple[tuple[Vertex, ...], ...]
Links = tuple[tuple[Vertex, Vertex], ...]


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
        """Return the nodes a wire leaves."""
        return tuple(dict.fromkeys(operand for node in self.nodes.values() for operand in node.operands))

    def number(self, name: str, tone: str) -> tuple[float, float]:
        """Return the size of the value or gradient at a node in cm, (0, 0) without one."""
        numbers = self.forward if tone == "forward" else self.backward
        return content_size(numbers[name], "small", self.style, tone == "backward") if name in numbers else (0.0, 0.0)

    def node_width(self, name: str) -> float:
        """Return a node's width in cm: a circle for a leaf, a box as wide as its sign and its name for the rest."""
        node = self.nodes[name]
        width, _ = content_size(node.label, "normal", self.style)
        sign = _sign_width(node, self.style)
        return max(_NODE + (0.14 if node.operands else 0.0), width + 0.16 + (sign + 0.06 if sign else 0.0))

    def node_height(self, name: str) -> float:
        """Return a node's height in cm: a circle's own width; for the rest enough for the wires that come in."""
        node = self.nodes[name]
        return max(_NODE, _LEAST_PORTS * len(node.operands)) if node.operands else self.node_width(name)

    def room(self, vertex: Vertex) -> float:
        """Return the height in cm that a vertex needs."""
        if vertex.dummy:
            return 0.1
        above, below = (self.number(vertex.name, tone)[1] + 0.04 for tone in ("forward", "backward"))
        high = self.node_height(vertex.name)
        return max(high, 2 * max(above, below)) if vertex.name in self.used else high + 2 * max(above, below)


def graph_drawing(
    nodes: tuple[GraphNode, ...],
    *,
    forward: Mapping[str, Expr] | None = None,
    backward: Mapping[str, Expr] | None = None,
    strong: tuple[str, ...] = (),
    style: Style = Style(),  # noqa: B008 - frozen
) -> Drawing | None:
    """Draw the graph in columns by longest path; None for no or more than 40 nodes, or wider than 16 cm or higher than 21.

    Each node comes after its operands. `forward` prints a value above the wire that leaves a node, `backward` the gradient
    of the loss by it below. A repeated operand is drawn as two wires. `strong` nodes and the wires between them stand out.
    """
    if not 0 < len(nodes) <= MOST_NODES:
        return None
    layers, links = layers_of({node.name: node.operands for node in nodes})
    sketch = _Sketch({node.name: node for node in nodes}, layers, links, forward or {}, backward or {}, strong, style)
    down = heights_of(layers, links, {vertex: sketch.room(vertex) for layer in layers for vertex in layer}, _CLEAR)
    columns = _columns(sketch, down)
    if columns is None:
        return None
    drawing = _drawn(sketch, columns, {vertex: -depth for vertex, depth in down.items()})
    return drawing if drawing.width <= WIDEST and drawing.height <= HIGHEST else None


def _columns(sketch: _Sketch, down: Mapping[Vertex, float]) -> list[_Column] | None:
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


def _sizes(sketch: _Sketch, layer: tuple[Vertex, ...]) -> tuple[float, float]:
    """The widest node of a column and the widest number behind one."""
    names = [vertex.name for vertex in layer if not vertex.dummy]
    used = [name for name in names if name in sketch.used]
    numbers = [sketch.number(name, tone)[0] for name in used for tone in ("forward", "backward")]
    widest = max(numbers, default=0.0)
    return max(sketch.node_width(name) for name in names) if names else 0.0, widest + 0.12 if widest else 0.0


def _drawn(sketch: _Sketch, columns: list[_Column], ys: Mapping[Vertex, float]) -> Drawing:
    shapes: list[Shape] = []
    labels: list[Label] = []
    for layer in sketch.layers:
        for vertex in layer:
            if not vertex.dummy:
                made, written = _node(sketch, vertex, columns[vertex.rank], ys[vertex])
                shapes.append(made)
                labels += written
    return framed(Parts(shapes, _wires(sketch, columns, ys), labels), sketch.style)


def _node(sketch: _Sketch, vertex: Vertex, column: _Column, y: float) -> tuple[Shape, list[Label]]:
    """A node with its sign and name, and its numbers above and below the wire that leaves it."""
    node, last = sketch.nodes[vertex.name], vertex.rank == len(sketch.layers) - 1
    width = sketch.node_width(vertex.name)
    x = column.left + column.node / 2
    sign = _sign_width(node, sketch.style)
    strong = vertex.name in sketch.strong
    tone = "plain" if node.operands else "input"
    high = sketch.node_height(vertex.name)
    form = "box" if node.operands else "circle"
    shape = Shape(x, y, width, high, None if sign else node.label, form, "loss" if last else tone, strong)
    if vertex.name in sketch.used:
        labels = _numbers(sketch, vertex.name, (x + width / 2 + column.right) / 2, y, 0.04)
    else:
        labels = _numbers(sketch, vertex.name, x, y, high / 2 + 0.06)
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


def _wires(sketch: _Sketch, columns: list[_Column], ys: Mapping[Vertex, float]) -> list[Wire]:
    """One wire for each operand of each node, in the operands' order from top to bottom at the node."""
    ranks = ranks_of({name: node.operands for name, node in sketch.nodes.items()})
    found = []
    for consumer, node in sketch.nodes.items():
        paths = sorted((path_of(name, consumer, ranks) for name in node.operands), key=lambda path: -ys[path[-1]])
        middle = ys[Vertex(consumer, ranks[consumer])]
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
    sketch: _Sketch, columns: list[_Column], ys: Mapping[Vertex, float], path: tuple[Vertex, ...], consumer: str, port: float
) -> tuple[Point, ...]:
    """From the node's right side, level through each column, to its consumer's left side."""
    first, target = columns[path[0].rank], columns[path[-1].rank + 1]
    points = [(first.left + (first.node + sketch.node_width(path[0].name)) / 2, ys[path[0]])]
    for vertex in path:
        column = columns[vertex.rank]
        points += [(column.left, ys[vertex])] if vertex.dummy else []
        points.append((column.right, ys[vertex]))
    end = target.left + (target.node - sketch.node_width(consumer)) / 2
    points += [(target.left, port)] if end > target.left + 0.02 else []
    points.append((end, port))
    return tuple(point for point, after in pairwise([*points, None]) if point != after)  # type: ignore[misc]


def _sign(node: GraphNode) -> str:
    return _SIGNS.get(node.operation, node.operation)


def _sign_width(node: GraphNode, style: Style) -> float:
    return content_size(_sign(node), "small", style)[0] if node.operation else 0.0


def ranks_of(operands: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the column of each node, 0 at the left: as near to its consumers as the longest path allows.

    `operands` lists the nodes in order, each after what it is made of.

    >>> ranks_of({"a": (), "b": (), "P": ("a", "b"), "c": (), "S": ("P", "c")})
    {'a': 0, 'b': 0, 'P': 1, 'c': 1, 'S': 2}
    """
    depth: dict[str, int] = {}
    for name, below in operands.items():
        depth[name] = 1 + max((depth[operand] for operand in below), default=-1)
    last = max(depth.values())
    late = dict.fromkeys(operands, last)
    for name in reversed(list(operands)):
        for operand in operands[name]:
            late[operand] = min(late[operand], late[name] - 1)
    return late


def layers_of(operands: Mapping[str, Sequence[str]]) -> tuple[Layers, Links]:
    """Return the columns from left to right, each in the order with fewest crossings, and the links between neighbours."""
    ranks = ranks_of(operands)
    links = _links(operands, ranks)
    columns: list[list[Vertex]] = [[] for _ in range(max(ranks.values()) + 1)]
    for vertex in _first_order(operands, ranks, links):
        columns[vertex.rank].append(vertex)
    best, fewest = [list(column) for column in columns], _crossings(columns, links)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        _sweep(columns, links, forward=sweep % 2 == 0)
        count = _crossings(columns, links)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    return tuple(map(tuple, best)), links


def path_of(name: str, consumer: str, ranks: Mapping[str, int]) -> tuple[Vertex, ...]:
    """Return the vertices a wire goes through, from the node to just before its consumer."""
    first = ranks[name]
    return tuple(Vertex(name, rank, rank > first) for rank in range(first, ranks[consumer]))


def _links(operands: Mapping[str, Sequence[str]], ranks: Mapping[str, int]) -> Links:
    """Each pair of vertices in neighbouring columns that a wire joins, once."""
    found: dict[tuple[Vertex, Vertex], None] = {}
    for consumer, below in operands.items():
        for operand in below:
            stops = (*path_of(operand, consumer, ranks), Vertex(consumer, ranks[consumer]))
            found.update(dict.fromkeys(pairwise(stops)))
    return tuple(found)


def _first_order(operands: Mapping[str, Sequence[str]], ranks: Mapping[str, int], links: Links) -> list[Vertex]:
    """Slots as a walk from the last node back through the operands, in their written order, first meets them."""
    into: dict[Vertex, list[Vertex]] = {}
    for before, after in links:
        into.setdefault(after, []).append(before)
    order: dict[Vertex, None] = {}
    stack = [Vertex(name, ranks[name]) for name in operands]
    while stack:
        vertex = stack.pop()
        if vertex not in order:
            order[vertex] = None
            stack.extend(reversed(into.get(vertex, [])))
    return list(order)


def _sweep(columns: list[list[Vertex]], links: Links, forward: bool) -> None:
    """Order every column by the mean place of its neighbours in the column before (or after) it."""
    along = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
    for at in along:
        fixed = {vertex: place for place, vertex in enumerate(columns[at - 1 if forward else at + 1])}
        pairs = [(after, before) if forward else (before, after) for before, after in links]
        means = {}
        for place, vertex in enumerate(columns[at]):
            near = [fixed[other] for mine, other in pairs if mine == vertex and other in fixed]
            means[vertex] = sum(near) / len(near) if near else float(place)
        columns[at].sort(key=means.__getitem__)


def _crossings(columns: Sequence[Sequence[Vertex]], links: Links) -> int:
    """How many pairs of links cross."""
    place = {vertex: at for column in columns for at, vertex in enumerate(column)}
    total = 0
    for i, (a, b) in enumerate(links):
        for c, d in links[:i]:
            total += a.rank == c.rank and (place[a] - place[c]) * (place[b] - place[d]) < 0
    return total


def heights_of(layers: Layers, links: Links, room: Mapping[Vertex, float], between: float) -> dict[Vertex, float]:
    """Return how far down each vertex stands (cm): near its neighbours, in order, with room for itself.

    What is worked out pulls more than a leaf does, so that long chains run straight.
    """
    near: dict[Vertex, list[Vertex]] = {vertex: [] for layer in layers for vertex in layer}
    worked_out = {after for _, after in links}
    for before, after in links:
        near[before].append(after)
        near[after] += [before] * (_PULL if before in worked_out else 1)
    gaps = [[(room[a] + room[b]) / 2 + between for a, b in pairwise(layer)] for layer in layers]
    down = {vertex: float(at) for layer in layers for at, vertex in enumerate(layer)}
    for sweep in range(3 * _SWEEPS + 1):
        along = range(len(layers)) if sweep % 2 == 0 else range(len(layers) - 1, -1, -1)
        for at in along:
            wanted = [sum(map(down.__getitem__, near[s])) / len(near[s]) if near[s] else down[s] for s in layers[at]]
            down.update(zip(layers[at], spread(wanted, gaps[at]), strict=True))
    return down


def spread(wanted: list[float], gaps: list[float]) -> list[float]:
    """Return the places nearest to the wanted ones (least squares) with y[i + 1] >= y[i] + gaps[i], by pooling adjacent ones.

    >>> spread([0.0, 0.0, 5.0], [1.0, 1.0])
    [-0.5, 0.5, 5.0]
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (first, many), (second, few) = pools[-2:]
            pools[-2:] = [((first * many + second * few) / (many + few), many + few)]
    levels = [mean for mean, count in pools for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=False)]
