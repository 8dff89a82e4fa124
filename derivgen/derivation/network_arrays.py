"""A network as the array equations it stands for, z = W @ a + b and a = g(z) layer after layer, differentiated as any others.

The sizes of layers are symbolic: what is read off in matrices, or with letters, holds whatever they are. The loss is read from
its scalars: terms that are the same for every unit of a layer, or for every weight, become one sum over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any, NamedTuple

from derivgen.derivation.array_gradients import ArrayDefinition, Slope, textbook
from derivgen.derivation.arrays import ArrayAdjoint, ArrayDerivation, shapes_of
from derivgen.derivation.compact_forms import compact, joined, split_number
from derivgen.derivation.derive import Derivation
from derivgen.derivation.index_view import index_view
from derivgen.derivation.matrices import Layer, Layered, layered
from derivgen.derivation.matrix_view import matrix_view
from derivgen.frozen import dataclass
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.index_form import cancelled, canonical, elements, reindex, times
from derivgen.maths.shapes import Entries, Shaped
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Axis,
    Block,
    Call,
    Contract,
    Delta,
    Element,
    Expr,
    Index,
    MatMul,
    MatrixSym,
    Neg,
    Prime,
    Reduce,
    Size,
    Sum,
    Sym,
    number,
    rebuild,
    substitute,
    symbols,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.losses import takes_shares

INPUTS, TARGETS, SAMPLES = "a__0", "y", "@n"


class Place(NamedTuple):
    """Where a scalar stands: the array's name, and its place there, counted from 0."""

    name: str
    indices: tuple[int, ...]


@dataclass(frozen=True)
class NetworkArrays:
    """The arrays of a network by their names (`W__2`, `z__2`, the inputs `a__0`, the targets `y`), and their derivation."""

    layered: Layered
    derivation: ArrayDerivation
    symbols: Mapping[str, MatrixSym]
    sizes: Mapping[str, int | str]

    @property
    def output(self) -> str:
        """Return the name of the last layer's outputs."""
        return f"a__{len(self.layered.layers)}"

    def is_matrix(self, name: str) -> bool:
        """Return whether an array is a matrix, else a vector."""
        return len(self.derivation.shapes[name].shape) == 2

    def named(self) -> Mapping[str, ArrayAdjoint]:
        """Return the adjoints with the derivatives of functions by their names, g'(z), in place of the textbook's forms."""
        return self.derivation.with_slopes({name: _by_name(self.derivation, name) for name in self.derivation.definitions})

    def short(self, name: str, samples: int | str) -> Expr:
        """Return the short form of an adjoint's entry for this number of samples, a - y; targets behind softmax add up to 1."""
        network, derivation = self.layered.derivation.graph.spec.network, self.derivation
        shares = network is not None and takes_shares(network)
        count = {SAMPLES: number(samples) if isinstance(samples, int) else Sym(samples)}
        counted = {
            each: replace(adjoint, body=tidy(substitute(adjoint.body, lambda symbol: count.get(symbol.name, symbol))))
            for each, adjoint in derivation.adjoints.items()
        }
        return compact(counted[name], counted, partial(_is_one, shares), derivation.fresh)

    def loss_slope(self) -> tuple[Expr, bool]:
        """Return ∂loss/∂a of the last layer at one entry, and whether that is a sample's share of a mean without its 1/n."""
        adjoint = self.derivation.adjoints[self.output]
        terms = adjoint.body.terms if isinstance(adjoint.body, Sum) else (adjoint.body,)
        shares = tuple(cancelled(times(Sym(SAMPLES), term), self.derivation.fresh) for term in terms)
        averaged = self.layered.batch and not any(SAMPLES in symbols(share) for share in shares)
        terms = shares if averaged else terms
        if len(terms) > 1 and isinstance(terms[0], Neg):
            return tidy(Neg(Sum(tuple(tidy(Neg(term)) for term in terms)))), averaged
        return tidy(Sum(terms)) if len(terms) > 1 else terms[0], averaged

    def difference(self) -> tuple[Fraction, bool] | None:
        """Return κ where ∂loss/∂z of the last layer comes to κ (a - y), and whether it does as the targets add up to 1.

        Of a mean over samples that is one sample's share without its 1/n. None where it does not.
        """
        network, derivation, last = self.layered.derivation.graph.spec.network, self.derivation, self.layered.layers[-1]
        a, z, shapes = self.output, f"z__{last.number}", derivation.shapes
        if last.net is None or network is None or TARGETS not in shapes or shapes[TARGETS] != shapes[a]:
            return None
        above = replace(derivation.adjoints[a], body=self.loss_slope()[0])
        at = derivation.adjoints[z].axes
        output, target = Element(a, at), Element(TARGETS, at)
        for shares in (False, True)[: 1 + takes_shares(network)]:
            body = joined(derivation.adjoints[z], above, partial(_is_one, shares), derivation.fresh)
            number, rest = split_number(body)
            for sign, (left, right) in ((1, (output, target)), (-1, (target, output))):
                if rest == Sum((left, Neg(right))):
                    return sign * number, shares
        return None

    def in_matrices(self, body: Expr, axes: tuple[Axis, ...]) -> Expr | None:
        """Return an entry at these axes as matrices, in the spec's language; None where it has no such form.

        The form holds whatever the sizes are, unless there is none but for these: a matrix of zeros, a loss of single entries.
        """
        return self._viewed(body, axes, shapes_of(self.derivation))

    def in_columns(self, body: Expr, axes: tuple[Axis, ...], sampled: bool) -> Expr | None:
        """Return the same with each sample as a column; `sampled` says that the first axis is that of the samples."""
        own = axes[1:] + axes[:1] if sampled else axes
        return self._viewed(self._turned(body), own, self._columns(shapes_of(self.derivation)))

    @property
    def column_shapes(self) -> Mapping[str, tuple[Size, ...]]:
        """Return the shapes of the arrays with each sample as a column, in numbers where they are known."""
        full = {name: self.derivation.full_shape(name) for name in self.derivation.shapes}
        return {name: tuple(map(self._size, shape)) for name, shape in self._columns(full).items()}

    def _columns(self, shapes: Mapping[str, tuple[Size, ...]]) -> dict[str, tuple[Size, ...]]:
        return {name: shape[1:] + shape[:1] if self._is_sampled(name) else shape for name, shape in shapes.items()}

    def _is_sampled(self, name: str) -> bool:
        known = self.derivation.shapes
        return known[name if name in known else name.removeprefix("d_")].sampled

    def _turned(self, expr: Expr) -> Expr:
        """Return an expression with the samples' axis last in each array."""
        if isinstance(expr, Element) and self._is_sampled(expr.name):
            return Element(expr.name, expr.indices[1:] + expr.indices[:1])
        return rebuild(expr, self._turned)

    def _viewed(self, body: Expr, axes: tuple[Axis, ...], shapes: Mapping[str, tuple[Size, ...]]) -> Expr | None:
        tree = matrix_view(body, axes, shapes)
        if tree is None:
            own = {name: tuple(map(self._size, shape)) for name, shape in shapes.items()}
            tree = matrix_view(self._measured(body), tuple(map(self._axis, axes)), own)
        return None if tree is None else self.with_sizes(tree)

    def _size(self, size: Size) -> Size:
        return self.sizes.get(size, size) if isinstance(size, str) else size

    def _axis(self, index: Index) -> Any:
        return Axis(index.number, self._size(index.size)) if isinstance(index, Axis) else index

    def _measured(self, expr: Expr) -> Expr:
        """Return an expression with the network's sizes on its axes."""
        if isinstance(expr, Element):
            return Element(expr.name, tuple(map(self._axis, expr.indices)))
        if isinstance(expr, Delta):
            return Delta(self._axis(expr.i), self._axis(expr.j))
        inner = rebuild(expr, self._measured)
        if isinstance(inner, Contract):
            return Contract(tuple(map(self._axis, inner.axes)), inner.body)
        if isinstance(inner, Block):
            return Block(inner.function, tuple(map(self._axis, inner.formals)), inner.body, tuple(map(self._axis, inner.indices)))
        return inner

    def measured(self, wanted: Mapping[str, tuple[str, tuple[int, ...] | None]]) -> ArrayDerivation:
        """Return the derivation by other names, with numbers for the sizes of the layers and for how many samples there are."""
        given, count = self.derivation, self._size(self.derivation.samples)
        numbers = {SAMPLES: number(count) if isinstance(count, int) else Sym(count)}
        definitions = {
            name: replace(
                each,
                axes=tuple(map(self._axis, each.axes)),
                body=substitute(self._measured(each.body), lambda symbol: numbers.get(symbol.name, symbol)),
            )
            for name, each in given.definitions.items()
        }
        shapes = {name: Shaped(tuple(map(self._size, known.shape)), known.sampled) for name, known in given.shapes.items()}
        made = replace(given, shapes=shapes, definitions=definitions, adjoints={}, wanted=wanted, samples=count)
        return replace(made, adjoints=made.with_slopes({name: _slope(made, name) for name in definitions}))

    def with_letters(self, body: Expr, axes: tuple[Axis, ...]) -> Expr:
        """Return an entry at these axes with letters for them, in the spec's language."""
        return self.with_sizes(index_view(body, axes, self.derivation.shapes))

    def with_sizes(self, expr: Expr) -> Expr:
        """Return the expression with the network's sizes and its number of samples in the place of their names."""
        numbers = {name: number(size) if isinstance(size, int) else Sym(size) for name, size in self.sizes.items()}
        return tidy(substitute(expr, lambda symbol: numbers.get(symbol.name, symbol)))


@kept_with_owner
def network_arrays(derivation: Derivation) -> NetworkArrays | None:
    """Return the arrays of a derivation's network; None where it cannot be said in them (see `matrices.layered`)."""
    found = layered(derivation)
    return None if found is None else _Builder(found).built()


def _is_one(shares: bool, element: Element, axis: Axis) -> bool:
    """Tell whether an array adds up to 1 along an axis: the targets, where they are `shares`."""
    return shares and element.name == TARGETS and element.indices[-1] == axis


def _slope(derivation: ArrayDerivation, name: str) -> Slope:
    definition = derivation.definitions[name]
    return textbook(derivation.library, Element(name, definition.axes), definition.body if name != derivation.loss else None)


def _by_name(derivation: ArrayDerivation, name: str) -> Slope:
    found, whole = _slope(derivation, name), derivation.definitions[name].body

    def slope(node: Expr, place: int) -> Expr:
        named = node is whole and isinstance(node, Call) and len(node.args) == 1
        return Prime(node.function, node.args, node.written) if named else found(node, place)  # type: ignore[attr-defined]

    return slope


class _Builder:
    """Writes the equations of one network."""

    def __init__(self, found: Layered):
        self.layered, self.graph = found, found.derivation.graph
        self.symbols: dict[str, MatrixSym] = {INPUTS: found.inputs}
        self.shapes: dict[str, tuple[str, ...]] = {INPUTS: ("n_0",)}
        self.sizes: dict[str, int | str] = {"n_0": len(found.names[found.inputs]), SAMPLES: found.columns}
        for layer in found.layers:
            self._add(layer)
        if found.target is not None:
            self.symbols[TARGETS], outputs = found.target, len(found.layers[-1].neurons)
            own = len(found.names[found.target])
            self.sizes["n_y"] = own
            self.shapes[TARGETS] = (f"n_{found.layers[-1].number}" if own == outputs else "n_y",)
        running = found.running if found.batch else ()
        known = {name: Shaped(shape, self.symbols[name] in running) for name, shape in self.shapes.items()}
        self.low = ArrayLowering(known, SAMPLES if found.batch else 1)
        self.places = {
            name: Place(array, (i, j)[: len(self.shapes[array])])
            for array, symbol in self.symbols.items()
            for i, row in enumerate(found.names[symbol])
            for j, name in enumerate(row)
            if name is not None and found.places[name] < 2
        }

    def _add(self, layer: Layer) -> None:
        n, size = layer.number, f"n_{layer.number}"
        self.sizes[size] = len(layer.neurons)
        arrays = {f"W__{n}": (layer.weights, (size, f"n_{n - 1}")), f"b__{n}": (layer.bias, (size,))}
        arrays |= {f"z__{n}": (layer.net, (size,)), f"a__{n}": (layer.output, (size,))}
        for name, (symbol, shape) in arrays.items():
            if symbol is not None:
                self.symbols[name], self.shapes[name] = symbol, shape

    def built(self) -> NetworkArrays:
        """Return the equations, differentiated by every array."""
        graph = self.graph
        definitions = {
            name: self._defined(name, written) for layer in self.layered.layers for name, written in self._layer(layer)
        }
        loss = graph.quantities[graph.loss].definition
        assert loss is not None
        definitions[graph.loss] = ArrayDefinition(graph.loss, (), _summed(self._lowered(loss), self), loss)
        shapes = {**self.low.known, graph.loss: Shaped(())}
        wanted: dict[str, tuple[str, tuple[int, ...] | None]] = {name: (name, None) for name in self.symbols}
        made = ArrayDerivation(graph.spec, graph.library, shapes, definitions, {}, wanted, self.low.sample.size, self.low.fresh)
        adjoints = made.with_slopes({name: _slope(made, name) for name in definitions})
        return NetworkArrays(self.layered, replace(made, adjoints=adjoints), self.symbols, self.sizes)

    def _layer(self, layer: Layer) -> Iterator[tuple[str, Expr]]:
        """Yield z = W @ a + b and a = g(z)."""
        n = layer.number
        summed: Expr = MatMul((Sym(f"W__{n}"), Sym(f"a__{n - 1}")))
        if layer.bias is not None:
            summed = Sum((summed, Sym(f"b__{n}")))
        yield f"z__{n}" if layer.net is not None else f"a__{n}", summed
        if layer.net is not None:
            definition = self.graph.quantities[layer.outputs[0]].definition
            assert definition is not None
            net = Sym(f"z__{n}")
            if isinstance(definition, Call) and definition.component is not None:
                yield f"a__{n}", Call(definition.function, (net,), definition.written)
            else:
                yield f"a__{n}", substitute(definition, lambda symbol: net if symbol.name == layer.nets[0] else symbol)

    def _defined(self, name: str, written: Expr) -> ArrayDefinition:
        made = self.low.entries(written)
        sample = (self.low.sample,) if self.low.known[name].sampled else ()
        return ArrayDefinition(name, (*sample, *made.axes), made.body, written)

    def _lowered(self, expr: Expr) -> Expr:
        """Return an expression over scalars with their places in the arrays, and sums over samples as such."""
        if isinstance(expr, Sym):
            name, indices = self.places.get(expr.name, Place(expr.name, ()))
            if expr.name not in self.places and self.layered.batch and self.graph.per_sample(name):
                self.low.known = {**self.low.known, name: Shaped((), True)}
            runs = name in self.low.known and self.low.known[name].sampled
            return Element(name, ((self.low.sample,) if runs else ()) + indices) if runs or indices else expr
        if isinstance(expr, Reduce):
            inner = _summed(self._lowered(expr.body), self)
            return self.low.reduced(expr.kind, Entries((self.low.sample,), inner), (self.low.sample,)).body
        return rebuild(expr, self._lowered)


def _summed(expr: Expr, builder: _Builder) -> Expr:
    """Return the expression with terms that are the same at every place of an array as one sum over it, the outermost first."""
    found = _folded(expr, builder)
    if found != expr:
        return found
    return _folded(rebuild(expr, lambda part: _summed(part, builder)), builder)


def _folded(expr: Expr, builder: _Builder) -> Expr:
    """Return a sum whose terms each speak of one place of the arrays as one term for all places, Σ, as far as that goes."""
    terms = expr.terms if isinstance(expr, Sum) else (expr,)
    kinds: dict[tuple[tuple[str, ...], Expr], dict[tuple[int, ...], int]] = {}
    for at, term in enumerate(terms):
        found = _pattern(term, builder)
        if found is not None:
            sizes, pattern, place = found
            kinds.setdefault((sizes, pattern), {})[place] = at
    bodies: dict[tuple[str, ...], list[Expr]] = {}
    first: dict[int, tuple[str, ...]] = {}
    gone: dict[int, None] = {}
    for (sizes, pattern), places in kinds.items():
        if len(places) == prod(int(builder.sizes[size]) for size in sizes):
            gone |= dict.fromkeys(places.values())
            first |= {} if sizes in bodies else {min(places.values()): sizes}
            bodies.setdefault(sizes, []).append(pattern)
    kept: list[Expr] = []
    for at, term in enumerate(terms):
        if at in first:
            sizes = first[at]
            axes = builder.low.fresh.axes(sizes)
            body = bodies[sizes][0] if len(bodies[sizes]) == 1 else Sum(tuple(bodies[sizes]))
            kept.append(Contract(axes, reindex(body, dict(zip(_markers(sizes), axes, strict=True)), builder.low.fresh)))
        elif at not in gone:
            kept.append(term)
    return expr if not first else kept[0] if len(kept) == 1 else Sum(tuple(kept))


def _markers(sizes: tuple[str, ...]) -> tuple[Axis, ...]:
    """Return the axes that stand for the numbers of a place in a pattern."""
    return tuple(Axis(-1 - at, size) for at, size in enumerate(sizes))


def _pattern(term: Expr, builder: _Builder) -> tuple[tuple[str, ...], Expr, tuple[int, ...]] | None:
    """Return the sizes of the arrays whose one place a term speaks of, the term with axes there, and the place; else None."""
    fixed = [each for each in elements(term) if any(isinstance(i, int) for i in each.indices)]
    places = dict.fromkeys((builder.shapes[e.name], tuple(i for i in e.indices if isinstance(i, int))) for e in fixed)
    if len(places) != 1:
        return None
    ((sizes, place),) = places
    return (sizes, canonical(_opened(term, _markers(sizes))), place) if len(sizes) == len(place) else None


def _opened(expr: Expr, axes: tuple[Axis, ...]) -> Expr:
    if isinstance(expr, Element) and any(isinstance(i, int) for i in expr.indices):
        return Element(expr.name, (*(i for i in expr.indices if not isinstance(i, int)), *axes))
    return rebuild(expr, lambda part: _opened(part, axes))
