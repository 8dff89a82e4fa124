"""Pages of PDFs: one PDF of many sheets split into a PDF of each, and PDFs of many students bind into one.

A PDF of one sheet depends on nothing but that sheet. A bind file has bookmarks, and each part begins on a front page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from derivgen.frozen import dataclass
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
        """Return how many pages there are."""
        return self.end - self.start


def fonts(pdf: pikepdf.Pdf) -> str:
    """Return a fingerprint of all fonts a PDF embeds: of which letters, and how wide they are."""
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


def split_pdf(pdf: pikepdf.Pdf, spans: Sequence[tuple[int, int]], parts: Sequence[Parts]) -> list[bytes]:
    """Return each sheet's pages as a PDF of its own, with its title and language.

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


AT_ONCE = 40  # files whose fonts are in memory as often as there are files
_REFERENCE = re.compile(rb"\b(\d+) (\d+) R\b")


@dataclass(frozen=True, slots=True)
class BoundPdf:
    """One file; `pages` are on which of its pages, from 1, each part begins."""

    pdf: bytes
    pages: tuple[int, ...]
    count: int


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


def all_pages(pdf: bytes) -> Pages:
    """Return all pages of a PDF."""
    return Pages(pdf, 0, page_count(pdf))


def bind(parts: Iterable[tuple[str, bytes]], *, duplex: bool) -> BoundPdf:
    """Return one PDF of many, each with a bookmark (without a title: none); the same parts give the same bytes.

    Args:
        parts: title and PDF of each.
        duplex: add an empty page to each part with an odd number of pages, so that no sheet bears two students' work.
    """
    binder = Binder(duplex)
    for title, pdf in parts:
        binder.add(title, all_pages(pdf))
    return binder.bind()


class Binder:
    """Puts parts one behind the other as they come. What comes out does not depend on whether a part was a file of its own."""

    def __init__(self, duplex: bool) -> None:
        import pikepdf

        self.duplex = duplex
        self.starts: list[int] = []
        self._marks: list[tuple[str, int]] = []
        self._whole = pikepdf.new()
        self._pool = _Pool(self._whole)
        self._source: tuple[bytes, Any] | None = None
        self._sources = 0

    def add(self, title: str, pages: Pages) -> None:
        """Add one more part at the end."""
        source = self._opened(pages.pdf)
        before = len(self._whole.pages)
        self.starts.append(before + 1)
        self._marks += [(title, before)] if title else []
        self._whole.pages.extend(source.pages[pages.start : pages.end])
        self._pool.share(self._whole.pages[before:])
        self._fill(len(self._whole.pages))

    def add_first(self, title: str, pages: Pages) -> None:
        """Add one more part, before all others."""
        source = self._opened(pages.pdf)
        for place, page in enumerate(source.pages[pages.start : pages.end]):
            self._whole.pages.insert(place, page)
        self._pool.share(self._whole.pages[: pages.count])
        added = pages.count + self._fill(pages.count)
        self.starts = [1, *(start + added for start in self.starts)]
        self._marks = [(title, 0)] * bool(title) + [(known, page + added) for known, page in self._marks]

    def bind(self) -> BoundPdf:
        """Return all parts as one file, with their bookmarks."""
        import pikepdf

        with self._whole.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(title, page) for title, page in self._marks)
        return BoundPdf(_numbered_anew(self._whole), tuple(self.starts), len(self._whole.pages))

    def _fill(self, end: int) -> int:
        """An empty page at the end of a part where the next would not begin on a front page; how many pages were added."""
        if not self.duplex or end % 2 == 0:
            return 0
        import pikepdf

        blank = pikepdf.new()
        blank.add_blank_page(page_size=_size(self._whole.pages[end - 1]))
        self._whole.pages.insert(end, blank.pages[0])
        return 1

    def _opened(self, pdf: bytes) -> Any:
        """The file that pages are taken from; several parts in a row may come from one."""
        import pikepdf

        if self._source is None or self._source[0] is not pdf:
            self._sources += 1
            if self._sources % AT_ONCE == 0:  # what is not used any more leaves the memory
                self._whole = pikepdf.open(BytesIO(_saved(self._whole)))
                self._pool = _Pool(self._whole)
                self._pool.share(self._whole.pages)
            self._source = (pdf, pikepdf.open(BytesIO(pdf)))
        return self._source[1]


def _saved(whole: Any, *, packed: bool = True) -> bytes:
    import pikepdf

    if "/ID" in whole.trailer:  # its first half would be kept
        del whole.trailer["/ID"]
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    result = BytesIO()
    whole.save(result, deterministic_id=True, object_stream_mode=mode)
    return result.getvalue()


def _numbered_anew(whole: Any) -> bytes:
    """The file with its objects in the order in which its pages refer to them, wherever they came from."""
    import pikepdf

    return _saved(pikepdf.open(BytesIO(_saved(whole, packed=False))))


def _size(page: Any) -> tuple[Any, Any]:
    """Width and height of a page."""
    left, bottom, right, top = (float(number) for number in page.mediabox)
    return right - left, top - bottom


class _Pool:
    """Fonts, forms and the like of a file by what they are, so that many parts with the same ones have them once."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        self._first: dict[bytes, Any] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def share(self, pages: Iterable[Any]) -> None:
        """Have these pages refer to the first resource of a kind in place of their own."""
        for page in pages:
            self._share_in(page.obj.get("/Resources", {}))

    def _share_in(self, dictionary: Any) -> None:
        """Have a dictionary, and all below it, refer to the first of each kind."""
        import pikepdf

        for name in list(dictionary.keys()):
            own = dictionary[name]
            if not getattr(own, "is_indirect", False):
                below = own
            else:
                known = len(self._first)
                dictionary[name] = self._first.setdefault(self._digest(own), own)
                below = own if len(self._first) > known else None
            if isinstance(below, (pikepdf.Dictionary, pikepdf.Stream)):
                self._share_in(below)

    def _digest(self, item: Any) -> bytes:
        """What an object is, with all it refers to."""
        number = item.objgen
        if number not in self._known or number == (0, 0):
            self._known[number] = b"its own parent"
            self._known[number] = self._worked_out(item)
        return self._known[number]

    def _worked_out(self, item: Any) -> bytes:
        import pikepdf

        stream = isinstance(item, pikepdf.Stream)
        text = (item.stream_dict if stream else item).unparse(resolved=True)
        told = sha256(_REFERENCE.sub(lambda found: self._digest(self.whole.get_object(int(found[1]), int(found[2]))), text))
        if stream:
            told.update(item.read_raw_bytes())
        return told.digest()
