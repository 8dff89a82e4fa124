"""Second derivatives as lines: the first derivative differentiated once more, a rule a line, its numbers, the Hessian."""

from __future__ import annotations

from derivgen.derivation.second import SecondDerivative, second_derivatives, second_steps
from derivgen.derivation.steps import Steps
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import entry_by_entry, has_samples, number_format, symbol, to_notation, with_numbers
from derivgen.lines.steps import step_lines
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tree import Call, Expr, Marked, Matrix, Partial, Prime, Reduce, Sym, holds_any, substitute
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Second

LARGEST_HESSIAN = 6
"""Of so many names at most the Hessian fits on a page."""


@dataclass(frozen=True, slots=True)
class SecondLines:
    """∂²L/∂v∂w = ∂/∂v (∂L/∂w) = its last form; the steps between the two; the numbers put in, where they are known."""

    whole: Equality
    steps: tuple[Equality, ...]
    value: Equality | None


@kept_with_owner
def second_lines(evaluation: Evaluation) -> tuple[SecondLines, ...]:
    """Return the lines of each second derivative that the spec asks for, in its order. Raises SpecError for what is too long."""
    derivation = evaluation.derivation
    asked = zip(derivation.graph.spec.second, second_derivatives(derivation), strict=True)
    return tuple(_lines(evaluation, wanted, found) for wanted, found in asked)


def _lines(evaluation: Evaluation, wanted: Second, found: SecondDerivative) -> SecondLines:
    graph = evaluation.graph
    steps: Steps = second_steps(evaluation.derivation, wanted, lambda expr: entry_by_entry(expr, graph))
    left = second_partial(evaluation, wanted.by, wanted.first)
    form = substitute(steps.result, lambda sym: Sym(sym.name, sym.index))
    whole = equality((LineKind.SECOND, wanted.by, wanted.first), left, steps.start, form)
    return SecondLines(whole, step_lines(steps, graph.library), _value(evaluation, found, left))


def second_partial(evaluation: Evaluation, by: str, first: str) -> Partial:
    """Write ∂²L/∂by∂first."""
    graph = evaluation.graph
    return Partial(symbol(graph, graph.loss), Sym(first), then=Sym(by))


def _value(evaluation: Evaluation, found: SecondDerivative, left: Partial) -> Equality | None:
    """Write ∂²L/∂v∂w = its last form with the numbers put in = its value; with samples the value alone."""
    number = evaluation.seconds.get((found.by, found.first))
    if number is None:
        return None
    style, about = number_format(evaluation), (LineKind.SECOND_VALUE, found.by, found.first)
    form = to_notation(found.expression, evaluation.graph)
    if has_samples(evaluation.graph) or holds_any(form, (Call, Prime, Reduce)):
        return equality(about, left, shown(number, style), numeric=True)
    env = evaluation.environment(0)
    expr, result, agrees = settle(
        lambda extra: with_numbers(form, evaluation, style, extra), number, style, lambda e: evaluate(e, env)
    )
    return equality(about, left, expr, result if agrees else Marked(result), numeric=True)


def hessian_lines(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Write the Hessian: its second derivatives = their numbers; nothing where not every pair of names is asked for."""
    asked = {frozenset((each.by, each.first)): each for each in evaluation.graph.spec.second}
    names = tuple(dict.fromkeys(name for each in evaluation.graph.spec.second for name in (each.first, each.by)))
    whole = len(asked) == len(names) * (len(names) + 1) // 2
    if not whole or not 1 < len(names) <= LARGEST_HESSIAN:
        return ()
    style = number_format(evaluation)
    rows = [[asked[frozenset((row, column))] for column in names] for row in names]
    partials = Matrix(tuple(tuple(second_partial(evaluation, row, column) for column in names) for row in names))
    known = [[evaluation.seconds.get((each.by, each.first)) for each in row] for row in rows]
    forms = {(each.by, each.first): each.expression for each in second_derivatives(evaluation.derivation)}
    worked: tuple[tuple[Expr, ...], ...]
    if all(number is not None for row in known for number in row):
        worked = tuple(tuple(shown(number, style) for number in row if number is not None) for row in known)
    else:
        worked = tuple(tuple(to_notation(forms[each.by, each.first], evaluation.graph) for each in row) for row in rows)
    return (equality((LineKind.HESSIAN,), partials, Matrix(worked), numeric=evaluation.graph.loss in evaluation.values),)
