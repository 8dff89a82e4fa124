"""A piece within a line of text: the role `derivgen` gives the whole line, `derivgen-value` what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from derivgen.documents.compose import style_of
from derivgen.documents.document import Block, Equations, Line
from derivgen.errors import Problem, UserError
from derivgen.language import Wording
from derivgen.maths.tree import Boxed, Expr
from derivgen.pieces import believed_piece
from derivgen.sphinx import specs
from derivgen.sphinx.blocks import NodeRenderer
from derivgen.sphinx.specs import Written

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def register(app: Sphinx) -> None:
    """Register the roles."""
    app.add_role("derivgen", InlinePiece())
    app.add_role("derivgen-value", InlinePiece(value=True))


class InlinePiece(SphinxRole):
    """A piece that is one line of equations; of the document's spec, or of the file that is named first."""

    def __init__(self, value: bool = False):
        super().__init__()
        self.value = value

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the formula; the role's own text, and a warning, where something is wrong."""
        written: Written | None = None
        try:
            words = self.text.split()
            named = bool(words) and specs.is_file_name(words[0])
            written = specs.file_named(self.env, words[0]) if named else self._default()
            return [self._formula(written, " ".join(words[1:] if named else words))], []
        except UserError as error:
            specs.tell(error.problems, self.get_location(), written)
            return [nodes.literal(self.rawtext, self.text)], []

    def _default(self) -> Written:
        default = self.env.temp_data.get(specs.DEFAULT)
        if not isinstance(default, Written):
            raise UserError(
                Problem("which spec is this about?", hint="say `derivgen-spec` once above, or name a .yaml file first")
            )
        return default

    def _formula(self, written: Written, name: str) -> nodes.Node:
        evaluation = specs.worked(self.env, written).evaluation
        line = _one_line(name, believed_piece(evaluation, name).blocks)
        words, native = Wording(evaluation.graph.spec.language), self.config.derivgen_math == "sphinx"
        formulas = NodeRenderer(style_of(evaluation), words, native=native).formulas
        return formulas.inline(_last(line)) if self.value else formulas.line(_plain(line))


def _one_line(name: str, blocks: tuple[Block, ...]) -> Line:
    """Return the only line of a piece. Raises UserError for a piece with more to it."""
    if len(blocks) == 1 and isinstance(blocks[0], Equations) and len(blocks[0].lines) == 1 and blocks[0].lines[0].steps:
        return blocks[0].lines[0]
    raise UserError(
        Problem(f"{name!r} is more than one line and cannot stand within a text", hint=f"use the directive: derivgen {name}")
    )


def _plain(line: Line) -> Line:
    """Return the line without the frame around its result."""
    return Line(line.left, tuple((relation, _unboxed(side)) for relation, side in line.steps))


def _last(line: Line) -> Expr:
    return _unboxed(line.steps[-1][1])


def _unboxed(expr: Expr) -> Expr:
    return expr.content if isinstance(expr, Boxed) else expr
