"""The models among the specs: each gradient by differences of the loss, which is written out here in mpmath."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from mpmath import exp, log, mp, mpf, sqrt, tanh

from derivgen.cli.commands import main

FOLDER = Path(__file__).parent.parent / "specs" / "small"
STEP = mpf(10) ** -20
Loss = Callable[[Any, Any], Any]


def sig(z: Any) -> Any:
    return 1 / (1 + exp(-z))


def cross_entropy(z: Any, y: Any) -> Any:
    return log(1 + exp(z)) - y * z


def penalty(p: Any, _: Any) -> Any:
    rows = zip(p.x_1, p.x_2, p.y, strict=True)
    errors = [cross_entropy(p.w_1 * a + p.w_2 * b + p.b, y) for a, b, y in rows]
    return sum(errors) / 3 + getattr(p, "lambda") / 2 * (p.w_1**2 + p.w_2**2)


def softmax_regression(p: Any, _: Any) -> Any:
    scores = [
        sum(getattr(p, f"w__1_{k}{j}") * (p.x_1, p.x_2)[j - 1] for j in (1, 2)) + getattr(p, f"b__1_{k}") for k in (1, 2, 3)
    ]
    return log(sum(map(exp, scores))) - scores[1]


def batch_norm(p: Any, _: Any) -> Any:
    mu = sum(p.x) / 4
    v = sum((x - mu) ** 2 for x in p.x) / 4
    outputs = [p.gamma * (x - mu) / sqrt(v + p.epsilon) + p.beta for x in p.x]
    return sum((y - t) ** 2 for y, t in zip(outputs, p.t, strict=True)) / 4


def layer_norm(p: Any, _: Any) -> Any:
    h = [p.h_1, p.h_2, p.h_3, p.h_4]
    m = sum(h) / 4
    s = sqrt(sum((x - m) ** 2 for x in h) / 4)
    return sum(g * (x - m) / s for g, x in zip((p.g_1, p.g_2, p.g_3, p.g_4), h, strict=True))


def word2vec(p: Any, _: Any) -> Any:
    products = (p.u_1 * p.v_1 + p.u_2 * p.v_2, -p.u_1 * p.a_1 - p.u_2 * p.a_2, -p.u_1 * p.b_1 - p.u_2 * p.b_2)
    return sum(log(1 + exp(-s)) for s in products)


def lstm(p: Any, _: Any) -> Any:
    net = {k: getattr(p, f"w_{k}") * p.x + getattr(p, f"u_{k}") * p.h_0 + getattr(p, f"b_{k}") for k in "ifog"}
    c = sig(net["f"]) * p.c_0 + sig(net["i"]) * tanh(net["g"])
    return (sig(net["o"]) * tanh(c) - p.y) ** 2 / 2


def gru(p: Any, _: Any) -> Any:
    r, z = sig(p.w_r * p.x + p.u_r * p.h_0), sig(p.w_z * p.x + p.u_z * p.h_0)
    return ((1 - z) * p.h_0 + z * tanh(p.w_k * p.x + p.u_k * r * p.h_0) - p.y) ** 2 / 2


def focal(p: Any, _: Any) -> Any:
    return -((1 - sig(p.z)) ** p.gamma) * log(sig(p.z))


def autoencoder(p: Any, _: Any) -> Any:
    mu, rho = p.a * p.x, p.b * p.x
    return (p.x - p.w * (mu + exp(rho / 2) * p.xi)) ** 2 + (mu**2 + exp(rho) - rho - 1) / 2


def hinge(p: Any, _: Any) -> Any:
    missing = [1 - y * (p.w_1 * a + p.w_2 * b + p.b) for a, b, y in zip(p.x_1, p.x_2, p.y, strict=True)]
    return getattr(p, "lambda") / 2 * (p.w_1**2 + p.w_2**2) + sum(max(mpf(0), m) for m in missing) / len(missing)


def semi_gradient(p: Any, held: Any) -> Any:
    target = p.r + p.gamma * (held.w_1 * p.u_1 + held.w_2 * p.u_2)
    return (target - p.w_1 * p.x_1 - p.w_2 * p.x_2) ** 2 / 2


def newton(p: Any, _: Any) -> Any:
    return cross_entropy(p.w * p.x + p.b, p.y) + p.w**2 / 2


MODELS: Mapping[str, tuple[Loss, int]] = {
    "logistic_with_penalty": (penalty, 3),
    "softmax_regression": (softmax_regression, 9),
    "batch_norm": (batch_norm, 6),
    "layer_norm": (layer_norm, 4),
    "word2vec": (word2vec, 8),
    "lstm_step": (lstm, 12),
    "gru_step": (gru, 6),
    "focal_loss": (focal, 1),
    "variational_autoencoder": (autoencoder, 3),
    "svm_hinge": (hinge, 3),
    "semi_gradient": (semi_gradient, 2),
    "newton_step": (newton, 2),
}


@cache
def derived(name: str) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["derive", str(FOLDER / f"{name}.yaml"), "--json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def point(found: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all that is given; a list where there is one per sample."""
    values: dict[str, Any] = {}
    for name, quantity in found["quantities"].items():
        if quantity["definition"] is None and "shape" not in quantity:
            numbers = [mpf(text.partition("/")[0]) / mpf(text.partition("/")[2] or 1) for text in quantity["value"]]
            values[name] = numbers if len(numbers) > 1 else numbers[0]
    return values


def slope(loss: Loss, at: dict[str, Any], name: str, entry: int | None) -> Any:
    """The central difference by a name, or by one sample's value of it."""

    def moved(by: Any) -> Any:
        own = at[name] + by if entry is None else [x + by * (k == entry) for k, x in enumerate(at[name])]
        return loss(SimpleNamespace(**{**at, name: own}), SimpleNamespace(**at))

    return (moved(STEP) - moved(-STEP)) / (2 * STEP)


@pytest.mark.parametrize("name", MODELS)
def test_every_gradient_is_that_of_differences(name: str) -> None:
    loss, count = MODELS[name]
    found, checked = derived(name), 0
    with mp.workdps(60):
        at = point(found)
        ours = found["quantities"][found["loss"]]["decimal"][0]
        assert ours == pytest.approx(float(loss(SimpleNamespace(**at), SimpleNamespace(**at))), rel=1e-13)
        scalars = {by: each for by, each in found["gradients"].items() if "shape" not in found["quantities"][by]}
        for by, gradient in scalars.items():
            entries = gradient["decimal"] if isinstance(gradient["decimal"], list) else [gradient["decimal"]]
            for entry, number in enumerate(entries):
                wanted = float(slope(loss, at, by, entry if len(entries) > 1 else None))
                assert number == pytest.approx(wanted, rel=1e-12, abs=1e-15), by
                checked += 1
    assert checked == count
    assert (found["checks"]["failed"], found["checks"]["unchecked"], found["checks"]["by_convention"]) == (0, 0, [])


def test_the_hessian_is_that_of_differences() -> None:
    found = derived("newton_step")
    with mp.workdps(60):
        at = point(found)
        for second in found["second"]:
            by, first = second["by"]

            def inner(p: Any, held: Any, by: str = by, first: str = first) -> Any:
                return slope(newton, dict(vars(p)), first, None)

            assert second["decimal"] == pytest.approx(float(slope(inner, at, by, None)), rel=1e-12)
    assert len(found["second"]) == 3
