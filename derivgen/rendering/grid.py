"""Tables for the page: cells printed and aligned, columns made to fit, long tables cut where a page may end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from derivgen.documents.document import Table
from derivgen.maths.brackets import number_text
from derivgen.maths.slots import DependsOnNumberError, slot_mark, source_text
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Filled, Gap, Marked, Neg, Num, Partial, Quotient, Shown, Slot, Words, walk
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.present.measure import width_em
from derivgen.rendering.templates import Safe

SIZES = (("", 1.0, 0.9), ("", 1.0, 0.6), (r"\small", 0.92, 0.6), (r"\footnotesize", 0.83, 0.5), (r"\footnotesize", 0.83, 0.35))
"""What is tried to make columns fit, in this order: (size, its scale, the space beside a cell in em)."""
LONG = 16  # rows; a longer table may break between pages
PIECE = 4  # rows that stay together in a long table
SLACK = 0.05  # em by which a column may come out wider than it was measured

Cells = tuple[Expr | None, ...]


@dataclass(frozen=True, slots=True)
class GridRow:
    """The printed cells and the rule below them: none, `thin`, `middle` or `heavy`."""

    cells: tuple[Safe, ...]
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One table: its column types, its head, its rows in pieces between which a page may end, how many columns are given."""

    columns: Safe
    head: tuple[Safe, ...]
    pieces: tuple[tuple[GridRow, ...], ...]
    given: int
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be printed, in as many parts as its columns need."""

    size: Safe
    gutter: float
    parts: tuple[Part, ...]


def grid(table: Table, style: Style, room: float, breakable: bool = True) -> Grid:
    """Return the table within `room` em: smaller if it must be, and in several parts if that is not enough."""
    columns = _columns(table)
    widths = _widths(columns, style)
    size, scale, gutter = _fitting(widths, room)
    groups = _groups(widths, table.given, room / scale, gutter)
    long = breakable and is_long(table)
    printed = list(zip(*(_printed(column, style) for column in columns), strict=True))
    parts = [_part(table, printed, widths, group, long) for group in groups]
    shrunk = [scale * _total(widths, group, gutter) > room for group in groups]
    parts = [replace(part, shrink=too_wide) for part, too_wide in zip(parts, shrunk, strict=True)]
    return Grid(Safe(size), gutter, tuple(parts))


def is_long(table: Table) -> bool:
    """Return whether the table may break between pages."""
    return len(table.rows) > LONG


def natural_width(table: Table, style: Style) -> float:
    """Return how wide the table would like to be, in em."""
    widths = _widths(_columns(table), style)
    return _total(widths, range(len(widths)), SIZES[0][2])


def _columns(table: Table) -> list[Cells]:
    """Return header, rows and footer by column; short rows are filled up with empty cells."""
    lines = [table.header, *table.rows, *([table.footer] if table.footer else [])]
    count = max(len(line) for line in lines)
    return [tuple(line[at] if at < len(line) else None for line in lines) for at in range(count)]


def _widths(columns: list[Cells], style: Style) -> list[float]:
    """Return the width of each column's widest cell, in em."""
    return [max([_width(head, style, _is_fraction(head)), *(_width(cell, style) for cell in cells)]) for head, *cells in columns]


def _width(cell: Expr | None, style: Style, display: bool = False) -> float:
    return 0.5 if cell is None else width_em(cell, style, inline=not display)


def _is_fraction(head: Expr | None) -> bool:
    """Return whether a heading is printed at the full size of a displayed fraction."""
    return isinstance(head, (Partial, Quotient))


def _total(widths: Sequence[float], group: Sequence[int], gutter: float) -> float:
    return sum(widths[at] + 2 * gutter + SLACK for at in group)


def _fitting(widths: list[float], room: float) -> tuple[str, float, float]:
    everything = range(len(widths))
    fits = (size for size in SIZES if size[1] * _total(widths, everything, size[2]) <= room)
    return next(fits, SIZES[2])


def _groups(widths: list[float], given: int, room: float, gutter: float) -> list[list[int]]:
    """Return which columns stand in which part; the given ones are repeated where they leave room for the others."""
    repeated, groups = list(range(given)), []
    if _total(widths, repeated, gutter) > room / 2:
        repeated = []
    others = list(range(len(repeated), len(widths)))
    for count in range(1, len(others) + 1):
        share = -(-len(others) // count)
        groups = [repeated + others[start : start + share] for start in range(0, len(others), share)]
        if all(_total(widths, group, gutter) <= room for group in groups):
            break
    return groups or [repeated]


def _part(table: Table, printed: list[tuple[Safe, ...]], widths: list[float], group: list[int], long: bool) -> Part:
    ruled = any(isinstance(node, (Gap, Filled)) for row in table.rows for cell in row if cell for node in walk(cell))
    chosen = [tuple(line[at] for at in group) for line in printed]
    head, body = chosen[0], chosen[1 : 1 + len(table.rows)]
    last = "middle" if table.footer else "heavy"
    rows = [GridRow(cells, "thin" if ruled else "") for cells in body[:-1]] + [GridRow(cells, last) for cells in body[-1:]]
    rows += [GridRow(cells, "heavy") for cells in chosen[1 + len(table.rows) :]]
    kinds = [_kind(table, at, widths[at] if long else None) for at in group]
    given = sum(1 for at in group if at < table.given)
    return Part(Safe(_types(kinds, given, ruled)), head, _pieces(rows, long), given)


def _kind(table: Table, at: int, width: float | None) -> str:
    """Return a column's type, of a fixed width where there is one: centred, but words from the left."""
    cells = [row[at] for row in table.rows if at < len(row) and row[at] is not None]
    if cells and all(isinstance(cell, Words) for cell in cells):
        return r">{$}l<{$}" if width is None else rf">{{$}}w{{l}}{{{width:.1f}em}}<{{$}}"
    return "C" if width is None else rf"D{{{width:.1f}em}}"


def _types(kinds: list[str], given: int, ruled: bool) -> str:
    """Return the column types, with a rule after the given ones and thin ones between gaps."""
    between = r"!{\dgthin}" if ruled else ""
    left, right = "".join(kinds[:given]), between.join(kinds[given:])
    return left + (r"!{\dgsolid}" if given and right else "") + right


def _pieces(rows: list[GridRow], long: bool) -> tuple[tuple[GridRow, ...], ...]:
    if not long:
        return (tuple(rows),)
    starts = range(0, len(rows), PIECE)
    pieces = [tuple(rows[at : at + PIECE]) for at in starts]
    if len(pieces[-1]) < PIECE:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    return tuple(pieces)


def _printed(column: Cells, style: Style) -> tuple[Safe, ...]:
    """Return the cells of a column in LaTeX, its numbers padded to one width so that centred they align."""
    pad = _slots_padding(column[1:]) or _padding(aligned(column[1:]), style)
    head = _cell(column[0], style, {})
    head = DIALECTS[style.dialect].tall(head) if _is_fraction(column[0]) else head
    return (Safe(head), *(Safe(_cell(cell, style, pad)) for cell in column[1:]))


def _slots_padding(cells: Cells) -> dict[str, tuple[str, str]]:
    """Return for each slot of a column the marks for what will stand unseen beside its number; nothing without slots."""
    contents = [cell.content if isinstance(cell, Filled) else cell for cell in cells if figures(cell)]
    slots = [content for content in contents if isinstance(content, Slot)]
    if slots and len(slots) < len(contents):
        raise DependsOnNumberError(f"{source_text(slots[0].source)} is aligned with numbers that are known")
    column = tuple(slot.number for slot in slots)
    return {slot.text: (slot_mark(slot.number, "<", column), slot_mark(slot.number, ">", column)) for slot in slots}


def figures(cell: Expr | None) -> str:
    """Return the text of a cell that is a number, else nothing."""
    if isinstance(cell, (Filled, Marked)):
        return figures(cell.content)
    if isinstance(cell, Neg) and isinstance(cell.arg, (Num, Shown)):
        return "-" + number_text(cell.arg)
    return number_text(cell) if isinstance(cell, (Num, Shown)) else ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What is left free beside a number so that it stands below others: digits before it, its sign, its point, digits behind."""

    sign: bool
    before: int
    point: bool
    behind: int


def aligned(cells: Sequence[Expr | None]) -> dict[str, Unseen]:
    """Return for each number of a column what stands unseen beside it; nothing where not all of them are plain numbers."""
    return _unseen([number for number in map(figures, cells) if number])


def padding(numbers: Sequence[str], style: Style) -> dict[str, tuple[str, str]]:
    """Return for each number of a column, given as its figures, what LaTeX sets unseen to its left and right."""
    return _padding(_unseen(numbers), style)


def _unseen(numbers: Sequence[str]) -> dict[str, Unseen]:
    if not all(_PLAIN.fullmatch(number) for number in numbers):
        return {}
    parts = {number: number.lstrip("-").partition(".") for number in numbers}
    whole = max((len(part[0]) for part in parts.values()), default=0)
    decimals = max((len(part[2]) for part in parts.values()), default=0)
    signed = any(number.startswith("-") for number in numbers)
    return {
        number: Unseen(
            signed and not number.startswith("-"), whole - len(before), bool(decimals and not after), decimals - len(after)
        )
        for number, (before, _, after) in parts.items()
    }


def _padding(unseen: dict[str, Unseen], style: Style) -> dict[str, tuple[str, str]]:
    """Return the same in LaTeX: what stands unseen to the left and the right."""
    point = "{,}" if style.decimal == "," else style.decimal
    return {
        number: (_phantom("-" * free.sign) + _phantom("0" * free.before), _phantom(point * free.point + "0" * free.behind))
        for number, free in unseen.items()
    }


_PLAIN = re.compile(r"-?\d+(\.\d+)?")


def _phantom(text: str) -> str:
    return rf"\phantom{{{text}}}" if text else ""


def _cell(cell: Expr | None, style: Style, pad: dict[str, tuple[str, str]]) -> str:
    """Return a cell's LaTeX; a gap is the cell itself, without a frame."""
    if cell is None:
        return ""
    if isinstance(cell, Gap):
        return DIALECTS[style.dialect].cell(cell.width, cell.height)
    if isinstance(cell, Filled):
        content = _padded(cell.content, style, pad)
        return DIALECTS[style.dialect].cell_filled(cell.width, cell.height, content)
    return _padded(cell, style, pad)


def _padded(expr: Expr, style: Style, pad: dict[str, tuple[str, str]]) -> str:
    left, right = pad.get(figures(expr), ("", ""))
    if right and isinstance(expr, Marked):
        return f"{left}{latex(expr.content, style)}{DIALECTS[style.dialect].dagger}{right}"
    return left + latex(expr, style) + right
