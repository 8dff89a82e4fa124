"""Lines as four public worked examples have them (numbers and habits only, written afresh), alone and against their specs."""

import pytest

from derivgen.claims.check import check
from derivgen.claims.spec_values import Measure
from derivgen.claims.suggesting import suggested
from derivgen.spec.load import loads
from derivgen.work import evaluate

ONE_UNIT = r"""
\[ z = x_1w_1 + x_2w_2 + b = (3000 \cdot 0.001) + (6 \cdot 0.01) + 0.095 = 3 + 0.06 + 0.095 = \boxed{3.155} \]
\[ \hat{y} = \frac{1}{1 + e^{-z}} = \frac{1}{1 + e^{-3.155}} ≈ \boxed{0.959} \]
\[ l = (y - \hat{y})^2 = (0 - 0.959)^2 = \boxed{0.919681} \]
\[ \frac{\partial l}{\partial \hat{y}} = -2(y - \hat{y}) = -2(0 - 0.959) = \boxed{1.918} \]
\[ \frac{\partial \hat{y}}{\partial z} = \hat{y}(1 - \hat{y}) = 0.959 \cdot (1 - 0.959) = 0.959 \cdot 0.041 = \boxed{0.039319} \]
\[ \frac{\partial z}{\partial w_1} = x_1 = 3000
\Rightarrow \frac{\partial l}{\partial w_1} = 1.918 \cdot 0.039319 \cdot 3000 = \boxed{226.2} \]
\[ \frac{\partial z}{\partial b} = 1 \Rightarrow \frac{\partial l}{\partial b} = 1.918 \cdot 0.039319 \cdot 1 = \boxed{0.0755} \]
\[ w_1 = w_1 - \eta \cdot \frac{\partial l}{\partial w_1} = 0.001 - 0.00001 \cdot 226.2 = \boxed{-0.001262} \]
\[ w_2 = 0.01 - 0.00001 \cdot 0.453 = \boxed{0.00999547} \]
"""
ONE_UNIT_SPEC = """
equations: |
  z = x_1*w_1 + x_2*w_2 + b
  yhat = sig(z)
  l = (y - yhat)^2
values: {x_1: 3000, w_1: 0.001, x_2: 6, w_2: 0.01, b: 0.095, y: 0}
update: {learning_rate: 0.00001}
"""
TWO_LAYERS = r"""
$$z_1 = w_1 \times x + b_1 = 0.5 \times 3 + 0.2 = 1.7$$
$$a_1 = \text{ReLU}(z_1) = \text{ReLU}(1.7) = 1.7$$
$$z_2 = w_2 \times a_1 + b_2 = 0.8 \times 1.7 + (-0.5) = 0.86$$
$$a_2 = \text{Sigmoid}(z_2) = \frac{1}{1+e^{-0.86}} \approx 0.702$$
$$L = (a_2 - y)^2 = (0.702 - 1)^2 = 0.089$$
$$\frac{\partial L}{\partial a_2} = 2(a_2 - y) = 2(0.702 - 1) = -0.596$$
$$\frac{\partial a_2}{\partial z_2} = a_2(1-a_2) = 0.702(1-0.702) \approx 0.209$$
$$\frac{\partial L}{\partial w_2} = \frac{\partial L}{\partial a_2} \times \frac{\partial a_2}{\partial z_2} \times
 \frac{\partial z_2}{\partial w_2} = (-0.596) \times 0.209 \times 1.7 \approx -0.212$$
$$\frac{\partial a_1}{\partial z_1} = 1 \quad \text{(its unit is active)}$$
$$w_{2,new} = w_2 - \eta \times \frac{\partial L}{\partial w_2} = 0.8 - 0.1 \times (-0.212) = 0.821$$
Again, with the new weights:
$$z_1 = 0.530 \times 3 + 0.2 = 1.79$$
$$a_2 = \text{Sigmoid}(0.97) \approx 0.725$$
$$L = (0.725 - 1)^2 \approx 0.076$$
"""
TWO_LAYERS_SPEC = """
equations: |
  z_1 = w_1*x + b_1
  a_1 = ReLU(z_1)
  z_2 = w_2*a_1 + b_2
  a_2 = Sigmoid(z_2)
  L = (a_2 - y)^2
values: {w_1: 0.5, x: 3, b_1: 0.2, w_2: 0.8, b_2: -0.5, y: 1}
update: {learning_rate: 0.1}
"""
RELU_UNITS = r"""
\[ \frac{\partial L}{\partial o} = o - y = 0.562 - 1.0 = -0.438 \]
\[ \frac{\partial L}{\partial z_{\text{out}}} = \frac{\partial L}{\partial o} \cdot \frac{\partial o}{\partial z_{\text{out}}}
 = -0.438 \cdot 0.246 \approx -0.108 \]
\[ \frac{\partial L}{\partial w_3} = \frac{\partial L}{\partial z_{\text{out}}} \cdot \frac{\partial z_{\text{out}}}{\partial w_3}
 = -0.108 \cdot h_1 = -0.108 \cdot 0.5 = -0.054 \]
\[ \frac{\partial L}{\partial z_2} = \frac{\partial L}{\partial h_2} \cdot \text{ReLU}'(-0.5) = -0.054 \cdot 0 = 0 \]
\[ w_3 = w_3 - \alpha \cdot \frac{\partial L}{\partial w_3} = 0.5 - 0.1 \cdot (-0.054) = 0.5 + 0.0054 = 0.5054 \]
\[ w_3 = 0.5054, \quad w_4 = 0.5 \]
"""
RELU_UNITS_SPEC = """
equations: |
  h_1 = ReLU(w_1*x)
  z_2 = w_2*x
  h_2 = ReLU(z_2)
  z_out = w_3*h_1 + w_4*h_2
  o = sig(z_out)
  L = 1/2*(o - y)^2
values: {x: 1, w_1: 0.5, w_2: -0.5, w_3: 0.5, w_4: 0.5, y: 1}
update: {learning_rate: 0.1}
"""
WRONG_UNIT = r"""
\( a_1 = Sigmoid(z_1) = \frac{1}{1+e^{-z_1}} = \frac{1}{1+e^{-0.21}} = 0.552 \)
\( a_2 = Sigmoid(z_1) = \frac{1}{1+e^{-0.19}} = 0.547 \)
\( \hat{y_1} = w_5 \cdot a_1 + w_6 \cdot a_2 = 0.552 \times 0.4 + 0.547 \times 0.5 = 0.4943 \)
$$ \frac{\partial L}{\partial w_5} = \frac{\partial L}{\partial \hat{y_1}} \cdot \frac{\partial \hat{y_1}}{\partial w_5}
 = -2(y_1 - \hat{y_1}) \cdot a_1 = -2 \cdot (0.7 - 0.4943) \cdot 0.552 = -0.227 $$
$$ w_1' = w_1 - \eta \frac{\partial L}{\partial w_1} = 0.3 - (-0.0204) \approx 0.302 $$
"""
WRONG_UNIT_SPEC = """
equations: |
  z_1 = w_1*x_1 + w_3*x_2
  z_2 = w_2*x_1 + w_4*x_2
  a_1 = sig(z_1)
  a_2 = sig(z_2)
  yhat_1 = w_5*a_1 + w_6*a_2
  L = (y_1 - yhat_1)^2
values: {x_1: 0.5, x_2: 0.3, w_1: 0.3, w_3: 0.2, w_2: 0.2, w_4: 0.3, w_5: 0.4, w_6: 0.5, y_1: 0.7}
update: {learning_rate: 0.1}
"""


@pytest.mark.parametrize(
    ("text", "spec", "alone", "compared"),
    [
        (ONE_UNIT, ONE_UNIT_SPEC, [(9, "0.0755")], [(9, "0.0755")]),
        (TWO_LAYERS, TWO_LAYERS_SPEC, [], []),
        (RELU_UNITS, RELU_UNITS_SPEC, [], []),
        (WRONG_UNIT, WRONG_UNIT_SPEC, [(7, "0.302")], [(3, None), (7, "0.302")]),
    ],
)
def test_what_is_false_is_found_and_nothing_else(
    text: str, spec: str, alone: list[tuple[int, str]], compared: list[tuple[int, str]]
) -> None:
    for measure, wanted in ((None, alone), (Measure(evaluate(loads(spec))), compared)):
        found = check(text.encode(), "a.md", measure).claims
        assert [(claim.place.line, claim.printed) for claim in found if claim.verdict == "false"] == wanted
    assert sum(claim.verdict == "unread" for claim in found) <= max(2, len(found) // 10)


@pytest.mark.parametrize(("text", "spec"), [(ONE_UNIT, ONE_UNIT_SPEC), (TWO_LAYERS, TWO_LAYERS_SPEC)])
def test_the_suggested_spec_is_that_of_the_note(text: str, spec: str) -> None:
    made, meant = loads(suggested(text.encode(), "a.md")), loads(spec)
    assert made.loss == meant.loss
    assert {name: value.value for name, value in made.values.items()} == {
        name: value.value for name, value in meant.values.items()
    }
