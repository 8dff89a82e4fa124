"""A network of layers with weights and biases → equations of its scalars, and the record of its matrices.

Names: `w__2_31` (layer; to, from), `w__2_10_3` as soon as one index has two digits, `b__2_3`, `z__2_3`, `a__2_3`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from derivgen.errors import Place, Problems
from derivgen.maths.grammar import Vocabulary
from derivgen.spec.layer_parts import Entry, Layer, are, check_weights, read_layer
from derivgen.spec.losses import build_loss
from derivgen.spec.model import Data, Network, Neuron, Value
from derivgen.spec.shape import LayerShape, NetworkShape
from derivgen.spec.wiring import (
    Built,
    Wiring,
    check_connections,
    finished,
    net_equation,
    output_equations,
    read_activation,
    read_inputs,
)
from derivgen.spec.yaml_text import Scalar


def is_layered(shape: NetworkShape) -> bool:
    """Whether a network is written in layers with weights, and not in neurons."""
    return any(_keys(layer) for layer in shape.layers) or (bool(shape.layers) and shape.layers[0].neurons is None)


def _keys(layer: LayerShape) -> tuple[str, ...]:
    """The keys that only a layer of weights has."""
    return tuple(key for key in ("weights", "bias", "units", "net", "output") if getattr(layer, key) is not None)


def build_layers(
    shape: NetworkShape, place: Place, words: Vocabulary, data: Data | None, folder: Path | None, problems: Problems
) -> Built | None:
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
    wiring = Wiring("give the quantities of one layer other names, with `net` and `output`")
    wiring.made.update(dict.fromkeys(inputs, place))
    if len(problems.errors) > before:
        return None
    made, sources, entries = [], inputs, _Entries(values)
    for layer, (key, written) in zip(layers, activations, strict=True):
        neurons = _neurons(layer, key, sources, entries)
        _add(neurons, layer.place, written, wiring, problems)
        made.append(neurons)
        sources = tuple(neuron.output for neuron in neurons)
    target = shape.target if shape.target is not None else shape.loss.target
    loss = build_loss(shape.loss, target, sources, data is not None, words, problems, numbered=True)
    if loss is None or not entries.fits(wiring, loss.targets, problems):
        return None
    _check_columns(inputs, loss.targets, {**values, **loss.values}, data, problems)
    wiring.made.update(entries.places)
    return finished(Network(inputs, tuple(made), form="layers"), loss, wiring, entries.values, place, problems)


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
class _Entries:
    """The entries of all weights and biases, by name: the author's own, which may be shared, and numbers."""

    values: dict[str, Value]

    def __post_init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.authors: dict[str, Place] = {}

    def name(self, entry: Entry | None, default: str, place: Place) -> str:
        """The name of an entry: the author's, or the default one, with its number if it has one."""
        if isinstance(entry, Scalar):
            self.authors.setdefault(entry.text, entry.place)
            self.places.setdefault(entry.text, entry.place)
            return entry.text
        if isinstance(entry, Value):
            self.values[default] = entry
        self.places.setdefault(default, place)
        return default

    def fits(self, wiring: Wiring, targets: tuple[str, ...], problems: Problems) -> bool:
        """Whether no entry has the name of an input, a target or a unit's quantity."""
        hint = "choose another name"
        meeting = [name for name in self.authors if name in wiring.made or name in targets]
        for name in meeting:
            problems.error(
                f"{name} stands among weights or biases, but is another quantity of the network", self.authors[name], hint
            )
        rest = [name for name in self.places if name not in self.authors and (name in wiring.made or name in targets)]
        for name in rest[:1]:
            problems.error(f"the network would use the name {name} twice", self.places[name], wiring.hint)
        return not meeting and not rest


def _neurons(layer: Layer, key: str, sources: tuple[str, ...], entries: _Entries) -> tuple[Neuron, ...]:
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


def _add(neurons: tuple[Neuron, ...], place: Place, written: str, wiring: Wiring, problems: Problems) -> None:
    """The layer's equations: all net inputs, then all outputs."""
    for neuron in neurons:
        wiring.equations.append(net_equation(neuron, place))
    wiring.equations.extend(output_equations(neurons, (place,) * len(neurons), written))
    for name in (name for neuron in neurons for name in (neuron.net, neuron.output)):
        assert name is not None
        wiring.take(name, place, problems)


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
