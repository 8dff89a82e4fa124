"""Markdown as others read it: every formula of every spec by KaTeX and MathJax, whole pages by markdown-it and Pandoc.

KaTeX is what Obsidian, VS Code and JupyterLab's cousins draw with, MathJax is GitHub's, Quarto's and Sphinx's. They come from npm
(`make readers`), Pandoc from the machine. Where one is missing its tests are skipped, and say so; in CI they fail.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Equations, Line
from derivgen.maths.tree import Sym, Words
from derivgen.pieces import listed_pieces, piece_text
from derivgen.rendering.markdown import render_markdown, render_markdown_piece
from derivgen.spec.load import load
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import AUDIENCES, SPECS
from tests.rendering.formulas import formulas_in

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PIECES = (
    "setting",
    "matrices",
    "indices",
    "nested",
    "augmented",
    "column",
    "weights",
    "adjoints",
    "task matrices",
    "key matrices",
)


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI has to run these tests: see .ci/run")
    pytest.skip(f"{what} is missing: try make readers, and your package manager for pandoc")


def read_by(reader: str, of: list) -> list[str]:
    """What a reader makes of formulas or texts."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "katex").is_dir():
        missing("node, or what `make readers` installs,")
    question = json.dumps({"reader": reader, "of": of})
    ran = subprocess.run([node, HERE / "read.js"], input=question, capture_output=True, text=True, timeout=1200, check=True)
    return json.loads(ran.stdout)


@cache
def texts() -> dict[str, str]:
    """Every document of every spec, and some pieces that no document has."""
    found = {}
    for spec in SPECS:
        evaluation = evaluate(load(str(spec)))
        for audience in AUDIENCES:
            found[f"{spec.stem} {audience}"] = render_markdown(compose(evaluation, audience), style_of(evaluation))
        there = {one.name for one in listed_pieces(evaluation)} if spec.stem in {"002_and_gate_numbers", "in_matrices"} else set()
        found |= {f"{spec.stem} {name}": piece_text(evaluation, name, "md") for name in PIECES if name in there}
    return found


@cache
def formulas() -> list[dict[str, Any]]:
    """Each formula once."""
    found = dict.fromkeys(one for text in texts().values() for one in formulas_in(text))
    return [{"tex": one.tex, "display": one.display} for one in found]


@pytest.mark.parametrize("reader", ["katex", "mathjax"])
def test_every_formula_is_drawn(reader: str) -> None:
    assert len(formulas()) > 1000
    said = read_by(reader, formulas())
    assert len(said) == len(formulas())
    assert {error: one["tex"][:200] for error, one in zip(said, formulas(), strict=True) if error} == {}


@pytest.mark.parametrize("reader", ["katex", "mathjax"])
def test_a_reader_sees_what_is_wrong(reader: str) -> None:
    wrong = [{"tex": tex, "display": True} for tex in (r"\dggap{3em}{1}", r"\frac{1}{", r"\unknown")]
    assert all(read_by(reader, wrong))


def test_pages_are_read_as_they_are_meant() -> None:
    """No dollar is left over, nothing is emphasised by chance, every formula and every drawing is one."""
    names = list(texts())
    for name, page in zip(names, read_by("html", list(texts().values())), strict=True):
        text = texts()[name]
        shown = re.sub(r'<span class="katex.*?</span></span></span></span>', "", page)
        assert page.count('<annotation encoding="application/x-tex">') == len(formulas_in(text)), name
        assert "$" not in re.sub(r"<[^>]*>", "", re.sub(r"<annotation.*?</annotation>", "", page, flags=re.DOTALL)), name
        drawings = re.findall(r"^(?:!\[|<img )", text, re.MULTILINE)
        assert shown.count("<em>") <= 1 and page.count("<img") == len(drawings), name


@pytest.mark.parametrize("reader", ["markdown", "commonmark_x"])
def test_pandoc_reads_every_page(reader: str) -> None:
    """Into MathML, for which it has to understand each formula."""
    pandoc = shutil.which("pandoc") or missing("pandoc")
    pages = list(texts().values())
    command = [pandoc, "-f", reader, "-t", "html", "--mathml"]
    ran = subprocess.run(command, input="\n\n".join(pages), capture_output=True, text=True, timeout=1200, check=True)
    assert ran.stderr == ""
    assert ran.stdout.count("<math") == sum(len(formulas_in(page)) for page in pages)


def test_every_formula_is_latex() -> None:
    """Pandoc and Quarto hand the formulas to LaTeX as they are when they make a PDF."""
    body = "\n\n".join(rf"\[{one['tex']}\]" if one["display"] else rf"\({one['tex']}\)" for one in formulas())
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}\usepackage{amsmath}"
    assert typeset(f"{head}\n\\begin{{document}}\n{body}\n\\end{{document}}\n")


def test_pandoc_says_what_it_does_not_understand() -> None:
    pandoc = shutil.which("pandoc") or missing("pandoc")
    command = [pandoc, "-f", "markdown", "-t", "html", "--mathml"]
    ran = subprocess.run(command, input="$\\Bigl( x$\n", capture_output=True, text=True, timeout=1200, check=True)
    assert "Could not convert" in ran.stderr


def test_odd_words_are_drawn_too() -> None:
    line = Line(Sym("L"), (("=", Words('σ_1 <é> 50% & #2 {x} $y$ \\z ~ ^ `q` "ß" → 中')),))
    text = render_markdown_piece((Equations((line,)),), "en")
    (formula,) = formulas_in(text.replace(r"\$", ""))
    assert read_by("mathjax", [{"tex": formula.tex, "display": True}]) == [""]


def test_gaps_show_where_no_box_is_drawn() -> None:
    """Pandoc makes `menclose` of a box, which Chromium passes over: what a gap holds has to be seen by itself."""
    if shutil.which("pandoc") is None:
        missing("pandoc")
    evaluation = evaluate(load(str(ROOT / "specs/small/logistic.yaml")))
    text = render_markdown(compose(evaluation, "worksheet"), style_of(evaluation))
    gaps = text.count(r"\boxed")
    ran = subprocess.run(
        ["pandoc", "--to", "html", "--mathml"], input=text, capture_output=True, text=True, timeout=1200, check=True
    )
    held = re.findall(r"<menclose.*?</menclose>", ran.stdout, re.DOTALL)
    shown = [
        re.sub(r"<annotation.*?</annotation>|<mphantom>.*?</mphantom>|<[^>]*>|\s", "", each, flags=re.DOTALL) for each in held
    ]
    assert gaps > 3 and len(shown) == gaps
    assert all(re.fullmatch(r"\.{3,}", each) for each in shown)
