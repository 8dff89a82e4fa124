"""Many sheets → a PDF of each, several tens of them in one run of TeX; a sheet that fails is named, and the rest are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice

from derivgen.errors import Problem, ToolError
from derivgen.rendering.latex import Parts
from derivgen.typeset.binding import whole_of
from derivgen.typeset.chunk import SIDE, Chunk, Sheet, chunk, pages, reached
from derivgen.typeset.cut import Pages, cut, fonts
from derivgen.typeset.engines import Engine, find_engine
from derivgen.typeset.formats import dumped
from derivgen.typeset.log import first_error
from derivgen.typeset.pdf import JOB, LOG_READ, OPTIONS, environment, limits_for, out_of_time, typeset
from derivgen.typeset.sandbox import Outcome, run

AT_ONCE = 150
"""How many sheets go into one run: enough for its start to cost little, few enough for memory to stay small."""
_TEX, _PDF, _LOG, _SIDE, _FORMAT = f"{JOB}.tex", f"{JOB}.pdf", f"{JOB}.log", f"{JOB}.{SIDE}", "sheets.fmt"


@dataclass(frozen=True)
class Press:
    """What sheets of one kind are typeset with: the engine, their preamble, some of them as samples, the fonts those need."""

    engine: Engine
    preamble: str
    samples: tuple[Parts, ...]
    fonts: str = ""


@dataclass(frozen=True, slots=True)
class Typeset:
    """A sheet's PDF, and its pages among others where it was typeset with them; or the problem that came up."""

    name: str
    pdf: bytes = b""
    within: Pages | None = None
    problem: Problem | None = None

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return self.within.count if self.within is not None else 0


def prepared(samples: Sequence[Parts], engine: Engine | None = None, fonts_: str = "") -> Press:
    """A press for sheets like these samples (one of each kind at least, all with one preamble).

    Each sheet's bytes depend on the samples, so they have to be the same in every run: drawn from the spec alone. What fonts
    they need is found by a run of TeX, unless another press for the same samples and engine has told.

    Raises:
        ToolError: no engine; an error in a sample.
    """
    press = Press(
        engine or find_engine(), samples[0].preamble, tuple(part for part in samples if part.preamble == samples[0].preamble)
    )
    if press.engine.kind != "pdflatex" or fonts_:
        return replace(press, fonts=fonts_)
    made = chunk((), press.samples, _preamble(press))
    outcome = _run(press, made)
    if not _came_through(outcome):
        raise ToolError(_problem(outcome, made, "a sample")[1])
    import pikepdf

    with pikepdf.open(BytesIO(outcome.files[_PDF])) as pdf:
        return replace(press, fonts=fonts(pdf))


def typeset_many(press: Press, sheets: Iterable[Sheet], at_once: int = AT_ONCE) -> Iterator[Typeset]:
    """Each sheet's PDF, in order, as soon as its chunk is done.

    A sheet's bytes depend on the sheet and the press alone: not on those beside it, nor on how many are set at once.

    Raises:
        ToolError: the engine does not run, or fails before it comes to a sheet.
    """
    left = iter(sheets)
    while group := tuple(islice(left, at_once)):
        if press.engine.kind == "pdflatex" and all(sheet.parts.preamble == press.preamble for sheet in group):
            yield from _together(press, group)
        else:
            yield from (_alone(press, sheet) for sheet in group)


def _alone(press: Press, sheet: Sheet) -> Typeset:
    """A sheet by a run of its own: for an engine that does not take many, or a sheet of another kind."""
    try:
        made = typeset(sheet.parts.whole, engine=press.engine, name=sheet.name)
    except ToolError as error:
        return Typeset(sheet.name, problem=error.problems[0])
    return Typeset(sheet.name, made, whole_of(made))


def _together(press: Press, sheets: Sequence[Sheet]) -> list[Typeset]:
    """All in one run; without one that fails; in two halves, and so on, where one needs letters that are not expected."""
    import pikepdf

    if not sheets:
        return []
    made = chunk(sheets, press.samples, _preamble(press))
    outcome = _run(press, made)
    if not _came_through(outcome):
        at, problem = _problem(outcome, made, "the sheets")
        if at is None and len(sheets) > 1:
            return _in_halves(press, sheets)
        at = at or 0
        rest = _together(press, [*sheets[:at], *sheets[at + 1 :]])
        return [*rest[:at], Typeset(sheets[at].name, problem=problem), *rest[at:]]
    spans = pages(_side(outcome), made)
    together = outcome.files[_PDF]
    with pikepdf.open(BytesIO(together)) as pdf:
        if spans is None or spans[-1][1] != len(pdf.pages):
            raise ToolError(
                Problem("the pages of the sheets could not be told apart", hint=f"the engine was {press.engine.program}")
            )
        if len(sheets) == 1 or fonts(pdf) == press.fonts:
            files = cut(pdf, spans, [sheet.parts for sheet in sheets])
            pages_ = [Pages(together, start, end) for start, end in spans]
            return [Typeset(sheet.name, file, within) for sheet, file, within in zip(sheets, files, pages_, strict=True)]
    return _in_halves(press, sheets)


def _in_halves(press: Press, sheets: Sequence[Sheet]) -> list[Typeset]:
    """Two runs for one, to find out which sheet it is."""
    half = len(sheets) // 2
    return [*_together(press, sheets[:half]), *_together(press, sheets[half:])]


def _preamble(press: Press) -> str:
    """The preamble where no format holds it."""
    return "" if dumped(press.preamble, press.engine) is not None else press.preamble


def _run(press: Press, made: Chunk) -> Outcome:
    """One run of the engine on a chunk, its time limit as long as the chunk."""
    form = dumped(press.preamble, press.engine)
    command = [str(press.engine.program), *OPTIONS[press.engine.kind], *((f"-fmt={_FORMAT}",) if form else ()), _TEX]
    inputs = {_TEX: made.tex.encode()} | ({_FORMAT: form} if form else {})
    limits = limits_for(made.tex, press.engine.kind)
    try:
        return run(command, inputs, (_PDF, _LOG, _SIDE), environment(press.engine), limits)
    except OSError as error:
        raise ToolError(Problem(f"{press.engine.program} could not be run: {error}")) from error


def _came_through(outcome: Outcome) -> bool:
    return outcome.code == 0 and not outcome.expired and bool(outcome.files.get(_PDF))


def _side(outcome: Outcome) -> str:
    return outcome.files.get(_SIDE, b"").decode(errors="replace")


def _problem(outcome: Outcome, made: Chunk, name: str) -> tuple[int | None, Problem]:
    """Which sheet failed, and why: the student, the task, what TeX says."""
    log = outcome.files.get(_LOG, b"")[-LOG_READ:].decode(errors="replace") or outcome.output
    told = first_error(log, made.tex, _TEX, name)
    at = made.owner(told.place.line) if told and told.place else None
    if at is None and not outcome.expired:  # what TeX writes is lost when it is killed
        at = reached(_side(outcome), made)
    if outcome.expired:
        told = out_of_time(outcome, limits_for(made.tex, "pdflatex"))
        at = 0 if len(made.names) == 1 else None
    elif told is None:
        told = Problem("TeX failed", hint=outcome.output.strip().split("\n")[-1].strip() or None)
    if at is None:
        return None, told
    task = made.task(told.place.line) if told.place else ""
    where = f"{made.names[at]}, task {task}" if task else made.names[at]
    hint = told.hint or (f"TeX stopped in: {told.place.text.strip()[:100]}" if told.place else None)
    return at, Problem(f"{where}: {told.message}", hint=hint)
