"""Drawings of a woven Markdown file: files beside it, written and checked with it."""

from __future__ import annotations

import json
import re

import pytest

from derivgen.typeset.pdf import typeset
from tests.weave.inside import Inside, inside  # noqa: F401


def region(piece: str, spec: str = "spec.yaml") -> str:
    """A region that is still empty."""
    return f"<!-- derivgen: {spec} {piece} -->\n<!-- /derivgen -->\n"


def test_a_drawing_is_a_file_beside_the_document(inside: Inside) -> None:  # noqa: F811
    path = inside.write("my notes.md", f"- {region('drawing')}\n{region('drawing with-numbers')}")
    assert inside("weave", "--check", "my notes.md").code == 1
    assert inside.files(".") == ["my notes.md", "spec.yaml", "wrong.yaml"]
    assert inside("weave", "my notes.md").code == 0
    text = path.read_text(encoding="utf-8")
    assert "![The computation graph from x, y, w, b to L.](my%20notes.derivgen/spec-drawing.svg)" in text
    assert re.findall(r"\]\((.*?)\)", text) == [
        "my%20notes.derivgen/spec-drawing.svg",
        "my%20notes.derivgen/spec-drawing-with-numbers.svg",
    ]
    drawing = inside.folder / "my notes.derivgen/spec-drawing.svg"
    assert drawing.read_text(encoding="utf-8").strip() == inside("piece", "spec.yaml", "drawing", "--to", "svg").out.strip()
    assert inside("weave", "--check", "my notes.md").code == 0


def test_a_drawing_that_is_missing_or_old_is_stale(inside: Inside) -> None:  # noqa: F811
    inside.write("a.md", region("drawing"))
    inside("weave", "a.md")
    drawing = inside.folder / "a.derivgen/spec-drawing.svg"
    right = drawing.read_bytes()
    drawing.write_text("<svg/>", encoding="utf-8")
    said = inside("weave", "--check", "a.md")
    assert said.code == 1
    assert "a.md:1:1: this region is stale: drawing of spec.yaml" in said.err
    drawing.unlink()
    assert inside("weave", "--check", "a.md").code == 1
    assert inside("weave", "a.md").code == 0
    assert drawing.read_bytes() == right
    assert inside("weave", "--check", "a.md").code == 0


def test_a_drawing_with_the_line_ends_of_windows_is_not_stale(inside: Inside) -> None:  # noqa: F811
    inside.write("a.md", region("drawing"))
    inside("weave", "a.md")
    drawing = inside.folder / "a.derivgen/spec-drawing.svg"
    drawing.write_bytes(drawing.read_bytes().replace(b"\n", b"\r\n"))
    assert inside("weave", "--check", "a.md").code == 0
    assert inside("weave", "a.md").out == "a.md: 1 region, unchanged\n"


def test_a_link_in_place_of_the_folder_is_not_followed(inside: Inside) -> None:  # noqa: F811
    path = inside.write("a.md", region("drawing"))
    elsewhere = inside.folder / "elsewhere"
    elsewhere.mkdir()
    try:
        (inside.folder / "a.derivgen").symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    before = path.read_bytes()
    for how in ((), ("--check",)):
        said = inside("weave", *how, "a.md")
        assert said.code == 2
        assert "a.derivgen is a link, so nothing is written there" in said.err
    assert list(elsewhere.iterdir()) == [] and path.read_bytes() == before


def test_drawings_of_the_same_name_do_not_meet(inside: Inside) -> None:  # noqa: F811
    spec = (inside.folder / "spec.yaml").read_text(encoding="utf-8")
    inside.write("other/spec.yaml", spec.replace("b: -1", "b: -7"))
    two = region("drawing with-numbers") + "\n" + region("drawing with-numbers", "other/spec.yaml")
    path = inside.write("a.md", two)
    assert inside("weave", "a.md").code == 0
    first, second = re.findall(r"\]\((.*?)\)", path.read_text(encoding="utf-8"))
    assert (first, second) == ("a.derivgen/spec-drawing-with-numbers.svg", "a.derivgen/spec-drawing-with-numbers-2.svg")
    assert (inside.folder / first).read_bytes() != (inside.folder / second).read_bytes()


def test_in_a_notebook_a_drawing_is_a_picture(inside: Inside) -> None:  # noqa: F811
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(region("drawing"))])
    path = inside.write("a.ipynb", nbformat.writes(made))
    assert inside("weave", "a.ipynb").code == 0
    text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    assert re.findall(r"!\[[^]]+\]\((.*?)\)", text) == ["a.derivgen/spec-drawing.png"]
    picture = inside.folder / "a.derivgen/spec-drawing.png"
    right = picture.read_bytes()
    assert right.startswith(b"\x89PNG")
    for wrong in (right[:-20], right.replace(b"derivgen\0", b"derivgen\0" + b"0" * 7), b""):
        picture.write_bytes(wrong)
        assert inside("weave", "--check", "a.ipynb").code == 1
    assert inside("weave", "a.ipynb").code == 0
    assert picture.read_bytes() == right


def test_a_mark_chooses_the_form_of_a_drawing(inside: Inside) -> None:  # noqa: F811
    path = inside.write("a.md", region("drawing image=png") + "\n" + region("drawing"))
    assert inside("weave", "a.md").code == 0
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\]\((.*?)\)", text) == ["a.derivgen/spec-drawing.png", "a.derivgen/spec-drawing.svg"]
    assert inside("weave", "--check", "a.md").code == 0
    inside.write("a.html", region("drawing image=png"))
    assert "in a document of this kind drawings have one form" in inside("weave", "a.html").err
    inside.write("b.md", region("drawing image=pdf"))
    assert "there is no option image=pdf" in inside("weave", "b.md").err


def test_a_drawing_in_the_class_standalone_is_not_centred(inside: Inside) -> None:  # noqa: F811
    """That class sets the document as one line, in which TeX centres nothing; it does not come with the TeX of the tests."""
    path = inside.write("a.tex", "\\documentclass[tikz]{standalone}\n% derivgen: spec.yaml drawing\n% /derivgen\n")
    assert inside("weave", "a.tex").code == 0
    picture = path.read_text(encoding="utf-8").partition("standalone}\n")[2]
    assert "center" not in picture
    page = (
        r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern,tikz}\begin{document}\setbox0\hbox{"
        + f"\n{picture}"
        + r"}\unhbox0 \end{document}"
    )
    assert typeset(page).startswith(b"%PDF")
    inside.write("b.tex", "\\documentclass{article}\n% derivgen: spec.yaml drawing\n% /derivgen\n")
    assert inside("weave", "b.tex").code == 0
    assert "\\begin{center}\n\\begin{tikzpicture}" in (inside.folder / "b.tex").read_text(encoding="utf-8")
