"""The contract of `derivgen check`, sentence by sentence: what a claim is, its verdicts, the exit codes, the keys of the JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivgen.claims.check import check
from derivgen.claims.claim import Claim
from derivgen.claims.spec_values import Measure
from derivgen.cli import main
from derivgen.spec.load import loads
from derivgen.work import evaluate

SPEC = """
equations: |
  z = w*x + b
  a = sig(z)
  L = (a - y)^2
inputs: [x]
targets: [y]
values: {w: 0.5, x: 2, b: -1, y: 1}
update: {learning_rate: 0.5}
"""
KEYS = ["line", "column", "left", "relation", "right", "verdict", "value", "printed", "against", "cause", "message"]


@pytest.fixture(scope="module")
def neuron() -> Measure:
    """One neuron: a = 1/2, L = 1/4, ∂L/∂w = -1/2, so that w becomes 0.75."""
    return Measure(evaluate(loads(SPEC)))


def of(text: str, measure: Measure | None = None) -> list[Claim]:
    """Return the claims of a text."""
    return list(check(text.encode(), "notes.md", measure).claims)


def verdicts(text: str, measure: Measure | None = None) -> list[str]:
    """Return the verdicts on a text."""
    return [claim.verdict for claim in of(text, measure)]


def run(*arguments: str, text: str = "") -> Result:
    """Run `derivgen check`."""
    return CliRunner().invoke(main, ["check", *arguments], input=text)


@pytest.mark.parametrize("relation", ["=", "≈", r"\approx", r"\doteq", ":="])
def test_every_relation_is_a_claim(relation: str) -> None:
    (claim,) = of(f"$0.5 + 0.25 {relation} 0.75$")
    assert (claim.verdict, claim.relation) == ("true", relation)
    assert verdicts(f"$0.5 + 0.25 {relation} 0.85$") == ["false"]


def test_three_sides_are_two_claims() -> None:
    found = of("$1 + 1 = 2 = 4 - 2$")
    assert [(claim.left, claim.right) for claim in found] == [("1 + 1", "2"), ("2", "4 - 2")]


def test_sides_are_evaluated_alone_with_the_file_and_with_the_spec(neuron: Measure) -> None:
    found = of(r"$0.5 \cdot 2 = 1$, $v = 3$, $2v = 6$, $w x = 1$, $\frac{\partial L}{\partial w} = -0.5$", neuron)
    assert [(claim.verdict, claim.against) for claim in found] == [("true", "own"), ("true", "file"), *[("true", "spec")] * 2]


def test_true_is_the_same_number_and_rounded_right_to_the_digits_printed() -> None:
    assert verdicts(r"$0.5 \cdot 0.5 = 0.25$, $0.5 \cdot 0.5 = 0.3$, $0.5 \cdot 0.25 = 0.12$") == ["true", "rounded", "rounded"]


def test_rounded_says_whether_the_figures_before_are_carried_unrounded() -> None:
    digits, carried = of(r"$y = \frac{1}{1+e^{-3.155}} = 0.9591$, $0.9591^2 = 0.91988$")
    assert (digits.verdict, carried.verdict) == ("rounded", "rounded")
    assert "unrounded" not in digits.message and "unrounded" in carried.message


def test_carried_holds_by_itself_but_rests_on_a_false_figure() -> None:
    found = of("$a = 0.5 + 0.5 = 1.1$, $b = 2 a = 2.2$, $2.2 + 1 = 3.2$, $c = 3 + 1 = 4$")
    assert [claim.verdict for claim in found] == ["false", "carried", "carried", "true"]
    assert verdicts("$a = 0.5 + 0.5 = 1.1$, $2 a = 2.3$") == ["false", "false"]
    assert verdicts("$a = 0.5 + 0.5 = 1.1$, $a (1 - a) = a - a^2$") == ["false", "true"]


def test_one_slip_does_not_make_everything_below_false() -> None:
    lines = " ".join(rf"$x_{k + 1} = x_{k} + 1 = {2.1 + k:.1f}$" for k in range(8))
    assert verdicts(f"$x_0 = 0.5 + 0.5 = 1.1$ {lines}") == ["false", *["carried"] * 8]


def test_a_wrong_derivation_carries_its_line(neuron: Measure) -> None:
    text = r"$\frac{\partial L}{\partial w} = 2(a - y) x = -2$, $w - 0.5 \cdot \frac{\partial L}{\partial w} = 1.5$"
    assert verdicts(text, neuron) == ["false", "carried", "carried"]


@pytest.mark.parametrize("text", ["$q + 1 = 2$", r"$\oint x = 1$", r"$1 = \begin{foo} 2$", r"$\pm 1 = 1$"])
def test_unread_says_why(text: str) -> None:
    found = of(text)
    assert all(claim.verdict == "unread" and claim.message for claim in found)


@pytest.mark.parametrize("arrow", [r"\leftarrow", r"\to", r"\gets", "←"])
def test_an_update_is_old_minus_rate_times_gradient(arrow: str, neuron: Measure) -> None:
    assert verdicts(rf"$w {arrow} 0.75$", neuron) == ["true"] and verdicts(rf"$w {arrow} 0.5$", neuron) == ["false"]
    assert verdicts(rf"$w {arrow} 0.75$") == ["unread"]
    known = r"$v = 0.5$, $\eta = 0.5$, $\frac{\partial L}{\partial v} = -0.5$, "
    assert verdicts(rf"{known}$v {arrow} 0.75$") == ["true"] and verdicts(rf"{known}$v {arrow} 0.5$") == ["false"]


@pytest.mark.parametrize("new", ["w^+", "w^{new}", r"w^{\text{new}}", "w^{(1)}"])
def test_an_updated_name_is_never_compared_with_the_old_value(new: str, neuron: Measure) -> None:
    assert verdicts(f"${new} = w - 0.5 (-0.5) = 0.75$", neuron) == ["true", "true"]
    assert verdicts(f"${new} = 0.5$", neuron) == ["false"]
    assert verdicts(f"$w = 0.5$, ${new} = 0.75$, $2 w = 1$") == ["true"]


@pytest.mark.parametrize("relation", ["=", ":="])
def test_an_assignment_to_a_name_in_it_is_an_update(relation: str, neuron: Measure) -> None:
    assert verdicts(f"$w = 0.5$, $w {relation} w - 0.5 (-0.5) = 0.75$, $2w = 1.5$", neuron) == ["true"] * 4


def test_what_is_defined_anew_is_a_new_step(neuron: Measure) -> None:
    assert verdicts("$v = 3$, $2v = 6$, $v = 4$, $2v = 8$") == ["true", "true"]
    again = r"$w = 0.5$, $z = 0$, $w^+ = 0.75$. Again: $w = 0.75$, $z = w x + b = 0.5$, $\frac{\partial L}{\partial w} = -0.2$"
    assert not {"false", "carried"} & set(verdicts(again, neuron))
    assert not {"false", "carried"} & set(verdicts("$L = 0.25$, $w^+ = 0.75$, and now $L = 0.14$", neuron))


def test_labels_are_definitions() -> None:
    assert verdicts("$E_1 = E_2 = 5$, $E_1 + E_2 = 10$, $E_1 = 6$") == ["true"]


def test_an_unmatched_name_is_never_false(neuron: Measure) -> None:
    text = r"$L_2 = 7$, $q = 1$, $\frac{\partial J}{\partial w} = 9$, $w^{[4]} = 2$, $a_{17} + 1 = 2$"
    assert not {"false", "carried"} & set(verdicts(text, neuron))


def test_names_are_matched_loosely_and_the_match_is_shown(tmp_path: Path, neuron: Measure) -> None:
    assert verdicts(r"$W = 0.5$, $\vec{w} = 0.5$", neuron) == ["true", "true"]
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "a.md").write_text("$W = 0.5$", encoding="utf-8")
    assert "W is w" in run(str(tmp_path / "a.md"), "--spec", str(tmp_path / "spec.yaml")).output


@pytest.mark.parametrize(
    "text",
    [
        "$$0.1 + 0.2\n+ 0.3\n= 0.6$$",
        r"$x = 3 \Rightarrow 2x = 6$",
        r"$\begin{pmatrix} 1 & 2 \end{pmatrix} \begin{pmatrix} 1 & 2 \end{pmatrix} = 5$",
        "$3 t + 1 = 7$",
        "$0.5 < 0.4$, $0.5 \\le 0.4$, $1 \\ne 1$",
        "Außerdem ist $x = 3$, donc $x^2 = 9$, então $x = 2$.",
    ],
)
def test_what_must_not_alarm(text: str) -> None:
    assert not {"false", "carried"} & set(verdicts(text))


def test_exit_codes(tmp_path: Path) -> None:
    files = {"true": "$1 = 1$", "false": "$1 = 2$", "unread": "$q = r$", "empty": ""}
    for name, text in files.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    codes = {name: run(str(tmp_path / f"{name}.md")).exit_code for name in (*files, "bytes", "missing")}
    assert codes == {"true": 0, "false": 1, "unread": 0, "empty": 0, "bytes": 2, "missing": 2}
    carried = run("-", text="$a = 0.5 + 0.5 = 1.1$, $2a = 2.2$")
    assert carried.exit_code == 1 and "1 false, 1 carried" in carried.output
    assert run().exit_code == 2 and run("-", "--spec", str(tmp_path / "missing.yaml"), text="$1 = 1$").exit_code == 2
    both = run(str(tmp_path / "bytes.md"), str(tmp_path / "false.md"))
    assert both.exit_code == 2 and "1 false" in both.output


def test_the_json_has_these_keys_and_no_others(tmp_path: Path) -> None:
    text = "a\n$$0.5 - 0.5 \\times 0.59 = 0.5$$ $q = r$"
    cells = [{"cell_type": "code", "source": "1"}, {"cell_type": "markdown", "source": [text]}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    whole = json.loads(run("--json", "-", str(tmp_path / "a.ipynb"), text=text).output)
    assert list(whole) == ["files"] and [list(file) for file in whole["files"]] == [["file", "claims", "counts"]] * 2
    stdin, notebook = whole["files"]
    assert stdin["file"] == "-" and list(stdin["counts"]) == ["true", "rounded", "false", "carried", "unread"]
    assert [list(claim) for claim in stdin["claims"]] == [KEYS] * len(stdin["claims"])
    assert [list(claim) for claim in notebook["claims"]] == [["cell", *KEYS]] * len(notebook["claims"])
    claim = stdin["claims"][0]
    assert {key: claim[key] for key in KEYS[:9]} == {
        **{"line": 2, "column": 27, "left": r"0.5 - 0.5 \times 0.59", "relation": "=", "right": "0.5", "verdict": "false"},
        **{"value": "0.205", "printed": "0.5", "against": "own"},
    }
    assert (notebook["claims"][0]["cell"], notebook["claims"][0]["line"]) == (2, 2)


@pytest.mark.parametrize(
    "chain",
    [
        r"\pd{E}{h_1} = \pd{E_1}{o_1} \pd{o_1}{h_1} + \pd{E_2}{o_2} \pd{o_2}{h_1}",
        r"\pd{L}{w_1} = \pd{L}{\hat y} \pd{\sigma}{z} \pd{z}{w}",
        r"\pd{L}{x_i} = \sum_{j=1}^3 \pd{L}{y_j} \pd{y_j}{x_i}",
        r"\pd{z}{w} \pd{L}{z} = \pd{L}{w}",
        r"\pd{L_3}{W} = \pd{L_3}{h_3} \pd{h_3}{h_2} \pd{h_2}{W}",
        r"\pd{out_{o1}}{w} = \pd{out_{O1}}{net_{o_1}} \pd{net_{o1}}{w}",
    ],
)
def test_chains_as_authors_write_them_do_not_alarm(chain: str) -> None:
    assert not {"false", "carried"} & set(verdicts(rf"\newcommand{{\pd}}[2]{{\frac{{\partial #1}}{{\partial #2}}}} ${chain}$"))
