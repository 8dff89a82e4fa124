"""Names as boxes, for formats without a notation for them: letters in italics, words upright, indices, accents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.present.boxes import Accent, Box, Function, Glyph, Letter, Name, Number, Row, Scripts
from derivgen.present.symbols import symbol

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
COMMA = Glyph(",", close=True)
PRIME = Glyph("′", close=True)
_OPEN, _CLOSE = Glyph("(", form="prefix"), Glyph(")", form="postfix")
_GENERAL = {"-": Glyph("−", True, "infix"), "+": Glyph("+", True, "infix"), ",": COMMA}


@lru_cache(maxsize=4096)
def spelled(name: Name | Function) -> Box:
    """Return a name as boxes: a letter or word, an accent, indices."""
    if isinstance(name, Function):
        return _function(name)
    base: Box = letters(name.letter)
    if name.symbol:
        base = symbol(name.symbol)
    elif name.accent:
        base = Accent(base, ACCENTS[name.accent])
    read = general if name.general else index
    below = _listed(map(read, name.below))
    above = _listed((*map(read, name.above), *([(_OPEN, *index(name.sample), _CLOSE)] if name.sample else [])))
    return _scripted(base, below, above)


def _function(name: Function) -> Box:
    """Return a function's name, its primes behind it: they are high and small by themselves in the fonts of browsers."""
    plain = ("_" not in name.name and name.name in GREEK) or name.name.isalnum()
    parts = split(name.name)
    own = Name(parts.base, parts.accent, (parts.superscript,) if parts.superscript else (), parts.subscripts)
    base: Box = letters(name.name) if plain else spelled(own)
    primed = Row((base, *[PRIME] * name.primes)) if name.primes else base
    return _scripted(primed, (Number(name.below),) if name.below else (), ())


def _scripted(base: Box, below: tuple[Box, ...], above: tuple[Box, ...]) -> Box:
    return Scripts(base, _one(above), _one(below)) if below or above else base


def _one(boxes: tuple[Box, ...]) -> Box | None:
    return None if not boxes else boxes[0] if len(boxes) == 1 else Row(boxes)


def _listed(indices: Iterable[tuple[Box, ...]]) -> tuple[Box, ...]:
    """Return indices with commas between them."""
    made: tuple[Box, ...] = ()
    for each in indices:
        made = (*made, COMMA, *each) if made else each
    return made


def index(text: str) -> tuple[Box, ...]:
    """Return an index: digits, a row of index letters, or a word."""
    if text.isdecimal():
        return (Number(text),)
    return tuple(Letter(letter) for letter in text) if is_index(text) else (letters(text),)


def general(text: str) -> tuple[Box, ...]:
    """Return an index sign by sign: `L-1`, `l+1`, `mn`, `12,3`."""
    made: list[Box] = []
    digits = ""
    for c in (*text, ""):
        if c.isdecimal():
            digits += c
            continue
        if digits:
            made.append(Number(digits))
            digits = ""
        if c:
            made.append(_GENERAL.get(c) or letters(c))
    return tuple(made)


def letters(text: str) -> Letter:
    """Return one letter in italics, a Greek name as its letter (capitals upright, as in TeX), anything else upright."""
    letter = GREEK.get(text, text)
    if is_letter(letter):
        return Letter(letter, not letter.isascii() and letter.isupper())
    return Letter(text, upright=True)


def beside(box: Scripts) -> Scripts:
    """Return a power of a name with its exponent right above the name's index, as TeX sets it."""
    if box.power and isinstance(box.base, Name):
        base = spelled(box.base)
        if isinstance(base, Scripts) and base.above is None and not isinstance(base.base, Scripts):
            return Scripts(base.base, box.above, base.below)
    return box
