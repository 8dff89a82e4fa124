"""The printer for the terminal, as pairs of what is there and what is printed."""

from __future__ import annotations

import pytest

from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Gap, Marked, Neg, Partial, Power, Shown, Sum, SumOver, Sym, number
from derivgen.present.unicode import text
from tests.maths.vocabulary import parsed

UNICODE: list[tuple[Expr, str]] = [
    (Partial(Sym("Loss"), Sym("W_13")), "∂Loss/∂W₁₃"),
    (parsed("-2*(y - A_5)*A_5"), "-2·(y - A₅)·A₅"),
    (parsed("a*(b*c)"), "a·b·c"),
    (parsed("-(a*(b*c)) - (a + b)"), "-a·b·c - (a + b)"),
    (parsed("(a + b)^2"), "(a + b)²"),
    (parsed("a^b"), "a^b"),
    (Power(Sym("a"), Neg(parsed("b*c"))), "a^(-b·c)"),
    (Power(Sym("a"), Neg(parsed("b^c"))), "a^(-b^c)"),
    (Power(Sym("a"), Neg(Sym("b_1"))), "a^-b₁"),
    (parsed("a__2_1^2"), "(a²₁)²"),
    (parsed("W_q + yhat + beta_3 + w__2_10_3"), "W_q + ŷ + β₃ + w²₁₀,₃"),
    (parsed("sqrt(x) + abs(y)"), "√(x) + |y|"),
    (parsed("cases(x >= 0: x, else: 0)"), "{x if x ≥ 0; else 0}"),
    (SumOver("i", number(4), Sum((Sym("y", "i"), Neg(Sym("A_5", "i"))))), "Σᵢ₌₁⁴ (yᵢ - A₅,ᵢ)"),
    (Marked(Shown(0, "0.25")), "0.25†"),
    (Gap(3.0), "______"),
]


@pytest.mark.parametrize(("expr", "printed"), UNICODE)
def test_unicode(expr: Expr, printed: str) -> None:
    assert text(expr) == printed


def test_unicode_with_style() -> None:
    assert text(parsed("mean(y)*0.5"), Style(samples=4, per_sample=("y",), decimal=",")) == "(1/4·Σᵢ₌₁⁴ yᵢ)·0,5"
    assert text(parsed("a*b"), Style(product="star")) == "a*b"
