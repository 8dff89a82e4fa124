"""Check whether a PDF can be read by who does not see it: what of PDF/UA-1 (ISO 14289-1) a machine can tell.

Whether the words are the right ones, only a person can tell. Where the package `pdfua` is installed, its rules are asked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import util
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from derivgen.errors import Problem, UserError

_PAINTED = {*"BbFfSs", "B*", "b*", "f*", "Tj", "TJ", "'", '"', "Do", "sh", "EI"}
"""Operators that leave something on the page."""


def faults(pdf: bytes) -> tuple[str, ...]:
    """Return what keeps people out of a PDF, a sentence each; nothing where it passes. Raises UserError for what is no PDF."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            found = [*_of_document(document), *_of_pages(document), *_of_tree(document)]
    except pikepdf.PdfError as error:
        raise UserError(Problem(f"this is no PDF: {error}")) from error
    return tuple(dict.fromkeys(found))


def _of_document(document: Any) -> Iterator[str]:
    """Tell what the document as a whole lacks: title, language, tags, the mark of PDF/UA."""
    root = document.Root
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)) or "/StructTreeRoot" not in root:
        yield "it has no tags: a screen reader can only guess what is a heading, a table or a formula"
    if not str(root.get("/Lang", "")):
        yield "it does not say its language"
    with document.open_metadata() as known:
        if not str(known.get("dc:title", "") or document.docinfo.get("/Title", "")).strip():
            yield "it has no title"
        if known.get("pdfuaid:part") != "1":
            yield "it does not claim to be PDF/UA-1"
    if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        yield "it does not ask to be shown by its title"


def _of_pages(document: Any) -> Iterator[str]:
    """Tell what on the pages is neither tagged nor marked as decoration, and which fonts are not in the file."""
    import pikepdf

    for number, page in enumerate(document.pages, 1):
        depth = 0
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            depth += (operator in ("BDC", "BMC")) - (operator == "EMC")
            if not depth and operator in _PAINTED:
                yield f"page {number} has content that is neither tagged nor marked as decoration"
                break
        for note in page.get("/Annots", []):
            if not str(note.get("/Contents", "")).strip():
                yield f"page {number} has a link or field without a description"
    for item in document.objects:
        font = isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        if font and not any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield f"the font {str(item.get('/FontName', '?'))[1:]} is not in the file"


def _of_tree(document: Any) -> Iterator[str]:
    """Tell which formulas and drawings have no words, which headings skip a level, which tables have no heads."""
    elements = list(_elements(document.Root.get("/StructTreeRoot")))
    kinds = [str(element.get("/S", ""))[1:] for element in elements]
    for kind, name in (("Formula", "formula"), ("Figure", "drawing")):
        own = [element for element, of in zip(elements, kinds, strict=True) if of == kind]
        silent = sum(not str(element.get("/Alt", "")).strip() for element in own)
        if silent:
            yield f"{silent} of {len(own)} {name}{'s' * (len(own) != 1)} {'have' if silent != 1 else 'has'} no alternative text"
        empty = sum(not _has_content(element) for element in own)
        if empty:
            yield f"{empty} of {len(own)} {name}{'s' * (len(own) != 1)} {'have' if empty != 1 else 'has'} nothing on the page"
    levels = [int(kind[1:]) for kind in kinds if re.fullmatch("H[1-6]", kind)]
    if any(after > before + 1 for before, after in pairwise([0, *levels])):
        yield f"its headings skip a level: {', '.join(map(str, levels))}"
    for element, kind in zip(elements, kinds, strict=True):
        if kind == "Table" and not any(inner.get("/S") == "/TH" for inner in _elements(element)):
            yield "a table has no cell that is a head"


def _elements(element: Any) -> Iterator[Any]:
    """Yield what is in the structure tree below an element, in reading order."""
    import pikepdf

    below: Any = element.get("/K", []) if isinstance(element, pikepdf.Dictionary) else []
    for child in below if isinstance(below, pikepdf.Array) else [below]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from _elements(child)


def _has_content(element: Any) -> bool:
    """Return whether anything on a page belongs to an element: a number of marked content, or a reference to an object."""
    import pikepdf

    below: Any = element.get("/K", [])
    for child in below if isinstance(below, pikepdf.Array) else [below]:
        if not isinstance(child, pikepdf.Dictionary) or "/S" not in child or _has_content(child):
            return True
    return False


def _of_pdfua(file: Path) -> Iterator[str]:
    """Tell what the package pdfua finds, if it is here."""
    if util.find_spec("pdfua") is None:
        return
    import pdfua

    for finding in pdfua.validate(str(file)).findings:
        yield f"{finding.rule_id}: {finding.message}"


def faults_of(file: Path) -> tuple[str, ...]:
    """Return the same of a file, and what pdfua finds. Raises UserError where it cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(Problem(f"cannot read {file}: {error.strerror or error}")) from error
    try:
        return (*faults(content), *_of_pdfua(file))
    except UserError as error:
        raise UserError([Problem(f"{file}: {problem.message}") for problem in error.problems]) from error
