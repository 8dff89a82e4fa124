"""Words → TeX: every character of a text written so that TeX prints it and does nothing else."""

from __future__ import annotations

import unicodedata

from derivgen.maths.names import SPELLED

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": "'",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "„": r"\quotedblbase{}",
    "½": r"\textonehalf{}",
    "¼": r"\textonequarter{}",
    "¾": r"\textthreequarters{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\u00ad": r"\-",
    "•": r"\textbullet{}",
    "°": r"\textdegree{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "©": r"\textcopyright{}",
    "€": "EUR",
    "£": r"\pounds{}",
    "¿": r"\textquestiondown{}",
    "¡": r"\textexclamdown{}",
    "†": r"\textdagger{}",
    "№": "No.",
    "ª": r"\textordfeminine{}",
    "º": r"\textordmasculine{}",
    "ʻ": "`",
    "ʼ": "'",
    "\u2010": "-",
    "\u2011": "-",
}
_MATH = {
    "≈": r"\approx",
    "≠": r"\ne",
    "≤": r"\le",
    "≥": r"\ge",
    "±": r"\pm",
    "×": r"\times",
    "÷": r"\div",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "⊙": r"\odot",
    "⊘": r"\oslash",
    "−": "-",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "Σ": r"\Sigma",
    "∞": r"\infty",
    "→": r"\to",
    "←": r"\leftarrow",
    "↦": r"\mapsto",
    "⇒": r"\Rightarrow",
    "↔": r"\leftrightarrow",
    "∈": r"\in",
    "√": r"\surd",
    "∏": r"\prod",
    "∫": r"\int",
    "∝": r"\propto",
    "²": "^{2}",
    "³": "^{3}",
    "¹": "^{1}",
    "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "ℝ": r"\mathrm{R}",
}
_ACCENTS = {
    "\u0301": "'",
    "\u0300": "`",
    "\u0302": "^",
    "\u0308": '"',
    "\u0303": "~",
    "\u0304": "=",
    "\u0307": ".",
    "\u0306": "u ",
    "\u030c": "v ",
    "\u030b": "H ",
    "\u0327": "c ",
    "\u0323": "d ",
    "\u0331": "b ",
    "\u0328": "k ",
    "\u030a": "r ",
    "\u0326": "textcommabelow",
}
_BELOW = frozenset("\u0323\u0326\u0327\u0328\u0331")
_LETTERS = {
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ß": r"\ss{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "đ": r"\dj{}",
    "Đ": r"\DJ{}",
    "ð": r"\dh{}",
    "þ": r"\th{}",
    "ı": r"\i{}",
    "Ð": r"\DH{}",
    "Þ": r"\TH{}",
    "ŋ": r"\ng{}",
    "Ŋ": r"\NG{}",
    "ẞ": r"\SS{}",
}
_DIRECT = frozenset("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ")


def tex_text(words: str) -> str:
    r"""Return the words as TeX text.

    >>> tex_text("50% of $x_1$")
    '50\\% of \\$x\\_1\\$'
    >>> tex_text("derivação: σ → ŷ")
    'derivação: $\\sigma$ $\\to$ \\^{y}'
    >>> tex_text("Đặng, Mª Țepeș")
    '\\DJ{}\\d{\\u{a}}ng, M\\textordfeminine{} \\textcommabelow{T}epe\\textcommabelow{s}'
    """
    return "".join(_character(c) for c in unicodedata.normalize("NFC", words))


def _character(c: str) -> str:
    """One character: as it is, by its command, by its accents, or by its number."""
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c.isspace():
        return " "
    if (c.isascii() and c.isprintable()) or c in _DIRECT:
        return c
    sign = mathematical(c)
    if sign:
        return f"${sign}$"
    return _LETTERS.get(c) or _accented(c) or _numbered(c)


def mathematical(c: str) -> str:
    r"""Return what prints a sign or a Greek letter in mathematics; nothing for any other character.

    >>> mathematical("σ"), mathematical("≈"), mathematical("é")
    ('\\sigma', '\\approx', '')
    """
    return _MATH.get(c) or (greek(c) if c in SPELLED else "")


def _accented(c: str) -> str:
    """A letter with accents as commands around it, or nothing when TeX has no such accent."""
    base, *marks = tuple(unicodedata.normalize("NFD", c))
    if not marks or not base.isascii() or any(mark not in _ACCENTS for mark in marks):
        return ""
    below = [mark for mark in marks if mark in _BELOW]
    above = [mark for mark in marks if mark not in _BELOW]
    text = {"i": r"\i", "j": r"\j"}.get(base, base) if above else base
    for mark in (*above, *below):  # what stands below is put under the whole letter
        text = rf"\{_ACCENTS[mark].strip()}{{{text}}}"
    return text


def _numbered(c: str) -> str:
    """A character outside pdfTeX's fonts: the document's `\\dgchar` prints it where the engine can."""
    return rf"\dgchar{{{ord(c):04X}}}" if c.isprintable() else ""


def unprintable(words: str) -> str:
    r"""Return the characters that pdfTeX's fonts do not have, each once: their numbers would stand in their places.

    >>> unprintable("Ștefan Łoś, 50%"), unprintable("王芳 Wang")
    ('', '王芳')
    """
    missing = (c for c in unicodedata.normalize("NFC", words) if not _character(c) or _character(c).startswith(r"\dgchar"))
    return "".join(dict.fromkeys(missing))


def greek(letter: str) -> str:
    r"""Return the command of a Greek letter in mathematics.

    >>> greek("β"), greek("Β"), greek("Δ")
    ('\\beta', '\\mathrm{B}', '\\Delta')
    """
    name = SPELLED[letter]
    if name == "omicron":
        return "o"
    latin = _LATIN_CAPITALS.get(name)
    return rf"\mathrm{{{latin}}}" if latin else f"\\{name}"


_LATIN_CAPITALS = {
    "Alpha": "A",
    "Beta": "B",
    "Epsilon": "E",
    "Zeta": "Z",
    "Eta": "H",
    "Iota": "I",
    "Kappa": "K",
    "Mu": "M",
    "Nu": "N",
    "Omicron": "O",
    "Rho": "P",
    "Tau": "T",
    "Chi": "X",
}
