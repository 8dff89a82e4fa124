"""Optimizers by hand: every number of every line by plain Python beside it, the pages believed, the letters free."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import sqrt
from typing import Any

import pytest

from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.answers import answers
from derivgen.documents.compose import as_printed, compose
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.every import every_line
from derivgen.lines.updates import general_rules, written_steps
from derivgen.machine import as_object
from derivgen.maths.arithmetic import to_float
from derivgen.maths.optimizers import OPTIMIZERS
from derivgen.maths.plain import plain
from derivgen.maths.tree import Gap, Written, walk
from derivgen.spec.load import loads
from derivgen.updates import descent, page_letters
from tests.product import every_line as lines_of

LINE = """\
equations: |
  z = w*x + b
  L = mean((z - y)^2)
targets: [y]
values: {w: 1, b: -1/2}
data: {columns: [x, y], rows: [[1, 2], [2, 3], [-1, 1/2]]}
"""
DATA = ((1.0, 2.0), (2.0, 3.0), (-1.0, 0.5))

CASES: dict[str, dict[str, Any]] = {
    "momentum": {"method": "momentum", "momentum": "9/10"},
    "nesterov": {"method": "nesterov", "momentum": "0.8"},
    "adagrad": {"method": "adagrad", "epsilon": "1e-3"},
    "rmsprop": {"method": "rmsprop", "rho": "0.95"},
    "adam": {"method": "adam"},
    "adam without epsilon": {"method": "adam", "beta_1": "1/2", "beta_2": "3/4", "epsilon": "0"},
    "adamw": {"method": "adamw", "weight_decay": "1/10"},
    "weight decay alone": {"weight_decay": "1/100"},
    "clipped by value": {"clip": "1/2"},
    "clipped by length": {"clip_norm": "1"},
    "a schedule": {"schedule": {"decay": "1/2", "every": 2}},
    "everything": {"method": "adam", "clip_norm": "1", "weight_decay": "1/10", "schedule": {"decay": "9/10"}},
    "momentum, clipped, decayed": {
        "method": "momentum",
        "clip": "1",
        "weight_decay": "1/5",
        "schedule": {"decay": "1/3", "every": 1},
    },
}


def number(text: str) -> float:
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)


def gradient(w: float, b: float) -> list[float]:
    """By hand: (2/n) Σ (wx + b - y) x and (2/n) Σ (wx + b - y)."""
    errors = [(w * x + b - y, x) for x, y in DATA]
    return [2 / 3 * sum(error * x for error, x in errors), 2 / 3 * sum(error for error, _ in errors)]


def walked(
    rate: float, steps: int, method: str = "", schedule: dict[str, Any] | None = None, **numbers: str
) -> Iterator[list[float]]:
    """(w, b) after each step, as the published algorithms say it: with sequences m_t and v_t, a list for each parameter."""
    has = {key: number(text) for key, text in numbers.items()}
    where, first, second = [1.0, -0.5], [0.0, 0.0], [0.0, 0.0]
    epsilon = has.get("epsilon", 1e-8)
    for t in range(1, steps + 1):
        eta = rate * (number(schedule["decay"]) ** ((t - 1) // schedule.get("every", 1)) if schedule else 1)
        slopes = gradient(*where)
        if "clip" in has:
            slopes = [min(max(slope, -has["clip"]), has["clip"]) for slope in slopes]
        if "clip_norm" in has and (length := sqrt(sum(slope**2 for slope in slopes))) > has["clip_norm"]:
            slopes = [slope * has["clip_norm"] / length for slope in slopes]
        decay = has.get("weight_decay", 0.0)
        if method != "adamw":
            slopes = [slope + decay * at for slope, at in zip(slopes, where, strict=True)]
        for k, slope in enumerate(slopes):
            if method in ("momentum", "nesterov"):
                mu = has.get("momentum", 0.9)
                first[k] = mu * first[k] + slope
                moved = first[k] if method == "momentum" else slope + mu * first[k]
            elif method == "adagrad":
                second[k] += slope**2
                moved = slope / (sqrt(second[k]) + epsilon)
            elif method == "rmsprop":
                rho = has.get("rho", 0.9)
                second[k] = rho * second[k] + (1 - rho) * slope**2
                moved = slope / (sqrt(second[k]) + epsilon)
            elif method in ("adam", "adamw"):
                one, two = has.get("beta_1", 0.9), has.get("beta_2", 0.999)
                first[k] = one * first[k] + (1 - one) * slope
                second[k] = two * second[k] + (1 - two) * slope**2
                moved = first[k] / (1 - one**t) / (sqrt(second[k] / (1 - two**t)) + epsilon)
                moved += decay * where[k] if method == "adamw" else 0.0
            else:
                moved = slope
            where[k] -= eta * moved
        yield list(where)


def evaluation_of(text: str = LINE, steps: int = 3, rate: str = "1/10", more: str = "", **update: Any) -> Evaluation:
    block = {"learning_rate": rate, "steps": steps, **update}
    return run(derive(build(loads(f"{text}update: {json.dumps(block)}\n{more}"))))


@pytest.mark.parametrize("case", CASES)
def test_the_steps_are_those_of_plain_python(case: str) -> None:
    evaluation = evaluation_of(steps=5, **CASES[case])
    steps = descent(evaluation).steps
    assert len(steps) == 5
    for step, (w, b) in zip(steps, walked(0.1, 5, **CASES[case]), strict=True):
        assert to_float(step.after["w"]) == pytest.approx(w, rel=1e-12)
        assert to_float(step.after["b"]) == pytest.approx(b, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_every_line_is_true_and_so_are_the_pages(case: str) -> None:
    evaluation = evaluation_of(**CASES[case])
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    rules = len(general_rules(evaluation.graph))
    own = [line for line in every_line(evaluation) if line.about[0] == "update"]
    assert len(own) >= 3 * 2 * rules
    for audience in ("worksheet", "key", "notes"):
        assert verify_document(compose(evaluation, audience), (evaluation,)) > 0


@pytest.mark.parametrize("case", ["adam", "momentum, clipped, decayed", "everything"])
def test_numbers_carried_as_printed(case: str) -> None:
    evaluation = evaluation_of(more="numbers: {digits: 3, carry: shown}\n", **CASES[case])
    assert check(evaluation).failed == 0
    assert verify_document(compose(evaluation, "key"), (as_printed(evaluation),)) > 0


def test_algorithm_1_of_kingma_and_ba() -> None:
    """Their first step is η · g/|g|, up to ε: both means are g and g² again after the correction."""
    evaluation = evaluation_of(method="adam", rate="1/1000", steps=1)
    rules = [f"{left} <- {plain(right)}" for left, right in general_rules(evaluation.graph)]
    assert rules == [
        "g <- dL/dtheta",
        "m <- beta_1*m + (1 - beta_1)*g",
        "v <- beta_2*v + (1 - beta_2)*g^2",
        "mhat <- m/(1 - beta_1^t)",
        "vhat <- v/(1 - beta_2^t)",
        "theta <- theta - eta*(mhat/(sqrt(vhat) + epsilon))",
    ]
    (step,) = descent(evaluation).steps
    by_letter = {each.letter: each.value for each in step.work["w"]}
    assert by_letter["mhat"] == by_letter["g"] == step.gradient["w"]
    assert by_letter["vhat"] == step.gradient["w"] ** 2
    assert to_float(step.after["w"]) == pytest.approx(1.001, abs=1e-9)


def test_the_lines_of_a_worksheet_and_its_key() -> None:
    evaluation = evaluation_of(method="momentum", steps=2)
    sheet, key = (compose(evaluation, audience) for audience in ("worksheet", "key"))
    ours, theirs = ([line for line in lines_of(each.blocks) if line.steps[0][0] == "←"] for each in (sheet, key))
    assert len(ours) == len(theirs) == 3 + 2 * 2 * 3
    assert [plain(side) for _, side in ours[3].steps] == ["dL/dw", "___"]
    assert [plain(side) for _, side in theirs[3].steps] == ["dL/dw", "-5/3"]
    assert [plain(side) for _, side in ours[4].steps] == ["___", "___"]
    assert [plain(side) for _, side in theirs[4].steps] == ["9/10*0 + (-5/3)", "-5/3"]
    assert [plain(side) for _, side in theirs[5].steps] == ["1 - 1/10*(-5/3)", "7/6"]
    asked = sum(isinstance(node, Gap) for line in ours for _, side in line.steps for node in walk(side))
    assert asked == 2 * 2 * 5


def test_a_step_worked_out_on_the_sheet_asks_for_nothing_it_shows() -> None:
    """With the first parameter worked out, the length of the gradient, which its lines show, is worked out, too."""
    evaluation = evaluation_of(method="adam", clip_norm="1", steps=1, more="worksheet: {scaffolding: faded}\n")
    lines = [line for line in lines_of(compose(evaluation, "worksheet").blocks) if line.steps[0][0] == "←"]
    (length,) = [line for line in lines if plain(line.left) == "N" and len(line.steps) > 1]
    assert not any(isinstance(node, Gap) for _, side in length.steps for node in walk(side))


def test_no_value_behind_a_gap() -> None:
    """The partial derivative on a worksheet does not hold its number."""
    sheet = compose(evaluation_of(method="momentum"), "worksheet")
    assert not [
        node for line in lines_of(sheet.blocks) for _, side in line.steps for node in walk(side) if isinstance(node, Written)
    ]


def test_all_answers_are_listed() -> None:
    found = {answer.name: answer.printed for answer in answers(evaluation_of(method="momentum", steps=2))}
    assert found["g of w in step 1"] == "-5/3"
    assert found["w after step 1"] == "7/6"
    assert "v of b in step 2" in found


def test_as_json() -> None:
    evaluation = evaluation_of(method="momentum", steps=2, schedule={"decay": "1/2"})
    first, second = as_object(evaluation, check(evaluation))["updates"]
    assert first["learning_rate"]["value"] == "1/10"
    assert second["learning_rate"]["value"] == "1/20"
    same = {"value": "-5/3", "decimal": pytest.approx(-5 / 3)}
    assert first["work"]["w"] == {"g": same, "v": same}


def test_letters_that_the_spec_has_already() -> None:
    text = LINE.replace("w*x + b", "v_1*x + m").replace("w: 1, b: -1/2", "v_1: 1, m: -1/2")
    evaluation = evaluation_of(text, method="adam")
    letters = page_letters(evaluation.graph)
    assert not {letters["m"], letters["v"]} & {"m", "v"}
    assert letters["mhat"] == f"{letters['m']}hat"
    assert check(evaluation).failed == 0
    assert len(dict.fromkeys(letters.values())) == len(letters)


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_without_numbers(method: str) -> None:
    evaluation = evaluation_of("equations: L = (y - w*x)^2\ninputs: [x]\ntargets: [y]\n", method=method, clip="1")
    assert descent(evaluation).steps == ()
    assert check(evaluation).failed == 0
    for audience in ("worksheet", "key", "notes"):
        compose(evaluation, audience)


def test_an_open_learning_rate() -> None:
    evaluation = evaluation_of(method="adam", rate="alpha")
    assert written_steps(evaluation) == ()
    assert plain(general_rules(evaluation.graph)[-1][1]).startswith("theta - alpha*")
    assert check(evaluation).failed == 0


def test_a_gradient_of_zero_without_epsilon() -> None:
    text = "equations: L = (w - y)^2\ntargets: [y]\nvalues: {w: 2, y: 2}\n"
    with pytest.raises(SpecError, match="step 1 of w has no value") as caught:
        descent(evaluation_of(text, method="adagrad", epsilon="0"))
    assert "epsilon" in str(caught.value)
    assert descent(evaluation_of(text, method="adagrad")).steps[0].after["w"] == 2
    assert descent(evaluation_of(text, clip_norm="1")).steps[0].after["w"] == 2


def test_many_steps_and_many_parameters() -> None:
    evaluation = evaluation_of(method="adam", steps=200)
    assert len(descent(evaluation).steps) == 200
    assert len(written_steps(evaluation)) == 6
    assert verify_document(compose(evaluation, "worksheet"), (evaluation,)) > 0


@pytest.mark.parametrize("said", [{"method": "gradient_descent"}, {"weight_decay": "0"}, {}])
def test_plain_gradient_descent_is_what_it_was(said: dict[str, str]) -> None:
    for audience in ("worksheet", "notes"):
        assert compose(evaluation_of(**said), audience) == compose(evaluation_of(), audience)


def test_in_portuguese() -> None:
    text = repr(compose(evaluation_of(method="nesterov", more="language: pt\n"), "notes"))
    assert "Momento de Nesterov" in text
    assert "cada parâmetro dá um passo por estas regras." in text
    assert "com o gradiente nos valores depois do passo" in text
