"""Woven notebooks and pieces as others read them: jupytext's pairs, nbconvert to LaTeX and HTML, Pandoc to Word and LaTeX."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from tests.weave.inside import Inside, inside  # noqa: F401

EMU = 914_400  # to an inch
HEAD = """\
---
jupyter:
  jupytext:
    formats: ipynb,md
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

"""
TEXT = """\
Before the drawing.

<!-- derivgen: spec.yaml drawing -->
<!-- /derivgen -->

<!-- derivgen: spec.yaml chain w label=eq:chain -->
<!-- /derivgen -->

```python
1 + 1
```

<!-- derivgen: spec.yaml gradients -->
<!-- /derivgen -->

Behind it.
"""
LINK = "a.derivgen/spec-drawing.png"


def pandoc(folder: Path, *arguments: str) -> str:
    if shutil.which("pandoc") is None:
        assert not os.environ.get("CI"), "CI has pandoc"
        pytest.skip("pandoc is missing (apt-get install pandoc)")
    ran = subprocess.run(["pandoc", *arguments], cwd=folder, capture_output=True, text=True, timeout=1200)
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    return ran.stdout


def run(folder: Path, module: str, *arguments: str) -> None:
    """Run one of Jupyter's programs, with folders of its own."""
    pytest.importorskip(module)
    own = {
        name: str(folder / ".jupyter") for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, **own, "JUPYTER_PLATFORM_DIRS": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


def pictures(word: bytes) -> list[tuple[bytes, float]]:
    """Return the pictures of a Word file, each with its width in inches."""
    with ZipFile(BytesIO(word)) as found:
        images = [found.read(name) for name in found.namelist() if name.startswith("word/media/")]
        tree = ElementTree.fromstring(found.read("word/document.xml"))
    sizes = [int(node.attrib["cx"]) / EMU for node in tree.iter() if node.tag.endswith("wordprocessingDrawing}extent")]
    return list(zip(images, sizes, strict=True))


def width_of(svg: str) -> float:
    """Return how many inches wide a drawing is: there are 96 pixels to one."""
    found = re.search(r' width="([\d.]+)"', svg)
    assert found
    return float(found[1]) / 96


@pytest.fixture
def notebook(inside: Inside) -> Inside:  # noqa: F811
    """A folder with `a.ipynb`, woven."""
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(TEXT, id="cell")])
    inside.write("a.ipynb", nbformat.writes(made))
    assert inside("weave", "a.ipynb").code == 0
    return inside


def test_a_pair_of_jupytext_is_fresh_on_both_sides(inside: Inside) -> None:  # noqa: F811
    text = inside.write("a.md", HEAD + TEXT)
    run(inside.folder, "jupytext", "--sync", "a.md")
    assert inside("weave", ".").out.count("3 written") == 2
    for side in ("a.ipynb", "a.md"):
        run(inside.folder, "jupytext", "--sync", side)
        assert inside("weave", "--check", ".").code == 0
    assert f"]({LINK})" in text.read_text(encoding="utf-8") and "$$ (eq:chain)" in text.read_text(encoding="utf-8")
    woven = (inside.folder / "a.ipynb").read_bytes()
    (inside.folder / "a.ipynb").unlink()
    run(inside.folder, "jupytext", "--to", "ipynb", "a.md")
    assert inside("weave", "--check", ".").code == 0 and LINK.encode() in woven


def test_nbconvert_takes_a_drawing_to_latex_and_html(notebook: Inside) -> None:
    run(notebook.folder, "nbconvert", "--to", "html", "a.ipynb")
    assert f'src="{LINK}"' in (notebook.folder / "a.html").read_text(encoding="utf-8")
    pandoc(notebook.folder, "--version")
    run(notebook.folder, "nbconvert", "--to", "latex", "a.ipynb")
    tex = (notebook.folder / "a.tex").read_text(encoding="utf-8")
    assert re.findall(r"\\includegraphics(?:\[[^]]*\])?\{(.*?)\}", tex) == [LINK]
    assert (notebook.folder / LINK).read_bytes().startswith(b"\x89PNG")


def test_pandoc_takes_a_notebook_to_word(notebook: Inside) -> None:
    pandoc(notebook.folder, "a.ipynb", "-o", "a.docx")
    ((image, width),) = pictures((notebook.folder / "a.docx").read_bytes())
    assert image == (notebook.folder / LINK).read_bytes()
    assert width == pytest.approx(width_of(notebook("piece", "spec.yaml", "drawing", "--to", "svg").out), rel=0.01)


def test_pandoc_takes_a_piece_to_word_and_latex(inside: Inside) -> None:  # noqa: F811
    inside.write("piece.md", inside("piece", "spec.yaml", "drawing", "--to", "md").out)
    pandoc(inside.folder, "piece.md", "-o", "a.docx")
    ((image, width),) = pictures((inside.folder / "a.docx").read_bytes())
    assert image.startswith(b"\x89PNG")
    assert width == pytest.approx(width_of(inside("piece", "spec.yaml", "drawing", "--to", "svg").out), rel=0.01)
    tex = pandoc(inside.folder, "piece.md", "--to", "latex", "--extract-media", "media")
    (name,) = re.findall(r"\\includegraphics(?:\[.*\])?\{(media/.*?\.png)\}", tex)
    assert (inside.folder / name).read_bytes() == image
