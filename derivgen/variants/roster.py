"""The roster: a table of students (id, name, group) as schools write them → `Roster`, or every mistake at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from derivgen.errors import Place, Problem, Problems, SpecError, UserError
from derivgen.present.tex import unprintable
from derivgen.variants.roster_text import Row, is_shortened, read_table

MAX_BYTES = 64_000_000
LONGEST = {"id": 40, "name": 120, "group": 40}
MOST_LISTED = 8

COLUMNS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        "id": "id ids studentid studentnumber studentno idnumber matricula numerodealuno numerodematricula nodematricula nmec "
        "number numero registration ra username user login codigo code no nr n",
        "name": "name fullname studentname student nome nomecompleto aluno aluna estudante",
        "first": "firstname givenname forename primeironome nomeproprio",
        "last": "lastname surname familyname apelido sobrenome ultimonome",
        "group": "group groups section class grupo turma",
    }.items()
}
"""What columns are called, without accents, spaces and case; the names that stand first are taken first."""


@dataclass(frozen=True, slots=True)
class Student:
    """One student; `name` and `group` may be empty."""

    id: str
    name: str = ""
    group: str = ""
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """The students in the order of the file, and what their teacher should hear of it."""

    students: tuple[Student, ...]
    notes: tuple[Problem, ...] = ()


def load_roster(path: Path) -> Roster:
    """The roster in a file. Raises UserError for a file that cannot be read, and as `read_roster`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(Problem(f"the roster {path} cannot be read: {error.strerror or error}")) from None
    return read_roster(data, str(path))


def read_roster(data: bytes, file: str) -> Roster:
    """The students of a CSV file: a column of ids, and if it has them names and groups, in any order.

    Commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252; a first line that names the columns, or ids alone.
    Raises SpecError with every mistake at its line.
    """
    problems = Problems()
    if len(data) > MAX_BYTES:
        raise SpecError(Problem(f"{file} is larger than {MAX_BYTES // 1_000_000} MB, the limit for a roster"))
    rows = read_table(data, file, problems)
    if not rows:
        raise SpecError(Problem(f"{file} has no students", Place(file, 1, 1), "one line for each, below a line: id,name,group"))
    columns = _columns(rows[0], problems)
    below = rows if columns is None else rows[1:]
    students = tuple(_students(below, columns or {"id": 0}, problems))
    if not below and not problems.errors:
        problems.error(f"{file} has a line of columns' names and no students", rows[0].place(0))
    _check_ids(students, problems)
    problems.stop_if_any()
    return Roster(students, problems.warnings)


def _columns(first: Row, problems: Problems) -> Mapping[str, int] | None:
    """Which column holds what; None for a table of ids alone that begins with one. Raises SpecError where that cannot be told."""
    words = [_folded(cell) for cell in first.cells]
    found: dict[str, int] = {}
    for kind, names in COLUMNS.items():
        places = [words.index(name) for name in names if name in words]
        if places:
            found[kind] = places[0]
    if "id" in found:
        unused = [cell for place, cell in enumerate(first.cells) if place not in found.values() and cell]
        if unused:
            problems.warn(f"not used: the column{'s' * (len(unused) > 1)} {', '.join(unused[:MOST_LISTED])}", first.place(0))
        return found
    if len(first.cells) == 1 and not found:
        return None
    known = ", ".join(cell or "an empty one" for cell in first.cells[:MOST_LISTED])
    hint = "the first line names the columns, for example: id,name,group"
    raise SpecError(Problem(f"no column of this file is the students' ids; its columns: {known}", first.place(0), hint))


def _folded(cell: str) -> str:
    """`Nº de Matrícula` → nodematricula"""
    bare = "".join(c for c in unicodedata.normalize("NFKD", cell) if not unicodedata.combining(c))
    return "".join(c for c in bare.casefold() if c.isalnum())


def _students(rows: Sequence[Row], columns: Mapping[str, int], problems: Problems) -> Iterator[Student]:
    for row in rows:
        if len(row.cells) > row.width:
            hint = "a comma within a name needs quotes around the name"
            problems.error(f"this line has {len(row.cells)} cells, the first line {row.width}", row.place(row.width), hint)
            continue
        values = {kind: row.cells[place] if place < len(row.cells) else "" for kind, place in columns.items()}
        if "name" not in values:
            values["name"] = " ".join(part for part in (values.get("first"), values.get("last")) if part)
        student = Student(values["id"], _shown(values["name"], row, columns, problems), values.get("group", ""))
        if _right(student, row, columns, problems):
            yield replace(student, place=row.place(columns["id"]))


def _shown(name: str, row: Row, columns: Mapping[str, int], problems: Problems) -> str:
    """The name without marks that nobody sees (of the direction of writing, of where a word may break)."""
    seen = "".join(c for c in name if unicodedata.category(c) != "Cf")
    if seen != name:
        problems.warn("invisible characters are left out of this name", row.place(columns.get("name", 0)))
    return " ".join(seen.split())


def _right(student: Student, row: Row, columns: Mapping[str, int], problems: Problems) -> bool:
    """Whether the fields of one line can be used; notes what is wrong."""
    before = len(problems.found)
    for kind, text in (("id", student.id), ("name", student.name), ("group", student.group)):
        place = row.place(columns.get(kind, columns.get("first", 0)))
        if len(text) > LONGEST[kind]:
            problems.error(f"this {kind} has {len(text)} characters; {LONGEST[kind]} is the most", place, "is a quote missing?")
        elif kind != "name" and (wrong := wrong_in(text)):
            problems.error(f"{kind} {text!r} {wrong}", place)
    if not student.id:
        whose = f" for {student.name}" if student.name else ""
        problems.error(f"there is no id{whose} on this line", row.place(columns["id"]))
    return all(problem.severity == "warning" for problem in problems.found[before:])


def wrong_in(text: str) -> str:
    """What keeps a text from being an id or a group's name, in words; nothing where all is well.

    >>> wrong_in("2023_017"), wrong_in("=1+1"), wrong_in("2.023E+09")
    ('', 'does not begin with a letter or a digit', 'is a number that a spreadsheet has shortened: format the column as text')
    """
    if not text:
        return ""
    if any(unicodedata.category(c) == "Cf" for c in text):
        return "has a character that nobody sees"
    if not text[0].isalnum():
        return "does not begin with a letter or a digit"
    if is_shortened(text):
        return "is a number that a spreadsheet has shortened: format the column as text"
    missing = unprintable(text)
    return f"has a character that LaTeX cannot print here: {missing[0]} (U+{ord(missing[0]):04X})" if missing else ""


def _check_ids(students: Sequence[Student], problems: Problems) -> None:
    """Each id stands once; not in upper case and in lower case either, since some systems take these for one file name."""
    seen: dict[str, Student] = {}
    for student in students:
        other = seen.setdefault(student.id.casefold(), student)
        if other is student or other.place is None:
            continue
        if other.id == student.id:
            problems.error(
                f"the id {student.id} stands in line {other.place.line} already", student.place, _namesakes(other, student)
            )
        else:
            message = f"the id {student.id} differs from {other.id} in line {other.place.line} in upper and lower case only"
            problems.error(message, student.place, "their files would have the same name on some systems")


def _namesakes(one: Student, other: Student) -> str:
    same = one.name == other.name
    return (
        "delete one of the two lines"
        if same
        else f"there it is the id of {one.name or 'nobody'}, here of {other.name or 'nobody'}"
    )
