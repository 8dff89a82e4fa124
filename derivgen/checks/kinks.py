"""Where a sample sits exactly on a kink: there a convention, not a limit, decides the derivative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derivgen.evaluation import Values
from derivgen.graph import Graph, Quantity
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number, real
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.functions import bound
from derivgen.maths.tree import Call, Cases, Expr, Prime, Reduce, children, holds_any


@dataclass(frozen=True, slots=True)
class Kink:
    """`part` of a quantity's definition has a kink at its value in `sample` (from 0; None where there is one value)."""

    quantity: str
    sample: int | None
    part: Expr


EXACTLY = Fraction(0)


def kinks(graph: Graph, values: Mapping[str, Values], within: Fraction = EXACTLY) -> tuple[Kink, ...]:
    """Every place where the values sit on a kink (or `within` so much of one), in the order of the definitions."""
    return tuple(
        kink
        for quantity in graph.quantities.values()
        if quantity.definition is not None and holds_any(quantity.definition, (Call, Prime, Cases))
        for kink in _of(quantity, graph, values, within)
    )


def _of(quantity: Quantity, graph: Graph, values: Mapping[str, Values], within: Fraction) -> Iterator[Kink]:
    env = Environment(values, graph.library, graph.samples)
    assert quantity.definition is not None
    inside = any(isinstance(part, Reduce) for part in _nodes(quantity.definition))
    for sample in range(graph.samples) if quantity.per_sample or inside else (None,):
        for part in _nodes(quantity.definition):
            if isinstance(part, (Call, Prime, Cases)) and sits_on_kink(part, env.at(sample), within):
                yield Kink(quantity.name, sample if quantity.per_sample else None, part)


def _nodes(expr: Expr) -> Iterator[Expr]:
    yield expr
    for part in children(expr):
        yield from _nodes(part)


def sits_on_kink(part: Call | Prime | Cases, env: Environment, within: Fraction = EXACTLY) -> bool:
    """Whether a call or a piecewise expression is evaluated exactly where its pieces meet (for own functions: inside them)."""
    try:
        return _on_border(part, env, within) if isinstance(part, Cases) else _call(part, env, within)
    except (UnknownValueError, DomainError):
        return False


def _meet(a: Number, b: Number, within: Fraction) -> bool:
    return arithmetic.compare("==", a, b) or bool(abs(real(a) - real(b)) <= real(within) * max(1, abs(real(a))))


def _on_border(part: Cases, env: Environment, within: Fraction) -> bool:
    return any(_meet(evaluate(c.left, env), evaluate(c.right, env), within) for c, _ in part.pieces)


def _call(part: Call | Prime, env: Environment, within: Fraction) -> bool:
    if isinstance(part, Call) and part.component is not None:
        return False
    if part.function in {"max", "min"}:
        args = [evaluate(arg, env) for arg in part.args]
        best = evaluate(Call(part.function, part.args), env)
        return sum(_meet(arg, best, within) for arg in args) > 1
    function = env.library[part.function]
    if function.kinks:
        return any(_meet(evaluate(part.args[0], env), kink.point, within) for kink in function.kinks)
    if function.body is None:
        return False
    body = bound(function.body, env.library.arguments(part.function, part.args))
    return any(sits_on_kink(node, env, within) for node in _nodes(body) if isinstance(node, (Call, Prime, Cases)))
