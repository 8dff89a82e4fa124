"""The tasks of a worksheet and its key: forward pass, chains, local derivatives, gradients; what is asked and what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from derivgen.derivation.derive import Gradient
from derivgen.documents.backward_task import backward_task
from derivgen.documents.document import Block, Equations, Line, Space, Table, Task, Text
from derivgen.documents.gaps import gapped, hint_for, partials_in, with_gaps
from derivgen.documents.notes import forward_rows
from derivgen.documents.plan import Plan, plan_of
from derivgen.documents.sheet import Sheet
from derivgen.documents.updates import update_task
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import chain_line, factor_line, product_line
from derivgen.lines.every import uses_chains
from derivgen.lines.forward import definition_line, forward_line
from derivgen.lines.paper import partial, runs, symbol
from derivgen.lines.tables import forward_table
from derivgen.lines.values import gradient_value
from derivgen.maths.tree import Expr, Marked


def tasks(sheet: Sheet) -> tuple[Block, ...]:
    """The numbered tasks, in the order the spec lists them; one that asks nothing is left out."""
    plan = plan_of(sheet)
    found: list[tuple[str, tuple[Block, ...], str, str]] = []
    for kind in sheet.spec.worksheet.tasks:
        title, instruction, build = _KINDS[kind]
        blocks = build(sheet, plan, kind in sheet.spec.worksheet.given)
        if blocks:
            found.append((kind, blocks, title, instruction))
    return tuple(_task(sheet, place, *entry) for place, entry in enumerate(found, 1))


def _task(sheet: Sheet, place: int, kind: str, blocks: tuple[Block, ...], title: str, instruction: str) -> Task:
    worksheet = sheet.spec.worksheet
    points = worksheet.points.get(kind)
    hint = worksheet.hints.get(kind)
    if worksheet.scaffolding == "blank" and sheet.audience != "notes":
        blocks = (Space(_room(blocks), blocks if sheet.audience == "key" else ()),)
    given = kind in worksheet.given
    told = sheet.say("This part is worked out for you.") if given else sheet.say(instruction)
    printed = sheet.words.count("{n} point", "{n} points", points.value) if points else ""
    return Task(str(place), (Text(sheet.words.say(title)),), told, printed, blocks, sheet.authors(hint) if hint else ())


def _room(blocks: tuple[Block, ...]) -> float:
    """How many lines of empty room a task's answers take."""
    count = 0.0
    for block in blocks:
        if isinstance(block, Equations):
            count += 2.6 * len(block.lines)
        elif isinstance(block, Table):
            count += 1.8 * (len(block.rows) + 1)
    return max(6.0, count)


def total_points(sheet: Sheet) -> str:
    """The sheet's points in all, empty when none are given."""
    worksheet = sheet.spec.worksheet
    total = sum((worksheet.points[kind].value for kind in worksheet.tasks if kind in worksheet.points), Fraction(0))
    return sheet.words.count("{n} point", "{n} points", total) if total else ""


def forward_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """Every value of the forward pass: with samples a table, else a line each."""
    evaluation, graph = sheet.evaluation, sheet.graph
    blocks: list[Block] = []
    if runs(graph) and forward_table(evaluation)[0]:
        blocks.append(gapped(sheet, forward_rows(sheet), given))
    names = [
        name for name, q in graph.quantities.items() if q.definition is not None and forward_line(evaluation, name) is not None
    ]
    values = sheet.answers([_figure(evaluation, name) for name in names], given)
    lines = [_forward(sheet, name, value) for name, value in zip(names, values, strict=True)]
    return (*blocks, Equations(tuple(lines), together=len(lines) < 12)) if lines else tuple(blocks)


def _figure(evaluation: Evaluation, name: str) -> Expr:
    """The value at the end of a forward line; without a mark, since a sheet does not show the figures before it."""
    line = forward_line(evaluation, name)
    assert line is not None
    return line.last.content if isinstance(line.last, Marked) else line.last


def _forward(sheet: Sheet, name: str, value: Expr) -> Line:
    worked = forward_line(sheet.evaluation, name)
    assert worked is not None
    definition = definition_line(sheet.graph, name).sides[1]
    relation = worked.relations[-1]
    steps = ((relation, value),) if runs(sheet.graph) else (("=", definition), (relation, value))
    return Line(symbol(sheet.graph, name), steps)


def _chained(sheet: Sheet, plan: Plan) -> tuple[Gradient, ...]:
    return tuple(gradient for gradient in plan.gradients if uses_chains(sheet.evaluation, gradient) and gradient.paths)


def chains_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """The chain of partials for each gradient; none where the loss names the parameter itself."""
    chains = [(gradient, chain_line(sheet.graph, gradient)) for gradient in _chained(sheet, plan)]
    gradients = [gradient for gradient, line in chains if len(line.sides) > 1]
    lines = [line for _, line in chains if len(line.sides) > 1]
    size = sheet.answers([part for line in lines for part in partials_in(line.last)], False)
    if not size:
        return ()
    made = []
    for gradient, line in zip(gradients, lines, strict=True):
        whole = given or gradient.name in plan.chains or gradient.name in plan.worked
        body = line.last if whole else with_gaps(line.last, size[0])
        made.append(Line(line.sides[0], (("=", body),), hint_for(sheet, gradient.name)))
    return (Equations(tuple(made), together=len(made) < 6),)


def factors_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """Each local derivative of the chains worked out, once each."""
    evaluation = sheet.evaluation
    keys = dict.fromkeys(
        (local.consumer, local.operand) for g in _chained(sheet, plan) for path in g.paths or () for local in path
    )
    if not keys:
        return ()
    locals_ = [evaluation.derivation.locals[key] for key in keys]
    worked = {
        (local.consumer, local.operand)
        for g in _chained(sheet, plan)
        if g.name in plan.worked
        for path in g.paths or ()
        for local in path
    }
    answers = [_short(sheet, local) for local in locals_]
    shown_ = sheet.answers(answers, given)
    lines = [
        Line(factor_line(evaluation, local).sides[0], (("=", plain if key in worked else gap),))
        for key, local, plain, gap in zip(keys, locals_, answers, shown_, strict=True)
    ]
    return (Equations(tuple(lines), together=len(lines) < 8),)


def _short(sheet: Sheet, local) -> Expr:
    """The local derivative in its shortest textbook form."""
    from derivgen.lines.tables import column_head

    return column_head(sheet.evaluation, local)


def gradients_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """Each gradient's product and, with numbers, its value."""
    graph = sheet.graph
    gradients = _chained(sheet, plan)
    blocks: list[Block] = []
    if gradients:
        products = sheet.answers([product_line(graph, gradient).last for gradient in gradients], given)
        lines: list[Line] = []
        values = _values(sheet, gradients, given)
        for gradient, product, value in zip(gradients, products, values, strict=True):
            whole = gradient.name in plan.worked
            lines.append(_gradient_line(sheet, gradient, product_line(graph, gradient).last if whole else product, value, whole))
        blocks.append(Equations(tuple(lines), together=len(lines) < 6))
    rest = [gradient for gradient in plan.gradients if gradient not in gradients]
    return (*blocks, *backward_task(sheet, plan, rest, given)) if rest else tuple(blocks)


def _values(sheet: Sheet, gradients: Sequence[Gradient], given: bool) -> tuple[Expr | None, ...]:
    evaluation = sheet.evaluation
    if any(g.name not in evaluation.adjoints or (sheet.graph.per_sample(g.name) and runs(sheet.graph)) for g in gradients):
        return (None,) * len(gradients)
    return sheet.answers([gradient_value(evaluation, gradient) for gradient in gradients], given)


def _gradient_line(sheet: Sheet, gradient: Gradient, product: Expr, value: Expr | None, whole: bool) -> Line:
    left = partial(sheet.graph, sheet.graph.loss, gradient.name)
    if value is None:
        return Line(left, (("=", product),))
    number_ = gradient_value(sheet.evaluation, gradient)
    from derivgen.lines.equality import rounded

    return Line(left, (("=", product), ("≈" if rounded(number_) else "=", number_ if whole else value)))


Builder = Callable[[Sheet, Plan, bool], tuple[Block, ...]]
_KINDS: dict[str, tuple[str, str, Builder]] = {
    "forward": ("Forward pass.", "Work out every value.", forward_task),
    "chains": ("Chains.", "Write the chain of partial derivatives, from the loss to each parameter.", chains_task),
    "factors": ("Local derivatives.", "Work out each factor.", factors_task),
    "update": ("Update.", "Take one step of gradient descent with each parameter, all from the old values.", update_task),
    "gradients": ("Gradients.", "Multiply the factors and put the numbers in.", gradients_task),
}
"""Each kind of task: its title, what it says to do, what builds it. Messages are translated when they are said."""
