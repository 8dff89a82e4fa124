"""The search for variants: each student's first attempt that meets every condition, whoever else is in the class; variants alike.

Attempts are tried many at a time, of all students that have none yet. What number arrays leave open is decided exactly, one by
one. How many are tried at a time plays no part: of each student the first that will do is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from math import expm1, log1p
from typing import Any

from derivgen.array_evaluation import Evaluated
from derivgen.derivation.arrays import ArrayDerivation, derived
from derivgen.derivation.derive import Derivation
from derivgen.derivation.entries import entrywise
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass, field
from derivgen.maths.conditions import Comparison, Condition, Measure, Not
from derivgen.spec.model import Spec
from derivgen.variants.draws import DrawPlan, Stream, draw_plan
from derivgen.variants.records import Record, variant

AT_A_TIME = 20_000
FIRST = 64
"""How many attempts of one student are tried at first, unless many students share a round."""
MOST_TRIES = 200_000
"""The search is given up when so many attempts of one student, or the first so many of all, are in vain."""
RAREST = 1 / 20_000
"""The share of attempts that have to do, of the first 200,000."""
MOST_NUMBERS = 20_000_000
"""The same, for a large network: so many numbers are worked out in vain."""
MOST_EXACT = 500
"""The same, for attempts that only exact numbers decide: each takes milliseconds."""
SMALL = 10_000
"""Of so few different draws, those are remembered that do not do, and once none is left the search is given up."""


@dataclass
class Tally:
    """How many attempts were looked at, and how many of them each condition refuses, and refuses alone."""

    conditions: tuple[str, ...]
    tried: int = 0
    accepted: int = 0
    without_value: int = 0
    refused: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.refused = self.refused or [0] * len(self.conditions)
        self.alone = self.alone or [0] * len(self.conditions)

    @property
    def share(self) -> float:
        """Return the share of attempts that would do."""
        return self.accepted / self.tried if self.tried else 1.0

    def table(self) -> list[str]:
        """Return which condition refuses how many."""
        width = max(map(len, self.conditions), default=0)
        lines = [
            f"{text:{width}}  refuses {_percent(refused, self.tried)}, alone {_percent(alone, self.tried)}"
            for text, refused, alone in zip(self.conditions, self.refused, self.alone, strict=True)
        ]
        if self.without_value:
            lines.append(f"without a value somewhere: {_percent(self.without_value, self.tried)}")
        return lines


def _percent(part: int, whole: int) -> str:
    """A share for people: all and none are said only where it is all and none."""
    if part in (0, whole):
        return "all" if part else "none"
    share = 100 * part / whole
    return f"{share:.2g} %" if share < 10 else f"{min(share, 99.9):.3g} %"


@dataclass(frozen=True)
class Found:
    """A student's attempt that will do: its number, and which numbers its entries take."""

    attempt: int
    picks: Any


class Search:
    """The variants of one spec and seed. `tally` counts what was looked at so far."""

    def __init__(self, derivation: Derivation | ArrayDerivation | Evaluated, seed: str | int):
        """Take a derivation; `whole` is it as it was derived, `derivation` what is searched: of arrays the entries."""
        self.whole = derivation if isinstance(derivation, (Derivation, ArrayDerivation)) else derivation.derivation
        self.derivation = entrywise(self.whole) if isinstance(self.whole, ArrayDerivation) else self.whole
        self.spec: Spec = self.derivation.graph.spec
        self.seed = str(seed)
        self.plan: DrawPlan = draw_plan(self.spec)
        if not self.plan.entries:
            raise SpecError(
                Problem(f"{self.spec.name} draws nothing", hint="say what is drawn:  random: {w: {integers: [-3, 3]}}")
            )
        self.stream: Stream = self.plan.stream(self.seed)
        self.tally = Tally(tuple(where.text for where in self.spec.random.where) if self.spec.random else ())
        self.exact = 0
        self.refused: set[bytes] = set()  # of a small space, the draws that do not do
        self.irrational: tuple[str, ...] = ()  # what is no fraction

    @cached_property
    def room(self) -> int:
        """Return how many attempts are tried at a time."""
        from derivgen.variants.batch import rows_at_a_time

        return rows_at_a_time(self.derivation.graph, AT_A_TIME)

    @cached_property
    def meanings(self):
        """Return the conditions, written out."""
        from derivgen.variants.meaning import meanings

        return meanings(self.derivation)

    def record(self, student: str, group: str = "") -> Record:
        """Return one student's record. Raises SpecError where no variant is found."""
        (found,) = self.records([(student, group)])
        return found

    def records(self, students: Sequence[tuple[str, str]]) -> list[Record]:
        """Return the records of some students (id and group), in their order, each as it would be alone."""
        firsts = self.firsts([student for student, _ in students])
        return [
            self.plan.record(found.picks, self.seed, student, group, found.attempt)
            for (student, group), found in zip(students, firsts, strict=True)
        ]

    def further(self, student: str, seen: Callable[[Record], bool], group: str = "") -> Record:
        """Return the student's first record that nobody has `seen`; `distinct` says how many were passed over."""
        for passed, found in enumerate(islice(self.all_of(student), MOST_TRIES)):
            record = self.plan.record(found.picks, self.seed, student, group, found.attempt, passed)
            if not seen(record):
                return record
        raise SpecError(Problem(f"there is no variant left that nobody has, for {student!r}"))

    def all_of(self, student: str) -> Iterator[Found]:
        """Yield every attempt of a student that will do, in order."""
        first, in_vain = 0, 0
        while True:
            picks = self.plan.picks(self.stream.attempts(student, first, FIRST))
            fits = self.fits(picks)
            for place in range(FIRST):
                if fits[place] is None:
                    fits[place] = self.decided(student, first + place, picks[place])
                if fits[place]:
                    yield Found(first + place, picks[place])
            in_vain = 0 if any(fits) else in_vain + FIRST
            self._stop_if_in_vain(in_vain)
            first += FIRST

    def firsts(self, students: Sequence[str]) -> list[Found]:
        """Return each student's first attempt that will do."""
        found: dict[int, Found] = {}
        waiting, first = list(range(len(students))), 0
        while waiting:
            each = max(1, min(FIRST if not first else 8 * FIRST, self.room // len(waiting)))
            each = each if self.tally.conditions else 1
            for start in range(0, len(waiting), max(1, self.room // each)):
                some = waiting[start : start + max(1, self.room // each)]
                found |= self._round([(place, students[place]) for place in some], first, each)
            waiting = [place for place in waiting if place not in found]
            first += each
            if waiting:
                self._stop_if_in_vain(first)
        return [found[place] for place in range(len(students))]

    def _round(self, students: list[tuple[int, str]], first: int, each: int) -> dict[int, Found]:
        """Some attempts of each of some students: who has found one."""
        picks = self.plan.picks(b"".join(self.stream.attempts(student, first, each) for _, student in students))
        fits = self.fits(picks)
        found: dict[int, Found] = {}
        for turn, (place, student) in enumerate(students):
            for number in range(each):
                here = turn * each + number
                fit = fits[here] if fits[here] is not None else self.decided(student, first + number, picks[here])
                if fit:
                    found[place] = Found(first + number, picks[here])
                    break
        return found

    def fits(self, picks: Any) -> list[bool | None]:
        """Return of each attempt whether it will do; None where number arrays do not tell."""
        rows = len(picks)
        if not self.tally.conditions:
            self.tally.tried += rows
            self.tally.accepted += rows
            return [True] * rows
        import numpy as np

        from derivgen.variants.arrays import Ball
        from derivgen.variants.batch import backward, forward, leaves
        from derivgen.variants.judging import judged

        graph = self.derivation.graph
        board = forward(graph, leaves(graph, self.plan, picks))
        if any(meaning.backward for meaning in self.meanings):
            board = backward(self.derivation, board)
        self.irrational = tuple(name for name, numbers in board.values.items() if isinstance(numbers, Ball))
        truths = [judged(meaning.tree, board, rows) for meaning in self.meanings]
        self._count(np.array([truth.must for truth in truths]), np.array([truth.may for truth in truths]))
        must = np.logical_and.reduce([truth.must for truth in truths])
        may = np.logical_and.reduce([truth.may for truth in truths])
        fits = [True if sure else None if open_ else False for sure, open_ in zip(must.tolist(), may.tolist(), strict=True)]
        if self.plan.space <= SMALL:
            self.refused.update(row.tobytes() for row, fit in zip(picks, fits, strict=True) if fit is False)
        return fits

    def _count(self, must: Any, may: Any) -> None:
        """Note what the conditions refuse; an attempt that is left open counts once it is decided.

        A condition refuses an attempt alone where all others surely hold: of one that is left open nobody knows.
        """
        tally, refusals, holding = self.tally, (~may).sum(axis=0), must.sum(axis=0)
        accepted = must.all(axis=0)
        tally.tried += int((accepted | (refusals > 0)).sum())
        tally.accepted += int(accepted.sum())
        for place, held in enumerate(may):
            tally.refused[place] += int((~held).sum())
            tally.alone[place] += int((~held & (holding == len(must) - 1)).sum())

    def decided(self, student: str, attempt: int, picks: Any) -> bool:
        """Return whether an attempt will do, by exact numbers. One without a value somewhere will not."""
        if picks.tobytes() in self.refused:
            return False
        fit = self._decided(student, attempt, picks)
        if not fit and self.plan.space <= SMALL:
            self.refused.add(picks.tobytes())
        return fit

    def _decided(self, student: str, attempt: int, picks: Any) -> bool:
        from derivgen.variants.judging import holds

        self.exact += 1
        tally = self.tally
        tally.tried += 1
        try:
            evaluation = variant(self.derivation, self.plan.record(picks, self.seed, student, "", attempt))
        except SpecError:
            tally.without_value += 1
            return False
        refused = [place for place, meaning in enumerate(self.meanings) if not holds(meaning.tree, evaluation)]
        for place in refused:
            tally.refused[place] += 1
            tally.alone[place] += len(refused) == 1
        tally.accepted += not refused
        return not refused

    def _stop_if_in_vain(self, attempts: int) -> None:
        """Raises SpecError, with what each condition refuses, where a student has had so many attempts in vain."""
        size = len(self.derivation.graph.quantities) * self.derivation.graph.samples
        tally = self.tally
        rare = tally.tried >= MOST_TRIES and tally.share < RAREST
        rare = rare or (self.exact >= MOST_EXACT and not tally.accepted) or len(self.refused) >= self.plan.space
        if rare or attempts >= MOST_TRIES or attempts * size >= MOST_NUMBERS:
            raise self.nothing()

    def nothing(self) -> SpecError:
        """Return what is said when the conditions are met by hardly any draw."""
        tally = self.tally
        never = not tally.accepted
        what = "no draw meets the conditions" if never else "hardly any draw meets the conditions"
        told = f"{what}: {tally.accepted} of {tally.tried:,} tried did"
        if len(self.refused) >= self.plan.space:
            told = f"{what}: there are {self.plan.space:,}, and each was tried"
        random = self.spec.random
        worst = max(range(len(tally.conditions)), key=lambda place: (tally.alone[place], tally.refused[place]), default=None)
        place = random.where[worst].place if random is not None and worst is not None else None
        hint = "loosen what refuses most, or draw from other numbers\n    " + "\n    ".join(tally.table())
        if self.irrational and any(_asks_for_fractions(meaning.tree) for meaning in self.meanings):
            hint += f"\n  {self.irrational[0]} is no fraction: what exp, tanh and the like give has no end of decimals"
        return SpecError(Problem(told, place, hint))


def _asks_for_fractions(condition: Condition) -> bool:
    """Return whether a condition speaks of how many decimals something has, or of its denominator."""
    sides = condition.sides if isinstance(condition, Comparison) else ()
    inner = getattr(condition, "parts", None) or ((condition.part,) if isinstance(condition, Not) else ())
    return any(isinstance(side, Measure) for side in sides) or any(map(_asks_for_fractions, inner))


def draw(spec: Spec, seed: str | int, student: str, group: str = "") -> Record:
    """Return the record of one student; for many of them `Search` derives once. Raises SpecError where no variant is found."""
    return Search(derived(spec), seed).record(student, group)


def duplicates(records: Sequence[Record]) -> tuple[tuple[Record, ...], ...]:
    """Return the groups of records with the same numbers, in the order of their first ones."""
    found: dict[object, list[Record]] = {}
    for record in records:
        found.setdefault(record.numbers, []).append(record)
    return tuple(tuple(group) for group in found.values() if len(group) > 1)


def collision_chance(space: float, count: int) -> float:
    """Return how likely it is that two of `count` variants are alike, each being one of `space` with the same chance.

    >>> round(collision_chance(365, 23), 3), collision_chance(3, 4)
    (0.507, 1.0)
    """
    if count < 2:
        return 0.0
    if count > space:
        return 1.0
    if count > 100_000:
        return -expm1(-count * (count - 1) / (2 * space))
    return -expm1(sum(log1p(-k / space) for k in range(1, count)))


def make_distinct(search: Search, records: Sequence[Record]) -> tuple[Record, ...]:
    """Replace records so that no two are alike, and return them in the same order.

    The rule: in the order of their ids, each student takes the first variant that nobody before them has. How many they passed
    over stands in the record (`distinct`). Raises SpecError where there are not variants enough.
    """
    seen: set[object] = set()
    kept: dict[int, Record] = {}
    for place in sorted(range(len(records)), key=lambda place: (records[place].student, place)):
        record = records[place]
        if record.numbers in seen:
            record = search.further(record.student, lambda other: other.numbers in seen, record.group)
        seen.add(record.numbers)
        kept[place] = record
    return tuple(kept[place] for place in range(len(records)))


def accepted_space(search: Search) -> float:
    """Estimate how many variants meet the conditions; 1e300 stands for any number beyond."""
    return max(1.0, float(min(search.plan.space, 10**300)) * search.tally.share)


def odds(chance: float) -> str:
    """Return a chance in words.

    >>> odds(0.25), odds(0.0004), odds(1.0), odds(1e-12)
    ('25 %', '1 in 2,500', 'certain', 'less than 1 in a billion')
    """
    if chance >= 0.9995:
        return "certain"
    if chance >= 0.01:
        return f"{100 * chance:.2g} %"
    if chance < 1e-9:
        return "less than 1 in a billion"
    size = 1 / chance
    step = 10 ** max(0, len(str(int(size))) - 2)
    return f"1 in {round(size / step) * step:,}"
