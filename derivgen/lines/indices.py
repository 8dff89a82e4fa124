"""A layered network in index notation: one formula for all units of a layer, derived from the loss and the activations.

Each line stands for an equality of every layer and unit it speaks of; the checks write them all out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivgen.derivation.indices import OUTPUT, TARGET, Activation, General, general, grouped
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.index_letters import Letters, by, letters
from derivgen.lines.notation import has_samples, one_over_count, sample_count
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import OUTPUT as VALUE
from derivgen.maths.functions import bound
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    ONE,
    Call,
    Cases,
    Compare,
    Expr,
    Indexed,
    IndexedPartial,
    Labelled,
    Layer,
    Neg,
    Num,
    Prime,
    Product,
    Quotient,
    Sum,
    SumOver,
    Sym,
    number,
    substitute,
)

LOOKED_UP = "looked up: error"
ERROR = "error"


@dataclass(frozen=True)
class Formulas:
    """The lines, by the part of the block in which they stand."""

    definitions: tuple[Equality, ...]
    functions: tuple[Equality, ...]
    last: tuple[Equality, ...]
    below: tuple[Equality, ...]


def index_formulas(evaluation: Evaluation) -> IndexFormulas | None:
    """Return the lines of a network in index notation; None where it or its loss cannot be said in it."""
    made = general(evaluation.derivation)
    return None if made is None else IndexFormulas(made, letters(made))


def index_lines(evaluation: Evaluation) -> Iterator[Equality]:
    """Yield every line of the block, for the checks."""
    made = index_formulas(evaluation)
    if made is not None:
        found = made.formulas()
        yield from (*found.definitions, *found.functions, *found.last, *found.below)


class IndexFormulas:
    """The lines of one network in index notation, and the parts they are put together from."""

    def __init__(self, made: General, chosen: Letters):
        self.made, self.letters = made, chosen
        self.graph = made.layered.derivation.graph
        self.loss = Sym(self.graph.loss)
        self.depth = made.depth
        self.all = tuple(range(1, made.depth + 1))

    def formulas(self) -> Formulas:
        """Return all lines."""
        return Formulas(
            tuple(self.definitions()), tuple(self.functions()), tuple(self.last()), tuple(self.below()) if self.depth > 1 else ()
        )

    # --- what everything means ------------------------------------------------------------------------------------------------

    def definitions(self) -> Iterator[Equality]:
        """Yield z = Σ w a + b, a = g(z), C = Σ …"""
        write = self.letters
        for kinds in self._by_form():
            layer = Layer(write.running, 0, kinds)
            weighted = Product((write.at("weight", layer, write.to, write.source), self.output(layer.below(), write.source)))
            total: Expr = write.total(write.source, layer.below(), weighted)
            if self.made.biased[kinds[0] - 1]:
                total = Sum((total, write.at("bias", layer, write.to)))
            yield equality((LineKind.INDEX_NET,), self.top(layer), total, reason=self.only(kinds, self.all, write.running))
        for kind, layers in grouped(self.made, self.all):
            if kind.kind != "none":
                layer = Layer(write.running, 0, layers)
                reason = self.only(layers, self.all, write.running)
                yield equality(
                    (LineKind.INDEX_OUTPUT,), self.output(layer, write.to), self._activated(kind, layer), reason=reason
                )
        inputs = self.output(Layer(""), write.source), write.at("input", None, write.source)
        yield equality((LineKind.INDEX_INPUTS,), *inputs)
        yield from self._loss()

    def _by_form(self) -> tuple[tuple[int, ...], ...]:
        """Return the layers that have a net input and a bias alike."""
        forms = [(self.made.activations[n - 1].kind == "none", self.made.biased[n - 1]) for n in self.all]
        return tuple(tuple(n for n in self.all if forms[n - 1] == form) for form in dict.fromkeys(forms))

    def _activated(self, kind: Activation, layer: Layer) -> Expr:
        write = self.letters
        net = write.at("net", layer, write.to)
        if kind.kind == "softmax":
            powers = [Call("exp", (write.at("net", layer, index),), "exp") for index in (write.to, write.out)]
            return Quotient(powers[0], write.total(write.out, layer, powers[1]))
        return self.applied(kind, net) if kind.kind == "function" else net

    def _loss(self) -> Iterator[Equality]:
        """C = 1/n Σ over the samples of Σ over the outputs"""
        form, write = self.made.loss, self.letters
        if form is None:
            return
        layer = Layer(write.layer, 0, (self.depth,))
        total: Expr = write.total(write.out, layer, self.filled(form.summand, write.out, layer))
        if has_samples(self.graph):
            total = SumOver(self.graph.index, sample_count(self.graph), total)
            total = chain((one_over_count(self.graph), total)) if form.reduce == "mean" else total
        yield equality((LineKind.INDEX_LOSS,), self.loss, chain((Num(form.constant), total)))

    def functions(self) -> Iterator[Equality]:
        """Yield g(z) = ReLU(z) = its pieces, and g'(z) likewise."""
        library = self.graph.library
        for kind, layers in grouped(self.made, self.all):
            if kind.kind != "function":
                continue
            net = self.letters.at("net", Layer(self.letters.running, 0, layers), self.letters.to, bare=True)
            names = library.arguments(kind.key, (net,))
            value, call = library.value(kind.key), self.applied(kind, net)
            slope = bound(derivative_formula(library, kind.key, 0), {**names, VALUE: call})
            spelled = None if value is None else bound(value, names)
            renamed = kind.key in self.graph.spec.notation.names
            known = None if renamed else Call(kind.key, (net,), kind.written)
            meant = equality((LineKind.INDEX_FUNCTION,), call, known, spelled)
            if len(meant.sides) > 1:
                yield meant
            yield equality((LineKind.INDEX_SLOPE,), self.primed(kind, net), slope)

    # --- the last layer -------------------------------------------------------------------------------------------------------

    def last(self) -> Iterator[Equality]:
        """Yield ∂C/∂a, ∂C/∂w, ∂C/∂b of the last layer."""
        write, layer = self.letters, Layer(self.letters.layer, 0, (self.depth,))
        slope = self.filled(self.made.slope, write.out, layer)
        shared = (one_over_count(self.graph),) if self.averaged else ()
        yield equality((LineKind.INDEX_SLOPE_OF_THE_LOSS,), by(self.loss, self.output(layer, write.out)), chain((*shared, slope)))
        if self.kind(layer).kind == "softmax":
            yield from self.softmax(layer)
        known = self.kind(layer).kind != "softmax" or self.made.factor is not None
        yield from self.parameters(layer, self._last_forms(layer), self.averaged and known)

    def _last_forms(self, layer: Layer) -> tuple[tuple[Expr, ...], ...]:
        """∂C/∂z as factors, in one form after the other."""
        write, kind = self.letters, self.kind(layer)
        slope, output = self.filled(self.made.slope, write.to, layer), self.output(layer, write.to)
        net = write.at("net", layer, write.to)
        forms: list[tuple[Expr, ...]] = [(slope,)]
        if kind.kind == "softmax":
            forms = [] if self.made.factor is not None else [(by(self.loss, net),)]
        elif kind.kind == "function":
            worked = self.textbook(kind, net, output)
            forms = [(slope, self.primed(kind, net)), *([(slope, worked)] if worked is not None else [])]
        return (*forms, *([self.difference(layer)] if self.made.factor is not None and kind.kind != "linear" else []))

    def softmax(self, layer: Layer) -> Iterator[Equality]:
        """Yield ∂a_k/∂z_m in its two cases, and ∂C/∂z_m, to which every output contributes."""
        write = self.letters
        net, own, other = write.at("net", layer, write.to), self.output(layer, write.to), self.output(layer, write.out)
        same = Compare("==", Indexed("index", write.out), Indexed("index", write.to))
        through = Cases(((same, Product((own, Sum((ONE, Neg(own)))))),), Neg(Product((other, own))))
        yield equality((LineKind.INDEX_SOFTMAX,), by(other, net), through, reason=Reason("softmax, through its own outputs"))
        slope, slopes = by(self.loss, own), by(self.loss, other)
        chained = write.total(write.out, layer, Product((slopes, by(other, net))))
        inner = Sum((slope, Neg(write.total(write.out, layer, Product((slopes, other))))))
        sides: list[Expr] = [by(self.loss, net), chained, Product((own, inner))]
        reason = None
        if layer.offset == 0 and layer.among == (self.depth,):
            step = self._shares(layer)
            sides += [step] if step is not None else []
            if self.made.factor is not None:
                sides.append(chain((*((one_over_count(self.graph),) if self.averaged else ()), *self.difference(layer))))
                reason = Reason("the targets add up to 1") if self.made.shares else None
        yield equality((LineKind.INDEX_SOFTMAX_ERROR,), *sides, reason=reason)

    def _shares(self, layer: Layer) -> Expr | None:
        """a_m Σ_k y_k - y_m, where ∂C/∂a is -y/a."""
        write = self.letters
        if self.made.slope != Neg(Quotient(Sym(TARGET), Sym(OUTPUT))):
            return None
        total = write.total(write.out, layer, write.at("target", None, write.out))
        whole = Sum((Product((self.output(layer, write.to), total)), Neg(write.at("target", None, write.to))))
        return chain(((one_over_count(self.graph),) if self.averaged else ()) + (whole,))

    # --- every layer ----------------------------------------------------------------------------------------------------------

    def parameters(
        self, layer: Layer, forms: tuple[tuple[Expr, ...], ...], averaged: bool, reason: Reason | None = None
    ) -> Iterator[Equality]:
        """Yield ∂C/∂w = its chain = ∂C/∂z in its forms times the output below; ∂C/∂b the same without that."""
        write, top = self.letters, self.top(layer)
        below = self.output(layer.below(), write.source)
        for role, indices, more in (("weight", (write.to, write.source), (below,)), ("bias", (write.to,), ())):
            if role == "bias" and not self.made.biased[layer.among[0] + layer.offset - 1]:
                continue
            what = write.at(role, layer, *indices)
            sides = [self.samples((*form, *more), averaged) for form in self._named(forms, role)]
            yield equality(
                (LineKind.INDEX_GRADIENT, role),
                by(self.loss, what),
                self.added(*self.steps(layer), by(top, what)),
                *sides,
                reason=reason,
            )

    def _named(self, forms: tuple[tuple[Expr, ...], ...], role: str) -> Iterator[tuple[Expr, ...]]:
        """In the line of the bias the error is looked up: the weight's line has worked it out."""
        for form in forms:
            yield tuple(
                Labelled(each.content, each.label, LOOKED_UP if role == "bias" else ERROR) if isinstance(each, Labelled) else each
                for each in form
            )

    # --- the layers below -----------------------------------------------------------------------------------------------------

    def below(self) -> Iterator[Equality]:
        """Yield ∂C/∂a of layer L - 1 from the errors of layer L, then ∂C/∂w and ∂C/∂b of layer L - 1."""
        write = self.letters
        above = tuple(range(self.depth, 1, -1))
        for _, layers in grouped(self.made, above):
            layer = Layer(write.layer, 0, layers)
            yield self._handed_down(layer, self.only(layers, above, write.layer))
        for kind, layers in grouped(self.made, tuple(at - 1 for at in above)):
            numbers = tuple(at + 1 for at in layers)
            layer = Layer(write.layer, 0, numbers).below()
            if kind.kind == "softmax":
                yield from self.softmax(layer)
            for biased in dict.fromkeys(self.made.biased[at - 1] for at in layers):
                alike = tuple(at for at in numbers if self.made.biased[at - 2] == biased)
                part = Layer(write.layer, -1, alike)
                yield from self.parameters(part, ((self.boxed(part, ERROR),),), False, self.only(alike, above, write.layer))

    def _handed_down(self, layer: Layer, reason: Reason | None) -> Equality:
        """∂C/∂a_n = Σ_m ∂C/∂a_m ∂a_m/∂z_m ∂z_m/∂a_n = Σ_m [∂C/∂a_m g'(z_m)] w_mn"""
        write = self.letters
        what = self.output(layer.below(), write.source)
        chained = Product((*self.steps(layer), by(self.top(layer), what)))
        weight = write.at("weight", layer, write.to, write.source)
        worked = Product((self.boxed(layer, LOOKED_UP), weight))
        left = by(self.loss, what)
        sides = (write.total(write.to, layer, chained), write.total(write.to, layer, worked))
        return equality((LineKind.INDEX_OUTPUT_BELOW,), left, *sides, reason=reason)

    # --- parts of lines ------------------------------------------------------------------------------------------------------

    def size(self, layer: int) -> int:
        """Return how many units a layer has; layer 0 are the inputs."""
        layers = self.made.layered.layers
        return len(layers[layer - 1].neurons) if layer else len(layers[0].neurons[0].sources)

    def top(self, layer: Layer) -> Indexed:
        """Return what ∂z/∂w starts from: the net input, or the output of a layer without one."""
        role = "output" if self.kind(layer).kind == "none" else "net"
        return self.letters.at(role, layer, self.letters.to)

    def kind(self, layer: Layer) -> Activation:
        """Return the activation of the layers that a formula speaks of (one for all of them)."""
        return self.made.activations[layer.among[0] + layer.offset - 1]

    def output(self, layer: Layer, index: str) -> Indexed:
        """Return a_m"""
        return self.letters.at("output", layer, index)

    def error(self, layer: Layer) -> Indexed:
        """Return δ_m"""
        return self.letters.at("error", layer, self.letters.to)

    def called(self, kind: Activation) -> str:
        """Return the name of an activation: g where there is only one and it is of the table, else its own."""
        own = {each for each in self.made.activations if each.kind == "function"}
        table = not self.graph.library.is_own(kind.key)
        return "g" if len(own) == 1 and table and "g" not in self.graph.quantities else kind.written

    def applied(self, kind: Activation, net: Expr) -> Call:
        """Return g(z)"""
        return Call(kind.key, (net,), self.called(kind))

    def primed(self, kind: Activation, net: Expr) -> Prime:
        """Return g'(z)"""
        return Prime(kind.key, (net,), self.called(kind))

    def textbook(self, kind: Activation, net: Expr, value: Expr) -> Expr | None:
        """Write g'(z) with the output, a (1 - a); None where the table's form is in pieces or the author's own."""
        function = self.graph.library[kind.key]
        if function.prime:
            return None
        formula = derivative_formula(self.graph.library, kind.key, 0)
        return bound(formula, {**self.graph.library.arguments(kind.key, (net,)), VALUE: value})

    def filled(self, expr: Expr, index: str, layer: Layer) -> Expr:
        """Put an output and its target into the slots of a form."""
        held = {OUTPUT: self.output(layer, index), TARGET: self.letters.at("target", None, index)}
        return substitute(expr, lambda symbol: held.get(symbol.name, symbol))

    def samples(self, factors: tuple[Expr, ...], averaged: bool = False) -> Expr:
        """Multiply and simplify; with samples 1/n in front, where it is `averaged`, and Σ, constants before it."""
        whole = chain(factors)
        if not has_samples(self.graph):
            return whole
        constant, rest = _constant(whole)
        total = SumOver(self.graph.index, sample_count(self.graph), rest)
        return chain((*((one_over_count(self.graph),) if averaged else ()), constant, total))

    def added(self, *factors: Expr) -> Expr:
        """Multiply without simplifying; with samples Σ of the product."""
        whole = factors[0] if len(factors) == 1 else Product(factors)
        return SumOver(self.graph.index, sample_count(self.graph), whole) if has_samples(self.graph) else whole

    @property
    def averaged(self) -> bool:
        """Return whether ∂C/∂a has the 1/n of a mean in it."""
        return self.made.averaged

    def only(self, layers: tuple[int, ...], among: tuple[int, ...], letter: str) -> Reason | None:
        """Return the layers a line is for as its reason, where they are not all that its section speaks of."""
        if layers == among:
            return None
        return Reason("for {letter} = {layers}", {"letter": letter, "layers": ", ".join(map(str, layers))})

    def steps(self, layer: Layer) -> tuple[IndexedPartial, ...]:
        """Return the chain from the loss to the layer's z, as partials."""
        output, top = self.output(layer, self.letters.to), self.top(layer)
        through = self.kind(layer).kind in ("linear", "function")
        return (by(self.loss, output), by(output, top)) if through else (by(self.loss, top),)

    def boxed(self, layer: Layer, words: str) -> Labelled:
        """Write ∂C/∂a g'(z) in its box: the error δ."""
        kind, net = self.kind(layer), self.letters.at("net", layer, self.letters.to)
        first = self.steps(layer)[0]
        content = Product((first, self.primed(kind, net))) if kind.kind == "function" else first
        return Labelled(content, self.error(layer), words)

    def difference(self, layer: Layer) -> tuple[Expr, ...]:
        """Return the factors of κ (a - y)"""
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
