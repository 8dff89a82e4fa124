"""Whose sheet it is stands on every page, and on the lines that ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.documents.bearer import LONGEST_NAME, Bearer, addressed
from derivgen.documents.compose import compose, style_of
from derivgen.language import Wording
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import loads
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import ROOT, Pdf

CASES = [
    (Bearer("17"), "Student 17"),
    (Bearer("17", "Ana Sousa"), "Ana Sousa (17)"),
    (Bearer("17", "Ana Sousa", "B"), "Ana Sousa (17), group B"),
    (Bearer(group="B"), "Group B"),
    (Bearer("17", "A" * 60), "A" * (LONGEST_NAME - 1) + "… (17)"),
]


@pytest.mark.parametrize(("bearer", "said"), CASES, ids=[said[:20] for _, said in CASES])
def test_how_a_student_is_called(bearer: Bearer, said: str) -> None:
    assert bearer.said(Wording("en")) == said


def test_portuguese() -> None:
    assert Bearer("17", "Ana", "B").said(Wording("pt")) == "Ana (17), grupo B"


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_name_and_number_stand_on_every_page(audience: str) -> None:
    path: Path = ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml"
    text = path.read_text(encoding="utf-8").replace("points:", "fields: [name, id, date], points:")
    evaluation = evaluate(loads(text))
    spec = evaluation.graph.spec
    document = addressed(compose(evaluation, audience), spec, Bearer("2023_017", "José & Søren", code="3f9a-2c1d"))
    pdf = Pdf(typeset(render_latex(document, style_of(evaluation))))
    assert len(pdf.pages) > 1
    for page in pdf.pages:
        assert "José & Søren (2023_017)" in page
        assert "3f9a-2c1d" in page
    assert pdf.pages[0].count("José & Søren") == 2
    assert pdf.pages[0].count("2023_017") == 2
    plain = Pdf(typeset(render_latex(compose(evaluation, audience), style_of(evaluation))))
    assert len(plain.pages) == len(pdf.pages)
