"""Where one group of tokens ends: brackets and the arguments of commands."""

from __future__ import annotations

from derivgen.claims.tokens import Token, UnreadableError

TEXTS = (
    r"\text",
    r"\mathrm",
    r"\operatorname",
    r"\operatorname*",
    r"\textrm",
    r"\textnormal",
    r"\mbox",
    r"\textit",
    r"\textbf",
    r"\mathcal",
    r"\mathbb",
)
ACCENTS = {r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\overline": "bar", r"\tilde": "tilde", r"\widetilde": "tilde"}
ACCENTS |= {r"\vec": "vec", r"\dot": "dot", r"\ddot": "ddot", r"\check": "check"}


def past_spaces(tokens: list[Token], k: int) -> int:
    """Return the place of the first token from `k` on that is no space."""
    while k < len(tokens) and tokens[k].kind == "space":
        k += 1
    return k


def argument(tokens: list[Token], k: int) -> tuple[list[Token], int]:
    """Return the argument that begins here, without its braces, and the place behind it."""
    k = past_spaces(tokens, k)
    if k >= len(tokens):
        last = tokens[-1]
        raise UnreadableError("something is missing at the end", last.start, last.end)
    if tokens[k].text == "{":
        end = matching(tokens, k)
        return tokens[k + 1 : end], end + 1
    if tokens[k].kind == "command" and tokens[k].text in (*TEXTS, *ACCENTS, r"\frac", r"\sqrt"):
        _, end = argument(tokens, k + 1)
        return tokens[k:end], end
    return [tokens[k]], k + 1


_PAIRS = {"(": (")", "]"), "[": ("]", ")"), "{": ("}",)}


def matching(tokens: list[Token], k: int) -> int:
    """Return the place of the bracket that closes the one at `k`. Raises UnreadableError where there is none."""
    stack = [tokens[k].kind]
    for end in range(k + 1, len(tokens)):
        kind = tokens[end].kind
        if kind in _PAIRS:
            stack.append(kind)
        elif kind in (")", "]", "}"):
            if kind not in _PAIRS[stack[-1]]:
                break
            stack.pop()
            if not stack:
                return end
    raise UnreadableError(f"{tokens[k].text!r} is not closed", tokens[k].start, tokens[k].end)


def closes(tokens: list[Token]) -> bool:
    """Tell whether the bracket that tokens begin with is closed by the last of them."""
    try:
        return matching(tokens, 0) == len(tokens) - 1
    except UnreadableError:
        return False


def is_pair(tokens: list[Token]) -> bool:
    """Tell whether tokens are two numbers with a comma and no space between them."""
    return [part.kind for part in tokens] == ["number", ",", "number"]
