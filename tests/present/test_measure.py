"""The estimate against what pdfTeX really sets: widths and heights read from boxes of the embedded engine (Latin Modern)."""

from fractions import Fraction

import pytest

from derivgen.errors import Place
from derivgen.maths.functions import vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.style import Style
from derivgen.maths.tree import (
    Braces,
    Compare,
    Expr,
    Filled,
    Gap,
    Matrix,
    Neg,
    Num,
    Partial,
    Power,
    Product,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
)
from derivgen.present.measure import height_lines, text_width_em, width_em

# expression: (width in em, height in lines) as a display, then in a line of text
MEASURED: tuple[tuple[str | Expr, float, float, float, float], ...] = (
    ("x", 0.57, 1.0, 0.57, 1.0),
    ("x_1", 1.02, 1.0, 1.02, 1.0),
    ("W_13", 1.79, 1.0, 1.79, 1.0),
    ("A_5", 1.20, 1.0, 1.20, 1.0),
    ("Z_3", 1.13, 1.0, 1.13, 1.0),
    ("Loss", 1.91, 1.0, 1.91, 1.0),
    ("b_3", 0.88, 1.0, 0.88, 1.0),
    ("a__2_1", 0.98, 1.02, 0.98, 1.0),
    ("w__2_31", 1.56, 1.02, 1.56, 1.0),
    ("w__2_10_3", 2.20, 1.04, 2.20, 1.02),
    ("yhat", 0.53, 1.0, 0.53, 1.0),
    ("delta_3", 0.89, 1.0, 0.89, 1.0),
    ("eta", 0.53, 1.0, 0.53, 1.0),
    ("theta_12", 1.32, 1.0, 1.32, 1.0),
    ("S_4", 1.06, 1.0, 1.06, 1.0),
    ("L", 0.68, 1.0, 0.68, 1.0),
    ("J", 0.65, 1.0, 0.65, 1.0),
    ("alpha", 0.64, 1.0, 0.64, 1.0),
    ("z1", 0.94, 1.0, 0.94, 1.0),
    ("h_out", 1.78, 1.0, 1.78, 1.0),
    ("1", 0.50, 1.0, 0.50, 1.0),
    ("12", 1.00, 1.0, 1.00, 1.0),
    ("0.15", 1.78, 1.0, 1.78, 1.0),
    ("3939", 2.00, 1.0, 2.00, 1.0),
    ("-1", 1.28, 1.0, 1.28, 1.0),
    ("-0.05", 2.56, 1.0, 2.56, 1.0),
    ("1e-5", 2.07, 1.02, 2.07, 1.0),
    ("a+b", 2.18, 1.0, 2.18, 1.0),
    ("a-b", 2.18, 1.0, 2.18, 1.0),
    ("y - A_5", 2.95, 1.0, 2.95, 1.0),
    ("W_13*x_1", 3.53, 1.0, 3.53, 1.0),
    ("W_13*x_1 + W_23*x_2 + b_3", 10.39, 1.0, 10.39, 1.0),
    ("W_35*A_3 + W_45*A_4 + b_5", 10.75, 1.0, 10.75, 1.0),
    ("a*b", 1.68, 1.0, 1.68, 1.0),
    ("S_3*V_1", 2.82, 1.0, 2.82, 1.0),
    ("-2*(y - A_5)", 5.00, 1.0, 5.00, 1.0),
    ("A_5*(1 - A_5)", 5.62, 1.0, 5.62, 1.0),
    ("24*(-1)", 3.78, 1.0, 3.78, 1.0),
    ("(y - A_5)^2", 4.17, 1.02, 4.17, 1.0),
    ("S_4^2", 1.12, 1.02, 1.12, 1.0),
    ("x^2", 1.02, 1.02, 1.02, 1.0),
    ("x^10", 1.42, 1.02, 1.42, 1.0),
    ("(y - (a*b + c*d + e*f + g))^2", 13.07, 1.02, 13.07, 1.0),
    ("a/b", 0.77, 1.49, 0.67, 1.0),
    ("1/(1 + x)", 2.53, 1.73, 1.71, 1.06),
    ("(y - A_5)/4", 3.19, 1.7, 2.29, 1.07),
    ("1/(2*N)", 1.65, 1.66, 1.35, 1.0),
    ("1/(1 + 1/x)", 2.66, 1.99, 1.89, 1.23),
    ("2*x/(3*y)", 1.31, 1.82, 1.09, 1.1),
    ("ReLU(Z_3)", 4.46, 1.0, 4.46, 1.0),
    ("sig(Z_5)", 3.09, 1.0, 3.09, 1.0),
    ("tanh(x)", 3.36, 1.0, 3.36, 1.0),
    ("ln(A_5)", 2.82, 1.0, 2.82, 1.0),
    ("sig(Z_5)*(1 - sig(Z_5))", 9.41, 1.0, 9.41, 1.0),
    ("ReLU'(Z_3)", 4.75, 1.0, 4.75, 1.0),
    ("max(0, x)", 4.17, 1.0, 4.17, 1.0),
    ("max(a, b, c)", 4.93, 1.0, 4.93, 1.0),
    ("-2*(y - A_5)*A_5*(1 - A_5)*W_35*ReLU'(Z_3)*x_1", 21.07, 1.0, 21.07, 1.0),
    ("ReLU(W_13*x_1 + b_3)", 8.97, 1.0, 8.97, 1.0),
    ("sig(a/b)", 3.15, 1.53, 2.78, 1.01),
    ("(a/b)^2", 2.41, 1.7, 2.04, 1.18),
    ("-(a + b)", 3.74, 1.0, 3.74, 1.0),
    ("-x", 1.35, 1.0, 1.35, 1.0),
    ("a*(-b)", 3.24, 1.0, 3.24, 1.0),
    ("3*x^2 + 2*x - 1", 5.54, 1.02, 5.54, 1.0),
    ("w_7*a_3 + w_8*a_4 + b_5", 9.05, 1.0, 9.05, 1.0),
    ("0.25*a_1 + 0.5*a_2 + 0.2", 8.73, 1.0, 8.73, 1.0),
    ("y*ln(a) + (1 - y)*ln(1 - a)", 12.24, 1.0, 12.24, 1.0),
    ("cases(x > 0: x, else: 0)", 4.90, 2.5, 4.90, 2.5),
    ("cases(x > 0: x, x == 0: 1, else: 0.1*x)", 6.26, 3.6, 6.26, 3.6),
    ("exp(-x)", 1.59, 1.01, 1.59, 1.0),
    ("1/(1 + exp(-x))", 3.56, 1.73, 2.62, 1.06),
    ("sqrt(x)", 1.40, 1.01, 1.40, 1.0),
    ("abs(x - y)", 2.88, 1.0, 2.88, 1.0),
    ("exp(-x)/(1 + exp(-x))^2", 4.78, 2.01, 3.63, 1.29),
    ("2*S_4", 1.56, 1.0, 1.56, 1.0),
    ("2*(y - A_5)", 4.22, 1.0, 4.22, 1.0),
    ("2*ln(x)", 2.86, 1.0, 2.86, 1.0),
    ("2*x*(-y)", 3.88, 1.0, 3.88, 1.0),
    ("x^-1", 1.65, 1.02, 1.65, 1.0),
    ("softmax(z_1, z_2)", 6.52, 1.0, 6.52, 1.0),
    ("1/2*x", 2.03, 1.66, 1.93, 1.0),
    (Num(Fraction(1, 2)), 0.74, 1.66, 0.64, 1.0),
    (Num(Fraction(-1, 2)), 1.52, 1.66, 1.42, 1.0),
    (Num(Fraction(123456, 654321)), 3.24, 1.66, 2.63, 1.0),
    (Shown(0, "-0.1338", False), 3.56, 1.0, 3.56, 1.0),
    (Shown(0, "1488"), 2.00, 1.0, 2.00, 1.0),
    (Shown(0, "-3/4"), 1.52, 1.66, 1.42, 1.0),
    (Partial(Sym("Loss"), Sym("W_13")), 2.74, 1.84, 2.24, 1.1),
    (Partial(Sym("A_5"), Sym("Z_5")), 2.03, 1.84, 1.70, 1.12),
    (
        Product((Partial(Sym("Loss"), Sym("A_5")), Partial(Sym("A_5"), Sym("Z_5")), Partial(Sym("Z_5"), Sym("A_3")))),
        8.23,
        1.84,
        7.08,
        1.12,
    ),
    (SumOver("i", Num(Fraction(4)), Power(Sum((Sym("y", "i"), Neg(Sym("A_5", "i")))), Num(Fraction(2)))), 6.44, 2.57, 7.39, 1.09),
    (SumOver("p", Sym("N"), Sym("c", "p")), 2.51, 2.69, 3.59, 1.18),
    (Reduce("mean", Power(Sum((Sym("y", "i"), Neg(Sym("A_5", "i")))), Num(Fraction(2)))), 8.11, 1.02, 8.11, 1.0),
    (Matrix(((Num(Fraction(5)),), (Num(Fraction(7)),), (Num(Fraction(9)),))), 1.83, 3.0, 1.83, 3.0),
    (Matrix(((Sym("w_11"), Sym("w_12")), (Sym("w_21"), Sym("w_22")))), 5.18, 2.0, 5.18, 2.0),
    (Matrix(((Num(Fraction(19)), Num(Fraction(27)), Num(Fraction(31))),)), 5.83, 1.01, 5.83, 1.01),
    (Compare("==", Sym("W_13"), Num(Fraction(1, 2))), 3.86, 1.66, 3.76, 1.0),
    (Braces(Sum((Product((Sym("w_7"), Sym("w_3"))), Product((Sym("w_8"), Sym("w_4")))))), 8.32, 1.0, 8.32, 1.0),
    (Sym("A_5", "i"), 1.72, 1.0, 1.72, 1.0),
    (Sym("x_1", 3), 1.66, 1.0, 1.66, 1.0),
)


def tree_of(written: str | Expr) -> Expr:
    return parse_expression(written, Place("test", 1, 1, 1, written), vocabulary()) if isinstance(written, str) else written


@pytest.mark.parametrize(("written", "wide", "high", "wide_inline", "high_inline"), MEASURED, ids=str)
def test_estimate_is_near_what_tex_sets(written, wide, high, wide_inline, high_inline):
    expr = tree_of(written)
    for inline, true_width, true_height in ((False, wide, high), (True, wide_inline, high_inline)):
        assert 0.98 * true_width <= width_em(expr, inline=inline) <= 1.12 * true_width + 0.05
        assert 0.97 * true_height <= height_lines(expr, inline=inline) <= 1.2 * true_height


def test_there_are_measured_expressions_of_every_size():
    assert len(MEASURED) >= 80
    assert {round(row[2]) for row in MEASURED} >= {1, 2, 3, 4}


def test_gap_and_filled_have_their_own_size():
    answer = Product((Sym("A_5"), Sum((Num(Fraction(1)), Neg(Sym("A_5"))))))
    for expr in (Gap(9.0, 2.0), Filled(answer, 9.0, 2.0)):
        assert width_em(expr) == 9.0
        assert height_lines(expr) == pytest.approx(2.0, abs=0.1)


def test_words():
    assert text_width_em("Loss") == pytest.approx(1.92, rel=0.02)
    assert text_width_em("") == 0


def test_the_notation_counts():
    product = parse_expression("a*b*c", Place("test", 1, 1, 1, ""), vocabulary())
    widths = [width_em(product, Style(product=kind)) for kind in ("juxtapose", "dot", "star")]
    assert widths == sorted(widths)
    assert width_em(Sym("Loss"), Style(symbols={"Loss": r"\mathcal{L}"})) < width_em(Sym("Loss"))


@pytest.mark.parametrize(
    ("expr", "wide"),
    [
        (Sym("w_21", "p"), 1.830),
        (Sym("c", "p"), 1.520),
        (Power(Sym("c", "p"), Num(Fraction(2))), 2.746),
        (Sym("x_1", 12), 2.044),
    ],
)
def test_a_sample_above_a_name_takes_the_room_that_tex_gives_it(expr: Expr, wide: float) -> None:
    assert width_em(expr, Style(sample="above")) == pytest.approx(wide, rel=0.01)
