"""How long the lines of a sheet are and how wide its gaps: what does not fit tells itself here, before anything is typeset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, each_block, expressions
from derivgen.evaluation import Evaluation
from derivgen.maths.tree import Expr, Gap, walk
from derivgen.present.measure import width_em


@dataclass(frozen=True, slots=True)
class Lengths:
    """The longest side of an equation in the notes, before it is broken, and the widest gap of the worksheet, in em."""

    line: float
    gap: float


def lengths_of(evaluation: Evaluation) -> Lengths:
    """The lengths of one variant's notes and worksheet."""
    style = style_of(evaluation)
    lines = [width_em(expr, style) for expr in _sides(compose(evaluation, "notes"))]
    gaps = [node.width for expr in _sides(compose(evaluation, "worksheet")) for node in walk(expr) if isinstance(node, Gap)]
    return Lengths(max(lines, default=0.0), max(gaps, default=0.0))


def _sides(document: Document) -> Iterator[Expr]:
    """Yield every expression that stands by itself: the sides of equations, the cells of tables."""
    for block in each_block(document.blocks):
        yield from expressions(block)
