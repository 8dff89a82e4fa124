"""Large networks in layers are worked out through their arrays: what is said of them is what is said of every scalar."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.networks import layered, parameters
from derivgen import large_networks
from derivgen.array_machine import whole_object
from derivgen.cli.commands import main
from derivgen.large_networks import json_of, worked_in_arrays
from derivgen.spec.load import load, loads
from derivgen.work import evaluate, report_on
from tests.derivation.random_layers import random_layers

SIZES = (690, 30, 5)
NEAR = 1e-11


@pytest.fixture
def every_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call every network large."""
    monkeypatch.setattr(large_networks, "MOST_EXACT", -1)


def differences(ours: Any, other: Any, at: str = "") -> list[str]:
    """Where two objects differ: numbers may by as much as doubles do."""
    if isinstance(ours, dict) and isinstance(other, dict):
        found = [] if list(ours) == list(other) else [f"{at}: {list(ours)}, {list(other)}"]
        return found + [each for key in other if key in ours for each in differences(ours[key], other[key], f"{at}/{key}")]
    if isinstance(ours, list) and isinstance(other, list) and len(ours) == len(other):
        return [each for k, (a, b) in enumerate(zip(ours, other, strict=True)) for each in differences(a, b, f"{at}/{k}")]
    if ours == other:
        return []
    try:
        a, b = float(Fraction(ours)), float(Fraction(other))
    except (TypeError, ValueError):
        return [f"{at}: {ours}, {other}"]
    return [] if abs(a - b) <= NEAR * (1 + abs(b)) else [f"{at}: {ours}, {other}"]


def both(text: str) -> tuple[dict, dict] | None:
    """What is said through arrays and from scalars, but for the checks; None where the network is left to its scalars."""
    spec = loads(text)
    found = worked_in_arrays(spec)
    if found is None:
        return None
    ours = json.loads("".join(json_of(*found)))
    evaluation = evaluate(spec)
    other = json.loads(json.dumps(whole_object(evaluation, report_on(evaluation))))
    assert ours["checks"]["gradients"] == other["checks"]["gradients"] == len(spec.parameters)
    assert not ours["checks"]["failed"] and not ours["checks"]["unchecked"]
    return ({**each, "checks": None} for each in (ours, other))  # type: ignore[return-value]


@pytest.mark.usefixtures("every_network")
def test_all_that_is_said_is_that_of_the_scalars() -> None:
    compared = 0
    for seed in range(40):
        text = re.sub(r"^wrt:.*\n", "", random_layers(seed), flags=re.M)
        found = both(text)
        if found is not None:
            compared += 1
            assert differences(*found) == [], text
    assert compared >= 8


def backpropagated(spec: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """The gradients of every layer's weights and biases, the way they are worked out in floating point."""
    values = {name: float(value.value) for name, value in load(spec).values.items()}
    arrays = np.load(spec.parent / "weights.npz")
    outputs = [np.array([values[f"x_{k}"] for k in range(1, SIZES[0] + 1)])]
    for depth in range(1, len(SIZES)):
        outputs.append(1 / (1 + np.exp(-(arrays[f"W{depth}"] @ outputs[-1] + arrays[f"b{depth}"]))))
    error, found = outputs[-1] - np.array([values[f"y_{k}"] for k in range(1, SIZES[-1] + 1)]), []
    for depth in range(len(SIZES) - 1, 0, -1):
        delta = error * outputs[depth] * (1 - outputs[depth])
        found.append((np.outer(delta, outputs[depth - 1]), delta))
        error = arrays[f"W{depth}"].T @ delta
    return found[::-1]


def test_a_large_network_by_the_command(tmp_path: Path) -> None:
    """Every gradient is NumPy's; what is said of some is what is said of them by themselves; all of them are checked."""
    spec = layered(SIZES, tmp_path)
    ran = CliRunner().invoke(main, ["derive", "--json", str(spec)])
    assert ran.exit_code == 0, ran.output
    obj = json.loads(ran.stdout)
    assert obj["checks"]["gradients"] == parameters(SIZES) > large_networks.MOST_EXACT
    assert not obj["checks"]["failed"] and not obj["checks"]["unchecked"]
    for depth, (weights, biases) in enumerate(backpropagated(spec), 1):
        for name, gradient in ((f"W__{depth}", weights), (f"b__{depth}", biases)):
            assert np.allclose(obj["gradients"][name]["decimal"], gradient, rtol=1e-12, atol=1e-16)
        assert obj["layers"][depth - 1]["W"]["gradient"] == obj["gradients"][f"W__{depth}"]["value"]
    asked = ["w__1_17_400", "w__2_31", "b__1_9", "b__2_5"]
    evaluation = evaluate(load(spec), asked)
    alone = whole_object(evaluation, report_on(evaluation))
    for name in asked:
        assert differences(obj["gradients"][name], alone["gradients"][name]) == []
        assert obj["quantities"][name] == alone["quantities"][name]
    assert obj["quantities"]["z__2_1"]["definition"] == alone["quantities"]["z__2_1"]["definition"]


ORDINARY = """network:
  inputs: [1, 2]
  target: [1]
  layers:
    - {weights: [[1, 2], [3, 4]], bias: [1, 0], activation: ReLU}
    - {weights: [[1, 1]], bias: [2]}
  loss: {kind: squared_error}
"""


@pytest.mark.usefixtures("every_network")
@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("squared_error}", "squared_error, penalty: w__2_11^2}"),  # the loss names the weights
        ("squared_error}", "squared_error}\nwrt: [w__1_11]"),
        ("squared_error}", "squared_error}\nupdate: {learning_rate: 0.1}"),
        ("squared_error}", "squared_error}\nnumbers: {carry: shown}"),
        ("[1, 0]", "[b, b]"),  # a name that is shared
        ("bias: [1, 0]", "bias: [-5, 0]"),  # a value on a kink
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_scalars(part: str, other: str) -> None:
    assert worked_in_arrays(loads(ORDINARY)) is not None
    changed = ORDINARY.replace(part, other) + ("values: {b: 1}\n" if "[b, b]" in other else "")
    assert changed != ORDINARY and worked_in_arrays(loads(changed)) is None


@pytest.mark.usefixtures("every_network")
def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an array whose numbers are wrong in one entry nothing is said: every scalar is derived instead, and checked."""
    right = large_networks.backward

    def wrong(*args: Any) -> dict[str, Any]:
        found = right(*args)
        found["W__1"][0, 1] *= 1.001
        return found

    assert worked_in_arrays(loads(ORDINARY)) is not None
    monkeypatch.setattr(large_networks, "backward", wrong)
    assert worked_in_arrays(loads(ORDINARY)) is None
