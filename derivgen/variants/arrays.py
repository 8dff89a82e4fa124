"""Numbers of many variants at a time: exact where whole numbers over one denominator will do, else enclosed in balls.

A number array is `Exact`, num / den with one denominator for all, or a `Ball`: every true value lies within `rad` of `mid`.
Rows are variants, columns samples (one column where there is one value). Nothing here is ever silently wrong: what would not
fit into 64 bits becomes a ball, what the balls leave open is *not decided*, and then exact arithmetic is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import erf, gcd, lcm
from typing import Any, NamedTuple

import numpy as np

from derivgen.maths.arithmetic import COMPARISONS

LIMIT = 1 << 62
ULP = 2.0**-52


class Exact(NamedTuple):
    """num / den: whole numbers of 64 bits over one denominator."""

    num: Any
    den: int


class Ball(NamedTuple):
    """Values within `rad` of `mid`; what is not finite says nothing.

    `endless`: which are surely no fractions to exact arithmetic, as what exp, tanh and the like make of fractions.
    """

    mid: Any
    rad: Any
    endless: Any = np.False_


Numbers = Exact | Ball


class Truth(NamedTuple):
    """What surely holds, and what may hold."""

    must: Any
    may: Any


def _endless(a: Numbers) -> Any:
    return np.False_ if isinstance(a, Exact) else a.endless


def _known(a: Numbers) -> Any:
    """Return where it is known whether a number is a fraction."""
    return np.True_ if isinstance(a, Exact) else a.endless


def _factor(a: Numbers) -> Any:
    """Return where a number times this one stays what it is: a fraction must not be 0."""
    return a.num != 0 if isinstance(a, Exact) else a.endless


def constant(value: Fraction) -> Numbers:
    """Return one number for all variants."""
    if abs(value.numerator) < LIMIT and value.denominator < LIMIT:
        return Exact(np.array([[value.numerator]], dtype=np.int64), value.denominator)
    mid = np.array([[float(value)]])
    return Ball(mid, np.abs(mid) * ULP)


def row(values: Sequence[Fraction]) -> Numbers:
    """Return one number for each sample, the same in all variants."""
    return joined([constant(value) for value in values])


def column(values: Sequence[Fraction]) -> Numbers:
    """Return one number for each variant."""
    den = lcm(*{value.denominator for value in values})
    nums = [value.numerator * (den // value.denominator) for value in values]
    if den < LIMIT and all(-LIMIT < num < LIMIT for num in nums):
        return Exact(np.array(nums, dtype=np.int64).reshape(-1, 1), den)
    mid = np.array([float(value) for value in values]).reshape(-1, 1)
    return Ball(mid, np.abs(mid) * ULP)


def joined(columns: Sequence[Numbers]) -> Numbers:
    """Return arrays of one column each, side by side."""
    if len(columns) == 1:
        return columns[0]
    same = alike(columns)
    if same is not None:
        nums, den = same
        return Exact(np.concatenate(np.broadcast_arrays(*nums), axis=1), den)
    balls = [ball(column) for column in columns]
    mids, rads, endless = zip(*(np.broadcast_arrays(*each) for each in balls), strict=True)
    return Ball(_side_by_side(mids), _side_by_side(rads), _side_by_side(endless))


def _side_by_side(columns: Sequence[Any]) -> Any:
    return np.concatenate(np.broadcast_arrays(*columns), axis=1)


def _most(num: Any) -> int:
    return max(int(num.max()), -int(num.min())) if num.size else 0


def alike(parts: Sequence[Numbers]) -> tuple[list[Any], int] | None:
    """Return exact arrays over one denominator; None where one is none, or would not fit."""
    if not all(isinstance(part, Exact) for part in parts):
        return None
    exact = [part for part in parts if isinstance(part, Exact)]
    den = lcm(*(part.den for part in exact))
    if den >= LIMIT or any(_most(part.num) * (den // part.den) >= LIMIT for part in exact):
        return None
    return [part.num if part.den == den else part.num * (den // part.den) for part in exact], den


def ball(value: Numbers) -> Ball:
    """Return the array as balls; of radius 0 where a double holds the number."""
    if isinstance(value, Ball):
        return value
    mid = value.num / value.den
    small = value.den & (value.den - 1) == 0 and _most(value.num) < 1 << 53
    return Ball(mid, np.zeros_like(mid) if small else np.abs(mid) * (2 * ULP))


def negative(a: Numbers) -> Numbers:
    """Return -a."""
    return Exact(-a.num, a.den) if isinstance(a, Exact) else Ball(-a.mid, a.rad, a.endless)


def add(a: Numbers, b: Numbers) -> Numbers:
    """Return a + b."""
    same = alike((a, b))
    if same is not None:
        (x, y), den = same
        return Exact(x + y, den)
    (x, r, _), (y, s, _) = ball(a), ball(b)
    mid = x + y
    rad = (r + s + np.abs(mid) * ULP) * (1 + 4 * ULP) * ((r != 0) | (s != 0) | (mid - x != y) | (mid - y != x))
    one, both = _endless(a) | _endless(b), _endless(a) & _endless(b)
    return Ball(mid, rad, _known(a) & _known(b) & one & (~both | (np.abs(mid) > rad)))  # two may add up to 0


def multiply(a: Numbers, b: Numbers) -> Numbers:
    """Return a · b; exactly 0 where one of them is."""
    exact = isinstance(a, Exact) and isinstance(b, Exact)
    if exact and a[1] * b[1] < LIMIT and _most(a[0]) * _most(b[0]) < LIMIT:
        return _reduced(Exact(a[0] * b[0], a[1] * b[1]))
    (x, r, _), (y, s, _) = ball(a), ball(b)
    mid = x * y
    rad = (np.abs(x) * s + np.abs(y) * r + r * s + np.abs(mid) * ULP + _least(mid, x, y)) * (1 + 8 * ULP)
    return Ball(mid, rad, _factor(a) & _factor(b) & (_endless(a) | _endless(b)))


def _least(mid: Any, x: Any, y: Any) -> Any:
    """Where a product of two numbers has become too small to be told."""
    return np.where((np.abs(mid) < 1e-290) & (x != 0) & (y != 0), 1e-290, 0.0)


def _reduced(a: Exact) -> Exact:
    """With a smaller denominator, once it has grown long."""
    if a.den < 1 << 31:
        return a
    common = gcd(int(np.gcd.reduce(a.num, axis=None)), a.den)
    return Exact(a.num // common, a.den // common) if common > 1 else a


def divide(a: Numbers, b: Numbers) -> Numbers:
    """Return a / b; not decided where b may be 0."""
    exact = _quotient(a, b) if isinstance(a, Exact) and isinstance(b, Exact) else None
    if exact is not None:
        return exact
    (x, r, _), (y, s, _) = ball(a), ball(b)
    with np.errstate(all="ignore"):
        mid = x / y
        room = np.abs(y) - s
        rad = (r + np.abs(mid) * s) / room * (1 + 8 * ULP) + np.abs(mid) * (2 * ULP) + np.where(x != 0, 1e-290, 0.0)
    return Ball(mid, np.where(room > 0, rad, np.inf), _factor(a) & _known(b) & (_endless(a) | _endless(b)))


MOST_DIVISORS = 256


def _quotient(a: Exact, b: Exact) -> Exact | None:
    """a / b over one denominator: that of a times a multiple of all there is in b; None where that is too large, or 0 in b."""
    divisors = np.unique(b.num).tolist()
    if 0 in divisors or len(divisors) > MOST_DIVISORS:
        return None
    multiple = lcm(*divisors)
    if a.den * multiple >= LIMIT or _most(a.num) * b.den * multiple >= LIMIT:
        return None
    return _reduced(Exact(a.num * b.den * (multiple // b.num), a.den * multiple))


def total(a: Numbers, samples: int) -> Numbers:
    """Return the sum over the samples."""
    if isinstance(a, Exact):
        width = a.num.shape[1]
        if _most(a.num) * samples < LIMIT:
            return Exact(a.num.sum(axis=1, keepdims=True) if width == samples else a.num * samples, a.den)
        a = ball(a)
    if samples == 1:
        return a
    if a.mid.shape[1] != samples:
        return multiply(a, constant(Fraction(samples)))
    mid, rad, endless = np.broadcast_arrays(*a)
    columns = [Ball(mid[:, k : k + 1], rad[:, k : k + 1], endless[:, k : k + 1]) for k in range(samples)]
    found: Numbers = columns[0]
    for column in columns[1:]:
        found = add(found, column)
    return found


def compare(op: str, a: Numbers, b: Numbers) -> Truth:
    """Return where `a op b` surely holds, and where it may."""
    same = alike((a, b))
    if same is not None:
        (x, y), _ = same
        held = COMPARISONS[op](x, y)
        return Truth(held, held)
    with np.errstate(all="ignore"):
        mid, rad, _ = ball(add(a, negative(b)))
        over, under, equal = mid > rad, mid < -rad, (mid == 0) & (rad == 0)
    unsure = ~(over | under | equal)
    held = COMPARISONS[op](over.astype(np.int8) - under.astype(np.int8), 0)
    return Truth(held & ~unsure, held | unsure)


def choose(truth: Truth, yes: Numbers, no: Numbers) -> Numbers:
    """Return one of two; where it is not decided which, a ball that holds both."""
    open_ = truth.may & ~truth.must
    same = alike((yes, no))
    if same is not None and not open_.any():
        (x, y), den = same
        return Exact(np.where(truth.must, x, y), den)
    (x, r, _), (y, s, _) = ball(yes), ball(no)
    mid, rad = np.where(truth.must, x, y), np.where(truth.must, r, s)
    endless = np.where(truth.must, _endless(yes), _endless(no)) & ~open_
    if not open_.any():
        return Ball(mid, rad, endless)
    between, reach = (x + y) / 2, np.abs(x - y) / 2 + np.maximum(r, s) + (np.abs(x) + np.abs(y)) * ULP
    return Ball(np.where(open_, between, mid), np.where(open_, reach, rad), endless)


def either_all(truths: Sequence[Truth]) -> Truth:
    """Return where all hold."""
    return Truth(np.logical_and.reduce([t.must for t in truths]), np.logical_and.reduce([t.may for t in truths]))


def widened(a: Numbers, samples: int) -> Numbers:
    """Return the array with a column for each sample, where there was one for all."""
    if a[0].shape[1] == samples:
        return a
    if isinstance(a, Exact):
        return Exact(np.repeat(a.num, samples, axis=1), a.den)
    return Ball(*(np.repeat(part, samples, axis=1) for part in np.broadcast_arrays(*a)))


def taken(a: Numbers, rows: Any) -> Numbers:
    """Return the array for some of the variants."""
    if isinstance(a, Exact):
        return Exact(a.num[rows] if len(a.num) > 1 else a.num, a.den)
    return Ball(*(part[rows] if len(part) > 1 else part for part in np.broadcast_arrays(*a)))


SLACK = 16 * ULP
"""What a function of numpy may be off by, as a part of its value: four times what they promise, on any platform."""


def power(a: Numbers, b: Numbers) -> Numbers:
    """Return a to the power b: by multiplying where b is whole, by roots where it is so many halves, else exp(b ln a)."""
    found = _power(a, b)
    kept = isinstance(found, Ball) and isinstance(b, Exact)
    return Ball(found[0], found[1], _endless(found) | _endless(a) & _factor(b)) if kept else found


def _power(a: Numbers, b: Numbers) -> Numbers:
    one = Fraction(int(b.num.flat[0]), b.den) if isinstance(b, Exact) and b.num.size == 1 else None
    if one is not None and one.denominator == 1:
        return _whole_power(a, int(one))
    if one is not None and one.denominator == 2:
        return _whole_power(FUNCTIONS["sqrt"](a), one.numerator)
    return FUNCTIONS["exp"](multiply(b, FUNCTIONS["ln"](a)))


def _whole_power(a: Numbers, exponent: int) -> Numbers:
    if exponent < 0:
        return divide(constant(Fraction(1)), _whole_power(a, -exponent))
    found = constant(Fraction(1))
    for bit in f"{exponent:b}":
        found = multiply(found, found)
        if bit == "1":
            found = multiply(found, a)
    return found


def rising(function: Callable[[Any], Any]) -> Callable[[Numbers], Numbers]:
    """Return a function that rises everywhere, on balls: what it makes of their ends, and what it may be off by itself."""

    def apply(a: Numbers) -> Numbers:
        mid, rad, _ = ball(a)
        with np.errstate(all="ignore"):
            value, above, below = function(mid), function(mid + rad), function(mid - rad)
            off = np.abs(value) * SLACK + np.where(value == 0, 0.0, 1e-290)
            return Ball(value, np.maximum(above - value, value - below) + 3 * off)

    return apply


def gentle(function: Callable[[Any], Any]) -> Callable[[Numbers], Numbers]:
    """Return a function whose slope is at most 1 and whose values are at most 1 (sin, cos)."""

    def apply(a: Numbers) -> Numbers:
        mid, rad, _ = ball(a)
        value = function(mid)
        return Ball(value, np.where((rad == 0) & (mid == 0), 0.0, rad + 4 * SLACK + np.abs(mid) * ULP))

    return apply


def exact_at(at: float, value: float, function: Callable[[Numbers], Numbers]) -> Callable[[Numbers], Numbers]:
    """Return the same function, but exact where fractions have a fraction for its value: exp(0) = 1."""

    def apply(a: Numbers) -> Numbers:
        mid, rad, _ = ball(a)
        found = ball(function(a))
        there = (mid == at) & (rad == 0)
        endless = _known(a) & (np.abs(mid - at) > rad)
        return Ball(np.where(there, value, found.mid), np.where(there, 0.0, found.rad), endless)

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


def extreme(args: Sequence[Numbers], largest: bool) -> Numbers:
    """Return the largest or the smallest of several."""
    pick = np.maximum if largest else np.minimum
    same = alike(args)
    if same is not None:
        nums, den = same
        best = nums[0]
        for num in nums[1:]:
            best = pick(best, num)
        return Exact(best, den)
    balls = [ball(arg) for arg in args]
    mid, rad, endless = balls[0]
    for other in balls[1:]:
        mid, rad, endless = pick(mid, other.mid), np.maximum(rad, other.rad), endless & other.endless
    return Ball(mid, rad, endless)


def share(args: Sequence[Numbers], slot: int, largest: bool, first: bool = False) -> Numbers:
    """Return 1 shared equally among the arguments that tie for the largest (or smallest), or all for the first; else 0."""
    own, others = args[slot], [arg for place, arg in enumerate(args) if place != slot]
    leads = either_all([compare(">=" if largest else "<=", own, other) for other in others])
    ties = [compare("==", own, other) for other in others]
    sure = np.logical_and.reduce([(leads.must == leads.may), *(must == may for must, may in ties)]) | ~leads.may
    count = 1 + np.sum(np.broadcast_arrays(*(tie.may for tie in ties)), axis=0)
    if first:
        before = [compare(">" if largest else "<", own, other) for other in args[:slot]]
        leads = either_all([leads, *before]) if before else leads
        sure, count = leads.must == leads.may, np.ones_like(count)
    den = lcm(*range(1, len(args) + 1))
    part = Exact(np.where(leads.may, den // count, 0), den)
    if sure.all():
        return part
    return Ball(np.where(sure, part.num / den, 0.5), np.where(sure, ULP, 0.5))


def top(args: Sequence[Numbers]) -> Numbers:
    """Return what softmax takes off its arguments first: about the largest of them."""
    mids = np.broadcast_arrays(*(ball(arg).mid for arg in args))
    return Ball(np.maximum.reduce(mids), np.zeros_like(mids[0]))


ENDLESS = 1_000_000
"""How many decimals a number has that has no end of them."""


def _measured(a: Ball) -> Ball:
    return Ball(
        np.where(a.endless, float(ENDLESS), np.full_like(a.mid, np.nan)), np.where(a.endless, 0.0, np.full_like(a.mid, np.inf))
    )


def decimals(a: Numbers) -> Numbers:
    """Return how many decimals each number has when written out; of balls only where there is no end of them."""
    if isinstance(a, Ball):
        return _measured(a)
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
    """Return the denominator in lowest terms; of balls only where there is none."""
    if isinstance(a, Ball):
        return _measured(a)
    return Exact(a.den // np.gcd(a.num, a.den), 1)
