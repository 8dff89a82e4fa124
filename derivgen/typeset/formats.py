"""A preamble dumped as a TeX format and kept in the user's cache: TeX then starts in a fifth of the time. It is no must."""

from __future__ import annotations

import hashlib
import platform
import sys
from contextlib import closing

from derivgen import cache
from derivgen.memo import TEX_FORMATS
from derivgen.typeset.engines import Engine
from derivgen.typeset.pdf import FORMAT, environment, limits_for
from derivgen.typeset.sandbox import Running

_LARGEST = 1 << 26  # bytes
_KEPT = 6
_NAME = FORMAT.removesuffix(".fmt")
_SOURCE = f"{_NAME}.tex"
_OPTIONS = ("-no-shell-escape", "-halt-on-error", "-interaction=batchmode", "-ini", f"-jobname={_NAME}")


class Dump:
    """The format of a preamble: kept from an earlier run, or being dumped meanwhile; none for an engine that dumps none."""

    def __init__(self, preamble: str, engine: Engine):
        self.preamble = preamble
        self._name = f"format-{_key(preamble, engine)}"
        self._running: Running | None = None
        dumps = engine.kind == "pdflatex" and engine.version  # a program that was never asked for its version may be anything
        self._found = cache.kept(self._name) if dumps else None
        if dumps and self._found is None:
            self._running = _begun(preamble, engine)

    def format(self) -> bytes | None:
        """Return it, once it is there; None where dumping failed: the preamble itself then does."""
        if self._running is not None:
            outcome = self._running.outcome()
            self.close()
            made = outcome.files.get(FORMAT, b"") if outcome.code == 0 and not outcome.expired else b""
            if 0 < len(made) < _LARGEST:
                self._found = made
                cache.keep(self._name, made)
                cache.prune("format-", _KEPT)
        return self._found

    def close(self) -> None:
        """End what still runs."""
        if self._running is not None:
            self._running.close()
            self._running = None


@TEX_FORMATS
def dumped_format(preamble: str, engine: Engine) -> bytes | None:
    """Return the format of a preamble; None for an engine that dumps none, or where that fails."""
    with closing(Dump(preamble, engine)) as dump:
        return dump.format()


def _key(preamble: str, engine: Engine) -> str:
    """Return what a format depends on: the program and its version, the machine, the preamble."""
    parts = (engine.version, str(engine.program), platform.machine(), sys.platform, preamble)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _begun(preamble: str, engine: Engine) -> Running | None:
    command = [str(engine.program), *_OPTIONS, "&pdflatex", _SOURCE]
    source = f"{preamble}\n\\dump\n".encode()
    try:
        return Running(command, {_SOURCE: source}, (FORMAT,), environment(engine), limits_for(preamble, engine.kind))
    except OSError:
        return None
