"""What a condition speaks of in a graph: patterns and words for many written out, states of units said as comparisons.

What comes out names quantities and gradients alone, so that number arrays and exact numbers can both be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from derivgen.derivation.derive import Derivation
from derivgen.errors import Problem, SpecError
from derivgen.graph import Graph
from derivgen.maths.conditions import Both, Comparison, Condition, Counted, Distinct, Either, Measure, Not, State, parts
from derivgen.maths.functions import bound
from derivgen.maths.tree import ONE, Call, Cases, Expr, Neg, Num, Partial, Power, Product, Sum, Sym, number, rebuild
from derivgen.spec.draws import groups_of
from derivgen.spec.known import Known, is_pattern
from derivgen.spec.model import Where
from derivgen.spec.where import plural

MOST = 5_000
ACTIVATIONS = ("relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "silu", "gelu", "step", "softmax")
SATURATED = Fraction(1, 100)
"""A sigmoid or tanh is saturated where its slope is smaller than this."""


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


@dataclass(frozen=True, slots=True)
class Meaning:
    """A condition with what it speaks of written out; whether it asks for gradients."""

    where: Where
    tree: Condition
    backward: bool


def meanings(derivation: Derivation) -> tuple[Meaning, ...]:
    """The conditions of a spec, in their order. Raises SpecError for those that speak of nothing there is."""
    random, reader = derivation.graph.spec.random, _Reader(derivation)
    problems: list[Problem] = []
    found: list[Meaning] = []
    for where in random.where if random is not None else ():
        try:
            reader.where = where
            tree = reader.meant(where.tree)
            found.append(Meaning(where, tree, reader.asks_for_gradients(tree)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return tuple(found)


def units_of(graph: Graph) -> tuple[Unit, ...]:
    """The units of a network, and in equations what is defined as an activation of something."""
    found = []
    for name, quantity in graph.quantities.items():
        body = quantity.definition
        if isinstance(body, Call) and name != graph.loss and _is_activation(graph, body.function):
            net = body.args[body.component] if body.component is not None else body.args[0]
            found.append(Unit(name, net, body.function))
    return tuple(found)


def _is_activation(graph: Graph, function: str) -> bool:
    return function in ACTIVATIONS or graph.library.is_own(function)


def hidden(graph: Graph, units: tuple[Unit, ...]) -> tuple[str, ...]:
    """The units of all layers but the last; in equations those from which further units, or further weights, lead to the loss."""
    network = graph.spec.network
    if network is not None:
        inner = {neuron.output for layer in network.layers[:-1] for neuron in layer}
        return tuple(unit.name for unit in units if unit.name in inner)
    names = {unit.name for unit in units}
    within: dict[str, None] = {}
    for name in reversed(tuple(graph.quantities)):
        operands = graph.operands(name)
        weighs = name != graph.loss and any(graph.quantities[operand].role == "parameter" for operand in operands)
        if name in within or name in names or weighs:
            within.update(dict.fromkeys(operands))
    return tuple(unit.name for unit in units if unit.name in within)


class _Reader:
    def __init__(self, derivation: Derivation):
        self.derivation, self.graph = derivation, derivation.graph
        self.units = units_of(self.graph)
        self.known = Known(self.graph.quantities)
        self.where: Where | None = None

    def meant(self, condition: Condition) -> Condition:
        """The condition with everything written out."""
        if isinstance(condition, Comparison):
            return _one(tuple(self._comparisons(condition)))
        if isinstance(condition, State):
            return _one(tuple(self._states(condition)))
        if isinstance(condition, Distinct):
            return Distinct(tuple(each for expr in condition.of for each in self._each(expr)))
        if isinstance(condition, Not):
            return Not(self.meant(condition.part))
        if isinstance(condition, Counted):
            listed = tuple(each for part in condition.parts for each in _listed(self.meant(part)))
            return Counted(listed, condition.op, condition.number)
        assert isinstance(condition, (Both, Either))
        return type(condition)(tuple(self.meant(part) for part in condition.parts))

    def asks_for_gradients(self, condition: Condition) -> bool:
        """Whether a gradient stands in it."""
        return any(isinstance(node, Partial) for expr in written(condition) for node in parts(expr))

    def _comparisons(self, condition: Comparison) -> Iterator[Comparison]:
        """One for each thing that the names with many meanings stand for, the same word meaning the same thing throughout."""
        sides = tuple(side.arg if isinstance(side, Measure) else side for side in condition.sides)
        many = dict.fromkeys(node for side in sides for node in parts(side) if isinstance(node, (Sym, Partial)))
        kinks = any(isinstance(side, Measure) and side.kind == "kink" for side in condition.sides)
        meant = {node: self._kinked(node) if kinks and isinstance(node, Sym) else self._meanings(node) for node in many}
        count = 1
        for found in meant.values():
            count *= len(found)
        if count > MOST:
            raise self._problem(f"this condition speaks of {count:,} things; {MOST:,} are the most there may be")
        for choice in product(*meant.values()):
            names: dict[Expr, Expr] = dict(zip(meant, choice, strict=True))
            yield Comparison(tuple(self._side(side, names) for side in condition.sides), condition.ops)

    def _side(self, side: Expr | Measure, names: dict[Expr, Expr]) -> Expr | Measure:
        if not isinstance(side, Measure):
            return _put(side, names)
        if side.kind == "kink":
            return self._distance(_put(side.arg, names))
        return Measure(side.kind, _put(side.arg, names))

    def _each(self, expr: Expr) -> Iterator[Expr]:
        for comparison in self._comparisons(Comparison((expr, Num(Fraction(0))), ("==",))):
            assert isinstance(comparison.sides[0], Expr)
            yield comparison.sides[0]

    def _meanings(self, node: Expr) -> tuple[Expr, ...]:
        """The quantities or gradients that a name, a pattern or a word stands for."""
        if isinstance(node, Partial):
            asked = self.known.matching(node.by.name)
            names = tuple(name for name in asked if self._has_gradient(name))
            found: tuple[Expr, ...] = tuple(self._gradient(name) for name in names)
        else:
            assert isinstance(node, Sym)
            found = self._named(node.name)
        if not found:
            what = node.by.name if isinstance(node, Partial) else getattr(node, "name", "")
            raise self._problem(f"there is nothing here that {what} stands for", node)
        return found

    def _has_gradient(self, name: str) -> bool:
        return name == self.graph.loss or name in self.derivation.between()

    def _gradient(self, name: str) -> Partial:
        return Partial(Sym(self.graph.loss), Sym(name))

    def _named(self, name: str) -> tuple[Expr, ...]:
        exact = self.known.matching(name)
        if exact or is_pattern(name):
            return tuple(Sym(each) for each in exact)
        return self._group(plural(name))

    def _group(self, word: str) -> tuple[Expr, ...]:
        graph = self.graph
        if word == "gradients":
            return tuple(self._gradient(name) for name in graph.wrt)
        if word in ("units", "hidden units", "output units"):
            inner = hidden(graph, self.units)
            wanted = {"units": True, "hidden units": None, "output units": False}[word]
            return tuple(Sym(u.name) for u in self.units if wanted or (u.name in inner) is (wanted is None))
        if word == "values":
            return tuple(Sym(name) for name, q in graph.quantities.items() if q.definition is not None)
        roles = {"parameters": graph.spec.parameters, "inputs": graph.spec.inputs, "targets": graph.spec.targets}
        return tuple(Sym(name) for name in roles.get(word, groups_of(graph.spec.network).get(word, ())))

    def _states(self, state: State) -> Iterator[Condition]:
        for expr in state.of:
            units = [unit for each in self._of_units(expr) if (unit := self._unit(each)) is not None]
            said = [each for unit in units if (each := state_of(state.kind, unit, self.graph)) is not None]
            if not said:
                raise self._problem(f"no unit that this speaks of can be {state.kind}", expr)
            yield from said

    def _of_units(self, expr: Expr) -> tuple[Expr, ...]:
        if not isinstance(expr, Sym):
            raise self._problem("only a unit is off, on, dead or saturated", expr)
        return self._meanings(expr)

    def _unit(self, expr: Expr) -> Unit | None:
        """The unit of that name, or the one that takes the quantity of that name in."""
        assert isinstance(expr, Sym)
        return next((unit for unit in self.units if expr.name == unit.name or expr == unit.net), None)

    def _kinked(self, node: Sym) -> tuple[Expr, ...]:
        found = tuple(each for each in self._meanings(node) if self._distances(each))
        if not found:
            raise self._problem(f"nothing that {node.name} stands for has a kink", node)
        return found

    def _distances(self, name: Expr) -> tuple[Expr, ...]:
        if not isinstance(name, Sym):
            return ()
        unit = self._unit(name)
        body = self.graph.quantities[unit.name if unit is not None else name.name].definition
        return tuple(distances(body, self.graph)) if body is not None else ()

    def _distance(self, name: Expr) -> Expr:
        found = self._distances(name)
        if not found:
            raise self._problem("only a quantity by its name is near its kink or not", name)
        return found[0] if len(found) == 1 else Call("min", found)

    def _problem(self, message: str, node: Expr | None = None) -> SpecError:
        assert self.where is not None
        place = node.at if node is not None and node.at is not None else self.where.place
        return SpecError(Problem(message, place, "see docs/variants.md for what conditions speak of"))


def _one(listed: tuple[Condition, ...]) -> Condition:
    return listed[0] if len(listed) == 1 else Both(listed)


def _listed(condition: Condition) -> tuple[Condition, ...]:
    """The things that are counted: of `Z_* > 0` each comparison."""
    plain = isinstance(condition, Both) and all(isinstance(part, (Comparison, InEverySample)) for part in condition.parts)
    return condition.parts if isinstance(condition, Both) and plain else (condition,)


def _put(expr: Expr, names: dict[Expr, Expr]) -> Expr:
    if expr in names:
        return names[expr]
    return expr if isinstance(expr, Partial) else rebuild(expr, lambda part: _put(part, names))


def state_of(kind: str, unit: Unit, graph: Graph) -> Condition | None:
    """A unit's state as a comparison; None for a unit that has no such state."""
    if kind == "saturated":
        slope = _slope(unit)
        return Comparison((slope, Num(SATURATED)), ("<",)) if slope is not None else None
    function = graph.library[unit.function]
    if Fraction(0) not in function.kinks:
        return None
    is_off = "<" if unit.function == "step" else "<="
    off = Comparison((unit.net, Num(Fraction(0))), (is_off,))
    if kind == "dead":
        return InEverySample(off)
    return off if kind == "off" else Comparison((unit.net, Num(Fraction(0))), (">=" if is_off == "<" else ">",))


def _slope(unit: Unit) -> Expr | None:
    name = Sym(unit.name)
    if unit.function == "sigmoid":
        return Product((name, Sum((ONE, Neg(name)))))
    return Sum((ONE, Neg(Power(name, number(2))))) if unit.function == "tanh" else None


def distances(expr: Expr, graph: Graph) -> Iterator[Expr]:
    """How far an expression is from each of its kinks, as expressions (of several arguments of max, every pair counts)."""
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
    yield from (_apart(call.args[0], Num(kink)) for kink in function.kinks)
    if function.body is not None and not function.kinks:
        yield from distances(bound(function.body, graph.library.arguments(call.function, call.args)), graph)


def _apart(a: Expr, b: Expr) -> Expr:
    zero = isinstance(b, Num) and not b.value
    return Call("abs", (a if zero else Sum((a, Neg(b))),), "abs")


def written(condition: Condition) -> Iterator[Expr]:
    """Every expression of a condition that is written out."""
    if isinstance(condition, Comparison):
        yield from (side.arg if isinstance(side, Measure) else side for side in condition.sides)
    elif isinstance(condition, Distinct):
        yield from condition.of
    elif isinstance(condition, (Not, InEverySample)):
        yield from written(condition.part)
    elif isinstance(condition, (Counted, Both, Either)):
        for part in condition.parts:
            yield from written(part)
