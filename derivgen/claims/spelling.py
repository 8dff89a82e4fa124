"""Tokens of one side spelled for the grammar, which tells their order and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from derivgen.claims.figures import MOST_EXPONENT
from derivgen.claims.groups import argument, closes, is_pair, matching, past_spaces
from derivgen.claims.matrices import Names
from derivgen.claims.names import (
    EULER,
    LETTERS,
    SUPERSCRIPTS,
    base_at,
    derivative_of,
    index_text,
    inline_partial,
    partial_of,
    scripted,
)
from derivgen.claims.tables import CASES, Rows, listed, table_at
from derivgen.claims.tokens import BRACED, ENTRYWISE, ONES, Token, UnreadableError
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.functions import FUNCTIONS, find
from derivgen.maths.grammar import ARRAY_FUNCTIONS
from derivgen.maths.tree import Expr, Num, Partial, Words

MOST_DIGITS = 60
MOST_SUMMED, MOST_SUMS = 200, 11
MOST_CELLS = 400
DIRECT = ("direct", "direta", "direkt", "directa", "directe")
"""Words below a derivative that counts only what the definition itself names."""
_UNREAD: Mapping[str, str] = {
    **dict.fromkeys((r"\prod", "∏"), "a product over an index is not read yet"),
    **dict.fromkeys((r"\int", r"\lim", r"\iint", "∫"), "an integral or a limit is not read"),
    **dict.fromkeys((r"\ldots", r"\dots", r"\cdots", r"\vdots", "…"), "something is left out (…)"),
    **dict.fromkeys((r"\pm", r"\mp", "±"), "± stands for two numbers"),
    **dict.fromkeys((r"\otimes", r"\oplus", r"\dagger", r"\top", r"\intercal"), "this operation is not read"),
    **dict.fromkeys((r"\mathbb{E}",), "an expected value is not read"),
}
_TRANSPOSED = ("T", r"\top", r"\intercal", "⊤")
_LIKE_FUNCTIONS = frozenset((*"fghFGLJECyzuQVNp", "phi", "psi", "varphi", "yhat"))


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes: whether its decimals have a comma. `known` says whether a name has a value.

    `function` gives a function of a spec by its name, `formula` one that the file defines, as its arguments and its body;
    `matrix` the names of a matrix' entries; `samples` the index of a spec's samples and how many there are. `slope` gives the
    derivative of a name by another where it is known to be one. `arrays`: functions of whole arrays, identities and bold ones.
    """

    comma: bool = False
    known: Callable[[str], bool] = lambda name: False
    function: Callable[[str], str | None] = lambda written: None
    samples: tuple[str, int] = ("", 0)
    formula: Callable[[str], tuple[tuple[str, ...], Expr] | None] = lambda name: None
    matrix: Callable[[str], Names | None] = lambda name: None
    slope: Callable[[str, str], Expr | None] = lambda name, by: None
    arrays: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it is called: its key in the table (empty: a name that may be a factor), how it is written, its marks.

    `own`: the file defines it. `component` is which output of a vector function is meant, from 0. `options`: arguments by name.
    """

    key: str
    written: str = ""
    primes: int = 0
    component: int | None = None
    own: bool = False
    options: tuple[tuple[str, Expr], ...] = ()


@dataclass(slots=True)
class Spelling:
    """Tokens spelled for the grammar: each number, name, derivative and function is a letter and its number in a list."""

    style: Style
    pieces: list[str] = field(default_factory=list)
    places: list[Token] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    sums: list[tuple[str, int]] = field(default_factory=list)
    tables: list[tuple[str, Rows]] = field(default_factory=list)
    derivatives: list[str] = field(default_factory=list)

    def put(self, piece: str, token: Token) -> None:
        self.pieces.append(piece)
        self.places.append(token)

    def wrong(self, position: int) -> UnreadableError:
        """Return the error for the place where the grammar came to an end."""
        at = 0
        for piece, token in zip(self.pieces, self.places, strict=True):
            if at >= position:
                return UnreadableError(f"{token.text!r} cannot be read here", token.start, token.end)
            at += len(piece)
        last = self.places[-1]
        return UnreadableError("something is missing at the end", last.start, last.end)

    def group(self, tokens: list[Token], depth: int, separate: bool = False) -> None:
        """Spell a list of tokens; with `separate`, a comma tells arguments apart."""
        if depth > 60:
            raise UnreadableError("this is nested too deep", tokens[0].start, tokens[0].end)
        k, bars = 0, 0
        while k < len(tokens):
            token = tokens[k]
            kind = token.kind
            if kind in ("space", "&"):
                k += 1
            elif token.text in _UNREAD:
                raise UnreadableError(_UNREAD[token.text], token.start, token.end)
            elif kind == "number":
                k = self._number(tokens, k, separate)
            elif kind in ("+", "-"):
                self.put(kind, token)
                k += 1
            elif kind == "times" or token.text in ENTRYWISE:
                self.put("*" if kind == "times" else ENTRYWISE[token.text], token)
                k += 1
            elif kind == "/":
                self.put("/", token)
                k += 1
            elif kind == "%":
                self.put("%", token)
                k += 1
            elif kind in ("(", "["):
                end = matching(tokens, k)
                inner = tokens[k + 1 : end]
                parts = listed(inner)
                if len(parts) > 1:
                    if self.style.comma and is_pair(inner):
                        raise UnreadableError("a pair of numbers is not read", token.start, token.end)
                    self.tables.append(("list", (parts,)))
                    self.put(f"B{len(self.tables) - 1}", token)
                    k = self._power(tokens, end + 1, depth)
                    continue
                first = len(self.partials)
                self.put("(", token)
                self.group(inner, depth + 1)
                self.put(")", tokens[end])
                k = self._direct(tokens, end + 1, first) or self._power(tokens, end + 1, depth)
            elif token.text == "{":
                end = matching(tokens, k)
                if any(part.kind != "space" for part in tokens[k + 1 : end]):
                    first = len(self.partials)
                    self.put("(", token)
                    self.group(tokens[k + 1 : end], depth + 1)
                    self.put(")", tokens[end])
                    k = self._direct(tokens, end + 1, first) or self._power(tokens, end + 1, depth)
                else:
                    k = end + 1
            elif kind == "|(" or (kind == "|" and not bars):
                end = next((j for j in range(k + 1, len(tokens)) if tokens[j].kind == ("|)" if kind == "|(" else "|")), -1)
                if end < 0:
                    raise UnreadableError("a bar is not closed", token.start, token.end)
                self._function(Function("abs"), token)
                self.put("(", token)
                self.group(tokens[k + 1 : end], depth + 1)
                self.put(")", tokens[end])
                k = self._power(tokens, end + 1, depth)
            elif kind == "," and separate:
                self.put(",", token)
                k += 1
            elif kind == "letters" or kind == "command" or token.text in ("∂", "∑", "∇"):
                k = self._word(tokens, k, depth)
            elif kind == "begin":
                k = self._table(tokens, k, depth)
            else:
                raise UnreadableError(f"{token.text!r} cannot be read here", token.start, token.end)

    def _direct(self, tokens: list[Token], k: int, first: int) -> int:
        """Return the place behind a word below a bracket around one derivative, which marks it as direct; 0 for anything else."""
        at = past_spaces(tokens, k)
        if at >= len(tokens) or tokens[at].text != "_" or first != len(self.partials) - 1:
            return 0
        if not next(piece for piece in reversed(self.pieces) if piece != ")").startswith("P"):
            return 0
        content, end = argument(tokens, at + 1)
        if index_text(content) not in DIRECT:
            return 0
        self.partials[-1] = replace(self.partials[-1], direct=True)
        return end

    def _table(self, tokens: list[Token], k: int, depth: int) -> int:
        """Spell a matrix or cases, whose cells are read for themselves."""
        name, rows, end = table_at(tokens, k)
        if sum(map(len, rows)) > MOST_CELLS or not rows:
            raise UnreadableError("a table of no or too many cells", tokens[k].start, tokens[k].end)
        self.tables.append(("cases" if name in CASES else "matrix", rows))
        self.put(f"B{len(self.tables) - 1}", tokens[k])
        return self._power(tokens, end, depth)

    def _by_matrix(self, over: list[Token], under: list[Token], token: Token) -> bool:
        """Spell a derivative by a matrix that is written out, if a fraction is one."""
        at = next((k for k, part in enumerate(under) if part.kind == "begin"), 0)
        if at and under[at - 1].kind in ("(", "[") and closes(under[at - 1 :]):
            return self._by_matrix(over, [*under[: at - 1], *under[at:-1]], token)
        if not at or index_text(under[:at]) not in ("partial", "∂", "d"):
            return False
        _, rows, end = table_at(under, at)
        made = tuple(tuple(partial_of(over, [*under[:at], *cell]) for cell in row) for row in rows)
        if end != len(under) or any(partial is None for row in made for partial in row):
            return False
        self.tables.append(("matrix", tuple(tuple(_fraction(over, [*under[:at], *cell], token) for cell in row) for row in rows)))
        self.put(f"B{len(self.tables) - 1}", token)
        return True

    def _number(self, tokens: list[Token], k: int, separate: bool) -> int:
        token, text = tokens[k], tokens[k].text
        end = k + 1
        if not separate and "." not in text and "{" not in text:
            while end + 1 < len(tokens) and tokens[end].text == "," and tokens[end].start == tokens[end - 1].end:
                following = tokens[end + 1]
                if following.kind != "number" or following.start != tokens[end].end:
                    break
                if not self.style.comma and len(following.text.partition(".")[0]) != 3:
                    raise UnreadableError(
                        "a comma that may be a decimal one or tell two numbers apart", token.start, following.end
                    )
                text += f",{following.text}"
                end += 2
        self._literal(text, Token("number", text, token.start, tokens[end - 1].end))
        return self._power(tokens, end, 0)

    def _literal(self, text: str, token: Token) -> None:
        if len(text) > MOST_DIGITS or abs(int([*re.split("[eE]", text), "0"][1])) > MOST_EXPONENT:
            raise UnreadableError("a number of too many digits", token.start, token.end)
        self.numbers.append(text)
        self.put(f"N{len(self.numbers) - 1}", token)

    def _function(self, function: Function, token: Token) -> None:
        self.functions.append(function)
        self.put(f"F{len(self.functions) - 1}", token)

    def _power(self, tokens: list[Token], k: int, depth: int) -> int:
        """Spell an exponent that follows, if one does; return the place behind it."""
        after = past_spaces(tokens, k)
        if after < len(tokens) and tokens[after].kind == "letters" and tokens[after].text in SUPERSCRIPTS:
            text = ""
            while after < len(tokens) and tokens[after].text in SUPERSCRIPTS:
                text += SUPERSCRIPTS[tokens[after].text]
                after += 1
            if not text.lstrip("-").isdecimal():
                raise UnreadableError("this exponent cannot be read", tokens[k].start, tokens[after - 1].end)
            where = tokens[after - 1]
            self.put("^", where)
            self.put("{", where)
            if text.startswith("-"):
                self.put("-", where)
            self._literal(text.lstrip("-"), where)
            self.put("}", where)
            return after
        if after == len(tokens) or tokens[after].text not in ("^", "**"):
            if after < len(tokens) and tokens[after].text in ("_", "!", "'"):
                raise UnreadableError(f"{tokens[after].text!r} cannot be read here", tokens[after].start, tokens[after].end)
            return k
        sign = tokens[after]
        content, end = argument(tokens, after + 1)
        text = "".join("-" if part.kind == "-" else part.text for part in content)
        if text.lstrip("-") in _TRANSPOSED and not (text == "T" and self.style.known("T") and not self.style.arrays):
            self.put("t", sign)
            if text.startswith("-"):
                for piece in ("^", "{", "-"):
                    self.put(piece, sign)
                self._literal("1", sign)
                self.put("}", sign)
            return self._power(tokens, end, depth)
        if tokens[after + 1].kind == "number" and len(tokens[after + 1].text) > 1:
            raise UnreadableError("an exponent of several digits needs braces", sign.start, tokens[after + 1].end)
        self.put("^", sign)
        self.put("{", sign)
        self.group(content, depth + 1)
        self.put("}", sign)
        if end < len(tokens) and tokens[end].text == "^":
            raise UnreadableError("two exponents at one place", tokens[end].start, tokens[end].end)
        return end

    def _word(self, tokens: list[Token], k: int, depth: int) -> int:
        token = tokens[k]
        if token.text in (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"):
            over, middle = argument(tokens, k + 1)
            if middle - 1 < len(tokens) and re.fullmatch(r"\d\d", tokens[middle - 1].text):
                text, place = tokens[middle - 1].text, tokens[middle - 1]  # \frac12
                over, under, end = (
                    [Token("number", text[0], place.start, place.end)],
                    [Token("number", text[1], place.start, place.end)],
                    middle,
                )
            else:
                under, end = argument(tokens, middle)
            partial = partial_of(over, under)
            if partial is not None and partial.of.name:
                return self._partial(partial, token, tokens, end)
            if partial is not None:
                self.derivatives.append(partial.by.name)
                self.put(f"D{len(self.derivatives) - 1}", token)
                return end
            if (inner := derivative_of(over, under)) is not None:
                self.derivatives.append(inner[1])
                self.put(f"D{len(self.derivatives) - 1}", token)
                self.put("(", token)
                self.group(inner[0], depth + 1)
                self.put(")", token)
                return end
            if self._by_matrix(over, under, token):
                return self._power(tokens, end, depth)
            self.put("Q", token)
            for part in (over, under):
                self.put("{", token)
                self.group(part, depth + 1)
                self.put("}", token)
            if past_spaces(tokens, end) < len(tokens) and tokens[past_spaces(tokens, end)].text == "^":
                raise UnreadableError("a power of a fraction needs brackets", token.start, token.end)
            return end
        if token.text == r"\sqrt":
            after = past_spaces(tokens, k + 1)
            if after < len(tokens) and tokens[after].kind == "[":
                raise UnreadableError("roots other than square roots are not read yet", token.start, token.end)
            content, end = argument(tokens, k + 1)
            self.put("R", token)
            self.put("{", token)
            self.group(content, depth + 1)
            self.put("}", token)
            return self._power(tokens, end, depth)
        if token.text in (r"\sum", "∑"):
            return self._sum(tokens, k)
        if token.text == ONES:
            return self._special("ones", token, tokens, k + 1, depth)
        if token.text in BRACED:
            content, end = argument(tokens, k + 1)
            self.put("(", token)
            self.group(content, depth + 1)
            self.put(")", token)
            after = past_spaces(tokens, end)
            return argument(tokens, after + 1)[1] if after < len(tokens) and tokens[after].text in ("_", "^") else end
        if token.text in (r"\partial", "∂"):
            found = inline_partial(tokens, k)
            if found is None:
                raise UnreadableError("this derivative cannot be read", token.start, token.end)
            return self._partial(found[0], token, tokens, found[1])
        return self._name(tokens, k, depth)

    def _special(self, kind: str, token: Token, tokens: list[Token], end: int, depth: int) -> int:
        """Spell a vector of ones, or an identity matrix, whose size is in the token."""
        self.tables.append((kind, (([token],),)))
        self.put(f"B{len(self.tables) - 1}", token)
        return self._power(tokens, end, depth)

    def _whole(self, function: Function, tokens: list[Token], k: int, depth: int) -> int:
        """Spell a function of whole arrays, whose brackets open at `k`, with its arguments by name."""
        close = matching(tokens, k)
        parts = listed(tokens[k + 1 : close])
        named = [part for part in parts if any(token.kind == "=" for token in part) and not any(map(_opens, part))]
        options = []
        for part in named:
            at = next(j for j, token in enumerate(part) if token.kind == "=")
            name, value = index_text(part[:at]), index_text(part[at + 1 :])
            if name not in ARRAY_FUNCTIONS[function.key].options or not (value.lstrip("-").isdecimal() or value == "true"):
                raise UnreadableError(f"{function.key} has no argument like this", part[0].start, part[-1].end)
            options.append((name, Words(value) if value == "true" else Num(Fraction(value), value)))
        self._function(replace(function, options=tuple(options)), tokens[k])
        self.put("(", tokens[k])
        for number, part in enumerate(part for part in parts if part not in named):
            if number:
                self.put(",", tokens[k])
            self.group(part, depth + 1)
        self.put(")", tokens[close])
        return self._power(tokens, close + 1, depth)

    def _sum(self, tokens: list[Token], k: int) -> int:
        """Spell the sign of a sum: over an index from 1, to a number or over the samples of a spec."""
        below, above, end = list[Token](), list[Token](), k + 1
        for _ in range(2):
            at = past_spaces(tokens, end)
            if at < len(tokens) and tokens[at].text == "_":
                below, end = argument(tokens, at + 1)
            elif at < len(tokens) and tokens[at].text == "^":
                above, end = argument(tokens, at + 1)
        index, _, lower = index_text(below).partition("=")
        upper = index_text(above)
        letter, samples = self.style.samples
        if not re.fullmatch(r"[a-z]", index) or lower not in ("", "1"):
            raise UnreadableError("what this sum runs over cannot be read", tokens[k].start, tokens[k].end)
        if index == letter and not upper.isdecimal():
            upper = str(samples)
        if not upper.isdecimal() or len(upper) > 3 or int(upper) > MOST_SUMMED or len(self.sums) > MOST_SUMS:
            raise UnreadableError("how far this sum goes is not known", tokens[k].start, tokens[k].end)
        self.sums.append((index, int(upper)))
        self.put(f"S{len(self.sums) - 1}", tokens[k])
        return end

    def _partial(self, partial: Partial, token: Token, tokens: list[Token], end: int) -> int:
        self.partials.append(partial)
        self.put(f"P{len(self.partials) - 1}", token)
        after = past_spaces(tokens, end)
        if after < len(tokens) and (tokens[after].text == "^" or tokens[after].text in (r"\bigg|", "|", r"\vert")):
            raise UnreadableError("this derivative cannot be read", token.start, token.end)
        return end

    def _name(self, tokens: list[Token], k: int, depth: int) -> int:
        token = tokens[k]
        base, end, worded = base_at(tokens, k)
        after = past_spaces(tokens, end)
        calls = after < len(tokens) and tokens[after].kind in ("(", "[")
        primes = 0
        key = self._function_key(base, worded)
        if key is not None:
            if key.endswith("'"):  # a derivative with a name of its own
                key, primes = key[:-1], 1
            at = after
            while at < len(tokens) and tokens[at].kind == "'":
                primes, at = primes + 1, at + 1
            if at < len(tokens) and tokens[at].text == "^":
                content, behind = argument(tokens, at + 1)
                if content and all(part.kind == "'" for part in content):
                    primes, at = primes + len(content), behind
            at = past_spaces(tokens, at)
            if base == "log" and at < len(tokens) and tokens[at].text == "_":
                content, at = argument(tokens, at + 1)
                key = {"2": "binary log", "10": "common log", "e": "ln"}.get("".join(part.text for part in content), "")
                base = ""
                if not key:
                    raise UnreadableError("a logarithm to this base is not read", token.start, token.end)
                at = past_spaces(tokens, at)
            opens = at < len(tokens) and tokens[at].kind == "("
            if self.style.arrays and key in ARRAY_FUNCTIONS and key not in FUNCTIONS and opens:
                return self._whole(Function(key, base), tokens, at, depth)
            component = None
            if key == "softmax" and at < len(tokens) and tokens[at].text == "_":
                content, at = argument(tokens, at + 1)
                component = int(index_text(content)) - 1 if index_text(content).isdecimal() else None
            if at < len(tokens) and tokens[at].kind in ("(", "["):
                own = self.style.formula(base) is not None
                self._function(Function(key, base, primes, component, own), token)
                close = matching(tokens, at)
                self.put("(", tokens[at])
                self.group(tokens[at + 1 : close], depth + 1, separate=True)
                self.put(")", tokens[close])
                return self._power(tokens, close + 1, depth)
            if (
                len(base) > 1 and key in ("ln", "exp", "sin", "cos", "tanh", "tan", "binary log", "common log", "sqrt")
            ) or base == "":
                if at < len(tokens) and tokens[at].text in ("^", "_"):
                    raise UnreadableError(f"what {token.text} is of cannot be read", token.start, token.end)
                following = [part for part in tokens[at:] if part.kind != "space"][:2]
                if (
                    len(following) == 2
                    and following[1].kind in ("letters", "command", "(", "number", "[")
                    and following[0].kind in ("number", "letters")
                ):
                    raise UnreadableError(f"how far {token.text} reaches cannot be told", token.start, token.end)
                self._function(Function(key, base, primes), token)
                return end if base else at
            if primes:
                raise UnreadableError("this derivative cannot be read", token.start, token.end)
        if worded and calls:
            raise UnreadableError(f"there is no function {base}", token.start, token.end)
        name, parts, end, exponent = scripted(base, tokens, end, self._known)
        if self.style.arrays and base == "I" and parts[1:].isdecimal() and not self.style.known(name):
            return self._special("eye", replace(token, text=parts[1:]), tokens, end, depth)
        if not worded and len(base) > 1 and base not in LETTERS.values() and "hat" not in base and not self.style.known(name):
            split = self._split(base, parts)
            if split is not None:
                for k2, single in enumerate(split):
                    self.names.append(single)
                    self.put(f"V{len(self.names) - 1}", token)
                    if k2 < len(split) - 1:
                        self.put("*", token)
                return self._after_name(tokens, end, depth, exponent)
        after = past_spaces(tokens, end)
        if after < len(tokens) and tokens[after].kind == "(" and self.style.known(name):
            close = matching(tokens, after)
            given = listed(tokens[after + 1 : close])
            behind = past_spaces(tokens, close + 1)
            raised = behind < len(tokens) and tokens[behind].text in ("^", "'")
            if all(map(_is_name, given)) and not raised:  # z(a), z(a, b): the quantity z as a function of others, or a factor z
                if len(given) == 1:
                    self._function(Function("", name), token)
                    self.put("(", tokens[after])
                    self.group(given[0], depth + 1)
                    self.put(")", tokens[close])
                else:
                    self.names.append(name)
                    self.put(f"V{len(self.names) - 1}", token)
                return self._power(tokens, close + 1, depth)
        if name == base and base in _LIKE_FUNCTIONS and after < len(tokens) and tokens[after].kind == "(":
            inner = [part for part in tokens[after + 1 : matching(tokens, after)] if part.kind != "space"]
            if all(part.kind in ("letters", "command", "number", ",", "_", "{", "}") for part in inner) or "," in {
                p.kind for p in inner
            }:
                raise UnreadableError(f"{base}(…) is a function that is not known", token.start, token.end)
        self.names.append(name)
        self.put(f"V{len(self.names) - 1}", token)
        return self._after_name(tokens, end, depth, exponent)

    def _known(self, name: str) -> bool:
        """Tell whether a name has a value, with 1 for the indices of sums in it."""
        base, mark, rest = name.partition("_")
        below, *above = rest.partition("^")
        for index, _ in self.sums:
            below = below.replace(index, "1")
        return self.style.known(base + mark + below + "".join(above))

    def _after_name(self, tokens: list[Token], end: int, depth: int, exponent: bool) -> int:
        return self._power(tokens, end, depth) if exponent else end

    def _split(self, base: str, parts: str) -> list[str] | None:
        singles = [*base[:-1], base[-1] + parts]
        known = [self.style.known(single) or single == EULER for single in singles]
        return singles if all(known) else None

    def _function_key(self, base: str, worded: bool) -> str | None:
        if own := self.style.function(base) or (self.style.formula(base) and base):
            return own
        if len(base) == 1:
            return None
        if self.style.arrays and (base in ARRAY_FUNCTIONS or base == "tr") and base not in FUNCTIONS:
            return {"tr": "trace"}.get(base, base)
        if base in ("sigma", "exp", "log", "ln", "max", "min", "diag"):
            return {"sigma": "sigmoid"}.get(base, base if base != "log" else "ln")
        return find(base)


def _opens(token: Token) -> bool:
    return token.kind in ("begin", "(", "[")


def _fraction(over: list[Token], under: list[Token], place: Token) -> list[Token]:
    """Return the tokens of a fraction, all at one place."""
    opening, closing = Token("{", "{", place.start, place.end), Token("}", "}", place.start, place.end)
    return [Token("command", r"\frac", place.start, place.end), opening, *over, closing, opening, *under, closing]


def _is_name(tokens: list[Token]) -> bool:
    """Tell whether tokens are one name, with or without indices."""
    part = [token for token in tokens if token.kind != "space"]
    if not part or part[0].kind not in ("letters", "command"):
        return False
    try:
        base, end, _ = base_at(part, 0)
        return scripted(base, part, end, lambda name: True)[2] == len(part)
    except UnreadableError:
        return False


def signature(tokens: list[Token]) -> tuple[str, tuple[str, ...], int] | None:
    """Return the name, the arguments and how many marks `f'(x, y)` has, if tokens are that and nothing else; else None."""
    part = [token for token in tokens if token.kind != "space"]
    if len(part) < 4 or part[0].kind not in ("letters", "command") or part[-1].kind != ")":
        return None
    try:
        base, end, _ = base_at(part, 0)
        at = end
        while part[at].kind == "'":
            at += 1
        if at == end:
            base, _, at, _ = scripted(base, part, end, lambda name: True)
            end = at
        inner = listed(part[at + 1 : -1])
        if part[at].kind != "(" or matching(part, at) != len(part) - 1 or not all(map(_is_name, inner)):
            return None
    except (UnreadableError, IndexError):
        return None
    names = (scripted(one, each, after, lambda name: True)[0] for each in inner for one, after, _ in [base_at(each, 0)])
    return base, tuple(names), at - end
