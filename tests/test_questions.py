"""Questions asked in public, as specs: the numbers that are known to be right, and the form that the books have."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derivgen.cli.commands import main

FOLDER = Path(__file__).parent / "questions"
QUESTIONS = sorted(FOLDER.glob("*.yaml"))
REFUSED = {"e_power": "hint: write exp(-z)"}
FORMS = {
    "bce_saturated": {"w": "(a - y)*x", "b": "a - y"},
    "bn_batch": {"g": "2*mean((yhat - y)*xhat)", "b": "2*mean(yhat - y)"},
    "l2_symbolic": {"w_1": "mean((a - y)*x_1) + lambda*w_1/m", "b": "mean(a - y)"},
    "kl_onehot": {"z_1": "p_1 - y_1"},
    "logcosh": {"w": "sinh(r)*x/cosh(r)"},
    "neurons_ce": {"W_13": "(A_3 - y_1)*x_1", "b_4": "A_4 - y_2"},
    "rmse": {"w": "mean((yhat - y)*x/L)"},
    "softmax_overflow": {"z_1": "p_1 - y_1"},
}


@cache
def derived(question: Path) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["derive", str(question), "--json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def known(question: Path) -> dict[str, float]:
    """The numbers in a question's last line: `# expected: loss 0.8; w 0.003, b 0.0`."""
    last = question.read_text(encoding="utf-8").splitlines()[-1]
    found = re.findall(r"(?:^|[ ,;:])([A-Za-z]\w*) (-?\d[\d.]*)", last) if last.startswith("# expected: loss") else []
    return {name: float(number) for name, number in found}


def test_some_questions_have_known_answers() -> None:
    assert len(QUESTIONS) > 15
    assert sum(bool(known(question)) for question in QUESTIONS) >= 6


@pytest.mark.parametrize("question", [q for q in QUESTIONS if known(q)], ids=lambda q: q.stem)
def test_the_numbers_are_right(question: Path) -> None:
    found = derived(question)
    for name, number in known(question).items():
        ours = found["quantities"][found["loss"]]["decimal"][0] if name == "loss" else found["gradients"][name]["decimal"]
        assert ours == pytest.approx(number, rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.stem not in REFUSED], ids=lambda q: q.stem)
def test_every_line_is_true_and_nothing_is_left_unchecked(question: Path) -> None:
    checks = derived(question)["checks"]
    assert checks["equalities"] > 0
    assert (checks["failed"], checks["unchecked"]) == (0, 0)


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_that_of_the_books(name: str) -> None:
    gradients = derived(FOLDER / f"{name}.yaml")["gradients"]
    assert {key: gradients[key]["simplified"] for key in FORMS[name]} == FORMS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_write(name: str) -> None:
    ran = CliRunner().invoke(main, ["derive", str(FOLDER / f"{name}.yaml"), "--json"])
    assert ran.exit_code == 2
    assert REFUSED[name] in ran.stderr


def test_a_kink_counts_once_and_only_the_gradients_it_touches_are_by_convention() -> None:
    checks = derived(FOLDER / "l1_zero.yaml")["checks"]
    assert checks["kinks"] == [{"quantity": "J", "sample": None, "function": "abs"}]
    assert checks["by_convention"] == ["w_1"]


def test_a_name_that_nobody_gives_a_number_is_an_open_constant_of_a_symbolic_spec() -> None:
    found = derived(FOLDER / "l2_symbolic.yaml")
    assert (found["quantities"]["lambda"]["role"], found["quantities"]["lambda"]["value"]) == ("constant", None)
    assert list(found["gradients"]) == ["w_1", "w_2", "b"]


def test_saturated_losses_have_their_values() -> None:
    """ln(1 - sig(800)) is about -800 with the target on the other side, and 1 - sig of it next to nothing on its own."""
    wrong = derived(FOLDER / "bce_saturated_wrong.yaml")
    assert wrong["quantities"][wrong["loss"]]["decimal"][0] == pytest.approx(801)
    overflow = derived(FOLDER / "softmax_overflow.yaml")
    assert overflow["quantities"][overflow["loss"]]["decimal"][0] == pytest.approx(858)
