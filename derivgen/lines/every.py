"""Every line a derivation has to say: what documents choose from, and what the checks go through.

The lines of the blocks under `show` are in `derivgen.blocks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.derivation.derive import Gradient, LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import adjoint_line, adjoint_numbers, error_line, error_numbers, needed, sum_line
from derivgen.lines.aliases import stated_line
from derivgen.lines.chains import (
    chain_line,
    factor_line,
    factor_numbers,
    factored_line,
    product_line,
    uses_chains,
    value_line,
)
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.forward import definition_line, forward_line, is_wide, partly_lines, partly_product
from derivgen.lines.notation import local_partial
from derivgen.lines.simplified import simplified_adjoint_lines, simplified_adjoint_value, simplified_lines, simplified_value
from derivgen.lines.stages import braced_line, product_lines, shorthand_lines, staged_line
from derivgen.lines.tables import result_line, sample_table, table_lines
from derivgen.lines.updates import update_lines
from derivgen.maths.tree import Expr

MOST_WORKED = 2_000
"""With more gradients than this only their formulas are written, not the lines with their numbers: no page works them all out."""


def every_line(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Return the lines of the forward pass, of each chain, and of each adjoint that the notation asks for."""
    return tuple(line for line in _lines(evaluation) if line is not None and len(line.sides) > 1)


def _lines(evaluation: Evaluation) -> Iterator[Equality | None]:
    graph = evaluation.graph
    for name, quantity in graph.quantities.items():
        if quantity.definition is not None:
            if not is_wide(graph, name):
                yield definition_line(graph, name)
                yield stated_line(graph, name)
            yield forward_line(evaluation, name)
    yield from table_lines(evaluation)
    yield from partly_lines(evaluation, tuple(name for name, q in graph.quantities.items() if q.definition is not None))
    if graph.spec.update is not None:
        yield from update_lines(evaluation)
    yield from shorthand_lines(evaluation)
    yield from backward_lines(evaluation)
    if graph.spec.second:
        from derivgen.lines.steps import hessian_lines, second_lines

        for second in second_lines(evaluation):
            yield from (second.whole, *second.steps, second.value)
        yield from hessian_lines(evaluation)
    if "matrices" in graph.spec.worksheet.tasks:
        from derivgen.lines.matrices import matrix_task_lines

        yield from matrix_task_lines(evaluation)


def backward_lines(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Return the lines of each chain, and of each adjoint that the notation asks for."""
    return tuple(line for line in _backward(evaluation) if line is not None and len(line.sides) > 1)


def _backward(evaluation: Evaluation) -> Iterator[Equality | None]:
    graph = evaluation.graph
    numbers = len(evaluation.derivation.gradients) <= MOST_WORKED
    chained = [gradient for gradient in evaluation.derivation.gradients.values() if uses_chains(evaluation, gradient)]
    for local in _locals(chained):
        yield factor_line(evaluation, local)
        yield factor_value(evaluation, local) if numbers else None
    for gradient in chained:
        if gradient.name != graph.loss:
            yield from (
                chain_line(graph, gradient),
                staged_line(graph, gradient),
                product_line(graph, gradient),
                factored_line(graph, gradient),
                braced_line(graph, gradient),
                *simplified_lines(evaluation.derivation, gradient),
                _partly(evaluation, gradient) if numbers else None,
                (simplified_value(evaluation, gradient) or value_line(evaluation, gradient)) if numbers else None,
                result_line(evaluation, gradient) if numbers else None,
            )
    for several in (*((gradient,) for gradient in chained), *([chained] if len(chained) > 1 else [])):
        table = sample_table(evaluation, several) if numbers else None
        yield from table.lines if table is not None else ()
    if len(chained) < len(evaluation.derivation.gradients):
        for name in needed(evaluation.derivation):
            yield adjoint_line(evaluation, name)
            yield sum_line(evaluation, name)
            yield error_line(evaluation, name)
            yield adjoint_numbers(evaluation, name) if numbers else None
            yield error_numbers(evaluation, name) if numbers else None
            yield from simplified_adjoint_lines(evaluation, name)
            yield simplified_adjoint_value(evaluation, name) if numbers else None


def _partly(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    """Write the product with the numbers that are known, where that is some and not all."""
    graph = evaluation.graph
    if gradient.name in evaluation.adjoints or not graph.given:
        return None
    return partly_product(evaluation, gradient, product_lines(graph, gradient)[0].last)


def _locals(gradients: list[Gradient]) -> tuple[LocalDerivative, ...]:
    found = {(local.consumer, local.operand): local for gradient in gradients for path in gradient.paths or () for local in path}
    return tuple(found.values())


def factor_value(evaluation: Evaluation, local: LocalDerivative) -> Equality | None:
    """Write ∂z/∂a = its derivative with numbers = its value."""
    numbers: tuple[Expr, ...] = factor_numbers(evaluation, local)
    if not numbers:
        return None
    left = local_partial(local)
    return equality((LineKind.FACTOR_VALUE, local.consumer, local.operand), left, *numbers, numeric=True)
