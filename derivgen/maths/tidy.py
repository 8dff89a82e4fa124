"""Signs and constants collected, ones and zeros dropped, equal terms added: nothing expanded, nothing reordered.

>>> from derivgen.maths.tree import Neg, Num, Product, Sum, Sym
>>> from fractions import Fraction
>>> y, a = Sym("y"), Sym("a")
>>> tidy(Product((Num(Fraction(2)), Sum((y, Neg(a))), Num(Fraction(-1))))) == Product((Num(Fraction(-2)), Sum((y, Neg(a)))))
True
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivgen.frozen import dataclass
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    rebuild,
)


@dataclass(frozen=True, slots=True)
class _Share:
    """A constant and what it multiplies. `decimal`: the constant was written with a decimal point."""

    constant: Fraction
    factors: tuple[Expr, ...]
    decimal: bool = False


def tidy(expr: Expr) -> Expr:
    """Return the expression with its constants collected in front; equal in value, its factors in their order."""
    if isinstance(expr, (Num, Neg, Product, Quotient)):
        return _joined(_split(expr))
    if isinstance(expr, Sum):
        return _tidy_sum(expr)
    if isinstance(expr, Power):
        return _tidy_power(tidy(expr.base), tidy(expr.exponent))
    if isinstance(expr, Cases):
        return _tidy_cases(expr)
    if isinstance(expr, Reduce):
        return Reduce(expr.kind, tidy(expr.body)) if tidy(expr.body) != ZERO else ZERO
    if isinstance(expr, (Call, Prime, Compare)):
        return rebuild(expr, tidy)
    return expr


def chain(factors: Iterable[Expr]) -> Expr:
    """Return the product of a chain, simplified: constants in front, each factor otherwise whole and in its place.

    -1/2 (y - A) · A (1 - A) · W keeps `A (1 - A)` together as one factor.
    """
    constant, decimal, kept = Fraction(1), False, []
    for factor in factors:
        share = _split(factor)
        constant, decimal = constant * share.constant, decimal or share.decimal
        if share.factors:
            kept.append(share.factors[0] if len(share.factors) == 1 else Product(share.factors))
    return _joined(_Share(constant, tuple(kept), decimal))


def _split(expr: Expr) -> _Share:
    if isinstance(expr, Num):
        return _Share(expr.value, (), "." in expr.text or "e" in expr.text.lower())
    if isinstance(expr, Neg):
        inner = _split(expr.arg)
        return _Share(-inner.constant, inner.factors, inner.decimal)
    if isinstance(expr, Product):
        return _multiplied(_split(factor) for factor in expr.factors)
    if isinstance(expr, Quotient):
        return _divided(_split(expr.over), _split(expr.under))
    simpler = tidy(expr)
    return _Share(Fraction(1), (simpler,)) if type(simpler) is type(expr) else _split(simpler)


def _multiplied(shares: Iterable[_Share]) -> _Share:
    constant, decimal = Fraction(1), False
    factors: tuple[Expr, ...] = ()
    for share in shares:
        constant, decimal = constant * share.constant, decimal or share.decimal
        factors = _extended(factors, share.factors)
    return _Share(constant, factors, decimal)


def _extended(factors: tuple[Expr, ...], more: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The factors and some more; y · 1/a is y/a."""
    if factors and len(more) == 1 and isinstance(more[0], Quotient) and more[0].over == ONE:
        return (*factors[:-1], Quotient(factors[-1], more[0].under)) if not isinstance(factors[-1], Quotient) else factors + more
    return factors + more


def _divided(over: _Share, under: _Share) -> _Share:
    if not under.constant:
        return _Share(Fraction(1), (Quotient(_joined(over), ZERO),))
    constant = over.constant / under.constant
    if not under.factors:
        return _Share(constant, over.factors, over.decimal or under.decimal)
    above, below = _one_bar(over.factors, under.factors)
    if (above, below) == (over.factors, under.factors):  # simplified already; once more at each level would be twice the work
        return _Share(constant, (Quotient(_product(above), _product(below)),), over.decimal or under.decimal)
    split = _split(_product(above)), _split(_product(below))
    if not split[1].constant:  # a division by zero within one
        return _Share(Fraction(1), (Quotient(_joined(split[0]), ZERO),))
    constant = constant * split[0].constant / split[1].constant
    quotient = Quotient(_product(split[0].factors), _product(split[1].factors))
    return _Share(constant, (quotient,), over.decimal or under.decimal)


def _one_bar(over: tuple[Expr, ...], under: tuple[Expr, ...]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """What stands above and below one bar in place of fractions above it: (x / 2√u) / √u² is x over 2 u^(3/2)."""
    above: list[Expr] = []
    below = list(under)
    for factor in over:
        above += _factors(factor.over) if isinstance(factor, Quotient) else (factor,)
        below += _factors(factor.under) if isinstance(factor, Quotient) else ()
    return tuple(above), _of_roots(below)


def _of_roots(factors: list[Expr]) -> tuple[Expr, ...]:
    """Factors with the powers of each root as one power of what is in it."""
    halves: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, ONE)
        if isinstance(base, Call) and base.function == "sqrt" and isinstance(exponent, Num):
            halves[base] = halves.get(base, Fraction(0)) + exponent.value
    found: list[Expr] = []
    for factor in factors:
        root = factor.base if isinstance(factor, Power) else factor
        if root not in halves or halves[root] == 1:
            found.append(factor)
        elif halves[root]:
            assert isinstance(root, Call)
            found.append(_tidy_power(root.args[0], Num(halves[root] / 2)))
            halves[root] = Fraction(0)
    return tuple(found)


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(factors) if factors else ONE


def _constant(value: Fraction, decimal: bool) -> Num:
    from derivgen.maths.numbers import short_decimal

    return Num(value, (short_decimal(value) or "") if decimal and value.denominator != 1 else "")


def _joined(share: _Share) -> Expr:
    constant, factors = share.constant, share.factors
    if not constant:
        return ZERO
    if not factors:
        return _constant(constant, share.decimal)
    if abs(constant) == 1:
        return _product(factors) if constant == 1 else Neg(_product(factors))
    for place, factor in enumerate(factors):
        if isinstance(factor, Quotient) and not share.decimal:
            return _into_quotient(constant, factors, place)
    return Product((_constant(constant, share.decimal), *factors))


def _into_quotient(constant: Fraction, factors: tuple[Expr, ...], place: int) -> Expr:
    """The constant written inside the quotient at `place`: 1/2 · 1/f is 1/(2 f)."""
    old = factors[place]
    assert isinstance(old, Quotient)
    over = _joined(_Share(Fraction(abs(constant.numerator)), _factors(old.over)))
    under = _joined(_Share(Fraction(constant.denominator), _factors(old.under)))
    joined = _product((*factors[:place], Quotient(over, under), *factors[place + 1 :]))
    return Neg(joined) if constant < 0 else joined


def _factors(expr: Expr) -> tuple[Expr, ...]:
    if expr == ONE:
        return ()
    return expr.factors if isinstance(expr, Product) else (expr,)


def _tidy_sum(expr: Sum) -> Expr:
    shares: dict[tuple[Expr, ...], tuple[Fraction, bool]] = {}
    for term in expr.terms:
        share = _split(term)
        before, decimal = shares.get(share.factors, (Fraction(0), False))
        shares[share.factors] = before + share.constant, decimal or share.decimal
    terms = tuple(_joined(_Share(c, factors, decimal)) for factors, (c, decimal) in shares.items() if c)
    terms = (*terms[:1], *map(_taken_off, terms[1:]))
    return terms[0] if len(terms) == 1 else Sum(terms) if terms else ZERO


def _taken_off(term: Expr) -> Expr:
    """A later term of a sum, its sign before it: a - 2 b for a + (-2) b."""
    first, *rest = term.factors if isinstance(term, Product) else (term,)
    if not isinstance(first, Num) or first.value >= 0:
        return term
    return Neg(_product((Num(-first.value, first.text.lstrip("-")), *rest)))


def _tidy_power(base: Expr, exponent: Expr) -> Expr:
    if exponent == ZERO or base == ONE:
        return ONE
    if exponent == ONE:
        return base
    if isinstance(base, Num) and isinstance(exponent, Num) and exponent.value.denominator == 1 and 0 < exponent.value <= 20:
        return Num(base.value**exponent.value.numerator)
    return Power(base, exponent)


def _tidy_cases(expr: Cases) -> Expr:
    pieces = tuple((condition, tidy(piece)) for condition, piece in expr.pieces)
    otherwise = tidy(expr.otherwise)
    if all(piece == otherwise for _, piece in pieces):
        return otherwise
    return Cases(pieces, otherwise)
