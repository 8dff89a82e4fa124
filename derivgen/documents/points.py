"""Points: of a task, of single gradients within it, of the whole sheet."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivgen.documents.document import Prose, Text
from derivgen.documents.plan import Plan
from derivgen.documents.sheet import Sheet
from derivgen.language import Wording


def points_of(sheet: Sheet, plan: Plan, kind: str) -> Fraction:
    """What a task is worth: its own points, else those of its gradients together; 0 where the spec gives none."""
    written = sheet.spec.worksheet.points
    if kind in written:
        return written[kind].value
    if kind != "gradients":
        return Fraction(0)
    return total(written[gradient.name].value for gradient in plan.gradients if gradient.name in written)


def points_beside(sheet: Sheet, name: str) -> Prose:
    """The points of one gradient, to stand beside its line."""
    value = sheet.spec.worksheet.points.get(name)
    return (Text(said(sheet.words, value.value)),) if value is not None else ()


def total(points: Iterable[Fraction]) -> Fraction:
    """All points together."""
    return sum(points, Fraction(0))


def said(words: Wording, points: Fraction) -> str:
    """`3.5 points`; nothing for none."""
    return words.count("{n} point", "{n} points", points) if points else ""
