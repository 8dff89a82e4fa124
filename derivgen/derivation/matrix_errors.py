"""δ of each layer, as it follows from this network's loss and activations: never a formula kept ready for a kind of loss."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivgen.derivation.lifting import difference, difference_factor, lifted
from derivgen.derivation.matrices import Layer, Layered
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Diagonal,
    Expr,
    MatMul,
    Matrix,
    MatrixSym,
    Neg,
    Num,
    Ones,
    Prime,
    Product,
    Quotient,
    Sum,
    Sym,
    Transpose,
    hadamard,
    matmul,
)

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
    """A matrix of ones of the size of another one."""
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


def loss_slope(layered: Layered) -> LossSlope:
    """∂C/∂a of the last layer and, where it comes out that simple, δ."""
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
    """The expression with 1/n in front where it is one sample's share of a mean."""
    if not averaged:
        return expr
    count = layered.derivation.graph.count
    share = Num(Fraction(1, count)) if isinstance(count, int) else Quotient(ONE, Sym(count))
    if isinstance(expr, Product):
        return Product((share, *expr.factors))
    return Neg(Product((share, expr.arg))) if isinstance(expr, Neg) else Product((share, expr))


def simple_factor(layered: Layered, slopes: list[Expr]) -> tuple[Fraction | None, bool]:
    """κ of δ = κ (a - y), and whether that takes targets that add up to 1."""
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
    """g(z), None where the layer has no activation."""
    if layer.net is None:
        return None
    definition = layered.derivation.graph.quantities[layer.outputs[0]].definition
    if isinstance(definition, Call):
        return Call(definition.function, (layer.net,), definition.written)
    return layer.net


def slope(layered: Layered, layer: Layer) -> tuple[Expr | None, Expr | None]:
    """g'(z) by its name, and in the textbook's form (a ⊙ (1 - a)) where it has one without cases; None for a slope of 1."""
    applied = activation(layered, layer)
    if not isinstance(applied, Call) or applied.function == SOFTMAX or layer.net is None:
        return None, None
    named = Prime(applied.function, applied.args, applied.written)
    entries = [_local(layered, a, z) for a, z in zip(layer.outputs, layer.nets, strict=True)]
    columns = {layer.output: layer.outputs, layer.net: layer.nets}
    textbook = lifted(entries, columns, ones_like(layered, layer.net))
    return named, None if textbook in (named, ones_like(layered, layer.net)) else textbook


def from_above(layered: Layered, layer: Layer) -> Expr:
    """∂C/∂a as the layer above gives it, (W)ᵀ δ; of the last layer ∂C/∂a itself. What the loss names directly is added."""
    if layer.number == len(layered.layers):
        return layered.gradient(layer.output)
    above = layered.layers[layer.number]
    product = MatMul((Transpose(above.weights), above.delta))
    if layered.direct(layer.output):
        return Sum((product, layered.gradient(layer.output, direct=True)))
    return product


def errors(layered: Layered, layer: Layer) -> tuple[Expr, ...]:
    """δ in one form after the other: by g'(z) as it is called, then with the textbook's form of g'."""
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
    """∂C/∂W = δ (a below)ᵀ"""
    product = MatMul((layer.delta, Transpose(layer.below)))
    return _with_direct(layered, product, layer.weights)


def bias_gradient(layered: Layered, layer: Layer) -> Expr:
    """∂C/∂b = δ; of several samples δ 𝟏, the sum of its columns."""
    assert layer.bias is not None
    total: Expr = MatMul((layer.delta, Ones(layered.columns, 1))) if layered.batch else layer.delta
    return _with_direct(layered, total, layer.bias)


def _with_direct(layered: Layered, product: Expr, by: MatrixSym) -> Expr:
    return Sum((product, layered.gradient(by, direct=True))) if layered.direct(by) else product
