r"""Drawing → TikZ for somebody else's document: its styles in the picture's own options, no colours, lengths in the text's em.

So a drawing grows with the document's letters; where it would be wider than the text, all of it is made smaller.
"""

from __future__ import annotations

from derivgen.drawings.drawing import Curve, Drawing, Label, Shape, Wire
from derivgen.present.dialects import plain_words
from derivgen.rendering.tikz import Math, at, path

EM = 2.845
"""How many em to a centimetre of a layout, whose letters are 10 pt."""
NORMAL, SMALL = r"\normalsize", r"\small"

_STYLES = (
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


def tikz_piece(drawing: Drawing, math: Math, room: float) -> str:
    """The drawing as one `tikzpicture`, at most `room` em wide."""
    scale = min(1.0, room / (drawing.width * EM))
    shrunk = () if scale == 1.0 else (f"scale={scale:.3f}, transform shape",)
    return _Picture(math).text(drawing, shrunk)


class _Picture:
    """Writes the parts of a drawing."""

    def __init__(self, math: Math):
        self.math = math

    def text(self, drawing: Drawing, options: tuple[str, ...]) -> str:
        """Wires first, then curves, shapes and labels."""
        used = self._parts(drawing)
        text = "\n".join(used)
        styles = [style for style in _STYLES if _name(style) in _NEEDED or _name(style) in text]
        listed = ",\n  ".join((f"x={length(1.0)}, y={length(1.0)}", *options, *styles))
        box = rf"\useasboundingbox (0,0) rectangle {at((drawing.width, drawing.height))};"
        return "\n".join([rf"\begin{{tikzpicture}}[{listed}]", f"  {box}", *(f"  {line}" for line in used), r"\end{tikzpicture}"])

    def _parts(self, drawing: Drawing) -> list[str]:
        wires = sorted(drawing.wires, key=lambda wire: (wire.strong, not wire.quiet))
        found = [self.wire(wire) for wire in wires]
        found += [line for curve in drawing.curves for line in self.curve(curve)]
        found += [self.shape(shape) for shape in drawing.shapes]
        return [*found, *(self.label(label) for label in drawing.labels)]

    def wire(self, wire: Wire) -> str:
        """A line with its arrow."""
        tones = ["quiet wire" if wire.quiet else "wire", *(["strong"] if wire.strong else [])]
        return rf"\draw[{', '.join([*tones, *(['-stealth'] if wire.arrow else [])])}] {path(wire)};"

    def curve(self, curve: Curve) -> list[str]:
        """The points joined, and each as a dot where that is asked for."""
        found = []
        if len(curve.points) > 1:
            points = " ".join(map(at, curve.points))
            found.append(rf"\draw[{'dashed curve' if curve.dashed else 'curve'}] plot coordinates {{{points}}};")
        mark = "ring node" if curve.ring else "dot node"
        return [*found, *(rf"\node[{mark}] at {at(point)} {{}};" for point in curve.points if curve.dots)]

    def shape(self, shape: Shape) -> str:
        """A node of a fixed size, its label in the middle."""
        size = f"minimum width={length(shape.width)}, minimum height={length(shape.height)}"
        if shape.form == "circle":
            size = f"minimum size={length(shape.width)}"
        form = "circle" if shape.form == "circle" else "rectangle"
        font = SMALL if shape.size == "small" else NORMAL
        tones = [f"{shape.tone} node", form, *(["strong"] if shape.strong else []), size, f"font={font}"]
        inside = f"${self.math(shape.label)}$" if shape.label is not None else ""
        return rf"\node[{', '.join(tones)}] at {at((shape.x, shape.y))} {{{inside}}};"

    def label(self, label: Label) -> str:
        """Mathematics or words on white ground."""
        bold = r"\boldmath\bfseries" if label.strong or label.tone == "backward" else ""
        font = (SMALL if label.size == "small" else NORMAL) + bold
        tones = [f"font={font}", *(["fill=white", "inner sep=0.8pt"] if label.ground else [])]
        return rf"\node[{', '.join(tones)}] at {at((label.x, label.y))} {{{self._inside(label)}}};"

    def _inside(self, label: Label) -> str:
        if isinstance(label.content, str):
            return r"$\vdots$" if label.content == "⋮" else plain_words(label.content)
        display = r"\displaystyle " if label.size == "display" else ""
        return f"${display}{self.math(label.content)}$"


def length(centimetres: float) -> str:
    """A length of the layout, in em.

    >>> length(2)
    '5.69em'
    """
    return f"{centimetres * EM:.3f}".rstrip("0").rstrip(".") + "em"


def _name(style: str) -> str:
    return style.split("/.style")[0]


_NEEDED = ("every node", "shape node")
"""What every picture with nodes needs."""
