"""A gradient over the samples: what its paths' totals and products add up to."""

from __future__ import annotations

from derivgen.derivation.derive import Gradient
from derivgen.evaluation import Evaluation
from derivgen.lines.chains import path_numbers, plus_whole
from derivgen.lines.equality import Equality, equality
from derivgen.lines.paper import number_format, partial, runs
from derivgen.lines.tables import path_tables
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import as_printed, settle, shown
from derivgen.maths.tree import Expr, Marked


def result_line(evaluation: Evaluation, gradient: Gradient) -> Equality | None:
    """∂L/∂w ≈ the totals of its tables + the products of its other paths ≈ the result.

    None without samples or numbers, and where there is one value per sample. With one path, or with more samples than a table
    shows, the line goes straight to the result.
    """
    graph, values = evaluation.graph, evaluation.adjoints.get(gradient.name)
    if values is None or not gradient.paths or not runs(graph) or graph.per_sample(gradient.name):
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
        return equality(("result", gradient.name), left, shown(values[0], style), numeric=True)
    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(as_printed(e) if style.carry else e, env))
    return equality(("result", gradient.name), left, expr, result if agrees else Marked(result), numeric=True)


def _bare(expr: Expr) -> Expr:
    return expr.content if isinstance(expr, Marked) else expr
