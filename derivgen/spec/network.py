"""A network of numbered neurons → equations under its names; and what both ways of writing a network share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from derivgen.errors import Place, Problems
from derivgen.maths.grammar import Vocabulary, function_hint
from derivgen.maths.tree import Call, Expr, Product, Sum, Sym, substitute
from derivgen.spec.equations import is_vector
from derivgen.spec.losses import Loss, build_loss, with_penalty
from derivgen.spec.model import Equation, Network, Neuron, Notation, Value
from derivgen.spec.reading import name_problem
from derivgen.spec.shape import LayerShape, NamesShape, NetworkShape
from derivgen.spec.yaml_nodes import Scalar

MAX_CONNECTIONS = 40_000
LINEAR = "linear"


@dataclass
class BuiltNetwork:
    """What a network comes to: the same as its author could have written out by hand."""

    equations: list[Equation]
    network: Network
    loss: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    values: dict[str, Value]
    made: tuple[str, ...]


@dataclass
class NetworkBuilder:
    """The equations so far, and every name made, with its place."""

    hint: str
    equations: list[Equation] = field(default_factory=list)
    made: dict[str, Place] = field(default_factory=dict)
    collided: bool = False

    @property
    def defined(self) -> tuple[str, ...]:
        """Return the names that the equations so far define."""
        return tuple(name for equation in self.equations for name in equation.names)

    def take(self, name: str, place: Place, problems: Problems) -> None:
        """Note a name as made; a name made twice is a problem, of which only the first is reported."""
        if name in self.made and not self.collided:
            problems.error(f"the network would use the name {name} twice", place, self.hint)
            self.collided = True
        self.made[name] = place


def read_inputs(written: Scalar | Value | tuple, place: Place, problems: Problems) -> tuple[tuple[str, ...], dict[str, Value]]:
    """Return the inputs' names, and the values of those given as numbers."""
    if isinstance(written, Value):
        if written.value.denominator != 1 or not 1 <= written.value <= MAX_CONNECTIONS:
            problems.error("the number of inputs is a whole number from 1", written.place, "or name them: inputs: [x_1, x_2]")
            return (), {}
        return tuple(f"x_{number}" for number in range(1, int(written.value) + 1)), {}
    entries = written if isinstance(written, tuple) else (written,)
    names: list[str] = []
    values: dict[str, Value] = {}
    for number, entry in enumerate(entries, 1):
        name = f"x_{number}" if isinstance(entry, Value) else entry.text
        if name in names:
            problems.error(f"two inputs are called {name}", entry.place)
        names.append(name)
        if isinstance(entry, Value):
            values[name] = entry
    if not names:
        problems.error("a network needs an input", place, "inputs: [x_1, x_2]")
    return tuple(names), values


def read_activation(name: Scalar | None, words: Vocabulary, problems: Problems) -> tuple[str, str]:
    """Return the activation's key and how it was written."""
    if name is None:
        return LINEAR, ""
    written = name.text
    key = words.find(written)
    if key is None:
        hint = function_hint(written, words.names) or "`derivgen functions` lists them"
        problems.error(f"there is no function {written[:40]!r}", name.place, hint)
        return LINEAR, ""
    least, most = words.arity(key)
    if least > 1 or most == 0 or (most is None and not is_vector(key)):
        problems.error(f"{written} takes more than one argument, so it is no activation", name.place)
    return key, written


def check_connections(sizes: Sequence[int], place: Place, problems: Problems) -> None:
    """Check that a network has no more connections than are taken."""
    if sum(below * above for below, above in pairwise(sizes)) > MAX_CONNECTIONS:
        problems.error(f"a network of more than {MAX_CONNECTIONS:,} connections is not taken", place)


def net_equation(neuron: Neuron, place: Place) -> Equation:
    """Return z = Σ w x + b."""
    products: list[Expr] = [Product((Sym(w), Sym(x))) for w, x in zip(neuron.weights, neuron.sources, strict=True)]
    terms = (*products, Sym(neuron.bias)) if neuron.bias else tuple(products)
    return Equation((neuron.net or neuron.output,), (place,), terms[0] if len(terms) == 1 else Sum(terms))


def output_equations(neurons: Sequence[Neuron], places: Sequence[Place], written: str) -> Iterator[Equation]:
    """Yield a = f(z) for each neuron of a layer, a vector function once for all; a linear neuron's output is its net input."""
    key = neurons[0].activation
    if is_vector(key):
        args = tuple(Sym(neuron.net or neuron.output) for neuron in neurons)
        yield Equation(tuple(neuron.output for neuron in neurons), tuple(places), Call(key, args, written))
        return
    for neuron, place in zip(neurons, places, strict=True):
        if neuron.net is not None:
            body = Sym(neuron.net)
            yield Equation((neuron.output,), (place,), body if key == LINEAR else Call(key, (body,), written))


def finished(
    network: Network, loss: Loss, builder: NetworkBuilder, values: Mapping[str, Value], place: Place, problems: Problems
) -> BuiltNetwork | None:
    """Return the network with its loss; None when a name was made twice."""
    builder.take(loss.name, loss.place or place, problems)
    if builder.collided:
        return None
    builder.equations.append(Equation((loss.name,), (loss.place or place,), loss.body))
    whole = replace(network, loss_kind=loss.kind, targets=loss.targets)
    return BuiltNetwork(
        builder.equations, whole, loss.name, network.inputs, loss.targets, {**values, **loss.values}, tuple(builder.made)
    )


_DEFAULTS = {"weight": "W_{from}{to}", "bias": "b_{to}", "net": "Z_{to}", "output": "A_{to}"}
_NEEDS = {"weight": ("{from}", "{to}"), "bias": ("{to}",), "net": ("{to}",), "output": ("{to}",)}


Sources = list[tuple[str, str]]
"""The outputs of the layer below, each with the number it goes by in the names of its weights."""


def build_network(shape: NetworkShape, place: Place, words: Vocabulary, samples: bool, problems: Problems) -> BuiltNetwork | None:
    """Return the equations of a network of neurons, layer by layer; None when a mistake in it leaves nothing to build.

    `samples` says whether there is data, so that a kind of loss that averages knows whether it has something to average.
    """
    before = len(problems.errors)
    inputs, values = read_inputs(shape.inputs, place, problems)
    patterns = _patterns(shape.names, problems)
    _check_size(len(inputs), shape.layers, place, problems)
    _check_numbers(shape.layers, problems)
    activations = [read_activation(layer.activation, words, problems) for layer in shape.layers]
    if len(problems.errors) > before or not inputs:
        return None
    builder = NetworkBuilder("number the neurons apart, or give other patterns under `names`")
    builder.made.update(dict.fromkeys(inputs, place))
    sources = [(name, _number(name, at)) for at, name in enumerate(inputs, 1)]
    layers = []
    for depth, (layer, (key, written)) in enumerate(zip(shape.layers, activations, strict=True), 1):
        layers.append(_layer(layer, depth, key, written, patterns, sources, builder, problems))
        sources = [(neuron.output, neuron.number) for neuron in layers[-1]]
    outputs = tuple(neuron.output for neuron in layers[-1])
    loss = build_loss(shape.loss, shape.loss.target, outputs, samples, words, problems)
    if loss is not None:
        loss = with_penalty(loss, shape.loss.penalty, (*inputs, *builder.defined), words, problems)
    return None if loss is None else finished(Network(inputs, tuple(layers)), loss, builder, values, place, problems)


def _number(name: str, position: int) -> str:
    """Return the number an input goes by in the names of its weights: its own (x_2 → 2), else its position."""
    match = re.search(r"[1-9]\d*$", name, re.ASCII)
    return match.group() if match else str(position)


def _patterns(shape: NamesShape | None, problems: Problems) -> dict[str, str]:
    found = dict(_DEFAULTS)
    for what, needs in _NEEDS.items():
        written = getattr(shape, what) if shape else None
        if written is None:
            continue
        missing = [place for place in needs if place not in written.text]
        example = written.text.replace("{from}", "1").replace("{to}", "2")
        if missing:
            problems.error(
                f"the pattern for the {what} needs {' and '.join(missing)}", written.place, f"the usual one is {_DEFAULTS[what]}"
            )
        elif name_problem(example) is not None:
            hint = f"the usual pattern is {_DEFAULTS[what]}; it may hold {' and '.join(needs)}"
            problems.error(f"the pattern {written.text[:40]!r} makes {example[:40]!r}, which is not a name", written.place, hint)
        else:
            found[what] = written.text
    return found


def _check_size(inputs: int, layers: tuple[LayerShape, ...], place: Place, problems: Problems) -> None:
    sizes = [inputs, *(len(layer.neurons or ()) for layer in layers)]
    if 0 in sizes[1:]:
        problems.error("a layer without neurons", place, "give each layer its neurons' numbers: neurons: [3, 4]")
    check_connections(sizes, place, problems)


def _check_numbers(layers: tuple[LayerShape, ...], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number in (number for layer in layers for number in layer.neurons or ()):
        if number.text in seen:
            problems.error(
                f"a second neuron with the number {number.text}", number.place, f"the first is on line {seen[number.text]}"
            )
        seen.setdefault(number.text, number.place.line)


def _layer(
    layer: LayerShape,
    depth: int,
    key: str,
    written: str,
    patterns: Mapping[str, str],
    sources: Sources,
    builder: NetworkBuilder,
    problems: Problems,
) -> tuple[Neuron, ...]:
    """Return one layer's equations: Z_3, A_3, Z_4, A_4, …; a vector function comes after all its net inputs."""
    neurons = []
    numbers = layer.neurons or ()
    for number in numbers:
        neuron = _neuron(number.text, depth, key, patterns, sources)
        neurons.append(neuron)
        for name in (*neuron.weights, neuron.bias, neuron.net, neuron.output):
            if name is not None:
                builder.take(name, number.place, problems)
        builder.equations.append(net_equation(neuron, number.place))
        if not is_vector(key):
            builder.equations.extend(output_equations((neuron,), (number.place,), written))
    if is_vector(key):
        builder.equations.extend(output_equations(neurons, [number.place for number in numbers], written))
    return tuple(neurons)


def _neuron(number: str, depth: int, key: str, patterns: Mapping[str, str], sources: Sources) -> Neuron:
    weights = tuple(_filled(patterns["weight"], number, source) for _, source in sources)
    bias, net, output = (_filled(patterns[what], number) for what in ("bias", "net", "output"))
    return Neuron(number, depth, tuple(name for name, _ in sources), weights, bias, None if key == LINEAR else net, output, key)


def _filled(pattern: str, to: str, source: str = "") -> str:
    """Return the pattern with its numbers; two numbers side by side are kept apart by `_` as soon as one has two digits."""
    if len(to) > 1 or len(source) > 1:
        pattern = pattern.replace("}{", "}_{")
    return pattern.replace("{from}", source).replace("{to}", to)


def predictions(shape: NetworkShape, network: Network, problems: Problems) -> dict[str, str]:
    """Return each second name with the output it stands for."""
    written = _names(shape)
    outputs = tuple(neuron.output for neuron in network.layers[-1])
    if written and len(written) != len(outputs):
        message = f"{len(written)} names of predictions for {len(outputs)} outputs"
        problems.error(message, written[0].place, f"the outputs are {', '.join(outputs[:12])}")
        return {}
    return {name.text: output for name, output in zip(written, outputs, strict=False)}


def _names(shape: NetworkShape | None) -> tuple[Scalar, ...]:
    found = shape.loss.prediction if shape is not None else None
    return () if found is None else found if isinstance(found, tuple) else (found,)


def by_first_name(equation: Equation, aliases: Mapping[str, str]) -> Equation:
    """Return the equation with first names in the place of second ones, as in a loss written out by hand."""
    if not aliases:
        return equation
    body = substitute(equation.body, lambda sym: Sym(aliases.get(sym.name, sym.name), sym.index, at=sym.at))
    return Equation(equation.names, equation.places, body)


def by_first_names(notation: Notation, aliases: Mapping[str, str]) -> Notation:
    """Return the notation whose shorthands are of first names."""
    shorts = tuple(
        replace(short, of=aliases.get(short.of, short.of), by=aliases.get(short.by, short.by)) if not short.is_function else short
        for short in notation.shorthands
    )
    return replace(notation, shorthands=shorts)


def check_predictions(aliases: Mapping[str, str], shape: NetworkShape | None, taken: tuple[str, ...], problems: Problems) -> None:
    """Check that a second name is no quantity's first one."""
    known = dict.fromkeys(taken)
    for name in _names(shape):
        if name.text in aliases and name.text in known:
            problems.error(f"{name.text} is a quantity of this spec already", name.place, "take a name that is free")
