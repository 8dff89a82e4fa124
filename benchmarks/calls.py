"""How often SymPy is asked while a dense network is derived and checked: once per kind of definition, at any width and depth."""

from __future__ import annotations

from benchmarks.growth import whole
from benchmarks.measuring import Row
from benchmarks.networks import dense
from derivgen.maths.symbolic import CALLS

TITLE = "Calls of SymPy for a dense network"
NETWORKS = ((2, 2, 1), (4, 4, 1), (16, 16, 1), (4, 4, 4, 1), (4, 4, 4, 4, 4, 4, 1))
LIMIT = 20


def rows() -> list[Row]:
    """Derivatives and proofs asked for, network by network."""
    found = []
    for sizes in NETWORKS:
        before = sum(CALLS.values())
        whole(dense(sizes))
        asked = sum(CALLS.values()) - before
        found.append(Row("-".join(map(str, sizes)), str(asked), f"≤ {LIMIT}", asked <= LIMIT))
    return found
