"""Specs that draw numbers, for the tests of variants."""

from __future__ import annotations

from derivgen.derivation.derive import Derivation, derive
from derivgen.graph import build
from derivgen.spec.load import loads
from derivgen.variants.search import Search

NETWORK = """
network:
  inputs: [x_1, x_2]
  layers:
    - {neurons: [3, 4], activation: ReLU}
    - {neurons: [5], activation: sig}
  loss: {name: Loss, kind: mse, target: y}
data: {columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}
"""
AND_GATE = (
    NETWORK
    + """
random:
  W1: {integers: [-3, 3], nonzero: true}
  layer 2 weights: {halves: [-2, 2], distinct: true}
  b_*: {halves: [-1, 1]}
"""
)
RATIONAL = """
equations: |
  z_1 = w_1*x + b
  z_2 = w_2*x - b
  a_1 = ReLU(z_1)
  a_2 = abs(z_2)
  u = max(a_1, a_2, x)/v
  q = cases(u > 1: u^2, else: 2*u - 1)
  L = mean((y - q)^2)
data: {columns: [x, y], count: 3}
random:
  w_*: {integers: [-2, 2]}
  b: {halves: [-1, 1]}
  v: {list: [1, 2, 3]}
  x: {integers: [-1, 2]}
  y: {tenths: [-1, 1]}
"""
SMOOTH = """
equations: |
  h_1 = tanh(w_1*x + b_1)
  h_2 = softplus(w_2*x + b_2)
  p_1, p_2, p_3 = softmax(h_1, h_2, c*x)
  s = sqrt(1 + h_1^2) + erf(h_2) + atan(p_3) + cos(h_1) - sin(h_2) + x^c
  L = mean(-ln(p_1) + s*p_2 - min(h_1, h_2)/d)
data: {columns: [x], rows: [[1], [2]]}
random:
  w_*: {integers: [-2, 2]}
  b_*: {tenths: [-1, 1]}
  c: {integers: [-1, 2]}
  d: {list: [1, 2, 4]}
"""
SPACES = {"and_gate": AND_GATE, "rational": RATIONAL, "smooth": SMOOTH}


def derivation(text: str) -> Derivation:
    """The derivation of a spec."""
    return derive(build(loads(text)))


def search(text: str, seed: str = "1") -> Search:
    """The search for its variants."""
    return Search(derivation(text), seed)


def where(*conditions: str) -> str:
    """Conditions, to stand at the end of a random block."""
    return "  where:\n" + "".join(f"    - {condition}\n" for condition in conditions)
