"""Numbers on the page: exact where they are short, else rounded half up, and never at odds with the line they stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from derivgen.frozen import dataclass, field, replace
from derivgen.maths.arithmetic import DomainError, Number, Rounded, context, is_exact
from derivgen.maths.brackets import number_text
from derivgen.maths.slots import UnknownNumber
from derivgen.maths.tree import Expr, Neg, Num, Shown, Slot, rebuild
from derivgen.memo import FIGURES

LONGEST = 10**12
MOST_BITS = 100_000
GUARD = 2
MOST_GUARD = 6
LAST_GUARD = 40
_WIDE = Context(prec=90, Emin=-40_000, Emax=40_000)
_HALF_UP = Context(prec=90, rounding=ROUND_HALF_UP, Emin=-40_000, Emax=40_000)
_TIE = Fraction(1, 10**80)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is printed: `digits` significant digits or decimals; `decimals`: exact numbers as 0.25, not 1/4.

    With `carry` every number is worked on with as it was printed, as with a pocket calculator: no guard digits are needed. With
    `pad` exact decimals have zeros at the end, up to as many digits. `widths` says by how many digits numbers are
    longer, by their `width_key`; None where that is decided line by line.
    """

    digits: int = 4
    rounding: str = "significant"
    decimals: bool = False
    carry: bool = False
    pad: bool = False
    widths: Mapping[str, int] | None = field(default=None, compare=False)

    @property
    def guard(self) -> int:
        """Return how many guard digits the numbers of a line have at least."""
        return GUARD if self.widths is None else 0


def fraction_of(value: Number) -> Fraction:
    """Return the number as a fraction, exactly; what is below 1e-30000 counts as 0. Raises DomainError beyond 1e30000."""
    if is_exact(value):
        return value if type(value) is Fraction else Fraction(value)
    if not value or context().mag(value) < -MOST_BITS:
        return Fraction(0)
    if context().mag(value) > MOST_BITS:
        raise DomainError("the value is too large to be written down")
    sign, mantissa, exponent, _ = value._mpf_
    whole = Fraction(int(mantissa)) * Fraction(2) ** exponent
    return -whole if sign else whole


def exact_text(value: Number) -> str:
    """Return `-1/2` or `3` for a fraction, else decimal text of 30 significant digits.

    >>> exact_text(Fraction(-1, 2)), exact_text(Fraction(3))
    ('-1/2', '3')
    """
    if is_exact(value):
        return str(Fraction(value))
    return context().nstr(value, 30, strip_zeros=False, min_fixed=-5, max_fixed=30)


def short_decimal(value: Fraction, places: int = 6) -> str | None:
    """Return the decimal text of a fraction that has at most `places` decimals, else None.

    >>> short_decimal(Fraction(3, 20)), short_decimal(Fraction(1, 3))
    ('0.15', None)
    """
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    text = f"{_WIDE.divide(Decimal(scaled.numerator), Decimal(10) ** places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Number, style: NumberFormat, extra: int = 0) -> Num | Shown:
    """Return the number as the page prints it: exact (`Num`) when short enough, else rounded (`Shown`, not exact).

    Integers of up to 12 digits and fractions of up to 6 + 6 digits are exact; `extra` digits are added to a rounded one. A number
    that has been rounded before is printed with the same figures.

    >>> shown(Fraction(1, 2), NumberFormat()) == Num(Fraction(1, 2))
    True
    >>> shown(Fraction(22, 7000001), NumberFormat()).text
    '3.143e-6'
    """
    if type(value) is UnknownNumber:
        return value.slot
    if type(value) is Rounded:
        exact = Fraction(value)
        return Shown(exact, rounded_text(exact, style.digits, style.rounding), False)
    if is_exact(value):
        exact = Fraction(value)
        if exact.denominator == 1 and abs(exact) < LONGEST:
            return Num(exact)
        text = short_decimal(exact) if style.decimals and abs(exact) < 10**9 else None
        if text is not None and not (style.carry and _longer(exact, style)):
            return Num(exact, _padded(exact, text, style))
        if exact.denominator != 1 and abs(exact.numerator) < 10**6 and exact.denominator < 10**6 and not style.decimals:
            return Num(exact)
        value = exact
    return _rounded(fraction_of(value), value, style, extra)


def _padded(exact: Fraction, text: str, style: NumberFormat) -> str:
    """Return the decimal text of a number, with `pad` filled up with zeros.

    >>> _padded(Fraction(1, 10), "0.1", NumberFormat(2, "decimals", True, pad=True))
    '0.10'
    """
    full = rounded_text(exact, style.digits, style.rounding) if style.pad else text
    return full if len(full) > len(text) and "e" not in full and Fraction(full) == exact else text


def _longer(exact: Fraction, style: NumberFormat) -> bool:
    """Whether the number has more digits than are printed."""
    return Fraction(rounded_text(exact, style.digits, style.rounding)) != exact


def _rounded(exact: Fraction, value: Number, style: NumberFormat, extra: int) -> Num | Shown:
    if not exact:
        return Shown(value, "0", False) if value else Num(Fraction(0))
    if style.widths:
        extra = max(extra, style.widths.get(width_key(exact), 0))
    text = rounded_text(exact, style.digits + extra, style.rounding)
    return Shown(value, text, Fraction(text) == exact)


def width_key(value: Number) -> str:
    """Return what numbers have in common that are one number, whatever its sign: thirty digits of it.

    >>> width_key(Fraction(-1, 3)) == width_key(Fraction(1, 3)) != width_key(Fraction(2, 3))
    True
    """
    return rounded_text(abs(fraction_of(value)), 30)


def resized(expr: Expr, style: NumberFormat, longer: Callable[[str], int]) -> Expr:
    """Return the expression with each rounded number so many digits longer than `style` asks for, by its `width_key`."""
    if isinstance(expr, Shown):
        return expr if expr.exact else _rounded(fraction_of(expr.value), expr.value, style, longer(width_key(expr.value)))
    return rebuild(expr, lambda part: resized(part, style, longer))


def rounded_text(value: Fraction, digits: int, rounding: str = "significant") -> str:
    """Return the number rounded half up (away from zero at a tie) to `digits` significant digits or decimals.

    A number of more than 12 digits before its point has no decimals that matter: it gets significant digits.

    >>> rounded_text(Fraction(1, 8), 2), rounded_text(Fraction(-25, 1000), 1), rounded_text(Fraction(12345678), 4)
    ('0.13', '-0.03', '1.235e7')
    """
    number = _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    if rounding == "decimals" and abs(value) >= LONGEST:
        digits = max(digits, 4)
    elif rounding == "decimals":
        return _plain(number.quantize(Decimal(1).scaleb(-digits), context=_HALF_UP))
    if not number:
        return "0"
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP, Emin=-40_000, Emax=40_000).plus(number)
    rounded = rounded.quantize(Decimal(1).scaleb(rounded.adjusted() - digits + 1), context=_HALF_UP)
    if -5 <= rounded.adjusted() < max(digits, 7):
        return _plain(rounded) if rounded.adjusted() < digits else _plain(rounded.quantize(Decimal(1), context=_HALF_UP))
    mantissa = rounded.scaleb(-rounded.adjusted())
    return f"{_plain(mantissa)}e{rounded.adjusted()}"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.removeprefix("-") if text.startswith("-") and not number else text


def carried(value: Number, style: NumberFormat) -> Number:
    """Return the number that stands on the page: the rounded one where it is rounded.

    >>> carried(Fraction(1, 3), NumberFormat(decimals=True, carry=True))
    Rounded(3333, 10000)
    """
    printed = shown(value, style)
    return Rounded(printed.text) if isinstance(printed, Shown) else value


def as_printed(expr: Expr) -> Expr:
    """Return the expression with each rounded number replaced by the figures that stand on the page."""
    if isinstance(expr, Shown):
        return Num(_read(expr.text)[0])
    return rebuild(expr, as_printed)


def settle(
    build: Callable[[int], Expr], result: Number, style: NumberFormat, compute: Callable[[Expr], Number]
) -> tuple[Expr, Expr, bool]:
    """Return `(expression, result, agrees)`: with as many guard digits as its printed figures need to give the result.

    `build(extra)` makes the expression with `extra` digits in its rounded numbers, `compute` evaluates it. `agrees` is False when
    even six guard digits do not lead to the printed result; the line must then be marked. Figures that have no value at all, as
    in `ln(1 - 1.0000)`, get as many digits more as they need to have one. An expression that is one number already is the result
    itself: it is rounded once.
    """
    if style.carry:
        expr = build(0)
        return expr, _carried_result(expr, shown(compute(expr), style), compute), True
    printed = shown(result, style)
    if isinstance(printed, Slot):
        return build(0), printed, True
    if _is_number(build(style.guard)):
        return printed, printed, True
    for extra in range(style.guard, MOST_GUARD + 1):
        expr = build(extra)
        if printed_agrees(expr, printed, style, compute):
            return expr, printed, True
    if not _has_value(build(style.guard), compute):
        for extra in range(MOST_GUARD + 1, LAST_GUARD):
            expr = build(extra)
            if printed_agrees(expr, printed, style, compute):
                return expr, printed, True
    return build(style.guard), printed, False


def _carried_result(expr: Expr, result: Num | Shown, compute: Callable[[Expr], Number]) -> Num | Shown:
    """The result of rounded figures: not exact itself, unless they have no influence on it (0 · 0.33)."""
    if isinstance(result, Num) and compute(_moved(expr)) == result.value:
        return result
    figures = Shown(result.value, number_text(result), False) if isinstance(result, Num) else result
    again = compute(as_printed(expr))
    is_vanishing = bool(again) and not fraction_of(again)
    return replace(figures, follows=not is_vanishing and fraction_of(again) == Fraction(figures.text))


def _moved(expr: Expr) -> Expr:
    """The expression with each rounded number a little larger."""
    if isinstance(expr, Shown):
        return expr if expr.exact else Shown(fraction_of(expr.value) * Fraction(1001, 1000), expr.text, False)
    return rebuild(expr, _moved)


def _is_number(expr: Expr) -> bool:
    """Whether the expression is one number, with or without a minus before it."""
    return isinstance(expr.arg if isinstance(expr, Neg) else expr, (Num, Shown))


def _has_value(expr: Expr, compute: Callable[[Expr], Number]) -> bool:
    """Whether the figures printed in the expression can be worked out."""
    try:
        compute(as_printed(expr))
    except DomainError:
        return False
    return True


def printed_agrees(expr: Expr, printed: Expr, style: NumberFormat, compute: Callable[[Expr], Number]) -> bool:
    """Return whether the figures printed in the expression, worked out and rounded, give the figures printed as its result."""
    try:
        again = fraction_of(compute(as_printed(expr)))
    except DomainError:
        return False
    return leads_to(again, printed, style)


def leads_to(again: Fraction, printed: Expr, style: NumberFormat) -> bool:
    """Return whether a number worked out from printed figures is the printed result: rounded, or to two more digits where exact.

    >>> one = Num(Fraction(1))
    >>> leads_to(Fraction("0.9999"), one, NumberFormat()), leads_to(Fraction("0.9999999"), one, NumberFormat())
    (False, True)
    """
    if isinstance(printed, Shown):
        return rounds_to(again, printed.text)
    assert isinstance(printed, Num)
    if not printed.value:
        return abs(again) < Fraction(1, 10**12)
    return abs(again - printed.value) <= abs(printed.value) / 10 ** (style.digits + 2)


def rounds_to(value: Number, text: str) -> bool:
    """Return whether the text is the number, to within half of its last digit; a decimal within noise of a tie may go either way.

    >>> rounds_to(Fraction(1, 3), "0.333"), rounds_to(Fraction(1, 3), "0.334"), rounds_to(Fraction(123449), "123400")
    (True, False, True)
    """
    printed, half = _read(text)
    return abs(fraction_of(value) - printed) <= half + abs(printed) * _TIE


def half_unit(text: str) -> Fraction:
    """Return half a unit of the last digit of a number as printed.

    >>> half_unit("0.25"), half_unit("1.5e3")
    (Fraction(1, 200), Fraction(50, 1))
    """
    return _read(text)[1]


@FIGURES
def _read(text: str) -> tuple[Fraction, Fraction]:
    """The number a text says, and half a unit of its last digit."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, places = mantissa.lstrip("-").partition(".")
    unit = Fraction(10) ** (int(exponent or 0) - len(places))
    if not places and not exponent:
        unit *= 10 ** (len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0)
    return Fraction(text), unit / 2
