"""What is taken as right in a gap: a number within the figures its sheet prints, any form of a formula that is equal, a partial.

Nothing here is text to be compared letter by letter. A number becomes the words of its exact fraction and of its rounded figures;
a formula becomes its values at a few made-up places, cut to seven digits, so that x w, w x and x/(1/w) are one answer; a partial
derivative becomes the names above and below. A page holds only hashes of these words, and works them out of what is typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10

from derivgen.documents.figures import number_words
from derivgen.documents.places import Places, environment
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.evaluate import UnknownValueError, evaluate
from derivgen.maths.numbers import NumberFormat, fraction_of
from derivgen.maths.tree import Expr, Matrix, Neg, Num, Partial, Shown, SumOver, Sym, has_matrices, walk

DIGITS = 7


@dataclass(frozen=True, slots=True)
class ANumber:
    """A number: the words that are accepted for it. `worked`: an expression of numbers may stand for it as well."""

    words: tuple[str, ...]
    worked: bool = False

    @property
    def rounded(self) -> bool:
        """Whether nothing but its rounded figures can be expected."""
        return not any(word.startswith("=") for word in self.words)


@dataclass(frozen=True, slots=True)
class AFormula:
    """A formula in names, by its values at the computation's places: `word` are these, cut at 10^`unit`.

    `shifts` says of each value whether it is cut at whole or at half units, whichever is farther from it: two ways of working
    it out never end on different sides of a cut. `partials`: partial derivatives may stand in it.
    """

    word: str
    unit: int
    shifts: str
    partials: bool


@dataclass(frozen=True, slots=True)
class APartial:
    """One partial derivative, by the names above and below."""

    word: str


@dataclass(frozen=True, slots=True)
class AMatrix:
    """A matrix of numbers, row by row."""

    rows: tuple[tuple[ANumber, ...], ...]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that a page cannot check: written down there, compared with the key."""


Accepted = ANumber | AFormula | APartial | AMatrix | Unchecked


def accepted(answer: Expr, evaluation: Evaluation, places: Places) -> Accepted:
    """What is taken as right where this answer goes in."""
    style = evaluation.number_format
    if isinstance(answer, Matrix) and all(_is_number(cell) for row in answer.rows for cell in row):
        return AMatrix(tuple(tuple(ANumber(_words(cell, style)) for cell in row) for row in answer.rows))
    if isinstance(answer, Partial):
        return APartial(partial_word(answer, evaluation.graph))
    if has_matrices(answer) or any(isinstance(node, Matrix) for node in walk(answer)):
        return Unchecked()
    try:
        if _is_number(answer):
            return ANumber(_words(answer, style))
        if not any(isinstance(node, (Sym, Partial, SumOver)) for node in walk(answer)):
            return ANumber(number_words(evaluate(answer, evaluation.environment(0)), style), worked=True)
        return _formula(answer, places)
    except (UnknownValueError, DomainError, OverflowError):
        return Unchecked()


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
    """The names above and below, each by its first name."""
    of, by = (graph.aliases.get(name.name, name.name) for name in (partial.of, partial.by))
    return f"d {of} {by}"


def _formula(answer: Expr, places: Places) -> Accepted:
    """A formula by its values. Unchecked where it has none, or is too large or too small for a page's numbers."""
    if not places.tried:
        return Unchecked()
    values = [value for tried in places.tried for value in _everywhere(answer, tried)]
    largest = max(map(abs, values))
    if largest and not -200 < log10(float(largest)) < 200:
        return Unchecked()
    unit = (floor(log10(float(largest))) if largest else 0) - DIGITS + 1
    shifts = "".join("b" if abs(_part(value, unit) - Fraction(1, 2)) > Fraction(1, 4) else "a" for value in values)
    cut = [cut_at(value, unit, shift == "b") for value, shift in zip(values, shifts, strict=True)]
    shorts = {short.name for short in places.tried[0].graph.spec.notation.shorthands}
    partials = any(isinstance(node, Partial) or (isinstance(node, Sym) and node.name in shorts) for node in walk(answer))
    return AFormula("f" + ",".join(map(str, cut)), unit, shifts, partials)


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
    """The number of whole units below a value, or of those that end at a half."""
    return floor(value / Fraction(10) ** unit + (Fraction(1, 2) if half else 0))
