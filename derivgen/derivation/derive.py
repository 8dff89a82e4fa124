"""Graph → Derivation: the local derivatives, the paths from the loss, and each gradient as chain products or by adjoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from derivgen.derivation.patterns import Pattern, PatternDerivative, PatternIndex, differentiate_pattern, filled, pattern_of
from derivgen.derivation.rewrites import facts_of
from derivgen.derivation.simplify import Simplification, Simplifier
from derivgen.frozen import dataclass, replace
from derivgen.graph import Graph
from derivgen.maths.symbolic import sympy, to_sympy
from derivgen.maths.tidy import chain
from derivgen.maths.tree import Expr, Num, Product, Quotient, Reduce, Sym
from derivgen.memo import kept_with_owner

ADJOINT = "d_"
MOST_PATHS_COUNTED = 10**6
MOST_EDGES = 5_000
"""In a computation with more edges, of inputs and parameters only those that are asked for are differentiated by."""

Edge = tuple[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """∂consumer/∂operand = derivative; as the rules give it (`raw`) and with its constants collected.

    With `reduce` the operand runs over samples and the consumer is a mean or sum over them: `derivative` is then one sample's
    share, for a mean without its 1/n. `occurrences` counts how often the operand is written in the definition. `direct`: the
    consumer is the loss, and the loss depends on the operand in other ways, too, so that this is not the whole ∂loss/∂operand.
    """

    consumer: str
    operand: str
    raw: Expr
    derivative: Expr
    reduce: str | None
    occurrences: int
    kind: PatternDerivative
    form: Pattern
    graph: Graph
    direct: bool = False

    def sympy(self):
        """Return the local derivative as a SymPy expression."""
        return to_sympy(self.derivative, self.graph.library, None, self.graph.sampled)


class Path(tuple[LocalDerivative, ...]):
    """The local derivatives from the loss to a quantity, in chain order; their product is the chain product."""

    def sympy(self):
        """Return the chain product as a SymPy expression (1 for the loss itself)."""
        return (
            to_sympy(chain_product(self[0].graph, self), self[0].graph.library, None, self[0].graph.sampled)
            if self
            else sympy().Integer(1)
        )


@dataclass(frozen=True, slots=True)
class Gradient:
    """∂loss/∂name. `paths` lists every path from the loss (None above the limit: then by adjoints).

    `contributions` are the local derivatives of the name's consumers; the gradient is the sum of each consumer's
    adjoint times it.
    """

    name: str
    paths: tuple[Path, ...] | None
    contributions: tuple[LocalDerivative, ...]
    expression: Expr
    graph: Graph

    def sympy(self):
        """Return the gradient as a SymPy expression (adjoints, where it has them, as symbols d_…)."""
        return to_sympy(self.expression, self.graph.library, None, self.graph.sampled)


@dataclass(frozen=True)
class Derivation:
    """Everything that is true of the graph's derivatives before any number is put in.

    `locals` holds every edge (consumer, operand); of a large computation, without the leaves that nobody asks for.
    """

    graph: Graph
    locals: Mapping[tuple[str, str], LocalDerivative]
    consumers: Mapping[str, tuple[str, ...]]
    gradients: Mapping[str, Gradient]
    kinds: Mapping[tuple, PatternDerivative]

    @cached_property
    def chains(self) -> int:
        """Count the chains from the loss to what it is differentiated by; of a gradient above the path limit none counts."""
        return sum(len(gradient.paths or ()) for gradient in self.gradients.values())

    @cached_property
    def _simplifier(self) -> Simplifier:
        return Simplifier(facts_of(self.graph))

    def with_numbers(self, graph: Graph) -> Derivation:
        """Return the derivation of a graph that differs in drawn numbers alone, on which no simplification depends."""
        other = replace(self, graph=graph)
        other.__dict__["_simplifier"] = self._simplifier
        return other

    @kept_with_owner
    def simplification(self, name: str) -> Simplification | None:
        """Return the derivative of the loss by any name simplified, its steps and the last form; None above the path limit."""
        gradient = self.gradients.get(name) or _gradient(self, name, {self.graph.loss: 1})
        return None if gradient.paths is None else self.simplified(gradient.expression)

    def simplified(self, expr: Expr) -> Simplification:
        """Return an expression in the names of quantities simplified, with what is known of the graph."""
        return self._simplifier.simplify(expr)

    def behind(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names and everything worked out from them on the way to the loss, in the order of the definitions."""
        reached = dict.fromkeys(names)
        stack = list(reached)
        while stack:
            for user in self.consumers.get(stack.pop(), ()):
                if user not in reached:
                    reached[user] = None
                    stack.append(user)
        return tuple(sorted(reached, key=self._order.__getitem__))

    @cached_property
    def between(self) -> frozenset[str]:
        """Return what the loss is differentiated by and all that lies between that and the loss: whose adjoints are needed."""
        return frozenset(self.behind(self.graph.wrt))

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.graph.quantities)}

    def adjoints(
        self,
        one: Value,
        zero: Callable[[str], Value],
        partials: Mapping[Edge, Value],
        share: Callable[[Value, Value, str], Value],
        add_up: Callable[[list[Value]], Value],
    ) -> dict[str, Value]:
        """Return the adjoint of each name, in any kind of numbers: the backward pass.

        Each is the sum (`add_up`) over the consumers of what their adjoint and the local derivative contribute (`share`, with
        the operand's name). A name with a partial that is not known has none; what the loss does not depend on has `zero`.
        """
        found: dict[str, Value] = {self.graph.loss: one}
        for name in self.backward_order():
            users = self.consumers.get(name, ())
            if name != self.graph.loss and all((user, name) in partials and user in found for user in users):
                found[name] = add_up([share(found[user], partials[user, name], name) for user in users])
        return {**{name: zero(name) for name in self.graph.wrt if name not in self.consumers}, **found}

    def backward_order(self) -> tuple[str, ...]:
        """Return the quantities that the loss depends on, the loss first, each after all its consumers."""
        return self._backward_order

    @cached_property
    def _backward_order(self) -> tuple[str, ...]:
        return tuple(name for name in self.graph.backward_order() if name == self.graph.loss or name in self.consumers)


def derive(graph: Graph) -> Derivation:
    """Derive the graph's loss by everything it is asked for. Nothing is evaluated."""
    edges = _edges(graph)
    consumers = _consumers(graph, edges)
    whole = Derivation(graph, {}, consumers, {}, {})
    small = len(edges) <= MOST_EDGES or _in_matrices(graph)
    wanted = consumers if small else whole.between.union(_defined(graph))
    locals_, kinds = _local_derivatives(graph, [edge for edge in edges if edge[1] in wanted], consumers)
    partial = replace(whole, locals=locals_, kinds=kinds)
    counts = {graph.loss: 1}
    gradients = {name: _gradient(partial, name, counts) for name in graph.wrt}
    return Derivation(graph, locals_, consumers, gradients, kinds)


def _in_matrices(graph: Graph) -> bool:
    """Whether gradients are shown as matrices: every entry of them is then checked."""
    return any(show.kind in ("matrices", "augmented") for show in graph.spec.show)


def _defined(graph: Graph) -> tuple[str, ...]:
    return tuple(name for name, quantity in graph.quantities.items() if quantity.definition is not None)


def _edges(graph: Graph) -> list[Edge]:
    """Every (consumer, operand) of the part of the graph that the loss depends on, from the loss backwards."""
    found: list[Edge] = []
    reached = {graph.loss: None}
    for name in reversed(tuple(graph.quantities)):
        if name in reached:
            operands = graph.varying(name)
            reached.update(dict.fromkeys(operands))
            found += [(name, operand) for operand in operands]
    return found


def _local_derivatives(
    graph: Graph, edges: list[Edge], consumers: Mapping[str, tuple[str, ...]]
) -> tuple[dict[Edge, LocalDerivative], dict[tuple, PatternDerivative]]:
    """The local derivative along every edge; each kind is differentiated once."""
    kinds: dict[tuple, PatternDerivative] = {}
    forms = PatternIndex()
    found: dict[Edge, LocalDerivative] = {}
    for name, operand in edges:
        form = pattern_of(graph.quantities[name], operand, graph.quantities, forms)
        kind = kinds.get(form.key)
        if kind is None:
            kind = kinds[form.key] = differentiate_pattern(form, graph.per_sample(operand), graph.library)
        raw = filled(kind.raw, form.names, graph.count)
        derivative = raw if kind.derivative is kind.raw else filled(kind.derivative, form.names, graph.count)
        direct = name == graph.loss and len(consumers[operand]) > 1
        found[name, operand] = LocalDerivative(
            name, operand, raw, derivative, kind.reduce, kind.occurrences, kind, form, graph, direct
        )
    return found, kinds


def _consumers(graph: Graph, edges: list[Edge]) -> dict[str, tuple[str, ...]]:
    """For each quantity the loss depends on, who uses it, in the order of the definitions."""
    order = {name: place for place, name in enumerate(graph.quantities)}
    lists: dict[str, list[str]] = {}
    for consumer, operand in edges:
        lists.setdefault(operand, []).append(consumer)
    return {name: tuple(sorted(users, key=order.__getitem__)) for name, users in lists.items()}


def _gradient(derivation: Derivation, name: str, counts: dict[str, int]) -> Gradient:
    contributions = tuple(derivation.locals[consumer, name] for consumer in derivation.consumers.get(name, ()))
    limit = derivation.graph.spec.notation.paths
    if path_count(derivation, name, counts) <= limit:
        paths = paths_to(derivation, name)
        return Gradient(name, paths, contributions, path_expression(derivation.graph, name, paths), derivation.graph)
    return Gradient(name, None, contributions, adjoint_expression(derivation, name), derivation.graph)


def path_count(derivation: Derivation, name: str, counts: dict[str, int]) -> int:
    """Count the paths that lead from the loss to the name, each occurrence of an operand as one, at most a million.

    `counts` holds those of other names already, the loss's at least, and takes what is found.
    """
    stack = [name]
    while stack:
        current = stack[-1]
        users = derivation.consumers.get(current, ())
        open_ = [user for user in users if user not in counts]
        if current in counts or not open_:
            stack.pop()
            total = sum(counts[user] * derivation.locals[user, current].occurrences for user in users)
            counts.setdefault(current, min(total, MOST_PATHS_COUNTED))
        else:
            stack.extend(open_)
    return counts[name]


def paths_to(derivation: Derivation, name: str) -> tuple[Path, ...]:
    """Return every path from the loss to the name, as local derivatives in chain order; a repeated operand counts as one edge."""
    found: list[Path] = []
    stack: list[tuple[str, Any]] = [(name, None)]
    while stack:
        current, below = stack.pop()
        if current == derivation.graph.loss:
            found.append(Path(_linked(below)))
            continue
        users = derivation.consumers.get(current, ())
        stack += [(user, (derivation.locals[user, current], below)) for user in reversed(users)]
    return tuple(found)


def _linked(link: Any) -> Iterator[Any]:
    """Yield what a chain of pairs holds, `(first, (second, …))`."""
    while link is not None:
        first, link = link
        yield first


def _one_sample(expr: Expr, reduce: str | None, graph: Graph) -> Expr:
    """One sample's share of a mean: the expression with its 1/n."""
    if reduce != "mean":
        return expr
    weight = Num(Fraction(1, graph.count)) if isinstance(graph.count, int) else Quotient(Num(Fraction(1)), Sym(graph.count))
    return chain((weight, expr))


def chain_product(graph: Graph, path: Path) -> Expr:
    """Return the product of a chain, simplified, its sums over samples outside: `mean(-2*(y - A)*A*(1 - A)*x)`.

    Each passage from a per-sample quantity to one with a single value closes a sum.
    """
    factors: list[Expr] = []
    reduce: str | None = None
    for local in path:
        factors.append(local.derivative)
        from_one, to_one = not graph.per_sample(local.consumer), not graph.per_sample(local.operand)
        if from_one and not to_one:
            reduce = local.reduce
        elif to_one and not from_one:
            factors = [Reduce(reduce or "sum", chain(factors))]
            reduce = None
    return _one_sample(chain(factors), reduce, graph)


def path_expression(graph: Graph, name: str, paths: tuple[Path, ...]) -> Expr:
    """Return the gradient as the sum of its paths' products."""
    from derivgen.maths.differentiate import plus

    del name
    return plus([chain_product(graph, path) for path in paths])


def adjoint_expression(derivation: Derivation, name: str) -> Expr:
    """Return the gradient as the sum over the name's consumers of adjoint times local derivative: `sum(d_Z_3*x_1)`."""
    from derivgen.maths.differentiate import plus

    return plus([contribution(derivation.graph, derivation.locals[user, name]) for user in derivation.consumers[name]])


def adjoint_name(graph: Graph, name: str) -> str:
    """Return ∂loss/∂Z as a name, d_Z; where the author has a quantity of that name, with one d more."""
    made = ADJOINT + name
    while made in graph.quantities:
        made = f"d{made}"
    return made


def contribution(graph: Graph, local: LocalDerivative) -> Expr:
    """Return one consumer's share: its adjoint `d_…` (∂loss/∂consumer) times the local derivative, summed over the samples."""
    adjoint = Sym(adjoint_name(graph, local.consumer))
    factors = (local.derivative,) if local.consumer == graph.loss else (adjoint, local.derivative)
    product = chain(factors) if len(factors) == 1 or isinstance(local.derivative, Num) else _kept(factors)
    if graph.per_sample(local.consumer) and not graph.per_sample(local.operand):
        return Reduce("sum", product)
    return _one_sample(product, local.reduce, graph)


def _kept(factors: tuple[Expr, ...]) -> Expr:
    return chain(factors) if any(isinstance(factor, Num) for factor in factors) else Product(factors)
