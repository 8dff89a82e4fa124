"""The search: what it finds meets every condition, and what it cannot find is told with who refuses what."""

from __future__ import annotations

import pytest

from derivgen.errors import SpecError
from derivgen.variants import search as searching
from derivgen.variants.judging import holds
from derivgen.variants.records import variant
from derivgen.variants.search import collision_chance, duplicates, make_distinct
from tests.variants.spaces import AND_GATE, search, where

SMALL = "equations: L = (w*x - 1)^2\nrandom:\n  w: {integers: [1, 3]}\n  x: {list: [1, 2]}\n"


def test_every_variant_meets_every_condition() -> None:
    found = search(AND_GATE + where("at least one hidden unit off", "abs(Loss) <= 50", "no two gradients equal", "Z_3 != 0"))
    records = found.records([(str(k), "") for k in range(40)])
    for record in records:
        exact = variant(found.derivation, record)
        assert all(holds(meaning.tree, exact) for meaning in found.meanings)
    assert 0 < found.tally.share < 1
    assert found.tally.tried > 40


def test_the_size_of_a_round_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    text = AND_GATE + where("no two gradients equal", "every gradient is nonzero")
    students = [(str(k), "") for k in range(20)]
    before = search(text).records(students)
    monkeypatch.setattr(searching, "FIRST", 3)
    monkeypatch.setattr(searching, "AT_A_TIME", 50)
    assert search(text).records(students) == before


def test_what_cannot_be_met_is_told_quickly_with_who_refuses_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIES", 4_000)
    with pytest.raises(SpecError) as caught:
        search(AND_GATE + where("Loss <= 50", "Z_3 > 100", "Z_4 > 0")).record("s")
    told = str(caught.value)
    assert "no draw meets the conditions: 0 of" in told
    assert "Z_3 > 100   refuses all, alone" in told
    assert "Loss <= 50  refuses none, alone none" in told
    assert "spec.yaml:16:7" in told


def test_what_is_hardly_ever_met_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIES", 3_000)
    monkeypatch.setattr(searching, "RAREST", 1 / 100)
    rare = "equations: L = w*x*v\nrandom:\n  '*': {integers: [1, 10]}\n" + where("L == 1000")
    with pytest.raises(SpecError, match="hardly any draw meets the conditions"):
        search(rare).records([(str(k), "") for k in range(100)])


def test_irrational_gradients_have_no_end_of_decimals_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_EXACT", 150)
    with pytest.raises(SpecError, match="A_5 is no fraction: what exp, tanh and the like give has no end of decimals"):
        search(AND_GATE + where("every gradient has at most 3 decimals", "every gradient is nonzero")).record("s")


FEW = "equations: |\n  a = tanh(w*x)\n  L = a + x\nrandom: {w: {list: [1/3, 1/5]}, x: {list: [1, 2]}"


def test_of_few_draws_each_is_tried_once() -> None:
    found = search(FEW + ", where: ['L has at most 3 decimals']}\n")
    with pytest.raises(SpecError, match="no draw meets the conditions: there are 4, and each was tried"):
        found.record("s")
    assert found.exact == 0, "what tanh makes of a fraction is none: nothing has to be worked out"


def test_what_is_no_fraction_is_told_before_any_draw_is_decided() -> None:
    """Whatever exp and tanh make of fractions, and is made of that: the loss, gradients, means over samples."""
    text = (
        "equations: |\n  z = w*x + b\n  a = sig(z)\n  L = mean((y - a)^2)\ntargets: [y]\n"
        "data: {columns: [x, y], rows: [[1, 0], [2, 1]]}\n"
        "random:\n  w: {between: [0.5, 2], step: 0.001}\n  b: {between: [0.5, 2], step: 0.001}\n"
    )
    for condition in ("every gradient has at most 3 decimals", "denominator(a) <= 8", "L has at most 2 decimals or a is whole"):
        found = search(text + where(condition))
        with pytest.raises(SpecError, match="a is no fraction: what exp, tanh and the like give has no end of decimals"):
            found.record("s")
        assert found.exact == 0, condition
    assert search(text + where("decimals(z) <= 1", "not (decimals(a) <= 3)")).record("s")


def test_the_condition_that_refuses_is_blamed() -> None:
    """What is refused by another condition before anybody knows whether this one holds is not that one's alone."""
    found = search(FEW + ", where: ['L has at most 3 decimals', 'w < 1/4']}\n")
    with pytest.raises(SpecError) as caught:
        found.record("s")
    told = str(caught.value)
    assert "w < 1/4                   refuses" in told
    assert "alone none" in told.split("w < 1/4")[-1].splitlines()[0]
    assert "L has at most 3 decimals  refuses" in told
    assert "alone none" not in told.split("L has at most 3 decimals  ")[-1].splitlines()[0]


def test_a_draw_without_a_value_is_no_variant() -> None:
    text = "equations: L = 1/(w - x)\nrandom:\n  '*': {integers: [0, 1]}\n" + where("L < 5")
    found = search(text)
    records = found.records([(str(k), "") for k in range(30)])
    assert all(record.values["w"] != record.values["x"] for record in records)
    assert found.tally.without_value > 0


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("L > 1", "spec.yaml:7:7: this condition speaks of L, which has no number, since v has none"),
        ("every gradient is nonzero", "this condition speaks of the gradient by v, which has no number, since v has none"),
        ("v > 0", "this condition speaks of v, which has no number\n"),
    ],
)
def test_a_condition_on_what_has_no_number_is_told(condition: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        search(
            "equations: L = (w*x - v)^2\nparameters: [v, w]\nvalues: {x: 2}\nrandom:\n  w: {integers: [1, 3]}\n"
            + where(condition)
        ).record("s")
    assert told in str(caught.value)
    assert "draw v, or give it under values" in str(caught.value)


def test_a_condition_on_what_is_always_the_same_stands_beside_others() -> None:
    both = "w > 1 and x == 2"
    found = search("equations: L = w*x\nvalues: {x: 2}\nrandom:\n  w: {integers: [1, 3]}\n" + where(both))
    assert {record.values["w"] for record in found.records([(str(k), "") for k in range(9)])} == {"2", "3"}


def test_duplicates_and_their_chance() -> None:
    records = search(SMALL).records([(str(k), "") for k in range(5)])
    groups = duplicates(records)
    assert sum(len(group) for group in groups) + (5 - sum(map(len, groups))) == 5
    assert len(duplicates(search(SMALL).records([(str(k), "") for k in range(7)]))) > 0
    assert collision_chance(6, 7) == 1.0
    assert collision_chance(365, 23) == pytest.approx(0.5072972343239857)
    assert collision_chance(1e9, 2) == pytest.approx(1e-9)
    assert collision_chance(1e12, 200_000) == pytest.approx(0.0198, rel=1e-2)


def test_make_distinct_by_ids_in_order_and_written_into_the_record() -> None:
    found = search(SMALL)
    records = found.records([(f"s{k}", "") for k in (3, 1, 5, 2, 4, 0)])
    assert duplicates(records)
    kept = make_distinct(found, records)
    assert duplicates(kept) == ()
    assert [record.student for record in kept] == [record.student for record in records]
    assert {record.student: record for record in kept}["s0"] == {record.student: record for record in records}["s0"]
    assert any(record.distinct > 0 for record in kept)
    other = make_distinct(search(SMALL), tuple(reversed(records)))
    assert {record.student: record for record in other} == {record.student: record for record in kept}


def test_more_students_than_variants_cannot_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIES", 500)
    found = search(SMALL)
    with pytest.raises(SpecError, match="no variant left"):
        make_distinct(found, found.records([(str(k), "") for k in range(7)]))
