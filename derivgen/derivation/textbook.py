"""The last lines: from what rules and tidying leave to the form in the textbook, in terms of the function itself."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.derivation.products import Monomial, as_product, factors_of, monomial, negative, product, total
from derivgen.derivation.rewrites import square_difference
from derivgen.derivation.rules import Applied, Rule
from derivgen.maths.functions import FUNCTIONS, Library, bound, written
from derivgen.maths.tree import (
    ONE,
    STOP,
    Call,
    Derivative,
    Expr,
    Letter,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    number,
    rebuild,
    walk,
)

TAKEN = ("normcdf", STOP)
"""Functions whose derivative is taken from the table even when it is asked for by itself."""


def definition_of(expr: Expr, library: Library) -> Applied | None:
    """Return what f(x), standing by itself, is defined as; None for anything else."""
    if not isinstance(expr, Call) or not all(isinstance(arg, (Sym, Num)) for arg in expr.args) or expr.function in TAKEN:
        return None
    rule = Rule("definition of {function}", {"function": expr.written or expr.function})
    if expr.component is not None:
        powers = tuple(Call("exp", (arg,), "exp") for arg in expr.args)
        return Applied(rule, Quotient(powers[expr.component], Sum(powers)))
    spelled = library[expr.function].spelled
    formula = written(spelled) if spelled else library.value(expr.function)
    if formula is None or library.is_own(expr.function):
        return None
    return Applied(rule, _neat(bound(formula, library.arguments(expr.function, expr.args))))


def _neat(expr: Expr) -> Expr:
    """Without factors 1, negative numbers taken off: e^x - 1 for 1·(e^x + (-1))."""
    expr = rebuild(expr, _neat)
    if isinstance(expr, Product):
        return product(*expr.factors)
    return total(list(expr.terms)) if isinstance(expr, Sum) else expr


def finished(expr: Expr, start: Derivative) -> Iterator[Applied]:
    """Yield the expression on its way to its textbook form, step by step; nothing where it is in it already."""
    for way in (_logistic, _softplus, _tangent):
        for applied in way(expr, start):
            yield applied
            expr = applied.expr


def _logistic(expr: Expr, start: Derivative) -> Iterator[Applied]:
    """N R/(N + R)² = f (1 - f) with f = N/(N + R): the logistic function, a softmax of two"""
    whole = monomial(factors_of(expr))
    for under, exponent in whole.bases.items():
        parts = _parts(under, start) if exponent == -2 else None
        if parts is None or not all(part == ONE or whole.bases.get(part) == 1 for part in parts):
            continue
        others = {base: power for base, power in whole.bases.items() if base not in (under, *parts)}
        rest = Monomial(whole.coefficient, others, whole.decimal).expr(start.by.name)
        yield from _split(rest, parts[0], parts[1], under)
        return


def _parts(under: Expr, start: Derivative) -> tuple[Expr, Expr] | None:
    """`(N, R)` of the two terms of a sum of 1 and powers of e: N the one above the bar in what was differentiated."""
    if not isinstance(under, Sum) or len(under.terms) != 2 or not all(term == ONE or _is_exp(term) for term in under.terms):
        return None
    first, second = under.terms
    if ONE in (first, second):
        power = second if first == ONE else first
        assert isinstance(power, Call)
        return (ONE, power) if _falls(power.args[0]) else (power, ONE)
    above = {node.over for node in walk(start.body) if isinstance(node, Quotient) and node.under == under}
    return (second, first) if second in above else (first, second)


def _is_exp(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function == "exp"


def _split(rest: Expr, first: Expr, second: Expr, under: Expr) -> Iterator[Applied]:
    function, other = Quotient(first, under), Quotient(second, under)
    yield Applied(Rule("one fraction for each factor"), _with(rest, function, other))
    filled = Quotient(Sum((under, Neg(first))), under)
    yield Applied(Rule("{a} added and taken off", {"a": first}), _with(rest, function, filled))
    yield Applied(Rule("the fraction split"), _with(rest, function, Sum((ONE, Neg(function)))))
    if ONE not in (first, second):
        return
    power = second if first == ONE else first
    assert isinstance(power, Call)
    sigmoid = Call("sigmoid", (_risen(power.args[0]) if first == ONE else power.args[0],), "sig")
    yield Applied(Rule("{f} = {g}", {"f": sigmoid, "g": function}), _with(rest, sigmoid, Sum((ONE, Neg(sigmoid)))))


def _with(rest: Expr, *factors: Expr) -> Expr:
    """rest · factors, a minus in front of all."""
    if isinstance(rest, Neg):
        return negative(product(rest.arg, *factors))
    if isinstance(rest, Num) and rest.value < 0:
        return negative(product(number(-rest.value), *factors))
    return product(rest, *factors)


def _power_in(under: Expr) -> Call | None:
    """The E of 1 + E, a power of e."""
    if not isinstance(under, Sum) or len(under.terms) != 2 or ONE not in under.terms:
        return None
    other = next((term for term in under.terms if term != ONE), None)
    return other if isinstance(other, Call) and other.function == "exp" else None


def _falls(exponent: Expr) -> bool:
    """Whether an exponent is written with a minus in front."""
    return factors_of(exponent).coefficient < 0


def _risen(exponent: Expr) -> Expr:
    """-x without its minus."""
    part = factors_of(exponent)
    part.coefficient = -part.coefficient
    return exponent.arg if isinstance(exponent, Neg) else as_product(part, "")


def _softplus(expr: Expr, start: Derivative) -> Iterator[Applied]:
    """e^x/(1 + e^x) = 1/(1 + e^-x) = sig(x)"""
    whole = monomial(factors_of(expr))
    for under, exponent in whole.bases.items():
        power = _power_in(under)
        if exponent != -1 or power is None or whole.bases.get(power) != 1 or _falls(power.args[0]):
            continue
        rest = Monomial(whole.coefficient, {b: e for b, e in whole.bases.items() if b not in (under, power)}, whole.decimal)
        factor = rest.expr(start.by.name)
        turned = Quotient(ONE, Sum((ONE, Call("exp", (Neg(power.args[0]),), power.written))))
        yield Applied(Rule("divided by {a} above and below", {"a": power}), _with(factor, turned))
        sigmoid = Call("sigmoid", power.args, "sig")
        yield Applied(Rule("{f} = {g}", {"f": sigmoid, "g": turned}), _with(factor, sigmoid))
        return


def _tangent(expr: Expr, start: Derivative) -> Iterator[Applied]:
    """(D² - N²)/D² = 1 - (N/D)²"""
    sides = square_difference(expr)
    if sides is None:
        return
    over, under = sides
    square = number(2)
    yield Applied(Rule("the fraction split"), Sum((ONE, Neg(Quotient(Power(over, square), Power(under, square))))))
    ratio = Quotient(over, under)
    yield Applied(Rule("one square"), Sum((ONE, Neg(Power(ratio, square)))))
    argument = next((node.args[0] for node in walk(over) if isinstance(node, Call)), None)
    if argument is not None and bound(written(FUNCTIONS["tanh"].spelled), {"x": argument}) == ratio:
        tanh = Call("tanh", (argument,), "tanh")
        yield Applied(Rule("{f} = {g}", {"f": tanh, "g": ratio}), Sum((ONE, Neg(Power(tanh, square)))))


def named(expr: Expr, start: Derivative) -> Iterator[Applied]:
    """Yield the expression with a quantity's own name for what it stands for: z (1 - z) for sig(…)(1 - sig(…))."""
    for letter in _letters(start.body):
        if isinstance(letter.content, Call):
            renamed = _renamed(expr, letter)
            if renamed != expr:
                yield Applied(Rule("{f} = {g}", {"f": letter, "g": letter.content}), renamed)
                expr = renamed


def _letters(expr: Expr) -> Iterator[Letter]:
    """The letters in an expression and in what they stand for, the innermost first."""
    for node in walk(expr):
        if isinstance(node, Letter):
            yield from _letters(node.content)
            yield node


def _renamed(expr: Expr, letter: Letter) -> Expr:
    return letter if expr == letter.content else rebuild(expr, lambda part: _renamed(part, letter))
