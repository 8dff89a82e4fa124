"""The methods of the checks: what they cost."""

from __future__ import annotations

import pytest

from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.evaluate import Exact
from derivgen.spec.load import loads

BATCH = """
equations: L = {loss}
targets: [y]
values: {{w: 1/2}}
data: {{columns: [x, y], rows: {rows}}}
"""


def sums_worked_out(loss: str, samples: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many sums over the samples are evaluated while one spec is checked."""
    evaluation = run(derive(build(loads(BATCH.format(loss=loss, rows=[[1, 2]] * samples)))))
    counted = []
    with monkeypatch.context() as patch:
        total = Exact.total
        patch.setattr(Exact, "total", lambda algebra, body, env: counted.append(body) or total(algebra, body, env))
        check(evaluation)
    return len(counted)


@pytest.mark.parametrize("loss", ["mean((y - w*x)^2)", "sum((y - w*x)^2) + w^2"])
def test_the_cost_of_checking_is_linear_in_the_samples(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (sums_worked_out(loss, samples, monkeypatch) for samples in (5, 40))
    assert 0 < many == few


def test_a_loss_that_is_exactly_0_has_differences_too() -> None:
    spec = "equations: |\n  u = w*t\n  L = mean(v*0)^2 + mean((v*0)^2)\nvalues: {w: 1/2, v: 9/10}\n"
    spec += 'data: {columns: [t], rows: [[1], [2]]}\nwrt: ["*"]\n'
    report = check(run(derive(build(loads(spec)))))
    assert (report.failed, report.unchecked) == (0, 0)


def test_a_step_far_smaller_than_what_it_is_taken_from_is_not_lost() -> None:
    """p_2 is e^-22026; by it E = 2 p_1 p_2 - p_2² has the derivative 2 p_1 - 2 p_2, which is 2 to 9,000 digits."""
    spec = (
        "equations: |\n  b = exp(10)\n  p_1, p_2 = softmax(b, 0)\n  E = (p_1 - (p_1 - p_2))*(p_1 + (p_1 - p_2))\n  L = E + w*0\n"
    )
    evaluation = run(derive(build(loads(f'{spec}values: {{w: 1}}\nwrt: ["*"]\n'))))
    assert check(evaluation).problems() == ()
    assert float(evaluation.adjoints["p_2"][0]) == 2.0


def test_what_doubles_have_too_few_digits_for_is_decided_by_more() -> None:
    """1 - sigmoid(20) has seven digits left in a double: the complex step of ln(1 - a) differs from the chain."""
    inputs = [f"x_{k}" for k in range(60)]
    values = ", ".join(f"{name}: {k % 3}" for k, name in enumerate(inputs))
    weights = " + ".join(f"w_{k}*{name}" for k, name in enumerate(inputs))
    spec = f"equations: |\n  z = {weights} + b\n  a = sig(z)\n  L = -ln(1 - a)\nwrt: ['*']\n"
    known = ", ".join(f"w_{k}: {1 if k % 3 else 0}/3" for k in range(60))
    evaluation = run(derive(build(loads(f"{spec}values: {{{values}, {known}, b: 1/7}}\n"))))
    report = check(evaluation)
    assert report.problems() == ()
    assert report.unchecked == 0
