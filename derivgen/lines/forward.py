"""The forward pass: each quantity in symbols, with its numbers put in, and its value.

Of a quantity that has no value, the line with as many numbers as are known.
"""

from __future__ import annotations

from derivgen.derivation.derive import Gradient
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.notation import (
    counted_out,
    entry_by_entry,
    exponentials,
    has_samples,
    number_format,
    partial,
    symbol,
    to_notation,
    with_numbers,
    without_dot_products,
)
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate
from derivgen.maths.functions import bound
from derivgen.maths.numbers import settle, shown
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import (
    Call,
    Expr,
    Marked,
    Neg,
    Num,
    Partial,
    Product,
    Sum,
    SumOver,
    Sym,
    Written,
    holds_any,
    rebuild,
    substitute,
    symbols,
    walk,
)
from derivgen.memo import kept_with_owner

WIDEST = 60


MOST_WRITTEN = 1_500


def is_abbreviated(graph: Graph) -> bool:
    """Return whether a computation has so many quantities that no page writes them all down."""
    return len(graph.quantities) > MOST_WRITTEN


def is_wide(graph: Graph, name: str) -> bool:
    """Return whether a definition has so many operands that no page writes it out: a sum over an image's 784 pixels."""
    return len(graph.operands(name)) > WIDEST


@kept_with_owner
def definition_line(graph: Graph, name: str) -> Equality:
    """Write Z = its definition."""
    definition = graph.quantities[name].definition
    assert definition is not None
    paper = to_notation(definition, graph)
    whole = entry_by_entry(definition, graph)
    return equality((LineKind.DEFINITION, name), symbol(graph, name), paper, whole if whole != paper else _softmax(paper))


def _softmax(call: Expr) -> Expr | None:
    return exponentials(call.component, call.args) if isinstance(call, Call) and call.component is not None else None


@kept_with_owner
def forward_line(evaluation: Evaluation, name: str) -> Equality | None:
    """Write Z = numbers = value, a wide Z = value; None where it is not known or has one value per sample (see `tables`)."""
    graph, values = evaluation.graph, evaluation.values.get(name)
    definition = graph.quantities[name].definition
    if values is None or definition is None or (has_samples(graph) and graph.per_sample(name)):
        return None
    style, env = number_format(evaluation), evaluation.environment(0)
    if is_wide(graph, name):
        return equality((LineKind.FORWARD, name), symbol(graph, name), shown(values[0], style), numeric=True)
    paper = to_notation(definition, graph)
    if isinstance(graph.count, str) and Sym(graph.count) in walk(paper):  # one number, however many samples there are
        return equality((LineKind.FORWARD, name), symbol(graph, name), shown(values[0], style), numeric=True)

    def build(extra: int) -> Expr:
        return with_numbers(_summands(paper, graph), evaluation, style, extra)

    expr, result, agrees = settle(build, values[0], style, lambda e: evaluate(e, env))
    if has_samples(graph) and _too_long(paper, graph):
        return equality((LineKind.FORWARD, name), symbol(graph, name), result, numeric=True)
    return equality((LineKind.FORWARD, name), symbol(graph, name), expr, result if agrees else Marked(result), numeric=True)


def _too_long(paper: Expr, graph: Graph) -> bool:
    return isinstance(graph.count, int) and graph.count > 8 and any(isinstance(node, SumOver) for node in walk(paper))


def _summands(expr: Expr, graph: Graph) -> Expr:
    """A Σ over samples written out, so that each sample's numbers can be put in."""
    if isinstance(expr, SumOver) and isinstance(graph.count, int):
        bodies = [_summands(_at(expr, k), graph) for k in range(1, graph.count + 1)]
        return Sum(tuple(bodies)) if len(bodies) > 1 else bodies[0]
    return rebuild(expr, lambda part: _summands(part, graph))


def _at(total: SumOver, k: int) -> Expr:
    """Return the summand of one sample."""
    return substitute(total.body, lambda symbol: Sym(symbol.name, k) if symbol.index == total.index else symbol)


MOST_ARGUMENTS = 2


def partly_lines(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[Equality, ...]:
    """Write a line for each quantity that has no value; none at all where not a single number can be put in."""
    graph = evaluation.graph
    open_ = [name for name in names if name not in evaluation.values and not is_wide(graph, name)]
    if not any(is_partly(evaluation, name) for name in open_):
        return ()
    return tuple(line for name in open_ if len((line := _line(evaluation, name)).sides) > 1)


def is_partly(evaluation: Evaluation, name: str) -> bool:
    """Return whether a quantity without a value has an operand with one."""
    return name not in evaluation.values and _any_known(evaluation, evaluation.graph.operands(name))


def _any_known(evaluation: Evaluation, names: tuple[str, ...]) -> bool:
    graph = evaluation.graph
    known = [name for name in names if name in evaluation.values]
    return any(not (has_samples(graph) and name in graph.quantities and graph.per_sample(name)) for name in known)


def _line(evaluation: Evaluation, name: str) -> Equality:
    """z_1(x) = its definition, with the numbers that are known; a function of one name by its formula."""
    graph = evaluation.graph
    definition = graph.quantities[name].definition
    assert definition is not None
    paper = to_notation(definition, graph)
    known = with_known(paper, evaluation) if is_partly(evaluation, name) else _formula(graph, paper)
    return equality((LineKind.PARTLY, name), _function_of(evaluation, name), paper, known, numeric=True)


def _function_of(evaluation: Evaluation, name: str) -> Expr:
    """z_1(x): the name with what it still depends on, where that is one or two quantities."""
    graph, own = evaluation.graph, symbol(evaluation.graph, name)
    args = tuple(Sym(each) for each in graph.operands(name) if each not in evaluation.values)
    return Written("of", (own, *args), own) if 0 < len(args) <= MOST_ARGUMENTS and not has_samples(graph) else own


def _formula(graph: Graph, expr: Expr) -> Expr | None:
    """sig(z) as 1/(1 + e^-z); None for what is no call, or has no formula."""
    if not isinstance(expr, Call) or expr.component is not None:
        return None
    value = graph.library.value(expr.function)
    return None if value is None else bound(value, graph.library.arguments(expr.function, expr.args))


def partly_product(evaluation: Evaluation, gradient: Gradient, product: Expr) -> Equality | None:
    """Write ∂L/∂w = its product with the numbers that are known; None where it has a value or no number can be put in."""
    graph = evaluation.graph
    if gradient.name in evaluation.adjoints or not _any_known(evaluation, symbols(product)):
        return None
    line = equality(
        (LineKind.PARTLY, gradient.name),
        partial(graph, graph.loss, gradient.name),
        product,
        with_known(product, evaluation),
        numeric=True,
    )
    return line if len(line.sides) > 2 else None


def with_known(expr: Expr, evaluation: Evaluation) -> Expr:
    """Replace every name that has one value by it, and every sum over samples that has one; collect the numbers."""
    env, style = evaluation.environment(None if has_samples(evaluation.graph) else 0), number_format(evaluation)

    def put(part: Expr) -> Expr:
        if (isinstance(part, (Sym, Partial)) or holds_any(part, (SumOver,))) and _is_known(part, env):
            return shown(evaluate(part, env), style)
        if isinstance(part, Product) and any(isinstance(factor, SumOver) and _is_known(factor, env) for factor in part.factors):
            known = tuple(factor for factor in part.factors if _is_known(factor, env))
            others = tuple(put(factor) for factor in part.factors if factor not in known)
            return Product((shown(evaluate(Product(known), env), style), *others))
        return rebuild(part, put)

    collected = _collected(put(without_dot_products(expr)))
    return _signed(counted_out(collected, evaluation.graph) or collected)


def _is_known(expr: Expr, env: Environment) -> bool:
    try:
        evaluate(expr, env)
    except UnknownValueError:
        return False
    return True


def _collected(expr: Expr) -> Expr:
    """Tidied, under a Σ as well."""
    if isinstance(expr, SumOver):
        return SumOver(expr.index, expr.upper, _collected(expr.body))
    summed = any(isinstance(part, SumOver) for part in walk(expr))
    return rebuild(expr, _collected) if summed else tidy(expr)


def _signed(expr: Expr) -> Expr:
    """a + (-2) x as a - 2 x, wherever it stands."""
    expr = rebuild(expr, _signed)
    if not isinstance(expr, Sum):
        return expr
    return Sum((expr.terms[0], *(_taken_off(term) for term in expr.terms[1:])))


def _taken_off(term: Expr) -> Expr:
    if isinstance(term, Num) and term.value < 0:
        return Neg(_positive(term))
    if isinstance(term, Product) and isinstance(term.factors[0], Num) and term.factors[0].value < 0:
        return Neg(Product((_positive(term.factors[0]), *term.factors[1:])))
    return term


def _positive(number: Num) -> Num:
    return Num(-number.value, number.text.lstrip("-"))
