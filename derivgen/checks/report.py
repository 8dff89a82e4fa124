"""The report on a derivation: three methods for each gradient and every printed equality, counted and named."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import reduce
from math import isfinite

from derivgen.checks.equalities import SEED, Falsehood, Verdict, trial, verify
from derivgen.checks.judgements import Judge
from derivgen.checks.kinks import Kink, kinks, touched
from derivgen.checks.methods import CHAIN_TOLERANCE, TOLERANCE, DifferencesMethod, Proof, SympyMethod, agree, second_by_sympy
from derivgen.derivation.ratios import asked, key_of
from derivgen.documents.widths import printed_lines, with_widths
from derivgen.errors import CheckError, Problem
from derivgen.evaluation import Evaluation, Values
from derivgen.frozen import dataclass, replace
from derivgen.lines.aliases import contracted
from derivgen.lines.equality import Equality
from derivgen.lines.every import backward_lines
from derivgen.maths.arithmetic import to_float
from derivgen.maths.interpret import deep_recursion
from derivgen.maths.plain import plain

MOST_ONE_BY_ONE = 100
DRAWN = 12


CONVENTION = "at a kink: by convention"


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """One gradient and which methods agree on it; `differences` says how the third was taken.

    At a kink there is no third method: a convention decides, and `differences` says so.
    """

    name: str
    agrees: bool
    differences: str
    detail: str = ""

    @property
    def by_convention(self) -> bool:
        """Return whether a convention at a kink decides this gradient."""
        return self.differences == CONVENTION


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A gradient that not all methods reach, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what came of it. Gradients in `missing` and `unchecked_lines` are no passes.

    `kept` tells for how many derivatives of kinds SymPy's word was kept from an earlier run.
    """

    equalities: int
    false: tuple[Falsehood, ...]
    unchecked_lines: tuple[Equality, ...]
    gradients: tuple[GradientCheck, ...]
    missing: tuple[Unchecked, ...]
    kinks: tuple[Kink, ...]
    proofs: tuple[Proof, ...]
    kept: int = 0

    @property
    def unchecked_gradients(self) -> tuple[str, ...]:
        """Return the names of the gradients that not all methods reach."""
        return tuple(each.name for each in self.missing)

    @property
    def unchecked(self) -> int:
        """Return how many equalities and gradients could not be checked."""
        return len(self.unchecked_lines) + len(self.missing)

    @property
    def failed(self) -> int:
        """Return how many equalities and gradients are false."""
        return len(self.false) + sum(not check.agrees for check in self.gradients)

    def problems(self) -> tuple[Problem, ...]:
        """Return each false line and gradient as a message that names it."""
        lines = [
            Problem(f"a line is false ({' '.join(f.line.about)}): {' = '.join(plain(s) for s in f.line.sides)}: {f.reason}")
            for f in self.false
        ]
        return (
            *lines,
            *(Problem(f"the gradient by {check.name} is wrong: {check.detail}") for check in self.gradients if not check.agrees),
        )

    def gaps(self) -> tuple[Problem, ...]:
        """Return each gradient and each line that could not be checked, as a warning that says why."""
        lines = [
            Problem(
                f"a line is not checked ({' '.join(line.about)}): no values are found at which all its sides have one",
                severity="warning",
            )
            for line in self.unchecked_lines
        ]
        gradients = [
            Problem(f"the gradient by {each.name} is not checked: {each.reason}", severity="warning") for each in self.missing
        ]
        return (*gradients, *lines)

    def stop_if_false(self) -> None:
        """Raise CheckError with everything that is false."""
        if self.failed:
            raise CheckError(self.problems())


@deep_recursion()
def check(evaluation: Evaluation, *, kept: bool = False) -> Report:
    """Check each gradient by all three methods and evaluate every line.

    Without numbers in the spec the methods are tried at made-up values. With `kept`, SymPy is asked only for those derivatives of
    kinds of definitions that no run before has asked for; without, for all.
    """
    judge = Judge(evaluation.graph.library, kept)
    report = _checked(evaluation, judge)
    judge.keep()
    return replace(report, kept=len(judge.remembered))


def _checked(evaluation: Evaluation, judge: Judge) -> Report:
    tried = trial(evaluation.derivation)
    numeric = evaluation if evaluation.graph.loss in evaluation.values else tried
    kept = trial(evaluation.derivation, keep=True) if numeric is tried and evaluation.graph.given else None
    verdict: Verdict = _of_lines(evaluation, tried, kept)
    if numeric is None:
        nowhere = tuple(
            Unchecked(name, "no values are found at which the loss has one") for name in evaluation.derivation.gradients
        )
        return Report(verdict.checked, verdict.false, verdict.unchecked, (), nowhere, (), ())
    method = SympyMethod(evaluation.derivation, judge)
    with numeric.precise():
        found = _gradients(numeric, method)
    main = Report(
        verdict.checked,
        verdict.false,
        verdict.unchecked,
        tuple(each for each in found if isinstance(each, GradientCheck)),
        tuple(each for each in found if isinstance(each, Unchecked)),
        kinks(numeric),
        method.proofs(),
    )
    found_more = [_ratio(of, evaluation, tried, kept, judge) for of in evaluation.ratios]
    if evaluation.graph.spec.second:
        found_more.append(_seconds(numeric))
    short = contracted(evaluation)
    if short is not evaluation:
        found_more.append(_lines_of(short))
    return reduce(_both, found_more, main)


def _lines_of(short: Evaluation) -> Report:
    """The lines that the pages print by first names."""
    kept = trial(short.derivation, keep=True) if short.graph.given and short.graph.loss not in short.values else None
    verdict = _of_lines(short, trial(short.derivation), kept)
    return Report(verdict.checked, verdict.false, verdict.unchecked, (), (), (), ())


def _of_lines(evaluation: Evaluation, tried: Evaluation | None, kept: Evaluation | None) -> Verdict:
    """Every line that pages may print, with the figures that it has there."""
    printed = with_widths(evaluation)
    return verify(printed_lines(printed), printed, tried, kept)


def _ratio(of: str, evaluation: Evaluation, tried: Evaluation | None, kept: Evaluation | None, judge: Judge) -> Report:
    """The same for the derivatives of one quantity by others."""
    one, *others = (whole.ratios[of] if whole is not None else None for whole in (evaluation, tried, kept))
    assert one is not None
    with one.precise():
        lines = backward_lines(one)
    verdict = verify(lines, one, *others)
    numeric = one if of in one.values else others[0]
    found: tuple[GradientCheck | Unchecked, ...] = ()
    if numeric is not None:
        with numeric.precise():
            found = _gradients(numeric, SympyMethod(one.derivation, judge))
    wanted = {key_of(ratio) for ratios in asked(evaluation.graph).values() for ratio in ratios}
    named = [replace(each, name=key_of((of, each.name))) for each in found]
    named = [each for each in named if each.name in wanted or not (isinstance(each, GradientCheck) and each.agrees)]
    return Report(
        verdict.checked,
        verdict.false,
        verdict.unchecked,
        tuple(each for each in named if isinstance(each, GradientCheck)),
        tuple(each for each in named if isinstance(each, Unchecked)),
        (),
        (),
    )


def _seconds(evaluation: Evaluation) -> Report:
    """The second derivatives, each against SymPy's of the whole loss and against differences of it."""
    found: list[GradientCheck | Unchecked] = []
    method = DifferencesMethod(evaluation)
    with evaluation.precise():
        for second in evaluation.graph.spec.second:
            by, first, name = second.by, second.first, f"{second.first} and {second.by}"
            ours = evaluation.seconds.get((by, first))
            if ours is None:
                found.append(Unchecked(name, "its value depends on one that is not given"))
            elif method.by_convention(by) or method.by_convention(first):
                found.append(GradientCheck(name, True, CONVENTION))
            else:
                sympy, slopes = second_by_sympy(evaluation, by, first), method.second(by, first)
                third: Third | None = None if slopes is None else ("260 digits", (((slopes,), TOLERANCE),))
                found.append(_compared(name, (ours,), None if sympy is None else (sympy,), third))
    checks = tuple(each for each in found if isinstance(each, GradientCheck))
    return Report(0, (), (), checks, tuple(each for each in found if isinstance(each, Unchecked)), (), ())


def _both(one: Report, other: Report) -> Report:
    """Two reports as one."""
    return Report(
        one.equalities + other.equalities,
        (*one.false, *other.false),
        (*one.unchecked_lines, *other.unchecked_lines),
        (*one.gradients, *other.gradients),
        (*one.missing, *other.missing),
        (*one.kinks, *other.kinks),
        (*one.proofs, *other.proofs),
    )


def _gradients(evaluation: Evaluation, method: SympyMethod) -> tuple[GradientCheck | Unchecked, ...]:
    second = method.adjoints(evaluation)
    known = dict.fromkeys(
        name for name in evaluation.derivation.gradients if name in evaluation.adjoints and name in evaluation.values
    )
    third = _differences(evaluation, tuple(known))
    return tuple(
        _compared(name, evaluation.adjoints[name], second.get(name), third.get(name))
        if name in known
        else Unchecked(name, "its value depends on one that is not given")
        for name in evaluation.derivation.gradients
    )


Third = tuple[str, tuple[tuple[Values, Fraction], ...]]


def _differences(evaluation: Evaluation, names: tuple[str, ...]) -> dict[str, Third]:
    """Per name how differences were taken and what they gave, each with its tolerance; a name they do not reach is left out."""
    entries = sum(len(evaluation.adjoints[name]) for name in names)
    method = DifferencesMethod(evaluation)
    if entries <= MOST_ONE_BY_ONE or evaluation.graph.per_sample(evaluation.graph.loss):
        slopes = {name: method.gradient(name, evaluation.adjoints[name]) for name in names}
        found: dict[str, Third] = {
            name: ("260 digits", ((values, TOLERANCE),)) for name, values in slopes.items() if values is not None
        }
    else:
        found = _batched(evaluation, names, method)
    return {name: (CONVENTION if method.by_convention(name) else how, results) for name, (how, results) in found.items()}


def _batched(evaluation: Evaluation, names: tuple[str, ...], method: DifferencesMethod) -> dict[str, Third]:
    """All names by one complex step; some drawn ones by a difference as well, and by that alone what floats do not reach.

    That is what overflows in them, what passes so near to a kink that they cannot tell its sides apart, and what they have too
    few digits for (the complement of a sigmoid at 20): where the step differs from the chain, the difference decides, until one
    finds the chain wrong as well.
    """
    from derivgen.checks.complex_step import NEAR, complex_step
    from derivgen.checks.complex_step import TOLERANCE as STEP_TOLERANCE

    batch = complex_step(evaluation, names)
    near = tuple(kink for kink in kinks(evaluation, NEAR) if kink not in method.kinks)
    drawn = dict.fromkeys(random.Random(SEED).sample(names, min(DRAWN, len(names))))
    found: dict[str, Third] = {}
    wrong = False
    for name in names:
        ours = evaluation.adjoints[name]
        reached = all(map(isfinite, batch[name])) and not touched(evaluation.derivation, name, near)
        differs = reached and not wrong and not agree(ours, tuple(batch[name]), Fraction(STEP_TOLERANCE))
        slopes = method.gradient(name, ours) if name in drawn or not reached or differs else None
        if differs and slopes is not None:
            wrong = not agree(ours, slopes, TOLERANCE)
            reached = wrong
        results = [(tuple(batch[name]), Fraction(STEP_TOLERANCE))] if reached else []
        results += [(slopes, TOLERANCE)] if slopes is not None else []
        how = [*(["complex step"] if reached else []), *(["260 digits"] if slopes is not None else [])]
        if results:
            found[name] = " and ".join(how), tuple(results)
    return found


def _compared(name: str, ours: Values, sympy: Values | None, third: Third | None) -> GradientCheck | Unchecked:
    """Compare the methods: false as soon as one differs, unchecked when one of them has no value."""
    how, results = third if third is not None else ("", ())
    if sympy is not None and not agree(ours, sympy, CHAIN_TOLERANCE):
        return GradientCheck(name, False, how, f"the chain gives {_shown(ours)}, SymPy's derivatives give {_shown(sympy)}")
    for values, tolerance in results:
        if not agree(ours, values, tolerance):
            return GradientCheck(name, False, how, f"the chain gives {_shown(ours)}, differences ({how}) give {_shown(values)}")
    missing = [
        *(["SymPy's derivatives have no value here"] if sympy is None else []),
        *(["the loss has no value a small step to both sides, so no difference can be taken"] if third is None else []),
    ]
    return Unchecked(name, "; ".join(missing)) if missing else GradientCheck(name, True, how)


def _shown(values: Values) -> str:
    return ", ".join(f"{to_float(value):.12g}" for value in values[:6]) + (", …" if len(values) > 6 else "")
