"""The losses a network knows by name, against the formulas of the books written out here with mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from mpmath import exp, fabs, log, mp, mpf, workdps

from derivgen.spec.load import loads
from derivgen.work import work
from tests.derivation.comparing import close, line
from tests.oracle import mp as to_mp
from tests.oracle import solve

Vector = Sequence[mpf]


def huber(r: mpf) -> mpf:
    return r**2 / 2 if fabs(r) <= 1 else fabs(r) - mpf(1) / 2


def sig(z: mpf) -> mpf:
    return 1 / (1 + exp(-z))


def softmax(z: Vector) -> list[mpf]:
    return [exp(each) / mp.fsum(exp(other) for other in z) for each in z]


LOSSES: dict[str, Callable[[Vector, Vector], mpf]] = {
    "mae": lambda a, y: mp.fsum(fabs(y[k] - a[k]) for k in range(2)),
    "huber": lambda a, y: mp.fsum(huber(y[k] - a[k]) for k in range(2)),
    "hinge": lambda a, y: mp.fsum(max(mpf(0), 1 - y[k] * a[k]) for k in range(2)),
    "poisson": lambda a, y: mp.fsum(a[k] - y[k] * log(a[k]) for k in range(2)),
    "kl_divergence": lambda a, y: mp.fsum(y[k] * log(y[k] / a[k]) for k in range(2)),
    "binary_cross_entropy_from_logits": lambda a, y: (
        -mp.fsum(y[k] * log(sig(a[k])) + (1 - y[k]) * log(1 - sig(a[k])) for k in range(2))
    ),
    "cross_entropy_from_logits": lambda a, y: -mp.fsum(y[k] * log(softmax(a)[k]) for k in range(2)),
}
TARGETS = {"hinge": ((1, -1), (-1, 1)), "huber": ((2, -1), (0, 3)), "mae": ((2, -1), (0, 3))}
SHARES = (("1/4", "3/4"), ("1/2", "1/2"))
INPUTS = ("1/2", "2")
NUMBERS = ("1/3", "3/4", "1/5", "1/10")
NETWORKS = {
    "neurons": "{{inputs: [x_1], layers: [{{neurons: [1, 2]}}], loss: {{kind: {kind}, target: [y_1, y_2]}}}}",
    "layers": "{{inputs: [x_1], layers: [{{weights: [[w_1], [w_2]], bias: [b_1, b_2]}}], loss: {{kind: {kind}}}}}",
}


def exact(text: object) -> mpf:
    number = Fraction(str(text))
    return mpf(number.numerator) / number.denominator


def loss(kind: str, numbers: Vector) -> mpf:
    """Return the loss of a network whose outputs are w_k x + b_k, averaged over the samples."""
    (w_1, w_2, b_1, b_2), total = numbers, mpf(0)
    for x, targets in zip(map(exact, INPUTS), TARGETS.get(kind, SHARES), strict=True):
        total += LOSSES[kind]([w_1 * x + b_1, w_2 * x + b_2], [exact(target) for target in targets])
    return total / len(INPUTS)


@pytest.mark.parametrize("form", NETWORKS)
@pytest.mark.parametrize("kind", LOSSES)
def test_value_and_gradient(kind: str, form: str) -> None:
    rows = [[x, *y] for x, y in zip(INPUTS, TARGETS.get(kind, SHARES), strict=True)]
    names = ("w_1", "w_2", "b_1", "b_2") if form == "layers" else ("W_11", "W_12", "b_1", "b_2")
    spec = loads(
        f"network: {NETWORKS[form].format(kind=kind)}\n"
        f"values: {{{', '.join(f'{name}: {value}' for name, value in zip(names, NUMBERS, strict=True))}}}\n"
        f"data: {{columns: [x_1, y_1, y_2], rows: [{', '.join('[' + ', '.join(map(str, row)) + ']' for row in rows)}]}}\n"
    )
    worked = work(spec)
    assert (worked.report.failed, worked.report.unchecked) == (0, 0)
    evaluation = worked.evaluation
    with workdps(50):
        at = [exact(number) for number in NUMBERS]
        assert abs(_number(evaluation.values["Loss"][0]) - loss(kind, at)) < mpf(10) ** -30
        step = mpf(10) ** -15
        for position, name in enumerate(names):
            up, down = list(at), list(at)
            up[position] += step
            down[position] -= step
            slope = (loss(kind, up) - loss(kind, down)) / (2 * step)
            assert abs(_number(evaluation.adjoints[name][0]) - slope) < mpf(10) ** -20


def _number(value) -> mpf:
    return mpf(value.numerator) / value.denominator if hasattr(value, "numerator") else mpf(value)


PENALISED = """
network:
  inputs: [x_1, x_2]
  layers: [{neurons: [3], activation: sigmoid}]
  loss: {kind: binary_cross_entropy, target: y, penalty: lambda*(W_13^2 + W_23^2) + abs(b_3)}
constants: {lambda: 0.1}
data: {columns: [x_1, x_2, y], rows: [[1, 2, 1], [0, -1, 0], [1, 1, 0]]}
values: {W_13: 1/2, W_23: -1, b_3: 0.25}
wrt: ["*"]
"""


def test_a_penalty_is_added_to_a_loss_by_name() -> None:
    found = solve(
        """
equations: |
  z = W_13*x_1 + W_23*x_2 + b_3
  a = sig(z)
  L = -mean(y*ln(a) + (1 - y)*ln(1 - a)) + lambda*(W_13^2 + W_23^2) + abs(b_3)
constants: {lambda: 0.1}
data: {columns: [x_1, x_2, y], rows: [[1, 2, 1], [0, -1, 0], [1, 1, 0]]}
values: {W_13: 1/2, W_23: -1, b_3: 0.25}
"""
    )
    _, report, obj = line(PENALISED)
    assert report.failed == 0 and not report.unchecked_gradients
    assert close(to_mp(Fraction(obj["quantities"]["Loss"]["value"][0])), found.values["L"][0])
    for by in ("W_13", "W_23", "b_3", "lambda"):
        assert close(to_mp(Fraction(obj["gradients"][by]["value"])), found.gradients[by][0]), by
    assert obj["gradients"]["W_13"]["simplified"] == "mean((A_3 - y)*x_1) + 2*lambda*W_13"


LAYERED = """
network:
  inputs: [x_1, x_2]
  layers:
    - {weights: [[w_1, w_2], [w_3, w_1]], bias: [b, b], activation: tanh}
    - {units: 1, bias: none}
  loss: {kind: mse, target: y_1, penalty: lambda/2*(w_1^2 + w_2^2 + w_3^2 + w__2_11^2)}
constants: [lambda]
data: {columns: [x_1, x_2, y_1], rows: [[1, 2, 1], [0, -1, 0]]}
values: {w_1: 1/2, w_2: -1, w_3: 2, b: 0.25, w__2_11: 3, w__2_12: -1}
worksheet: {tasks: [forward, gradients, matrices]}
"""


def test_the_lines_in_matrices_hold_a_penalty() -> None:
    number = LAYERED.replace("[lambda]", "{lambda: 0.1}")
    for text in (LAYERED, number):
        _, report, obj = line(text)
        assert report.failed == 0 and not report.unchecked_gradients
    assert obj["layers"][0]["W"]["gradient"][0][0] == obj["gradients"]["w_1"]["value"]
    found = solve(
        """
equations: |
  z_1 = w_1*x_1 + w_2*x_2 + b
  z_2 = w_3*x_1 + w_1*x_2 + b
  a = w__2_11*tanh(z_1) + w__2_12*tanh(z_2)
  L = mean((y_1 - a)^2) + lambda/2*(w_1^2 + w_2^2 + w_3^2 + w__2_11^2)
"""
        + "\n".join(number.splitlines()[7:-1])
    )
    for by in ("w_1", "w_2", "w_3", "b", "w__2_11", "w__2_12"):
        assert close(to_mp(Fraction(obj["gradients"][by]["value"])), found.gradients[by][0]), by
