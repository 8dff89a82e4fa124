"""What formulas in index notation are put together from: ∂C/∂a, g'(z), the chain to z, the error δ in its box."""

from __future__ import annotations

from fractions import Fraction

from derivgen.derivation.indices import OUTPUT, TARGET, Activation, General
from derivgen.lines.equality import Reason
from derivgen.lines.index_letters import Letters, by
from derivgen.lines.paper import runs, share, upper
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import OUTPUT as VALUE
from derivgen.maths.functions import bound
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    Call,
    Expr,
    Indexed,
    IndexedPartial,
    Labelled,
    Layer,
    Neg,
    Num,
    Prime,
    Product,
    Sum,
    SumOver,
    Sym,
    number,
    substitute,
)


class Pieces:
    """What the lines of one network are put together from."""

    def __init__(self, made: General, chosen: Letters):
        self.made, self.letters = made, chosen
        self.graph = made.layered.derivation.graph
        self.loss = Sym(self.graph.loss)
        self.depth = made.depth
        self.all = tuple(range(1, made.depth + 1))

    def size(self, layer: int) -> int:
        """How many units a layer has; layer 0 are the inputs."""
        layers = self.made.layered.layers
        return len(layers[layer - 1].neurons) if layer else len(layers[0].neurons[0].sources)

    def top(self, layer: Layer) -> Indexed:
        """What ∂z/∂w starts from: the net input, or the output of a layer without one."""
        role = "output" if self.kind(layer).kind == "none" else "net"
        return self.letters.at(role, layer, self.letters.to)

    def kind(self, layer: Layer) -> Activation:
        """The activation of the layers that a formula speaks of (one for all of them)."""
        return self.made.activations[layer.among[0] + layer.offset - 1]

    def output(self, layer: Layer, index: str) -> Indexed:
        """a_m"""
        return self.letters.at("output", layer, index)

    def error(self, layer: Layer) -> Indexed:
        """δ_m"""
        return self.letters.at("error", layer, self.letters.to)

    def called(self, kind: Activation) -> str:
        """What an activation is called: g where there is only one and it is of the table, else by its own name."""
        own = {each for each in self.made.activations if each.kind == "function"}
        table = not self.graph.library.is_own(kind.key)
        return "g" if len(own) == 1 and table and "g" not in self.graph.quantities else kind.written

    def applied(self, kind: Activation, net: Expr) -> Call:
        """g(z)"""
        return Call(kind.key, (net,), self.called(kind))

    def primed(self, kind: Activation, net: Expr) -> Prime:
        """g'(z)"""
        return Prime(kind.key, (net,), self.called(kind))

    def textbook(self, kind: Activation, net: Expr, value: Expr) -> Expr | None:
        """g'(z) written with the output, a (1 - a); None where the table's form is in pieces or the author's own."""
        function = self.graph.library[kind.key]
        if function.prime:
            return None
        formula = derivative_formula(self.graph.library, kind.key, 0)
        return bound(formula, {**self.graph.library.arguments(kind.key, (net,)), VALUE: value})

    def filled(self, expr: Expr, index: str, layer: Layer) -> Expr:
        """A form with an output and its target in its slots."""
        held = {OUTPUT: self.output(layer, index), TARGET: self.letters.at("target", None, index)}
        return substitute(expr, lambda symbol: held.get(symbol.name, symbol))

    def samples(self, factors: tuple[Expr, ...], averaged: bool = False) -> Expr:
        """The product, simplified; with samples 1/n in front, where it is `averaged`, and Σ, constants before it."""
        whole = chain(factors)
        if not runs(self.graph):
            return whole
        constant, rest = _constant(whole)
        total = SumOver(self.graph.index, upper(self.graph), rest)
        return chain((*((share(self.graph),) if averaged else ()), constant, total))

    def added(self, *factors: Expr) -> Expr:
        """The product as it stands; with samples Σ of it."""
        whole = factors[0] if len(factors) == 1 else Product(factors)
        return SumOver(self.graph.index, upper(self.graph), whole) if runs(self.graph) else whole

    @property
    def averaged(self) -> bool:
        """Whether ∂C/∂a has the 1/n of a mean in it."""
        return self.made.reduce == "mean" and runs(self.graph)

    def only(self, layers: tuple[int, ...], among: tuple[int, ...], letter: str) -> Reason | None:
        """Which layers a line is for, where it is not for all that its section speaks of."""
        if layers == among:
            return None
        return Reason("for {letter} = {layers}", {"letter": letter, "layers": ", ".join(map(str, layers))})

    def steps(self, layer: Layer) -> tuple[IndexedPartial, ...]:
        """The chain from the loss to the layer's z, as partials."""
        output, top = self.output(layer, self.letters.to), self.top(layer)
        through = self.kind(layer).kind in ("linear", "function")
        return (by(self.loss, output), by(output, top)) if through else (by(self.loss, top),)

    def boxed(self, layer: Layer, words: str) -> Labelled:
        """∂C/∂a g'(z) in its box: the error δ."""
        kind, net = self.kind(layer), self.letters.at("net", layer, self.letters.to)
        first = self.steps(layer)[0]
        content = Product((first, self.primed(kind, net))) if kind.kind == "function" else first
        return Labelled(content, self.error(layer), words)

    def difference(self, layer: Layer) -> tuple[Expr, ...]:
        """κ (a - y)"""
        write = self.letters
        assert self.made.factor is not None
        return Num(self.made.factor), Sum((self.output(layer, write.to), Neg(write.at("target", None, write.to))))


def _constant(expr: Expr) -> tuple[Expr, Expr]:
    """A product's constant in front, and the rest."""
    if isinstance(expr, Neg):
        constant, rest = _constant(expr.arg)
        return chain((number(-1), constant)), rest
    if isinstance(expr, Product) and isinstance(expr.factors[0], Num):
        others = expr.factors[1:]
        return expr.factors[0], others[0] if len(others) == 1 else Product(others)
    return Num(Fraction(1)), expr
