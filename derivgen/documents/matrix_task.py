"""A network in matrices as a task: the forward pass, δ and the gradients of the layers that are asked for, with gaps.

The formulas of the forward pass are printed; those of δ and of the gradients are asked for. Where numbers are put in, each
matrix is a gap of its own, as large as any other of its shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from derivgen.blocks.matrices import introduction
from derivgen.documents.answer_space import answer_lines
from derivgen.documents.document import Block, Equations, Heading, Line, Math, Paragraph, Text, Together
from derivgen.documents.sheet import Sheet, joined
from derivgen.documents.task_plan import TaskPlan
from derivgen.frozen import dataclass, replace
from derivgen.lines.equality import LineKind
from derivgen.lines.matrices import Asked, asked_layers, backward_asked, forward_asked, named, parameters
from derivgen.lines.matrix_lines import MatrixLine, MatrixLines, matrix_lines_of, without_sizes
from derivgen.maths.tree import (
    Compare,
    Expr,
    Hadamard,
    Marked,
    MatMul,
    Matrix,
    MatrixSym,
    Neg,
    Product,
    Sum,
    rebuild,
    walk,
)

MOST_COLUMNS = 8
"""With more columns in the matrices of one side, that side is left to the student's own paper."""
MOST_TOGETHER = 24.0
"""With more lines of room the forward pass may begin on another page than what stands in the matrices."""


def matrix_task(sheet: Sheet, plan: TaskPlan, given: bool) -> tuple[Block, ...]:
    """Say what stands in each matrix, then write a line for each step.

    Nothing where the network cannot be said in matrices (see `layered`), or where no asked-for name is a weight or a bias.
    """
    made = matrix_lines_of(sheet.evaluation)
    names = tuple(gradient.name for gradient in plan.gradients)
    layers = asked_layers(made, names) if made is not None else ()
    if made is None or not layers:
        return ()
    lowest = layers[0].number
    forward = [asked for layer in layers for asked in forward_asked(made, layer)]
    backward = [(layer, list(backward_asked(made, layer, names))) for layer in reversed(made.layered.layers[lowest - 1 :])]
    every = [
        asked
        for asked in (*forward, *(each for _, group in backward for each in group))
        if len(asked.line.with_numbers.sides) > 1
    ]
    page = _Page(sheet, plan, made, given, _Gaps.of(sheet, every))
    first = (
        introduction(sheet, made, (side for asked in every for side in asked.line.with_numbers.sides)),
        Paragraph(joined((Math(Compare("==", *line.sides)) for line in named(made, lowest)), ",  ")),
        _heading(sheet.words.say("Forward pass")),
        page.equations(forward),
    )
    fits = sheet.spec.worksheet.scaffolding != "blank" and answer_lines(first, sheet.page) <= MOST_TOGETHER
    blocks: list[Block] = [Together(first)] if fits else [*first]
    for layer, lines in backward:
        title = sheet.words.say("Backward pass, layer {number}", number=layer.number)
        blocks += [_heading(title), page.equations(lines)]
    return tuple(blocks)


def _heading(words: str) -> Heading:
    return Heading((Text(words),), 3)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps, by what goes in: formulas, matrices by their shape, and whatever else numbers are put into."""

    formulas: Mapping[Expr, Expr]
    matrices: Mapping[Expr, Expr]
    others: Mapping[Expr, Expr]

    @classmethod
    def of(cls, sheet: Sheet, asked: Iterable[Asked]) -> _Gaps:
        lines = tuple(asked)
        formulas = {formula: formula for each in lines if not each.forward and (formula := _formula(each)) is not None}
        sides = [side for each in lines for _, side in _figures(each)]
        matrices = dict.fromkeys(matrix for side in sides if _is_made_of_matrices(side) for matrix in _matrices(side))
        others = {side: side for side in sides if not _is_made_of_matrices(side)}
        shapes: dict[tuple[object, ...], list[Expr]] = {}
        for matrix in matrices:
            shapes.setdefault(_shape(matrix), []).append(matrix)
        sized: dict[Expr, Expr] = {}
        for group in shapes.values():
            sized |= sheet.answers_by({matrix: matrix for matrix in group}, even=True)
        return cls(sheet.answers_by(formulas), sized, sheet.answers_by(others))

    def within(self, side: Expr) -> Expr:
        """Return a side with its numbers in gaps."""
        if side in self.others:
            return self.others[side]
        return self.matrices[side] if side in self.matrices else rebuild(side, self.within)


@dataclass(frozen=True, slots=True)
class _Page:
    """Writes the lines as the audience sees them."""

    sheet: Sheet
    plan: TaskPlan
    board: MatrixLines
    given: bool
    gaps: _Gaps

    def equations(self, asked: Sequence[Asked]) -> Equations:
        """Return the lines that say something."""
        lines = [self._line(each) for each in asked if len(each.line.with_numbers.sides) > 1]
        return Equations(tuple(lines), together=len(lines) < 4)

    def _line(self, asked: Asked) -> Line:
        """left = formula = numbers = result, with a gap for each that is asked for."""
        whole = self.sheet.line(asked.line.with_numbers)
        return whole if self.given else replace(whole, steps=(*self._symbols(asked), *self._numbers(asked)))

    def _symbols(self, asked: Asked) -> Iterator[tuple[str, Expr]]:
        """The formula, in a gap unless it is the forward pass's or the chain to one of the layer's parameters is given."""
        forms = _forms(asked.line)
        told = set(parameters(self.board, asked.layer)) & set(self.plan.chains)
        formula = _formula(asked)
        if asked.forward or told or formula is None:
            yield from (("=", form) for form in forms)
            return
        if asked.line.with_numbers.kind is LineKind.MATRIX_ERROR:
            yield "=", forms[0]
        yield "=", self.gaps.formulas[formula]

    def _numbers(self, asked: Asked) -> Iterator[tuple[str, Expr]]:
        """The numbers put in, and the result; the result alone, and no gap, where all of it is given or worked out.

        There are none of a layer's output that is its net input.
        """
        figures = _figures(asked)
        if asked.forward and isinstance(_forms(asked.line)[0], MatrixSym):
            return
        if figures and self._is_told(asked):
            yield asked.line.with_numbers.relations[-1], asked.line.with_numbers.last
            return
        for relation, side in figures:
            yield relation, self.gaps.within(side)

    def _is_told(self, asked: Asked) -> bool:
        """Whether every entry of the result is given (forward pass) or is a gradient that is worked out."""
        kind = asked.line.with_numbers.kind
        told = self.plan.given if asked.forward else self.plan.worked if kind is LineKind.MATRIX_GRADIENT else ()
        return set(asked.names) <= set(told)


def _forms(claim: MatrixLine) -> tuple[Expr, ...]:
    """The sides in letters, right of the first sign of equality."""
    return claim.with_numbers.sides[1 : len(claim.symbolic.sides)]


def _figures(asked: Asked) -> tuple[tuple[str, Expr], ...]:
    """The numbers put in and the result, or the result entry by entry, each with the relation before it.

    Only a result that is written out is asked for, and before it only the numbers of a single sample that fit on a line.
    """
    claim, at = asked.line, len(asked.line.symbolic.sides)
    found = tuple(zip(claim.with_numbers.relations[at - 1 :], claim.with_numbers.sides[at:], strict=True))
    if not found or not isinstance(found[-1][1], (Matrix, Marked)):
        return ()
    columns = sum(len(node.rows[0]) for _, side in found[:-1] for node in walk(side) if isinstance(node, Matrix))
    return found if claim.with_numbers.numeric and not asked.batch and columns <= MOST_COLUMNS else found[-1:]


def _formula(asked: Asked) -> Expr | None:
    """What is asked for in letters: the last and shortest form, without sizes; None where the line has none.

    Of δ the first side only says what it stands for.
    """
    forms = _forms(asked.line)
    wanted = forms[1:] if asked.line.with_numbers.kind is LineKind.MATRIX_ERROR else forms
    return without_sizes(wanted[-1]) if wanted else None


def _is_made_of_matrices(side: Expr) -> bool:
    """Whether a side is matrices written out, with nothing but ⊙, plus and minus between them."""
    if isinstance(side, Marked):
        return isinstance(side.content, Matrix)
    if isinstance(side, (MatMul, Hadamard)):
        return all(map(_is_made_of_matrices, side.factors))
    if isinstance(side, Sum):
        return all(_is_made_of_matrices(term.arg if isinstance(term, Neg) else term) for term in side.terms)
    return isinstance(side, Matrix)


def _matrices(side: Expr) -> Iterator[Expr]:
    """The matrices in a side, a result with its mark."""
    if isinstance(side, (Matrix, Marked)):
        yield side
    elif isinstance(side, Neg):
        yield from _matrices(side.arg)
    else:
        for part in side.factors if isinstance(side, (MatMul, Hadamard)) else side.terms if isinstance(side, Sum) else ():
            yield from _matrices(part)


def _shape(matrix: Expr) -> tuple[object, ...]:
    """Rows, columns, and whether sums and products stand in it, which need more room."""
    inner = matrix.content if isinstance(matrix, Marked) else matrix
    assert isinstance(inner, Matrix)
    return len(inner.rows), len(inner.rows[0]), any(isinstance(node, (Sum, Product)) for row in inner.rows for node in row)
