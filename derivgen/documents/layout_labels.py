"""Labels on straight wires: each at its own fraction of its wire, clear of shapes, of other labels and of other wires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

from derivgen.documents.layout import Point, Rect, along

_FRACTIONS = tuple(k / 40 for k in range(4, 37))
_STARTS = ((0.5,), (0.3,), (0.7,), (0.3, 0.7), (0.7, 0.5, 0.3), (0.25, 0.4, 0.6, 0.75))  # in turn, wire by wire
_SHOWN_BEFORE, _SHOWN_AFTER = 0.15, 0.27  # of the wire beside its label; the arrow's head is after it
_APART, _FROM_WIRES = 0.08, 0.07
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Strand:
    """A wire that wants a label of the given size."""

    start: Point
    end: Point
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Seat:
    """A free place on a wire; `against` has a bit for every seat of other wires it collides with, `bit` is its own."""

    t: float
    rect: Rect
    bit: int
    against: int


def seat_labels(
    strands: Sequence[Strand], wires: Sequence[tuple[Point, Point]], taken: Sequence[Rect]
) -> tuple[Rect, ...] | None:
    """A place for each strand's label that touches no taken ground, no other label and no foreign wire; None if not found.

    `wires` are all lines around, the strands' own included; `taken` is ground no label may touch.
    """
    free: list[list[tuple[float, Rect]]] = []
    for strand in strands:
        free.append(_free(strand, wires, taken))
        if not free[-1]:
            return None
    seats = _seats(free)
    for start in _STARTS:
        chosen = _settle(seats, start)
        if chosen:
            return tuple(seat.rect for seat in chosen)
    return None


def _free(strand: Strand, wires: Sequence[tuple[Point, Point]], taken: Sequence[Rect]) -> list[tuple[float, Rect]]:
    """The places on one wire that touch neither taken ground nor another wire."""
    found = []
    length = dist(strand.start, strand.end)
    others = [wire for wire in wires if wire != (strand.start, strand.end)]
    for t in _FRACTIONS:
        rect = Rect(*along(strand.start, strand.end, t), strand.width, strand.height)
        inside = rect.covered(strand.start, strand.end)
        if inside is None or inside[0] * length < _SHOWN_BEFORE or (1 - inside[1]) * length < _SHOWN_AFTER:
            continue
        if any(rect.overlaps(other, _APART) for other in taken):
            continue
        if not any(rect.covered(start, end, _FROM_WIRES) for start, end in others):
            found.append((t, rect))
    return found


def _seats(free: list[list[tuple[float, Rect]]]) -> list[list[_Seat]]:
    """The same places, with what collides with what worked out once."""
    flat = [(wire, t, rect) for wire, places in enumerate(free) for t, rect in places]
    against = [0] * len(flat)
    for i, (wire, _, rect) in enumerate(flat):
        for j in range(i + 1, len(flat)):
            if flat[j][0] != wire and rect.overlaps(flat[j][2], _APART):
                against[i] |= 1 << j
                against[j] |= 1 << i
    seats: list[list[_Seat]] = [[] for _ in free]
    for i, (wire, t, rect) in enumerate(flat):
        seats[wire].append(_Seat(t, rect, 1 << i, against[i]))
    return seats


def _settle(seats: list[list[_Seat]], start: tuple[float, ...]) -> list[_Seat] | None:
    """Each label in turn to the place with the fewest collisions, nearest the middle, until none moves."""
    chosen = []
    for k, places in enumerate(seats):
        wanted = start[k % len(start)]
        chosen.append(min(places, key=lambda seat, t=wanted: (abs(seat.t - t), seat.t)))  # type: ignore[misc]
    for _ in range(_ROUNDS):
        before = list(chosen)
        for k, places in enumerate(seats):
            others = sum(seat.bit for j, seat in enumerate(chosen) if j != k)
            chosen[k] = min(places, key=lambda seat: ((seat.against & others).bit_count(), abs(seat.t - 0.5), seat.t))
        if chosen == before:
            break
    everyone = sum(seat.bit for seat in chosen)
    return None if any(seat.against & everyone for seat in chosen) else chosen
