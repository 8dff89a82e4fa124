"""What is drawn depends on seed, spec and student alone, and is the same on any machine."""

from __future__ import annotations

from collections import Counter

import pytest

from derivgen.spec.load import loads
from derivgen.variants.draws import draw_plan
from derivgen.variants.records import spec_hash
from derivgen.variants.search import draw
from tests.variants.spaces import AND_GATE, NETWORK, RATIONAL, search, where


def test_these_very_numbers_are_drawn_everywhere() -> None:
    """Written down once: a change here changes what every student of a running course was given."""
    record = draw(loads(AND_GATE), "2026", "a17")
    assert " ".join(record.values.values()) == "3 2 -1 2 1 1/2 -1/2 0 1"
    assert record.spec == "056bf74cfeefdd064f5f7618c96c816c"


def test_a_student_has_the_same_numbers_alone_and_in_any_class() -> None:
    text = AND_GATE + where("no two gradients equal", "abs(Loss) <= 50", "at least one hidden unit off")
    everyone = [(f"s{k}", "") for k in range(300)]
    whole = search(text).records(everyone)
    assert search(text).record("s17") == whole[17]
    assert search(text).records(everyone[::-1])[::-1] == whole
    assert search(text).records(everyone[10:20]) == whole[10:20]


def test_other_seeds_students_and_equations_give_other_numbers() -> None:
    spec = loads(RATIONAL)
    records = [draw(spec, seed, student).numbers for seed in ("0", "1", "01") for student in ("", "a", "b", "ab")]
    assert len({str(numbers) for numbers in records}) == len(records)
    assert draw(spec, "1", "a").numbers != draw(loads(RATIONAL.replace("2*u - 1", "2*u - 2")), "1", "a").numbers


def test_words_and_looks_change_nothing_and_conditions_only_refuse() -> None:
    before = draw(loads(AND_GATE), "5", "x")
    worded = (
        AND_GATE.replace("\nnetwork:", "\ntitle: Other words\ntext: More words\nnetwork:") + "worksheet: {course: C}\n# a remark"
    )
    assert draw(loads(worded), "5", "x") == before
    assert spec_hash(loads(worded)) == spec_hash(loads(AND_GATE))
    met = draw(loads(AND_GATE + where("Loss < 1000")), "5", "x")
    assert met.numbers == before.numbers
    assert spec_hash(loads(AND_GATE.replace("[0, 0, 0]]", "[0, 0, 1]]"))) != before.spec


def test_every_number_comes_up_equally_often() -> None:
    plan = draw_plan(loads("equations: L = a*b*c\nrandom: {a: {integers: [0, 6]}, 'b': {list: [1, 2]}, c: {halves: [0, 2]}}"))
    picks = plan.picks(plan.stream("1").attempts("s", 0, 70_000))
    for place, entry in enumerate(plan.entries):
        counts = Counter(picks[:, place].tolist())
        expected = 70_000 / len(entry.draw.numbers)
        assert len(counts) == len(entry.draw.numbers)
        assert all(abs(count - expected) < 5 * expected**0.5 for count in counts.values())


def test_distinct_numbers_are_distinct_and_each_order_comes_up() -> None:
    plan = draw_plan(loads("equations: L = a*b*c\nrandom: {'[abc]': {integers: [1, 4], distinct: true}}"))
    picks = plan.picks(plan.stream("1").attempts("s", 0, 24_000)).tolist()
    counts = Counter(map(tuple, picks))
    assert plan.space == len(counts) == 24
    assert all(len(set(pick)) == 3 for pick in counts)
    assert all(800 < count < 1200 for count in counts.values())


def test_columns_are_drawn_sample_by_sample_and_the_others_stay() -> None:
    spec = loads(NETWORK + "random: {y: {list: [0, 1]}, weights: {integers: [1, 2]}, b_*: {list: [1/2]}}")
    record = draw(spec, "1", "s")
    assert record.rows is not None
    assert [row[:2] for row in record.rows] == [("1", "1"), ("1", "0"), ("0", "1"), ("0", "0")]
    assert {row[2] for row in record.rows} <= {"0", "1"}
    assert set(record.values) == {"W_13", "W_23", "W_14", "W_24", "W_35", "W_45", "b_3", "b_4", "b_5"}


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("{integers: [-1, 2]}", ["-1", "0", "1", "2"]),
        ("{halves: [-1/2, 1], nonzero: true}", ["-1/2", "1/2", "1"]),
        ("{thirds: [0, 1]}", ["0", "1/3", "2/3", "1"]),
        ("{quarters: [0.3, 1]}", ["1/2", "3/4", "1"]),
        ("{tenths: [0.9, 1.1]}", ["0.9", "1", "1.1"]),
        ("{hundredths: [0, 0.02]}", ["0", "0.01", "0.02"]),
        ("{between: [1/3, 1], step: 1/3}", ["1/3", "2/3", "1"]),
        ("{between: [0.5, 1], step: 0.25}", ["0.5", "0.75", "1"]),
        ("{list: [1/2, 0.50, 3]}", ["1/2", "0.50", "3"]),
        ("{list: [1/2, 0.50, 3], distinct: true}", ["1/2", "3"]),
        ("{integers: [1, 4], without: [2, 3]}", ["1", "4"]),
    ],
)
def test_what_numbers_there_are(written: str, numbers: list[str]) -> None:
    spec = loads(f"equations: L = w^2\nrandom: {{w: {written}}}")
    assert spec.random is not None
    assert [number.text for number in spec.random.draws[0].numbers] == numbers


def test_a_name_goes_before_patterns_and_groups() -> None:
    spec = loads(NETWORK + "random: {weights: {list: [1]}, W_13: {list: [7]}, b_*: {list: [2]}, b_5: {list: [9]}}")
    values = draw(spec, "1", "s").values
    assert (values["W_13"], values["W_23"], values["b_5"], values["b_3"]) == ("7", "1", "9", "2")
