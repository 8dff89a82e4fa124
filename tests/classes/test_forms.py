"""Sheets filled in from a form are to the letter those that are composed; where they would not be, there is no form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from derivgen import __version__
from derivgen.classes import sheets
from derivgen.classes.order import Order
from derivgen.classes.packing import derivation_of, packed
from derivgen.classes.presses import alike_of, forms_for
from derivgen.classes.seats import Seat
from derivgen.documents.alike import Alike
from derivgen.documents.compose import style_of
from derivgen.documents.document import Paragraph, Text
from derivgen.rendering.latex import render_parts
from derivgen.spec.load import load
from derivgen.variants.filling import variant
from derivgen.variants.roster import Student
from derivgen.variants.search import draw
from derivgen.variants.verifying import Verifier
from tests.product import ROOT

GATE = (ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml").read_text(encoding="utf-8")
NEURON = """
title: One neuron
language: {language}
equations: |
  z = w*x + b
  a = {function}(z)
  L = (y - a)^2
inputs: [x]
targets: [y]
values: {{x: 2, w: 1/2, b: -1, y: 1}}
"""
DRAWN = {
    "gate": GATE + "random:\n  W_*: {integers: [-3, 3], nonzero: true}\n  b_*: {halves: [-2, 2]}\n",
    "wide": GATE + "random:\n  W_*: {integers: [-40, 40]}\n  b_*: {list: [0, 1/7, -22/7]}\n",
    "tenths": NEURON.format(language="en", function="sig") + "random: {w: {tenths: [-2, 2]}, b: {integers: [-2, 2]}}\n",
    "comma": NEURON.format(language="pt", function="tanh") + "random: {w: {list: [0.25, -1.5, 3, 0]}, x: {integers: [-9, 9]}}\n",
    "rational": NEURON.format(language="en", function="ReLU") + "random: {w: {halves: [-3, 3]}, y: {integers: [-5, 5]}}\n",
}
NO_FORM = {
    "nothing drawn": GATE,
    "rounded before it is used": DRAWN["tenths"] + "numbers: {carry: shown}\n",
    "data drawn": GATE + "random:\n  x_1: {integers: [-3, 3]}\n",
}


@pytest.fixture
def spec(tmp_path: Path) -> Callable[[str], bytes]:
    def made(text: str) -> bytes:
        file = tmp_path / "spec.yaml"
        file.write_text(text, encoding="utf-8")
        return packed(load(str(file)))

    return made


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_filled_in_is_what_is_composed(spec, name):
    pack = spec(DRAWN[name])
    derivation, forms = derivation_of(pack), forms_for(pack)
    assert forms is not None
    count = 80 if name == "gate" else 40
    records = [draw(derivation.graph.spec, "forms", str(number)) for number in range(count)]
    filled = list(forms.filled(*Verifier(derivation).chunk(records)))
    assert sum(texts["key"] is not None for texts in filled) > count * (0.4 if name == "wide" else 0.8)
    for record, texts in zip(records, filled, strict=True):
        evaluation = variant(derivation, record)
        for audience, text in texts.items():
            if text is not None:
                parts = render_parts(alike_of(pack).compose(evaluation, audience), style_of(evaluation), among_many=True)
                assert parts.body.endswith(f"\n{text.text}"), (name, record.student, audience)
                assert (parts.preamble, parts.drawings) == (text.preamble, text.drawings)


@pytest.mark.parametrize("why", NO_FORM)
def test_what_a_form_cannot_have_has_none(spec, why):
    assert forms_for(spec(NO_FORM[why])) is None


def test_a_sheet_that_depends_on_its_numbers_in_another_way_has_no_form(spec, monkeypatch):
    whole = Alike.blank

    def blank(self, evaluation, audience):
        document = whole(self, evaluation, audience)
        remark = (Paragraph((Text("A dead unit."),)),) if evaluation.values["a"][0] == 0 else ()
        return replace(document, blocks=(*document.blocks, *remark))

    monkeypatch.setattr(Alike, "blank", blank)
    assert forms_for(spec(DRAWN["rational"] + "# once more\n")) is None


def test_a_wrong_line_on_a_sample_makes_no_form(spec, monkeypatch):
    from derivgen.classes import blanks
    from derivgen.errors import CheckError

    def refuse(document, evaluations):
        raise CheckError("a line is false")

    monkeypatch.setattr(blanks, "believe", refuse)
    assert forms_for(spec(DRAWN["rational"].replace("One neuron", "Another"))) is None


def test_the_files_are_the_same_with_and_without(spec, monkeypatch):
    pack = spec(DRAWN["tenths"])
    drawn = derivation_of(pack).graph.spec
    seats = [Seat(Student(str(n), f"Ana {n}", ""), draw(drawn, "files", str(n))) for n in range(6)]
    order, made = Order(pack, version=__version__), []
    for least in (1, 1000):
        monkeypatch.setattr(sheets, "WORTH_A_FORM", least)
        made.append([(one.files, one.answers, one.failures) for one in sheets.made_all(order, packed(seats))])
    assert made[0] == made[1]
    assert all(len(files) == 2 for files, _, _ in made[0])


def test_a_variant_without_a_value_takes_the_long_way_where_that_is_told(spec):
    text = NEURON.format(language="en", function="ReLU").replace("w*x + b", "w/x + b")
    pack = spec(text + "random: {x: {integers: [1, 9]}, w: {integers: [1, 5]}}\n")
    derivation, forms = derivation_of(pack), forms_for(pack)
    assert forms is not None
    records = [draw(derivation.graph.spec, "forms", str(number)) for number in range(4)]
    records[2] = replace(records[2], values={**records[2].values, "x": "0"})
    filled = list(forms.filled(*Verifier(derivation).chunk(records)))
    assert [texts["key"] is None for texts in filled] == [False, False, True, False]
