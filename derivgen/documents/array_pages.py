"""Notes, worksheet and key of a computation with vectors and matrices: forward and backward, a matrix a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cached_property
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation
from derivgen.array_machine import style_of
from derivgen.documents.compose import FIELDS, KINDS
from derivgen.documents.document import Block, Document, Equations, Heading, Line, Math, Paragraph, Strong, Table, Task, Text
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import points_text, total
from derivgen.frozen import dataclass, replace
from derivgen.language import Wording
from derivgen.lines.array_lines import ArrayLines
from derivgen.lines.equality import Equality
from derivgen.lines.notation import as_written
from derivgen.maths.numbers import NumberFormat
from derivgen.maths.style import Style, in_language
from derivgen.maths.tree import Compare, Expr, Marked, Matrix, MatrixSym, Num, Shown, Sized, rebuild, walk
from derivgen.spec.model import Spec

TASKS = {"forward": "Forward pass.", "gradients": "Gradients."}


@dataclass(frozen=True)
class ArraySheet(Sheet):
    """An evaluation with arrays seen by one audience."""

    evaluation: Any

    @property
    def spec(self) -> Spec:
        """The spec behind the evaluation."""
        return self.evaluation.derivation.spec

    @cached_property
    def lines(self) -> ArrayLines:
        """What writes its lines."""
        return lines_of(self.evaluation)

    def in_case(self, content: Expr) -> Expr:
        """Return an expression as it is."""
        return content

    def line(self, equality: Equality, reason: bool = True) -> Line:
        """Return an equality as a line of the page."""
        steps = tuple(zip(equality.relations, equality.sides[1:], strict=True))
        return Line(equality.sides[0], steps, self.reason(equality.reason) if reason else ())


def lines_of(evaluation: ArrayEvaluation) -> ArrayLines:
    """Return what writes an evaluation's lines: in decimals where its author wrote decimals."""
    spec = evaluation.derivation.spec
    assert spec.arrays is not None
    decimals = any("." in number.text for array in spec.arrays.values.values() for number in array.numbers)
    return ArrayLines(evaluation, NumberFormat(spec.numbers.digits, spec.numbers.rounding, decimals))


def array_style(evaluation: ArrayEvaluation) -> Style:
    """Return how this spec's mathematics is printed, in the language of its pages."""
    return in_language(style_of(evaluation), Wording(evaluation.derivation.spec.language))


def compose_arrays(evaluation: ArrayEvaluation, audience: str, title: str = "") -> Document:
    """Compose the document of an evaluation with arrays for one audience."""
    spec = evaluation.derivation.spec
    words = Wording(spec.language)
    sheet = ArraySheet(evaluation, audience, words, array_style(evaluation))
    blocks = (*_setting(sheet), *(_notes(sheet) if audience == "notes" else _tasks(sheet)))
    fields = tuple(words.say(FIELDS[name]) if name in FIELDS else name for name in spec.worksheet.fields)
    return Document(
        audience,
        words.say(KINDS[audience]),
        words.language,
        title or spec.title or words.say("Backpropagation by hand"),
        blocks,
        fields if audience != "notes" else (),
        spec.worksheet.course,
        spec.worksheet.paper,
        points_text(words, total(block.worth for block in blocks if isinstance(block, Task))),
    )


def _setting(sheet: ArraySheet) -> tuple[Block, ...]:
    """The author's words, the equations, the arrays that are given and the numbers."""
    derivation, lines = sheet.evaluation.derivation, sheet.lines
    blocks: list[Block] = [Paragraph(sheet.authors(part)) for part in sheet.spec.text.split("\n\n") if part.strip()]
    blocks.append(Equations(tuple(sheet.line(lines.definition(name)) for name in derivation.definitions)))
    leaves = [name for name in derivation.shapes if name not in derivation.definitions]
    given = [found for name in leaves if derivation.shapes[name].shape and (found := lines.given(name)) is not None]
    written = {**sheet.spec.constants, **sheet.spec.values}
    numbers = [
        Math(Compare("==", lines.symbol(name), as_written(written[name])))
        for name in leaves
        if name in written and not derivation.shapes[name].shape
    ]
    if given or numbers:
        strong = (Strong(sheet.words.say("Given")), Text(": "))
        told = [part for number in numbers for part in (Text(", "), number)][1:]
        blocks.append(Paragraph((*strong, *told)))
    if given:
        blocks.append(Equations(tuple(sheet.line(found) for found in given), packed=True))
    return tuple(blocks)


def _notes(sheet: ArraySheet) -> tuple[Block, ...]:
    derivation, lines = sheet.evaluation.derivation, sheet.lines
    forward = tuple(sheet.line(lines.forward(name)) for name in derivation.definitions)
    blocks: list[Block] = [Heading(sheet.say("Forward pass")), Equations(forward, together=False)]
    blocks += [Heading(sheet.say("Backward pass")), Paragraph(sheet.say(BACKWARD))]
    for number, name in enumerate((name for name in derivation.adjoints if name != derivation.loss), 1):
        entry = lines.entry(name)
        told = [each for each in (entry, lines.backward(name)) if each is not None and len(each.sides) > 1]
        blocks.append(Heading((Math(lines.partial(name)),), 2, str(number)))
        blocks += [Equations(tuple(map(sheet.line, told)))] if told else []
    return tuple(blocks)


BACKWARD = "From the loss back, one array after the other: first a single entry with letters for its indices, then all of them."


def _tasks(sheet: ArraySheet) -> tuple[Block, ...]:
    derivation, worksheet = sheet.evaluation.derivation, sheet.spec.worksheet
    adjoints = [name for name in derivation.adjoints if name != derivation.loss]
    asked: dict[str, tuple[str, Iterable[tuple[Equality, Callable[[Expr], bool]]]]] = {
        "forward": ("Work out every value.", ((sheet.lines.forward(name), _is_number) for name in derivation.definitions)),
        "gradients": (
            "Write each derivative in matrices, then work it out.",
            ((line, lambda side: True) for line in map(sheet.lines.backward, adjoints) if len(line.sides) > 1),
        ),
    }
    blocks: list[Block] = []
    for kind in (kind for kind in worksheet.tasks if kind in asked):
        instruction, lines = asked[kind]
        points = worksheet.points[kind].value if kind in worksheet.points else total(())
        given = kind in worksheet.given
        worked = tuple(_with_gaps(sheet, equality, asks, given) for equality, asks in lines)
        parts: tuple[Block, ...] = (Equations(worked, together=False),)
        if kind == "forward" and worksheet.layout == "grid":
            parts = tuple(
                part
                for name, line in zip(derivation.definitions, worked, strict=True)
                for part in (_grid(sheet, name, given) or (Equations((line,)),))
            )
        hint = worksheet.hints.get(kind)
        blocks.append(
            Task(
                str(len(blocks) + 1),
                (Text(sheet.words.say(TASKS[kind])),),
                sheet.say("This part is worked out for you." if given else instruction),
                points_text(sheet.words, points),
                parts,
                sheet.authors(hint) if hint else (),
                points,
            )
        )
    return tuple(blocks)


def _grid(sheet: ArraySheet, name: str, given: bool) -> tuple[Block, ...]:
    """Return a product with its left factor beside, its right factor above and the result at the crossing; nothing of others.

    What is added is one more column of the left factor with a row of ones above; to a product of matrices a column of ones at the
    left, and the row itself above.
    """
    found = sheet.lines.crossing(name)
    if found is None:
        return ()
    (title, *names), left, above, result = found
    worked_out = [isinstance(name, MatrixSym) and name.letter in sheet.evaluation.derivation.definitions for name in names]
    asked = (worked_out[0], worked_out[1], True)
    parts = [
        _gap(sheet, matrix) if asks and not given else matrix for matrix, asks in zip((left, above, result), asked, strict=True)
    ]
    left, above, cells = (part for part in parts if isinstance(part, Matrix))
    beside = len(left.rows[0])
    rows = [(*(None,) * beside, *row) for row in above.rows]
    rows += [(*row, *answers) for row, answers in zip(left.rows, cells.rows, strict=True)]
    header: list[Expr | None] = [None] * (beside + len(cells.rows[0]))
    header[0], header[beside] = names[0], names[1]
    if len(names) > 2 and len(above.rows) == len(left.rows[0]) and above.rows[-1] == (Num(Fraction(1)),):
        header[beside - 1] = names[2]
    caption = sheet.words.say("The left factor beside, the right factor above, the product where they meet")
    return (Paragraph((Math(title),)), Table(tuple(header), tuple(rows), beside, caption=caption))


def _is_number(side: Expr) -> bool:
    return isinstance(side, (Matrix, Num, Shown, Marked))


def _with_gaps(sheet: ArraySheet, equality: Equality, asks: Callable[[Expr], bool], given: bool) -> Line:
    """Return a line with the sides that it `asks` for in gaps, each entry of a matrix in its own; numbers put in are left out."""
    sides = [equality.sides[0], *(side for side in equality.sides[1:] if _is_number(side) or not _holds_numbers(side))]
    kept = replace(equality, sides=tuple(sides), relations=("=",) * (len(sides) - 1))
    line = sheet.line(kept)
    steps = tuple(
        ("≈" if _is_rounded(side) else "=", _gap(sheet, side) if asks(side) and not given else side) for side in sides[1:]
    )
    return replace(line, steps=steps)


def _holds_numbers(side: Expr) -> bool:
    return any(isinstance(node, Matrix) for node in walk(side))


def _is_rounded(side: Expr) -> bool:
    cells = (cell for row in side.rows for cell in row) if isinstance(side, Matrix) else (side,)
    return any(isinstance(cell, Shown) and not cell.exact for cell in cells)


def _gap(sheet: ArraySheet, side: Expr) -> Expr:
    if not isinstance(side, Matrix):
        return sheet.answer(_without_sizes(side))
    cells = sheet.answers([cell for row in side.rows for cell in row], even=True)
    width = len(side.rows[0])
    return Matrix(tuple(cells[k : k + width] for k in range(0, len(cells), width)))


def _without_sizes(expr: Expr) -> Expr:
    return _without_sizes(expr.content) if isinstance(expr, Sized) else rebuild(expr, _without_sizes)
