"""The table of answers: what a key fills in is in it, as printed, and its exact texts are the evaluation's."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from derivgen.documents.answers import answers
from derivgen.documents.compose import compose
from derivgen.maths.arithmetic import is_exact
from derivgen.maths.plain import plain
from derivgen.maths.tree import Filled, Num, Shown, walk
from derivgen.spec.load import load, loads
from derivgen.work import evaluate
from tests.product import ROOT, every_formula

SPECS = [
    *("notes/000_one_expression", "notes/002_and_gate_numbers", "notes/004_exercise"),
    *("small/one_neuron", "small/gradient_descent", "small/pocket_calculator", "small/two_paths", "small/softmax_cross_entropy"),
]


@pytest.mark.parametrize("name", SPECS)
def test_every_number_that_a_key_fills_in_is_an_answer(name: str) -> None:
    evaluation = evaluate(load(str(ROOT / "specs" / Path(f"{name}.yaml"))))
    told = {Fraction(answer.printed) for answer in answers(evaluation)}
    given = {value.value for value in evaluation.graph.spec.values.values()}
    filled = {
        Fraction(plain(part.content))
        for formula in every_formula(compose(evaluation, "key"))
        for part in walk(formula)
        if isinstance(part, Filled) and isinstance(part.content, (Num, Shown))
    }
    assert len(filled) > 3
    assert not {figure for figure in filled if figure not in told and figure not in given and figure not in {0, 1, -1}}


@pytest.mark.parametrize("name", SPECS)
def test_exact_texts_are_the_evaluation_s(name: str) -> None:
    evaluation = evaluate(load(str(ROOT / "specs" / Path(f"{name}.yaml"))))
    loss, found = evaluation.graph.loss, 0
    for answer in answers(evaluation):
        if " after " in answer.name:
            continue
        called, sample = re.fullmatch(r"(.+?)(?:\[(\d+)\])?", answer.name).groups()  # type: ignore[union-attr]
        of, _, by = called.removeprefix("d").partition("/d")
        if by and of != loss:
            continue
        number = (evaluation.adjoints[by] if by else evaluation.values[called])[int(sample or 1) - 1]
        assert Fraction(answer.exact) == number if is_exact(number) else abs(float(answer.exact) - float(number)) < 1e-12
        found += 1
    assert found > 2


def test_a_sheet_of_formulas_alone_has_no_answers() -> None:
    evaluation = evaluate(loads("equations: |\n  z = w*x + b\n  L = (y - z)^2\ninputs: [x]\ntargets: [y]\n"))
    assert answers(evaluation) == ()


def test_only_what_is_asked_for_is_an_answer() -> None:
    spec = "equations: |\n  z = w*x + b\n  L = (y - z)^2\ninputs: [x]\ntargets: [y]\nvalues: {x: 2, w: 1/3, b: -1, y: 1}\n"
    every = [answer.name for answer in answers(evaluate(loads(spec)))]
    assert every == ["z", "L", "dL/dw", "dL/db"]
    some = answers(
        evaluate(loads(spec + "language: pt\nworksheet: {tasks: [chains, gradients], ask: [w]}\nnumbers: {digits: 2}\n"))
    )
    assert [(answer.name, answer.printed, answer.exact) for answer in some] == [("dL/dw", "-16/3", "-16/3")]
