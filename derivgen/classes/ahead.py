"""Pages for the teacher, typeset before they are asked for while the students' sheets are made."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset


class Ahead:
    """LaTeX texts → PDFs. What was expected, to the letter, is there at once; all else is typeset when it is asked for."""

    def __init__(self, engine: str | None, idle: bool) -> None:
        """`idle`: whether this process has nothing else to do."""
        self._engine, self._idle = engine, idle
        self._thread = ThreadPoolExecutor(1)
        self._made: dict[str, Future[bytes]] = {}

    def expect(self, text: str) -> None:
        """Begin with a page that will probably be wanted."""
        if self._idle:
            self._made[text] = self._thread.submit(self._set, text)

    def pdf(self, text: str) -> bytes:
        """The PDF of a document. Raises ToolError."""
        known = self._made.pop(text, None)
        return known.result() if known is not None else self._set(text)

    def close(self) -> None:
        """What is not begun yet is given up."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _set(self, text: str) -> bytes:
        return typeset(text, engine=find_engine(self._engine))
