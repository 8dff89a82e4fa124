"""Formulas for every builder at once: LaTeX for LaTeX and MathJax, MathML for browsers, Unicode for what has neither."""

from __future__ import annotations

from dataclasses import dataclass, replace

from docutils import nodes

from derivgen.documents.document import Block, Equations, Line, Math, Prose, Strong, Text
from derivgen.language import SOURCE
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.dialects import DIALECTS
from derivgen.present.latex import latex
from derivgen.present.mathml import elements, math, mathml, plain_gap
from derivgen.present.mathml_marks import operator
from derivgen.present.unicode import text
from derivgen.rendering import lines
from derivgen.rendering.html import render_html_inside
from derivgen.rendering.html_lines import RELATIONS
from derivgen.rendering.latex_piece import render_latex_piece
from derivgen.sphinx.nodes import Formula, InlineFormula

ROOM = 42.0  # em; about as wide as the text of Sphinx's themes and of its LaTeX


@dataclass(frozen=True)
class Formulas:
    """Makes the nodes of formulas: our own with their MathML, or with `native` those that Sphinx's renderers take."""

    style: Style
    language: str = SOURCE
    native: bool = False

    def inline(self, expr: Expr) -> nodes.Node:
        """A formula in a line of text."""
        return self._inline(self.tex(expr), mathml(expr, self.style), text(expr, self.style))

    def line(self, line: Line) -> nodes.Node:
        """A line of equations in a line of text."""
        tex = self.tex(line.left) if line.left is not None else ""
        inside = elements(line.left, self.style, plain_gap) if line.left is not None else ""
        for relation, side in line.steps:
            tex += f" {lines.RELATIONS[relation]} {self.tex(side)}"
            inside += operator(RELATIONS[relation]) + elements(side, self.style, plain_gap)
        return self._inline(tex, math(inside), self._plain(line))

    def _inline(self, tex: str, html: str, plain: str) -> nodes.Node:
        return nodes.math(tex, tex) if self.native else InlineFormula("", tex=tex, html=html, plain=plain)

    def block(self, block: Equations) -> nodes.Element:
        """Aligned equations, displayed."""
        tex = self.aligned(block)
        if self.native:
            node: nodes.Element = nodes.math_block(tex, tex)
        else:
            node = Formula("", tex=tex, html=self.html(block), latex=self.latex(block), plain=self.plain(block))
        node["no-wrap"] = node["nowrap"] = False
        node["number"] = node["label"] = None
        return node

    def html(self, block: Block) -> str:
        """What a browser is shown of a block."""
        return render_html_inside((block,), self.language, self.style)

    def latex(self, block: Block) -> str:
        """What LaTeX is shown of a block."""
        return render_latex_piece((block,), self.language, self.style, ROOM)

    def tex(self, expr: Expr) -> str:
        """LaTeX for within mathematics."""
        return latex(expr, self._written)

    @property
    def _written(self) -> Style:
        return replace(self.style, dialect="web" if self.native else "plain")

    def aligned(self, block: Equations) -> str:
        """Equations as one thing that can be numbered, in rows that fit."""
        rows = lines.rows(block, self._written, ROOM)
        if len(rows) == 1 and not rows[0].reason:
            return f"{rows[0].left} {rows[0].right}"
        inner = " \\\\\n".join(f"{row.left} &{row.right}{self._reason(row.reason)}" for row in rows)
        return f"\\begin{{aligned}}\n{inner}\n\\end{{aligned}}"

    def _reason(self, reason: Prose) -> str:
        """Why a row holds, in a column of its own."""
        if not reason:
            return ""
        words = DIALECTS[self._written.dialect].words
        parts = (self.tex(part.expr) if isinstance(part, Math) else rf"\text{{{words(part.words)}}}" for part in reason)
        return f" && {''.join(parts)}"

    def plain(self, block: Equations) -> str:
        """The lines in Unicode, one below the other."""
        return "\n".join(self._plain(line) for line in block.lines)

    def _plain(self, line: Line) -> str:
        left = text(line.left, self.style) if line.left is not None else " "
        steps = "".join(f" {relation} {text(side, self.style)}" for relation, side in line.steps)
        return f"{left}{steps}" + (f"    ({self._plain_prose(line.reason)})" if line.reason else "")

    def _plain_prose(self, prose: Prose) -> str:
        return "".join(part.words if isinstance(part, (Text, Strong)) else text(part.expr, self.style) for part in prose)
