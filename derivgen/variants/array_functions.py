"""Functions of number arrays: of the balls' ends what the function makes of them, and what it may be off by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import erf
from typing import Any

import numpy as np

from derivgen.variants.arrays import ULP, Ball, Exact, Numbers, add, alike, ball, constant, divide, multiply, negative

SLACK = 16 * ULP
"""What a function of numpy may be off by, as a part of its value: four times what they promise, on any platform."""


def power(a: Numbers, exponent: int) -> Numbers:
    """a to a whole number."""
    if exponent < 0:
        return divide(constant(Fraction(1)), power(a, -exponent))
    found = constant(Fraction(1))
    for bit in f"{exponent:b}":
        found = multiply(found, found)
        if bit == "1":
            found = multiply(found, a)
    return found


def whole(a: Numbers) -> int | None:
    """The one whole number that the array holds, if that is what it is."""
    if isinstance(a, Exact) and a.num.size == 1 and int(a.num.flat[0]) % a.den == 0:
        return int(a.num.flat[0]) // a.den
    return None


def rising(function: Callable[[Any], Any]) -> Callable[[Numbers], Numbers]:
    """A function that rises everywhere, on balls: what it makes of their ends, and what it may be off by itself."""

    def apply(a: Numbers) -> Numbers:
        mid, rad = ball(a)
        with np.errstate(all="ignore"):
            value, above, below = function(mid), function(mid + rad), function(mid - rad)
            off = np.abs(value) * SLACK + np.where(value == 0, 0.0, 1e-290)
            return Ball(value, np.maximum(above - value, value - below) + 3 * off)

    return apply


def gentle(function: Callable[[Any], Any]) -> Callable[[Numbers], Numbers]:
    """A function whose slope is at most 1 and whose values are at most 1 (sin, cos)."""

    def apply(a: Numbers) -> Numbers:
        mid, rad = ball(a)
        value = function(mid)
        return Ball(value, np.where((rad == 0) & (mid == 0), 0.0, rad + 4 * SLACK + np.abs(mid) * ULP))

    return apply


def exact_at(at: float, value: float, function: Callable[[Numbers], Numbers]) -> Callable[[Numbers], Numbers]:
    """The same function, but exact where fractions have a fraction for its value: exp(0) = 1."""

    def apply(a: Numbers) -> Numbers:
        mid, rad = ball(a)
        found = ball(function(a))
        there = (mid == at) & (rad == 0)
        return Ball(np.where(there, value, found.mid), np.where(there, 0.0, found.rad))

    return apply


def _erf(values: Any) -> Any:
    return np.vectorize(erf, otypes=[float])(values)


FUNCTIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "exp": exact_at(0.0, 1.0, rising(np.exp)),
    "ln": exact_at(1.0, 0.0, rising(np.log)),
    "sqrt": rising(np.sqrt),
    "sin": exact_at(0.0, 0.0, gentle(np.sin)),
    "cos": exact_at(0.0, 1.0, gentle(np.cos)),
    "tanh": exact_at(0.0, 0.0, rising(np.tanh)),
    "atan": exact_at(0.0, 0.0, rising(np.arctan)),
    "erf": exact_at(0.0, 0.0, rising(_erf)),
}


def extreme(parts: Sequence[Numbers], largest: bool) -> Numbers:
    """The largest or the smallest of several."""
    pick = np.maximum if largest else np.minimum
    same = alike(parts)
    if same is not None:
        nums, den = same
        best = nums[0]
        for num in nums[1:]:
            best = pick(best, num)
        return Exact(best, den)
    balls = [ball(part) for part in parts]
    mid, rad = balls[0]
    for other in balls[1:]:
        mid, rad = pick(mid, other.mid), np.maximum(rad, other.rad)
    return Ball(mid, rad)


def softmax(parts: Sequence[Numbers], component: int) -> Numbers:
    """exp(z_k) / Σ exp(z_j), the largest z taken off first."""
    balls = [ball(part) for part in parts]
    mids = np.broadcast_arrays(*(each.mid for each in balls))
    top = Ball(np.maximum.reduce(mids), np.zeros_like(mids[0]))
    powers = [FUNCTIONS["exp"](add(part, negative(top))) for part in balls]
    under = powers[0]
    for each in powers[1:]:
        under = add(under, each)
    return divide(powers[component], under)


ENDLESS = 1_000_000
"""How many decimals a number has that has no end of them."""


def decimals(a: Numbers) -> Numbers:
    """How many decimals each number has when written out; not decided for balls."""
    if isinstance(a, Ball):
        return Ball(np.full_like(a.mid, np.nan), np.full_like(a.mid, np.inf))
    under = a.den // np.gcd(a.num, a.den)
    counts = []
    for prime in (2, 5):
        count = np.zeros_like(under)
        while (again := (under % prime == 0)).any():
            under = np.where(again, under // prime, under)
            count += again
        counts.append(count)
    return Exact(np.where(under == 1, np.maximum(*counts), ENDLESS), 1)


def denominator(a: Numbers) -> Numbers:
    """The denominator in lowest terms; not decided for balls."""
    if isinstance(a, Ball):
        return Ball(np.full_like(a.mid, np.nan), np.full_like(a.mid, np.inf))
    return Exact(a.den // np.gcd(a.num, a.den), 1)
