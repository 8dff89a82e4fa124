"""Every variant checked: its gradients by a method that shares nothing with the chain, its answers as they are printed.

The method is the complex step, Im L(x + ih) / h, taken for all variants at once on the forward pass alone. On a kink, where a
convention decides and no step tells anything, the quantity is moved along the line that the convention says. What double
precision leaves open is checked one by one, by differences with 260 digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from derivgen.array_evaluation import Evaluated
from derivgen.checks.complex_step import TOLERANCE, Neighbourhood, complex_step, value_of, widened
from derivgen.checks.methods import TOLERANCE as FINE_TOLERANCE
from derivgen.checks.methods import DifferencesMethod, agree
from derivgen.derivation.arrays import ArrayDerivation
from derivgen.derivation.derive import Derivation
from derivgen.derivation.entries import entrywise
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, field
from derivgen.maths.arithmetic import to_float
from derivgen.variants import arrays
from derivgen.variants.answers import Texts, answers_of, texts_of
from derivgen.variants.batch import BatchEvaluation, backward, forward, leaves_of, rows_at_a_time
from derivgen.variants.records import Record, check_spec, variant
from derivgen.variants.units import distances

AT_A_TIME = 4_096
MOST_TOGETHER = 200
"""With more gradients than this, variants are checked one by one, each with all its gradients at a time."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A variant with its answers by name. With a `failure` it is wrong, and is not to be handed out.

    `alone` says that double precision did not do, and that it was checked with exact numbers: those of `exact`.
    """

    record: Record
    answers: Mapping[str, Texts]
    failure: str = ""
    alone: bool = False
    exact: Evaluation | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Return whose variant it is, for a message."""
        return f"the variant of {self.record.student!r} (seed {self.record.seed!r})"


class Verifier:
    """Checks the variants of one derivation."""

    def __init__(self, evaluation: Evaluated | Derivation | ArrayDerivation):
        whole = evaluation if isinstance(evaluation, (Derivation, ArrayDerivation)) else evaluation.derivation
        self.derivation = entrywise(whole) if isinstance(whole, ArrayDerivation) else whole
        self.graph = self.derivation.graph
        self.order = tuple(name for name, quantity in self.graph.quantities.items() if quantity.definition is not None)
        self.kinks = {name: tuple(distances(self._definition(name), self.graph)) for name in self.order}
        self.asked = tuple(name for name in self.derivation.gradients if name in self.derivation.consumers)

    def _definition(self, name: str):
        definition = self.graph.quantities[name].definition
        assert definition is not None
        return definition

    def verified(self, records: Sequence[Record]) -> Iterator[Verified]:
        """Yield the records with their answers, in their order."""
        for start in range(0, len(records), self.at_a_time):
            yield from self.chunk(records[start : start + self.at_a_time])[0]

    @property
    def at_a_time(self) -> int:
        """Return how many variants there is room for."""
        return rows_at_a_time(self.graph, AT_A_TIME)

    def chunk(self, records: Sequence[Record]) -> tuple[list[Verified], BatchEvaluation]:
        """Return some records at a time, and their numbers. Raises SpecError for a record of another spec."""
        rows = len(records)
        for record in records:
            check_spec(self.graph, record)
        board = backward(self.derivation, forward(self.graph, leaves_of(self.graph, records)))
        if len(self.asked) > MOST_TOGETHER:
            return [self.alone(record) for record in records], board
        wrong, open_ = self._gradients(board, rows)
        answers = self._answers(board, rows)
        found = []
        for place, record in enumerate(records):
            texts = answers[place]
            if open_[place]:
                found.append(self.alone(record))
            elif texts is None:
                found.append(self._exactly(record, wrong.get(place, "")))
            else:
                found.append(Verified(record, texts, wrong.get(place, "")))
        return found, board

    def _exactly(self, record: Record, failure: str) -> Verified:
        """A variant whose gradients are checked, its answers by exact numbers."""
        try:
            evaluation = variant(self.derivation, record)
            return Verified(record, answers_of(evaluation), failure, True, evaluation)
        except SpecError as error:
            return Verified(record, {}, error.problems[0].message, True)

    def alone(self, record: Record) -> Verified:
        """Return one variant, by exact numbers and differences with 260 digits."""
        try:
            evaluation = variant(self.derivation, record)
        except SpecError as error:
            return Verified(record, {}, error.problems[0].message, True)
        if len(self.asked) > MOST_TOGETHER:
            return Verified(record, answers_of(evaluation), self._of_many(evaluation), True)
        return Verified(record, answers_of(evaluation), self._of_few(evaluation), True, evaluation)

    def _of_few(self, evaluation: Evaluation) -> str:
        """What is wrong with one variant: each of its gradients by a difference with 260 digits."""
        method = DifferencesMethod(evaluation)
        for name in self.asked:
            ours, slopes = evaluation.adjoints[name], method.gradient(name)
            if slopes is None:
                return f"the gradient by {name} cannot be checked: no difference can be taken"
            if not agree(ours, slopes, FINE_TOLERANCE):
                return _wrong(name, to_float(ours[0]), to_float(slopes[0]))
        return ""

    def _of_many(self, evaluation: Evaluation) -> str:
        """What is wrong with one variant of a large computation: all its gradients by complex steps."""
        slopes = complex_step(evaluation, self.asked)
        for name in self.asked:
            if not all(map(isfinite, slopes[name])):
                return f"the gradient by {name} cannot be checked in double precision"
            if not agree(evaluation.adjoints[name], slopes[name], Fraction(TOLERANCE)):
                return _wrong(name, to_float(evaluation.adjoints[name][0]), slopes[name][0])
        return ""

    def _answers(self, board: BatchEvaluation, rows: int) -> list[dict[str, Texts] | None]:
        """The answers of each variant; None where a text is left open."""
        loss, style = self.graph.loss, Evaluation(self.derivation, {}, {}, {}).number_format
        arrays_ = {loss: board.values[loss]}
        arrays_ |= {name: board.gradients[name] for name in self.derivation.gradients if name != loss}
        for name in arrays_:
            if name != loss and self.graph.per_sample(name):
                arrays_[name] = arrays.widened(arrays_[name], self.graph.samples)
        columns = [texts_of(numbers, rows, style) for numbers in arrays_.values()]
        found: list[dict[str, Texts] | None] = []
        for texts in zip(*columns, strict=True):
            whole = all(text is not None for each in texts for text in each)
            found.append(dict(zip(arrays_, texts, strict=True)) if whole else None)
        return found

    def _gradients(self, board: BatchEvaluation, rows: int) -> tuple[dict[int, str], Any]:
        """What is wrong with which variant, and which are left open."""
        with np.errstate(all="ignore"):
            base, masks, open_ = self._base(board, rows)
            on_kink = {name: mask for name, mask in masks.items() if mask.any()}
            slopes_there = {key: arrays.ball(numbers).mid for key, numbers in board.partials.items() if key[0] in on_kink}
            nearby = Neighbourhood(self.graph, base, slopes_there, on_kink)
            wrong: dict[int, str] = {}
            for name in self.asked:
                behind = self.derivation.behind((name,))
                for sample in range(self.graph.samples if self.graph.per_sample(name) else 1):
                    slopes = nearby.slopes(behind, {name: (slice(None), sample)}, rows)
                    ours, rad = (_column(part, sample, rows) for part in arrays.ball(board.gradients[name])[:2])
                    room = TOLERANCE * (1 + np.abs(ours))
                    open_ |= ~np.isfinite(slopes) | ~np.isfinite(ours) | ~(rad < room)
                    off = np.abs(ours - slopes) > room + rad
                    for place in np.flatnonzero(off & ~open_).tolist():
                        wrong.setdefault(place, _wrong(name, float(ours[place]), float(slopes[place])))
        return wrong, open_

    def _base(self, board: BatchEvaluation, rows: int) -> tuple[dict[str, Any], dict[str, Any], Any]:
        """The forward pass once more in complex numbers, from what is given alone; where it sits on a kink; what is left open."""
        values: dict[str, Any] = {}
        masks: dict[str, Any] = {}
        open_ = np.zeros(rows, dtype=bool)
        for name, quantity in self.graph.quantities.items():
            if name not in board.values:
                continue
            mid = arrays.ball(board.values[name]).mid
            if quantity.definition is None:
                values[name] = mid.astype(complex)
                continue
            width = self.graph.samples if quantity.per_sample else 1
            values[name] = widened(value_of(quantity.definition, values, self.graph), width)
            apart = np.abs(values[name].real - mid) > TOLERANCE * (1 + np.abs(mid))
            open_ |= np.broadcast_to((apart | ~np.isfinite(mid)).any(axis=1), (rows,))
            for distance in self.kinks[name]:
                open_ |= self._note_kink(name, distance, board, masks, rows)
        return values, masks, open_

    def _note_kink(self, name: str, distance: Any, board: BatchEvaluation, masks: dict[str, Any], rows: int) -> Any:
        """Where a quantity sits on a kink goes into its mask; where it is too near to be told is left open."""
        far = board.value(distance)
        on = arrays.compare("==", far, arrays.constant(Fraction(0)))
        near = arrays.compare("<", far, arrays.constant(Fraction(1, 10**12)))
        masks[name] = masks[name] | on.must if name in masks else on.must
        return np.broadcast_to((near.may & ~on.must).any(axis=1), (rows,))


def _column(values: Any, sample: int, rows: int) -> Any:
    return np.broadcast_to(values[:, sample if values.shape[1] > 1 else 0], (rows,))


def _wrong(name: str, ours: float, other: float) -> str:
    return f"the gradient by {name} is wrong: the chain gives {ours:.12g}, the forward pass {other:.12g}"
