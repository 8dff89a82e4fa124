"""Files: which are woven, those that are named and below a folder those that hold a mark; and how files are at a moment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from derivgen.frozen import dataclass
from derivgen.weave.syntaxes import NOTEBOOK, SYNTAXES

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class State:
    """How some files are: of each its time, its size and which file it is; None where there is none."""

    files: tuple[Path, ...]
    stamps: tuple[Stamp | None, ...]

    def __add__(self, other: State) -> State:
        return State((*self.files, *other.files), (*self.stamps, *other.stamps))


def state_of(files: tuple[Path, ...]) -> State:
    """Return how the files are now."""
    return State(files, tuple(_stamp(file) for file in files))


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(file.stat())
    except (OSError, ValueError):  # a name with a zero byte is no name
        return None


def stamp_of(found: os.stat_result) -> Stamp:
    """Return what tells a file from the one that was there before."""
    return found.st_mtime_ns, found.st_size, found.st_ino


ENDINGS = (*SYNTAXES, NOTEBOOK)
MARKED = (b"derivgen:", b"/derivgen")


def documents(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files in order, each once; in place of a folder the documents below it in which something like a mark stands.

    Hidden folders, installed packages and virtual environments are passed over.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for each in _below(path) if path.is_dir() else (path,):
            found.setdefault(each.resolve(), each)
    return tuple(found.values())


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_looked_into(Path(place, name)))
        for name in sorted(files):
            path = Path(place, name)
            if path.suffix.lower() in ENDINGS and _holds_a_mark(path):
                yield path


def _is_looked_into(folder: Path) -> bool:
    return not folder.name.startswith(".") and folder.name != "node_modules" and not (folder / "pyvenv.cfg").exists()


def _holds_a_mark(path: Path) -> bool:
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError:
        return False
    return any(mark in data for mark in MARKED)
