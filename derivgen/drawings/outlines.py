"""How a drawing's wires, arrows and boxes run: straight lines and Bézier curves, whoever draws them.

Points are of the drawer's own coordinates; `point` is how long a typographic point is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from derivgen.drawings.drawing import Point, Wire

Segment = tuple[Point, ...]
"""Where a line ends; or the two control points of a Bézier curve and where it ends."""
CORNER = 2.0  # points: how far a box's corners are rounded
_HEADS = {False: (4.5, 3.6), True: (7.0, 6.0)}
_LEVEL = 0.2
_QUARTER = 0.5523
"""How far the control points of a quarter of a circle are from its ends, as a part of the radius."""


def joined(points: Sequence[Point], curved: bool, point: float) -> list[Segment]:
    """Return the ways from each point to the next: straight, or by curves that are horizontal at each point."""
    found: list[Segment] = []
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


def rounded_box(x: float, y: float, width: float, height: float, corner: float) -> tuple[Point, list[Segment]]:
    """Return where the outline of a box around (x, y) begins, and its segments; with corners of half its size a circle."""
    left, right, low, high = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    near = corner * (1 - _QUARTER)
    sides = ((right, high - corner), (left + corner, high), (left, low + corner), (right - corner, low))
    corners: tuple[Segment, ...] = (
        ((right, high - near), (right - near, high), (right - corner, high)),
        ((left + near, high), (left, high - near), (left, high - corner)),
        ((left, low + near), (left + near, low), (left + corner, low)),
        ((right - near, low), (right, low + near), (right, low + corner)),
    )
    straight = 2 * corner < width
    found = [[(side,), bend] if straight else [bend] for side, bend in zip(sides, corners, strict=True)]
    return (right, low + corner), [segment for part in found for segment in part]
