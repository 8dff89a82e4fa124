"""A short run of `tests/kills.py`, and what is cleared of what killed runs left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from derivgen import temporary
from derivgen.typeset.files import write_all
from tests.kills import KINDS, kills, prepare, temporary_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and process groups are those of Unix")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_half_written(kind: str, tmp_path: Path) -> None:
    done = kills(kind, tmp_path, 2, formats="pdf,md" if kind == "build" else "tex,md", finish=2)
    assert [(one.when, one.faults) for one in done if one.faults] == []


def _dead_process() -> int:
    return int(subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True).stdout)


def test_what_a_killed_run_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    mine = temporary.beside(tmp_path / "worksheet.tex")
    left = mine.with_name(mine.name.replace(f"-{os.getpid()}-", f"-{_dead_process()}-"))
    elsewhere = mine.with_name(f".derivgen-00000000-{_dead_process()}-abc.tmp")
    old = mine.with_name(f".derivgen-00000000-{os.getpid()}-abc.tmp")
    others = [tmp_path / name for name in (".derivgen-notes.tmp", "derivgen-notes", "worksheet.tex.tmp")]
    for path in (mine, left, elsewhere, old, *others):
        path.write_bytes(b"half of a fi")
    os.utime(old, (time.time() - 2 * temporary.DAY,) * 2)
    folder = left.with_name(left.name.strip(".").removesuffix(".tmp"))
    (folder / "job").mkdir(parents=True)
    write_all({tmp_path / "worksheet.tex": b"whole"})
    assert sorted(tmp_path.iterdir()) == sorted([mine, elsewhere, *others, tmp_path / "worksheet.tex"])


def test_a_link_with_such_a_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_bytes(b"whole")
    name = temporary.beside(tmp_path / "x").name.replace(f"-{os.getpid()}-", f"-{_dead_process()}-")
    (tmp_path / name).symlink_to(tmp_path / "precious")
    temporary.clear(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["precious", "thesis.tex"]


@pytest.mark.parametrize(
    ("arguments", "folders"),
    [(["class", "net.yaml", "--count", "1", "-o", "out", "--format", "md"], ["", "keys", "finished"]), (["weave", "out"], [""])],
)
def test_what_a_killed_run_left_goes_where_there_is_nothing_more_to_write(
    arguments: list[str], folders: list[str], tmp_path: Path
) -> None:
    kind = arguments[0]
    prepare(tmp_path, kind, 0)

    def run() -> None:
        ran = subprocess.run([sys.executable, "-m", "derivgen", *arguments], cwd=tmp_path, env=environment, capture_output=True)
        assert ran.returncode == 0, ran.stderr

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run()
    before = sorted(tmp_path.rglob("*"))
    if kind == "weave":
        folders = [*folders, *(path.name for path in (tmp_path / "out").iterdir() if path.is_dir())]
        assert len(folders) > 1
    process = _dead_process()
    for folder in folders:
        mine = temporary.beside(tmp_path / "out" / folder / "x")
        mine.with_name(mine.name.replace(f"-{os.getpid()}-", f"-{process}-")).write_bytes(b"half of a fi")
    assert len(temporary_files(tmp_path)) == len(folders)
    run()
    assert sorted(tmp_path.rglob("*")) == before
