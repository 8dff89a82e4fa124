"""What a worksheet asks in matrices: the lines of the layers in which an asked-for weight or bias stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from derivgen.derivation.matrices import Layer
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality, equality
from derivgen.lines.matrices import backward, definitions, forward, matrix_lines
from derivgen.lines.matrix_board import Board, Claim, board
from derivgen.maths.names import split
from derivgen.maths.tree import Expr, MatrixPartial, MatrixSym, Sized


@dataclass(frozen=True, slots=True)
class Asked:
    """One line, its layer, and the names in the matrix that it is about.

    `forward` ones follow the layer's own formula; in a `batch` each sample is a column.
    """

    claim: Claim
    layer: Layer
    names: tuple[str, ...]
    forward: bool
    batch: bool


def asked_layers(board: Board, names: Iterable[str]) -> tuple[Layer, ...]:
    """The layers in which one of the names stands as a weight or bias, from the first to the last."""
    wanted = frozenset(names)
    return tuple(layer for layer in board.layered.layers if not wanted.isdisjoint(parameters(board, layer)))


def parameters(board: Board, layer: Layer) -> tuple[str, ...]:
    """The names of a layer's weights and biases."""
    return (*_inside(board, layer.weights), *(_inside(board, layer.bias) if layer.bias is not None else ()))


def forward_asked(board: Board, layer: Layer) -> Iterator[Asked]:
    """z = W a + b and a = g(z)"""
    for claim in forward(board, layer):
        yield Asked(claim, layer, _inside(board, _subject(claim)), True, board.layered.batch)


def backward_asked(board: Board, layer: Layer, names: Iterable[str]) -> Iterator[Asked]:
    """δ, before it ∂C/∂a of the last layer, and the gradients by W and by b where one of the names stands there."""
    wanted = frozenset(names)
    claims = list(backward(board, layer))
    for claim in claims[1:] if _starts_twice(board, claims) else claims:
        subject = _subject(claim)
        inside = _inside(board, subject.by if isinstance(subject, MatrixPartial) else subject)
        if claim.whole.about[0] != "matrix gradient" or not wanted.isdisjoint(inside):
            yield Asked(claim, layer, inside, False, board.layered.batch)


def _starts_twice(board: Board, claims: list[Claim]) -> bool:
    """Whether δ of the last layer is ∂C/∂a itself, so that both have the same formula and the same numbers."""
    if claims[0].whole.about[0] != "matrix loss" or len(claims[1].symbolic.sides) < 4:
        return False
    slope = claims[1].symbolic.sides[2]
    return (slope.content if isinstance(slope, Sized) else slope) == _subject(claims[0])


def named(board: Board, lowest: int) -> Iterator[Equality]:
    """Which names stand in which matrix, as far as the layers from `lowest` on need it: a⁰, W, b, y, and other columns.

    Of the columns z and a those that go by other letters in the network.
    """
    layers = board.layered.layers
    below = {each for layer in layers[: lowest - 1] for each in (layer.weights, layer.bias)}
    unused = {*below, board.layered.inputs} if lowest > 1 else below
    yield from (claim.symbolic for claim in definitions(board) if _subject(claim) not in unused)
    columns = [layers[lowest - 2].output] if lowest > 1 else []
    columns += [each for layer in layers[lowest - 1 :] for each in (layer.net, layer.output) if each is not None]
    for column in columns:
        cells = board.names(column)
        if cells is not None and any(split(name).base.lower() != column.letter.lower() for name in _inside(board, column)):
            yield equality(("matrix", column.symbol.name), board.layered.sized(column), cells)


def matrix_task_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Every line that the task may print: all lines in matrices, and which names stand in which matrix."""
    made = board(evaluation) if "matrices" in evaluation.graph.spec.worksheet.tasks else None
    if made is not None:
        yield from named(made, 1)
        if not any(show.kind == "matrices" for show in evaluation.graph.spec.show):
            yield from matrix_lines(evaluation)


def _subject(claim: Claim) -> Expr:
    """The matrix, or the gradient by it, that stands left of the first sign of equality."""
    left = claim.whole.sides[0]
    return left.content if isinstance(left, Sized) else left


def _inside(board: Board, matrix: Expr) -> tuple[str, ...]:
    """The names of the scalars in a matrix of the network."""
    assert isinstance(matrix, MatrixSym)
    return tuple(name for row in board.layered.names[matrix] for name in row if name is not None)
