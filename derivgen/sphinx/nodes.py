"""What derivgen puts into a page beside docutils' own nodes. Each holds all that any builder needs, as text."""

from __future__ import annotations

from docutils import nodes


class _Mathematics(nodes.Element):
    """Holds its LaTeX as an attribute, out of reach of what improves quotes and dashes in texts, or indexes words."""

    def astext(self) -> str:
        """The LaTeX, as of docutils' own mathematics."""
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


class Room(nodes.General, nodes.Element):
    """Empty room to write in: `html`, `latex`."""


class Folded(nodes.General, nodes.Element):
    """Something that opens at a click where there are clicks, under its `title`; elsewhere it stands open."""


class SolutionPointer(nodes.General, nodes.Element):
    """Where a solution would stand that stands in the appendix; becomes a link to it."""


class Appendix(nodes.General, nodes.Element):
    """Where the solutions of all pages are collected."""
