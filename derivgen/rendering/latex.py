"""Document → LaTeX, and blocks → LaTeX for somebody else's document: what each block's template needs to know.

How it looks stands in `templates/latex/`. What is written otherwise in somebody else's document, which has amsmath (for drawings
tikz) and nothing of ours, stands in its folder `plain`.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Line,
    Math,
    Prose,
    Space,
    Table,
)
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.maths.tree import Expr
from derivgen.present.dialects import DIALECTS, LINE
from derivgen.present.latex import latex
from derivgen.rendering import grid, lines
from derivgen.rendering.columns import columns
from derivgen.rendering.paged import EM_PER_CM, LAST_ROWS, Paged, ending, short_entries, short_title
from derivgen.rendering.renderer import Spot
from derivgen.rendering.templates import Safe, TemplateRenderer
from derivgen.rendering.tex_drawing import tex_drawing
from derivgen.rendering.tikz import tikz_piece
from derivgen.spec.paper import PAPERS, PageSize

ROOM = 32.5
"""The width of an article's text, in em."""
QUAD = 1.0  # em
LEFT_SPARE = 0.2  # em by which a left side may come out wider than it was measured
MOST_ROWS = 24
"""A longer table in somebody else's document is set as several, since none of them breaks between pages."""
DELIMITERS = {
    "variable_start_string": "<[",
    "variable_end_string": "]>",
    "comment_start_string": "<!--",
    "comment_end_string": "-->",
    "block_start_string": "<%",
    "block_end_string": "%>",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A LaTeX document: its `preamble`, the same for all sheets of a kind; its own `head` and `body`; its title and language."""

    preamble: str
    head: str
    body: str
    title: str
    language: str

    @property
    def whole(self) -> str:
        """Return the document."""
        return f"{self.preamble}\n{self.head}\n\\begin{{document}}\n\n{self.body}\n\\end{{document}}\n"


@dataclass(frozen=True, slots=True)
class SharedText:
    """What a document has in common with those of all students: the preamble, the `text` of all blocks."""

    preamble: str
    text: str


def render_latex(document: Document, style: Style = DEFAULT) -> str:
    """Return a whole LaTeX document that compiles in one pass under pdfLaTeX, LuaLaTeX or XeLaTeX.

    Args:
        document: what stands on the pages.
        style: how mathematics is printed; its decimal sign and its word for "else" are those of the document's language.
    """
    return render_parts(document, style).whole


def render_parts(document: Document, style: Style = DEFAULT) -> Parts:
    """Return the same document in parts."""
    return render_personalized(document, render_sheet(document, style), style)


def render_preamble(language: str, page: PageSize) -> str:
    """Return the preamble of all documents in a language and on a page."""
    return _Pages(DEFAULT, Wording(language)).preamble(language, page)


def render_sheet(document: Document, style: Style = DEFAULT) -> SharedText:
    """Return what a document has in common with those of all students."""
    words = Wording(document.language)
    return _Pages(in_language(style, words), words).sheet(document)


def render_personalized(document: Document, sheet: SharedText, style: Style = DEFAULT) -> Parts:
    """Return a document whose `sheet` is known; of the document itself only the title, the fields and whose it is are used."""
    return _Pages(style, Wording(document.language)).personalized(document, sheet)


def render_latex_piece(
    blocks: tuple[Block, ...], language: str, style: Style = DEFAULT, width: float | None = None, label: str = ""
) -> str:
    r"""Return LaTeX that compiles where `amsmath` is loaded, with drawings `tikz` as well.

    Args:
        blocks: what stands in the piece.
        language: the code of the language of its words.
        style: how mathematics is printed.
        width: how many em wide its lines may be, at most.
        label: what `\\ref` calls its display of equations, which has a number then; of letters, digits and `:._-`.
    """
    words = Wording(language)
    style = replace(in_language(style, words), dialect="plain")
    return _Piece(style, words, label).blocks(blocks, Spot(width or ROOM)).strip("\n") + "\n"


class _Latex(TemplateRenderer):
    """Fills the templates that our own pages and pieces have in common, in the style's dialect."""

    ending = "tex"
    bold = r"\textbf{{{}}}"
    folders: ClassVar[tuple[str, ...]]
    """Where templates lie; those of the first folder are taken where both have one."""
    aside: ClassVar[tuple[float, str, str]]
    """A reason on a row of its own: which share of the room it takes, and what stands before and behind it."""
    pulled_up: ClassVar[bool]
    """Whether such a row moves up to the one above it."""

    def __init__(self, style: Style, words: Wording):
        super().__init__(style, words, self.folders, DIALECTS[style.dialect].words, **DELIMITERS)

    def formula(self, expr: Expr, display: bool) -> Safe:
        """Return a formula within a line of text."""
        return Safe(rf"$\displaystyle {self.math(expr)}$" if display else f"${self.math(expr)}$")

    def math(self, expr: Expr) -> str:
        """Return an expression, for mathematics."""
        return latex(expr, self.style)

    def title(self, title: Prose) -> Safe:
        """Return a task's title, which ends in a full stop."""
        return Safe(self.prose(title) + _full_stop(title))

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations, in rows that fit."""
        within = self.room_of_rows(spot)
        rows = lines.rows(block, self.style, within, block.packed)
        kept = lines.kept(rows, spot.kept, LAST_ROWS if spot.last else 2)
        width = lines.left_width(block, self.style, within)
        beside = within - width
        shown = [{**self._row(row, within, beside), "keep": keep} for row, keep in zip(rows, kept, strict=True)]
        together = lines.stays_together(block, rows, self.style)
        return self.fill(
            "equations",
            rows=shown,
            together=together,
            spot=spot,
            left_width=f"{width + (0.0 if spot.in_column else LEFT_SPARE):.2f}",
        )

    def room_of_rows(self, spot: Spot) -> float:
        """Return how wide a row of equations may be, in em."""
        return spot.room

    def _row(self, row: lines.Row, room: float, beside: float) -> dict[str, Any]:
        """Return what the template needs of a row; a reason on a row of its own is wrapped, in the room `beside` what is left."""
        reason = self.prose(row.reason)
        if row.reason and not row.right:
            share, before, behind = self.aside
            right = rf"\quad{before}{{{min(room * share, beside - QUAD):.1f}em}}{{{behind}{reason}}}"
            return {"left": Safe(""), "right": Safe(right), "reason": Safe(""), "aside": self.pulled_up}
        return {"left": Safe(row.left), "right": Safe(row.right), "reason": reason, "aside": False}


class _Pages(Paged, _Latex):
    """Fills the templates of our own pages."""

    folders = ("latex",)
    aside = (0.9, r"\dgaside", "")
    pulled_up = True

    def sheet(self, document: Document) -> SharedText:
        """Return what the document has in common with those of all students."""
        self.last = ending(document.blocks)
        text = self.blocks(document.blocks, Spot(document.page.room))
        return SharedText(self.preamble(document.language, document.page), _tidied(text))

    def preamble(self, language: str, page: PageSize) -> str:
        """Return the preamble."""
        return _tidied(self.fill("frame", page=page, sheet=PAPERS[page.paper], language=language))

    def personalized(self, document: Document, sheet: SharedText) -> Parts:
        """Return the document: its text, with whose it is in the running head and at the top."""
        head = self.fill(
            "head",
            language=document.language,
            short_title=short_title(document),
            title_hex=_hex(document.title),
            course=document.course,
            kind=document.kind,
            recipient=document.recipient,
            code=document.code,
        )
        opening = self.fill(
            "opening",
            title=document.title,
            points=document.points,
            fields=document.fields,
            fillable=document.fillable,
            entries=short_entries(document),
        )
        body, title = f"{_tidied(opening)}\n{sheet.text}", " ".join(document.title.split())
        return Parts(sheet.preamble, _tidied(head), body, title, document.language)

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations, short ones in columns."""
        found = columns(block, self.style, self.room_of_rows(spot)) if not spot.in_column else None
        if found is None:
            return super().equations(block, spot)
        rows = [
            tuple(self._sides(line, alone, found.steps) for line in row)
            for row, alone in zip(found.rows, found.alone, strict=True)
        ]
        kept = lines.kept([lines.Row("", "", first=True)] * len(rows), spot.kept, LAST_ROWS if spot.last else 2)
        return self.fill(
            "columns",
            rows=list(zip(rows, found.alone, kept, strict=True)),
            pairs=found.count * found.steps,
            between=Safe(f"{found.pitch - found.width:.1f}em"),
            together=lines.stays_together(block, rows, self.style),
            spot=spot,
        )

    def _sides(self, line: Line, alone: bool, steps: int) -> tuple[Safe, ...]:
        """Return the left side and each step, those of a line by itself in one."""
        assert line.left is not None
        signs = DIALECTS[self.style.dialect].relations
        shown = [f"{signs.get(relation, relation)} {self.math(step)}" for relation, step in line.steps]
        shown = [" ".join(shown)] if alone else [*shown, *[""] * (steps - len(shown))]
        return tuple(map(Safe, (self.math(line.left), *shown)))

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """Return a drawing with its alternative text."""
        drawing = Safe(tex_drawing(block.drawing, self.math))
        too_wide = block.drawing.width * EM_PER_CM > spot.room
        return self.fill("figure", drawing=drawing, alternative=_hex(block.alternative), shrink=too_wide)


class _Piece(_Latex):
    """Fills the templates for somebody else's document, which has headings, fonts and pages of its own."""

    folders = ("latex/plain", "latex")
    aside = (0.8, r"\parbox[t]", r"\raggedright\itshape ")
    pulled_up = False

    def __init__(self, style: Style, words: Wording, label: str = ""):
        super().__init__(style, words)
        self.label = label

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations; with a label they are one display with a number, which no page ends in."""
        if not self.label:
            return super().equations(block, spot)
        beside = spot.room - lines.left_width(block, self.style, spot.room)
        rows = [self._row(row, spot.room, beside) for row in lines.rows(block, self.style, spot.room)]
        return self.fill("labelled", rows=rows, label=Safe(self.label))

    def table(self, block: Table, spot: Spot) -> Safe:
        """Return a table that fits."""
        made = grid.grid(block, self.style, spot.room)
        parts = [part for wide in made.parts for part in _short_parts(wide)]
        return self.fill("table", size=made.size, gutter=f"{made.gutter:g}", parts=parts)

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """Return a drawing in the document's own fonts."""
        return self.fill("figure", drawing=Safe(tikz_piece(block.drawing, self.math, spot.room)))

    def space(self, block: Space, spot: Spot) -> Safe:
        """Return room to write in; on a key, the answer in it."""
        answer = self.blocks(block.answer, replace(spot, room=spot.room - 2))
        return self.fill("space", height=f"{block.lines * LINE:g}", answer=answer)


@dataclass(frozen=True, slots=True)
class _TablePart:
    """A table, or a part of a long or wide one."""

    columns: Safe
    head: tuple[Safe, ...]
    rows: tuple[grid.GridRow, ...]


def _short_parts(part: grid.Part) -> list[_TablePart]:
    """Return the rows of a part of a table, a few at a time, each below the head."""
    rows = [row for piece in part.pieces for row in piece]
    count = len(part.head)
    between = "|" if 0 < part.given < count else ""
    columns = Safe("c" * part.given + between + "c" * (count - part.given))
    head = tuple(Safe(f"${cell}$") if cell else cell for cell in part.head)
    shown = [grid.GridRow(tuple(Safe(f"${cell}$") if cell else cell for cell in row.cells), row.rule) for row in rows]
    starts = range(0, len(shown), MOST_ROWS)
    parts = [_TablePart(columns, head, _ended(shown[start : start + MOST_ROWS])) for start in starts]
    return parts or [_TablePart(columns, head, ())]


def _ended(rows: list[grid.GridRow]) -> tuple[grid.GridRow, ...]:
    """Return the rows, a rule below the last."""
    return (*rows[:-1], replace(rows[-1], rule=rows[-1].rule or "heavy"))


def _full_stop(title: Prose) -> str:
    """Return the full stop after a task's title; nothing where it ends in a sign of its own."""
    if not title:
        return ""
    last = title[-1]
    return "" if not isinstance(last, Math) and last.words.rstrip().endswith((".", "?", "!", ":")) else "."


def _tidied(text: str) -> str:
    """Return the text without empty lines in a row, ending in one line's end."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _hex(words: str) -> Safe:
    """Return words as a PDF string in UTF-16, in hexadecimal digits."""
    return Safe("FEFF" + " ".join(words.split()).encode("utf-16-be", "replace").hex().upper())
