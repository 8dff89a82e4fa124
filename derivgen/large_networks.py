"""A large network in layers, worked out, checked and said in JSON through its arrays: its scalars are their entries.

It has more entries than arrays of exact numbers are taken for (`array_evaluation.MOST_EXACT`). The formulas of a unit's weights
differ in one name alone, that of the unit below: those of three are derived as in any network, the others are spelled alike.
What is out of the ordinary (a penalty, a shared weight, a value on a kink) is left to the derivation of every scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from json import JSONEncoder
from typing import Any, NamedTuple

from derivgen import __version__
from derivgen.array_evaluation import MOST_EXACT, ArrayEvaluation, backward, forward
from derivgen.checks.arrays import check_arrays
from derivgen.checks.report import GradientCheck, Report
from derivgen.derivation.derive import derive
from derivgen.derivation.network_arrays import NetworkArrays, network_arrays
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass, replace
from derivgen.graph import Graph, build
from derivgen.machine import (
    array_quantity,
    checks_as_object,
    forms_of_network,
    gradient_as_object,
    style_of,
)
from derivgen.maths.array_values import numpy
from derivgen.maths.double_arrays import DOUBLE_ARRAYS
from derivgen.maths.index_form import elements
from derivgen.maths.interpret import deep_recursion
from derivgen.maths.numbers import exact_text
from derivgen.maths.plain import plain
from derivgen.maths.style import Style
from derivgen.present.latex import latex_name, latex_names
from derivgen.spec.model import Neuron, Spec

OWN, BELOW, PRINTED = "`1", "`2", "`3"
"""What stands for the weight's name, and for that of the unit below and its LaTeX, in the formulas of a unit's weights."""
_encode = JSONEncoder().encode


class _Place(NamedTuple):
    """Where a scalar stands: in which array, and the place there."""

    array: str
    at: tuple[int, ...]


@dataclass(frozen=True)
class LargeNetwork:
    """A network's numbers as arrays of doubles.

    `formulas` are those of a few weights and of the bias of each unit, without numbers; `templates`, by the unit's net input,
    what is said in JSON of the gradient by each of its weights.
    """

    formulas: Evaluation
    style: Style
    templates: Mapping[str, str]
    made: NetworkArrays
    arrays: ArrayEvaluation

    @property
    def graph(self) -> Graph:
        """The graph of its scalars."""
        return self.formulas.graph

    def names(self, array: str) -> tuple[tuple[str | None, ...], ...]:
        """Return the names of an array's scalars, row by row."""
        return self.made.layered.names[self.made.symbols[array]]

    @cached_property
    def places(self) -> Mapping[str, _Place]:
        """Where each scalar stands."""
        return {
            name: _Place(array, (i, j) if self.made.is_matrix(array) else (i,))
            for array in self.made.symbols
            for i, row in enumerate(self.names(array))
            for j, name in enumerate(row)
            if name is not None
        }


@deep_recursion()
def worked_in_arrays(spec: Spec, *, kept: bool = False) -> tuple[LargeNetwork, Report] | None:
    """Return a spec's large network and what the checks say of it; None of any other spec."""
    if not _is_large(spec) or not _is_plain(spec):
        return None
    graph = build(spec)
    network = _evaluated(graph)
    report = None if network is None else check_arrays(network.arrays, kept=kept)
    if network is None or report is None or report.kinks or report.missing or report.failed:
        return None
    checks = tuple(
        GradientCheck(name, True, each.differences)
        for each in report.gradients
        for row in network.names(each.name)
        for name in row
        if name is not None
    )
    equalities = sum(array.size for array in network.arrays.adjoints.values())
    return network, Report(equalities, (), (), checks, (), (), (), report.kept)


def _is_large(spec: Spec) -> bool:
    if spec.network is None or spec.network.form != "layers":
        return False
    return sum(len(neuron.weights) + 3 for layer in spec.network.layers for neuron in layer) > MOST_EXACT


def _is_plain(spec: Spec) -> bool:
    """Return whether nothing is asked for but the gradients by all weights and biases, in numbers as they are."""
    assert spec.network is not None
    own = [name for layer in spec.network.layers for each in layer for name in (*each.weights, each.bias) if name is not None]
    asked = spec.wrt in ((), spec.parameters)
    more = (spec.second, spec.update, spec.random, spec.decompose, spec.show, spec.aliases, spec.notation.shorthands)
    rows = spec.data is None or spec.data.rows is not None
    numbers = spec.numbers.rounding != "decimals" and spec.numbers.carry != "shown"
    return asked and not any(more) and rows and numbers and len(own) == len(spec.parameters) and set(own) == set(spec.parameters)


def _evaluated(graph: Graph) -> LargeNetwork | None:
    network = graph.spec.network
    assert network is not None
    units = [neuron for layer in network.layers for neuron in layer]
    few = dict.fromkeys(name for unit in units for name in (*_few(unit.weights), unit.bias) if name is not None)
    derivation = derive(replace(graph, wrt=tuple(few)))
    made = network_arrays(derivation)
    if (
        made is None
        or made.layered.shared
        or any(name is None for rows in made.layered.names.values() for r in rows for name in r)
    ):
        return None
    for unit in units:
        ends = (unit.net or unit.output,)
        if any(derivation.consumers.get(name) != ends for name in (*unit.weights, unit.bias) if name is not None):
            return None
    for layer in network.layers:
        nets = tuple(unit.net or unit.output for unit in layer)
        if any(derivation.consumers.get(name) != nets for name in layer[0].sources):
            return None
    wanted = {name: (name, None) for name in made.symbols if name.startswith(("W__", "b__"))}
    arrays = made.measured(wanted)
    given = _given(graph, made, arrays.definitions)
    if given is None:
        return None
    try:
        with numpy().errstate(all="ignore"):
            values = forward(arrays, given, DOUBLE_ARRAYS)
            adjoints = backward(arrays, values, arrays.adjoints, DOUBLE_ARRAYS)
    except SpecError:
        return None
    if not all(numpy().isfinite(array).all() for array in (*values.values(), *adjoints.values())):
        return None
    formulas = Evaluation(derivation, {}, {}, {})
    style = style_of(formulas)
    templates = {unit.net or unit.output: _template(formulas, unit, style) for unit in units}
    said = {name: template for name, template in templates.items() if template is not None}
    whole = LargeNetwork(formulas, style, said, made, ArrayEvaluation(arrays, values, adjoints, 0))
    return whole if len(said) == len(templates) else None


def _few(names: Sequence[Any]) -> tuple[Any, ...]:
    """Return the first two and the last one."""
    return (*names[:2], *names[2:][-1:])


def _given(graph: Graph, made: NetworkArrays, definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arrays of the numbers that are given; None where one is missing."""
    np, found, known = numpy(), {}, {name: tuple(map(float, numbers)) for name, numbers in graph.given.items()}
    used = dict.fromkeys(element.name for each in definitions.values() for element in elements(each.body))
    for name in used:
        if name in definitions:
            continue
        if name not in made.symbols:
            if name not in known:
                return None
            found[name] = np.array(known[name] if graph.per_sample(name) else known[name][0])
            continue
        rows, sampled = made.layered.names[made.symbols[name]], made.derivation.shapes[name].sampled
        if any(each not in known for row in rows for each in row):
            return None
        count = graph.samples if sampled else 1
        columns = np.array([[known[each] * (count // len(known[each])) for each in row] for row in rows])  # type: ignore[index]
        columns = columns.transpose(2, 0, 1) if sampled else columns[:, :, 0]
        found[name] = columns if made.is_matrix(name) else columns[..., 0]
    return found


def json_of(network: LargeNetwork, report: Report) -> Iterator[str]:
    """Yield the text of what `derive --json` prints, a quantity or a gradient on each line."""
    graph = network.graph
    head = {"derivgen": __version__, "title": graph.spec.title, "loss": graph.loss, "samples": graph.samples}
    yield "{\n" + "".join(f' "{key}": {_encode(value)},\n' for key, value in head.items())
    writer = _Writer(network)
    yield from _listed("quantities", writer.quantities())
    yield from _listed("gradients", writer.gradients())
    yield f' "layers": {_encode(writer.layers())},\n "checks": {_encode(checks_as_object(report))}\n}}\n'


def _listed(name: str, entries: Iterator[str]) -> Iterator[str]:
    yield f' "{name}": {{\n  {next(entries)}'
    for entry in entries:
        yield f",\n  {entry}"
    yield "\n },\n"


class _Writer:
    """Writes the entries of one network's JSON."""

    def __init__(self, network: LargeNetwork):
        self.network, self.style, self.graph = network, network.style, network.graph
        self.values = {name: (_texts(array), _decimals(array)) for name, array in network.arrays.values.items()}
        self.slopes = {name: (_texts(array), _decimals(array)) for name, array in network.arrays.adjoints.items()}
        for name in network.made.symbols:
            if name in self.values and name not in network.arrays.derivation.definitions:
                self.values[name] = (self._exact(name), self.values[name][1])
        names = tuple(self.graph.quantities)
        printed = latex_names(names, self.style)
        self.sums = dict(self._sums())
        self.spelled = {name: (_escaped(name), _escaped(text)) for name, text in zip(names, printed, strict=True)}

    def _sums(self) -> Iterator[tuple[str, str]]:
        """Yield the net inputs' definitions as text, of each layer where the first is spelled so."""
        for layer in self.network.made.layered.layers:
            products = [[*map("*".join, zip(unit.weights, unit.sources, strict=True))] for unit in layer.neurons]
            texts = [
                " + ".join((*each, *([unit.bias] if unit.bias else [])))
                for each, unit in zip(products, layer.neurons, strict=True)
            ]
            first = self.graph.quantities[layer.nets[0]].definition
            if first is not None and texts[0] == plain(first):
                yield from zip(layer.nets, texts, strict=True)

    def _exact(self, array: str) -> Any:
        """Return the text of the numbers that an array is given, exact."""
        rows, known = self.network.names(array), self.graph.given
        if not self.network.made.derivation.shapes[array].sampled:
            texts = [[exact_text(known[each][0]) for each in row] for row in rows]  # type: ignore[index]
            return texts if self.network.made.is_matrix(array) else [text for (text,) in texts]
        each_unit = [[exact_text(value) for value in known[row[0]]] for row in rows]  # type: ignore[index]
        return [[unit[k % len(unit)] for unit in each_unit] for k in range(self.graph.samples)]

    def quantities(self) -> Iterator[str]:
        """Yield each scalar, then each array."""
        for name, quantity in self.graph.quantities.items():
            own, latex = self.spelled[name]
            if quantity.role == "parameter":
                texts, decimals = self._entry(self.values, name)
                yield (
                    f'"{own}": {{"role": "parameter", "latex": "{latex}", "definition": null, '
                    f'"value": ["{texts}"], "decimal": [{decimals!r}]}}'
                )
                continue
            many, floats = self._of(name)
            written = self.sums.get(name) or (plain(quantity.definition) if quantity.definition is not None else None)
            yield (
                f'"{own}": {{"role": "{quantity.role}", "latex": "{latex}", "definition": {_encode(written)}, '
                f'"value": {_encode(many)}, "decimal": {_encode(floats)}}}'
            )
        for name in self.network.made.symbols:
            if name not in self.graph.quantities:
                first = self.network.names(name)[0][0]
                assert first is not None
                found = array_quantity(self.network.made, name, self.graph.quantities[first].role, self.style)
                texts, decimals = self.values[name]
                yield f"{_encode(name)}: {_encode({**found, 'value': texts, 'decimal': decimals})}"

    def _of(self, name: str) -> tuple[list[str], list[float]]:
        """Return a scalar's values, one or one for each sample."""
        if name in self.graph.given:
            numbers = self.graph.given[name]
            return [exact_text(number) for number in numbers], [float(number) for number in numbers]
        if name == self.graph.loss:
            return [self.values[name][0]], [self.values[name][1]]
        array, (i,) = self.network.places[name]
        texts, decimals = self.values[array]
        if self.network.made.derivation.shapes[array].sampled:
            return [sample[i] for sample in texts], [sample[i] for sample in decimals]
        return [texts[i]], [decimals[i]]

    def _entry(self, known: Mapping[str, tuple[Any, Any]], name: str) -> tuple[str, float]:
        array, at = self.network.places[name]
        texts, decimals = known[array]
        for place in at:
            texts, decimals = texts[place], decimals[place]
        return texts, decimals

    def gradients(self) -> Iterator[str]:
        """Yield the gradient by each weight and bias, then by each array of them."""
        written = {
            name: text for layer in self.network.made.layered.layers for unit in layer.neurons for name, text in self._unit(unit)
        }
        for name in self.graph.spec.parameters:
            texts, decimals = self._entry(self.slopes, name)
            yield f'"{self.spelled[name][0]}": {{{written.pop(name)}, "value": "{texts}", "decimal": {decimals!r}}}'
        for name, (texts, decimals) in self.slopes.items():
            if name in self.network.arrays.derivation.wanted and name not in self.graph.quantities:
                forms = forms_of_network(self.graph, self.network.made, name, self.style)
                yield f"{_encode(name)}: {_encode({**forms, 'value': texts, 'decimal': decimals})}"

    def _unit(self, unit: Neuron) -> Iterator[tuple[str, str]]:
        """Yield each weight and the bias of a unit with what is said of the gradient by it."""
        if unit.bias is not None:
            yield unit.bias, _formulas(self.network.formulas, unit.bias, self.style)
        template = self.network.templates[unit.net or unit.output]
        for name, below in zip(unit.weights, unit.sources, strict=True):
            yield name, _filled(template, self.spelled[name][0], *self.spelled[below])

    def layers(self) -> list[dict[str, Any]]:
        """Return each layer's matrices and vectors, as `derive --json` has them."""

        def units(known: Mapping[str, tuple[Any, Any]], name: str) -> Any:
            texts, first = known[name][0], self.network.names(name)[0][0]
            if self.network.made.derivation.shapes[name].sampled:
                return [list(unit) for unit in zip(*texts, strict=True)]
            return [[text] for text in texts] if first is not None and self.graph.per_sample(first) else texts

        def pair(name: str) -> dict[str, Any]:
            return {"value": self.values[name][0], "gradient": self.slopes[name][0]}

        found = []
        for layer in self.network.made.layered.layers:
            n = layer.number
            net = f"z__{n}" if layer.net is not None else f"a__{n}"
            found.append(
                {
                    "W": pair(f"W__{n}"),
                    "b": pair(f"b__{n}") if layer.bias is not None else None,
                    "z": units(self.values, net),
                    "a": units(self.values, f"a__{n}"),
                    "delta": units(self.slopes, net),
                }
            )
        return found


def _formulas(formulas: Evaluation, name: str, style: Style) -> str:
    """Return what is said of a gradient, but for its numbers."""
    found = gradient_as_object(formulas, name, style)
    return _encode({key: each for key, each in found.items() if key not in ("value", "decimal")})[1:-1]


def _template(formulas: Evaluation, unit: Neuron, style: Style) -> str | None:
    """Return what is said of the gradient by each weight of a unit; None where some are spelled otherwise."""
    name, below = unit.weights[0], unit.sources[0]
    found, lone = gradient_as_object(formulas, name, style), re.compile(rf"(?<!\w){re.escape(below)}(?!\w)")
    end, paths = f"/{name}", found["paths"]
    paths = paths and [[edge.removesuffix(end) + f"/{OWN}" if edge.endswith(end) else edge for edge in path] for path in paths]
    forms = {key: found[key] and lone.sub(BELOW, found[key]) for key in ("expression", "simplified")}
    said = _encode({"paths": paths, **forms, "latex": found["latex"].replace(latex_name(below, style), PRINTED)})[1:-1]
    few = dict.fromkeys(_few(tuple(zip(unit.weights, unit.sources, strict=True))))
    fits = all(
        _filled(said, _escaped(own), _escaped(it), _escaped(latex_name(it, style))) == _formulas(formulas, own, style)
        for own, it in few
    )
    return said if fits else None


def _escaped(text: str) -> str:
    return _encode(text)[1:-1]


def _filled(template: str, own: str, below: str, printed: str) -> str:
    """Return a template with the names, escaped as JSON has them."""
    return template.replace(OWN, own).replace(BELOW, below).replace(PRINTED, printed)


def _texts(array: Any) -> Any:
    if array.ndim > 1:
        return [_texts(part) for part in array]
    return [f"{value + 0.0:.17g}" for value in array.tolist()] if array.ndim else f"{array[()] + 0.0:.17g}"


def _decimals(array: Any) -> Any:
    return (array + 0.0).tolist()
