"""A derivative step by step as lines: each step an equality with its rule beside it, to be evaluated at places of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.steps import MOST_STEPS, Steps, TooLongError, worked_out
from derivgen.errors import Place, Problem, SpecError
from derivgen.lines.equality import Equality, LineKind, Reason
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.functions import Library
from derivgen.maths.tree import Expr, Letter, Num, Reduce, SumOver, Sym, children

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
