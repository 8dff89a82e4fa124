"""One spec built by the command: against an earlier commit, and from save to page.

`DERIVGEN_BASELINE` names a clone of the commit to compare with (`git clone . ../old; git -C ../old checkout 52bc25e`); both run
in turns, with caches of their own. Without it the times are given in times of `import sympy`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import ROOT, Row, at_most, best, process

TITLE = "One spec (note 002 with numbers): the command, and from save to page"
ROUNDS = 7
SPEC = ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml"
BUILD, DERIVE = ("build", str(SPEC), "--quiet"), ("derive", str(SPEC), "--json")


def rows() -> list[Row]:
    """The commands' times in times of the baseline's, and that of a page in times of `import sympy`."""
    named = os.environ.get("DERIVGEN_BASELINE")
    with tempfile.TemporaryDirectory() as folder:
        trees = {"": ROOT, **({"baseline ": Path(named).resolve()} if named else {})}
        works: dict[str, Callable[[], object]] = {"sympy": process("-c", "import sympy")}
        for name, tree in trees.items():
            cache = Path(folder) / (name.strip() or "ours")
            works[f"{name}first"] = _command(tree, Path(folder) / f"{name.strip()}-fresh", BUILD, fresh=True)
            works[f"{name}second"] = _command(tree, cache, BUILD)
            works[f"{name}derive"] = _command(tree, cache, DERIVE)
            works[f"{name}second"](), works[f"{name}derive"]()
        times = best(works, ROUNDS)
    units = {"first": 0.6, "second": 0.4, "derive": 0.6}
    words = {"first": "build, first run", "second": "build, second run", "derive": "derive --json, second run"}
    if named:
        found = [
            at_most(f"{words[name]}, in times of the baseline", times[name] / times[f"baseline {name}"], units[name])
            for name in units
        ]
    else:
        found = [Row(f"{words[name]}, in times of `import sympy`", f"{times[name] / times['sympy']:.2f}") for name in units]
    return [*found, at_most("from save to page, in times of `import sympy`", _page() / times["sympy"], 0.5)]


def _command(tree: Path, cache: Path, arguments: tuple[str, ...], fresh: bool = False) -> Callable[[], object]:
    """A whole process of one tree with a cache of its own; `fresh`: an empty one each time."""

    def work() -> None:
        if fresh:
            shutil.rmtree(cache, ignore_errors=True)
        environment = {**os.environ, "PYTHONPATH": str(tree), "DERIVGEN_CACHE": str(cache)}
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "derivgen", *arguments]
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)

    return work


def _page() -> float:
    """Return the seconds a page of `derivgen serve` takes, once one was drawn: read, derived, checked, composed, printed."""
    from derivgen.serve.app import draw

    text = SPEC.read_text(encoding="utf-8")
    draw(text, SPEC, "worksheet")
    numbers = iter(range(2, 100))

    def typed() -> None:
        assert draw(text.replace("W_13: 1,", f"W_13: {next(numbers)},"), SPEC, "worksheet").html is not None

    return best({"page": typed}, ROUNDS)["page"]
