"""Whether solutions stand is decided by the build, and without them no answer is anywhere in what it writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sphinx.site import NEURON, build, site

SPEC = NEURON.replace("b: -1", "b: -3/7")
PAGE = """\
A page
======

.. derivgen-worksheet:: neuron.yaml

.. derivgen:: neuron.yaml task forward; key forward

.. derivgen-solution:: The last question

   In the end it is SECRET.

.. derivgen-solutions::
"""
PAGES = {"neuron.yaml": SPEC, "index.rst": PAGE}
ANSWERS = (r"\frac{4}{7}", "<mfrac><mn>4</mn><mn>7</mn></mfrac>", "4/7", "SECRET", "0.639", "-0.1666")
"""z = 1/2·2 - 3/7 = 4/7, a = sig(z), ∂L/∂b; and the author's own."""

CONF = 'version = "1"\nepub_copyright = "us"\nman_pages = [("index", "course", "", [], 1)]\n'


def found(text: str) -> set[str]:
    return {answer for answer in ANSWERS if answer in text}


@pytest.mark.parametrize("mode", ["inline", "folded", "appendix", "none"])
def test_where_they_stand(mode: str, tmp_path: Path) -> None:
    made = build(site(tmp_path, PAGES), "html", "-W", "-D", f"derivgen_solutions={mode}", "-D", "html_theme=basic")
    assert made.complaints == ""
    page = made.page("index.html")
    if mode == "none":
        assert found(made.all_text) == set()
        assert not list((made.folder / "_sources").glob("*"))
    else:
        assert len(found(page)) >= 3
        assert "SECRET" in page
    assert ("<details" in page) == (mode == "folded")
    assert ("admonition-title" in page) == (mode == "inline")
    assert ("derivgen-solution-link" in page) == (mode == "appendix")


@pytest.mark.parametrize(
    ("builder", "page"), [("latex", "course.tex"), ("text", "index.txt"), ("man", "course.1"), ("epub", "index.xhtml")]
)
def test_other_builders(builder: str, page: str, tmp_path: Path) -> None:
    """What folds stands open where nothing folds."""
    source = site(tmp_path, PAGES, CONF)
    made = build(source, builder, "-W", "-E")
    assert made.complaints == ""
    assert len(found(made.page(page))) >= 3
    if builder == "latex":
        shutil.rmtree(made.folder)
        assert found(build(source, builder, "-D", "derivgen_solutions=none").all_text) == set()


def test_the_mode_changes_back_without_a_clean_build(tmp_path: Path) -> None:
    """In one folder: nothing of the build before is left over, not even the copies of the sources."""
    source = site(tmp_path, PAGES)
    assert len(found(build(source).all_text)) >= 3
    assert found(build(source, "html", "-D", "derivgen_solutions=none").all_text) == set()
    assert len(found(build(source).all_text)) >= 3


def test_a_directive_has_the_last_word(tmp_path: Path) -> None:
    page = PAGE.replace("neuron.yaml\n", "neuron.yaml\n   :solutions: none\n", 1).replace("; key forward", "")
    text = build(site(tmp_path, {**PAGES, "index.rst": page})).page("index.html")
    assert found(text) == {"SECRET"}


def test_an_appendix_that_is_nowhere(tmp_path: Path) -> None:
    page = PAGE.replace(".. derivgen-solutions::\n", "")
    made = build(site(tmp_path, {**PAGES, "index.rst": page}), "html", "-D", "derivgen_solutions=appendix")
    assert "no page has the directive derivgen-solutions" in made.complaints
    assert found(made.page("index.html")) == set()
