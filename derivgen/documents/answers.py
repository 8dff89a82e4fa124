"""Every number that a worksheet asks for, by name: as the page prints it and exactly. For marking by machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derivgen.documents.compose import as_printed, style_of
from derivgen.documents.extent import written_definitions
from derivgen.documents.plan import plan_of
from derivgen.documents.sheet import Sheet
from derivgen.evaluation import Evaluation, Values
from derivgen.language import Wording
from derivgen.lines.paper import number_format
from derivgen.lines.values import gradient_value
from derivgen.machine import wanted
from derivgen.maths.numbers import exact_text, shown
from derivgen.maths.plain import plain
from derivgen.maths.tree import Num, Shown
from derivgen.updates import descent


@dataclass(frozen=True, slots=True)
class Answer:
    """One number: what it is called (`Z_3[2]`, `dLoss/dW_13`), its text on the page, its exact text."""

    name: str
    printed: str
    exact: str


def answers(evaluation: Evaluation) -> tuple[Answer, ...]:
    """The forward pass, the gradients and the updates that a worksheet asks for; nothing where it asks for formulas alone."""
    spec = evaluation.graph.spec
    sheet = Sheet(as_printed(evaluation), "key", Wording(spec.language), style_of(evaluation))
    return (*_forward(sheet, evaluation), *_gradients(sheet, evaluation), *_updates(sheet, evaluation))


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
    whole = wanted(exact)
    for key, (one, name) in wanted(sheet.evaluation).items():
        if (key == name and key not in asked) or name not in one.adjoints:
            continue
        called = f"d{one.graph.loss}/d{name}"
        numbers, really = one.adjoints[name], whole[key][0].adjoints[name]
        if len(numbers) == 1 and key in asked:
            yield Answer(called, _text(sheet, gradient_value(one, asked[key])), exact_text(really[0]))
        else:
            yield from _each(sheet, called, numbers, really)


def _updates(sheet: Sheet, exact: Evaluation) -> Iterator[Answer]:
    """Each parameter after the last step that the sheet takes."""
    steps = descent(sheet.evaluation).steps
    if "update" not in sheet.spec.worksheet.tasks or not steps:
        return
    really = descent(exact).steps
    for step, same in zip(steps, really, strict=False):
        suffix = "" if len(steps) == 1 else f" {step.number}"
        for name, value in step.after.items():
            yield from _each(sheet, f"{name} after step{suffix}", (value,), (same.after[name],))


def _each(sheet: Sheet, name: str, numbers: Values, exact: Values) -> Iterator[Answer]:
    """One answer, or one for each sample."""
    style = number_format(sheet.evaluation)
    for sample, (number, really) in enumerate(zip(numbers, exact, strict=True), 1):
        called = f"{name}[{sample}]" if len(numbers) > 1 else name
        yield Answer(called, _text(sheet, shown(number, style)), exact_text(really))


def _text(sheet: Sheet, number: Num | Shown) -> str:
    """A number's figures with the decimal sign of the document's language."""
    return plain(number).replace(".", sheet.style.decimal)
