"""A derivation with arrays at numbers: every quantity and every adjoint as a whole array, exact as long as it can be.

Of large ones (more than `MOST_EXACT` entries in all) the numbers are doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import Any

from derivgen.derivation.array_gradients import adjoint_name
from derivgen.derivation.arrays import ArrayAdjoint, ArrayDerivation, shapes_of
from derivgen.derivation.compact_forms import compact, normalized
from derivgen.derivation.derive import Derivation
from derivgen.derivation.matrix_view import matrix_view
from derivgen.errors import Problem, SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.frozen import dataclass, replace
from derivgen.maths.arithmetic import DIGITS, LARGEST, LARGEST_SLOPE, DomainError, as_far_as_told, bounded, carefully, precision
from derivgen.maths.array_values import EXACT_ARRAYS, Numbers, array_of, is_infinite, numpy
from derivgen.maths.double_arrays import DOUBLE_ARRAYS
from derivgen.maths.index_form import elements, reindex
from derivgen.maths.interpret import Environment, deep_recursion
from derivgen.maths.numbers import NumberFormat
from derivgen.maths.plain import plain
from derivgen.maths.tree import Axis, Element, Expr, Sum
from derivgen.spec.model import Spec

MOST_EXACT = 20_000

Arrays = Mapping[str, Any]
"""NumPy arrays by name."""


@dataclass(frozen=True)
class ArrayEvaluation:
    """The values of the quantities and of the adjoints, as far as they are known. `digits` of the work; 0: doubles."""

    derivation: ArrayDerivation
    values: Arrays
    adjoints: Arrays
    digits: int = DIGITS

    exact: None = None
    """Numbers are never carried on as they are printed."""

    def precise(self) -> AbstractContextManager[None]:
        """Return a context in which decimals have as many digits as this evaluation's."""
        return precision(self.digits or DIGITS)

    @property
    def graph(self) -> ArrayDerivation:
        """Return the derivation, as what all pages ask for names and the spec."""
        return self.derivation

    def with_spec(self, spec: Spec) -> ArrayEvaluation:
        """Return the same numbers with a spec that says otherwise what is asked for, or how it looks."""
        return replace(self, derivation=replace(self.derivation, spec=spec))

    @cached_property
    def number_format(self) -> NumberFormat:
        """Return how the spec's numbers are printed; in decimals where its author wrote decimals."""
        spec = self.derivation.spec
        arrays = spec.arrays.values.values() if spec.arrays is not None else ()
        rows = spec.data.rows if spec.data is not None and spec.data.rows is not None else ()
        written = [*spec.values.values(), *spec.constants.values(), *(each for array in arrays for each in array.numbers)]
        decimals = any("." in value.text for value in (*written, *(value for row in rows for value in row)))
        decimals = decimals or (spec.random is not None and spec.random.decimals)
        return NumberFormat(spec.numbers.digits, spec.numbers.rounding, decimals, pad=spec.numbers.pad)

    @property
    def algebra(self) -> Numbers:
        """Return the numbers it is worked out in."""
        return EXACT_ARRAYS if self.digits else DOUBLE_ARRAYS

    @property
    def known(self) -> Arrays:
        """Return the values of everything, adjoints by their names `d_z`."""
        return {**self.values, **{adjoint_name(name): array for name, array in self.adjoints.items()}}

    def gradient(self, key: str) -> Any:
        """Return the numbers of a gradient that is asked for, of an array or of one entry; None where they are not known."""
        name, indices = self.derivation.wanted[key]
        array = self.adjoints.get(name)
        return array if array is None or indices is None else numpy().asarray(array[(..., *indices)], dtype=array.dtype)

    def of(self, expr: Expr, axes: tuple) -> Any:
        """Return the array of an expression in quantities and adjoints, along these axes."""
        return array_of(expr, axes, Environment(self.known, self.derivation.library), self.algebra)


Evaluated = Evaluation | ArrayEvaluation
"""What a spec comes to: of scalars, or of vectors and matrices."""


@deep_recursion()
def run_arrays(derivation: ArrayDerivation) -> ArrayEvaluation:
    """Work out all that the spec's numbers reach. Raises SpecError where something has no value."""
    given = given_arrays(derivation)
    size = sum(_entries(derivation.full_shape(name)) for name in derivation.shapes)
    if size > MOST_EXACT:
        floats = {name: array.astype(float) for name, array in given.items()}
        with numpy().errstate(all="ignore"):
            values = forward(derivation, floats, DOUBLE_ARRAYS)
            return ArrayEvaluation(derivation, values, backward(derivation, values, derivation.adjoints, DOUBLE_ARRAYS), 0)

    def work() -> tuple[dict[str, Any], dict[str, Any]]:
        values = forward(derivation, given, EXACT_ARRAYS)
        return values, backward(derivation, values, derivation.adjoints, EXACT_ARRAYS)

    (values, adjoints), digits = carefully(work)
    return ArrayEvaluation(derivation, values, adjoints, digits)


def run_any(derivation: Derivation | ArrayDerivation) -> Evaluated:
    """Evaluate a derivation, of scalars or of arrays, with the spec's values. Raises SpecError where something has no value."""
    return run_arrays(derivation) if isinstance(derivation, ArrayDerivation) else run(derivation)


def short_body(evaluation: ArrayEvaluation, name: str) -> Expr:
    """Return the short form of an adjoint's entry, at the axes of the adjoint."""
    derivation = evaluation.derivation

    def is_one(element: Element, axis: Axis) -> bool:
        array = evaluation.values.get(element.name)
        if array is None or element.indices.count(axis) != 1:
            return False
        sums = array.sum(axis=element.indices.index(axis))
        return all(each == 1 for each in numpy().asarray(sums, dtype=object).flat)

    adjoint = derivation.adjoints[name]
    body = _with_norms(derivation, adjoint)
    if body is adjoint.body:
        body = compact(adjoint, derivation.adjoints, is_one, derivation.fresh)
    if body is adjoint.body:
        return body
    shapes = shapes_of(derivation)
    before, after = (matrix_view(each, adjoint.axes, shapes) for each in (adjoint.body, body))
    is_longer = after is None or (before is not None and len(plain(after)) >= len(plain(before)))
    return adjoint.body if is_longer else body


def _with_norms(derivation: ArrayDerivation, adjoint: ArrayAdjoint) -> Expr:
    """Return an adjoint with the short form of what norms give to it; the adjoint's body where there are none."""
    terms: list[Expr] = []
    found: dict[str, None] = {}
    for share in adjoint.shares:
        short = normalized(derivation.definitions[share.consumer], adjoint.name, derivation.fresh)
        if short is None:
            terms.append(share.body)
        elif share.consumer not in found:
            found[share.consumer] = None
            terms.append(reindex(short[1], dict(zip(short[0], adjoint.axes, strict=True)), derivation.fresh))
    return (Sum(tuple(terms)) if len(terms) > 1 else terms[0]) if found else adjoint.body


def _entries(shape: Iterable[int | str]) -> int:
    found = 1
    for size in shape:
        found *= size if isinstance(size, int) else 1
    return found


def given_arrays(derivation: ArrayDerivation) -> dict[str, Any]:
    """Return the numbers that the spec gives, as arrays of fractions."""
    spec = derivation.spec
    assert spec.arrays is not None
    found: dict[str, Any] = {}
    for name, value in (*spec.constants.items(), *spec.values.items()):
        if name not in spec.arrays.values:
            found[name] = array_from([value.value], ())
    for name, array in spec.arrays.values.items():
        found[name] = array_from([number.value for number in array.numbers], array.shape)
    if spec.data is not None and spec.data.rows is not None:
        for place, column in enumerate(spec.data.columns):
            found[column] = array_from([row[place].value for row in spec.data.rows], (len(spec.data.rows),))
    return {name: array for name, array in found.items() if name in derivation.shapes}


def array_from(numbers: Iterable[Any], shape: tuple[int, ...]) -> Any:
    """Return an object array of this shape, filled row by row."""
    np = numpy()
    numbers = list(numbers)
    flat = np.empty(len(numbers), dtype=object)
    flat[:] = numbers
    return flat.reshape(shape)


def forward(
    derivation: ArrayDerivation, given: Arrays, algebra: Numbers, moved: Mapping[str, None] | None = None
) -> dict[str, Any]:
    """Return the values of all that the given numbers reach; with `moved`, only what depends on one of these is worked out."""
    values = dict(given)
    library = derivation.library
    changed = dict(moved) if moved is not None else {}
    for name, definition in derivation.definitions.items():
        names = [element.name for element in elements(definition.body)]
        if any(each not in values for each in names):
            continue
        if moved is not None:
            if name in moved or not any(each in changed for each in names):
                continue
            changed[name] = None
        work = partial(array_of, definition.body, definition.axes, Environment(values, library), algebra)
        values[name] = _checked(derivation, name, work, LARGEST)
    return values


def backward(
    derivation: ArrayDerivation, values: Arrays, adjoints: Mapping[str, ArrayAdjoint], algebra: Numbers
) -> dict[str, Any]:
    """Return the values of adjoints, from the loss down, as far as they are known."""
    known = dict(values)
    found: dict[str, Any] = {}
    if derivation.loss not in values:
        return found
    for name, adjoint in adjoints.items():
        if all(element.name in known for element in elements(adjoint.body)):
            env = Environment(known, derivation.library)
            work = partial(array_of, adjoint.body, adjoint.axes, env, algebra)
            found[name] = _checked(derivation, name, work, LARGEST_SLOPE, "the gradient by ")
            known[adjoint_name(name)] = found[name]
    return found


def _checked(derivation: ArrayDerivation, name: str, work: Callable[[], Any], largest: int, what: str = "") -> Any:
    """Return an array whose entries are none too large. Raises SpecError for one without a value."""
    try:
        array = work()
        if array.dtype == object:
            for number in array.flat:
                if not is_infinite(number):
                    bounded(number, largest)
            if (name == derivation.loss or what) and any(is_infinite(number) for number in array.flat):
                raise DomainError("minus infinity, or the logarithm of 0, is in it")
        elif not numpy().isfinite(array).all() and name == derivation.loss:
            raise DomainError("an entry is no number, or too large for doubles")
    except DomainError as error:
        places = {n: p for each in derivation.spec.equations for n, p in zip(each.names, each.places, strict=True)}
        message = f"{what}{name} has no value: {error}{as_far_as_told()}"
        raise SpecError(Problem(message, places.get(name), "change the values, or the expression")) from None
    return array
