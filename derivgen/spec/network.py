"""A network of numbered neurons → equations under the author's names, and the record its drawing is made from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derivgen.errors import Place, Problems
from derivgen.maths.grammar import Vocabulary
from derivgen.spec.equations import is_vector
from derivgen.spec.leaves import name_problem
from derivgen.spec.losses import build_loss
from derivgen.spec.model import Network, Neuron
from derivgen.spec.shape import LayerShape, NamesShape, NetworkShape
from derivgen.spec.wiring import (
    LINEAR,
    Built,
    Wiring,
    check_connections,
    finished,
    net_equation,
    output_equations,
    read_activation,
    read_inputs,
)

_DEFAULTS = {"weight": "W_{from}{to}", "bias": "b_{to}", "net": "Z_{to}", "output": "A_{to}"}
_NEEDS = {"weight": ("{from}", "{to}"), "bias": ("{to}",), "net": ("{to}",), "output": ("{to}",)}


Sources = list[tuple[str, str]]
"""The outputs of the layer below, each with the number it goes by in the names of its weights."""


def build_network(shape: NetworkShape, place: Place, words: Vocabulary, samples: bool, problems: Problems) -> Built | None:
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
    wiring = Wiring("number the neurons apart, or give other patterns under `names`")
    wiring.made.update(dict.fromkeys(inputs, place))
    sources = [(name, _number(name, at)) for at, name in enumerate(inputs, 1)]
    layers = []
    for depth, (layer, (key, written)) in enumerate(zip(shape.layers, activations, strict=True), 1):
        layers.append(_layer(layer, depth, key, written, patterns, sources, wiring, problems))
        sources = [(neuron.output, neuron.number) for neuron in layers[-1]]
    outputs = tuple(neuron.output for neuron in layers[-1])
    loss = build_loss(shape.loss, shape.loss.target, outputs, samples, words, problems)
    return None if loss is None else finished(Network(inputs, tuple(layers)), loss, wiring, values, place, problems)


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
    wiring: Wiring,
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
                wiring.take(name, number.place, problems)
        wiring.equations.append(net_equation(neuron, number.place))
        if not is_vector(key):
            wiring.equations.extend(output_equations((neuron,), (number.place,), written))
    if is_vector(key):
        wiring.equations.extend(output_equations(neurons, [number.place for number in numbers], written))
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
