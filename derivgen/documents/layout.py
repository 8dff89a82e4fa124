"""Sizes and rectangles of a drawing's pieces, in centimetres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot

from derivgen.documents.drawing import Curve, Drawing, Label, Shape, Wire
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.boxes import text_width_em
from derivgen.present.measure import extent

Point = tuple[float, float]

POINT = 2.54 / 72.27  # a TeX point in cm
FONT = {"normal": 10 * POINT, "small": 9 * POINT, "display": 10 * POINT}
_WIDER = {"normal": 1.0, "small": 1.05, "display": 1.0}  # at 9 pt, indices stay at 7 pt
_BOLD = 1.17


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle centred at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Rect, margin: float = 0.0) -> bool:
        """Whether the two share ground, or come nearer than `margin`."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + margin
            and abs(self.y - other.y) < (self.height + other.height) / 2 + margin
        )

    def distance(self, point: Point) -> float:
        """How far a point is from the rectangle; 0 inside."""
        dx = max(0.0, abs(point[0] - self.x) - self.width / 2)
        dy = max(0.0, abs(point[1] - self.y) - self.height / 2)
        return hypot(dx, dy)

    def covered(self, start: Point, end: Point, margin: float = 0.0) -> tuple[float, float] | None:
        """The part (from, to), as fractions of the line, that lies inside the rectangle; None when it misses it."""
        low, high = 0.0, 1.0
        for at, to, middle, size in ((start[0], end[0], self.x, self.width), (start[1], end[1], self.y, self.height)):
            near, far = middle - size / 2 - margin, middle + size / 2 + margin
            if abs(to - at) < 1e-9:
                if not near < at < far:
                    return None
                continue
            first, second = sorted(((near - at) / (to - at), (far - at) / (to - at)))
            low, high = max(low, first), min(high, second)
        return (low, high) if low < high else None


def content_size(content: Expr | str, size: str, style: Style, bold: bool = False) -> tuple[float, float]:
    """Width and height in cm of what a label holds, with a hair of room around it."""
    font = FONT[size] * (_BOLD if bold else 1.0)
    if isinstance(content, str):
        return text_width_em(content) * font + 0.06, 0.9 * FONT[size] + 0.06
    box = extent(content, style, inline=size != "display")
    return box.width * font * _WIDER[size] + 0.06, (box.up + box.down) * FONT[size] * _WIDER[size] + 0.06


def edge(centre: Point, radius: float, towards: Point) -> Point:
    """The point of a circle that lies in the direction of another point."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    length = hypot(dx, dy) or 1.0
    return centre[0] + radius * dx / length, centre[1] + radius * dy / length


def along(start: Point, end: Point, t: float) -> Point:
    """The point at the fraction t of a line."""
    return start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])


def label_rect(label: Label, style: Style) -> Rect:
    """The ground a label takes."""
    width, height = content_size(label.content, label.size, style, label.strong or label.tone == "backward")
    return Rect(label.x, label.y, width, height)


def framed(
    shapes: Iterable[Shape],
    wires: Iterable[Wire],
    labels: Iterable[Label],
    style: Style,
    omitted: tuple[str, ...] = (),
    curves: Iterable[Curve] = (),
) -> Drawing:
    """The pieces as a drawing: moved so that the lower left corner is (0, 0), with the width and height they take."""
    shapes, wires, labels, curves = tuple(shapes), tuple(wires), tuple(labels), tuple(curves)
    rects = [Rect(s.x, s.y, s.width, s.height) for s in shapes] + [label_rect(label, style) for label in labels]
    lines = [*(wire.points for wire in wires), *(curve.points for curve in curves)]
    rects += [Rect(x, y, 0.0, 0.0) for points in lines for x, y in points]
    left, right = min(r.x - r.width / 2 for r in rects), max(r.x + r.width / 2 for r in rects)
    low, high = min(r.y - r.height / 2 for r in rects), max(r.y + r.height / 2 for r in rects)
    return Drawing(
        right - left,
        high - low,
        tuple(replace(s, x=s.x - left, y=s.y - low) for s in shapes),
        tuple(replace(w, points=tuple((x - left, y - low) for x, y in w.points)) for w in wires),
        tuple(replace(label, x=label.x - left, y=label.y - low) for label in labels),
        omitted,
        tuple(replace(c, points=tuple((x - left, y - low) for x, y in c.points)) for c in curves),
    )


def spread(wanted: list[float], gaps: list[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) with y[i + 1] >= y[i] + gaps[i]: adjacent ones are pooled.

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
