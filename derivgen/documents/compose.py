"""Evaluation + audience → Document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

from derivgen import machine
from derivgen.array_evaluation import ArrayEvaluation, Evaluated
from derivgen.documents.array_pages import ArraySheet, array_blocks
from derivgen.documents.document import Block, Document, Heading, Paragraph, Task, Text, each_block, expressions
from derivgen.documents.notes import notes
from derivgen.documents.setting import data_table, setting, shorthands
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import points_text, total
from derivgen.documents.tasks import tasks
from derivgen.documents.widths import with_widths
from derivgen.drawings.layout_cache import LayoutCache
from derivgen.evaluation import Evaluation, carried_on
from derivgen.language import Wording
from derivgen.lines.aliases import contracted
from derivgen.lines.notation import has_samples
from derivgen.maths.style import Style, in_language
from derivgen.maths.tree import Marked, walk

AUDIENCES = ("worksheet", "key", "notes")
KINDS = {"worksheet": "worksheet", "key": "answer key", "notes": "notes"}


def style_of(evaluation: Evaluated) -> Style:
    """Return how this spec's mathematics is printed."""
    return in_language(machine.style_of(evaluation), Wording(evaluation.graph.spec.language))


def common_style(evaluations: Sequence[Evaluated]) -> Style:
    """Return how several computations on one sheet are printed: as the first, exp as exp(…) where one of them has a name e."""
    styles = [style_of(evaluation) for evaluation in evaluations]
    return replace(styles[0], euler=all(style.euler for style in styles))


def compose(evaluation: Evaluated, audience: str, only: tuple[str, ...] = (), layouts: LayoutCache | None = None) -> Document:
    """Compose the document of one evaluation for one audience; notes restricted to the gradients by `only`.

    With `layouts` its drawings are those of all variants of the spec, with this one's numbers on them.
    """
    return together((evaluation,), audience, only=only, layouts=layouts)


def together(
    evaluations: Sequence[Evaluated],
    audience: str,
    title: str = "",
    only: tuple[str, ...] = (),
    layouts: LayoutCache | None = None,
) -> Document:
    """Compose several computations on one sheet, their tasks numbered through; language, paper and fields are the first one's."""
    sheets = [sheet_of(evaluation, audience, layouts) for evaluation in evaluations]
    first = sheets[0]
    spec, words = first.spec, first.words
    blocks: list[Block] = []
    for sheet, evaluation in zip(sheets, evaluations, strict=True):
        if len(sheets) > 1:
            blocks.append(Heading((Text(sheet.spec.title or sheet.spec.name),)))
        with evaluation.precise():
            blocks += body(sheet, only, 1 + sum(isinstance(block, Task) for block in blocks))
    if audience != "notes":  # at the very end, so that a worksheet, which has fewer of them, breaks its pages as its key does
        blocks = list(explained(first, tuple(blocks)))
    fields = tuple(words.say(FIELDS[name]) if name in FIELDS else name for name in spec.worksheet.fields)
    return Document(
        audience,
        words.say(KINDS[audience]),
        words.language,
        title or spec.title or words.say("Backpropagation by hand"),
        tuple(blocks),
        fields if audience != "notes" else (),
        spec.worksheet.course,
        spec.worksheet.paper,
        points_text(words, total(block.worth for block in blocks if isinstance(block, Task))),
        font_size=spec.worksheet.font_size,
        fillable=audience == "worksheet" and spec.worksheet.fillable and layouts is None,
    )


def sheet_of(evaluation: Evaluated, audience: str = "notes", layouts: LayoutCache | None = None) -> Sheet:
    """Return the evaluation as it is printed, seen by an audience."""
    words, style = Wording(evaluation.graph.spec.language), style_of(evaluation)
    if isinstance(evaluation, ArrayEvaluation):
        return ArraySheet(evaluation, audience, words, style, layouts)
    return Sheet(as_printed(evaluation, audience), audience, words, style, layouts)


@overload
def as_printed(evaluation: Evaluation, audience: str = "notes") -> Evaluation: ...
@overload
def as_printed(evaluation: Evaluated, audience: str = "notes") -> Evaluated: ...
def as_printed(evaluation: Evaluated, audience: str = "notes") -> Evaluated:
    """Return the evaluation a sheet prints: by first names; with `carry: shown` every number is carried on as printed.

    Else each number has one width, but for a sheet of drawn numbers that asks for results alone: on that they have as many digits
    for every student.
    """
    if isinstance(evaluation, ArrayEvaluation):
        return evaluation
    short = contracted(evaluation)
    spec = short.graph.spec
    if spec.numbers.carry == "shown":
        return carried_on(short)
    alone = audience != "notes" and spec.random is not None and "numbers" not in spec.worksheet.tasks
    return short if alone else with_widths(short)


FIELDS = {"name": "Name", "date": "Date", "class": "Class", "id": "Student number", "group": "Group"}


def body(sheet: Sheet, only: tuple[str, ...] = (), number: int = 1) -> tuple[Block, ...]:
    """Return the blocks of one computation; its first task bears the number."""
    if isinstance(sheet, ArraySheet):
        found = array_blocks(sheet, number)
        return explained(sheet, found) if sheet.audience == "notes" else found
    if sheet.audience == "notes":
        return explained(sheet, notes(sheet, only))
    made = tasks(sheet, number)
    has_forward = "forward" in sheet.spec.worksheet.tasks and bool(sheet.evaluation.values.get(sheet.graph.loss))
    table = data_table(sheet) if has_samples(sheet.graph) and not has_forward else ()
    return (*setting(sheet), *table, *shorthands(sheet), *made)


def explained(sheet: Sheet, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks, below them what the mark † says where a result has it that its printed figures do not lead to."""
    formulas = (expr for block in each_block(blocks) for expr in expressions(block))
    if not any(isinstance(node, Marked) for expr in formulas for node in walk(expr)):
        return blocks
    text = "† worked out from the exact numbers; the rounded figures before it come to a slightly different result."
    return (*blocks, Paragraph(sheet.say(text), "quiet"))
