"""What a worksheet asks for: which derivatives, how much of the way to each is given, how many points there are.

How much of a large computation is written down: what was asked for and what leads to it, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Paragraph, Prose, Text
from derivgen.documents.sheet import Sheet
from derivgen.frozen import dataclass, replace
from derivgen.graph import matching
from derivgen.language import Wording
from derivgen.lines.adjoints import behind
from derivgen.lines.chains import uses_chains
from derivgen.lines.forward import is_abbreviated, is_wide
from derivgen.machine import wanted


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """Which gradients are asked for, and how much is given.

    `worked` gradients are printed whole, `chains` have their chain printed, `given` names have their values printed.
    """

    gradients: tuple[Gradient, ...]
    worked: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def plan_of(sheet: Sheet) -> TaskPlan:
    """Return what the spec's `worksheet` asks and gives."""
    worksheet = sheet.spec.worksheet
    gradients = sheet.evaluation.derivation.gradients
    asked = [name for name in _named(worksheet.ask, gradients) if name != sheet.graph.loss]
    given = _named((name for name in worksheet.given if name not in worksheet.tasks), sheet.graph.quantities)
    chains, worked = _SCAFFOLDING.get(worksheet.scaffolding, (0, 0))
    return TaskPlan(
        written_gradients(sheet, (gradients[name] for name in asked)),
        tuple(dict.fromkeys((*asked[:worked], *given))),
        tuple(dict.fromkeys((*asked[:chains], *given))),
        given,
    )


_SCAFFOLDING: dict[str, tuple[int | None, int]] = {"chain": (None, 0), "faded": (2, 1)}
"""How many gradients, from the first on, have their chain printed, and how many are worked out."""


def _named(patterns: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The names that some patterns mean, each once."""
    known = tuple(names)
    return tuple(dict.fromkeys(name for pattern in patterns for name in matching(pattern, known)))


def ratio_plans(sheet: Sheet) -> tuple[tuple[Sheet, TaskPlan], ...]:
    """Return for each ∂u/∂v that is asked for the sheet in which u stands in the loss's place, and the plan that asks for it."""
    patterns = sheet.spec.worksheet.ask
    found = {key: entry for key, entry in wanted(sheet.evaluation).items() if entry[0] is not sheet.evaluation}
    asked = [key for key in found if any(matching(pattern, (key,)) for pattern in patterns)]
    plans: dict[str, tuple[Sheet, list[str]]] = {}
    for key in asked:
        one, name = found[key]
        plans.setdefault(one.graph.loss, (replace(sheet, evaluation=one), []))[1].append(name)
    return tuple(
        (own, TaskPlan(tuple(own.evaluation.derivation.gradients[name] for name in names))) for own, names in plans.values()
    )


def chained(sheet: Sheet, plan: TaskPlan) -> tuple[Gradient, ...]:
    """Return the gradients asked for that are written as chains from the loss."""
    return tuple(gradient for gradient in plan.gradients if uses_chains(sheet.evaluation, gradient) and gradient.paths)


def points_of(sheet: Sheet, plan: TaskPlan, kind: str) -> Fraction:
    """Return what a task is worth: its own points, else those of its gradients together; 0 where the spec gives none."""
    written = sheet.spec.worksheet.points
    if kind in written:
        return written[kind].value
    if kind != "gradients":
        return Fraction(0)
    return total(written[gradient.name].value for gradient in plan.gradients if gradient.name in written)


def points_beside(sheet: Sheet, name: str) -> Prose:
    """Return the points of one gradient, to stand beside its line."""
    value = sheet.spec.worksheet.points.get(name)
    return (Text(points_text(sheet.words, value.value)),) if value is not None else ()


def total(points: Iterable[Fraction]) -> Fraction:
    """Return all points together."""
    return sum(points, Fraction(0))


def points_text(words: Wording, points: Fraction) -> str:
    """Return `3.5 points`; nothing for none."""
    return words.count("{n} point", "{n} points", points) if points else ""


MOST_ASKED = 40


def written_gradients(sheet: Sheet, gradients: Iterable[Gradient]) -> tuple[Gradient, ...]:
    """Return the gradients that are worked out on the page: all; of a large computation none where more than 40 are asked for."""
    asked = tuple(gradients)
    return () if is_abbreviated(sheet.graph) and len(asked) > MOST_ASKED else asked


def written_definitions(sheet: Sheet, gradients: Iterable[Gradient], wide: bool = False) -> tuple[str, ...]:
    """Return the names whose definitions are worked out: all; of a large computation those on the way to the gradients.

    `wide` ones, sums too long for a line, are among them only where their value is all that is said.
    """
    graph = sheet.graph
    names = tuple(name for name, quantity in graph.quantities.items() if quantity.definition is not None)
    if is_abbreviated(graph):
        reached = behind(sheet.evaluation.derivation, gradients)
        names = tuple(name for name in names if name in reached or name == graph.loss)
    return tuple(name for name in names if wide or not is_wide(graph, name))


def not_written(sheet: Sheet, gradients: Iterable[Gradient]) -> tuple[Block, ...]:
    """Say that the gradients are not worked out one by one, where they are too many."""
    count = len(tuple(gradients))
    if not is_abbreviated(sheet.graph) or count <= MOST_ASKED:
        return ()
    words = "{count} gradients are asked for; they are not worked out here one by one. Name a few of them under wrt."
    return (Paragraph(sheet.say(words, count=count), "quiet"),)
