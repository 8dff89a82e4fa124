"""The block `steps` of the notes: quantities of the spec opened up, every line checked, mistakes told at their places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivgen.blocks.steps import shown_steps
from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose
from derivgen.documents.document import Equations, Line
from derivgen.errors import CheckError, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.plain import plain
from derivgen.maths.tree import Neg
from derivgen.spec.load import loads

NOTE_004 = """\
equations: |
  h = ReLU(w_1*x)
  z = sig(w_2*h)
  J = mean((c - z)^2)/2
inputs: [x]
targets: [c]
parameters: [w_1, w_2]
data: {columns: [x, c], index: p, count: N}
show: [{steps: [J, w_2]}, {steps: [J, w_1]}, {steps: sig}]
"""


def evaluated(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def lines(text: str, number: int = 0) -> list[tuple[str, str]]:
    evaluation = evaluated(text)
    _, found = shown_steps(evaluation, evaluation.graph.spec.show[number])
    return [(line.reason.message if line.reason else "", plain(line.last)) for line in found]


def test_the_gradient_by_the_output_weight_in_rules() -> None:
    assert lines(NOTE_004) == [
        ("definition of {name}", "d/dw_2(1/N*sum(p=1..N: (c[p] - z[p])^2)/2)"),
        ("constant factor", "1/(2*N)*d/dw_2(sum(p=1..N: (c[p] - z[p])^2))"),
        ("the derivative of a sum is the sum of the derivatives", "1/(2*N)*sum(p=1..N: d/dw_2((c[p] - z[p])^2))"),
        ("chain rule with {u} = {g}", "1/(2*N)*sum(p=1..N: d/du[p](u[p]^2)*d/dw_2(c[p] - z[p]))"),
        ("power rule", "1/(2*N)*sum(p=1..N: 2*u[p]*d/dw_2(c[p] - z[p]))"),
        ("a constant term has derivative 0", "1/(2*N)*sum(p=1..N: 2*u[p]*d/dw_2(-z[p]))"),
        ("constant factor", "1/(2*N)*sum(p=1..N: 2*u[p]*(-(dz[p]/dw_2)))"),
        ("definition of {name}", "1/(2*N)*sum(p=1..N: 2*u[p]*(-d/dw_2(sig(w_2*h[p]))))"),
        ("chain rule with {u} = {g}", "1/(2*N)*sum(p=1..N: 2*u[p]*(-(d/dv[p](sig(v[p]))*d/dw_2(w_2*h[p]))))"),
        ("derivative of {function}", "1/(2*N)*sum(p=1..N: 2*u[p]*(-(sig(v[p])*(1 - sig(v[p]))*d/dw_2(w_2*h[p]))))"),
        ("constant factor", "1/(2*N)*sum(p=1..N: 2*u[p]*(-(sig(v[p])*(1 - sig(v[p]))*h[p]*d/dw_2(w_2))))"),
        ("derivative of {x} by itself", "1/(2*N)*sum(p=1..N: 2*u[p]*(-(sig(v[p])*(1 - sig(v[p]))*h[p])))"),
        ("substitutions put back", "1/(2*N)*sum(p=1..N: 2*(c[p] - z[p])*(-(sig(w_2*h[p])*(1 - sig(w_2*h[p]))*h[p])))"),
        ("{f} = {g}", "1/(2*N)*sum(p=1..N: 2*(c[p] - z[p])*(-(z[p]*(1 - z[p])*h[p])))"),
        ("numbers and signs collected", "1/(2*N)*sum(p=1..N: -(2*(c[p] - z[p])*z[p]*(1 - z[p])*h[p]))"),
        ("constant factor out of the sum", "1/(2*N)*(-(2*sum(p=1..N: (c[p] - z[p])*z[p]*(1 - z[p])*h[p])))"),
        ("numbers and signs collected", "-(1/N*sum(p=1..N: (c[p] - z[p])*z[p]*(1 - z[p])*h[p]))"),
    ]


def test_the_gradient_by_the_hidden_weight_goes_through_both_layers() -> None:
    found = lines(NOTE_004, 1)
    assert [message for message, _ in found].count("definition of {name}") == 3
    assert found[-1][1] == "-(1/N*sum(p=1..N: (c[p] - z[p])*z[p]*(1 - z[p])*w_2*ReLU'(w_1*x[p])*x[p]))"


def test_every_line_is_checked_and_read_back_from_the_page() -> None:
    evaluation = evaluated(NOTE_004)
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    assert report.equalities > 50
    document = compose(evaluation, "notes")
    assert verify_document(document, (as_printed(evaluation),)) > 40


def test_a_false_step_on_the_page_is_found() -> None:
    evaluation = evaluated(NOTE_004)
    document = compose(evaluation, "notes")
    block = max((block for block in document.blocks if isinstance(block, Equations)), key=lambda block: len(block.lines))
    assert block.lines[5].left is None
    relation, side = block.lines[-1].steps[0]
    wrong = Line(None, ((relation, Neg(side)),))
    with pytest.raises(CheckError):
        verify_document(replace(document, blocks=(replace(block, lines=(*block.lines[:-1], wrong)),)), (as_printed(evaluation),))


def test_numbers_on_a_kink_do_not_stop_the_page() -> None:
    text = "equations: L = ReLU(w*x)^2\ninputs: [x]\nvalues: {w: 0, x: 1}\nshow: [{steps: [L, w]}]\n"
    evaluation = evaluated(text)
    report = check(evaluation)
    assert report.failed == 0
    assert verify_document(compose(evaluation, "notes"), (as_printed(evaluation),)) > 0


@pytest.mark.parametrize(
    ("show", "message"),
    [
        ('{steps: "x^"}', "the line ends where something is still missing"),
        ("{steps: J}", "by which name? J has c, w_2, w_1, x"),
        ("{steps: [J, w_3]}", "w_3 does not stand in J"),
        ("{steps: [J, x]}", "x has one value per sample, so there is no one derivative by it"),
        ("{steps: [J, h]}", "h has one value per sample, so there is no one derivative by it"),
        ('{steps: ["a*b"]}', "by which name? a*b has a, b"),
        ("{steps: [a, b, c]}", "the block steps takes from 1 to 2 arguments"),
    ],
)
def test_mistakes_are_told_at_their_places(show: str, message: str) -> None:
    text = NOTE_004[: NOTE_004.index("show")] + f"show: [{show}]\n"
    with pytest.raises(SpecError) as caught:
        evaluation = evaluated(text)
        shown_steps(evaluation, evaluation.graph.spec.show[0])
    problem = caught.value.problems[0]
    assert problem.message == message
    assert problem.place is not None
    assert problem.place.line == 9


def test_functions_of_the_spec_are_opened_up() -> None:
    text = 'functions: {"swish(t)": t*sig(t)}\nequations: L = swish(w)^2\nshow: [{steps: swish}, {steps: "swish(s)^2"}]\n'
    assert lines(text)[0] == ("definition of {function}", "d/dt(t*sig(t))")
    assert lines(text)[-1][1] == "sig(t)*(1 + t*(1 - sig(t)))"
    assert check(evaluated(text)).failed == 0
