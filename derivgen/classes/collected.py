"""What a teacher has beside the single sheets: one file for the printer, one of keys with an index, the answers, the marks.

These files grow while the sheets are made: students come in the roster's order, as soon as they and all before them are done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from derivgen.classes.ahead import Ahead
from derivgen.classes.ledger import Ledger
from derivgen.classes.lists import answers_table, grading_table
from derivgen.classes.order import Order, file_of
from derivgen.classes.packing import derivation_of
from derivgen.classes.seats import Seat
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, PageBreak
from derivgen.documents.recipients import GradedItem, graded_items, grading_page, index_page
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.rendering.latex import render_latex
from derivgen.spec.model import Spec
from derivgen.typeset.binding import Binder, whole_of
from derivgen.typeset.cut import Pages
from derivgen.variants.filling import variant

MOST_BOUND = 500
"""Students in one file for the printer or the markers; of more there are several files."""


class Collection:
    """The files about the whole class, a bundle of students after the other."""

    def __init__(self, ledger: Ledger, order: Order, spec: Spec, seats: Sequence[Seat], ahead: Ahead) -> None:
        """`seats` are all who are expected."""
        self.ledger, self.order, self.spec, self.expected, self.ahead = ledger, order, spec, tuple(seats), ahead
        self.places = {seat.id: place for place, seat in enumerate(self.expected)}
        self.title, self.steps, self.style = "", tuple[GradedItem, ...](), DEFAULT
        self.everybody: list[Seat] = []
        self._begin()

    def add(self, seat: Seat, within: Mapping[str, Pages]) -> Mapping[str, bytes]:
        """One more student; the files that this completes. Pages that are not told here are read from the store."""
        whose = seat.recipient().text(Wording())
        for audience, binder in self.binders.items():
            pages = within.get(audience) or self._stored(seat, audience)
            if pages is not None:
                binder.add(whose, pages)
                if audience == "key":
                    self.counts.append(_even(pages.count))
        if not self.everybody:
            self._learn(seat)
        self.everybody.append(seat)
        self.seats.append(seat)
        if len(self.seats) == 1:
            self._look_ahead(seat)
        return self.done() if len(self.seats) == MOST_BOUND else {}

    def tables(self) -> Mapping[str, bytes]:
        """The answers and the table for marks as CSV, of all who were added."""
        rows = ((seat, entry.answers) for seat in self.everybody if (entry := self.ledger.entry(seat.id)) is not None)
        return {
            "answers.csv": answers_table(rows).encode(),
            "grading.csv": grading_table(self.everybody, self.steps).encode(),
        }

    def done(self) -> Mapping[str, bytes]:
        """The files of the bundle that is in hand."""
        if not self.seats or "pdf" not in self.order.formats:
            return {}
        bundle = -(-len(self.everybody) // MOST_BOUND)
        suffix = f"_{bundle}" if len(self.expected) > MOST_BOUND else ""
        files: dict[str, bytes] = {}
        if "worksheet" in self.binders:
            files[f"print{suffix}.pdf"] = self.binders["worksheet"].bound().pdf
        if "key" in self.binders:
            files[f"keys{suffix}.pdf"] = self._keys()
        files[f"grading{suffix}.pdf"] = self.ahead.pdf(self._text(self._grading(self.seats)))
        self._begin()
        return files

    def _begin(self) -> None:
        """A new bundle."""
        audiences = [audience for audience in ("worksheet", "key") if audience in self.order.audiences]
        self.binders = {audience: Binder(duplex=True) for audience in audiences} if "pdf" in self.order.formats else {}
        self.seats: list[Seat] = []
        self.counts: list[int] = []

    def _learn(self, seat: Seat) -> None:
        """What the pages for the teacher are called and have marks for, from the first student's key."""
        first = variant(derivation_of(self.order.spec), seat.record)
        key = compose(first, "key")
        self.title, self.steps, self.style = key.title, graded_items(key, self.spec), style_of(first)

    def _look_ahead(self, first: Seat) -> None:
        """Begin with the pages for the teacher, as if all keys were as long as the first one, and nobody's sheets failed."""
        if not self.binders:
            return
        place = self.places[first.id]
        seats = self.expected[place : place + MOST_BOUND]
        self.ahead.expect(self._text(self._grading(seats)))
        if self.counts:
            counts = self.counts * len(seats)
            length = self._asked(self._index(seats, counts, 0))
            self.ahead.expect(self._text(self._index(seats, counts, length)))

    def _stored(self, seat: Seat, audience: str) -> Pages | None:
        """A student's sheet as a file of its own."""
        pdf = self.ledger.store.read(file_of(seat.id, audience, "pdf"))
        return whole_of(pdf) if pdf is not None else None

    def _keys(self) -> bytes:
        """All keys behind an index, which is set again where its own length moves the pages it names."""
        length = self._asked(self._index(self.seats, self.counts, 0))
        index = self.ahead.pdf(self._text(self._index(self.seats, self.counts, length)))
        while length != (length := _even(whole_of(index).count)):
            index = self.ahead.pdf(self._text(self._index(self.seats, self.counts, length)))
        self.binders["key"].add_first(Wording(self.spec.language).say("Index"), whole_of(index))
        return self.binders["key"].bound().pdf

    def _asked(self, document: Document) -> int:
        """How many pages a document asks for, on both sides of its sheets."""
        return _even(1 + sum(isinstance(block, PageBreak) for block in document.blocks))

    def _index(self, seats: Sequence[Seat], counts: Sequence[int], length: int) -> Document:
        """The index, so many pages long, of keys of so many pages each, by id."""
        starts = accumulate(counts[:-1], initial=1 + length)
        ordered = sorted(zip(seats, starts, strict=True), key=lambda entry: _natural(entry[0].id))
        return index_page(self.spec, self.title, [seat.recipient() for seat, _ in ordered], [start for _, start in ordered])

    def _grading(self, seats: Sequence[Seat]) -> Document:
        return grading_page(self.spec, self.title, self.steps, [seat.recipient() for seat in seats])

    def _text(self, document: Document) -> str:
        return render_latex(document, self.style)


def _even(pages: int) -> int:
    return pages + pages % 2


def _natural(id_: str) -> tuple[tuple[bool, int, str], ...]:
    """Ids in the order that people expect: 2 before 10.

    >>> sorted(["b10", "b2", "10", "9"], key=_natural)
    ['9', '10', 'b2', 'b10']
    """
    parts = re.findall(r"\d+|\D+", id_)
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)
