"""A record's numbers put into a derivation: derived once, evaluated for as many variants as are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from derivgen.derivation.derive import Derivation
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.maths.numerals import read_number
from derivgen.spec.model import Data, Spec, Value
from derivgen.variants.records import Record
from derivgen.variants.stream import spec_hash


def variant(evaluation: Evaluation | Derivation, record: Record) -> Evaluation:
    """The same derivation with a record's numbers; nothing is derived again, and SymPy is not asked.

    Raises SpecError where the record belongs to another spec, or where its numbers have no value somewhere.
    """
    return run(derivation_of(evaluation, record))


def derivation_of(evaluation: Evaluation | Derivation, record: Record) -> Derivation:
    """The derivation of one variant, its numbers given, nothing evaluated."""
    derivation = evaluation.derivation if isinstance(evaluation, Evaluation) else evaluation
    graph = derivation.graph
    check_spec(graph.spec, record)
    spec = filled(graph.spec, record)
    given = {**graph.given, **{name: (spec_value(spec, name),) for name in record.values}}
    if record.rows is not None and spec.data is not None and spec.data.rows is not None:
        for place, column in enumerate(spec.data.columns):
            given[column] = tuple(row[place].value for row in spec.data.rows)
    return replace(derivation, graph=replace(graph, spec=spec, given=given))


def spec_value(spec: Spec, name: str):
    """A name's number under `values` or `constants`."""
    return (spec.values[name] if name in spec.values else spec.constants[name]).value


def check_spec(spec: Spec, record: Record) -> None:
    """Raises SpecError where the record was made from another spec."""
    if record.spec != _hash_of(spec):
        message = f"the record of {record.student!r} was made from another spec, or from another state of {spec.name}"
        raise SpecError(Problem(message, hint="draw the variants anew, or go back to the spec they were drawn from"))


_hashes: list[tuple[Spec, str]] = []


def _hash_of(spec: Spec) -> str:
    """The spec's hash, worked out once for all variants of one spec."""
    if not _hashes or _hashes[0][0] is not spec:
        _hashes[:] = [(spec, spec_hash(spec))]
    return _hashes[0][1]


def filled(spec: Spec, record: Record) -> Spec:
    """The spec with the record's numbers in place of its own."""
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
