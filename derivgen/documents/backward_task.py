"""The backward pass as a task: each derivative of the loss from the ones before it, with gaps."""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Line, Table
from derivgen.documents.gaps import gapped, hint_for, partials_in, with_gaps
from derivgen.documents.plan import Plan
from derivgen.documents.sheet import Sheet
from derivgen.lines.adjoints import adjoint_line, adjoint_numbers, behind, needed
from derivgen.lines.equality import Equality
from derivgen.lines.paper import partial, runs
from derivgen.lines.tables import adjoint_table
from derivgen.maths.tree import Expr, Sym, number


def backward_task(sheet: Sheet, plan: Plan, gradients: Sequence[Gradient], given: bool) -> tuple[Block, ...]:
    """A line for each derivative on the way: its chain, its numbers and its value; with samples a table of them below."""
    evaluation, graph = sheet.evaluation, sheet.graph
    wanted = behind(evaluation.derivation, gradients)
    names = [name for name in needed(evaluation.derivation) if name != graph.loss and name in wanted]
    chains = {name: adjoint_line(evaluation, name) for name in names}
    partials = [part for chain in chains.values() for part in partials_in(chain.sides[1])]
    model = sheet.answer(partials[0]) if partials else number(0)
    results = _results(sheet, names, given)
    lines = [_line(sheet, plan, name, chains[name], model, results[name], given) for name in names]
    return (Equations(tuple(lines), together=False), *_table(sheet, names, given))


def _results(sheet: Sheet, names: list[str], given: bool) -> dict[str, Expr | None]:
    """The values, all in gaps of one size; None where there is none."""
    found = {name: line.last for name in names if (line := adjoint_numbers(sheet.evaluation, name)) is not None}
    answers = dict(zip(found, sheet.answers(found.values(), given), strict=True))
    return {name: answers.get(name) for name in names}


def _line(sheet: Sheet, plan: Plan, name: str, chain: Equality, model: Expr, result: Expr | None, given: bool) -> Line:
    """∂L/∂x = chain = numbers = value, each side a gap unless it is given."""
    numbers = adjoint_numbers(sheet.evaluation, name)
    if given or name in plan.worked:
        sides = [*zip(chain.relations, chain.sides[1:], strict=True)]
        sides += [*zip(numbers.relations, numbers.sides[1:], strict=True)] if numbers is not None else []
        return Line(chain.sides[0], tuple(sides), hint_for(sheet, name))
    first = chain.sides[1]
    if name not in plan.chains:
        first = with_gaps(first, model) if partials_in(first) else sheet.answer(first)
    steps = [("=", first)]
    if numbers is None and len(chain.sides) > 2:
        steps.append(("=", sheet.answer(chain.last)))
    if numbers is not None:
        steps += [
            (relation, sheet.answer(side)) for relation, side in zip(numbers.relations[:-1], numbers.sides[1:-1], strict=True)
        ]
        steps.append((numbers.relations[-1], result if result is not None else numbers.last))
    return Line(chain.sides[0], tuple(steps), hint_for(sheet, name))


def _table(sheet: Sheet, names: list[str], given: bool) -> tuple[Block, ...]:
    graph = sheet.graph
    known, rows = adjoint_table(sheet.evaluation, tuple(names)) if runs(graph) else ((), ())
    if not known:
        return ()
    header = (Sym(graph.index), *(partial(graph, graph.loss, name) for name in known))
    body = tuple((number(k + 1), *row) for k, row in enumerate(rows))
    return (gapped(sheet, Table(header, body, 1, (), sheet.words.say("The derivatives of the loss, sample by sample")), given),)
