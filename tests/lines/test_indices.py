"""Index notation: the formulas of note 001, made-up networks against an outside autodiff, false formulas found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.derivation.derive import derive
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality, equality
from derivgen.lines.indices import index_formulas, index_lines
from derivgen.lines.instances import MOST, unit_instances
from derivgen.maths.evaluate import evaluate
from derivgen.maths.tree import Expr, Indexed, IndexedPartial, Labelled, Num, Partial, Prime, SumOver, Sym, number, rebuild
from derivgen.present.unicode import text
from derivgen.spec.load import loads
from tests.derivation.comparing import close
from tests.derivation.random_layers import LOSSES, random_layers
from tests.oracle import mp, solve

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


def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def printed(line: Equality) -> str:
    return " ".join([text(line.sides[0]), *(f"{r} {text(s)}" for r, s in zip(line.relations, line.sides[1:], strict=True))])


def formulas(spec: str) -> list[str]:
    return [printed(line) for line in index_lines(evaluated(spec))]


def network(
    loss: str = "squared_error", last: str = "sigmoid", hidden: str = "ReLU", units: int = 2, name: str = "C", rest: str = ""
) -> str:
    layers = f"[{{units: 3, activation: {hidden}}}, {{units: {units}, activation: {last}}}]"
    return f"network: {{inputs: 2, layers: {layers}, loss: {{name: {name}, kind: {loss!r}}}}}\n{rest}"


# --- the formulas of the note ---------------------------------------------------------------------------------------------


def test_note_001() -> None:
    assert formulas(NOTE) == [
        "zˡₘ = Σₙ₌₁^Nₗ₋₁ (wˡₘₙ·aˡ⁻¹ₙ) + bˡₘ",
        "aˡₘ = g(zˡₘ)",
        "a⁰ₙ = xₙ",
        "C = Σₖ₌₁^N_L (aᴸₖ - yₖ)²",
        "g(z) = ReLU(z) = {z if z > 0; else 0}",
        "g'(z) = {1 if z > 0; else 0}",
        "∂C/∂aᴸₖ = 2·(aᴸₖ - yₖ)",
        "∂C/∂wᴸₘₙ = ∂C/∂aᴸₘ·(∂aᴸₘ/∂zᴸₘ)·(∂zᴸₘ/∂wᴸₘₙ) = 2·(aᴸₘ - yₘ)·g'(zᴸₘ)·aᴸ⁻¹ₙ",
        "∂C/∂bᴸₘ = ∂C/∂aᴸₘ·(∂aᴸₘ/∂zᴸₘ)·(∂zᴸₘ/∂bᴸₘ) = 2·(aᴸₘ - yₘ)·g'(zᴸₘ)",
        "∂C/∂aᴸ⁻¹ₙ = Σₘ₌₁^N_L ∂C/∂aᴸₘ·(∂aᴸₘ/∂zᴸₘ)·(∂zᴸₘ/∂aᴸ⁻¹ₙ) = Σₘ₌₁^N_L [looked up: error δᴸₘ: ∂C/∂aᴸₘ·g'(zᴸₘ)]·wᴸₘₙ",
        "∂C/∂wᴸ⁻¹ₘₙ = ∂C/∂aᴸ⁻¹ₘ·(∂aᴸ⁻¹ₘ/∂zᴸ⁻¹ₘ)·(∂zᴸ⁻¹ₘ/∂wᴸ⁻¹ₘₙ) = [error δᴸ⁻¹ₘ: ∂C/∂aᴸ⁻¹ₘ·g'(zᴸ⁻¹ₘ)]·aᴸ⁻²ₙ",
        "∂C/∂bᴸ⁻¹ₘ = ∂C/∂aᴸ⁻¹ₘ·(∂aᴸ⁻¹ₘ/∂zᴸ⁻¹ₘ)·(∂zᴸ⁻¹ₘ/∂bᴸ⁻¹ₘ) = [looked up: error δᴸ⁻¹ₘ: ∂C/∂aᴸ⁻¹ₘ·g'(zᴸ⁻¹ₘ)]",
    ]


def test_the_note_in_every_layer_and_unit() -> None:
    """The instances of ∂C/∂a_n^{L-1} are the teacher's: layer 2's three, then layer 1's one as a sum over three."""
    evaluation = evaluated(NOTE)
    line = next(line for line in index_lines(evaluation) if line.about == ("index output below",))
    found = unit_instances(line, evaluation.derivation)
    values = [evaluate(each.sides[-1], evaluation.environment(0)) for each in found]
    assert values == [149492, 212436, 243908, 4429684]
    assert text(found[-1].sides[-1]) == "∂C/∂a²₁·ReLU'(z²₁)·w²₁₁ + ∂C/∂a²₂·ReLU'(z²₂)·w²₂₁ + ∂C/∂a²₃·ReLU'(z²₃)·w²₃₁".replace(
        "ReLU", "g"
    )


DERIVED = [
    (network(), "∂C/∂aᴸₖ = 2·(aᴸₖ - yₖ)"),
    (network("half_squared_error"), "∂C/∂aᴸₖ = aᴸₖ - yₖ"),
    (network("half_squared_error"), "C = 1/2·Σₖ₌₁^N_L (aᴸₖ - yₖ)²"),
    (network("mse"), "∂C/∂aᴸₖ = -2·(yₖ - aᴸₖ)"),
    (network(), "sigmoid'(zᴸₘ)·aᴸ⁻¹ₙ = 2·(aᴸₘ - yₘ)·aᴸₘ·(1 - aᴸₘ)·aᴸ⁻¹ₙ"),
    (network("binary_cross_entropy"), "·aᴸₘ·(1 - aᴸₘ)·aᴸ⁻¹ₙ = (aᴸₘ - yₘ)·aᴸ⁻¹ₙ"),
    (network("cross_entropy", "softmax"), "= aᴸₘ·Σₖ₌₁^N_L (yₖ) - yₘ = aᴸₘ - yₘ"),
    (network("cross_entropy", "softmax"), "∂C/∂wᴸₘₙ = ∂C/∂zᴸₘ·(∂zᴸₘ/∂wᴸₘₙ) = (aᴸₘ - yₘ)·aᴸ⁻¹ₙ"),
    (network("squared_error", "softmax"), "∂C/∂wᴸₘₙ = ∂C/∂zᴸₘ·(∂zᴸₘ/∂wᴸₘₙ) = ∂C/∂zᴸₘ·aᴸ⁻¹ₙ"),
    (network("squared_error", "linear"), "∂C/∂bᴸₘ = ∂C/∂aᴸₘ·(∂aᴸₘ/∂zᴸₘ)·(∂zᴸₘ/∂bᴸₘ) = 2·(aᴸₘ - yₘ)"),
    (network("squared_error", "tanh", "tanh"), "g'(z) = 1 - g(z)²"),
    (network("squared_error", "swish", "swish", rest='functions: {"swish(x)": x*sig(x)}'), "2·(aᴸₘ - yₘ)·swish'(zᴸₘ)·aᴸ⁻¹ₙ"),
    (network("(a__2_1 - y)^4/3", units=1, rest="targets: [y]"), "∂C/∂aᴸₖ = 4/3·(aᴸₖ - yₖ)³"),
    (network("squared_error", name="L"), "∂L/∂aᴰₖ = 2·(aᴰₖ - yₖ)"),
]


@pytest.mark.parametrize(("spec", "wanted"), DERIVED)
def test_formulas_follow_from_loss_and_activation(spec: str, wanted: str) -> None:
    found = formulas(spec)
    assert any(wanted in line for line in found), "\n".join(found)


def test_one_group_for_each_activation() -> None:
    lines = list(index_lines(evaluated(network(hidden="tanh", last="sigmoid"))))
    reasons = {printed(line): line.reason for line in lines}
    assert reasons["aˡₘ = tanh(zˡₘ)"].names == {"letter": "l", "layers": "1"}  # type: ignore[union-attr]
    assert reasons["aˡₘ = sigmoid(zˡₘ)"].names == {"letter": "l", "layers": "2"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "loss", ["(a__2_1 - y_1)^2 + 2*(a__2_2 - y_2)^2", "(a__2_1 - a__2_2)^2", "a__2_1^2 + a__2_2^2 + w__1_11^2"]
)
def test_a_loss_of_several_forms_has_no_formula(loss: str) -> None:
    assert index_formulas(evaluated(network(loss))) is None


# --- made-up networks -----------------------------------------------------------------------------------------------------


def outside(spec: str, evaluation: Evaluation) -> int:
    """Every instance of every formula against the outside autodiff; how many gradients were compared."""
    found, compared = solve(spec), 0
    for line in index_lines(evaluation):
        for instance in unit_instances(line, evaluation.derivation):
            left = instance.sides[0]
            if not isinstance(left, Partial) or left.of.name != evaluation.graph.loss:
                continue
            wanted = found.gradients[left.by.name]
            for sample, truth in enumerate(wanted):
                env = evaluation.environment(None).over(evaluation.graph.index, sample + 1)
                for side in instance.sides:
                    value = evaluate(side, env.at(0 if env.samples == 1 else None))
                    assert close(mp(value), truth), printed(line)
            compared += 1
    return compared


SEEDS = range(33)


def usable(seed: int) -> Evaluation | None:
    """A made-up network, None where it has no value (a logarithm of a negative number)."""
    try:
        return evaluated(random_layers(seed, 4, 4))
    except SpecError:
        return None


GOOD = tuple(seed for seed in SEEDS if usable(seed) is not None)


@pytest.mark.parametrize("seed", GOOD)
def test_made_up_networks_agree_with_an_outside_autodiff(seed: int) -> None:
    spec = random_layers(seed, 4, 4)
    evaluation = evaluated(spec)
    lines = list(index_lines(evaluation))
    assert len(lines) > 6
    verdict = verify(lines, evaluation, trial(evaluation.derivation))
    assert (verdict.false, verdict.unchecked) == ((), ())
    assert outside(spec, evaluation) > len(evaluation.graph.spec.network.layers)  # type: ignore[union-attr]


def test_the_seeds_have_every_loss_and_enough_networks() -> None:
    assert {seed % len(LOSSES) for seed in GOOD} == set(range(len(LOSSES)))
    assert len(GOOD) > len(SEEDS) * 2 / 3


# --- false formulas -------------------------------------------------------------------------------------------------------

BATCH = """
network:
  inputs: 2
  layers: [{units: 3, activation: tanh}, {units: 2, activation: sigmoid}]
  loss: {name: C, kind: mse}
values: {w__1_11: 1/2, w__1_12: 1, w__1_21: -1, w__1_22: 2, w__1_31: 1, w__1_32: -1/2, b__1_1: 0, b__1_2: 1, b__1_3: -1,
  w__2_11: 1, w__2_12: -2, w__2_13: 1/2, b__2_1: 1, w__2_21: -1, w__2_22: 1, w__2_23: 3, b__2_2: 0}
data: {columns: [x_1, x_2, y_1, y_2], rows: [[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]]}
"""

Change = Callable[[Expr], Expr]


def changed(change: Change) -> Change:
    """A change of one node, applied everywhere."""

    def everywhere(expr: Expr) -> Expr:
        made = change(expr)
        return rebuild(expr, everywhere) if made is expr else made

    return everywhere


def turned(expr: Expr) -> Expr:
    return replace(expr, indices=expr.indices[::-1]) if isinstance(expr, Indexed) and expr.role == "weight" else expr


def unsummed(expr: Expr) -> Expr:
    return expr.body if isinstance(expr, SumOver) else expr


def without_factor(expr: Expr) -> Expr:
    return number(1) if isinstance(expr, Num) and abs(expr.value) not in (0, 1) else expr


def layer_too_low(expr: Expr) -> Expr:
    return replace(expr, layer=expr.layer.below()) if isinstance(expr, Indexed) and expr.role == "output" and expr.layer else expr


def without_slope(expr: Expr) -> Expr:
    return number(1) if isinstance(expr, Prime) else expr


def other_unit(expr: Expr) -> Expr:
    if isinstance(expr, Indexed) and expr.role == "output" and expr.layer and expr.layer.offset == -2:
        return replace(expr, indices=("m",))
    return expr


def box_of_the_layer_above(expr: Expr) -> Expr:
    if not isinstance(expr, Labelled):
        return expr
    return rebuild(expr, changed(lambda e: replace(e, layer=replace(e.layer, offset=0)) if _below(e) else e))


def _below(expr: Expr) -> bool:
    return isinstance(expr, Indexed) and expr.layer is not None and expr.layer.offset == -1


MISTAKES = [
    (NOTE, "index output below", unsummed),
    (BATCH, "index output below", turned),
    (BATCH, "index output below", unsummed),
    (BATCH, "index gradient", unsummed),
    (NOTE, "index slope of the loss", without_factor),
    (BATCH, "index slope of the loss", without_factor),
    (NOTE, "index gradient", without_factor),
    (BATCH, "index gradient", without_slope),
    (BATCH, "index gradient", other_unit),
    (BATCH, "index gradient", box_of_the_layer_above),
    (BATCH, "index net", turned),
    (BATCH, "index net", layer_too_low),
    (BATCH, "index loss", without_factor),
]


def mistaken(evaluation: Evaluation, about: str, change: Change) -> Iterator[Equality]:
    """The lines of a kind with a mistake in their last side, where it changes anything and still can be read."""
    for line in index_lines(evaluation):
        last = changed(change)(line.last)
        if line.about[0] == about and last != line.last:
            yield replace(line, sides=(*line.sides[:-1], last))


@pytest.mark.parametrize(("spec", "about", "change"), MISTAKES)
def test_a_false_formula_is_found(spec: str, about: str, change: Change) -> None:
    evaluation = evaluated(spec)
    found = []
    for line in mistaken(evaluation, about, change):
        try:
            verdict = verify([line], evaluation, trial(evaluation.derivation))
        except (IndexError, KeyError):  # a unit or letter that there is not: such a line never reaches a page either
            found.append(True)
        else:
            found.append(bool(verdict.false))
    assert found and all(found)


def test_a_false_formula_is_named_with_its_instance() -> None:
    evaluation = evaluated(NOTE)
    line = next(mistaken(evaluation, "index slope of the loss", without_factor))
    (false,) = verify([line], evaluation, None).false
    assert "dC/da__3_1" in false.reason
    assert false.line is line


def test_every_unit_is_looked_at() -> None:
    evaluation = evaluated(BATCH)
    line = next(line for line in index_lines(evaluation) if line.about == ("index slope of the loss",))
    assert [text(each.sides[0]) for each in unit_instances(line, evaluation.derivation)] == ["∂C/∂a²₁,ᵢ", "∂C/∂a²₂,ᵢ"]


def test_of_very_many_units_some_are_drawn() -> None:
    wide = "network: {inputs: 40, layers: [{units: 30, activation: tanh}], loss: {name: C, kind: squared_error}}"
    evaluation = evaluated(wide)
    line = next(line for line in index_lines(evaluation) if line.about == ("index gradient", "weight"))
    found = unit_instances(line, evaluation.derivation)
    assert len(found) == MOST
    assert {text(found[0].sides[0]), text(found[-1].sides[0])} == {"∂C/∂w¹₁₁", "∂C/∂w¹₃₀,₄₀"}


@pytest.mark.parametrize("values", [True, False])
def test_where_little_is_derived_the_formulas_are_checked_all_the_same(values: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large network derives only what it is asked for."""
    monkeypatch.setattr("derivgen.derivation.derive.MOST_EDGES", 3)
    spec = NOTE if values else network()
    evaluation = evaluated(f"{spec}\nwrt: [w__1_11]")
    assert ("z__2_1", "w__2_11") not in evaluation.derivation.locals
    verdict = verify(index_lines(evaluation), evaluation, trial(evaluation.derivation))
    assert (verdict.false, verdict.unchecked) == ((), ())
    wrong = list(mistaken(evaluation, "index gradient", without_factor))
    assert verify(wrong, evaluation, trial(evaluation.derivation)).false


def test_a_name_at_several_places_gets_the_share_of_each() -> None:
    shared = NOTE.replace("[[5], [7], [9]]", "[[u], [u], [9]]").replace("[11, 13, 17]", "[11, c, c]") + "values: {u: 5, c: 2}"
    evaluation = evaluated(shared)
    verdict = verify(index_lines(evaluation), evaluation, trial(evaluation.derivation))
    assert (verdict.false, verdict.unchecked) == ((), ())


def test_indices_without_a_network_are_a_mistake_of_ours() -> None:
    evaluation = evaluated("equations: L = (y - w*x)^2")
    line = equality(("x",), IndexedPartial(Sym("L"), Indexed("weight", "w")), number(1))
    with pytest.raises(ValueError, match="without a network"):
        unit_instances(line, evaluation.derivation)
