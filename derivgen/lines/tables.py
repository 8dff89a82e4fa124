"""What runs over samples, sample by sample: the forward pass, a chain's factors and their product, the adjoints.

Also the totals of these tables added up, and the figure that a page gives as a gradient's value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter

from derivgen.derivation.derive import Gradient, LocalDerivative, Path
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import factor_line, path_numbers, plus_whole, uses_chains, value_line
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import has_samples, number_format, partial
from derivgen.maths.arithmetic import Number, add_up, multiply
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import GUARD, MOST_GUARD, NumberFormat, as_printed, leads_to, settle, shown
from derivgen.maths.tree import ONE, Cases, Expr, Marked, Num, Prime, Product, Shown, Sum, Sym, walk

MOST_ROWS = 24


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A row per sample: the numbers of each column. `total` stands below the last column; `lines` are what the table claims."""

    header: tuple[Expr, ...]
    rows: tuple[tuple[Expr, ...], ...]
    total: Expr | None
    lines: tuple[Equality, ...]


def chain_tables(evaluation: Evaluation, gradient: Gradient) -> tuple[SampleTable, ...]:
    """Tabulate, for each path through the samples, its factors' numbers, their product, and the sum; none without numbers."""
    return tuple(table for table in path_tables(evaluation, gradient) if table is not None)


def path_tables(evaluation: Evaluation, gradient: Gradient) -> tuple[SampleTable | None, ...]:
    """Return each path's table, None for one that does not run through the samples; nothing at all without samples or numbers."""
    graph = evaluation.graph
    if (
        not has_samples(graph)
        or gradient.name not in evaluation.adjoints
        or not gradient.paths
        or graph.samples > MOST_ROWS
        or graph.per_sample(gradient.name)
    ):
        return ()
    digits = _digits_of_totals(evaluation, gradient)
    return tuple(
        _chain_table(evaluation, gradient, path, digits) if _through_samples(evaluation, path) else None
        for path in gradient.paths
    )


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
    columns = [_column(evaluation, local) for local in path]
    samples = evaluation.graph.samples if _through_samples(evaluation, path) else 1
    return [_product([column[k] for column in columns]) for k in range(samples)]


def _chain_table(evaluation: Evaluation, gradient: Gradient, path: Path, digits: int) -> SampleTable:
    """Return the table with as many guard digits as make its rows and its sum come out; what still does not is marked."""
    style = number_format(evaluation)
    factors = [local for local in path if local.derivative != ONE or local.reduce == "mean"] or list(path[:1])
    columns = [_column(evaluation, local) for local in factors]
    if style.carry:
        return _carried(evaluation, gradient, factors, columns)
    products = _products(evaluation, path)
    total = shown(add_up(products), style, digits)
    tried = []
    for more in range(digits, digits + MOST_GUARD - 1):
        results = [shown(product, style, more) for product in products]
        summed = _marked(total, leads_to(add_up([_printed(result) for result in results]), total, style))
        for extra in range(more + GUARD, more + MOST_GUARD):
            rows = [tuple(shown(column[k], style, extra) for column in columns) for k in range(len(products))]
            ends = [_marked(result, _row_agrees(row, result, style)) for row, result in zip(rows, results, strict=True)]
            marks = sum(isinstance(end, Marked) for end in (*ends, summed))
            if not marks:
                return _table(evaluation, gradient, factors, rows, ends, summed)
            tried.append((marks, rows, ends, summed))
    _, rows, ends, summed = min(tried, key=itemgetter(0))
    return _table(evaluation, gradient, factors, rows, ends, summed)


def _marked(result: Expr, agrees: bool) -> Expr:
    return result if agrees else Marked(result)


def _carried(evaluation: Evaluation, gradient: Gradient, factors: list[LocalDerivative], columns: list[list]) -> SampleTable:
    """Return the table worked out from the figures as they are printed, row by row, then added up."""
    style = number_format(evaluation)
    rows = [tuple(shown(column[k], style) for column in columns) for k in range(evaluation.graph.samples)]
    results = [shown(_product([_printed(number) for number in row]), style) for row in rows]
    total = shown(add_up([_printed(result) for result in results]), style)
    return _table(evaluation, gradient, factors, rows, results, total)


def _column(evaluation: Evaluation, local: LocalDerivative) -> list:
    values = evaluation.partials[local.consumer, local.operand]
    return [values[k % len(values)] for k in range(evaluation.graph.samples)]


def _product(numbers: Sequence[Number]) -> Number:
    total = numbers[0]
    for number in numbers[1:]:
        total = multiply(total, number)
    return total


def _printed(number: Expr) -> Fraction:
    again = as_printed(number)
    assert isinstance(again, Num)
    return again.value


def _row_agrees(row: tuple[Expr, ...], result: Num | Shown, style: NumberFormat) -> bool:
    return leads_to(_product([_printed(number) for number in row]), result, style)


def _table(
    evaluation: Evaluation,
    gradient: Gradient,
    factors: list[LocalDerivative],
    rows: Sequence[tuple[Expr, ...]],
    results: Sequence[Expr],
    total: Expr,
) -> SampleTable:
    graph = evaluation.graph
    header = tuple(column_head(evaluation, local) for local in factors)
    about = (LineKind.SAMPLE, gradient.name)
    lines = [
        equality((*about, str(k + 1)), Product(row) if len(row) > 1 else row[0], result, numeric=True)
        for k, (row, result) in enumerate(zip(rows, results, strict=True))
    ]
    summands = tuple(result.content if isinstance(result, Marked) else result for result in results)
    lines.append(equality((*about, "sum"), Sum(summands), total, numeric=True))
    if gradient.paths is not None and len(gradient.paths) == 1:
        lines.append(equality((*about, "total"), partial(graph, graph.loss, gradient.name), total, numeric=True))
    full = [(*row, result) for row, result in zip(rows, results, strict=True)]
    return SampleTable(header, tuple(full), total, tuple(line for line in lines if len(line.sides) > 1))


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
    tables = path_tables(evaluation, gradient)
    totals = [_bare(table.total) if table is not None and table.total is not None else None for table in tables]

    def build(extra: int) -> Expr:
        return plus_whole(
            [
                path_numbers(evaluation, path, extra) if total is None else total
                for path, total in zip(gradient.paths or (), totals, strict=True)
            ]
        )

    left = partial(graph, graph.loss, gradient.name)
    if not tables:
        return equality((LineKind.RESULT, gradient.name), left, shown(values[0], style), numeric=True)
    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(as_printed(e) if style.carry else e, env))
    return equality((LineKind.RESULT, gradient.name), left, expr, result if agrees else Marked(result), numeric=True)


def _bare(expr: Expr) -> Expr:
    return expr.content if isinstance(expr, Marked) else expr


def gradient_value(evaluation: Evaluation, gradient: Gradient) -> Num | Shown:
    """Return a gradient's one value as printed; with numbers carried on as printed, what these lead to."""
    style = number_format(evaluation)
    if style.carry and uses_chains(evaluation, gradient) and gradient.paths:
        line = value_line(evaluation, gradient) or result_line(evaluation, gradient)
        if line is not None and isinstance(line.last, (Num, Shown)):
            return line.last
    return shown(evaluation.adjoints[gradient.name][0], style)
