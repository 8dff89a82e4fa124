"""Made-up points to try formulas at: evaluations in which every value follows from the ones before it as the sheet defines it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from derivgen.checks.equalities import trial
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import Environment
from derivgen.maths.numbers import fraction_of
from derivgen.spec.roles import count_names

MOST_POINTS = 6
DRAWS = 10
MOST_NUMBERS = 30_000
"""How many numbers the points of one computation may come to; the formulas of a larger one are not checked."""


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """Made-up values to try formulas with: of names and of partial derivatives (`of by`), one number or one per sample."""

    values: Mapping[str, tuple[float, ...]]
    partials: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class TrialPoints:
    """The points of one computation, as evaluations and as the numbers that a page has."""

    tried: tuple[Evaluation, ...]
    listed: tuple[TrialPoint, ...]

    @property
    def samples(self) -> int:
        """How many samples each point has."""
        return self.tried[0].graph.samples if self.tried else 1


def trial_points(evaluation: Evaluation) -> TrialPoints:
    """Make up a few evaluations (fixed seeds), each quantity positive at one and negative at another where it can be both."""
    kept: list[Evaluation] = []
    seen: dict[tuple[str, bool], None] = {}
    for draw in range(DRAWS):
        tried = trial(evaluation.derivation, seed=draw + 1)
        if tried is None:
            continue
        signs = {(name, value > 0): None for name, values in tried.values.items() for value in values}
        if len(kept) < 2 or any(sign not in seen for sign in signs):
            kept.append(tried)
            seen |= signs
        if len(kept) == MOST_POINTS:
            break
    listed = tuple(_point(tried) for tried in kept)
    size = sum(len(values) for point in listed for values in (*point.values.values(), *point.partials.values()))
    return TrialPoints(tuple(kept), listed) if size <= MOST_NUMBERS else TrialPoints((), ())


def _point(tried: Evaluation) -> TrialPoint:
    """The numbers of a made-up evaluation. Its second names have values of their own."""
    env = environment(tried)
    values = {name: _floats(numbers) for name, numbers in env.numbers.items()}
    partials = {f"{key[0]} {key[1]}": _floats(found) for key, found in env.partials.items() if len(key) == 2}
    return TrialPoint(values, partials)


def environment(tried: Evaluation) -> Environment:
    """Return what formulas are evaluated in at a point; the number of samples has a value there, too."""
    env, graph = tried.environment(), tried.graph
    counts = dict.fromkeys(count_names(graph.spec.data), (Fraction(graph.samples),))
    return env._replace(numbers={**env.numbers, **counts})


def _floats(numbers: Sequence[Number]) -> tuple[float, ...]:
    return tuple(float(fraction_of(number)) for number in numbers)
