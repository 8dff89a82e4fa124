"""Whether to believe a derivation: the three roads to each gradient and every printed equality, counted and named."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from derivgen.checks.equalities import SEED, Falsehood, Verdict, trial, verify
from derivgen.checks.kinks import Kink, kinks
from derivgen.checks.roads import CHAIN_TOLERANCE, TOLERANCE, DifferencesRoad, Proof, SympyRoad, agree
from derivgen.errors import CheckError, Problem
from derivgen.evaluation import Evaluation, Values
from derivgen.lines.equality import Equality
from derivgen.lines.every import every_line
from derivgen.maths.plain import plain

MOST_ONE_BY_ONE = 100
DRAWN = 12


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """One gradient and which roads agree on it; `differences` says how the third was gone."""

    name: str
    agrees: bool
    differences: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what came of it. `unchecked` gradients and lines are no passes."""

    equalities: int
    false: tuple[Falsehood, ...]
    unchecked_lines: tuple[Equality, ...]
    gradients: tuple[GradientCheck, ...]
    unchecked_gradients: tuple[str, ...]
    kinks: tuple[Kink, ...]
    proofs: tuple[Proof, ...]

    @property
    def failed(self) -> int:
        """How many equalities and gradients are false."""
        return len(self.false) + sum(not check.agrees for check in self.gradients)

    def problems(self) -> tuple[Problem, ...]:
        """Each false line and gradient as a message that names it."""
        lines = [
            Problem(f"a line is false ({' '.join(f.line.about)}): {' = '.join(plain(s) for s in f.line.sides)}: {f.reason}")
            for f in self.false
        ]
        return (
            *lines,
            *(Problem(f"the gradient by {check.name} is wrong: {check.detail}") for check in self.gradients if not check.agrees),
        )

    def stop_if_false(self) -> None:
        """Raise CheckError with everything that is false."""
        if self.failed:
            raise CheckError(self.problems())


def check(evaluation: Evaluation, extra: Iterable[Equality] = ()) -> Report:
    """Go all three roads to each gradient and evaluate every line (and `extra` ones).

    Without numbers in the spec the roads are gone at made-up values.
    """
    tried = trial(evaluation.derivation)
    numeric = evaluation if evaluation.graph.loss in evaluation.values else tried
    verdict: Verdict = verify((*every_line(evaluation), *extra), evaluation, tried)
    if numeric is None:
        return Report(verdict.checked, verdict.false, verdict.unchecked, (), tuple(evaluation.derivation.gradients), (), ())
    road = SympyRoad(evaluation.derivation)
    checks = _gradients(numeric, road)
    found = {check.name for check in checks}
    missing = tuple(name for name in evaluation.derivation.gradients if name not in found)
    return Report(
        verdict.checked, verdict.false, verdict.unchecked, checks, missing, kinks(numeric.graph, numeric.values), road.proofs()
    )


def _gradients(evaluation: Evaluation, road: SympyRoad) -> tuple[GradientCheck, ...]:
    second = road.adjoints(evaluation)
    names = tuple(name for name in evaluation.derivation.gradients if name in evaluation.adjoints and name in evaluation.values)
    third = _differences(evaluation, names)
    return tuple(
        _compared(name, evaluation.adjoints[name], second[name], third[name])
        for name in names
        if name in second and name in third
    )


Third = tuple[str, tuple[tuple[Values, Fraction], ...]]


def _differences(evaluation: Evaluation, names: tuple[str, ...]) -> dict[str, Third]:
    """Per name how differences were taken and what they gave, each with its tolerance; a name they do not reach is left out."""
    entries = sum(len(evaluation.adjoints[name]) for name in names)
    road = DifferencesRoad(evaluation)
    if entries <= MOST_ONE_BY_ONE:
        return {name: ("260 digits", ((slopes, TOLERANCE),)) for name in names if (slopes := road.gradient(name)) is not None}
    from derivgen.checks.batched import TOLERANCE as STEP_TOLERANCE
    from derivgen.checks.batched import complex_step

    batch = complex_step(evaluation, names)
    drawn = dict.fromkeys(random.Random(SEED).sample(names, min(DRAWN, len(names))))
    found: dict[str, Third] = {}
    for name in names:
        results = [(tuple(batch[name]), Fraction(STEP_TOLERANCE))]
        slopes = road.gradient(name) if name in drawn else None
        if slopes is not None:
            results.append((slopes, TOLERANCE))
        found[name] = ("complex step and 260 digits" if slopes is not None else "complex step"), tuple(results)
    return found


def _compared(name: str, ours: Values, sympy: Values, third: Third) -> GradientCheck:
    how, results = third
    if not agree(ours, sympy, CHAIN_TOLERANCE):
        return GradientCheck(name, False, how, f"the chain gives {_shown(ours)}, SymPy's derivatives give {_shown(sympy)}")
    for values, tolerance in results:
        if not agree(ours, values, tolerance):
            return GradientCheck(name, False, how, f"the chain gives {_shown(ours)}, differences ({how}) give {_shown(values)}")
    return GradientCheck(name, True, how)


def _shown(values: Values) -> str:
    return ", ".join(f"{float(value):.12g}" for value in values[:6]) + (", …" if len(values) > 6 else "")
