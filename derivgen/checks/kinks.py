"""Where a sample sits exactly on a kink: there a convention, not a limit, decides the derivative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derivgen.evaluation import Values
from derivgen.graph import Graph, Quantity
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.evaluate import Environment, UnknownValue, evaluate
from derivgen.maths.functions import bound
from derivgen.maths.tree import Call, Cases, Expr, Reduce, children


@dataclass(frozen=True, slots=True)
class Kink:
    """`part` of a quantity's definition has a kink at its value in `sample` (from 0; None where there is one value)."""

    quantity: str
    sample: int | None
    part: Expr


def kinks(graph: Graph, values: Mapping[str, Values]) -> tuple[Kink, ...]:
    """Every place where the values sit on a kink, in the order of the definitions."""
    return tuple(kink for quantity in graph.quantities.values() if quantity.definition is not None and _may_have(quantity.definition)
                 for kink in _of(quantity, graph, values))  # fmt: skip


def _may_have(expr: Expr) -> bool:
    return isinstance(expr, (Call, Cases)) or any(_may_have(part) for part in children(expr))


def _of(quantity: Quantity, graph: Graph, values: Mapping[str, Values]) -> Iterator[Kink]:
    env = Environment(values, graph.library, graph.samples)
    assert quantity.definition is not None
    inside = any(isinstance(part, Reduce) for part in _nodes(quantity.definition))
    for sample in range(graph.samples) if quantity.per_sample or inside else (None,):
        for part in _nodes(quantity.definition):
            if isinstance(part, (Call, Cases)) and sits_on_kink(part, env.at(sample)):
                yield Kink(quantity.name, sample if quantity.per_sample else None, part)


def _nodes(expr: Expr) -> Iterator[Expr]:
    yield expr
    for part in children(expr):
        yield from _nodes(part)


def sits_on_kink(part: Call | Cases, env: Environment) -> bool:
    """Whether a call or a piecewise expression is evaluated exactly where its pieces meet (for own functions: inside them)."""
    try:
        return _on_border(part, env) if isinstance(part, Cases) else _call(part, env)
    except (UnknownValue, DomainError):
        return False


def _on_border(part: Cases, env: Environment) -> bool:
    return any(arithmetic.compare("==", evaluate(c.left, env), evaluate(c.right, env)) for c, _ in part.pieces)


def _call(part: Call, env: Environment) -> bool:
    if part.component is not None:
        return False
    if part.function in {"max", "min"}:
        args = [evaluate(arg, env) for arg in part.args]
        return sum(arithmetic.compare("==", arg, evaluate(part, env)) for arg in args) > 1
    function = env.library[part.function]
    if function.kinks:
        return evaluate(part.args[0], env) in function.kinks
    if function.body is None:
        return False
    body = bound(function.body, env.library.arguments(part.function, part.args))
    return any(sits_on_kink(node, env) for node in _nodes(body) if isinstance(node, (Call, Cases)))
