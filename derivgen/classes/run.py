"""Spec + students → a folder of sheets: who gets which variant, what is still to be made, the work shared out, the collection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from derivgen import __version__
from derivgen.classes import RECORDS
from derivgen.classes.ahead import Ahead
from derivgen.classes.collected import Collection
from derivgen.classes.executors import ShareExecutor
from derivgen.classes.ledger import Ledger, key_of, meaning_of
from derivgen.classes.order import Order
from derivgen.classes.packing import packed
from derivgen.classes.presses import fonts_of
from derivgen.classes.seats import Seat, as_lines, read_seats
from derivgen.classes.sheets import Made, made_all, shares
from derivgen.classes.store import Store
from derivgen.errors import Problem, SpecError
from derivgen.present.tex import unprintable
from derivgen.spec.model import Spec
from derivgen.typeset.cut import Pages
from derivgen.typeset.engines import find_engine
from derivgen.typeset.many import AT_ONCE as SHEETS

MOST_LISTED = 8
MOST_WAITING = 1_000  # students whose pages are kept in memory until those before them are done
AT_ONCE = SHEETS // 2  # worksheets and keys of so many fill one run of TeX
LEAST = 4
ROUNDS = 2  # shares for each worker, so that all end at about the same time


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, for whom, from what."""

    order: Order
    spec: Spec
    seats: tuple[Seat, ...]
    meaning: str

    def key(self, seat: Seat) -> str:
        """What a seat's files are made from."""
        return key_of(seat, self.order, self.meaning)


@dataclass(slots=True)
class Result:
    """How it went: students made now, those who were finished before, what failed, the files about the whole class.

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


def order_of(spec: Spec, audiences: tuple[str, ...], formats: tuple[str, ...], engine: str | None) -> Order:
    """What is to be made of each seat."""
    return Order(packed(spec), audiences, formats, engine, __version__)


def planned(spec: Spec, seats: Sequence[Seat], audiences: tuple[str, ...], formats: tuple[str, ...], engine: str | None) -> Plan:
    """What is to be made. Raises ToolError where there is no TeX engine for PDFs."""
    found = find_engine(engine) if "pdf" in formats else None
    order = order_of(spec, audiences, formats, engine)
    return Plan(order, spec, tuple(seats), meaning_of(spec, f"{found.name} {found.version}" if found else ""))


def remarks(plan: Plan, ledger: Ledger) -> Iterator[Problem]:
    """What the teacher should hear before anything is written."""
    if "pdf" in plan.order.formats or "tex" in plan.order.formats:
        for seat in plan.seats:
            if missing := unprintable(seat.student.name):
                signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in missing[:3])
                message = f"LaTeX has no letters here for this name: {signs}; the sheets of {seat.id} bear the id alone"
                hint = "write the name in Latin letters to have it printed"
                yield Problem(message, seat.student.place, hint, "warning")
    changed = _changed(plan, ledger.store)
    if changed:
        message = f"{ledger.store.address} held other variants of {_listed(changed)}: these sheets and keys are replaced"
        yield Problem(message, None, "what was printed before does not go with the new keys", "warning")
    known = {seat.id for seat in plan.seats}
    gone = [id_ for id_ in ledger.keys if id_ not in known]
    if gone:
        yield Problem(f"{ledger.store.address} holds files of others than this class: {_listed(gone)}", severity="warning")


def _listed(ids: Sequence[str]) -> str:
    """A few ids, and how many more there are."""
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return ", ".join(ids[:MOST_LISTED]) + more


def _changed(plan: Plan, store: Store) -> list[str]:
    """Whose variant was another one when the class was made before."""
    before = store.read(RECORDS)
    try:
        old = {seat.id: seat.record for seat in read_seats(before.decode(errors="replace"), RECORDS)} if before else {}
    except SpecError:
        return []
    same = {seat.id: seat.record for seat in plan.seats}
    return [
        id_ for id_, record in old.items() if id_ in same and (same[id_].numbers, same[id_].spec) != (record.numbers, record.spec)
    ]


def run_class(plan: Plan, ledger: Ledger, executor: ShareExecutor, step: Callable[[int], None] = lambda count: None) -> Result:
    """Make what is not finished yet, then collect. `step` hears of each student that is done.

    What is finished is written, whole, at once: a run that is broken off loses no more than what was in hand.
    """
    ledger.places = {seat.id: place for place, seat in enumerate(plan.seats)}
    ledger.store.write({RECORDS: as_lines(plan.seats).encode()})
    result = Result()
    todo = [seat for seat in plan.seats if not ledger.is_finished(seat, plan.key(seat))]
    result.before = len(plan.seats) - len(todo)
    step(result.before)
    order = replace(plan.order, fonts=_fonts(plan.order)) if todo and executor.is_local else plan.order
    parts = list(shares(todo, share_size(len(todo), executor.count)))
    row = _Row(deque(plan.seats), {seat.id: None for seat in todo})
    with closing(Ahead(plan.order.engine, idle=executor.count > 1)) as ahead:
        collection = Collection(ledger, plan.order, plan.spec, plan.seats, ahead)
        with closing(executor.run(made_all, [packed(part) for part in parts], order)) as work:
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
class _Row:
    """The class in its order, of whom each goes on when all before are done. `waiting`: who is being worked on.

    Where one share is long in coming, the pages of those behind it are not kept: the store has them as well.
    """

    left: deque[Seat]
    waiting: dict[str, None]
    within: dict[str, Mapping[str, Pages]] = field(default_factory=dict)

    def came(self, outcome: Sequence[Made]) -> None:
        """These are done."""
        for made in outcome:
            del self.waiting[made.id]
            if len(self.within) < MOST_WAITING:
                self.within[made.id] = made.within

    def ready(self) -> Iterator[tuple[Seat, Mapping[str, Pages]]]:
        """Who can go on, and the pages of those made now."""
        while self.left and self.left[0].id not in self.waiting:
            seat = self.left.popleft()
            yield seat, self.within.pop(seat.id, {})


def _collect(collection: Collection, row: _Row, result: Result) -> None:
    """Into the files about the whole class go those who can, of whom nothing failed."""
    for seat, within in row.ready():
        if seat.id not in result.failed:
            _write(collection.ledger, collection.add(seat, within), result)


def _write(ledger: Ledger, files: Mapping[str, bytes], result: Result) -> None:
    if files:
        ledger.store.write(files)
        result.files += files


def _fonts(order: Order) -> tuple[str, ...]:
    """What the presses' fonts are, found here while the workers prepare the rest."""
    return fonts_of(order.spec, order.audiences, order.engine) if "pdf" in order.formats else ()


def share_size(students: int, workers: int) -> int:
    """How many students are done at once: enough for one run of TeX to be worth it, few enough to be shared out evenly.

    >>> share_size(4, 1), share_size(24, 2), share_size(300, 2), share_size(10_000, 4)
    (4, 6, 75, 75)
    """
    return max(1, min(AT_ONCE, max(LEAST, -(-students // (workers * ROUNDS)))))


def _keep(plan: Plan, ledger: Ledger, share: Sequence[Seat], outcome, result: Result) -> None:
    """Write what a share has become, and note it."""
    good = []
    for seat, made in zip(share, outcome, strict=True):
        result.composed = result.composed or made.composed
        if made.failures:
            result.failures += made.failures
            result.failed.append(seat.id)
        else:
            good.append((made, plan.key(seat)))
    ledger.store.write({name: content for made, _ in good for name, content in made.files.items()})
    ledger.note(good)
    result.made += len(good)
