"""The printer for Typst: what is written, and that Typst itself takes all of it."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from derivgen.maths.names import GREEK
from derivgen.maths.style import Style
from derivgen.maths.tree import Boxed, Call, Expr, Filled, Gap, Matrix, Partial, Prime, Sum, Sym, number
from derivgen.present.names import ACCENTS, symbol
from derivgen.present.typst import markup, shown, string, typst
from derivgen.spec.macros import SYMBOLS, WRAPPERS
from derivgen.typeset.engines import TYPST
from derivgen.typeset.typst import find_typesetter, typeset_typst
from tests.maths.vocabulary import parsed

WRITTEN = [
    ("x", "x"),
    ("W_13*x_1 + b_3", "W_13 dot x_1 + b_3"),
    ("-2*(y - A_5)", "-2 (y - A_5)"),
    ("24*(-1)", "24 dot (-1)"),
    ("(1/2)^2", "lr((frac(1, 2)), size: #100%)^2"),
    ("S_4^2", "S_4^2"),
    ("a__2_1", "a_1^2"),
    ("exp(-x)", "e^(-x)"),
    ("abs(x)", "lr(| x |, size: #100%)"),
    ("sig(z_1)", 'op("sig") (z_1)'),
    ("tanh(x)", "tanh (x)"),
    ("max(a, b)", r"max (a\, b)"),
    ("cases(x > 0: x, else: 0)", 'cases(x & quad x > 0, 0 & quad "else")'),
    ("Loss_train", '"Loss"_("train")'),
    ("lambda*w", "lambda dot w"),
]
TREES: list[tuple[Expr, str]] = [
    (Partial(Sym("L"), Sym("w")), "frac(partial L, partial w)"),
    (Matrix(((number(1), Sym("w_12")), (number(3), number(4)))), 'mat(delim: "[", 1, w_12; 3, 4)'),
    (Sum((Sym("a"), Gap(3.0, 1.4))), "a + #gap(3em, 1.4);"),
    (Filled(Sym("a"), 3.0, 1.4), "#filled(3em, 1.4, $a$);"),
    (Boxed(Sym("a")), "boxed(a)"),
    (Prime("sig", (Sym("z"),)), 'op("sig")\'(z)'),
]
HOSTILE = (
    *("#panic()", "$x$", "[#x]", r"\u{41}", 'a"); #panic(); ("', "*b* _i_ `r` @l <l>", "// c", "/* c */", "- i", "+ i", "= h"),
    *("/ t: d", "1. n", "http://evil.example/x"),
)


@pytest.mark.parametrize(("source", "code"), WRITTEN)
def test_what_is_written(source: str, code: str) -> None:
    assert typst(parsed(source)) == code


@pytest.mark.parametrize(("expr", "code"), TREES)
def test_what_trees_become(expr: Expr, code: str) -> None:
    assert typst(expr).strip() == code


def test_a_decimal_comma_has_no_room_behind_it() -> None:
    assert typst(parsed("a + 2.5"), Style(decimal=",")) == 'a + "2,5"'


def test_typst_takes_all_of_it() -> None:
    """Every symbol an author may write, every Greek letter and accent, and hostile words, in one document."""
    names = [*GREEK, *(f"x{accent}" for accent in ACCENTS)]
    written = [typst(Sym(name)) for name in names]
    symbols = [*(f"\\{name}" for name in SYMBOLS), *(f"\\{name}{{Lx2}}" for name in WRAPPERS), r"\mathbf{w}_{2}^{\prime}"]
    written += [shown(symbol(latex)) for latex in symbols]
    written += [typst(parsed(source)) for source, _ in WRITTEN] + [
        typst(Call(words, (Sym("x"),))) for words in ("f_1", "g", "ReLU")
    ]
    lines = [f'#math.equation(alt: "formula", ${code}$);' for code in written]
    words = [f"{markup(text)} #text({string(text)})" for text in HOSTILE]
    text = '#set document(title: "x")\n#set text(font: "New Computer Modern", lang: "en")\n#set smartquote(enabled: false)\n'
    text += "#let boxed(x) = x\n" + "\n\n".join(lines) + "\n\n" + "\n\n".join(words)
    pages = PdfReader(BytesIO(typeset_typst(text, {}, engine=find_typesetter(TYPST)))).pages
    read = "".join("".join(page.extract_text() for page in pages).split())
    for hostile in HOSTILE:
        assert read.count("".join(hostile.split())) >= 2, "as text and as a string, letter by letter"
    assert not any("/Annots" in page for page in pages)
