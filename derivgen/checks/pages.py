"""The lines of a finished document, read back from its blocks and evaluated: what is about to be printed is what is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from derivgen.array_evaluation import ArrayEvaluation, Evaluated
from derivgen.checks.equalities import TOLERANCE, carried_verdict, trial, verify
from derivgen.documents.document import Block, Document, Equations, Line, each_block
from derivgen.errors import CheckError, Problem
from derivgen.evaluation import Evaluation
from derivgen.lines.array_lines import ArrayLines
from derivgen.lines.equality import Equality, LineKind, entries
from derivgen.maths.arithmetic import DomainError, near
from derivgen.maths.evaluate import Environment, ShapeError, UnknownValueError, Value, same, value_of, value_text
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Gap, walk


def verify_document(document: Document, evaluations: tuple[Evaluated, ...]) -> int:
    """Return how many equals signs of the document were evaluated, gaps passed over. Raises CheckError, naming every false line.

    A sheet of several computations is read line by line in the first evaluation that knows the line's names.
    """
    return verify_blocks(document.blocks, evaluations)


def verify_blocks(blocks: tuple[Block, ...], evaluations: tuple[Evaluated, ...]) -> int:
    """Return how many equals signs of some blocks were evaluated. Raises CheckError, naming every false line."""
    arrays = tuple(ArrayLines(evaluation) for evaluation in evaluations if isinstance(evaluation, ArrayEvaluation))
    whole = [_known(evaluation) for evaluation in evaluations if not isinstance(evaluation, ArrayEvaluation)]
    ratios = (one for evaluation in whole for one in evaluation.ratios.values())
    known: tuple[Evaluation | ArrayLines, ...] = (*arrays, *whole, *ratios)
    checked, false = 0, []
    for line in equalities(blocks):
        count, wrong = _in_one_of(line, known)
        checked += count
        false += wrong
    if false:
        raise CheckError(false)
    return checked


def _of_arrays(line: Equality, lines: ArrayLines) -> tuple[int, list[Problem]]:
    """How many equals signs of a line could be evaluated, and the false ones.

    With samples a line is true of all of them at once, or of each. A side that has no value as it stands (a row added to a
    matrix, more than two axes) is passed over: its form in the spec's language was evaluated before.
    """
    checked, false = _array_verdict(line, (lines.env,))
    return (checked, false) if not false or not lines.samples else _array_verdict(line, [one.env for one in lines.of_samples])


def _array_verdict(line: Equality, envs: Iterable[Environment]) -> tuple[int, list[Problem]]:
    """How many equals signs of a line could be evaluated in all of these environments, and those that are false in one."""
    checked, false = 0, []
    for env in envs:
        values = [(side, value) for side in line.sides if (value := _value(side, env)) is not None]
        for (before, a), (after, b) in pairwise(values):
            checked += 1
            if not same(a, b, lambda x, y: near(x, y, TOLERANCE)):
                false.append(
                    Problem(f"a line is false: {plain(before)} = {plain(after)}: {value_text(a)} is not {value_text(b)}")
                )
    return checked, false


def _value(side: Expr, env: Environment) -> Value | None:
    try:
        found = value_of(side, env)
        return found[0][0] if isinstance(found, tuple) and [len(row) for row in found] == [1] else found
    except (ShapeError, UnknownValueError, DomainError, KeyError):
        return None


def _known(evaluation: Evaluation) -> Evaluation:
    """The evaluation, with made-up values where the spec leaves some out."""
    whole = evaluation.graph.loss in evaluation.values or evaluation.exact is not None
    return evaluation if whole else trial(evaluation.derivation, keep=True) or evaluation


def _in_one_of(line: Equality, evaluations: tuple[Evaluation | ArrayLines, ...]) -> tuple[int, list[Problem]]:
    problems: list[Problem] = []
    for evaluation in evaluations:
        if isinstance(evaluation, ArrayLines):
            checked, false = _of_arrays(line, evaluation)
            if checked and not false:
                return checked, []
            problems += false
            continue
        verdict = verify((line,), evaluation, None) if evaluation.exact is None else carried_verdict(line, evaluation)
        if verdict.checked and not verdict.false:
            return verdict.checked, []
        problems += [
            Problem(f"a line is false: {' = '.join(plain(s) for s in line.sides)}: {found.reason}") for found in verdict.false
        ]
    return 0, problems


def equalities(blocks: tuple[Block, ...]) -> Iterator[Equality]:
    """Yield every line of aligned equations in the blocks, without its gaps."""
    for block in each_block(blocks):
        if isinstance(block, Equations):
            yield from _lines(block)


def _lines(block: Equations) -> Iterator[Equality]:
    before: Expr | None = None
    for line in block.lines:
        told = _told(line if line.left is not None else replace(line, left=before))
        before = told[-1][1] if told else None
        sides = [(relation, side) for relation, side in told if side is not None and not _has_gap(side)]
        if len(sides) > 1:
            yield from entries(
                Equality(
                    (LineKind.PAGE,), tuple(side for _, side in sides), tuple(relation for relation, _ in sides[1:]), numeric=True
                )
            )


def _told(line: Line) -> tuple[tuple[str, Expr | None], ...]:
    """The sides that are said to be equal: what `←` gives a new value is not equal to it."""
    sides = (("=", line.left), *line.steps)
    return sides[1:] if line.steps and line.steps[0][0] == "←" else sides


def _has_gap(side: Expr) -> bool:
    return any(isinstance(node, Gap) for node in walk(side))
