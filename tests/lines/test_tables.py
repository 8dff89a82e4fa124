"""What stands at the end of a gradient: totals of tables and products of other paths, added up; a number rounded once."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import exp

import pytest

from derivgen.checks.pages import equalities, verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose
from derivgen.evaluation import Evaluation, carried_on, run
from derivgen.graph import build
from derivgen.lines.every import every_line
from derivgen.lines.tables import SampleTable, result_line, sample_table
from derivgen.maths.plain import plain
from derivgen.maths.tree import Marked
from derivgen.spec.load import load, loads


def evaluation_of(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def table_of(evaluation: Evaluation, *names: str) -> SampleTable:
    table = sample_table(evaluation, [evaluation.derivation.gradients[name] for name in names])
    assert table is not None
    return table


def result(evaluation: Evaluation, name: str) -> list[str]:
    line = result_line(evaluation, evaluation.derivation.gradients[name])
    assert line is not None
    return [plain(side) for side in line.sides[1:]]


def test_the_total_of_a_table_and_a_path_beside_the_samples() -> None:
    evaluation = run(derive(build(load("specs/small/weight_decay.yaml"))))
    line = result_line(evaluation, evaluation.derivation.gradients["w"])
    assert line is not None and line.relations == ("≈", "≈")
    assert result(evaluation, "w") == ["-0.6667 + 0.4", "-0.2667"]
    assert line in every_line(evaluation)
    printed = [[plain(side) for side in each.sides] for each in equalities(compose(evaluation, "notes").blocks)]
    assert ["dL/dw", "-0.666667 + 0.4", "-0.2667"] in printed


def test_one_path_goes_straight_to_the_result() -> None:
    evaluation = run(derive(build(load("specs/small/batch.yaml"))))
    assert len(result(evaluation, "w")) == 1


SEVERAL = """
equations: |
  u = w*x/7
  L = mean(u^2) + mean(u)/3 + mean(sig(u)) + c*w^2/11
values: {w: 0.7, c: 1/3}
data: {columns: [x], rows: [[1], [2], [1/3]]}
"""


@pytest.mark.parametrize(("digits", "rounding"), list(product([2, 3, 4, 5, 6, 8], ["significant", "decimals"])))
def test_the_printed_parts_add_up_to_the_printed_result(digits: int, rounding: str) -> None:
    evaluation = evaluation_of(SEVERAL + f"numbers: {{digits: {digits}, rounding: {rounding}}}\n")
    line = result_line(evaluation, evaluation.derivation.gradients["w"])
    assert line is not None
    assert not isinstance(line.last, Marked), [plain(side) for side in line.sides]
    assert check(evaluation).problems() == ()
    verify_document(compose(evaluation, "notes"), (evaluation,))


def test_the_totals_in_the_line_are_those_of_the_tables() -> None:
    evaluation = evaluation_of(SEVERAL)
    line = result_line(evaluation, evaluation.derivation.gradients["w"])
    assert line is not None
    table = table_of(evaluation, "w")
    assert table.paths == (("w", 0),)
    (total,) = table.totals
    assert plain(line.sides[1]).startswith(plain(total) + " + ")


def test_with_figures_carried_on_the_line_follows_from_the_figures() -> None:
    evaluation = evaluation_of(SEVERAL + "numbers: {digits: 2, carry: shown}\n")
    carried = carried_on(evaluation)
    line = result_line(carried, carried.derivation.gradients["w"])
    assert line is not None
    total, _, other = plain(line.sides[1]).partition(" + ")
    assert [total] == [plain(each) for each in table_of(carried, "w").totals]
    assert abs(Fraction(total) + Fraction(other) - Fraction(plain(line.last))) <= Fraction(5, 1000)
    verify_document(compose(evaluation, "notes"), (as_printed(evaluation),))


def test_a_row_whose_figures_do_not_lead_to_its_result_has_a_mark() -> None:
    evaluation = evaluation_of(
        "equations: |\n  u = w*x\n  v = exp(u)\n  L = mean(v*c)\nvalues: {w: 27, c: 1/3}\n"
        "data: {columns: [x], rows: [[1], [-1], [0.3]]}\nnumbers: {digits: 2, rounding: decimals}\n"
    )
    table = table_of(evaluation, "w")
    assert [isinstance(row[-1], Marked) for row in table.products] == [True, False, False]
    assert check(evaluation).problems() == ()


def test_ones_that_carry_a_share_of_the_mean_have_a_column() -> None:
    evaluation = evaluation_of(
        "equations: |\n  u = w*x\n  m = mean(u)\n  Loss = m^2\nvalues: {w: 2}\ndata: {columns: [x], rows: [[1], [2]]}\n"
    )
    table = table_of(evaluation, "w")
    assert [plain(head) for head in table.header] == ["2*m", "1/2", "x[i]"]


SINGLE = """
equations: |
  g = tanh(a)
  u = g*b
  h = u
  k = -u
  L = h*k
values: {a: 0.8, b: 0.3}
wrt: ["*"]
"""


def test_a_number_is_rounded_once_on_a_line() -> None:
    """∂u/∂b = g is 0.6640, not 0.664037 and then 0.6640."""
    lines = {line.about: line for line in every_line(evaluation_of(SINGLE))}
    assert [plain(side) for side in lines["factor value", "u", "b"].sides[1:]] == ["0.6640"]
    assert [plain(side) for side in lines["forward", "h"].sides[1:]] == ["0.1992"]
    assert [plain(side) for side in lines["forward", "k"].sides[1:]] == ["-0.1992"]


PENALIZED = """
equations: |
  a = sig(w*x + b)
  J = mean(-(y*ln(a) + (1 - y)*ln(1 - a))) + lambda/2*w^2
values: {w: 1, b: -1, lambda: 0.1}
inputs: [x]
targets: [y]
constants: [lambda]
data: {columns: [x, y], rows: [[1, 1], [2, 0], [0.5, 1]]}
numbers: {digits: 4}
"""


def test_the_numbers_of_samples_go_into_the_simplified_form() -> None:
    evaluation = evaluation_of(PENALIZED)
    table = table_of(evaluation, "w", "b")
    assert [plain(head) for head in table.header] == ["1/3*(a[i] - y[i])", "x[i]"]
    samples, (w, b, penalty) = [(1, 1), (2, 0), (0.5, 1)], (1, -1, 0.1)
    shares = [(1 / (1 + exp(-(w * x + b))) - y) * x / 3 for x, y in samples]
    assert [float(plain(row[0])) for row in table.products] == pytest.approx(shares, abs=5e-5)
    total, _, other = result(evaluation, "w")[0].partition(" + ")
    assert (float(total), other) == (pytest.approx(sum(shares), abs=5e-5), "0.1*1")
    assert float(result(evaluation, "w")[1]) == pytest.approx(sum(shares) + penalty * w, abs=5e-5)
    assert check(evaluation).problems() == ()
    verify_document(compose(evaluation, "notes"), (evaluation,))


def test_a_factor_has_the_same_figures_in_every_table() -> None:
    evaluation = evaluation_of(PENALIZED)
    columns = {tuple(row[0] for row in table_of(evaluation, name).factors) for name in ("w", "b")}
    assert len(columns) == 1


def test_a_gradient_that_is_not_known_has_no_column_beside_one_that_is() -> None:
    text = PENALIZED.replace("lambda: 0.1", "").replace("b: -1, ", "b: -1")
    evaluation = evaluation_of(text)
    assert sorted(evaluation.adjoints) != [] and "w" not in evaluation.adjoints
    assert table_of(evaluation, "w", "b").paths == (("b", 0),)
    assert check(evaluation).problems() == ()


def test_a_product_of_three_means_has_no_table_of_one_of_them() -> None:
    """The bracket 2 mean(…) mean(…) beside mean(q): its means were lost, and the total was that of 2 q/3."""
    spec = "equations: |\n  s = mean(a + m*q)\n  L = exp(-mean(n/(2 + sin(s)))^2)\nvalues: {m: -0.2}\nparameters: [m]\n"
    evaluation = run(
        derive(build(loads(f"{spec}data: {{columns: [a, n, q], rows: [[-3, -1/4, 1], [-1, 1, 2], [1, 0.01, 3]]}}\n")))
    )
    whole = evaluation.derivation.simplification("m")
    assert whole is not None
    assert plain(whole.result).count("mean(") == 3
    assert sample_table(evaluation, list(evaluation.derivation.gradients.values())) is None
    assert check(evaluation).problems() == ()
