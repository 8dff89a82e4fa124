"""The block `steps`: a function differentiated step by step, one rule a line, its name beside it."""

from __future__ import annotations

from derivgen.documents.document import Block, Equations, Heading, Line, Math
from derivgen.documents.sheet import Sheet
from derivgen.lines.shown_steps import shown_steps
from derivgen.spec.model import Show


def steps_block(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """A heading, and d/dx (f) = … = … with the rule at the right of each line."""
    steps, lines = shown_steps(sheet.evaluation, show)
    heading = Heading(sheet.say("Step by step: {derivative}", derivative=Math(steps.start)))
    rows = [Line(None, (("=", line.last),), sheet.reason(line.reason)) for line in lines]
    first = Line(steps.start, rows[0].steps, rows[0].reason) if rows else Line(steps.start, ())
    return (heading, Equations((first, *rows[1:]), together=False))
