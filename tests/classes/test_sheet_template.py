"""Sheets filled in from a template are to the letter those that are composed; where they would not be, it is said why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from derivgen import __version__
from derivgen.classes import sheet_template, sheets
from derivgen.classes.assignments import Assignment
from derivgen.classes.job import Job, derivation_of, serialize
from derivgen.classes.preparation import layout_of, templates_of
from derivgen.classes.sheet_template import SheetTemplate, SheetTemplates, compile_templates, evaluation_of
from derivgen.documents.compose import style_of
from derivgen.documents.document import Paragraph, Text
from derivgen.documents.uniform_layout import UniformLayout
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.slots import DependsOnNumberError, UnknownNumber
from derivgen.maths.tree import Compare, Filled, Neg, Product, Sum, Sym
from derivgen.present.measure import width_em
from derivgen.rendering.latex import render_parts, render_sheet
from derivgen.spec.load import load
from derivgen.variants.records import variant
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
NO_TEMPLATE = {
    "no numbers are drawn": GATE,
    "with `carry: shown` every number depends": DRAWN["tenths"] + "numbers: {carry: shown}\n",
    "x_1, a column of the data, is drawn": GATE + "random:\n  x_1: {integers: [-3, 3]}\n",
    "something else on the page is worked out from the gradient by w": DRAWN["rational"]
    + "update: {learning_rate: 1/10}\nworksheet: {tasks: [forward, update]}\n",
}


@pytest.fixture
def spec(tmp_path: Path) -> Callable[[str], bytes]:
    def made(text: str) -> bytes:
        file = tmp_path / "spec.yaml"
        file.write_text(text, encoding="utf-8")
        return serialize(load(str(file)))

    return made


def templates_for(spec_bytes: bytes) -> SheetTemplates:
    """The templates, which there are."""
    templates = templates_of(spec_bytes)
    assert isinstance(templates, SheetTemplates), templates
    return templates


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_filled_in_is_what_is_composed(spec, name):
    spec_bytes = spec(DRAWN[name])
    derivation, templates = derivation_of(spec_bytes), templates_for(spec_bytes)
    count = 80 if name == "gate" else 40
    records = [draw(derivation.graph.spec, "forms", str(number)) for number in range(count)]
    filled = list(templates.fill(*Verifier(derivation).chunk(records)))
    assert sum(texts["key"] is not None for texts in filled) > count * (0.4 if name == "wide" else 0.8)
    for record, texts in zip(records, filled, strict=True):
        evaluation = variant(derivation, record)
        for audience, text in texts.items():
            if text is not None:
                parts = render_parts(layout_of(spec_bytes).compose(evaluation, audience), style_of(evaluation))
                assert parts.body.endswith(f"\n{text.text}"), (name, record.student, audience)
                assert parts.preamble == text.preamble


PALETTE = [
    *(Fraction(number) for number in ("0", "1", "-1", "1/2", "-3/2", "2", "-12")),
    *(Fraction(number) for number in ("0.12345678", "-0.98765432", "0.0000001234567", "12345678.9123456", "1.00000001")),
]


@pytest.mark.parametrize("name", DRAWN)
def test_whatever_the_numbers_are(spec, name):
    """One and the same number everywhere, then all kinds side by side: of made-up numbers, too, the sheet is what is composed."""
    spec_bytes = spec(DRAWN[name])
    derivation, templates, layout = derivation_of(spec_bytes), templates_for(spec_bytes), layout_of(spec_bytes)
    sources = sheet_template._sources(derivation)
    turns = [[number] * len(sources) for number in PALETTE]
    turns += [[PALETTE[(at * 7 + at // 5 * 3 + turn * 5) % len(PALETTE)] for at in range(len(sources))] for turn in range(6)]
    for numbers in turns:
        evaluation = evaluation_of(derivation, dict(zip(sources, numbers, strict=True)))
        rendered = {source: templates.render(sheet_template._printed(evaluation, source)) for source in sources}
        for audience, template in templates.by_audience.items():
            page = render_sheet(layout.blank(evaluation, audience), style_of(evaluation))
            assert template.fill(rendered) == page


@pytest.mark.parametrize("why", NO_TEMPLATE)
def test_what_no_template_can_have_is_said(spec, why):
    assert why in str(templates_of(spec(NO_TEMPLATE[why])))


Z = UnknownNumber(("value", "z", 0), 0).slot


@pytest.mark.parametrize("expr", [Z, Filled(Z, 3.0), Compare("==", Sym("z"), Z), Sum((Filled(Z, 3.0), Filled(Z, 3.0)))])
def test_a_slot_may_stand_alone(expr):
    sheet_template._check_alone(expr)


@pytest.mark.parametrize("expr", [Neg(Z), Filled(Neg(Z), 3.0), Compare("==", Z, Sym("z")), Product((Sym("w"), Z))])
def test_a_slot_within_a_formula_is_refused(expr):
    with pytest.raises(DependsOnNumberError, match="z stands within a longer formula"):
        sheet_template._check_alone(expr)


def test_the_layout_may_not_depend_on_a_number():
    with pytest.raises(DependsOnNumberError, match="depends on how long z is"):
        width_em(Z)


def test_a_sheet_that_depends_on_its_numbers_in_another_way_has_no_template(spec, monkeypatch):
    whole = UniformLayout.blank

    def blank(self, evaluation, audience):
        document = whole(self, evaluation, audience)
        remark = (Paragraph((Text("A dead unit."),)),) if evaluation.values["a"][0] == 0 else ()
        return replace(document, blocks=(*document.blocks, *remark))

    monkeypatch.setattr(UniformLayout, "blank", blank)
    assert templates_of(spec(DRAWN["rational"] + "# once more\n")) == "something else on the page is worked out from a"


def test_a_template_that_does_not_give_a_sample_is_none(spec, monkeypatch):
    """What is said of a number's place alone is tried all the same."""
    spec_bytes = spec(DRAWN["rational"] + "# and again\n")
    filled = SheetTemplate.fill

    def fill(self, numbers):
        sheet = filled(self, numbers)
        return replace(sheet, text=sheet.text.replace("Forward", "Backward"))

    monkeypatch.setattr(SheetTemplate, "fill", fill)
    with pytest.raises(DependsOnNumberError, match="a worksheet that is filled in differs"):
        derivation = derivation_of(spec_bytes)
        record = draw(derivation.graph.spec, "sample", "1")
        compile_templates(derivation, layout_of(spec_bytes), [variant(derivation, record)], ("worksheet", "key"))


def test_a_wrong_line_on_a_sample_is_refused(spec, monkeypatch):
    from derivgen.errors import CheckError

    def refuse(document, evaluations):
        raise CheckError("a line is false")

    monkeypatch.setattr(sheet_template, "verify_document", refuse)
    with pytest.raises(CheckError, match="a line is false"):
        templates_of(spec(DRAWN["rational"].replace("One neuron", "Another")))


USES = [lambda n: n + 1, lambda n: -n, lambda n: n == 0, lambda n: n < 0, bool, str, lambda n: n.numerator]


@pytest.mark.parametrize("use", USES)
def test_nothing_but_to_print_can_be_done_with_an_unknown_number(use):
    number = UnknownNumber(("value", "z", 1), 7)
    assert shown(number, NumberFormat()).text == "\x027\x03"
    with pytest.raises(DependsOnNumberError, match="worked out from z in sample 2"):
        use(number)


def test_the_files_are_the_same_with_and_without(spec, monkeypatch):
    spec_bytes = spec(DRAWN["tenths"])
    drawn = derivation_of(spec_bytes).graph.spec
    assignments = [Assignment(Student(str(n), f"Ana {n}", ""), draw(drawn, "files", str(n))) for n in range(6)]
    job, made = Job(spec_bytes, version=__version__), []
    for least in (1, 1000):
        monkeypatch.setattr(sheets, "WORTH_TEMPLATES", least)
        made.append([(one.files, one.answers, one.failures) for one in sheets.make_sheets(job, serialize(assignments))])
    assert made[0] == made[1]
    assert all(len(files) == 2 for files, _, _ in made[0])


def test_a_variant_without_a_value_takes_the_long_way_where_that_is_told(spec):
    text = NEURON.format(language="en", function="ReLU").replace("w*x + b", "w/x + b")
    spec_bytes = spec(text + "random: {x: {integers: [1, 9]}, w: {integers: [1, 5]}}\n")
    derivation, templates = derivation_of(spec_bytes), templates_for(spec_bytes)
    records = [draw(derivation.graph.spec, "forms", str(number)) for number in range(4)]
    records[2] = replace(records[2], values={**records[2].values, "x": "0"})
    filled = list(templates.fill(*Verifier(derivation).chunk(records)))
    assert [texts["key"] is None for texts in filled] == [False, False, True, False]
