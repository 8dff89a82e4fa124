"""Second derivatives by two roads that know nothing of our steps: SymPy's of the whole loss, and differences of it."""

from __future__ import annotations

from typing import Any

from derivgen.checks.methods import DifferencesMethod
from derivgen.evaluation import Evaluation
from derivgen.maths.arithmetic import DomainError, Number, precision
from derivgen.maths.interpret import Environment, interpret
from derivgen.maths.symbolic import SymPy, derivative, form_of, sympy, value_of
from derivgen.maths.tree import Expr, Sym

MOST_OPERATIONS = 3_000
"""SymPy differentiates a loss of so many operations at most."""
SPARE = 4
"""Its derivative, which is not simplified, is worked out with so many times the digits: large terms may cancel in it."""


class _Flattened(SymPy):
    """SymPy expressions of some names alone: every quantity by its definition, every other name by its number."""

    def __init__(self, evaluation: Evaluation, free: tuple[str, ...]):
        super().__init__(lambda symbol: sympy().Symbol(symbol.name))
        self.evaluation, self.free = evaluation, free
        self._known: dict[tuple[str, int | None], Any] = {}

    def name(self, symbol: Sym, env: Environment) -> Any:
        """Return a name's symbol, its number, or what it is defined as, in the sample that is looked at."""
        if symbol.name in env.numbers:
            return env.numbers[symbol.name]
        graph = self.evaluation.graph
        key = (symbol.name, env.sample if graph.per_sample(symbol.name) else None)
        if key not in self._known:
            definition = graph.quantities[symbol.name].definition
            if symbol.name in self.free:
                self._known[key] = self.names(symbol)
            elif definition is not None:
                self._known[key] = interpret(definition, env.at(key[1]), self)
            else:
                self._known[key] = self.number(self.evaluation.values[symbol.name][key[1] or 0])
        return self._known[key]

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the sum of the body over all samples, written out."""
        return sympy().Add(*[interpret(body, env.at(sample), self) for sample in range(env.samples)])

    def mean(self, total: Any, samples: int) -> Any:
        """Return the sum divided by how many there are."""
        return total / samples


def by_sympy(evaluation: Evaluation, by: str, first: str) -> Number | None:
    """Return ∂²loss/∂by∂first by SymPy; None where the loss is too long for it, or it finds no number."""
    graph, s = evaluation.graph, sympy()
    algebra = _Flattened(evaluation, (by, first))
    env = Environment({}, graph.library, graph.samples, 0 if graph.samples == 1 else None)
    loss = algebra.name(Sym(graph.loss), env)
    if loss.count_ops() > MOST_OPERATIONS:
        return None
    slope = derivative(derivative(loss, s.Symbol(first)), s.Symbol(by)).replace(s.DiracDelta, lambda *args: s.Integer(0))
    try:
        with precision(SPARE * evaluation.digits):
            return value_of(form_of(slope), {name: evaluation.values[name][0] for name in (by, first)})
    except DomainError:
        return None


def by_differences(evaluation: Evaluation, by: str, first: str) -> Number | None:
    """Return ∂²loss/∂by∂first by differences of the forward pass; None where the loss has no value beside this point."""
    return DifferencesMethod(evaluation).second(by, first)
