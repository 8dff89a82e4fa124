"""The losses a network knows by name, against the formulas of the books written out here with mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from mpmath import exp, fabs, log, mp, mpf, workdps

from derivgen.spec.load import loads
from derivgen.work import work

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
