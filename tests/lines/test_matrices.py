"""A network's lines in matrices: note 001's figures, made-up networks against an outside autodiff, and false lines found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose
from derivgen.evaluation import Evaluation, carried_on, run
from derivgen.graph import build
from derivgen.lines.equality import Equality, equality
from derivgen.lines.matrices import augmented_lines, lines_in_matrices, nested_lines
from derivgen.lines.matrix_lines import MatrixLines, matrix_lines_of
from derivgen.maths.evaluate import grid_of
from derivgen.maths.tree import (
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Product,
    Quotient,
    Sized,
    Sum,
    Sym,
    Transpose,
    number,
    rebuild,
    walk,
)
from derivgen.present.unicode import text
from derivgen.spec.load import loads
from tests.derivation.comparing import close
from tests.oracle import mp, solve
from tests.test_against_autodiff import ACTIVATIONS, LOSSES

NOTE = """
network:
  inputs: [1]
  target: [5]
  layers:
    - {weights: [[2]], bias: [3], activation: ReLU}
    - {weights: [[5], [7], [9]], bias: [11, 13, 17], activation: ReLU}
    - {weights: [[19, 27, 31]], bias: [37], activation: ReLU}
  loss: {name: C, kind: squared_error}
"""

SHARED = """
network:
  inputs: [1, 2]
  target: [1, 0]
  layers:
    - {weights: [[u, v], [v, u]], bias: [b, b], activation: tanh}
    - {weights: [[u, 1/3], [2, 1]], bias: [b, 0], activation: sigmoid}
  loss: {name: C, kind: squared_error}
values: {u: 1/2, v: -1, b: 1/4}
"""

NAMED_BY_THE_LOSS = """
network:
  inputs: [x]
  layers:
    - {neurons: [3, 4], activation: sigmoid}
    - {neurons: [5]}
  loss: {name: L, kind: "mean((A_5 - y)^2) + 0.1*(W_35^2 + W_13^2) + 0.5*mean(A_3^2) + mean(Z_4)", target: y}
data: {columns: [x, y], rows: [[1, 1], [1, 0], [0, 1]]}
values: {W_13: 1/2, b_3: 0, W_14: 1, b_4: -1/2, W_35: 1, W_45: 2, b_5: 0}
"""

HALF_KNOWN = """
network:
  inputs: [x]
  layers:
    - {neurons: [3, 4], activation: sigmoid}
    - {neurons: [5, 6], activation: softmax}
  loss: {name: L, kind: cross_entropy}
values: {x: 2, W_13: 1, b_3: 0}
"""

SYMBOLIC_SAMPLES = """
network:
  inputs: [x_1, x_2]
  layers:
    - {neurons: [3, 4], activation: sigmoid}
    - {neurons: [5], activation: sigmoid}
  loss: {name: J, kind: half_mse, target: c}
data: {columns: [x_1, x_2, c], index: p, count: N}
"""


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def lines_of(evaluation: Evaluation) -> list[Equality]:
    return [*lines_in_matrices(evaluation), *nested_lines(evaluation), *augmented_lines(evaluation)]


def printed(line: Equality) -> str:
    """The line as the terminal has it, but for the sizes."""
    signs = ("", *(f" {sign} " for sign in line.relations))
    return "".join(sign + text(without_sizes(side)) for sign, side in zip(signs, line.sides, strict=True))


def printed_lines(spec: str) -> list[str]:
    return [printed(line) for line in lines_of(evaluated(spec))]


def verdict_on(evaluation: Evaluation, lines: list[Equality]):
    return verify(lines, evaluation, trial(evaluation.derivation), trial(evaluation.derivation, keep=True))


def test_note_001() -> None:
    lines = printed_lines(NOTE)
    for wanted in (
        "W³ = [w³₁₁  w³₁₂  w³₁₃] = [19  27  31]",
        "z² = W² a¹ + b² = [5; 7; 9] [5] + [11; 13; 17] = [36; 48; 62]",
        "a³ = ReLU(z³) = [3939]",
        "∂C/∂a³ = 2·(a³ - y) = 2·([3939] - [5]) = [7868]",
        "δ³ = ∂C/∂z³ = ∂C/∂a³ ⊙ ReLU'(z³) = [7868] ⊙ [1] = [7868]",
        "∂C/∂W³ = δ³ (a²)ᵀ = [7868] [36  48  62] = [283248  377664  487816]",
        "∂C/∂b³ = δ³ = [7868]",
        "δ² = ∂C/∂z² = (W³)ᵀ δ³ ⊙ ReLU'(z²) = [19; 27; 31] [7868] ⊙ [1; 1; 1] = [149492; 212436; 243908]",
        "∂C/∂W² = δ² (a¹)ᵀ = [149492; 212436; 243908] [5] = [747460; 1062180; 1219540]",
        "δ¹ = ∂C/∂z¹ = (W²)ᵀ δ² ⊙ ReLU'(z¹) = [5  7  9] [149492; 212436; 243908] ⊙ [1] = [4429684]",
        "a³ = ReLU(W³ ReLU(W² ReLU(W¹ a⁰ + b¹) + b²) + b³) = ReLU(W³ [ReLU(5·ReLU(2·1 + 3) + 11); "
        "ReLU(7·ReLU(2·1 + 3) + 13); ReLU(9·ReLU(2·1 + 3) + 17)] + b³) = [3939]",
        "z³ = [W³  b³] [a²; 1] = [w³₁₁  w³₁₂  w³₁₃  b³₁] [a²₁; a²₂; a²₃; 1] = [19  27  31  37] [36; 48; 62; 1] = [3939]",
        "∂C/∂[W³  b³] = δ³ [a²; 1]ᵀ = [7868] [36  48  62  1] = [283248  377664  487816  7868]",
    ):
        assert wanted in lines


def test_what_holds_for_every_layer() -> None:
    made = [line for line in lines_of(evaluated(NOTE)) if line.about[0] == "matrix general"]
    assert [printed(line) for line in made] == [
        "zˡ = Wˡ aˡ⁻¹ + bˡ",
        "aˡ = ReLU(zˡ)",
        "δˡ = ∂C/∂zˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ ReLU'(zˡ)",
        "∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ",
        "∂C/∂bˡ = δˡ",
    ]
    evaluation = evaluated(NOTE)
    assert verdict_on(evaluation, made).checked == 3 + 3 + 2 * 2 + 3 + 3
    wrong = [replace(line, sides=(line.sides[0], Neg(line.sides[1]))) for line in made]
    assert len(verdict_on(evaluation, wrong).false) >= len(made)


def test_layers_of_different_forms_have_no_line_in_general() -> None:
    sigmoids = NOTE.replace("bias: [3], activation: ReLU", "bias: [3], activation: sigmoid")
    made = [printed(line) for line in lines_of(evaluated(sigmoids)) if line.about[0] == "matrix general"]
    assert made == ["zˡ = Wˡ aˡ⁻¹ + bˡ", "∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ", "∂C/∂bˡ = δˡ"]
    made = [printed(line) for line in lines_of(evaluated(NOTE.replace("ReLU", "sigmoid"))) if line.about[0] == "matrix general"]
    assert "δˡ = ∂C/∂zˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ sigmoid'(zˡ)" in made


def test_a_large_network_is_differentiated_in_full_for_its_matrices() -> None:
    """5,110 connections, one gradient asked for: every line in matrices is checked all the same."""
    network = "network: {inputs: 72, layers: [{neurons: [%s], activation: ReLU}, {neurons: [999]}], loss: {kind: squared_error}}"
    spec = network % ", ".join(str(k) for k in range(101, 171)) + "\nwrt: [W_1_101]\nshow: [matrices]\n"
    evaluation = evaluated(spec)
    verdict = verdict_on(evaluation, list(lines_in_matrices(evaluation)))
    assert (verdict.false, verdict.unchecked) == ((), ())


def test_a_name_at_several_places_adds_their_entries() -> None:
    lines = printed_lines(SHARED)
    (u,) = (line for line in lines if line.startswith("∂C/∂u"))
    (b,) = (line for line in lines if line.startswith("∂C/∂b ="))
    assert u.startswith("∂C/∂u = (∂C/∂W¹)_11 + (∂C/∂W¹)_22 + (∂C/∂W²)_11 ≈ ")
    assert b.startswith("∂C/∂b = (∂C/∂b¹)_1 + (∂C/∂b¹)_2 + (∂C/∂b²)_1 ≈ ")


def test_what_the_loss_names_itself_is_added() -> None:
    lines = printed_lines(NAMED_BY_THE_LOSS)
    assert "∂L/∂W² = Δ² (A¹)ᵀ + (∂L/∂W²)_direct" in lines
    assert any("((W²)ᵀ Δ² + (∂L/∂A¹)_direct) ⊙ sigmoid'(Z¹) + (∂L/∂Z¹)_direct" in line for line in lines)


def test_targets_that_nobody_declares_are_the_ones_beside_the_outputs() -> None:
    spec = """
network:
  inputs: [x]
  layers: [{neurons: [2, 3], activation: tanh}, {neurons: [4]}]
  loss: {name: L, kind: "mean(%s(A_4 - t)^2)"}
data: {columns: [x, t, c], rows: [[1, 2, 1], [2, 1, 3], [0, 1, 2]]}
"""
    lines = printed_lines(spec % "")
    assert "∂L/∂A² = 1/3·2·(A² - T) = 2/3·(A² - T)" in lines
    weighted = evaluated(spec % "c*")
    assert not any(line.startswith("∂L/∂A² = ") for line in map(printed, lines_of(weighted)) if "c" in line)
    verdict = verdict_on(weighted, lines_of(weighted))
    assert (verdict.false, verdict.unchecked) == ((), ())


def test_symbols_and_numbers_side_by_side() -> None:
    lines = printed_lines(HALF_KNOWN)
    assert "z¹ = W¹ a⁰ + b¹ = [1; W₁₄] [2] + [0; b₄] = [2; 2·W₁₄ + b₄]" in lines
    assert "δ² = ∂L/∂z² = (diag(a²) - a² (a²)ᵀ) (∂L/∂a²) = a² - y" in lines


def test_samples_that_are_only_named() -> None:
    lines = printed_lines(SYMBOLIC_SAMPLES)
    assert "∂J/∂A² = 1/N·(-1)·(C - A²)" in lines or "∂J/∂A² = -1/N·(C - A²)" in lines
    assert "Z¹ = W¹ A⁰ + b¹ 𝟏ᵀ" in lines
    nodes = (node for line in lines_of(evaluated(SYMBOLIC_SAMPLES)) for side in line.sides for node in walk(side))
    sizes = {(node.rows, node.columns) for node in nodes if isinstance(node, Sized)}
    assert {(2, "N"), ("N", 2), (1, "N"), (2, 1)} <= sizes


@pytest.mark.parametrize("spec", [NOTE, SHARED, NAMED_BY_THE_LOSS, HALF_KNOWN, SYMBOLIC_SAMPLES])
def test_every_line_is_checked_and_true(spec: str) -> None:
    evaluation = evaluated(spec)
    lines = lines_of(evaluation)
    verdict = verdict_on(evaluation, lines)
    assert len(lines) > 10
    assert (verdict.false, verdict.unchecked) == ((), ())


def test_the_lines_are_among_those_that_are_verified() -> None:
    evaluation = evaluated(NOTE + "show: [matrices, nested, augmented]\n")
    plain = check(evaluated(NOTE))
    report = check(evaluation)
    assert report.failed == 0
    assert report.equalities > plain.equalities + 60


@pytest.mark.parametrize(("loss", "last", "wanted"), [
    ("binary_cross_entropy", "sigmoid", "Δ² = ∂L/∂Z² = ∂L/∂A² ⊙ sigmoid'(Z²) = ∂L/∂A² ⊙ A² ⊙ (𝟏 - A²) = 1/3·(A² - Y)"),
    ("cross_entropy", "softmax", "Δ² = ∂L/∂Z² = A² ⊙ (∂L/∂A² - 𝟏 𝟏ᵀ (A² ⊙ ∂L/∂A²)) = 1/3·(A² - Y)"),
    ("mse", "sigmoid", "Δ² = ∂L/∂Z² = ∂L/∂A² ⊙ sigmoid'(Z²) = ∂L/∂A² ⊙ A² ⊙ (𝟏 - A²)"),
    ("mse", "softmax", "Δ² = ∂L/∂Z² = A² ⊙ (∂L/∂A² - 𝟏 𝟏ᵀ (A² ⊙ ∂L/∂A²))"),
    ("half_mse", "linear", "Δ² = ∂L/∂A²"),
    ("mse", "ReLU", "Δ² = ∂L/∂Z² = ∂L/∂A² ⊙ ReLU'(Z²)"),
    ("mse", "swish", "Δ² = ∂L/∂Z² = ∂L/∂A² ⊙ swish'(Z²)"),
])  # fmt: skip
def test_the_last_error_follows_from_loss_and_activation(loss: str, last: str, wanted: str) -> None:
    spec = f"""
functions: {{"swish(x)": x*sig(x)}}
network:
  inputs: [x]
  layers: [{{neurons: [2, 3], activation: tanh}}, {{neurons: [4, 5], activation: {last}}}]
  loss: {{name: L, kind: {loss}}}
data: {{columns: [x, y_1, y_2], rows: [[1, 1, 0], [2, 0, 1], [0, 1, 0]]}}
"""
    assert wanted in printed_lines(spec)


CARRIED = """
numbers: {digits: 3, rounding: decimals, carry: shown}
show: [matrices, nested, augmented]
network:
  inputs: [x_1, x_2]
  layers: [{neurons: [3, 4], activation: tanh}, {neurons: [5, 6], activation: softmax}]
  loss: {name: L, kind: cross_entropy}
values: {W_13: 0.5, W_23: -1, b_3: 0, W_14: 1, W_24: 0.25, b_4: -0.5, W_35: 1, W_45: 2, b_5: 0, W_36: -1, W_46: 0.75, b_6: 0.1}
data: {columns: [x_1, x_2, y_1, y_2], rows: [[1, 1, 1, 0], [1, 0, 0, 1], [0, 1, 0.5, 0.5]]}
"""


def test_numbers_carried_on_as_printed() -> None:
    """Each line goes on from the figures of the ones before it; where they lead elsewhere the result is marked."""
    evaluation = evaluated(CARRIED)
    document = compose(evaluation, "notes")
    assert verify_document(document, (carried_on(evaluation),)) > 100
    made = [printed(line) for line in lines_in_matrices(carried_on(evaluation)) if line.numeric]
    before = next(line for line in made if line.startswith("Δ¹"))
    after = next(line for line in made if line.startswith("∂L/∂W¹"))
    assert before.endswith("†")
    assert before.split(" ≈ ")[-1].removesuffix("†") in after


def test_made_up_targets_of_softmax_add_up_to_one() -> None:
    for keep in (False, True):
        tried = trial(evaluated(HALF_KNOWN).derivation, keep)
        assert tried is not None
        assert tried.values["y_1"][0] + tried.values["y_2"][0] == 1


# --- made-up networks -----------------------------------------------------------------------------------------------------

LAST = {"binary_cross_entropy": "sig", "cross_entropy": "softmax"}


def made_up(seed: int) -> str:
    """A network of up to 4 layers of up to 6 units; the seed chooses the activation and the loss in turn."""
    source = random.Random(seed)
    loss, activation = LOSSES[seed % len(LOSSES)], (*ACTIVATIONS, "softmax")[seed % (len(ACTIVATIONS) + 1)]
    sizes = [source.randint(1, 6 if seed % 3 else 3) for _ in range(source.randint(1, 4))]
    sizes += [3] if loss == "cross_entropy" and sizes[-1] == 1 else []
    batch = 0 if loss in ("squared_error", "half_squared_error") else source.choice((0, 1, 2, 4))
    number, below, layers, values = 3, ["1", "2"], [], {}
    for depth, size in enumerate(sizes, 1):
        units = [str(number + k) for k in range(size)]
        number += size
        kind = LAST.get(loss, activation) if depth == len(sizes) else activation
        layers.append(f"{{neurons: [{', '.join(units)}], activation: {kind}}}")
        pairs = [(i, j) for j in units for i in below]
        values |= {f"W_{i}{'_' if len(i + j) > 2 else ''}{j}": Fraction(source.randint(-9, 9), 7) for i, j in pairs}
        values |= {f"b_{j}": Fraction(source.randint(-3, 3), 5) for j in units}
        below = units
    targets = ["y"] if sizes[-1] == 1 else [f"y_{k}" for k in range(1, sizes[-1] + 1)]
    columns = ["x_1", "x_2", *targets]
    rows = [
        [*(Fraction(source.randint(-4, 4), 2) for _ in range(2)), *(int(k == n % sizes[-1]) for k in range(sizes[-1]))]
        for n in range(max(batch, 1))
    ]
    if not batch:
        values |= dict(zip(columns, rows[0], strict=True))
    error = f"loss: {{kind: {loss}, target: [{', '.join(targets)}]}}"
    network = f"network: {{inputs: [x_1, x_2], layers: [{', '.join(layers)}], {error}}}"
    given = f"values: {{{', '.join(f'{name}: {value}' for name, value in values.items())}}}"
    listed = ", ".join(f"[{', '.join(map(str, row))}]" for row in rows)
    data = f"data: {{columns: [{', '.join(columns)}], rows: [{listed}]}}\n" if batch else ""
    return f"{network}\n{given}\n{data}"


@pytest.mark.parametrize("seed", range(16))
def test_made_up_networks_agree_with_an_outside_autodiff(seed: int) -> None:
    spec = made_up(seed)
    evaluation = evaluated(spec)
    made = matrix_lines_of(evaluation)
    assert made is not None
    verdict = verdict_on(evaluation, lines_of(evaluation))
    assert (verdict.false, verdict.unchecked) == ((), ())
    found = solve(spec)
    compared = 0
    for matrix, sides in gradients(made, lines_of(evaluation)):
        names = [name for row in made.layered.names[matrix] for name in row]
        for side in sides:
            values = [value for row in grid_of(side, made.env) for value in row]
            wanted = [found.gradients[name or ""][0] for name in names]
            assert all(close(mp(value), truth) for value, truth in zip(values, wanted, strict=True)), names
            compared += len(values)
    assert compared >= 2 * sum(len(layer.neurons) for layer in made.layered.layers)


def gradients(made: MatrixLines, lines: list[Equality]) -> Iterator[tuple[MatrixSym, tuple[Expr, ...]]]:
    """Each weight or bias matrix with the sides of its gradient's line that have every figure: not those of the page."""
    for line in lines:
        if line.about[0] == "matrix gradient" and not line.numeric:
            left = line.sides[0].content if isinstance(line.sides[0], Sized) else line.sides[0]
            assert isinstance(left, MatrixPartial) and isinstance(left.by, MatrixSym)
            yield left.by, line.sides


# --- false lines ----------------------------------------------------------------------------------------------------------

BATCH = """
network:
  inputs: [x_1, x_2]
  layers: [{neurons: [3, 4, 5], activation: tanh}, {neurons: [6, 7], activation: sigmoid}]
  loss: {name: L, kind: mse}
values: {W_13: 1/2, W_23: 1, W_14: -1, W_24: 2, W_15: 1, W_25: -1/2, b_3: 0, b_4: 1, b_5: -1,
  W_36: 1, W_46: -2, W_56: 1/2, b_6: 1, W_37: -1, W_47: 1, W_57: 3, b_7: 0}
data: {columns: [x_1, x_2, y_1, y_2], rows: [[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]]}
"""

SQUARE = NOTE.replace("[[5], [7], [9]], bias: [11, 13, 17]", "[[5]], bias: [11]").replace("[[19, 27, 31]]", "[[19]]")


def without_transposes(expr: Expr) -> Expr:
    return without_transposes(expr.arg) if isinstance(expr, Transpose) else rebuild(expr, without_transposes)


def turned_round(expr: Expr) -> Expr:
    return MatMul(expr.factors[::-1]) if isinstance(expr, MatMul) else rebuild(expr, turned_round)


def without_shares(expr: Expr) -> Expr:
    if isinstance(expr, Product) and expr.factors[0] == Num(Fraction(1, 3)):
        return Product(expr.factors[1:]) if len(expr.factors) > 2 else expr.factors[1]
    return rebuild(expr, without_shares)


def matrix_for_hadamard(expr: Expr) -> Expr:
    return MatMul(expr.factors) if isinstance(expr, Hadamard) else rebuild(expr, matrix_for_hadamard)


def without_sizes(expr: Expr) -> Expr:
    return without_sizes(expr.content) if isinstance(expr, Sized) else rebuild(expr, without_sizes)


MISTAKES = [
    (BATCH, "matrix gradient", without_transposes, 2),
    (BATCH, "matrix gradient", turned_round, 4),
    (BATCH, "matrix loss", without_shares, 1),
    (BATCH, "matrix error", matrix_for_hadamard, 2),
    (BATCH, "matrix error", without_transposes, 1),
    (BATCH, "matrix forward", turned_round, 2),
    (NOTE, "matrix error", turned_round, 1),
]


@pytest.mark.parametrize(("spec", "about", "mistake", "least"), MISTAKES)
@pytest.mark.parametrize("sized", [True, False])
def test_mistakes_are_found(spec: str, about: str, mistake, least: int, sized: bool) -> None:
    """Without sizes below the factors, too, where only the entries tell."""
    evaluation = evaluated(spec)
    wrong = []
    for line in lines_of(evaluation):
        first, *sides = line.sides if sized else map(without_sizes, line.sides)
        changed = tuple(mistake(side) for side in sides)
        if line.about[0] == about and changed != tuple(sides) and not line.numeric:
            wrong.append(replace(line, sides=(first, *changed)))
    verdict = verdict_on(evaluation, wrong)
    assert len(verdict.false) == len(wrong) >= least


def test_a_wrong_entry_a_wrong_size_and_a_number_for_a_matrix_are_found() -> None:
    evaluation = evaluated(NOTE)
    weights, a, z, b = (MatrixSym(letter, 2) for letter in "Wazb")
    below = MatrixSym("a", 1)
    right = Sum((MatMul((weights, below)), b))
    rows = ((36,), (48,), (62,))
    column = Matrix(tuple((number(cell),) for (cell,) in rows))
    wrong_entry = Matrix((*column.rows[:2], (number(61),)))
    lines = [
        equality(("x",), z, right, wrong_entry, numeric=True),
        equality(("x",), z, Matrix((tuple(number(cell) for (cell,) in rows),)), numeric=True),
        equality(("x",), Sized(z, 1, 3), right),
        equality(("x",), MatrixSym("z", 3), number(3939), numeric=True),
        equality(("x",), z, Sum((MatMul((weights, below)), Neg(b)))),
        equality(("x",), a, Sum((z, Ones(3, 1)))),
        equality(("x",), z, Quotient(right, number(2))),
        equality(("x",), MatrixPartial(Sym("C"), weights), MatMul((MatrixSym("delta", 2), Transpose(MatrixSym("a", 0))))),
    ]
    verdict = verdict_on(evaluation, lines)
    assert len(verdict.false) == len(lines)
    assert verdict_on(evaluation, [equality(("x",), z, right, column, numeric=True)]).false == ()


def test_a_misprinted_figure_is_found() -> None:
    evaluation = evaluated(BATCH)
    line = next(line for line in lines_of(evaluation) if line.about == ("matrix error", "1", "delta") and line.numeric)
    last = line.last
    assert isinstance(last, Matrix)
    cell = last.rows[0][0]
    off = replace(cell, text=cell.text[:-1] + ("1" if cell.text[-1] != "1" else "2"))  # type: ignore[attr-defined, type-var]
    broken = Matrix(((off, *last.rows[0][1:]), *last.rows[1:]))
    assert len(verdict_on(evaluation, [replace(line, sides=(*line.sides[:-1], broken))]).false) == 1


def test_large_matrices_keep_their_names() -> None:
    spec = """
network:
  inputs: 9
  layers: [{neurons: [10, 11], activation: sigmoid}, {neurons: [12]}]
  loss: {name: L, kind: squared_error}
"""
    lines = printed_lines(spec)
    assert not any(line.startswith("W¹ =") for line in lines)
    assert "z¹ = W¹ a⁰ + b¹" in [line.split(" = [")[0] for line in lines]
    assert "∂L/∂W¹ = δ¹ (a⁰)ᵀ" in lines
