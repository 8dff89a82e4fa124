"""Matrices as written: how they print and how wide, their exact values, and every size that does not fit."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivgen.maths.evaluate import Environment, ShapeError, UnknownValueError, same, value_of
from derivgen.maths.functions import Library
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tree import (
    ONE,
    Call,
    Diagonal,
    Entry,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Ones,
    Partial,
    Prime,
    Product,
    Quotient,
    Sized,
    Sum,
    Sym,
    Transpose,
    hadamard,
    number,
    rebuild,
    walk,
)
from derivgen.present.latex import latex
from derivgen.present.measure import height_lines, width_em
from derivgen.present.unicode import text

C, Y = Sym("C"), MatrixSym("y")


def w(layer: int) -> MatrixSym:
    return MatrixSym("W", layer)


def a(layer: int) -> MatrixSym:
    return MatrixSym("a", layer)


def d(layer: int) -> MatrixSym:
    return MatrixSym("delta", layer)


def z(layer: int) -> MatrixSym:
    return MatrixSym("z", layer)


def grid(*rows: tuple[int, ...]) -> Matrix:
    return Matrix(tuple(tuple(number(cell) for cell in row) for row in rows))


BACK = Hadamard((MatMul((Transpose(w(3)), d(3))), Prime("ReLU", (z(2),), "ReLU")))
LAST = Hadamard((Product((number(2), Sum((a(3), Neg(Y))))), Prime("sig", (z(3),), "sig")))
SOFTMAX = MatMul((Sum((Diagonal(a(3)), Neg(MatMul((a(3), Transpose(a(3))))))), MatrixPartial(C, a(3))))
JOINED = MatMul((Sized(Matrix(((w(2), MatrixSym("b", 2)),)), 3, 2), Sized(Matrix(((a(1),), (ONE,))), 2, 1)))

PRINTED: tuple[tuple[Expr, str, str, float], ...] = (
    # expression, LaTeX, Unicode, width in em as pdfTeX sets it in a display
    (w(2), "W^{2}", "W²", 1.53),
    (Sum((MatMul((w(2), a(1))), MatrixSym("b", 2))), r"W^{2} \, a^{1} + b^{2}", "W² a¹ + b²", 4.78),
    (
        MatMul((Sized(w(2), 3, 1), Sized(a(1), 1, "N"))),
        r"\underset{\scriptscriptstyle 3 \times 1}{W^{2}} \, \underset{\scriptscriptstyle 1 \times N}{a^{1}}",
        "W²⟨3×1⟩ a¹⟨1×N⟩",
        3.17,
    ),
    (BACK, r"(W^{3})^{\top} \, \delta^{3} \odot \operatorname{ReLU}'(z^{2})", "(W³)ᵀ δ³ ⊙ ReLU'(z²)", 9.88),
    (LAST, r"2(a^{3} - y) \odot \operatorname{sig}'(z^{3})", "2·(a³ - y) ⊙ sig'(z³)", 8.43),
    (MatrixPartial(C, w(2)), r"\frac{\partial C}{\partial W^{2}}", "∂C/∂W²", 2.36),
    (MatrixPartial(C, w(2), True), r"\left( \frac{\partial C}{\partial W^{2}} \right)_{\text{direct}}", "(∂C/∂W²)_direct", 5.87),
    (Neg(HadamardQuotient(Y, a(2))), r"-y \oslash a^{2}", "-y ⊘ a²", 3.5),
    (
        SOFTMAX,
        r"(\operatorname{diag}(a^{3}) - a^{3} \, (a^{3})^{\top}) \, \frac{\partial C}{\partial a^{3}}",
        "(diag(a³) - a³ (a³)ᵀ) (∂C/∂a³)",
        11.15,
    ),
    (MatMul((MatrixSym("b", 1), Ones(1, 4))), r"b^{1} \, \mathbf{1}^{\top}", "b¹ 𝟏ᵀ", 2.29),
    (Sum((Ones(2, 1), Neg(a(1)))), r"\mathbf{1} - a^{1}", "𝟏 - a¹", 2.77),
    (Sum((Ones(1, 1), Neg(a(1)))), "1 - a^{1}", "1 - a¹", 2.7),
    (Entry(d(2), 1), r"\delta^{2}_{1}", "δ²₁", 0.93),
    (Entry(w(2), 10, 3), "W^{2}_{10,3}", "W²₁₀,₃", 2.43),
    (Entry(MatrixPartial(C, w(1)), 1, 2), r"\left( \frac{\partial C}{\partial W^{1}} \right)_{12}", "(∂C/∂W¹)_12", 4.68),
    (
        JOINED,
        r"\underset{\scriptscriptstyle 3 \times 2}{\begin{bmatrix} W^{2} & b^{2} \end{bmatrix}} \, "
        r"\underset{\scriptscriptstyle 2 \times 1}{\begin{bmatrix} a^{1} \\ 1 \end{bmatrix}}",
        "[W²  b²]⟨3×2⟩ [a¹; 1]⟨2×1⟩",
        6.44,
    ),
    (Product((number(Fraction(1, 4)), Hadamard((a(1), a(2))))), r"\frac{1}{4} a^{1} \odot a^{2}", "1/4·a¹ ⊙ a²", 3.92),
    (
        Matrix(((Sym("w__2_11"),), (Sym("w__2_21"),))),
        r"\begin{bmatrix} w^{2}_{11} \\[4pt] w^{2}_{21} \end{bmatrix}",
        "[w²₁₁; w²₂₁]",
        2.73,
    ),
)


@pytest.mark.parametrize(("expr", "tex", "line", "width"), PRINTED, ids=lambda part: part if isinstance(part, str) else None)
def test_how_matrices_print(expr: Expr, tex: str, line: str, width: float) -> None:
    assert latex(expr) == tex
    assert text(expr) == line
    assert 0.97 * width <= width_em(expr) <= 1.08 * width + 0.1
    assert height_lines(expr) < 4


def test_matrices_in_other_notations() -> None:
    assert latex(MatrixPartial(C, w(2)), Style(derivative="prime")) == "C'_{W^{2}}"
    assert latex(MatrixPartial(Sym("C_1"), w(2)), Style(derivative="prime")) == "{C_{1}}'_{W^{2}}"
    assert plain(BACK) == "(W__3).T @ delta__3 .* ReLU'(z__2)"


def test_brackets_keep_the_two_products_apart() -> None:
    mixed = MatMul((Hadamard((a(1), d(1))), Transpose(a(0))))
    assert latex(mixed) == r"(a^{1} \odot \delta^{1}) \, (a^{0})^{\top}"
    assert latex(Hadamard((Sum((a(1), Y)), a(2)))) == r"(a^{1} + y) \odot a^{2}"


def test_high_brackets_are_as_high_as_what_they_hold() -> None:
    column = Matrix(tuple((Sym("x"),) for _ in range(5)))
    assert height_lines(Call("ReLU", (column,), "ReLU")) < 1.3 * height_lines(column)


def test_a_node_is_made_again_over_other_parts() -> None:
    for expr, *_ in PRINTED:
        assert rebuild(expr, lambda part: part) is expr
        assert any(node is expr for node in walk(expr))
        swapped = rebuild(expr, lambda part: Sym("q"))
        assert type(swapped) is type(expr)


A = grid((1, 2), (3, 4), (5, 6))
B = grid((1, 0, 2), (0, 1, 1))
ENV = Environment({"x": (Fraction(2),), "n": (Fraction(3),)}, Library(), views={w(1): A, a(0): grid((1,), (2,))})

VALUES: tuple[tuple[Expr, tuple[tuple[int, ...], ...]], ...] = (
    (MatMul((A, B)), ((1, 2, 4), (3, 4, 10), (5, 6, 16))),
    (MatMul((w(1), a(0))), ((5,), (11,), (17,))),
    (Transpose(A), ((1, 3, 5), (2, 4, 6))),
    (Sum((A, Neg(Ones("n", 2)))), ((0, 1), (2, 3), (4, 5))),
    (Product((Sym("x"), A)), ((2, 4), (6, 8), (10, 12))),
    (Quotient(grid((2, 4)), number(2)), ((1, 2),)),
    (hadamard(A, A, None), ((1, 4), (9, 16), (25, 36))),
    (HadamardQuotient(grid((6, 8)), grid((3, 2))), ((2, 4),)),
    (Diagonal(grid((1,), (2,))), ((1, 0), (0, 2))),
    (Call("relu", (grid((-1, 2)),), "ReLU"), ((0, 2),)),
    (Prime("relu", (grid((-1, 2)),), "ReLU"), ((0, 1),)),
    (Matrix(((A, Ones(3, 1)), (Ones(1, 2), number(7)))), ((1, 2, 1), (3, 4, 1), (5, 6, 1), (1, 1, 7))),
    (Sized(A, "n", 2), ((1, 2), (3, 4), (5, 6))),
)


@pytest.mark.parametrize(("expr", "rows"), VALUES)
def test_values(expr: Expr, rows: tuple[tuple[int, ...], ...]) -> None:
    assert value_of(expr, ENV) == rows


def test_softmax_is_of_each_column() -> None:
    value = value_of(Call("softmax", (grid((0, 1), (0, 1)),)), ENV)
    assert value == ((Fraction(1, 2),) * 2,) * 2


def test_an_entry_is_a_number() -> None:
    assert value_of(Entry(w(1), 3, 2), ENV) == 6
    assert value_of(Sum((Entry(a(0), 2), ONE)), ENV) == 3


WRONG: tuple[Expr, ...] = (
    MatMul((A, A)),
    MatMul((A, Sym("x"))),
    Sum((A, B)),
    Sum((A, ONE)),
    Hadamard((A, Transpose(A))),
    HadamardQuotient(A, B),
    Product((A, A)),
    Quotient(ONE, A),
    Diagonal(A),
    Sized(A, 2, 3),
    Entry(A, 4, 1),
    Entry(A, 1),
    Matrix(((A, Ones(2, 1)),)),
    Matrix(((A,), (Ones(1, 3),))),
    Transpose(Sym("x")),
)


@pytest.mark.parametrize("expr", WRONG)
def test_sizes_that_do_not_fit_are_errors(expr: Expr) -> None:
    with pytest.raises(ShapeError):
        value_of(expr, ENV)


def test_an_unknown_matrix_has_no_value() -> None:
    with pytest.raises(UnknownValueError):
        value_of(MatMul((w(2), a(0))), ENV)
    with pytest.raises(UnknownValueError):
        value_of(Matrix(((Partial(C, Sym("w")),),)), ENV)


def test_a_number_and_a_matrix_of_one_entry_are_not_the_same() -> None:
    def close(x, y) -> bool:
        return x == y

    one = Fraction(1)
    assert same(((one,),), ((one,),), close) and same(one, one, close)
    assert not same(((one,),), one, close)
    assert not same(((one, one),), ((one,), (one,)), close)
