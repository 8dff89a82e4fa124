"""How rules write down what they make: products without factors 1, sums without terms 0, what a constant factor is."""

from __future__ import annotations

from fractions import Fraction

from derivgen.maths.tree import ONE, ZERO, Derivative, Expr, Letter, Neg, Num, Product, Quotient, Sum, Sym, number, walk


def depends(expr: Expr, name: str) -> bool:
    """Whether the name stands in the expression, or in what a letter in it stands for."""
    return any(
        isinstance(node, Sym) and (node.name == name or (isinstance(node, Letter) and depends(node.content, name)))
        for node in walk(expr)
    )


def rational(expr: Expr) -> Fraction | None:
    """The value of an expression of plain numbers: of an exponent -1/2, 3, (2 + 1)."""
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
    """The product of the factors in their order, a factor 1 not written; 0 if one of them is 0."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    if ZERO in flat:
        return ZERO
    kept = [factor for factor in flat if factor != ONE]
    return kept[0] if len(kept) == 1 else Product(tuple(kept)) if kept else ONE


def negative(expr: Expr) -> Expr:
    """-expr, of a plain number the number itself."""
    return Num(-expr.value, f"-{expr.text}" if expr.text else "") if isinstance(expr, Num) and expr.value >= 0 else Neg(expr)


def total(terms: list[Expr]) -> Expr:
    """The sum of the terms that are not 0; a negative number is taken off."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,)) if part != ZERO]
    kept = [
        Neg(Num(-term.value, term.text.lstrip("-"))) if place and isinstance(term, Num) and term.value < 0 else term
        for place, term in enumerate(flat)
    ]
    return kept[0] if len(kept) == 1 else Sum(tuple(kept)) if kept else ZERO


def ratio(over: Expr, under: Expr) -> Expr:
    """over / under, of two plain numbers the number itself."""
    if isinstance(over, Num) and isinstance(under, Num) and under.value:
        return Num(over.value / under.value)
    if isinstance(over, Quotient):
        return Quotient(over.over, product(under, over.under))
    return Quotient(over, under)


def constant_factor(body: Expr, name: str) -> tuple[Expr | None, Expr]:
    """`(c, f)` of a body c·f whose c does not depend on the name; None where there is no such factor."""
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
    """The same derivative of another body."""
    return Derivative(body, open_.by, open_.curly)
