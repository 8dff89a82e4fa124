"""Names as boxes, for formats without a notation for them: letters in italics, words upright, indices, accents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.memo import SPELLED_NAMES
from derivgen.present import boxes
from derivgen.present.boxes import Box
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
