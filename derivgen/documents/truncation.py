"""How much of a large computation is written down: what was asked for and what leads to it, and no more."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Paragraph
from derivgen.documents.sheet import Sheet
from derivgen.lines.adjoints import behind
from derivgen.lines.forward import is_abbreviated, is_wide

MOST_ASKED = 40


def written_gradients(sheet: Sheet, gradients: Iterable[Gradient]) -> tuple[Gradient, ...]:
    """Return the gradients that are worked out on the page: all; of a large computation none where more than 40 are asked for."""
    asked = tuple(gradients)
    return () if is_abbreviated(sheet.graph) and len(asked) > MOST_ASKED else asked


def written_definitions(sheet: Sheet, gradients: Iterable[Gradient], wide: bool = False) -> tuple[str, ...]:
    """Return the names whose definitions are worked out: all; of a large computation those on the way to the gradients.

    `wide` ones, sums too long for a line, are among them only where their value is all that is said.
    """
    graph = sheet.graph
    names = tuple(name for name, quantity in graph.quantities.items() if quantity.definition is not None)
    if is_abbreviated(graph):
        reached = behind(sheet.evaluation.derivation, gradients)
        names = tuple(name for name in names if name in reached or name == graph.loss)
    return tuple(name for name in names if wide or not is_wide(graph, name))


def not_written(sheet: Sheet, gradients: Iterable[Gradient]) -> tuple[Block, ...]:
    """Say that the gradients are not worked out one by one, where they are too many."""
    count = len(tuple(gradients))
    if not is_abbreviated(sheet.graph) or count <= MOST_ASKED:
        return ()
    words = "{count} gradients are asked for; they are not worked out here one by one. Name a few of them under wrt."
    return (Paragraph(sheet.say(words, count=count), "quiet"),)
