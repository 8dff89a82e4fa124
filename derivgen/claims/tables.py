"""Tokens of matrices, lists of numbers and cases → cells, row by row, and conditions."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.claims.groups import TEXTS, argument, matching, past_spaces
from derivgen.claims.names import index_text
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.maths.functions import find
from derivgen.maths.grammar import ARRAY_FUNCTIONS

CASES = ("cases", "dcases", "rcases", "drcases")
MATRICES = ("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix", "array")
Rows = tuple[tuple[list[Token], ...], ...]
_COMPARED = {
    **dict.fromkeys(("<", r"\lt"), "<"),
    **dict.fromkeys((">", r"\gt"), ">"),
    **dict.fromkeys((r"\le", r"\leq", r"\leqslant", "≤"), "<="),
    **dict.fromkeys((r"\ge", r"\geq", r"\geqslant", "≥"), ">="),
    **dict.fromkeys((r"\ne", r"\neq", "≠"), "!="),
    "=": "==",
}


def table_at(tokens: list[Token], k: int) -> tuple[str, Rows, int]:
    """Return the environment that begins at `k`, its cells row by row without empty rows, and the place behind it."""
    name, depth, end = tokens[k].text.rstrip("*"), 0, k
    for end in range(k, len(tokens)):
        depth += (tokens[end].kind == "begin") - (tokens[end].kind == "end")
        if not depth:
            break
    if depth or name not in (*CASES, *MATRICES):
        raise UnreadableError(
            f"{name or 'this'} is not read" if not depth else "this is not closed", tokens[k].start, tokens[k].end
        )
    start = past_spaces(tokens, k + 1)
    if tokens[start].kind == "[" and (name == "array" or tokens[k].text.endswith("*")):
        start = matching(tokens, start) + 1
    if name == "array":
        start = argument(tokens, start)[1]
    return name, tuple(_rows(tokens[start:end])), end + 1


def _rows(tokens: list[Token]) -> Iterator[tuple[list[Token], ...]]:
    row: list[list[Token]] = [[]]
    depth = 0
    for token in [*tokens, None]:
        if token is None or (token.kind == "row" and not depth):
            if any(part.kind != "space" for cell in row for part in cell):
                yield tuple(row)
            row = [[]]
            continue
        depth += (token.kind == "begin" or token.text == "{") - (token.kind == "end" or token.text == "}")
        if token.text == "&" and not depth:
            row.append([])
        elif token.text != r"\hline":
            row[-1].append(token)


def listed(tokens: list[Token]) -> tuple[list[Token], ...]:
    """Return the parts of what stands between brackets, told apart by commas or semicolons; one part for no list."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in ("(", "[", "{", "begin")) - (token.kind in (")", "]", "}", "end"))
        if token.kind in (",", ";") and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(parts)


def condition(cell: list[Token]) -> tuple[tuple[str, list[Token], list[Token]], ...] | None:
    """Return the comparisons (sign, left, right) of a condition, all of which are to hold; None for "otherwise".

    Raises UnreadableError for anything else.
    """
    tokens = list(_without_words(cell))
    if not any(token.kind != "space" for token in tokens):
        return None
    sides: list[list[Token]] = [[]]
    signs = []
    for token in tokens:
        if token.text in _COMPARED:
            signs.append(_COMPARED[token.text])
            sides.append([])
        else:
            sides[-1].append(token)
    if not signs or any(not any(part.kind != "space" for part in side) for side in sides):
        first = tokens[0]
        raise UnreadableError("this condition cannot be read", first.start, first.end)
    return tuple(zip(signs, sides[:-1], sides[1:], strict=True))


def _without_words(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens of a condition without "if", "else" and the like; a comparison within the words stays."""
    k, depth = 0, 0
    while k < len(tokens):
        if tokens[k].text not in TEXTS:
            depth += (tokens[k].kind in ("(", "[")) - (tokens[k].kind in (")", "]"))
            if depth or tokens[k].kind not in (",", ".", ";", ":", "$"):
                yield tokens[k]
            k += 1
            continue
        start = k
        words, k = argument(tokens, k + 1)
        behind = past_spaces(tokens, k)
        if behind < len(tokens) and tokens[behind].kind == "(" and _is_function(index_text(words)):
            yield from tokens[start:k]
            continue
        if any(part.text in _COMPARED for part in words):
            first = next(j for j, part in enumerate(words) if part.text in _COMPARED)
            while first and words[first - 1].kind in ("space", "$"):
                first -= 1
            yield from (part for part in words[max(0, first - 1) :] if part.kind != "$")


def _is_function(word: str) -> bool:
    return find(word) is not None or word in ARRAY_FUNCTIONS


def braced_table(tokens: list[Token], k: int) -> int:
    """Return the place of an array behind a brace at `k` that nothing closes, which are cases; 0 for none."""
    after = past_spaces(tokens, k + 1)
    if tokens[k].text not in (r"\{", r"\lbrace") or after >= len(tokens) or tokens[after].kind != "begin":
        return 0
    depth, end = 0, after
    for end in range(after, len(tokens)):
        depth += (tokens[end].kind == "begin") - (tokens[end].kind == "end")
        if not depth:
            break
    end = past_spaces(tokens, end + 1)
    return 0 if end < len(tokens) and tokens[end].text in (r"\}", r"\rbrace") else after
