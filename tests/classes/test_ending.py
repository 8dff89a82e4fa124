"""A run that is broken off leaves whole files and goes on later; sheets that fail are named, and the others are made."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pikepdf
import pytest

from derivgen.classes.assignments import as_lines, numbered
from tests.classes.conftest import a_class, drawn
from tests.cli.conftest import Said, Shell
from tests.product import ROOT, heeding_interrupts

COMMAND = ("class", "exam.yaml", "-n", "16", "--seed", "7", "-o", "out", "--jobs", "2")


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_leaves_whole_files_and_a_second_run_goes_on(tmp_path: Path) -> None:
    shell = a_class(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        heeding_interrupts([sys.executable, "-m", "derivgen", *COMMAND]),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 1000
    while not list(tmp_path.glob("out/finished/*.jsonl")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    out, err = process.communicate(timeout=1200)
    assert process.returncode == 130, err
    told = re.search(r"stopped: (\d+) of 16 students are finished; the same command goes on from there", err)
    assert told is not None, err
    assert "Traceback" not in err
    assert out == ""
    pdfs = [name for name in shell.files("out") if name.endswith(".pdf")]
    finished = int(told[1])
    assert 2 <= 2 * finished <= len(pdfs) < 32, "files may have been written that are not noted yet; they are made again"
    for name in pdfs:
        with pikepdf.open(tmp_path / "out" / name) as pdf:
            assert len(pdf.pages)
    assert not list(tmp_path.rglob("*.tmp"))
    said = shell(*COMMAND)
    assert said.out.splitlines()[0] == f"out: {16 - finished} students made, {finished} finished before"
    assert len(list(tmp_path.glob("out/worksheets/*.pdf"))) == 16


LOGARITHM = """\
equations: |
  z = ln(w)
  L = (y - z)^2
targets: [y]
random: {w: {integers: [1, 9]}}
values: {y: 1}
"""


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Said]:
    """Three students, of whom the second has a record without a value: ln(0)."""
    shell = Shell(tmp_path_factory.mktemp("partly"))
    shell.write("exam.yaml", LOGARITHM)
    lines = as_lines(drawn(LOGARITHM, numbered(3))).splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), "values": {"w": "0"}})
    shell.write("records.jsonl", "\n".join(lines))
    return shell, shell("class", "exam.yaml", "--records", "records.jsonl", "-o", "out")


def test_a_student_who_fails_is_named_and_the_others_have_their_sheets(partly: tuple[Shell, Said]) -> None:
    shell, said = partly
    assert said.code == 1
    assert said.out.splitlines()[0] == "out: 2 students made, 1 failed"
    assert "2: this variant is refused: z has no value" in said.err
    sheets = [name for name in shell.files("out") if name.startswith(("worksheets/", "keys/"))]
    assert sheets == ["keys/1_key.pdf", "keys/3_key.pdf", "worksheets/1_worksheet.pdf", "worksheets/3_worksheet.pdf"]


def test_who_failed_is_in_no_table(partly: tuple[Shell, Said]) -> None:
    shell, _ = partly
    told = csv.DictReader(StringIO((shell.folder / "out/answers.csv").read_text(encoding="utf-8-sig")))
    assert [row["id"] for row in told] == ["1", "3"]
    with pikepdf.open(shell.folder / "out/print.pdf") as pdf, pdf.open_outline() as outline:
        assert [entry.title for entry in outline.root] == ["Student 1", "Student 3"]


def test_a_second_run_tries_again(partly: tuple[Shell, Said]) -> None:
    shell, _ = partly
    said = shell("class", "exam.yaml", "--records", "records.jsonl", "-o", "out")
    assert (said.code, said.out.splitlines()[0]) == (1, "out: 0 students made, 2 finished before, 1 failed")
