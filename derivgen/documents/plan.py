"""Which gradients a worksheet asks for, and how much of the way to each is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derivgen.derivation.derive import Gradient
from derivgen.documents.extent import written_gradients
from derivgen.documents.sheet import Sheet
from derivgen.graph import matching


@dataclass(frozen=True, slots=True)
class Plan:
    """Which gradients are asked for, and how much is given.

    `worked` gradients are printed whole, `chains` have their chain printed, `given` names have their values printed.
    """

    gradients: tuple[Gradient, ...]
    worked: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def plan_of(sheet: Sheet) -> Plan:
    """What the spec's worksheet block asks and gives."""
    worksheet = sheet.spec.worksheet
    gradients = sheet.evaluation.derivation.gradients
    asked = [name for name in _named(worksheet.ask, gradients) if name != sheet.graph.loss]
    given = _named((name for name in worksheet.given if name not in worksheet.tasks), sheet.graph.quantities)
    chains, worked = _SCAFFOLDING.get(worksheet.scaffolding, (0, 0))
    return Plan(
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
