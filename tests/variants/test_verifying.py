"""Every variant is verified; a wrong rule is caught on the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivgen.maths import functions
from derivgen.maths.numbers import rounds_to
from derivgen.variants import verifying
from derivgen.variants.answers import answers_of
from derivgen.variants.records import variant
from derivgen.variants.search import accepted_space
from derivgen.variants.verifying import Verifier
from tests.variants.spaces import AND_GATE, RATIONAL, SPACES, derivation, search


@pytest.mark.parametrize("name", SPACES)
def test_the_answers_are_those_of_exact_numbers(name: str) -> None:
    found = search(SPACES[name])
    records = found.records([(str(k), "") for k in range(80)])
    checked = list(Verifier(found.derivation).verified(records))
    assert [each.record for each in checked] == records
    right = 0
    for each in checked:
        if not each.failure:
            exact = variant(found.derivation, each.record)
            assert dict(each.answers) == answers_of(exact)
            numbers = {**exact.adjoints, exact.graph.loss: exact.values[exact.graph.loss]}
            printed = [(n, text) for name, texts in each.answers.items() for n, text in zip(numbers[name], texts, strict=True)]
            assert all(rounds_to(number, text) for number, text in printed if "/" not in text)
            right += 1
    assert right > 40


def test_kinks_by_convention_are_right_and_others_are_not_excused() -> None:
    text = "equations: L = ReLU(w)*abs(v) + max(w, v)\nrandom: {'*': {integers: [-1, 1]}}"
    found = search(text + "\nkinks: {ReLU: 1/2}")
    records = found.records([(str(k), "") for k in range(60)])
    checked = list(Verifier(found.derivation).verified(records))
    assert all(not each.failure for each in checked)
    on_kink = [each for each in checked if each.record.values == {"w": "0", "v": "1"}]
    assert on_kink
    assert on_kink[0].answers["w"] == ("1/2",)


@pytest.mark.parametrize(
    ("key", "wrong"), [("sigmoid", "f*(1 - f) + x/10^8"), ("sigmoid", "f*(1 + f)"), ("relu", "cases(x > 1: 1, else: 0)")]
)
def test_a_wrong_rule_is_caught_on_the_first_variant(key: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**functions.FUNCTIONS, key: replace(functions.FUNCTIONS[key], derivatives=(wrong,))}
    monkeypatch.setattr(functions, "FUNCTIONS", table)
    text = AND_GATE.replace("{halves: [-1, 1]}", "{list: [1/4]}").replace("{integers: [-3, 3], nonzero: true}", "{list: [1/2]}")
    found = search(text.replace("[-2, 2], distinct", "[1/2, 3/2], distinct"))
    (first,) = Verifier(found.derivation).verified(found.records([("first", "")]))
    assert "the gradient by" in first.failure
    assert "is wrong" in first.failure
    assert first.name == "the variant of 'first' (seed '1')"


def test_a_wrong_text_would_differ_from_exact_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of this file's first test can fail."""
    found = search(AND_GATE)
    records = found.records([("s", "")])
    monkeypatch.setattr(verifying, "texts_of", lambda numbers, rows, style: [("1",)] * rows)
    (first,) = Verifier(found.derivation).verified(records)
    assert dict(first.answers) != answers_of(variant(found.derivation, first.record))


def test_a_variant_is_checked_as_well_alone() -> None:
    found = search(RATIONAL)
    verifier = Verifier(found.derivation)
    for record in found.records([(str(k), "") for k in range(5)]):
        (many,) = verifier.verified([record])
        alone = verifier.alone(record)
        assert alone.answers == many.answers
        assert alone.failure == many.failure == ""


def test_a_million_ties_are_never_guessed() -> None:
    """A number in the middle between two texts is left to exact arithmetic."""
    worked = derivation("equations: L = exp(a)*0 + b\nrandom: {a: {list: [1]}, b: {list: [0.12345]}}")
    record = search("equations: L = exp(a)*0 + b\nrandom: {a: {list: [1]}, b: {list: [0.12345]}}").record("s")
    (found,) = Verifier(worked).verified([record])
    assert dict(found.answers) == answers_of(variant(worked, record))


def test_a_large_network_is_checked_variant_by_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
network:
  inputs: 6
  layers: [{units: 12, activation: ReLU}, {units: 12, activation: tanh}, {units: 2, activation: softmax}]
  loss: {kind: cross_entropy, target: [1, 0]}
values: {x_1: 1, x_2: 0, x_3: 1/2, x_4: -1, x_5: 0, x_6: 1}
random: {weights: {tenths: [-1, 1]}, biases: {tenths: [-1, 1]}}
"""
    found = search(text)
    assert len(Verifier(found.derivation).asked) > verifying.MOST_TOGETHER
    records = found.records([("1", ""), ("2", "")])
    assert [each.failure for each in Verifier(found.derivation).verified(records)] == ["", ""]
    assert accepted_space(found) == pytest.approx(1e300)
    table = {**functions.FUNCTIONS, "tanh": replace(functions.FUNCTIONS["tanh"], derivatives=("1 - f",))}
    monkeypatch.setattr(functions, "FUNCTIONS", table)
    wrong = search(text)
    assert all("is wrong" in each.failure for each in Verifier(wrong.derivation).verified(records))
