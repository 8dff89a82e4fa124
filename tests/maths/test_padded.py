"""Zeros at the end of decimals, where they are asked for; answers that rounding leaves nothing of are told."""

from __future__ import annotations

import pytest

from derivgen.checks.pages import equalities, verify_document
from derivgen.checks.report import check
from derivgen.cli.checking import rounded_away
from derivgen.documents.compose import compose
from derivgen.maths.plain import plain
from derivgen.spec.load import loads
from derivgen.work import evaluate

SPEC = """
equations: |
  z = w*x + b
  L = (z - y)^2
inputs: [x]
targets: [y]
values: {x: 0.50, y: 2, w: 0.20, b: 0.40}
"""


def lines(text: str) -> list[list[str]]:
    evaluation = evaluate(loads(text))
    assert check(evaluation).problems() == ()
    document = compose(evaluation, "notes")
    assert verify_document(document, (evaluation,)) > 3
    return [[plain(side) for side in line.sides] for line in equalities(document.blocks)]


def test_given_numbers_stay_as_written_and_results_are_filled_up() -> None:
    assert ["z", "w*x + b", "0.20*0.50 + 0.40", "0.50"] in lines(SPEC + "numbers: {pad: true, digits: 2, rounding: decimals}\n")
    assert ["z", "w*x + b", "0.20*0.50 + 0.40", "0.5000"] in lines(SPEC + "numbers: {pad: true}\n")
    assert ["z", "w*x + b", "0.2*0.5 + 0.4", "0.5"] in lines(SPEC)


def test_a_padded_number_is_exact() -> None:
    printed = lines(SPEC + "numbers: {pad: true, digits: 3, rounding: decimals}\n")
    assert ["L", "(z - y)^2", "(0.500 - 2)^2", "2.250"] in printed


DECIMALS = "{digits: 2, rounding: decimals}"


@pytest.mark.parametrize(
    ("numbers", "told"), [(DECIMALS, True), ("{digits: 2}", False), ("{digits: 6, rounding: decimals}", False)]
)
def test_an_answer_that_rounds_to_0_is_told(numbers: str, told: bool) -> None:
    text = SPEC.replace("x: 0.50", "x: 0.0001")
    found = rounded_away(evaluate(loads(f"{text}numbers: {numbers}\n")))
    assert [problem.severity for problem in found] == ["warning"] * told
    assert all("dL/dw" in problem.message and "dL/db" not in problem.message for problem in found)


def test_what_is_0_is_no_loss() -> None:
    assert rounded_away(evaluate(loads(SPEC.replace("x: 0.50", "x: 0") + "numbers: {digits: 2, rounding: decimals}\n"))) == ()
