"""Where a value sits exactly on a kink: there a convention, not a limit, decides the derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from derivgen.derivation.derive import Derivation
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph, Quantity, runs_over_samples
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number, real
from derivgen.maths.evaluate import Environment, UnknownValueError, evaluate, zeros_of_log
from derivgen.maths.functions import LOGARITHMS, bound
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.tree import STOP, Call, Cases, Expr, Prime, children, holds_any, symbols


@dataclass(frozen=True, slots=True)
class Kink:
    """`part` of a quantity's definition has a kink at its value in `sample` (from 0; None where it has one value).

    `entry` is which of the quantity's values has it, None where all have; `names` are what moves the part off its kink.
    """

    quantity: str
    sample: int | None
    part: Call | Prime | Cases
    entry: int | None
    names: tuple[str, ...]

    @property
    def function(self) -> str:
        """Return the function that has the kink, by the name it is written with; `cases` for pieces."""
        return "cases" if isinstance(self.part, Cases) else self.part.written or self.part.function

    @property
    def is_limit(self) -> bool:
        """Return whether it is the logarithm of 0, which counts as 0 times 0."""
        return isinstance(self.part, Call) and self.part.function in LOGARITHMS


EXACTLY = Fraction(0)


def kinks(evaluation: Evaluation, within: Fraction = EXACTLY) -> tuple[Kink, ...]:
    """Return each kink that the values sit on (or `within` so much of) once, in the order of the definitions.

    The logarithm of 0, times 0, is one where it is differentiated by what is below it: a limit decides there.
    """
    graph = evaluation.graph
    env = Environment(evaluation.values, graph.library, graph.samples, digits=evaluation.digits)
    found = (
        kink
        for quantity in graph.quantities.values()
        if quantity.definition is not None and holds_any(quantity.definition, (Call, Prime, Cases))
        for kink in _of(quantity, graph, env, within)
    )
    between = evaluation.derivation.between
    return tuple(dict.fromkeys(kink for kink in found if not kink.is_limit or not between.isdisjoint(kink.names)))


def touched(derivation: Derivation, name: str, found: Sequence[Kink]) -> tuple[Kink, ...]:
    """Return the kinks that a name moves a part off: another convention there may change the gradient by the name."""
    if not found:
        return ()
    moved = frozenset(derivation.behind((name,)))
    return tuple(kink for kink in found if not moved.isdisjoint(kink.names))


def _of(quantity: Quantity, graph: Graph, env: Environment, within: Fraction) -> Iterator[Kink]:
    assert quantity.definition is not None
    for part in _with_kinks(quantity.definition):
        for sample in range(graph.samples) if runs_over_samples(part, graph.columns) else (None,):
            names = _moving(part, env.at(sample), within)
            if names:
                yield Kink(quantity.name, sample, part, sample if quantity.per_sample else None, names)


def _with_kinks(expr: Expr) -> Iterator[Call | Prime | Cases]:
    """Yield the calls and cases in an expression, each before those inside it; none of what is stopped."""
    if isinstance(expr, Call) and expr.function == STOP:
        return
    if isinstance(expr, (Call, Prime, Cases)):
        yield expr
    for part in children(expr):
        yield from _with_kinks(part)


def _moving(part: Call | Prime | Cases, env: Environment, within: Fraction) -> tuple[str, ...]:
    """Return the names that move a part off the kink it sits on (for own functions: inside them); none where it sits on none."""
    try:
        return _of_cases(part, env, within) if isinstance(part, Cases) else _of_call(part, env, within)
    except (UnknownValueError, DomainError):
        return ()


def _meet(a: Number, b: Number, within: Fraction) -> bool:
    return arithmetic.compare("==", a, b) or bool(abs(real(a) - real(b)) <= real(within) * max(1, abs(real(a))))


def _of_cases(part: Cases, env: Environment, within: Fraction) -> tuple[str, ...]:
    met = any(_meet(evaluate(c.left, env), evaluate(c.right, env), within) for c, _ in part.pieces)
    return symbols(part) if met else ()


def _of_call(part: Call | Prime, env: Environment, within: Fraction) -> tuple[str, ...]:
    if isinstance(part, Call) and part.component is not None:
        return ()
    if part.function in EXTREMES:
        best = evaluate(Call(part.function, part.args), env)
        tied = [arg for arg in part.args if _meet(evaluate(arg, env), best, within)]
        return tuple(dict.fromkeys(name for arg in tied for name in symbols(arg))) if len(tied) > 1 else ()
    if isinstance(part, Call) and part.function in LOGARITHMS:
        return tuple(dict.fromkeys(name for zero in zeros_of_log(part, env) for name in symbols(zero)))
    function = env.library[part.function]
    if function.kinks:
        at = evaluate(part.args[0], env)
        return symbols(part.args[0]) if any(_meet(at, kink.point, within) for kink in function.kinks) else ()
    if function.body is None:
        return ()
    body = bound(function.body, env.library.arguments(part.function, part.args))
    return tuple(dict.fromkeys(name for node in _with_kinks(body) for name in _moving(node, env, within)))
