"""Every format's renderer turns every kind of block, and every part of a line of text, into something of its own."""

from __future__ import annotations

from typing import get_args

import pytest

from derivgen.documents.document import Block, Equations, Heading, Inline, Line, Math, Paragraph, Strong, Text
from derivgen.documents.document import Document as Page
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Partial, Sym
from derivgen.rendering import FORMATS
from derivgen.rendering.renderer import Renderer, Spot
from derivgen.rendering.terminal import Terminal
from derivgen.sphinx.blocks import NodeRenderer
from tests.rendering import samples


class Names(Renderer[str, str]):
    """Says which method a block comes to."""

    def __getattribute__(self, name: str):
        found = object.__getattribute__(self, name)
        is_method = name in Renderer.__abstractmethods__ or name in ("side_by_side", "together")
        return (lambda *arguments: name) if is_method else found


Names.__abstractmethods__ = frozenset()


def made(kind: type) -> Block:
    return object.__new__(kind)


def test_each_kind_of_block_comes_to_a_method_of_its_own() -> None:
    names = Names(DEFAULT, Wording("en"))
    found = [names.block(made(kind), Spot(1.0)) for kind in get_args(Block)]
    assert len(set(found)) == len(found) == len(get_args(Block)) > 5
    assert [name.replace("_", "") for name in found] == [kind.__name__.lower() for kind in get_args(Block)]
    parts = [names.inline(part) for part in (Text("a"), Strong("a"), Math(Sym("a")))]
    assert len(set(parts)) == len(get_args(Inline))


def test_what_is_no_block_is_refused() -> None:
    with pytest.raises(AssertionError):
        Names(DEFAULT, Wording("en")).block(3, Spot(1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name, record in FORMATS.items() if record.render is not None])
@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_every_format_renders_every_kind(name: str, audience: str) -> None:
    document = samples.sheet(audience)
    render, piece = FORMATS[name].render, FORMATS[name].piece
    assert render is not None
    texts = [render(document, DEFAULT), *([piece(document.blocks, "en", DEFAULT)] if piece is not None else [])]
    assert len(texts) == 2 or name == "typ"  # Typst's pages are whole files, nothing to be put into others
    for text in texts:
        assert "forward" in text.lower() or len(text) > 500


def test_the_terminal_and_sphinx_render_every_kind() -> None:
    blocks = (*samples.sheet("key").blocks, *samples.notes().blocks, Heading((Text("T"),)), Paragraph((Strong("s"),)))
    assert len(Terminal(DEFAULT, Wording("en")).blocks(blocks, Spot(80))) > 10
    assert len(NodeRenderer(DEFAULT, Wording("en")).page(blocks)) > 10
    assert isinstance(samples.notes(), Page)


LEFT = Partial(Sym("L"), Sym("w"))
LINE = Equations((Line(LEFT, (("=", Sym("u")),)),))
HEADINGS = (Heading((Math(LEFT),), 2, "3"), LINE)
"""A numbered heading that says no more than its equation does."""
BARE = (Heading((Math(LEFT),), 2), LINE)


@pytest.mark.parametrize("name", [name for name, record in FORMATS.items() if record.render is not None])
def test_a_heading_that_is_the_left_side_of_its_equation_is_said_once(name: str) -> None:
    render, piece = FORMATS[name].render, FORMATS[name].piece
    assert render is not None
    for blocks in (HEADINGS, (Heading((Math(LEFT),), 2, "3"), Paragraph((Text("It is u."),)), LINE)):
        texts = [render(Page("notes", "notes", "en", "T", blocks), DEFAULT), *([piece(blocks, "en", DEFAULT)] if piece else [])]
        shown = {"tex": "partial L", "md": "partial L", "html": "<mi>L</mi>", "typ": "frac(partial L"}[name]
        once = 2 if name == "typ" and blocks is HEADINGS else 1  # Typst's line keeps the place of its left side, unseen
        assert [text.count(shown) for text in texts] == [once if blocks is HEADINGS else 2] * len(texts)
        assert all("3" in text for text in texts)


def test_so_it_is_in_the_terminal_and_in_sphinx() -> None:
    told = "".join(str(part) for part in Terminal(DEFAULT, Wording("en")).blocks(HEADINGS, Spot(80)))
    assert told == "\n3  ∂L/∂w = u"
    assert [str(part) for part in Terminal(DEFAULT, Wording("en")).blocks(BARE, Spot(80))] == ["\n∂L/∂w", "  ∂L/∂w = u"]
    (node,) = NodeRenderer(DEFAULT, Wording("en"), 2).blocks(HEADINGS, Spot(42.0, 2))
    assert node["plain"] == "3  ∂L/∂w = u" and node["html"].startswith("<div") and "<h3" in node["html"]
    assert node["latex"].count("partial L") == 1 and r"\textbf{3}" in node["tex"]
    assert len(NodeRenderer(DEFAULT, Wording("en"), 2).blocks(BARE, Spot(42.0, 2))) == 2
