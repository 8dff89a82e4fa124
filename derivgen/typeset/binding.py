"""PDFs of many students → one file: in order, with bookmarks, each beginning on a front page for printing on both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

_SHARED = ("/FontFile", "/FontFile2", "/FontFile3")


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
    result = BytesIO()
    with pikepdf.new() as whole:
        marks = []
        for title, pdf in parts:
            starts.append(len(whole.pages) + 1)
            marks += [pikepdf.OutlineItem(title, len(whole.pages))] if title else []
            with pikepdf.open(BytesIO(pdf)) as part:
                whole.pages.extend(part.pages)
            if duplex and len(whole.pages) % 2:
                whole.add_blank_page(page_size=_size(whole.pages[-1]))
        with whole.open_outline() as outline:
            outline.root.extend(marks)
        _share_fonts(whole)
        count = len(whole.pages)
        whole.save(result, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return Bound(result.getvalue(), tuple(starts), count)


def _size(page: Any) -> tuple[Any, Any]:
    """Width and height of a page."""
    left, bottom, right, top = (float(number) for number in page.mediabox)
    return right - left, top - bottom


def _share_fonts(document: Any) -> None:
    """Each font's file once, however many parts bring it along."""
    import pikepdf

    seen: dict[bytes, Any] = {}
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get("/Type") != "/FontDescriptor":
            continue
        for key in _SHARED:
            if key in item:
                stream = item[key]
                item[key] = seen.setdefault(sha256(stream.read_raw_bytes()).digest(), stream)
