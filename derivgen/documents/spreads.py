"""How answers are spread, as a drawing: a small histogram for each, side by side."""

from __future__ import annotations

from derivgen.documents.drawing import Drawing, Label
from derivgen.documents.layout import framed
from derivgen.documents.plot import Axes, Line, Pieces, plot, ticks_between
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr, Partial, Sym
from derivgen.variants.stress import Spread, Stress

SIZE = (4.4, 2.0)
STEP = (5.6, 4.0)
ACROSS = 3
MOST = 24


def spreads(found: Stress, loss: str, style: Style = DEFAULT) -> Drawing:
    """A histogram of each answer (of the first 24), the heights relative to the most frequent."""
    pieces = [_one(spread, place, loss, style) for place, spread in enumerate(found.spreads[:MOST])]
    wires = tuple(wire for piece in pieces for wire in piece.wires)
    labels = tuple(label for piece in pieces for label in piece.labels)
    curves = tuple(curve for piece in pieces for curve in piece.curves)
    return framed((), wires, labels, style, curves=curves)


def _one(spread: Spread, place: int, loss: str, style: Style) -> Pieces:
    corner = (place % ACROSS * STEP[0], -(place // ACROSS) * STEP[1])
    most = max(*spread.counts, 1)
    low, high = spread.edges[0], spread.edges[-1]
    axes = Axes((low, high), (0.0, 1.1), ticks_between(low, high, 4), ())
    found = plot(axes, (Line(_outline(spread, most)),), corner, SIZE, style)
    name: Expr = Sym(loss) if spread.name == loss else Partial(Sym(loss), Sym(spread.name))
    title = Label(corner[0] + SIZE[0] / 2, corner[1] + SIZE[1] + 0.6, name, size="display", ground=False)
    return Pieces(found.wires, (*found.labels, title), found.curves)


def _outline(spread: Spread, most: int) -> tuple[tuple[float, float], ...]:
    """The edge of the columns, from the lower left to the lower right."""
    points = [(spread.edges[0], 0.0)]
    for place, count in enumerate(spread.counts):
        height = count / most
        points += [(spread.edges[place], height), (spread.edges[place + 1], height)]
    return (*points, (spread.edges[-1], 0.0))
