"""The forward pass: each quantity in symbols, with its numbers put in, and its value."""

from __future__ import annotations

from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, equality
from derivgen.lines.paper import entry_by_entry, number_format, on_paper, runs, symbol, with_numbers
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tree import Call, Expr, Marked, Quotient, Sum, SumOver, Sym, rebuild, substitute, walk
from derivgen.remembered import remembered

WIDEST_SOFTMAX = 5


WIDEST = 60


MOST_WRITTEN = 1_500


def is_abbreviated(graph: Graph) -> bool:
    """Whether a computation has so many quantities that no page writes them all down."""
    return len(graph.quantities) > MOST_WRITTEN


def is_wide(graph: Graph, name: str) -> bool:
    """Whether a definition has so many operands that no page writes it out: a sum over an image's 784 pixels."""
    return len(graph.operands(name)) > WIDEST


@remembered
def definition_line(graph: Graph, name: str) -> Equality:
    """Z = its definition."""
    definition = graph.quantities[name].definition
    assert definition is not None
    paper = on_paper(definition, graph)
    whole = entry_by_entry(definition, graph)
    return equality(("definition", name), symbol(graph, name), paper, whole if whole != paper else _softmax(paper))


def _softmax(call: Expr) -> Expr | None:
    """softmax_k(z_1, z_2, …) written out, where it is not too wide: exp(z_k) / (exp(z_1) + exp(z_2) + …)."""
    if not isinstance(call, Call) or call.component is None or not 1 < len(call.args) <= WIDEST_SOFTMAX:
        return None
    powers = tuple(Call("exp", (arg,), "exp") for arg in call.args)
    return Quotient(powers[call.component], Sum(powers))


@remembered
def forward_line(evaluation: Evaluation, name: str) -> Equality | None:
    """Z = numbers = value, a wide Z = value; None where it is not known or has one value per sample (a table shows those)."""
    graph, values = evaluation.graph, evaluation.values.get(name)
    definition = graph.quantities[name].definition
    if values is None or definition is None or (runs(graph) and graph.per_sample(name)):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    if is_wide(graph, name):
        return equality(("forward", name), symbol(graph, name), shown(values[0], style), numeric=True)
    paper = on_paper(definition, graph)

    def build(extra: int) -> Expr:
        return with_numbers(_summands(paper, graph), evaluation, style, extra)

    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(e, env))
    if runs(graph) and _too_long(paper, graph):
        return equality(("forward", name), symbol(graph, name), result, numeric=True)
    return equality(("forward", name), symbol(graph, name), expr, result if agrees else Marked(result), numeric=True)


def _too_long(paper: Expr, graph: Graph) -> bool:
    return isinstance(graph.count, int) and graph.count > 8 and any(isinstance(node, SumOver) for node in walk(paper))


def _summands(expr: Expr, graph: Graph) -> Expr:
    """A Σ over samples written out, so that each sample's numbers can be put in."""
    if isinstance(expr, SumOver) and isinstance(graph.count, int):
        bodies = [_summands(_at(expr, k), graph) for k in range(1, graph.count + 1)]
        return Sum(tuple(bodies)) if len(bodies) > 1 else bodies[0]
    return rebuild(expr, lambda part: _summands(part, graph))


def _at(total: SumOver, k: int) -> Expr:
    """The summand of one sample."""
    return substitute(total.body, lambda symbol: Sym(symbol.name, k) if symbol.index == total.index else symbol)
