"""The answers of many variants as texts: the loss and the gradients, each rounded as the page rounds it, and sure to be right.

Of exact numbers there is nothing to doubt. A ball gives a text only where every number in it would be printed so; where it does
not, as at a tie or where the number may be a short fraction, the text is left open, and exact arithmetic is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derivgen.evaluation import Evaluation
from derivgen.maths.brackets import number_text
from derivgen.maths.numbers import NumberFormat, rounded_text, shown
from derivgen.maths.tree import Shown
from derivgen.memo import ANSWER_TEXTS
from derivgen.variants import arrays
from derivgen.variants.arrays import Ball, Exact, Numbers

SHORT = 1_000_000
"""Fractions with shorter numbers than this are printed as they are."""

Texts = tuple[str, ...]


def names_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return whose answers are asked for: the loss, then the gradients."""
    return (evaluation.graph.loss, *(name for name in evaluation.derivation.gradients if name != evaluation.graph.loss))


def answers_of(evaluation: Evaluation) -> dict[str, Texts]:
    """Return the answers of one variant, by exact numbers."""
    style, loss = evaluation.number_format, evaluation.graph.loss
    found = {loss: evaluation.values[loss]}
    found |= {name: evaluation.adjoints[name] for name in names_of(evaluation) if name != loss}
    return {name: tuple(number_text(shown(number, style)) for number in numbers) for name, numbers in found.items()}


def texts_of(numbers: Numbers, rows: int, style: NumberFormat) -> list[tuple[str | None, ...]]:
    """Return what is printed of a number array: for each variant a text for each sample; None where that is left open."""
    if isinstance(numbers, Exact):
        nums = np.broadcast_to(numbers.num, (rows, numbers.num.shape[1])).tolist()
        return [tuple(_exact(num, numbers.den, style) for num in each) for each in nums]
    short = _may_be_short(numbers)
    mids, rads, shorts = (np.broadcast_to(part, (rows, part.shape[1])).tolist() for part in (numbers.mid, numbers.rad, short))
    return [
        tuple(None if s else _rounded(m, r, style) for m, r, s in zip(*each, strict=True))
        for each in zip(mids, rads, shorts, strict=True)
    ]


@ANSWER_TEXTS
def _exact(num: int, den: int, style: NumberFormat) -> str:
    return number_text(shown(Fraction(num, den), style))


def _rounded(mid: float, rad: float, style: NumberFormat) -> str | None:
    """The text of every number within `rad` of `mid`, or None where they have not all the same."""
    if mid == rad == 0:
        return "0"
    if not abs(mid) < 1e300 or not rad < abs(mid) / 1e6:
        return None
    text, half = _text(mid, style)
    return text if abs(mid - float(text)) + rad + abs(mid) * 1e-15 < half else None


def _text(mid: float, style: NumberFormat) -> tuple[str, float]:
    """The number rounded, and half a unit of its last digit."""
    if style.rounding == "decimals" or style.digits > 14:
        digits = style.digits
        return rounded_text(Fraction(mid), digits, style.rounding), (0.5 * 10.0**-digits if abs(mid) < 1e9 else 0.0)
    mantissa, _, exponent = f"{mid:.{style.digits - 1}e}".partition("e")
    power = int(exponent)
    half = 0.5 * 10.0 ** (power - style.digits + 1)
    if not -5 <= power < max(style.digits, 7):
        return f"{mantissa}e{power}", half
    sign, digits_ = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    figures = digits_.replace(".", "")
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}", half
    whole, places = figures[: power + 1].ljust(power + 1, "0"), figures[power + 1 :]
    return f"{sign}{whole}.{places}" if places else f"{sign}{whole}", half


ROUNDED = "≈"
"""Stands before a number that is printed rounded, where that matters."""


def figures_of(
    numbers: Numbers, rows: int, style: NumberFormat, known: dict[tuple[int, int], str]
) -> list[tuple[str | None, ...]]:
    """Return the same texts, with `ROUNDED` before those that are; `known` remembers the exact ones of this style."""
    if not isinstance(numbers, Exact):
        texts = texts_of(numbers, rows, style)
        return [tuple(text if text in (None, "0") else ROUNDED + text for text in each) for each in texts]
    den = numbers.den
    found: list[tuple[str | None, ...]] = []
    for each in np.broadcast_to(numbers.num, (rows, numbers.num.shape[1])).tolist():
        for num in each:
            if (num, den) not in known:
                number = shown(Fraction(num, den), style)
                known[num, den] = (ROUNDED if isinstance(number, Shown) and not number.exact else "") + number_text(number)
        found.append(tuple([known[num, den] for num in each]))
    return found


def _may_be_short(numbers: Ball) -> Any:
    """Where a fraction of short numbers lies within the ball: one of its continued fraction's, if any."""
    mid, rad, _ = numbers
    with np.errstate(all="ignore"):
        rest = np.abs(mid)
        size = rest.copy()
        before, under_before = np.ones_like(rest), np.zeros_like(rest)
        over, under = np.floor(rest), np.ones_like(rest)
        found = np.abs(over - size) <= rad
        for _ in range(32):
            rest = 1 / (rest - np.floor(rest))
            whole = np.floor(rest)
            over, before = whole * over + before, over
            under, under_before = whole * under + under_before, under
            close = (under < SHORT) & (np.abs(over / under - size) <= rad + size * arrays.ULP)
            found |= close
            if not (under < SHORT).any():
                break
    return found & ~((mid == 0) & (rad == 0))


def matched(texts: Mapping[str, Texts], exact: Mapping[str, Texts]) -> bool:
    """Return whether two ways to the answers print the same."""
    return dict(texts) == dict(exact)
