"""Notes, worksheet and key of a computation with vectors and matrices: forward and backward, a matrix a step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any

from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Strong, Table, Task, Text
from derivgen.documents.setting import data_table, introduction, legend
from derivgen.documents.sheet import Sheet, joined
from derivgen.documents.task_plan import points_text, total
from derivgen.frozen import dataclass, replace
from derivgen.lines.array_lines import ArrayLines
from derivgen.lines.equality import Equality
from derivgen.maths.tree import Compare, Expr, Marked, Matrix, MatrixSym, Num, Shown, Sized, rebuild, walk

TASKS = {
    "forward": ("Forward pass.", "Work out every value."),
    "gradients": ("Gradients.", "Write each derivative in matrices, then work it out."),
}
"""The kinds of tasks: their titles, and what to do."""


@dataclass(frozen=True)
class ArraySheet(Sheet):
    """An evaluation with arrays seen by one audience."""

    evaluation: Any

    @cached_property
    def lines(self) -> ArrayLines:
        """Return what writes its lines."""
        return ArrayLines(self.evaluation)

    def in_case(self, content: Expr) -> Expr:
        """Return an expression as it is."""
        return content

    def line(self, equality: Equality, reason: bool = True) -> Line:
        """Return an equality as a line of the page."""
        steps = tuple(zip(equality.relations, equality.sides[1:], strict=True))
        return Line(equality.sides[0], steps, self.reason(equality.reason) if reason else ())


def array_blocks(sheet: ArraySheet, number: int = 1) -> tuple[Block, ...]:
    """Return the blocks of a computation with arrays; its first task bears the number."""
    return (*_setting(sheet), *(_notes(sheet) if sheet.audience == "notes" else _tasks(sheet, number)))


def _setting(sheet: ArraySheet) -> tuple[Block, ...]:
    """The author's words, the equations, the arrays that are given and the numbers."""
    blocks = [*introduction(sheet), *equations_of(sheet), *given_arrays(sheet), *data_table(sheet)]
    meanings = legend(sheet)
    return (*blocks, *((Paragraph(meanings, "quiet"),) if meanings else ()))


def equations_of(sheet: ArraySheet) -> tuple[Block, ...]:
    """Return the definitions, of one sample each where there are samples."""
    return (Equations(tuple(sheet.line(sheet.lines.definition(name)) for name in sheet.evaluation.derivation.definitions)),)


def given_arrays(sheet: ArraySheet) -> tuple[Block, ...]:
    """Return the numbers and the arrays that the spec gives."""
    derivation, lines = sheet.evaluation.derivation, sheet.lines
    leaves = [name for name in derivation.shapes if name not in derivation.definitions and not derivation.per_sample(name)]
    given = [found for name in leaves if derivation.shapes[name].shape and (found := lines.given(name)) is not None]
    numbers = [
        Math(Compare("==", lines.board.symbol(name), value))
        for name in leaves
        if not derivation.shapes[name].shape and (value := sheet.value(name)) is not None
    ]
    blocks: list[Block] = []
    if given or numbers:
        blocks.append(Paragraph((Strong(sheet.words.say("Given")), Text(": "), *joined(numbers, ", "))))
    if given:
        blocks.append(Equations(tuple(sheet.line(found) for found in given), packed=True))
    return tuple(blocks)


def _notes(sheet: ArraySheet) -> tuple[Block, ...]:
    derivation = sheet.evaluation.derivation
    blocks: list[Block] = [Heading(sheet.say("Forward pass")), *forward_pass(sheet)]
    blocks += [Heading(sheet.say("Backward pass")), Paragraph(sheet.say(BACKWARD))]
    for number, name in enumerate((name for name in derivation.adjoints if name != derivation.loss), 1):
        blocks += [Heading((Math(sheet.lines.board.partial(name)),), 2, str(number)), *gradient(sheet, name)]
    return tuple(blocks)


def forward_pass(sheet: ArraySheet) -> tuple[Block, ...]:
    """Return every quantity with its definition in matrices and its numbers."""
    lines = (
        sheet.line(line) for line in map(sheet.lines.forward, sheet.evaluation.derivation.definitions) if len(line.sides) > 1
    )
    return (*_rows(sheet), Equations(tuple(lines), together=False))


def gradient(sheet: ArraySheet, name: str) -> tuple[Block, ...]:
    """Return the derivative by one array: an entry with letters, then all of it."""
    told = [each for each in (sheet.lines.entry(name), sheet.lines.backward(name)) if each is not None and len(each.sides) > 1]
    return (Equations(tuple(map(sheet.line, told))),) if told else ()


def _rows(sheet: ArraySheet) -> tuple[Block, ...]:
    """What the matrices of samples are, where there are samples."""
    sampled = any(shaped.sampled for shaped in sheet.evaluation.derivation.shapes.values())
    return (Paragraph(sheet.say(ROWS)),) if sampled else ()


ROWS = "All samples at once: what has a value for each sample is a matrix with a row for each, and so is its derivative."
BACKWARD = "From the loss back, one array after the other: first a single entry with letters for its indices, then all of them."


def _tasks(sheet: ArraySheet, number: int) -> tuple[Block, ...]:
    found = (task for kind in sheet.spec.worksheet.tasks if (task := array_task(sheet, kind)) is not None)
    return tuple(replace(task, number=str(place)) for place, task in enumerate(found, number))


def array_task(sheet: ArraySheet, kind: str) -> Task | None:
    """Return a task of the worksheet, without its number; None where there is nothing to ask for."""
    worksheet = sheet.spec.worksheet
    given = kind in worksheet.given
    parts: tuple[Block, ...] = _PARTS[kind](sheet, given) if kind in _PARTS else ()
    if not parts:
        return None
    points = worksheet.points[kind].value if kind in worksheet.points else total(())
    hint, (title, instruction) = worksheet.hints.get(kind), TASKS[kind]
    return Task(
        "",
        (Text(sheet.words.say(title)),),
        sheet.say("This part is worked out for you." if given else instruction),
        points_text(sheet.words, points),
        parts,
        sheet.authors(hint) if hint else (),
        points,
    )


def _forward_task(sheet: ArraySheet, given: bool) -> tuple[Block, ...]:
    """Every quantity, an entry a gap; a vector that only puts together what is there already is not asked for."""
    spec, definitions = sheet.spec, sheet.evaluation.derivation.definitions
    collected = spec.arrays.vectors if spec.arrays is not None else {}
    told = {name: line for name in definitions if name not in collected and len((line := sheet.lines.forward(name)).sides) > 1}
    worked = {name: _with_gaps(sheet, line, _is_number, given) for name, line in told.items()}
    if spec.worksheet.layout != "grid":
        return (*_rows(sheet), Equations(tuple(worked.values()), together=False)) if worked else ()
    return tuple(part for name, line in worked.items() for part in (_grid(sheet, name, given) or (Equations((line,)),)))


def _gradients_task(sheet: ArraySheet, given: bool) -> tuple[Block, ...]:
    """Every derivative, in matrices and its numbers."""
    derivation = sheet.evaluation.derivation
    lines = [sheet.lines.backward(name) for name in derivation.adjoints if name != derivation.loss]
    worked = tuple(_with_gaps(sheet, line, lambda side: True, given) for line in lines if len(line.sides) > 1)
    return (Equations(worked, together=False),) if worked else ()


_PARTS = {"forward": _forward_task, "gradients": _gradients_task}


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
