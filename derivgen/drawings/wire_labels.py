"""Labels on straight wires: each at its own fraction of its wire, clear of shapes, of other labels and of other wires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

from derivgen.drawings.drawing import Point, Rect, Segment, along

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
    length = dist(wire.start, wire.end)
    others = [other for other in wires if other != (wire.start, wire.end)]
    for t in _FRACTIONS:
        rect = Rect(*along(wire.start, wire.end, t), wire.width, wire.height)
        inside = rect.covered(wire.start, wire.end)
        if inside is None or inside[0] * length < _SHOWN_BEFORE or (1 - inside[1]) * length < _SHOWN_AFTER:
            continue
        if any(rect.overlaps(other, _APART) for other in taken):
            continue
        if not any(rect.covered(start, end, _FROM_WIRES) for start, end in others):
            found.append((t, rect))
    return found


def _spots(free: list[list[tuple[float, Rect]]]) -> list[list[_Spot]]:
    """The same places, with what collides with what worked out once."""
    flat = [(wire, t, rect) for wire, places in enumerate(free) for t, rect in places]
    against = [0] * len(flat)
    for i, (wire, _, rect) in enumerate(flat):
        for j in range(i + 1, len(flat)):
            if flat[j][0] != wire and rect.overlaps(flat[j][2], _APART):
                against[i] |= 1 << j
                against[j] |= 1 << i
    spots: list[list[_Spot]] = [[] for _ in free]
    for i, (wire, t, rect) in enumerate(flat):
        spots[wire].append(_Spot(t, rect, 1 << i, against[i]))
    return spots


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
