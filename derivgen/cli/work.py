"""What several commands do: take a spec through the line and check it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from derivgen.checks.report import Report, check
from derivgen.derivation.derive import derive
from derivgen.errors import Problem, UserError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.spec.load import load


def evaluated(spec: Path | str, wrt: Sequence[str] = ()) -> Evaluation:
    """A spec's evaluation; `wrt` replaces what the spec asks for. Warnings go to stderr. Raises SpecError."""
    loaded = load(str(spec))
    for warning in loaded.warnings:
        print("\n".join(warning.lines()), file=sys.stderr)
    if wrt:
        loaded = replace(loaded, wrt=tuple(wrt))
    return run(derive(build(loaded)))


def checked(spec: Path | str, wrt: Sequence[str] = ()) -> tuple[Evaluation, Report]:
    """A spec's evaluation and what the checks say of it."""
    evaluation = evaluated(spec, wrt)
    return evaluation, check(evaluation)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `verify` says of one spec."""

    failed: int
    problems: tuple[Problem, ...]
    summary: str


def verdict_of(spec: Path) -> Outcome:
    """Check one spec."""
    _, report = checked(spec)
    hows = dict.fromkeys(gradient.differences for gradient in report.gradients)
    roads = (
        f"{len(report.gradients)} gradients by three roads (differences: {', '.join(hows)})"
        if report.gradients
        else "no gradient checked"
    )
    parts = [f"{report.equalities} equalities", roads]
    missing = len(report.unchecked_lines) + len(report.unchecked_gradients)
    if missing:
        parts.append(f"{missing} not checked")
    if report.kinks:
        parts.append(f"{len(report.kinks)} on a kink, where the convention decides")
    return Outcome(
        report.failed, report.problems(), f"{', '.join(parts)}: {'FALSE: ' + str(report.failed) if report.failed else 'all true'}"
    )


def each(specs: Sequence[Path], work: Callable[[Path], Any], quiet: bool) -> Iterator[tuple[Path, Any]]:
    """The work done on each spec, or the UserError it raised; a progress bar on a terminal when there are several."""
    for spec in _with_progress(specs, quiet):
        try:
            yield spec, work(spec)
        except UserError as error:
            yield spec, error


def _with_progress(specs: Sequence[Path], quiet: bool) -> Iterator[Path]:
    if quiet or len(specs) < 2 or not sys.stderr.isatty():
        yield from specs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(specs, description="specs", console=Console(stderr=True), transient=True)
