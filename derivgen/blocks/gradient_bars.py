"""The block `gradient_bars`: every gradient as a bar from 0, its name at the left and its number at the end."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.blocks.record import ShownBlock, once, title
from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Figure, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing, Label, Parts, Shape, content_size, framed
from derivgen.drawings.plot import Axes, plot, ticks_between
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, equality, rounded
from derivgen.lines.notation import has_samples, number_format, partial
from derivgen.lines.tables import gradient_value
from derivgen.maths.numbers import shown
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Num, Shown
from derivgen.spec.model import Show

WIDTH = 9.0
"""How wide the bars with their numbers may be together, in cm."""
MOST_BARS = 24
_BETWEEN, _NEAR, _THICK = 0.14, 0.1, 0.6  # cm between rows and beside a number; how much of its row a bar takes


@dataclass(frozen=True, slots=True)
class _Bar:
    """A gradient, its number as it is printed, and how long its bar is in the plot's own units."""

    name: Expr
    figure: Num | Shown
    length: float


def gradient_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return the bars of all gradients that have one number; of more than `MOST_BARS` the longest."""
    every = _drawable(sheet.evaluation, show)
    kept = sorted(every, key=lambda gradient: -abs(_length(sheet.evaluation, gradient)))[:MOST_BARS]
    bars = [_bar(sheet.evaluation, gradient) for gradient in every if gradient in kept]
    figure = Figure(_drawing(bars, sheet.style), _said(sheet, bars, len(every)))
    return (Together((title(sheet, "The gradients as bars"), figure)),)


def bar_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """Yield ∂L/∂w = its number for each bar."""
    style = number_format(evaluation)
    for gradient in _drawable(evaluation, show):
        left = partial(evaluation.graph, evaluation.graph.loss, gradient.name)
        value = shown(evaluation.adjoints[gradient.name][0], style)
        yield equality((LineKind.RESULT, gradient.name), left, value, numeric=True)


def _drawable(evaluation: Evaluation, show: Show) -> tuple[Gradient, ...]:
    """Return the gradients that have one number. Raises SpecError where none has."""
    found = _with_one_number(evaluation)
    if not found:
        message = f"the block {show.kind} has nothing to draw: no gradient has a number"
        raise SpecError(Problem(message, show.place, "give every name a number under `values` or `data`"))
    return found


def _with_one_number(evaluation: Evaluation) -> tuple[Gradient, ...]:
    graph = evaluation.graph
    return tuple(
        gradient
        for name, gradient in evaluation.derivation.gradients.items()
        if name != graph.loss and name in evaluation.adjoints and not (has_samples(graph) and graph.per_sample(name))
    )


def _length(evaluation: Evaluation, gradient: Gradient) -> float:
    return float(evaluation.adjoints[gradient.name][0])


def _bar(evaluation: Evaluation, gradient: Gradient) -> _Bar:
    name = partial(evaluation.graph, evaluation.graph.loss, gradient.name)
    return _Bar(name, gradient_value(evaluation, gradient), _length(evaluation, gradient))


def _said(sheet: Sheet, bars: list[_Bar], every: int) -> str:
    """Return the drawing in words: each gradient with its number."""
    decimal = sheet.words.decimal
    listed = [
        f"{plain(bar.name)} {'≈' if rounded(bar.figure) else '='} {plain(bar.figure).replace('.', decimal)}" for bar in bars
    ]
    values = ("; " if decimal == "," else ", ").join(listed)
    if len(bars) < every:
        return sheet.words.say("The {n} longest of {all} gradients as bars: {values}.", n=len(bars), all=every, values=values)
    return sheet.words.say("Every gradient as a bar: {values}.", values=values)


def _drawing(bars: list[_Bar], style: Style) -> Drawing:
    """Return the bars one below the other above one axis, so wide that the numbers at their ends stand within it."""
    names = [content_size(bar.name, "small", style) for bar in bars]
    figures = [content_size(bar.figure, "small", style) for bar in bars]
    row = max(height for _, height in (*names, *figures)) + _BETWEEN
    low, high = min(0.0, *(bar.length for bar in bars)), max(0.0, *(bar.length for bar in bars))
    high = high if high > low else 1.0
    left, right = (
        max((width + 2 * _NEAR for bar, (width, _) in zip(bars, figures, strict=True) if (bar.length < 0) is below), default=0.0)
        for below in (True, False)
    )
    unit = (WIDTH - left - right) / (high - low)  # cm
    axes = Axes((low - left / unit, high + right / unit), (0.0, float(len(bars))), ticks_between(low, high, 8))
    zero = left - low * unit
    shapes, labels = [], []
    for place, (bar, (wide, _), (width, _)) in enumerate(zip(bars, names, figures, strict=True)):
        y, length = (len(bars) - place - 0.5) * row, bar.length * unit
        if abs(length) > 0.01:
            shapes.append(Shape(zero + length / 2, y, abs(length), _THICK * row, None, "box", "unit"))
        side = -1 if bar.length < 0 else 1
        labels.append(Label(zero + length + side * (_NEAR + width / 2), y, bar.figure, ground=False))
        labels.append(Label(-_NEAR - wide / 2, y, bar.name, ground=False))
    return framed(plot(axes, (), (0.0, 0.0), (WIDTH, len(bars) * row), style) + Parts(shapes, labels=labels), style)


GRADIENT_BARS = ShownBlock(
    "gradient_bars",
    gradient_blocks,
    bar_lines,
    means="all gradients as bars",
    of=once(lambda sheet: bool(_with_one_number(sheet.evaluation))),
    lacking="no gradient has a number",
    drawn=True,
)
