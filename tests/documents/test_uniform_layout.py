"""Sheets of many variants look alike: one layout of the drawing, gaps that do not tell how long an answer is, true numbers."""

from __future__ import annotations

import pytest

from derivgen.checks.pages import verify_document
from derivgen.classes.job import derivation_of, serialize
from derivgen.classes.preparation import layout_of
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Document, Figure, SideBySide, Table, each_block
from derivgen.documents.uniform_layout import Path, Size, UniformLayout, larger, map_sizes, uniform_layout
from derivgen.evaluation import Evaluation
from derivgen.lines.notation import as_written
from derivgen.maths.tree import Expr
from derivgen.rendering.grid import grid
from derivgen.spec.load import load, loads
from derivgen.variants.records import variant
from derivgen.variants.search import draw
from derivgen.work import evaluate
from tests.product import ROOT

RANDOM = "random:\n  W_*: {integers: [-12, 12], nonzero: true}\n  b_*: {halves: [-2, 2]}\n"


def sizes_of(document: Document) -> dict[Path, Size]:
    """The size of each gap, and of each room to write in, by where it stands; of a table's column that of its largest."""
    found: dict[Path, Size] = {}

    def note(path: Path, size: Size, content: Expr | None) -> Size:
        found[path] = larger(found.get(path, size), size)
        return size

    map_sizes(document, note)
    return found


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    file = tmp_path_factory.mktemp("spec") / "gate.yaml"
    text = (ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml").read_text(encoding="utf-8")
    file.write_text(text + RANDOM, encoding="utf-8")
    return evaluate(load(str(file)))


@pytest.fixture(scope="module")
def variants(gate) -> list[Evaluation]:
    return [variant(gate, draw(gate.graph.spec, "tests", str(number))) for number in range(8)]


@pytest.fixture(scope="module")
def common(gate) -> UniformLayout:
    spec = gate.graph.spec
    numbers = {name: [as_written(number) for number in one.numbers] for one in spec.random.draws for name in one.names}
    return uniform_layout([variant(gate, draw(spec, "samples", str(number))) for number in range(6)], numbers)


def drawing(document):
    block = next(block for block in document.blocks if isinstance(block, SideBySide))
    figure = block.left[0]
    assert isinstance(figure, Figure)
    return figure.drawing


def test_one_layout_for_all_with_each_ones_numbers(common, variants):
    drawings = [drawing(common.compose(one, "worksheet")) for one in variants]
    assert len({(made.shapes, made.wires, tuple((label.x, label.y) for label in made.labels)) for made in drawings}) == 1
    assert len({made.labels for made in drawings}) > 1
    own = drawing(compose(variants[0], "worksheet"))
    assert {label.content for label in own.labels} == {label.content for label in drawings[0].labels}


def test_a_number_nobody_thought_of_gets_the_room_it_needs(gate, common, variants):
    small = uniform_layout(variants[:1], {name: [as_written(v)] for name, v in variants[0].graph.spec.values.items()})
    for one in variants:
        wide, own = drawing(small.compose(one, "key")), drawing(common.compose(one, "key"))
        assert [label.content for label in wide.labels] == [label.content for label in own.labels]


def test_worksheet_and_key_have_gaps_of_the_same_size(common, variants):
    for one in variants:
        worksheet, key = (sizes_of(common.compose(one, audience)) for audience in ("worksheet", "key"))
        assert worksheet == key
        assert len(worksheet) > 20


def test_gaps_are_as_large_as_in_the_samples_and_never_too_small(common, variants):
    for one in variants:
        own, sized = sizes_of(compose(one, "key")), sizes_of(common.compose(one, "key"))
        assert list(own) == list(sized)
        assert all(sized[path] >= own[path] and sized[path] >= common.sizes.get(path, (0, 0)) for path in own)
    plain = {tuple(sizes_of(compose(one, "key")).items()) for one in variants}
    assert len({tuple(sizes_of(common.compose(one, "key")).items()) for one in variants}) < len(plain)


def test_every_line_is_still_believed(common, variants):
    for one in variants:
        verify_document(common.compose(one, "key"), (as_printed(one),))


SOFTMAX = """\
equations: |
  z_1 = w_1*x + b_1
  z_2 = w_2*x + b_2
  z_3 = w_3*x + b_3
  p_1, p_2, p_3 = softmax(z_1, z_2, z_3)
  L = mean(-(y_1*ln(p_1) + y_2*ln(p_2) + y_3*ln(p_3)))
targets: [y_1, y_2, y_3]
data:
  columns: [x, y_1, y_2, y_3]
  rows: [[1, 1, 0, 0], [2, 0, 1, 0], [-1, 0, 0, 1]]
random: {w_*: {integers: [-3, 3]}, b_*: {integers: [-3, 3]}}
"""


def test_the_forward_pass_of_a_class_is_one_table_as_it_is_on_one_sheet() -> None:
    serialized = serialize(loads(SOFTMAX))
    derivation, layout = derivation_of(serialized), layout_of(serialized)
    for student in "123":
        evaluation = variant(derivation, draw(derivation.graph.spec, "tests", student))
        for document in (compose(evaluation, "worksheet"), layout.compose(evaluation, "worksheet")):
            table = next(block for block in each_block(document.blocks) if isinstance(block, Table))
            assert len(table.header) == 11
            assert len(grid(table, style_of(evaluation), document.page.room).parts) == 1
