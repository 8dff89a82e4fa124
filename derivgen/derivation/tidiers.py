"""Ways of tidying products and pieces: each takes an expression and gives an equal one.

Only what stands around the author's own expressions is touched: nothing inside of a function or of a power's base.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivgen.derivation.products import Share, is_product, joined, monomial, rational, share, total
from derivgen.maths.tree import (
    ONE,
    Call,
    Cases,
    Expr,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    children,
    number,
    rebuild,
)

Tidier = Callable[[Expr, str], Expr]


def below(expr: Expr, by: str, tidy: Tidier) -> Expr:
    """The node with a tidier applied below it, where it may be: not in functions, not in the base of a power."""
    if isinstance(expr, (Sum, Product, Quotient, Neg)):
        return rebuild(expr, lambda part: tidy(part, by))
    if isinstance(expr, Cases):
        pieces = tuple((condition, tidy(piece, by)) for condition, piece in expr.pieces)
        return Cases(pieces, tidy(expr.otherwise, by))
    if isinstance(expr, Reduce):
        return Reduce(expr.kind, tidy(expr.body, by))
    if isinstance(expr, SumOver):
        return SumOver(expr.index, expr.upper, tidy(expr.body, by))
    return expr


def collected(expr: Expr, by: str) -> Expr:
    """Every product with its sign and its number in front and one bar."""
    if isinstance(expr, Sum):
        return total([collected(term, by) for term in expr.terms])
    if not is_product(expr):
        return below(expr, by, collected)
    if not needs_collecting(expr):
        return below(expr, by, collected)
    part = share(expr)
    part.over = [collected(factor, by) for factor in part.over]
    part.under = [collected(factor, by) for factor in part.under]
    return joined(part, by)


def needs_collecting(expr: Expr) -> bool:
    """Whether a product, with the products in it, has loose numbers or signs, or several bars."""
    return is_product(expr) and (is_loose(expr) or _has_bar(expr) or any(needs_collecting(part) for part in children(expr)))


def _has_bar(expr: Expr) -> bool:
    """Whether a product has a fraction in it, or a fraction another one above or below its bar."""
    if isinstance(expr, Neg):
        return _has_bar(expr.arg) if is_product(expr.arg) else False
    return is_product(expr) and any(isinstance(part, Quotient) and rational(part) is None for part in children(expr))


def is_loose(expr: Expr) -> bool:
    if isinstance(expr, Quotient):
        return any(isinstance(part, Neg) or (isinstance(part, Num) and part.value < 0) for part in (expr.over, expr.under))
    if isinstance(expr, Neg):
        return isinstance(expr.arg, (Num, Neg)) or (isinstance(expr.arg, Product) and _is_negative(expr.arg.factors[0]))
    if isinstance(expr, Sum):
        return any(_is_negative(term) for term in expr.terms if not isinstance(term, Neg))
    if not isinstance(expr, Product):
        return False
    return any(map(_has_number, expr.factors[1:])) or isinstance(expr.factors[0], Neg)


def _has_number(expr: Expr) -> bool:
    """Whether a factor is a number or a quotient with one in it."""
    return isinstance(expr, (Num, Neg)) or (isinstance(expr, Quotient) and abs(share(expr).coefficient) != 1)


def _is_negative(expr: Expr) -> bool:
    return isinstance(expr, Product) and isinstance(expr.factors[0], Num) and expr.factors[0].value < 0


def out_of_sums(expr: Expr, by: str) -> Expr:
    """c Σ f for Σ c f: numbers, and what does not run over the samples."""
    if isinstance(expr, (SumOver, Reduce)):
        inner = share(expr.body)
        coefficient, inner.coefficient = inner.coefficient, Fraction(1)
        if coefficient != 1 and (inner.over or inner.under):
            body = joined(inner, by)
            rest = SumOver(expr.index, expr.upper, body) if isinstance(expr, SumOver) else Reduce(expr.kind, body)
            return joined(Share(coefficient, [rest], [], inner.decimal), by)
    return below(expr, by, out_of_sums)


def powers(expr: Expr, by: str) -> Expr:
    """Every product with the powers of one base put together; what stands above and below the bar is cancelled."""
    if isinstance(expr, Sum):
        return total([powers(term, by) for term in expr.terms])
    if not is_product(expr) and not isinstance(expr, Power):
        return below(expr, by, powers)
    part = share(expr)
    part.over = [factor if isinstance(factor, Power) else powers(factor, by) for factor in part.over]
    part.under = [factor if isinstance(factor, Power) else powers(factor, by) for factor in part.under]
    return monomial(part).expr(by)


def squares(expr: Expr, by: str) -> Expr:
    """cos² + sin² = 1"""
    return ONE if is_squares(expr) else below(expr, by, squares)


def is_squares(expr: Expr) -> bool:
    """Whether it is sin² + cos² of the same."""
    if not isinstance(expr, Sum) or len(expr.terms) != 2:
        return False
    calls = [
        term.base for term in expr.terms if isinstance(term, Power) and term.exponent == number(2) and isinstance(term.base, Call)
    ]
    return sorted(call.function for call in calls) == ["cos", "sin"] and calls[0].args == calls[1].args


def square_difference(expr: Expr) -> tuple[Expr, Expr] | None:
    """`(N, D)` of (D² - N²)/D², which is best not multiplied out."""
    if not isinstance(expr, Quotient) or not isinstance(expr.over, Sum) or len(expr.over.terms) != 2:
        return None
    first, second = expr.over.terms
    if expr.under != first or not isinstance(first, Power) or first.exponent != number(2) or not isinstance(second, Neg):
        return None
    minus = second.arg
    return (minus.base, first.base) if isinstance(minus, Power) and minus.exponent == number(2) else None


def alike(expr: Expr, by: str) -> Expr:
    """Cases whose pieces are all the same are that one."""
    expr = below(expr, by, alike)
    if isinstance(expr, Cases) and all(piece == expr.otherwise for _, piece in expr.pieces):
        return expr.otherwise
    return expr


def exponentials(expr: Expr, by: str) -> Expr:
    """e^(v ln u) is u^v again."""
    if isinstance(expr, Call) and expr.function == "exp" and isinstance(expr.args[0], Product):
        factors = expr.args[0].factors
        last = factors[-1]
        if len(factors) == 2 and isinstance(last, Call) and last.function == "ln":
            return Power(last.args[0], factors[0])
    return below(expr, by, exponentials)
