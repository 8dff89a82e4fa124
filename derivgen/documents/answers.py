"""Every number that a worksheet asks for, by name: as the page prints it and exactly. For marking by machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product

from derivgen.array_evaluation import ArrayEvaluation, Evaluated
from derivgen.array_machine import text_of
from derivgen.derivation.derive import Gradient
from derivgen.derivation.entries import entry_name
from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import plan_of, written_definitions
from derivgen.documents.updates import asked_steps
from derivgen.evaluation import Evaluation, Values
from derivgen.frozen import dataclass
from derivgen.language import Wording
from derivgen.lines.adjoints import needed, passed_over
from derivgen.lines.chains import uses_chains
from derivgen.lines.notation import number_format
from derivgen.lines.steps import second_lines
from derivgen.lines.tables import gradient_value
from derivgen.lines.updates import assignment_line, step_table, update_line
from derivgen.machine import wanted
from derivgen.maths.array_values import is_infinite
from derivgen.maths.numbers import exact_text, shown
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Marked
from derivgen.updates import descent


@dataclass(frozen=True, slots=True)
class Answer:
    """One number: what it is called (`Z_3[2]`, `dLoss/dW_13`), its text on the page, its exact text."""

    name: str
    printed: str
    exact: str


def answers(evaluation: Evaluated) -> tuple[Answer, ...]:
    """List all numbers that a worksheet asks for, from the forward pass to the updates; none where it asks for formulas alone."""
    if isinstance(evaluation, ArrayEvaluation):
        return tuple(_of_arrays(evaluation))
    spec = evaluation.graph.spec
    sheet = Sheet(as_printed(evaluation, "key"), "key", Wording(spec.language), style_of(evaluation))
    return (
        *_forward(sheet, evaluation),
        *_gradients(sheet, evaluation),
        *_seconds(sheet, evaluation),
        *_updates(sheet, evaluation),
    )


def _of_arrays(evaluation: ArrayEvaluation) -> Iterator[Answer]:
    """The entries of the arrays that are asked for, by their names: `z_3`, of a sample `z_3[2]`, `dL/dW_12`."""
    spec, derivation, style = evaluation.graph.spec, evaluation.derivation, evaluation.number_format
    decimal = Wording(spec.language).decimal
    collected = spec.arrays.vectors if spec.arrays is not None else {}
    asked = [("forward", "", evaluation.values, [name for name in derivation.definitions if name not in collected])]
    gradients = [name for name in derivation.adjoints if name != derivation.loss]
    asked.append(("gradients", f"d{derivation.loss}/d", evaluation.adjoints, gradients))
    for _, before, known, names in (each for each in asked if each[0] in spec.worksheet.tasks):
        for name in (name for name in names if name in known):
            for at in product(*map(range, known[name].shape)):
                sample, rest = (at[0], at[1:]) if derivation.per_sample(name) else (None, at)
                number = known[name][at]
                if not is_infinite(number):
                    text = plain(shown(Fraction(number) if isinstance(number, float) else number, style))
                    yield Answer(before + entry_name(name, rest, sample), text.replace(".", decimal), text_of(number))


def _forward(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    if "forward" not in sheet.spec.worksheet.tasks:
        return
    for name in written_definitions(sheet, plan_of(sheet).gradients, wide=True):
        if name in sheet.evaluation.values:
            yield from _each(sheet, name, sheet.evaluation.values[name], exact.values[name])


def _gradients(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    if not {"gradients", "matrices"} & set(sheet.spec.worksheet.tasks):
        return
    asked = {gradient.name: gradient for gradient in plan_of(sheet).gradients}
    whole, loss = wanted(exact), sheet.graph.loss
    for name in _on_the_way(sheet, asked.values()):
        yield from _each(sheet, f"d{loss}/d{name}", sheet.evaluation.adjoints[name], exact.adjoints[name])
    for key, (one, name) in wanted(sheet.evaluation).items():
        if (key == name and key not in asked) or name not in one.adjoints:
            continue
        called = f"d{one.graph.loss}/d{name}"
        numbers, really = one.adjoints[name], whole[key][0].adjoints[name]
        if len(numbers) == 1 and key in asked:
            yield Answer(called, _text(sheet, gradient_value(one, asked[key])), exact_text(really[0]))
        else:
            yield from _each(sheet, called, numbers, really)


def _on_the_way(sheet: Sheet, gradients: Iterable[Gradient]) -> Iterator[str]:
    """The quantities whose derivative is asked for because others are worked out from it."""
    evaluation = sheet.evaluation
    asked = {gradient.name: gradient for gradient in gradients}
    rest = [gradient for gradient in asked.values() if not (uses_chains(evaluation, gradient) and gradient.paths)]
    for name in passed_over(evaluation, needed(evaluation.derivation, rest)):
        if name not in asked and name != sheet.graph.loss and name in evaluation.adjoints:
            yield name


def _seconds(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    if "second" not in sheet.spec.worksheet.tasks:
        return
    for second in second_lines(sheet.evaluation):
        if second.value is not None:
            by, first = second.whole.names
            yield Answer(plain(second.whole.sides[0]), _text(sheet, second.value.last), exact_text(exact.seconds[by, first]))


def _updates(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    """Each parameter after the steps that the sheet takes; of several steps the loss after each of them, too."""
    steps, really = descent(sheet.evaluation).steps, descent(exact).steps
    if "update" not in sheet.spec.worksheet.tasks or not steps:
        return
    if asked_steps(sheet.evaluation):
        yield from _assigned(sheet, exact)
    elif len(steps) == 1:
        for name, value in really[0].after.items():
            yield Answer(f"{name} after step", _text(sheet, update_line(sheet.evaluation, name).last), exact_text(value))
    if len(steps) in (1, len(asked_steps(sheet.evaluation))):
        return
    table = step_table(sheet.evaluation)
    exactly = {step.number: {**step.after, sheet.graph.loss: step.loss} for step in really}
    for number, cells in table.rows[1:]:
        for name, cell in zip((*table.names, sheet.graph.loss), cells, strict=True):
            value = exactly.get(number, {}).get(name)
            if cell is not None and value is not None:
                yield Answer(f"{name} after step {number}", _text(sheet, cell), exact_text(value))


def _assigned(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    """What each assignment of the steps that are asked for gives its letter, on the page and exactly."""
    asked = {gradient.name for gradient in plan_of(sheet).gradients}
    for step, really in zip(asked_steps(sheet.evaluation), descent(exact).steps, strict=False):
        groups = [("", step.shared, really.shared)]
        groups += [(name, step.work[name], really.work[name]) for name in step.work if name in asked]
        for name, found, exactly in groups:
            for each, same in zip(found, exactly, strict=True):
                whose = f" of {name}" if name else ""
                called = (
                    f"{name} after step {step.number}" if each.letter == "w" else f"{each.letter}{whose} in step {step.number}"
                )
                printed = _text(sheet, assignment_line(sheet.evaluation, step, each).last)
                yield Answer(called, printed, exact_text(same.value))


def _each(sheet: Sheet, name: str, numbers: Values, exact: Values) -> Iterator[Answer]:
    """One answer, or one for each sample."""
    style = number_format(sheet.evaluation)
    for sample, (number, really) in enumerate(zip(numbers, exact, strict=True), 1):
        called = f"{name}[{sample}]" if len(numbers) > 1 else name
        yield Answer(called, _text(sheet, shown(number, style)), exact_text(really))


def _text(sheet: Sheet, number: Expr) -> str:
    """A number's figures with the decimal sign of the document's language."""
    return plain(number.content if isinstance(number, Marked) else number).replace(".", sheet.style.decimal)
