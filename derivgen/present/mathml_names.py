"""Names in MathML: letters in italics, words upright, indices and accents; nothing in a name can become markup."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.maths.style import DEFAULT, Style
from derivgen.present.mathml_marks import escaped, one
from derivgen.present.mathml_symbol import symbol_mathml

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
COMMA = '<mo lspace="0" rspace="0">,</mo>'
OPEN = '<mo form="prefix" stretchy="false">(</mo>'
CLOSE = '<mo form="postfix" stretchy="false">)</mo>'
PRIME = '<mo lspace="0" rspace="0">′</mo>'


def mathml_name(name: str, style: Style = DEFAULT, index: str | int | None = None) -> str:
    """A name with its accent, superscript and subscripts.

    >>> mathml_name("W_13"), mathml_name("Loss")
    ('<msub><mi>W</mi><mn>13</mn></msub>', '<mi>Loss</mi>')
    """
    own = () if index is None else (_script(str(index)),)
    above = tuple(f"{OPEN}{sample}{CLOSE}" for sample in own) if style.sample == "above" else ()
    below = () if above else own
    if name in style.symbols:
        return scripted(one(symbol_mathml(style.symbols[name])), COMMA.join(below), COMMA.join(above))
    parts = split(name)
    base = accented(letters(parts.base), parts.accent) if parts.accent else letters(parts.base)
    raised = ((_script(parts.superscript),) if parts.superscript else ()) + above
    return scripted(base, COMMA.join((*map(_script, parts.subscripts), *below)), COMMA.join(raised))


def scripted(base: str, below: str = "", above: str = "") -> str:
    """A single element with what stands below and above it at its right."""
    if below and above:
        return f"<msubsup>{base}{one(below)}{one(above)}</msubsup>"
    if below:
        return f"<msub>{base}{one(below)}</msub>"
    return f"<msup>{base}{one(above)}</msup>" if above else base


def accented(base: str, accent: str) -> str:
    """An element under an accent."""
    return f'<mover accent="true">{base}<mo stretchy="false">{ACCENTS[accent]}</mo></mover>'


@lru_cache(maxsize=4096)
def _script(text: str) -> str:
    if text.isdecimal():
        return f"<mn>{text}</mn>"
    return "".join(f"<mi>{letter}</mi>" for letter in text) if is_index(text) else letters(text)


def letters(text: str) -> str:
    """One letter in italics, a Greek name as its letter (capitals upright, as in TeX), anything else upright and harmless."""
    letter = GREEK.get(text, text)
    if is_letter(letter):
        upright = not letter.isascii() and letter.isupper()
        return f'<mi mathvariant="normal">{letter}</mi>' if upright else f"<mi>{letter}</mi>"
    return f"<mi>{escaped(text)}</mi>" if len(text) > 1 else f'<mi mathvariant="normal">{escaped(text)}</mi>'


def function_name(written: str, below: str = "") -> str:
    """A function's name, its primes behind it and what stands below it.

    A prime is high and small by itself in the fonts of browsers, so that it stands in no superscript.
    """
    bare = written.rstrip("'")
    base = letters(bare) if ("_" not in bare and bare in GREEK) or bare.isalnum() else mathml_name(bare)
    primes = "".join(PRIME for _ in written[len(bare) :])
    return scripted(one(base + primes), below)
