"""A network in layers of weights is the same as its equations written out by hand; its record holds the matrices."""

from __future__ import annotations

import pytest

from derivgen.spec.load import loads
from derivgen.spec.model import Spec
from tests.spec.test_network import by_hand, equations

NOTE_001 = """
network:
  inputs: [1]
  target: [5]
  layers:
    - {weights: [[2]], bias: [3], activation: ReLU}
    - {weights: [[5], [7], [9]], bias: [11, 13, 17], activation: ReLU}
    - {units: 1, activation: ReLU}
  loss: {name: C, kind: squared_error}
"""


def network(layers: str, inputs: str = "2", rest: str = "", kind: str = "squared_error") -> Spec:
    return loads(f"network:\n  inputs: {inputs}\n  layers: [{layers}]\n  loss: {{name: L, kind: {kind}}}\n{rest}")


def test_the_example_of_the_contract() -> None:
    spec = loads(NOTE_001)
    assert equations(spec) == by_hand(
        """
        z__1_1 = w__1_11*x_1 + b__1_1
        a__1_1 = ReLU(z__1_1)
        z__2_1 = w__2_11*a__1_1 + b__2_1
        z__2_2 = w__2_21*a__1_1 + b__2_2
        z__2_3 = w__2_31*a__1_1 + b__2_3
        a__2_1 = ReLU(z__2_1)
        a__2_2 = ReLU(z__2_2)
        a__2_3 = ReLU(z__2_3)
        z__3_1 = w__3_11*a__2_1 + w__3_12*a__2_2 + w__3_13*a__2_3 + b__3_1
        a__3_1 = ReLU(z__3_1)
        C = (a__3_1 - y_1)^2
        """.replace("        ", "")
    )
    assert (spec.inputs, spec.targets, spec.loss) == (("x_1",), ("y_1",), "C")
    assert spec.parameters[-4:] == ("w__3_11", "w__3_12", "w__3_13", "b__3_1")
    assert {name: str(value.value) for name, value in spec.values.items()} == {
        "x_1": "1", "w__1_11": "2", "b__1_1": "3", "w__2_11": "5", "w__2_21": "7", "w__2_31": "9", "b__2_1": "11",
        "b__2_2": "13", "b__2_3": "17", "y_1": "5",
    }  # fmt: skip


def test_the_record_of_its_matrices() -> None:
    network_ = loads(NOTE_001).network
    assert network_ is not None
    assert (network_.form, network_.inputs, network_.targets) == ("layers", ("x_1",), ("y_1",))
    assert [[neuron.weights for neuron in layer] for layer in network_.layers] == [
        [("w__1_11",)],
        [("w__2_11",), ("w__2_21",), ("w__2_31",)],
        [("w__3_11", "w__3_12", "w__3_13")],
    ]
    last = network_.layers[2][0]
    assert (last.number, last.layer, last.sources, last.bias) == ("1", 3, ("a__2_1", "a__2_2", "a__2_3"), "b__3_1")
    assert (last.net, last.output, last.activation) == ("z__3_1", "a__3_1", "relu")


def test_names_among_weights_may_be_shared() -> None:
    spec = network("{weights: [[w_1, 1/2], [-2, w_1]], bias: [b, b]}, {weights: [[b, w_1]]}", kind="a__2_1^2")
    assert equations(spec)[:2] == by_hand("z__1_1 = w_1*x_1 + w__1_12*x_2 + b\nz__1_2 = w__1_21*x_1 + w_1*x_2 + b")
    assert equations(spec)[4:5] == by_hand("z__2_1 = b*a__1_1 + w_1*a__1_2 + b__2_1")
    assert spec.parameters == ("w_1", "w__1_12", "b", "w__1_21", "b__2_1")
    assert {name: str(value.value) for name, value in spec.values.items()} == {"w__1_12": "1/2", "w__1_21": "-2"}


def test_a_linear_layer_has_its_net_inputs() -> None:
    for activation in ("", ", activation: linear"):
        spec = network(f"{{units: 1{activation}}}")
        assert equations(spec)[:2] == by_hand("z__1_1 = w__1_11*x_1 + w__1_12*x_2 + b__1_1\na__1_1 = z__1_1")


@pytest.mark.parametrize("word", ["none", "false", "no"])
def test_a_layer_without_bias(word: str) -> None:
    spec = network(f"{{units: 2, bias: {word}}}, {{units: 1, bias: {word}}}", inputs="1")
    assert equations(spec)[:1] == by_hand("z__1_1 = w__1_11*x_1")
    assert equations(spec)[4:5] == by_hand("z__2_1 = w__2_11*a__1_1 + w__2_12*a__1_2")


def test_two_digits_keep_numbers_apart() -> None:
    spec = network("{units: 11}", inputs="10", rest="", kind="a__1_1^2")
    assert [name for name in spec.parameters if name.startswith("w__1_1_")] == ["w__1_1_10"]
    assert [name for name in spec.parameters if name.startswith("w__1_11")][:2] == ["w__1_11", "w__1_11_1"]
    assert len(spec.parameters) == 121


def test_softmax_comes_after_all_net_inputs() -> None:
    spec = network("{units: 2, activation: softmax}", kind="cross_entropy")
    assert equations(spec)[2:] == by_hand("a__1_1, a__1_2 = softmax(z__1_1, z__1_2)\nL = -(y_1*ln(a__1_1) + y_2*ln(a__1_2))")


def test_net_and_output_have_other_names() -> None:
    """The numbering of note 003: z_1 … z_4, a_1 … a_4, yhat."""
    spec = loads("""
network:
  inputs: [x]
  target: [y]
  layers:
    - {weights: [[w_1], [w_2]], bias: [b_1, b_2], activation: ReLU, net: [z_1, z_2], output: [a_1, a_2]}
    - {weights: [[w_3, w_5], [w_4, w_6]], bias: [b_3, b_4], activation: ReLU, net: [z_3, z_4], output: [a_3, a_4]}
    - {weights: [[w_7, w_8]], bias: [b_5], net: [z_5], output: [yhat]}
  loss: {name: L, kind: (y - yhat)^2}
""")
    assert equations(spec)[4:6] == by_hand("z_3 = w_3*a_1 + w_5*a_2 + b_3\nz_4 = w_4*a_1 + w_6*a_2 + b_4")
    assert equations(spec)[-3:] == by_hand("z_5 = w_7*a_3 + w_8*a_4 + b_5\nyhat = z_5\nL = (y - yhat)^2")
    assert spec.targets == ("y",)


def test_a_batch_is_averaged_and_targets_are_numbered() -> None:
    spec = network("{units: 1}", kind="mse", rest="data: {columns: [x_1, x_2, y_1], rows: [[1, 2, 3], [4, 5, 6]]}\n")
    assert equations(spec)[-1:] == by_hand("L = mean((y_1 - a__1_1)^2)")


def test_values_fill_symbolic_weights() -> None:
    spec = network("{units: 1}", rest="values: {w__1_12: 1/3, b__1_1: 2, x_1: 1}\n")
    assert spec.parameters == ("w__1_11", "w__1_12", "b__1_1")


def test_weights_may_stand_one_row_a_line() -> None:
    spec = loads("""
network:
  inputs: [1, 2]
  target: 1
  layers:
    - weights:
        - [1, 2]
        - [w, -1e-1]
      bias: none
      activation: tanh
    - weights:
        - [1, 1]
  loss: {kind: half_mse}
""")
    assert spec.parameters == ("w__1_11", "w__1_12", "w", "w__1_22", "w__2_11", "w__2_12", "b__2_1")
    assert equations(spec)[-1:] == by_hand("Loss = 1/2*(y_1 - a__2_1)^2")
