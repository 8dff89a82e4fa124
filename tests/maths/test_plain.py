"""The printer of the expression language, as pairs; what it prints is read again as the same tree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivgen.maths import plain as printer
from derivgen.maths import tree
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Partial,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    number,
)
from tests.maths.vocabulary import parsed

WRITTEN = [
    ("mean(-2*(y-A_5)*A_5*(1-A_5)*W_35*ReLU'(Z_3)*x_1)", "mean(-2*(y - A_5)*A_5*(1 - A_5)*W_35*ReLU'(Z_3)*x_1)"),
    ("x^(1/2)", "x^(1/2)"),
    ("x^-1", "x^-1"),
    ("(a^b)^c", "(a^b)^c"),
    ("-(a*b)", "-(a*b)"),
    ("-a*b", "-a*b"),
    ("c+-a*b", "c + (-a)*b"),
    ("a*(b*c)", "a*(b*c)"),
    ("a/(b*c)", "a/(b*c)"),
    ("a/(-b)", "a/(-b)"),
    ("x - -y", "x - (-y)"),
    ("sum(a, b+1)", "a + (b + 1)"),
    ("1e-3^2", "1e-3^2"),
    ("cases(x<=0: 0.1*x, else: x)*2", "cases(x <= 0: 0.1*x, else: x)*2"),
    ("softmax(a, b)", "softmax(a, b)"),
    ("-(x*cases(x > 0: 1, else: 2))", "-(x*cases(x > 0: 1, else: 2))"),
    ("-(x*(y*cases(x > 0: 1, else: 2)))", "-(x*(y*cases(x > 0: 1, else: 2)))"),
    ("a - x*cases(x > 0: 1, else: 2)*b", "a - x*cases(x > 0: 1, else: 2)*b"),
    ("x*cases(x > 0: 1, else: 2)/y", "x*cases(x > 0: 1, else: 2)/y"),
]


@pytest.mark.parametrize(("written", "printed"), WRITTEN)
def test_plain(written: str, printed: str) -> None:
    assert plain(parsed(written)) == printed
    assert parsed(printed) == parsed(written)


def test_plain_beyond_the_language() -> None:
    assert plain(Partial(Sym("Loss"), Sym("A_5"))) == "dLoss/dA_5"
    assert plain(number(Fraction(-1, 2))) == "-1/2"
    assert plain(Product((number(Fraction(-1, 2)), Sym("x")))) == "-1/2*x"
    assert plain(Power(Sym("x"), number(Fraction(-1, 2)))) == "x^(-1/2)"
    assert plain(SumOver("i", number(4), Sym("A_5", "i"))) == "sum(i=1..4: A_5[i])"
    assert plain(Call("softmax", (Sym("a"), Sym("b")), component=0)) == "softmax_1(a, b)"


NAMES = st.sampled_from(["x", "y", "W_13", "a__2_1", "beta", "Loss"]).map(Sym)
NUMBERS = st.sampled_from(["0", "2", "0.15", "1e-3"]).map(lambda t: Num(Fraction(t), t))


def _grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        inner.map(Neg),
        several.map(Sum),
        several.map(Product),
        st.builds(Quotient, inner, inner),
        st.builds(Power, inner, st.one_of(NAMES, inner.filter(lambda e: not isinstance(e, Num)))),
        several.map(lambda args: Call("max", args, "max")),
        inner.map(lambda arg: Prime("ReLU", (arg,), "ReLU")),
        inner.map(lambda body: Reduce("mean", body)),
        st.builds(lambda a, b, c: Cases(((Compare("<", a, b), c),), b), inner, inner, inner),
    )


@given(st.recursive(st.one_of(NAMES, NUMBERS), _grown, max_leaves=12))
def test_what_plain_prints_is_read_again(expr: Expr) -> None:
    assert parsed(plain(expr)) == expr


def test_every_kind_of_node_is_printed() -> None:
    kinds = {kind for kind in tree._SHAPES if issubclass(kind, Expr)}
    assert len(kinds) > 25
    in_letters = {tree.Element, tree.Delta, tree.Contract, tree.Block}  # what `index_view` gives letters
    assert kinds - in_letters == set(printer.PRINT)
