r"""Drawing → TikZ: plain coordinates in centimetres with two decimals, named styles, nothing left for TikZ to work out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derivgen.drawings.drawing import Curve, Drawing, Label, Point, Shape, Wire
from derivgen.maths.tree import Expr, Num, Shown, walk
from derivgen.present.tex import tex_text

Math = Callable[[Expr], str]

_STYLES = r"""\definecolor{dgink}{RGB}{33,37,41}
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


def tikz_styles() -> str:
    r"""What a preamble needs, after `xcolor` and `tikz` with the library `arrows.meta`: colours and `\tikzset`.

    >>> "dgunit/.style" in tikz_styles()
    True
    """
    return _STYLES


def tikz(drawing: Drawing, math: Math) -> str:
    r"""The drawing as one `tikzpicture`: wires first, then shapes, then labels; `math` prints an expression for math mode.

    The bounding box is the drawing's own width and height.
    """
    lines = [r"\begin{tikzpicture}", rf"  \useasboundingbox (0,0) rectangle {at((drawing.width, drawing.height))};"]
    ordered = sorted(drawing.wires, key=lambda wire: (wire.strong, not wire.quiet))
    lines += [f"  {_wire(wire)}" for wire in ordered]
    lines += [f"  {line}" for curve in drawing.curves for line in _curve(curve)]
    lines += [f"  {_shape(shape, math)}" for shape in drawing.shapes]
    lines += [f"  {_label(label, math)}" for label in drawing.labels]
    return "\n".join([*lines, r"\end{tikzpicture}"])


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
    """What of a drawing does not depend on numbers, and the labels that do."""
    numbers = tuple(label for label in drawing.labels if _has_number(label))
    return replace(drawing, labels=tuple(label for label in drawing.labels if not _has_number(label))), numbers


def _has_number(label: Label) -> bool:
    return isinstance(label.content, Expr) and any(isinstance(node, (Num, Shown)) for node in walk(label.content))


_INKS = {"plain": "", "quiet": r"\color{dgstill}", "forward": "", "backward": r"\boldmath\bfseries\color{dgaccent}"}


def placed(label: Label, math: Math) -> str:
    """A label as a box at its place: what TikZ would print, in a hundredth of the time."""
    size = "" if label.size == "small" else r"\dgnormalsize"
    ink = r"\boldmath\bfseries\color{dgaccent}" if label.strong else _INKS[label.tone]
    ground = r"\dgground" if label.ground else ""
    return rf"\dglabel{{{_number(label.x)}}}{{{_number(label.y)}}}{{{size}{ink}}}{{{ground}}}{{{_inside(label, math)}}}"


def _number(value: float) -> str:
    """Two decimals at most, no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def at(point: Point) -> str:
    """A point's coordinates."""
    return f"({_number(point[0])},{_number(point[1])})"


def _wire(wire: Wire) -> str:
    tones = ["dgwire"]
    tones += ["dgquiet"] if wire.quiet else []
    tones += ["dgstrong"] if wire.strong else []
    if wire.arrow:
        tones.append("dgstrongarrow" if wire.strong else "dgarrow")
    return rf"\draw[{', '.join(tones)}] {path(wire)};"


def _curve(curve: Curve) -> list[str]:
    """The points joined, dashed or not, and each of them as a dot where that is asked for."""
    lines = []
    if len(curve.points) > 1:
        style = "dgcurve, dgdashed" if curve.dashed else "dgcurve"
        lines.append(rf"\draw[{style}] plot coordinates {{{' '.join(map(at, curve.points))}}};")
    if curve.dots:
        style = "dgring" if curve.ring else "dgdot"
        lines += [rf"\node[{style}] at {at(point)} {{}};" for point in curve.points]
    return lines


def path(wire: Wire) -> str:
    """Straight from point to point, or by curves that are horizontal at each point."""
    text = at(wire.points[0])
    for before, point in zip(wire.points, wire.points[1:], strict=False):
        if wire.curved and abs(point[1] - before[1]) > 0.005:
            middle = (before[0] + point[0]) / 2
            text += f" .. controls {at((middle, before[1]))} and {at((middle, point[1]))} .. {at(point)}"
        else:
            text += f" -- {at(point)}"
    return text


_SHAPES = {"input": "dginput", "unit": "dgunit", "loss": "dgloss", "plain": "dgplain"}


def _shape(shape: Shape, math: Math) -> str:
    """A node of a fixed size, its label in the middle."""
    tones = [_SHAPES[shape.tone], "circle" if shape.form == "circle" else "rectangle"]
    tones += ["dgstrong"] if shape.strong else []
    size = [f"minimum width={_number(shape.width)}cm", f"minimum height={_number(shape.height)}cm"]
    if shape.form == "circle":
        size = [f"minimum size={_number(shape.width)}cm"]
    font = [r"font=\dgsmallsize"] if shape.size == "small" else []
    inside = f"${math(shape.label)}$" if shape.label is not None else ""
    return rf"\node[{', '.join([*tones, *size, *font])}] at {at((shape.x, shape.y))} {{{inside}}};"


_LABELS = {
    "plain": ["dglabel"],
    "quiet": ["dglabel", "dgquiet", "draw=none"],
    "forward": ["dgforward"],
    "backward": ["dgbackward"],
}


def _label(label: Label, math: Math) -> str:
    tones = list(_LABELS[label.tone])
    tones += ["fill=white"] if label.ground else []
    weight = r"\boldmath\bfseries" if label.strong else ""
    size = r"\dgsmallsize" if label.size == "small" else r"\dgnormalsize"
    if label.strong:
        tones.append("text=dgaccent")
    if weight or label.size != "small":
        tones.append(f"font={size}{weight}")
    return rf"\node[{', '.join(tones)}] at {at((label.x, label.y))} {{{_inside(label, math)}}};"


def _inside(label: Label, math: Math) -> str:
    if isinstance(label.content, str):
        return r"$\vdots$" if label.content == "⋮" else tex_text(label.content)
    return rf"$\displaystyle {math(label.content)}$" if label.size == "display" else f"${math(label.content)}$"
