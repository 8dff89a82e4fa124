"""Evaluation → Descent: every parameter takes its steps against its gradient, w ← w - η ∂L/∂w, all at the old weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation, carried_on, run
from derivgen.graph import Graph
from derivgen.maths.arithmetic import Number, add, multiply, real
from derivgen.maths.numbers import carried
from derivgen.memo import kept_with_owner

MOST_WORK = 1_500_000
LONGEST = 400
"""Bits of a numerator or denominator; a parameter with longer ones goes on as a decimal of 100 digits."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, counted from 1: each parameter before it, its gradient there, the parameter after it, the loss after it.

    `loss` is None where the loss has no value at the new parameters.
    """

    number: int
    before: Mapping[str, Number]
    gradient: Mapping[str, Number]
    after: Mapping[str, Number]
    loss: Number | None


@dataclass(frozen=True, slots=True)
class Descent:
    """All steps, and the loss before the first. Fewer than asked for where the loss has no value any more."""

    names: tuple[str, ...]
    start: Number | None
    steps: tuple[Step, ...]

    @property
    def broken(self) -> bool:
        """Whether the last step leads where the loss has no value."""
        return bool(self.steps) and self.steps[-1].loss is None

    @property
    def rises(self) -> tuple[int, ...]:
        """The steps after which the loss is larger than before."""
        losses = [real(loss) for loss in (self.start, *(step.loss for step in self.steps)) if loss is not None]
        return tuple(k for k, (before, after) in enumerate(pairwise(losses), 1) if after > before)


def updated(graph: Graph) -> tuple[str, ...]:
    """Return the names that take steps: the parameters among what the loss is differentiated by."""
    return tuple(name for name in graph.wrt if graph.quantities[name].role == "parameter" and not graph.per_sample(name))


@kept_with_owner
def descent(evaluation: Evaluation) -> Descent:
    """Return the steps that the spec's `update` asks for; none without it, without a number for its rate, or without values.

    Worked out once for each evaluation.
    """
    with evaluation.precise():
        return _descend(evaluation)


def _descend(evaluation: Evaluation) -> Descent:
    graph, update = evaluation.graph, evaluation.graph.spec.update
    names = updated(graph)
    start = evaluation.values[graph.loss][0] if graph.loss in evaluation.values else None
    known = all(name in evaluation.values and name in evaluation.adjoints for name in names)
    if update is None or update.rate is None or start is None or not known:
        return Descent(names, start, ())
    _check_work(evaluation)
    steps: list[Step] = []
    here: Evaluation | None = evaluation
    while here is not None and len(steps) < update.steps:
        before = {name: here.values[name][0] for name in names}
        gradient = {name: here.adjoints[name][0] for name in names}
        after = {name: _moved(evaluation, before[name], update.rate.value, gradient[name]) for name in names}
        here = _at(evaluation, after)
        steps.append(Step(len(steps) + 1, before, gradient, after, here.values[graph.loss][0] if here else None))
    return Descent(names, start, tuple(steps))


def _check_work(evaluation: Evaluation) -> None:
    """Raise SpecError where the steps would take minutes: each goes once through every local derivative of every sample."""
    update = evaluation.graph.spec.update
    assert update is not None
    most = max(1, MOST_WORK // (max(1, len(evaluation.partials)) * evaluation.graph.samples))
    if update.steps > most:
        message = f"{update.steps:,} steps of a computation of this size would take too long"
        raise SpecError(Problem(message, update.place, f"at most {most:,} are taken here: steps: {most}"))


def _moved(evaluation: Evaluation, old: Number, rate: Fraction, gradient: Number) -> Number:
    """w - η g: as it is printed where numbers are carried on so; a decimal where the fraction becomes too long."""
    new = add(old, multiply(-rate, gradient))
    if evaluation.exact is not None:
        return carried(new, evaluation.number_format)
    long = isinstance(new, Fraction) and max(new.numerator.bit_length(), new.denominator.bit_length()) > LONGEST
    return real(new) if long else new


def _at(evaluation: Evaluation, parameters: Mapping[str, Number]) -> Evaluation | None:
    """The evaluation at other parameters; None where something has no value there."""
    given = {**evaluation.graph.given, **{name: (value,) for name, value in parameters.items()}}
    try:
        there = run(evaluation.derivation, given)
        return there if evaluation.exact is None else carried_on(there, given)
    except SpecError:
        return None
