"""Tokens of a formula → chains of sides: rows are told apart or put together, `A = B = C` is one chain of three sides."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.claims.groups import past_spaces
from derivgen.claims.tables import braced_table
from derivgen.claims.tokens import AS_TEXT, ENTRYWISE, RELATIONS, Token, UnreadableError
from derivgen.frozen import dataclass, field, replace

MOST_DEPTH = 40
"""Brackets nested deeper than this are not read."""
_OPENING, _CLOSING = ("{", "(", "[", "|("), ("}", ")", "]", "|)")
_ALIGNED = (
    "align",
    "aligned",
    "alignat",
    "alignedat",
    "eqnarray",
    "gather",
    "gathered",
    "split",
    "multline",
    "equation",
    "flalign",
)
_CONJUNCTIONS = frozenset(
    [
        "and",
        "or",
        "where",
        "with",
        "for",
        "if",
        "und",
        "oder",
        "mit",
        "wobei",
        "wenn",
        "et",
        "ou",
        "avec",
        "où",
        "si",
        "e",
        "ou",
        "com",
        "onde",
        "se",
        "y",
        "o",
        "con",
        "donde",
    ]
)


_LISTING = frozenset(["and", "or", "und", "oder", "et", "ou", "e", "y", "o", ""])
_WORDED = (r"\text", r"\textrm", r"\mbox", r"\textit", r"\textbf", r"\hbox")


@dataclass(slots=True)
class Chain:
    """Sides and the relations between them, one fewer; `aside`: behind words in a row of something else."""

    sides: list[list[Token]] = field(default_factory=list)
    relations: list[Token] = field(default_factory=list)
    aside: bool = False


def chains_of(tokens: list[Token]) -> list[Chain]:
    """Return the chains of a formula that hold a relation. Raises UnreadableError."""
    done: list[Chain] = []
    main: Chain | None = None
    for row in _rows(_flat(tokens)):
        chain = _chain(row.tokens)
        chain.aside = row.aside or any(relation.text.startswith(AS_TEXT) for relation in chain.relations)
        first = next((token for token in row.tokens if token.kind != "space" and token.text not in ("{", "}")), None)
        if first is None:
            continue
        goes_on = main is not None and row.begins and (not chain.sides[0] or _open(main) or _continues(first, chain, main))
        if main is not None and goes_on:
            main.sides[-1] += chain.sides[0]
            main.sides += chain.sides[1:]
            main.relations += chain.relations
            continue
        if chain.relations or row.begins:
            done.append(chain)
            main = chain if not chain.aside or main is None else main
    return [chain for chain in done if chain.relations]


def _continues(first: Token, chain: Chain, main: Chain) -> bool:
    return bool(main.relations) and (
        first.kind in ("+", "times", "/")
        or first.text in ENTRYWISE
        or (first.kind == "-" and not chain.relations)
        or first.text in (r"\pm",)
    )


def _open(chain: Chain) -> bool:
    """Return whether the last side goes on: it ends with an operator, or in an open bracket."""
    last = chain.sides[-1]
    if not last:
        return bool(chain.relations)
    depth = sum((token.kind in ("(", "[")) - (token.kind in (")", "]")) for token in last)
    return depth > 0 or last[-1].kind in ("+", "-", "times", "/")


def _flat(tokens: list[Token]) -> list[Token]:
    """Return the tokens with the beginnings and ends of alignments taken off."""
    done, k = list[Token](), 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind in ("begin", "end"):
            name, after = _environment(tokens, k)
            if name.rstrip("*") in _ALIGNED:
                done.append(replace(token, kind="row"))
                k = after
                if token.kind == "begin" and [part.text for part in tokens[k : k + 3 : 2]] == ["[", "]"]:
                    k += 3  # \\begin{aligned}[t]
                if (
                    token.kind == "begin"
                    and name.rstrip("*") in ("alignat", "alignedat")
                    and k < len(tokens)
                    and tokens[k].text == "{"
                ):
                    while k < len(tokens) and tokens[k].text != "}":
                        k += 1
                    k += 1
                continue
            done.append(replace(token, text=name, end=tokens[min(after, len(tokens)) - 1].end))
            k = after
            continue
        done.append(token)
        k += 1
    return _with_cases(done)


def _with_cases(tokens: list[Token]) -> list[Token]:
    """Return the tokens with an array behind a brace that nothing closes as what it is: cases."""
    for k, token in enumerate(tokens):
        if token.text == r"\{" and (start := braced_table(tokens, k)):
            depth, end = 0, start
            for end in range(start, len(tokens)):
                depth += (tokens[end].kind == "begin") - (tokens[end].kind == "end")
                if not depth:
                    break
            inner = tokens[start + 1 : end]
            if tokens[start].text == "array" and inner and inner[0].text == "{":
                inner = inner[next((j + 1 for j, part in enumerate(inner) if part.text == "}"), 0) :]
            first, last = replace(tokens[start], text="cases"), replace(tokens[end], text="cases")
            return [*tokens[:k], first, *inner, last, *_with_cases(tokens[end + 1 :])]
    return tokens


def _environment(tokens: list[Token], at: int) -> tuple[str, int]:
    """Return the name behind a begin or end, and the place of the token behind it."""
    k = at + 1
    while k < len(tokens) and tokens[k].kind == "space":
        k += 1
    if k == len(tokens) or tokens[k].text != "{":
        return "", k
    name = ""
    k += 1
    while k < len(tokens) and tokens[k].text != "}" and len(name) < 30:
        name += tokens[k].text
        k += 1
    return name, k + 1


@dataclass(frozen=True, slots=True)
class _Row:
    """A row or a part of one: whether it `begins` a row below another, and whether words before it make it an `aside`."""

    tokens: list[Token]
    begins: bool
    aside: bool


def _is_aside(token: Token, tokens: list[Token], k: int) -> bool:
    return token.text in _WORDED and _words(tokens, k)[0].strip(" ,.;:").lower() not in _LISTING


def _rows(tokens: list[Token]) -> Iterator[_Row]:
    """Yield rows, and the parts told apart within one."""
    depth, inner, row, begins, aside = 0, 0, list[Token](), True, False
    brackets = 0
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == "begin":
            inner += 1
        elif token.kind == "end":
            inner = max(0, inner - 1)
        elif token.text in ("{", "}"):
            depth = max(0, depth + (1 if token.text == "{" else -1))
        elif token.kind in ("(", "[", "|("):
            brackets += 1
        elif token.kind in (")", "]", "|)"):
            brackets = max(0, brackets - 1)
        if depth > MOST_DEPTH or brackets > MOST_DEPTH:
            raise UnreadableError(f"brackets nested more than {MOST_DEPTH} deep", token.start, token.end)
        top = depth == 0 and inner == 0
        if top and token.kind == "row":
            yield _Row(row, begins, aside)
            row, begins, aside, brackets = [], True, False, 0
        elif top and brackets == 0 and (after := _apart(tokens, k)):
            if any(part.kind != "space" for part in row):
                yield _Row(row, begins, aside)
                row, begins = [], False
            aside = aside or _is_aside(token, tokens, k)
            k = after
            continue
        elif top and token.kind == "&":
            if after := _next_column(tokens, k, row):
                yield _Row(row, begins, aside)
                row, begins = [], False
                aside = aside or tokens[past_spaces(tokens, k + 1)].kind == "&"  # beside what the row is about
                k = after
                continue
        else:
            row.append(replace(token, kind="space") if token.kind == "apart" and top and brackets == 0 else token)
        k += 1
    yield _Row(row, begins, aside)


def _next_column(tokens: list[Token], k: int, row: list[Token]) -> int:
    """Return where the next statement of a row begins if this `&` ends one (the row's end, if only words follow); else 0."""
    if not any(part.kind in RELATIONS for part in row):
        return 0
    end = k
    depth = 0
    while end < len(tokens) and not (tokens[end].kind == "row" and not depth):
        depth += (tokens[end].kind == "begin") - (tokens[end].kind == "end")
        end += 1
    rest = [part for part in tokens[k + 1 : end] if part.kind != "space"]
    if rest and rest[0].kind == "&":
        return k + 1 if any(part.kind in RELATIONS for part in rest) else end
    before = next(part for part in reversed(row) if part.kind != "space")
    beside = before.kind in RELATIONS or (rest and rest[0].kind in RELATIONS)
    return k + 1 if not beside and any(part.kind in RELATIONS for part in rest) else 0


def _apart(tokens: list[Token], k: int) -> int:
    """Return the place behind what tells two statements apart, 0 where nothing does."""
    token = tokens[k]
    if token.kind == "apart":
        return 0 if token.text in (r"\quad", r"\qquad") and _goes_on(tokens, k) else k + 1
    if token.text == ";":
        return k + 1
    if token.text == ",":
        before = k > 0 and tokens[k - 1].kind == "number"
        behind = k + 1 < len(tokens) and tokens[k + 1].kind == "number"
        return 0 if before and behind else k + 1
    if token.text in _WORDED:
        words, after = _words(tokens, k)
        following = next((part for part in tokens[after:] if part.kind not in ("space", "&")), None)
        if following is not None and words.count(" ") < 3 and following.kind in (*RELATIONS, "times", "/", "_", "^", ")"):
            return 0  # a name of several words
        if " " in words.strip() or words.strip(" ,.;:").lower() in _CONJUNCTIONS or words != words.strip():
            return after
    return 0


def _goes_on(tokens: list[Token], k: int) -> bool:
    """Tell whether a formula goes on behind a wide blank: a sign stands at either end of it, or a sum in brackets behind it."""
    before = next((part.kind for part in reversed(tokens[:k]) if part.kind not in ("space", "&", "apart")), "")
    behind = [part for part in tokens[k:] if part.kind not in ("space", "&", "apart")]
    if not behind or before in ("times", "/", "+", "-") or behind[0].kind in (*RELATIONS, "times", "/", "+"):
        return bool(behind)
    if behind[0].kind != "(" or before in ("", *RELATIONS):
        return False
    inside: list[Token] = []
    depth = 0
    for part in behind:
        depth += (part.kind == "(") - (part.kind == ")")
        if not depth:
            break
        inside.append(part)
    is_sum = any(part.kind in ("+", "-") for part in inside[2:])
    return is_sum and not any(part.kind in RELATIONS or part.text in _WORDED or part.text == "," for part in inside)


def _words(tokens: list[Token], k: int) -> tuple[str, int]:
    """Return what is written in the group behind a command, and the place behind the group."""
    after, depth, words = k + 1, 0, ""
    while after < len(tokens):
        token = tokens[after]
        after += 1
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            break
        words += token.text if token.text != "{" else ""
    return words, after


def _chain(row: list[Token]) -> Chain:
    chain, side, depth = Chain(), list[Token](), 0
    for token in row:
        depth += (token.text == "{" or token.kind in ("begin", "(", "[")) - (token.text == "}" or token.kind in ("end", ")", "]"))
        if token.kind in RELATIONS and depth <= 0:
            chain.sides.append(_trimmed(side))
            chain.relations.append(token)
            side = []
        else:
            side.append(token)
    chain.sides.append(_trimmed(side))
    return chain


def _trimmed(side: list[Token]) -> list[Token]:
    """Return a side without spaces around it and without the full stop or comma behind it."""
    start, end = 0, len(side)
    while start < end and side[start].kind == "space":
        start += 1
    while end > start and (side[end - 1].kind == "space" or side[end - 1].text in (".", ",", ":", ";")):
        end -= 1
    return side[start:end]
