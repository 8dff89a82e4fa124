"""How the graph's mathematics is written down: indices on what runs over samples, sums spelled out, numbers put in."""

from __future__ import annotations

from fractions import Fraction

from derivgen.derivation.derive import LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph, runs_over_samples
from derivgen.lines.dots import dotted
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import NumberFormat, shown
from derivgen.maths.tree import (
    ZERO,
    Expr,
    Neg,
    Num,
    Partial,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
    Written,
    number,
    rebuild,
)

_INDICES = "ijklmnpqrst"


def runs(graph: Graph) -> bool:
    """Whether indices are printed at all: with one sample there is nothing to tell apart."""
    return graph.count != 1


def index_of(graph: Graph, name: str) -> str | None:
    """The index a name carries on the page."""
    return graph.index if graph.indexed(name) and runs(graph) else None


def symbol(graph: Graph, name: str) -> Sym:
    """A name as it is printed."""
    return Sym(name, index_of(graph, name))


def partial(graph: Graph, of: str, by: str) -> Partial:
    """∂of/∂by as it is printed."""
    return Partial(symbol(graph, of), symbol(graph, by))


def local_partial(local: LocalDerivative) -> Partial:
    """∂consumer/∂operand as a factor of a chain; ∂⁺ where the loss depends on the operand in other ways, too."""
    graph = local.graph
    return Partial(symbol(graph, local.consumer), symbol(graph, local.operand), local.direct)


def on_paper(expr: Expr, graph: Graph) -> Expr:
    """The expression as it is printed: `mean(…)` as 1/n Σ, a sample's values with its index. Equal in value.

    A sum beside values of one sample, or inside another sum, runs over the next letter.
    """
    return dotted(entry_by_entry(expr, graph), graph.spec.notation.vectors)


def entry_by_entry(expr: Expr, graph: Graph) -> Expr:
    """The expression as it is printed where no two vectors are multiplied as wholes."""
    if not runs(graph):
        return _without_sums(expr)
    columns = graph.columns | {alias for alias in graph.aliases if graph.indexed(alias)} if graph.aliases else graph.columns
    return _spelled(expr, graph, graph.index, runs_over_samples(expr, columns))


def _without_sums(expr: Expr) -> Expr:
    """Of one sample, the mean and the sum are the sample's own."""
    return _without_sums(expr.body) if isinstance(expr, Reduce) else rebuild(expr, _without_sums)


def _spelled(expr: Expr, graph: Graph, index: str, taken: bool) -> Expr:
    if isinstance(expr, Sym):
        known = (expr.name in graph.quantities or expr.name in graph.aliases) and graph.indexed(expr.name)
        return Sym(expr.name, index, at=expr.at) if known and expr.index is None else expr
    if not isinstance(expr, Reduce):
        return rebuild(expr, lambda part: _spelled(part, graph, index, taken))
    inner = _INDICES[(_INDICES.find(index) + 1) % len(_INDICES)] if taken else index
    total = SumOver(inner, upper(graph), _spelled(expr.body, graph, inner, True))
    return Product((share(graph), total)) if expr.kind == "mean" else total


def upper(graph: Graph) -> Expr:
    """How many samples there are, as printed."""
    return number(graph.count) if isinstance(graph.count, int) else Sym(graph.count)


def share(graph: Graph) -> Expr:
    """1/n"""
    return Num(Fraction(1, graph.count)) if isinstance(graph.count, int) else Quotient(number(1), Sym(graph.count))


def number_format(evaluation: Evaluation) -> NumberFormat:
    """How this spec's numbers are printed; in decimals where the author wrote decimals."""
    return evaluation.number_format


def printed(evaluation: Evaluation, name: str, sample: int | None = None, extra: int = 0) -> Num | Shown | None:
    """A quantity's value as printed, None where it is not known."""
    values = evaluation.values.get(name)
    if values is None:
        return None
    return shown(values[sample or 0] if len(values) > 1 else values[0], number_format(evaluation), extra)


def with_numbers(expr: Expr, evaluation: Evaluation, style: NumberFormat, extra: int = 0) -> Expr:
    """The expression with every name replaced by its number (negative ones get their brackets when printed)."""
    env = evaluation.environment(0 if evaluation.graph.samples == 1 else None)

    def put(part: Expr) -> Expr:
        if isinstance(part, Written):
            return put(part.value)
        if isinstance(part, (Sym, Partial)):
            return shown(evaluate(part, env), style, extra)
        if isinstance(part, Sum):
            return Sum(tuple(Neg(put(term.arg)) if isinstance(term, Neg) else put(term) for term in part.terms))
        if isinstance(part, Neg) and isinstance(part.arg, Sym):
            number_ = put(part.arg)
            return number_ if number_ == ZERO else Neg(number_)
        return rebuild(part, put)

    return put(expr)
