"""Document's blocks → docutils nodes: what each kind of block becomes in somebody's page, whatever that is written as.

Formulas are there for every builder at once: LaTeX for LaTeX and MathJax, MathML for browsers, Unicode for what has neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from docutils import nodes

from derivgen.documents.document import (
    Block,
    Equations,
    Figure,
    Heading,
    Line,
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
    each_block,
)
from derivgen.frozen import dataclass, replace
from derivgen.language import SOURCE, Wording
from derivgen.maths.style import Style, in_language
from derivgen.maths.tree import Expr
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.present.mathml import elements, math, mathml, operator, plain_gap
from derivgen.present.tex import tex_text
from derivgen.present.unicode import text
from derivgen.rendering import lines
from derivgen.rendering.html import render_html_inside
from derivgen.rendering.html_lines import RELATIONS
from derivgen.rendering.latex import render_latex_piece
from derivgen.rendering.renderer import Renderer, Spot
from derivgen.rendering.svg import svg
from derivgen.sphinx.nodes import AnswerSpace, Drawing, Formula, InlineFormula, Sign, Tabular

Nodes = list[nodes.Node]
DEEPEST = 6  # the level of the least heading
ROOM = 42.0  # em; about as wide as the text of Sphinx's themes and of its LaTeX


@dataclass(frozen=True, slots=True)
class Formulas:
    """Makes the nodes of formulas: our own with their MathML, or with `native` those that Sphinx's renderers take."""

    style: Style
    language: str = SOURCE
    native: bool = False

    def inline(self, expr: Expr) -> nodes.Node:
        """Return a formula in a line of text."""
        return self._inline(self.tex(expr), mathml(expr, self.style), text(expr, self.style))

    def line(self, line: Line) -> nodes.Node:
        """Return a line of equations in a line of text."""
        tex = self.tex(line.left) if line.left is not None else ""
        inside = elements(line.left, self.style, plain_gap) if line.left is not None else ""
        for relation, side in line.steps:
            tex += f" {DIALECTS['web'].relations[relation]} {self.tex(side)}"
            inside += operator(RELATIONS[relation]) + elements(side, self.style, plain_gap)
        return self._inline(tex, math(inside), self._plain(line))

    def _inline(self, tex: str, html: str, plain: str) -> nodes.Node:
        return nodes.math(tex, tex) if self.native else InlineFormula("", tex=tex, html=html, plain=plain)

    def block(self, block: Equations, spot: Spot) -> nodes.Element:
        """Return aligned equations, displayed, with the heading in their first line."""
        tex = self.aligned(block, spot.number)
        if self.native:
            node: nodes.Element = nodes.math_block(tex, tex)
        else:
            whole = (block,) if spot.heading is None else (spot.heading, block)
            plain = (f"{spot.number}  " if spot.number else "") + self.plain(block)
            html = self.html(*whole, level=_level(spot.heading, spot) if spot.heading is not None else 2)
            node = Formula("", tex=tex, html=html, latex=self.latex(*whole), plain=plain)
        node["no-wrap"] = node["nowrap"] = False
        node["number"] = node["label"] = None
        return node

    def html(self, *blocks: Block, level: int = 2) -> str:
        """Return what a browser is shown of blocks, their first heading at a level."""
        return render_html_inside(blocks, self.language, self.style, level)

    def latex(self, *blocks: Block) -> str:
        """Return what LaTeX is shown of blocks."""
        return render_latex_piece(blocks, self.language, self.style, ROOM)

    def tex(self, expr: Expr) -> str:
        """Return LaTeX for within mathematics."""
        return latex(expr, self._written)

    @property
    def _written(self) -> Style:
        return replace(self.style, dialect="web" if self.native else "plain")

    def aligned(self, block: Equations, number: str = "") -> str:
        """Return equations as one thing that can be numbered, in rows that fit; the `number` of their heading in front."""
        rows = lines.rows(block, self._written, ROOM)
        front = rf"\textbf{{{number}}}\quad " if number else ""
        if len(rows) == 1 and not rows[0].reason:
            return f"{front}{rows[0].left} {rows[0].right}"
        inner = " \\\\\n".join(f"{row.left} &{row.right}{self._reason(row.reason)}" for row in rows)
        return f"\\begin{{aligned}}\n{front}{inner}\n\\end{{aligned}}"

    def _reason(self, reason: Prose) -> str:
        """Return why a row holds, in a column of its own."""
        if not reason:
            return ""
        words = DIALECTS[self._written.dialect].words
        parts = (self.tex(part.expr) if isinstance(part, Math) else rf"\text{{{words(part.words)}}}" for part in reason)
        return f" && {''.join(parts)}"

    def plain(self, block: Equations) -> str:
        """Return the lines in Unicode, one below the other."""
        return "\n".join(self._plain(line) for line in block.lines)

    def _plain(self, line: Line) -> str:
        left = text(line.left, self.style) if line.left is not None else " "
        steps = "".join(f" {relation} {text(side, self.style)}" for relation, side in line.steps)
        return f"{left}{steps}" + (f"    ({self._plain_prose(line.reason)})" if line.reason else "")

    def _plain_prose(self, prose: Prose) -> str:
        return "".join(part.words if isinstance(part, (Text, Strong)) else text(part.expr, self.style) for part in prose)


class NodeRenderer(Renderer[Nodes, Nodes]):
    """Makes the nodes of blocks at one place of a page, where a first heading has the given level.

    With `native` its formulas are those that Sphinx's own renderers take.
    """

    def __init__(self, style: Style, words: Wording, level: int = 2, native: bool = False):
        super().__init__(in_language(style, words), words)
        self.spot, self.native = Spot(ROOM, level), native
        self.formulas = Formulas(self.style, words.language, native)

    def page(self, blocks: tuple[Block, ...]) -> Nodes:
        """Return the nodes of blocks that stand in a page by themselves: their first headings one level below the section's."""
        top = min((block.level for block in each_block(blocks) if isinstance(block, Heading)), default=1)
        return self.blocks(blocks, replace(self.spot, level=self.spot.level + 1 - top))

    def blocks(self, blocks: Iterable[Block], spot: Spot) -> Nodes:
        """Return the nodes of blocks, in order."""
        blocks = tuple(blocks)
        return [node for block, own in zip(blocks, self.spots(blocks, spot), strict=True) for node in self.block(block, own)]

    def prose(self, prose: Prose, display: bool = False) -> Nodes:
        """Return words and formulas in a line of text."""
        return [node for part in prose for node in self.inline(part)]

    def text(self, words: str) -> Nodes:
        """Return words, and the mathematical signs among them."""
        runs = ((is_sign, "".join(run)) for is_sign, run in groupby(words, _is_mathematical))
        return [Sign("", plain=run, latex=tex_text(run)) if is_sign else nodes.Text(run) for is_sign, run in runs]

    def strong(self, words: str) -> Nodes:
        """Return words that stand out."""
        return [nodes.strong("", "", *self.text(words))]

    def formula(self, expr: Expr, display: bool) -> Nodes:
        """Return a formula within a line of text."""
        return [self.formulas.inline(expr)]

    def heading(self, block: Heading, spot: Spot) -> Nodes:
        """Return a heading that is no section of the page, so that it may stand anywhere; nothing where it is set in a line."""
        if spot.run_in:
            return []
        number = [nodes.Text(f"{block.number} ")] if block.number else []
        title = nodes.rubric("", "", *number, *self.prose(block.title), classes=["derivgen-heading"])
        title["heading-level"] = _level(block, spot)
        return [title]

    def paragraph(self, block: Paragraph, spot: Spot) -> Nodes:
        """Return a paragraph; its tone is a class."""
        classes = [] if block.tone == "plain" else [f"derivgen-{block.tone}"]
        return [nodes.paragraph("", "", *self.prose(block.prose), classes=classes)]

    def equations(self, block: Equations, spot: Spot) -> Nodes:
        """Return aligned equations."""
        return [self.formulas.block(block, spot)] if block.lines else []

    def figure(self, block: Figure, spot: Spot) -> Nodes:
        """Return a drawing, as SVG and as TikZ."""
        picture = svg(block.drawing, block.alternative, self.formulas.style)
        return [Drawing("", html=picture, latex=self.formulas.latex(block), plain=block.alternative)]

    def table(self, block: Table, spot: Spot) -> Nodes:
        """Return a table; what is given is set apart from what is worked out by a class, and so is the last row."""
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
        """Return a row, filled up with empty cells."""
        row = nodes.row("", classes=list(classes))
        for place, cell in enumerate((*cells, *(None,) * (width - len(cells)))):
            inside = [nodes.paragraph("", "", self.formulas.inline(cell))] if cell is not None else []
            row += nodes.entry("", *inside, classes=["derivgen-given"] if place == given - 1 else [])
        return row

    def side_by_side(self, block: SideBySide, spot: Spot) -> Nodes:
        """Return two groups that stand beside each other where there is room."""
        halves = [nodes.container("", *self.blocks(half, spot), classes=["derivgen-half"]) for half in (block.left, block.right)]
        return [nodes.container("", *halves, classes=["dg-beside"])]

    def space(self, block: Space, spot: Spot) -> Nodes:
        """Return room to write in, or the answer that stands there."""
        if block.answer:
            return self.blocks(block.answer, spot)
        return [AnswerSpace("", html=self.formulas.html(block), latex=self.formulas.latex(block), plain="")]

    def task(self, block: Task, spot: Spot) -> Nodes:
        """Return a numbered question with its blocks."""
        inside = (self._question(block), *self._hint(block, spot), *self.blocks(block.blocks, spot))
        return [nodes.container("", *inside, classes=["derivgen-task"])]

    def _question(self, block: Task) -> nodes.paragraph:
        """Return a task's first line: its number and title, what to do, its points."""
        title = nodes.strong("", "", nodes.Text(f"{block.number}. "), *self.prose(block.title))
        points = [nodes.Text(f" ({block.points})")] if block.points else []
        return nodes.paragraph(
            "", "", title, nodes.Text(" "), *self.prose(block.instruction), *points, classes=["derivgen-question"]
        )

    def _hint(self, block: Task, spot: Spot) -> Nodes:
        """Return the author's hint."""
        if not block.hint:
            return []
        said = (Text(f"{self.words.say('Hint')}: "), *block.hint)
        return self.paragraph(Paragraph(said, "hint"), spot)

    def page_break(self, block: PageBreak, spot: Spot) -> Nodes:
        """Return nothing: where a page ends is not ours to say."""
        return []


def _level(heading: Heading, spot: Spot) -> int:
    return min(DEEPEST, spot.level + heading.level - 1)


def _is_mathematical(character: str) -> bool:
    """Return whether LaTeX sets a character of a text as mathematics."""
    return tex_text(character).startswith("$")


def _length(cell: nodes.Node) -> int:
    """Return how many characters wide a cell is where there is only text."""
    return max(1, *(len(formula.get("plain", "")) for formula in cell.findall(nodes.Element)))
