"""The block `steps`: a function differentiated step by step, one rule a line, its name beside it.

The spec's quantities are letters that stand for their definitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derivgen.blocks.record import ShownBlock
from derivgen.derivation.second import Letters
from derivgen.derivation.steps import Steps
from derivgen.documents.document import Block, Equations, Heading, Line, Math
from derivgen.documents.sheet import Sheet
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality
from derivgen.lines.notation import entry_by_entry, has_samples, with_dot_products
from derivgen.lines.steps import step_lines, steps_of
from derivgen.maths.tree import Call, Derivative, Expr, walk
from derivgen.spec.model import Show
from derivgen.spec.steps import Asked, asked_of, is_of_the_spec


def lines_of_steps(evaluation: Evaluation, show: Show) -> Iterable[Equality]:
    """Return the lines of a block `steps`, for the checks."""
    return shown_steps(evaluation, show)[1]


def shown_steps(evaluation: Evaluation, show: Show) -> tuple[Steps, tuple[Equality, ...]]:
    """Work out what a block `steps` asks for: the steps and their lines. Raises SpecError."""
    graph = evaluation.graph
    uses = {name: graph.operands(name) for name, quantity in graph.quantities.items() if quantity.definition is not None}
    found = asked_of(show, graph.spec.functions, uses)
    expr = _of_the_spec(graph, found, show) if is_of_the_spec(found.expr, uses) else found.expr
    steps = steps_of(expr, found.by, graph.library, tuple(graph.quantities), show.place)
    return _in_vectors(steps, step_lines(steps, graph.library), graph)


def _in_vectors(steps: Steps, lines: tuple[Equality, ...], graph: Graph) -> tuple[Steps, tuple[Equality, ...]]:
    """Return the same with the products of vectors that the notation names."""
    groups = graph.spec.notation.vectors
    if not groups:
        return steps, lines
    printed = tuple(replace(line, sides=tuple(with_dot_products(side, groups) for side in line.sides)) for line in lines)
    start = with_dot_products(steps.start, groups)
    assert isinstance(start, Derivative)
    return replace(steps, start=start), printed


def _of_the_spec(graph: Graph, found: Asked, show: Show) -> Expr:
    by = graph.quantities.get(found.by)
    if by is not None and by.per_sample and has_samples(graph):
        message = f"{found.by} has one value per sample, so there is no one derivative by it"
        raise SpecError(Problem(message, show.places[-1], "choose a name that has one value"))
    return Letters(graph, found.by, lambda expr: entry_by_entry(expr, graph)).written(found.expr)


def steps_block(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Print a heading, and d/dx (f) = … = … with the rule at the right of each line."""
    steps, lines = shown_steps(sheet.evaluation, show)
    heading = Heading(sheet.say("Step by step: {derivative}", derivative=Math(steps.start)))
    rows = [Line(None, (("=", line.last),), sheet.reason(line.reason)) for line in lines]
    first = Line(steps.start, rows[0].steps, rows[0].reason) if rows else Line(steps.start, ())
    return (heading, Equations((first, *rows[1:]), together=False))


def _steps(sheet: Sheet) -> tuple[str, ...]:
    """Return what the spec shows step by step, then each function of one argument that the computation uses."""
    shown = [" ".join(show.arguments[0].split()) for show in sheet.spec.show if show.kind == "steps"]
    return tuple(dict.fromkeys((*shown, *_used(sheet))))


def _used(sheet: Sheet) -> Iterator[str]:
    library = sheet.graph.library
    for quantity in sheet.graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Call) and len(node.args) == 1 and node.component is None and node.function != "linear":
                yield from (node.written or node.function,) if library.value(node.function) is not None else ()


STEPS = ShownBlock("steps", steps_block, lines_of_steps, means="a function differentiated step by step, by rules", of=_steps)
