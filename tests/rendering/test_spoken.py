"""Lines of equations in words: relations, reasons, in both languages."""

from __future__ import annotations

import pytest

from derivgen.documents.document import Line, Math, Text
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Gap, Partial, Sym, number
from derivgen.present.speech import with_numbers
from derivgen.rendering.lines import spoken_line, spoken_prose

LINE = Line(Partial(Sym("L"), Sym("w")), (("=", Sym("x")), ("≈", Gap(3.0))), (Text("chain rule with "), Math(Sym("u"))))
SAID = {
    "en": "the partial derivative of L with respect to w equals x is about gap 1 of 1; chain rule with u",
    "pt": "a derivada parcial de L em relação a w é igual a x é aproximadamente lacuna 1 de 1; chain rule with u",
}
RELATIONS = [(":=", "w is defined as 2", "w é definido como 2"), ("←", "w becomes 2", "w passa a ser 2")]


@pytest.mark.parametrize("language", SAID)
def test_a_line_in_words(language: str) -> None:
    assert with_numbers(spoken_line(LINE, DEFAULT, language)) == SAID[language]


@pytest.mark.parametrize(("relation", "english", "portuguese"), RELATIONS)
def test_other_relations(relation: str, english: str, portuguese: str) -> None:
    line = Line(Sym("w"), ((relation, number(2)),))
    assert spoken_line(line, DEFAULT, "en") == english
    assert spoken_line(line, DEFAULT, "pt") == portuguese


def test_a_line_that_goes_on() -> None:
    assert spoken_line(Line(None, (("=", Sym("x")),)), DEFAULT, "en") == "equals x"
    assert spoken_prose((Text("at "), Math(Sym("x_1"))), DEFAULT, "en") == "at x sub 1"
