"""PDFs of many students → one file: in order, with bookmarks, each beginning on a front page for printing on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

AT_ONCE = 40  # parts whose fonts are in memory as often as there are parts
_SHARED = ("/Font", "/XObject")
_REFERENCE = re.compile(rb"\b(\d+) (\d+) R\b")


@dataclass(frozen=True, slots=True)
class Bound:
    """One file; `pages` are on which of its pages, from 1, each part begins."""

    pdf: bytes
    pages: tuple[int, ...]
    count: int


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


def bound(parts: Iterable[tuple[str, bytes]], *, duplex: bool) -> Bound:
    """One PDF of many, each with a bookmark (without a title: none); the same parts give the same bytes.

    Args:
        parts: title and PDF of each.
        duplex: add an empty page to each part with an odd number of pages, so that no sheet bears two students' work.
    """
    import pikepdf

    starts: list[int] = []
    marks: list[tuple[str, int]] = []
    whole = pikepdf.new()
    pool = _Pool(whole)
    for number, (title, pdf) in enumerate(parts, 1):
        before = len(whole.pages)
        starts.append(before + 1)
        marks += [(title, before)] if title else []
        with pikepdf.open(BytesIO(pdf)) as part:
            whole.pages.extend(part.pages)
        pool.share(whole.pages[before:])
        if duplex and len(whole.pages) % 2:
            whole.add_blank_page(page_size=_size(whole.pages[-1]))
        if number % AT_ONCE == 0:  # what is not used any more leaves the memory
            whole = pikepdf.open(BytesIO(_saved(whole)))
            pool = _Pool(whole)
            pool.share(whole.pages)
    with whole.open_outline() as outline:
        outline.root.extend(pikepdf.OutlineItem(title, page) for title, page in marks)
    return Bound(_saved(whole), tuple(starts), len(whole.pages))


def _saved(whole: Any) -> bytes:
    import pikepdf

    result = BytesIO()
    whole.save(result, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return result.getvalue()


def _size(page: Any) -> tuple[Any, Any]:
    """Width and height of a page."""
    left, bottom, right, top = (float(number) for number in page.mediabox)
    return right - left, top - bottom


class _Pool:
    """Fonts and forms of a file by what they are, so that many parts with the same ones have them once."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        self._first: dict[bytes, Any] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def share(self, pages: Iterable[Any]) -> None:
        """Have these pages refer to the first font or form of a kind in place of their own."""
        for page in pages:
            resources = page.obj.get("/Resources", {})
            for kind in _SHARED:
                own = resources.get(kind, {})
                for name in list(own.keys()):
                    own[name] = self._first.setdefault(self._digest(own[name]), own[name])

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
