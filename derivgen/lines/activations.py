"""Activations: each function's formula and its derivative's, tried out at a few points and against differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import FUNCTIONS, OUTPUT, Library, bound, find, written
from derivgen.maths.grammar import function_hint
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Call, Expr, Neg, Num, Prime, Quotient, Sum, Sym, walk
from derivgen.spec.model import Show

POINTS = (Fraction(-7, 3), Fraction(-1, 2), Fraction(1, 3), Fraction(2))
STEP = Fraction(1, 10**30)
X = Sym("x")


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of x: f(x), further arguments being numbers, with its formula (None: it has none) and its derivative's."""

    call: Call
    formula: Expr | None
    prime: Prime
    slope: Expr


def activations(evaluation: Evaluation, show: Show) -> tuple[Activation, ...]:
    """Those asked for by name, else those that the computation uses. Raises SpecError for a name that is no function of x."""
    library = evaluation.graph.library
    calls = [_asked(library, show, place) for place in range(len(show.arguments))] or _used(evaluation.graph)
    return tuple(_activation(library, call) for call in calls)


def _asked(library: Library, show: Show, place: int) -> Call:
    name = show.arguments[place]
    key = name if name in library.own else find(name)
    if key is None:
        names = (*library.own, *(name for entry in FUNCTIONS.values() for name in entry.names))
        hint = function_hint(name, names) or "`derivgen functions` lists them"
        raise SpecError(Problem(f"there is no function {name[:40]!r}", show.places[place], hint))
    if library[key].arity[0] != 1 or library[key].vector or library[key].many:
        raise SpecError(Problem(f"{name} is no function of one argument", show.places[place], "take it out of `activations`"))
    return Call(key, (X,), name)


def _used(graph: Graph) -> list[Call]:
    """The activations among the functions that the definitions call, each with its further numbers once."""
    found: dict[tuple, Call] = {}
    for quantity in graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if not isinstance(node, Call) or node.component is not None:
                continue
            function, numbers = graph.library[node.function], node.args[1:]
            if function.activation and function.arity[0] == 1 and all(isinstance(number, Num) for number in numbers):
                found.setdefault((node.function, numbers), Call(node.function, (X, *numbers), node.written))
    return list(found.values())


def _activation(library: Library, call: Call) -> Activation:
    names = library.arguments(call.function, call.args)
    spelled = library[call.function].spelled
    value = written(spelled) if spelled else library.value(call.function)
    slope = _filled(derivative_formula(library, call.function, 0), {**names, OUTPUT: call})
    prime = Prime(call.function, call.args, call.written)
    return Activation(call, None if value is None else _filled(value, names), prime, slope)


def _filled(formula: Expr, names: Mapping[str, Expr]) -> Expr:
    """A formula in x: as it is written where x alone is put in, tidied where a number is."""
    put = bound(formula, names)
    return tidy(put) if any(isinstance(value, Num) for value in names.values()) else put


def activation_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """f and f' at a few points: by their formulas, and f' by a difference of f as well."""
    env = Environment({}, evaluation.graph.library)
    for each in activations(evaluation, show):
        for point in POINTS:
            try:
                yield from _at(each, point, env)
            except DomainError:
                continue


def _at(each: Activation, point: Fraction, env: Environment) -> Iterator[Equality]:
    about = (each.call.written or each.call.function, str(point))
    value = equality(
        (LineKind.ACTIVATION, *about), *(_put(side, point) for side in (each.call, each.formula) if side is not None)
    )
    ahead, behind = (_put(each.call, point + step) for step in (STEP, -STEP))
    difference = Quotient(Sum((ahead, Neg(behind))), Num(2 * STEP))
    slope = equality((LineKind.ACTIVATION_SLOPE, *about), _put(each.prime, point), _put(each.slope, point), difference)
    for line in (value, slope):
        _ = [evaluate(side, env) for side in line.sides]
        yield line


def _put(expr: Expr, point: Fraction) -> Expr:
    return bound(expr, {X.name: Num(point)})


def value_at(expr: Expr, point: float, library: Library) -> Number | None:
    """The number of a formula in x; None where it has none."""
    try:
        return evaluate(expr, Environment({X.name: (Fraction(point),)}, library))
    except DomainError:
        return None
