"""A network's matrices by their printed names: W^2, b^2, z^2, a^2, and the names of their entries."""

from __future__ import annotations

from collections.abc import Mapping

from derivgen.claims.matrices import Names
from derivgen.derivation.matrices import layered
from derivgen.evaluation import Evaluation
from derivgen.maths.names import split
from derivgen.memo import kept_with_owner


@kept_with_owner
def matrices_of(evaluation: Evaluation) -> Mapping[str, Names]:
    """Return the names of the entries of each matrix of a network, by the matrix' name; nothing for another spec.

    Of several samples there are none: the columns of their matrices have no names.
    """
    network = layered(evaluation.derivation)
    if network is None or network.batch:
        return {}
    deltas = [layer.delta for layer in network.layers]
    found = {}
    for letter, rows in network.names.items():
        if letter in deltas or any(name is None for row in rows for name in row):
            continue
        name = f"{letter.letter}^{letter.layer}" if letter.layer is not None else letter.letter  # type: ignore[attr-defined]
        found[name] = tuple(tuple(_written(str(entry)) for entry in row) for row in rows)
    return found


def _written(name: str) -> str:
    """Return a spec's name as a reader of files has it: w__2_31 is w_31^2."""
    parts = split(name)
    below = "".join(parts.subscripts)
    return parts.base + parts.accent + (f"_{below}" if below else "") + (f"^{parts.superscript}" if parts.superscript else "")
