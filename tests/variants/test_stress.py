"""A stress test's figures are those of its variants, and it finds what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivgen.documents.uniform_layout import lengths_of
from derivgen.drawings.plot import histograms
from derivgen.maths import functions
from derivgen.variants.records import variant
from derivgen.variants.stress import stress
from tests.variants.spaces import AND_GATE, search

COUNT = 150


def test_the_figures_are_those_of_the_variants() -> None:
    found = stress(search(AND_GATE), COUNT)
    records = search(AND_GATE).records([(str(k + 1), "") for k in range(COUNT)])
    exact = [variant(search(AND_GATE).derivation, record) for record in records]
    assert found.failures == ()
    for spread in found.spreads:
        name = spread.name
        numbers = sorted(float((one.values if name == "Loss" else one.adjoints)[name][0]) for one in exact)
        assert spread.marks[0] == pytest.approx(numbers[0])
        assert spread.marks[4] == pytest.approx(numbers[-1])
        assert spread.marks[2] == pytest.approx((numbers[COUNT // 2 - 1] + numbers[COUNT // 2]) / 2)
        assert spread.zero == sum(number == 0 for number in numbers) / COUNT
        assert 0.9 * COUNT <= sum(spread.counts) <= COUNT
    dead = sum(all(value <= 0 for value in one.values["Z_3"]) for one in exact) / COUNT
    saturated = sum(any(a * (1 - a) < 0.01 for a in one.values["A_5"]) for one in exact) / COUNT
    assert 0 < found.dead["A_3"] == dead
    assert found.saturated == {"A_5": saturated}
    assert found.twins == COUNT - len({record.numbers for record in records})


def test_few_variants_are_alike_as_often_as_chance_says() -> None:
    found = stress(search("equations: L = (w*x - 1)^2\nrandom: {w: {integers: [1, 3]}, x: {list: [1, 2]}}"), 40)
    assert found.twins == 34
    assert found.chance == 1.0
    assert found.space == 6


def test_a_wrong_rule_fails_from_the_first_variant_on(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**functions.FUNCTIONS, "sigmoid": replace(functions.FUNCTIONS["sigmoid"], derivatives=("f*(1 - f) + 1/10^6",))}
    monkeypatch.setattr(functions, "FUNCTIONS", table)
    found = stress(search(AND_GATE), 20)
    assert found.failures[0].record.student == "1"
    assert all("is wrong" in each.failure for each in found.failures)
    assert len(found.failures) == 20


def test_the_picture_has_a_histogram_for_each_answer() -> None:
    found = stress(search(AND_GATE), 30)
    drawing = histograms(found, "Loss")
    assert len(drawing.curves) == len(found.spreads) == 10
    assert drawing.width > drawing.height > 5


def test_the_longest_answers_are_measured_on_their_sheets() -> None:
    found = stress(search(AND_GATE), 30)
    assert len(found.longest) == 3
    lengths = lengths_of(variant(search(AND_GATE).derivation, found.longest[0].record))
    assert lengths.line > 10
    assert lengths.gap > 2


def test_a_variant_without_a_value_is_named() -> None:
    found = stress(search("equations: L = 1/(w - x)\nrandom: {'*': {integers: [0, 1]}}"), 30)
    assert found.failures
    assert all("division by zero" in each.failure for each in found.failures)
