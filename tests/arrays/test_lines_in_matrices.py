"""The line in matrices of each gradient is its entries: for all small shapes, broadcast ones as well; a wrong one is caught."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from derivgen.array_evaluation import ArrayEvaluation, shapes_of
from derivgen.array_machine import arrays_as_object
from derivgen.checks.arrays import check_arrays, line_is_false
from derivgen.derivation.arrays import ArrayAdjoint, derive_arrays
from derivgen.derivation.matrix_view import matrix_view
from derivgen.errors import Place
from derivgen.maths.functions import vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.tree import Neg, Num, Product, Sum
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays
from tests.arrays.programs import Maker

SIZES = (1, 2, 3, 4)


def filled(shape: tuple[int, ...], start: int) -> str:
    """Nested lists of numbers that are all different."""
    if not shape:
        return f"{(start * 37) % 101 - 50}/17"
    inner = 1
    for size in shape[1:]:
        inner *= size
    return f"[{', '.join(filled(shape[1:], start + place * inner) for place in range(shape[0]))}]"


def evaluated(equations: str, shapes: dict[str, tuple[int, ...]]) -> ArrayEvaluation:
    values = "".join(f"  {name}: {filled(shape, 1 + 20 * place)}\n" for place, (name, shape) in enumerate(shapes.items()))
    return evaluate_arrays(loads(f'equations: |\n{equations}values:\n{values}wrt: ["*"]\n'))


def check(evaluation: ArrayEvaluation) -> None:
    report = check_arrays(evaluation)
    assert (report.problems(), report.gaps()) == ((), ())
    found = arrays_as_object(evaluation, report)["gradients"]
    assert [name for name, gradient in found.items() if gradient["matrix"] is None] == []


@pytest.mark.parametrize(("m", "n"), tuple(product(SIZES, repeat=2)))
def test_products_of_all_small_shapes(m: int, n: int) -> None:
    k = 1 + (m + n) % 4
    equations = "  Z = A @ B + b\n  H = tanh(Z)\n  u = H @ w + v @ C\n  L = sum(u*u) + v @ H @ w + trace(Z @ Z.T)\n"
    shapes = {"A": (m, k), "B": (k, n), "b": (n,), "w": (n,), "v": (m,), "C": (m, m)}
    check(evaluated(equations, shapes))


BROADCAST = {
    "a number": lambda m, n: (),
    "a vector": lambda m, n: (n,),
    "one row": lambda m, n: (1, n),
    "one column": lambda m, n: (m, 1),
    "one entry": lambda m, n: (1, 1),
    "a matrix": lambda m, n: (m, n),
}
REDUCED = """
  Z = (X + c)*c - X/(2 + c^2)
  s = sum(Z, axis=0)
  t = mean(Z, axis=1, keepdims=true)
  L = sum(s^2) + sum(t*X)
"""


@pytest.mark.parametrize("kind", BROADCAST)
@pytest.mark.parametrize(("m", "n"), tuple(product(SIZES, repeat=2)))
def test_broadcast_shapes(m: int, n: int, kind: str) -> None:
    check(evaluated(REDUCED.lstrip("\n"), {"X": (m, n), "c": BROADCAST[kind](m, n)}))


BATCHED = """
  Z = X @ W + b
  H = tanh(Z)*c
  s = sum(H, axis=0)
  t = mean(H*X @ W, axis=2)
  L = sum(s*U) + sum(t^2) + sum(max(H, axis=1)) + sum(sum(X*X @ v, axis=0))
"""


@pytest.mark.parametrize(("k", "m", "n"), tuple(product(SIZES, (1, 2, 4), (1, 3))))
def test_three_axes(k: int, m: int, n: int) -> None:
    shapes = {"X": (k, m, n), "W": (n, n), "b": (n,), "c": (m, 1), "U": (m, n), "v": (n,)}
    check(evaluated(BATCHED.lstrip("\n"), shapes))


@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("padding", [0, 1])
def test_convolution_of_what_is_asked_for(size: int, kernel: int, padding: int) -> None:
    option = f", padding={padding}" if padding < kernel else ""
    equations = f"  F = conv(X, K{option})\n  f = conv(x, k{option})\n  L = sum(F^2) + sum(f^2)\n"
    check(evaluated(equations, {"X": (size, size), "K": (kernel, kernel), "x": (size,), "k": (kernel,)}))


POOLED = (
    ("maxpool(relu(X), 2)", (4, 4)),
    ("maxpool(X, 3)", (3, 3)),
    ("meanpool(X^2, 2)", (2, 4)),
    ("upsample(X, 2)", (2, 3)),
    ("flip(X)*U", (3, 2)),
    ("maxpool(x, 2)", (4,)),
    ("rows(x, 3, 1, 3)", (3,)),
    ("concat(rows(x, 2), x)", (3,)),
)


@pytest.mark.parametrize(("expression", "shape"), POOLED)
def test_windows_side_by_side(expression: str, shape: tuple[int, ...]) -> None:
    name = "X" if len(shape) == 2 else "x"
    check(evaluated(f"  F = {expression}\n  L = sum(F^3)\n", {name: shape, **({"U": shape} if "U" in expression else {})}))


def test_entries_that_tie_share() -> None:
    spec = "equations: |\n  F = maxpool(X, 2)\n  L = F_11*F_12\nvalues: {X: [[1, 1, 3, 0], [0, 1, 2, 3]]}\nwrt: [X]\n"
    evaluation = evaluate_arrays(loads(spec))
    check(evaluation)
    half = Fraction(1, 2)
    assert evaluation.adjoints["X"].tolist() == [[1, 1, half, 0], [0, 1, 0, half]]


def test_nearly_every_random_gradient_has_a_line() -> None:
    found = [
        matrix_view(adjoint.body, adjoint.axes, shapes_of(derivation)) is not None
        for seed in range(60)
        for derivation in (derive_arrays(loads(Maker(seed).made().spec)),)
        for adjoint in derivation.adjoints.values()
    ]
    assert len(found) > 800
    assert sum(found) >= 0.96 * len(found)


LAYER = "  z = W @ x + b\n  Z = X @ V + z\n  L = sum(Z^2)\n"
SHAPES = {"W": (2, 2), "x": (2,), "b": (2,), "X": (3, 2), "V": (2, 2)}


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("W", "outer(d_z, x)", ("outer(x, d_z)", "d_z @ x", "outer(d_z, x).T", "outer(d_z, b)")),
        ("x", "W.T @ d_z", ("W @ d_z", "d_z @ W.T", "d_z")),
        ("V", "X.T @ d_Z", ("X @ d_Z", "d_Z.T @ X", "(X.T @ d_Z).T", "2*(X.T @ d_Z)")),
        ("X", "d_Z @ V.T", ("d_Z @ V", "V.T @ d_Z", "(V @ d_Z.T)")),
        ("b", "sum(d_Z, axis=0)", ("sum(d_Z, axis=1)", "mean(d_Z, axis=0)", "sum(d_Z, axis=0)*x", "flip(sum(d_Z, axis=0))")),
        ("z", "sum(d_Z, axis=0)", ("d_Z", "sum(d_Z, axis=1)", "sum(d_Z)", "mean(d_Z, axis=0)", "row(d_Z, 1)")),
    ],
)
def test_a_wrong_line_is_caught(name: str, right: str, wrong: tuple[str, ...]) -> None:
    evaluation = evaluated(LAYER, SHAPES)

    def reason(text: str) -> str:
        tree = parse_expression(text, Place("line", 1, 1, 1, text), vocabulary())
        return line_is_false(tree, evaluation.adjoints[name], evaluation)

    assert reason(right) == ""
    assert [text for text in wrong if not reason(text)] == []


@pytest.mark.parametrize("spoil", ["sign", "factor", "term"])
@pytest.mark.parametrize("name", ["W", "V", "z", "Z"])
def test_a_wrong_gradient_is_caught_by_differences(name: str, spoil: str) -> None:
    evaluation = evaluated(LAYER, SHAPES)
    before = evaluation.adjoints[name]
    number = Num(Fraction(3, 2))
    body = evaluation.derivation.adjoints[name].body
    changed = {"sign": Neg(body), "factor": Product((number, body)), "term": Sum((body, number))}[spoil]
    values = {"sign": -before, "factor": before * Fraction(3, 2), "term": before + Fraction(3, 2)}[spoil]
    adjoint: ArrayAdjoint = replace(evaluation.derivation.adjoints[name], body=changed)
    derivation = replace(evaluation.derivation, adjoints={**evaluation.derivation.adjoints, name: adjoint})
    report = check_arrays(replace(evaluation, derivation=derivation, adjoints={**evaluation.adjoints, name: values}))
    assert f"the gradient by {name} is wrong" in " ".join(str(problem) for problem in report.problems())
