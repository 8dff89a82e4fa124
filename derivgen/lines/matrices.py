"""A network's lines in matrices: what stands in each, the forward pass, δ and the gradients layer by layer.

Also the forward pass as one nested line, weights and biases as one matrix, and which of the lines a worksheet asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivgen.derivation.matrices import Layer
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.matrix_errors import SOFTMAX
from derivgen.lines.matrix_lines import MOST_ROWS, MatrixLine, MatrixLines, equalities, general, known, matrix_lines_of
from derivgen.lines.notation import symbol
from derivgen.maths.arithmetic import Number
from derivgen.maths.evaluate import UnknownValueError, value_of
from derivgen.maths.names import split
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    Call,
    Entry,
    Expr,
    Marked,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Partial,
    Product,
    Quotient,
    Sized,
    Sum,
    Sym,
    Transpose,
    has_matrices,
    rebuild,
    substitute,
)


def definitions(writer: MatrixLines) -> Iterator[MatrixLine]:
    """Yield a⁰, then W and b of each layer, then y: their names and their numbers."""
    symbols: list[MatrixSym] = [writer.layered.inputs]
    for layer in writer.layered.layers:
        symbols += [layer.weights, *([layer.bias] if layer.bias is not None else [])]
    if writer.layered.target is not None:
        symbols.append(writer.layered.target)
    for each in symbols:
        names = writer.names(each)
        if names is not None:
            about, left = (LineKind.MATRIX, each.symbol.name), writer.layered.sized(each)
            yield MatrixLine(equality(about, left, names), equality(about, left, names, writer.known(names), numeric=True))


def forward(writer: MatrixLines, layer: Layer) -> Iterator[MatrixLine]:
    """Yield z = W a + b and a = g(z) of one layer, or the one line of a layer without activation."""
    summed = writer.affine(layer)
    about = (LineKind.MATRIX_FORWARD, str(layer.number))
    yield writer.line((*about, "net"), layer.summed, (writer.with_sizes(summed),), summed, writer.entries(layer))
    applied = writer.errors.activation(layer)
    if applied is not None:
        yield writer.line((*about, "output"), layer.output, (applied,))


def backward(writer: MatrixLines, layer: Layer) -> Iterator[MatrixLine]:
    """Yield δ and the gradients by the weights and biases of one layer; of the last layer ∂C/∂a first."""
    if layer.number == len(writer.layered.layers):
        yield _slope(writer, layer)
    yield _error(writer, layer)
    for by in (layer.weights, *([layer.bias] if layer.bias is not None else [])):
        left, expr = writer.layered.gradient(by), writer.errors.gradient(by)
        yield writer.line((LineKind.MATRIX_GRADIENT, str(layer.number), by.letter), left, (writer.with_sizes(expr),), expr)


def _slope(writer: MatrixLines, last: Layer) -> MatrixLine:
    """∂C/∂a of the last layer, from the loss."""
    whole, averaged = writer.errors.loss_slope()
    left = writer.layered.gradient(last.output)
    if whole is None:
        return writer.line((LineKind.MATRIX_LOSS,), left, ())
    tidied = _one_constant(whole) if averaged else whole
    forms = (whole, tidied) if has_matrices(tidied) else (whole,)
    reason = Reason("one sample's share of the mean in each column") if averaged else None
    return writer.line((LineKind.MATRIX_LOSS,), left, forms, forms[-1], reason=reason)


def _one_constant(expr: Expr) -> Expr:
    """Collect the constants in front: 1/4 · 2 (A - Y) is 1/2 (A - Y), 1/N · (-2) (A - Y) is -2/N (A - Y)."""
    share = expr.factors[0] if isinstance(expr, Product) else None
    if not isinstance(share, Quotient) or not isinstance(expr, Product):
        return tidy(expr)
    rest = expr.factors[1:]
    if not isinstance(rest[0], Num) or len(rest) == 1:
        return expr
    number, sign = abs(rest[0].value), rest[0].value < 0
    joined = Product((Quotient(Num(number), share.under), *rest[1:]))
    return Neg(joined) if sign else joined


def _error(writer: MatrixLines, layer: Layer) -> MatrixLine:
    """δ = ∂C/∂z = (W above)ᵀ δ above ⊙ g'(z), of the last layer ∂C/∂a ⊙ g'(z) or what that comes to."""
    forms = writer.errors.errors(layer)
    numbers, reason = forms[0], None
    short = writer.errors.difference() if layer.number == len(writer.layered.layers) else None
    if short is not None:
        forms, numbers = (*forms, short[0]), short[0]
        reason = Reason("for targets that add up to 1") if short[1] else None
    sides = (writer.layered.gradient(layer.summed), writer.with_sizes(forms[0]), *forms[1:])
    return writer.line((LineKind.MATRIX_ERROR, str(layer.number), "delta"), layer.delta, sides, numbers, reason=reason)


def shared(writer: MatrixLines) -> Iterator[Equality]:
    """Yield the gradient of each name that stands at several places: the sum of the entries where it stands."""
    for name in writer.layered.shared:
        loss = writer.layered.loss
        terms: list[Expr] = [entry for layer in writer.layered.layers for entry in _places(writer, layer, name)]
        local = writer.evaluation.derivation.locals.get((loss.name, name))
        if local is not None and local.direct:
            terms.append(Partial(loss, Sym(name), True))
        yield _added(writer, name, Partial(symbol(writer.evaluation.graph, loss.name), Sym(name)), Sum(tuple(terms)))


def _places(writer: MatrixLines, layer: Layer, name: str) -> Iterator[Entry]:
    for by in (layer.weights, layer.bias):
        for i, row in enumerate(writer.layered.names[by] if by is not None else (), 1):
            for j, each in enumerate(row, 1):
                if each == name and by is not None:
                    yield Entry(writer.layered.gradient(by), i, j if by == layer.weights else None)


def _added(writer: MatrixLines, name: str, left: Expr, total: Sum) -> Equality:
    about = (LineKind.MATRIX_SHARED, name)
    reason = Reason("the same name at several places: their entries are added")

    def number(expr: Expr) -> Number:
        value = value_of(expr, writer.env)
        assert not isinstance(value, tuple)
        return value

    try:
        result = number(left)
    except UnknownValueError:
        return equality(about, left, total, reason=reason)
    numbers, printed, agrees = settle(
        lambda extra: rebuild(total, lambda part: shown(number(part), writer.style, extra)), result, writer.style, number
    )
    return equality(about, left, total, numbers, printed if agrees else Marked(printed), numeric=True, reason=reason)


def general_forward(writer: MatrixLines) -> tuple[Equality, ...]:
    """Write z^l = W^l a^{l-1} + b^l and a^l = g(z^l), as far as all layers have one form; for two layers there is no need."""
    made = [(layer.number, line) for layer in writer.layered.layers for line in forward(writer, layer)]
    return _general(made) if len(writer.layered.layers) > 2 else ()


def general_backward(writer: MatrixLines) -> tuple[Equality, ...]:
    """Write δ^l from the layer above and the gradients, as far as all layers have one form; δ of those below the last."""
    last = len(writer.layered.layers)
    made = [(layer.number, line) for layer in writer.layered.layers for line in backward(writer, layer)]
    kept = [(n, line) for n, line in made if line.with_numbers.kind is LineKind.MATRIX_GRADIENT or n < last]
    return _general(kept) if last > 2 else ()


def _general(lines: Iterable[tuple[int, MatrixLine]]) -> tuple[Equality, ...]:
    """Return the general line of each kind of line, where there is one."""
    kinds: dict[tuple[LineKind, str], list[tuple[int, MatrixLine]]] = {}
    for number, line in lines:
        _, what = line.with_numbers.names
        kinds.setdefault((line.with_numbers.kind, what), []).append((number, line))
    found = (general(group) for group in kinds.values())
    return tuple(line for line in found if line is not None)


def lines_in_matrices(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield every line in matrices: definitions, forward pass, backward pass, sums over places of one name."""
    made = matrix_lines_of(evaluation)
    if made is not None:
        yield from (*general_forward(made), *general_backward(made))
        yield from equalities(definitions(made))
        for layer in made.layered.layers:
            yield from equalities(forward(made, layer))
        for layer in reversed(made.layered.layers):
            yield from equalities(backward(made, layer))
        yield from shared(made)


MOST_LEAVES = 60
"""How many numbers and names the nested line may hold."""


def nested(writer: MatrixLines) -> MatrixLine:
    """Write a³ = g(W³ g(W² g(W¹ a⁰ + b¹) + b²) + b³) = g(W³ [g(5·g(2·1+3)+11); …] + b³) = its value."""
    layers = writer.layered.layers
    *below, last = layers
    whole: Expr = writer.layered.inputs
    for layer in layers:
        whole = _applied(writer, layer, writer.affine(layer, whole))
    forms: list[Expr] = [whole]
    if _may_be_expanded(writer):
        entries = _expanded(writer, below[-1].outputs if below else ())
        inner = Matrix(tuple((entry,) for entry in entries)) if below else writer.known(writer.env.views[last.below])
        forms.append(_applied(writer, last, writer.affine(last, inner)))
    line = writer.line((LineKind.MATRIX_NESTED,), last.output, tuple(forms))
    return MatrixLine(writer.line((LineKind.MATRIX_NESTED,), last.output, (whole,)).symbolic, line.with_numbers)


def _applied(writer: MatrixLines, layer: Layer, inner: Expr) -> Expr:
    """g(inner), or `inner` where the layer has no activation."""
    call = writer.errors.activation(layer)
    return Call(call.function, (inner,), call.written) if isinstance(call, Call) else inner


def _may_be_expanded(writer: MatrixLines) -> bool:
    """Return whether the layers below the last can be written out as one formula for each unit, and are short enough for it."""
    below = writer.layered.layers[:-1]
    if writer.layered.batch or len(writer.layered.layers[-1].neurons[0].sources) > MOST_ROWS:
        return False
    leaves, total = dict.fromkeys((name for row in writer.layered.names[writer.layered.inputs] for name in row), 1), 0
    for layer in below:
        if layer.neurons[0].activation == SOFTMAX:
            return False
        for neuron in layer.neurons:
            leaves[neuron.output] = sum(1 + leaves[source] for source in neuron.sources) + 1
            total = max(total, leaves[neuron.output])
    return total * (len(below[-1].neurons) if below else 1) <= MOST_LEAVES


def _expanded(writer: MatrixLines, names: tuple[str, ...]) -> Iterator[Expr]:
    """Each quantity as one formula in what is given: exact numbers put in, nothing worked out."""
    quantities = writer.evaluation.graph.quantities
    made: dict[str, Expr] = {}

    def formula(symbol: Sym) -> Expr:
        if symbol.name not in made:
            definition = quantities[symbol.name].definition
            leaf = definition is None
            made[symbol.name] = _number(writer, symbol) if leaf else substitute(definition, formula)  # type: ignore[arg-type]
        return made[symbol.name]

    return (formula(Sym(name)) for name in names)


def _number(writer: MatrixLines, symbol: Sym) -> Expr:
    value = known(symbol, writer.env, writer.style, exact=True)
    return value if isinstance(value, Num) else symbol


def augmented(writer: MatrixLines, layer: Layer) -> Iterator[MatrixLine]:
    """Yield z = [W b][a; 1] and ∂C/∂[W b] = δ [a; 1]ᵀ of a layer with biases, sizes below the factors."""
    if layer.bias is None:
        return
    layered = writer.layered
    rows, columns = layered.size(layer.weights)
    assert isinstance(columns, int)
    joined: Expr = Matrix(((layer.weights, layer.bias),))
    ones: Expr = Ones(1, layered.columns) if layered.batch else ONE
    below: Expr = Matrix(((layer.below,), (ones,)))
    product = MatMul((Sized(joined, rows, columns + 1), Sized(below, columns + 1, layered.columns)))
    cells = _cells(writer, layer)
    names = MatMul(cells) if cells is not None else None
    about = (LineKind.MATRIX_AUGMENTED, str(layer.number))
    forms = (product, names) if names is not None and not layered.batch else (product,)
    yield writer.line(about, layer.summed, forms, names)
    left = Sized(layered.gradient(joined), rows, columns + 1)
    turned = MatMul((writer.with_sizes(layer.delta), Sized(Transpose(below), layered.columns, columns + 1)))
    if any(layered.direct(each) for each in (layer.weights, layer.bias)):
        direct = Sized(layered.gradient(joined, direct=True), rows, columns + 1)
        yield writer.line((*about, "gradient"), left, (Sum((turned, direct)),))
        return
    numbers = MatMul((layer.delta, Matrix(tuple(zip(*cells[1].rows, strict=True))))) if cells is not None else None
    yield writer.line((*about, "gradient"), left, (turned,), numbers)


def _cells(writer: MatrixLines, layer: Layer) -> tuple[Matrix, Matrix] | None:
    """[W b] and [a; 1] as the scalars in them, where they are small enough to be written out."""
    assert layer.bias is not None
    weights, biases, below = (writer.names(each) for each in (layer.weights, layer.bias, layer.below))
    if weights is None or biases is None or below is None:
        return None
    left = tuple((*row, *bias) for row, bias in zip(weights.rows, biases.rows, strict=True))
    return Matrix(left), Matrix((*below.rows, (ONE,) * len(below.rows[0])))


def nested_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield the nested line, for the checks."""
    made = matrix_lines_of(evaluation)
    if made is not None:
        yield from equalities([nested(made)])


def augmented_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield the lines of all layers with weights and bias as one matrix, for the checks."""
    made = matrix_lines_of(evaluation)
    if made is not None:
        for layer in made.layered.layers:
            yield from equalities(augmented(made, layer))


@dataclass(frozen=True, slots=True)
class Asked:
    """One line, its layer, and the names in the matrix that it is about.

    `forward` ones follow the layer's own formula; in a `batch` each sample is a column.
    """

    line: MatrixLine
    layer: Layer
    names: tuple[str, ...]
    forward: bool
    batch: bool


def asked_layers(writer: MatrixLines, names: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers in which one of the names stands as a weight or bias, from the first to the last."""
    wanted = frozenset(names)
    return tuple(layer for layer in writer.layered.layers if not wanted.isdisjoint(parameters(writer, layer)))


def parameters(writer: MatrixLines, layer: Layer) -> tuple[str, ...]:
    """Return the names of a layer's weights and biases."""
    return (*_inside(writer, layer.weights), *(_inside(writer, layer.bias) if layer.bias is not None else ()))


def forward_asked(writer: MatrixLines, layer: Layer) -> Iterator[Asked]:
    """Yield z = W a + b and a = g(z)"""
    for line in forward(writer, layer):
        yield Asked(line, layer, _inside(writer, _subject(line)), True, writer.layered.batch)


def backward_asked(writer: MatrixLines, layer: Layer, names: Iterable[str]) -> Iterator[Asked]:
    """Yield δ, before it ∂C/∂a of the last layer, and the gradients by W and by b where one of the names stands there."""
    wanted = frozenset(names)
    lines = list(backward(writer, layer))
    for line in lines[1:] if _starts_twice(writer, lines) else lines:
        subject = _subject(line)
        inside = _inside(writer, subject.by if isinstance(subject, MatrixPartial) else subject)
        if line.with_numbers.kind is not LineKind.MATRIX_GRADIENT or not wanted.isdisjoint(inside):
            yield Asked(line, layer, inside, False, writer.layered.batch)


def _starts_twice(writer: MatrixLines, lines: list[MatrixLine]) -> bool:
    """Return whether δ of the last layer is ∂C/∂a itself, so that both have the same formula and the same numbers."""
    if lines[0].with_numbers.kind is not LineKind.MATRIX_LOSS or len(lines[1].symbolic.sides) < 4:
        return False
    slope = lines[1].symbolic.sides[2]
    return (slope.content if isinstance(slope, Sized) else slope) == _subject(lines[0])


def named(writer: MatrixLines, lowest: int) -> Iterator[Equality]:
    """Yield which names stand in which matrix, as far as the layers from `lowest` on need it: a⁰, W, b, y, and other columns.

    Of the columns z and a those that go by other letters in the network.
    """
    layers = writer.layered.layers
    below = {each for layer in layers[: lowest - 1] for each in (layer.weights, layer.bias)}
    unused = {*below, writer.layered.inputs} if lowest > 1 else below
    yield from (line.symbolic for line in definitions(writer) if _subject(line) not in unused)
    columns = [layers[lowest - 2].output] if lowest > 1 else []
    columns += [each for layer in layers[lowest - 1 :] for each in (layer.net, layer.output) if each is not None]
    for column in columns:
        cells = writer.names(column)
        if cells is not None and any(split(name).base.lower() != column.letter.lower() for name in _inside(writer, column)):
            yield equality((LineKind.MATRIX, column.symbol.name), writer.layered.sized(column), cells)


def matrix_task_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield every line that the task may print: all lines in matrices, and which names stand in which matrix."""
    made = matrix_lines_of(evaluation) if "matrices" in evaluation.graph.spec.worksheet.tasks else None
    if made is not None:
        yield from named(made, 1)
        if not any(show.kind == "matrices" for show in evaluation.graph.spec.show):
            yield from lines_in_matrices(evaluation)


def _subject(line: MatrixLine) -> Expr:
    """Return the matrix, or the gradient by it, that stands left of the first sign of equality."""
    left = line.with_numbers.sides[0]
    return left.content if isinstance(left, Sized) else left


def _inside(writer: MatrixLines, matrix: Expr) -> tuple[str, ...]:
    """Return the names of the scalars in a matrix of the network."""
    assert isinstance(matrix, MatrixSym)
    return tuple(name for row in writer.layered.names[matrix] for name in row if name is not None)
