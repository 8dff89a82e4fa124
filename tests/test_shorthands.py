"""Shorthands, chains in two stages, one quantity by another, names of functions, products of vectors, the count as a name."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product

import pytest

from derivgen.checks.equalities import verify
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose, style_of
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality
from derivgen.lines.stages import braced_line
from derivgen.machine import as_object, wanted
from derivgen.maths.plain import plain
from derivgen.maths.tree import Product, Written, number, walk
from derivgen.present.latex import latex
from derivgen.present.unicode import text
from derivgen.spec.load import loads
from tests.product import every_line

BASE = """equations: |
  z_1 = w_1*x + b_1
  a_1 = ReLU(z_1)
  z_3 = w_3*a_1
  z_4 = w_4*a_1
  a_3 = tanh(z_3)
  a_4 = sig(z_4)
  g = w_7*a_3
  h = w_8*a_4
  yhat = g + h
  L = {loss}
inputs: [x]
targets: [y]
wrt: [w_7, w_3, yhat/a_1, w_1]
notation: {{chain: {chain}, abbreviations: [g, h], shorthands: {{L_y: dL/dyhat, "dRL(z)": dReLU(z)/dz}}}}
"""
ONE = "values: {x: 1, y: 2, w_1: 0.5, b_1: 0.1, w_3: 1.5, w_4: -0.5, w_7: 2, w_8: -1}\n"
ROWS = """values: {w_1: 0.5, b_1: 0.1, w_3: 1.5, w_4: -0.5, w_7: 2, w_8: -1}
data: {columns: [x, y], rows: [[1, 2], [-1, 0], [2, 1]]}
"""
OPEN = "data: {columns: [x, y], count: N}\nparameters: [w_*, b_*]\n"


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def said(evaluation: Evaluation, audience: str = "notes") -> dict[str, list[tuple[str, ...]]]:
    """The page's lines, by their left sides."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in every_line(compose(evaluation, audience).blocks):
        if line.left is not None:
            found.setdefault(plain(line.left), []).append(tuple(plain(side) for _, side in line.steps))
    return found


@pytest.mark.parametrize(
    ("loss", "values", "chain"),
    list(product(["(y - yhat)^2"], ["", ONE], ["full", "reuse", "two_stage"]))
    + list(
        product(
            ["mean((y - yhat)^2)"], ["data: {columns: [x, y], count: N}\nparameters: [w_*, b_*]\n", ROWS], ["full", "two_stage"]
        )
    ),
)
def test_everything_is_checked_whatever_the_notation(loss: str, values: str, chain: str) -> None:
    evaluation = evaluated(BASE.format(loss=loss, chain=chain) + values)
    report = check(evaluation)
    assert report.failed == 0
    assert report.unchecked == 0
    assert sorted(each.name for each in report.gradients) == sorted(wanted(evaluation)) == ["w_1", "w_3", "w_7", "yhat/a_1"]
    for audience in ("worksheet", "key", "notes"):
        assert every_line(compose(evaluation, audience).blocks)


def test_two_stages_and_braces() -> None:
    lines = said(evaluated(BASE.format(loss="(y - yhat)^2", chain="two_stage")))
    assert lines["L_y"] == [("dL/dyhat", "-2*(y - yhat)")]
    assert lines["ReLU'(z)"] == [("dReLU(z)/dz", "cases(z > 0: 1, else: 0)")]
    assert lines["dL/dw_7"] == [("dL/dyhat*(dyhat/dw_7)",), ("L_y*a_3",)]
    assert lines["dL/dw_3"][0] == ("dL/da_3*(da_3/dz_3)*(dz_3/dw_3)", "dL/dyhat*(dyhat/da_3)*(da_3/dz_3)*(dz_3/dw_3)")
    near, whole = "dL/da_1*(da_1/dz_1)*(dz_1/dw_1)", "dL/dyhat*(dyhat/da_1)*(da_1/dz_1)*(dz_1/dw_1)"
    assert lines["dL/dw_1"] == [
        (near, whole),
        ("L_y*(w_7*(1 - a_3^2)*w_3 + w_8*(a_4*(1 - a_4))*w_4)*ReLU'(z_1)*x",),
    ]
    assert lines["dyhat/da_1"][-1] == ("w_7*(1 - a_3^2)*w_3 + w_8*(a_4*(1 - a_4))*w_4",)


def test_one_quantity_by_another_in_the_json() -> None:
    evaluation = evaluated(BASE.format(loss="(y - yhat)^2", chain="full") + ONE)
    made = as_object(evaluation, check(evaluation))
    json.dumps(made)
    assert list(made["gradients"]) == ["w_7", "w_3", "yhat/a_1", "w_1"]
    entry = made["gradients"]["yhat/a_1"]
    assert set(entry) == set(made["gradients"]["w_1"])
    assert entry["paths"] == [["yhat/g", "g/a_3", "a_3/z_3", "z_3/a_1"], ["yhat/h", "h/a_4", "a_4/z_4", "z_4/a_1"]]
    assert entry["decimal"] == pytest.approx(derivative_of_the_output(0.6), rel=1e-12)
    assert made["checks"]["gradients"] == 4


def derivative_of_the_output(a: float) -> float:
    """d/da [2 tanh(1.5 a) - sig(-0.5 a)], by mpmath's differences."""
    import mpmath

    with mpmath.workdps(40):
        return float(mpmath.diff(lambda t: 2 * mpmath.tanh(1.5 * t) - 1 / (1 + mpmath.exp(0.5 * t)), mpmath.mpf(a)))


def test_with_samples_one_entry_each() -> None:
    evaluation = evaluated(BASE.format(loss="mean((y - yhat)^2)", chain="two_stage") + ROWS)
    entry = as_object(evaluation, check(evaluation))["gradients"]["yhat/a_1"]
    assert entry["decimal"] == pytest.approx([derivative_of_the_output(a) for a in (0.6, 0.0, 1.1)], rel=1e-12)


def test_what_comes_through_a_mean_of_all_samples_is_no_matter_of_one() -> None:
    from derivgen.errors import SpecError

    spec = "equations: |\n  u = x - mean(x)\n  z = w*u\n  L = mean(z^2)\ninputs: [x]\nvalues: {w: 2}\nwrt: [z/w]\n"
    with pytest.raises(SpecError, match="depends on a mean or sum over all of them"):
        check(evaluated(spec + "data: {columns: [x], rows: [[1], [2]]}\n"))


def test_a_wrong_product_is_caught() -> None:
    evaluation = evaluated(BASE.format(loss="(y - yhat)^2", chain="two_stage") + ONE)
    line = braced_line(evaluation.graph, evaluation.derivation.gradients["w_1"])
    assert line is not None
    assert not verify((line,), evaluation, None).false
    wrong = Equality(line.about, (line.sides[0], Product((number(2), line.last))), line.relations)
    assert verify((wrong,), evaluation, None).false


NAMED = """equations: |
  h_1 = sig(w_11*x_1 + w_12*x_2)
  h_2 = sig(w_21*x_1 + w_22*x_2)
  z = sig(v_1*h_1 + h_2*v_2 + b)
  J = sum((c - z)^2)/(2*N)
parameters: [v_*, w_*, b]
targets: [c]
data: {columns: [x_1, x_2, c], index: p, count: N}
notation:
  names: {sig: σ, sig': g'}
  vectors: {x: [x_1, x_2], h: [h_1, h_2], w_1: [w_11, w_12], w_2: [w_21, w_22], v: [v_1, v_2]}
"""


def test_products_of_vectors_and_names() -> None:
    evaluation = evaluated(NAMED)
    assert check(evaluation).failed == check(evaluation).unchecked == 0
    style = style_of(evaluation)
    lines = {plain(line.left): line for line in every_line(compose(evaluation, "notes").blocks) if line.left is not None}
    printed = [latex(side, style) for _, side in lines["h_1[p]"].steps]
    assert printed[0] == r"\sigma(\boldsymbol{w_{1}} \cdot \boldsymbol{x}_{p})"
    assert r"w_{11} \cdot x_{1,p}" in printed[1]
    product_ = text(lines["dJ/dw_11"].steps[-1][1], style)
    assert product_ == "-1/N·Σₚ₌₁^N (cₚ - zₚ)·g'(v·hₚ + b)·v₁·g'(w₁·xₚ)·x₁,ₚ"


def test_a_product_of_vectors_is_worth_the_sum() -> None:
    evaluation = evaluated(NAMED)
    lines = every_line(compose(evaluation, "notes").blocks)
    dots = [node for line in lines for _, side in line.steps for node in walk(side) if isinstance(node, Written)]
    assert {plain(dot) for dot in dots} == {"dot(v, h[p])", "dot(w_1, x[p])", "dot(w_2, x[p])"}


def test_the_count_is_the_number_of_samples() -> None:
    spec = "equations: |\n  z = w*x\n  J = sum((c - z)^2)/(2*N)\ntargets: [c]\nvalues: {w: 2}\n"
    evaluation = evaluated(spec + "data: {columns: [x, c], rows: [[1, 1], [2, 1], [3, 1], [4, 0]], count: N}\n")
    assert evaluation.values["N"] == (Fraction(4),)
    assert evaluation.values["J"] == (Fraction(1 + 9 + 25 + 64, 8),)
    assert evaluation.graph.quantities["N"].role == "constant"
    assert list(evaluation.derivation.gradients) == ["w"]
    assert check(evaluation).failed == 0


def test_worksheets_keep_what_shorthands_come_to() -> None:
    evaluation = evaluated(BASE.format(loss="(y - yhat)^2", chain="two_stage") + ONE)
    lines = said(evaluation, "worksheet")
    assert lines["L_y"] == [("dL/dyhat",)]
    assert lines["ReLU'(z)"] == [("dReLU(z)/dz",)]
