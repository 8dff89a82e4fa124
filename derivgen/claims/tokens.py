"""LaTeX mathematics → tokens with their places. Spaces, sizes, colours and fonts go; macros of the file are written out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derivgen.frozen import dataclass, replace

MOST_TOKENS = 6_000
"""A longer formula is not read."""
MOST_EXPANSIONS = 400
"""More macros written out in one formula than this are a macro that calls itself."""


class UnreadableError(ValueError):
    """Mathematics that is not read: why, and from where to where in the text."""

    def __init__(self, reason: str, start: int = -1, end: int = -1):
        super().__init__(reason)
        self.reason, self.start, self.end = reason, start, end


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula: `kind` is number, letters, command, space, or for a sign the sign itself; from `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro of the file: how many arguments it takes, and what it stands for."""

    arguments: int
    body: str


_TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\{[,.]\}\d+)+|\d+(?:[.]\d+)?|[.]\d+)(?:[eE][+-]?\d+(?![\w.]))?)"
    r"|(?P<row>\\\\(?:\*|\s*\[[^\[\]\n]{0,20}\])*)"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|.)|\\\Z)"
    r"|(?P<letters>[^\W\d_])"
    r"|(?P<space>\s+|~)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_NOTHING = frozenset(
    [
        r"\,",
        r"\;",
        r"\:",
        r"\!",
        r"\>",
        r"\left",
        r"\right",
        r"\big",
        r"\Big",
        r"\bigg",
        r"\Bigg",
        r"\bigl",
        r"\bigr",
        r"\Bigl",
        r"\Bigr",
        r"\biggl",
        r"\biggr",
        r"\displaystyle",
        r"\textstyle",
        r"\scriptstyle",
        r"\scriptscriptstyle",
        r"\limits",
        r"\nolimits",
        r"\nonumber",
        r"\notag",
        r"\small",
        r"\normalsize",
        r"\footnotesize",
        r"\large",
        r"\Large",
        r"\bf",
        r"\rm",
        r"\it",
        r"\bfseries",
        r"\normalfont",
        r"\allowbreak",
        r"\nobreak",
        r"\par",
        r"\noindent",
        r"\middle",
        r"\tiny",
        r"\centering",
        r"\hfill",
        r"\strut",
        r"\mathstrut",
        r"\hfil",
        r"\biggm",
        r"\Biggl",
        r"\Biggr",
        r"\\nobreak",
        r"\relax",
        r"\selectfont",
        r"\protect",
        r"\smallskip",
        r"\medskip",
        r"\bigskip",
    ]
)
_DROPPED: Mapping[str, int] = {
    **dict.fromkeys((r"\label", r"\tag", r"\color", r"\vspace", r"\hspace", r"\phantom", r"\hphantom", r"\vphantom"), 1),
    **dict.fromkeys((r"\tag*", r"\hspace*", r"\vspace*", r"\cite", r"\eqref", r"\ref", r"\dgreason", r"\footnote"), 1),
    **dict.fromkeys((r"\intertext", r"\shortintertext", r"\pagecolor", r"\class", r"\cssId"), 1),
    **dict.fromkeys((r"\rule", r"\dgaside"), 2),
}
_CONTENT: Mapping[str, int] = {
    **dict.fromkeys(
        (r"\boxed", r"\fbox", r"\mathbf", r"\boldsymbol", r"\bm", r"\mathit", r"\underline", r"\cancel", r"\mathsf"), 0
    ),
    **dict.fromkeys((r"\ensuremath", r"\mathstrut", r"\mathtt", r"\pmb", r"\mathord", r"\mathop", r"\mathrel", r"\mathbin"), 0),
    **dict.fromkeys((r"\textcolor", r"\colorbox", r"\underset", r"\overset", r"\bbox", r"\enclose", r"\dgfit"), 1),
    **dict.fromkeys((r"\dgfill", r"\dgnumbered"), 2),
}
"""What only says how something looks: the arguments before its content."""
BRACED = (r"\underbrace", r"\overbrace")
_SIGNS: Mapping[str, str] = {
    **dict.fromkeys((r"\cdot", r"\times", r"\ast", r"\star", "*", "·", "×", "∗", "⋅", "•"), "times"),
    **dict.fromkeys((r"\div", "÷", "/", "∕", "⁄"), "/"),
    **dict.fromkeys(("−", "–", "‐", "‒", r"\textminus"), "-"),
    **{r"\{": "(", r"\}": ")", r"\lbrace": "(", r"\rbrace": ")", "[": "[", "]": "]", r"\lbrack": "[", r"\rbrack": "]"},
    **{r"\lvert": "|(", r"\rvert": "|)", r"\vert": "|", r"\%": "%", "′": "'", r"\prime": "'", r"\$": "$", r"\_": "underscore"},
    **{r"\begin": "begin", r"\end": "end", r"\\": "row", r"\cr": "row", r"\newline": "row", "&": "&", "％": "%"},
    **dict.fromkeys((r"\qquad", r"\quad"), "apart"),
    **dict.fromkeys(
        (r"\Rightarrow", r"\implies", r"\Longrightarrow", r"\iff", r"\Leftrightarrow", r"\therefore", "⇒", "⟹", "⇔"), "apart"
    ),
    **dict.fromkeys((r"\Longleftrightarrow", r"\because", r"\leadsto", r"\hookrightarrow"), "apart"),
    **dict.fromkeys(("=", r"\equiv"), "="),
    **dict.fromkeys((r"\approx", "≈", r"\doteq", r"\simeq", r"\cong", r"\thickapprox", r"\fallingdotseq", "≐", "≃"), "approx"),
    **dict.fromkeys((r"\to", r"\leftarrow", r"\gets", r"\rightarrow", r"\longrightarrow", r"\mapsto", "→", "←", "↦"), "arrow"),
    **dict.fromkeys((r"\coloneqq", r"\triangleq", "≔", r"\stackrel", r"\overset{!}{=}"), "assign"),
    **dict.fromkeys(
        (r"\le", r"\leq", r"\ge", r"\geq", "<", ">", r"\lt", r"\gt", r"\neq", r"\ne", "≤", "≥", "≠", r"\ll"), "unequal"
    ),
    **dict.fromkeys(
        (r"\leqslant", r"\geqslant", r"\in", "∈", r"\gg", r"\sim", r"\propto", "∼", r"\notin", "∝", r"\subset"), "unequal"
    ),
}
"""Signs and commands that are one kind of token."""
RELATIONS = ("=", "approx", "assign", "arrow", "unequal")
CLAIMING = tuple(sign for sign, kind in _SIGNS.items() if kind in RELATIONS and kind != "unequal")
"""Signs without one of which a formula claims nothing."""
_DEFINES = re.compile(
    r"\\(?:re)?newcommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)"
    r"|\\providecommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)"
    r"|\\def\s*(\\[A-Za-z]+)((?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator\*?\s*\{\s*(\\[A-Za-z]+)\s*\}\s*(?=\{)"
)


def macros_of(text: str) -> dict[str, Macro]:
    r"""Return the macros a text defines with \newcommand, \def or \DeclareMathOperator.

    >>> macros_of(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}")
    {'\\pd': Macro(arguments=2, body='\\frac{\\partial #1}{\\partial #2}')}
    """
    found: dict[str, Macro] = {}
    for match in _DEFINES.finditer(text):
        end = _closing_brace(text, match.end())
        if end < 0 or end - match.end() > 2_000:
            continue
        body = text[match.end() + 1 : end]
        if match[7]:
            found[match[7]] = Macro(0, rf"\operatorname{{{body}}}")
        elif match[5]:
            found[match[5]] = Macro(len(match[6]) // 2, body)
        else:
            found[match[1] or match[3]] = Macro(int(match[2] or match[4] or 0), body)
    return {name: macro for name, macro in found.items() if name not in _SIGNS and name not in _KNOWN}


_KNOWN = frozenset(
    (
        r"\frac",
        r"\dfrac",
        r"\tfrac",
        r"\partial",
        r"\hat",
        r"\text",
        r"\dgreason",
        r"\dgaside",
        r"\dgfill",
        r"\dgnumbered",
        *_NOTHING,
        *_CONTENT,
    )
)


def _closing_brace(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, min(len(text), opening + 4_000)):
        if text[place] == "{" and text[place - 1] != "\\":
            depth += 1
        elif text[place] == "}" and text[place - 1] != "\\":
            depth -= 1
            if depth == 0:
                return place
    return -1


def tokens_of(text: str, start: int, macros: Mapping[str, Macro], ones: bool = False) -> list[Token]:
    """Return the tokens of a formula that stands at offset `start` of its file. Raises UnreadableError."""
    raw = [_token(found, start) for found in _TOKEN.finditer(text)]
    if len(raw) > MOST_TOKENS:
        raise UnreadableError(f"a formula of more than {MOST_TOKENS:,} signs", start, start + 1)
    return _without_looks(_expanded(raw, macros), ones)


def plain_tokens(text: str) -> list[Token]:
    """Return the tokens of a text without commands."""
    return [_token(found, 0) for found in _TOKEN.finditer(text)]


def _token(found: re.Match[str], start: int) -> Token:
    kind, text = found.lastgroup or "", found.group()
    if kind == "command" and text[1:].isspace():
        kind = "space"
    elif kind == "command" or kind == "sign":
        kind = _SIGNS.get(text, "command" if kind == "command" else text)
    return Token(kind, text, found.start() + start, found.end() + start)


def _expanded(tokens: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """Return the tokens with the file's macros written out; what comes of one stands where it was called."""
    if not any(token.text in macros for token in tokens):
        return tokens
    stack, done, count = tokens[::-1], list[Token](), 0
    while stack:
        token = stack.pop()
        macro = macros.get(token.text) if token.text.startswith("\\") else None
        if macro is None:
            done.append(token)
            continue
        count += 1
        if count > MOST_EXPANSIONS or len(stack) > MOST_TOKENS:
            raise UnreadableError(f"the macro {token.text} does not come to an end", token.start, token.end)
        given = [_argument(stack) for _ in range(macro.arguments)]
        body = [replace(_token(found, 0), start=token.start, end=token.end) for found in _TOKEN.finditer(macro.body)]
        made: list[Token] = []
        k = 0
        while k < len(body):
            if body[k].text == "#" and k + 1 < len(body) and body[k + 1].text[:1].isdecimal():
                number, rest = int(body[k + 1].text[0]), body[k + 1].text[1:]
                made += given[number - 1] if 0 < number <= len(given) else []
                made += [replace(body[k + 1], text=rest)] if rest else []
                k += 2
            else:
                made.append(body[k])
                k += 1
        stack += made[::-1]
    return done


def _argument(stack: list[Token]) -> list[Token]:
    """Take one argument off a stack of tokens (the next one on top): a group without its braces, or one token."""
    while stack and stack[-1].kind == "space":
        stack.pop()
    if not stack:
        return []
    first = stack.pop()
    if first.text != "{":
        return [first]
    found, depth = list[Token](), 1
    while stack:
        token = stack.pop()
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            break
        found.append(token)
    return found


ENTRYWISE = {**dict.fromkeys((r"\odot", r"\circ", "⊙", "∘"), "o"), r"\oslash": "d", "⊘": "d"}
"""Signs of what is done entry by entry: o multiplies, d divides."""
AS_TEXT = r"\text"
ONES, _BOLD = r"\ones", (r"\mathbf", r"\mathbb", r"\bm")
_TEXT = (AS_TEXT, r"\mathrm", r"\mbox", r"\textrm")


def _only_relation(stack: list[Token]) -> Token | None:
    """Take a group that holds a relation and nothing else off a stack of tokens; return it as a relation that is set as text.

    None for anything else, and nothing is taken.
    """
    held = [token for token in stack[: -min(len(stack), 6) - 1 : -1] if token.kind != "space"][:3]
    if [token.text for token in held[::2]] != ["{", "}"] or held[1].kind not in RELATIONS:
        return None
    _argument(stack)
    return replace(held[1], text=f"{AS_TEXT}{{{held[1].text}}}")


def _goes_on(content: list[Token]) -> bool:
    """Tell whether a frame goes on with what stands before it: {} ⊙ B."""
    first = next((part for part in content if part.kind != "space" and part.text not in ("{", "}")), None)
    return first is not None and (first.text in ENTRYWISE or first.kind in ("times", "/"))


def _without_looks(tokens: list[Token], ones: bool) -> list[Token]:
    """Return the tokens without what only says how something looks, and with `:=` and the like as one sign.

    With `ones` a bold 1 is a vector of ones.
    """
    stack, done = tokens[::-1], list[Token]()
    while stack:
        token = stack.pop()
        if token.kind == "command" and token.text in _NOTHING:
            if stack and token.text in (r"\left", r"\right", r"\middle") and stack[-1].text == ".":
                stack.pop()
        elif token.text in _DROPPED:
            for _ in range(_DROPPED[token.text]):
                _argument(stack)
        elif token.text in (r"\overset", r"\stackrel") or (token.text == r"\underset"):
            above, content = _argument(stack), _argument(stack)
            relation = next((part for part in content if part.kind in RELATIONS), None)
            question = any(part.text in ("!", "?") for part in above)
            if relation is not None and question:
                done.append(replace(relation, kind="unequal"))
            elif token.text == r"\stackrel" and relation is not None:
                done.append(relation)
            else:
                stack += content[::-1]
        elif token.text in _TEXT and (relation := _only_relation(stack)):
            done.append(relation)
        elif ones and token.text in _BOLD and [part.text for part in stack[:-4:-1]] == ["{", "1", "}"]:
            done.append(Token("command", ONES, token.start, _argument(stack)[0].end + 1))
        elif token.text in _CONTENT:
            for _ in range(_CONTENT[token.text]):
                _argument(stack)
            content = _argument(stack)
            if any(part.kind in RELATIONS for part in content) or len(content) < 2 or _goes_on(content):
                stack += content[::-1]
            else:
                place = (token.start, content[-1].end)
                stack += [Token("}", "}", *place), *content[::-1], Token("{", "{", token.start, token.start)]
        elif token.kind == "=" and done and done[-1].text == ":":
            done[-1] = Token("assign", ":=", done[-1].start, token.end)
        else:
            done.append(token)
    return done
