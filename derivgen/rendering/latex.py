"""Document → LaTeX: what each block's template needs to know. How it looks stands in `templates/latex/`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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
    each_block,
)
from derivgen.drawings.drawing import Drawing
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT
from derivgen.present.latex import Style, latex
from derivgen.present.tex import tex_text
from derivgen.rendering import grid, lines
from derivgen.rendering.columns import EM_PER_CM, SHRINK, natural_width, shares
from derivgen.rendering.keeping import keeps
from derivgen.rendering.templates import Safe, environment
from derivgen.rendering.tikz import PLACED, placed, still, tikz, tikz_styles
from derivgen.rendering.titles import short_title, shortened, title_stop

PAPERS: Mapping[str, tuple[str, float]] = MappingProxyType({"a4": ("166mm", 42.9), "letter": ("172mm", 44.5)})
"""Paper: the width of the text, and how many em that is."""
DISPLAY_INDENT = 1.6
ENTRY, LATER_ENTRY = 40, 14  # and on the first line to fill in, and on the others
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
    """A LaTeX document: its `preamble`, the same for all sheets of a kind; its own `head` and `body`; its title and language.

    `drawings` are by name what its drawings have in common with those of other sheets, where they are apart from their numbers.
    """

    preamble: str
    head: str
    body: str
    title: str
    language: str
    drawings: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> str:
        """The document."""
        macros = PLACED if self.drawings else ""
        return f"{self.preamble}\n{macros}{self.head}\n\\begin{{document}}\n\n{self.body}\n\\end{{document}}\n"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is the same whoever's it is: the preamble, the `text` of all blocks, what drawings have in common."""

    preamble: str
    text: str
    drawings: tuple[tuple[str, str], ...] = ()


def render_latex(document: Document, style: Style = DEFAULT) -> str:
    """A whole LaTeX document that compiles in one pass under pdfLaTeX, LuaLaTeX or XeLaTeX.

    Args:
        document: what stands on the pages.
        style: how mathematics is printed; its decimal sign and its word for "else" are those of the document's language.
    """
    return render_parts(document, style).whole


def render_parts(document: Document, style: Style = DEFAULT, among_many: bool = False) -> Parts:
    """The same document in parts; `among_many` sheets its drawings are apart from the numbers in them."""
    words = Wording(document.language)
    return _Renderer(replace(style, decimal=words.decimal, otherwise=words.say("else")), words, among_many).document(document)


def render_sheet(document: Document, style: Style = DEFAULT, among_many: bool = False) -> Sheet:
    """What of a document is the same whoever's it is."""
    words = Wording(document.language)
    return _Renderer(replace(style, decimal=words.decimal, otherwise=words.say("else")), words, among_many).sheet(document)


def render_dressed(document: Document, sheet: Sheet, style: Style = DEFAULT) -> Parts:
    """A document in parts whose text is known; of the document itself only the title, the fields and whose it is are used."""
    return _Renderer(style, Wording(document.language)).dressed(document, sheet)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block stands: the width it may take in em; in a column or not, its equations moved in; what it stays with."""

    room: float
    in_column: bool = False
    keep: bool = False
    kept: bool = False
    indent: bool = False


class _Renderer:
    """Fills the templates."""

    def __init__(self, style: Style, words: Wording, among_many: bool = False):
        self.style, self.words, self.among_many = style, words, among_many
        self.drawings: dict[str, str] = {}
        self.templates = environment("latex", tex_text, **DELIMITERS)

    def document(self, document: Document) -> Parts:
        """The frame, the running head, and everything on the pages."""
        return self.dressed(document, self.sheet(document))

    def sheet(self, document: Document) -> Sheet:
        """What is the same whoever's it is."""
        text_width, room = PAPERS[document.paper]
        frame = self.fill(
            "frame",
            paper=document.paper,
            text_width=text_width,
            language=document.language,
            uses_drawings=any(isinstance(block, Figure) for block in each_block(document.blocks)),
            drawing_styles=Safe(tikz_styles()),
        )
        text = _tidied(self.blocks(document.blocks, Spot(room)))
        return Sheet(_tidied(frame), text, tuple(self.drawings.items()))

    def dressed(self, document: Document, sheet: Sheet) -> Parts:
        """What stands on the pages, with whose it is in the running head and at the top."""
        head = self.fill(
            "head",
            language=document.language,
            short_title=short_title(document),
            title_hex=_hex(document.title),
            course=document.course,
            kind=document.kind,
            bearer=document.bearer,
            code=document.code,
        )
        opening = self.fill(
            "opening",
            title=document.title,
            points=document.points,
            fields=document.fields,
            entries=tuple(shortened(entry, ENTRY if place == 0 else LATER_ENTRY) for place, entry in enumerate(document.entries)),
        )
        body, title = f"{_tidied(opening)}\n{sheet.text}", " ".join(document.title.split())
        return Parts(sheet.preamble, _tidied(head), body, title, document.language, sheet.drawings)

    def fill(self, template: str, **values: Any) -> Safe:
        """One template's text."""
        return Safe(self.templates.get_template(f"{template}.tex.j2").render(**values))

    def blocks(self, blocks: Iterable[Block], spot: Spot) -> Safe:
        """Blocks, one below the other."""
        listed = tuple(blocks)
        places = zip((None, *listed), listed, (*listed[1:], None), strict=False)
        kept = [keeps(*place) for place in places]
        spots = (replace(spot, keep=keep, kept=before) for keep, before in zip(kept, (False, *kept), strict=False))
        views = (VIEWS[type(block)](self, block, place) for block, place in zip(listed, spots, strict=True))
        return Safe("\n".join(view.strip("\n") + "\n" for view in views))

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Words and formulas in a line of text; `display` prints fractions at their full size."""
        opening = r"\displaystyle " if display else ""
        return Safe("".join(INLINE[type(part)](self, part, opening) for part in prose))

    def math(self, expr: Any) -> str:
        """An expression, for mathematics."""
        return latex(expr, self.style)

    def heading(self, block: Heading, spot: Spot) -> Safe:
        """A heading."""
        return self.fill("heading", level=block.level, number=block.number, title=self.prose(block.title, True))

    def paragraph(self, block: Paragraph, spot: Spot) -> Safe:
        """A paragraph in its tone."""
        return self.fill("paragraph", tone=block.tone, prose=self.prose(block.prose), keep=spot.keep)

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Aligned equations, in rows that fit."""
        within = spot.room if spot.in_column and not spot.indent else spot.room - DISPLAY_INDENT
        rows = lines.rows(block, self.style, within)
        kept = lines.kept(rows, spot.kept)
        shown = [{**self._row(row, within), "keep": keep} for row, keep in zip(rows, kept, strict=True)]
        together = lines.stays_together(block, rows, self.style)
        where = {"in_column": spot.in_column, "indent": spot.indent, "keep": spot.keep}
        return self.fill("equations", rows=shown, together=together, **where)

    def _row(self, row: lines.Row, room: float) -> dict[str, Any]:
        """What the template needs of a row; a reason on a row of its own is wrapped."""
        reason = self.prose(row.reason)
        if row.reason and not row.right:
            aside = rf"\quad\dgaside{{{room * 0.9:.1f}em}}{{{reason}}}"
            return {"left": Safe(""), "right": Safe(aside), "reason": Safe(""), "aside": True}
        return {"left": Safe(row.left), "right": Safe(row.right), "reason": reason, "aside": False}

    def table(self, block: Table, spot: Spot) -> Safe:
        """A table that fits."""
        made = grid.grid(block, self.style, spot.room, not spot.in_column)
        return self.fill("table", grid=made, caption=block.caption, keep=spot.keep)

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """A drawing with its alternative text."""
        drawing = self._apart(block.drawing) if self.among_many else Safe(tikz(block.drawing, self.math))
        too_wide = block.drawing.width * EM_PER_CM > spot.room
        return self.fill("figure", drawing=drawing, alternative=_hex(block.alternative), shrink=too_wide)

    def _apart(self, drawing: Drawing) -> Safe:
        """A drawing whose lines may have been kept from another sheet, its numbers placed upon them."""
        rest, numbers = still(drawing)
        lines = tikz(rest, self.math)
        name = hashlib.sha256(lines.encode()).hexdigest()[:12]
        self.drawings[name] = lines
        labels = "%\n".join(placed(label, self.math) for label in numbers)
        return Safe(f"\\dgdrawing{{{name}}}{{{drawing.width:.2f}}}{{%\n{lines}}}{{%\n{labels}}}")

    def side_by_side(self, block: SideBySide, spot: Spot) -> Safe:
        """Two columns where both fit."""
        halves = (block.left, block.right)
        indents = [any(isinstance(inner, Heading) for inner in half) for half in halves]
        natural = [natural_width(half, self.style, DISPLAY_INDENT * indent) for half, indent in zip(halves, indents, strict=True)]
        drawn = all(isinstance(inner, Figure) for inner in block.right)
        widths = shares(natural[0], natural[1], spot.room, SHRINK if drawn else 0.0)
        rooms = (
            (spot, spot)
            if widths is None
            else tuple(Spot(share, True, indent=indent) for share, indent in zip(widths, indents, strict=True))
        )
        left, right = (self.blocks(half, place) for half, place in zip(halves, rooms, strict=True))
        left_width, right_width = (f"{place.room / spot.room:.3f}" for place in rooms)
        beside = {"beside": widths is not None, "left_width": left_width, "right_width": right_width}
        beside |= {"align": "t" if block.top else "c", "keep": spot.keep}
        return self.fill("side_by_side", left=left, right=right, **beside)

    def space(self, block: Space, spot: Spot) -> Safe:
        """Room to write in; on a key, the answer in it."""
        answer = self.blocks(block.answer, Spot(spot.room - 2 * DISPLAY_INDENT, True))
        return self.fill("space", lines=f"{block.lines:g}", answer=answer)

    def task(self, block: Task, spot: Spot) -> Safe:
        """A numbered question."""
        return self.fill(
            "task",
            number=block.number,
            title=Safe(self.prose(block.title) + title_stop(block.title)),
            instruction=self.prose(block.instruction),
            points=block.points,
            hint_word=self.words.say("Hint"),
            hint=self.prose(block.hint),
            body=self.blocks(block.blocks, spot),
        )

    def together(self, block: Together, spot: Spot) -> Safe:
        """Blocks that stay on one page."""
        breakable = any(isinstance(inner, Table) and grid.is_long(inner) for inner in each_block(block.blocks))
        return self.fill("together", body=self.blocks(block.blocks, spot), breakable=breakable, keep=spot.keep)

    def page_break(self, block: PageBreak, spot: Spot) -> Safe:
        """A new page."""
        return self.fill("page_break")


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
        Together: _Renderer.together,
        PageBreak: _Renderer.page_break,
    }
)
"""What fills the template of each kind of block."""

INLINE: Mapping[type, Callable[[_Renderer, Any, str], str]] = MappingProxyType(
    {
        Text: lambda renderer, part, opening: tex_text(part.words),
        Strong: lambda renderer, part, opening: rf"\textbf{{{tex_text(part.words)}}}",
        Math: lambda renderer, part, opening: f"${opening}{renderer.math(part.expr)}$",
    }
)
"""How each part of a line of text is printed."""


def _tidied(text: str) -> str:
    """The text without empty lines in a row, ending in one line's end."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _hex(words: str) -> Safe:
    """Words as a PDF string in UTF-16, in hexadecimal digits."""
    return Safe("FEFF" + " ".join(words.split()).encode("utf-16-be", "replace").hex().upper())
