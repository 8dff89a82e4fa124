"""Very large and very small numbers: worked with, printed, and refused only beyond 1e300 (derivatives: 1e3000)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import derivgen
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.arithmetic import real
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


def numbers_of(equations: str, values: str) -> dict[str, Any]:
    """The loss and the gradients of a spec that is checked by all roads, at every name."""
    lines = "".join(f"  {line}\n" for line in equations.splitlines())
    evaluation = run(derive(build(loads(f"equations: |\n{lines}values: {{{values}}}\nwrt: ['*']\n"))))
    report = check(evaluation)
    assert report.failed == 0 and report.missing == ()
    return {name: numbers[0] for name, numbers in evaluation.adjoints.items()} | {"loss": evaluation.values["L"][0]}


def mp(digits: int) -> Any:
    """An mpmath of its own, as the judge."""
    from mpmath.ctx_mp import MPContext

    judge = MPContext()
    judge.dps = digits
    return judge


@pytest.mark.parametrize("power", [100, 200, 300])
def test_the_sine_of_a_large_number(power: int) -> None:
    found, judge = numbers_of("L = sin(w)", f"w: 1e{power}"), mp(power + 50)
    assert abs(judge.sin(judge.mpf(10) ** power) - judge.mpf(found["loss"])) < 1e-40
    assert abs(judge.cos(judge.mpf(10) ** power) - judge.mpf(found["w"])) < 1e-40


def test_a_function_that_turns_faster_than_the_step() -> None:
    found, judge = numbers_of("L = sin(1e100*w)", "w: 1/3"), mp(200)
    assert abs(judge.cos(judge.mpf(10) ** 100 / 3) - judge.mpf(found["w"]) / judge.mpf(10) ** 100) < 1e-40


def test_tails_keep_their_digits() -> None:
    judge = mp(1_000)
    tail = numbers_of("L = ln(normcdf(w))", "w: -34")
    assert abs(judge.mpf(tail["loss"]) - judge.ln(judge.ncdf(-34))) < 1e-40
    assert abs(judge.mpf(tail["w"]) - judge.npdf(-34) / judge.ncdf(-34)) < 1e-40
    saturated = numbers_of("L = 1 - tanh(w)", "w: 300")
    assert abs(judge.mpf(saturated["loss"]) / (1 - judge.tanh(300)) - 1) < 1e-40
    assert saturated["w"] < 0


def test_a_number_smaller_than_any_decimal() -> None:
    found = derivgen.derive(derivgen.loads("equations: L = exp(w)\nvalues: {w: -1e20}\n"))
    assert found.gradients["w"].value == found.values["L"] == 0 and found.gradients["w"].decimal == 0.0
    assert found.as_dict()["gradients"]["w"]["value"].endswith("e-43429448190325182766")


CROSS_ENTROPY = "a = sig(z)\nL = -(y*ln(a) + (1 - y)*ln(1 - a))"


@pytest.mark.parametrize(
    ("z", "y", "loss", "slope"), [(560, "0", 560, 1), (560, "1/2", 280, 0.5), (-700, "1", 700, -1), (2000, "0", 2000, 1)]
)
def test_a_saturated_sigmoid_is_worked_out(z: int, y: str, loss: float, slope: float) -> None:
    found = numbers_of(CROSS_ENTROPY, f"z: {z}, y: {y}")
    assert found["loss"] == pytest.approx(loss) and found["z"] == pytest.approx(slope)
    assert abs(real(found["z"]) - (1 / (1 + mp(100).exp(-z)) - Fraction(y))) < 1e-60


def test_softmax_of_logits_far_apart() -> None:
    found = numbers_of("p, q = softmax(s, t)\nL = -(y*ln(p) + (1 - y)*ln(q))", "s: 700, t: 0, y: 0")
    assert found["loss"] == pytest.approx(700) and found["s"] == pytest.approx(1) and found["t"] == pytest.approx(-1)
    assert found["q"] == pytest.approx(-mp(30).exp(700), rel=1e-12)


def test_a_slope_beyond_doubles_is_exact_text_without_a_decimal() -> None:
    found = derivgen.derive(derivgen.loads("equations: |\n  u = 1e-200*w\n  L = ln(u^2)\nvalues: {w: 1e-120}\nwrt: [u]\n"))
    assert Fraction(found.as_dict()["gradients"]["u"]["value"]) == 2 * Fraction(10) ** 320
    assert found.as_dict()["gradients"]["u"]["decimal"] is None


@pytest.mark.parametrize("equation", ["y*ln(a)", "ln(a)*y", "-(3*y*ln(a))", "y*log2(a)"])
def test_zero_times_the_logarithm_of_zero_is_zero(equation: str) -> None:
    evaluation = run(derive(build(loads(f"equations: L = {equation} + w\nvalues: {{y: 0, a: 0, w: 5}}\nwrt: [w]\n"))))
    assert evaluation.values["L"] == (5,) and check(evaluation).failed == 0


@pytest.mark.parametrize(
    ("equation", "values"),
    [("z*ln(a)", "z: 1, a: 0"), ("z*ln(a)", "z: 1e-90, a: 0"), ("z*ln(a)", "z: 0, a: -1"), ("z/a", "z: 0, a: 0")],
)
def test_no_other_zero_is_taken_for_that_limit(equation: str, values: str) -> None:
    with pytest.raises(SpecError, match="L has no value"):
        run(derive(build(loads(f"equations: L = {equation}\nvalues: {{{values}}}\nwrt: [z]\n"))))


def test_what_digits_cannot_tell_from_zero_is_said_to_be_so() -> None:
    with pytest.raises(SpecError, match=r"not positive, as far as 4,000 digits tell"):
        numbers_of(CROSS_ENTROPY, "z: 50000, y: 0")
    with pytest.raises(SpecError, match=r"not positive\n"):
        numbers_of("L = ln(x - 3)", "x: 3")
