"""Ways of rewriting a gradient by what is known of its graph: names, what runs over samples, targets that add up to 1.

Each takes an expression and gives an equal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from derivgen.derivation.products import Factors, Monomial, as_product, factors_of, is_product, product, total
from derivgen.derivation.rewrites import Facts, below, size
from derivgen.derivation.shortening import as_monomial, positive_first, vanished, write_monomial
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Expr,
    Neg,
    Power,
    Quotient,
    Reduce,
    Sum,
    Sym,
    rebuild,
    symbols,
)


def named(expr: Expr, facts: Facts) -> Expr:
    """Write a quantity's own name for what it is defined as, also where a product holds that among other factors."""
    if isinstance(expr, (Call, Quotient)) and expr in facts.outputs:
        return facts.outputs[expr]
    if not facts.quotients or not (is_product(expr) or isinstance(expr, Power)):
        return rebuild(expr, lambda part: named(part, facts))
    whole = as_monomial(expr)
    for definition, name in facts.quotients:
        for times in _times_within(whole, definition):
            made = write_monomial(_divided(whole, definition, name, times))
            if size(made) < size(expr):
                return made
    return rebuild(expr, lambda part: named(part, facts))


def _times_within(whole: Monomial, definition: Expr) -> range:
    """How often a quotient's factors are all among those of a product: as many times as possible first."""
    if not isinstance(definition, Quotient):
        return range(0)
    quotient = as_monomial(definition)
    ratios = [whole.bases.get(base, Fraction(0)) / exponent for base, exponent in quotient.bases.items() if exponent]
    return range(int(min(ratios)), 0, -1) if ratios and quotient.coefficient and min(ratios) >= 1 else range(0)


def _divided(whole: Monomial, definition: Expr, name: Expr, times: int) -> Monomial:
    """A product with a power of a quantity's name in the place of the factors it is defined as."""
    quotient = as_monomial(definition)
    bases: dict[Expr, Fraction] = {}
    first = next(base for base in whole.bases if base in quotient.bases)
    for base, exponent in whole.bases.items():
        if base == first and isinstance(name, Sym):
            bases[name] = bases.get(name, Fraction(0)) + times
        left = exponent - times * quotient.bases.get(base, 0)
        if left:
            bases[base] = bases.get(base, Fraction(0)) + left
    if not isinstance(name, Sym):
        bases[name] = bases.get(name, Fraction(0)) + times
    return Monomial(whole.coefficient / quotient.coefficient**times, bases, whole.decimal)


def complements(outputs: Iterable[tuple[Quotient, Sym]]) -> Iterator[tuple[Expr, Expr]]:
    """Yield of each p = N/(N + R) the rest R/(N + R), and what it is: 1 - p; not of one that has a name of its own."""
    named_ = dict(outputs)
    for definition, name in named_.items():
        if not isinstance(definition.under, Sum):
            continue
        terms = list(definition.under.terms)
        if definition.over in terms:
            terms.remove(definition.over)
            rest = Quotient(total(terms), definition.under)
            if rest not in named_:
                yield rest, Sum((ONE, Neg(name)))


def named_complements(expr: Expr, facts: Facts) -> Expr:
    """Write 1 - p for the rest of the whole of which p is a part."""
    if not facts.quotients:
        return expr
    if is_product(expr):
        whole = as_monomial(expr)
        for definition, rest in complements(facts.quotients):
            for times in _times_within(whole, definition):
                made = write_monomial(_divided(whole, definition, rest, times))
                if size(made) < size(expr):
                    return made
    return below(expr, facts, named_complements)


def merged(expr: Expr, facts: Facts) -> Expr:
    """Put sums over the samples together: mean(A) + 2 mean(B) = mean(A + 2 B)."""
    if not isinstance(expr, Sum):
        return below(expr, facts, merged)
    found: dict[str, list[Expr]] = {}
    others: list[Expr] = []
    for term in expr.terms:
        part = factors_of(term)
        if len(part.over) == 1 and isinstance(part.over[0], Reduce) and not part.under:
            reduce = part.over[0]
            inner = Factors(part.coefficient, [reduce.body], [], part.decimal)
            found.setdefault(reduce.kind, []).append(as_product(inner, ""))
        else:
            others.append(term)
    if all(len(bodies) == 1 for bodies in found.values()):
        return expr
    return total([*(Reduce(kind, total(bodies)) for kind, bodies in found.items()), *others])


def counted(expr: Expr, facts: Facts) -> Expr:
    """Write n times for what is added up over the samples and the same for all of them; for its mean, itself."""
    if isinstance(expr, Reduce) and facts.count is not None and not any(name in facts.sampled for name in symbols(expr.body)):
        return expr.body if expr.kind == "mean" else product(facts.count, expr.body)
    return below(expr, facts, counted)


def constants_out(expr: Expr, facts: Facts) -> Expr:
    """Take out of a Σ numbers, the number of samples, and what is itself a sum over the samples."""
    if isinstance(expr, Reduce):
        inner = as_monomial(expr.body)
        fixed = [base for base in inner.bases if base == facts.count or isinstance(base, Reduce)]
        outside = {base: inner.bases[base] for base in fixed}
        if inner.coefficient != 1 or outside:
            rest = Monomial(Fraction(1), {base: e for base, e in inner.bases.items() if base not in outside})
            if any(rest.bases.values()):
                outside[Reduce(expr.kind, write_monomial(rest))] = Fraction(1)
                return write_monomial(Monomial(inner.coefficient, outside, inner.decimal))
    return below(expr, facts, constants_out)


def deviations(expr: Expr, facts: Facts) -> Expr:
    """Write 0 for the sum of what each sample is away from the mean, and for a product with it: Σ (x - mean(x)) = 0."""
    if not facts.means:
        return expr
    found = _level(expr, facts)
    return expr if found == expr else vanished(found, facts)


def _level(expr: Expr, facts: Facts) -> Expr:
    if isinstance(expr, Reduce) and isinstance(expr.body, Sum) and len(expr.body.terms) == 2:
        plus, minus = sorted(expr.body.terms, key=lambda term: isinstance(term, Neg))
        if isinstance(minus, Neg) and (facts.means.get(plus) == minus.arg or facts.means.get(minus.arg) == plus):
            return ZERO
    return below(expr, facts, _level)


def ones(expr: Expr, facts: Facts) -> Expr:
    """Write c for c y_1 + c y_2 where y_1 and y_2 add up to 1."""
    if not facts.shares:
        return expr
    expr = below(expr, facts, ones)
    if not isinstance(expr, Sum):
        return expr
    terms = [as_monomial(term) for term in expr.terms]
    for names in facts.shares:
        places: dict[tuple, dict[str, int]] = {}
        for place, term in enumerate(terms):
            present = [base for base in term.bases if isinstance(base, Sym) and base.name in names and term.bases[base] == 1]
            if len(present) == 1:
                key = (term.coefficient, frozenset((b, e) for b, e in term.bases.items() if b != present[0] and e))
                places.setdefault(key, {})[present[0].name] = place
        for (coefficient, _), found in places.items():
            if len(found) == len(names):
                first = min(found.values())
                bases = {b: e for b, e in terms[first].bases.items() if not (isinstance(b, Sym) and b.name in names)}
                one = write_monomial(Monomial(coefficient, bases, terms[first].decimal))
                kept = [one if k == first else term for k, term in enumerate(expr.terms) if k == first or k not in found.values()]
                return positive_first(total(kept), facts)
    return expr
