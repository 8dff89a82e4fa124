"""What a chain of sides defines: its names have the value of its last figure, and unrounded that of its first side."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from derivgen.claims import judging
from derivgen.claims.figures import figure_of
from derivgen.claims.said import SAME, Known
from derivgen.claims.sides import Side
from derivgen.claims.worth import Worth
from derivgen.frozen import replace
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number
from derivgen.maths.tree import Call, Expr, Sym, children


def define(sides: Sequence[Side], right: Number | None, approximate: bool, line: int, worth: Worth) -> tuple[str, ...]:
    """Give the names of a chain their values; return those names. `right` is what would be right where the chain is false."""
    labels = [side for side in sides if side.is_label]
    values = [side for side in sides if not side.is_label and side.trees and worth.number(side) is not None]
    if not labels:
        return ()
    worth.said.derivatives.update({side.partial: None for side in labels if side.partial is not None})
    for left, right_side in pairwise(side for side in sides if not side.is_label and side.trees):
        worth.said.put_in.update(put_in(left.trees[0], right_side.trees[0]) or {})
    formula = next((side.trees[0] for side in sides if not side.is_label and side.has_names), None)
    if formula is not None:
        names = judging.names_in(formula)
        worth.said.formulas.update({side.name: formula for side in labels if side.name and side.name not in names})
    if values:
        alone = len(values) == 1 and values[0].figure is not None
        given = alone and len(sides) == len(labels) + 1 and not approximate
        known = _known(values, right, given, line, worth)
    else:
        other = next((found for side in labels if (found := worth.said.value_of(side.name))), None)
        if len(labels) < 2 or other is None or worth.said.find(labels[0].name):
            if any(side.reason or side.trees for side in sides if not side.is_label):
                worth.said.forget(labels)
            return ()
        known = replace(other, line=line)
    worth.said.define((side for side in labels if not worth.in_every_sample(side)), known)
    return tuple(side.name for side in labels)


def put_in(formula: Expr, other: Expr) -> dict[str, Fraction] | None:
    """Return the numbers that stand for names in a formula of the same form; None where it is of another form.

    >>> from derivgen.maths.tree import Num, Product, Sum, Sym
    >>> two, three = Num(Fraction(2), "2"), Num(Fraction(3), "3")
    >>> put_in(Sum((Product((Sym("w"), Sym("x"))), Sym("b"))), Sum((Product((two, three)), two)))
    {'w': Fraction(2, 1), 'x': Fraction(3, 1), 'b': Fraction(2, 1)}
    >>> put_in(Sum((Sym("w"), two)), Sum((two, three))) is None
    True
    """
    if isinstance(formula, Sym):
        figure = figure_of(other)
        return None if figure is None else {formula.name: figure.value}
    parts, others = tuple(children(formula)), tuple(children(other))
    named = isinstance(formula, Call) and isinstance(other, Call) and formula.function != other.function
    if type(formula) is not type(other) or len(parts) != len(others) or named or (not parts and formula != other):
        return None
    found: dict[str, Fraction] = {}
    for part, number in zip(parts, others, strict=True):
        made = put_in(part, number)
        if made is None or any(found.get(name, value) != value for name, value in made.items()):
            return None
        found |= made
    return found


def _known(values: Sequence[Side], right: Number | None, given: bool, line: int, worth: Worth) -> Known:
    said, first, last = worth.said, values[0].figure, values[-1].figure
    alone = len(values) == 1 and first is not None
    printed, exact = worth.number(values[-1]), right if right is not None else worth.best(values[0])
    assert printed is not None
    rounded = alone or exact is None or not arithmetic.near(exact, printed, SAME)
    wrong = right is not None or any(map(said.rests_on_wrong, values))
    open_ = last is not None and "." in last.text and not given and rounded and (not wrong or last.digits > 2)
    step = last.unit / 2 if last is not None and open_ else Fraction(0)
    known = Known(printed, printed if alone or exact is None else exact, given, wrong, line, step)
    if alone and first is not None and first.text in said.figures:
        exact, wrong = said.figures[first.text]
        worth_it = wrong and judging.significant(first.text) > 1
        return replace(known, exact=exact if first.value >= 0 else -exact, step=Fraction(0), wrong=worth_it)
    if alone and first is not None and given:
        said.give(first.text)
    return known
