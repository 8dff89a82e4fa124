"""Formulas that could be read in two ways, and how they are written instead, in each format."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from derivgen.cli import main
from derivgen.documents.compose import style_of
from derivgen.language import Wording
from derivgen.maths.style import Style, in_language
from derivgen.maths.tree import Expr, Neg, Partial, Power, Product, Quotient, Sum, SumOver, Sym, number
from derivgen.present.latex import latex
from derivgen.present.speech import speech
from derivgen.present.unicode import text
from derivgen.spec.load import load
from derivgen.work import evaluate
from tests.maths.vocabulary import parsed
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


@pytest.mark.parametrize(
    ("spec", "euler"),
    [
        ("equations: [e = w - 1, L = exp(e)]", False),
        ("equations: [e_1 = w - 1, L = exp(e_1)]", False),
        ("equations: [ehat = w - 1, L = exp(ehat)]", False),
        ("equations: [L = exp(r*w)]\nconstants: {r: 2}\nsymbols: {r: {latex: e}}", False),
        ('functions: {"bend(e)": exp(e)}\nequations: [L = bend(w)]', False),
        ("equations: [err = w - 1, L = exp(err)]", True),
    ],
)
def test_an_e_of_the_authors_and_eulers_number_never_look_alike(spec: str, euler: bool, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(f"{spec}\nvalues: {{w: 1}}\n")
    assert style_of(evaluate(load(str(file)))).euler is euler


def test_without_eulers_letter_exp_is_a_function() -> None:
    style = Style(euler=False)
    assert latex(parsed("exp(e)^2*exp(-e/2)"), style) == r"\exp(e)^{2} \cdot \exp\!\left( \frac{-e}{2} \right)"
    assert read(parsed("exp(e) + 1"), style) == "exp ⁡ ( e ) + 1"
    assert text(parsed("exp(e)^2"), style) == text(parsed("exp(e)^2"))
    assert speech(parsed("exp(e)"), style) == "exp of e"


def test_steps_of_an_expression_with_an_e() -> None:
    said = CliRunner().invoke(main, ["steps", "exp(e)*w", "--wrt", "w", "--format", "tex"])
    assert said.exit_code == 0 and r"\exp(e)" in said.output


def test_a_direct_partial_derivative_says_so_in_a_word() -> None:
    direct = Partial(Sym("L"), Sym("w"), direct=True)
    assert latex(direct) == r"\left( \frac{\partial L}{\partial w} \right)_{\text{direct}}"
    assert (text(direct), read(direct)) == ("(∂L/∂w)_direct", "[( {∂ L ∂ w} ) direct]")
    assert text(Sum((Product((C, direct)), Power(direct, number(2))))) == "c·(∂L/∂w)_direct + ((∂L/∂w)_direct)²"
    assert latex(direct, Style(derivative="prime")) == r"\left( L'_{w} \right)_{\text{direct}}"
    portuguese = in_language(Style(), Wording("pt"))
    assert text(direct, portuguese) == "(∂L/∂w)_direta"
    assert speech(direct, portuguese, "pt") == "a derivada parcial de L em relação a w, diretamente"
