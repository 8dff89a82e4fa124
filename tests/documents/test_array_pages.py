"""Pages of specs with vectors and matrices: every line evaluated, a wrong one caught, no answers on a worksheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from derivgen.checks.pages import verify_document
from derivgen.documents.compose import compose
from derivgen.documents.document import Document, Equations, Table, Task, each_block, map_blocks
from derivgen.errors import CheckError
from derivgen.maths.plain import plain
from derivgen.maths.tree import Filled, Gap, Matrix, Transpose, rebuild, walk
from derivgen.spec.load import load, loads
from derivgen.work import evaluate_arrays
from tests.cli.conftest import Shell
from tests.product import ARRAY_SPECS, ROOT

LAYER = "equations: |\n  z = W @ x + b\n  L = sum(z^2)/2\n"
VALUES = "values: {x: [1, -2], W: [[1, 0], [2, 1], [0, 3]], b: [1, 0, 1]}\ninputs: [x]\n"


def lines(document: Document) -> list[str]:
    return [
        " ".join(
            (plain(line.left) if line.left is not None else "", *(f"{relation} {plain(side)}" for relation, side in line.steps))
        )
        for block in each_block(document.blocks)
        if isinstance(block, Equations)
        for line in block.lines
    ]


def test_there_are_specs_with_arrays() -> None:
    assert len(ARRAY_SPECS) >= 8


@pytest.mark.parametrize("spec", ARRAY_SPECS, ids=lambda path: path.stem)
def test_every_line_is_evaluated_and_a_worksheet_has_no_answers(spec: Path) -> None:
    evaluation = evaluate_arrays(load(str(spec)))
    documents = {audience: compose(evaluation, audience) for audience in ("notes", "worksheet", "key")}
    assert verify_document(documents["notes"], (evaluation,)) > 5
    assert verify_document(documents["key"], (evaluation,)) >= 3
    asked = {audience: [block for block in documents[audience].blocks if isinstance(block, Task)] for audience in documents}
    assert len(asked["worksheet"]) == len(asked["key"]) == 2
    nodes = {audience: [node for text in sides(documents[audience]) for node in walk(text)] for audience in documents}
    assert sum(isinstance(node, Gap) for node in nodes["worksheet"]) == sum(isinstance(node, Filled) for node in nodes["key"]) > 5
    assert not any(isinstance(node, Filled) for node in nodes["worksheet"])


def sides(document: Document):
    for block in each_block(document.blocks):
        if isinstance(block, Equations):
            for line in block.lines:
                yield from (side for side in (line.left, *(side for _, side in line.steps)) if side is not None)


def test_the_lines_of_a_layer() -> None:
    notes = compose(evaluate_arrays(loads(LAYER + VALUES)), "notes")
    told = lines(notes)
    assert "z = W @ x + b = [[1, 0], [2, 1], [0, 3]] @ [[1], [-2]] + [[1], [0], [1]] = [[2], [0], [-5]]" in told
    assert "L = z.T @ z/2 = 29/2" in [line.replace("(z.T @ z)/2", "z.T @ z/2") for line in told]
    assert "dL/dW_ij = sum(k=1..3: dL/dz_k*(dz_k/dW_ij)) = dL/dz_i*x_j" in told
    assert "dL/dW = (dL/dz) @ x.T = [[2], [0], [-5]] @ [[1, -2]] = [[2, -4], [0, 0], [-5, 10]]" in told
    assert "dL/db = dL/dz = [[2], [0], [-5]]" in told


def test_the_short_form_of_softmax_and_its_cross_entropy_has_the_numbers() -> None:
    told = lines(compose(evaluate_arrays(load(str(ROOT / "specs/arrays/two_layers.yaml"))), "notes"))
    (line,) = [line for line in told if line.startswith("dL/ds =")]
    assert "= p - y ≈ [[0.269983], [0.460033], [0.269983]] - [[0], [1], [0]] ≈" in line


def test_a_wrong_transpose_and_a_wrong_number_are_caught() -> None:
    evaluation = evaluate_arrays(
        loads("equations: |\n  Z = X @ W\n  L = sum(Z^2)\nvalues: {X: [[1, 2], [3, 4]], W: [[1, 0], [1, 1]]}\n")
    )
    notes = compose(evaluation, "notes")
    assert verify_document(notes, (evaluation,)) > 5

    def without_transposes(part):
        return without_transposes(part.arg) if isinstance(part, Transpose) else rebuild(part, without_transposes)

    def other_numbers(part):
        return Matrix(tuple(reversed(part.rows))) if isinstance(part, Matrix) else rebuild(part, other_numbers)

    for change in (without_transposes, other_numbers):

        def changed(block, change=change):
            if not isinstance(block, Equations):
                return block
            return replace(
                block,
                lines=tuple(
                    replace(line, steps=(*((r, change(s)) for r, s in line.steps[:1]), *line.steps[1:]))
                    if change is without_transposes
                    else replace(line, steps=(*line.steps[:-1], *((r, change(s)) for r, s in line.steps[-1:])))
                    for line in block.lines
                ),
            )

        with pytest.raises(CheckError, match="a line is false"):
            verify_document(replace(notes, blocks=map_blocks(notes.blocks, changed)), (evaluation,))


def test_build_makes_every_format_the_same_twice(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "layer.yaml").write_text(LAYER + VALUES, encoding="utf-8")
    formats = [word for form in ("tex", "pdf", "html", "md", "typ") for word in ("--format", form)]
    made = []
    for folder in ("one", "two"):
        said = shell("build", "layer.yaml", "-o", folder, "--quiet", *formats)
        assert said.code == 0, said.err
        made.append({path.name: path.read_bytes() for path in sorted((tmp_path / folder / "layer").iterdir())})
    assert made[0] == made[1]
    assert len(made[0]) >= 15
    pages = [len(PdfReader(tmp_path / f"one/layer/{audience}.pdf").pages) for audience in ("worksheet", "key")]
    assert pages[0] == pages[1]


def test_a_grid_has_the_factors_beside_and_above_and_gives_nothing_away() -> None:
    text = "equations: |\n  H = X @ W + b\n  P = relu(H)\n  O = P @ V\n  L = sum(O)\n"
    text += "values: {X: [[1, 2], [0, 1], [3, 1]], W: [[1, -1], [0, 1]], b: [1, 0], V: [[1], [2]]}\ninputs: [X]\n"
    evaluation = evaluate_arrays(loads(text + "worksheet: {layout: grid}\n"))
    grids = {}
    for audience in ("worksheet", "key"):
        blocks = each_block(compose(evaluation, audience).blocks)
        grids[audience] = [block for block in blocks if isinstance(block, Table)]
        assert len(grids[audience]) == 2
    first, second = grids["key"]
    told = [
        [plain(cell.content if isinstance(cell, Filled) else cell) if cell is not None else "" for cell in row]
        for row in first.rows
    ]
    assert told[:3] == [["", "", "", "1", "-1"], ["", "", "", "0", "1"], ["", "", "", "1", "0"]]
    assert told[3:] == [["1", "2", "1", "2", "1"], ["0", "1", "1", "1", "1"], ["3", "1", "1", "4", "-2"]]
    assert all(isinstance(cell, Filled) for row in second.rows[2:] for cell in row)
    assert all(isinstance(cell, Gap) for row in grids["worksheet"][1].rows[2:] for cell in row)


def test_what_has_no_numbers_and_no_form_in_matrices_has_no_line() -> None:
    """Nothing stands alone at the left of a line."""
    spec = "equations: |\n  F = maxpool(X, 2)\n  L = sum((F - T)^2)\nshapes: {X: [4, 4], T: [2, 2]}\ntargets: [T]\n"
    for audience in ("notes", "worksheet"):
        document = compose(evaluate_arrays(loads(spec)), audience)
        made = [line for block in each_block(document.blocks) if isinstance(block, Equations) for line in block.lines]
        assert made and all(line.steps for line in made)


@pytest.mark.parametrize("spec", ARRAY_SPECS, ids=lambda spec: spec.stem)
def test_no_two_signs_stand_side_by_side(spec: Path) -> None:
    """A factor's sign stands before the whole product of matrices: P ⊙ (G - (G ⊙ P) 𝟏 𝟏ᵀ), not G + -(G ⊙ P) 𝟏 𝟏ᵀ."""
    told = lines(compose(evaluate_arrays(load(spec)), "notes"))
    assert told
    assert not [line for line in told if "+ -" in line or "- -" in line or "(-(" in line]


def test_every_spec_with_arrays_is_typeset_and_its_key_is_the_same_sheet(tmp_path: Path) -> None:
    said = Shell(tmp_path)("build", *map(str, ARRAY_SPECS), "-o", "made", "--format", "pdf")
    assert said.code == 0, said.err
    assert said.err == f"{len(ARRAY_SPECS)} specs: {3 * len(ARRAY_SPECS)} pdf files made, none failed\n"
    for spec in ARRAY_SPECS:
        pages = [len(PdfReader(tmp_path / f"made/{spec.stem}/{audience}.pdf").pages) for audience in ("worksheet", "key")]
        assert pages[0] == pages[1] > 0, spec.stem


def test_what_the_loss_names_itself_is_direct_beside_other_ways() -> None:
    """Not ∂L/∂w_i = ∂L/∂w_i + …: a penalty's share is what the loss depends on w for itself."""
    spec = "equations: |\n  p = sig(X @ w)\n  L = sum((p - y)^2) + sum(w^2)\n"
    spec += "values: {X: [[1, 2], [0, 1]], w: [1, 0], y: [1, 0]}\ninputs: [X]\ntargets: [y]\n"
    told = [line for line in lines(compose(evaluate_arrays(loads(spec)), "notes")) if line.startswith("dL/dw_i")]
    assert len(told) == 1 and told[0].count("d+L/dw_i") == 1
    alone = lines(compose(evaluate_arrays(loads(spec.replace(" + sum(w^2)", ""))), "notes"))
    assert alone and not any("d+L" in line for line in alone)
