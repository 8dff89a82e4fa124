"""Tables for other programs: the answers of all students, a table to enter marks in. CSV in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from io import StringIO

from derivgen.classes.seats import Seat
from derivgen.documents.answers import Answer
from derivgen.documents.recipients import GradedItem

EXACT = " exact"
_FORMULA = ("=", "+", "-", "@", "\t")
BOM = "\ufeff"
"""Spreadsheets take a CSV file for Latin-1 without it."""


def answers_table(entries: Iterable[tuple[Seat, Sequence[Answer]]]) -> str:
    """A row for each student: id, name, group, code, and each answer as printed and exactly."""
    return _csv(_answer_rows(entries))


def _answer_rows(entries: Iterable[tuple[Seat, Sequence[Answer]]]) -> Iterator[Sequence[str]]:
    names: list[str] = []
    for seat, answers in entries:
        if not names:
            names = [answer.name for answer in answers]
            yield (*_WHOSE, *(column for name in names for column in (name, name + EXACT)))
        found = {answer.name: answer for answer in answers}
        cells = [text for name in names for text in (_cells(found[name]) if name in found else ("", ""))]
        yield (*_whose(seat), *cells)


def _cells(answer: Answer) -> tuple[str, str]:
    return answer.printed, answer.exact


def grading_table(seats: Iterable[Seat], steps: Sequence[GradedItem]) -> str:
    """A row for each student and a column for each step, to be filled in; the second row says what each is worth."""
    heads = [step.head for step in steps]
    total = sum((step.worth for step in steps), Fraction(0))
    worths = [_decimal(worth) for worth in (*(step.worth for step in steps), total)]
    rows = [(*_WHOSE, *heads, "total")]
    rows += [("", "points", "", "", *worths)] if total else []
    rows += [(*_whose(seat), *([""] * (len(steps) + 1))) for seat in seats]
    return _csv(rows)


_WHOSE = ("id", "name", "group", "code")


def _whose(seat: Seat) -> tuple[str, ...]:
    return seat.id, _harmless(seat.student.name), seat.student.group, seat.code


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _decimal(worth: Fraction) -> str:
    return str(worth.numerator) if worth.denominator == 1 else f"{float(worth):g}"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return BOM + out.getvalue()
