"""A course's site with thirty directives, through the real sphinx-build: HTML and LaTeX, without a warning, and built again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.product import ROOT
from tests.sphinx.site import NET, NEURON, Build, build, site

WEIGHTS = ("W_13", "W_23", "b_3", "W_14", "W_24", "b_4", "W_35", "W_45", "b_5")
RST = "".join(f".. derivgen:: ../specs/net.yaml chain {name}\n\n" for name in WEIGHTS)
MYST = "".join(f"```{{derivgen}} chain {name}\n```\n\n" for name in ("w", "b"))
BODY = """\
.. derivgen:: chain w

   equations: |
     z = w*x
     L = (y - z)^2
   inputs: [x]
   targets: [y]
"""
PAGES = {
    "specs/net.yaml": NET,
    "lessons/neuron.yaml": NEURON,
    "lessons/line.yaml": (ROOT / "specs/small/batch.yaml").read_text(encoding="utf-8"),
    "lessons/five_points.csv": (ROOT / "specs/small/five_points.csv").read_text(encoding="utf-8"),
    "lessons/line.rst": "A line\n======\n\n.. derivgen:: line.yaml data; gradient w\n\n.. derivgen:: /specs/pt.yaml setting\n",
    "specs/pt.yaml": NEURON + "language: pt\n",
    "index.rst": "Course\n======\n\n.. toctree::\n\n   lessons/net\n   lessons/myst\n   lessons/body\n"
    "   lessons/line\n   solutions\n",
    "lessons/net.rst": f"""\
The net
=======

.. derivgen-drawing:: ../specs/net.yaml
   :caption: The network of *this* lesson
   :name: the-net

See :numref:`the-net` and :eq:`first`.

.. derivgen-spec:: /specs/net.yaml

.. derivgen:: chain W_13
   :label: first

{RST}
.. derivgen:: forward

.. derivgen:: matrices

Within a text: :derivgen:`chain W_35`.

.. derivgen-worksheet::
   :tasks: forward chains
   :solutions: inline

.. derivgen-worksheet::
   :tasks: factors gradients
   :first: 3
   :no-setting:
""",
    "lessons/myst.md": f"""\
# One neuron

```{{derivgen-spec}} neuron.yaml
:show-spec:
```

{MYST}
Within a text: {{derivgen}}`chain w`.

```{{derivgen-worksheet}}
:solutions: appendix
```

```{{derivgen-solution}} A question of the author's own
:solutions: appendix

It is *forty-two*, as [](net.rst) says.
```

```{{derivgen}}
```
""",
    "lessons/body.rst": f"In the body\n===========\n\n{BODY * 5}\n.. derivgen-drawing:: neuron.yaml\n",
    "solutions.rst": "Solutions\n=========\n\n.. derivgen-solutions::\n",
}


def _count() -> int:
    return sum(len(re.findall(r"\.\. derivgen|```\{derivgen|:derivgen|\{derivgen\}`", text)) for text in PAGES.values())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("course"), PAGES, "numfig = True\n")


@pytest.fixture(scope="module")
def html(course: Path) -> Build:
    return build(course, "html", "-W", "--keep-going", "-j", "2")


@pytest.fixture(scope="module")
def latex(course: Path, html: Build) -> Build:
    return build(course, "latex", "-W", "--keep-going")


def test_there_are_thirty() -> None:
    assert _count() >= 30


def test_no_warning_in_html(html: Build) -> None:
    assert html.complaints == ""
    assert html.code == 0


def test_the_page_has_what_was_asked_for(html: Build) -> None:
    page = html.page("lessons/net.html")
    assert page.count("derivgen-task") >= 4
    assert "Fig. 1" in page
    assert 'id="the-net"' in page
    assert 'href="#equation-first"' in page
    assert "<em>this</em>" in page
    assert page.count('class="derivgen docutils container"') >= len(WEIGHTS) + 2


def test_another_language_is_marked(html: Build) -> None:
    assert '<div class="derivgen docutils container" lang="pt">' in html.page("lessons/line.html")
    assert "lang=" not in html.page("lessons/net.html").replace('<html lang="en"', "")


def test_the_appendix_links_back_and_forth(html: Build) -> None:
    lesson, appendix = html.page("lessons/myst.html"), html.page("solutions.html")
    for number in range(1, 6):
        there, here = f"derivgen-solution-lessons-myst-{number}", f"derivgen-task-{number}"
        assert f'href="../solutions.html#{there}"' in lesson
        assert f'id="{here}"' in lesson
        assert f'href="lessons/myst.html#{here}"' in appendix
        assert f'id="{there}"' in appendix
    assert "forty-two" in appendix
    assert "forty-two" not in lesson
    assert 'href="lessons/net.html"' in appendix
    assert "A question of the author’s own" in appendix or "A question of the author's own" in appendix


def test_only_the_page_of_a_changed_spec_is_built_again(course: Path, html: Build) -> None:
    """The second build reads one page; the appendix is written again, since a solution on it has changed."""
    pages = [html.folder / Path(name).with_suffix(".html") for name in PAGES if name.endswith((".rst", ".md"))]
    before = {path: path.stat().st_mtime_ns for path in pages}
    assert build(course, "html", "-W").read_again == (0, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing has changed, and nothing is written"
    neuron = course / "lessons/neuron.yaml"
    neuron.write_text(NEURON.replace("w: 1/2", "w: 3/4"), encoding="utf-8")
    again = build(course, "html", "-W")
    assert again.complaints == ""
    assert again.read_again == (0, 2, 0)
    written = {path.relative_to(html.folder).as_posix() for path, then in before.items() if path.stat().st_mtime_ns != then}
    assert written >= {"lessons/myst.html", "lessons/body.html", "solutions.html"}
    assert "lessons/net.html" not in written
    assert "<mfrac><mn>3</mn><mn>4</mn></mfrac>" in again.page("lessons/myst.html")


def test_a_page_depends_on_the_data_of_its_spec(course: Path, html: Build) -> None:
    points = course / "lessons/five_points.csv"
    points.write_text(points.read_text(encoding="utf-8") + "77,78\n", encoding="utf-8")
    again = build(course, "html", "-W")
    assert again.read_again[1] >= 1
    assert "<mn>77</mn>" in again.page("lessons/line.html")


def test_no_warning_in_latex(latex: Build) -> None:
    assert latex.complaints == ""
    assert latex.code == 0


def test_the_latex_has_what_was_asked_for(latex: Build) -> None:
    text = latex.page("course.tex")
    assert text.count(r"\begin{tikzpicture}") >= 3
    assert text.count(r"\partial") > 100
    assert r"\label{equation:lessons/net:first}" in text
    assert r"$\odot$" in text, "a sign among words"
    assert not re.search(r"\\dg(gap|fill|fit|cell)\b", text), "macros of our own pages"
    for begin in re.findall(r"\\begin\{([a-z*]+)\}", text):
        assert text.count(rf"\begin{{{begin}}}") == text.count(rf"\end{{{begin}}}"), begin


def test_the_latex_compiles(latex: Build) -> None:
    compiled(latex)


def test_mathematics_as_all_other_of_the_site(tmp_path: Path) -> None:
    """With `derivgen_math = "sphinx"` formulas are Sphinx's own, for MathJax or whatever the site has."""
    source = site(
        tmp_path, {name: PAGES[name] for name in PAGES if name.startswith(("specs", "lessons/n"))}, "root_doc = 'lessons/net'\n"
    )
    options = ("-W", "-D", "derivgen_math=sphinx", "-D", "numfig=1")
    page = build(source, "html", *options).page("lessons/net.html")
    assert "<math" not in page
    assert page.count(r"\begin{aligned}") > 3
    assert r"\(\frac{\partial \mathrm{Loss}}{\partial W_{35}}" in page
    assert "derivgen-table" in page
    assert "mathjax" in page
    assert "<svg" in page
    made = build(source, "latex", *options)
    assert made.complaints == ""
    compiled(made)


def compiled(latex: Build) -> None:
    """Run the machine's own TeX, if it has what Sphinx needs; the engine that comes with derivgen has not."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        pytest.skip("there is no pdflatex here")
    for package in ("fncychap.sty", "tabulary.sty", "tikz.sty", "lmodern.sty"):
        if subprocess.run(["kpsewhich", package], capture_output=True).returncode:
            pytest.skip(f"this machine's TeX has no {package}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "course.tex"]
    environment = {**os.environ, "TEXMFVAR": str(latex.folder / "var")}
    for _ in range(2):
        ran = subprocess.run(command, cwd=latex.folder, capture_output=True, timeout=1200, env=environment)
    log = (latex.folder / "course.log").read_text(encoding="utf-8", errors="replace")
    assert ran.returncode == 0, log[-3000:]
    assert "Missing character" not in log
    assert "undefined references" not in log
