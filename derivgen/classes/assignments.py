"""Who gets which variant: students and the records their sheets are made from, drawn from a seed or read from a file.

Variants that several students have are found before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from derivgen.derivation.derive import Derivation
from derivgen.documents.recipients import Recipient
from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.frozen import dataclass
from derivgen.spec.model import Spec
from derivgen.variants.records import Record, from_json, spec_hash
from derivgen.variants.roster import Student, wrong_in, wrong_in_name
from derivgen.variants.search import Search, accepted_space, collision_chance, duplicates, make_distinct, odds

WHOSE = "to"
"""The key beside a record's own that says whose sheet it is."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A student and a record. A sheet for a whole group has a student without an id."""

    student: Student
    record: Record

    @property
    def id(self) -> str:
        """Return what the sheet's files are called by: the student's id, else the group."""
        return self.student.id or self.student.group

    @property
    def code(self) -> str:
        """Return eight signs that tell this variant from others: they stand on a sheet and on its key."""
        digest = sha256(repr((self.record.spec, self.record.numbers, self.record.seed)).encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"

    def recipient(self, printable: bool = True) -> Recipient:
        """Return whose sheet it is, in words; without a name that cannot be printed."""
        return Recipient(self.student.id, self.student.name if printable else "", self.student.group, self.code)

    def as_json(self) -> str:
        """Return the record with whose it is, as one line."""
        told = json.loads(self.record.as_json())
        told[WHOSE] = {"id": self.student.id, "name": self.student.name, "group": self.student.group}
        return json.dumps(told, ensure_ascii=False, separators=(", ", ": "))


def as_lines(assignments: Iterable[Assignment]) -> str:
    """Return the file of records."""
    return "".join(f"{assignment.as_json()}\n" for assignment in assignments)


def read_assignments(text: str, file: str) -> tuple[Assignment, ...]:
    """Return the assignments in a file of records; one that does not say whose it is (`derivgen variants`) goes by its id.

    Raises SpecError with every mistake.
    """
    problems, assignments = Problems(), []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        place = Place(file, number, 1, 1, line[:200])
        try:
            assignment = _read_assignment(line, place)
        except SpecError as error:
            problems.found += error.problems
            continue
        first = seen.setdefault(assignment.id.casefold(), number)
        if first != number:
            problems.error(f"the id {assignment.id} stands in line {first} already", place)
        assignments.append(assignment)
    if not assignments and not problems.errors:
        problems.error(f"{file} has no records", None, "`derivgen class` and `derivgen variants` write them")
    problems.stop_if_any()
    return tuple(assignments)


def _read_assignment(line: str, place: Place) -> Assignment:
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
    whys = ((text, wrong_in(text)) for text in (student.id, student.group))
    wrong = next((f"{text[:60]!r} {why}" for text, why in (*whys, (student.name, wrong_in_name(student.name))) if why), "")
    if wrong or not (student.id or student.group):
        raise SpecError(Problem(wrong or "this record says neither id nor group", place))
    return Assignment(student, record)


_KNOWN = {"id", "name", "group"}


def numbered(count: int) -> tuple[Student, ...]:
    """Return students by their numbers alone, 1 to `count`."""
    return tuple(Student(str(number)) for number in range(1, count + 1))


def grouped(students: Sequence[Student], groups: Sequence[str], problems: Problems) -> tuple[Student, ...]:
    """Return each student in a group: the roster's own where it has them, else in turn, so that neighbours differ.

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


MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Everyone's assignment, in the students' order, and what is to be said about the draws."""

    assignments: tuple[Assignment, ...]
    notes: tuple[Problem, ...] = ()


def assign_variants(
    derivation: Derivation, students: Sequence[Student], seed: str, *, by_group: bool = False, distinct: bool = False
) -> Enrolment:
    """Return everyone's record, by their own id, or `by_group` by their group. A spec that draws nothing gives all the same.

    With `distinct` no two students (or groups) have the same numbers: in the order of ids, each takes the first variant that
    nobody before them has.

    Raises SpecError where the conditions leave no variant, or with `distinct` not enough of them.
    """
    spec = derivation.graph.spec
    whose = {_whose(student, by_group): student.group for student in students}
    if spec.random is None:
        alike = {who: Record(seed, who, spec_hash(spec), group=group) for who, group in whose.items()}
        return Enrolment(
            tuple(Assignment(student, alike[_whose(student, by_group)]) for student in students), (_all_alike(spec),)
        )
    search = Search(derivation, seed)
    records = tuple(search.records(list(whose.items())))
    records = make_distinct(search, records) if distinct else records
    drawn = dict(zip(whose, records, strict=True))
    assignments = tuple(Assignment(student, drawn[_whose(student, by_group)]) for student in students)
    return Enrolment(assignments, tuple(_notes(search, records)))


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


def check_all(spec: Spec, assignments: Sequence[Assignment]) -> None:
    """Raise SpecError, once, where records were made from another spec."""
    wanted = spec_hash(spec)
    others = [assignment for assignment in assignments if assignment.record.spec != wanted]
    if others:
        message = f"{len(others)} of {len(assignments)} records were made from another spec, or from another state of {spec.name}"
        hint = "draw the variants anew, or go back to the spec they were drawn from"
        raise SpecError(Problem(message, others[0].student.place, hint))
