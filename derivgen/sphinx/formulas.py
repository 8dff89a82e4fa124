"""Formulas for every builder at once: LaTeX for LaTeX and MathJax, MathML for browsers, Unicode for what has neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from docutils import nodes

from derivgen.documents.document import Equations, Line, Math, Prose, Strong, Text
from derivgen.language import SOURCE
from derivgen.maths.latex import latex
from derivgen.maths.mathml import elements, math, mathml, plain_gap
from derivgen.maths.mathml_marks import operator
from derivgen.maths.style import Style
from derivgen.maths.tex import tex_text
from derivgen.maths.tree import Expr
from derivgen.maths.unicode import text
from derivgen.render import lines
from derivgen.render.html import render_html_inside
from derivgen.render.html_lines import RELATIONS
from derivgen.sphinx.nodes import Formula, InlineFormula

ROOM = 42.0  # em; about as wide as the text of Sphinx's themes and of its LaTeX
PORTABLE = (
    (re.compile(r"\\dggap\{([\d.]+em)\}\{[\d.]+\}"), r"\\underline{\\hspace{\1}}"),
    (re.compile(r"\\dgfill\{[\d.]+em\}\{[\d.]+\}"), r"\\boxed"),
    (re.compile(r"\\dgfit\{[\d.]+em\}"), ""),
    (re.compile(r"\\dglong\b"), r"\\lefteqn"),
)
"""Our own pages' macros, and what says the same in any document."""


def portable(tex: str) -> str:
    r"""The LaTeX without macros of ours.

    >>> portable(r"a = \dggap{3em}{1.4}"), portable(r"a = \dgfill{3em}{1.4}{2}")
    ('a = \\underline{\\hspace{3em}}', 'a = \\boxed{2}')
    """
    for macro, said in PORTABLE:
        tex = macro.sub(said, tex)
    return tex


@dataclass(frozen=True)
class Formulas:
    """Makes the nodes of formulas: our own with their MathML, or with `native` those that Sphinx's renderers take."""

    style: Style
    language: str = SOURCE
    native: bool = False

    def inline(self, expr: Expr) -> nodes.Node:
        """A formula in a line of text."""
        tex = self.tex(expr)
        if self.native:
            return nodes.math(tex, tex)
        return InlineFormula("", tex=tex, html=mathml(expr, self.style), plain=text(expr, self.style))

    def line(self, line: Line) -> nodes.Node:
        """A line of equations in a line of text."""
        left = self.tex(line.left) if line.left is not None else ""
        tex = left + "".join(f" {lines.RELATIONS[relation]} {self.tex(side)}" for relation, side in line.steps)
        if self.native:
            return nodes.math(tex, tex)
        inside = elements(line.left, self.style, plain_gap) if line.left is not None else ""
        inside += "".join(operator(RELATIONS[relation]) + elements(side, self.style, plain_gap) for relation, side in line.steps)
        return InlineFormula("", tex=tex, html=math(inside), plain=self._plain(line))

    def block(self, block: Equations) -> nodes.Element:
        """Aligned equations, displayed."""
        tex, wraps = self.aligned(block)
        if self.native:
            node: nodes.Element = nodes.math_block(tex, tex)
        else:
            html = render_html_inside((block,), self.language, self.style)
            node = Formula("", tex=tex, html=html, plain=self.plain(block))
        node["no-wrap"] = node["nowrap"] = not wraps
        node["number"] = node["label"] = None
        return node

    def aligned(self, block: Equations) -> tuple[str, bool]:
        """The LaTeX of equations in rows that fit, and whether it is to be wrapped into a display."""
        rows = [replace(row, left=portable(row.left), right=portable(row.right)) for row in lines.rows(block, self.style, ROOM)]
        if len(rows) == 1 and not rows[0].reason:
            return f"{rows[0].left} {rows[0].right}", True
        written = [f"{row.left} &{row.right}{self._reason(row.reason)}" for row in rows]
        inner = " \\\\\n".join(written)
        return f"\\begin{{aligned}}\n{inner}\n\\end{{aligned}}", True

    def _reason(self, reason: Prose) -> str:
        return rf" && \text{{{self.prose_tex(reason)}}}" if reason else ""

    def prose_tex(self, prose: Prose) -> str:
        """Words and formulas, within the text of a formula."""
        parts = (f"${self.tex(part.expr)}$" if isinstance(part, Math) else tex_text(part.words) for part in prose)
        return "".join(parts)

    def prose_plain(self, prose: Prose) -> str:
        """Words and formulas in Unicode."""
        return "".join(part.words if isinstance(part, (Text, Strong)) else text(part.expr, self.style) for part in prose)

    def tex(self, expr: Expr) -> str:
        """LaTeX that needs amsmath alone."""
        return portable(latex(expr, self.style))

    def plain(self, block: Equations) -> str:
        """The lines in Unicode, one below the other."""
        return "\n".join(self._plain(line) for line in block.lines)

    def _plain(self, line: Line) -> str:
        left = text(line.left, self.style) if line.left is not None else " "
        steps = "".join(f" {relation} {text(side, self.style)}" for relation, side in line.steps)
        return f"{left}{steps}" + (f"    ({self.prose_plain(line.reason)})" if line.reason else "")
