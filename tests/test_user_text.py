"""Text of a user's own stays text: nothing is loaded from elsewhere, no page gets a link or a tag."""

from __future__ import annotations

import re
from functools import cache

import html5lib
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from derivgen.documents.compose import compose, style_of
from derivgen.evaluation import Evaluation
from derivgen.pieces import piece_text
from derivgen.rendering import FORMATS
from derivgen.spec.load import loads
from derivgen.work import evaluate
from tests.product import AUDIENCES

HOST = "evil.example"
WORDS = (
    f"![x](http://{HOST}/x.png)",
    f"[x](http://{HOST})",
    f"<http://{HOST}>",
    f"http://{HOST}/ and www.{HOST}",
    f"<img src=http://{HOST}/x.png onerror=alert(1)>",
    f'"><script src="http://{HOST}/x.js"></script>',
    f"![x][y] [y]: http://{HOST}/x.png",
    f"`<img src=//{HOST}>` ~~x~~ <!-- x",
    rf"\input{{/etc/passwd}} \href{{http://{HOST}}}{{x}} \includegraphics{{x}} ^^5cinput",
    f"{{{{ x }}}} {{% x %}} (% x %) javascript:alert(1)//{HOST}",
)
SYMBOLS = (
    f"w![x](http://{HOST}/x.png)",
    f"[w](http://{HOST})",
    f"[w](//{HOST} )",
    f"<http://{HOST}>",
    f"<img src=http://{HOST}/x.png>",
    f"http://{HOST}/ www.{HOST}",
    rf"\mathrm{{![x](http://{HOST}/x.png) http://{HOST} www.{HOST}}}",
    f"[w]: http://{HOST}",
    f"w![x][y] [y]: http://{HOST}",
)
SPEC = """\
title: '{words}'
text: '{words}'
equations: |
  z = w*x
  a = sigmoid(z)
  L = (y - a)^2
values: {{w: 1, x: 2, y: 1}}
notes: {{w: '{words}'}}
symbols: {{w: {{latex: '{symbol}', means: '{words}'}}}}
worksheet: {{hints: {{chains: '{words}'}}}}
show: [{{autograd: a}}]
"""
PIECES = ("chain w", "gradient w", "forward", "drawing")


@cache
def worked(words: str, symbol: str) -> Evaluation:
    return evaluate(loads(SPEC.format(words=words.replace("'", "''"), symbol=symbol)))


def pages(evaluation: Evaluation, form: str) -> list[str]:
    """Every page, practice pages and a few pieces as well, in a format."""
    style, record = style_of(evaluation), FORMATS[form]
    documents = {audience: compose(evaluation, audience) for audience in AUDIENCES}
    assert record.render is not None
    texts = [record.render(document, style) for document in documents.values()]
    if record.practice is not None:
        texts.append(record.practice(documents["worksheet"], documents["key"], [evaluation], style))
    return texts + [piece_text(evaluation, name, form) for name in PIECES]


def tokens(text: str) -> list[Token]:
    """What a reader makes of Markdown that takes dollars for nothing special, and every address for a link."""
    found = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [token for block in found for token in (block, *(block.children or ()))]


SPOKEN = re.compile(r"(?<![\w/.:])(?:https?:/|www\.)/?\w")
"""Where GitHub and others make a link of an address that stands in the text."""
CASES = [(words, "w") for words in WORDS] + [("plain words", symbol) for symbol in SYMBOLS]


@pytest.mark.parametrize(("words", "symbol"), CASES)
def test_nothing_is_loaded_from_elsewhere(words: str, symbol: str) -> None:
    evaluation = worked(words, symbol)
    for text in pages(evaluation, "md"):
        for token in tokens(text):
            told = str(token.attrs) + (token.content if token.type in ("html_inline", "html_block") else "")
            assert HOST not in re.sub(r"'alt': '[^']*'|alt=\"[^\"]*\"", "", told), told
            assert not (token.type == "html_block" and "script" in token.content)
    for text in pages(evaluation, "html"):
        page = html5lib.parse(text, namespaceHTMLElements=False)
        for element in page.iter():
            for name, value in element.attrib.items():
                assert not (name in ("src", "href", "srcset", "data", "action", "style") and HOST in value), (element.tag, value)
                assert not name.startswith("on"), name
            assert element.tag != "script" or HOST not in (element.text or "") or "</" not in (element.text or "")
    for text in pages(evaluation, "tex"):
        assert not re.search(r"(?<!\\)\\(?:input|href|includegraphics)\{(?:/etc|http|x\})", text)
        assert "^^5c" not in text.replace(r"\textasciicircum{}", "")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_an_address_in_a_symbol_is_no_link_for_those_who_look_for_addresses(symbol: str) -> None:
    for text in pages(worked("plain words", symbol), "md"):
        assert not SPOKEN.search(text), SPOKEN.search(text)
