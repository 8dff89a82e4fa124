"""What several commands do: take a spec through the line and check it; do something with each of several specs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation, Evaluated
from derivgen.checks.report import CONVENTION, Report
from derivgen.cli.output import tell, tracked
from derivgen.errors import Problem, UserError
from derivgen.frozen import dataclass
from derivgen.spec.load import load
from derivgen.spec.model import Spec
from derivgen.work import evaluate, report_on

MOST_NAMED = 6


def read(spec: Path | str) -> Spec:
    """Return the spec in a file. Warnings go to stderr. Raises SpecError."""
    loaded = load(str(spec))
    tell(loaded.warnings)
    return loaded


def evaluated(spec: Path | str | Spec, wrt: Sequence[str] = (), seed: str | None = None, student: str = "") -> Any:
    """Return a spec's evaluation; `wrt` replaces what the spec asks for. Warnings of a file go to stderr. Raises SpecError.

    With a seed, the variant of a student (see `derivgen.work.evaluate`).
    """
    return evaluate(spec if isinstance(spec, Spec) else read(spec), wrt, seed, student)


def checked(
    spec: Path | str | Spec,
    wrt: Sequence[str] = (),
    seed: str | None = None,
    student: str = "",
    *,
    kept: bool = False,
    in_arrays: bool = False,
) -> tuple[Any, Report]:
    """Return a spec's evaluation (or that of a student's variant) and what the checks say of it.

    With `kept`, what SymPy said of a kind of definition in an earlier run counts. With `in_arrays`, a large network in layers
    may come as a `LargeNetwork`.
    """
    loaded = spec if isinstance(spec, Spec) else read(spec)
    if in_arrays and not wrt and seed is None and loaded.network is not None:
        from derivgen.large_networks import worked_in_arrays

        large = worked_in_arrays(loaded, kept=kept)
        if large is not None:
            return large
    evaluation = evaluated(loaded, wrt, seed, student)
    report = report_on(evaluation, kept=kept)
    tell(evaluation.derivation.warnings if isinstance(evaluation, ArrayEvaluation) else ())
    tell(rounded_away(evaluation))
    return evaluation, report


def rounded_away(evaluation: Evaluated) -> tuple[Problem, ...]:
    """Return a warning that names the answers printed as 0 which are not 0: as it happens where decimals are counted."""
    numbers = evaluation.graph.spec.numbers
    if numbers.rounding != "decimals" and numbers.carry != "shown":
        return ()
    from derivgen.documents.answers import answers

    lost = [answer.name for answer in answers(evaluation) if _is_zero(answer.printed) and not _is_zero(answer.exact)]
    if not lost:
        return ()
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    message = f"printed as 0 though not 0: {', '.join(lost[:MOST_NAMED])}{more}"
    return (Problem(message, None, "give the numbers more digits, or let the digits count as significant ones", "warning"),)


_ZERO = re.compile(r"[+-]?(?:0+[.,]?0*|[.,]0+)(?:e[+-]?\d+|/\d+)?", re.IGNORECASE)


def _is_zero(text: str) -> bool:
    """Return whether a number is 0 by its figures; 1e-30000000000 is none, and no fraction is made of it.

    >>> [_is_zero(text) for text in ("0.00", "-0e5", "0/3", "1e-30000000000", "0.01", "w")]
    [True, True, True, False, False, False]
    """
    return _ZERO.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `verify` says of one spec: how much is false or could not be checked, each of these, and a line about it all."""

    failed: int
    unchecked: int
    problems: tuple[Problem, ...]
    summary: str


def verdict_of(spec: Path) -> Outcome:
    """Check one spec."""
    _, report = checked(spec, in_arrays=True)
    parts = [_count(report.equalities, "equality", "equalities"), _roads(report)]
    if report.kinks:
        parts.append(f"{_count(len(report.kinks), 'value')} on a kink, where the convention decides")
    return Outcome(report.failed, report.unchecked, (*report.problems(), *report.gaps()), f"{', '.join(parts)}: {_truth(report)}")


def _roads(report: Report) -> str:
    """Return how the gradients were checked; those that a convention decides have no third road."""
    free = [gradient for gradient in report.gradients if not gradient.by_convention]
    hows = dict.fromkeys(gradient.differences for gradient in free if gradient.differences)
    said = [f"{_count(len(free), 'gradient')} by three roads (differences: {', '.join(hows)})"] if free else []
    if len(free) < len(report.gradients):
        said.append(f"{_count(len(report.gradients) - len(free), 'gradient')} by two roads ({CONVENTION})")
    return ", ".join(said) or "no gradient checked"


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _truth(report: Report) -> str:
    """Return in words that all is true, or what is false and what was not checked."""
    said = [f"FALSE: {report.failed}"] if report.failed else []
    if report.missing:
        said.append(f"not checked: the gradient{'s' * (len(report.missing) > 1)} by {', '.join(report.unchecked_gradients)}")
    if report.unchecked_lines:
        said.append(f"not checked: {_count(len(report.unchecked_lines), 'line')}")
    return "; ".join(said) or "all true"


def each(specs: Sequence[Path], work: Callable[[Path], Any], quiet: bool, jobs: int | None = 1) -> Iterator[tuple[Path, Any]]:
    """Yield each spec with what `work` makes of it, or the UserError it raised, in order; on a terminal a bar for several.

    With more than one job (None: one for each core, up to four) other processes do the work, and `work` has to be a function of
    a module; what it says on stderr is said in the specs' order.
    """
    alone = jobs == 1 or len(specs) < 2 or Path("-") in specs
    outcomes = (_outcome(work, spec) for spec in specs) if alone else _shared_out(specs, work, jobs)
    yield from zip(tracked(specs, "specs", len(specs), quiet, least=2), outcomes, strict=True)


def _outcome(work: Callable[[Path], Any], spec: Path) -> Any:
    try:
        return work(spec)
    except UserError as error:
        return error


def _shared_out(specs: Sequence[Path], work: Callable[[Path], Any], jobs: int | None) -> Iterator[Any]:
    """Yield the outcomes from several processes, as soon as all before them are there."""
    from derivgen.classes.executors import executor_for, in_order

    executor = executor_for(jobs, len(specs))
    with closing(executor.run(_overheard, specs, work)) as results:
        for outcome, said in in_order(results):
            sys.stderr.write(said)
            yield outcome


def _overheard(work: Callable[[Path], Any], spec: Path) -> tuple[Any, str]:
    """Return the outcome, and what was printed on stderr on the way to it."""
    said = StringIO()
    with redirect_stderr(said):
        return _outcome(work, spec), said.getvalue()
