"""Short lines of a worksheet beside each other: in how many columns they fit, the sides of each column below each other."""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.documents.document import Equations, Line
from derivgen.frozen import dataclass
from derivgen.maths.style import Style
from derivgen.present.measure import width_em
from derivgen.rendering.lines import RELATION

GUTTER = 1.5  # em between two columns, at least
LEAST = 2 / 3  # of the lines are short enough, or there are fewer columns


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines read row by row: each of `rows` holds one line for each column or fewer, or one that is `alone`, too long for that.

    `width` is that of a column's lines, `pitch` how far apart two columns begin, both in em.
    """

    rows: tuple[tuple[Line, ...], ...]
    alone: tuple[bool, ...]
    count: int
    steps: int
    width: float
    pitch: float


def columns(block: Equations, style: Style, room: float) -> Columns | None:
    """Return the lines in as many columns as fit into `room` em, up to `block.columns`; None where a line does not fit at all."""
    if not block.columns or any(line.left is None or line.reason for line in block.lines):
        return None
    cells = [_cells(line, style) for line in block.lines]
    if not cells or max(map(sum, cells)) > room:
        return None
    found = [made for count in range(min(block.columns, len(cells)), 0, -1) if (made := _columns(block, cells, count, room))]
    return min(found, key=lambda made: (len(made.rows), sum(made.alone)), default=None)


def _columns(block: Equations, cells: Sequence[tuple[float, ...]], count: int, room: float) -> Columns | None:
    """The lines in so many columns; None where too many of them are too long for that."""
    pitch = (room + GUTTER) / count
    short = _short(cells, pitch - GUTTER)
    if len(short) < max(count, LEAST * len(cells)):
        return None
    rows = _rows(block.lines, short, count)
    alone = tuple(row[0] not in [block.lines[at] for at in short] for row in rows)
    return Columns(rows, alone, count, max(len(cells[at]) for at in short) - 1, _width(cells, short), pitch)


def _cells(line: Line, style: Style) -> tuple[float, ...]:
    """How wide the left side is, and each step with its relation."""
    left = width_em(line.left, style) if line.left is not None else 0.0
    return (left, *(RELATION + width_em(step, style) for _, step in line.steps))


def _width(cells: Sequence[tuple[float, ...]], chosen: Sequence[int]) -> float:
    """How wide a column of some lines is, their sides below each other."""
    most = max(len(cells[at]) for at in chosen)
    return sum(max(cells[at][k] for at in chosen if k < len(cells[at])) for k in range(most))


def _short(cells: Sequence[tuple[float, ...]], width: float) -> tuple[int, ...]:
    """Which lines fit into a column together, the longest left out as long as they do not."""
    chosen = sorted(range(len(cells)), key=lambda at: sum(cells[at]))
    while chosen and _width(cells, chosen) > width:
        chosen.pop()
    return tuple(sorted(chosen))


def _rows(lines: Sequence[Line], short: Sequence[int], count: int) -> tuple[tuple[Line, ...], ...]:
    """The lines row by row, in their order."""
    rows: list[list[Line]] = []
    opened = False
    for at, line in enumerate(lines):
        if at in short and opened and len(rows[-1]) < count:
            rows[-1].append(line)
        else:
            rows.append([line])
        opened = at in short
    return tuple(map(tuple, rows))
