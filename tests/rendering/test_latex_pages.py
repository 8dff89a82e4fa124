"""What stays together on a page, and what is aligned with what."""

from __future__ import annotations

import re

import pytest

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Line,
    Math,
    Paragraph,
    SideBySide,
    Space,
    Task,
    Text,
    Together,
)
from derivgen.drawings.drawing import Drawing
from derivgen.maths.tree import Boxed, Expr, Partial, Sym, number
from derivgen.rendering.latex import render_latex
from derivgen.typeset.pdf import typeset
from tests.product import ROOT, Pdf

LEFT = Partial(Sym("L"), Sym("w"))
CHAIN = Equations((Line(LEFT, (("=", Sym("u")),)),))
FACTORS = Equations(tuple(Line(Sym(f"a_{k}"), (("=", number(k)),)) for k in range(1, 4)), together=False)
RESULT = Equations((Line(LEFT, (("=", Boxed(number(7))),)),))
HEADING = Heading((Math(LEFT),), 2, "1")
WORDS = Paragraph((Text("words"),))


def drawing(width: float) -> Figure:
    return Figure(Drawing(width, 2.0, ()), "a drawing")


def body(*blocks: Block) -> str:
    """The blocks in the middle of a document."""
    return whole(*blocks, Space(9.0))


def whole(*blocks: Block) -> str:
    text = render_latex(Document("notes", "notes", "en", "T", blocks))
    return text[text.index(r"\dgtitle{T}") :]


def test_a_boxed_result_keeps_with_the_line_before_it() -> None:
    assert r"\postdisplaypenalty=10000" in body(CHAIN, RESULT)
    assert r"\postdisplaypenalty" not in body(CHAIN, FACTORS)
    assert r"\postdisplaypenalty" not in body(RESULT, CHAIN)


def test_a_heading_and_its_equation_keep_with_what_goes_on_from_them() -> None:
    assert r"\nobreak" in body(Together((HEADING, CHAIN)), FACTORS)
    assert r"\nobreak" not in body(Together((HEADING, CHAIN)), WORDS)


def test_a_numbered_heading_that_says_no_more_than_its_equation_stands_in_its_line() -> None:
    numbered = Heading((Math(LEFT),), 2, "3")
    text = body(numbered, CHAIN, FACTORS)
    assert text.count(r"\dgnumbered{3}{") == 1 and r"\dgheading" not in text
    assert text.index(r"\dgnumbered{3}") > text.index(r"\begin{align*}")
    assert r"\dgheading{2}{3}" in body(Heading((Text("x"),), 2, "3"), CHAIN)
    assert r"\dgheading{2}{}" in body(Heading((Math(LEFT),), 2), CHAIN)
    assert r"\dgheading{2}{3}" in body(numbered, WORDS)


def test_what_ends_a_document_stays_together() -> None:
    """No last page of a line or two: the last rows stay on one page, with what stands before them where they are few."""
    long = Equations(tuple(Line(Sym(f"a_{k}"), (("=", number(k)),)) for k in range(1, 20)), together=False)
    assert whole(WORDS, long).count(r"\\*") == 3
    assert body(WORDS, long).count(r"\\*") == 1
    assert whole(long, WORDS).count(r"\postdisplaypenalty=10000") == 1
    assert r"\postdisplaypenalty=10000" not in whole(long, WORDS, Equations(long.lines, together=False))
    assert whole(WORDS, WORDS, WORDS).count(r"\nobreak") == 2


def test_what_says_nothing_new_begins_no_page() -> None:
    """A table of all gradients that would stand alone on a last page is left out of it, and stands where there is room."""
    table = Together((Heading((Text("Summary"),)), CHAIN), spare=True)
    for lines, there in ((30.0, True), (49.0, False)):
        pages = Pdf(typeset(render_latex(Document("notes", "notes", "en", "T", (Space(lines), table))))).pages
        assert (len(pages), "Summary" in pages[0]) == (1, there)


def test_a_headings_first_words_keep_with_what_they_introduce() -> None:
    for blocks in ((HEADING, WORDS, WORDS), (WORDS, CHAIN), (HEADING, WORDS, CHAIN)):
        assert body(*blocks).count(r"\nobreak") == 1
    assert r"\nobreak" not in body(WORDS, WORDS)


def columns(*blocks: Block) -> str:
    return body(SideBySide((HEADING, CHAIN), blocks, top=True))


def test_a_chain_beside_a_drawing_is_moved_in_like_its_factors() -> None:
    text = columns(drawing(6.0))
    assert r"\begin{minipage}[t]" in text
    assert r"\hspace*{\mathindent}$\displaystyle\begin{aligned}" in text
    assert r"\hspace*{\mathindent}" not in body(SideBySide((drawing(6.0),), (CHAIN,)))


def test_a_drawing_gives_way_a_little() -> None:
    """Beside equations it may be made smaller by a fifth; beyond that the two stand below each other."""
    wide: Expr = Sym("abcdefghijklmnopqrstuvwxyz")
    beside = Equations((Line(LEFT, (("=", wide),)),))
    for width, fits, shrunk in ((6.0, True, False), (10.0, True, True), (16.0, False, False)):
        text = body(SideBySide((HEADING, beside), (drawing(width),)))
        assert (r"\begin{minipage}" in text, r"\resizebox" in text) == (fits, shrunk), width


def test_the_points_leave_the_size_of_the_text_alone() -> None:
    preamble = (ROOT / "templates/latex/preamble.tex.j2").read_text(encoding="utf-8")
    assert re.search(r"\\hfill\{\\small#2\}", preamble)


def test_an_empty_box_stands_with_its_task() -> None:
    """Two boxes fit on a page; the third one's title does not stay behind at the foot of it."""
    tasks = [Task(str(k), (Text(f"Task {k}"),), (), "", (Space(17),)) for k in range(1, 7)]
    pdf = Pdf(typeset(render_latex(Document("worksheet", "worksheet", "en", "T", tuple(tasks)))))
    assert [re.findall(r"Task (\d)", page) for page in pdf.pages] == [["1", "2"], ["3", "4"], ["5", "6"]]


@pytest.mark.parametrize("lines", [38, 40, 42, 44])
def test_a_task_stays_with_its_hint_and_its_first_line(lines: int) -> None:
    first = Task("1", (Text("First"),), (), "", (Space(lines),))
    second = Task("2", (Text("Second"),), (), "", (WORDS, FACTORS), (Text("careful"),))
    pdf = Pdf(typeset(render_latex(Document("worksheet", "worksheet", "en", "T", (first, second)))))
    places = [next(at for at, page in enumerate(pdf.pages) if word in page) for word in ("Second", "careful", "words")]
    assert len(set(places)) == 1
