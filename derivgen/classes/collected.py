"""What a teacher has beside the single sheets: one file for the printer, one of keys with an index, the answers, the marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain

from derivgen.classes.ledger import Ledger
from derivgen.classes.lists import answers_table, grading_table
from derivgen.classes.order import Order, file_of
from derivgen.classes.seats import Seat
from derivgen.documents.document import Document
from derivgen.documents.lists import Step, grading_page, index_page
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.render.latex import render_latex
from derivgen.spec.model import Spec
from derivgen.typeset.binding import bound, page_count
from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset

MOST_BOUND = 500
"""Students in one file for the printer or the markers; of more there are several files."""


def collected(
    ledger: Ledger, order: Order, seats: Sequence[Seat], spec: Spec, title: str, steps: Sequence[Step], style: Style
) -> Iterator[Mapping[str, bytes]]:
    """The files about the whole class, a few at a time; of those students alone that are finished, in the roster's order."""
    rows = ((seat, entry.answers) for seat in seats if (entry := ledger.entry(seat.id)) is not None)
    yield {"answers.csv": answers_table(rows).encode(), "grading.csv": grading_table(seats, steps).encode()}
    if "pdf" not in order.formats:
        return
    for number, share in enumerate(_bundles(seats)):
        suffix = f"_{number + 1}" if len(seats) > MOST_BOUND else ""
        if "worksheet" in order.audiences:
            yield {f"print{suffix}.pdf": bound(_parts(ledger, share, "worksheet"), duplex=True).pdf}
        if "key" in order.audiences:
            yield {f"keys{suffix}.pdf": _keys(ledger, order, share, spec, title, style)}
        page = grading_page(spec, title, steps, [seat.bearer() for seat in share])
        yield {f"grading{suffix}.pdf": _pdf(page, style, order)}


def _bundles(seats: Sequence[Seat]) -> Iterator[Sequence[Seat]]:
    for start in range(0, len(seats), MOST_BOUND):
        yield seats[start : start + MOST_BOUND]


def _parts(ledger: Ledger, seats: Sequence[Seat], audience: str) -> Iterator[tuple[str, bytes]]:
    """Each student's sheet under the student's name, read from the store one at a time."""
    for seat in seats:
        pdf = ledger.store.read(file_of(seat.id, audience, "pdf"))
        if pdf is not None:
            yield seat.bearer().said(Wording()), pdf


def _keys(ledger: Ledger, order: Order, seats: Sequence[Seat], spec: Spec, title: str, style: Style) -> bytes:
    """All keys behind an index, which is set again where its own length moves the pages it names."""
    words = Wording(spec.language)
    counts = [_even(page_count(pdf)) for _, pdf in _parts(ledger, seats, "key")]
    starts = list(accumulate(counts[:-1], initial=1))
    ordered = sorted(zip(seats, starts, strict=True), key=lambda entry: _natural(entry[0].id))
    bearers = [seat.bearer() for seat, _ in ordered]

    length, index = 0, b""
    while length != (length := _even(page_count(index)) if index else 2):
        index = _pdf(index_page(spec, title, bearers, [start + length for _, start in ordered]), style, order)
    return bound(chain([(words.say("Index"), index)], _parts(ledger, seats, "key")), duplex=True).pdf


def _even(pages: int) -> int:
    return pages + pages % 2


def _natural(id_: str) -> tuple[tuple[bool, int, str], ...]:
    """Ids in the order that people expect: 2 before 10.

    >>> sorted(["b10", "b2", "10", "9"], key=_natural)
    ['9', '10', 'b2', 'b10']
    """
    parts = re.findall(r"\d+|\D+", id_)
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


def _pdf(document: Document, style: Style, order: Order) -> bytes:
    return typeset(render_latex(document, style), engine=find_engine(order.engine), name=document.kind)
