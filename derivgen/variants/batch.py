"""The forward and the backward pass of many variants at a time, in number arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np

from derivgen.derivation.derive import Derivation, LocalDerivative
from derivgen.frozen import dataclass, field
from derivgen.graph import Graph
from derivgen.maths.interpret import Algebra, Environment, interpret
from derivgen.maths.numerals import read_number
from derivgen.maths.tree import Expr
from derivgen.memo import RECORD_NUMBERS
from derivgen.variants import arrays
from derivgen.variants.arrays import Numbers
from derivgen.variants.draws import DrawPlan
from derivgen.variants.records import Record


class Enclosed(Algebra):
    """Number arrays, (variants, samples): exact, or enclosed in balls."""

    functions = arrays.FUNCTIONS
    number = staticmethod(arrays.constant)
    negative = staticmethod(arrays.negative)
    add = staticmethod(arrays.add)
    multiply = staticmethod(arrays.multiply)
    divide = staticmethod(arrays.divide)
    power = staticmethod(arrays.power)
    compare = staticmethod(arrays.compare)
    choose = staticmethod(arrays.choose)
    extreme = staticmethod(arrays.extreme)
    share = staticmethod(arrays.share)
    top = staticmethod(arrays.top)

    def total(self, body: Expr, env: Environment) -> Numbers:
        """Return the sum of the body over all samples."""
        return arrays.total(interpret(body, env, self), env.samples)

    def mean(self, total: Numbers, samples: int) -> Numbers:
        """Return the mean of so many samples from their sum."""
        return arrays.multiply(total, arrays.constant(Fraction(1, samples)))


ENCLOSED = Enclosed()


@dataclass(frozen=True)
class BatchEvaluation:
    """The numbers of some variants: quantities by name, gradients by name, local derivatives by (consumer, operand)."""

    graph: Graph
    values: Mapping[str, Numbers]
    gradients: Mapping[str, Numbers] = field(default_factory=dict)
    partials: Mapping[tuple[str, str], Numbers] = field(default_factory=dict)

    def value(self, expr: Expr) -> Numbers:
        """Return the value of an expression in each variant and sample."""
        return interpret(expr, self._environment, ENCLOSED)

    @cached_property
    def _environment(self) -> Environment:
        gradients: dict[tuple[str, ...], Numbers] = {(self.graph.loss, name): numbers for name, numbers in self.gradients.items()}
        return Environment(self.values, self.graph.library, self.graph.samples, None, gradients)


def leaves(graph: Graph, plan: DrawPlan, picks: Any) -> dict[str, Numbers]:
    """Return what is given: the spec's numbers, and those drawn, by which number each entry takes (variants × entries)."""
    found = {name: arrays.row(numbers) for name, numbers in graph.given.items()}
    columns: dict[str, list[Numbers]] = {}
    for place, entry in enumerate(plan.entries):
        columns.setdefault(entry.name, []).append(_drawn(entry.draw, picks[:, place]))
    return {**found, **{name: arrays.joined(numbers) for name, numbers in columns.items()}}


def leaves_of(graph: Graph, records: Sequence[Record]) -> dict[str, Numbers]:
    """Return what is given in the variants of some records."""
    found = {name: arrays.row(numbers) for name, numbers in graph.given.items()}
    for name in records[0].values:
        found[name] = arrays.column([number(record.values[name]) for record in records])
    data = graph.spec.data
    if records[0].rows is not None and data is not None:
        for place, name in enumerate(data.columns):
            columns = [[number(row[place]) for row in record.rows or ()] for record in records]
            found[name] = arrays.joined([arrays.column(column) for column in zip(*columns, strict=True)])
    return found


@RECORD_NUMBERS
def number(text: str) -> Fraction:
    """Return the number in a record."""
    return read_number(text)


def _drawn(draw: Any, picks: Any) -> Numbers:
    """The numbers at these places of a draw's list."""
    listed = arrays.column([number.value for number in draw.numbers])
    return arrays.taken(listed, picks) if len(draw.numbers) > 1 else listed


MOST_NUMBERS = 8_000_000


def rows_at_a_time(graph: Graph, most: int) -> int:
    """Return how many variants are worked out at a time: as many as there is room for, at most so many."""
    return max(1, min(most, MOST_NUMBERS // (len(graph.quantities) * graph.samples)))


def forward(graph: Graph, given: Mapping[str, Numbers]) -> BatchEvaluation:
    """Return every quantity that can be worked out from the given ones."""
    values = dict(given)
    board = BatchEvaluation(graph, values)
    with np.errstate(all="ignore"):
        for quantity in graph.quantities.values():
            if quantity.definition is not None and all(name in values for name in graph.operands(quantity.name)):
                found = board.value(quantity.definition)
                values[quantity.name] = arrays.widened(found, graph.samples) if quantity.per_sample else found
    return board


def backward(derivation: Derivation, board: BatchEvaluation) -> BatchEvaluation:
    """Return the evaluation with the local derivatives and the gradients: from the loss back, consumer by consumer."""
    graph = derivation.graph
    needed = derivation.between
    with np.errstate(all="ignore"):
        partials = {
            key: _local(local, board) for key, local in derivation.locals.items() if key[1] in needed and key[0] in board.values
        }
        zero = arrays.constant(Fraction(0))
        gradients = derivation.adjoints(
            arrays.constant(Fraction(1)), lambda name: zero, partials, partial(_share, graph), ENCLOSED.add_up
        )
    return BatchEvaluation(graph, board.values, gradients, partials)


def _local(local: LocalDerivative, board: BatchEvaluation) -> Numbers:
    numbers, graph = board.value(local.derivative), board.graph
    if graph.per_sample(local.operand) or graph.per_sample(local.consumer):
        numbers = arrays.widened(numbers, graph.samples)
    if local.reduce != "mean":
        return numbers
    return arrays.multiply(numbers, arrays.constant(Fraction(1, board.graph.samples)))


def _share(graph: Graph, adjoint: Numbers, local: Numbers, operand: str) -> Numbers:
    product = arrays.multiply(adjoint, local)
    if graph.per_sample(operand):
        return arrays.widened(product, graph.samples)
    return arrays.total(product, graph.samples) if product[0].shape[1] > 1 else product
