"""The documents of one sheet as PDFs: a run of the engine for each, side by side, while Python goes on with the next document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing

from derivgen.errors import ToolError
from derivgen.typeset.engines import TYPST, Engine
from derivgen.typeset.formats import Dump
from derivgen.typeset.pdf import TooBusyError, Typesetting
from derivgen.typeset.typst import TypstTypesetting, find_typesetter


class SideBySide:
    """Runs that have begun; `results` waits for them, `close` ends those that are left.

    Args:
        name: the engine's name, None for the best there is.
        preamble: what LaTeX documents will begin with; where no format of it is kept, dumping begins at once.
    """

    def __init__(self, name: str | None, preamble: str):
        self.format = "typ" if name == TYPST else "tex"
        self._preamble = preamble
        self._runs: dict[str, Typesetting | TypstTypesetting] = {}
        self._errors: dict[str, ToolError] = {}
        self._ends = ExitStack()
        self._engine: Engine | None = None
        self._dump: Dump | None = None
        try:
            self._engine = find_typesetter(name)
        except ToolError as error:
            self._errors[""] = error
            return
        if self._engine.name == TYPST:
            self.format = "typ"
        else:
            self._dump = self._ends.enter_context(closing(Dump(preamble, self._engine)))

    def start(self, audience: str, texts: Mapping[str, str]) -> None:
        """Begin with a document: its file, and those it needs, by name.

        An engine that cannot be started is one of the errors that `results` tells.
        """
        if self._engine is None:
            return
        try:
            self._runs[audience] = self._ends.enter_context(
                closing(self._begun(f"{audience}.{self.format}", texts, self._engine))
            )
        except ToolError as error:
            self._errors[audience] = error

    def _begun(self, main: str, texts: Mapping[str, str], engine: Engine) -> Typesetting | TypstTypesetting:
        if self._dump is None:
            return TypstTypesetting(texts[main], {name: texts[name] for name in texts if name != main}, engine=engine, name=main)
        return Typesetting(texts[main], engine=engine, name=main, preamble=self._preamble, format=self._dump.format())

    def results(self, audiences: Sequence[str]) -> tuple[dict[str, bytes], ToolError | None]:
        """Return the PDFs by the names of their files, in this order, and what went wrong with the others."""
        pdfs: dict[str, bytes] = {}
        for audience in audiences:
            try:
                if audience in self._runs:
                    pdfs[f"{audience}.pdf"] = self._runs[audience].pdf()
            except ToolError as error:
                self._errors[audience] = error
        errors = [self._errors[audience] for audience in ("", *audiences) if audience in self._errors]
        if not errors:
            return pdfs, None
        busy = all(isinstance(error, TooBusyError) for error in errors)
        return pdfs, (TooBusyError if busy else ToolError)([problem for error in errors for problem in error.problems])

    def close(self) -> None:
        """End whatever still runs."""
        self._ends.close()
