"""One side of a relation, as tokens → trees: one for each way in which it can be read, or why it cannot be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise, product

from derivgen.claims.tokens import BRACED, Token, UnreadableError
from derivgen.maths.functions import FUNCTIONS, find
from derivgen.maths.grammar import parser_of
from derivgen.maths.names import GREEK
from derivgen.maths.tree import Call, Expr, Neg, Num, Partial, Power, Prime, Product, Quotient, Sum, SumOver, Sym

MOST_DIGITS = 60
MOST_EXPONENT = 400
MOST_PLACEHOLDERS = 3_000
MOST_SUMMED = 200
EULER = "e"
_TEXTS = (
    r"\text",
    r"\mathrm",
    r"\operatorname",
    r"\operatorname*",
    r"\textrm",
    r"\mbox",
    r"\textit",
    r"\textbf",
    r"\mathcal",
    r"\mathbb",
)
_ACCENTS = {r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\overline": "bar", r"\tilde": "tilde", r"\widetilde": "tilde"}
_ACCENTS |= {r"\vec": "vec", r"\dot": "dot", r"\ddot": "ddot", r"\check": "check"}
_COMBINING = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
_UNREAD: Mapping[str, str] = {
    **dict.fromkeys((r"\prod", "∏"), "a product over an index is not read yet"),
    **dict.fromkeys((r"\int", r"\lim", r"\iint", "∫"), "an integral or a limit is not read"),
    **dict.fromkeys((r"\ldots", r"\dots", r"\cdots", r"\vdots", "…"), "something is left out (…)"),
    **dict.fromkeys((r"\pm", r"\mp", "±"), "± stands for two numbers"),
    **dict.fromkeys((r"\odot", r"\otimes", r"\oplus", r"\circ", "⊙", "∘"), "operations on matrices are not read"),
    **dict.fromkeys((r"\top", r"\intercal", r"\dagger"), "operations on matrices are not read"),
    **dict.fromkeys((r"\nabla", "∇"), "a gradient in one sign (∇) is not read"),
    **dict.fromkeys((r"\mathbb{E}",), "an expected value is not read"),
}
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ₊₋", "0123456789aeoxhklmnpstijruv+-", strict=True))
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n", strict=True))
_LIKE_FUNCTIONS = frozenset((*"fghFGLJECyzuQVNp", "phi", "psi", "varphi", "yhat"))
_LETTERS = {sign: name for name, sign in GREEK.items()}
_VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma", "ell": "ell"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes: whether its decimals have a comma. `known` says whether a name has a value.

    `function` gives a function of a spec by its name, `samples` the index of its samples and how many there are.
    """

    comma: bool = False
    known: Callable[[str], bool] = lambda name: False
    function: Callable[[str], str | None] = lambda written: None
    samples: tuple[str, int] = ("", 0)


def read(tokens: list[Token], style: Style) -> tuple[Expr, ...]:
    """Return the trees that the tokens of one side can stand for, the likeliest first. Raises UnreadableError."""
    from lark.exceptions import UnexpectedInput

    spelled = _Spelling(style)
    spelled.group(tokens, 0)
    if len(spelled.pieces) > MOST_PLACEHOLDERS:
        raise UnreadableError("this is too long to be read", tokens[0].start, tokens[0].end)
    if not spelled.pieces:
        raise UnreadableError("nothing stands on this side")
    text = "".join(spelled.pieces)
    try:
        tree = parser_of("written.lark", ("sum",)).parse(text, start="sum")
    except UnexpectedInput as error:
        raise spelled.wrong(error.pos_in_stream if isinstance(error.pos_in_stream, int) else len(text)) from None
    builder = _Builder(spelled)
    first = builder.expression(tree)
    found = [first]
    for choice in product(*(range(count) for count in builder.met.values())):
        if any(choice):
            found.append(_Builder(spelled, dict(zip(builder.met, choice, strict=True))).expression(tree))
    return tuple(found)


@dataclass(slots=True)
class _Spelling:
    """Tokens spelled for the grammar: each number, name, derivative and function is a letter and its number in a list."""

    style: Style
    pieces: list[str] = field(default_factory=list)
    places: list[Token] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    partials: list[tuple[str, str]] = field(default_factory=list)
    functions: list[tuple[str, str, int]] = field(default_factory=list)
    sums: list[tuple[str, int]] = field(default_factory=list)

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
            if kind in ("space", "&") or token.text == r"\ ":
                k += 1
            elif token.text in _UNREAD:
                raise UnreadableError(_UNREAD[token.text], token.start, token.end)
            elif kind == "number":
                k = self._number(tokens, k, separate)
            elif kind in ("+", "-"):
                self.put(kind, token)
                k += 1
            elif kind == "times":
                self.put("*", token)
                k += 1
            elif kind == "/":
                self.put("/", token)
                k += 1
            elif kind == "%":
                self.put("%", token)
                k += 1
            elif kind in ("(", "["):
                end = _matching(tokens, k)
                self.put("(", token)
                inner = tokens[k + 1 : end]
                if not separate and _is_pair(inner):
                    raise UnreadableError("a pair of numbers is not read", token.start, token.end)
                self.group(inner, depth + 1)
                self.put(")", tokens[end])
                k = self._power(tokens, end + 1, depth)
            elif token.text == "{":
                end = _matching(tokens, k)
                if any(part.kind != "space" for part in tokens[k + 1 : end]):
                    self.put("(", token)
                    self.group(tokens[k + 1 : end], depth + 1)
                    self.put(")", tokens[end])
                    k = self._power(tokens, end + 1, depth)
                else:
                    k = end + 1
            elif kind == "|(" or (kind == "|" and not bars):
                end = next((j for j in range(k + 1, len(tokens)) if tokens[j].kind == ("|)" if kind == "|(" else "|")), -1)
                if end < 0:
                    raise UnreadableError("a bar is not closed", token.start, token.end)
                self._function("abs", 0, token)
                self.put("(", token)
                self.group(tokens[k + 1 : end], depth + 1)
                self.put(")", tokens[end])
                k = self._power(tokens, end + 1, depth)
            elif kind == "," and separate:
                self.put(",", token)
                k += 1
            elif kind == "letters" or kind == "command" or token.text in ("∂", "∑"):
                k = self._word(tokens, k, depth)
            elif kind == "begin":
                names = {"cases": "cases are not read yet"}
                raise UnreadableError(names.get(token.text, "matrices and tables are not read yet"), token.start, token.end)
            else:
                raise UnreadableError(f"{token.text!r} cannot be read here", token.start, token.end)

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
        self._literal(text.replace("{", "").replace("}", ""), Token("number", text, token.start, tokens[end - 1].end))
        return self._power(tokens, end, 0)

    def _literal(self, text: str, token: Token) -> None:
        if len(text) > MOST_DIGITS or abs(int([*re.split("[eE]", text), "0"][1])) > MOST_EXPONENT:
            raise UnreadableError("a number of too many digits", token.start, token.end)
        self.numbers.append(text)
        self.put(f"N{len(self.numbers) - 1}", token)

    def _function(self, key: str, primes: int, token: Token, written: str = "") -> None:
        self.functions.append((key, written, primes))
        self.put(f"F{len(self.functions) - 1}", token)

    def _power(self, tokens: list[Token], k: int, depth: int) -> int:
        """Spell an exponent that follows, if one does; return the place behind it."""
        after = _past_spaces(tokens, k)
        if after < len(tokens) and tokens[after].kind == "letters" and tokens[after].text in _SUPERSCRIPTS:
            text = ""
            while after < len(tokens) and tokens[after].text in _SUPERSCRIPTS:
                text += _SUPERSCRIPTS[tokens[after].text]
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
        content, end = _argument(tokens, after + 1)
        text = "".join(part.text for part in content)
        if text in ("T", r"\top", r"\intercal", "'", r"\circ"):
            raise UnreadableError("operations on matrices are not read", sign.start, sign.end)
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
            over, middle = _argument(tokens, k + 1)
            if middle - 1 < len(tokens) and tokens[middle - 1].kind == "number" and len(tokens[middle - 1].text) == 2:
                text, place = tokens[middle - 1].text, tokens[middle - 1]  # \frac12
                over, under, end = (
                    [Token("number", text[0], place.start, place.end)],
                    [Token("number", text[1], place.start, place.end)],
                    middle,
                )
            else:
                under, end = _argument(tokens, middle)
            partial = _partial(over, under)
            if partial is not None:
                return self._partial(partial, token, tokens, end)
            self.put("Q", token)
            for part in (over, under):
                self.put("{", token)
                self.group(part, depth + 1)
                self.put("}", token)
            if _past_spaces(tokens, end) < len(tokens) and tokens[_past_spaces(tokens, end)].text == "^":
                raise UnreadableError("a power of a fraction needs brackets", token.start, token.end)
            return end
        if token.text == r"\sqrt":
            after = _past_spaces(tokens, k + 1)
            if after < len(tokens) and tokens[after].kind == "[":
                raise UnreadableError("roots other than square roots are not read yet", token.start, token.end)
            content, end = _argument(tokens, k + 1)
            self.put("R", token)
            self.put("{", token)
            self.group(content, depth + 1)
            self.put("}", token)
            return self._power(tokens, end, depth)
        if token.text in (r"\sum", "∑"):
            return self._sum(tokens, k)
        if token.text in BRACED:
            content, end = _argument(tokens, k + 1)
            self.put("(", token)
            self.group(content, depth + 1)
            self.put(")", token)
            after = _past_spaces(tokens, end)
            return _argument(tokens, after + 1)[1] if after < len(tokens) and tokens[after].text in ("_", "^") else end
        if token.text in (r"\partial", "∂"):
            found = _inline_partial(tokens, k)
            if found is None:
                raise UnreadableError("this derivative cannot be read", token.start, token.end)
            return self._partial(found[0], token, tokens, found[1])
        return self._name(tokens, k, depth)

    def _sum(self, tokens: list[Token], k: int) -> int:
        """Spell the sign of a sum: over an index from 1, to a number or over the samples of a spec."""
        below, above, end = list[Token](), list[Token](), k + 1
        for _ in range(2):
            at = _past_spaces(tokens, end)
            if at < len(tokens) and tokens[at].text == "_":
                below, end = _argument(tokens, at + 1)
            elif at < len(tokens) and tokens[at].text == "^":
                above, end = _argument(tokens, at + 1)
        index, _, lower = _index(below).partition("=")
        upper = _index(above)
        letter, samples = self.style.samples
        if not re.fullmatch(r"[a-z]", index) or lower not in ("", "1"):
            raise UnreadableError("what this sum runs over cannot be read", tokens[k].start, tokens[k].end)
        if index == letter and not upper.isdecimal():
            upper = str(samples)
        if not upper.isdecimal() or len(upper) > 3 or int(upper) > MOST_SUMMED or len(self.sums) > 2:
            raise UnreadableError("how far this sum goes is not known", tokens[k].start, tokens[k].end)
        self.sums.append((index, int(upper)))
        self.put(f"S{len(self.sums) - 1}", tokens[k])
        return end

    def _partial(self, partial: tuple[str, str], token: Token, tokens: list[Token], end: int) -> int:
        self.partials.append(partial)
        self.put(f"P{len(self.partials) - 1}", token)
        after = _past_spaces(tokens, end)
        if after < len(tokens) and (tokens[after].text == "^" or tokens[after].text in (r"\bigg|", "|", r"\vert")):
            raise UnreadableError("this derivative cannot be read", token.start, token.end)
        return end

    def _name(self, tokens: list[Token], k: int, depth: int) -> int:
        token = tokens[k]
        base, end, worded = _base(tokens, k)
        after = _past_spaces(tokens, end)
        calls = after < len(tokens) and tokens[after].kind in ("(", "[")
        primes = 0
        key = self._function_key(base, worded)
        if key is not None:
            at = after
            while at < len(tokens) and tokens[at].text == "'":
                primes, at = primes + 1, at + 1
            if at < len(tokens) and tokens[at].text == "^":
                content, behind = _argument(tokens, at + 1)
                if content and all(part.kind == "'" for part in content):
                    primes, at = primes + len(content), behind
            at = _past_spaces(tokens, at)
            if base == "log" and at < len(tokens) and tokens[at].text == "_":
                content, at = _argument(tokens, at + 1)
                key = {"2": "binary log", "10": "common log", "e": "ln"}.get("".join(part.text for part in content), "")
                base = ""
                if not key:
                    raise UnreadableError("a logarithm to this base is not read", token.start, token.end)
                at = _past_spaces(tokens, at)
            if at < len(tokens) and tokens[at].kind in ("(", "["):
                self._function(key, primes, token, base)
                close = _matching(tokens, at)
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
                self._function(key, primes, token, base)
                return end if base else at
            if primes:
                raise UnreadableError("this derivative cannot be read", token.start, token.end)
        if worded and calls:
            raise UnreadableError(f"there is no function {base}", token.start, token.end)
        name, parts, end, exponent = self.scripted(base, tokens, end)
        if not worded and len(base) > 1 and base not in _LETTERS.values() and "hat" not in base and not self.style.known(name):
            split = self._split(base, parts)
            if split is not None:
                for k2, single in enumerate(split):
                    self.names.append(single)
                    self.put(f"V{len(self.names) - 1}", token)
                    if k2 < len(split) - 1:
                        self.put("*", token)
                return self._after_name(tokens, end, depth, exponent)
        after = _past_spaces(tokens, end)
        if name == base and base in _LIKE_FUNCTIONS and after < len(tokens) and tokens[after].kind == "(":
            inner = [part for part in tokens[after + 1 : _matching(tokens, after)] if part.kind != "space"]
            if all(part.kind in ("letters", "command", "number", ",", "_", "{", "}") for part in inner) or "," in {
                p.kind for p in inner
            }:
                raise UnreadableError(f"{base}(…) is a function that is not known", token.start, token.end)
        self.names.append(name)
        self.put(f"V{len(self.names) - 1}", token)
        return self._after_name(tokens, end, depth, exponent)

    def _after_name(self, tokens: list[Token], end: int, depth: int, exponent: bool) -> int:
        return self._power(tokens, end, depth) if exponent else end

    def _split(self, base: str, parts: str) -> list[str] | None:
        singles = [*base[:-1], base[-1] + parts]
        known = [self.style.known(single) or single == EULER for single in singles]
        return singles if all(known) else None

    def _function_key(self, base: str, worded: bool) -> str | None:
        if own := self.style.function(base):
            return own
        if len(base) == 1:
            return None
        if base in ("sigma", "exp", "log", "ln", "max", "min"):
            return {"sigma": "sigmoid"}.get(base, base if base != "log" else "ln")
        return find(base)

    def scripted(self, base: str, tokens: list[Token], k: int) -> tuple[str, str, int, bool]:
        """Return the name with its indices, the indices alone, the place behind, and whether an exponent may follow."""
        below, above, end = "", "", k
        while True:
            at = _past_spaces(tokens, end)
            if at == len(tokens):
                break
            token = tokens[at]
            if token.text == "_" and not below:
                content, end = _argument(tokens, at + 1)
                below = _index(content)
                if content and content[0].kind == "letters" and tokens[end - 1] is content[0] and _follows(tokens, end):
                    below, end = below + tokens[end].text, end + 1  # E_y1, by which people mean the index y1
            elif token.kind == "letters" and token.text in _SUBSCRIPTS and not below:
                while at < len(tokens) and tokens[at].text in _SUBSCRIPTS:
                    below += _SUBSCRIPTS[tokens[at].text]
                    at += 1
                end = at
            elif token.kind == "number" and at == k and not below and token.text.isdecimal() and base != EULER:
                below, end = token.text, at + 1
            elif token.text == "'":
                above, end = above + "'", at + 1
            elif token.text == "^" and base != EULER:
                content, after = _argument(tokens, at + 1)
                name = _superscript(content)
                if name is None and below == "" and after < len(tokens) and tokens[after].text == "_":
                    index, behind = _argument(tokens, after + 1)  # w^2_1: the power or the layer of w_1
                    below = _index(index)
                    if _index(content).isdecimal() and not self.style.known(f"{base}_{below}^{_index(content)}"):
                        raise UnreadableError("an exponent that may be a layer's number", token.start, token.end)
                    above, end = above + "^" + _index(content), behind
                    break
                if name is None and self.style.known(_joined(base, below, above + "^" + _index(content))):
                    name = _index(content)
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


def _superscript(content: list[Token]) -> str | None:
    """Return a superscript that is part of a name; None for one that is a power."""
    kinds = [part for part in content if part.kind != "space"]
    text = _index(kinds)
    if not kinds:
        return ""
    if len(kinds) == 1 and kinds[0].kind in ("+", "-", "times"):
        return kinds[0].text if kinds[0].kind != "times" else "*"
    if kinds[0].kind in ("(", "[") and _closes(kinds):
        return text
    if kinds[0].text in _TEXTS or (len(text) > 1 and text.isalpha() and all(part.kind == "letters" for part in kinds)):
        return text
    if all(part.kind == "'" for part in kinds):
        return "'" * len(kinds)
    return None


def _closes(tokens: list[Token]) -> bool:
    try:
        return _matching(tokens, 0) == len(tokens) - 1
    except UnreadableError:
        return False


def _index(content: list[Token]) -> str:
    """Return the text of an index, without spaces, braces and fonts."""
    made = ""
    for part in content:
        if part.kind in ("space",) or part.text in ("{", "}", *_TEXTS) or part.text == r"\,":
            continue
        made += part.text.lstrip("\\")
    return made[:60]


def _base(tokens: list[Token], k: int) -> tuple[str, int, bool]:
    """Return the letter or word that begins here, the place behind it, and whether it was set as a word."""
    token = tokens[k]
    if token.text in _ACCENTS:
        content, end = _argument(tokens, k + 1)
        inner = [part for part in content if part.kind != "space"]
        if not inner or inner[0].kind not in ("letters", "command"):
            raise UnreadableError(f"what stands below {token.text} cannot be read", token.start, token.end)
        base, after, _ = _base(inner, 0)
        rest = _index(inner[after:])
        rest = f"_{rest}" if rest.isdecimal() else rest
        return base + _ACCENTS[token.text] + rest, end, False
    if token.text in _TEXTS:
        content, end = _argument(tokens, k + 1)
        word = "".join(part.text for part in content if part.text not in ("{", "}")).strip()
        if not re.fullmatch(r"[^\W\d_][\w\\ -]{0,40}", word):
            raise UnreadableError("words stand here", token.start, token.end)
        return word.replace("\\", ""), end, True
    if token.kind == "command":
        name = token.text.lstrip("\\")
        name = _VARIANTS.get(name, name)
        if name in ("Delta", "delta") and k + 1 < len(tokens):
            after = _past_spaces(tokens, k + 1)
            if name == "Delta" and after < len(tokens) and tokens[after].kind in ("letters", "command"):
                base, end, worded = _base(tokens, after)
                return f"Delta {base}", end, worded
        if name in GREEK or name in ("ell",) or find(name) or name in ("log", "max", "min", "exp"):
            return name, k + 1, False
        raise UnreadableError(f"the command {token.text} is not known", token.start, token.end)
    word, end = _letter(token.text), k + 1
    if token.text in _LETTERS or "hat" in word or "bar" in word:
        return word, end, False
    while end < len(tokens) and tokens[end].kind == "letters" and tokens[end].start == tokens[end - 1].end:
        if tokens[end].text in _SUBSCRIPTS or tokens[end].text in _SUPERSCRIPTS or tokens[end].text in _LETTERS:
            break
        if unicodedata.combining(tokens[end].text):
            break
        word += _letter(tokens[end].text)
        end += 1
    return word, end, False


def _letter(sign: str) -> str:
    """Return a letter as names are kept: Greek by its name, an accent behind it."""
    if sign in _LETTERS:
        return _LETTERS[sign]
    taken_apart = unicodedata.normalize("NFD", sign)
    letter, marks = taken_apart[0], taken_apart[1:]
    if marks and all(mark in _COMBINING for mark in marks):
        return letter + "".join(_COMBINING[mark] for mark in marks)
    return unicodedata.normalize("NFKC", sign)


def _past_spaces(tokens: list[Token], k: int) -> int:
    while k < len(tokens) and tokens[k].kind == "space":
        k += 1
    return k


def _argument(tokens: list[Token], k: int) -> tuple[list[Token], int]:
    """Return the argument that begins here, without its braces, and the place behind it."""
    k = _past_spaces(tokens, k)
    if k >= len(tokens):
        last = tokens[-1]
        raise UnreadableError("something is missing at the end", last.start, last.end)
    if tokens[k].text == "{":
        end = _matching(tokens, k)
        return tokens[k + 1 : end], end + 1
    if tokens[k].kind == "command" and tokens[k].text in (*_TEXTS, *_ACCENTS, r"\frac", r"\sqrt"):
        _, end = _argument(tokens, k + 1)
        return tokens[k:end], end
    return [tokens[k]], k + 1


_PAIRS = {"(": (")", "]"), "[": ("]", ")"), "{": ("}",)}


def _matching(tokens: list[Token], k: int) -> int:
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


def _is_pair(tokens: list[Token]) -> bool:
    kinds = [part.kind for part in tokens if part.kind != "space"]
    return kinds == ["number", ",", "number"]


def _partial(over: list[Token], under: list[Token]) -> tuple[str, str] | None:
    """Return the names of ∂L/∂w, read from what stands over and below the bar; None for another fraction."""
    of, by = _differential(over), _differential(under)
    return (of, by) if of and by else None


def _differential(tokens: list[Token]) -> str:
    tokens = [part for part in tokens if part.kind != "space"]
    if len(tokens) < 2:
        return ""
    if tokens[0].text in (r"\partial", "∂", "d"):
        rest = tokens[1:]
    elif tokens[0].text in _TEXTS and [part.text for part in tokens[1:4]] == ["{", "d", "}"]:
        rest = tokens[4:]
    else:
        return ""
    if rest and rest[0].text == "{" and _closes(rest):
        rest = rest[1:-1]
    try:
        base, end, _ = _base(rest, 0) if rest and rest[0].kind in ("letters", "command") else ("", 0, False)
        name, _, end, _ = _Spelling(Style(known=lambda name: True)).scripted(base, rest, end)
    except UnreadableError:
        return ""
    return name if base and end == len(rest) else ""


def _inline_partial(tokens: list[Token], k: int) -> tuple[tuple[str, str], int] | None:
    """Return the names of ∂L/∂w written in a line, and the place behind it."""
    slash = next((j for j in range(k + 1, min(len(tokens), k + 30)) if tokens[j].kind == "/"), 0)
    if not slash:
        return None
    of = _differential(tokens[k:slash])
    start = _past_spaces(tokens, slash + 1)
    if not of or start >= len(tokens) or tokens[start].text not in (r"\partial", "∂"):
        return None
    try:
        at = _past_spaces(tokens, start + 1)
        base, end, _ = _base(tokens, at)
        name, _, end, _ = _Spelling(Style()).scripted(base, tokens, end)
    except (UnreadableError, IndexError):
        return None
    return (of, name), end


class _Builder:
    """lark's tree → ours. `met` are the choices that had to be made, each with the number of ways there are."""

    def __init__(self, spelled: _Spelling, choices: Mapping[str, int] | None = None):
        self.spelled, self.choices = spelled, choices or {}
        self.met: dict[str, int] = {}

    def choose(self, what: str, ways: int) -> int:
        self.met[what] = ways
        return self.choices.get(what, 0)

    def expression(self, node) -> Expr:
        return getattr(self, f"_{node.data}")(*node.children)

    def _sum(self, first, *rest) -> Expr:
        terms = [self.expression(first)]
        for sign, term in zip(rest[::2], rest[1::2], strict=True):
            built = self.expression(term)
            terms.append(Neg(built) if sign == "-" else built)
        return Sum(tuple(terms))

    def _term(self, first, *rest) -> Expr:
        factors = [self.expression(first)]
        for sign, factor in zip(rest[::2], rest[1::2], strict=True):
            if sign == "*":
                factors.append(self.expression(factor))
                continue
            over = factors[0] if len(factors) == 1 else Product(tuple(factors))
            beside = factor.children if factor.data == "beside" and len(factor.children) > 1 else ()
            if beside and self.choose("slash", 2):
                under, *others = map(self.expression, beside)
                factors = [Quotient(over, under), *others]
            else:
                factors = [Quotient(over, self.expression(factor))]
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def _negated(self, sign, arg) -> Expr:
        inner = self.expression(arg)
        return Neg(inner) if sign == "-" else inner

    def _beside(self, *parts) -> Expr:
        if len(parts) == 1:
            return self.expression(parts[0])
        for left, right in pairwise(parts):
            if _is_number(left) and _is_number(right):
                raise UnreadableError("two numbers stand beside each other", *self._where(left, right))
            if _is_number(left) and _only(right).data == "fraction":
                inner = [_only(group.children[0]) for group in _only(right).children]
                if all(part.data == "number" for part in inner):
                    raise UnreadableError("a number beside a fraction may be a sum or a product", *self._where(left, right))
        return Product(tuple(map(self.expression, parts)))

    def _where(self, *nodes) -> tuple[int, int]:
        place = next((token for node in nodes for token in node.scan_values(lambda value: True)), None)
        if place is None:
            return -1, -1
        at = 0
        for piece, token in zip(self.spelled.pieces, self.spelled.places, strict=True):
            if at >= place.start_pos:
                return token.start, token.end
            at += len(piece)
        return -1, -1

    def _summed(self, token, term) -> Expr:
        index, upper = self.spelled.sums[int(token[1:])]
        return SumOver(index, Num(Fraction(upper), str(upper)), self.expression(term))

    def _raised(self, base, _sign, exponent) -> Expr:
        power = self.expression(exponent)
        inner = self.expression(base)
        if inner == Sym(EULER):
            named = isinstance(power, Num) and self.spelled.style.known(EULER)
            ways = 2 if isinstance(power, Num) or self.spelled.style.known(EULER) else 1
            if (ways == 2 and self.choose("e", 2)) == named:
                return Call("exp", (power,))
        return Power(inner, power)

    def _atom(self, inner) -> Expr:
        return self.expression(inner)

    def _bracket(self, inner) -> Expr:
        return self.expression(inner)

    def _group(self, inner) -> Expr:
        return self.expression(inner)

    def _number(self, token) -> Expr:
        text = self.spelled.numbers[int(token[1:])]
        if "," in text:
            whole, *groups = text.split(",")
            thousands = all(len(group.partition(".")[0]) == 3 for group in groups) and 0 < len(whole) < 4 and whole != "0"
            if thousands and len(groups) == 1 and "." not in text:
                thousands = bool(self.choose("comma", 2)) is self.spelled.style.comma
            text = text.replace(",", "") if thousands else text.replace(",", ".")
        return Num(Fraction(text), text)

    def _percent(self, token, _sign) -> Expr:
        number = self._number(token)
        assert isinstance(number, Num)
        return Num(number.value / 100, f"{number.text}e-2" if "e" not in number.text.lower() else "")

    def _name(self, token) -> Expr:
        return Sym(self.spelled.names[int(token[1:])])

    def _partial(self, token) -> Expr:
        of, by = self.spelled.partials[int(token[1:])]
        return Partial(Sym(of), Sym(by))

    def _fraction(self, over, under) -> Expr:
        return Quotient(self.expression(over), self.expression(under))

    def _root(self, inner) -> Expr:
        return Call("sqrt", (self.expression(inner),))

    def _applied(self, token, arg) -> Expr:
        return self._call(token, arg)

    def _call(self, token, *args) -> Expr:
        key, written, primes = self.spelled.functions[int(token[1:])]
        built = tuple(map(self.expression, args))
        if written == "log" and self.choose("log", 2):
            key = "common log"
        least, most = FUNCTIONS[key].arity if key in FUNCTIONS else (len(built), len(built))
        if len(built) < least or (most is not None and len(built) > most) or (key in FUNCTIONS and FUNCTIONS[key].vector):
            raise UnreadableError(f"{written or key} of {len(built)} arguments cannot be read")
        if primes > 1:
            raise UnreadableError("only first derivatives of functions are read")
        return Prime(key, built, written) if primes else Call(key, built, written)


def _only(node):
    """Return the node below those that hold one other alone."""
    while node.data in ("atom", "beside") and len(node.children) == 1:
        node = node.children[0]
    return node


def _is_number(node) -> bool:
    only = _only(node)
    return only.data in ("number", "percent") or (only.data == "raised" and _is_number(only.children[0]))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed: its value, and the unit of its last digit (None: a fraction, which is exact)."""

    value: Fraction
    unit: Fraction
    digits: int
    text: str


def figure_of(expr: Expr) -> Figure | None:
    """Return the printed number that an expression is, with a sign, a power of ten or a percent sign; None for anything else."""
    if isinstance(expr, Num):
        mantissa, _, exponent = expr.text.lower().partition("e")
        shift = Fraction(10) ** int(exponent or 0)
        unit = Fraction(1, 10 ** len(mantissa.partition(".")[2])) * shift
        return Figure(expr.value, unit, len(mantissa.replace(".", "").lstrip("0")), expr.text)
    if isinstance(expr, Neg):
        inner = figure_of(expr.arg)
        return inner and Figure(-inner.value, inner.unit, inner.digits, inner.text)
    if isinstance(expr, Product) and len(expr.factors) == 2:
        first, power = figure_of(expr.factors[0]), expr.factors[1]
        if first and isinstance(power, Power) and power.base == Num(Fraction(10)):
            exponent_figure = figure_of(power.exponent)
            if exponent_figure and exponent_figure.value.denominator == 1 and abs(exponent_figure.value) <= MOST_EXPONENT:
                shift = Fraction(10) ** int(exponent_figure.value)
                return Figure(first.value * shift, first.unit * shift, first.digits, first.text)
    return None


def literals(expr: Expr) -> Iterator[Num]:
    """Yield the decimals (numbers with a point) in an expression."""
    from derivgen.maths.tree import walk

    for node in walk(expr):
        if type(node) is Num and "." in node.text:
            yield node
