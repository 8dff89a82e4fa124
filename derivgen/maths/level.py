"""An expression with as few brackets as it can be written with: nothing is worked out, no factor and no term moves.

A product in a product and a sum in a sum lose their brackets, a minus goes to the first factor, a negative term is taken off.

>>> from derivgen.maths.plain import plain
>>> from derivgen.maths.tree import Neg, Num, Product, Sum, Sym
>>> from fractions import Fraction
>>> a, b = Sym("a"), Sym("b")
>>> plain(level(Product((Num(Fraction(-1, 2)), Product((a, b))))))
'-1/2*a*b'
>>> plain(level(Sum((a, Product((Num(Fraction(-2)), Product((a, b))))))))
'a - 2*a*b'
"""

from __future__ import annotations

from derivgen.maths.tree import Expr, Neg, Num, Product, Quotient, Sum, rebuild


def level(expr: Expr) -> Expr:
    """Return the expression without the brackets that its value does not need; equal in value."""
    if isinstance(expr, Sum):
        return _sum(expr)
    if isinstance(expr, Neg):
        return _negated(level(expr.arg))
    inner = rebuild(expr, level)
    return _product(inner) if isinstance(inner, Product) else inner


def _product(expr: Product) -> Product:
    """a (b c) d as a b c d"""
    factors: list[Expr] = []
    for factor in expr.factors:
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    return Product(tuple(factors), at=expr.at)


def _negated(expr: Expr) -> Expr:
    """-(a b) as (-a) b, which reads the same and needs no brackets."""
    if isinstance(expr, Product):
        return _product(Product((_negated(expr.factors[0]), *expr.factors[1:]), at=expr.at))
    if isinstance(expr, Quotient):
        return Quotient(_negated(expr.over), expr.under, at=expr.at)
    if isinstance(expr, Num) and expr.value:
        return Num(-expr.value, expr.text[1:] if expr.text.startswith("-") else expr.text and f"-{expr.text}", at=expr.at)
    return expr.arg if isinstance(expr, Neg) else Neg(expr, at=expr.at)


def _sum(expr: Sum) -> Sum:
    """a + (b + c) as a + b + c, and a + (-2) b as a - 2 b"""
    terms: list[Expr] = []
    for term in map(level, expr.terms):
        inner = term.terms if isinstance(term, Sum) else (term,)
        terms += [_taken_off(part) if terms or place else part for place, part in enumerate(inner)]
    return Sum(tuple(terms), at=expr.at)


def _taken_off(term: Expr) -> Expr:
    return Neg(_negated(term)) if _is_negative(term) else term


def _is_negative(expr: Expr) -> bool:
    if isinstance(expr, (Product, Quotient)):
        return _is_negative(expr.factors[0] if isinstance(expr, Product) else expr.over)
    return isinstance(expr, Neg) or (isinstance(expr, Num) and expr.value < 0)
