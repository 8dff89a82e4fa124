"""Kinds of definitions: names replaced by slots, so that each kind is differentiated once and SymPy is asked once.

A dense layer of any width has the same few kinds: `_1*_2` by `_1`, `_1*_2` by `_2`, `_1` by `_1`, `sig(_1)` by `_1`, ….
"""

from __future__ import annotations

from collections.abc import Mapping

from derivgen.frozen import dataclass, replace
from derivgen.graph import Quantity, term_index
from derivgen.maths.differentiate import Rules, depends, differentiate, occurrences, plus, times
from derivgen.maths.functions import Library
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    Call,
    Expr,
    Neg,
    Num,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    number,
    rebuild,
    substitute,
    symbols,
    walk,
)

COUNT = "@n"
REST = "@rest"


@dataclass(frozen=True, slots=True)
class Part:
    """One derivative to be believed: `expr` by the slot `by` is `derivative`.

    `outputs` says which call each output slot stands for, `held` which mean or sum each slot stands for that is held fixed.
    """

    expr: Expr
    by: str
    derivative: Expr
    outputs: tuple[tuple[str, Expr], ...] = ()
    held: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class PatternDerivative:
    """The derivative of a kind of definition by one slot, as the rules give it (`raw`) and tidied.

    `reduce` (`mean`, `sum`) says that the operand runs over samples and the definition does not: the derivative by one sample's
    value is then `derivative`, for a mean divided by the number of samples. `parts` are the single derivatives it is made of:
    per piece the outer one (by a mean or sum as a whole, if any) and the inner one.
    """

    raw: Expr
    derivative: Expr
    reduce: str | None
    pieces: tuple[tuple[Part | None, str | None, Part], ...]
    occurrences: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A definition's relevant terms with slots for names, and what stands in each slot."""

    expr: Expr
    by: str
    names: tuple[tuple[str, Expr], ...]
    outputs: tuple[str, ...]
    per_sample: tuple[bool, ...]

    @property
    def key(self) -> tuple:
        """Return what makes two definitions of the same kind."""
        return self.expr, self.by, self.outputs, self.per_sample


class PatternIndex:
    """Finds the terms of a definition in which a name occurs and puts slots for their names.

    Each sum is indexed once, each term gets its slots once, so that a wide definition costs its length once.
    """

    def __init__(self) -> None:
        self._indexes: dict[int, tuple[Sum, dict[str, tuple[int, ...]]]] = {}
        self._slotted: dict[int, tuple[Expr, Expr, tuple[tuple[str, Expr], ...]]] = {}
        self._same: dict[Expr, Expr] = {}

    def terms(self, expr: Expr, name: str) -> Expr:
        """Return the expression without the terms that do not depend on the name (their derivative is 0)."""
        if isinstance(expr, Sum):
            kept = [self.terms(expr.terms[k], name) for k in self._index(expr).get(name, ())]
            return kept[0] if len(kept) == 1 else Sum(tuple(kept))
        if isinstance(expr, (Neg, Reduce)):
            return rebuild(expr, lambda part: self.terms(part, name))
        if isinstance(expr, Product):
            return self._product(expr, name)
        if isinstance(expr, Quotient) and not depends(expr.under, name):
            return Quotient(self.terms(expr.over, name), expr.under)
        return expr

    def _product(self, expr: Product, name: str) -> Expr:
        holding = [k for k, factor in enumerate(expr.factors) if not isinstance(factor, Sym) and depends(factor, name)]
        if len(holding) != 1 or any(isinstance(factor, Sym) and factor.name == name for factor in expr.factors):
            return expr
        k = holding[0]
        return Product((*expr.factors[:k], self.terms(expr.factors[k], name), *expr.factors[k + 1 :]))

    def _index(self, expr: Sum) -> dict[str, tuple[int, ...]]:
        if id(expr) not in self._indexes:
            self._indexes[id(expr)] = expr, term_index(expr)
        return self._indexes[id(expr)][1]

    def slots(self, expr: Expr) -> tuple[Expr, tuple[tuple[str, Expr], ...]]:
        """Return the expression with a slot `_1`, `_2`, … for each name, and the name in each slot.

        Slots are numbered in the order in which the names first appear.
        """
        known = self._slotted.get(id(expr))
        if known is None:
            slots = {name: Sym(f"_{place}") for place, name in enumerate(symbols(expr), 1)}
            made = substitute(expr, lambda symbol: slots[symbol.name])
            names = tuple((slot.name, Sym(name)) for name, slot in slots.items())
            known = self._slotted[id(expr)] = expr, self._same.setdefault(made, made), names
        return known[1], known[2]


def pattern_of(consumer: Quantity, operand: str, quantities: Mapping[str, Quantity], forms: PatternIndex) -> Pattern:
    """Return the part of a definition that depends on the operand, with slots for its names.

    Slots are numbered in the order in which the names first appear.
    """
    assert consumer.definition is not None
    if isinstance(consumer.definition, Call) and consumer.definition.component is not None and _plain(consumer.definition):
        return _softmax(consumer, operand, quantities)
    expr = forms.terms(consumer.definition, operand)
    made, names = forms.slots(expr)
    by = next(slot for slot, name in names if name.name == operand)  # type: ignore[attr-defined]
    flags = (consumer.per_sample, *[quantities[name.name].per_sample for _, name in names])  # type: ignore[attr-defined]
    if not (isinstance(expr, Call) and expr is consumer.definition):
        return Pattern(made, by, names, (), flags)
    outputs = tuple(f"@f{k}" for k in range(len(consumer.outputs)))
    named = tuple((slot, Sym(name)) for slot, name in zip(outputs, consumer.outputs, strict=False))
    return Pattern(made, by, (*names, *named), outputs, flags)


def _plain(call: Call) -> bool:
    names = [arg.name for arg in call.args if isinstance(arg, Sym)]
    return len(dict.fromkeys(names)) == len(call.args)


def _softmax(consumer: Quantity, operand: str, quantities: Mapping[str, Quantity]) -> Pattern:
    """Softmax of any width has two kinds: an output by its own argument, and by another one; the rest is one constant."""
    call = consumer.definition
    assert isinstance(call, Call) and call.component is not None
    names = [arg.name for arg in call.args if isinstance(arg, Sym)]
    slot = names.index(operand)
    own = Call("exp", (Sym("_1"),), "exp")
    others = [k for k in range(len(names)) if k not in (slot, call.component)]
    rest = plus([Call("exp", (Sym(names[k]),), "exp") for k in others])
    filled: list[tuple[str, Expr]] = [
        ("_1", Sym(names[call.component])),
        (REST, rest),
        ("@f0", Sym(consumer.outputs[call.component])),
    ]
    terms: tuple[Expr, ...] = (own, Sym(REST))
    if slot != call.component:
        filled += [("_2", Sym(operand)), ("@f1", Sym(consumer.outputs[slot]))]
        terms = (own, Call("exp", (Sym("_2"),), "exp"), Sym(REST))
    flags = (consumer.per_sample, quantities[operand].per_sample)
    return Pattern(Quotient(own, Sum(terms)), "_1" if slot == call.component else "_2", tuple(filled), ("@f0", "@f1"), flags)


def differentiate_pattern(form: Pattern, operand_per_sample: bool, library: Library) -> PatternDerivative:
    """Differentiate a pattern by its slot."""
    if REST in dict(form.names):
        return _softmax_derivative(form)
    reduces = tuple(dict.fromkeys(node for node in walk(form.expr) if isinstance(node, Reduce)))
    if not reduces:
        part, raw = _part(form.expr, form.by, library, form.outputs)
        return PatternDerivative(raw, part.derivative, None, ((None, None, part),), occurrences(form.expr, form.by))
    return _through_reduces(form, reduces, operand_per_sample, library)


def _softmax_derivative(form: Pattern) -> PatternDerivative:
    own = Sym("@f0")
    formula = Product((own, Sum((ONE, Neg(own))))) if form.by == "_1" else Neg(Product((own, Sym("@f1"))))
    total = form.expr.under  # type: ignore[attr-defined]
    outputs = [("@f0", form.expr)]
    if form.by == "_2":
        outputs.append(("@f1", Quotient(Call("exp", (Sym("_2"),), "exp"), total)))
    part = Part(form.expr, form.by, formula, tuple(outputs))
    return PatternDerivative(formula, formula, None, ((None, None, part),), 1)


def _part(expr: Expr, by: str, library: Library, outputs: tuple[str, ...] = ()) -> tuple[Part, Expr]:
    raw = differentiate(expr, by, Rules(library, expr if outputs else None, tuple(Sym(name) for name in outputs)))
    values = tuple(
        (name, Call(expr.function, expr.args, expr.written, k if len(outputs) > 1 else expr.component))
        for k, name in enumerate(outputs)
        if isinstance(expr, Call)
    )
    return Part(expr, by, tidy(raw), values), raw


def _through_reduces(form: Pattern, reduces: tuple[Reduce, ...], operand_per_sample: bool, library: Library) -> PatternDerivative:
    """Outer derivative by each mean or sum as a whole, times the inner one below it; what stands outside them is added."""
    pieces: list[tuple[Part | None, str | None, Part]] = []
    terms: list[tuple[str | None, Expr]] = []
    held = {f"@r{place}": reduce for place, reduce in enumerate(reduces)}
    frozen = _frozen(form.expr, held)
    for slot, reduce in held.items():
        if not depends(reduce, form.by):
            continue
        outer, outer_raw = _part(frozen, slot, library)
        inner, inner_raw = _part(reduce.body, form.by, library)
        pieces.append((replace(outer, held=tuple(held.items())), reduce.kind, inner))
        terms.append((reduce.kind, times(_thawed(outer_raw, held), inner_raw)))
    if depends(frozen, form.by):
        outside, raw = _part(frozen, form.by, library)
        pieces.append((None, None, replace(outside, held=tuple(held.items()))))
        terms.append((None, _thawed(raw, held)))
    raw, reduce_kind = _combined(terms, operand_per_sample)
    return PatternDerivative(raw, tidy(raw), reduce_kind, tuple(pieces), occurrences(form.expr, form.by))


def _combined(terms: list[tuple[str | None, Expr]], operand_per_sample: bool) -> tuple[Expr, str | None]:
    if not operand_per_sample:
        return plus([term if kind is None else Reduce(kind, term) for kind, term in terms]), None
    kinds = {kind: None for kind, _ in terms}
    if len(kinds) == 1:
        return plus([term for _, term in terms]), terms[0][0]
    return plus([times(Quotient(ONE, Sym(COUNT)), term) if kind == "mean" else term for kind, term in terms]), "sum"


def _frozen(expr: Expr, held: Mapping[str, Reduce]) -> Expr:
    """The expression with a slot for each mean or sum that is held as one value."""
    for slot, reduce in held.items():
        if expr == reduce:
            return Sym(slot)
    return rebuild(expr, lambda part: _frozen(part, held))


def _thawed(expr: Expr, held: Mapping[str, Reduce]) -> Expr:
    return substitute(expr, lambda symbol: held.get(symbol.name, symbol))


def filled(expr: Expr, names: tuple[tuple[str, Expr], ...], count: int | str) -> Expr:
    """Return a slotted expression with its names put back."""
    if isinstance(expr, Num):
        return expr
    if isinstance(expr, Sym) and expr.name != COUNT:
        return next((name for slot, name in names if slot == expr.name), expr)
    held = dict(names)
    held[COUNT] = number(count) if isinstance(count, int) else Sym(count)
    return substitute(expr, lambda symbol: held.get(symbol.name, symbol))
