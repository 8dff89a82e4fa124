"""Another reading of written mathematics, on mpmath alone, and another idea of what one rule may do in one line."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mpmath.ctx_mp import MPContext

from derivgen.errors import Place
from derivgen.maths.functions import Library, vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.tree import (
    Call,
    Cases,
    Compare,
    Derivative,
    Expr,
    Letter,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    Sym,
    walk,
)

MP = MPContext()
MP.dps = 140
LIBRARY = Library()


class NoValueError(Exception):
    """There is no real value here."""


def parsed(text: str) -> Expr:
    """The tree of an expression of the language."""
    return parse_expression(text, Place("test", 1, 1, 1, text), vocabulary())


_HOLDS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_PLAIN = {name: getattr(MP, name) for name in ("exp", "ln", "sqrt", "sin", "cos", "tanh", "atan", "erf")}


def value(expr: Expr, numbers: dict[str, Any]) -> Any:
    """The value in 140 digits; an open derivative by mpmath's own differences. Raises NoValueError where there is none."""
    found = _value(expr, numbers)
    if isinstance(found, MP.mpc):
        if abs(found.imag) > MP.mpf(10) ** -40:
            raise NoValueError
        found = found.real
    if not MP.isfinite(found) or abs(found) > MP.mpf(10) ** 60:
        raise NoValueError
    return found


def _value(expr: Expr, numbers: dict[str, Any]) -> Any:
    if isinstance(expr, Num):
        return MP.mpf(expr.value.numerator) / expr.value.denominator
    if isinstance(expr, Letter):
        return numbers[f"the letter {expr.name}"] if f"the letter {expr.name}" in numbers else value(expr.content, numbers)
    if isinstance(expr, Sym):
        return numbers[expr.name]
    if isinstance(expr, Neg):
        return -value(expr.arg, numbers)
    if isinstance(expr, Sum):
        return MP.fsum([value(term, numbers) for term in expr.terms])
    if isinstance(expr, Product):
        return MP.fprod([value(factor, numbers) for factor in expr.factors])
    if isinstance(expr, Quotient):
        under = value(expr.under, numbers)
        if not under:
            raise NoValueError
        return value(expr.over, numbers) / under
    if isinstance(expr, Power):
        return _power(value(expr.base, numbers), value(expr.exponent, numbers))
    if isinstance(expr, Cases):
        return value(next((p for c, p in expr.pieces if _holds(c, numbers)), expr.otherwise), numbers)
    if isinstance(expr, Derivative):
        return _slope(expr, numbers)
    assert isinstance(expr, (Call, Prime)), expr
    return _function(expr, [value(arg, numbers) for arg in expr.args], numbers)


def _holds(condition: Compare, numbers: dict[str, Any]) -> bool:
    return bool(_HOLDS[condition.op](value(condition.left, numbers), value(condition.right, numbers)))


def _power(base: Any, exponent: Any) -> Any:
    if not base and exponent < 0:
        raise NoValueError
    if base < 0 and exponent != int(exponent):
        raise NoValueError
    return base**exponent


def _slope(expr: Derivative, numbers: dict[str, Any]) -> Any:
    name = f"the letter {expr.by.name}" if isinstance(expr.by, Letter) else expr.by.name
    at, step = value(expr.by, numbers), MP.mpf(10) ** -25
    around = [value(expr.body, {**numbers, name: at + k * step}) for k in (-2, -1, 1, 2)]
    left, right = (around[1] - around[0]) / step, (around[3] - around[2]) / step
    if abs(left - right) > MP.mpf(10) ** -8 * (1 + abs(left)):
        raise NoValueError
    return (8 * (around[2] - around[1]) - (around[3] - around[0])) / (12 * step)


def _function(expr: Call | Prime, args: list[Any], numbers: dict[str, Any]) -> Any:
    if isinstance(expr, Prime):
        names = [f"argument {k}" for k in range(len(args))]
        call = Call(expr.function, tuple(map(Sym, names)))
        return value(Derivative(call, Sym(names[expr.slot])), dict(zip(names, args, strict=True)))
    if expr.function in _PLAIN:
        if expr.function in {"ln", "sqrt"} and args[0] <= 0:
            raise NoValueError
        return _PLAIN[expr.function](args[0])
    if expr.function in {"max", "min"}:
        return (max if expr.function == "max" else min)(args)
    formula = LIBRARY.value(expr.function)
    assert formula is not None
    names = LIBRARY.arguments(expr.function, tuple(Num(0) for _ in args))
    return value(formula, {**{n: value(d, {}) for n, d in names.items()}, **dict(zip(names, args, strict=False))})


def places(expr: Expr, by: str, seed: int = 7, count: int = 2) -> Iterator[dict[str, Any]]:
    """Places where the expression and its derivative have a value."""
    source = random.Random(seed)
    names = sorted({node.name for node in walk(expr) if isinstance(node, Sym)} | {by})
    found = 0
    for attempt in range(60):
        wide = 3 if attempt % 3 else 1
        at = {name: MP.mpf(source.randint(101, 999)) / 1009 * wide * (-1 if attempt % 4 == 3 else 1) for name in names}
        try:
            value(Derivative(expr, Sym(by)), at)
        except (NoValueError, OverflowError, ZeroDivisionError):
            continue
        yield at
        found += 1
        if found == count:
            return


# --- made-up expressions ---------------------------------------------------------------------------------------------------

FUNCTIONS = ("exp", "ln", "sin", "cos", "sqrt", "sig", "tanh", "softplus", "ReLU", "abs", "silu", "atan")


def made_up(source: random.Random, depth: int) -> str:
    """An expression of x, a and b: nested quotients, powers of powers, products of three, logs of sigmoids, pieces."""
    if depth == 0 or source.random() < 0.15:
        return source.choice(["x", "x", "x", "x", "2", "3", "a", "1", "0.5", "b"])
    parts = [made_up(source, depth - 1) for _ in range(4)]
    shapes = [
        "({0} + {1})",
        "({0} - {1})",
        "{0}*{1}",
        "{0}*{1}*{2}",
        "({0})/({1})",
        "(({0})/({1}))/({2})",
        f"({{0}})^{source.choice(['2', '3', '-1', '(1/2)', '4', 'a'])}",
        "(({0})^2)^3",
        f"{source.choice(FUNCTIONS)}({{0}})",
        "ln(sig({0}))",
        "cases({0} > {1}: {2}, else: {3})",
        "({0})^({1})",
        "max({0}, {1})",
        "-({0})",
        "exp(-{0})",
    ]
    return source.choice(shapes).format(*parts)


def expressions(count: int, seed: int) -> list[str]:
    """Made-up expressions that depend on x, have a derivative somewhere, and are not endless."""
    source = random.Random(seed)
    found: list[str] = []
    while len(found) < count:
        text = made_up(source, source.choice((2, 3, 3, 4)))
        if len(text) > 150 or not any(isinstance(node, Sym) and node.name == "x" for node in walk(parsed(text))):
            continue
        if next(places(parsed(text), "x"), None) is not None:
            found.append(text)
    return found


# --- one rule a line -------------------------------------------------------------------------------------------------------


def opened(expr: Expr) -> Counter[Derivative]:
    """The derivatives that are not worked out yet, and how often each stands there."""
    return Counter(node for node in walk(expr) if isinstance(node, Derivative))


def varies(expr: Expr, name: str) -> bool:
    """Whether the expression depends on the name."""
    return any(
        isinstance(node, Sym) and (node.name == name or (isinstance(node, Letter) and varies(node.content, name)))
        for node in walk(expr)
    )


def is_last(body: Expr, name: str) -> bool:
    """Whether one rule works a derivative out for good: of a constant, of x, x^n, a^x, f(x), c/x."""

    def plain(part: Expr) -> bool:
        return isinstance(part, Sym) and part.name == name

    if not varies(body, name) or plain(body):
        return True
    if isinstance(body, Power):
        return (plain(body.base) and not varies(body.exponent, name)) or (plain(body.exponent) and not varies(body.base, name))
    return isinstance(body, Call) and all(plain(arg) or not varies(arg, name) for arg in body.args)


def shape(body: Expr, name: str) -> str:
    """Which kind of rule a body calls for, as far as its outermost shape and its constants say."""
    if not varies(body, name):
        return "constant"
    if _has_constant(body, name):
        return "constant factor"
    if isinstance(body, Sum):
        return "sum" if all(varies(term, name) for term in body.terms) else "constant term"
    return f"{type(body).__name__} {is_last(body, name)}"


def _has_constant(body: Expr, name: str) -> bool:
    """Whether a factor, above or below a bar, or inside one of the factors, is a constant."""
    if isinstance(body, Neg):
        return True
    if isinstance(body, Product):
        return any(not varies(factor, name) or _has_constant(factor, name) for factor in body.factors)
    if isinstance(body, Quotient):
        bare = isinstance(body.over, Num) and body.over.value == 1
        above = not bare and (not varies(body.over, name) or _has_constant(body.over, name))
        return above or not varies(body.under, name) or _has_constant(body.under, name)
    return False


def is_chain(body: Expr, name: str) -> bool:
    """Whether a body is f(g(x)) with one inner function, so that the chain rule leaves df/du open."""
    if isinstance(body, Power):
        known = isinstance(body.exponent, Num) and body.exponent.value in (0, 1)
        return not known and varies(body.base, name) != varies(body.exponent, name)
    return isinstance(body, Call) and sum(varies(arg, name) for arg in body.args) == 1


def direct_parts(body: Expr, name: str) -> set[str]:
    """What one rule may leave to be differentiated: the shapes of the direct parts of a body, as text."""
    from derivgen.maths.plain import plain

    return {plain(part) for part in _parts(body, name)}


def _parts(body: Expr, name: str) -> Iterator[Expr]:
    if isinstance(body, Letter):
        yield body.content
    elif isinstance(body, Sum):
        yield from (term.arg if isinstance(term, Neg) else term for term in body.terms)
        kept = [term for term in body.terms if varies(term, name)]
        if len(kept) < len(body.terms):
            yield kept[0] if len(kept) == 1 else Sum(tuple(kept))
    elif isinstance(body, (Product, Quotient, Neg)):
        yield from (
            body.factors if isinstance(body, Product) else (body.arg,) if isinstance(body, Neg) else (body.over, body.under)
        )
        yield from _without_constants(body, name)
    elif isinstance(body, Cases):
        yield from (*(piece for _, piece in body.pieces), body.otherwise)
    elif isinstance(body, Power):
        yield from (body.base, body.exponent)
    elif isinstance(body, (Call, Prime)):
        yield from body.args


def _without_constants(body: Expr, name: str) -> Iterator[Expr]:
    from derivgen.derivation.products import constant_factor

    yield constant_factor(body, name)[1]
