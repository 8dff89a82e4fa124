"""Typst → PDF/UA-1: the package `typst` in a process of its own, which sees its own folder and no network, with TeX's limits."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata, util
from pathlib import Path

from derivgen.documents.document import Document
from derivgen.errors import Place, Problem, ToolError
from derivgen.maths.style import Style
from derivgen.memo import PROGRAMS
from derivgen.rendering import FORMATS
from derivgen.typeset.engines import CHOICE, TYPST, Engine, find_engine
from derivgen.typeset.pdf import TooBusyError, limits_for, out_of_time, stable, typeset
from derivgen.typeset.sandbox import Expired, Limits, Outcome, Running

_WORKER = Path(__file__).with_name("typst_worker.py")
_SOURCE, _PDF = "document.typ", "document.pdf"
_NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
_OUT_OF_MEMORY = "memory allocation of"  # as Rust ends
_WHERE = re.compile(r"document\.typ:(\d+):(\d+)")


class TypstTypesetting:
    """A Typst document that is being typeset, in a process of its own: `pdf` waits for it, `close` ends it."""

    def __init__(
        self,
        text: str,
        files: Mapping[str, str],
        *,
        engine: Engine,
        limits: Limits | None = None,
        name: str = _SOURCE,
        output: str = _PDF,
    ):
        """Start the run.

        Args:
            text: a whole document.
            files: the drawings it needs, by name.
            engine: Typst, as `find_typesetter` finds it.
            limits: what the run may use; default: `limits_for` the text.
            name: what messages call the document.
            output: the file that is made: a PDF, or by its ending a picture of the one page.

        Raises:
            ToolError: it cannot be started.
        """
        self._text, self._name, self._engine, self._output = text, name, engine, output
        self._limits = limits or limits_for(text, engine.kind)
        inputs = {_SOURCE: text.encode(), **{file: content.encode() for file, content in files.items()}}
        command = [str(engine.program), "-I", "-S", str(_WORKER), str(_package()), output]
        try:
            self._running = Running(command, inputs, (output,), _NO_NETWORK, self._limits)
        except OSError as error:
            raise ToolError(Problem(f"{name}: {engine.program} could not be run: {error}")) from error

    def pdf(self) -> bytes:
        """Wait for the PDF and return it, tagged as PDF/UA-1 asks; the same document gives the same bytes. Raises as `made`."""
        return stable(self.made(), self._engine, self._name)

    def made(self) -> bytes:
        """Wait for the output and return it as Typst has made it.

        Raises:
            TooBusyError: the limit in wall-clock time is reached.
            ToolError: an error in the document, with its place; no output; the limit in CPU time or in memory is reached.
        """
        outcome = self._running.outcome()
        if outcome.expired:
            kind = TooBusyError if outcome.expired is Expired.WALL else ToolError
            raise kind(out_of_time(outcome, self._limits, self._name))
        made = outcome.files.get(self._output, b"")
        if outcome.code != 0 or not made:
            if outcome.code != 0 and _OUT_OF_MEMORY in outcome.output:
                needs = f"typesetting needs more than {self._limits.memory >> 20} MB of memory"
                raise ToolError(Problem(f"{self._name}: {needs}"))
            raise ToolError(_failure(outcome, self._text, self._name))
        return made

    def close(self) -> None:
        """End the run and remove its folder."""
        self._running.close()


def typeset_typst(
    text: str, files: Mapping[str, str], *, engine: Engine, limits: Limits | None = None, name: str = _SOURCE
) -> bytes:
    """Return the PDF of a Typst document, as `TypstTypesetting` makes it, with the same arguments and errors."""
    with closing(TypstTypesetting(text, files, engine=engine, limits=limits, name=name)) as run:
        return run.pdf()


def typeset_file(main: str, texts: Mapping[str, str], engine: Engine) -> bytes:
    """Return the PDF of one of some files by their names, LaTeX or Typst, as the engine is; the others are what it needs."""
    if engine.name != TYPST:
        return typeset(texts[main], engine=engine, name=main)
    return typeset_typst(texts[main], {name: text for name, text in texts.items() if name != main}, engine=engine, name=main)


def typeset_document(document: Document, style: Style, engine: Engine) -> bytes:
    """Return the PDF of a document. Raises ToolError."""
    record = FORMATS["typ" if engine.name == TYPST else "tex"]
    assert record.render is not None
    main = f"document.{record.extension}"
    return typeset_file(main, {main: record.render(document, style), **record.companions(document, style)}, engine)


def find_typesetter(name: str | None = None) -> Engine:
    """Return what sets the pages: Typst by its name, else the TeX of `find_engine`; without a name or any TeX, Typst.

    Raises:
        ToolError: there is none of that name, or none at all.
    """
    if name == TYPST:
        if (found := typst_engine()) is None:
            raise ToolError(Problem("Typst was not found", hint="pip install typst"))
        return found
    try:
        return find_engine(name)
    except ToolError:
        found = None if name or os.environ.get(CHOICE) else typst_engine()
        if found is None:
            raise
        return found


@PROGRAMS
def typst_engine() -> Engine | None:
    """Return Typst as an engine; None where its package is not installed."""
    if _package() is None:
        return None
    version = metadata.version("typst")
    return Engine(TYPST, Path(sys.executable), f"Typst {version}", f"the package typst {version}")


def _package() -> Path | None:
    """Return the folder that the package lies in."""
    spec = util.find_spec("typst")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent.parent


def _failure(outcome: Outcome, text: str, name: str) -> Problem:
    """Tell why there is no PDF: Typst's own message, or whatever was printed last."""
    try:
        told = json.loads(outcome.output.strip().rpartition("\n")[2])
        message, where, hints = str(told["message"]), str(told["place"]), [str(hint) for hint in told["hints"]]
    except (ValueError, KeyError, TypeError):
        last = outcome.output.strip().rpartition("\n")[2] or f"exit code {outcome.code}"
        return Problem(f"{name}: Typst made no PDF: {last}")
    hint = "; ".join(hints) or None
    found = _WHERE.search(where)
    if found is None:
        return Problem(f"{name}: {message}", hint=hint)
    line, column = int(found[1]), int(found[2]) + 1  # Typst counts columns from 0
    lines = text.split("\n")
    return Problem(message, Place(name, line, column, 1, lines[line - 1] if line <= len(lines) else ""), hint)
