"""Which gradients a worksheet asks for, and how much of the way to each is given."""

from __future__ import annotations

from dataclasses import dataclass

from derivgen.derivation.derive import Gradient
from derivgen.documents.sheet import Sheet
from derivgen.graph import matching


@dataclass(frozen=True, slots=True)
class Plan:
    """Which gradients are asked for, and how much is given: `worked` names are whole, `chains` have their chain printed."""

    gradients: tuple[Gradient, ...]
    worked: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()


def plan_of(sheet: Sheet) -> Plan:
    """What the spec's worksheet block asks and gives."""
    asked = sheet.spec.worksheet.ask
    gradients = sheet.evaluation.derivation.gradients
    names = [
        name
        for pattern in asked
        for name in matching(pattern, tuple(gradients))
        if name in gradients and name != sheet.graph.loss
    ]
    chosen = tuple(gradients[name] for name in dict.fromkeys(names))
    scaffolding = sheet.spec.worksheet.scaffolding
    order = tuple(gradient.name for gradient in chosen)
    if scaffolding == "chain":
        return Plan(chosen, (), order)
    return Plan(chosen, order[:1], order[:2]) if scaffolding == "faded" else Plan(chosen)
