"""The line in matrices of each gradient is its entries: for all small shapes, broadcast ones as well; a wrong one is caught."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from derivgen.array_evaluation import ArrayEvaluation
from derivgen.array_machine import arrays_as_object
from derivgen.checks.arrays import check_arrays, line_is_false
from derivgen.derivation.arrays import ArrayAdjoint
from derivgen.errors import Place
from derivgen.maths.functions import vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.tree import Neg, Num, Product, Sum
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays

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
@pytest.mark.parametrize(("m", "n"), [(1, 3), (2, 2), (3, 1), (4, 3)])
def test_broadcast_shapes(m: int, n: int, kind: str) -> None:
    check(evaluated(REDUCED.lstrip("\n"), {"X": (m, n), "c": BROADCAST[kind](m, n)}))


LAYER = "  z = W @ x + b\n  Z = X @ V + z\n  L = sum(Z^2)\n"
SHAPES = {"W": (2, 2), "x": (2,), "b": (2,), "X": (3, 2), "V": (2, 2)}


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("W", "outer(d_z, x)", ("outer(x, d_z)", "d_z @ x", "outer(d_z, x).T", "outer(d_z, b)")),
        ("x", "W.T @ d_z", ("W @ d_z", "d_z @ W.T", "d_z")),
        ("V", "X.T @ d_Z", ("X @ d_Z", "d_Z.T @ X", "(X.T @ d_Z).T", "2*(X.T @ d_Z)")),
        ("X", "d_Z @ V.T", ("d_Z @ V", "V.T @ d_Z", "(V @ d_Z.T)")),
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
