"""A network in neurons is the same as its equations written out by hand."""

from __future__ import annotations

import pytest

from derivgen.errors import SpecError
from derivgen.maths.tree import Expr
from derivgen.spec.load import loads
from derivgen.spec.model import Spec

NETWORK = """\
network:
  inputs: {inputs}
  layers:
    - {{neurons: {first}, activation: {activation}}}
    - {{neurons: {last}{output}}}
  loss: {{name: Loss, kind: "{kind}", target: {target}}}
"""


def network(
    inputs="[x_1, x_2]",
    first="[3, 4]",
    activation="ReLU",
    last="[5]",
    output=", activation: sigmoid",
    kind="mse",
    target="y",
    more="",
) -> Spec:
    text = NETWORK.format(inputs=inputs, first=first, activation=activation, last=last, output=output, kind=kind, target=target)
    return loads(text + more)


def equations(spec: Spec) -> list[tuple[tuple[str, ...], Expr]]:
    return [(equation.names, equation.body) for equation in spec.equations]


def by_hand(text: str) -> list[tuple[tuple[str, ...], Expr]]:
    lines = "".join(f"  {line}\n" for line in text.strip().splitlines())
    return equations(loads(f"equations: |\n{lines}"))


DATA = "data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}\n"
FORWARD = """
Z_3 = W_13*x_1 + W_23*x_2 + b_3
A_3 = ReLU(Z_3)
Z_4 = W_14*x_1 + W_24*x_2 + b_4
A_4 = ReLU(Z_4)
Z_5 = W_35*A_3 + W_45*A_4 + b_5
A_5 = sigmoid(Z_5)
"""


def test_the_example_of_the_contract() -> None:
    spec = network(more=DATA)
    assert equations(spec) == by_hand(FORWARD + "Loss = mean((y - A_5)^2)")
    assert spec.parameters == ("W_13", "W_23", "b_3", "W_14", "W_24", "b_4", "W_35", "W_45", "b_5")
    assert (spec.inputs, spec.targets, spec.loss) == (("x_1", "x_2"), ("y",), "Loss")


def test_the_record_for_the_drawing() -> None:
    spec = network()
    assert spec.network is not None
    assert spec.network.inputs == ("x_1", "x_2")
    assert [[neuron.number for neuron in layer] for layer in spec.network.layers] == [["3", "4"], ["5"]]
    neuron = spec.network.layers[1][0]
    assert (neuron.sources, neuron.weights, neuron.bias, neuron.net, neuron.output) == (
        ("A_3", "A_4"),
        ("W_35", "W_45"),
        "b_5",
        "Z_5",
        "A_5",
    )
    assert (neuron.activation, neuron.layer) == ("sigmoid", 2)


KINDS = {
    "squared_error": ("(A_5 - y)^2", None),
    "half_squared_error": ("1/2*(A_5 - y)^2", None),
    "mse": ("(y - A_5)^2", "mean((y - A_5)^2)"),
    "half_mse": ("1/2*(y - A_5)^2", "1/2*mean((y - A_5)^2)"),
    "binary_cross_entropy": ("-(y*ln(A_5) + (1 - y)*ln(1 - A_5))", "-mean(y*ln(A_5) + (1 - y)*ln(1 - A_5))"),
    "cross_entropy": ("-(y*ln(A_5))", "-mean(y*ln(A_5))"),
    "abs(y - A_5)": ("abs(y - A_5)", None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_loss(kind: str) -> None:
    single, averaged = KINDS[kind]
    assert equations(network(kind=kind))[-1:] == by_hand(f"Loss = {single}")
    if averaged is not None:
        assert equations(network(kind=kind, more=DATA))[-1:] == by_hand(f"Loss = {averaged}")
    else:
        with pytest.raises(SpecError, match="runs over the samples"):
            network(kind=kind, more=DATA)


SEVERAL = {
    "squared_error": "(A_5 - t_1)^2 + (A_6 - t_2)^2",
    "half_squared_error": "1/2*((A_5 - t_1)^2 + (A_6 - t_2)^2)",
    "mse": "(t_1 - A_5)^2 + (t_2 - A_6)^2",
    "binary_cross_entropy": "-(t_1*ln(A_5) + (1 - t_1)*ln(1 - A_5) + t_2*ln(A_6) + (1 - t_2)*ln(1 - A_6))",
    "cross_entropy": "-(t_1*ln(A_5) + t_2*ln(A_6))",
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_outputs(kind: str) -> None:
    spec = network(last="[5, 6]", kind=kind, target="[t_1, t_2]")
    assert equations(spec)[-1:] == by_hand(f"Loss = {SEVERAL[kind]}")


def test_softmax_comes_after_all_its_net_inputs() -> None:
    spec = network(last="[5, 6]", output=", activation: softmax", kind="cross_entropy", target="[t_1, t_2]")
    assert [names for names, _ in equations(spec)][-4:] == [("Z_5",), ("Z_6",), ("A_5", "A_6"), ("Loss",)]
    assert equations(spec)[-2:-1] == by_hand("A_5, A_6 = softmax(Z_5, Z_6)\nL = A_5")[:1]


def test_without_activation_the_output_is_the_net_input() -> None:
    spec = network(output="")
    assert equations(spec)[-2:-1] == by_hand("A_5 = W_35*A_3 + W_45*A_4 + b_5")
    assert spec.network is not None
    assert spec.network.layers[1][0].net is None


@pytest.mark.parametrize("inputs", ["2", "[1, 1/2]", "[x_1, 1/2]"])
def test_inputs_may_be_counted_or_numbers(inputs: str) -> None:
    spec = network(inputs=inputs, more="" if inputs == "2" else "values: {W_13: 1}\n")
    assert spec.inputs == ("x_1", "x_2")
    assert {name: value.text for name, value in spec.values.items() if name.startswith("x")} == {
        "2": {},
        "[1, 1/2]": {"x_1": "1", "x_2": "1/2"},
        "[x_1, 1/2]": {"x_2": "1/2"},
    }[inputs]


def test_a_number_as_target() -> None:
    spec = network(target="5")
    assert spec.targets == ("y",)
    assert spec.values["y"].value == 5


def test_an_input_goes_by_its_own_number_or_by_its_position() -> None:
    spec = network(inputs="[x_7, x]")
    assert spec.parameters[:3] == ("W_73", "W_23", "b_3")


def test_two_digits_keep_numbers_apart() -> None:
    spec = network(first="[9, 10]", last="[11]")
    assert spec.parameters == ("W_19", "W_29", "b_9", "W_1_10", "W_2_10", "b_10", "W_9_11", "W_10_11", "b_11")


def test_names_follow_their_patterns() -> None:
    spec = network(more='  names: {weight: "w_{to}_{from}", bias: "c_{to}", net: "n_{to}", output: "h_{to}"}\n')
    assert spec.parameters[:3] == ("w_3_1", "w_3_2", "c_3")
    assert [names[0] for names, _ in equations(spec)] == ["n_3", "h_3", "n_4", "h_4", "n_5", "h_5", "Loss"]


def test_names_a_network_makes_are_declared() -> None:
    assert network(more="values: {W_13: 1/2}\n").parameters[:2] == ("W_13", "W_23")


def test_functions_of_ones_own_are_activations() -> None:
    spec = network(activation="swish", more='functions: {"swish(x)": x*sig(x)}\n')
    assert spec.network is not None
    assert spec.network.layers[0][0].activation == "swish"


def test_data_from_a_file_is_averaged(tmp_path) -> None:
    (tmp_path / "and.csv").write_text("x_1,x_2,y\n1,1,1\n0,0,0\n")
    text = NETWORK.format(inputs=2, first="[3]", activation="tanh", last="[4]", output="", kind="mse", target="y")
    spec = loads(text + "data: {file: and.csv}\n", folder=tmp_path)
    assert equations(spec)[-1:] == by_hand("Loss = mean((y - A_4)^2)")
