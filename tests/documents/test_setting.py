"""What stands before the forward pass."""

from __future__ import annotations

import pytest

from derivgen.documents.compose import compose
from derivgen.documents.document import Math, Paragraph
from derivgen.documents.sheet import words_of
from derivgen.present.unicode import text
from derivgen.spec.load import loads
from derivgen.work import evaluate


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("ELU(z)", "ELU(x) = {x if x > 0; else exp(x) - 1}"),
        ("ELU(z, 1/2)", "ELU(x, a) = {x if x > 0; else a·(exp(x) - 1)}"),
        ("ELU(z) + ELU(z, 1/2)", "ELU(x, a) = {x if x > 0; else a·(exp(x) - 1)}"),
        ("CELU(z)", "CELU(x) = {x if x > 0; else exp(x) - 1}"),
        ("SELU(z)", "SELU(x) = {1.0507009873554805·x if x > 0; else 1.0507009873554805·1.6732632423543772·(exp(x) - 1)}"),
        ("LeakyReLU(z)", "LeakyReLU(x) = {x if x > 0; else 0.01·x}"),
        ("sig(z)", "sig(x) = 1/(1 + exp(-x))"),
    ],
)
def test_a_function_is_written_without_needless_ones_and_signs(call: str, printed: str) -> None:
    document = compose(evaluate(loads(f"equations: L = {call}\nparameters: [z]\n")), "notes")
    (said,) = [block for block in document.blocks if isinstance(block, Paragraph) and "Functions" in words_of(block.prose)]
    assert [text(part.expr) for part in said.prose if isinstance(part, Math)] == [printed]
