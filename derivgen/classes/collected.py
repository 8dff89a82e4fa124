"""What a teacher has beside the single sheets: one file for the printer, one of keys with an index, the answers, the marks.

These files grow while the sheets are made: students come in the roster's order, as soon as they and all before them are done.
The tables are CSV in UTF-8, for other programs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from io import StringIO
from itertools import accumulate

from derivgen.classes.assignments import Assignment
from derivgen.classes.job import Job, derivation_of, file_of
from derivgen.classes.ledger import Ledger
from derivgen.documents.answers import Answer
from derivgen.documents.compose import compose, style_of
from derivgen.documents.document import Document, PageBreak
from derivgen.documents.recipients import GradedItem, graded_items, grading_page, index_page
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.rendering import FORMATS
from derivgen.spec.model import Spec
from derivgen.typeset.engines import TYPST
from derivgen.typeset.pdf_pages import Binder, Pages, all_pages
from derivgen.typeset.typst import find_typesetter, typeset_file
from derivgen.variants.records import variant

MOST_BOUND = 500
"""Students in one file for the printer or the markers; of more there are several files."""


class Collection:
    """The files about the whole class, a bundle of students after the other."""

    def __init__(
        self, ledger: Ledger, job: Job, spec: Spec, assignments: Sequence[Assignment], typesetter: PrefetchingTypesetter
    ) -> None:
        """`assignments` are all who are expected."""
        self.ledger, self.job, self.spec, self.expected, self.typesetter = ledger, job, spec, tuple(assignments), typesetter
        self.places = {assignment.id: place for place, assignment in enumerate(self.expected)}
        self.title, self.steps, self.style = "", tuple[GradedItem, ...](), DEFAULT
        self.everybody: list[Assignment] = []
        self._begin()

    def add(self, assignment: Assignment, within: Mapping[str, Pages]) -> Mapping[str, bytes]:
        """Add one more student and return the files that this completes. Pages that are not told here are read from the store."""
        whose = assignment.recipient().text(Wording())
        for audience, binder in self.binders.items():
            pages = within.get(audience) or self._stored(assignment, audience)
            if pages is not None:
                binder.add(whose, pages)
                if audience == "key":
                    self.counts.append(_even(pages.count))
        if not self.everybody:
            self._learn(assignment)
        self.everybody.append(assignment)
        self.assignments.append(assignment)
        if len(self.assignments) == 1:
            self._look_ahead(assignment)
        return self.done() if len(self.assignments) == MOST_BOUND else {}

    def tables(self) -> Mapping[str, bytes]:
        """Return the answers and the table for marks as CSV, of all who were added."""
        rows = (
            (assignment, entry.answers)
            for assignment in self.everybody
            if (entry := self.ledger.entry(assignment.id)) is not None
        )
        return {
            "answers.csv": answers_table(rows).encode(),
            "grading.csv": grading_table(self.everybody, self.steps).encode(),
        }

    def done(self) -> Mapping[str, bytes]:
        """Return the files of the bundle that is in hand."""
        if not self.assignments or "pdf" not in self.job.formats:
            return {}
        bundle = -(-len(self.everybody) // MOST_BOUND)
        suffix = f"_{bundle}" if len(self.expected) > MOST_BOUND else ""
        files: dict[str, bytes] = {}
        if "worksheet" in self.binders:
            files[f"print{suffix}.pdf"] = self.binders["worksheet"].bind().pdf
        if "key" in self.binders:
            files[f"keys{suffix}.pdf"] = self._keys()
        files[f"grading{suffix}.pdf"] = self.typesetter.pdf(self._text(self._grading(self.assignments)))
        self._begin()
        return files

    def _begin(self) -> None:
        """A new bundle."""
        audiences = [audience for audience in ("worksheet", "key") if audience in self.job.audiences]
        self.binders = {audience: Binder(duplex=True) for audience in audiences} if "pdf" in self.job.formats else {}
        self.assignments: list[Assignment] = []
        self.counts: list[int] = []

    def _learn(self, assignment: Assignment) -> None:
        """What the pages for the teacher are called and have marks for, from the first student's key."""
        first = variant(derivation_of(self.job.spec), assignment.record)
        key = compose(first, "key")
        self.title, self.steps, self.style = key.title, graded_items(key, self.spec), style_of(first)

    def _look_ahead(self, first: Assignment) -> None:
        """Begin with the pages for the teacher, as if all keys were as long as the first one, and nobody's sheets failed."""
        if not self.binders:
            return
        place = self.places[first.id]
        assignments = self.expected[place : place + MOST_BOUND]
        self.typesetter.expect(self._text(self._grading(assignments)))
        if self.counts:
            counts = self.counts * len(assignments)
            length = self._asked(self._index(assignments, counts, 0))
            self.typesetter.expect(self._text(self._index(assignments, counts, length)))

    def _stored(self, assignment: Assignment, audience: str) -> Pages | None:
        """A student's sheet as a file of its own."""
        pdf = self.ledger.store.read(file_of(assignment.id, audience, "pdf"))
        return all_pages(pdf) if pdf is not None else None

    def _keys(self) -> bytes:
        """All keys behind an index, which is set again where its own length moves the pages it names."""
        length = self._asked(self._index(self.assignments, self.counts, 0))
        index = self.typesetter.pdf(self._text(self._index(self.assignments, self.counts, length)))
        while length != (length := _even(all_pages(index).count)):
            index = self.typesetter.pdf(self._text(self._index(self.assignments, self.counts, length)))
        self.binders["key"].add_first(Wording(self.spec.language).say("Index"), all_pages(index))
        return self.binders["key"].bind().pdf

    def _asked(self, document: Document) -> int:
        """How many pages a document asks for, on both sides of its sheets."""
        return _even(1 + sum(isinstance(block, PageBreak) for block in document.blocks))

    def _index(self, assignments: Sequence[Assignment], counts: Sequence[int], length: int) -> Document:
        """The index, so many pages long, of keys of so many pages each, by id."""
        starts = accumulate(counts[:-1], initial=1 + length)
        ordered = sorted(zip(assignments, starts, strict=True), key=lambda entry: _natural(entry[0].id))
        return index_page(
            self.spec, self.title, [assignment.recipient() for assignment, _ in ordered], [start for _, start in ordered]
        )

    def _grading(self, assignments: Sequence[Assignment]) -> Document:
        return grading_page(self.spec, self.title, self.steps, [assignment.recipient() for assignment in assignments])

    def _text(self, document: Document) -> str:
        record = FORMATS["typ" if self.job.engine == TYPST else "tex"]
        assert record.render is not None
        return record.render(document, self.style)


def _even(pages: int) -> int:
    return pages + pages % 2


def _natural(id_: str) -> tuple[tuple[bool, int, str], ...]:
    """Ids in the order that people expect: 2 before 10.

    >>> sorted(["b10", "b2", "10", "9"], key=_natural)
    ['9', '10', 'b2', 'b10']
    """
    parts = re.findall(r"\d+|\D+", id_)
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


EXACT = " exact"
_FORMULA = ("=", "+", "-", "@", "\t")
BOM = "\ufeff"
"""Spreadsheets take a CSV file for Latin-1 without it."""


def answers_table(entries: Iterable[tuple[Assignment, Sequence[Answer]]]) -> str:
    """Return a row for each student: id, name, group, code, and each answer as printed and exactly."""
    return _csv(_answer_rows(entries))


def _answer_rows(entries: Iterable[tuple[Assignment, Sequence[Answer]]]) -> Iterator[Sequence[str]]:
    names: list[str] = []
    for assignment, answers in entries:
        if not names:
            names = [answer.name for answer in answers]
            yield (*_WHOSE, *(column for name in names for column in (name, name + EXACT)))
        found = {answer.name: answer for answer in answers}
        cells = [text for name in names for text in ((found[name].printed, found[name].exact) if name in found else ("", ""))]
        yield (*_whose(assignment), *cells)


def grading_table(assignments: Iterable[Assignment], steps: Sequence[GradedItem]) -> str:
    """Return a row for each student and a column for each step, to be filled in; the second row says what each is worth."""
    heads = [step.head for step in steps]
    total = sum((step.worth for step in steps), Fraction(0))
    worths = [_decimal(worth) for worth in (*(step.worth for step in steps), total)]
    rows = [(*_WHOSE, *heads, "total")]
    rows += [("", "points", "", "", *worths)] if total else []
    rows += [(*_whose(assignment), *([""] * (len(steps) + 1))) for assignment in assignments]
    return _csv(rows)


_WHOSE = ("id", "name", "group", "code")


def _whose(assignment: Assignment) -> tuple[str, ...]:
    return assignment.id, _harmless(assignment.student.name), assignment.student.group, assignment.code


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _decimal(worth: Fraction) -> str:
    return str(worth.numerator) if worth.denominator == 1 else f"{float(worth):g}"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return BOM + out.getvalue()


class PrefetchingTypesetter:
    """Source texts → PDFs. What was expected, to the letter, is there at once; all else is typeset when it is asked for."""

    def __init__(self, engine: str | None, idle: bool) -> None:
        """`idle`: whether this process has nothing else to do."""
        self._engine, self._idle = engine, idle
        self._thread = ThreadPoolExecutor(1)
        self._made: dict[str, Future[bytes]] = {}

    def expect(self, text: str) -> None:
        """Begin with a page that will probably be wanted."""
        if self._idle:
            self._made[text] = self._thread.submit(self._set, text)

    def pdf(self, text: str) -> bytes:
        """Return the PDF of a document. Raises ToolError."""
        known = self._made.pop(text, None)
        return known.result() if known is not None else self._set(text)

    def close(self) -> None:
        """Give up what is not begun yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _set(self, text: str) -> bytes:
        return typeset_file("document", {"document": text}, find_typesetter(self._engine))
