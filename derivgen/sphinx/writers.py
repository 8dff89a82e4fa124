"""How each of our nodes is written: as HTML, as LaTeX, and as plain text by whatever else there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from docutils import nodes

from derivgen.sphinx.nodes import Drawing, Folded, Formula, InlineFormula, Room, Sign, Tabular

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Visit = Callable[[Any, Any], None]


def register(app: Sphinx) -> None:
    """The nodes with their writers; LaTeX draws with TikZ."""
    app.add_node(Formula, **_written(html_formula, latex_formula, as_text))
    app.add_node(InlineFormula, **_written(html_inline, latex_inline, as_text))
    app.add_node(Sign, **_written(html_sign, latex_sign, as_text))
    app.add_node(Drawing, **_written(html_drawing, latex_block, as_text))
    app.add_node(Tabular, **_written(html_block, latex_block, pass_on, pass_on))
    app.add_node(Room, **_written(html_block, latex_block, as_text))
    app.add_node(Folded, html=(html_folded, html_folded_end))
    app.add_latex_package("tikz")


def _written(html: Visit, latex: Visit, other: Visit, end: Visit | None = None) -> dict[str, Any]:
    """What writes a node, by the builder's format; its `end` is only needed where its children are written."""
    return {"html": (html, end), "latex": (latex, end), **dict.fromkeys(("text", "man", "texinfo"), (other, end))}


def pass_on(writer: Any, node: nodes.Element) -> None:
    """Nothing of its own: what is in it is written."""


def html_formula(writer: Any, node: Formula) -> None:
    """The equations; their number at the right."""
    from sphinx.util.math import get_node_equation_number

    writer.body.append(writer.starttag(node, "div", CLASS="derivgen-formula"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(f"{node['html']}</div>\n")
    raise nodes.SkipNode


def html_inline(writer: Any, node: InlineFormula) -> None:
    """MathML."""
    writer.body.append(node["html"])
    raise nodes.SkipNode


def html_sign(writer: Any, node: Sign) -> None:
    """The sign."""
    writer.body.append(writer.encode(node["plain"]))
    raise nodes.SkipNode


def html_block(writer: Any, node: nodes.Element) -> None:
    """What is made for browsers, as it is."""
    writer.body.append(node["html"])
    raise nodes.SkipNode


def html_drawing(writer: Any, node: Drawing) -> None:
    """The SVG, which brings its alternative text."""
    writer.body.append(f'<div class="derivgen-drawing">{node["html"]}</div>\n')
    raise nodes.SkipNode


def html_folded(writer: Any, node: Folded) -> None:
    """Details that open."""
    opening = writer.starttag(node, "details", CLASS="derivgen-solution")
    writer.body.append(f"{opening}<summary>{writer.encode(node['title'])}</summary>\n")


def html_folded_end(writer: Any, node: Folded) -> None:
    """Their end."""
    writer.body.append("</details>\n")


def latex_formula(writer: Any, node: Formula) -> None:
    """Aligned equations that may break between pages; as any displayed equation where it has a number."""
    if node["label"]:
        writer.visit_math_block(node)
    latex_block(writer, node)


def latex_inline(writer: Any, node: InlineFormula) -> None:
    """As any formula in a line."""
    writer.visit_math(node)


def latex_sign(writer: Any, node: Sign) -> None:
    """Its command."""
    writer.body.append(node["latex"])
    raise nodes.SkipNode


def latex_block(writer: Any, node: nodes.Element) -> None:
    """What is made for LaTeX, as it is."""
    writer.body.append(f"\n{node['latex']}\n")
    raise nodes.SkipNode


def as_text(writer: Any, node: nodes.Element) -> None:
    """The formula in Unicode; of a drawing its alternative text."""
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
