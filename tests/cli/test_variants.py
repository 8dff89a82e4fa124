"""`variants`, `stress` and `--seed` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivgen.cli import main
from derivgen.cli.variants import about
from derivgen.variants.records import read_records
from tests.variants.spaces import AND_GATE, where

EASY = "equations: L = (w*x - 1)^2\nrandom:\n  w: {integers: [1, 9]}\n  x: {halves: [1, 9]}\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "easy.yaml"
    path.write_text(EASY, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_table_of_values_and_answers_and_what_there_is_to_know(spec: Path) -> None:
    ran = run("variants", spec, "-n", 4, "--seed", 3)
    assert ran.exit_code == 0, ran.output
    assert "4 variants of easy, seed 3: each verified" in ran.stdout
    assert "there are about 150 variants" in ran.stdout
    for word in ("drawn", "answers", "∂/∂w"):
        assert word in ran.stdout


def test_records_as_json_lines_on_stdout_and_in_a_file(spec: Path, tmp_path: Path) -> None:
    ran = run("variants", spec, "-n", 3, "--json")
    records = read_records(ran.stdout, "stdout")
    assert [record.student for record in records] == ["1", "2", "3"]
    assert "each verified" in ran.stderr
    assert run("variants", spec, "--student", "2", "--json", "-q").stdout == records[1].as_json() + "\n"
    assert run("variants", spec, "-n", 3, "-q", "-o", tmp_path / "r.jsonl").output == ""
    assert read_records((tmp_path / "r.jsonl").read_text(encoding="utf-8"), "r.jsonl") == records


def test_a_variant_can_be_looked_at(spec: Path) -> None:
    (record,) = read_records(run("variants", spec, "--seed", "a", "--student", "zoë", "--json", "-q").stdout, "stdout")
    told = json.loads(run("derive", spec, "--json", "--seed", "a", "--student", "zoë").stdout)
    assert told["quantities"]["w"]["value"] == [record.values["w"]] or told["quantities"]["w"]["value"] == record.values["w"]
    assert f"w = {record.values['w']}" in run("show", spec, "--seed", "a", "--student", "zoë").stdout


def test_without_a_seed_the_authors_own_numbers_or_those_of_seed_0(spec: Path) -> None:
    drawn = run("show", spec).stdout
    assert drawn == run("show", spec, "--seed", "0").stdout
    spec.write_text(EASY + "values: {w: 77, x: 5}\n", encoding="utf-8")
    assert "w = 77" in run("show", spec).stdout
    assert "w = 77" not in run("show", spec, "--seed", "0").stdout


def test_duplicates_are_told_and_distinct_settles_them(spec: Path) -> None:
    told = run("variants", spec, "-n", 40).stdout
    assert "alike: " in told
    settled = run("variants", spec, "-n", 40, "--distinct", "--json")
    assert "alike: " not in settled.output.replace("are alike: ", "")
    records = read_records(settled.stdout, "stdout")
    assert len({tuple(record.values.values()) for record in records}) == 40
    assert any(record.distinct for record in records)


def test_tables_end_where_nobody_reads_on(spec: Path) -> None:
    told = run("variants", spec, "-n", 230).stdout
    assert "… and 30 more; -o FILE writes the records of all" in told
    assert "more groups that are alike" in told
    assert len(told.splitlines()) < 2 * 200 + 60
    assert len(run("variants", spec, "-n", 230, "--json").stdout.splitlines()) == 230


def test_a_spec_that_draws_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text("equations: L = (w*x - 1)^2\nvalues: {w: 1, x: 2}", encoding="utf-8")
    for command in (("variants", path), ("stress", path), ("show", path, "--seed", 1)):
        ran = run(*command)
        assert ran.exit_code == 2
        assert "plain draws nothing" in ran.stderr
        assert "random:" in ran.stderr


def test_conditions_that_cannot_be_met_are_told_with_the_one_that_refuses(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(EASY + where("L > 10000", "w > 0"), encoding="utf-8")
    ran = run("variants", path)
    assert ran.exit_code == 2
    assert ran.stderr.startswith(f"{path}:6:7: no draw meets the conditions")
    assert "L > 10000  refuses all, alone all" in ran.stderr


def test_stress_reports_in_text_and_picture_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(AND_GATE + where("no hidden unit dead"), encoding="utf-8")
    ran = run("stress", path, "-n", 60, "--seed", 4, "-o", tmp_path / "one")
    assert ran.exit_code == 0, ran.output
    assert "gate, seed 4: 60 variants, none wrong" in ran.stdout
    assert "no hidden unit dead  refuses" in ran.stdout
    assert run("stress", path, "-n", 60, "--seed", 4, "-o", tmp_path / "two", "-q").output == ""
    for name in ("stress.txt", "stress.svg", "failures.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one/stress.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert (tmp_path / "one/stress.txt").read_text(encoding="utf-8") in ran.stdout


def test_stress_names_what_failed_and_leaves_with_1(tmp_path: Path) -> None:
    path = tmp_path / "poles.yaml"
    path.write_text("equations: L = 1/(w - x)\nrandom: {'*': {integers: [0, 1]}}", encoding="utf-8")
    ran = run("stress", path, "-n", 20, "-o", tmp_path / "out")
    assert ran.exit_code == 1
    assert "the variant of '" in ran.stderr
    assert "division by zero" in ran.stderr
    failed = read_records((tmp_path / "out/failures.jsonl").read_text(encoding="utf-8"), "failures.jsonl")
    assert all(record.values["w"] == record.values["x"] for record in failed)
    assert run("variants", path, "-n", 20, "--json").exit_code == 1


def test_large_numbers_are_said_in_two_figures() -> None:
    assert [about(size) for size in (6, 999, 1_000_000, 12_345_678, 9.9e13)] == [
        "6",
        "1,000",
        "1 million",
        "12 million",
        "99 trillion",
    ]


@pytest.mark.parametrize("student", ["9" * 300, "17\n18", "../17"])
def test_a_student_that_no_roster_could_have_is_refused(spec: str, student: str) -> None:
    for command in (("variants", spec), ("show", spec, "--seed", "a"), ("build", spec, "--seed", "a")):
        result = run(*command, "--student", student)
        assert result.exit_code == 2 and "Traceback" not in result.output
