"""Updates on paper: the gradient as a column, each parameter's step with its numbers, the steps in a table."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.graph import Graph
from derivgen.lines.equality import About, Equality, LineKind, equality
from derivgen.lines.notation import as_written, number_format, partial, symbol, with_numbers
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import evaluate
from derivgen.maths.names import split
from derivgen.maths.numbers import NumberFormat, exact_text, fraction_of, settle, shown
from derivgen.maths.optimizers import LETTER_OF, rules_of
from derivgen.maths.tree import (
    Expr,
    Letter,
    Marked,
    Matrix,
    Nabla,
    Neg,
    Num,
    Partial,
    Product,
    Shown,
    Sum,
    Sym,
    Written,
    rebuild,
    substitute,
)
from derivgen.updates import Assignment, Step, descent, page_letters, updated

LONGEST_COLUMN = 10
MOST_UPDATES = 40
MOST_STEPS = 12
MOST_WORKED = 12
"""So many times the assignments for one parameter are written out."""
_MARKS = (1, 2, 5)


def update_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield everything that the pages claim about the gradient and the steps."""
    yield from gradient_columns(evaluation)
    if evaluation.graph.spec.update is None:
        return
    for name in updated(evaluation.graph)[:MOST_UPDATES]:
        yield update_line(evaluation, name)
    for step in written_steps(evaluation):
        for each in (step.shared, *step.work.values()):
            for assignment in each:
                yield assignment_line(evaluation, step, assignment)
                yield _value_line(evaluation, step, assignment)
    for step in shown_steps(evaluation) if evaluation.graph.spec.update.plain else ():
        for name in step.before if step.number > 1 else ():
            yield step_line(evaluation, step, name)
    yield from step_table(evaluation).lines


def gradient_columns(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Write ∇_w L = its partials in a column = their numbers, for all names of one letter; one ∇L where the letters are many."""
    graph = evaluation.graph
    found = []
    for letter, names in _columns(graph):
        partials = Matrix(tuple((partial(graph, graph.loss, name),) for name in names), tall=True)
        numbers = None
        if all(name in evaluation.adjoints for name in names):
            column = tuple((shown(evaluation.adjoints[name][0], number_format(evaluation)),) for name in names)
            numbers = Matrix(column, tall=True)
        found.append(
            equality((LineKind.GRADIENT, letter), Nabla(symbol(graph, graph.loss), letter), partials, numbers, numeric=True)
        )
    return tuple(found)


def _columns(graph: Graph) -> list[tuple[str, tuple[str, ...]]]:
    """`(letter, names)`: everything in one column where it fits, else a column for each letter that does."""
    names = updated(graph)
    letters: dict[str, list[str]] = {}
    for name in names:
        letters.setdefault(split(name).base, []).append(name)
    if len(letters) > 1 and len(names) <= LONGEST_COLUMN:
        return [("", names)]
    return [(letter, tuple(group)) for letter, group in letters.items() if 1 < len(group) <= LONGEST_COLUMN]


def rule(graph: Graph, name: str) -> Expr:
    """Write w - η ∂L/∂w, or what else the update's method gives the parameter."""
    update = graph.spec.update
    assert update is not None
    if not update.plain:
        return dict(general_rules(graph, name))[name]
    return Sum((symbol(graph, name), Neg(Product((Sym(update.symbol), partial(graph, graph.loss, name))))))


def update_line(evaluation: Evaluation, name: str) -> Equality:
    """Write w - η ∂L/∂w = its numbers = the parameter after the first step; the rule alone without numbers."""
    graph, style, env = evaluation.graph, number_format(evaluation), evaluation.environment(0)
    update, paper = graph.spec.update, rule(graph, name)
    assert update is not None
    about = (LineKind.UPDATE, name)
    if not update.plain:
        steps = descent(evaluation).steps
        return assignment_line(evaluation, steps[0], steps[0].work[name][-1]) if steps else equality(about, paper)
    if name not in evaluation.values or name not in evaluation.adjoints:
        return equality(about, paper)
    steps = descent(evaluation).steps
    if not steps:
        old, slope = shown(evaluation.values[name][0], style), shown(evaluation.adjoints[name][0], style, style.guard)
        open_rate = Sum((old, Neg(Product((Sym(update.symbol), slope)))))
        return equality(about, paper, open_rate, numeric=True)
    written = substitute(paper, lambda letter: _rate(graph, style) if letter == Sym(update.symbol) and style.carry else letter)
    expr, result, agrees = settle(
        lambda extra: with_numbers(written, evaluation, style, extra), steps[0].after[name], style, lambda e: evaluate(e, env)
    )
    return equality(about, paper, expr, result if agrees else Marked(result), numeric=True)


def _rate(graph: Graph, style: NumberFormat, extra: int = 0) -> Expr:
    """The learning rate as it is used: never rounded, since it is no result."""
    update = graph.spec.update
    assert update is not None
    assert update.rate is not None
    return as_written(update.rate) if style.carry else shown(update.rate.value, style, extra)


def step_line(evaluation: Evaluation, step: Step, name: str) -> Equality:
    """Return the numbers of a later step: old - η · gradient = new."""
    style, env = number_format(evaluation), evaluation.environment(0)

    def build(extra: int) -> Expr:
        product = Product((_rate(evaluation.graph, style, extra), shown(step.gradient[name], style, extra)))
        return Sum((shown(step.before[name], style, extra), Neg(product)))

    expr, result, agrees = settle(build, step.after[name], style, lambda e: evaluate(e, env))
    return equality((LineKind.UPDATE, name, str(step.number)), expr, result if agrees else Marked(result), numeric=True)


def general_rules(graph: Graph, name: str = "") -> tuple[tuple[str, Expr], ...]:
    """Return the rules of the update's method in symbols, for one parameter or any: `(left side, right side)` of each `←`."""
    update, called = graph.spec.update, page_letters(graph)
    assert update is not None
    called = {**called, "w": name or called["w"]}
    gradient = Partial(symbol(graph, graph.loss), Sym(called["w"]))

    def on_page(letter: Sym) -> Expr:
        return gradient if letter.name == "d" else Sym(called.get(letter.name, letter.name))

    return tuple((called[letter], substitute(text, on_page)) for letter, text in rules_of(update.method, update.settings))


def settings_shown(graph: Graph) -> tuple[tuple[Sym, Expr], ...]:
    """Return the letter of each setting with its number as it was written."""
    update, called = graph.spec.update, page_letters(graph)
    assert update is not None
    rate = () if update.rate is None else ((Sym(update.symbol), as_written(update.rate)),)
    return (*rate, *((Sym(called[LETTER_OF[key]]), as_written(value)) for key, value in update.settings.items()))


def assignment_line(evaluation: Evaluation, step: Step, assignment: Assignment) -> Equality:
    """Return what an assignment gives its letter: ∂L/∂w = its number, or the formula with its numbers = its value."""
    style, env, settings = number_format(evaluation), evaluation.environment(0), dict(settings_shown(evaluation.graph))
    about = _about(LineKind.UPDATE, step, assignment)
    if isinstance(assignment.formula, Written):
        return equality(about, assignment.formula, shown(assignment.value, style), numeric=True)

    def put(part: Expr, extra: int) -> Expr:
        if isinstance(part, Letter) and (number_ := settings.get(Sym(part.name))) is not None and _holds(part, number_):
            return number_ if not isinstance(number_, Num) or number_.text else shown(number_.value, style)
        if isinstance(part, (Letter, Written)):
            return shown(evaluate(part, env), style, extra)
        return rebuild(part, lambda inner: put(inner, extra))

    expr, result, agrees = settle(
        lambda extra: put(assignment.formula, extra), assignment.value, style, lambda e: evaluate(e, env)
    )
    return equality(about, expr, result if agrees else Marked(result), numeric=True)


def _holds(letter: Letter, written: Expr) -> bool:
    """Return whether the letter still holds the number that was written for it (a learning rate may have changed)."""
    return isinstance(written, Num) and isinstance(letter.content, Num) and letter.content.value == written.value


def _about(kind: LineKind, step: Step, assignment: Assignment) -> About:
    """Return the line's kind, the parameter that it is for (none where all share it), the step's number, the letter."""
    names = tuple(name for name, work in step.work.items() if any(each is assignment for each in work))
    rest = (*names, str(step.number), assignment.letter)
    return (kind, *rest)


def _value_line(evaluation: Evaluation, step: Step, assignment: Assignment) -> Equality:
    """Return an assignment's value as it is printed."""
    about = _about(LineKind.STEP, step, assignment)
    number_ = shown(assignment.value, number_format(evaluation))
    return equality(about, _in_full(assignment.value), number_, numeric=True)


def written_steps(evaluation: Evaluation) -> tuple[Step, ...]:
    """Return the steps whose assignments are written out one by one: those that fit, the first one if it is not too long."""
    steps, names = descent(evaluation).steps, updated(evaluation.graph)
    if not names or len(names) > MOST_UPDATES or evaluation.graph.spec.update is None or evaluation.graph.spec.update.plain:
        return ()
    return steps[: max(1, MOST_WORKED // len(names))]


def shown_steps(evaluation: Evaluation) -> tuple[Step, ...]:
    """Return the steps a table shows: all of a few; of many the 1st, 2nd, 5th, 10th, 20th, …, and the last."""
    steps = descent(evaluation).steps
    if len(steps) <= MOST_STEPS:
        return steps
    marks = {mark * 10**power for power in range(4) for mark in _MARKS}
    return tuple(step for step in steps if step.number in marks or step is steps[-1])


@dataclass(frozen=True, slots=True)
class StepTable:
    """Step by step: its number, the parameters by name, the loss (None: it has no value). `lines` are what the table claims."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Expr | None, ...]], ...]
    lines: tuple[Equality, ...]


def step_table(evaluation: Evaluation) -> StepTable:
    """Return the parameters and the loss before the first step (row 0) and after each; of many parameters the loss alone."""
    found = descent(evaluation)
    names = found.names if len(found.names) <= MOST_UPDATES else ()
    if not found.steps:
        return StepTable(names, (), ())
    steps = shown_steps(evaluation)
    numbers = [0, *(step.number for step in steps)]
    values: list[tuple[Number | None, ...]] = [
        tuple(at[name] for at in (found.steps[0].before, *(step.after for step in steps))) for name in names
    ]
    values.append((found.start, *(step.loss for step in steps)))
    columns = _alike(evaluation, values)
    lines = [
        equality((LineKind.STEP, name, str(step)), _in_full(value), cell, numeric=True)
        for name, column, cells in zip((*names, evaluation.graph.loss), values, columns, strict=True)
        for step, value, cell in zip(numbers, column, cells, strict=True)
        if value is not None and cell is not None
    ]
    return StepTable(names, tuple(zip(numbers, zip(*columns, strict=True), strict=True)), tuple(lines))


def _in_full(value: Number) -> Num:
    """Return a number that is compared with its figures, not rounded itself."""
    return Num(fraction_of(value), exact_text(value))


def _alike(evaluation: Evaluation, values: list[tuple[Number | None, ...]]) -> list[tuple[Expr | None, ...]]:
    """Return the numbers of the table: all in decimals, and rounded alike, as soon as one of them has to be."""
    style = number_format(evaluation)
    columns = [_cells(column, style) for column in values]
    if any(isinstance(cell, Shown) and not cell.exact for column in columns for cell in column):
        return [_cells(column, replace(style, decimals=True, carry=True)) for column in values]
    return columns


def _cells(column: tuple[Number | None, ...], style: NumberFormat) -> tuple[Expr | None, ...]:
    return tuple(None if value is None else shown(value, style) for value in column)
