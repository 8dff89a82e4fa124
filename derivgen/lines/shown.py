"""What the blocks under `show` claim: their equalities, for the checks. Each block's room is imported when it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.spec.model import Show

Claims = Callable[[Evaluation, Show], Iterable[Equality]]


def _in(module: str, name: str, argument: bool = True) -> Claims:
    """The function of that name in a module of `derivgen.lines`; with `argument` it is told what the block is about."""

    def lines(evaluation: Evaluation, show: Show) -> Iterable[Equality]:
        found = getattr(import_module(f"derivgen.lines.{module}"), name)
        return found(evaluation, show) if argument else found(evaluation)

    return lines


LINES: Mapping[str, Claims] = MappingProxyType(
    {
        "matrices": _in("matrices", "lines_in_matrices", argument=False),
        "nested": _in("matrices", "nested_lines", argument=False),
        "augmented": _in("matrices", "augmented_lines", argument=False),
        "activations": _in("activations", "activation_lines"),
        "neurons": _in("needs", "neuron_lines"),
        "gradient": _in("updates", "gradient_columns", argument=False),
        "weights": _in("weights", "weight_lines"),
        "autograd": _in("autograd", "autograd_lines"),
        "loss_over_steps": _in("needs", "loss_lines"),
        "indices": _in("indices", "index_lines", argument=False),
        "steps": _in("shown_steps", "lines_of_steps"),
    }
)
"""Each kind of block that holds equalities (see `derivgen.spec.shown.KINDS`) and what they are."""


def shown_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """The equalities of all blocks that the spec shows."""
    for show in evaluation.graph.spec.show:
        if show.kind in LINES:
            yield from LINES[show.kind](evaluation, show)
