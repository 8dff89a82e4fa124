"""Chains over the stops that every path passes: from the nearest quantity, then from the loss; paths between stops in braces.

Also the definitions of the short names (`L_y := ∂L/∂ŷ`) that may stand for the first factors of a chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.derive import Gradient, LocalDerivative, Path, path_count, paths_to
from derivgen.derivation.ratios import Ratio, is_apart, pairs, stops
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.chains import Segment, assembled, factored_line, plus_whole, product_line, segments
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.notation import has_samples, one_over_count, partial, shorthand_of, stands_for, to_notation
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import OUTPUT, bound
from derivgen.maths.tidy import chain
from derivgen.maths.tree import Braces, Call, Expr, Num, Prime, Sym, Written
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Shorthand


def is_staged(graph: Graph) -> bool:
    """Return whether chains are written in two stages."""
    return graph.spec.notation.chain == "two_stage"


@kept_with_owner
def staged_line(graph: Graph, gradient: Gradient) -> Equality | None:
    """Write ∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w = ∂L/∂ŷ · ∂ŷ/∂a · …; None where one of them stands for something else as well."""
    if not is_staged(graph):
        return None
    found = stages(graph, gradient)
    alone = len(found) == 1 and not is_edge(gradient, found[0])
    if not found or alone or not all(_is_whole(graph, gradient, pair) for pair in found):
        return None
    way = (graph.loss, *(by for _, by in found))
    near = way[_nearest(graph, way) :]
    sides = [_over(graph, (graph.loss, *near)), _over(graph, way)]
    return equality((LineKind.CHAIN, gradient.name), partial(graph, graph.loss, gradient.name), *sides)


def stages(graph: Graph, gradient: Gradient) -> list[Ratio]:
    """Return neighbouring stops of a gradient's chains, the abbreviations stepped over."""
    return pairs(stops(gradient.paths or (), graph.spec.notation.abbreviations))


def is_edge(gradient: Gradient, pair: Ratio) -> bool:
    """Return whether a single definition leads from one stop to the next."""
    ways = _between(gradient.paths or (), *pair)
    return len(ways) == 1 and len(ways[0]) == 1


def between_line(evaluation: Evaluation, pair: Ratio) -> Equality:
    """Write ∂ŷ/∂a = the chains that lead from the one to the other = what they come to."""
    of, by = pair
    inner = evaluation.derivation if of == evaluation.graph.loss else evaluation.ratios[of].derivation
    graph, paths = inner.graph, paths_to(inner, by)
    chains = plus_whole([assembled(graph, segments(graph, path, partials=True), simplify=False) for path in paths])
    return equality((LineKind.BETWEEN, of, by), partial(graph, of, by), chains, braced(graph, paths))


def _nearest(graph: Graph, way: tuple[str, ...]) -> int:
    """Where the first stage starts: the stop that uses the parameter, or the last of those that follow from it alone."""
    place = max(1, len(way) - 2)
    while place > 1 and graph.operands(way[place - 1]) == (way[place],):
        place -= 1
    return place


def _is_whole(graph: Graph, gradient: Gradient, pair: tuple[str, str]) -> bool:
    """Return whether ∂u/∂v on the page can only mean the derivative along every path between the two."""
    if is_edge(gradient, pair) or pair[0] == graph.loss:
        return True
    return pair[1] not in graph.operands(pair[0]) and is_apart(graph, pair[0])


def _over(graph: Graph, way: tuple[str, ...]) -> Expr:
    """Return the product of ∂u/∂v over neighbouring stops, a Σ over the samples where it goes into them."""
    parts = []
    for of, by in pairs(way):
        one, other = not graph.per_sample(of), not graph.per_sample(by)
        parts.append(Segment(partial(graph, of, by), "sum" if one and not other else None, other and not one))
    return assembled(graph, parts, simplify=False)


def _between(paths: tuple[Path, ...], of: str, by: str) -> tuple[tuple[LocalDerivative, ...], ...]:
    """Return the ways from one stop to another, each once."""
    found: dict[tuple[str, ...], tuple[LocalDerivative, ...]] = {}
    for path in paths:
        start = next(k for k, local in enumerate(path) if local.consumer == of)
        end = next(k for k, local in enumerate(path) if local.operand == by)
        found.setdefault(tuple(local.operand for local in path[start:end]), tuple(path[start : end + 1]))
    return tuple(found.values())


def braced_line(graph: Graph, gradient: Gradient) -> Equality | None:
    """Write ∂L/∂w = L_y {w_7 … w_3 + w_8 … w_4} f'(z_1) x: with shorthands, what several paths add up to in braces."""
    if not (graph.spec.notation.shorthands or is_staged(graph)) or not gradient.paths:
        return None
    product = braced(graph, gradient.paths)
    if product is None:
        return None
    several = len(gradient.paths) > 1
    reason = Reason("what the paths share stands outside the braces") if several and len(stops(gradient.paths)) > 2 else None
    return equality((LineKind.BRACED, gradient.name), partial(graph, graph.loss, gradient.name), product, reason=reason)


@kept_with_owner
def product_lines(graph: Graph, gradient: Gradient) -> tuple[Equality, ...]:
    """Return the factors multiplied: with shorthands or in two stages in one line, else as they stand, then with braces."""
    short = braced_line(graph, gradient)
    if short is not None:
        return (short,)
    factored = factored_line(graph, gradient)
    return (product_line(graph, gradient), *((factored,) if factored is not None else ()))


def braced(graph: Graph, paths: tuple[Path, ...]) -> Expr | None:
    """Multiply over the stops, what has a shorthand by its short name; None where paths part and meet over samples."""
    way = stops(paths)
    if len(way) < 2:
        return None
    known = max((k for k in range(1, len(way) - 1) if shorthand_of(graph, graph.loss, way[k]) is not None), default=0)
    parts = [_shortened(graph, way[known])] if known else []
    for pair in pairs(way[known:]):
        found = _stage(graph, _between(paths, *pair))
        if found is None:
            return None
        parts += found
    product = assembled(graph, parts, simplify=True)
    return product.content if isinstance(product, Braces) else product


def _shortened(graph: Graph, name: str) -> Segment:
    """L_y in the place of all factors down to ŷ; with samples it holds its share of the mean."""
    short = shorthand_of(graph, graph.loss, name)
    assert short is not None
    return Segment(short, "sum" if graph.per_sample(name) and not graph.per_sample(graph.loss) else None)


def _stage(graph: Graph, ways: tuple[tuple[LocalDerivative, ...], ...]) -> list[Segment] | None:
    """One factor, or the sum of several ways in braces."""
    if len(ways) == 1:
        return [_segment(graph, local) for local in ways[0]]
    if any(part.opens or part.closes for way in ways for part in segments(graph, way)):
        return None
    terms = [chain([_segment(graph, local).expr for local in way]) for way in ways]
    return [Segment(Braces(plus_whole([to_notation(term, graph) for term in terms])))]


def _segment(graph: Graph, local: LocalDerivative) -> Segment:
    (plain,) = segments(graph, (local,))
    short = stands_for(local)
    return plain if short is None else Segment(short, "sum" if plain.opens else None, plain.closes)


def worked(graph: Graph, local: LocalDerivative) -> Expr:
    """Work out a factor of a chain, with its share of the mean."""
    expr = to_notation(local.derivative, graph)
    return chain((one_over_count(graph), expr)) if local.reduce == "mean" and has_samples(graph) else expr


TRIED = tuple(Fraction(k, 4) for k in (-9, -4, -1, 0, 1, 3, 10))
"""Where the formula of a function's derivative is held against the derivative itself."""


def definition_of(evaluation: Evaluation, short: Shorthand, worked: bool) -> Equality | None:
    """Write L_y := ∂L/∂ŷ, and (`worked`) what that is; None for a derivative that is no part of this computation."""
    graph, derivation = evaluation.graph, evaluation.derivation
    if short.is_function:
        return _of_function(graph, short, worked)
    left = shorthand_of(graph, short.of, short.by)
    whole = partial(graph, short.of, short.by)
    known = short.of == graph.loss or (short.of, short.by) in derivation.locals or short.of in evaluation.ratios
    if left is None or not known:
        return None
    sides = (left, whole, *([_worked(evaluation, short)] if worked else ()))
    line = equality((LineKind.SHORTHAND, short.name), *sides)
    return Equality(line.about, line.sides, (":=", *line.relations[1:]))


def _worked(evaluation: Evaluation, short: Shorthand) -> Expr | None:
    """Work out the derivative: its definition's, or the product of the chain that leads there."""
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
    return Equality((LineKind.SHORTHAND, short.name), sides, (":=", "=")[: len(sides) - 1])


def _formula(graph: Graph, prime: Prime) -> Expr:
    """Return the function's derivative by the table, or by its author's own definition."""
    formula = derivative_formula(graph.library, prime.function, prime.slot)
    names = graph.library.arguments(prime.function, prime.args)
    return to_notation(bound(formula, {**names, OUTPUT: Call(prime.function, prime.args, prime.written)}), graph)


def shorthand_lines(evaluation: Evaluation) -> Iterator[Equality | None]:
    """Yield each definition, and the formula of a function's derivative at some numbers."""
    graph = evaluation.graph
    for short in graph.spec.notation.shorthands:
        yield definition_of(evaluation, short, True)
        for number in TRIED if short.is_function else ():
            prime = Prime(short.of, (Num(number),), short.written)
            yield Equality((LineKind.SHORTHAND, short.name, str(number)), (prime, _formula(graph, prime)), ("=",))
