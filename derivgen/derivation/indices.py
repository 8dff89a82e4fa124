"""What the formulas in index notation follow from: one form of ∂C/∂a for every output, one of the loss, layers by activation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.derive import Derivation
from derivgen.derivation.matrices import Layered, layered
from derivgen.derivation.network_arrays import network_arrays
from derivgen.frozen import dataclass
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Call, Expr, Neg, Num, Product, Quotient, Reduce, Sum, Sym, substitute, symbols

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
    reduce: str | None
    summand: Expr


@dataclass(frozen=True)
class General:
    """A layered network of which one formula speaks for all units of a layer.

    `slope` is ∂C/∂a of an output in the slots, one sample's share without its 1/n (`reduce` says whether it has one); `factor` is
    κ where ∂C/∂z comes to κ (a - y), `shares` says that it does so because the targets add up to 1.
    """

    layered: Layered
    activations: tuple[Activation, ...]
    biased: tuple[bool, ...]
    targets: tuple[str, ...]
    slope: Expr
    reduce: str | None
    factor: Fraction | None
    shares: bool
    loss: LossForm | None

    @property
    def depth(self) -> int:
        """How many layers there are."""
        return len(self.activations)


def general(derivation: Derivation) -> General | None:
    """Return what the formulas follow from; None without layers, or where the loss is no sum over the outputs of one form."""
    made = layered(derivation)
    if made is None or _mixed(made) or _touched(derivation, made):
        return None
    graph = derivation.graph
    outputs = made.layers[-1].outputs
    targets = target_names(derivation)
    locals_ = [derivation.locals.get((graph.loss, name)) for name in outputs]
    found = [local for local in locals_ if local is not None]
    if len(found) < len(outputs) or len({local.reduce for local in found}) > 1:
        return None
    slopes = [local.derivative for local in found]
    slope = _one_form([(each,) for each in slopes], outputs, targets)
    if slope is None or not _speaks_of(slope[0], derivation):
        return None
    arrays = network_arrays(derivation)
    factor, shares = (arrays.difference() if arrays is not None else None) or (None, False)
    return General(
        made,
        tuple(_activation(derivation, made, place) for place in range(len(made.layers))),
        tuple(layer.bias is not None for layer in made.layers),
        targets,
        slope[0],
        found[0].reduce,
        factor,
        shares,
        _loss_form(derivation, outputs, targets),
    )


def target_names(derivation: Derivation) -> tuple[str, ...]:
    """Return the target of each output: as declared, else what the derivative by each output names besides.

    The result is empty if there is none.
    """
    graph = derivation.graph
    network = graph.spec.network
    assert network is not None
    outputs = tuple(neuron.output for neuron in network.layers[-1])
    for declared in (network.targets, graph.spec.targets):
        if len(declared) == len(outputs):
            return declared
    locals_ = [derivation.locals.get((graph.loss, name)) for name in outputs]
    named = [[n for n in symbols(local.derivative) if n not in outputs] if local is not None else [] for local in locals_]
    if len(outputs) == 1:
        own = [name for name in named[0] if graph.per_sample(name) or graph.quantities[name].role in ("input", "target")]
        return tuple(own) if len(own) == 1 else ()
    each = [[name for name in names if not all(name in others for others in named)] for names in named]
    found = tuple(names[0] for names in each if len(names) == 1)
    return found if len(dict.fromkeys(found)) == len(outputs) else ()


def _mixed(made: Layered) -> bool:
    """Whether units of one layer differ: some with a bias and some without."""
    return any(len({neuron.bias is None for neuron in layer.neurons}) > 1 for layer in made.layers)


def _touched(derivation: Derivation, made: Layered) -> bool:
    """Whether the loss itself names something below the outputs: a weight, a bias, a hidden unit."""
    own = set(derivation.graph.operands(derivation.graph.loss))
    below = [name for layer in made.layers for name in layer.nets if name not in made.layers[-1].outputs]
    below += [name for layer in made.layers[:-1] for name in layer.outputs]
    return not own.isdisjoint((*below, *made.places))


def _one_form(groups: list[tuple[Expr, ...]], outputs: tuple[str, ...], targets: tuple[str, ...]) -> tuple[Expr, ...] | None:
    """The same expressions of every output in its slots, or None where they differ or speak of another output."""
    forms = []
    for k, group in enumerate(groups):
        held = {outputs[k]: Sym(OUTPUT), **({targets[k]: Sym(TARGET)} if targets else {})}
        forms.append(tuple(substitute(each, lambda s, held=held: held.get(s.name, s)) for each in group))  # type: ignore[misc]
    others = {*outputs, *targets}
    alike = all(form == forms[0] for form in forms)
    return forms[0] if alike and not any(name in others for each in forms[0] for name in symbols(each)) else None


def _speaks_of(slope: Expr, derivation: Derivation) -> bool:
    """Whether a slope names nothing but the output, the target and what is the same for all samples."""
    graph = derivation.graph
    return all(name in (OUTPUT, TARGET) or (name in graph.quantities and not graph.per_sample(name)) for name in symbols(slope))


def _activation(derivation: Derivation, made: Layered, place: int) -> Activation:
    layer = made.layers[place]
    definition = derivation.graph.quantities[layer.outputs[0]].definition
    if layer.net is None:
        return Activation("none")
    if not isinstance(definition, Call) or definition.function == LINEAR:
        return Activation("linear")
    return Activation("softmax" if definition.function == "softmax" else "function", definition.function, definition.written)


def _loss_form(derivation: Derivation, outputs: tuple[str, ...], targets: tuple[str, ...]) -> LossForm | None:
    """The loss as a constant times a sum over the outputs; None where it is written in another way."""
    definition = derivation.graph.quantities[derivation.graph.loss].definition
    assert definition is not None
    constant, reduce, body = _peeled(definition)
    groups: dict[int, list[Expr]] = {}
    for term in body.terms if isinstance(body, Sum) and len(outputs) > 1 else (body,):
        own = [k for k, name in enumerate(outputs) if name in symbols(term)]
        own = own or [k for k, name in enumerate(targets) if name in symbols(term)]
        if len(own) != 1:
            return None
        groups.setdefault(own[0], []).append(term)
    if sorted(groups) != list(range(len(outputs))):
        return None
    form = _one_form([tuple(groups[k]) for k in range(len(outputs))], outputs, targets)
    if form is None:
        return None
    return LossForm(constant, reduce, form[0] if len(form) == 1 else Sum(form))


def _peeled(expr: Expr) -> tuple[Fraction, str | None, Expr]:
    """An expression's constant factor, its mean or sum over the samples, and what is left."""
    constant, reduce = Fraction(1), None
    while True:
        if isinstance(expr, Neg):
            constant, expr = -constant, expr.arg
        elif isinstance(expr, Reduce) and reduce is None:
            reduce, expr = expr.kind, expr.body
        elif isinstance(expr, Quotient) and isinstance(under := tidy(expr.under), Num) and under.value:
            constant, expr = constant / under.value, expr.over
        elif isinstance(expr, Product) and (rest := _without_numbers(expr)) is not None:
            constant, expr = constant * rest[0], rest[1]
        else:
            return constant, reduce, expr


def _without_numbers(expr: Product) -> tuple[Fraction, Expr] | None:
    """A product's numbers and its other factors; None where it has no numbers, or nothing else."""
    numbers = [each for each in map(tidy, expr.factors) if isinstance(each, Num)]
    others = tuple(factor for factor in expr.factors if not isinstance(tidy(factor), Num))
    if not numbers or not others:
        return None
    constant = Fraction(1)
    for each in numbers:
        constant *= each.value
    return constant, others[0] if len(others) == 1 else Product(others)


def grouped(made: General, layers: tuple[int, ...]) -> Iterator[tuple[Activation, tuple[int, ...]]]:
    """Yield the layers (numbers from 1) by activation, in the order in which each activation is first met."""
    kinds = dict.fromkeys(made.activations[number - 1] for number in layers)
    for kind in kinds:
        yield kind, tuple(number for number in layers if made.activations[number - 1] == kind)
