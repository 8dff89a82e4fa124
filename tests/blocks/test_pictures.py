"""Pictures under `show`: nothing on top of anything else, in networks of many sizes; curves run where they should."""

from __future__ import annotations

import random
from itertools import combinations
from math import dist, tanh

import pytest

from derivgen.blocks import BLOCKS, shown_lines
from derivgen.blocks.autograd import autograd_node
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Figure
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing, Rect, Shape, Wire, along, label_rect
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.language import Wording
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.maths.tree import Partial
from derivgen.pieces import believed_piece, written
from derivgen.rendering import FORMATS
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import loads
from tests.product import every_block

HEAD = "loss: {name: L, kind: squared_error}"


def evaluation_of(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def network(sizes: tuple[int, ...], show: str, language: str = "en", activation: str = "ReLU") -> str:
    layers = "".join(f"    - {{units: {size}, activation: {activation}}}\n" for size in sizes[1:])
    return f"language: {language}\nnetwork:\n  inputs: {sizes[0]}\n  layers:\n{layers}  {HEAD}\nshow: [{show}]\n"


SHARED = f"""\
network:
  inputs: [x]
  layers:
    - {{weights: [[u], [u]], bias: [b, b], activation: tanh}}
    - {{weights: [[w, v], [v, w]], bias: [b, b], activation: tanh}}
    - {{weights: [[w, w]], bias: [b], activation: sig}}
  target: [y]
  {HEAD}
show: [neurons]
"""


def drawings(evaluation: Evaluation) -> list[Drawing]:
    """The drawings that `show` asks for, in their order."""
    language = evaluation.graph.spec.language
    sheet = Sheet(evaluation, "notes", Wording(language), style_of(evaluation))
    blocks = [block for show in evaluation.graph.spec.show for block in BLOCKS[show.kind].make(sheet, show)]
    return [block.drawing for block in every_block(blocks) if isinstance(block, Figure)]


def ground(shape: Shape) -> Rect:
    return Rect(shape.x, shape.y, shape.width, shape.height)


def within(inner: Rect, outer: Rect) -> bool:
    return (
        abs(inner.x - outer.x) <= (outer.width - inner.width) / 2 + 0.01
        and abs(inner.y - outer.y) <= (outer.height - inner.height) / 2 + 0.01
    )


def clashes(drawing: Drawing, style: Style) -> list[str]:
    """Labels on labels, on the edge of a shape, on a wire or curve; wires through shapes they do not join; what sticks out."""
    labels = [(label, label_rect(label, style)) for label in drawing.labels]
    page = Rect(drawing.width / 2, drawing.height / 2, drawing.width, drawing.height)
    found = [f"{one[0].content} on {two[0].content}" for one, two in combinations(labels, 2) if one[1].overlaps(two[1])]
    found += [f"{label.content} sticks out" for label, rect in labels if not within(rect, page)]
    for label, rect in labels:
        for shape in drawing.shapes:
            if rect.overlaps(ground(shape)) and not within(rect, ground(shape)):
                found.append(f"{label.content} on the edge of a shape")
        lines = [pair for wire in drawing.wires for pair in zip(wire.points, wire.points[1:], strict=False)]
        lines += [pair for curve in drawing.curves for pair in zip(curve.points, curve.points[1:], strict=False)]
        found += [f"{label.content} on a line" for start, end in lines if rect.covered(start, end, -0.02)]
    return found + [
        f"a wire through {shape.label}" for wire in drawing.wires for shape in drawing.shapes if _through(wire, shape)
    ]


def _through(wire: Wire, shape: Shape) -> bool:
    """Whether a wire runs within a shape, its ends apart."""
    start, end = wire.points[0], wire.points[-1]
    if len(wire.points) > 2:
        return False
    inner = Rect(shape.x, shape.y, shape.width - 0.06, shape.height - 0.06)
    if shape.form == "circle":
        steps = (along(start, end, k / 60) for k in range(3, 58))
        return any(dist(point, (shape.x, shape.y)) < shape.width / 2 - 0.03 for point in steps)
    covered = inner.covered(start, end)
    return covered is not None and (covered[1] - covered[0]) * dist(start, end) > 0.2


SIZES = ((1, 1), (2, 2, 1), (1, 2, 2, 1), (3, 4, 2), (2, 1, 2), (5, 3), (6, 4), (1, 6, 1))


@pytest.mark.parametrize("text", [*(network(sizes, "neurons") for sizes in SIZES), SHARED], ids=[*map(str, SIZES), "shared"])
def test_neurons_with_their_equations(text: str) -> None:
    evaluation = evaluation_of(text)
    style = style_of(evaluation)
    network_ = evaluation.graph.spec.network
    assert network_ is not None
    [drawing] = drawings(evaluation)
    assert drawing.width <= 16.01
    assert drawing.height <= 20.01
    assert clashes(drawing, style) == []
    units = sum(len(layer) for layer in network_.layers)
    assert len(drawing.shapes) == len(network_.inputs) + 2 * units + 1
    assert len(drawing.labels) >= 2 * units
    sources = sum(len(dict.fromkeys(neuron.sources)) for layer in network_.layers for neuron in layer)
    assert len(drawing.wires) == sources + len(network_.layers[-1])


def test_a_network_that_is_too_large_has_its_equations_below() -> None:
    evaluation = evaluation_of(network((2, 2, 2, 2, 2, 2), "neurons"))
    tex = render_latex(compose(evaluation, "notes"), style_of(evaluation))
    assert tex.count(r"z^{4}_{2} &=") == 2


@pytest.mark.parametrize("language", ["en", "pt"])
def test_activations(language: str) -> None:
    names = ("sig", "tanh", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "softplus", "step", "exp", "ln", "sqrt", "abs", "swish")
    head = f"language: {language}\nequations: L = swish(w)^2\nfunctions: {{'swish(u)': u*sig(u)}}\n"
    text = f"{head}show: [{{activations: [{', '.join(names)}]}}]\n"
    evaluation = evaluation_of(text)
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    assert len([line for line in shown_lines(evaluation) if line.about[0] == "activation slope"]) >= 4 * len(names) - 6
    pictures = [drawing for drawing in drawings(evaluation) if drawing.curves]
    assert len(pictures) == len(names)
    for drawing in pictures:
        assert clashes(drawing, style_of(evaluation)) == []
        assert abs(drawing.width - pictures[0].width) < 0.3
        assert drawing.width <= 16.01
        assert {curve.dashed for curve in drawing.curves if not curve.dots} == {True, False}


def test_a_curve_is_its_function() -> None:
    evaluation = evaluation_of("equations: L = tanh(w)^2\nshow: [activations]\n")
    curve, slope = next(drawing.curves for drawing in drawings(evaluation) if drawing.curves)
    (x0, y0), (x1, y1) = curve.points[0], curve.points[-1]
    for k, (x, y) in enumerate(curve.points):
        assert abs((x - x0) / (x1 - x0) - k / (len(curve.points) - 1)) < 1e-9
        share = (tanh(8 * k / (len(curve.points) - 1) - 4) / tanh(4) + 1) / 2
        assert abs((y - y0) / (y1 - y0) - share) < 1e-9
    assert slope.dashed
    assert max(y for _, y in slope.points) == slope.points[len(slope.points) // 2][1]


def test_a_jump_is_cut_and_says_what_is_taken() -> None:
    evaluation = evaluation_of("equations: L = ReLU(w)^2\nshow: [activations]\n")
    drawing = next(drawing for drawing in drawings(evaluation) if drawing.curves)
    lines = [curve for curve in drawing.curves if len(curve.points) > 1]
    assert [curve.dashed for curve in lines] == [False, True, True]
    ring, dot = (curve for curve in drawing.curves if curve.dots)
    assert (ring.ring, dot.ring) == (True, False)
    assert ring.points[0][1] > dot.points[0][1]


@pytest.mark.parametrize(
    ("show", "message"),
    [
        ("{activations: [sgi]}", "there is no function 'sgi'"),
        ("{activations: max}", "no function of one argument"),
        ("neurons", "needs a network"),
        ("loss_over_steps", "needs `update`"),
        ("gradient_bars", "no gradient has a number"),
        ("{autograd: w}", "w is not worked out"),
        ("{autograd: zz}", "zz is no name of this spec"),
        ("{autograd: q}", "does not depend on q"),
        ("autograd", "takes one argument"),
    ],
)
def test_what_cannot_be_shown_is_told_at_its_place(show: str, message: str) -> None:
    text = f"equations: |\n  z = w*x\n  q = w^2\n  L = z^2\nshow: [{show}]\n"
    with pytest.raises(SpecError, match=message) as caught:
        check(evaluation_of(text))
    place = caught.value.problems[0].place
    assert place is not None
    assert place.line == 5


NODES = """\
equations: |
  z_1 = w_1*x + b
  a_1 = sig(z_1)
  z_2 = w_2*a_1 + w_3*z_1
  p = z_2*a_1*w_1
  L = (y - z_2 - p)^2
inputs: [x]
targets: [y]
show: [{autograd: z_1}, {autograd: a_1}, {autograd: z_2}, {autograd: p}, {autograd: L}]
"""
NUMBERS = "values: {w_1: 1/2, x: 2, b: 1/4, w_2: -1, w_3: 2, y: 1}\n"
SAMPLES = """\
equations: |
  z = w*x + b
  a = sig(z)
  L = mean((y - a)^2)
targets: [y]
values: {w: 0.5, b: 0.25}
data: {columns: [x, y], rows: [[1, 0], [2, 1], [3, 1]]}
show: [{autograd: z}, {autograd: a}, {autograd: L}]
"""


@pytest.mark.parametrize("text", [NODES, NODES + NUMBERS, NODES + NUMBERS + "language: pt\n", SAMPLES])
def test_autograd_nodes(text: str) -> None:
    evaluation = evaluation_of(text)
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    found = drawings(evaluation)
    assert len(found) == len(evaluation.graph.spec.show)
    for drawing in found:
        assert clashes(drawing, style_of(evaluation)) == []
        assert drawing.width <= 16.01


def test_an_autograd_node_says_its_share_and_what_it_saves() -> None:
    evaluation = evaluation_of(NODES + NUMBERS)
    node = autograd_node(evaluation, evaluation.graph.spec.show[1])
    assert [plain(line.sides[0]) for line in node.saved] == ["a_1"]
    assert [plain(side) for side in node.backward[0].sides] == ["dL/da_1*(da_1/dz_1)", "dL/da_1*(a_1*(1 - a_1))"]
    # z_1 goes into z_2 as well: what comes out here is this node's share only
    assert plain(node.results[0].sides[0]) == "dL/da_1*(da_1/dz_1)"
    assert [line.about[2] for line in node.results] == ["z_1"]


def test_the_loss_over_the_steps() -> None:
    text = NODES.split("show:")[0] + NUMBERS + "update: {learning_rate: 1/100, steps: 12}\nshow: [loss_over_steps]\n"
    evaluation = evaluation_of(text)
    drawing = drawings(evaluation)[-1]
    [curve] = drawing.curves
    assert len(curve.points) == 13
    assert curve.dots
    heights = [y for _, y in curve.points]
    assert heights == sorted(heights, reverse=True)
    assert clashes(Drawing(drawing.width, drawing.height, (), drawing.wires, drawing.labels), style_of(evaluation)) == []


BARS = """\
equations: |
  z = w_1*x_1 + w_2*x_2 + b + 0*c
  L = (y - z)^2
inputs: [x_1, x_2]
targets: [y]
values: {w_1: 1, w_2: -1, b: 0.5, c: 3, x_1: 2, x_2: -0.5, y: 1}
show: [gradient_bars]
"""


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("carry", ["exact", "shown"])
def test_gradient_bars(language: str, carry: str) -> None:
    evaluation = evaluation_of(f"{BARS}language: {language}\nnumbers: {{carry: {carry}}}\n")
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    [drawing] = drawings(evaluation)
    assert clashes(drawing, style_of(evaluation)) == []
    bars = sorted(drawing.shapes, key=lambda shape: -shape.y)
    zero = bars[0].x - bars[0].width / 2
    lengths = [2 * (shape.x - zero) for shape in bars]
    # z = 3, so dL/dz = 4, and dL/dw_1 = 8, dL/dw_2 = -2, dL/db = 4; dL/dc = 0 has no bar
    assert [round(length / lengths[0] * 8, 6) for length in lengths] == [8, -2, 4]
    figures = {label.y: plain(label.content) for label in drawing.labels if not isinstance(label.content, Partial)}
    assert [figures[y] for y in sorted(figures, reverse=True)][:4] == ["8", "-2", "4", "0"]


@pytest.mark.parametrize("language", ["en", "pt"])
def test_gradient_bars_in_every_format(language: str) -> None:
    evaluation = evaluation_of(f"{BARS}language: {language}\n")
    said = {"en": "Every gradient as a bar: ", "pt": "Cada gradiente como uma barra: "}[language]
    found = believed_piece(evaluation, "gradient_bars")
    pieces = {name: written(found, evaluation, name) for name, one in FORMATS.items() if one.piece is not None}
    assert {"tex", "md", "html", "svg"} <= set(pieces)
    assert all(said in text for name, text in pieces.items() if name != "tex")
    assert pieces["tex"].count("unit node") > 3
    heading = {"en": "The gradients as bars", "pt": "Os gradientes em barras"}[language]
    notes = compose(evaluation, "notes")
    for name, one in FORMATS.items():
        if one.render is not None:
            assert heading in one.render(notes, style_of(evaluation)), name


def test_of_many_gradients_the_longest_are_drawn() -> None:
    weights = " + ".join(f"{k}*w_{k}" for k in range(1, 31))
    values = ", ".join(f"w_{k}: 0" for k in range(1, 31))
    [drawing] = drawings(evaluation_of(f"equations: L = {weights}\nvalues: {{{values}}}\nshow: [gradient_bars]\n"))
    assert [plain(label.content) for label in drawing.labels if isinstance(label.content, Partial)] == [
        f"dL/dw_{k}" for k in range(7, 31)
    ]


def test_made_up_networks_have_no_clashes() -> None:
    source = random.Random(7)
    for _ in range(20):
        sizes = tuple(source.randint(1, 6) for _ in range(source.randint(2, 4)))
        evaluation = evaluation_of(network(sizes, "neurons", activation=source.choice(["tanh", "sigmoid"])))
        for drawing in drawings(evaluation):
            assert clashes(drawing, style_of(evaluation)) == [], sizes


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2), (2, 2, 1), (1, 2, 2, 1), (3, 4, 2), (6, 5)])
def test_weights_on_their_wires(sizes: tuple[int, ...]) -> None:
    evaluation = evaluation_of(network(sizes, "weights"))
    report = check(evaluation)
    assert (report.failed, report.unchecked_lines) == (0, ())
    found = drawings(evaluation)
    assert len(found) == len(sizes) - 1
    for drawing, below, above in zip(found, sizes, sizes[1:], strict=False):
        assert drawing.width <= 9.01
        assert len(drawing.wires) == below * above
        rects = [label_rect(label, style_of(evaluation)) for label in drawing.labels]
        assert len(rects) in (below * above, 0)
        assert not any(one.overlaps(two) for one, two in combinations(rects, 2))
        assert all(sum(rect.covered(*wire.points) is not None for wire in drawing.wires) == 1 for rect in rects)
        assert not any(rect.overlaps(ground(shape)) for rect in rects for shape in drawing.shapes)


def test_a_weight_stands_on_the_wire_between_its_units() -> None:
    text = """\
network:
  inputs: [x_1, x_2]
  layers:
    - {weights: [[a, b], [c, d]], bias: [0, 0], activation: ReLU}
    - {weights: [[1, 1]]}
  target: [y]
  loss: {name: L, kind: squared_error}
show: [{weights: 1}]
"""
    evaluation = evaluation_of(text)
    [drawing] = drawings(evaluation)
    places = {plain(shape.label): (shape.x, shape.y) for shape in drawing.shapes if shape.label is not None}
    joins = {"a": ("x_1", "z__1_1"), "b": ("x_2", "z__1_1"), "c": ("x_1", "z__1_2"), "d": ("x_2", "z__1_2")}
    for label in drawing.labels:
        assert not isinstance(label.content, str)
        source, target = joins[plain(label.content)]
        (x0, y0), (x1, y1) = places[source], places[target]
        assert abs((label.x - x0) * (y1 - y0) - (label.y - y0) * (x1 - x0)) < 0.02
    said = [[plain(side) for side in line.sides] for line in shown_lines(evaluation) if line.about[0] == "weights"]
    assert said[0][-1] == "[[a, b], [c, d]]"
    assert said[1][-1] == "[[a*x_1 + b*x_2 + b__1_1], [c*x_1 + d*x_2 + b__1_2]]"


@pytest.mark.parametrize("layer", ["0", "3", "x"])
def test_a_layer_that_is_not_there(layer: str) -> None:
    with pytest.raises(SpecError, match="there is no layer"):
        check(evaluation_of(network((2, 2, 1), f"{{weights: {layer}}}")))
