"""Shares of work: each done once, whoever does it and whoever dies over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children, connection
from pathlib import Path

import pytest

from derivgen.classes.hands import Alone, Hands, Processes, hands
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


@pytest.mark.parametrize("workers", [Alone(), Processes(2)], ids=["alone", "two processes"])
def test_each_share_is_done_once(workers: Hands, tmp_path: Path) -> None:
    found = dict(workers.done(doubled, SHARES, str(tmp_path)))
    assert found == {share: 2 * share for share in SHARES}
    assert all(len((tmp_path / str(share)).read_text().splitlines()) == 1 for share in SHARES)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    places = [place for place, _ in Processes(2).done(dying_once, SHARES, str(tmp_path))]
    assert sorted(places) == list(SHARES)
    assert (tmp_path / "dead").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_processes_that_all_die_are_given_up(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="die one after another"):
        list(Processes(2).done(dying, SHARES[:2], str(tmp_path)))


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_what_is_in_hand_is_given_up_at_once(tmp_path: Path) -> None:
    """Closing the loop ends the workers that sleep for half a minute."""
    with closing(Processes(2).done(slow, SHARES, str(tmp_path))) as work:
        assert next(work) == (0, 0)
    assert not (tmp_path / "6").exists()


def test_how_many_hands_there_are() -> None:
    assert hands(1).count == 1
    assert hands(3, most=10) == Processes(3)
    assert hands(3, most=1) == Alone()


def endless(folder: str) -> None:
    """Work that does not end, and says when it has begun."""
    (Path(folder) / "begun").touch()
    time.sleep(1000)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_is_given_up_ends_at_once(tmp_path: Path) -> None:
    """It does not go on to wait for more work, where nobody could end it."""
    before = active_children()
    with closing(Processes(1)) as workers:
        workers.ready(endless, str(tmp_path))
        (worker,) = [child for child in active_children() if child not in before]
        until = time.monotonic() + 600
        while not (tmp_path / "begun").exists() and time.monotonic() < until:
            time.sleep(0.02)
        worker.terminate()
        assert connection.wait([worker.sentinel], 600) == [worker.sentinel]


ORPHANS = """
import os, signal, sys, time
from multiprocessing import active_children
from derivgen.classes.hands import begun
if __name__ == "__main__":
    workers = begun(3, 100)
    time.sleep(float(sys.argv[1]))
    print(*[child.pid for child in active_children()], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_processes_go_with_the_one_that_started_them_even_if_it_is_killed(tmp_path: Path) -> None:
    (tmp_path / "orphans.py").write_text(ORPHANS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for pause in ("0.3", "3"):
        ran = subprocess.run(
            [sys.executable, "orphans.py", pause], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200
        )
        workers = [int(word) for word in ran.stdout.split()]
        assert len(workers) == 3
        until = time.monotonic() + 600
        while any(map(is_alive, workers)) and time.monotonic() < until:
            time.sleep(0.05)
        assert not [worker for worker in workers if is_alive(worker)]


def is_alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


ENDED = """
import time
from derivgen.classes.hands import begun
if __name__ == "__main__":
    for pause in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0):
        workers = begun(4, 100)
        time.sleep(pause)
        workers.close()
    print("ended")
"""

HALF = """
import os, struct, time
from derivgen.classes.hands import Processes
if __name__ == "__main__":
    workers = Processes(2)
    workers.ready(time.sleep, 1000)
    os.write(workers._pool._result_queue._writer.fileno(), struct.pack("!i", 1000) + b"half")
    time.sleep(1)
    workers.close()
    print("ended")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("program", [ENDED, HALF], ids=["whenever", "in the middle of a result"])
def test_hands_that_are_not_needed_end_whatever_they_are_about(tmp_path: Path, program: str) -> None:
    """One that was given up while it imported went on to wait for work, and nobody could end it."""
    (tmp_path / "ended.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "ended.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("ended\n", "", 0)
