"""Three independent methods for each gradient: our chain, the chain with SymPy's derivatives, differences of the forward pass.

All three evaluate expressions with the same interpreter (`maths.interpret`). What makes them independent is where their
derivatives come from: our rules, SymPy's, or none at all, since a difference (or a complex step, `checks.complex_step`) needs
values of the forward pass alone. A wrong rule is found by the other two, a path forgotten or counted twice by the third.

Second derivatives by two roads that know nothing of our steps: SymPy's of the whole loss, and differences of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from typing import Any, NamedTuple

from derivgen.checks.judgements import Judge
from derivgen.checks.kinks import kinks, touched
from derivgen.derivation.derive import Derivation, LocalDerivative
from derivgen.derivation.patterns import Part, PatternDerivative
from derivgen.evaluation import Evaluation, Values, backward
from derivgen.frozen import dataclass
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number, divide, multiply, near, precision, real
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.interpret import interpret
from derivgen.maths.symbolic import SymPy, derivative, form_of, names_in, sympy, value_of
from derivgen.maths.tree import Expr, Reduce, Sym, holds_any, substitute

DIGITS = 260
STEP = Fraction(1, 10**90)
FINER = (1, 3, 12)
SMALLEST = Fraction(1, 10**arithmetic.LARGEST_SLOPE)
NEAR = Fraction(1, 10**60)
TOLERANCE = Fraction(1, 10**20)
CHAIN_TOLERANCE = Fraction(1, 10**35)


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict on one derivative of a kind: `proved`, or `sampled` (equal at the values, not proved in general)."""

    part: Part
    verdict: str


class SympyMethod:
    """SymPy's derivative of each kind of definition, asked once per kind, in place of ours."""

    def __init__(self, derivation: Derivation, judge: Judge | None = None):
        self.graph = derivation.graph
        self.derivation = derivation
        self.judge = judge or Judge(derivation.graph.library)

    def proofs(self) -> tuple[Proof, ...]:
        """Return for every part of every kind whether SymPy proves the textbook form equal to its own derivative."""
        parts = dict.fromkeys(
            part for kind in self.derivation.kinds.values() for outer, _, inner in kind.pieces for part in (outer, inner) if part
        )
        return tuple(Proof(part, self.judge.judgement(part).verdict) for part in parts)

    def partials(self, evaluation: Evaluation) -> dict[tuple[str, str], Values]:
        """Return the value of every local derivative by SymPy's rules; on a kink, where the convention decides, ours.

        One whose form by SymPy has no value here (n x^n / x at 0) is left out.
        """
        ours = evaluation.partials
        on_kink = {(kink.quantity, name, kink.entry) for kink in kinks(evaluation) for name in kink.names}
        found = {}
        for key, local in self.derivation.locals.items():
            if key not in ours:
                continue
            conventional = [not on_kink.isdisjoint(((*key, None), (*key, k))) for k in range(len(ours[key]))]
            taken = {k: ours[key][k] for k, conventional_ in enumerate(conventional) if conventional_}
            numbers = self._numbers(local, evaluation.values, taken)
            if numbers is not None:
                found[key] = numbers
        return found

    def _numbers(self, local: LocalDerivative, values: Mapping[str, Values], taken: Mapping[int, Number]) -> Values | None:
        """Return the local derivative's values, those that a convention decides as they are taken."""
        per_sample = self.graph.per_sample(local.operand) or self.graph.per_sample(local.consumer)
        env = Environment(values, self.graph.library, self.graph.samples)
        names = dict(local.form.names)
        try:
            return tuple(
                taken[k or 0] if (k or 0) in taken else self._at(local.kind, names, env.at(k), local)
                for k in (range(self.graph.samples) if per_sample else (None,))
            )
        except (UnknownValueError, DomainError):
            return None

    def _at(self, kind: PatternDerivative, names: dict, env: Environment, local: LocalDerivative) -> Number:
        total: Number = Fraction(0)
        for outer, reduce, inner in kind.pieces:
            share = self._through(reduce, inner, names, env, local)
            total = arithmetic.add(total, share if outer is None else multiply(self._part(outer, names, env), share))
        return total

    def _through(self, reduce: str | None, inner: Part, names: dict, env: Environment, local: LocalDerivative) -> Number:
        """Return the inner derivative: at one sample with its 1/n, or added up over the samples."""
        if reduce is None:
            return self._part(inner, names, env)
        if self.graph.per_sample(local.operand):
            total = self._part(inner, names, env)
        else:
            shares = [self._part(inner, names, env.at(k)) for k in range(self.graph.samples)]
            total = arithmetic.add_up(shares)
        return divide(total, Fraction(self.graph.samples)) if reduce == "mean" else total

    def _part(self, part: Part, names: dict, env: Environment) -> Number:
        slope, held = self.judge.judgement(part).slope, dict(part.held)
        numbers = {}
        for slot in names_in(slope):
            expr = held[slot] if slot in held else names.get(slot)
            if expr is not None:
                numbers[slot] = evaluate(substitute(expr, lambda s: names.get(s.name, s)), env)
        return value_of(slope, numbers)

    def adjoints(self, evaluation: Evaluation) -> dict[str, Values]:
        """Return the gradients by this method."""
        return backward(self.derivation, self.partials(evaluation))


class _Moved(NamedTuple):
    """A name that is moved, what is worked out from it, and what of that sits on a kink by it: entries, None for all."""

    name: str
    behind: tuple[str, ...]
    on_kink: Mapping[str, Set[int | None]]


class DifferencesMethod:
    """Central differences of the forward pass alone, at 260 digits: (L(x + h) - L(x - h)) / 2h with h = 1e-90.

    They share nothing with the rules, but for one place: a quantity that sits on a kink, or within 1e-60 of one, where no
    difference says what the derivative is by convention. While a name is moved that moves it off the kink, its forward value is
    taken as the line that the local derivatives say: such a gradient is checked by convention, not by differences.
    """

    def __init__(self, evaluation: Evaluation):
        self.graph = evaluation.graph
        self.derivation = evaluation.derivation
        self.values = evaluation.values
        self.digits = evaluation.digits
        self.base: dict[str, Values] = {}
        self.partials = evaluation.partials
        self.kinks = kinks(evaluation, NEAR)

    def by_convention(self, name: str) -> bool:
        """Return whether a convention at a kink decides the gradient by this name."""
        return bool(touched(self.derivation, name, self.kinks))

    def gradient(self, name: str, ours: Values | None = None) -> Values | None:
        """Return the derivative of the loss by the name, one entry per sample where it runs over samples.

        None where the loss has no value a step away (x^1.5 at 0), be it one of h = 1e-1080. Where `ours` is another number, the
        step may have been too long for the function (sin(1e100 x)): the shorter one decides.
        """
        entries = range(self.graph.samples if self.graph.per_sample(name) else 1)
        moved = _Moved(name, tuple(each for each in self.derivation.behind((name,)) if each != name), self._on_kink(name))
        operands = (operand for each in moved.behind for operand in self.graph.operands(each))
        self._know((name, self.graph.loss, *moved.behind, *operands))
        found = None
        for finer in FINER:
            try:
                with arithmetic.precision(self._digits(moved) + DIGITS * (finer - 1)):
                    found = tuple(self._central(moved, entry, real(STEP**finer)) for entry in entries)
            except DomainError:
                continue
            if ours is None or agree(ours, found, TOLERANCE):
                break
        return found

    def second(self, by: str, first: str) -> Number | None:
        """Return ∂²loss/∂by∂first, of two names with one value: (L(++) - L(+-) - L(-+) + L(--)) / 4h² with h = 1e-60.

        None where the loss has no value a step away.
        """
        behind = tuple(each for each in self.derivation.behind((by, first)) if each not in (by, first))
        operands = (operand for each in behind for operand in self.graph.operands(each))
        self._know((by, first, self.graph.loss, *behind, *operands))
        step = real(Fraction(1, 10**60))
        total = real(0)
        try:
            with arithmetic.precision(self._digits(_Moved(by, behind, {}))):
                for one, other in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                    moves = {by: one * step, first: other * step} if by != first else {by: (one + other) * step}
                    total += one * other * self._moved(moves, behind)
        except DomainError:
            return None
        return total / (4 * step * step)

    def _moved(self, moves: Mapping[str, Number], behind: tuple[str, ...]) -> Number:
        values = {**self.base, **{name: (self.base[name][0] + h,) for name, h in moves.items()}}
        env = Environment(values, self.graph.library, self.graph.samples, still=self.base)
        for quantity in behind:
            values[quantity] = self._recomputed(quantity, env, frozenset())
        return real(values[self.graph.loss][0])

    def _on_kink(self, name: str) -> dict[str, set[int | None]]:
        """Return which entries of which quantities a name moves off a kink; None for all of them."""
        found: dict[str, set[int | None]] = {}
        for kink in touched(self.derivation, name, self.kinks):
            found.setdefault(kink.quantity, set()).add(kink.entry)
        return found

    def _know(self, names: Iterable[str]) -> None:
        """Work out the decimals of some values, each once; an exact 0 stays one, so that 0 ln 0 is known by it."""
        for name in names:
            if name not in self.base and name in self.values:
                exact_zero = [arithmetic.is_exact(number) and not number for number in self.values[name]]
                pairs = zip(self.values[name], exact_zero, strict=True)
                numbers = tuple(Fraction(0) if zero else real(number) for number, zero in pairs)
                self.base[name] = numbers * self.graph.samples if name in self.graph.bare and len(numbers) == 1 else numbers

    def _digits(self, moved: _Moved) -> int:
        """Return 260, or as many more as the work itself has, or as a step from a small value or beside large ones needs.

        A difference that is smaller than what it is taken of by three fifths of the digits counts as 0.
        """
        mag = arithmetic.context().mag
        least = min((mag(value) for value in self.base[moved.name] if value), default=0)
        most = max((mag(value) for name in (moved.name, *moved.behind) for value in self.base[name] if value), default=0)
        more = min(max(0, -least // 3), arithmetic.LARGEST_SLOPE) + max(0, most // 3)
        return DIGITS + self.digits - arithmetic.DIGITS + more * 5 // 3

    def _central(self, moved: _Moved, entry: int, step: Number) -> Number:
        size = abs(self.base[moved.name][entry])
        h = step * (max(size, real(SMALLEST)) if 0 < size < 1 else 1)
        above, below = (self._loss(moved, entry, move) for move in (h, -h))
        return (above - below) / (2 * h)

    def _loss(self, moved: _Moved, entry: int, h: Number) -> Number:
        changed = list(self.base[moved.name])
        changed[entry] = changed[entry] + h
        values = {**self.base, moved.name: tuple(changed)}
        env = Environment(values, self.graph.library, self.graph.samples, still=self.base)
        alone = {moved.name} if self.graph.per_sample(moved.name) else set()  # what moves in the one sample only
        for quantity in moved.behind:
            if self._moves_alone(quantity, moved, alone):
                alone.add(quantity)
            sample = entry if quantity in alone else None
            values[quantity] = self._recomputed(quantity, env, moved.on_kink.get(quantity, frozenset()), sample)
        return real(values[self.graph.loss][entry if self.graph.per_sample(self.graph.loss) else 0])

    def _moves_alone(self, quantity: str, moved: _Moved, alone: Set[str]) -> bool:
        """Return whether a quantity moves in one sample only: what it is worked out from does, and no mean or sum is in it."""
        definition = self.graph.quantities[quantity].definition
        moving = {moved.name, *moved.behind}.intersection(self.graph.operands(quantity))
        return (
            self.graph.per_sample(quantity)
            and moving <= alone
            and definition is not None
            and not holds_any(definition, (Reduce,))
        )

    def _recomputed(self, name: str, env: Environment, on_kink: Set[int | None], sample: int | None = None) -> Values:
        """Return a quantity's values anew, those of other samples than the given one as they were."""
        quantity = self.graph.quantities[name]
        assert quantity.definition is not None
        return tuple(
            self.base[name][k]
            if k is not None and sample not in (None, k)
            else self._line(name, k, env)
            if k in on_kink or None in on_kink
            else real(evaluate(quantity.definition, env if k is None else env.at(k)))
            for k in (range(self.graph.samples) if quantity.per_sample else (None,))
        )

    def _line(self, name: str, sample: int | None, env: Environment) -> Number:
        """Return the value at the kink plus the convention's slope times how far each operand has moved."""
        k = sample or 0
        total = self.base[name][k]
        for operand in self.graph.operands(name):
            if (name, operand) not in self.partials:
                continue
            slopes, before, now = self.partials[name, operand], self.base[operand], env.numbers[operand]
            if sample is None and self.graph.per_sample(operand):
                moves = [multiply(slopes[j], now[j] - before[j]) for j in range(self.graph.samples)]
                total = total + sum(moves[1:], moves[0])
            else:
                total = total + slopes[k % len(slopes)] * (now[k % len(now)] - before[k % len(before)])
        return total


def agree(ours: Values, other: Values, tolerance: Fraction) -> bool:
    """Return whether two gradients are equal within `tolerance · (1 + |gradient|)` in every entry."""
    return len(ours) == len(other) and all(near(a, b, tolerance) for a, b in zip(ours, other, strict=True))


MOST_OPERATIONS = 3_000
"""SymPy differentiates a loss of so many operations at most."""
SPARE = 4
"""Its derivative, which is not simplified, is worked out with so many times the digits: large terms may cancel in it."""


class _Flattened(SymPy):
    """SymPy expressions of some names alone: every quantity by its definition, every other name by its number."""

    def __init__(self, evaluation: Evaluation, free: tuple[str, ...]):
        super().__init__(lambda symbol: sympy().Symbol(symbol.name))
        self.evaluation, self.free = evaluation, free
        self._known: dict[tuple[str, int | None], Any] = {}

    def name(self, symbol: Sym, env: Environment) -> Any:
        """Return a name's symbol, its number, or what it is defined as, in the sample that is looked at."""
        if symbol.name in env.numbers:
            return env.numbers[symbol.name]
        graph = self.evaluation.graph
        key = (symbol.name, env.sample if graph.per_sample(symbol.name) else None)
        if key not in self._known:
            definition = graph.quantities[symbol.name].definition
            if symbol.name in self.free:
                self._known[key] = self.names(symbol)
            elif definition is not None:
                self._known[key] = interpret(definition, env.at(key[1]), self)
            else:
                self._known[key] = self.number(self.evaluation.values[symbol.name][key[1] or 0])
        return self._known[key]

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the sum of the body over all samples, written out."""
        return sympy().Add(*[interpret(body, env.at(sample), self) for sample in range(env.samples)])

    def mean(self, total: Any, samples: int) -> Any:
        """Return the sum divided by how many there are."""
        return total / samples


def second_by_sympy(evaluation: Evaluation, by: str, first: str) -> Number | None:
    """Return ∂²loss/∂by∂first by SymPy; None where the loss is too long for it, or it finds no number."""
    graph, s = evaluation.graph, sympy()
    algebra = _Flattened(evaluation, (by, first))
    env = Environment({}, graph.library, graph.samples, 0 if graph.samples == 1 else None)
    loss = algebra.name(Sym(graph.loss), env)
    if loss.count_ops() > MOST_OPERATIONS:
        return None
    slope = derivative(derivative(loss, s.Symbol(first)), s.Symbol(by)).replace(s.DiracDelta, lambda *args: s.Integer(0))
    try:
        with precision(SPARE * evaluation.digits):
            return value_of(form_of(slope), {name: evaluation.values[name][0] for name in (by, first)})
    except DomainError:
        return None
