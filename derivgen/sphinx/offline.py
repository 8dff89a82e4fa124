"""A renderer for the author's own formulas: docutils' MathML, so that a whole site shows without a network.

Chosen in `conf.py` by `html_math_renderer = "mathml"`; otherwise formulas outside our directives are whatever the site has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)


NAME = "mathml"


def register(app: Sphinx) -> None:
    """The renderer, once it is known whether the site wants it: of two that are there Sphinx takes the one it does not bring."""
    app.connect("config-inited", _offer)


def _offer(app: Sphinx, config: Config) -> None:
    if config.html_math_renderer == NAME:
        app.add_html_math_renderer(NAME, inline_renderers=(inline, None), block_renderers=(block, None))


def inline(writer: Any, node: nodes.math) -> None:
    """A formula in a line of text."""
    writer.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """A displayed formula, its number at the right."""
    from sphinx.util.math import get_node_equation_number

    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(f"{_mathml(node, as_block=True)}</div>\n")
    raise nodes.SkipNode


def _mathml(node: nodes.Element, as_block: bool) -> str:
    """The formula's MathML; its TeX, and a warning, where docutils cannot read it."""
    from docutils.utils.math import MathError, latex2mathml

    try:
        return str(latex2mathml.tex2mathml(node.astext(), as_block=as_block))
    except MathError as error:
        logger.warning("this formula cannot be made MathML: %s", error, location=node, type="derivgen", subtype="math")
        from derivgen.present.mathml_marks import escaped

        return f"<code>{escaped(node.astext())}</code>"
