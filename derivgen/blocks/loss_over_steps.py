"""The block `loss_over_steps`: the loss over the steps of gradient descent, as a plot."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.blocks.record import ShownBlock, once, show_of, title
from derivgen.documents.document import Block, Figure, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import framed
from derivgen.drawings.plot import Axes, Trace, plot, ticks_between
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.lines.updates import step_table
from derivgen.maths.tree import Sym
from derivgen.spec.model import Show
from derivgen.updates import Descent, descent

SIZE = (8.0, 3.6)
MOST_DOTS = 30
MOST_POINTS = 200


def descent_of(evaluation: Evaluation, show: Show) -> Descent:
    """Return the spec's steps of gradient descent. Raises SpecError without an `update` block."""
    if evaluation.graph.spec.update is None:
        raise SpecError(
            Problem(f"the block {show.kind} needs `update`", show.place, "for example  update: {learning_rate: 1/10, steps: 10}")
        )
    return descent(evaluation)


def loss_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield the loss after each step as it is printed."""
    descent_of(evaluation, show)
    return iter(step_table(evaluation).lines)


def loss_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return a point for each step, joined; nothing without numbers."""
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
    return (Together((title(sheet, "The loss over the steps"), Figure(drawing, said))),)


def _has_steps(sheet: Sheet) -> bool:
    return sheet.spec.update is not None and bool(loss_blocks(sheet, show_of(sheet.spec, "loss_over_steps")))


LOSS_OVER_STEPS = ShownBlock(
    "loss_over_steps",
    loss_blocks,
    loss_lines,
    means="the loss over the steps, as a plot",
    of=once(_has_steps),
    lacking="the spec has no `update`",
    drawn=True,
)
