"""∂C/∂a, δ and the gradients of each layer in matrices, read from the network's arrays: each sample a column, δ for ∂C/∂z.

Nothing here is a formula kept ready for a kind of loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivgen.derivation.arrays import ArrayAdjoint
from derivgen.derivation.matrices import Layer
from derivgen.derivation.network_arrays import NetworkArrays
from derivgen.frozen import replace
from derivgen.lines.board import Board
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    ArrayCall,
    Call,
    Cases,
    Diagonal,
    Expr,
    MatMul,
    Matrix,
    MatrixPartial,
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
    hadamard,
    has_matrices,
    matmul,
    rebuild,
    walk,
)

SOFTMAX = "softmax"


class MatrixErrors:
    """Reads the backward pass of a network's arrays."""

    def __init__(self, arrays: NetworkArrays):
        self.arrays, self.layered = arrays, arrays.layered
        self.adjoints, self.named = arrays.derivation.adjoints, arrays.named()
        self.board = Board(arrays.column_shapes, arrays.derivation.loss, arrays.symbols)
        self.names = {symbol: name for name, symbol in arrays.symbols.items()}
        self.deltas: dict[MatrixPartial, Expr] = {
            self.layered.gradient(layer.summed): layer.delta for layer in self.layered.layers
        }

    def loss_slope(self) -> tuple[Expr | None, bool]:
        """Return ∂C/∂a of the last layer, and whether its 1/n is that of a mean over samples, which then stands in front.

        None where the entries of several samples follow no common formula.
        """
        layered, last = self.layered, self.layered.layers[-1]
        body, averaged = self.arrays.loss_slope()
        formula = self._read(replace(self.adjoints[self.names[last.output]], body=body))
        if formula is None and not layered.batch:
            locals_ = [layered.derivation.locals.get((layered.loss.name, name)) for name in last.outputs]
            formula = Matrix(tuple((ZERO if local is None else local.derivative,) for local in locals_))
        return None if formula is None else self._with_share(formula, averaged), averaged

    def difference(self) -> tuple[Expr, bool] | None:
        """Return δ of the last layer where it comes to κ (a - y), and whether it does as the targets add up to 1."""
        found, target = self.arrays.difference(), self.layered.target
        if found is None or target is None:
            return None
        kappa, shares = found
        difference: Expr = Sum((self.layered.layers[-1].output, Neg(target)))
        scaled = difference if abs(kappa) == 1 else Product((Num(abs(kappa)), difference))
        return self._with_share(scaled if kappa > 0 else tidy(Neg(scaled)), self.arrays.loss_slope()[1]), shares

    def _with_share(self, expr: Expr, averaged: bool) -> Expr:
        """1/n in front of one sample's share of a mean."""
        if not averaged:
            return expr
        count = self.layered.columns
        share = Num(Fraction(1, count)) if isinstance(count, int) else Quotient(ONE, Sym(count))
        if isinstance(expr, Product):
            return Product((share, *expr.factors))
        return Neg(Product((share, expr.arg))) if isinstance(expr, Neg) else Product((share, expr))

    def activation(self, layer: Layer) -> Expr | None:
        """Return g(z), None where the layer has no activation."""
        if layer.net is None:
            return None
        definition = self.layered.derivation.graph.quantities[layer.outputs[0]].definition
        return Call(definition.function, (layer.net,), definition.written) if isinstance(definition, Call) else layer.net

    def from_above(self, layer: Layer) -> Expr:
        """Return ∂C/∂a as the layer above gives it, (W)ᵀ δ and what the loss names directly; of the last layer ∂C/∂a itself."""
        last = layer.number == len(self.layered.layers)
        return self.layered.gradient(layer.output) if last else self.gradient(layer.output)

    def errors(self, layer: Layer) -> tuple[Expr, ...]:
        """Return δ in one form after the other: by g'(z) as it is called, then with the textbook's form of g'."""
        incoming = self.from_above(layer)
        if layer.net is None:
            return (incoming,)
        if layer.neurons[0].activation == SOFTMAX:
            forms: tuple[Expr, ...] = (self._through_softmax(layer, incoming),)
        else:
            name, put = self.names[layer.net], {self.layered.gradient(layer.output): incoming}
            read = (self._read(self._through_network(each[name]), put) for each in (self.named, self.adjoints))
            forms = tuple(dict.fromkeys(each for each in read if each is not None))
        return tuple(self._with_direct(each, layer.net) for each in forms)

    def _through_softmax(self, layer: Layer, incoming: Expr) -> Expr:
        """(diag(a) - a aᵀ) ∂C/∂a; of several samples A ⊙ (G - 𝟏 𝟏ᵀ(A ⊙ G)), the same column by column."""
        a = layer.output
        if not self.layered.batch:
            return matmul(Sum((Diagonal(a), Neg(MatMul((a, Transpose(a)))))), incoming)
        units = len(layer.neurons)
        sums = MatMul((Ones(units, 1), Ones(1, units), hadamard(a, incoming)))
        return hadamard(a, Sum((incoming, Neg(sums))))

    def gradient(self, by: MatrixSym) -> Expr:
        """Return ∂C/∂W = δ (a below)ᵀ, ∂C/∂b = δ (of several samples δ 𝟏), or ∂C/∂a = Wᵀ δ of a layer below the last."""
        found = self._read(self._through_network(self.named[self.names[by]]))
        assert found is not None, by
        return self._with_direct(found, by)

    def _with_direct(self, expr: Expr, by: MatrixSym) -> Expr:
        return Sum((expr, self.layered.gradient(by, direct=True))) if self.layered.direct(by) else expr

    def _through_network(self, adjoint: ArrayAdjoint) -> ArrayAdjoint:
        """Return an adjoint without what the loss itself hands to it."""
        parts = tuple(share.body for share in adjoint.shares if share.consumer != self.layered.loss.name)
        return replace(adjoint, body=tidy(Sum(parts)) if len(parts) > 1 else parts[0] if parts else ZERO)

    def _read(self, adjoint: ArrayAdjoint, put: Mapping[MatrixPartial, Expr] | None = None) -> Expr | None:
        """Return an adjoint in matrices, as they stand on a page; None where that cannot be written."""
        tree = self.arrays.in_columns(adjoint.body, adjoint.axes, self.arrays.derivation.shapes[adjoint.name].sampled)
        found = None if tree is None else _replaced(self.board.page(tree), {**self.deltas, **(put or {})})
        return found if found is not None and all(map(self._is_written, walk(found))) else None

    def _is_written(self, node: Expr) -> bool:
        """Return whether a page has a sign for a node over matrices: an array's function, cases, a power have none."""
        if isinstance(node, (ArrayCall, Cases)):
            return False
        if isinstance(node, MatrixSym):
            return node in self.layered.names
        if isinstance(node, (Call, Prime)) and has_matrices(node):
            return len(node.args) == 1
        return not (isinstance(node, Power) and has_matrices(node)) and not (
            isinstance(node, Quotient) and has_matrices(node.under)
        )


def _replaced(expr: Expr, by: Mapping[MatrixPartial, Expr]) -> Expr:
    if isinstance(expr, MatrixPartial):
        return by.get(expr, expr)
    return rebuild(expr, lambda part: _replaced(part, by))
