"""Files that are read, watched and written anew: how they are now, and new content in the place of the old."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class State:
    """How some files are: of each its time, its size and which file it is; None where there is none."""

    files: tuple[Path, ...]
    stamps: tuple[Stamp | None, ...]

    def __add__(self, other: State) -> State:
        return State((*self.files, *other.files), (*self.stamps, *other.stamps))


def state_of(files: tuple[Path, ...]) -> State:
    """How the files are now."""
    return State(files, tuple(_stamp(file) for file in files))


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(file.stat())
    except (OSError, ValueError):  # a name with a zero byte is no name
        return None


def stamp_of(found: os.stat_result) -> Stamp:
    """What tells a file from the one that was there before."""
    return found.st_mtime_ns, found.st_size, found.st_ino
