"""The backward pass as a task: each derivative of the loss from the ones before it, with gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derivgen.derivation.derive import Gradient
from derivgen.documents.answer_space import gapped, hint_for, partials_in, with_gaps
from derivgen.documents.document import Block, Equations, Line, Prose, Table, Text
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import TaskPlan, points_beside
from derivgen.lines.adjoints import adjoint_line, adjoint_numbers, behind, needed
from derivgen.lines.equality import Equality
from derivgen.lines.notation import has_samples, partial
from derivgen.lines.tables import adjoint_table
from derivgen.maths.tree import Expr, Sym, number


def backward_task(sheet: Sheet, plan: TaskPlan, gradients: Sequence[Gradient], given: bool) -> tuple[Block, ...]:
    """A line for each derivative on the way: its chain, its numbers and its value; with samples a table of them below."""
    evaluation, graph = sheet.evaluation, sheet.graph
    wanted = behind(evaluation.derivation, gradients)
    names = [name for name in needed(evaluation.derivation) if name != graph.loss and name in wanted]
    chains = {name: adjoint_line(evaluation, name) for name in names}
    numbers = {name: line for name in names if (line := adjoint_numbers(evaluation, name)) is not None}
    columns = _Columns.of(sheet, chains, numbers)
    lines = [
        _given(sheet, name, chains[name], numbers.get(name))
        if given or name in plan.worked
        else _asked(sheet, plan, name, chains[name], numbers.get(name), columns)
        for name in names
    ]
    return (Equations(tuple(lines), together=False), *_table(sheet, plan, names, given))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The gaps below each other: for a partial derivative, for what is worked out, for numbers, for values, by name."""

    model: Expr
    worked: Mapping[str, Expr]
    figures: Mapping[str, Expr]
    values: Mapping[str, Expr]

    @classmethod
    def of(cls, sheet: Sheet, chains: Mapping[str, Equality], numbers: Mapping[str, Equality]) -> _Columns:
        partials = [part for chain in chains.values() for part in partials_in(chain.sides[1])]
        direct = {name: chain.sides[1] for name, chain in chains.items() if not partials_in(chain.sides[1])}
        symbolic = {name: chain.last for name, chain in chains.items() if name not in numbers and name not in direct}
        columns = (
            {**direct, **symbolic},
            {name: line.sides[1] for name, line in numbers.items() if len(line.sides) > 2},
            {name: line.last for name, line in numbers.items()},
        )
        gaps = (dict(zip(column, sheet.answers(column.values()), strict=True)) for column in columns)
        return cls(sheet.answers(partials)[0] if partials else number(0), *gaps)


def _given(sheet: Sheet, name: str, chain: Equality, numbers: Equality | None) -> Line:
    """∂L/∂x = chain = numbers = value, as it stands in the notes."""
    sides = [*zip(chain.relations, chain.sides[1:], strict=True)]
    sides += [*zip(numbers.relations, numbers.sides[1:], strict=True)] if numbers is not None else []
    return Line(chain.sides[0], tuple(sides), _beside(sheet, name))


def _asked(sheet: Sheet, plan: TaskPlan, name: str, chain: Equality, numbers: Equality | None, columns: _Columns) -> Line:
    """The same with a gap for each partial derivative and each side."""
    first = chain.sides[1]
    if name not in plan.chains:
        first = with_gaps(first, columns.model) if partials_in(first) else columns.worked[name]
    steps = [("=", first)]
    if numbers is None and len(chain.sides) > 2:
        steps.append(("=", columns.worked[name]))
    if numbers is not None:
        if name in columns.figures:
            steps.append((numbers.relations[0], columns.figures[name]))
        steps.append((numbers.relations[-1], columns.values[name]))
    return Line(chain.sides[0], tuple(steps), _beside(sheet, name))


def _beside(sheet: Sheet, name: str) -> Prose:
    """The points for a gradient and the author's hint."""
    points, hint = points_beside(sheet, name), hint_for(sheet, name)
    return (*points, Text("; "), *hint) if points and hint else (*points, *hint)


def _table(sheet: Sheet, plan: TaskPlan, names: list[str], given: bool) -> tuple[Block, ...]:
    graph = sheet.graph
    known, rows = adjoint_table(sheet.evaluation, tuple(names)) if has_samples(graph) else ((), ())
    if not known:
        return ()
    header = (Sym(graph.index), *(partial(graph, graph.loss, name) for name in known))
    body = tuple((number(k + 1), *row) for k, row in enumerate(rows))
    table = Table(header, body, 1, (), sheet.words.say("The derivatives of the loss, sample by sample"))
    return (gapped(sheet, table, given, plan.given),)
