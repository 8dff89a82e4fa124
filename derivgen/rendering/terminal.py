"""Document → the terminal: Unicode mathematics, aligned, with rich's tables and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Line,
    Math,
    Paragraph,
    Prose,
    SideBySide,
    Space,
    Table,
    Task,
    Text,
    Together,
)
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.unicode import text

Renderables = Iterator[Any]
INDENT = "  "


def renderables(document: Document, style: Style, width: int) -> Renderables:
    """What a rich console prints for the document, `width` columns wide: drawings are left out, all else is there."""
    from rich.text import Text as Words

    yield Words(document.title, style="bold")
    for block in document.blocks:
        yield from _block(block, style, width)


def _block(block: Block, style: Style, width: int) -> Renderables:
    render = _BLOCKS.get(type(block))
    if render is not None:
        yield from render(block, style, width)


def _prose(prose: Prose, style: Style) -> str:
    return "".join(text(part.expr, style) if isinstance(part, Math) else part.words for part in prose)


def _heading(block: Heading, style: Style, width: int) -> Renderables:
    del width
    from rich.text import Text as Words

    number = f"{block.number}  " if block.number else ""
    yield Words(f"\n{number}{_prose(block.title, style)}", style="bold")


def _paragraph(block: Paragraph, style: Style, width: int) -> Renderables:
    from rich.text import Text as Words

    yield Words(" ".join(_prose(block.prose, style).split()), style="" if block.tone == "plain" else "dim")
    del width


def _equations(block: Equations, style: Style, width: int) -> Renderables:
    from rich.text import Text as Words

    left = max((len(text(line.left, style)) for line in block.lines if line.left is not None), default=0)
    for line in block.lines:
        yield Words("\n".join(_rows(line, style, left, width)), no_wrap=True, overflow="ignore")


def _rows(line: Line, style: Style, left: int, width: int) -> list[str]:
    """A line's sides, broken before a relation where it is long; the reason at the right of the last row, or on rows below."""
    lead = INDENT + (text(line.left, style) if line.left is not None else "").rjust(left)
    rows, current = [], lead
    for relation, side in line.steps:
        step = f" {relation} {text(side, style)}"
        if len(current) + len(step) > width and current != lead:
            rows.append(current)
            current = INDENT + " " * left
        current += step
    reason = _prose(line.reason, style)
    if reason and len(current) + len(reason) + 4 <= width:
        return [*rows, f"{current}{reason.rjust(width - len(current))}"]
    return [*rows, current, *_below(reason, left, width)]


def _below(reason: str, left: int, width: int) -> list[str]:
    """A reason on rows of its own: at the right where one is enough, else from where the right sides begin."""
    begin = min(len(INDENT) + left + 1, width // 2)
    wrapped = wrap(reason, width - begin)
    return [wrapped[0].rjust(width)] if len(wrapped) == 1 else [" " * begin + row for row in wrapped]


def _table(block: Table, style: Style, width: int) -> Renderables:
    del width
    from rich.box import SIMPLE
    from rich.table import Table as Grid

    grid = Grid(box=SIMPLE, pad_edge=False, show_footer=bool(block.footer))
    footer = block.footer or (None,) * len(block.header)
    for head, foot in zip(block.header, footer, strict=True):
        grid.add_column(_cell(head, style), _cell(foot, style), justify="right", no_wrap=True)
    for row in block.rows:
        grid.add_row(*(_cell(cell, style) for cell in row))
    yield grid


def _cell(cell: Expr | Text | None, style: Style) -> str:
    if cell is None:
        return ""
    return cell.words if isinstance(cell, Text) else text(cell, style)


def _group(blocks: tuple[Block, ...], style: Style, width: int) -> Renderables:
    for block in blocks:
        yield from _block(block, style, width)


def _task(block: Task, style: Style, width: int) -> Renderables:
    from rich.text import Text as Words

    points = f"  ({block.points})" if block.points else ""
    yield Words(f"\n{block.number}  {_prose(block.title, style)} {_prose(block.instruction, style)}{points}", style="bold")
    yield from _group(block.blocks, style, width)


_BLOCKS: dict[type, Callable[..., Renderables]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Equations: _equations,
    Table: _table,
    Task: _task,
    Together: lambda block, style, width: _group(block.blocks, style, width),
    SideBySide: lambda block, style, width: _group((*block.left, *block.right), style, width),
    Space: lambda block, style, width: _group(block.answer, style, width),
    Figure: lambda block, style, width: iter(()),
}
