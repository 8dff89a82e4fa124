"""A class by a real cluster of processes, one of which is killed half-way: nothing lost, nothing doubled, the same bytes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from derivgen.classes.assignments import numbered
from derivgen.classes.executors import SerialExecutor, ShareExecutor, connected
from derivgen.classes.ledger import Ledger
from derivgen.classes.run import plan_class, run_class
from derivgen.classes.store import Store, store_of
from derivgen.errors import ToolError
from derivgen.spec.load import loads
from tests.classes.conftest import SPEC, drawn

COUNT = 9

if os.environ.get("CI", "").lower() != "true":
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


class Noting:
    """A store that notes how often each file was written."""

    def __init__(self, store: Store):
        self.store, self.written = store, dict[str, int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def write(self, files: dict[str, bytes]) -> None:
        """Write and note."""
        for name in files:
            self.written[name] = self.written.get(name, 0) + 1
        self.store.write(files)


class Killing:
    """An executor of which one is killed when the first share is done."""

    def __init__(self, workers: ShareExecutor, victim: int):
        self.workers, self.victim, self.count, self.is_local = workers, victim, workers.count, workers.is_local

    def run(self, task: Any, shares: Sequence[Any], *fixed: Any) -> Iterator[tuple[int, Any]]:
        """The shares, a worker less after the first."""
        for number, entry in enumerate(self.workers.run(task, shares, *fixed)):
            if number == 0:
                os.kill(self.victim, signal.SIGKILL)
            yield entry


def sheets(store: Store) -> dict[str, bytes | None]:
    """Every file."""
    return {name: store.read(name) for folder in ("worksheets", "keys", "finished", "") for name in store.names(folder)}


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_half_way(tmp_path: Path) -> None:
    from distributed import LocalCluster

    spec = loads(SPEC)
    plan = plan_class(spec, drawn(SPEC, numbered(COUNT)), ("worksheet", "key"), ("pdf",), None)
    here = store_of(str(tmp_path / "here"))
    assert run_class(plan, Ledger.opened(here), SerialExecutor()).made == COUNT
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
            local_directory=tmp_path / "dask",
        ) as machines,
        connected(machines.scheduler_address) as workers,
    ):
        victim, _ = workers.client.run(os.getpid).values()
        there = Noting(store_of(f"memory://{tmp_path}/there"))
        heard: list[int] = []
        result = run_class(plan, Ledger.opened(there), Killing(workers, victim), heard.append)
        assert victim not in workers.client.run(os.getpid).values(), "the worker was not killed"
    assert (result.made, result.failed, sum(heard)) == (COUNT, [], COUNT)
    assert {count for name, count in there.written.items() if not name.startswith("finished/")} == {1}
    assert sheets(there) == sheets(here)
    assert len(sheets(here)) == 2 * COUNT + 7


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derivgen.classes.executors.CONNECTION_TIMEOUT", 0.2)
    with pytest.raises(ToolError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"), connected("tcp://127.0.0.1:1"):
        pass
