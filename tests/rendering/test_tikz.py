"""Drawing → TikZ."""

import re
from fractions import Fraction

from derivgen.drawings.drawing import Drawing, Label, Shape, Wire
from derivgen.maths.tree import Compare, Num, Sym
from derivgen.present.latex import latex
from derivgen.rendering.tikz import tikz, tikz_styles

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
    assert tikz(DRAWING, latex).splitlines() == [
        r"\begin{tikzpicture}",
        r"  \useasboundingbox (0,0) rectangle (4,2.5);",
        r"  \draw[dgwire, dgquiet] (0,0) -- (1,0.33);",
        r"  \draw[dgwire, dgarrow] (0,2) .. controls (0.5,2) and (0.5,1) .. (1,1);",
        r"  \draw[dgwire, dgstrong, dgstrongarrow] (1.35,1) -- (2.55,1);",
        r"  \node[dginput, circle, minimum size=0.7cm] at (1,1) {$x_{1}$};",
        r"  \node[dgloss, rectangle, dgstrong, minimum width=0.9cm, minimum height=0.6cm] at (3,1) {$\mathrm{Loss}$};",
        r"  \node[dglabel, fill=white, text=dgaccent, font=\dgsmallsize\boldmath\bfseries] at (2,1) {$W_{13} = \frac{1}{2}$};",
        r"  \node[dglabel, dgquiet, draw=none] at (2,2) {50 \% \& more};",
        r"  \node[dglabel, fill=white, font=\dgnormalsize] at (3,0) {$\vdots$};",
        r"  \node[dgbackward, fill=white] at (1,2) {$24$};",
        r"\end{tikzpicture}",
    ]


def test_coordinates_are_plain_numbers_of_at_most_two_decimals():
    coordinates = re.findall(r"\(([^()]*),([^()]*)\)", tikz(DRAWING, latex))
    assert coordinates
    assert all(re.fullmatch(r"-?\d+(\.\d{1,2})?", part) and part != "-0" for pair in coordinates for part in pair)


def test_every_style_that_is_used_is_defined():
    defined = set(re.findall(r"(dg\w+)/\.style", tikz_styles()))
    colours = set(re.findall(r"\\definecolor\{(dg\w+)\}", tikz_styles()))
    used = set(re.findall(r"(?<![\\=])\b(dg\w+)", tikz(DRAWING, latex)))
    assert used and used <= defined
    assert colours == {"dgink", "dgaccent", "dganswer"}
    for name in ("unit", "input", "loss", "plain", "wire", "strong", "quiet", "label", "forward", "backward"):
        assert f"dg{name}" in defined


def test_no_letter_is_below_seven_points():
    sizes = [float(size) for size in re.findall(r"\\fontsize\{([\d.]+)\}", tikz_styles())]
    scripts = re.findall(r"\\DeclareMathSizes\{([\d.]+)\}\{([\d.]+)\}\{([\d.]+)\}\{([\d.]+)\}", tikz_styles())
    assert sizes and sorted(float(row[0]) for row in scripts) == sorted(sizes)
    assert min(sizes + [float(size) for row in scripts for size in row]) >= 7


def test_a_gradient_is_told_from_a_value_by_weight_as_well_as_colour():
    backward = next(line for line in tikz_styles().splitlines() if "dgbackward/" in line)
    assert "bfseries" in backward and "dgaccent" in backward
