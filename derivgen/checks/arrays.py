"""Whether to believe a derivation with arrays: three roads to each gradient entry by entry, and every line in matrices.

The chain is ours; the second road takes SymPy's derivative of each kind of entrywise definition in place of ours; the third is
differences of the forward pass alone, at 100 digits. Above `MOST_ONE_BY_ONE` entries the third takes, for each array, an entry
drawn with a fixed seed, and one difference along a direction, drawn as well, that moves all its entries.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import fsum
from typing import Any

from derivgen.array_evaluation import ArrayEvaluation, array_from, backward, forward, given_arrays, short_body
from derivgen.checks.judgements import Judge
from derivgen.checks.report import CONVENTION, MOST_ONE_BY_ONE, GradientCheck, Report, Unchecked
from derivgen.derivation.array_gradients import Slope, adjoint_name, slots, slotted
from derivgen.derivation.arrays import ArrayDerivation, derive_arrays, shapes_of
from derivgen.derivation.matrix_view import matrix_view
from derivgen.errors import Problem, SpecError
from derivgen.frozen import dataclass, replace
from derivgen.maths.arithmetic import DomainError, Number, context, near, precision, real, to_float
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.array_values import DECIMAL_ARRAYS, EXACT_ARRAYS, array_of, is_infinite, numpy
from derivgen.maths.functions import bound
from derivgen.maths.index_form import Shape, elements
from derivgen.maths.interpret import EXTREMES, Environment, deep_recursion, interpret
from derivgen.maths.plain import plain
from derivgen.maths.shapes import Shaped
from derivgen.maths.symbolic import tree_of
from derivgen.maths.tree import STOP, ZERO, Block, Call, Element, Expr, Prime, Sym, rebuild, walk
from derivgen.spec.arrays import entry_of, indices_of

SEED = 20260101
DIGITS = 100
STEP = Fraction(1, 10**30)
TOLERANCE = Fraction(1, 10**20)
CHAIN_TOLERANCE = Fraction(1, 10**35)
OF_DOUBLES = Fraction(1, 10**8)
TRIALS = 6
SIZES = (2, 3, 4, 5)
"""What sizes that are only named are tried with."""


@dataclass(frozen=True, slots=True)
class ArrayKink:
    """A function at its kink in an entry of a quantity."""

    quantity: str
    function: str
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class ArrayReport(Report):
    """The report on a derivation with arrays; `false_lines` are lines in matrices that are not what their entries are."""

    false_lines: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """Return how many lines and gradients are false."""
        return len(self.false_lines) + sum(not check.agrees for check in self.gradients)

    def problems(self) -> tuple[Problem, ...]:
        """Return each false line and gradient as a message that names it."""
        wrong = (f"the gradient by {check.name} is wrong: {check.detail}" for check in self.gradients if not check.agrees)
        return tuple(Problem(message) for message in (*(f"a line is false: {line}" for line in self.false_lines), *wrong))


@deep_recursion()
def check_arrays(evaluation: ArrayEvaluation, *, kept: bool = False) -> ArrayReport:
    """Check each gradient by all three roads and each line in matrices; without numbers, at made-up ones.

    With `kept`, SymPy is asked only for those derivatives that no run before has asked for.
    """
    judge = Judge(evaluation.derivation.library, kept)
    wanted = tuple(dict.fromkeys(name for name, _ in evaluation.derivation.wanted.values()))
    numeric = evaluation if all(name in evaluation.adjoints for name in wanted) else trial(evaluation)
    if numeric is None:
        nowhere = tuple(Unchecked(name, "no values are found at which the loss has one") for name in wanted)
        return ArrayReport(0, (), (), (), nowhere, (), ())
    with precision(max(DIGITS, numeric.digits) + 8 * _exponent(numeric)), numpy().errstate(all="ignore"):
        lines, false_lines = _lines(numeric)
        kinks = kinks_of(numeric)
        second = _by_sympy(numeric, judge)
        still = without_stops(numeric)
        base = {each: _decimals(array) for each, array in still.values.items()}
        small = 10 ** (3 * _exponent(still))
        checks = [_gradient(still, base, name, second.get(name), kinks, small) for name in wanted]
    judge.keep()
    return ArrayReport(
        lines,
        (),
        (),
        tuple(each for each in checks if isinstance(each, GradientCheck)),
        tuple(each for each in checks if isinstance(each, Unchecked)),
        kinks if numeric is evaluation else (),  # type: ignore[arg-type]
        (),
        len(judge.remembered),
        false_lines,
    )


def _exponent(evaluation: ArrayEvaluation) -> int:
    """Return how many digits the largest number has before its point: by that power a step is smaller. Not of doubles."""
    if not evaluation.digits:
        return 0
    numbers = (number for array in evaluation.known.values() for number in array.flat if not is_infinite(number) and number)
    return max(0, max((int(context().mag(real(number)) * 0.302) for number in numbers), default=0))


def trial(evaluation: ArrayEvaluation) -> ArrayEvaluation | None:
    """Return the same derivation at made-up numbers, where some are missing; sizes that are only named are numbers as well."""
    derivation = _numbered(evaluation.derivation)
    given = given_arrays(derivation)
    for attempt in range(TRIALS):
        numbers = random.Random(SEED + attempt)
        made = dict(given)
        for name in derivation.shapes:
            if name not in derivation.definitions and name not in made:
                shape = tuple(int(size) for size in derivation.full_shape(name))
                low = 1 if attempt % 2 else -12
                count = 1
                for size in shape:
                    count *= size
                made[name] = array_from([Fraction(numbers.randint(low, 12) or 5, 13) for _ in range(count)], shape)
        try:
            values = forward(derivation, made, EXACT_ARRAYS)
            return ArrayEvaluation(derivation, values, backward(derivation, values, derivation.adjoints, EXACT_ARRAYS))
        except SpecError:
            continue
    return None


def _numbered(derivation: ArrayDerivation) -> ArrayDerivation:
    """Return the derivation with numbers for the sizes that are only named."""
    spec = derivation.spec
    names = dict.fromkeys(size for name in derivation.shapes for size in derivation.full_shape(name) if isinstance(size, str))
    if not names or spec.arrays is None:
        return derivation
    sizes = dict(zip(names, SIZES * 4, strict=False))
    shapes = {name: tuple(sizes.get(size, size) for size in shape) for name, shape in spec.arrays.shapes.items()}  # type: ignore[arg-type]
    data = spec.data
    if data is not None and isinstance(data.count, str) and data.rows is None:
        data = replace(data, count=3)
    return derive_arrays(replace(spec, arrays=replace(spec.arrays, shapes=shapes), data=data))


# Lines in matrices


def _lines(evaluation: ArrayEvaluation) -> tuple[int, tuple[str, ...]]:
    """Return how many gradients have a line in matrices, and those whose entries are others."""
    derivation, count, wrong = evaluation.derivation, 0, []
    shapes = shapes_of(derivation)
    for name, adjoint in derivation.adjoints.items():
        bodies = dict.fromkeys((adjoint.body, short_body(evaluation, name)))
        trees = [matrix_view(body, adjoint.axes, shapes) for body in bodies]
        for tree in trees:
            if tree is None or name not in evaluation.adjoints:
                continue
            count += 1
            reason = line_is_false(tree, evaluation.adjoints[name], evaluation)
            if reason:
                wrong.append(f"{adjoint_name(name)} = {plain(tree)}: {reason}")
    return count, tuple(wrong)


def line_is_false(tree: Expr, entries: Any, evaluation: ArrayEvaluation) -> str:
    """Return why a written expression is not the array of these entries; empty where it is.

    It is read again as the spec's equations are, so that a transpose too many or a sum too few is seen.
    """
    shapes = shapes_of(evaluation.derivation)
    low = ArrayLowering(
        {name: Shaped(shape) for name, shape in shapes.items() if _is_numbered(shape)} | _entries_of(tree, shapes)
    )
    try:
        made = low.entries(tree)
        values = {**evaluation.known, **_entry_values(tree, shapes, evaluation.known)}
        array = array_of(made.body, made.axes, Environment(values, evaluation.derivation.library), evaluation.algebra)
    except SpecError as error:
        return error.problems[0].message
    except DomainError as error:
        return str(error)
    if array.shape != entries.shape:
        return f"its shape is {array.shape}, not {entries.shape}"
    tolerance = CHAIN_TOLERANCE if evaluation.digits else OF_DOUBLES
    for at in product(*map(range, entries.shape)):
        if not _same(array[at], entries[at], tolerance):
            place = ", ".join(str(i + 1) for i in at)
            return f"entry {place or 'one'} is {to_float(array[at]):.12g}, not {to_float(entries[at]):.12g}"
    return ""


def _is_numbered(shape: Shape) -> bool:
    return all(isinstance(size, int) for size in shape)


def _entries_of(tree: Expr, shapes: Mapping[str, Shape]) -> dict[str, Shaped]:
    return {node.name: Shaped(()) for node in walk(tree) if isinstance(node, Sym) and node.name not in shapes}


def _entry_values(tree: Expr, shapes: Mapping[str, Shape], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of entries that are written by their own names."""
    found = {}
    for name in _entries_of(tree, shapes):
        base = entry_of(name, shapes)
        if base is not None:
            array = known[base[0]]
            at = next(i for i in indices_of(base[1]) if len(i) == array.ndim)
            value = numpy().empty((), dtype=array.dtype)
            value[()] = array[at]
            found[name] = value
    return found


def _same(a: Number, b: Number, tolerance: Fraction) -> bool:
    if isinstance(a, float):
        return abs(a - b) <= float(tolerance) * (1 + abs(a))
    if is_infinite(a) or is_infinite(b):
        return is_infinite(a) and is_infinite(b)
    return near(a, b, tolerance)


# The second road


def _by_sympy(evaluation: ArrayEvaluation, judge: Judge) -> dict[str, Any]:
    """Return the gradients with SymPy's derivatives in place of ours; those that it has no value for are left out."""
    derivation = evaluation.derivation
    slopes = dict.fromkeys(derivation.definitions, _sympy_slope(judge))
    try:
        return backward(derivation, evaluation.values, derivation.with_slopes(slopes), evaluation.algebra)
    except (SpecError, ArithmeticError):
        return {}


def _sympy_slope(judge: Judge) -> Slope:
    asked: dict[tuple[Expr, int], Expr] = {}

    def slope(node: Expr, place: int) -> Expr:
        if isinstance(node, Call) and node.function == STOP:
            return ZERO
        template = slotted(node)
        if (template, place) not in asked:
            asked[template, place] = tree_of(judge.slope(template, f"#{place}"))
        return bound(asked[template, place], slots(node))

    return slope


# The third road


def _gradient(
    evaluation: ArrayEvaluation, base: Mapping[str, Any], name: str, second: Any, kinks: tuple[ArrayKink, ...], small: int
) -> GradientCheck | Unchecked:
    ours = evaluation.adjoints[name]
    tolerance = CHAIN_TOLERANCE if evaluation.digits else OF_DOUBLES
    behind = _behind(evaluation.derivation, name)
    convention = any(kink.quantity in behind for kink in kinks)
    wrong = None if second is None else _first_difference(ours, second, tolerance)
    if wrong is not None and not convention:
        return GradientCheck(name, False, "", f"the chain gives {wrong[0]}, SymPy's derivatives give {wrong[1]}")
    how, pairs = _differences(evaluation, base, name, small)
    if pairs is None:
        if convention:
            return GradientCheck(name, True, CONVENTION)
        return Unchecked(name, "the loss has no value a small step to both sides, so no difference can be taken")
    loose = TOLERANCE if evaluation.digits else OF_DOUBLES
    off = next(((a, b) for a, b in pairs if not _same(a, b, loose)), None)
    if off is not None:
        if convention:
            return GradientCheck(name, True, CONVENTION)
        return GradientCheck(
            name, False, how, f"the chain gives {to_float(off[0]):.12g}, differences ({how}) give {to_float(off[1]):.12g}"
        )
    if second is None:
        return Unchecked(name, "SymPy's derivatives have no value here")
    return GradientCheck(name, True, CONVENTION if wrong is not None else how)


def _first_difference(ours: Any, other: Any, tolerance: Fraction) -> tuple[str, str] | None:
    if ours.shape != other.shape:
        return str(ours.shape), str(other.shape)
    pairs = zip(ours.flat, other.flat, strict=True)
    return next(((f"{to_float(a):.12g}", f"{to_float(b):.12g}") for a, b in pairs if not _same(a, b, tolerance)), None)


def _behind(derivation: ArrayDerivation, name: str) -> dict[str, None]:
    """Return a name and all that depends on it."""
    found = {name: None}
    for each, definition in derivation.definitions.items():
        if any(element.name in found for element in elements(definition.body)):
            found[each] = None
    return found


def _differences(
    evaluation: ArrayEvaluation, base: Mapping[str, Any], name: str, small: int
) -> tuple[str, list[tuple[Number, Number]] | None]:
    """Return how differences of the values `base` were taken, and pairs (ours, the difference) of them.

    A step is 1 / `small` of what it is for small numbers.
    """
    derivation = evaluation.derivation
    ours = evaluation.adjoints[name]
    places = list(product(*map(range, ours.shape)))
    total = sum(evaluation.adjoints[each].size for each in dict.fromkeys(n for n, _ in derivation.wanted.values()))
    numbers = random.Random(f"{SEED} {name}")
    drawn = places if total <= MOST_ONE_BY_ONE or len(places) <= 2 else [numbers.choice(places)]
    try:
        pairs = [(ours[at], _central(evaluation, base, name, _at(at, ours.shape), small)) for at in drawn]
        if len(drawn) < len(places):
            signs = array_from([numbers.choice((-1, 1)) for _ in places], ours.shape)
            moved = zip(ours.flat, signs.flat, strict=True)
            along = fsum(a * s for a, s in moved) if not evaluation.digits else context().fdot(map(real, ours.flat), signs.flat)
            pairs.append((along / len(places), _central(evaluation, base, name, signs, small) / len(places)))
    except (SpecError, DomainError):
        return "", None
    how = f"{context().dps} digits"
    if len(drawn) < len(places):
        how += ", an entry and a direction of all"
    return how, [(real_of(a), b) for a, b in pairs]


def without_stops(evaluation: ArrayEvaluation) -> ArrayEvaluation:
    """Return the same with what stands in `stop(…)` held at its value, as a constant of its own."""
    held: dict[str, Any] = {}
    env = Environment(evaluation.values, evaluation.derivation.library)

    def still(expr: Expr) -> Expr:
        if not isinstance(expr, Call) or expr.function != STOP:
            return rebuild(expr, still)
        value = interpret(expr.args[0], env, evaluation.algebra)
        name = f"stop {len(held)}"
        held[name] = value.array
        return Element(name, value.axes)

    definitions = {name: replace(each, body=still(each.body)) for name, each in evaluation.derivation.definitions.items()}
    if not held:
        return evaluation
    derivation = replace(evaluation.derivation, definitions=definitions)
    return replace(evaluation, derivation=derivation, values={**evaluation.values, **held})


def real_of(value: Any) -> Number:
    """Return a number, a double exactly as it is."""
    return context().mpf(value) if isinstance(value, float) else real(value)


def _decimals(array: Any) -> Any:
    """Return an array in decimals; an exact 0 stays one, so that 0 ln 0 is known by it, and so does minus infinity."""
    found = numpy().empty(array.shape, dtype=object)
    for at in product(*map(range, array.shape)):
        value = array[at]
        if isinstance(value, float):
            value = EXACT_ARRAYS.low if value == float("-inf") else context().mpf(value) or Fraction(0)
        found[at] = value if not value or is_infinite(value) else real(value)
    return found


def _at(place: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """Return an array with 1 at one place, else 0."""
    found = numpy().zeros(shape, dtype=int).astype(object)
    found[place] = 1
    return found


def _central(evaluation: ArrayEvaluation, base: Mapping[str, Any], name: str, signs: Any, small: int) -> Number:
    """Return a difference of the loss along the `signs`; products of three of the largest numbers times the step are small."""
    before = map(real, base[name].flat) if evaluation.digits else evaluation.values[name].flat
    size = real_of(max((abs(value) for value, sign in zip(before, signs.flat, strict=True) if sign), default=1))
    h = real(STEP) * (1 if not size or size > 1 else size) / small
    above, below = (_loss(evaluation, base, name, signs, way) for way in (h, -h))
    return (above - below) / (2 * h)


def _loss(evaluation: ArrayEvaluation, base: Mapping[str, Any], name: str, signs: Any, step: Number) -> Number:
    """Return the loss with the entries of an array a step away, as the signs say."""
    steps = {0: 0, 1: step, -1: -step}
    pairs = zip(base[name].flat, signs.flat, strict=True)
    changed = array_from([real(value) + steps[sign] if sign else value for value, sign in pairs], base[name].shape)
    values = forward(evaluation.derivation, {**base, name: changed}, DECIMAL_ARRAYS, {name: None})
    return real(values[evaluation.derivation.loss][()])


# Kinks


def kinks_of(evaluation: ArrayEvaluation) -> tuple[ArrayKink, ...]:
    """Return each function that has an entry on its kink, or entries that tie."""
    found: dict[ArrayKink, None] = {}
    derivation = evaluation.derivation
    for name, definition in derivation.definitions.items():
        for node in walk(definition.body):
            if isinstance(node, (Call, Prime, Block)) and _sits_on_kink(node, evaluation):
                found[ArrayKink(name, getattr(node, "written", "") or node.function)] = None
    return tuple(found)


def _sits_on_kink(node: Any, evaluation: ArrayEvaluation) -> bool:
    env = Environment(evaluation.values, evaluation.derivation.library)
    algebra = evaluation.algebra
    if isinstance(node, Block):
        if node.function not in EXTREMES:
            return False
        share = Block(f"{node.function} share", node.formals, node.body, node.formals)
        return any(0 < value < 1 for value in interpret(share, env, algebra).array.flat)
    function = evaluation.derivation.library[node.function]
    if function.ties is not None and len(node.args) > 1:
        args = [interpret(arg, env, algebra) for arg in node.args]
        return any(algebra.compare("==", a, b).array.any() for place, a in enumerate(args) for b in args[:place])
    if not function.kinks:
        return False
    argument = interpret(node.args[0], env, algebra)
    return any(algebra.compare("==", argument, algebra.number(kink.point)).array.any() for kink in function.kinks)
