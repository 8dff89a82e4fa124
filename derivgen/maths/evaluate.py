"""The value of mathematics as written, in an environment of exact numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.functions import OUTPUT, Library
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Derivative,
    Expr,
    Filled,
    Letter,
    Marked,
    Matrix,
    Neg,
    Num,
    Partial,
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
    children,
)

STEP = Fraction(1, 10**30)
_LEAST = Fraction(1, 10**20)
_SMOOTH = Fraction(1, 10**18)


class UnknownValueError(LookupError):
    """A name without a value: what depends on it stays symbolic."""


class Environment(NamedTuple):
    """Where names get their values: one number, or one per sample.

    `sample` is the sample (from 0) that is being looked at; `bound` gives the value of each running index (from 1).
    `partials` holds the values of ∂of/∂by, in the same shape; `views` what stands in each matrix, entry by entry.
    """

    numbers: Mapping[str, tuple[Number, ...]]
    library: Library
    samples: int = 1
    sample: int | None = None
    partials: Mapping[tuple[str, ...], tuple[Number, ...]] = MappingProxyType({})
    bound: Mapping[str, int] = MappingProxyType({})
    views: Mapping[Expr, Matrix] = MappingProxyType({})

    def at(self, sample: int | None) -> Environment:
        """The same environment, looking at one sample."""
        if sample == self.sample:
            return self
        return self._replace(sample=sample)

    def over(self, index: str, number: int) -> Environment:
        """The same environment, a running index at its `number` (from 1)."""
        return self._replace(bound={**self.bound, index: number})


def evaluate(expr: Expr, env: Environment) -> Number:
    """The exact value of the expression.

    Raises UnknownValueError for a name without one and DomainError where the expression has none.
    """
    return _EVALUATE[type(expr)](expr, env)


def place_of(expr: Expr, env: Environment) -> Expr:
    """The innermost part of an expression without a value that itself fails: what an error should point at."""
    for part in _needed(expr, env):
        try:
            evaluate(part, env)
        except DomainError:
            return place_of(part, env)
        except UnknownValueError:
            continue
    return expr


def _needed(expr: Expr, env: Environment) -> Iterator[Expr]:
    """The parts on which the value depends, one after another; of cases only those up to the piece that applies."""
    if not isinstance(expr, Cases):
        yield from children(expr)
        return
    for condition, piece in expr.pieces:
        yield from (condition.left, condition.right)
        try:
            if holds(condition, env):
                yield piece
                return
        except UnknownValueError:
            return
    yield expr.otherwise


def _pick(numbers: tuple[Number, ...], index: str | int | None, env: Environment, name: str) -> Number:
    if len(numbers) == 1:
        value = numbers[0]
    elif isinstance(index, int):
        value = numbers[index - 1]
    elif index is not None and index in env.bound:
        value = numbers[env.bound[index] - 1]
    elif env.sample is not None:
        value = numbers[env.sample]
    else:
        raise UnknownValueError(name)
    if value is None:
        raise UnknownValueError(name)
    return value


def _symbol(expr: Sym, env: Environment) -> Number:
    numbers = env.numbers.get(expr.name)
    if numbers is None:
        raise UnknownValueError(expr.name)
    if len(numbers) == 1 and numbers[0] is not None:
        return numbers[0]
    return _pick(numbers, expr.index, env, expr.name)


def _partial(expr: Partial, env: Environment) -> Number:
    key = (expr.of.name, expr.by.name)
    numbers = env.partials.get((*key, "direct")) if expr.direct else env.partials.get(key)
    if numbers is None:
        raise UnknownValueError(f"d{expr.of.name}/d{expr.by.name}")
    index = expr.by.index if expr.by.index is not None else expr.of.index
    return _pick(numbers, index, env, expr.by.name)


def _letter(expr: Letter, env: Environment) -> Number:
    varied = env.numbers.get(_varied(expr))
    return varied[0] if varied is not None else evaluate(expr.content, env)


def _varied(name: Sym) -> str:
    """Where a name's value stands while it is varied by itself: no author's name has a space in it."""
    return f" {name.name}" if isinstance(name, Letter) else name.name


def _derivative(expr: Derivative, env: Environment) -> Number:
    """(f(x + h) - f(x - h)) / 2h. Raises UnknownValueError on a kink, where the two sides do not agree."""
    middle = arithmetic.real(evaluate(expr.by, env))
    step = max(abs(middle), arithmetic.real(_LEAST)) * arithmetic.real(STEP)

    def value(at: Number) -> Number:
        moved = {**env.numbers, _varied(expr.by): (at,)}
        return arithmetic.real(evaluate(expr.body, env._replace(numbers=moved)))

    left, here, right = value(middle - step), value(middle), value(middle + step)
    if not arithmetic.near((here - left) / step, (right - here) / step, _SMOOTH):
        raise UnknownValueError("a kink")
    return (right - left) / (2 * step)


def _sum(expr: Sum, env: Environment) -> Number:
    total = evaluate(expr.terms[0], env)
    for term in expr.terms[1:]:
        total = arithmetic.add(total, evaluate(term, env))
    return total


def _product(expr: Product, env: Environment) -> Number:
    total = evaluate(expr.factors[0], env)
    for factor in expr.factors[1:]:
        total = arithmetic.multiply(total, evaluate(factor, env))
    return total


def _power(expr: Power, env: Environment) -> Number:
    return arithmetic.power(evaluate(expr.base, env), evaluate(expr.exponent, env))


def _cases(expr: Cases, env: Environment) -> Number:
    for condition, piece in expr.pieces:
        if holds(condition, env):
            return evaluate(piece, env)
    return evaluate(expr.otherwise, env)


def holds(condition: Compare, env: Environment) -> bool:
    """Whether a comparison is true in the environment."""
    return arithmetic.compare(condition.op, evaluate(condition.left, env), evaluate(condition.right, env))


def _call(expr: Call, env: Environment) -> Number:
    args = [evaluate(arg, env) for arg in expr.args]
    if expr.component is not None:
        return arithmetic.softmax(args, expr.component)
    primitive = arithmetic.PRIMITIVES.get(expr.function)
    if primitive is not None:
        return primitive(*args)
    body = env.library.value(expr.function)
    assert body is not None, expr.function
    return evaluate(body, _inside(expr, args, env))


def _inside(expr: Call | Prime, args: list[Number], env: Environment, output: Number | None = None) -> Environment:
    """An environment that knows a function's arguments only (and its output, as `f`)."""
    names = env.library.arguments(expr.function, expr.args)
    numbers: dict[str, tuple[Number, ...]] = {name: (value,) for name, value in zip(names, args, strict=False)}
    if len(names) > len(args):
        numbers |= {name: (evaluate(default, env),) for name, default in list(names.items())[len(args) :]}
    if output is not None:
        numbers[OUTPUT] = (output,)
    return Environment(numbers, env.library)


def _prime(expr: Prime, env: Environment) -> Number:
    args = [evaluate(arg, env) for arg in expr.args]
    if expr.function in {"max", "min"}:
        return arithmetic.share(args, expr.slot, ">" if expr.function == "max" else "<")
    from derivgen.maths.differentiate import derivative_formula

    formula = derivative_formula(env.library, expr.function, expr.slot)
    output = evaluate(Call(expr.function, expr.args), env)
    return evaluate(formula, _inside(expr, args, env, output))


def _reduce(expr: Reduce, env: Environment) -> Number:
    total: Number = Fraction(0)
    for sample in range(env.samples):
        total = arithmetic.add(total, evaluate(expr.body, env.at(sample)))
    return arithmetic.divide(total, Fraction(env.samples)) if expr.kind == "mean" else total


def _sum_over(expr: SumOver, env: Environment) -> Number:
    total: Number = Fraction(0)
    for i in range(1, int(evaluate(expr.upper, env)) + 1):
        total = arithmetic.add(total, evaluate(expr.body, env.over(expr.index, i)))
    return total


_EVALUATE: dict[type[Expr], Callable[..., Number]] = {
    Num: lambda e, env: e.value,
    Shown: lambda e, env: e.value,
    Sym: _symbol,
    Letter: _letter,
    Derivative: _derivative,
    Neg: lambda e, env: -evaluate(e.arg, env),
    Sum: _sum,
    Product: _product,
    Quotient: lambda e, env: arithmetic.divide(evaluate(e.over, env), evaluate(e.under, env)),
    Power: _power,
    Call: _call,
    Prime: _prime,
    Cases: _cases,
    Reduce: _reduce,
    SumOver: _sum_over,
    Partial: _partial,
    Filled: lambda e, env: evaluate(e.content, env),
    Boxed: lambda e, env: evaluate(e.content, env),
    Marked: lambda e, env: evaluate(e.content, env),
    Braces: lambda e, env: evaluate(e.content, env),
    Written: lambda e, env: evaluate(e.value, env),
}
