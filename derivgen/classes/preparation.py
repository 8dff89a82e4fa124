"""What the sheets of a spec are made with (layout, templates, typesetters), from a few variants of it, once for each process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from derivgen.array_evaluation import run_any
from derivgen.classes.job import derivation_of
from derivgen.classes.sheet_template import SheetTemplates, compile_templates
from derivgen.derivation.derive import Derivation
from derivgen.documents.compose import style_of
from derivgen.documents.uniform_layout import UniformLayout, uniform_layout
from derivgen.errors import SpecError, ToolError
from derivgen.lines.notation import as_written
from derivgen.maths.slots import DependsOnNumberError
from derivgen.memo import CLASS_SPECS
from derivgen.rendering.latex import Parts, render_parts
from derivgen.typeset.batch import BatchTypesetter, prepare_typesetter
from derivgen.typeset.engines import find_engine
from derivgen.variants.records import Record, variant
from derivgen.variants.search import Search

TOGETHER = (("worksheet", "key"), ("notes",))
"""Whose sheets share a run of TeX; also when only one of them is wanted, so that its bytes stay the same."""
SAMPLES, TRIED, MEASURED = 1, 4, 20
SEED = "samples of the press"


@CLASS_SPECS
def typesetter_of(spec_bytes: bytes, audiences: tuple[str, ...], engine: str | None, fonts: str = "") -> BatchTypesetter:
    """Return the typesetter for sheets that are typeset together, one of `TOGETHER`; `fonts` are its fonts if they are known.

    A sheet's bytes depend on the samples, so these depend on the spec alone: not on the class, nor on what else is made.
    Raises ToolError without an engine, or where a sample cannot be typeset.
    """
    return prepare_typesetter(sample_sheets(spec_bytes, audiences), find_engine(engine), fonts)


def fonts_of(spec_bytes: bytes, audiences: Sequence[str], engine: str | None) -> tuple[str, ...]:
    """Return the fonts of the typesetters for these audiences, one entry for each of `TOGETHER`, "" where it is not needed."""
    needed = [set(audiences) & set(together) for together in TOGETHER]
    try:
        return tuple(
            typesetter_of(spec_bytes, each, engine).fonts if used else "" for each, used in zip(TOGETHER, needed, strict=True)
        )
    except ToolError:  # who makes the sheets will tell of it
        return ()


@CLASS_SPECS
def sample_sheets(spec_bytes: bytes, audiences: tuple[str, ...]) -> tuple[Parts, ...]:
    """Return the sheets that stand for all others of the spec."""
    parts: list[Parts] = []
    for evaluation in _samples(spec_bytes)[:SAMPLES]:
        documents = [layout_of(spec_bytes).compose(evaluation, audience) for audience in audiences]
        parts += [render_parts(document, style_of(evaluation)) for document in documents]
    return tuple(parts)


@CLASS_SPECS
def layout_of(spec_bytes: bytes) -> UniformLayout:
    """Return the layout that all sheets of a spec have in common, by a few of its variants and all numbers it draws."""
    spec = derivation_of(spec_bytes).graph.spec
    draws = spec.random.draws if spec.random is not None else ()
    numbers = {name: [as_written(number) for number in draw.numbers] for draw in draws for name in draw.names}
    return uniform_layout(_samples(spec_bytes), numbers)


@CLASS_SPECS
def templates_of(spec_bytes: bytes) -> SheetTemplates | str:
    """Return the templates of a spec's worksheet and key, or why there are none."""
    if derivation_of(spec_bytes).graph.spec.arrays is not None:
        return "its numbers stand in matrices"
    try:
        return compile_templates(derivation_of(spec_bytes), layout_of(spec_bytes), _samples(spec_bytes)[:TRIED], TOGETHER[0])
    except DependsOnNumberError as error:
        return str(error)


@CLASS_SPECS
def _samples(spec_bytes: bytes) -> tuple[Any, ...]:
    """Return some variants of the spec that have values everywhere; where it draws nothing, its own numbers."""
    derivation = derivation_of(spec_bytes)
    found: list[Any] = []
    for record in _drawn(derivation) if derivation.graph.spec.random is not None else ():
        with suppress(SpecError):
            found.append(variant(derivation, record))
    return tuple(found) or (run_any(derivation),)


def _drawn(derivation: Derivation) -> list[Record]:
    """Draw the records of made-up students, without those for whom there is no variant."""
    students = [str(number) for number in range(MEASURED)]
    try:
        return Search(derivation, SEED).records([(student, "") for student in students])
    except SpecError:
        found: list[Record] = []
        for student in students:
            with suppress(SpecError):
                found.append(Search(derivation, SEED).record(student))
        return found
