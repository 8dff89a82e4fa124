"""What runs over samples, sample by sample: the forward pass, a chain's factors and their product, the adjoints.

Also the totals of these tables added up, and the figure that a page gives as a gradient's value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce

from derivgen.derivation.derive import Gradient, LocalDerivative, Path
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.lines.chains import factor_line, path_numbers, plus_whole, uses_chains, value_line
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import has_samples, number_format, partial, to_notation, with_numbers
from derivgen.lines.simplified import simplified_lines
from derivgen.maths.arithmetic import DomainError, Number, add_up, multiply
from derivgen.maths.evaluate import UnknownValueError, evaluate
from derivgen.maths.numbers import GUARD, MOST_GUARD, NumberFormat, as_printed, leads_to, settle, shown
from derivgen.maths.tidy import chain
from derivgen.maths.tree import (
    ONE,
    Cases,
    Expr,
    Marked,
    Neg,
    Num,
    Prime,
    Product,
    Reduce,
    Shown,
    Sum,
    Sym,
    holds_any,
    walk,
)
from derivgen.memo import kept_with_owner

MOST_ROWS = 24
MOST_ALIKE = 60
"""The tables of so many gradients have the same digits in the same columns."""

Pair = tuple[str, str]
"""A local derivative: consumer and operand."""
Factor = Pair | Expr
"""A local derivative, or a factor of the simplified form."""


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A row per sample: the numbers of the factors, then each product, its `totals` below; `lines` are what it claims.

    `keys` are the factors; `paths` says of which gradient (its name) and which of its parts (the place) each product is.
    """

    keys: tuple[Factor, ...]
    header: tuple[Expr, ...]
    paths: tuple[tuple[str, int], ...]
    factors: tuple[tuple[Expr, ...], ...]
    products: tuple[tuple[Expr, ...], ...]
    totals: tuple[Expr, ...]
    lines: tuple[Equality, ...]

    def total(self, name: str, place: int) -> Expr | None:
        """Return the total of a part, without a mark; None for one that has none here."""
        found = dict(zip(self.paths, self.totals, strict=True)).get((name, place))
        return found.content if isinstance(found, Marked) else found


@dataclass(frozen=True, slots=True)
class _Part:
    """What is added up to a gradient: the factors of what runs through the samples, else none; its numbers, one or a sample each.

    `written` makes its figures, with so many guard digits.
    """

    factors: tuple[Factor, ...]
    numbers: tuple[Number, ...]
    written: Callable[[int], Expr]


@dataclass(frozen=True, slots=True)
class _Column:
    """A part's product: its factors' columns, the product sample by sample, how many more digits its total has."""

    name: str
    place: int
    factors: tuple[Factor, ...]
    numbers: tuple[Number, ...]
    digits: int


@dataclass(frozen=True, slots=True)
class _Made:
    """Columns, what is printed of each product and its sum, and how many guard digits the factors have."""

    columns: tuple[_Column, ...]
    results: tuple[tuple[Expr, ...], ...]
    extra: int


def sample_table(evaluation: Evaluation, gradients: Sequence[Gradient]) -> SampleTable | None:
    """Tabulate the factors of what runs through the samples, each once, their products and sums; None without any numbers.

    It has as many guard digits as make the rows and the sums come out, of all gradients together; what still does not is marked.
    """
    names = {gradient.name: None for gradient in gradients}
    alike = len(evaluation.derivation.gradients) <= MOST_ALIKE and all(uses_chains(evaluation, each) for each in gradients)
    made = _all_made(evaluation) if alike else _made(evaluation, gradients)
    kept = [(column, results) for column, results in zip(made.columns, made.results, strict=True) if column.name in names]
    if not kept:
        return None
    order = list(names)
    kept.sort(key=lambda one: order.index(one[0].name))
    return _table(evaluation, gradients, [column for column, _ in kept], [results for _, results in kept], made.extra)


@kept_with_owner
def _all_made(evaluation: Evaluation) -> _Made:
    gradients = evaluation.derivation.gradients.values()
    return _made(evaluation, [gradient for gradient in gradients if uses_chains(evaluation, gradient)])


def _made(evaluation: Evaluation, gradients: Sequence[Gradient]) -> _Made:
    columns = [column for gradient in gradients for column in _columns(evaluation, gradient)]
    style = number_format(evaluation)
    if not columns:
        return _Made((), (), 0)
    numbers = {factor: _numbers(evaluation, factor) for column in columns for factor in column.factors}
    if style.carry:
        made, extra = [_carried(numbers, column, style) for column in columns], 0
    else:
        made, mores = map(list, zip(*(_summed(column, style) for column in columns), strict=True))
        extra = _guard(numbers, columns, made, style, style.guard + max(mores))
    return _Made(tuple(columns), tuple(map(tuple, made)), extra)


def _columns(evaluation: Evaluation, gradient: Gradient) -> Iterator[_Column]:
    """Yield what there is of a gradient to tabulate: its parts that run through the samples, where these have numbers."""
    graph = evaluation.graph
    if not has_samples(graph) or gradient.name not in evaluation.adjoints or graph.samples > MOST_ROWS:
        return
    if graph.per_sample(gradient.name):
        return
    digits = _digits_of_totals(evaluation, gradient)
    for place, part in enumerate(_parts(evaluation, gradient)):
        if part.factors:
            yield _Column(gradient.name, place, part.factors, part.numbers, digits)


@kept_with_owner
def _parts(evaluation: Evaluation, gradient: Gradient) -> tuple[_Part, ...]:
    """Return the terms of the simplified form, one of which runs through the samples; of another gradient its paths."""
    return _of_simplified(evaluation, gradient) or tuple(_of_path(evaluation, path) for path in gradient.paths or ())


def _of_path(evaluation: Evaluation, path: Path) -> _Part:
    through = any(evaluation.graph.per_sample(local.consumer) for local in path)
    factors = [local for local in path if local.derivative != ONE or local.reduce == "mean"] or path[:1] if through else ()
    columns = [_numbers(evaluation, (local.consumer, local.operand)) for local in path]
    numbers = tuple(_product([column[k] for column in columns]) for k in range(evaluation.graph.samples if through else 1))
    pairs = tuple((local.consumer, local.operand) for local in factors)
    return _Part(pairs, numbers, lambda extra: path_numbers(evaluation, path, extra))


def _of_simplified(evaluation: Evaluation, gradient: Gradient) -> tuple[_Part, ...]:
    """Return the terms of a form that the page shows, where one of them is a sum or mean over the samples; else nothing."""
    whole = evaluation.derivation.simplification(gradient.name)
    if whole is None or number_format(evaluation).carry or not simplified_lines(evaluation.derivation, gradient):
        return ()
    terms = whole.result.terms if isinstance(whole.result, Sum) else (whole.result,)
    found = [_share_factors(evaluation.graph, term) for term in terms]
    if [holds_any(term, (Reduce,)) for term in terms] != [bool(factors) for factors in found] or sum(map(bool, found)) != 1:
        return ()
    try:
        return tuple(_of_term(evaluation, term, factors) for term, factors in zip(terms, found, strict=True))
    except (DomainError, UnknownValueError):
        return ()


def _of_term(evaluation: Evaluation, term: Expr, factors: tuple[Expr, ...]) -> _Part:
    style = number_format(evaluation)
    columns = [_numbers(evaluation, factor) for factor in factors]
    shares = tuple(_product([column[k] for column in columns]) for k in range(evaluation.graph.samples)) if factors else ()
    numbers = shares or (evaluate(term, evaluation.environment(None)),)
    return _Part(factors, numbers, lambda extra: with_numbers(to_notation(term, evaluation.graph), evaluation, style, extra))


def _share_factors(graph: Graph, term: Expr) -> tuple[Expr, ...]:
    """Return what a sample's share of a mean or sum is the product of, numbers put together with the first; else nothing."""
    outside, totals = _about_sums(term)
    if len(totals) != 1 or holds_any(totals[0].body, (Reduce,)):
        return ()
    share = [Num(Fraction(1, graph.samples))] if totals[0].kind == "mean" else []
    number_, *others = _flat(chain((*outside, *share, totals[0].body)))
    return (chain((number_, others[0])), *others[1:]) if others and isinstance(number_, Num) else (number_, *others)


def _flat(expr: Expr) -> tuple[Expr, ...]:
    """Return the factors of a product, those of products in it, too; the sign before it as a number."""
    if isinstance(expr, Neg):
        first, *others = _flat(expr.arg)
        return (Num(-first.value), *others) if isinstance(first, Num) else (Num(Fraction(-1)), first, *others)
    return tuple(inner for factor in expr.factors for inner in _flat(factor)) if isinstance(expr, Product) else (expr,)


def _about_sums(term: Expr) -> tuple[tuple[Expr, ...], tuple[Reduce, ...]]:
    """Return the factors of a product that are no means or sums, and those that are."""
    if isinstance(term, Reduce):
        return (), (term,)
    if isinstance(term, Neg):
        outside, totals = _about_sums(term.arg)
        return (Num(Fraction(-1)), *outside), totals
    if isinstance(term, Product):
        parts = [_about_sums(factor) for factor in term.factors]
        return tuple(each for beside, _ in parts for each in beside), tuple(total for _, found in parts for total in found)
    return (term,), ()


def _digits_of_totals(evaluation: Evaluation, gradient: Gradient) -> int:
    """Return how many digits more the totals of several parts need, so that they add up to the printed gradient."""
    style, parts = number_format(evaluation), _parts(evaluation, gradient)
    if style.carry or len(parts) < 2:
        return 0
    totals = [add_up(part.numbers) for part in parts]
    result = shown(evaluation.adjoints[gradient.name][0], style)
    for extra in range(MOST_GUARD):
        if leads_to(add_up([_printed(shown(total, style, extra)) for total in totals]), result, style):
            return extra
    return 0


def _numbers(evaluation: Evaluation, factor: Factor) -> list[Number]:
    """Return a factor's numbers, one per sample."""
    samples = range(evaluation.graph.samples)
    if isinstance(factor, Expr):
        return [evaluate(factor, evaluation.environment(k)) for k in samples]
    values = evaluation.partials[factor]
    return [values[k % len(values)] for k in samples]


def _product(numbers: Sequence[Number]) -> Number:
    return reduce(multiply, numbers) if numbers else Fraction(1)


def _printed(number: Expr) -> Fraction:
    again = as_printed(number.content if isinstance(number, Marked) else number)
    assert isinstance(again, Num)
    return again.value


def _summed(column: _Column, style: NumberFormat) -> tuple[list[Expr], int]:
    """Return a path's products as printed, with the guard digits that lead to their sum, and the sum; and how many these are."""
    total = shown(add_up(column.numbers), style, column.digits)
    for more in range(column.digits, column.digits + MOST_GUARD - 1):
        results = [shown(number, style, more) for number in column.numbers]
        if leads_to(add_up([_printed(result) for result in results]), total, style):
            return [*results, total], more
    return [*(shown(number, style, column.digits) for number in column.numbers), Marked(total)], column.digits


def _carried(numbers: Mapping[Factor, list[Number]], column: _Column, style: NumberFormat) -> list[Expr]:
    """Return a path's products worked out from the figures as they are printed, and these added up."""
    rows = zip(*(numbers[pair] for pair in column.factors), strict=True)
    results = [shown(_product([_printed(shown(number, style)) for number in row]), style) for row in rows]
    return [*results, shown(add_up([_printed(result) for result in results]), style)]


def _guard(
    numbers: Mapping[Factor, list[Number]],
    columns: Sequence[_Column],
    made: list[list[Expr]],
    style: NumberFormat,
    least: int,
) -> int:
    """Return how many guard digits of the factors lead to most of the products, and mark those products they do not lead to."""

    def wrong(extra: int) -> list[tuple[int, int]]:
        printed = {pair: [_printed(shown(number, style, extra)) for number in column] for pair, column in numbers.items()}
        return [
            (at, k)
            for at, column in enumerate(columns)
            for k, result in enumerate(made[at][:-1])
            if not leads_to(_product([printed[pair][k] for pair in column.factors]), result, style)
        ]

    tried = []
    for extra in range(least, least + MOST_GUARD - GUARD):
        tried.append((wrong(extra), extra))
        if not tried[-1][0]:
            break
    places, extra = min(tried, key=lambda one: len(one[0]))
    for at, k in places:
        made[at][k] = Marked(made[at][k])
    return extra


def _table(
    evaluation: Evaluation,
    gradients: Sequence[Gradient],
    columns: Sequence[_Column],
    made: Sequence[Sequence[Expr]],
    extra: int,
) -> SampleTable:
    graph, style = evaluation.graph, number_format(evaluation)
    keys = dict.fromkeys(factor for column in columns for factor in column.factors)
    factors = {factor: [shown(number, style, extra) for number in _numbers(evaluation, factor)] for factor in keys}
    lines = []
    for column, results in zip(columns, made, strict=True):
        about = (LineKind.SAMPLE, column.name)
        for k, result in enumerate(results[:-1]):
            row = tuple(factors[factor][k] for factor in column.factors)
            lines.append(equality((*about, str(k + 1)), Product(row) if len(row) > 1 else row[0], result, numeric=True))
        summands = tuple(result.content if isinstance(result, Marked) else result for result in results[:-1])
        lines.append(equality((*about, "sum"), Sum(summands), results[-1], numeric=True))
    for gradient in gradients:
        totals = [results[-1] for column, results in zip(columns, made, strict=True) if column.name == gradient.name]
        if len(totals) == 1 == len(_parts(evaluation, gradient)):  # without a total there may be no numbers
            left = partial(graph, graph.loss, gradient.name)
            lines.append(equality((LineKind.SAMPLE, gradient.name, "total"), left, totals[0], numeric=True))
    return SampleTable(
        tuple(factors),
        tuple(_head(evaluation, factor) for factor in factors),
        tuple((column.name, column.place) for column in columns),
        tuple(zip(*factors.values(), strict=True)),
        tuple(zip(*(results[:-1] for results in made), strict=True)),
        tuple(results[-1] for results in made),
        tuple(line for line in lines if len(line.sides) > 1),
    )


def _head(evaluation: Evaluation, factor: Factor) -> Expr:
    """Return what stands over a factor's column."""
    if isinstance(factor, Expr):
        return to_notation(factor, evaluation.graph)
    return column_head(evaluation, evaluation.derivation.locals[factor])


def column_head(evaluation: Evaluation, local: LocalDerivative) -> Expr:
    """Return what stands over a factor's column: the factor in its shortest form, its name where that has cases."""
    sides = factor_line(evaluation, local).sides
    short = next((side for side in sides[1:] if isinstance(side, Prime)), None)
    if short is not None:
        return short
    return sides[0] if any(isinstance(node, Cases) for node in walk(sides[-1])) else sides[-1]


def forward_table(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[tuple[Expr, ...], ...]]:
    """Return `(names, rows)` of what runs over samples and is worked out, sample by sample; empty where nothing is known."""
    graph, style = evaluation.graph, number_format(evaluation)
    names = tuple(
        name
        for name, quantity in graph.quantities.items()
        if quantity.per_sample and quantity.definition is not None and name in evaluation.values
    )
    return names, tuple(tuple(shown(evaluation.values[name][k], style) for name in names) for k in range(graph.samples))


def adjoint_table(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[Expr, ...], ...]]:
    """Return `(names, rows)` of the loss's derivatives by what runs over samples, sample by sample."""
    graph, style = evaluation.graph, number_format(evaluation)
    known = tuple(name for name in names if graph.per_sample(name) and name in evaluation.adjoints)
    return known, tuple(
        tuple(shown(evaluation.adjoints[name][k], style, style.guard) for name in known) for k in range(graph.samples)
    )


def table_lines(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Return each number of the forward table, as the equality it claims."""
    names, rows = forward_table(evaluation)
    graph = evaluation.graph
    if not has_samples(graph):
        return ()
    return tuple(
        equality((LineKind.TABLE, name, str(k + 1)), Sym(name, k + 1), number, numeric=True)
        for k, row in enumerate(rows)
        for name, number in zip(names, row, strict=True)
    )


def result_line(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    """Write ∂L/∂w ≈ the totals of its tables + its other parts ≈ the result.

    None without samples or numbers, and where there is one value per sample. With one part, or with more samples than a table
    shows, the line goes straight to the result.
    """
    graph, values = evaluation.graph, evaluation.adjoints.get(gradient.name)
    if values is None or not gradient.paths or not has_samples(graph) or graph.per_sample(gradient.name):
        return None
    style, env = number_format(evaluation), evaluation.environment(None)
    table, parts = sample_table(evaluation, (gradient,)), _parts(evaluation, gradient)
    totals = [table.total(gradient.name, place) if table is not None else None for place in range(len(parts))]

    def build(extra: int) -> Expr:
        return plus_whole([part.written(extra) if total is None else total for part, total in zip(parts, totals, strict=True)])

    left = partial(graph, graph.loss, gradient.name)
    if table is None:
        return equality((LineKind.RESULT, gradient.name), left, shown(values[0], style), numeric=True)
    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(as_printed(e) if style.carry else e, env))
    return equality((LineKind.RESULT, gradient.name), left, expr, result if agrees else Marked(result), numeric=True)


def gradient_value(evaluation: Evaluation, gradient: Gradient) -> Num | Shown:
    """Return a gradient's one value as printed; with numbers carried on as printed, what these lead to."""
    style = number_format(evaluation)
    if style.carry and uses_chains(evaluation, gradient) and gradient.paths:
        line = value_line(evaluation, gradient) or result_line(evaluation, gradient)
        if line is not None and isinstance(line.last, (Num, Shown)):
            return line.last
    return shown(evaluation.adjoints[gradient.name][0], style)
