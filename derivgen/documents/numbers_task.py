"""The task that asks for numbers put in: of a gradient over samples the table of its factors, else each line with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from derivgen.derivation.derive import Gradient
from derivgen.documents.answer_space import gapped, hint_for
from derivgen.documents.document import Block, Equations, Line, Table
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import TaskPlan, chained
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import value_line
from derivgen.lines.equality import Equality
from derivgen.lines.forward import forward_line, is_wide
from derivgen.lines.notation import has_samples, local_partial, partial, to_notation
from derivgen.lines.simplified import simplified_value
from derivgen.lines.tables import sample_table
from derivgen.maths.tree import Expr, Marked, Sym


def numbers_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for the numbers of each gradient's product: with samples in a table of factors and shares, else on a line each."""
    gradients = chained(sheet, plan)
    if has_samples(sheet.graph):
        return _tables(sheet, plan, gradients, given)
    found = {gradient.name: _put_in(sheet.evaluation, gradient) for gradient in gradients}
    worked = {name: line for name, line in found.items() if line is not None and len(line.sides) > 2}
    return (_asked(sheet, plan, worked, given),) if worked else ()


def figures_put_in(sheet: Sheet, names: Sequence[str], given: bool) -> dict[str, Expr]:
    """Return for each of some quantities the side with its numbers, in a gap: of those whose numbers stand in no table."""
    lines = {name: forward_line(sheet.evaluation, name) for name in names if not is_wide(sheet.graph, name)}
    sides = {name: line.sides[1] for name, line in lines.items() if line is not None and len(line.sides) > 2}
    return {} if has_samples(sheet.graph) else sheet.answers_by(sides, given)


def _put_in(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    return simplified_value(evaluation, gradient) or value_line(evaluation, gradient)


def _asked(sheet: Sheet, plan: TaskPlan, worked: dict[str, Equality], given: bool) -> Equations:
    """∂L/∂w = its numbers = its value, both in gaps."""
    figures = sheet.answers_by({name: line.sides[1] for name, line in worked.items()}, given)
    values = sheet.answers_by({name: line.last for name, line in worked.items()}, given)
    lines = [
        Line(
            line.sides[0],
            tuple(zip(line.relations, line.sides[1:] if name in plan.worked else (figures[name], values[name]), strict=True)),
            hint_for(sheet, name),
        )
        for name, line in worked.items()
    ]
    return Equations(tuple(lines), together=len(lines) < 4)


def _tables(sheet: Sheet, plan: TaskPlan, gradients: Sequence[Gradient], given: bool) -> tuple[Block, ...]:
    """A table of the factors that no other table holds, then one of each sample's shares, their sums below."""
    table = sample_table(sheet.evaluation, gradients)
    if table is None:
        return ()
    graph, locals_ = sheet.graph, sheet.evaluation.derivation.locals
    columns = dict(zip(table.keys, zip(*table.factors, strict=True), strict=True))
    asked = {
        key: column
        for key, column in columns.items()
        if not _is_known(column, key if isinstance(key, Expr) else locals_[key].derivative)
    }
    blocks: list[Block] = []
    if asked:
        heads = [to_notation(key, graph) if isinstance(key, Expr) else local_partial(locals_[key]) for key in asked]
        factors = sheet.sample_table(heads, zip(*asked.values(), strict=True), sheet.words.say("The factors, sample by sample"))
        blocks.append(gapped(sheet, factors, given))
    heads = [partial(graph, graph.loss, name) for name, _ in table.paths]
    caption = sheet.words.say("Each sample's share of each gradient, and their sums")
    shares = gapped(sheet, sheet.sample_table(heads, table.products, caption), given, plan.worked)
    sums = [total.content if isinstance(total, Marked) else total for total in table.totals]
    hidden = sheet.answers(sums, given, even=True)
    totals = (
        total if name in plan.worked else gap for (name, _), total, gap in zip(table.paths, table.totals, hidden, strict=True)
    )
    return (*blocks, Table(shares.header, shares.rows, shares.given, tuple(chain((None,), totals)), shares.caption))


def _is_known(column: Sequence[Expr], factor: Expr) -> bool:
    """Whether a factor is a quantity or a column of the data itself, or the same number in each sample."""
    return isinstance(factor, Sym) or all(cell == column[0] for cell in column)
