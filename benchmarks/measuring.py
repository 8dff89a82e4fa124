"""Fair times on a noisy machine: the rivals take turns, and each one's best run counts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the ratio or count, and the most (or least) it should be, if anything."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


def best(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each one's best run out of `rounds`, the runs interleaved."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: min(found) for name, found in times.items()}


def process(*arguments: str) -> Callable[[], object]:
    """A whole Python process, run in an empty folder, its output thrown away; one that fails stops the benchmark."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)

    return work


def derivgen(*arguments: str) -> Callable[[], object]:
    """A whole `derivgen` process."""
    return process("-m", "derivgen", *arguments)


def at_most(what: str, ratio: float, limit: float) -> Row:
    """A ratio that should be no larger than the limit."""
    return Row(what, f"{ratio:.2f}", f"≤ {limit:g}", ratio <= limit)


def at_least(what: str, ratio: float, limit: float) -> Row:
    """A ratio that should be no smaller than the limit."""
    return Row(what, f"{ratio:.1f}", f"≥ {limit:g}", ratio >= limit)


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [f"### {title}", "", "| | measured | target | |", "|---|---:|---:|---|"]
    marks = {None: "", True: "met", False: "missed"}
    lines += [f"| {row.what} | {row.figure} | {row.target} | {marks[row.met]} |" for row in rows]
    return "\n".join(lines) + "\n"
