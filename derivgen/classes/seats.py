"""Who gets which variant: a student and the record their sheet is made from, one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from derivgen.documents.recipients import Recipient
from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.variants.records import Record, from_json
from derivgen.variants.roster import Student, wrong_in

WHOSE = "to"
"""The key beside a record's own that says whose sheet it is."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A student and a record. A sheet for a whole group has a student without an id."""

    student: Student
    record: Record

    @property
    def id(self) -> str:
        """What the sheet's files are called by: the student's id, else the group."""
        return self.student.id or self.student.group

    @property
    def code(self) -> str:
        """Eight signs that tell this variant from others: they stand on a sheet and on its key."""
        digest = sha256(repr((self.record.spec, self.record.numbers, self.record.seed)).encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"

    def recipient(self, printable: bool = True) -> Recipient:
        """Whose sheet it is, in words; without a name that cannot be printed."""
        return Recipient(self.student.id, self.student.name if printable else "", self.student.group, self.code)

    def as_json(self) -> str:
        """The record with whose it is, as one line."""
        told = json.loads(self.record.as_json())
        told[WHOSE] = {"id": self.student.id, "name": self.student.name, "group": self.student.group}
        return json.dumps(told, ensure_ascii=False, separators=(", ", ": "))


def as_lines(seats: Iterable[Seat]) -> str:
    """The file of records."""
    return "".join(f"{seat.as_json()}\n" for seat in seats)


def read_seats(text: str, file: str) -> tuple[Seat, ...]:
    """The seats in a file of records; one without whose it is (from `derivgen variants`) is that of its student's id.

    Raises SpecError with every mistake.
    """
    problems, seats = Problems(), []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        place = Place(file, number, 1, 1, line[:200])
        try:
            seat = _seat(line, place)
        except SpecError as error:
            problems.found += error.problems
            continue
        first = seen.setdefault(seat.id.casefold(), number)
        if first != number:
            problems.error(f"the id {seat.id} stands in line {first} already", place)
        seats.append(seat)
    if not seats and not problems.errors:
        problems.error(f"{file} has no records", None, "`derivgen class` and `derivgen variants` write them")
    problems.stop_if_any()
    return tuple(seats)


def _seat(line: str, place: Place) -> Seat:
    try:
        told = json.loads(line)
        whose = told.pop(WHOSE, None)
    except (ValueError, RecursionError, AttributeError, TypeError):
        raise SpecError(Problem("this line is no record", place, "a line is one object of JSON")) from None
    record = from_json(json.dumps(told, ensure_ascii=False), place)
    if whose is None:
        whose = {"id": record.student}
    if not isinstance(whose, dict) or not all(isinstance(text, str) for text in whose.values()) or not set(whose) <= _KNOWN:
        raise SpecError(Problem(f"{WHOSE!r} of this record does not say whose it is", place, 'as {"id": "17", "name": "Ana"}'))
    student = Student(whose.get("id", ""), whose.get("name", ""), whose.get("group", ""), place)
    wrong = next((f"{text!r} {why}" for text in (student.id, student.group) if (why := wrong_in(text))), "")
    if wrong or not (student.id or student.group):
        raise SpecError(Problem(wrong or "this record says neither id nor group", place))
    return Seat(student, record)


_KNOWN = {"id", "name", "group"}


def numbered(count: int) -> tuple[Student, ...]:
    """Students by their numbers alone, 1 to `count`."""
    return tuple(Student(str(number)) for number in range(1, count + 1))


def grouped(students: Sequence[Student], groups: Sequence[str], problems: Problems) -> tuple[Student, ...]:
    """Each student in a group: the roster's own where it has them, else in turn, so that neighbours differ.

    Without students, one sheet for each group.
    """
    if not students:
        return tuple(Student("", group=group) for group in groups)
    own = any(student.group for student in students)
    found = []
    for number, student in enumerate(students):
        group = student.group if own else groups[number % len(groups)]
        if group not in groups:
            told = f"the group {group!r} is not" if group else f"{student.id} has no group: one is needed"
            problems.error(f"{told} among {', '.join(groups)}", student.place)
        found.append(Student(student.id, student.name, group, student.place))
    problems.stop_if_any()
    return tuple(found)
