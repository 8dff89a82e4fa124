"""A drawing laid out, without a format: shapes, wires, labels and curves at places; their sizes. In cm, y grows upwards.

How a drawing's wires, arrows and boxes run: straight lines and Bézier curves, whoever draws them.

Points are of the drawer's own coordinates; `point` is how long a typographic point is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import dist, hypot

from derivgen.frozen import dataclass, replace
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.measure import extent, text_width_em

Point = tuple[float, float]
Segment = tuple[Point, Point]

POINT = 2.54 / 72.27  # a TeX point in cm
FONT = {"normal": 10 * POINT, "small": 9 * POINT, "display": 10 * POINT}
_WIDER = {"normal": 1.0, "small": 1.05, "display": 1.0}  # at 9 pt, indices stay at 7 pt
_BOLD = 1.17


@dataclass(frozen=True, slots=True)
class Shape:
    """A node with its label: `circle` or `box`, centred at (x, y), `width` × `height` around it.

    `tone` is `input`, `unit`, `loss` or `plain`; `strong` shapes lie on the path that is being shown.
    """

    x: float
    y: float
    width: float
    height: float
    label: Expr | None
    form: str = "circle"
    tone: str = "unit"
    strong: bool = False
    size: str = "normal"


@dataclass(frozen=True, slots=True)
class Wire:
    """A line through `points`, an arrow at its end unless `arrow` is off. `strong` marks the path shown.

    A `curved` wire leaves and reaches each point horizontally.
    """

    points: tuple[Point, ...]
    arrow: bool = True
    strong: bool = False
    quiet: bool = False
    curved: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Mathematics (or words) centred at (x, y) on a white `ground`. `tone`: `plain`, `forward`, `backward` or `quiet`.

    `size` is `normal` (10 pt), `small` (9 pt) or `display` (10 pt, fractions at full size); no letter
    of a label, not even in an index, is below 7 pt.
    """

    x: float
    y: float
    content: Expr | str
    tone: str = "plain"
    size: str = "small"
    strong: bool = False
    ground: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through many points, worked out beforehand. `dashed` tells a second curve apart without its colour.

    `dots` marks each of its points as well; `ring` dots are hollow.
    """

    points: tuple[Point, ...]
    dashed: bool = False
    dots: bool = False
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes, wires and labels within width × height; wires lie below curves, those below shapes, labels above.

    `omitted` are the names that found no room in the picture: what they are must be said beside it.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()
    wires: tuple[Wire, ...] = ()
    labels: tuple[Label, ...] = ()
    omitted: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a drawing before it is framed, in coordinates of their own; `+` puts two groups into one drawing."""

    shapes: Sequence[Shape] = ()
    wires: Sequence[Wire] = ()
    labels: Sequence[Label] = ()
    curves: Sequence[Curve] = ()

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            (*self.shapes, *other.shapes),
            (*self.wires, *other.wires),
            (*self.labels, *other.labels),
            (*self.curves, *other.curves),
        )


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle centred at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Rect, margin: float = 0.0) -> bool:
        """Tell whether the two share ground, or come nearer than `margin` (cm)."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + margin
            and abs(self.y - other.y) < (self.height + other.height) / 2 + margin
        )

    def covered(self, start: Point, end: Point, margin: float = 0.0) -> tuple[float, float] | None:
        """Return the part (from, to) of a line, as fractions of it, inside the rectangle; None when the line misses it."""
        low, high = 0.0, 1.0
        for at, to, middle, size in ((start[0], end[0], self.x, self.width), (start[1], end[1], self.y, self.height)):
            near, far = middle - size / 2 - margin, middle + size / 2 + margin
            if (at <= near and to <= near) or (at >= far and to >= far):
                return None
            if abs(to - at) < 1e-9:
                continue
            first, second = (near - at) / (to - at), (far - at) / (to - at)
            if first > second:
                first, second = second, first
            low, high = low if low > first else first, high if high < second else second
        return (low, high) if low < high else None


def content_size(content: Expr | str, size: str, style: Style, bold: bool = False) -> tuple[float, float]:
    """Return width and height in cm of what a label holds, with a little room around it."""
    font = FONT[size] * (_BOLD if bold else 1.0)
    if isinstance(content, str):
        return text_width_em(content) * font + 0.06, 0.9 * FONT[size] + 0.06
    box = extent(content, style, inline=size != "display")
    return box.width * font * _WIDER[size] + 0.06, (box.up + box.down) * FONT[size] * _WIDER[size] + 0.06


def edge(centre: Point, radius: float, towards: Point) -> Point:
    """Return the point of a circle that lies in the direction of another point."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    length = hypot(dx, dy) or 1.0
    return centre[0] + radius * dx / length, centre[1] + radius * dy / length


def along(start: Point, end: Point, t: float) -> Point:
    """Return the point at the fraction t of a line."""
    return start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])


def distance(point: Point, line: Segment) -> float:
    """Return the distance of a point from a line between two others, in cm."""
    (x0, y0), (x1, y1) = line
    ahead = ((point[0] - x0) * (x1 - x0) + (point[1] - y0) * (y1 - y0)) / dist(*line) ** 2
    return dist(point, along(*line, max(0.0, min(1.0, ahead))))


def label_rect(label: Label, style: Style) -> Rect:
    """Return the rectangle a label takes."""
    width, height = content_size(label.content, label.size, style, label.strong or label.tone == "backward")
    return Rect(label.x, label.y, width, height)


def framed(parts: Parts, style: Style, omitted: tuple[str, ...] = ()) -> Drawing:
    """Return the parts as a drawing: moved so that the lower left corner is (0, 0), with the width and height they take."""
    rects = [Rect(s.x, s.y, s.width, s.height) for s in parts.shapes] + [label_rect(label, style) for label in parts.labels]
    lines = [*(wire.points for wire in parts.wires), *(curve.points for curve in parts.curves)]
    rects += [Rect(x, y, 0.0, 0.0) for points in lines for x, y in points]
    left, right = min(r.x - r.width / 2 for r in rects), max(r.x + r.width / 2 for r in rects)
    low, high = min(r.y - r.height / 2 for r in rects), max(r.y + r.height / 2 for r in rects)
    return Drawing(
        right - left,
        high - low,
        tuple(replace(s, x=s.x - left, y=s.y - low) for s in parts.shapes),
        tuple(replace(w, points=tuple((x - left, y - low) for x, y in w.points)) for w in parts.wires),
        tuple(replace(label, x=label.x - left, y=label.y - low) for label in parts.labels),
        omitted,
        tuple(replace(c, points=tuple((x - left, y - low) for x, y in c.points)) for c in parts.curves),
    )


Stroke = tuple[Point, ...]
"""Where a line ends; or the two control points of a Bézier curve and where it ends."""
CORNER = 2.0  # points: how far a box's corners are rounded
_HEADS = {False: (4.5, 3.6), True: (7.0, 6.0)}
_LEVEL = 0.2
_QUARTER = 0.5523
"""How far the control points of a quarter of a circle are from its ends, as a part of the radius."""


def joined(points: Sequence[Point], curved: bool, point: float) -> list[Stroke]:
    """Return the ways from each point to the next: straight, or by curves that are horizontal at each point."""
    found: list[Stroke] = []
    for before, after in pairwise(points):
        middle = (before[0] + after[0]) / 2
        bent = curved and abs(after[1] - before[1]) > _LEVEL * point
        found.append(((middle, before[1]), (middle, after[1]), after) if bent else (after,))
    return found


def with_head(wire: Wire, points: Sequence[Point], point: float) -> tuple[list[Point], tuple[Point, ...]]:
    """Return a wire's points, the last one moved back under its arrow's head, and the head's corners; none without an arrow."""
    if not wire.arrow or len(points) < 2:
        return list(points), ()
    long, wide = (size * point for size in _HEADS[wire.strong])
    (ax, ay), (x, y) = points[-2:]
    if wire.curved and abs(ay - y) > _LEVEL * point:
        dx, dy = (-1.0 if ax < x else 1.0), 0.0
    else:
        length = hypot(ax - x, ay - y) or 1.0
        dx, dy = (ax - x) / length, (ay - y) / length
    base, notch, half = (x + dx * long, y + dy * long), (x + dx * long * 0.65, y + dy * long * 0.65), wide / 2
    corners = (x, y), (base[0] - dy * half, base[1] + dx * half), notch, (base[0] + dy * half, base[1] - dx * half)
    return [*points[:-1], (x + dx * long * 0.6, y + dy * long * 0.6)], corners


def rounded_box(x: float, y: float, width: float, height: float, corner: float) -> tuple[Point, list[Stroke]]:
    """Return where the outline of a box around (x, y) begins, and its segments; with corners of half its size a circle."""
    left, right, low, high = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    near = corner * (1 - _QUARTER)
    sides = ((right, high - corner), (left + corner, high), (left, low + corner), (right - corner, low))
    corners: tuple[Stroke, ...] = (
        ((right, high - near), (right - near, high), (right - corner, high)),
        ((left + near, high), (left, high - near), (left, high - corner)),
        ((left, low + near), (left + near, low), (left + corner, low)),
        ((right - near, low), (right, low + near), (right, low + corner)),
    )
    straight = 2 * corner < width
    found = [[(side,), bend] if straight else [bend] for side, bend in zip(sides, corners, strict=True)]
    return (right, low + corner), [segment for part in found for segment in part]
