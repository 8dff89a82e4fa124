"""Against flattening: a dense 4-4-4-4-1 sigmoid network with 65 weights and biases, whole process against whole process.

`derivgen derive --json` derives, evaluates and checks by three roads and every line; `benchmarks.flattened` makes the loss one
SymPy expression, differentiates it by each weight, prints LaTeX and evaluates with `lambdify(cse=True)`, and checks nothing. It
should take at least 15 times as long.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import Row, at_least, best, derivgen, process
from benchmarks.networks import dense, parameters

TITLE = "Against one flattened SymPy expression"
SIZES = (4, 4, 4, 4, 1)
ROUNDS = 2
LIMIT = 15.0


def rows() -> list[Row]:
    """How many times as long the flattened expression takes."""
    name = "-".join(map(str, SIZES))
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "dense.yaml"
        spec.write_text(dense(SIZES))
        ours = derivgen("derive", str(spec), "--json")
        flat = process("-m", "benchmarks.flattened", *map(str, SIZES))
        times = best({"ours": ours, "flat": flat}, ROUNDS)
    return [at_least(f"{name}, {parameters(SIZES)} parameters: flattened / derivgen", times["flat"] / times["ours"], LIMIT)]
