"""Drawing → LaTeX of our own pages: what is written, that every pen is there, and where the PDF has it."""

import re
from fractions import Fraction
from pathlib import Path

from derivgen.drawings.drawing import Curve, Drawing, Label, Shape, Wire
from derivgen.maths.tree import Compare, Num, Sym
from derivgen.present.latex import latex
from derivgen.rendering.tex_drawing import tex_drawing

MACROS = (Path(__file__).parents[2] / "templates" / "latex" / "drawing.tex.j2").read_text()

DRAWING = Drawing(
    4.0,
    2.5,
    (Shape(1, 1, 0.7, 0.7, Sym("x_1"), tone="input"), Shape(3, 1, 0.9, 0.6, Sym("Loss"), "box", "loss", strong=True)),
    (
        Wire(((1.35, 1.0), (2.55, 1.0)), strong=True),
        Wire(((0.0, 0.0), (1.0, 1 / 3)), arrow=False, quiet=True),
        Wire(((0.0, 2.0), (1.0, 1.0)), curved=True),
    ),
    (
        Label(2, 1, Compare("==", Sym("W_13"), Num(Fraction(1, 2))), strong=True),
        Label(2, 2, "50 % & more", tone="quiet", ground=False),
        Label(3, -0.001, "⋮", size="normal"),
        Label(1, 2, Num(Fraction(24)), tone="backward"),
    ),
)


def test_a_drawing_line_by_line():
    lines = tex_drawing(DRAWING, latex).splitlines()
    assert [line for line in lines if "dgdraw{unit" not in line] == [
        r"\begin{dgpicture}{4}{2.5}%",
        r"  \dgdraw{faint}{0 0 m 1 0.333 l S}%",
        r"  \dgdraw{wire}{0 2 m 0.453 2 0.453 1 0.905 1 c S}%",
        r"  \dgdraw{wire}{1 1 m 0.842 0.937 l 0.897 1 l 0.842 1.063 l f}%",
        r"  \dgdraw{path}{1.35 1 m 2.402 1 l S}%",
        r"  \dgdraw{path}{2.55 1 m 2.304 0.895 l 2.39 1 l 2.304 1.105 l f}%",
        r"  \dgdraw{input}{1.35 1 m 1.35 1.193 1.193 1.35 1 1.35 c 0.807 1.35 0.65 1.193 0.65 1 c"
        r" 0.65 0.807 0.807 0.65 1 0.65 c 1.193 0.65 1.35 0.807 1.35 1 c b}%",
        r"  \dglabel{1}{1}{\dgnormalsize}{}{$x_{1}$}%",
        r"  \dgdraw{lossstrong}{3.45 0.77 m 3.45 1.23 l 3.45 1.269 3.419 1.3 3.38 1.3 c 2.62 1.3 l"
        r" 2.581 1.3 2.55 1.269 2.55 1.23 c 2.55 0.77 l"
        r" 2.55 0.731 2.581 0.7 2.62 0.7 c 3.38 0.7 l 3.419 0.7 3.45 0.731 3.45 0.77 c b}%",
        r"  \dglabel{3}{1}{\dgnormalsize}{}{$\mathrm{Loss}$}%",
        r"  \dglabel{2}{1}{\boldmath\bfseries\color{dgaccent}}{\dgground}{$W_{13} = \frac{1}{2}$}%",
        r"  \dglabel{2}{2}{\color{dgstill}}{}{50 \% \& more}%",
        r"  \dglabel{3}{0}{\dgnormalsize}{\dgground}{$\vdots$}%",
        r"  \dglabel{1}{2}{\boldmath\bfseries\color{dgaccent}}{\dgground}{$24$}%",
        r"\end{dgpicture}",
    ]


def test_every_pen_that_is_used_is_defined():
    nodes = re.findall(r"\\dgnodes\{(\w+)\}", MACROS)
    defined = {*re.findall(r"\\dgpen\{(\w+)\}", MACROS), *nodes, *(f"{name}strong" for name in nodes)}
    curves = Drawing(1, 1, curves=tuple(Curve(((0, 0), (1, 1)), dashed, True, dashed) for dashed in (False, True)))
    shapes = Drawing(1, 1, tuple(Shape(0, 0, 1, 1, None, "box", tone) for tone in ("unit", "input", "loss", "plain")))
    used = {pen for one in (DRAWING, curves, shapes) for pen in re.findall(r"\\dgdraw\{(\w+)\}", tex_drawing(one, latex))}
    assert used == {"faint", "wire", "path", "lossstrong", "curve", "dashed", "dot", "ring", "unit", "input", "loss", "plain"}
    assert used <= defined


def test_no_letter_is_below_seven_points():
    sizes = [float(size) for size in re.findall(r"\\fontsize\{([\d.]+)\}", MACROS)]
    scripts = re.findall(r"\\DeclareMathSizes\{([\d.]+)\}\{([\d.]+)\}\{([\d.]+)\}\{([\d.]+)\}", MACROS)
    assert sizes and sorted(float(row[0]) for row in scripts) == sorted(sizes)
    assert min(sizes + [float(size) for row in scripts for size in row]) >= 7


def test_a_gradient_is_told_from_a_value_by_weight_as_well_as_colour():
    backward = tex_drawing(DRAWING, latex).splitlines()[-2]
    assert "bfseries" in backward and "dgaccent" in backward
