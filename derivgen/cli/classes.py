"""`derivgen class`: a spec and a roster in, sheets for every student out, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from derivgen.classes.assignments import Assignment, assign_variants, check_all, grouped, numbered, read_assignments
from derivgen.classes.executors import ProcessExecutor, SerialExecutor, ShareExecutor, connected
from derivgen.classes.ledger import Ledger
from derivgen.classes.run import Result, job_of, plan_class, remarks, run_class, share_size
from derivgen.classes.sheets import prepare_worker
from derivgen.classes.store import store_of
from derivgen.cli.output import progress, say, tell
from derivgen.derivation.derive import Derivation
from derivgen.errors import Problem, Problems, UserError
from derivgen.frozen import dataclass
from derivgen.spec.load import load
from derivgen.spec.model import Spec
from derivgen.variants.roster import Chosen, Student, load_roster, wrong_in
from derivgen.work import work

INTERRUPTED = 130
SEED = "0"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command was asked for."""

    spec: Path
    students: Path | None = None
    id_column: str = ""
    name_columns: tuple[str, ...] = ()
    count: int | None = None
    groups: tuple[str, ...] = ()
    records: Path | None = None
    seed: str | None = None
    output: str = "output"
    distinct: bool = False
    audiences: tuple[str, ...] = ("worksheet", "key")
    formats: tuple[str, ...] = ("pdf",)
    engine: str | None = None
    jobs: int | None = None
    scheduler: str | None = None
    quiet: bool = False


def make_class(request: Request, local: SerialExecutor | ProcessExecutor) -> int:
    """Make a class with this executor, or with a cluster; return 0, or 1 where the sheets of somebody failed.

    Raises UserError for all else.
    """
    spec = load(str(request.spec))
    who = _who(request, spec)
    ledger = Ledger.opened(store_of(request.output))
    with connected(request.scheduler) if request.scheduler else closing(local) as executor:
        if not ledger.keys and isinstance(executor, ProcessExecutor):  # nothing is finished: prepare while variants are drawn
            job = job_of(spec, request.audiences, request.formats, request.engine)
            executor.prepare(prepare_worker, job, share_size(len(who), executor.count))
        return _made(request, spec, who, ledger, executor)


def _made(request: Request, spec: Spec, who: Sequence[Any], ledger: Ledger, executor: ShareExecutor) -> int:
    """Draw the variants, make the sheets, print what is to be said; return the exit code."""
    worked = work(spec, kept=True)
    tell(worked.said)
    assignments = _assignments(request, who, worked.evaluation.derivation)
    plan = plan_class(spec, assignments, request.audiences, request.formats, request.engine)
    tell(remarks(plan, ledger))
    with progress("students", len(assignments), request.quiet) as step:
        try:
            result = run_class(plan, ledger, executor, step)
        except KeyboardInterrupt:
            ledger = Ledger.opened(ledger.store)  # the interrupt may have come while a file was being noted
            done = sum(ledger.is_finished(assignment, plan.key(assignment)) for assignment in assignments)
            tell([Problem(f"stopped: {done} of {len(assignments)} students are finished; the same command goes on from there")])
            return INTERRUPTED
    tell(result.failures)
    if not request.quiet:
        tell(result.remarks())
        _sum_up(result, request.output)
    return 1 if result.failed else 0


def _who(request: Request, spec: Spec) -> Sequence[Student] | tuple[Assignment, ...]:
    """Return whose sheets are to be made: assignments from records, or students of the roster, so many, or groups."""
    if request.records is not None:
        assignments = read_assignments(_text(request.records), str(request.records))
        check_all(spec, assignments)
        return assignments
    students: Sequence[Student] = numbered(request.count or 0)
    if request.students is not None:
        roster = load_roster(request.students, Chosen(request.id_column, request.name_columns))
        if not request.quiet:
            say(roster.understood, err=True)
        tell(roster.notes)
        students = roster.students
    return grouped(students, request.groups, Problems()) if request.groups else students


def _assignments(request: Request, who: Sequence[Any], derivation: Derivation) -> tuple[Assignment, ...]:
    """Return who gets which variant: as the records say, or drawn for each student, or each group."""
    if request.records is not None:
        return tuple(who)
    seed, groups = SEED if request.seed is None else request.seed, bool(request.groups)
    enrolment = assign_variants(derivation, who, seed, by_group=groups, distinct=request.distinct)
    tell(enrolment.notes)
    return enrolment.assignments


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(Problem(f"{path} is not UTF-8 text")) from None
    except OSError as error:
        raise UserError(Problem(f"{path} cannot be read: {error.strerror}")) from None


def groups_of(text: str) -> tuple[str, ...]:
    """Return the groups in `A, B,C`. Raises UserError for one that is none, or is there twice."""
    groups = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [f"{group!r} {why}" for group in groups if (why := wrong_in(group))]
    wrong += [f"{group!r} stands there twice" for group in dict.fromkeys(groups) if groups.count(group) > 1]
    if wrong or not groups:
        raise UserError(Problem(f"--groups: {'; '.join(wrong) or 'there is none'}", hint="as --groups A,B,C"))
    return groups


def _sum_up(result: Result, output: str) -> None:
    """Print on stdout what there is now."""
    words = [f"{result.made} student{'s' * (result.made != 1)} made"]
    words += [f"{result.before} finished before"] if result.before else []
    words += [f"{len(result.failed)} failed"] if result.failed else []
    print(f"{output}: {', '.join(words)}")
    for name in result.files:
        print(f"{output.rstrip('/')}/{name}")
