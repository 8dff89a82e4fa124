"""The same line through every road says the same: its numbers and names are read back from each format, in the same order.

A road is a format and what reads it back. Each reader knows its format's signs alone and nothing of the tree that they come from:
a fraction's numerator comes before its denominator, what stands below a name before what stands above it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.maths.names import SPELLED
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Partial, Product, Quotient, Sym, number
from derivgen.present import latex as latex_room
from derivgen.present.mathml import elements
from derivgen.present.typst import typst
from derivgen.present.unicode import SUBSCRIPTS, SUPERSCRIPTS, text
from derivgen.rendering.markdown_words import between_dollars
from derivgen.spec.load import load
from derivgen.work import evaluate
from tests.product import SPECS, every_line

WORDS = re.compile(r"\d+|[^\W\d_]+")
GREEK = {name: letter for letter, name in SPELLED.items()}
UNSPOKEN = {"e", "exp", "if", "else", "caso", "contrario", "sqrt", "abs"}
"""What is a sign in one format is a word in another: e to a power is exp on a line of text."""


@dataclass(frozen=True)
class Road:
    """A way to write an expression, and what reads its numbers and names back."""

    write: Callable[[Expr, Style], str]
    read: Callable[[str], list[str]]


def said(plain: str) -> list[str]:
    """The runs of digits and the letters of a text without markup; letters one by one, since a product may have no sign."""
    decomposed = unicodedata.normalize("NFKD", re.sub("[Σ∂∑]", " ", plain))
    decomposed = "".join(character for character in decomposed if not unicodedata.combining(character))
    found = [word for word in WORDS.findall(decomposed) if word not in UNSPOKEN]
    return [part for word in found for part in ([word] if word.isdigit() else list(word))]


ARGUMENT = r"\{((?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})*)\}"
UNDERSET = re.compile(rf"\\underset{ARGUMENT}{ARGUMENT}")
SCRIPTS = re.compile(rf"\^{ARGUMENT}_ ?{ARGUMENT}")
SILENT = re.compile(
    r"\\(?:begin|end)\{[a-z]+\}|\\(?:frac|dfrac|left|right|Bigl?|Bigr?|operatorname|mathrm|mathbf|boldsymbol|boxed|text(?:normal)?|"
    r"hat|bar|tilde|vec|sqrt|cdot|times|partial|nabla|sum|odot|oslash|approx|le|ge|ne|lt|gt|ast|quad|qquad|lvert|rvert|vert|lbrace|"
    r"rbrace|scriptscriptstyle|displaystyle|v?phantom|Big|dagger|mathcal|top|to|infty|langle|rangle|mid|nolimits)(?![A-Za-z])|\[4pt\]"
)


def from_latex(tex: str) -> list[str]:
    """Groups and commands taken away; what stands below in an `\\underset` comes behind."""
    tex = re.sub(r"\^\{\\top\}|\\mathbf\{1\}", " ", tex)
    for swapped in (UNDERSET, SCRIPTS):
        while swapped.search(tex):
            tex = swapped.sub(lambda match: f" {match[2]} {match[1]} ", tex)
    tex = SILENT.sub(" ", tex)
    tex = re.sub(r"\\([A-Za-z]+)", lambda match: f" {GREEK.get(match[1], match[1])} ", tex)
    return said(re.sub(r"[{}\\$&_^]", " ", tex))


class _Reader(HTMLParser):
    """MathML's text: what is below a base stands before what is above it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[list] = [["", []]]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.stack.append([tag, []])

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.stack[-1][1].append("")

    def handle_data(self, data: str) -> None:
        self.stack[-1][1].append(data)

    def handle_endtag(self, tag: str) -> None:
        opened, parts = self.stack.pop()
        assert opened == tag
        self.stack[-1][1].append(" ".join(parts))


def from_mathml(markup: str) -> list[str]:
    reader = _Reader()
    reader.feed(re.sub("<m([ino])[^>]*>𝟏</m[ino]>", "", markup).replace("<mo>⊤</mo>", "").replace("<mi>⊤</mi>", ""))
    return said(" ".join(reader.stack[0][1]))


def from_unicode(line: str) -> list[str]:
    """Each run of raised or lowered signs is a word of its own, the lowered ones first; a label comes behind its box."""
    line = re.sub(r"\[([^\]]*): ([^\]:]*)\]", r"\2 \1", re.sub("[𝟏ᵀ]", " ", line))
    line = re.sub(f"([{RAISED}]+)([{LOWERED},]+)", r" \2 \1 ", line)
    return said(re.sub(f"([{RAISED}]+)|([{LOWERED},]+)", r" \1\2 ", line).replace("_", " "))


TYPST = re.compile(
    r"#(?:gap|cell)\([^)]*\);|#\w[\w-]*\([^()$]*\);|\b(?:row-gap: #[\d.]+em|size: #100%|limits: #false|quad|thin|frac|attach|lr|"
    r"mat|cases|op|boxed|limits|sscript|times|upright|bold|sqrt|partial|nabla|sum|dot|approx|top|dagger|delim|[tb]:)|'"
)


def from_typst(code: str) -> list[str]:
    """Functions and marks taken away, a power kept behind what stands below: Typst is written in that order."""
    code = re.sub(r"upright\(bold\(1\)\)|\^\(top\)", " ", code)
    code = re.sub(r"\bt: ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*), b: ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*)", r"\2 \1", code)
    code = TYPST.sub(" ", code.replace("hat", " ").replace("macron", " "))
    return said(re.sub(r"[A-Za-z]+", lambda match: GREEK.get(match[0], match[0]), code).replace("_", " "))


RAISED, LOWERED = ("".join(map(chr, table.values())) for table in (SUPERSCRIPTS, SUBSCRIPTS))

ROADS = {
    "tex": Road(latex_room.latex, from_latex),
    "tex piece": Road(lambda expr, style: latex_room.latex(expr, replace(style, dialect="plain")), from_latex),
    "md": Road(lambda expr, style: between_dollars(latex_room.latex(expr, replace(style, dialect="web"))), from_latex),
    "html": Road(lambda expr, style: elements(expr, style), from_mathml),
    "typ": Road(lambda expr, style: typst(expr, style), from_typst),
    "text": Road(text, from_unicode),
}
"""Every road there is; the place to add one."""


def lines_of(spec: Path) -> Iterator[tuple[Expr, Style]]:
    evaluation = evaluate(load(str(spec)))
    style = style_of(evaluation)
    for line in every_line(compose(evaluation, "notes").blocks):
        yield from ((side, style) for side in (line.left, *(step for _, step in line.steps)) if side is not None)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_every_road_says_the_same(spec: Path) -> None:
    count = 0
    for expr, style in lines_of(spec):
        written = {name: road.write(expr, style) for name, road in ROADS.items()}
        read = {name: ROADS[name].read(written[name]) for name in ROADS}
        assert all(found == read["tex"] for found in read.values()), (written, read)
        count += len(read["tex"])
    assert count > 30


@pytest.mark.parametrize("road", ROADS)
def test_a_road_that_swaps_or_loses_something_is_noticed(road: str) -> None:
    right = Product((Quotient(number(3), number(4)), Partial(Sym("L"), Sym("w__2_13"))))
    wrong = Product((Quotient(number(4), number(3)), Partial(Sym("L"), Sym("w__2_13"))))
    style = Style()
    read = ROADS[road].read
    assert read(ROADS[road].write(right, style)) == ["3", "4", "L", "w", "13", "2"]
    assert read(ROADS[road].write(wrong, style)) != ["3", "4", "L", "w", "13", "2"]
    assert read(ROADS[road].write(right.factors[1], style)) == ["L", "w", "13", "2"]
