"""A spec through the line, and what the checks say of it: what commands, pieces, pages and notebooks all begin with."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation, Evaluated, run_any
from derivgen.checks.arrays import check_arrays
from derivgen.checks.report import Report, check
from derivgen.derivation.arrays import ArrayDerivation, derived
from derivgen.derivation.derive import Derivation
from derivgen.derivation.entries import entrywise
from derivgen.errors import Problem
from derivgen.frozen import dataclass, replace
from derivgen.maths.interpret import deep_recursion
from derivgen.spec.load import load
from derivgen.spec.model import Spec

RARELY = 200_000
"""How many new objects call for a search for garbage: trees and numbers refer to each other in one direction only."""


@dataclass(frozen=True)
class Worked:
    """A spec's evaluation, what the checks say of it, and the spec's warnings (not said to anybody yet)."""

    evaluation: Any
    report: Report
    warnings: tuple[Problem, ...] = ()

    @property
    def said(self) -> tuple[Problem, ...]:
        """Return everything a user should hear of: the spec's warnings and what could not be checked."""
        return (*self.warnings, *self.report.gaps())


@deep_recursion()
def evaluate(spec: Spec, wrt: Sequence[str] = (), seed: str | None = None, student: str = "") -> Any:
    """Evaluate a spec → Evaluation (of arrays: ArrayEvaluation); `wrt` replaces what the spec asks for. Raises SpecError.

    Of a spec that draws numbers: the variant of that seed and student; without a seed, the author's own numbers, or if some are
    missing the variant of seed 0 and no student.
    """
    gc.set_threshold(RARELY)
    derivation = derived(replace(spec, wrt=tuple(wrt)) if wrt else spec)
    if seed is None and (spec.random is None or spec.random.complete):
        _check_conditions(derivation)
        return run_any(derivation)
    from derivgen.variants.records import variant
    from derivgen.variants.search import draw

    return variant(derivation, draw(spec, "0" if seed is None else seed, student))


def evaluate_arrays(spec: Spec, wrt: Sequence[str] = ()) -> ArrayEvaluation:
    """Return the values and gradients of a spec with vectors or matrices. Raises SpecError."""
    return evaluate(spec, wrt)


def report_on(evaluation: Evaluated, *, kept: bool = False) -> Report:
    """Return what the checks say of an evaluation; with `kept`, what SymPy said in an earlier run counts."""
    return check_arrays(evaluation, kept=kept) if isinstance(evaluation, ArrayEvaluation) else check(evaluation, kept=kept)


def _check_conditions(derivation: Derivation | ArrayDerivation) -> None:
    """The conditions of a spec speak of something, even where nothing is drawn. Raises SpecError."""
    random = derivation.graph.spec.random
    if random is not None and random.where:
        from derivgen.variants.meaning import meanings

        meanings(entrywise(derivation) if isinstance(derivation, ArrayDerivation) else derivation)


def work(source: Path | str | Spec, wrt: Sequence[str] = (), *, kept: bool = False) -> Worked:
    """Work through a spec (or the file it stands in; `-` is standard input) and check it; nothing is printed.

    Raises:
        SpecError: the spec is wrong.
        CheckError: a gradient or a line is false.
    """
    spec = source if isinstance(source, Spec) else load(str(source))
    evaluation = evaluate(spec, wrt)
    report = report_on(evaluation, kept=kept)
    report.stop_if_false()
    more = evaluation.derivation.warnings if isinstance(evaluation, ArrayEvaluation) else ()
    return Worked(evaluation, report, (*spec.warnings, *more))
