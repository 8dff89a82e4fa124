"""A network in matrices: which scalars stand in W², b², z², a², δ² and in the gradients, entry by entry.

Vectors are columns, W has a row for each unit of its layer and a column for each unit below it. Of several samples each is a
column, and letters are capitals: Z², A², Δ².
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from derivgen.derivation.derive import Derivation
from derivgen.frozen import dataclass
from derivgen.maths.differentiate import plus, times
from derivgen.maths.names import is_letter, split
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Expr,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Partial,
    Prime,
    Size,
    Sized,
    Sym,
    Transpose,
    symbols,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.model import Network, Neuron


@dataclass(frozen=True, slots=True)
class Layer:
    """Layer `number`: z = W below + b, a = g(z), and δ = ∂loss/∂z.

    Without a net input of its own (`z` is None) the layer is a = W below + b and δ = ∂loss/∂a.
    """

    number: int
    neurons: tuple[Neuron, ...]
    weights: MatrixSym
    bias: MatrixSym | None
    net: MatrixSym | None
    output: MatrixSym
    below: MatrixSym
    delta: MatrixSym

    @property
    def summed(self) -> MatrixSym:
        """Return what W below + b is called."""
        return self.net or self.output

    @property
    def nets(self) -> tuple[str, ...]:
        """Return the names of what W below + b stands for, unit by unit."""
        return tuple(neuron.net or neuron.output for neuron in self.neurons)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of the outputs, unit by unit."""
        return tuple(neuron.output for neuron in self.neurons)


@dataclass(frozen=True)
class Layered:
    """The layers of a network and what stands in each of their matrices."""

    derivation: Derivation
    layers: tuple[Layer, ...]
    inputs: MatrixSym
    target: MatrixSym | None
    targets: tuple[str, ...]

    @property
    def loss(self) -> Sym:
        """Return the loss."""
        return Sym(self.derivation.graph.loss)

    @property
    def batch(self) -> bool:
        """Return whether samples stand in columns."""
        return self.derivation.graph.count != 1

    @property
    def columns(self) -> Size:
        """Return how many columns a quantity has that runs over the samples: 1, or the number of samples."""
        return self.derivation.graph.count

    def gradient(self, by: Expr, direct: bool = False) -> MatrixPartial:
        """Return ∂loss/∂by."""
        return MatrixPartial(self.loss, by, direct)

    def size(self, expr: Expr) -> tuple[Size, Size]:
        """Return (rows, columns) of a lettered matrix, of the gradient by it, its transpose, or a function of it."""
        if isinstance(expr, Transpose):
            rows, columns = self.size(expr.arg)
            return columns, rows
        if isinstance(expr, MatrixPartial):
            return self.size(expr.by)
        if isinstance(expr, (Call, Prime)):
            return self.size(expr.args[0])
        names = self.names[expr]
        return len(names), self.columns if expr in self.running else len(names[0])

    def sized(self, expr: Expr) -> Sized:
        """Return the matrix with its size below it."""
        return Sized(expr, *self.size(expr))

    @cached_property
    def names(self) -> Mapping[Expr, tuple[tuple[str | None, ...], ...]]:
        """Return the names in each lettered matrix, row by row; of one that runs over the samples, those of one column."""
        network = self.derivation.graph.spec.network
        assert network is not None
        found: dict[Expr, tuple[tuple[str | None, ...], ...]] = {self.inputs: _column(network.inputs)}
        for layer in self.layers:
            found[layer.weights] = tuple(neuron.weights for neuron in layer.neurons)
            if layer.bias is not None:
                found[layer.bias] = tuple((neuron.bias,) for neuron in layer.neurons)
            found |= {each: _column(layer.nets) for each in (layer.summed, layer.delta)}
            found[layer.output] = _column(layer.outputs)
        if self.target is not None:
            found[self.target] = _column(self.targets)
        return found

    @cached_property
    def running(self) -> tuple[MatrixSym, ...]:
        """Return the lettered matrices with a column for each sample."""
        runs = [each for layer in self.layers for each in (layer.summed, layer.output, layer.delta)]
        return (self.inputs, *runs, *([self.target] if self.target is not None else []))

    @cached_property
    def places(self) -> Counter[str]:
        """Return at how many places of all the weights and biases each name stands."""
        return Counter(
            name for layer in self.layers for each in layer.neurons for name in (*each.weights, each.bias) if name is not None
        )

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Return the names that stand at several places, in their order."""
        return tuple(name for name, count in self.places.items() if count > 1)

    def direct(self, expr: MatrixSym) -> bool:
        """Tell whether the loss itself names an entry that it depends on in other ways, too.

        A weight counts only where it stands in one place.
        """
        locals_ = self.derivation.locals
        names = (name for row in self.names[expr] for name in row if name is not None)
        named = (locals_.get((self.loss.name, name)) for name in names if expr in self.running or self.places[name] == 1)
        return any(local is not None and local.direct for local in named)


def _column(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in names)


@kept_with_owner
def layered(derivation: Derivation) -> Layered | None:
    """Return the network of a derivation in matrices; None without a network, or where it cannot be said in them.

    That is so where some layer's units run over the samples and others do not, or where something besides the next layer and
    the loss uses a unit.
    """
    graph = derivation.graph
    network = graph.spec.network
    if network is None or not _regular(derivation):
        return None
    batch = graph.count != 1
    last = network.layers[-1]
    weight = _letter([neuron.weights[0] for neuron in last], "W", True)
    bias = _letter([neuron.bias for neuron in last if neuron.bias], "b", False)
    net = _letter([neuron.net for layer in network.layers for neuron in layer if neuron.net], "z", batch)
    output = _letter([neuron.output for layer in network.layers for neuron in layer], "a", batch)
    if len({weight, bias, net, output}) < 4:
        weight, bias, net, output = "W", "b", "Z" if batch else "z", "A" if batch else "a"
    below = MatrixSym(output, 0)
    layers = []
    for place, neurons in enumerate(network.layers, 1):
        own = MatrixSym(net, place) if all(neuron.net for neuron in neurons) else None
        has_bias = any(neuron.bias for neuron in neurons)
        layers.append(
            Layer(
                place,
                neurons,
                MatrixSym(weight, place),
                MatrixSym(bias, place) if has_bias else None,
                own,
                MatrixSym(output, place),
                below,
                MatrixSym("Delta" if batch else "delta", place),
            )
        )
        below = layers[-1].output
    targets = _targets(derivation, network) or network.targets
    letter = _letter(list(targets), "y", batch)
    target = MatrixSym(letter) if targets and letter not in (weight, bias, net, output) else None
    return Layered(derivation, tuple(layers), MatrixSym(output, 0), target, targets)


def _targets(derivation: Derivation, network: Network) -> tuple[str, ...]:
    """The target of each output: as declared, else what the derivative by each output names besides; empty if there is none."""
    graph = derivation.graph
    outputs = tuple(neuron.output for neuron in network.layers[-1])
    for declared in (network.targets, graph.spec.targets):
        if len(declared) == len(outputs):
            return declared
    locals_ = [derivation.locals.get((graph.loss, name)) for name in outputs]
    named = [[n for n in symbols(local.derivative) if n not in outputs] if local is not None else [] for local in locals_]
    if len(outputs) == 1:
        own = [name for name in named[0] if graph.per_sample(name) or graph.quantities[name].role in ("input", "target")]
        return tuple(own) if len(own) == 1 else ()
    each = [[name for name in names if not all(name in others for others in named)] for names in named]
    found = tuple(names[0] for names in each if len(names) == 1)
    return found if len(dict.fromkeys(found)) == len(outputs) else ()


def _letter(names: list[str], default: str, capital: bool) -> str:
    """The letter that all the names share, as a capital or not."""
    bases = dict.fromkeys(split(name).base for name in names)
    base = next(iter(bases), default)
    letter = base if len(bases) == 1 and is_letter(base) and base.isascii() else default
    return letter.upper() if capital else letter.lower()


def _regular(derivation: Derivation) -> bool:
    graph = derivation.graph
    network = graph.spec.network
    assert network is not None
    above: dict[str, tuple[str, ...]] = {}
    for place, layer in enumerate(network.layers):
        users = tuple(n.net or n.output for n in network.layers[place + 1]) if place + 1 < len(network.layers) else ()
        outputs = tuple(neuron.output for neuron in layer)
        for neuron in layer:
            above[neuron.output] = users
            if neuron.net is not None:
                above[neuron.net] = outputs
    weights = {name for layer in network.layers for n in layer for name in (*n.weights, n.bias) if name is not None}
    nets = tuple(neuron.net or neuron.output for layer in network.layers for neuron in layer)
    above |= dict.fromkeys(weights, nets)
    runs = graph.count != 1
    return weights.isdisjoint(network.inputs) and all(
        set(derivation.consumers.get(name, ())) <= {*users, graph.loss}
        and (name in weights or graph.per_sample(name) or not runs)
        for name, users in above.items()
    )


class Views(Mapping[Expr, Matrix]):
    """The scalars in each matrix of a derivation's network, made when they are asked for."""

    def __init__(self, derivation: Derivation):
        self.derivation = derivation
        self._made: dict[Expr, Matrix] = {}

    @cached_property
    def layered(self) -> Layered:
        """Return the network in matrices. Raises KeyError where there is none."""
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
