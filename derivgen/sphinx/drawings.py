"""`derivgen-drawing`: the network, or the computation graph, as a figure with a caption and a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from derivgen.errors import Problem, UserError
from derivgen.pieces import believed_piece
from derivgen.sphinx.blocks import Nodes
from derivgen.sphinx.directives import SpecDirective
from derivgen.sphinx.nodes import Drawing
from derivgen.work import Worked

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def register(app: Sphinx) -> None:
    """The directive."""
    app.add_directive("derivgen-drawing", DrawingDirective)


class DrawingDirective(SpecDirective):
    """A drawing; `path` shows the way of one gradient, `caption` makes a numbered figure of it."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "path": directives.unchanged_required,
        "caption": directives.unchanged_required,
        "class": directives.class_option,
        "name": directives.unchanged,
        "show-spec": directives.flag,
    }

    def made(self, found: Worked) -> Nodes:
        """A figure with the drawing."""
        name = self.rest or f"drawing {self.options.get('path', '')}".strip()
        blocks = self.view(found.evaluation).blocks(believed_piece(found.evaluation, name).blocks)
        drawings = [drawing for block in blocks for drawing in block.findall(Drawing)]
        if len(drawings) != 1:
            hint = "it may be too large; or name a piece that is a drawing" if not drawings else "use `derivgen` for it"
            raise UserError(Problem(f"{name} is no single drawing", hint=hint))
        (drawing,) = drawings
        figure = nodes.figure("", drawing, align="center")
        self._caption(figure)
        return [self.named(figure, found.evaluation)]

    def _caption(self, figure: nodes.figure) -> None:
        """The words below it, which may have markup of their own."""
        if "caption" in self.options:
            parsed, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
            figure += [nodes.caption(self.options["caption"], "", *parsed), *messages]
