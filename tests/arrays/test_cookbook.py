"""Identities of the Matrix Cookbook (Petersen and Pedersen, 2012) and of vector calculus, in the form the book has them.

Each is checked at made-up numbers by all three roads, and its line in matrices entry by entry, before its form is looked at.
"""

from __future__ import annotations

import re

import pytest

from derivgen.array_machine import arrays_as_object
from derivgen.checks.arrays import check_arrays
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays

SHAPES = {**dict.fromkeys("XABCDW", "[3, 3]"), **dict.fromkeys("xabs", "3")}

IDENTITIES = (
    (69, "x @ a", "x", "a"),
    (69, "a @ x", "x", "a"),
    (70, "a @ X @ b", "X", "outer(a, b)"),
    (71, "a @ X.T @ b", "X", "outer(b, a)"),
    (72, "a @ X @ a", "X", "outer(a, a)"),
    (76, "sum(X @ X.T)", "X", "outer(ones(3), 2*sum(X, axis=0))"),
    (77, "b @ X.T @ X @ a", "X", "outer(X @ a, b) + outer(X @ b, a)"),
    (78, "(B @ x + b) @ C @ (D @ x + a)", "x", "B.T @ C @ (D @ x + a) + D.T @ C.T @ (B @ x + b)"),
    (81, "x @ B @ x", "x", "(B + B.T) @ x"),
    (82, "b @ X.T @ D @ X @ a", "X", "outer(D @ X @ a, b) + outer(D.T @ X @ b, a)"),
    (83, "(X @ b + a) @ D @ (X @ b + a)", "X", "outer((D + D.T) @ (X @ b + a), b)"),
    (84, "(x - A @ s) @ W @ (x - A @ s)", "x", "(W + W.T) @ (x - A @ s)"),
    (84, "(x - A @ s) @ W @ (x - A @ s)", "s", "-(A.T @ (W + W.T) @ (x - A @ s))"),
    (85, "(x - s) @ W @ (x - s)", "x", "(W + W.T) @ (x - s)"),
    (88, "(x - A @ s) @ W @ (x - A @ s)", "A", "-outer((W + W.T) @ (x - A @ s), s)"),
    (99, "trace(X)", "X", "eye(3)"),
    (100, "trace(X @ A)", "X", "A.T"),
    (101, "trace(A @ X @ B)", "X", "A.T @ B.T"),
    (102, "trace(A @ X.T @ B)", "X", "B @ A"),
    (103, "trace(X.T @ A)", "X", "A"),
    (104, "trace(A @ X.T)", "X", "A"),
    (106, "trace(X @ X)", "X", "2*X.T"),
    (107, "trace(X @ X @ B)", "X", "B.T @ X.T + X.T @ B.T"),
    (108, "trace(X.T @ B @ X)", "X", "(B + B.T) @ X"),
    (109, "trace(B @ X @ X.T)", "X", "(B + B.T) @ X"),
    (110, "trace(X @ X.T @ B)", "X", "(B + B.T) @ X"),
    (111, "trace(X @ B @ X.T)", "X", "X @ (B + B.T)"),
    (114, "trace(A @ X @ B @ X)", "X", "A.T @ X.T @ B.T + B.T @ X.T @ A.T"),
    (115, "trace(X.T @ X)", "X", "2*X"),
    (116, "trace(B.T @ X.T @ C @ X @ B)", "X", "(C + C.T) @ X @ B @ B.T"),
    (117, "trace(X.T @ B @ X @ C)", "X", "B @ X @ C + B.T @ X @ C.T"),
    (118, "trace(A @ X @ B @ X.T @ C)", "X", "A.T @ C.T @ X @ B.T + C @ A @ X @ B"),
    (119, "trace((A @ X @ B + C) @ (A @ X @ B + C).T)", "X", "2*(A.T @ (A @ X @ B + C) @ B.T)"),
    (124, "trace(A @ inv(X) @ B)", "X", "-(inv(X).T @ A.T @ B.T @ inv(X).T)"),
    (61, "a @ inv(X) @ b", "X", "-outer(inv(X).T @ a, inv(X) @ b)"),
    (49, "det(X)", "X", "det(X)*inv(X).T"),
    (51, "det(A @ X @ B)", "X", "det(A @ X @ B)*(A.T @ inv(A @ X @ B).T @ B.T)"),
    (57, "ln(det(X))", "X", "inv(X).T"),
    (58, "det(X)^2", "X", "2*det(X)^2*inv(X).T"),
    (63, "trace(inv(X + A))", "X", "-(inv(X + A).T @ inv(X + A).T)"),
    (129, "norm(x - a)", "x", "(x - a)/norm(x - a)"),
    (131, "norm(x)^2", "x", "2*x"),
    (132, "norm(X)^2", "X", "2*X"),
    (0, "norm(A @ x - b)^2", "x", "2*(A.T @ (A @ x - b))"),
    (0, "sum((A @ X - B)^2)", "X", "2*(A.T @ (A @ X - B))"),
    (0, "x @ x", "x", "2*x"),
    (0, "dot(a, x)^2", "x", "2*dot(a, x)*a"),
    (0, "sum(A*X)", "X", "A"),
    (0, "trace(A.T @ X)", "X", "A"),
    (0, "sum(exp(x))", "x", "exp(x)"),
    (0, "ln(sum(exp(x)))", "x", "exp(x)/sum(exp(x))"),
    (0, "ln(sum(exp(A @ x)))", "x", "A.T @ exp(A @ x)/sum(exp(A @ x))"),
    (0, "sum(sig(A @ x))", "x", "A.T @ (sig(A @ x)*(1 - sig(A @ x)))"),
)
"""The number of the equation in the book (0: not in it), the function, by what it is differentiated, and the derivative."""


@pytest.mark.parametrize(("number", "function", "by", "derivative"), IDENTITIES)
def test_the_derivative_has_the_form_of_the_book(number: int, function: str, by: str, derivative: str) -> None:
    names = sorted(set(re.findall(r"\b[A-Za-z]\b", function)) & SHAPES.keys())
    shapes = ", ".join(f"{name}: {SHAPES[name]}" for name in names)
    evaluation = evaluate_arrays(loads(f"equations: L = {function}\nshapes: {{{shapes}}}\nwrt: [{by}]\n"))
    report = check_arrays(evaluation)
    assert (report.problems(), report.gaps(), len(report.gradients)) == ((), (), 1)
    assert report.equalities > 1
    found = arrays_as_object(evaluation, report)["gradients"][by]
    assert found["simplified"] == derivative
    assert found["value"] is None
