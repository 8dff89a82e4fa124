"""Document → text, one record here and one folder of templates for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from derivgen.documents.document import Block, Document
from derivgen.frozen import dataclass
from derivgen.maths.style import DEFAULT, Style

if TYPE_CHECKING:
    from derivgen.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: the ending of its files, what turns a document into its text, and what does so with a few blocks.

    `piece` takes blocks, the language's code and the style (and, if it breaks lines, a `width` in em; if its displays can have
    one, a `label`), and its text stands by itself in a document of that format; a format of whole documents alone has none, and
    one of drawings alone has no `render`. `companion_files` gives the files that a document needs beside its own, by name. Where
    a worksheet can be filled in, `practice` renders it, from the worksheet, its key and their evaluations, so that it knows what
    is right and does not tell. `names_recipient`: its documents say at their head whose they are.
    """

    name: str
    extension: str
    render: Callable[[Document, Style], str] | None
    piece: Callable[..., str] | None = None
    companion_files: Callable[[Document, Style], Mapping[str, str]] | None = None
    practice: Callable[[Document, Document, Sequence[Evaluation], Style], str] | None = None
    names_recipient: bool = False

    def companions(self, document: Document, style: Style) -> Mapping[str, str]:
        """Return the files that a document needs beside its own, by name; none where the format has none."""
        return {} if self.companion_files is None else self.companion_files(document, style)


def _latex(document: Document, style: Style = DEFAULT) -> str:
    from derivgen.rendering.latex import render_latex

    return render_latex(document, style)


def _latex_piece(
    blocks: tuple[Block, ...], language: str, style: Style = DEFAULT, width: float | None = None, label: str = ""
) -> str:
    from derivgen.rendering.latex import render_latex_piece

    return render_latex_piece(blocks, language, style, width, label)


def _html(document: Document, style: Style = DEFAULT) -> str:
    from derivgen.rendering.html import render_html

    return render_html(document, style)


def _html_piece(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT) -> str:
    from derivgen.rendering.html import render_html_piece

    return render_html_piece(blocks, language, style)


def _markdown(document: Document, style: Style = DEFAULT) -> str:
    from derivgen.rendering.markdown import render_markdown

    return render_markdown(document, style)


def _markdown_piece(
    blocks: tuple[Block, ...], language: str, style: Style = DEFAULT, width: float | None = None, label: str = ""
) -> str:
    from derivgen.rendering.markdown import render_markdown_piece

    return render_markdown_piece(blocks, language, style, width, label=label)


def _companion_drawings(document: Document, style: Style = DEFAULT) -> Mapping[str, str]:
    from derivgen.rendering.markdown import companion_drawings

    return companion_drawings(document, style)


def _typst(document: Document, style: Style = DEFAULT) -> str:
    from derivgen.rendering.typst import render_typst

    return render_typst(document, style)


def _svg_piece(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT) -> str:
    from derivgen.rendering.svg import render_svg_piece

    return render_svg_piece(blocks, language, style)


def _html_practice(worksheet: Document, key: Document, evaluations: Sequence[Evaluation], style: Style = DEFAULT) -> str:
    from derivgen.rendering.practice import render_practice

    return render_practice(worksheet, key, evaluations, style)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        record.name: record
        for record in (
            Format("tex", "tex", _latex, _latex_piece, names_recipient=True),
            Format("md", "md", _markdown, _markdown_piece, _companion_drawings, names_recipient=True),
            Format("html", "html", _html, _html_piece, practice=_html_practice, names_recipient=True),
            Format("typ", "typ", _typst, companion_files=_companion_drawings, names_recipient=True),
            Format("svg", "svg", None, _svg_piece),
        )
    }
)
"""Every format that is text. A PDF is its `tex`, or its `typ`, typeset."""
