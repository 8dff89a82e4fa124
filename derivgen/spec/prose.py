"""Plain text with `$…$` in the expression language → its pieces: words and expressions, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.maths.grammar import Vocabulary, parse_expression
from derivgen.maths.tree import Expr
from derivgen.spec.yaml_text import Scalar


def prose(text: str, words: Vocabulary) -> tuple[str | Expr, ...]:
    """The pieces of a text that `check_prose` has found good; `\\$` stands for a dollar sign.

    >>> from derivgen.maths.functions import vocabulary
    >>> prose("as $2*x$ says", vocabulary())[::2]
    ('as ', ' says')
    """
    pieces: list[str | Expr] = []
    for inside, piece, _ in _pieces(text):
        if inside:
            pieces.append(parse_expression(piece, Place("<text>", 1, 1, 1, piece), words))
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def check_prose(scalar: Scalar, words: Vocabulary, problems: Problems) -> None:
    """Note every `$…$` that is no expression, and a `$` without its partner."""
    if "$" not in scalar.text:
        return
    positions = scalar.positions()
    for inside, piece, offset in _pieces(scalar.text):
        place = scalar.source.at(positions[min(offset, len(positions) - 1)]) if scalar.source and positions else scalar.place
        if inside:
            _check_expression(piece, place, words, problems)
    if _dollars(scalar.text) % 2:
        last = max(offset for offset, character in enumerate(scalar.text) if character == "$")
        place = scalar.source.at(positions[last]) if scalar.source and positions else scalar.place
        problems.error("this '$' has no partner", place, "an expression stands between two: $2*x$; a dollar sign is written \\$")


def _check_expression(piece: str, place: Place, words: Vocabulary, problems: Problems) -> None:
    try:
        if "\n" in piece:
            raise SpecError(Problem("the two '$' of an expression stand on one line", place))
        parse_expression(piece, replace(place, length=max(1, len(piece))), words)
    except SpecError as error:
        problems.found.extend(error.problems)


def _dollars(text: str) -> int:
    return text.replace("\\$", "").count("$")


def _pieces(text: str) -> Iterator[tuple[bool, str, int]]:
    """`(inside dollars?, piece, its offset)`; an odd last dollar is taken as words."""
    marked = text.replace("\\$", "\0\0")
    parts, offset = marked.split("$"), 0
    for number, part in enumerate(parts):
        inside = number % 2 == 1 and number < len(parts) - 1
        yield inside, part.replace("\0\0", "$"), offset
        offset += len(part) + 1
