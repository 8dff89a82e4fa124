"""One width per number: what a page shows of a quantity is the same wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.derivation.derive import derive
from derivgen.documents import compose as composing
from derivgen.documents.compose import as_printed, compose
from derivgen.documents.document import each_block, expressions
from derivgen.documents.widths import printed_lines, with_widths
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.numbers import fraction_of
from derivgen.maths.tree import Marked, Shown, Slot, walk
from derivgen.spec.load import load, loads
from tests.product import ROOT, SPECS

CIRCLES = ("logistic_with_penalty", "weight_decay")
"""In their tables a number is a factor in one column and, times 1, a share in another, with fewer digits."""


def evaluated(path: Path) -> Evaluation:
    return run(derive(build(load(path))))


def figures(evaluation: Evaluation, audience: str) -> dict[str, set[str]]:
    """By number, to 40 digits and without its sign: how it is printed in a document, where it is rounded there."""
    found: dict[str, set[str]] = {}
    for block in each_block(compose(evaluation, audience).blocks):
        for node in (node for expr in expressions(block) for node in walk(expr)):
            if isinstance(node, Shown) and not isinstance(node, Slot) and not node.exact:
                number = f"{float(abs(fraction_of(node.value))):.12e}"
                found.setdefault(number, set()).add(node.text.removeprefix("-"))
    return found


def quantities(evaluation: Evaluation) -> dict[str, str]:
    """By number: one name that has it, in one sample; or ∂loss/∂ that name."""
    found: dict[str, str] = {}
    for kind, each in (("", evaluation.values), ("d ", evaluation.adjoints)):
        for name, numbers in each.items():
            for sample, number in enumerate(numbers):
                try:
                    found.setdefault(f"{float(abs(fraction_of(number))):.12e}", f"{kind}{name}[{sample + 1}]")
                except (DomainError, OverflowError):
                    continue
    return found


def unequal(evaluation: Evaluation, audience: str) -> dict[str, set[str]]:
    """The quantities that are printed in more than one way."""
    names = quantities(as_printed(evaluation, audience))
    return {names[number]: texts for number, texts in figures(evaluation, audience).items() if number in names and len(texts) > 1}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_each_quantity_has_one_text(path: Path) -> None:
    evaluation = evaluated(path)
    found = {audience: unequal(evaluation, audience) for audience in ("notes", "key")}
    if path.stem in CIRCLES:
        assert found["key"] == {}
    else:
        assert found == {"notes": {}, "key": {}}


@pytest.mark.parametrize("path", [path for path in SPECS if path.parent.name == "small"], ids=lambda path: path.stem)
def test_key_and_notes_agree(path: Path) -> None:
    evaluation = evaluated(path)
    if evaluation.graph.spec.random is not None or path.stem in CIRCLES:
        return
    notes, key = figures(evaluation, "notes"), figures(evaluation, "key")
    assert {number: (texts, notes[number]) for number, texts in key.items() if notes.get(number, texts) != texts} == {}


def test_it_is_seen_where_each_line_decides_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = evaluated(ROOT / "specs/small/mazur.yaml")
    assert len(figures(evaluation, "notes")) > 20 and unequal(evaluation, "notes") == {}
    monkeypatch.setattr(composing, "with_widths", lambda evaluation: evaluation)
    assert unequal(evaluation, "notes")["out_h1[1]"] == {"0.5933", "0.593270"}


def test_no_longer_than_the_lines_need() -> None:
    found = figures(evaluated(ROOT / "specs/small/mazur.yaml"), "notes")
    assert {len(text.lstrip("0.").replace(".", "")) for texts in found.values() for text in texts} == {4}


def test_a_line_that_does_not_come_out_makes_its_numbers_longer_everywhere() -> None:
    text = "equations: |\n  a = sig(x)\n  L = (a - 0.7)^2\nvalues: {x: 0.85}\nwrt: [x]\n"
    evaluation = run(derive(build(loads(text))))
    wide = with_widths(evaluation)
    assert wide.widths is not None and max(wide.widths.values()) > 0
    lines = printed_lines(wide)
    assert not any(isinstance(node, Marked) for line in lines for side in line.sides for node in walk(side))
    texts = {node.text for line in lines for side in line.sides for node in walk(side) if isinstance(node, Shown)}
    ours = {each for each in texts if each.startswith("0.70")}
    assert len(ours) == 1 and len(ours.pop()) > len("0.7006")


def test_numbers_carried_on_rounded_stay_as_they_are() -> None:
    evaluation = as_printed(evaluated(ROOT / "specs/small/pocket_calculator.yaml"))
    assert with_widths(evaluation) is evaluation and evaluation.widths is None
