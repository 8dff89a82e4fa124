"""LaTeX of symbols: what is harmless and complete is taken, everything else is refused."""

from __future__ import annotations

import pytest

from derivgen.spec.macros import SYMBOLS, WRAPPERS, macro_problem

TAKEN = [
    r"\mathcal{L}",
    r"\hat{y}",
    "W_{13}",
    "a^{(2)}_{1}",
    r"\theta_0",
    r"\boldsymbol{\Sigma}",
    r"\mathrm{net}_3",
    r"x^\prime_1",
    r"\text{loss of unit 3}",
    r"\operatorname{ReLU}",
    "{x_1}_2",
    r"\partial L",
    r"z\,+\,1",
    "E[x]",
    "|a|",
    r"\bar{\hat{x}}",
]


@pytest.mark.parametrize("latex", TAKEN)
def test_taken(latex: str) -> None:
    assert macro_problem(latex) is None


@pytest.mark.parametrize("name", SYMBOLS)
def test_every_symbol_is_taken(name: str) -> None:
    assert macro_problem(f"\\{name}_1") is None


@pytest.mark.parametrize("name", WRAPPERS)
def test_every_wrapper_is_taken(name: str) -> None:
    assert macro_problem(f"\\{name}{{x}}") is None
    assert macro_problem(f"\\{name}") is not None


@pytest.mark.parametrize(
    "latex", ["", " ", "x_", "x_1_2", "x^1^2", r"x^\hat{y}", "x'", r"\frac{a}{b}", "{", "}", "x}{", "é", r"\left(", "a\nb", "\\"]
)
def test_refused(latex: str) -> None:
    assert macro_problem(latex) is not None
