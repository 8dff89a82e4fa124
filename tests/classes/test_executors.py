"""Shares of work: each done once, whoever does it and whoever dies over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from derivgen.classes.executors import ProcessExecutor, SerialExecutor, ShareExecutor, executor_for, in_order, workers_for
from derivgen.errors import ToolError
from tests.product import ROOT

SHARES = tuple(range(7))


def doubled(folder: str, share: int) -> int:
    """Twice the share; which process did it is noted."""
    with (Path(folder) / f"{share}").open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return 2 * share


def dying_once(folder: str, share: int) -> int:
    """The process that first has the third share in hand is killed."""
    mark = Path(folder) / "dead"
    if share == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(folder, share)


def dying(folder: str, share: int) -> int:
    """Every process that begins is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return share


def slow(folder: str, share: int) -> int:
    """Half a minute."""
    (Path(folder) / f"{share}").touch()
    if share:
        time.sleep(30)
    return share


@pytest.mark.parametrize(
    "workers", [SerialExecutor(), ProcessExecutor(2), ProcessExecutor(9)], ids=["alone", "two", "more than shares"]
)
def test_each_share_is_done_once(workers: ShareExecutor, tmp_path: Path) -> None:
    found = dict(workers.run(doubled, SHARES, str(tmp_path)))
    assert found == {share: 2 * share for share in SHARES}
    assert all(len((tmp_path / str(share)).read_text().splitlines()) == 1 for share in SHARES)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    places = [place for place, _ in ProcessExecutor(2).run(dying_once, SHARES, str(tmp_path))]
    assert sorted(places) == list(SHARES)
    assert (tmp_path / "dead").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_processes_that_all_die_are_given_up(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="die one after another"):
        list(ProcessExecutor(2).run(dying, SHARES[:2], str(tmp_path)))


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_what_is_in_hand_is_given_up_at_once(tmp_path: Path) -> None:
    """Closing the loop ends the workers that sleep for half a minute."""
    with closing(ProcessExecutor(2).run(slow, SHARES, str(tmp_path))) as work:
        assert next(work) == (0, 0)
    assert not (tmp_path / "6").exists()


def test_how_many_workers_there_are() -> None:
    assert executor_for(1).count == 1
    assert executor_for(3, at_most=10) == ProcessExecutor(3)
    assert executor_for(3, at_most=1) == SerialExecutor()
    assert [workers_for(students) for students in (1, 3, 4, 300)] == [1, 1, 2, 150]


def test_results_in_the_order_of_their_shares() -> None:
    assert list(in_order((place, 10 * place) for place in (2, 0, 1, 3))) == [0, 10, 20, 30]


def failing(folder: str, share: int) -> int:
    """The third share raises."""
    if share == 3:
        raise ValueError("third")
    return share


@pytest.mark.parametrize("workers", [SerialExecutor(), ProcessExecutor(2)], ids=["alone", "two"])
def test_what_a_share_raises_is_raised_here(workers: ShareExecutor, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="third"):
        list(workers.run(failing, SHARES, str(tmp_path)))


def test_what_goes_wrong_while_workers_are_prepared_is_told_by_the_work(tmp_path: Path) -> None:
    with closing(ProcessExecutor(2)) as workers:
        workers.prepare(failing, str(tmp_path), 3)
        assert dict(workers.run(doubled, SHARES, str(tmp_path))) == {share: 2 * share for share in SHARES}


def with_a_program(folder: str) -> None:
    """Work that does not end, in another program, and says when it has begun."""
    program = "import pathlib, os, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(1000)"
    subprocess.run([sys.executable, "-c", program, str(Path(folder) / "begun")], start_new_session=True, check=True)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_is_given_up_ends_with_the_programs_it_runs(tmp_path: Path) -> None:
    """As TeX, which runs in a session of its own."""
    before, begun = active_children(), tmp_path / "begun"
    with closing(ProcessExecutor(1)) as workers:
        workers.prepare(with_a_program, str(tmp_path))
        (worker,) = [child for child in active_children() if child not in before]
        until = time.monotonic() + 600
        while not (begun.exists() and begun.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
    ended([worker.pid, int(begun.read_text())])


def ended(processes: Sequence[int | None]) -> None:
    """Each of these processes ends."""
    until = time.monotonic() + 600
    while any(map(is_alive, processes)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [process for process in processes if is_alive(process)]


ORPHANS = """
import os, signal, sys, time
from multiprocessing import active_children
from derivgen.classes.executors import executor_for
if __name__ == "__main__":
    workers = executor_for(3)
    workers.import_early("derivgen.classes.sheets")
    time.sleep(float(sys.argv[1]))
    print(*[child.pid for child in active_children()], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_processes_go_with_the_one_that_started_them_even_if_it_is_killed(tmp_path: Path) -> None:
    (tmp_path / "orphans.py").write_text(ORPHANS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for pause in ("0", "0.3", "3"):
        ran = subprocess.run(
            [sys.executable, "orphans.py", pause], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200
        )
        workers = [int(word) for word in ran.stdout.split()]
        assert len(workers) == 3
        ended(workers)


def is_alive(process: int | None) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    assert process is not None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


CLOSED = """
import sys, time
from collections.abc import Sequence
from contextlib import closing
from derivgen.classes.executors import ProcessExecutor, executor_for
def large(share):
    return bytes(30_000_000)
if __name__ == "__main__":
    for pause in (0, 0.1, 0.3, 0.6, 1.0):
        with closing(executor_for(4)) as workers:
            workers.import_early("derivgen.classes.sheets")
            time.sleep(pause)
    for pause in (0, 0.1, 0.3):
        with closing(ProcessExecutor(2)) as workers, closing(workers.run(large, range(50))) as work:
            assert next(work)[1] == bytes(30_000_000)
            time.sleep(pause)
    print("ended")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_processes_end_whatever_they_are_about(tmp_path: Path) -> None:
    """At the start, while they import, in the middle of a large result: at once, and without a word."""
    (tmp_path / "ended.py").write_text(CLOSED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "ended.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("ended\n", "", 0)
