"""The block `gradient`: ∇L as a column of partial derivatives and of numbers."""

from __future__ import annotations

from derivgen.blocks.record import ShownBlock, once, title
from derivgen.documents.document import Block, Equations, Together
from derivgen.documents.sheet import Sheet
from derivgen.lines.updates import gradient_columns
from derivgen.spec.model import Show


def gradient_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return ∇L as a column; nothing where its names do not fit in one."""
    columns = gradient_columns(sheet.evaluation)
    if not columns:
        return ()
    lines = Equations(tuple(sheet.line(column) for column in columns))
    return (Together((title(sheet, "The gradient as a column"), lines)),)


GRADIENT_COLUMN = ShownBlock(
    "gradient",
    gradient_blocks,
    lambda evaluation, show: gradient_columns(evaluation),
    means="the gradient as a column",
    of=once(lambda sheet: bool(gradient_columns(sheet.evaluation))),
    lacking="its names do not fit in a column",
    piece="column",
)
