"""All gradients of a large graph by one batched complex step: Im L(x + ih) / h for every x at once, in double precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import pi, sqrt
from typing import Any

from derivgen.checks.kinks import kinks
from derivgen.evaluation import Evaluation
from derivgen.graph import Graph, Quantity
from derivgen.maths.functions import Library
from derivgen.maths.tree import Call, Cases, Compare, Expr, Neg, Num, Power, Prime, Product, Quotient, Reduce, Sum, Sym, rebuild

STEP = 1e-100
TOLERANCE = 1e-9
NEAR = Fraction(1, 10**12)
CHUNK = 2_000_000

Arrays = Mapping[str, Any]


def complex_step(evaluation: Evaluation, names: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    """∂loss/∂name for every name, one entry per sample where it runs over samples.

    Shares no derivative with the chain except at kinks, where the convention's slope stands in for the function.
    """
    import numpy as np

    graph = evaluation.graph
    base = {name: np.array([[complex(float(v)) for v in numbers]]) for name, numbers in evaluation.values.items()}
    frozen: dict[str, list[int | None]] = {}
    for kink in kinks(graph, evaluation.values, NEAR):
        frozen.setdefault(kink.quantity, []).append(kink.sample)
    slopes: dict[tuple[str, int], float] = {}
    for group in _groups(evaluation, names):
        behind = _downstream(evaluation, group)
        entries = [(name, k) for name in group for k in range(graph.samples if graph.per_sample(name) else 1)]
        size = sum(len(graph.operands(name)) + 1 for name in behind) * graph.samples + 1
        per_chunk = max(16, CHUNK // size)
        for start in range(0, len(entries), per_chunk):
            chunk = entries[start : start + per_chunk]
            slopes |= zip(chunk, _chunk(evaluation, chunk, behind, base, frozen), strict=True)
    counts = {name: graph.samples if graph.per_sample(name) else 1 for name in names}
    return {name: tuple(slopes[name, k] for k in range(count)) for name, count in counts.items()}


def _groups(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The names that the same quantities use, together: what lies behind them is then worked out for all of them at once."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        found.setdefault(evaluation.derivation.consumers.get(name, ()), []).append(name)
    return tuple(tuple(group) for group in found.values())


def _downstream(evaluation: Evaluation, group: tuple[str, ...]) -> tuple[str, ...]:
    """The group and everything that depends on it, in the order of the definitions."""
    consumers = evaluation.derivation.consumers
    reached = dict.fromkeys(group)
    stack = list(group)
    while stack:
        for user in consumers.get(stack.pop(), ()):
            if user not in reached:
                reached[user] = None
                stack.append(user)
    return tuple(name for name in evaluation.graph.quantities if name in reached)


def _chunk(
    evaluation: Evaluation,
    entries: list[tuple[str, int]],
    behind: tuple[str, ...],
    base: Arrays,
    frozen: Mapping[str, list[int | None]],
) -> list[float]:
    import numpy as np

    graph = evaluation.graph
    values = dict(base)
    pokes: dict[str, list[tuple[int, int]]] = {}
    for row, (name, column) in enumerate(entries):
        pokes.setdefault(name, []).append((row, column))
    with np.errstate(all="ignore"):
        for name in behind:
            quantity = graph.quantities[name]
            if quantity.definition is not None or name in pokes:
                _advance(quantity, values, base, pokes.get(name, []), frozen.get(name, []), evaluation, len(entries))
    loss = np.broadcast_to(values[graph.loss], (len(entries), 1))
    return [float(x) for x in loss[:, 0].imag / STEP]


def _advance(
    quantity: Quantity,
    values: dict[str, Any],
    base: Arrays,
    pokes: list[tuple[int, int]],
    frozen: list[int | None],
    evaluation: Evaluation,
    rows: int,
) -> None:
    """Work out one quantity for all pokes, put its own pokes in, and keep to the convention's line on kinks."""
    import numpy as np

    graph = evaluation.graph
    if quantity.name not in values:
        return
    if quantity.definition is not None:
        values[quantity.name] = value_of(quantity.definition, values, graph)
        if quantity.per_sample:
            values[quantity.name] = np.broadcast_to(
                values[quantity.name], (max(1, values[quantity.name].shape[0]), graph.samples)
            )
    if frozen:
        values[quantity.name] = _lines(quantity, values, base, frozen, evaluation)
    if pokes:
        poked = np.array(np.broadcast_to(values[quantity.name], (rows, values[quantity.name].shape[1])))
        for row, column in pokes:
            poked[row, column] += 1j * STEP
        values[quantity.name] = poked


def _lines(quantity: Quantity, values: Arrays, base: Arrays, frozen: list[int | None], evaluation: Evaluation):
    import numpy as np

    graph = evaluation.graph
    total = base[quantity.name]
    for operand in graph.operands(quantity.name):
        if (quantity.name, operand) not in evaluation.partials:
            continue
        slope = np.array([[float(x) for x in evaluation.partials[quantity.name, operand]]])
        move = slope * (values[operand] - base[operand])
        total = total + (move.sum(axis=1, keepdims=True) if move.shape[1] > base[quantity.name].shape[1] else move)
    if None in frozen:
        return total
    mask = np.array([[k in frozen for k in range(graph.samples)]])
    return np.where(mask, total, values[quantity.name])


def value_of(expr: Expr, values: Arrays, graph: Graph):
    """The value of an expression in complex doubles, a row each, a column each sample."""
    return _EVALUATE[type(expr)](expr, values, graph)


def _sum(expr: Sum, values: Arrays, graph: Graph):
    total = value_of(expr.terms[0], values, graph)
    for term in expr.terms[1:]:
        total = total + value_of(term, values, graph)
    return total


def _product(expr: Product, values: Arrays, graph: Graph):
    total = value_of(expr.factors[0], values, graph)
    for factor in expr.factors[1:]:
        total = total * value_of(factor, values, graph)
    return total


def _power(expr: Power, values: Arrays, graph: Graph):
    base, exponent = value_of(expr.base, values, graph), value_of(expr.exponent, values, graph)
    if isinstance(expr.exponent, Num) and expr.exponent.value.denominator == 1:
        return base ** int(expr.exponent.value)
    import numpy as np

    return np.exp(exponent * np.log(base))


def _cases(expr: Cases, values: Arrays, graph: Graph):
    import numpy as np

    result = value_of(expr.otherwise, values, graph)
    for condition, piece in reversed(expr.pieces):
        result = np.where(_holds(condition, values, graph), value_of(piece, values, graph), result)
    return result


def _holds(condition: Compare, values: Arrays, graph: Graph):
    left, right = value_of(condition.left, values, graph), value_of(condition.right, values, graph)
    lead = (left - right).real
    return {"<": lead < 0, "<=": lead <= 0, ">": lead > 0, ">=": lead >= 0, "==": lead == 0, "!=": lead != 0}[condition.op]


def _call(expr: Call, values: Arrays, graph: Graph):
    args = [value_of(arg, values, graph) for arg in expr.args]
    if expr.component is not None:
        return _softmax(args, expr.component)
    primitive = _PRIMITIVES.get(expr.function)
    if primitive is not None:
        return primitive(*args)
    return _inside(graph.library, expr, args, graph)


def _inside(library: Library, expr: Call, args: list, graph: Graph):
    import numpy as np

    body = library.value(expr.function)
    assert body is not None
    names = library.arguments(expr.function, expr.args)
    held = dict(zip(names, args, strict=False))
    for name, default in list(names.items())[len(args) :]:
        assert isinstance(default, Num)
        held[name] = np.array([[complex(float(default.value))]])
    return value_of(body, held, graph)


def _softmax(args: list, component: int):
    import numpy as np

    top = np.maximum.reduce([arg.real for arg in np.broadcast_arrays(*args)])
    powers = [np.exp(arg - top) for arg in args]
    return powers[component] / sum(powers[1:], powers[0])


def _extreme(sign: int) -> Callable:
    def pick(*args):
        import numpy as np

        best = args[0]
        for arg in args[1:]:
            best = np.where(sign * (arg - best).real > 0, arg, best)
        return best

    return pick


def _erf(z):
    """erf(x + ih) = erf(x) + ih · 2/√π · exp(-x²), to first order in h."""
    from math import erf

    import numpy as np

    return np.vectorize(erf, otypes=[float])(z.real) + 1j * z.imag * 2 / sqrt(pi) * np.exp(-(z.real**2))


def _ufunc(name: str) -> Callable:
    def apply(z):
        import numpy as np

        return getattr(np, name)(z)

    return apply


def _tanh(z):
    """Through its real part where exp would overflow."""
    import numpy as np

    flat = np.tanh(z.real)
    return np.where(np.abs(z.real) > 300, flat, np.tanh(z))


def _exact(number) -> Any:
    import numpy as np

    return np.array([[complex(float(number))]])


_PRIMITIVES: dict[str, Callable] = {
    "exp": _ufunc("exp"),
    "ln": _ufunc("log"),
    "sqrt": _ufunc("sqrt"),
    "sin": _ufunc("sin"),
    "cos": _ufunc("cos"),
    "tanh": _tanh,
    "atan": _ufunc("arctan"),
    "erf": _erf,
    "max": _extreme(1),
    "min": _extreme(-1),
}


def _reduce(expr: Reduce, values: Arrays, graph: Graph):
    body = value_of(expr.body, values, graph)
    total = body.sum(axis=1, keepdims=True) if body.shape[1] == graph.samples else body * graph.samples
    return total / graph.samples if expr.kind == "mean" else total


def _prime(expr: Prime, values: Arrays, graph: Graph):
    """f'(u) written by the author: its formula, put in as an expression of its own."""
    from derivgen.maths.differentiate import derivative_formula
    from derivgen.maths.functions import OUTPUT, bound

    formula = derivative_formula(graph.library, expr.function, expr.slot)
    names = {**graph.library.arguments(expr.function, expr.args), OUTPUT: Call(expr.function, expr.args, expr.written)}
    return value_of(rebuild(bound(formula, names), lambda part: part), values, graph)


_EVALUATE: dict[type[Expr], Callable] = {
    Num: lambda e, values, graph: _exact(e.value),
    Sym: lambda e, values, graph: values[e.name],
    Neg: lambda e, values, graph: -value_of(e.arg, values, graph),
    Sum: _sum,
    Product: _product,
    Quotient: lambda e, values, graph: value_of(e.over, values, graph) / value_of(e.under, values, graph),
    Power: _power,
    Call: _call,
    Prime: _prime,
    Cases: _cases,
    Reduce: _reduce,
}
