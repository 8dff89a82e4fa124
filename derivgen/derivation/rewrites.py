"""Ways of rewriting an expression into an equal one: what rules of differentiation leave behind, tidied as on paper.

Only what stands around the author's own expressions is touched: nothing inside of a function or of a power's base.

What a rewriting of expressions may know of the graph that they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from math import gcd

from derivgen.derivation.products import (
    Factors,
    Monomial,
    as_product,
    depends,
    factors_of,
    is_product,
    monomial,
    product,
    rational,
    total,
)
from derivgen.frozen import dataclass, field
from derivgen.graph import Graph
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Expr,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    children,
    number,
    rebuild,
    walk,
)
from derivgen.spec.losses import takes_shares


@dataclass(frozen=True)
class Facts:
    """What a rewriting may know besides the expression.

    Args:
        by: the variable whose powers stand first in a product (steps of a differentiation).
        defined: the names of quantities that have a definition.
        outputs: what a quantity is defined as, and its name, where that is a function's value or a quotient.
        sampled: the names that have one value per sample.
        count: the number of samples.
        shares: names that add up to 1 in each sample.
        means: of what a quantity is the mean over the samples, and its name.
        written: the sums as the author wrote them, whose signs are not turned.
    """

    by: str = ""
    defined: frozenset[str] = frozenset()
    outputs: Mapping[Expr, Sym] = field(default_factory=dict)
    sampled: frozenset[str] = frozenset()
    count: Expr | None = None
    shares: tuple[tuple[str, ...], ...] = ()
    means: Mapping[Expr, Sym] = field(default_factory=dict)
    written: frozenset[Expr] = frozenset()

    @cached_property
    def quotients(self) -> tuple[tuple[Quotient, Sym], ...]:
        """Return the outputs that are quotients."""
        return tuple((definition, name) for definition, name in self.outputs.items() if isinstance(definition, Quotient))


def facts_of(graph: Graph) -> Facts:
    """Return what simplification may know of a graph."""
    definitions = [(name, quantity.definition) for name, quantity in graph.quantities.items() if quantity.definition is not None]
    return Facts(
        defined=frozenset(name for name, _ in definitions),
        outputs={
            definition: Sym(name)
            for name, definition in reversed(definitions)
            if isinstance(definition, Call) or (isinstance(definition, Quotient) and name != graph.loss)
        },
        sampled=graph.columns,
        count=Num(Fraction(graph.count)) if isinstance(graph.count, int) else Sym(graph.count),
        shares=_shares(graph),
        means={each.body: Sym(name) for name, each in definitions if isinstance(each, Reduce) and each.kind == "mean"},
        written=frozenset(node for _, definition in definitions for node in walk(definition) if isinstance(node, Sum)),
    )


def _shares(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """The targets of cross-entropy behind softmax, where the network or the numbers say that they add up to 1."""
    network = graph.spec.network
    if network is not None:
        return (tuple(network.targets),) if takes_shares(network) else ()
    targets = graph.spec.targets
    random = graph.spec.random
    drawn = {name for draw in random.draws for name in draw.names} if random is not None else set()
    if not targets or drawn & set(targets) or not all(name in graph.given for name in targets):
        return ()
    widths = {len(quantity.outputs) for quantity in graph.quantities.values() if len(quantity.outputs) > 1}
    samples = zip(*(graph.given[name] for name in targets), strict=True)
    return (tuple(targets),) if len(targets) in widths and all(sum(each) == 1 for each in samples) else ()


MOST_TERMS = 24
"""A product of sums is multiplied out as long as it has at most so many terms."""


Rewriting = Callable[[Expr, Facts], Expr]


def below(expr: Expr, facts: Facts, rewrite: Rewriting) -> Expr:
    """Apply a rewriting below a node, where it may be: not in functions, not in the base of a power."""
    if isinstance(expr, (Sum, Product, Quotient, Neg)):
        return rebuild(expr, lambda part: rewrite(part, facts))
    if isinstance(expr, Cases):
        pieces = tuple((condition, rewrite(piece, facts)) for condition, piece in expr.pieces)
        return Cases(pieces, rewrite(expr.otherwise, facts))
    if isinstance(expr, Reduce):
        return Reduce(expr.kind, rewrite(expr.body, facts))
    if isinstance(expr, SumOver):
        return SumOver(expr.index, expr.upper, rewrite(expr.body, facts))
    return expr


def collected(expr: Expr, facts: Facts) -> Expr:
    """Write every product with its sign and its number in front and one bar."""
    if isinstance(expr, Sum):
        return total([collected(term, facts) for term in expr.terms])
    if not is_product(expr):
        return below(expr, facts, collected)
    if not needs_collecting(expr):
        return below(expr, facts, collected)
    part = factors_of(expr)
    part.over = [collected(factor, facts) for factor in part.over]
    part.under = [collected(factor, facts) for factor in part.under]
    return as_product(part, facts.by)


def needs_collecting(expr: Expr) -> bool:
    """Tell whether a product, with the products in it, has loose numbers or signs, or several bars."""
    return is_product(expr) and (is_loose(expr) or _has_bar(expr) or any(needs_collecting(part) for part in children(expr)))


def _has_bar(expr: Expr) -> bool:
    """Whether a product has a fraction in it, or a fraction another one above or below its bar."""
    if isinstance(expr, Neg):
        return _has_bar(expr.arg) if is_product(expr.arg) else False
    return is_product(expr) and any(isinstance(part, Quotient) and rational(part) is None for part in children(expr))


def is_loose(expr: Expr) -> bool:
    if isinstance(expr, Quotient):
        return any(isinstance(part, Neg) or (isinstance(part, Num) and part.value < 0) for part in (expr.over, expr.under))
    if isinstance(expr, Neg):
        return isinstance(expr.arg, (Num, Neg)) or (isinstance(expr.arg, Product) and _is_negative(expr.arg.factors[0]))
    if isinstance(expr, Sum):
        return any(_is_negative(term) for term in expr.terms if not isinstance(term, Neg))
    if not isinstance(expr, Product):
        return False
    return any(map(_has_number, expr.factors[1:])) or isinstance(expr.factors[0], Neg)


def _has_number(expr: Expr) -> bool:
    """Whether a factor is a number or a quotient with one in it."""
    return isinstance(expr, (Num, Neg)) or (isinstance(expr, Quotient) and abs(factors_of(expr).coefficient) != 1)


def _is_negative(expr: Expr) -> bool:
    return isinstance(expr, Product) and isinstance(expr.factors[0], Num) and expr.factors[0].value < 0


def out_of_sums(expr: Expr, facts: Facts) -> Expr:
    """Write c Σ f for Σ c f: numbers, and what does not run over the samples."""
    if isinstance(expr, (SumOver, Reduce)):
        inner = factors_of(expr.body)
        coefficient, inner.coefficient = inner.coefficient, Fraction(1)
        if coefficient != 1 and (inner.over or inner.under):
            body = as_product(inner, facts.by)
            rest = SumOver(expr.index, expr.upper, body) if isinstance(expr, SumOver) else Reduce(expr.kind, body)
            return as_product(Factors(coefficient, [rest], [], inner.decimal), facts.by)
    return below(expr, facts, out_of_sums)


def powers(expr: Expr, facts: Facts) -> Expr:
    """Put the powers of one base in every product together; what stands above and below the bar is cancelled."""
    if isinstance(expr, Sum):
        return total([powers(term, facts) for term in expr.terms])
    if not is_product(expr) and not isinstance(expr, Power):
        return below(expr, facts, powers)
    part = factors_of(expr)
    part.over = [factor if isinstance(factor, Power) else powers(factor, facts) for factor in part.over]
    part.under = [factor if isinstance(factor, Power) else powers(factor, facts) for factor in part.under]
    return monomial(part).expr(facts.by)


def squares(expr: Expr, facts: Facts) -> Expr:
    """Write 1 for cos² + sin²."""
    return ONE if is_squares(expr) else below(expr, facts, squares)


def is_squares(expr: Expr) -> bool:
    """Tell whether it is sin² + cos² of the same."""
    if not isinstance(expr, Sum) or len(expr.terms) != 2:
        return False
    calls = [
        term.base for term in expr.terms if isinstance(term, Power) and term.exponent == number(2) and isinstance(term.base, Call)
    ]
    return sorted(call.function for call in calls) == ["cos", "sin"] and calls[0].args == calls[1].args


def square_difference(expr: Expr) -> tuple[Expr, Expr] | None:
    """Return `(N, D)` of (D² - N²)/D², which is best not multiplied out; None for anything else."""
    if not isinstance(expr, Quotient) or not isinstance(expr.over, Sum) or len(expr.over.terms) != 2:
        return None
    first, second = expr.over.terms
    if expr.under != first or not isinstance(first, Power) or first.exponent != number(2) or not isinstance(second, Neg):
        return None
    minus = second.arg
    return (minus.base, first.base) if isinstance(minus, Power) and minus.exponent == number(2) else None


def alike(expr: Expr, facts: Facts) -> Expr:
    """Write one piece for cases whose pieces are all the same."""
    expr = below(expr, facts, alike)
    if isinstance(expr, Cases) and all(piece == expr.otherwise for _, piece in expr.pieces):
        return expr.otherwise
    return expr


def exponentials(expr: Expr, facts: Facts) -> Expr:
    """Write e^(v ln u) as u^v again."""
    if isinstance(expr, Call) and expr.function == "exp" and isinstance(expr.args[0], Product):
        factors = expr.args[0].factors
        last = factors[-1]
        if len(factors) == 2 and isinstance(last, Call) and last.function == "ln":
            return Power(last.args[0], factors[0])
    return below(expr, facts, exponentials)


def _term(expr: Expr) -> Monomial:
    return monomial(factors_of(expr))


def _key(term: Monomial) -> tuple[tuple[str, Fraction], ...]:
    return tuple(sorted((plain(base), exponent) for base, exponent in term.bases.items() if exponent))


def like_terms(expr: Expr, facts: Facts) -> Expr:
    """Add the like terms of every sum: 3x - 2x is x."""
    expr = below(expr, facts, like_terms)
    if isinstance(expr, Product):
        return product(*expr.factors)
    if isinstance(expr, Quotient) and expr.over == ZERO:
        return ZERO
    if isinstance(expr, Quotient) and isinstance(expr.over, Neg):
        return Neg(Quotient(expr.over.arg, expr.under))
    if not isinstance(expr, Sum):
        return expr
    found: dict[tuple, tuple[Monomial, Expr, int]] = {}
    for written in expr.terms:
        term = _term(written)
        key = _key(term)
        if key in found:
            before, first, count = found[key]
            before.coefficient += term.coefficient
            before.decimal |= term.decimal
            found[key] = (before, first, count + 1)
        else:
            found[key] = (term, written, 1)
    if len(found) == len(expr.terms):
        return expr
    return total([first if count == 1 else term.expr(facts.by) for term, first, count in found.values()])


def combined(terms: Iterable[Monomial]) -> list[Monomial]:
    """Return the terms of a sum with like ones added; those that come to 0 are gone."""
    return [term for term in added(terms) if term.coefficient]


def added(terms: Iterable[Monomial]) -> list[Monomial]:
    """Return the terms of a sum with like ones added, those that come to 0 among them."""
    found: dict[tuple, Monomial] = {}
    for term in terms:
        before = found.setdefault(_key(term), Monomial(Fraction(0), term.bases))
        before.coefficient += term.coefficient
        before.decimal |= term.decimal
    return list(found.values())


def size(expr: Expr) -> int:
    """Count the nodes of an expression, but for signs: how much there is to write."""
    return sum(1 for node in walk(expr) if not isinstance(node, Neg))


def multiplied_out(expr: Expr, facts: Facts) -> Expr:
    """Multiply the brackets in a sum out, where it gets shorter for it once like terms are added."""
    if isinstance(expr, Sum):
        terms = [term for written in expr.terms for term in distributed(written)]
        if len(terms) <= MOST_TERMS:
            flat = total([term.expr(facts.by) for term in terms])
            shorter = like_terms(flat, facts)
            if isinstance(flat, Sum) and size(shorter) < size(expr) and _length(shorter) < len(flat.terms):
                return flat
    return below(expr, facts, multiplied_out)


def _length(expr: Expr) -> int:
    return len(expr.terms) if isinstance(expr, Sum) else 1


def distributed(expr: Expr) -> list[Monomial]:
    """Return the terms of a product of sums."""
    terms = [Monomial(Fraction(1), {})]
    part = factors_of(expr)
    whole = monomial(part)
    terms[0].coefficient, terms[0].decimal = whole.coefficient, whole.decimal
    for base, exponent in whole.bases.items():
        if isinstance(base, Sum) and exponent.denominator == 1 and 0 < exponent <= 3:
            for _ in range(exponent.numerator):
                inner = [piece for term in base.terms for piece in distributed(term)]
                if len(terms) * len(inner) > MOST_TERMS:
                    return [whole]
                terms = [_times_monomial(a, b) for a in terms for b in inner]
        else:
            terms = [_times_monomial(term, Monomial(Fraction(1), {base: exponent})) for term in terms]
    return terms


def _times_monomial(a: Monomial, b: Monomial) -> Monomial:
    bases = dict(a.bases)
    for base, exponent in b.bases.items():
        bases[base] = bases.get(base, Fraction(0)) + exponent
    return Monomial(a.coefficient * b.coefficient, {k: v for k, v in bases.items() if v}, a.decimal or b.decimal)


def common_factor(expr: Expr, facts: Facts) -> Expr:
    """Take out of a sum what all its terms share, where that is more than a letter: e^x, a bracket, f(x)."""
    if not isinstance(expr, Sum):
        return below(expr, facts, common_factor)
    terms = [_term(term) for term in expr.terms]
    shared = {
        base: min(term.bases.get(base, Fraction(0)) for term in terms)
        for base in terms[0].bases
        if all(term.bases.get(base, Fraction(0)) > 0 for term in terms)
    }
    if not any(_is_weighty(base, facts) for base in shared) or any(isinstance(b, (SumOver, Reduce)) for b in shared):
        return below(expr, facts, common_factor)
    divisor = common_number(terms)
    rest = [
        Monomial(
            term.coefficient / divisor,
            {b: e - shared.get(b, 0) for b, e in term.bases.items() if e != shared.get(b, 0)},
            term.decimal,
        )
        for term in terms
    ]
    bracket = total([term.expr(facts.by) for term in rest])
    outside = Monomial(divisor, shared)
    return as_product(
        Factors(divisor, [*factors_of(Monomial(Fraction(1), outside.bases).expr(facts.by)).over, bracket]), facts.by
    )


def _is_weighty(base: Expr, facts: Facts) -> bool:
    """Whether it is worth taking out: more than a name, and not a constant."""
    return not isinstance(base, (Sym, Num)) and depends(base, facts.by)


def common_number(terms: Iterable[Monomial]) -> Fraction:
    divisor = 0
    for term in terms:
        if term.coefficient.denominator != 1:
            return Fraction(1)
        divisor = gcd(divisor, term.coefficient.numerator)
    return Fraction(divisor or 1)
