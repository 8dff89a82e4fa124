"""Regions and displays: none is filled within an open display, and a display can have a label to be referred to by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derivgen.weave.specs import Specs
from derivgen.weave.weaving import weave
from tests.product import ROOT
from tests.weave.inside import Inside, inside  # noqa: F401
from tests.weave.pieces import woven

TEX = "% derivgen: net.yaml chain w\n% /derivgen\n"
HTML = "<!-- derivgen: net.yaml chain w -->\n<!-- /derivgen -->\n"


@pytest.mark.parametrize(
    ("display", "before", "behind"),
    [
        ("equation", "\\begin{equation}\n", "\\end{equation}\n"),
        ("align", "Text $a$ and\n\\begin{align*} a &= b \\\\[2pt]\n", "\\end{align*}\n"),
        ("gather", "\\begin {gather}\\label{x}\n", "\\end{gather}\n"),
        ("$$", "It is\n$$ x =\n", "$$\n"),
        ("\\[", "It is \\[ x = 1 \\] and\n\\[\n", "\\]\n"),
        ("align", "It costs \\$5, or $6:\n\\begin{align}\n", "\\end{align}\n"),
    ],
)
def test_a_region_in_an_open_display_is_refused(display: str, before: str, behind: str, tmp_path: Path) -> None:
    for name, region in (("a.tex", TEX), ("a.md", HTML)):
        text = f"{before}{region}{behind}\n{region}"
        after, outcome = woven(tmp_path, name, text)
        (problem,) = outcome.problems
        line = before.count("\n") + 1
        assert str(problem).startswith(
            f"{tmp_path / name}:{line}:1: this region stands within a display that is open: {display}\n"
        )
        assert after.decode().startswith(f"{before}{region}{behind}\n"), "it stays as it was"
        assert outcome.regions == 1 and "chain w" in after.decode().split(behind)[-1], "the one behind is filled"


@pytest.mark.parametrize(
    "before",
    [
        "\\begin{equation}x\\end{equation}\n",
        "\\begin{align*}\n  a &= b \\\\\n\\end{align*}\n",
        "$$ x $$\n",
        "\\[ x \\]\n",
        "$a$$b$ and \\$\\$\n",
        "A row ends in \\\\[2pt]\n",
        "\\begin{subequations}\n",
        "% $$ in a comment, \\begin{equation}\n",
        "\\begin{itemize}\\item\n",
    ],
)
def test_behind_a_display_a_region_is_filled(before: str, tmp_path: Path) -> None:
    after, outcome = woven(tmp_path, "a.tex", before + TEX)
    assert (outcome.problems, outcome.regions) == ((), 1)
    assert "tex chain w" in after.decode()


@pytest.mark.parametrize("before", ["`$$` is a sign\n", "```\n$$\n```\n", "$$ x $$\n", "    $$\n\n", "$$\nx\n$$\n"])
def test_what_opens_no_display_in_markdown(before: str, tmp_path: Path) -> None:
    _, outcome = woven(tmp_path, "a.md", before + HTML)
    assert (outcome.problems, outcome.regions) == ((), 1)


def labelled(name: str, piece: str, label: str, shell: Inside) -> tuple[str, str, int]:
    """Return the document with one region whose mark asks for a label, what was said and the exit code."""
    mark, end = ("% {}", "% /derivgen") if name.endswith(".tex") else ("<!-- {} -->", "<!-- /derivgen -->")
    path = shell.write(name, f"{mark.format(f'derivgen: spec.yaml {piece} label={label}')}\n{end}\n")
    said = shell("weave", name)
    return path.read_text(encoding="utf-8"), said.err, said.code


def test_a_label_in_latex(inside: Inside) -> None:  # noqa: F811
    text, _, code = labelled("a.tex", "chain w", "eq:c", inside)
    assert code == 0
    assert "\\begin{equation}\\label{eq:c}\n  \\frac{" in text and "\\end{equation}\n% /derivgen" in text
    text, _, code = labelled("a.tex", "factors w", "eq:f", inside)
    assert code == 0
    assert "\\begin{equation}\\label{eq:f}\n\\begin{aligned}\n" in text and "&& \\text{\\itshape " in text
    assert inside("weave", "--check", "a.tex").code == 0


def test_a_labelled_display_compiles_and_is_referred_to(inside: Inside) -> None:  # noqa: F811
    from derivgen.typeset.pdf import typeset
    from tests.product import Pdf

    text, _, _ = labelled("a.tex", "factors w", "eq:f", inside)
    head = "\\documentclass{article}\n\\usepackage{lmodern,amsmath}\n\\begin{document}\n"
    pdf = Pdf(typeset(f"{head}{text}\n\\end{{document}}\n"))
    assert "(1)" in pdf.pages[0]


@pytest.mark.parametrize(("name", "label", "tail"), [("a.md", "eq:c", "(eq:c)"), ("a.qmd", "eq-c", "{#eq-c}")])
def test_a_label_in_markdown(name: str, label: str, tail: str, inside: Inside) -> None:  # noqa: F811
    for piece in ("chain w", "factors w"):
        text, _, code = labelled(name, piece, label, inside)
        assert code == 0
        assert re.search(rf"^\$\$ {re.escape(tail)}\n\n<!-- /derivgen", text, re.MULTILINE), text
    assert inside("weave", "--check", name).code == 0


@pytest.mark.parametrize(
    ("name", "piece", "label", "said"),
    [
        ("a.html", "chain w", "eq:c", "a document of this kind has no labels"),
        ("a.rmd", "chain w", "eq:c", "a document of this kind has no labels"),
        ("a.qmd", "chain w", "eq:c", "'eq:c' is no label of Quarto's"),
        ("a.md", "setting", "eq:c", "only a piece that is one display of equations can have a label"),
        ("a.tex", "drawing", "eq:c", "only a piece that is one display of equations can have a label"),
        ("a.tex", "chain w", "}x{", "there is no option label=}x{"),
    ],
)
def test_labels_that_cannot_be(name: str, piece: str, label: str, said: str, inside: Inside) -> None:  # noqa: F811
    text, err, code = labelled(name, piece, label, inside)
    assert code == 2
    assert f"{name}:1:" in err and said in err
    assert len(text.splitlines()) == 2, "the region stays as it was"


@pytest.mark.parametrize(
    ("preamble", "narrow"),
    [
        (r"\documentclass[a4paper, twocolumn]{article}", True),
        (r"\documentclass{IEEEtran}", True),
        (r"\documentclass[onecolumn]{IEEEtran}", False),
        (r"\documentclass{article}", False),
        (r"% \documentclass[twocolumn]{article}", False),
        ("", False),
    ],
)
def test_a_document_of_two_columns_gets_narrow_lines(tmp_path: Path, preamble: str, narrow: bool) -> None:
    (tmp_path / "net.yaml").write_text((ROOT / "specs/notes/002_and_gate.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    lines = {}
    for asked in ("", " width=22", " width=60"):
        path = tmp_path / "paper.tex"
        path.write_text(f"{preamble}\n% derivgen: net.yaml gradient W_13{asked}\n% /derivgen\n", encoding="utf-8")
        assert weave(path, Specs()).problems == ()
        lines[asked] = path.read_text(encoding="utf-8").split("\n")[2:]
    assert (lines[""] == lines[" width=22"]) is narrow
    assert lines[" width=22"] != lines[" width=60"]
