"""What may be worked out once and kept: files in a folder of the user's own. A cache that fails is no cache, never an error."""

from __future__ import annotations

import os
import stat
import sys
import zlib
from pathlib import Path

from derivgen import temporary


def folder() -> Path | None:
    """Return $DERIVGEN_CACHE, else $XDG_CACHE_HOME/derivgen or ~/.cache/derivgen (Windows: %LOCALAPPDATA%); None without one."""
    if chosen := os.environ.get("DERIVGEN_CACHE"):
        return Path(chosen)
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    try:
        return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache") / "derivgen"
    except RuntimeError:
        return None


def kept(name: str) -> bytes | None:
    """Return what was kept under `name`; None when there is nothing, when it is damaged, or when others could have written it."""
    place = folder()
    if place is None:
        return None
    try:
        if not (_is_ours(place) and _is_ours(place / name)):
            return None
        data = (place / name).read_bytes()
    except OSError:
        return None
    return data[4:] if data[:4] == _checksum(data[4:]) else None


def keep(name: str, data: bytes) -> None:
    """Keep `data` under `name`, whole or not at all; where that is not possible nothing happens."""
    place = folder()
    if place is None:
        return
    partial = temporary.beside(place / name)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.clear_once(place)
        with open(partial, "xb", opener=_private) as stream:
            stream.write(_checksum(data) + data)
        partial.replace(place / name)
    except OSError:
        try:
            partial.unlink(missing_ok=True)
        except OSError:
            return


def _private(path: str, flags: int) -> int:
    """Open a new file that only the user may read and write."""
    return os.open(path, flags, 0o600)


def prune(prefix: str, most: int) -> None:
    """Remove what is kept under names with that prefix, all but the newest `most`."""
    place = folder()
    if place is None:
        return
    try:
        found = sorted(place.glob(f"{prefix}*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in found[most:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def _is_ours(path: Path) -> bool:
    """Whether the path belongs to the user and nobody else may write to it."""
    if sys.platform == "win32":
        return True
    status = path.lstat()
    return (
        status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not stat.S_ISLNK(status.st_mode)
    )
