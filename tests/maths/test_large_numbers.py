"""Very large and very small numbers: worked with, printed, and refused only beyond 1e300."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.numbers import NumberFormat, rounded_text, shown
from derivgen.maths.plain import plain
from derivgen.spec.load import loads


@pytest.mark.parametrize(
    ("equation", "values"),
    [
        ("SiLU(x)", "x: -1e23"),
        ("2^-x^2", "x: 1e9"),
        ("exp(-exp(x))", "x: 40"),
        ("ln(1 + exp(-x))", "x: 1e12"),
        ("x^3", "x: 1e90"),
        ("1/x", "x: 1e-90"),
        ("ln(x)*y", "x: 1e-200, y: 3"),
        ("exp(-exp(x)) + x*y", "x: 30, y: 2"),
    ],
)
def test_every_road_is_gone(equation: str, values: str) -> None:
    report = check(run(derive(build(loads(f"equations: L = {equation}\nvalues: {{{values}}}\n")))))
    assert report.failed == 0 and report.unchecked == 0 and report.gradients


@pytest.mark.parametrize(
    ("equation", "values"), [("exp(x)", "x: 700"), ("x^4", "x: 1e80"), ("2^x", "x: 1e9"), ("exp(exp(x))", "x: 99")]
)
def test_what_is_too_large_is_refused(equation: str, values: str) -> None:
    with pytest.raises(SpecError, match="has no value"):
        run(derive(build(loads(f"equations: L = {equation}\nvalues: {{{values}}}\n"))))


@pytest.mark.parametrize(
    ("value", "printed"),
    [("999999999999.256", "999999999999.26"), ("1000000000000.256", "1.000e12"), ("-1e150", "-1.000e150"), ("1e-150", "0.00")],
)
def test_decimals_end_where_they_no_longer_matter(value: str, printed: str) -> None:
    assert rounded_text(Fraction(value), 2, "decimals") == printed


def test_a_large_number_is_printed_with_its_power_of_ten() -> None:
    assert plain(shown(Fraction(10**40, 7), NumberFormat(6, "decimals"))) == "1.42857e39"
