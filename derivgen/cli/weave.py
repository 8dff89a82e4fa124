"""`derivgen weave`: documents filled in place, or with `--check` only looked through; what is said of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from derivgen.cli.output import say, tell
from derivgen.errors import Problem, UserError
from derivgen.weave.files import documents
from derivgen.weave.specs import Specs
from derivgen.weave.weaving import Outcome, watch, weave

_NOTHING = "nothing to weave: no document with a mark is there"


def weave_all(paths: Sequence[Path], check: bool, quiet: bool) -> int:
    """Weave each document; the exit code: 2 for a mistake, 1 for a false line or, with `check`, a stale region."""
    specs, code, told = Specs(), 0, dict[Problem, None]()
    found = documents(paths)
    if not found and not quiet:
        say(_NOTHING)
    for path in found:
        outcome = weave(path, specs, check)
        _report(outcome, check, quiet, told)
        code = max(code, outcome.exit_code, int(check and bool(outcome.stale)))
    return code


def watch_all(paths: Sequence[Path], quiet: bool) -> None:
    """Weave each document on every save, until Ctrl-C. Raises UserError where there is none."""
    found = documents(paths)
    if not found:
        raise UserError(Problem(_NOTHING))
    if not quiet:
        say(f"watching {len(found)} document{'s' * (len(found) > 1)} and the specs behind; Ctrl-C ends it", err=True)
    try:
        for outcome in watch(found):
            _report(outcome, False, quiet, {})
    except KeyboardInterrupt:
        return


def _report(outcome: Outcome, check: bool, quiet: bool, told: dict[Problem, None]) -> None:
    """Print what came of a document; a spec's own mistakes and warnings are told once, however many documents use it."""
    problems = (*(outcome.stale if check else ()), *outcome.problems, *outcome.warnings)
    tell(problem for problem in problems if problem not in told)
    told.update(dict.fromkeys(problems))
    if not quiet and (outcome.regions or not outcome.problems):
        say(f"{outcome.path}: {_summary(outcome, check)}")


def _summary(outcome: Outcome, check: bool) -> str:
    """
    >>> from derivgen.weave.files import State
    >>> _summary(Outcome(Path("a.md"), 3, (Problem("stale: …"),), (), (), State((), ())), False)
    '3 regions, 1 written'
    """
    if not outcome.regions:
        return "no regions"
    count = f"{outcome.regions} region{'s' * (outcome.regions > 1)}"
    if not outcome.stale:
        return f"{count}, unchanged" if not outcome.problems else count
    return f"{count}, {len(outcome.stale)} {'stale' if check else 'written'}"
