"""The way to SymPy, one way only: SymPy differentiates, proves and decides; it never sets a page."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import comb, prod
from types import MappingProxyType
from typing import Any

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number
from derivgen.maths.functions import Library
from derivgen.maths.interpret import RULES, Algebra, Environment, interpret
from derivgen.maths.tree import (
    STOP,
    Call,
    Cases,
    Compare,
    Expr,
    Num,
    Pi,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    rebuild,
    substitute,
)

Names = Callable[[Sym], Any]
MOST_TERMS = 2_000

CALLS: dict[str, int] = {"diff": 0, "simplify": 0}
"""How often SymPy was asked in this process; a test counts."""


def sympy():
    """Return the SymPy module, imported when it is first needed, with the garbage collector off meanwhile (a tenth faster).

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
    """Return the expression as a SymPy one.

    `names` gives the SymPy symbol of a name; without it, one of the same name. A mean or sum over the samples comes out as a
    `Sum` over i from 1 to n, the `sampled` names in it as `A_5[i]`.
    """
    if sampled:
        expr = _indexed(expr, sampled)
    return interpret(expr, Environment({}, library), SymPy(names or _symbol))


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
    """Return SymPy's derivative of a SymPy expression by a symbol (counted); what stands in `stop(…)` is a constant to it."""
    CALLS["diff"] += 1
    stopped = expression.atoms(sympy().core.function.AppliedUndef)
    if not stopped:
        return sympy().diff(expression, symbol)
    constants = {call: sympy().Dummy() for call in stopped}
    return sympy().diff(expression.xreplace(constants), symbol).xreplace({dummy: call for call, dummy in constants.items()})


def is_zero(expression) -> bool | None:
    """Return whether a SymPy expression is identically 0: True if proved, None if SymPy cannot tell within reasonable size."""
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
    """Estimate how many terms an expression has once it is multiplied out."""
    if expression.is_Add:
        return sum(map(terms, expression.args))
    if expression.is_Mul:
        return prod(map(terms, expression.args))
    if expression.is_Pow and expression.exp.is_Integer:
        inside, times = terms(expression.base), abs(int(expression.exp))
        return comb(inside + times - 1, times)
    return max(map(terms, expression.args), default=1)


class SymPy(Algebra):
    """SymPy expressions; `names` gives what stands for a name that is no function's argument."""

    functions: Mapping[str, Callable[..., Any]] = MappingProxyType(
        {
            "exp": lambda x: sympy().exp(x),
            "ln": lambda x: sympy().log(x),
            "sqrt": lambda x: sympy().sqrt(x),
            "sin": lambda x: sympy().sin(x),
            "cos": lambda x: sympy().cos(x),
            "tanh": lambda x: sympy().tanh(x),
            "atan": lambda x: sympy().atan(x),
            "erf": lambda x: sympy().erf(x),
            STOP: lambda x: sympy().Function("stop")(x),
        }
    )

    def __init__(self, names: Names):
        self.names = names

    def number(self, value: Number) -> Any:
        """Return a fraction as a Rational, a decimal as a Float of 100 digits."""
        if arithmetic.is_exact(value):
            return sympy().Rational(value.numerator, value.denominator)
        return sympy().Float(str(value), arithmetic.DIGITS)

    def name(self, symbol: Sym, env: Environment) -> Any:
        """Return what stands for a name."""
        return env.numbers[symbol.name] if symbol.name in env.numbers else self.names(symbol)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        """Return the relation `a op b`."""
        s = sympy()
        return {"<": s.Lt, "<=": s.Le, ">": s.Gt, ">=": s.Ge, "==": s.Eq, "!=": s.Ne}[op](a, b)

    def cases(self, expr: Cases, env: Environment) -> Any:
        """Return one Piecewise."""
        pieces = [(interpret(piece, env, self), interpret(condition, env, self)) for condition, piece in expr.pieces]
        return sympy().Piecewise(*pieces, (interpret(expr.otherwise, env, self), True))

    def extreme(self, args: Sequence[Any], largest: bool) -> Any:
        """Return Max or Min."""
        return sympy().Max(*args) if largest else sympy().Min(*args)

    def share(self, args: Sequence[Any], slot: int, largest: bool, first: bool = False) -> Any:
        """Return the derivative of max or min by one argument: at a tie half, or all of it for the first."""
        s = sympy()
        before, others = args[:slot], [arg for place, arg in enumerate(args) if place != slot]
        if first:
            beaten, reached = (s.Gt, s.Ge) if largest else (s.Lt, s.Le)
            leads = [(beaten if place < len(before) else reached)(args[slot], other) for place, other in enumerate(others)]
            return s.Piecewise((1, s.And(*leads)), (0, True))
        best = self.extreme(others, largest)
        return s.Heaviside(args[slot] - best if largest else best - args[slot], s.Rational(1, 2))

    def softmax(self, args: Sequence[Any], component: int) -> Any:
        """Return exp(z_k) / Σ_j exp(z_j), nothing taken off."""
        powers = [sympy().exp(arg) for arg in args]
        return powers[component] / sympy().Add(*powers)

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the Sum over i from 1 to n."""
        return sympy().Sum(interpret(body, env, self), (sympy().Symbol("i", integer=True), 1, _count()))

    def mean(self, total: Any, samples: int) -> Any:
        """Return the Sum over n."""
        return total / _count()

    rules = MappingProxyType(
        {
            **RULES,
            Sum: lambda e, env, algebra: sympy().Add(*[interpret(term, env, algebra) for term in e.terms]),
            Product: lambda e, env, algebra: sympy().Mul(*[interpret(factor, env, algebra) for factor in e.factors]),
            SumOver: lambda e, env, algebra: _sum_over(e, env, algebra),
        }
    )


def _count():
    """Return the symbol of the number of samples."""
    return sympy().Symbol("n", integer=True, positive=True)


def _sum_over(expr: SumOver, env: Environment, algebra: Algebra):
    index = sympy().Symbol(expr.index, integer=True)
    return sympy().Sum(interpret(expr.body, env, algebra), (index, 1, interpret(expr.upper, env, algebra)))


Form = Sequence[Any]
"""A SymPy expression without SymPy, as JSON can hold it: a head, and the forms it is of."""
_CONSTANTS = {"Pi": "pi", "Exp1": "e"}


def form_of(expression) -> Form:
    """Return a SymPy expression as a form, which `value_of` evaluates without SymPy."""
    head = expression.func.__name__
    if expression.is_Rational:
        return "number", f"{expression.p}/{expression.q}"
    if expression.is_Symbol:
        return "name", expression.name
    if expression.is_Float:
        return "decimal", str(sympy().N(expression, arithmetic.DIGITS + 30))
    if head in _CONSTANTS:
        return "constant", _CONSTANTS[head]
    if expression.is_Relational:
        return "relation", expression.rel_op, *map(form_of, expression.args)
    return head, *map(form_of, expression.args)


def tree_of(form: Form) -> Expr:
    """Return a form as a tree over names. Raises ArithmeticError for what the table of functions has no word for."""
    head, *parts = form
    match head:
        case "number":
            return Num(Fraction(parts[0]))
        case "name":
            return Sym(parts[0])
        case "constant" if parts[0] == "pi":
            return Pi()
        case "Add" | "Mul":
            return (Sum if head == "Add" else Product)(tuple(map(tree_of, parts)))
        case "Pow":
            return _power(*parts)
        case "Piecewise":
            pieces = tuple((_condition(condition), tree_of(piece)) for _, piece, condition in parts[:-1])
            return Cases(pieces, tree_of(parts[-1][1]))
        case "Heaviside":
            lead = tree_of(parts[0])
            zero, one, half = (Num(Fraction(n, 2)) for n in (0, 2, 1))
            return Cases(((Compare(">", lead, zero), one), (Compare("==", lead, zero), half)), zero)
    key = {"log": "ln", "Max": "max", "Min": "min"}.get(head, head)
    if key not in arithmetic.PRIMITIVES:
        raise arithmetic.DomainError(f"SymPy's {head} is no function here")
    return Call(key, tuple(map(tree_of, parts)), key)


def _power(base: Form, exponent: Form) -> Expr:
    number, rest = (exponent, ()) if exponent[0] != "Mul" else (exponent[1], tuple(exponent[2:]))
    if exponent[0] == "number" and Fraction(exponent[1]) == Fraction(1, 2):
        return Call("sqrt", (tree_of(base),), "sqrt")
    if number[0] != "number" or Fraction(number[1]) >= 0:
        return Power(tree_of(base), tree_of(exponent))
    positive = -Fraction(number[1])
    left = ("Mul", ("number", str(positive)), *rest) if rest else ("number", str(positive))
    return Quotient(Num(Fraction(1)), tree_of(base) if positive == 1 and not rest else _power(base, left))


def _condition(form: Form) -> Compare:
    if form[0] != "relation":
        raise arithmetic.DomainError("a condition of SymPy's that is no comparison")
    return Compare(form[1], tree_of(form[2]), tree_of(form[3]))


def names_in(form: Form) -> tuple[str, ...]:
    """Return the names in a form, each once, in reading order."""
    head, *parts = form
    if head == "name":
        return (parts[0],)
    return tuple(dict.fromkeys(name for part in parts if not isinstance(part, str) for name in names_in(part)))


def value_of(form: Form, values: Mapping[str, Number]) -> Number:
    """Return the value of a form at exact numbers, by no rule of ours but + · ^ and the primitive functions.

    Raises ArithmeticError where there is none.
    """
    head, *parts = form
    match head:
        case "number":
            return Fraction(parts[0])
        case "name":
            return values[parts[0]]
        case "decimal":
            return arithmetic.context().mpf(parts[0])
        case "constant":
            return +getattr(arithmetic.context(), parts[0])
        case "Piecewise":
            nowhere: Form = ("value outside its pieces",)
            return value_of(next((piece for _, piece, condition in parts if _holds(condition, values)), nowhere), values)
    rule = _RULES.get(head) or arithmetic.PRIMITIVES.get(_OURS.get(head) or head)
    if rule is None:
        raise arithmetic.DomainError(f"SymPy's {head} is no number here")
    return rule(*[value_of(part, values) for part in parts])


def _holds(form: Form, values: Mapping[str, Number]) -> bool:
    head, *parts = form
    match head:
        case "BooleanTrue" | "BooleanFalse":
            return head == "BooleanTrue"
        case "And":
            return all(_holds(part, values) for part in parts)
        case "Or":
            return any(_holds(part, values) for part in parts)
        case "Not":
            return not _holds(parts[0], values)
        case "ITE":
            return _holds(parts[1 if _holds(parts[0], values) else 2], values)
    relation, left, right = parts
    return arithmetic.compare(relation, value_of(left, values), value_of(right, values))


def _heaviside(lead: Number, level: Number = Fraction(1, 2)) -> Number:
    return Fraction(int(lead > 0)) if lead else Fraction(1, 2)


_OURS = {"log": "ln", "Max": "max", "Min": "min"}
_RULES: Mapping[str, Callable[..., Number]] = MappingProxyType(
    {
        "Add": lambda first, *others: reduce(arithmetic.add, others, first),
        "Mul": lambda first, *others: reduce(arithmetic.multiply, others, first),
        "Pow": arithmetic.power,
        "Heaviside": _heaviside,
        "stop": lambda value: value,
    }
)
