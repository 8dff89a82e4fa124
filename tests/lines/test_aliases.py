"""Second names: a loss stated in ŷ and n first; an equation that is a bare name is no step of a chain on the page."""

from __future__ import annotations

import pytest

from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.aliases import contracted
from derivgen.machine import as_object
from derivgen.maths.plain import plain
from derivgen.spec.load import loads
from tests.product import every_line

SPEC = """equations: |
  a = sig(w*x + b)
  out = a
  yhat = out
  L = mean((y - yhat)^2)
targets: [y]
wrt: [w, yhat]
values: {w: 1, b: 0}
data: {columns: [x, y], rows: [[0, 1], [1, 0], [2, 0]], count: n}
"""
NETWORK = """network:
  inputs: [x]
  layers: [{neurons: [2], activation: sig}]
  loss: {name: L, kind: %s, target: y, prediction: yhat}
data: {columns: [x, y], rows: [[0, 1], [1, 0]]%s}
"""


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def said(evaluation: Evaluation, audience: str = "notes") -> dict[str, tuple[str, ...]]:
    lines = every_line(compose(evaluation, audience).blocks)
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if line.left is not None:
            found.setdefault(plain(line.left), tuple(plain(side) for _, side in line.steps))
    return found


def test_the_page_goes_by_first_names_and_says_so_once() -> None:
    lines = said(evaluated(SPEC))
    assert lines["L"] == ("1/n*sum(i=1..n: (y[i] - yhat[i])^2)", "1/3*sum(i=1..3: (y[i] - a[i])^2)")
    assert lines["dL/dw"] == ("sum(i=1..3: dL/da[i]*(da[i]/dw))",)
    assert "yhat[i]" not in lines
    assert "out[i]" not in lines
    assert "dL/da[i]" in lines


def test_the_json_keeps_to_the_equations() -> None:
    evaluation = evaluated(SPEC)
    found = as_object(evaluation, check(evaluation))
    assert found["gradients"]["w"]["paths"] == [["L/yhat", "yhat/out", "out/a", "a/w"]]
    assert set(found["quantities"]) >= {"a", "out", "yhat"}
    assert list(found["gradients"]) == ["w", "yhat"]


def test_every_line_is_checked() -> None:
    evaluation = evaluated(SPEC)
    report = check(evaluation)
    assert report.failed == report.unchecked == 0
    assert report.equalities > check(contracted(evaluation)).equalities
    for audience in ("worksheet", "key", "notes"):
        assert verify_document(compose(evaluation, audience), (as_printed(evaluation),)) > 2


def test_a_name_with_another_purpose_is_none() -> None:
    evaluation = evaluated(SPEC.replace("(y - yhat)^2", "(y - yhat*a)^2").replace("out = a\n  yhat = out", "yhat = a"))
    assert contracted(evaluation) is evaluation
    assert check(evaluation).failed == 0


@pytest.mark.parametrize("kind", ["mse", "mean((y - yhat)^2)"])
def test_a_networks_prediction(kind: str) -> None:
    evaluation = evaluated(NETWORK % (kind, ", count: n"))
    assert said(evaluation)["L"] == ("1/n*sum(i=1..n: (y[i] - yhat[i])^2)", "1/2*sum(i=1..2: (y[i] - A_2[i])^2)")
    found = as_object(evaluation, check(evaluation))
    assert found["gradients"]["b_2"]["paths"] == [["L/A_2", "A_2/Z_2", "Z_2/b_2"]]
    assert found["checks"]["failed"] == found["checks"]["unchecked"] == 0


def test_without_a_name_for_the_count_only_the_output_is_named() -> None:
    evaluation = evaluated(NETWORK % ("mse", ""))
    assert said(evaluation)["L"] == ("1/2*sum(i=1..2: (y[i] - yhat[i])^2)", "1/2*sum(i=1..2: (y[i] - A_2[i])^2)")


def test_a_shorthand_by_a_second_name() -> None:
    short = "notation: {shorthands: {L_y: dL/dyhat}}\n"
    for spec in (SPEC, NETWORK % ("mse", "")):
        lines = said(evaluated(spec + short))
        assert lines["L_y[i]"][0] in {"dL/da[i]", "dL/dA_2[i]"}


def test_predictions_fit_the_outputs() -> None:
    with pytest.raises(SpecError, match="2 names of predictions for 1 outputs"):
        loads(NETWORK.replace("prediction: yhat", "prediction: [u, v]") % ("mse", ""))
    with pytest.raises(SpecError, match="Z_2 is a quantity of this spec already"):
        loads(NETWORK.replace("prediction: yhat", "prediction: Z_2") % ("mse", ""))
