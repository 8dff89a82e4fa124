"""Checked files → copies with the right figures where the cause is certain; nothing else in them is changed."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.claims.claim import Change, Checked
from derivgen.frozen import dataclass
from derivgen.weave.marks import BOM, DocumentText
from derivgen.weave.notebook import markdown_cells, with_texts


@dataclass(frozen=True)
class Fixed:
    """A copy of a file, and how many figures are others in it."""

    data: bytes
    figures: int


def fixed(data: bytes, checked: Checked) -> Fixed:
    """Return a file with the changes that its claims ask for; where two ask for different ones at one place, none is made."""
    by_cell: dict[int, list[Change]] = {}
    for claim in checked.claims:
        by_cell.setdefault(claim.cell, []).extend(claim.changes)
    texts = {source.cell: _changed(source.document.text, by_cell.get(source.cell, ())) for source in checked.sources}
    count = sum(number for _, number in texts.values())
    if not count:
        return Fixed(data, 0)
    begin = BOM if data.startswith(BOM) else b""
    if 0 in texts:
        return Fixed(begin + texts[0][0].encode(), count)
    document = DocumentText(data.removeprefix(BOM).decode(), checked.file)
    cells = {cell: texts[cell.number][0] for cell in markdown_cells(document) if texts.get(cell.number, ("", 0))[1]}
    return Fixed(begin + with_texts(document.text, cells).encode(), count)


def _changed(text: str, changes: Iterable[Change]) -> tuple[str, int]:
    found: dict[tuple[int, int], set[str]] = {}
    for change in changes:
        found.setdefault((change.start, change.end), set()).add(change.text)
    count, until = 0, len(text) + 1
    for (start, end), texts in sorted(found.items(), reverse=True):
        if len(texts) == 1 and end <= until:
            text, count, until = text[:start] + texts.pop() + text[end:], count + 1, start
    return text, count
