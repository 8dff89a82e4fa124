"""One PDF of many sheets → a PDF of each, whose bytes depend on nothing but that sheet; and several PDFs → one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from derivgen.rendering.latex import Parts

if TYPE_CHECKING:
    import pikepdf


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a PDF from `start`, counted from 0, to before `end`."""

    pdf: bytes
    start: int
    end: int

    @property
    def count(self) -> int:
        """How many."""
        return self.end - self.start


def fonts(pdf: pikepdf.Pdf) -> str:
    """A fingerprint of all fonts a PDF embeds: of which letters, and how wide they are."""
    import pikepdf

    found = []
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == pikepdf.Name.Font:
            encoding = item.get("/Encoding")
            known = b"" if encoding is None else encoding.unparse(resolved=True)
            widths = item.get("/Widths")
            wide = b"" if widths is None else widths.unparse(resolved=True)
            found.append(b" ".join([str(item.get("/BaseFont")).encode(), str(item.get("/FirstChar")).encode(), wide, known]))
    return hashlib.sha256(b"\n".join(sorted(found))).hexdigest()


def cut(pdf: pikepdf.Pdf, spans: Sequence[tuple[int, int]], parts: Sequence[Parts]) -> list[bytes]:
    """Each sheet's pages as a PDF of its own, with its title and language.

    What a file holds is numbered anew in the order in which its own pages refer to it, and its identifier is made from what it
    holds; so nothing of the pages around it is left.
    """
    return [_part(pdf, span, part) for span, part in zip(spans, parts, strict=True)]


def _part(pdf: pikepdf.Pdf, span: tuple[int, int], parts: Parts) -> bytes:
    import pikepdf

    result = BytesIO()
    with pikepdf.new() as own:
        own.pages.extend(pdf.pages[span[0] : span[1]])
        own.docinfo["/Title"] = parts.title
        if "/Producer" in pdf.docinfo:
            own.docinfo["/Producer"] = str(pdf.docinfo["/Producer"])
        own.Root.Lang = pikepdf.String(parts.language)
        own.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        own.save(
            result,
            min_version=pdf.pdf_version,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return result.getvalue()
