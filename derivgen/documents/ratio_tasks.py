"""The derivatives of one quantity by another, as tasks: each quantity's own sheet and what is asked of it."""

from __future__ import annotations

from dataclasses import replace

from derivgen.documents.plan import Plan
from derivgen.documents.sheet import Sheet
from derivgen.graph import matching
from derivgen.machine import wanted


def ratio_plans(sheet: Sheet) -> tuple[tuple[Sheet, Plan], ...]:
    """For each ∂u/∂v that is asked for, the sheet in which u stands in the loss's place, and the plan that asks for it."""
    patterns = sheet.spec.worksheet.ask
    found = {key: entry for key, entry in wanted(sheet.evaluation).items() if entry[0] is not sheet.evaluation}
    asked = [key for key in found if any(matching(pattern, (key,)) for pattern in patterns)]
    plans: dict[str, tuple[Sheet, list[str]]] = {}
    for key in asked:
        one, name = found[key]
        plans.setdefault(one.graph.loss, (replace(sheet, evaluation=one), []))[1].append(name)
    return tuple((own, Plan(tuple(own.evaluation.derivation.gradients[name] for name in names))) for own, names in plans.values())
