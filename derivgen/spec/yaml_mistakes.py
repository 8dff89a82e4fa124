"""What the YAML parser could not read, said in words that help."""

from __future__ import annotations

from derivgen.errors import Place, Problem
from derivgen.spec.source import Source

MAX_DEPTH = 20
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
    """The problem behind a YAML error, at its line and column."""
    said = f"{getattr(error, 'problem', '') or ''} / {getattr(error, 'context', '') or ''}"
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        return Problem("this is not valid YAML", Place(source.file, 1, 1))
    here = _place(mark, source)
    if source.text[source.offset(here) :][:1] == "\t":
        said = "tab character"
    for fragment, message, hint, at_start in _MISTAKES:
        if fragment in said:
            return Problem(message, _place(begun, source) if at_start and begun else here, hint)
    return Problem(f"this is not valid YAML: {getattr(error, 'problem', None) or 'the text breaks off'}", here)


def is_nested_too_deep(error) -> bool:
    """Say whether the parser stopped because of a limit of its own to how deep brackets nest (PyYAML from 6.0.4)."""
    return "nesting depth" in (getattr(error, "problem", None) or "")


def _place(mark, source: Source) -> Place:
    """The place of a mark; past the end of the text it is the end of the last line that holds something."""
    line, column = mark.line, mark.column
    if line >= len(source.lines) or (line > 0 and not source.lines[line].strip() and line == len(source.lines) - 1):
        line = max((i for i, text in enumerate(source.lines) if text.strip()), default=0)
        column = len(source.lines[line])
    return source.place(line, column)
