"""Document → LaTeX: what each block's template needs to know. How it looks stands in `templates/latex/`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
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
from derivgen.maths.latex import Style, latex
from derivgen.maths.style import DEFAULT
from derivgen.maths.tex import tex_text
from derivgen.render import grid, lines
from derivgen.render.templates import Safe, environment
from derivgen.render.tikz import tikz, tikz_styles

PAPERS: Mapping[str, tuple[str, float]] = MappingProxyType({"a4": ("166mm", 42.9), "letter": ("172mm", 44.5)})
"""Paper: the width of the text, and how many em that is."""
EM_PER_CM = 2.6
DISPLAY_INDENT = 1.6
GUTTER = 2.0
LEAST_PROSE = 14.0
HEAD = 84  # characters that fit in the running head
_DELIMITERS = {
    "variable_start_string": "<[", "variable_end_string": "]>", "comment_start_string": "<!--", "comment_end_string": "-->",
    "block_start_string": "<%", "block_end_string": "%>",
}  # fmt: skip


def render_latex(document: Document, style: Style = DEFAULT) -> str:
    """A whole LaTeX document that compiles in one pass under pdfLaTeX, LuaLaTeX or XeLaTeX.

    Args:
        document: what stands on the pages.
        style: how mathematics is printed; its decimal sign and its word for "else" are those of the document's language.
    """
    words = Wording(document.language)
    return _Renderer(replace(style, decimal=words.decimal, otherwise=words.say("else")), words).document(document)


class _Renderer:
    """Fills the templates; `room` is the width, in em, that a block may take."""

    def __init__(self, style: Style, words: Wording):
        self.style, self.words = style, words
        self.templates = environment("latex", tex_text, **_DELIMITERS)

    def document(self, document: Document) -> str:
        """The frame with everything in it."""
        text_width, room = PAPERS[document.paper]
        text = self.fill(
            "document", paper=document.paper, text_width=text_width, language=document.language, title=document.title,
            short_title=_shortened(document.title, HEAD - len(document.course) - len(document.kind)),
            title_hex=_hex(document.title), course=document.course, kind=document.kind, points=document.points,
            fields=document.fields, uses_drawings=any(isinstance(block, Figure) for block in _all(document.blocks)),
            drawing_styles=Safe(tikz_styles()), body=self.blocks(document.blocks, room),
        )  # fmt: skip
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"

    def fill(self, template: str, **values: Any) -> Safe:
        """One template's text."""
        return Safe(self.templates.get_template(f"{template}.tex.j2").render(**values))

    def blocks(self, blocks: Iterable[Block], room: float, in_column: bool = False) -> Safe:
        """Blocks, one below the other."""
        return Safe("\n".join(VIEWS[type(block)](self, block, room, in_column).strip("\n") + "\n" for block in blocks))

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Words and formulas in a line of text; `display` prints fractions at their full size."""
        opening = r"\displaystyle " if display else ""
        return Safe("".join(INLINE[type(part)](self, part, opening) for part in prose))

    def math(self, expr: Any) -> str:
        """An expression, for mathematics."""
        return latex(expr, self.style)

    def heading(self, block: Heading, room: float, in_column: bool) -> Safe:
        """A heading."""
        return self.fill("heading", level=block.level, number=block.number, title=self.prose(block.title, True))

    def paragraph(self, block: Paragraph, room: float, in_column: bool) -> Safe:
        """A paragraph in its tone."""
        return self.fill("paragraph", tone=block.tone, prose=self.prose(block.prose))

    def equations(self, block: Equations, room: float, in_column: bool) -> Safe:
        """Aligned equations, in rows that fit."""
        within = room if in_column else room - DISPLAY_INDENT
        rows = lines.rows(block, self.style, within)
        shown = [self._row(row, within) for row in rows]
        return self.fill("equations", rows=shown, in_column=in_column, together=lines.stays_together(block, rows))

    def _row(self, row: lines.Row, room: float) -> dict[str, Any]:
        """What the template needs of a row; a reason on a row of its own is wrapped."""
        reason = self.prose(row.reason)
        if row.reason and not row.right:
            aside = rf"\quad\dgaside{{{room * 0.6:.1f}em}}{{{reason}}}"
            return {"left": Safe(""), "right": Safe(aside), "reason": Safe(""), "aside": True}
        return {"left": Safe(row.left), "right": Safe(row.right), "reason": reason, "aside": False}

    def table(self, block: Table, room: float, in_column: bool) -> Safe:
        """A table that fits."""
        return self.fill("table", grid=grid.grid(block, self.style, room, not in_column), caption=block.caption)

    def figure(self, block: Figure, room: float, in_column: bool) -> Safe:
        """A drawing with its alternative text."""
        drawing = Safe(tikz(block.drawing, self.math))
        too_wide = block.drawing.width * EM_PER_CM > room
        return self.fill("figure", drawing=drawing, alternative=_hex(block.alternative), shrink=too_wide)

    def side_by_side(self, block: SideBySide, room: float, in_column: bool) -> Safe:
        """Two columns where both fit."""
        shares = _shares(self._natural(block.left), self._natural(block.right), room)
        if shares is None:
            left, right = self.blocks(block.left, room), self.blocks(block.right, room)
            return self.fill("side_by_side", beside=False, left=left, right=right)
        left, right = (self.blocks(half, share, True) for half, share in zip((block.left, block.right), shares, strict=True))
        fractions = [f"{share / room:.3f}" for share in shares]
        return self.fill(
            "side_by_side", beside=True, left=left, right=right, left_width=fractions[0], right_width=fractions[1]
        )

    def _natural(self, blocks: Iterable[Block]) -> float | None:
        """How wide blocks want to be; None when words among them take what there is."""
        widths = [NATURAL[type(block)](block, self.style) if type(block) in NATURAL else None for block in blocks]
        known = [width for width in widths if width is not None]
        return max(known) if known and len(known) == len(widths) else None

    def space(self, block: Space, room: float, in_column: bool) -> Safe:
        """Room to write in; on a key, the answer in it."""
        return self.fill("space", lines=f"{block.lines:g}", answer=self.blocks(block.answer, room - 2 * DISPLAY_INDENT, True))

    def task(self, block: Task, room: float, in_column: bool) -> Safe:
        """A numbered question."""
        return self.fill(
            "task", number=block.number, title=Safe(self.prose(block.title) + self._stop(block.title)),
            instruction=self.prose(block.instruction), points=block.points, hint_word=self.words.say("Hint"),
            hint=self.prose(block.hint), body=self.blocks(block.blocks, room, in_column),
        )  # fmt: skip

    def _stop(self, title: Prose) -> str:
        """The full stop after a task's title, unless it ends in one."""
        if not title:
            return ""
        last = title[-1]
        return "" if not isinstance(last, Math) and last.words.rstrip().endswith((".", "?", "!", ":")) else "."

    def together(self, block: Together, room: float, in_column: bool) -> Safe:
        """Blocks that stay on one page."""
        breakable = any(isinstance(inner, Table) and grid.is_long(inner) for inner in _all(block.blocks))
        return self.fill("together", body=self.blocks(block.blocks, room, in_column), breakable=breakable)

    def page_break(self, block: PageBreak, room: float, in_column: bool) -> Safe:
        """A new page."""
        return self.fill("page_break")


VIEWS: Mapping[type, Callable[..., Safe]] = MappingProxyType(
    {
        Heading: _Renderer.heading, Paragraph: _Renderer.paragraph, Equations: _Renderer.equations, Table: _Renderer.table,
        Figure: _Renderer.figure, SideBySide: _Renderer.side_by_side, Space: _Renderer.space, Task: _Renderer.task,
        Together: _Renderer.together, PageBreak: _Renderer.page_break,
    }
)  # fmt: skip
"""What fills the template of each kind of block."""

INLINE: Mapping[type, Callable[[_Renderer, Any, str], str]] = MappingProxyType(
    {
        Text: lambda renderer, part, opening: tex_text(part.words),
        Strong: lambda renderer, part, opening: rf"\textbf{{{tex_text(part.words)}}}",
        Math: lambda renderer, part, opening: f"${opening}{renderer.math(part.expr)}$",
    }
)
"""How each part of a line of text is printed."""

NATURAL: Mapping[type, Callable[[Any, Style], float | None]] = MappingProxyType(
    {
        Figure: lambda block, style: block.drawing.width * EM_PER_CM,
        Equations: lines.natural_width,
        Table: grid.natural_width,
    }
)
"""How wide a block wants to be, in em, where that can be known."""


def _shares(left: float | None, right: float | None, room: float) -> tuple[float, float] | None:
    """The widths of two columns, or None where they do not fit beside each other."""
    free = room - GUTTER
    if left is None and right is None:
        return free / 2, free / 2
    if left is None or right is None:
        known = left if left is not None else right or 0
        rest = free - known
        return None if rest < LEAST_PROSE else ((rest, known) if left is None else (known, rest))
    spare = (free - left - right) / 2
    return None if spare < 0 else (left + spare, right + spare)


def _hex(words: str) -> Safe:
    """Words as a PDF string in UTF-16, in hexadecimal digits."""
    return Safe("FEFF" + " ".join(words.split()).encode("utf-16-be", "replace").hex().upper())


def _shortened(words: str, length: int) -> str:
    """The first words, with an ellipsis where some are left out."""
    if len(words) <= length:
        return words
    return words[: max(length - 1, 10)].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _all(blocks: Iterable[Block]) -> Iterable[Block]:
    """Every block, and those within it."""
    for block in blocks:
        yield block
        for name in ("blocks", "left", "right", "answer"):
            yield from _all(getattr(block, name, ()))
