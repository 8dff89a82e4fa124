"""Formulas with as few brackets as they need: equal in value, and nothing left to take away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivgen.maths.arithmetic import DomainError
from derivgen.maths.brackets import level
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import Library
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Neg, Power, Product, Quotient, Sum, Sym, number
from tests.maths.vocabulary import parsed

LEVELLED = [
    ("-1/2*((y - A_5)*A_5*(1 - A_5))", "-1/2*(y - A_5)*A_5*(1 - A_5)"),
    ("-(a*b*c)", "-a*b*c"),
    ("-(2*(a*b))", "-2*a*b"),
    ("-(-2*a*b)", "2*a*b"),
    ("-(a/b)", "-a/b"),
    ("a + (-2)*(b*c) + (c + (-a)*b)", "a - 2*b*c + c - a*b"),
    ("a - (b + c)", "a - (b + c)"),
    ("a - (-b)*c", "a + b*c"),
    ("a*(-b)*(c + (a + b))", "a*(-b)*(c + a + b)"),
    ("(a*b)/c*d", "a*b/c*d"),
    ("a/(b*c)", "a/(b*c)"),
    ("mean(-(a*(b*c)))", "mean(-a*b*c)"),
    ("(-a)^2*(b*c)", "(-a)^2*b*c"),
    ("-(a^2*b)", "-a^2*b"),
]


@pytest.mark.parametrize(("written", "printed"), LEVELLED)
def test_brackets_that_are_not_needed_are_left_out(written: str, printed: str) -> None:
    assert plain(level(parsed(written))) == printed


def _grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        inner.map(Neg),
        several.map(Sum),
        several.map(Product),
        st.builds(Quotient, inner, inner),
        inner.map(lambda base: Power(base, number(2))),
    )


LEAVES = st.one_of(st.sampled_from("abc").map(Sym), st.sampled_from([-2, -1, 0, 1, 3]).map(number))
ENV = Environment({"a": (number(2).value,), "b": (number(-7).value / 3,), "c": (number(5).value / 11,)}, Library())


def value(expr: Expr):
    try:
        return evaluate(expr, ENV)
    except DomainError:
        return None


@given(st.recursive(LEAVES, _grown, max_leaves=10))
def test_the_value_is_the_same_and_so_is_what_is_read_again(expr: Expr) -> None:
    assert value(level(expr)) == value(expr) == value(parsed(plain(level(expr))))
