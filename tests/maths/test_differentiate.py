"""The rules of differentiation on made-up expressions, against the oracle and against plain differences."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derivgen.errors import Place
from derivgen.maths.arithmetic import DomainError, precision
from derivgen.maths.differentiate import Rules, derivative_formula, differentiate, occurrences, plus, times
from derivgen.maths.evaluate import Environment, evaluate, place_of
from derivgen.maths.functions import Library, vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.plain import plain
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import ONE, ZERO, Call, Expr, Neg, Num, Product, Sum, Sym
from tests.derivation.random_specs import Maker
from tests.oracle import MP, Node, NoValueError, Scene, backward, mp, parse

LIBRARY = Library()
RULES = Rules(LIBRARY)
VALUES = {"a": Fraction(7, 5), "b": Fraction(-2, 3), "E": Fraction(1, 2), "sin": Fraction(3)}
STEP = Fraction(1, 10**25)
SEEDS = st.integers(min_value=0, max_value=10**7)


def tree(text: str) -> Expr:
    return parse_expression(text, Place("test", 1, 1, 1, text), vocabulary())


def made_up(seed: int, depth: int = 3) -> str:
    maker = Maker(seed)
    maker.own = []
    return maker.expression(list(VALUES), depth)


def ours(expr: Expr, values=VALUES):
    return evaluate(expr, Environment({name: (value,) for name, value in values.items()}, LIBRARY))


def theirs(text: str) -> tuple:
    """The oracle's value of an expression, and its slope by each name."""
    leaves = {name: [Node(value)] for name, value in VALUES.items()}
    root = Scene(leaves).at(parse(text), 0)
    backward(root)
    return root.value, {name: column[0].adjoint for name, column in leaves.items()}


def near(a, b, digits: int = 40) -> bool:
    """Equal to so many digits."""
    a, b = (mp(x) if isinstance(x, Fraction) else MP.convert(x) for x in (a, b))
    return abs(a - b) <= MP.mpf(10) ** -digits * (1 + abs(b))


def judged(text: str) -> tuple:
    """As `theirs`; an expression without a value, or of huge ones, is passed over."""
    try:
        value, slopes = theirs(text)
    except NoValueError:
        assume(False)
    assume(max(abs(mp(x)) for x in (value, *slopes.values())) < 1e8)
    return value, slopes


@settings(max_examples=250, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_rules_on_any_expression(seed: int) -> None:
    text = made_up(seed)
    value, slopes = judged(text)
    expr = tree(text)
    assert near(ours(expr), value), text
    for name, slope in slopes.items():
        raw = differentiate(expr, name, RULES)
        assert near(ours(raw), slope), (text, name, plain(raw))
        assert near(ours(tidy(raw)), slope), (text, name, plain(tidy(raw)))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_is_printed_is_the_derivative(seed: int) -> None:
    """The derivative as text, read again by the oracle."""
    text = made_up(seed)
    _, slopes = judged(text)
    for name, slope in slopes.items():
        printed = plain(tidy(differentiate(tree(text), name, RULES)))
        try:
            assert near(theirs(printed)[0], slope), (text, name, printed)
        except NoValueError:
            pytest.fail(f"{printed} has no value")


@settings(max_examples=120, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_rules_against_differences(seed: int) -> None:
    """Away from kinks: the expression's own value a little to either side."""
    maker = Maker(seed)
    maker.own, maker.kinked = [], False
    text = maker.expression(list(VALUES), 3)
    judged(text)
    expr = tree(text)
    with precision(150):
        for name in VALUES:
            try:
                above, below = (ours(expr, {**VALUES, name: VALUES[name] + step}) for step in (STEP, -STEP))
            except DomainError:
                assume(False)
            assert near(ours(differentiate(expr, name, RULES)), mp_of(above - below) / (2 * mp(STEP)), 20), (text, name)


def mp_of(number):
    return mp(number) if isinstance(number, Fraction) else MP.convert(number)


# as a textbook writes them


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("W_13*x_1 + W_23*x_2 + b_3", "W_13", "x_1"),
        ("W_13*x_1 + W_23*x_2 + b_3", "b_3", "1"),
        ("(y - Z)^2", "Z", "-2*(y - Z)"),
        ("(a - y)^2/2", "a", "a - y"),
        ("1/2*(a - y)^2", "a", "a - y"),
        ("a*a", "a", "2*a"),
        ("a^3", "a", "3*a^2"),
        ("a^2", "a", "2*a"),
        ("a^1", "a", "1"),
        ("1/a", "a", "-(1/a^2)"),
        ("a/b", "b", "-(a/b^2)"),
        ("a/b", "a", "1/b"),
        ("-(y*ln(p))", "p", "-(y/p)"),
        ("exp(2*a)", "a", "2*exp(2*a)"),
        ("2^a", "a", "2^a*ln(2)"),
        ("tanh(a)", "a", "1 - tanh(a)^2"),
        ("sig(a)", "a", "sig(a)*(1 - sig(a))"),
        ("ReLU(a)", "a", "ReLU'(a)"),
        ("ReLU(2*a)", "a", "2*ReLU'(2*a)"),
        ("b", "a", "0"),
        ("step(a)", "a", "0"),
        ("cases(a > 0: a, else: 0.1*a)", "a", "cases(a > 0: 1, else: 0.1)"),
        ("cases(a > 0: b, else: 2*b)", "a", "0"),
        ("mean(a, b)", "a", "1/2"),
        ("lambda/2*(w_1^2 + w_2^2)", "w_2", "lambda*w_2"),
    ],
)
def test_what_a_teacher_would_write(text: str, name: str, wanted: str) -> None:
    assert plain(tidy(differentiate(tree(text), name, RULES))) == wanted


def test_with_the_output_of_the_function_itself() -> None:
    expr = tree("sig(Z_5)")
    rules = Rules(LIBRARY, expr, (Sym("A_5"),))
    assert plain(differentiate(expr, "Z_5", rules)) == "A_5*(1 - A_5)"


def test_zeros_and_ones_disappear() -> None:
    a = Sym("a")
    assert times(ONE, a, ONE) == a and times(a, ZERO) == ZERO and times() == ONE
    assert plus([ZERO, a, ZERO]) == a and plus([]) == ZERO and plus([a, a]) == Sum((a, a))


def test_occurrences_are_counted_as_written() -> None:
    assert occurrences(tree("a*a + ln(a)^b"), "a") == 3


def test_a_function_of_one_s_own() -> None:
    library = Library({"swish": (("x",), tree("x*sig(x)"))})
    formula = derivative_formula(library, "swish", 0)
    assert plain(formula) == "sig(x) + x*sig(x)*(1 - sig(x))"
    expr = differentiate(Call("swish", (Product((Num(Fraction(3)), Neg(Sym("a")))),), "swish"), "a", Rules(library))
    assert plain(tidy(expr)) == "-3*swish'(-3*a)"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cases(x > 0: 1/(y*0), else: x)", "1/(y*0)"),
        ("cases(x < 0: 1/(x*0), else: ln(-y))", "ln(-y)"),
        ("cases(1/(x - 3) > 0: 1, else: y)", "1/(x - 3)"),
        ("mean(x, 3) + ReLU(y/(x - 3))", "y/(x - 3)"),
        ("x + sqrt(2 - x)*y", "sqrt(2 - x)"),
        ("unknown + (x - 4)^0.5", "(x - 4)^0.5"),
    ],
)
def test_the_part_without_a_value_is_found(text: str, place: str) -> None:
    env = Environment({"x": (Fraction(3),), "y": (Fraction(2),)}, LIBRARY)
    assert plain(place_of(tree(text), env)) == place
