"""Document → Markdown that GitHub, MyST, Quarto, Obsidian and Pandoc all read; a few blocks as a piece of such a document."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Math,
    Paragraph,
    Prose,
    Space,
    Table,
    Task,
    each_block,
)
from derivgen.errors import Problem, UserError
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.maths.tree import Expr
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.rendering import grid, lines
from derivgen.rendering.latex import DELIMITERS
from derivgen.rendering.markdown_words import between_dollars, escaped, paragraph
from derivgen.rendering.renderer import Spot
from derivgen.rendering.svg import svg
from derivgen.rendering.templates import Safe, TemplateRenderer

ROOM = 38.0
"""How wide a line of mathematics may be, in em: a page of GitHub or of Obsidian has room for it."""
WIDEST_TABLE = 200.0
"""How wide a table may be, in em, unless a width is asked for: readers of Markdown let one scroll."""
ROW_END = r"\\ "
LONGEST = 4_000
"""How many characters a formula may have: MathJax gives up one of more than 5120 with its macros written out."""
FIELD = 28
LINES_TO_A_BREAK = 1.5
LEAST_COLUMN = 3  # characters: `:-:`

DRAWING = re.compile(r'<img alt="([^"<>]*)" src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)">')
"""A drawing of a piece, as `figure` writes it: its words, and its SVG in base64."""

Link = Callable[[Figure], str]
_FORMULA = re.compile(r"(?<!\\)\$[^$\n]+\$(?=(\d?))")
"""A formula in a line of text, and the digit that stands directly behind it, if one does."""


def render_markdown(document: Document, style: Style = DEFAULT) -> str:
    """Return a whole document. Its drawings are files beside it: see `companion_drawings`."""
    names = iter(_names(document))
    return _Markdown(style, Wording(document.language), lambda figure: next(names), True).document(document)


def companion_drawings(document: Document, style: Style = DEFAULT) -> Mapping[str, str]:
    """Return the drawings of a document by the names it links to: `notes-1.svg`, …"""
    style = in_language(style, Wording(document.language))
    drawn = zip(_names(document), _figures(document), strict=True)
    return {name: svg(figure.drawing, figure.alternative, style) for name, figure in drawn}


def render_markdown_piece(
    blocks: tuple[Block, ...],
    language: str,
    style: Style = DEFAULT,
    width: float | None = None,
    link: Link | None = None,
    label: str = "",
) -> str:
    """Return blocks without a document around them.

    Lines of equations and tables are at most `width` em wide; a wider table is several. A drawing is in the link itself (`data:`)
    unless `link` says where it is. A `label` is put behind the one display of
    equations, as a reader of Markdown knows it: `(eq:chain)` is MyST's, `{#eq-chain}` Quarto's. Raises UserError where the
    display is too long to be one.
    """
    words = Wording(language)
    own_link = link or (lambda figure: _data_link(figure, in_language(style, words)))
    renderer = _Markdown(style, words, own_link, False, label, width or WIDEST_TABLE)
    return renderer.blocks(blocks, Spot(width or ROOM)).strip("\n") + "\n"


def _data_link(figure: Figure, style: Style) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg(figure.drawing, figure.alternative, style).encode()).decode()


def _names(document: Document) -> list[str]:
    return [f"{document.audience}-{number}.svg" for number, _ in enumerate(_figures(document), 1)]


def _figures(document: Document) -> list[Figure]:
    """Return the drawings in the order in which they are written."""
    return [block for block in each_block(document.blocks) if isinstance(block, Figure)]


class _Markdown(TemplateRenderer):
    """Fills the templates; in a document of our own headings are headings, in somebody else's a line in bold."""

    ending = "md"
    bold = "**{}**"
    between = "\n\n"

    def __init__(
        self, style: Style, words: Wording, link: Link, in_document: bool, label: str = "", widest_table: float = WIDEST_TABLE
    ):
        web = replace(in_language(style, words), dialect="web")
        super().__init__(web, words, ("md",), escaped, **DELIMITERS)
        self.link, self.in_document, self.label, self.widest_table = link, in_document, label, widest_table

    def document(self, document: Document) -> str:
        """Return the frame with everything in it."""
        aside = " · ".join(
            escaped(each) for each in (document.course, document.kind, document.recipient, document.points) if each
        )
        body = self.blocks(document.blocks, Spot(ROOM))
        text = self.fill("document", title=document.title, aside=Safe(aside), fields=self._fields(document), body=body)
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"

    def _fields(self, document: Document) -> Safe:
        """Return the words before what is to be filled in, on a line of their own."""
        entries = (*document.entries, *([""] * len(document.fields)))
        filled = zip(document.fields, entries, strict=False)
        return Safe(" ".join(f"{escaped(field)}: {escaped(entry) if entry else '.' * FIELD}" for field, entry in filled))

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Return words and formulas in a line of text; no digit stands directly behind a formula, where it would end none."""
        text = super().prose(prose, display)
        return Safe(" ".join(_FORMULA.sub(lambda found: found[0] + ("&#8203;" if found[1] else ""), text).split()))

    def formula(self, expr: Expr, display: bool) -> Safe:
        """Return a formula within a line of text."""
        opening = r"\displaystyle " if display else ""
        return Safe(f"${opening}{self.math(expr).strip()}$")

    def math(self, expr: Expr) -> str:
        """Return an expression, for mathematics."""
        return between_dollars(latex(expr, self.style))

    def heading(self, block: Heading, spot: Spot) -> Safe:
        """Return a heading of a document, in a piece a line in bold; nothing where it is set in the line behind it."""
        if spot.run_in:
            return Safe("")
        hashes = Safe("#" * (block.level + 1))
        title = self.prose(block.title, True)
        return self.fill("heading", in_document=self.in_document, hashes=hashes, number=block.number, title=title)

    def paragraph(self, block: Paragraph, spot: Spot) -> Safe:
        """Return a paragraph; a hint set apart."""
        runs = self._runs(block.prose)
        written = (run if run.startswith("$$") else Safe(paragraph(run)) for run in runs)
        return Safe("\n\n".join(self.fill("paragraph", tone=block.tone, prose=run).strip("\n") for run in written))

    def _runs(self, prose: Prose) -> list[Safe]:
        """Return the prose cut at each formula of several rows, which is displayed: within a line its rows would be lost."""
        runs: list[Safe] = []
        for tall, parts in groupby(prose, lambda part: isinstance(part, Math) and ROW_END in latex(part.expr, self.style)):
            if tall:
                runs += [Safe(f"$$\n{self.math(part.expr).strip()}\n$$") for part in parts if isinstance(part, Math)]
            else:
                text = self.prose(tuple(parts))
                text = Safe(re.sub(r"^[,;.]\s*", "", text)) if runs else text
                runs += [text] if text else []
        return runs

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations, in rows that fit; the reasons in a column of their own where there is room."""
        rows = lines.rows(block, self.style, spot.room)
        shown = [self._row(row) for row in rows]
        if spot.number:
            shown[0]["left"] = Safe(rf"\textbf{{{spot.number}}}\quad {shown[0]['left']}")
        reasons = max((lines.prose_width(row.reason, self.style) for row in rows), default=0.0)
        aside = lines.natural_width(replace(block, lines=tuple(replace(line, reason=()) for line in block.lines)), self.style)
        between = Safe("&&" if aside + reasons + 2 <= spot.room else r"\qquad")
        displays = [self.fill("equations", rows=group, between=between).strip("\n") for group in _groups(rows, shown)]
        if self.label and len(displays) > 1:
            raise UserError(Problem("this is too long for one display of Markdown, so that it can have no label"))
        return Safe("\n\n".join(displays) + (f" {self.label}" if self.label else ""))

    def _row(self, row: lines.Row) -> dict[str, Safe]:
        """Return what the template needs of a row; a reason on a row of its own stands where its line's right side does."""
        left, right, reason = between_dollars(row.left), between_dollars(row.right), self._reason(row.reason)
        if row.left and not row.right:
            left, right = "", left
        if not row.right and not row.left:
            right, reason = rf"\quad {reason}", ""
        return {"left": Safe(left), "right": Safe(right.strip()), "reason": Safe(reason)}

    def _reason(self, prose: Prose) -> str:
        r"""Return a reason: `\text{chain rule with }u = -x`."""
        found: list[str] = []
        for formula, parts in groupby(prose, lambda part: isinstance(part, Math)):
            if formula:
                found += [self.math(part.expr) for part in parts if isinstance(part, Math)]
            else:
                found.append(_text("".join(part.words for part in parts if not isinstance(part, Math))))
        return "".join(found)

    def table(self, block: Table, spot: Spot) -> Safe:
        """Return a pipe table, its columns centred; several below each other where it is wider than tables may be."""
        parts = grid.grid(block, self.style, self.widest_table, False).parts
        return Safe("\n\n".join(self._table_part(part).strip("\n") for part in parts))

    def _table_part(self, part: grid.Part) -> Safe:
        """Return one table, padded as those who format Markdown pad it.

        So the dashes are as many as the column is wide, which is what Pandoc shares a page's width out by.
        """
        rows = (row.cells for piece in part.pieces for row in piece)
        cells = [tuple(map(_cell, row)) for row in (part.head, *rows)]
        widths = [max(LEAST_COLUMN, *map(len, column)) for column in zip(*cells, strict=True)]
        head, *body = (tuple(Safe(f"{cell:^{width}}") for cell, width in zip(row, widths, strict=True)) for row in cells)
        rule = tuple(Safe(f":{'-' * (width - 2)}:") for width in widths)
        return self.fill("table", head=head, rule=rule, rows=body)

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """Return a picture with its alternative text, in HTML where it is in its own link: markdown-it takes no such link."""
        said, target = " ".join(block.alternative.split()), self.link(block)
        if target.startswith("data:"):
            return Safe(f'<img alt="{escape(said)}" src="{escape(target)}">')
        return self.fill("figure", alternative=said, target=Safe(target))

    def space(self, block: Space, spot: Spot) -> Safe:
        """Return room to write in; on a key, the answer there."""
        breaks = "<br>" * max(2, round(block.lines / LINES_TO_A_BREAK))
        return self.fill("space", answer=self.blocks(block.answer, spot), empty=Safe(breaks))

    def title(self, title: Prose) -> Safe:
        """Return a task's title, which ends in a full stop where it is no heading."""
        return Safe(self.prose(title).rstrip(".") + ("" if self.in_document else "."))

    def task(self, block: Task, spot: Spot, **more: Any) -> Safe:
        """Return a question: a heading in a document, a line in bold in a piece."""
        return super().task(block, spot, in_document=self.in_document, **more)


def _groups(rows: Sequence[lines.Row], shown: list[dict[str, Safe]]) -> list[list[dict[str, Safe]]]:
    """Return the rows in displays of which none is too long, a new one where a line begins."""
    lengths = [sum(map(len, parts.values())) for parts in shown]
    share = sum(lengths) / (sum(lengths) // LONGEST + 1)
    groups: list[list[dict[str, Safe]]] = [[]]
    length = 0
    for row, parts, own in zip(rows, shown, lengths, strict=True):
        if groups[-1] and length + own / 2 > share and row.first:
            groups.append([])
            length = 0
        groups[-1].append(parts)
        length += own
    return groups


def _text(text: str) -> str:
    r"""Return words as `\text{…}`, the blanks at their ends kept."""
    before, after = (" " if text[:1] == " " else ""), (" " if text[-1:] == " " else "")
    inside = DIALECTS["web"].words(text)
    return rf"\text{{{before}{inside}{after if inside else ''}}}".replace(r"\text{}", "")


def _cell(tex: Safe) -> Safe:
    return Safe(f"${between_dollars(tex).strip()}$") if tex else Safe("")
