"""What the command says to wrong usage: at once, with exit code 2 or 3, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from derivgen.cli.commands import main
from tests.classes.conftest import SPEC

ROSTER = "id,name\n17,Ana\n17,Rui\n"

WRONG = {
    "whose": ([], 2, "whose class is it? Give --students ROSTER, -n 30, --groups A,B,C or --records FILE"),
    "two ways": (["-n", "3", "--students", "r.csv"], 2, "--students and -n: one of them is enough"),
    "records and a seed": (["--records", "r.jsonl", "--seed", "1"], 2, "--records says who has which variant"),
    "none": (["-n", "0"], 2, "Invalid value for '-n' / '--count'"),
    "a format": (["-n", "3", "--format", "docx"], 2, "'docx' is not one of"),
    "no group": (["--groups", " , "], 2, "--groups: there is none"),
    "a group twice": (["--groups", "A,B,A"], 2, "--groups: 'A' stands there twice"),
    "a group that is none": (["--groups", "A,=B"], 2, "--groups: '=B' does not begin with a letter or a digit"),
    "a roster": (["--students", "r.csv"], 2, "r.csv:3:1: the id 17 stands in line 2 already"),
    "no roster": (["--students", "none.csv"], 2, "the roster none.csv cannot be read"),
    "no records": (["--records", "r.csv"], 2, "r.csv:1:1: this line is no record"),
    "an engine": (["-n", "3", "--engine", "nope"], 3, "the TeX engine 'nope' was not found"),
    "a file for a folder": (["-n", "3", "-o", "r.csv"], 2, "cannot write r.csv/records.jsonl"),
    "an address": (["-n", "3", "-o", "nowhere://x"], 2, "nowhere://x is no place to write to"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_told_and_nothing_is_written(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, code, message = WRONG[case]
    monkeypatch.chdir(tmp_path)
    Path("exam.yaml").write_text(SPEC, encoding="utf-8")
    Path("r.csv").write_text(ROSTER, encoding="utf-8")
    ran = CliRunner().invoke(main, ["class", "exam.yaml", *arguments])
    assert ran.exit_code == code, ran.output
    assert message in ran.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam.yaml", "r.csv"]
