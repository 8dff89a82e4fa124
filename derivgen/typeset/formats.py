"""A preamble dumped as a TeX format, kept in the user's cache: TeX then starts in a fifth of the time; all works without, too."""

from __future__ import annotations

import hashlib
import platform
import sys
from functools import lru_cache

from derivgen import cache
from derivgen.typeset.engines import Engine
from derivgen.typeset.pdf import environment, limits_for
from derivgen.typeset.sandbox import run

MOST = 1 << 26  # bytes
_KEPT = 6
_SOURCE, _NAME = "preamble.tex", "preamble"


@lru_cache(maxsize=2)
def dumped(preamble: str, engine: Engine) -> bytes | None:
    """The format of a preamble; None for an engine that dumps none, or where that fails: the preamble itself then does."""
    if engine.kind != "pdflatex":
        return None
    name = f"format-{_key(preamble, engine)}"
    found = cache.kept(name)
    if found is None and (found := _dump(preamble, engine)) is not None:
        cache.keep(name, found)
        cache.prune("format-", _KEPT)
    return found


def _key(preamble: str, engine: Engine) -> str:
    """What a format depends on: the program and its version, the machine, the preamble."""
    parts = (engine.version, str(engine.program), platform.machine(), sys.platform, preamble)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _dump(preamble: str, engine: Engine) -> bytes | None:
    options = ("-no-shell-escape", "-halt-on-error", "-interaction=batchmode", "-ini", f"-jobname={_NAME}")
    command = [str(engine.program), *options, "&pdflatex", _SOURCE]
    source = f"{preamble}\n\\dump\n".encode()
    try:
        outcome = run(command, {_SOURCE: source}, (f"{_NAME}.fmt",), environment(engine), limits_for(preamble, engine.kind))
    except OSError:
        return None
    made = outcome.files.get(f"{_NAME}.fmt", b"") if outcome.code == 0 and not outcome.expired else b""
    return made if 0 < len(made) < MOST else None
