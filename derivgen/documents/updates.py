"""The update on the pages: the gradient as a column, every parameter's step, more steps as a table; as a task, with gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from derivgen.documents.answer_space import gapped, hint_for
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Prose, SideBySide, Table, Text
from derivgen.documents.sheet import Sheet, joined
from derivgen.documents.task_plan import TaskPlan
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.lines.notation import as_written, symbol
from derivgen.lines.updates import (
    LONGEST_COLUMN,
    MOST_UPDATES,
    assignment_line,
    general_rules,
    gradient_columns,
    settings_shown,
    step_table,
    update_line,
    written_steps,
)
from derivgen.maths.optimizers import OPTIMIZERS
from derivgen.maths.tree import Expr, Gap, Sym, Words, Written, number, substitute
from derivgen.present.measure import width_em
from derivgen.updates import Assignment, Step, descent, page_letters, shared_rules, updated

HALF_PAGE = 20.0  # em
MOST_BELOW_EACH_OTHER = 4  # rules in one column
MOST_ASKED = 4  # steps that a worksheet asks for in a table


def update_blocks(sheet: Sheet) -> tuple[Block, ...]:
    """Write the section of the notes: ∇L, the rule, each parameter's first step, then all steps in a table."""
    update, names = sheet.spec.update, updated(sheet.graph)
    if update is None or not names:
        return ()
    blocks: list[Block] = [Heading(sheet.say("Update")), *_told(sheet)]
    if not update.plain:
        return (*blocks, *worked_steps(sheet), *_losses(sheet))
    columns = gradient_columns(sheet.evaluation)
    if columns:
        blocks.append(Equations(tuple(sheet.line(column) for column in columns)))
    lines = tuple(line for name in names[:MOST_UPDATES] for line in update_of(sheet, name))
    if len(names) <= MOST_UPDATES:
        blocks.append(Equations(lines, together=len(lines) < 8))
    return (*blocks, *steps_table(sheet))


def _told(sheet: Sheet) -> tuple[Block, ...]:
    """Say what every parameter does; of methods other than plain gradient descent the rules, too."""
    update, graph = sheet.spec.update, sheet.graph
    assert update is not None
    if update.plain:
        return (Paragraph(_rule(sheet)),)
    names = updated(graph)
    rules = [Line(Sym(left), (("←", right),)) for left, right in general_rules(graph, names[0] if len(names) == 1 else "")]
    shared = tuple(_shared_rules(sheet))
    blocks: list[Block] = [Paragraph(_rule(sheet)), *([Equations(shared)] if shared else [])]
    half = len(rules) // 2 if len(rules) > MOST_BELOW_EACH_OTHER else len(rules)
    return (*blocks, *_in_pairs([Equations(tuple(part)) for part in (rules[:half], rules[half:]) if part]))


def _shared_rules(sheet: Sheet) -> Iterator[Line]:
    """Write what is worked out once a step; the length of a long gradient is only named."""
    called = page_letters(sheet.graph)
    for letter, rule in shared_rules(sheet.graph):
        if letter == "N" and len(updated(sheet.graph)) > LONGEST_COLUMN:
            continue
        reason = sheet.say("before step {n}", n=_changes(sheet)) if letter == "eta" else ()
        right = substitute(rule, lambda each: Sym(called.get(each.name, each.name)))
        yield Line(Sym(called[letter]), (("←", right),), reason)


def _changes(sheet: Sheet) -> str:
    """Return before which steps the learning rate changes: 3, 5, 7, …"""
    update = sheet.spec.update
    assert update is not None
    return f"{', '.join(str(1 + k * update.every) for k in (1, 2, 3))}, …"


def _by_rules(sheet: Sheet) -> Prose:
    """Say the method, its settings, and what starts at 0."""
    update, called = sheet.spec.update, page_letters(sheet.graph)
    assert update is not None
    parts = [(Math(letter), Text(" = "), Math(value)) for letter, value in settings_shown(sheet.graph)]
    settings = joined(parts, ", ")
    said = sheet.say(
        "{method}: every parameter takes a step by these rules. All gradients are taken at the old values.",
        method=sheet.words.say(OPTIMIZERS[update.method].title),
    )
    prose: Prose = (*said, Text(" "), *sheet.say("The settings:"), Text(" "), *settings, Text(".")) if settings else said
    if update.rate is None:
        prose = (*prose, Text(" "), *sheet.say("The learning rate {rate} is left open.", rate=Sym(update.symbol)))
    memory = OPTIMIZERS[update.method].memory
    if len(memory) == 2:
        first, second = (Sym(called[letter]) for letter in memory)
        starts = sheet.say(
            "For each parameter, {first} and {second} start at 0; {t} is the number of the step.",
            first=first,
            second=second,
            t=Sym("t"),
        )
        prose = (*prose, Text(" "), *starts)
    elif memory:
        prose = (*prose, Text(" "), *sheet.say("For each parameter, {first} starts at 0.", first=Sym(called[memory[0]])))
    if "clip_norm" in update.settings:
        prose = (*prose, Text(" "), *sheet.say("{N} is the length of the whole gradient.", N=Sym(called["N"])))
    return prose


def worked_steps(sheet: Sheet) -> tuple[Block, ...]:
    """Write each step out, assignment by assignment: what all parameters share, then a group of lines for each parameter."""
    blocks: list[Block] = []
    for step in written_steps(sheet.evaluation):
        blocks.append(_step_heading(sheet, step))
        if step.shared:
            blocks.append(Equations(_assigned(sheet, step, "")))
        blocks += _in_pairs([Equations(_assigned(sheet, step, name)) for name in step.work])
    return tuple(blocks)


def _losses(sheet: Sheet) -> tuple[Block, ...]:
    """Say the loss before the first step and after each where all steps are written out; else all of them in a table."""
    rows = step_table(sheet.evaluation).rows
    if len(rows) < 2 or len(written_steps(sheet.evaluation)) < len(descent(sheet.evaluation).steps):
        return steps_table(sheet)
    losses = [Math(cells[-1]) for _, cells in rows if cells[-1] is not None]
    said = sheet.say("The loss {L} before the first step, and after each step:", L=Sym(sheet.graph.loss))
    return (Paragraph((*said, Text(" "), *joined(losses, "; "), Text("."))), *_remarks(sheet))


def _step_heading(sheet: Sheet, step: Step) -> Heading:
    if step.number == 1:
        return Heading(sheet.say("Step {n}", n=1), 2)
    return Heading(
        sheet.say("Step {n}, with the gradient at the values after step {before}", n=step.number, before=step.number - 1), 2
    )


def _in_pairs(groups: Sequence[Equations]) -> Iterator[Block]:
    """Yield groups of lines, two beside each other where both are narrow enough."""
    rest = list(groups)
    while rest:
        first = rest.pop(0)
        if rest and max(map(_width, (first, rest[0]))) <= HALF_PAGE:
            yield SideBySide((first,), (rest.pop(0),), top=True)
        else:
            yield first


def _width(group: Equations) -> float:
    """Return the width in em of the longest line."""
    return max(width_em(line.left or number(0)) + sum(1.8 + width_em(side) for _, side in line.steps) for line in group.lines)


def _assigned(sheet: Sheet, step: Step, name: str) -> tuple[Line, ...]:
    """Write the assignments for a parameter, or those that all share, with their numbers."""
    assignments = step.work[name] if name else step.shared
    return tuple(_assignment(sheet, name, each, assignment_line(sheet.evaluation, step, each)) for each in assignments)


def _assignment(sheet: Sheet, name: str, assignment: Assignment, line: Equality) -> Line:
    """m ← numbers = value"""
    left = symbol(sheet.graph, name) if assignment.letter == "w" else Sym(page_letters(sheet.graph)[assignment.letter])
    return Line(left, tuple(zip(("←", *line.relations), line.sides, strict=True)))


def _rule(sheet: Sheet) -> Prose:
    update = sheet.spec.update
    assert update is not None
    if not update.plain:
        return _by_rules(sheet)
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


def update_of(sheet: Sheet, name: str) -> tuple[Line, ...]:
    """Write one parameter's first step."""
    steps = written_steps(sheet.evaluation)
    if steps:
        return _assigned(sheet, steps[0], name)
    return (_line(sheet, update_line(sheet.evaluation, name), name),)


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
    elif found.rises and not (sheet.spec.update and sheet.spec.update.plain):
        said = sheet.say("In step {n} the loss rises.", n=found.rises[0])
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
    if not update.plain:
        return _steps_task(sheet, plan, names, given)
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


def asked_steps(evaluation: Evaluation) -> tuple[Step, ...]:
    """Return the steps whose assignments a worksheet asks for one by one: all of a few, else the first."""
    steps = written_steps(evaluation)
    return steps if len(steps) == len(descent(evaluation).steps) <= MOST_ASKED else steps[:1]


def _steps_task(sheet: Sheet, plan: TaskPlan, names: list[str], given: bool) -> tuple[Block, ...]:
    """Ask for the assignments with their numbers, step by step; for the rules where there are no numbers."""
    steps = asked_steps(sheet.evaluation)
    if not steps:
        rules = general_rules(sheet.graph)
        sides = sheet.answers([right for _, right in rules], given)
        lines = tuple(Line(Sym(left), (("←", side),)) for (left, _), side in zip(rules, sides, strict=True))
        return (Paragraph(_rule(sheet)), Equations(lines))
    blocks: list[Block] = list(_told(sheet))
    for step in steps:
        if len(steps) > 1:
            blocks.append(_step_heading(sheet, step))
        groups = {"": step.shared, **{name: step.work[name] for name in names}}
        worked = {
            (name, each.letter): assignment_line(sheet.evaluation, step, each) for name, group in groups.items() for each in group
        }
        results = sheet.answers_by({key: line.last for key, line in worked.items()}, given)
        figures = sheet.answers_by({key: line.sides[0] for key, line in worked.items() if len(line.sides) > 1}, given)
        asked: list[Equations] = []
        for name, group in groups.items():
            told = [_assignment(sheet, name, each, worked[name, each.letter]) for each in group]
            if not (given or name in plan.worked or (plan.worked and not name)):
                told = [_assignment_asked(line, each, name, figures, results) for line, each in zip(told, group, strict=True)]
            asked += [Equations(tuple(told))] if told else []
        blocks += _in_pairs(asked)
    if len(steps) < len(descent(sheet.evaluation).steps) <= MOST_ASKED:
        blocks.append(_asked_steps(sheet, given))
    return tuple(blocks)


def _assignment_asked(
    line: Line,
    assignment: Assignment,
    name: str,
    figures: Mapping[tuple[str, str], Expr],
    results: Mapping[tuple[str, str], Expr],
) -> Line:
    """m ← ▢ = ▢; where nothing is worked out (∂L/∂w = ▢), the result alone is asked for."""
    key = (name, assignment.letter)
    *before, (relation, _) = line.steps
    if isinstance(assignment.formula, Written):
        left = assignment.formula.parts[0] if isinstance(results[key], Gap) else assignment.formula  # which holds the number
        return replace(line, steps=(("←", left), (relation, results[key])))
    return replace(line, steps=(*((sign, figures[key]) for sign, _ in before), (relation, results[key])))


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
