"""Derivation + values → Evaluation: every quantity, local derivative and adjoint as exact numbers, where numbers are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import cached_property, partial
from typing import TypeVar

from derivgen.derivation.derive import Derivation, LocalDerivative
from derivgen.derivation.matrices import Views
from derivgen.derivation.ratios import ratios
from derivgen.derivation.second import second_derivatives
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass, replace
from derivgen.graph import OTHER_COUNTS, Graph, Quantity
from derivgen.maths.arithmetic import (
    DIGITS,
    LARGEST,
    LARGEST_SLOPE,
    DomainError,
    Number,
    add_up,
    as_far_as_told,
    bounded,
    carefully,
    divide,
    is_exact,
    multiply,
    precision,
    real,
)
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate, place_of
from derivgen.maths.numbers import NumberFormat, carried
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr
from derivgen.spec.model import Spec

Values = tuple[Number, ...]
Key = TypeVar("Key")
SAME = Fraction(1, 10**35)
"""Decimals as near as this, relative to their size, are the same number."""
SOME_NUMBER = Fraction(37, 100)


@dataclass(frozen=True)
class Evaluation:
    """The numbers of a derivation. A name or edge is missing where its value depends on one that is not given.

    `values`, `adjoints`: by name, one number or one per sample. `partials`: by (consumer, operand), with a mean's 1/n included.
    With `exact` (the evaluation as it really is) this one carries every number on as it is printed. In one that is `counted`
    a symbolic number of samples has a made-up value; in any other what depends on that number is not known.
    """

    derivation: Derivation
    values: Mapping[str, Values]
    partials: Mapping[tuple[str, str], Values]
    adjoints: Mapping[str, Values]
    exact: Evaluation | None = None
    counted: bool = False
    digits: int = DIGITS
    """How many digits the decimals were worked out with: what works with them does so within `precise`."""
    widths: Mapping[str, int] | None = None
    """By how many digits numbers are longer than the spec asks for (`NumberFormat.widths`); None where that is not decided."""

    def precise(self) -> AbstractContextManager[None]:
        """Return a context in which decimals have as many digits as this evaluation's."""
        return precision(self.digits)

    @property
    def graph(self) -> Graph:
        """Return the graph behind the derivation."""
        return self.derivation.graph

    def with_spec(self, spec: Spec) -> Evaluation:
        """Return the same numbers with a spec that says otherwise what is asked for, or how it looks."""
        return replace(self, derivation=replace(self.derivation, graph=replace(self.graph, spec=spec)))

    def environment(self, sample: int | None = None) -> Environment:
        """Return all values, local derivatives and gradients, for the mathematics on the page to be evaluated in."""
        return self._environment.at(sample)

    @cached_property
    def number_format(self) -> NumberFormat:
        """Return how the spec's numbers are printed; in decimals where its author wrote decimals."""
        spec = self.graph.spec
        rows = spec.data.rows if spec.data is not None and spec.data.rows is not None else ()
        values = [*spec.values.values(), *spec.constants.values(), *(value for row in rows for value in row)]
        if spec.update is not None:
            values += [*spec.update.settings.values(), *([spec.update.rate] if spec.update.rate is not None else [])]
        carry = self.exact is not None
        decimals = any("." in value.text for value in values) or (spec.random is not None and spec.random.decimals)
        return NumberFormat(spec.numbers.digits, spec.numbers.rounding, carry or decimals, carry, spec.numbers.pad, self.widths)

    @cached_property
    def ratios(self) -> Mapping[str, Evaluation]:
        """Return by quantity u the evaluation in which u stands in the loss's place, for each ∂u/∂v that is needed."""
        leaves = {
            name: self.values[name] for name, q in self.graph.quantities.items() if q.definition is None and name in self.values
        }
        found = {of: run(derivation, leaves, self.counted) for of, derivation in ratios(self.derivation).items()}
        if self.exact is not None:
            return {of: carried_on(one) for of, one in found.items()}
        return {of: replace(one, widths=self.widths) for of, one in found.items()}

    @cached_property
    def seconds(self) -> Mapping[tuple[str, str], Number]:
        """Return by (v, w) the value of ∂²loss/∂v∂w that the spec asks for under `second`, where it is known."""
        graph = self.graph
        if not graph.spec.second or (graph.symbolic_samples and not self.counted):
            return {}
        env = Environment(self.values, graph.library, graph.samples, 0 if graph.samples == 1 else None, digits=self.digits)
        found: dict[tuple[str, str], Number] = {}
        for second in second_derivatives(self.derivation):
            try:
                found[second.by, second.first] = evaluate(second.expression, env)
            except (UnknownValueError, DomainError):
                continue
        return found

    @cached_property
    def _environment(self) -> Environment:
        loss = self.graph.loss
        partials: dict[tuple[str, ...], Values] = {}
        several = {name for (user, name) in self.partials if user == loss and len(self.derivation.consumers.get(name, ())) > 1}
        partials.update((edge, numbers) for edge, numbers in self.partials.items() if edge[0] != loss or edge[1] not in several)
        partials |= {(loss, name): numbers for name, numbers in self.adjoints.items()}
        partials |= {(loss, name, "direct"): numbers for (user, name), numbers in self.partials.items() if user == loss}
        for (by, first), number in self.seconds.items():
            partials |= {(loss, first, "then", by): (number,), (loss, by, "then", first): (number,)}
        totals: dict[tuple[str, ...], Values] = {}
        totals.update(((of, by), numbers) for of, one in self.ratios.items() for by, numbers in one.adjoints.items())
        partials = {**totals, **partials}
        seconds = {alias: self.values[first] for alias, first in self.graph.aliases.items() if first in self.values}
        values = {**_learning_rate(self.graph), **seconds, **self.values, **self._shorts(partials)}
        views = Views(self.derivation)
        limits = self.graph.logged
        return Environment(
            values, self.graph.library, self.graph.samples, None, partials, views=views, digits=self.digits, limits=limits
        )

    def _shorts(self, partials: Mapping[tuple[str, ...], Values]) -> dict[str, Values]:
        """The values of what shorthands stand for; some number for the argument of a function's derivative."""
        shorts = self.graph.spec.notation.shorthands
        found = {short.name: partials[short.of, short.by] for short in shorts if (short.of, short.by) in partials}
        free = {short.by: (SOME_NUMBER,) for short in shorts if short.is_function and short.by not in self.graph.quantities}
        return {**free, **found}


def _learning_rate(graph: Graph) -> dict[str, Values]:
    """The learning rate by its symbol; one that is left open has a made-up value, for its lines to be tried with."""
    update = graph.spec.update
    if update is None:
        return {}
    return {update.symbol: (update.rate.value if update.rate is not None else Fraction(3, 17),)}


def run(
    derivation: Derivation, given: Mapping[str, Values] | None = None, counted: bool = False, digits: int = DIGITS
) -> Evaluation:
    """Evaluate with the spec's values, or with others (by name) in their place.

    With `counted`, a symbolic number of samples is the graph's number of them; else what depends on it stays unknown. Decimals
    have so many `digits`, one of `PRECISIONS`, or more where these are too few.

    Raises SpecError, at the place in the spec, where something has no value: a division by zero, a logarithm of 0, an overflow.
    """
    numbers = derivation.graph.given if given is None else given
    found, taken = carefully(lambda: _run(derivation, numbers, counted), digits)
    return replace(found, digits=taken)


def recounted(derivation: Derivation, samples: int) -> Derivation:
    """Return the derivation with that many samples in place of a symbolic number of them."""
    return replace(derivation, graph=replace(derivation.graph, samples=samples))


def _run(derivation: Derivation, given: Mapping[str, Values], counted: bool) -> Evaluation:
    found = _at_count(derivation, given, counted)
    if counted or isinstance(derivation.graph.count, int):
        return found
    others = [_at_count(recounted(derivation, samples), given, counted) for samples in OTHER_COUNTS]
    return replace(
        found,
        values=_at_every_count(found.values, [other.values for other in others]),
        partials=_at_every_count(found.partials, [other.partials for other in others]),
        adjoints=_at_every_count(found.adjoints, [other.adjoints for other in others]),
    )


def _at_every_count(found: Mapping[Key, Values], others: Sequence[Mapping[Key, Values]]) -> dict[Key, Values]:
    """Return what is the same number whatever the number of samples."""
    return {
        key: numbers
        for key, numbers in found.items()
        if all(key in other and _same(number, other[key][0]) for other in others for number in numbers)
    }


def _same(a: Number, b: Number) -> bool:
    """Return whether two values are one number, decimals to within noise of their size: a tiny one is not 0."""
    return a == b if is_exact(a) and is_exact(b) else bool(abs(real(a) - real(b)) <= real(SAME) * abs(real(a)))


def _at_count(derivation: Derivation, given: Mapping[str, Values], counted: bool) -> Evaluation:
    """Evaluate at the graph's number of samples."""
    graph = derivation.graph
    values = forward(graph, given)
    needed = derivation.between
    partials = {
        key: numbers
        for key, local in derivation.locals.items()
        if (numbers := local_values(graph, local, values, key[1] in needed)) is not None
    }
    return Evaluation(derivation, values, partials, backward(derivation, partials), counted=counted)


Rounding = Callable[[Values], Values]


def carried_on(evaluation: Evaluation, given: Mapping[str, Values] | None = None) -> Evaluation:
    """Return the evaluation by a pocket calculator: every number rounded as the page prints it before it is used again.

    `given` are the numbers it starts from, where they are not the spec's. Raises SpecError where a rounded number has no value
    where the exact one has one (1/0.004 with two decimals).
    """
    try:
        with evaluation.precise():
            return _carried_on(evaluation, evaluation.graph.given if given is None else given)
    except SpecError as error:
        hint = "give the numbers more digits, let the digits count as significant ones, or leave out `carry: shown`"
        raise SpecError(
            [Problem(f"with every number rounded before it is used, {p.message}", p.place, hint) for p in error.problems]
        ) from None


def _carried_on(evaluation: Evaluation, given: Mapping[str, Values]) -> Evaluation:
    derivation, graph = evaluation.derivation, evaluation.graph
    style = replace(evaluation.number_format, decimals=True, carry=True)

    def rounding(values: Values) -> Values:
        return tuple(carried(value, style) for value in values)

    values = forward(graph, {name: rounding(numbers) for name, numbers in given.items()}, rounding)
    values = {name: numbers for name, numbers in values.items() if name in evaluation.values}
    partials = {
        key: rounding(numbers)
        for key in evaluation.partials
        if (numbers := local_values(graph, derivation.locals[key], values)) is not None
    }
    adjoints = backward(derivation, partials, rounding)
    adjoints = {name: numbers for name, numbers in adjoints.items() if name in evaluation.adjoints}
    return Evaluation(derivation, values, partials, adjoints, evaluation, evaluation.counted, evaluation.digits)


def _as_it_is(values: Values) -> Values:
    return values


def forward(graph: Graph, given: Mapping[str, Values], rounding: Rounding = _as_it_is) -> dict[str, Values]:
    """Return the forward pass: the value of every quantity that can be worked out from the given ones."""
    values: dict[str, Values] = dict(given)
    env = Environment(values, graph.library, graph.samples)
    for quantity in graph.quantities.values():
        if quantity.definition is None:
            continue
        try:
            values[quantity.name] = rounding(_each(quantity.definition, graph.indexed(quantity.name), env))
        except UnknownValueError:
            continue
        except DomainError as error:
            raise _no_value(quantity, error, env) from None
    return values


def _each(expr: Expr, per_sample: bool, env: Environment, largest: int = LARGEST) -> Values:
    if not per_sample:
        return (bounded(evaluate(expr, env), largest),)
    return tuple(bounded(evaluate(expr, env.at(sample)), largest) for sample in range(env.samples))


def local_values(graph: Graph, local: LocalDerivative, values: Mapping[str, Values], needed: bool = True) -> Values | None:
    """Return the local derivative's value, one per sample where either side runs over samples; None where it is not known.

    One that has no value (by the exponent in (-2)^n) is an error only if a gradient needs it.
    """
    env = Environment(values, graph.library, graph.samples, limits=graph.logged)
    per_sample = graph.per_sample(local.operand) or graph.per_sample(local.consumer)
    try:
        numbers = _each(local.derivative, per_sample, env, LARGEST_SLOPE)
    except UnknownValueError:
        return None
    except DomainError as error:
        if not needed:
            return None
        raise _no_value(graph.quantities[local.consumer], error, env, local) from None
    return tuple(divide(number, Fraction(graph.samples)) for number in numbers) if local.reduce == "mean" else numbers


def _no_value(quantity: Quantity, error: DomainError, env: Environment, local: LocalDerivative | None = None) -> SpecError:
    """What has no value, where, and in which sample."""
    expr = quantity.definition if local is None else local.derivative
    assert expr is not None
    where, sample = quantity.place, ""
    for k in range(env.samples):
        here = env.at(k) if quantity.per_sample or env.samples > 1 else env
        try:
            bounded(evaluate(expr, here), LARGEST if local is None else LARGEST_SLOPE)
        except DomainError:
            spot = place_of(expr, here)
            where = spot.at or where
            sample = f" in sample {k + 1}" if env.samples > 1 and quantity.per_sample else ""
            break
        except UnknownValueError:
            continue
    what = (
        quantity.name if local is None else f"the derivative of {local.consumer} by {local.operand}, {plain(local.derivative)},"
    )
    told = as_far_as_told()
    return SpecError(Problem(f"{what} has no value{sample}: {error}{told}", where, "change the values, or the expression"))


def backward(
    derivation: Derivation, partials: Mapping[tuple[str, str], Values], rounding: Rounding = _as_it_is
) -> dict[str, Values]:
    """Return the backward pass: each adjoint is the sum over the consumers of their adjoint times the local derivative.

    From a per-sample consumer to an operand with one value, the samples are added up.
    """
    graph = derivation.graph

    def zero(name: str) -> Values:
        return (Fraction(0),) * (graph.samples if graph.per_sample(name) else 1)

    def sum_of(shares: list[Values]) -> Values:
        return rounding(tuple(bounded(add_up(column), LARGEST_SLOPE) for column in zip(*shares, strict=True)))

    return derivation.adjoints((Fraction(1),), zero, partials, partial(share, graph), sum_of)


def share(graph: Graph, adjoint: Values, local: Values, operand: str) -> Values:
    """Return one consumer's contribution to an operand's adjoint, in the operand's shape."""
    length = max(len(adjoint), len(local))
    products = [multiply(adjoint[k % len(adjoint)], local[k % len(local)]) for k in range(length)]
    if graph.per_sample(operand):
        return tuple(products) if len(products) == graph.samples else tuple(products) * graph.samples
    return (add_up(products),)
