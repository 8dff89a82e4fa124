"""The LaTeX an author may write for a symbol: letters, digits, sub- and superscripts and a list of harmless macros.

A text is taken only if it parses here, so nothing that could read a file, define a macro or break a page gets through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from derivgen.maths.names import LOWER

MAX_LENGTH = 120
MAX_DEPTH = 8

_GREEK = (
    *(name for name in LOWER if name != "omicron"),
    "varepsilon",
    "vartheta",
    "varpi",
    "varrho",
    "varsigma",
    "varphi",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
)
_SIGNS = (
    "ell",
    "hbar",
    "imath",
    "jmath",
    "nabla",
    "partial",
    "infty",
    "prime",
    "star",
    "ast",
    "circ",
    "bullet",
    "dagger",
    "top",
    "bot",
    "perp",
    "cdot",
    "times",
    "pm",
    "mp",
    "quad",
    "dots",
    "ldots",
    "cdots",
)
_ACCENTS = (
    "hat",
    "tilde",
    "bar",
    "vec",
    "dot",
    "ddot",
    "widehat",
    "widetilde",
    "overline",
    "underline",
)
_ALPHABETS = (
    "mathcal",
    "mathbf",
    "mathrm",
    "mathit",
    "mathsf",
    "mathtt",
    "boldsymbol",
    "text",
    "operatorname",
)
_TAKEN = r"taken are Greek letters (\alpha), accents (\hat{x}), alphabets (\mathcal{L}) and a few signs"
_WORDS = ("text", "operatorname")

SYMBOLS: tuple[str, ...] = (*_GREEK, *_SIGNS)
"""The macros that stand for themselves: `\\alpha`."""

WRAPPERS: tuple[str, ...] = (*_ACCENTS, *_ALPHABETS)
"""The macros that take one argument in braces: `\\mathcal{L}`."""

ARGUMENTS: Mapping[str, int] = MappingProxyType(
    {**dict.fromkeys(SYMBOLS, 0), **dict.fromkeys(WRAPPERS, 1), **dict.fromkeys((",", ";", "!", " "), 0)}
)
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z0-9]|[ ^_{}()+\-=/*,.|<>!:\[\]]")


def macro_problem(text: str) -> tuple[int, str, str | None] | None:
    """Return what is wrong with a symbol's LaTeX: `(offset, message, hint)`; None when it is safe and complete.

    >>> macro_problem(r"\\mathcal{L}") is None
    True
    >>> macro_problem(r"\\input{x}")[1]
    'the macro \\\\input is not taken'
    """
    if len(text) > MAX_LENGTH:
        return 0, f"a symbol of more than {MAX_LENGTH} characters is not taken", None
    if not text.strip():
        return 0, "a symbol needs some LaTeX", None
    return _Reader(text).problem()


class _WrongError(Exception):
    def __init__(self, offset: int, message: str, hint: str | None = None):
        super().__init__(message)
        self.found = (offset, message, hint)


class _Reader:
    """Reads a symbol as TeX would: groups, macros with their arguments, one subscript and one superscript each."""

    def __init__(self, text: str):
        self.text, self.position, self.depth = text, 0, 0

    def problem(self) -> tuple[int, str, str | None] | None:
        try:
            self._run()
            if self.position < len(self.text):
                raise _WrongError(self.position, "this '}' closes nothing")
        except _WrongError as wrong:
            return wrong.found
        return None

    def _peek(self) -> str:
        """Return the token that comes next; empty at the end."""
        if self.position >= len(self.text):
            return ""
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            character = self.text[self.position]
            hint = "Greek letters are written \\alpha" if ord(character) > 127 else None
            raise _WrongError(self.position, f"the character {character!r} is not taken in a symbol", hint)
        return match.group()

    def _run(self) -> None:
        """Read tokens up to a closing brace or the end."""
        scripts: list[str] = []
        while (token := self._peek()) not in {"", "}"}:
            if token in {"^", "_"}:
                if token in scripts:
                    raise _WrongError(
                        self.position, f"a second {token!r} on the same letter", f"put braces around: {{x{token}a}}{token}b"
                    )
                scripts.append(token)
                self.position += 1
                self._script(token)
            else:
                if token != " ":
                    scripts = []
                self._unit(token)

    def _script(self, sign: str) -> None:
        token = self._peek()
        if token in {"", "}", "^", "_", " "} or (token.startswith("\\") and ARGUMENTS.get(token[1:], 0) > 0):
            raise _WrongError(self.position - 1, f"{sign!r} needs a letter or a group in braces", f"x{sign}{{…}}")
        self._unit(token)

    def _unit(self, token: str) -> None:
        start = self.position
        self.position += len(token)
        if token == "{":
            self._group(start)
        elif token.startswith("\\"):
            self._macro(token, start)

    def _group(self, start: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _WrongError(start, f"braces nested more than {MAX_DEPTH} deep are not taken")
        self._run()
        if self._peek() != "}":
            raise _WrongError(start, "this '{' is never closed")
        self.position += 1
        self.depth -= 1

    def _macro(self, token: str, start: int) -> None:
        from difflib import get_close_matches

        name = token[1:]
        if name not in ARGUMENTS:
            near = get_close_matches(name, ARGUMENTS, n=1, cutoff=0.75)
            hint = f"did you mean \\{near[0]}?" if near else _TAKEN
            raise _WrongError(start, f"the macro {token} is not taken", hint)
        if ARGUMENTS[name]:
            if self._peek() != "{":
                raise _WrongError(start, f"{token} takes its argument in braces", f"{token}{{L}}")
            self.position += 1
            self._group(self.position - 1)
            if name in _WORDS and not re.fullmatch(r"[A-Za-z0-9 .\-]*", self.text[start + len(token) + 1 : self.position - 1]):
                raise _WrongError(start, f"{token} takes plain letters, digits and blanks")
