"""The loss over the steps of gradient descent, as a plot."""

from __future__ import annotations

from derivgen.documents.document import Block, Figure, Heading, Text, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import framed
from derivgen.drawings.plot import Axes, Trace, plot, ticks_between
from derivgen.lines.needs import descent_of
from derivgen.maths.tree import Sym
from derivgen.spec.model import Show

SIZE = (8.0, 3.6)
MOST_DOTS = 30
MOST_POINTS = 200


def loss_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """A point for each step, joined; nothing without numbers."""
    found = descent_of(sheet.evaluation, show)
    losses = [float(loss) for loss in (found.start, *(step.loss for step in found.steps)) if loss is not None]
    if len(losses) < 2:
        return ()
    last = len(losses) - 1
    low, high = min(0.0, *losses), max(0.0, *losses)
    high = high if high > low else low + 1.0
    axes = Axes(
        (0.0, last * 1.03),
        (low, high + 0.06 * (high - low)),
        ticks_between(0.0, last, 6 if last > 5 else last),
        ticks_between(low, high, 5),
        sheet.words.say("step"),
        Sym(sheet.graph.loss),
    )
    every = -(-last // MOST_POINTS)
    points = tuple((float(k), losses[k]) for k in range(0, last + 1, every))
    curve = Trace(points, dots=last <= MOST_DOTS)
    drawing = framed(plot(axes, (curve,), (0.0, 0.0), SIZE, sheet.style), sheet.style)
    first, end = (f"{loss:.4g}".replace(".", sheet.words.decimal) for loss in (losses[0], losses[-1]))
    said = sheet.words.say("The loss over {n} steps, from {first} to {last}.", n=last, first=first, last=end)
    title = Heading((Text(sheet.words.say("The loss over the steps")),))
    return (Together((title, Figure(drawing, said))),)
