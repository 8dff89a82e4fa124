"""A network written in layers with weights and biases: sizes compared, then equations of its scalars.

Names: `w__2_31` (layer; to, from), `w__2_10_3` as soon as one index has two digits, `b__2_3`, `z__2_3`, `a__2_3`.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from derivgen.errors import Place, Problems, SpecError
from derivgen.frozen import dataclass
from derivgen.maths.grammar import Vocabulary
from derivgen.spec.data import read_rows
from derivgen.spec.losses import build_loss, with_penalty
from derivgen.spec.model import Data, Network, Neuron, Value
from derivgen.spec.network import (
    BuiltNetwork,
    NetworkBuilder,
    check_connections,
    finished,
    net_equation,
    output_equations,
    read_activation,
    read_inputs,
)
from derivgen.spec.shape import ArrayShape, LayerShape, NetworkShape
from derivgen.spec.yaml_nodes import Scalar

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
    """Return a layer with its files read, its parts compared with each other."""
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
    """Return whether something that would say the layer's size could not be read, and is reported already."""
    return (layer.weights is not None and not weights) or (layer.bias is not None and not bias and layer.units is None)


def _entries_of(part: object, folder: Path | None, problems: Problems) -> Matrix | None:
    """Return the rows that are written or stand in a file; a list of biases is one row."""
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
    """Return the biases, written as a row or a column."""
    if bias is None:
        return None
    if len(bias) > 1 and len(bias[0]) > 1:
        message = f"the bias of layer {depth} is {len(bias)} × {len(bias[0])}; it is one row or one column"
        problems.error(message, _place_of(layer, "bias"))
    return tuple(entry for row in bias for entry in row)


_NOUNS = {"weights": "row", "bias": "entry", "net": "name", "output": "name", "units": "unit"}


def _of(key: str, size: int, depth: int, short: bool = False) -> str:
    """Return what a key says of a layer's size: `the bias of layer 2 has 4 entries`."""
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
    """Check that W is units × units below."""
    weights = layer.weights
    if weights is None or not below:
        return
    ragged = next((row for row in weights if len(row) != len(weights[0])), None)
    if ragged is not None:
        number = weights.index(ragged) + 1
        message = (
            f"row {number} of the weights of layer {layer.depth} has {_entries(len(ragged))}, the first row {len(weights[0])}"
        )
        problems.error(message, (ragged[-1].place if ragged else None) or layer.place)
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
    """Return the place of what says the layer's size."""
    return next((spot for key in ("weights", "units", "bias", "net", "output") if (spot := _place_of(layer, key))), None)


def _place_of(layer: LayerShape, key: str) -> Place | None:
    part = getattr(layer, key)
    if isinstance(part, ArrayShape):
        return (part.array or part.file).place
    while isinstance(part, tuple):
        part = next((item for item in part if item is not None and item != ()), None)
    return part.place if part is not None else None


def is_layered(shape: NetworkShape) -> bool:
    """Return whether a network is written in layers with weights, and not in neurons."""
    return any(_keys(layer) for layer in shape.layers) or (bool(shape.layers) and shape.layers[0].neurons is None)


def _keys(layer: LayerShape) -> tuple[str, ...]:
    """Return the keys that only a layer of weights has."""
    return tuple(key for key in ("weights", "bias", "units", "net", "output") if getattr(layer, key) is not None)


def build_layers(
    shape: NetworkShape, place: Place, words: Vocabulary, data: Data | None, folder: Path | None, problems: Problems
) -> BuiltNetwork | None:
    """Return the equations of a network of layers; None when a mistake in it leaves nothing to build."""
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
    loss = with_penalty(loss, shape.loss.penalty, (*inputs, *builder.defined), words, problems)
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
        """Return the name of an entry: the author's, or the default one, with its number if it has one."""
        if isinstance(entry, Scalar):
            self.authors.setdefault(entry.text, entry.place)
            self.places.setdefault(entry.text, entry.place)
            return entry.text
        if isinstance(entry, Value):
            self.values[default] = entry
        self.places.setdefault(default, place)
        return default

    def fits(self, builder: NetworkBuilder, targets: tuple[str, ...], problems: Problems) -> bool:
        """Return whether no entry has the name of an input, a target or a unit's quantity."""
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
    """Return the layer's neurons, numbered from 1, each with its row of the weights."""
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
    """Return the weight to a unit from one below.

    >>> weight_name(2, 3, 1), weight_name(2, 10, 3)
    ('w__2_31', 'w__2_10_3')
    """
    between = "_" if to > 9 or source > 9 else ""
    return f"w__{layer}_{to}{between}{source}"


def _add(neurons: tuple[Neuron, ...], place: Place, written: str, builder: NetworkBuilder, problems: Problems) -> None:
    """Add the layer's equations: all net inputs, then all outputs."""
    for neuron in neurons:
        builder.equations.append(net_equation(neuron, place))
    builder.equations.extend(output_equations(neurons, (place,) * len(neurons), written))
    for name in (name for neuron in neurons for name in (neuron.net, neuron.output)):
        assert name is not None
        builder.take(name, place, problems)


def _check_columns(
    inputs: tuple[str, ...], targets: tuple[str, ...], values: dict[str, Value], data: Data | None, problems: Problems
) -> None:
    """Check that the data has a column for each input and target without a number of its own, and no further x_… or y_…."""
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
