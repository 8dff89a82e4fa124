"""`.sympy()` on the records: what the card promises for every quantity, local derivative, chain product and gradient."""

import sympy

from derivgen.derivation.derive import derive
from derivgen.graph import build
from derivgen.spec.load import load, loads

ONE_SAMPLE = (
    "equations: |\n  z = w*x + b\n  a = sig(z)\n  L = (y - a)^2\ninputs: [x]\ntargets: [y]\nvalues: {x: 2, w: 1, b: 0, y: 1}\n"
)


def test_the_gradient_equals_sympys_own_of_the_whole_loss() -> None:
    derivation = derive(build(loads(ONE_SAMPLE)))
    quantities = derivation.graph.quantities
    whole = quantities["L"].sympy().subs("a", quantities["a"].sympy()).subs("z", quantities["z"].sympy())
    flat = derivation.gradients["w"].sympy().subs("a", quantities["a"].sympy()).subs("z", quantities["z"].sympy())
    assert sympy.simplify(sympy.diff(whole, "w") - flat) == 0


def test_a_chain_product_is_the_product_of_its_local_derivatives() -> None:
    (path,) = derive(build(loads(ONE_SAMPLE))).gradients["w"].paths
    assert len(path) == 3
    assert sympy.simplify(path.sympy() - sympy.Mul(*[local.sympy() for local in path])) == 0


def test_means_are_sums_over_indexed_names() -> None:
    derivation = derive(build(load("specs/notes/002_and_gate_numbers.yaml")))
    i, n = sympy.Symbol("i", integer=True), sympy.Symbol("n", integer=True, positive=True)
    y, a = sympy.IndexedBase("y"), sympy.IndexedBase("A_5")
    assert derivation.graph.quantities["Loss"].sympy() == sympy.Sum((y[i] - a[i]) ** 2, (i, 1, n)) / n
    assert derivation.gradients["b_5"].sympy().has(a[i])
