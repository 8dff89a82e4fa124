"""Files written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from derivgen import temporary
from derivgen.errors import Problem, UserError


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write every file, or none: first all under temporary names beside their places, then all renamed.

    Folders are made as needed. When something fails, the temporary files and the new folders are removed again.
    A reader never sees half a file. (Only where a rename fails after others succeeded do some files stay written, whole.)
    What a killed run left in their folders is removed.

    Args:
        files: what to write, by path; a file that is there is replaced.

    Raises:
        UserError: a folder or a file cannot be written; the message names it.
    """
    made: list[Path] = []
    staged: dict[Path, Path] = {}
    try:
        for target, content in files.items():
            with _refusals(target):
                _stage(target, content, made, staged)
        for target in tuple(staged):
            with _refusals(target):
                staged[target].replace(target)
            del staged[target]
    except BaseException:
        _remove(staged.values(), made)
        raise


def rewrite(path: Path, content: bytes, still: Callable[[], bool] = lambda: True) -> os.stat_result | None:
    """Put new content in the place of a file's old one, whole or not at all; permissions stay, links are followed.

    `still` is asked at the last moment; when it says no, nothing is written and None returned, else what the system says of the
    file.
    """
    target = path.resolve()
    staged: dict[Path, Path] = {}
    with _refusals(path):
        if not os.access(target, os.W_OK):
            raise UserError(Problem(f"cannot write {path}: it may only be read"))
        try:
            _stage(target, content, [], staged)
            shutil.copymode(target, staged[target])
            made = staged[target].stat()
            if still():
                staged[target].replace(target)
                return made
        finally:
            _remove(staged.values(), [])
    return None


@contextmanager
def _refusals(target: Path) -> Iterator[None]:
    """The system's refusal as the user's error, with the path."""
    try:
        yield
    except OSError as error:
        raise UserError(Problem(f"cannot write {target}: {error.strerror or error}")) from error


def _stage(target: Path, content: bytes, made: list[Path], staged: dict[Path, Path]) -> None:
    """Write the content under a temporary name in the target's folder, noting what is made before it can fail."""
    if target.is_dir():
        raise UserError(Problem(f"cannot write {target}: it is a folder"))
    _make_folder(target, made)
    temporary.clear_once(target.parent)
    staged[target] = temporary.beside(target)
    with staged[target].open("xb") as stream:
        stream.write(content)


def _make_folder(target: Path, made: list[Path]) -> None:
    """Make the folder of the target and those above it, noting each new one."""
    folder, missing = target.parent, []
    while not folder.is_dir():
        if folder.exists():
            raise UserError(Problem(f"cannot write {target}: {folder} is a file, not a folder"))
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        made.append(new)


def _remove(temporaries: Iterable[Path], folders: list[Path]) -> None:
    """Take back what was made; what cannot be removed (a folder in which files have appeared) stays."""
    for path in temporaries:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            continue
