"""What the sheets of a spec are typeset with: made ready from a few variants of the spec itself, once for each process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from derivgen.classes.packing import derivation_of
from derivgen.classes.sheet_template import SheetTemplates, compile_templates
from derivgen.derivation.derive import Derivation
from derivgen.documents.compose import style_of
from derivgen.documents.sheet import as_written
from derivgen.documents.uniform_layout import UniformLayout, uniform_layout
from derivgen.errors import SpecError, ToolError
from derivgen.evaluation import Evaluation, run
from derivgen.maths.slots import DependsOnNumberError
from derivgen.rendering.latex import Parts, render_parts
from derivgen.typeset.engines import find_engine
from derivgen.typeset.many import Press, prepared
from derivgen.variants.filling import variant
from derivgen.variants.records import Record
from derivgen.variants.search import Search

TOGETHER = (("worksheet", "key"), ("notes",))
"""Whose sheets share a run of TeX; also when only one of them is wanted, so that its bytes stay the same."""
SAMPLES, TRIED, MEASURED = 1, 4, 20
SEED = "samples of the press"


@lru_cache(maxsize=4)
def press_of(pack: bytes, audiences: tuple[str, ...], engine: str | None, fonts: str = "") -> Press:
    """The press for the sheets of a packed spec that are typeset together, one of `TOGETHER`; its `fonts`, if they are known.

    A sheet's bytes depend on the samples, so these depend on the spec alone: not on the class, nor on what else is made.
    Raises ToolError without an engine, or where a sample cannot be typeset.
    """
    return prepared(sample_sheets(pack, audiences), find_engine(engine), fonts)


def fonts_of(pack: bytes, audiences: Sequence[str], engine: str | None) -> tuple[str, ...]:
    """The fonts of the presses that sheets for these audiences need, one for each of `TOGETHER`; empty where there are none."""
    needed = [set(audiences) & set(together) for together in TOGETHER]
    try:
        return tuple(press_of(pack, each, engine).fonts if used else "" for each, used in zip(TOGETHER, needed, strict=True))
    except ToolError:  # who makes the sheets will tell of it
        return ()


@lru_cache(maxsize=4)
def sample_sheets(pack: bytes, audiences: tuple[str, ...]) -> tuple[Parts, ...]:
    """The sheets that stand for all others of the spec."""
    parts: list[Parts] = []
    for evaluation in _samples(pack)[:SAMPLES]:
        documents = [alike_of(pack).compose(evaluation, audience) for audience in audiences]
        parts += [render_parts(document, style_of(evaluation), among_many=True) for document in documents]
    return tuple(parts)


@lru_cache(maxsize=4)
def alike_of(pack: bytes) -> UniformLayout:
    """What all sheets of a packed spec have in common, known from a few variants of its own and from all numbers it draws."""
    spec = derivation_of(pack).graph.spec
    draws = spec.random.draws if spec.random is not None else ()
    numbers = {name: [as_written(number) for number in draw.numbers] for draw in draws for name in draw.names}
    return uniform_layout(_samples(pack), numbers)


@lru_cache(maxsize=4)
def templates_of(pack: bytes) -> SheetTemplates | str:
    """Return the templates of a packed spec's worksheet and key, or why there are none."""
    try:
        return compile_templates(derivation_of(pack), alike_of(pack), _samples(pack)[:TRIED], TOGETHER[0])
    except DependsOnNumberError as error:
        return str(error)


@lru_cache(maxsize=4)
def _samples(pack: bytes) -> tuple[Evaluation, ...]:
    """Some variants of the spec, those that have values everywhere; the spec's own numbers where it draws none."""
    derivation = derivation_of(pack)
    found: list[Evaluation] = []
    for record in _drawn(derivation) if derivation.graph.spec.random is not None else ():
        with suppress(SpecError):
            found.append(variant(derivation, record))
    return tuple(found) or (run(derivation),)


def _drawn(derivation: Derivation) -> list[Record]:
    """The records of made-up students; of those for whom there is a variant, where there is none for some."""
    students = [str(number) for number in range(MEASURED)]
    try:
        return Search(derivation, SEED).records([(student, "") for student in students])
    except SpecError:
        found: list[Record] = []
        for student in students:
            with suppress(SpecError):
                found.append(Search(derivation, SEED).record(student))
        return found
