"""Note 001 in layers: every figure that is worked out by hand, as scalars and in the matrices."""

from __future__ import annotations

import json

import pytest

from derivgen.cli.checking import checked
from derivgen.machine import as_object
from derivgen.spec.load import loads
from tests.product import ROOT

NOTE = ROOT / "specs" / "notes" / "001_layers.yaml"

FORWARD = {"a__1_1": "5", "a__2_1": "36", "a__2_2": "48", "a__2_3": "62", "z__3_1": "3939", "a__3_1": "3939"}
GRADIENTS = {
    "a__3_1": "7868", "w__3_11": "283248", "w__3_12": "377664", "w__3_13": "487816", "b__3_1": "7868",
    "a__2_1": "149492", "a__2_2": "212436", "a__2_3": "243908",
    "w__2_11": "747460", "w__2_21": "1062180", "w__2_31": "1219540",
    "b__2_1": "149492", "b__2_2": "212436", "b__2_3": "243908",
    "a__1_1": "4429684", "w__1_11": "4429684", "b__1_1": "4429684",
}  # fmt: skip


@pytest.fixture(scope="module")
def note() -> dict:
    evaluation, report = checked(NOTE, ["*"])
    return json.loads(json.dumps(as_object(evaluation, report)))


def test_the_figures_of_note_001(note: dict) -> None:
    assert {name: note["quantities"][name]["value"] for name in FORWARD} == {name: [value] for name, value in FORWARD.items()}
    assert {name: note["gradients"][name]["value"] for name in GRADIENTS} == GRADIENTS
    assert note["checks"]["failed"] == note["checks"]["unchecked"] == 0


def test_its_matrices(note: dict) -> None:
    assert note["layers"][1:] == [
        {
            "W": {"value": [["5"], ["7"], ["9"]], "gradient": [["747460"], ["1062180"], ["1219540"]]},
            "b": {"value": ["11", "13", "17"], "gradient": ["149492", "212436", "243908"]},
            "z": ["36", "48", "62"],
            "a": ["36", "48", "62"],
            "delta": ["149492", "212436", "243908"],
        },
        {
            "W": {"value": [["19", "27", "31"]], "gradient": [["283248", "377664", "487816"]]},
            "b": {"value": ["37"], "gradient": ["7868"]},
            "z": ["3939"],
            "a": ["3939"],
            "delta": ["7868"],
        },
    ]


def layers(text: str) -> list[dict]:
    from derivgen.checks.report import check
    from derivgen.derivation.derive import derive
    from derivgen.evaluation import run
    from derivgen.graph import build

    evaluation = run(derive(build(loads(text))))
    report = check(evaluation)
    assert not report.failed
    assert json.loads(json.dumps(as_object(evaluation, report)))["layers"]
    return as_object(evaluation, report)["layers"]


def test_what_is_not_known_is_null() -> None:
    first, last = layers("""
network:
  inputs: [3, x]
  layers: [{weights: [[2, 0], [1, w]], bias: none, activation: ReLU}, {units: 1}]
  loss: {kind: squared_error}
""")
    assert first == {
        "W": {"value": [["2", "0"], ["1", None]], "gradient": [[None, None], [None, None]]},
        "b": None,
        "z": [None, None],
        "a": [None, None],
        "delta": [None, None],
    }
    assert last["b"] == {"value": [None], "gradient": [None]}


def test_a_batch_stands_unit_by_unit() -> None:
    (only,) = layers("""
network:
  inputs: 1
  layers: [{weights: [[2], [1]], bias: [0, b]}]
  loss: {kind: mse}
data: {columns: [x_1, y_1, y_2], rows: [[1, 1, 0], [2, 5, 0], [0, 0, 0]]}
values: {b: 1}
""")
    assert only["z"] == only["a"] == [["2", "4", "0"], ["2", "3", "1"]]
    assert only["delta"] == [["2/3", "-2/3", "0"], ["4/3", "2", "2/3"]]
    assert only["W"]["gradient"] == [["-2/3"], ["16/3"]]
    assert only["b"] == {"value": ["0", "1"], "gradient": ["0", "4"]}


def test_a_shared_name_has_one_gradient() -> None:
    (only,) = layers("""
network:
  inputs: [1, 2]
  target: [0]
  layers: [{weights: [[w, w]], bias: none}]
  loss: {kind: squared_error}
values: {w: 1}
""")
    assert only["W"] == {"value": [["1", "1"]], "gradient": [["18", "18"]]}
