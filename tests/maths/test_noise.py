"""What is left when decimals cancel is noise or a number: 400 digits tell which, and how small it is says nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

import derivgen
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.arithmetic import DIGITS, PRECISIONS, add, compare, context, power
from derivgen.spec.load import loads


def evaluation_of(equation: str, values: str) -> Evaluation:
    return run(derive(build(loads(f"equations: |\n  L = {equation}\nvalues: {{{values}}}\n"))))


def loss(equation: str, values: str) -> float:
    return float(evaluation_of(equation, values).values["L"][0])


TINY = [
    ("max(x, 0)", "x: 1e-150", 1e-150),
    ("max(exp(-x), 0)", "x: 345", 1.4734e-150),
    ("max(0, exp(-x))", "x: 345", 1.4734e-150),
    ("min(0, -exp(-x))", "x: 345", -1.4734e-150),
    ("ReLU(exp(-x))", "x: 500", 7.1246e-218),
    ("abs(-exp(-x))", "x: 500", 7.1246e-218),
    ("cases(exp(-x) > 0: 1, else: 2)", "x: 345", 1.0),
    ("cases(exp(-x) == 0: 1, else: 2)", "x: 345", 2.0),
    ("1 - tanh(x)", "x: 100", 2.7678e-87),
    ("1 - sig(x)", "x: 300", 5.1482e-131),
    ("ln(1 + exp(-x))", "x: 300", 5.1482e-131),
    ("softplus(-x)", "x: 400", 1.9152e-174),
    ("-ln(1 - sig(x))", "x: 300", 300.0),
    ("normcdf(-x)", "x: 30", 4.9067e-198),
    ("ELU(-exp(-x))", "x: 300", -5.1482e-131),
    ("sin(exp(-x))", "x: 300", 5.1482e-131),
    ("exp(x) - 1", "x: 1e-90", 1e-90),
]


@pytest.mark.parametrize(("equation", "values", "wanted"), TINY)
def test_a_small_number_is_taken_for_what_it_is(equation: str, values: str, wanted: float) -> None:
    assert loss(equation, values) == pytest.approx(wanted, rel=1e-4)


def test_differences_are_taken_beside_the_edge_of_a_logarithm() -> None:
    """1 - a is 10^-131: a step of 10^-90 would leave the logarithm without a value."""
    text = "equations: |\n  a = sig(z)\n  L = -y*ln(a) - (1 - y)*ln(1 - a)\nvalues: {z: 300, y: 0.25}\nwrt: ['*']\n"
    report = check(run(derive(build(loads(text)))))
    assert report.failed == 0 and report.unchecked == 0 and len(report.gradients) == 4


NOISE = [
    ("sqrt(x)^2 - x", "x: 3"),
    ("exp(ln(x)) - x", "x: 7"),
    ("sin(x)^2 + cos(x)^2 - 1", "x: 0.4"),
    ("ReLU(sqrt(x)^2 - 3)", "x: 3"),
    ("abs(ln(exp(x)) - 2)", "x: 2"),
    ("sin(4*atan(x))", "x: 1"),
    ("cos(2*atan(x))", "x: 1"),
    ("ln(sqrt(x)*sqrt(x)/x)", "x: 2"),
    ("tanh(x) + tanh(-x)", "x: 0.3"),
    ("1e40*sqrt(x)^2 - 3e40", "x: 3"),
]


@pytest.mark.parametrize(("equation", "values"), NOISE)
def test_noise_is_nothing(equation: str, values: str) -> None:
    evaluation = evaluation_of(equation, values)
    assert evaluation.values["L"][0] == 0
    assert check(evaluation).failed == 0


@pytest.mark.parametrize("equation", ["ReLU(sqrt(x)^2 - 3)", "max(ln(exp(x)), 3)", "abs(exp(ln(x)) - 3)"])
def test_a_kink_met_through_rounding_is_one(equation: str) -> None:
    assert len(check(evaluation_of(equation, "x: 3")).kinks) == 1


@pytest.mark.parametrize(("equation", "values", "wanted"), TINY)
def test_every_road_reaches_a_small_number(equation: str, values: str, wanted: float) -> None:
    report = check(evaluation_of(equation, values))
    assert report.failed == 0 and report.unchecked == 0, report.gaps()


def test_two_decimals_are_equal_when_only_noise_is_between_them() -> None:
    root = power(Fraction(3), Fraction(1, 2))
    assert compare("==", root * root, Fraction(3)) and not compare(">", root * root, Fraction(3))
    assert compare(">", context().exp(-1000), Fraction(0))
    assert add(context().exp(-1000), -context().exp(-1000)) == 0


def test_more_digits_are_taken_only_where_they_are_needed() -> None:
    assert evaluation_of("sig(x)*tanh(x) - 1/3", "x: 3").digits == DIGITS
    assert evaluation_of("1 - sig(x)", "x: 300").digits == PRECISIONS[1]
    assert evaluation_of("1 - tanh(x)", "x: 300").digits == PRECISIONS[2]


@pytest.mark.parametrize(("values", "digits"), [("x: 1, a: 1e-70", 400), ("x: 300, a: 1e-250", 1_000)])
def test_the_precision_is_as_before_after_every_public_call(values: str, digits: int) -> None:
    """The numbers of one spec are worked with in many digits; the next spec begins with 100 again."""
    text = f"equations: L = exp(x + a) - exp(x)\nvalues: {{{values}}}\nupdate: {{learning_rate: 1/2}}\n"
    derivation = derivgen.derive(derivgen.loads(text))
    assert context().dps == DIGITS and context().losses is None
    assert derivation.evaluation.digits == digits
    calls = (
        lambda: derivation.worksheet().render("tex"),
        lambda: derivation.key().render("md"),
        lambda: derivation.notes().render("html"),
        lambda: derivation.piece("gradient x").tex,
        derivation.as_dict,
    )
    for call in calls:
        call()
        assert context().dps == DIGITS and context().losses is None


def test_contributions_that_cancel_leave_no_noise() -> None:
    evaluation = evaluation_of("sqrt(3)*w - exp(1)*w + (exp(1) - sqrt(3))*w", "w: 2")
    assert evaluation.adjoints["w"][0] == 0
