"""The text of a roster: its encoding, what separates its cells, its lines that are not empty, each cell with its place."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator

from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.frozen import dataclass, replace

SEPARATORS = (",", ";", "\t", "|")
MOST_JOINED = 5  # lines of one quoted cell
MOST_LISTED = 8
_SHORTENED = re.compile(r"\d[.,]\d+[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its cells without the blanks around them, where each begins, how many columns the table has."""

    file: str
    line: int
    text: str
    cells: tuple[str, ...]
    starts: tuple[int, ...]
    width: int

    def with_cell(self, cell: int, text: str) -> Row:
        """Return the line with another text in a cell, which keeps its place."""
        return replace(self, cells=(*self.cells[:cell], text, *self.cells[cell + 1 :]))

    def place(self, cell: int) -> Place:
        """Return the place of a cell, counted from 0."""
        if not self.starts:
            return Place(self.file, self.line, 1, 1, self.text)
        number = min(cell, len(self.starts) - 1)
        return Place(self.file, self.line, self.starts[number] + 1, max(1, len(self.cells[number])), self.text)


def is_shortened(text: str) -> bool:
    """Return whether the text is a long number as a spreadsheet shortens it: 2.02301E+09."""
    return _SHORTENED.fullmatch(text) is not None


def read_table(data: bytes, file: str, problems: Problems) -> list[Row]:
    """Return the lines of a table that hold anything; note the mistakes of single lines. Raises SpecError for what is no text."""
    lines = _decoded(data, file, problems).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator, first = _separator(lines)
    rows: list[Row] = []
    empty: list[int] = []
    for number, line in _joined(lines[first:], first + 1):
        if not line.strip(' \t,;|"\ufeff\u00a0'):
            empty.append(number)
            continue
        if _controls(line, file, number, problems):
            continue
        row = _row(line, file, number, separator, rows[0].width if rows else 0, problems)
        if row is not None:
            rows.append(row)
    _note_empty([number for number in empty if rows and rows[0].line < number < rows[-1].line], file, problems)
    return rows


def _joined(lines: list[str], first: int) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; those of a cell in quotes that has line breaks as one, with blanks in their stead."""
    at = 0
    while at < len(lines):
        count = 1
        while lines[at].count('"') % 2 and count < MOST_JOINED and "".join(lines[at : at + count]).count('"') % 2:
            count += 1
        joined = lines[at : at + count]
        if count > 1 and ("".join(joined).count('"') % 2 or len(joined) < count):
            joined = lines[at : at + 1]  # the quote is never closed: this line is told
        yield first + at, " ".join(joined)
        at += len(joined)


def _decoded(data: bytes, file: str, problems: Problems) -> str:
    """The text, by its mark or its bytes: UTF-8, UTF-16, else Windows-1252, which is said."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SpecError(Problem(f"{file} is a spreadsheet's own file, not a CSV file", hint="save the sheet as CSV (UTF-8)"))
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        if b"\0" in data:
            raise SpecError(Problem(f"{file} is not a text file", hint="save it as CSV with the encoding UTF-8"))
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise SpecError(Problem(f"{file} is not whole UTF-16 text", hint="save it with the encoding UTF-8")) from None
        text = data.decode("cp1252", errors="replace")
        line = data[: error.start].count(b"\n")
        whole = text.split("\n")[line].rstrip("\r") if line < text.count("\n") + 1 else ""
        message = "this file is not UTF-8; it is read as Windows-1252 (Latin-1): see whether this line's name is right"
        problems.warn(message, Place(file, line + 1, 1, max(1, len(whole)), whole), "save it with the encoding UTF-8")
        return text


def _separator(lines: list[str]) -> tuple[str, int]:
    """What separates cells, by the first line that has any, and where the table begins (after Excel's `sep=;`)."""
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if (told := re.fullmatch(r"\ufeff?\"?sep=([,;\t|])\"?", line.strip(" "))) is not None:
            return told[1], number + 1
        bare = re.sub(r'"[^"]*"', "", line)
        if any(separator in bare for separator in SEPARATORS):
            return max(SEPARATORS, key=bare.count), 0
    return ",", 0


def _controls(line: str, file: str, number: int, problems: Problems) -> bool:
    """Whether the line has a character that cannot stand in a table; notes the first."""
    for column, c in enumerate(line):
        if c != "\t" and (unicodedata.category(c) in {"Cc", "Cs", "Co"} or c in "\u2028\u2029\ufffd"):
            message = (
                f"the character U+{ord(c):04X} ({unicodedata.name(c, 'a control character').lower()}) cannot stand in a roster"
            )
            problems.error(message, Place(file, number, column + 1, 1, line), "type this line anew")
            return True
    return False


def _row(line: str, file: str, number: int, separator: str, width: int, problems: Problems) -> Row | None:
    try:
        raw = next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error:
        hint = 'a name in quotes ends on its line; a quote within it is doubled: "Ana ""Nina"" Sousa"'
        problems.error("a quote on this line is open, or text follows one", Place(file, number, 1, max(1, len(line)), line), hint)
        return None
    cells = tuple(" ".join(unicodedata.normalize("NFC", cell).split()) for cell in raw)
    while len(cells) > max(width, 1) and not cells[-1]:
        cells = cells[:-1]
    return Row(file, number, line, cells, tuple(_starts(line, separator))[: len(cells)], width or len(cells))


def _starts(line: str, separator: str) -> Iterator[int]:
    """Where the cells of a line begin, blanks and quotes passed over."""
    quoted, fresh = False, True
    for column, c in enumerate(line):
        if fresh and c not in ' "':
            fresh = False
            yield column if c != separator or quoted else max(0, column - 1)
        if c == '"':
            quoted = not quoted
        elif c == separator and not quoted:
            fresh = True
    if fresh:
        yield max(0, len(line) - 1)


def _note_empty(empty: list[int], file: str, problems: Problems) -> None:
    if empty:
        listed = ", ".join(map(str, empty[:MOST_LISTED])) + (", …" if len(empty) > MOST_LISTED else "")
        words = f"lines {listed} are empty" if len(empty) > 1 else "this line is empty"
        problems.warn(f"{words}: skipped", Place(file, empty[0], 1))
