"""Records: one line of JSON each, read back as they were; what is none is told with its line."""

from __future__ import annotations

import json

import pytest

from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.spec.load import loads
from derivgen.variants.records import as_lines, from_json, read_records, variant
from derivgen.variants.search import draw
from derivgen.variants.verifying import Verifier
from tests.variants.spaces import AND_GATE, RATIONAL, derivation, search


def test_a_record_is_one_line_and_comes_back_as_it_was() -> None:
    record = draw(loads(RATIONAL), "5", "Zoë, “the 1st”")
    line = record.as_json()
    assert "\n" not in line
    assert "Zoë" in line
    assert from_json(line) == record
    assert read_records(as_lines([record, record]), "records.jsonl") == (record, record)


def test_a_variant_is_the_derivation_with_the_records_numbers() -> None:
    worked = derivation(RATIONAL)
    record = search(RATIONAL).record("s")
    found = variant(worked, record)
    assert found.derivation.locals is worked.locals
    assert found.graph.spec.values["b"].text == record.values["b"]
    by_hand = RATIONAL.partition("random:")[0].replace("count: 3", f"rows: {json.dumps(record.rows)}".replace('"', ""))
    by_hand += f"values: {json.dumps(dict(record.values))}".replace('"', "")
    assert run(derivation(by_hand)).values["L"] == found.values["L"]


def test_a_record_of_another_spec_is_refused() -> None:
    record = draw(loads(AND_GATE), "5", "s")
    with pytest.raises(SpecError, match="made from another spec"):
        variant(derivation(AND_GATE.replace("ReLU", "tanh")), record)
    with pytest.raises(SpecError, match="made from another spec"):
        list(Verifier(derivation(AND_GATE.replace("ReLU", "tanh"))).verified([record]))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "no JSON"),
        ("[]", "no record"),
        ('{"record": 1}', "lacks 'student'"),
        ('{"record": 1, "student": "a", "seed": "0", "spec": "x", "values": {"w": "1/0"}}', "'values'"),
        ('{"record": 1, "student": "a", "seed": "0", "spec": "x", "values": {"w": 0.1}}', "'values'"),
        ('{"record": 1, "student": 3, "seed": "0", "spec": "x", "values": {}}', "'student'"),
        ('{"record": 1, "student": "a", "seed": "0", "spec": "x", "values": {}, "rows": [["x"]]}', "'rows'"),
        ('{"record": 1, "student": "a", "seed": "0", "spec": "x", "values": {}, "more": 1}', "unknown key 'more'"),
        ('{"record": 2, "student": "a", "seed": "0", "spec": "x", "values": {}}', "format 1"),
    ],
)
def test_what_is_no_record_is_told_with_its_line(line: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_records(f"\n{line}\n", "class.jsonl")
    assert told in str(caught.value)
    assert "class.jsonl:2:1" in str(caught.value)


@pytest.mark.parametrize(
    ("whose", "why"),
    [("9" * 300, "has 300 characters; 40 is the most"), ("17\n18", "line break"), ("../17", "does not begin with")],
)
@pytest.mark.parametrize("key", ["student", "group"])
def test_an_id_that_no_roster_could_have_is_refused(key: str, whose: str, why: str) -> None:
    told = json.loads(draw(loads(RATIONAL), "0", "1").as_json()) | {key: whose}
    with pytest.raises(SpecError, match=why):
        from_json(json.dumps(told))
