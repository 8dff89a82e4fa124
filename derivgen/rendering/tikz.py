r"""Drawing → TikZ: plain coordinates with two decimals, named styles, nothing left for TikZ to work out.

On our own pages lengths are centimetres and the styles stand in the preamble. In somebody else's document lengths are in the
text's em and the styles stand in the picture's own options, without colours: a drawing grows with the document's letters, and is
made smaller where it would be wider than the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from derivgen.drawings.drawing import Curve, Drawing, Label, Point, Shape, Wire
from derivgen.maths.tree import Expr, Num, Shown, walk
from derivgen.present.dialects import plain_words
from derivgen.present.tex import tex_text

Math = Callable[[Expr], str]

EM = 2.845
"""How many em to a centimetre of a layout, whose letters are 10 pt."""

_SHEET_STYLES = r"""\definecolor{dgink}{RGB}{33,37,41}
\definecolor{dgaccent}{RGB}{28,72,135}
\definecolor{dganswer}{RGB}{160,28,36}
\DeclareMathSizes{9}{9}{7}{7}
\DeclareMathSizes{10}{10}{7}{7}
\providecommand{\dgnormalsize}{\fontsize{10}{12}\selectfont}
\providecommand{\dgsmallsize}{\fontsize{9}{11}\selectfont}
\tikzset{
  dgbase/.style={draw=dgink!75, line width=0.6pt, inner sep=0pt, outer sep=0pt, font=\dgnormalsize, text=dgink},
  dgunit/.style={dgbase, circle, fill=dgaccent!7},
  dginput/.style={dgbase, circle, fill=white},
  dgloss/.style={dgbase, rectangle, rounded corners=2pt, fill=dgink!8},
  dgplain/.style={dgbase, rectangle, rounded corners=2pt, fill=white},
  dgstrong/.style={draw=dgaccent, line width=1.5pt},
  dgwire/.style={draw=dgink!60, line width=0.5pt, line cap=round},
  dgquiet/.style={draw=dgink!45, text=dgink!75},
  dgarrow/.style={-{Stealth[length=4.5pt, width=3.6pt]}},
  dgstrongarrow/.style={-{Stealth[length=7pt, width=6pt]}},
  dgcurve/.style={draw=dgaccent, line width=1pt, line join=round, line cap=round},
  dgdashed/.style={line cap=butt, dash pattern=on 3.2pt off 1.8pt},
  dgdot/.style={circle, fill=dgaccent, draw=none, inner sep=0pt, minimum size=3.4pt},
  dgring/.style={circle, fill=white, draw=dgaccent, line width=0.6pt, inner sep=0pt, minimum size=3.4pt},
  dglabel/.style={draw=none, inner sep=0.8pt, outer sep=0pt, font=\dgsmallsize, text=dgink},
  dgforward/.style={dglabel},
  dgbackward/.style={dglabel, text=dgaccent, font=\dgsmallsize\boldmath\bfseries},
}
"""

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


def tikz_styles() -> str:
    r"""Return what a preamble needs, after `xcolor` and `tikz` with the library `arrows.meta`: colours and `\tikzset`.

    >>> "dgunit/.style" in tikz_styles()
    True
    """
    return _SHEET_STYLES


def tikz(drawing: Drawing, math: Math) -> str:
    r"""Return the drawing as one `tikzpicture` of our own pages; `math` prints an expression for math mode.

    The bounding box is the drawing's own width and height.
    """
    return "\n".join([r"\begin{tikzpicture}", *_indented(_Picture(math).lines(drawing)), r"\end{tikzpicture}"])


def tikz_piece(drawing: Drawing, math: Math, room: float) -> str:
    """Return the drawing as one `tikzpicture` for any document, at most `room` em wide."""
    scale = min(1.0, room / (drawing.width * EM))
    shrunk = () if scale == 1.0 else (f"scale={scale:.3f}, transform shape",)
    lines = list(_PiecePicture(math).lines(drawing))
    text = "\n".join(lines[1:])
    used = (style for style in _PIECE_STYLES if (name := style.split("/.style")[0]) in _NEEDED or name in text)
    options = ",\n  ".join((f"x={_em(1.0)}, y={_em(1.0)}", *shrunk, *used))
    return "\n".join([rf"\begin{{tikzpicture}}[{options}]", *_indented(lines), r"\end{tikzpicture}"])


def _indented(lines: list[str] | Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


class _Picture:
    """Writes the parts of a drawing, with the options of our own pages."""

    def __init__(self, math: Math):
        self.math = math

    def lines(self, drawing: Drawing) -> Iterator[str]:
        """Yield the bounding box, then wires, curves, shapes and labels, in this order."""
        yield rf"\useasboundingbox (0,0) rectangle {_at((drawing.width, drawing.height))};"
        for wire in sorted(drawing.wires, key=lambda wire: (wire.strong, not wire.quiet)):
            yield rf"\draw[{', '.join(self.wire(wire))}] {_path(wire)};"
        for curve in drawing.curves:
            yield from self._curve(curve)
        for shape in drawing.shapes:
            yield self._shape(shape)
        for label in drawing.labels:
            yield rf"\node[{', '.join(self.label(label))}] at {_at((label.x, label.y))} {{{self.inside(label)}}};"

    def _curve(self, curve: Curve) -> Iterator[str]:
        """Yield the points joined, and each of them as a dot where that is asked for."""
        line, dot = self.curve(curve)
        if len(curve.points) > 1:
            yield rf"\draw[{line}] plot coordinates {{{' '.join(map(_at, curve.points))}}};"
        if curve.dots:
            yield from (rf"\node[{dot}] at {_at(point)} {{}};" for point in curve.points)

    def _shape(self, shape: Shape) -> str:
        """Return a node of a fixed size, its label in the middle."""
        if shape.form == "circle":
            form, size = "circle", f"minimum size={self.length(shape.width)}"
        else:
            form = "rectangle"
            size = f"minimum width={self.length(shape.width)}, minimum height={self.length(shape.height)}"
        style, strong, *font = self.shape(shape)
        options = (style, form, *([strong] if shape.strong else []), size, *font)
        inside = f"${self.math(shape.label)}$" if shape.label is not None else ""
        return rf"\node[{', '.join(options)}] at {_at((shape.x, shape.y))} {{{inside}}};"

    def inside(self, label: Label) -> str:
        """Return the mathematics or the words of a label."""
        if isinstance(label.content, str):
            return r"$\vdots$" if label.content == "⋮" else self.text(label.content)
        display = r"\displaystyle " if label.size == "display" else ""
        return f"${display}{self.math(label.content)}$"

    def text(self, words: str) -> str:
        """Return words, escaped."""
        return tex_text(words)

    def length(self, centimetres: float) -> str:
        """Return a length in centimetres."""
        return f"{_number(centimetres)}cm"

    def wire(self, wire: Wire) -> list[str]:
        """Return the options of a wire, its arrow's among them."""
        tones = ["dgwire", *(["dgquiet"] if wire.quiet else []), *(["dgstrong"] if wire.strong else [])]
        return [*tones, *(["dgstrongarrow" if wire.strong else "dgarrow"] if wire.arrow else [])]

    def curve(self, curve: Curve) -> tuple[str, str]:
        """Return the style of a curve's line, and that of its dots."""
        return "dgcurve, dgdashed" if curve.dashed else "dgcurve", "dgring" if curve.ring else "dgdot"

    def shape(self, shape: Shape) -> tuple[str, ...]:
        """Return the style of a shape, that of a strong one, and the font of a small label."""
        return f"dg{shape.tone}", "dgstrong", *([r"font=\dgsmallsize"] if shape.size == "small" else [])

    def label(self, label: Label) -> list[str]:
        """Return the options of a label."""
        tones = [*_LABELS[label.tone], *(["fill=white"] if label.ground else []), *(["text=dgaccent"] if label.strong else [])]
        if label.strong or label.size != "small":
            size = r"\dgsmallsize" if label.size == "small" else r"\dgnormalsize"
            tones.append(f"font={size}{_BOLD if label.strong else ''}")
        return tones


_BOLD = r"\boldmath\bfseries"
_LABELS = {
    "plain": ["dglabel"],
    "quiet": ["dglabel", "dgquiet", "draw=none"],
    "forward": ["dgforward"],
    "backward": ["dgbackward"],
}


class _PiecePicture(_Picture):
    """Writes the parts of a drawing with the options of somebody else's document."""

    def text(self, words: str) -> str:
        """Return words, escaped for any document."""
        return plain_words(words)

    def length(self, centimetres: float) -> str:
        """Return a length in em."""
        return _em(centimetres)

    def wire(self, wire: Wire) -> list[str]:
        """Return the options of a wire, its arrow's among them."""
        tones = ["quiet wire" if wire.quiet else "wire", *(["strong"] if wire.strong else [])]
        return [*tones, *(["-stealth"] if wire.arrow else [])]

    def curve(self, curve: Curve) -> tuple[str, str]:
        """Return the style of a curve's line, and that of its dots."""
        return "dashed curve" if curve.dashed else "curve", "ring node" if curve.ring else "dot node"

    def shape(self, shape: Shape) -> tuple[str, ...]:
        """Return the style of a shape, that of a strong one, and the font of its label."""
        return f"{shape.tone} node", "strong", f"font={_font(shape.size)}"

    def label(self, label: Label) -> list[str]:
        """Return the options of a label."""
        bold = _BOLD if label.strong or label.tone == "backward" else ""
        return [f"font={_font(label.size)}{bold}", *(["fill=white", "inner sep=0.8pt"] if label.ground else [])]


def _font(size: str) -> str:
    return r"\small" if size == "small" else r"\normalsize"


PLACED = r"""\colorlet{dgstill}{dgink!75}
\newcommand{\dgkeep}[2]{\setbox\dgcontent\hbox{#2}\immediate\pdfxform\dgcontent
  \expandafter\xdef\csname dgkept@#1\endcsname{\the\pdflastxform}}
\newcommand{\dgdrawing}[4]{\hbox{\rlap{\expandafter\ifx\csname dgkept@#1\endcsname\relax#3\else
  \pdfrefxform\csname dgkept@#1\endcsname\fi}\dgsmallsize\color{dgink}#4\hskip#2cm\relax}}
\newcommand{\dglabel}[5]{{\setbox\dgcontent\hbox{#3#5}%
  \rlap{\kern#1cm\raise\dimexpr#2cm-(\ht\dgcontent-\dp\dgcontent)/2\relax\hbox to0pt{\hss#4\box\dgcontent\hss}}}}
\newcommand{\dgground}{{\dgwidth=\dimexpr\wd\dgcontent+1.6pt\relax\color{white}\kern-0.8pt
  \vrule width\dgwidth height\dimexpr\ht\dgcontent+0.8pt\relax depth\dimexpr\dp\dgcontent+0.8pt\relax
  \kern\dimexpr0.8pt-\dgwidth\relax}}
"""
r"""For many sheets at once: `\dgkeep{name}{drawing}` keeps a drawing; `\dgdrawing{name}{width}{drawing}{labels}` prints
the kept one, or else the drawing, under labels; `\dglabel{x}{y}{font}{ground}{words}` centres one at a place, as TikZ does."""


def still(drawing: Drawing) -> tuple[Drawing, tuple[Label, ...]]:
    """Return what of a drawing does not depend on numbers, and the labels that do."""
    numbers = tuple(label for label in drawing.labels if _has_number(label))
    return replace(drawing, labels=tuple(label for label in drawing.labels if not _has_number(label))), numbers


def _has_number(label: Label) -> bool:
    return isinstance(label.content, Expr) and any(isinstance(node, (Num, Shown)) for node in walk(label.content))


_INKS = {"plain": "", "quiet": r"\color{dgstill}", "forward": "", "backward": r"\boldmath\bfseries\color{dgaccent}"}


def placed(label: Label, math: Math) -> str:
    """Return a label as a box at its place: what TikZ would print, in a hundredth of the time."""
    size = "" if label.size == "small" else r"\dgnormalsize"
    ink = r"\boldmath\bfseries\color{dgaccent}" if label.strong else _INKS[label.tone]
    ground = r"\dgground" if label.ground else ""
    return rf"\dglabel{{{_number(label.x)}}}{{{_number(label.y)}}}{{{size}{ink}}}{{{ground}}}{{{_Picture(math).inside(label)}}}"


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
