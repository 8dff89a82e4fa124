"""The tasks of a worksheet and its key: forward pass, chains, local derivatives, gradients; what is asked and what is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile

from derivgen.derivation.derive import Gradient, LocalDerivative
from derivgen.documents.answer_space import answer_lines, gapped, hint_for, partials_in, with_gaps
from derivgen.documents.document import Block, Equations, Line, Paragraph, Prose, Space, Task, Text, Together
from derivgen.documents.gradients import adjoint_tables
from derivgen.documents.matrix_task import matrix_task
from derivgen.documents.notes import forward_rows
from derivgen.documents.numbers_task import figures_put_in, numbers_task
from derivgen.documents.second import second_task
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import (
    TaskPlan,
    chained,
    plan_of,
    points_beside,
    points_of,
    points_text,
    ratio_plans,
    written_definitions,
)
from derivgen.documents.updates import asked_steps, update_task
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.lines.adjoints import adjoint_line, error_line, needed, passed_over
from derivgen.lines.chains import chain_line, factor_line
from derivgen.lines.equality import Equality, relation_before
from derivgen.lines.forward import definition_line, forward_line, is_abbreviated, is_partly, partly_lines, partly_product
from derivgen.lines.notation import has_samples, partial, symbol
from derivgen.lines.simplified import put_in, simplified_adjoint_lines, simplified_lines
from derivgen.lines.stages import product_lines, staged_line
from derivgen.lines.tables import column_head, forward_table, gradient_value
from derivgen.maths.tree import Expr, Marked, number
from derivgen.present.measure import width_em

MOST_DEFINED = 6
"""So many long lines of the forward pass have their definitions in them, where these stand above as well."""


def tasks(sheet: Sheet, first: int = 1) -> tuple[Task, ...]:
    """Return the tasks, numbered from `first` on, in the order the spec lists them; one that asks nothing is left out."""
    plan = plan_of(sheet)
    made = ((kind, _built(sheet, plan, kind)) for kind in sheet.spec.worksheet.tasks)
    found = [(kind, blocks) for kind, blocks in made if blocks]
    return tuple(_task(sheet, plan, str(place), *entry) for place, entry in enumerate(found, first))


def task(sheet: Sheet, kind: str) -> Task | None:
    """Return one task by itself, without a number; None where it asks nothing."""
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
    if kind != "matrices":
        blocks = tuple(replace(each, columns=worksheet.columns) if isinstance(each, Equations) else each for each in blocks)
    if worksheet.scaffolding == "blank":
        told_first = tuple(takewhile(lambda block: isinstance(block, Paragraph), blocks))
        asked = blocks[len(told_first) :]
        space = Space(answer_lines(asked, sheet.page, float(worksheet.space)), asked if sheet.audience == "key" else ())
        blocks = (Together((*told_first, space)),) if told_first else (space,)
    given = kind in worksheet.given
    told = "This part is worked out for you." if given else TASKS[kind].instruction(sheet, plan)
    title, points = (Text(words.say(TASKS[kind].title)),), points_of(sheet, plan, kind)
    return Task(place, title, sheet.say(told), points_text(words, points), blocks, sheet.authors(hint) if hint else (), points)


def forward_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for every value of the forward pass: with samples in a table, else on a line each."""
    evaluation, graph = sheet.evaluation, sheet.graph
    blocks: list[Block] = []
    if has_samples(graph) and forward_table(evaluation)[0] and not is_abbreviated(graph):
        blocks.append(gapped(sheet, forward_rows(sheet), given, plan.given))
    names = [name for name in written_definitions(sheet, plan.gradients) if forward_line(evaluation, name) is not None]
    figures = [_figure(evaluation, name) for name in names]
    values = sheet.answers(figures, given)
    shown_ = [figure if name in plan.given else value for name, figure, value in zip(names, figures, values, strict=True)]
    figures_ = figures_put_in(sheet, names, given) if "numbers" in sheet.spec.worksheet.tasks else {}
    lines = [_forward(sheet, name, value, figures_.get(name)) for name, value in zip(names, shown_, strict=True)]
    if not figures_ and len(lines) > MOST_DEFINED and max(map(_width, lines)) > sheet.page.room / 2:
        lines = [replace(line, steps=line.steps[-1:]) for line in lines]  # the definitions stand above, and columns save a page
    lines += _partly(sheet, plan, given)
    return (*blocks, Equations(tuple(lines), together=len(lines) < 12)) if lines else tuple(blocks)


def _width(line: Line) -> float:
    """Return about how wide a line is, in em."""
    return sum(1.5 + width_em(side) for side in (line.left, *(step for _, step in line.steps)) if side is not None)


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


def _forward(sheet: Sheet, name: str, value: Expr, figures: Expr | None) -> Line:
    worked = forward_line(sheet.evaluation, name)
    assert worked is not None
    definition = definition_line(sheet.graph, name).sides[1]
    defined = () if has_samples(sheet.graph) else (("=", definition),)
    put_in = () if figures is None else ((worked.relations[0], figures),)
    return Line(symbol(sheet.graph, name), (*defined, *put_in, (worked.relations[-1], value)))


def chains_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for the chain of partial derivatives of each gradient; not where the loss names the parameter itself."""
    graph = sheet.graph
    chains = [(gradient, staged_line(graph, gradient) or chain_line(graph, gradient)) for gradient in chained(sheet, plan)]
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
    """Ask for each local derivative of the chains, once each."""
    evaluation = sheet.evaluation
    once = "gradients" in sheet.spec.worksheet.tasks
    keys = dict.fromkeys(
        (local.consumer, local.operand)
        for gradient in chained(sheet, plan)
        if not (once and _is_one_factor(gradient))
        for path in gradient.paths or ()
        for local in path
    )
    if not keys:
        return ()
    locals_ = [evaluation.derivation.locals[key] for key in keys]
    worked = {
        (local.consumer, local.operand)
        for g in chained(sheet, plan)
        if g.name in plan.worked
        for path in g.paths or ()
        for local in path
    }
    answers = [_factor(evaluation, local) for local in locals_]
    shown_ = sheet.answers(answers, given)
    lines = [
        Line(factor_line(evaluation, local).sides[0], (("=", plain if key in worked else gap),))
        for key, local, plain, gap in zip(keys, locals_, answers, shown_, strict=True)
    ]
    return (Equations(tuple(lines), together=len(lines) < 5),)


def _factor(evaluation: Evaluation, local: LocalDerivative) -> Expr:
    """A factor in its shortest form that is not its name alone."""
    line, short = factor_line(evaluation, local), column_head(evaluation, local)
    return line.last if short == line.sides[0] else short


def _is_one_factor(gradient: Gradient) -> bool:
    """Whether the gradient is a local derivative itself, so that to ask for both would be to ask twice."""
    return gradient.paths is not None and [len(path) for path in gradient.paths] == [1]


def gradients_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Ask for each gradient's product and, with numbers, its value."""
    graph = sheet.graph
    gradients = chained(sheet, plan)
    blocks: list[Block] = []
    if gradients:
        worked = [product_lines(graph, gradient)[0].last for gradient in gradients]
        products = sheet.answers(worked, given)
        lines: list[Line] = []
        values = _values(sheet, gradients, given)
        partly = [partly_product(sheet.evaluation, *each) for each in zip(gradients, worked, strict=True)]
        gaps = iter(sheet.answers([line.last for line in partly if line is not None], given))
        forms = [simplified_lines(sheet.evaluation.derivation, gradient)[-1:] for gradient in gradients]
        neat = iter(sheet.answers([line.last for (line,) in filter(None, forms)], given))
        for gradient, product, gap, value, line, form in zip(gradients, worked, products, values, partly, forms, strict=True):
            whole = gradient.name in plan.worked
            shorter = [(form[0].last, next(neat))] if form else []
            written = [each[0] if whole else each[1] for each in ((product, gap), *shorter)]
            made = _gradient_line(sheet, gradient, written, value, whole)
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


def _gradient_line(sheet: Sheet, gradient: Gradient, forms: Sequence[Expr], value: Expr | None, whole: bool) -> Line:
    """∂L/∂w = its product = that simplified = its value; `whole`: nothing is asked for."""
    left = partial(sheet.graph, sheet.graph.loss, gradient.name)
    beside = points_beside(sheet, gradient.name)
    steps = tuple(("=", form) for form in forms)
    if value is None:
        return Line(left, steps, beside)
    number_ = gradient_value(sheet.evaluation, gradient)
    return Line(left, (*steps, (relation_before(number_), number_ if whole else value)), beside)


def backward_task(sheet: Sheet, plan: TaskPlan, gradients: Sequence[Gradient], given: bool) -> tuple[Block, ...]:
    """Ask for each derivative that the notes derive, from the ones before it; with samples a table below."""
    evaluation, graph = sheet.evaluation, sheet.graph
    names = [name for name in passed_over(evaluation, needed(evaluation.derivation, gradients)) if name != graph.loss]
    ways = {name: _Way.of(evaluation, name) for name in names}
    gaps = _Gaps.of(sheet, ways)
    lines = [
        _adjoint_given(sheet, name, ways[name])
        if given or name in plan.worked
        else _adjoint_asked(sheet, plan, name, ways[name], gaps)
        for name in names
    ]
    tables = (gapped(sheet, table, given, plan.given) for table in adjoint_tables(sheet, names, len(names)))
    return (Equations(tuple(lines), together=False), *tables)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the notes come to a derivative: its chain, the form of the books where that is another one, its numbers."""

    chain: Equality
    neat: Equality | None
    numbers: Equality | None

    @classmethod
    def of(cls, evaluation: Evaluation, name: str) -> _Way:
        forms = simplified_adjoint_lines(evaluation, name)
        chain = error_line(evaluation, name) or adjoint_line(evaluation, name)
        return cls(chain, forms[-1] if forms else None, put_in(evaluation, name))


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps below each other: for a partial derivative; by name for what is worked out, simplified, for numbers and values."""

    model: Expr
    worked: Mapping[str, Expr]
    neat: Mapping[str, Expr]
    figures: Mapping[str, Expr]
    values: Mapping[str, Expr]

    @classmethod
    def of(cls, sheet: Sheet, ways: Mapping[str, _Way]) -> _Gaps:
        chains = {name: way.chain for name, way in ways.items()}
        numbers = {name: way.numbers for name, way in ways.items() if way.numbers is not None}
        partials = [part for chain in chains.values() for part in partials_in(chain.sides[1])]
        direct = {name: chain.sides[1] for name, chain in chains.items() if not partials_in(chain.sides[1])}
        symbolic = {name: chain.last for name, chain in chains.items() if name not in numbers and name not in direct}
        columns = (
            {**direct, **symbolic},
            {name: way.neat.last for name, way in ways.items() if way.neat is not None},
            {name: line.sides[1] for name, line in numbers.items() if len(line.sides) > 2},
            {name: line.last for name, line in numbers.items()},
        )
        return cls(sheet.answers(partials)[0] if partials else number(0), *map(sheet.answers_by, columns))


def _adjoint_given(sheet: Sheet, name: str, way: _Way) -> Line:
    """∂L/∂x = chain = simplified = numbers = value, as it stands in the notes."""
    chain, numbers = way.chain, way.numbers
    sides = [*zip(chain.relations, chain.sides[1:], strict=True)]
    sides += [("=", way.neat.last)] if way.neat is not None else []
    sides += [*zip(numbers.relations, numbers.sides[1:], strict=True)] if numbers is not None else []
    return Line(chain.sides[0], tuple(sides), _beside(sheet, name))


def _adjoint_asked(sheet: Sheet, plan: TaskPlan, name: str, way: _Way, gaps: _Gaps) -> Line:
    """The same with a gap for each partial derivative and each side."""
    chain, numbers = way.chain, way.numbers
    first = chain.sides[1]
    if name not in plan.chains:
        first = with_gaps(first, gaps.model) if partials_in(first) else gaps.worked[name]
    steps = [("=", first)]
    if numbers is None and len(chain.sides) > 2:
        steps.append(("=", gaps.worked[name]))
    if name in gaps.neat:
        steps.append(("=", gaps.neat[name]))
    if numbers is not None:
        if name in gaps.figures:
            steps.append((numbers.relations[0], gaps.figures[name]))
        steps.append((numbers.relations[-1], gaps.values[name]))
    return Line(chain.sides[0], tuple(steps), _beside(sheet, name))


def _beside(sheet: Sheet, name: str) -> Prose:
    """The points for a gradient and the author's hint."""
    points, hint = points_beside(sheet, name), hint_for(sheet, name)
    return (*points, Text("; "), *hint) if points and hint else (*points, *hint)


def _always(instruction: str) -> Callable[[Sheet, TaskPlan], str]:
    return lambda sheet, plan: instruction


def _of_chains(sheet: Sheet, plan: TaskPlan) -> str:
    printed = all(gradient.name in plan.chains for gradient in chained(sheet, plan)) and not ratio_plans(sheet)
    return "They are given here." if printed else "Write the chain of partial derivatives, from the loss to each parameter."


_FROM_BEFORE = "Work out each of these from the ones before it."


def _of_gradients(sheet: Sheet, plan: TaskPlan) -> str:
    known = sheet.graph.loss in sheet.evaluation.values
    written = chained(sheet, plan)
    derivation = sheet.evaluation.derivation
    if not written and any(simplified_adjoint_lines(sheet.evaluation, name) for name in needed(derivation, plan.gradients)):
        return (
            "Work out each of these from the ones before it, simplify, and put the numbers in."
            if known
            else "Work out each of these from the ones before it, and simplify."
        )
    if any(simplified_lines(derivation, gradient) for gradient in written):
        return "Multiply the factors, simplify, and put the numbers in." if known else "Multiply the factors and simplify."
    if written or ratio_plans(sheet):
        return "Multiply the factors and put the numbers in." if known else "Multiply the factors."
    return "Work out each of these from the ones before it, with its numbers." if known else _FROM_BEFORE


def _of_numbers(sheet: Sheet, plan: TaskPlan) -> str:
    if has_samples(sheet.graph):
        return "Put each sample's numbers into the factors and multiply these; the sums over the samples are the gradients."
    return "Put the numbers in, and work out each gradient."


def _of_seconds(sheet: Sheet, plan: TaskPlan) -> str:
    known = sheet.graph.loss in sheet.evaluation.values
    return "Differentiate each gradient once more and put the numbers in." if known else "Differentiate each gradient once more."


def _of_updates(sheet: Sheet, plan: TaskPlan) -> str:
    update = sheet.spec.update
    if update is None or update.plain:
        return "Take one step of gradient descent with each parameter, all from the old values."
    steps = len(asked_steps(sheet.evaluation))
    if not steps:
        return "Write the rules of the update for any parameter."
    return (
        "Take one step with each parameter, line by line." if steps == 1 else "Take each step with each parameter, line by line."
    )


def _of_matrices(sheet: Sheet, plan: TaskPlan) -> str:
    if sheet.graph.loss in sheet.evaluation.values:
        return "Write each line in matrices, with its numbers."
    return "Write each line in matrices."


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of task: its title, what it says to do, what builds it. Messages are translated when they are said."""

    title: str
    instruction: Callable[[Sheet, TaskPlan], str]
    build: Callable[[Sheet, TaskPlan, bool], tuple[Block, ...]]


TASKS: dict[str, TaskKind] = {
    "forward": TaskKind("Forward pass.", _always("Work out every value."), forward_task),
    "chains": TaskKind("Chains.", _of_chains, chains_task),
    "factors": TaskKind("Local derivatives.", _always("Work out each factor."), factors_task),
    "gradients": TaskKind("Gradients.", _of_gradients, gradients_task),
    "numbers": TaskKind("Numbers.", _of_numbers, numbers_task),
    "second": TaskKind("Second derivatives.", _of_seconds, second_task),
    "update": TaskKind("Update.", _of_updates, update_task),
    "matrices": TaskKind("In matrices", _of_matrices, matrix_task),
}
