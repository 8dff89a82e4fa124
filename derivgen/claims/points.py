"""A spec at numbers: its own and made-up ones; the derivative of any of its quantities by any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from derivgen.checks.equalities import trial
from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.ratios import graph_of, is_apart
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, Values, run
from derivgen.maths.evaluate import Environment
from derivgen.memo import kept_with_owner

SEEDS = (1, 2)
NOTHING: Values = (Fraction(0),)


def points_of(derivation: Derivation) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]:
    """Return evaluations at made-up values: at any, and at positive ones, where every ReLU mostly is active."""
    drawn = [tuple(trial(derivation, seed=seed, positive=positive) for seed in SEEDS) for positive in (False, True)]
    some, active = (tuple(one for one in found if one is not None) for found in drawn)
    return some, active


def given_numbers_of(derivation: Derivation) -> tuple[Evaluation, ...]:
    """Return evaluations that keep the numbers of a spec that gives some and leaves out others; none for another spec."""
    graph = derivation.graph
    leaves = [name for name, quantity in graph.quantities.items() if quantity.definition is None]
    given = sum(name in graph.given for name in leaves)
    if not given or given == len(leaves):
        return ()
    drawn = (trial(derivation, keep=True, seed=seed) for seed in SEEDS)
    return tuple(one for one in drawn if one is not None)


class Slopes(Mapping[tuple[str, ...], Values]):
    """By (u, v): the values of ∂u/∂v, one or one per sample, worked out when asked for; what u does not depend on has 0.

    Where u's definition names v and v reaches u in other ways, too, it is what the definition says, or the `whole` derivative.
    """

    def __init__(self, evaluation: Evaluation, whole: bool):
        self.evaluation, self.whole = evaluation, whole
        self.known = evaluation.environment().partials

    def __getitem__(self, key: tuple[str, ...]) -> Values:
        of, by, *kind = key
        loss = self.evaluation.graph.loss
        if key in self.known and (not self.whole or of == loss or kind):
            return self.known[key]
        whole = seen_from(self.evaluation, of)
        if whole is None or kind or by not in self.evaluation.graph.quantities:
            raise KeyError(key)
        found = whole.adjoints
        if by in found:
            return found[by]
        if by in _behind(self.evaluation, of):
            raise KeyError(key)
        return NOTHING

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@kept_with_owner
def environment_of(evaluation: Evaluation, whole: bool) -> Environment:
    """Return all values of an evaluation, with the derivative of any quantity by any other."""
    return evaluation.environment()._replace(partials=Slopes(evaluation, whole))


@kept_with_owner
def seen_from(evaluation: Evaluation, of: str) -> Evaluation | None:
    """Return the evaluation with a quantity in the loss's place; None where that is not a matter of each sample by itself."""
    graph = evaluation.graph
    if of == graph.loss:
        return evaluation
    if of not in graph.quantities or not is_apart(graph, of):
        return None
    leaves = {
        name: evaluation.values[name] for name, q in graph.quantities.items() if not q.definition and name in evaluation.values
    }
    try:
        return run(derive(graph_of(graph, of)), leaves, evaluation.counted)
    except SpecError:
        return None


@kept_with_owner
def _behind(evaluation: Evaluation, of: str) -> Mapping[str, None]:
    """Return the names that a quantity depends on, itself among them."""
    graph, found, stack = evaluation.graph, dict[str, None](), [of]
    while stack:
        name = stack.pop()
        if name not in found:
            found[name] = None
            stack += graph.operands(name) if graph.quantities[name].definition is not None else ()
    return found
