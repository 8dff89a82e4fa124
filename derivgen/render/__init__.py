"""Document → text, one record here and one folder of templates for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivgen.documents.document import Document
from derivgen.maths.style import DEFAULT, Style


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: the ending of its files, and what turns a document into its text."""

    name: str
    extension: str
    render: Callable[[Document, Style], str]


def _latex(document: Document, style: Style = DEFAULT) -> str:
    from derivgen.render.latex import render_latex

    return render_latex(document, style)


FORMATS: Mapping[str, Format] = MappingProxyType({record.name: record for record in (Format("tex", "tex", _latex),)})
"""Every format that is text. A PDF is its `tex`, typeset."""
