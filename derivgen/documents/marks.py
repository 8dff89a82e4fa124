"""The mark at a rounded result that its printed figures do not lead to, explained once where it stands."""

from __future__ import annotations

from derivgen.documents.document import Block, Paragraph, each_block, expressions
from derivgen.documents.sheet import Sheet
from derivgen.maths.tree import Marked, walk


def explained(sheet: Sheet, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks, and what the mark says below them where one of them has it."""
    formulas = (expr for block in each_block(blocks) for expr in expressions(block))
    if not any(isinstance(node, Marked) for expr in formulas for node in walk(expr)):
        return blocks
    text = "† worked out from the exact numbers; the rounded figures before it come to a slightly different result."
    return (*blocks, Paragraph(sheet.say(text), "quiet"))
