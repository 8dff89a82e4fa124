"""Number arrays are never wrong: every exact number lies in its ball, and what is called decided is so."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derivgen.errors import SpecError
from derivgen.maths.arithmetic import real
from derivgen.variants import arrays
from derivgen.variants.batch import backward, forward, leaves
from derivgen.variants.draws import draw_plan
from derivgen.variants.judging import holds, judged
from derivgen.variants.meaning import meanings
from derivgen.variants.records import variant
from derivgen.variants.units import hidden, units_of
from tests.variants.spaces import AND_GATE, NETWORK, RATIONAL, SMOOTH, SPACES, derivation, where

ROWS = 60
CONDITIONS = {
    AND_GATE: (
        "Z_3 > 0",
        "at least one hidden unit off",
        "count(Z_* < 0) == 2",
        "count(Z_* == 0) != 0",
        "no hidden unit dead",
        "abs(Loss) <= 1/4",
        "every gradient has at most 3 decimals",
        "no two gradients equal",
        "no unit within 0.1 of its kink",
        "no unit saturated",
        "at least two gradients zero or Loss > 0.3",
        "not (A_3 <= A_4 < 2)",
        "dLoss/dW_35 > 0 and gradient(b_*) < 1",
        "distinct(A_3, A_4)",
        "every weight is whole",
        "denominator(weights) <= 2",
        "decimals(Z_*) <= 0",
    ),
    RATIONAL: (
        "decimals(gradients) <= 1",
        "every gradient is whole",
        "no u within 0.1 of its kink",
        "no two gradients equal",
        "count(z_* > 0) >= 3",
        "L == 0 or L > 1",
        "mean(x) > 0",
        "denominator(q) < 4",
        "exactly one a_1 off",
        "some gradient zero",
    ),
    SMOOTH: ("p_1 > p_2", "L < 2", "every gradient is negative", "h_1 == h_2 or s > 2", "decimals(h_1) <= 0"),
}


def numbers_at(numbers: arrays.Numbers, row: int, sample: int) -> tuple[Fraction, Fraction]:
    """Middle and radius as fractions."""
    mid, rad, _ = arrays.ball(numbers)
    place = (row if len(mid) > 1 else 0, sample if mid.shape[1] > 1 else 0)
    if isinstance(numbers, arrays.Exact):
        return Fraction(int(numbers.num[place]), numbers.den), Fraction(0)
    rad = np.broadcast_to(rad, np.broadcast_shapes(mid.shape, rad.shape))
    return Fraction(float(np.broadcast_to(mid, rad.shape)[place])), Fraction(float(rad[place]))


@pytest.mark.parametrize("name", SPACES)
def test_every_number_lies_in_its_ball(name: str) -> None:
    worked = derivation(SPACES[name])
    plan = draw_plan(worked.graph.spec)
    picks = plan.picks(plan.stream("3").attempts("s", 0, ROWS))
    board = backward(worked, forward(worked.graph, leaves(worked.graph, plan, picks)))
    compared = 0
    for row in range(ROWS):
        try:
            exact = variant(worked, plan.record(picks[row], "3", "s", attempt=row))
        except SpecError:
            continue
        pairs = [(exact.values[each], board.values[each]) for each in exact.values]
        pairs += [(exact.adjoints[each], board.gradients[each]) for each in worked.gradients]
        pairs += [(exact.partials[each], board.partials[each]) for each in board.partials]
        for numbers, array in pairs:
            for sample, number in enumerate(numbers):
                if not np.isfinite(arrays.ball(array).rad).all():
                    continue
                mid, rad = numbers_at(array, row, sample)
                assert abs(real(number) - real(mid)) <= real(rad) * (1 + real(Fraction(1, 10**15)))
                compared += 1
    assert compared > 40 * ROWS


@pytest.mark.parametrize(("text", "condition"), [(text, each) for text, found in CONDITIONS.items() for each in found])
def test_what_is_decided_for_many_is_what_exact_numbers_say(text: str, condition: str) -> None:
    worked = derivation(text + where(condition))
    (meaning,) = meanings(worked)
    plan = draw_plan(worked.graph.spec)
    picks = plan.picks(plan.stream("8").attempts("s", 0, ROWS))
    board = backward(worked, forward(worked.graph, leaves(worked.graph, plan, picks)))
    truth = judged(meaning.tree, board, ROWS)
    decided = 0
    for row in range(ROWS):
        try:
            exact = holds(meaning.tree, variant(worked, plan.record(picks[row], "8", "s", attempt=row)))
        except SpecError:
            assert not truth.must[row]
            continue
        assert truth.must[row] <= exact <= truth.may[row]
        decided += truth.must[row] == truth.may[row]
    assert decided > ROWS / 2 or "decimals" in condition or text is RATIONAL


def test_arithmetic_that_does_not_fit_becomes_a_ball() -> None:
    large = arrays.constant(Fraction(2**40 + 1))
    product = arrays.multiply(arrays.multiply(large, large), large)
    assert isinstance(product, arrays.Ball)
    exact = Fraction(2**40 + 1) ** 3
    assert abs(Fraction(float(product.mid[0, 0])) - exact) <= Fraction(float(product.rad[0, 0]))


def test_division_by_what_may_be_zero_is_not_decided() -> None:
    found = arrays.divide(arrays.constant(Fraction(1)), arrays.column([Fraction(0), Fraction(2)]))
    truth = arrays.compare(">", found, arrays.constant(Fraction(0)))
    assert truth.must.ravel().tolist() == [False, True]
    assert truth.may.ravel().tolist() == [True, True]


def test_a_gradient_that_is_not_asked_for_is_told() -> None:
    text = "equations: L = (w*x - 1)^2\nparameters: [w]\nrandom:\n  w: {integers: [1, 3]}\n  x: {list: [1]}\n"
    with pytest.raises(SpecError, match="the gradient by x is not asked for"):
        meanings(derivation(text + where("gradient(x) > 0")))
    assert meanings(derivation(text + where("gradient(x) > 0") + "wrt: [w, x]"))


def test_a_condition_that_speaks_of_nothing_is_told_at_its_place() -> None:
    for condition in ("at least one hidden unit off", "no unit saturated", "off(w)"):
        text = "equations: L = (w*x - 1)^2\nrandom:\n  w: {integers: [1, 3]}\n  x: {list: [1]}\n" + where(condition)
        with pytest.raises(SpecError) as caught:
            meanings(derivation(text))
        assert "spec.yaml:6:" in str(caught.value)


REGRESSION = "h_1 = ReLU(w_1*x)", "h_2 = sig(w_2*h_1)", "o = v*h_2", "L = (y - o)^2 + w_1^2"
UNDECLARED = "h_1 = ReLU(w_1*x)", "h_2 = sig(w_2*h_1)", "e = t - h_2", "L = e^2"
CLASSIFIER = "h_1 = ReLU(w_1*x)", "h_2 = sig(w_2*h_1)", "L = (y - h_2)^2 + w_1^2"


@pytest.mark.parametrize(("lines", "inner"), [(REGRESSION, ("h_1", "h_2")), (CLASSIFIER, ("h_1",)), (UNDECLARED, ("h_1",))])
def test_hidden_units_of_equations_are_those_with_further_weights_behind_them(
    lines: tuple[str, ...], inner: tuple[str, ...]
) -> None:
    equations = "".join(f"  {line}\n" for line in lines)
    graph = derivation(f"equations: |\n{equations}inputs: [x]").graph
    assert hidden(graph, units_of(graph)) == inner


def test_hidden_units_of_a_network_are_those_of_all_layers_but_the_last() -> None:
    text = (
        NETWORK.replace("activation: sig", "activation: linear")
        + "values: {W_13: 1}\nrandom: {weights: {list: [1]}, b_*: {list: [0]}}"
    )
    graph = derivation(text).graph
    assert hidden(graph, units_of(graph)) == ("A_3", "A_4")
