"""Everything about a derivation as one plain object, for `derive --json`: names and text, exact numbers and floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from derivgen import __version__
from derivgen.array_evaluation import Evaluated
from derivgen.checks.report import Report
from derivgen.derivation.arrays import with_partials
from derivgen.derivation.derive import Gradient
from derivgen.derivation.network_arrays import NetworkArrays, network_arrays
from derivgen.derivation.ratios import asked, key_of
from derivgen.derivation.second import second_derivatives
from derivgen.derivation.simplify import text
from derivgen.evaluation import Evaluation, Values
from derivgen.graph import Graph, matching
from derivgen.lines.notation import to_notation, with_cases
from derivgen.maths.arithmetic import Number, to_float
from derivgen.maths.brackets import level
from derivgen.maths.evaluate import UnknownValueError, grid_of
from derivgen.maths.numbers import exact_text
from derivgen.maths.plain import plain
from derivgen.maths.style import Style, uses_letter_e
from derivgen.maths.tree import Expr, Sym
from derivgen.present.latex import latex, latex_name
from derivgen.spec.model import Network, Neuron, Notation
from derivgen.updates import Step, descent


def as_object(evaluation: Evaluation, report: Report, only: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the object `derive --json` prints; with `only`, the gradients by those names alone."""
    graph = evaluation.graph
    style = style_of(evaluation)
    quantities = {name: _quantity(evaluation, name, style) for name in graph.quantities}
    gradients = {
        key: gradient_as_object(one, name, style) for key, (one, name) in wanted(evaluation).items() if not only or key in only
    }
    arrays = _arrays(evaluation, quantities, gradients, style)
    return {
        "derivgen": __version__,
        "title": graph.spec.title,
        "loss": graph.loss,
        "samples": graph.samples if not isinstance(graph.count, str) else graph.count,
        "quantities": {**quantities, **arrays[0]},
        "gradients": {**gradients, **arrays[1]},
        **({"second": _second(evaluation, style)} if graph.spec.second else {}),
        **({"layers": _layers(evaluation, graph.spec.network)} if graph.spec.network is not None else {}),
        **({"updates": _updates(evaluation)} if graph.spec.update is not None else {}),
        "checks": checks_as_object(report),
    }


def checks_as_object(report: Report) -> dict[str, Any]:
    """Return what the checks say, as `derive --json` prints it."""
    return {
        "equalities": report.equalities,
        "failed": report.failed,
        "gradients": len(report.gradients),
        "roads": ["chain", "sympy", "differences"] if report.gradients else [],
        **({"kept": report.kept} if report.kept else {}),
        "by_convention": [gradient.name for gradient in report.gradients if gradient.by_convention],
        "unchecked": report.unchecked,
        "kinks": [
            {
                "quantity": kink.quantity,
                "sample": None if kink.sample is None else kink.sample + 1,
                "function": kink.function,
            }
            for kink in report.kinks
        ],
    }


def _arrays(
    evaluation: Evaluation, quantities: Mapping[str, Any], gradients: Mapping[str, Any], style: Style
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a network's arrays `W__2`, `b__2`, `z__2`, `a__2` and the gradients by them, put together from its scalars.

    There is one by an array where there is one by each of its scalars; none in a network of neurons, named by its author.
    """
    network = evaluation.graph.spec.network
    made = network_arrays(evaluation.derivation) if network is not None and network.form == "layers" else None
    known: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for name in made.symbols if made is not None else ():
        assert made is not None
        rows = made.layered.names[made.symbols[name]]
        inside = [each for row in rows for each in row if each is not None]
        if name in quantities:
            continue
        known[name] = {
            **array_quantity(made, name, quantities[inside[0]]["role"], style),
            **{key: _together(made, name, {each: quantities[each][key] for each in inside}) for key in ("value", "decimal")},
        }
        if all(each in gradients for each in inside):
            found[name] = {**forms_of_network(evaluation.graph, made, name, style), **_slopes(evaluation, made, name, gradients)}
    return known, found


def array_quantity(made: NetworkArrays, name: str, role: str, style: Style) -> dict[str, Any]:
    """Return what `derive --json` says of a network's array, but for its numbers."""
    rows, definition = made.layered.names[made.symbols[name]], made.derivation.definitions.get(name)
    return {
        "role": role,
        "latex": latex(Sym(name), style),
        "definition": plain(definition.written) if definition is not None and definition.written is not None else None,
        "shape": [len(rows), len(rows[0])] if made.is_matrix(name) else [len(rows)],
    }


def _together(made: NetworkArrays, name: str, scalars: Mapping[str, Any]) -> Any:
    """Return an array's entries as nested lists, the samples outside, from the list of each scalar; None without values."""
    if all(each is None for each in scalars.values()):
        return None
    rows, sampled = made.layered.names[made.symbols[name]], made.derivation.shapes[name].sampled
    count = max(len(each) for each in scalars.values() if each is not None) if sampled else 1

    def at(scalar: str | None, sample: int) -> Any:
        entries = scalars[scalar] if scalar is not None else None
        return None if entries is None else entries[sample if len(entries) > 1 else 0]

    each = [[[at(scalar, sample) for scalar in row] for row in rows] for sample in range(count)]
    shaped = each if made.is_matrix(name) else [[entry for (entry,) in grid] for grid in each]
    return shaped if sampled else shaped[0]


def forms_of_network(graph: Graph, made: NetworkArrays, name: str, style: Style) -> dict[str, Any]:
    """Return the gradient by a network's array in matrices, and with letters for one entry."""
    adjoint = made.derivation.adjoints[name]
    tree, entry = made.in_matrices(adjoint.body, adjoint.axes), made.with_letters(adjoint.body, adjoint.axes)
    short = made.in_matrices(made.short(name, graph.count), adjoint.axes)
    return array_forms(tree, entry, short, with_partials(entry if tree is None else tree, made.derivation), style)


def array_forms(tree: Expr | None, entry: Expr, short: Expr | None, printed: Expr, style: Style) -> dict[str, Any]:
    """Return what `derive --json` says of the forms of an array's gradient: in matrices (`tree`) and for one entry with letters.

    `short` is its short form in matrices, None where it has none; `printed` what LaTeX shows.
    """
    shown = entry if tree is None else tree
    return {
        "paths": None,
        "matrix": None if tree is None else plain(tree),
        "index": plain(entry),
        "expression": plain(shown),
        "simplified": plain(shown if short is None else short),
        "latex": latex(printed, style),
    }


def _slopes(evaluation: Evaluation, made: NetworkArrays, name: str, gradients: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of the gradient by an array; of a scalar at several places, what goes through each of them."""
    names = [each for row in made.layered.names[made.symbols[name]] for each in row if each is not None]
    if all(made.layered.places[each] < 2 for each in names):
        listed = {key: {each: _listed(gradients[each][key]) for each in names} for key in ("value", "decimal")}
        return {key: _together(made, name, each) for key, each in listed.items()}
    try:
        env = evaluation.environment(0 if evaluation.graph.samples == 1 else None)
        grid = grid_of(made.layered.gradient(made.symbols[name]), env)
    except UnknownValueError:
        return {"value": None, "decimal": None}
    shows: dict[str, Callable[[Number], Any]] = {"value": exact_text, "decimal": _decimal}
    if not made.is_matrix(name):
        return {key: [show(entry) for (entry,) in grid] for key, show in shows.items()}
    return {key: [[show(entry) for entry in row] for row in grid] for key, show in shows.items()}


def _listed(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else [value]


def _layers(evaluation: Evaluation, network: Network) -> list[dict[str, Any]]:
    """Return each layer's matrices and vectors as exact text, null where a number is not known.

    W is [unit][unit below]; b has an entry per unit, null in a layer without biases. z, a and delta (∂loss/∂z) have an entry
    per unit, with a batch a list per unit of one entry per sample. The gradient of a name that stands in several places is
    the whole one in each of them.
    """
    return [_layer(evaluation, layer) for layer in network.layers]


def _layer(evaluation: Evaluation, layer: tuple[Neuron, ...]) -> dict[str, Any]:
    values, slopes, graph = evaluation.values, evaluation.adjoints, evaluation.graph

    def each(known: Mapping[str, Values], names: Iterable[str]) -> list:
        return [_each(known.get(name), graph.per_sample(name), exact_text) for name in names]

    weights = [neuron.weights for neuron in layer]
    biases = [neuron.bias for neuron in layer if neuron.bias is not None]
    nets = [neuron.net or neuron.output for neuron in layer]
    return {
        "W": {"value": [each(values, row) for row in weights], "gradient": [each(slopes, row) for row in weights]},
        "b": {"value": each(values, biases), "gradient": each(slopes, biases)} if biases else None,
        "z": each(values, nets),
        "a": each(values, (neuron.output for neuron in layer)),
        "delta": each(slopes, nets),
    }


def style_of(evaluation: Evaluated) -> Style:
    """Return how this spec's mathematics is printed."""
    spec = evaluation.graph.spec
    notation = spec.notation
    bold = {name: rf"\boldsymbol{{{latex_name(name)}}}" for name in notation.vectors}
    symbols = {name: symbol.latex for name, symbol in spec.symbols.items() if symbol.latex}
    return Style(
        product=notation.product,
        derivative=notation.derivative,
        symbols={**bold, **symbols},
        functions=function_names(notation),
        sample=notation.sample,
        euler=not uses_letter_e((*_names(evaluation), *symbols.values())),
    )


def _names(evaluation: Evaluated) -> Iterator[str]:
    """Yield every name of the author's that may stand on a page."""
    graph, spec = evaluation.graph, evaluation.graph.spec
    yield from (*graph.quantities, *graph.aliases, *spec.functions, *spec.notation.vectors, graph.index)
    yield from (short.name for short in spec.notation.shorthands)
    yield from (name for function in spec.functions.values() for name in function.arguments)


def wanted(evaluation: Evaluation) -> dict[str, tuple[Evaluation, str]]:
    """Return what `wrt` asks for, in its order, by key (`w_1`, `yhat/a_1`): an evaluation, and the name its gradient is by."""
    graph = evaluation.graph
    found: dict[str, tuple[Evaluation, str]] = {}
    quotients, known = asked(graph), dict.fromkeys(graph.wrt)
    for pattern in graph.spec.wrt or graph.spec.parameters:
        if pattern in quotients:
            found.update((key_of(ratio), (evaluation.ratios[ratio[0]], ratio[1])) for ratio in quotients[pattern])
        else:
            names = (pattern,) if pattern in known else matching(pattern, graph.wrt)
            found.update((name, (evaluation, name)) for name in names)
    return found


def function_names(notation: Notation) -> dict[str, str]:
    """Return what functions and their derivatives are called on the page, as `names` and shorthands of derivatives say."""
    return {**notation.names, **{f"{short.of}'": short.name for short in notation.shorthands if short.is_function}}


def _quantity(evaluation: Evaluation, name: str, style: Style) -> dict[str, Any]:
    quantity = evaluation.graph.quantities[name]
    values = evaluation.values.get(name) if _has_numbers(evaluation) or quantity.role == "constant" else None
    return {
        "role": quantity.role,
        "latex": latex(Sym(name), style),
        "definition": plain(quantity.definition) if quantity.definition is not None else None,
        "value": None if values is None else [exact_text(value) for value in values],
        "decimal": None if values is None else [_decimal(value) for value in values],
    }


def _has_numbers(evaluation: Evaluation) -> bool:
    """Return whether the spec gives numbers at all; without any, a derivative that is one by chance (∂L/∂L = 1) has no value."""
    graph = evaluation.graph
    if graph.loss in evaluation.values and graph.given:
        return True
    return any(graph.quantities[name].role != "constant" for name in graph.given)


def gradient_as_object(evaluation: Evaluation, name: str, style: Style) -> dict[str, Any]:
    """Return what `derive --json` says of the gradient by a scalar."""
    graph = evaluation.graph
    gradient = evaluation.derivation.gradients[name]
    expression = plain(level(gradient.expression))
    simplification = evaluation.derivation.simplification(name)
    simplified = None if simplification is None else expression
    if simplification is not None and simplification.steps:
        simplified = text(with_cases(simplification.result, graph))
    values = evaluation.adjoints.get(gradient.name) if _has_numbers(evaluation) else None
    several = graph.per_sample(gradient.name)
    paths = None
    if gradient.paths is not None:
        paths = [edges for path in gradient.paths for edges in _repeated(path)]
    return {
        "paths": paths,
        "expression": expression,
        "simplified": simplified,
        "latex": latex(printed(evaluation, gradient), style),
        "value": _each(values, several, exact_text),
        "decimal": _each(values, several, _decimal),
    }


def _second(evaluation: Evaluation, style: Style) -> list[dict[str, Any]]:
    """Return each second derivative that is asked for: by which two names, its last form, its value; null without values."""
    return [
        {
            "by": [second.by, second.first],
            "simplified": text(second.expression),
            "latex": latex(to_notation(second.expression, evaluation.graph), style),
            "value": None if number is None else exact_text(number),
            "decimal": None if number is None else _decimal(number),
        }
        for second in second_derivatives(evaluation.derivation)
        for number in (evaluation.seconds.get((second.by, second.first)) if _has_numbers(evaluation) else None,)
    ]


def _updates(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return each step of gradient descent: the parameters after it, and the loss there."""
    return [
        {
            "step": step.number,
            "loss": None if step.loss is None else _value(step.loss),
            "parameters": {name: _value(value) for name, value in step.after.items()},
            **(_work(step) if step.work else {}),
        }
        for step in descent(evaluation).steps
    ]


def _work(step: Step) -> dict[str, Any]:
    """Return a step's learning rate and, for each parameter, what each assignment of its method gave (g, m, v, mhat, …)."""
    work = {name: {each.letter: _value(each.value) for each in found if each.letter != "w"} for name, found in step.work.items()}
    return {"learning_rate": None if step.rate is None else _value(step.rate), "work": work}


def _value(value: Number) -> dict[str, Any]:
    return {"value": exact_text(value), "decimal": _decimal(value)}


def _decimal(value: Number) -> float | None:
    """Return the number as a double; None beyond their range, since JSON has no infinity."""
    found = to_float(value)
    return found if isfinite(found) else None


def printed(evaluation: Evaluation, gradient: Gradient) -> Expr:
    """Return a gradient's formula as it stands on paper."""
    return to_notation(gradient.expression, evaluation.graph)


def _repeated(path) -> list[list[str]]:
    """Return a path's edges as text; an operand written twice makes two paths of the same edges."""
    edges = [f"{local.consumer}/{local.operand}" for local in path]
    count = 1
    for local in path:
        count *= local.occurrences
    return [edges for _ in range(count)]


def _each(values: Values | None, several: bool, text: Callable[[Number], Any]) -> Any:
    """Return each value as `text` gives it, the only one by itself unless there may be `several`; None without values."""
    if values is None:
        return None
    return [text(value) for value in values] if several else text(values[0])
