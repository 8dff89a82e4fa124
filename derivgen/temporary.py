"""Names of temporary files and folders that say whose they are, so that a later run clears what a killed one left behind."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from pathlib import Path
from zlib import crc32

from derivgen.memo import FOLDERS_CLEARED, READ_ONCE

DAY = 24 * 60 * 60
"""Seconds after which what is temporary is nobody's any more, on whichever machine it was made."""
_NAME = re.compile(r"\.?derivgen-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-\w+(?:\.tmp)?")


def prefix() -> str:
    """Return how a temporary name of this process begins: `derivgen-`, the machine, the process."""
    return f"derivgen-{_machine()}-{os.getpid()}-"


def beside(target: Path) -> Path:
    """Return a new temporary name in a file's folder, hidden, that ends with `.tmp`."""
    return target.parent / f".{prefix()}{os.urandom(6).hex()}.tmp"


def clear_once(folder: Path) -> None:
    """Remove what killed runs left in a folder; a process looks through each folder once."""
    _clear(str(folder.absolute()))


def clear(folder: Path) -> None:
    """Remove the temporary files and folders of ours that no living process has, and those that are older than a day.

    What cannot be removed, or belongs to somebody else, stays.
    """
    try:
        entries = sorted(entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name))
    except OSError:
        return
    for name in entries:
        try:
            _remove_if_left(folder / name)
        except OSError:
            continue


@FOLDERS_CLEARED
def _clear(folder: str) -> None:
    clear(Path(folder))


def _remove_if_left(path: Path) -> None:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    status = path.lstat()
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        return
    here = found["machine"] == _machine()
    if status.st_mtime > time.time() - DAY and not (here and _is_gone(int(found["process"]))):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_gone(process: int) -> bool:
    """Return whether there is no such process on this machine; on Windows asking would end it, so that only age counts."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


@READ_ONCE
def _machine() -> str:
    """Return eight signs for this machine, or for the container in which process numbers are counted."""
    import socket

    try:
        counted = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        counted = ""
    return f"{crc32(f'{socket.gethostname()} {counted}'.encode()):08x}"
