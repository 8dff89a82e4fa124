"""Printed numbers: their value, and how exactly they are printed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.frozen import dataclass
from derivgen.maths.tree import Expr, Neg, Num, Power, Product, walk

MOST_EXPONENT = 400


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed: its value, and the unit of its last digit (None: a fraction, which is exact)."""

    value: Fraction
    unit: Fraction
    digits: int
    text: str


def figure_of(expr: Expr) -> Figure | None:
    """Return the printed number that an expression is, with a sign, a power of ten or a percent sign; None for anything else."""
    if isinstance(expr, Num):
        mantissa, _, exponent = expr.text.lower().partition("e")
        shift = Fraction(10) ** int(exponent or 0)
        unit = Fraction(1, 10 ** len(mantissa.partition(".")[2])) * shift
        return Figure(expr.value, unit, len(mantissa.replace(".", "").lstrip("0")), expr.text)
    if isinstance(expr, Neg):
        inner = figure_of(expr.arg)
        return inner and Figure(-inner.value, inner.unit, inner.digits, inner.text)
    if isinstance(expr, Product) and len(expr.factors) == 2:
        first, power = figure_of(expr.factors[0]), expr.factors[1]
        if first and isinstance(power, Power) and power.base == Num(Fraction(10)):
            exponent_figure = figure_of(power.exponent)
            if exponent_figure and exponent_figure.value.denominator == 1 and abs(exponent_figure.value) <= MOST_EXPONENT:
                shift = Fraction(10) ** int(exponent_figure.value)
                return Figure(first.value * shift, first.unit * shift, first.digits, first.text)
    return None


def literals(expr: Expr) -> Iterator[Num]:
    """Yield the decimals (numbers with a point) in an expression."""
    for node in walk(expr):
        if type(node) is Num and "." in node.text:
            yield node
