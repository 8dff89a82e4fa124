"""The search for variants: each student's first attempt that meets every condition, whoever else is in the class."""

from __future__ import annotations

from derivgen.errors import Problem, SpecError
from derivgen.spec.model import Spec
from derivgen.variants.records import Record
from derivgen.variants.slots import slots_of


def draw(spec: Spec, seed: str | int, student: str, group: str = "") -> Record:
    """The record of one student."""
    slots = slots_of(spec)
    if not slots.slots:
        raise SpecError(Problem(f"{spec.name} draws nothing", hint="say what is drawn:  random: {w: {integers: [-3, 3]}}"))
    picks = slots.picks(slots.stream(str(seed)).attempts(student, 0, 1))
    return slots.record(picks[0], str(seed), student, group)
