"""d/dw of a formula, worked out as far as a file can say it, and functions that a file defines itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from derivgen.claims.tokens import UnreadableError
from derivgen.frozen import replace
from derivgen.maths.differentiate import Rules, differentiate
from derivgen.maths.functions import Library
from derivgen.maths.tree import ONE, Expr, Partial, Sym, rebuild

RULES = Rules(Library())


def derived(body: Expr, by: str, slope: Callable[[str, str], Expr | None]) -> Expr:
    """Return d/dby of a formula; `slope` gives the derivative of a name in it by another, None where none is known.

    Raises UnreadableError for a name that may depend on `by`, or what has no rule.

    >>> from derivgen.maths.tree import Power, Num
    >>> from fractions import Fraction
    >>> derived(Power(Sym("w"), Num(Fraction(2))), "w", lambda name, by: None)
    Product(factors=(Num(value=Fraction(2, 1), text=''), Sym(name='w', index=None)))
    """

    def inner(name: str, other: str) -> Expr:
        found = ONE if name == other else slope(name, other)
        if found is None:
            raise UnreadableError(f"whether {name} depends on {other} is not known")
        return found

    return _worked(body, by, replace(RULES, slope=inner))


def _worked(body: Expr, name: str, rules: Rules) -> Expr:
    try:
        return differentiate(body, name, rules)
    except (KeyError, AssertionError):
        raise UnreadableError("this derivative cannot be worked out") from None


def applied(arguments: Sequence[str], body: Expr, values: Sequence[Expr], primes: int) -> Expr:
    """Return a function of the file, or its derivative, with values in the place of its arguments. Raises UnreadableError."""
    if len(arguments) != len(values) or (primes and len(arguments) > 1):
        raise UnreadableError(f"a function of {len(arguments)} arguments has {len(values)} here")
    for _ in range(primes):
        body = _worked(body, arguments[0], RULES)
    return _put_in(body, dict(zip(arguments, values, strict=True)))


def _put_in(body: Expr, values: Mapping[str, Expr]) -> Expr:
    if type(body) is Sym:
        return values.get(body.name, body)
    return body if isinstance(body, Partial) else rebuild(body, lambda part: _put_in(part, values))
