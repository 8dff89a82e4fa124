"""The places that numbers are drawn for, in their order, and how a student's words become numbers: for many attempts at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from derivgen.spec.model import Draw, Spec, Value
from derivgen.variants.records import Record
from derivgen.variants.stream import Stream, draws_of, samples_of, spec_hash


@dataclass(frozen=True, slots=True)
class Slot:
    """A number to be drawn: a name's, of a data column's in one sample. `turn`: which one of its draw it is, from 0."""

    name: str
    sample: int | None
    draw: Draw
    turn: int


@dataclass(frozen=True)
class Slots:
    """All numbers that a spec draws for one variant, in their order."""

    spec: Spec
    slots: tuple[Slot, ...]

    @cached_property
    def hash(self) -> str:
        """The spec's hash, for its records."""
        return spec_hash(self.spec)

    @property
    def space(self) -> int:
        """How many variants there are, conditions apart."""
        total = 1
        for slot in self.slots:
            total *= len(slot.draw.numbers) - (slot.turn if slot.draw.distinct else 0)
        return total

    def stream(self, seed: str) -> Stream:
        """The words of a seed."""
        return Stream(self.spec, seed, len(self.slots))

    def picks(self, words: bytes) -> Any:
        """Which of its draw's numbers each slot takes: an array (attempts, slots).

        One word of 64 bits a slot, by its remainder, so that no number is preferred by more than 1 in 10¹⁴. Where numbers are
        distinct, the k-th slot counts among those that are left.
        """
        import numpy as np

        drawn = np.frombuffer(words, dtype="<u8").reshape(-1, len(self.slots))
        picks = np.empty(drawn.shape, dtype=np.int64)
        for place, slot in enumerate(self.slots):
            left = len(slot.draw.numbers) - (slot.turn if slot.draw.distinct else 0)
            picks[:, place] = drawn[:, place] % np.uint64(left)
            if slot.draw.distinct and slot.turn:
                picks[:, place] = _among_the_rest(picks[:, place], picks[:, place - slot.turn : place])
        return picks

    def numbers(self, picks: Any) -> tuple[Value, ...]:
        """The numbers of one attempt."""
        return tuple(slot.draw.numbers[int(pick)] for slot, pick in zip(self.slots, picks, strict=True))

    def record(self, picks: Any, seed: str, student: str, group: str = "", attempt: int = 0, distinct: int = 0) -> Record:
        """The record of one attempt."""
        taken = tuple(zip(self.slots, self.numbers(picks), strict=True))
        values = {slot.name: number.text for slot, number in taken if slot.sample is None}
        cells = {(slot.name, slot.sample): number.text for slot, number in taken if slot.sample is not None}
        rows = self._rows(cells) if cells else None
        return Record(seed, student, self.hash, MappingProxyType(values), rows, group, attempt, distinct)

    def _rows(self, cells: Mapping[tuple[str, int], str]) -> tuple[tuple[str, ...], ...]:
        data = self.spec.data
        assert data is not None and data.rows is not None
        return tuple(
            tuple(cells.get((name, sample), value.text) for name, value in zip(data.columns, row, strict=True))
            for sample, row in enumerate(data.rows)
        )


def slots_of(spec: Spec) -> Slots:
    """What a spec draws: name after name, of a column sample after sample."""
    columns = spec.data.columns if spec.data is not None else ()
    found: list[Slot] = []
    for draw in draws_of(spec):
        samples = {name: range(samples_of(spec)) if name in columns else (None,) for name in draw.names}
        places = [(name, sample) for name in draw.names for sample in samples[name]]
        found += [Slot(name, sample, draw, turn) for turn, (name, sample) in enumerate(places)]
    return Slots(spec, tuple(found))


def _among_the_rest(picks: Any, before: Any) -> Any:
    """The number of each pick among all, where it counts those that the picks before have left."""
    import numpy as np

    found = picks.copy()
    taken = np.sort(before, axis=1)
    for column in range(taken.shape[1]):
        found += found >= taken[:, column]
    return found
