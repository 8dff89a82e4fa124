"""The rules of differentiation, each by its name: what one of them makes of d/dx (f), with the d/dx of the parts left open.

Nothing here goes on to the parts: that is `derivgen.derivation.steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from derivgen.derivation.products import constant_factor, depends, product, rational, reopened, total
from derivgen.frozen import dataclass, field
from derivgen.maths.differentiate import Rules, derivative_formula, outer_derivative
from derivgen.maths.functions import OUTPUT, Library, bound
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Derivative,
    Expr,
    Letter,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    number,
    walk,
)

Words = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's name, an English message (the key of its translations), and what is put into it: words or expressions."""

    message: str
    names: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a rule made of an expression.

    `letter` is the one it put for an inner expression. `cancelled` are the factors that stood below a bar and are gone from
    there: what it made is equal wherever none of them is 0.
    """

    rule: Rule
    expr: Expr
    letter: Letter | None = None
    cancelled: tuple[Expr, ...] = ()


NewLetter = Callable[[Expr], Letter]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules may ask: the table of functions, a letter for an inner expression, derivatives that are known by name."""

    library: Library
    letter: NewLetter
    known: Mapping[str, Expr] = field(default_factory=dict)


def kind_of(open_: Derivative, library: Library) -> str:
    """Return which rule of `RULES` comes next for a derivative that is not worked out yet."""
    body, name = open_.body, open_.by.name
    if not depends(body, name):
        return "constant"
    if isinstance(body, Sym):
        return "identity" if body.name == name else "definition"
    if constant_factor(body, name)[0] is not None:
        return "constant factor"
    if isinstance(body, Call) and library.is_own(body.function):
        return "own"
    return _KINDS[type(body)](body, name)


def apply(open_: Derivative, setting: Setting) -> Applied:
    """Apply the rule of `kind_of` once."""
    return RULES[kind_of(open_, setting.library)](open_, setting)


def _constant(open_: Derivative, setting: Setting) -> Applied:
    """c' = 0"""
    return Applied(Rule("the derivative of a constant is 0"), ZERO)


def _identity(open_: Derivative, setting: Setting) -> Applied:
    """x' = 1"""
    return Applied(Rule("derivative of {x} by itself", {"x": open_.by}), ONE)


def _definition(open_: Derivative, setting: Setting) -> Applied:
    """z' = (what z stands for)', or what it is known to be"""
    assert isinstance(open_.body, Letter)
    slope = setting.known.get(open_.body.name)
    if slope is not None:
        return Applied(Rule("{f} = {g}", {"f": open_, "g": slope}), slope)
    return Applied(Rule("definition of {name}", {"name": open_.body}), reopened(open_, open_.body.content))


def _constant_factor(open_: Derivative, setting: Setting) -> Applied:
    """(c f)' = c f'"""
    constant, rest = constant_factor(open_.body, open_.by.name)
    assert constant is not None
    slope = reopened(open_, rest)
    if constant == number(-1):
        return Applied(Rule("constant factor"), Neg(slope))
    if isinstance(constant, Neg):
        return Applied(Rule("constant factor"), Neg(product(constant.arg, slope)))
    return Applied(Rule("constant factor"), product(constant, slope))


def _constant_term(open_: Derivative, setting: Setting) -> Applied:
    """(f + c)' = f'"""
    assert isinstance(open_.body, Sum)
    kept = [term for term in open_.body.terms if depends(term, open_.by.name)]
    one = len(kept) == len(open_.body.terms) - 1
    rule = Rule("a constant term has derivative 0" if one else "constant terms have derivative 0")
    return Applied(rule, reopened(open_, kept[0] if len(kept) == 1 else Sum(tuple(kept))))


def _sum(open_: Derivative, setting: Setting) -> Applied:
    """(f + g)' = f' + g'"""
    assert isinstance(open_.body, Sum)
    terms = [Neg(reopened(open_, t.arg)) if isinstance(t, Neg) else reopened(open_, t) for t in open_.body.terms]
    return Applied(Rule("sum rule"), Sum(tuple(terms)))


def _product(open_: Derivative, setting: Setting) -> Applied:
    """(f g h)' = f' g h + f g' h + f g h'"""
    assert isinstance(open_.body, Product)
    factors = open_.body.factors
    terms = [product(*factors[:k], reopened(open_, factor), *factors[k + 1 :]) for k, factor in enumerate(factors)]
    return Applied(Rule("product rule"), Sum(tuple(terms)))


def _quotient(open_: Derivative, setting: Setting) -> Applied:
    """(f / g)' = (g f' - f g') / g²"""
    assert isinstance(open_.body, Quotient)
    over, under = open_.body.over, open_.body.under
    above = Sum((product(under, reopened(open_, over)), Neg(product(over, reopened(open_, under)))))
    return Applied(Rule("quotient rule"), Quotient(above, Power(under, number(2))))


def _reciprocal(open_: Derivative, setting: Setting) -> Applied:
    """(1 / g)' = -g' / g²"""
    assert isinstance(open_.body, Quotient)
    under = open_.body.under
    return Applied(Rule("reciprocal rule"), Neg(Quotient(reopened(open_, under), Power(under, number(2)))))


def _power(open_: Derivative, setting: Setting) -> Applied:
    """(x^n)' = n x^(n-1)"""
    assert isinstance(open_.body, Power)
    base, exponent = open_.body.base, open_.body.exponent
    known = rational(exponent)
    if known is None:
        return Applied(Rule("power rule"), product(exponent, Power(base, total([exponent, Neg(ONE)]))))
    lower = base if known == 2 else Power(base, Num(known - 1))
    return Applied(Rule("power rule"), product(Num(known), lower))


def _exponential(open_: Derivative, setting: Setting) -> Applied:
    """(a^x)' = a^x ln a"""
    assert isinstance(open_.body, Power)
    return Applied(Rule("exponential with a constant base"), product(open_.body, Call("ln", (open_.body.base,), "ln")))


def _rewritten_power(open_: Derivative, setting: Setting) -> Applied:
    """u^1 = u, u^0 = 1, u^v = e^(v ln u)"""
    assert isinstance(open_.body, Power)
    base, exponent = open_.body.base, open_.body.exponent
    known = rational(exponent)
    if known in (0, 1):
        return Applied(Rule("power {n}", {"n": number(known)}), reopened(open_, base if known else ONE))
    written = Call("exp", (Product((exponent, Call("ln", (base,), "ln"))),), "exp")
    return Applied(Rule("{power} = {exponential}", {"power": open_.body, "exponential": written}), reopened(open_, written))


def _negative_power(open_: Derivative, setting: Setting) -> Applied:
    """1 / g^n = g^(-n)"""
    assert isinstance(open_.body, Quotient)
    under = open_.body.under
    assert isinstance(under, Power)
    known = rational(under.exponent)
    assert known is not None
    return Applied(Rule("written as a power"), reopened(open_, Power(under.base, Num(-known))))


def _cases(open_: Derivative, setting: Setting) -> Applied:
    """Each piece by itself"""
    assert isinstance(open_.body, Cases)
    pieces = tuple((condition, reopened(open_, piece)) for condition, piece in open_.body.pieces)
    return Applied(Rule("piece by piece"), Cases(pieces, reopened(open_, open_.body.otherwise)))


def _over_samples(open_: Derivative, setting: Setting) -> Applied:
    """(Σ f)' = Σ f'"""
    body = open_.body
    assert isinstance(body, (Reduce, SumOver))
    rule = Rule("the derivative of a sum is the sum of the derivatives")
    slope_ = reopened(open_, body.body)
    if isinstance(body, Reduce):
        return Applied(rule, Reduce(body.kind, slope_))
    return Applied(rule, SumOver(body.index, body.upper, slope_))


def _of_function(open_: Derivative, setting: Setting) -> Applied:
    """f(x)' by the table of functions"""
    call = open_.body
    assert isinstance(call, Call)
    slot = next(k for k, arg in enumerate(call.args) if depends(arg, open_.by.name))
    named = call.written or call.function
    rule = _SAID.get(call.function) or Rule("derivative of {function}", {"function": named})
    return Applied(rule, outer_derivative(call, slot, Rules(setting.library)))


_SAID = {
    "exp": Rule("derivative of the exponential"),
    "ln": Rule("derivative of the logarithm"),
    "sqrt": Rule("derivative of the square root"),
    "sin": Rule("derivative of the sine"),
    "cos": Rule("derivative of the cosine"),
}


def _of_chain(open_: Derivative, setting: Setting) -> Applied:
    """f(g)' = df/du · g' with u = g"""
    inner, outer = inside_of(open_.body, open_.by.name)
    named = isinstance(inner, Letter)
    letter = inner if isinstance(inner, Letter) else setting.letter(inner)
    first = Derivative(outer(letter), letter, _others(outer(letter), letter))
    rule = Rule("chain rule") if named else Rule("chain rule with {u} = {g}", {"u": letter, "g": inner})
    return Applied(rule, Product((first, reopened(open_, inner))), None if named else letter)


def _others(expr: Expr, letter: Sym) -> bool:
    """Whether other names than the letter stand in the expression, so that its derivative is a partial one."""
    return any(isinstance(node, Sym) and node.name != letter.name for node in walk(expr))


def inside_of(body: Expr, name: str) -> tuple[Expr, Callable[[Expr], Expr]]:
    """Return what stands inside of the outermost function, and that function of something else."""
    if isinstance(body, Power):
        if depends(body.base, name):
            return body.base, lambda u: Power(u, body.exponent)
        return body.exponent, lambda u: Power(body.base, u)
    assert isinstance(body, Call)
    slot = next(k for k, arg in enumerate(body.args) if depends(arg, name))
    args = body.args
    return args[slot], lambda u: Call(body.function, (*args[:slot], u, *args[slot + 1 :]), body.written, body.component)


def _of_arguments(open_: Derivative, setting: Setting) -> Applied:
    """f(g, h)' = f'_1 g' + f'_2 h'"""
    call = open_.body
    assert isinstance(call, Call)
    terms = [
        product(outer_derivative(call, k, Rules(setting.library)), reopened(open_, arg))
        for k, arg in enumerate(call.args)
        if depends(arg, open_.by.name)
    ]
    return Applied(Rule("chain rule, argument by argument"), Sum(tuple(terms)))


def _of_own(open_: Derivative, setting: Setting) -> Applied:
    """A function of the author's own is what it is defined as"""
    call = open_.body
    assert isinstance(call, Call)
    body = setting.library.value(call.function)
    assert body is not None
    names = setting.library.arguments(call.function, call.args)
    return Applied(
        Rule("definition of {function}", {"function": call.written or call.function}), reopened(open_, bound(body, names))
    )


def _of_written_prime(open_: Derivative, setting: Setting) -> Applied:
    """f'(u): worked out first; which argument of max or min counts stays the same around a point"""
    prime = open_.body
    assert isinstance(prime, Prime)
    if setting.library[prime.function].ties is not None:
        return Applied(Rule("constant in each case"), ZERO)
    formula = derivative_formula(setting.library, prime.function, prime.slot)
    call = Call(prime.function, prime.args, prime.written)
    worked = bound(formula, {**setting.library.arguments(prime.function, prime.args), OUTPUT: call})
    return Applied(Rule("derivative of {function}", {"function": prime.written or prime.function}), reopened(open_, worked))


RULES: dict[str, Callable[[Derivative, Setting], Applied]] = {
    "constant": _constant,
    "identity": _identity,
    "definition": _definition,
    "constant factor": _constant_factor,
    "constant term": _constant_term,
    "sum": _sum,
    "product": _product,
    "quotient": _quotient,
    "reciprocal": _reciprocal,
    "power": _power,
    "exponential": _exponential,
    "rewritten power": _rewritten_power,
    "negative power": _negative_power,
    "function": _of_function,
    "chain": _of_chain,
    "arguments": _of_arguments,
    "own": _of_own,
    "prime": _of_written_prime,
    "cases": _cases,
    "over samples": _over_samples,
}
"""Every rule there is; a test puts wrong ones in their places."""


ALIKE = ("constant", "identity", "constant factor", "constant term", "sum", "power", "function", "chain", "put back")
"""Rules that one line may apply to several terms alike: x^3 + x^2 has derivative 3x^2 + 2x."""


def _kind_of_sum(body: Sum, name: str) -> str:
    return "sum" if all(depends(term, name) for term in body.terms) else "constant term"


def _kind_of_quotient(body: Quotient, name: str) -> str:
    if body.over != ONE:
        return "quotient"
    under = body.under
    number_power = isinstance(under, Power) and rational(under.exponent) not in (None, Fraction(0))
    return "negative power" if number_power else "reciprocal"


def _kind_of_power(body: Power, name: str) -> str:
    below, above = depends(body.base, name), depends(body.exponent, name)
    if (below and above) or rational(body.exponent) in (0, 1):
        return "rewritten power"
    inner = body.base if below else body.exponent
    if not (isinstance(inner, Sym) and inner.name == name):
        return "chain"
    return "power" if below else "exponential"


def _kind_of_call(body: Call, name: str) -> str:
    varying = [arg for arg in body.args if depends(arg, name)]
    if len(varying) > 1:
        return "arguments"
    return "function" if isinstance(varying[0], Sym) and varying[0].name == name else "chain"


_KINDS: Mapping[type[Expr], Callable[..., str]] = MappingProxyType(
    {
        Sum: _kind_of_sum,
        Product: lambda body, name: "product",
        Quotient: _kind_of_quotient,
        Power: _kind_of_power,
        Call: _kind_of_call,
        Prime: lambda body, name: "prime",
        Cases: lambda body, name: "cases",
        Reduce: lambda body, name: "over samples",
        SumOver: lambda body, name: "over samples",
    }
)
