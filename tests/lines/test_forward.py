"""Numbers where they are known, symbols where they are not."""

from __future__ import annotations

from derivgen.checks.equalities import trial, verify
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality
from derivgen.lines.forward import partly_lines, partly_product, with_known
from derivgen.lines.stages import product_lines
from derivgen.maths.plain import plain
from derivgen.maths.tree import Product, number
from derivgen.spec.load import load, loads
from tests.product import ROOT


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def said(evaluation: Evaluation) -> list[tuple[str, ...]]:
    lines = partly_lines(evaluation, tuple(name for name, q in evaluation.graph.quantities.items() if q.definition is not None))
    return [tuple(plain(side) for side in line.sides) for line in lines]


def test_note_003() -> None:
    """z_1(x) = -1.75 x - 0.1, z_2(x) = 0.172 x + 0.15, sigmoids, z_3 = 0.25 a_1 + 0.5 a_2 + 0.2."""
    evaluation = run(derive(build(load(ROOT / "specs" / "notes" / "003_numeric_weights.yaml"))))
    assert said(evaluation) == [
        ("z_1(x)", "w_1*x + b_1", "-1.75*x - 0.1"),
        ("z_2(x)", "w_2*x + b_2", "0.172*x + 0.15"),
        ("a_1(z_1)", "sig(z_1)", "1/(1 + exp(-z_1))"),
        ("a_2(z_2)", "sig(z_2)", "1/(1 + exp(-z_2))"),
        ("z_3(a_1, a_2)", "w_3*a_1 + w_4*a_2 + b_3", "0.25*a_1 + 0.5*a_2 + 0.2"),
        ("L(y, z_3)", "(y - z_3)^2"),
    ]
    gradient = evaluation.derivation.gradients["w_1"]
    product = product_lines(evaluation.graph, gradient)[0].last
    assert plain(with_known(product, evaluation)) == "-0.5*(y - z_3)*a_1*(1 - a_1)*x"


def test_signs_ones_and_zeros() -> None:
    spec = "equations: |\n  z = u*p - v*q - r + w*s*t\n  L = z^2\ninputs: [p, q, s, t]\n"
    evaluation = evaluated(spec + "values: {u: 1, v: -2, w: 0, r: -3/2}\n")
    assert said(evaluation)[0] == ("z", "u*p - v*q - r + w*s*t", "p + 2*q + 3/2")
    report = check(evaluation)
    assert report.failed == report.unchecked == 0


def test_a_rounded_number_says_so() -> None:
    spec = "equations: |\n  u = exp(v)\n  L = (u*x - 1)^2\ninputs: [x]\nvalues: {v: 1}\n"
    evaluation = evaluated(spec)
    (line,) = partly_lines(evaluation, ("u", "L"))
    assert [plain(side) for side in line.sides] == ["L(x)", "(u*x - 1)^2", "(2.718*x - 1)^2"]
    assert line.relations == ("=", "≈")
    assert check(evaluation).failed == 0


def test_with_symbolic_samples() -> None:
    spec = "equations: |\n  z = w*x + b\n  L = mean((c - z)^2)\ntargets: [c]\nvalues: {w: -2, b: 1}\n"
    evaluation = evaluated(spec + "data: {columns: [x, c], index: p, count: N}\n")
    assert said(evaluation)[0] == ("z[p]", "w*x[p] + b", "-2*x[p] + 1")
    report = check(evaluation)
    assert report.failed == report.unchecked == 0


def test_nothing_where_all_or_nothing_is_known() -> None:
    spec = "equations: |\n  z = w*x\n  L = z^2\ninputs: [x]\n"
    assert said(evaluated(spec)) == []
    assert said(evaluated(spec + "values: {w: 2, x: 3}\n")) == []


def test_a_wrong_one_is_caught() -> None:
    evaluation = evaluated("equations: |\n  z = w*x + b\n  L = z^2\ninputs: [x]\nvalues: {w: 2, b: 1}\n")
    line = partly_lines(evaluation, ("z", "L"))[0]
    kept = trial(evaluation.derivation, keep=True)
    wrong = Equality(line.about, (*line.sides[:-1], Product((number(2), line.last))), line.relations, numeric=True)
    assert not verify((line,), evaluation, None, kept).false
    assert verify((wrong,), evaluation, None, kept).false


def test_an_open_constant_beside_data_leaves_a_line_in_it_alone() -> None:
    """`constants: [lambda]`: the sums over the samples are numbers, J = 1 + λ and ∂J/∂w = -3 + 2λ."""
    text = "equations: J = mean((w*x - y)^2) + lambda*w^2\ntargets: [y]\nconstants: [lambda]\nvalues: {w: 1}\n"
    evaluation = run(derive(build(loads(text + "data: {columns: [x, y], rows: [[1, 2], [2, 3]]}\n"))))
    (line,) = partly_lines(evaluation, ("J",))
    assert plain(line.last) == "1 + lambda"
    gradient = evaluation.derivation.gradients["w"]
    product = partly_product(evaluation, gradient, product_lines(evaluation.graph, gradient)[0].last)
    assert product is not None and plain(product.last) == "-3 + 2*lambda"
    report = check(evaluation)
    assert (report.failed, report.unchecked) == (0, 0)
