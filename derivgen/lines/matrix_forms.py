"""Further ways of writing a network in matrices: the forward pass as one nested line, weights and bias as one matrix."""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.derivation.matrices import Layer
from derivgen.derivation.matrix_errors import SOFTMAX, activation
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality
from derivgen.lines.matrix_board import Board, Claim, board, equalities
from derivgen.lines.matrix_numbers import MOST_ROWS, known
from derivgen.maths.tree import ONE, Call, Expr, MatMul, Matrix, Num, Ones, Sized, Sum, Sym, Transpose, substitute

MOST_LEAVES = 60
"""How many numbers and names the nested line may hold."""


def nested(board: Board) -> Claim:
    """a³ = g(W³ g(W² g(W¹ a⁰ + b¹) + b²) + b³) = g(W³ [g(5·g(2·1+3)+11); …] + b³) = its value."""
    layers = board.layered.layers
    *below, last = layers
    whole: Expr = board.layered.inputs
    for layer in layers:
        whole = _applied(board, layer, board.affine(layer, whole))
    forms: list[Expr] = [whole]
    if _may_be_expanded(board):
        entries = _expanded(board, below[-1].outputs if below else ())
        inner = Matrix(tuple((entry,) for entry in entries)) if below else board.known(board.env.views[last.below])
        forms.append(_applied(board, last, board.affine(last, inner)))
    claim = board.line(("matrix nested",), last.output, tuple(forms))
    return Claim(board.line(("matrix nested",), last.output, (whole,)).symbolic, claim.whole)


def _applied(board: Board, layer: Layer, inner: Expr) -> Expr:
    """g(inner), or `inner` where the layer has no activation."""
    call = activation(board.layered, layer)
    return Call(call.function, (inner,), call.written) if isinstance(call, Call) else inner


def _may_be_expanded(board: Board) -> bool:
    """Whether the layers below the last can be written out as one formula for each unit, and are short enough for it."""
    below = board.layered.layers[:-1]
    if board.layered.batch or len(board.layered.layers[-1].neurons[0].sources) > MOST_ROWS:
        return False
    leaves, total = dict.fromkeys((name for row in board.layered.names[board.layered.inputs] for name in row), 1), 0
    for layer in below:
        if layer.neurons[0].activation == SOFTMAX:
            return False
        for neuron in layer.neurons:
            leaves[neuron.output] = sum(1 + leaves[source] for source in neuron.sources) + 1
            total = max(total, leaves[neuron.output])
    return total * (len(below[-1].neurons) if below else 1) <= MOST_LEAVES


def _expanded(board: Board, names: tuple[str, ...]) -> Iterator[Expr]:
    """Each quantity as one formula in what is given: exact numbers put in, nothing worked out."""
    quantities = board.evaluation.graph.quantities
    made: dict[str, Expr] = {}

    def formula(symbol: Sym) -> Expr:
        if symbol.name not in made:
            definition = quantities[symbol.name].definition
            leaf = definition is None
            made[symbol.name] = _number(board, symbol) if leaf else substitute(definition, formula)  # type: ignore[arg-type]
        return made[symbol.name]

    return (formula(Sym(name)) for name in names)


def _number(board: Board, symbol: Sym) -> Expr:
    value = known(symbol, board.env, board.style, exact=True)
    return value if isinstance(value, Num) else symbol


def augmented(board: Board, layer: Layer) -> Iterator[Claim]:
    """z = [W b][a; 1] and ∂C/∂[W b] = δ [a; 1]ᵀ of a layer with biases, sizes below the factors."""
    if layer.bias is None:
        return
    layered = board.layered
    rows, columns = layered.size(layer.weights)
    assert isinstance(columns, int)
    joined: Expr = Matrix(((layer.weights, layer.bias),))
    ones: Expr = Ones(1, layered.columns) if layered.batch else ONE
    below: Expr = Matrix(((layer.below,), (ones,)))
    product = MatMul((Sized(joined, rows, columns + 1), Sized(below, columns + 1, layered.columns)))
    cells = _cells(board, layer)
    names = MatMul(cells) if cells is not None else None
    about = ("matrix augmented", str(layer.number))
    forms = (product, names) if names is not None and not layered.batch else (product,)
    yield board.line(about, layer.summed, forms, names)
    left = Sized(layered.gradient(joined), rows, columns + 1)
    turned = MatMul((board.with_sizes(layer.delta), Sized(Transpose(below), layered.columns, columns + 1)))
    if any(layered.direct(each) for each in (layer.weights, layer.bias)):
        direct = Sized(layered.gradient(joined, direct=True), rows, columns + 1)
        yield board.line((*about, "gradient"), left, (Sum((turned, direct)),))
        return
    numbers = MatMul((layer.delta, Matrix(tuple(zip(*cells[1].rows, strict=True))))) if cells is not None else None
    yield board.line((*about, "gradient"), left, (turned,), numbers)


def _cells(board: Board, layer: Layer) -> tuple[Matrix, Matrix] | None:
    """[W b] and [a; 1] as the scalars in them, where they are small enough to be written out."""
    assert layer.bias is not None
    weights, biases, below = (board.names(each) for each in (layer.weights, layer.bias, layer.below))
    if weights is None or biases is None or below is None:
        return None
    left = tuple((*row, *bias) for row, bias in zip(weights.rows, biases.rows, strict=True))
    return Matrix(left), Matrix((*below.rows, (ONE,) * len(below.rows[0])))


def nested_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """The nested line, for the checks."""
    made = board(evaluation)
    if made is not None:
        yield from equalities([nested(made)])


def augmented_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """The lines of all layers with weights and bias as one matrix, for the checks."""
    made = board(evaluation)
    if made is not None:
        for layer in made.layered.layers:
            yield from equalities(augmented(made, layer))
