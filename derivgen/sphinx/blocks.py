"""Document's blocks → docutils nodes: what each kind of block becomes in somebody's page, whatever that is written as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from docutils import nodes

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
    each_block,
)
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.tex import tex_text
from derivgen.rendering.svg import svg
from derivgen.sphinx.formulas import Formulas
from derivgen.sphinx.nodes import Drawing, Room, Sign, Tabular

Nodes = list[nodes.Node]
DEEPEST = 6  # the level of the least heading


@dataclass(frozen=True)
class View:
    """How blocks are seen in one place: their language and style, the level of a first heading, whose mathematics."""

    words: Wording
    style: Style
    level: int = 2
    native: bool = False

    @property
    def formulas(self) -> Formulas:
        """What makes formulas here."""
        style = replace(self.style, decimal=self.words.decimal, otherwise=self.words.say("else"))
        return Formulas(style, self.words.language, self.native)

    def page(self, blocks: tuple[Block, ...]) -> Nodes:
        """The nodes of blocks that stand in a page by themselves: their first headings one level below the section's own."""
        top = min((block.level for block in each_block(blocks) if isinstance(block, Heading)), default=1)
        return replace(self, level=self.level + 1 - top).blocks(blocks)

    def blocks(self, blocks: Iterable[Block]) -> Nodes:
        """The nodes of blocks, in order."""
        return [node for block in blocks for node in VIEWS[type(block)](self, block)]

    def prose(self, prose: Prose) -> Nodes:
        """Words and formulas in a line of text."""
        return [node for part in prose for node in INLINE[type(part)](self, part)]

    def heading(self, block: Heading) -> Nodes:
        """A heading that is no section of the page, so that it may stand anywhere."""
        number = [nodes.Text(f"{block.number} ")] if block.number else []
        title = nodes.rubric("", "", *number, *self.prose(block.title), classes=["derivgen-heading"])
        title["heading-level"] = min(DEEPEST, self.level + block.level - 1)
        return [title]

    def paragraph(self, block: Paragraph) -> Nodes:
        """A paragraph; its tone is a class."""
        classes = [] if block.tone == "plain" else [f"derivgen-{block.tone}"]
        return [nodes.paragraph("", "", *self.prose(block.prose), classes=classes)]

    def equations(self, block: Equations) -> Nodes:
        """Aligned equations."""
        return [self.formulas.block(block)] if block.lines else []

    def figure(self, block: Figure) -> Nodes:
        """A drawing."""
        picture = svg(block.drawing, block.alternative, self.formulas.style)
        return [Drawing("", html=picture, latex=self.formulas.latex(block), plain=block.alternative)]

    def table(self, block: Table) -> Nodes:
        """A table; what is given is set apart from what is worked out by a class, and so is the last row."""
        width = max(len(row) for row in (block.header, *block.rows, block.footer))
        group = nodes.tgroup("", cols=width)
        head = self._row(block.header, width, block.given)
        body = [self._row(row, width, block.given) for row in block.rows]
        body += [self._row(block.footer, width, block.given, "derivgen-footer")] if block.footer else []
        group += [nodes.colspec("", colwidth=max(_length(row[at]) for row in (head, *body))) for at in range(width)]
        group += [nodes.thead("", head), nodes.tbody("", *body)]
        table = nodes.table("", group, classes=["derivgen-table", "colwidths-auto"], align="center")
        return [table] if self.native else [Tabular("", table, html=self.formulas.html(block), latex=self.formulas.latex(block))]

    def _row(self, cells: tuple[Expr | None, ...], width: int, given: int, *classes: str) -> nodes.row:
        """A row, filled up with empty cells."""
        row = nodes.row("", classes=list(classes))
        for place, cell in enumerate((*cells, *(None,) * (width - len(cells)))):
            inside = [nodes.paragraph("", "", self.formulas.inline(cell))] if cell is not None else []
            row += nodes.entry("", *inside, classes=["derivgen-given"] if place == given - 1 else [])
        return row

    def side_by_side(self, block: SideBySide) -> Nodes:
        """Two groups that stand beside each other where there is room."""
        halves = [nodes.container("", *self.blocks(half), classes=["derivgen-half"]) for half in (block.left, block.right)]
        return [nodes.container("", *halves, classes=["dg-beside"])]

    def space(self, block: Space) -> Nodes:
        """Room to write in, or the answer that stands there."""
        if block.answer:
            return self.blocks(block.answer)
        return [Room("", html=self.formulas.html(block), latex=self.formulas.latex(block), plain="")]

    def task(self, block: Task) -> Nodes:
        """A numbered question with its blocks."""
        return [
            nodes.container("", self.question(block), *self.hint(block), *self.blocks(block.blocks), classes=["derivgen-task"])
        ]

    def question(self, block: Task) -> nodes.paragraph:
        """A task's first line: its number and title, what to do, its points."""
        title = nodes.strong("", "", nodes.Text(f"{block.number}. "), *self.prose(block.title))
        points = [nodes.Text(f" ({block.points})")] if block.points else []
        return nodes.paragraph(
            "", "", title, nodes.Text(" "), *self.prose(block.instruction), *points, classes=["derivgen-question"]
        )

    def hint(self, block: Task) -> Nodes:
        """The author's hint."""
        if not block.hint:
            return []
        said = (Text(f"{self.words.say('Hint')}: "), *block.hint)
        return self.paragraph(Paragraph(said, "hint"))

    def together(self, block: Together) -> Nodes:
        """The blocks alone: where a page ends is not ours to say."""
        return self.blocks(block.blocks)

    def page_break(self, block: PageBreak) -> Nodes:
        """Nothing."""
        return []


def _length(cell: nodes.Node) -> int:
    """How many characters wide a cell is where there is only text."""
    return max(1, *(len(formula.get("plain", "")) for formula in cell.findall(nodes.Element)))


VIEWS: Mapping[type, Callable[[View, Any], Nodes]] = MappingProxyType(
    {
        Heading: View.heading,
        Paragraph: View.paragraph,
        Equations: View.equations,
        Table: View.table,
        Figure: View.figure,
        SideBySide: View.side_by_side,
        Space: View.space,
        Task: View.task,
        Together: View.together,
        PageBreak: View.page_break,
    }
)
"""What each kind of block becomes."""


def _words(words: str) -> Nodes:
    """Words, and the mathematical signs among them."""
    cut = groupby(words, lambda character: tex_text(character).startswith("$"))
    found: Nodes = []
    for is_sign, run in cut:
        text = "".join(run)
        found.append(Sign("", plain=text, latex=tex_text(text)) if is_sign else nodes.Text(text))
    return found


INLINE: Mapping[type, Callable[[View, Any], Nodes]] = MappingProxyType(
    {
        Text: lambda view, part: _words(part.words),
        Strong: lambda view, part: [nodes.strong("", "", *_words(part.words))],
        Math: lambda view, part: [view.formulas.inline(part.expr)],
    }
)
"""What each part of a line of text becomes."""
