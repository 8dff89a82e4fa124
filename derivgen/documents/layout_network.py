"""Where the units of a network stand: one column per layer, and which of many units are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from derivgen.documents.layout import Point, content_size
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr
from derivgen.spec.model import Network, Neuron

MOST_UNITS = 6  # in a column; above, dots stand for the rest
MOST_WIRES = 30  # between two columns with labels on them


@dataclass(frozen=True, slots=True)
class Unit:
    """A circle of the picture; `neuron` is None for an input, `name` is None for dots."""

    name: str | None
    neuron: Neuron | None
    row: float

    @property
    def output(self) -> str:
        """The name of a unit that is no dots."""
        assert self.name is not None
        return self.name


Columns = tuple[tuple[Unit, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A wire from a unit to one of the next column: its weight's name, both ends as (column, unit's name)."""

    weight: str
    column: int
    source: str
    target: str


def columns_of(network: Network, strong: tuple[str, ...]) -> Columns:
    """The units to show, column by column, each with its row (from the top, in steps)."""
    columns: list[list[_Entry]] = [[(name, None) for name in network.inputs]]
    columns += [[(neuron.output, neuron) for neuron in layer] for layer in network.layers]
    return tuple(_shown(column, strong) for column in columns)


_Entry = tuple[str, Neuron | None]


def _shown(column: list[_Entry], strong: tuple[str, ...]) -> tuple[Unit, ...]:
    """All units of a small column; of a large one the first three, those on the path and the last, with dots between."""
    kept = list(range(len(column)))
    if len(column) > MOST_UNITS:
        path = [k for k, (name, _) in enumerate(column) if name in strong][:2]
        kept = sorted({*range(3), *path, len(column) - 1})
    units: list[Unit] = []
    row = 0.0
    for place, k in enumerate(kept):
        if place and k != kept[place - 1] + 1:
            units.append(Unit(None, None, row))
            row += 1
        units.append(Unit(column[k][0], column[k][1], row))
        row += 1
    middle = (row - 1) / 2
    return tuple(Unit(unit.name, unit.neuron, unit.row - middle) for unit in units)


def is_cut(column: tuple[Unit, ...]) -> bool:
    """Whether dots stand for some of the units."""
    return any(unit.name is None for unit in column)


def links_of(columns: Columns) -> tuple[Link, ...]:
    """Every wire between units that are shown."""
    found = []
    for at in range(1, len(columns)):
        before = {unit.name for unit in columns[at - 1] if unit.name}
        for unit in columns[at]:
            if unit.neuron and unit.name:
                pairs = zip(unit.neuron.weights, unit.neuron.sources, strict=True)
                found += [Link(weight, at - 1, source, unit.name) for weight, source in pairs if source in before]
    return tuple(found)


def radius_for(columns: Columns, label: Callable[[str], Expr], style: Style, bold: bool) -> float:
    """The radius of every circle: enough for the longest name."""
    names = [unit.name for column in columns for unit in column if unit.name]
    sizes = [content_size(label(name), "normal", style, bold) for name in names]
    return max([0.36, *(hypot(width, height) / 2 + 0.05 for width, height in sizes)])


def places(columns: Columns, xs: Sequence[float], dy: float) -> dict[tuple[int, str], Point]:
    """The centre of every unit by (column, name)."""
    return {(at, unit.name): (xs[at], -unit.row * dy) for at, column in enumerate(columns) for unit in column if unit.name}


def valued(name: str, label: Callable[[str], Expr], values: Mapping[str, Expr] | None) -> Expr:
    """`W_13`, or `W_13 = 1/2` where there is a value."""
    if values is None or name not in values:
        return label(name)
    return Compare("==", label(name), values[name])
