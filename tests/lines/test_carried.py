"""Figures carried on: no equals sign before what a rounding has touched, and nothing beyond what roundings explain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivgen.checks.equalities import carried_verdict
from derivgen.checks.pages import equalities, verify_document
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose
from derivgen.documents.document import Document
from derivgen.errors import Place, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality
from derivgen.maths.functions import vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.plain import plain
from derivgen.spec.load import loads
from tests.product import ROOT

THIRD = """
notation: {chain: full}
equations: |
  u = v/3
  Loss = u + 0*v + w
values: {v: 2, w: 1/7}
numbers: {digits: 5, carry: shown}
"""


def made(text: str, audience: str = "notes") -> tuple[Evaluation, Document]:
    evaluation = run(derive(build(loads(text))))
    return as_printed(evaluation), compose(evaluation, audience)


def lines(text: str, audience: str = "notes") -> list[str]:
    _, document = made(text, audience)
    return [text_of(line) for line in equalities(document.blocks)]


def text_of(line: Equality) -> str:
    steps = zip(line.relations, line.sides[1:], strict=True)
    return plain(line.sides[0]) + "".join(f" {sign} {plain(side)}" for sign, side in steps)


def test_a_third_is_not_equal_to_its_figures() -> None:
    printed = lines(THIRD)
    assert "u = v/3 = 2/3 ≈ 0.66667" in printed
    assert "Loss = u + 0*v + w ≈ 0.66667 + 0*2 + 0.14286 = 0.80953" in printed
    assert "dLoss/dv ≈ 1*0.33333 + 0 = 0.33333" in printed


def test_the_key_says_so_as_well() -> None:
    printed = lines(THIRD, "key")
    assert not any("= 0.33333" in line or "= 0.66667" in line for line in printed)


def test_what_figures_give_to_the_last_digit_is_equal_to_them_and_no_more() -> None:
    text = "equations: |\n  u = v/3\n  L = u*u*w\nvalues: {v: 2, w: 0.5}\nnumbers: {digits: 2, carry: shown}\n"
    evaluation, document = made(text)
    printed = [text_of(line) for line in equalities(document.blocks)]
    assert "u = v/3 = 2/3 ≈ 0.67" in printed
    assert "L = u*u*w ≈ 0.67*0.67*0.5 ≈ 0.22" in printed  # 0.224450
    assert "dL/du = u*w + u*w = 2*u*w ≈ 2*0.67*0.5 = 0.67" in printed
    told = next(line for line in equalities(document.blocks) if "=" in line.relations and plain(line.last) == "0.22")
    claimed = replace(told, sides=(*told.sides[:-1], replace(told.last, follows=True)))
    assert carried_verdict(told, evaluation).false == ()
    assert carried_verdict(claimed, evaluation).false != ()


def test_what_rounded_figures_do_not_touch_is_equal() -> None:
    printed = lines("equations: |\n  u = v/3\n  L = a*u\nvalues: {v: 2, a: 0}\nnumbers: {carry: shown}\n")
    assert "L = a*u ≈ 0*0.6667 = 0" in printed


WIDE = """
equations: |
  z = a*b + c
  p = sin(z)
  L = p^2*d
values: {a: 5474.389, b: -1000.3, c: 0.77, d: 0.02}
numbers: {digits: 3, carry: shown}
"""


@pytest.mark.parametrize("audience", ["notes", "key", "worksheet"])
def test_figures_may_drift_as_far_as_their_roundings_take_them(audience: str) -> None:
    """sin of a number of seven digits, three of which are carried on, is anything at all: that is no mistake."""
    evaluation, document = made(WIDE, audience)
    assert verify_document(document, (evaluation,)) >= 0


def test_a_rounding_that_leaves_no_value_is_told_as_one() -> None:
    text = "equations: L = 1/a\nvalues: {a: 0.001}\nnumbers: {digits: 2, rounding: decimals, carry: shown}\n"
    with pytest.raises(SpecError, match="with every number rounded before it is used, L has no value: division by zero"):
        made(text)


OPEN_RATE = """
notation: {chain: full}
equations: |
  z = w*x
  L = (y - z)^2
inputs: [x]
targets: [y]
values: {w: 1.23456, x: 2, y: 1}
update: {learning_rate: eta}
numbers: {carry: shown}
"""
TO_ZERO = """
notation: {chain: full}
equations: |
  z = w*x
  a = atan(z)
  L = (y - a)^2
inputs: [x]
targets: [y]
values: {x: 3, w: -6, y: 1}
numbers: {digits: 2, rounding: decimals, carry: shown}
"""


@pytest.mark.parametrize("audience", ["notes", "key", "worksheet"])
@pytest.mark.parametrize("text", [OPEN_RATE, TO_ZERO])
def test_an_open_learning_rate_and_a_factor_that_rounds_to_zero(text: str, audience: str) -> None:
    evaluation, document = made(text, audience)
    assert verify_document(document, (evaluation,)) > 2


def test_what_the_rounded_numbers_come_to_is_printed() -> None:
    # z = 2.46912 is carried on as 2.47 from w = 1.235, so dL/dz = -2 (1 - 2.47) = 2.94 and dL/dw = 5.88
    assert "w - eta*(dL/dw) ≈ 1.235 - eta*5.88" in lines(OPEN_RATE)
    # 1/(1 + 18^2) = 0.003 is carried on as 0.00
    assert "dL/dw ≈ -5.04*0.00*3 = 0" in lines(TO_ZERO)


@pytest.mark.parametrize(
    ("text", "line", "side"),
    [
        (OPEN_RATE, "w - eta*(dL/dw) ≈ 1.235 - eta*5.88", "1.235 - eta*6.88"),
        (OPEN_RATE, "dL/dw = 2.94*2 = 5.88", "5.89"),
        (TO_ZERO, "dL/dw ≈ -5.04*0.00*3 = 0", "1"),
        (TO_ZERO, "dL/dw = (-2*(y - a))*(1/(1 + z^2))*x = -((y - a)*(2/(1 + z^2))*x)", "-((y - a)*(3/(1 + z^2))*x)"),
    ],
)
def test_a_wrong_last_side_is_still_caught(text: str, line: str, side: str) -> None:
    evaluation, document = made(text)
    found = next(each for each in equalities(document.blocks) if text_of(each) == line)
    wrong = parse_expression(side, Place("test", 1, 1, len(side), side), vocabulary())
    assert carried_verdict(found, evaluation).false == ()
    assert carried_verdict(replace(found, sides=(*found.sides[:-1], wrong)), evaluation).false


@pytest.mark.parametrize("name", ["002_and_gate_numbers", "001_layers", "003_network"])
def test_two_decimals_are_enough_for_pages_that_are_true(name: str) -> None:
    """Terms that are rounded on their way, formulas in index notation, a learning rate that two decimals do not hold."""
    text = (ROOT / f"specs/notes/{name}.yaml").read_text(encoding="utf-8")
    coarse = "numbers: {carry: shown, rounding: decimals, digits: 2}\n"
    for audience in ("notes", "key"):
        evaluation, document = made(
            "".join(line for line in text.splitlines(True) if not line.startswith("numbers")) + coarse, audience
        )
        assert verify_document(document, (evaluation,)) > 20


def test_the_learning_rate_is_never_rounded() -> None:
    text = THIRD.replace("digits: 5", "digits: 2, rounding: decimals") + "update: {learning_rate: 1/1000}\n"
    assert any("1/1000" in line for line in lines(text) if "eta" in line)
