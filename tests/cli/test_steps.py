"""`derivgen steps`: what it prints, how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.product import ROOT

SIGMOID = """\
d/dx(1/(1 + exp(-x)))
  = -d/dx(1 + exp(-x))/(1 + exp(-x))²                     reciprocal rule
  = -d/dx(exp(-x))/(1 + exp(-x))²                         a constant term has derivative 0
  = -d/du(exp(u))·d/dx(-x)/(1 + exp(-x))²                 chain rule with u = -x
  = -exp(u)·d/dx(-x)/(1 + exp(-x))²                       derivative of the exponential
  = -exp(u)·(-d/dx(x))/(1 + exp(-x))²                     constant factor
  = -exp(u)·(-1)/(1 + exp(-x))²                           derivative of x by itself
  = -exp(-x)·(-1)/(1 + exp(-x))²                          u = -x put back
  = exp(-x)/(1 + exp(-x))²                                numbers and signs collected
  = 1/(1 + exp(-x))·(exp(-x)/(1 + exp(-x)))               one fraction for each factor
  = 1/(1 + exp(-x))·(((1 + exp(-x)) - 1)/(1 + exp(-x)))   1 added and taken off
  = 1/(1 + exp(-x))·(1 - 1/(1 + exp(-x)))                 the fraction split
  = sig(x)·(1 - sig(x))                                   sig(x) = 1/(1 + exp(-x))
"""


def test_the_sigmoid(derivgen: Shell) -> None:
    said = derivgen("steps", "1/(1+exp(-x))", "--wrt", "x")
    assert (said.code, said.err) == (0, "")
    assert said.out == SIGMOID


def test_in_portuguese(derivgen: Shell) -> None:
    said = derivgen("steps", "x*sin(x)", "--language", "pt")
    assert said.out.splitlines()[1:] == [
        "  = d/dx(x)·sin(x) + x·d/dx(sin(x))   regra do produto",
        "  = sin(x) + x·d/dx(sin(x))           derivada de x em relação a si mesmo",
        "  = sin(x) + x·cos(x)                 derivada do seno",
    ]


def test_as_json(derivgen: Shell) -> None:
    found = json.loads(derivgen("steps", "(y - w*x)^2", "--wrt", "w", "--json").out)
    assert (found["expression"], found["wrt"], found["result"]) == ("(y - w*x)^2", "w", "-(2*(y - w*x)*x)")
    assert found["checks"] == {"equalities": len(found["steps"]), "failed": 0, "unchecked": 0}
    assert found["steps"][0]["rule"] == "chain rule with u = y - w·x"
    assert [step["kind"] for step in found["steps"]][-2:] == ["tidying", "tidying"]
    assert all(a["after"] == b["before"] for a, b in zip(found["steps"], found["steps"][1:], strict=False))


def test_as_latex(derivgen: Shell) -> None:
    said = derivgen("steps", "ln(x)/x", "--format", "tex")
    assert said.out.splitlines() == [
        r"\begin{align*}",
        r"  \frac{d}{dx}\!\left( \frac{\ln(x)}{x} \right) &= "
        r"\frac{x \cdot \frac{d}{dx}(\ln(x)) - \ln(x) \cdot \frac{d}{dx}(x)}{x^{2}} && \text{quotient rule} \\",
        r"   &= \frac{x \cdot \frac{1}{x} - \ln(x) \cdot \frac{d}{dx}(x)}{x^{2}} && \text{derivative of the logarithm} \\",
        r"   &= \frac{x \cdot \frac{1}{x} - \ln(x)}{x^{2}} && \text{derivative of }x\text{ by itself} \\",
        r"   &= \frac{1 - \ln(x)}{x^{2}} && \text{cancelled}",
        r"\end{align*}",
    ]


WRONG = [
    (("2x",), "<expression>:1:2: no sign between '2' and 'x'\n  2x\n   ^\n  hint: multiplication is written out: 2*x\n"),
    (("x*y",), "<expression>:1:1: by which name? x*y has x, y\n  x*y\n  ^^^\n  hint: choose it: --wrt x\n"),
    (("x^2", "--wrt", "z"), "--wrt:1:1: z does not stand in x^2\n  z\n  ^\n  hint: its names are: x\n"),
    (("xhat^2", "--wrt", "xhst"), "--wrt:1:1: xhst does not stand in xhat^2\n  xhst\n  ^^^^\n  hint: did you mean xhat?\n"),
    (("3 + 4",), "<expression>:1:1: there is no name to differentiate by\n  3 + 4\n  ^^^^^\n  hint: for example  x^2*exp(-x)\n"),
    (
        ("1 + softmax(x, 1)",),
        "<expression>:1:5: softmax has several outputs\n  1 + softmax(x, 1)\n      ^^^^^^^\n"
        "  hint: ask for the first one by name: softmax\n",
    ),
    (("x", "--language", "xx"), "--language:1:1: there is no language 'xx'\n  xx\n  ^^\n  hint: there are en, pt\n"),
    (("",), "<expression>:1:1: an expression is missing\n"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments) or "empty" for arguments, _ in WRONG])
def test_what_is_wrong_is_told(arguments: tuple[str, ...], message: str, derivgen: Shell) -> None:
    said = derivgen("steps", *arguments)
    assert (said.code, said.out, said.err) == (2, "", message)


@pytest.mark.parametrize(
    "text",
    [
        "*".join(["(x + 1)"] * 3000),
        "*".join(f"exp({k}*x)" for k in range(2, 50)) + "*" + "*".join(f"sin({k}*x)" for k in range(2, 18)),
        "(" * 50 + "x" + ")^2" * 50,
        "exp(" * 40 + "x" + ")" * 40,
        "__import__('os').system('true')",
        "x^x^x^x^x^x^x^x",
        "((((x/(x+1))^2/(x+2))^2/(x+3))^2/(x+4))^2",
    ],
    ids=["long", "many lines", "powers", "towers", "python", "exponents", "quotients"],
)
def test_too_much_is_refused_or_done_in_time(text: str, derivgen: Shell) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = derivgen("steps", text, "--wrt", "x")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert said.code in (0, 2)
    assert after.ru_utime - before.ru_utime < 30  # seconds of CPU time, some ten times what it takes


def test_a_false_line_is_exit_code_1(tmp_path: Path) -> None:
    program = (
        "from derivgen.derivation import rules\n"
        "from derivgen.derivation.rules import Applied, Rule\n"
        "from derivgen.maths.tree import ZERO\n"
        "rules.RULES['power'] = lambda open_, setting: Applied(Rule('power rule'), open_.body)\n"
        "from derivgen.cli import main\n"
        "main(['steps', 'x^3'])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=1200, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("a line is false (step 1): d/dx(x^3) = x^3: ")


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys\nfrom derivgen.cli.steps import run_steps\nrun_steps('sig', None, 'text', 'en')\n"
        "print([name for name in ('sympy', 'numpy', 'yaml', 'rich', 'babel', 'jinja2') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=1200, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_name_may_stand_behind_the_expression(derivgen: Shell) -> None:
    said = derivgen("steps", "x/sqrt(s)", "s")
    assert said.out == derivgen("steps", "x/sqrt(s)", "--wrt", "s").out and said.code == 0
    assert derivgen("steps", "x/sqrt(s)", "s", "--wrt", "s").out == said.out
    assert "by which name, s or x" in derivgen("steps", "x/sqrt(s)", "s", "--wrt", "x").err
