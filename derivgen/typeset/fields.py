"""The form fields of a PDF: named where TeX has put them, read back by their names.

What the form fields of a fillable worksheet are called: by the quantity they are about, and in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from derivgen.documents.document import Document
from derivgen.errors import Problem, ToolError, UserError
from derivgen.frozen import dataclass
from derivgen.language import Wording
from derivgen.maths.plain import plain
from derivgen.maths.style import Style, in_language
from derivgen.present.speech import speech, vocabulary
from derivgen.rendering.html import blanks

_FONT = "/Helv"
_MARK = "/DGGap"
"""What tells the annotations over gaps in a PDF as TeX makes it."""
_PRINTED, _CENTRED = 4, 1
"""Flags of the PDF standard: a widget that is printed, text that is centred."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a field of a PDF."""

    name: str
    words: str
    value: str


def with_fields(pdf: bytes, fields: Sequence[Field], name: str) -> bytes:
    """Return a PDF with a form field over each gap that any reader fills in; the same bytes for the same PDF.

    Raises ToolError where there are not as many gaps in the PDF as fields; `name` is what the message calls the file.
    """
    import pikepdf

    result = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        widgets = list(_gaps(document))
        if len(widgets) != len(fields):
            message = f"{name}: {len(widgets)} gaps were found in the PDF, and there are {len(fields)}"
            raise ToolError(Problem(message, hint="form fields are made by pdflatex and lualatex"))
        for widget, field in zip(widgets, fields, strict=True):
            del widget[_MARK], widget["/Border"]
            widget.Subtype = pikepdf.Name.Widget
            widget.FT, widget.T, widget.TU = pikepdf.Name.Tx, pikepdf.String(field.name), pikepdf.String(field.words)
            widget.F, widget.Q, widget.DA = _PRINTED, _CENTRED, pikepdf.String(f"{_FONT} 10 Tf 0 g")
        helvetica = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array(widgets),
            DR=pikepdf.Dictionary(Font=pikepdf.Dictionary({_FONT: document.make_indirect(helvetica)})),
            DA=pikepdf.String(f"{_FONT} 10 Tf 0 g"),
            NeedAppearances=True,
        )
        for page in document.pages:
            page.obj.Tabs = pikepdf.Name.S if "/StructTreeRoot" in document.Root else pikepdf.Name.R
        if "/ID" in document.trailer:
            del document.trailer["/ID"]
        document.save(result, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return result.getvalue()


def read_fields(pdf: bytes, name: str) -> tuple[Filled, ...]:
    """Return what stands in the fields of a PDF, in reading order, empty ones included.

    Raises UserError for what is no PDF, and for one without fields: a worksheet that was printed to a PDF, or flattened.
    """
    import pikepdf

    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            form: Any = document.Root.get("/AcroForm", {})
            found = tuple(_filled(form.get("/Fields", []), ""))
    except pikepdf.PdfError as error:
        raise UserError(Problem(f"{name} cannot be read as a PDF: {error}")) from error
    if not found:
        hint = "it was flattened or printed to a PDF, or never had any; ask for the file that was filled in"
        raise UserError(Problem(f"{name} has no form fields", hint=hint))
    return found


def _filled(fields: Any, above: str) -> Iterator[Filled]:
    """Yield what stands in fields and in those below them, whose names go on from theirs."""
    for field in fields:
        name = above + str(field.get("/T", ""))
        below = [kid for kid in field.get("/Kids", []) if "/T" in kid]
        if below:
            yield from _filled(below, f"{name}.")
        elif name:
            yield Filled(name, str(field.get("/TU", "")), str(field.get("/V", "")))


def _gaps(document: Any) -> Iterator[Any]:
    """Yield what TeX has put over the gaps of all pages, in the order in which they were set."""
    for page in document.pages:
        yield from (each for each in page.obj.get("/Annots", []) if _MARK in each)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a `name` that no other field has, and what a screen reader says of it."""

    name: str
    words: str


def fields(document: Document, style: Style) -> tuple[Field, ...]:
    """Return the fields of a worksheet, one for each gap, in reading order.

    The k-th of several gaps that are about a quantity is called `Z_3[k]`: in a table those of its column, from the top.
    """
    found = blanks(document, style)
    abouts = ["answer" if blank.of is None else plain(blank.of).replace(".", "_") for blank in found]
    counts, seen = Counter(abouts), Counter[str]()
    words, printed = vocabulary(document.language).phrases["gap"], in_language(style, Wording(document.language))
    made = []
    for blank, about in zip(found, abouts, strict=True):
        seen[about] += 1
        name = about if counts[about] == 1 else f"{about}[{seen[about]}]"
        said = f"{speech(blank.of, printed, document.language)}, " if blank.of is not None else ""
        made.append(Field(name, said + words.format(blank.number, len(found))))
    return tuple(made)
