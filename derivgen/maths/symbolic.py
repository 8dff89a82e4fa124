"""The way to SymPy, one way only: SymPy differentiates, proves and decides; it never sets a page."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from math import comb, prod
from typing import Any

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number
from derivgen.maths.functions import OUTPUT, Library
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Expr,
    Letter,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
    Written,
    rebuild,
    substitute,
)

Names = Callable[[Sym], Any]
MOST_TERMS = 2_000

CALLS: dict[str, int] = {"diff": 0, "simplify": 0}
"""How often SymPy was asked in this process; a test counts."""


def sympy():
    """The SymPy module, imported when it is first needed, with the garbage collector off meanwhile (a tenth faster).

    What has been imported by then stays for good, so the collector need not go through it again and again.
    """
    import gc
    import sys

    if "sympy" in sys.modules:
        return sys.modules["sympy"]
    enabled = gc.isenabled()
    gc.disable()
    try:
        import sympy as module

        gc.freeze()
    finally:
        if enabled:
            gc.enable()
    return module


def to_sympy(expr: Expr, library: Library, names: Names | None = None, sampled: Container[str] = ()):
    """The expression as a SymPy one. `names` gives the SymPy symbol of a name; without it, one of the same name.

    A mean or sum over the samples comes out as a `Sum` over i from 1 to n, the `sampled` names in it as `A_5[i]`.
    """
    if sampled:
        expr = _indexed(expr, sampled)
    return _CONVERT[type(expr)](expr, library, names or _symbol)


def _symbol(symbol: Sym):
    s = sympy()
    return (
        s.Symbol(symbol.name) if symbol.index is None else s.IndexedBase(symbol.name)[s.Symbol(str(symbol.index), integer=True)]
    )


def _indexed(expr: Expr, sampled: Container[str]) -> Expr:
    """The expression with an index on what runs over the samples, within its means and sums."""
    if isinstance(expr, Reduce):
        return Reduce(expr.kind, substitute(expr.body, lambda s: Sym(s.name, "i") if s.name in sampled else s))
    return rebuild(expr, lambda part: _indexed(part, sampled))


def derivative(expression, symbol):
    """SymPy's derivative of a SymPy expression by a symbol (counted)."""
    CALLS["diff"] += 1
    return sympy().diff(expression, symbol)


def is_zero(expression) -> bool | None:
    """Whether a SymPy expression is identically 0: True if proved, None if SymPy cannot tell within reasonable size."""
    s = sympy()
    if expression == 0:
        return True
    if expression.has(s.Piecewise, s.Max, s.Min, s.Heaviside):
        return None
    CALLS["simplify"] += 1
    expression = _lowered(expression)
    if terms(expression) > MOST_TERMS:
        return None
    if s.expand(expression) == 0:
        return True
    if expression.count_ops() > 120 or terms(expression.as_numer_denom()[0]) > MOST_TERMS:
        return None
    try:
        return True if s.cancel(s.together(expression)) == 0 else None
    except (s.PolynomialError, NotImplementedError):
        return None


def _lowered(expression):
    """The expression with the high powers of each sum u taken down: u^199 and u^200 as p and u·p, so that none is expanded."""
    s = sympy()
    lowest: dict[Any, int] = {}
    for power in expression.atoms(s.Pow):
        if power.exp.is_Integer and power.base.is_Add:
            lowest[power.base] = min(lowest.get(power.base, int(power.exp)), int(power.exp))
    stand = {base: s.Dummy() for base, least in lowest.items() if abs(least) > 3}
    raised = {
        power: power.base ** (power.exp - lowest[power.base]) * stand[power.base]
        for power in expression.atoms(s.Pow)
        if power.base in stand and power.exp.is_Integer
    }
    return expression.xreplace(raised)


def terms(expression) -> int:
    """About how many terms an expression has once it is multiplied out."""
    if expression.is_Add:
        return sum(map(terms, expression.args))
    if expression.is_Mul:
        return prod(map(terms, expression.args))
    if expression.is_Pow and expression.exp.is_Integer:
        inside, times = terms(expression.base), abs(int(expression.exp))
        return comb(inside + times - 1, times)
    return max(map(terms, expression.args), default=1)


def _function(expr: Call, library: Library, names: Names):
    s = sympy()
    args = [to_sympy(arg, library, names) for arg in expr.args]
    if expr.component is not None:
        return s.exp(args[expr.component]) / s.Add(*[s.exp(arg) for arg in args])
    direct = {
        "exp": s.exp,
        "ln": s.log,
        "sqrt": s.sqrt,
        "sin": s.sin,
        "cos": s.cos,
        "tanh": s.tanh,
        "atan": s.atan,
        "erf": s.erf,
        "max": s.Max,
        "min": s.Min,
    }.get(expr.function)
    if direct is not None:
        return direct(*args)
    body = library.value(expr.function)
    assert body is not None, expr.function
    return to_sympy(body, library, _inside(expr, args, library))


def _inside(expr: Call | Prime, args: list, library: Library, output=None) -> Names:
    bound = library.arguments(expr.function, expr.args)
    values = dict(zip(bound, args, strict=False))
    for name, default in list(bound.items())[len(args) :]:
        values[name] = to_sympy(default, library)
    if output is not None:
        values[OUTPUT] = output
    return lambda symbol: values[symbol.name]


def _prime(expr: Prime, library: Library, names: Names):
    s = sympy()
    args = [to_sympy(arg, library, names) for arg in expr.args]
    if expr.function in {"max", "min"}:
        others = [arg for place, arg in enumerate(args) if place != expr.slot]
        lead = args[expr.slot] - s.Max(*others) if expr.function == "max" else s.Min(*others) - args[expr.slot]
        return s.Heaviside(lead, s.Rational(1, 2))
    from derivgen.maths.differentiate import derivative_formula

    formula = derivative_formula(library, expr.function, expr.slot)
    output = to_sympy(Call(expr.function, expr.args), library, names)
    return to_sympy(formula, library, _inside(expr, args, library, output))


def _cases(expr: Cases, library: Library, names: Names):
    pieces = [(to_sympy(piece, library, names), to_sympy(condition, library, names)) for condition, piece in expr.pieces]
    return sympy().Piecewise(*pieces, (to_sympy(expr.otherwise, library, names), True))


def _compare(expr: Compare, library: Library, names: Names):
    s = sympy()
    relation = {"<": s.Lt, "<=": s.Le, ">": s.Gt, ">=": s.Ge, "==": s.Eq, "!=": s.Ne}[expr.op]
    return relation(to_sympy(expr.left, library, names), to_sympy(expr.right, library, names))


def _reduce(expr: Reduce, library: Library, names: Names):
    s = sympy()
    i, n = s.Symbol("i", integer=True), s.Symbol("n", integer=True, positive=True)
    total = s.Sum(to_sympy(expr.body, library, lambda symbol: names(symbol)), (i, 1, n))
    return total / n if expr.kind == "mean" else total


def _sum_over(expr: SumOver, library: Library, names: Names):
    s = sympy()
    i = s.Symbol(expr.index, integer=True)
    return s.Sum(to_sympy(expr.body, library, names), (i, 1, to_sympy(expr.upper, library, names)))


def _number(value: Number):
    s = sympy()
    if arithmetic.is_exact(value):
        return s.Rational(value.numerator, value.denominator)
    return s.Float(str(value), arithmetic.DIGITS)


_CONVERT: dict[type[Expr], Callable[..., Any]] = {
    Num: lambda e, library, names: _number(e.value),
    Shown: lambda e, library, names: _number(e.value),
    Sym: lambda e, library, names: names(e),
    Letter: lambda e, library, names: to_sympy(e.content, library, names),
    Neg: lambda e, library, names: -to_sympy(e.arg, library, names),
    Sum: lambda e, library, names: sympy().Add(*[to_sympy(t, library, names) for t in e.terms]),
    Product: lambda e, library, names: sympy().Mul(*[to_sympy(f, library, names) for f in e.factors]),
    Quotient: lambda e, library, names: to_sympy(e.over, library, names) / to_sympy(e.under, library, names),
    Power: lambda e, library, names: to_sympy(e.base, library, names) ** to_sympy(e.exponent, library, names),
    Call: _function,
    Prime: _prime,
    Cases: _cases,
    Compare: _compare,
    Reduce: _reduce,
    SumOver: _sum_over,
    Boxed: lambda e, library, names: to_sympy(e.content, library, names),
    Braces: lambda e, library, names: to_sympy(e.content, library, names),
    Written: lambda e, library, names: to_sympy(e.value, library, names),
}


def number_of(expression, values: Mapping[Any, Number]) -> Number:
    """The value of a SymPy expression at exact numbers: a road of its own, sharing no rule of ours but + · ^ and exp.

    Raises ArithmeticError where there is none.
    """
    if expression.is_Rational:
        from fractions import Fraction

        return Fraction(int(expression.p), int(expression.q))
    if expression.is_Symbol:
        return values[expression]
    if expression.is_Add or expression.is_Mul:
        return _folded(expression, values)
    if expression.is_Pow:
        return arithmetic.power(number_of(expression.base, values), number_of(expression.exp, values))
    return _special(expression, values)


def _folded(expression, values: Mapping[Any, Number]) -> Number:
    first, *rest = [number_of(arg, values) for arg in expression.args]
    for value in rest:
        first = arithmetic.add(first, value) if expression.is_Add else arithmetic.multiply(first, value)
    return first


def _special(expression, values: Mapping[Any, Number]) -> Number:
    s, name = sympy(), expression.func.__name__
    if isinstance(expression, s.Piecewise):
        for piece, condition in expression.args:
            if _holds(condition, values):
                return number_of(piece, values)
    if name == "Heaviside":
        lead = number_of(expression.args[0], values)
        from fractions import Fraction

        return Fraction(int(lead > 0)) if lead else Fraction(1, 2)
    if expression.is_Float or expression.is_NumberSymbol:
        return arithmetic.context().mpf(str(s.N(expression, arithmetic.context().dps)))
    primitive = arithmetic.PRIMITIVES.get({"log": "ln", "Max": "max", "Min": "min"}.get(name, name))
    if primitive is None:
        raise arithmetic.DomainError(f"SymPy's {name} is no number here")
    return primitive(*[number_of(arg, values) for arg in expression.args])


def _holds(condition, values: Mapping[Any, Number]) -> bool:
    s = sympy()
    if condition in (s.true, s.false):
        return bool(condition)
    if isinstance(condition, (s.And, s.Or, s.Not)):
        parts = [_holds(arg, values) for arg in condition.args]
        return all(parts) if isinstance(condition, s.And) else any(parts) if isinstance(condition, s.Or) else not parts[0]
    if isinstance(condition, s.ITE):
        test, then, otherwise = condition.args
        return _holds(then if _holds(test, values) else otherwise, values)
    return arithmetic.compare(condition.rel_op, number_of(condition.lhs, values), number_of(condition.rhs, values))
