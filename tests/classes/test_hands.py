"""Shares of work: each done once, whoever does it and whoever dies over it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from derivgen.classes.hands import Alone, Hands, Processes, hands
from derivgen.errors import ToolError

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
