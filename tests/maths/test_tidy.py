"""Tidying changes how an expression is written, never what it is worth."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from derivgen.maths.plain import plain
from derivgen.maths.tidy import chain, tidy
from derivgen.maths.tree import Neg, Num, Product, Quotient, Sum, walk
from tests.maths.test_differentiate import SEEDS, judged, made_up, near, ours, theirs, tree


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_same_value(seed: int) -> None:
    text = made_up(seed)
    value, slopes = judged(text)
    neat = tidy(tree(text))
    assert near(ours(neat), value), (text, plain(neat))
    again, slopes_again = theirs(plain(neat))
    assert near(again, value), (text, plain(neat))
    assert all(near(slopes_again[name], slope, 30) for name, slope in slopes.items()), (text, plain(neat))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS)
def test_tidy_is_tidy(seed: int) -> None:
    """Once is enough, in value: what is tidied stays the same when it is tidied again."""
    text = made_up(seed)
    value, _ = judged(text)
    once = tidy(tree(text))
    assert near(ours(tidy(once)), value), text
    assert not any(isinstance(node, Neg) and isinstance(node.arg, Neg) for node in walk(once)), plain(once)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS, SEEDS, SEEDS)
def test_a_chain_is_worth_its_product(first: int, second: int, third: int) -> None:
    texts = [made_up(seed, 2) for seed in (first, second, third)]
    value, _ = judged("*".join(f"({text})" for text in texts))
    neat = chain([tree(text) for text in texts])
    assert near(ours(neat), value), plain(neat)
    assert near(theirs(plain(neat))[0], value), plain(neat)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2*(y - a)*(-1)", "-2*(y - a)"),
        ("-2/4", "-1/2"),
        ("1/2*2*a", "a"),
        ("-(-a)", "a"),
        ("0*a + b", "b"),
        ("a + a", "2*a"),
        ("a - a", "0"),
        ("a*1*b", "a*b"),
        ("(y - Z)*(-1)", "-(y - Z)"),
        ("0.5*a*2", "a"),
        ("0.1*a*3", "0.3*a"),
        ("a/(2*b)*4", "2*a/b"),
        ("1/2*1/f", "1/(2*f)"),
        ("(-a)/(-b)", "a/b"),
        ("b*a + a*b", "b*a + a*b"),
        ("x^1 + x^0", "x + 1"),
        ("2^3*a", "8*a"),
        ("a/1", "a"),
    ],
)
def test_as_one_would_write_it(text: str, wanted: str) -> None:
    assert plain(tidy(tree(text))) == wanted


def test_nothing_is_expanded_and_nothing_reordered() -> None:
    for text in ("(a + b)*(a - b)", "b*a*(c + a)", "(y - Z)^2*A*(1 - A)", "b + a - c*b", "x_2*w_2 + x_1*w_1"):
        assert plain(tidy(tree(text))) == text


def test_a_division_by_zero_is_left_for_the_evaluation_to_find() -> None:
    neat = tidy(Quotient(Product((Num(1), tree("a"))), Sum((tree("b"), Neg(tree("b"))))))
    assert plain(neat) == "a/0"
    assert plain(tidy(tree("(a/c)/(b/(3 - 3))"))) == "a/(b/0*c)"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x*(1/(2*sqrt(u)))/sqrt(u)^2", "x/(2*u^(3/2))"),
        ("a*(b/c)/d", "a*b/(d*c)"),
        ("a/sqrt(u)^2", "a/u"),
        ("a + b*(-2) + c*(-1)", "a - 2*b - c"),
    ],
)
def test_one_bar_and_signs_before_terms(text: str, wanted: str) -> None:
    assert plain(tidy(tree(text))) == wanted
