"""`build --watch`: the files of each spec are made anew whenever it, or data beside it, are saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from derivgen.cli.output import tell
from derivgen.errors import UserError

POLLING = 0.05
"""Seconds between two looks at the files."""
DATA = (".csv", ".npz")


def watch(specs: Sequence[Path], build: Callable[[Sequence[Path]], None]) -> None:
    """Build all specs, then those that change, until Ctrl-C; what is wrong with one is told, and the watch goes on.

    Args:
        specs: their files.
        build: makes the files of some specs.
    """
    known: dict[Path, tuple[object, ...]] = {}
    try:
        while True:
            seen = {spec: _state(spec) for spec in specs}
            if changed := [spec for spec in specs if seen[spec] != known.get(spec)]:
                known = seen
                try:
                    build(changed)
                except UserError as error:
                    tell(error.problems)
            time.sleep(POLLING)
    except KeyboardInterrupt:
        return


def _state(spec: Path) -> tuple[object, ...]:
    """Return what changes when the spec or data beside it are saved."""
    try:
        beside = sorted(file for file in spec.parent.iterdir() if file.suffix in DATA)
    except OSError:
        beside = []
    return tuple(_saved(file) for file in (spec, *beside))


def _saved(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None
    return file.name, status.st_mtime_ns, status.st_size
