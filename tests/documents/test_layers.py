"""Notes of networks in layers: from the last layer to the first; of a large one only what is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.networks import layered
from derivgen.checks.pages import verify_document
from derivgen.cli.checking import checked
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Block, Document, Equations, Heading, Paragraph, Table
from derivgen.documents.sheet import words_of
from derivgen.maths.plain import plain
from derivgen.rendering.latex import render_latex
from tests.product import ROOT

NOTE = ROOT / "specs" / "notes" / "001_layers.yaml"


def notes(spec: Path, *wrt: str, audience: str = "notes") -> Document:
    evaluation, report = checked(spec, wrt)
    report.stop_if_false()
    document = compose(evaluation, audience)
    assert verify_document(document, (evaluation,)) > 0 or audience == "worksheet"
    return document


def flat(blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks, groups opened."""
    return [each for block in blocks for each in (flat(block.blocks) if hasattr(block, "blocks") else [block])]


def backward(document: Document) -> dict[str, list[str]]:
    """The left sides of the backward pass, under their headings."""
    found: dict[str, list[str]] = {}
    title = ""
    for block in flat(document.blocks):
        if isinstance(block, Heading):
            title = words_of(block.title)
            if title == "All gradients":
                break
        elif isinstance(block, Equations) and title.startswith("Layer "):
            found.setdefault(title, []).extend(plain(line.left) for line in block.lines if line.left is not None)
    return found


def test_layer_by_layer() -> None:
    assert backward(notes(NOTE)) == {
        "Layer 3": [f"dC/d{name}" for name in ("a__3_1", "z__3_1", "w__3_11", "w__3_12", "w__3_13", "b__3_1")],
        "Layer 2": [
            f"dC/d{name}"
            for name in (
                *("a__2_1", "a__2_2", "a__2_3", "z__2_1", "z__2_2", "z__2_3"),
                *("w__2_11", "b__2_1", "w__2_21", "b__2_2", "w__2_31", "b__2_3"),
            )
        ],
        "Layer 1": [f"dC/d{name}" for name in ("a__1_1", "z__1_1", "w__1_11", "b__1_1")],
    }


def test_the_sum_over_the_units_above() -> None:
    lines = [line for block in flat(notes(NOTE).blocks) if isinstance(block, Equations) for line in block.lines]
    summed = [line for line in lines if line.left is not None and plain(line.left) == "dC/da__1_1"]
    sides = [plain(side) for _, side in summed[0].steps]
    assert sides == [
        "sum(m=1..3: dC/dz^2_m*(dz^2_m/da__1_1))",
        "dC/dz__2_1*w__2_11 + dC/dz__2_2*w__2_21 + dC/dz__2_3*w__2_31",
        "149492*5 + 212436*7 + 243908*9",
        "4429684",
    ]
    assert words_of(summed[0].reason) == "the sum over the 3 units of layer 2"


BATCH = """
network:
  inputs: 1
  layers: [{weights: [[w], [2]], bias: [0, 1], activation: tanh}, {weights: [[1, w]], bias: [0]}]
  loss: {kind: mse}
data: {columns: [x_1, y_1], rows: [[1, 1], [2, 5]]}
values: {w: 1/2}
"""


def test_a_batch_has_its_tables_before_what_adds_them_up(tmp_path: Path) -> None:
    spec = tmp_path / "batch.yaml"
    spec.write_text(BATCH)
    blocks = flat(notes(spec).blocks)
    start = next(at for at, block in enumerate(blocks) if isinstance(block, Heading) and words_of(block.title) == "Layer 2")
    assert [type(block) for block in blocks[start + 1 : start + 4]] == [Equations, Table, Equations]
    shared = [line.left for block in blocks if isinstance(block, Equations) for line in block.lines if line.left is not None]
    assert [plain(left) for left in shared].count("dLoss/dw") == 1, "a name of two layers is worked out once, in the lower one"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return layered((300, 20, 10), tmp_path_factory.mktemp("large"))


def test_a_large_network_is_said_in_general_and_works_out_what_is_asked_for(large: Path) -> None:
    document = notes(large, "w__1_17_200", "b__2_3")
    found = backward(document)
    assert found["Layer 1"][-3:] == ["dC/da__1_17", "dC/dz__1_17", "dC/dw__1_17_200"]
    assert "dC/db__2_3" in found["Layer 2"] and "dC/db__2_4" not in found["Layer 2"]
    titles = [words_of(block.title) for block in flat(document.blocks) if isinstance(block, Heading)]
    assert "In index notation" in titles
    words = " ".join(words_of(block.prose) for block in flat(document.blocks) if isinstance(block, Paragraph))
    assert "it is not drawn or written out" in words
    evaluation, _ = checked(large, ["b__2_3"])
    assert len(render_latex(document, style_of(evaluation)).split(r"\begin{document}")[1]) < 30_000


@pytest.mark.parametrize("audience", ["notes", "worksheet", "key"])
def test_a_large_network_of_which_everything_is_asked_stays_short(large: Path, audience: str) -> None:
    document = notes(large, audience=audience)
    lines = [line for block in flat(document.blocks) if isinstance(block, Equations) for line in block.lines]
    assert len(lines) < 60
    words = " ".join(words_of(block.prose) for block in flat(document.blocks) if isinstance(block, Paragraph))
    assert "6230 gradients are asked for" in words or audience != "notes"
