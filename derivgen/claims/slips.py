"""The known slips: what each makes of a right value, of a formula, and of a derivative of a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from derivgen.claims.points import seen_from
from derivgen.evaluation import Evaluation, Values, backward, local_values
from derivgen.frozen import dataclass
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import UnknownValueError
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Neg, Num, Power, Product, Quotient, Sum, Sym, children, rebuild, walk
from derivgen.memo import kept_with_owner
from derivgen.updates import descent

MOST_NODES = 60
"""Of a longer formula no part is left out to see what comes of it."""
MOST_WORK = 20_000
"""Local derivatives gone through, in all, to see what comes of a slip in each of them."""
SIGN = "sign"
_AT_SIGHT = (1, 2, Fraction(1, 2), *(Fraction(10) ** power for power in range(-3, 4)))
"""Factors whose absence is called by what it does to the result."""
Evaluator = Callable[[Expr], Number]
Allowed = Callable[[int], bool]
"""Counts work (nodes and local derivatives gone through), and tells whether it may be done."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip in words, and the value it makes of the right one."""

    words: str
    value: Number


def of_result(value: Number) -> Iterator[Slip]:
    """Yield what becomes of a result: its sign, its decimal point, a factor 2."""
    if not value:
        return
    yield Slip(SIGN, -value)
    for power in (1, -1, 2, -2, 3, -3):
        words = "the decimal point, or a zero" if abs(power) == 1 else "the decimal point, or zeros"
        yield Slip(words, arithmetic.multiply(value, Fraction(10) ** power))
    yield Slip("a factor 2", arithmetic.multiply(value, Fraction(2)))
    yield Slip("a factor 1/2", arithmetic.multiply(value, Fraction(1, 2)))


def of_formula(
    tree: Expr, value_of: Evaluator, rounded: Mapping[str, Sequence[Expr]], allowed: Allowed
) -> tuple[Slip, ...] | None:
    """Return what comes of a formula with one part left out or a sign turned, and with figures in it rounded before.

    `rounded`: for decimals and names by their text what they may have been rounded to. None where the work is not allowed.
    """
    found: list[Slip] = []
    size = sum(1 for _ in walk(tree))
    if size > MOST_NODES:
        return ()
    changed = [*_changed(tree)]
    if not allowed(size * (len(changed) + sum(map(len, rounded.values())))):
        return None
    shorter = ((f"rounded forerunner: {text} as {plain(to)}", _with(tree, text, to)) for text in rounded for to in rounded[text])
    for words, other in (*changed, *shorter):
        try:
            found.append(Slip(words, value_of(other)))
        except (DomainError, UnknownValueError, KeyError):
            continue
    return tuple(found)


def _changed(tree: Expr) -> Iterator[tuple[str, Expr]]:
    """Yield the formula with each of its parts left out in turn, and with the sign of each term turned."""
    if isinstance(tree, Product):
        for k, factor in enumerate(tree.factors):
            rest = (*tree.factors[:k], *tree.factors[k + 1 :])
            if not isinstance(factor, Num) or factor.value not in _AT_SIGHT:
                yield f"the factor {plain(factor)} is missing", rest[0] if len(rest) == 1 else Product(rest)
    elif isinstance(tree, Sum):
        for k, term in enumerate(tree.terms):
            rest, turned = (*tree.terms[:k], *tree.terms[k + 1 :]), term.arg if isinstance(term, Neg) else Neg(term)
            yield (
                f"the term {plain(turned if isinstance(term, Neg) else term)} is missing",
                rest[0] if len(rest) == 1 else Sum(rest),
            )
            yield (
                f"the sign of {plain(turned if isinstance(term, Neg) else term)}",
                Sum((*tree.terms[:k], turned, *tree.terms[k + 1 :])),
            )
    elif isinstance(tree, Power) and isinstance(tree.exponent, Num):
        yield f"the exponent {plain(tree.exponent)} is missing", tree.base
    elif isinstance(tree, Quotient):
        yield f"the division by {plain(tree.under)} is missing", tree.over
        yield "the fraction is upside down", Quotient(tree.under, tree.over)
    for k, part in enumerate(children(tree)):
        for words, other in _changed(part):
            yield words, _put(tree, k, other)


def _put(tree: Expr, place: int, other: Expr) -> Expr:
    """Return a node with another part in the place of one of those directly below it."""
    count = iter(range(1 << 30))
    return rebuild(tree, lambda part: other if next(count) == place else part)


def _with(tree: Expr, text: str, to: Expr) -> Expr:
    if (isinstance(tree, Num) and tree.text == text) or (isinstance(tree, Sym) and tree.name == text):
        return to
    return rebuild(tree, lambda part: _with(part, text, to))


@kept_with_owner
def of_derivative(evaluation: Evaluation, of: str, by: str) -> tuple[Slip, ...]:
    """Return what known slips make of ∂of/∂by at the numbers of an evaluation; none where it has no single value.

    The same slips, in the same order, at any numbers: where they make the same of all of them, they are one slip.
    """
    whole = seen_from(evaluation, of)
    if whole is None or len(whole.adjoints.get(by, ())) != 1:
        return ()
    return tuple(_of_derivative(whole, of, by))


def _of_derivative(whole: Evaluation, of: str, by: str) -> Iterator[Slip]:
    derivation, value = whole.derivation, whole.adjoints[by][0]
    samples = whole.graph.samples
    yield Slip(SIGN, -value)
    if samples > 1:
        yield Slip("1/n missing", arithmetic.multiply(value, Fraction(samples)))
        yield Slip("1/n twice", arithmetic.divide(value, Fraction(samples)))
    behind = [name for name in derivation.behind([by]) if name != of]
    meetings = [name for name in behind if len(derivation.consumers.get(name, ())) > 1]
    most = MOST_WORK // max(1, len(whole.partials))
    ways = [(met, user) for met in meetings for user in derivation.consumers[met]]
    for name, user in ways[:most]:
        others = [(other, name) for other in derivation.consumers[name] if other != user]
        gone = {edge: (Fraction(0),) * len(whole.partials[edge]) for edge in others if edge in whole.partials}
        yield from _turned(whole, by, {**whole.partials, **gone}, f"one path of {len(others) + 1}: that over {user}")
    for user, operand in [edge for edge in whole.partials if edge[1] in behind][:most]:
        local = derivation.locals[user, operand]
        if local.derivative != Num(Fraction(1), "1"):
            ones = {**whole.partials, (user, operand): (Fraction(1),) * len(whole.partials[user, operand])}
            words = f"the factor ∂{user}/∂{operand} = {plain(local.derivative)} is missing"
            yield from _turned(whole, by, ones, words)
    for name in behind:
        if name != by and len(whole.adjoints.get(name, ())) == 1:
            yield Slip(f"this is ∂{of}/∂{name}", whole.adjoints[name][0])
    yield from _with_new_weights(whole, by)
    yield from of_result(value)


def _turned(whole: Evaluation, by: str, partials: Mapping[tuple[str, str], Values], words: str) -> Iterator[Slip]:
    try:
        found = backward(whole.derivation, partials).get(by, ())
    except (DomainError, KeyError):
        return
    if len(found) == 1:
        yield Slip(words, found[0])


def _with_new_weights(whole: Evaluation, by: str) -> Iterator[Slip]:
    """Yield what comes of weights that were updated before the layers below them were gone through."""
    steps = descent(whole).steps
    if not steps:
        return
    values = {**whole.values, **{name: (number,) for name, number in steps[0].after.items()}}
    locals_ = {edge: local_values(whole.graph, whole.derivation.locals[edge], values) for edge in whole.partials}
    partials = {edge: numbers for edge, numbers in locals_.items() if numbers is not None}
    yield from _turned(whole, by, partials, "weights that are already updated")
