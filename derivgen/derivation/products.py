"""Products and sums as rules and simplification write them: without factors 1 and terms 0, one sign and one number in front.

A product is taken apart in two ways: `Factors` are a number and the factors above and below one bar; a `Monomial` is a number
and powers of bases. Both are written down again with `expr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from derivgen.maths.numbers import short_decimal
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Derivative,
    Expr,
    Letter,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    number,
    varying,
)

MOST_BITS = 100
"""A number to a power is worked out where it then has at most so many bits; else it stays a power."""


def depends(expr: Expr, name: str) -> bool:
    """Tell whether the name stands in the expression, or in what a letter in it stands for; `stop(…)` does not count."""
    return any(
        isinstance(node, Sym) and (node.name == name or (isinstance(node, Letter) and depends(node.content, name)))
        for node in varying(expr)
    )


def rational(expr: Expr) -> Fraction | None:
    """Return the value of an expression of plain numbers: of an exponent -1/2, 3, (2 + 1)."""
    if isinstance(expr, Num):
        return expr.value
    if isinstance(expr, Neg):
        value = rational(expr.arg)
        return None if value is None else -value
    if isinstance(expr, Quotient):
        over, under = rational(expr.over), rational(expr.under)
        return None if over is None or not under else over / under
    if isinstance(expr, (Sum, Product)):
        values = [rational(part) for part in (expr.terms if isinstance(expr, Sum) else expr.factors)]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        if isinstance(expr, Sum):
            return sum(known, Fraction(0))
        result = Fraction(1)
        for value in known:
            result *= value
        return result
    return None


def product(*factors: Expr) -> Expr:
    """Return the product of the factors in their order, a factor 1 not written; 0 if one of them is 0."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    if ZERO in flat:
        return ZERO
    kept = [factor for factor in flat if factor != ONE]
    return kept[0] if len(kept) == 1 else Product(tuple(kept)) if kept else ONE


def negative(expr: Expr) -> Expr:
    """Return -expr, of a plain number the number itself."""
    return Num(-expr.value, f"-{expr.text}" if expr.text else "") if isinstance(expr, Num) and expr.value >= 0 else Neg(expr)


def total(terms: list[Expr]) -> Expr:
    """Return the sum of the terms that are not 0; a negative number is taken off."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,)) if part != ZERO]
    kept = [
        Neg(Num(-term.value, term.text.lstrip("-"))) if place and isinstance(term, Num) and term.value < 0 else term
        for place, term in enumerate(flat)
    ]
    return kept[0] if len(kept) == 1 else Sum(tuple(kept)) if kept else ZERO


def ratio(over: Expr, under: Expr) -> Expr:
    """Return over / under, of two plain numbers the number itself."""
    if isinstance(over, Num) and isinstance(under, Num) and under.value:
        return Num(over.value / under.value)
    if isinstance(over, Quotient):
        return Quotient(over.over, product(under, over.under))
    return Quotient(over, under)


def constant_factor(body: Expr, name: str) -> tuple[Expr | None, Expr]:
    """Return `(c, f)` of a body c·f whose c does not depend on the name; None where there is no such factor."""
    if isinstance(body, Neg):
        constant, rest = constant_factor(body.arg, name)
        return (number(-1) if constant is None else Neg(constant)), rest
    if isinstance(body, Product):
        return _of_product(body, name)
    if isinstance(body, Quotient):
        return _of_quotient(body, name)
    return None, body


def _of_product(body: Product, name: str) -> tuple[Expr | None, Expr]:
    constants: list[Expr] = []
    rest: list[Expr] = []
    for factor in body.factors:
        if not depends(factor, name):
            constants.append(factor)
            continue
        constant, varying = constant_factor(factor, name)
        constants += [] if constant is None else [constant]
        rest.append(varying)
    signs = constants.count(number(-1))
    constants = [constant for constant in constants if constant != number(-1)]
    if signs % 2:
        constants = [Neg(product(*constants)) if constants else number(-1)]
    return (product(*constants) if constants or signs else None), (rest[0] if len(rest) == 1 else Product(tuple(rest)))


def _of_quotient(body: Quotient, name: str) -> tuple[Expr | None, Expr]:
    over, above = constant_factor(body.over, name) if depends(body.over, name) else (body.over, ONE)
    under, below = constant_factor(body.under, name) if depends(body.under, name) else (body.under, ONE)
    rest = above if below == ONE else Quotient(above, below)
    if under is not None and under != ONE:
        return ratio(over or ONE, under), rest
    return (None if over == ONE else over), rest


def reopened(open_: Derivative, body: Expr) -> Derivative:
    """Return the same derivative of another body."""
    return Derivative(body, open_.by, open_.curly)


@dataclass(slots=True)
class Factors:
    """coefficient · over / under. `decimal`: a number in it was written with a decimal point."""

    coefficient: Fraction = Fraction(1)
    over: list[Expr] = field(default_factory=list)
    under: list[Expr] = field(default_factory=list)
    decimal: bool = False


def factors_of(expr: Expr) -> Factors:
    """Return the number and the factors of a product or quotient, those of one inside the other, too."""
    found = Factors()
    _gather(expr, found, up=True)
    return found


def _gather(expr: Expr, into: Factors, up: bool) -> None:
    if isinstance(expr, Num):
        into.decimal |= "." in expr.text or "e" in expr.text.lower()
        if up:
            into.coefficient *= expr.value
        elif expr.value:
            into.coefficient /= expr.value
        else:
            into.under.append(expr)
    elif isinstance(expr, Neg):
        into.coefficient = -into.coefficient
        _gather(expr.arg, into, up)
    elif isinstance(expr, Product):
        for factor in expr.factors:
            _gather(factor, into, up)
    elif isinstance(expr, Quotient):
        _gather(expr.over, into, up)
        _gather(expr.under, into, not up)
    else:
        (into.over if up else into.under).append(expr)


def as_product(part: Factors, by: str) -> Expr:
    """Write a product down: its sign, its number, powers of the variable `by`, then the other factors; one bar."""
    if not part.coefficient:
        return ZERO
    above, below = abs(part.coefficient).numerator, abs(part.coefficient).denominator
    over = _in_order(part.over, by)
    sums = [factor for factor in over if isinstance(factor, (SumOver, Reduce))]
    over = [factor for factor in over if factor not in sums]
    if not part.under:
        whole = _times(_number(Fraction(above, below), part.decimal), [*over, *sums])
    else:
        bar = Quotient(_times(number(above), over), _times(number(below), part.under))
        whole = _times(ONE, [bar, *sums])
    return negative(whole) if part.coefficient < 0 else whole


def _in_order(factors: list[Expr], by: str) -> list[Expr]:
    """Powers of the variable, and names before them, go before the other factors: 2 a x e^x."""
    last = max((place for place, factor in enumerate(factors) if _is_power_of(factor, by)), default=-1)
    leading = [_is_power_of(factor, by) or (place < last and isinstance(factor, Sym)) for place, factor in enumerate(factors)]
    return [f for f, leads in zip(factors, leading, strict=True) if leads] + [
        f for f, leads in zip(factors, leading, strict=True) if not leads
    ]


def _number(value: Fraction, decimal: bool) -> Num:
    return Num(value, (short_decimal(value) or "") if decimal and value.denominator != 1 else "")


def _times(coefficient: Expr, factors: list[Expr]) -> Expr:
    kept = factors if coefficient == ONE else [coefficient, *factors]
    return kept[0] if len(kept) == 1 else Product(tuple(kept)) if kept else ONE


def _is_power_of(expr: Expr, by: str) -> bool:
    if isinstance(expr, Power):
        return _is_power_of(expr.base, by) and rational(expr.exponent) is not None
    return isinstance(expr, Sym) and expr.name == by


def is_product(expr: Expr) -> bool:
    """Tell whether an expression is written as a product, a quotient or with a sign."""
    return isinstance(expr, (Neg, Product, Quotient))


@dataclass(slots=True)
class Monomial:
    """coefficient · Π base^exponent, the bases in the order in which they were first written."""

    coefficient: Fraction
    bases: dict[Expr, Fraction]
    decimal: bool = False

    def expr(self, by: str) -> Expr:
        """Write the product down."""
        over = [_raised(base, exponent) for base, exponent in self.bases.items() if exponent > 0]
        under = [_raised(base, -exponent) for base, exponent in self.bases.items() if exponent < 0]
        return as_product(Factors(self.coefficient, over, under, self.decimal), by)


def monomial(part: Factors) -> Monomial:
    """Return a product by its bases; a quotient or product to a whole power is taken apart."""
    found = Monomial(part.coefficient, {}, part.decimal)
    for factors, sign in ((part.over, 1), (part.under, -1)):
        for factor in factors:
            _multiply(found, factor, Fraction(sign))
    for base in list(found.bases):
        exponent = found.bases[base]  # as it is now: a root of a root adds to the root within
        if isinstance(base, Call) and base.function == "sqrt" and exponent % 2 == 0 and exponent:
            found.bases[base] = Fraction(0)
            _multiply(found, base.args[0], exponent / 2)
    return found


def _multiply(into: Monomial, factor: Expr, exponent: Fraction) -> None:
    """base^exponent multiplied into the monomial; what would give a number too long to write stays a power."""
    if isinstance(factor, Power):
        known = rational(factor.exponent)
        if known is not None and (exponent.denominator == 1):
            _multiply(into, factor.base, known * exponent)
            return
    if exponent.denominator == 1 and abs(exponent) <= 20:
        if isinstance(factor, Num) and factor.value and _is_short(factor.value, exponent):
            into.coefficient *= factor.value**exponent.numerator
            return
        if is_product(factor):
            inner = monomial(factors_of(factor))
            if not _is_short(inner.coefficient, exponent):
                into.bases[factor] = into.bases.get(factor, Fraction(0)) + exponent
                return
            into.coefficient *= inner.coefficient**exponent.numerator
            for base, power in inner.bases.items():
                into.bases[base] = into.bases.get(base, Fraction(0)) + power * exponent
            return
    into.bases[factor] = into.bases.get(factor, Fraction(0)) + exponent


def _is_short(value: Fraction, exponent: Fraction) -> bool:
    size = max(value.numerator.bit_length(), value.denominator.bit_length()) * abs(exponent.numerator)
    return bool(value) and size <= MOST_BITS


def _raised(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else Power(base, Num(exponent))
