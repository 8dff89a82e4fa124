"""Start-up: whole processes, in times of `python -c "import sympy"`.

A command that derives something needs SymPy for its checks and may take twice that; `--help` takes at most 0.3 of it. What
derives nothing imports nothing heavy: for each such command it is asked which heavy modules it did import. (`doctor` typesets a
page, so its time says nothing.)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.measuring import ROOT, Row, at_most, best, derivgen, process

TITLE = 'Start-up, in times of `python -c "import sympy"`'
ROUNDS = 7
SPEC = ROOT / "specs" / "notes" / "000_one_expression.yaml"
LIMITS = {"derive --json, note 000": 2.0, "--help": 0.3}
HEAVY = {"sympy", "mpmath", "numpy", "lark", "jinja2"}


def rows() -> list[Row]:
    """The commands' times, and what the light ones import."""
    times = best(
        {
            "sympy": process("-c", "import sympy"),
            "derive --json, note 000": derivgen("derive", str(SPEC), "--json"),
            "--help": derivgen("--help"),
            "functions": derivgen("functions"),
            "schema": derivgen("schema"),
            "new": derivgen("new"),
        },
        ROUNDS,
    )
    ratios = {name: time / times["sympy"] for name, time in times.items() if name != "sympy"}
    found = [
        at_most(name, ratio, LIMITS[name]) if name in LIMITS else Row(name, f"{ratio:.2f}") for name, ratio in ratios.items()
    ]
    return [*found, *(_imports(command) for command in ("--help", "functions", "schema", "new", "doctor"))]


def _imports(command: str) -> Row:
    heavy = sorted(HEAVY & _imported(command))
    return Row(f"heavy modules imported by {command}", ", ".join(heavy) or "none", "none", not heavy)


def _imported(command: str) -> set[str]:
    """The top-level modules that a command imports, by Python's own list of them."""
    arguments = [sys.executable, "-X", "importtime", "-m", "derivgen", command]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in run.stderr.splitlines() if line.startswith("import time:")]
    assert lines, f"nothing was imported by {command}: {run.stderr}"
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
