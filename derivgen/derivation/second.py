"""Second derivatives: a derivative of the loss in its last form, differentiated once more by the rules, one a step.

The quantities in it are letters; how one changes with the name that is differentiated by is known from the first derivatives.

The quantities of a graph as letters: each prints as its name and stands for its definition.
"""

from __future__ import annotations

from collections.abc import Callable

from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.products import depends
from derivgen.derivation.ratios import graph_of, is_apart
from derivgen.derivation.steps import Steps, TooLongError, worked_out
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.maths.brackets import level
from derivgen.maths.tree import Expr, Letter, Sym, substitute, symbols, walk
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Second

MOST_NODES = 200
"""A first derivative that is longer than this is not differentiated once more by hand."""


@dataclass(frozen=True, slots=True)
class SecondDerivative:
    """∂²loss/∂by∂first. `expression` is its last form in names of quantities, means and sums over the samples as they stand."""

    by: str
    first: str
    expression: Expr


@kept_with_owner
def second_derivatives(derivation: Derivation) -> tuple[SecondDerivative, ...]:
    """Return what the spec asks for under `second`, in its order. Raises SpecError for what is too long."""
    return tuple(_worked(derivation, wanted) for wanted in derivation.graph.spec.second)


def _worked(derivation: Derivation, wanted: Second) -> SecondDerivative:
    result = second_steps(derivation, wanted).result
    return SecondDerivative(wanted.by, wanted.first, level(substitute(result, lambda sym: Sym(sym.name, sym.index))))


def second_steps(derivation: Derivation, wanted: Second, spelled: Callable[[Expr], Expr] = lambda expr: expr) -> Steps:
    """Work ∂/∂by (∂loss/∂first) out, one rule a step, every expression as it is `spelled`. Raises SpecError."""
    graph, by = derivation.graph, wanted.by
    form = derivation.simplification(wanted.first)
    if form is None or sum(1 for _ in walk(form.result)) > MOST_NODES:
        message = f"the derivative of {graph.loss} by {wanted.first} is too long to be differentiated once more by hand"
        raise SpecError(Problem(message, wanted.place, "second derivatives are for computations of a few quantities"))
    letters = Letters(graph, by, spelled)
    known = {name: letters.written(slope) for name in symbols(form.result) if (slope := _slope(derivation, name, by)) is not None}
    try:
        return worked_out(letters.written(level(form.result)), Sym(by), graph.library, tuple(graph.quantities), known)
    except TooLongError:
        message = f"the second derivative by {wanted.first} and {by} has too many lines to be worked out by hand"
        raise SpecError(Problem(message, wanted.place, "second derivatives are for computations of a few quantities")) from None


def _slope(derivation: Derivation, name: str, by: str) -> Expr | None:
    """∂name/∂by in its last form; None where the quantity does not change with it, or samples depend on each other."""
    graph = derivation.graph
    if name not in graph.quantities or graph.quantities[name].definition is None:  # a count of samples is no quantity
        return None
    if name not in derivation.behind((by,)) or not is_apart(graph, name):
        return None
    form = derive(graph_of(graph, name, (by,))).simplification(by)
    return None if form is None else level(form.result)


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
