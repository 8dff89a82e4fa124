"""Shorthands of derivatives: L_y for ∂L/∂ŷ, dRL(z) for dReLU(z)/dz, defined once and written from then on."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.derive import LocalDerivative, path_count, paths_to
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, equality
from derivgen.lines.paper import on_paper, partial, runs
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import OUTPUT, bound
from derivgen.maths.tree import Call, Expr, Num, Prime, Sym, Written
from derivgen.spec.model import Shorthand

TRIED = tuple(Fraction(k, 4) for k in (-9, -4, -1, 0, 1, 3, 10))
"""Where the formula of a function's derivative is held against the derivative itself."""


def shorthand_of(graph: Graph, of: str, by: str) -> Expr | None:
    """The short name of ∂of/∂by as it is printed; None without one, or where ∂of/∂by is a single definition's alone."""
    if not any(short.of == of and short.by == by for short in graph.spec.notation.shorthands):
        return None
    name = next(short.name for short in graph.spec.notation.shorthands if short.of == of and short.by == by)
    indexed = runs(graph) and (graph.indexed(by) or graph.indexed(of))
    return Sym(name, graph.index if indexed else None)


def adjoint_symbol(graph: Graph, name: str) -> Expr:
    """∂L/∂name, or its short name."""
    return shorthand_of(graph, graph.loss, name) or partial(graph, graph.loss, name)


def stands_for(local: LocalDerivative) -> Expr | None:
    """The short name of a factor of a chain; None without one."""
    return None if local.direct else shorthand_of(local.graph, local.consumer, local.operand)


def known_by_name(local: LocalDerivative, sides: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The sides of a factor's line up to what has been defined: ∂L/∂ŷ = L_y, ∂a/∂z = dRL(z)."""
    short = stands_for(local)
    if short is not None:
        return (sides[0], short)
    named = {each.of for each in local.graph.spec.notation.shorthands if each.is_function}
    ends = [k for k, side in enumerate(sides) if isinstance(side, Prime) and side.function in named]
    return sides[: ends[0] + 1] if ends else sides


def definition_of(evaluation: Evaluation, short: Shorthand, worked: bool) -> Equality | None:
    """L_y := ∂L/∂ŷ, and (`worked`) what that is; None for a derivative that is no part of this computation."""
    graph, derivation = evaluation.graph, evaluation.derivation
    if short.is_function:
        return _of_function(graph, short, worked)
    left = shorthand_of(graph, short.of, short.by)
    whole = partial(graph, short.of, short.by)
    known = short.of == graph.loss or (short.of, short.by) in derivation.locals or short.of in evaluation.ratios
    if left is None or not known:
        return None
    sides = (left, whole, *([_worked(evaluation, short)] if worked else ()))
    line = equality(("shorthand", short.name), *sides)
    return Equality(line.about, line.sides, (":=", *line.relations[1:]))


def _worked(evaluation: Evaluation, short: Shorthand) -> Expr | None:
    """What the derivative comes to: its definition's, or the product of the chain that leads there."""
    from derivgen.lines.stages import braced, worked

    derivation, graph = evaluation.derivation, evaluation.graph
    local = derivation.locals.get((short.of, short.by))
    if local is not None and not local.direct:
        return worked(graph, local)
    inner = derivation if short.of == graph.loss else evaluation.ratios[short.of].derivation
    limit = graph.spec.notation.paths
    if path_count(inner, short.by, {inner.graph.loss: 1}) > limit:
        return None
    return braced(inner.graph, paths_to(inner, short.by))


def _of_function(graph: Graph, short: Shorthand, worked: bool) -> Equality:
    """dRL(z) := dReLU(z)/dz = its pieces"""
    argument = Sym(short.by)
    prime = Prime(short.of, (argument,), short.written)
    slope = Written("slope", (Call(short.of, (argument,), short.written), argument), prime)
    sides = (prime, slope, _formula(graph, prime)) if worked else (prime, slope)
    return Equality(("shorthand", short.name), sides, (":=", "=")[: len(sides) - 1])


def _formula(graph: Graph, prime: Prime) -> Expr:
    """The function's derivative by the table, or by its author's own definition."""
    formula = derivative_formula(graph.library, prime.function, prime.slot)
    names = graph.library.arguments(prime.function, prime.args)
    return on_paper(bound(formula, {**names, OUTPUT: Call(prime.function, prime.args, prime.written)}), graph)


def shorthand_lines(evaluation: Evaluation) -> Iterator[Equality | None]:
    """Each definition, and the formula of a function's derivative at some numbers."""
    graph = evaluation.graph
    for short in graph.spec.notation.shorthands:
        yield definition_of(evaluation, short, True)
        for number in TRIED if short.is_function else ():
            prime = Prime(short.of, (Num(number),), short.written)
            yield Equality(("shorthand", short.name, str(number)), (prime, _formula(graph, prime)), ("=",))
