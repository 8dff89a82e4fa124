"""Formulas in symbols: held against a spec at made-up values, where two formulas agree only if they are the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

from derivgen.claims import judging
from derivgen.claims.chain_rule import factors_of, terms_of
from derivgen.claims.judging import value_in
from derivgen.claims.names import in_words
from derivgen.claims.points import environment_of
from derivgen.claims.worth import Worth
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import Environment, UnknownValueError
from derivgen.maths.tree import Call, Expr, Num, Partial, Prime, Shown, SumOver, Sym, children, rebuild, walk

SAME = Fraction(1, 10**30)
MOST_DEFINITIONS = 12
"""Names that stand for formulas with names in them, one within the other."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where two formulas agree: at every point, and at every one at which all units are active."""

    everywhere: bool
    active: bool


class NotOfSpecError(LookupError):
    """A name that neither the spec nor a definition of the file says anything of."""


def in_names_of_spec(tree: Expr, worth: Worth, depth: int = 0) -> Expr:
    """Return a formula in the names of the spec, what the file has defined in symbols put in. Raises NotOfSpecError."""
    assert worth.measure is not None
    if isinstance(tree, (Sym, Partial)):
        meant = worth.measure.resolved(tree)
        if meant is not None:
            return meant
        formula = worth.said.formulas.get(tree.name) if isinstance(tree, Sym) else None
        if formula is not None and depth < MOST_DEFINITIONS:
            return in_names_of_spec(formula, worth, depth + 1)
        known = worth.said.value_of(tree.name) if isinstance(tree, Sym) else None
        if known is None or not known.given:
            raise NotOfSpecError(str(tree))
        return Shown(known.exact, "")
    return rebuild(tree, lambda part: in_names_of_spec(part, worth, depth))


def held(label: Expr, others: Sequence[Expr], worth: Worth) -> Held | None:
    """Return where a name or derivative and a reading of a formula agree; None where one has a name that is none of the spec's.

    Of one that is the same in every sample, a chain of derivatives stands for the sum over the samples.
    """
    found: Held | None = None
    assert worth.measure is not None
    if not any(worth.measure.points):
        return None
    for tree in others:
        try:
            left, right = in_names_of_spec(label, worth), in_names_of_spec(tree, worth)
        except NotOfSpecError:
            continue
        added = not speaks_of(left, worth.measure.letter) and all(map(factors_of, terms_of(tree)))
        for whole in (False, True):
            agreed = [_agree(left, right, points, whole, added, worth) for points in worth.measure.points]
            if None in agreed:
                continue
            numbers = _agree(left, right, worth.measure.given_numbers, whole, added, worth)
            now = Held(all(agreed) or bool(numbers), bool(agreed[1]))
            if found is None or (now.everywhere, now.active) > (found.everywhere, found.active):
                found = now
    return found


def same(left: Expr, right: Expr, worth: Worth) -> bool:
    """Tell whether two formulas are one: at made-up values of the names that have none, or of all in the spec."""
    if _identical(left, right, worth):
        return True
    found = held(left, (right,), worth) if worth.measure is not None else None
    return found is not None and found.everywhere


def _identical(left: Expr, right: Expr, worth: Worth) -> bool:
    try:
        for seed in (3, 8):
            one, other = (value_in(_made_up(tree, worth, seed), _environment(worth)) for tree in (left, right))
            if not arithmetic.near(one, other, SAME):
                return False
    except (UnknownValueError, DomainError, LookupError):
        return False
    return True


def _environment(worth: Worth) -> Environment:
    return judging.NOTHING if worth.measure is None else worth.measure.bound(worth.sample)


def _made_up(tree: Expr, worth: Worth, seed: int, depth: int = 0) -> Expr:
    """Return a formula with a number in the place of each name and derivative: what it is worth, or one drawn by its name."""
    if not isinstance(tree, (Sym, Partial)):
        return rebuild(tree, lambda part: _made_up(part, worth, seed, depth))
    known = worth.said.value_of(tree.name) if isinstance(tree, Sym) else worth.said.partial(tree)
    if known is not None:
        return Shown(known.exact, "")
    formula = worth.said.formulas.get(tree.name) if isinstance(tree, Sym) else None
    if formula is not None and depth < MOST_DEFINITIONS:
        return _made_up(formula, worth, seed, depth + 1)
    name = tree.name if isinstance(tree, Sym) else in_words(tree)
    return Shown(Fraction(random.Random(f"{seed} {name}").randint(40, 160), 97), "")


def value_at(point: Evaluation, tree: Expr, worth: Worth) -> Number | None:
    """Return the value of a formula at made-up numbers; None where it has none, or one in each sample."""
    assert worth.measure is not None
    try:
        meant = in_names_of_spec(tree, worth)
        return None if speaks_of(meant, worth.measure.letter) else value_in(meant, environment_of(point, False))
    except (NotOfSpecError, UnknownValueError, DomainError, LookupError):
        return None


def speaks_of(tree: Expr, letter: str) -> bool:
    """Tell whether a name in a formula is one of each sample, outside a sum over them."""
    if isinstance(tree, SumOver) and tree.index == letter:
        return False
    return (isinstance(tree, Sym) and tree.index == letter) or any(speaks_of(part, letter) for part in children(tree))


def _agree(left: Expr, right: Expr, points: Sequence[Evaluation], whole: bool, added: bool, worth: Worth) -> bool | None:
    """Return whether two formulas have the same value at every point; None where they have none at a point."""
    assert worth.measure is not None
    letter = worth.measure.letter
    several = speaks_of(left, letter) or speaks_of(right, letter)
    try:
        for point in points:
            env = environment_of(point, whole)
            envs = [env.over(letter, sample) for sample in range(1, env.samples + 1)] if several else [env]
            ours, theirs = ([value_in(side, at) for at in envs] for side in (left, right))
            if added:
                ours, theirs = ours[:1], [arithmetic.add_up(theirs)]
            if not all(arithmetic.near(a, b, SAME) for a, b in zip(ours, theirs, strict=True)):
                return False
    except (UnknownValueError, DomainError, LookupError):
        return None
    return bool(points)


def misses_sum(label: Expr, tree: Expr, worth: Worth) -> bool:
    """Tell whether a formula differs from sample to sample, and what it is said to be does not.

    What its names mean need not be known, where they stand in a function's argument.
    """
    measure = worth.measure
    if measure is None or not isinstance(label, Partial) or all(map(factors_of, terms_of(tree))):
        return False
    meant = measure.resolved(label)
    if meant is None or speaks_of(meant, measure.letter):
        return False
    found = False
    for node in _outside_functions(tree):
        part = measure.resolved(node) if isinstance(node, (Sym, Partial)) else None
        if part is None and isinstance(node, (Sym, Partial)):
            return False
        found = found or (part is not None and speaks_of(part, measure.letter))
    return found


def _outside_functions(tree: Expr) -> Iterator[Expr]:
    yield tree
    if not isinstance(tree, (Call, Prime, SumOver, Partial)):
        for part in children(tree):
            yield from _outside_functions(part)


def has_numbers_for_names(label: Expr, tree: Expr, worth: Worth) -> bool:
    """Tell whether numbers stand in a formula that a formula in symbols does not have.

    They are decimals, any in a definition, and a value for a name to which the spec gives none.
    """
    measure = worth.measure
    meant = measure.resolved(label) if measure is not None and isinstance(label, Sym) else None
    quantity = measure.evaluation.graph.quantities.get(meant.name) if measure is not None and isinstance(meant, Sym) else None
    if quantity is None or quantity.definition is None:
        given = quantity is not None and not any(isinstance(node, Sym) for node in walk(tree))
        return given or any(judging.decimals([tree]))
    own = {node.value for node in walk(quantity.definition) if isinstance(node, Num)}
    return any(isinstance(node, Num) and node.value not in own for node in walk(tree))
