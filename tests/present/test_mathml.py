"""The MathML printer, as pairs of what was written and what is printed, and over everything that the specs print."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from xml.etree.ElementTree import Element, fromstring

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.maths.style import Style
from derivgen.maths.tree import (
    Boxed,
    Call,
    Expr,
    Filled,
    Gap,
    Marked,
    Num,
    Partial,
    Prime,
    Product,
    Shown,
    SumOver,
    Sym,
    Words,
    number,
)
from derivgen.present.boxes import Box
from derivgen.present.build import present
from derivgen.present.mathml import Printer, elements, mathml
from derivgen.present.names import symbol
from derivgen.spec.macros import ARGUMENTS, SYMBOLS, WRAPPERS
from derivgen.work import work
from tests.maths.vocabulary import parsed
from tests.product import SPECS, every_formula

CORE = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msup", "msub", "msubsup", "munder", "mover", "munderover"),
    *("msqrt", "mtable", "mtr", "mtd", "mphantom", "mpadded"),
}
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}

WRITTEN = [
    ("x", "x"),
    ("W_13*x_1 + b_3", "[W 13] ⋅ [x 1] + [b 3]"),
    ("-2*(y - A_5)", "− 2 ~ ( y − [A 5] )"),
    ("24*(-1)", "24 ⋅ ( − 1 )"),
    ("a - (b + c)", "a − ( b + c )"),
    ("-x^2", "− [x 2]"),
    ("(-2)^2", "[( − 2 ) 2]"),
    ("(1/2)^2", "[( {1 2} ) 2]"),
    ("S_4^2", "[S 4 2]"),
    ("a__2_1^2", "[( [a 1 2] ) 2]"),
    ("a*b/c", "{a ⋅ b c}"),
    ("2.5e-3*x", "2.5 ⋅ [10 − 3] ~ x"),
    ("exp(-x)", "[e − x]"),
    ("sqrt(x + 1)", "√(x + 1)"),
    ("abs(x)", "| x |"),
    ("sig(Z_5)", "sig ⁡ ( [Z 5] )"),
    ("ReLU'(z)", "ReLU ′ ⁡ ( z )"),
    ("max(a, 1/2)", "max ⁡ ( a , {1 2} )"),
    ("cases(x >= 0: x, else: 0)", "{ x ; x ≥ 0 / 0 ; else"),
]


def short(element: Element) -> str:
    """MathML as a line: a script in square brackets, a fraction in braces, a blank between signs; ~ is an invisible times."""
    if element.tag in {"mi", "mn", "mo", "mtext"}:
        return (element.text or "").replace("\u2062", "~")
    inner = [short(child) for child in element]
    if element.tag in {"msub", "msup", "msubsup", "munder", "mover", "munderover"}:
        return f"[{' '.join(inner)}]"
    if element.tag == "mfrac":
        return f"{{{' '.join(inner)}}}"
    if element.tag == "msqrt":
        return f"√({' '.join(inner)})"
    if element.tag == "mtable":
        return " / ".join(" ; ".join(short(cell) for cell in row) for row in element)
    return " ".join(text for text in inner if text)


def printed(box: Box) -> str:
    return Printer().show(box)


def read(expr: Expr, style: Style = Style()) -> str:  # noqa: B008 - frozen
    return short(fromstring(mathml(expr, style)))


@pytest.mark.parametrize(("text", "printed"), WRITTEN)
def test_what_is_written(text: str, printed: str) -> None:
    assert read(parsed(text)) == printed


BUILT: list[tuple[Expr, str]] = [
    (number(Fraction(-1, 2)), "− {1 2}"),
    (Num(Fraction(3, 20), "0.15"), "0.15"),
    (Shown(Fraction(1, 3), "0.3333", exact=False), "0.3333"),
    (Partial(Sym("Loss"), Sym("W_13")), "{∂ Loss ∂ [W 13]}"),
    (Partial(Sym("Loss"), Sym("w"), direct=True), "[( {∂ Loss ∂ w} ) direct]"),
    (Sym("A_5", "i"), "[A 5 , i]"),
    (Sym("yhat"), "[y ^]"),
    (SumOver("i", number(4), Sym("x", "i")), "[∑ i = 1 4] [x i]"),
    (Product((number(2), Partial(Sym("L"), Sym("w")))), "2 ⋅ {∂ L ∂ w}"),
    (Prime("f", (Sym("x"), Sym("y")), slot=1), "[f ′ 2] ⁡ ( x , y )"),
    (Call("softmax", (Sym("z_1"), Sym("z_2")), component=0), "[softmax 1] ⁡ ( [z 1] , [z 2] )"),
    (Marked(Num(Fraction(1), "1.5")), "[1.5 †]"),
    (Words("a < b & c"), "a < b & c"),
    (Boxed(number(3)), "3"),
]


@pytest.mark.parametrize(("expr", "printed"), BUILT)
def test_what_is_built(expr: Expr, printed: str) -> None:
    assert read(expr) == printed


def test_the_style_decides() -> None:
    product = Product((Sym("a"), Sym("b")))
    assert read(product, Style(product="juxtapose")) == "a ~ b"
    assert read(product, Style(product="star")) == "a ∗ b"
    assert read(Num(Fraction(1, 2), "0.5"), Style(decimal=",")) == "0,5"
    assert read(Partial(Sym("L"), Sym("w")), Style(derivative="prime")) == "[L ′ w]"
    assert read(Sym("c", "p"), Style(sample="above")) == "[c ( p )]"
    halves = Call("max", (Num(Fraction(1, 2), "0.5"), Sym("x")))
    assert read(halves, Style(decimal=",")) == "max ⁡ ( 0,5 ; x )"


def test_signs_know_what_they_are() -> None:
    assert elements(parsed("-a - b")) == '<mo form="prefix">−</mo><mi>a</mi><mo form="infix">−</mo><mi>b</mi>'
    assert '<mo form="prefix" fence="true" stretchy="false">(</mo>' in elements(parsed("(a + b)*c"))
    assert '<mo form="prefix" fence="true" stretchy="true">(</mo>' in elements(parsed("(a/b + 1)*c"))


def test_a_gap_holds_no_answer() -> None:
    assert elements(Gap(4, 1.4)) == '<mspace width="4em" height="1em" style="border-bottom:1px solid"/>'
    seen: list[tuple[type, str]] = []

    def answer(gap: Gap | Filled, inside: str) -> str:
        seen.append((type(gap), inside))
        return inside or "<mspace/>"

    elements(Product((Filled(number(3), 2), Gap(2))), answer=answer)
    assert seen == [(Filled, "<mn>3</mn>"), (Gap, "")]


@pytest.mark.parametrize("name", ["<script>", "a&b", 'x"y', "é_<b>"])
def test_no_name_becomes_markup(name: str) -> None:
    element = fromstring(f"<math>{elements(Sym(name))}{elements(Words(name))}</math>")
    assert {node.tag for node in element.iter()} <= CORE


@pytest.mark.parametrize("macro", (*SYMBOLS, *WRAPPERS, ",", ";", "!", " "))
def test_every_macro_of_a_symbol_is_known(macro: str) -> None:
    latex = "a_{1} \\" + macro + ("{Lx2}" if ARGUMENTS[macro] else " ") + " b^12"
    element = fromstring(f"<math>{printed(symbol(latex))}</math>")
    assert {node.tag for node in element.iter()} <= CORE
    assert "\\" not in "".join(element.itertext())


def test_a_symbol() -> None:
    bold = printed(symbol(r"\mathbf{w}_{\text{out}}^2"))
    assert short(fromstring(f"<math>{bold}</math>")) == "[𝐰 out 2]"
    assert read(Sym("L"), Style(symbols={"L": r"\mathcal{L}"})) == "ℒ"
    assert read(Sym("w", "i"), Style(symbols={"w": r"\boldsymbol{w_{11}}"})) == "[[𝒘 𝟏𝟏] i]"


def test_one_element_stands_in_no_row() -> None:
    printer = Printer()
    alone = {"mi": Sym("x"), "msub": Sym("W_1"), "mfrac": parsed("a/b"), "msup": parsed("x^2"), "mspace": Gap(2)}
    for tag, expr in alone.items():
        assert printer.one(present(expr)).startswith(f"<{tag}")
    for expr in (parsed("a*b"), parsed("-x"), parsed("sig(x)"), parsed("sig'(x)*y")):
        assert fromstring(printer.one(present(expr))).tag == "mrow"


def formulas() -> Iterator[tuple[str, Element]]:
    for spec in SPECS:
        evaluation = work(spec).evaluation
        style = style_of(evaluation)
        for audience in ("key", "notes"):
            for expr in every_formula(compose(evaluation, audience).blocks):
                markup = mathml(expr, style)
                yield markup, fromstring(markup)


def test_everything_the_specs_print_is_core_and_whole() -> None:
    count = 0
    for markup, root in formulas():
        for node in root.iter():
            assert node.tag in CORE, markup
            assert len(node) == CHILDREN.get(node.tag, len(node)), markup
            assert node.tag not in {"mi", "mn", "mo"} or (node.text or "").strip(), markup
            count += 1
    assert count > 50_000
