"""What SymPy said of a kind of definition is kept between runs: the same as when it is asked anew, and no import of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

from derivgen.checks import judgements
from derivgen.checks.report import Report, check
from derivgen.maths import arithmetic
from derivgen.maths.symbolic import CALLS, form_of, names_in, value_of
from derivgen.spec.load import loads
from derivgen.work import evaluate

GATE = """
equations: |
  z = w*x + b
  a = sigmoid(z)
  h = ReLU(z) + f(a)
  L = mean((y - h)^2)
functions: {"f(x)": "x^2 + %s*x"}
kinks: {ReLU: %s}
parameters: [w, b]
values: {w: 1/2, b: -1/3}
data: {columns: [x, y], rows: [[1, 2], [0, 1]]}
"""
x, y = sympy.symbols("x y")
EXPRESSIONS = [
    3 * x**2 / y - sympy.Rational(2, 7),
    sympy.sqrt(x) * sympy.exp(-y) + sympy.log(x + 2),
    sympy.Max(x, y) - sympy.Min(x, 2 * y),
    sympy.Piecewise((x, x > y), (y**3, sympy.And(y > 1, x < 0)), (sympy.pi, True)),
    sympy.Piecewise((x, sympy.Or(x < y, sympy.Not(sympy.Eq(x, y)))), (y, True)),
    sympy.sin(x) * sympy.cos(y) + sympy.tanh(x) + sympy.atan(y) + sympy.erf(x),
    sympy.Heaviside(x - y, sympy.Rational(1, 2)) * sympy.E + sympy.Float("0.1", 60),
    sympy.exp(x) ** y,
]
PLACES = [(Fraction(2), Fraction(3, 2)), (Fraction(5, 4), Fraction(7, 3))]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DERIVGEN_CACHE", str(tmp_path / "cache"))


def checked(text: str, kept: bool) -> tuple[Report, int]:
    """Check a spec; how often SymPy was asked on the way."""
    before = sum(CALLS.values())
    report = check(evaluate(loads(text)), kept=kept)
    assert report.failed == 0 and report.unchecked == 0 and len(report.gradients) == 2
    return report, sum(CALLS.values()) - before


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_form_has_the_value_that_sympy_gives(expression, place) -> None:
    form = json.loads(json.dumps(form_of(expression)))
    assert sorted(names_in(form)) == sorted(symbol.name for symbol in expression.free_symbols)
    with arithmetic.precision(60):
        found = value_of(form, {"x": place[0], "y": place[1]})
        known = sympy.N(expression.subs({x: sympy.Rational(place[0]), y: sympy.Rational(place[1])}), 60)
        assert abs(sympy.Float(str(arithmetic.real(found)), 60) - known) < sympy.Rational(1, 10**50)


def test_what_sympy_has_and_we_have_not_is_no_number() -> None:
    with pytest.raises(arithmetic.DomainError):
        value_of(form_of(sympy.gamma(x)), {"x": Fraction(1)})


def test_a_second_run_asks_nothing_and_says_so() -> None:
    text = GATE % (1, "1/2")
    anew, asked = checked(text, kept=False)
    first, asked_first = checked(text, kept=True)
    second, asked_second = checked(text, kept=True)
    assert asked == asked_first > 0 == asked_second
    assert (anew.kept, first.kept) == (0, 0) and second.kept > 0
    assert anew.proofs == first.proofs == second.proofs
    assert checked(text, kept=False)[1] == asked, "without `kept` all is asked anew"


@pytest.mark.parametrize(("factor", "kink"), [(2, "1/2"), (1, 0)])
def test_another_function_or_convention_is_asked_for_anew(factor: int, kink: str) -> None:
    checked(GATE % (1, "1/2"), kept=True)
    _, asked = checked(GATE % (factor, kink), kept=True)
    assert asked > 0


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    text = GATE % (1, 1)
    _, asked = checked(text, kept=True)
    (kept,) = (tmp_path / "cache").glob("sympy-*")
    for content in (b"", b"\0\0\0\0nothing", kept.read_bytes()[:-9]):
        kept.write_bytes(content)
        assert checked(text, kept=True)[1] == asked
    assert checked(text, kept=True)[1] == 0


def test_few_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judgements, "MOST_KEPT", 2)
    checked(GATE % (1, 1), kept=True)
    (kept,) = (tmp_path / "cache").glob("sympy-*")
    assert len(json.loads(kept.read_bytes()[4:])) == 2


def test_a_second_command_does_without_sympy_and_verify_does_not(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(GATE % (1, 0))
    program = (
        "import sys; from derivgen.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\nprint('sympy' in sys.modules, file=sys.stderr)"
    )

    def run(*arguments: str) -> tuple[dict, str]:
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout) if "--json" in arguments else {}, done.stderr.split()[-1]

    first, imported = run("derive", "gate.yaml", "--json")
    assert imported == "True" and "kept" not in first["checks"]
    second, imported = run("derive", "gate.yaml", "--json")
    assert imported == "False" and second["checks"].pop("kept") > 0
    assert second == first and first["checks"]["roads"] == ["chain", "sympy", "differences"]
    assert run("verify", "gate.yaml")[1] == "True"
