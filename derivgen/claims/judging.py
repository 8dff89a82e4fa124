"""Is what was printed right? Numbers against figures, with the rounding that people use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from derivgen.claims.figures import Figure, literals
from derivgen.claims.names import in_words
from derivgen.frozen import dataclass
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number, real
from derivgen.maths.array_values import is_infinite
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.functions import Library
from derivgen.maths.tree import Expr, Num, Partial, Shown, Sum, Sym, rebuild, walk

MOST_VARIED = 40
DOUBLE = 14
"""From so many digits on a figure is a computer's, whose last digits are not to be relied upon."""


@dataclass(frozen=True, slots=True)
class Match:
    """How two numbers agree: `exact`, or rounded, with `how` in words."""

    exact: bool
    how: str = ""


NOTHING = Environment({}, Library())


def value_in(expr: Expr, env: Environment = NOTHING) -> Number:
    """Return an expression's value. Raises UnknownValueError and DomainError."""
    value = evaluate(expr, env)
    return value if is_infinite(value) else arithmetic.bounded(value, 3_000)


def against_figure(value: Number, figure: Figure, approximate: bool) -> Match | None:
    """Return how a value agrees with a printed figure, None where it does not.

    >>> from derivgen.maths.tree import Num
    >>> from derivgen.claims.figures import figure_of
    >>> figure = figure_of(Num(Fraction("0.187"), "0.187"))
    >>> [against_figure(Fraction(text), figure, False) for text in ("0.187", "0.18674", "0.1875", "0.1879", "0.1881")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [Match(exact=True, how=''), Match(exact=False, how='rounded'), Match(exact=False, how='a half rounded to an even digit'),
     Match(exact=False, how='digits cut off, not rounded'), None]
    """
    difference = arithmetic.add(value, -figure.value)
    if not difference or arithmetic.near(value, figure.value, Fraction(1, 10**40)):
        return Match(True)
    unit = figure.unit
    off, half = abs(real(difference)), real(figure.unit) / 2
    if unit >= 1 and not approximate:  # a whole number after an equals sign says that it is one
        return Match(False, "rounded to a whole number") if off <= half and off <= abs(real(value)) / 200 else None
    if off < half:
        return Match(False, "rounded")
    if off == half:
        up = abs(real(figure.value)) > abs(real(value))
        return Match(False, "rounded" if up else "a half rounded to an even digit")
    if off < real(unit) and abs(real(figure.value)) < abs(real(value)):
        return Match(False, "digits cut off, not rounded")
    if figure.digits >= DOUBLE and off <= abs(real(value)) * real(Fraction(1, 10 ** (DOUBLE - 1))):
        return Match(False, "as a computer's arithmetic has it")
    return None


def slack(expr: Expr, varied: Mapping[str, Fraction], evaluate_with: Callable[[Expr], Number]) -> Number:
    """Return by how much an expression's value can change when each of these decimals (by text) or names moves by so much."""
    total = real(Fraction(0))
    terms = expr.terms if isinstance(expr, Sum) else (expr,)
    texts = [frozenset(_texts(term)) for term in terms]
    try:
        for text, step in list(varied.items())[:MOST_VARIED]:
            part = Sum(tuple(term for term, held in zip(terms, texts, strict=True) if text in held))
            if not part.terms:
                continue
            middle = real(evaluate_with(part))
            moved = [real(evaluate_with(_moved(part, text, sign * step))) for sign in (1, -1)]
            total += max(abs(value - middle) for value in moved)
    except (DomainError, UnknownValueError):
        return real(Fraction(0))
    return total


def _texts(expr: Expr) -> Iterator[str]:
    """Yield what can be moved in an expression: numbers by their text, names and derivatives."""
    for node in walk(expr):
        if type(node) is Num:
            yield node.text
        elif type(node) is Sym:
            yield node.name
        elif type(node) is Partial:
            yield in_words(node)


def _moved(expr: Expr, text: str, step: Fraction) -> Expr:
    if type(expr) is Num:
        return Num(expr.value + step, expr.text) if expr.text == text else expr
    if type(expr) is Sym:
        return Sum((expr, Num(step))) if expr.name == text else expr
    if type(expr) is Partial:
        return Sum((expr, Num(step))) if in_words(expr) == text else expr
    return rebuild(expr, lambda part: _moved(part, text, step))


def replaced(expr: Expr, values: Mapping[str, Number]) -> Expr:
    """Return an expression with other values for printed decimals, by their text."""
    if type(expr) is Num:
        return Shown(values[expr.text], expr.text) if expr.text in values else expr
    if type(expr) in (Sym, Partial):
        return expr
    return rebuild(expr, lambda part: replaced(part, values))


def unit_of(text: str) -> Fraction:
    """Return the unit of a decimal's last digit."""
    mantissa, _, exponent = text.lower().partition("e")
    return Fraction(1, 10 ** len(mantissa.partition(".")[2])) * Fraction(10) ** int(exponent or 0)


def significant(text: str) -> int:
    """Return how many significant digits a decimal is printed with."""
    return len(text.lower().partition("e")[0].replace(".", "").lstrip("0"))


def shorter_figures(text: str) -> Iterator[Num]:
    """Yield a decimal rounded by at least two of its digits, from the longest on.

    >>> [each.text for each in shorter_figures("0.7514")]
    ['0.75', '0.8']
    """
    value, unit = Fraction(text), unit_of(text) * 10
    for _ in range(significant(text) - 2):
        unit *= 10
        if unit < 1:
            yield Num(Fraction(shown(value, unit)), shown(value, unit))


def decimals(exprs: Iterable[Expr]) -> dict[str, Fraction]:
    """Return the decimals in expressions, by their text."""
    return {node.text: node.value for expr in exprs for node in literals(expr)}


def has_names(expr: Expr) -> bool:
    """Tell whether a name or a derivative stands in an expression."""
    return any(isinstance(node, (Sym, Partial)) for node in walk(expr))


def names_in(expr: Expr) -> set[str]:
    """Return the names in an expression."""
    return {node.name for node in walk(expr) if isinstance(node, Sym)}


def shown(value: Number, unit: Fraction) -> str:
    """Return a value with as many decimals as a figure of this unit has."""
    scaled = Fraction(value) / unit if arithmetic.is_exact(value) else real(value) / real(unit)
    half = Fraction(1, 2) if arithmetic.is_exact(value) else real(Fraction(1, 2))
    whole = int(abs(scaled) + half)
    places = max(0, len(str(unit.denominator)) - 1)
    text = str(whole * (unit.numerator if places == 0 else 1)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 and whole else ""
    return sign + (f"{text[:-places]}.{text[-places:]}" if places else text)


def crossed(value: Number, figure: Figure) -> bool:
    """Return whether a figure is this value with two digits beside each other in each other's places: 0.03932 for 0.03923."""
    right, printed = shown(value, figure.unit), shown(figure.value, figure.unit)
    wrong = [k for k, (a, b) in enumerate(zip(right, printed, strict=False)) if a != b]
    if len(right) != len(printed) or len(wrong) != 2 or [right[k] for k in wrong] != [printed[k] for k in wrong[::-1]]:
        return False
    first, second = wrong
    return second - first in (1, 2) and {right[k] for k in range(first + 1, second)} <= {"."}


def short(value: Number, digits: int = 10) -> str:
    """Return a value for a message or for JSON: exact where it is a short decimal or fraction, else so many digits.

    >>> short(Fraction("0.4589164796")), short(Fraction(1, 3)), short(Fraction(12))
    ('0.4589164796', '0.3333333333', '12')
    """
    if arithmetic.is_exact(value):
        fraction = Fraction(value)
        if fraction.denominator == 1 and abs(fraction.numerator) < 10**15:
            return str(fraction.numerator)
    return arithmetic.context().nstr(real(value), digits, strip_zeros=True) if value else "0"


def first_known(values: Sequence[Number | None]) -> Number | None:
    """Return the first value that is one."""
    return next((value for value in values if value is not None), None)


def figure_text(figure: Figure) -> str:
    """Return a figure as plain text."""
    if "e" in figure.text.lower() or figure.unit * 10 ** max(0, len(figure.text)) < 1 or figure.unit > 1:
        return f"{float(figure.value):g}"
    if abs(figure.value) != abs(Fraction(figure.text)):
        return short(figure.value)
    return f"{'-' if figure.value < 0 else ''}{figure.text.lstrip('-')}"


def is_short(value: Number, figure: Figure) -> bool:
    """Tell whether a value has no more decimals than a figure."""
    return arithmetic.near(Fraction(shown(value, figure.unit)), value, Fraction(1, 10**40))
