"""Which slip made what is printed of what would be right. Two that make it in different ways are chance: then none is named.

The known slips: what each makes of a right value, of a formula, and of a derivative of a spec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from derivgen.claims import judging, symbols
from derivgen.claims.figures import Figure
from derivgen.claims.points import seen_from
from derivgen.claims.sides import Side
from derivgen.claims.worth import Worth
from derivgen.evaluation import Evaluation, Values, backward, local_values
from derivgen.frozen import dataclass, field
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import UnknownValueError
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Neg, Num, Partial, Power, Product, Quotient, Sum, Sym, children, rebuild, walk
from derivgen.memo import kept_with_owner
from derivgen.updates import descent

SAME = Fraction(1, 10**30)
MOST_OF_CLAIM, MOST_OF_FILE = 20_000, 1_000_000
"""Work to find causes, in nodes and local derivatives gone through: more for one claim is not begun, more for a file ends it."""
ONE_DIGIT, CROSSED = "one digit", "digits changed places"


@dataclass
class Search:
    """How much work is `left` to find causes in a file; the same file gets as far on every machine."""

    left: int = field(default_factory=lambda: MOST_OF_FILE)

    @property
    def over(self) -> bool:
        """Tell whether no more causes are looked for."""
        return self.left < 0

    def allows(self, work: int) -> bool:
        """Count work, in nodes and local derivatives gone through; tell whether it may be done for one claim of this file."""
        if work <= MOST_OF_CLAIM:
            self.left -= work
        return work <= MOST_OF_CLAIM and not self.over


def of_own(value: Number, figure: Figure, of: Side, worth: Worth, search: Search) -> str:
    """Return the slip by which a formula's value became the printed figure; empty for none."""
    shorter = {text: tuple(judging.shorter_figures(text)) for tree in of.trees[:1] for text in judging.decimals([tree])}
    slips = () if search.over else of_formula(of.trees[0], worth.worked_out, shorter, search.allows)
    return "" if search.over or slips is None else of_figure(value, figure, slips)


def may_be_of_the_other_side(cause: str, figure: Figure | None) -> bool:
    """Tell whether a slip is no proof that the figure is wrong, and not what it was compared with: digits of a short one."""
    return cause == ONE_DIGIT or (cause == CROSSED and (figure is None or figure.digits < 4))


def by_spec(side: Side, wanted: Number, target: Expr | None, worth: Worth, search: Search) -> str:
    """Return the slip by which the spec's value of a name or derivative (`target` in the spec) became what is printed."""
    value, figure = worth.number(side), side.figure
    if figure is None and (words := in_symbols(side, target, worth, search)):
        return words
    slips = _slips(target, worth, search)
    if search.over:
        return ""
    if figure is not None:
        return of_figure(wanted, figure, slips)
    return of_value(wanted, value, slips) if value is not None else ""


def in_symbols(side: Side, target: Expr | None, worth: Worth, search: Search) -> str:
    """Return the slip that makes of a derivative what is written in symbols, at all numbers; empty for none."""
    if search.over or not search.allows(sum(1 for _ in walk(side.trees[0]))):
        return ""
    if worth.measure is None or not isinstance(target, Partial) or target.then is not None or not side.has_names:
        return ""
    found: list[str] | None = None
    for point in (point for points in worth.measure.points for point in points):
        value = symbols.value_at(point, side.trees[0], worth)
        slips = _counted(point, target.of.name, target.by.name, search) if value is not None else ()
        here = [slip.words for slip in slips if value is not None and arithmetic.near(slip.value, value, SAME)]
        found = here if found is None else [words for words in found if words in here]
    return joined(found or [])


def _counted(evaluation: Evaluation, of: str, by: str, search: Search) -> tuple[Slip, ...]:
    slips = of_derivative(evaluation, of, by) if not search.over else ()
    search.allows(min(MOST_OF_CLAIM, len(slips) * len(evaluation.partials)))
    return slips


def _slips(target: Expr | None, worth: Worth, search: Search) -> tuple[Slip, ...]:
    """Return what known slips make of a derivative; those that make the same of it by chance only are told by no words."""
    measure = worth.measure
    if measure is None or not measure.has_chains or not isinstance(target, Partial) or target.then is not None:
        return ()
    names = target.of.name, target.by.name
    points = (point for found in measure.points for point in found)
    elsewhere = next((slips for point in points if (slips := _counted(point, *names, search))), ())
    return apart(_counted(measure.evaluation, *names, search), elsewhere)


def of_figure(value: Number, figure: Figure, slips: Sequence[Slip] = ()) -> str:
    """Return the slip that makes the printed figure of the right value; empty for none, or for several that differ.

    >>> from derivgen.maths.tree import Num
    >>> from derivgen.claims.figures import figure_of
    >>> of_figure(Fraction("0.03923"), figure_of(Num(Fraction("0.03932"), "0.03932")))
    'digits changed places'
    >>> half = figure_of(Num(Fraction("0.500"), "0.500"))
    >>> of_figure(Fraction(7), half, [Slip("the factor 14 is missing", Fraction(1, 2))])
    'the factor 14 is missing'
    >>> of_figure(Fraction(7), half, [Slip("this", Fraction("0.5001")), Slip("that", Fraction("0.4999"))])
    ''
    """
    found: list[Slip] = []
    own = tuple(of_result(value))
    if own and _makes(-value, figure, True) and not _makes(value, figure, True):
        return SIGN
    for slip in (*slips, *own):
        known = any(arithmetic.near(slip.value, each.value, SAME) for each in found)
        if not known and _makes(slip.value, figure, slip in own) and not _makes(value, figure, True):
            found.append(slip)
    words = [slip.words for slip in found]
    by_digits = _of_digits(value, figure)
    if by_digits and (not words or not (by_digits == ONE_DIGIT or words[0].startswith("the decimal point"))):
        words.append(by_digits)
    return words[0] if len(words) == 1 else ""


def of_value(wanted: Number, value: Number, slips: Sequence[Slip] = ()) -> str:
    """Return the slip that makes a value of the right one exactly; empty for none, or for several."""
    found = [slip.words for slip in (*slips, *of_result(wanted)) if arithmetic.near(slip.value, value, SAME)]
    return found[0] if found else ""


def joined(words: Sequence[str]) -> str:
    """Return what is said of slips that are one: another derivative than meant, and the factor that makes the difference.

    >>> joined(["the factor ∂a/∂z = a*(1 - a) is missing", "this is ∂L/∂a"])
    'this is ∂L/∂a; the factor ∂a/∂z = a*(1 - a) is missing'
    """
    other = next((each for each in words if each.startswith("this is")), "")
    factor = next((each for each in words if each.startswith("the factor")), "")
    return f"{other}; {factor}" if other and factor else words[0] if words else ""


def apart(here: Sequence[Slip], elsewhere: Sequence[Slip]) -> tuple[Slip, ...]:
    """Return slips without those that make the same value here, and another one elsewhere: which it was cannot be told."""
    if len(here) != len(elsewhere):
        return tuple(here)
    kept: list[tuple[Slip, Slip]] = []
    for one, other in zip(here, elsewhere, strict=True):
        same = [k for k, (kept_here, _) in enumerate(kept) if arithmetic.near(kept_here.value, one.value, SAME)]
        if not same:
            kept.append((one, other))
        elif kept[same[0]][0].words == SIGN:
            continue
        elif not arithmetic.near(kept[same[0]][1].value, other.value, SAME):
            kept[same[0]] = Slip("", one.value), other
        else:
            kept[same[0]] = Slip(joined([kept[same[0]][0].words, one.words]), one.value), other
    return tuple(one for one, _ in kept)


def _makes(value: Number, figure: Figure, at_sight: bool) -> bool:
    """Tell whether a figure is this value; of fewer than three digits that is no chance only if it is so exactly."""
    match = judging.against_figure(value, figure, True)
    return match is not None and (match.exact or at_sight or figure.digits > 2) and (bool(value) or not figure.value)


def _of_digits(value: Number, figure: Figure) -> str:
    """Return what is wrong with a figure's digits: two beside each other have changed places, one is another, one is lost."""
    if judging.crossed(value, figure):
        return CROSSED
    right, printed = judging.shown(value, figure.unit), judging.shown(figure.value, figure.unit)
    if len(right) == len(printed) and sum(a != b for a, b in zip(right, printed, strict=True)) == 1:
        return ONE_DIGIT
    longer = judging.shown(value, figure.unit / 10)
    lost = [longer[:k] + longer[k + 1 :] for k in range(1, len(longer)) if longer[k] == "0" and longer[k - 1] != "."]
    return "a zero lost" if figure.digits > 2 and printed in lost else ""


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
