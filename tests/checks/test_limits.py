"""0·ln 0 is 0, and so is the derivative of such a term where the limit exists; elsewhere the refusal is clear."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivgen.checks.report import check
from derivgen.cli.commands import main
from derivgen.derivation.derive import derive
from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.spec.load import loads

CROSS = "equations: L = -(y_1*ln(p_1) + y_2*ln(p_2))\ntargets: [y_1, y_2]\nvalues: {y_1: 1, y_2: 0, p_1: 1, p_2: 0}\n"
DIVERGENCE = """
equations: L = y_1*ln(y_1/p_1) + y_2*ln(y_2/p_2)
targets: [y_1, y_2]
values: {y_1: 1, y_2: 0, p_1: 1, p_2: 0}
"""
CHAINED = """
equations: |
  a = w*q
  L = mean(-(y*ln(a) + (1 - y)*ln(1 - a)))
targets: [y]
data: {columns: [q, y], rows: [[1, 1], [0, 0], [1/2, 0]]}
values: {w: 1}
"""
WRITTEN_OUT = """
equations: L = mean(-(y*ln(a*q) + (1 - y)*ln(1 - a*q)))
targets: [y]
data: {columns: [q, y], rows: [[1, 1], [0, 0]]}
values: {a: 1}
"""
CASES = {
    "cross-entropy": (CROSS, {"p_1": Fraction(-1), "p_2": Fraction(0)}, ["p_2"]),
    "divergence": (DIVERGENCE, {"p_1": Fraction(-1), "p_2": Fraction(0)}, ["p_2"]),
    "a chain": (CHAINED, {"w": Fraction(0)}, ["w"]),
    "one expression": (WRITTEN_OUT, {"a": Fraction(-1, 2)}, ["a"]),
    "beside one": (DIVERGENCE.replace("p_1: 1, p_2: 0", "p_1: 1/2, p_2: 1/2"), {"p_1": Fraction(-2), "p_2": Fraction(0)}, []),
    "an entropy by another name": (
        "equations: H = -(p_1*ln(p_1) + p_2*ln(p_2))\nvalues: {p_1: 1, p_2: 0}\nwrt: [p_1]",
        {"p_1": Fraction(-1)},
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_limit_is_taken(name: str) -> None:
    spec, wanted, conventional = CASES[name]
    found = run(derive(build(loads(spec))))
    assert {by: found.adjoints[by] for by in wanted} == {by: (number,) for by, number in wanted.items()}
    report = check(found)
    assert (report.failed, report.unchecked) == (0, 0)
    assert [each.name for each in report.gradients if each.by_convention] == conventional


def test_it_is_the_limit_from_the_right() -> None:
    """A little to the right of p = 0 the same derivatives come from differences of the loss itself."""
    near = run(derive(build(loads(CROSS.replace("p_2: 0", "p_2: 1e-40")))))
    report = check(near)
    assert near.adjoints["p_2"] == (0,) and not any(each.by_convention for each in report.gradients)
    assert (report.failed, report.unchecked) == (0, 0)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("equations: H = -(p_1*ln(p_1) + p_2*ln(p_2))\nvalues: {p_1: 1, p_2: 0}", "the derivative of H by p_2"),
        (CROSS.replace("y_2: 0", "y_2: 1"), "L has no value"),
        (CROSS + "wrt: [y_2]", "the derivative of L by y_2"),
        ("equations: L = w/v\nvalues: {w: 0, v: 0}", "L has no value"),
        ("equations: |\n  u = w^2\n  L = u*ln(u)\nvalues: {w: 0}", "the derivative of L by u"),
    ],
)
def test_what_has_no_limit_is_refused(spec: str, message: str) -> None:
    with pytest.raises(SpecError) as told:
        run(derive(build(loads(spec))))
    assert message in told.value.problems[0].message


def test_the_page_says_so_and_writes_no_0_over_0(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(CROSS, encoding="utf-8")
    shown = CliRunner().invoke(main, ["show", str(tmp_path / "s.yaml")]).stdout
    assert "0 times the logarithm of 0 counts as 0" in shown
    assert "-y₂/p₂ = 0 " in shown and "0/0" not in shown
