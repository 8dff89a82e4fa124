"""Specs with vectors and matrices: shapes, values, entries, data, what `derive --json` says of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from derivgen.array_machine import arrays_as_object, decimal_of, nested
from derivgen.checks.arrays import check_arrays
from derivgen.cli.commands import main
from derivgen.spec.load import load, loads
from derivgen.work import evaluate_arrays
from tests.product import ROOT

LAYER = """
equations: |
  z = W @ x + b
  h = tanh(z)
  L = sum((h - y)^2)
values: {W: [[1/2, 0], [1, -1], [0, 2]], x: [1, -2], b: [0, 0, 1], y: [0, 1, 0]}
inputs: [x]
targets: [y]
"""
ATTENTION = """
equations: |
  Q = X @ W_q
  K = X @ W_k
  V = X @ W_v
  S = Q @ K.T/sqrt(2)
  M = causal(S)
  P = softmax(M)
  O = P @ V
  L = sum(O^2)
values:
  X: [[1, 0, 1], [0, 2, 0], [1, 1, 1]]
  W_q: [[1, 0], [0, 1], [1, 1]]
  W_k: [[0, 1], [1, 0], [1, 1]]
  W_v: [[1, 2], [0, 1], [1, 0]]
inputs: [X]
wrt: ["*"]
"""


def worked(spec: str) -> dict[str, Any]:
    """What `derive --json` says of a spec; every check is passed."""
    evaluation = evaluate_arrays(loads(spec))
    report = check_arrays(evaluation)
    assert (report.problems(), report.gaps()) == ((), ())
    return arrays_as_object(evaluation, report)


def value_of(expression: str, values: str) -> Any:
    """The value of one expression, in nested lists of floats."""
    spec = f"equations: |\n  u = {expression}\n  L = sum(u)\nvalues: {{{values}}}\n"
    return nested(evaluate_arrays(loads(spec)).values["u"], decimal_of)


def test_a_layer() -> None:
    found = worked(LAYER)
    assert found["quantities"]["W"]["shape"] == [3, 2]
    assert found["quantities"]["W"]["value"] == [["1/2", "0"], ["1", "-1"], ["0", "2"]]
    assert found["quantities"]["z"] == {
        "role": "intermediate",
        "latex": "z",
        "definition": "W @ x + b",
        "shape": [3],
        "value": ["1/2", "3", "-3"],
        "decimal": [0.5, 3.0, -3.0],
    }
    assert "shape" not in found["quantities"]["L"]
    assert len(found["quantities"]["L"]["value"]) == 1
    gradient = found["gradients"]["W"]
    assert list(found["gradients"]) == ["W", "b"]
    assert (gradient["paths"], gradient["matrix"], gradient["index"]) == (None, "outer(d_z, x)", "d_z_i*x_j")
    assert gradient["expression"] == gradient["simplified"] == "outer(d_z, x)"
    z = np.array([0.5, 3, -3])
    slope = 2 * (np.tanh(z) - [0, 1, 0]) * (1 - np.tanh(z) ** 2)
    np.testing.assert_allclose(gradient["decimal"], np.outer(slope, [1, -2]), rtol=1e-14)
    assert found["checks"]["roads"] == ["chain", "sympy", "differences"]


def test_attention_with_a_mask() -> None:
    found = worked(ATTENTION)
    assert [row[0] != "-inf" for row in found["quantities"]["M"]["value"]] == [True] * 3
    assert found["quantities"]["M"]["value"][0][1:] == ["-inf", "-inf"]
    assert found["quantities"]["M"]["decimal"][0][1:] == [None, None]
    assert found["quantities"]["P"]["value"][0] == ["1", "0", "0"]
    assert found["gradients"]["M"]["matrix"] == "P*(d_P - sum(d_P*P, axis=1, keepdims=true))"
    assert found["gradients"]["V"]["matrix"] == "P.T @ d_O"
    assert found["gradients"]["K"]["matrix"] == "d_S.T @ Q/sqrt(2)"


@pytest.mark.parametrize(
    ("definitions", "simplified"),
    [
        ("P = softmax(S)\n  L = -sum(Y*ln(P))/3", "1/3*(P - Y)"),
        ("P = softmax(S)\n  L = -mean(sum(Y*ln(P), axis=1))", "1/3*(P - Y)"),
        ("L = -sum(Y*ln(softmax(S)))", "softmax(S) - Y"),
        ("L = -sum(Y*log_softmax(S))", "softmax(S) - Y"),
    ],
)
def test_softmax_and_cross_entropy(definitions: str, simplified: str) -> None:
    values = "values: {Y: [[1, 0], [0, 1], [1/2, 1/2]], S: [[1, 2], [3, 4], [1, 0]]}\nwrt: [S]\n"
    assert worked(f"equations: |\n  {definitions}\n{values}")["gradients"]["S"]["simplified"] == simplified
    other = values.replace("[1/2, 1/2]", "[1/2, 1]")  # rows that do not add up to 1 leave their sums
    assert "sum(Y" in worked(f"equations: |\n  {definitions}\n{other}")["gradients"]["S"]["simplified"]


def test_entries_by_their_names() -> None:
    found = worked("equations: L = p_2*W_21 + W_12^2\nvalues: {p: [1, 2, 3], W: [[1, 2], [3, 4]]}\nwrt: [p, W, p_2, W_12]\n")
    assert found["quantities"]["L"]["value"] == ["10"]
    assert found["gradients"]["p"]["value"] == ["0", "3", "0"]
    assert found["gradients"]["W"]["value"] == [["0", "4"], ["2", "0"]]
    assert (found["gradients"]["p_2"]["value"], found["gradients"]["W_12"]["value"]) == ("3", "4")
    assert found["gradients"]["W_12"]["matrix"] == "2*W_12"
    rows = ", ".join(f"[{n}, {n + 100}, {n + 200}]" for n in range(1, 12))
    assert worked(f"equations: L = W_10_3 + W_2_1\nvalues: {{W: [{rows}]}}\n")["quantities"]["L"]["value"] == ["212"]


def test_samples_are_one_more_axis() -> None:
    found = worked("""
equations: |
  h = tanh(W @ x + b)
  p = dot(v, h) + c
  L = mean((p - y)^2)
vectors: {x: [x_1, x_2]}
values: {W: [[1/2, 0], [1, -1], [0, 2]], b: [0, 0, 1], v: [1, 2, 3], c: 1/2}
data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}
targets: [y]
wrt: [W, b, v, c, x, x_1, W_21]
""")
    assert found["samples"] == 4
    assert (found["quantities"]["h"]["shape"], np.shape(found["quantities"]["h"]["decimal"])) == ([3], (4, 3))
    assert (found["quantities"]["x"]["value"][0], len(found["quantities"]["p"]["value"])) == (["1", "1"], 4)
    x = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    y, w, v = np.array([1, 0, 0, 0]), np.array([[0.5, 0], [1, -1], [0, 2]]), np.array([1, 2, 3])
    h = np.tanh(x @ w.T + [0, 0, 1])
    slope = (0.5 * (h @ v + 0.5 - y))[:, None] * v * (1 - h**2)
    gradients = found["gradients"]
    np.testing.assert_allclose(gradients["W"]["decimal"], slope.T @ x, rtol=1e-13)
    np.testing.assert_allclose(gradients["x"]["decimal"], slope @ w, rtol=1e-13)
    np.testing.assert_allclose(gradients["x_1"]["decimal"], (slope @ w)[:, 0], rtol=1e-13)
    assert gradients["W_21"]["decimal"] == gradients["W"]["decimal"][1][0]


def test_the_parts_of_a_vector_may_be_named_as_its_entries() -> None:
    found = worked("equations: L = x_1 + x_2*sum(x)\nvalues: {x_1: 1, x_2: 2}\nvectors: {x: [x_1, x_2]}\n")
    assert found["gradients"]["x_1"]["value"] == "3"
    assert found["gradients"]["x_1"]["matrix"] == "1 + dot(d_x, row(eye(2), 1))"  # d_x_1 is the adjoint of x_1
    entry = worked(
        "equations: L = mean(x_1^2)\nvectors: {x: [a, b]}\ndata: {columns: [a, b], rows: [[1, 2], [3, 4]]}\nwrt: [a]\n"
    )
    assert entry["gradients"]["a"]["value"] == ["1", "3"]


def test_samples_without_numbers() -> None:
    found = worked("""
equations: |
  h = tanh(W @ x)
  p = v @ h
  L = mean((p - y)^2)
vectors: {x: [x_1, x_2]}
shapes: {W: [3, 2]}
data: {columns: [x_1, x_2, y], count: N}
targets: [y]
""")
    assert (found["samples"], found["quantities"]["v"]["shape"]) == ("N", [3])
    assert (found["gradients"]["v"]["matrix"], found["gradients"]["v"]["value"]) == ("h.T @ d_p", None)


def test_sums_and_means() -> None:
    data = "data: {columns: [a, b], rows: [[1, 2], [3, 5]]}\nvectors: {x: [a, b]}\n"
    per_sample = worked(f"equations: |\n  s = sum(x)\n  L = sum(s^2)\n{data}wrt: [a]\n")
    assert per_sample["quantities"]["s"]["value"] == ["3", "8"]
    assert per_sample["quantities"]["L"]["value"] == ["73"]
    assert value_of("sum(A, axis=0)", "A: [[1, 2], [3, 5]]") == [4, 7]
    assert value_of("mean(A, axis=1, keepdims=true)", "A: [[1, 2], [3, 5]]") == [[1.5], [4]]
    assert value_of("var(A, axis=-1)", "A: [[1, 3], [3, 5]]") == [1, 1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("conv(x, k)", [1 * 1 - 2, 2 - 4, 4 - 8]),
        ("conv(x, k, stride=2)", [-1, -4]),
        ("conv(x, k, padding=1)", [-1, -1, -2, -4, 8]),
        ("conv(A, B)", [[1 + 5 * 2]]),
        ("maxpool(x, 2)", [2, 8]),
        ("maxpool(x, 2, stride=1)", [2, 4, 8]),
        ("meanpool(x, 2)", [1.5, 6]),
        ("maxpool(A, 2)", [[5]]),
        ("rows(A, 2, 1, 2)", [[3, 5], [1, 2], [3, 5]]),
        ("row(A, 2)", [3, 5]),
        ("column(A, 1)", [1, 3]),
        ("reshape(A, 4, 1)", [[1], [2], [3], [5]]),
        ("flatten(A)", [1, 2, 3, 5]),
        ("concat(k, x)", [1, -1, 1, 2, 4, 8]),
        ("concat(A, B, axis=1)", [[1, 2, 1, 0], [3, 5, 0, 2]]),
        ("diag(k)", [[1, 0], [0, -1]]),
        ("outer(k, k)", [[1, -1], [-1, 1]]),
        ("eye(2)*A", [[1, 0], [0, 5]]),
        ("ones(2, 3)", [[1, 1, 1], [1, 1, 1]]),
        ("zeros(2)", [0, 0]),
        ("inv(A)", [[-5, 2], [3, -1]]),
        ("trace(A) + det(A) + norm(3*k/k)", 6 - 1 + 18**0.5),
        ("k @ A @ k", 1 - 2 - 3 + 5),
        ("A^-1", [[1, 0.5], [1 / 3, 0.2]]),
        ("A.T", [[1, 3], [2, 5]]),
        ("k @ A", [-2, -3]),
        ("A @ k", [-1, -2]),
        ("A + k", [[2, 1], [4, 4]]),
        ("dot(k, k)*A/2", [[1, 2], [3, 5]]),
        ("-A^2", [[-1, -4], [-9, -25]]),
        ("max(A) + min(A)", 6),
        ("max(A, axis=0)", [3, 5]),
    ],
)
def test_functions_of_arrays(expression: str, expected: Any) -> None:
    used = {"A": "[[1, 2], [3, 5]]", "B": "[[1, 0], [0, 2]]", "k": "[1, -1]", "x": "[1, 2, 4, 8]"}
    values = ", ".join(f"{name}: {numbers}" for name, numbers in used.items() if re.search(rf"\b{name}\b", expression))
    np.testing.assert_allclose(value_of(expression, values), expected, rtol=1e-15)


def test_names_of_functions_are_names_of_quantities_still() -> None:
    found = worked("equations: |\n  norm = sum(var^2)\n  L = norm*dot\nvalues: {var: [1, 2], dot: 3}\n")
    assert found["gradients"]["var"]["value"] == ["6", "12"]


def test_shapes_from_use_and_named_sizes() -> None:
    found = worked("""
equations: |
  z = W @ x + b
  L = sum((tanh(z) - y)^2)
shapes: {W: [m, n]}
targets: [y]
""")
    assert [found["quantities"][name]["shape"] for name in ("x", "b", "y", "z")] == [["n"], ["m"], ["m"], ["m"]]
    assert found["gradients"]["W"]["matrix"] == "outer(d_z, x)"
    assert found["gradients"]["W"]["value"] is None
    assert found["gradients"]["x"]["index"] == "sum(j=1..m: d_z_j*W_ji)"


def test_arrays_in_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W=np.array([[0.5, 0.1], [1.0, -1.0]]), b=np.array([0.25, 0.5]))
    (tmp_path / "x.csv").write_text("1/3, 2\n")
    (tmp_path / "spec.yaml").write_text(
        "equations: L = sum(W @ x + b)\nvalues: {W: {file: w.npz, array: W}, b: {file: w.npz, array: b}, x: {file: x.csv}}\n"
    )
    evaluation = evaluate_arrays(load(tmp_path / "spec.yaml"))
    assert evaluation.derivation.shapes["b"].shape == (2,)
    assert str(evaluation.values["L"][()]) == "-11/20"


def test_what_is_hardly_meant_is_said() -> None:
    spec = (
        "equations: |\n  Z = W @ X + b\n  L = sum(Z) + sum(W^-1)\nvalues: {W: [[1, 2], [3, 4]], X: [[1, 2], [3, 5]], b: [1, 2]}\n"
    )
    warnings = evaluate_arrays(loads(spec + "inputs: [X]\n")).derivation.warnings
    assert [warning.hint for warning in warnings] == [
        "where the columns are the samples, write reshape(b, 2, 1)",
        "the inverse matrix is inv(W)",
    ]
    rows = spec.replace("W @ X", "X @ W").replace(" + sum(W^-1)", "")
    assert evaluate_arrays(loads(rows + "inputs: [X]\n")).derivation.warnings == ()


def test_the_commands_that_know_arrays(tmp_path: Path) -> None:
    path = tmp_path / "layer.yaml"
    path.write_text(LAYER)
    runner = CliRunner()
    shown = runner.invoke(main, ["show", str(path)])
    assert (shown.exit_code, "∂L/∂zᵢ·xⱼ" in shown.output, "(∂L/∂z⟨3×1⟩) xᵀ⟨1×2⟩" in shown.output) == (0, True, True)
    checked = runner.invoke(main, ["verify", str(path)])
    assert (checked.exit_code, "2 gradients by three roads" in checked.output) == (0, True)
    derived = runner.invoke(main, ["derive", str(path), "--json", "--wrt", "x"])
    assert json.loads(derived.output)["gradients"]["x"]["matrix"] == "W.T @ d_z"


NORMS = (
    (
        "(X - mean(X, axis=0))/sqrt(var(X, axis=0) + 1/100)",
        "(d_h - mean(d_h, axis=0) - h*mean(d_h*h, axis=0))/sqrt(var(X, axis=0) + 1/100)",
    ),
    (
        "(X - mean(X, axis=1, keepdims=true))/sqrt(mean((X - mean(X, axis=1, keepdims=true))^2, axis=1, keepdims=true))",
        "(d_h - mean(d_h, axis=1, keepdims=true) - h*mean(d_h*h, axis=1, keepdims=true))"
        "/sqrt(mean((X - mean(X, axis=1, keepdims=true))^2, axis=1, keepdims=true))",
    ),
    ("(X - mean(X))/sqrt(var(X) + e)", "(d_h - mean(d_h) - mean(d_h*h)*h)/sqrt(var(X) + e)"),
)


@pytest.mark.parametrize(("norm", "short"), NORMS)
def test_a_norm_by_what_is_normalized(norm: str, short: str) -> None:
    spec = f"equations: |\n  h = {norm}\n  L = sum((g*h - T)^2)\n"
    values = "values: {X: [[1, 3, 2], [5, 4, 7]], g: [2, 1, 3], T: [[0, 1, 0], [1, 0, 2]], e: 1/100}\nwrt: [X]\n"
    found = worked(spec + (values if "+ e" in norm else values.replace(", e: 1/100", "")))
    assert found["gradients"]["X"]["simplified"] == short
    names = {"X": [[1, 3, 2], [5, 4, 7]], "g": [2, 1, 3], "T": [[0, 1, 0], [1, 0, 2]], "e": 0.01}
    python = norm.replace("^", "**").replace("keepdims=true", "keepdims=True")

    def loss(x: Any) -> Any:
        functions = {
            "mean": np.mean,
            "sqrt": np.sqrt,
            "var": lambda a, axis=None: np.mean((a - np.mean(a, axis=axis)) ** 2, axis=axis),
        }
        h = eval(python, functions, {"X": x, "e": names["e"]})
        return np.sum((np.asarray(names["g"]) * h - names["T"]) ** 2)

    for at in np.ndindex(2, 3):
        x = np.asarray(names["X"], dtype=complex)
        x[at] += 1e-30j
        assert found["gradients"]["X"]["decimal"][at[0]][at[1]] == pytest.approx(loss(x).imag / 1e-30, rel=1e-12, abs=1e-12)


EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "arrays.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(5))
def test_the_examples_of_the_manual(number: int) -> None:
    assert len(EXAMPLES) == 5
    assert worked(EXAMPLES[number])["checks"]["failed"] == 0
