"""Students → seats: everyone's variant drawn from the seed; variants that several have are found before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.classes.seats import Seat
from derivgen.errors import Problem, SpecError
from derivgen.spec.model import Spec
from derivgen.variants.records import Record
from derivgen.variants.roster import Student
from derivgen.variants.search import draw
from derivgen.variants.stream import spec_hash


def enrolled(spec: Spec, students: Sequence[Student], seed: str, *, by_group: bool = False) -> tuple[Seat, ...]:
    """Everyone's record, by their own id, or `by_group` by their group. A spec that draws nothing gives all the same."""
    drawn: dict[str, Record] = {}
    seats = []
    for student in students:
        who = student.group if by_group else student.id
        if who not in drawn or not by_group:
            drawn[who] = _record(spec, seed, who, student.group)
        seats.append(Seat(student, drawn[who]))
    return tuple(seats)


def _record(spec: Spec, seed: str, who: str, group: str) -> Record:
    return draw(spec, seed, who, group) if spec.random is not None else Record(seed, who, spec_hash(spec), group=group)


def same_for_all(spec: Spec) -> Problem:
    """That the spec draws nothing."""
    message = f"{spec.name} draws no numbers: everybody gets the same ones"
    return Problem(message, hint="say what is drawn:  random: {w: {integers: [-3, 3]}}", severity="warning")


def check_all(spec: Spec, seats: Sequence[Seat]) -> None:
    """Raises SpecError, once, where records were made from another spec."""
    wanted = spec_hash(spec)
    others = [seat for seat in seats if seat.record.spec != wanted]
    if others:
        message = f"{len(others)} of {len(seats)} records were made from another spec, or from another state of {spec.name}"
        hint = "draw the variants anew, or go back to the spec they were drawn from"
        raise SpecError(Problem(message, others[0].student.place, hint))
