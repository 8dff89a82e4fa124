"""What rules leave behind, tidied up as on paper, one kind of tidying a step, each named by what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derivgen.derivation.products import Share, is_product, monomial, rational, share
from derivgen.derivation.rules import Applied, Rule
from derivgen.derivation.sums import common_factor, like_terms, multiplied_out
from derivgen.derivation.tidiers import (
    Tidier,
    alike,
    collected,
    exponentials,
    is_loose,
    is_squares,
    out_of_sums,
    powers,
    square_difference,
    squares,
)
from derivgen.maths.plain import plain
from derivgen.maths.tree import ONE, Expr, Neg, Power, Quotient, Sum, Sym, children, walk

MOST_ROUNDS = 40


def tidied(expr: Expr, by: Sym) -> Iterator[Applied]:
    """The expression after one tidying, after another, … until there is nothing left to tidy."""
    for _ in range(MOST_ROUNDS):
        following = None if square_difference(expr) else next(_changes(expr, by.name), None)
        if following is None:
            return
        yield following
        expr = following.expr


def _changes(expr: Expr, by: str) -> Iterator[Applied]:
    """What each way of tidying makes of it, where that is something else; the rule says what has been done."""
    before = plain(expr)
    for rule, tidy in _TIDIERS:
        after = tidy(expr, by)
        if plain(after) == before or (tidy is collected and _is_only_order(expr, after)):
            continue
        if tidy is collected and _has_loose_numbers(expr):
            yield Applied(Rule("factors multiplied together") if _bars(after) < _bars(expr) else rule, after)
        elif tidy is collected:
            further = powers(after, by)
            if plain(further) != plain(after):
                yield Applied(_rule_of_powers(after), further)
            else:
                yield Applied(Rule("written as one fraction"), after)
        elif tidy is powers:
            yield Applied(_rule_of_powers(expr), after)
        elif tidy is squares:
            found = next(node for node in walk(expr) if is_squares(node))
            yield Applied(Rule("{f} = {g}", {"f": found, "g": ONE}), after)
        elif tidy is multiplied_out and _letters(after) == _letters(expr):
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
        return Rule("cancelled")
    if any(isinstance(node, Power) and (rational(node.exponent) or 0) < 0 for node in walk(before)):
        return Rule("negative powers below the bar")
    if any(isinstance(node, Power) and is_product(node.base) for node in walk(before)):
        return Rule("power of each factor")
    return Rule("powers of the same base put together")


def _cancels(expr: Expr) -> bool:
    """Whether a base stands both above and below the bar."""
    part = share(expr)
    above, below = monomial(Share(over=part.over)).bases, monomial(Share(over=part.under)).bases
    return any(base in above for base in below)


_TIDIERS: tuple[tuple[Rule, Tidier], ...] = (
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
"""In the order in which they are tried."""
