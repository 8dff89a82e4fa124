"""What is said of a text that is no expression: what a person wrote, where, and what they may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from derivgen.errors import Place, Problem, SpecError
from derivgen.frozen import dataclass

_DASHES = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "÷": "/", "＝": "=", "（": "(", "）": ")"}
_FOREIGN = {
    "[": "use round brackets; an entry is written as on the board: x_1, W_23",
    "{": "use round brackets",
    "\\": "TeX commands are not part of the language; write alpha, not \\alpha",
    '"': "quotes are not part of an expression",
    "%": "write the fraction: 5/100",
    "_": "a name starts with a letter",
    ";": "one equation a line",
    "&": "one comparison a piece",
    "|": "write abs(x)",
}
_BEGINS_A_FACTOR = {"NAME", "NUMBER", "LPAR", "CASES"}
_CASES = "cases(x > 0: x, else: 0)"


def problem(message: str, place: Place, hint: str | None = None) -> SpecError:
    """Return one mistake as an error."""
    return SpecError(Problem(message, place, hint))


def foreign(text: str, position: int, place: Place) -> SpecError:
    """Return the error for a character that no expression has."""
    character = text[position]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    better = _DASHES.get(character)
    hint = f"write {better!r} instead" if better else _FOREIGN.get(character)
    shown = repr(character) if character.isprintable() else name
    return problem(f"the character {shown} ({name}) is not part of an expression", place.shifted(position), hint)


def syntax_error(text: str, place: Place, error, start: str) -> SpecError:
    """Return a message a person understands, for a place where the grammar expected something else.

    Args:
        text: what was read, its first character at `place`.
        error: lark's.
        start: what was expected: `sum`, `equation`, `signature`, or another start of a grammar.
    """
    token = getattr(error, "token", None)
    position = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    if (token is not None and token.type == "$END") or (start == "equation" and "=" not in text):
        return _unfinished(text, place, start)
    found = str(token) if token is not None else text[position : position + 1]
    kind = token.type if token is not None else ""
    stop = _Stop(text, position, found, kind, text[:position].rstrip()[-1:], start)
    message, hint = next(told for look in _LOOKS if (told := look(stop)) is not None)
    return problem(message, place.shifted(position, max(1, len(found) if token is not None else 1)), hint)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the grammar stopped: what it found there, of which kind, and the last character before it."""

    text: str
    position: int
    found: str
    kind: str
    previous: str
    start: str

    @property
    def before(self) -> str:
        """Return all text before the place."""
        return self.text[: self.position]


_Told = tuple[str, str | None] | None


def _no_sign(stop: _Stop) -> _Told:
    last = _last_word(stop.before)
    if stop.kind not in _BEGINS_A_FACTOR or not (stop.previous.isalnum() or stop.previous in {")", "_", "."}):
        return None
    clear = stop.previous.isdigit() and stop.kind != "NUMBER"
    hint = f"multiplication is written out: {last}*{stop.found}" if clear else "multiplication is written out, with *"
    return f"no sign between {last!r} and {stop.found!r}", hint


def _dot(stop: _Stop) -> _Told:
    if stop.found != ".":
        return None
    if stop.previous.isalnum():
        return "a dot after a name is not part of the language", "the transpose is A.T; there is no other attribute"
    return "a dot without digits", "write decimals as 0.5"


def _equals(stop: _Stop) -> _Told:
    if stop.found != "=":
        return None
    if stop.start == "equation":
        return "one '=' too many", "one equation a line; compare with == inside cases"
    return "an '=' has no place here", "only an expression is wanted here, no equation"


def _closing(stop: _Stop) -> _Told:
    if stop.found != ")":
        return None
    if "cases" in stop.text and "else" not in stop.text:
        return "cases needs an else", _CASES
    nothing = stop.before.count("(") <= stop.before.count(")")
    missing = "something is missing before it" if stop.previous in "+-*/^(," else None
    return "')' closes nothing" if nothing else "')' comes too early", missing


def _prime(stop: _Stop) -> _Told:
    return ("a prime stands only behind a function's name", "write ReLU'(x)") if stop.found == "'" else None


def _assignment(stop: _Stop) -> _Told:
    assigns = stop.text[stop.position : stop.position + 2] == ":="
    return ("':=' cannot stand here", "an equation is written with = alone") if assigns else None


def _anything(stop: _Stop) -> _Told:
    return f"{stop.found!r} cannot stand here", _hint_for(stop.found, stop.previous)


_LOOKS: tuple[Callable[[_Stop], _Told], ...] = (_no_sign, _dot, _equals, _closing, _prime, _assignment, _anything)
"""Each says what is wrong, with a hint, or that it is not its matter; the last one always says something."""


def _hint_for(found: str, previous: str) -> str | None:
    if previous and previous in "+-*/^" and found in "*/^":
        return "two operators in a row"
    if found in {"<", ">", "<=", ">=", "==", "!="}:
        return f"comparisons stand only inside cases: {_CASES}"
    if found == "," and previous.isdigit():
        return "decimals take a point: 1.5"
    if found == "@" and previous == "'":
        return "the transpose of A is A.T"
    return {
        "_": "a name starts with a letter",
        ":": f"a colon stands only inside cases: {_CASES}",
        ",": "a comma stands between a function's arguments, or between names on the left",
    }.get(found)


def _unfinished(text: str, place: Place, start: str) -> SpecError:
    where = place.shifted(len(text.rstrip()))
    if not text.strip():
        return problem("an expression is missing", where)
    if text.count("(") > text.count(")"):
        return problem("a bracket is never closed", place.shifted(_open_bracket(text)), "add the missing ')'")
    if start == "equation" and "=" not in text:
        return problem("this line has no '='", place, "an equation reads: name = expression")
    if "cases" in text and "else" not in text:
        return problem("cases needs an else", where, _CASES)
    return problem("the line ends where something is still missing", where)


def _open_bracket(text: str) -> int:
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
        elif character == ")" and opened:
            opened.pop()
    return opened[0] if opened else 0


def _last_word(text: str) -> str:
    match = re.search(r"[\w.]+\s*$|\S\s*$", text)
    return match.group().strip() if match else text
