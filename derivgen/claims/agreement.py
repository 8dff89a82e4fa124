"""Do two sides agree: as printed, with nothing rounded on the way, or as nearly as rounded figures in them allow?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivgen.claims import judging
from derivgen.claims.figures import Figure
from derivgen.claims.judging import Match, against_figure
from derivgen.claims.said import SAME
from derivgen.claims.sides import Side
from derivgen.claims.worth import BY_SPEC, PRINTED, UNROUNDED, Worth
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number, real
from derivgen.maths.tree import Expr

CARRIED_ON = "with the figures before it carried unrounded"
MOST_OFF, MOST_UNITS = Fraction(1, 200), 5
"""How far a figure may be from the spec's value if others before it were rounded: of the value, and in its last digit."""
BY_ROUNDING = "as near as the rounded figures in it allow"


def compared(left: Side, side: Side, approximate: bool, worth: Worth) -> tuple[Match | None, Number, Figure | None]:
    """Return how two sides agree (None: not at all), the value, and the figure it was compared with.

    At least one tree of a side has a value.
    """
    flipped = side.figure is None or (left.figure is not None and left.figure.unit > side.figure.unit)
    of, other = (side, left) if flipped and left.figure is not None else (left, side)
    first: Number | None = None
    for tree in of.trees:
        value = worth.value(tree)
        if value is None:
            continue
        first = value if first is None else first
        match = _with_figure(tree, other.figure, approximate, worth) if other.figure else _with_trees(tree, other, worth)
        if match is not None:
            return match, value, other.figure
    assert first is not None
    crossed = [value for tree in of.trees if other.figure and (value := _crossed(tree, other.figure, worth)) is not None]
    return None, (crossed or [first])[0], other.figure


def _with_figure(tree: Expr, figure: Figure, approximate: bool, worth: Worth) -> Match | None:
    for using in (*UNROUNDED, BY_SPEC):
        value = worth.value(tree, using)
        match = against_figure(value, figure, approximate) if value is not None else None
        if match is not None:
            return match if not using.exact else Match(False, f"{match.how or 'right'}, {CARRIED_ON}")
    if _crossed(tree, figure, worth) is not None:
        return None
    # of names, what is worked out on the way is rounded as well
    open_ = _slack(tree, worth.said.rounded(tree), worth) + 2 * _slack(tree, worth.said.steps(tree), worth)
    off = abs(real(arithmetic.add(worth.worked_out(tree), -figure.value)))
    return Match(False, BY_ROUNDING) if open_ and off <= open_ + real(figure.unit) / 2 else None


def _crossed(tree: Expr, figure: Figure, worth: Worth) -> Number | None:
    """The value, with the printed forerunners or unrounded ones, of which a figure has two digits in each other's places."""
    values = (worth.value(tree, using) for using in (BY_SPEC, *reversed(UNROUNDED)))
    return next((value for value in values if value is not None and judging.crossed(value, figure)), None)


def _with_trees(tree: Expr, other: Side, worth: Worth) -> Match | None:
    for against in other.trees:
        for using in (*UNROUNDED, BY_SPEC):
            a, b = worth.value(tree, using), worth.value(against, using)
            if a is not None and b is not None and arithmetic.near(a, b, SAME):
                return Match(False, CARRIED_ON) if using.exact else Match(True)
        a, b = worth.value(tree), worth.value(against)
        if a is None or b is None:
            continue
        mine, theirs = judging.decimals([tree]), judging.decimals([against])
        fresh = {text: judging.unit_of(text) / 2 for text in theirs if text not in mine and judging.significant(text) > 1}
        old = {text: judging.unit_of(text) / 2 for text in mine if text not in theirs and judging.significant(text) > 3}
        if not judging.has_names(tree):
            fresh = {text: step for text, step in fresh.items() if text not in worth.said.givens}
        open_ = _slack(against, fresh, worth) + _slack(tree, old | worth.said.steps(tree), worth)
        for using in (PRINTED, UNROUNDED[-1], BY_SPEC):
            a = worth.value(tree, using)
            if a is not None and abs(real(arithmetic.add(a, -b))) <= open_:
                return Match(False, BY_ROUNDING)
    return None


def _slack(tree: Expr, varied: Mapping[str, Fraction], worth: Worth) -> Number:
    return judging.slack(tree, varied, worth.worked_out)


def near(wanted: Number, side: Side, given: bool, worth: Worth) -> Match | None:
    """Return how a side agrees with the spec's value; figures that were rounded on the way may differ a little.

    A value that is `given` is not worked out: it is the same or it is not.
    """
    if side.figure is not None:
        match = against_figure(wanted, side.figure, True)
        off, unit = abs(real(arithmetic.add(wanted, -side.figure.value))), side.figure.unit
        allowed = min(abs(real(wanted)) * real(MOST_OFF), real(MOST_UNITS * unit))
        if match is None and not given and unit < 1 and off <= allowed and not judging.crossed(wanted, side.figure):
            return Match(False, "as near to the spec's value as figures rounded before it allow")
        return match
    for tree in side.trees:
        found = worth.value(tree, PRINTED)
        if found is None:
            continue
        for using in (*UNROUNDED, BY_SPEC):
            value = worth.value(tree, using)
            if value is not None and arithmetic.near(wanted, value, SAME):
                return Match(False, CARRIED_ON) if using.exact else Match(True)
        fresh = {text: judging.unit_of(text) / 2 for text in judging.decimals([tree]) if text not in worth.said.givens}
        off, allowed = abs(real(arithmetic.add(wanted, -found))), abs(real(wanted)) * real(MOST_OFF)
        if off <= _slack(tree, fresh | worth.said.steps(tree), worth) or (_rests_on_file(tree, worth) and off <= allowed):
            return Match(False, "as near to the spec's value as the rounded figures in it allow")
    return None


def _rests_on_file(tree: Expr, worth: Worth) -> bool:
    """Tell whether decimals stand in a formula, or a name whose value is the file's: they may be rounded."""
    measure = worth.measure
    return any(judging.decimals([tree])) or any(measure is None or measure.find(name) is None for name in judging.names_in(tree))
