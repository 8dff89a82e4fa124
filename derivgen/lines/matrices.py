"""A network's lines in matrices: what stands in each, the forward pass, δ and the gradients layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivgen.derivation.matrices import Layer
from derivgen.derivation.matrix_errors import activation, bias_gradient, errors, loss_slope, weight_gradient, with_share
from derivgen.evaluation import Evaluation
from derivgen.lines.equality import Equality, Reason, equality
from derivgen.lines.matrix_board import Board, Claim, board, equalities
from derivgen.lines.matrix_general import general
from derivgen.lines.paper import symbol
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import UnknownValueError
from derivgen.maths.matrices import value_of
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Entry,
    Expr,
    Marked,
    MatrixSym,
    Neg,
    Num,
    Partial,
    Product,
    Quotient,
    Sum,
    Sym,
    has_matrices,
    rebuild,
)


def definitions(board: Board) -> Iterator[Claim]:
    """a⁰, then W and b of each layer, then y: their names and their numbers."""
    symbols: list[MatrixSym] = [board.layered.inputs]
    for layer in board.layered.layers:
        symbols += [layer.weights, *([layer.bias] if layer.bias is not None else [])]
    if board.layered.target is not None:
        symbols.append(board.layered.target)
    for each in symbols:
        names = board.names(each)
        if names is not None:
            about, left = ("matrix", each.symbol.name), board.layered.sized(each)
            yield Claim(equality(about, left, names), equality(about, left, names, board.known(names), numeric=True))


def forward(board: Board, layer: Layer) -> Iterator[Claim]:
    """z = W a + b and a = g(z) of one layer, or the one line of a layer without activation."""
    summed = board.affine(layer)
    about = ("matrix forward", str(layer.number))
    yield board.line((*about, "net"), layer.summed, (board.with_sizes(summed),), summed, board.entries(layer))
    applied = activation(board.layered, layer)
    if applied is not None:
        yield board.line((*about, "output"), layer.output, (applied,))


def backward(board: Board, layer: Layer) -> Iterator[Claim]:
    """Of the last layer ∂C/∂a first; then δ, and the gradients by the weights and biases."""
    if layer.number == len(board.layered.layers):
        yield _slope(board, layer)
    yield _error(board, layer)
    gradients = [(layer.weights, weight_gradient(board.layered, layer))]
    if layer.bias is not None:
        gradients.append((layer.bias, bias_gradient(board.layered, layer)))
    for by, expr in gradients:
        left = board.layered.gradient(by)
        yield board.line(("matrix gradient", str(layer.number), by.letter), left, (board.with_sizes(expr),), expr)


def _slope(board: Board, last: Layer) -> Claim:
    """∂C/∂a of the last layer, from the loss."""
    found = loss_slope(board.layered)
    left = board.layered.gradient(last.output)
    if found.formula is None:
        return board.line(("matrix loss",), left, ())
    whole = with_share(board.layered, found.formula, found.averaged)
    tidied = _one_constant(whole) if found.averaged else whole
    forms = (whole, tidied) if has_matrices(tidied) else (whole,)
    reason = Reason("one sample's share of the mean in each column") if found.averaged else None
    return board.line(("matrix loss",), left, forms, forms[-1], reason=reason)


def _one_constant(expr: Expr) -> Expr:
    """The constants in front as one: 1/4 · 2 (A - Y) as 1/2 (A - Y), 1/N · (-2) (A - Y) as -2/N (A - Y)."""
    share = expr.factors[0] if isinstance(expr, Product) else None
    if not isinstance(share, Quotient) or not isinstance(expr, Product):
        return tidy(expr)
    rest = expr.factors[1:]
    if not isinstance(rest[0], Num) or len(rest) == 1:
        return expr
    number, sign = abs(rest[0].value), rest[0].value < 0
    joined = Product((Quotient(Num(number), share.under), *rest[1:]))
    return Neg(joined) if sign else joined


def _error(board: Board, layer: Layer) -> Claim:
    """δ = ∂C/∂z = (W above)ᵀ δ above ⊙ g'(z), of the last layer ∂C/∂a ⊙ g'(z) or what that comes to."""
    forms = errors(board.layered, layer)
    numbers, reason = forms[0], None
    if layer.number == len(board.layered.layers):
        found = loss_slope(board.layered)
        if found.simple is not None:
            forms, numbers = (*forms, found.simple), found.simple
            reason = Reason("for targets that add up to 1") if found.shares else None
    sides = (board.layered.gradient(layer.summed), board.with_sizes(forms[0]), *forms[1:])
    return board.line(("matrix error", str(layer.number), "delta"), layer.delta, sides, numbers, reason=reason)


def shared(board: Board) -> Iterator[Equality]:
    """Of each name that stands at several places: its gradient is the sum of the entries where it stands."""
    for name in board.layered.shared:
        loss = board.layered.loss
        terms: list[Expr] = [entry for layer in board.layered.layers for entry in _places(board, layer, name)]
        local = board.evaluation.derivation.locals.get((loss.name, name))
        if local is not None and local.direct:
            terms.append(Partial(loss, Sym(name), True))
        yield _added(board, name, Partial(symbol(board.evaluation.graph, loss.name), Sym(name)), Sum(tuple(terms)))


def _places(board: Board, layer: Layer, name: str) -> Iterator[Entry]:
    for by in (layer.weights, layer.bias):
        for i, row in enumerate(board.layered.names[by] if by is not None else (), 1):
            for j, each in enumerate(row, 1):
                if each == name and by is not None:
                    yield Entry(board.layered.gradient(by), i, j if by == layer.weights else None)


def _added(board: Board, name: str, left: Expr, total: Sum) -> Equality:
    about = ("matrix shared", name)
    reason = Reason("the same name at several places: their entries are added")

    def number(expr: Expr) -> Number:
        value = value_of(expr, board.env)
        assert not isinstance(value, tuple)
        return value

    try:
        result = number(left)
    except UnknownValueError:
        return equality(about, left, total, reason=reason)
    numbers, printed, agrees = settle(
        lambda extra: rebuild(total, lambda part: shown(number(part), board.style, extra)), result, board.style, number
    )
    return equality(about, left, total, numbers, printed if agrees else Marked(printed), numeric=True, reason=reason)


def general_forward(board: Board) -> tuple[Equality, ...]:
    """z^l = W^l a^{l-1} + b^l and a^l = g(z^l), as far as all layers have one form; none for two, which need no general case."""
    made = [(layer.number, claim) for layer in board.layered.layers for claim in forward(board, layer)]
    return _general(made) if len(board.layered.layers) > 2 else ()


def general_backward(board: Board) -> tuple[Equality, ...]:
    """δ^l from the layer above and the gradients, as far as all layers have one form; δ of those below the last."""
    last = len(board.layered.layers)
    made = [(layer.number, claim) for layer in board.layered.layers for claim in backward(board, layer)]
    kept = [(n, claim) for n, claim in made if claim.whole.about[0] == "matrix gradient" or n < last]
    return _general(kept) if last > 2 else ()


def _general(lines: Iterable[tuple[int, Claim]]) -> tuple[Equality, ...]:
    """The general line of each kind of line, where there is one."""
    kinds: dict[tuple[str, str], list[tuple[int, Claim]]] = {}
    for number, claim in lines:
        kind, _, what = claim.whole.about
        kinds.setdefault((kind, what), []).append((number, claim))
    found = (general(group) for group in kinds.values())
    return tuple(line for line in found if line is not None)


def matrix_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Every line in matrices: definitions, forward pass, backward pass, sums over places of one name."""
    made = board(evaluation)
    if made is not None:
        yield from (*general_forward(made), *general_backward(made))
        yield from equalities(definitions(made))
        for layer in made.layered.layers:
            yield from equalities(forward(made, layer))
        for layer in reversed(made.layered.layers):
            yield from equalities(backward(made, layer))
        yield from shared(made)
