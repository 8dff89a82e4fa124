"""Who does the work: this process, several of this machine, or a cluster's. One loop over shares of the work for all of them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing import active_children, connection, get_context, parent_process
from threading import Thread
from typing import Any, Protocol

from derivgen.errors import Problem, ToolError

AHEAD = 2  # shares that wait for each worker, so that none is idle and few results lie about
MOST_JOBS = 4
MOST_BROKEN = 3
CONNECTING = 10  # seconds
GRACE = 5.0  # seconds for a process to end what it has in hand


class Hands(Protocol):
    """Workers that take a function and its arguments."""

    @property
    def count(self) -> int:
        """How many work at once."""

    @property
    def nearby(self) -> bool:
        """Whether they are other processes of this machine."""

    def done(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Generator[tuple[int, Any], None, None]:
        """The place of each share with `task(*fixed, share)`, as soon as it is done, in any order; each once."""


@dataclass(frozen=True, slots=True)
class Alone:
    """This process."""

    count: int = 1
    nearby: bool = False

    def begin(self) -> None:
        """Nothing."""

    def ready(self, task: Callable[..., Any], *fixed: Any) -> None:
        """Nothing: this process gets ready when it begins."""

    def close(self) -> None:
        """Nothing."""

    def done(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Generator[tuple[int, Any], None, None]:
        """One share after another."""
        for place, share in enumerate(shares):
            yield place, task(*fixed, share)


@dataclass(slots=True)
class Processes:
    """Processes of this machine. One that dies is replaced, and what it had in hand is done again."""

    count: int
    nearby: bool = True
    _pool: ProcessPoolExecutor | None = None
    _others: Collection[int | None] = ()

    def begin(self) -> None:
        """Start the processes, and have them import what they will need, while this one does the same."""
        self.ready(_imported, "derivgen.classes.sheets")

    def ready(self, task: Callable[..., Any], *fixed: Any) -> None:
        """Have each process run a task that makes it ready for the work to come, while this one goes on; what it says is lost."""
        pool = self._started()
        for _ in range(self.count):
            pool.submit(partial(_unless_ended, task), *fixed)

    def close(self) -> None:
        """End the processes; what they have in hand is given up."""
        if self._pool is not None:
            _end(self._pool, self._others)
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._others = frozenset(child.pid for child in active_children())
            self._pool = ProcessPoolExecutor(self.count, mp_context=get_context("spawn"), initializer=_quietly)
        return self._pool

    def done(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Generator[tuple[int, Any], None, None]:
        """Shares as they are done."""
        left = list(range(len(shares)))
        for broken in range(MOST_BROKEN + 1):
            pool, finished = self._started(), list[int]()
            try:
                for place, result in _windowed(pool, partial(_unless_ended, task), shares, left, fixed, self.count * AHEAD):
                    finished.append(place)
                    yield place, result
                pool.shutdown()
                return
            except BrokenProcessPool:
                if broken == MOST_BROKEN:
                    raise ToolError(Problem("the working processes die one after another", hint="try: --jobs 1")) from None
                gone = dict.fromkeys(finished)
                left = [place for place in left if place not in gone]
            finally:
                self.close()


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a cluster of dask.distributed; its scheduler gives the work of one that dies to another."""

    client: Any
    count: int
    nearby: bool = False

    def done(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Generator[tuple[int, Any], None, None]:
        """Shares as they are done."""
        executor = self.client.get_executor(pure=False, retries=MOST_BROKEN)
        try:
            yield from _windowed(executor, task, shares, range(len(shares)), fixed, self.count * AHEAD)
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "distributed":
                raise
            raise ToolError(
                Problem(f"the cluster gives up: {error}", hint="the same command goes on where this one stopped")
            ) from error


def hands(jobs: int | None = None, most: int | None = None) -> Alone | Processes:
    """`jobs` processes (default: one for each core, up to four), no more than `most`; for one this one does."""
    count = jobs or _cores()
    count = min(count, most) if most is not None else count
    return Alone() if count < 2 else Processes(count)


def begun(jobs: int | None, students: int, now: bool = True) -> Alone | Processes:
    """Hands for so many students, whose processes start `now`, else when there is work."""
    workers = hands(jobs, most_for(students))
    if now:
        workers.begin()
    return workers


def enough(workers: Alone | Processes, students: int) -> Alone | Processes:
    """The same hands, or fewer of them where there are too many for the students."""
    if workers.count > most_for(students):
        workers.close()
        return hands(most_for(students))
    return workers


def most_for(students: int) -> int:
    """How many processes are of use for so many students."""
    return max(1, students // 2)


def _cores() -> int:
    from joblib import cpu_count

    return min(cpu_count(), MOST_JOBS)


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """The cluster behind a scheduler's address. Raises ToolError where there is none, or without dask.distributed."""
    try:
        from distributed import Client
    except ImportError:
        hint = "pip install 'derivgen[cluster]'"
        raise ToolError(Problem("to use a cluster the package distributed is needed", hint=hint)) from None
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ToolError(Problem(f"no scheduler answers at {address}: {error}", hint="as --scheduler tcp://host:8786")) from None
    with client:
        yield Cluster(client, max(1, sum(client.nthreads().values())))


def _windowed(
    executor: Executor, task: Callable[..., Any], shares: Sequence[Any], which: Iterable[int], fixed: tuple[Any, ...], ahead: int
) -> Generator[tuple[int, Any], None, None]:
    """(place, result) of the shares at some places, never more than `ahead` of them given out at once."""
    waiting: dict[Future[Any], int] = {}
    places = iter(which)
    try:
        while True:
            while len(waiting) < ahead and (place := next(places, None)) is not None:
                waiting[executor.submit(task, *fixed, shares[place])] = place
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    finally:
        for future in waiting:
            future.cancel()


_ended: list[int] = []


def _quietly() -> None:
    """A worker leaves Ctrl-C to the process that started it, and goes with it; ended, it ends what it has started itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ValueError, AttributeError):
        signal.signal(signal.SIGTERM, _give_up)
    Thread(target=_go_with_the_parent, daemon=True).start()


def _go_with_the_parent() -> None:
    """End when the process that started this one is gone, however it ended: nobody else would."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _give_up(number: int, _: Any) -> None:
    """What is in hand is given up, TeX with it."""
    _ended.append(number)
    sys.exit(1)


def _imported(module: str) -> None:
    import_module(module)


def _unless_ended(task: Callable[..., Any], *arguments: Any) -> Any:
    """A task's result. One that is given up ends the process: the pool would take that for a result, and have it go on."""
    try:
        return task(*arguments)
    finally:
        if _ended:
            os._exit(1)


def _end(pool: ProcessPoolExecutor, others: Collection[int | None]) -> None:
    """The pool ended now: what its workers have in hand is given up. One that does not hear is killed."""
    results = getattr(pool, "_result_queue", None)
    pool.shutdown(wait=False, cancel_futures=True)
    workers = [child for child in active_children() if child.pid not in others]
    for worker in workers:
        worker.terminate()
    left, until = {worker.sentinel: worker for worker in workers}, time.monotonic() + GRACE
    while left and (patience := until - time.monotonic()) > 0:
        for sentinel in connection.wait(list(left), patience):
            del left[sentinel]  # type: ignore[arg-type]
    for worker in left.values():
        worker.kill()
    if (writer := getattr(results, "_writer", None)) is not None:
        writer.close()  # or the pool would wait for ever for the rest of a result whose worker has ended
    pool.shutdown(wait=True)
