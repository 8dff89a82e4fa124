"""Spec + students → a folder of sheets: who gets which variant, what is still to be made, the work shared out, the collection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from derivgen import __version__
from derivgen.classes import RECORDS
from derivgen.classes.assignments import Assignment, as_lines, read_assignments
from derivgen.classes.collected import Collection, PrefetchingTypesetter
from derivgen.classes.executors import ShareExecutor
from derivgen.classes.job import Job, serialize
from derivgen.classes.ledger import Ledger, key_of, meaning_of
from derivgen.classes.preparation import fonts_of
from derivgen.classes.sheets import MadeSheets, make_sheets, shares
from derivgen.classes.store import Store
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass, field, replace
from derivgen.present.tex import unprintable
from derivgen.spec.model import Spec
from derivgen.typeset.batch import AT_ONCE as SHEETS
from derivgen.typeset.engines import TYPST
from derivgen.typeset.pdf_pages import Pages
from derivgen.typeset.typst import find_typesetter

MOST_LISTED = 8
MOST_WAITING = 1_000  # students whose pages are kept in memory until those before them are done
AT_ONCE = SHEETS // 2  # worksheets and keys of so many fill one run of TeX
LEAST = 4
ROUNDS = 2  # shares for each worker, so that all end at about the same time


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, for whom, from what; `meaning` is a digest of the spec, this program and the engine."""

    job: Job
    spec: Spec
    assignments: tuple[Assignment, ...]
    meaning: str

    def key(self, assignment: Assignment) -> str:
        """Return a digest of what an assignment's files are made from."""
        return key_of(assignment, self.job, self.meaning)


@dataclass(slots=True)
class Result:
    """What came of a run: students made now, those who were finished before, what failed, the files about the whole class.

    `composed` says why no sheets could be filled in from templates, where there were many.
    """

    made: int = 0
    before: int = 0
    failures: list[Problem] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    composed: str = ""

    def remarks(self) -> Iterator[Problem]:
        """Yield what the teacher may want to know of how it went."""
        if self.composed:
            message = f"the sheets were composed one by one, which takes longer: {self.composed}"
            yield Problem(message, None, "the sheets are as they would be otherwise", "warning")


def job_of(spec: Spec, audiences: tuple[str, ...], formats: tuple[str, ...], engine: str | None) -> Job:
    """Return what is to be made of each assignment."""
    return Job(serialize(spec), audiences, formats, engine, __version__)


def plan_class(
    spec: Spec, assignments: Sequence[Assignment], audiences: tuple[str, ...], formats: tuple[str, ...], engine: str | None
) -> Plan:
    """Return what is to be made. Raises ToolError where there is neither TeX nor Typst for PDFs."""
    found = find_typesetter(engine) if "pdf" in formats else None
    job = job_of(spec, audiences, formats, TYPST if found is not None and found.name == TYPST else engine)
    return Plan(job, spec, tuple(assignments), meaning_of(spec, f"{found.name} {found.version}" if found else ""))


def remarks(plan: Plan, ledger: Ledger) -> Iterator[Problem]:
    """Yield what the teacher should know before anything is written."""
    if "pdf" in plan.job.formats or "tex" in plan.job.formats:
        for assignment in plan.assignments:
            if missing := unprintable(assignment.student.name):
                signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in missing[:3])
                message = f"LaTeX has no letters here for this name: {signs}; the sheets of {assignment.id} bear the id alone"
                hint = "write the name in Latin letters to have it printed"
                yield Problem(message, assignment.student.place, hint, "warning")
    changed = _changed(plan, ledger.store)
    if changed:
        message = f"{ledger.store.address} held other variants of {_listed(changed)}: these sheets and keys are replaced"
        yield Problem(message, None, "what was printed before does not go with the new keys", "warning")
    known = {assignment.id for assignment in plan.assignments}
    gone = [id_ for id_ in ledger.keys if id_ not in known]
    if gone:
        yield Problem(f"{ledger.store.address} holds files of others than this class: {_listed(gone)}", severity="warning")


def _listed(ids: Sequence[str]) -> str:
    """Name a few ids, and say how many more there are."""
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return ", ".join(ids[:MOST_LISTED]) + more


def _changed(plan: Plan, store: Store) -> list[str]:
    """Return whose variant was another one when the class was made before."""
    before = store.read(RECORDS)
    try:
        old = (
            {assignment.id: assignment.record for assignment in read_assignments(before.decode(errors="replace"), RECORDS)}
            if before
            else {}
        )
    except SpecError:
        return []
    same = {assignment.id: assignment.record for assignment in plan.assignments}
    return [
        id_ for id_, record in old.items() if id_ in same and (same[id_].numbers, same[id_].spec) != (record.numbers, record.spec)
    ]


def run_class(plan: Plan, ledger: Ledger, executor: ShareExecutor, step: Callable[[int], None] = lambda count: None) -> Result:
    """Make what is not finished yet, then collect. `step` is called with the number of students done.

    What is finished is written at once, every file whole: a run that is broken off loses only the shares being worked on.
    """
    ledger.store.clear()
    ledger.places = {assignment.id: place for place, assignment in enumerate(plan.assignments)}
    ledger.store.write({RECORDS: as_lines(plan.assignments).encode()})
    result = Result()
    todo = [assignment for assignment in plan.assignments if not ledger.is_finished(assignment, plan.key(assignment))]
    result.before = len(plan.assignments) - len(todo)
    step(result.before)
    job = replace(plan.job, fonts=_fonts(plan.job)) if todo and executor.is_local else plan.job
    parts = list(shares(todo, share_size(len(todo), executor.count)))
    row = _InOrder(deque(plan.assignments), {assignment.id: None for assignment in todo})
    with closing(PrefetchingTypesetter(plan.job.engine, idle=executor.count > 1)) as prefetching:
        collection = Collection(ledger, plan.job, plan.spec, plan.assignments, prefetching)
        with closing(executor.run(make_sheets, [serialize(part) for part in parts], job)) as work:
            for place, outcome in work:
                row.came(outcome)
                _keep(plan, ledger, parts[place], outcome, result)
                step(len(parts[place]))
                _collect(collection, row, result)
        _collect(collection, row, result)
        if collection.everybody:
            _write(ledger, collection.done(), result)
            tables = collection.tables()
            ledger.store.write(tables)
            result.files[:0] = tables
    return result


@dataclass(slots=True)
class _InOrder:
    """The class in its order: each student goes on once all before are done. `waiting`: who is being worked on.

    Where one share is long in coming, the pages of those behind it are not kept: the store has them as well.
    """

    left: deque[Assignment]
    waiting: dict[str, None]
    within: dict[str, Mapping[str, Pages]] = field(default_factory=dict)

    def came(self, outcome: Sequence[MadeSheets]) -> None:
        """Note that these are done."""
        for made in outcome:
            del self.waiting[made.id]
            if len(self.within) < MOST_WAITING:
                self.within[made.id] = made.within

    def ready(self) -> Iterator[tuple[Assignment, Mapping[str, Pages]]]:
        """Yield who can go on, and the pages of those made now."""
        while self.left and self.left[0].id not in self.waiting:
            assignment = self.left.popleft()
            yield assignment, self.within.pop(assignment.id, {})


def _collect(collection: Collection, row: _InOrder, result: Result) -> None:
    """Add those to the files about the whole class who can go on and of whom nothing failed."""
    for assignment, within in row.ready():
        if assignment.id not in result.failed:
            _write(collection.ledger, collection.add(assignment, within), result)


def _write(ledger: Ledger, files: Mapping[str, bytes], result: Result) -> None:
    if files:
        ledger.store.write(files)
        result.files += files


def _fonts(job: Job) -> tuple[str, ...]:
    """Return the typesetters' fonts, found here while the workers prepare the rest."""
    return fonts_of(job.spec, job.audiences, job.engine) if "pdf" in job.formats and job.engine != TYPST else ()


def share_size(students: int, workers: int) -> int:
    """Return how many students make a share: enough for one run of TeX to pay, few enough for all workers to end together.

    >>> share_size(4, 1), share_size(24, 2), share_size(300, 2), share_size(10_000, 4)
    (4, 6, 75, 75)
    """
    return max(1, min(AT_ONCE, max(LEAST, -(-students // (workers * ROUNDS)))))


def _keep(plan: Plan, ledger: Ledger, share: Sequence[Assignment], outcome, result: Result) -> None:
    """Write what came of a share, and note it in the ledger."""
    good = []
    for assignment, made in zip(share, outcome, strict=True):
        result.composed = result.composed or made.composed
        if made.failures:
            result.failures += made.failures
            result.failed.append(assignment.id)
        else:
            good.append((made, plan.key(assignment)))
    ledger.store.write({name: content for made, _ in good for name, content in made.files.items()})
    ledger.note(good)
    result.made += len(good)
