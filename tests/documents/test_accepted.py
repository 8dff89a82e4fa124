"""What is taken as right: numbers by their figures, formulas by their values, partials by their names."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from derivgen.documents.accepted import (
    FormulaAnswer,
    MatrixAnswer,
    NumberAnswer,
    PartialAnswer,
    UncheckedAnswer,
    accepted,
    cut_at,
    number_words,
    rounded_figures,
    trial_points,
)
from derivgen.documents.compose import as_printed, compose
from derivgen.evaluation import Evaluation
from derivgen.maths.numbers import NumberFormat, fraction_of
from derivgen.maths.tree import Filled, Neg, Num, Product, Quotient, Shown, Sum, Sym, number, walk
from derivgen.work import work
from tests.product import ROOT, SPECS, every_formula

STYLE = NumberFormat()
NEURON = ROOT / "specs/small/one_neuron.yaml"


def evaluated(spec: Path = NEURON) -> Evaluation:
    return as_printed(work(spec).evaluation)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(0), ("=0/1",)),
        (Fraction(-1, 2), ("=-1/2",)),
        (Fraction(15476356), ("=15476356/1",)),
        (Fraction(1, 3), ("=1/3", "~3333e-4")),
        (Fraction(-2, 3), ("=-2/3", "~-6667e-4")),
        (Fraction(1, 1024), ("=1/1024", "~9766e-7")),
        (Fraction(123456, 7), ("=123456/7",)),
    ],
)
def test_a_fraction_is_taken_as_it_is_and_rounded_where_it_is_long(value: Fraction, words: tuple[str, ...]) -> None:
    assert number_words(value, STYLE) == words


def test_a_rounded_number_is_taken_by_its_figures() -> None:
    evaluation = evaluated(ROOT / "specs/notes/002_and_gate_numbers.yaml")
    value = evaluation.values["A_5"][0]
    found = accepted(Shown(value, "0.8808", False), evaluation, trial_points(evaluation))
    assert found == NumberAnswer(("~8808e-4",))
    assert accepted(Neg(Shown(value, "0.8808", False)), evaluation, trial_points(evaluation)) == NumberAnswer(("~-8808e-4",))


@pytest.mark.parametrize(
    ("value", "figures"),
    [
        ("0.99996", (1000, -3)),
        ("-0.99996", (-1000, -3)),
        ("9999.5", (1000, 1)),
        ("0.00012345", (1235, -7)),
        ("12345678", (1235, 4)),
    ],
)
def test_figures(value: str, figures: tuple[int, int]) -> None:
    assert rounded_figures(Fraction(value), STYLE) == figures


def test_decimals_are_counted_behind_the_point() -> None:
    assert rounded_figures(Fraction("-12.3456"), replace(STYLE, rounding="decimals", digits=2)) == (-1235, -2)


def test_equal_formulas_are_one_answer_and_others_are_not() -> None:
    evaluation = evaluated()
    places = trial_points(evaluation)
    a, y, x = Sym("a"), Sym("y"), Sym("x")
    two = number(2)
    forms = [
        Product((Neg(two), Sum((y, Neg(a))), x)),
        Product((x, two, Sum((a, Neg(y))))),
        Quotient(Product((Sum((a, Neg(y))), x)), Num(Fraction(1, 2))),
        Sum((Product((two, a, x)), Neg(Product((two, y, x))))),
    ]
    words = {accepted(form, evaluation, places) for form in forms}
    assert len(words) == 1
    others = [Product((two, Sum((y, Neg(a))), x)), Product((two, Sum((a, Neg(y))))), Product((two, Sum((a, Neg(x))), y))]
    assert words.isdisjoint(accepted(form, evaluation, places) for form in others)


def test_a_place_has_more_than_one_sign_for_what_can_have_both() -> None:
    evaluation = evaluated(ROOT / "specs/notes/002_and_gate_numbers.yaml")
    places = trial_points(evaluation)
    for name in ("Z_3", "Z_4", "Z_5", "W_13"):
        signs = {value > 0 for tried in places.tried for value in tried.values[name]}
        assert signs == {True, False}, name


def test_no_value_is_near_a_cut() -> None:
    """A page works with 16 digits: its values may differ a little, and must not fall on the other side."""
    checked = 0
    for spec in SPECS[::4]:
        evaluation = evaluated(spec)
        places = trial_points(evaluation)
        for gap in gaps(evaluation):
            found = accepted(gap.content, evaluation, places)
            if not isinstance(found, FormulaAnswer):
                continue
            cuts = [int(part) for part in found.word[1:].split(",")]
            assert len(cuts) == len(found.shifts)
            for cut, shift in zip(cuts, found.shifts, strict=True):
                middle = (Fraction(cut) + Fraction(1, 2) - (Fraction(1, 2) if shift == "b" else 0)) * Fraction(10) ** found.unit
                for step in (Fraction(-1, 5), Fraction(1, 5)):
                    assert cut_at(middle + step * Fraction(10) ** found.unit, found.unit, shift == "b") == cut
                checked += 1
    assert checked > 100


def gaps(evaluation: Evaluation) -> list[Filled]:
    return [
        node for formula in every_formula(compose(evaluation, "key").blocks) for node in walk(formula) if isinstance(node, Filled)
    ]


def test_almost_every_gap_of_every_spec_is_checked() -> None:
    """Only formulas in matrices are not."""
    kinds: dict[type, int] = {}
    for spec in SPECS:
        evaluation = evaluated(spec)
        places = trial_points(evaluation)
        for gap in gaps(evaluation):
            kind = type(accepted(gap.content, evaluation, places))
            kinds[kind] = kinds.get(kind, 0) + 1
    assert set(kinds) == {NumberAnswer, FormulaAnswer, PartialAnswer, MatrixAnswer, UncheckedAnswer}
    assert kinds[UncheckedAnswer] * 50 < sum(kinds.values())


def test_the_same_places_every_time() -> None:
    first, second = (trial_points(evaluated()) for _ in range(2))
    assert first.listed == second.listed
    assert all(abs(fraction_of(value)) < 10**6 for tried in first.tried for values in tried.values.values() for value in values)
