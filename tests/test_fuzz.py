"""A short run of the fuzz script; and faults put in on purpose are found by it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests import fuzz

FEW = {"mutant": 120, "valid": 12, "symbolic": 16}


@pytest.mark.parametrize("kind", FEW)
def test_a_short_run_finds_no_fault(kind: str) -> None:
    results = list(fuzz.outcomes(kind, FEW[kind], seed=20261130, jobs=1))
    assert [result for result in results if result.outcome in fuzz.FAULTS] == []
    assert Counter(result.outcome for result in results)["right"] >= FEW[kind] // 10


def test_what_is_raised_is_a_fault() -> None:
    def broken(text: str) -> fuzz.Result:
        raise KeyError(text)

    assert fuzz.judged("a spec", broken).outcome == "traceback"


def test_a_wrong_number_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "differences", lambda text: ["the gradient by w: 1, not 2"])
    assert fuzz.judged("a spec", fuzz.compared).outcome == "wrong"


def test_a_false_line_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivgen.lines import adjoints
    from derivgen.maths.tree import number

    monkeypatch.setattr(adjoints, "slope_of", lambda graph, local: number(17))
    spec = "equations: |\n  u = w^2\n  L = u*w\nvalues: {w: 2}\nnotation: {chain: reuse}\n"
    assert fuzz.judged(spec, fuzz.built).outcome == "false line"


def test_the_same_seed_gives_the_same_specs() -> None:
    import random

    assert fuzz.mutated(random.Random("a")) == fuzz.mutated(random.Random("a"))
    assert len({fuzz.mutated(random.Random(str(k))) for k in range(40)}) > 30


FOUND = {
    "a loss so near to a tie that thirty digits say it is none": (
        "network:\n  inputs: [x]\n"
        "  layers:\n    - {neurons: [2, 3], activation: ReLU}\n    - {neurons: [4], activation: sigmoid}\n"
        '  names: {weight: "w_{from}{to}", bias: "b_{to}", net: "z_{to}", output: "a_{to}"}\n'
        "  loss: {name: L, kind: squared_error, target: y}\n"
        "values: {x: 1, y: 1, w_12: 1e-30, w_13: -1, b_2: 1/2, b_3: 1/4, w_24: 2, w_34: 1, b_4: -1}\n"
        "update: {learning_rate: 1/2, steps: 10}\nshow: [loss_over_steps]\n"
    ),
    "a sum that cancels to a 99th of its digits": (
        "equations: |\n  u = x - mean(x)\n  yhat = w*u + b\n  L = mean((yhat - y)^2.5)\ntargets: [y]\n"
        "data: {columns: [x, y], rows: [[1, 2], [3, 4], [8, 6]]}\nvalues: {w: 1, b: 1e100}\nwrt: [w, b, x]\n"
    ),
    "a large constant in what is differentiated twice": (
        "equations: |\n  z = w*x + b\n  a = sig(z)\n  L = -(y*ln(a) + (700e20 - y)*ln(1 - a)) + 1e100*w^1/3\n"
        "inputs: [x]\nvalues: {x: 2, y: 1, w: 1/2, b: 1.23456}\nsecond: all\n"
    ),
    "arrays of large numbers": (
        "equations: |\n  Q = X @ A\n  K = X @ B\n  P = softmax(causal(Q @ K.T))\n  L = sum((P @ X - T)^2)/2\n"
        "values: {X: [[1, 0], [0, 1e100], [1, 1]], A: [[1, 0], [0, 1]], B: [[0, 1], [1, 0]], T: [[1, 0], [1, 0], [0, 1]]}\n"
        "inputs: [X]\ntargets: [T]\n"
    ),
    "a power of a matrix by its entries": (
        "equations: |\n  Q = X @ A\n  L = sum((Q - T)^300)\n"
        "values: {X: [[1, 0], [0, 1]], A: [[1, 0], [0, 1]], T: [[1, 1], [0, 1]]}\ninputs: [X]\ntargets: [T]\n"
    ),
    "the cases of a matrix": (
        "equations: |\n  F = conv(X, K)\n  H = max(relu(F), 2)\n  L = (sum(H) - t)^2\n"
        "values: {X: [[1, 0, 2], [0, 1, 1], [1, 2, 0]], K: [[1, 0], [0, -1]], t: 3}\ninputs: [X]\ntargets: [t]\n"
    ),
    "0 times a letter, with figures carried on": (
        "equations: |\n  z = w*x\n  L = (z - y)^0\nnumbers: {carry: shown}\nupdate: {learning_rate: eta}\n"
    ),
    "answers with exponents of twenty digits": (
        "equations: |\n  a = sig(w*x + b)\n  c = sig(v*a + d)\n  L = (y - c)^2/2\ninputs: [x]\ntargets: [y]\n"
        "values: {x: 0.35, w: -1e20, b: 0.3, v: 0.4, d: -0.6, y: 1}\nnumbers: {digits: 3, carry: shown}\n"
    ),
    "shorthands of a loss by what is not its output": (
        "equations: |\n  z = w*x + b\n  yhat = v*z\n  L = (y - yat)^2\ninputs: [x]\nwrt: [v, w, b, yhat/z]\n"
        "notation: {chain: two_stage, product: juxtapose, shorthands: {L_y: dL/dyhat}}\n"
    ),
}
"""Specs that a long run was refused or stopped by, shortened."""


@pytest.mark.parametrize("kind", FOUND)
def test_what_a_long_run_found_is_built(kind: str) -> None:
    assert fuzz.judged(FOUND[kind], fuzz.built) == fuzz.Result("right")


def test_a_sum_that_cancels_has_its_value() -> None:
    """… of which 100 digits leave but one: dL/dw by mpmath alone."""
    import mpmath

    from derivgen.spec.load import loads
    from derivgen.work import evaluate

    with mpmath.workdps(400):
        rows = [(mpmath.mpf(x) - 4, y) for x, y in ((1, 2), (3, 4), (8, 6))]
        slope = sum(mpmath.mpf(5) / 2 * (u + mpmath.mpf(10) ** 100 - y) ** mpmath.mpf("1.5") * u for u, y in rows) / 3
        (ours,) = evaluate(loads(FOUND["a sum that cancels to a 99th of its digits"])).adjoints["w"]
        assert slope > 10**51 and abs(ours / slope - 1) < mpmath.mpf(10) ** -50
