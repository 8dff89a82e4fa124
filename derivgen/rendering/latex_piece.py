"""Blocks → LaTeX for somebody else's document: amsmath (drawings: tikz) and nothing of ours, in the document's own fonts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from derivgen.documents.document import (
    Block,
    Equations,
    Figure,
    Heading,
    Math,
    PageBreak,
    Paragraph,
    Prose,
    SideBySide,
    Space,
    Strong,
    Table,
    Task,
    Text,
    Together,
)
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Expr
from derivgen.present.dialects import LINE, plain_words
from derivgen.present.latex import Style, latex
from derivgen.rendering import grid, lines
from derivgen.rendering.latex import DELIMITERS
from derivgen.rendering.templates import Safe, environment
from derivgen.rendering.tikz_piece import tikz_piece
from derivgen.rendering.titles import title_stop

ROOM = 32.5
"""The width of an article's text, in em."""
MOST_ROWS = 24
"""A longer table is set as several, since none of them breaks between pages."""


def render_latex_piece(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT, width: float | None = None) -> str:
    r"""LaTeX that compiles where `amsmath` is loaded, with drawings `tikz` as well; lines at most `width` em wide."""
    words = Wording(language)
    style = replace(style, decimal=words.decimal, otherwise=words.say("else"), dialect="plain")
    return _Renderer(style, words).blocks(blocks, width or ROOM).strip("\n") + "\n"


@dataclass(frozen=True, slots=True)
class _Part:
    """A table, or a part of a long or wide one."""

    columns: Safe
    head: tuple[Safe, ...]
    rows: tuple[grid.GridRow, ...]


class _Renderer:
    """Fills the templates."""

    def __init__(self, style: Style, words: Wording):
        self.style, self.words = style, words
        self.templates = environment("tex_piece", plain_words, **DELIMITERS)

    def fill(self, template: str, **values: Any) -> Safe:
        """One template's text."""
        return Safe(self.templates.get_template(f"{template}.tex.j2").render(**values))

    def blocks(self, blocks: Iterable[Block], room: float) -> Safe:
        """Blocks, one below the other."""
        return Safe("\n".join(view.strip("\n") for block in blocks if (view := VIEWS[type(block)](self, block, room))))

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Words and formulas in a line of text; `display` prints fractions at their full size."""
        opening = r"\displaystyle " if display else ""
        return Safe("".join(INLINE[type(part)](self, part, opening) for part in prose))

    def math(self, expr: Expr) -> str:
        """An expression, for mathematics."""
        return latex(expr, self.style)

    def heading(self, block: Heading, room: float) -> Safe:
        """Bold words: the other document has its own headings."""
        return self.fill("heading", number=block.number, title=self.prose(block.title, True))

    def paragraph(self, block: Paragraph, room: float) -> Safe:
        """A paragraph in its tone."""
        return self.fill("paragraph", tone=block.tone, prose=self.prose(block.prose))

    def equations(self, block: Equations, room: float) -> Safe:
        """Aligned equations, in rows that fit."""
        rows = lines.rows(block, self.style, room)
        shown = [{**self._row(row, room), "keep": keep} for row, keep in zip(rows, lines.kept(rows), strict=True)]
        return self.fill("equations", rows=shown, breaks=not lines.stays_together(block, rows, self.style))

    def _row(self, row: lines.Row, room: float) -> dict[str, Any]:
        """What the template needs of a row; a reason on a row of its own is wrapped."""
        reason = self.prose(row.reason)
        if row.reason and not row.right:
            aside = rf"\quad\parbox[t]{{{room * 0.8:.1f}em}}{{\raggedright\itshape {reason}}}"
            return {"left": Safe(""), "right": Safe(aside), "reason": Safe("")}
        return {"left": Safe(row.left), "right": Safe(row.right), "reason": reason}

    def table(self, block: Table, room: float) -> Safe:
        """A table that fits."""
        made = grid.grid(block, self.style, room)
        parts = [part for wide in made.parts for part in _parts(wide)]
        return self.fill("table", size=made.size, gutter=f"{made.gutter:g}", parts=parts)

    def figure(self, block: Figure, room: float) -> Safe:
        """A drawing in the document's own fonts."""
        return self.fill("figure", drawing=Safe(tikz_piece(block.drawing, self.math, room)))

    def side_by_side(self, block: SideBySide, room: float) -> Safe:
        """Both, one below the other."""
        return self.blocks((*block.left, *block.right), room)

    def space(self, block: Space, room: float) -> Safe:
        """Room to write in; on a key, the answer in it."""
        return self.fill("space", height=f"{block.lines * LINE:g}", answer=self.blocks(block.answer, room - 2))

    def task(self, block: Task, room: float) -> Safe:
        """A question; its number, where it has one."""
        return self.fill(
            "task",
            number=block.number,
            title=Safe(self.prose(block.title) + title_stop(block.title)),
            instruction=self.prose(block.instruction),
            points=block.points,
            hint_word=self.words.say("Hint"),
            hint=self.prose(block.hint),
            body=self.blocks(block.blocks, room),
        )


def _parts(part: grid.Part) -> list[_Part]:
    """The rows of a part, a few at a time, each below the head."""
    rows = [row for piece in part.pieces for row in piece]
    count = len(part.head)
    between = "|" if 0 < part.given < count else ""
    columns = Safe("c" * part.given + between + "c" * (count - part.given))
    head = tuple(Safe(f"${cell}$") if cell else cell for cell in part.head)
    shown = [grid.GridRow(tuple(Safe(f"${cell}$") if cell else cell for cell in row.cells), row.rule) for row in rows]
    starts = range(0, len(shown), MOST_ROWS)
    return [_Part(columns, head, _ended(shown[start : start + MOST_ROWS])) for start in starts] or [_Part(columns, head, ())]


def _ended(rows: list[grid.GridRow]) -> tuple[grid.GridRow, ...]:
    """The rows, a rule below the last."""
    return (*rows[:-1], replace(rows[-1], rule=rows[-1].rule or "heavy"))


VIEWS: Mapping[type, Callable[..., Safe]] = MappingProxyType(
    {
        Heading: _Renderer.heading,
        Paragraph: _Renderer.paragraph,
        Equations: _Renderer.equations,
        Table: _Renderer.table,
        Figure: _Renderer.figure,
        SideBySide: _Renderer.side_by_side,
        Space: _Renderer.space,
        Task: _Renderer.task,
        Together: lambda renderer, block, room: renderer.blocks(block.blocks, room),
        PageBreak: lambda renderer, block, room: Safe(""),
    }
)
"""How each kind of block is written."""

INLINE: Mapping[type, Callable[[_Renderer, Any, str], str]] = MappingProxyType(
    {
        Text: lambda renderer, part, opening: plain_words(part.words),
        Strong: lambda renderer, part, opening: rf"\textbf{{{plain_words(part.words)}}}",
        Math: lambda renderer, part, opening: f"${opening}{renderer.math(part.expr)}$",
    }
)
"""How each part of a line of text is written."""
