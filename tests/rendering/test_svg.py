"""Drawing → SVG."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from derivgen.documents.document import Figure, Paragraph, Text
from derivgen.drawings.drawing import Curve, Drawing, Label, Wire
from derivgen.errors import UserError
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Num, Partial, Power, Quotient, Sum, Sym
from derivgen.pieces import piece_text
from derivgen.present.build import present
from derivgen.present.layout import Run, Stroke, laid, words
from derivgen.rendering.svg import render_svg_piece, svg
from derivgen.work import work
from tests.product import SPECS
from tests.rendering.test_tex_drawing import DRAWING

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = next(spec for spec in SPECS if spec.stem == "002_and_gate_numbers")


def parsed(text: str) -> Element:
    return fromstring(text)


def texts(root: Element) -> list[str]:
    """What each label says, its pieces in order."""
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def test_everything_of_a_drawing_is_there() -> None:
    root = parsed(svg(DRAWING, "A drawing"))
    kinds = [element.get("class") for element in root]
    assert kinds.count("dg-svg-wire") + kinds.count("dg-svg-faint") + kinds.count("dg-svg-path") == len(DRAWING.wires)
    assert kinds.count("dg-svg-path-head") == 1
    assert [element.tag for element in root if (element.get("class") or "").startswith(("dg-svg-input", "dg-svg-loss"))] == [
        f"{SVG}circle",
        f"{SVG}rect",
    ]
    assert texts(root) == ["x1", "Loss", "W13=12", "50 % & more", "⋮", "24"]


def test_it_has_a_name_and_a_title_that_nothing_in_them_can_break() -> None:
    root = parsed(svg(DRAWING, 'a "b" <script> & c\x07'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == root[0].text == 'a "b" <script> & c'


def test_nothing_is_asked_of_a_network_and_nothing_runs() -> None:
    text = svg(DRAWING, "A drawing").replace("http://www.w3.org/2000/svg", "")
    assert not [word for word in ("http", "url(", "<script", "<style", "foreignObject", "href", "var(") if word in text]


def test_an_arrow_ends_where_its_wire_does() -> None:
    drawing = Drawing(2, 1, wires=(Wire(((0.0, 0.5), (1.0, 0.5))), Wire(((0.0, 0.0), (1.0, 1.0)), curved=True)))
    heads = [element.get("d") or "" for element in parsed(svg(drawing, "")) if (element.get("class") or "").endswith("-head")]
    assert [head.split("L")[0] for head in heads] == ["M30.35 16.17", "M30.35 2"]


def test_curves_are_dashed_and_dotted() -> None:
    points = ((0.0, 0.0), (0.5, 1.0), (1.0, 0.0))
    root = parsed(svg(Drawing(1, 1, curves=(Curve(points, dashed=True), Curve(points, dots=True, ring=True))), ""))
    assert [bool(line.get("stroke-dasharray")) for line in root.iter(f"{SVG}polyline")] == [True, False]
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_a_fraction_is_two_lines_with_a_rule() -> None:
    half = laid(present(Num(Fraction(1, 2))), 10, display=True)
    over, rule, under = half.parts
    assert isinstance(over, Run) and isinstance(rule, Stroke) and isinstance(under, Run)
    assert over.y < rule.points[0][1] < under.y - 0.6 * under.size
    assert half.up > 10 and half.down > 5


def test_no_letter_is_below_seven_points() -> None:
    label = Label(1, 1, Power(Sym("x_12"), Power(Sym("y"), Sym("z_3"))))
    sizes = [float(span.get("font-size") or 0) for span in parsed(svg(Drawing(2, 2, labels=(label,)), "")).iter(f"{SVG}tspan")]
    assert len(sizes) == 5
    assert min(sizes) == 7


def test_a_label_stands_in_the_middle_of_its_place() -> None:
    label = Label(1, 1, Compare("==", Partial(Sym("Loss"), Sym("W_13")), Num(Fraction(-3, 4))), size="display")
    root = parsed(svg(Drawing(2, 2, labels=(label,)), ""))
    ground = next(element for element in list(root)[2:] if element.get("class") == "dg-svg-ground")
    x, width = (float(ground.get(name) or 0) for name in ("x", "width"))
    places = [float(span.get("x") or 0) for span in root.iter(f"{SVG}tspan")]
    assert x + width / 2 == pytest.approx(1 * 72 / 2.54 + 2, abs=0.02)
    assert x < min(places) < max(places) < x + width


def test_words_are_words() -> None:
    assert words("a < b", 9).parts == (Run(0, 0, pytest.approx(9 * 2.513, abs=0.5), "a < b", 9),)


def test_the_decimal_sign_is_that_of_the_language() -> None:
    figure = Figure(Drawing(1, 1, labels=(Label(0.5, 0.5, Num(Fraction(1, 4), "0.25")),)), "x")
    assert texts(parsed(render_svg_piece((figure,), "pt", Style()))) == ["0,25"]
    assert texts(parsed(render_svg_piece((figure,), "en", Style()))) == ["0.25"]


@pytest.mark.parametrize("figures", [0, 2])
def test_an_svg_is_one_drawing(figures: int) -> None:
    blocks = (Paragraph((Text("words"),)), *[Figure(DRAWING, "x")] * figures)
    with pytest.raises(UserError, match="one drawing"):
        render_svg_piece(blocks, "en")


def test_a_piece_is_a_file() -> None:
    evaluation = work(NUMBERS).evaluation
    root = parsed(piece_text(evaluation, "drawing", "svg"))
    assert (root.get("aria-label") or "").startswith("A network")
    assert {"W13=1", "A5", "Loss"} <= set(texts(root))
    with pytest.raises(UserError, match="no drawing"):
        piece_text(evaluation, "chain W_13", "svg")


def test_every_kind_of_formula_can_be_a_label() -> None:
    from derivgen.maths.tree import Cases, Matrix, SumOver, number

    x = Sym("x")
    for expr in (
        Quotient(Sum((x, number(1))), Sym("yhat")),
        Cases(((Compare(">", x, number(0)), x),), number(0)),
        Matrix(((x, number(1)), (number(2), Sym("z_1")))),
        SumOver("i", number(4), Sym("x", "i")),
    ):
        for display in (False, True):
            made = laid(present(expr), 10, display)
            assert made.width > 10 and made.up > 5
            inside = [part for part in made.parts if isinstance(part, Run)]
            assert all(run.x >= -0.01 and run.x + run.width <= made.width + 0.01 for run in inside)


def test_the_same_drawing_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (piece_text(work(NUMBERS).evaluation, "drawing", "svg") for _ in range(2))
    assert one == two
