"""A gradient's way to the form of the books, as lines with reasons: in full and short chains, however the network is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.derivation.derive import derive
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines import simplified
from derivgen.lines.equality import LineKind
from derivgen.lines.every import every_line
from derivgen.lines.simplified import (
    simplified_adjoint_lines,
    simplified_adjoint_value,
    simplified_lines,
    simplified_value,
)
from derivgen.maths.plain import plain
from derivgen.maths.tree import Sum, number
from derivgen.spec.load import loads

LOGISTIC = """
equations: |
  z = w*x + b
  a = sig(z)
  L = -(y*ln(a) + (1 - y)*ln(1 - a))
inputs: [x]
targets: [y]
"""
SOFTMAX = """
equations: |
  z_1 = w_1*x
  z_2 = w_2*x
  p_1, p_2 = softmax(z_1, z_2)
  L = -(y_1*ln(p_1) + y_2*ln(p_2))
inputs: [x]
targets: [y_1, y_2]
"""
NEURONS = """
network:
  inputs: [x_1]
  layers: [{neurons: [3, 4], activation: softmax}]
  loss: {name: L, kind: cross_entropy, target: [y_1, y_2]}
"""
NUMBERS = "values: {w: 1/2, b: -1, x: 2, y: 1}\n"


def evaluation(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def forms(spec: str, name: str) -> list[tuple[str, str]]:
    found = evaluation(spec)
    lines = simplified_lines(found.derivation, found.derivation.gradients[name])
    return [(plain(line.last), line.reason.message if line.reason else "") for line in lines]


@pytest.mark.parametrize("chain", ["full", "two_stage"])
@pytest.mark.parametrize("numbers", ["", NUMBERS, "parameters: [w, b]\nvalues: {w: 1/2}\n"])
def test_logistic_regression_arrives_at_the_error(chain: str, numbers: str) -> None:
    found = forms(f"{LOGISTIC}{numbers}notation: {{chain: {chain}}}\n", "w")
    assert found[-1] == ("(a - y)*x", "sign taken into the brackets")
    assert len(found) <= simplified.MOST_LINES


def test_softmax_keeps_the_sum_of_targets_that_nothing_is_known_of() -> None:
    assert forms(SOFTMAX, "w_1")[-1][0] in {"(p_1*(y_1 + y_2) - y_1)*x", "(p_1*(y_2 + y_1) - y_1)*x"}


def test_softmax_with_targets_that_add_up_to_1() -> None:
    found = forms(SOFTMAX + "values: {x: 2, w_1: 1, w_2: -1, y_1: 0, y_2: 1}\n", "w_1")
    assert found[-1] == ("(p_1 - y_1)*x", "the targets add up to 1")
    assert forms(NEURONS, "W_13")[-1] == ("(A_3 - y_1)*x_1", "the targets add up to 1")


def test_with_the_short_chain_the_first_that_simplifies_says_it() -> None:
    found = evaluation(f"{LOGISTIC}notation: {{chain: reuse}}\n")
    assert [plain(line.last) for line in simplified_adjoint_lines(found, "z")][-1] == "a - y"
    assert simplified_adjoint_lines(found, "w") == ()


def test_over_samples_the_share_of_the_mean_stands_before_the_sum() -> None:
    spec = LOGISTIC.replace("L = -(", "L = mean(-(").replace("(1 - a))", "(1 - a)))")
    data = "data: {columns: [x, y], rows: [[1, 0], [2, 1], [0, 1]]}\nvalues: {w: 1, b: 0}\n"
    assert forms(spec + data, "w")[-1][0] == "1/3*sum(i=1..3: (a[i] - y[i])*x[i])"


def test_nothing_is_said_where_the_product_is_simple() -> None:
    assert forms("equations: L = (y - w*x)^2\ntargets: [y]\ninputs: [x]\n", "w") == []


def test_like_factors_are_collected() -> None:
    assert forms("equations: |\n  u = w^2\n  L = u*w\n", "w") == [("2*w^2 + u", "powers of the same base put together")]
    atan = "equations: |\n  a = atan(w)\n  L = (y - a)^2\ntargets: [y]\n"
    assert forms(atan, "w") == [("-(2*(y - a)/(1 + w^2))", "numbers and signs collected")]


def test_the_numbers_go_into_the_simplified_form() -> None:
    found = evaluation(LOGISTIC + NUMBERS)
    line = simplified_value(found, found.derivation.gradients["w"])
    assert line is not None
    assert plain(line.sides[1]) == "(1/2 - 1)*2" or plain(line.sides[1]) == "(0.5 - 1)*2"
    assert plain(line.last) == "-1"


@pytest.mark.parametrize("spec", [LOGISTIC, LOGISTIC + NUMBERS, SOFTMAX, NEURONS])
def test_every_line_is_checked_and_a_wrong_one_is_found(spec: str) -> None:
    found = evaluation(spec)
    tried = trial(found.derivation)
    lines = every_line(found)
    own = [line for line in lines if line.kind is LineKind.SIMPLIFIED]
    assert own
    verdict = verify(lines, found, tried)
    assert (verdict.false, verdict.unchecked) == ((), ())
    wrong = [replace(line, sides=(line.sides[0], Sum((line.last, number(1))))) for line in own]
    assert len(verify(wrong, found, tried).false) >= len(wrong)


def test_the_numbers_go_into_the_shorter_form_of_an_adjoint() -> None:
    evaluation = run(derive(build(loads("equations: L = -ln(sig(z))\nvalues: {z: 1}\nwrt: [z]\nnotation: {chain: reuse}\n"))))
    line = simplified_adjoint_value(evaluation, "z")
    assert line is not None
    assert [plain(side) for side in line.sides[1:]] == ["sig(1) - 1", "-0.2689"]  # 1/(1 + 1/e) - 1
    assert line in every_line(evaluation)


def test_a_function_may_stand_in_the_form_that_the_numbers_go_into() -> None:
    text = "equations: |\n  p = sig(z)\n  L = -(1 - p)^2*ln(p)\nvalues: {z: 0}\nwrt: [z]\n"
    evaluation = run(derive(build(loads(text))))
    line = simplified_value(evaluation, evaluation.derivation.gradients["z"])
    assert line is not None
    assert "ln(1/2)" in plain(line.sides[1])
    assert plain(line.last) == "-0.2983"  # (2 ln(1/2)/2 - 1/2)/4
