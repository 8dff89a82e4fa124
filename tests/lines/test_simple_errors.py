"""∂C/∂z = a - y: where it is said, where not, what it takes the place of, against differences of the forward pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.checks.pages import verify_document
from derivgen.cli.checking import checked
from derivgen.documents.compose import as_printed, compose
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import error_line, error_numbers
from derivgen.maths.plain import plain
from derivgen.maths.tree import Neg
from tests.product import every_line

LAST = "{units: 3, activation: softmax}"
SPEC = """
network:
  inputs: [x_1]
  layers: [{{units: 2, activation: tanh}}, {last}]
  loss: {{name: C, kind: {kind}}}
{rest}
"""


def network(tmp_path: Path, kind: str, last: str = LAST, rest: str = "", *wrt: str) -> Evaluation:
    file = tmp_path / "net.yaml"
    file.write_text(SPEC.format(kind=kind, last=last, rest=rest))
    evaluation, report = checked(file, wrt)
    report.stop_if_false()
    assert verify_document(compose(evaluation, "notes"), (as_printed(evaluation),)) > 0
    return evaluation


def said(evaluation: Evaluation) -> dict[str, list[str]]:
    lines = [line for line in every_line(compose(evaluation, "notes").blocks) if line.left is not None]
    return {plain(line.left): [plain(side) for _, side in line.steps] for line in lines if line.left is not None}


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("cross_entropy", LAST),
        ("binary_cross_entropy", "{units: 2, activation: σ}"),
        ("binary_cross_entropy", "{units: 1, activation: sig}"),
    ],
)
def test_the_error_is_said_directly(tmp_path: Path, kind: str, last: str) -> None:
    evaluation = network(tmp_path, kind, last)
    lines = said(evaluation)
    assert lines["dC/dz__2_1"] == ["a__2_1 - y_1"]
    assert "dC/da__2_1" not in lines and "dC/da__1_1" in lines
    line, tried = error_line(evaluation, "z__2_1"), trial(evaluation.derivation)
    assert line is not None and line.reason is not None
    assert verify([line], evaluation, tried).checked == 1
    assert verify([replace(line, sides=(line.sides[0], Neg(line.last)))], evaluation, tried).false


def test_what_is_asked_for_is_said_as_well(tmp_path: Path) -> None:
    lines = said(network(tmp_path, "cross_entropy", LAST, "", "a__2_2", "w__1_11"))
    assert lines["dC/da__2_2"] == ["-(y_2/a__2_2)"] and "dC/da__2_1" not in lines


def test_of_one_unit_alone(tmp_path: Path) -> None:
    lines = said(network(tmp_path, "binary_cross_entropy", "{units: 2, activation: sig}", "", "b__2_2"))
    assert lines["dC/dz__2_2"] == ["a__2_2 - y_2"] and "dC/dz__2_1" not in lines


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("squared_error", LAST),
        ("binary_cross_entropy", "{units: 2, activation: tanh}"),
        ("cross_entropy", "{units: 2, activation: sig}"),
    ],
)
def test_other_pairs_are_worked_out(tmp_path: Path, kind: str, last: str) -> None:
    evaluation = network(tmp_path, kind, last)
    assert error_line(evaluation, "z__2_1") is None and "dC/da__2_1" in said(evaluation)


VALUES = (
    "w__1_11: 0.5, w__1_21: -1, b__1_1: 0, b__1_2: 1, w__2_11: 1, w__2_12: 2, w__2_21: 0, w__2_22: -1, w__2_31: 1, w__2_32: 0.5"
)
GIVEN = f"values: {{{VALUES}, b__2_1: 0, b__2_2: 0, b__2_3: 1"


def test_with_numbers(tmp_path: Path) -> None:
    evaluation = network(tmp_path, "cross_entropy", LAST, f"{GIVEN}, x_1: 1, y_1: 0.25, y_2: 0.75, y_3: 0}}")
    numbers = error_numbers(as_printed(evaluation), "z__2_2")
    assert numbers is not None and plain(numbers.sides[1]).endswith("- 0.75")
    assert said(evaluation)["dC/dz__2_2"][-1] == plain(numbers.last)


def test_of_several_samples_with_their_share(tmp_path: Path) -> None:
    data = "data: {columns: [x_1, y_1, y_2, y_3], rows: [[1, 1, 0, 0], [-1, 0, 0, 1]]}"
    evaluation = network(tmp_path, "cross_entropy", LAST, f"{GIVEN}}}\n{data}")
    first = next(sides for left, sides in said(evaluation).items() if left.startswith("dC/dz__2_1"))
    assert [side.replace("[i]", "").replace("_i", "") for side in first] == ["1/2*(a__2_1 - y_1)"]


def test_rounded_numbers_carried_on_go_the_long_way(tmp_path: Path) -> None:
    rest = f"{GIVEN}, x_1: 1, y_1: 0, y_2: 1, y_3: 0}}\nnumbers: {{carry: shown, digits: 2}}"
    assert "dC/da__2_1" in said(network(tmp_path, "cross_entropy", LAST, rest))
