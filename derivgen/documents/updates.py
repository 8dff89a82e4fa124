"""The update on the pages: the gradient as a column, every parameter's step, more steps as a table; as a task, with gaps."""

from __future__ import annotations

from dataclasses import replace

from derivgen.documents.answer_space import gapped, hint_for
from derivgen.documents.document import Block, Equations, Heading, Line, Paragraph, Table, Text
from derivgen.documents.sheet import Sheet, as_written
from derivgen.documents.task_plan import TaskPlan
from derivgen.lines.equality import Equality
from derivgen.lines.notation import symbol
from derivgen.lines.updates import MOST_UPDATES, gradient_columns, step_table, update_line
from derivgen.maths.tree import Expr, Sym, Words, number
from derivgen.updates import descent, updated

MOST_ASKED = 4  # steps that a worksheet asks for in a table


def update_blocks(sheet: Sheet) -> tuple[Block, ...]:
    """Write the section of the notes: ∇L, the rule, each parameter's first step, then all steps in a table."""
    update, names = sheet.spec.update, updated(sheet.graph)
    if update is None or not names:
        return ()
    blocks: list[Block] = [Heading(sheet.say("Update")), Paragraph(_rule(sheet))]
    columns = gradient_columns(sheet.evaluation)
    if columns:
        blocks.append(Equations(tuple(sheet.line(column) for column in columns)))
    lines = tuple(update_of(sheet, name) for name in names[:MOST_UPDATES])
    if len(names) <= MOST_UPDATES:
        blocks.append(Equations(lines, together=len(lines) < 8))
    return (*blocks, *steps_table(sheet))


def _rule(sheet: Sheet):
    update = sheet.spec.update
    assert update is not None
    rate: Expr = Sym(update.symbol)
    if update.rate is not None:
        return sheet.say(
            "Every parameter takes a step against its gradient, with the learning rate {rate} = {value}. "
            "All gradients are taken at the old values.",
            rate=rate,
            value=as_written(update.rate),
        )
    return sheet.say(
        "Every parameter takes a step against its gradient, with the learning rate {rate}. "
        "All gradients are taken at the old values.",
        rate=rate,
    )


def update_of(sheet: Sheet, name: str) -> Line:
    """Write one parameter's first step."""
    return _line(sheet, update_line(sheet.evaluation, name), name)


def _line(sheet: Sheet, worked: Equality, name: str) -> Line:
    """w ← w - η ∂L/∂w = numbers = value"""
    steps = zip(("←", *worked.relations), worked.sides, strict=True)
    return Line(symbol(sheet.graph, name), tuple(steps))


def steps_table(sheet: Sheet) -> tuple[Block, ...]:
    """List the parameters and the loss, step by step; with a remark where the loss rises, or has no value any more."""
    rows = step_table(sheet.evaluation).rows
    if len(rows) < 2:
        return ()
    return (_table(sheet), *_remarks(sheet))


def _table(sheet: Sheet) -> Table:
    table = step_table(sheet.evaluation)
    header = (Words(sheet.words.say("step")), *(Sym(name) for name in table.names), Sym(sheet.graph.loss))
    rows = tuple((number(step), *cells) for step, cells in table.rows)
    return Table(header, rows, given=1, caption=sheet.words.say("The parameters and the loss, step by step"))


def _remarks(sheet: Sheet) -> tuple[Block, ...]:
    found = descent(sheet.evaluation)
    if found.broken:
        said = sheet.say("After step {n} the loss has no value any more: the learning rate is too large.", n=len(found.steps))
    elif found.rises:
        said = sheet.say("In step {n} the loss rises: the learning rate is too large there.", n=found.rises[0])
    else:
        return ()
    return (Paragraph(said, "quiet"),)


def update_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for each parameter's numbers and new value on a line; for a few more steps in a table."""
    update = sheet.spec.update
    asked = dict.fromkeys(gradient.name for gradient in plan.gradients)
    names = [name for name in updated(sheet.graph)[:MOST_UPDATES] if name in asked]
    if update is None or not names:
        return ()
    worked = {name: update_line(sheet.evaluation, name) for name in names}
    results = sheet.answers_by({name: line.last for name, line in worked.items()}, given)
    figures = sheet.answers_by({name: _figures(line) for name, line in worked.items()})
    lines = [
        _line(sheet, worked[name], name)
        if given or name in plan.worked
        else _asked(sheet, name, worked[name], figures[name], results[name])
        for name in names
    ]
    steps = len(descent(sheet.evaluation).steps)
    several = 1 < steps <= MOST_ASKED
    told = (*_rule(sheet), Text(" "), *sheet.say("Take {n} steps in all.", n=steps)) if several else _rule(sheet)
    blocks: list[Block] = [Paragraph(told), Equations(tuple(lines), together=len(lines) < 6)]
    blocks += [_asked_steps(sheet, given)] if several else []
    return tuple(blocks)


def _asked_steps(sheet: Sheet, given: bool) -> Table:
    """The table with gaps: where the parameters start is known, the loss there is not."""
    table = _table(sheet)
    asked = gapped(sheet, table, given)
    start = (*table.rows[0][:-1], asked.rows[0][-1])
    return replace(asked, rows=(start, *asked.rows[1:]))


def _figures(line: Equality) -> Expr:
    """The side with the numbers put in."""
    return line.sides[-2] if len(line.sides) > 2 else line.last


def _asked(sheet: Sheet, name: str, line: Equality, figures: Expr, result: Expr) -> Line:
    """w ← w - η ∂L/∂w = ▢ = ▢; without numbers the rule itself is asked for."""
    sides = [("←", line.sides[0])] if len(line.sides) > 1 else []
    if len(line.sides) > 2:
        sides.append((line.relations[-2], figures))
    sides.append((line.relations[-1] if line.relations else "←", result))
    return Line(symbol(sheet.graph, name), tuple(sides), hint_for(sheet, name))
