"""Fonts of class sheets as CFF: the same glyphs, outlines and widths in a fraction of the bytes; what is no Type 1 font stays."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.statisticsPen import StatisticsPen

from derivgen.typeset.compact_fonts import cff_of, compact_fonts
from derivgen.typeset.pdf import typeset

TEX = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\begin{document}
Handgloves \textbf{ÀÉîõ 0123} \textit{Łódź} $\frac{\partial L}{\partial w_{1}}=\sum_{i}x_i^2\Bigl(\sigma\Bigr)$
\end{document}
"""


@pytest.fixture(scope="module")
def both() -> tuple[pikepdf.Pdf, pikepdf.Pdf]:
    pdf = typeset(TEX)
    plain, compact = pikepdf.open(BytesIO(pdf)), pikepdf.open(BytesIO(pdf))
    compact_fonts(compact)
    return plain, compact


def font_dictionaries(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Dictionary]:
    found = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"]
    return {str(font.BaseFont): font for font in found}


def coded(font: pikepdf.Dictionary) -> dict[int, str]:
    """Which glyph each code of a font stands for."""
    found: dict[int, str] = {}
    code = 0
    for item in font.Encoding.Differences:
        if isinstance(item, pikepdf.Name):
            found[code] = str(item)[1:]
            code += 1
        else:
            code = int(item)
    return found


def test_widths_are_those_that_tex_sets_by_and_every_code_has_its_glyph(both):
    fonts = font_dictionaries(both[1])
    assert len(fonts) >= 6
    for name, font in fonts.items():
        cff = CFFFontSet()
        cff.decompile(BytesIO(font.FontDescriptor.FontFile3.read_bytes()), None)
        assert "/" + cff.fontNames[0] == name
        glyphs = cff[0].CharStrings
        names, first, seen = coded(font), int(font.FirstChar), 0
        for place, width in enumerate(font.Widths):
            glyph = names.get(first + place, ".notdef")
            if glyph in glyphs and glyph != ".notdef":
                drawn = glyphs[glyph]
                drawn.draw(BoundsPen(None))
                assert abs(drawn.width - float(width)) <= 0.5, (name, glyph)
                seen += 1
        assert seen >= 1


def test_outlines_are_the_same(both):
    """By the area and the centre of each, from both formats' own readers."""
    from fontTools.t1Lib import T1Font, decryptType1

    plain, compact = map(font_dictionaries, both)
    for name, font in compact.items():
        cff = CFFFontSet()
        cff.decompile(BytesIO(font.FontDescriptor.FontFile3.read_bytes()), None)
        original = T1Font.__new__(T1Font)
        original.encoding = "ascii"
        zeros = (b"0" * 64 + b"\n") * 8
        original.data = decryptType1(plain[name].FontDescriptor.FontFile.read_bytes() + b"\n" + zeros + b"cleartomark\n")
        original.parse()
        assert set(original["CharStrings"]) == set(cff[0].CharStrings.keys())
        for glyph, drawn in original["CharStrings"].items():
            one, other = StatisticsPen(), StatisticsPen()
            drawn.draw(one)
            cff[0].CharStrings[glyph].draw(other)
            for what in ("area", "meanX", "meanY"):
                assert getattr(one, what) == pytest.approx(getattr(other, what), abs=0.01), (name, glyph)
        assert cff[0].FontBBox == [int(each) for each in plain[name].FontDescriptor.FontBBox]


def test_the_file_has_a_quarter_of_the_bytes(both):
    sizes = []
    for pdf in both:
        out = BytesIO()
        pdf.save(out, deterministic_id=True)
        sizes.append(len(out.getvalue()))
    assert sizes[1] < sizes[0] / 4


def test_what_is_no_type_1_font_stays():
    assert cff_of(b"") is None
    assert cff_of(b"%!PS-AdobeFont-1.0: Nonsense\ncurrentfile eexec\nnonsense") is None
    pdf = pikepdf.new()
    descriptor = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor, FontFile=pikepdf.Stream(pdf, b"OTTO"))
    kept = pdf.make_indirect(descriptor)
    compact_fonts(pdf)
    assert kept.FontFile.read_bytes() == b"OTTO" and "/FontFile3" not in kept


def test_a_font_kept_on_disk_is_the_same(both, tmp_path, monkeypatch):
    from derivgen.typeset import compact_fonts as module

    font = next(iter(font_dictionaries(both[0]).values())).FontDescriptor.FontFile.read_bytes()
    monkeypatch.setenv("DERIVGEN_CACHE", str(tmp_path / "cache"))
    made = []
    for _ in range(2):
        module._compacted.cache_clear()
        made.append(module._compacted(font))
    assert made[0] == made[1] != b""
    assert len(list((tmp_path / "cache").glob("cff-*"))) == 1
