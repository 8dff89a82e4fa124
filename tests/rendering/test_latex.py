"""LaTeX pages: nothing raw reaches TeX, nothing of an answer reaches a worksheet, worksheet and key stand alike."""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO

import pytest
from jinja2 import UndefinedError

from derivgen.documents import document as blocks
from derivgen.documents.document import Document, Heading, Paragraph, SideBySide, Strong, Table, Task, Text
from derivgen.errors import ToolError
from derivgen.language import languages
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Sym
from derivgen.rendering import FORMATS
from derivgen.rendering.latex import render_latex
from derivgen.rendering.templates import Safe, environment, folder, joined
from tests.rendering import samples

HOSTILE = r"\input{/etc/passwd} $x$ %c #1 {a} ^^5c \end{document} \write18{ls} ~_& ``q'' <b> | \\[3pt]"


def typeset(document: Document) -> bytes:
    """The document's PDF; skips where no engine is found, but not in CI."""
    from derivgen.typeset.engines import find_engine
    from derivgen.typeset.pdf import typeset as run

    try:
        engine = find_engine()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return run(render_latex(document), engine=engine)


def hostile() -> Document:
    """The same dangerous words wherever words can stand."""
    prose = (Text(HOSTILE), Strong(HOSTILE))
    table = Table((Sym(HOSTILE),), ((Sym("x_" + HOSTILE),),), caption=HOSTILE)
    task = Task(HOSTILE, prose, prose, HOSTILE, (table, samples.drawing()), prose)
    return Document(
        "notes",
        HOSTILE,
        "en",
        HOSTILE,
        (Heading(prose, 1, HOSTILE), Paragraph(prose, "quiet"), task),
        (HOSTILE,),
        HOSTILE,
        "a4",
        HOSTILE,
    )


def test_no_word_becomes_a_command() -> None:
    tex = render_latex(hostile())
    assert tex.count("textbackslash{}input") > 10
    for danger in (r"\input{", r"\write18", "^^5c", " $x$ ", "#1 {a}", r"\\[3pt]"):
        assert danger not in tex.split(r"\begin{document}")[1], danger
    assert tex.count(r"\end{document}") == 1


def test_hostile_words_are_typeset() -> None:
    assert typeset(hostile()).startswith(b"%PDF")


def test_a_worksheet_has_no_answer() -> None:
    worksheet, key = (render_latex(samples.sheet(audience)) for audience in ("worksheet", "key"))
    for answer in ("0.8808", "0.1338", "0.6225", r"A_{5} \cdot (1 - A_{5})", "error is the largest"):
        assert answer in key
        assert answer not in worksheet
    assert r"\dgfill{" not in worksheet.split(r"\begin{document}")[1]


def places(pdf: bytes) -> dict[str, tuple[int, int]]:
    """For each number of a task, the page and the height at which it stands."""
    from pypdf import PdfReader

    found: dict[str, tuple[int, int]] = {}
    for page, content in enumerate(PdfReader(BytesIO(pdf)).pages):

        def note(text: str, _cm: list[float], matrix: list[float], *_: object, page: int = page) -> None:
            found.update((title, (page, round(matrix[5] * 10))) for title in TITLES if title in text)

        content.extract_text(visitor_text=note)
    return found


TITLES = ("Forward pass", "Its value", "In words")


def test_worksheet_and_key_stand_alike() -> None:
    worksheet, key = (places(typeset(samples.sheet(audience))) for audience in ("worksheet", "key"))
    assert set(worksheet) == set(TITLES)
    assert worksheet == key


@pytest.mark.parametrize("language", languages())
def test_every_audience_is_typeset_with_language_and_title(language: str) -> None:
    from pypdf import PdfReader

    made = [samples.sheet("worksheet", language), samples.sheet("key", language), samples.notes(language)]
    for document in made:
        reader = PdfReader(BytesIO(typeset(document)))
        assert reader.trailer["/Root"]["/Lang"] == language
        assert reader.metadata is not None
        assert reader.metadata.title == document.title


def test_a_drawing_says_what_it_shows() -> None:
    tex = render_latex(samples.sheet("worksheet"))
    assert r"\dgalt{FEFF" + "The network".encode("utf-16-be").hex().upper() in tex


def test_the_same_document_gives_the_same_text() -> None:
    assert render_latex(samples.notes("pt")) == render_latex(samples.notes("pt"))


def test_numbers_and_words_follow_the_language() -> None:
    tex = render_latex(samples.notes("pt"))
    assert "0{,}1338" in tex
    assert "caso contrário" in tex
    assert r"\hyphenpenalty=10000" in tex


def test_columns_that_do_not_fit_stand_below_each_other() -> None:
    document = samples.sheet("worksheet")
    wide = SideBySide((samples.drawing(),), (samples.definitions(), samples.drawing()))
    beside, below = (render_latex(replace(document, blocks=(block,))) for block in (document.blocks[0], wide))
    assert r"\begin{minipage}[c]" in beside
    assert r"\begin{minipage}[c]" in below
    wider = replace(wide, left=(samples.drawing(compact=False), replace(samples.drawing(), drawing=_stretched())))
    assert r"\begin{minipage}[c]" not in render_latex(replace(document, blocks=(wider,)))


def _stretched() -> blocks.Drawing:
    return replace(samples.drawing().drawing, width=15.0)


def test_every_block_has_a_template() -> None:
    kinds = set(blocks.Block.__args__)  # type: ignore[attr-defined]
    assert len(kinds) > 5
    assert len(list(folder("latex").glob("*.j2"))) == len(kinds) + 7  # preamble, drawing, frame, head, opening, macros, columns
    own = {file.name for file in folder("latex/plain").glob("*.j2")} - {file.name for file in folder("latex").glob("*.j2")}
    assert own == {"labelled.tex.j2"}


def test_templates_are_strict_and_escape() -> None:
    made = environment(("latex",), lambda words: f"[{words}]")
    assert made.from_string("{{ a }}{{ b }}").render(a="x", b=Safe("x")) == "[x]x"
    with pytest.raises(UndefinedError):
        made.from_string("{{ nothing }}").render()
    with pytest.raises(TypeError):
        joined((Safe("a"), "b"), ",")  # type: ignore[arg-type]


def test_formats() -> None:
    assert FORMATS["tex"].extension == "tex"
    assert FORMATS["tex"].render(samples.notes(), DEFAULT).startswith(r"\documentclass")


def test_letter_paper_and_a_long_title() -> None:
    document = replace(samples.notes(), paper="letter", title="Words " * 40)
    tex = render_latex(document)
    assert "letterpaper" in tex
    assert r"\dots{}" in tex
