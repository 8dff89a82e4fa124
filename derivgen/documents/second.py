"""Second derivatives on the pages: each worked out line by line, the Hessian; as a task, with gaps."""

from __future__ import annotations

from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Together, map_blocks
from derivgen.documents.gradients import boxed
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import TaskPlan
from derivgen.lines.equality import relation_before
from derivgen.lines.steps import SecondLines, hessian_lines, second_lines
from derivgen.maths.tree import Expr


def second_blocks(sheet: Sheet) -> tuple[Block, ...]:
    """Write the section of the notes; nothing where the spec asks for none."""
    found = second_lines(sheet.evaluation)
    if not found:
        return ()
    blocks: list[Block] = [Heading(sheet.say("Second derivatives"))]
    blocks.append(Paragraph(sheet.say("Each gradient in its last form is differentiated once more.")))
    for place, second in enumerate(found, 1):
        lines = _worked(sheet, second)
        blocks += (Heading((Math(second.whole.sides[0]),), 2, str(place)), Equations(lines, together=len(lines) < 12))
        if place == 1 and len(lines) < 12:
            blocks = [Together(tuple(blocks))]
    hessian = hessian_blocks(sheet)
    return (*blocks, Together((Heading(sheet.say("The Hessian"), 2), *hessian))) if hessian else tuple(blocks)


def hessian_blocks(sheet: Sheet) -> tuple[Block, ...]:
    """Write the Hessian; nothing where the spec does not ask for all of it."""
    lines = tuple(sheet.line(line) for line in hessian_lines(sheet.evaluation))
    return (Equations(lines),) if lines else ()


def second_of(sheet: Sheet, of: str) -> tuple[Block, ...]:
    """Write one second derivative, by its names: `v/w` for ∂²L/∂v∂w; without names all of them, as in the notes."""
    if not of:
        return map_blocks(second_blocks(sheet), lambda block: None if isinstance(block, Heading) and block.level == 1 else block)
    found = dict(zip(second_names(sheet), second_lines(sheet.evaluation), strict=True))[of]
    return (Equations(_worked(sheet, found), together=False),)


def second_names(sheet: Sheet) -> tuple[str, ...]:
    """Return the names of the second derivatives that the spec asks for: `v/w`."""
    return tuple("/".join(line.whole.names) for line in second_lines(sheet.evaluation))


def _worked(sheet: Sheet, second: SecondLines) -> tuple[Line, ...]:
    """∂²L/∂v∂w = ∂/∂v (∂L/∂w) = …, a rule a line; its numbers below."""
    rows = [Line(None, (("=", line.last),), sheet.reason(line.reason)) for line in second.steps]
    opening = Line(second.whole.sides[0], (("=", second.whole.sides[1]),))
    return (opening, *rows, *((boxed(sheet, second.value),) if second.value is not None else ()))


def second_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for each second derivative: its formula and, with numbers, its value."""
    found = second_lines(sheet.evaluation)
    if not found:
        return ()
    forms = [second.whole.last for second in found]
    figures = {place: second.value.last for place, second in enumerate(found) if second.value is not None}
    values = dict(zip(figures, sheet.answers(list(figures.values()), given), strict=True))
    lines = []
    for place, (second, form) in enumerate(zip(found, sheet.answers(forms, given), strict=True)):
        steps: list[tuple[str, Expr]] = [("=", form)]
        if place in figures:
            steps.append((relation_before(figures[place]), values[place]))
        lines.append(Line(second.whole.sides[0], tuple(steps)))
    return (Equations(tuple(lines), together=len(lines) < 4),)
