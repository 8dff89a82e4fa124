"""The mark at a rounded result that its printed figures do not lead to, explained once where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.documents.document import Block, Equations, Paragraph, SideBySide, Space, Table, Task, Together
from derivgen.documents.sheet import Sheet
from derivgen.maths.tree import Expr, Marked, walk


def explained(sheet: Sheet, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks, and what the mark says below them where one of them has it."""
    if not any(isinstance(node, Marked) for expr in _formulas(blocks) for node in walk(expr)):
        return blocks
    text = "† worked out from the exact numbers; the rounded figures before it come to a slightly different result."
    return (*blocks, Paragraph(sheet.say(text), "quiet"))


def _formulas(blocks: Iterable[Block]) -> Iterable[Expr]:
    for block in blocks:
        if isinstance(block, Equations):
            yield from (step for line in block.lines for _, step in line.steps)
        elif isinstance(block, Table):
            yield from (cell for row in (*block.rows, block.footer) for cell in row if cell is not None)
        elif isinstance(block, SideBySide):
            yield from _formulas((*block.left, *block.right))
        elif isinstance(block, (Task, Together)):
            yield from _formulas(block.blocks)
        elif isinstance(block, Space):
            yield from _formulas(block.answer)
