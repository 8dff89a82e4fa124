"""Which blocks stay on one page with the next one."""

from __future__ import annotations

from derivgen.documents.document import Block, Equations, Figure, Heading, Paragraph, SideBySide, Table, Together, each_block
from derivgen.maths.tree import Boxed

LEADS = (Heading, Equations, Table)


def keeps(before: Block | None, block: Block, following: Block | None) -> bool:
    """Whether no page should end between a block and the next.

    A table keeps with the short equation that sums it up, an equation with the boxed result below it, a heading and its one
    equation with those that go on from it, and words with the heading above them and the equations or the table below.
    """
    if isinstance(following, Equations):
        if isinstance(block, Table):
            return len(following.lines) <= 2
        if isinstance(block, Equations):
            return any(isinstance(step, Boxed) for _, step in following.lines[0].steps)
        if isinstance(block, (Together, SideBySide)):
            kinds = {type(inner) for inner in each_block((block,))}
            return Heading in kinds and Figure not in kinds
    introduces = isinstance(block, Paragraph) and block.tone == "plain"
    return introduces and following is not None and isinstance(before if isinstance(before, Heading) else following, LEADS)
