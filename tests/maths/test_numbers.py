"""Numbers on the page: rounded as at school, exact where they are short, and true to the figures printed before them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivgen.maths.arithmetic import add, context, multiply, power
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import Library
from derivgen.maths.numbers import (
    NumberFormat,
    as_printed,
    exact_text,
    fraction_of,
    rounded_text,
    rounds_to,
    settle,
    short_decimal,
    shown,
)
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Neg, Num, Power, Product, Shown, Sum, number

FRACTIONS = st.builds(Fraction, st.integers(-(10**15), 10**15), st.integers(1, 10**9))
TIES = st.builds(lambda digits, places: Fraction(10 * digits + 5, 10**places), st.integers(-99_999, 99_999), st.integers(1, 9))
ANY = st.one_of(FRACTIONS, TIES, st.builds(lambda f, e: f * Fraction(10) ** e, FRACTIONS, st.integers(-40, 20)))
EMPTY = Environment({}, Library())


def by_decimal(value: Fraction, digits: int, rounding: str) -> Decimal:
    """The same rounding by the standard library, with room enough to be exact at ties; large numbers have no decimals."""
    if rounding == "decimals" and abs(value) >= 10**12:
        return by_decimal(value, max(digits, 4), "significant")
    with localcontext() as wide:
        wide.prec = 400
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        places = digits if rounding == "decimals" else digits - 1 - exact.adjusted() if exact else 0
        return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(ANY, st.integers(1, 12), st.sampled_from(["significant", "decimals"]))
def test_half_up_as_at_school(value: Fraction, digits: int, rounding: str) -> None:
    text = rounded_text(value, digits, rounding)
    assert Fraction(text) == Fraction(by_decimal(value, digits, rounding))
    assert rounds_to(value, text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ANY, st.integers(2, 10))
def test_significant_digits_are_all_written(value: Fraction, digits: int) -> None:
    text = rounded_text(value, digits)
    mantissa = text.lstrip("-").partition("e")[0]
    figures = mantissa.replace(".", "").lstrip("0")
    if value and "." in mantissa:
        assert len(figures) == digits, text
    assert not text.startswith("-0.") or Fraction(text) != 0, "no minus zero"


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        ("1/8", 2, "0.13"),
        ("-1/8", 2, "-0.13"),
        ("0.125", 2, "0.13"),
        ("2.5", 1, "3"),
        ("0.5", 1, "0.5"),
        ("3.5", 1, "4"),
        ("-2.5", 1, "-3"),
        ("0.99995", 4, "1.000"),
        ("9999.5", 4, "10000"),
        ("1/3", 4, "0.3333"),
        ("2/3", 4, "0.6667"),
        ("0.000012345", 4, "0.00001235"),
        ("0.0000012345", 4, "1.235e-6"),
        ("12345678", 4, "1.235e7"),
        ("0", 4, "0"),
        ("1.005", 3, "1.01"),
        ("1.115", 3, "1.12"),
    ],
)
def test_to_significant_digits(value: str, digits: int, wanted: str) -> None:
    assert rounded_text(Fraction(value), digits) == wanted


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        ("0.005", 2, "0.01"),
        ("-0.004", 2, "0.00"),
        ("1.005", 2, "1.01"),
        ("2", 2, "2.00"),
        ("-0.5", 0, "-1"),
        ("1234.5", 0, "1235"),
    ],
)
def test_to_decimals(value: str, digits: int, wanted: str) -> None:
    assert rounded_text(Fraction(value), digits, "decimals") == wanted


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ANY, st.integers(1, 8), st.booleans())
def test_what_is_shown_is_the_number_or_says_that_it_is_rounded(value: Fraction, digits: int, decimals: bool) -> None:
    found = shown(value, NumberFormat(digits, decimals=decimals))
    if isinstance(found, Num):
        assert found.value == value and (not found.text or Fraction(found.text) == value)
    else:
        assert found.value == value and rounds_to(value, found.text) and found.exact == (Fraction(found.text) == value)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("999999999999", True),
        ("1000000000000", False),
        ("999999/999998", True),
        ("1/1000000", False),
        ("1000001/3", False),
        ("-7/12", True),
    ],
)
def test_what_is_short_is_exact(value: str, exact: bool) -> None:
    assert isinstance(shown(Fraction(value), NumberFormat()), Num) is exact


def test_noise_is_never_shown() -> None:
    root = power(Fraction(3), Fraction(1, 2))
    noise = add(multiply(root, root), Fraction(-3))
    assert shown(noise, NumberFormat()) == number(0)
    assert shown(context().mpf(0), NumberFormat()) == number(0)


def test_a_small_number_is_no_noise() -> None:
    assert isinstance(shown(context().mpf("1e-17"), NumberFormat()), Shown)
    assert plain(shown(context().exp(-300), NumberFormat())) == "5.148e-131"
    assert plain(shown(context().exp(-22026), NumberFormat())) == "1.697e-9566"


def test_what_is_too_small_to_be_written_is_about_0() -> None:
    found = shown(context().mpf("1e-31000"), NumberFormat())
    assert isinstance(found, Shown)
    assert (found.text, found.exact) == ("0", False)


def test_exact_text() -> None:
    assert exact_text(Fraction(-7, 12)) == "-7/12" and exact_text(Fraction(4)) == "4"
    third = exact_text(context().mpf(1) / 3)
    assert third == "0." + "3" * 30
    assert Fraction(exact_text(context().exp(-100))) > 0


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_short_decimals_are_the_number(numerator: int, places: int) -> None:
    value = Fraction(numerator, 10**places)
    text = short_decimal(value)
    assert text is not None and Fraction(text) == value and not text.endswith(".")
    assert short_decimal(value + Fraction(1, 3 * 10**9)) is None


def test_a_decimal_is_the_fraction_it_stands_for() -> None:
    for text in ("0.1", "-3.75", "1e-30", "1e30", "0"):
        value = context().mpf(text)
        assert abs(fraction_of(value) - Fraction(text)) <= abs(Fraction(text)) / 10**95


# a printed line never contradicts the next


def product_of(values: list[Fraction], style: NumberFormat):
    """A line of factors and its result, settled."""
    result = Fraction(1)
    for value in values:
        result *= value

    def made(extra: int) -> Expr:
        return Product(tuple(shown(value, style, extra) for value in values))

    return settle(made, result, style, lambda expr: evaluate(expr, EMPTY))


def holds(expr: Expr, printed: Expr, digits: int) -> bool:
    """Whether the printed figures, multiplied with pencil and paper, round to the printed result."""
    again = Fraction(1)
    for factor in expr.factors:  # type: ignore[attr-defined]
        again *= Fraction(factor.text) if isinstance(factor, Shown) else factor.value
    if isinstance(printed, Num):
        return abs(again - printed.value) <= abs(printed.value) / 10**digits + Fraction(1, 10**12)
    return rounds_to(again, printed.text)


MEDIUM = st.builds(lambda n, d, s: Fraction(n, d) * s, st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1, -1]))


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.lists(MEDIUM, min_size=2, max_size=7), st.integers(2, 7))
def test_printed_factors_multiply_to_the_printed_result_or_it_is_marked(values: list[Fraction], digits: int) -> None:
    expr, printed, agrees = product_of(values, NumberFormat(digits))
    assert agrees is holds(expr, printed, digits) or not agrees
    assert not agrees or holds(expr, printed, digits)


def test_marks_are_rare() -> None:
    """With guard digits almost every line comes out; what is left is marked, not hidden."""
    values = [
        [Fraction(k * 7919 % 9973, 997), Fraction(k * 104729 % 8887, 8887), Fraction(31 * k + 1, 4001)] for k in range(1, 400)
    ]
    agreed = sum(product_of(row, NumberFormat(4))[2] for row in values)
    assert agreed == len(values)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(MEDIUM, min_size=2, max_size=6), st.integers(1, 5))
def test_sums_as_well(values: list[Fraction], digits: int) -> None:
    style = NumberFormat(digits, "decimals")

    def made(extra: int) -> Expr:
        return Sum(tuple(shown(value, style, extra) for value in values))

    expr, printed, agrees = settle(made, sum(values, Fraction(0)), style, lambda e: evaluate(e, EMPTY))
    again = evaluate(as_printed(expr), EMPTY)
    assert not agrees or (
        rounds_to(again, printed.text) if isinstance(printed, Shown) else abs(again - printed.value) < Fraction(1, 10**digits)
    )  # type: ignore[union-attr]


def test_figures_without_a_value_get_the_digits_they_need() -> None:
    """1/(1 - 0.9999999999): with 4 + 6 digits the 1 - 1.000000000 below the bar would be 0."""
    near = 1 - Fraction(1, 3 * 10**14)

    def made(extra: int) -> Expr:
        return Power(Sum((number(1), Neg(shown(near, NumberFormat(), extra)))), number(-1))

    expr, printed, agrees = settle(made, Fraction(3 * 10**14), NumberFormat(), lambda e: evaluate(e, EMPTY))
    assert evaluate(as_printed(expr), EMPTY) > 10**14
    assert agrees and isinstance(printed, Shown)


def test_figures_that_never_have_a_value_are_marked() -> None:
    bad = Power(Sum((number(1), Neg(number(1)))), number(-1))
    assert settle(lambda extra: bad, Fraction(5), NumberFormat(), lambda e: evaluate(e, EMPTY)) == (bad, number(5), False)
