"""The task `matrices`: a gap for each matrix, filled in the key; which layers are asked for, and how much is given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from derivgen.cli.checking import checked
from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose
from derivgen.documents.document import Document, Heading, Line, Math, Paragraph, Space, Task, Text
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Filled, Gap, Matrix, walk
from derivgen.spec.load import loads
from tests.product import ROOT, every_block, every_line, words

SPEC = ROOT / "specs" / "small" / "in_matrices.yaml"
NETWORK = """
network:
  inputs: [1, 2]
  target: [5]
  layers:
    - {weights: [[3, -1], [1, 1]], bias: [1, 0], activation: ReLU}
    - {weights: [[2, 4]], bias: [b]}
  loss: {name: C, kind: squared_error}
values: {b: 7}
"""
SYMBOLIC = """
network:
  inputs: 2
  layers: [{units: 2, activation: ReLU}, {units: 1}]
  loss: {name: C, kind: squared_error}
"""
BATCH = """
network:
  inputs: 1
  layers: [{weights: [[2]], bias: [1], activation: sigmoid}]
  loss: {name: C, kind: mse}
data: {columns: [x_1, y_1], rows: [[1, 2], [0, 1], [3, 0]]}
"""


@cache
def evaluated(spec: str) -> Evaluation:
    return run(derive(build(loads(spec))))


def sheet(worksheet: str, audience: str = "key", network: str = NETWORK) -> Document:
    return compose(evaluated(f"{network}worksheet: {worksheet}\n"), audience)


def text(expr: Expr | None) -> str:
    """An expression on one line, a matrix as [1, 2; 3, 4]."""
    assert expr is not None
    return plain(expr).replace("], [", "; ").replace("[[", "[").replace("]]", "]")


def lines(document: Document) -> tuple[Line, ...]:
    return tuple(every_line(document.blocks))


def task(document: Document) -> Task:
    return next(block for block in every_block(document.blocks) if isinstance(block, Task))


def asked(document: Document) -> dict[str, tuple[str, ...]]:
    """Of each line with gaps what stands left of it and what is filled in."""
    found = {}
    for line in every_line((task(document),)):
        filled = tuple(text(node.content) for _, side in line.steps for node in walk(side) if isinstance(node, Filled))
        found[text(line.left)] = filled
    return found


def titles(document: Document) -> tuple[str, ...]:
    return tuple(words(block.title) for block in every_block(document.blocks) if isinstance(block, (Task, Heading)))


def gaps(document: Document) -> Iterator[Expr]:
    for line in every_line((task(document),)):
        yield from (node for _, side in line.steps for node in walk(side) if isinstance(node, (Gap, Filled)))


def test_every_matrix_of_a_line_is_a_gap() -> None:
    found = asked(sheet("{tasks: [matrices]}"))
    assert list(found) == ["z__1", "a__1", "z__2", "a__2", "delta__2", "dC/dW__2", "dC/db__2", "delta__1", "dC/dW__1", "dC/db__1"]
    assert found["z__1"] == ("[3, -1; 1, 1]", "[1; 2]", "[1; 0]", "[2; 3]")
    assert found["a__2"] == ()
    assert found["delta__2"] == ("2*(a__2 - y)", "2*([23] - [5])", "[36]")
    assert found["dC/dW__2"] == ("delta__2 @ (a__1).T", "[36]", "[2, 3]", "[72, 108]")
    assert found["delta__1"][1:] == ("[2; 4]", "[36]", "[1; 1]", "[72; 144]")
    assert found["dC/dW__1"][-1] == "[72, 144; 144, 288]"
    assert found["dC/db__1"] == ("delta__1", "[72; 144]")


def test_like_matrices_have_like_gaps() -> None:
    """A gap tells the shape of what goes in, and no more."""
    sizes: dict[tuple[int, int], set[tuple[float, float]]] = {}
    for node in gaps(sheet("{tasks: [matrices]}")):
        if isinstance(node, Filled) and isinstance(node.content, Matrix):
            rows = node.content.rows
            sizes.setdefault((len(rows), len(rows[0])), set()).add((node.width, node.height))
    assert sizes.keys() == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert all(len(found) == 1 for found in sizes.values())
    assert next(iter(sizes[2, 1]))[1] > next(iter(sizes[1, 2]))[1]


def test_a_worksheet_is_its_key_without_the_answers() -> None:
    worksheet, key = (sheet("{tasks: [matrices]}", audience) for audience in ("worksheet", "key"))
    assert [(gap.width, gap.height) for gap in gaps(worksheet)] == [(gap.width, gap.height) for gap in gaps(key)]  # type: ignore[attr-defined]
    assert all(isinstance(gap, Gap) for gap in gaps(worksheet))
    assert titles(worksheet) == titles(key)


def test_only_the_layers_of_asked_for_weights() -> None:
    """The last layer's δ is asked for on the way to the first one's."""
    assert list(asked(sheet("{tasks: [matrices], ask: [w__1_21]}"))) == ["z__1", "a__1", "delta__2", "delta__1", "dC/dW__1"]
    assert list(asked(sheet("{tasks: [matrices], ask: [b]}"))) == ["z__2", "a__2", "delta__2", "dC/db__2"]
    assert not titles(sheet("{tasks: [matrices], ask: [C]}"))


def test_it_is_no_task_unless_it_is_named() -> None:
    assert "matrices" not in loads(NETWORK).worksheet.tasks
    assert "In matrices" not in titles(sheet("{}"))


def test_in_portuguese() -> None:
    found = titles(compose(evaluated("language: pt\n" + NETWORK + "worksheet: {tasks: [matrices]}\n"), "worksheet"))
    assert found == ("Em matrizes", "Propagação direta", "Propagação reversa, camada 2", "Propagação reversa, camada 1")


def test_without_numbers_formulas_are_asked_for_alone() -> None:
    found = asked(sheet("{tasks: [matrices]}", network=SYMBOLIC))
    assert found["z__2"] == ("[w__2_11*a__1_1 + w__2_12*a__1_2 + b__2_1]",)
    assert found["dC/dW__1"] == ("delta__1 @ (a__0).T",)
    assert found["delta__2"] == ("2*(a__2 - y)",)


def test_of_several_samples_results_are_asked_for() -> None:
    found = asked(sheet("{tasks: [matrices]}", network=BATCH))
    assert found["Z__1"] == ("[3, 1, 7]",)
    assert len(found["dC/dW__1"]) == 2


def test_a_task_that_is_given_has_no_gaps() -> None:
    assert not list(gaps(sheet("{tasks: [matrices], given: [matrices]}", "worksheet")))


def test_scaffolding_gives_formulas_first() -> None:
    """`chain` prints all formulas, `faded` those of the first gradients, and a gradient all of whose entries are worked out."""
    assert asked(sheet("{tasks: [matrices], scaffolding: chain}"))["dC/dW__2"] == ("[36]", "[2, 3]", "[72, 108]")
    faded = asked(sheet("{tasks: [matrices], scaffolding: faded, ask: [b, w__1_11, w__1_12, w__1_21]}"))
    assert faded["dC/db__2"] == ()
    assert faded["delta__2"] == ("2*([23] - [5])", "[36]")
    assert faded["dC/dW__1"][-1] == "[72, 144; 144, 288]"


def test_given_values_are_printed() -> None:
    line = next(line for line in lines(sheet("{tasks: [matrices], given: [z__1_1, z__1_2]}")) if text(line.left) == "z__1")
    assert text(line.steps[-1][1]) == "[2; 3]"


def test_a_blank_sheet_says_what_stands_in_the_matrices() -> None:
    document = sheet("{tasks: [matrices], scaffolding: blank}", "worksheet")
    spaces = [block for block in every_block(document.blocks) if isinstance(block, Space)]
    assert len(spaces) == 1
    assert spaces[0].lines > 30
    named = [
        text(part.expr)
        for block in every_block((task(document),))
        if isinstance(block, Paragraph)
        for part in block.prose
        if isinstance(part, Math)
    ]
    assert "W__2 == [w__2_11, w__2_12]" in named


def test_points_and_hint() -> None:
    found = [block for block in every_block(compose(checked(SPEC)[0], "worksheet").blocks) if isinstance(block, Task)]
    assert [block.points for block in found] == ["5 points", "10 points"]
    assert any(isinstance(part, Text) and "error" in part.words for part in found[1].hint)


@pytest.mark.parametrize("network", [NETWORK, SYMBOLIC, BATCH])
def test_its_lines_are_checked(network: str, tmp_path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{network}worksheet: {{tasks: [matrices]}}\n", encoding="utf-8")
    with_task = checked(path)[1]
    path.write_text(network, encoding="utf-8")
    assert with_task.equalities > checked(path)[1].equalities
    assert not with_task.failed
