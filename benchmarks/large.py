"""A dense 784-30-10 network (23,860 parameters, weights from an .npz): whole processes beyond start-up, and their memory.

In times of `python -c "import sympy"`, which takes 0.28 s on the machine of the other figures: 2 seconds for one gradient, 5
times it for all of them with their formulas, numbers and checks. Start-up is what the smallest network takes.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Row, at_most, best, derivgen, process
from benchmarks.networks import layered, parameters

TITLE = 'A 784-30-10 network, in times of `python -c "import sympy"`'
SIZES = (784, 30, 10)
ONE = "w__1_17_400"
ROUNDS = 2
LIMITS = {f"derive --json --wrt {ONE}": 2 / 0.28, "derive --json": 5}
MEMORY = 200


def rows() -> list[Row]:
    """One gradient, and all of them; then the most memory that any of the processes took."""
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as folder:
        spec = str(layered(SIZES, Path(folder)))
        times = best(
            {
                "sympy": process("-c", "import sympy"),
                "start": derivgen("derive", str(layered((2, 2, 1), Path(small))), "--json"),
                f"derive --json --wrt {ONE}": derivgen("derive", spec, "--json", "--wrt", ONE),
                "derive --json": derivgen("derive", spec, "--json"),
            },
            ROUNDS,
        )
    found = [at_most(name, (times[name] - times["start"]) / times["sympy"], round(limit)) for name, limit in LIMITS.items()]
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    assert parameters(SIZES) == 23_860
    return [*found, Row("most memory, MB", f"{peak:.0f}", f"≤ {MEMORY}", peak <= MEMORY)]
