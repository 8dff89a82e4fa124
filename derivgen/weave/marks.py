"""Marks: the comments that say where a piece goes, and the regions between them, each at its place in a document's text.

`<!-- derivgen: net.yaml chain W_13 -->` … `<!-- /derivgen -->`, in LaTeX `% derivgen: net.yaml chain W_13` … `% /derivgen`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

from derivgen.errors import Place, Problem, UserError
from derivgen.frozen import dataclass

BOM = b"\xef\xbb\xbf"
_ENDS = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class DocumentText:
    """A text and what its file (or its cell of a notebook) is called in messages."""

    text: str
    file: str

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Return where each line begins."""
        return (0, *(end.end() for end in _ENDS.finditer(self.text)))

    def line_of(self, offset: int) -> int:
        """Return the number of the line, from 0, on which a character stands."""
        return bisect_right(self.starts, offset) - 1

    def begin_of(self, line: int) -> int:
        """Return where a line begins; of the line behind the last one: where the text ends."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line(self, number: int) -> str:
        """Return a line without its end."""
        return self.text[self.begin_of(number) : self.begin_of(number + 1)].rstrip("\r\n")

    def newline(self, number: int) -> str:
        """Return how a line ends; the last one, which may have no end, as the first one does."""
        found = _ENDS.search(self.text, self.begin_of(number)) or _ENDS.search(self.text)
        return found.group() if found else "\n"

    def place(self, offset: int, length: int = 1) -> Place:
        """Return the place of a character."""
        line = self.line_of(offset)
        return Place(self.file, line + 1, offset - self.starts[line] + 1, length, self.line(line))


def decoded(data: bytes, file: str) -> str:
    """Return the text of a document, without its byte-order mark. Raises UserError, at its place, for what is not UTF-8."""
    data = data.removeprefix(BOM)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = DocumentText(data[: error.start].decode(errors="replace"), file)
        message = f"the byte 0x{data[error.start]:02X} here is not UTF-8 text, so nothing is woven into this file"
        raise UserError(Problem(message, before.place(len(before.text)), "save the file with the encoding UTF-8")) from None


BEGIN, END = "derivgen:", "/derivgen"
NAMED = re.compile(r"derivgen:|/\s*derivgen\b|derivgen\s+\S+\.ya?ml\b")
"""What a comment that is meant as a mark begins with; the last form is one whose colon is forgotten."""
_WORDS = re.compile(r'(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?:\s+(?P<piece>\S.*))?')
_OPTIONS = {
    "width": re.compile(r"\d{1,4}(?:\.\d{1,4})?"),
    "label": re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,99}"),
    "image": re.compile("svg|png"),
}
PREFIX = re.compile(r"(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*")
"""What may stand before a mark of Markdown on its line: blanks, quotation signs, the bullets of lists."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A comment from `start` to `end`; `words` is what it says, from the offset `at`. `alone`: it stands where it may.

    `display` is the display of mathematics that is open there (`equation`, `$$`), where a piece cannot stand; empty for none.
    """

    start: int
    end: int
    words: str
    at: int
    alone: bool = True
    display: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a mark asks for: a piece of a spec, lines at most `width` em wide, a label, its drawings `svg` or `png`; and where."""

    spec: str
    piece: str
    width: float | None
    spec_place: Place
    piece_place: Place
    label: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """What lies between two marks, from `start` to `end`, and what is to stand there.

    `prefix` stands before each line of it. `opens` and `closes`: whether the text put there needs a line end of its own before
    and behind it, as where both marks stand on one line.
    """

    wish: Wish
    start: int
    end: int
    prefix: str
    newline: str
    opens: bool
    closes: bool
    place: Place


_MATHEMATICS = re.compile(
    r"\\begin\s*\{(?P<begin>[A-Za-z]+)\*?\}|\\end\s*\{(?P<end>[A-Za-z]+)\*?\}|(?P<sign>\\\[|\\\]|\$\$?)|\\.", re.DOTALL
)
_DISPLAYS = (
    *("equation", "align", "gather", "multline", "flalign", "alignat", "xalignat", "xxalignat", "eqnarray", "displaymath"),
    *("math", "dmath", "dgroup", "dseries", "darray", "IEEEeqnarray"),
)
"""The environments that are displays of mathematics, with or without a star."""


def open_mathematics(text: str, opened: str = "") -> str:
    r"""Return what mathematics is open behind a text, and where it was not `opened` before: a display's name or sign, or `$`.

    >>> open_mathematics(r"costs \$5: $a$$b$ and \begin{align*} x \\[2pt]"), open_mathematics("$$ x $$"), open_mathematics(r"\[")
    ('align', '', '\\[')
    """
    for found in _MATHEMATICS.finditer(text):
        sign, name = found["sign"], found["begin"]
        if opened in ("", "$") and (name in _DISPLAYS or sign == r"\["):  # a single dollar before it was none of mathematics
            opened = name or sign
        elif not opened:
            opened = sign if sign in ("$", "$$") else ""
        elif sign == opened or (sign == r"\]" and opened == r"\[") or found["end"] == opened:
            opened = ""
    return opened


def regions(document: DocumentText, marks: Iterable[Mark], problems: list[Problem]) -> Iterator[Region]:
    """Yield each region whose two marks are right, in order; what is wrong with the others is noted in `problems`."""
    begun: Mark | None = None
    for mark in marks:
        place = document.place(mark.start, mark.end - mark.start)
        if mark.words == END:
            if begun is None:
                problems.append(Problem("this ends a region that has not begun", place, f"it begins with: {BEGIN} SPEC PIECE"))
            elif mark.alone:
                yield from _region(document, begun, mark, problems)
            else:
                problems.append(_misplaced(place))
            begun = None
            continue
        if begun is not None:
            problems.append(_endless(document, begun, f"another one begins on line {place.line} before it ends"))
        begun = None
        if not mark.alone:
            problems.append(_misplaced(place))
        elif not mark.words.startswith(BEGIN):
            problems.append(
                Problem("this is nearly a mark", place, f"a region begins with `{BEGIN} SPEC PIECE`, ends with `{END}`")
            )
        else:
            begun = mark
    if begun is not None:
        problems.append(_endless(document, begun, "the file ends before it does"))


def _misplaced(place: Place) -> Problem:
    return Problem("a mark stands on a line of its own", place, "nothing but blanks before and behind it")


def _endless(document: DocumentText, mark: Mark, why: str) -> Problem:
    place = document.place(mark.start, mark.end - mark.start)
    return Problem(f"this region has no end: {why}", place, f"end it with a mark that says {END}")


def _region(document: DocumentText, begin: Mark, end: Mark, problems: list[Problem]) -> Iterator[Region]:
    if begin.display:
        hint = "a piece brings its own display: put the region before this one or behind it"
        place = document.place(begin.start, begin.end - begin.start)
        problems.append(Problem(f"this region stands within a display that is open: {begin.display}", place, hint))
        return
    wish = _wish(document, begin, problems)
    if wish is not None:
        start, finish, opens, closes = _inside(document, begin, end)
        line = document.line_of(begin.start)
        place = document.place(begin.start, begin.end - begin.start)
        yield Region(wish, start, finish, _prefix(document.line(line)), document.newline(line), opens, closes, place)


def _wish(document: DocumentText, begin: Mark, problems: list[Problem]) -> Wish | None:
    """Return what a mark asks for; None, with the reason noted, where that cannot be made out."""
    words = begin.words.removeprefix(BEGIN)
    said = words.strip()
    at = begin.at + len(BEGIN) + (len(words) - len(words.lstrip()))
    found = _WORDS.fullmatch(said)
    spec = (found["quoted"] if found["quoted"] is not None else found["bare"]) if found else ""
    if found is None or not spec.lower().endswith((".yaml", ".yml")):
        hint = f'as in: {BEGIN} net.yaml chain W_13 (a name with blanks goes in quotes: "my net.yaml")'
        problems.append(Problem("a spec's name, ending in .yaml, comes first", document.place(at, max(1, len(said))), hint))
        return None
    written = document.place(at, len(spec) + 2 * (found["quoted"] is not None))
    if found["piece"] is None:
        problems.append(Problem(f"which piece of {spec} is missing", written, f"`derivgen pieces {spec}` lists them"))
        return None
    piece, *options = re.split(r"\s+(?=\w+=)", found["piece"])
    named = document.place(at + found.start("piece"), len(piece))
    given = dict(option.split("=", 1) for option in options)
    wrong = next(
        (f"{key}={value}" for key, value in given.items() if key not in _OPTIONS or not _OPTIONS[key].fullmatch(value)), ""
    )
    if wrong:
        problems.append(
            Problem(f"there is no option {wrong[:40]}", named, "there are: width=30, in em, label=eq:chain, and image=png or svg")
        )
        return None
    width = float(given["width"]) if "width" in given else None
    return Wish(spec, piece, width, written, named, given.get("label", ""), given.get("image", ""))


def _inside(document: DocumentText, begin: Mark, end: Mark) -> tuple[int, int, bool, bool]:
    """Return what lies between the marks: whole lines, where both stand on lines of their own."""
    first, last = document.line_of(begin.end), document.line_of(end.start)
    if first == last:
        return begin.end, end.start, True, True
    behind = document.text[begin.end : document.begin_of(first + 1)]
    before = document.text[document.begin_of(last) : end.start]
    opens, closes = bool(behind.strip()), bool(before.strip(" \t>"))
    return begin.end if opens else document.begin_of(first + 1), end.start if closes else document.begin_of(last), opens, closes


def _prefix(line: str) -> str:
    """Return what stands before each line of a region: its mark's indentation, with blanks in place of a list's bullet.

    >>> _prefix("> - <!-- derivgen: …"), _prefix("  <p><!-- derivgen: …")
    ('>   ', '  ')
    """
    match = PREFIX.match(line)
    assert match is not None
    return re.sub(r"[^ \t>]", " ", match.group())
