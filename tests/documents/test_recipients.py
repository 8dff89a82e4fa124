"""Whose sheet it is stands on every page; the index of a file of keys and the table to enter marks in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, PageBreak, Table
from derivgen.documents.recipients import (
    LONGEST_NAME,
    Recipient,
    graded_items,
    grading_page,
    index_page,
    personalize,
)
from derivgen.language import Wording
from derivgen.maths.tree import Gap, Words
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import loads
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import ROOT, Pdf

ROWS = 34  # of an index on a4

CASES = [
    (Recipient("17"), "Student 17"),
    (Recipient("17", "Ana Sousa"), "Ana Sousa (17)"),
    (Recipient("17", "Ana Sousa", "B"), "Ana Sousa (17), group B"),
    (Recipient(group="B"), "Group B"),
    (Recipient("17", "A" * 60), "A" * (LONGEST_NAME - 1) + "… (17)"),
]


@pytest.mark.parametrize(("recipient", "said"), CASES, ids=[said[:20] for _, said in CASES])
def test_how_a_student_is_called(recipient: Recipient, said: str) -> None:
    assert recipient.text(Wording("en")) == said


def test_portuguese() -> None:
    assert Recipient("17", "Ana", "B").text(Wording("pt")) == "Ana (17), grupo B"


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_name_and_number_stand_on_every_page(audience: str) -> None:
    path: Path = ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml"
    text = path.read_text(encoding="utf-8").replace("points:", "fields: [name, id, date], points:")
    evaluation = evaluate(loads(text))
    spec = evaluation.graph.spec
    document = personalize(compose(evaluation, audience), spec, Recipient("2023_017", "José & Søren", code="3f9a-2c1d"))
    pdf = Pdf(typeset(render_latex(document, style_of(evaluation))))
    assert len(pdf.pages) > 1
    for page in pdf.pages:
        assert "José & Søren (2023_017)" in page
        assert "3f9a-2c1d" in page
    assert pdf.pages[0].count("José & Søren") == 2
    assert pdf.pages[0].count("2023_017") == 2
    plain = Pdf(typeset(render_latex(compose(evaluation, audience), style_of(evaluation))))
    assert len(plain.pages) == len(pdf.pages)


SPEC = """\
title: One neuron
language: {language}
equations: |
  z = w*x + b
  L = (y - z)^2
inputs: [x]
targets: [y]
values: {{x: 2, w: 1/2, b: -1, y: 1}}
worksheet: {{points: {{forward: 4, {points}}}}}
"""


def tables(document: Document) -> Iterator[Table]:
    return (block for block in document.blocks if isinstance(block, Table))


def words(row: tuple) -> list[str]:
    """A row's cells as texts."""
    return [cell.text if isinstance(cell, Words) else "" if cell is None else "□" for cell in row]


@pytest.mark.parametrize(
    ("points", "steps"),
    [
        ("gradients: 3", [("1", "Forward pass", 4), ("2", "Chains", 0), ("3", "Local derivatives", 0), ("4", "Gradients", 3)]),
        (
            "w: 2, b: 1",
            [("1", "Forward pass", 4), ("2", "Chains", 0), ("3", "Local derivatives", 0), ("4", "dL/dw", 2), ("4", "dL/db", 1)],
        ),
    ],
)
def test_steps_are_tasks_or_gradients_with_points_of_their_own(points: str, steps: list) -> None:
    evaluation = evaluate(loads(SPEC.format(language="en", points=points)))
    found = graded_items(compose(evaluation, "key"), evaluation.graph.spec)
    assert [(step.number, step.title, step.worth) for step in found] == steps


def test_the_table_for_marks_in_portuguese() -> None:
    evaluation = evaluate(loads(SPEC.format(language="pt", points="gradients: 7/2")))
    spec = evaluation.graph.spec
    page = grading_page(
        spec, "T", graded_items(compose(evaluation, "key"), spec), [Recipient("17", "Zé"), Recipient("18", "محمد")]
    )
    (table,) = tables(page)
    assert words(table.header) == ["Matrícula", "Nome", "1 (4)", "2", "3", "4 (3,5)", "Total (7,5)"]
    assert [words(row)[:2] for row in table.rows] == [["17", "Zé"], ["18", ""]]
    assert all(isinstance(cell, Gap) for row in table.rows for cell in row[2:])
    assert table.given == 2
    assert "Matrícula" in Pdf(typeset(render_latex(page))).pages[0]


@pytest.mark.parametrize(
    ("count", "name", "columns"), [(3, "", 1), (ROWS + 1, "", 2), (300, "", 3), (300, "Maria da Conceição", 1)]
)
def test_the_index_goes_down_one_column_after_another(count: int, name: str, columns: int) -> None:
    spec = loads(SPEC.format(language="en", points="w: 1"))
    numbers = list(range(1, count + 1))
    page = index_page(spec, "T", [Recipient(f"2023{number:03}", name) for number in numbers], [2 * number for number in numbers])
    width = 3 if name else 2
    told: list[str] = []
    for table in tables(page):
        rows = [words(row) for row in table.rows]
        assert len(rows) <= ROWS
        for start in range(0, len(table.header), width + 1):
            told += [" ".join((row[start], row[start + width - 1])) for row in rows if row[start]]
    assert told == [f"2023{number:03} {2 * number}" for number in numbers]
    assert len(next(tables(page)).header) == columns * (width + 1) - 1
    assert sum(isinstance(block, PageBreak) for block in page.blocks) == len(list(tables(page))) - 1
    assert len(Pdf(typeset(render_latex(page))).pages) == len(list(tables(page)))
