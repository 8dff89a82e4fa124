"""YAML text → nodes that keep their text and their place. Nothing is constructed: `0.1`, `no` and `y` stay as written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.spec.source import Source
from derivgen.spec.yaml_mistakes import MAX_DEPTH, TOO_DEEP, explain, is_nested_too_deep


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
        """Whether nothing at all was written after the colon."""
        return not self.text and not self.style

    def positions(self) -> list[int]:
        """Where in the file every character of the text stands, counted from the file's first character."""
        if self.source is None or not self.text:
            return []
        return list(_aligned(self.text, self.style, self.source.text, self.source.offset(self.place)))

    def at(self, offset: int) -> Place:
        """The place of one character of the text; for a few of them only, as it walks the text anew each time."""
        positions = self.positions()
        return self.source.at(positions[offset]) if self.source and positions else self.place

    def lines(self) -> list[tuple[str, Place]]:
        """Each line of the text that is not blank, stripped, with the place of its first character."""
        if self.source is None or (not self.style and "\n" not in self.text):
            return [(self.text, self.place)] if self.text.strip() else []
        positions, start, found = self.positions(), 0, []
        for line in self.text.split("\n"):
            stripped = line.strip(" \t")
            if stripped:
                found.append((stripped, self.source.at(positions[start + line.index(stripped[0])])))
            start += len(line) + 1
        return found

    @property
    def start(self) -> Place:
        """The place of the text's first character, inside its quotes."""
        return self.place.shifted(1) if self.style in {"'", '"'} else self.place

    @property
    def folds(self) -> bool:
        """Whether several lines of the file were folded into one text."""
        return self.source is not None and self.style != "|" and self.until > self.place.line


@dataclass(frozen=True, slots=True)
class Listing(Node):
    """`[a, b]`, or one `- item` a line."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`key: value` pairs in the order written; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]


def read_yaml(source: Source, problems: Problems) -> Block:
    """The document's topmost block. Repeated keys are noted in `problems`.

    Raises SpecError where reading cannot go on: invalid YAML, aliases, anchors, tags, a second document, deep nesting.
    """
    root = _Reader(source, problems).document()
    if root is None or (isinstance(root, Scalar) and root.is_empty):
        raise SpecError(Problem("the spec is empty", Place(source.file, 1, 1), "start from the one that `derivgen new` writes"))
    if not isinstance(root, Block):
        raise SpecError(
            Problem("a spec is a block of keys and values", root.place, "it begins like this: `equations: L = (y - w*x)^2`")
        )
    return root


class _Reader:
    """Builds nodes from the parser's events, without recursion, and stops at the first thing a spec never holds."""

    def __init__(self, source: Source, problems: Problems):
        self.source, self.problems = source, problems
        self.open: list[tuple[object, Place, list[Node]]] = []
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
        self._add(Listing(place, tuple(parts)) if kind == "SequenceStartEvent" else Block(place, tuple(self._entries(parts))))

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1][2].append(node)
        else:
            self.root = node

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


_ESCAPES = {"x": 4, "u": 6, "U": 10}
_BLANKS = re.compile(r"(?:[ \t\n]|\\\n)*")


def _aligned(text: str, style: str, raw: str, start: int) -> Iterator[int]:
    """Where the characters of `text` stand in the file, found by walking the two side by side.

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
    """How many characters of the file one character of the text takes up."""
    if style == '"' and raw[position : position + 1] == "\\":
        return _ESCAPES.get(raw[position + 1 : position + 2], 2)
    if style == "'" and raw[position : position + 2] == "''":
        return 2
    return 1
