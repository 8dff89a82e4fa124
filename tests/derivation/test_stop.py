"""`stop(…)`: a constant to every way of differentiating, judged by differences that keep the value itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
from click.testing import CliRunner
from mpmath import mp, mpf

from derivgen.checks.complex_step import complex_step
from derivgen.checks.methods import DifferencesMethod, SympyMethod, agree
from derivgen.checks.report import check
from derivgen.cli.commands import main
from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.steps import worked_out
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.functions import Library
from derivgen.maths.plain import plain
from derivgen.maths.tree import Sym
from derivgen.spec.load import loads
from derivgen.variants.verifying import Verifier
from tests.variants.spaces import search

TD = """
equations: |
  V = w_1*x_1 + w_2*x_2
  N = w_1*u_1 + w_2*u_2
  L = (r + stop(N) - V)^2
inputs: [x_1, x_2, u_1, u_2]
constants: {r: 1}
values: {w_1: 2, w_2: -1, x_1: 3, x_2: 1, u_1: 1/2, u_2: 5}
"""


def mixed(w: mpf, held: mpf) -> mpf:
    """L = sig(w) w + exp(w²) with the sigmoid and the square held."""
    return w / (1 + mp.exp(-held)) + mp.exp(held**2) * w


MIXED = "equations: L = stop(sig(w))*w + exp(stop(w^2))*w\nvalues: {w: 0.3}\n"
OWN = 'equations: L = f(w^2, 3*w)\nfunctions: {"f(a, b)": a*stop(a*b) + b}\nvalues: {w: 0.3}\n'
SAMPLES = """
equations: |
  z = w*x
  L = mean((z - stop(z^2 + y))^2)
targets: [y]
data: {columns: [x, y], rows: [[1, 2], [2, 3], [-1, 1/2]]}
values: {w: 0.3}
"""


def sampled(w: mpf, held: mpf) -> mpf:
    """The mean over three samples, what is held at its own w."""
    return sum((w * x - ((held * x) ** 2 + y)) ** 2 for x, y in ((1, 2), (2, 3), (-1, mpf(1) / 2))) / 3


JUDGES: Mapping[str, tuple[str, Callable[[mpf, mpf], mpf]]] = {
    "mixed": (MIXED, mixed),
    "own function": (OWN, lambda w, held: w**2 * (held**2 * 3 * held) + 3 * w),
    "samples": (SAMPLES, sampled),
}


def derivation(spec: str) -> Derivation:
    return derive(build(loads(spec)))


@pytest.mark.parametrize("name", JUDGES)
def test_every_road_keeps_the_value(name: str) -> None:
    spec, loss = JUDGES[name]
    found = run(derivation(spec))
    with mp.workdps(60):
        at = mpf(3) / 10
        wanted = (mpf(mp.diff(lambda w: loss(w, at), at)),)
        assert abs(wanted[0] - mp.diff(lambda w: loss(w, w), at)) > mpf("0.05"), "the stop would make no difference"
    room = Fraction(1, 10**15)
    assert agree(wanted, found.adjoints["w"], room)
    assert agree(wanted, SympyMethod(found.derivation).adjoints(found)["w"], room)
    differences = DifferencesMethod(found).gradient("w")
    assert differences is not None and agree(wanted, differences, room)
    assert complex_step(found, ("w",))["w"] == (pytest.approx(float(wanted[0]), rel=1e-12),)
    report = check(found)
    assert (report.failed, report.unchecked) == (0, 0)


def test_a_semi_gradient() -> None:
    found = derivation(TD)
    assert [plain(found.simplification(name).result) for name in ("w_1", "w_2")] == [
        "-2*(r + stop(N) - V)*x_1",
        "-2*(r + stop(N) - V)*x_2",
    ]
    assert "N" not in found.consumers
    assert found.gradients["w_1"].paths is not None and len(found.gradients["w_1"].paths) == 1


def test_what_reaches_the_loss_through_a_stop_alone_has_gradient_0() -> None:
    found = run(derivation("equations: L = stop(w)*v\nvalues: {w: 2, v: 3}\n"))
    assert (found.adjoints["w"], found.adjoints["v"]) == ((0,), (2,))


def test_variants_keep_it_too() -> None:
    drawn = "random: {w_1: {integers: [-3, 3]}, w_2: {integers: [-3, 3]}}\n"
    found = search(TD.replace("w_1: 2, w_2: -1, ", "") + drawn)
    checked = list(Verifier(found.derivation).verified(found.records([(str(k), "") for k in range(20)])))
    assert len(checked) == 20 and not any(each.failure for each in checked)
    for each in checked:
        first, second = (Fraction(each.record.values[name]) for name in ("w_1", "w_2"))
        error = 1 + first / 2 + 5 * second - 3 * first - second
        assert [Fraction(text) for name in ("w_1", "w_2") for text in each.answers[name]] == [-6 * error, -2 * error]


def test_a_rule_by_itself() -> None:
    steps = worked_out(loads("equations: L = stop(w^2)*w + stop(w)").equations[0].body, Sym("w"), Library())
    assert plain(steps.result) == "stop(w^2)"


def test_pages_say_it_and_numbers_stand_without_it(tmp_path) -> None:
    (tmp_path / "td.yaml").write_text(TD, encoding="utf-8")
    shown = CliRunner().invoke(main, ["show", str(tmp_path / "td.yaml")]).stdout
    assert "counts as a constant" in shown and "(1 + 4 - 5)²" not in shown
    assert "stop(-4)" not in shown and "(1 + (-4) - 5)²" in shown


@pytest.mark.parametrize("name", ["detach", "stop_gradient", "sg", "no_grad"])
def test_names_of_frameworks_lead_to_it(name: str) -> None:
    from derivgen.errors import SpecError

    with pytest.raises(SpecError) as told:
        loads(f"equations: L = {name}(w)*w")
    assert told.value.problems[0].hint == "write it out: stop(x)"
