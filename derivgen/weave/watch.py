"""Watching: documents woven anew whenever one of them, or a file behind it, was saved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from derivgen.weave.files import State, state_of
from derivgen.weave.specs import Specs
from derivgen.weave.weaving import Outcome, weave

PAUSE = 0.05
"""Seconds between two looks at the files: a few microseconds' work for each of them."""


def watch(paths: tuple[Path, ...], pause: float = PAUSE) -> Iterator[Outcome]:
    """What came of each document, at first and after every save, without end.

    A file that is gone for a moment, as some programs save, is waited for.
    """
    specs = Specs()
    seen: dict[Path, State] = {}
    while True:
        for path in _due(paths, seen):
            specs.refresh()
            outcome = weave(path, specs)
            seen[path] = outcome.state
            yield outcome
        time.sleep(pause)


def _due(paths: tuple[Path, ...], seen: dict[Path, State]) -> Iterator[Path]:
    for path in paths:
        before = seen.get(path)
        if before is None:
            yield path
            continue
        now = state_of(before.files)
        if now != before and now.stamps[0] is not None:
            yield path
