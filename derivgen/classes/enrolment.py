"""Students → seats: everyone's variant drawn from the seed; variants that several have are found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derivgen.classes.seats import Seat
from derivgen.derivation.derive import Derivation
from derivgen.errors import Problem, SpecError
from derivgen.spec.model import Spec
from derivgen.variants.alike import accepted_space, collision_chance, duplicates, odds, settled
from derivgen.variants.records import Record
from derivgen.variants.roster import Student
from derivgen.variants.search import Search
from derivgen.variants.stream import spec_hash

MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Everyone's seat, in the students' order, and what is to be said about the draws."""

    seats: tuple[Seat, ...]
    notes: tuple[Problem, ...] = ()


def enrolled(
    derivation: Derivation, students: Sequence[Student], seed: str, *, by_group: bool = False, distinct: bool = False
) -> Enrolment:
    """Everyone's record, by their own id, or `by_group` by their group. A spec that draws nothing gives all the same.

    With `distinct` no two students (or groups) have the same numbers: in the order of ids, each takes the first variant that
    nobody before them has.

    Raises SpecError where the conditions leave no variant, or with `distinct` not enough of them.
    """
    spec = derivation.graph.spec
    whose = {_whose(student, by_group): student.group for student in students}
    if spec.random is None:
        alike = {who: Record(seed, who, spec_hash(spec), group=group) for who, group in whose.items()}
        return Enrolment(tuple(Seat(student, alike[_whose(student, by_group)]) for student in students), (_all_alike(spec),))
    search = Search(derivation, seed)
    records = tuple(search.records(list(whose.items())))
    records = settled(search, records) if distinct else records
    drawn = dict(zip(whose, records, strict=True))
    seats = tuple(Seat(student, drawn[_whose(student, by_group)]) for student in students)
    return Enrolment(seats, tuple(_notes(search, records)))


def _whose(student: Student, by_group: bool) -> str:
    return student.group if by_group else student.id


def _all_alike(spec: Spec) -> Problem:
    message = f"{spec.name} draws no numbers: everybody gets the same ones"
    return Problem(message, None, "say what is drawn:  random: {w: {integers: [-3, 3]}}", "warning")


def _notes(search: Search, records: Sequence[Record]) -> Iterator[Problem]:
    """Who has the same numbers, and how likely that is; how many draws the conditions leave."""
    space = accepted_space(search)
    chance = odds(collision_chance(space, len(records)))
    same = duplicates(records)
    if same:
        listed = "; ".join(" and ".join(_some([record.student for record in group])) for group in same[:MOST_LISTED])
        more = f"; and {len(same) - MOST_LISTED} more" if len(same) > MOST_LISTED else ""
        message = f"the same numbers have: {listed}{more}"
        likely = f"there are about {_about(space)} variants; that two of {len(records)} are alike: {chance}"
        yield Problem(message, None, f"{likely}; --distinct sets them apart", "warning")
    passed = [record.student for record in records if record.distinct]
    if passed:
        message = f"{', '.join(_some(passed))} took a later variant, since somebody has the first one"
        yield Problem(message, None, f"that two of {len(records)} are alike: {chance}", "warning")


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:MOST_LISTED], *(["…"] if len(names) > MOST_LISTED else [])]


def _about(size: float) -> str:
    """A large number in two figures.

    >>> _about(27.4), _about(318938), _about(3e30)
    ('27', '320,000', '3e+30')
    """
    return f"{size:.2g}" if size >= 1e15 else f"{float(f'{size:.2g}'):,.0f}"


def check_all(spec: Spec, seats: Sequence[Seat]) -> None:
    """Raises SpecError, once, where records were made from another spec."""
    wanted = spec_hash(spec)
    others = [seat for seat in seats if seat.record.spec != wanted]
    if others:
        message = f"{len(others)} of {len(seats)} records were made from another spec, or from another state of {spec.name}"
        hint = "draw the variants anew, or go back to the spec they were drawn from"
        raise SpecError(Problem(message, others[0].student.place, hint))
