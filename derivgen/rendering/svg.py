"""Drawing → SVG: a picture that stands by itself, in a page, as an image in a notebook or on GitHub, in another program.

Colours are attributes, so that every program draws them, and each group has a class, so that a page can give it others (a dark
page does). No font comes along: letters are serif ones, in places that do not depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.documents.document import Block, Figure, each_block
from derivgen.drawings.drawing import CORNER, Curve, Drawing, Label, Point, Shape, Wire, joined, with_head
from derivgen.errors import Problem, UserError
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.present.build import present
from derivgen.present.layout import Laid, Run, Stroke, laid, words
from derivgen.present.mathml import escaped

CM = 72 / 2.54  # points
PIXELS = 4 / 3  # of a point
EDGE = 2.0  # points of white around the drawing
SEP = 0.8
NORMAL, SMALL = 10.0, 9.0
FONT = "'Latin Modern Roman','STIX Two Text',Cambria,'Times New Roman',Times,serif"
INK, ACCENT, WIRE, QUIET, FAINT = "#212529", "#1c4887", "#7a7c7f", "#595c5f", "#9b9d9f"
FILLS = {"input": "#fff", "unit": "#eff2f7", "loss": "#edeeee", "plain": "#fff"}


def svg(drawing: Drawing, alternative: str, style: Style = DEFAULT) -> str:
    """Return the drawing as one `<svg>`, its alternative text as name and title."""
    return _Picture(drawing, style).picture(alternative)


def render_svg_piece(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT) -> str:
    """Return the one figure among the blocks as a file. Raises UserError where there is none, or more than one."""
    figures = [block for block in each_block(blocks) if isinstance(block, Figure)]
    if len(figures) != 1:
        what = "no drawing" if not figures else f"{len(figures)} drawings"
        raise UserError(Problem(f"there is {what} in this piece; an SVG is one drawing", hint="`drawing` is one"))
    return svg(figures[0].drawing, figures[0].alternative, in_language(style, Wording(language)))


class _Picture:
    """Draws one drawing; its y grows upwards, that of an SVG downwards."""

    def __init__(self, drawing: Drawing, style: Style):
        self.drawing, self.style = drawing, style

    def picture(self, alternative: str) -> str:
        """Return the picture: ground, wires, curves, shapes, labels, in this order."""
        width, height = self.drawing.width * CM + 2 * EDGE, self.drawing.height * CM + 2 * EDGE
        said = escaped(" ".join(alternative.split()))
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="dg-svg" role="img" aria-label="{said}" '
            f'width="{_n(width * PIXELS)}" height="{_n(height * PIXELS)}" viewBox="0 0 {_n(width)} {_n(height)}">',
            f"<title>{said}</title>",
            f'<rect class="dg-svg-ground" width="{_n(width)}" height="{_n(height)}" fill="#fff"/>',
            *(line for wire in self._ordered() for line in self.wire(wire)),
            *(line for curve in self.drawing.curves for line in self.curve(curve)),
            *(line for shape in self.drawing.shapes for line in self.shape(shape)),
            *(line for label in self.drawing.labels for line in self.label(label)),
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _ordered(self) -> list[Wire]:
        return sorted(self.drawing.wires, key=lambda wire: (wire.strong, not wire.quiet))

    def at(self, point: Point) -> Point:
        """Return a place of the drawing in the picture."""
        return EDGE + point[0] * CM, EDGE + (self.drawing.height - point[1]) * CM

    def wire(self, wire: Wire) -> list[str]:
        """Return a line, and its arrow's head as a shape of its own."""
        points = [self.at(point) for point in wire.points]
        kind, colour, width = _wire_kind(wire)
        points, corners = with_head(wire, points, 1.0)
        head = [f'<path class="{kind}-head" fill="{colour}" d="{_path(corners)}Z"/>'] if corners else []
        line = f'<path class="{kind}" fill="none" stroke="{colour}" stroke-width="{width}" d="{_path(points, wire.curved)}"/>'
        return [line, *head]

    def curve(self, curve: Curve) -> list[str]:
        """Return the points joined, dashed or not, and each of them as a dot where that is asked for."""
        points = [self.at(point) for point in curve.points]
        lines = []
        if len(points) > 1:
            dashes = ' stroke-dasharray="3.2 1.8"' if curve.dashed else ' stroke-linecap="round"'
            joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
            lines.append(
                f'<polyline class="dg-svg-curve" fill="none" stroke="{ACCENT}" stroke-width="1" stroke-linejoin="round"{dashes} '
                f'points="{joined}"/>'
            )
        if curve.dots:
            kind, fill = ("dg-svg-ring", "#fff") if curve.ring else ("dg-svg-dot", ACCENT)
            ring = f' stroke="{ACCENT}" stroke-width="0.6"' if curve.ring else ""
            lines += [f'<circle class="{kind}" cx="{_n(x)}" cy="{_n(y)}" r="1.7" fill="{fill}"{ring}/>' for x, y in points]
        return lines

    def shape(self, shape: Shape) -> list[str]:
        """Return a node of a fixed size, its label in the middle."""
        (x, y), width, height = self.at((shape.x, shape.y)), shape.width * CM, shape.height * CM
        strong = " dg-svg-strong" if shape.strong else ""
        line = f'stroke="{ACCENT if shape.strong else QUIET}" stroke-width="{1.5 if shape.strong else 0.6}"'
        ink = f'class="dg-svg-{shape.tone}{strong}" fill="{FILLS[shape.tone]}" {line}'
        if shape.form == "circle":
            drawn = f'<circle {ink} cx="{_n(x)}" cy="{_n(y)}" r="{_n(width / 2)}"/>'
        else:
            corner = f'x="{_n(x - width / 2)}" y="{_n(y - height / 2)}"'
            drawn = f'<rect {ink} {corner} width="{_n(width)}" height="{_n(height)}" rx="{_n(CORNER)}"/>'
        if shape.label is None:
            return [drawn]
        inside = laid(present(shape.label, self.style), SMALL if shape.size == "small" else NORMAL)
        return [drawn, *_text(inside, x, y, "dg-svg-text", INK)]

    def label(self, label: Label) -> list[str]:
        """Return mathematics or words on their ground."""
        x, y = self.at((label.x, label.y))
        size = SMALL if label.size == "small" else NORMAL
        if isinstance(label.content, str):
            inside = words(label.content, size)
        else:
            inside = laid(present(label.content, self.style), size, label.size == "display")
        strong = label.strong or label.tone == "backward"
        kind, colour = ("dg-svg-accent", ACCENT) if strong else _TEXTS.get(label.tone, ("dg-svg-text", INK))
        ground = []
        if label.ground:
            width, height = inside.width + 2 * SEP, inside.up + inside.down + 2 * SEP
            corner = f'x="{_n(x - width / 2)}" y="{_n(y - height / 2)}"'
            ground = [f'<rect class="dg-svg-ground" fill="#fff" {corner} width="{_n(width)}" height="{_n(height)}"/>']
        return [*ground, *_text(inside, x, y, kind, colour, strong)]


_TEXTS = {"quiet": ("dg-svg-quiet-text", QUIET)}


def _wire_kind(wire: Wire) -> tuple[str, str, float]:
    """Return the class, colour and width of a wire."""
    if wire.strong:
        return "dg-svg-path", ACCENT, 1.5
    return ("dg-svg-faint", FAINT, 0.5) if wire.quiet else ("dg-svg-wire", WIRE, 0.5)


def _text(inside: Laid, x: float, y: float, kind: str, colour: str, strong: bool = False) -> list[str]:
    """Return a formula with its middle at (x, y)."""
    left, base = x - inside.width / 2, y + (inside.up - inside.down) / 2
    parts = inside.at(left, base)
    weight = ' font-weight="bold"' if strong else ""
    runs = "".join(_run(part) for part in parts if isinstance(part, Run))
    lines = (
        [f'<text class="{kind}" fill="{colour}" font-family="{FONT}" text-anchor="middle"{weight}>{runs}</text>'] if runs else []
    )
    for part in parts:
        if isinstance(part, Stroke):
            drawn = f'fill="none" stroke="{colour}" stroke-width="{_n(part.width * (1.6 if strong else 1))}"'
            lines.append(f'<path class="{kind}-rule" {drawn} d="{_path(part.points)}{"Z" if part.closed else ""}"/>')
    return lines


def _run(run: Run) -> str:
    slant = ' font-style="italic"' if run.italic else ""
    place = f'x="{_n(run.x + run.width / 2)}" y="{_n(run.y)}"'
    return f'<tspan {place} font-size="{_n(run.size)}"{slant}>{escaped(run.text)}</tspan>'


def _path(points: Sequence[Point], curved: bool = False) -> str:
    """Return a path straight from point to point, or by curves that are horizontal at each point."""
    ways = joined(points, curved, 1.0)
    lines = ("LC"[len(way) > 1] + " ".join(_n(number) for point in way for number in point) for way in ways)
    return "".join((f"M{_n(points[0][0])} {_n(points[0][1])}", *lines))


def _n(value: float) -> str:
    """Return a number with two decimals at most, without a minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
