"""What the formulas in index notation follow from: one form of ∂C/∂a for every output, one of the loss, layers by activation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.compact_forms import split_number
from derivgen.derivation.derive import Derivation
from derivgen.derivation.matrices import Layered
from derivgen.derivation.network_arrays import SAMPLES, TARGETS, NetworkArrays, network_arrays
from derivgen.frozen import dataclass
from derivgen.maths.index_form import elements, free
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Axis,
    Block,
    Call,
    Contract,
    Delta,
    Element,
    Expr,
    Quotient,
    Sym,
    holds_any,
    rebuild,
    substitute,
    symbols,
)

OUTPUT, TARGET = "@a", "@y"
"""The slots for the output and its target in a form."""

LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Activation:
    """What the units of a layer apply to their net input. `kind` is `none` (no net input of its own), `linear`, `softmax` or
    `function`, then with its `key` and how its author `written` it."""

    kind: str
    key: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class LossForm:
    """C = constant · (mean or sum over the samples of) Σ_k summand, the summand in the slots of one output and its target."""

    constant: Fraction
    reduce: str
    summand: Expr


@dataclass(frozen=True)
class General:
    """A layered network of which one formula speaks for all units of a layer.

    `slope` is ∂C/∂a of an output in the slots, one sample's share without its 1/n (`averaged` says whether it has one); `factor`
    is κ where ∂C/∂z comes to κ (a - y), `shares` says that it does so because the targets add up to 1.
    """

    layered: Layered
    activations: tuple[Activation, ...]
    biased: tuple[bool, ...]
    slope: Expr
    averaged: bool
    factor: Fraction | None
    shares: bool
    loss: LossForm | None

    @property
    def depth(self) -> int:
        """How many layers there are."""
        return len(self.activations)


def general(derivation: Derivation) -> General | None:
    """Return what the formulas follow from; None without layers, or where the loss is no sum over the outputs of one form."""
    arrays = network_arrays(derivation)
    if arrays is None or _mixed(arrays.layered) or not _of_outputs_alone(arrays):
        return None
    made, (factor, shares) = arrays.layered, arrays.difference() or (None, False)
    output = made.layers[-1].outputs[0]
    local = derivation.locals.get((derivation.graph.loss, output))
    if local is None or _in_slots(arrays.loss_slope()[0], arrays) is None:
        return None
    slots = {output: OUTPUT, **dict.fromkeys(made.targets[:1], TARGET)}
    slope = substitute(local.derivative, lambda symbol: Sym(slots.get(symbol.name, symbol.name)))
    return General(
        made,
        tuple(_activation(derivation, made, place) for place in range(len(made.layers))),
        tuple(layer.bias is not None for layer in made.layers),
        slope,
        local.reduce == "mean" and made.batch,
        factor,
        shares,
        _loss_form(arrays),
    )


def _mixed(made: Layered) -> bool:
    """Whether units of one layer differ: some with a bias and some without."""
    return any(len({neuron.bias is None for neuron in layer.neurons}) > 1 for layer in made.layers)


def _of_outputs_alone(arrays: NetworkArrays) -> bool:
    """Whether the loss itself names nothing below the outputs: no weight, no bias, no hidden unit."""
    body = arrays.derivation.definitions[arrays.derivation.loss].body
    names = {arrays.output, TARGETS}
    return all(each.name in names for each in elements(body)) and arrays.layered.places.keys().isdisjoint(symbols(body))


def _in_slots(expr: Expr, arrays: NetworkArrays) -> Expr | None:
    """Return what holds for one output in its slots; None where it speaks of another output or of anything else of a sample."""
    graph, slots = arrays.layered.derivation.graph, {arrays.output: OUTPUT, TARGETS: TARGET}
    if len({each.indices[-1] for each in elements(expr)}) > 1 or holds_any(expr, (Contract, Delta, Block)):
        return None

    def slotted(part: Expr) -> Expr:
        return Sym(slots[part.name]) if isinstance(part, Element) else rebuild(part, slotted)

    found = slotted(expr)
    return None if any(name in graph.quantities and graph.per_sample(name) for name in symbols(found)) else found


def _activation(derivation: Derivation, made: Layered, place: int) -> Activation:
    layer = made.layers[place]
    definition = derivation.graph.quantities[layer.outputs[0]].definition
    if layer.net is None:
        return Activation("none")
    if not isinstance(definition, Call) or definition.function == LINEAR:
        return Activation("linear")
    return Activation("softmax" if definition.function == "softmax" else "function", definition.function, definition.written)


def _loss_form(arrays: NetworkArrays) -> LossForm | None:
    """The loss as a constant times a sum over the outputs; None where it is written in another way."""
    expr = arrays.derivation.definitions[arrays.derivation.loss].body
    constant, mean, axes = Fraction(1), False, tuple[Axis, ...]()
    while True:
        number, expr = split_number(expr)
        constant *= number
        if isinstance(expr, Contract):
            axes, expr = (*axes, *expr.axes), expr.body
        elif isinstance(expr, Quotient) and tidy(expr.under) == Sym(SAMPLES) and not mean:
            mean, expr = True, expr.over
        elif number == 1:
            break
    summand = _in_slots(expr, arrays) if set(axes) == set(free(expr)) else None
    return None if summand is None else LossForm(constant, "mean" if mean else "sum", summand)


def grouped(made: General, layers: tuple[int, ...]) -> Iterator[tuple[Activation, tuple[int, ...]]]:
    """Yield the layers (numbers from 1) by activation, in the order in which each activation is first met."""
    kinds = dict.fromkeys(made.activations[number - 1] for number in layers)
    for kind in kinds:
        yield kind, tuple(number for number in layers if made.activations[number - 1] == kind)
