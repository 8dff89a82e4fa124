r"""Names as boxes, for formats without a notation for them: letters in italics, words upright, indices, accents.

The LaTeX an author may write for a symbol (`spec/macros.py` has checked it) → boxes: `\mathcal{L}_{\text{train}}`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.memo import SPELLED_NAMES
from derivgen.present import boxes
from derivgen.present.boxes import Box, RowKind

ACCENTS: Mapping[str, str] = MappingProxyType(
    {
        "hat": "^",
        "bar": "¯",
        "tilde": "~",
        "dot": "˙",
        "vec": "→",
        "acute": "´",
        "grave": "`",
        "ddot": "¨",
        "check": "ˇ",
        "breve": "˘",
        "mathring": "˚",
    }
)
COMMA = boxes.Glyph(",", close=True)
PRIME = boxes.Glyph("′", close=True)
_OPEN, _CLOSE = boxes.Glyph("(", form="prefix"), boxes.Glyph(")", form="postfix")
_GENERAL = {"-": boxes.Glyph("−", True, "infix"), "+": boxes.Glyph("+", True, "infix"), ",": COMMA}


@SPELLED_NAMES
def spelled(name: boxes.Name | boxes.Function) -> Box:
    """Return a name as boxes: a letter or word, an accent, indices."""
    if isinstance(name, boxes.Function):
        return _function(name)
    base: Box = letters(name.letter)
    if name.symbol:
        base = symbol(name.symbol)
    elif name.accent:
        base = boxes.Accent(base, ACCENTS[name.accent])
    read = general if name.general else index
    below = _listed(map(read, name.below))
    above = _listed((*map(read, name.above), *([(_OPEN, *index(name.sample), _CLOSE)] if name.sample else [])))
    return _scripted(base, below, above)


def _function(name: boxes.Function) -> Box:
    """Return a function's name, its primes behind it: they are high and small by themselves in the fonts of browsers."""
    plain = ("_" not in name.name and name.name in GREEK) or name.name.isalnum()
    parts = split(name.name)
    own = boxes.Name(parts.base, parts.accent, (parts.superscript,) if parts.superscript else (), parts.subscripts)
    base: Box = letters(name.name) if plain else spelled(own)
    primed = boxes.Row((base, *[PRIME] * name.primes)) if name.primes else base
    return _scripted(primed, (boxes.Number(name.below),) if name.below else (), ())


def _scripted(base: Box, below: tuple[Box, ...], above: tuple[Box, ...]) -> Box:
    return boxes.Scripts(base, _one(above), _one(below)) if below or above else base


def _one(parts: tuple[Box, ...]) -> Box | None:
    return None if not parts else parts[0] if len(parts) == 1 else boxes.Row(parts)


def _listed(indices: Iterable[tuple[Box, ...]]) -> tuple[Box, ...]:
    """Return indices with commas between them."""
    made: tuple[Box, ...] = ()
    for each in indices:
        made = (*made, COMMA, *each) if made else each
    return made


def index(text: str) -> tuple[Box, ...]:
    """Return an index: digits, a row of index letters, or a word."""
    if text.isdecimal():
        return (boxes.Number(text),)
    return tuple(boxes.Letter(letter) for letter in text) if is_index(text) else (letters(text),)


def general(text: str) -> tuple[Box, ...]:
    """Return an index sign by sign: `L-1`, `l+1`, `mn`, `12,3`."""
    made: list[Box] = []
    digits = ""
    for c in (*text, ""):
        if c.isdecimal():
            digits += c
            continue
        if digits:
            made.append(boxes.Number(digits))
            digits = ""
        if c:
            made.append(_GENERAL.get(c) or letters(c))
    return tuple(made)


def letters(text: str) -> boxes.Letter:
    """Return one letter in italics, a Greek name as its letter (capitals upright, as in TeX), anything else upright."""
    letter = GREEK.get(text, text)
    if is_letter(letter):
        return boxes.Letter(letter, not letter.isascii() and letter.isupper())
    return boxes.Letter(text, upright=True)


def beside(box: boxes.Scripts) -> boxes.Scripts:
    """Return a power of a name with its exponent right above the name's index, as TeX sets it."""
    if box.power and isinstance(box.base, boxes.Name):
        base = spelled(box.base)
        if isinstance(base, boxes.Scripts) and base.above is None and not isinstance(base.base, boxes.Scripts):
            return boxes.Scripts(base.base, box.above, base.below)
    return box


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[^\s]")
_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "ell": "ℓ",
        "hbar": "ℏ",
        "imath": "ı",
        "jmath": "ȷ",
        "nabla": "∇",
        "partial": "∂",
        "infty": "∞",
        "prime": "′",
        "star": "⋆",
        "ast": "∗",
        "circ": "∘",
        "bullet": "∙",
        "dagger": "†",
        "top": "⊤",
        "bot": "⊥",
        "perp": "⊥",
        "cdot": "⋅",
        "times": "×",
        "pm": "±",
        "mp": "∓",
        "dots": "…",
        "ldots": "…",
        "cdots": "⋯",
        "varpi": "ϖ",
        "varrho": "ϱ",
        "varsigma": "ς",
    }
)
_LETTERS = "ℓℏıȷ∂∞ϖϱς"
_SPACES: Mapping[str, float] = MappingProxyType({",": 0.1667, ";": 0.2778, "!": -0.1667, " ": 0.25, "quad": 1.0})
_ACCENTS: Mapping[str, str] = MappingProxyType(
    {"hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "bar": "¯", "overline": "‾", "vec": "→", "dot": "˙", "ddot": "¨"}
)
_ALPHABETS: Mapping[str, str] = MappingProxyType(
    {
        "mathcal": "MATHEMATICAL SCRIPT {}",
        "mathbf": "MATHEMATICAL BOLD {}",
        "mathsf": "MATHEMATICAL SANS-SERIF {}",
        "mathtt": "MATHEMATICAL MONOSPACE {}",
        "boldsymbol": "MATHEMATICAL BOLD ITALIC {}",
    }
)
_SCRIPT_LETTERS = dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True))
"""The script letters that Unicode had before it had the others."""


def symbol(latex: str) -> Box:
    r"""Return the symbol as boxes.

    >>> symbol(r"\mathbf{w}_{2}")
    Scripts(base=Letter(text='𝐰', upright=False), above=None, below=Number(text='2'), power=False)
    """
    return _group(_Reader(latex).run())


class _Reader:
    """Reads groups, macros with their arguments, and scripts; `alphabet` is that of the group."""

    def __init__(self, text: str):
        self.text, self.at, self.alphabet = text, 0, ""

    def run(self) -> list[Box]:
        """Read boxes up to a closing brace or the end."""
        parts: list[Box] = []
        while (token := self._next()) not in {"", "}"}:
            if token in {"^", "_"}:
                parts.append(self._scripts(parts.pop() if parts else boxes.Row(()), token))
            else:
                parts.append(self._unit(token))
        return _joined(parts) if self.alphabet == "mathrm" else parts

    def _next(self) -> str:
        match = re.compile(r"\s*").match(self.text, self.at)
        self.at = match.end() if match else self.at
        token = _TOKEN.match(self.text, self.at)
        self.at = token.end() if token else self.at
        return token.group() if token else ""

    def _scripts(self, base: Box, sign: str) -> Box:
        found = {sign: self._script()}
        while (place := self.at, token := self._next())[1] in {"^", "_"} and token not in found:
            found[token] = self._script()
        self.at = place
        return boxes.Scripts(base, found.get("^"), found.get("_"))

    def _script(self) -> Box:
        """What a script sign takes: a group, a macro, or a single character (`x^12` is x¹2)."""
        start = self.at
        token = self._next()
        if token.isdecimal() and len(token) > 1:
            self.at = self.text.index(token, start) + 1
            token = token[0]
        return self._unit(token)

    def _unit(self, token: str) -> Box:
        if token == "{":
            return _group(self.run())
        if not token.startswith("\\"):
            return self._character(token)
        name = token[1:]
        if name in _SPACES:
            return boxes.Space(_SPACES[name])
        if name in {"text", "operatorname"}:
            return self._words(name)
        if name in _ACCENTS:
            self._next()
            return boxes.Accent(_group(self.run()), _ACCENTS[name], name.startswith(("wide", "over")))
        if name == "underline":
            self._next()
            return boxes.Accent(_group(self.run()), "_", stretched=True, below=True)
        if name in _ALPHABETS or name in {"mathrm", "mathit"}:
            return self._in_alphabet(name)
        letter = GREEK.get(name) or _SIGNS[name]
        return self._letter(letter) if letter.isalpha() or letter in _LETTERS else boxes.Glyph(letter)

    def _words(self, name: str) -> Box:
        self._next()
        end = self.text.index("}", self.at)
        words, self.at = self.text[self.at : end], end + 1
        return boxes.Words(words) if name == "text" else boxes.Letter(words)

    def _in_alphabet(self, name: str) -> Box:
        before, self.alphabet = self.alphabet, name
        self._next()
        inside = self.run()
        self.alphabet = before
        return _group(inside)

    def _character(self, c: str) -> Box:
        if c.isdecimal():
            return boxes.Number("".join(map(self._drawn, c)))
        if c.isalpha():
            return self._letter(c)
        return boxes.Glyph({"'": "′", "-": "−"}.get(c, c))

    def _letter(self, letter: str) -> boxes.Letter:
        drawn = self._drawn(letter)
        upright = self.alphabet == "mathrm" or (not letter.isascii() and letter.isupper())
        return boxes.Letter(drawn, upright and drawn == letter)

    def _drawn(self, c: str) -> str:
        """The character in the alphabet of its group, where Unicode has it there."""
        if self.alphabet == "mathcal" and c in _SCRIPT_LETTERS:
            return _SCRIPT_LETTERS[c]
        pattern = _ALPHABETS.get(self.alphabet, "")
        kind = ("DIGIT" if c.isdecimal() else "CAPITAL" if c.isupper() else "SMALL") if pattern else ""
        bare = unicodedata.name(c, "").split()[-1]
        try:
            return unicodedata.lookup(pattern.format(f"{kind} {bare}").replace("BOLD ITALIC DIGIT", "BOLD DIGIT")) if kind else c
        except KeyError:
            return c


def _group(parts: list[Box]) -> Box:
    return parts[0] if len(parts) == 1 else boxes.Row(tuple(parts), RowKind.GROUP)


def _joined(parts: list[Box]) -> list[Box]:
    """Upright letters in a row as one word."""
    made: list[Box] = []
    for part in parts:
        before = made[-1] if made else None
        if isinstance(part, boxes.Letter) and isinstance(before, boxes.Letter) and (before.text + part.text).isascii():
            made[-1] = boxes.Letter(before.text + part.text, upright=True)
        else:
            made.append(part)
    return made
