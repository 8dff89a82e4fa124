"""Whole arrays of doubles at once, for those so large that exact numbers take too long."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from math import erf
from types import MappingProxyType
from typing import Any

from derivgen.maths.arithmetic import COMPARISONS, DomainError
from derivgen.maths.array_values import Field, Numbers, aligned, numpy
from derivgen.maths.interpret import Algebra, Environment
from derivgen.maths.tree import Axis, Call, Prime


class Doubles(Numbers):
    """Fields of doubles, for arrays so large that exact numbers take too long."""

    kind = float
    adding = staticmethod(operator.add)
    multiplying = staticmethod(operator.mul)
    dividing = staticmethod(operator.truediv)
    raising = staticmethod(operator.pow)
    negating = staticmethod(operator.neg)

    @property
    def zero(self) -> Any:
        """Return 0."""
        return 0.0

    @property
    def low(self) -> Any:
        """Return minus infinity."""
        return float("-inf")

    def number(self, value: Any) -> Field:
        """Return a number as a field without axes."""
        return Field(numpy().asarray(float(value)), ())

    def over(self, work: Callable[..., Any], *fields: Field) -> Field:
        """Return what a function of whole arrays makes of fields."""
        arrays, axes = aligned(fields)
        return Field(numpy().asarray(work(*arrays)), axes)

    def compare(self, op: str, a: Field, b: Field) -> Field:
        """Return the truth of a comparison, entry by entry."""
        return self.over(COMPARISONS[op], a, b)

    def choose(self, truth: Field, yes: Field, no: Field) -> Field:
        """Return `yes` where the truth holds, else `no`."""
        return self.over(numpy().where, truth, yes, no)

    def extreme(self, args: Sequence[Field], largest: bool) -> Field:
        """Return the largest or the smallest of several."""
        return reduce(lambda a, b: self.over(numpy().maximum if largest else numpy().minimum, a, b), args)

    def share(self, args: Sequence[Field], slot: int, largest: bool, first: bool = False) -> Field:
        """Return the derivative of max or min by one argument."""
        best = self.extreme(args, largest)
        ties = [self.compare("==", arg, best) for arg in args]
        if first:
            taken = reduce(self.add, ties[:slot]) if slot else self.number(0)
            return self.over(lambda t, before: 1.0 * (t & (before == 0)), ties[slot], taken)
        return self.over(lambda t, *others: t / sum(1.0 * each for each in others), ties[slot], *ties)

    def call(self, expr: Call | Prime, args: Sequence[Field], env: Environment) -> Field:
        """Return a function of the table in every entry."""
        return Algebra.call(self, expr, args, env)

    def summed(self, field: Field, axes: Iterable[Axis]) -> Field:
        """Return Σ over some axes that the field has."""
        axes = tuple(axes)
        places = tuple(field.axes.index(axis) for axis in axes)
        return Field(numpy().asarray(field.array.sum(axis=places)), tuple(a for a in field.axes if a not in axes))

    def contracted(self, fields: list[Field], axes: tuple[Axis, ...]) -> Field:
        """Return Σ over the axes of the product of fields."""
        every = tuple(dict.fromkeys(axis for field in fields for axis in field.axes))
        left = tuple(axis for axis in every if axis not in axes)
        letter = {axis: place for place, axis in enumerate(every)}
        parts = [part for field in fields for part in (field.array, [letter[axis] for axis in field.axes])]
        return Field(numpy().einsum(*parts, [letter[axis] for axis in left], optimize=True), left)

    def whole_softmax(self, a: Any) -> Any:
        """Return exp(z_k) / Σ exp(z_j) of a vector."""
        powers = numpy().exp(a - a.max())
        return powers / powers.sum()

    def whole_log_softmax(self, a: Any) -> Any:
        """Return z_k - ln Σ exp(z_j) of a vector."""
        top = a.max()
        return a - top - numpy().log(numpy().exp(a - top).sum())

    def whole_max(self, a: Any) -> Any:
        """Return the largest entry."""
        return a.max()

    def whole_min(self, a: Any) -> Any:
        """Return the smallest entry."""
        return a.min()

    def shares(self, a: Any, largest: bool, first: bool) -> Any:
        """Return the derivative of the largest (or smallest) entry by each."""
        ties = a == (a.max() if largest else a.min())
        if first:
            only = numpy().zeros(a.shape)
            only.flat[int(ties.argmax())] = 1.0
            return only
        return ties / ties.sum()

    def whole_var(self, a: Any) -> Any:
        """Return the mean of the squared deviations."""
        return a.var()

    def whole_inv(self, a: Any) -> Any:
        """Return the inverse. Raises DomainError for a singular matrix."""
        try:
            return numpy().linalg.inv(a)
        except numpy().linalg.LinAlgError:
            raise DomainError("the inverse of a singular matrix") from None

    def whole_det(self, a: Any) -> Any:
        """Return the determinant."""
        return numpy().linalg.det(a)


def _of_doubles(name: str) -> Callable[[Field], Field]:
    return lambda x: Field(numpy().asarray(getattr(numpy(), name)(x.array)), x.axes)


def _erf(x: Field) -> Field:
    return Field(numpy().asarray(numpy().vectorize(erf, otypes=[float])(x.array)), x.axes)


Doubles.functions = MappingProxyType(
    {
        **{key: _of_doubles(name) for key, name in (("exp", "exp"), ("ln", "log"), ("sqrt", "sqrt"), ("sin", "sin"))},
        **{key: _of_doubles(name) for key, name in (("cos", "cos"), ("tanh", "tanh"), ("atan", "arctan"))},
        "binary log": _of_doubles("log2"),
        "common log": _of_doubles("log10"),
        "erf": _erf,
    }
)
DOUBLE_ARRAYS = Doubles()
