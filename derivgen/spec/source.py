"""A file the author wrote: bytes → clean text with places. Refuses what is too large or not plain UTF-8 text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from derivgen.errors import Place, Problem, SpecError
from derivgen.frozen import dataclass, field, replace

MAX_BYTES = 1_000_000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its file's name; lines are split at newlines and at nothing else."""

    file: str
    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]

    def place(self, line: int, column: int, length: int = 1) -> Place:
        """Return the place of a line and column counted from 0."""
        text = self.lines[line] if line < len(self.lines) else ""
        return Place(self.file, line + 1, column + 1, length, text)

    def at(self, offset: int) -> Place:
        """Return the place of the character number `offset` of the text."""
        line = bisect_right(self.starts, offset) - 1
        return self.place(line, offset - self.starts[line])

    def offset(self, place: Place) -> int:
        """Return the number of the character at a place: the way back from `at`."""
        return self.starts[place.line - 1] + place.column - 1


def source_of(data: bytes | str, file: str, limit: int = MAX_BYTES) -> Source:
    """Return the text of a file, its line endings made `\\n`.

    Raises SpecError for more than `limit` bytes, for bytes that are not UTF-8 and for control characters.
    """
    if len(data) > limit:
        raise SpecError(Problem(f"{file} is larger than {limit // 1_000_000} MB, the limit for a file of this kind"))
    text = _decoded(data, file) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    source = _split(text.replace("\r\n", "\n").replace("\r", "\n"), file)
    found = _CONTROLS.search(source.text)
    if found:
        raise SpecError(_control(found.group(), source.at(found.start())))
    return source


def _split(text: str, file: str) -> Source:
    lines = text.split("\n")
    starts, position = [], 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    return Source(file, text, tuple(lines), tuple(starts))


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        source = _split(before.replace("\r\n", "\n").replace("\r", "\n"), file)
        problem = Problem(
            f"the byte 0x{data[error.start]:02X} here is not UTF-8 text",
            source.at(len(source.text)),
            "save the file with the encoding UTF-8",
        )
        raise SpecError(problem) from None


def _control(character: str, place: Place) -> Problem:
    name = unicodedata.name(character, "a control character")
    return Problem(f"the character U+{ord(character):04X} ({name}) cannot stand in a file of this kind", place, "delete it")


@dataclass(frozen=True, slots=True)
class TextPlace(Place):
    """The place of a text that is not written in one piece: folded over several lines, or with escapes inside quotes.

    `positions` says where in the source each of its characters stands.
    """

    source: Source | None = field(default=None, compare=False, repr=False)
    positions: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def shifted(self, columns: int, length: int = 1) -> Place:
        """Return the place of the character number `columns` of the text; behind its end, the place behind its last one."""
        assert self.source is not None
        inside = self.positions[min(columns, len(self.positions) - 1)]
        return replace(self.source.at(inside + max(0, columns - len(self.positions) + 1)), length=length)

    @property
    def is_folded(self) -> bool:
        """Say whether the text stands on several lines of the file."""
        assert self.source is not None
        return self.source.at(self.positions[-1]).line > self.line
