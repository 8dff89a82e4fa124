"""False lines are found: wrong numbers, wrong rounding, = for ≈, figures that do not lead to their result."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from derivgen.checks.equalities import trial, verify
from derivgen.checks.methods import DifferencesMethod
from derivgen.checks.report import CONVENTION, check
from derivgen.derivation.derive import derive
from derivgen.documents import widths
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality, equality
from derivgen.lines.every import every_line
from derivgen.maths.tree import Boxed, Expr, Filled, Marked, Neg, Num, Partial, Power, Product, Shown, Sum, SumOver, Sym, number
from derivgen.spec.load import loads

TEXT = """
equations: |
  u = a*b
  L = (u - y)^2
values: {a: 1/3, b: 2, y: 5}
wrt: ["*"]
"""

SAMPLES = """
equations: |
  u = w*x
  L = mean(u^2)
values: {w: 3}
data: {columns: [x], rows: [[1], [2], [4]]}
wrt: ["*"]
"""

A, B, U, Y = Sym("a"), Sym("b"), Sym("u"), Sym("y")


def evaluation_of(text: str = TEXT) -> Evaluation:
    return run(derive(build(loads(text))))


def verdict(*lines: Equality, text: str = TEXT):
    evaluation = evaluation_of(text)
    return verify(lines, evaluation, trial(evaluation.derivation))


def third(digits: str = "0.3333", exact: bool = False) -> Shown:
    return Shown(Fraction(1, 3), digits, exact)


def reason(line: Equality, text: str = TEXT) -> str:
    found = verdict(line, text=text)
    assert len(found.false) == 1, found
    assert found.false[0].line is line
    return found.false[0].reason


def test_a_true_line_passes() -> None:
    found = verdict(equality(("x",), U, Product((A, B))), equality(("y",), A, third(), numeric=True))
    assert found.false == () and found.unchecked == () and found.checked == 2


def test_a_false_formula_is_found_though_it_holds_at_the_values_given() -> None:
    """u = a + 1/3 is true at a = 1/3, b = 2 and nowhere else."""
    assert "is not" in reason(equality(("x",), U, Sum((A, Num(Fraction(1, 3))))))


def test_a_numeric_line_need_hold_at_the_values_only() -> None:
    assert verdict(equality(("x",), U, Num(Fraction(2, 3)), numeric=True)).false == ()


def test_a_wrong_number() -> None:
    assert reason(equality(("x",), U, Num(Fraction(3, 4)), numeric=True)) == f"{float(Fraction(2, 3))} is not 0.75"


def test_a_number_wrong_by_very_little() -> None:
    assert "is not" in reason(equality(("x",), U, Num(Fraction(2, 3) + Fraction(1, 10**30)), numeric=True))


def test_the_second_of_three_sides() -> None:
    line = Equality(("x",), (U, Num(Fraction(2, 3)), Num(Fraction(2, 3)), number(1)), ("=", "=", "="), True)
    found = verdict(line)
    assert found.false[0].side == 3


@pytest.mark.parametrize("digits", ["0.3334", "0.333", "-0.3333", "0.33", "0.34", "3.333e-2"])
def test_wrong_rounding(digits: str) -> None:
    line = equality(("x",), A, third(digits), numeric=True)
    found = verdict(line).false
    right = abs(Fraction(digits) - Fraction(1, 3)) <= Fraction(1, 2 * 10 ** len(digits.partition(".")[2].partition("e")[0]))
    assert bool(found) is not (right and "e" not in digits)
    assert right or found[0].reason == f"{digits} is not that number rounded"


def test_half_is_rounded_up_and_not_to_even() -> None:
    eighth = Shown(Fraction(1, 8), "0.12", False)
    assert verdict(equality(("x",), Num(Fraction(1, 8)), eighth, numeric=True)).false == (), "within half a unit either way"


def test_an_equals_sign_before_a_rounded_number() -> None:
    line = Equality(("x",), (A, third()), ("=",), True)
    assert reason(line) == "'=' stands before a rounded number"
    assert verdict(Equality(("x",), (A, third()), ("≈",), True)).false == ()


def test_an_equals_sign_before_a_rounded_number_inside_an_expression() -> None:
    line = Equality(("x",), (Product((A, A)), Product((A, third()))), ("=",), True)
    assert reason(line) == "'=' stands before a rounded number"


def test_figures_that_do_not_lead_to_the_printed_result() -> None:
    """0.333 · 0.333 is 0.1109, printed 0.1111."""
    product = Product((third("0.333"), third("0.333")))
    line = equality(("x",), Power(A, number(2)), product, Shown(Fraction(1, 9), "0.1111", False), numeric=True)
    assert reason(line).startswith("the printed figures give ")
    better = Product((third("0.333333"), third("0.333333")))
    assert (
        verdict(equality(("x",), Power(A, number(2)), better, Shown(Fraction(1, 9), "0.1111", False), numeric=True)).false == ()
    )


def test_figures_that_do_not_lead_to_an_exact_result() -> None:
    line = equality(("x",), Product((third("0.333"), number(3))), number(1), numeric=True)
    assert reason(line).startswith("the printed figures give ")


def test_a_mark_says_that_the_figures_do_not_lead_there() -> None:
    product = Product((third("0.333"), third("0.333")))
    line = equality(("x",), product, Marked(Shown(Fraction(1, 9), "0.1111", False)), numeric=True)
    assert verdict(line).false == ()


def test_a_mark_does_not_excuse_a_wrong_number() -> None:
    line = equality(("x",), Product((third(), third())), Marked(Shown(Fraction(1, 8), "0.125", False)), numeric=True)
    assert "is not" in reason(line)


@pytest.mark.parametrize("around", [Boxed, lambda e: Filled(e, 3.0)])
def test_a_result_in_a_box_or_a_gap_is_read_as_well(around) -> None:
    product = Product((third("0.333"), third("0.333")))
    line = equality(("x",), product, around(Shown(Fraction(1, 9), "0.1111", False)), numeric=True)
    assert reason(line).startswith("the printed figures give ")
    assert "is not" in reason(equality(("x",), U, around(number(7)), numeric=True))


def test_figures_without_a_value_are_false_and_not_a_crash() -> None:
    """1/(0.99999 - 1), printed as 1/(1.000 - 1)."""
    near = Shown(Fraction(99999, 100000), "1.000", False)
    line = equality(("x",), Num(Fraction(-100000)), Power(Sum((near, Neg(number(1)))), number(-1)), number(-100000), numeric=True)
    assert reason(line) == "the printed figures give no value"


def test_a_partial_has_the_value_that_was_derived() -> None:
    true = Product((number(2), Sum((U, Neg(Y)))))
    assert verdict(equality(("x",), Partial(Sym("L"), U), true)).false == ()
    assert "is not" in reason(equality(("x",), Partial(Sym("L"), U), Product((number(-1), true))))


def test_a_line_of_any_sample_must_hold_in_each() -> None:
    x, u = Sym("x", "i"), Sym("u", "i")
    assert verdict(equality(("x",), u, Product((Sym("w"), x))), text=SAMPLES).false == ()
    squares = equality(("x",), u, Product((number(3), x)), numeric=True)
    assert verdict(squares, text=SAMPLES).false == ()
    assert "is not" in reason(equality(("x",), u, Sum((x, number(2))), numeric=True), text=SAMPLES), "true for x = 1 only"


def test_a_sum_over_the_wrong_number_of_samples() -> None:
    def squares(upper: int) -> Expr:
        return Product((Num(Fraction(1, 3)), SumOver("i", number(upper), Power(Sym("u", "i"), number(2)))))

    assert verdict(equality(("x",), Sym("L"), squares(3)), text=SAMPLES).false == ()
    assert "is not" in reason(equality(("x",), Sym("L"), squares(2)), text=SAMPLES)


def test_the_dropped_share_of_a_mean() -> None:
    total = SumOver("i", number(3), Power(Sym("u", "i"), number(2)))
    assert "is not" in reason(equality(("x",), Sym("L"), total), text=SAMPLES)


# unchecked is no pass


def test_a_line_with_an_unknown_name_is_unchecked() -> None:
    line = equality(("x",), Sym("nobody"), Product((A, B)))
    found = verdict(line)
    assert found.unchecked == (line,) and found.checked == 0 and found.false == ()


def test_a_division_by_zero_is_unchecked() -> None:
    line = equality(("x",), Power(Sum((A, Neg(A))), number(-1)), U)
    assert verdict(line).unchecked == (line,)


def test_a_false_line_of_a_block_is_counted_and_named_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    before = check(evaluation_of()).equalities
    false = equality(("claim", "u"), U, Product((A, Sum((B, number(1))))))
    monkeypatch.setattr(widths, "_shown_lines", lambda evaluation: (false,))
    report = check(evaluation_of())
    assert report.failed == 1 and report.equalities == before + 1
    assert report.problems()[0].message.startswith("a line is false (claim u): u = a*(b + 1): ")


def test_every_line_is_counted() -> None:
    evaluation = evaluation_of()
    signs = sum(len(line.sides) - 1 for line in every_line(evaluation))
    assert check(evaluation).equalities == signs > 20


# gradients that cannot be checked

NOWHERE = """
equations: L = ln(-1 - w^2) + v
wrt: [w, v]
"""

EDGE = """
equations: L = w^1.5 + v^2
values: {w: 0, v: 3}
"""

SINGULAR = """
equations: L = x^p
values: {x: 0, p: 2}
wrt: [x]
"""


def test_a_spec_without_any_value_is_unchecked() -> None:
    report = check(evaluation_of(NOWHERE))
    assert report.unchecked_gradients == ("w", "v") and report.gradients == ()
    assert report.unchecked_lines


def test_a_gradient_at_the_edge_of_the_domain_is_unchecked() -> None:
    """w^1.5 has the slope 0 at 0, but there is nothing on the left to take a difference with."""
    report = check(evaluation_of(EDGE))
    assert report.unchecked_gradients == ("w",)
    assert [each.name for each in report.gradients] == ["v"] and report.failed == 0


def test_a_gradient_that_one_road_cannot_reach_is_unchecked() -> None:
    """SymPy writes x^p's slope as p x^p / x, which has no value at 0."""
    report = check(evaluation_of(SINGULAR))
    assert report.unchecked_gradients == ("x",) and report.gradients == () and report.failed == 0


def test_what_is_not_checked_is_said_in_words() -> None:
    (gap,) = check(evaluation_of(EDGE)).gaps()
    assert gap.severity == "warning"
    assert gap.message == (
        "the gradient by w is not checked: the loss has no value a small step to both sides, so no difference can be taken"
    )
    (gap,) = check(evaluation_of(SINGULAR)).gaps()
    assert gap.message == "the gradient by x is not checked: SymPy's derivatives have no value here"
    gaps = check(evaluation_of(NOWHERE)).gaps()
    assert [each.message.partition(":")[0] for each in gaps[:2]] == [
        "the gradient by w is not checked",
        "the gradient by v is not checked",
    ]
    assert len(gaps) > 2 and all(each.message.startswith("a line is not checked (") for each in gaps[2:])


# at a kink there is no third road

KINK = """
equations: |
  a = ReLU(w*x + b)
  L = (a - y)^2 + v^2
values: {w: 2, x: 3, b: -6, y: 1, v: 5}
"""


def test_a_gradient_at_a_kink_is_checked_by_convention() -> None:
    report = check(evaluation_of(KINK))
    roads = {each.name: each.differences for each in report.gradients}
    assert roads == dict.fromkeys("wbxy", CONVENTION) | {"v": "260 digits", "y": "260 digits"}
    assert [each.name for each in report.gradients if each.by_convention] == ["w", "x", "b"]


@pytest.mark.parametrize("b", [f"-5.{'9' * 38}", f"-5.{'9' * 55}", f"-6.{'0' * 49}1"])
def test_beside_a_kink_there_are_three_roads(b: str) -> None:
    """However near: the differences are taken of the forward pass, and no slope of ours has part in them."""
    report = check(evaluation_of(KINK.replace("b: -6", f"b: {b}")))
    assert report.problems() == () and {each.differences for each in report.gradients} == {"260 digits"}


def test_no_slope_of_ours_has_part_in_the_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = evaluation_of(KINK.replace("b: -6", "b: -5"))
    expected = {name: DifferencesMethod(evaluation).gradient(name) for name in "wxbv"}
    wrong = replace(evaluation, partials={key: (Fraction(10**9),) for key in evaluation.partials})
    assert {name: DifferencesMethod(wrong).gradient(name) for name in "wxbv"} == expected


# tables, sample by sample

A_MEAN_ON_THE_WAY = """
equations: |
  u = w*x
  m = mean(u)
  Loss = m^2
values: {w: 2}
data: {columns: [x], rows: [[1], [2]]}
"""

TWELFTHS = """
equations: |
  u = w*x
  v = u*c
  L = mean(v^2)
values: {w: 0.5, c: 1/12}
data: {columns: [x], rows: [[3], [1.5], [1/7]]}
numbers: {digits: 6}
"""

STEEP = """
equations: |
  u = w*x
  v = exp(u)
  L = mean(v*c)
values: {w: 40, c: 1/3}
data: {columns: [x], rows: [[1], [-1], [0.3]]}
"""


def test_a_mean_on_the_way_keeps_its_share_in_the_table() -> None:
    assert check(evaluation_of(A_MEAN_ON_THE_WAY)).problems() == ()


def problems_with(text: str, digits: int, rounding: str):
    numbers = f"numbers: {{digits: {digits}, rounding: {rounding}}}\n"
    return check(evaluation_of(text.replace("numbers: {digits: 6}\n", "") + numbers)).problems()


@pytest.mark.parametrize("digits", [2, 4, 5, 6, 8])
@pytest.mark.parametrize("text", [TWELFTHS, STEEP])
def test_tables_of_any_number_of_significant_digits(text: str, digits: int) -> None:
    assert problems_with(text, digits, "significant") == ()


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_tables_of_few_decimals(digits: int) -> None:
    assert problems_with(TWELFTHS, digits, "decimals") == ()


@pytest.mark.parametrize("digits", [5, 6, 8])
def test_tables_of_many_decimals(digits: int) -> None:
    assert problems_with(TWELFTHS, digits, "decimals") == ()


@pytest.mark.parametrize("digits", [2, 4, 6])
def test_tables_of_large_numbers_in_decimals(digits: int) -> None:
    assert problems_with(STEEP, digits, "decimals") == ()


def test_a_softmax_of_one_output_is_tried_with_its_whole_share() -> None:
    """Its target can only be 1."""
    text = """
network:
  inputs: [x]
  layers: [{neurons: [2], activation: softmax}]
  loss: {kind: cross_entropy, target: y}
values: {W_12: 2, b_2: 1, x: 1, y: 1}
"""
    report = check(evaluation_of(text))
    assert report.failed == 0 and report.unchecked == 0
