"""Second derivatives: their form line by line, their values by mpmath on the loss alone, the Hessian, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from mpmath import mp, mpf

from derivgen.checks.equalities import trial, verify
from derivgen.checks.report import check
from derivgen.cli.commands import main
from derivgen.derivation import second
from derivgen.derivation.derive import derive
from derivgen.derivation.second import second_derivatives
from derivgen.documents.answers import answers
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.steps import hessian_lines, second_lines
from derivgen.maths.plain import plain
from derivgen.maths.tree import Sum, number
from derivgen.spec.load import loads

LOGISTIC = """
equations: |
  z = w*x + b
  a = sig(z)
  L = -(y*ln(a) + (1 - y)*ln(1 - a))
inputs: [x]
targets: [y]
values: {x: 2, y: 1, w: 1/2, b: -1}
"""
HIDDEN = "equations: |\n  h = tanh(w*x)\n  L = 1/2*(v*h - y)^2\ninputs: [x]\ntargets: [y]\n"
HIDDEN_VALUES = "values: {w: 0.3, v: -0.7, x: 2, y: 0.5}\n"
SAMPLES = """
equations: |
  z = w*x + b
  a = sig(z)
  L = mean(-(y*ln(a) + (1 - y)*ln(1 - a))) + lambda*w^2
targets: [y]
constants: {lambda: 1/2}
data: {columns: [x, y], rows: [[1, 0], [2, 1]]}
values: {w: 0.3, b: -0.1}
"""
CENTRED = """
equations: |
  d = w*x^2 - mean(w*x)
  L = mean(exp(v*d))
data: {columns: [x], rows: [[1], [0.5], [-1]]}
values: {w: 0.3, v: 0.8}
"""
STOPPED = "equations: |\n  V = w*x\n  L = (1 + 0.9*stop(w^2*V) - V^2)^2\ninputs: [x]\nvalues: {w: 0.3, x: 2}\n"
CORNERS = """
equations: |
  h = ReLU(w*x)
  m = max(h, v)
  L = (m*v - 1)^2 + abs(w)^3
inputs: [x]
values: {w: 0.3, v: 0.2, x: 2}
"""


def sigmoid(z: mpf) -> mpf:
    return 1 / (1 + mp.exp(-z))


def cross_entropy(x: mpf, y: mpf, w: mpf, b: mpf) -> mpf:
    a = sigmoid(w * x + b)
    return -(y * mp.log(a) + (1 - y) * mp.log(1 - a))


def centred(w: mpf, v: mpf) -> mpf:
    xs = (mpf(1), mpf(1) / 2, mpf(-1))
    middle = sum(w * x for x in xs) / 3
    return sum(mp.exp(v * (w * x**2 - middle)) for x in xs) / 3


D = mpf
JUDGES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], Callable[..., mpf]]] = {
    "logistic": (LOGISTIC, ("w", "b"), ("0.5", "-1"), lambda w, b: cross_entropy(2, 1, w, b)),
    "hidden": (HIDDEN + HIDDEN_VALUES, ("w", "v"), ("0.3", "-0.7"), lambda w, v: (v * mp.tanh(2 * w) - D("0.5")) ** 2 / 2),
    "samples": (
        SAMPLES,
        ("w", "b"),
        ("0.3", "-0.1"),
        lambda w, b: (cross_entropy(1, 0, w, b) + cross_entropy(2, 1, w, b)) / 2 + w**2 / 2,
    ),
    "a mean in each sample": (CENTRED, ("w", "v"), ("0.3", "0.8"), centred),
    "corners": (CORNERS, ("w", "v"), ("0.3", "0.2"), lambda w, v: (2 * w * v - 1) ** 2 + w**3),
    "stop": (STOPPED, ("w",), ("0.3",), lambda w: (1 + D("0.9") * D("0.3") ** 3 * 2 - 4 * w**2) ** 2),
}


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


@pytest.mark.parametrize("name", JUDGES)
def test_the_values_are_those_of_differences_of_the_loss(name: str) -> None:
    spec, names, at, loss = JUDGES[name]
    found = evaluated(spec + "second: all\n")
    assert len(found.seconds) == len(names) * (len(names) + 1) // 2
    with mp.workdps(80):
        point = tuple(map(mpf, at))
        for (by, first), value in found.seconds.items():
            order = tuple((name == by) + (name == first) for name in names)
            wanted = mp.diff(loss, point if len(names) > 1 else point[0], order if len(names) > 1 else 2)
            exact = mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpf(value)
            assert abs(exact - wanted) < mpf(10) ** -18 * (1 + abs(wanted)), (by, first)
    report = check(found)
    assert (report.failed, report.unchecked) == (0, 0)
    assert len(report.gradients) == len(names) + len(found.seconds)


def test_large_terms_that_cancel_are_no_false_alarm() -> None:
    """Terms of 1e100 cancel; SymPy's derivative, which is not simplified, needs more digits to see it."""
    spec = LOGISTIC.replace("y: 1,", "y: 1e100,").replace("ln(1 - a))", "ln(1 - a)) + 560*w^2")
    assert "1e100" in spec and "560" in spec
    found = evaluated(spec + "second: all\n")
    with mp.workdps(50):
        a = 1 / (1 + mp.exp(0))
        value = found.seconds["w", "w"]
        exact = mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpf(value)
        assert abs(exact - (4 * a * (1 - a) + 1120)) < mpf(10) ** -40
    assert check(found).failed == 0


def forms(spec: str) -> list[str]:
    return [plain(each.expression) for each in second_derivatives(evaluated(spec).derivation)]


def test_the_forms_are_those_of_the_books() -> None:
    assert forms(LOGISTIC + "second: all") == ["x^2*a*(1 - a)", "a*(1 - a)*x", "a*(1 - a)"]
    assert forms(SAMPLES + "second: [w]") == ["mean(x^2*a*(1 - a)) + 2*lambda"]
    assert forms(HIDDEN + "second: [v, [w, v]]") == ["h^2", "(1 - h^2)*x*(2*v*h - y)"]
    assert forms("equations: L = 1/2*(w_1*x - w_2)^2\ninputs: [x]\nsecond: all") == ["x^2", "-x", "1"]


def test_each_line_has_its_rule_and_what_is_known_is_not_worked_out_again() -> None:
    lines = second_lines(evaluated(LOGISTIC + "second: [w]"))[0]
    assert [(plain(line.last), line.reason.message) for line in lines.steps if line.reason is not None] == [
        ("x*d/dw(a - y)", "constant factor"),
        ("x*(da/dw)", "a constant term has derivative 0"),
        ("x*a*(1 - a)*x", "{f} = {g}"),
        ("x^2*a*(1 - a)", "powers of the same base put together"),
    ]
    assert lines.value is not None and [plain(side) for side in lines.value.sides] == ["d2L/dwdw", "2^2*(1/2)*(1 - 1/2)", "1"]


def test_the_hessian_where_all_pairs_are_asked_for() -> None:
    found = evaluated(LOGISTIC + "second: all")
    assert [[plain(side) for side in line.sides] for line in hessian_lines(found)] == [
        ["[[d2L/dwdw, d2L/dwdb], [d2L/dbdw, d2L/dbdb]]", "[[1, 1/2], [1/2, 1/4]]"]
    ]
    assert hessian_lines(evaluated(LOGISTIC + "second: [w, [w, b]]")) == ()
    (symbolic,) = hessian_lines(evaluated("equations: L = (w*x - b)^2\ninputs: [x]\nsecond: all"))
    assert plain(symbolic.last) == "[[2*x^2, -2*x], [-2*x, 2]]"


def test_wrong_lines_and_a_wrong_rule_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    found = evaluated(LOGISTIC + "second: all")
    for lines in second_lines(found):
        own = [lines.whole, *lines.steps, *([lines.value] if lines.value else [])]
        wrong = [replace(line, sides=(*line.sides[:-1], Sum((line.last, number(1))))) for line in own]
        assert len(verify(wrong, found, trial(found.derivation)).false) == len(wrong)
    real = second.second_steps
    doubled = lambda *args: replace(steps := real(*args), steps=(replace(steps.steps[-1], after=number(7)),))  # noqa: E731
    monkeypatch.setattr(second, "second_steps", doubled)
    report = check(evaluated(LOGISTIC + "second: [w]"))
    assert any("w and w" in problem.message for problem in report.problems())


def test_at_a_kink_a_convention_decides() -> None:
    report = check(evaluated("equations: L = ReLU(w)^2\nvalues: {w: 0}\nsecond: [w]"))
    assert [(each.name, each.by_convention) for each in report.gradients] == [("w", True), ("w and w", True)]
    assert report.failed == 0


def test_json_answers_and_pages(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text(LOGISTIC + "second: all\n", encoding="utf-8")
    made = json.loads(CliRunner().invoke(main, ["derive", str(spec), "--json"]).stdout)
    assert [(each["by"], each["simplified"], each["value"]) for each in made["second"]] == [
        (["w", "w"], "x^2*a*(1 - a)", "1"),
        (["w", "b"], "a*(1 - a)*x", "1/2"),
        (["b", "b"], "a*(1 - a)", "1/4"),
    ]
    asked = [answer for answer in answers(evaluated(LOGISTIC + "second: all")) if answer.name.startswith("d2")]
    assert [(answer.name, answer.printed) for answer in asked] == [("d2L/dwdw", "1"), ("d2L/dwdb", "1/2"), ("d2L/dbdb", "1/4")]
    shown = CliRunner().invoke(main, ["show", str(spec)]).stdout
    assert "∂²L/∂w²" in shown and "The Hessian" in shown
    symbolic = tmp_path / "t.yaml"
    symbolic.write_text(HIDDEN + "second: [w]\n", encoding="utf-8")
    assert json.loads(CliRunner().invoke(main, ["derive", str(symbolic), "--json"]).stdout)["second"][0]["value"] is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("[q]", "second: q is no parameter, input, target or constant"),
        ("[[w]]", "a second derivative is by a name, or by two"),
        ("[[w, b], [b, w]]", "the second derivative by b and w is asked for twice"),
        ("[a]", "second: a is no parameter, input, target or constant"),
        ("none", "none of the choices"),
    ],
)
def test_what_is_refused(asked: str, message: str) -> None:
    with pytest.raises(SpecError) as told:
        loads(LOGISTIC + f"second: {asked}")
    assert message in told.value.problems[0].message


def test_not_of_arrays() -> None:
    with pytest.raises(SpecError, match="second derivatives are worked out for scalars alone"):
        loads("equations: L = sum(x*w)\nvalues: {x: [1, 2], w: [3, 4]}\nsecond: all")


def test_limits_are_met_early() -> None:
    many = " + ".join(f"w_{k}*x" for k in range(9))
    with pytest.raises(SpecError, match="45 second derivatives"):
        loads(f"equations: L = ({many})^2\ninputs: [x]\nsecond: all")
    with pytest.raises(SpecError, match="one value per sample"):
        loads(SAMPLES + "second: [x]")
    long = " + ".join(f"sig(w*x_{k})*tanh(v*x_{k})" for k in range(40))
    with pytest.raises(SpecError, match="too long to be differentiated"):
        second_derivatives(evaluated(f"equations: L = ({long})^2\nparameters: [w, v]\nsecond: [w]").derivation)
