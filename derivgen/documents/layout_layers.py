"""A graph in layers: which column each node stands in, and in which order, so that wires are short and cross little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from derivgen.documents.layout import spread

_SWEEPS = 12
_PULL = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a column: a node, or (`passing`) the wire of a node that goes on to a later column."""

    name: str
    rank: int
    passing: bool = False


Layers = tuple[tuple[Slot, ...], ...]
Links = tuple[tuple[Slot, Slot], ...]


def ranks_of(operands: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The column of each node, 0 at the left: as near to its consumers as the longest path allows.

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
    """The columns from left to right, each in the order with the fewest crossings found, and the links between neighbours."""
    ranks = ranks_of(operands)
    links = _links(operands, ranks)
    columns: list[list[Slot]] = [[] for _ in range(max(ranks.values()) + 1)]
    for slot in _first_order(operands, ranks, links):
        columns[slot.rank].append(slot)
    best, fewest = [list(column) for column in columns], _crossings(columns, links)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        _sweep(columns, links, forward=sweep % 2 == 0)
        count = _crossings(columns, links)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    return tuple(map(tuple, best)), links


def path_of(name: str, consumer: str, ranks: Mapping[str, int]) -> tuple[Slot, ...]:
    """The slots a wire goes through, from the node to just before its consumer."""
    first = ranks[name]
    return tuple(Slot(name, rank, rank > first) for rank in range(first, ranks[consumer]))


def _links(operands: Mapping[str, Sequence[str]], ranks: Mapping[str, int]) -> Links:
    """Each pair of slots in neighbouring columns that a wire joins, once."""
    found: dict[tuple[Slot, Slot], None] = {}
    for consumer, below in operands.items():
        for operand in below:
            stops = (*path_of(operand, consumer, ranks), Slot(consumer, ranks[consumer]))
            found.update(dict.fromkeys(pairwise(stops)))
    return tuple(found)


def _first_order(operands: Mapping[str, Sequence[str]], ranks: Mapping[str, int], links: Links) -> list[Slot]:
    """Slots as a walk from the last node back through the operands, in their written order, first meets them."""
    into: dict[Slot, list[Slot]] = {}
    for before, after in links:
        into.setdefault(after, []).append(before)
    order: dict[Slot, None] = {}
    stack = [Slot(name, ranks[name]) for name in operands]
    while stack:
        slot = stack.pop()
        if slot not in order:
            order[slot] = None
            stack.extend(reversed(into.get(slot, [])))
    return list(order)


def _sweep(columns: list[list[Slot]], links: Links, forward: bool) -> None:
    """Order every column by the mean place of its neighbours in the column before (or after) it."""
    along = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
    for at in along:
        fixed = {slot: place for place, slot in enumerate(columns[at - 1 if forward else at + 1])}
        pairs = [(after, before) if forward else (before, after) for before, after in links]
        means = {}
        for place, slot in enumerate(columns[at]):
            near = [fixed[other] for mine, other in pairs if mine == slot and other in fixed]
            means[slot] = sum(near) / len(near) if near else float(place)
        columns[at].sort(key=means.__getitem__)


def _crossings(columns: Sequence[Sequence[Slot]], links: Links) -> int:
    """How many pairs of links cross."""
    place = {slot: at for column in columns for at, slot in enumerate(column)}
    total = 0
    for i, (a, b) in enumerate(links):
        for c, d in links[:i]:
            total += a.rank == c.rank and (place[a] - place[c]) * (place[b] - place[d]) < 0
    return total


def heights_of(layers: Layers, links: Links, room: Mapping[Slot, float], between: float) -> dict[Slot, float]:
    """How far down each slot stands: near its neighbours, in order, with room for itself.

    What is worked out pulls more than a leaf does, so that long chains run straight.
    """
    near: dict[Slot, list[Slot]] = {slot: [] for layer in layers for slot in layer}
    worked_out = {after for _, after in links}
    for before, after in links:
        near[before].append(after)
        near[after] += [before] * (_PULL if before in worked_out else 1)
    gaps = [[(room[a] + room[b]) / 2 + between for a, b in pairwise(layer)] for layer in layers]
    down = {slot: float(at) for layer in layers for at, slot in enumerate(layer)}
    for sweep in range(3 * _SWEEPS + 1):
        along = range(len(layers)) if sweep % 2 == 0 else range(len(layers) - 1, -1, -1)
        for at in along:
            wanted = [sum(map(down.__getitem__, near[s])) / len(near[s]) if near[s] else down[s] for s in layers[at]]
            down.update(zip(layers[at], spread(wanted, gaps[at]), strict=True))
    return down
