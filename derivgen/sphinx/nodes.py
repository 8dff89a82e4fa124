"""What derivgen puts into a page beside docutils' own nodes, and how each is written: as HTML, as LaTeX, elsewhere as plain text.

Each node holds all that any builder needs, as text. The author's own formulas, where `conf.py` says
`html_math_renderer = "mathml"`, are written as docutils' MathML, so that a whole site shows without a network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)
Visit = Callable[[Any, Any], None]
DOCUTILS = "mathml"
"""The name of docutils' MathML as Sphinx's renderer of formulas."""


class _Mathematics(nodes.Element):
    """Holds its LaTeX as an attribute, out of reach of what improves quotes and dashes in texts, or indexes words."""

    def astext(self) -> str:
        """Return the LaTeX, as of docutils' own mathematics."""
        return self["tex"]


class Formula(nodes.General, _Mathematics):
    """Displayed mathematics: `tex` to be put into a display, `latex` with its own, `html`, `plain`; `label` and `number`."""


class InlineFormula(nodes.Inline, _Mathematics):
    """Mathematics in a line of text: `tex`, `html`, `plain`."""


class Sign(nodes.Inline, nodes.Element):
    """A sign among words that a text font of LaTeX may lack: `plain`, and the `latex` for it."""


class Tabular(nodes.General, nodes.Element):
    """A table: `html` and `latex`; elsewhere its child, docutils' own table, is written."""


class Drawing(nodes.General, nodes.Element):
    """A drawing: `html`, `latex`, and as `plain` the words of its alternative."""


class AnswerSpace(nodes.General, nodes.Element):
    """Empty room to write in: `html`, `latex`."""


class Folded(nodes.General, nodes.Element):
    """Something that opens at a click where there are clicks, under its `title`; elsewhere it stands open."""


class SolutionPointer(nodes.General, nodes.Element):
    """Where a solution would stand that stands in the appendix; becomes a link to it."""


class Appendix(nodes.General, nodes.Element):
    """Where the solutions of all pages are collected."""


def register(app: Sphinx) -> None:
    """Register the nodes with their writers, and the renderer of the author's own formulas."""
    app.add_node(Formula, **_written(html_formula, latex_formula, as_text))
    app.add_node(InlineFormula, **_written(html_inline, latex_inline, as_text))
    app.add_node(Sign, **_written(html_sign, latex_sign, as_text))
    app.add_node(Drawing, **_written(html_drawing, latex_block, as_text))
    app.add_node(Tabular, **_written(html_block, latex_block, pass_on, pass_on))
    app.add_node(AnswerSpace, **_written(html_block, latex_block, as_text))
    app.add_node(Folded, html=(html_folded, html_folded_end))
    app.add_latex_package("tikz")
    app.connect("config-inited", _offer)


def _written(html: Visit, latex: Visit, other: Visit, end: Visit | None = None) -> dict[str, Any]:
    """Return what writes a node, by the builder's format; its `end` is only needed where its children are written."""
    return {"html": (html, end), "latex": (latex, end), **dict.fromkeys(("text", "man", "texinfo"), (other, end))}


def pass_on(writer: Any, node: nodes.Element) -> None:
    """Write nothing of its own: what is in it is written."""


def html_formula(writer: Any, node: Formula) -> None:
    """Write the equations, their number at the right."""
    _numbered(writer, node, "derivgen-formula", node["html"])


def _numbered(writer: Any, node: nodes.Element, kind: str, html: str) -> None:
    """Write a displayed formula with its number, if it has one, at the right."""
    from sphinx.util.math import get_node_equation_number

    writer.body.append(writer.starttag(node, "div", CLASS=kind))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(f"{html}</div>\n")
    raise nodes.SkipNode


def html_inline(writer: Any, node: InlineFormula) -> None:
    """Write MathML."""
    writer.body.append(node["html"])
    raise nodes.SkipNode


def html_sign(writer: Any, node: Sign) -> None:
    """Write the sign."""
    writer.body.append(writer.encode(node["plain"]))
    raise nodes.SkipNode


def html_block(writer: Any, node: nodes.Element) -> None:
    """Write what is made for browsers, as it is."""
    writer.body.append(node["html"])
    raise nodes.SkipNode


def html_drawing(writer: Any, node: Drawing) -> None:
    """Write the SVG, which brings its alternative text."""
    writer.body.append(f'<div class="derivgen-drawing">{node["html"]}</div>\n')
    raise nodes.SkipNode


def html_folded(writer: Any, node: Folded) -> None:
    """Begin details that open."""
    opening = writer.starttag(node, "details", CLASS="derivgen-solution")
    writer.body.append(f"{opening}<summary>{writer.encode(node['title'])}</summary>\n")


def html_folded_end(writer: Any, node: Folded) -> None:
    """End the details."""
    writer.body.append("</details>\n")


def latex_formula(writer: Any, node: Formula) -> None:
    """Write aligned equations that may break between pages; as any displayed equation where it has a number."""
    if node["label"]:
        writer.visit_math_block(node)
    latex_block(writer, node)


def latex_inline(writer: Any, node: InlineFormula) -> None:
    """Write a formula as any in a line."""
    writer.visit_math(node)


def latex_sign(writer: Any, node: Sign) -> None:
    """Write the sign's command."""
    writer.body.append(node["latex"])
    raise nodes.SkipNode


def latex_block(writer: Any, node: nodes.Element) -> None:
    """Write what is made for LaTeX, as it is."""
    writer.body.append(f"\n{node['latex']}\n")
    raise nodes.SkipNode


def as_text(writer: Any, node: nodes.Element) -> None:
    """Write the formula in Unicode; of a drawing its alternative text."""
    if isinstance(node, (InlineFormula, Sign)):
        _add(writer, node["plain"])
    else:
        _paragraph(writer, node["plain"])
    raise nodes.SkipNode


def _add(writer: Any, said: str) -> None:
    text = nodes.Text(said)
    writer.visit_Text(text)
    writer.depart_Text(text)


def _paragraph(writer: Any, said: str) -> None:
    lines = nodes.container("", *(nodes.paragraph("", line) for line in said.splitlines()))
    for line in lines.children:
        line.walkabout(writer)


def _offer(app: Sphinx, config: Config) -> None:
    """Register docutils' MathML where the site wants it: of two renderers Sphinx takes the one that it does not bring."""
    if config.html_math_renderer == DOCUTILS:
        app.add_html_math_renderer(DOCUTILS, inline_renderers=(native_inline, None), block_renderers=(native_block, None))


def native_inline(writer: Any, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    writer.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def native_block(writer: Any, node: nodes.math_block) -> None:
    """Write a displayed formula, its number at the right."""
    _numbered(writer, node, "math", _mathml(node, as_block=True))


def _mathml(node: nodes.Element, as_block: bool) -> str:
    """Return the formula's MathML; its TeX, and a warning, where docutils cannot read it."""
    from docutils.utils.math import MathError, latex2mathml

    try:
        return str(latex2mathml.tex2mathml(node.astext(), as_block=as_block))
    except MathError as error:
        logger.warning("this formula cannot be made MathML: %s", error, location=node, type="derivgen", subtype="math")
        from derivgen.present.mathml import escaped

        return f"<code>{escaped(node.astext())}</code>"
