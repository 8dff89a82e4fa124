"""`derivgen build`: specs in, worksheets, keys and notes out; a folder for each spec, every file whole or not there.

`build --watch`: the files of each spec are made anew whenever it, or data beside it, are saved.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivgen.array_evaluation import ArrayEvaluation, Evaluated
from derivgen.checks.pages import verify_document
from derivgen.cli.checking import checked, each, read
from derivgen.cli.output import tell
from derivgen.documents.compose import as_printed, common_style, together
from derivgen.documents.document import Document
from derivgen.errors import Problem, ToolError, UserError
from derivgen.frozen import dataclass, replace
from derivgen.maths.style import Style
from derivgen.rendering import FORMATS, Format
from derivgen.rendering.latex import render_latex, render_preamble
from derivgen.spec.data import ARRAY_FILES
from derivgen.spec.model import Spec
from derivgen.typeset.engines import TYPST
from derivgen.typeset.files import write_all
from derivgen.typeset.pdf import TooBusyError
from derivgen.typeset.pdf_pages import bind
from derivgen.typeset.side_by_side import SideBySide
from derivgen.typeset.typst import find_typesetter
from derivgen.work import report_on

if TYPE_CHECKING:
    from derivgen.classes.sheets import StudentSheets

PDF = "pdf"
"""The one format that is no text: LaTeX or Typst, typeset."""
KNOWN = (*(name for name, record in FORMATS.items() if record.render is not None), PDF)
"""The formats that documents can be had in."""
WITH_KEY = "worksheet_with_key.pdf"
LONGEST_FIRST = ("notes", "key", "worksheet")
"""The audiences, in the order in which TeX takes long for their documents."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made of each sheet; `engine` is what sets the PDFs, by name: a TeX engine or Typst, None the best there is.

    With a `seed`, of the variant it draws; of a `student`'s, the sheets of the class, with what the file of `records` says where
    there is one. `with_key`: one PDF more, of the worksheet with its key behind it.
    """

    audiences: tuple[str, ...]
    formats: tuple[str, ...]
    wrt: tuple[str, ...] = ()
    engine: str | None = None
    title: str = ""
    seed: str | None = None
    student: str = ""
    with_key: bool = False
    records: Path | None = None


@dataclass(frozen=True, slots=True)
class Computation:
    """What a sheet is made from: a spec's evaluation; of a student's variant the sheets of the class."""

    evaluation: Any
    own: StudentSheets | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The files of one sheet by name, not written yet; where typesetting failed, the sources and the reason."""

    name: str
    files: Mapping[str, bytes]
    failure: ToolError | None = None


def build_all(
    specs: Sequence[Path], output: Path, wanted: Wanted, *, name: str | None = None, quiet: bool = False, jobs: int | None = None
) -> list[Path]:
    """Build every spec, or with `name` all of them on one sheet; the files written, in order.

    A spec that fails is reported with the others, and the rest are still built. `jobs` processes make the sheets (default: one
    for each core, up to four); what is written, in which order, and what is said does not depend on it.

    Raises:
        UserError: everything that went wrong; exit code 1 for a false line, 2 for a wrong spec, 3 where typesetting failed (the
            sources are then written).
    """
    wanted = _with_engine(wanted)
    if name is not None:
        folder = _safe_name(name)
        loaded = [read(spec) for spec in specs]
        with _typesetter(loaded[0], wanted) as typesetter:
            return _written(_sheet(folder, [believed(spec, wanted) for spec in loaded], wanted, typesetter), output)
    written: list[Path] = []
    errors: list[UserError] = []
    taken: dict[str, Path] = {}
    for spec, outcome in _tried_twice(specs, partial(made, wanted=wanted), quiet, jobs):
        try:
            if isinstance(outcome, UserError):
                raise outcome
            written += _written(_alone(outcome, spec, taken, output), output)
        except UserError as error:
            errors.append(error)
    if len(specs) > 1 and not quiet:
        print(_count_of(written, len(specs), len(errors)), file=sys.stderr)
    if errors:
        raise _joined(errors)
    return written


def _with_engine(wanted: Wanted) -> Wanted:
    """Return what is wanted, from Typst where PDFs are wanted and no TeX is found, which is said."""
    if PDF not in wanted.formats or wanted.engine is not None:
        return wanted
    try:
        found = find_typesetter()
    except ToolError:
        return wanted  # said with each sheet, once its sources are made
    if found.name != TYPST:
        return wanted
    tell(
        [
            Problem(
                "no TeX was found, so that Typst sets the PDFs",
                hint="`derivgen doctor` says what was looked for",
                severity="note",
            )
        ]
    )
    return replace(wanted, engine=TYPST)


def _tried_twice(
    specs: Sequence[Path], work: Callable[[Path], Made], quiet: bool, jobs: int | None
) -> Iterator[tuple[Path, Made | UserError]]:
    """Yield each spec's sheet; one that a busy machine gave no time to is tried once more, by itself, after the others."""
    late: list[Path] = []
    for spec, outcome in each(specs, work, quiet, jobs):
        if isinstance(outcome, Made) and isinstance(outcome.failure, TooBusyError):
            late.append(spec)
        else:
            yield spec, outcome
    yield from each(late, work, quiet)


def _count_of(written: Sequence[Path], specs: int, failed: int) -> str:
    """Return the line that ends a run: how many files of each kind were made, of how many specs, and how many specs failed."""
    endings = dict.fromkeys(path.suffix[1:] for path in written)
    made_ = ", ".join(f"{sum(path.suffix[1:] == ending for path in written)} {ending}" for ending in endings) or "no"
    return f"{specs} specs: {made_} files made, {failed or 'none'} failed"


def made(spec: Path, wanted: Wanted) -> Made:
    """Return one spec's sheet, nothing written yet."""
    loaded = read(spec)
    with _typesetter(loaded, wanted) as typesetter:
        return _sheet(loaded.name, [believed(loaded, wanted)], wanted, typesetter)


def _typesetter(spec: Spec, wanted: Wanted) -> AbstractContextManager[SideBySide | None]:
    """Return what typesets the documents of a spec; nothing where no PDFs are wanted."""
    if PDF not in wanted.formats:
        return nullcontext()
    return closing(SideBySide(wanted.engine, render_preamble(spec.language, spec.worksheet.page)))


def believed(spec: Spec, wanted: Wanted) -> Computation:
    """Return a spec's evaluation; warn of what could not be checked. Raises CheckError when a line or a gradient is false."""
    if wanted.student:
        from derivgen.classes.sheets import student_sheets

        whole = replace(spec, wrt=wanted.wrt) if wanted.wrt else spec
        own = student_sheets(whole, wanted.seed or "", wanted.student, wanted.records)
        computation, report = Computation(own.evaluation, own), report_on(own.evaluation, kept=True)
    else:
        evaluation, report = checked(spec, wanted.wrt, wanted.seed, kept=True)
        computation = Computation(evaluation)
    report.stop_if_false()
    tell(report.gaps())
    return computation


def _alone(sheet: Made, spec: Path, taken: dict[str, Path], output: Path) -> Made:
    """Return the sheet. Raises UserError where another spec's sheet has its name."""
    if not _is_folder_name(sheet.name):
        raise UserError(Problem(f"{spec}: {sheet.name!r} cannot be a folder's name", hint="give the file another name"))
    if sheet.name in taken:
        message = f"{spec} and {taken[sheet.name]} would both be written to {output / sheet.name}"
        raise UserError(Problem(message, hint="give the files different names"))
    taken[sheet.name] = spec
    return sheet


def _safe_name(name: str) -> str:
    if not _is_folder_name(name):
        raise UserError(Problem(f"{name!r} cannot be a folder's name", hint="--together takes a plain name"))
    return name


def _is_folder_name(name: str) -> bool:
    """Return whether a folder of this name lies within another one: not with a separator in it, and not `.` or `..`."""
    return bool(name.strip(". ")) and not any(sign in name for sign in "/\\\0")


def _sheet(name: str, computations: Sequence[Computation], wanted: Wanted, typesetter: SideBySide | None) -> Made:
    """Render and typeset the documents of one sheet: those that TeX takes longest for first."""
    title = wanted.title or ("" if len(computations) == 1 else _spelled(name))
    evaluations = [computation.evaluation for computation in computations]
    style = common_style(evaluations)
    found: dict[str, Document] = {}
    sources: dict[str, dict[str, str]] = {}
    for audience in sorted(wanted.audiences, key=LONGEST_FIRST.index):
        found[audience] = _believed_document(computations, audience, title)
        if typesetter is not None:
            sources[audience] = _texts(FORMATS[typesetter.format], audience, _named(computations, found[audience], PDF), style)
            typesetter.start(audience, sources[audience])
    documents = {audience: found[audience] for audience in wanted.audiences}
    files: dict[str, bytes] = {}
    for form, record in ((form, FORMATS[form]) for form in wanted.formats if form != PDF):
        for audience, document in documents.items():
            text = sources[audience] if typesetter is not None and form == typesetter.format else {}
            text = text or _texts(record, audience, _named(computations, document, form), style)
            files |= {file: content.encode() for file, content in text.items()}
        if record.practice is not None and "worksheet" in documents and not _has_arrays(computations):
            key = documents.get("key") or _believed_document(computations, "key", title)
            filled_in = record.practice(_named(computations, documents["worksheet"], form), key, evaluations, style)
            files[f"worksheet.{record.extension}"] = filled_in.encode()
    if typesetter is not None:
        pdfs, failure = typesetter.results(wanted.audiences)
        for audience, document in documents.items():
            if document.fillable and f"{audience}.pdf" in pdfs:
                pdfs[f"{audience}.pdf"] = _fillable(pdfs[f"{audience}.pdf"], document, style, typesetter.format)
        files |= pdfs
        if wanted.with_key and failure is None:
            files[WITH_KEY] = _bound(documents, pdfs)
        if failure is not None:
            written = {file: text.encode() for audience in documents for file, text in sources[audience].items()}
            return Made(name, {**written, **files}, failure)
    return Made(name, files)


def _has_arrays(computations: Sequence[Computation]) -> bool:
    return any(isinstance(computation.evaluation, ArrayEvaluation) for computation in computations)


def _fillable(pdf: bytes, document: Document, style: Style, form: str) -> bytes:
    """Return a worksheet's PDF with its gaps as form fields, where TeX has set it; else it is said that it has none."""
    if form == "tex":
        from derivgen.typeset.fields import fields, with_fields

        return with_fields(pdf, fields(document, style), "worksheet.pdf")
    tell([Problem("worksheet.pdf has no form fields: only TeX makes them", severity="warning")])
    return pdf


def _named(computations: Sequence[Computation], document: Document, form: str) -> Document:
    """Return a document as its student's own; of several computations, and without a student, as it is."""
    own = computations[0].own if len(computations) == 1 else None
    return document if own is None else own.named(document, form)


def _bound(documents: Mapping[str, Document], pdfs: Mapping[str, bytes]) -> bytes:
    """Put the key behind its worksheet, on a sheet of paper of its own, each with a bookmark."""
    parts = [(documents[audience].kind, pdfs[f"{audience}.pdf"]) for audience in ("worksheet", "key")]
    return bind(parts, duplex=True).pdf


def _texts(record: Format, audience: str, document: Document, style: Style) -> dict[str, str]:
    """Return a document's file in a format, and those that belong beside it, by name."""
    assert record.render is not None
    return {f"{audience}.{record.extension}": record.render(document, style), **record.companions(document, style)}


def _spelled(name: str) -> str:
    """Return a name as words: `exam_2` → Exam 2."""
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def _written(sheet: Made, output: Path) -> list[Path]:
    """Write a sheet's files, in order. Raises ToolError where typesetting failed, once the sources are written."""
    folder = output / sheet.name
    write_all({folder / name: content for name, content in sheet.files.items()})
    if sheet.failure is not None:
        sources = [Path(name) for name in sheet.files if name.endswith((".tex", ".typ"))]
        missing = ", ".join(dict.fromkeys(f"{path.stem}.pdf" for path in sources if f"{path.stem}.pdf" not in sheet.files))
        kind = "LaTeX" if any(path.suffix == ".tex" for path in sources) else "Typst"
        note = Problem(f"not made: {missing}; the {kind} files are in {folder}", hint="try: derivgen doctor")
        raise ToolError([*sheet.failure.problems, note])
    stems = list(dict.fromkeys(Path(name).stem for name in sheet.files))
    return [folder / name for name in sorted(sheet.files, key=lambda name: (stems.index(Path(name).stem), Path(name).suffix))]


def rendered(evaluation: Evaluated, audience: str) -> str:
    """Return the LaTeX text of one sheet for one audience, once each of its lines is found true."""
    return render_latex(_believed_document([Computation(evaluation)], audience), common_style([evaluation]))


def _believed_document(computations: Sequence[Computation], audience: str, title: str = "") -> Document:
    """Compose a sheet, a student's own in the layout of the class, and check each of its lines. Raises CheckError."""
    own = computations[0].own if len(computations) == 1 else None
    if own is not None:
        document = own.document(audience)
        return replace(document, title=title) if title else document
    evaluations = [computation.evaluation for computation in computations]
    document = together(evaluations, audience, title)
    verify_document(document, tuple(as_printed(evaluation) for evaluation in evaluations))
    return document


def _joined(errors: list[UserError]) -> UserError:
    """Return all errors as one, of the gravest kind."""
    gravest = max(errors, key=lambda error: (error.exit_code == 1, error.exit_code))
    return type(gravest)([problem for error in errors for problem in error.problems])


POLLING = 0.05
"""Seconds between two looks at the files."""


def watch(specs: Sequence[Path], build: Callable[[Sequence[Path]], None]) -> None:
    """Build all specs, then those that change, until Ctrl-C; what is wrong with one is told, and the watch goes on.

    Args:
        specs: their files.
        build: makes the files of some specs.
    """
    known: dict[Path, tuple[object, ...]] = {}
    try:
        while True:
            seen = {spec: _state(spec) for spec in specs}
            if changed := [spec for spec in specs if seen[spec] != known.get(spec)]:
                known = seen
                try:
                    build(changed)
                except UserError as error:
                    tell(error.problems)
            time.sleep(POLLING)
    except KeyboardInterrupt:
        return


def _state(spec: Path) -> tuple[object, ...]:
    """Return what changes when the spec or data beside it are saved."""
    try:
        beside = sorted(file for file in spec.parent.iterdir() if file.suffix in ARRAY_FILES)
    except OSError:
        beside = []
    return tuple(_saved(file) for file in (spec, *beside))


def _saved(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None
    return file.name, status.st_mtime_ns, status.st_size
