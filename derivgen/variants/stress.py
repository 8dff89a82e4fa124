"""Many variants of a spec put to the test: which fail, how the answers are spread, what is dead, saturated, zero or alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import nlargest
from typing import Any

import numpy as np

from derivgen.frozen import dataclass
from derivgen.variants import arrays
from derivgen.variants.batch import BatchEvaluation
from derivgen.variants.judging import things
from derivgen.variants.search import Search, Tally, accepted_space, collision_chance
from derivgen.variants.units import state_of, units_of
from derivgen.variants.verifying import Verified, Verifier

BINS = 40
LONGEST = 3
"""How many variants with the longest answers are kept to be measured on their sheets."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How one answer is spread: least, quartiles and greatest, the share that is 0, and how many lie in each of some bins.

    The bins go from the 1st to the 99th of a hundred parts, so that a few large numbers do not hide the others.
    """

    name: str
    marks: tuple[float, float, float, float, float]
    zero: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    longest: str


@dataclass(frozen=True, slots=True)
class Stress:
    """What came of it. Shares are of the variants that were tried."""

    name: str
    seed: str
    count: int
    failures: tuple[Verified, ...]
    alone: int
    spreads: tuple[Spread, ...]
    dead: Mapping[str, float]
    saturated: Mapping[str, float]
    twins: int
    chance: float
    space: float
    tally: Tally
    longest: tuple[Verified, ...]


class _Counts:
    """What is kept of the variants so far: a few numbers each."""

    def __init__(self, verifier: Verifier):
        graph = verifier.graph
        self.units = units_of(graph)
        self.states = {
            kind: {unit.name: each for unit in self.units if (each := state_of(kind, unit, graph)) is not None}
            for kind in ("dead", "saturated")
        }
        self.hits = {kind: dict.fromkeys(found, 0) for kind, found in self.states.items()}
        self.numbers: dict[str, list[Any]] = {}
        self.zeros: dict[str, int] = {}
        self.longest: dict[str, str] = {}
        self.widest: list[tuple[int, int, Verified]] = []
        self.failures: list[Verified] = []
        self.seen: dict[object, int] = {}
        self.alone = 0

    def take(self, checked: list[Verified], board: BatchEvaluation) -> None:
        """Note some variants and their numbers."""
        rows = len(checked)
        self.alone += sum(each.alone for each in checked)
        self.failures += [each for each in checked if each.failure]
        for each in checked:
            key = hash(each.record.numbers)
            self.seen[key] = self.seen.get(key, 0) + 1
        self._answers(checked, board, rows)
        for kind, found in self.states.items():
            for name, condition in found.items():
                with np.errstate(all="ignore"):
                    held = things(condition, board).must.any(axis=1)
                self.hits[kind][name] += int(np.broadcast_to(held, (rows,)).sum())

    def _answers(self, checked: list[Verified], board: BatchEvaluation, rows: int) -> None:
        loss = board.graph.loss
        for name in checked[0].answers:
            numbers = board.values[loss] if name == loss else board.gradients[name]
            self.numbers.setdefault(name, []).append(_floats(numbers, rows))
        for place, each in enumerate(checked):
            for name, texts in each.answers.items():
                self.zeros[name] = self.zeros.get(name, 0) + all(text == "0" for text in texts)
                longest = max(texts, key=len)
                if len(longest) > len(self.longest.get(name, "")):
                    self.longest[name] = longest
            self.widest.append((sum(len(text) for texts in each.answers.values() for text in texts), -place, each))
        self.widest = nlargest(LONGEST, self.widest, key=lambda entry: entry[:2])

    @property
    def twins(self) -> int:
        """Return how many variants have the same numbers as one before them."""
        return sum(count - 1 for count in self.seen.values())


def _floats(numbers: arrays.Numbers, rows: int) -> Any:
    mid = arrays.ball(numbers).mid
    return np.broadcast_to(mid, (rows, mid.shape[1])).ravel().copy()


def stress(search: Search, count: int, tick: Callable[[int], None] = lambda done: None) -> Stress:
    """Draw and verify so many variants, of students 1, 2, …; `tick` is told how many are done."""
    verifier = Verifier(search.derivation)
    counts = _Counts(verifier)
    for start in range(0, count, verifier.at_a_time):
        students = [(str(k + 1), "") for k in range(start, min(count, start + verifier.at_a_time))]
        counts.take(*verifier.chunk(search.records(students)))
        tick(len(students))
    space = accepted_space(search)
    spreads = tuple(_spread(name, np.concatenate(parts), counts, count) for name, parts in counts.numbers.items())
    return Stress(
        search.spec.name,
        search.seed,
        count,
        tuple(counts.failures),
        counts.alone,
        spreads,
        {name: hits / count for name, hits in counts.hits["dead"].items()},
        {name: hits / count for name, hits in counts.hits["saturated"].items()},
        counts.twins,
        collision_chance(space, count),
        space,
        search.tally,
        tuple(each for _, _, each in counts.widest),
    )


def _spread(name: str, numbers: Any, counts: _Counts, count: int) -> Spread:
    finite = numbers[np.isfinite(numbers)]
    finite = finite if finite.size else np.zeros(1)
    marks = np.quantile(finite, (0, 0.25, 0.5, 0.75, 1))
    low, high = np.quantile(finite, (0.01, 0.99))
    if not high > low:
        low, high = low - 0.5, high + 0.5
    found, edges = np.histogram(finite, bins=BINS, range=(float(low), float(high)))
    return Spread(
        name,
        tuple(map(float, marks)),  # type: ignore[arg-type]
        counts.zeros.get(name, 0) / count,
        tuple(map(float, edges)),
        tuple(map(int, found)),
        counts.longest.get(name, ""),
    )
