"""A document's text with its places: lines end as their author ended them, and nothing is made uniform."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from derivgen.errors import Place, Problem, UserError

BOM = b"\xef\xbb\xbf"
_ENDS = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class DocumentText:
    """A text and what its file (or its cell of a notebook) is called in messages."""

    text: str
    file: str

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each line begins."""
        return (0, *(end.end() for end in _ENDS.finditer(self.text)))

    def line_of(self, offset: int) -> int:
        """The number of the line, from 0, on which a character stands."""
        return bisect_right(self.starts, offset) - 1

    def begin_of(self, line: int) -> int:
        """Where a line begins; of the line behind the last one: where the text ends."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line(self, number: int) -> str:
        """A line without its end."""
        return self.text[self.begin_of(number) : self.begin_of(number + 1)].rstrip("\r\n")

    def newline(self, number: int) -> str:
        """How a line ends; the last one, which may have no end, as the first one does."""
        found = _ENDS.search(self.text, self.begin_of(number)) or _ENDS.search(self.text)
        return found.group() if found else "\n"

    def place(self, offset: int, length: int = 1) -> Place:
        """The place of a character."""
        line = self.line_of(offset)
        return Place(self.file, line + 1, offset - self.starts[line] + 1, length, self.line(line))


def decoded(data: bytes, file: str) -> str:
    """The text of a document, without its byte-order mark. Raises UserError, at its place, for what is not UTF-8."""
    data = data.removeprefix(BOM)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = DocumentText(data[: error.start].decode(errors="replace"), file)
        message = f"the byte 0x{data[error.start]:02X} here is not UTF-8 text, so nothing is woven into this file"
        raise UserError(Problem(message, before.place(len(before.text)), "save the file with the encoding UTF-8")) from None
