"""Tokens → names with their accents and indices, and derivatives of one by another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from derivgen.claims.groups import ACCENTS, TEXTS, argument, closes, past_spaces
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.maths.functions import find
from derivgen.maths.names import GREEK
from derivgen.maths.tree import Partial, Sym

EULER = "e"
_COMBINING = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ₊₋", "0123456789aeoxhklmnpstijruv+-", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n", strict=True))
LETTERS = {sign: name for name, sign in GREEK.items()}
_VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma", "ell": "ell"}


def base_at(tokens: list[Token], k: int) -> tuple[str, int, bool]:
    """Return the letter or word that begins here, the place behind it, and whether it was set as a word."""
    token = tokens[k]
    if token.text in ACCENTS:
        content, end = argument(tokens, k + 1)
        inner = [part for part in content if part.kind != "space"]
        if not inner or inner[0].kind not in ("letters", "command"):
            raise UnreadableError(f"what stands below {token.text} cannot be read", token.start, token.end)
        base, after, _ = base_at(inner, 0)
        rest = index_text(inner[after:])
        rest = f"_{rest}" if rest.isdecimal() else rest
        return base + ACCENTS[token.text] + rest, end, False
    if token.text in TEXTS:
        content, end = argument(tokens, k + 1)
        word = "".join(part.text for part in content if part.text not in ("{", "}")).strip()
        if not re.fullmatch(r"[^\W\d_][\w\\ -]{0,40}", word):
            raise UnreadableError("words stand here", token.start, token.end)
        return word.replace("\\", ""), end, True
    if token.text in (r"\nabla", "∇"):
        return _nabla(tokens, k + 1)
    if token.kind == "command":
        name = token.text.lstrip("\\")
        name = _VARIANTS.get(name, name)
        if name in ("Delta", "delta") and k + 1 < len(tokens):
            after = past_spaces(tokens, k + 1)
            if name == "Delta" and after < len(tokens) and tokens[after].kind in ("letters", "command"):
                base, end, worded = base_at(tokens, after)
                return f"Delta {base}", end, worded
        if name in GREEK or name in ("ell",) or find(name) or name in ("log", "max", "min", "exp"):
            return name, k + 1, False
        raise UnreadableError(f"the command {token.text} is not known", token.start, token.end)
    word, end = letter(token.text), k + 1
    if token.text in LETTERS or "hat" in word or "bar" in word:
        return word, end, False
    while end < len(tokens) and tokens[end].kind == "letters" and tokens[end].start == tokens[end - 1].end:
        if tokens[end].text in SUBSCRIPTS or tokens[end].text in SUPERSCRIPTS or tokens[end].text in LETTERS:
            break
        if unicodedata.combining(tokens[end].text):
            break
        word += letter(tokens[end].text)
        end += 1
    return word, end, False


def _nabla(tokens: list[Token], k: int) -> tuple[str, int, bool]:
    """Return the name of a gradient in one sign, ∇_w L, whose sign ended before `k`."""
    at, below = past_spaces(tokens, k), ""
    if at < len(tokens) and tokens[at].text == "_":
        content, at = argument(tokens, at + 1)
        below, at = index_text(content), past_spaces(tokens, at)
    if at == len(tokens) or tokens[at].kind not in ("letters", "command"):
        raise UnreadableError("what this gradient is of cannot be read", tokens[k - 1].start, tokens[k - 1].end)
    of, end, worded = base_at(tokens, at)
    return f"nabla {below} {of}", end, worded


def letter(sign: str) -> str:
    """Return a letter as names are kept: Greek by its name, an accent behind it."""
    if sign in LETTERS:
        return LETTERS[sign]
    taken_apart = unicodedata.normalize("NFD", sign)
    letter, marks = taken_apart[0], taken_apart[1:]
    if marks and all(mark in _COMBINING for mark in marks):
        return letter + "".join(_COMBINING[mark] for mark in marks)
    return unicodedata.normalize("NFKC", sign)


def scripted(base: str, tokens: list[Token], k: int, known: Callable[[str], bool]) -> tuple[str, str, int, bool]:
    """Return the name with its indices, the indices alone, the place behind, and whether an exponent may follow."""
    below, above, end = "", "", k
    while True:
        at = past_spaces(tokens, end)
        if at == len(tokens):
            break
        token = tokens[at]
        if token.text == "_" and not below:
            content, end = argument(tokens, at + 1)
            below = index_text(content)
            if content and content[0].kind == "letters" and tokens[end - 1] is content[0] and _follows(tokens, end):
                below, end = below + tokens[end].text, end + 1  # E_y1, by which people mean the index y1
        elif token.kind == "letters" and token.text in SUBSCRIPTS and not below:
            while at < len(tokens) and tokens[at].text in SUBSCRIPTS:
                below += SUBSCRIPTS[tokens[at].text]
                at += 1
            end = at
        elif token.kind == "number" and at == k and not below and token.text.isdecimal() and base != EULER:
            below, end = token.text, at + 1
        elif token.kind == "'":
            above, end = above + "'", at + 1
        elif token.text == "^" and base != EULER:
            content, after = argument(tokens, at + 1)
            name = superscript(content)
            if name is None and below == "" and after < len(tokens) and tokens[after].text == "_":
                index, behind = argument(tokens, after + 1)  # w^2_1: the power or the layer of w_1
                below = index_text(index)
                if index_text(content).isdecimal() and not known(f"{base}_{below}^{index_text(content)}"):
                    raise UnreadableError("an exponent that may be a layer's number", token.start, token.end)
                above, end = above + "^" + index_text(content), behind
                break
            if name is None and known(_joined(base, below, above + "^" + index_text(content))):
                name = index_text(content)
            if name is None:
                break
            above, end = above + "^" + name, after
        else:
            break
    name = _joined(base, below, above)
    return name, name.removeprefix(base), end, True


def _follows(tokens: list[Token], k: int) -> bool:
    """Tell whether a whole number follows directly."""
    return k < len(tokens) and tokens[k].text.isdecimal() and tokens[k].start == tokens[k - 1].end


def _joined(base: str, below: str, above: str) -> str:
    return base + (f"_{below}" if below else "") + above


def superscript(content: list[Token]) -> str | None:
    """Return a superscript that is part of a name; None for one that is a power."""
    kinds = [part for part in content if part.kind != "space"]
    text = index_text(kinds)
    if not kinds:
        return ""
    if len(kinds) == 1 and kinds[0].kind in ("+", "-", "times"):
        return kinds[0].text if kinds[0].kind != "times" else "*"
    if kinds[0].kind in ("(", "[") and closes(kinds):
        return text
    if kinds[0].text in TEXTS or (len(text) > 1 and text.isalpha() and all(part.kind == "letters" for part in kinds)):
        return text
    if all(part.kind == "'" for part in kinds):
        return "'" * len(kinds)
    return None


def index_text(content: list[Token]) -> str:
    """Return the text of an index, without spaces, braces and fonts."""
    made = ""
    for part in content:
        if part.kind in ("space",) or part.text in ("{", "}", *TEXTS) or part.text == r"\,":
            continue
        made += "-" if part.kind == "-" else part.text.lstrip("\\")
    return made[:60]


def partial_of(over: list[Token], under: list[Token]) -> Partial | None:
    """Return ∂L/∂w or ∂²L/∂w∂b, read from what stands over and below the bar; None for another fraction.

    Of ∂/∂w, the name above is empty.
    """
    over, under = ([part for part in tokens if part.kind != "space"] for tokens in (over, under))
    sign = _sign(over)
    if over[sign : sign + 1] and over[sign].text == "^":
        order, end = argument(over, sign + 1)
        return _second(_name(over[end:]), under) if sign and index_text(order) == "2" else None
    by = _differential(under)
    of = _differential(over) if by else ""
    return Partial(Sym(of), Sym(by)) if of or (by and sign == len(over)) else None


def in_words(partial: Partial) -> str:
    """Return a derivative as plain text.

    >>> in_words(Partial(Sym("L"), Sym("w"))), in_words(Partial(Sym("L"), Sym("w"), then=Sym("b")))
    ('∂L/∂w', '∂²L/∂b∂w')
    """
    of, by, then = partial.of.name, partial.by.name, partial.then
    return f"∂{of}/∂{by}" if then is None else f"∂²{of}/∂{then.name}∂{by}"


def _second(of: str, under: list[Token]) -> Partial | None:
    """Return ∂²of by what stands below the bar: ∂w², or ∂w∂b."""
    at = next((k for k in range(1, len(under)) if _sign(under[k:]) and under[k].text != "{"), len(under))
    first, second = _differential(under[:at]), _differential(under[at:])
    if not second and first.endswith("^2"):
        first = second = first.removesuffix("^2")
    return Partial(Sym(of), Sym(second), then=Sym(first)) if of and first and second else None


def derivative_of(over: list[Token], under: list[Token]) -> tuple[list[Token], str] | None:
    """Return what stands behind the d above the bar, and the name below it, of d(…)/dx; None for another fraction."""
    part = [token for token in over if token.kind != "space"]
    by, rest = _differential(under), part[_sign(part) :]
    if len(rest) == len(part) or not by:
        return None
    return (rest, by) if rest and rest[0].kind in ("(", "[", "{", "command", "letters") else None


def _sign(tokens: list[Token]) -> int:
    """Return how many tokens the d of a differential is that they begin with; 0 for anything else."""
    if tokens and tokens[0].text in (r"\partial", "∂", "d"):
        return 1
    return 4 if tokens and tokens[0].text in TEXTS and [part.text for part in tokens[1:4]] == ["{", "d", "}"] else 0


def _differential(tokens: list[Token]) -> str:
    """Return the name behind a d; empty for anything else."""
    tokens = [part for part in tokens if part.kind != "space"]
    sign = _sign(tokens)
    rest = tokens[sign:] if sign else []
    return _name(rest[1:-1] if rest and rest[0].text == "{" and closes(rest) else rest)


def _name(tokens: list[Token]) -> str:
    """Return the name that tokens are; empty for anything else."""
    try:
        base, end, _ = base_at(tokens, 0) if tokens and tokens[0].kind in ("letters", "command") else ("", 0, False)
        name, _, end, _ = scripted(base, tokens, end, lambda name: True)
    except UnreadableError:
        return ""
    return name if base and end == len(tokens) else ""


def inline_partial(tokens: list[Token], k: int) -> tuple[Partial, int] | None:
    """Return ∂L/∂w written in a line, and the place behind it."""
    slash = next((j for j in range(k + 1, min(len(tokens), k + 30)) if tokens[j].kind == "/"), 0)
    if not slash:
        return None
    of = _differential(tokens[k:slash])
    start = past_spaces(tokens, slash + 1)
    if not of or start >= len(tokens) or tokens[start].text not in (r"\partial", "∂"):
        return None
    try:
        at = past_spaces(tokens, start + 1)
        base, end, _ = base_at(tokens, at)
        name, _, end, _ = scripted(base, tokens, end, lambda name: False)
    except (UnreadableError, IndexError):
        return None
    return Partial(Sym(of), Sym(name)), end
