"""Where blocks stand on a page: beside each other in columns that fit, and on one page with the block behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from derivgen.documents.document import (
    Block,
    Equations,
    Figure,
    Heading,
    Math,
    Paragraph,
    SideBySide,
    Table,
    Task,
    Together,
    each_block,
)
from derivgen.maths.style import Style
from derivgen.maths.tree import Boxed
from derivgen.rendering import grid, lines

EM_PER_CM = 2.6
GUTTER = 2.0
LEAST_PROSE = 14.0
TOLERANCE = 0.6  # by how much a width may be measured too small
SHRINK = 0.2  # by how much of itself a drawing beside equations may be made smaller
LEADS = (Heading, Equations, Table)


def natural_width(blocks: Iterable[Block], style: Style, indent: float) -> float | None:
    """Return how wide blocks want to be, in em; None when words among them take what there is."""
    widths = [NATURAL[type(block)](block, style) if type(block) in NATURAL else None for block in blocks]
    known = [width for width in widths if width is not None]
    return max(known) + indent if known and len(known) == len(widths) else None


def shares(left: float | None, right: float | None, room: float, give: float = 0.0) -> tuple[float, float] | None:
    """Return the widths of two columns in em, or None where they do not fit beside each other.

    `left` and `right` are how wide they want to be, None for as wide as there is room; `give` is by which share of itself the
    right one may be made smaller.
    """
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


def keeps(before: Block | None, block: Block, following: Block | None) -> bool:
    """Return whether no page should end between a block and the `following` one.

    A table keeps with the short equation that sums it up, an equation with the boxed result below it, a heading and its one
    equation with those that go on from it, and words with the heading above them and the equations or the table below.
    """
    if isinstance(following, Equations):
        if isinstance(block, Table):
            return len(following.lines) <= 2
        if isinstance(block, Equations):
            return any(isinstance(step, Boxed) for line in following.lines[:1] for _, step in line.steps)
        if isinstance(block, (Together, SideBySide)):
            kinds = {type(inner) for inner in each_block((block,))}
            return Heading in kinds and Figure not in kinds
    introduces = isinstance(block, Paragraph) and block.tone == "plain"
    return introduces and following is not None and isinstance(before if isinstance(before, Heading) else following, LEADS)


LEAST_END = 7.0  # lines
LAST_ROWS = 4


def ending(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the last blocks of a document, which stay together so that no page holds but a line or two."""
    found: list[Block] = []
    left = LEAST_END
    for block in reversed(blocks):
        if isinstance(block, Task):
            return (*ending(block.blocks), *found)
        found.insert(0, block)
        left -= _HEIGHT.get(type(block), lambda block: LEAST_END)(block)
        if left <= 0:
            break
    return tuple(found)


_HEIGHT: Mapping[type, Callable[[Any], float]] = MappingProxyType(
    {
        Paragraph: lambda block: 1.5,
        Heading: lambda block: 2.0,
        Equations: lambda block: 2.0 * len(block.lines),
        Table: lambda block: 1.5 * (2 + len(block.rows)),
    }
)
"""About how high a block is, in lines; others are high enough to stand alone."""


def runs_in(block: Block | None, following: Block | None) -> bool:
    """Return whether a numbered heading says no more than the left side of the equation behind it, and is set in its line."""
    if not isinstance(block, Heading) or not isinstance(following, Equations) or not block.number:
        return False
    left = following.lines[0].left
    return left is not None and block.title == (Math(left),)
