"""The space for answers: gaps in tables and in chains of partial derivatives, and how many lines an empty box takes."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from derivgen.documents.document import Block, Equations, Heading, Line, Prose, Table
from derivgen.documents.sheet import Sheet
from derivgen.maths.tree import Expr, Filled, Gap, Partial, Sym, rebuild, walk
from derivgen.present.measure import height_lines, width_em
from derivgen.spec.paper import PageSize

MOST_OF_A_PAGE = 0.77
ROW = 30.0  # em of a line right of its first sign of equality


def gapped(sheet: Sheet, table: Table, given: bool, plain: Iterable[str] = ()) -> Table:
    """Return the table with gaps for what is worked out, every column's of one size; columns of `plain` names are printed."""
    printed = tuple(plain)
    columns = list(zip(*table.rows, strict=True))
    asked = [
        sheet.answers([cell for cell in column if cell is not None], given or _name_of(head) in printed, even=True)
        for head, column in zip(table.header[table.given :], columns[table.given :], strict=True)
    ]
    rows = tuple((*row[: table.given], *(column[k] for column in asked)) for k, row in enumerate(table.rows))
    return Table(table.header, rows, table.given, table.footer, table.caption)


def _name_of(head: Expr | None) -> str:
    """Whose numbers stand in a column: Z_3's, or the loss's derivatives by Z_3."""
    symbol = head.by if isinstance(head, Partial) else head
    return symbol.name if isinstance(symbol, Sym) else ""


def partials_in(expr: Expr) -> list[Partial]:
    """Return the partial derivatives written in an expression, from left to right."""
    return [node for node in walk(expr) if isinstance(node, Partial)]


def with_gaps(expr: Expr, model: Expr) -> Expr:
    """Return a chain with every partial derivative in a gap of the model's size; filled where the model is."""
    if isinstance(expr, Partial):
        if isinstance(model, Gap):
            return model
        return Filled(expr, model.width, model.height) if isinstance(model, Filled) else expr
    return rebuild(expr, lambda part: with_gaps(part, model))


def hint_for(sheet: Sheet, name: str) -> Prose:
    """Return the author's hint for a name; nothing without one."""
    text = sheet.spec.worksheet.hints.get(name)
    return sheet.authors(text) if text else ()


def answer_lines(blocks: tuple[Block, ...], page: PageSize, space: float = 1.0) -> float:
    """Return how many lines of empty space a task's answers take, times `space`; never so many that no page has room for them."""
    count = 0.0
    for block in blocks:
        if isinstance(block, Equations):
            count += sum(_lines(line) for line in block.lines)
        elif isinstance(block, Table):
            count += 1.8 * (len(block.rows) + 1)
        elif isinstance(block, Heading):
            count += 2.5
    return min(max(6.0, count) * space, round(MOST_OF_A_PAGE * page.lines))


def _lines(line: Line) -> float:
    """The room of one line; of one with tall matrices, that of the rows it takes."""
    sides = [step for _, step in line.steps]
    tallest = max((height_lines(side) for side in sides), default=1.0)
    rows = ceil(sum(width_em(side) + 1.5 for side in sides) / ROW)
    return 2.6 if tallest < 2.6 else rows * (tallest + 0.6)
