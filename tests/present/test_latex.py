"""The LaTeX printer, as pairs of what was written and what is printed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from derivgen.maths.style import Style
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Expr,
    Filled,
    Gap,
    Marked,
    Matrix,
    Neg,
    Num,
    Partial,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
    number,
)
from derivgen.present.boxes import Row, RowKind, items
from derivgen.present.build import present
from derivgen.present.latex import latex, latex_name, printed
from derivgen.present.unicode import text
from tests.maths.vocabulary import parsed

WRITTEN = [
    ("W_13*x_1 + W_23*x_2 + b_3", r"W_{13} \cdot x_{1} + W_{23} \cdot x_{2} + b_{3}"),
    ("-2*(y - A_5)*A_5*(1 - A_5)", r"-2(y - A_{5}) \cdot A_{5} \cdot (1 - A_{5})"),
    ("24*(-1)", r"24 \cdot (-1)"),
    ("-24*1", r"-24 \cdot 1"),
    ("(-2)^2", "(-2)^{2}"),
    ("-x^2", "-x^{2}"),
    ("(-x)^2", "(-x)^{2}"),
    ("(1/2)^2", r"\left( \frac{1}{2} \right)^{2}"),
    ("(a*b)^2", r"(a \cdot b)^{2}"),
    ("(a^b)^c", "(a^{b})^{c}"),
    ("a^b^c", "a^{b^{c}}"),
    ("a__2_1^2", "(a^{2}_{1})^{2}"),
    ("a - (b + c)", "a - (b + c)"),
    ("a + (b + c)", "a + (b + c)"),
    ("a - (-b)", "a - (-b)"),
    ("-(-a)", "-(-a)"),
    ("-(a + b)", "-(a + b)"),
    ("c + (-a)*b", r"c + (-a) \cdot b"),
    ("c - a*b", r"c - a \cdot b"),
    ("-a*b", r"-a \cdot b"),
    ("x*(-y)", r"x \cdot (-y)"),
    ("x*2*y", r"x \cdot 2 \cdot y"),
    ("2*3*x", r"2 \cdot 3 \cdot x"),
    ("a*(-2*b)", r"a \cdot (-2) \cdot b"),
    ("a*(-2*(y - z))", r"a \cdot (-2) \cdot (y - z)"),
    ("a*(2*b)", r"a \cdot 2 b"),
    ("2*x^2", "2 x^{2}"),
    ("2*3^2", r"2 \cdot 3^{2}"),
    ("2*(3 + 1)", r"2 \cdot (3 + 1)"),
    ("2*(a/b)", r"2 \cdot \frac{a}{b}"),
    ("a*b/c*d", r"\frac{a \cdot b}{c} \cdot d"),
    ("(a*b)*c", r"a \cdot b \cdot c"),
    ("0.15*x", "0.15 x"),
    ("2.5e-3*x", r"2.5 \cdot 10^{-3} x"),
    ("exp(-x)", "e^{-x}"),
    ("exp(x)^2", "(e^{x})^{2}"),
    ("sqrt(x + 1)", r"\sqrt{x + 1}"),
    ("abs(x - y)", r"\lvert x - y \rvert"),
    ("ln(x)", r"\ln(x)"),
    ("tanh(x/y)", r"\tanh\!\left( \frac{x}{y} \right)"),
    ("sig(Z_5)", r"\operatorname{sig}(Z_{5})"),
    ("σ(Z_5)", r"\sigma(Z_{5})"),
    ("max(a, 1/2)", r"\max\!\left( a, \frac{1}{2} \right)"),
    ("ReLU'(Z_3)*x_1", r"\operatorname{ReLU}'(Z_{3}) \cdot x_{1}"),
    ("mean((y - A_5)^2)", r"\operatorname{mean}((y - A_{5})^{2})"),
    ("cases(x >= 0: x, else: -1)", r"\begin{cases} x & x \ge 0 \\ -1 & \text{else} \end{cases}"),
]


@pytest.mark.parametrize(("text", "printed"), WRITTEN)
def test_what_is_written(text: str, printed: str) -> None:
    assert latex(parsed(text)) == printed


Y = Sum((Sym("y"), Neg(Sym("A_5"))))
LOCAL = Product((Sym("A_5"), Sum((number(1), Neg(Sym("A_5"))))))
BUILT: list[tuple[Expr, str]] = [
    (number(Fraction(1, 2)), r"\frac{1}{2}"),
    (number(Fraction(-1, 2)), r"-\frac{1}{2}"),
    (Num(Fraction(3, 20), "0.15"), "0.15"),
    (Num(Fraction(-1, 2), "-1/2"), r"-\frac{1}{2}"),
    (Shown(Fraction(1, 3), "0.3333", exact=False), "0.3333"),
    (Sum((Sym("a"), Shown(-1, "-0.25"))), "a + (-0.25)"),
    (
        Product((Product((number(Fraction(-1, 2)), Y)), LOCAL, Sym("W_35"))),
        r"-\frac{1}{2}(y - A_{5}) \cdot A_{5} \cdot (1 - A_{5}) \cdot W_{35}",
    ),
    (Product((Sym("a"), Product((number(-2), Sym("b"))))), r"a \cdot (-2) \cdot b"),
    (Product((Neg(Product((number(2), Y))), Sym("x"))), r"-2(y - A_{5}) \cdot x"),
    (Partial(Sym("Loss"), Sym("W_13")), r"\frac{\partial \mathrm{Loss}}{\partial W_{13}}"),
    (Product((number(24), Partial(Sym("L"), Sym("w")))), r"24 \cdot \frac{\partial L}{\partial w}"),
    (SumOver("i", number(4), Sum((Sym("y", "i"), Sym("A_5", "i")))), r"\sum_{i=1}^{4} (y_{i} + A_{5,i})"),
    (Product((Neg(Quotient(number(1), Sym("N"))), Y)), r"-\frac{1}{N}(y - A_{5})"),
    (Product((Quotient(number(1), Sym("N")), Sym("x"))), r"\frac{1}{N} \cdot x"),
    (Product((SumOver("i", Sym("n"), Sym("x", "i")), Sym("y"))), r"\left( \sum_{i=1}^{n} x_{i} \right) \cdot y"),
    (Product((number(Fraction(1, 4)), SumOver("i", number(4), Sym("x", 3)))), r"\frac{1}{4} \sum_{i=1}^{4} x_{3}"),
    (Call("softmax", (Sym("z_1"), Sym("z_2")), component=1), r"\operatorname{softmax}_{2}(z_{1}, z_{2})"),
    (Prime("max", (Sym("a"), Sym("b")), slot=1), r"\max\nolimits'_{2}(a, b)"),
    (Matrix(((number(1), number(2)), (number(3), number(4)))), r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"),
    (Gap(3.2, 1.4), r"\dggap{3.2em}{1.4}"),
    (Filled(Y, 3.2, 1.4), r"\dgfill{3.2em}{1.4}{y - A_{5}}"),
    (Boxed(number(3)), r"\boxed{3}"),
    (Marked(Shown(1, "0.1338")), r"0.1338^{\dagger}"),
    (Braces(Sum((Sym("g"), Sym("h")))), r"\left\{ g + h \right\}"),
]


@pytest.mark.parametrize(("expr", "printed"), BUILT)
def test_what_is_built(expr: Expr, printed: str) -> None:
    assert latex(expr) == printed


@pytest.mark.parametrize(
    ("product", "text", "printed"),
    [
        ("juxtapose", "W_13*x_1", "W_{13} x_{1}"),
        ("juxtapose", "A_5*(1 - A_5)", r"A_{5} \, (1 - A_{5})"),
        ("juxtapose", "Loss*rate", r"\mathrm{Loss} \, \mathrm{rate}"),
        ("juxtapose", "24*(-1)", r"24 \cdot (-1)"),
        ("juxtapose", "2*3*x", r"2 \cdot 3 x"),
        ("star", "24*(-1)*x", "24 * (-1) * x"),
        ("brackets", "24*(-1)", "24 (-1)"),
        ("brackets", "W_13*x_1", "W_{13} x_{1}"),
        ("brackets", "-2*(y - z)*(a/b)", r"-2 (y - z) \left( \frac{a}{b} \right)"),
    ],
)
def test_signs_of_multiplication(product: str, text: str, printed: str) -> None:
    assert latex(parsed(text), Style(product=product)) == printed


def test_brackets_around_partials() -> None:
    chain = Product((Partial(Sym("L"), Sym("a")), Partial(Sym("a"), Sym("w"))))
    assert latex(chain, Style("brackets")).count(r"\left(") == 2


@pytest.mark.parametrize(
    ("samples", "text", "printed"),
    [
        (4, "mean((y - A_5)^2)", r"\frac{1}{4} \sum_{i=1}^{4} (y_{i} - A_{5,i})^{2}"),
        ("n", "mean(y*w)", r"\frac{1}{n} \sum_{i=1}^{n} y_{i} \cdot w"),
        (4, "sum(y - w)", r"\sum_{i=1}^{4} (y_{i} - w)"),
        (4, "-2*mean(y)", r"-2 \cdot \frac{1}{4} \sum_{i=1}^{4} y_{i}"),
        (1, "mean(y - w)", "y - w"),
    ],
)
def test_means_over_samples(samples: int | str, text: str, printed: str) -> None:
    assert latex(parsed(text), Style(samples=samples, per_sample=("y", "A_5"))) == printed


def test_product_with_a_mean_inside() -> None:
    expr = Product((number(-2), Reduce("mean", Product((Sym("y"), Sym("x_1"))))))
    printed = latex(expr, Style(samples=4, per_sample=("y", "x_1")))
    assert printed == r"-2 \cdot \frac{1}{4} \sum_{i=1}^{4} y_{i} \cdot x_{1,i}"


NAMES = [
    ("x", "x"),
    ("W_13", "W_{13}"),
    ("x_1_2", "x_{1,2}"),
    ("a__2_1", "a^{2}_{1}"),
    ("w__2_10_3", "w^{2}_{10,3}"),
    ("Loss", r"\mathrm{Loss}"),
    ("W_out", r"W_{\mathrm{out}}"),
    ("W_ij", "W_{ij}"),
    ("yhat", r"\hat{y}"),
    ("ybar_2", r"\bar{y}_{2}"),
    ("betahat", r"\hat{\beta}"),
    ("hat", r"\mathrm{hat}"),
    ("crowbar", r"\mathrm{crowbar}"),
    ("beta", r"\beta"),
    ("δ_3", r"\delta_{3}"),
    ("Delta", r"\Delta"),
    ("Α", r"\mathrm{A}"),
    ("ŷ", r"\hat{y}"),
    ("dot_", r"\text{dot\_}"),
    ("x__", r"\text{x\_\_}"),
    ("erro_médio", r"\mathrm{erro}_{\text{médio}}"),
    (r"x\input{/etc/passwd}", r"\text{x\textbackslash{}input\{/etc/passwd\}}"),
]


@pytest.mark.parametrize(("name", "printed"), NAMES)
def test_names(name: str, printed: str) -> None:
    assert latex_name(name) == printed


def test_overrides() -> None:
    style = Style(symbols={"Loss": r"\mathcal{L}", "e": "e_{t}"}, samples=2, per_sample=("Loss", "e"))
    assert latex(parsed("Loss + e"), style) == r"\mathcal{L} + e_{t}"
    assert latex(parsed("sum(Loss*e)"), style) == r"\sum_{i=1}^{2} \mathcal{L}_{i} \cdot {e_{t}}_{i}"


def test_decimal_comma() -> None:
    style = Style(decimal=",", otherwise="caso contrário")
    assert latex(parsed("0.15*max(0.5, 1)"), style) == r"0{,}15 \cdot \max(0{,}5; 1)"
    assert r"\text{caso contrário}" in latex(parsed("cases(x > 0: 1, else: 0)"), style)


def test_derivatives_with_primes() -> None:
    assert latex(Partial(Sym("L"), Sym("W_13")), Style(derivative="prime")) == "L'_{W_{13}}"
    assert latex(Partial(Sym("A_5"), Sym("Z_5")), Style(derivative="prime")) == "{A_{5}}'_{Z_{5}}"


def pieces(expr: Expr) -> list[str]:
    """Print the terms or factors of a row, each with its sign."""
    row = present(expr)
    assert isinstance(row, Row) and row.kind in (RowKind.SUM, RowKind.PRODUCT)
    return ["".join(printed(box, "sheet") for box in pair if box is not None) for pair in items(row)]


@pytest.mark.parametrize("text", ["-2*(y - z)*a*b", "2*x", "mean(y)*a"])
def test_pieces_of_a_product_add_up(text: str) -> None:
    expr = parsed(text)
    assert isinstance(expr, Product)
    assert "".join(pieces(expr)) == latex(expr)


def test_pieces_of_a_sum_add_up() -> None:
    expr = parsed("-a + b - c*d + (-e)")
    assert isinstance(expr, Sum)
    assert "".join(pieces(expr)) == latex(expr)
    assert pieces(expr) == ["-a", " + b", r" - c \cdot d", " - e"]


def test_a_sample_may_stand_above_its_name() -> None:
    above = Style(samples="N", index="p", per_sample=("c", "z"), sample="above")
    loss = parsed("sum((c - z)^2) + sum(c^2)")
    assert latex(loss, above) == (r"\sum_{p=1}^{N} ((c^{(p)} - z^{(p)})^{2}) + \sum_{p=1}^{N} (c^{(p)})^{2}")
    assert text(loss, above) == "Σₚ₌₁^N ((c⁽ᵖ⁾ - z⁽ᵖ⁾)²) + Σₚ₌₁^N (c⁽ᵖ⁾)²"
    assert latex(Sym("c", "p"), replace(above, symbols={"c": r"\tilde{c}_{0}"})) == r"{\tilde{c}_{0}}^{(p)}"
