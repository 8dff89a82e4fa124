"""What is taken as right in a gap: a number within the figures its sheet prints, any form of a formula that is equal, a partial.

Nothing here is text to be compared letter by letter. A number becomes the words of its exact fraction and of its rounded figures;
a formula becomes its values at a few made-up points, cut to seven digits, so that x w, w x and x/(1/w) are one answer; a partial
derivative becomes the names above and below. A page holds only hashes of these words, and works them out of what is typed.

Made-up points to try formulas at: evaluations in which every value follows from the ones before it as the sheet defines it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor, log10

from derivgen.checks.equalities import trial
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.maths.arithmetic import DomainError, Number, Rounded, is_exact, to_float
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.numbers import NumberFormat, fraction_of
from derivgen.maths.tree import Expr, Matrix, Neg, Num, Partial, Pi, Shown, SumOver, Sym, has_matrices, walk
from derivgen.spec.roles import count_names

DIGITS = 7


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """A number: the words that are accepted for it. `worked`: an expression of numbers may stand for it as well."""

    words: tuple[str, ...]
    worked: bool = False

    @property
    def rounded(self) -> bool:
        """Return whether nothing but its rounded figures can be expected."""
        return not any(word.startswith("=") for word in self.words)


@dataclass(frozen=True, slots=True)
class FormulaAnswer:
    """A formula in names, by its values at the computation's points: `word` are these, cut at 10^`unit`.

    `shifts` says of each value whether it is cut at whole or at half units, whichever is farther from it: two ways of working
    it out never end on different sides of a cut. `partials`: partial derivatives may stand in it.
    """

    word: str
    unit: int
    shifts: str
    partials: bool


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """One partial derivative, by the names above and below."""

    word: str


@dataclass(frozen=True, slots=True)
class MatrixAnswer:
    """A matrix of numbers, row by row."""

    rows: tuple[tuple[NumberAnswer, ...], ...]


@dataclass(frozen=True, slots=True)
class UncheckedAnswer:
    """Something that a page cannot check: written down there, compared with the key."""


Accepted = NumberAnswer | FormulaAnswer | PartialAnswer | MatrixAnswer | UncheckedAnswer


def accepted(answer: Expr, evaluation: Evaluation, points: TrialPoints) -> Accepted:
    """Return what is taken as right in the gap that this answer goes into; formulas are tried at `points`."""
    style = evaluation.number_format
    if isinstance(answer, Matrix) and all(_is_number(cell) for row in answer.rows for cell in row):
        return MatrixAnswer(tuple(tuple(NumberAnswer(_words(cell, style)) for cell in row) for row in answer.rows))
    if isinstance(answer, Partial):
        return PartialAnswer(partial_word(answer, evaluation.graph))
    if has_matrices(answer) or any(isinstance(node, Matrix) for node in walk(answer)):
        return UncheckedAnswer()
    try:
        if _is_number(answer):
            return NumberAnswer(_words(answer, style))
        if not any(isinstance(node, (Sym, Pi, Partial, SumOver)) for node in walk(answer)):
            return NumberAnswer(number_words(evaluate(answer, evaluation.environment(0)), style), worked=True)
        return _formula(answer, points)
    except (UnknownValueError, DomainError, OverflowError):
        return UncheckedAnswer()


def _is_number(expr: Expr) -> bool:
    """Whether the expression is one number, with or without a minus before it."""
    return isinstance(expr.arg if isinstance(expr, Neg) else expr, (Num, Shown))


def _words(expr: Expr, style: NumberFormat) -> tuple[str, ...]:
    """What is accepted for one printed number."""
    if isinstance(expr, Neg):
        return tuple(_opposite(word) for word in _words(expr.arg, style))
    assert isinstance(expr, (Num, Shown))
    return number_words(expr.value, style, isinstance(expr, Shown) and not expr.exact)


def _opposite(word: str) -> str:
    """The word of the number with the other sign."""
    sign, figures = word[0], word[1:]
    zero = figures.startswith("0")
    return word if zero else sign + (figures[1:] if figures.startswith("-") else f"-{figures}")


def partial_word(partial: Partial, graph: Graph) -> str:
    """Return the word of a partial derivative: the names above and below, each by its first name."""
    of, by = (graph.aliases.get(name.name, name.name) for name in (partial.of, partial.by))
    return f"d {of} {by}"


def _formula(answer: Expr, points: TrialPoints) -> Accepted:
    """A formula by its values. UncheckedAnswer where it has none, or is too large or too small for a page's numbers."""
    if not points.tried:
        return UncheckedAnswer()
    values = [value for tried in points.tried for value in _everywhere(answer, tried)]
    largest = max(map(abs, values))
    if largest and not 1e-200 < to_float(largest) < 1e200:
        return UncheckedAnswer()
    unit = (floor(log10(float(largest))) if largest else 0) - DIGITS + 1
    shifts = "".join("b" if abs(_part(value, unit) - Fraction(1, 2)) > Fraction(1, 4) else "a" for value in values)
    cut = [cut_at(value, unit, shift == "b") for value, shift in zip(values, shifts, strict=True)]
    shorts = {short.name for short in points.tried[0].graph.spec.notation.shorthands}
    partials = any(isinstance(node, Partial) or (isinstance(node, Sym) and node.name in shorts) for node in walk(answer))
    return FormulaAnswer("f" + ",".join(map(str, cut)), unit, shifts, partials)


def _everywhere(answer: Expr, tried: Evaluation) -> Iterator[Fraction]:
    """The formula's value in each sample."""
    env, graph = environment(tried), tried.graph
    for sample in range(graph.samples):
        yield fraction_of(evaluate(answer, env.at(sample).over(graph.index, sample + 1)))


def _part(value: Fraction, unit: int) -> Fraction:
    """How far a value is above the last whole unit, in units."""
    scaled = value / Fraction(10) ** unit
    return scaled - floor(scaled)


def cut_at(value: Fraction, unit: int, half: bool) -> int:
    """Return how many whole units of 10^`unit` lie below a value, or of those that end at a half."""
    return floor(value / Fraction(10) ** unit + (Fraction(1, 2) if half else 0))


def number_words(value: Number, style: NumberFormat, rounded: bool = False) -> tuple[str, ...]:
    """Return the words of a number: its fraction where it is exact; its rounded figures where no more can be expected.

    >>> number_words(Fraction(1, 2), NumberFormat()), number_words(Fraction(2, 3), NumberFormat())
    (('=1/2',), ('=2/3', '~6667e-4'))
    """
    exact = fraction_of(value)
    found = (f"={exact.numerator}/{exact.denominator}",) if is_exact(value) else ()
    rounded = rounded or not found or type(value) is Rounded or _is_long(exact, style)
    return (*found, rounded_word(exact, style)) if rounded else found


def _is_long(exact: Fraction, style: NumberFormat) -> bool:
    """Whether a fraction has more digits than a sheet prints, so that its rounded figures are right as well."""
    if exact.denominator == 1 or abs(exact) >= 10 ** (style.digits - 1):
        return False
    return exact != _from(rounded_figures(exact, style))


def rounded_figures(value: Fraction, style: NumberFormat) -> tuple[int, int]:
    """Return (k, e): the number rounded half up is k · 10^e, k with as many digits as are printed.

    >>> rounded_figures(Fraction(2, 3), NumberFormat()), rounded_figures(Fraction(99999, 10), NumberFormat())
    ((6667, -4), (1000, 1))
    """
    if style.rounding == "decimals":
        return _half_up(value, -style.digits), -style.digits
    if not value:
        return 0, 0
    exponent = _magnitude(value) - style.digits + 1
    figures = _half_up(value, exponent)
    return (figures, exponent) if abs(figures) < 10**style.digits else (figures // 10, exponent + 1)


def rounded_word(value: Fraction, style: NumberFormat) -> str:
    """Return the word of a number's rounded figures."""
    figures, exponent = rounded_figures(value, style)
    return f"~{figures}e{exponent}"


def _from(figures: tuple[int, int]) -> Fraction:
    return figures[0] * Fraction(10) ** figures[1]


def _half_up(value: Fraction, exponent: int) -> int:
    scaled = abs(value) / Fraction(10) ** exponent
    figures = floor(scaled + Fraction(1, 2))
    return -figures if value < 0 else figures


def _magnitude(value: Fraction) -> int:
    """The exponent of 10 of the first digit."""
    size = len(str(abs(value.numerator))) - len(str(value.denominator))
    return size if abs(value) >= Fraction(10) ** size else size - 1


MOST_POINTS = 6
DRAWS = 10
MOST_NUMBERS = 30_000
"""How many numbers the points of one computation may come to; the formulas of a larger one are not checked."""


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """Made-up values to try formulas with: of names and of partial derivatives (`of by`), one number or one per sample."""

    values: Mapping[str, tuple[float, ...]]
    partials: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class TrialPoints:
    """The points of one computation, as evaluations and as the numbers that a page has."""

    tried: tuple[Evaluation, ...]
    listed: tuple[TrialPoint, ...]

    @property
    def samples(self) -> int:
        """Return how many samples each point has."""
        return self.tried[0].graph.samples if self.tried else 1


def trial_points(evaluation: Evaluation) -> TrialPoints:
    """Make up a few evaluations (fixed seeds), each quantity positive at one and negative at another where it can be both."""
    kept: list[Evaluation] = []
    seen: dict[tuple[str, bool], None] = {}
    for draw in range(DRAWS):
        tried = trial(evaluation.derivation, seed=draw + 1)
        if tried is None:
            continue
        signs = {(name, value > 0): None for name, values in tried.values.items() for value in values}
        if len(kept) < 2 or any(sign not in seen for sign in signs):
            kept.append(tried)
            seen |= signs
        if len(kept) == MOST_POINTS:
            break
    listed = tuple(_point(tried) for tried in kept)
    size = sum(len(values) for point in listed for values in (*point.values.values(), *point.partials.values()))
    return TrialPoints(tuple(kept), listed) if size <= MOST_NUMBERS else TrialPoints((), ())


def _point(tried: Evaluation) -> TrialPoint:
    """The numbers of a made-up evaluation. Its second names have values of their own."""
    env = environment(tried)
    values = {name: _floats(numbers) for name, numbers in env.numbers.items()}
    partials = {f"{key[0]} {key[1]}": _floats(found) for key, found in env.partials.items() if len(key) == 2}
    return TrialPoint(values, partials)


def environment(tried: Evaluation) -> Environment:
    """Return what formulas are evaluated in at a point; the number of samples has a value there, too."""
    env, graph = tried.environment(), tried.graph
    counts = dict.fromkeys(count_names(graph.spec.data), (Fraction(graph.samples),))
    return env._replace(numbers={**env.numbers, **counts})


def _floats(numbers: Sequence[Number]) -> tuple[float, ...]:
    return tuple(float(fraction_of(number)) for number in numbers)
