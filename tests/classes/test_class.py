"""A whole class by the command itself: who gets which file, what stands on it, and that the same comes out on every way."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pikepdf
import pytest

from tests.classes.conftest import IDS, ROSTER, a_class
from tests.cli.conftest import Said, Shell
from tests.product import Pdf

SHEETS = sorted(
    f"{folder}/{quote(id_, safe='@')}_{audience}.pdf"
    for id_ in IDS
    for folder, audience in (("worksheets", "worksheet"), ("keys", "key"))
)
TOGETHER = ["answers.csv", "finished/1.jsonl", "grading.csv", "grading.pdf", "keys.pdf", "print.pdf", "records.jsonl"]


def content(shell: Shell, folder: str) -> dict[str, bytes]:
    """Every file."""
    return {name: (shell.folder / folder / name).read_bytes() for name in shell.files(folder)}


def rows(shell: Shell, name: str) -> list[dict[str, str]]:
    """A table of the class."""
    return list(csv.DictReader(StringIO((shell.folder / "out" / name).read_text(encoding="utf-8-sig"))))


def test_every_student_has_a_worksheet_and_a_key(made: tuple[Shell, Said]) -> None:
    shell, said = made
    assert said.code == 0, said.err
    assert sorted(content(shell, "out")) == sorted([*SHEETS, *TOGETHER])
    first, *files = said.out.splitlines()
    assert first == "out: 4 students made"
    assert sorted(files) == sorted(f"out/{name}" for name in TOGETHER if not name.endswith(".jsonl"))


def test_what_is_odd_about_the_roster_is_said_with_its_line(made: tuple[Shell, Said]) -> None:
    _, said = made
    assert "students.csv:5:1: warning: this line is empty: skipped" in said.err
    assert (
        "students.csv:4:1: warning: LaTeX has no letters here for this name: 王 (U+738B) 芳 (U+82B3); the sheets of 10"
        in said.err
    )


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_name_and_id_stand_on_every_page(made: tuple[Shell, Said], id_: str, audience: str) -> None:
    shell, _ = made
    names = {line[0]: line[1] for line in csv.reader(StringIO(ROSTER)) if line}
    pdf = Pdf((shell.folder / "out" / f"{audience}s" / f"{id_}_{audience}.pdf").read_bytes())
    assert pdf.pages
    for page in pdf.pages:
        assert id_ in page
        if id_ != "10":
            assert names[id_] in page.replace("\n", " ")


def test_a_sheet_and_its_key_have_the_same_code_and_others_another(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    codes = {row["id"]: row["code"] for row in rows(shell, "answers.csv")}
    assert len(set(codes.values())) == len(IDS)
    for id_, code in codes.items():
        for audience in ("worksheet", "key"):
            assert code in Pdf((shell.folder / "out" / f"{audience}s" / f"{id_}_{audience}.pdf").read_bytes()).pages[0]


def test_the_answers_are_those_of_the_records(made: tuple[Shell, Said]) -> None:
    """z = w x + b, worked out here from the record alone; the key prints it."""
    shell, _ = made
    found = {row["id"]: row for row in rows(shell, "answers.csv")}
    records = [json.loads(line) for line in (shell.folder / "out/records.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["to"]["id"] for record in records] == list(IDS) == list(found)
    for record in records:
        drawn = {name: Fraction(text) for name, text in record["values"].items()}
        row = found[record["student"]]
        assert Fraction(row["z exact"]) == drawn["w"] * drawn["x"] + drawn["b"]
        assert row["name"] == record["to"]["name"]
        key = Pdf((shell.folder / "out" / f"keys/{record['student']}_key.pdf").read_bytes())
        if "." in row["dL/dw"] and "e" not in row["dL/dw"]:
            assert row["dL/dw"].lstrip("-") in "".join(key.pages).replace(" ", "")


def test_the_grading_table_has_the_points_of_each_step(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    first, *others = rows(shell, "grading.csv")
    assert list(first) == [
        *("id", "name", "group", "code", "1. Forward pass", "2. Chains", "3. Local derivatives"),
        *("4. dL/dw", "4. dL/db", "total"),
    ]
    assert list(first.values())[4:] == ["4", "2", "3", "1", "0.5", "10.5"]
    assert [row["id"] for row in others] == list(IDS)


def test_the_printer_s_file_begins_each_sheet_on_a_new_leaf(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    with pikepdf.open(shell.folder / "out/print.pdf") as whole, whole.open_outline() as outline:
        assert len(outline.root) == len(IDS)
        assert len(whole.pages) % 2 == 0
    pages = Pdf((shell.folder / "out/print.pdf").read_bytes()).pages
    first = [number for number, page in enumerate(pages) if "points" in page and "worksheet" in page and "Forward pass" in page]
    assert len(first) == len(IDS)
    assert all(number % 2 == 0 for number in first)
    assert "".join(pages).count("answer key") == 0


def test_the_index_names_the_page_of_each_key(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    pages = Pdf((shell.folder / "out/keys.pdf").read_bytes()).pages
    lines = [line.split() for line in pages[0].splitlines()]
    told = {line[0]: int(line[-1]) for line in lines if line and line[0] in IDS}
    assert list(told) == ["9", "10", "2023_017", "a@b.c"], "in the order of the ids"
    for id_, page in told.items():
        assert id_ in pages[page - 1]
        assert "Forward pass" in pages[page - 1]


def test_one_student_alone_gets_the_same_bytes(made: tuple[Shell, Said], tmp_path: Path) -> None:
    shell, _ = made
    alone = a_class(tmp_path)
    alone.write("students.csv", 'id,name,group\n2023_017,"Sousa, Ana & Cia",A\n')
    assert alone("class", "exam.yaml", "--students", "students.csv", "--seed", "7", "-o", "out").code == 0
    whole, few = content(shell, "out"), content(alone, "out")
    shared = [name for name in few if "2023_017" in name]
    assert len(shared) == 2
    assert all(few[name] == whole[name] for name in shared)


def test_records_and_several_processes_give_the_same_bytes(made: tuple[Shell, Said], tmp_path: Path) -> None:
    """All files of the class, the order of the roster turned round apart."""
    shell, _ = made
    again = a_class(tmp_path)
    again.write("records.jsonl", (shell.folder / "out/records.jsonl").read_text(encoding="utf-8"))
    said = again("class", "exam.yaml", "--records", "records.jsonl", "-o", "out", "--jobs", "2")
    assert said.code == 0, said.err
    assert content(again, "out") == content(shell, "out")


def test_a_second_run_makes_nothing_again_but_what_is_stale(made: tuple[Shell, Said], tmp_path: Path) -> None:
    shell, _ = made
    mine = a_class(tmp_path)
    for name in shell.files("out"):
        target = mine.folder / "out" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((shell.folder / "out" / name).read_bytes())
    before = content(mine, "out")
    (mine.folder / "out/keys/9_key.pdf").write_bytes(b"spoilt")
    (mine.folder / "out/worksheets/10_worksheet.pdf").unlink()
    said = mine("class", "exam.yaml", "--students", "students.csv", "--seed", "7", "-o", "out")
    assert said.out.splitlines()[0] == "out: 2 students made, 2 finished before"
    assert content(mine, "out") == before
    assert "other variants" not in said.err
    again = mine("class", "exam.yaml", "--students", "students.csv", "--seed", "8", "-o", "out")
    assert again.out.splitlines()[0] == "out: 4 students made"
    assert "out held other variants of 2023_017, 9, 10, a@b.c: these sheets and keys are replaced" in again.err
