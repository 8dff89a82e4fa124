"""The tasks of a worksheet and its key: forward pass, chains, local derivatives, gradients; what is asked and what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Line, Space, Table, Task, Text
from derivgen.documents.notes import forward_rows
from derivgen.documents.sheet import Sheet
from derivgen.evaluation import Evaluation
from derivgen.graph import matching
from derivgen.lines.adjoints import adjoint_line, adjoint_numbers, behind, needed
from derivgen.lines.chains import chain_line, factor_line, product_line
from derivgen.lines.every import uses_chains
from derivgen.lines.forward import definition_line, forward_line
from derivgen.lines.paper import number_format, partial, runs, symbol
from derivgen.lines.tables import adjoint_table, forward_table
from derivgen.lines.values import gradient_value
from derivgen.maths.numbers import shown
from derivgen.maths.tree import Expr, Partial, Sym, number, rebuild


@dataclass(frozen=True, slots=True)
class Plan:
    """Which gradients are asked for, and how much is given: `worked` names are printed whole, `chains` have their chain printed."""

    gradients: tuple[Gradient, ...]
    worked: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()


def plan_of(sheet: Sheet) -> Plan:
    """What the spec's worksheet block asks and gives."""
    asked = sheet.spec.worksheet.ask
    gradients = sheet.evaluation.derivation.gradients
    names = [name for pattern in asked for name in matching(pattern, tuple(gradients)) if name in gradients and name != sheet.graph.loss]
    chosen = tuple(gradients[name] for name in dict.fromkeys(names))
    scaffolding = sheet.spec.worksheet.scaffolding
    order = tuple(gradient.name for gradient in chosen)
    if scaffolding == "chain":
        return Plan(chosen, (), order)
    return Plan(chosen, order[:1], order[:2]) if scaffolding == "faded" else Plan(chosen)


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
        blocks.append(_gapped(sheet, forward_rows(sheet), given))
    names = [name for name, q in graph.quantities.items() if q.definition is not None and forward_line(evaluation, name) is not None]
    values = sheet.answers([_figure(evaluation, name) for name in names], given)
    lines = [_forward(sheet, name, value) for name, value in zip(names, values, strict=True)]
    return (*blocks, Equations(tuple(lines), together=len(lines) < 12)) if lines else tuple(blocks)


def _figure(evaluation: Evaluation, name: str) -> Expr:
    """The value at the end of a forward line."""
    line = forward_line(evaluation, name)
    assert line is not None
    return line.last


def _forward(sheet: Sheet, name: str, value: Expr) -> Line:
    worked = forward_line(sheet.evaluation, name)
    assert worked is not None
    definition = definition_line(sheet.graph, name).sides[1]
    relation = worked.relations[-1]
    steps = ((relation, value),) if runs(sheet.graph) else (("=", definition), (relation, value))
    return Line(symbol(sheet.graph, name), steps)


def _gapped(sheet: Sheet, table: Table, given: bool) -> Table:
    """A table with what is worked out in it as gaps, every column's of one size."""
    columns = list(zip(*table.rows, strict=True))
    asked = [sheet.answers([cell for cell in column if cell is not None], given) for column in columns[table.given :]]
    rows = tuple((*row[: table.given], *(column[k] for column in asked)) for k, row in enumerate(table.rows))
    return Table(table.header, rows, table.given, table.footer, table.caption)


def _chained(sheet: Sheet, plan: Plan) -> tuple[Gradient, ...]:
    return tuple(gradient for gradient in plan.gradients if uses_chains(sheet.evaluation, gradient) and gradient.paths)


def chains_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """The chain of partials for each gradient; none where the loss names the parameter itself."""
    chains = [(gradient, chain_line(sheet.graph, gradient)) for gradient in _chained(sheet, plan)]
    gradients = [gradient for gradient, line in chains if len(line.sides) > 1]
    lines = [line for _, line in chains if len(line.sides) > 1]
    size = sheet.answers([part for line in lines for part in _partials(line.last)], False)
    if not size:
        return ()
    made = []
    for gradient, line in zip(gradients, lines, strict=True):
        whole = given or gradient.name in plan.chains or gradient.name in plan.worked
        body = line.last if whole else _with_gaps(sheet, line.last, size[0])
        made.append(Line(line.sides[0], (("=", body),), _hint(sheet, gradient.name)))
    return (Equations(tuple(made), together=len(made) < 6),)


def _partials(expr: Expr) -> list[Partial]:
    from derivgen.maths.tree import walk

    return [node for node in walk(expr) if isinstance(node, Partial)]


def _with_gaps(sheet: Sheet, expr: Expr, model: Expr) -> Expr:
    """The chain with every partial in a gap of the same size."""
    from derivgen.maths.tree import Filled, Gap

    if isinstance(expr, Partial):
        if isinstance(model, Gap):
            return model
        return Filled(expr, model.width, model.height) if isinstance(model, Filled) else expr
    return rebuild(expr, lambda part: _with_gaps(sheet, part, model))


def _hint(sheet: Sheet, name: str):
    text = sheet.spec.worksheet.hints.get(name)
    return sheet.authors(text) if text else ()


def factors_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """Each local derivative of the chains worked out, once each."""
    evaluation = sheet.evaluation
    keys = dict.fromkeys((local.consumer, local.operand) for g in _chained(sheet, plan) for path in g.paths or () for local in path)
    if not keys:
        return ()
    locals_ = [evaluation.derivation.locals[key] for key in keys]
    worked = {(local.consumer, local.operand) for g in _chained(sheet, plan) if g.name in plan.worked for path in g.paths or () for local in path}
    answers = [_short(sheet, local) for local in locals_]
    shown_ = sheet.answers(answers, given)
    lines = [Line(factor_line(evaluation, local).sides[0], (("=", plain if key in worked else gap),))
             for key, local, plain, gap in zip(keys, locals_, answers, shown_, strict=True)]  # fmt: skip
    return (Equations(tuple(lines), together=len(lines) < 8),)


def _short(sheet: Sheet, local) -> Expr:
    """The local derivative in its shortest textbook form."""
    from derivgen.lines.tables import column_head

    return column_head(sheet.evaluation, local)


def gradients_task(sheet: Sheet, plan: Plan, given: bool) -> tuple[Block, ...]:
    """Each gradient's product and, with numbers, its value."""
    evaluation, graph = sheet.evaluation, sheet.graph
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
    return (*blocks, *_backward(sheet, rest, given)) if rest else tuple(blocks)


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


def _backward(sheet: Sheet, gradients: Sequence[Gradient], given: bool) -> tuple[Block, ...]:
    """The backward pass by adjoints: each line's product and its value."""
    evaluation, graph = sheet.evaluation, sheet.graph
    wanted = behind(evaluation.derivation, gradients)
    names = [name for name in needed(evaluation.derivation) if name != graph.loss and name in wanted]
    worked = [adjoint_line(evaluation, name) for name in names]
    partial_gap = sheet.answers([part for line in worked for part in _partials(line.sides[1])] or [number(0)])[0]
    numbers = [adjoint_numbers(evaluation, name) for name in names]
    expressions = sheet.answers([line.sides[-2] if line is not None and len(line.sides) > 2 else number(0) for line in numbers], given)
    results = sheet.answers([line.last if line is not None else number(0) for line in numbers], given)
    local_gap = sheet.answers([line.last for line in worked], given)
    lines = []
    for k, (line, found) in enumerate(zip(worked, numbers, strict=True)):
        steps = [("=", _with_gaps(sheet, line.sides[1], partial_gap) if not given and _is_chain(line.sides[1]) else line.sides[1] if given else local_gap[k])]
        if found is None and len(line.sides) > 2:
            steps.append(("=", local_gap[k]))
        elif found is not None:
            steps += [(found.relations[-2] if len(found.sides) > 2 else "=", expressions[k])] if len(found.sides) > 2 else []
            steps.append((found.relations[-1], results[k]))
        lines.append(Line(line.sides[0], tuple(steps), _hint(sheet, names[k])))
    blocks: list[Block] = [Equations(tuple(lines), together=False)]
    known, rows = adjoint_table(evaluation, tuple(names)) if runs(graph) else ((), ())
    if known:
        header = (Sym(graph.index), *(partial(graph, graph.loss, name) for name in known))
        table = Table(header, tuple((number(k + 1), *row) for k, row in enumerate(rows)), 1, (), sheet.words.say("The derivatives of the loss, sample by sample"))
        blocks.append(_gapped(sheet, table, given))
    return tuple(blocks)


def _is_chain(expr: Expr) -> bool:
    return any(isinstance(part, Partial) for part in _partials(expr))


Builder = Callable[[Sheet, Plan, bool], tuple[Block, ...]]
_KINDS: dict[str, tuple[str, str, Builder]] = {
    "forward": ("Forward pass.", "Work out every value.", forward_task),
    "chains": ("Chains.", "Write the chain of partial derivatives, from the loss to each parameter.", chains_task),
    "factors": ("Local derivatives.", "Work out each factor.", factors_task),
    "gradients": ("Gradients.", "Multiply the factors and put the numbers in.", gradients_task),
}
"""Each kind of task: its title, what it says to do, what builds it. Messages are translated when they are said."""

