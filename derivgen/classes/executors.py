"""Executors: this process, several of this machine (loky), or those of a cluster (dask.distributed), with one loop for all.

The same functions run everywhere, and every share is done exactly once, whatever the number of workers and whichever of them die.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Any, Protocol

from derivgen.errors import Problem, ToolError
from derivgen.frozen import dataclass, field

WAITING = 2  # shares handed out for each worker: so many that none is idle, so few that little is done in vain
MAX_JOBS = 4
MAX_BROKEN = 3  # pools whose workers died, before we give up
CONNECTION_TIMEOUT = 10  # seconds
POLLING = 0.5  # seconds between two looks whether the parent process still runs
HANDING_OUT = 1.0  # seconds within which loky hands submitted work over to its workers

Results = Generator[tuple[int, Any], None, None]
"""The place of each share and what came of it, in the order in which they are done."""


class ShareExecutor(Protocol):
    """Runs a function on shares of work."""

    @property
    def count(self) -> int:
        """Return how many shares are worked on at once."""

    @property
    def is_local(self) -> bool:
        """Return whether the workers are other processes of this machine, with the same fonts and programs."""

    def run(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Results:
        """Yield the place of each share with `task(*fixed, share)`, each once, as soon as it is done."""


@dataclass(frozen=True, slots=True)
class SerialExecutor:
    """Runs everything in this process, one share after the other."""

    count: int = 1
    is_local: bool = False

    def import_early(self, module: str) -> None:
        """Do nothing: this process imports what it needs when it needs it."""

    def prepare(self, task: Callable[..., Any], *fixed: Any) -> None:
        """Do nothing: this process prepares itself with its first share."""

    def close(self) -> None:
        """Do nothing: there is no other process to end."""

    def run(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Results:
        """Yield the place of each share with `task(*fixed, share)`, in order."""
        for place, share in enumerate(shares):
            yield place, task(*fixed, share)


@dataclass(slots=True)
class ProcessExecutor:
    """Runs shares in processes of this machine. If one dies, all are replaced, and what was not finished is done again."""

    count: int
    is_local: bool = True
    _pool: Executor | None = None
    _preparing: list[Future[Any]] = field(default_factory=list)

    def import_early(self, module: str) -> None:
        """Start the processes and have each import a module, while this process goes on."""
        self.prepare(import_in_worker, module)

    def prepare(self, task: Callable[..., Any], *fixed: Any) -> None:
        """Have each process run `task(*fixed)`, whose result is dropped, while this process goes on."""
        pool = self._start()
        self._preparing += [pool.submit(task, *fixed) for _ in range(self.count)]

    def close(self) -> None:
        """End the processes and all programs that they run at once; unfinished work is dropped."""
        if self._pool is not None:
            self._end(self._pool, self._preparing)

    def run(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Results:
        """Yield the place of each share with `task(*fixed, share)`, as soon as it is done.

        Raises ToolError if workers die again and again.
        """
        left = dict(enumerate(shares))
        for broken in range(MAX_BROKEN + 1):
            pool, waiting = self._start(), dict.fromkeys(self._preparing, -1)
            try:
                for place, result in _in_window(pool, task, left.copy(), fixed, self.count * WAITING, waiting):
                    del left[place]
                    yield place, result
                return
            except BrokenProcessPool:
                if broken == MAX_BROKEN:
                    raise ToolError(Problem("the working processes die one after another", hint="try: --jobs 1")) from None
            finally:
                self._end(pool, list(waiting))

    def _start(self) -> Executor:
        """Return the running pool; start one if there is none."""
        if self._pool is None:
            from joblib.externals.loky import ProcessPoolExecutor

            self._pool = ProcessPoolExecutor(self.count, initializer=_follow_parent, initargs=(os.getpid(),))
            self._preparing = []
        assert self._pool is not None
        return self._pool

    def _end(self, pool: Any, unfinished: Iterable[Future[Any]]) -> None:
        """Kill the workers of a pool and the programs they run."""
        # loky fails if it is shut down before it has handed out what was submitted.
        until = time.monotonic() + HANDING_OUT
        while not all(future.running() or future.done() for future in unfinished) and time.monotonic() < until:
            time.sleep(0.005)
        pool.shutdown(kill_workers=True)
        self._pool = None
        # A thread of loky's drops the pool's semaphores as it ends. If this process ends meanwhile, the system's count of them
        # is wrong, and a warning about it is printed.
        for thread in enumerate_threads():
            if thread.name == "QueueFeederThread":
                thread.join(HANDING_OUT)


@dataclass(frozen=True, slots=True)
class ClusterExecutor:
    """Runs shares on a cluster of dask.distributed, whose scheduler gives the work of a worker that dies to another."""

    client: Any
    count: int
    is_local: bool = False

    def run(self, task: Callable[..., Any], shares: Sequence[Any], *fixed: Any) -> Results:
        """Yield the place of each share with `task(*fixed, share)`, as soon as it is done.

        Raises ToolError if the cluster gives up.
        """
        executor = self.client.get_executor(pure=False, retries=MAX_BROKEN)
        waiting: dict[Future[Any], int] = {}
        try:
            yield from _in_window(executor, task, dict(enumerate(shares)), fixed, self.count * WAITING, waiting)
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "distributed":
                raise
            raise ToolError(
                Problem(f"the cluster gives up: {error}", hint="the same command goes on where this one stopped")
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def executor_for(jobs: int | None, at_most: int | None = None) -> SerialExecutor | ProcessExecutor:
    """Return an executor of `jobs` processes (default: one for each core, up to four), but of no more than `at_most`."""
    count = jobs or _cores()
    count = min(count, at_most) if at_most is not None else count
    return SerialExecutor() if count < 2 else ProcessExecutor(count)


def workers_for(students: int) -> int:
    """Return how many processes are of use for so many students."""
    return max(1, students // 2)


@contextmanager
def connected(address: str) -> Iterator[ClusterExecutor]:
    """Connect to the cluster of a scheduler's address. Raises ToolError where there is none, or without dask.distributed."""
    try:
        from distributed import Client
    except ImportError:
        hint = "pip install 'derivgen[cluster]'"
        raise ToolError(Problem("to use a cluster the package distributed is needed", hint=hint)) from None
    try:
        client = Client(address, timeout=CONNECTION_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ToolError(Problem(f"no scheduler answers at {address}: {error}", hint="as --scheduler tcp://host:8786")) from None
    with client:
        yield ClusterExecutor(client, max(1, sum(client.nthreads().values())))


def in_order(results: Results) -> Iterator[Any]:
    """Yield results in the order of their shares, each as soon as all before it are there."""
    early: dict[int, Any] = {}
    wanted = 0
    for place, result in results:
        early[place] = result
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def import_in_worker(module: str) -> None:
    """Import a module, so that the work to come finds it there."""
    import_module(module)


def _cores() -> int:
    from joblib import cpu_count

    return min(cpu_count(), MAX_JOBS)


def _in_window(
    executor: Executor,
    task: Callable[..., Any],
    shares: dict[int, Any],
    fixed: tuple[Any, ...],
    window: int,
    waiting: dict[Future[Any], int],
) -> Results:
    """Yield (place, result) of each share, with never more than `window` of them handed out at once.

    `waiting` holds what is handed out, by place, -1 where the result is dropped; it is kept up to date for the caller.
    """
    places = iter(shares)
    while True:
        while len(waiting) < window and (place := next(places, None)) is not None:
            waiting[executor.submit(task, *fixed, shares[place])] = place
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            place = waiting.pop(future)
            if place >= 0:
                yield place, future.result()


def _follow_parent(parent: int) -> None:
    """Leave Ctrl-C to the parent process, and end when that is gone, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLLING)
    os._exit(1)
