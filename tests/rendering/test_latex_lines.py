"""Long equations in rows that fit, broken where a person would break them."""

from __future__ import annotations

import re

import pytest

from derivgen.documents.document import Equations, Line, Text
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Braces, Expr, Gap, Hadamard, MatMul, Matrix, Neg, Product, SumOver, Sym, number
from derivgen.present.latex import latex
from derivgen.rendering.lines import kept, pieces, rows, stays_together
from tests.rendering.samples import parsed

PRODUCT = "-2*(y - A_5)*A_5*(1 - A_5)*W_35*ReLU'(Z_3)*x_1*W_14*ReLU'(Z_4)*x_2*(a + b + c)*W_99*W_98*W_97"
SUM = " + ".join(f"w_{i}*ReLU(z_{i})*x_{i}" for i in range(1, 12))
LONG: list[Expr] = [
    parsed(PRODUCT),
    parsed(SUM),
    parsed(f"{PRODUCT} - {SUM}"),
    parsed(f"({SUM})^2"),
    parsed(f"({SUM})/2"),
    parsed(f"tanh({SUM})"),
    Neg(parsed(PRODUCT)),
    Product((number(3), SumOver("i", number(4), parsed(PRODUCT)))),
    Product((Sym("u"), Braces(parsed(SUM)), Sym("v"))),
]


@pytest.mark.parametrize("expr", LONG, ids=lambda expr: latex(expr)[:20])
def test_long_expressions_are_cut_into_pieces_that_fit(expr: Expr) -> None:
    cut = pieces(expr, DEFAULT, 30)
    assert len(cut) > 3
    assert all(piece.width <= 36 for piece in cut)
    assert not any(r"\dgfit" in piece.text for piece in cut)


def test_matrices_are_cut_between_factors() -> None:
    wide = Matrix((tuple(number(123456) for _ in range(5)),))
    cut = pieces(Hadamard((MatMul((wide, wide)), wide)), DEFAULT, 30)
    assert [piece.text.split(r"\begin")[0].strip() for piece in cut] == ["", r"\,", r"\odot"]


@pytest.mark.parametrize("text", [PRODUCT, SUM, f"{PRODUCT} - {SUM}"])
def test_pieces_add_up_to_the_whole(text: str) -> None:
    joined = "".join(piece.text for piece in pieces(parsed(text), DEFAULT, 30))
    assert joined == latex(parsed(text))


def test_a_step_that_does_not_fit_starts_a_row_with_its_relation() -> None:
    line = Line(Sym("z"), (("=", parsed("a*b*c*d*e_1")), ("=", parsed("f*g*h*k")), ("≈", parsed("0.5"))))
    built = rows(Equations((line,)), DEFAULT, 13)
    assert [row.left for row in built] == ["z", ""]
    assert built[0].right == r"= a \cdot b \cdot c \cdot d \cdot e_{1}"
    assert built[1].right == r"= f \cdot g \cdot h \cdot k \approx 0.5"


def test_rows_of_a_long_step_open_with_a_sign() -> None:
    built = rows(Equations((Line(Sym("z"), (("=", parsed(PRODUCT)), ("=", Sym("q")))),)), DEFAULT, 30)
    assert built[0].right.startswith("= -2(y")
    assert all(re.match(r"\\qquad (\\cdot|\+|-) ", row.right) for row in built[1:-1])
    assert built[-1].right == "= q"


def test_a_reason_stands_beside_the_first_row_with_room_or_below() -> None:
    line = Line(Sym("z"), (("=", Sym("a")),), (Text("linear"),))
    assert rows(Equations((line,)), DEFAULT, 20)[0].reason
    long = Line(Sym("z"), (("=", Sym("a")),), (Text("a reason " * 8),))
    built = rows(Equations((long,)), DEFAULT, 20)
    assert [bool(row.reason) for row in built] == [False, True]
    assert built[1].right == ""


def test_a_gap_wider_than_the_page_is_made_to_fit() -> None:
    assert r"\dgfit" in rows(Equations((Line(Sym("z"), (("=", Gap(90)),)),)), DEFAULT, 30)[0].right


def test_a_long_left_side_has_a_row_of_its_own() -> None:
    built = rows(Equations((Line(parsed("a*b*c*d*e_1*f*g*h*k*l*m"), (("=", Sym("x")),)),)), DEFAULT, 30)
    assert [row.right for row in built] == ["", "= x"]
    assert built[0].left.startswith(r"\dglong{")


def test_too_many_rows_may_break_between_pages() -> None:
    lines = tuple(Line(Sym("z"), (("=", Sym("a")),)) for _ in range(40))
    few, many = Equations(lines[:3]), Equations(lines)
    assert stays_together(few, rows(few, DEFAULT, 30), DEFAULT)
    assert not stays_together(many, rows(many, DEFAULT, 30), DEFAULT)


def test_a_page_does_not_end_within_a_line_nor_before_a_single_row() -> None:
    lines = (Line(Sym("z"), (("=", parsed(PRODUCT)),)), *(Line(Sym("z"), (("=", Sym("a")),)) for _ in range(4)))
    built = rows(Equations(lines), DEFAULT, 40)
    assert [bool(row.left) for row in built] == [True, False, True, True, True, True]
    assert kept(built) == (True, False, False, False, True, False)


def test_a_negative_factor_keeps_its_brackets_when_it_is_cut() -> None:
    long = Product((number(2), Neg(Product(tuple(Sym(f"w_{k}") for k in range(1, 14))))))
    cut = [piece.text.strip() for piece in pieces(long, DEFAULT, 16)]
    assert cut[1] == r"\cdot \Bigl( -w_{1}"
    assert cut[-1].endswith(r"\Bigr)")
