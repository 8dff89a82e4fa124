"""Where a class's files go: a folder, or a place that fsspec knows by its address. Every file whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from derivgen import temporary
from derivgen.errors import Problem, ToolError, UserError
from derivgen.frozen import dataclass
from derivgen.typeset.files import write_all


class Store(Protocol):
    """Files by their names below one place; a name has `/` between its parts."""

    @property
    def address(self) -> str:
        """Return what a user calls the place."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write each file whole. Raises UserError."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""

    def names(self, folder: str) -> Iterator[str]:
        """Return the names of the files in a folder, in order."""

    def clear(self) -> None:
        """Remove what killed runs left under temporary names."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    path: Path

    @property
    def address(self) -> str:
        """Return its path."""
        return str(self.path)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write all under temporary names first, then rename them."""
        write_all({self.path / name: content for name, content in files.items()})

    def read(self, name: str) -> bytes | None:
        """Return the file's bytes."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise UserError(Problem(f"cannot read {self.path / name}: {error.strerror}")) from error

    def names(self, folder: str) -> Iterator[str]:
        """Yield the files, by name."""
        place = self.path / folder
        found = sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []
        yield from (f"{folder}/{name}" if folder else name for name in found)

    def clear(self) -> None:
        """Look through every folder: a run that finds all finished writes into none of them."""
        for place, _, _ in os.walk(self.path):
            temporary.clear_once(Path(place))


@dataclass(frozen=True, slots=True)
class Remote:
    """A place behind an address such as `s3://bucket/course`, through fsspec and what the user has installed for it."""

    address: str
    system: Any
    root: str

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write in one transaction: a file appears under its name when it is complete."""
        try:
            for folder in dict.fromkeys(self._path(name).rpartition("/")[0] for name in files):
                self.system.makedirs(folder, exist_ok=True)
            with self.system.transaction:
                for name, content in files.items():
                    with self.system.open(self._path(name), "wb") as stream:
                        stream.write(content)
        except OSError as error:
            raise UserError(Problem(f"cannot write to {self.address}: {error}")) from error

    def read(self, name: str) -> bytes | None:
        """Return the file's bytes."""
        try:
            found: bytes = self.system.cat_file(self._path(name))
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            raise UserError(Problem(f"cannot read {name} at {self.address}: {error}")) from error
        return found

    def names(self, folder: str) -> Iterator[str]:
        """Yield the files, by name."""
        try:
            listed = self.system.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return
        for path in sorted(str(entry["name"]) for entry in listed if entry["type"] == "file"):
            name = path.rpartition("/")[2]
            yield f"{folder}/{name}" if folder else name

    def clear(self) -> None:
        """Do nothing: a transaction that is broken off leaves no file."""

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root


def store_of(place: str) -> Store:
    """Return the store at a path or an address with `://`. Raises UserError for an unknown kind, ToolError without fsspec."""
    if "://" not in place:
        return Folder(Path(place))
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        hint = "pip install 'derivgen[cluster]'"
        raise ToolError(Problem(f"to write to {place} the package fsspec is needed", hint=hint)) from None
    try:
        system, root = url_to_fs(place)
    except (ValueError, ImportError) as error:
        raise UserError(Problem(f"{place} is no place to write to: {error}")) from None
    if "file" in system.protocol:
        return Folder(Path(root))
    return Remote(place, system, root.rstrip("/"))
