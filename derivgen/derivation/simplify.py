"""Simplification in the open: one way of rewriting a step, each named by what it does.

`tidied` finishes a differentiation step by step; `simplified` brings the gradient of a graph, a sum of products of chains, to
the form of the books, with what is known of the graph (`derivgen.derivation.rewrites`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice

from derivgen.derivation.graph_rewrites import constants_out, counted, deviations, merged, named, named_complements, ones
from derivgen.derivation.patterns import PatternIndex
from derivgen.derivation.products import Factors, factors_of, is_product, monomial, negative, rational
from derivgen.derivation.rewrites import (
    Facts,
    Rewriting,
    alike,
    collected,
    common_factor,
    exponentials,
    is_loose,
    is_squares,
    like_terms,
    multiplied_out,
    out_of_sums,
    powers,
    square_difference,
    squares,
)
from derivgen.derivation.rules import Applied, Rule
from derivgen.derivation.shortening import (
    cancelling_brackets,
    cleared,
    contents,
    exponents,
    gathered,
    risen,
    roots,
    symbolic_powers,
    turned,
    vanished,
)
from derivgen.frozen import dataclass, replace
from derivgen.maths.brackets import level
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    ONE,
    Call,
    Expr,
    Neg,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    children,
    rebuild,
    substitute,
    walk,
)

MOST_ROUNDS = 40
MOST_NODES = 1_000
CANCELLED = "cancelled"


def tidied(expr: Expr, by: Sym) -> Iterator[Applied]:
    """Yield the expression after one tidying, after another, … until there is nothing left to tidy."""
    return _rounds(expr, Facts(by.name), _TIDYING)


def simplified(expr: Expr, facts: Facts) -> Iterator[Applied]:
    """Yield a gradient after one step towards the form of the books, after another, …; nothing where it has it already.

    Each step is an equality wherever the expression it began with has a value: what cancels stood below a bar before.
    """
    for step in _rounds(expr, facts, _SHORTENING):
        gone = _cancelled(expr, step.expr)
        expr = step.expr
        if step.rule.message == CANCELLED and len(gone) == 1:
            yield replace(step, rule=Rule("{factor} cancels", {"factor": gone[0]}), cancelled=gone)
        else:
            yield replace(step, cancelled=gone)


def _cancelled(before: Expr, after: Expr) -> tuple[Expr, ...]:
    """The factors of which there are fewer below a bar afterwards, in their order."""
    left = _below_bars(after)
    return tuple(base for base, count in _below_bars(before).items() if left.get(base, 0) < count)


def _below_bars(expr: Expr) -> dict[Expr, Fraction]:
    """Each base below a bar, and to which power in all."""
    found: dict[Expr, Fraction] = {}
    for each in products(expr):
        under = monomial(Factors(over=factors_of(each).under))
        for base, exponent in under.bases.items():
            found[base] = found.get(base, Fraction(0)) + exponent
    return found


def products(expr: Expr) -> Iterator[Expr]:
    """Yield every product that is not within a function or a power."""
    if is_product(expr):
        yield expr
        part = factors_of(expr)
        for factor in (*part.over, *part.under):
            yield from products(factor)
    elif isinstance(expr, (Sum, Reduce)):
        for part_ in children(expr):
            yield from products(part_)


def text(expr: Expr) -> str:
    """Return an expression in the spec's language, the sign of a product with its first factor: `-2*a/b^3`."""
    return plain(_signed(level(expr)))


def _signed(expr: Expr) -> Expr:
    """The expression with the sign of each product, but for terms that are taken off, at its first factor."""
    if isinstance(expr, Sum):
        first, *rest = expr.terms
        return Sum((_signed(first), *(Neg(_signed(t.arg)) if isinstance(t, Neg) else _signed(t) for t in rest)))
    expr = rebuild(expr, _signed)
    if isinstance(expr, Neg) and isinstance(expr.arg, (Product, Quotient)):
        return _negated(expr.arg)
    return expr


def _negated(expr: Expr) -> Expr:
    if isinstance(expr, Product):
        return Product((_negated(expr.factors[0]), *expr.factors[1:]))
    if isinstance(expr, Quotient):
        return Quotient(_negated(expr.over), expr.under)
    return negative(expr)


Way = tuple[Rule, Rewriting]


def _rounds(expr: Expr, facts: Facts, ways: tuple[Way, ...]) -> Iterator[Applied]:
    for _ in range(MOST_ROUNDS):
        finished = ways is _TIDYING and square_difference(expr)
        following = None if finished else next(_changes(expr, facts, ways), None)
        if following is None:
            return
        yield following
        expr = following.expr


def _changes(expr: Expr, facts: Facts, ways: tuple[Way, ...]) -> Iterator[Applied]:
    """Yield what each way of rewriting makes of it, where that is something else; the rule says what has been done."""
    spelled = plain if ways is _TIDYING else text
    for rule, rewrite in ways:
        after = rewrite(expr, facts)
        if rewrite is cancelling_brackets and after != expr and spelled(after) == spelled(expr):
            rule, after = Rule("like terms added"), like_terms(after, facts)
        if after == expr or spelled(after) == spelled(expr) or (rewrite is collected and _is_only_order(expr, after)):
            continue
        if rewrite is collected and _has_loose_numbers(expr):
            yield Applied(Rule("factors multiplied together") if _bars(after) < _bars(expr) else rule, after)
        elif rewrite is collected:
            further = powers(after, facts)
            if plain(further) != plain(after):
                yield Applied(_rule_of_powers(after), further)
            else:
                yield Applied(Rule("written as one fraction"), after)
        elif rewrite is powers:
            yield Applied(_rule_of_powers(expr), after)
        elif rewrite is squares:
            found = next(node for node in walk(expr) if is_squares(node))
            yield Applied(Rule("{f} = {g}", {"f": found, "g": ONE}), after)
        elif rewrite is multiplied_out and _letters(after) == _letters(expr):
            yield Applied(Rule("brackets removed"), after)
        else:
            yield Applied(rule, after)


def _is_only_order(expr: Expr, after: Expr) -> bool:
    """Whether nothing but the order of factors has changed, and no number was out of its place."""
    return sorted(plain(after)) == sorted(plain(expr)) and not _has_loose_numbers(expr)


def _has_loose_numbers(expr: Expr) -> bool:
    """Whether numbers or signs stand in a product elsewhere than once at its front."""
    if isinstance(expr, Sum):
        inner = [term.arg if isinstance(term, Neg) else term for term in expr.terms]
        return is_loose(expr) or any(map(_has_loose_numbers, inner))
    return is_loose(expr) or any(map(_has_loose_numbers, children(expr)))


def _bars(expr: Expr) -> int:
    """How many fractions are written in it."""
    return sum(isinstance(node, Quotient) and rational(node) is None for node in walk(expr))


def _letters(expr: Expr) -> list[str]:
    return sorted(re.findall(r"\w+", plain(expr)))


def _rule_of_powers(before: Expr) -> Rule:
    if any(_cancels(node) for node in walk(before) if is_product(node)):
        return Rule(CANCELLED)
    if any(isinstance(node, Power) and (rational(node.exponent) or 0) < 0 for node in walk(before)):
        return Rule("negative powers below the bar")
    if any(isinstance(node, Power) and is_product(node.base) for node in walk(before)):
        return Rule("power of each factor")
    return Rule("powers of the same base put together")


def _cancels(expr: Expr) -> bool:
    """Whether a base stands both above and below the bar."""
    part = factors_of(expr)
    above, below = monomial(Factors(over=part.over)).bases, monomial(Factors(over=part.under)).bases
    return any(base in above for base in below)


_TIDYING: tuple[Way, ...] = (
    (Rule("written as a power again"), exponentials),
    (Rule("pieces that are alike"), alike),
    (Rule("numbers and signs collected"), collected),
    (Rule("constant factor out of the sum"), out_of_sums),
    (Rule("powers of the same base put together"), powers),
    (Rule("{f} = {g}"), squares),
    (Rule("like terms added"), like_terms),
    (Rule("common factor taken out"), common_factor),
    (Rule("brackets multiplied out"), multiplied_out),
)
"""The ways in which the result of a differentiation is tidied, in the order in which they are tried."""

_SHORTENING: tuple[Way, ...] = (
    (Rule("written by its name"), named_complements),
    (Rule("written by its name"), named),
    (Rule("pieces that are alike"), alike),
    (Rule("what is above the mean and what is below it add up to 0"), deviations),
    (Rule("a factor is 0"), vanished),
    (Rule("numbers and signs collected"), collected),
    (Rule("powers of the same base put together"), powers),
    (Rule("roots as powers"), roots),
    (Rule("powers of the same base put together"), symbolic_powers),
    (Rule("exponentials put together"), exponents),
    (Rule("divided by the exponential above and below"), risen),
    (Rule("one sum over the samples"), merged),
    (Rule("the same for every sample"), counted),
    (Rule("constant factor out of the sum"), constants_out),
    (Rule("{f} = {g}"), squares),
    (Rule("like terms added"), like_terms),
    (Rule("the targets add up to 1"), ones),
    (Rule(CANCELLED), cleared),
    (Rule(CANCELLED), contents),
    (Rule("brackets multiplied out"), cancelling_brackets),
    (Rule("common factor taken out"), gathered),
    (Rule("sign taken into the brackets"), turned),
)
"""The ways in which a gradient is brought to the form of the books, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Simplification:
    """A gradient's formula brought to the form of the books: each step's expression equals the one before, by its rule."""

    start: Expr
    steps: tuple[Applied, ...]

    @property
    def result(self) -> Expr:
        """Return the last form; the formula itself where nothing simplifies."""
        return self.steps[-1].expr if self.steps else self.start


def _renamed(step: Applied, names: Mapping[str, Expr]) -> Applied:
    """A step of a pattern with the names in the places of its slots."""

    def put(expr: Expr) -> Expr:
        return substitute(expr, lambda sym: names.get(sym.name, sym))

    words = {key: put(value) if isinstance(value, Expr) else value for key, value in step.rule.names.items()}
    return Applied(Rule(step.rule.message, words), put(step.expr), cancelled=tuple(map(put, step.cancelled)))


class Simplifier:
    """Simplifies the gradients of a graph. Those that differ in their names alone, as in a layer, are simplified once."""

    def __init__(self, facts: Facts):
        self.facts = facts
        self._index = PatternIndex()
        self._known: dict[tuple, tuple[Applied, ...]] = {}
        self._simplified: dict[Expr, Simplification] = {}

    def simplify(self, expr: Expr) -> Simplification:
        """Simplify a sum of products of chains as far as the last step that leaves no more to write than there was.

        One of more than `MOST_NODES` nodes, which nobody reads, stays as it is. What variants of one graph ask for is worked
        out once.
        """
        if expr not in self._simplified:
            self._simplified[expr] = self._work_out(expr)
        return self._simplified[expr]

    def _work_out(self, expr: Expr) -> Simplification:
        if sum(1 for _ in islice(walk(expr), MOST_NODES + 1)) > MOST_NODES:
            return Simplification(expr, ())
        steps = tuple(simplified(expr, self.facts)) if self._names_outputs(expr) else self._by_pattern(expr)
        longest = len(text(expr)) if steps else 0
        while steps and len(text(steps[-1].expr)) > longest:
            steps = steps[:-1]
        return Simplification(expr, steps)

    def _names_outputs(self, expr: Expr) -> bool:
        """Whether the names of quantities may stand for parts of the expression."""
        facts = self.facts
        if facts.quotients or facts.means:
            return True
        return any(type(node) is Call and node in facts.outputs for node in walk(expr))

    def _by_pattern(self, expr: Expr) -> tuple[Applied, ...]:
        """The steps of the expression's pattern, the names put back."""
        pattern, names = self._index.slots(expr)
        slots = {name.name: slot for slot, name in names if isinstance(name, Sym)}
        facts = self._facts_of(expr, slots)
        key = (pattern, facts.sampled, facts.defined, facts.count, facts.shares, facts.written)
        if key not in self._known:
            self._known[key] = tuple(simplified(pattern, facts))
        return tuple(_renamed(step, dict(names)) for step in self._known[key])

    def _facts_of(self, expr: Expr, slots: Mapping[str, str]) -> Facts:
        """What is known of the names in an expression, said of their slots."""
        facts = self.facts
        groups = [group for group in facts.shares if all(name in slots for name in group)]
        sums = frozenset(node for node in walk(expr) if isinstance(node, Sum) and node in facts.written)
        count = Sym(slots.get(facts.count.name, facts.count.name)) if isinstance(facts.count, Sym) else facts.count
        return Facts(
            sampled=frozenset(slot for name, slot in slots.items() if name in facts.sampled),
            defined=frozenset(slot for name, slot in slots.items() if name in facts.defined),
            count=count,
            shares=tuple(tuple(slots[name] for name in group) for group in groups),
            written=frozenset(substitute(node, lambda sym: Sym(slots[sym.name])) for node in sums),
        )
