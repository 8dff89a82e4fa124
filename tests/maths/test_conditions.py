"""Conditions as a teacher writes them: what each phrase is in formulas."""

from __future__ import annotations

import re

import pytest

from derivgen.errors import Place, SpecError
from derivgen.maths.conditions import Condition, parse_condition
from derivgen.maths.functions import vocabulary
from tests.product import ROOT


def read(text: str) -> Condition:
    return parse_condition(text, Place("spec.yaml", 3, 7, len(text), f"    - {text}"), vocabulary())


SAME = (
    ("at least one hidden unit off", "at least 1 hidden unit is off"),
    ("every gradient has at most 3 decimals", "all gradient have at most three decimal places"),
    ("every gradient has at most 3 decimals", "decimals(gradient) <= 3"),
    ("no two gradients equal", "distinct(gradients)"),
    ("no two gradients are the same", "all gradients are different"),
    ("no unit within 0.1 of its kink", "none(kink(unit) <= 0.1)"),
    ("no Z_* within 0.1 of a kink", "count(kink(Z_*) <= 0.1) == 0"),
    ("every Z_* is positive", "Z_* > 0"),
    ("some Z_* negative", "any(Z_* < 0)"),
    ("every w is nonzero", "w != 0"),
    ("exactly two Z_* zero", "count(Z_* == 0) == 2"),
    ("every w is whole", "decimals(w) == 0"),
    ("No two gradients equal", "no two gradients equal"),
    ("Z_3 is positive", "Z_3 > 0"),
    ("A_3 is off", "off(A_3)"),
    ("Loss is between 1 and 2", "1 <= Loss <= 2"),
    ("Z_3 + 1 is below 3 and A_3 is zero", "Z_3 + 1 < 3 and A_3 == 0"),
    ("Loss has at most 2 decimals", "decimals(Loss) <= 2"),
    ("every w has no decimals", "every w is integer"),
    ("every w is between -1 and 2 and Z_3 > 0", "-1 <= w <= 2 and Z_3 > 0"),
    ("every w above 1/2", "w > 1/2"),
    ("all(Z_3 > 0, Z_4 > 0)", "all(Z_3 > 0, Z_4 > 0)"),
    ("every gradient by W_* is nonzero", "gradient(W_*) != 0"),
)


@pytest.mark.parametrize(("phrase", "formula"), SAME)
def test_a_phrase_and_its_formula_are_one_condition(phrase: str, formula: str) -> None:
    assert read(phrase) == read(formula)


def test_precedence_and_brackets() -> None:
    assert read("a > 0 or b > 0 and not c > 0") == read("a > 0 or (b > 0 and (not c > 0))")
    assert read("(a + 1)*2 > 0") == read("(((a + 1)*2 > 0))")
    assert read("0 < a < 5") != read("0 < a")


def test_a_star_after_a_line_is_a_pattern_any_other_is_a_product() -> None:
    assert read("W_1*x_1 > 2") == read("W_1 * x_1 > 2")
    assert read("W_* > 2") != read("W_1*x > 2")


def test_the_place_of_a_mistake_is_the_word_that_is_not_understood() -> None:
    with pytest.raises(SpecError) as caught:
        read("every gradient nice")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.length) == (3, 7 + 15, 4)
    assert problem.hint is not None
    assert "abs(Loss) <= 50" in problem.hint


@pytest.mark.parametrize(
    "text", ["", "Z_3", "Z_3 >", "(Z_3 > 0", "at least units off", "no two", "Z_3 > 0 and", "* > 0", "x > 0)"]
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(SpecError):
        read(text)


def test_the_conditions_of_the_manual_are_conditions() -> None:
    text = (ROOT / "docs/variants.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.partition("| In words |")[2].splitlines()[2:] if line.startswith("|")]
    written = [condition for row in rows for cell in row for condition in re.findall(r"`([^`]+)`", cell)]
    assert len(written) > 25
    for condition in written:
        read(condition)
