"""Numbers in rows: samples, in the spec or in a CSV file beside it, and arrays in a file of one of `ARRAY_FILES`.

Of a NumPy file, a binary fraction stands for the shortest decimal that is read as it: 0.1 is 1/10.

A file that a spec names: read only if it lies in the spec's folder, and no more of it than is taken.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.frozen import dataclass, replace
from derivgen.spec.model import Data, Value
from derivgen.spec.reading import name_problem, read_value
from derivgen.spec.shape import ArrayShape, DataShape
from derivgen.spec.source import Source, source_of
from derivgen.spec.yaml_nodes import MappingNode, Node, Scalar, SequenceNode, read_yaml

MAX_ROWS = 100_000
MAX_COLUMNS = 2_000
MAX_CELLS = 300_000


def read_data(shape: DataShape, place: Place, folder: Path | None, problems: Problems) -> Data | None:
    """Return the samples of a spec, their index not settled yet; None when they cannot be made out."""
    if shape.file is not None:
        return _from_file(shape, shape.file, folder, problems)
    if not shape.columns:
        problems.error(
            "data needs columns and rows, or a file", place, "data: {columns: [x, y], rows: [[0, 1]]}, or data: {file: and.csv}"
        )
        return None
    columns = tuple(column.text for column in shape.columns)
    _check_columns(columns, tuple(column.place for column in shape.columns), problems)
    if shape.rows is None:
        return Data(columns, None, place=place)
    _check_rows(shape, columns, place, problems)
    return Data(columns, shape.rows, count=max(1, len(shape.rows)), place=place)


def with_index(data: Data, shape: DataShape, defined: tuple[str, ...], free: tuple[str, ...], problems: Problems) -> Data:
    """Return the samples with the letters they are counted by, which keep clear of the other names.

    Of the names that equations use, only the author's own name of the count may be that of a `free` one.
    """
    index = _index(shape, (*data.columns, *defined, *free), problems)
    count = _count(shape, (*data.columns, *defined, index), free, problems)
    if data.rows is None:
        return replace(data, index=index, count=count)
    return replace(data, index=index, name=count if isinstance(count, str) and shape.count is not None else "")


def _check_columns(columns: tuple[str, ...], places: tuple[Place, ...], problems: Problems) -> None:
    seen: set[str] = set()
    for name, place in zip(columns, places, strict=True):
        if name in seen:
            problems.error(f"two columns are called {name}", place)
        seen.add(name)
    if len(columns) > MAX_COLUMNS:
        problems.error(f"more than {MAX_COLUMNS:,} columns are not taken", places[MAX_COLUMNS])


def _index(shape: DataShape, taken: tuple[str, ...], problems: Problems) -> str:
    if shape.index is None:
        return next((letter for letter in ("i", "p", "s", "k", "j") if letter not in taken), "sample")
    if shape.index.text in taken:
        problems.error(
            f"the index {shape.index.text} is a quantity of this spec as well", shape.index.place, "take a letter that is free"
        )
    return shape.index.text


def _count(shape: DataShape, taken: tuple[str, ...], free: tuple[str, ...], problems: Problems) -> int | str:
    if shape.count is None:
        return next((letter for letter in ("n", "N", "M") if letter not in (*taken, *free)), "n_samples")
    if isinstance(shape.count, Scalar):
        if shape.count.text in taken:
            problems.error(
                f"the count {shape.count.text} is a quantity of this spec as well",
                shape.count.place,
                "take a letter that is free",
            )
        return shape.count.text
    number = shape.count.value
    if number.denominator != 1 or not 1 <= number <= MAX_ROWS:
        problems.error(f"the count of samples is a whole number from 1 to {MAX_ROWS:,}", shape.count.place)
        return 1
    return int(number)


def _check_rows(shape: DataShape, columns: tuple[str, ...], place: Place, problems: Problems) -> None:
    rows = shape.rows or ()
    if not rows:
        problems.error("data has no rows", place, "leave `rows` out for symbolic samples")
    if len(rows) > MAX_ROWS:
        problems.error(f"data of more than {MAX_ROWS:,} rows is not taken", rows[MAX_ROWS][0].place if rows[MAX_ROWS] else place)
    if isinstance(shape.count, Value):
        problems.error(
            "with rows there is no count", shape.count.place, "the rows are counted; a name for their number may stand"
        )
    for number, row in enumerate(rows[:MAX_ROWS], 1):
        if len(row) != len(columns):
            where = row[0].place if row else place
            problems.error(
                f"row {number} has {_numbers(len(row))} for {_columns(len(columns))}",
                where,
                f"the columns are {', '.join(columns[:12])}",
            )


def _numbers(count: int) -> str:
    return "one number" if count == 1 else f"{count or 'no'} numbers"


def _columns(count: int) -> str:
    return "one column" if count == 1 else f"{count} columns"


def _from_file(shape: DataShape, written: Scalar, folder: Path | None, problems: Problems) -> Data | None:
    for name in ("columns", "rows", "count"):
        if getattr(shape, name) is not None and not isinstance(shape.count if name == "count" else None, Scalar):
            problems.error(f"data has a file and {name}; the file gives them both", written.place, f"leave {name} out")
            return None
    try:
        columns, rows = read_csv(referenced_bytes(written, folder), str((folder or Path()) / written.text), problems)
    except SpecError as error:
        problems.add(error)
        return None
    return Data(columns, rows, count=max(1, len(rows)), place=written.place)


def read_csv(data: bytes, file: str, problems: Problems) -> tuple[tuple[str, ...], tuple[tuple[Value, ...], ...]]:
    """Return columns and rows of a CSV file: the first line names the columns, the others hold exact numbers.

    Cells that do not fit are noted in `problems`. Raises SpecError for a file that cannot be read as a table at all.
    """
    source = source_of(data, file, MAX_BYTES)
    lines = records(source, MAX_COLUMNS)
    header = next(lines, None)
    if header is None:
        raise SpecError(Problem(f"{file} is empty", Place(file, 1, 1), "its first line names the columns"))
    columns = _header(header)
    rows: list[tuple[Value, ...]] = []
    for record in lines:
        if len(rows) >= MAX_ROWS or len(rows) * len(columns) >= MAX_CELLS:
            message = f"data of more than {MAX_ROWS:,} rows or {MAX_CELLS:,} numbers is not taken"
            raise SpecError(Problem(message, record[0][1]))
        rows.append(_row(record, columns, problems))
    if not rows:
        problems.error(f"{file} has no rows", header[0][1], "below the line with the columns' names stands one line per sample")
    return columns, tuple(rows)


def _header(header: list[tuple[str, Place]]) -> tuple[str, ...]:
    """Return the columns' names. Raises SpecError when they are none, as the rest of the table then says nothing."""
    problems = Problems()
    for text, place in header:
        if (wrong := name_problem(text)) is not None:
            hint = "commas go between columns" if ";" in text else "the first line names the columns: x_1,x_2,y"
            problems.error(f"{text[:40]!r} is not a column's name{wrong}", place, hint)
    _check_columns(tuple(text for text, _ in header), tuple(place for _, place in header), problems)
    problems.stop_if_any()
    return tuple(unicodedata.normalize("NFC", text) for text, _ in header)


def _row(record: list[tuple[str, Place]], columns: tuple[str, ...], problems: Problems) -> tuple[Value, ...]:
    if len(record) != len(columns):
        where = record[min(len(record), len(columns)) - 1][1]
        problems.error(
            f"this line has {_numbers(len(record))} for {_columns(len(columns))}",
            where,
            f"the columns are {', '.join(columns[:12])}",
        )
    found = []
    for text, place in record:
        try:
            found.append(read_value(text, place))
        except SpecError as error:
            problems.add(error)
    return tuple(found)


_CELL = re.compile(r'\s*(?:"(?:[^"]|"")*"|[^,]*)(?:,|$)')


def records(source: Source, most: int) -> Iterator[list[tuple[str, Place]]]:
    """Yield the cells of each line that is not blank, with their places. Raises SpecError for a line of more than `most`."""
    for number, line in enumerate(source.lines):
        if not line.strip():
            continue
        if line.count(",") >= most:
            raise SpecError(Problem(f"more than {most:,} columns are not taken", replace(source.place(number, 0), text="")))
        try:
            cells = next(csv.reader([line], strict=True, skipinitialspace=True))
        except csv.Error as error:
            if "field limit" in str(error):
                raise SpecError(Problem("a cell of this line is too long for a number", source.place(number, 0))) from None
            raise SpecError(
                Problem("this line is not a line of a CSV file", source.place(number, 0), "a quote is open, or text follows one")
            ) from None
        yield [(cell.strip(), place) for cell, place in zip(cells, _places(source, number, len(cells)), strict=True)]


def _places(source: Source, number: int, count: int) -> list[Place]:
    line, found, position = source.lines[number], [], 0
    for _ in range(count):
        match = _CELL.match(line, position)
        end = match.end() if match else len(line)
        cell = line[position:end].rstrip(",")
        start = position + len(cell) - len(cell.lstrip())
        found.append(source.place(number, min(start, max(0, len(line) - 1)), max(1, len(cell.strip()))))
        position = end
    return found


MAX_NUMBERS = 100_000

Rows = tuple[tuple[Value, ...], ...]


def read_rows(shape: ArrayShape, folder: Path | None) -> Rows:
    """Return the rows of a matrix; a vector is one row. Raises SpecError for a file that holds no such thing."""
    ending = Path(shape.file.text).suffix.lower()
    kind = ARRAY_FILES.get(ending)
    if kind is None:
        *most, last = ARRAY_FILES
        message = f"arrays are read from {', '.join(most)} and {last}, not from {shape.file.text[:80]!r}"
        raise SpecError(Problem(message, shape.file.place))
    if shape.array is not None and not kind.has_names:
        raise SpecError(Problem(f"a {ending} holds one array, which has no name", shape.array.place, "leave `array` out"))
    data = referenced_bytes(shape.file, folder)
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1_000_000} MB"
        raise SpecError(Problem(f"{shape.file.text} is larger than {limit}, the limit for a file of this kind", shape.file.place))
    try:
        return kind.read(shape, data, str((folder or Path()) / shape.file.text))
    except SpecError:
        raise
    except Exception:  # whatever a torn or a hostile file sets off in a library
        raise SpecError(Problem(f"{shape.file.text} is not an {ending} file that can be read", shape.file.place)) from None


def _of_csv(shape: ArrayShape, data: bytes, file: str) -> Rows:
    rows: list[tuple[Value, ...]] = []
    for record in records(source_of(data, file, MAX_BYTES), MAX_NUMBERS):
        if rows and len(record) != len(rows[0]):
            message = f"this line has {_numbers(len(record))}, the first {len(rows[0])}"
            raise SpecError(Problem(message, record[min(len(record), len(rows[0])) - 1][1]))
        if (len(rows) + 1) * len(record) > MAX_NUMBERS:
            raise SpecError(Problem(f"an array of more than {MAX_NUMBERS:,} numbers is not taken", record[0][1]))
        rows.append(tuple(read_value(text, place) for text, place in record))
    if not rows:
        raise SpecError(Problem(f"{file} is empty", Place(file, 1, 1), "a row of numbers a line, commas between them"))
    return tuple(rows)


def _of_npz(shape: ArrayShape, data: bytes, file: str) -> Rows:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _rows(_member(archive, shape.file, shape.array), shape.array or shape.file)


def _of_npy(shape: ArrayShape, data: bytes, file: str) -> Rows:
    return _rows(data, shape.file)


def _member(archive: zipfile.ZipFile, file: Scalar, array: Scalar | None) -> bytes:
    """Return the bytes of the array asked for; of the only one, where none is named."""
    names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    listed = f"the arrays are: {', '.join(names[:12])}"
    if array is None and len(names) != 1:
        message = f"{file.text} holds {len(names)} arrays, so it is not clear which is meant"
        raise SpecError(Problem(message, file.place, f"say which: array: {names[0]}; {listed}" if names else None))
    if array is not None and array.text not in names:
        raise SpecError(Problem(f"there is no array {array.text[:40]!r} in {file.text}", array.place, listed))
    info = archive.getinfo(f"{array.text if array is not None else names[0]}.npy")
    if info.file_size > MAX_BYTES:
        raise SpecError(Problem(f"an array of more than {MAX_NUMBERS:,} numbers is not taken", (array or file).place))
    with archive.open(info) as stream:
        return stream.read(MAX_BYTES + 1)


def _rows(content: bytes, spot: Scalar) -> Rows:
    """Return the numbers of an .npy: its head is looked at first, so that no other object and no huge array is ever made."""
    import numpy as np

    stream = io.BytesIO(content)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, kind = readers[np.lib.format.read_magic(stream)](stream)
    if kind.kind not in "biuf" or kind.itemsize > 8 or kind.hasobject:
        raise SpecError(Problem(f"the array holds {kind.name}, not numbers", spot.place))
    if not 1 <= len(shape) <= 2 or not 1 <= prod(shape) <= MAX_NUMBERS:
        what = "a matrix or a vector of up to"
        size = " × ".join(map(str, shape)) or "a single number"
        raise SpecError(Problem(f"the array is {size}; {what} {MAX_NUMBERS:,} numbers is taken", spot.place))
    stream.seek(0)
    made = np.lib.format.read_array(stream, allow_pickle=False)
    wrong = made[~np.isfinite(made)]
    if wrong.size:
        raise SpecError(Problem(f"the array holds {wrong.flat[0]}, which is no number to reckon with", spot.place))
    own = made.astype(int) if kind.kind == "b" else made
    numbers = np.atleast_2d(own) if kind.kind == "f" and kind.itemsize < 8 else np.atleast_2d(own).tolist()
    return tuple(tuple(_value(str(number), spot.place) for number in row) for row in numbers)


def _value(text: str, place: Place) -> Value:
    return Value(Fraction(*Decimal(text).as_integer_ratio()), text.removesuffix(".0"), place)


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """How an array is read from one kind of file; whether the arrays in it have names.

    `read` takes what the spec says (its file, the array's name), the content, and what messages call the file. It raises
    SpecError with a place, there or in the file; of anything else that it raises is said that the file cannot be read.
    """

    read: Callable[[ArrayShape, bytes, str], Rows]
    has_names: bool = False


ARRAY_FILES: Mapping[str, ArrayFile] = MappingProxyType(
    {".npz": ArrayFile(_of_npz, has_names=True), ".npy": ArrayFile(_of_npy), ".csv": ArrayFile(_of_csv)}
)
"""The kinds of files that arrays are read from, by their endings."""


MAX_BYTES = 10_000_000


def referenced_bytes(written: Scalar, folder: Path | None) -> bytes:
    """Return the bytes of a file that lies in the spec's folder, wherever its links lead."""
    if folder is None:
        raise SpecError(Problem("a spec without a folder cannot read a data file", written.place, "write the rows into the spec"))
    windows = PureWindowsPath(written.text)
    if windows.is_absolute() or windows.drive or PurePosixPath(written.text).is_absolute() or ".." in windows.parts:
        raise SpecError(
            Problem("a data file lies in the spec's folder", written.place, "give its name without a path that leads elsewhere")
        )
    try:
        path = (folder / written.text).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise SpecError(
                Problem("a data file lies in the spec's folder; this one is a link that leads out of it", written.place)
            )
        if not path.is_file():
            raise SpecError(Problem(f"{written.text[:80]} is no file", written.place))
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise SpecError(
            Problem(_unreadable(error, written.text[:80]), written.place, "the file is looked for in the spec's folder")
        ) from None


def _unreadable(error: Exception, name: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {name}"
    if isinstance(error, PermissionError):
        return f"the file {name} may not be read"
    return f"the file {name} cannot be read"


def files_named(spec: Path) -> tuple[Path, ...]:
    """Return the files that a spec names, right or wrong; none where it cannot be read."""
    try:
        return files_named_in(spec.read_bytes(), spec.parent)
    except (OSError, ValueError):
        return ()


def files_named_in(text: bytes | str, folder: Path) -> tuple[Path, ...]:
    """Return the same of a spec that is read as if it lay in a folder."""
    try:
        root = read_yaml(source_of(text, "spec.yaml"), Problems())
    except (ValueError, SpecError):
        return ()
    return tuple(dict.fromkeys(folder / name for name in _named(root) if name.isprintable()))


def _named(node: Node) -> Iterator[str]:
    """Yield what stands behind `file`, anywhere in a spec."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from _named(item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            if key.text == "file" and isinstance(value, Scalar):
                yield value.text
            else:
                yield from _named(value)
