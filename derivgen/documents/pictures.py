"""The drawing of a computation: a network as neurons and wires, anything else as its computation graph."""

from __future__ import annotations

from collections.abc import Mapping

from derivgen.documents.document import Figure
from derivgen.documents.sheet import Sheet
from derivgen.drawings.drawing import Drawing
from derivgen.drawings.graph import GraphNode, graph_drawing
from derivgen.drawings.network import network_drawing
from derivgen.lines.notation import has_samples
from derivgen.maths.tree import Call, Cases, Expr, Neg, Power, Product, Quotient, Reduce, Sum, Sym
from derivgen.spec.model import Network


def picture(sheet: Sheet, *, numbers: bool = False, strong: tuple[str, ...] = (), compact: bool = False) -> Figure | None:
    """Draw the whole computation; None when it would not fit.

    `numbers` puts values forward and gradients backward on a computation graph's wires; `strong` names stand out (a network then
    shows its weights' names alone, to keep the path clear).
    """
    if sheet.spec.network is not None:
        return _network(sheet, sheet.spec.network, strong, compact)
    return _graph(sheet, numbers, strong)


def _network(sheet: Sheet, network: Network, strong: tuple[str, ...], compact: bool) -> Figure:
    neurons = [neuron for layer in network.layers for neuron in layer]
    names = [name for neuron in neurons for name in neuron.weights]
    values = {name: value for name in names if (value := sheet.value(name)) is not None}
    offsets = {n.bias: value for n in neurons if n.bias and (value := sheet.value(n.bias)) is not None}
    weights, biases = (values, offsets) if not strong else ({}, {})
    target = sheet.spec.targets[0] if len(sheet.spec.targets) == 1 else None

    def draw(numbers: Mapping[str, Expr]) -> Drawing:
        return network_drawing(
            network,
            weights={name: numbers[name] for name in weights} or None,
            biases={name: numbers[name] for name in biases} or None,
            loss=sheet.graph.loss,
            target=target,
            strong=strong,
            compact=compact,
            style=sheet.style,
        )

    numbers = {**weights, **biases}
    known = sheet.layouts
    drawing = (known and known.relabel(("network", strong, compact), numbers, draw)) or draw(numbers)
    sizes = ", ".join(str(len(layer)) for layer in (network.inputs, *network.layers))
    outputs = ", ".join(neuron.output for neuron in network.layers[-1])
    return Figure(
        drawing,
        sheet.words.say(
            "A network with layers of {sizes} units, from {inputs} to {outputs}.",
            sizes=sizes,
            inputs=", ".join(network.inputs),
            outputs=outputs,
        ),
    )


def _graph(sheet: Sheet, numbers: bool, strong: tuple[str, ...]) -> Figure | None:
    graph, evaluation = sheet.graph, sheet.evaluation
    used = {graph.loss, *evaluation.derivation.consumers}
    nodes = tuple(
        GraphNode(name, _operands(quantity.definition), Sym(name), operation(quantity.definition))
        for name, quantity in graph.quantities.items()
        if name in used
    )
    forward: dict[str, Expr] = {}
    backward: dict[str, Expr] = {}
    if numbers and not has_samples(graph) and evaluation.exact is None:
        from derivgen.maths.numbers import shown

        forward = {node.name: value for node in nodes if (value := sheet.value(node.name)) is not None}
        backward = {
            node.name: shown(evaluation.adjoints[node.name][0], evaluation.number_format)
            for node in nodes
            if node.name in evaluation.adjoints and node.name in forward
        }
    known = sheet.layouts if not (forward or backward) else None

    def draw(numbers: Mapping[str, Expr]) -> Drawing | None:
        return graph_drawing(nodes, forward=forward, backward=backward, strong=strong, style=sheet.style)

    drawing = draw({}) if known is None else known.relabel(("graph", strong), {}, draw)
    if drawing is None:
        return _graph(sheet, False, strong) if forward or backward else None
    leaves = ", ".join(node.name for node in nodes if not node.operands)
    return Figure(drawing, sheet.words.say("The computation graph from {leaves} to {loss}.", leaves=leaves, loss=graph.loss))


def _operands(definition: Expr | None) -> tuple[str, ...]:
    """The operands in the order of writing, a repeated one as often as it is written (at most twice)."""
    if definition is None:
        return ()
    from derivgen.maths.differentiate import occurrences
    from derivgen.maths.tree import symbols

    return tuple(name for name in symbols(definition) for _ in range(min(2, occurrences(definition, name))))


def operation(definition: Expr | None) -> str:
    """Return the sign of a definition that is a single operation on names; empty where it is more."""
    if definition is None:
        return ""
    from derivgen.maths.tree import Num, children

    if not all(isinstance(part, (Sym, Num)) for part in children(definition)):
        if not isinstance(definition, Sum) or len(definition.terms) != 2:
            return ""
        return "-" if all(isinstance(term.arg if isinstance(term, Neg) else term, Sym) for term in definition.terms) else ""
    if isinstance(definition, Power):
        return f"^{definition.exponent.value}" if isinstance(definition.exponent, Num) else "^"
    if isinstance(definition, Call):
        return definition.written or definition.function
    signs: dict[type[Expr], str] = {Sum: "+", Product: "*", Quotient: "/", Neg: "-", Reduce: "", Cases: ""}
    return signs.get(type(definition), "")
