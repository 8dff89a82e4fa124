"""Whose sheet it is: a student's name and number on every page; for the teacher an index of all keys and a table for marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from derivgen.documents.document import Block, Document, PageBreak, Paragraph, Table, Task, Text
from derivgen.documents.sheet import words_of
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Expr, Gap, Words
from derivgen.present.measure import width_em
from derivgen.present.tex import unprintable
from derivgen.spec.model import Spec
from derivgen.spec.paper import PageSize

LONGEST_NAME = 40  # characters of a name in the running head; the number is never cut
MARK, MARK_ROOM = 3.2, 1.15  # width in em and height in lines of the room for a mark
ROWS, ROOM, GUTTER = 0.66, 2.1, 1.8
"""Which part of a page the lines of the index take; how much wider than the text it may be, and what is beside a cell, in em."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A student (by number, name, group) or a whole group (by its name alone); `code` tells variants apart."""

    id: str = ""
    name: str = ""
    group: str = ""
    code: str = ""

    def text(self, words: Wording) -> str:
        """Return `Ana Sousa (2023017)`, `Student 2023017`, `Ana Sousa (2023017), group B`, `Group B`."""
        if not self.id:
            return words.say("Group {group}", group=self.group)
        name = self.name if len(self.name) <= LONGEST_NAME else self.name[: LONGEST_NAME - 1].rstrip() + "…"
        whole = f"{name} ({self.id})" if name else words.say("Student {id}", id=self.id)
        return words.say("{student}, group {group}", student=whole, group=self.group) if self.group else whole


def personalize(document: Document, spec: Spec, recipient: Recipient) -> Document:
    """Return the document as one student's own: with the name in the head and on the lines that ask for it."""
    known = {"name": recipient.name, "id": recipient.id, "group": recipient.group}
    entries = tuple(known.get(field, "") for field in spec.worksheet.fields) if document.fields else ()
    whose = recipient.text(Wording(document.language))
    return replace(document, recipient=whose, entries=entries if any(entries) else (), code=recipient.code)


@dataclass(frozen=True, slots=True)
class GradedItem:
    """What marks are given for: a task, or a gradient within one that has its own; what it is `worth` (0: nothing is said)."""

    number: str
    title: str
    worth: Fraction = Fraction(0)

    @property
    def head(self) -> str:
        """Return the head of its column: `4. dLoss/dW_13`"""
        return f"{self.number}. {self.title}"


def graded_items(document: Document, spec: Spec) -> tuple[GradedItem, ...]:
    """Return what marks are given for in a key, in order: its tasks, or the gradients within one that have points."""
    items: list[GradedItem] = []
    for block in document.blocks:
        if isinstance(block, Task):
            own = _gradients(spec) if block.worth and block.worth == sum(worth for _, worth in _gradients(spec)) else ()
            title = words_of(block.title).rstrip(". ")
            items += [GradedItem(block.number, name, worth) for name, worth in own or ((title, block.worth),)]
    return tuple(items)


def _gradients(spec: Spec) -> tuple[tuple[str, Fraction], ...]:
    """The gradients with points of their own."""
    points = spec.worksheet.points
    return tuple((f"d{spec.loss}/d{name}", value.value) for name, value in points.items() if name not in spec.worksheet.tasks)


def grading_page(spec: Spec, title: str, items: Sequence[GradedItem], recipients: Sequence[Recipient]) -> Document:
    """Return the table to enter marks in: a row for each student, a column for each item and one for their sum."""
    words = Wording(spec.language)
    header, rows = _whose(words, recipients)
    total = sum((item.worth for item in items), Fraction(0))
    known = [(item.number, item.worth) for item in items]
    header += [Words(_with_points(words, number, worth)) for number, worth in (*known, (words.say("Total"), total))]
    marks = (Gap(MARK, MARK_ROOM),) * (len(items) + 1)
    table = Table(tuple(header), tuple((*row, *marks) for row in rows), len(header) - len(marks), (), words.say("Marks"))
    legend = "; ".join(item.head for item in items)
    return _page(spec, words, title, words.say("grading table"), (Paragraph((Text(legend),), "quiet"), table))


def _with_points(words: Wording, what: str, worth: Fraction) -> str:
    return f"{what} ({words.number(worth)})" if worth else what


def index_page(spec: Spec, title: str, recipients: Sequence[Recipient], pages: Sequence[int]) -> Document:
    """Return the page that says where in the file each student's key begins, in the order given, column after column."""
    words = Wording(spec.language)
    header, rows = _whose(words, recipients)
    header.append(Words(words.say("Page")))
    entries = [(*row, Words(str(page))) for row, page in zip(rows, pages, strict=True)]
    words_ = words.say("The page of this file on which each key begins.")
    blocks: list[Block] = [Paragraph((Text(words_),), "quiet")]
    page = PageSize(spec.worksheet.paper)
    rows_, abreast = int(ROWS * page.lines), _abreast(tuple(header), entries, page)
    for start in range(0, len(entries), rows_ * abreast):
        blocks += [PageBreak()] if start else []
        share = entries[start : start + rows_ * abreast]
        height = -(-len(share) // abreast) if len(share) < rows_ * abreast else rows_
        columns = [share[at : at + height] for at in range(0, len(share), height)]
        blocks.append(Table(_beside([header] * len(columns)), tuple(_lines(columns, len(header))), 0, (), words.say("Index")))
    return _page(spec, words, title, words.say("index of keys"), tuple(blocks))


def _abreast(header: tuple[Expr, ...], rows: Sequence[tuple[Expr, ...]], page: PageSize) -> int:
    """How many columns of entries have room beside each other: no more than are needed, three at most."""
    widths = [max(width_em(cell, DEFAULT, inline=True) for cell in column) for column in zip(header, *rows, strict=True)]
    room = int((page.room + ROOM + GUTTER) / (GUTTER + sum(width + GUTTER for width in widths)))
    return max(1, min(3, room, -(-len(rows) // int(ROWS * page.lines))))


def _lines(columns: Sequence[Sequence[tuple[Expr, ...]]], width: int) -> Iterator[tuple[Expr | None, ...]]:
    """Columns of entries as lines, the last ones filled up with empty cells."""
    for place in range(len(columns[0])):
        yield _beside([column[place] if place < len(column) else (None,) * width for column in columns])


def _beside(entries: Sequence[Sequence[Expr | None]]) -> tuple[Expr | None, ...]:
    """Entries on one line, an empty cell between two."""
    return tuple(cell for place, entry in enumerate(entries) for cell in ((None,) if place else ()) + tuple(entry))


def _whose(words: Wording, recipients: Sequence[Recipient]) -> tuple[list[Expr], list[list[Expr]]]:
    """The columns that say whose a row is, those that hold anything."""
    heads = {"id": words.say("Student number"), "name": words.say("Name"), "group": words.say("Group")}
    used = [name for name in heads if any(getattr(recipient, name) for recipient in recipients)]
    rows = [[_cell(getattr(recipient, name)) for name in used] for recipient in recipients]
    return [Words(heads[name]) for name in used], rows


def _cell(text: str) -> Expr:
    """The text; of a long name its beginning, of one that cannot be printed nothing."""
    if unprintable(text):
        return Words("")
    return Words(text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…")


def _page(spec: Spec, words: Wording, title: str, kind: str, blocks: tuple[Block, ...]) -> Document:
    return Document("notes", kind, words.language, title, blocks, course=spec.worksheet.course, paper=spec.worksheet.paper)
