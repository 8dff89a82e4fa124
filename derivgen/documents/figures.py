"""The words a number is accepted by: its exact fraction, its rounded figures. Two numbers that are one answer share a word."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from derivgen.maths.arithmetic import Number, Rounded, is_exact
from derivgen.maths.numbers import NumberFormat, fraction_of


def number_words(value: Number, style: NumberFormat, rounded: bool = False) -> tuple[str, ...]:
    """The words of a number: its fraction where it is exact; its rounded figures where these are all that can be expected.

    >>> number_words(Fraction(1, 2), NumberFormat()), number_words(Fraction(2, 3), NumberFormat())
    (('=1/2',), ('=2/3', '~6667e-4'))
    """
    exact = fraction_of(value)
    found = (f"={exact.numerator}/{exact.denominator}",) if is_exact(value) else ()
    rounded = rounded or not found or type(value) is Rounded or _is_long(exact, style)
    return (*found, rounded_word(exact, style)) if rounded else found


def _is_long(exact: Fraction, style: NumberFormat) -> bool:
    """Whether a fraction has more digits than a sheet prints, so that its rounded figures are right as well."""
    if exact.denominator == 1 or abs(exact) >= 10 ** (style.digits - 1):
        return False
    return exact != _from(rounded_figures(exact, style))


def rounded_figures(value: Fraction, style: NumberFormat) -> tuple[int, int]:
    """(k, e): the number rounded half up is k · 10^e, k with as many digits as are printed.

    >>> rounded_figures(Fraction(2, 3), NumberFormat()), rounded_figures(Fraction(99999, 10), NumberFormat())
    ((6667, -4), (1000, 1))
    """
    if style.rounding == "decimals":
        return _half_up(value, -style.digits), -style.digits
    if not value:
        return 0, 0
    exponent = _magnitude(value) - style.digits + 1
    figures = _half_up(value, exponent)
    return (figures, exponent) if abs(figures) < 10**style.digits else (figures // 10, exponent + 1)


def rounded_word(value: Fraction, style: NumberFormat) -> str:
    """The word of a number's rounded figures."""
    figures, exponent = rounded_figures(value, style)
    return f"~{figures}e{exponent}"


def _from(figures: tuple[int, int]) -> Fraction:
    return figures[0] * Fraction(10) ** figures[1]


def _half_up(value: Fraction, exponent: int) -> int:
    scaled = abs(value) / Fraction(10) ** exponent
    figures = floor(scaled + Fraction(1, 2))
    return -figures if value < 0 else figures


def _magnitude(value: Fraction) -> int:
    """The exponent of 10 of the first digit."""
    size = len(str(abs(value.numerator))) - len(str(value.denominator))
    return size if abs(value) >= Fraction(10) ** size else size - 1
