"""Students' sheets: each record's numbers put into the derivation, checked, composed, rendered; typeset many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from derivgen import __version__
from derivgen.checks.pages import believe
from derivgen.classes.order import Order, file_of, folder_of
from derivgen.classes.packing import derivation_of, unpacked
from derivgen.classes.presses import TOGETHER, alike_of, press_of, sample_sheets, templates_of
from derivgen.classes.seats import Seat
from derivgen.classes.sheet_template import SheetTemplates
from derivgen.derivation.derive import Derivation
from derivgen.documents.answers import Answer, answers
from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.document import Document, Paragraph, Strong
from derivgen.documents.recipients import personalize
from derivgen.documents.uniform_layout import UniformLayout
from derivgen.errors import Problem, ToolError, UserError
from derivgen.evaluation import Evaluation
from derivgen.present.tex import unprintable
from derivgen.rendering import FORMATS, Format
from derivgen.rendering.latex import Parts, render_dressed, render_latex, render_parts
from derivgen.rendering.latex import Sheet as Text
from derivgen.typeset.chunk import Sheet
from derivgen.typeset.cut import Pages
from derivgen.typeset.many import Typeset, typeset_many
from derivgen.variants.filling import variant
from derivgen.variants.verifying import Verifier


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one seat: its files by name and its answers; or what failed, and then no file.

    `within` is by audience where a PDF's pages lie among those of others; `composed` says why its sheets were not filled in from
    templates, where that would have paid.
    """

    id: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    failures: tuple[Problem, ...] = ()
    within: Mapping[str, Pages] = field(default_factory=dict)
    composed: str = ""


@dataclass(slots=True)
class _Draft:
    """One seat on its way: files that are ready, by audience what is to be typeset, what failed."""

    seat: Seat
    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, Parts] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    failures: list[Problem] = field(default_factory=list)
    within: dict[str, Pages] = field(default_factory=dict)

    @property
    def whose(self) -> str:
        """`2023017 (Ana Sousa)`"""
        return f"{self.seat.id} ({self.seat.student.name})" if self.seat.student.name else self.seat.id

    def made(self) -> Made:
        """What came of it: no file of a seat of which anything failed."""
        if self.failures:
            return Made(self.seat.id, failures=tuple(self.failures))
        return Made(self.seat.id, self.files, self.answers, within=self.within)


def made_all(order: Order, pack: bytes) -> tuple[Made, ...]:
    """The sheets of several seats, packed, in their order; one that fails does not keep the others. Runs in any process.

    Raises ToolError where this process cannot work for the class at all.
    """
    seats: Sequence[Seat] = unpacked(pack)
    if order.version != __version__:
        message = f"a worker has derivgen {__version__}, the class is made with {order.version}"
        raise ToolError(Problem(message, hint="install the same version on all machines"))
    derivation = derivation_of(order.spec)
    failures, filled, composed = _verified(order, seats)
    drafts = [_draft(order, derivation, seat, failures.get(seat.id, ""), filled.get(seat.id, {})) for seat in seats]
    for audiences, fonts in zip(TOGETHER, order.fonts or ("",) * len(TOGETHER), strict=True):
        _typeset(order, audiences, fonts, drafts)
    return tuple(replace(draft.made(), composed=composed) for draft in drafts)


def get_ready(order: Order, students: int) -> None:
    """Derive, and prepare what this many students' sheets are checked with, filled in from and typeset with.

    What goes wrong is not told here: the sheets will tell it.
    """
    with suppress(UserError):
        verifier_of(order.spec)
        if order.formats == ("pdf",) and students >= WORTH_TEMPLATES:
            templates_of(order.spec)
        for audiences in TOGETHER if "pdf" in order.formats else ():
            if set(audiences) & set(order.audiences):
                sample_sheets(order.spec, audiences)


_Filled = Mapping[str, Text | None]
WORTH_TEMPLATES = 12
"""From how many students on it pays to make templates first: that takes as long as to compose the sheets of these."""


def _verified(order: Order, seats: Sequence[Seat]) -> tuple[dict[str, str], dict[str, _Filled], str]:
    """Return whose variant is wrong, by a road that shares nothing with the one that made it, and why; the sheets that could be
    filled in; why none could, where there are many."""
    if derivation_of(order.spec).graph.spec.random is None:
        return {}, {}, ""  # everybody has the spec's own numbers, which were checked before
    records = [seat.record for seat in seats]
    found, board = verifier_of(order.spec).chunk(records)
    failures = {seat.id: each.failure for seat, each in zip(seats, found, strict=True) if each.failure}
    if order.formats != ("pdf",) or len(seats) < WORTH_TEMPLATES:
        return failures, {}, ""
    templates = templates_of(order.spec)
    if not isinstance(templates, SheetTemplates):
        return failures, {}, templates
    return failures, {seat.id: texts for seat, texts in zip(seats, templates.fill(found, board), strict=True)}, ""


@lru_cache(maxsize=2)
def verifier_of(pack: bytes) -> Verifier:
    """What checks the variants of a packed spec."""
    return Verifier(derivation_of(pack))


def _draft(order: Order, derivation: Derivation, seat: Seat, failure: str, filled: _Filled) -> _Draft:
    """A seat's sheets before they are typeset, those that are `filled` in already taken as they are; none with a `failure`."""
    draft, stage = _Draft(seat), ""
    if failure:
        draft.failures.append(Problem(f"{draft.whose}: this variant is refused: {failure}"))
        return draft
    try:
        evaluation = variant(derivation, seat.record)
        draft.answers = answers(evaluation)
        for audience in order.audiences:
            stage = f", {audience}"
            text = filled.get(audience)
            if text is not None:
                draft.parts[audience] = _dressed(order, seat, audience, text)
                continue
            _write(draft, order, believed(alike_of(order.spec), evaluation, audience), evaluation)
    except UserError as error:
        draft.parts.clear()
        draft.failures += [replace(problem, message=f"{draft.whose}{stage}: {problem.message}") for problem in error.problems]
    return draft


def _dressed(order: Order, seat: Seat, audience: str, text: Text) -> Parts:
    """Return a sheet that was filled in, as one student's own."""
    templates = templates_of(order.spec)
    assert isinstance(templates, SheetTemplates)
    template, spec = templates.by_audience[audience], derivation_of(order.spec).graph.spec
    document = personalize(template.document, spec, seat.recipient(printable=not unprintable(seat.student.name)))
    return render_dressed(document, text, template.style)


def believed(alike: UniformLayout, evaluation: Evaluation, audience: str) -> Document:
    """A document like those of all variants, of which every line was found true. Raises CheckError."""
    document = alike.compose(evaluation, audience)
    believe(document, (as_printed(evaluation),))
    return document


def _write(draft: _Draft, order: Order, document: Document, evaluation: Evaluation) -> None:
    """The files of one document that need no TeX, and what is to be typeset."""
    style, spec, seat = style_of(evaluation), evaluation.graph.spec, draft.seat
    printed = personalize(document, spec, seat.recipient(printable=not unprintable(seat.student.name)))
    for form in order.formats:
        if form == "pdf":
            draft.parts[document.audience] = render_parts(printed, style, among_many=True)
        elif form == "tex":
            draft.files[file_of(seat.id, document.audience, form)] = render_latex(printed, style).encode()
        else:
            own = personalize(document, spec, seat.recipient())
            own = own if FORMATS[form].bears else _headed(own)
            key = believed(alike_of(order.spec), evaluation, "key") if FORMATS[form].practice is not None else document
            draft.files |= _texts(FORMATS[form], seat, own, key, evaluation)


def _texts(record: Format, seat: Seat, document: Document, key: Document, evaluation: Evaluation) -> dict[str, bytes]:
    """A document's file in a format; in a folder of its own with those that belong beside it; to be filled in where it can be."""
    name, audience, style = file_of(seat.id, document.audience, record.name), document.audience, style_of(evaluation)
    if record.practice is not None and audience == "worksheet":
        return {name: record.practice(document, key, (evaluation,), style).encode()}
    assert record.render is not None
    text = record.render(document, style).encode()
    if record.beside is None:
        return {name: text}
    folder = folder_of(seat.id, audience)
    beside = {f"{folder}/{file}": content.encode() for file, content in record.beside(document, style).items()}
    return {f"{folder}/{audience}.{record.extension}": text, **beside}


def _headed(document: Document) -> Document:
    """The document with whose it is and its code as its first line, for formats that do not say it themselves."""
    words = " · ".join(part for part in (document.recipient, document.code) if part)
    return replace(document, blocks=(Paragraph((Strong(words),)), *document.blocks))


def _typeset(order: Order, audiences: tuple[str, ...], fonts: str, drafts: Sequence[_Draft]) -> None:
    """The PDFs of some audiences, in one run of TeX or a few; where TeX does not come to any sheet, all of them fail."""
    wanted = [(draft, audience) for draft in drafts for audience in audiences if audience in draft.parts]
    if not wanted:
        return
    sheets = [Sheet(f"{draft.whose}, {audience}", draft.parts[audience]) for draft, audience in wanted]
    try:
        made = list(typeset_many(press_of(order.spec, audiences, order.engine, fonts), sheets))
    except ToolError as error:
        why = error.problems[0]
        made = [Typeset(sheet.name, problem=replace(why, message=f"{sheet.name}: {why.message}")) for sheet in sheets]
    for (draft, audience), typeset in zip(wanted, made, strict=True):
        if typeset.problem is not None:
            draft.failures.append(typeset.problem)
        else:
            assert typeset.within is not None
            draft.within[audience] = typeset.within
            draft.files[file_of(draft.seat.id, audience, "pdf")] = typeset.pdf


def shares(seats: Sequence[Seat], size: int) -> Iterator[tuple[Seat, ...]]:
    """The seats in shares of at most `size`, in order."""
    for start in range(0, len(seats), size):
        yield tuple(seats[start : start + size])
