"""A network of numbered neurons → equations under the author's names, and the record its drawing is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from derivgen.errors import Place, Problems, closest
from derivgen.maths.grammar import Vocabulary
from derivgen.maths.tree import Call, Expr, Product, Sum, Sym
from derivgen.spec.equations import is_vector
from derivgen.spec.leaves import name_problem
from derivgen.spec.losses import build_loss
from derivgen.spec.model import Equation, Network, Neuron, Value
from derivgen.spec.shape import LayerShape, NamesShape, NetworkShape
from derivgen.spec.yaml_text import Scalar

MAX_CONNECTIONS = 20_000
LINEAR = "linear"

_DEFAULTS = {"weight": "W_{from}{to}", "bias": "b_{to}", "net": "Z_{to}", "output": "A_{to}"}
_NEEDS = {"weight": ("{from}", "{to}"), "bias": ("{to}",), "net": ("{to}",), "output": ("{to}",)}


@dataclass
class Built:
    """What a network comes to: the same as its author could have written out by hand."""

    equations: list[Equation]
    network: Network
    loss: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    values: dict[str, Value]
    made: tuple[str, ...]


@dataclass
class _Wiring:
    """The names of the layer below, which number each goes by, and the patterns that make new names."""

    patterns: Mapping[str, str]
    sources: list[tuple[str, str]]
    equations: list[Equation] = field(default_factory=list)
    made: dict[str, Place] = field(default_factory=dict)
    collided: bool = False


def build_network(shape: NetworkShape, place: Place, words: Vocabulary, samples: bool, problems: Problems) -> Built | None:
    """The equations of a network, layer by layer, neuron by neuron; None when a mistake in it leaves nothing to build.

    `samples` says whether there is data, so that a kind of loss that averages knows whether it has something to average.
    """
    before = len(problems.errors)
    inputs, values = _inputs(shape.inputs, place, problems)
    patterns = _patterns(shape.names, problems)
    _check_size(len(inputs), shape.layers, place, problems)
    _check_numbers(shape.layers, problems)
    activations = [_activation(layer, words, problems) for layer in shape.layers]
    if len(problems.errors) > before or not inputs:
        return None
    wiring = _Wiring(patterns, [(name, _number(name, at)) for at, name in enumerate(inputs, 1)])
    wiring.made.update(dict.fromkeys(inputs, place))
    layers = []
    for depth, (layer, (key, written)) in enumerate(zip(shape.layers, activations, strict=True), 1):
        layers.append(_layer(layer, depth, key, written, wiring, problems))
    outputs = tuple(neuron.output for neuron in layers[-1])
    loss = build_loss(shape.loss, outputs, samples, words, problems)
    if loss is None:
        return None
    _take(loss.name, loss.place or place, wiring, problems)
    if wiring.collided:
        return None
    wiring.equations.append(Equation((loss.name,), (loss.place or place,), loss.body))
    network = Network(inputs, tuple(layers), loss.kind, loss.targets)
    return Built(wiring.equations, network, loss.name, inputs, loss.targets, {**values, **loss.values}, tuple(wiring.made))


def _inputs(written: Scalar | Value | tuple, place: Place, problems: Problems) -> tuple[tuple[str, ...], dict[str, Value]]:
    """The inputs' names, and the values of those given as numbers."""
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


def _number(name: str, position: int) -> str:
    """The number an input goes by in the names of its weights: its own (x_2 → 2), else its position."""
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
    if not layers:
        problems.error("a network needs a layer", place, "layers: [{neurons: [3], activation: sigmoid}]")
    sizes = [inputs, *(len(layer.neurons) for layer in layers)]
    if 0 in sizes[1:]:
        problems.error("a layer without neurons", place, "give each layer its neurons' numbers: neurons: [3, 4]")
    if sum(below * above for below, above in pairwise(sizes)) > MAX_CONNECTIONS:
        problems.error(f"a network of more than {MAX_CONNECTIONS:,} connections is not taken", place)


def _check_numbers(layers: tuple[LayerShape, ...], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number in (number for layer in layers for number in layer.neurons):
        if number.text in seen:
            problems.error(
                f"a second neuron with the number {number.text}", number.place, f"the first is on line {seen[number.text]}"
            )
        seen.setdefault(number.text, number.place.line)


def _activation(layer: LayerShape, words: Vocabulary, problems: Problems) -> tuple[str, str]:
    """The activation's key and how it was written."""
    if layer.activation is None:
        return LINEAR, ""
    written = layer.activation.text
    key = words.find(written)
    if key is None:
        hint = closest(written, words.names) or closest(written.lower(), words.names) or "`derivgen functions` lists them"
        problems.error(f"there is no function {written[:40]!r}", layer.activation.place, hint)
        return LINEAR, ""
    least, most = words.arity(key)
    if least > 1 or most == 0 or (most is None and not is_vector(key)):
        problems.error(f"{written} takes more than one argument, so it is no activation", layer.activation.place)
    return key, written


def _layer(layer: LayerShape, depth: int, key: str, written: str, wiring: _Wiring, problems: Problems) -> tuple[Neuron, ...]:
    """One layer's equations: Z_3, A_3, Z_4, A_4, …; a vector function comes after all its net inputs."""
    neurons = []
    for number in layer.neurons:
        neuron = _neuron(number.text, depth, key, wiring)
        neurons.append(neuron)
        for name in (*neuron.weights, neuron.bias, neuron.net, neuron.output):
            if name is not None:
                _take(name, number.place, wiring, problems)
        wiring.equations.extend(_unit_equations(neuron, written, number.place))
    if is_vector(key):
        args = tuple(Sym(neuron.net or neuron.output) for neuron in neurons)
        names = tuple(neuron.output for neuron in neurons)
        places = tuple(number.place for number in layer.neurons)
        wiring.equations.append(Equation(names, places, Call(key, args, written)))
    wiring.sources = [(neuron.output, neuron.number) for neuron in neurons]
    return tuple(neurons)


def _neuron(number: str, depth: int, key: str, wiring: _Wiring) -> Neuron:
    weights = tuple(_filled(wiring.patterns["weight"], number, source) for _, source in wiring.sources)
    sources = tuple(name for name, _ in wiring.sources)
    bias, net, output = (_filled(wiring.patterns[what], number) for what in ("bias", "net", "output"))
    return Neuron(number, depth, sources, weights, bias, None if key == LINEAR else net, output, key)


def _filled(pattern: str, to: str, source: str = "") -> str:
    """The pattern with its numbers; two numbers side by side are kept apart by `_` as soon as one has two digits."""
    if len(to) > 1 or len(source) > 1:
        pattern = pattern.replace("}{", "}_{")
    return pattern.replace("{from}", source).replace("{to}", to)


def _unit_equations(neuron: Neuron, written: str, place: Place) -> Iterator[Equation]:
    products: list[Expr] = [Product((Sym(w), Sym(x))) for w, x in zip(neuron.weights, neuron.sources, strict=True)]
    total = Sum((*products, Sym(neuron.bias))) if neuron.bias else Sum(tuple(products))
    yield Equation((neuron.net or neuron.output,), (place,), total)
    if neuron.net is not None and not is_vector(neuron.activation):
        yield Equation((neuron.output,), (place,), Call(neuron.activation, (Sym(neuron.net),), written))


def _take(name: str, place: Place, wiring: _Wiring, problems: Problems) -> None:
    """Note a name as made; a second making of one is a problem, the first of which is told."""
    if name in wiring.made and not wiring.collided:
        hint = "number the neurons apart, or give other patterns under `names`"
        problems.error(f"the network would use the name {name} twice", place, hint)
        wiring.collided = True
    wiring.made[name] = place
