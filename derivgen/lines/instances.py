"""A formula in index notation as the equalities it stands for: every layer, every unit its letters may mean."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from derivgen.derivation.derive import Derivation
from derivgen.derivation.matrices import Layered, layered
from derivgen.frozen import dataclass, replace
from derivgen.graph import Graph
from derivgen.lines.equality import Equality
from derivgen.lines.matrix_lines import INDEX
from derivgen.lines.notation import has_samples, sample_count, symbol
from derivgen.maths.tree import (
    ONE,
    Expr,
    Indexed,
    IndexedPartial,
    Labelled,
    Layer,
    MatrixSym,
    Partial,
    Product,
    Sum,
    SumOver,
    Sym,
    UnitCount,
    children,
    number,
    rebuild,
    walk,
)
from derivgen.spec.model import Neuron

MOST = 100
"""More instances than this are drawn from, the first and the last among them."""

Numbers = Mapping[str, int]
_NOTATION = (Indexed, IndexedPartial, UnitCount)


def unit_instances(line: Equality, derivation: Derivation) -> tuple[Equality, ...]:
    """Return the equalities that a line in index notation stands for; of any other line, itself alone."""
    if not any(isinstance(node, _NOTATION) for side in line.sides for node in walk(side)):
        return (line,)
    made = layered(derivation)
    if made is None:
        raise ValueError("index notation without a network")
    writer = Instances(made)
    return tuple(
        replace(line, sides=tuple(writer.written(side, layers, indices) for side in line.sides))
        for layers, indices in writer.choices(line.sides)
    )


@dataclass(frozen=True)
class Instances:
    """Puts numbers for the letters of layers and indices, and the graph's own names for what they then mean."""

    made: Layered

    @property
    def graph(self) -> Graph:
        """Return the graph whose names are written."""
        return self.made.derivation.graph

    def size(self, layer: int) -> int:
        """Return how many units a layer has; layer 0 are the inputs."""
        return len(self.made.names[self._matrix("output", layer)])

    def _matrix(self, role: str, layer: int) -> MatrixSym:
        """The matrix in which the quantities of a role stand."""
        if layer == 0:
            return self.made.inputs
        own = self.made.layers[layer - 1]
        bias = own.bias or own.summed
        return {"weight": own.weights, "bias": bias, "output": own.output}.get(role, own.summed)

    def choices(self, sides: tuple[Expr, ...]) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield every choice of layers and units, or many of them where they are too many."""
        among = {layer.letter: layer.among for layer in _layers(sides) if layer.letter}
        for layers in (dict(zip(among, numbers, strict=True)) for numbers in product(*among.values())):
            ranges: dict[str, int] = {}
            for side in sides:
                self._ranges(side, layers, (), ranges)
            for numbers in _drawn(tuple(ranges.values())):
                yield layers, dict(zip(ranges, numbers, strict=True))

    def _ranges(self, expr: Expr, layers: Numbers, bound: tuple[str, ...], found: dict[str, int]) -> None:
        """Note in `found` how far each index runs that no Σ binds."""
        if isinstance(expr, SumOver):
            bound = (*bound, expr.index)
        if isinstance(expr, Indexed) and expr.role != "index":
            for letter, layer in zip(expr.indices, self._places(expr, layers), strict=True):
                if letter not in bound and not letter.isdecimal():
                    found[letter] = self.size(layer)
        for part in children(expr):
            self._ranges(part, layers, bound, found)

    def _places(self, expr: Indexed, layers: Numbers) -> tuple[int, ...]:
        """Return the layer that each of its indices counts the units of."""
        own = self._layer(expr, layers)
        return (own, own - 1) if expr.role == "weight" else (own,)

    def _layer(self, expr: Indexed, layers: Numbers) -> int:
        if expr.role == "target":
            return len(self.made.layers)
        return 0 if expr.role == "input" or expr.layer is None else _number(expr.layer, layers)

    def written(self, expr: Expr, layers: Numbers, indices: Numbers) -> Expr:
        """Return the expression in the graph's own names."""
        if isinstance(expr, SumOver) and isinstance(expr.upper, UnitCount):
            terms = range(1, self.size(_number(expr.upper.layer, layers)) + 1)
            listed = tuple(self.written(expr.body, layers, {**indices, expr.index: each}) for each in terms)
            return listed[0] if len(listed) == 1 else Sum(listed)
        if isinstance(expr, Indexed):
            return self._quantity(expr, layers, indices)
        if isinstance(expr, IndexedPartial):
            return self._partial(expr, layers, indices)
        if isinstance(expr, UnitCount):
            return number(self.size(_number(expr.layer, layers)))
        inner = expr.content if isinstance(expr, Labelled) else None
        if inner is not None:
            return self.written(inner, layers, indices)
        return rebuild(expr, lambda part: self.written(part, layers, indices))

    def _quantity(self, expr: Indexed, layers: Numbers, indices: Numbers) -> Expr:
        if expr.role == "index":
            return number(indices[expr.letter])
        named = symbol(self.graph, self._name(expr, layers, indices))
        return Partial(Sym(self.graph.loss), named) if expr.role == "error" else named

    def _name(self, expr: Indexed, layers: Numbers, indices: Numbers) -> str:
        """Return the name of the quantity in the graph."""
        place = [_unit(index, indices) - 1 for index in expr.indices]
        if expr.role == "target":
            return self.made.targets[place[0]]
        named = self.made.names[self._matrix(expr.role, self._layer(expr, layers))][place[0]][place[1] if place[1:] else 0]
        assert named is not None, expr
        return named

    def _partial(self, expr: IndexedPartial, layers: Numbers, indices: Numbers) -> Expr:
        of = expr.of if isinstance(expr.of, Sym) else self._quantity(expr.of, layers, indices)
        by = expr.by if isinstance(expr.by, Sym) else self._quantity(expr.by, layers, indices)
        assert isinstance(of, Sym)
        assert isinstance(by, Sym)
        if isinstance(expr.by, Indexed) and expr.by.role in ("weight", "bias") and self.made.places[by.name] > 1:
            neuron = self.made.layers[self._layer(expr.by, layers) - 1].neurons[_unit(expr.by.indices[0], indices) - 1]
            source = neuron.sources[_unit(expr.by.indices[1], indices) - 1] if expr.by.role == "weight" else None
            return self._share(of, neuron, source)
        return Partial(of, by)

    def _share(self, of: Sym, neuron: Neuron, source: str | None) -> Expr:
        """Return the contribution of one of the places at which a name stands: ∂C/∂z · a; to ∂z/∂w, a alone."""
        slope = symbol(self.graph, source) if source is not None else ONE
        if of.name != self.graph.loss:
            return slope
        share = Product((Partial(of, symbol(self.graph, neuron.net or neuron.output)), slope))
        return SumOver(self.graph.index, sample_count(self.graph), share) if has_samples(self.graph) else share


def _number(layer: Layer, layers: Numbers) -> int:
    return (layers[layer.letter] if layer.letter else 0) + layer.offset


def _unit(index: str, indices: Numbers) -> int:
    """Which unit an index means: the one its letter stands for, or the number itself."""
    return int(index) if index.isdecimal() else indices[index]


def _layers(sides: tuple[Expr, ...]) -> Iterator[Layer]:
    for side in sides:
        for node in walk(side):
            if isinstance(node, (Indexed, UnitCount)) and node.layer is not None:
                yield node.layer
            if isinstance(node, SumOver) and isinstance(node.upper, UnitCount):
                yield node.upper.layer


def _drawn(sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every combination of numbers from 1 up to the sizes; of more than MOST, that many of them."""
    total = prod(sizes)
    chosen = range(total) if total <= MOST else sorted({0, total - 1, *random.Random(total).sample(range(total), MOST - 2)})
    for at in chosen:
        numbers = []
        for size in reversed(sizes):
            at, place = divmod(at, size)
            numbers.append(place + 1)
        yield tuple(reversed(numbers))


def layer_instances(line: Equality, made: Layered) -> Iterator[Equality]:
    """Yield a general line for each layer that has all the matrices named in it."""
    named = [n for side in line.sides for n in walk(side) if isinstance(n, MatrixSym) and isinstance(n.layer, str)]
    for layer in made.layers:
        if all(_of_layer(symbol, layer.number) in made.names for symbol in named):
            yield replace(line, sides=tuple(_of_layer(side, layer.number) for side in line.sides))


def _of_layer(expr: Expr, number: int) -> Expr:
    if isinstance(expr, MatrixSym) and isinstance(expr.layer, str):
        return MatrixSym(expr.letter, number + int(expr.layer.removeprefix(INDEX) or 0))
    return rebuild(expr, lambda part: _of_layer(part, number))
