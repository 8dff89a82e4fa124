"""What a right spec comes to: the contract's examples, the defaults, the warnings."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from derivgen.errors import SpecError
from derivgen.maths.tree import Sym
from derivgen.spec.load import load, loads
from derivgen.spec.model import Decompose, Spec, Value
from derivgen.spec.starter import starter

EXAMPLE = """\
title: Backpropagation by hand
language: en                     # en, pt, …
equations: |
  Z_3 = W_13*x_1 + W_23*x_2 + b_3
  A_3 = ReLU(Z_3)
  Z_5 = W_35*A_3 + b_5
  A_5 = sig(Z_5)
  Loss = mean((y - A_5)^2)
loss: Loss                       # default: the last equation
parameters: [W_13, W_23, b_3, W_35, b_5]   # default: every free name
inputs: [x_1, x_2]               # default: data columns that are no target
targets: [y]
values: {W_13: 1/2, W_23: -1, b_3: 0, W_35: 2, b_5: 0}
data:
  columns: [x_1, x_2, y]
  rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
wrt: ["*"]
"""


def numbers(values) -> dict[str, Fraction]:
    return {name: value.value for name, value in values.items()}


def test_the_example_of_the_contract() -> None:
    spec = loads(EXAMPLE, "and")
    assert (spec.name, spec.title, spec.loss, spec.wrt) == ("and", "Backpropagation by hand", "Loss", ("*",))
    assert [equation.names for equation in spec.equations] == [("Z_3",), ("A_3",), ("Z_5",), ("A_5",), ("Loss",)]
    assert spec.parameters == ("W_13", "W_23", "b_3", "W_35", "b_5")
    assert numbers(spec.values) == {"W_13": Fraction(1, 2), "W_23": -1, "b_3": 0, "W_35": 2, "b_5": 0}
    assert spec.data is not None
    assert [[cell.value for cell in row] for row in spec.data.rows or ()] == [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert (spec.data.index, spec.data.count) == ("i", 4)
    assert spec.warnings == ()


def test_every_equation_knows_its_line_and_column() -> None:
    places = [str(equation.places[0]) for equation in loads(EXAMPLE).equations]
    assert places == [f"spec.yaml:{line}:3" for line in range(4, 9)]


def test_every_name_knows_its_line_and_column() -> None:
    body = loads(EXAMPLE).equations[2].body
    at = {node.name: str(node.at) for node in _symbols(body)}
    assert at == {"W_35": "spec.yaml:6:9", "A_3": "spec.yaml:6:14", "b_5": "spec.yaml:6:20"}


def _symbols(expr) -> list[Sym]:
    from derivgen.maths.tree import walk

    return [node for node in walk(expr) if isinstance(node, Sym)]


def test_defaults_without_values_or_data() -> None:
    spec = loads("equations: L = (y - (a*b + c))^2")
    assert spec.loss == "L"
    assert spec.parameters == spec.wrt == ("y", "a", "b", "c")
    assert (spec.inputs, spec.targets, spec.data) == ((), (), None)


def test_defaults_with_data() -> None:
    spec = loads("equations: L = mean((y - w*x)^2)\nvalues: {w: 1}\ndata: {columns: [x, y], rows: [[1, 2]]}\ntargets: [y]")
    assert (spec.parameters, spec.inputs, spec.targets) == (("w",), ("x",), ("y",))


def test_columns_are_inputs_unless_they_are_targets() -> None:
    spec = loads("equations: L = mean((y - w*x)^2)\nvalues: {w: 1}\ndata: {columns: [x, y], rows: [[1, 2]]}")
    assert spec.inputs == ("x", "y")


def test_a_single_sample_in_the_values() -> None:
    spec = loads("equations: L = (y - w*x)^2\nvalues: {w: 1, x: 2, y: 3}\ninputs: [x]\ntargets: [y]")
    assert (spec.parameters, spec.inputs, spec.targets) == (("w",), ("x",), ("y",))


def test_what_is_given_but_not_declared_is_an_input() -> None:
    spec = loads("equations: L = (y - w*x)^2\nvalues: {w: 1, x: 2, y: 3}\nparameters: [w]\ntargets: [y]")
    assert spec.inputs == ("x",)


def test_patterns_stand_for_names_in_the_order_of_use() -> None:
    spec = loads('equations: L = (t - b*w_2*w_1*x_1*x_2)^2\nparameters: ["w_*", b]\ninputs: ["x_?"]\ntargets: [t]')
    assert (spec.parameters, spec.inputs) == (("w_2", "w_1", "b"), ("x_1", "x_2"))


def test_constants_are_no_parameters() -> None:
    spec = loads("equations: L = (y - w*h_0)^2\nconstants: {h_0: 0}")
    assert spec.parameters == ("y", "w")
    assert numbers(spec.constants) == {"h_0": 0}


def test_constants_by_name_alone_are_open_beside_data() -> None:
    text = (
        "equations: L = mean((y - w*x)^2) + lambda*w^2\ntargets: [y]\ndata: {columns: [x, y], rows: [[1, 2]]}\nvalues: {w: 1}\n"
    )
    spec = loads(f"{text}constants: [lambda, lambda]")
    assert (spec.parameters, spec.inputs, spec.open_constants) == (("w",), ("x",), ("lambda",))
    assert not spec.constants
    spec = loads(text.replace("w: 1", "w: 1, lambda: 0.1") + "constants: [lambda]")
    assert (spec.parameters, spec.open_constants) == (("w",), ("lambda",))
    assert numbers(spec.values) == {"w": 1, "lambda": Fraction(1, 10)}


def test_a_free_name_of_a_symbolic_spec_is_an_open_constant_where_parameters_are_listed_else_a_parameter() -> None:
    text = "equations: J = mean((y - w*x)^2) + lambda/m*w^2\ntargets: [y]\ndata: {columns: [x, y], count: m}\n"
    spec = loads(f"{text}parameters: [w]")
    assert (spec.parameters, spec.inputs, spec.open_constants) == (("w",), ("x",), ("lambda",))
    spec = loads(text)
    assert (spec.parameters, spec.inputs, spec.open_constants) == (("w", "lambda"), ("x",), ())
    spec = loads("equations: L = (y - w*x)^2\nparameters: [w]\ninputs: [x]")
    assert (spec.parameters, spec.inputs, spec.open_constants) == (("w",), ("x",), ("y",))


def test_symbolic_samples() -> None:
    spec = loads("equations: J = 1/2*mean((c - w*x)^2)\nparameters: [w]\ndata: {columns: [x, c], index: p, count: N}")
    assert spec.data is not None
    assert (spec.data.rows, spec.data.index, spec.data.count) == (None, "p", "N")


def test_letters_of_samples_keep_clear_of_names() -> None:
    spec = loads("equations: L = mean(i*n*x)\nparameters: [i, n]\ndata: {columns: [x]}")
    assert spec.data is not None
    assert (spec.data.index, spec.data.count) == ("p", "N")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", "1/10"),
        ("'0.1'", "1/10"),
        ('"1/3"', "1/3"),
        ("1/3", "1/3"),
        ("1e-3", "1/1000"),
        ("-2", "-2"),
        ("010", "10"),
        ("1_000", None),
        ("0o7", None),
        ("0x1F", None),
        (".5", "1/2"),
        ("1:30", None),
        (".inf", None),
        ("~", None),
        ("2024-01-01", None),
        ("+3", "3"),
    ],
)
def test_numbers_are_read_from_their_text(text: str, value: str | None) -> None:
    spec = f"equations: L = w^2\nvalues: {{w: {text}}}"
    if value is None:
        with pytest.raises(SpecError, match="is not a number"):
            loads(spec)
    else:
        assert loads(spec).values["w"].value == Fraction(value)


@pytest.mark.parametrize(
    "name", ["y", "n", "Y", "N", "on", "off", "yes", "no", "true", "null", "e", "E", "I", "S", "beta", "lambda", "α"]
)
def test_every_name_is_the_authors(name: str) -> None:
    spec = loads(
        f"equations: L = mean(({name} - w)^2)\nparameters: [w]\ntargets: [{name}]\ndata: {{columns: [{name}], rows: [[1]]}}"
    )
    assert spec.data is not None
    assert spec.targets == spec.data.columns


def test_composed_and_decomposed_letters_are_one_name() -> None:
    spec = loads("equations: L = é^2\nvalues: {é: 3}")
    assert numbers(spec.values) == {"é": 3}


def test_decompose() -> None:
    assert loads("equations: L = w^2\ndecompose: true").decompose == Decompose()
    assert loads("equations: L = w^2\ndecompose: false").decompose is None
    spec = loads(
        "equations: L = a*b + c\nwrt: [P_1, 'V_*', a]\n"
        "decompose: {products: P, sums: Q, negative_one: V, grouping: left, quotients: D}"
    )
    assert spec.decompose == Decompose(products="P", sums="Q", quotients="D", grouping="left")
    assert spec.wrt == ("P_1", "V_*", "a")


def taken(kinks: Mapping[str, tuple[Value, ...] | str]) -> dict[str, tuple[Fraction, ...] | str]:
    return {name: kink if isinstance(kink, str) else tuple(value.value for value in kink) for name, kink in kinks.items()}


def test_functions_kinks_words() -> None:
    spec = loads(
        """
functions: {"swish(x)": x*sig(x), "twice(u, v)": "swish(u)*v"}
equations: |
  a = swish(w) + twice(w, b)
  L = relu(a)
kinks: {ReLU: 1/2}
text: The $swish(w)$ costs \\$5.
notes: {w: only $w$, a: plain}
symbols: {L: {latex: '\\mathcal{L}', means: the loss}, swish: {latex: '\\mathrm{sw}'}}
numbers: {digits: 3, rounding: decimals, carry: shown}
notation: {chain: reuse, product: star, derivative: prime, paths: 3}
worksheet: {tasks: [gradients], ask: [w], given: [a], scaffolding: faded, points: {w: 2, forward: 1/2}, hints: {w: look at $w$},
            fields: [name], course: Calculus, paper: letter}
"""
    )
    assert list(spec.functions) == ["swish", "twice"]
    assert spec.functions["twice"].arguments == ("u", "v")
    assert taken(spec.kinks) == {"relu": (Fraction(1, 2),)}
    assert spec.symbols["L"].latex == r"\mathcal{L}"
    assert (spec.numbers.digits, spec.numbers.rounding, spec.notation.chain, spec.notation.paths) == (3, "decimals", "reuse", 3)
    assert (spec.worksheet.tasks, spec.worksheet.given, spec.worksheet.paper) == (("gradients",), ("a",), "letter")
    assert numbers(spec.worksheet.points) == {"w": 2, "forward": Fraction(1, 2)}


def test_kinks_of_functions_with_several_and_ties() -> None:
    spec = loads("equations: L = HardSwish(w) + max(w, b)\nkinks: {hswish: [0, 1/2], max: first, ReLU6: 1}\n")
    assert taken(spec.kinks) == {"hard_swish": (0, Fraction(1, 2)), "max": "first", "relu6": (1,)}


def test_the_kink_of_a_function_of_the_authors_own() -> None:
    spec = loads('functions: {"hinge(m)": "max(0, 1 - m)"}\nequations: L = hinge(w)\nkinks: {hinge: -1}\n')
    assert taken(spec.kinks) == {"hinge": (-1,)}


def test_a_function_of_the_authors_own_may_have_the_name_of_a_further_one_of_the_table() -> None:
    spec = loads('functions: {"softsign(x)": x/(2 + abs(x))}\nequations: L = softsign(w)\n')
    assert list(spec.functions) == ["softsign"]


def test_vector_functions() -> None:
    spec = loads("equations: |\n  p_1, p_2 = softmax(z_1, z_2)\n  L = -ln(p_1)\n")
    assert spec.equations[0].names == ("p_1", "p_2")
    assert [place.column for place in spec.equations[0].places] == [3, 8]


def warnings(text: str) -> list[str]:
    return [f"{problem.place and problem.place.line}: {problem.message}" for problem in loads(text).warnings]


def test_warnings() -> None:
    assert warnings("equations: |\n  a = v^2\n  L = w^2\n") == [
        "2: the loss L does not depend on a; its gradient is 0",
        "2: the loss L does not depend on v; its gradient is 0",
    ]
    assert warnings("equations: L = w^2\nconstants: {c: 1}") == ["2: no equation uses the constant c"]
    assert warnings("equations: L = w^2\nconstants: [c]") == ["2: no equation uses the constant c"]
    data = "parameters: [w]\ndata: {columns: [x, y], rows: [[1, 2]]}"
    assert warnings(f"equations: L = mean(w*x)\n{data}") == ["3: no equation uses the data column y"]
    assert warnings(f"equations: L = mean(x*y) + sum(w^2)\n{data}") == [
        "1: what this sum is taken of is the same for every sample"
    ]
    assert warnings("equations: L = mean(x)\ndata: {columns: [x], rows: [[1]]}") == [
        "None: nothing is differentiated: there is no parameter"
    ]


def test_empty_blocks_count_as_left_out() -> None:
    spec = loads("equations: L = w^2\nvalues:\ndata:\nnotes:\ntitle:\n")
    assert (spec.title, spec.data, dict(spec.values)) == ("", None, {})


def test_windows_line_endings_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    bodies = [equation.body for equation in load(path).equations]
    assert bodies == [equation.body for equation in loads(EXAMPLE).equations]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n")
    monkeypatch.chdir(tmp_path)
    text = b"equations: L = mean(w*x)\nvalues: {w: 1}\ndata: {file: x.csv}"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert load("-").data is not None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("missing.yaml", "there is no file"), (".", "is not a file"), ("a\0b", "cannot be read"), ("x" * 5000, "cannot be read")],
)
def test_files_that_cannot_be_read(name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=expected):
        load(name)


def test_the_starter_is_right() -> None:
    spec = loads(starter("mine"), "mine")
    assert isinstance(spec, Spec)
    assert spec.warnings == ()
    assert "derivgen build mine.yaml" in starter("mine")


def test_loading_a_spec_does_not_import_what_it_does_not_need() -> None:
    import subprocess

    wanted = "[name for name in ('sympy', 'numpy') if name in sys.modules]"
    code = f"import sys; from derivgen.spec.load import loads; loads({EXAMPLE!r}); print({wanted})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_output_that_is_not_used_is_no_oversight() -> None:
    """softmax has one output for each argument, whether all are used or not."""
    spec = loads("equations: |\n  p, q = softmax(a, b)\n  L = -ln(p)\nvalues: {a: 1, b: 2}\n")
    assert spec.warnings == ()
    spec = loads("equations: |\n  p, q = softmax(a, b)\n  r = q\n  L = a^2\nvalues: {a: 1, b: 2}\n")
    assert len(spec.warnings) == 4
