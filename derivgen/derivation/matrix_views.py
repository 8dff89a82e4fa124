"""What stands in each matrix of a network, as scalars: so that a line in matrices is evaluated from the scalars' own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from derivgen.derivation.derive import Derivation
from derivgen.derivation.matrices import Layered, layered
from derivgen.maths.differentiate import plus, times
from derivgen.maths.tree import ONE, ZERO, Expr, Matrix, MatrixPartial, Partial, Sym


class Views(Mapping[Expr, Matrix]):
    """The scalars in each matrix of a derivation's network, made when they are asked for."""

    def __init__(self, derivation: Derivation):
        self.derivation = derivation
        self._made: dict[Expr, Matrix] = {}

    @cached_property
    def layered(self) -> Layered:
        """The network in matrices. Raises KeyError where there is none."""
        found = layered(self.derivation)
        if found is None:
            raise KeyError("no matrices")
        return found

    def __iter__(self) -> Iterator[Expr]:
        return iter(self.layered.names)

    def __len__(self) -> int:
        return len(self.layered.names)

    def __getitem__(self, expr: Expr) -> Matrix:
        if expr not in self._made:
            self._made[expr] = self._view(expr)
        return self._made[expr]

    def _view(self, expr: Expr) -> Matrix:
        """Raises KeyError for what is no matrix of the network."""
        layered = self.layered
        deltas = {layer.delta: layer for layer in layered.layers}
        if expr in deltas:
            return self._gradients(layered.gradient(deltas[expr].summed))
        if isinstance(expr, MatrixPartial):
            return self._gradients(expr)
        samples = self._samples(expr)
        return Matrix(
            tuple(tuple(ZERO if name is None else Sym(name, k) for name in row for k in samples) for row in layered.names[expr])
        )

    def _samples(self, expr: Expr) -> tuple[int | None, ...]:
        graph = self.layered.derivation.graph
        runs = self.layered.batch and expr in self.layered.running
        return tuple(range(1, graph.samples + 1)) if runs else (None,)

    def _gradients(self, expr: MatrixPartial) -> Matrix:
        """∂loss/∂ each entry; of an entry whose name stands elsewhere too, what goes through this place alone."""
        layered, by = self.layered, expr.by
        samples = self._samples(by)
        rows = [
            [self._slope(expr, name, i, j, k) for j, name in enumerate(row) for k in samples]
            for i, row in enumerate(layered.names[by])
        ]
        return Matrix(tuple(map(tuple, rows)))

    def _slope(self, expr: MatrixPartial, name: str | None, i: int, j: int, k: int | None) -> Expr:
        layered = self.layered
        alone = name is not None and (expr.by in layered.running or layered.places[name] == 1)
        if expr.direct:
            return self._direct(name, k) if alone and name is not None else ZERO
        if not alone or name is None:
            return self._through(expr.by, i, j)
        return Partial(layered.loss, Sym(name, k)) if name in layered.derivation.consumers else ZERO

    def _direct(self, name: str, k: int | None) -> Expr:
        local = self.layered.derivation.locals.get((self.layered.loss.name, name))
        return ZERO if local is None or not local.direct else Partial(self.layered.loss, Sym(name, k), True)

    def _through(self, by: Expr, i: int, j: int) -> Expr:
        """What goes through one weight or bias: Σ over the samples of ∂loss/∂z_i times what stands beside the weight."""
        layered = self.layered
        layer = next(layer for layer in layered.layers if by in (layer.weights, layer.bias))
        neuron, net = layer.neurons[i], layer.nets[i]
        samples = self._samples(layer.summed)
        beside = [ONE if by == layer.bias else Sym(neuron.sources[j], k) for k in samples]
        return plus([times(Partial(layered.loss, Sym(net, k)), x) for k, x in zip(samples, beside, strict=True)])
