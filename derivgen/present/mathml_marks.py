"""The small elements of MathML: signs, brackets, spaces, words, rows of one element."""

from __future__ import annotations

import re
from html import escape

MINUS, PLUS, DOT, TIMES = "−", "+", "⋅", "&#x2062;"
THIN = 0.1667
PARTIAL = "<mi>∂</mi>"

_SINGLE = re.compile(r"<(m[ion]|mtext)[^>]*>[^<]*</\1>|<mspace[^>]*/>")
_OPENING = re.compile(r"<(m(?:row|frac|sup|sub|subsup|sqrt|over|under|underover|table))\b")


def escaped(words: str) -> str:
    """Words as text of an element or an attribute: nothing in them is markup, and control characters are left out.

    >>> escaped('a < b & "c"' + chr(7))
    'a &lt; b &amp; &quot;c&quot;'
    """
    return escape("".join(" " if c.isspace() and c != "\u00a0" else c for c in words if c.isprintable() or c.isspace()))


def operator(sign: str, form: str = "infix") -> str:
    """A sign; its form is said wherever a row may be cut beside it."""
    return f'<mo form="{form}">{sign}</mo>' if sign in (MINUS, PLUS, "±") or form != "infix" else f"<mo>{sign}</mo>"


def fence(sign: str, form: str, stretchy: bool = True, size: str = "") -> str:
    """A bracket, as tall as its row, as a line, or of a size of its own."""
    grown = f' minsize="{size}" maxsize="{size}"' if size else ""
    return f'<mo form="{form}" fence="true" stretchy="{"true" if stretchy else "false"}"{grown}>{sign}</mo>'


def space(em: float) -> str:
    """A space."""
    return f'<mspace width="{em:g}em"/>'


def word(text: str) -> str:
    """Words among formulas, with their blanks."""
    return f"<mtext>{escaped(text)}</mtext>"


def phantom(inside: str) -> str:
    """Room as wide as the elements, which are not seen."""
    return f"<mphantom>{inside}</mphantom>" if inside else ""


def row(inside: str) -> str:
    """The elements as one."""
    return f"<mrow>{inside}</mrow>"


def one(inside: str) -> str:
    """The elements as one, without a row around what is a single element.

    >>> one("<mi>x</mi>"), one("<mi>x</mi><mi>y</mi>")
    ('<mi>x</mi>', '<mrow><mi>x</mi><mi>y</mi></mrow>')
    """
    return inside if _SINGLE.fullmatch(inside) or _is_element(inside) else row(inside)


def _is_element(inside: str) -> bool:
    """Whether one element with others in it spans it all: no end of its kind comes before the last one."""
    match = _OPENING.match(inside)
    if not match or not inside.endswith(f"</{match[1]}>"):
        return False
    depth = 0
    for tag in re.finditer(rf"<(/?){match[1]}\b[^>]*>", inside):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end() == len(inside)
    return False
