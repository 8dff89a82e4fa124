"""Small plots: curves in a frame, worked out in Python; the numbers stand outside the frame, where no curve runs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from derivgen.drawings.drawing import Curve, Drawing, Label, Parts, Point, Wire, content_size, framed
from derivgen.frozen import dataclass
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr, Num, Partial, Sym

if TYPE_CHECKING:
    from derivgen.variants.stress import Spread, Stress

_TICK = 0.07  # cm
_NEAR = 0.04  # cm between a tick and its number
HISTOGRAM, STEP, ACROSS, MOST_HISTOGRAMS = (4.4, 2.0), (5.6, 4.0), 3, 24
"""Size of a histogram and of the room it takes (cm), how many stand side by side, how many are drawn."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Points joined in their order, in the plot's own units. `dots` marks each; `ring` hollow ones."""

    points: tuple[Point, ...]
    dashed: bool = False
    dots: bool = False
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """From where to where a plot goes on each axis, the numbers printed there, and the names at the ends of the axes."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_ticks: tuple[Num, ...] = ()
    y_ticks: tuple[Num, ...] = ()
    x_name: Expr | str | None = None
    y_name: Expr | str | None = None


def plot(axes: Axes, traces: Sequence[Trace], corner: Point, size: tuple[float, float], style: Style) -> Parts:
    """Plot the traces in a frame of `size` (cm), its lower left corner at `corner`: two axes, the lines through 0, the curves."""
    frame = _Frame(axes, corner, size)
    (x0, x1), (y0, y1) = axes.x, axes.y
    wires = [frame.wire((x0, y0), (x1, y0)), frame.wire((x0, y0), (x0, y1))]
    wires += [frame.wire((0.0, y0), (0.0, y1), True)] if x0 < 0 < x1 else []
    wires += [frame.wire((x0, 0.0), (x1, 0.0), True)] if y0 < 0 < y1 else []
    ticks = [_x_tick(frame, tick, style) for tick in axes.x_ticks] + [_y_tick(frame, tick, style) for tick in axes.y_ticks]
    labels = [label for _, label in ticks] + _names(frame, style)
    curves = [Curve(tuple(map(frame.at, trace.points)), trace.dashed, trace.dots, trace.ring) for trace in traces]
    return Parts(wires=(*wires, *(wire for wire, _ in ticks)), labels=labels, curves=curves)


@dataclass(frozen=True, slots=True)
class _Frame:
    axes: Axes
    corner: Point
    size: tuple[float, float]

    def at(self, point: Point) -> Point:
        """Return where a point of the plot stands on the page."""
        (x0, x1), (y0, y1) = self.axes.x, self.axes.y
        x, y = (point[0] - x0) / (x1 - x0), (point[1] - y0) / (y1 - y0)
        return self.corner[0] + x * self.size[0], self.corner[1] + y * self.size[1]

    def wire(self, start: Point, end: Point, quiet: bool = False) -> Wire:
        """Draw a straight line between two points of the plot."""
        return Wire((self.at(start), self.at(end)), arrow=False, quiet=quiet)


def _x_tick(frame: _Frame, tick: Num, style: Style) -> tuple[Wire, Label]:
    """A number below the frame."""
    x, y = frame.at((float(tick.value), frame.axes.y[0]))
    _, height = content_size(tick, "small", style)
    return Wire(((x, y), (x, y - _TICK)), arrow=False), Label(
        x, y - _TICK - 2.5 * _NEAR - height / 2, tick, tone="quiet", ground=False
    )


def _y_tick(frame: _Frame, tick: Num, style: Style) -> tuple[Wire, Label]:
    """A number left of the frame."""
    x, y = frame.at((frame.axes.x[0], float(tick.value)))
    width, _ = content_size(tick, "small", style)
    return Wire(((x, y), (x - _TICK, y)), arrow=False), Label(x - _TICK - _NEAR - width / 2, y, tick, tone="quiet", ground=False)


def _names(frame: _Frame, style: Style) -> list[Label]:
    """The names: right of the horizontal axis, above the vertical one."""
    axes, found = frame.axes, []
    if axes.x_name is not None:
        (x, y), (width, _) = frame.at((axes.x[1], axes.y[0])), content_size(axes.x_name, "small", style)
        found.append(Label(x + width / 2 + 2 * _NEAR, y, axes.x_name, ground=False))
    if axes.y_name is not None:
        (x, y), (width, height) = frame.at((axes.x[0], axes.y[1])), content_size(axes.y_name, "small", style)
        found.append(Label(x + width / 2, y + height / 2 + 2 * _NEAR, axes.y_name, ground=False))
    return found


def histograms(found: Stress, loss: str, style: Style = DEFAULT) -> Drawing:
    """Draw a histogram of each answer (of the first 24), side by side, the heights relative to the most frequent."""
    shown = found.spreads[:MOST_HISTOGRAMS]
    return framed(sum((_histogram(spread, place, loss, style) for place, spread in enumerate(shown)), Parts()), style)


def _histogram(spread: Spread, place: int, loss: str, style: Style) -> Parts:
    corner = (place % ACROSS * STEP[0], -(place // ACROSS) * STEP[1])
    most = max(*spread.counts, 1)
    low, high = spread.edges[0], spread.edges[-1]
    axes = Axes((low, high), (0.0, 1.1), ticks_between(low, high, 4), ())
    found = plot(axes, (Trace(_outline(spread, most)),), corner, HISTOGRAM, style)
    name: Expr = Sym(loss) if spread.name == loss else Partial(Sym(loss), Sym(spread.name))
    title = Label(corner[0] + HISTOGRAM[0] / 2, corner[1] + HISTOGRAM[1] + 0.6, name, size="display", ground=False)
    return found + Parts(labels=(title,))


def _outline(spread: Spread, most: int) -> tuple[Point, ...]:
    """The edge of the columns, from the lower left to the lower right."""
    points = [(spread.edges[0], 0.0)]
    for place, count in enumerate(spread.counts):
        height = count / most
        points += [(spread.edges[place], height), (spread.edges[place + 1], height)]
    return (*points, (spread.edges[-1], 0.0))


def round_up(value: float) -> Fraction:
    """Return the value itself where it is 1, 2 or 5 times a power of ten, else the next number that is.

    >>> [str(round_up(x)) for x in (0.3, 1.0, 3.2, 70)]
    ['1/2', '1', '5', '100']
    """
    if value <= 0:
        return Fraction(1)
    power = Fraction(10) ** floor(log10(value) + 1e-12)
    return next(step * power for step in (1, 2, 5, 10) if value <= float(step * power) * (1 + 1e-9))


def ticks_between(low: float, high: float, most: int) -> tuple[Num, ...]:
    """Return round numbers from `low` to `high`, evenly apart, at most `most` steps; written as decimals.

    >>> [tick.text for tick in ticks_between(0.0, 0.31, 4)], [tick.text for tick in ticks_between(-3, 3, 2)]
    (['0', '0.1', '0.2', '0.3'], ['0'])
    """
    step = round_up((high - low) / most)
    first, last = ceil(low / float(step) - 1e-9), floor(high / float(step) + 1e-9)
    return tuple(Num(k * step, _text(k * step)) for k in range(first, last + 1))


def _text(value: Fraction) -> str:
    from derivgen.maths.numbers import short_decimal

    return short_decimal(value) or f"{float(value):g}"
