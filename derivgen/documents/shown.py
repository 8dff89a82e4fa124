"""The further blocks of the notes that a spec asks for under `show`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivgen.documents.activations import activation_blocks
from derivgen.documents.autograd import autograd_blocks
from derivgen.documents.document import Block
from derivgen.documents.indices import indices
from derivgen.documents.loss_plot import loss_blocks
from derivgen.documents.matrices import augmented, matrices, nested
from derivgen.documents.neurons import neuron_blocks
from derivgen.documents.sheet import Sheet
from derivgen.documents.steps import steps_block
from derivgen.documents.updates import gradient_blocks
from derivgen.documents.weights import weight_blocks
from derivgen.spec.model import Show


@dataclass(frozen=True, slots=True)
class Shown:
    """How a kind of block is made, and where it stands: in the `setting`, after the `forward` pass, or at the `end`."""

    make: Callable[[Sheet, Show], tuple[Block, ...]]
    where: str = "end"


BLOCKS: Mapping[str, Shown] = MappingProxyType(
    {
        "steps": Shown(steps_block),
        "matrices": Shown(matrices),
        "nested": Shown(nested),
        "augmented": Shown(augmented),
        "activations": Shown(activation_blocks),
        "neurons": Shown(neuron_blocks, "setting"),
        "gradient": Shown(gradient_blocks),
        "weights": Shown(weight_blocks, "setting"),
        "autograd": Shown(autograd_blocks),
        "loss_over_steps": Shown(loss_blocks),
        "indices": Shown(indices),
    }
)
"""Each kind of block (see `derivgen.spec.shown.KINDS`) and what it prints; what it claims is in `derivgen.lines.shown`."""


def shown_blocks(sheet: Sheet, where: str) -> tuple[Block, ...]:
    """The blocks that stand there, in the order in which the spec lists them."""
    chosen = [show for show in sheet.spec.show if BLOCKS[show.kind].where == where]
    return tuple(block for show in chosen for block in BLOCKS[show.kind].make(sheet, show))
