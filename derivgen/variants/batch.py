"""The forward and the backward pass of many variants at a time, in number arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

import numpy as np

from derivgen.derivation.derive import Derivation, LocalDerivative
from derivgen.graph import Graph
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import FIRST, OUTPUT
from derivgen.maths.numerals import read_number
from derivgen.maths.tree import Call, Cases, Expr, Neg, Num, Partial, Power, Prime, Product, Quotient, Reduce, Sum, Sym
from derivgen.variants import array_functions, arrays
from derivgen.variants.arrays import Exact, Numbers
from derivgen.variants.records import Record
from derivgen.variants.slots import Slots


@dataclass(frozen=True)
class Board:
    """The numbers of some variants: quantities by name, gradients by (loss, name). Expressions are evaluated on it."""

    graph: Graph
    values: Mapping[str, Numbers]
    gradients: Mapping[str, Numbers] = field(default_factory=dict)
    partials: Mapping[tuple[str, str], Numbers] = field(default_factory=dict)

    def value(self, expr: Expr) -> Numbers:
        """The value of an expression in each variant and sample."""
        return _VALUE[type(expr)](expr, self)

    def inside(self, values: Mapping[str, Numbers]) -> Board:
        """A board that knows a function's arguments only."""
        return Board(self.graph, values)


def leaves(graph: Graph, slots: Slots, picks: Any) -> dict[str, Numbers]:
    """What is given: the spec's numbers, those that are drawn by which of its numbers each slot takes (variants, slots)."""
    found = {name: arrays.row(numbers) for name, numbers in graph.given.items()}
    columns: dict[str, list[Numbers]] = {}
    for place, slot in enumerate(slots.slots):
        columns.setdefault(slot.name, []).append(_drawn(slot.draw, picks[:, place]))
    return {**found, **{name: arrays.joined(numbers) for name, numbers in columns.items()}}


def leaves_of(graph: Graph, records: Sequence[Record]) -> dict[str, Numbers]:
    """What is given in the variants of some records."""
    found = {name: arrays.row(numbers) for name, numbers in graph.given.items()}
    for name in records[0].values:
        found[name] = arrays.column([number(record.values[name]) for record in records])
    data = graph.spec.data
    if records[0].rows is not None and data is not None:
        for place, name in enumerate(data.columns):
            columns = [[number(row[place]) for row in record.rows or ()] for record in records]
            found[name] = arrays.joined([arrays.column(column) for column in zip(*columns, strict=True)])
    return found


@lru_cache(maxsize=100_000)
def number(text: str) -> Fraction:
    """The number in a record."""
    return read_number(text)


def _drawn(draw: Any, picks: Any) -> Numbers:
    """The numbers at these places of a draw's list."""
    listed = arrays.column([number.value for number in draw.numbers])
    return arrays.taken(listed, picks) if len(draw.numbers) > 1 else listed


MOST_NUMBERS = 8_000_000


def rows_at_a_time(graph: Graph, most: int) -> int:
    """How many variants are worked out at a time: as many as there is room for, at most so many."""
    return max(1, min(most, MOST_NUMBERS // (len(graph.quantities) * graph.samples)))


def forward(graph: Graph, given: Mapping[str, Numbers]) -> Board:
    """Every quantity that can be worked out from the given ones."""
    values = dict(given)
    board = Board(graph, values)
    with np.errstate(all="ignore"):
        for quantity in graph.quantities.values():
            if quantity.definition is not None and all(name in values for name in graph.operands(quantity.name)):
                found = board.value(quantity.definition)
                values[quantity.name] = arrays.widened(found, graph.samples) if quantity.per_sample else found
    return board


def backward(derivation: Derivation, board: Board) -> Board:
    """The board with the local derivatives and the gradients: from the loss back, consumer by consumer."""
    graph = derivation.graph
    partials: dict[tuple[str, str], Numbers] = {}
    gradients: dict[str, Numbers] = {graph.loss: arrays.constant(Fraction(1))}
    needed = derivation.between()
    with np.errstate(all="ignore"):
        for key, local in derivation.locals.items():
            if key[1] in needed and key[0] in board.values:
                partials[key] = _local(local, board)
        for name in derivation.backward_order():
            users = derivation.consumers.get(name, ())
            if name in needed and name != graph.loss and all((user, name) in partials and user in gradients for user in users):
                shares = [_share(graph, gradients[user], partials[user, name], name) for user in users]
                gradients[name] = _summed(shares)
    unused = {name: arrays.constant(Fraction(0)) for name in graph.wrt if name not in derivation.consumers}
    return Board(graph, board.values, {**unused, **gradients}, partials)


def _local(local: LocalDerivative, board: Board) -> Numbers:
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


def _summed(parts: list[Numbers]) -> Numbers:
    found = parts[0]
    for part in parts[1:]:
        found = arrays.add(found, part)
    return found


def _sum(expr: Sum, board: Board) -> Numbers:
    return _summed([board.value(term) for term in expr.terms])


def _product(expr: Product, board: Board) -> Numbers:
    found = board.value(expr.factors[0])
    for factor in expr.factors[1:]:
        found = arrays.multiply(found, board.value(factor))
    return found


def _power(expr: Power, board: Board) -> Numbers:
    base, exponent = board.value(expr.base), board.value(expr.exponent)
    whole = array_functions.whole(exponent)
    if whole is not None:
        return array_functions.power(base, whole)
    if isinstance(exponent, Exact) and exponent.num.size == 1 and exponent.den == 2 and int(exponent.num.flat[0]) == 1:
        return array_functions.FUNCTIONS["sqrt"](base)
    return array_functions.FUNCTIONS["exp"](arrays.multiply(exponent, array_functions.FUNCTIONS["ln"](base)))


def _call(expr: Call, board: Board) -> Numbers:
    args = [board.value(arg) for arg in expr.args]
    if expr.component is not None:
        return array_functions.softmax(args, expr.component)
    if expr.function in ("max", "min"):
        return array_functions.extreme(args, expr.function == "max")
    primitive = array_functions.FUNCTIONS.get(expr.function)
    if primitive is not None:
        return primitive(args[0])
    body = board.graph.library.value(expr.function)
    assert body is not None, expr.function
    return board.inside(_arguments(expr, args, board)).value(body)


def _arguments(expr: Call | Prime, args: list[Numbers], board: Board) -> dict[str, Numbers]:
    """A function's arguments by their names, those that are left out by their defaults."""
    names = board.graph.library.arguments(expr.function, expr.args)
    found = dict(zip(names, args, strict=False))
    return found | {name: board.value(default) for name, default in list(names.items())[len(args) :]}


def _prime(expr: Prime, board: Board) -> Numbers:
    args = [board.value(arg) for arg in expr.args]
    if expr.function in ("max", "min"):
        return _tied(args, expr.slot, expr.function == "max", board.graph.library[expr.function].ties == FIRST)
    formula = derivative_formula(board.graph.library, expr.function, expr.slot)
    known = _arguments(expr, args, board)
    return board.inside({**known, OUTPUT: board.value(Call(expr.function, expr.args))}).value(formula)


def _tied(args: list[Numbers], slot: int, largest: bool, first: bool) -> Numbers:
    """1 shared equally among the arguments that tie for the largest (or smallest), or all of it for the first; else 0."""
    own, others = args[slot], [arg for place, arg in enumerate(args) if place != slot]
    leads = arrays.either_all([arrays.compare(">=" if largest else "<=", own, other) for other in others])
    ties = [arrays.compare("==", own, other) for other in others]
    sure = np.logical_and.reduce([(leads.must == leads.may), *(must == may for must, may in ties)]) | ~leads.may
    count = 1 + np.sum(np.broadcast_arrays(*(tie.may for tie in ties)), axis=0)
    if first:
        before = [arrays.compare(">" if largest else "<", own, other) for other in args[:slot]]
        leads = arrays.either_all([leads, *before]) if before else leads
        sure, count = leads.must == leads.may, np.ones_like(count)
    den = lcm(*range(1, len(args) + 1))
    share = Exact(np.where(leads.may, den // count, 0), den)
    if sure.all():
        return share
    return arrays.Ball(np.where(sure, share.num / den, 0.5), np.where(sure, arrays.ULP, 0.5))


def _cases(expr: Cases, board: Board) -> Numbers:
    found = board.value(expr.otherwise)
    for condition, piece in reversed(expr.pieces):
        truth = arrays.compare(condition.op, board.value(condition.left), board.value(condition.right))
        found = arrays.choose(truth, board.value(piece), found)
    return found


def _reduce(expr: Reduce, board: Board) -> Numbers:
    samples = board.graph.samples
    found = arrays.total(board.value(expr.body), samples)
    return arrays.multiply(found, arrays.constant(Fraction(1, samples))) if expr.kind == "mean" else found


_VALUE: dict[type[Expr], Callable[..., Numbers]] = {
    Num: lambda e, board: arrays.constant(e.value),
    Sym: lambda e, board: board.values[e.name],
    Neg: lambda e, board: arrays.negative(board.value(e.arg)),
    Sum: _sum,
    Product: _product,
    Quotient: lambda e, board: arrays.divide(board.value(e.over), board.value(e.under)),
    Power: _power,
    Call: _call,
    Prime: _prime,
    Cases: _cases,
    Reduce: _reduce,
    Partial: lambda e, board: board.gradients[e.by.name],
}
