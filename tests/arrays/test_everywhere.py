"""What every output makes of vectors and matrices: pieces, woven notes, web sites, Python; samples as rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import derivgen
from derivgen.documents.compose import compose, sheet_of
from derivgen.documents.document import Equations, Table, each_block
from derivgen.documents.pieces import piece_names
from derivgen.errors import UserError
from derivgen.maths.arithmetic import to_float
from derivgen.maths.tree import Expr, Matrix, MatrixPartial, MatrixSym, Sized, Sym
from derivgen.pieces import piece_text
from derivgen.spec.load import load, loads
from derivgen.work import evaluate, work
from tests.cli.conftest import Shell
from tests.product import ARRAY_SPECS
from tests.sphinx.site import build, site

BATCH = """
title: A layer with samples
equations: |
  z = W @ x + b
  h = tanh(z)
  a = v @ h + c
  L = mean((a - t)^2)
vectors: {x: [x_1, x_2]}
values: {W: [[1, 0], [1/2, 1], [0, -1]], b: [0, 1, 1], v: [1, -1, 2], c: 1}
data: {columns: [x_1, x_2, t], rows: [[1, 2, 3], [0, 1, 1], [2, -1, 0], [1, 1, 1]]}
targets: [t]
"""


def printed(spec: str) -> dict[str, np.ndarray]:
    """Return the last matrix of each line of the notes, by what stands at its left."""
    found: dict[str, np.ndarray] = {}
    for block in each_block(compose(evaluate(loads(spec)), "notes").blocks):
        for line in block.lines if isinstance(block, Equations) else ():
            left = line.left.content if isinstance(line.left, Sized) else line.left
            last = line.steps[-1][1]
            if isinstance(last, Matrix) and not isinstance(last.rows[0][0], Sym) and isinstance(left, (MatrixSym, MatrixPartial)):
                name = left.letter if isinstance(left, MatrixSym) else f"d_{left.by.letter}"  # type: ignore[attr-defined]
                found[name] = np.array([[number(cell) for cell in row] for row in last.rows])
    return found


def number(cell: Expr) -> float:
    return to_float(cell.value)  # type: ignore[attr-defined]


def test_samples_stand_in_rows_with_their_numbers() -> None:
    """The forward and the backward pass once more, by NumPy."""
    x = np.array([[1, 2], [0, 1], [2, -1], [1, 1]], dtype=float)
    t = np.array([3, 1, 0, 1], dtype=float)
    w, b, v, c = np.array([[1, 0], [0.5, 1], [0, -1]]), np.array([0, 1, 1]), np.array([1, -1, 2]), 1
    z = x @ w.T + b
    h = np.tanh(z)
    a = h @ v + c
    d_a = 2 * (a - t) / 4
    d_h = np.outer(d_a, v)
    d_z = d_h * (1 - h**2)
    wanted = {"x": x, "z": z, "h": h, "a": a[:, None], "d_a": d_a[:, None], "d_h": d_h, "d_z": d_z, "d_W": d_z.T @ x}
    wanted |= {"d_b": d_z.sum(axis=0)[:, None], "d_v": (h.T @ d_a)[:, None]}
    found = printed(BATCH)
    for name, array in wanted.items():
        np.testing.assert_allclose(found[name], array, rtol=2e-3, atol=2e-4, err_msg=name)


def test_a_line_that_is_true_by_sizes_alone_is_false() -> None:
    """With as many samples as entries every product fits: the definitions are of one sample, the lines with numbers of all."""
    square = BATCH.replace(", [2, -1, 0], [1, 1, 1]]", "]").replace("[[1, 0], [1/2, 1], [0, -1]]", "[[1, 3], [1/2, 1]]")
    square = square.replace("b: [0, 1, 1], v: [1, -1, 2]", "b: [0, 1], v: [1, -1]")
    worked = work(loads(square))
    for name in piece_names(worked.evaluation):
        assert piece_text(worked.evaluation, name, "md")
    found = printed(square)
    np.testing.assert_allclose(found["z"], np.array([[1, 2], [0, 1]]) @ np.array([[1, 3], [0.5, 1]]).T + [0, 1])


def test_the_samples_are_a_table_and_what_they_make_up_is_not_asked_for() -> None:
    sheet = compose(evaluate(loads(BATCH)), "worksheet")
    tables = [block for block in each_block(sheet.blocks) if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [4]
    equations = [block for block in each_block(sheet.blocks[-2:]) if isinstance(block, Equations)]
    asked = [getattr(line.left, "content", line.left) for block in equations for line in block.lines]
    assert len(asked) > 8
    assert MatrixSym("x") not in asked


@pytest.mark.parametrize("spec", ARRAY_SPECS, ids=lambda path: path.stem)
def test_every_piece_is_believed(spec: Path) -> None:
    evaluation = evaluate(load(str(spec)))
    names = piece_names(evaluation)
    assert {"equations", "forward", "worksheet", "notes", "key forward", "task gradients"} <= set(names)
    assert sum(name.startswith("matrix ") for name in names) >= 2
    texts = {name: piece_text(evaluation, name, "md") for name in names}
    assert all(texts.values())
    assert sheet_of(evaluation).graph is evaluation.graph


def test_a_piece_that_only_scalars_have_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="there is no kind of piece 'chain'"):
        piece_text(evaluate(loads(BATCH)), "chain W")


def test_notes_are_woven_and_python_shows_them(tmp_path: Path) -> None:
    (tmp_path / "batch.yaml").write_text(BATCH, encoding="utf-8")
    (tmp_path / "notes.md").write_text("<!-- derivgen: batch.yaml matrix W -->\n<!-- /derivgen -->\n", encoding="utf-8")
    said = Shell(tmp_path)("weave", "notes.md")
    assert (said.code, said.err) == (0, "")
    woven = (tmp_path / "notes.md").read_text(encoding="utf-8")
    made = derivgen.derive(str(tmp_path / "batch.yaml"))
    assert made.piece("matrix W").render("md").strip() in woven
    assert "bmatrix" in woven
    assert made.as_dict()["gradients"]["W"]["matrix"] == "d_z.T @ x"
    assert made.values["z"][0] == derivgen.derive(loads(BATCH)).values["z"][0]


def test_python_has_gradients_in_nested_tuples() -> None:
    gradients = derivgen.derive(loads(ARRAY_SPECS[-1].read_text(encoding="utf-8")), wrt=["W", "W_12", "b"]).gradients
    assert (gradients["W"].expression, gradients["W"].entry) == ("outer(d_z, x)", "d_z_i*x_j")
    assert gradients["W_12"].value == gradients["W"].value[0][1]
    assert gradients["b"].value[0] == gradients["W"].value[0][0]
    assert repr(gradients["b"]) == "dL/db = d_z"
    assert gradients["W"].render("md").count("bmatrix") >= 6


def test_a_site_has_them(tmp_path: Path) -> None:
    page = "# Layer\n\n```{derivgen} layer.yaml matrix W\n```\n\n```{derivgen-worksheet} layer.yaml\n:tasks: gradients\n```\n"
    made = build(site(tmp_path, {"index.md": page, "layer.yaml": ARRAY_SPECS[-1].read_text(encoding="utf-8")}))
    assert (made.code, made.complaints) == (0, "")
    assert made.page("index.html").count("<mtable") >= 4
    assert "Forward pass." not in made.page("index.html")
