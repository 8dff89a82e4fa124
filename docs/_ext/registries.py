"""Directives of the manual alone: tables made from the registries of the code, so that they cannot fall behind."""

from __future__ import annotations

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from derivgen.documents.pieces import KINDS
from derivgen.maths.functions import FUNCTIONS, Function, Library
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Call, Compare, Expr, Prime, Sym
from derivgen.sphinx.formulas import Formulas

Cell = nodes.Node | str


class Functions(SphinxDirective):
    """The table of functions."""

    def run(self) -> list[nodes.Node]:
        """Names, value and derivative as they print, what holds at a kink, meaning and source."""
        formulas = Formulas(DEFAULT, native=self.config.derivgen_math == "sphinx")
        rows = [self._row(formulas, function) for function in FUNCTIONS.values()]
        return [_table(("Names", "Value", "Derivative", "At a kink", "What it is; source"), rows)]

    def _row(self, formulas: Formulas, function: Function) -> list[Cell]:
        key, library = function.key, Library()
        value, slope = library.value(key), library.derivative(key, 0)
        argument = Sym("x")
        names = ", ".join(function.names)
        meant = f"{function.meaning}; {function.source}"
        shown: list[Cell] = [_said(formulas, Call(key, (argument,), function.names[0]), value)]
        shown.append(_said(formulas, Prime(key, (argument,), function.names[0]), slope))
        return [nodes.literal(names, names), *shown, function.convention, meant]


def _said(formulas: Formulas, left: Expr, right: Expr | None) -> Cell:
    """An equation; nothing for a function that is not one formula."""
    return "" if right is None else formulas.inline(Compare("==", left, right))


class Pieces(SphinxDirective):
    """The table of the kinds of pieces."""

    def run(self) -> list[nodes.Node]:
        """Each kind and what it is."""
        return [_table(("Kind", "What it is"), [[nodes.literal(kind, kind), entry.means] for kind, entry in KINDS.items()])]


def _table(head: tuple[str, ...], rows: list[list[Cell]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec("", colwidth=1) for _ in head]
    group += nodes.thead("", _row(list(head)))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["registry"])


def _row(cells: list[Cell]) -> nodes.row:
    inside = [nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in inside))


def _dollars(app: Sphinx, docname: str, source: list[str]) -> None:
    """Texts speak of `$…$`, which is no formula."""
    source[0] = source[0].replace("$…$", r"\$…\$")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives; tables of numbers are set as plain text."""
    app.connect("source-read", _dollars)
    app.add_lexer("csv", TextLexer)
    app.add_directive("functions-table", Functions)
    app.add_directive("pieces-table", Pieces)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
