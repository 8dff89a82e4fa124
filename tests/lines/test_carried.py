"""Figures carried on: no equals sign before what a rounding has touched, and nothing beyond what roundings explain."""

from __future__ import annotations

import pytest

from derivgen.checks.pages import believe, equalities
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose
from derivgen.documents.document import Document
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.plain import plain
from derivgen.spec.load import loads

THIRD = """
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
    return [
        plain(line.sides[0])
        + "".join(f" {sign} {plain(side)}" for sign, side in zip(line.relations, line.sides[1:], strict=True))
        for line in equalities(document.blocks)
    ]


def test_a_third_is_not_equal_to_its_figures() -> None:
    printed = lines(THIRD)
    assert "u = v/3 = 2/3 ≈ 0.66667" in printed
    assert "Loss = u + 0*v + w ≈ 0.66667 + 0*2 + 0.14286 ≈ 0.80953" in printed
    assert "dLoss/dv ≈ 1*0.33333 + 0 ≈ 0.33333" in printed


def test_the_key_says_so_as_well() -> None:
    printed = lines(THIRD, "key")
    assert not any("= 0.33333" in line or "= 0.66667" in line for line in printed)


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
    assert believe(document, (evaluation,)) >= 0


def test_a_rounding_that_leaves_no_value_is_told_as_one() -> None:
    text = "equations: L = 1/a\nvalues: {a: 0.001}\nnumbers: {digits: 2, rounding: decimals, carry: shown}\n"
    with pytest.raises(SpecError, match="with every number rounded before it is used, L has no value: division by zero"):
        made(text)
