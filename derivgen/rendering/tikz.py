r"""Drawing → TikZ for somebody else's document: plain coordinates, nothing left for TikZ to work out.

Lengths are in the text's em and the styles stand in the picture's own options, without colours: a drawing grows with the
document's letters, and is made smaller where it would be wider than the text. Our own pages have `tex_drawing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derivgen.drawings.drawing import Curve, Drawing, Label, Point, Shape, Wire
from derivgen.maths.tree import Expr
from derivgen.present.dialects import plain_words

Math = Callable[[Expr], str]

EM = 2.845
"""How many em to a centimetre of a layout, whose letters are 10 pt."""

_PIECE_STYLES = (
    r"every node/.style={inner sep=0pt, outer sep=0pt}",
    r"shape node/.style={draw=black!70, line width=0.6pt}",
    r"unit node/.style={shape node, circle, fill=black!4}",
    r"input node/.style={shape node, circle, fill=white}",
    r"loss node/.style={shape node, rectangle, rounded corners=2pt, fill=black!8}",
    r"plain node/.style={shape node, rectangle, rounded corners=2pt, fill=white}",
    r"wire/.style={draw=black!60, line width=0.5pt, line cap=round}",
    r"quiet wire/.style={wire, draw=black!40}",
    r"strong/.style={draw=black, line width=1.5pt}",
    r"curve/.style={draw=black, line width=0.9pt, line join=round, line cap=round}",
    r"dashed curve/.style={curve, line cap=butt, dash pattern=on 3.2pt off 1.8pt}",
    r"dot node/.style={circle, fill=black, minimum size=3.4pt}",
    r"ring node/.style={circle, fill=white, draw=black, line width=0.6pt, minimum size=3.4pt}",
)
_NEEDED = ("every node", "shape node")
"""What every picture with nodes needs."""


def tikz_piece(drawing: Drawing, math: Math, room: float) -> str:
    """Return the drawing as one `tikzpicture` for any document, at most `room` em wide."""
    scale = min(1.0, room / (drawing.width * EM))
    shrunk = () if scale == 1.0 else (f"scale={scale:.3f}, transform shape",)
    lines = list(_Picture(math).lines(drawing))
    text = "\n".join(lines[1:])
    used = (style for style in _PIECE_STYLES if (name := style.split("/.style")[0]) in _NEEDED or name in text)
    options = ",\n  ".join((f"x={_em(1.0)}, y={_em(1.0)}", *shrunk, *used))
    return "\n".join([rf"\begin{{tikzpicture}}[{options}]", *(f"  {line}" for line in lines), r"\end{tikzpicture}"])


class _Picture:
    """Writes the parts of a drawing."""

    def __init__(self, math: Math):
        self.math = math

    def lines(self, drawing: Drawing) -> Iterator[str]:
        """Yield the bounding box, then wires, curves, shapes and labels, in this order."""
        yield rf"\useasboundingbox (0,0) rectangle {_at((drawing.width, drawing.height))};"
        for wire in sorted(drawing.wires, key=lambda wire: (wire.strong, not wire.quiet)):
            yield rf"\draw[{', '.join(_wire(wire))}] {_path(wire)};"
        for curve in drawing.curves:
            yield from _curve(curve)
        for shape in drawing.shapes:
            yield self._shape(shape)
        for label in drawing.labels:
            yield rf"\node[{', '.join(_label(label))}] at {_at((label.x, label.y))} {{{self._inside(label)}}};"

    def _shape(self, shape: Shape) -> str:
        """Return a node of a fixed size, its label in the middle."""
        if shape.form == "circle":
            form, size = "circle", f"minimum size={_em(shape.width)}"
        else:
            form = "rectangle"
            size = f"minimum width={_em(shape.width)}, minimum height={_em(shape.height)}"
        options = (f"{shape.tone} node", form, *(["strong"] if shape.strong else []), size, f"font={_font(shape.size)}")
        inside = f"${self.math(shape.label)}$" if shape.label is not None else ""
        return rf"\node[{', '.join(options)}] at {_at((shape.x, shape.y))} {{{inside}}};"

    def _inside(self, label: Label) -> str:
        """Return the mathematics or the words of a label."""
        if isinstance(label.content, str):
            return r"$\vdots$" if label.content == "⋮" else plain_words(label.content)
        display = r"\displaystyle " if label.size == "display" else ""
        return f"${display}{self.math(label.content)}$"


def _curve(curve: Curve) -> Iterator[str]:
    """Yield the points joined, and each of them as a dot where that is asked for."""
    if len(curve.points) > 1:
        line = "dashed curve" if curve.dashed else "curve"
        yield rf"\draw[{line}] plot coordinates {{{' '.join(map(_at, curve.points))}}};"
    if curve.dots:
        yield from (rf"\node[{'ring node' if curve.ring else 'dot node'}] at {_at(point)} {{}};" for point in curve.points)


def _wire(wire: Wire) -> list[str]:
    """Return the options of a wire, its arrow's among them."""
    tones = ["quiet wire" if wire.quiet else "wire", *(["strong"] if wire.strong else [])]
    return [*tones, *(["-stealth"] if wire.arrow else [])]


def _label(label: Label) -> list[str]:
    """Return the options of a label."""
    bold = r"\boldmath\bfseries" if label.strong or label.tone == "backward" else ""
    return [f"font={_font(label.size)}{bold}", *(["fill=white", "inner sep=0.8pt"] if label.ground else [])]


def _font(size: str) -> str:
    return r"\small" if size == "small" else r"\normalsize"


def _number(value: float) -> str:
    """Return two decimals at most, without a minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _em(centimetres: float) -> str:
    """Return a length of the layout, in em.

    >>> _em(2)
    '5.69em'
    """
    return f"{centimetres * EM:.3f}".rstrip("0").rstrip(".") + "em"


def _at(point: Point) -> str:
    """Return a point's coordinates."""
    return f"({_number(point[0])},{_number(point[1])})"


def _path(wire: Wire) -> str:
    """Return a way straight from point to point, or by curves that are horizontal at each point."""
    text = _at(wire.points[0])
    for before, point in zip(wire.points, wire.points[1:], strict=False):
        if wire.curved and abs(point[1] - before[1]) > 0.005:
            middle = (before[0] + point[0]) / 2
            text += f" .. controls {_at((middle, before[1]))} and {_at((middle, point[1]))} .. {_at(point)}"
        else:
            text += f" -- {_at(point)}"
    return text
