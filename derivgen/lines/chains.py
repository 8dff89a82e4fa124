"""A gradient the long way: its chain of partials, each factor worked out, the product, the numbers, the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivgen.derivation.derive import Gradient, LocalDerivative, Path
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, Reason, equality
from derivgen.lines.paper import local_partial, number_format, on_paper, partial, runs, share, upper, with_numbers
from derivgen.lines.reasons import reason_of
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.evaluate import evaluate
from derivgen.maths.functions import OUTPUT, bound
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
    Prime,
    Product,
    Quotient,
    Shown,
    Sum,
    SumOver,
    number,
    symbols,
)
from derivgen.remembered import remembered
from derivgen.spec.names import count_names


@dataclass(frozen=True, slots=True)
class Segment:
    """A factor of a chain; `opens` a mean or sum over samples, `closes` it after this factor."""

    expr: Expr
    opens: str | None = None
    closes: bool = False


def segments(graph: Graph, path: Sequence[LocalDerivative], partials: bool = False) -> tuple[Segment, ...]:
    """A path's factors: worked out, or (`partials`) as ∂…/∂…."""
    found = []
    for local in path:
        one, other = not graph.per_sample(local.consumer), not graph.per_sample(local.operand)
        expr: Expr = local_partial(local) if partials else local.derivative
        opens = ("sum" if partials else local.reduce) if one and not other else None
        found.append(Segment(expr, opens, other and not one))
    return tuple(found)


def is_simple(graph: Graph, path: Path) -> bool:
    """Whether a path runs into the samples at most once and out of them at most once, so that one Σ says it all."""
    return sum(segment.opens is not None for segment in segments(graph, path)) <= 1


def assembled(graph: Graph, parts: Sequence[Segment], simplify: bool) -> Expr:
    """The product of a chain on paper, its Σ outside the part that runs over samples; simplified: constants before the Σ."""
    factors: list[Expr] = []
    kind: str | None = None
    for part in parts:
        kind = part.opens or kind
        factors.append(on_paper(part.expr, graph))
        if part.closes and runs(graph):
            factors = [_summed(graph, _product(factors, simplify), kind, simplify)]
            kind = None
    if kind == "mean" and runs(graph):
        factors.insert(0, share(graph))
    return _product(factors, simplify)


def _product(factors: list[Expr], simplify: bool) -> Expr:
    if simplify:
        return chain(factors)
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else number(1)


def _summed(graph: Graph, body: Expr, kind: str | None, simplify: bool) -> Expr:
    """1/n Σ body, or Σ body; simplified: with the body's constant taken out."""
    if not simplify:
        total = SumOver(graph.index, upper(graph), body)
        return Product((share(graph), total)) if kind == "mean" else total
    constant, rest = _constant_of(graph, body)
    total = SumOver(graph.index, upper(graph), rest)
    return chain((share(graph), constant, total)) if kind == "mean" else chain((constant, total))


def _constant_of(graph: Graph, expr: Expr) -> tuple[Expr, Expr]:
    """What stands before the Σ, and what under it: a number, or one over the number of samples, is the same for all of them."""
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


@remembered
def chain_line(graph: Graph, gradient: Gradient) -> Equality:
    """∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w, per path; with samples the Σ stands outside."""
    assert gradient.paths is not None
    terms = [assembled(graph, segments(graph, path, partials=True), simplify=False) for path in gradient.paths]
    return equality(("chain", gradient.name), partial(graph, graph.loss, gradient.name), plus_whole(terms))


def plus_whole(terms: list[Expr]) -> Expr:
    """The sum of the terms, also where one of them is 0; a further term that starts with a minus is taken off."""
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


@remembered
def factor_line(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """∂z/∂w = the derivative as the rules give it = tidied = its number, where one number says it all."""
    graph = evaluation.graph
    own = share(graph) if local.reduce == "mean" and runs(graph) else None
    raw, tidy = (on_paper(expr, graph) for expr in (local.raw, local.derivative))
    if own is not None:
        raw, tidy = Product((own, *(raw.factors if isinstance(raw, Product) else (raw,)))), chain((own, tidy))
    sides = [local_partial(local), raw, tidy, _spelled_out(graph, tidy)]
    about = ("factor", local.consumer, local.operand)
    return equality(about, *sides, reason=reason_of(graph, local))


def factor_numbers(evaluation: Evaluation, local: LocalDerivative) -> tuple[Expr, ...]:
    """The local derivative with its numbers put in, and its value: nothing where they vary by sample or are not known."""
    graph = evaluation.graph
    values = evaluation.partials.get((local.consumer, local.operand))
    if values is None or (
        runs(graph) and (graph.per_sample(local.operand) or graph.per_sample(local.consumer)) and not _same(evaluation, local)
    ):
        return ()
    style = number_format(evaluation)
    env = evaluation.environment(0)
    if runs(graph):
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
    return on_paper(expr, graph)


def _same(evaluation: Evaluation, local: LocalDerivative) -> bool:
    """Whether the local derivative has no per-sample name in it, so that it is one number (`∂Z_5/∂A_3 = W_35 = 2`)."""
    graph = evaluation.graph
    names = symbols(local.derivative)
    return local.reduce is None and bool(names) and not any(graph.per_sample(name) for name in names)


def _spelled_out(graph: Graph, expr: Expr) -> Expr | None:
    """The pieces behind a bare f'(z), or the own function's derivative: {1 where z > 0, 0 else}."""
    if not isinstance(expr, Prime):
        return None
    if expr.function in {"max", "min"}:
        return _extreme(expr)
    formula = derivative_formula(graph.library, expr.function, expr.slot)
    names = graph.library.arguments(expr.function, expr.args)
    return bound(formula, {**names, OUTPUT: Call(expr.function, expr.args, expr.written)})


def _extreme(expr: Prime) -> Expr | None:
    if len(expr.args) != 2:
        return None
    own, other = expr.args[expr.slot], expr.args[1 - expr.slot]
    op = ">" if expr.function == "max" else "<"
    from fractions import Fraction

    return Cases(((Compare(op, own, other), number(1)), (Compare("==", own, other), Num(Fraction(1, 2)))), number(0))


def product_line(graph: Graph, gradient: Gradient) -> Equality:
    """∂L/∂w = the factors multiplied as they stand = with the constants collected."""
    assert gradient.paths is not None
    raw = plus_whole([assembled(graph, segments(graph, path), simplify=False) for path in gradient.paths])
    neat = plus_whole([assembled(graph, segments(graph, path), simplify=True) for path in gradient.paths])
    return equality(("product", gradient.name), partial(graph, graph.loss, gradient.name), raw, neat)


def factored_line(graph: Graph, gradient: Gradient) -> Equality | None:
    """Several paths with what they share outside braces: L_y {w_7 … w_3 + w_8 … w_4} f'(z_1) x. None where they share nothing."""
    if gradient.paths is None or len(gradient.paths) < 2:
        return None
    lead, tail = _shared(gradient.paths)
    middles = [path[len(lead) : len(path) - len(tail)] for path in gradient.paths]
    if not (lead or tail) or any(segment.opens or segment.closes for middle in middles for segment in segments(graph, middle)):
        return None
    if all(local.derivative == ONE for local in (*lead, *tail)):
        return None
    braces = Braces(
        plus_whole([_product([on_paper(local.derivative, graph) for local in middle], simplify=True) for middle in middles])
    )
    parts = (*segments(graph, lead), Segment(braces), *segments(graph, tail))
    return equality(
        ("factored", gradient.name),
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
    """∂L/∂w = the factors' numbers multiplied (and added over paths) = the result; None with samples or without numbers."""
    graph = evaluation.graph
    values = evaluation.adjoints.get(gradient.name)
    if values is None or gradient.paths is None or runs(graph):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)

    def build(extra: int) -> Expr:
        return plus_whole([path_numbers(evaluation, path, extra) for path in gradient.paths or ()])

    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(e, env))
    left = partial(graph, graph.loss, gradient.name)
    return equality(("value", gradient.name), left, expr, result if agrees else Marked(result), numeric=True)


def path_numbers(evaluation: Evaluation, path: Path, extra: int) -> Expr:
    """The product of a path's numbers, in the order of its chain, each rounded to `extra` guard digits."""
    style = number_format(evaluation)
    factors = [shown(evaluation.partials[local.consumer, local.operand][0], style, extra) for local in path]
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else number(1)
