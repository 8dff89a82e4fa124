"""A spec's text as it stands in the editor → the page beside it, a file to take away, or what is wrong and where."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from derivgen.documents.compose import AUDIENCES, style_of
from derivgen.errors import Problem, SpecError, UserError
from derivgen.frozen import dataclass
from derivgen.pieces import believed_document
from derivgen.rendering import FORMATS
from derivgen.rendering.fields import fields
from derivgen.rendering.html import render_html_inside
from derivgen.rendering.latex import render_latex, render_preamble
from derivgen.spec.load import loads
from derivgen.typeset.fields import with_fields
from derivgen.typeset.side_by_side import SideBySide
from derivgen.work import Worked, work

FORMS = ("pdf", "tex")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is shown of a text: the page's markup (None where there is none), its title and language, what is to be said."""

    html: str | None
    title: str
    language: str
    problems: tuple[Problem, ...]


def draw(text: str, file: Path, audience: str) -> Drawn:
    """Return the page of one audience, every line of it checked, or what is wrong with the text.

    Args:
        text: the spec.
        file: where it is kept; its data lie beside it.
        audience: whose page.
    """
    try:
        _check(audience)
        worked = _worked(text, file)
        document = believed_document(worked.evaluation, audience)
    except UserError as error:
        return Drawn(None, "", "", error.problems)
    html = render_html_inside(document.blocks, document.language, style_of(worked.evaluation))
    return Drawn(html, document.title, document.language, worked.said)


def made(text: str, file: Path, audience: str, form: str) -> bytes:
    """Return a document as `pdf` or `tex`. Raises UserError for whatever stands in its way."""
    _check(audience)
    evaluation = _worked(text, file).evaluation
    document, style = believed_document(evaluation, audience), style_of(evaluation)
    if form == "tex":
        return render_latex(document, style).encode()
    with closing(SideBySide(None, render_preamble(document.language, document.page))) as typesetter:
        record = FORMATS[typesetter.format]
        assert record.render is not None
        main = f"{audience}.{record.extension}"
        typesetter.start(audience, {main: record.render(document, style), **record.companions(document, style)})
        pdfs, failure = typesetter.results((audience,))
    if failure is not None:
        raise failure
    pdf = pdfs[f"{audience}.pdf"]
    return (
        with_fields(pdf, fields(document, style), f"{audience}.pdf") if document.fillable and record.extension == "tex" else pdf
    )


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as the editor takes it; without a place its line is 0."""
    place = problem.place
    return {
        "message": problem.message,
        "hint": problem.hint,
        "severity": problem.severity,
        "line": place.line if place else 0,
        "column": place.column if place else 1,
        "length": place.length if place else 1,
    }


def _worked(text: str, file: Path) -> Worked:
    try:
        return work(loads(text, file.stem, file.parent), kept=True)
    except RecursionError:
        raise SpecError(Problem("this computation is too deep to work through", hint="split it over several names")) from None


def _check(audience: str) -> None:
    if audience not in AUDIENCES:
        raise UserError(Problem(f"there is no page {audience!r}", hint=f"there are: {', '.join(AUDIENCES)}"))
