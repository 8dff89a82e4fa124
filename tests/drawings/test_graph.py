"""Computation graphs as drawings."""

from fractions import Fraction
from itertools import combinations

import pytest

from derivgen.drawings.drawing import label_rect
from derivgen.drawings.graph import MOST_NODES, GraphNode, graph_drawing, layers_of, ranks_of
from derivgen.maths.style import Style
from derivgen.maths.tree import Num, Sym

NOTE = "P_1 * a b;P_2 * c d;P_3 * e f;S_1 + P_1 P_2;S_2 + P_3 g;S_3 + S_1 S_2;P_4 * S_3 V_1;S_4 + P_4 y;L ^2 S_4"
FORWARD = "a=-2 b=6 c=8 d=-5 e=0 f=7 g=-10 y=-50 V_1=-1 P_1=-12 P_2=-40 P_3=0 S_1=-52 S_2=-10 S_3=-62 P_4=62 S_4=12 L=144"
BACKWARD = (
    "L=1 S_4=24 y=24 P_4=24 V_1=-1488 S_3=-24 S_1=-24 S_2=-24 P_1=-24 P_2=-24 P_3=-24 g=-24 a=-144 b=48 c=120 d=-192 e=-168 f=0"
)
SHARED = "u + x y;v * u x;w - v u;r * w w;L + r x"
GRAPHS = ["L * a b", "L * a a", "P * a b;S + P c", NOTE, SHARED, "L exp a"]


def graph(text):
    """Nodes from lines `name operation operands…`; other names are leaves."""
    nodes = {}
    for line in text.split(";"):
        name, operation, *operands = line.split()
        for operand in operands:
            nodes.setdefault(operand, GraphNode(operand, (), Sym(operand)))
        nodes[name] = GraphNode(name, tuple(operands), Sym(name), operation)
    return tuple(nodes.values())


def numbers(text):
    pairs = (pair.split("=") for pair in text.split())
    return {name: Num(Fraction(value)) for name, value in pairs}


def drawn(text, **options):
    everything = {node.name: Num(Fraction(k - 3, 1 + k % 2)) for k, node in enumerate(graph(text))}
    return graph_drawing(graph(text), **({"forward": everything, "backward": everything} | options))


def bezier(start, end, steps=40):
    """The points of one piece of a curved wire: level at both ends."""
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) / 2
    for k in range(steps + 1):
        t = k / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        yield a * x1 + (b + c) * middle + d * x2, (a + b) * y1 + (c + d) * y2


def is_inside(shape, point, margin=0.02):
    return abs(point[0] - shape.x) < shape.width / 2 - margin and abs(point[1] - shape.y) < shape.height / 2 - margin


@pytest.mark.parametrize("text", GRAPHS)
def test_wires_run_through_no_node_and_no_number(text):
    drawing = drawn(text)
    rects = [label_rect(label, Style()) for label in drawing.labels if label.tone in ("forward", "backward")]
    for wire in drawing.wires:
        for start, end in zip(wire.points, wire.points[1:], strict=False):
            for point in bezier(start, end):
                assert not any(is_inside(piece, point) for piece in (*drawing.shapes, *rects))


@pytest.mark.parametrize("text", GRAPHS)
def test_nodes_and_numbers_do_not_overlap(text):
    drawing = drawn(text)
    rects = [label_rect(label, Style()) for label in drawing.labels if label.tone in ("forward", "backward")]
    assert len(rects) == 2 * len(graph(text))
    for a, b in combinations([*drawing.shapes, *rects], 2):
        assert abs(a.x - b.x) > (a.width + b.width) / 2 - 0.06 or abs(a.y - b.y) > (a.height + b.height) / 2 - 0.03


@pytest.mark.parametrize("text", GRAPHS)
def test_wires_lead_to_the_right_and_there_is_one_for_each_operand(text):
    drawing = drawn(text)
    assert len(drawing.wires) == sum(len(node.operands) for node in graph(text))
    for wire in drawing.wires:
        xs = [x for x, _ in wire.points]
        assert xs == sorted(xs)


def test_note_of_eighteen_nodes_fits_the_page():
    drawing = graph_drawing(graph(NOTE), forward=numbers(FORWARD), backward=numbers(BACKWARD))
    assert drawing is not None
    assert drawing.width <= 16 and drawing.height <= 8
    by_tone = {tone: [label for label in drawing.labels if label.tone == tone] for tone in ("forward", "backward")}
    assert len(by_tone["forward"]) == len(by_tone["backward"]) == 18
    assert all(up.y > low.y for up, low in zip(by_tone["forward"], by_tone["backward"], strict=True) if up.x == low.x)


def test_trees_are_drawn_without_crossings_and_the_loss_stands_last():
    layers, links = layers_of({node.name: node.operands for node in graph(NOTE)})
    place = {slot: at for layer in layers for at, slot in enumerate(layer)}
    for (a, b), (c, d) in combinations(links, 2):
        assert a.rank != c.rank or (place[a] - place[c]) * (place[b] - place[d]) >= 0
    assert [slot.name for slot in layers[-1]] == ["L"]


def test_ranks_follow_the_longest_path():
    ranks = ranks_of({node.name: node.operands for node in graph(SHARED)})
    assert all(ranks[operand] < ranks[node.name] for node in graph(SHARED) for operand in node.operands)
    assert ranks["L"] == 5


def test_strong_nodes_and_the_wires_between_them():
    drawing = drawn(NOTE, strong=("a", "P_1", "S_1"))
    assert sum(shape.strong for shape in drawing.shapes) == 3
    assert sum(wire.strong for wire in drawing.wires) == 2


def test_limits():
    chain = [GraphNode("v_0", (), Sym("v_0"))]
    chain += [GraphNode(f"v_{k}", (f"v_{k - 1}",), Sym(f"v_{k}"), "exp") for k in range(1, MOST_NODES + 1)]
    assert graph_drawing(tuple(chain)) is None
    assert graph_drawing(tuple(chain[:-5])) is None
    assert graph_drawing(()) is None
    assert graph_drawing(tuple(chain[:5])) is not None


def test_a_wide_graph_of_forty_nodes_is_drawn():
    pairs = ";".join(f"q_{k} * u_{k} v_{k}" for k in range(1, 14)) + ";L + " + " ".join(f"q_{k}" for k in range(1, 14))
    assert len(graph(pairs)) == MOST_NODES
    drawing = graph_drawing(graph(pairs))
    assert drawing is not None and drawing.height <= 21
