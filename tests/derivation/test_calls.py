"""How often SymPy is asked: a few kinds of definitions, whatever the width and the depth of a network."""

from __future__ import annotations

from itertools import count

import pytest

from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.symbolic import CALLS
from derivgen.spec.load import loads

MOST = 20


def neurons(width: int, depth: int, activation: str, loss: str = "mse", outputs: int = 1) -> str:
    """A dense network in neurons form, all numbers different."""
    numbers = count(10)
    below = [f"x_{k + 1}" for k in range(width)]
    sources = [str(k + 1) for k in range(width)]
    layers, values, worth = [], [], count(-7)
    for layer in range(depth):
        units = [str(next(numbers)) for _ in range(outputs if layer == depth - 1 else width)]
        last = {"cross_entropy": "softmax", "binary_cross_entropy": "sig"}.get(loss, activation)
        layers.append(f"    - {{neurons: [{', '.join(units)}], activation: {last if layer == depth - 1 else activation}}}")
        for unit in units:
            values += [f"W_{source}_{unit}: {next(worth) % 13 - 6}/11" for source in sources] + [f"b_{unit}: 1/{unit}"]
        sources = units
    targets = ["y"] if outputs == 1 else [f"y_{k + 1}" for k in range(outputs)]
    rows = [
        [*(f"{(3 * k + 5 * r) % 7 - 3}/4" for k in range(width)), *(str(int(k == r % outputs)) for k in range(outputs))]
        for r in (0, 1)
    ]
    listed = ", ".join(f"[{', '.join(row)}]" for row in rows)
    return "\n".join(
        [
            "network:",
            f"  inputs: [{', '.join(below)}]",
            "  layers:",
            *layers,
            f"  loss: {{kind: {loss}, target: [{', '.join(targets)}]}}",
            f"values: {{{', '.join(values)}}}",
            f"data: {{columns: [{', '.join([*below, *targets])}], rows: [{listed}]}}",
        ]
    )


def equations(width: int, depth: int) -> str:
    """The same shape as equations, purely symbolic."""
    lines, below = [], [f"x_{k}" for k in range(width)]
    for layer in range(1, depth + 1):
        for unit in range(width):
            lines.append(
                f"  z_{layer}_{unit} = "
                + " + ".join(f"w_{layer}_{unit}_{k}*{name}" for k, name in enumerate(below))
                + f" + b_{layer}_{unit}"
            )
            lines.append(f"  a_{layer}_{unit} = tanh(z_{layer}_{unit})")
        below = [f"a_{layer}_{unit}" for unit in range(width)]
    return (
        "equations: |\n"
        + "\n".join(lines)
        + "\n  L = "
        + " + ".join(f"(y_{k} - {name})^2" for k, name in enumerate(below))
        + "\n"
    )


def calls(text: str) -> int:
    """How often SymPy is asked for one spec, checks and all."""
    before = sum(CALLS.values())
    report = check(run(derive(build(loads(text)))))
    assert report.failed == 0 and report.gradients and not report.unchecked_gradients
    return sum(CALLS.values()) - before


@pytest.mark.parametrize("activation", ["ReLU", "sigmoid", "GELU"])
def test_the_same_few_questions_for_any_width(activation: str) -> None:
    asked = {width: calls(neurons(width, 2, activation)) for width in (2, 4, 8)}
    assert max(asked.values()) <= MOST and len(set(asked.values())) == 1, asked


@pytest.mark.parametrize("activation", ["ReLU", "tanh"])
def test_the_same_few_questions_for_any_depth(activation: str) -> None:
    asked = {depth: calls(neurons(3, depth, activation)) for depth in (2, 3, 4)}
    assert max(asked.values()) <= MOST and len(set(asked.values())) == 1, asked


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "half_mse"])
def test_the_same_few_questions_for_any_number_of_outputs(loss: str) -> None:
    asked = {outputs: calls(neurons(3, 2, "tanh", loss, outputs)) for outputs in (2, 3, 5)}
    assert max(asked.values()) <= MOST and len(set(asked.values())) == 1, asked


def test_the_same_few_questions_of_equations() -> None:
    asked = {shape: calls(equations(*shape)) for shape in ((2, 2), (4, 2), (8, 2), (3, 2), (3, 4))}
    assert max(asked.values()) <= MOST and len(set(asked.values())) == 1, asked


def test_kinds_do_not_grow_with_the_network() -> None:
    kinds = {width: len(derive(build(loads(neurons(width, 3, "sigmoid")))).kinds) for width in (2, 4, 8)}
    assert len(set(kinds.values())) == 1 and max(kinds.values()) <= MOST, kinds
