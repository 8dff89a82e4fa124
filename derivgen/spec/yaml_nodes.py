"""YAML text → nodes that keep their text and their place, or a mistake in words that help.

Nothing is constructed: `0.1`, `no` and `y` stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.frozen import dataclass, field, replace
from derivgen.spec.source import Source, TextPlace

MAX_DEPTH = 20
MAX_PIECES = 40


@dataclass(frozen=True, slots=True)
class Node:
    """Something written in the file; `place` is its first character."""

    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A text, exactly as written. `style` is `|`, `>`, a quote, or empty for a plain one."""

    text: str
    style: str = field(default="", compare=False)
    source: Source | None = field(default=None, compare=False, repr=False)
    until: int = field(default=0, compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing at all was written after the colon."""
        return not self.text and not self.style

    def positions(self) -> list[int]:
        """Return where in the file every character of the text stands, counted from the file's first character."""
        if self.source is None or not self.text:
            return []
        return list(_aligned(self.text, self.style, self.source.text, self.source.offset(self.place)))

    def at(self, offset: int) -> Place:
        """Return the place of one character of the text; for a few of them only, as it walks the text anew each time."""
        positions = self.positions()
        return self.source.at(positions[offset]) if self.source and positions else self.place

    def lines(self) -> list[tuple[str, Place]]:
        """Return each line of the text that is not blank, stripped, with the place of its first character."""
        if self.source is None or (not self.style and not self.folds):
            return [(self.text, self.place)] if self.text.strip() else []
        positions, start, found = self.positions(), 0, []
        for line in self.text.split("\n"):
            stripped = line.strip(" \t")
            if stripped:
                first = start + line.index(stripped[0])
                found.append((stripped, self._place_of(positions[first : first + len(stripped)])))
            start += len(line) + 1
        return found

    def _place_of(self, positions: list[int]) -> Place:
        assert self.source is not None
        place = self.source.at(positions[0])
        if positions[-1] - positions[0] == len(positions) - 1:
            return place
        return TextPlace(place.file, place.line, place.column, 1, place.text, self.source, tuple(positions))

    @property
    def start(self) -> Place:
        """Return the place of the text's first character, inside its quotes."""
        return self.place.shifted(1) if self.style in {"'", '"'} else self.place

    @property
    def folds(self) -> bool:
        """Return whether several lines of the file were folded into one text."""
        return self.source is not None and self.style != "|" and self.until > self.place.line


@dataclass(frozen=True, slots=True)
class SequenceNode(Node):
    """`[a, b]`, or one `- item` a line."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MappingNode(Node):
    """`key: value` pairs in the order written; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]


def read_yaml(source: Source, problems: Problems) -> MappingNode:
    """Return the document's topmost block. Repeated keys are noted in `problems`.

    Raises SpecError where reading cannot go on: invalid YAML, aliases, anchors, tags, a second document, deep nesting.
    """
    root = _Reader(source, problems).document()
    if root is None or (isinstance(root, Scalar) and root.is_empty):
        raise SpecError(Problem("the spec is empty", Place(source.file, 1, 1), "start from the one that `derivgen new` writes"))
    if not isinstance(root, MappingNode):
        raise SpecError(
            Problem("a spec is a block of keys and values", root.place, "it begins like this: `equations: L = (y - w*x)^2`")
        )
    return root


class _Reader:
    """Builds nodes from the parser's events, without recursion, and stops at the first thing a spec never holds."""

    def __init__(self, source: Source, problems: Problems):
        self.source, self.problems = source, problems
        self.open: list[tuple[object, Place, list[Node]]] = []
        self.flow: list[bool] = []
        self.root: Node | None = None
        self.documents = 0

    def document(self) -> Node | None:
        import yaml

        try:
            self.read(self.source.text)
        except yaml.YAMLError as error:
            problem = explain(error, self.source)
            if is_nested_too_deep(error) and problem.place is not None:
                # the parser looks ahead, so it meets a limit of its own before it hands out the brackets in front
                with suppress(yaml.YAMLError):
                    _Reader(self.source, Problems()).read(self.source.text[: self.source.offset(problem.place)])
            raise SpecError(problem) from None
        return self.root

    def read(self, text: str) -> None:
        """Read the source's text, or its beginning. Raises YAMLError, and SpecError for what a spec never holds."""
        import yaml

        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            self._take(event, type(event).__name__)

    def _take(self, event, kind: str) -> None:
        if kind in {"MappingStartEvent", "SequenceStartEvent"}:
            self._refuse(event)
            self._open(kind, self._place(event))
            self.flow.append(bool(event.flow_style))
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            self._close()
        elif kind == "ScalarEvent":
            self._refuse(event)
            self._add(Scalar(self._place(event), event.value, event.style or "", self.source, event.end_mark.line + 1))
        elif kind == "AliasEvent":
            raise self._stop("aliases are not taken", event, f'if a text is meant, put it in quotes: "*{event.anchor}"')
        elif kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise self._stop("a spec is one document; here a second one begins", event, "take the line `---` out")

    def _refuse(self, event) -> None:
        if event.anchor is not None:
            raise self._stop("anchors are not taken", event, f'if a text is meant, put it in quotes: "&{event.anchor} …"')
        if event.tag is not None:
            raise self._stop(
                f"the tag {event.tag!r} is not taken",
                event,
                "tags have no meaning in a spec; a text that begins with ! goes in quotes",
            )

    def _stop(self, message: str, event, hint: str) -> SpecError:
        return SpecError(Problem(message, self._place(event), hint))

    def _place(self, event) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return self.source.place(start.line, start.column, max(1, length))

    def _open(self, kind: str, place: Place) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise SpecError(Problem(TOO_DEEP, place))
        self.open.append((kind, place, []))

    def _close(self) -> None:
        kind, place, parts = self.open.pop()
        if self.flow.pop():
            parts = self._rejoined(parts, 2 if kind == "MappingStartEvent" else 1)
        self._add(
            SequenceNode(place, tuple(parts)) if kind == "SequenceStartEvent" else MappingNode(place, tuple(self._entries(parts)))
        )

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1][2].append(node)
        else:
            self.root = node

    def _rejoined(self, parts: list[Node], width: int) -> list[Node]:
        """Put together again, as one mistake, what commas have cut within brackets: `max(0`, `1 - x)`.

        `width` is 1 for the items of a list, and 2 for keys and values in turn.
        """
        found: list[Node] = []
        position = 0
        while position < len(parts):
            node, end = parts[position], self._end_of_cut(parts, position, width)
            if end > position and isinstance(node, Scalar):
                node = self._through(node, parts[end])
                message = "a comma ends a value here, even within the value's brackets"
                self.problems.error(message, node.place, f'put it in quotes: "{node.text}"')
                end += int(width == 2 and (end - position) % 2 == 1)  # the last piece is a key, behind it stands no value
            found.append(node)
            position = end + 1
        return found

    def _end_of_cut(self, parts: list[Node], start: int, width: int) -> int:
        """Return where the piece stands that closes the brackets of the piece at `start`, which is the same where none does."""
        first = parts[start]
        if not isinstance(first, Scalar) or first.style or _open_brackets(first.text) <= 0:
            return start
        for end in range(start + 1, min(len(parts), start + MAX_PIECES)):
            last = parts[end]
            if not isinstance(last, Scalar) or last.style:
                return start
            if last.text and _open_brackets(self._through(first, last).text) <= 0:
                is_key, behind = (end - start) % width == 1, parts[end + 1 : end + 2]
                whole = not is_key or (start % 2 == 1 and all(isinstance(node, Scalar) and node.is_empty for node in behind))
                return end if whole else start
        return start

    def _through(self, first: Scalar, last: Node) -> Scalar:
        """Return the text of the file from one plain scalar to another as one."""
        assert isinstance(last, Scalar)
        start, end = self.source.offset(first.place), self.source.offset(last.place) + len(last.text)
        text = " ".join(self.source.text[start:end].split())
        return replace(first, text=text, place=replace(first.place, length=len(text)))

    def _entries(self, parts: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, int] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.error("a key is a word, not a list or a block", key.place)
            elif key.text in seen:
                self.problems.error(
                    f"{key.text!r} stands here a second time",
                    key.place,
                    f"the first is on line {seen[key.text]}; keep one of them",
                )
            else:
                seen[key.text] = key.place.line
                yield key, value


def _open_brackets(text: str) -> int:
    return text.count("(") - text.count(")")


_ESCAPES = {"x": 4, "u": 6, "U": 10}
_BLANKS = re.compile(r"(?:[ \t\n]|\\\n)*")


def _aligned(text: str, style: str, raw: str, start: int) -> Iterator[int]:
    """Yield where the characters of `text` stand in the file, found by walking the two side by side.

    Folding and indenting change blanks and nothing else, so a blank takes whatever place the walk has come to.
    """
    position = raw.index("\n", start) + 1 if style in {"|", ">"} else start + len(style)
    for character in text:
        if character not in " \t\n":
            position = _BLANKS.match(raw, position).end()  # type: ignore[union-attr]
            yield position
            position += _width(raw, position, style)
        else:
            yield position
            here = raw[position : position + 1]
            position += _width(raw, position, style) if here in {" ", "\t", "\\"} else 0


def _width(raw: str, position: int, style: str) -> int:
    """Return how many characters of the file one character of the text takes up."""
    if style == '"' and raw[position : position + 1] == "\\":
        return _ESCAPES.get(raw[position + 1 : position + 2], 2)
    if style == "'" and raw[position : position + 2] == "''":
        return 2
    return 1


TOO_DEEP = f"brackets and blocks are nested more than {MAX_DEPTH} deep"

# what the parser says → (what we say, the hint, whether the place is where the thing began); the first that fits is taken
_MISTAKES = (
    ("tab character", "a tab cannot indent", "indent with spaces", False),
    (
        "mapping values are not allowed",
        "a colon too many on this line",
        "a text with ': ' in it goes in quotes; a key lines up with the keys above it",
        False,
    ),
    (
        "unknown escape character",
        "a backslash means something else inside double quotes",
        "put the text in single quotes: '\\alpha'",
        False,
    ),
    (
        "did not find expected ',' or ']'",
        "this '[' is not closed before something else begins",
        "add the missing ']' or ','",
        True,
    ),
    (
        "did not find expected ',' or '}'",
        "this '{' is not closed before something else begins",
        "add the missing '}' or ','; a text that holds braces goes in quotes",
        True,
    ),
    ("found unexpected end of stream", "this quote is never closed", "add the missing quote", True),
    ("could not find expected ':'", "this line has no ':' behind its key", "write key: value", True),
    (
        "did not find expected alphabetic or numeric character",
        "a plain text cannot begin with '*' or '&'",
        'put it in quotes: "*"',
        True,
    ),
    (
        "did not find expected key",
        "this line does not line up with the block it belongs to",
        "keys of one block start in the same column",
        False,
    ),
    (
        "did not find expected '-' indicator",
        "this line does not line up with the list it belongs to",
        "items of one list start in the same column",
        False,
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here",
        "begin the list on a line of its own, or write [a, b]",
        False,
    ),
    (
        "found character that cannot start any token",
        "a plain text cannot begin with this character",
        "put the text in quotes",
        False,
    ),
    ("did not find expected node content", "a value is missing here", "between commas stands a value", False),
    (
        "document start",
        "a spec is one document; here it ends and something follows",
        "keep the keys together, in one block",
        False,
    ),
    ("nesting depth", TOO_DEEP, None, False),
)


def explain(error, source: Source) -> Problem:
    """Return the problem behind a YAML error, at its line and column."""
    reason = f"{getattr(error, 'problem', '') or ''} / {getattr(error, 'context', '') or ''}"
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        return Problem("this is not valid YAML", Place(source.file, 1, 1))
    here = _place(mark, source)
    if source.text[source.offset(here) :][:1] == "\t":
        reason = "tab character"
    for fragment, message, hint, at_start in _MISTAKES:
        if fragment in reason:
            return Problem(message, _place(begun, source) if at_start and begun else here, hint)
    return Problem(f"this is not valid YAML: {getattr(error, 'problem', None) or 'the text breaks off'}", here)


def is_nested_too_deep(error) -> bool:
    """Say whether the parser stopped because of a limit of its own to how deep brackets nest (PyYAML from 6.0.4)."""
    return "nesting depth" in (getattr(error, "problem", None) or "")


def _place(mark, source: Source) -> Place:
    """Return the place of a mark; past the end of the text it is the end of the last line that holds something."""
    line, column = mark.line, mark.column
    if line >= len(source.lines) or (line > 0 and not source.lines[line].strip() and line == len(source.lines) - 1):
        line = max((i for i, text in enumerate(source.lines) if text.strip()), default=0)
        column = len(source.lines[line])
    return source.place(line, column)
