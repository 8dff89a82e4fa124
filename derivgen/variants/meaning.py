"""What a condition speaks of in a graph: patterns and words for many written out, states of units said as comparisons.

What comes out names quantities and gradients alone, so that number arrays and exact numbers can both be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import product

from derivgen.derivation.derive import Derivation
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass
from derivgen.maths.conditions import Both, Comparison, Condition, Counted, Distinct, Either, Measure, Not, State, parts
from derivgen.maths.tree import Call, Expr, Num, Partial, Sym, rebuild
from derivgen.spec.draws import groups_of, plural
from derivgen.spec.model import Where
from derivgen.spec.reading import is_pattern
from derivgen.spec.roles import NameIndex
from derivgen.variants.records import draws_of
from derivgen.variants.units import InEverySample, Unit, distances, hidden, state_of, units_of

MOST = 5_000
"""How many things one condition may speak of."""
HINT = "see docs/variants.md for what conditions speak of"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A condition with what it speaks of written out; whether it asks for gradients."""

    where: Where
    tree: Condition
    backward: bool


def meanings(derivation: Derivation) -> tuple[Meaning, ...]:
    """Return the conditions of a spec, in their order. Raises SpecError for those that speak of nothing there is."""
    random, reader = derivation.graph.spec.random, _Reader(derivation)
    problems: list[Problem] = []
    found: list[Meaning] = []
    for where in random.where if random is not None else ():
        try:
            reader.where = where
            tree = reader.meant(where.tree)
            reader.ask_for_numbers(tree)
            found.append(Meaning(where, tree, reader.asks_for_gradients(tree)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return tuple(found)


class _Reader:
    def __init__(self, derivation: Derivation):
        self.derivation, self.graph = derivation, derivation.graph
        self.units = units_of(self.graph)
        self.known = NameIndex(self.graph.quantities)
        random = self.graph.spec.random
        self.many = random.groups if random is not None else {}
        self.where: Where | None = None

    def meant(self, condition: Condition) -> Condition:
        """Return the condition with everything written out."""
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

    def ask_for_numbers(self, condition: Condition) -> None:
        """Raise SpecError where a condition speaks of something that has no number in any variant, for the first such thing."""
        for node in (node for expr in written(condition) for node in parts(expr) if isinstance(node, (Sym, Partial))):
            name, said = (
                (node.of.name, f"the gradient by {node.by.name}") if isinstance(node, Partial) else (node.name, node.name)
            )
            if name in self._without:
                missing = self._without[name]
                why = "" if missing == name else f", since {missing} has none"
                raise self._problem(
                    f"this condition speaks of {said}, which has no number{why}", None, f"draw {missing}, or give it under values"
                )

    @cached_property
    def _without(self) -> dict[str, str]:
        """What has no number in any variant, each with the first name without a value that it rests on."""
        graph, found = self.graph, {}
        numbers = {*graph.given, *(name for draw in draws_of(graph.spec) for name in draw.names)}
        for name, quantity in graph.quantities.items():
            if quantity.definition is None and name not in numbers:
                found[name] = name
            elif lacking := next((operand for operand in graph.operands(name) if operand in found), None):
                found[name] = found[lacking]
        return found

    def asks_for_gradients(self, condition: Condition) -> bool:
        """Return whether a gradient stands in it."""
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
            asked = self.many.get(node.by.name) or self.known.matching(node.by.name)
            names = tuple(name for name in asked if self._has_gradient(name))
            found: tuple[Expr, ...] = tuple(self._gradient(name) for name in names)
            if asked and not names:
                raise self._problem(
                    f"the gradient by {node.by.name} is not asked for", node, f"add it:  wrt: [{node.by.name}, …]"
                )
        else:
            assert isinstance(node, Sym)
            found = self._named(node.name)
        if not found:
            what = node.by.name if isinstance(node, Partial) else getattr(node, "name", "")
            raise self._problem(f"there is nothing here that {what} stands for", node)
        return found

    def _has_gradient(self, name: str) -> bool:
        return name == self.graph.loss or name in self.derivation.between

    def _gradient(self, name: str) -> Partial:
        return Partial(Sym(self.graph.loss), Sym(name))

    def _named(self, name: str) -> tuple[Expr, ...]:
        exact = self.many.get(name) or self.known.matching(name)
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

    def _problem(self, message: str, node: Expr | None = None, hint: str = HINT) -> SpecError:
        assert self.where is not None
        place = node.at if node is not None and node.at is not None else self.where.place
        return SpecError(Problem(message, place, hint))


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


def written(condition: Condition) -> Iterator[Expr]:
    """Yield every expression of a condition that is written out."""
    if isinstance(condition, Comparison):
        yield from (side.arg if isinstance(side, Measure) else side for side in condition.sides)
    elif isinstance(condition, Distinct):
        yield from condition.of
    elif isinstance(condition, (Not, InEverySample)):
        yield from written(condition.part)
    elif isinstance(condition, (Counted, Both, Either)):
        for part in condition.parts:
            yield from written(part)
