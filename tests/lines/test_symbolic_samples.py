"""Samples that are only named: nothing that is said of them may come from the number of them that stands in for a trial."""

from __future__ import annotations

import pytest

from derivgen.blocks import shown_lines
from derivgen.checks.equalities import trial, verify
from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import AUDIENCES, as_printed, compose
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import LineKind, equality
from derivgen.lines.every import every_line
from derivgen.lines.notation import partial
from derivgen.maths.plain import plain
from derivgen.maths.tree import Product, Sym, number
from derivgen.spec.load import loads
from tests.product import every_line as lines_of

NAMED = "parameters: [w, b]\ndata: {columns: [x], count: N}\n"
SUMMED = f"equations: L = sum(w*x + 2*b)\n{NAMED}"
AVERAGED = SUMMED.replace("sum", "mean")
SQUARES = "equations: |\n  R = w^2\n  L = mean((w*x - y)^2) + R\nvalues: {w: 2}\ndata: {columns: [x, y]}\n"
CONSTANT = f"equations: |\n  s = sum(2*b)\n  L = s*w + sum(x)\nvalues: {{b: 1}}\n{NAMED}"
NESTED = f"equations: |\n  u = mean(w*x + b)\n  L = sum((x - u)^2 + b)\n{NAMED}"
COUNTED = SUMMED.replace("count: N", "count: 4")


def evaluation_of(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def last_sides(text: str) -> dict[str, str]:
    """The last side of each line of the notes, by what stands at the left."""
    lines = lines_of(compose(evaluation_of(text), "notes").blocks)
    return {plain(line.left): plain(line.steps[-1][1]) for line in lines if line.left is not None and line.steps}


def test_a_sum_over_a_symbolic_number_of_samples_is_that_number_of_times() -> None:
    assert last_sides(SUMMED)["dL/db"] == "2*N"
    assert evaluation_of(SUMMED).adjoints.keys() == {"L"}


def test_a_mean_of_what_is_the_same_for_every_sample_is_known() -> None:
    assert last_sides(AVERAGED)["dL/db"] == "2"
    assert evaluation_of(AVERAGED).adjoints["b"] == (2,)


def test_a_number_of_samples_that_is_given_counts() -> None:
    assert evaluation_of(COUNTED).adjoints["b"] == (8,)


def test_what_depends_on_the_number_of_samples_is_not_known() -> None:
    for text in (CONSTANT, CONSTANT.replace("2*b", "1/3e100*b")):
        evaluation = evaluation_of(text)
        assert evaluation.values == {"b": (1,)}
        assert ("s", "b") not in evaluation.partials
    assert last_sides(CONSTANT)["s"] == "2*N"
    assert last_sides(CONSTANT)["dL/db"] == "2*w*N"


def test_numbers_beside_symbolic_samples() -> None:
    assert evaluation_of(SQUARES).values["R"] == (4,)
    assert last_sides(SQUARES)["R"] == "4"


@pytest.mark.parametrize("text", [SUMMED, AVERAGED, SQUARES, CONSTANT, NESTED, COUNTED])
def test_every_line_and_every_page_is_true_whatever_the_number(text: str) -> None:
    evaluation = evaluation_of(text)
    report = check(evaluation)
    assert (report.failed, report.unchecked) == (0, 0)
    assert report.equalities > 4
    for audience in AUDIENCES:
        verify_document(compose(evaluation, audience), (as_printed(evaluation),))
    assert [*every_line(evaluation), *shown_lines(evaluation)]


def test_a_line_that_is_true_of_the_trial_s_number_alone_is_caught() -> None:
    evaluation = evaluation_of(SUMMED)
    graph = evaluation.graph
    left = partial(graph, "L", "b")
    six, twice = number(2 * graph.samples), Product((number(2), Sym("N")))
    for right, false in ((six, 1), (twice, 0)):
        for numeric in (True, False):
            line = equality((LineKind.VALUE, "b"), left, right, numeric=numeric)
            verdict = verify((line,), evaluation, trial(evaluation.derivation), trial(evaluation.derivation, keep=True))
            assert len(verdict.false) == false


def test_a_direct_derivative_does_not_stand_for_the_whole_one() -> None:
    """The loss names b itself and reaches it through s as well: what is known of the one says nothing of the other."""
    spec = "equations: |\n  s = sum(2*b)\n  R = w^2*s\n  L = w*mean(b) + R + s\n"
    spec += "parameters: [w, b]\nvalues: {w: 2}\ndata: {columns: [x], count: N}\n"
    report = check(evaluation_of(spec))
    assert (report.failed, report.unchecked) == (0, 0)
