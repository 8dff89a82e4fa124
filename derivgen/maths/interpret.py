"""The one interpreter of expressions: what each node means is said here once, what the numbers are is said by an `Algebra`.

Exact numbers and matrices of them (`maths.evaluate`), SymPy expressions (`maths.symbolic`), complex steps
(`checks.complex_step`) and arrays of enclosed numbers (`variants.batch`) are algebras of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import FIRST, OUTPUT, Library
from derivgen.maths.tree import (
    STOP,
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Expr,
    Filled,
    Letter,
    Marked,
    Matrix,
    Neg,
    Num,
    Partial,
    Pi,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    Sym,
    Written,
)

EXTREMES = ("max", "min")
MOST_CALLS = 10_000
Rule = Callable[[Any, "Environment", "Algebra"], Any]


class UnknownValueError(LookupError):
    """A name without a value: what depends on it stays symbolic."""


class Environment(NamedTuple):
    """Where names get their values, in the numbers of an algebra; with exact numbers a tuple, one number or one per sample.

    `sample` is the sample (from 0) that is being looked at; `bound` gives the value of each running index (from 1).
    `partials` holds the values of ∂of/∂by, in the same shape; `views` what stands in each matrix, entry by entry. Exact numbers
    are worked with at least as many `digits` as are given. `still` are the numbers of what stands in `stop(…)`, where others are
    moved to see how the rest changes with them. What is 0 over one of the `limits` is 0, also where that is 0 (y/p of 0·ln 0).
    """

    numbers: Mapping[str, Any]
    library: Library
    samples: int = 1
    sample: int | None = None
    partials: Mapping[tuple[str, ...], Any] = MappingProxyType({})
    bound: Mapping[str, int] = MappingProxyType({})
    views: Mapping[Expr, Matrix] = MappingProxyType({})
    digits: int = 0
    limits: tuple[Expr, ...] = ()
    still: Mapping[str, Any] | None = None

    def at(self, sample: int | None) -> Environment:
        """Return the same environment, looking at one sample (from 0)."""
        if sample == self.sample:
            return self
        return self._replace(sample=sample)

    def stopped(self) -> Environment:
        """Return the same environment with the numbers that no name is moved from."""
        return self if self.still is None else self._replace(numbers=self.still)

    def over(self, index: str, number: int) -> Environment:
        """Return the same environment, a running index at its `number` (from 1)."""
        return self._replace(bound={**self.bound, index: number})


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow as many calls within each other as the deepest expression of a spec needs, in SymPy's derivatives, too.

    The grammar and the spec bound how deep an expression is nested (150), so that the limit is there to be kept, not to be met.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, MOST_CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def interpret(expr: Expr, env: Environment, algebra: Algebra) -> Any:
    """Return the value of an expression in the numbers of an algebra."""
    return algebra.rules[type(expr)](expr, env, algebra)


def _sum(expr: Sum, env: Environment, algebra: Algebra) -> Any:
    rules, add = algebra.rules, algebra.add
    first, *rest = expr.terms
    total = rules[type(first)](first, env, algebra)
    for term in rest:
        total = add(total, rules[type(term)](term, env, algebra))
    return total


def _product(expr: Product, env: Environment, algebra: Algebra) -> Any:
    rules, multiply = algebra.rules, algebra.multiply
    first, *rest = expr.factors
    total = rules[type(first)](first, env, algebra)
    for factor in rest:
        total = multiply(total, rules[type(factor)](factor, env, algebra))
    return total


def _quotient(expr: Quotient, env: Environment, algebra: Algebra) -> Any:
    return algebra.divide(interpret(expr.over, env, algebra), interpret(expr.under, env, algebra))


def _power(expr: Power, env: Environment, algebra: Algebra) -> Any:
    return algebra.power(interpret(expr.base, env, algebra), interpret(expr.exponent, env, algebra))


def _compare(expr: Compare, env: Environment, algebra: Algebra) -> Any:
    return algebra.compare(expr.op, interpret(expr.left, env, algebra), interpret(expr.right, env, algebra))


def _call(expr: Call | Prime, env: Environment, algebra: Algebra) -> Any:
    if env.still is not None and expr.function == STOP:
        return interpret(expr.args[0], env.stopped(), algebra)
    return algebra.call(expr, [interpret(arg, env, algebra) for arg in expr.args], env)


def _reduce(expr: Reduce, env: Environment, algebra: Algebra) -> Any:
    total = algebra.total(expr.body, env)
    return algebra.mean(total, env.samples) if expr.kind == "mean" else total


def _content(expr: Any, env: Environment, algebra: Algebra) -> Any:
    return interpret(expr.content, env, algebra)


_PI = Product((Num(Fraction(4)), Call("atan", (Num(Fraction(1)),))))
"""π in what every algebra has; to all the digits that it works with."""

RULES: Mapping[type[Expr], Rule] = {
    Num: lambda e, env, algebra: algebra.number(e.value),
    Shown: lambda e, env, algebra: algebra.number(e.value),
    Sym: lambda e, env, algebra: algebra.name(e, env),
    Letter: _content,
    Pi: lambda e, env, algebra: interpret(_PI, env, algebra),
    Neg: lambda e, env, algebra: algebra.negative(interpret(e.arg, env, algebra)),
    Sum: _sum,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _call,
    Prime: _call,
    Compare: _compare,
    Cases: lambda e, env, algebra: algebra.cases(e, env),
    Reduce: _reduce,
    Partial: lambda e, env, algebra: algebra.partial(e, env),
    Filled: _content,
    Boxed: _content,
    Marked: _content,
    Braces: _content,
    Written: lambda e, env, algebra: interpret(e.value, env, algebra),
}
"""What each kind of node means, in any algebra."""


class Algebra:
    """The numbers of an interpretation: what adding, multiplying, choosing and the primitive functions are with them.

    What is not said otherwise is Python's own arithmetic. `functions` are the primitives by their key in the table of functions;
    an algebra with kinds of nodes of its own adds their `rules`.
    """

    functions: Mapping[str, Callable[..., Any]] = MappingProxyType({})
    rules: Mapping[type[Expr], Rule] = RULES

    def number(self, value: Any) -> Any:
        """Return an exact number (a Fraction or an mpf) as one of this algebra."""
        return value

    def name(self, symbol: Sym, env: Environment) -> Any:
        """Return the value of a name."""
        return env.numbers[symbol.name]

    def partial(self, expr: Partial, env: Environment) -> Any:
        """Return the value of ∂of/∂by: it is looked up."""
        return env.partials[expr.of.name, expr.by.name]

    def held(self, value: Any) -> Any:
        """Return a function's argument as an environment holds it."""
        return value

    def negative(self, a: Any) -> Any:
        """Return -a."""
        return -a

    def add(self, a: Any, b: Any) -> Any:
        """Return a + b."""
        return a + b

    def multiply(self, a: Any, b: Any) -> Any:
        """Return a · b."""
        return a * b

    def divide(self, a: Any, b: Any) -> Any:
        """Return a / b."""
        return a / b

    def power(self, a: Any, b: Any) -> Any:
        """Return a to the power b."""
        return a**b

    def compare(self, op: str, a: Any, b: Any) -> Any:
        """Return the truth of `a op b`, op one of < <= > >= == !=."""
        raise NotImplementedError

    def choose(self, truth: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the truth holds, else `no`."""
        raise NotImplementedError

    def extreme(self, args: Sequence[Any], largest: bool) -> Any:
        """Return the largest or the smallest of several."""
        raise NotImplementedError

    def share(self, args: Sequence[Any], slot: int, largest: bool, first: bool = False) -> Any:
        """Return the derivative of max or min by one argument: 1 shared equally among those that tie, else 0.

        With `first` the first of those that tie takes all of it.
        """
        raise NotImplementedError

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the sum of the body over all samples."""
        raise NotImplementedError

    def mean(self, total: Any, samples: int) -> Any:
        """Return the mean of so many samples from their sum."""
        return self.divide(total, self.number(Fraction(samples)))

    def top(self, args: Sequence[Any]) -> Any:
        """Return what softmax takes off its arguments first: the largest, so that no exponential is too large."""
        return self.extreme(args, largest=True)

    def softmax(self, args: Sequence[Any], component: int) -> Any:
        """Return exp(z_k) / Σ_j exp(z_j)."""
        lower = self.negative(self.top(args))
        powers = [self.functions["exp"](self.add(arg, lower)) for arg in args]
        return self.divide(powers[component], self.add_up(powers))

    def add_up(self, parts: Iterable[Any]) -> Any:
        """Return the sum of at least one part, from left to right."""
        rest = iter(parts)
        total = next(rest)
        for part in rest:
            total = self.add(total, part)
        return total

    def cases(self, expr: Cases, env: Environment) -> Any:
        """Return the value of the first piece that applies; every piece is worked out, for arrays that differ in which."""
        found = interpret(expr.otherwise, env, self)
        for condition, piece in reversed(expr.pieces):
            found = self.choose(interpret(condition, env, self), interpret(piece, env, self), found)
        return found

    def call(self, expr: Call | Prime, args: Sequence[Any], env: Environment) -> Any:
        """Return the value of a function of arguments that are worked out already."""
        if isinstance(expr, Prime):
            return self._prime(expr, args, env)
        if expr.component is not None:
            return self.softmax(args, expr.component)
        if expr.function in EXTREMES:
            return self.extreme(args, expr.function == "max")
        primitive = self.functions.get(expr.function)
        if primitive is not None:
            return primitive(*args)
        body = env.library.value(expr.function)
        assert body is not None, expr.function
        return interpret(body, self._within(expr, args, env), self)

    def _prime(self, expr: Prime, args: Sequence[Any], env: Environment) -> Any:
        if expr.function in EXTREMES:
            return self.share(args, expr.slot, expr.function == "max", env.library[expr.function].ties == FIRST)
        formula = derivative_formula(env.library, expr.function, expr.slot)
        output = self.call(Call(expr.function, expr.args), args, env)
        return interpret(formula, self._within(expr, args, env, {OUTPUT: self.held(output)}), self)

    def _within(
        self, expr: Call | Prime, args: Sequence[Any], env: Environment, more: Mapping[str, Any] = MappingProxyType({})
    ) -> Environment:
        """Return an environment that knows a function's arguments only, those left out by their defaults, and `more`."""
        names = env.library.arguments(expr.function, expr.args)
        numbers = {name: self.held(value) for name, value in zip(names, args, strict=False)}
        if len(names) > len(args):
            left_out = list(names.items())[len(args) :]
            numbers |= {name: self.held(interpret(default, env, self)) for name, default in left_out}
        still = None
        if env.still is not None and env.library.is_own(expr.function):
            bare = env.stopped()
            still = {name: self.held(interpret(arg, bare, self)) for name, arg in names.items()}
        return Environment({**numbers, **more}, env.library, still=still)
