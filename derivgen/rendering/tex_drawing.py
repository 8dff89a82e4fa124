r"""Drawing → LaTeX of our own pages: paths as PDF has them, formulas as boxes at their places.

TikZ would take a hundred times as long. The macros stand in `templates/latex/drawing.tex.j2`. Lengths are in cm and count from
the lower left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from derivgen.drawings.drawing import CORNER, Curve, Drawing, Label, Point, Shape, Stroke, Wire, joined, rounded_box, with_head
from derivgen.maths.tree import Expr
from derivgen.present.tex import tex_text

Math = Callable[[Expr], str]

POINT = 2.54 / 72.27
_DOT = 3.4 * POINT
_BOLD = r"\boldmath\bfseries\color{dgaccent}"
_INKS = {"plain": "", "quiet": r"\color{dgstill}", "forward": "", "backward": _BOLD}
_SIZES = {"small": "", "normal": r"\dgnormalsize", "display": r"\dgnormalsize"}


def tex_drawing(drawing: Drawing, math: Math) -> str:
    r"""Return the drawing as one `dgpicture`; `math` prints an expression for math mode."""
    lines = (f"  {line}%" for line in _lines(drawing, math))
    size = f"{{{_number(drawing.width)}}}{{{_number(drawing.height)}}}"
    return "\n".join([rf"\begin{{dgpicture}}{size}%", *lines, r"\end{dgpicture}"])


def _lines(drawing: Drawing, math: Math) -> Iterator[str]:
    """Yield wires, curves, shapes and labels, in this order."""
    for wire in sorted(drawing.wires, key=lambda wire: (wire.strong, not wire.quiet)):
        yield from _wire(wire)
    for curve in drawing.curves:
        yield from _curve(curve)
    for shape in drawing.shapes:
        yield from _shape(shape, math)
    for label in drawing.labels:
        yield _label(label, math)


def _wire(wire: Wire) -> Iterator[str]:
    pen = "path" if wire.strong else "faint" if wire.quiet else "wire"
    points, head = with_head(wire, wire.points, POINT)
    yield _drawn(pen, _path(points[0], joined(points, wire.curved, POINT)), "S")
    if head:
        yield _drawn(pen, _path(head[0], [(corner,) for corner in head[1:]]), "f")


def _curve(curve: Curve) -> Iterator[str]:
    """Yield the points joined, and each of them as a dot where that is asked for."""
    if len(curve.points) > 1:
        path = _path(curve.points[0], joined(curve.points, False, POINT))
        yield _drawn("dashed" if curve.dashed else "curve", path, "S")
    if curve.dots:
        dots = (" ".join((_path(*rounded_box(x, y, _DOT, _DOT, _DOT / 2)), "h")) for x, y in curve.points)
        yield _drawn("ring" if curve.ring else "dot", "\n  ".join(dots), "B" if curve.ring else "f")


def _shape(shape: Shape, math: Math) -> Iterator[str]:
    """Yield a node of a fixed size, its label in the middle."""
    corner = shape.width / 2 if shape.form == "circle" else CORNER * POINT
    height = shape.width if shape.form == "circle" else shape.height
    path = _path(*rounded_box(shape.x, shape.y, shape.width, height, corner))
    yield _drawn(f"{shape.tone}strong" if shape.strong else shape.tone, path, "b")
    if shape.label is not None:
        yield _placed((shape.x, shape.y), _SIZES[shape.size], "", f"${math(shape.label)}$")


def _label(label: Label, math: Math) -> str:
    """Return mathematics or words on their ground."""
    if isinstance(label.content, str):
        inside = r"$\vdots$" if label.content == "⋮" else tex_text(label.content)
    else:
        display = r"\displaystyle " if label.size == "display" else ""
        inside = f"${display}{math(label.content)}$"
    ink = _BOLD if label.strong else _INKS[label.tone]
    return _placed((label.x, label.y), _SIZES[label.size] + ink, r"\dgground" if label.ground else "", inside)


def _placed(at: Point, font: str, ground: str, inside: str) -> str:
    return rf"\dglabel{{{_number(at[0])}}}{{{_number(at[1])}}}{{{font}}}{{{ground}}}{{{inside}}}"


def _drawn(pen: str, path: str, paint: str) -> str:
    return rf"\dgdraw{{{pen}}}{{{path} {paint}}}"


def _path(start: Point, segments: Sequence[Stroke]) -> str:
    """Return a path with PDF's operators: m where it begins, l for a line, c for a curve."""
    ways = (f"{_places(segment)} {'l' if len(segment) == 1 else 'c'}" for segment in segments)
    return " ".join((f"{_places([start])} m", *ways))


def _places(points: Iterable[Point]) -> str:
    return " ".join(_number(number, 3) for point in points for number in point)


def _number(value: float, decimals: int = 2) -> str:
    """Return so many decimals at most, without a minus before a zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")
