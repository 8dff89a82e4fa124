"""Students' sheets: each record's numbers put into the derivation, checked, filled in or composed, typeset many at once.

One student's sheets by themselves, to the letter those that the class has: numbers, id, name, code, layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from derivgen import __version__
from derivgen.checks.pages import verify_document
from derivgen.classes.assignments import Assignment, check_all, read_assignments
from derivgen.classes.job import Job, derivation_of, deserialize, file_of, folder_of, serialize
from derivgen.classes.preparation import TOGETHER, layout_of, sample_sheets, templates_of, typesetter_of
from derivgen.classes.sheet_template import SheetTemplates
from derivgen.derivation.derive import Derivation
from derivgen.documents.answers import Answer, answers
from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.document import Document, Paragraph, Strong
from derivgen.documents.recipients import personalize
from derivgen.documents.uniform_layout import UniformLayout
from derivgen.errors import Problem, SpecError, ToolError, UserError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.interpret import deep_recursion
from derivgen.maths.style import Style
from derivgen.memo import CLASS_SPECS
from derivgen.present.tex import unprintable
from derivgen.rendering import FORMATS, Format
from derivgen.rendering.latex import Parts, SharedText, render_latex, render_parts, render_personalized
from derivgen.spec.model import Spec
from derivgen.typeset.batch import BatchItem, Typeset, typeset_many
from derivgen.typeset.engines import TYPST
from derivgen.typeset.pdf_pages import Pages, all_pages
from derivgen.typeset.typst import find_typesetter, typeset_document
from derivgen.variants.records import variant
from derivgen.variants.roster import Student
from derivgen.variants.search import Search
from derivgen.variants.verifying import Verifier


@dataclass(frozen=True, slots=True)
class MadeSheets:
    """What came of one assignment: its files by name and its answers; or its failures, and then no file.

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
    """One assignment on its way: files that are ready, what TeX or Typst is to set by audience, failures."""

    assignment: Assignment
    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, Parts] = field(default_factory=dict)
    documents: dict[str, tuple[Document, Style]] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    failures: list[Problem] = field(default_factory=list)
    within: dict[str, Pages] = field(default_factory=dict)

    @property
    def whose(self) -> str:
        """Return whose it is, as `2023017 (Ana Sousa)`."""
        return f"{self.assignment.id} ({self.assignment.student.name})" if self.assignment.student.name else self.assignment.id

    def made(self) -> MadeSheets:
        """Return what came of it: where anything failed, no file."""
        if self.failures:
            return MadeSheets(self.assignment.id, failures=tuple(self.failures))
        return MadeSheets(self.assignment.id, self.files, self.answers, within=self.within)


def make_sheets(job: Job, share: bytes) -> tuple[MadeSheets, ...]:
    """Make the sheets of several serialized assignments, in their order, in any process; one that fails does not stop the others.

    Raises ToolError where this process cannot work for the class at all.
    """
    assignments: Sequence[Assignment] = deserialize(share)
    if job.version != __version__:
        message = f"a worker has derivgen {__version__}, the class is made with {job.version}"
        raise ToolError(Problem(message, hint="install the same version on all machines"))
    derivation = derivation_of(job.spec)
    failures, filled, composed = _verified(job, assignments)
    drafts = [
        _draft(job, derivation, assignment, failures.get(assignment.id, ""), filled.get(assignment.id, {}))
        for assignment in assignments
    ]
    if job.engine == TYPST:
        _typeset_alone(drafts)
    for audiences, fonts in zip(TOGETHER, job.fonts or ("",) * len(TOGETHER), strict=True):
        _typeset(job, audiences, fonts, drafts)
    return tuple(replace(draft.made(), composed=composed) for draft in drafts)


def prepare_worker(job: Job, students: int) -> None:
    """Derive, and prepare what the sheets of so many students are checked with, filled in from and typeset with.

    What goes wrong is not reported here: the sheets will report it.
    """
    with suppress(UserError):
        verifier_of(job.spec)
        if _has_templates(job, students):
            templates_of(job.spec)
        for audiences in TOGETHER if "pdf" in job.formats and job.engine != TYPST else ():
            if set(audiences) & set(job.audiences):
                sample_sheets(job.spec, audiences)


def _has_templates(job: Job, students: int) -> bool:
    """Whether sheets are filled in from templates, which are LaTeX: where that pays."""
    return job.formats == ("pdf",) and job.engine != TYPST and students >= WORTH_TEMPLATES


_Filled = Mapping[str, SharedText | None]
WORTH_TEMPLATES = 8
"""From how many students on it pays to make templates first: that takes as long as to compose the sheets of these."""


def _verified(job: Job, assignments: Sequence[Assignment]) -> tuple[dict[str, str], dict[str, _Filled], str]:
    """Return whose variant is wrong, by a road that shares nothing with the one that made it, and why; the sheets that could be
    filled in; why none could, where there are many."""
    if derivation_of(job.spec).graph.spec.random is None:
        return {}, {}, ""  # everybody has the spec's own numbers, which were checked before
    records = [assignment.record for assignment in assignments]
    found, board = verifier_of(job.spec).chunk(records)
    failures = {assignment.id: each.failure for assignment, each in zip(assignments, found, strict=True) if each.failure}
    if not _has_templates(job, len(assignments)):
        return failures, {}, ""
    templates = templates_of(job.spec)
    if not isinstance(templates, SheetTemplates):
        return failures, {}, templates
    return (
        failures,
        {assignment.id: texts for assignment, texts in zip(assignments, templates.fill(found, board), strict=True)},
        "",
    )


@CLASS_SPECS
def verifier_of(spec_bytes: bytes) -> Verifier:
    """Return what checks the variants of a serialized spec."""
    return Verifier(derivation_of(spec_bytes))


def _draft(job: Job, derivation: Derivation, assignment: Assignment, failure: str, filled: _Filled) -> _Draft:
    """Prepare an assignment's sheets before they are typeset, those that are `filled` in taken as they are.

    With a `failure` there are none.
    """
    draft, stage = _Draft(assignment), ""
    if failure:
        draft.failures.append(Problem(f"{draft.whose}: this variant is refused: {failure}"))
        return draft
    try:
        evaluation = variant(derivation, assignment.record)
        draft.answers = answers(evaluation)
        for audience in job.audiences:
            stage = f", {audience}"
            text = filled.get(audience)
            if text is not None:
                draft.parts[audience] = _dressed(job, assignment, audience, text)
                continue
            _write(draft, job, believed(layout_of(job.spec), evaluation, audience), evaluation)
    except UserError as error:
        draft.parts.clear()
        draft.documents.clear()
        draft.failures += [replace(problem, message=f"{draft.whose}{stage}: {problem.message}") for problem in error.problems]
    return draft


def _dressed(job: Job, assignment: Assignment, audience: str, text: SharedText) -> Parts:
    """Return a sheet that was filled in, as one student's own."""
    templates = templates_of(job.spec)
    assert isinstance(templates, SheetTemplates)
    template, spec = templates.by_audience[audience], derivation_of(job.spec).graph.spec
    return render_personalized(named(template.document, spec, assignment, "pdf"), text, template.style)


def believed(layout: UniformLayout, evaluation: Evaluation, audience: str) -> Document:
    """Compose a document in the layout of all variants, and check every line of it. Raises CheckError."""
    document = layout.compose(evaluation, audience)
    verify_document(document, (as_printed(evaluation),))
    return document


def named(document: Document, spec: Spec, assignment: Assignment, form: str) -> Document:
    """Return a document as one student's own, as a format says whose it is; LaTeX without a name that it has no letters for."""
    printable = form not in ("pdf", "tex") or not unprintable(assignment.student.name)
    own = personalize(document, spec, assignment.recipient(printable=printable))
    return own if form == "pdf" or FORMATS[form].names_recipient else _headed(own)


def _write(draft: _Draft, job: Job, document: Document, evaluation: Evaluation) -> None:
    """Add to the draft the files of one document that need no TeX, and what is to be typeset."""
    style, spec, assignment = style_of(evaluation), evaluation.graph.spec, draft.assignment
    for form in job.formats:
        own = named(document, spec, assignment, form)
        if form == "pdf" and job.engine == TYPST:
            draft.documents[document.audience] = own, style
        elif form == "pdf":
            draft.parts[document.audience] = render_parts(own, style)
        elif form == "tex":
            draft.files[file_of(assignment.id, document.audience, form)] = render_latex(own, style).encode()
        else:
            key = believed(layout_of(job.spec), evaluation, "key") if FORMATS[form].practice is not None else document
            draft.files |= _texts(FORMATS[form], assignment, own, key, evaluation)


def _texts(record: Format, assignment: Assignment, document: Document, key: Document, evaluation: Evaluation) -> dict[str, bytes]:
    """Return a document's file in a format, as one to be filled in where that can be, with its companion files."""
    name, audience, style = file_of(assignment.id, document.audience, record.name), document.audience, style_of(evaluation)
    if record.practice is not None and audience == "worksheet":
        return {name: record.practice(document, key, (evaluation,), style).encode()}
    assert record.render is not None
    text = record.render(document, style).encode()
    if record.companion_files is None:
        return {name: text}
    folder = folder_of(assignment.id, audience)
    companions = {f"{folder}/{file}": content.encode() for file, content in record.companions(document, style).items()}
    return {f"{folder}/{audience}.{record.extension}": text, **companions}


def _headed(document: Document) -> Document:
    """Return the document with whose it is and its code as its first line, for formats that do not say it themselves."""
    words = " · ".join(part for part in (document.recipient, document.code) if part)
    return replace(document, blocks=(Paragraph((Strong(words),)), *document.blocks))


def _typeset(job: Job, audiences: tuple[str, ...], fonts: str, drafts: Sequence[_Draft]) -> None:
    """Typeset the sheets of some audiences, in one run of TeX or a few; where TeX comes to no sheet, all of them fail."""
    wanted = [(draft, audience) for draft in drafts for audience in audiences if audience in draft.parts]
    if not wanted:
        return
    sheets = [BatchItem(f"{draft.whose}, {audience}", draft.parts[audience]) for draft, audience in wanted]
    try:
        made = list(typeset_many(typesetter_of(job.spec, audiences, job.engine, fonts), sheets))
    except ToolError as error:
        why = error.problems[0]
        made = [Typeset(sheet.name, problem=replace(why, message=f"{sheet.name}: {why.message}")) for sheet in sheets]
    for (draft, audience), typeset in zip(wanted, made, strict=True):
        if typeset.problem is not None:
            draft.failures.append(typeset.problem)
        else:
            assert typeset.within is not None
            draft.within[audience] = typeset.within
            draft.files[file_of(draft.assignment.id, audience, "pdf")] = typeset.pdf


def _typeset_alone(drafts: Sequence[_Draft]) -> None:
    """Typeset sheets by Typst, one after the other; one that fails does not stop the others."""
    for draft in drafts:
        for audience, (document, style) in draft.documents.items():
            try:
                pdf = typeset_document(document, style, find_typesetter(TYPST))
            except ToolError as error:
                whose = f"{draft.whose}, {audience}"
                draft.failures += [replace(problem, message=f"{whose}: {problem.message}") for problem in error.problems]
            else:
                draft.within[audience] = all_pages(pdf)
                draft.files[file_of(draft.assignment.id, audience, "pdf")] = pdf


def shares(assignments: Sequence[Assignment], size: int) -> Iterator[tuple[Assignment, ...]]:
    """Yield the assignments in shares of at most `size`, in order."""
    for start in range(0, len(assignments), size):
        yield tuple(assignments[start : start + size])


@dataclass(frozen=True, slots=True)
class StudentSheets:
    """A student's variant and what their sheets are composed from; `serialized` is the spec of the whole class."""

    assignment: Assignment
    serialized: bytes
    evaluation: Evaluation

    def document(self, audience: str) -> Document:
        """Compose the sheet for an audience in the layout of all variants, and check every line of it. Raises CheckError."""
        return believed(layout_of(self.serialized), self.evaluation, audience)

    def named(self, document: Document, form: str) -> Document:
        """Return a document as the student's own, as a format says whose it is."""
        return named(document, self.evaluation.graph.spec, self.assignment, form)


@deep_recursion()
def student_sheets(spec: Spec, seed: str, student: str, records: Path | None = None) -> StudentSheets:
    """Find a student's variant: the one in a file of `records`, else the one that the seed draws.

    Raises SpecError where nothing is drawn, or the records are of another spec or not of this student.
    """
    serialized = serialize(spec)
    derivation = derivation_of(serialized)
    if records is None:
        assignment = Assignment(Student(student), Search(derivation, seed).record(student))
    else:
        assignment = _recorded(records, student)
        check_all(spec, (assignment,))
    return StudentSheets(assignment, serialized, variant(derivation, assignment.record))


def _recorded(file: Path, student: str) -> Assignment:
    """Return a student's assignment in a file of records, as `derivgen class` writes it."""
    try:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UserError(Problem(f"cannot read {file}: {error.strerror}")) from error
    found = {assignment.id: assignment for assignment in read_assignments(text, str(file))}
    if student not in found:
        some = ", ".join(list(found)[:8])
        raise SpecError(Problem(f"{file} has no record of {student}", hint=f"it has those of {some}{', …' * (len(found) > 8)}"))
    return found[student]
