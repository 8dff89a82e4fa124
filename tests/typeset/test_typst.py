"""Typst through the package: the same bytes, mistakes with their places, limits, nothing read from elsewhere."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from derivgen.errors import ToolError
from derivgen.typeset import typst as typst_module
from derivgen.typeset.engines import CHOICE, TYPST
from derivgen.typeset.sandbox import Limits
from derivgen.typeset.typst import find_typesetter, typeset_typst

HEAD = '#set document(title: "A title", date: none)\n#set text(lang: "en")\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def pdf_of(body: str, **more) -> bytes:
    return typeset_typst(HEAD + body, more.pop("files", {}), engine=find_typesetter(TYPST), **more)


def test_a_document_with_a_drawing() -> None:
    pdf = pdf_of('Words. #image("a.svg", alt: "a square") #math.equation(alt: "x", $x$)', files={"a.svg": SVG})
    reader = PdfReader(BytesIO(pdf))
    assert "Words." in reader.pages[0].extract_text()
    assert reader.metadata is not None
    assert reader.metadata.title == "A title"


def test_the_same_bytes_at_another_time_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pdf_of("One.")
    time.sleep(1.1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert pdf_of("One.") == first
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Good.\nNot $nonsense$ at all.", "key.typ:4:6: unknown variable: nonsense"),
        ("$x$", "missing alt text"),
        ('#read("/etc/passwd")', "key.typ:3"),
        ('#read("../../../../../../etc/passwd")', "key.typ:3"),
        ('#import "@preview/cetz:0.4.0"', "key.typ:3"),
    ],
)
def test_mistakes_and_files_of_others_are_refused(body: str, message: str) -> None:
    with pytest.raises(ToolError) as caught:
        pdf_of(body, name="key.typ")
    assert message in str(caught.value)
    assert "root:" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_document_that_never_ends_is_stopped() -> None:
    endless = "#let f(n) = range(3000).map(x => range(3000).map(y => x * y + n).sum()).sum()\n#range(100000).map(f)"
    with pytest.raises(ToolError, match="time limit"):
        pdf_of(endless, limits=Limits(cpu=1))


def test_a_document_that_needs_too_much_memory_is_told_so() -> None:
    with pytest.raises(ToolError, match=r"^key.typ: typesetting needs more than 1024 MB of memory$"):
        pdf_of("#range(100000000).len()", name="key.typ", limits=Limits(memory=1 << 30))


def test_typst_stands_in_where_there_is_no_tex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHOICE, raising=False)
    assert find_typesetter().name != TYPST

    def none(name: str | None = None):
        raise ToolError("no TeX")

    monkeypatch.setattr(typst_module, "find_engine", none)
    assert find_typesetter().name == TYPST
    with pytest.raises(ToolError):
        find_typesetter("pdflatex")
    monkeypatch.setenv(CHOICE, "pdflatex")
    with pytest.raises(ToolError):
        find_typesetter()
