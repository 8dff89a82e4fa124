"""Short answers stand in columns and below each other, on every paper and in every size of letters; the key is the same sheet."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, Equations, Line, Text
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Gap, Sum, Sym
from derivgen.rendering.columns import columns
from derivgen.rendering.html import render_html
from derivgen.rendering.latex import render_latex
from derivgen.spec.load import load, loads
from derivgen.spec.paper import FONT_SIZES, PAPERS, PageSize
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import ROOT, Pdf, every_block

DEEP = """\
equations: |
  z_1 = w_1*x_1 + w_2*x_2 + b_1
  z_2 = w_3*x_1 + w_4*x_2 + b_1
  a_1 = sig(z_1)
  a_2 = sig(z_2)
  z_3 = w_5*a_1 + w_6*a_2 + b_2
  a_3 = sig(z_3)
  L = (y - a_3)^2
inputs: [x_1, x_2]
targets: [y]
values: {x_1: 1, x_2: 2, y: 1, w_1: 0.1, w_2: 0.2, w_3: 0.3, w_4: 0.4, w_5: 0.5, w_6: 0.6, b_1: 0.7, b_2: 0.8}
notation: {chain: reuse}
"""


def line(name: str, *widths: float) -> Line:
    """A line with gaps so wide."""
    return Line(Sym(name), tuple(("=", Gap(width, 1.4)) for width in widths))


def names(block: Equations, room: float) -> list[list[str]]:
    found = columns(block, DEFAULT, room)
    assert found is not None
    return [[each.left.name for each in row if isinstance(each.left, Sym)] for row in found.rows]


def test_lines_are_read_row_by_row() -> None:
    lines = tuple(line(name, 5.0) for name in "abcde")
    assert names(Equations(lines, columns=3), 40.0) == [["a", "b", "c"], ["d", "e"]]
    assert names(Equations(lines, columns=2), 40.0) == [["a", "b"], ["c", "d"], ["e"]]
    assert names(Equations(lines, columns=3), 22.0) == [["a", "b"], ["c", "d"], ["e"]]
    assert names(Equations(lines, columns=3), 12.0) == [[name] for name in "abcde"]
    assert names(Equations(lines, columns=1), 40.0) == [[name] for name in "abcde"]


def test_a_long_line_stands_alone_and_the_others_keep_their_order() -> None:
    lines = (line("a", 5.0), line("b", 5.0), line("c", 5.0), line("d", 25.0), line("e", 5.0), line("f", 5.0))
    found = columns(Equations(lines, columns=2), DEFAULT, 40.0)
    assert found is not None
    assert names(Equations(lines, columns=2), 40.0) == [["a", "b"], ["c"], ["d"], ["e", "f"]]
    assert found.alone == (False, False, True, False)
    assert found.width <= found.pitch <= 20.75


def test_as_many_columns_as_save_most_rows() -> None:
    lines = tuple(line(name, 11.0 if name in "cd" else 5.0) for name in "abcdefgh")
    assert names(Equations(lines, columns=3), 40.0) == [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]


def test_what_does_not_fit_or_has_a_reason_is_left_as_it_is() -> None:
    long_ = Line(Sym("a"), (("=", Sum(tuple(Sym(f"name{k}") for k in range(30)))),))
    assert columns(Equations((long_, line("b", 3.0)), columns=2), DEFAULT, 40.0) is None
    told = Line(Sym("a"), (("=", Gap(3.0, 1.4)),), (Text("1 point"),))
    assert columns(Equations((told, line("b", 3.0)), columns=2), DEFAULT, 40.0) is None
    assert columns(Equations((line("a", 3.0), line("b", 3.0))), DEFAULT, 40.0) is None


def documents(worksheet: str) -> tuple[Evaluation, Document, Document]:
    evaluation = evaluate(loads(f"{DEEP}worksheet: {{{worksheet}}}\n"))
    return evaluation, compose(evaluation, "worksheet"), compose(evaluation, "key")


def pdf_of(document: Document, evaluation: Evaluation) -> bytes:
    text = render_latex(document, style_of(evaluation)).replace(r"\begin{document}", "\\hfuzz=0.5pt\\begin{document}")
    return typeset(text)


@pytest.mark.parametrize(
    "worksheet",
    ["columns: 3", "columns: 1", "paper: a5, font_size: 10", "paper: a5, font_size: 14", "font_size: 20", "font_size: 12"],
)
def test_gaps_stand_below_each_other_and_the_key_is_the_same_sheet(worksheet: str) -> None:
    evaluation, asked, filled = documents(worksheet)
    sheet, key = (Pdf(pdf_of(document, evaluation)) for document in (asked, filled))
    assert len(sheet.pages) == len(key.pages)
    assert len(sheet.boxes) == len(key.boxes) > 20
    for gap, answer in zip(sheet.boxes, key.boxes, strict=True):
        assert gap[0] == answer[0] and abs(gap[1] - answer[1]) < 1 and abs(gap[2] - answer[2]) < 1
    box = PdfReader(BytesIO(sheet.data)).pages[0].mediabox
    assert abs(float(box.height) - PAPERS[asked.paper].height / 25.4 * 72) < 1
    forward = sheet.boxes[:7]
    rows = len({round(y) for _, _, y in forward})
    assert rows <= 4 if "columns: 3" in worksheet else rows == 7 if "columns: 1" in worksheet else rows <= 7
    if "columns: 1" in worksheet:
        assert max(x for _, x, _ in forward) - min(x for _, x, _ in forward) < 0.1
    assert all(x < float(box.width) - 20 for _, x, _ in sheet.boxes)


@pytest.mark.parametrize("size", [10, 14, 20])
def test_letters_are_as_large_as_they_are_called(size: int) -> None:
    evaluation, asked, _ = documents(f"font_size: {size}")
    sizes: list[float] = []

    def note(text: str, _cm: object, _tm: object, _font: object, points: float) -> None:
        if "Work out" in text:
            sizes.append(points)

    for page in PdfReader(BytesIO(pdf_of(asked, evaluation))).pages:
        page.extract_text(visitor_text=note)
    assert sizes and all(abs(points / 72 * 72.27 - FONT_SIZES[size]) < 0.1 for points in sizes)


def test_letters_too_large_for_the_paper_are_refused() -> None:
    with pytest.raises(SpecError, match="letters of 20 points are too large for a5"):
        loads(f"{DEEP}worksheet: {{paper: a5, font_size: 20}}\n")
    with pytest.raises(SpecError, match="'13' is none of the choices"):
        loads(f"{DEEP}worksheet: {{font_size: 13}}\n")


def test_every_paper_has_room_for_the_usual_letters() -> None:
    assert list(PAPERS) == ["a4", "letter", "a5"]
    assert [PageSize(paper).room for paper in PAPERS] == [42.9, 44.5, 32.1]
    assert all(before > after for before, after in pairwise(PageSize("a4", size).room for size in FONT_SIZES))


def test_a_web_page_has_the_columns_too() -> None:
    evaluation, asked, filled = documents("columns: 2")
    for document in (asked, filled):
        page = render_html(document, style_of(evaluation))
        assert 'class="dg-equations dg-columns dg-columns-2"' in page.replace(" dg-together", "")
        assert "dg-columns-3" not in page.split("<main>")[1]


def test_the_network_of_mazurs_article_fits_on_two_pages() -> None:
    file = ROOT / "specs" / "small" / "mazur.yaml"
    if not file.exists():
        pytest.skip("the spec is not there yet")
    evaluation = evaluate(load(str(file)))
    for audience in ("worksheet", "key"):
        assert len(Pdf(pdf_of(compose(evaluation, audience), evaluation)).pages) <= 2


def test_the_notes_have_no_gaps_in_columns() -> None:
    evaluation, _, _ = documents("columns: 3")
    blocks = [block for block in every_block(compose(evaluation, "notes").blocks) if isinstance(block, Equations)]
    assert blocks and all(block.columns <= 2 for block in blocks)
