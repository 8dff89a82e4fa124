"""Blocks as docutils nodes: every kind has its view, and says what it says in every format."""

from __future__ import annotations

from docutils import nodes

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Text
from derivgen.language import Wording
from derivgen.sphinx.blocks import NodeRenderer
from derivgen.sphinx.nodes import Formula, Sign
from derivgen.work import evaluate
from tests.product import ROOT, every_line


def test_every_line_is_there_in_each_format() -> None:
    from derivgen.spec.load import load

    evaluation = evaluate(load(str(ROOT / "specs/notes/000_one_expression.yaml")))
    blocks = compose(evaluation, "notes").blocks
    renderer = NodeRenderer(style_of(evaluation), Wording("en"))
    formulas = [node for block in renderer.page(blocks) for node in block.findall(Formula)]
    lines = tuple(every_line(blocks))
    assert sum(len(node["plain"].splitlines()) for node in formulas) == len(lines) > 20
    assert sum(node["html"].count("dg-left") for node in formulas) == len(lines)
    written = "".join(node["latex"] for node in formulas)
    for number in ("1488", "120", "144"):
        assert number in written
        assert number in "".join(node["plain"] for node in formulas)
        assert number in "".join(node["html"] for node in formulas)


def test_signs_among_words_have_their_commands() -> None:
    made = NodeRenderer(style_of(evaluate_one()), Wording("en")).prose((Text("The sign ⊙ multiplies"),))
    assert [type(node) for node in made] == [nodes.Text, Sign, nodes.Text]
    assert made[1]["latex"] == r"$\odot$"


def evaluate_one():
    from derivgen.spec.load import loads

    return evaluate(loads("equations: L = (y - w*x)^2"))
