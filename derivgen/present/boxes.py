"""Boxes of printed mathematics: how TeX sets pieces beside each other, as scripts, as fractions, in brackets.

Lengths are in em of the text. A level says how large a piece is set, as in TeX: display, text, script, scriptscript.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derivgen.present.glyphs import BRACKETS, SIGNS, UPRIGHT

DISPLAY, TEXT, SCRIPT, TINY = 0, 1, 2, 3
WIDTH = (1.0, 1.0, 0.805, 0.725)  # of a letter at each level: small sizes are drawn wider
HEIGHT = (1.0, 1.0, 0.7, 0.5)
AXIS = 0.25  # how high fraction rules and minus signs stand


@dataclass(frozen=True, slots=True)
class Box:
    """A printed piece, in em: its width and what rises above and hangs below the line it stands on."""

    width: float
    up: float
    down: float


def text_width_em(words: str) -> float:
    """The width in em of upright words: `Loss`, `else`.

    >>> round(text_width_em("Loss"), 2)
    1.92
    """
    return sum(UPRIGHT.get(letter, SIGNS.get(letter, 0.56 if letter.isalpha() else 0.5)) for letter in words)


def row(boxes: Iterable[Box]) -> Box:
    """Boxes beside each other."""
    parts = tuple(boxes)
    width = sum(box.width for box in parts)
    return Box(width, max((b.up for b in parts), default=0.0), max((b.down for b in parts), default=0.0))


def space(mu: float, level: int) -> Box:
    """The space TeX puts around an operator, in eighteenths of an em; there is none in scripts."""
    return Box(mu / 18 if level <= TEXT else 0.0, 0.0, 0.0)


def sign(width: float, level: int) -> Box:
    """A sign without space around it: a leading minus, a comma."""
    return Box(width * WIDTH[level], 0.59 * HEIGHT[level], 0.09 * HEIGHT[level])


def operator(width: float, level: int, mu: float = 4) -> Box:
    """A sign with space on both sides: `+` (4 mu), `=` (5 mu)."""
    return row((space(mu, level), sign(width, level), space(mu, level)))


def word(words: str, level: int) -> Box:
    """Upright words."""
    return Box(text_width_em(words) * WIDTH[level], 0.7 * HEIGHT[level], 0.2 * HEIGHT[level])


def digits(text: str, level: int) -> Box:
    """A number as it is written; `1e-5` prints as a product with a power of ten."""
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and mantissa == "1":
        return scripts(digits("10", level), word(exponent.lstrip("+"), script(level)), None, level)
    plain = Box(text_width_em(mantissa.replace(" ", "")) * WIDTH[level], 0.65 * HEIGHT[level], 0.0)
    if not exponent:
        return plain
    power = scripts(digits("10", level), word(exponent, script(level)), None, level)
    return row((plain, operator(0.278, level), power))


def script(level: int) -> int:
    """The level of an index or exponent."""
    return SCRIPT if level <= TEXT else TINY


def scripts(base: Box, above: Box | None, below: Box | None, level: int, letter: bool = False) -> Box:
    """base^above_below: both scripts start at the base's right edge; at a `letter` they do not follow its height."""
    size = HEIGHT[level]
    edge, foot = (0.0, 0.0) if letter else (base.up - 0.25, base.down + 0.05)
    wide = max((box.width for box in (above, below) if box), default=-0.05)
    up, down = base.up, base.down
    if above:
        up = max(up, max(0.413 * size, edge) + above.up)
    if below:
        down = max(down, max((0.247 if above else 0.15) * size, foot) + below.down)
    return Box(base.width + wide + 0.05, up, down)


def halves(level: int) -> int:
    """The level of the two halves of a fraction."""
    return (TEXT, SCRIPT, TINY, TINY)[level]


def fraction(over: Box, under: Box, level: int) -> Box:
    """over / under, one above the other with a rule between them."""
    gap = 0.14 if level == DISPLAY else 0.06
    raised, lowered = (0.677, 0.686) if level == DISPLAY else (0.394 * HEIGHT[level], 0.345 * HEIGHT[level])
    raised = max(raised, AXIS + gap + over.down)
    lowered = max(lowered, under.up + gap - AXIS)
    return Box(max(over.width, under.width) + 0.24, raised + over.up, lowered + under.down)


def bracketed(inner: Box, level: int, tall: bool = True, widen: float = 1.0) -> Box:
    """(inner), the brackets as high as what they hold if it is `tall`; `widen` for wider ones (braces)."""
    if not tall:
        up, down = max(inner.up, 0.75 * HEIGHT[level]), max(inner.down, 0.25 * HEIGHT[level])
        return Box(inner.width + 2 * 0.389 * WIDTH[level] * widen, up, down)
    reach = 2 * max(inner.up - AXIS, inner.down + AXIS)
    wanted = max(0.901 * reach, reach - 0.5)
    high, wide = next((pair for pair in BRACKETS if pair[0] >= wanted), (reach, BRACKETS[-1][1]))
    edge = max(min(high, wanted + 0.3), reach) / 2  # the last kind is built of pieces, as high as it has to be
    thin = 0.0 if high <= 1.0 else 0.167
    return Box(inner.width + 2 * wide * widen + thin, edge + AXIS, edge - AXIS)


def column(heights: Iterable[float], width: float) -> Box:
    """Rows one below the other, centred on the axis."""
    high = sum(heights)
    return Box(width, high / 2 + AXIS, high / 2 - AXIS)
