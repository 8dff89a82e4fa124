"""A derivative step by step as lines: each step an equality with its rule beside it, to be evaluated at places of its own.

Second derivatives as lines: the first derivative differentiated once more, a rule a line, its numbers, the Hessian.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.second import SecondDerivative, second_derivatives, second_steps
from derivgen.derivation.steps import MOST_STEPS, Steps, TooLongError, worked_out
from derivgen.errors import Place, Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.notation import entry_by_entry, has_samples, number_format, symbol, to_notation, with_numbers
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.functions import Library
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tree import (
    Call,
    Expr,
    Letter,
    Marked,
    Matrix,
    Num,
    Partial,
    Prime,
    Reduce,
    SumOver,
    Sym,
    children,
    holds_any,
    substitute,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Second

PLACES = 3
DRAWS = 60
SEED = 20260101
SAMPLES = 3
"""How many samples stand in for a sum over samples of which nothing is known."""


def step_lines(steps: Steps, library: Library) -> tuple[Equality, ...]:
    """Write before = after for each step, its rule the reason."""
    places = tuple(_places(steps, library))
    return tuple(
        Equality(
            (LineKind.STEP, str(number)),
            (step.before, step.after),
            ("=",),
            reason=Reason(step.rule.message, step.rule.names),
            places=places,
        )
        for number, step in enumerate(steps.steps, 1)
    )


def steps_of(expr: Expr, by: str, library: Library, names: tuple[str, ...] = (), place: Place | None = None) -> Steps:
    """Work out d expr / d by, one rule a step. Raises SpecError, at `place`, for a derivation of too many lines."""
    try:
        return worked_out(expr, Sym(by), library, names)
    except TooLongError:
        message = f"this derivation has more than {MOST_STEPS} lines, or lines that are far too long"
        raise SpecError(Problem(message, place, "differentiate its parts by themselves")) from None


def _places(steps: Steps, library: Library) -> Iterator[Environment]:
    """Places with made-up values where the derivative has one, away from kinks; fewer, or none, where they are hard to find."""
    source, found = random.Random(SEED), 0
    single, several, samples = _names(steps.start)
    for attempt in range(DRAWS):
        numbers: dict[str, tuple[Number, ...]] = {name: (_draw(source, attempt),) for name in single}
        numbers |= {name: tuple(_draw(source, attempt) for _ in range(samples)) for name in several}
        numbers |= {name: (Fraction(samples),) for name in _counts(steps.start)}
        env = Environment(numbers, library, samples)
        try:
            evaluate(steps.start, env)
            evaluate(steps.result, env)
        except (UnknownValueError, DomainError):
            continue
        yield env
        found += 1
        if found == PLACES:
            return


def _draw(source: random.Random, attempt: int) -> Fraction:
    """A fraction below 1 in size, or one up to 3; every second attempt a positive one."""
    size = Fraction(source.randint(13, 208), 211) if attempt % 4 > 1 else Fraction(source.randint(23, 613), 211)
    return size if attempt % 2 or source.random() < 0.6 else -size


def _names(expr: Expr) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return the names with one value, those with one per sample, and how many samples there are.

    A name has one per sample if it carries an index, or, where nothing says so, if it stands in means and sums alone.
    """
    inside: dict[str, None] = {}
    outside: dict[str, None] = {}
    samples = SAMPLES
    for node, summed in _leaves(expr, False):
        if isinstance(node, SumOver):
            samples = int(node.upper.value) if isinstance(node.upper, Num) else samples
        elif isinstance(node, Sym) and (summed or node.index is not None):
            inside[node.name] = None
        elif isinstance(node, Sym):
            outside[node.name] = None
    return tuple(outside), tuple(name for name in inside if name not in outside), samples


def _leaves(expr: Expr, summed: bool) -> Iterator[tuple[Expr, bool]]:
    """Every sum over samples and every name, also in what letters stand for, and whether it stands in a mean or sum."""
    if isinstance(expr, SumOver):
        yield expr, summed
        yield from _leaves(expr.body, summed)
    elif isinstance(expr, Letter):
        yield from _leaves(expr.content, summed)
    elif isinstance(expr, Sym):
        yield expr, summed
    else:
        for part in children(expr):
            yield from _leaves(part, summed or isinstance(expr, Reduce))


def _counts(expr: Expr) -> tuple[str, ...]:
    """Return the names that say how many samples there are."""
    return tuple(node.upper.name for node, _ in _leaves(expr, False) if isinstance(node, SumOver) and isinstance(node.upper, Sym))


LARGEST_HESSIAN = 6
"""Of so many names at most the Hessian fits on a page."""


@dataclass(frozen=True, slots=True)
class SecondLines:
    """∂²L/∂v∂w = ∂/∂v (∂L/∂w) = its last form; the steps between the two; the numbers put in, where they are known."""

    whole: Equality
    steps: tuple[Equality, ...]
    value: Equality | None


@kept_with_owner
def second_lines(evaluation: Evaluation) -> tuple[SecondLines, ...]:
    """Return the lines of each second derivative that the spec asks for, in its order. Raises SpecError for what is too long."""
    derivation = evaluation.derivation
    asked = zip(derivation.graph.spec.second, second_derivatives(derivation), strict=True)
    return tuple(_lines(evaluation, wanted, found) for wanted, found in asked)


def _lines(evaluation: Evaluation, wanted: Second, found: SecondDerivative) -> SecondLines:
    graph = evaluation.graph
    steps: Steps = second_steps(evaluation.derivation, wanted, lambda expr: entry_by_entry(expr, graph))
    left = second_partial(evaluation, wanted.by, wanted.first)
    form = substitute(steps.result, lambda sym: Sym(sym.name, sym.index))
    whole = equality((LineKind.SECOND, wanted.by, wanted.first), left, steps.start, form)
    return SecondLines(whole, step_lines(steps, graph.library), _value(evaluation, found, left))


def second_partial(evaluation: Evaluation, by: str, first: str) -> Partial:
    """Write ∂²L/∂by∂first."""
    graph = evaluation.graph
    return Partial(symbol(graph, graph.loss), Sym(first), then=Sym(by))


def _value(evaluation: Evaluation, found: SecondDerivative, left: Partial) -> Equality | None:
    """Write ∂²L/∂v∂w = its last form with the numbers put in = its value; with samples the value alone."""
    number = evaluation.seconds.get((found.by, found.first))
    if number is None:
        return None
    style, about = number_format(evaluation), (LineKind.SECOND_VALUE, found.by, found.first)
    form = to_notation(found.expression, evaluation.graph)
    if has_samples(evaluation.graph) or holds_any(form, (Call, Prime, Reduce)):
        return equality(about, left, shown(number, style), numeric=True)
    env = evaluation.environment(0)
    expr, result, agrees = settle(
        lambda extra: with_numbers(form, evaluation, style, extra), number, style, lambda e: evaluate(e, env)
    )
    return equality(about, left, expr, result if agrees else Marked(result), numeric=True)


def hessian_lines(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Write the Hessian: its second derivatives = their numbers; nothing where not every pair of names is asked for."""
    asked = {frozenset((each.by, each.first)): each for each in evaluation.graph.spec.second}
    names = tuple(dict.fromkeys(name for each in evaluation.graph.spec.second for name in (each.first, each.by)))
    whole = len(asked) == len(names) * (len(names) + 1) // 2
    if not whole or not 1 < len(names) <= LARGEST_HESSIAN:
        return ()
    style = number_format(evaluation)
    rows = [[asked[frozenset((row, column))] for column in names] for row in names]
    partials = Matrix(tuple(tuple(second_partial(evaluation, row, column) for column in names) for row in names))
    known = [[evaluation.seconds.get((each.by, each.first)) for each in row] for row in rows]
    forms = {(each.by, each.first): each.expression for each in second_derivatives(evaluation.derivation)}
    worked: tuple[tuple[Expr, ...], ...]
    if all(number is not None for row in known for number in row):
        worked = tuple(tuple(shown(number, style) for number in row if number is not None) for row in known)
    else:
        worked = tuple(tuple(to_notation(forms[each.by, each.first], evaluation.graph) for each in row) for row in rows)
    return (equality((LineKind.HESSIAN,), partials, Matrix(worked), numeric=evaluation.graph.loss in evaluation.values),)
