"""What both ways of writing a network share: its inputs, activations, the names it makes, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from derivgen.errors import Place, Problems
from derivgen.maths.grammar import Vocabulary, function_hint
from derivgen.maths.tree import Call, Expr, Product, Sum, Sym
from derivgen.spec.equations import is_vector
from derivgen.spec.losses import Loss
from derivgen.spec.model import Equation, Network, Neuron, Value
from derivgen.spec.yaml_text import Scalar

MAX_CONNECTIONS = 40_000
LINEAR = "linear"


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
class Wiring:
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
    network: Network, loss: Loss, wiring: Wiring, values: Mapping[str, Value], place: Place, problems: Problems
) -> Built | None:
    """The network with its loss; None when a name was made twice."""
    wiring.take(loss.name, loss.place or place, problems)
    if wiring.collided:
        return None
    wiring.equations.append(Equation((loss.name,), (loss.place or place,), loss.body))
    whole = replace(network, loss_kind=loss.kind, targets=loss.targets)
    return Built(wiring.equations, whole, loss.name, network.inputs, loss.targets, {**values, **loss.values}, tuple(wiring.made))
