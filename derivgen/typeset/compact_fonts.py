"""Type 1 fonts of a PDF → the same outlines as CFF, a fifth to a tenth of the bytes.

pdfTeX embeds a Type 1 font with all its subroutines, encrypted, so that nothing can pack them: 23 KB for thirty letters. CFF
(Adobe Technical Note 5176) has each glyph's outline alone, in shorter operators. What only helped to round outlines to coarse
pixels (hints) is left out; viewers of today smooth instead.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from derivgen import cache
from derivgen.memo import READ_ONCE

if TYPE_CHECKING:
    import pikepdf

_TRAILER = b"\n" + (b"0" * 64 + b"\n") * 8 + b"cleartomark\n"  # pdfTeX leaves it out; who reads Type 1 looks for it
_UNITS = [0.001, 0, 0, 0.001, 0, 0]
_KEPT = 400
_PREFIX = "cff-"


def compact_fonts(pdf: pikepdf.Pdf) -> None:
    """Put CFF in the place of every Type 1 font that a PDF embeds; one that cannot be read as such stays.

    What becomes of a font depends on the font alone, not on the PDF around it.
    """
    import pikepdf

    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == pikepdf.Name.FontDescriptor and "/FontFile" in item:
            made = _compacted(item.FontFile.read_bytes())
            if made:
                stream = pikepdf.Stream(pdf, made, Subtype=pikepdf.Name.Type1C, Filter=pikepdf.Name.FlateDecode)
                item.FontFile3 = pdf.make_indirect(stream)
                del item["/FontFile"]


@READ_ONCE
def _compacted(type1: bytes) -> bytes:
    """Return a Type 1 font as deflated CFF, kept from an earlier run where there was one; nothing where that cannot be done."""
    name = f"{_PREFIX}{sha256(type1).hexdigest()[:40]}"
    found = cache.kept(name)
    if found is None:
        found = zlib.compress(cff_of(type1) or b"", 9)
        cache.keep(name, found)
        cache.prune(_PREFIX, _KEPT)
    return found if zlib.decompress(found) else b""


def cff_of(type1: bytes) -> bytes | None:
    """Return the CFF of a Type 1 font: its glyphs by name, their outlines and widths. None where it is no such font.

    Args:
        type1: the font as a PDF embeds it, the second part encrypted in binary form, with or without the zeros at the end.
    """
    from fontTools.fontBuilder import FontBuilder
    from fontTools.misc.psLib import PSError
    from fontTools.t1Lib import T1Error, T1Font, decryptType1

    font = T1Font.__new__(T1Font)  # it is made from a file otherwise
    font.encoding = "ascii"
    try:
        font.data = decryptType1(type1 + _TRAILER)
        font.parse()
        if list(font["FontMatrix"]) != _UNITS:
            return None
        glyphs = font["CharStrings"]
        order = [".notdef", *sorted(name for name in glyphs if name != ".notdef")]
        outlines = {name: _outline(glyphs[name]) for name in order}
    except (T1Error, PSError, LookupError, ValueError, AssertionError):  # fontTools asserts what a font has to be
        return None
    builder = FontBuilder(1000, isTTF=False)
    builder.font.recalcBBoxes = False  # readers place glyphs by the whole font's box
    builder.setupGlyphOrder(order)
    builder.setupCFF(font["FontName"], {"FontBBox": list(font["FontBBox"])}, outlines, {})
    compiled: bytes = builder.font["CFF "].compile(builder.font)
    return compiled


def _outline(glyph: Any) -> Any:
    """Return one glyph's Type 1 program as a Type 2 program that draws the same."""
    from fontTools.misc.psCharStrings import T1OutlineExtractor
    from fontTools.pens.t2CharStringPen import T2CharStringPen

    pen = T2CharStringPen(None, None, roundTolerance=0.001)
    drawn = T1OutlineExtractor(pen, glyph.subrs)
    drawn.execute(glyph)
    program = pen.getCharString()
    program.program.insert(0, round(drawn.width))
    return program
