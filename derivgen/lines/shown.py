"""What the blocks under `show` claim: their equalities, for the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from derivgen.evaluation import Evaluation
from derivgen.lines.activations import activation_lines
from derivgen.lines.autograd import autograd_lines
from derivgen.lines.equality import Equality
from derivgen.lines.indices import index_lines
from derivgen.lines.matrices import matrix_lines
from derivgen.lines.matrix_forms import augmented_lines, nested_lines
from derivgen.lines.needs import loss_lines, neuron_lines
from derivgen.lines.shown_steps import lines_of_steps
from derivgen.lines.updates import gradient_columns
from derivgen.lines.weights import weight_lines
from derivgen.spec.model import Show

LINES: Mapping[str, Callable[[Evaluation, Show], Iterable[Equality]]] = MappingProxyType(
    {
        "steps": lines_of_steps,
        "matrices": lambda evaluation, show: matrix_lines(evaluation),
        "nested": lambda evaluation, show: nested_lines(evaluation),
        "augmented": lambda evaluation, show: augmented_lines(evaluation),
        "activations": activation_lines,
        "neurons": neuron_lines,
        "gradient": lambda evaluation, show: gradient_columns(evaluation),
        "weights": weight_lines,
        "autograd": autograd_lines,
        "loss_over_steps": loss_lines,
        "indices": lambda evaluation, show: index_lines(evaluation),
    }
)
"""Each kind of block that holds equalities (see `derivgen.spec.shown.KINDS`) and what they are."""


def shown_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """The equalities of all blocks that the spec shows."""
    for show in evaluation.graph.spec.show:
        if show.kind in LINES:
            yield from LINES[show.kind](evaluation, show)
