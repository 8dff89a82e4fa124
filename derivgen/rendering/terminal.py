"""Document → the terminal: Unicode mathematics, aligned, with rich's tables and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Line,
    PageBreak,
    Paragraph,
    Prose,
    Space,
    Table,
    Task,
    Together,
)
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.unicode import text as unicode
from derivgen.rendering.grid import column_groups, table_columns
from derivgen.rendering.renderer import Renderer, Spot

INDENT = "  "
CELL_GUTTER = 1.45
"""The columns of the terminal beside a cell: with the slack of `column_groups` three between two cells."""


def renderables(document: Document, style: Style, width: int) -> Iterator[Any]:
    """Yield what a rich console prints for the document, `width` columns wide: drawings are left out, all else is there."""
    from rich.text import Text

    yield Text(document.title, style="bold")
    yield from Terminal(style, Wording(document.language)).blocks(document.blocks, Spot(width))


class Terminal(Renderer[list[Any], str]):
    """Makes rich's texts and tables; the room of a spot is in columns."""

    def blocks(self, blocks: Iterable[Block], spot: Spot) -> list[Any]:
        """Return what is printed for blocks, in order."""
        blocks = tuple(blocks)
        return [part for block, own in zip(blocks, self.spots(blocks, spot), strict=True) for part in self.block(block, own)]

    def prose(self, prose: Prose, display: bool = False) -> str:
        """Return words and formulas in a line of text."""
        return "".join(self.inline(part) for part in prose)

    def text(self, words: str) -> str:
        """Return the words."""
        return words

    def strong(self, words: str) -> str:
        """Return the words: a line has one weight."""
        return words

    def formula(self, expr: Expr, display: bool = False) -> str:
        """Return a formula in Unicode."""
        return unicode(expr, self.style)

    def heading(self, block: Heading, spot: Spot) -> list[Any]:
        """Return a heading below an empty line; nothing where it is set in the line behind it."""
        if spot.run_in:
            return []
        number = f"{block.number}  " if block.number else ""
        return _words(f"\n{number}{self.prose(block.title)}", style="bold")

    def paragraph(self, block: Paragraph, spot: Spot) -> list[Any]:
        """Return a paragraph, dimmed unless it is plain."""
        return _words(" ".join(self.prose(block.prose).split()), style="" if block.tone == "plain" else "dim")

    def equations(self, block: Equations, spot: Spot) -> list[Any]:
        """Return a text for each line, their left sides as wide as the widest; a number of a heading stands before them."""
        left = max((len(self.formula(line.left)) for line in block.lines if line.left is not None), default=0) + len(spot.number)
        texts = ["\n".join(self.rows(line, left, int(spot.room))) for line in block.lines]
        if spot.number:
            texts[0] = f"\n{spot.number}{texts[0].removeprefix(' ' * len(spot.number))}"
        return [part for text in texts for part in _words(text, no_wrap=True, overflow="ignore")]

    def rows(self, line: Line, left: int, width: int) -> list[str]:
        """Return a line's rows, a new one before a relation where it is long; the reason at the right or on rows below."""
        lead = INDENT + (self.formula(line.left) if line.left is not None else "").rjust(left)
        rows, current = [], lead
        for relation, side in line.steps:
            step = f" {relation} {self.formula(side)}"
            if len(current) + len(step) > width and current != lead:
                rows.append(current)
                current = INDENT + " " * left
            current += step
        reason = self.prose(line.reason)
        if reason and len(current) + len(reason) + 4 <= width:
            return [*rows, f"{current}{reason.rjust(width - len(current))}"]
        return [*rows, current, *_below(reason, left, width)]

    def table(self, block: Table, spot: Spot) -> list[Any]:
        """Return a table, its numbers to the right; several below each other where it is wider than the terminal."""
        from rich.cells import cell_len

        columns = [tuple(map(self._cell, column)) for column in table_columns(block)]
        widths = [max(map(cell_len, column)) for column in columns]
        groups = column_groups(widths, block.given, spot.room + 1, CELL_GUTTER)
        return [_grid([columns[at] for at in group], bool(block.footer)) for group in groups]

    def _cell(self, cell: Expr | None) -> str:
        return "" if cell is None else self.formula(cell)

    def figure(self, block: Figure, spot: Spot) -> list[Any]:
        """Return nothing: a terminal has no drawings."""
        return []

    def together(self, block: Together, spot: Spot) -> list[Any]:
        """Return blocks below each other; of a drawing that stands alone under a heading what it shows, in words."""
        shown = self.blocks(block.blocks, spot)
        if all(isinstance(part, (Heading, Figure)) for part in block.blocks):
            shown += [text for part in block.blocks if isinstance(part, Figure) for text in _words(part.alternative, style="dim")]
        return shown

    def space(self, block: Space, spot: Spot) -> list[Any]:
        """Return the answer that stands in the room."""
        return self.blocks(block.answer, spot)

    def task(self, block: Task, spot: Spot) -> list[Any]:
        """Return a question below an empty line, then its blocks."""
        points = f"  ({block.points})" if block.points else ""
        question = f"\n{block.number}  {self.prose(block.title)} {self.prose(block.instruction)}{points}"
        return [*_words(question, style="bold"), *self.blocks(block.blocks, spot)]

    def page_break(self, block: PageBreak, spot: Spot) -> list[Any]:
        """Return nothing: a terminal has no pages."""
        return []


def _grid(columns: list[tuple[str, ...]], footer: bool) -> Any:
    """Return a table of rich's; the first cell of a column is its head, the last its foot where there is a `footer`."""
    from rich.box import SIMPLE
    from rich.table import Table as Grid

    grid = Grid(box=SIMPLE, pad_edge=False, show_footer=footer)
    for head, *cells in columns:
        grid.add_column(head, cells[-1] if footer else "", justify="right", no_wrap=True)
    for row in zip(*(column[1:-1] if footer else column[1:] for column in columns), strict=True):
        grid.add_row(*row)
    return grid


def _words(text: str, **options: Any) -> list[Any]:
    """Return a text of rich's, in a list."""
    from rich.text import Text

    return [Text(text, **options)]


def _below(reason: str, left: int, width: int) -> list[str]:
    """Return a reason on rows of its own: at the right where one is enough, else from where the right sides begin."""
    begin = min(len(INDENT) + left + 1, width // 2)
    wrapped = wrap(reason, width - begin)
    return [wrapped[0].rjust(width)] if len(wrapped) == 1 else [" " * begin + row for row in wrapped]
