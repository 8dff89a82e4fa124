"""The record of one variant: whose it is, where it comes from, and its numbers as exact texts. One line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from derivgen import __version__
from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.maths.numerals import read_number

FORMAT = 1
_EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a student's sheet, key and marks are made from, beside the spec.

    `values` are the numbers drawn by name, `rows` all rows of the data where a column is drawn (None where none is), as exact
    texts. `attempt` is the draw that was taken, from 0. `distinct`: how many draws that would have done were passed over,
    because an earlier student of the class has the same numbers.
    """

    seed: str
    student: str
    spec: str
    values: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    rows: tuple[tuple[str, ...], ...] | None = None
    group: str = ""
    attempt: int = 0
    distinct: int = 0
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(versions()))

    @property
    def numbers(self) -> tuple[object, ...]:
        """What makes two variants the same: their numbers, whoever has them."""
        return tuple(self.values.items()), self.rows

    def as_json(self) -> str:
        """One line of JSON, the same for the same record."""
        told = {
            "record": FORMAT,
            "student": self.student,
            "group": self.group,
            "seed": self.seed,
            "attempt": self.attempt,
            "distinct": self.distinct,
            "spec": self.spec,
            "versions": dict(self.versions),
            "values": dict(self.values),
            "rows": self.rows,
        }
        return json.dumps(told, ensure_ascii=False, separators=(", ", ": "))


def versions() -> dict[str, str]:
    """What a record was made with."""
    from derivgen.variants.stream import VERSION

    return {"derivgen": __version__, "draws": str(VERSION)}


def from_json(line: str, place: Place | None = None) -> Record:
    """The record in a line of JSON. Raises SpecError, at the place, for anything that is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise _wrong("this line is no JSON", place) from None
    if not isinstance(told, dict) or told.get("record") != FORMAT:
        raise _wrong(f"this line is no record of a variant in format {FORMAT}", place)
    unknown = [key for key in told if key not in _KEYS]
    missing = [key for key in ("student", "seed", "spec", "values") if key not in told]
    if unknown or missing:
        raise _wrong(f"the record {'lacks' if missing else 'has the unknown key'} {(missing or unknown)[0]!r}", place)
    wrong = next((key for key, value in told.items() if not _KEYS[key](value)), None)
    if wrong is not None:
        raise _wrong(f"{wrong!r} of this record is not what it should be", place)
    rows = told.get("rows")
    return Record(
        seed=told["seed"],
        student=told["student"],
        spec=told["spec"],
        values=MappingProxyType(told["values"]),
        rows=tuple(tuple(row) for row in rows) if rows is not None else None,
        group=told.get("group", ""),
        attempt=told.get("attempt", 0),
        distinct=told.get("distinct", 0),
        versions=MappingProxyType(told.get("versions", {})),
    )


def read_records(text: str, file: str) -> tuple[Record, ...]:
    """The records of a file, one a line; blank lines do not count. Raises SpecError with every mistake."""
    problems, found = Problems(), []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(from_json(line, Place(file, number, 1, 1, line[:200])))
        except SpecError as error:
            problems.found += error.problems
    problems.stop_if_any()
    return tuple(found)


def as_lines(records: Iterable[Record]) -> str:
    """Records as JSON lines."""
    return "".join(f"{record.as_json()}\n" for record in records)


def _wrong(message: str, place: Place | None) -> SpecError:
    return SpecError(Problem(message, place, "`derivgen variants SPEC --json` writes records"))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        read_number(value)
    except SpecError:
        return False
    return True


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


_KEYS = {
    "record": _is_count,
    "student": _is_text,
    "group": _is_text,
    "seed": _is_text,
    "attempt": _is_count,
    "distinct": _is_count,
    "spec": _is_text,
    "versions": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "values": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    "rows": lambda value: (
        value is None or (isinstance(value, list) and all(isinstance(row, list) and all(map(_is_number, row)) for row in value))
    ),
}
