"""Identities of the Matrix Cookbook (Petersen and Pedersen, 2012) and of vector calculus, in the form the book has them.

Each is checked at made-up numbers by all three roads, its line in matrices entry by entry, and once more by NumPy: the form that
is expected, put in as Python, against complex steps of the function, at numbers and shapes that the package never sees.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from derivgen.array_machine import arrays_as_object
from derivgen.checks.arrays import check_arrays
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays

SQUARE = {**dict.fromkeys("XABCDW", (3, 3)), **dict.fromkeys("xabcs", (3,))}
TALL = {"X": (3, 2), "A": (2, 2), "a": (3,), "b": (2,), "c": (2,)}
LEFT = {"X": (3, 2), "A": (3, 3)}
WIDE = {"X": (2, 4), "A": (3, 2), "B": (4, 3), "C": (3, 3), "a": (2,), "b": (4,), "c": (4,), "D": (2, 2)}
LONG = {"A": (4, 2), "X": (2, 3), "B": (4, 3), "x": (2,), "b": (4,), "s": (2,), "W": (4, 4)}
STRETCHED = {"x": (4,), "s": (2,), "A": (4, 2), "W": (4, 4), "B": (5, 4), "b": (5,), "C": (5, 3), "D": (3, 4), "a": (3,)}

IDENTITIES: tuple[tuple[str, str, str, str, dict[str, tuple[int, ...]]], ...] = (
    # 2.1 Derivatives of a determinant
    ("49", "det(X)", "X", "det(X)*inv(X).T", SQUARE),
    ("51", "det(A @ X @ B)", "X", "det(A @ X @ B)*inv(X).T", SQUARE),
    ("51", "det(A @ X @ B)", "X", "det(A @ X @ B)*(A.T @ inv(A @ X @ B).T @ B.T)", {"A": (2, 3), "X": (3, 4), "B": (4, 2)}),
    ("52", "det(X.T @ A @ X)", "X", "2*det(X.T @ A @ X)*inv(X).T", SQUARE),
    ("54", "det(X.T @ A @ X)", "X", "det(X.T @ A @ X)*(A @ X @ inv(X.T @ A @ X) + A.T @ X @ inv(X.T @ A @ X).T)", LEFT),
    ("55", "ln(det(X.T @ X))", "X", "2*(X @ inv(X.T @ X))", TALL),
    ("57", "ln(det(X))", "X", "inv(X).T", SQUARE),
    ("58", "det(X @ X)", "X", "2*det(X @ X)*inv(X).T", SQUARE),
    ("58", "det(X @ X @ X)", "X", "3*det(X @ X @ X)*inv(X).T", SQUARE),
    ("58", "det(X)^2", "X", "2*det(X)^2*inv(X).T", SQUARE),
    # 2.2 Derivatives of an inverse
    ("61", "a @ inv(X) @ b", "X", "-outer(inv(X).T @ a, inv(X) @ b)", SQUARE),
    ("62", "det(inv(X))", "X", "-(det(inv(X))*inv(X).T)", SQUARE),
    ("63", "trace(A @ inv(X) @ B)", "X", "-(inv(X).T @ A.T @ B.T @ inv(X).T)", SQUARE),
    ("64", "trace(inv(X + A))", "X", "-(inv(X + A).T @ inv(X + A).T)", SQUARE),
    # 2.4 Derivatives of matrices, vectors and scalar forms
    ("69", "x @ a", "x", "a", SQUARE),
    ("69", "a @ x", "x", "a", SQUARE),
    ("70", "a @ X @ b", "X", "outer(a, b)", WIDE),
    ("71", "b @ X.T @ a", "X", "outer(a, b)", WIDE),
    ("72", "a @ X @ a", "X", "outer(a, a)", SQUARE),
    ("72", "a @ X.T @ a", "X", "outer(a, a)", SQUARE),
    ("76", "sum(X)^2", "X", "2*sum(X)*ones(2, 4)", WIDE),
    ("77", "b @ X.T @ X @ c", "X", "X @ (outer(b, c) + outer(c, b))", WIDE),
    ("78", "(B @ x + b) @ C @ (D @ x + a)", "x", "B.T @ C @ (D @ x + a) + D.T @ C.T @ (B @ x + b)", STRETCHED),
    ("81", "x @ B @ x", "x", "(B + B.T) @ x", SQUARE),
    ("82", "b @ X.T @ D @ X @ c", "X", "outer(D @ X @ c, b) + outer(D.T @ X @ b, c)", WIDE),
    ("83", "(X @ b + a) @ D @ (X @ b + a)", "X", "outer((D + D.T) @ (X @ b + a), b)", WIDE),
    ("84", "(x - A @ s) @ (x - A @ s)", "s", "-2*(A.T @ (x - A @ s))", STRETCHED),
    ("84", "(x - A @ s) @ W @ (x - A @ s)", "s", "-(A.T @ (W + W.T) @ (x - A @ s))", STRETCHED),
    ("85", "(x - s) @ W @ (x - s)", "x", "(W + W.T) @ (x - s)", SQUARE),
    ("86", "(x - s) @ W @ (x - s)", "s", "-((W + W.T) @ (x - s))", SQUARE),
    ("87", "(x - A @ s) @ W @ (x - A @ s)", "x", "(W + W.T) @ (x - A @ s)", STRETCHED),
    ("88", "(x - A @ s) @ W @ (x - A @ s)", "A", "-outer((W + W.T) @ (x - A @ s), s)", STRETCHED),
    ("91", "a @ X @ X @ b", "X", "outer(a, X @ b) + outer(X.T @ a, b)", SQUARE),
    ("91", "a @ X @ X @ X @ b", "X", "outer(a, X @ X @ b) + outer(X.T @ a, X @ b) + outer(X.T @ X.T @ a, b)", SQUARE),
    ("97", "x @ A @ x + b @ x", "x", "(A + A.T) @ x + b", SQUARE),
    # 2.5 Derivatives of traces
    ("99", "trace(X)", "X", "eye(3)", SQUARE),
    ("100", "trace(X @ A)", "X", "A.T", {"X": (2, 4), "A": (4, 2)}),
    ("101", "trace(A @ X @ B)", "X", "A.T @ B.T", WIDE),
    ("102", "trace(B.T @ X.T @ A.T)", "X", "A.T @ B.T", WIDE),
    ("102", "trace(A @ X.T @ B)", "X", "B @ A", SQUARE),
    ("103", "trace(X.T @ A)", "X", "A", {"X": (2, 4), "A": (2, 4)}),
    ("104", "trace(A @ X.T)", "X", "A", {"X": (2, 4), "A": (2, 4)}),
    ("105", "trace(A)*trace(X)", "X", "trace(A)*eye(3)", SQUARE),
    ("106", "trace(X @ X)", "X", "2*X.T", SQUARE),
    ("107", "trace(X @ X @ B)", "X", "B.T @ X.T + X.T @ B.T", SQUARE),
    ("108", "trace(X.T @ A @ X)", "X", "(A + A.T) @ X", LEFT),
    ("109", "trace(A @ X @ X.T)", "X", "(A + A.T) @ X", LEFT),
    ("110", "trace(X @ X.T @ A)", "X", "(A + A.T) @ X", LEFT),
    ("111", "trace(X @ A @ X.T)", "X", "X @ (A + A.T)", TALL),
    ("112", "trace(A @ X.T @ X)", "X", "X @ (A + A.T)", TALL),
    ("113", "trace(X.T @ X @ A)", "X", "X @ (A + A.T)", TALL),
    ("114", "trace(A @ X @ B @ X)", "X", "A.T @ X.T @ B.T + B.T @ X.T @ A.T", SQUARE),
    ("115", "trace(X.T @ X)", "X", "2*X", TALL),
    ("115", "trace(X @ X.T)", "X", "2*X", TALL),
    ("116", "trace(B.T @ X.T @ D @ X @ B)", "X", "(D + D.T) @ X @ B @ B.T", WIDE),
    ("117", "trace(X.T @ B @ X @ C)", "X", "B @ X @ C + B.T @ X @ C.T", SQUARE),
    ("118", "trace(A @ X @ B @ X.T @ C)", "X", "A.T @ C.T @ X @ B.T + C @ A @ X @ B", SQUARE),
    ("119", "trace((A @ X @ B + C) @ (A @ X @ B + C).T)", "X", "2*(A.T @ (A @ X @ B + C) @ B.T)", WIDE),
    ("120", "trace(X)^2", "X", "2*trace(X)*eye(3)", SQUARE),
    ("121", "trace(X @ X @ X)", "X", "3*(X.T @ X.T)", SQUARE),
    ("122", "trace(A @ X @ X @ X)", "X", "A.T @ X.T @ X.T + X.T @ A.T @ X.T + X.T @ X.T @ A.T", SQUARE),
    (
        "123",
        "trace(B.T @ X.T @ C @ X @ X.T @ C @ X @ B)",
        "X",
        "C @ X @ X.T @ C @ X @ B @ B.T + C.T @ X @ B @ B.T @ X.T @ C.T @ X"
        " + C @ X @ B @ B.T @ X.T @ C @ X + C.T @ X @ X.T @ C.T @ X @ B @ B.T",
        SQUARE,
    ),
    ("124", "trace(A @ inv(X) @ B)", "X", "-(inv(X).T @ A.T @ B.T @ inv(X).T)", {"A": (2, 3), "X": (3, 3), "B": (3, 2)}),
    # 2.6 and 2.7 Derivatives of norms
    ("129", "norm(x - a)", "x", "(x - a)/norm(x - a)", SQUARE),
    ("131", "norm(x)^2", "x", "2*x", SQUARE),
    ("132", "norm(X)^2", "X", "2*X", TALL),
    # Not in the book: what matrixcalculus.org and courses have
    ("", "norm(A @ x - b)^2", "x", "2*(A.T @ (A @ x - b))", LONG),
    ("", "norm(A @ X - B)^2", "X", "2*(A.T @ (A @ X - B))", LONG),
    ("", "sum((A @ X - B)^2)", "X", "2*(A.T @ (A @ X - B))", LONG),
    ("", "(A @ x) @ (A @ x)", "x", "2*(A.T @ A @ x)", LONG),
    ("", "sum((b - A @ s)^2)", "A", "-2*outer(b - A @ s, s)", LONG),
    ("", "x @ x", "x", "2*x", SQUARE),
    ("", "(x @ A @ x)^2", "x", "2*(x @ A @ x)*((A + A.T) @ x)", SQUARE),
    ("", "x @ A @ x/(x @ x)", "x", "(A + A.T) @ x/dot(x, x) - 2*(x @ A @ x)*x/dot(x, x)^2", SQUARE),
    ("", "exp(-(x @ A @ x)/2)", "x", "-1/2*exp(-1/2*(x @ A @ x))*((A + A.T) @ x)", SQUARE),
    ("", "trace(A @ X)^2", "X", "2*trace(A @ X)*A.T", SQUARE),
    ("", "dot(a, x)^2", "x", "2*dot(a, x)*a", SQUARE),
    ("", "sum(A*X)", "X", "A", SQUARE),
    ("", "trace(A.T @ X)", "X", "A", {"X": (2, 4), "A": (2, 4)}),
    ("", "sum(exp(x))", "x", "exp(x)", SQUARE),
    ("", "ln(sum(exp(x)))", "x", "exp(x)/sum(exp(x))", SQUARE),
    ("", "ln(sum(exp(A @ x)))", "x", "A.T @ exp(A @ x)/sum(exp(A @ x))", LONG),
    ("", "sum(sig(A @ x))", "x", "A.T @ (sig(A @ x)*(1 - sig(A @ x)))", LONG),
    ("", "a @ diag(x) @ b", "x", "b*a", SQUARE),
)
"""The number of the equation in the book, the function, by what it is differentiated, the derivative, and shapes."""

NUMPY = {
    "det": np.linalg.det,
    "inv": np.linalg.inv,
    "trace": np.trace,
    "sum": np.sum,
    "outer": np.outer,
    "dot": np.dot,
    "eye": np.eye,
    "ones": lambda *sizes: np.ones(sizes),
    "norm": lambda x: np.sqrt(np.sum(x * x)),
    "diag": np.diag,
    "ln": np.log,
    "exp": np.exp,
    "sig": lambda x: 1 / (1 + np.exp(-x)),
}


def used(function: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The shapes of the names in a function."""
    return {name: shapes[name] for name in sorted(set(re.findall(r"\b[A-Za-z]\b", function.replace(".T", ""))))}


def test_there_are_more_than_forty_of_the_book() -> None:
    numbers = {number for number, *_ in IDENTITIES if number}
    assert len(numbers) > 45
    assert len({(function, by, str(used(function, shapes))) for _, function, by, _, shapes in IDENTITIES}) == len(IDENTITIES)


@pytest.mark.parametrize(("number", "function", "by", "derivative", "shapes"), IDENTITIES)
def test_the_derivative_has_the_form_of_the_book(
    number: str, function: str, by: str, derivative: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    said = ", ".join(f"{name}: {list(shape)}" for name, shape in used(function, shapes).items())
    evaluation = evaluate_arrays(loads(f"equations: L = {function}\nshapes: {{{said}}}\nwrt: [{by}]\n"))
    report = check_arrays(evaluation)
    assert (report.problems(), report.gaps(), len(report.gradients)) == ((), (), 1)
    assert report.equalities > 1
    found = arrays_as_object(evaluation, report)["gradients"][by]
    assert found["simplified"] == derivative
    assert found["value"] is None


def in_numpy(written: str, names: dict[str, Any]) -> Any:
    return eval(written.replace("^", "**"), {**NUMPY, "__builtins__": {}}, names)


@pytest.mark.parametrize(("number", "function", "by", "derivative", "shapes"), IDENTITIES)
def test_the_form_of_the_book_is_right(
    number: str, function: str, by: str, derivative: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    draw = np.random.default_rng(7)
    names = {name: draw.uniform(0.5, 2, shape) for name, shape in used(function, shapes).items()}
    for name, array in names.items():
        if array.ndim == 2 and array.shape[0] == array.shape[1]:
            names[name] = array + 4 * np.diag(np.arange(1, len(array) + 1))
    steps = np.zeros_like(names[by])
    for at in np.ndindex(steps.shape):
        moved = names[by].astype(complex)
        moved[at] += 1e-30j
        steps[at] = np.imag(in_numpy(function, {**names, by: moved})) / 1e-30
    value = in_numpy(derivative, names)
    assert np.shape(value) == steps.shape
    np.testing.assert_allclose(value, steps, rtol=1e-9, atol=1e-9 * np.abs(steps).max())


BOARD = (
    ("a @ inv(X) @ b", "X", r"-X^{-\top} \, a \, b^{\top} \, X^{-\top}"),
    ("b @ X.T @ X @ c", "X", r"X \, (b \, c^{\top} + c \, b^{\top})"),
    ("trace(X)^2", "X", r"2 \cdot \operatorname{tr}(X) \cdot I_{3}"),
    ("x @ A @ x", "x", r"(A + A^{\top}) \, x"),
    ("a @ X @ X @ b", "X", r"a \, b^{\top} \, X^{\top} + X^{\top} \, a \, b^{\top}"),
)
"""Functions, by what they are differentiated, and the derivative as it is printed."""


@pytest.mark.parametrize(("function", "by", "printed"), BOARD)
def test_it_is_printed_as_on_a_board(function: str, by: str, printed: str) -> None:
    said = ", ".join(f"{name}: {list(shape)}" for name, shape in used(function, SQUARE).items())
    evaluation = evaluate_arrays(loads(f"equations: L = {function}\nshapes: {{{said}}}\nwrt: [{by}]\n"))
    assert arrays_as_object(evaluation, check_arrays(evaluation))["gradients"][by]["latex"] == printed
