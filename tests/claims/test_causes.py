"""Which slip made a printed figure: tried on a network with published numbers, each slip worked out here by its own road."""

import math

import pytest

from derivgen.claims import causes
from derivgen.claims.check import NO_CAUSES, check
from derivgen.claims.claim import Claim
from derivgen.claims.spec_values import Measure
from derivgen.spec.load import loads
from derivgen.work import evaluate

TWO_OUTPUTS = """
equations: |
  net_h1 = w_1*i_1 + w_2*i_2 + b_1
  net_h2 = w_3*i_1 + w_4*i_2 + b_1
  out_h1 = sig(net_h1)
  out_h2 = sig(net_h2)
  net_o1 = w_5*out_h1 + w_6*out_h2 + b_2
  net_o2 = w_7*out_h1 + w_8*out_h2 + b_2
  out_o1 = sig(net_o1)
  out_o2 = sig(net_o2)
  E = 1/2*(t_1 - out_o1)^2 + 1/2*(t_2 - out_o2)^2
inputs: [i_1, i_2]
targets: [t_1, t_2]
values: {i_1: 0.05, i_2: 0.10, w_1: 0.15, w_2: 0.20, w_3: 0.25, w_4: 0.30, b_1: 0.35, w_5: 0.40, w_6: 0.45, w_7: 0.50, w_8: 0.55,
  b_2: 0.60, t_1: 0.01, t_2: 0.99}
update: {learning_rate: 0.5}
"""
FOUR_SAMPLES = """
equations: |
  z = w*x + b
  a = sig(z)
  L = mean((a - y)^2)
data: {columns: [x, y], rows: [[1, 1], [2, 0], [3, 1], [-1, 0]]}
values: {w: 0.3, b: -0.2}
"""
E_W5, E_W1, E_H1 = 0.082167041, 0.000438568, 0.036350306
"""Published, to nine digits."""


def measure(text: str) -> Measure:
    """Return a spec in a text as a measure."""
    return Measure(evaluate(loads(text)))


@pytest.fixture(scope="module")
def network() -> Measure:
    """The network of two outputs."""
    return measure(TWO_OUTPUTS)


def one(text: str, against: Measure | None = None) -> Claim:
    """Return the only false claim of a text."""
    (claim,) = [claim for claim in check(text.encode(), "notes.md", against).claims if claim.verdict == "false"]
    return claim


def sig(z: float) -> float:
    """Return the logistic sigmoid."""
    return 1 / (1 + math.exp(-z))


def forward() -> tuple[float, float, float, float]:
    """Return out_h1, out_h2, out_o1, out_o2."""
    h = sig(0.15 * 0.05 + 0.2 * 0.1 + 0.35), sig(0.25 * 0.05 + 0.3 * 0.1 + 0.35)
    return *h, sig(0.4 * h[0] + 0.45 * h[1] + 0.6), sig(0.5 * h[0] + 0.55 * h[1] + 0.6)


def with_new_weights() -> float:
    """Return ∂E/∂w_1 with w_5 and w_7 already updated, by hand."""
    h1, _, o1, o2 = forward()
    d1, d2 = (o1 - 0.01) * o1 * (1 - o1), (o2 - 0.99) * o2 * (1 - o2)
    w5, w7 = 0.4 - 0.5 * d1 * h1, 0.5 - 0.5 * d2 * h1
    return (d1 * w5 + d2 * w7) * h1 * (1 - h1) * 0.05


def test_the_published_numbers_are_true(network: Measure) -> None:
    text = (
        rf"$\frac{{\partial E}}{{\partial w_5}} = {E_W5}$, $\frac{{\partial E}}{{\partial w_1}} = {E_W1}$, $w_5^+ = 0.35891648$"
    )
    assert {claim.verdict for claim in check(text.encode(), "-", network).claims} == {"rounded"}


@pytest.mark.parametrize(
    ("by", "figure", "cause"),
    [
        ("w_5", f"-{E_W5}", "sign"),
        ("w_5", "0.8216704", "the decimal point, or a zero"),
        ("w_5", "0.08216741", "a zero lost"),
        ("w_5", "0.082176041", "digits changed places"),
        ("w_5", f"{(forward()[2] - 0.01) * forward()[0]:.9f}", "the factor ∂out_o1/∂net_o1 = out_o1*(1 - out_o1) is missing"),
        ("w_5", "0.138498562", "this is ∂E/∂net_o1; the factor ∂net_o1/∂w_5 = out_h1 is missing"),
        ("out_{h1}", "0.055399425", "one path of 2: that over net_o1"),
        ("w_1", f"{with_new_weights():.9f}", "weights that are already updated"),
        ("w_5", "0.16433408", "a factor 2"),
    ],
)
def test_slips_of_a_derivative(network: Measure, by: str, figure: str, cause: str) -> None:
    claim = one(rf"$\frac{{\partial E}}{{\partial {by}}} = {figure}$", network)
    assert claim.cause == cause


@pytest.mark.parametrize(
    ("line", "cause", "right"),
    [
        (r"$0.15 \cdot 0.05 + 0.2 \cdot 0.1 + 0.35 = 0.3575$", "the term 0.2*0.1 is missing", "0.3775"),
        (r"$0.4 \cdot 0.593269992 \cdot 0.7513 = 0.237307997$", "the factor 0.7513 is missing", "0.178289498"),
        (r"$\frac{1}{2}(0.01 - 0.75136507)^2 = -0.370682535$", "the exponent 2 is missing", "0.274811084"),
        (r"$0.4 - 0.5 \cdot 0.082167041 = 0.441083521$", "the sign of 0.5*0.082167041", "0.358916480"),
        (r"$0.9591(1 - 0.9591) = 0.03932$", "digits changed places", "0.03923"),
        (r"$0{,}9591(1 - 0{,}9591) = \mathbf{0{,}03932}$", "digits changed places", r"\mathbf{0{,}03923}"),
        (r"$2 \cdot 3.5 = -7.0$", "sign", "7.0"),
        (r"$3 - 7.25 = 4.25$", "sign", "-4.25"),
        (r"$0.35 \cdot 0.2 = 7.0 \cdot 10^{-3}$", "the decimal point, or a zero", r"70.0 \cdot 10^{-3}"),
    ],
)
def test_slips_of_arithmetic_and_the_right_line(line: str, cause: str, right: str) -> None:
    claim = one(line)
    assert claim.cause == cause
    assert claim.line == f"{claim.left} = {right}"


@pytest.mark.parametrize("line", [r"$0.5 \cdot 0.3 + 0.2 = 0.77$", r"$0.5 \cdot 0.5 \cdot 0.5 = 0.25$"])
def test_no_cause_where_none_or_several_make_the_figure(line: str) -> None:
    assert one(line).cause in ("", "a factor 2")


DIFFERENCE = """
equations: |
  a = tanh(z)
  L = (y - a)^2
values: {z: 0.3, y: 0.2}
"""


def test_crossed_digits_are_false_though_rounding_before_them_would_allow_as_much() -> None:
    """Of the printed a the loss is 0.008281, unrounded it is 0.008338, and half a unit of a is 0.00009 of it."""
    assert f"{(0.2 - math.tanh(0.3)) ** 2:.6f}, {(0.2 - 0.291) ** 2:.6f}" == "0.008338, 0.008281"
    text = r"$a = \tanh(z) \approx 0.291$, $L = (y - a)^2 \approx {}$".format
    for right in ("0.008338", "0.008281", "0.00832"):
        claims = check(text(right).encode(), "-", measure(DIFFERENCE)).claims
        assert claims and {claim.verdict for claim in claims} <= {"true", "rounded"}, right
    for wrong, right in {"0.008383": "0.008338", "0.008218": "0.008281"}.items():
        false = [claim for claim in check(text(wrong).encode(), "-", measure(DIFFERENCE)).claims if claim.verdict == "false"]
        assert false and all(claim.cause == "digits changed places" and right in claim.message for claim in false), wrong


def test_where_nearly_all_is_false_causes_are_looked_for_at_the_beginning_only(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"$$2.5 \\cdot {k} + 0.25 = -{2.5 * k + 0.25}$$" for k in range(1, 40)]
    text = "\n\n".join(lines).encode()
    whole = check(text, "notes.md").claims
    assert {claim.cause for claim in whole} == {"sign"} and NO_CAUSES not in str(whole)
    monkeypatch.setattr(causes, "MOST_OF_FILE", 300)
    found = check(text, "notes.md").claims
    assert [claim.verdict for claim in found] == [claim.verdict for claim in whole] == ["false"] * len(lines)
    named = [bool(claim.cause) for claim in found]
    begin = named.index(False)
    assert begin and not any(named[begin:]) and not any(claim.changes for claim in found[begin:])
    assert [k for k, claim in enumerate(found) if NO_CAUSES in claim.message] == [begin]


def test_a_network_with_all_derivatives_false_is_told_by_the_same_budget(
    monkeypatch: pytest.MonkeyPatch, network: Measure
) -> None:
    text = "\n\n".join(rf"$\frac{{\partial E}}{{\partial w_{k % 8 + 1}}} = 7.25$" for k in range(24)).encode()
    monkeypatch.setattr(causes, "MOST_OF_FILE", 5_000)
    found = check(text, "notes.md", network).claims
    assert {claim.verdict for claim in found} == {"false"}
    assert sum(NO_CAUSES in claim.message for claim in found) == 1
