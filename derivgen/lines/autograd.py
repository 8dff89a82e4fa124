"""One node of a program that differentiates: what goes in, what it works out, what it keeps, and which gradients come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derivgen.derivation.derive import LocalDerivative
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import contribution_of, slope_of
from derivgen.lines.equality import Equality, LineKind, equality
from derivgen.lines.forward import definition_line
from derivgen.lines.needs import operation_of
from derivgen.lines.notation import has_samples, local_partial, number_format, partial, symbol
from derivgen.maths.evaluate import evaluate
from derivgen.maths.numbers import shown
from derivgen.maths.tree import Expr, Num, Shown, SumOver, Sym, children, number, symbols
from derivgen.spec.model import Show


@dataclass(frozen=True, slots=True)
class AutogradNode:
    """A quantity as a node. Each line is `symbol = number` where there is one number, else the symbol alone.

    `backward` has a line for each operand that gets a gradient: its share of ∂L/∂operand, worked out; `results` what that is.
    """

    name: str
    inputs: tuple[Equality, ...]
    definition: Equality
    output: Equality
    saved: tuple[Equality, ...]
    gradient: Equality
    backward: tuple[Equality, ...]
    results: tuple[Equality, ...]

    def lines(self) -> Iterator[Equality]:
        """All that the node claims."""
        lines = (*self.inputs, self.definition, self.output, *self.saved, self.gradient, *self.backward, *self.results)
        return (line for line in lines if len(line.sides) > 1)


def autograd_node(evaluation: Evaluation, show: Show) -> AutogradNode:
    """The node of the quantity that the block names."""
    name, graph = operation_of(evaluation, show), evaluation.graph
    locals_ = [evaluation.derivation.locals[name, operand] for operand in graph.operands(name)]
    kept = dict.fromkeys(used for local in locals_ for used in symbols(local.derivative) if used in graph.quantities)
    into = partial(graph, graph.loss, name)
    return AutogradNode(
        name,
        tuple(_valued(evaluation, operand) for operand in graph.operands(name)),
        definition_line(graph, name),
        _valued(evaluation, name),
        tuple(_valued(evaluation, used) for used in kept),
        equality(
            (LineKind.AUTOGRAD, name, "in"), into, number(1) if name == graph.loss else _number(evaluation, into), numeric=True
        ),
        tuple(_backward(evaluation, local) for local in locals_),
        tuple(_result(evaluation, local) for local in locals_),
    )


def autograd_lines(evaluation: Evaluation, show: Show) -> Iterator[Equality]:
    """All equalities of the node."""
    return autograd_node(evaluation, show).lines()


def _valued(evaluation: Evaluation, name: str) -> Equality:
    own = symbol(evaluation.graph, name)
    return equality((LineKind.AUTOGRAD, name), own, _number(evaluation, own), numeric=True)


def _backward(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """The operand's share: ∂L/∂u · ∂u/∂x = ∂L/∂u · (worked out)."""
    graph = evaluation.graph
    whole = contribution_of(graph, local, local_partial(local))
    return equality(
        (LineKind.AUTOGRAD, local.consumer, local.operand), whole, contribution_of(graph, local, slope_of(graph, local))
    )


def _result(evaluation: Evaluation, local: LocalDerivative) -> Equality:
    """∂L/∂x, or, where others use x as well, this node's share of it; with its number."""
    graph = evaluation.graph
    alone = len(evaluation.derivation.consumers[local.operand]) == 1
    share = partial(graph, graph.loss, local.operand) if alone else contribution_of(graph, local, local_partial(local))
    about = (LineKind.AUTOGRAD, local.consumer, local.operand, "out")
    return equality(about, share, _number(evaluation, share), numeric=True)


def _number(evaluation: Evaluation, expr: Expr) -> Num | Shown | None:
    """An expression's number; None where it has one for each sample, or none at all."""
    graph = evaluation.graph
    if graph.loss not in evaluation.values or (has_samples(graph) and _varies(expr, graph.index)):
        return None
    return shown(evaluate(expr, evaluation.environment(0)), number_format(evaluation))


def _varies(expr: Expr, index: str) -> bool:
    """Whether the expression speaks of one sample."""
    if isinstance(expr, Sym):
        return expr.index == index
    return not isinstance(expr, SumOver) and any(_varies(part, index) for part in children(expr))
