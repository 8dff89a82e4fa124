"""How much room on a page the answers of a task take, in lines."""

from __future__ import annotations

from math import ceil

from derivgen.documents.document import Block, Equations, Heading, Line, Table
from derivgen.present.measure import height_lines, width_em

MOST_ROOM = 40.0
ROW = 30.0  # em of a line right of its first sign of equality


def room(blocks: tuple[Block, ...]) -> float:
    """How many lines of empty room a task's answers take; never so much that the box does not fit on a page."""
    count = 0.0
    for block in blocks:
        if isinstance(block, Equations):
            count += sum(line_room(line) for line in block.lines)
        elif isinstance(block, Table):
            count += 1.8 * (len(block.rows) + 1)
        elif isinstance(block, Heading):
            count += 2.5
    return min(max(6.0, count), MOST_ROOM)


def line_room(line: Line) -> float:
    """The room of one line; of one with tall matrices, that of the rows it takes."""
    sides = [step for _, step in line.steps]
    tallest = max((height_lines(side) for side in sides), default=1.0)
    rows = ceil(sum(width_em(side) + 1.5 for side in sides) / ROW)
    return 2.6 if tallest < 2.6 else rows * (tallest + 0.6)
