"""∂C/∂a of a unit as the sum over the units that it feeds, in index form: Σ_m ∂C/∂z_m · ∂z_m/∂a, then written out."""

from __future__ import annotations

from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.adjoints import adjoint_line
from derivgen.lines.equality import Equality, equality
from derivgen.lines.paper import index_of, partial, runs, symbol
from derivgen.maths.names import Name, split
from derivgen.maths.tree import Expr, Indexed, IndexedPartial, Layer, Product, SumOver, Sym, UnitCount
from derivgen.spec.model import Network, Neuron

MOST_WRITTEN = 4
"""Over more units than this the sum is not written out: the index form with the weights takes its place."""

INDEX = "m"


def unit_line(evaluation: Evaluation, name: str) -> Equality:
    """`adjoint_line` as the notes print it: of a unit's output that feeds several units, with Σ over these."""
    made = sum_line(evaluation, name)
    return adjoint_line(evaluation, name) if made is None else made


def sum_line(evaluation: Evaluation, name: str) -> Equality | None:
    """∂C/∂a_1 = Σ_m ∂C/∂z_m ∂z_m/∂a_1 = ∂C/∂z_1 w_11 + ∂C/∂z_2 w_21 + …; above `MOST_WRITTEN` units Σ_m ∂C/∂z_m w_m1.

    None where the name is no output (or input) of a network in layers that feeds several units and nothing else, or where the
    units' net inputs are not numbered alike, so that no index says them.
    """
    graph = evaluation.graph
    place = feeding(evaluation, name)
    if place is None or graph.spec.network is None:
        return None
    depth, at = place
    units = graph.spec.network.layers[depth - 1]
    nets = tuple(neuron.net or "" for neuron in units)
    letter = _letter(graph)
    net = _numbered(graph, nets, "net", depth, letter)
    if net is None:
        return None
    slope, over = IndexedPartial(Sym(graph.loss), net), UnitCount("N", Layer("", depth), len(units))
    total = SumOver(letter, over, Product((slope, IndexedPartial(net, symbol(graph, name)))))
    written: Expr | None = adjoint_line(evaluation, name).last
    if len(units) > MOST_WRITTEN:
        weight = _weight(graph, units, depth, at, letter)
        written = None if weight is None else SumOver(letter, over, Product((slope, weight)))
    return equality(("unit sum", name), partial(graph, graph.loss, name), total, written)


def feeding(evaluation: Evaluation, name: str) -> tuple[int, int] | None:
    """Of a unit whose output goes to all units of the next layer, several, and nowhere else: that layer's number, and its own."""
    network = evaluation.graph.spec.network
    users = evaluation.derivation.consumers.get(name, ())
    if network is None or network.form != "layers" or len(users) < 2:
        return None
    for depth, layer in enumerate(network.layers, 1):
        sources = _outputs(network, depth - 1)
        if name in sources and users == tuple(neuron.net for neuron in layer):
            return depth, sources.index(name)
    return None


def _outputs(network: Network, depth: int) -> tuple[str, ...]:
    return tuple(neuron.output for neuron in network.layers[depth - 1]) if depth else network.inputs


def _letter(graph: Graph) -> str:
    """What counts the units: m, or another letter where that is taken."""
    taken = {graph.index, str(graph.count)} if runs(graph) else set()
    return next(each for each in (INDEX, *"kjpqr") if each not in taken)


def _numbered(graph: Graph, names: tuple[str, ...], role: str, depth: int, letter: str) -> Indexed | None:
    """One name for all: z^2_m of z^2_1, z^2_2, …; None where they are not called so, or printed by symbols of the author's."""
    first = split(names[0])
    alike = all(split(name) == Name(first.base, "", str(depth), (str(m),)) for m, name in enumerate(names, 1))
    if not alike or any(name in graph.spec.symbols for name in names):
        return None
    return Indexed(role, first.base, Layer("", depth), (letter,), index_of(graph, names[0]))


def _weight(graph: Graph, units: tuple[Neuron, ...], depth: int, at: int, letter: str) -> Indexed | None:
    """w^2_m3 for all weights from one unit; None where they are not called so."""
    names = tuple(neuron.weights[at] for neuron in units)
    first, source = split(names[0]), str(at + 1)
    alike = all(_is_weight(name, first.base, depth, str(m), source) for m, name in enumerate(names, 1))
    if not alike or any(name in graph.spec.symbols for name in names):
        return None
    return Indexed("weight", first.base, Layer("", depth), (letter, source))


def _is_weight(name: str, base: str, depth: int, to: str, source: str) -> bool:
    parts = split(name)
    plain = (parts.base, parts.accent, parts.superscript) == (base, "", str(depth))
    return plain and parts.subscripts in ((to + source,), (to, source))
