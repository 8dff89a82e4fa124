"""Document → Typst: what each block's template needs to know. How it looks stands in `templates/typst/`.

Every formula has its alternative text, in words of the document's language, and every drawing its own, so that the PDF can be
read aloud. The drawings are files beside the document, as they are beside Markdown: see `companion_drawings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from derivgen.documents.document import Document, Equations, Figure, Heading, Table, Task
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.maths.tree import Expr, Words
from derivgen.present.dialects import DIALECTS
from derivgen.present.measure import height_lines, width_em
from derivgen.present.speech import speech, with_numbers
from derivgen.present.typst import markup, string, typst
from derivgen.rendering import grid, lines
from derivgen.rendering.columns import Columns, columns
from derivgen.rendering.latex import DELIMITERS
from derivgen.rendering.lines import spoken_line
from derivgen.rendering.paged import DISPLAY_INDENT, Paged, short_entries, short_title
from derivgen.rendering.renderer import Spot
from derivgen.rendering.svg import CM, EDGE
from derivgen.rendering.templates import Safe
from derivgen.spec.paper import PAPERS, PageSize

LONG = 14.0  # em: a longer formula within a line of text may be broken
TALL = 1.6  # lines: a higher one takes its room


def render_typst(document: Document, style: Style = DEFAULT) -> str:
    """Return a whole document for Typst 0.14 and newer; it needs its drawings, and fonts that come with Typst."""
    words = Wording(document.language)
    return _Typst(replace(in_language(style, words), dialect="typst"), words).document(document)


class _Typst(Paged):
    """Fills the templates. The level of headings is counted, since none may be left out."""

    ending = "typ"
    bold = "#strong[{}]"

    def __init__(self, style: Style, words: Wording):
        super().__init__(style, words, ("typst",), markup, **DELIMITERS)
        self.level, self.audience, self.figures, self.page = 0, "", count(1), PageSize()

    def document(self, document: Document) -> str:
        """Return the frame with everything in it."""
        self.audience = document.audience
        self.page = page = document.page
        text = self.fill(
            "document",
            document=document,
            language=self.words.language,
            page=page,
            sheet=PAPERS[page.paper],
            title=_string(document.title),
            short_title=short_title(document),
            entries=short_entries(document),
            body=self.blocks(document.blocks, Spot(page.room)),
        )
        return with_numbers(text).strip() + "\n"

    def formula(self, expr: Expr, display: bool) -> Safe:
        """Return a formula within a line of text, with its alternative text."""
        inside = f"display({self.math(expr)})" if display else self.math(expr)
        breaks = ", breaks: true" if width_em(expr, self.style, inline=not display) > LONG else ""
        tall = ", tall: true" if not breaks and height_lines(expr, self.style, inline=not display) > TALL else ""
        return Safe(f"#m({self.said(expr)}, ${inside}${breaks}{tall});")

    def math(self, expr: Expr) -> str:
        """Return an expression, for mathematics."""
        return typst(expr, self.style).strip()

    def said(self, expr: Expr) -> Safe:
        """Return an expression in words, as a string."""
        return _string(speech(expr, self.style, self.words.language, True))

    def heading(self, block: Heading, spot: Spot) -> Safe:
        """Return a heading, at most one level below the one before; nothing where it is set in the line behind it."""
        self.level = min(spot.level + block.level - 1, self.level + 1)
        if spot.run_in:
            return Safe("")
        title = self.prose(block.title, True)
        return self.fill("heading", level=self.level, look=block.level, number=block.number, title=title)

    def task(self, block: Task, spot: Spot, **more: object) -> Safe:
        """Return a numbered question, its title a heading."""
        self.level = level = min(spot.level, self.level + 1)
        return super().task(block, replace(spot, level=level + 1), level=level, **more)

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations, each line a formula of its own with its alternative text."""
        room = self.room_of_rows(spot)
        found = columns(block, self.style, room) if not spot.in_column else None
        if found is not None:
            return self._columns(block, found, spot)
        rows = lines.rows(block, self.style, room)
        shown = []
        for line, own in zip(block.lines, _by_line(rows), strict=True):
            alt = _string(spoken_line(line, self.style, self.words.language))
            shown.append({"alt": alt, "rows": [self._row(row) for row in own]})
        indent = DISPLAY_INDENT if room < spot.room else 0
        together = lines.stays_together(block, rows, self.style)
        heading = self.prose(spot.heading.title, True) if spot.heading is not None else Safe("")
        values = {"together": together, "keep": spot.keep, "kept": spot.kept, "indent": f"{indent:g}"}
        return self.fill("equations", lines=shown, level=self.level, number=spot.number, heading=heading, **values)

    def _columns(self, block: Equations, found: Columns, spot: Spot) -> Safe:
        """Return short lines in columns, each a formula of its own with its alternative text."""
        signs = DIALECTS[self.style.dialect].relations
        rows = []
        for row, alone in zip(found.rows, found.alone, strict=True):
            shown = []
            for line in row:
                sides = [f"{signs.get(relation, relation)} {self.math(step)}".strip() for relation, step in line.steps]
                left = self.math(line.left) if line.left is not None else ""
                alt = _string(spoken_line(line, self.style, self.words.language))
                shown.append({"alt": alt, "alone": alone, "sides": [Safe(left), *map(Safe, sides)]})
            rows.append(shown)
        together = lines.stays_together(block, rows, self.style)
        values = {"together": together, "keep": spot.keep, "kept": spot.kept, "indent": f"{DISPLAY_INDENT:g}"}
        return self.fill("columns", rows=rows, pitch=f"{found.pitch:.1f}", **values)

    def _row(self, row: lines.Row) -> dict[str, Safe]:
        """Return what the template needs of a row."""
        return {"left": Safe(row.left.strip()), "right": Safe(row.right.strip()), "reason": self.prose(row.reason)}

    def cell(self, cell: Expr, printed: str) -> str:
        """Return a cell of a table with its alternative text; words are words."""
        if isinstance(cell, Words):
            return self.text(cell.text)
        return f"#m({self.said(cell)}, ${printed.strip()}$);"

    def table(self, block: Table, spot: Spot) -> Safe:
        """Return a table that fits, its head as heads of columns."""
        made = grid.grid(block, self.style, spot.room, not spot.in_column, self.cell)
        return self.fill("table", grid=made, caption=block.caption, keep=spot.keep)

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """Return a drawing with its alternative text."""
        name = _string(f"{self.audience}-{next(self.figures)}.svg")
        width = (block.drawing.width * CM + 2 * EDGE) * self.page.scale
        return self.fill("figure", name=name, alternative=_string(block.alternative), width=f"{width:.2f}")


def _by_line(rows: tuple[lines.Row, ...]) -> Iterator[list[lines.Row]]:
    """Yield the rows of each line."""
    own: list[lines.Row] = []
    for row in rows:
        if row.first and own:
            yield own
            own = []
        own.append(row)
    yield own


def _string(words: str) -> Safe:
    return Safe(string(words))
