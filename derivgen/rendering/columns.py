"""Blocks side by side: how wide each half wants to be, and how the room is shared between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.documents.document import Block, Equations, Figure, Heading, Table
from derivgen.maths.style import Style
from derivgen.rendering import grid, lines

EM_PER_CM = 2.6
GUTTER = 2.0
LEAST_PROSE = 14.0
TOLERANCE = 0.6  # by how much a width may be measured too small
SHRINK = 0.2  # by how much of itself a drawing beside equations may be made smaller


def natural_width(blocks: Iterable[Block], style: Style, indent: float) -> float | None:
    """How wide blocks want to be, in em; None when words among them take what there is."""
    widths = [NATURAL[type(block)](block, style) if type(block) in NATURAL else None for block in blocks]
    known = [width for width in widths if width is not None]
    return max(known) + indent if known and len(known) == len(widths) else None


def shares(left: float | None, right: float | None, room: float, give: float = 0.0) -> tuple[float, float] | None:
    """The widths of two columns, or None where they do not fit beside each other, the right one smaller by a share to `give`."""
    free = room - GUTTER
    if left is None and right is None:
        return free / 2, free / 2
    if left is None or right is None:
        known = left if left is not None else right or 0
        rest = free - known
        return None if rest < LEAST_PROSE else ((rest, known) if left is None else (known, rest))
    spare = (free - left - right) / 2
    if spare < 0:
        left += TOLERANCE
        return (left, free - left) if give and free - left >= (1 - give) * right else None
    return left + spare, right + spare


NATURAL: Mapping[type, Callable[[Any, Style], float | None]] = MappingProxyType(
    {
        Heading: lambda block, style: 1.2 * lines.prose_width(block.title, style) + 1.6,
        Figure: lambda block, style: block.drawing.width * EM_PER_CM,
        Equations: lines.natural_width,
        Table: grid.natural_width,
    }
)
"""How wide a block wants to be, in em, where that can be known."""
