"""What a rewriting of expressions may know of the graph that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from derivgen.frozen import dataclass, field
from derivgen.graph import Graph
from derivgen.maths.tree import Call, Expr, Num, Quotient, Reduce, Sum, Sym, walk
from derivgen.spec.losses import takes_shares


@dataclass(frozen=True)
class Facts:
    """What a rewriting may know besides the expression.

    Args:
        by: the variable whose powers stand first in a product (steps of a differentiation).
        defined: the names of quantities that have a definition.
        outputs: what a quantity is defined as, and its name, where that is a function's value or a quotient.
        sampled: the names that have one value per sample.
        count: the number of samples.
        shares: names that add up to 1 in each sample.
        means: of what a quantity is the mean over the samples, and its name.
        written: the sums as the author wrote them, whose signs are not turned.
    """

    by: str = ""
    defined: frozenset[str] = frozenset()
    outputs: Mapping[Expr, Sym] = field(default_factory=dict)
    sampled: frozenset[str] = frozenset()
    count: Expr | None = None
    shares: tuple[tuple[str, ...], ...] = ()
    means: Mapping[Expr, Sym] = field(default_factory=dict)
    written: frozenset[Expr] = frozenset()

    @cached_property
    def quotients(self) -> tuple[tuple[Quotient, Sym], ...]:
        """The outputs that are quotients."""
        return tuple((definition, name) for definition, name in self.outputs.items() if isinstance(definition, Quotient))


def facts_of(graph: Graph) -> Facts:
    """Return what simplification may know of a graph."""
    definitions = [(name, quantity.definition) for name, quantity in graph.quantities.items() if quantity.definition is not None]
    return Facts(
        defined=frozenset(name for name, _ in definitions),
        outputs={
            definition: Sym(name)
            for name, definition in reversed(definitions)
            if isinstance(definition, Call) or (isinstance(definition, Quotient) and name != graph.loss)
        },
        sampled=graph.columns,
        count=Num(Fraction(graph.count)) if isinstance(graph.count, int) else Sym(graph.count),
        shares=_shares(graph),
        means={each.body: Sym(name) for name, each in definitions if isinstance(each, Reduce) and each.kind == "mean"},
        written=frozenset(node for _, definition in definitions for node in walk(definition) if isinstance(node, Sum)),
    )


def _shares(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """The targets of cross-entropy behind softmax, where the network or the numbers say that they add up to 1."""
    network = graph.spec.network
    if network is not None:
        return (tuple(network.targets),) if takes_shares(network) else ()
    targets = graph.spec.targets
    random = graph.spec.random
    drawn = {name for draw in random.draws for name in draw.names} if random is not None else set()
    if not targets or drawn & set(targets) or not all(name in graph.given for name in targets):
        return ()
    widths = {len(quantity.outputs) for quantity in graph.quantities.values() if len(quantity.outputs) > 1}
    samples = zip(*(graph.given[name] for name in targets), strict=True)
    return (tuple(targets),) if len(targets) in widths and all(sum(each) == 1 for each in samples) else ()
