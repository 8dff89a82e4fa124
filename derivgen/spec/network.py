"""A network, in numbered neurons or in layers of weights → equations under its names, and the record of its neurons.

Names of a network in layers: `w__2_31` (layer; to, from), `w__2_10_3` as soon as one index has two digits, `b__2_3`, `z__2_3`,
`a__2_3`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from derivgen.errors import Place, Problems, SpecError
from derivgen.maths.grammar import Vocabulary, function_hint
from derivgen.maths.tree import Call, Expr, Product, Sum, Sym, substitute
from derivgen.spec.data import read_rows
from derivgen.spec.equations import is_vector
from derivgen.spec.losses import Loss, build_loss
from derivgen.spec.model import Data, Equation, Network, Neuron, Notation, Value
from derivgen.spec.reading import name_problem
from derivgen.spec.shape import ArrayShape, LayerShape, NamesShape, NetworkShape
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

    def take(self, name: str, place: Place, problems: Problems) -> None:
        """Note a name as made; a second making of one is a problem, the first of which is told."""
        if name in self.made and not self.collided:
            problems.error(f"the network would use the name {name} twice", place, self.hint)
            self.collided = True
        self.made[name] = place


def read_inputs(written: Scalar | Value | tuple, place: Place, problems: Problems) -> tuple[tuple[str, ...], dict[str, Value]]:
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


def read_activation(name: Scalar | None, words: Vocabulary, problems: Problems) -> tuple[str, str]:
    """The activation's key and how it was written."""
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
    """A network has only so many connections."""
    if sum(below * above for below, above in pairwise(sizes)) > MAX_CONNECTIONS:
        problems.error(f"a network of more than {MAX_CONNECTIONS:,} connections is not taken", place)


def net_equation(neuron: Neuron, place: Place) -> Equation:
    """z = Σ w x + b"""
    products: list[Expr] = [Product((Sym(w), Sym(x))) for w, x in zip(neuron.weights, neuron.sources, strict=True)]
    terms = (*products, Sym(neuron.bias)) if neuron.bias else tuple(products)
    return Equation((neuron.net or neuron.output,), (place,), terms[0] if len(terms) == 1 else Sum(terms))


def output_equations(neurons: Sequence[Neuron], places: Sequence[Place], written: str) -> Iterator[Equation]:
    """a = f(z) for each neuron of a layer; a vector function once, for all of them. A linear neuron's output is its net input."""
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
    """The network with its loss; None when a name was made twice."""
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
    """The equations of a network of neurons, layer by layer; None when a mistake in it leaves nothing to build.

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
    return None if loss is None else finished(Network(inputs, tuple(layers)), loss, builder, values, place, problems)


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
    """One layer's equations: Z_3, A_3, Z_4, A_4, …; a vector function comes after all its net inputs."""
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
    """The pattern with its numbers; two numbers side by side are kept apart by `_` as soon as one has two digits."""
    if len(to) > 1 or len(source) > 1:
        pattern = pattern.replace("}{", "}_{")
    return pattern.replace("{from}", source).replace("{to}", to)


NameOrNumber = Scalar | Value
Matrix = tuple[tuple[NameOrNumber, ...], ...]


@dataclass(frozen=True, slots=True)
class LayerParts:
    """What is written of a layer. `weights` and `bias` are None where they are left symbolic, `biased` says if there is one."""

    shape: LayerShape
    depth: int
    units: int
    weights: Matrix | None
    bias: tuple[NameOrNumber, ...] | None
    biased: bool
    place: Place


def read_layer(layer: LayerShape, depth: int, place: Place, folder: Path | None, problems: Problems) -> LayerParts:
    """A layer with its files read, its parts held against each other."""
    weights, bias = (_entries_of(part, folder, problems) for part in (layer.weights, layer.bias))
    flat = _flat(bias, layer, depth, problems)
    sizes = {
        "weights": len(weights) if weights is not None else None,
        "units": int(layer.units.text) if layer.units is not None else None,
        "bias": len(flat) if flat is not None else None,
        "net": len(layer.net) if layer.net is not None else None,
        "output": len(layer.output) if layer.output is not None else None,
    }
    known = {key: size for key, size in sizes.items() if size}
    where = _place(layer, weights) or place
    if not known and layer.neurons is None and not _unread(layer, weights, flat):
        problems.error(
            f"layer {depth} does not say how many units it has", where, "give it `neurons: [3, 4]`, or `units: 2`, or `weights`"
        )
    first = next(iter(known), "units")
    units = known.get(first, 0)
    for key, size in known.items():
        if size != units:
            spot = _place_of(layer, key) or where
            problems.error(f"{_of(key, size, depth)}, but {_of(first, units, depth, short=True)}", spot, _wanted(key, units))
    return LayerParts(layer, depth, units, weights, flat, not isinstance(layer.bias, Scalar), where)


def _unread(layer: LayerShape, weights: Matrix | None, bias: tuple[NameOrNumber, ...] | None) -> bool:
    """Whether something that would say the layer's size could not be read, and has said so already."""
    return (layer.weights is not None and not weights) or (layer.bias is not None and not bias and layer.units is None)


def _entries_of(part: object, folder: Path | None, problems: Problems) -> Matrix | None:
    """The rows that are written or stand in a file; a list of biases is one row."""
    if isinstance(part, ArrayShape):
        try:
            return read_rows(part, folder)
        except SpecError as error:
            problems.add(error)
            return None
    if not isinstance(part, tuple):
        return None
    return part if part and isinstance(part[0], tuple) else (part,)


def _flat(bias: Matrix | None, layer: LayerShape, depth: int, problems: Problems) -> tuple[NameOrNumber, ...] | None:
    """The biases, written as a row or a column."""
    if bias is None:
        return None
    if len(bias) > 1 and len(bias[0]) > 1:
        message = f"the bias of layer {depth} is {len(bias)} × {len(bias[0])}; it is one row or one column"
        problems.error(message, _place_of(layer, "bias"))
    return tuple(entry for row in bias for entry in row)


_NOUNS = {"weights": "row", "bias": "entry", "net": "name", "output": "name", "units": "unit"}


def _of(key: str, size: int, depth: int, short: bool = False) -> str:
    """What a key says of a layer's size: `the bias of layer 2 has 4 entries`."""
    noun = _NOUNS[key]
    count = f"one {noun}" if size == 1 else f"{size} {noun.removesuffix('y') + 'ies' if noun.endswith('y') else noun + 's'}"
    if key == "units":
        return f"it has {count}" if short else f"layer {depth} has {count}"
    verb = "have" if key == "weights" else "has"
    return f"its {key} {verb} {count}" if short else f"the {key} of layer {depth} {verb} {count}"


def _wanted(key: str, units: int) -> str:
    many = "one" if units == 1 else str(units)
    return (
        f"units: {units}"
        if key == "units"
        else f"{many} of them, one for each unit"
        if units != 1
        else "one of them, for its one unit"
    )


def check_weights(layer: LayerParts, below: int, problems: Problems) -> None:
    """W is units × units below."""
    weights = layer.weights
    if weights is None or not below:
        return
    ragged = next((row for row in weights if len(row) != len(weights[0])), None)
    if ragged is not None:
        number = weights.index(ragged) + 1
        message = (
            f"row {number} of the weights of layer {layer.depth} has {_entries(len(ragged))}, the first row {len(weights[0])}"
        )
        problems.error(message, _entry_place(ragged) or layer.place)
        return
    wide = len(weights[0])
    if wide == below:
        return
    plural = "" if below == 1 else "s"
    source = f"input{plural}" if layer.depth == 1 else f"unit{plural} in layer {layer.depth - 1}"
    message = f"the weights of layer {layer.depth} are {len(weights)} × {wide}, but there {are(below)} {below} {source}"
    fitting = f"W has a row per unit and a column per unit below: {len(weights)} × {below}"
    turned = f"W has a row per unit and a column per unit below; transposed, {wide} × {len(weights)}, it would fit"
    problems.error(message, layer.place, turned if len(weights) == below else fitting)


def _entries(count: int) -> str:
    return "one entry" if count == 1 else f"{count or 'no'} entries"


def are(count: int) -> str:
    return "is" if count == 1 else "are"


def _place(layer: LayerShape, weights: Matrix | None) -> Place | None:
    """The place of what says the layer's size."""
    return next((spot for key in ("weights", "units", "bias", "net", "output") if (spot := _place_of(layer, key))), None)


def _place_of(layer: LayerShape, key: str) -> Place | None:
    part = getattr(layer, key)
    if isinstance(part, ArrayShape):
        return (part.array or part.file).place
    while isinstance(part, tuple):
        part = next((item for item in part if item is not None and item != ()), None)
    return part.place if part is not None else None


def _entry_place(row: tuple[NameOrNumber, ...]) -> Place | None:
    return row[-1].place if row else None


def is_layered(shape: NetworkShape) -> bool:
    """Whether a network is written in layers with weights, and not in neurons."""
    return any(_keys(layer) for layer in shape.layers) or (bool(shape.layers) and shape.layers[0].neurons is None)


def _keys(layer: LayerShape) -> tuple[str, ...]:
    """The keys that only a layer of weights has."""
    return tuple(key for key in ("weights", "bias", "units", "net", "output") if getattr(layer, key) is not None)


def build_layers(
    shape: NetworkShape, place: Place, words: Vocabulary, data: Data | None, folder: Path | None, problems: Problems
) -> BuiltNetwork | None:
    """The equations of a network of layers; None when a mistake in it leaves nothing to build."""
    before = len(problems.errors)
    inputs, values = read_inputs(shape.inputs, place, problems)
    _check_keys(shape, place, problems)
    layers = [read_layer(layer, depth, place, folder, problems) for depth, layer in enumerate(shape.layers, 1)]
    activations = [read_activation(layer.activation, words, problems) for layer in shape.layers]
    sizes = (len(inputs), *(layer.units for layer in layers))
    for (below, _), layer in zip(pairwise(sizes), layers, strict=True):
        check_weights(layer, below, problems)
    check_connections(sizes, place, problems)
    builder = NetworkBuilder("give the quantities of one layer other names, with `net` and `output`")
    builder.made.update(dict.fromkeys(inputs, place))
    if len(problems.errors) > before:
        return None
    made, sources, entries = [], inputs, _EntryNames(values)
    for layer, (key, written) in zip(layers, activations, strict=True):
        neurons = _neurons(layer, key, sources, entries)
        _add(neurons, layer.place, written, builder, problems)
        made.append(neurons)
        sources = tuple(neuron.output for neuron in neurons)
    target = shape.target if shape.target is not None else shape.loss.target
    loss = build_loss(shape.loss, target, sources, data is not None, words, problems, numbered=True)
    if loss is None or not entries.fits(builder, loss.targets, problems):
        return None
    _check_columns(inputs, loss.targets, {**values, **loss.values}, data, problems)
    builder.made.update(entries.places)
    return finished(Network(inputs, tuple(made), form="layers"), loss, builder, entries.values, place, problems)


def _check_keys(shape: NetworkShape, place: Place, problems: Problems) -> None:
    for layer in shape.layers:
        if layer.neurons is not None and layer.neurons:
            hint = "all layers by their neurons, or all by weights and units"
            problems.error("a network is written in neurons or in layers of weights, not both", layer.neurons[0].place, hint)
    if shape.names is not None:
        message = "patterns of names belong to a network of neurons"
        patterns = (shape.names.weight, shape.names.bias, shape.names.net, shape.names.output)
        problems.error(
            message,
            next((pattern.place for pattern in patterns if pattern), place),
            "layers of weights name their own: net: [z_1, z_2], output: [a_1, a_2]",
        )
    if shape.target is not None and shape.loss.target is not None:
        problems.error("the target stands in the network and in its loss", shape.loss.kind.place, "keep one of the two")


@dataclass
class _EntryNames:
    """The entries of all weights and biases, by name: the author's own, which may be shared, and numbers."""

    values: dict[str, Value]

    def __post_init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.authors: dict[str, Place] = {}

    def name(self, entry: NameOrNumber | None, default: str, place: Place) -> str:
        """The name of an entry: the author's, or the default one, with its number if it has one."""
        if isinstance(entry, Scalar):
            self.authors.setdefault(entry.text, entry.place)
            self.places.setdefault(entry.text, entry.place)
            return entry.text
        if isinstance(entry, Value):
            self.values[default] = entry
        self.places.setdefault(default, place)
        return default

    def fits(self, builder: NetworkBuilder, targets: tuple[str, ...], problems: Problems) -> bool:
        """Whether no entry has the name of an input, a target or a unit's quantity."""
        hint = "choose another name"
        meeting = [name for name in self.authors if name in builder.made or name in targets]
        for name in meeting:
            problems.error(
                f"{name} stands among weights or biases, but is another quantity of the network", self.authors[name], hint
            )
        rest = [name for name in self.places if name not in self.authors and (name in builder.made or name in targets)]
        for name in rest[:1]:
            problems.error(f"the network would use the name {name} twice", self.places[name], builder.hint)
        return not meeting and not rest


def _neurons(layer: LayerParts, key: str, sources: tuple[str, ...], entries: _EntryNames) -> tuple[Neuron, ...]:
    """The layer's neurons, numbered from 1, each with its row of the weights."""
    found = []
    for to in range(1, layer.units + 1):
        row = layer.weights[to - 1] if layer.weights is not None else (None,) * len(sources)
        weights = tuple(
            entries.name(entry, weight_name(layer.depth, to, source), layer.place) for source, entry in enumerate(row, 1)
        )
        written = layer.bias[to - 1] if layer.bias is not None else None
        bias = entries.name(written, f"b__{layer.depth}_{to}", layer.place) if layer.biased else None
        net = layer.shape.net[to - 1].text if layer.shape.net is not None else f"z__{layer.depth}_{to}"
        output = layer.shape.output[to - 1].text if layer.shape.output is not None else f"a__{layer.depth}_{to}"
        found.append(Neuron(str(to), layer.depth, sources, weights, bias, net, output, key))
    return tuple(found)


def weight_name(layer: int, to: int, source: int) -> str:
    """The weight to a unit from one below.

    >>> weight_name(2, 3, 1), weight_name(2, 10, 3)
    ('w__2_31', 'w__2_10_3')
    """
    between = "_" if to > 9 or source > 9 else ""
    return f"w__{layer}_{to}{between}{source}"


def _add(neurons: tuple[Neuron, ...], place: Place, written: str, builder: NetworkBuilder, problems: Problems) -> None:
    """The layer's equations: all net inputs, then all outputs."""
    for neuron in neurons:
        builder.equations.append(net_equation(neuron, place))
    builder.equations.extend(output_equations(neurons, (place,) * len(neurons), written))
    for name in (name for neuron in neurons for name in (neuron.net, neuron.output)):
        assert name is not None
        builder.take(name, place, problems)


def _check_columns(
    inputs: tuple[str, ...], targets: tuple[str, ...], values: dict[str, Value], data: Data | None, problems: Problems
) -> None:
    """The data has a column for each input and each target that has no number of its own, and no further x_… or y_…."""
    if data is None:
        return
    for what, names, letter in (("input", inputs, "x"), ("target", targets, "y")):
        many = f"the network has {'one' if len(names) == 1 else len(names)} {what}{'' if len(names) == 1 else 's'}, the data has"
        columns = [name for name in names if name in data.columns]
        missing = [name for name in names if name not in data.columns and name not in values]
        own = [name for name in data.columns if name.startswith(f"{letter}_") and name[2:].isdigit()]
        further = [name for name in own if name not in inputs and name not in targets]
        if missing and (columns or len(missing) == len(names)):
            message = f"{many} columns for {len(columns)}: {_listed(missing)} {are(len(missing))} missing"
            problems.error(message, data.place, f"the columns are {_listed(data.columns)}")
        elif further and names:
            hint = f"take the column out, or give the network {len(names) + len(further)} {what}s"
            problems.error(f"{many} {_listed(further)} as well", data.place, hint)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) if len(names) < 7 else f"{', '.join(names[:3])}, …, {names[-1]}"


def predictions(shape: NetworkShape, network: Network, problems: Problems) -> dict[str, str]:
    """Each second name with the output it stands for."""
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
    """The equation with first names in the place of second ones, as in a loss written out by hand."""
    if not aliases:
        return equation
    body = substitute(equation.body, lambda sym: Sym(aliases.get(sym.name, sym.name), sym.index, at=sym.at))
    return Equation(equation.names, equation.places, body)


def by_first_names(notation: Notation, aliases: Mapping[str, str]) -> Notation:
    """The notation whose shorthands are of first names."""
    shorts = tuple(
        replace(short, of=aliases.get(short.of, short.of), by=aliases.get(short.by, short.by)) if not short.is_function else short
        for short in notation.shorthands
    )
    return replace(notation, shorthands=shorts)


def check_predictions(aliases: Mapping[str, str], shape: NetworkShape | None, taken: tuple[str, ...], problems: Problems) -> None:
    """A second name is no quantity's first one."""
    known = dict.fromkeys(taken)
    for name in _names(shape):
        if name.text in aliases and name.text in known:
            problems.error(f"{name.text} is a quantity of this spec already", name.place, "take a name that is free")
