"""A table of activations: each with its formula, its derivative, and both drawn; a figure for each row."""

from __future__ import annotations

from dataclasses import dataclass

from derivgen.documents.document import Block, Figure, Heading, Text, Together
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing, Label, Parts, Wire, content_size, framed
from derivgen.drawings.plot import Axes, Trace, plot, ticks_between
from derivgen.lines.activations import Activation, activations, value_at
from derivgen.maths.arithmetic import precision
from derivgen.maths.functions import Library
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Expr, number
from derivgen.spec.model import Show

REACH = 4.0  # x from -4 to 4, and no value beyond
SAMPLES = 96
SIZE = (3.3, 1.9)
WIDEST = 16.0
_TICKS, _GAP, _ROOM = 0.75, 0.35, 0.3
_HALVINGS = 24

Points = tuple[tuple[float, float], ...]


def activation_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """A figure for each function, all equally wide."""
    rows = activations(sheet.evaluation, show)
    if not rows:
        return ()
    column = _Column.of(rows, sheet.style)
    first, *rest = (Figure(_row(sheet, each, column), _said(sheet, each)) for each in rows)
    return (Together((Heading((Text(sheet.words.say("Activations")),)), first)), *rest)


@dataclass(frozen=True, slots=True)
class _Column:
    """The formulas' column: how wide, and how large the formulas are printed."""

    width: float
    size: str

    @classmethod
    def of(cls, rows: tuple[Activation, ...], style: Style) -> _Column:
        formulas = [formula for each in rows for formula in _formulas(each)]
        for size in ("display", "normal", "small"):
            width = max((content_size(formula, size, style)[0] for formula in formulas), default=0.0)
            if width + 2 * (_TICKS + SIZE[0] + _GAP) <= WIDEST:
                break
        return cls(width, size)


def _formulas(each: Activation) -> tuple[Expr, ...]:
    """f(x) = …, f'(x) = …"""
    slope = Compare("==", each.prime, each.slope)
    return (slope,) if each.formula is None else (Compare("==", each.call, each.formula), slope)


def _said(sheet: Sheet, each: Activation) -> str:
    formulas = ", ".join(plain(formula).replace("==", "=") for formula in _formulas(each))
    return sheet.words.say("{formulas}; both drawn for x from -4 to 4, the derivative dashed.", formulas=formulas)


def _row(sheet: Sheet, each: Activation, column: _Column) -> Drawing:
    """The formulas, one below the other, then the plot of f and that of f'; a line above the row."""
    library, style = sheet.graph.library, sheet.style
    x = column.width + _TICKS
    with precision(20):
        value = _plotted(each.call, each.call, library, (x, 0.0), False, style)
        slope = _plotted(each.slope, each.prime, library, (x + SIZE[0] + _GAP + _TICKS, 0.0), True, style)
    right = x + 2 * SIZE[0] + _GAP + _TICKS + 0.1
    top = SIZE[1] + 0.95
    rule = Wire(((0.0, top), (right, top)), arrow=False, quiet=True)
    return framed(Parts(wires=(rule,), labels=_stacked(_formulas(each), column, style)) + value + slope, style)


def _stacked(formulas: tuple[Expr, ...], column: _Column, style: Style) -> list[Label]:
    """Formulas at the left edge, centred on the plots' height."""
    sizes = [content_size(formula, column.size, style) for formula in formulas]
    high = sum(height for _, height in sizes) + _ROOM * (len(sizes) - 1)
    y, found = SIZE[1] / 2 + high / 2, []
    for formula, (width, height) in zip(formulas, sizes, strict=True):
        found.append(Label(width / 2, y - height / 2, formula, size=column.size, ground=False))
        y -= height + _ROOM
    return found


def _plotted(formula: Expr, name: Expr, library: Library, corner: tuple[float, float], dashed: bool, style: Style) -> Parts:
    """One function of x drawn in its own frame."""
    pieces, marks = _traced(formula, library)
    ys = [y for piece in pieces for _, y in piece]
    low, high = min(0.0, *ys), max(0.0, *ys)
    low, high = (low - 1, high + 1) if high - low < 1e-9 else (low, high)
    margin = 0.08 * (high - low)
    axes = Axes(
        (-REACH, REACH),
        (low - margin, high + margin),
        tuple(number(k) for k in (-4, -2, 0, 2, 4)),
        ticks_between(low - margin, high + margin, 3),
        y_name=name,
    )
    traces = [Trace(piece, dashed) for piece in pieces]
    traces += [Trace((point,), dots=True, ring=hollow) for point, hollow in marks]
    return plot(axes, traces, corner, SIZE, style)


def _traced(formula: Expr, library: Library) -> tuple[list[Points], list[tuple[tuple[float, float], bool]]]:
    """The curve in pieces, cut where it has no value, leaves the window, or jumps; at a jump its ends, the hollow one first."""
    xs = [-REACH + 2 * REACH * k / SAMPLES for k in range(SAMPLES + 1)]
    points = [(x, _number(formula, x, library)) for x in xs]
    pieces: list[list[tuple[float, float]]] = [[]]
    marks: list[tuple[tuple[float, float], bool]] = []
    before: tuple[float, float] | None = None
    for x, y in points:
        if y is None or abs(y) > REACH:
            pieces.append([])
            before = None
            continue
        if before is not None and (jump := _jump(formula, library, before, (x, y))) is not None:
            left, right, middle = jump
            pieces[-1].append(left)
            pieces.append([right])
            marks += [(end, abs(end[1] - middle) > 0.01) for end in (left, right)]
        pieces[-1].append((x, y))
        before = (x, y)
    return [tuple(piece) for piece in pieces if len(piece) > 1], sorted(marks, key=lambda mark: not mark[1])


def _jump(
    formula: Expr, library: Library, left: tuple[float, float], right: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float], float] | None:
    """Both ends of a jump between two points, and the value in it; None where the curve only climbs."""
    wanted = abs(right[1] - left[1]) / 2
    if wanted < 0.1:
        return None
    for _ in range(_HALVINGS):
        middle = (left[0] + right[0]) / 2
        y = _number(formula, middle, library)
        if y is None:
            return None
        first, second = abs(y - left[1]), abs(right[1] - y)
        left, right = (left, (middle, y)) if first > second else ((middle, y), right)
        if abs(right[1] - left[1]) < wanted:
            return None
    at = round((left[0] + right[0]) / 2, 4)
    inside = _number(formula, at, library)
    return (at, left[1]), (at, right[1]), left[1] if inside is None else inside


def _number(formula: Expr, x: float, library: Library) -> float | None:
    value = value_at(formula, x, library)
    return None if value is None else float(value)
