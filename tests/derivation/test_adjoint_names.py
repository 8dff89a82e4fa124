"""The names of adjoints in expressions: ∂L/∂Z is d_Z, whatever the author's own names are."""

from derivgen.derivation.derive import derive
from derivgen.graph import build
from derivgen.maths.plain import plain
from derivgen.spec.load import loads


def test_an_adjoint_gives_way_to_a_name_of_the_authors() -> None:
    text = "equations: |\n  d_a = w*x\n  a = v*d_a\n  L = a^2*d_a + a\ninputs: [x]\nnotation: {paths: 1}\n"
    derivation = derive(build(loads(text)))
    assert plain(derivation.gradients["v"].expression) == "dd_a*d_a"
