"""What a spec draws for a variant, and how a student's random words become its numbers: for many attempts at once.

Random words depend on a seed, a spec's meaning and a student alone: SHAKE-256 of the three and of the attempt. No library's
generator stands behind them, whose numbers could change with its version; no state, so that every attempt can be asked for by
itself. The words of two students, or of two attempts, have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import shake_256
from types import MappingProxyType
from typing import Any

from derivgen.frozen import dataclass
from derivgen.spec.model import Draw, Spec, Value
from derivgen.variants.records import VERSION, Record, draws_hash, draws_of, samples_of, spec_hash

WORD = 8


class Stream:
    """The draws of one seed: for each student and attempt one word (64 bits) for each number that is drawn."""

    def __init__(self, spec: Spec, seed: str, words: int):
        self._size = words * WORD
        self._start = shake_256(f"derivgen variant {VERSION}\0{draws_hash(spec)}\0{seed}\0".encode())

    def attempts(self, student: str, first: int, count: int) -> bytes:
        """Return the words of some attempts of a student, one after another, each with its little end first."""
        start = self._start.copy()
        start.update(f"{len(student.encode())}\0{student}\0".encode())
        return b"".join(self._attempt(start.copy(), number) for number in range(first, first + count))

    def _attempt(self, state, number: int) -> bytes:
        state.update(str(number).encode())
        return state.digest(self._size)


@dataclass(frozen=True, slots=True)
class DrawnNumber:
    """A number to be drawn: a name's, of a data column's in one sample. `turn`: which one of its draw it is, from 0."""

    name: str
    sample: int | None
    draw: Draw
    turn: int


@dataclass(frozen=True)
class DrawPlan:
    """All numbers that a spec draws for one variant, in their order."""

    spec: Spec
    entries: tuple[DrawnNumber, ...]

    @cached_property
    def hash(self) -> str:
        """Return the spec's hash, for its records."""
        return spec_hash(self.spec)

    @property
    def space(self) -> int:
        """Return how many variants there are, conditions apart."""
        total = 1
        for entry in self.entries:
            total *= len(entry.draw.numbers) - (entry.turn if entry.draw.distinct else 0)
        return total

    def stream(self, seed: str) -> Stream:
        """Return the random words of a seed."""
        return Stream(self.spec, seed, len(self.entries))

    def picks(self, words: bytes) -> Any:
        """Return which of its draw's numbers each entry takes: an array of indices (attempts × entries).

        An entry takes one word of 64 bits, by its remainder, so that no number is preferred by more than 1 in 10¹⁴. Where
        numbers are distinct, the k-th entry counts among those that are left.
        """
        import numpy as np

        drawn = np.frombuffer(words, dtype="<u8").reshape(-1, len(self.entries))
        picks = np.empty(drawn.shape, dtype=np.int64)
        for place, entry in enumerate(self.entries):
            left = len(entry.draw.numbers) - (entry.turn if entry.draw.distinct else 0)
            picks[:, place] = drawn[:, place] % np.uint64(left)
            if entry.draw.distinct and entry.turn:
                picks[:, place] = _among_the_rest(picks[:, place], picks[:, place - entry.turn : place])
        return picks

    def numbers(self, picks: Any) -> tuple[Value, ...]:
        """Return the numbers of one attempt."""
        return tuple(entry.draw.numbers[int(pick)] for entry, pick in zip(self.entries, picks, strict=True))

    def record(self, picks: Any, seed: str, student: str, group: str = "", attempt: int = 0, distinct: int = 0) -> Record:
        """Return the record of one attempt."""
        taken = tuple(zip(self.entries, self.numbers(picks), strict=True))
        values = {entry.name: number.text for entry, number in taken if entry.sample is None}
        cells = {(entry.name, entry.sample): number.text for entry, number in taken if entry.sample is not None}
        rows = self._rows(cells) if cells else None
        return Record(seed, student, self.hash, MappingProxyType(values), rows, group, attempt, distinct)

    def _rows(self, cells: Mapping[tuple[str, int], str]) -> tuple[tuple[str, ...], ...]:
        data = self.spec.data
        assert data is not None and data.rows is not None
        return tuple(
            tuple(cells.get((name, sample), value.text) for name, value in zip(data.columns, row, strict=True))
            for sample, row in enumerate(data.rows)
        )


def draw_plan(spec: Spec) -> DrawPlan:
    """Return what a spec draws: name after name, of a column sample after sample."""
    columns = spec.data.columns if spec.data is not None else ()
    found: list[DrawnNumber] = []
    for draw in draws_of(spec):
        samples = {name: range(samples_of(spec)) if name in columns else (None,) for name in draw.names}
        places = [(name, sample) for name in draw.names for sample in samples[name]]
        found += [DrawnNumber(name, sample, draw, turn) for turn, (name, sample) in enumerate(places)]
    return DrawPlan(spec, tuple(found))


def _among_the_rest(picks: Any, before: Any) -> Any:
    """Return each pick's index among all numbers, where it counts among those that the picks before have left."""
    import numpy as np

    found = picks.copy()
    taken = np.sort(before, axis=1)
    for column in range(taken.shape[1]):
        found += found >= taken[:, column]
    return found
