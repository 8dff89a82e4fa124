"""∂C/∂a as a sum over the units above, in index form: what it says, where it is not said, and that a false one is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.checks.pages import verify_document
from derivgen.cli.checking import checked
from derivgen.documents.compose import as_printed, compose
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import MOST_WRITTEN, sum_line
from derivgen.maths.plain import plain
from derivgen.maths.tree import SumOver
from derivgen.present.latex import latex

SPEC = """
network:
  inputs: [x_1, x_2]
  layers: [{{units: {below}, activation: tanh}}, {{units: {above}, activation: tanh{more}}}, {{units: 1}}]
  loss: {{name: C, kind: {kind}}}
{rest}
"""


def network(
    tmp_path: Path, above: int, below: int = 2, more: str = "", rest: str = "", kind: str = "squared_error"
) -> Evaluation:
    file = tmp_path / "net.yaml"
    file.write_text(SPEC.format(above=above, below=below, more=more, rest=rest, kind=kind))
    evaluation, report = checked(file)
    report.stop_if_false()
    assert verify_document(compose(evaluation, "notes"), (as_printed(evaluation),)) > 0
    return evaluation


def sides(evaluation: Evaluation, name: str) -> list[str]:
    line = sum_line(evaluation, name)
    assert line is not None
    return [plain(side) for side in line.sides]


def test_the_sum_in_index_form_then_written_out(tmp_path: Path) -> None:
    assert sides(network(tmp_path, 2), "a__1_2") == [
        "dC/da__1_2",
        "sum(m=1..2: dC/dz^2_m*(dz^2_m/da__1_2))",
        "dC/dz__2_1*w__2_12 + dC/dz__2_2*w__2_22",
    ]


@pytest.mark.parametrize(("above", "below", "weight"), [(MOST_WRITTEN + 1, 2, "w__2_m1"), (MOST_WRITTEN + 1, 10, "w__2_m_10")])
def test_over_many_units_the_index_form_takes_its_place(tmp_path: Path, above: int, below: int, weight: str) -> None:
    evaluation = network(tmp_path, above, below)
    line = sum_line(evaluation, f"a__1_{1 if below == 2 else 10}")
    assert line is not None and all(isinstance(side, SumOver) for side in line.sides[1:])
    assert weight.split("__2")[1].replace("_", "") in latex(line.last).replace(",", "")
    assert ("," in latex(line.last)) == (below == 10), "w^2_{m,10}"


def test_one_unit_above_needs_no_sign(tmp_path: Path) -> None:
    assert sum_line(network(tmp_path, 2), "a__2_1") is None


@pytest.mark.parametrize(
    ("more", "rest"), [(", net: [u, v]", ""), ("", "symbols: {z__2_1: {latex: \\zeta}}")], ids=["own names", "own symbols"]
)
def test_units_that_are_not_numbered_alike_are_written_out(tmp_path: Path, more: str, rest: str) -> None:
    assert sum_line(network(tmp_path, 2, more=more, rest=rest), "a__1_1") is None


def test_with_samples_counted_by_m(tmp_path: Path) -> None:
    data = "data: {columns: [x_1, x_2, y_1], rows: [[1, 2, 1], [0, 1, 0]], index: m}"
    values = ", ".join(f"w__{layer}_{to}{source}: 0.{to}{source}" for layer in (1, 2) for to in (1, 2) for source in (1, 2))
    rest = f"{data}\nvalues: {{{values}, w__3_11: 1, w__3_12: -1, b__1_1: 0, b__1_2: 1, b__2_1: 0, b__2_2: 1, b__3_1: 0}}"
    evaluation = network(tmp_path, 2, rest=rest, kind="mse")
    line = sum_line(evaluation, "a__1_1")
    assert line is not None
    assert latex(line.sides[1]).startswith(r"\sum_{k=1}^{2}") and "_{k,m}" in latex(line.sides[1])


def test_numbers_carried_as_shown(tmp_path: Path) -> None:
    file = tmp_path / "carried.yaml"
    units = "{weights: [[0.31, 0.77], [0.13, 0.59], [0.41, 0.23], [0.61, 0.11], [0.71, 0.19]], bias: none, activation: tanh}"
    file.write_text(f"""
network:
  inputs: [0.5, 0.25]
  target: [1]
  layers:
    - {{weights: [[0.3, 0.9], [0.2, 0.7]], bias: none, activation: tanh}}
    - {units}
    - {{weights: [[1, 2, 3, 4, 5]], bias: none}}
  loss: {{name: C, kind: squared_error}}
numbers: {{carry: shown, digits: 2}}
""")
    evaluation, report = checked(file)
    report.stop_if_false()
    assert verify_document(compose(evaluation, "notes"), (as_printed(evaluation),)) > 0


def test_a_false_sum_is_found(tmp_path: Path) -> None:
    evaluation = network(tmp_path, MOST_WRITTEN + 1)
    line, other = sum_line(evaluation, "a__1_1"), sum_line(evaluation, "a__1_2")
    assert line is not None and other is not None
    tried = trial(evaluation.derivation)
    assert not verify([line], evaluation, tried).false
    assert verify([replace(line, sides=(*line.sides[:-1], other.last))], evaluation, tried).false
