"""What a reader copies out of a PDF or has read aloud: every sign as the character it is."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pikepdf
from pypdf import PdfReader

from derivgen.cli.checking import checked
from derivgen.documents.compose import compose, style_of
from derivgen.rendering.latex import render_latex
from derivgen.typeset.pdf import typeset

SPEC = """
title: Ținta și țara, ½ now
equations: |
  L = ((a/b + c)^2/(d + e/f))^3 + cases(a > 0: a/2, a < -1: c, else: -a) + sqrt((a/b + c^2)/d) + abs(a/b)
values: {a: 1/2, b: 3, c: 1, d: 2, e: 1, f: 3}
"""


def notes(folder: Path) -> bytes:
    spec = folder / "signs.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    evaluation = checked(spec)[0]
    return typeset(render_latex(compose(evaluation, "notes"), style_of(evaluation)))


def unmapped(pdf: pikepdf.Pdf) -> list[str]:
    """The glyphs that stand on the pages and have no character, or a control character, in their font's table."""
    fonts = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"]
    assert any("LMMathExtension" in str(font.BaseFont) for font in fonts), "no large sign is on the pages"
    return [f"{font.BaseFont} {name}" for font in fonts for name in _unmapped_in(font)]


def _unmapped_in(font: pikepdf.Dictionary) -> list[str]:
    names: dict[int, str] = {}
    code = 0
    for item in font.Encoding.Differences:
        if isinstance(item, pikepdf.Name):
            names[code] = str(item)
            code += 1
        else:
            code = int(item)
    table = font.ToUnicode.read_bytes().decode()
    known = {int(a, 16) for a, b in re.findall(r"<([0-9A-F]{2})> <([0-9A-F]+)>", table) if int(b, 16) >= 0x20}
    for first, last in re.findall(r"<([0-9A-F]{2})> <([0-9A-F]{2})> <[0-9A-F]+>", table):
        known |= set(range(int(first, 16), int(last, 16) + 1))
    return [name for code, name in names.items() if code not in known]


def test_every_large_sign_is_known_by_its_character(tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(notes(tmp_path))) as pdf:
        assert unmapped(pdf) == []


def test_letters_with_a_comma_below_are_one_character(tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(notes(tmp_path))) as pdf:
        streams = "".join(page.Contents.read_bytes().decode("latin-1") for page in pdf.pages)
    assert re.findall(r"/ActualText <(FEFF[0-9A-F]{4})>", streams)[:3] == ["FEFF021A", "FEFF0219", "FEFF021B"]


def test_a_half_in_a_sentence_is_one_character(tmp_path: Path) -> None:
    assert "½ now" in PdfReader(BytesIO(notes(tmp_path))).pages[0].extract_text()
