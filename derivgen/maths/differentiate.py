"""Derivatives as a textbook writes them: one rule after another, in the order in which the factors stand.

`differentiate` gives the derivative as it falls out of the rules; `tidy` then collects its constants.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivgen.frozen import dataclass
from derivgen.maths.functions import OUTPUT, Library, bound
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Pi,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    varying,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What differentiation knows besides the rules: the functions, and the quantities a function's outputs are called.

    With `outputs` the derivative of a call that is the whole definition is written with the output itself: `A_5 (1 - A_5)`.
    `slope` is the derivative of one name by another: 0, where they are independent.
    """

    library: Library
    whole: Expr | None = None
    outputs: tuple[Sym, ...] = ()
    slope: Callable[[str, str], Expr] = lambda name, by: ONE if name == by else ZERO


def depends(expr: Expr, name: str) -> bool:
    """Tell whether the name occurs in the expression, outside of `stop(…)`."""
    return any(isinstance(node, Sym) and node.name == name for node in varying(expr))


def occurrences(expr: Expr, name: str) -> int:
    """Return how often the name is written in the expression, outside of `stop(…)` (`a*a`: 2)."""
    return sum(isinstance(node, Sym) and node.name == name for node in varying(expr))


def differentiate(expr: Expr, name: str, rules: Rules) -> Expr:
    """Differentiate by the rules, not simplified but for terms that are 0 and factors that are 1."""
    return _RULES[type(expr)](expr, name, rules)


def derivative_formula(library: Library, key: str, slot: int) -> Expr:
    """Return the derivative of a function by its argument number `slot`, in its argument names and `f` for its value."""
    formula = library.derivative(key, slot)
    if formula is not None:
        return formula
    function = library[key]
    assert function.body is not None, key
    worked_out = tidy(differentiate(function.body, function.arguments[slot], Rules(library)))
    if not function.kinks:
        return worked_out
    argument = Sym(function.arguments[0])
    taken = ((Compare("==", argument, Num(kink.point)), Num(Fraction(str(kink.taken)))) for kink in function.kinks)
    return Cases(tuple(taken), worked_out)


def times(*factors: Expr) -> Expr:
    """Return the product of factors in their order; 0 if one is 0, without the ones."""
    if ZERO in factors:
        return ZERO
    kept = tuple(factor for factor in factors if factor != ONE)
    return kept[0] if len(kept) == 1 else Product(kept) if kept else ONE


def plus(terms: list[Expr]) -> Expr:
    """Return the sum of the terms that are not 0, negative numbers behind others taken off."""
    kept = tuple(term for term in terms if term != ZERO)
    kept = (*kept[:1], *(Neg(Num(-t.value)) if isinstance(t, Num) and t.value < 0 else t for t in kept[1:]))
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else ZERO


def _negated(expr: Expr) -> Expr:
    if isinstance(expr, Num):
        return Num(-expr.value)
    return Neg(expr)


def _sum(expr: Sum, name: str, rules: Rules) -> Expr:
    return plus([differentiate(term, name, rules) for term in expr.terms])


def _product(expr: Product, name: str, rules: Rules) -> Expr:
    """(u v w)' = u' v w + u v' w + u v w'"""
    terms = []
    for place, factor in enumerate(expr.factors):
        slope = differentiate(factor, name, rules)
        terms.append(times(*expr.factors[:place], slope, *expr.factors[place + 1 :]))
    return plus(terms)


def _quotient(expr: Quotient, name: str, rules: Rules) -> Expr:
    """(u / v)' = (u' v - u v') / v²"""
    over, under = differentiate(expr.over, name, rules), differentiate(expr.under, name, rules)
    if under == ZERO:
        return ZERO if over == ZERO else Quotient(over, expr.under)
    square = Power(expr.under, Num(Fraction(2)))
    lower = times(expr.over, under)
    if over == ZERO:
        return Neg(Quotient(lower, square))
    return Quotient(Sum((times(over, expr.under), Neg(lower))), square)


def _power(expr: Power, name: str, rules: Rules) -> Expr:
    """(u^n)' = n u^(n-1) u';  (a^v)' = a^v ln(a) v'"""
    base, exponent = differentiate(expr.base, name, rules), differentiate(expr.exponent, name, rules)
    terms = []
    if base != ZERO:
        terms.append(times(expr.exponent, _lower(expr), base))
    if exponent != ZERO:
        terms.append(times(expr, Call("ln", (expr.base,), "ln"), exponent))
    return plus(terms)


def _lower(expr: Power) -> Expr:
    """u^(n-1)"""
    known = tidy(expr.exponent)
    if not isinstance(known, Num):
        return Power(expr.base, Sum((expr.exponent, Neg(ONE))))
    return tidy(Power(expr.base, Num(known.value - 1))) if known.value in (1, 2) else Power(expr.base, Num(known.value - 1))


def _call(expr: Call, name: str, rules: Rules) -> Expr:
    """f(u)' = f'(u) u', summed over the arguments;  ln(c/v)' = -v'/v, which has a value where c is 0, too"""
    inner = expr.args[0]
    if expr.function == "ln" and isinstance(inner, Quotient) and not depends(inner.over, name) and depends(inner.under, name):
        return _negated(times(Quotient(ONE, inner.under), differentiate(inner.under, name, rules)))
    terms = []
    for slot, arg in enumerate(expr.args):
        slope = differentiate(arg, name, rules)
        if slope != ZERO:
            terms.append(times(outer_derivative(expr, slot, rules), slope))
    return plus(terms)


def outer_derivative(expr: Call, slot: int, rules: Rules) -> Expr:
    """Return the derivative of a function by its argument `slot` alone: f'(u), the derivative of u not in it.

    It is written with the function's own output where that has a name, else with the call.
    """
    if expr.component is not None:
        return _softmax(expr, slot, rules)
    function = rules.library[expr.function]
    if function.prime:
        return Prime(expr.function, expr.args, expr.written, slot)
    formula = rules.library.derivative(expr.function, slot)
    assert formula is not None, expr.function
    output: Expr = rules.outputs[0] if rules.outputs and expr is rules.whole else expr
    return bound(formula, {**rules.library.arguments(expr.function, expr.args), OUTPUT: output})


def _softmax(expr: Call, slot: int, rules: Rules) -> Expr:
    """∂p_k/∂z_k = p_k (1 - p_k),  ∂p_k/∂z_j = -p_k p_j"""
    assert expr.component is not None
    named: tuple[Expr, ...] = rules.outputs if expr is rules.whole else ()
    outputs = named or tuple(Call(expr.function, expr.args, expr.written, k) for k in range(len(expr.args)))
    own = outputs[expr.component]
    if slot == expr.component:
        return Product((own, Sum((ONE, Neg(own)))))
    return Neg(Product((own, outputs[slot])))


def _cases(expr: Cases, name: str, rules: Rules) -> Expr:
    """Each piece on its own; at a border the piece that applies there decides"""
    pieces = tuple((condition, differentiate(piece, name, rules)) for condition, piece in expr.pieces)
    otherwise = differentiate(expr.otherwise, name, rules)
    if otherwise == ZERO and all(piece == ZERO for _, piece in pieces):
        return ZERO
    return Cases(pieces, otherwise)


def _reduce(expr: Reduce, name: str, rules: Rules) -> Expr:
    """The derivative of a sum is the sum of the derivatives"""
    inner = differentiate(expr.body, name, rules)
    return ZERO if inner == ZERO else Reduce(expr.kind, inner)


def _sum_over(expr: SumOver, name: str, rules: Rules) -> Expr:
    inner = differentiate(expr.body, name, rules)
    return ZERO if inner == ZERO else SumOver(expr.index, expr.upper, inner)


def _prime(expr: Prime, name: str, rules: Rules) -> Expr:
    """f'(u): worked out, then differentiated like any expression; of max and min 0, away from a tie"""
    if rules.library[expr.function].ties is not None:
        return ZERO
    formula = derivative_formula(rules.library, expr.function, expr.slot)
    call = Call(expr.function, expr.args, expr.written)
    worked = bound(formula, {**rules.library.arguments(expr.function, expr.args), OUTPUT: call})
    return differentiate(worked, name, rules)


def _negative(expr: Neg, name: str, rules: Rules) -> Expr:
    slope = differentiate(expr.arg, name, rules)
    return ZERO if slope == ZERO else _negated(slope)


_RULES: dict[type[Expr], Callable[..., Expr]] = {
    Num: lambda e, name, rules: ZERO,
    Pi: lambda e, name, rules: ZERO,
    Sym: lambda e, name, rules: rules.slope(e.name, name),
    Neg: _negative,
    Sum: _sum,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _call,
    Prime: _prime,
    Cases: _cases,
    Reduce: _reduce,
    SumOver: _sum_over,
}
