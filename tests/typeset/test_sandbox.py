"""What a program in the sandbox sees, and what it cannot do."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from derivgen.typeset.sandbox import Expired, Limits, run
from tests.typeset.conftest import is_alive

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses a shell")


USUAL = Limits()


def shell(commands, limits=USUAL, **options):
    """Run shell commands in the sandbox."""
    given = {"inputs": {}, "wanted": (), "environment": {"PATH": os.defpath}, **options}
    return run(["/bin/sh", "-c", commands], limits=limits, **given)


def test_files_go_in_and_come_back():
    outcome = shell("tr a-z A-Z < in > out; ls; echo oops >&2; exit 3", inputs={"in": b"abc"}, wanted=("out", "absent"))
    assert (outcome.code, outcome.expired) == (3, Expired.NEITHER)
    assert outcome.files == {"out": b"ABC"}
    assert outcome.output == "in\nout\noops\n"


def test_the_environment_is_made_from_nothing(monkeypatch):
    monkeypatch.setenv("SECRET", "42")
    lines = dict(line.split("=", 1) for line in shell("env").output.splitlines())
    job = lines["PWD"]
    assert set(lines) - {"_", "OLDPWD", "SHLVL"} == {
        *("PATH", "PWD", "LC_ALL", "HOME", "TMPDIR", "TEMP", "TMP"),
        *("openin_any", "openout_any", "shell_escape", "SOURCE_DATE_EPOCH", "FORCE_SOURCE_DATE"),
    }
    assert lines["HOME"] == lines["TMPDIR"] == job
    assert (lines["openin_any"], lines["openout_any"], lines["shell_escape"]) == ("p", "p", "f")
    assert not Path(job).exists()


def test_there_is_nothing_to_read():
    assert shell("cat").output == ""


def test_the_limits_hold():
    limits = Limits(cpu=3, memory=1 << 30, file_size=1 << 20, open_files=20)
    assert shell("ulimit -S -t; ulimit -H -t; ulimit -v; ulimit -n; ulimit -c", limits).output.split() == [
        "3",
        "4",
        "1048576",
        "20",
        "0",
    ]
    big = shell("yes > big; echo $?; wc -c < big", limits)
    assert "1048576" in big.output.split()


def test_a_limit_that_already_is_lower_stays():
    resource = pytest.importorskip("resource")
    _, lowest = resource.getrlimit(resource.RLIMIT_NOFILE)
    outcome = shell("ulimit -n; ulimit -c", Limits(open_files=lowest + 1000))
    if os.geteuid() != 0:
        assert outcome.output.split() == [str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]), "0"]
    assert outcome.code == 0


def test_a_flood_of_output_is_cut():
    outcome = shell("yes | head -c 300000; echo end")
    assert len(outcome.output) == 64 * 1024
    assert outcome.output.endswith("end\n")


def test_children_left_behind_are_ended(tmp_path):
    child = tmp_path / "child"
    outcome = shell(f"sleep 1000 & echo $! > {child}; exit 0")
    assert (outcome.code, outcome.expired) == (0, Expired.NEITHER)
    assert not is_alive(int(child.read_text()))


def test_who_works_too_long_is_ended_by_its_cpu_time():
    outcome = shell("while :; do :; done", Limits(cpu=1, wall=1000))
    assert outcome.expired is Expired.CPU
    assert outcome.files == {}


def test_who_waits_is_not_ended_by_cpu_time_but_by_the_wall_clock():
    assert shell("sleep 1.5; echo done", Limits(cpu=1)).output == "done\n"
    assert shell("sleep 1000", Limits(cpu=1, wall=0.2)).expired is Expired.WALL


def test_it_works_from_many_threads():
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda number: shell(f"echo {number}").output, range(12)))
    assert outputs == [f"{number}\n" for number in range(12)]


def test_a_program_that_is_missing_fails_with_the_shells_words():
    outcome = run(["/nowhere/at/all"], {}, (), {}, Limits())
    assert outcome.code == 127
    assert "/nowhere/at/all" in outcome.output
