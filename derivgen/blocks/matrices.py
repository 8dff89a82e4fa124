"""The blocks in matrices: forward and backward pass, the nested line, weights and biases as one matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from derivgen.blocks.record import PieceKind, ShownBlock, equations, has_network, once, title
from derivgen.documents.document import Block, Equations, Heading, Line, Paragraph, Text
from derivgen.documents.sheet import Sheet
from derivgen.lines import matrices as lines
from derivgen.lines.equality import Equality
from derivgen.lines.matrix_lines import INDEX, MatrixLine, MatrixLines, matrix_lines_of
from derivgen.maths.tree import Boxed, Expr, Hadamard, HadamardQuotient, Matrix, MatrixPartial, MatrixSym, Ones, Sized, Sym, walk
from derivgen.spec.model import Show


def matrix_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Print what stands in each matrix, the forward pass, then δ and the gradients from the last layer to the first."""
    made = matrix_lines_of(sheet.evaluation)
    if made is None:
        return _not_in_matrices(sheet)
    given = _equations(sheet, lines.definitions(made))
    forward = _equations(sheet, (claim for layer in made.layered.layers for claim in lines.forward(made, layer)))
    backward = [_backward(sheet, made, place) for place in range(len(made.layered.layers), 0, -1)]
    shared = tuple(sheet.line(line) for line in lines.shared(made))
    blocks: list[Block] = [
        title(sheet, "In matrices"),
        introduction(sheet, made, _sides(given, forward, *(each for _, each in backward))),
        given,
        title(sheet, "Forward pass in matrices", 2),
        *_for_every_layer(sheet, lines.general_forward(made)),
        forward,
    ]
    for place, (heading, layer_lines) in enumerate(backward):
        if place == 0:
            blocks.append(title(sheet, "Backward pass in matrices", 2))
            blocks += _for_every_layer(sheet, lines.general_backward(made))
        blocks += [heading, layer_lines]
    return (*blocks, Equations(shared)) if shared else tuple(blocks)


def nested_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return the forward pass as one line."""
    made = matrix_lines_of(sheet.evaluation)
    if made is None:
        return _not_in_matrices(sheet)
    return title(sheet, "The forward pass in one line"), _equations(sheet, [lines.nested(made)])


def augmented_blocks(sheet: Sheet, show: Show) -> tuple[Block, ...]:
    """Return each layer with its biases as a last column of its weights."""
    made = matrix_lines_of(sheet.evaluation)
    if made is None:
        return _not_in_matrices(sheet)
    claims = [claim for layer in made.layered.layers for claim in lines.augmented(made, layer)]
    words = Paragraph(
        sheet.say("The bias is one more weight, of an input that is always 1: it becomes the last column of the weights.")
    )
    return title(sheet, "Weights and bias in one matrix"), words, _equations(sheet, claims)


def _for_every_layer(sheet: Sheet, general: tuple[Equality, ...]) -> tuple[Block, ...]:
    """Print what holds for every layer, before its instances."""
    if not general:
        return ()
    words = Paragraph(sheet.say("In general, for a layer {l}:", l=Sym(INDEX)))
    return words, Equations(tuple(sheet.line(line) for line in general))


def _not_in_matrices(sheet: Sheet) -> tuple[Block, ...]:
    return (Paragraph(sheet.say("This network cannot be said in matrices: a unit is used besides the next layer."), "quiet"),)


def _sides(*groups: Equations) -> Iterator[Expr]:
    """All sides of all lines."""
    for line in (line for group in groups for line in group.lines):
        yield from (side for side in (line.left, *(step for _, step in line.steps)) if side is not None)


def introduction(sheet: Sheet, made: MatrixLines, sides: Iterable[Expr]) -> Paragraph:
    """Say how vectors and matrices lie, and explain the signs that are used in the sides."""
    used = {type(node) for side in sides for node in walk(side)}
    say = sheet.words.say
    parts = [
        say("Vectors are columns; a weight matrix has a row for each unit of its layer and a column for each unit below it.")
    ]
    if made.layered.batch:
        parts.append(say("Each sample is a column of its own."))
    parts.append(say("Each factor carries its size, rows × columns."))
    parts += [say(said) for kind, said in _KINDS.items() if kind in used]
    return Paragraph((Text(" ".join(parts)),))


_KINDS = {
    Hadamard: "The sign ⊙ multiplies entry by entry.",
    HadamardQuotient: "The sign ⊘ divides entry by entry.",
    Ones: "A bold 1 is a column of ones.",
}


def _backward(sheet: Sheet, made: MatrixLines, place: int) -> tuple[Heading, Equations]:
    layer = made.layered.layers[place - 1]
    claims = list(lines.backward(made, layer))
    heading = Heading((Text(sheet.words.say("Layer {number}", number=layer.number)),), 3)
    return heading, _equations(sheet, claims, boxed=True)


def _equations(sheet: Sheet, claims: Iterable[MatrixLine], boxed: bool = False) -> Equations:
    """Return the lines as they are printed; what is not known at all, such as an empty line, is left out."""
    found = [sheet.line(claim.with_numbers) for claim in claims if len(claim.with_numbers.sides) > 1]
    return Equations(tuple(map(_result, found) if boxed else found), together=len(found) < 6)


def _result(line: Line) -> Line:
    """A gradient by weights or biases with its numbers in a box."""
    left = line.left.content if isinstance(line.left, Sized) else line.left
    last: Expr | None = line.steps[-1][1] if line.steps else None
    if not isinstance(left, MatrixPartial) or not isinstance(last, Matrix) or not _is_parameter(left):
        return line
    return Line(line.left, (*line.steps[:-1], (line.steps[-1][0], Boxed(last))), line.reason)


def _is_parameter(gradient: MatrixPartial) -> bool:
    return getattr(gradient.by, "letter", "").lower() in ("w", "b")


def _lines(sheet: Sheet) -> dict[str, MatrixLine]:
    """Return the lines in matrices by what stands at their left: W__1, z__2, C/W__1."""
    made = matrix_lines_of(sheet.evaluation) if sheet.spec.network is not None else None
    if made is None:
        return {}
    layers = made.layered.layers
    found: list[MatrixLine] = list(lines.definitions(made))
    found += [line for layer in layers for line in lines.forward(made, layer)]
    found += [line for layer in reversed(layers) for line in lines.backward(made, layer)]
    return {name: line for line in found if len(line.with_numbers.sides) > 1 for name in _names(line.with_numbers.sides[0])}


def _names(left: Expr) -> Iterator[str]:
    """`W__1` of W¹, `C/W__1` of ∂C/∂W¹."""
    inner = left.content if isinstance(left, Sized) else left
    if isinstance(inner, MatrixSym):
        yield inner.symbol.name
    elif isinstance(inner, MatrixPartial) and isinstance(inner.by, MatrixSym):
        yield f"{inner.of.name}/{inner.by.symbol.name}"


def _matrix(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return equations(sheet.line(_lines(sheet)[of].with_numbers))


def _in_matrices(sheet: Sheet) -> bool:
    return has_network(sheet) and matrix_lines_of(sheet.evaluation) is not None


_LACKING = "it needs a `network`, one that can be said in matrices"
_Block = partial(ShownBlock, of=once(_in_matrices), lacking=_LACKING)

MATRICES = _Block(
    "matrices",
    matrix_blocks,
    lambda evaluation, show: lines.lines_in_matrices(evaluation),
    means="forward and backward pass in matrices",
    parts={"matrix": PieceKind("one line in matrices", lambda sheet: tuple(_lines(sheet)), _matrix, _LACKING)},
)
NESTED = _Block(
    "nested",
    nested_blocks,
    lambda evaluation, show: lines.nested_lines(evaluation),
    means="the forward pass in matrices, as one line",
)
AUGMENTED = _Block(
    "augmented",
    augmented_blocks,
    lambda evaluation, show: lines.augmented_lines(evaluation),
    means="weights and bias in one matrix",
)
