"""How the graph's mathematics is printed: indices on what runs over samples, sums written out, short names, numbers put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from derivgen.derivation.arrays import ArrayDerivation
from derivgen.derivation.derive import LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph, runs_over_samples
from derivgen.maths.arithmetic import to_float
from derivgen.maths.evaluate import UnknownValueError, evaluate, is_by_limit
from derivgen.maths.functions import FIRST
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.slots import UnknownNumber
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    ONE,
    STOP,
    ZERO,
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Partial,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Slot,
    Sum,
    SumOver,
    Sym,
    Written,
    number,
    rebuild,
    walk,
)
from derivgen.spec.model import Value

_INDICES = "ijklmnpqrst"
WIDEST_SOFTMAX = 5
LARGEST_EXPONENT = 100


def has_samples(graph: Graph | ArrayDerivation) -> bool:
    """Return whether indices are printed at all: with one sample there is nothing to tell apart."""
    return graph.count != 1


def index_of(graph: Graph, name: str) -> str | None:
    """Return the index a name carries on the page."""
    return graph.index if graph.indexed(name) and has_samples(graph) else None


def symbol(graph: Graph, name: str) -> Sym:
    """Return a name as it is printed."""
    return Sym(name, index_of(graph, name))


def partial(graph: Graph, of: str, by: str) -> Partial:
    """Write ∂of/∂by as it is printed."""
    return Partial(symbol(graph, of), symbol(graph, by))


def local_partial(local: LocalDerivative) -> Partial:
    """Write ∂consumer/∂operand as a factor of a chain, a direct one where the loss depends on the operand in other ways, too."""
    graph = local.graph
    return Partial(symbol(graph, local.consumer), symbol(graph, local.operand), local.direct)


def to_notation(expr: Expr, graph: Graph) -> Expr:
    """Write an expression as it is printed: `mean(…)` as 1/n Σ, a sample's values with its index. Equal in value.

    A sum beside values of one sample, or inside another sum, runs over the next letter.
    """
    return with_dot_products(entry_by_entry(with_cases(expr, graph), graph), graph.spec.notation.vectors)


def with_cases(expr: Expr, graph: Graph) -> Expr:
    """Write the derivative of max or min of two arguments by its cases: 1, 0, and at a tie as the spec shares it out."""
    expr = rebuild(expr, lambda part: with_cases(part, graph))
    return _cases_of(expr, graph) if isinstance(expr, Prime) and expr.function in EXTREMES and len(expr.args) == 2 else expr


def _cases_of(prime: Prime, graph: Graph) -> Cases:
    """Write max'ₖ by its cases: which of the arguments is larger than all others, and what those that tie have of it."""
    own, others = prime.args[prime.slot], tuple(arg for at, arg in enumerate(prime.args) if at != prime.slot)

    def best(args: tuple[Expr, ...]) -> Expr:
        return args[0] if len(args) == 1 else Call(prime.function, args, prime.written)

    over, under = (">", "<") if prime.function == "max" else ("<", ">")
    if graph.library[prime.function].ties == FIRST:
        before, behind = prime.args[: prime.slot], prime.args[prime.slot + 1 :]
        if before and behind:
            beaten = (Compare(f"{under}=", own, best(before)), number(0))
            return Cases((beaten, (Compare(f"{over}=", own, best(behind)), number(1))), number(0))
        return Cases(((Compare(over if before else f"{over}=", own, best(others)), number(1)),), number(0))
    whole = (Compare(over, own, best(others)), number(1))
    if len(others) == 1:
        return Cases((whole, (Compare("==", own, best(others)), Num(Fraction(1, 2)))), number(0))
    none = (Compare(under, own, best(others)), number(0))
    if len(others) == 2:
        return Cases((whole, none, (Compare("==", *others), Num(Fraction(1, 3)))), Num(Fraction(1, 2)))
    tied = (Cases(((Compare("==", own, other), number(1)),), number(0)) for other in others)
    return Cases((whole, none), Quotient(number(1), Sum((number(1), *tied))))


def entry_by_entry(expr: Expr, graph: Graph) -> Expr:
    """Write an expression as it is printed where no two vectors are multiplied as wholes."""
    if not has_samples(graph):
        return _without_sums(expr)
    columns = graph.columns | {alias for alias in graph.aliases if graph.indexed(alias)} if graph.aliases else graph.columns
    return _spelled(expr, graph, graph.index, runs_over_samples(expr, columns))


def _without_sums(expr: Expr) -> Expr:
    """Replace the mean and the sum over one sample by the sample's own value."""
    return _without_sums(expr.body) if isinstance(expr, Reduce) else rebuild(expr, _without_sums)


def _spelled(expr: Expr, graph: Graph, index: str, taken: bool) -> Expr:
    if isinstance(expr, Sym):
        known = (expr.name in graph.quantities or expr.name in graph.aliases) and graph.indexed(expr.name)
        return Sym(expr.name, index, at=expr.at) if known and expr.index is None else expr
    if not isinstance(expr, Reduce):
        return rebuild(expr, lambda part: _spelled(part, graph, index, taken))
    inner = _INDICES[(_INDICES.find(index) + 1) % len(_INDICES)] if taken else index
    total = SumOver(inner, sample_count(graph), _spelled(expr.body, graph, inner, True))
    return Product((one_over_count(graph), total)) if expr.kind == "mean" else total


def sample_count(graph: Graph) -> Expr:
    """Return how many samples there are, as printed."""
    return number(graph.count) if isinstance(graph.count, int) else Sym(graph.count)


def one_over_count(graph: Graph) -> Expr:
    """Write 1/n"""
    return Num(Fraction(1, graph.count)) if isinstance(graph.count, int) else Quotient(number(1), Sym(graph.count))


def counted_out(expr: Expr, graph: Graph) -> Expr | None:
    """Write a Σ over a symbolic number of samples of what is the same for each of them as a product: Σ 2 = 2 N, 1/N Σ 2 = 2.

    None where there is no such Σ.
    """
    found = _counted_out(expr, graph) if isinstance(graph.count, str) else expr
    return found if found != expr else None


def _counted_out(expr: Expr, graph: Graph) -> Expr:
    if isinstance(expr, SumOver) and _is_constant(expr):
        return chain((expr.body, expr.upper))
    if not isinstance(expr, Product) or not any(isinstance(factor, SumOver) and _is_constant(factor) for factor in expr.factors):
        return rebuild(expr, lambda part: _counted_out(part, graph))
    factors, share = list(expr.factors), one_over_count(graph)
    for at, factor in enumerate(expr.factors):
        if isinstance(factor, SumOver) and _is_constant(factor):
            averaged = share in factors
            factors[at] = factor.body if averaged else _counted_out(factor, graph)
            factors = [Num(Fraction(1)) if averaged and each == share else each for each in factors]
    return chain(factors)


def _is_constant(total: SumOver) -> bool:
    """Return whether no name in the body of a Σ has the index that it runs over."""
    named = any(isinstance(node, Sym) and node.index == total.index for node in walk(total.body))
    return isinstance(total.upper, Sym) and not named


def number_format(evaluation: Evaluation) -> NumberFormat:
    """Return how this spec's numbers are printed; in decimals where the author wrote decimals."""
    return evaluation.number_format


def printed(evaluation: Evaluation, name: str, sample: int | None = None, extra: int = 0) -> Num | Shown | None:
    """Return a quantity's value as printed, None where it is not known."""
    values = evaluation.values.get(name)
    if values is None:
        return None
    return shown(values[sample or 0] if len(values) > 1 else values[0], number_format(evaluation), extra)


def as_written(value: Value) -> Num | Shown:
    """Return a given number in its author's figures: `0.50`, `1e-6`, `2/4`; the slot of one that is not known yet."""
    if isinstance(value.value, UnknownNumber):
        return value.value.slot
    text = "".join(value.text.split()).lstrip("+")
    text = re.sub(r"\.(?!\d)", "", re.sub(r"^(-?)\.", r"\g<1>0.", text))
    return Num(value.value, text if re.fullmatch(r"-?\d+(/\d+|(\.\d+)?([eE][+-]?\d+)?)", text) else "")


def with_numbers(expr: Expr, evaluation: Evaluation, style: NumberFormat, extra: int = 0) -> Expr:
    """Replace every name by its number (negative ones get their brackets when printed)."""
    env = evaluation.environment(0 if evaluation.graph.samples == 1 else None)

    def put(part: Expr) -> Expr:
        if isinstance(part, Written):
            return put(part.value)
        if style.pad and isinstance(part, Sym) and (given := _given(part.name, evaluation)) is not None:
            return given
        if isinstance(part, (Sym, Partial)) or (isinstance(part, Cases) and _has_numbers_only(part)):
            return shown(evaluate(part, env), style, extra)
        if isinstance(part, Sum):
            return Sum(tuple(Neg(put(term.arg)) if isinstance(term, Neg) else put(term) for term in part.terms))
        if isinstance(part, Neg) and isinstance(part.arg, Sym):
            number_ = put(part.arg)
            return number_ if number_ == ZERO else Neg(number_)
        if is_by_limit(part, env):
            return ZERO
        if isinstance(part, Call) and part.function == STOP:
            return put(part.args[0])
        if isinstance(part, Call) and part.component is not None:
            numbers = tuple(map(put, part.args))
            return exponentials(part.component, numbers) or rebuild(part, put)
        return rebuild(part, put)

    return put(expr)


def _given(name: str, evaluation: Evaluation) -> Num | Shown | None:
    """Return a number that the author gives, in its figures: 0.10; None for one that is worked out, or carried on rounded."""
    spec = evaluation.graph.spec
    value = spec.values.get(name) or spec.constants.get(name)
    return None if value is None or evaluation.exact is not None else as_written(value)


def _has_numbers_only(cases: Cases) -> bool:
    """Return whether each case is a number: once the case that applies is known, the others are not written."""
    return all(isinstance(value, Num) for value in (*(value for _, value in cases.pieces), cases.otherwise))


def exponentials(component: int, args: tuple[Expr, ...]) -> Expr | None:
    """Write softmax out: exp(z_k) / (exp(z_1) + exp(z_2) + …); None where it is too wide or a number too large."""
    if not 1 < len(args) <= WIDEST_SOFTMAX or any(map(_is_too_large, args)):
        return None
    powers = tuple(Call("exp", (arg,), "exp") for arg in args)
    return Quotient(powers[component], Sum(powers))


def _is_too_large(arg: Expr) -> bool:
    return isinstance(arg, (Num, Shown)) and not isinstance(arg, Slot) and abs(to_float(arg.value)) > LARGEST_EXPONENT


def in_this_case(expr: Expr, evaluation: Evaluation) -> Expr:
    """Write the derivative of max or min of three and more as the number that it is at the spec's values, else by its cases.

    In sums and products a 0 of these takes its term away, a 1 itself.
    """
    if not any(isinstance(node, Prime) and node.function in EXTREMES for node in walk(expr)):
        return expr
    if isinstance(expr, Prime) and expr.function in EXTREMES:
        try:
            return Num(Fraction(evaluate(expr, evaluation.environment(0 if evaluation.graph.samples == 1 else None))))
        except UnknownValueError:
            return _cases_of(expr, evaluation.graph)
    put = rebuild(expr, lambda part: in_this_case(part, evaluation))
    if isinstance(expr, Product) and isinstance(put, Product):
        pairs = zip(expr.factors, put.factors, strict=True)
        left = tuple(factor for was, factor in pairs if factor is was or factor != ONE)
        return ZERO if ZERO in left else Product(left) if len(left) > 1 else left[0] if left else ONE
    if isinstance(put, Neg):
        return ZERO if put.arg == ZERO else put
    if isinstance(put, Sum):
        terms = tuple(term for term in put.terms if term != ZERO)
        return Sum(terms) if len(terms) > 1 else terms[0] if terms else ZERO
    return put


def shorthand_of(graph: Graph, of: str, by: str) -> Expr | None:
    """Return the short name of ∂of/∂by as it is printed; None without one, or where ∂of/∂by is a single definition's alone."""
    if not any(short.of == of and short.by == by for short in graph.spec.notation.shorthands):
        return None
    name = next(short.name for short in graph.spec.notation.shorthands if short.of == of and short.by == by)
    indexed = has_samples(graph) and (graph.indexed(by) or graph.indexed(of))
    return Sym(name, graph.index if indexed else None)


def adjoint_symbol(graph: Graph, name: str) -> Expr:
    """Write ∂L/∂name, or its short name."""
    return shorthand_of(graph, graph.loss, name) or partial(graph, graph.loss, name)


def stands_for(local: LocalDerivative) -> Expr | None:
    """Return the short name of a factor of a chain; None without one."""
    return None if local.direct else shorthand_of(local.graph, local.consumer, local.operand)


def known_by_name(local: LocalDerivative, sides: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Cut the sides of a factor's line where the rest has been defined: ∂L/∂ŷ = L_y, ∂a/∂z = dRL(z)."""
    short = stands_for(local)
    if short is not None:
        return (sides[0], short)
    named = {each.of for each in local.graph.spec.notation.shorthands if each.is_function}
    ends = [k for k, side in enumerate(sides) if isinstance(side, Prime) and side.function in named]
    return sides[: ends[0] + 1] if ends else sides


Groups = Mapping[str, tuple[str, ...]]
Pair = tuple[str, str]


def with_dot_products(expr: Expr, groups: Groups) -> Expr:
    """Write every whole sum u_1 v_1 + u_2 v_2 + … of two groups as u·v, worth that sum; equal in value."""
    if not groups:
        return expr
    expr = rebuild(expr, lambda part: with_dot_products(part, groups))
    return _sum(expr, groups) if isinstance(expr, Sum) else expr


def without_dot_products(expr: Expr) -> Expr:
    """Write each u·v as the sum it is worth."""
    if isinstance(expr, Written) and expr.kind == "dot":
        return expr.value
    return rebuild(expr, without_dot_products)


def _sum(total: Sum, groups: Groups) -> Expr:
    """A sum whose products of two groups, where they are all there, stand as one term in the place of the first."""
    places: dict[Pair, dict[int, int]] = {}
    for place, term in enumerate(total.terms):
        for pair, position in _positions(term, groups):
            turned = (pair[1], pair[0])
            places.setdefault(turned if turned in places else pair, {}).setdefault(position, place)
    terms: list[Expr | None] = list(total.terms)
    for pair, found in places.items():
        if len(found) == len(groups[pair[0]]) and all(terms[place] is not None for place in found.values()):
            first, *rest = sorted(found.values())
            terms[first] = _dot(pair, groups, total, [found[k] for k in range(len(found))])
            for place in rest:
                terms[place] = None
    kept = tuple(term for term in terms if term is not None)
    return total if len(kept) == len(total.terms) else kept[0] if len(kept) == 1 else Sum(kept)


def _positions(term: Expr, groups: Groups) -> list[tuple[Pair, int]]:
    """Return the pairs of groups, and the place in them, of which a product of two names is a part."""
    if not isinstance(term, Product) or len(term.factors) != 2:
        return []
    left, right = term.factors
    if not isinstance(left, Sym) or not isinstance(right, Sym):
        return []
    return [
        ((u, v), ours.index(left.name))
        for u, ours in groups.items()
        for v, theirs in groups.items()
        if left.name in ours and right.name in theirs and len(ours) == len(theirs)
        if ours.index(left.name) == theirs.index(right.name)
    ]


def _dot(pair: Pair, groups: Groups, total: Sum, order: list[int]) -> Expr:
    """u·v, an index on each vector whose entries carry one; its value from the groups themselves, entry by entry."""
    first = total.terms[order[0]]
    assert isinstance(first, Product)
    indices = [entry.index for entry in first.factors if isinstance(entry, Sym)]
    names = tuple(Sym(name, index) for name, index in zip(pair, indices, strict=True))
    written = [total.terms[place] for place in order]
    if all(type(factor) is Sym for term in written if isinstance(term, Product) for factor in term.factors):
        entries = zip(*(groups[name] for name in pair), strict=True)
        written = [Product(tuple(Sym(name, index) for name, index in zip(entry, indices, strict=True))) for entry in entries]
    return Written("dot", names, Sum(tuple(written)))
