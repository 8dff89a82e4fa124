"""A spec's matrices and vectors by their printed names, W^2, b^2, z^2, a^2, and the names of their entries."""

from __future__ import annotations

from collections.abc import Mapping

from derivgen.claims.matrices import Names
from derivgen.derivation.matrices import layered
from derivgen.evaluation import Evaluation
from derivgen.maths.names import split
from derivgen.maths.tree import MatrixSym
from derivgen.memo import kept_with_owner


def matrix_of(evaluation: Evaluation, name: str) -> Names | None:
    """Return the names of the entries of a network's matrix, or of a vector that the notation names; None for anything else.

    Of a vector that has one value in each sample, the name ends with the index of the samples, as the entries' names then do.
    """
    known, letter = _matrices(evaluation), evaluation.graph.index
    if name in known:
        return known[name]
    for ending in (f"^({letter})", f"^{letter}", f"_{letter}"):
        rows = known.get(name.removesuffix(ending)) if name.endswith(ending) else None
        if rows is not None:
            end = ending.removeprefix("_")
            return tuple(tuple(entry + end for entry in row) for row in rows)
    return None


@kept_with_owner
def _matrices(evaluation: Evaluation) -> Mapping[str, Names]:
    vectors = evaluation.graph.spec.notation.vectors
    found: dict[str, Names] = {
        _written(name): tuple((_written(entry),) for entry in entries) for name, entries in vectors.items()
    }
    network = layered(evaluation.derivation)
    if network is None or network.batch:  # the columns of several samples have no names
        return found
    deltas = {layer.delta: layer.number for layer in network.layers}
    for matrix, rows in network.names.items():
        if matrix in deltas:
            found[f"delta^{deltas[matrix]}"] = tuple((f"delta_{k}^{deltas[matrix]}",) for k in range(1, len(rows) + 1))
        elif isinstance(matrix, MatrixSym) and all(name is not None for row in rows for name in row):
            name = matrix.letter if matrix.layer is None else f"{matrix.letter}^{matrix.layer}"
            found[name] = tuple(tuple(_written(str(entry)) for entry in row) for row in rows)
    return found


def _written(name: str) -> str:
    """Return a spec's name as a reader of files has it: w__2_31 is w_31^2."""
    parts = split(name)
    below = "".join(parts.subscripts)
    return parts.base + parts.accent + (f"_{below}" if below else "") + (f"^{parts.superscript}" if parts.superscript else "")
