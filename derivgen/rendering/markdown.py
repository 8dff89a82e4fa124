"""Document → Markdown that GitHub, MyST, Quarto, Obsidian and Pandoc all read; a few blocks as a piece of such a document."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
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
from derivgen.language import Wording
from derivgen.maths.style import DEFAULT, Style, in_language
from derivgen.maths.tree import Expr
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.rendering import grid, lines
from derivgen.rendering.latex import DELIMITERS
from derivgen.rendering.markdown_words import between_dollars, escaped, paragraph
from derivgen.rendering.svg import svg
from derivgen.rendering.templates import Safe, environment

ROOM = 38.0
"""How wide a line of mathematics may be, in em: a page of GitHub or of Obsidian has room for it."""
WIDEST_TABLE = 200.0
ROW_END = r"\\ "
LONGEST = 4_000
"""How many characters a formula may have: MathJax gives up one of more than 5120 with its macros written out."""
FIELD = 28
LINES_TO_A_BREAK = 1.5

Link = Callable[[Figure], str]


def render_markdown(document: Document, style: Style = DEFAULT) -> str:
    """A whole document. Its drawings are files beside it: see `drawings_beside`."""
    names = iter(_names(document))
    return _renderer(document.language, style, lambda figure: next(names), True).document(document)


def drawings_beside(document: Document, style: Style = DEFAULT) -> Mapping[str, str]:
    """The drawings of a document by the names it links to: `notes-1.svg`, …"""
    style = in_language(style, Wording(document.language))
    drawn = zip(_names(document), _figures(document), strict=True)
    return {name: svg(figure.drawing, figure.alternative, style) for name, figure in drawn}


def render_markdown_piece(
    blocks: tuple[Block, ...],
    language: str,
    style: Style = DEFAULT,
    width: float | None = None,
    link: Link | None = None,
) -> str:
    """Blocks without a document around them; a drawing is in the link itself (`data:`) unless `link` says where it is."""
    renderer = _renderer(language, style, link or (lambda figure: _inline(figure, in_language(style, Wording(language)))), False)
    renderer.room = width or ROOM
    return renderer.blocks(blocks).strip("\n") + "\n"


def _inline(figure: Figure, style: Style) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg(figure.drawing, figure.alternative, style).encode()).decode()


def _names(document: Document) -> list[str]:
    return [f"{document.audience}-{number}.svg" for number, _ in enumerate(_figures(document), 1)]


def _figures(document: Document) -> list[Figure]:
    """Return the drawings in the order in which they are written."""
    return [block for block in each_block(document.blocks) if isinstance(block, Figure)]


def _renderer(language: str, style: Style, link: Link, in_document: bool) -> _Renderer:
    words = Wording(language)
    return _Renderer(replace(in_language(style, words), dialect="web"), words, link, in_document)


class _Renderer:
    """Fills the templates."""

    def __init__(self, style: Style, words: Wording, link: Link, in_document: bool):
        self.style, self.words, self.link, self.in_document = style, words, link, in_document
        self.room = ROOM
        self.templates = environment("md", escaped, **DELIMITERS)

    def document(self, document: Document) -> str:
        """The frame with everything in it."""
        aside = " · ".join(escaped(each) for each in (document.course, document.kind, document.bearer, document.points) if each)
        body = self.blocks(document.blocks)
        text = self.fill("document", title=document.title, aside=Safe(aside), fields=self._fields(document), body=body)
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"

    def _fields(self, document: Document) -> Safe:
        """The words before what is to be filled in, a line of their own."""
        entries = (*document.entries, *([""] * len(document.fields)))
        filled = zip(document.fields, entries, strict=False)
        return Safe(" ".join(f"{escaped(field)}: {escaped(entry) if entry else '.' * FIELD}" for field, entry in filled))

    def fill(self, template: str, **values: Any) -> Safe:
        """One template's text."""
        return Safe(self.templates.get_template(f"{template}.md.j2").render(**values))

    def blocks(self, blocks: Iterable[Block]) -> Safe:
        """Blocks, an empty line between them."""
        views = (VIEWS[type(block)](self, block).strip("\n") for block in blocks)
        return Safe("\n\n".join(view for view in views if view))

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Words and formulas in a line of text; no digit stands directly behind a formula, where it would end none."""
        opening = r"\displaystyle " if display else ""
        text = "".join(INLINE[type(part)](self, part, opening) for part in prose)
        return Safe(" ".join(re.sub(r"(\$(?:[^$\n])+\$)(?=\d)", r"\1&#8203;", text).split()))

    def math(self, expr: Expr) -> str:
        """An expression, for mathematics."""
        return between_dollars(latex(expr, self.style))

    def heading(self, block: Heading) -> Safe:
        """A heading of a document; in a piece a line in bold."""
        hashes = Safe("#" * (block.level + 1))
        title = self.prose(block.title, True)
        return self.fill("heading", in_document=self.in_document, hashes=hashes, number=block.number, title=title)

    def paragraph(self, block: Paragraph) -> Safe:
        """A paragraph; a hint set apart."""
        runs = self._runs(block.prose)
        written = (run if run.startswith("$$") else Safe(paragraph(run)) for run in runs)
        return Safe("\n\n".join(self.fill("paragraph", tone=block.tone, prose=run).strip("\n") for run in written))

    def _runs(self, prose: Prose) -> list[Safe]:
        """The prose cut at each formula of several rows, which is displayed: within a line its rows would be lost."""
        runs: list[Safe] = []
        for tall, parts in groupby(prose, lambda part: isinstance(part, Math) and ROW_END in latex(part.expr, self.style)):
            if tall:
                runs += [Safe(f"$$\n{self.math(part.expr).strip()}\n$$") for part in parts if isinstance(part, Math)]
            else:
                text = self.prose(tuple(parts))
                text = Safe(re.sub(r"^[,;.]\s*", "", text)) if runs else text
                runs += [text] if text else []
        return runs

    def equations(self, block: Equations) -> Safe:
        """Aligned equations, in rows that fit; the reasons in a column of their own where there is room."""
        rows = lines.rows(block, self.style, self.room)
        shown = [self._row(row) for row in rows]
        reasons = max((lines.prose_width(row.reason, self.style) for row in rows), default=0.0)
        aside = lines.natural_width(replace(block, lines=tuple(replace(line, reason=()) for line in block.lines)), self.style)
        between = Safe("&&" if aside + reasons + 2 <= self.room else r"\qquad")
        displays = (self.fill("equations", rows=group, between=between).strip("\n") for group in _groups(rows, shown))
        return Safe("\n\n".join(displays))

    def _row(self, row: lines.Row) -> dict[str, Safe]:
        """What the template needs of a row; a reason on a row of its own stands where its line's right side does."""
        left, right, reason = between_dollars(row.left), between_dollars(row.right), self._reason(row.reason)
        if row.left and not row.right:
            left, right = "", left
        if not row.right and not row.left:
            right, reason = rf"\quad {reason}", ""
        return {"left": Safe(left), "right": Safe(right.strip()), "reason": Safe(reason)}

    def _reason(self, prose: Prose) -> str:
        r"""`\text{chain rule with }u = -x`"""
        found: list[str] = []
        for formula, parts in groupby(prose, lambda part: isinstance(part, Math)):
            if formula:
                found += [self.math(part.expr) for part in parts if isinstance(part, Math)]
            else:
                found.append(_text("".join(part.words for part in parts if not isinstance(part, Math))))
        return "".join(found)

    def table(self, block: Table) -> Safe:
        """A pipe table, its columns centred."""
        (part,) = grid.grid(block, self.style, WIDEST_TABLE, False).parts
        rows = [row for piece in part.pieces for row in piece]
        head = tuple(map(_cell, part.head))
        return self.fill("table", head=head, rule=Safe("|".join([" :-: "] * len(head))), rows=[_cells(row) for row in rows])

    def figure(self, block: Figure) -> Safe:
        """A picture with its alternative text; one that is in its own link as HTML, since markdown-it takes no such link."""
        said, target = " ".join(block.alternative.split()), self.link(block)
        if target.startswith("data:"):
            return Safe(f'<img alt="{escape(said)}" src="{escape(target)}">')
        return self.fill("figure", alternative=said, target=Safe(target))

    def side_by_side(self, block: SideBySide) -> Safe:
        """Both, one below the other."""
        return self.blocks((*block.left, *block.right))

    def space(self, block: Space) -> Safe:
        """Room to write in; on a key, the answer there."""
        breaks = "<br>" * max(2, round(block.lines / LINES_TO_A_BREAK))
        return self.fill("space", answer=self.blocks(block.answer), empty=Safe(breaks))

    def task(self, block: Task) -> Safe:
        """A question: a heading in a document, a line in bold in a piece."""
        return self.fill(
            "task",
            in_document=self.in_document,
            number=block.number,
            title=Safe(self.prose(block.title).rstrip(".") + ("" if self.in_document else ".")),
            instruction=self.prose(block.instruction),
            points=block.points,
            hint_word=self.words.say("Hint"),
            hint=self.prose(block.hint),
            body=self.blocks(block.blocks),
        )


def _groups(rows: Sequence[lines.Row], shown: list[dict[str, Safe]]) -> list[list[dict[str, Safe]]]:
    """The rows in displays of which none is too long, a new one where a line begins."""
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
    r"""Words as `\text{…}`, the blanks at their ends kept."""
    before, after = (" " if text[:1] == " " else ""), (" " if text[-1:] == " " else "")
    inside = DIALECTS["web"].words(text)
    return rf"\text{{{before}{inside}{after if inside else ''}}}".replace(r"\text{}", "")


def _cell(tex: Safe) -> Safe:
    return Safe(f"${between_dollars(tex).strip()}$") if tex else Safe("")


def _cells(row: grid.GridRow) -> tuple[Safe, ...]:
    return tuple(map(_cell, row.cells))


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
        Together: lambda renderer, block: renderer.blocks(block.blocks),
        PageBreak: lambda renderer, block: Safe(""),
    }
)
"""How each kind of block is written."""

INLINE: Mapping[type, Callable[[_Renderer, Any, str], str]] = MappingProxyType(
    {
        Text: lambda renderer, part, opening: escaped(part.words),
        Strong: lambda renderer, part, opening: f"**{escaped(part.words)}**",
        Math: lambda renderer, part, opening: f"${opening}{renderer.math(part.expr).strip()}$",
    }
)
"""How each part of a line of text is written."""
