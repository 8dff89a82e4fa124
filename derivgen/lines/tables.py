"""What runs over samples, sample by sample: the forward pass, a chain's factors and their product, the adjoints.

Also the totals of these tables added up, and the figure that a page gives as a gradient's value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce

from derivgen.derivation.derive import Gradient, LocalDerivative, Path
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.chains import factor_line, path_numbers, plus_whole, uses_chains, value_line
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import has_samples, number_format, partial
from derivgen.maths.arithmetic import Number, add_up, multiply
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import GUARD, MOST_GUARD, NumberFormat, as_printed, leads_to, settle, shown
from derivgen.maths.tree import ONE, Cases, Expr, Marked, Num, Prime, Product, Shown, Sum, Sym, walk

MOST_ROWS = 24

Pair = tuple[str, str]
"""A local derivative: consumer and operand."""


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A row per sample: the numbers of the factors, then each path's product, its `totals` below; `lines` are what it claims.

    `pairs` are the factors; `paths` says of which path of which gradient (its name, the path's place) each product is.
    """

    pairs: tuple[Pair, ...]
    header: tuple[Expr, ...]
    paths: tuple[tuple[str, int], ...]
    factors: tuple[tuple[Expr, ...], ...]
    products: tuple[tuple[Expr, ...], ...]
    totals: tuple[Expr, ...]
    lines: tuple[Equality, ...]

    def total(self, name: str, place: int) -> Expr | None:
        """Return a path's total, without a mark; None for one that has none here."""
        found = dict(zip(self.paths, self.totals, strict=True)).get((name, place))
        return found.content if isinstance(found, Marked) else found


@dataclass(frozen=True, slots=True)
class _Column:
    """A path's product: its factors' columns, the product sample by sample, how many more digits its total has."""

    name: str
    place: int
    factors: tuple[Pair, ...]
    numbers: tuple[Number, ...]
    digits: int


def sample_table(evaluation: Evaluation, gradients: Sequence[Gradient]) -> SampleTable | None:
    """Tabulate the factors of the paths through the samples, each once, their products and sums; None without any numbers.

    It has as many guard digits as make its rows and its sums come out; what still does not is marked.
    """
    columns = [column for gradient in gradients for column in _columns(evaluation, gradient)]
    if not columns:
        return None
    style = number_format(evaluation)
    numbers = {pair: _numbers(evaluation, pair) for column in columns for pair in column.factors}
    if style.carry:
        made, extra = [_carried(numbers, column, style) for column in columns], 0
    else:
        made, mores = map(list, zip(*(_summed(column, style) for column in columns), strict=True))
        extra = _guard(numbers, columns, made, style, GUARD + max(mores))
    shown_ = {pair: [shown(number, style, extra) for number in column] for pair, column in numbers.items()}
    return _table(evaluation, gradients, columns, shown_, made)


def _columns(evaluation: Evaluation, gradient: Gradient) -> Iterator[_Column]:
    """Yield what there is of a gradient to tabulate: its paths that run through the samples, where these have numbers."""
    graph = evaluation.graph
    if not has_samples(graph) or gradient.name not in evaluation.adjoints or graph.samples > MOST_ROWS:
        return
    if graph.per_sample(gradient.name):
        return
    digits = _digits_of_totals(evaluation, gradient)
    for place, path in enumerate(gradient.paths or ()):
        if _through_samples(evaluation, path):
            factors = [local for local in path if local.derivative != ONE or local.reduce == "mean"] or path[:1]
            pairs = tuple((local.consumer, local.operand) for local in factors)
            yield _Column(gradient.name, place, pairs, tuple(_products(evaluation, path)), digits)


def _through_samples(evaluation: Evaluation, path: Path) -> bool:
    return any(evaluation.graph.per_sample(local.consumer) for local in path)


def _digits_of_totals(evaluation: Evaluation, gradient: Gradient) -> int:
    """Return how many digits more the totals of several paths need, so that they add up to the printed gradient."""
    style = number_format(evaluation)
    if style.carry or len(gradient.paths or ()) < 2:
        return 0
    totals = [add_up(_products(evaluation, path)) for path in gradient.paths or ()]
    result = shown(evaluation.adjoints[gradient.name][0], style)
    for extra in range(MOST_GUARD):
        if leads_to(add_up([_printed(shown(total, style, extra)) for total in totals]), result, style):
            return extra
    return 0


def _products(evaluation: Evaluation, path: Path) -> list[Number]:
    """Return the chain product sample by sample; of a path that does not run through the samples, the one there is."""
    columns = [_numbers(evaluation, (local.consumer, local.operand)) for local in path]
    samples = evaluation.graph.samples if _through_samples(evaluation, path) else 1
    return [_product([column[k] for column in columns]) for k in range(samples)]


def _numbers(evaluation: Evaluation, pair: Pair) -> list[Number]:
    """Return a local derivative's numbers, one per sample."""
    values = evaluation.partials[pair]
    return [values[k % len(values)] for k in range(evaluation.graph.samples)]


def _product(numbers: Sequence[Number]) -> Number:
    return reduce(multiply, numbers)


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


def _carried(numbers: Mapping[Pair, list[Number]], column: _Column, style: NumberFormat) -> list[Expr]:
    """Return a path's products worked out from the figures as they are printed, and these added up."""
    rows = zip(*(numbers[pair] for pair in column.factors), strict=True)
    results = [shown(_product([_printed(shown(number, style)) for number in row]), style) for row in rows]
    return [*results, shown(add_up([_printed(result) for result in results]), style)]


def _guard(
    numbers: Mapping[Pair, list[Number]],
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
    factors: Mapping[Pair, Sequence[Expr]],
    made: Sequence[Sequence[Expr]],
) -> SampleTable:
    graph, derivation = evaluation.graph, evaluation.derivation
    lines = []
    for column, results in zip(columns, made, strict=True):
        about = (LineKind.SAMPLE, column.name)
        for k, result in enumerate(results[:-1]):
            row = tuple(factors[pair][k] for pair in column.factors)
            lines.append(equality((*about, str(k + 1)), Product(row) if len(row) > 1 else row[0], result, numeric=True))
        summands = tuple(result.content if isinstance(result, Marked) else result for result in results[:-1])
        lines.append(equality((*about, "sum"), Sum(summands), results[-1], numeric=True))
    for gradient in gradients:
        totals = [results[-1] for column, results in zip(columns, made, strict=True) if column.name == gradient.name]
        if len(gradient.paths or ()) == len(totals) == 1:
            left = partial(graph, graph.loss, gradient.name)
            lines.append(equality((LineKind.SAMPLE, gradient.name, "total"), left, totals[0], numeric=True))
    return SampleTable(
        tuple(factors),
        tuple(column_head(evaluation, derivation.locals[pair]) for pair in factors),
        tuple((column.name, column.place) for column in columns),
        tuple(zip(*factors.values(), strict=True)),
        tuple(zip(*(results[:-1] for results in made), strict=True)),
        tuple(results[-1] for results in made),
        tuple(line for line in lines if len(line.sides) > 1),
    )


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
    return known, tuple(tuple(shown(evaluation.adjoints[name][k], style, GUARD) for name in known) for k in range(graph.samples))


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
    """Write ∂L/∂w ≈ the totals of its tables + the products of its other paths ≈ the result.

    None without samples or numbers, and where there is one value per sample. With one path, or with more samples than a table
    shows, the line goes straight to the result.
    """
    graph, values = evaluation.graph, evaluation.adjoints.get(gradient.name)
    if values is None or not gradient.paths or not has_samples(graph) or graph.per_sample(gradient.name):
        return None
    style, env = number_format(evaluation), evaluation.environment(None)
    table = sample_table(evaluation, (gradient,))
    totals = [table.total(gradient.name, place) if table is not None else None for place in range(len(gradient.paths))]

    def build(extra: int) -> Expr:
        return plus_whole(
            [
                path_numbers(evaluation, path, extra) if total is None else total
                for path, total in zip(gradient.paths or (), totals, strict=True)
            ]
        )

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
