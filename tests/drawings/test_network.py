"""Networks as drawings: nothing covers anything else, and the picture says what the network says."""

from fractions import Fraction
from itertools import combinations
from math import dist, hypot

import pytest

from derivgen.drawings.drawing import label_rect
from derivgen.drawings.network import network_drawing
from derivgen.maths.style import Style
from derivgen.maths.tree import Compare, Num, Sym
from derivgen.spec.model import Network, Neuron

SHAPES = [(1, 1), (2, 1), (2, 2, 1), (1, 3, 1), (1, 2, 2, 1), (2, 3, 2), (3, 3, 1), (4, 4, 1), (4, 4, 2), (5, 2), (3, 5)]
VALUES = [Fraction(text) for text in ("1", "1/2", "-1", "-1/2", "2", "3/4", "-3")]
PATH = ("Loss", "A_5", "Z_5", "A_3", "Z_3", "W_13")


def network(*sizes):
    """Units numbered through, inputs first, every layer joined to the one before it."""
    inputs = tuple(f"x_{k + 1}" for k in range(sizes[0]))
    before = [(str(k + 1), name) for k, name in enumerate(inputs)]
    count, layers = sizes[0], []
    for layer, size in enumerate(sizes[1:], 1):
        units = []
        for number in map(str, range(count + 1, count + size + 1)):
            pairs = [(source, number) for source, _ in before]
            weights = tuple(f"W_{a}{b}" if len(a + b) == 2 else f"W_{a}_{b}" for a, b in pairs)
            sources = tuple(name for _, name in before)
            units.append(Neuron(number, layer, sources, weights, f"b_{number}", f"Z_{number}", f"A_{number}", "relu"))
        count += size
        layers.append(tuple(units))
        before = [(unit.number, unit.output) for unit in units]
    return Network(inputs, tuple(layers))


def drawn(*sizes, valued=False, **options):
    net = network(*sizes)
    neurons = [neuron for layer in net.layers for neuron in layer]
    weights = [name for neuron in neurons for name in neuron.weights]
    if valued:
        options["weights"] = {name: Num(VALUES[k % len(VALUES)]) for k, name in enumerate(weights)}
        options["biases"] = {neuron.bias: Num(VALUES[k % len(VALUES)]) for k, neuron in enumerate(neurons)}
    return network_drawing(net, target="y", **options)


def apart(a, b):
    """The gap between two rectangles, negative where they overlap."""
    return max(abs(a.x - b.x) - (a.width + b.width) / 2, abs(a.y - b.y) - (a.height + b.height) / 2)


def clearance(rect, x, y):
    """How far a point is outside a rectangle; 0 inside."""
    return hypot(max(0, abs(x - rect.x) - rect.width / 2), max(0, abs(y - rect.y) - rect.height / 2))


def points_on(wire, steps=160):
    (x1, y1), (x2, y2) = wire.points
    return [(x1 + (x2 - x1) * k / steps, y1 + (y2 - y1) * k / steps) for k in range(steps + 1)]


@pytest.mark.parametrize("valued", [False, True])
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_labels_touch_neither_each_other_nor_circles(sizes, valued):
    drawing = drawn(*sizes, valued=valued)
    rects = [label_rect(label, Style()) for label in drawing.labels]
    assert len(rects) > sum(sizes[1:])
    assert all(apart(a, b) > 0 for a, b in combinations(rects, 2))
    for shape in drawing.shapes:
        for rect in rects:
            if shape.form == "circle":
                assert clearance(rect, shape.x, shape.y) > shape.width / 2
            else:
                assert apart(rect, shape) > 0


@pytest.mark.parametrize("valued", [False, True])
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_every_label_lies_on_one_wire_only(sizes, valued):
    drawing = drawn(*sizes, valued=valued)
    for label in drawing.labels:
        rect = label_rect(label, Style())
        under = [wire for wire in drawing.wires if sum(clearance(rect, *point) == 0 for point in points_on(wire)) > 2]
        assert len(under) == (0 if label.tone == "quiet" else 1), label


@pytest.mark.parametrize("sizes", [*SHAPES, (8, 9, 2), (6, 6, 6), (12, 1)], ids=str)
def test_wires_run_through_no_circle(sizes):
    drawing = drawn(*sizes)
    for wire in drawing.wires:
        for shape in drawing.shapes:
            if shape.form == "circle" and min(dist((shape.x, shape.y), end) for end in wire.points) > shape.width / 2 + 1e-6:
                assert min(dist((shape.x, shape.y), point) for point in points_on(wire)) > shape.width / 2


@pytest.mark.parametrize("sizes", [*SHAPES, (8, 9, 2)], ids=str)
def test_everything_is_within_the_frame(sizes):
    drawing = drawn(*sizes, valued=True)
    assert drawing.width <= 16
    pieces = [*drawing.shapes, *(label_rect(label, Style()) for label in drawing.labels)]
    for piece in pieces:
        assert piece.x - piece.width / 2 >= -1e-6 and piece.x + piece.width / 2 <= drawing.width + 1e-6
        assert piece.y - piece.height / 2 >= -1e-6 and piece.y + piece.height / 2 <= drawing.height + 1e-6


def test_each_weight_and_bias_stands_once_with_its_value():
    drawing = drawn(2, 2, 1, valued=True, compact=True)
    contents = [label.content for label in drawing.labels]
    assert drawing.omitted == ()
    assert contents.count(Compare("==", Sym("W_13"), Num(Fraction(1)))) == 1
    assert len(contents) == 6 + 3 + 1
    assert drawing.width <= 9


def test_values_without_room_leave_the_names_and_are_reported():
    drawing = drawn(4, 4, 1, valued=True, compact=True)
    contents = [label.content for label in drawing.labels]
    assert all(Sym(name) in contents or not any(isinstance(c, Compare) for c in contents) for name in drawing.omitted)
    assert "W_15" in drawing.omitted


def test_a_large_layer_shows_dots_and_no_weights():
    drawing = drawn(9, 8, 1)
    contents = [label.content for label in drawing.labels]
    assert contents.count("⋮") == 2
    assert "W_1_10" in drawing.omitted
    assert [shape.label for shape in drawing.shapes if shape.tone == "input"] == [Sym(f"x_{k}") for k in (1, 2, 3, 9)]


def test_a_large_layer_shows_the_units_of_the_path():
    drawing = drawn(9, 8, 1, strong=("Loss", "A_18", "Z_18", "A_15", "Z_15"))
    assert Sym("A_15") in [shape.label for shape in drawing.shapes if shape.strong]


def test_the_path_is_strong_and_nothing_else():
    drawing = drawn(2, 2, 1, strong=PATH)
    assert [shape.label for shape in drawing.shapes if shape.strong] == [Sym("A_3"), Sym("A_5"), Sym("Loss")]
    assert sum(wire.strong for wire in drawing.wires) == 3
    assert [label.content for label in drawing.labels if label.strong] == [Sym("W_13"), Sym("W_35")]


def test_a_bias_on_the_path_is_strong():
    drawing = drawn(2, 2, 1, strong=("Loss", "A_5", "Z_5", "A_3", "Z_3", "b_3"))
    assert [label.content for label in drawing.labels if label.strong] == [Sym("W_35"), Sym("b_3")]


def test_the_same_network_gives_the_same_drawing():
    assert drawn(2, 3, 2, valued=True) == drawn(2, 3, 2, valued=True)
