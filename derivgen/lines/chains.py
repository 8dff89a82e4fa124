"""A gradient the long way: its chain of partials, each factor worked out with its rule, the product, the numbers, the result."""

from __future__ import annotations

from collections.abc import Sequence

from derivgen.derivation.derive import Gradient, LocalDerivative, Path
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, LineKind, Reason, equality
from derivgen.lines.notation import (
    counted_out,
    has_samples,
    local_partial,
    number_format,
    one_over_count,
    partial,
    sample_count,
    to_notation,
    with_numbers,
)
from derivgen.maths.arithmetic import DomainError
from derivgen.maths.differentiate import depends, derivative_formula
from derivgen.maths.evaluate import UnknownValueError, evaluate
from derivgen.maths.functions import OUTPUT, bound
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    ONE,
    Braces,
    Call,
    Cases,
    Compare,
    Expr,
    Marked,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
    number,
    symbols,
)
from derivgen.memo import kept_with_owner
from derivgen.spec.roles import count_names


@dataclass(frozen=True, slots=True)
class Segment:
    """A factor of a chain; `opens` a mean or sum over samples, `closes` it after this factor."""

    expr: Expr
    opens: str | None = None
    closes: bool = False


def segments(graph: Graph, path: Sequence[LocalDerivative], partials: bool = False) -> tuple[Segment, ...]:
    """Return a path's factors: worked out, or (`partials`) as ∂…/∂…."""
    found = []
    for local in path:
        one, other = not graph.per_sample(local.consumer), not graph.per_sample(local.operand)
        expr: Expr = local_partial(local) if partials else local.derivative
        opens = ("sum" if partials else local.reduce) if one and not other else None
        found.append(Segment(expr, opens, other and not one))
    return tuple(found)


def is_simple(graph: Graph, path: Path) -> bool:
    """Return whether a path runs into the samples at most once and out of them at most once, so that one Σ says it all."""
    return sum(segment.opens is not None for segment in segments(graph, path)) <= 1


def uses_chains(evaluation: Evaluation, gradient: Gradient) -> bool:
    """Return whether a gradient is written as chains from the loss; else by adjoints (asked for, many paths, several means)."""
    full = evaluation.graph.spec.notation.chain != "reuse" and not too_many_chains(evaluation)
    return full and gradient.paths is not None and all(is_simple(evaluation.graph, path) for path in gradient.paths)


MOST_BRANCHES = 6
MOST_FACTORS = 48
"""With so many factors in all chains, half as many branches are too many."""


def too_many_chains(evaluation: Evaluation) -> bool:
    """Return whether there are more chains than the spec's notation allows, or so many more than parameters that it is long."""
    limit, derivation = evaluation.graph.spec.notation.chains, evaluation.derivation
    branches = derivation.chains - len(derivation.gradients)
    factors = sum(len(path) for gradient in derivation.gradients.values() for path in gradient.paths or ())
    most = MOST_BRANCHES if factors <= MOST_FACTORS else MOST_BRANCHES // 2
    return limit is not None and (derivation.chains > limit or branches > most)


def assembled(graph: Graph, parts: Sequence[Segment], simplify: bool) -> Expr:
    """Write the product of a chain, its Σ outside the part that runs over samples; simplified: constants before the Σ."""
    factors: list[Expr] = []
    kind: str | None = None
    for part in parts:
        kind = part.opens or kind
        factors.append(to_notation(part.expr, graph))
        if part.closes and has_samples(graph):
            factors = [_summed(graph, _product(factors, simplify), kind, simplify)]
            kind = None
    if kind == "mean" and has_samples(graph):
        factors.insert(0, one_over_count(graph))
    return _product(factors, simplify)


def _product(factors: list[Expr], simplify: bool) -> Expr:
    if simplify:
        return chain(factors)
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else number(1)


def _summed(graph: Graph, body: Expr, kind: str | None, simplify: bool) -> Expr:
    """1/n Σ body, or Σ body; simplified: with the body's constant taken out."""
    if not simplify:
        total = SumOver(graph.index, sample_count(graph), body)
        return Product((one_over_count(graph), total)) if kind == "mean" else total
    constant, rest = _constant_of(graph, body)
    total = SumOver(graph.index, sample_count(graph), rest)
    return chain((one_over_count(graph), constant, total)) if kind == "mean" else chain((constant, total))


def _constant_of(graph: Graph, expr: Expr) -> tuple[Expr, Expr]:
    """Split off what may stand before the Σ: numbers, and one over the number of samples, which are the same for all samples."""
    if isinstance(expr, Neg):
        constant, rest = _constant_of(graph, expr.arg)
        return chain((number(-1), constant)), rest
    if isinstance(expr, Product) and _is_constant(graph, expr.factors[0]):
        others = expr.factors[1:]
        constant, rest = _constant_of(graph, others[0] if len(others) == 1 else Product(others))
        return chain((expr.factors[0], constant)), rest
    if isinstance(expr, Product) and isinstance(expr.factors[0], (Product, Neg)):
        constant, rest = _constant_of(graph, expr.factors[0])
        return constant, Product((rest, *expr.factors[1:]))
    return number(1), expr


def _is_constant(graph: Graph, expr: Expr) -> bool:
    names = symbols(expr)
    return isinstance(expr, (Num, Quotient)) and all(name in count_names(graph.spec.data) for name in names)


@kept_with_owner
def chain_line(graph: Graph, gradient: Gradient) -> Equality:
    """Write ∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w, per path; with samples the Σ stands outside."""
    assert gradient.paths is not None
    terms = [assembled(graph, segments(graph, path, partials=True), simplify=False) for path in gradient.paths]
    return equality((LineKind.CHAIN, gradient.name), partial(graph, graph.loss, gradient.name), plus_whole(terms))


def plus_whole(terms: list[Expr]) -> Expr:
    """Add the terms, also where one of them is 0; a further term that starts with a minus is subtracted."""
    if not terms:
        return number(0)
    return terms[0] if len(terms) == 1 else Sum((terms[0], *(_taken_off(term) for term in terms[1:])))


def _taken_off(term: Expr) -> Expr:
    """+ (-2) x y is - 2 x y"""
    if not isinstance(term, Product):
        return term
    first, *rest = term.factors
    if isinstance(first, Product) and isinstance(first.factors[0], Num):
        kept = first.factors[1:]
        first, rest = first.factors[0], [Product(kept) if len(kept) > 1 else kept[0], *rest]
    if isinstance(first, Num) and first.value < 0 and not isinstance(rest[0], (Num, Shown)):
        return Neg(Product((Num(-first.value), *rest)))
    return term


@kept_with_owner
def factor_line(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """Write ∂z/∂w = the derivative as the rules give it = tidied = its number, where one number says it all."""
    graph = evaluation.graph
    own = one_over_count(graph) if local.reduce == "mean" and has_samples(graph) else None
    raw, tidy = (to_notation(expr, graph) for expr in (local.raw, local.derivative))
    if own is not None:
        raw, tidy = Product((own, *(raw.factors if isinstance(raw, Product) else (raw,)))), chain((own, tidy))
    sides = [local_partial(local), raw, tidy, _spelled_out(graph, tidy), counted_out(tidy, graph)]
    about = (LineKind.FACTOR, local.consumer, local.operand)
    reason = reason_of(graph, local)
    holds = _case_at(evaluation, tidy)
    if holds is not None:
        reason = Reason("{rule}; here {condition}", {"rule": reason.message, **reason.names, "condition": holds})
    return equality(about, *sides, reason=reason)


_ELSE = {frozenset((">", "==")): "<", frozenset(("<", "==")): ">", frozenset((">=",)): "<", frozenset(("<=",)): ">"}
_ELSE |= {frozenset((">",)): "<=", frozenset(("<",)): ">="}
"""What is left where none of these relations between two sides holds."""


def _case_at(evaluation: Evaluation, expr: Expr) -> Compare | None:
    """Which condition of cases holds at the spec's values; None with samples, without values, or where it has no short form."""
    if not isinstance(expr, Cases) or has_samples(evaluation.graph):
        return None
    env = evaluation.environment(0)
    conditions = [condition for condition, _ in expr.pieces]
    try:
        met = next((condition for condition in conditions if evaluate(condition, env)), None)
    except (UnknownValueError, DomainError):
        return None
    first = conditions[0]
    left = _ELSE.get(frozenset(condition.op for condition in conditions))
    if met is None and left and all((each.left, each.right) == (first.left, first.right) for each in conditions):
        return Compare(left, first.left, first.right)
    return met


def factor_numbers(evaluation: Evaluation, local: LocalDerivative) -> tuple[Expr, ...]:
    """Return the local derivative with its numbers put in, and its value: nothing where they vary by sample or are not known."""
    graph = evaluation.graph
    values = evaluation.partials.get((local.consumer, local.operand))
    if values is None or (
        has_samples(graph)
        and (graph.per_sample(local.operand) or graph.per_sample(local.consumer))
        and not _same(evaluation, local)
    ):
        return ()
    style = number_format(evaluation)
    env = evaluation.environment(0)
    if has_samples(graph):
        return (shown(values[0], style),) if not isinstance(local.derivative, Num) else ()
    expr, result, agrees = settle(
        lambda extra: with_numbers(_without_means(local.derivative, graph), evaluation, style, extra),
        values[0],
        style,
        lambda e: evaluate(e, env),
    )
    sides = (expr,) if expr == result else (expr, result if agrees else Marked(result))
    return () if isinstance(local.derivative, Num) else sides


def _without_means(expr: Expr, graph: Graph) -> Expr:
    return to_notation(expr, graph)


def _same(evaluation: Evaluation, local: LocalDerivative) -> bool:
    """Return whether the local derivative has no per-sample name in it, so that it is one number (`∂Z_5/∂A_3 = W_35 = 2`)."""
    graph = evaluation.graph
    names = symbols(local.derivative)
    return local.reduce is None and bool(names) and not any(graph.per_sample(name) for name in names)


def _spelled_out(graph: Graph, expr: Expr) -> Expr | None:
    """Return the pieces behind a bare f'(z), or the own function's derivative: {1 where z > 0, 0 else}."""
    if not isinstance(expr, Prime):
        return None
    if expr.function in EXTREMES:
        return None
    formula = derivative_formula(graph.library, expr.function, expr.slot)
    names = graph.library.arguments(expr.function, expr.args)
    return bound(formula, {**names, OUTPUT: Call(expr.function, expr.args, expr.written)})


def product_line(graph: Graph, gradient: Gradient) -> Equality:
    """Write ∂L/∂w = the factors multiplied as they stand = with the constants collected."""
    assert gradient.paths is not None
    raw = plus_whole([assembled(graph, segments(graph, path), simplify=False) for path in gradient.paths])
    neat = plus_whole([assembled(graph, segments(graph, path), simplify=True) for path in gradient.paths])
    return equality(
        (LineKind.PRODUCT, gradient.name), partial(graph, graph.loss, gradient.name), raw, neat, counted_out(neat, graph)
    )


def factored_line(graph: Graph, gradient: Gradient) -> Equality | None:
    """Write what several paths share outside braces: L_y {w_7 … w_3 + w_8 … w_4} f'(z_1) x; None where they share nothing."""
    if gradient.paths is None or len(gradient.paths) < 2:
        return None
    lead, tail = _shared(gradient.paths)
    middles = [path[len(lead) : len(path) - len(tail)] for path in gradient.paths]
    if not (lead or tail) or any(segment.opens or segment.closes for middle in middles for segment in segments(graph, middle)):
        return None
    if all(local.derivative == ONE for local in (*lead, *tail)):
        return None
    braces = Braces(
        plus_whole([_product([to_notation(local.derivative, graph) for local in middle], simplify=True) for middle in middles])
    )
    parts = (*segments(graph, lead), Segment(braces), *segments(graph, tail))
    return equality(
        (LineKind.FACTORED, gradient.name),
        partial(graph, graph.loss, gradient.name),
        assembled(graph, parts, simplify=True),
        reason=Reason("what the paths share stands outside the braces"),
    )


def _shared(paths: tuple[Path, ...]) -> tuple[Path, Path]:
    shortest = min(len(path) for path in paths)
    lead = 0
    while lead < shortest - 1 and all(path[lead] is paths[0][lead] for path in paths):
        lead += 1
    tail = 0
    while tail < shortest - lead - 1 and all(path[-1 - tail] is paths[0][-1 - tail] for path in paths):
        tail += 1
    return Path(paths[0][:lead]), Path(paths[0][len(paths[0]) - tail :])


def value_line(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    """Write ∂L/∂w = the factors' numbers multiplied (and added over paths) = the result; None with samples or without numbers."""
    graph = evaluation.graph
    values = evaluation.adjoints.get(gradient.name)
    if values is None or gradient.paths is None or has_samples(graph):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)

    def build(extra: int) -> Expr:
        return plus_whole([path_numbers(evaluation, path, extra) for path in gradient.paths or ()])

    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(e, env))
    left = partial(graph, graph.loss, gradient.name)
    return equality((LineKind.VALUE, gradient.name), left, expr, result if agrees else Marked(result), numeric=True)


def path_numbers(evaluation: Evaluation, path: Path, extra: int) -> Expr:
    """Return the product of a path's numbers, in the order of its chain, each rounded to `extra` guard digits.

    A factor that is 1 whatever the values is left out, unless each chain is to be written in full.
    """
    style, repeats = number_format(evaluation), evaluation.graph.spec.notation.repeats
    written = [local for local in path if repeats or local.derivative != ONE or local.reduce == "mean"] or path[:1]
    factors = [shown(evaluation.partials[local.consumer, local.operand][0], style, extra) for local in written]
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else number(1)


def reason_of(graph: Graph, local: LocalDerivative) -> Reason:
    """Return the rule behind a local derivative, by the form of the terms in which the operand stands."""
    rule = _rule(local)
    if local.reduce == "mean" and graph.count != 1:
        return Reason("{rule}; one sample's share of the mean", {"rule": rule.message, **rule.names})
    return rule


def _rule(local: LocalDerivative) -> Reason:
    if "@rest" in dict(local.form.names):
        return Reason("softmax, through its own outputs")
    by = local.form.by
    expr = _core(local.form.expr, by)
    if isinstance(expr, Call):
        return _of_call(local, expr)
    if isinstance(expr, Sym):
        return Reason("linear")
    if isinstance(expr, Power):
        if depends(expr.exponent, by):
            return Reason("exponential with a constant base")
        return Reason("power rule") if expr.base == Sym(by) else Reason("power rule, then the chain rule")
    return _BY_FORM.get(type(expr), Reason("chain rule"))


_BY_FORM: dict[type[Expr], Reason] = {
    Sum: Reason("term by term"),
    Product: Reason("product rule"),
    Quotient: Reason("quotient rule"),
    Cases: Reason("piece by piece"),
}


def _of_call(local: LocalDerivative, call: Call) -> Reason:
    function = local.graph.library[call.function]
    named = local.graph.spec.notation.names.get(call.function) or call.written or function.names[0]
    own = local.graph.quantities[local.consumer].outputs
    if call == local.form.expr and any(depends(local.derivative, name) for name in own):
        return Reason("{function}, through its own output", {"function": named})
    return Reason("derivative of {function}", {"function": named})


def _core(expr: Expr, by: str) -> Expr:
    """Take signs, constant factors, means and single terms off, and return what is left."""
    while True:
        inner = _inner(expr, by)
        if inner is None:
            return expr
        expr = inner


def _inner(expr: Expr, by: str) -> Expr | None:
    if isinstance(expr, Reduce):
        return expr.body
    if isinstance(expr, Neg):
        return expr.arg
    if isinstance(expr, Quotient):
        return expr.over if not depends(expr.under, by) else None
    if isinstance(expr, (Sum, Product)):
        parts = [part for part in (expr.terms if isinstance(expr, Sum) else expr.factors) if depends(part, by)]
        return parts[0] if len(parts) == 1 else None
    return None
