"""Kinks: each is counted once, and only the gradients that it touches are by convention."""

from __future__ import annotations

import pytest

from derivgen.checks.report import Report, check
from derivgen.derivation.derive import derive
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.machine import as_object
from derivgen.spec.load import loads


def checked(equations: str, values: str, rows: str = "[[1, 2], [2, 1], [0, 3]]") -> tuple[Report, dict]:
    """What the checks say, and what `derive --json` prints of it."""
    lines = "".join(f"  {line}\n" for line in equations.splitlines())
    text = f"equations: |\n{lines}data: {{columns: [x, y], rows: {rows}}}\ntargets: [y]\nvalues: {{{values}}}\n"
    evaluation = run(derive(build(loads(text))))
    report = check(evaluation)
    assert report.failed == 0 and report.unchecked == 0
    return report, as_object(evaluation, report)["checks"]


def test_a_kink_that_no_sample_moves_is_one_and_touches_its_own_name_alone() -> None:
    report, told = checked("L = mean((w_2*x - y)^2 + abs(w_1))", "w_1: 0, w_2: 1/2")
    assert told["kinks"] == [{"quantity": "L", "sample": None, "function": "abs"}]
    assert told["by_convention"] == ["w_1"]
    assert {each.name: each.differences for each in report.gradients}["w_2"] == "260 digits"


def test_a_kink_in_a_quantity_of_each_sample_that_no_sample_moves() -> None:
    _, told = checked("a = abs(w_1)*x + w_2\nL = mean((a - y)^2)", "w_1: 0, w_2: 1/2")
    assert told["kinks"] == [{"quantity": "a", "sample": None, "function": "abs"}] and told["by_convention"] == ["w_1"]


def test_a_kink_in_two_samples_is_two() -> None:
    _, told = checked("z = w*x\na = ReLU(z)\nL = mean((a + v - y)^2)", "w: 1, v: 2", "[[0, 1], [1, 2], [0, 3]]")
    assert told["kinks"] == [{"quantity": "a", "sample": k, "function": "ReLU"} for k in (1, 3)]
    assert told["by_convention"] == ["w"]


def test_a_kink_within_a_mean_is_named_with_its_sample() -> None:
    _, told = checked("L = mean(abs(w*x - y) + v*x)", "w: 2, v: 3")
    assert told["kinks"] == [{"quantity": "L", "sample": 1, "function": "abs"}] and told["by_convention"] == ["w"]


def test_what_is_written_twice_has_its_kink_once() -> None:
    _, told = checked("L = mean((x - y)^2)*w + ReLU(v)*ReLU(v)", "w: 1, v: 0")
    assert told["kinks"] == [{"quantity": "L", "sample": None, "function": "ReLU"}] and told["by_convention"] == ["v"]


def test_of_a_maximum_only_what_ties_is_touched() -> None:
    _, told = checked("m = max(u, v, w)\nL = mean((m*x - y)^2)", "u: 2, v: 2, w: 1")
    assert told["kinks"] == [{"quantity": "m", "sample": None, "function": "max"}]
    assert told["by_convention"] == ["u", "v"]
    _, free = checked("m = max(u, v, w)\nL = mean((m*x - y)^2)", "u: 3, v: 2, w: 2")
    assert free["kinks"] == [] and free["by_convention"] == []


def test_an_own_function_is_named_and_so_are_cases() -> None:
    equations = "equations: |\n  h = hinge(w)\n  L = h^2 + v*cases(b > 1: b, else: 1)\n"
    text = f'functions: {{"hinge(u)": "max(0, 1 - u)"}}\n{equations}values: {{w: 1, v: 2, b: 1}}\n'
    evaluation = run(derive(build(loads(text))))
    told = as_object(evaluation, check(evaluation))["checks"]
    assert told["kinks"] == [
        {"quantity": "h", "sample": None, "function": "hinge"},
        {"quantity": "L", "sample": None, "function": "cases"},
    ]
    assert told["by_convention"] == ["w", "b"]


@pytest.mark.parametrize("slope", ["1 + 1e-9", "1.001"])
def test_a_wrong_derivative_beside_a_kink_is_still_caught(slope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient by w_2 is checked by differences although the loss itself sits on the kink of w_1."""
    from derivgen.derivation import derive as deriving

    right = deriving.filled
    wrong = loads(f"equations: L = w*({slope})\n").equations[0].body

    def spoilt(expr, names, count):
        found = right(expr, names, count)
        return deriving.chain((found, wrong.factors[1])) if "w_2" in str(names) else found

    monkeypatch.setattr(deriving, "filled", spoilt)
    lines = "  L = mean((w_2*x - y)^2 + abs(w_1))\n"
    text = f"equations: |\n{lines}data: {{columns: [x, y], rows: [[1, 2], [2, 1]]}}\nvalues: {{w_1: 0, w_2: 1/2}}\ntargets: [y]\n"
    report = check(run(derive(build(loads(text)))))
    assert "w_2" in {each.name for each in report.gradients if not each.agrees}
