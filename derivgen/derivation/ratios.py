"""∂u/∂v of any two quantities: the same derivation with u in the loss's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from derivgen.derivation.derive import Derivation, Path, derive
from derivgen.errors import Problem, SpecError
from derivgen.graph import Graph, Quantity, matching
from derivgen.maths.tree import Reduce, walk

Ratio = tuple[str, str]


def key_of(ratio: Ratio) -> str:
    """Return `yhat/a_1`, as an author asks for it."""
    return "/".join(ratio)


def asked(graph: Graph) -> Mapping[str, tuple[Ratio, ...]]:
    """Return what each pattern under `wrt` with a slash in it asks for, in the order of the quantities. Raises SpecError."""
    names = tuple(graph.quantities)
    found: dict[str, tuple[Ratio, ...]] = {}
    for pattern in (pattern for pattern in graph.spec.wrt if "/" in pattern):
        over, _, under = pattern.partition("/")
        tops = [name for name in matching(over, names) if graph.quantities[name].definition is not None]
        ratios = tuple((of, by) for of in tops for by in matching(under, names) if of != by)
        if not ratios:
            raise SpecError(Problem(f"wrt: {pattern} asks for nothing", hint="a quantity with a definition, by another one"))
        found[pattern] = ratios
    return found


def ratios(derivation: Derivation) -> Mapping[str, Derivation]:
    """Return by quantity u the derivation of u by all that is needed, asked for or met between the stops of a chain."""
    graph = derivation.graph
    wanted: dict[str, dict[str, None]] = {}
    for of, by in (*(ratio for pattern in asked(graph).values() for ratio in pattern), *_met(derivation)):
        wanted.setdefault(of, {})[by] = None
    return MappingProxyType({of: derive(graph_of(graph, of, tuple(names))) for of, names in wanted.items()})


def _met(derivation: Derivation) -> list[Ratio]:
    """What several paths lead over between two stops of a chain, and shorthands of what is no edge."""
    graph, notation = derivation.graph, derivation.graph.spec.notation
    shorts = [(short.of, short.by) for short in notation.shorthands if not short.is_function]
    found = [ratio for ratio in shorts if ratio[0] != graph.loss and ratio not in derivation.locals]
    if notation.chain == "two_stage":
        for gradient in derivation.gradients.values():
            met = pairs(stops(gradient.paths or (), notation.abbreviations))
            found += [pair for pair in met if pair[0] != graph.loss and pair not in derivation.locals]
    return [ratio for ratio in dict.fromkeys(found) if is_apart(graph, ratio[0])]


def is_apart(graph: Graph, of: str) -> bool:
    """Tell whether a quantity has one value, or one per sample in which no other sample plays a part."""
    return _elementwise(graph, of) is not None


def stops(paths: tuple[Path, ...], passed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the quantities that every path leads through, from the loss to the parameter, but for those passed.

    Without a path there are none.
    """
    if not paths or not paths[0]:
        return ()
    ways = [(path[0].consumer, *(local.operand for local in path)) for path in paths]
    others = [dict.fromkeys(way) for way in ways[1:]]
    ends = (ways[0][0], ways[0][-1])
    return tuple(name for name in ways[0] if all(name in way for way in others) and (name in ends or name not in passed))


def pairs(names: tuple[str, ...]) -> list[Ratio]:
    """Return each name with the next one."""
    return list(pairwise(names))


def graph_of(graph: Graph, of: str, names: tuple[str, ...] = ()) -> Graph:
    """Return the graph with a quantity in the loss's place, to be differentiated by these names.

    One with a value per sample is a matter of each sample by itself. Raises SpecError where other samples play a part in it.
    """
    if not graph.per_sample(of):
        return replace(graph, loss=of, wrt=names)
    apart = _elementwise(graph, of)
    if apart is None:
        message = f"{of} has a value for each sample and depends on a mean or sum over all of them"
        raise SpecError(Problem(f"wrt: {message}; it is not differentiated by {', '.join(names)}"))
    columns = tuple(apart)
    quantities = {name: replace(quantity, per_sample=True, sampled=columns) for name, quantity in apart.items()}
    bare = frozenset(name for name, quantity in apart.items() if not quantity.per_sample)
    return replace(graph, loss=of, wrt=names, quantities={**graph.quantities, **quantities}, bare=bare)


def _elementwise(graph: Graph, of: str) -> dict[str, Quantity] | None:
    """What a quantity depends on, itself among it; None if a sum over the samples stands on the way."""
    reached: dict[str, Quantity] = {}
    stack = [of]
    while stack:
        name = stack.pop()
        if name in reached:
            continue
        reached[name] = quantity = graph.quantities[name]
        if quantity.definition is not None:
            if graph.per_sample(of) and any(isinstance(node, Reduce) for node in walk(quantity.definition)):
                return None
            stack += graph.operands(name)
    return reached
