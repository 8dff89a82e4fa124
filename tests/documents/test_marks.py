"""A mark at a result is explained on the page it stands on, and only there."""

from __future__ import annotations

import pytest

from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose, together
from derivgen.documents.document import Equations, Line, Paragraph, Space, Task
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.tree import Filled, Marked, number, walk
from derivgen.spec.load import loads
from tests.product import every_formula, words

STEEP = """
language: {language}
equations: |
  u = w*x
  v = exp(u)
  L = mean(v*c)
values: {{w: {w}, c: 1/3}}
data: {{columns: [x], rows: [[1], [-1], [0.3]]}}
numbers: {{digits: 2, rounding: decimals}}
"""


def last_words(language: str, w: int, audience: str) -> tuple[str, int]:
    evaluation = run(derive(build(loads(STEEP.format(language=language, w=w)))))
    document = compose(evaluation, audience)
    marks = sum(isinstance(node, Marked) for formula in every_formula(document.blocks) for node in walk(formula))
    last = document.blocks[-1]
    return (words(last.prose) if isinstance(last, Paragraph) else ""), marks


@pytest.mark.parametrize(("language", "begins"), [("en", "† worked out from the exact"), ("pt", "† calculado com")])
def test_a_mark_is_explained(language: str, begins: str) -> None:
    text, marks = last_words(language, 27, "notes")
    assert marks and text.startswith(begins)


def test_without_a_mark_nothing_is_explained() -> None:
    text, marks = last_words("en", 1, "notes")
    assert not marks and "†" not in text


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_a_value_without_its_figures_has_no_mark(audience: str) -> None:
    assert last_words("en", 27, audience)[1] == 0


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_a_mark_on_a_sheet_is_explained_once_at_its_end(audience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = Equations((Line(None, (("≈", Filled(Marked(number(2)), 3.0, 1.4)),)),))
    task = Task("1", (), (), "", (Space(6, (marked,)),))
    evaluation = run(derive(build(loads(STEEP.format(language="en", w=1)))))
    plain = together((evaluation, evaluation), audience)
    assert not isinstance(plain.blocks[-1], Paragraph)
    monkeypatch.setattr("derivgen.documents.compose.tasks", lambda sheet, first: (task,))
    document = together((evaluation, evaluation), audience)
    said = [words(block.prose) for block in document.blocks if isinstance(block, Paragraph)]
    assert [text[:1] for text in said].count("†") == 1 and said[-1].startswith("†")
    assert document.blocks[-1] == Paragraph(document.blocks[-1].prose, "quiet")  # type: ignore[union-attr]
