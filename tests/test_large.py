"""A network with thousands of weights from a file: right, few questions to SymPy, only what is asked for is derived."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.networks import layered, parameters
from derivgen.cli.checking import checked
from derivgen.derivation.derive import MOST_EDGES
from derivgen.machine import as_object
from derivgen.maths.symbolic import CALLS
from derivgen.spec.load import load

SIZES = (300, 20, 10)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return layered(SIZES, tmp_path_factory.mktemp("large"))


def backpropagated(spec: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """The gradients of every layer's weights and biases, the way they are worked out in floating point."""
    values = {name: float(value.value) for name, value in load(spec).values.items()}
    arrays = np.load(spec.parent / "weights.npz")
    outputs = [np.array([values[f"x_{k}"] for k in range(1, SIZES[0] + 1)])]
    for depth in range(1, len(SIZES)):
        outputs.append(1 / (1 + np.exp(-(arrays[f"W{depth}"] @ outputs[-1] + arrays[f"b{depth}"]))))
    error = outputs[-1] - np.array([values[f"y_{k}"] for k in range(1, SIZES[-1] + 1)])
    found = []
    for depth in range(len(SIZES) - 1, 0, -1):
        delta = error * outputs[depth] * (1 - outputs[depth])
        found.append((np.outer(delta, outputs[depth - 1]), delta))
        error = arrays[f"W{depth}"].T @ delta
    return found[::-1]


def test_all_gradients(spec: Path) -> None:
    before = sum(CALLS.values())
    evaluation, report = checked(spec)
    assert sum(CALLS.values()) - before <= 20
    assert len(report.gradients) == parameters(SIZES) > MOST_EDGES
    assert not report.failed and not report.unchecked_gradients and not report.unchecked_lines
    obj = as_object(evaluation, report)
    for layer, (weights, biases) in zip(obj["layers"], backpropagated(spec), strict=True):
        assert np.allclose(np.array(layer["W"]["gradient"], dtype=float), weights, rtol=1e-9, atol=1e-15)
        assert np.allclose(np.array(layer["b"]["gradient"], dtype=float), biases, rtol=1e-9, atol=1e-15)
    assert obj["gradients"]["w__1_17_200"]["expression"] == "d_z__1_17*x_200"


def test_one_gradient(spec: Path) -> None:
    evaluation, report = checked(spec, ["w__1_17_200"])
    assert [check.name for check in report.gradients] == ["w__1_17_200"] and not report.failed
    assert len(evaluation.derivation.locals) == 1 + 20 + 20 * 10 + 10 + 10, "the weight, and what leads from unit to unit"
    obj = as_object(evaluation, report)
    wanted = backpropagated(spec)[0][0][16, 199]
    assert float(obj["gradients"]["w__1_17_200"]["value"]) == pytest.approx(wanted, rel=1e-12)
    assert obj["layers"][0]["W"]["gradient"][16][199] == obj["gradients"]["w__1_17_200"]["value"]
    assert obj["layers"][0]["W"]["gradient"][0][0] is None
    assert np.allclose(np.array(obj["layers"][0]["delta"], dtype=float), backpropagated(spec)[0][1], rtol=1e-9, atol=1e-15)
    assert obj["layers"][0]["W"]["value"][0][0] is not None
    assert Fraction(obj["quantities"]["w__1_11"]["value"][0]) == load(spec).values["w__1_11"].value
