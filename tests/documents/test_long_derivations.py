"""Where many chains lead to the parameters, the notes take the short way, say so, and leave the choice to the author."""

from __future__ import annotations

import pytest

from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose
from derivgen.documents.document import Heading, Paragraph
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.chains import uses_chains
from derivgen.spec.load import loads
from tests.product import every_block, words

NETWORK = """
network:
  inputs: [x_1, x_2, x_3]
  layers:
    - {{neurons: [{hidden}], activation: tanh}}
    - {{neurons: [20], activation: sigmoid}}
  loss: {{name: L, kind: squared_error}}
"""
CENTRED = """
equations: |
  u = x - mean(x)
  yhat = w*u + b
  L = mean((yhat - y)^2)
targets: [y]
parameters: [w, b]
data: {columns: [x, y], rows: [[1, 2], [3, 4]]}
wrt: [w, x]
values: {w: 1, b: 4}
"""


def evaluated(hidden: int, notation: str = "{}") -> Evaluation:
    names = ", ".join(str(number) for number in range(4, 4 + hidden))
    return run(derive(build(loads(f"{NETWORK.format(hidden=names)}notation: {notation}"))))


def texts(evaluation: Evaluation, kind: type) -> list[str]:
    blocks = [block for block in every_block(compose(evaluation, "notes").blocks) if isinstance(block, kind)]
    return [words(block.prose if isinstance(block, Paragraph) else block.title) for block in blocks]


@pytest.mark.parametrize(
    ("hidden", "notation", "chains", "full"),
    [(6, "{}", 31, True), (7, "{}", 36, False), (7, "{chain: full}", 36, True), (6, "{chain: reuse}", 31, False)],
)
def test_more_than_32_chains_only_where_they_are_asked_for(hidden: int, notation: str, chains: int, full: bool) -> None:
    evaluation = evaluated(hidden, notation)
    assert evaluation.derivation.chains == chains
    assert {uses_chains(evaluation, gradient) for gradient in evaluation.derivation.gradients.values()} == {full}
    said = any(text.startswith("More than 32 chains") for text in texts(evaluation, Paragraph))
    assert said == (not full and notation == "{}")


def test_the_derivation_itself_lists_every_path() -> None:
    """What `derive --json` says does not depend on how the pages are written."""
    assert all(gradient.paths for gradient in evaluated(7).derivation.gradients.values())


def test_one_backward_pass_with_two_parts() -> None:
    titles = [title for title in texts(run(derive(build(loads(CENTRED)))), Heading) if title]
    assert titles.count("Backward pass") == 1
    assert titles.index("Backward pass") < titles.index("The other gradients")
