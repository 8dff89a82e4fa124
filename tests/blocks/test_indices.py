"""The block in index notation: one word of a spec changes its formulas accordingly, to the letter."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from derivgen.blocks.indices import index_blocks
from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Block, Document, Equations, Heading, Paragraph, SideBySide, Together
from derivgen.documents.sheet import Sheet
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.language import Wording
from derivgen.maths.tree import Labelled, walk
from derivgen.rendering.latex import render_latex
from derivgen.rendering.terminal import renderables
from derivgen.spec.load import loads
from tests.conftest import Golden
from tests.product import every_formula

FOLDER = Path(__file__).parent / "indices"

BASE = """\
language: {language}
network:
  inputs: 2
  layers:
    - {{units: 3, activation: {hidden}}}
    - {{units: 3, activation: {hidden}}}
    - {{units: 2, activation: {last}}}
  loss: {{name: C, kind: {loss}}}
functions: {{"swish(x)": x*sig(x)}}
notation: {{product: {product}, derivative: {derivative}}}
{rest}
show: [indices]
"""

DEFAULT = {
    "language": "en",
    "hidden": "ReLU",
    "last": "ReLU",
    "loss": "squared_error",
    "product": "dot",
    "derivative": "leibniz",
    "rest": "",
}

SPECS = {
    "squared_error": {},
    "half_squared_error": {"loss": "half_squared_error"},
    "binary_cross_entropy": {"last": "sigmoid", "loss": "binary_cross_entropy"},
    "cross_entropy": {"last": "softmax", "loss": "cross_entropy"},
    "own_function": {"hidden": "swish", "last": "linear"},
    "tanh": {"hidden": "tanh", "last": "tanh"},
    "batch": {"loss": "mse", "rest": "data: {columns: [x_1, x_2, y_1, y_2], index: p, count: N}"},
    "prime_juxtaposed": {"derivative": "prime", "product": "juxtapose"},
    "portuguese": {"language": "pt"},
}


def sheet_of(**changes: str) -> Sheet:
    evaluation = run(derive(build(loads(BASE.format(**{**DEFAULT, **changes})))))
    words = Wording(evaluation.graph.spec.language)
    return Sheet(evaluation, "notes", words, style_of(evaluation))


def block_text(sheet: Sheet) -> str:
    blocks = index_blocks(sheet, sheet.spec.show[0])
    document = Document("notes", "notes", sheet.words.language, "-", blocks)
    console = Console(width=132, record=True, color_system=None, file=StringIO())
    for renderable in renderables(document, sheet.style, 132):
        console.print(renderable)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines()[1:]) + "\n"


@pytest.mark.parametrize("name", SPECS)
def test_the_block(name: str, golden: Golden) -> None:
    golden.check(block_text(sheet_of(**SPECS[name])), FOLDER / f"{name}.txt")


def test_there_is_a_text_for_each_spec_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(SPECS)


@pytest.mark.parametrize("name", SPECS)
def test_all_is_checked_before_and_on_the_page(name: str) -> None:
    sheet = sheet_of(**SPECS[name])
    report = check(sheet.evaluation)
    about = [line.about for line in report.unchecked_lines if line.about[0].startswith("index")]
    assert (report.false, about) == ((), [])
    blocks = index_blocks(sheet, sheet.spec.show[0])
    page = Document("notes", "notes", "en", "-", blocks)
    assert verify_document(page, (sheet.evaluation,)) >= 12


def equations(blocks: tuple[Block, ...]) -> list[Equations]:
    found: list[Equations] = []
    for block in blocks:
        if isinstance(block, Equations):
            found.append(block)
        elif isinstance(block, Together):
            found += equations(block.blocks)
        elif isinstance(block, SideBySide):
            found += equations((*block.left, *block.right))
    return found


def test_definitions_stand_beside_the_activation() -> None:
    blocks = index_blocks(sheet_of(), sheet_of().spec.show[0])
    assert isinstance(blocks[0], Together)
    assert [type(block) for block in blocks[0].blocks] == [Heading, Paragraph, SideBySide]
    assert [len(each.lines) for each in equations(blocks)] == [4, 2, 3, 3]


def test_the_words_below_a_box_are_translated() -> None:
    blocks = index_blocks(sheet_of(language="pt"), sheet_of().spec.show[0])
    words = [node.words for expr in every_formula(blocks) for node in walk(expr) if isinstance(node, Labelled)]
    assert words == ["consultado: erro", "erro", "consultado: erro"]


def test_the_latex_of_a_box() -> None:
    sheet = sheet_of()
    tex = render_latex(compose(sheet.evaluation, "notes"), sheet.style)
    box = r"\boxed{\frac{\partial C}{\partial a^{L}_{m}} \cdot g'(z^{L}_{m})}"
    assert rf"\underset{{\textnormal{{looked up: error }}\delta^{{L}}_{{m}}}}{{{box}}}\, \cdot w^{{L}}_{{mn}}" in tex


def test_a_network_without_a_common_formula_says_so() -> None:
    sheet = sheet_of(loss="'(a__3_1 - y_1)^2 + 2*(a__3_2 - y_2)^2'")
    heading, paragraph = index_blocks(sheet, sheet.spec.show[0])
    assert isinstance(heading, Heading) and isinstance(paragraph, Paragraph)
    assert paragraph.tone == "quiet"
