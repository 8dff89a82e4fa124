"""Runs a program so that a bad document can waste neither the machine nor its files: a fresh folder, no environment, limits."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from enum import Enum
from pathlib import Path

from derivgen import temporary
from derivgen.frozen import dataclass, field

OUTPUT_KEPT = 64 * 1024
_MEGABYTE = 1 << 20
_OUT_OF_CPU_TIME = -getattr(signal, "SIGXCPU", 0) or None
# `p` is kpathsea's "paranoid": no file above the job's folder, none that starts with a dot.
_TEX_VARIABLES = {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
_WINDOWS_VARIABLES = ("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA")
# The shell sets the limits and becomes the program: unlike `preexec_fn`, that is safe in a process with threads.
# A limit the system does not know, or that already is lower, stays as it is. Who uses up the CPU time gets SIGXCPU, and
# SIGKILL a second later.
_LIMITER = """
exec 2>/dev/null
ulimit -c 0; ulimit -t "$1"; ulimit -S -t "$2"; ulimit -v "$3"; ulimit -f "$4"; ulimit -n "$5"
shift 5
exec 2>&1
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: CPU seconds of each process, wall-clock seconds, address space, the size of each file, open files.

    CPU time says what a document costs, however busy the machine is; the wall clock only ends what hangs without working.
    """

    cpu: float = 60.0
    wall: float = 600.0
    memory: int = 4096 * _MEGABYTE
    file_size: int = 128 * _MEGABYTE
    open_files: int = 256


class Expired(Enum):
    """Which limit in time ended a run."""

    NEITHER = "neither"
    CPU = "CPU time"
    WALL = "wall-clock time"

    def __bool__(self) -> bool:
        return self is not Expired.NEITHER


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind; `code` is negative when a signal ended it, `output` the end of what it printed.

    `expired` names the limit in time that ended it, `seconds` are those of the wall clock.
    """

    code: int
    expired: Expired
    seconds: float
    output: str
    files: Mapping[str, bytes] = field(default_factory=dict)


class Running:
    """A program that runs, in a fresh folder with no input, no environment but the given, and everything limited.

    At the limit in CPU time (where the system counts it) or wall-clock time all that runs is killed; so it is by `close`.
    """

    def __init__(
        self,
        command: Sequence[str],
        inputs: Mapping[str, bytes],
        wanted: Sequence[str],
        environment: Mapping[str, str],
        limits: Limits,
    ):
        """Start it.

        Args:
            command: the program's absolute path and its arguments.
            inputs: the files to put into the folder, by name.
            wanted: the names of the files to bring back, those that exist.
            environment: variables beside those for TeX's safety, for fixed dates and for the home folder.
            limits: what it may use.

        Raises:
            OSError: the program cannot be started, or the folder cannot be made.
        """
        self._wanted = wanted
        self._expired = threading.Event()
        self._ends = ExitStack()
        with ExitStack() as ends:
            temporary.clear_once(Path(tempfile.gettempdir()))
            name = ends.enter_context(tempfile.TemporaryDirectory(prefix=temporary.prefix(), ignore_cleanup_errors=True))
            folder = Path(name).resolve()
            self._job, self._printed = folder / "job", folder / "printed"
            self._job.mkdir()
            for file, content in inputs.items():
                (self._job / file).write_bytes(content)
            self._started = time.monotonic()
            self._process = ends.enter_context(_killed_at_last(_started(command, self._job, self._printed, environment, limits)))
            # `wait` with a timeout polls and loses up to 50 ms a run; a timer that kills does not.
            timer = threading.Timer(limits.wall, self._stop)
            timer.start()
            ends.callback(timer.cancel)
            self._ends = ends.pop_all()

    def _stop(self) -> None:
        self._expired.set()
        _kill(self._process)

    def outcome(self) -> Outcome:
        """Wait for its end and return what it left behind."""
        code = self._process.wait()
        seconds = time.monotonic() - self._started
        expired = Expired.CPU if code == _OUT_OF_CPU_TIME else Expired.NEITHER
        if self._expired.is_set():
            expired = Expired.WALL
        files = (
            {} if expired else {name: (self._job / name).read_bytes() for name in self._wanted if (self._job / name).is_file()}
        )
        return Outcome(code, expired, seconds, _tail(self._printed), files)

    def close(self) -> None:
        """End it, with all that it has started, and remove its folder."""
        self._ends.close()


def run(
    command: Sequence[str],
    inputs: Mapping[str, bytes],
    wanted: Sequence[str],
    environment: Mapping[str, str],
    limits: Limits,
) -> Outcome:
    """Run a program to its end, as `Running` does, with the same arguments. Raises OSError."""
    with closing(Running(command, inputs, wanted, environment, limits)) as running:
        return running.outcome()


def _environment(job: Path, given: Mapping[str, str]) -> dict[str, str]:
    system = {name: os.environ[name] for name in _WINDOWS_VARIABLES if name in os.environ} if os.name == "nt" else {}
    home = {name: str(job) for name in ("HOME", "TMPDIR", "TEMP", "TMP")}
    return {**system, "LC_ALL": "C", **home, **given, **_TEX_VARIABLES}


def _started(
    command: Sequence[str], job: Path, printed: Path, environment: Mapping[str, str], limits: Limits
) -> subprocess.Popen[bytes]:
    """Start the program, its output into a file of limited size."""
    with printed.open("wb") as output:
        return subprocess.Popen(
            _limited(command, limits),
            cwd=job,
            env=_environment(job, environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def _killed_at_last(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process and end it, and all of its group, whatever happens."""
    try:
        yield process
    finally:
        _kill(process)
        process.wait()


def _limited(command: Sequence[str], limits: Limits) -> list[str]:
    if os.name != "posix":
        return list(command)
    cpu = math.ceil(limits.cpu)
    amounts = (cpu + 1, cpu, limits.memory // 1024, limits.file_size // 512, limits.open_files)
    return ["/bin/sh", "-c", _LIMITER, "sh", *map(str, amounts), *command]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # all have ended; macOS reports a group of zombies as "not permitted"


def _tail(file: Path) -> str:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - OUTPUT_KEPT))
        return stream.read().decode(errors="replace")
