"""A student's sheets by `build --student` are those that the class has: numbers, id, name, code, and all else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Said, Shell
from tests.product import Pdf

FEW = """\
title: Few variants
equations: |
  z_1 = w*x
  z_2 = b*x
  p_1, p_2 = softmax(z_1, z_2)
  L = mean(-(y*ln(p_1) + (1 - y)*ln(p_2)))
targets: [y]
data: {columns: [x, y], rows: [[1, 1], [2, 0], [-1, 1]]}
random: {w: {tenths: [0, 1]}, b: {list: [-1]}}
worksheet: {fields: [name, id, group], course: Calculus}
"""
ROSTER = "id,name,group\n" + "".join(f"s{number},Student {number} Sousa,{'AB'[number % 2]}\n" for number in range(11))


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell(tmp_path_factory.mktemp("single"))
    shell.write("few.yaml", FEW)
    shell.write("students.csv", ROSTER)
    whom = (("--students", "students.csv", "--distinct", "-o", "out"), ("-n", "2", "-o", "numbered"))
    for options in whom:
        made = shell("class", "few.yaml", "--seed", "5", "--jobs", "1", *options)
        assert made.code == 0, made.err
    return shell


def built(shell: Shell, *options: str) -> Path:
    said = shell("build", "few.yaml", "-o", "alone", "--audience", "worksheet", "--audience", "key", "--format", "pdf", *options)
    assert said.code == 0, said.err
    return shell.folder / "alone" / "few"


def pages_of(file: Path) -> list[str]:
    """What stands on each page; in which order that is read back depends on what drawings are made of."""
    return ["".join(sorted("".join(page.split()))) for page in Pdf(file.read_bytes()).pages]


def later(shell: Shell) -> str:
    """The id of a student who took a later variant, since somebody else had the first one."""
    lines = (shell.folder / "out" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return next(told["to"]["id"] for told in map(json.loads, lines) if told.get("distinct"))


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_from_the_records_it_is_the_sheet_of_the_class(shell: Shell, audience: str) -> None:
    whose = later(shell)
    alone = built(shell, "--records", "out/records.jsonl", "--student", whose) / f"{audience}.pdf"
    assert pages_of(alone) == pages_of(shell.folder / "out" / f"{audience}s" / f"{whose}_{audience}.pdf")
    assert all(f"Sousa ({whose})" in " ".join(page.split()) for page in Pdf(alone.read_bytes()).pages)


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_by_the_seed_it_has_the_numbers_the_id_and_the_code(shell: Shell, audience: str) -> None:
    alone = built(shell, "--seed", "5", "--student", "2") / f"{audience}.pdf"
    assert pages_of(alone) == pages_of(shell.folder / "numbered" / f"{audience}s" / f"2_{audience}.pdf")
    with (shell.folder / "numbered" / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        code = next(row["code"] for row in csv.DictReader(file) if row["id"] == "2")
    assert all(code in page for page in Pdf(alone.read_bytes()).pages)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--student", "s1"), "--student needs the --seed, or the --records of the class"),
        (("--records", "out/records.jsonl"), "--records says a student's numbers"),
        (("--records", "out/records.jsonl", "--student", "nobody"), "has no record of nobody"),
        (("--records", "gone.jsonl", "--student", "s1"), "cannot read gone.jsonl"),
    ],
)
def test_what_does_not_go_together_is_said(shell: Shell, options: tuple[str, ...], told: str) -> None:
    said: Said = shell("build", "few.yaml", *options)
    assert said.code == 2
    assert told in said.err
