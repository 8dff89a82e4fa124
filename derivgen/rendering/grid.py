"""Tables for the page: cells printed and aligned, columns made to fit, long tables cut where a page may end.

Expressions printed for pages whose lines are broken before they are set: in a dialect of LaTeX, or in Typst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from derivgen.documents.document import Table
from derivgen.frozen import dataclass, replace
from derivgen.maths.brackets import number_text
from derivgen.maths.slots import DependsOnNumberError, slot_mark, source_text
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Filled, Gap, Marked, Neg, Num, Partial, Quotient, Shown, Slot, Words, walk
from derivgen.present import latex, typst
from derivgen.present.boxes import Box
from derivgen.present.build import present
from derivgen.present.dialects import DIALECTS
from derivgen.present.measure import width_em
from derivgen.rendering.templates import Safe

SIZES = (("", 1.0, 0.9), ("", 1.0, 0.6), (r"\small", 0.92, 0.6), (r"\footnotesize", 0.83, 0.5), (r"\footnotesize", 0.83, 0.35))
"""What is tried to make columns fit, in this order: (size, its scale, the space beside a cell in em)."""
LONG = 16  # rows; a longer table may break between pages
PIECE = 4  # rows that stay together in a long table
SLACK = 0.1  # em by which a column may come out wider than it was measured

DIGIT, POINT, SIGN = 0.5, 0.28, 0.78  # em

Cells = tuple[Expr | None, ...]
Whole = Callable[[Expr, str], str]


@dataclass(frozen=True, slots=True)
class GridRow:
    """The printed cells and the rule below them: none, `thin`, `middle` or `heavy`."""

    cells: tuple[Safe, ...]
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: of words, which begin at the left, or centred; its width in em where it is fixed; the rule before it."""

    words: bool
    width: float | None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One table: its columns, its head, its rows in pieces between which a page may end, how many columns are given."""

    columns: tuple[Column, ...]
    head: tuple[Safe, ...]
    pieces: tuple[tuple[GridRow, ...], ...]
    given: int
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be printed, in as many parts as its columns need."""

    size: Safe
    scale: float
    gutter: float
    parts: tuple[Part, ...]


def grid(table: Table, style: Style, room: float, breakable: bool = True, whole: Whole = lambda cell, text: text) -> Grid:
    """Return the table within `room` em: smaller if it must be, and in several parts if that is not enough.

    `whole` makes of a cell and what is printed of it what stands in the table.
    """
    columns = table_columns(table)
    widths = _widths(columns, style)
    size, scale, gutter = _fitting(widths, room)
    groups = column_groups(widths, table.given, room / scale, gutter)
    long = breakable and is_long(table)
    printed = list(zip(*(_printed(column, style, whole) for column in columns), strict=True))
    parts = [_part(table, printed, widths, group, long) for group in groups]
    shrunk = [scale * _total(widths, group, gutter) > room for group in groups]
    parts = [replace(part, shrink=too_wide) for part, too_wide in zip(parts, shrunk, strict=True)]
    return Grid(Safe(size), scale, gutter, tuple(parts))


def is_long(table: Table) -> bool:
    """Return whether the table may break between pages."""
    return len(table.rows) > LONG


def natural_width(table: Table, style: Style) -> float:
    """Return how wide the table would like to be, in em."""
    widths = _widths(table_columns(table), style)
    return _total(widths, range(len(widths)), SIZES[0][2])


def table_columns(table: Table) -> list[Cells]:
    """Return header, rows and footer by column; short rows are filled up with empty cells."""
    lines = [table.header, *table.rows, *([table.footer] if table.footer else [])]
    count = max(len(line) for line in lines)
    return [tuple(line[at] if at < len(line) else None for line in lines) for at in range(count)]


def _widths(columns: list[Cells], style: Style) -> list[float]:
    """Return the width of each column's widest cell, in em."""
    return [max(_width(head, style, _is_fraction(head)), *_cell_widths(cells, style)) for head, *cells in columns]


def _cell_widths(cells: list[Expr | None], style: Style) -> list[float]:
    """Return the cells' widths in em, of figures with what stands unseen beside them so that they align."""
    free = zip(cells, aligned(cells), strict=True)
    return [0.0, *(_width(cell, style) + (0.0 if _fills(cell) or unseen is None else unseen.width) for cell, unseen in free)]


def _fills(cell: Expr | None) -> bool:
    """Return whether a cell is as wide as the gap that it fills, whatever stands in it."""
    return isinstance(cell, Filled)


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


def column_groups(widths: Sequence[float], given: int, room: float, gutter: float) -> list[list[int]]:
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
    given = sum(1 for at in group if at < table.given)
    columns = tuple(
        Column(_is_words(table, at), widths[at] if long else None, _rule(place, given, ruled)) for place, at in enumerate(group)
    )
    return Part(columns, head, _pieces(rows, long), given)


def _is_words(table: Table, at: int) -> bool:
    """Return whether there is nothing but words in a column."""
    cells = [row[at] for row in table.rows if at < len(row) and row[at] is not None]
    return bool(cells) and all(isinstance(cell, Words) for cell in cells)


def _rule(place: int, given: int, ruled: bool) -> str:
    """Return the rule before a column: `solid` after the given ones, `thin` between gaps, else none."""
    if place <= given:
        return "solid" if place and place == given else ""
    return "thin" if ruled else ""


def column_types(columns: Sequence[Column]) -> Safe:
    """Return the columns as LaTeX has them, with the types of our own pages."""
    rules = {"": "", "thin": r"!{\dgthin}", "solid": r"!{\dgsolid}"}
    return Safe("".join(rules[column.rule] + _type(column) for column in columns))


def _type(column: Column) -> str:
    if column.words:
        return r">{$}l<{$}" if column.width is None else rf">{{$}}w{{l}}{{{column.width:.1f}em}}<{{$}}"
    return "C" if column.width is None else rf"D{{{column.width:.1f}em}}"


def _pieces(rows: list[GridRow], long: bool) -> tuple[tuple[GridRow, ...], ...]:
    if not long:
        return (tuple(rows),)
    starts = range(0, len(rows), PIECE)
    pieces = [tuple(rows[at : at + PIECE]) for at in starts]
    if len(pieces[-1]) < PIECE:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    return tuple(pieces)


def _printed(column: Cells, style: Style, whole: Whole) -> tuple[Safe, ...]:
    """Return the cells of a column, its numbers padded to one width so that centred they align."""
    cells = column[1:]
    slots = _slots_padding(cells)
    beside = [slots.get(figures(cell)) or _padded_by(unseen, style) for cell, unseen in zip(cells, aligned(cells), strict=True)]
    head = _cell(column[0], style, UNPADDED)
    head = DIALECTS[style.dialect].tall(head) if _is_fraction(column[0]) else head
    printed = (head, *(_cell(cell, style, pad) for cell, pad in zip(cells, beside, strict=True)))
    return tuple(Safe(text if cell is None else whole(cell, text)) for cell, text in zip(column, printed, strict=True))


def _slots_padding(cells: Cells) -> dict[str, tuple[str, str]]:
    """Return for each slot of a column the marks for what will stand unseen beside its number; nothing without slots."""
    made: dict[str, tuple[str, str]] = {}
    for group in _groups_aligned(cells):
        contents = [cell.content if isinstance(cell, Filled) else cell for cell in group]
        slots = [content for content in contents if isinstance(content, Slot)]
        if slots and len(slots) < len(contents):
            raise DependsOnNumberError(f"{source_text(slots[0].source)} is aligned with numbers that are known")
        column = tuple(slot.number for slot in slots)
        made |= {slot.text: (slot_mark(slot.number, "<", column), slot_mark(slot.number, ">", column)) for slot in slots}
    return made


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

    @property
    def width(self) -> float:
        """Return how much room it takes, in em."""
        return (self.before + self.behind) * DIGIT + self.point * POINT + self.sign * SIGN


def aligned(cells: Sequence[Expr | None]) -> tuple[Unseen | None, ...]:
    """Return for each cell of a column what stands unseen beside its number; None for one that stands below no others.

    What fills gaps is aligned by itself: what is printed anyway stands on a worksheet where it stands on the key.
    """
    unseen = [(_fills(group[0]), _unseen(list(map(figures, group)))) for group in _groups_aligned(cells)]
    by_kind = dict(unseen)
    return tuple(by_kind.get(_fills(cell), {}).get(figures(cell)) for cell in cells)


def _groups_aligned(cells: Sequence[Expr | None]) -> tuple[Cells, ...]:
    """Return the cells that are numbers: those that fill gaps, and those that are printed anyway."""
    found = [cell for cell in cells if figures(cell)]
    groups = (tuple(cell for cell in found if _fills(cell) == kind) for kind in (True, False))
    return tuple(group for group in groups if group)


def padding(numbers: Sequence[str], style: Style) -> dict[str, tuple[str, str]]:
    """Return for each number of a column, given as its figures, what stands unseen to its left and right."""
    return {number: _padded_by(free, style) for number, free in _unseen(numbers).items()}


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


def _padded_by(free: Unseen | None, style: Style) -> tuple[str, str]:
    """Return the same in the dialect: what stands unseen to the left and the right."""
    hidden = DIALECTS[style.dialect].unseen

    def phantom(figures: str) -> str:
        return hidden(figures) if figures else ""

    if free is None:
        return UNPADDED
    return phantom("-" * free.sign) + phantom("0" * free.before), phantom(style.decimal * free.point + "0" * free.behind)


_PLAIN = re.compile(r"-?\d+(\.\d+)?")
UNPADDED = ("", "")


def _cell(cell: Expr | None, style: Style, pad: tuple[str, str]) -> str:
    """Return a cell; a gap is the cell itself, without a frame."""
    if cell is None:
        return ""
    if isinstance(cell, Gap):
        return DIALECTS[style.dialect].cell(cell.width, cell.height)
    if isinstance(cell, Filled):
        content = _padded(cell.content, style, pad)
        return DIALECTS[style.dialect].cell_filled(cell.width, cell.height, content)
    return _padded(cell, style, pad)


def _padded(expr: Expr, style: Style, pad: tuple[str, str]) -> str:
    left, right = pad
    if right and isinstance(expr, Marked):
        return f"{left}{formula(expr.content, style)}{DIALECTS[style.dialect].dagger}{right}"
    return left + formula(expr, style) + right


def formula(expr: Expr, style: Style) -> str:
    """Return the expression in the dialect of the style, for use within mathematics."""
    return printed(present(expr, style), style.dialect)


def printed(box: Box, dialect: str) -> str:
    """Return a box in a dialect of `derivgen.present.dialects`."""
    return typst.shown(box) if dialect == "typst" else latex.printed(box, dialect)
