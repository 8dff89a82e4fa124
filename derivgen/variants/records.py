"""The record of one variant: whose it is, where it comes from, its numbers as exact texts; and these put into a derivation.

A record is one line of JSON. A derivation is made once, and evaluated for as many records as are wanted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import product
from types import MappingProxyType
from typing import Any, overload

from derivgen import __version__
from derivgen.array_evaluation import Evaluated, run_arrays
from derivgen.derivation.arrays import ArrayDerivation
from derivgen.derivation.derive import Derivation
from derivgen.derivation.entries import entry_name
from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.frozen import dataclass, field, replace
from derivgen.graph import Graph
from derivgen.maths.arithmetic import PRECISIONS
from derivgen.maths.numerals import read_number
from derivgen.maths.plain import plain
from derivgen.memo import kept_with_owner
from derivgen.spec.arrays import entry_at
from derivgen.spec.model import Arrays, Data, Draw, Spec, Value
from derivgen.variants.roster import wrong_in

FORMAT = 1
VERSION = 1
"""Goes up when the same seed would draw other numbers."""
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
        """Return what makes two variants the same: their numbers, whoever has them."""
        return tuple(self.values.items()), self.rows

    def as_json(self) -> str:
        """Return one line of JSON, the same for the same record."""
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
    """Return what a record was made with."""
    return {"derivgen": __version__, "draws": str(VERSION)}


def from_json(line: str, place: Place | None = None) -> Record:
    """Return the record in a line of JSON. Raises SpecError, at the place, for anything that is none."""
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
    for whose in (told["student"], told.get("group", "")):
        if why := wrong_in(whose):
            raise _wrong(f"{whose[:60]!r} {why}", place)
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
    """Return the records of a file, one a line; blank lines do not count. Raises SpecError with every mistake."""
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
    """Return records as JSON lines."""
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


def spec_hash(spec: Spec) -> str:
    """Return what a variant's numbers mean: equations, functions, kinks, given numbers and draws; no words, looks or remarks.

    The title may be mended when the sheets are out; another equation makes another exercise.
    """
    spec = spec.source or spec
    rows = spec.data.rows if spec.data is not None else None
    drawn = _drawn(spec)
    columns = spec.data.columns if spec.data is not None else ()
    told = {
        **_core(spec),
        "kinks": {name: _taken(kink) for name, kink in sorted(spec.kinks.items())},
        "given": {name: number for name, number in sorted(_numbers(spec).items()) if name not in drawn},
        "rows": [[_text(value) for name, value in zip(columns, row, strict=True) if name not in drawn] for row in rows or ()],
    }
    return _digest(told)


def _taken(kink: tuple[Value, ...] | str) -> str:
    """A convention at a kink as text: the slopes, or how ties are settled."""
    return kink if isinstance(kink, str) else ", ".join(str(value.value) for value in kink)


def _core(spec: Spec) -> dict[str, object]:
    """What the numbers that are drawn depend on: a condition, or a given number, may change and leave them as they are."""
    spec = spec.source or spec
    decompose = spec.decompose
    return {
        **_of_arrays(spec),
        "equations": [[list(equation.names), plain(equation.body)] for equation in spec.equations],
        "loss": spec.loss,
        "functions": {name: [list(f.arguments), plain(f.body)] for name, f in sorted(spec.functions.items())},
        "decompose": [decompose.grouping] if decompose is not None else None,
        "columns": list(spec.data.columns) if spec.data is not None else [],
        "samples": samples_of(spec),
        "draws": [_told(draw) for draw in draws_of(spec)],
    }


def _of_arrays(spec: Spec) -> dict[str, object]:
    """What a spec with arrays says of them beside its equations."""
    arrays = spec.arrays
    if arrays is None:
        return {}
    shapes = {name: list(array.shape) for name, array in arrays.values.items()}
    return {"shapes": {**arrays.shapes, **shapes}, "vectors": {name: list(parts) for name, parts in arrays.vectors.items()}}


def _told(draw: Draw) -> list[object]:
    return [list(draw.names), [_text(number) for number in draw.numbers], draw.distinct]


def _numbers(spec: Spec) -> dict[str, str]:
    arrays = spec.arrays.values if spec.arrays is not None else {}
    scalars = {name: _text(value) for name, value in (*spec.constants.items(), *spec.values.items()) if name not in arrays}
    drawn = _drawn(spec)
    entries = {
        entry_name(name, at): _text(number)
        for name, array in arrays.items()
        if name not in drawn
        for at, number in zip(product(*map(range, array.shape)), array.numbers, strict=True)
    }
    return {**scalars, **entries}


def _text(value: Value) -> str:
    return str(value.value)


def _drawn(spec: Spec) -> dict[str, None]:
    return dict.fromkeys(name for draw in draws_of(spec) for name in draw.names)


def draws_of(spec: Spec) -> tuple[Draw, ...]:
    """Return what is drawn, or nothing."""
    return spec.random.draws if spec.random is not None else ()


def samples_of(spec: Spec) -> int:
    """Return how many samples the spec lists; 0 without any."""
    return len(spec.data.rows) if spec.data is not None and spec.data.rows is not None else 0


def draws_hash(spec: Spec) -> str:
    """Return a digest of what the drawn numbers depend on."""
    return _digest(_core(spec))


def _digest(told: object) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:32]


@overload
def variant(evaluation: Evaluation | Derivation, record: Record) -> Evaluation: ...
@overload
def variant(evaluation: Evaluated | Derivation | ArrayDerivation, record: Record) -> Any: ...
def variant(evaluation: Evaluated | Derivation | ArrayDerivation, record: Record) -> Any:
    """Return the same derivation with a record's numbers; nothing is derived again, and SymPy is not asked.

    Decimals have 400 digits at once: contributions of samples often cancel in some variant, and none should be worked out twice.

    Raises SpecError where the record belongs to another spec, or where its numbers have no value somewhere.
    """
    derivation = evaluation if isinstance(evaluation, (Derivation, ArrayDerivation)) else evaluation.derivation
    if isinstance(derivation, ArrayDerivation):
        check_spec(derivation, record)
        return run_arrays(replace(derivation, spec=filled_arrays(derivation.spec, record)))
    return run(derivation_of(derivation, record), digits=PRECISIONS[1])


def derivation_of(evaluation: Evaluation | Derivation, record: Record) -> Derivation:
    """Return the derivation of one variant, its numbers given, nothing evaluated."""
    derivation = evaluation.derivation if isinstance(evaluation, Evaluation) else evaluation
    graph = derivation.graph
    check_spec(graph, record)
    spec = filled(graph.spec, record)
    given = {**graph.given, **{name: (spec_value(spec, name),) for name in record.values}}
    if record.rows is not None and spec.data is not None and spec.data.rows is not None:
        for place, column in enumerate(spec.data.columns):
            given[column] = tuple(row[place].value for row in spec.data.rows)
    return derivation.with_numbers(replace(graph, spec=spec, given=given))


def spec_value(spec: Spec, name: str):
    """Return a name's number under `values` or `constants`."""
    return (spec.values[name] if name in spec.values else spec.constants[name]).value


def check_spec(graph: Graph | ArrayDerivation, record: Record) -> None:
    """Raise SpecError where the record was made from another spec than the graph."""
    if record.spec != _hash_of(graph):
        name = graph.spec.name
        message = f"the record of {record.student!r} was made from another spec, or from another state of {name}"
        raise SpecError(Problem(message, hint="draw the variants anew, or go back to the spec they were drawn from"))


@kept_with_owner
def _hash_of(graph: Graph | ArrayDerivation) -> str:
    return spec_hash(graph.spec)


def filled(spec: Spec, record: Record) -> Spec:
    """Return the spec with the record's numbers in place of its own."""
    numbers = {name: _value(text) for name, text in record.values.items()}
    strange = [name for name in numbers if name not in spec.values and name not in spec.constants]
    if strange:
        raise SpecError(Problem(f"the record of {record.student!r} has a number for {strange[0]}, which is not drawn"))
    return replace(
        spec,
        values=_with(spec.values, numbers),
        constants=_with(spec.constants, numbers),
        data=_with_rows(spec.data, record),
    )


def filled_arrays(spec: Spec, record: Record) -> Spec:
    """Return a spec with arrays, the record's numbers in the places of their entries (`W_23`, of a sample `x_1[2]`)."""
    assert spec.arrays is not None
    arrays = {name: list(array.numbers) for name, array in spec.arrays.values.items()}
    rows = [list(row) for row in spec.data.rows or ()] if spec.data is not None else []
    scalars: dict[str, Value] = {}
    for name, text in record.values.items():
        column, _, sample = name.removesuffix("]").partition("[")
        place = _place_in(name, spec.arrays)
        if sample and spec.data is not None and column in spec.data.columns and int(sample) <= len(rows):
            rows[int(sample) - 1][spec.data.columns.index(column)] = _value(text)
        elif place is not None:
            arrays[place[0]][place[1]] = _value(text)
        elif name in spec.values or name in spec.constants:
            scalars[name] = _value(text)
        else:
            raise SpecError(Problem(f"the record of {record.student!r} has a number for {name}, which is not drawn"))
    values = {name: replace(array, numbers=tuple(arrays[name])) for name, array in spec.arrays.values.items()}
    return replace(
        spec,
        arrays=replace(spec.arrays, values=MappingProxyType(values)),
        values=_with(spec.values, scalars),
        constants=_with(spec.constants, scalars),
        data=replace(spec.data, rows=tuple(map(tuple, rows))) if spec.data is not None and rows else spec.data,
    )


def _place_in(name: str, arrays: Arrays) -> tuple[str, int] | None:
    """Return the array that a name is an entry of, and which number of it that is, row by row."""
    found, place = entry_at(name, {name: array.shape for name, array in arrays.values.items()}), 0
    if found is None:
        return None
    for index, size in zip(found[1], arrays.values[found[0]].shape, strict=True):
        place = place * size + index
    return found[0], place


def _with(before: Mapping[str, Value], numbers: Mapping[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType({name: numbers.get(name, value) for name, value in before.items()})


def _value(text: str) -> Value:
    return Value(read_number(text), text)


def _with_rows(data: Data | None, record: Record) -> Data | None:
    if data is None or record.rows is None:
        return data
    if any(len(row) != len(data.columns) for row in record.rows) or len(record.rows) != len(data.rows or ()):
        raise SpecError(Problem(f"the record of {record.student!r} has rows that do not fit the data of {data.columns}"))
    return replace(data, rows=tuple(tuple(map(_value, row)) for row in record.rows))
