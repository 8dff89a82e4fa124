"""Conditions on numbers as written: comparisons, counts of them, states of units. Their terms are expressions.

A name in a term may be a pattern (`Z_*`) or a word for many (`gradients`, `hidden units`); a comparison then speaks of each.

Text → condition: `Z_3 > 0`, `count(A_* == 0) >= 1`, `no two gradients equal`. The grammar stands in `conditions.lark`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from derivgen.errors import Place, Problem, SpecError
from derivgen.frozen import dataclass, field
from derivgen.maths.grammar import Builder, Vocabulary, check_text, parser_of
from derivgen.maths.tree import Expr, Num, Partial, Sym, children


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is true of a variant or not."""

    at: Place | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Measure:
    """Of each value of `arg` how many decimals it has, its denominator, or how far it is from the kink of its function."""

    kind: str  # decimals | denominator | kink
    arg: Expr


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """`sides[0] ops[0] sides[1] ops[1] …`, of each thing that its names mean and in each sample."""

    sides: tuple[Expr | Measure, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State(Condition):
    """Each of the units is off, on, dead (off in every sample) or saturated."""

    kind: str
    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Distinct(Condition):
    """No two of the values are equal."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Counted(Condition):
    """How many of the things that the parts speak of are so: `count op number`."""

    parts: tuple[Condition, ...]
    op: str
    number: int


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Both(Condition):
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either(Condition):
    """A part holds."""

    parts: tuple[Condition, ...]


def names_in(condition: Condition) -> Iterator[Sym]:
    """Yield every name, pattern or word for many in a condition, but for those in gradients."""
    yield from (node for expr in terms(condition) for node in parts(expr) if isinstance(node, Sym))


def gradients_in(condition: Condition) -> Iterator[Partial]:
    """Yield every gradient that is named in a condition."""
    yield from (node for expr in terms(condition) for node in parts(expr) if isinstance(node, Partial))


def parts(expr: Expr) -> Iterator[Expr]:
    """Yield every node of a term, a gradient as a whole."""
    yield expr
    if not isinstance(expr, Partial):
        for part in children(expr):
            yield from parts(part)


def terms(condition: Condition) -> Iterator[Expr]:
    """Yield every expression in a condition."""
    if isinstance(condition, Comparison):
        yield from (side.arg if isinstance(side, Measure) else side for side in condition.sides)
    elif isinstance(condition, (State, Distinct)):
        yield from condition.of
    elif isinstance(condition, Not):
        yield from terms(condition.part)
    elif isinstance(condition, (Counted, Both, Either)):
        for part in condition.parts:
            yield from terms(part)


EXAMPLES = (
    "Z_3 > 0",
    "abs(Loss) <= 50",
    "at least one hidden unit off",
    "every gradient has at most 3 decimals",
    "no two gradients equal",
    "no unit within 0.1 of its kink",
)
_NUMERALS = {word: number for number, word in enumerate(("one", "two", "three", "four", "five", "six"), 1)}
_SIGNS = {"positive": ">", "negative": "<", "zero": "==", "nonzero": "!="}
_CAPITAL = re.compile(r"^(At|No|Every|Each|All|Some|Exactly)(?= +\w)")
_TWINS = {"≤": "<=", "≥": ">=", "≠": "!=", "−": "-", "·": "*", "×": "*"}


def parse_condition(text: str, place: Place, words: Vocabulary) -> Condition:
    """Return the condition in a text; `place` is where its first character stands. Raises SpecError at the place of a mistake."""
    from lark.exceptions import UnexpectedInput

    twin = next(((position, sign) for position, sign in enumerate(text) if sign in _TWINS), None)
    if twin is not None:
        raise _problem(f"{twin[1]!r} is not part of a condition", place.shifted(twin[0]), f"write {_TWINS[twin[1]]!r} instead")
    text = _CAPITAL.sub(lambda word: word[0].lower(), text)
    check_text(text, place)
    try:
        tree = parser_of("conditions.lark", ("condition",)).parse(text, start="condition")
    except UnexpectedInput as error:
        raise _not_understood(text, place, error) from None
    return _Builder(text, place, words).condition(tree)


def _problem(message: str, place: Place, hint: str | None = None) -> SpecError:
    return SpecError(Problem(message, place, hint))


def _not_understood(text: str, place: Place, error: Any) -> SpecError:
    """Where the text stops to be a condition."""
    token = getattr(error, "token", None)
    position = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    hint = f"as in  {'  or  '.join(EXAMPLES[:3])}"
    if not text.strip():
        return _problem("a condition is missing", place, hint)
    if (token is not None and token.type == "$END") or position >= len(text):
        at = place.shifted(len(text.rstrip()))
        if not any(sign in text for sign in "<>=!"):
            return _problem("this is no condition yet: nothing is compared", place.shifted(0, len(text)), hint)
        return _problem("the condition ends where something is still missing", at, hint)
    where = place.shifted(position, max(1, len(str(token)) if token is not None else 1))
    found = str(token) if token is not None else text[position]
    if found == "=":
        return _problem("a comparison is written with two signs, ==", where, f"write {text[:position]}=={text[position + 1 :]}")
    return _problem(f"this condition is not understood from {found!r} on", where, hint)


class _Builder(Builder):
    """Turns lark's tree into conditions; their terms as expressions are."""

    def condition(self, node: Any) -> Condition:
        built = getattr(self, f"_is_{node.data}")(*node.children)
        assert isinstance(built, Condition)
        return built

    def _all(self, nodes: tuple) -> tuple[Condition, ...]:
        return tuple(self.condition(node) for node in nodes)

    def _terms(self, nodes: tuple) -> tuple[Expr, ...]:
        return tuple(self.expression(node) for node in nodes)

    def _is_either(self, *parts) -> Condition:
        return Either(self._all(parts))

    def _is_both(self, *parts) -> Condition:
        return Both(self._all(parts))

    def _is_negated(self, part) -> Condition:
        return Not(self.condition(part))

    def _is_comparison(self, *parts) -> Condition:
        return Comparison(tuple(self._side(part) for part in parts[::2]), tuple(map(str, parts[1::2])))

    def _is_quantified(self, word, *parts) -> Condition:
        if word == "all":
            return Both(self._all(parts))
        return Counted(self._all(parts), "==" if word == "none" else ">=", 0 if word == "none" else 1, at=self.at(word))

    def _is_counted(self, word, *parts) -> Condition:
        *inner, op, number = parts
        return Counted(self._all(tuple(inner)), str(op), self._whole(number, self.at(op)), at=self.at(word))

    def _is_state_of(self, word, *terms) -> Condition:
        return State(str(word), self._terms(terms), at=self.at(word))

    def _is_distinct(self, word, *terms) -> Condition:
        return Distinct(self._terms(terms), at=self.at(word))

    def _is_no_two_equal(self, subject) -> Condition:
        return Distinct((self._subject(subject),))

    def _is_phrase(self, amount, subject, predicate) -> Condition:
        of = self._subject(subject)
        if predicate.data == "different":
            if amount.data != "every":
                raise _problem("that is no condition", self.place, "write: no two gradients equal")
            return Distinct((of,))
        part = self._so(of, predicate)
        if amount.data == "every":
            return part
        numbers = {"none": ("==", 0), "some": (">=", 1)}
        if amount.data in numbers:
            return Counted((part,), *numbers[amount.data])
        ops = {"at_least": ">=", "at_most": "<=", "exactly": "=="}
        return Counted((part,), ops[amount.data], self._count(amount.children[0]))

    def _is_said(self, of, predicate) -> Condition:
        """`Z_3 is positive`, `Loss has at most 2 decimals`"""
        expr = self.expression(of)
        return Distinct((expr,)) if predicate.data == "different" else self._so(expr, predicate)

    def _so(self, of: Expr, predicate) -> Condition:
        part = getattr(self, f"_are_{predicate.data}")(of, *predicate.children)
        assert isinstance(part, Condition)
        return part

    def _subject(self, node) -> Expr:
        """Who is spoken of: a name, a pattern, `units`, `hidden units`, `gradients`, `gradients by W_*`."""
        first, *rest = (self.expression(child) for child in node.children)
        if node.data == "by":
            assert isinstance(rest[0], Sym)
            if not isinstance(first, Sym) or first.name not in ("gradient", "gradients"):
                raise _problem("only a gradient is one by something", self.place)
            return Partial(Sym(""), rest[0], at=rest[0].at)
        if node.data in ("hidden", "output"):
            assert isinstance(first, Sym)
            return Sym(f"{node.data} {first.name}", at=first.at)
        return first

    def _are_state(self, of, word) -> Condition:
        zero = Num(Fraction(0))
        if word in _SIGNS:
            return Comparison((of, zero), (_SIGNS[word],))
        if word in ("whole", "integer", "integers"):
            return Comparison((Measure("decimals", of), zero), ("==",))
        return State(str(word), (of,), at=self.at(word))

    def _are_near_kink(self, of, distance) -> Condition:
        return Comparison((Measure("kink", of), self.expression(distance)), ("<=",))

    def _are_compared(self, of, op, other) -> Condition:
        return Comparison((of, self.expression(other)), (str(op),))

    def _are_between(self, of, low, high) -> Condition:
        return Comparison((self.expression(low), of, self.expression(high)), ("<=", "<="))

    def _are_above(self, of, low) -> Condition:
        return Comparison((of, self.expression(low)), (">",))

    def _are_below(self, of, high) -> Condition:
        return Comparison((of, self.expression(high)), ("<",))

    def _are_decimals(self, of, count) -> Condition:
        return Comparison((Measure("decimals", of), Num(Fraction(self._count(count)))), ("<=",))

    def _are_no_decimals(self, of) -> Condition:
        return Comparison((Measure("decimals", of), Num(Fraction(0))), ("==",))

    def _side(self, node) -> Expr | Measure:
        if node.data == "measure":
            word, inner = node.children
            return Measure(str(word), self.expression(inner))
        return self.expression(node)

    def _pattern(self, token) -> Expr:
        return Sym(str(token), at=self.at(token))

    def _gradient(self, word, named) -> Expr:
        by = self.expression(named)
        assert isinstance(by, Sym)
        return Partial(Sym(""), by, at=self.at(word))

    def _derivative(self, token) -> Expr:
        of, _, by = str(token).partition("/")
        place = self.at(token)
        return Partial(Sym(of.strip()[1:], at=place), Sym(by.strip()[1:], at=place), at=place)

    def _count(self, node) -> int:
        if node.data == "numeral":
            return _NUMERALS[str(node.children[0])]
        return self._whole(node, self.place)

    def _whole(self, node, place: Place) -> int:
        value = self.expression(node)
        if not isinstance(value, Num) or value.value.denominator != 1:
            raise _problem("how many there are is a whole number", value.at or place)
        return int(value.value)
