"""One student's sheets: the record's numbers put into the derivation, checked, composed, rendered, typeset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derivgen import __version__
from derivgen.checks.pages import believe
from derivgen.checks.report import check
from derivgen.classes.order import Order, file_of
from derivgen.classes.packing import derivation_of, unpacked
from derivgen.classes.seats import Seat
from derivgen.derivation.derive import Derivation
from derivgen.documents.answers import Answer, answers
from derivgen.documents.bearer import addressed
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Document, Paragraph, Strong
from derivgen.errors import Problem, ToolError, UserError
from derivgen.evaluation import Evaluation
from derivgen.maths.tex import unprintable
from derivgen.render import FORMATS
from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset
from derivgen.variants.filling import variant


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one seat: its files by name and its answers; or what failed, and then no file."""

    id: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    failures: tuple[Problem, ...] = ()


def made_all(order: Order, pack: bytes) -> tuple[Made, ...]:
    """The sheets of several seats, packed, in their order; one that fails does not keep the others. Runs in any process."""
    seats: Sequence[Seat] = unpacked(pack)
    if order.version != __version__:
        message = f"this machine has derivgen {__version__}, the class is made with {order.version}"
        return tuple(Made(seat.id, failures=(Problem(message, hint="install the same version everywhere"),)) for seat in seats)
    derivation = derivation_of(order.spec)
    return tuple(_made(order, derivation, seat) for seat in seats)


def _made(order: Order, derivation: Derivation, seat: Seat) -> Made:
    stage = ""
    files: dict[str, bytes] = {}
    try:
        evaluation = variant(derivation, seat.record)
        check(evaluation).stop_if_false()
        for stage in order.audiences:
            document = believed(evaluation, stage)
            for form in order.formats:
                files[file_of(seat.id, stage, form)] = _file(document, evaluation, seat, form, order.engine)
        return Made(seat.id, files, answers(evaluation))
    except UserError as error:
        return Made(seat.id, failures=tuple(_named(problem, seat, stage) for problem in error.problems))


def believed(evaluation: Evaluation, audience: str) -> Document:
    """A document of which every line was found true. Raises CheckError."""
    document = compose(evaluation, audience)
    believe(document, (as_printed(evaluation),))
    return document


def _file(document: Document, evaluation: Evaluation, seat: Seat, form: str, engine: str | None) -> bytes:
    style, spec = style_of(evaluation), evaluation.graph.spec
    if form in {"pdf", "tex"}:
        own = addressed(document, spec, seat.bearer(printable=not unprintable(seat.student.name)))
        render = FORMATS["tex"].render
        assert render is not None
        tex = render(own, style)
        return tex.encode() if form == "tex" else _pdf(tex, engine, document.audience)
    render = FORMATS[form].render
    assert render is not None
    return render(_headed(addressed(document, spec, seat.bearer())), style).encode()


def _headed(document: Document) -> Document:
    """The document with whose it is and its code as its first line, for formats without pages."""
    words = " · ".join(part for part in (document.bearer, document.code) if part)
    return replace(document, blocks=(Paragraph((Strong(words),)), *document.blocks))


def _pdf(tex: str, engine: str | None, audience: str) -> bytes:
    try:
        return typeset(tex, engine=find_engine(engine), name=f"{audience}.tex")
    except ToolError as error:
        raise ToolError([_placed(problem, tex) for problem in error.problems]) from None


def _placed(problem: Problem, tex: str) -> Problem:
    """The problem with the task that its line belongs to in front."""
    if problem.place is None:
        return problem
    before = "\n".join(tex.split("\n")[: problem.place.line])
    tasks = re.findall(r"^% Task (\S+)", before, re.MULTILINE)
    return replace(problem, message=f"task {tasks[-1]}: {problem.message}") if tasks else problem


def _named(problem: Problem, seat: Seat, stage: str) -> Problem:
    """The problem with whose sheet it is about in front."""
    whose = f"{seat.id} ({seat.student.name})" if seat.student.name else seat.id
    where = f"{whose}, {stage}" if stage else whose
    return replace(problem, message=f"{where}: {problem.message}")


def shares(seats: Sequence[Seat], size: int) -> Iterator[tuple[Seat, ...]]:
    """The seats in shares of at most `size`, in order."""
    for start in range(0, len(seats), size):
        yield tuple(seats[start : start + size])
