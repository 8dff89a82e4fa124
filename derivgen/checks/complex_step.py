"""All gradients of a large graph by one batched complex step: Im L(x + ih) / h for every x at once, in double precision.

The module needs numpy: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import erf, pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from derivgen.checks.kinks import Kink, kinks, touched
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.graph import Graph
from derivgen.maths.arithmetic import COMPARISONS, to_float
from derivgen.maths.interpret import Algebra, Environment, interpret
from derivgen.maths.tree import Expr

STEP = 1e-100
TOLERANCE = 1e-9
NEAR = Fraction(1, 10**12)
CHUNK = 2_000_000

Arrays = Mapping[str, Any]


def complex_step(evaluation: Evaluation, names: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    """Return ∂loss/∂name for every name, one entry per sample where it runs over samples.

    Shares no derivative with the chain except at kinks, where the convention's slope stands in for the function.
    """
    graph = evaluation.graph
    base = {name: np.array([[complex(to_float(v)) for v in numbers]]) for name, numbers in evaluation.values.items()}
    counts = {name: graph.samples if graph.per_sample(name) else 1 for name in names}
    slopes: dict[tuple[str, int], float] = {}
    for group, moved in _groups(evaluation, names):
        nearby = Neighbourhood(graph, base, *_on_kinks(evaluation, moved))
        behind = evaluation.derivation.behind(group)
        entries = [(name, k) for name in group for k in range(counts[name])]
        size = sum(len(graph.operands(name)) + 1 for name in behind) * graph.samples + 1
        per_chunk = max(16, CHUNK // size)
        for start in range(0, len(entries), per_chunk):
            chunk = entries[start : start + per_chunk]
            steps: dict[str, tuple[list[int], list[int]]] = {}
            for row, (name, column) in enumerate(chunk):
                rows, columns = steps.setdefault(name, ([], []))
                rows.append(row)
                columns.append(column)
            found = nearby.slopes(behind, steps, len(chunk))
            slopes |= zip(chunk, map(float, found), strict=True)
    return {name: tuple(slopes[name, k] for k in range(count)) for name, count in counts.items()}


def _groups(evaluation: Evaluation, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[Kink, ...]]]:
    """Yield the names that the same quantities use and that move the same parts off their kinks, together with these kinks.

    What lies behind them is worked out for all of them at once.
    """
    derivation, met = evaluation.derivation, kinks(evaluation, NEAR)
    found: dict[tuple[tuple[str, ...], tuple[Kink, ...]], list[str]] = {}
    for name in names:
        found.setdefault((derivation.consumers.get(name, ()), touched(derivation, name, met)), []).append(name)
    for (_, moved), group in found.items():
        yield tuple(group), moved


def _on_kinks(evaluation: Evaluation, found: Iterable[Kink]) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """Return the slopes of what sits on a kink, by (consumer, operand), and in which samples it does."""
    graph = evaluation.graph
    masks: dict[str, Any] = {}
    for kink in found:
        mask = masks.setdefault(kink.quantity, np.zeros((1, graph.samples if graph.per_sample(kink.quantity) else 1), dtype=bool))
        mask[0, slice(None) if kink.entry is None else kink.entry] = True
    slopes = {
        key: np.array([[to_float(slope) for slope in numbers]]) for key, numbers in evaluation.partials.items() if key[0] in masks
    }
    return slopes, masks


@dataclass(frozen=True)
class Neighbourhood:
    """The forward pass near a point, in complex doubles: `base` holds the values there, (rows, samples) or one row for all.

    Where a quantity sits on a kink (`on_kink`: a mask in its shape) its value is taken as the line that the convention's
    `slopes`, by (consumer, operand), say.
    """

    graph: Graph
    base: Arrays
    on_kink_slopes: Mapping[tuple[str, str], Any]
    on_kink: Arrays

    def slopes(self, behind: Iterable[str], steps: Mapping[str, tuple[Any, Any]], rows: int) -> Any:
        """Return the loss's slope in each row, one step taken in each: `steps` has the (rows, columns) of a name's own.

        `behind` are the names that are worked out again or take steps, in the order of the definitions.
        """
        values = dict(self.base)
        with np.errstate(all="ignore"):
            for name in behind:
                quantity = self.graph.quantities[name]
                if name not in values or (quantity.definition is None and name not in steps):
                    continue
                found = values[name] if quantity.definition is None else self._worked_out(name, quantity.definition, values)
                if name in steps:
                    found = np.array(np.broadcast_to(found, (rows, self._width(name))))
                    found[steps[name]] += 1j * STEP
                values[name] = found
        return np.broadcast_to(values[self.graph.loss], (rows, 1))[:, 0].imag / STEP

    def _width(self, name: str) -> int:
        return self.graph.samples if self.graph.per_sample(name) else 1

    def _worked_out(self, name: str, definition: Expr, values: Arrays) -> Any:
        found = widened(value_of(definition, values, self.graph, self.base), self._width(name))
        if name not in self.on_kink:
            return found
        return np.where(self.on_kink[name], self._line(name, values), found)

    def _line(self, name: str, values: Arrays) -> Any:
        """Return the value at the kink, moved by the convention's slopes."""
        total = self.base[name]
        for operand in self.graph.operands(name):
            if (name, operand) in self.on_kink_slopes:
                move = self.on_kink_slopes[name, operand] * (values[operand] - self.base[operand])
                total = total + (move.sum(axis=1, keepdims=True) if move.shape[1] > total.shape[1] == 1 else move)
        return total


def widened(values: Any, width: int) -> Any:
    """Return an array with so many columns, one column repeated."""
    return values if values.shape[1] == width else np.broadcast_to(values[:, :1], (values.shape[0], width))


def _tanh(z: Any) -> Any:
    """Return tanh, through its real part where exp would overflow."""
    return np.where(np.abs(z.real) > 300, np.tanh(z.real), np.tanh(z))


def _erf(z: Any) -> Any:
    """Return erf(x + ih) = erf(x) + ih · 2/√π · exp(-x²), to first order in h."""
    return np.vectorize(erf, otypes=[float])(z.real) + 1j * z.imag * 2 / sqrt(pi) * np.exp(-(z.real**2))


class ComplexStep(Algebra):
    """Arrays of complex doubles, (rows, samples): the real part is the value, the imaginary part how far a step moves it."""

    functions = MappingProxyType(
        {
            "exp": np.exp,
            "ln": np.log,
            "sqrt": np.sqrt,
            "sin": np.sin,
            "cos": np.cos,
            "tanh": _tanh,
            "atan": np.arctan,
            "erf": _erf,
        }
    )

    def number(self, value: Any) -> Any:
        """Return one number for all rows and samples."""
        return np.array([[complex(float(value))]])

    def power(self, a: Any, b: Any) -> Any:
        """Return a to the power b: by multiplying where b is one whole number, else exp(b ln a)."""
        if b.size == 1 and b.flat[0].imag == 0 and b.flat[0].real.is_integer():
            return a ** int(b.flat[0].real)
        return np.exp(b * np.log(a))

    def compare(self, op: str, a: Any, b: Any) -> Any:
        """Return the truth of `a op b`, of the values alone."""
        return COMPARISONS[op]((a - b).real, 0)

    def choose(self, truth: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the truth holds, else `no`."""
        return np.where(truth, yes, no)

    def extreme(self, args: Sequence[Any], largest: bool) -> Any:
        """Return the largest or the smallest of several; of those that tie the first."""
        best = args[0]
        for arg in args[1:]:
            best = np.where(self.compare(">" if largest else "<", arg, best), arg, best)
        return best

    def share(self, args: Sequence[Any], slot: int, largest: bool, first: bool = False) -> Any:
        """Return the derivative of max or min by one argument: 1 shared among those that tie, or all for the first; else 0."""
        ties = [self.compare("==", arg, self.extreme(args, largest)).astype(float) for arg in args]
        return ties[slot] * (sum(ties[:slot]) == 0) if first else ties[slot] / sum(ties)

    def top(self, args: Sequence[Any]) -> Any:
        """Return the largest real part, which softmax takes off its arguments first."""
        return self.extreme(args, largest=True).real

    def total(self, body: Expr, env: Environment) -> Any:
        """Return the sum of the body over all samples."""
        found = interpret(body, env, self)
        return found.sum(axis=1, keepdims=True) if found.shape[1] == env.samples else found * env.samples


COMPLEX_STEP = ComplexStep()


def value_of(expr: Expr, values: Arrays, graph: Graph, still: Arrays | None = None) -> Any:
    """Return the value of an expression in complex doubles, a row each, a column each sample; `stop(…)` of the `still` ones."""
    return interpret(expr, Environment(values, graph.library, graph.samples, still=still), COMPLEX_STEP)
