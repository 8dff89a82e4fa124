"""What TeX complains about: the first error of its log, with the line of the document it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath

from derivgen.errors import Place, Problem

_LOCATED = re.compile(r"^(?:error: )?(?P<file>[^\s:][^:\n]*\.\w+):(?P<line>\d+): *(?P<message>.*)$", re.MULTILINE)
_BARE = re.compile(r"^!\s*(?P<message>\S.*)$", re.MULTILINE)
_READ = re.compile(r"^l\.(?P<line>\d+) (?P<read>.*)$", re.MULTILINE)
_MISSING_FILE = re.compile(r"File [`'](?P<file>[^']+)' not found")
_MISSING_FONT = re.compile(r"\(file (?P<file>[^)]+)\): cannot open")
_LAST_TOKEN = re.compile(r"(?:\\[A-Za-z@]+|\\.|.)$")


@dataclass(frozen=True, slots=True)
class _Complaint:
    """An error in the log: its words, the file and line it gives, how far TeX had read in that line."""

    message: str
    file: str
    line: int
    read: str


def first_error(log: str, tex: str, document: str, name: str) -> Problem | None:
    """The first error of a TeX log, or None where the log has none.

    Args:
        log: what TeX wrote, with `-file-line-error`.
        tex: the document, to show the line from.
        document: the document's file name within the log.
        name: the file name to tell the user.
    """
    complaint = _first_complaint(log)
    if complaint is None:
        return None
    hint = _hint(complaint.message)
    if PurePath(complaint.file).name != document:
        where = f" ({PurePath(complaint.file).name}:{complaint.line})" if complaint.file else ""
        return Problem(f"{name}: {complaint.message}{where}", hint=hint)
    return Problem(complaint.message, _place(complaint, tex, name), hint)


def _first_complaint(log: str) -> _Complaint | None:
    located, bare = _LOCATED.search(log), _BARE.search(log)
    if located is None:
        return _Complaint(_whole_message(log, bare), "", 0, "") if bare else None
    # A missing file is reported without a place, and the place follows with a second error, "Emergency stop".
    first = bare if bare and bare.start() < located.start() else located
    line = int(located["line"])
    read = next((found["read"] for found in _READ.finditer(log, first.end()) if int(found["line"]) == line), "")
    return _Complaint(_whole_message(log, first), located["file"], line, read)


def _whole_message(log: str, found: re.Match[str]) -> str:
    """The message and the indented lines that continue it, as one line."""
    following = log[found.end() + 1 :].split("\n", 4)[:4]
    more = takewhile(lambda line: line.startswith("   ") and line.strip(), following)
    message = " ".join([found["message"].strip(), *(line.strip() for line in more)])
    # Fatal errors of pdfTeX begin with the path of the program, which says nothing.
    return re.sub(r"^(pdfTeX error: ).*?pdflatex(\.exe)?\s", r"\1", message)


def _place(complaint: _Complaint, tex: str, name: str) -> Place:
    """The last thing TeX read in the line before it stopped."""
    lines = tex.split("\n")
    text = lines[complaint.line - 1] if complaint.line <= len(lines) else ""
    read = complaint.read.removeprefix("...").rstrip()
    start = text.find(read) if read else -1
    if start < 0:
        return Place(name, complaint.line, 1, max(1, len(text)), text)
    last = _LAST_TOKEN.search(read)
    length = len(last[0]) if last else 1
    return Place(name, complaint.line, start + len(read) - length + 1, length, text)


def _hint(message: str) -> str | None:
    if missing := _MISSING_FILE.search(message):
        return f"this TeX does not carry {missing['file']}, or may not read it; `derivgen doctor` lists the engines"
    if missing := _MISSING_FONT.search(message):
        return rf"this TeX does not carry the font {missing['file']}: \usepackage[T1]{{fontenc}}\usepackage{{lmodern}}"
    if message == "Emergency stop.":
        return r"the text ends before \end{document}, or something in it is never closed"
    return None
