"""The quantities of a graph as letters: each prints as its name and stands for its definition."""

from __future__ import annotations

from collections.abc import Callable

from derivgen.derivation.products import depends
from derivgen.graph import Graph
from derivgen.maths.tree import Expr, Letter, Sym, substitute


class Letters:
    """Puts letters for the quantities that depend on a name.

    Args:
        graph: whose quantities they are.
        by: the name that is differentiated by.
        spelled: how definitions are written, the samples' index on each name for a page.
    """

    def __init__(self, graph: Graph, by: str, spelled: Callable[[Expr], Expr] = lambda expr: expr):
        self.graph, self.by, self.spelled = graph, by, spelled
        self._found: dict[tuple[str, str | int | None], Expr] = {}

    def written(self, expr: Expr) -> Expr:
        """Return the expression, as it is spelled, with its quantities as letters."""
        return substitute(self.spelled(expr), self._symbol)

    def _symbol(self, sym: Sym) -> Expr:
        key = (sym.name, sym.index)
        if key not in self._found:
            self._found[key] = self._letter(sym)
        return self._found[key]

    def _letter(self, sym: Sym) -> Expr:
        quantity = self.graph.quantities.get(sym.name)
        if quantity is None or quantity.definition is None or sym.name == self.by:
            return sym
        content = self.written(quantity.definition)
        return Letter(sym.name, sym.index, content=content, at=sym.at) if depends(content, self.by) else sym
