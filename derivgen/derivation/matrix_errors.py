"""δ of each layer, as it follows from this network's loss and activations: never a formula kept ready for a kind of loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from derivgen.derivation.matrices import Layer, Layered
from derivgen.frozen import dataclass
from derivgen.maths.functions import Library
from derivgen.maths.symbolic import sympy, to_sympy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Diagonal,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatMul,
    Matrix,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    Sym,
    Transpose,
    children,
    hadamard,
    has_matrices,
    matmul,
    substitute,
    walk,
)
from derivgen.memo import kept_with_owner

Columns = Mapping[MatrixSym, Sequence[str]]
MOST_FACTORS = 3


def lifted(entries: Sequence[Expr], columns: Columns, ones: Ones) -> Expr | None:
    """Return the entries as one matrix expression in the columns, None without a common pattern that can be so written.

    `columns` says which name stands in each row of a lettered column; `ones` is a matrix of ones of the size wanted.
    """
    patterns = {_pattern(entry, row, columns) for row, entry in enumerate(entries)}
    pattern = patterns.pop()
    if patterns or any(isinstance(node, Sym) and _placed(node.name, columns) for node in walk(pattern)):
        return None
    found = _entrywise(pattern, ones)
    if found is None:
        return None
    return found if has_matrices(found) else _spread(found, ones)


def _placed(name: str, columns: Columns) -> bool:
    return any(name in names for names in columns.values())


def _pattern(entry: Expr, row: int, columns: Columns) -> Expr:
    held = {names[row]: symbol for symbol, names in columns.items()}
    return substitute(entry, lambda symbol: held.get(symbol.name, symbol))


def _spread(scalar: Expr, ones: Ones) -> Expr:
    """A number in every entry."""
    return ones if scalar == ONE else Product((scalar, ones))


def _entrywise(expr: Expr, ones: Ones) -> Expr | None:
    """Scalar algebra on columns, written entry by entry: products as ⊙, quotients as ⊘, 1 - a as 𝟏 - a."""
    if isinstance(expr, MatrixSym) or not has_matrices(expr):
        return expr
    convert = _CONVERT.get(type(expr))
    return None if convert is None else convert(expr, ones)


def _sum(expr: Sum, ones: Ones) -> Expr | None:
    terms: list[Expr] = []
    for term in expr.terms:
        inner = term.arg if isinstance(term, Neg) else term
        made = _entrywise(inner, ones)
        if made is None:
            return None
        made = made if has_matrices(made) else _spread(made, ones)
        terms.append(Neg(made) if isinstance(term, Neg) else made)
    return Sum(tuple(terms))


def _negative(expr: Neg, ones: Ones) -> Expr | None:
    inner = _entrywise(expr.arg, ones)
    return None if inner is None else Neg(inner)


def _product(expr: Product, ones: Ones) -> Expr | None:
    made = [_entrywise(factor, ones) for factor in expr.factors]
    if any(factor is None for factor in made):
        return None
    scalars = tuple(factor for factor in made if factor is not None and not has_matrices(factor))
    product = hadamard(*(factor for factor in made if factor is not None and has_matrices(factor)))
    return Product((*scalars, product)) if scalars else product


def _quotient(expr: Quotient, ones: Ones) -> Expr | None:
    over, under = _entrywise(expr.over, ones), _entrywise(expr.under, ones)
    if over is None or under is None:
        return None
    if not has_matrices(under):
        return Quotient(over, under)
    return HadamardQuotient(over if has_matrices(over) else _spread(over, ones), under)


def _power(expr: Power, ones: Ones) -> Expr | None:
    base = _entrywise(expr.base, ones)
    exponent = expr.exponent
    if base is None or not isinstance(exponent, Num) or exponent.value.denominator != 1 or not 1 < exponent.value <= MOST_FACTORS:
        return None
    return Hadamard((base,) * int(exponent.value))


def _applied(expr: Call | Prime, ones: Ones) -> Expr | None:
    args = [_entrywise(arg, ones) for arg in expr.args]
    first = args[0] if len(args) == 1 else None
    if first is None or (isinstance(expr, Call) and expr.component is not None):
        return None
    if isinstance(expr, Call):
        return Call(expr.function, (first,), expr.written)
    return Prime(expr.function, (first,), expr.written, expr.slot)


_CONVERT: dict[type[Expr], Callable[..., Expr | None]] = {
    Sum: _sum,
    Neg: _negative,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _applied,
    Prime: _applied,
}


MOST_PRODUCTS = 10_000


def difference_factor(
    slopes: Sequence[Expr], jacobian: Sequence[Sequence[Expr]], outputs: Sequence[str], targets: Sequence[str], shares: bool
) -> Fraction | None:
    """Return κ, where Σ_j ∂C/∂a_j ∂a_j/∂z_k comes to κ (a_k - y_k) for every k; None where it does not.

    `jacobian[j][k]` is ∂a_j/∂z_k. With `shares` the targets are taken to add up to 1. SymPy cancels each kind of product once;
    of more than `MOST_PRODUCTS` products where every output depends on every net input (softmax) nothing is said.
    """
    known = {*outputs, *targets}
    through = [{k: expr for k, expr in enumerate(row) if expr != ZERO} for row in jacobian]
    if len(targets) != len(outputs) or sum(map(len, through)) > max(MOST_PRODUCTS, len(outputs)):
        return None
    if not all(_rational(expr, known) for row in (slopes, *(row.values() for row in through)) for expr in row):
        return None
    s = sympy()
    cancelled: dict[Expr, object] = {}
    found: list[Fraction] = []
    symbols = {name: s.Symbol(name) for name in (*outputs, *targets)}
    last = 1 - sum(symbols[name] for name in targets[:-1])
    for k, (a, y) in enumerate(zip(outputs, targets, strict=True)):
        total = s.Integer(0)
        for j in (j for j, row in enumerate(through) if k in row):
            total += _cancelled(slopes[j], through[j][k], (outputs[j], targets[j], outputs[k]), cancelled)
        if shares:
            total = total.subs(symbols[targets[-1]], last)
        wanted = symbols[y].subs(symbols[targets[-1]], last) if shares else symbols[y]
        factor = s.expand(total).coeff(symbols[a], 1)
        kappa = factor.subs(dict.fromkeys(factor.free_symbols, 0))
        if not kappa.is_Rational or not kappa or s.expand(total - kappa * (symbols[a] - wanted)) != 0:
            return None
        found.append(Fraction(int(kappa.p), int(kappa.q)))
    return found[0] if len(dict.fromkeys(found)) == 1 else None


def _rational(expr: Expr, known: set[str]) -> bool:
    """Whether only these names and the four operations stand in it."""
    if isinstance(expr, Sym):
        return expr.name in known
    return isinstance(expr, (Num, Neg, Sum, Product, Quotient, Power)) and all(_rational(part, known) for part in children(expr))


def _cancelled(slope: Expr, through: Expr, names: tuple[str, ...], known: dict[Expr, object]):
    """The product of two derivatives, cancelled, in the symbols of its own names."""
    s = sympy()
    slots = {name: f"_{place}" for place, name in reversed(tuple(enumerate(names)))}
    product = substitute(Product((slope, through)), lambda symbol: Sym(slots.get(symbol.name, symbol.name)))
    if product not in known:
        try:
            known[product] = s.cancel(s.together(to_sympy(product, Library())))
        except (s.PolynomialError, NotImplementedError):
            known[product] = to_sympy(product, Library())
    back = {s.Symbol(slot): s.Symbol(name) for name, slot in slots.items()}
    return known[product].xreplace(back)  # type: ignore[attr-defined]


def difference(kappa: Fraction, output: Expr, target: Expr) -> Expr:
    """Return κ (a - y)."""
    return tidy_factor(kappa, Sum((output, Neg(target))))


def tidy_factor(kappa: Fraction, expr: Expr) -> Expr:
    """Return κ times an expression, without a 1 and with its sign in front."""
    if abs(kappa) == 1:
        return expr if kappa == 1 else Neg(expr)
    return Product((Num(kappa), expr))


SOFTMAX = "softmax"


@dataclass(frozen=True, slots=True)
class LossSlope:
    """∂C/∂a of the last layer in terms of outputs and targets, `None` where its entries follow no common formula.

    `averaged`: each sample's share is 1/n of `formula`. `simple` is δ itself, κ (a - y) with the 1/n in κ, where the product
    with the activation's derivative comes to that; `shares`: it does so because the targets add up to 1.
    """

    formula: Expr | None
    averaged: bool
    simple: Expr | None
    shares: bool


def ones_like(layered: Layered, symbol: Expr) -> Ones:
    """Return a matrix of ones of the size of another one."""
    return Ones(*layered.size(symbol))


def _columns(layered: Layered) -> dict[MatrixSym, tuple[str, ...]]:
    """Each column that a formula of the last layer may be written in, with the names in it."""
    last = layered.layers[-1]
    found = {last.output: last.outputs}
    if last.net is not None:
        found[last.net] = last.nets
    network = layered.derivation.graph.spec.network
    if layered.target is not None and network is not None and len(network.targets) == len(last.neurons):
        found[layered.target] = network.targets
    return found


@kept_with_owner
def loss_slope(layered: Layered) -> LossSlope:
    """Return ∂C/∂a of the last layer and, where it comes out that simple, δ."""
    derivation, last = layered.derivation, layered.layers[-1]
    graph = derivation.graph
    locals_ = [derivation.locals.get((graph.loss, name)) for name in last.outputs]
    alone = all(set(derivation.consumers.get(name, ())) <= {graph.loss} for name in last.outputs)
    slopes = [ZERO if local is None else local.derivative for local in locals_]
    averaged = layered.batch and any(local is not None and local.reduce == "mean" for local in locals_)
    if not alone or (averaged and any(local is not None and local.reduce != "mean" for local in locals_)):
        return LossSlope(None, False, None, False)
    formula = lifted(slopes, _columns(layered), ones_like(layered, last.output))
    kappa, shares = simple_factor(layered, slopes)
    simple = None
    if kappa is not None and layered.target is not None:
        simple = with_share(layered, difference(kappa, last.output, layered.target), averaged)
    if formula is None and not layered.batch:
        formula = Matrix(tuple((slope,) for slope in slopes))
    return LossSlope(formula, averaged, simple, shares)


def with_share(layered: Layered, expr: Expr, averaged: bool) -> Expr:
    """Return the expression with 1/n in front where it is one sample's share of a mean."""
    if not averaged:
        return expr
    count = layered.derivation.graph.count
    share = Num(Fraction(1, count)) if isinstance(count, int) else Quotient(ONE, Sym(count))
    if isinstance(expr, Product):
        return Product((share, *expr.factors))
    return Neg(Product((share, expr.arg))) if isinstance(expr, Neg) else Product((share, expr))


def simple_factor(layered: Layered, slopes: list[Expr]) -> tuple[Fraction | None, bool]:
    """Return κ of δ = κ (a - y), and whether that takes targets that add up to 1."""
    derivation, last = layered.derivation, layered.layers[-1]
    network = derivation.graph.spec.network
    if last.net is None or network is None or len(network.targets) != len(last.neurons):
        return None, False
    jacobian = [[_local(layered, a, z) for z in last.nets] for a in last.outputs]
    shares = network.loss_kind == "cross_entropy" and last.neurons[0].activation == SOFTMAX
    return difference_factor(slopes, jacobian, last.outputs, network.targets, shares), shares


def _local(layered: Layered, consumer: str, operand: str) -> Expr:
    local = layered.derivation.locals.get((consumer, operand))
    return ZERO if local is None else local.derivative


def activation(layered: Layered, layer: Layer) -> Expr | None:
    """Return g(z), None where the layer has no activation."""
    if layer.net is None:
        return None
    definition = layered.derivation.graph.quantities[layer.outputs[0]].definition
    if isinstance(definition, Call):
        return Call(definition.function, (layer.net,), definition.written)
    return layer.net


def slope(layered: Layered, layer: Layer) -> tuple[Expr | None, Expr | None]:
    """Return g'(z) by its name, and in the textbook's form (a ⊙ (1 - a)) where that has no cases; None for a slope of 1."""
    applied = activation(layered, layer)
    if not isinstance(applied, Call) or applied.function == SOFTMAX or layer.net is None:
        return None, None
    named = Prime(applied.function, applied.args, applied.written)
    entries = [_local(layered, a, z) for a, z in zip(layer.outputs, layer.nets, strict=True)]
    columns = {layer.output: layer.outputs, layer.net: layer.nets}
    textbook = lifted(entries, columns, ones_like(layered, layer.net))
    return named, None if textbook in (named, ones_like(layered, layer.net)) else textbook


def from_above(layered: Layered, layer: Layer) -> Expr:
    """Return ∂C/∂a as the layer above gives it, (W)ᵀ δ; of the last layer ∂C/∂a itself. What the loss names directly is added."""
    if layer.number == len(layered.layers):
        return layered.gradient(layer.output)
    above = layered.layers[layer.number]
    product = MatMul((Transpose(above.weights), above.delta))
    if layered.direct(layer.output):
        return Sum((product, layered.gradient(layer.output, direct=True)))
    return product


def errors(layered: Layered, layer: Layer) -> tuple[Expr, ...]:
    """Return δ in one form after the other: by g'(z) as it is called, then with the textbook's form of g'."""
    incoming = from_above(layered, layer)
    if layer.neurons[0].activation == SOFTMAX and layer.net is not None:
        forms: tuple[Expr, ...] = (_through_softmax(layered, layer, incoming),)
    else:
        named, textbook = slope(layered, layer)
        forms = tuple(hadamard(incoming, each) for each in (named, textbook) if each is not None) or (incoming,)
    if layer.net is not None and layered.direct(layer.net):
        return tuple(Sum((each, layered.gradient(layer.net, direct=True))) for each in forms)
    return forms


def _through_softmax(layered: Layered, layer: Layer, incoming: Expr) -> Expr:
    """(diag(a) - a aᵀ) ∂C/∂a; of several samples A ⊙ (G - 𝟏 𝟏ᵀ(A ⊙ G)), the same column by column."""
    a = layer.output
    if not layered.batch:
        return matmul(Sum((Diagonal(a), Neg(MatMul((a, Transpose(a)))))), incoming)
    units = len(layer.neurons)
    sums = MatMul((Ones(units, 1), Ones(1, units), hadamard(a, incoming)))
    return hadamard(a, Sum((incoming, Neg(sums))))


def weight_gradient(layered: Layered, layer: Layer) -> Expr:
    """Return ∂C/∂W = δ (a below)ᵀ."""
    product = MatMul((layer.delta, Transpose(layer.below)))
    return _with_direct(layered, product, layer.weights)


def bias_gradient(layered: Layered, layer: Layer) -> Expr:
    """Return ∂C/∂b = δ; of several samples δ 𝟏, the sum of its columns."""
    assert layer.bias is not None
    total: Expr = MatMul((layer.delta, Ones(layered.columns, 1))) if layered.batch else layer.delta
    return _with_direct(layered, total, layer.bias)


def _with_direct(layered: Layered, product: Expr, by: MatrixSym) -> Expr:
    return Sum((product, layered.gradient(by, direct=True))) if layered.direct(by) else product
