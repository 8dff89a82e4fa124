"""The tasks of a worksheet and its key: forward pass, chains, local derivatives, gradients; what is asked and what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from derivgen.derivation.derive import Gradient
from derivgen.documents.answer_space import answer_lines, gapped, hint_for, partials_in, with_gaps
from derivgen.documents.backward_task import backward_task
from derivgen.documents.document import Block, Equations, Line, Paragraph, Space, Task, Text, Together
from derivgen.documents.matrix_task import matrix_task
from derivgen.documents.notes import forward_rows
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import TaskPlan, plan_of, points_beside, points_of, points_text, ratio_plans
from derivgen.documents.truncation import written_definitions
from derivgen.documents.updates import update_task
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import chain_line, factor_line, uses_chains
from derivgen.lines.equality import relation_before
from derivgen.lines.forward import definition_line, forward_line, is_abbreviated, is_partly, partly_lines, partly_product
from derivgen.lines.notation import has_samples, partial, symbol
from derivgen.lines.stages import product_lines, staged_line
from derivgen.lines.tables import forward_table, gradient_value
from derivgen.maths.tree import Expr, Marked


def tasks(sheet: Sheet, first: int = 1) -> tuple[Task, ...]:
    """The tasks, numbered from `first` on, in the order the spec lists them; one that asks nothing is left out."""
    plan = plan_of(sheet)
    made = ((kind, _built(sheet, plan, kind)) for kind in sheet.spec.worksheet.tasks)
    found = [(kind, blocks) for kind, blocks in made if blocks]
    return tuple(_task(sheet, plan, str(place), *entry) for place, entry in enumerate(found, first))


def task(sheet: Sheet, kind: str) -> Task | None:
    """One task by itself, without a number; None where it asks nothing."""
    plan = plan_of(sheet)
    blocks = _built(sheet, plan, kind)
    return _task(sheet, plan, "", kind, blocks) if blocks else None


def _built(sheet: Sheet, plan: TaskPlan, kind: str) -> tuple[Block, ...]:
    """A task's blocks, those of the derivatives of one quantity by another before those of the loss."""
    build, given = TASKS[kind].build, kind in sheet.spec.worksheet.given
    own = build(sheet, plan, given)
    if kind not in {"chains", "gradients"} and (kind != "factors" or own):
        return own
    return (*(block for one, asked in ratio_plans(sheet) for block in build(one, asked, given)), *own)


def _task(sheet: Sheet, plan: TaskPlan, place: str, kind: str, blocks: tuple[Block, ...]) -> Task:
    worksheet, words = sheet.spec.worksheet, sheet.words
    hint = worksheet.hints.get(kind)
    if worksheet.scaffolding == "blank":
        told_first = tuple(takewhile(lambda block: isinstance(block, Paragraph), blocks))
        asked = blocks[len(told_first) :]
        space = Space(answer_lines(asked), asked if sheet.audience == "key" else ())
        blocks = (Together((*told_first, space)),) if told_first else (space,)
    given = kind in worksheet.given
    told = "This part is worked out for you." if given else TASKS[kind].instruction(sheet, plan)
    title, points = (Text(words.say(TASKS[kind].title)),), points_of(sheet, plan, kind)
    return Task(place, title, sheet.say(told), points_text(words, points), blocks, sheet.authors(hint) if hint else (), points)


def forward_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Every value of the forward pass: with samples a table, else a line each."""
    evaluation, graph = sheet.evaluation, sheet.graph
    blocks: list[Block] = []
    if has_samples(graph) and forward_table(evaluation)[0] and not is_abbreviated(graph):
        blocks.append(gapped(sheet, forward_rows(sheet), given, plan.given))
    names = [name for name in written_definitions(sheet, plan.gradients) if forward_line(evaluation, name) is not None]
    figures = [_figure(evaluation, name) for name in names]
    values = sheet.answers(figures, given)
    shown_ = [figure if name in plan.given else value for name, figure, value in zip(names, figures, values, strict=True)]
    lines = [_forward(sheet, name, value) for name, value in zip(names, shown_, strict=True)]
    lines += _partly(sheet, plan, given)
    return (*blocks, Equations(tuple(lines), together=len(lines) < 12)) if lines else tuple(blocks)


def _partly(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Line, ...]:
    """What has no value, with the numbers that are known: the answer in a gap."""
    names = tuple(name for name, q in sheet.graph.quantities.items() if q.definition is not None)
    known = [line for line in partly_lines(sheet.evaluation, names) if is_partly(sheet.evaluation, line.names[0])]
    gaps = sheet.answers([line.last for line in known], given)
    return tuple(
        Line(line.sides[0], (("=", line.sides[1]), (line.relations[-1], line.last if line.names[0] in plan.given else gap)))
        for line, gap in zip(known, gaps, strict=True)
        if len(line.sides) > 2
    )


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
    steps = ((relation, value),) if has_samples(sheet.graph) else (("=", definition), (relation, value))
    return Line(symbol(sheet.graph, name), steps)


def _chained(sheet: Sheet, plan: TaskPlan) -> tuple[Gradient, ...]:
    return tuple(gradient for gradient in plan.gradients if uses_chains(sheet.evaluation, gradient) and gradient.paths)


def chains_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """The chain of partials for each gradient; none where the loss names the parameter itself."""
    graph = sheet.graph
    chains = [(gradient, staged_line(graph, gradient) or chain_line(graph, gradient)) for gradient in _chained(sheet, plan)]
    gradients = [gradient for gradient, line in chains if len(line.sides) > 1]
    lines = [line for _, line in chains if len(line.sides) > 1]
    size = sheet.answers([part for line in lines for side in line.sides[1:] for part in partials_in(side)], False)
    if not size:
        return ()
    made = []
    for gradient, line in zip(gradients, lines, strict=True):
        whole = given or gradient.name in plan.chains or gradient.name in plan.worked
        steps = tuple(("=", side if whole else with_gaps(side, size[0])) for side in line.sides[1:])
        made.append(Line(line.sides[0], steps, hint_for(sheet, gradient.name)))
    return (Equations(tuple(made), together=len(made) < 4),)


def factors_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Each local derivative of the chains worked out, once each."""
    evaluation = sheet.evaluation
    once = "gradients" in sheet.spec.worksheet.tasks
    keys = dict.fromkeys(
        (local.consumer, local.operand)
        for gradient in _chained(sheet, plan)
        if not (once and _is_one_factor(gradient))
        for path in gradient.paths or ()
        for local in path
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
    return (Equations(tuple(lines), together=len(lines) < 5),)


def _is_one_factor(gradient: Gradient) -> bool:
    """Whether the gradient is a local derivative itself, so that to ask for both would be to ask twice."""
    return gradient.paths is not None and [len(path) for path in gradient.paths] == [1]


def _short(sheet: Sheet, local) -> Expr:
    """The local derivative in its shortest textbook form."""
    from derivgen.lines.tables import column_head

    return column_head(sheet.evaluation, local)


def gradients_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Each gradient's product and, with numbers, its value."""
    graph = sheet.graph
    gradients = _chained(sheet, plan)
    blocks: list[Block] = []
    if gradients:
        worked = [product_lines(graph, gradient)[0].last for gradient in gradients]
        products = sheet.answers(worked, given)
        lines: list[Line] = []
        values = _values(sheet, gradients, given)
        partly = [partly_product(sheet.evaluation, *each) for each in zip(gradients, worked, strict=True)]
        gaps = iter(sheet.answers([line.last for line in partly if line is not None], given))
        for gradient, product, gap, value, line in zip(gradients, worked, products, values, partly, strict=True):
            whole = gradient.name in plan.worked
            made = _gradient_line(sheet, gradient, product if whole else gap, value, whole)
            if line is not None:
                answer = next(gaps)
                made = replace(made, steps=(*made.steps, (line.relations[-1], line.last if whole else answer)))
            lines.append(made)
        blocks.append(Equations(tuple(lines), together=len(lines) < 4))
    rest = [gradient for gradient in plan.gradients if gradient not in gradients]
    if not rest:
        return tuple(blocks)
    between = (Paragraph(sheet.say(_FROM_BEFORE)),) if blocks and not given else ()
    return (*blocks, *between, *backward_task(sheet, plan, rest, given))


def _values(sheet: Sheet, gradients: Sequence[Gradient], given: bool) -> tuple[Expr | None, ...]:
    evaluation = sheet.evaluation
    if any(g.name not in evaluation.adjoints or (sheet.graph.per_sample(g.name) and has_samples(sheet.graph)) for g in gradients):
        return (None,) * len(gradients)
    return sheet.answers([gradient_value(evaluation, gradient) for gradient in gradients], given)


def _gradient_line(sheet: Sheet, gradient: Gradient, product: Expr, value: Expr | None, whole: bool) -> Line:
    left = partial(sheet.graph, sheet.graph.loss, gradient.name)
    beside = points_beside(sheet, gradient.name)
    if value is None:
        return Line(left, (("=", product),), beside)
    number_ = gradient_value(sheet.evaluation, gradient)
    return Line(left, (("=", product), (relation_before(number_), number_ if whole else value)), beside)


def _always(instruction: str) -> Callable[[Sheet, TaskPlan], str]:
    return lambda sheet, plan: instruction


def _of_chains(sheet: Sheet, plan: TaskPlan) -> str:
    printed = all(gradient.name in plan.chains for gradient in _chained(sheet, plan)) and not ratio_plans(sheet)
    return "They are given here." if printed else "Write the chain of partial derivatives, from the loss to each parameter."


_FROM_BEFORE = "Work out each of these from the ones before it."


def _of_gradients(sheet: Sheet, plan: TaskPlan) -> str:
    known = sheet.graph.loss in sheet.evaluation.values
    if _chained(sheet, plan) or ratio_plans(sheet):
        return "Multiply the factors and put the numbers in." if known else "Multiply the factors."
    return "Work out each of these from the ones before it, with its numbers." if known else _FROM_BEFORE


def _of_matrices(sheet: Sheet, plan: TaskPlan) -> str:
    if sheet.graph.loss in sheet.evaluation.values:
        return "Write each line in matrices, with its numbers."
    return "Write each line in matrices."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: its title, what it says to do, what builds it. Messages are translated when they are said."""

    title: str
    instruction: Callable[[Sheet, TaskPlan], str]
    build: Callable[[Sheet, TaskPlan, bool], tuple[Block, ...]]


TASKS: dict[str, Kind] = {
    "forward": Kind("Forward pass.", _always("Work out every value."), forward_task),
    "chains": Kind("Chains.", _of_chains, chains_task),
    "factors": Kind("Local derivatives.", _always("Work out each factor."), factors_task),
    "gradients": Kind("Gradients.", _of_gradients, gradients_task),
    "update": Kind(
        "Update.", _always("Take one step of gradient descent with each parameter, all from the old values."), update_task
    ),
    "matrices": Kind("In matrices", _of_matrices, matrix_task),
}
