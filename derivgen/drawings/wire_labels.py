"""Labels on straight wires: each at its own fraction of its wire, clear of shapes, of other labels and of other wires."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, combinations
from math import dist

from derivgen.drawings.drawing import Point, Rect, Segment, along
from derivgen.frozen import dataclass

_FRACTIONS = tuple(k / 40 for k in range(4, 37))
_STARTS = ((0.5,), (0.3,), (0.7,), (0.3, 0.7), (0.7, 0.5, 0.3), (0.25, 0.4, 0.6, 0.75))  # in turn, wire by wire
_SHOWN_BEFORE, _SHOWN_AFTER = 0.15, 0.27  # cm of the wire beside its label; the arrow's head is after it
_APART, _FROM_WIRES = 0.08, 0.07  # cm
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class LabelledWire:
    """A wire that wants a label of the given size, in cm."""

    start: Point
    end: Point
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Spot:
    """A free place on a wire; `against` has a bit for every spot of other wires it collides with, `bit` is its own."""

    t: float
    rect: Rect
    bit: int
    against: int


def place_labels(labelled: Sequence[LabelledWire], wires: Sequence[Segment], taken: Sequence[Rect]) -> tuple[Rect, ...] | None:
    """Return a place for each wire's label that touches no taken ground, no other label and no other wire; None if not found.

    `wires` are all lines around, the labelled ones included; `taken` is ground no label may touch.
    """
    free: list[list[tuple[float, Rect]]] = []
    for wire in labelled:
        free.append(_free(wire, wires, taken))
        if not free[-1]:
            return None
    spots = _spots(free)
    for start in _STARTS:
        chosen = _settle(spots, start)
        if chosen:
            return tuple(spot.rect for spot in chosen)
    return None


def _free(wire: LabelledWire, wires: Sequence[Segment], taken: Sequence[Rect]) -> list[tuple[float, Rect]]:
    """The places on one wire that touch neither taken ground nor another wire."""
    found = []
    start, end, width, height = wire.start, wire.end, wire.width, wire.height
    length = dist(start, end)
    others = [other for other in wires if other != (start, end)]
    ground = [(r.x, r.y, (width + r.width) / 2 + _APART, (height + r.height) / 2 + _APART) for r in taken]
    for t in _FRACTIONS:
        x, y = along(start, end, t)
        if any(abs(x - at) < across and abs(y - up) < high for at, up, across, high in ground):
            continue
        rect = Rect(x, y, width, height)
        inside = rect.covered(start, end)
        if inside is None or inside[0] * length < _SHOWN_BEFORE or (1 - inside[1]) * length < _SHOWN_AFTER:
            continue
        if not any(rect.covered(first, last, _FROM_WIRES) for first, last in others):
            found.append((t, rect))
    return found


def _spots(free: list[list[tuple[float, Rect]]]) -> list[list[_Spot]]:
    """The same places, with what collides with what worked out once."""
    first = [0, *accumulate(len(places) for places in free)]
    against = [0] * first[-1]
    for (i, places), (j, others) in combinations(enumerate(free), 2):
        one, other = places[0][1], others[0][1]
        across, high = (one.width + other.width) / 2 + _APART, (one.height + other.height) / 2 + _APART
        for a, (_, rect) in enumerate(places, first[i]):
            x, y = rect.x, rect.y
            for b, (_, near) in enumerate(others, first[j]):
                if abs(x - near.x) < across and abs(y - near.y) < high:
                    against[a] |= 1 << b
                    against[b] |= 1 << a
    return [[_Spot(t, rect, 1 << a, against[a]) for a, (t, rect) in enumerate(places, first[i])] for i, places in enumerate(free)]


def _settle(spots: list[list[_Spot]], start: tuple[float, ...]) -> list[_Spot] | None:
    """Move each label in turn to the place with the fewest collisions, nearest the middle, until none moves."""
    chosen = []
    for k, places in enumerate(spots):
        wanted = start[k % len(start)]
        chosen.append(min(places, key=lambda spot, t=wanted: (abs(spot.t - t), spot.t)))  # type: ignore[misc]
    for _ in range(_ROUNDS):
        before = list(chosen)
        for k, places in enumerate(spots):
            others = sum(spot.bit for j, spot in enumerate(chosen) if j != k)
            chosen[k] = min(places, key=lambda spot: ((spot.against & others).bit_count(), abs(spot.t - 0.5), spot.t))
        if chosen == before:
            break
    everyone = sum(spot.bit for spot in chosen)
    return None if any(spot.against & everyone for spot in chosen) else chosen
