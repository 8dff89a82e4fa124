"""Markdown: formulas that no reader takes apart, words that stay words, drawings beside it, gaps without answers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import (
    Document,
    Equations,
    Heading,
    Line,
    Math,
    Paragraph,
    Space,
    Strong,
    Table,
    Task,
    Text,
)
from derivgen.maths.tree import Cases, Compare, Filled, Gap, Num, Partial, Product, Quotient, Sym, number
from derivgen.pieces import piece_text
from derivgen.rendering.markdown import LONGEST, companion_drawings, render_markdown, render_markdown_piece
from derivgen.rendering.markdown_words import between_dollars, escaped
from derivgen.spec.load import load
from derivgen.work import evaluate
from tests.product import AUDIENCES, ROOT, SPECS
from tests.rendering.formulas import formulas_in

NETWORK = ROOT / "specs/notes/002_and_gate_numbers.yaml"


@cache
def worked(spec: Path):
    return evaluate(load(str(spec)))


@cache
def rendered(spec: Path, audience: str) -> str:
    return render_markdown(compose(worked(spec), audience), style_of(worked(spec)))


def piece(*blocks) -> str:
    return render_markdown_piece(blocks, "en")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_display_is_a_block_of_its_own_without_empty_lines(spec: Path) -> None:
    for audience in AUDIENCES:
        text = rendered(spec, audience)
        assert text.startswith("# ") and text.endswith("\n") and "\n\n\n" not in text and "\\dg" not in text
        parts = text.split("$$")
        assert len(parts) % 2 == 1 and len(parts) > 2
        for before, display, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
            assert before.endswith("\n\n") or not before
            assert display.startswith("\n") and display.endswith("\n") and "\n\n" not in display and len(display) < 2 * LONGEST
            assert after.startswith("\n")
        assert formulas_in(text)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_no_reader_takes_a_formula_apart(spec: Path) -> None:
    """Nothing in a formula that Markdown escapes, emphasises, closes a cell with or takes for a tag."""
    for audience in AUDIENCES:
        for formula in formulas_in(rendered(spec, audience)):
            assert not re.search(r"\\[,:;!{}|_#]|[*|]|<(?! )|(?<! )>|(?<![A-Za-z0-9])_\S", formula.tex), formula.tex
            assert formula.tex == formula.tex.strip("\n") and "$" not in formula.tex


def test_words_stay_words() -> None:
    text = piece(Paragraph((Text("1. *a* _b_ `c` [d](e) <f> $5 {g} #h |i| ~j~ ^k @l"), Strong("n_1"))))
    assert text == ("1\\. \\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\<f\\> &#36;5 \\{g\\} \\#h \\|i\\| \\~j\\~ \\^k \\@l**n\\_1**\n")


def test_a_formula_ends_before_a_digit() -> None:
    assert (
        piece(Paragraph((Text("of "), Math(Sym("x")), Text("2 and "), Math(Sym("y")), Text(".")))) == "of $x$&#8203;2 and $y$.\n"
    )


def test_what_stands_between_two_formulas_is_none() -> None:
    assert piece(Paragraph((Math(Sym("x")), Text(" = "), Math(number(3)), Text(".")))) == "$x$ = $3$.\n"


def test_signs_of_markdown_have_names_in_formulas() -> None:
    assert between_dollars(r"a < b * \{ c \} \, d | \hat{y}_{1} W_{2} \\ e") == (
        r"a < b \ast \lbrace c \rbrace \ d \vert \hat{y}_ {1} W_{2} \\ e"
    )
    assert escaped("a\nb") == "a b"


def test_one_row_needs_no_alignment() -> None:
    line = Line(Partial(Sym("L"), Sym("w_1")), (("=", Quotient(number(1), number(2))),))
    assert piece(Equations((line,))) == "$$\n\\frac{\\partial L}{\\partial w_{1}} = \\frac{1}{2}\n$$\n"


def test_reasons_stand_beside_with_their_formulas() -> None:
    line = Line(Sym("L"), (("=", Sym("x")),), (Text("with "), Math(Compare("==", Sym("u"), Sym("v"))), Text(", σ and x_1")))
    text = piece(Equations((line, line)))
    assert r"L &= x && \text{with }u = v\text{, }\sigma\text{ and x}\underline{\ }\text{1} \\" in text


def test_a_table_is_one_of_pipes() -> None:
    cases = Cases(((Compare(">", Sym("z"), number(0)), number(1)),), number(0))
    table = Table((Sym("i"), cases), ((number(1), Gap(3, 1.4)), (number(2), Filled(Num(number(3).value), 3, 1.4))), 1)
    lines = piece(table).splitlines()
    assert len(lines) == 4 and {len(line) for line in lines} == {len(lines[0])}
    assert all(re.fullmatch(r"\| [^|]+ \| [^|]+ \|", line) for line in lines)
    assert re.fullmatch(r"\| :-+: \| :-+: \|", lines[1])
    assert f"{'.' * 11}$" in lines[2] and r"\boldsymbol{3}" in lines[3]


def test_a_table_is_padded_as_formatters_pad_it() -> None:
    """Centred, the odd blank behind, as prettier and mdformat do; so many dashes as a column is wide, and three at least."""
    table = Table((Sym("x"), Sym("y"), None), ((Sym("alpha"), number(7), None), (number(1), Sym("y"), None)))
    assert piece(table).splitlines() == [
        "|   $x$    | $y$ |     |",
        "| :------: | :-: | :-: |",
        "| $\\alpha$ | $7$ |     |",
        "|   $1$    | $y$ |     |",
    ]


def test_a_table_wider_than_asked_for_is_several() -> None:
    columns = [Sym(f"x_{number}") for number in range(1, 13)]
    table = Table(tuple(columns), (tuple(columns), tuple(columns)), given=1)
    assert piece(table).count(":-") == 12
    found = render_markdown_piece((table,), "en", width=12.0).split("\n\n")
    assert len(found) > 2
    heads = [part.splitlines()[0].strip("| ").split(" | ") for part in found]
    assert all(head[0].strip() == "$x_{1}$" for head in heads), "what is given stands in each of them"
    assert [name.strip() for head in heads for name in head[1:]] == [f"$x_{{{number}}}$" for number in range(2, 13)]
    assert "$x_{90}$" in piece(Table(tuple(Sym(f"x_{number}") for number in range(1, 91)), ())), "as wide as none should be"


def test_numbers_of_a_column_are_padded_to_align() -> None:
    table = Table((Sym("x"),), ((number(5),), (number(-12),)))
    assert r"\phantom{-}\phantom{0}5" in piece(table)


def test_tasks_and_headings_of_a_document_and_of_a_piece() -> None:
    task = Task("2", (Text("Chains."),), (Text("Write them."),), "9 points", (Space(6),), (Text("slowly"),))
    heading = Heading((Text("Forward pass"),))
    document = render_markdown(Document("worksheet", "worksheet", "en", "A * title", (heading, task), ("Name",), "A course"))
    assert document == (
        "# A \\* title\n\n*A course · worksheet*\n\nName: ............................\n\n## Forward pass\n\n"
        "## 2. Chains (9 points)\n\nWrite them.\n\n> Hint: slowly\n\n<br><br><br><br>\n"
    )
    assert piece(heading, task) == (
        "**Forward pass**\n\n**2. Chains.** Write them. (9 points)\n\n> Hint: slowly\n\n<br><br><br><br>\n"
    )


def test_drawings_are_files_beside_a_document() -> None:
    document = compose(worked(NETWORK), "notes")
    text, beside = render_markdown(document), companion_drawings(document)
    linked = re.findall(r"^!\[[^\]]+(?:\\\][^\]]*)*\]\(([^)]+)\)$", text, re.MULTILINE)
    assert linked == list(beside) and len(linked) > 3 and linked[0] == "notes-1.svg"
    assert all(content.startswith("<svg") for content in beside.values())


def test_a_drawing_as_a_piece_is_in_its_link() -> None:
    text = piece_text(worked(NETWORK), "drawing", "md")
    assert re.fullmatch(r'<img alt="A network[^"<]+" src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+">\n', text)


def test_lines_keep_to_a_width() -> None:
    wide, narrow = (piece_text(worked(NETWORK), "product W_13", "md", width) for width in (80, 18))
    assert narrow.count("\\\\\n") > wide.count("\\\\\n")


def test_products_of_numbers_keep_their_signs() -> None:
    assert r"24 \cdot (-1)" in piece(Equations((Line(Sym("L"), (("=", Product((number(24), number(-1)))),)),)))
