"""Evaluation → Descent: every parameter takes its steps against its gradient, all at the old weights.

Plain gradient descent is w ← w - η ∂L/∂w; other methods go by their rules (`derivgen.maths.optimizers`), one assignment after
another.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation, carried_on, run
from derivgen.frozen import dataclass, field, replace
from derivgen.graph import Graph
from derivgen.maths.arithmetic import DomainError, Number, add, multiply, real
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import carried, exact_text
from derivgen.maths.optimizers import LETTER_OF, OPTIMIZERS, letters_for, rules_of
from derivgen.maths.tree import (
    Call,
    Expr,
    Letter,
    Num,
    Partial,
    Power,
    Product,
    Shown,
    Sum,
    Sym,
    Written,
    number,
    rebuild,
    substitute,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.model import EMPTY, Update

MOST_WORK = 1_500_000
LONGEST = 400
"""Bits of a numerator or denominator; a parameter with longer ones goes on as a decimal of 100 digits."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`letter ← formula`, worth `value`: the names in the formula are `Letter`s that hold their values before it.

    `letter` is that of the rules: w, g, m, …; the page may call it something else (`page_letters`).
    """

    letter: str
    formula: Expr
    value: Number


@dataclass(frozen=True, slots=True)
class Step:
    """One step, counted from 1: each parameter before it, its gradient there, the parameter after it, the loss after it.

    `loss` is None where the loss has no value at the new parameters. Of methods other than plain gradient descent `rate` is the
    learning rate of the step, `shared` has the assignments for all parameters together, `work` those for each.
    """

    number: int
    before: Mapping[str, Number]
    gradient: Mapping[str, Number]
    after: Mapping[str, Number]
    loss: Number | None
    rate: Number | None = None
    shared: tuple[Assignment, ...] = ()
    work: Mapping[str, tuple[Assignment, ...]] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Descent:
    """All steps, and the loss before the first. Fewer than asked for where the loss has no value any more."""

    names: tuple[str, ...]
    start: Number | None
    steps: tuple[Step, ...]

    @property
    def broken(self) -> bool:
        """Return whether the last step leads where the loss has no value."""
        return bool(self.steps) and self.steps[-1].loss is None

    @property
    def rises(self) -> tuple[int, ...]:
        """Return the steps after which the loss is larger than before."""
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
        step = Step(len(steps) + 1, before, gradient, {}, None)
        if update.plain:
            after = {name: _moved(evaluation, before[name], update.rate.value, gradient[name]) for name in names}
            step = replace(step, after=after)
        else:
            step = _worked(evaluation, update, step, steps[-1] if steps else None)
        here = _at(evaluation, step.after)
        steps.append(replace(step, loss=here.values[graph.loss][0] if here else None))
    return Descent(names, start, tuple(steps))


def page_letters(graph: Graph) -> Mapping[str, str]:
    """Return what the letters of the update's rules are called on the page; w is any parameter."""
    update = graph.spec.update
    assert update is not None
    taken = (*graph.quantities, *graph.aliases, update.symbol, graph.index)
    return {"eta": update.symbol, **letters_for(update.method, update.settings, taken)}


def shared_rules(graph: Graph) -> tuple[tuple[str, Expr], ...]:
    """Return what is worked out once for all parameters: the learning rate by its schedule, the length of the gradient."""
    update = graph.spec.update
    assert update is not None
    rules: list[tuple[str, Expr]] = []
    if "decay" in update.settings:
        rules.append(("eta", Product((Sym("eta"), Sym("gamma")))))
    if "clip_norm" in update.settings:
        squares = tuple(Power(Partial(Sym(graph.loss), Sym(name)), number(2)) for name in updated(graph))
        rules.append(("N", Call("sqrt", (Sum(squares) if len(squares) > 1 else squares[0],))))
    return tuple(rules)


def _worked(evaluation: Evaluation, update: Update, step: Step, last: Step | None) -> Step:
    """Return the step with its assignments worked out and the parameters after it."""
    graph, called = evaluation.graph, page_letters(evaluation.graph)
    assert update.rate is not None
    known: dict[str, Number] = {LETTER_OF[key]: value.value for key, value in update.settings.items()}
    known |= {"eta": last.rate if last is not None and last.rate is not None else update.rate.value}

    def holding(values: Mapping[str, Number], name: str = "") -> Mapping[str, Expr]:
        held: dict[str, Expr] = {}
        for letter, value in values.items():
            content = Num(value) if isinstance(value, Fraction) else Shown(value, exact_text(value))
            held[letter] = Letter(name if letter == "w" else called.get(letter, letter), content=content)
        return {**held, "t": number(step.number)}

    def worked(letter: str, rule: Expr, held: Mapping[str, Expr]) -> Assignment:
        formula = _bound(rule, held, step.gradient)
        try:
            value = evaluate(formula, evaluation.environment(0))
        except DomainError as error:
            own = held.get("w")
            name = own.name if isinstance(own, Letter) else graph.loss
            hint = "give epsilon a number greater than 0" if "epsilon" in update.settings else "take other numbers"
            raise SpecError(Problem(f"step {step.number} of {name} has no value: {error}", update.place, hint)) from None
        return Assignment(letter, formula, _kept(evaluation, value))

    shared: list[Assignment] = []
    for letter, rule in shared_rules(graph):
        if letter == "eta" and (step.number == 1 or (step.number - 1) % update.every):
            continue
        shared.append(worked(letter, rule, holding(known)))
        known[letter] = shared[-1].value
    work: dict[str, tuple[Assignment, ...]] = {}
    for name in updated(graph):
        remembered = {each.letter: each.value for each in last.work[name]} if last is not None else {}
        own = {letter: remembered.get(letter, Fraction(0)) for letter in OPTIMIZERS[update.method].memory}
        own["w"] = step.before[name]
        found: list[Assignment] = []
        for letter, rule in rules_of(update.method, update.settings):
            found.append(worked(letter, _of(rule, graph, name), holding({**known, **own}, name)))
            own[letter] = found[-1].value
        work[name] = tuple(found)
    after = {name: found[-1].value for name, found in work.items()}
    return replace(step, after=after, rate=known["eta"], shared=tuple(shared), work=work)


def _of(rule: Expr, graph: Graph, name: str) -> Expr:
    """Return a rule with ∂loss/∂name in the place of d."""
    gradient = Partial(Sym(graph.loss), Sym(name))
    return substitute(rule, lambda letter: gradient if letter.name == "d" else letter)


def _bound(rule: Expr, held: Mapping[str, Expr], gradient: Mapping[str, Number]) -> Expr:
    """Return a rule in which each name and each partial derivative holds its number."""
    if isinstance(rule, Partial):
        value = gradient[rule.by.name]
        return Written("at", (rule,), Shown(value, exact_text(value)))
    if isinstance(rule, Sym):
        return held[rule.name]
    return rebuild(rule, lambda part: _bound(part, held, gradient))


def _check_work(evaluation: Evaluation) -> None:
    """Raise SpecError where the steps would take minutes: each goes once through every local derivative of every sample."""
    update = evaluation.graph.spec.update
    assert update is not None
    most = max(1, MOST_WORK // (max(1, len(evaluation.partials)) * evaluation.graph.samples))
    if update.steps > most:
        message = f"{update.steps:,} steps of a computation of this size would take too long"
        raise SpecError(Problem(message, update.place, f"at most {most:,} are taken here: steps: {most}"))


def _moved(evaluation: Evaluation, old: Number, rate: Fraction, gradient: Number) -> Number:
    """w - η g, as it is gone on with."""
    return _kept(evaluation, add(old, multiply(-rate, gradient)))


def _kept(evaluation: Evaluation, new: Number) -> Number:
    """Return a number as it is gone on with: as it is printed, a decimal where the fraction becomes too long."""
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
