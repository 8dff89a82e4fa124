"""Document → one web page: HTML with MathML that browsers draw themselves, drawings as SVG, no network, no answer of a worksheet.

How it looks stands in `templates/html/`. A worksheet's gap is `<span class="dg-gap" data-gap="3">` (numbered from 1 in reading
order) in a place of the gap's size, `<span class="dg-slot">`: that stands in a cell of a table as it is, and in a formula between
two halves of it, since an input within a formula is passed over when the formula is read aloud. A gap within a fraction or a
root stands in an `<mtext>`, moved by `<mpadded>`. On the key the same gap is
`<mrow class="dg-answer" data-gap="3">`. `Extras` puts something else into the slot, an `<input>` that fills it, and adds style
and scripts to the page; `blanks` lists a document's gaps.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Line,
    PageBreak,
    Prose,
    SideBySide,
    Space,
    Table,
    Task,
    Together,
)
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.maths.tree import Boxed, Expr, Gap
from derivgen.present.mathml import MINUS, elements, escaped, math, operator, phantom
from derivgen.present.measure import width_em
from derivgen.present.speech import speech
from derivgen.present.unicode import text
from derivgen.rendering import grid, html_lines
from derivgen.rendering.columns import columns
from derivgen.rendering.html_lines import MARK, Blank, Gaps, drawn
from derivgen.rendering.renderer import Spot
from derivgen.rendering.svg import svg
from derivgen.rendering.templates import Safe, TemplateRenderer, environment

ROOM = 44.0  # em of the text on a wide screen
LONG_LEFT = 0.4  # of the room: a left side beyond it gets a row of its own
NARROW = 20.0  # em: a wider table may have to be scrolled on a telephone
_HELD = re.compile(r"<math(?:(?!</math>).)*</math>[,.;:!?)]+", re.DOTALL)  # no row begins with a comma


@dataclass(frozen=True, slots=True)
class Extras:
    """What another module puts into a page: what stands for a gap and in empty room to write in, style, scripts, and what stands
    before and after the blocks.

    All of it is markup as it is. Scripts are allowed by their hashes alone, so they have to stand in `scripts`.
    """

    gap: Callable[[Blank], str] = drawn
    space: str = ""
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


NOTHING = Extras()


def render_html(document: Document, style: Style = DEFAULT, extras: Extras = NOTHING) -> str:
    """Return a whole page in one file."""
    return _Html(style, Wording(document.language), extras).document(document)


def render_html_piece(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT) -> str:
    """Return blocks to stand in somebody else's page: no script, no ids, every class name begins with `dg-`."""
    return _Html(style, Wording(language)).piece(blocks)


def render_html_inside(blocks: tuple[Block, ...], language: str, style: Style = DEFAULT, level: int = 2) -> str:
    """Return the same without its element and style, for a page that has an element of the class `derivgen` and `piece_style`.

    `level` is that of the first heading, from 2 to 6.
    """
    renderer = _Html(style, Wording(language))
    renderer.level = level - 1
    return _tidy(renderer.numbered(renderer.blocks(blocks, Spot(ROOM, level=level))))


def piece_style() -> str:
    """Return the style that pieces need; it applies within elements of the class `derivgen` only."""
    return environment(("html",), escaped).get_template("piece.css").render()


def blanks(document: Document, style: Style = DEFAULT) -> tuple[Blank, ...]:
    """Return every gap of a worksheet or key, in reading order."""
    renderer = _Html(style, Wording(document.language))
    return renderer.gaps.blanks(renderer.blocks(document.blocks, Spot(ROOM)))


class _Html(TemplateRenderer):
    """Fills the templates. Gaps are noted while they are printed and numbered at the end, in the order in which they are read."""

    ending = "html"
    bold = "<strong>{}</strong>"

    def __init__(self, style: Style, words: Wording, extras: Extras = NOTHING):
        super().__init__(in_language(style, words), words, ("html",), escaped)
        self.extras = extras
        self.gaps = Gaps()
        self.level = 1
        self.whole = False  # in a page of our own, where ids are ours

    def document(self, document: Document) -> str:
        """Return the frame with everything in it."""
        self.whole = True
        reveals = document.audience == "notes"
        own = (self.file("reveal.js"),) if reveals else ()
        scripts = tuple(_tidy(script) for script in (*own, *self.extras.scripts))
        page = self.fill(
            "page",
            document=document,
            reveals=reveals,
            words=self.words,
            styles=[Safe(style) for style in (self.file("style.css"), *self.extras.styles)],
            scripts=[Safe(script) for script in scripts],
            policy=Safe(_policy(scripts)),
            before=Safe(self.extras.before),
            after=Safe(self.extras.after),
            body=self.blocks(document.blocks, Spot(ROOM)),
        )
        return _tidy(self.numbered(page))

    def piece(self, blocks: tuple[Block, ...]) -> str:
        """Return the blocks in an element of their own, with the style they need."""
        body = self.blocks(blocks, Spot(ROOM, level=2))
        return _tidy(
            self.numbered(self.fill("piece", style=Safe(self.file("piece.css")), language=self.words.language, body=body))
        )

    def file(self, name: str) -> str:
        """Return a style or script, as it is."""
        return self.templates.get_template(name).render()

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Return words and formulas in a line of text, a comma or a bracket held on to the formula before it."""
        return Safe(_HELD.sub(r'<span class="dg-hold">\g<0></span>', super().prose(prose, display)))

    def formula(self, expr: Expr, display: bool) -> Safe:
        """Return a formula within a line of text."""
        return self.math(expr, display)

    def math(self, expr: Expr, display: bool = False) -> Safe:
        """Return an expression as an element."""
        printed = elements(expr, self.style, self.gaps.answer, solidus=not display)
        return Safe(math(printed, display=display, words=self.said(expr, printed)))

    def said(self, expr: Expr, printed: str) -> str:
        """Return an expression in words; nothing where a gap is in it, which cuts the element and says its own number."""
        return "" if MARK in printed else speech(expr, self.style, self.words.language)

    def numbered(self, page: str) -> str:
        """Return the page with its gaps in place of their marks."""
        return self.gaps.numbered(page, self.extras.gap)

    def heading(self, block: Heading, spot: Spot) -> Safe:
        """Return a heading, at most one level below the one before; nothing where it is set in the line behind it."""
        self.level = min(spot.level + block.level, self.level + 1, 6)
        if spot.run_in:
            return Safe("")
        return self.fill("heading", level=self.level, number=block.number, title=self.prose(block.title, True))

    def equations(self, block: Equations, spot: Spot) -> Safe:
        """Return aligned equations, short ones in columns; browsers put as many steps into a row as fit."""
        found = columns(block, self.style, spot.room)
        alone = [line for row, own in zip(found.rows, found.alone, strict=True) if own for line in row] if found else []
        lines = [self._line(line, spot, line in alone) for line in block.lines]
        count = found.count if found is not None else 1
        return self.fill("equations", lines=lines, together=block.together, columns=count, level=self.level, number=spot.number)

    def _line(self, line: Line, spot: Spot, alone: bool) -> dict[str, Any]:
        if line.left is not None:
            self.gaps.about, self.gaps.of = text(line.left, self.style), line.left
        long = line.left is not None and width_em(line.left, self.style) > LONG_LEFT * spot.room
        left = "" if line.left is None else self.math(line.left, True)
        steps = [
            html_lines.step(relation, expr, self.style, self.gaps.answer, self.words.language) for relation, expr in line.steps
        ]
        framed = [isinstance(expr, Boxed) for _, expr in line.steps]
        return {
            "left": left,
            "long": long,
            "alone": alone,
            "steps": [Safe(self._aloud(is_framed) + step.text) for step, is_framed in zip(steps, framed, strict=True)],
            "wide": any(step.wide for step in steps),
            "reason": self.prose(line.reason),
        }

    def _aloud(self, is_framed: bool) -> str:
        """Return what is read aloud before a boxed result, and not seen: a frame is silent."""
        return f'<span class="dg-aloud">{escaped(self.words.say("Result:"))} </span>' if is_framed else ""

    def table(self, block: Table, spot: Spot) -> Safe:
        """Return a table with its heads and caption; a box to scroll in where it might be too wide."""
        heads = ["" if cell is None else text(cell, self.style) for cell in block.header]
        free = [grid.aligned(column[1:]) for column in grid.table_columns(block)]
        rows = []
        for at, row in enumerate(block.rows):
            places = zip(row, heads, block.header, free, strict=False)
            rows.append([self._cell(cell, self._place(head, at + 1), of, unseen[at]) for cell, head, of, unseen in places])
        footer = zip(block.footer, heads, block.header, free, strict=False)
        return self.fill(
            "table",
            header=[
                (None if cell is None else self.math(cell, True), head) for cell, head in zip(block.header, heads, strict=True)
            ],
            rows=rows,
            footer=[self._cell(cell, head, of, unseen[-1]) for cell, head, of, unseen in footer],
            given=block.given,
            caption=block.caption,
            wide=grid.natural_width(block, self.style) > NARROW,
        )

    def _place(self, head: str, row: int) -> str:
        return self.words.say("{head}, row {n}", head=head, n=row)

    def _cell(self, cell: Expr | None, about: str, of: Expr | None, unseen: grid.Unseen | None) -> Safe:
        """Return a cell; a gap alone in it is no formula."""
        self.gaps.about, self.gaps.of = about, of
        if cell is None:
            return Safe("")
        if isinstance(cell, Gap):
            return Safe(self.gaps.slot(cell))
        printed = elements(cell, self.style, self.gaps.answer, solidus=True)
        shown = printed if unseen is None else _between(printed, unseen, self.style.decimal)
        return Safe(math(shown, words=self.said(cell, printed)))

    def figure(self, block: Figure, spot: Spot) -> Safe:
        """Return a drawing with its alternative text."""
        return self.fill("figure", drawing=Safe(svg(block.drawing, block.alternative, self.style)))

    def side_by_side(self, block: SideBySide, spot: Spot) -> Safe:
        """Return two columns, which a narrow page shows one below the other."""
        half = replace(spot, room=spot.room / 2)
        left, right = (self.blocks(blocks, half) for blocks in (block.left, block.right))
        return self.fill("side_by_side", left=left, right=right, top=block.top)

    def space(self, block: Space, spot: Spot) -> Safe:
        """Return room to write in; on a key, the answer in it."""
        answer = self.blocks(block.answer, spot)
        return self.fill("space", lines=f"{block.lines:g}", answer=answer, empty=Safe(self.extras.space))

    def task(self, block: Task, spot: Spot, **more: Any) -> Safe:
        """Return a numbered question, a section of its own."""
        self.level = level = spot.level + 1
        name = f"dg-task-{block.number}" if self.whole else ""
        return super().task(block, replace(spot, level=level), level=level, id=name, **more)

    def together(self, block: Together, spot: Spot) -> Safe:
        """Return blocks that stay on one page."""
        return self.fill("together", body=self.blocks(block.blocks, spot))

    def page_break(self, block: PageBreak, spot: Spot) -> Safe:
        """Return what ends a page on paper."""
        return self.fill("page_break")


def _between(printed: str, free: grid.Unseen, decimal: str) -> str:
    """Return a number between what stands unseen beside it, so that it stands below others."""
    sign = operator(MINUS, "prefix") if free.sign else ""
    before = sign + ("<mn>" + "0" * free.before + "</mn>" if free.before else "")
    behind = f"<mn>{decimal * free.point}{'0' * free.behind}</mn>" if free.point or free.behind else ""
    return phantom(before) + printed + phantom(behind)


def _policy(scripts: Iterable[str]) -> str:
    """Return a policy by which a page may load nothing and run only the scripts that stand in it."""
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {hashes}; base-uri 'none'; form-action 'none'"
    )


def _tidy(page: str) -> str:
    return re.sub(r"\n{2,}", "\n", re.sub(r"[ \t]+\n", "\n", page)).strip() + "\n"
