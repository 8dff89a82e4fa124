"""A network as a drawing in which every neuron has its own equations beside it: a column of boxes for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from derivgen.drawings.drawing import Drawing, Label, Parts, Point, Shape, Wire, content_size, distance, edge, framed
from derivgen.frozen import dataclass
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr, Neg, Sum

WIDEST, HIGHEST = 16.0, 20.0
MOST_UNITS = 6  # in a column
_TERMS = (8, 4, 3, 2, 1)  # of a sum on one row, as tried
_GAPS = (0.7, 0.8, 0.95, 1.1, 1.3, 1.5, 1.8, 2.1, 2.5, 3.0)
_CLEAR, _STEEP, _ROWS, _BETWEEN = 0.1, 0.3, 0.12, 0.34
_PAD, _LEFT = 0.12, 0.12
_PLUS = 0.33


@dataclass(frozen=True, slots=True)
class NeuronBox:
    """A neuron: the name in its circle, its equations as (left side, right side), and whose wires come in."""

    name: str
    label: Expr
    equations: tuple[tuple[Expr, Expr], ...]
    sources: tuple[str, ...]


def neuron_drawing(
    inputs: Sequence[tuple[str, Expr]], layers: Sequence[Sequence[NeuronBox]], loss: Expr, style: Style
) -> Drawing | None:
    """Draw inputs at the left, the loss at the right; None where it would not fit, or a layer has more than 6 units.

    Long sums go on in the row below, before a plus.
    """
    if max(len(inputs), *(len(layer) for layer in layers)) > MOST_UNITS:
        return None
    for terms in _TERMS:
        drawing = _Sketch(tuple(inputs), tuple(tuple(layer) for layer in layers), loss, style, terms).drawn()
        if drawing.width <= WIDEST and drawing.height <= HIGHEST:
            return drawing
    return None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a box: a piece of an equation, after a plus where it goes on; its size."""

    content: Expr
    plus: bool
    width: float
    height: float


@dataclass(frozen=True)
class _Sketch:
    inputs: tuple[tuple[str, Expr], ...]
    layers: tuple[tuple[NeuronBox, ...], ...]
    loss: Expr
    style: Style
    terms: int

    @cached_property
    def radius(self) -> float:
        """Return the radius of every circle: enough for the longest name."""
        labels = [label for _, label in self.inputs] + [box.label for layer in self.layers for box in layer]
        sizes = [content_size(label, "normal", self.style) for label in labels]
        return max([0.34, *(0.5 * (width**2 + height**2) ** 0.5 + 0.05 for width, height in sizes)])

    @cached_property
    def rows(self) -> dict[str, tuple[_Row, ...]]:
        """Return the rows of every neuron's box."""
        return {
            box.name: tuple(row for sides in box.equations for row in self._cut(*sides)) for layer in self.layers for box in layer
        }

    def _cut(self, left: Expr, right: Expr) -> list[_Row]:
        """left = right, a long sum cut before its terms."""
        parts = [right]
        if isinstance(right, Sum):
            cut = [right.terms[k : k + self.terms] for k in range(0, len(right.terms), self.terms)]
            parts = [part[0] if len(part) == 1 else Sum(part) for part in cut]
        rows = []
        for place, part in enumerate(parts):
            content = part if place else Compare("==", left, part)
            plus = place > 0 and not isinstance(part.terms[0] if isinstance(part, Sum) else part, Neg)
            width, height = content_size(content, "small", self.style)
            rows.append(_Row(content, plus, width + (_PLUS if plus else 0.0) + (2 * _PLUS if place else 0.0), height))
        return rows

    def size(self, box: NeuronBox) -> tuple[float, float]:
        """Return width and height in cm of a neuron's box, its circle being half outside."""
        rows = self.rows[box.name]
        high = sum(row.height for row in rows) + _ROWS * (len(rows) - 1)
        return self.radius + _LEFT + max(row.width for row in rows) + _PAD, max(high + 2 * _PAD, 2 * self.radius + 0.1)

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """Return the width of the boxes of each layer, all alike."""
        return tuple(max(self.size(box)[0] for box in layer) for layer in self.layers)

    @cached_property
    def heights(self) -> tuple[tuple[float, ...], ...]:
        """Return how high each unit of each column is, the inputs being the first."""
        return (
            tuple(2 * self.radius for _ in self.inputs),
            *(tuple(self.size(box)[1] for box in layer) for layer in self.layers),
        )

    def middles(self, column: int) -> list[float]:
        """Return the heights of a column's units in cm, from the first at the top, centred on 0; small columns spread out."""
        own = self.heights[column]
        spare = 0.5 * (
            max(sum(high) + _BETWEEN * (len(high) - 1) for high in self.heights) - sum(own) - _BETWEEN * (len(own) - 1)
        )
        between = _BETWEEN + (spare / len(own) if len(own) > 1 else 0.0)
        y, found = (sum(own) + between * (len(own) - 1)) / 2, []
        for high in own:
            found.append(y - high / 2)
            y -= high + between
        return found

    def drawn(self) -> Drawing:
        """Draw everything at its place."""
        shapes, labels, wires = [], [], []
        outlets: dict[str, Point] = {}
        for (name, label), y in zip(self.inputs, self.middles(0), strict=True):
            shapes.append(Shape(0.0, y, 2 * self.radius, 2 * self.radius, label, "circle", "input"))
            outlets[name] = (self.radius, y)
        right = self.radius
        for at, layer in enumerate(self.layers, 1):
            middles = self.middles(at)
            x = right + self._gap(layer, middles, outlets) + self.radius
            for box, y in zip(layer, middles, strict=True):
                own, written = self._box(box, (x, y), self.widths[at - 1])
                shapes += own
                labels += written
                wires += [self._wire(outlets[name], (x, y)) for name in box.sources]
            right = x + self.widths[at - 1]
            outlets |= {box.name: (right, y) for box, y in zip(layer, middles, strict=True)}
        loss, ends = self._loss(right, [outlets[box.name] for box in self.layers[-1]])
        return framed(Parts([*shapes, loss], [*wires, *ends], labels), self.style)

    def _gap(self, layer: tuple[NeuronBox, ...], middles: list[float], outlets: dict[str, Point]) -> float:
        """The room before a layer: as much as it takes for every wire to pass the circles that it does not lead to."""
        right = max(outlets[name][0] for box in layer for name in box.sources)
        climbs = [abs(outlets[name][1] - y) for box, y in zip(layer, middles, strict=True) for name in box.sources]
        for gap in (gap for gap in _GAPS if gap >= min(_GAPS[-1], _STEEP * max(climbs))):
            centres = [(right + gap + self.radius, y) for y in middles]
            wires = [(outlets[name], centre) for box, centre in zip(layer, centres, strict=True) for name in box.sources]
            if not any(
                distance(centre, wire) < self.radius + _CLEAR for wire in wires for centre in centres if centre != wire[1]
            ):
                return gap
        return _GAPS[-1]

    def _wire(self, start: Point, centre: Point) -> Wire:
        return Wire((start, edge(centre, self.radius, start)))

    def _box(self, box: NeuronBox, centre: Point, width: float) -> tuple[list[Shape], list[Label]]:
        """The frame from the circle's middle to the right, the circle on its left edge, the equations in it."""
        x, y = centre
        rows, (_, high) = self.rows[box.name], self.size(box)
        frame = Shape(x + width / 2, y, width, high, None, "box", "plain")
        circle = Shape(x, y, 2 * self.radius, 2 * self.radius, box.label, "circle", "unit")
        labels = []
        top = y + (sum(row.height for row in rows) + _ROWS * (len(rows) - 1)) / 2
        for row in rows:
            left = x + self.radius + _LEFT
            further = isinstance(row.content, Compare)
            left += 0.0 if further else 2 * _PLUS
            if row.plus:
                labels.append(Label(left + _PLUS / 2, top - row.height / 2, "+", ground=False))
                left += _PLUS
            own = content_size(row.content, "small", self.style)[0]
            labels.append(Label(left + own / 2, top - row.height / 2, row.content, ground=False))
            top -= row.height + _ROWS
        return [frame, circle], labels

    def _loss(self, right: float, outputs: list[Point]) -> tuple[Shape, list[Wire]]:
        """The loss, and a wire to it from each output."""
        width, height = content_size(self.loss, "normal", self.style)
        width, height = width + 0.2, max(height + 0.24, 0.16 * len(outputs) + 0.2)
        climb = max(abs(y) for _, y in outputs)
        x = right + _GAPS[0] + _STEEP * climb + width / 2
        step = min(0.16, (height - 0.16) / max(1, len(outputs) - 1))
        ports = [((len(outputs) - 1) / 2 - place) * step for place in range(len(outputs))]
        wires = [Wire((start, (x - width / 2, port))) for start, port in zip(outputs, ports, strict=True)]
        return Shape(x, 0.0, width, height, self.loss, "box", "loss"), wires
