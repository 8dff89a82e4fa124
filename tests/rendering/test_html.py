"""Document → web page: read by a strict parser, with nothing in it that was not meant, the same every time."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, Equations, Heading, Line, Math, Paragraph, SideBySide, Table, Task, Text
from derivgen.evaluation import Evaluation
from derivgen.maths.style import DEFAULT, Style, unfold
from derivgen.maths.tree import (
    Boxed,
    Expr,
    Filled,
    Gap,
    Neg,
    Num,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Sym,
    number,
    walk,
)
from derivgen.pieces import piece_text
from derivgen.present.mathml import elements
from derivgen.rendering import html_lines
from derivgen.rendering.html import Blank, Extras, blanks, render_html, render_html_piece
from derivgen.work import work
from tests.product import AUDIENCES, SPECS, every_formula, every_line

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
EVIL = '</title></style></script><script>alert("1")</script><img src=x onerror=alert(1)>&amp; $x$ \x02 0\x03'
NUMBERS = next(spec for spec in SPECS if spec.stem == "002_and_gate_numbers")


def parsed(text: str, whole: bool = True) -> Any:
    """The page's elements; fails at the first mistake in its HTML."""
    parser = html5lib.HTMLParser(strict=True)
    return parser.parse(text) if whole else parser.parseFragment(text)


def named(root: Any, *tags: str) -> list[Any]:
    wanted = {HTML + tag for tag in tags}
    return [element for element in root.iter() if element.tag in wanted]


def document(*blocks: Any, **changes: Any) -> Document:
    return replace(Document("notes", "notes", "en", "A title", tuple(blocks)), **changes)


def pages() -> Iterator[tuple[Path, str, Document, Style]]:
    for spec in SPECS:
        evaluation = work(spec).evaluation
        for audience in AUDIENCES:
            yield spec, audience, compose(evaluation, audience), style_of(evaluation)


def test_every_page_of_every_spec() -> None:
    """No mistake in its HTML, a language, headings in order, tables with heads, gaps in order, nothing from outside."""
    count = 0
    for spec, audience, made, style in pages():
        text = render_html(made, style)
        root = parsed(text)
        assert root.get("lang") == made.language, (spec, audience)
        levels = [int(heading.tag[-1]) for heading in named(root, *(f"h{n}" for n in range(1, 7)))]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), (spec, audience, levels)
        assert len(named(root, "main", "header")) == 2
        for table in named(root, "table"):
            assert named(table, "th") and all(head.get("scope") == "col" for head in named(table, "th"))
        for drawing in root.iter(f"{SVG}svg"):
            assert drawing.get("role") == "img" and drawing.get("aria-label")
        gaps = [element.get("data-gap") for element in root.iter() if element.get("data-gap")]
        assert gaps == [str(n) for n in range(1, 1 + len(gaps))], (spec, audience)
        assert len(gaps) == sum(isinstance(node, (Gap, Filled)) for node in shown_nodes(made))
        outside = {
            name for element in root.iter() for name in element.attrib if re.match("src|href|action|data$|on|.*href", name)
        }
        assert outside == set() and "url(" not in text and "@import" not in text
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        count += 1
    assert count == len(SPECS) * len(AUDIENCES)


def shown_nodes(made: Document) -> Iterator[Expr]:
    for formula in every_formula(made.blocks):
        yield from walk(formula)


def test_words_never_become_markup() -> None:
    worst = document(
        Heading((Text(EVIL),)),
        Paragraph((Text(EVIL), Math(Sym(EVIL)))),
        Task("1", (Text(EVIL),), (Text(EVIL),), EVIL, (), (Text(EVIL),)),
        Table((Sym(EVIL),), ((number(1),),), caption=EVIL),
        audience="worksheet",
        title=EVIL,
        course=EVIL,
        kind=EVIL,
        fields=(EVIL,),
        points=EVIL,
    )
    root = parsed(render_html(worst))
    assert len(named(root, "script", "img")) == 0
    assert sum("alert" in (element.text or "") for element in root.iter()) >= 8
    assert "\x02" not in "".join(root.itertext())


def test_only_the_pages_own_scripts_may_run() -> None:
    made = Extras(scripts=("let a = 1;",))
    root = parsed(render_html(document(), DEFAULT, made))
    policy = next(meta.get("content") for meta in named(root, "meta") if meta.get("http-equiv") == "Content-Security-Policy")
    scripts = [script.text for script in named(root, "script")]
    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert len(scripts) == 2
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src {' '.join(hashes)};" in policy
    alone = render_html(document(audience="worksheet"))
    assert "script-src 'none'" in alone and "<script" not in alone


def test_what_stands_for_a_gap_can_be_chosen() -> None:
    asked: list[Blank] = []

    def field(blank: Blank) -> str:
        asked.append(blank)
        return f'<input data-gap="{blank.number}">'

    line = Line(Sym("z_1"), (("=", Product((Sym("w"), Gap(3)))), ("=", Gap(2))))
    table = Table((Sym("a"), Sym("b")), ((number(1), Gap(2)), (number(2), Gap(2))), 1)
    made = document(Equations((line,)), table, audience="worksheet")
    root = parsed(render_html(made, DEFAULT, Extras(field)))
    assert [element.get("data-gap") for element in named(root, "input")] == ["1", "2", "3", "4"]
    assert [blank.about for blank in asked] == ["z₁", "z₁", "b, row 1", "b, row 2"]
    assert [blank.of for blank in asked] == [Sym("z_1"), Sym("z_1"), Sym("b"), Sym("b")]
    assert list(blanks(made)) == asked


def test_a_key_has_its_answers_where_its_worksheet_has_gaps() -> None:
    evaluation = work(NUMBERS).evaluation
    worksheet, key = (blanks(compose(evaluation, audience), style_of(evaluation)) for audience in ("worksheet", "key"))
    assert len(key) == len(worksheet) > 50
    assert [(blank.number, blank.about) for blank in key] == [(blank.number, blank.about) for blank in worksheet]
    assert all(isinstance(blank.gap, Filled) for blank in key)


def test_a_piece_stands_in_any_page() -> None:
    evaluation = work(NUMBERS).evaluation
    for name in ("chain W_13", "forward", "drawing", "key chains"):
        text = piece_text(evaluation, name, "html")
        root = parsed(text, whole=False)
        inside = [element for element in root.iter() if element.tag != "DOCUMENT_FRAGMENT"]
        assert inside[0].get("class") == "derivgen"
        assert not [element for element in inside if element.get("id") or element.tag == HTML + "script"]
        classes = {name for element in inside for name in (element.get("class") or "").split()}
        assert all(name == "derivgen" or name.startswith("dg-") for name in classes)
        style = re.sub(r"/\*.*?\*/", "", "".join(element.text or "" for element in named(root, "style")), flags=re.DOTALL)
        selectors = [part.strip() for part in re.findall(r"(?:^|[{}])\s*([^{}@]+?)\s*\{", style) if "(" not in part]
        assert selectors and all(one.startswith(".derivgen") for part in selectors for one in part.split(", ")), selectors


def test_headings_never_leave_out_a_level() -> None:
    made = document(
        Heading((Text("a"),), 2), Task("1", (Text("b"),), (), "", (Heading((Text("c"),), 3),)), Heading((Text("d"),), 2)
    )
    levels = [element.tag[-1] for element in named(parsed(render_html(made)), "h1", "h2", "h3", "h4")]
    assert levels == ["1", "2", "2", "3", "3"]


def test_numbers_of_a_column_stand_below_each_other() -> None:
    cells = [Num(Fraction(value), value) for value in ("1.25", "-10", "3.5")]
    root = parsed(render_html(document(Table((Sym("x"),), tuple((cell,) for cell in cells)))))
    seen = ["".join(cell.itertext()).replace("−", "-") for cell in named(root, "td")]
    unseen = [["".join(part.itertext()) for part in cell.iter(f"{MATH}mphantom")] for cell in named(root, "td")]
    assert [len(text.replace("-", "").replace("−", "")) for text in seen] == [5, 5, 5]
    assert unseen == [["−0"], [".00"], ["−0", "0"]]


def test_no_row_begins_with_a_comma() -> None:
    prose = (Text("Given: "), Math(Sym("x")), Text(", and "), Math(Sym("y")), Text(" last"))
    held = [
        element for element in named(parsed(render_html(document(Paragraph(prose)))), "span") if element.get("class") == "dg-hold"
    ]
    assert ["".join(span.itertext()) for span in held] == ["x,"]


def test_columns_beside_each_other_have_their_blocks() -> None:
    made = document(SideBySide((Paragraph((Text("left"),)),), (Paragraph((Text("right"),)),)))
    words = [element.text for element in named(parsed(render_html(made)), "p")]
    assert words[-2:] == ["left", "right"]


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_same_document_gives_the_same_bytes(language: str) -> None:
    evaluation = work(NUMBERS).evaluation
    for audience in AUDIENCES:
        made = replace(compose(evaluation, audience), language=language)
        assert render_html(made) == render_html(made)
        assert f'<html lang="{language}">' in render_html(made)


def test_a_piece_speaks_its_language() -> None:
    line = Line(Sym("x"), (("=", Num(Fraction(1, 4), "0.25")),))
    assert "<mn>0,25</mn>" in render_html_piece((Equations((line,)),), "pt")
    assert "<mn>0.25</mn>" in render_html_piece((Equations((line,)),), "en")


# --- long lines -----------------------------------------------------------------------------------------------------------


def bare(markup: str) -> str:
    """What is said, without spaces, and without signs that are only there where a row is cut."""
    markup = re.sub(r'<mo class="dg-narrow">.*?</mo>', "\u2062", markup)
    return re.sub(r"\s", "", re.sub(r"<[^>]*>", "", markup).replace("&#x2062;", "\u2062"))


def cut(expr: Expr, style: Style = DEFAULT) -> html_lines.Step:
    return html_lines.step("=", expr, style, lambda gap, inside: inside or "▢", "en")


def of(evaluation: Evaluation) -> Iterator[Expr]:
    for audience in AUDIENCES:
        for line in every_line(compose(evaluation, audience).blocks):
            yield from (side for _, side in line.steps)


INVISIBLE_TIMES = "\u2062"


def _alike(expr: Expr) -> tuple[Expr, ...]:
    """An expression, and where it is a long sum over a number, what it is cut as: that part of the sum."""
    if isinstance(expr, Quotient) and isinstance(expr.under, Num):
        return expr, Product((Num(1 / expr.under.value), expr.over))
    return (expr,)


def test_a_line_in_pieces_says_what_the_whole_line_says() -> None:
    several = different = 0
    for spec in SPECS:
        evaluation = work(spec).evaluation
        style = style_of(evaluation)
        for expr in dict.fromkeys(of(evaluation)):
            made = cut(expr, style)
            whole = [bare("=" + elements(one, style, lambda gap, inside: inside or "▢")) for one in _alike(unfold(expr, style))]
            several += made.text.count("<math") > 1
            different += bare(made.text) not in (*whole, *(text.replace(INVISIBLE_TIMES, "") for text in whole[1:]))
            assert "<wbr></span>" not in made.text
    assert several > 300
    assert different == 0


LONG = Product(tuple(Sum((Sym(f"a_{n}"), Neg(Sym(f"b_{n}")))) for n in range(8)))


def test_where_a_line_is_cut() -> None:
    assert cut(Sym("x")).text.count("<math") == 1
    assert cut(LONG).text.count("<math") == 8
    assert cut(Neg(LONG)).text.count("<math") == 8
    assert cut(SumOver("i", number(4), LONG)).text.count("<math") == 8
    assert cut(Product((Num(Fraction(-1, 2)), SumOver("i", number(4), LONG)))).text.count("<math") == 8
    assert cut(Filled(LONG, 20)).text.count("<math") == 8
    assert cut(LONG, Style(product="juxtapose")).text.count("dg-narrow") >= 2
    two = cut(Sum((LONG, Neg(LONG))))
    assert two.text.count('<span class="dg-term">') == 2
    assert two.text.count("<math") == 16


def test_a_line_that_may_have_to_be_scrolled_says_so() -> None:
    from derivgen.maths.tree import Matrix

    wide = Matrix((tuple(number(28324 + n) for n in range(9)),))
    assert cut(wide).wide and not cut(LONG).wide
    root = parsed(render_html(document(Equations((Line(Sym("W"), (("=", wide),)),)))))
    boxes = [element for element in named(root, "div") if "dg-wide" in (element.get("class") or "")]
    assert [box.get("tabindex") for box in boxes] == ["0"]


def test_a_boxed_result_is_read_aloud_as_one() -> None:
    line = Line(Partial(Sym("L"), Sym("w")), (("=", number(2)), ("=", Boxed(number(3)))))
    for language, word in (("en", "Result:"), ("pt", "Resultado:")):
        page = render_html_piece((Equations((line,)),), language)
        assert page.count(f'<span class="dg-aloud">{word} </span><math') == 1
        assert page.index(word) > page.index("<mn>2</mn>")
        assert ".dg-step > .dg-aloud { user-select: none; }" in page


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        ("en", "the partial derivative of L with respect to w", "equals x squared"),
        ("pt", "a derivada parcial de L em relação a w", "é igual a x ao quadrado"),
    ],
)
def test_a_formula_has_its_words(language: str, left: str, right: str) -> None:
    line = Line(Partial(Sym("L"), Sym("w")), (("=", Power(Sym("x"), number(2))),))
    page = render_html_piece((Equations((line,)),), language)
    assert re.findall('alttext="([^"]*)"', page) == [left, right]


def test_a_formula_with_a_gap_has_none() -> None:
    """It is cut at its gaps, which have names of their own; what is left of it is MathML alone."""
    line = Line(Sym("L"), (("=", Sum((Sym("x"), Gap(3.0)))),))
    assert re.findall('alttext="([^"]*)"', render_html_piece((Equations((line,)),), "en")) == ["L"]
