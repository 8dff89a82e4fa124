"""The value of index form for whole arrays at once: exact numbers in object arrays, or doubles for large ones.

An expression's value is a `Field`: a NumPy array with an axis for each free index. NumPy is imported when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple

from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import EXACT
from derivgen.maths.functions import FIRST
from derivgen.maths.index_form import Rearrangement
from derivgen.maths.interpret import RULES, Algebra, Environment, interpret
from derivgen.maths.tree import Axis, Block, Call, Contract, Delta, Element, Expr, Index, Prime, Product
from derivgen.memo import READ_ONCE


class Field(NamedTuple):
    """An array, and the index that each of its axes stands for."""

    array: Any
    axes: tuple[Axis, ...]


@READ_ONCE
def numpy():
    """Return NumPy."""
    import numpy

    return numpy


@READ_ONCE
def minus_infinity() -> Number:
    """Return what stands above the diagonal before a causal softmax."""
    return arithmetic.context().mpf("-inf")


def is_infinite(value: Number) -> bool:
    """Return whether an entry is minus infinity."""
    return not arithmetic.is_exact(value) and value == minus_infinity()


def _add(a: Number, b: Number) -> Number:
    low = minus_infinity()
    return low if a is low or b is low else arithmetic.add(a, b)


def _plainly_added(a: Number, b: Number) -> Number:
    return _add(a, b) if type(a) is Fraction or type(b) is Fraction else a + b


def _plainly_multiplied(a: Number, b: Number) -> Number:
    return _multiply(a, b) if type(a) is Fraction or type(b) is Fraction else a * b


def _multiply(a: Number, b: Number) -> Number:
    low = minus_infinity()
    if a is low or b is low:
        other = b if a is low else a
        if arithmetic.is_exact(other) and not other:
            return other
        if other is low or other < 0:
            raise DomainError("minus infinity times a number that is not positive")
        return low
    return arithmetic.multiply(a, b)


def _divide(a: Number, b: Number) -> Number:
    return _multiply(a, arithmetic.divide(1, b)) if a is minus_infinity() else arithmetic.divide(a, b)


def _negative(a: Number) -> Number:
    if a is minus_infinity():
        raise DomainError("minus infinity taken off")
    return -a


def _scalar_call(expr: Call | Prime, env: Environment) -> Callable[..., Number]:
    """Return a function of the table, of one number for each argument; exp of minus infinity is 0, ln of 0 minus infinity."""
    low = minus_infinity()

    def call(*args: Number) -> Number:
        if args[0] is low:
            if expr.function in {"exp", "sigmoid", "relu"} and isinstance(expr, Call):
                return Fraction(0)
            raise DomainError(f"{expr.function} of minus infinity")
        if expr.function == "ln" and arithmetic.is_exact(args[0]) and not args[0] and isinstance(expr, Call):
            return low
        return EXACT.call(expr, args, env)

    return call


def aligned(fields: Sequence[Field]) -> tuple[list[Any], tuple[Axis, ...]]:
    """Return arrays that go together entry by entry, and the axes they have together."""
    axes = tuple(dict.fromkeys(axis for field in fields for axis in field.axes))
    return [_along(field, axes) for field in fields], axes


def _along(field: Field, axes: tuple[Axis, ...]) -> Any:
    """Return a field's array along more axes, of length 1 where it does not depend on one."""
    order = [field.axes.index(axis) for axis in axes if axis in field.axes]
    array = field.array.transpose(order) if order != list(range(len(order))) else field.array
    return array.reshape([axis.size if axis in field.axes else 1 for axis in axes])


def spread(field: Field, axes: tuple[Axis, ...]) -> Any:
    """Return a field's array along these axes in full."""
    return numpy().broadcast_to(_along(field, axes), [axis.size for axis in axes])


def labelled(array: Any, indices: Sequence[Index]) -> Field:
    """Return an array whose axes stand at these indices: one place of it, one axis, or one axis twice (its diagonal)."""
    for place in range(len(indices) - 1, -1, -1):
        index = indices[place]
        if isinstance(index, int):
            array = array.take(index, axis=place)
    left = [i for i in indices if isinstance(i, Axis)]
    while len(set(left)) < len(left):
        again = next(i for i in left if left.count(i) > 1)
        first, second = [place for place, i in enumerate(left) if i == again][:2]
        array = array.diagonal(axis1=first, axis2=second)
        left = [i for place, i in enumerate(left) if place not in (first, second)] + [again]
    return Field(numpy().asarray(array), tuple(left))


class Numbers(Algebra):
    """Fields of exact numbers; the arithmetic of single ones is that of `maths.arithmetic`."""

    kind: Any = object
    adding: Callable[..., Any] = staticmethod(_add)
    multiplying: Callable[..., Any] = staticmethod(_multiply)
    dividing: Callable[..., Any] = staticmethod(_divide)
    raising: Callable[..., Any] = staticmethod(arithmetic.power)
    negating: Callable[..., Any] = staticmethod(_negative)
    """The arithmetic of single entries, of which that of fields is made."""

    def field(self, array: Any, axes: tuple[Axis, ...] = ()) -> Field:
        """Return an array as a field, a single number as one without axes."""
        found = numpy().empty((), dtype=self.kind) if not isinstance(array, numpy().ndarray) else array
        if found is not array:
            found[()] = array
        return Field(found, axes)

    def number(self, value: Any) -> Field:
        """Return a number as a field without axes."""
        return self.field(value)

    def over(self, work: Callable[..., Any], *fields: Field) -> Field:
        """Return what a function of single numbers makes of fields."""
        arrays, axes = aligned(fields)
        return self.field(numpy().frompyfunc(work, len(arrays), 1)(*arrays), axes)

    def add(self, a: Field, b: Field) -> Field:
        """Return a + b."""
        return self.over(self.adding, a, b)

    def multiply(self, a: Field, b: Field) -> Field:
        """Return a · b."""
        return self.over(self.multiplying, a, b)

    def divide(self, a: Field, b: Field) -> Field:
        """Return a / b."""
        return self.over(self.dividing, a, b)

    def power(self, a: Field, b: Field) -> Field:
        """Return a^b."""
        return self.over(self.raising, a, b)

    def negative(self, a: Field) -> Field:
        """Return -a."""
        return self.over(self.negating, a)

    def compare(self, op: str, a: Field, b: Field) -> Field:
        """Return the truth of a comparison, entry by entry."""
        return self.over(lambda x, y: arithmetic.compare(op, x, y), a, b)

    def choose(self, truth: Field, yes: Field, no: Field) -> Field:
        """Return `yes` where the truth holds, else `no`."""
        return self.over(lambda t, x, y: x if t else y, truth, yes, no)

    def cases(self, expr: Any, env: Environment) -> Field:
        """Return the piece that applies in each entry; a piece that applies in none need not have a value."""
        truths, arrays = [], []
        for condition, piece in expr.pieces:
            truth = interpret(condition, env, self)
            if truth.array.any():
                truths.append(truth)
                arrays.append(interpret(piece, env, self))
                if truth.array.all():
                    break
        else:
            arrays.append(interpret(expr.otherwise, env, self))
        found = arrays[len(truths)] if len(arrays) > len(truths) else arrays[-1]
        for truth, piece in zip(reversed(truths), reversed(arrays[: len(truths)]), strict=True):
            found = self.choose(truth, piece, found)
        return found

    def call(self, expr: Call | Prime, args: Sequence[Field], env: Environment) -> Field:
        """Return a function of the table in every entry."""
        return self.over(_scalar_call(expr, env), *args)

    def summed(self, field: Field, axes: Iterable[Axis]) -> Field:
        """Return Σ over some axes that the field has."""
        array, left = field
        for axis in axes:
            place = left.index(axis)
            array = numpy().asarray(numpy().frompyfunc(self.adding, 2, 1).reduce(array, axis=place), dtype=object)
            left = left[:place] + left[place + 1 :]
        return Field(array, left)

    def contracted(self, fields: list[Field], axes: tuple[Axis, ...]) -> Field:
        """Return Σ over the axes of the product of fields, one axis after another, those with the smallest products first."""
        open_axes = list(axes)
        while open_axes:
            axis = min(open_axes, key=lambda each: self._cost(fields, each))
            open_axes.remove(axis)
            having = [field for field in fields if axis in field.axes]
            made = self.summed(reduce(self.multiply, having), (axis,))
            fields = [made, *(field for field in fields if axis not in field.axes)]
        return reduce(self.multiply, fields)

    @staticmethod
    def _cost(fields: Sequence[Field], axis: Axis) -> int:
        found = 1
        for other in dict.fromkeys(a for field in fields if axis in field.axes for a in field.axes):
            found *= int(other.size)
        return found

    def lines(
        self, field: Field, formals: tuple[Axis, ...], work: Callable[[Any], Any], shape: tuple[int, ...]
    ) -> tuple[Any, tuple[Axis, ...]]:
        """Return what `work` makes of the entries along the formals, for each place of the other axes; and these axes."""
        batch = tuple(axis for axis in field.axes if axis not in formals)
        array = spread(field, (*batch, *formals))
        sizes = [int(axis.size) for axis in batch]
        found = numpy().empty((*sizes, *shape), dtype=self.kind)
        for at in product(*map(range, sizes)):
            found[at] = work(array[at] if formals else numpy().asarray(array[at], dtype=self.kind))
        return found, batch

    def block(self, expr: Block, env: Environment) -> Field:
        """Return a function of a whole array."""
        made, shape = self.blocks(expr, env)
        field = interpret(expr.body, env, self)
        array, batch = self.lines(field, expr.formals, made, shape)
        return labelled(array, (*batch, *expr.indices))

    def blocks(self, expr: Block, env: Environment) -> tuple[Callable[[Any], Any], tuple[int, ...]]:
        """Return what a function makes of an array of single numbers, and the shape of that."""
        own = tuple(int(axis.size) for axis in expr.formals)
        name = expr.function
        if name in {"move", "spread"}:
            return _rearranging(expr.settings, name == "spread", self.zero, self.adding)
        if name in {"causal", "lower"}:
            other = self.low if name == "causal" else self.zero
            return (lambda a: _masked(a, other)), own
        if name in {"max share", "min share"}:
            first = env.library[name[:3]].ties == FIRST
            return (lambda a: self.shares(a, name[:3] == "max", first)), own
        shape = () if name in {"max", "min", "var", "det"} else own
        return getattr(self, f"whole_{name}"), shape

    @property
    def zero(self) -> Any:
        """Return 0."""
        return Fraction(0)

    @property
    def low(self) -> Any:
        """Return minus infinity."""
        return minus_infinity()

    def whole_softmax(self, a: Any) -> Any:
        """Return exp(z_k) / Σ exp(z_j) of a vector."""
        numbers = list(a)
        finite = [number for number in numbers if not is_infinite(number)]
        if not finite:
            raise DomainError("softmax of nothing but minus infinity")
        top = arithmetic.extreme(finite, ">")
        powers = [self.zero if is_infinite(n) else arithmetic.PRIMITIVES["exp"](arithmetic.add(n, -top)) for n in numbers]
        sum_of_all = arithmetic.add_up(powers)
        return self._filled([arithmetic.divide(power, sum_of_all) for power in powers])

    def whole_log_softmax(self, a: Any) -> Any:
        """Return z_k - ln Σ exp(z_j) of a vector."""
        finite = [number for number in a if not is_infinite(number)]
        top = arithmetic.extreme(finite, ">")
        sum_of_all = arithmetic.add_up([arithmetic.PRIMITIVES["exp"](arithmetic.add(n, -top)) for n in finite])
        offset = arithmetic.add(top, arithmetic.PRIMITIVES["ln"](sum_of_all))
        return self._filled([n if is_infinite(n) else arithmetic.add(n, -offset) for n in a])

    @staticmethod
    def _filled(numbers: list[Any]) -> Any:
        found = numpy().empty(len(numbers), dtype=object)
        found[:] = numbers
        return found

    def whole_max(self, a: Any) -> Any:
        """Return the largest entry."""
        return arithmetic.extreme(list(a.flat), ">")

    def whole_min(self, a: Any) -> Any:
        """Return the smallest entry."""
        return arithmetic.extreme(list(a.flat), "<")

    def shares(self, a: Any, largest: bool, first: bool) -> Any:
        """Return the derivative of the largest (or smallest) entry by each."""
        numbers = list(a.flat)
        op = ">" if largest else "<"
        best = arithmetic.extreme(numbers, op)
        ties = [arithmetic.compare("==", number, best) for number in numbers]
        if first:
            ties = [place == ties.index(True) for place in range(len(ties))]
        share = Fraction(1, sum(ties))
        return self._filled([share if tie else self.zero for tie in ties]).reshape(a.shape)

    def whole_var(self, a: Any) -> Any:
        """Return the mean of the squared deviations."""
        numbers, n = list(a.flat), Fraction(a.size)
        mean = arithmetic.divide(arithmetic.add_up(numbers), n)
        away = [arithmetic.add(number, -mean) for number in numbers]
        return arithmetic.divide(arithmetic.add_up([arithmetic.multiply(d, d) for d in away]), n)

    def whole_inv(self, a: Any) -> Any:
        """Return the inverse. Raises DomainError for a singular matrix."""
        inverse, _ = arithmetic.eliminated(a)
        found = numpy().empty((len(inverse), len(inverse)), dtype=object)
        for place, row in enumerate(inverse):
            found[place, :] = row
        return found

    def whole_det(self, a: Any) -> Any:
        """Return the determinant."""
        return arithmetic.eliminated(a, needs_inverse=False)[1]


def _masked(a: Any, other: Any) -> Any:
    found = numpy().array(a, copy=True)
    rows, columns = found.shape
    for i in range(rows):
        found[i, i + 1 : columns] = other
    return found


def _rearranging(table: Rearrangement, is_back: bool, zero: Any, add: Callable[[Any, Any], Any]):
    def move(a: Any) -> Any:
        flat = a.reshape(-1)
        found = numpy().empty(len(table.places), dtype=flat.dtype)
        for place, source in enumerate(table.places):
            found[place] = zero if source < 0 else flat[source]
        return found.reshape(table.shape)

    def back(a: Any) -> Any:
        flat = a.reshape(-1)
        size = 1
        for each in table.source:
            size *= each
        found = numpy().empty(size, dtype=flat.dtype)
        found.fill(zero)
        for place, source in enumerate(table.places):
            if source >= 0:
                found[source] = add(found[source], flat[place])
        return found.reshape(table.source)

    return (back, table.source) if is_back else (move, table.shape)


def _contract(expr: Contract, env: Environment, algebra: Any) -> Field:
    body = expr.body
    over = algebra.number(Fraction(1))
    factors = body.factors if isinstance(body, Product) else (body,)
    fields = [interpret(factor, env, algebra) for factor in factors]
    covered = {axis for field in fields for axis in field.axes}
    idle = [axis for axis in expr.axes if axis not in covered]
    for axis in idle:
        over = algebra.multiply(over, algebra.number(Fraction(axis.size)))
    found = algebra.contracted(fields, tuple(axis for axis in expr.axes if axis in covered))
    return algebra.multiply(found, over) if idle else found


def _delta(expr: Delta, env: Environment, algebra: Any) -> Field:
    np = numpy()
    one, zero = (algebra.number(Fraction(n)).array[()] for n in (1, 0))
    if isinstance(expr.i, Axis) and isinstance(expr.j, Axis):
        array = np.full((expr.i.size, expr.j.size), zero, dtype=algebra.kind)
        for place in range(min(array.shape)):
            array[place, place] = one
        return Field(array, (expr.i, expr.j))
    ends = (expr.i, expr.j)
    axis = next(i for i in ends if isinstance(i, Axis))
    place = next(i for i in ends if isinstance(i, int))
    array = np.full(axis.size, zero, dtype=algebra.kind)
    array[place] = one
    return Field(array, (axis,))


def _block(expr: Block, env: Environment, algebra: Any) -> Field:
    return algebra.block(expr, env)


Numbers.rules = MappingProxyType(
    {
        **RULES,
        Element: lambda e, env, algebra: labelled(env.numbers[e.name], e.indices),
        Contract: _contract,
        Delta: _delta,
        Block: _block,
    }
)


class Decimals(Numbers):
    """Fields of decimals as they are: nobody looks for how many digits a difference has lost. For differences of a step."""

    adding = staticmethod(_plainly_added)
    multiplying = staticmethod(_plainly_multiplied)

    def contracted(self, fields: list[Field], axes: tuple[Axis, ...]) -> Field:
        """Return Σ over the axes of the product of fields; of two, mpmath's scalar product of each row with each column.

        A 0 may be an exact one, and what is infinite needs care: such products are taken one factor at a time.
        """
        found = self._products(fields, axes) if len(fields) == 2 and len(axes) == 1 else None
        return super().contracted(fields, axes) if found is None else found

    def _products(self, fields: list[Field], axes: tuple[Axis, ...]) -> Field | None:
        own = [tuple(axis for axis in field.axes if axis not in axes) for field in fields]
        if set(own[0]) & set(own[1]) or not all(set(axes) <= set(field.axes) for field in fields):
            return None
        left, right = (spread(field, (*rest, *axes)).reshape(-1, axes[0].size) for field, rest in zip(fields, own, strict=True))
        product = arithmetic.context().fdot
        numbers = [product(row, column) for row in left for column in right]
        if any(not number or not arithmetic.context().isfinite(number) for number in numbers):
            return None
        both = (*own[0], *own[1])
        return Field(self._filled(numbers).reshape([axis.size for axis in both]), both)


EXACT_ARRAYS = Numbers()
DECIMAL_ARRAYS = Decimals()


def array_of(expr: Expr, axes: tuple[Axis, ...], env: Environment, algebra: Numbers) -> Any:
    """Return the array of an expression along these axes. Raises DomainError where an entry has no value."""
    field = interpret(expr, env, algebra)
    return numpy().array(spread(field, axes), dtype=algebra.kind)
