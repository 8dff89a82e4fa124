"""Hints: the author's first, then what leads on, then how it is typed; for every gap of every spec, and never the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from derivgen.documents.accepted import FormulaAnswer, NumberAnswer, PartialAnswer, accepted, trial_points
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.hints import hints
from derivgen.documents.sheet import Sheet
from derivgen.language import Wording
from derivgen.maths.tree import Expr, Filled
from derivgen.present.unicode import text
from derivgen.rendering.html import blanks
from derivgen.work import work
from tests.product import ROOT, SPECS

NEURON = ROOT / "specs/small/one_neuron.yaml"
NEWTON = ROOT / "specs/small/newton_step.yaml"
GATE = ROOT / "specs/notes/002_and_gate_numbers.yaml"
EXACT = "Type the exact number or fraction; a rounded one needs 4 digits or more."


def hinted(spec: Path) -> list[tuple[str, Expr, type, Sequence[str]]]:
    """Of each gap: what it belongs to, its answer, its kind, its hints."""
    evaluation = as_printed(work(spec).evaluation)
    style, places = style_of(evaluation), trial_points(evaluation)
    sheet = Sheet(evaluation, "worksheet", Wording(evaluation.graph.spec.language), style)
    found = []
    for blank in blanks(compose(evaluation, "key"), style):
        assert isinstance(blank.gap, Filled)
        takes = accepted(blank.gap.content, evaluation, places)
        found.append((blank.about, blank.gap.content, type(takes), hints(sheet, blank.of, takes)))
    return found


def test_every_gap_of_every_spec_has_a_hint_that_is_not_its_answer() -> None:
    gaps = [gap for spec in SPECS for gap in hinted(spec)]
    assert len(gaps) > 1000
    assert [about for about, _, _, given in gaps if not given] == []
    telling = [(about, text(answer)) for about, answer, kind, given in gaps if kind is not NumberAnswer and len(text(answer)) > 3
               for hint in given if f" {text(answer)} " in f" {hint} "]  # fmt: skip
    assert telling == []


@pytest.mark.parametrize(
    ("spec", "about", "kind", "expected"),
    [
        (NEURON, "a", NumberAnswer, ("Put the numbers into a = sig(z).", EXACT)),
        (NEURON, "∂a/∂z", FormulaAnswer, ("Differentiate a = sig(z) by z; every other name counts as a constant.",)),
        (
            NEWTON,
            "∂²L/∂w²",
            FormulaAnswer,
            ("Take ∂L/∂w in its last form, and differentiate it by w; what depends on w is not constant.",),
        ),
        (NEURON, "∂L/∂w", FormulaAnswer, ("Work out each factor of its chain, and multiply them.",)),
        (NEURON, "∂L/∂w", NumberAnswer, ("Put the numbers into the formula before it.", EXACT)),
        (
            GATE,
            "∂Loss/∂W₁₃",
            NumberAnswer,
            ("Put the numbers into the formula before it; a sum takes one term from each sample.", EXACT),
        ),
        (
            GATE,
            "∂Loss/∂W₃₅",
            PartialAnswer,
            (
                "From Loss back to W₃₅: what stands below in one factor stands above in the next.",
                "The chain has 3 factors.",
                "It is typed like dL/dw: dLoss/dW_35.",
            ),
        ),
    ],
)
def test_hints(spec: Path, about: str, kind: type, expected: tuple[str, ...]) -> None:
    assert next(given for of, _, found, given in hinted(spec) if of == about and found is kind) == expected


def test_only_what_adds_up_the_samples_is_said_to() -> None:
    said = {about for about, _, _, given in hinted(GATE) if any("sum(" in hint for hint in given)}
    assert said == {f"∂Loss/∂{name}" for name in ("W₁₃", "W₂₃", "b₃", "W₁₄", "W₂₄", "b₄", "W₃₅", "W₄₅", "b₅")}


def test_the_authors_hint_comes_first(tmp_path: Path) -> None:
    spec = tmp_path / NEURON.name
    written = NEURON.read_text(encoding="utf-8").replace("worksheet: {", 'worksheet: {hints: {w: "start at $L$, and mind $a$"}, ')
    spec.write_text(written, encoding="utf-8")
    given = next(given for about, _, kind, given in hinted(spec) if about == "∂L/∂w" and kind is PartialAnswer)
    assert given[0] == "start at L, and mind a"
