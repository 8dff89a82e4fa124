"""Ways of rewriting products and sums into the form of the books: factors cancelled, brackets cleared, what is shared taken out.

Each takes an expression and gives an equal one; the expression itself where it would not get shorter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from derivgen.derivation.products import Factors, Monomial, as_product, factors_of, is_product, monomial, rational, total
from derivgen.derivation.rewrites import Facts, added, below, combined, common_number, distributed, like_terms, size
from derivgen.maths.names import numbered
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Expr,
    Neg,
    Num,
    Power,
    Prime,
    Reduce,
    Sum,
    Sym,
    children,
    holds_any,
    rebuild,
    walk,
)

HALF = Fraction(1, 2)


def as_monomial(expr: Expr) -> Monomial:
    """Return a product by its bases, a root as half a power, x^(n - 1) as x^n and x^(-1)."""
    found = monomial(factors_of(expr))
    for base, exponent in list(found.bases.items()):
        if isinstance(base, Power) and isinstance(base.exponent, Sum) and exponent:
            numbers = [number for term in base.exponent.terms if (number := rational(term)) is not None]
            letters = total([term for term in base.exponent.terms if rational(term) is None])
            if numbers and letters != ZERO:
                found.bases = _replaced(found.bases, base, Power(base.base, letters), exponent)
                found.bases[base.base] = found.bases.get(base.base, Fraction(0)) + exponent * sum(numbers)
    while root := next((base for base, power in found.bases.items() if _is_root(base) and power), None):
        found.bases = _replaced(found.bases, root, next(children(root)), found.bases[root] * HALF)  # which may be a root again
    return found


def _is_root(base: Expr) -> bool:
    return isinstance(base, Call) and base.function == "sqrt"


def _replaced(bases: dict[Expr, Fraction], old: Expr, new: Expr, exponent: Fraction) -> dict[Expr, Fraction]:
    """The bases with another one in the place of an old one."""
    made: dict[Expr, Fraction] = {}
    for base, power in bases.items():
        key, more = (new, exponent) if base == old else (base, power)
        made[key] = made.get(key, Fraction(0)) + more
    return made


def write_monomial(found: Monomial) -> Expr:
    """Write a monomial down, half a power as a root, x^n and x^(-1) as one power."""
    bases: dict[Expr, Fraction] = {}
    for base, exponent in _joined(found.bases).items():
        root = abs(exponent) == HALF
        bases[Call("sqrt", (base,), "sqrt") if root else base] = exponent * 2 if root else exponent
    return Monomial(found.coefficient, bases, found.decimal).expr("")


def _joined(bases: dict[Expr, Fraction]) -> dict[Expr, Fraction]:
    """The bases with a power whose exponent has letters and what else there is of its base as one power."""
    made = dict(bases)
    for power, exponent in bases.items():
        if isinstance(power, Power) and abs(exponent) == 1 and made.get(power.base) and rational(power.exponent) is None:
            letters, more = power.exponent, made.pop(power.base) * exponent
            leads = more > 0 and _is_negative(letters.terms[0] if isinstance(letters, Sum) else letters)
            parts = [Num(more), letters] if leads else [letters, Num(more)]
            made = _replaced(made, power, Power(power.base, total(parts)), exponent)
    return made


def roots(expr: Expr, facts: Facts) -> Expr:
    """Write √u·u and √u³ as one power of u."""
    if is_product(expr) or isinstance(expr, Power):
        plain, halved = monomial(factors_of(expr)), as_monomial(expr)
        if len(halved.bases) < len(plain.bases) or any(
            _is_root(base) and abs(exponent) > 1 for base, exponent in plain.bases.items()
        ):
            return write_monomial(halved)
    return below(expr, facts, roots)


def cleared(expr: Expr, facts: Facts) -> Expr:
    """Multiply into a bracket what its terms have below their bars, or divide by what all of its terms have.

    Of an (√u - x/√u)/u, a factor √u is multiplied into the bracket and divided by outside: (u - x)/u^(3/2).
    """
    if is_product(expr):
        whole = as_monomial(expr)
        for base, exponent in whole.bases.items():
            if isinstance(base, Sum) and abs(exponent) == 1:
                made = _into_bracket(whole, base)
                if made is not None and size(made) < size(expr):
                    return made
    return below(expr, facts, cleared)


def _into_bracket(whole: Monomial, bracket: Sum) -> Expr | None:
    """The product with those of its other factors that cancel in the bracket's terms taken into it."""
    terms = [as_monomial(term) for term in bracket.terms]
    up = whole.bases[bracket]
    moved: dict[Expr, Fraction] = {}
    for base, exponent in whole.bases.items():
        if base == bracket or not exponent:
            continue
        least = min(term.bases.get(base, Fraction(0)) for term in terms)
        if least < 0:
            moved[base] = min(-least, abs(exponent)) if exponent * up > 0 else -least
        elif least > 0 and exponent * up < 0:
            moved[base] = -min(least, abs(exponent))
    if not moved:
        return None
    inside = total([write_monomial(_times(term, moved)) for term in terms])
    bases: dict[Expr, Fraction] = {}
    for base, exponent in whole.bases.items():
        key = inside if base == bracket else base
        bases[key] = bases.get(key, Fraction(0)) + exponent - (0 if base == bracket else moved.get(base, Fraction(0)) * up)
    if isinstance(inside, Sum):
        return write_monomial(Monomial(whole.coefficient, bases, whole.decimal))
    over = [base if exponent == 1 else Power(base, Num(exponent)) for base, exponent in bases.items() if exponent > 0]
    under = [base if exponent == -1 else Power(base, Num(-exponent)) for base, exponent in bases.items() if exponent < 0]
    return write_monomial(as_monomial(as_product(Factors(whole.coefficient, over, under, whole.decimal), "")))


def _times(term: Monomial, bases: dict[Expr, Fraction]) -> Monomial:
    made = dict(term.bases)
    for base, exponent in bases.items():
        made[base] = made.get(base, Fraction(0)) + exponent
    return Monomial(term.coefficient, {base: exponent for base, exponent in made.items() if exponent}, term.decimal)


def cancelling_brackets(expr: Expr, facts: Facts) -> Expr:
    """Multiply the brackets in a sum out, where terms then cancel (or, of no power, are alike) and it gets shorter."""
    if isinstance(expr, Sum):
        terms = [part for term in expr.terms for part in distributed(term)]
        flat, sums = total([write_monomial(term) for term in terms]), added(terms)
        kept = total([write_monomial(term) for term in sums if term.coefficient])
        powers = any(isinstance(base, Sum) and e > 1 for term in expr.terms for base, e in as_monomial(term).bases.items())
        fewer = not all(term.coefficient for term in sums) or (len(sums) < len(terms) and not powers)
        if isinstance(flat, Sum) and fewer and size(kept) < size(expr) and flat != expr:
            return flat
    return below(expr, facts, cancelling_brackets)


def contents(expr: Expr, facts: Facts) -> Expr:
    """Take a number that all terms of a bracket have out of it, where it then cancels: (2a - 2b)/2 is a - b."""
    if is_product(expr):
        whole = as_monomial(expr)
        made = Monomial(whole.coefficient, {}, whole.decimal)
        for base, exponent in whole.bases.items():
            bracket = base
            if isinstance(base, Sum) and exponent.denominator == 1 and base not in facts.written:
                terms = [as_monomial(term) for term in base.terms]
                shared = _content(terms)
                made.coefficient *= shared**exponent.numerator
                bracket = total([write_monomial(Monomial(term.coefficient / shared, term.bases, term.decimal)) for term in terms])
            made.bases[bracket] = made.bases.get(bracket, Fraction(0)) + exponent
        if leaves(write_monomial(made)) < leaves(expr):
            return write_monomial(made)
    return below(expr, facts, contents)


def _content(terms: Iterable[Monomial]) -> Fraction:
    """The largest number by which the coefficients of all terms are whole multiples."""
    coefficients = [term.coefficient for term in terms]
    return Fraction(gcd(*(c.numerator for c in coefficients)), lcm(*(c.denominator for c in coefficients))) or Fraction(1)


def symbolic_powers(expr: Expr, facts: Facts) -> Expr:
    """Write powers of one base with letters in their exponents as one power: x^(n-1)/x^n is 1/x.

    A root of a power stays: √(x^2) is -x where x is negative.
    """
    if is_product(expr):
        whole = as_monomial(expr)
        powers = [base for base, exponent in whole.bases.items() if isinstance(base, Power) and _is_whole(exponent)]
        for first in powers:
            alike = [base for base in whole.bases if isinstance(base, Power) and base.base == first.base]
            same = [base for base in whole.bases if base == first.base or (base in alike and _is_whole(whole.bases[base]))]
            if len(same) > 1 or abs(whole.bases[first]) != 1:
                exponents = [_scaled(_letters(b, first.base), whole.bases[b]) for b in same if whole.bases[b]]
                terms = combined(part for exponent in exponents for part in distributed(exponent))
                return write_monomial(_with_power(whole, same, first.base, terms))
    return below(expr, facts, symbolic_powers)


def _is_whole(exponent: Fraction) -> bool:
    return bool(exponent) and exponent.denominator == 1


def _letters(power: Expr, base: Expr) -> Expr:
    """The exponent of a power of that base, which may be a power itself: 1 of (a^2) where the base is a^2."""
    return power.exponent if isinstance(power, Power) and power != base else ONE


def _with_power(whole: Monomial, old: list[Expr], base: Expr, exponent: list[Monomial]) -> Monomial:
    """A product with a power of a base, its exponent the sum of terms, in the place of the old ones."""
    down = bool(exponent) and all(term.coefficient < 0 for term in exponent)
    signed = [Monomial(-term.coefficient if down else term.coefficient, term.bases) for term in exponent]
    known = all(not any(term.bases.values()) for term in signed)
    key = base if known else Power(base, total([write_monomial(term) for term in signed]))
    raised = sum((term.coefficient for term in signed), Fraction(0)) if known else Fraction(1)
    bases: dict[Expr, Fraction] = {}
    for each, power in whole.bases.items():
        if each not in old:
            bases[each] = bases.get(each, Fraction(0)) + power
        elif each == old[0]:
            bases[key] = -raised if down else raised
    return Monomial(whole.coefficient, bases, whole.decimal)


def exponents(expr: Expr, facts: Facts) -> Expr:
    """Write e^u e^v as e^(u + v) where terms of u and v are alike: e^(2r)/e^r is e^r, but e^x e^y stays."""
    if is_product(expr):
        whole = as_monomial(expr)
        exponentials = [base for base, e in whole.bases.items() if isinstance(base, Call) and base.function == "exp" and e]
        if len(exponentials) > 1:
            first, *others = exponentials
            parts = [_scaled(base.args[0], whole.bases[base]) for base in exponentials]
            inside = like_terms(total(parts), facts)
            if _terms(inside) < sum(map(_terms, parts)):
                joint = Call("exp", (inside,), "exp")
                bases = {joint if base == first else base: e for base, e in whole.bases.items() if base not in others}
                return write_monomial(Monomial(whole.coefficient, {**bases, joint: Fraction(inside != ZERO)}, whole.decimal))
    return below(expr, facts, exponents)


def risen(expr: Expr, facts: Facts) -> Expr:
    """Write 1/(1 + e^u) for e^(-u)/(1 + e^(-u))."""
    if is_product(expr):
        whole = as_monomial(expr)
        for under, exponent in whole.bases.items():
            fallen = next((part for part in children(under) if whole.bases.get(part) == 1), None) if exponent == -1 else None
            if isinstance(fallen, Call) and fallen.function == "exp" and under in (Sum((ONE, fallen)), Sum((fallen, ONE))):
                opposite = _scaled(fallen.args[0], Fraction(-1))
                if size(opposite) < size(fallen.args[0]) or _is_negative(fallen.args[0]):
                    turned_ = Sum((ONE, Call("exp", (opposite,), fallen.written)))
                    bases = {turned_ if base == under else base: e for base, e in whole.bases.items() if base != fallen}
                    return write_monomial(Monomial(whole.coefficient, bases, whole.decimal))
    return below(expr, facts, risen)


def _scaled(expr: Expr, factor: Fraction) -> Expr:
    """An expression times a number."""
    part = factors_of(expr)
    return as_product(Factors(part.coefficient * factor, part.over, part.under, part.decimal), "")


def _terms(expr: Expr) -> int:
    return len(expr.terms) if isinstance(expr, Sum) else int(expr != ZERO)


class _Gathered(NamedTuple):
    """Terms of a sum with what they share taken out of them: which terms, and the factor times the bracket."""

    places: tuple[int, ...]
    expr: Expr


def gathered(expr: Expr, facts: Facts) -> Expr:
    """Take what some or all terms of a sum share out of them.

    Brackets are multiplied out before where terms that come of different ones then have something to share.
    """
    if isinstance(expr, Sum):
        best: Expr = expr
        written = [[as_monomial(term)] for term in expr.terms]
        multiplied_out = [distributed(term) for term in expr.terms]
        plain = all(abs(exponent) == 1 for part in multiplied_out for term in part for exponent in term.bases.values())
        for parts in (written, multiplied_out) if plain else (written,):
            for candidate in _gatherings(parts, facts):
                if leaves(candidate) < leaves(best):
                    best = candidate
        if best is not expr:
            return best
    return below(expr, facts, gathered)


def leaves(expr: Expr) -> int:
    """Count the names, numbers and functions that are written in an expression."""
    return sum(isinstance(node, (Sym, Num, Call, Prime)) for node in walk(expr))


def _gatherings(parts: list[list[Monomial]], facts: Facts) -> Iterator[Expr]:
    """The sum with terms gathered that share a base: one that parts of several of its terms have, or all have below the bar."""
    terms = combined(term for part in parts for term in part)
    having: dict[Expr, dict[int, None]] = {}
    for place, part in enumerate(parts):
        for base in (base for term in part for base, exponent in term.bases.items() if exponent > 0):
            if not isinstance(base, Reduce):
                having.setdefault(base, {})[place] = None
    for base, places in having.items():
        if len(places) > 1 and sum(term.bases.get(base, 0) > 0 for term in terms) > 1:
            if isinstance(base, Sym) and all(set(term.bases) <= {base} for term in terms):
                continue
            made = _gather(terms, base, facts)
            rest = [write_monomial(term) for k, term in enumerate(terms) if k not in made.places]
            yield positive_first(total([made.expr, *rest]), facts)
    for base in terms[0].bases if len(terms) > 1 else ():
        if terms[0].bases[base] < 0 and all(term.bases.get(base) == terms[0].bases[base] for term in terms):
            yield positive_first(_gather(terms, base, facts).expr, facts)


def _gather(terms: list[Monomial], base: Expr, facts: Facts) -> _Gathered:
    above = any(term.bases.get(base, 0) > 0 for term in terms)
    places = tuple(k for k, term in enumerate(terms) if term.bases.get(base, 0) > 0 or not above)
    group = [terms[k] for k in places]
    shared = {
        each: min(term.bases.get(each, Fraction(0)) for term in group)
        for each in group[0].bases
        if all(term.bases.get(each, Fraction(0)) > 0 for term in group)
    }
    shared |= {
        each: max(term.bases.get(each, Fraction(0)) for term in group)
        for each in group[0].bases
        if all(term.bases.get(each, Fraction(0)) < 0 for term in group)
    }
    number = common_number(group)
    if all(term.coefficient < 0 for term in group):
        number = -number
    inner = [
        _times(Monomial(term.coefficient / number, term.bases, term.decimal), {b: -e for b, e in shared.items()})
        for term in group
    ]
    if all(map(_is_name, inner)):
        order_of = numbered(base.name for term in inner for base in term.bases if isinstance(base, Sym))
        inner.sort(key=lambda term: [order_of.index(base.name) for base in term.bases if isinstance(base, Sym)])
    bracket = total([write_monomial(term) for term in inner])
    if all(isinstance(base, (Sym, Call)) for term in inner for base in term.bases):
        bracket = positive_first(bracket, facts)
    leads = isinstance(base, Sym) and base.name in facts.defined and all(_is_of_leaves(term, facts) for term in inner)
    order: list[Expr] = [base] if leads else []
    for each in group[0].bases:
        order += [each] if each in shared else [bracket]
    powers = {each: shared.get(each, Fraction(0)) + (each == bracket) for each in dict.fromkeys((*order, bracket))}
    bases = {each: power for each, power in powers.items() if power}  # the bracket may stand below the bar as well
    return _Gathered(places, write_monomial(Monomial(number, bases, any(term.decimal for term in group))))


def _is_name(term: Monomial) -> bool:
    """Return whether a term is a name, with the sign of the others."""
    return term.coefficient == 1 and [isinstance(base, Sym) and power == 1 for base, power in term.bases.items()] == [True]


def _is_of_leaves(term: Monomial, facts: Facts) -> bool:
    """Whether a term is made of names that no equation defines: p (y_1 + y_2), but (p - y) x."""
    return all(isinstance(base, Sym) and base.name not in facts.defined for base in term.bases)


def _is_leaf(term: Monomial) -> bool:
    return all(isinstance(base, Sym) for base in term.bases)


def positive_first(expr: Expr, facts: Facts) -> Expr:
    """Move the first other term of a sum that begins with a minus to the front: a - y for -y + a."""
    if not isinstance(expr, Sum) or not _is_negative(expr.terms[0]) or holds_any(expr, (Reduce,)):
        return expr
    place = next((k for k, term in enumerate(expr.terms) if not _is_negative(term)), None)
    if place is None or expr in facts.written:
        return expr
    return Sum((expr.terms[place], *expr.terms[:place], *expr.terms[place + 1 :]))


def _is_negative(expr: Expr) -> bool:
    return factors_of(expr).coefficient < 0


def turned(expr: Expr, facts: Facts) -> Expr:
    """Write (a - y) x for -(y - a) x, where no author wrote y - a; of 1 - p only by itself: p - 1 for -(1 - p)."""
    if isinstance(expr, Sum) and len(as_monomial(expr.terms[0]).bases) <= 1 and _is_leaf(as_monomial(expr.terms[0])):
        return rebuild(positive_first(expr, facts), lambda part: turned(part, facts))
    if is_product(expr):
        part = factors_of(expr)
        if part.coefficient < 0:
            alone = len(part.over) == 1 and not part.under and part.coefficient == -1
            for place, factor in enumerate(part.over):
                changed = _turned(factor, facts, alone)
                if changed is not None:
                    part.over[place], part.coefficient = changed, -part.coefficient
                    return as_product(part, "")
    return below(expr, facts, turned)


def _turned(factor: Expr, facts: Facts, alone: bool) -> Expr | None:
    """The negative of a factor that is a difference, the difference turned; None where it is none or stays as it is."""
    if isinstance(factor, Reduce):
        part = factors_of(factor.body)
        for place, inner in enumerate(part.over):
            changed = _turned(inner, facts, alone and len(part.over) == 1)
            if changed is not None:
                part.over[place] = changed
                return Reduce(factor.kind, as_product(part, ""))
        return None
    if not isinstance(factor, Sum) or len(factor.terms) != 2 or factor in facts.written or not _is_negative(factor.terms[1]):
        return None
    first, second = factor.terms
    if _is_negative(first) or (first == ONE and not alone):
        return None
    over = factors_of(second)
    over.coefficient = -over.coefficient
    return total([as_product(over, ""), Num(-first.value) if isinstance(first, Num) else Neg(first)])


def vanished(expr: Expr, facts: Facts) -> Expr:
    """Write 0 for a product with a factor 0, and for a sum of samples of 0; a term 0 is not written."""
    expr = below(expr, facts, vanished)
    if isinstance(expr, Sum) and ZERO in expr.terms:
        return total(list(expr.terms))
    if isinstance(expr, Reduce) and expr.body == ZERO:
        return ZERO
    return ZERO if is_product(expr) and not factors_of(expr).coefficient else expr
