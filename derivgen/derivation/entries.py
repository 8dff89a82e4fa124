"""A derivation with arrays entry by entry: each entry a scalar by its name on the board (`W_23`), of a sample `a[2]`.

It is read off the index form by interpreting that in arrays of formulas. Variants are drawn, judged and verified on it, many at a
time, by what does so with scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import islice, product
from types import MappingProxyType
from typing import Any

from derivgen.derivation.arrays import ArrayDerivation
from derivgen.derivation.derive import Derivation, derive
from derivgen.errors import Place, Problem, SpecError
from derivgen.frozen import replace
from derivgen.graph import build
from derivgen.maths.array_values import Field, Numbers, numpy
from derivgen.maths.index_form import times
from derivgen.maths.interpret import Environment, deep_recursion, interpret
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Axis,
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Pi,
    Power,
    Prime,
    Quotient,
    Sum,
    Sym,
    walk,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.model import ArrayValue, Draw, Equation, Random, Spec, Value

MOST = 4_000
"""With more entries than this nothing is drawn."""
LONGEST = 400
"""The most nodes that the formula of one entry may have."""
MOST_BY_MINORS = 3
LOW = Sym("-inf")
"""Minus infinity: what stands above the diagonal of `causal`."""


def entry_name(name: str, indices: Sequence[int], sample: int | None = None) -> str:
    """Return what an entry is called, its indices counted from 0.

    >>> entry_name("W", (1, 2)), entry_name("W", (9, 2)), entry_name("p", (2,), 0), entry_name("a", (), 1)
    ('W_23', 'W_10_3', 'p_3[1]', 'a[2]')
    """
    numbers = [str(index + 1) for index in indices]
    below = ("_" if any(len(number) > 1 for number in numbers) else "").join(numbers)
    whole = f"{name}_{below}" if below else name
    return whole if sample is None else f"{whole}[{sample + 1}]"


@kept_with_owner
def entrywise(derivation: ArrayDerivation) -> Derivation:
    """Return the derivation with a scalar for each entry. Raises SpecError for one that is too large."""
    with deep_recursion():
        return derive(build(scalar_spec(derivation)))


def scalar_spec(derivation: ArrayDerivation) -> Spec:
    """Return the same spec in scalars, an equation for each entry; what is drawn and asked for goes by entries, too."""
    spec = derivation.spec
    _check_size(derivation)
    names = {name: _names(derivation, name) for name in derivation.shapes}
    known: dict[str, Any] = {name: _symbols(names[name]) for name in derivation.shapes if name not in derivation.definitions}
    places = {name: place for each in spec.equations for name, place in zip(each.names, each.places, strict=True)}
    equations: list[Equation] = []
    for name, definition in derivation.definitions.items():
        env = Environment(known, derivation.library)
        field = interpret(definition.body, env, OF_FORMULAS)
        array = numpy().broadcast_to(_in_order(field, definition.axes), names[name].shape).copy()
        for at in product(*map(range, array.shape)):
            if array[at] is not LOW and array[at] != Sym(names[name][at]):  # of `vectors: {x: [x_1, x_2]}` they are the same
                _check_length(name, array[at], places[name])
                equations.append(Equation((names[name][at],), (places[name],), array[at]))
            if array[at] is not LOW:
                array[at] = Sym(names[name][at])
        known[name] = array
    listed = {
        name: tuple(entry for entry, symbol in zip(names[name].flat, known[name].flat, strict=True) if symbol is not LOW)
        for name in derivation.shapes
    }
    groups = {name: entries for name, entries in listed.items() if entries != (name,)} | _samples_of_entries(derivation)
    return replace(
        spec,
        equations=tuple(equations),
        parameters=_all(listed, spec.parameters),
        inputs=_all(listed, spec.inputs),
        targets=_all(listed, spec.targets),
        constants=MappingProxyType({}),
        open_constants=_all(listed, (*spec.open_constants, *spec.constants)),
        values=MappingProxyType(_values(derivation, names)),
        wrt=_all(listed, [name for name, _ in derivation.wanted.values()]),
        random=_random(spec, listed, groups),
        data=None,
        arrays=None,
        notation=replace(spec.notation, shorthands=()),
        source=spec,
    )


def _check_size(derivation: ArrayDerivation) -> None:
    count = 0
    for name in derivation.shapes:
        shape = derivation.full_shape(name)
        if not all(isinstance(size, int) for size in shape):
            raise SpecError(
                Problem(f"{name} has no numbers: its size is only named", hint="variants need sizes that are numbers")
            )
        count += reduce(lambda a, b: a * int(b), shape, 1)
    if count > MOST:
        raise SpecError(Problem(f"{count:,} entries in all are too many for variants; {MOST:,} are the most"))


def _check_length(name: str, formula: Expr, place: Place) -> None:
    if sum(1 for _ in islice(walk(formula), LONGEST + 1)) > LONGEST:
        message = f"an entry of {name} is too long a formula for variants to be drawn"
        raise SpecError(Problem(message, place, "give parts of it names of their own, an equation for each"))


def _names(derivation: ArrayDerivation, name: str) -> Any:
    """Return the names of a quantity's entries as an array, a sample's axis first."""
    shape, sampled = derivation.full_shape(name), derivation.per_sample(name)
    found = numpy().empty(shape, dtype=object)
    for at in product(*(range(int(size)) for size in shape)):
        found[at] = entry_name(name, at[1:], at[0]) if sampled else entry_name(name, at)
    return found


def _symbols(names: Any) -> Any:
    found = numpy().empty(names.shape, dtype=object)
    for at in product(*map(range, names.shape)):
        found[at] = Sym(names[at])
    return found


def _in_order(field: Field, axes: tuple[Axis, ...]) -> Any:
    order = [field.axes.index(axis) for axis in axes if axis in field.axes]
    return field.array.transpose(order).reshape([axis.size if axis in field.axes else 1 for axis in axes])


def _all(listed: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry for name in names for entry in listed.get(name, ())))


def _samples_of_entries(derivation: ArrayDerivation) -> dict[str, tuple[str, ...]]:
    """Return for each entry of a vector per sample, by its own name, those of all samples."""
    found = {}
    for name, shaped in derivation.shapes.items():
        if shaped.sampled and isinstance(derivation.samples, int):
            for at in product(*(range(int(size)) for size in shaped.shape)):
                found[entry_name(name, at)] = tuple(entry_name(name, at, sample) for sample in range(derivation.samples))
    return found


def _values(derivation: ArrayDerivation, names: Mapping[str, Any]) -> dict[str, Value]:
    """Return the numbers that are given, as they are written, by entries."""
    spec = derivation.spec
    arrays: Mapping[str, ArrayValue] = spec.arrays.values if spec.arrays is not None else {}
    found = {
        name: value for name, value in (*spec.constants.items(), *spec.values.items()) if name not in arrays and name in names
    }
    for name, array in arrays.items():
        found |= dict(zip(names[name].flat, array.numbers, strict=True)) if name in names else {}
    if spec.data is not None and spec.data.rows is not None:
        for place, column in enumerate(spec.data.columns):
            found |= {entry_name(column, (), sample): row[place] for sample, row in enumerate(spec.data.rows)}
    return found


def _random(spec: Spec, listed: Mapping[str, tuple[str, ...]], groups: Mapping[str, tuple[str, ...]]) -> Random | None:
    """Return what is drawn by entries; an entry that is drawn by itself is none of its array's."""
    if spec.random is None:
        return None
    alone = dict.fromkeys(name for draw in spec.random.draws for name in draw.names if name not in listed)

    def entries(draw: Draw) -> tuple[str, ...]:
        return tuple(e for name in draw.names for e in listed.get(name, (name,)) if name in alone or e not in alone)

    draws = tuple(replace(draw, names=entries(draw)) for draw in spec.random.draws)
    return replace(spec.random, draws=draws, groups=MappingProxyType(dict(groups)))


def _plus(a: Expr, b: Expr) -> Expr:
    if LOW in (a, b):
        return LOW
    terms = (*(a.terms if isinstance(a, Sum) else (a,)), *(b.terms if isinstance(b, Sum) else (b,)))
    kept = tuple(term for term in terms if term != ZERO)
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else ZERO


def _times(a: Expr, b: Expr) -> Expr:
    if LOW in (a, b):
        return ZERO if ZERO in (a, b) else LOW
    return times(a, b)


def _over(a: Expr, b: Expr) -> Expr:
    return LOW if a == LOW else ZERO if a == ZERO else a if b == ONE else Quotient(a, b)


def _exponential(a: Expr) -> Expr:
    return ZERO if a == LOW else Call("exp", (a,), "exp")


class Formulas(Numbers):
    """Arrays of formulas in the names of entries."""

    adding = staticmethod(_plus)
    multiplying = staticmethod(_times)
    dividing = staticmethod(_over)
    raising = staticmethod(lambda a, b: Power(a, b))
    negating = staticmethod(lambda a: tidy(Neg(a)))

    def number(self, value: Any) -> Field:
        """Return a number as a formula."""
        return self.field(Num(Fraction(value)))

    def cases(self, expr: Any, env: Environment) -> Field:
        """Return the cases of each entry."""
        pieces = [
            interpret(part, env, self) for condition, piece in expr.pieces for part in (condition.left, condition.right, piece)
        ]
        ops = [condition.op for condition, _ in expr.pieces]

        def made(otherwise: Expr, *parts: Expr) -> Expr:
            triples = zip(ops, parts[::3], parts[1::3], parts[2::3], strict=True)
            return Cases(tuple((Compare(op, left, right), piece) for op, left, right, piece in triples), otherwise)

        return self.over(made, interpret(expr.otherwise, env, self), *pieces)

    def call(self, expr: Call | Prime, args: Sequence[Field], env: Environment) -> Field:
        """Return a function of the table in every entry."""
        del env
        assert isinstance(expr, Call)
        function = expr.function

        def call(*parts: Expr) -> Expr:
            if LOW in parts:
                return _exponential(LOW) if function in {"exp", "sigmoid", "relu"} else LOW
            return Call(function, parts, expr.written)

        return self.over(call, *args)

    @property
    def zero(self) -> Any:
        """Return 0."""
        return ZERO

    @property
    def low(self) -> Any:
        """Return minus infinity."""
        return LOW

    def blocks(self, expr: Any, env: Environment) -> tuple[Callable[[Any], Any], tuple[int, ...]]:
        """Return what a function makes of an array of formulas, and the shape of that. Raises SpecError for a large inverse."""
        if expr.function in {"inv", "det"} and expr.formals[0].size > MOST_BY_MINORS:
            size = expr.formals[0].size
            raise SpecError(
                Problem(f"nothing is drawn where {expr.function} of a {size}×{size} matrix stands", hint="of 3×3 it may")
            )
        return super().blocks(expr, env)

    def whole_softmax(self, a: Any) -> Any:
        """Return exp(z_k) / Σ exp(z_j) of a vector."""
        powers = [_exponential(each) for each in a]
        total = reduce(_plus, powers)
        return self._filled([ONE if power == total else _over(power, total) for power in powers])

    def whole_log_softmax(self, a: Any) -> Any:
        """Return the logarithms of a softmax's components."""
        return self._filled([LOW if each == ZERO else Call("ln", (each,), "ln") for each in self.whole_softmax(a)])

    def whole_max(self, a: Any) -> Any:
        """Return the largest entry."""
        return Call("max", tuple(a.flat), "max") if a.size > 1 else a.flat[0]

    def whole_min(self, a: Any) -> Any:
        """Return the smallest entry."""
        return Call("min", tuple(a.flat), "min") if a.size > 1 else a.flat[0]

    def whole_var(self, a: Any) -> Any:
        """Return the mean of the squared deviations."""
        count = Num(Fraction(a.size))
        mean = Quotient(reduce(_plus, a.flat), count)
        return Quotient(Sum(tuple(Power(Sum((each, Neg(mean))), Num(Fraction(2))) for each in a.flat)), count)

    def whole_det(self, a: Any) -> Any:
        """Return the determinant by its first row's minors."""
        if len(a) == 1:
            return a[0, 0]
        terms = (_times(a[0, j], self.whole_det(_minor(a, 0, j))) for j in range(len(a)))
        return reduce(_plus, (tidy(Neg(term)) if j % 2 else term for j, term in enumerate(terms)))

    def whole_inv(self, a: Any) -> Any:
        """Return the inverse: cofactors over the determinant."""
        det, size = self.whole_det(a), len(a)
        found = numpy().empty(a.shape, dtype=object)
        for i, j in product(range(size), repeat=2):
            cofactor = self.whole_det(_minor(a, j, i)) if size > 1 else ONE
            found[i, j] = Quotient(tidy(Neg(cofactor)) if (i + j) % 2 else cofactor, det)
        return found


def _minor(a: Any, row: int, column: int) -> Any:
    return numpy().delete(numpy().delete(a, row, axis=0), column, axis=1)


def _pi(expr: Pi, env: Environment, algebra: Any) -> Field:
    del env
    return algebra.field(expr)


Formulas.rules = MappingProxyType({**Numbers.rules, Pi: _pi})
OF_FORMULAS = Formulas()
