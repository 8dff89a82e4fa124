"""Gradient descent: the steps by another road, all gradients at the old weights, every figure on the page a checked one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

import pytest
import yaml

from derivgen.blocks import shown_lines
from derivgen.checks.equalities import verify
from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Document, Equations, Line
from derivgen.errors import CheckError, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import LineKind
from derivgen.lines.every import every_line
from derivgen.lines.updates import shown_steps, step_table, update_line
from derivgen.machine import as_object
from derivgen.maths.plain import plain
from derivgen.maths.tree import Sym, number
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import loads
from derivgen.updates import descent
from tests.oracle import MP, mp, solve
from tests.product import every_line as lines_of

EXERCISE = """\
equations: |
  h_1 = ReLU(w_11*x_1 + w_12*x_2)
  h_2 = ReLU(w_21*x_1 + w_22*x_2)
  z = v_1*h_1 + v_2*h_2
  J = (t - z)^2
inputs: [x_1, x_2]
targets: [t]
values: {x_1: 1, x_2: 0, t: 2, w_11: 1, w_12: 0, w_21: -1, w_22: 1, v_1: 1, v_2: 2}
update: {learning_rate: 1/10, steps: 3}
"""
GATE = """\
equations: |
  Z_3 = W_13*x_1 + W_23*x_2 + b_3
  A_3 = tanh(Z_3)
  A_5 = sig(W_35*A_3 + b_5)
  Loss = mean((y - A_5)^2)
targets: [y]
values: {W_13: 1/2, W_23: -1, b_3: 1/3, W_35: 2, b_5: 0}
data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}
update: {learning_rate: 1/2, steps: 6}
"""
SHARED = """\
equations: |
  h_1 = tanh(u*x_1 + w*1)
  h_2 = tanh(u*x_2 + w*h_1)
  L = (h_2 - y)^2 + u^2/10
inputs: [x_1, x_2]
targets: [y]
values: {x_1: 1, x_2: -1, y: 1/2, u: 1/3, w: -1/4}
update: {learning_rate: 0.3, steps: 5}
"""


def evaluation_of(text: str, **blocks: object) -> Evaluation:
    return run(derive(build(loads(text + "".join(f"{key}: {json.dumps(value)}\n" for key, value in blocks.items())))))


def walked(text: str, rate: Fraction, steps: int) -> list[Mapping[str, object]]:
    """The parameters after each step, by the oracle's gradients: all taken first, then all parameters moved."""
    spec = yaml.load(text, yaml.BaseLoader)
    names = [name for name in spec["values"] if name not in (*spec.get("inputs", ()), *spec["targets"])]
    found = []
    for _ in range(steps):
        answer = solve(yaml.safe_dump({key: value for key, value in spec.items() if key != "update"}))
        moved = {name: mp(answer.values[name][0]) - mp(rate) * mp(answer.gradients[name][0]) for name in names}
        spec["values"] |= {name: MP.nstr(value, 60) for name, value in moved.items()}
        found.append(moved)
    return found


@pytest.mark.parametrize(("text", "rate"), [(EXERCISE, Fraction(1, 10)), (GATE, Fraction(1, 2)), (SHARED, Fraction(3, 10))])
def test_the_steps_are_those_of_another_road(text: str, rate: Fraction) -> None:
    steps = descent(evaluation_of(text)).steps
    assert len(steps) >= 3
    for step, other in zip(steps, walked(text, rate, len(steps)), strict=True):
        assert list(step.after) and set(step.after) == set(other)
        for name, value in step.after.items():
            assert abs(mp(value) - other[name]) < MP.mpf(10) ** -35, (step.number, name)


def test_the_exercise_of_the_notes() -> None:
    evaluation = evaluation_of(EXERCISE)
    step = descent(evaluation).steps[0]
    assert step.gradient == {"w_11": -2, "w_12": 0, "w_21": 0, "w_22": 0, "v_1": -2, "v_2": 0}
    assert step.after == {"w_11": Fraction(6, 5), "w_12": 0, "w_21": -1, "w_22": 1, "v_1": Fraction(6, 5), "v_2": 2}
    assert [plain(side) for side in update_line(evaluation, "v_1").sides] == ["v_1 - eta*(dJ/dv_1)", "1 - 1/10*(-2)", "6/5"]


def test_all_gradients_at_the_old_weights() -> None:
    """With the new v_1 in it, w_11 would go elsewhere: 1 - 1/10 · 2 (6/5 - 2) · 6/5."""
    after = descent(evaluation_of(EXERCISE)).steps[0].after
    assert after["w_11"] == Fraction(6, 5) != 1 - Fraction(1, 10) * 2 * (Fraction(6, 5) - 2) * Fraction(6, 5)


def test_the_loss_goes_down_and_is_the_forward_passes() -> None:
    found = descent(evaluation_of(GATE))
    losses = [found.start, *(step.loss for step in found.steps)]
    assert losses == sorted(losses, reverse=True)
    assert found.rises == ()
    values = {name: str(mp(value)) for name, value in found.steps[-1].after.items()}
    again = solve(yaml.safe_dump({**yaml.load(GATE, yaml.BaseLoader), "values": values}))
    assert abs(mp(again.values["Loss"][0]) - mp(losses[-1])) < 1e-30


def test_every_line_is_believed_and_a_wrong_one_is_not() -> None:
    evaluation = evaluation_of(GATE)
    report = check(evaluation)
    claims = [line for line in every_line(evaluation) if line.about[0] in ("update", "gradient", "step")]
    assert 60 < len(claims) <= 5 * 6 + 1 + 6 * 7
    assert report.failed == 0
    assert report.unchecked_lines == ()
    assert verify(claims, evaluation, None).checked > len(claims) + 5
    document = compose(evaluation, "notes")
    assert verify_document(document, (evaluation,)) > 40
    wrong = Line(Sym("W_13"), (("←", update_line(evaluation, "W_13").sides[0]), ("=", number(2))))
    with pytest.raises(CheckError, match="a line is false"):
        verify_document(Document("notes", "notes", "en", "t", (Equations((wrong,)),)), (evaluation,))


def test_columns_are_checked_entry_by_entry() -> None:
    from derivgen.lines.equality import equality
    from derivgen.maths.tree import Matrix, Nabla, Partial

    evaluation = evaluation_of(EXERCISE)
    partials = Matrix(((Partial(Sym("J"), Sym("v_1")),), (Partial(Sym("J"), Sym("v_2")),)))
    for numbers, false in (((-2, 0), 0), ((0, -2), 2), ((-2, 1), 1)):
        column = Matrix(tuple((number(n),) for n in numbers))
        line = equality(("gradient", "v"), Nabla(Sym("J"), "v"), partials, column, numeric=True)
        assert len(verify((line,), evaluation, None).false) == false


def test_as_json() -> None:
    evaluation = evaluation_of(EXERCISE)
    updates = as_object(evaluation, check(evaluation))["updates"]
    assert [entry["step"] for entry in updates] == [1, 2, 3]
    assert updates[0]["parameters"]["v_1"] == {"value": "6/5", "decimal": 1.2}
    assert updates[0]["loss"] == {"value": "196/625", "decimal": 0.3136}
    assert json.loads(json.dumps(updates)) == updates
    without = evaluation_of(EXERCISE.replace("update:", "# update:"))
    assert "updates" not in as_object(without, check(without))


def test_only_parameters_that_are_asked_for() -> None:
    evaluation = evaluation_of(EXERCISE, wrt=["v_*", "x_1", "h_1"])
    assert descent(evaluation).names == ("v_1", "v_2")
    assert list(descent(evaluation).steps[0].after) == ["v_1", "v_2"]


def test_an_open_learning_rate() -> None:
    evaluation = evaluation_of(EXERCISE.replace("{learning_rate: 1/10, steps: 3}", "{learning_rate: alpha}"))
    assert descent(evaluation).steps == ()
    assert [plain(side) for side in update_line(evaluation, "v_1").sides] == ["v_1 - alpha*(dJ/dv_1)", "1 - alpha*(-2)"]
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    assert r"\leftarrow v_{1} - \alpha" in tex(evaluation, "notes")


def test_without_numbers() -> None:
    evaluation = evaluation_of("equations: L = (y - w*x)^2\ninputs: [x]\ntargets: [y]\nupdate: {learning_rate: 0.1}\n")
    assert [plain(side) for side in update_line(evaluation, "w").sides] == ["w - eta*(dL/dw)"]
    assert check(evaluation).failed == 0
    assert as_object(evaluation, check(evaluation))["updates"] == []
    assert r"\leftarrow \dggap" in tex(evaluation, "worksheet")


def test_long_fractions_become_decimals() -> None:
    """(w³ - 2)² cubes its digits at each step: after a few they are decimals, and a thousand steps end."""
    text = "equations: L = (w^3 - y)^2\ntargets: [y]\nvalues: {w: 11/10, y: 2}\nupdate: {learning_rate: 1/100, steps: 1000}\n"
    steps = descent(evaluation_of(text)).steps
    assert len(steps) == 1000
    assert isinstance(steps[0].after["w"], Fraction)
    assert not isinstance(steps[-1].after["w"], Fraction)
    assert abs(mp(steps[-1].after["w"]) ** 3 - 2) < 1e-20
    shown = [step.number for step in shown_steps(evaluation_of(text))]
    assert shown == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]


def test_a_rate_that_is_too_large() -> None:
    text = "equations: L = (w^3 - y)^2\ntargets: [y]\nvalues: {w: 1.1, y: 2}\nupdate: {learning_rate: 3, steps: 50}\n"
    evaluation = evaluation_of(text)
    found = descent(evaluation)
    assert found.broken
    assert 1 < len(found.steps) < 50
    assert found.rises[0] == 1
    assert as_object(evaluation, check(evaluation))["updates"][-1]["loss"] is None
    assert "has no value any more" in tex(evaluation, "notes")


def test_steps_that_would_take_minutes() -> None:
    rows = [[k, k + 1, k % 2] for k in range(400)]
    text = GATE.replace("[[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]", str(rows)).replace("steps: 6", "steps: 900")
    with pytest.raises(SpecError, match="would take too long"):
        check(evaluation_of(text))


def test_numbers_carried_as_printed() -> None:
    evaluation = evaluation_of(GATE, numbers={"digits": 3, "carry": "shown"})
    assert check(evaluation).failed == 0
    printed = as_printed(evaluation)
    assert verify_document(compose(evaluation, "notes"), (printed,)) > 30
    rows = step_table(printed).rows
    assert all(len(plain(cell).lstrip("-0.").replace(".", "")) <= 3 for _, cells in rows for cell in cells if cell is not None)


def test_a_worksheet_asks_and_its_key_tells() -> None:
    evaluation = evaluation_of(EXERCISE)
    assert check(evaluation).failed == 0
    sheet, key = (compose(evaluation, audience) for audience in ("worksheet", "key"))
    ours, theirs = ([line for line in lines_of(each.blocks) if line.steps[0][0] == "←"] for each in (sheet, key))
    assert len(ours) == len(theirs) == 6
    assert [plain(side) for _, side in ours[0].steps] == ["w_11 - eta*(dJ/dw_11)", "___", "___"]
    assert [plain(side) for _, side in theirs[0].steps] == ["w_11 - eta*(dJ/dw_11)", "1 - 1/10*(-2)", "6/5"]


def test_a_blank_sheet_still_tells_the_learning_rate() -> None:
    text = tex(evaluation_of(EXERCISE, worksheet={"scaffolding": "blank"}), "worksheet")
    assert r"learning rate $\eta = \frac{1}{10}$" in text or r"learning rate $\eta$ = $\frac{1}{10}$" in text
    assert r"\leftarrow" not in text


def test_the_gradient_alone() -> None:
    evaluation = evaluation_of(EXERCISE.replace("update:", "# update:"), show=["gradient"])
    assert check(evaluation).failed == 0
    assert [line.kind for line in shown_lines(evaluation)].count(LineKind.GRADIENT) == 1
    assert r"\nabla J &= \begin{bmatrix}" in tex(evaluation, "notes")


def test_in_portuguese() -> None:
    text = tex(evaluation_of(EXERCISE, language="pt"), "notes")
    assert "Atualização" in text
    assert "contra o seu gradiente" in text


def tex(evaluation: Evaluation, audience: str) -> str:
    return render_latex(compose(evaluation, audience), style_of(evaluation))
