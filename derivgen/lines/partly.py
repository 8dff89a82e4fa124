"""What is known put in, what is not left as it is: z_1(x) = -1.75 x - 0.1."""

from __future__ import annotations

from derivgen.derivation.derive import Gradient
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph
from derivgen.lines.dots import spelled
from derivgen.lines.equality import Equality, equality
from derivgen.lines.forward import is_wide
from derivgen.lines.paper import number_format, on_paper, partial, runs, symbol
from derivgen.maths.evaluate import UnknownValueError, evaluate
from derivgen.maths.functions import bound
from derivgen.maths.numbers import shown
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Call, Expr, Neg, Num, Partial, Product, Sum, SumOver, Sym, Written, rebuild, symbols, walk

MOST_ARGUMENTS = 2


def partly_lines(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[Equality, ...]:
    """A line for each quantity that has no value; none at all where not a single number can be put in."""
    graph = evaluation.graph
    open_ = [name for name in names if name not in evaluation.values and not is_wide(graph, name)]
    if not any(is_partly(evaluation, name) for name in open_):
        return ()
    return tuple(line for name in open_ if len((line := _line(evaluation, name)).sides) > 1)


def is_partly(evaluation: Evaluation, name: str) -> bool:
    """Whether a quantity without a value has an operand with one."""
    return name not in evaluation.values and _any_known(evaluation, evaluation.graph.operands(name))


def _any_known(evaluation: Evaluation, names: tuple[str, ...]) -> bool:
    graph = evaluation.graph
    known = [name for name in names if name in evaluation.values]
    return any(not (runs(graph) and name in graph.quantities and graph.per_sample(name)) for name in known)


def _line(evaluation: Evaluation, name: str) -> Equality:
    """z_1(x) = its definition, with the numbers that are known; a function of one name by its formula."""
    graph = evaluation.graph
    definition = graph.quantities[name].definition
    assert definition is not None
    paper = on_paper(definition, graph)
    known = with_known(paper, evaluation) if is_partly(evaluation, name) else _formula(graph, paper)
    return equality(("partly", name), _function_of(evaluation, name), paper, known, numeric=True)


def _function_of(evaluation: Evaluation, name: str) -> Expr:
    """z_1(x): the name with what it still depends on, where that is one or two quantities."""
    graph, own = evaluation.graph, symbol(evaluation.graph, name)
    args = tuple(Sym(each) for each in graph.operands(name) if each not in evaluation.values)
    return Written("of", (own, *args), own) if 0 < len(args) <= MOST_ARGUMENTS and not runs(graph) else own


def _formula(graph: Graph, expr: Expr) -> Expr | None:
    """sig(z) as 1/(1 + e^-z); None for what is no call, or has no formula."""
    if not isinstance(expr, Call) or expr.component is not None:
        return None
    value = graph.library.value(expr.function)
    return None if value is None else bound(value, graph.library.arguments(expr.function, expr.args))


def partly_product(evaluation: Evaluation, gradient: Gradient, product: Expr) -> Equality | None:
    """∂L/∂w = its product with the numbers that are known; None where it has a value or no number can be put in."""
    graph = evaluation.graph
    if gradient.name in evaluation.adjoints or not _any_known(evaluation, symbols(product)):
        return None
    line = equality(
        ("partly", gradient.name),
        partial(graph, graph.loss, gradient.name),
        product,
        with_known(product, evaluation),
        numeric=True,
    )
    return line if len(line.sides) > 2 else None


def with_known(expr: Expr, evaluation: Evaluation) -> Expr:
    """The expression with every name that has one value replaced by it, and the numbers collected."""
    env, style = evaluation.environment(None if runs(evaluation.graph) else 0), number_format(evaluation)

    def put(part: Expr) -> Expr:
        if isinstance(part, (Sym, Partial)):
            try:
                return shown(evaluate(part, env), style)
            except UnknownValueError:
                return part
        return rebuild(part, put)

    return _signed(_collected(put(spelled(expr))))


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
