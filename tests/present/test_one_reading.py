"""Formulas that could be read in two ways, and how they are written instead, in each format."""

from __future__ import annotations

import pytest

from derivgen.maths.tree import Expr, Neg, Product, Quotient, Sum, SumOver, Sym, number
from derivgen.present.latex import latex
from derivgen.present.unicode import text
from tests.present.test_mathml import read

X, C = Sym("x", "i"), Sym("c")


def total(body: Expr) -> SumOver:
    return SumOver("i", Sym("n"), body)


SUMS = [
    (total(X), r"\sum_{i=1}^{n} x_{i}", "Σᵢ₌₁ⁿ xᵢ", "[∑ i = 1 n] [x i]"),
    (total(Neg(X)), r"\sum_{i=1}^{n} (-x_{i})", "Σᵢ₌₁ⁿ (-xᵢ)", "[∑ i = 1 n] ( − [x i] )"),
    (total(Product((number(-2), X))), r"\sum_{i=1}^{n} (-2 x_{i})", "Σᵢ₌₁ⁿ (-2·xᵢ)", "[∑ i = 1 n] ( − 2 ~ [x i] )"),
    (total(Quotient(Neg(X), C)), r"\sum_{i=1}^{n} \frac{-x_{i}}{c}", "Σᵢ₌₁ⁿ (-xᵢ/c)", "[∑ i = 1 n] {− [x i] c}"),
    (total(Sum((X, C))), r"\sum_{i=1}^{n} (x_{i} + c)", "Σᵢ₌₁ⁿ (xᵢ + c)", "[∑ i = 1 n] ( [x i] + c )"),
    (Sum((total(X), C)), r"\sum_{i=1}^{n} (x_{i}) + c", "Σᵢ₌₁ⁿ (xᵢ) + c", "[∑ i = 1 n] ( [x i] ) + c"),
    (Sum((C, total(X))), r"c + \sum_{i=1}^{n} x_{i}", "c + Σᵢ₌₁ⁿ xᵢ", "c + [∑ i = 1 n] [x i]"),
    (
        Sum((Neg(Product((number(2), total(Product((C, X)))))), C)),
        r"-2 \sum_{i=1}^{n} (c \cdot x_{i}) + c",
        "-2·Σᵢ₌₁ⁿ (c·xᵢ) + c",
        "− 2 ~ [∑ i = 1 n] ( c ⋅ [x i] ) + c",
    ),
    (
        Sum((C, Neg(total(X)), C)),
        r"c - \sum_{i=1}^{n} (x_{i}) + c",
        "c - Σᵢ₌₁ⁿ (xᵢ) + c",
        "c − [∑ i = 1 n] ( [x i] ) + c",
    ),
    (
        Sum((SumOver("j", Sym("m"), total(X)), C)),
        r"\sum_{j=1}^{m} \sum_{i=1}^{n} (x_{i}) + c",
        "Σⱼ₌₁ᵐ Σᵢ₌₁ⁿ (xᵢ) + c",
        "[∑ j = 1 m] [∑ i = 1 n] ( [x i] ) + c",
    ),
]


@pytest.mark.parametrize(("expr", "tex", "line", "elements"), SUMS, ids=lambda case: case if isinstance(case, str) else "")
def test_where_a_sum_over_an_index_ends_is_seen(expr: Expr, tex: str, line: str, elements: str) -> None:
    assert (latex(expr), text(expr), read(expr)) == (tex, line, elements)
