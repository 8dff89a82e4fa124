"""Pieces: every one that is listed is there and true, a worksheet's have no answers, and what is not there is told why."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from derivgen.blocks import BLOCKS
from derivgen.documents.document import Block, Equations, Figure, Heading, Task
from derivgen.documents.pieces import KINDS, catalogue, piece, piece_names
from derivgen.documents.tasks import TASKS
from derivgen.errors import UserError
from derivgen.evaluation import Evaluation
from derivgen.maths.plain import plain
from derivgen.maths.tree import Filled, Gap, Product, walk
from derivgen.pieces import believed_piece, listed_pieces, piece_text
from derivgen.spec.load import load, loads
from derivgen.work import evaluate
from tests.product import ROOT, SPECS, every_block, every_formula

NETWORK = ROOT / "specs/notes/002_and_gate_numbers.yaml"
REUSE = ROOT / "specs/notes/001_layers.yaml"
RATIOS = ROOT / "specs/notes/003_shorthands.yaml"
ARRAYS = ROOT / "specs/arrays/two_layers.yaml"


@cache
def worked(spec: Path) -> Evaluation:
    return evaluate(load(str(spec)))


@cache
def names_of(spec: Path) -> tuple[str, ...]:
    return piece_names(worked(spec))


def chosen(spec: Path) -> list[str]:
    """The first name of each kind, and the last."""
    kinds: dict[str, list[str]] = {}
    for name in names_of(spec):
        kinds.setdefault(name.partition(" ")[0], []).append(name)
    return [name for names in kinds.values() for name in dict.fromkeys((names[0], names[-1]))]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_what_is_listed_is_there_and_true(spec: Path) -> None:
    names = chosen(spec)
    assert len(names) > 20
    for name in names:
        found = believed_piece(worked(spec), name)
        assert found.name == name and found.blocks


def test_every_kind_is_had_from_some_spec() -> None:
    assert {name.partition(" ")[0] for spec in (*SPECS, ARRAYS) for name in chosen(spec)} == set(KINDS)


def test_every_block_and_every_task_is_a_piece() -> None:
    assert {block.piece or block.name for block in BLOCKS.values()} <= set(KINDS)
    tasks = {name.removeprefix("task ") for spec in SPECS for name in names_of(spec) if name.startswith("task ")}
    assert tasks == set(TASKS)


def test_names_are_listed_once_in_a_fixed_order() -> None:
    names = list(names_of(NETWORK))
    assert len(names) == len(set(names)) > 100
    assert names == [entry.name for entry in catalogue(evaluate(load(str(NETWORK))))]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_worksheets_pieces_have_gaps_and_its_keys_the_same_ones_filled(spec: Path) -> None:
    evaluation = worked(spec)
    tasks = [name for name in names_of(spec) if name.startswith("task ")]
    assert tasks
    for name in tasks:
        asked, told = (piece(evaluation, each).blocks for each in (name, name.replace("task", "key")))
        gaps, filled = (count(blocks, kind) for blocks, kind in ((asked, Gap), (told, Filled)))
        assert gaps == filled and count(asked, Filled) == 0
        answers = [plain(node.content) for formula in every_formula(told) for node in walk(formula) if isinstance(node, Filled)]
        assert len(answers) == gaps
        spaces = [block for block in every_block(asked) if getattr(block, "answer", ())]
        assert spaces == []


def count(blocks: tuple[Block, ...], kind: type) -> int:
    return sum(isinstance(node, kind) for formula in every_formula(blocks) for node in walk(formula))


def test_a_task_has_no_number_of_its_own() -> None:
    (task,) = piece(worked(NETWORK), "task chains").blocks
    assert isinstance(task, Task) and task.number == ""


def test_drawings_are_the_pieces_with_one_figure_and_nothing_else() -> None:
    drawn = [entry.name for entry in catalogue(worked(NETWORK)) if entry.drawing]
    assert "drawing" in drawn and "drawing W_13" in drawn and "autograd Z_3" in drawn and "activations" not in drawn
    for name in drawn:
        assert sum(isinstance(block, Figure) for block in every_block(piece(worked(NETWORK), name).blocks)) == 1


def test_the_way_to_a_name_is_strong_in_its_drawing() -> None:
    (plain_one,), (strong,) = (piece(worked(NETWORK), name).blocks for name in ("drawing", "drawing W_13"))
    assert isinstance(plain_one, Figure) and isinstance(strong, Figure)
    assert not any(wire.strong for wire in plain_one.drawing.wires)
    assert any(wire.strong for wire in strong.drawing.wires)


def one_line(spec: Path, name: str) -> str:
    (block,) = piece(worked(spec), name).blocks
    assert isinstance(block, Equations) and len(block.lines) == 1
    (line,) = block.lines
    assert line.left is not None
    return " = ".join(map(plain, (line.left, *(side for _, side in line.steps))))


def test_a_gradient_written_by_adjoints_has_its_line_for_a_chain() -> None:
    chain = one_line(REUSE, "chain w__3_11")
    assert chain.split(" = ")[1] == "∂C/∂z__3_1*∂z__3_1/∂w__3_11" or "z__3_1" in chain
    assert one_line(REUSE, "adjoint w__3_11").startswith(chain.split(" = ")[0])


LAYERS = """\
network:
  inputs: [1, 2]
  layers:
    - {units: 2, activation: sigmoid, weights: [[1, -1], [1/2, 2]], bias: [0, 1]}
    - {units: 2, activation: sigmoid, weights: [[2, 1], [-1, 1]], bias: [1/4, -1/2]}
  target: [1, 0]
  loss: {name: C, kind: squared_error}
"""


def test_the_factors_of_a_gradient_written_by_adjoints_are_those_of_its_chain() -> None:
    evaluation = evaluate(loads(LAYERS))
    (chain,), (factors,) = (believed_piece(evaluation, f"{kind} w__1_21").blocks for kind in ("chain", "factors"))
    assert isinstance(chain, Equations) and isinstance(factors, Equations)
    (product,) = (side for _, side in chain.lines[0].steps)
    assert isinstance(product, Product)
    assert [line.left for line in factors.lines] == list(product.factors)


def test_a_gradient_brings_no_heading_into_somebody_elses_text() -> None:
    for evaluation in (evaluate(loads(LAYERS)), worked(NETWORK), worked(REUSE)):
        names = [name for name in piece_names(evaluation) if name.startswith("gradient ")]
        assert names
        for name in names[:8]:
            blocks = piece(evaluation, name).blocks
            assert blocks and not any(isinstance(block, Heading) for block in every_block(blocks))


def test_a_derivative_of_one_quantity_by_another_is_a_piece() -> None:
    keys = [name for name in names_of(RATIOS) if name.startswith("chain ") and "/" in name]
    assert keys
    for name in keys:
        of, by = name.removeprefix("chain ").split("/")
        left = one_line(RATIOS, name).split(" = ")[0]
        assert of in left and by in left


LARGE = """\
network:
  inputs: 60
  layers:
    - {units: 25, activation: ReLU}
    - {units: 3, activation: softmax}
  loss: {name: C, kind: cross_entropy}
"""


def test_a_large_network_has_the_pieces_that_it_can_have(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(LARGE, encoding="utf-8")
    evaluation = evaluate(load(str(path)))
    kinds: dict[str, str] = {}
    for entry in catalogue(evaluation):
        kinds.setdefault(entry.name.partition(" ")[0], entry.name)
    assert "chain" in kinds and "indices" in kinds and "drawing" not in kinds and "equations" not in kinds
    for name in kinds.values():
        assert believed_piece(evaluation, name).blocks
    with pytest.raises(UserError, match="too large to be drawn"):
        piece(evaluation, "drawing")


MISSING = {
    "chian W_13": "did you mean chain?",
    "chain W_31": "did you mean",
    "chain": "say of what",
    "chain Z_3": "see `wrt`",
    "setting W_13": "without a further word: setting",
    "update": "the spec has no `update`",
    "matrix delta__1": "did you mean",
    "task forwards": "did you mean forward?",
    "no_such_thing": "derivgen pieces SPEC",
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_there_is_told(name: str) -> None:
    with pytest.raises(UserError) as error:
        piece_text(worked(NETWORK), name)
    assert MISSING[name] in str(error.value) and name.split()[0] in str(error.value)


def test_a_piece_says_in_which_formats_it_can_be_had() -> None:
    formats = {one.name: one.formats for one in listed_pieces(worked(NETWORK))}
    assert "tex" in formats["chain W_13"]
    with pytest.raises(UserError, match="there are no pieces in the format 'docx'"):
        piece_text(worked(NETWORK), "chain W_13", "docx")


def test_what_the_loss_names_itself_has_no_chain() -> None:
    """∂L/∂w = ∂L/∂w says nothing; its factor and all the rest are there."""
    spec = evaluate(loads("equations: L = (y - w*x)^2\ninputs: [x]\ntargets: [y]\nvalues: {w: 2, x: 3, y: 1}"))
    names = list(piece_names(spec))
    assert "chain w" not in names
    assert {"factors w", "product w", "gradient w", "answer w"} <= set(names)
    with pytest.raises(UserError, match="the loss names it itself"):
        piece(spec, "chain w")
    for name in names:
        assert piece_text(spec, name, "tex")
