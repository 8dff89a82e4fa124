"""Is a printed line true? Its sides are evaluated: at the spec's values, and symbolic ones at other values as well."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import isqrt

from derivgen.derivation.derive import Derivation, derive
from derivgen.derivation.matrices import Views
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, Values, recounted, run
from derivgen.frozen import dataclass, replace
from derivgen.graph import OTHER_COUNTS, Graph
from derivgen.lines.equality import Equality, bare, entries, follows, only_numbers, rounded, unmarked
from derivgen.lines.forward import WIDEST
from derivgen.lines.instances import layer_instances, unit_instances
from derivgen.lines.matrix_lines import figures_agree
from derivgen.lines.notation import number_format
from derivgen.maths.arithmetic import DomainError, Number, near, real, to_float
from derivgen.maths.evaluate import (
    Environment,
    ShapeError,
    UnknownValueError,
    Value,
    entries_of,
    evaluate,
    same,
    value_of,
    value_text,
)
from derivgen.maths.numbers import NumberFormat, as_printed, fraction_of, half_unit, rounded_text, rounds_to, shown
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    Expr,
    Gap,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Num,
    Partial,
    Shown,
    SumOver,
    Sym,
    children,
    rebuild,
    walk,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.roles import count_names

TOLERANCE = Fraction(1, 10**35)
NOTHING = Fraction(1, 10**12)
SEED = 20260101
DRAWS = 40


@dataclass(frozen=True, slots=True)
class Falsehood:
    """A line that is not true, which of its sides, and how far apart they are."""

    line: Equality
    side: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many equals signs were evaluated, which are false, and which could not be evaluated anywhere."""

    checked: int
    false: tuple[Falsehood, ...]
    unchecked: tuple[Equality, ...]


@kept_with_owner
def trial(derivation: Derivation, keep: bool = False, seed: int = SEED, positive: bool = False) -> Evaluation | None:
    """Evaluate at made-up values (fixed seed), to try formulas out where the spec's own values say little or are missing.

    With `keep`, what the spec does give keeps its value; with `positive` no made-up value is negative, so that what a ReLU is
    applied to mostly is not either. Under wide sums the values are small, so that nothing saturates. None when no draw gives
    every quantity a value.
    """
    graph = derivation.graph
    leaves = [quantity for quantity in graph.quantities.values() if quantity.definition is None]
    source = random.Random(seed)
    widest = max(len(graph.operands(name)) for name in graph.quantities)
    shrunk = 1 if widest <= WIDEST else isqrt(widest)
    for attempt in range(1, 2 * DRAWS, 2) if positive else range(DRAWS):
        given: dict[str, Values] = {
            name: (Fraction(graph.samples),) for name in count_names(graph.spec.data) if name in graph.quantities
        }
        for leaf in (leaf for leaf in leaves if leaf.name not in given):
            size = graph.samples if leaf.per_sample else 1
            given[leaf.name] = tuple(_draw(source, attempt) / shrunk for _ in range(size))
        if keep:
            given |= graph.given
        given |= {name: graph.given[name] for name in graph.spec.constants if name in graph.given}
        given |= {leaf.name: graph.given[leaf.name] for leaf in leaves if leaf.role == "constant" and leaf.name in graph.given}
        try:
            return run(derivation, given | _shares(graph, given, keep), counted=True)
        except SpecError:
            continue
    return None


def _shares(graph: Graph, given: dict[str, Values], keep: bool) -> dict[str, Values]:
    """Of made-up targets of cross-entropy behind softmax the last, such that each sample's add up to 1, as the spec's do."""
    network = graph.spec.network
    if network is None or network.loss_kind != "cross_entropy" or network.layers[-1][0].activation != "softmax":
        return {}
    *others, last = network.targets
    if (keep and last in graph.given) or any(name not in given for name in network.targets):
        return {}
    return {last: tuple(1 - sum((given[name][k] for name in others), Fraction(0)) for k in range(len(given[last])))}


def _draw(source: random.Random, attempt: int) -> Fraction:
    """A small fraction; every second attempt a positive one, later ones below 1 (for logarithms of 1 - x and the like)."""
    size = Fraction(source.randint(3, 197), 211) if attempt % 4 > 1 else Fraction(source.randint(11, 497), 211)
    return size if attempt % 2 or source.random() < 0.6 else -size


def verify(
    lines: Iterable[Equality], evaluation: Evaluation, tried: Evaluation | None, kept: Evaluation | None = None
) -> Verdict:
    """Evaluate every neighbouring pair of sides of every line.

    What the spec's numbers alone do not decide is evaluated with the made-up ones of `kept` beside them. Of a symbolic number of
    samples a line must be true whatever it is: it is evaluated with several.
    """
    lines = tuple(lines)
    found = _verify_lines(lines, evaluation, tried, kept)
    false = {id(each.line): each for each in found.false}
    for samples in OTHER_COUNTS if isinstance(evaluation.graph.count, str) else ():
        one, *others = _recounted(evaluation, samples)
        others = [other if asked is not None else None for other, asked in zip(others, (tried, kept), strict=True)]
        for each in _verify_lines(lines, one or evaluation, *others).false:
            false.setdefault(id(each.line), each)
    return replace(found, false=tuple(false.values()))


@kept_with_owner
def _recounted(evaluation: Evaluation, samples: int) -> tuple[Evaluation | None, Evaluation | None, Evaluation | None]:
    """Return the evaluation with that many samples in place of a symbolic number of them, and trials of it, one `keep`ing."""
    derivation = recounted(evaluation.derivation, samples)
    tried, kept = trial(derivation), trial(derivation, keep=True)
    return kept if evaluation.counted else run(derivation), tried, kept


def _verify_lines(
    lines: Iterable[Equality], evaluation: Evaluation, tried: Evaluation | None, kept: Evaluation | None
) -> Verdict:
    """Evaluate the lines at one number of samples."""
    false: list[Falsehood] = []
    unchecked: list[Equality] = []
    checked = 0
    for line in (entry for whole in _instances(lines, evaluation) for entry in entries(whole)):
        found, done = _verify_all(line, evaluation, tried)
        if not done and kept is not None and line.numeric:
            found, done = _verify_all(line, kept, None)
        false += found
        checked += (len(line.sides) - 1) if done else 0
        if not done:
            unchecked.append(line)
    return Verdict(checked, tuple(false), tuple(unchecked))


def _instances(lines: Iterable[Equality], evaluation: Evaluation) -> Iterator[Equality]:
    """The lines, those of a general layer for each layer there is."""
    views = Views(evaluation.derivation)
    for line in lines:
        if any(isinstance(node, MatrixSym) and isinstance(node.layer, str) for side in line.sides for node in walk(side)):
            yield from layer_instances(line, views.layered)
        else:
            yield line


def _verify_all(line: Equality, evaluation: Evaluation, tried: Evaluation | None) -> tuple[list[Falsehood], bool]:
    """A line; one in index notation in all its instances that can be evaluated, of a large network at least in three."""
    listed = unit_instances(line, evaluation.derivation)
    found, done = _in_turn(listed, evaluation, tried)
    if not done and listed[:1] != (line,):
        few = (listed[0], listed[len(listed) // 2], listed[-1])
        reaching = _reaching(few, evaluation)
        known = reaching.graph.loss in reaching.values
        found, done = _in_turn(few, reaching, None if known else trial(reaching.derivation))
    return [each if each.line is line else replace(each, line=line, reason=_told(each)) for each in found], done


def _in_turn(listed: tuple[Equality, ...], evaluation: Evaluation, tried: Evaluation | None) -> tuple[list[Falsehood], bool]:
    """Whether any of the lines could be evaluated, and the first that is false."""
    done = False
    for each in listed:
        found, known = _verify(each, evaluation, tried)
        done = done or known
        if found:
            return found, True
    return [], done


def _reaching(lines: tuple[Equality, ...], evaluation: Evaluation) -> Evaluation:
    """The evaluation with the derivatives that the lines speak of: a large network derives only what it is asked for."""
    names = [node.by.name for line in lines for side in line.sides for node in walk(side) if isinstance(node, Partial)]
    graph = evaluation.graph
    wanted = dict.fromkeys((*graph.wrt, *(name for name in names if name in graph.quantities)))
    return run(derive(replace(graph, wrt=tuple(wanted))))


def _told(found: Falsehood) -> str:
    return f"{' = '.join(plain(side) for side in found.line.sides)}: {found.reason}"


def verify_in_places(lines: Iterable[Equality]) -> Verdict:
    """Evaluate every neighbouring pair of sides of lines that bring the places they are to be evaluated at."""
    lines = tuple(lines)
    found = [_in_places(line) for line in lines]
    checked = sum(len(line.sides) - 1 for line, (_, done) in zip(lines, found, strict=True) if done)
    unchecked = tuple(line for line, (_, done) in zip(lines, found, strict=True) if not done)
    return Verdict(checked, tuple(falsehood for false, _ in found for falsehood in false), unchecked)


def _in_places(line: Equality) -> tuple[list[Falsehood], bool]:
    done = False
    for env in line.places:
        try:
            values = [evaluate(side, env) for side in line.sides]
        except (UnknownValueError, DomainError):
            continue
        done = True
        for k in range(1, len(values)):
            if not close(values[k - 1], values[k]):
                return [Falsehood(line, k, f"{to_float(values[k - 1])} is not {to_float(values[k])}")], True
    return [], done


def _verify(line: Equality, evaluation: Evaluation, tried: Evaluation | None) -> tuple[list[Falsehood], bool]:
    if line.places:
        return _in_places(line)
    false: list[Falsehood] = []
    done = False
    varies = bool(evaluation.graph.columns) and any(_speaks_of(side, evaluation.graph.index) for side in line.sides)
    for place in (evaluation,) if line.numeric else (evaluation, tried):
        if place is None:
            continue
        try:
            values = [_everywhere(side, place, varies) for side in line.sides]
        except (UnknownValueError, DomainError):
            continue
        except ShapeError as error:
            return [Falsehood(line, 0, str(error))], True
        done = True
        for k in range(1, len(values)):
            if not all(same(a, b, close) for a, b in zip(values[k - 1], values[k], strict=True)):
                false.append(Falsehood(line, k, f"{_text(values[k - 1])} is not {_text(values[k])}"))
    if line.numeric and done:
        false += _misprints(line, evaluation)
    return false[:1], done


def _speaks_of(side: Expr, index: str) -> bool:
    """Whether a side speaks of one sample, whichever: a name carries the samples' index and stands under no Σ over it."""
    if isinstance(side, Sym):
        return side.index == index
    if isinstance(side, SumOver) and side.index == index:
        return _speaks_of(side.upper, index)
    return any(_speaks_of(part, index) for part in children(side))


def _everywhere(side: Expr, evaluation: Evaluation, varies: bool) -> tuple[Value, ...]:
    """The side's value, for every sample where its line speaks of any."""
    graph = evaluation.graph
    env = evaluation.environment(None)
    if names := count_names(graph.spec.data):
        env = env._replace(numbers={**env.numbers, **dict.fromkeys(names, (Fraction(graph.samples),))})
    env = env.at(0 if env.samples == 1 else None)
    if not (varies or graph.columns):
        return (value_of(side, env),)
    return tuple(value_of(side, env.over(graph.index, k + 1)) for k in (range(graph.samples) if varies else range(1)))


def close(a: Number, b: Number) -> bool:
    """Return whether two numbers are equal: exactly, or to 35 digits where they are decimals."""
    return a == b if type(a) is type(b) is Fraction else near(a, b, TOLERANCE)


def _text(values: tuple[Value, ...]) -> str:
    return f"({', '.join(map(value_text, values))})" if len(values) > 1 else value_text(values[0])


def _misprints(line: Equality, evaluation: Evaluation) -> list[Falsehood]:
    """Rounded figures that are not their numbers, `=` before a rounded side, results the figures before them do not give."""
    found = [
        Falsehood(line, k, f"{node.text} is not that number rounded")
        for k, side in enumerate(line.sides)
        for node in walk(side)
        if isinstance(node, Shown) and not rounds_to(node.value, node.text)
    ]
    found += [
        Falsehood(line, k + 1, "'=' stands before a rounded number")
        for k, relation in enumerate(line.relations)
        if relation == "=" and rounded(line.sides[k + 1])
    ]
    last, before = bare(line.sides[-1]), bare(line.sides[-2])
    if isinstance(last, (Num, Shown, Matrix)) and rounded(before) and only_numbers(before):
        env, style = evaluation.environment(0), number_format(evaluation)
        if not figures_agree(before, last, style, env):
            found.append(Falsehood(line, len(line.sides) - 1, f"the printed figures give {_again(before, evaluation)}"))
    return found


def _again(side: Expr, evaluation: Evaluation) -> str:
    """What the figures printed in a side come to."""
    try:
        again = value_of(as_printed(side), evaluation.environment(0))
        return value_text(again) if isinstance(again, tuple) else plain(shown(again, number_format(evaluation)))
    except DomainError:
        return "no value"


def _with_numbers(sides: tuple[Expr, ...], evaluation: Evaluation) -> int:
    """Return from which side on every name that has a number is replaced by it; names without one may be left (η, an input)."""
    named = [place for place, side in enumerate(sides) if _names_a_number(unmarked(side), evaluation)]
    if named:
        return named[-1] + 1
    return next((place for place, side in enumerate(sides) if only_numbers(unmarked(side))), len(sides))


def _names_a_number(side: Expr, evaluation: Evaluation) -> bool:
    named = (Gap, Partial, MatrixSym, MatrixPartial)
    return any(isinstance(node, named) or (isinstance(node, Sym) and node.name in evaluation.values) for node in walk(side))


def carried_verdict(line: Equality, evaluation: Evaluation) -> Verdict:
    """Check a line whose numbers are carried on as printed: its symbols must agree exactly, its figures must lead to each other.

    Between the two only nearness can be asked, to one of the symbolic sides: the derivative that a line begins with is known as
    it is carried on, rounded at every step; a product may be of factors that round to 0. So, too, of a result that is marked.
    """
    assert evaluation.exact is not None
    written = unit_instances(line, evaluation.derivation)
    if len(written) != 1:
        each = [carried_verdict(one, evaluation) for one in written]
        return Verdict(
            sum(verdict.checked for verdict in each),
            tuple(one for verdict in each for one in verdict.false),
            tuple(one for verdict in each for one in verdict.unchecked),
        )
    line = written[0]
    start = _with_numbers(line.sides, evaluation)
    symbolic, figures = line.sides[:start], [bare(side) for side in line.sides[start:]]
    whole = replace(line, sides=symbolic, relations=line.relations[: max(0, len(symbolic) - 1)])
    known = verify((whole,), evaluation.exact, None) if len(symbolic) > 1 else Verdict(0, (), ())
    env, style = evaluation.environment(0), evaluation.number_format
    try:
        wrong = [
            Falsehood(line, len(line.sides) - 1, "the printed figures give another result")
            for before, after in pairwise(figures)
            if isinstance(after, (Num, Shown, Matrix)) and not figures_agree(before, after, style, env)
        ]
        wrong += [
            Falsehood(line, len(line.sides) - 1, "the printed figures do not give it to the last digit")
            for before, after in pairwise(figures)
            if follows(before, after) and value_of(as_printed(before), env) != value_of(as_printed(after), env)
        ]
    except UnknownValueError:  # a letter stands among them, as in 0·x = 0: what is said holds for all values of it
        return verify((replace(line, sides=(*symbolic, *map(unmarked, figures))),), evaluation.exact, None)
    if symbolic and figures and not any(_near(side, unmarked(figures[-1]), evaluation) for side in symbolic):
        wrong.append(Falsehood(line, len(line.sides) - 1, "the figures are far from the exact value"))
    return Verdict(known.checked + len(line.sides) - max(1, len(symbolic)), (*known.false, *wrong), known.unchecked)


def _near(symbolic: Expr, figure: Expr, evaluation: Evaluation) -> bool:
    """Return whether figures are as near as roundings allow to what the symbols are, exactly or of the rounded numbers used.

    Roundings add up: by half a unit of each figure, as much as it moves the result, and of the result; by some of these, since
    the symbols may have been rounded on another way; a mistake in a derivation does not stay that small.
    """
    assert evaluation.exact is not None
    env = evaluation.environment(0)
    try:
        printed = value_of(as_printed(figure), env)
        once = max(_slack(figure, env), *(real(_half_a_digit(each, evaluation.number_format)) for each in entries_of(printed)))
        slack = (3 + evaluation.graph.samples) * once + real(NOTHING)
        values = [_everywhere(symbolic, place, False)[0] for place in (evaluation.exact, evaluation)]
    except (UnknownValueError, DomainError):
        return True

    def near_enough(a: Number, b: Number) -> bool:
        return bool(abs(real(a) - real(b)) <= slack + abs(real(b)) / 20)

    return any(same(value, printed, near_enough) for value in values)


def _half_a_digit(value: Number, style: NumberFormat) -> Fraction:
    text = rounded_text(fraction_of(value), style.digits, style.rounding)
    return half_unit(text) if value or style.rounding == "decimals" else Fraction(0)


def _slack(figure: Expr, env: Environment) -> Number:
    """How far the value of the figures may be off, each of them within half a unit of its last digit."""
    total, printed = real(0), entries_of(value_of(as_printed(figure), env))
    for node in dict.fromkeys(node for node in walk(figure) if isinstance(node, Shown) and not node.exact):
        moved = Num(Fraction(node.text) + half_unit(node.text))
        again = entries_of(value_of(as_printed(_replaced(figure, node, moved)), env))
        total = total + max(abs(real(a) - real(b)) for a, b in zip(again, printed, strict=True))
    return total


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr == old else rebuild(expr, lambda part: _replaced(part, old, new))
