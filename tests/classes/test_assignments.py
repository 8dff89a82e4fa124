"""Who gets which variant: assignments as lines of JSON and back, groups, numbers; wrong records are told at their lines."""

from __future__ import annotations

import json

import pytest

from derivgen.classes.assignments import Assignment, as_lines, assign_variants, check_all, grouped, numbered, read_assignments
from derivgen.derivation.derive import derive
from derivgen.errors import Place, Problems, SpecError
from derivgen.graph import build
from derivgen.spec.load import loads
from derivgen.variants.roster import Student
from tests.classes.conftest import SPEC, drawn

CLASS = (Student("17", 'Ana "Nina" Sousa', "A"), Student("9", "", "B"), Student("ñ/1", "王芳"))


@pytest.fixture(scope="module")
def assignments() -> tuple[Assignment, ...]:
    return drawn(SPEC, CLASS)


def test_assignments_as_lines_and_back(assignments: tuple[Assignment, ...]) -> None:
    text = as_lines(assignments)
    assert len(text.splitlines()) == 3
    assert read_assignments(text, "r.jsonl") == assignments
    assert as_lines(read_assignments(text, "r.jsonl")) == text


def test_a_record_without_whose_it_is_is_its_student_s(assignments: tuple[Assignment, ...]) -> None:
    (assignment,) = read_assignments(assignments[0].record.as_json(), "r.jsonl")
    assert (assignment.id, assignment.student.name) == ("17", "")
    assert assignment.record == assignments[0].record


def test_a_variant_depends_on_its_own_student_alone(assignments: tuple[Assignment, ...]) -> None:
    assert drawn(SPEC, CLASS[::-1])[::-1] == assignments
    assert drawn(SPEC, CLASS[1:2]) == assignments[1:2]
    assert drawn(SPEC, CLASS, "8")[0].record.numbers != assignments[0].record.numbers


def test_codes_tell_variants_apart(assignments: tuple[Assignment, ...]) -> None:
    assert len({assignment.code for assignment in assignments}) == 3
    assert all(len(assignment.code) == 9 for assignment in assignments)


def changed(line: str, **entries: object) -> str:
    """A line with other entries."""
    return json.dumps({**json.loads(line), **entries})


WRONG = {
    "no JSON": (lambda line: "{", "this line is no record"),
    "a list": (lambda line: "[]", "this line is no record"),
    "whose": (lambda line: changed(line, to=17), "'to' of this record does not say whose it is"),
    "an unknown key of it": (
        lambda line: changed(line, to={"id": "1", "x": "2"}),
        "'to' of this record does not say whose it is",
    ),
    "a formula": (lambda line: changed(line, to={"id": "=1"}), "'=1' does not begin with a letter or a digit"),
    "nobody": (lambda line: changed(line, to={"id": ""}), "this record says neither id nor group"),
    "no number": (lambda line: changed(line, values={"w": "x"}), "'values' of this record is not what it should be"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_record_is_told_at_its_line(case: str, assignments: tuple[Assignment, ...]) -> None:
    spoil, message = WRONG[case]
    good, bad = as_lines(assignments).splitlines()[:2]
    with pytest.raises(SpecError) as caught:
        read_assignments(f"{good}\n\n{spoil(bad)}\n", "r.jsonl")
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.place is not None
    assert problem.place.line == 3


def test_an_id_twice_and_no_record_at_all(assignments: tuple[Assignment, ...]) -> None:
    line = as_lines(assignments[:1])
    with pytest.raises(SpecError, match="the id 17 stands in line 1 already"):
        read_assignments(line + line, "r.jsonl")
    with pytest.raises(SpecError, match=r"r\.jsonl has no records"):
        read_assignments("\n", "r.jsonl")


def test_records_of_another_spec_are_refused_before_anything_is_made(assignments: tuple[Assignment, ...]) -> None:
    check_all(loads(SPEC.replace("title: One neuron", "title: Mended")), assignments)
    with pytest.raises(SpecError, match="3 of 3 records were made from another spec"):
        check_all(loads(SPEC.replace("(y - a)^2", "(a - y)^4")), assignments)


def test_numbers_do_not_depend_on_how_many_there_are() -> None:
    assert [student.id for student in numbered(10)][:3] == ["1", "2", "3"]
    assert numbered(10)[:9] == numbered(9)


def test_groups_in_turn_or_as_the_roster_says() -> None:
    assert [student.group for student in grouped(numbered(5), ("A", "B"), Problems())] == ["A", "B", "A", "B", "A"]
    assert [student.group for student in grouped(CLASS[:2], ("B", "A"), Problems())] == ["A", "B"]
    assert grouped((), ("A", "B"), Problems()) == (Student("", group="A"), Student("", group="B"))
    wrong = (Student("1", "", "C", Place("r.csv", 2, 1)), Student("2", "", "", Place("r.csv", 3, 1)))
    with pytest.raises(SpecError) as caught:
        grouped(wrong, ("A", "B"), Problems())
    assert [problem.lines()[0] for problem in caught.value.problems] == [
        "r.csv:2:1: the group 'C' is not among A, B",
        "r.csv:3:1: 2 has no group: one is needed among A, B",
    ]


def test_all_of_a_group_have_the_same_numbers() -> None:
    found = drawn(SPEC, grouped(numbered(4), ("A", "B"), Problems()), by_group=True)
    assert [assignment.id for assignment in found] == ["1", "2", "3", "4"]
    assert found[0].record is found[2].record
    assert found[0].record.numbers != found[1].record.numbers


FEW = """\
equations: |
  z = w*x
  L = (y - z)^2
inputs: [x]
targets: [y]
random: {w: {integers: [1, 3]}, x: {integers: [1, 4]}}
values: {y: 1}
"""


def test_duplicates_are_said_with_how_likely_they_are() -> None:
    found = assign_variants(derive(build(loads(FEW))), numbered(9), "7")
    (note,) = found.notes
    groups = note.message.removeprefix("the same numbers have: ").split("; ")
    numbers = {assignment.id: assignment.record.numbers for assignment in found.assignments}
    for group in groups:
        assert len({numbers[name] for name in group.split(" and ")}) == 1
    assert note.hint == "there are about 12 variants; that two of 9 are alike: 98 %; --distinct sets them apart"


def test_distinct_is_settled_by_a_rule_that_the_record_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derivgen.variants.search.MOST_TRIES", 2_000)
    plain = assign_variants(derive(build(loads(FEW))), numbered(9), "7").assignments
    assignments, notes = (
        (found := assign_variants(derive(build(loads(FEW))), numbered(9), "7", distinct=True)).assignments,
        found.notes,
    )
    assert len({assignment.record.numbers for assignment in assignments}) == 9
    later = [assignment.id for assignment in assignments if assignment.record.distinct]
    assert later == [one.id for one, other in zip(plain, assignments, strict=True) if one.record != other.record]
    assert [note.message.split(" took")[0] for note in notes] == [", ".join([*later[:5], *(["…"] if len(later) > 5 else [])])]
    with pytest.raises(SpecError, match="no variant left"):
        assign_variants(derive(build(loads(FEW))), numbered(13), "7", distinct=True)


def test_a_spec_that_draws_nothing_gives_all_the_same() -> None:
    plain = FEW.split("random")[0] + "values: {w: 1, x: 2, y: 1}"
    found = assign_variants(derive(build(loads(plain))), CLASS, "7")
    assert len({assignment.record.numbers for assignment in found.assignments}) == 1
    assert [note.message for note in found.notes] == ["spec draws no numbers: everybody gets the same ones"]


@pytest.mark.parametrize(
    ("id_", "why"), [("1" * 300, "has 300 characters"), ("a\nb", "has a line break or another control character")]
)
def test_ids_that_no_roster_could_have_are_refused_in_records(id_: str, why: str) -> None:
    (line,) = as_lines(drawn(SPEC, numbered(1))).splitlines()
    told = {**json.loads(line), "student": id_, "to": {"id": id_}}
    with pytest.raises(SpecError, match=why):
        read_assignments(json.dumps(told), "records.jsonl")


@pytest.mark.parametrize(("name", "why"), [("Ana\nLima", "line break"), ("A" * 300, "300 characters; 120 is the most")])
def test_a_name_that_no_roster_could_have_is_refused_in_records(name: str, why: str, assignments: tuple[Assignment, ...]) -> None:
    told = json.loads(assignments[0].as_json())
    told["to"]["name"] = name
    with pytest.raises(SpecError, match=why):
        read_assignments(json.dumps(told), "records.jsonl")
