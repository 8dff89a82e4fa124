"""Weights and biases in a file beside the spec: an array of an .npz, or the rows of a .csv → exact numbers.

A binary fraction stands for the shortest decimal that is read as it: 0.1 is 1/10.
"""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from fractions import Fraction
from math import isfinite, prod
from pathlib import Path
from typing import Any

from derivgen.errors import Place, Problem, SpecError
from derivgen.maths.numerals import read_number
from derivgen.spec.beside import MAX_BYTES, bytes_beside
from derivgen.spec.data import records
from derivgen.spec.model import Value
from derivgen.spec.shape import ArrayShape
from derivgen.spec.source import source_of
from derivgen.spec.yaml_text import Scalar

MAX_NUMBERS = 100_000

Rows = tuple[tuple[Value, ...], ...]


def read_rows(shape: ArrayShape, folder: Path | None) -> Rows:
    """The rows of a matrix; a vector is one row. Raises SpecError for a file that holds no such thing."""
    ending = Path(shape.file.text).suffix.lower()
    if ending == ".npz":
        return _of_npz(shape.file, shape.array, bytes_beside(shape.file, folder))
    if ending == ".csv":
        if shape.array is not None:
            raise SpecError(Problem("a .csv holds one array, which has no name", shape.array.place, "leave `array` out"))
        return _of_csv(bytes_beside(shape.file, folder), str((folder or Path()) / shape.file.text))
    raise SpecError(Problem(f"arrays are read from .npz and .csv, not from {shape.file.text[:80]!r}", shape.file.place))


def _of_csv(data: bytes, file: str) -> Rows:
    rows: list[tuple[Value, ...]] = []
    for record in records(source_of(data, file, MAX_BYTES)):
        if rows and len(record) != len(rows[0]):
            message = f"this line has {_numbers(len(record))}, the first {len(rows[0])}"
            raise SpecError(Problem(message, record[min(len(record), len(rows[0])) - 1][1]))
        if (len(rows) + 1) * len(record) > MAX_NUMBERS:
            raise SpecError(Problem(f"an array of more than {MAX_NUMBERS:,} numbers is not taken", record[0][1]))
        rows.append(tuple(Value(read_number(text, place), text, place) for text, place in record))
    if not rows:
        raise SpecError(Problem(f"{file} is empty", Place(file, 1, 1), "a row of numbers a line, commas between them"))
    return tuple(rows)


def _numbers(count: int) -> str:
    return "one number" if count == 1 else f"{count} numbers"


def _of_npz(file: Scalar, array: Scalar | None, data: bytes) -> Rows:
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1_000_000} MB"
        raise SpecError(Problem(f"{file.text} is larger than {limit}, the limit for a file of this kind", file.place))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = _member(archive, file, array)
        return _rows(content, file, array or file)
    except SpecError:
        raise
    except Exception:  # whatever a torn or a hostile file sets off in zipfile and numpy
        raise SpecError(Problem(f"{file.text} is not an .npz file that can be read", file.place)) from None


def _member(archive: zipfile.ZipFile, file: Scalar, array: Scalar | None) -> bytes:
    """The bytes of the array asked for; of the only one, where none is named."""
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


def _rows(content: bytes, file: Scalar, spot: Scalar) -> Rows:
    """The numbers of an .npy: its head is looked at first, so that no other object and no huge array is ever made."""
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
    return tuple(tuple(_value(number, spot.place) for number in row) for row in np.atleast_2d(made))


def _value(number: Any, place: Place) -> Value:
    if not isfinite(number):
        raise SpecError(Problem(f"the array holds {number}, which is no number to reckon with", place))
    text = str(int(number) if number.dtype.kind in "biu" else number.item() if number.dtype.itemsize == 8 else number)
    return Value(Fraction(*Decimal(text).as_integer_ratio()), text.removesuffix(".0"), place)
