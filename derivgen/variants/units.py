"""Units and their states: which quantities are activations of something, which are hidden, when one is off, dead or saturated."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.maths.conditions import Comparison, Condition, parts
from derivgen.maths.functions import FUNCTIONS, OUTPUT, bound
from derivgen.maths.tree import Call, Cases, Expr, Neg, Num, Prime, Product, Sum, Sym, walk

SATURATED = Fraction(1, 100)
"""A unit that can be saturated is so where its slope is smaller than this."""


@dataclass(frozen=True, slots=True)
class InEverySample(Condition):
    """The part holds in each sample: one thing, not one for each sample."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Unit:
    """A quantity that is a function of what it takes in: `A_3 = ReLU(Z_3)`."""

    name: str
    net: Expr
    function: str


def units_of(graph: Graph) -> tuple[Unit, ...]:
    """Return the units of a network, and in equations what is defined as an activation of something."""
    found = []
    for name, quantity in graph.quantities.items():
        body = quantity.definition
        if isinstance(body, Call) and name != graph.loss and graph.library[body.function].activation:
            net = body.args[body.component] if body.component is not None else body.args[0]
            found.append(Unit(name, net, body.function))
    return tuple(found)


def hidden(graph: Graph, units: tuple[Unit, ...]) -> tuple[str, ...]:
    """Return the units of all layers but the last; in equations those from which further units or weights lead to the loss."""
    network = graph.spec.network
    if network is not None:
        inner = {neuron.output for layer in network.layers[:-1] for neuron in layer}
        return tuple(unit.name for unit in units if unit.name in inner)
    names = {unit.name for unit in units}
    within: dict[str, None] = {}
    for name in reversed(tuple(graph.quantities)):
        if name in within or name in names or (name != graph.loss and _weighs(graph, name)):
            within.update(dict.fromkeys(graph.operands(name)))
    return tuple(unit.name for unit in units if unit.name in within)


def _weighs(graph: Graph, name: str) -> bool:
    """Whether something is multiplied by a parameter in a quantity's definition (a target left undeclared is only taken off)."""
    definition = graph.quantities[name].definition
    factors = [part for node in walk(definition) if isinstance(node, Product) for part in node.factors] if definition else []
    return any(isinstance(part, Sym) and graph.quantities[part.name].role == "parameter" for part in factors)


def state_of(kind: str, unit: Unit, graph: Graph) -> Condition | None:
    """Return a unit's state as a comparison; None for a unit that has no such state."""
    states = graph.library[unit.function].states
    if kind == "saturated":
        return Comparison((_slope(unit, graph), Num(SATURATED)), ("<",)) if "saturated" in states else None
    if "off" not in states:
        return None
    kink = FUNCTIONS[unit.function].kinks[0]
    is_off, is_on = ("<", ">=") if kink.taken == "right" else ("<=", ">")
    off = Comparison((unit.net, Num(kink.point)), (is_off,))
    if kind == "dead":
        return InEverySample(off)
    return off if kind == "off" else Comparison((unit.net, Num(kink.point)), (is_on,))


def _slope(unit: Unit, graph: Graph) -> Expr:
    """A unit's slope, in its own value where its function's derivative has a formula in it."""
    function = graph.library[unit.function]
    if function.prime:
        return Prime(unit.function, (unit.net,), function.names[0])
    formula = graph.library.derivative(unit.function, 0)
    assert formula is not None
    return bound(formula, {**graph.library.arguments(unit.function, (unit.net,)), OUTPUT: Sym(unit.name)})


def distances(expr: Expr, graph: Graph) -> Iterator[Expr]:
    """Yield how far an expression is from each of its kinks, as expressions (of several arguments of max, every pair counts)."""
    for node in parts(expr):
        if isinstance(node, Cases):
            yield from (_apart(condition.left, condition.right) for condition, _ in node.pieces)
        elif isinstance(node, Call) and node.component is None:
            yield from _of_call(node, graph)


def _of_call(call: Call, graph: Graph) -> Iterator[Expr]:
    if call.function in ("max", "min"):
        for place, arg in enumerate(call.args):
            yield from (_apart(arg, other) for other in call.args[place + 1 :])
        return
    function = graph.library[call.function]
    yield from (_apart(call.args[0], Num(kink.point)) for kink in function.kinks)
    if function.body is not None and not function.kinks:
        yield from distances(bound(function.body, graph.library.arguments(call.function, call.args)), graph)


def _apart(a: Expr, b: Expr) -> Expr:
    zero = isinstance(b, Num) and not b.value
    return Call("abs", (a if zero else Sum((a, Neg(b))),), "abs")
