"""What `derive --json` says: no values without values, formulas without needless brackets."""

from __future__ import annotations

import pytest

from tests.derivation.comparing import line

SYMBOLIC = """
equations: |
  u = w*x + b + h
  q = 3
  L = u + q
{more}
wrt: ["*"]
"""


@pytest.mark.parametrize("more", ["", "constants: {h: 2}", "decompose: true"])
def test_without_values_there_are_none(more: str) -> None:
    _, _, found = line(SYMBOLIC.format(more=more))
    assert found["gradients"]["b"]["expression"] == found["gradients"]["L"]["expression"] == "1"
    for gradient in found["gradients"].values():
        assert gradient["value"] is None and gradient["decimal"] is None
    for quantity in found["quantities"].values():
        assert quantity["role"] == "constant" or quantity["value"] is None


def test_with_some_values_numbers_appear_where_they_can() -> None:
    _, _, found = line(SYMBOLIC.format(more="values: {w: 2}\nparameters: [b, h]\ninputs: [x]"))
    values = {name: gradient["value"] for name, gradient in found["gradients"].items()}
    assert values == {"L": "1", "q": "1", "u": "1", "w": None, "x": "2", "b": "1", "h": "1"}


def test_constants_alone_may_be_all_the_values_there_are() -> None:
    _, _, found = line("equations: L = a*b\nconstants: {a: 2, b: 3}\nwrt: [a]\n")
    assert found["gradients"]["a"]["value"] == "3"


def test_formulas_have_no_needless_brackets() -> None:
    _, _, found = line("equations: |\n  z = w*x\n  a = sig(z)\n  L = 1/4*(y - a)^2\n")
    assert found["gradients"]["w"]["expression"] == "-1/2*(y - a)*a*(1 - a)*x"
    assert found["gradients"]["w"]["simplified"] == "-1/2*(y - a)*a*(1 - a)*x"


def test_simplified_is_the_form_of_the_books() -> None:
    text = "equations: |\n  a = sig(w*x)\n  L = -(y*ln(a) + (1 - y)*ln(1 - a))\ninputs: [x]\ntargets: [y]\nwrt: ['*']\n"
    found = line(text)[2]["gradients"]
    assert {name: found[name]["simplified"] for name in ("w", "x", "a")} == {
        "w": "(a - y)*x",
        "x": "(a - y)*w",
        "a": "(1 - y)/(1 - a) - y/a",
    }


def test_simplified_is_the_expression_where_nothing_simplifies_and_null_above_the_path_limit() -> None:
    text = "equations: |\n  a = w*x + w\n  b = a*a + w\n  L = b*b\nnotation: {paths: 2}\nwrt: [w, b, L]\n"
    found = line(text)[2]["gradients"]
    assert found["w"]["paths"] is None and found["w"]["simplified"] is None
    assert all(found[name]["simplified"] == found[name]["expression"] for name in ("b", "L"))
