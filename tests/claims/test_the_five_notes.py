"""The slips of five handwritten notes, their equations written afresh: found with a spec, or alone, and no false alarm.

The right figures are those of the notes' README, worked out by hand.
"""

from pathlib import Path

import pytest

from derivgen.claims.check import check
from derivgen.claims.claim import Claim
from derivgen.claims.name_maps import NameMap, name_map_of
from derivgen.claims.spec_arrays import measure_of

NOTES = Path(__file__).parents[2] / "specs" / "notes"

ONE_EXPRESSION = r"""
$a = -2$ $b = 6$ $c = 8$ $d = -5$ $e = 0$ $f = 7$ $g = -10$ $y = -50$ $V_1 = -1$
$P_1 = a * b = -12$ $P_2 = c * d = -40$ $P_3 = e * f = 0$ $S_1 = P_1 + P_2 = -52$
$S_2 = P_3 + g = -10$ $S_3 = S_1 + S_2 = -62$ $P_4 = S_3 * V_1 = 62$ $S_4 = P_4 + y = 12$ $L = S_4^2 = 144$
$$\frac{\partial L}{\partial L} = 1$$
$$\frac{\partial L}{\partial S_4} = 2S_4 = 2 * 12 = 24$$
$$\frac{\partial L}{\partial V_1} = \frac{\partial L}{\partial P_4} * \frac{\partial P_4}{\partial V_1} = 24 * -62 = -1488$$
$$\frac{\partial L}{\partial S_3} = \frac{\partial L}{\partial P_4} * \frac{\partial P_4}{\partial S_3} = 24 * -1 = -24$$
$$\frac{\partial L}{\partial S_3} = \frac{\partial L}{\partial S_3} * \frac{\partial S_3}{\partial S_2} = -24 * 1 = -24$$
$$\frac{\partial L}{\partial c} = \frac{\partial L}{\partial P_2} * \frac{\partial P_2}{\partial c} = -24 * -5 = -120$$
$$\frac{\partial L}{\partial b} = \frac{\partial L}{\partial P_1} * \frac{\partial P_1}{\partial b} = -24 * -2 = 48$$
"""

LAYERS = r"""
$$W^1 = [2] \quad b^1 = [3]$$
$$\vec{z}^1 = W^1 \cdot \vec{a}^0 + \vec{b}^1$$
$$g(19 \cdot 36 + 27 \cdot 48 + 31 \cdot 62 + 37) = 3989 = \vec{a}^3$$
$$\frac{\partial C}{\partial \vec{a}_1} = 2(\vec{a}_1 - \vec{y}) = 7868$$
$$\frac{\partial C}{\partial w_{11}} = 2(\vec{a}_1 - \vec{y}_1) g'(z_1) \cdot \vec{a}_1 = 283243$$
$$\frac{\partial C}{\partial w_{12}} = 2(\vec{a}_1 - \vec{y}_1) g'(z_1) \cdot \vec{a}_2 = 377664$$

$$\frac{\partial C}{\partial b_1} = 7868$$
$$\frac{\partial C}{\partial \vec{a}_2} = 212436$$

$$\frac{\partial C}{\partial \vec{a}_1} = 149492 \cdot 5 + 212436 \cdot 7 + 243908 \cdot 9 = 4429684$$
$$\frac{\partial C}{\partial w_{11}} = 3029180.1 \cdot x_1 = 4429684$$
"""
WHICH_LAYER = """
5-7: {a_1: a__3_1, w_11: w__3_11, "w_{12}": w__3_12}
9-10: {b_1: b__2_1, a_2: a__2_2}
12-13: {a_1: a__1_1, w_11: w__1_11}
"""

PARTIALS = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}"
AND_GATE = (
    PARTIALS
    + r"""
$$Z_3 = w_{13} \cdot x_1 + w_{23} \cdot x_2 + b_3$$
$$A_3 = \text{Relu}(Z_3)$$
$$\pd{Z_5}{A_3} = W_{35}$$
$\pd{Loss}{W_{35}} = \pd{Loss}{A_5} \cdot \pd{A_5}{Z_5} \cdot \pd{Z_5}{W_{35}}$
$\pd{Loss}{W_{35}} = -\frac{(y - A_5)}{2} \cdot sig(x)[1 - sig(x)] \cdot A_3$
$\pd{Loss}{W_{35}} = -\frac{(y - A_5)}{2} \cdot sig(Z_5)[1 - sig(Z_5)] \cdot A_3$
$$\pd{Loss}{W_{35}} = \sum_{i=1}^4 -\frac{(y_i - A_{5i})}{2} \cdot sig(Z_{5i})[1 - sig(Z_{5i})] \cdot A_{3i}$$
$\pd{Loss}{b_4} = \pd{Loss}{A_3} \cdot \pd{A_5}{Z_5} \cdot \pd{Z_5}{A_4} \cdot \pd{A_4}{Z_4} \cdot \pd{Z_4}{b_4}$
$$\pd{Loss}{b_5} = \pd{Loss}{A_5} \cdot \pd{A_5}{Z_5} \cdot \pd{Z_5}{A_3} \cdot \pd{A_3}{Z_3} \cdot \pd{Z_3}{b_3}$$
$$\pd{Loss}{b_5} = \pd{Loss}{A_5} \cdot \pd{A_5}{Z_5} \cdot \pd{Z_5}{b_5}$$
"""
)

SHORTHANDS = (
    PARTIALS
    + r"""
$$L_{y} = \pd{L}{\hat{y}} = -2(y - \hat{y})$$
$$\pd{L}{w_7} = \pd{L}{\hat{y}} \pd{\hat{y}}{w_7} = L_y a_3$$
$$\pd{L}{w_3} = \pd{L}{a_3} \pd{a_3}{z_3} \pd{z_3}{w_3} = \pd{L}{\hat{y}} \pd{\hat{y}}{a_3} \pd{a_3}{z_3} \pd{z_3}{w_3}$$
$$\pd{L}{w_1} = L_y\{w_7 dRL(z_3) w_3 + w_8 dRL(z_4) w_4\} dRL(z_1) x$$
$$\pd{L}{w_1} = L_y w_7 dRL(z_3) w_3 dRL(z_1) x$$
$$\pd{\hat{y}}{a_1} = \pd{g}{a_3} \pd{a_3}{z_3} \pd{z_3}{a_1} + \pd{h}{a_4} \pd{a_4}{z_4} \pd{z_4}{a_1}$$
$$\pd{\hat{y}}{a_1} = \pd{g}{a_3} \pd{a_3}{z_3} \pd{z_3}{a_1}$$
"""
)

EXERCISE = r"""
$h_1 = \max(0, 1 \cdot 1 + 0 \cdot 0) = \max(0, 1) = 1$, $h_2 = \max(0, 1 \cdot -1 + 0 \cdot 1) = \max(0, -1) = 0$,
$z = 1 \cdot 1 + 2 \cdot 0 = 1$, $J = (t - z)^2 = 1$
$$\frac{\partial J}{\partial z} = 2(z - t) = -2, \quad \frac{\partial J}{\partial w_{21}} = 2(z - t) \cdot h_1 = -2$$
"""


def claims(text: str, spec: str = "", names: str = "") -> list[Claim]:
    """Return the claims of a note, alone or against a spec."""
    if not spec:
        return list(check(text.encode(), "note.md").claims)
    measure = measure_of(NOTES / f"{spec}.yaml")[0]
    meanings = name_map_of(names.encode(), "names.yaml", measure) if names else NameMap()
    return list(check(text.encode(), "note.md", measure, meanings).claims)


def wrong(found: list[Claim]) -> list[tuple[int, str]]:
    """Return the lines and right sides of what is false or carried."""
    return [(claim.place.line, claim.right[:40]) for claim in found if claim.verdict in ("false", "carried")]


@pytest.mark.parametrize("spec", ["", "000_one_expression"])
def test_a_wrong_sign_and_the_chain_of_another_name(spec: str) -> None:
    found = claims(ONE_EXPRESSION, spec)
    assert [line for line, _ in wrong(found)] == [9, 10]
    assert [claim.cause for claim in found if claim.verdict == "false"] == ["the chain", "sign"]
    assert sum(claim.verdict == "true" for claim in found) > (12 if not spec else 35)


def test_figures_of_layers_by_lines() -> None:
    found = claims(LAYERS, "001_layers", WHICH_LAYER)
    assert [(claim.place.line, claim.printed or claim.right) for claim in found if claim.verdict == "false"] == [
        (4, "3989"),
        (4, "3989"),
        (6, "283243"),
        (9, "7868"),
        (13, "3029180.1 \\cdot x_1"),
    ]
    assert [claim.value for claim in found if claim.printed in ("3989", "283243")] == ["3939", "3939", "283248"]
    assert not [claim for claim in found if claim.verdict == "carried"]
    assert {claim.right for claim in found if claim.verdict == "true"} >= {"7868", "377664", "212436", "4429684", "[2]"}


def test_which_name_is_meant_is_not_guessed() -> None:
    found = claims(LAYERS, "001_layers")
    assert [claim.printed for claim in found if claim.verdict == "false"] == ["3989", "3989", "4429684"]


@pytest.mark.parametrize("spec", ["002_and_gate", "002_and_gate_numbers"])
def test_a_missing_sum_over_samples_and_chains_that_do_not_fit(spec: str) -> None:
    found = [claim for claim in claims(AND_GATE, spec) if claim.against == "spec" or claim.verdict == "false"]
    assert [claim.verdict for claim in found] == [*["true"] * 4, "false", "false", "true", "false", "false", "true"]
    assert [claim.cause for claim in found if claim.cause] == [*["the sum over the samples"] * 2, "the chain", "the chain"]


def test_chains_that_do_not_fit_are_found_alone() -> None:
    assert [line for line, _ in wrong(claims(AND_GATE))] == [9, 10]


def test_shorthands_and_paths_that_meet() -> None:
    found = claims(SHORTHANDS, "003_shorthands")
    assert [line for line, _ in wrong(found)] == [6, 8]
    assert {claim.verdict for claim in found if claim.place.line not in (6, 8)} == {"true"}
    assert [claim.cause for claim in found if claim.verdict == "false"] == ["one path of 2: that over z_3"] * 2
    assert not wrong(claims(SHORTHANDS))


@pytest.mark.parametrize("spec", ["", "004_exercise"])
def test_an_exercise_without_a_slip(spec: str) -> None:
    found = claims(EXERCISE, spec)
    assert not wrong(found) and sum(claim.verdict == "true" for claim in found) >= (4 if not spec else 8)
