"""Second derivatives: a derivative of the loss in its last form, differentiated once more by the rules, one a step.

The quantities in it are letters; how one changes with the name that is differentiated by is known from the first derivatives.
"""

from __future__ import annotations

from collections.abc import Callable

from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.letters import Letters
from derivgen.derivation.ratios import graph_of, is_apart
from derivgen.derivation.steps import Steps, TooLongError, worked_out
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass
from derivgen.maths.level import level
from derivgen.maths.tree import Expr, Sym, substitute, symbols, walk
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
