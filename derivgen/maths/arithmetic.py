"""Arithmetic that stays exact: Fractions as long as it can, then decimals (mpmath) of 100 digits and more, never binary floats.

Where two decimals cancel so far that fewer than two fifths of their digits are left, their difference is 0, and the loss is
noted: `carefully` then does the work again with more digits. Two decimals are equal when their difference is 0 in this sense;
how small they are plays no part, so that 1e-150 is not 0. The precision is never set for the process: `precision` holds it for
a block, and work on an evaluation is done with its own `digits`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isqrt
from typing import Any, TypeVar

from derivgen.errors import UserError
from derivgen.memo import DECIMALS

DIGITS = 100
PRECISIONS = (DIGITS, 400, 1_000, 4_000)
"""The digits that work is done with, one after another; the last only where with fewer something has no value."""
MAX_BITS = 12_000
LARGEST = 300
"""A value beyond 1e300 is refused; a derivative only beyond 1e3000, since 1/p is large where a saturated p is small."""
LARGEST_SLOPE = 3_000
EXP_LIMIT = 10**40
LEAST_EXPONENT = -(10 ** (LARGEST + 100))
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}
"""What each sign of a comparison asks of two numbers, or of two arrays entry by entry."""

Result = TypeVar("Result")
Number = Any  # a Fraction or a 100-digit mpf


class Rounded(Fraction):
    """A rounded number that work is carried on with; what is worked out from it is a plain fraction again."""

    __slots__ = ()


class DomainError(ArithmeticError):
    """An operation that has no value here: a division by zero, the logarithm of a negative number."""


@dataclass
class Losses:
    """What differences have lost while some work was done.

    `any`: one was taken as 0 with too few digits left. `doubtful`: one of those was far larger than the noise of its digits, so
    that it is rather a number than nothing.
    """

    any: bool = False
    doubtful: bool = False


@DECIMALS
def context():
    """Return our own mpmath context of 100 digits, so that nobody else's setting of the precision reaches us."""
    from mpmath.ctx_mp import MPContext
    from mpmath.libmp import from_rational

    own = MPContext()
    own.dps = DIGITS
    own.losses = None
    own.from_rational = from_rational  # what mpmath itself turns a fraction with, without its look at every other type first
    return own


def carefully(work: Callable[[], Result], first: int = DIGITS) -> tuple[Result, int]:
    """Return what `work` gives and the digits it was done with: the `first`, or more where a difference in it needs more.

    A difference that is 0 as far as 360 of 400 digits tell is 0; a smaller part of its numbers is looked at with 1,000.
    Where something has no value because of such a 0, 4,000 digits are tried before that is said.
    """
    for digits in (digits for digits in PRECISIONS if digits >= first):
        with precision(digits), _losses_noted() as losses:
            try:
                found = work()
            except UserError:
                if not losses.any or digits == PRECISIONS[-1]:
                    raise
                continue
        settled = digits > DIGITS and not losses.doubtful
        if not losses.any or settled or digits >= PRECISIONS[2]:
            return found, digits
    raise AssertionError("the last precision returns or raises")


@contextmanager
def _losses_noted() -> Iterator[Losses]:
    own = context()
    before, own.losses = own.losses, Losses()
    try:
        yield own.losses
    finally:
        own.losses = before


def as_far_as_told() -> str:
    """Return what is to be added to a message where a difference was taken as 0 on the way: how many digits told so."""
    own = context()
    return f", as far as {own.dps:,} digits tell" if own.losses is not None and own.losses.any else ""


@contextmanager
def precision(digits: int) -> Iterator[None]:
    """Work with this many digits for a while."""
    own = context()
    before, own.dps = own.dps, digits
    try:
        yield
    finally:
        own.dps = before


def real(value: Number):
    """Return the number as a 100-digit mpf."""
    own = context()
    if isinstance(value, Fraction):
        return own.make_mpf(own.from_rational(value.numerator, value.denominator, own.prec))
    return own.convert(value)


def is_exact(value: Number) -> bool:
    """Return whether the number is a fraction, known in full."""
    return type(value) is Fraction or type(value) is int or type(value) is Rounded


def bounded(value: Number, largest: int = LARGEST) -> Number:
    """Return the number, as a decimal once its fraction has more than 12,000 bits. Raises DomainError beyond 10^largest."""
    if isinstance(value, Fraction):
        if value.numerator.bit_length() < 900 and value.denominator.bit_length() < MAX_BITS:
            return value
        size = value.numerator.bit_length() - value.denominator.bit_length()
        if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
            value = real(value)
    else:
        size = context().mag(value) if value else 0
    if size > largest * 3.33:
        raise DomainError(f"the value is larger than 1e{largest}")
    return value


def to_float(value: Number) -> float:
    """Return the number as a double; one beyond their range is infinite.

    >>> to_float(Fraction(1, 4)), to_float(-Fraction(10) ** 400)
    (0.25, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def add(a: Number, b: Number) -> Number:
    """Return a + b; exactly 0 where decimals cancel until only noise is left."""
    if type(a) is Fraction and type(b) is Fraction:
        return a + b
    if is_exact(a) and is_exact(b):
        return Fraction(a + b)
    a, b = real(a), real(b)
    return _kept(a + b, max(_size(a), _size(b)))


def add_up(numbers: Sequence[Number]) -> Number:
    """Return the sum of at least one number, from left to right."""
    total = numbers[0]
    for number in numbers[1:]:
        total = add(total, number)
    return total


def _size(value: Number) -> int:
    """About the exponent of 2 in a decimal; far below any other for 0."""
    _, mantissa, exponent, bits = value._mpf_
    return exponent + bits if mantissa else -(10**9)


def _kept(result: Number, size: int) -> Number:
    """A difference of decimals of this size, or 0 when it is smaller than they are by three fifths of their digits."""
    own = context()
    lost = size - _size(result)
    if lost <= own.prec * 3 // 5:
        return result
    if own.losses is not None:
        own.losses.any = True
        own.losses.doubtful |= lost < own.prec * 9 // 10
    return Fraction(0)


def negative(a: Number) -> Number:
    """Return -a."""
    return -a


def multiply(a: Number, b: Number) -> Number:
    """Return a · b; exactly 0 when one of them is exactly 0."""
    if type(a) is type(b) or is_exact(a) is is_exact(b):
        return a * b
    if (not a and is_exact(a)) or (not b and is_exact(b)):
        return Fraction(0)
    return real(a) * real(b)


def divide(a: Number, b: Number) -> Number:
    """Return a / b. Raises DomainError when b is 0."""
    if not b:
        raise DomainError("division by zero")
    if is_exact(a) is is_exact(b):
        return a / b
    return Fraction(0) if not a and is_exact(a) else real(a) / real(b)


def power(a: Number, b: Number) -> Number:
    """Return a^b; exact for whole exponents of fractions, and for halves where the root is one.

    Raises DomainError for 0^-1 and for roots of negative numbers.
    """
    if not a and b < 0:
        raise DomainError("division by zero (0 to a negative power)")
    if b.denominator == 1 if isinstance(b, Fraction) else context().isint(b):
        if abs(b) > EXP_LIMIT:
            raise DomainError("the exponent is too large")
        return _whole_power(a, int(b))
    if a < 0:
        raise DomainError("a negative number to a power that is no whole number")
    if not a:
        return Fraction(0)
    if isinstance(b, Fraction) and b.denominator == 2 and abs(b) <= EXP_LIMIT:
        return _whole_power(_sqrt(a), b.numerator)
    return _exp(multiply(real(b), _ln(a)))


def _whole_power(a: Number, n: int) -> Number:
    if isinstance(a, Fraction):
        size = max(a.numerator.bit_length(), a.denominator.bit_length()) * abs(n)
        if size <= MAX_BITS or a in (0, 1, -1):
            return a**n
    if abs(n) <= 10**6:
        return real(a) ** n
    size = _exp(multiply(real(Fraction(n)), _ln(abs(a))))
    return -size if a < 0 and n % 2 else size


def near(a: Number, b: Number, tolerance: Fraction) -> bool:
    """Return whether `|a - b| <= tolerance · (1 + |a|)`, in 60 digits."""
    a, b = real(a), real(b)
    return a == b or bool(abs(a - b) <= real(tolerance) * (1 + abs(a)))


def compare(op: str, a: Number, b: Number) -> bool:
    """Return whether `a op b` holds, op one of < <= > >= == !=. Decimals that differ by noise are equal (ln(exp(2)) is 2)."""
    return bool(COMPARISONS[op](add(a, -b), 0))


def _exp(x: Number) -> Number:
    if not x:
        return Fraction(1)
    if x > EXP_LIMIT or (x < LEAST_EXPONENT and x != context().ninf):  # the work grows with the digits of x
        raise DomainError(f"the argument of exp is too {'large' if x > 0 else 'far below 0'}")
    return context().exp(x)


def _ln(x: Number) -> Number:
    if x <= 0:
        raise DomainError("the logarithm of a number that is not positive")
    return Fraction(0) if is_exact(x) and x == 1 else _kept(context().ln(real(x)), 0)


def _log_to(base: int, x: Number) -> Number:
    """The logarithm to a whole base; exact for its powers: log2(1/8) is -3."""
    if isinstance(x, Fraction) and x > 0 and 1 in (x.numerator, x.denominator):
        power, exponent = max(x.numerator, x.denominator), 0
        while power % base == 0:
            power, exponent = power // base, exponent + 1
        if power == 1:
            return Fraction(exponent if x >= 1 else -exponent)
    return _ln(x) / context().ln(base)


def _sqrt(x: Number) -> Number:
    if x < 0:
        raise DomainError("the square root of a negative number")
    if isinstance(x, Fraction):
        over, under = isqrt(x.numerator), isqrt(x.denominator)
        if over * over == x.numerator and under * under == x.denominator:
            return Fraction(over, under)
    return context().sqrt(x)


def _odd(name: str) -> Callable[[Number], Number]:
    return lambda x: getattr(context(), name)(x) if x else Fraction(0)


PRIMITIVES: dict[str, Callable[..., Number]] = {
    "exp": _exp,
    "ln": _ln,
    "sqrt": _sqrt,
    "sin": lambda x: _kept(context().sin(real(x)), _size(real(x))) if x else Fraction(0),
    "cos": lambda x: _kept(context().cos(real(x)), 0) if x else Fraction(1),
    "binary log": lambda x: _log_to(2, x),
    "common log": lambda x: _log_to(10, x),
    "tanh": _odd("tanh"),
    "atan": _odd("atan"),
    "erf": _odd("erf"),
    "max": lambda *xs: extreme(xs, ">"),
    "min": lambda *xs: extreme(xs, "<"),
}


def extreme(values: Sequence[Number], op: str) -> Number:
    """Return the largest (op ">") or the smallest (op "<") of at least one number."""
    best = values[0]
    for value in values[1:]:
        if compare(op, value, best):
            best = value
    return best


def softmax(args: Sequence[Number], component: int) -> Number:
    """Return exp(z_k) / Σ_j exp(z_j); the largest z is taken off first, which changes nothing but keeps the numbers small."""
    top = extreme(args, ">")
    powers = [_exp(arg + (-top)) for arg in args]
    return divide(powers[component], add_up(powers))


def share(values: Sequence[Number], slot: int, op: str, first: bool = False) -> Fraction:
    """Return the derivative of max (op ">") or min ("<") by one argument: 1 shared equally among those that tie, else 0.

    With `first` the first of those that tie takes all of it.
    """
    best = extreme(values, op)
    ties = [compare("==", value, best) for value in values]
    if first:
        return Fraction(int(ties.index(True) == slot))
    return Fraction(int(ties[slot]), sum(ties))


def eliminated(rows: Iterable[Iterable[Number]], needs_inverse: bool = True) -> tuple[list[list[Number]], Number]:
    """Return the inverse of a square matrix and its determinant, by Gauss and Jordan with the largest pivots.

    Raises DomainError for a singular matrix; where only the determinant is asked for, it is 0.
    """
    given = [list(row) for row in rows]
    n, one, zero = len(given), Fraction(1), Fraction(0)
    work = [row + [one if i == j else zero for j in range(n)] for i, row in enumerate(given)]
    found: Number = one
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(to_float(work[i][k])) if work[i][k] else -1.0)
        if not work[pivot][k]:
            if needs_inverse:
                raise DomainError("the inverse of a singular matrix")
            return [], zero
        if pivot != k:
            work[k], work[pivot], found = work[pivot], work[k], -found
        found = multiply(found, work[k][k])
        work[k] = [divide(entry, work[k][k]) for entry in work[k]]
        for i in range(n):
            if i != k and work[i][k]:
                factor = -work[i][k]
                work[i] = [add(a, multiply(factor, b)) for a, b in zip(work[i], work[k], strict=True)]
    return [row[n:] for row in work], found
