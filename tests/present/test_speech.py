"""Formulas in words: what is read aloud in each language, for everything that the tree can hold."""

from __future__ import annotations

from string import Formatter

import pytest

from derivgen.maths.tree import (
    Boxed,
    Compare,
    Derivative,
    Expr,
    Filled,
    Gap,
    Matrix,
    MatrixSym,
    Nabla,
    Partial,
    Power,
    Sum,
    SumOver,
    Sym,
    Transpose,
    number,
)
from derivgen.present.speech import LANGUAGES, SAY, speech, with_numbers
from tests.maths.vocabulary import parsed
from tests.present.test_build import KINDS, TAKEN_APART

SAID: list[tuple[Expr, str, str]] = [
    (parsed("W_13*x_1 + b_3"), "W sub 1 3 times x sub 1 plus b sub 3", "W índice 1 3 vezes x índice 1 mais b índice 3"),
    (
        parsed("-2*(y - yhat)"),
        "minus 2 times open bracket y minus y hat close bracket",
        "menos 2 vezes abre parêntese y menos y chapéu fecha parêntese",
    ),
    (parsed("sig'(Z_5)"), "sig prime of Z sub 5", "sig linha de Z índice 5"),
    (parsed("a/b"), "a over b", "a sobre b"),
    (
        parsed("1/(1 + exp(-x))"),
        "the fraction 1 over 1 plus e to the power of minus x end of power end of fraction",
        "a fração 1 sobre 1 mais e elevado a menos x fim do expoente fim da fração",
    ),
    (parsed("sqrt(x + 1)"), "the square root of x plus 1 end of root", "a raiz quadrada de x mais 1 fim da raiz"),
    (parsed("abs(x)"), "the absolute value of x", "o valor absoluto de x"),
    (
        parsed("cases(x >= 0: x, else: 0)"),
        "one of: x if x is at least 0; 0 otherwise; end of cases",
        "um dos casos: x se x é no mínimo 0; 0 caso contrário; fim dos casos",
    ),
    (
        Compare("==", Partial(Sym("L"), Sym("W_13")), parsed("x^2")),
        "the partial derivative of L with respect to W sub 1 3 equals x squared",
        "a derivada parcial de L em relação a W índice 1 3 é igual a x ao quadrado",
    ),
    (
        Partial(Sym("L"), Sym("w"), direct=True),
        "the partial derivative of L with respect to w, directly",
        "a derivada parcial de L em relação a w, diretamente",
    ),
    (
        Derivative(Power(Sym("x"), number(3)), Sym("x")),
        "the derivative with respect to x of open bracket x cubed close bracket",
        "a derivada em relação a x de abre parêntese x ao cubo fecha parêntese",
    ),
    (
        Nabla(Sym("L"), "theta"),
        "the gradient of L with respect to theta",
        "o gradiente de L em relação a teta",
    ),
    (SumOver("i", number(4), Sym("x", "i")), "the sum over i from 1 to 4 of x sub i", "a soma sobre i de 1 a 4 de x índice i"),
    (
        Matrix(((number(1), Sym("w_12")), (number(3), number(4)))),
        "the matrix of 2 by 2: row 1: 1, w sub 1 2; row 2: 3, 4; end of matrix",
        "a matriz de 2 por 2: linha 1: 1, w índice 1 2; linha 2: 3, 4; fim da matriz",
    ),
    (Transpose(MatrixSym("y")), "y transposed", "y transposta"),
    (Sum((Sym("a"), Gap(3.0))), "a plus blank", "a mais lacuna"),
    (parsed("mean(x)"), "the mean of x", "a média de x"),
]


@pytest.mark.parametrize(("expr", "english", "portuguese"), SAID)
def test_what_is_said(expr: Expr, english: str, portuguese: str) -> None:
    assert speech(expr) == english
    assert speech(expr, language="pt") == portuguese


PAGED: list[tuple[Expr, str, str]] = [
    (
        Sum((Gap(3.0), Gap(3.0))),
        "gap 1 of 2 plus gap 2 of 2",
        "lacuna 1 de 2 mais lacuna 2 de 2",
    ),
    (Filled(number(-2), 3.0), "gap 1 of 1, filled with minus 2,", "lacuna 1 de 1, preenchida com menos 2,"),
    (Boxed(Sym("x")), "the result x", "o resultado x"),
]


@pytest.mark.parametrize(("expr", "english", "portuguese"), PAGED)
def test_what_is_said_of_a_page(expr: Expr, english: str, portuguese: str) -> None:
    """There gaps have numbers, and a result in a frame is said to be one."""
    assert with_numbers(speech(expr, numbered=True)) == english
    assert with_numbers(speech(expr, language="pt", numbered=True)) == portuguese


def test_every_kind_of_box_is_said() -> None:
    assert set(SAY) >= KINDS - TAKEN_APART


def test_every_language_has_the_same_words() -> None:
    english, *others = LANGUAGES.values()
    assert others
    for other in others:
        assert set(other.signs) == set(english.signs)
        assert set(other.ends) == set(english.ends)
        assert _places(other.phrases) == _places(english.phrases)


def _places(phrases: object) -> dict[str, int]:
    """How many places each phrase has."""
    assert hasattr(phrases, "items")
    return {key: sum(field is not None for _, field, _, _ in Formatter().parse(phrase)) for key, phrase in phrases.items()}
