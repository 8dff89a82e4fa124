"""Many PDFs as one: order, bookmarks, empty pages, fonts that are there once however many parts bring them."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest

from derivgen.typeset import pdf_pages as binding
from derivgen.typeset.pdf import typeset
from derivgen.typeset.pdf_pages import bind, page_count
from tests.product import Pdf

BEFORE = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{lmodern}\\begin{document}\n"


@pytest.fixture(scope="module")
def parts() -> list[tuple[str, bytes]]:
    """Five parts of one to three pages, each page saying which it is."""
    made = []
    for number in range(5):
        pages = "\\newpage ".join(f"part {number} page {page}" for page in range(1 + number % 3))
        made.append((f"Part {number}: ñ", typeset(f"{BEFORE}{pages}\\end{{document}}")))
    return made


def told(pdf: bytes) -> list[str]:
    """What each page says, without its number."""
    return [" ".join(page.split()[:4]) if page.strip() else "" for page in Pdf(pdf).pages]


def outline(pdf: bytes) -> list[tuple[str, int]]:
    """The bookmarks and the pages they lead to, from 1."""
    with pikepdf.open(BytesIO(pdf)) as document, document.open_outline() as marks:
        places = {page.obj.objgen: number for number, page in enumerate(document.pages, 1)}
        return [(entry.title, places[entry.destination[0].objgen]) for entry in marks.root]


@pytest.mark.parametrize("at_once", [40, 2])
def test_every_part_begins_on_a_front_page(parts: list[tuple[str, bytes]], at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "AT_ONCE", at_once)
    whole = bind(parts, duplex=True)
    assert whole.pages == (1, 3, 5, 9, 11)
    assert told(whole.pdf) == [
        *("part 0 page 0", ""),
        *("part 1 page 0", "part 1 page 1"),
        *("part 2 page 0", "part 2 page 1", "part 2 page 2", ""),
        *("part 3 page 0", ""),
        *("part 4 page 0", "part 4 page 1"),
    ]
    assert whole.count == page_count(whole.pdf) == 12
    assert outline(whole.pdf) == [(title, page) for (title, _), page in zip(parts, whole.pages, strict=True)]


def test_one_side_of_each_sheet(parts: list[tuple[str, bytes]]) -> None:
    whole = bind([("", pdf) for _, pdf in parts], duplex=False)
    assert whole.count == 9
    assert outline(whole.pdf) == []
    assert "" not in told(whole.pdf)


def test_the_same_parts_give_the_same_bytes(parts: list[tuple[str, bytes]]) -> None:
    assert bind(parts, duplex=True) == bind(iter(parts), duplex=True)


def test_an_empty_page_is_as_large_as_the_one_before(parts: list[tuple[str, bytes]]) -> None:
    with pikepdf.open(BytesIO(bind(parts[:1], duplex=True).pdf)) as whole:
        first, second = whole.pages
        assert list(first.mediabox) == list(second.mediabox)


def test_fonts_are_there_once(parts: list[tuple[str, bytes]]) -> None:
    several = bind([parts[2]] * 6, duplex=False)
    with pikepdf.open(BytesIO(several.pdf)) as whole:
        fonts = [
            item for item in whole.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
    with pikepdf.open(BytesIO(parts[2][1])) as one:
        own = [item for item in one.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"]
    assert own
    assert len(fonts) == len(own)
    assert told(several.pdf) == told(parts[2][1]) * 6


def fonts(pdf: bytes) -> list[dict[str, tuple[str, bytes]]]:
    """Of each page its fonts by the names that its text calls them: what they are called, and the letters themselves."""
    found = []
    with pikepdf.open(BytesIO(pdf)) as document:
        for page in document.pages:
            own = page.obj.get("/Resources", {}).get("/Font", {})
            found.append({name: (str(own[name].BaseFont), own[name].FontDescriptor.FontFile.read_bytes()) for name in own})
    return found


@pytest.mark.parametrize("at_once", [40, 2])
def test_fonts_that_differ_stay_apart(parts: list[tuple[str, bytes]], at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subsets of one font with other letters keep their own, and a bold letter is none of another weight."""
    monkeypatch.setattr(binding, "AT_ONCE", at_once)
    bold = typeset(f"{BEFORE}abc \\textbf{{def}} \\textit{{ghi}} $x$\\end{{document}}")
    made = [*(pdf for _, pdf in parts), bold, typeset(f"{BEFORE}xyz\\end{{document}}"), bold]
    whole = bind([("", pdf) for pdf in made], duplex=False)
    expected = [page for pdf in made for page in fonts(pdf)]
    assert fonts(whole.pdf) == expected
    assert max(len(page) for page in expected) == 4
    assert len({letters for page in expected for letters in page.values()}) > 5
