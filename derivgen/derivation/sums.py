"""Ways of tidying sums: like terms, brackets multiplied out, common factors."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd

from derivgen.derivation.products import Monomial, Share, depends, joined, monomial, product, share, total
from derivgen.derivation.tidiers import below
from derivgen.maths.plain import plain
from derivgen.maths.tree import ZERO, Expr, Neg, Num, Product, Quotient, Reduce, Sum, SumOver, Sym, walk

MOST_TERMS = 24


def _term(expr: Expr) -> Monomial:
    return monomial(share(expr))


def _key(term: Monomial) -> tuple[tuple[str, Fraction], ...]:
    return tuple(sorted((plain(base), exponent) for base, exponent in term.bases.items() if exponent))


def like_terms(expr: Expr, by: str) -> Expr:
    """Every sum with its like terms added: 3x - 2x is x."""
    expr = below(expr, by, like_terms)
    if isinstance(expr, Product):
        return product(*expr.factors)
    if isinstance(expr, Quotient) and expr.over == ZERO:
        return ZERO
    if isinstance(expr, Quotient) and isinstance(expr.over, Neg):
        return Neg(Quotient(expr.over.arg, expr.under))
    if not isinstance(expr, Sum):
        return expr
    found: dict[tuple, tuple[Monomial, Expr, int]] = {}
    for written in expr.terms:
        term = _term(written)
        key = _key(term)
        if key in found:
            before, first, count = found[key]
            before.coefficient += term.coefficient
            before.decimal |= term.decimal
            found[key] = (before, first, count + 1)
        else:
            found[key] = (term, written, 1)
    if len(found) == len(expr.terms):
        return expr
    return total([first if count == 1 else term.expr(by) for term, first, count in found.values()])


def size(expr: Expr) -> int:
    """How much there is to write."""
    return sum(1 for node in walk(expr) if not isinstance(node, Neg))


def multiplied_out(expr: Expr, by: str) -> Expr:
    """A sum with the brackets in it multiplied out, where it gets shorter for it once like terms are added."""
    if isinstance(expr, Sum):
        terms = [term for written in expr.terms for term in _distributed(written)]
        if len(terms) <= MOST_TERMS:
            flat = total([term.expr(by) for term in terms])
            shorter = like_terms(flat, by)
            if isinstance(flat, Sum) and size(shorter) < size(expr) and _length(shorter) < len(flat.terms):
                return flat
    return below(expr, by, multiplied_out)


def _length(expr: Expr) -> int:
    return len(expr.terms) if isinstance(expr, Sum) else 1


def _distributed(expr: Expr) -> list[Monomial]:
    """The terms of a product of sums."""
    terms = [Monomial(Fraction(1), {})]
    part = share(expr)
    whole = monomial(part)
    terms[0].coefficient, terms[0].decimal = whole.coefficient, whole.decimal
    for base, exponent in whole.bases.items():
        if isinstance(base, Sum) and exponent.denominator == 1 and 0 < exponent <= 3:
            for _ in range(exponent.numerator):
                inner = [piece for term in base.terms for piece in _distributed(term)]
                if len(terms) * len(inner) > MOST_TERMS:
                    return [whole]
                terms = [_times_monomial(a, b) for a in terms for b in inner]
        else:
            terms = [_times_monomial(term, Monomial(Fraction(1), {base: exponent})) for term in terms]
    return terms


def _times_monomial(a: Monomial, b: Monomial) -> Monomial:
    bases = dict(a.bases)
    for base, exponent in b.bases.items():
        bases[base] = bases.get(base, Fraction(0)) + exponent
    return Monomial(a.coefficient * b.coefficient, {k: v for k, v in bases.items() if v}, a.decimal or b.decimal)


def common_factor(expr: Expr, by: str) -> Expr:
    """A sum with what all its terms share taken out, where that is more than a letter: e^x, a bracket, f(x)."""
    if not isinstance(expr, Sum):
        return below(expr, by, common_factor)
    terms = [_term(term) for term in expr.terms]
    shared = {
        base: min(term.bases.get(base, Fraction(0)) for term in terms)
        for base in terms[0].bases
        if all(term.bases.get(base, Fraction(0)) > 0 for term in terms)
    }
    if not any(_is_weighty(base, by) for base in shared) or any(isinstance(b, (SumOver, Reduce)) for b in shared):
        return below(expr, by, common_factor)
    divisor = _common_number(terms)
    rest = [
        Monomial(
            term.coefficient / divisor,
            {b: e - shared.get(b, 0) for b, e in term.bases.items() if e != shared.get(b, 0)},
            term.decimal,
        )
        for term in terms
    ]
    bracket = total([term.expr(by) for term in rest])
    outside = Monomial(divisor, shared)
    return joined(Share(divisor, [*share(Monomial(Fraction(1), outside.bases).expr(by)).over, bracket]), by)


def _is_weighty(base: Expr, by: str) -> bool:
    """Whether it is worth taking out: more than a name, and not a constant."""
    return not isinstance(base, (Sym, Num)) and depends(base, by)


def _common_number(terms: Iterable[Monomial]) -> Fraction:
    divisor = 0
    for term in terms:
        if term.coefficient.denominator != 1:
            return Fraction(1)
        divisor = gcd(divisor, term.coefficient.numerator)
    return Fraction(divisor or 1)
