"""Second names: a loss stated in ŷ and n, then with ŷ = A_5 and n = 4; an equation that is a bare name is no step of a chain."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from derivgen.derivation.derive import derive
from derivgen.evaluation import Evaluation, run
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import has_samples, symbol, to_notation
from derivgen.maths.tree import Compare, Expr, Num, Reduce, Sym, substitute, symbols, walk
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Spec
from derivgen.spec.network import by_first_names


@kept_with_owner
def contracted(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation in which what has a second name (`yhat = A_5`) goes by its first; itself where nothing has.

    Only where the first name serves no other purpose, so that a derivative by the one is a derivative by the other.
    """
    graph = evaluation.graph
    names = _second_names(graph)
    if not names:
        return evaluation
    quantities, written = {}, {}
    for name, quantity in graph.quantities.items():
        if name in names:
            continue
        definition = quantity.definition
        if definition is not None and any(used in names for used in symbols(definition)):
            written[name] = definition
            definition = substitute(definition, lambda sym: Sym(names.get(sym.name, sym.name), sym.index, at=sym.at))
        quantities[name] = replace(quantity, definition=definition)
    wrt = tuple(dict.fromkeys(names.get(name, name) for name in graph.wrt))
    made = replace(
        graph,
        spec=_renamed(graph.spec, names),
        quantities=quantities,
        wrt=wrt,
        aliases=MappingProxyType(names),
        written=MappingProxyType(written),
    )
    return run(derive(made))


def _second_names(graph: Graph) -> dict[str, str]:
    """Each second name and the first name behind it; of a network none, whose layers each have a name of their own."""
    users: dict[str, list[str]] = {}
    for name in graph.quantities:
        for operand in graph.operands(name):
            users.setdefault(operand, []).append(name)
    found: dict[str, str] = {}
    for name, quantity in graph.quantities.items():
        first = quantity.definition
        if graph.spec.network is not None or name == graph.loss or not isinstance(first, Sym):
            continue
        if graph.quantities[first.name].definition is not None and users[first.name] == [name]:
            found[name] = found.get(first.name, first.name)
    return found


def _renamed(spec: Spec, names: dict[str, str]) -> Spec:
    """Return the spec with first names in all that it asks for."""
    wrt = tuple(dict.fromkeys("/".join(names.get(part, part) for part in pattern.split("/")) for pattern in spec.wrt))
    return replace(spec, wrt=wrt, notation=by_first_names(spec.notation, names))


def stated_line(graph: Graph, name: str) -> Equality | None:
    """Write J = 1/n Σ (y - ŷ)² = 1/4 Σ (y - A_5)²: as it is stated first, then with what the second names stand for.

    None where nothing has a second name.
    """
    definition = graph.quantities[name].definition
    if definition is None or not facts(graph, name):
        return None
    count = graph.spec.data.name if graph.spec.data is not None and _is_counted(graph, definition) else ""
    stated = to_notation(graph.written.get(name, definition), replace(graph, count=count) if count else graph)
    return equality((LineKind.STATED, name), symbol(graph, name), stated, to_notation(definition, graph))


def facts(graph: Graph, name: str) -> tuple[Expr, ...]:
    """Return n = 4, ŷ = A_5: what the second names in a definition stand for."""
    definition = graph.quantities[name].definition
    if definition is None:
        return ()
    found: list[Expr] = []
    if graph.spec.data is not None and isinstance(graph.count, int) and _is_counted(graph, definition):
        found.append(Compare("==", Sym(graph.spec.data.name), Num(Fraction(graph.count))))
    used = symbols(graph.written.get(name, definition))
    found += [Compare("==", Sym(alias), Sym(first)) for alias, first in graph.aliases.items() if alias in used]
    return tuple(found)


def _is_counted(graph: Graph, definition: Expr) -> bool:
    """Return whether a definition takes a mean over samples whose number has a name."""
    named = graph.spec.data is not None and graph.spec.data.name and has_samples(graph)
    return bool(named) and any(isinstance(node, Reduce) for node in walk(definition))
