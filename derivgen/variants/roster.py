"""The roster: a table of students (id, name, group) as schools and their platforms write them → `Roster`, or every mistake."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from derivgen.errors import Place, Problem, Problems, SpecError, UserError
from derivgen.frozen import dataclass, field, replace
from derivgen.present.tex import unprintable
from derivgen.variants.roster_text import Row, is_shortened, read_table

MAX_BYTES = 64_000_000
LONGEST = {"id": 40, "name": 120, "group": 40}
MOST_LISTED = 8

COLUMNS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        "id": "studentid studentids studentnumber studentno studentnr sisuserid sisid orgdefinedid matrikelnummer matrikelnr "
        "matrnr mtknr registrationnumber registrationno registrationnumberofstudent matriculationnumber matriculationno matricno "
        "universityid externalpersonkey idnumber identificationnumber numerodeidentificacao numeromecanografico nomecanografico "
        "numerodealuno numerodoaluno numerodeestudante numerodematricula nodematricula nodealuno noaluno matricula nmec nummec "
        "emplid sid ukco uun uid identifier registration ra bannerid id ids username userid login loginid sislogin sisloginid "
        "netid user number numero codigo code no nr n num seq recordnumber lfdnr email emailaddress mail correioeletronico "
        "enderecodeemail enderecodecorreioeletronico githubusername",
        "name": "fullname name studentname student displayname nomecompleto nomedoaluno nomecompletodoaluno aluno aluna "
        "estudante nome",
        "first": "firstname givenname givennames forename forenames firstnameofstudent preferredfirstname primeironome "
        "nomeproprio vorname vornamen",
        "last": "lastname surname familyname familynameofstudent apelido apelidos sobrenome ultimonome nachname familienname",
        "group": "group groups grupo turma turmas gruppe tutorialgroup section sections sectionname class",
    }.items()
}
"""What columns are called, without accents, signs, spaces and case; the names that stand first are taken first."""
COUNTERS = ("no", "nr", "n", "num", "number", "numero", "seq", "recordnumber", "lfdnr")
"""What a column that only counts its rows may be called."""
HEADING_WITHIN = 20
"""In how many lines at the top the names of the columns are looked for."""
_POSSIBLE = "points possible"
_TEST_STUDENTS = ("student, test", "test student")


@dataclass(frozen=True, slots=True)
class Student:
    """One student; `name` and `group` may be empty."""

    id: str
    name: str = ""
    group: str = ""
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """The students in the order of the file, what their teacher should hear of it, and how its columns were understood."""

    students: tuple[Student, ...]
    notes: tuple[Problem, ...] = ()
    understood: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns that a user names: of the ids, and of the name or of its parts, in order. Empty: to be found."""

    id: str = ""
    names: tuple[str, ...] = ()


TO_BE_FOUND = Chosen()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column, counted from 0, holds the id, the parts of the name in their order, the group; None: no column."""

    id: int
    names: tuple[int, ...] = ()
    group: int | None = None

    @property
    def used(self) -> tuple[int, ...]:
        """Return the columns that are read."""
        return (self.id, *self.names, *(() if self.group is None else (self.group,)))


def load_roster(path: Path, chosen: Chosen = TO_BE_FOUND) -> Roster:
    """Read the roster in a file. Raises UserError for a file that cannot be read, and as `read_roster`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(Problem(f"the roster {path} cannot be read: {error.strerror or error}")) from None
    return read_roster(data, str(path), chosen)


def read_roster(data: bytes, file: str, chosen: Chosen = TO_BE_FOUND) -> Roster:
    """Read the students of a table: a column of ids, and if it has them names and groups, in any order.

    Commas, semicolons, tabs or bars between cells; UTF-8, UTF-16 or Windows-1252; a line that names the columns, below others
    that do not matter, or ids alone. What learning platforms add is left out: a line of possible points, a test student.

    Args:
        data: the file's content.
        file: what messages call it.
        chosen: columns that the user names, where they are not to be found by what they are called.

    Raises:
        SpecError: with every mistake at its line.
    """
    problems = Problems()
    if len(data) > MAX_BYTES:
        raise SpecError(Problem(f"{file} is larger than {MAX_BYTES // 1_000_000} MB, the limit for a roster"))
    rows = read_table(data, file, problems)
    if not rows:
        raise SpecError(Problem(f"{file} has no students", Place(file, 1, 1), "one line for each, below a line: id,name,group"))
    at = _heading(rows, chosen)
    if at:
        problems.warn(f"the {'lines' if at > 1 else 'line'} above the names of the columns: skipped", rows[0].place(0))
    heading = replace(rows[at], width=len(rows[at].cells))
    below = [replace(row, width=heading.width) for row in rows[at + 1 :]]
    columns = _columns(heading, below, chosen, problems)
    if columns is None:
        columns, below = Columns(0), rows
    elif not below and not problems.errors:
        problems.error(f"{file} has a line of columns' names and no students", heading.place(0))
    students = tuple(_students(_cleaned(below, columns, problems), columns, problems))
    _check_ids(students, problems)
    problems.stop_if_any()
    return Roster(students, problems.warnings, _understood(file, heading, columns, len(students), below is rows))


def _heading(rows: Sequence[Row], chosen: Chosen) -> int:
    """Return which row names the columns: the first unless that names none of them and a later one does."""
    wanted = [_folded(name) for name in (chosen.id, *chosen.names) if name]
    for at, row in enumerate(rows[:HEADING_WITHIN]):
        words = [_folded(cell) for cell in row.cells]
        kinds = [kind for kind, names in COLUMNS.items() if any(word in names for word in words)]
        if (wanted and all(word in words for word in wanted)) or (not wanted and "id" in kinds and (len(kinds) > 1 or not at)):
            return at
    return 0


def _columns(heading: Row, below: Sequence[Row], chosen: Chosen, problems: Problems) -> Columns | None:
    """Return which column holds what; None for ids alone without a heading. Raises SpecError where that cannot be told."""
    words = [_folded(cell) for cell in heading.cells]
    found = {kind: [words.index(name) for name in names if name in words] for kind, names in COLUMNS.items()}
    ids = [_named(chosen.id, heading)] if chosen.id else _with_ids(found["id"], words, below)
    if not ids:
        _check_ids_alone(heading, below, any(found.values()))
        return None
    full, first, last = found["name"], found["first"], found["last"]
    parts = [(first or full)[0], last[0]] if last and (first or full) else (full or first or last)[:1]
    if first and full and last:
        parts = full[:1]
    names = tuple(_named(name, heading) for name in chosen.names) or tuple(part for part in parts if part != ids[0])
    group = next((place for place in found["group"] if place not in (ids[0], *names)), None)
    columns = Columns(ids[0], names, group)
    unused = {place: cell for place, cell in enumerate(heading.cells) if place not in columns.used and cell}
    if unused:
        listed = ", ".join([*unused.values()][:MOST_LISTED]) + (", …" if len(unused) > MOST_LISTED else "")
        problems.warn(f"not used: the column{'s' * (len(unused) > 1)} {listed}", heading.place(min(unused)))
    return columns


def _named(name: str, heading: Row) -> int:
    """Return which column has a name that the user gives. Raises SpecError where there is none."""
    words = [_folded(cell) for cell in heading.cells]
    if _folded(name) not in words:
        known = ", ".join(cell or "an empty one" for cell in heading.cells[:MOST_LISTED])
        raise SpecError(Problem(f"no column of this file is called {name!r}; its columns: {known}", heading.place(0)))
    return words.index(_folded(name))


def _with_ids(places: Sequence[int], words: Sequence[str], below: Sequence[Row]) -> list[int]:
    """Return the columns that may hold ids, the best first: none that is empty, and those that count the rows behind others."""
    filled = [place for place in places if any(_cell(row, place) for row in below)] or list(places)
    counters = [place for place in filled if words[place] in COUNTERS and _counts(place, below)]
    addresses = [place for place in filled if "mail" in words[place] or words[place].startswith("correio")]
    return [*(place for place in filled if place not in (*counters, *addresses)), *counters, *addresses]


def _counts(place: int, below: Sequence[Row]) -> bool:
    """Return whether a column holds 1, 2, 3, … and nothing else."""
    return [_cell(row, place).rstrip(".") for row in below] == [str(number) for number in range(1, len(below) + 1)]


def _check_ids_alone(heading: Row, below: Sequence[Row], known: bool) -> None:
    """Raise SpecError for a table without a column of ids that is not ids alone, or has a heading that is not known."""
    cells = [row.cells[0] for row in below]
    if len(heading.cells) == 1 and not known:
        if not any(c.isdigit() for c in heading.cells[0]) and any(any(c.isdigit() for c in cell) for cell in cells):
            message = f"{heading.cells[0]!r} is no id like those below it, and no name of a column that is known"
            raise SpecError(Problem(message, heading.place(0), f'if it names the ids: --id "{heading.cells[0]}", or write: id'))
        return
    listed = ", ".join(cell or "an empty one" for cell in heading.cells[:MOST_LISTED])
    hint = "the first line names the columns, for example: id,name,group; or say which one it is: --id COLUMN"
    raise SpecError(Problem(f"no column of this file is the students' ids; its columns: {listed}", heading.place(0), hint))


def _understood(file: str, heading: Row, columns: Columns, count: int, alone: bool) -> str:
    """Tell in a line how the columns were understood."""
    students = f"{file}: {count} student{'s' * (count != 1)}"
    if alone:
        return f"{students}, ids alone"
    names = " and ".join(repr(heading.cells[place]) for place in columns.names)
    told = [f"id from {heading.cells[columns.id]!r}", f"name from {names}" if names else "no names"]
    told += [f"group from {heading.cells[columns.group]!r}"] if columns.group is not None else []
    return f"{students}: {', '.join(told)}"


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _cleaned(rows: Sequence[Row], columns: Columns, problems: Problems) -> list[Row]:
    """Return the rows of students, their ids without what platforms and spreadsheets add: `#17`, `="017"`, `17.0`."""
    kept = [row for row in rows if not _is_added(row, columns, problems)]
    ids = [_cell(row, columns.id) for row in kept]
    floats = bool(ids) and all(re.fullmatch(r"\d+(\.0)?", text) for text in ids if text)
    changed = []
    for row, text in zip(kept, ids, strict=True):
        bare = re.sub(r"^[#\'](?=\w)", "", re.sub(r'^="(.*)"$', r"\1", text))
        bare = bare.removesuffix(".0") if floats else bare
        changed.append(row if bare == text else row.with_cell(columns.id, bare))
    if floats and any(text.endswith(".0") for text in ids):
        problems.warn("the ids end in .0, as a spreadsheet writes numbers: it is left out", kept[0].place(columns.id))
    return changed


def _is_added(row: Row, columns: Columns, problems: Problems) -> bool:
    """Return whether a row is a platform's own and no student's; note that it is left out."""
    name = " ".join(_cell(row, place) for place in columns.names).casefold()
    whole = " ".join(row.cells).casefold()
    if not _cell(row, columns.id) and _POSSIBLE in whole:
        problems.warn("the points possible are no student: skipped", row.place(0))
    elif name in _TEST_STUDENTS:
        problems.warn("the test student is skipped", row.place(0))
    elif not _cell(row, columns.id) and not name.strip():
        problems.warn("there is neither id nor name on this line: skipped", row.place(0))
    else:
        return False
    return True


def _folded(cell: str) -> str:
    """`Nº de Matrícula` → nodematricula"""
    bare = "".join(c for c in unicodedata.normalize("NFKD", cell) if not unicodedata.combining(c))
    return "".join(c for c in bare.casefold() if c.isalnum())


def _students(rows: Sequence[Row], columns: Columns, problems: Problems) -> Iterator[Student]:
    for row in rows:
        if len(row.cells) > row.width:
            hint = "a comma within a name needs quotes around the name"
            problems.error(f"this line has {len(row.cells)} cells, the first line {row.width}", row.place(row.width), hint)
            continue
        name = " ".join(part for place in columns.names if (part := _cell(row, place)))
        group = _cell(row, columns.group) if columns.group is not None else ""
        student = Student(_cell(row, columns.id), _shown(name, row, columns, problems), group)
        if _right(student, row, columns, problems):
            yield replace(student, place=row.place(columns.id))


def _shown(name: str, row: Row, columns: Columns, problems: Problems) -> str:
    """The name without marks that nobody sees (of the direction of writing, of where a word may break)."""
    seen = "".join(c for c in name if unicodedata.category(c) != "Cf")
    if seen != name:
        problems.warn("invisible characters are left out of this name", row.place(columns.names[0] if columns.names else 0))
    return " ".join(seen.split())


def _right(student: Student, row: Row, columns: Columns, problems: Problems) -> bool:
    """Whether the fields of one line can be used; notes what is wrong."""
    before = len(problems.found)
    places = {"id": columns.id, "name": columns.names[0] if columns.names else columns.id, "group": columns.group or 0}
    for kind, text in (("id", student.id), ("name", student.name), ("group", student.group)):
        place = row.place(places[kind])
        if len(text) > LONGEST[kind]:
            problems.error(f"this {kind} has {len(text)} characters; {LONGEST[kind]} is the most", place, "is a quote missing?")
        elif kind != "name" and (wrong := wrong_in(text)):
            problems.error(f"{kind} {text!r} {wrong}", place)
    if not student.id:
        whose = f" for {student.name}" if student.name else ""
        problems.error(f"there is no id{whose} on this line", row.place(columns.id))
    return all(problem.severity == "warning" for problem in problems.found[before:])


def wrong_in(text: str) -> str:
    """Return what keeps a text from being an id or a group's name, in words; nothing where all is well.

    >>> wrong_in("2023_017"), wrong_in("=1+1"), wrong_in("2.023E+09")
    ('', 'does not begin with a letter or a digit', 'is a number that a spreadsheet has shortened: format the column as text')
    """
    if not text:
        return ""
    if wrong := _wrong_in_line(text, LONGEST["id"]):
        return wrong
    if any(unicodedata.category(c) == "Cf" for c in text):
        return "has a character that nobody sees"
    if not text[0].isalnum():
        return "does not begin with a letter or a digit"
    if is_shortened(text):
        return "is a number that a spreadsheet has shortened: format the column as text"
    missing = unprintable(text)
    return f"has a character that LaTeX cannot print here: {missing[0]} (U+{ord(missing[0]):04X})" if missing else ""


def wrong_in_name(text: str) -> str:
    """Return what keeps a text from being somebody's name, in words; nothing where all is well.

    >>> wrong_in_name("Đặng Thị Hoa"), wrong_in_name("Ana\\nLima")
    ('', 'has a line break or another control character')
    """
    return _wrong_in_line(text, LONGEST["name"])


def _wrong_in_line(text: str, most: int) -> str:
    if len(text) > most:
        return f"has {len(text)} characters; {most} is the most"
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text):
        return "has a line break or another control character"
    return ""


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
