"""Whether variants meet a condition: of many at a time what number arrays can tell, of a single one exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from derivgen.evaluation import Evaluation
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import COMPARISONS, Number, is_exact
from derivgen.maths.conditions import Both, Comparison, Condition, Counted, Distinct, Either, Measure, Not
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.tree import Expr, Partial, Reduce, Sym, children
from derivgen.variants import arrays
from derivgen.variants.arrays import Truth
from derivgen.variants.batch import BatchEvaluation
from derivgen.variants.units import InEverySample


def judged(condition: Condition, board: BatchEvaluation, rows: int) -> Truth:
    """Return for each variant (row) whether the condition surely holds, and whether it may."""
    with np.errstate(all="ignore"):
        truth = _all(things(condition, board))
    return Truth(*(np.broadcast_to(part[:, 0], (rows,)) for part in truth))


def things(condition: Condition, board: BatchEvaluation) -> Truth:
    """Return the truth of each thing that a condition speaks of: (variants, things)."""
    if isinstance(condition, Comparison):
        sides = [_side(side, board) for side in condition.sides]
        links = [arrays.compare(op, a, b) for op, (a, b) in zip(condition.ops, pairwise(sides), strict=True)]
        return arrays.either_all(links)
    if isinstance(condition, InEverySample):
        return _all(things(condition.part, board))
    if isinstance(condition, Not):
        must, may = _all(things(condition.part, board))
        return Truth(~may, ~must)
    if isinstance(condition, Distinct):
        return _distinct(condition, board)
    if isinstance(condition, Counted):
        return _counted(condition, board)
    assert isinstance(condition, (Both, Either))
    parts = [_all(things(part, board)) for part in condition.parts]
    merge = np.logical_and if isinstance(condition, Both) else np.logical_or
    must, may = (np.broadcast_arrays(*side) for side in zip(*parts, strict=True))
    return Truth(merge.reduce(must), merge.reduce(may))


def _all(truth: Truth) -> Truth:
    return Truth(*(part.all(axis=1, keepdims=True) for part in truth))


def _side(side: Expr | Measure, board: BatchEvaluation) -> arrays.Numbers:
    if not isinstance(side, Measure):
        return board.value(side)
    return (arrays.decimals if side.kind == "decimals" else arrays.denominator)(board.value(side.arg))


def _beside(parts: list[Any]) -> Any:
    """Arrays of as many rows, their columns one after another."""
    rows = max(len(part) for part in parts)
    return np.concatenate([np.broadcast_to(part, (rows, part.shape[1])) for part in parts], axis=1)


def _counted(condition: Counted, board: BatchEvaluation) -> Truth:
    truths = [things(part, board) for part in condition.parts]
    least = _beside([truth.must for truth in truths]).sum(axis=1, keepdims=True)
    most = _beside([truth.may for truth in truths]).sum(axis=1, keepdims=True)
    number, op = condition.number, condition.op
    if op in (">", ">="):
        return Truth(least + (op == ">=") > number, most + (op == ">=") > number)
    if op in ("<", "<="):
        return Truth(most - (op == "<=") < number, least - (op == "<=") < number)
    must, may = (least == most) & (least == number), (least <= number) & (number <= most)
    return Truth(must, may) if op == "==" else Truth(~may, ~must)


def _distinct(condition: Distinct, board: BatchEvaluation) -> Truth:
    """No two alike: sorted, and neighbours compared."""
    found = [board.value(expr) for expr in condition.of]
    same = arrays.alike(found)
    if same is not None:
        ordered = np.sort(_beside(same[0]), axis=1)
        held = (ordered[:, 1:] != ordered[:, :-1]).all(axis=1, keepdims=True)
        return Truth(held, held)
    balls = [arrays.ball(each) for each in found]
    mid, rad = _beside([each.mid for each in balls]), _beside([each.rad for each in balls])
    order = np.argsort(mid, axis=1)
    mid, rad = np.take_along_axis(mid, order, axis=1), np.take_along_axis(rad, order, axis=1)
    reach = rad.max(axis=1, keepdims=True) * 2 if rad.shape[1] else rad
    gap = mid[:, 1:] - mid[:, :-1]
    apart = (gap > reach).all(axis=1, keepdims=True)
    alike = ((gap == 0) & (rad[:, 1:] == 0) & (rad[:, :-1] == 0)).any(axis=1, keepdims=True)
    return Truth(apart, ~alike)


def holds(condition: Condition, evaluation: Evaluation) -> bool:
    """Return whether one variant meets the condition, by exact numbers."""
    graph = evaluation.graph
    partials: dict[tuple[str, ...], Any] = {(graph.loss, name): numbers for name, numbers in evaluation.adjoints.items()}
    env = Environment(evaluation.values, graph.library, graph.samples, None, partials, digits=evaluation.digits)
    with evaluation.precise():
        return all(_exact_things(condition, env))


def _exact_things(condition: Condition, env: Environment) -> list[bool]:
    """The truth of each thing that the condition speaks of."""
    if isinstance(condition, Comparison):
        sides = [_each(side, env) for side in condition.sides]
        count = max(map(len, sides))
        return [all(_links(condition.ops, [side[k % len(side)] for side in sides])) for k in range(count)]
    if isinstance(condition, InEverySample):
        return [all(_exact_things(condition.part, env))]
    if isinstance(condition, Not):
        return [not all(_exact_things(condition.part, env))]
    if isinstance(condition, Distinct):
        return [_are_distinct([number for expr in condition.of for number in _each(expr, env)])]
    if isinstance(condition, Counted):
        count = sum(sum(_exact_things(part, env)) for part in condition.parts)
        return [COMPARISONS[condition.op](count, condition.number)]
    assert isinstance(condition, (Both, Either))
    held = [all(_exact_things(part, env)) for part in condition.parts]
    return [all(held) if isinstance(condition, Both) else any(held)]


def _links(ops: tuple[str, ...], numbers: list[Number]) -> list[bool]:
    return [arithmetic.compare(op, a, b) for op, (a, b) in zip(ops, pairwise(numbers), strict=True)]


def _each(side: Expr | Measure, env: Environment) -> list[Number]:
    """The value in each sample, or the one that there is."""
    expr = side.arg if isinstance(side, Measure) else side
    found = [evaluate(expr, env.at(sample)) for sample in range(env.samples if _runs(expr, env) else 1)]
    if not isinstance(side, Measure):
        return found
    return [_measured(side.kind, number) for number in found]


def _runs(expr: Expr, env: Environment) -> bool:
    """Whether the expression has a value per sample: it speaks of something that has, outside every mean and sum."""
    if isinstance(expr, Partial):
        return len(env.partials[expr.of.name, expr.by.name]) > 1
    if isinstance(expr, Sym):
        return len(env.numbers[expr.name]) > 1
    return not isinstance(expr, Reduce) and any(_runs(part, env) for part in children(expr))


def _measured(kind: str, number: Number) -> Fraction:
    """How many decimals a number has, or its denominator; of one that is no fraction there is no end of them."""
    if not is_exact(number):
        return Fraction(arrays.ENDLESS)
    under = Fraction(number).denominator
    if kind == "denominator":
        return Fraction(under)
    counts = []
    for prime in (2, 5):
        count = 0
        while under % prime == 0:
            under, count = under // prime, count + 1
        counts.append(count)
    return Fraction(max(counts) if under == 1 else arrays.ENDLESS)


def _are_distinct(numbers: list[Number]) -> bool:
    ordered = sorted(numbers, key=arithmetic.real)
    return all(not arithmetic.compare("==", a, b) for a, b in pairwise(ordered))
