"""The loss of a network: a kind by name, or an expression → its definition in terms of outputs and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from derivgen.errors import Place, Problems, closest
from derivgen.frozen import dataclass, replace
from derivgen.maths.grammar import Vocabulary
from derivgen.maths.tree import (
    Call,
    Cases,
    Compare,
    Expr,
    Neg,
    Num,
    Power,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    number,
    symbols,
    walk,
)
from derivgen.spec.equations import read_expression
from derivgen.spec.model import Data, Network, Value
from derivgen.spec.reading import name_problem
from derivgen.spec.shape import LossShape
from derivgen.spec.yaml_nodes import Scalar

Pair = tuple[Expr, Expr]
Target = Scalar | Value | tuple[Scalar | Value, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss ready to be an equation: `name = body`."""

    name: str
    kind: str
    body: Expr
    targets: tuple[str, ...]
    values: Mapping[str, Value]
    place: Place | None


def squared_error(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return Σ_k (a_k - y_k)²."""
    return _added(_square(a, y) for a, y in pairs)


def half_squared_error(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return 1/2 Σ_k (a_k - y_k)²."""
    return Product((_half(), squared_error(pairs, mean)))


def mse(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k (y_k - a_k)²."""
    return _averaged(_added(_square(y, a) for a, y in pairs), mean)


def half_mse(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return 1/(2n) Σ_i Σ_k (y_k - a_k)²."""
    return Product((_half(), mse(pairs, mean)))


def binary_cross_entropy(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return -(1/n) Σ_i Σ_k [y_k ln a_k + (1 - y_k) ln(1 - a_k)]."""
    terms: list[Expr] = []
    for a, y in pairs:
        terms.append(Product((y, _ln(a))))
        terms.append(Product((_one_minus(y), _ln(_one_minus(a)))))
    return Neg(_averaged(Sum(tuple(terms)), mean))


def cross_entropy(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return -(1/n) Σ_i Σ_k y_k ln a_k."""
    return Neg(_averaged(_added(Product((y, _ln(a))) for a, y in pairs), mean))


def mae(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k |y_k - a_k|, the L1 loss."""
    return _averaged(_added(_abs(_difference(y, a)) for a, y in pairs), mean)


def huber(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k h(y_k - a_k): h(r) = r²/2 up to |r| = 1, then |r| - 1/2."""
    terms: list[Expr] = []
    for a, y in pairs:
        size = _abs(_difference(y, a))
        near = Quotient(_square(y, a), number(2))
        terms.append(Cases(((Compare("<=", size, number(1)), near),), Sum((size, Neg(_half())))))
    return _averaged(_added(terms), mean)


def hinge(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k max(0, 1 - y_k a_k), for targets -1 and 1."""
    return _averaged(_added(Call("max", (number(0), _one_minus(Product((y, a)))), "max") for a, y in pairs), mean)


def poisson(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k (a_k - y_k ln a_k)."""
    return _averaged(_flat(Sum((a, Neg(Product((y, _ln(a)))))) for a, y in pairs), mean)


def kl_divergence(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k y_k ln(y_k / a_k)."""
    return _averaged(_added(Product((y, _ln(Quotient(y, a)))) for a, y in pairs), mean)


def binary_cross_entropy_from_logits(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k [ln(1 + exp(a_k)) - y_k a_k]: binary cross-entropy of sig(a_k)."""
    terms = (Sum((_ln(Sum((number(1), _exp(a)))), Neg(Product((y, a))))) for a, y in pairs)
    return _averaged(_flat(terms), mean)


def cross_entropy_from_logits(pairs: tuple[Pair, ...], mean: bool) -> Expr:
    """Return (1/n) Σ_i Σ_k y_k (ln Σ_j exp(a_j) - a_k): cross-entropy of softmax(a)."""
    total = _ln(_added(_exp(a) for a, _ in pairs))
    return _averaged(_added(Product((y, _difference(total, a))) for a, y in pairs), mean)


KINDS: Mapping[str, Callable[[tuple[Pair, ...], bool], Expr]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            squared_error,
            half_squared_error,
            mse,
            half_mse,
            binary_cross_entropy,
            cross_entropy,
            mae,
            huber,
            hinge,
            poisson,
            kl_divergence,
            binary_cross_entropy_from_logits,
            cross_entropy_from_logits,
        )
    }
)


def with_penalty(loss: Loss, penalty: Scalar | None, running: tuple[str, ...], words: Vocabulary, problems: Problems) -> Loss:
    """Return the loss with what is added to it; no targets and none of the names that are `running` stand in it."""
    body = read_expression(penalty, words, problems) if penalty is not None else None
    if body is None:
        return loss
    for node in walk(body):
        if isinstance(node, Reduce) or (isinstance(node, Sym) and node.name in (*loss.targets, *running)):
            what = node.name if isinstance(node, Sym) else f"{node.kind} over the samples"
            hint = "write the whole loss as an expression: kind: mean(…) + …"
            problems.error(f"a penalty is made of weights and constants; {what} is none", node.at, hint)
    added = body.terms if isinstance(body, Sum) else (body,)
    return replace(loss, body=Sum((loss.body, *added)))


def build_loss(
    shape: LossShape,
    target: Target | None,
    outputs: tuple[str, ...],
    samples: bool,
    words: Vocabulary,
    problems: Problems,
    numbered: bool = False,
) -> Loss | None:
    """Return the loss of the outputs; without `samples` a mean over them is left out, being the mean of one.

    `numbered`: a single target is called y_1 unless it has another name; and y_1, … are targets in an expression, too.
    """
    kind = shape.kind.text.strip()
    if kind not in KINDS and name_problem(kind) is None:
        hint = closest(kind, KINDS) or f"the kinds are {', '.join(KINDS)}; or write an expression"
        problems.error(f"there is no loss called {kind[:40]!r}", shape.kind.place, hint)
        return None
    name = shape.name.text if shape.name is not None else "Loss"
    place = shape.name.place if shape.name is not None else shape.kind.place
    targets, values = _targets(shape, target, len(outputs), kind in KINDS, numbered, problems)
    if kind not in KINDS:
        body = read_expression(shape.kind, words, problems)
        if body is None:
            return None
        if numbered and target is None:
            targets = tuple(each for each in _default_names(len(outputs), numbered) if each in symbols(body))
        return Loss(name, "expression", body, targets, values, place)
    if len(targets) != len(outputs):
        return None
    pairs: tuple[Pair, ...] = tuple((Sym(a), Sym(y)) for a, y in zip(outputs, targets, strict=True))
    return Loss(name, kind, KINDS[kind](pairs, samples), targets, values, place)


def _targets(
    shape: LossShape, target: Target | None, count: int, by_kind: bool, numbered: bool, problems: Problems
) -> tuple[tuple[str, ...], dict[str, Value]]:
    """Return the targets' names, and the values of those given as numbers."""
    if target is None:
        return (_default_names(count, numbered) if by_kind else ()), {}
    written = target if isinstance(target, tuple) else (target,)
    defaults = _default_names(len(written), numbered)
    names = tuple(default if isinstance(entry, Value) else entry.text for entry, default in zip(written, defaults, strict=True))
    if (by_kind or numbered) and len(names) != count:
        wanted = "one target" if count == 1 else f"{count} targets"
        example = (
            f"target: [{', '.join(_default_names(count, True))}]" if count > 1 else f"target: {_default_names(1, numbered)[0]}"
        )
        problems.error(
            f"the network has {_outputs(count)}, so the loss takes {wanted}, not {len(names)}",
            written[0].place if written else shape.kind.place,
            example,
        )
    return names, {name: entry for name, entry in zip(names, written, strict=True) if isinstance(entry, Value)}


def _outputs(count: int) -> str:
    return "one output" if count == 1 else f"{count} outputs"


def _default_names(count: int, numbered: bool) -> tuple[str, ...]:
    return ("y",) if count == 1 and not numbered else tuple(f"y_{position}" for position in range(1, count + 1))


def _added(terms) -> Expr:
    built = tuple(terms)
    return built[0] if len(built) == 1 else Sum(built)


def _flat(sums) -> Expr:
    """Return the sums added up as one sum."""
    return Sum(tuple(term for each in sums for term in each.terms))


def _difference(left: Expr, right: Expr) -> Expr:
    return Sum((left, Neg(right)))


def _square(left: Expr, right: Expr) -> Expr:
    return Power(_difference(left, right), number(2))


def _abs(arg: Expr) -> Expr:
    return Call("abs", (arg,), "abs")


def _exp(arg: Expr) -> Expr:
    return Call("exp", (arg,), "exp")


def _half() -> Expr:
    return Quotient(number(1), number(2))


def _averaged(body: Expr, mean: bool) -> Expr:
    return Reduce("mean", body) if mean else body


def _ln(arg: Expr) -> Expr:
    return Call("ln", (arg,), "ln")


def _one_minus(arg: Expr) -> Expr:
    return Sum((Num(Fraction(1)), Neg(arg)))


def takes_shares(network: Network) -> bool:
    """Return whether the loss is cross-entropy behind softmax, whose targets are shares."""
    return network.loss_kind == "cross_entropy" and network.layers[-1][0].activation == "softmax"


def check_targets(network: Network, data: Data | None, values: Mapping[str, Value], problems: Problems) -> None:
    """Check that behind softmax and cross-entropy the targets of each sample add up to 1 (only then is its derivative a - y)."""
    if not takes_shares(network):
        return
    rows = data.rows if data is not None and data.rows is not None else ((),)
    columns = data.columns if data is not None else ()
    loose = [name for name in network.targets if name not in columns and name not in values]
    if data is not None and loose and len(loose) < len(network.targets):
        other = next(name for name in network.targets if name not in loose)
        problems.error(
            f"the target {loose[0]} has no numbers, though {other} has",
            data.place,
            f"behind softmax the targets of each sample add up to 1: list {', '.join(loose)} under columns",
        )
    for row in rows:
        known = {**values, **dict(zip(columns, row, strict=False))}
        entries = [known[name] for name in network.targets if name in known]
        total = sum((entry.value for entry in entries), Fraction(0))
        if len(entries) == len(network.targets) and total != 1:
            hint = "cross-entropy takes the targets as shares, e.g. 1, 0, 0"
            problems.error(f"the targets {', '.join(network.targets)} add up to {total} here, not to 1", entries[0].place, hint)
