"""The blocks that a spec can list under `show`, one module each: what a block claims, how it is printed, what it is as a piece.

A block's name and arguments are in `derivgen.spec.shown.SYNTAX`, everything else in its record here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from derivgen.blocks.activations import ACTIVATIONS
from derivgen.blocks.autograd import AUTOGRAD
from derivgen.blocks.gradient_bars import GRADIENT_BARS
from derivgen.blocks.gradient_column import GRADIENT_COLUMN
from derivgen.blocks.indices import INDICES
from derivgen.blocks.loss_over_steps import LOSS_OVER_STEPS
from derivgen.blocks.matrices import AUGMENTED, MATRICES, NESTED
from derivgen.blocks.neurons import NEURONS
from derivgen.blocks.record import Position, ShownBlock
from derivgen.blocks.steps import STEPS
from derivgen.blocks.weights import WEIGHTS
from derivgen.documents.document import Block
from derivgen.documents.sheet import Sheet
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality

__all__ = ["BLOCKS", "Position", "ShownBlock", "shown_blocks", "shown_lines"]

_RECORDS = (
    LOSS_OVER_STEPS,
    GRADIENT_COLUMN,
    GRADIENT_BARS,
    STEPS,
    ACTIVATIONS,
    AUTOGRAD,
    NEURONS,
    WEIGHTS,
    MATRICES,
    NESTED,
    AUGMENTED,
    INDICES,
)

BLOCKS: Mapping[str, ShownBlock] = MappingProxyType({record.name: record for record in _RECORDS})
"""Every block by its name in a spec, in the order in which they are listed as pieces."""


def shown_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield the equalities of all blocks that the spec shows. Raises SpecError for a block that asks for what is not there."""
    for show in evaluation.graph.spec.show:
        yield from BLOCKS[show.kind].claims(evaluation, show)


def shown_blocks(sheet: Sheet, position: Position) -> tuple[Block, ...]:
    """Return the blocks that stand there in the notes, in the order in which the spec lists them."""
    chosen = [show for show in sheet.spec.show if BLOCKS[show.kind].position is position]
    return tuple(block for show in chosen for block in BLOCKS[show.kind].make(sheet, show))
