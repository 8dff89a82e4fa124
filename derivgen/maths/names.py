"""Names and their parts: `W_13` is W with subscript 13, `a__2_1` an a with superscript 2 and subscript 1, `yhat` a ŷ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from derivgen.frozen import dataclass
from derivgen.memo import NAME_PARTS

LOWER = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
)
"""The spelled names of the small Greek letters, in the order of the alphabet."""
_LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"

GREEK: dict[str, str] = {
    **dict(zip(LOWER, _LETTERS, strict=True)),
    **{name.capitalize(): letter.upper() for name, letter in zip(LOWER, _LETTERS, strict=True)},
    "varepsilon": "ϵ",
    "vartheta": "ϑ",
    "varphi": "ϕ",
}
"""Spelled Greek names and their letters."""

SPELLED: dict[str, str] = {letter: name for name, letter in GREEK.items()} | {"ς": "varsigma", "ϱ": "varrho", "ϖ": "varpi"}
"""Greek letters and their spelled names."""

ACCENTS = ("hat", "bar", "tilde", "dot", "vec")
_COMBINING = {
    "\u0302": "hat",
    "\u0304": "bar",
    "\u0303": "tilde",
    "\u0307": "dot",
    "\u20d7": "vec",
    "\u0301": "acute",
    "\u0300": "grave",
    "\u0308": "ddot",
    "\u030c": "check",
    "\u0306": "breve",
    "\u030a": "mathring",
}
MARKS: dict[str, str] = {accent: mark for mark, accent in _COMBINING.items()}
"""Accents and their combining characters."""

_SHAPE = re.compile(r"([^\W_]+)(?:__([^\W_]+))?((?:_[^\W_]+)*)")
_ACCENTED = re.compile(rf"(.+?)({'|'.join(ACCENTS)})")


@dataclass(frozen=True, slots=True)
class Name:
    """The printed parts of a name. A name that follows no pattern has only a `base`, itself."""

    base: str
    accent: str = ""
    superscript: str = ""
    subscripts: tuple[str, ...] = ()


@NAME_PARTS
def split(name: str) -> Name:
    """Return the parts of a name.

    >>> split("W_13")
    Name(base='W', accent='', superscript='', subscripts=('13',))
    >>> split("a__2_10_3")
    Name(base='a', accent='', superscript='2', subscripts=('10', '3'))
    >>> split("yhat")
    Name(base='y', accent='hat', superscript='', subscripts=())
    """
    match = _SHAPE.fullmatch(name)
    if not match:
        return Name(name)
    stem, superscript, rest = match.groups()
    base, accent = _accent(stem)
    return Name(base, accent, superscript or "", tuple(rest.split("_")[1:]))


def _accent(stem: str) -> tuple[str, str]:
    """A stem's letter and accent: of one letter or Greek name with a suffix, or of one accented letter."""
    match = _ACCENTED.fullmatch(stem)
    if match and (is_letter(match[1]) or match[1] in GREEK):
        return match[1], match[2]
    apart = unicodedata.normalize("NFD", stem)
    if len(apart) == 2 and apart[1] in _COMBINING:
        return apart[0], _COMBINING[apart[1]]
    return stem, ""


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Return names with those of one letter that are counted from 1 on behind each other, at the place of the first of them.

    >>> numbered(["w_2", "b_1", "w_10", "W_13", "w_1", "W_23", "W_14"])
    ('w_2', 'b_1', 'w_10', 'W_13', 'w_1', 'W_23', 'W_14')
    >>> numbered(["w_2", "b_2", "w_3", "w_1", "b_1"])
    ('w_1', 'w_2', 'w_3', 'b_1', 'b_2')
    """
    known = tuple(names)
    families: dict[tuple[str, str], dict[int, str]] = {}
    for name in known:
        parts = split(name)
        if len(parts.subscripts) == 1 and parts.subscripts[0].isdecimal() and not parts.superscript:
            families.setdefault((parts.base, parts.accent), {})[int(parts.subscripts[0])] = name
    rows: dict[str, tuple[str, ...]] = {}
    for found in families.values():
        if sorted(found) == list(range(1, len(found) + 1)):
            row = tuple(found[number] for number in sorted(found))
            rows |= dict.fromkeys(row, row)
    return tuple(dict.fromkeys(each for name in known for each in rows.get(name, (name,))))


def is_letter(text: str) -> bool:
    """Tell whether this is one letter without an accent, Latin of the English alphabet or Greek."""
    return len(text) == 1 and ((text.isascii() and text.isalpha()) or text in SPELLED)


def is_index(text: str) -> bool:
    """Tell whether a subscript of several letters is a row of indices (`ij`) and not a word (`out`)."""
    return re.fullmatch(r"[ijkl]{2,3}|mn|nm", text) is not None
