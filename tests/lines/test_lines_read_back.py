"""Lines as text, read again by the oracle: the symbols hold, and the figures that stand there lead to the figures that follow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import pytest

from derivgen.derivation.derive import derive
from derivgen.errors import SpecError
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.equality import Equality
from derivgen.lines.every import every_line
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Marked, Num, Partial, Shown, SumOver, Sym, walk
from derivgen.spec.load import loads
from tests.derivation.comparing import line, respelled
from tests.derivation.random_specs import Maker
from tests.oracle import MP, Answer, NoValueError, mp, parse, solve

NUMERIC = ("value", "adjoint value", "forward", "factor value", "sample")


def evaluation_of(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def readable(side: Expr) -> bool:
    """Whether a side can be written in the expression language: no partials, no indices, no Σ."""
    return not any(
        isinstance(node, (Partial, SumOver)) or (isinstance(node, Sym) and node.index is not None) for node in walk(side)
    )


def has(side: Expr, kind: type) -> bool:
    return any(isinstance(node, kind) for node in walk(side))


def texts(line_: Equality) -> Iterator[tuple[Expr, str]]:
    """The readable sides and their text."""
    return ((side, plain(side)) for side in line_.sides if readable(side))


def single_spec(seed: int) -> tuple[str, Answer] | None:
    """A made-up spec of one sample with tame values, and the oracle's answer; None where there is none."""
    text = Maker(seed).single()
    try:
        found = solve(text)
    except NoValueError:
        return None
    sizes = [abs(mp(x)) for part in (found.values, found.gradients) for column in part.values() for x in column]
    return (text, found) if max(sizes) < 1e9 and min(size for size in sizes if size) > 1e-30 else None


def misread(text: str, found: Answer) -> list[str]:
    """What does not hold when the lines are read as text."""
    _, _, obj = line(text)
    own = respelled(obj, found)
    wrong = []
    for each in every_line(evaluation_of(text)):
        if each.about[0] in ("definition", "factor", "product", "adjoint", "factored"):
            wrong += _symbols(each, own)
        elif each.about[0] in NUMERIC:
            wrong += _figures(each, own)
    return wrong


def _symbols(each: Equality, own: Answer) -> list[str]:
    """All sides have one value."""
    values = [(text, mp(own.expression(text, 0))) for _, text in texts(each)]
    return [
        f"{each.about}: {first} is not {text}"
        for (first, a), (text, b) in pairwise(values)
        if abs(a - b) > MP.mpf(10) ** -30 * (1 + abs(a))
    ]


def _figures(each: Equality, own: Answer) -> list[str]:
    """The figures of the last side but one come to those of the last, unless it has a mark."""
    before, last = each.sides[-2:]
    if not readable(before) or has(before, Sym) or has(last, Marked) or not isinstance(last, (Num, Shown)):
        return []
    again, printed = mp(own.expression(plain(before), 0)), plain(last)
    unit = MP.mpf(10) ** -len(printed.partition("e")[0].partition(".")[2]) * MP.mpf(10) ** int(printed.partition("e")[2] or 0)
    slack = unit / 2 if isinstance(last, Shown) else abs(again) * MP.mpf(10) ** -5
    right = abs(again - mp(own.expression(f"({printed})", 0))) <= slack * (1 + MP.mpf(10) ** -50)
    return [] if right or _whole_end(printed) else [f"{each.about}: {plain(before)} is {MP.nstr(again, 12)}, not {printed}"]


def _whole_end(printed: str) -> bool:
    """A rounded number that ends in zeros before its point has no last digit to be read off."""
    return "." not in printed and "e" not in printed and printed.endswith("0")


@pytest.mark.parametrize("seed", range(20_000, 20_060))
def test_made_up_lines_read_back(seed: int) -> None:
    made = single_spec(seed)
    try:
        assert made is None or misread(*made) == [], made[0]
    except SpecError:
        pytest.fail(made[0] if made else "")


@pytest.mark.parametrize("digits", [2, 3, 4, 6])
def test_the_figures_of_a_deep_chain(digits: int) -> None:
    text = f"""
equations: |
  z = w*x + b
  a = sig(z)
  u = v*a + c
  p = tanh(u)
  L = 1/2*(p - y)^2
values: {{w: 0.37, x: 1.9, b: -0.11, v: 2.3, c: 1/7, y: 0.9}}
wrt: ["*"]
numbers: {{digits: {digits}}}
"""
    assert misread(text, solve(text)) == []


def test_a_false_figure_is_seen_here_too() -> None:
    """The reading itself is tried on a line that is false."""
    answer = solve("equations: L = a*b\nvalues: {a: 1/3, b: 3}\n")
    third = Shown(Fraction(1, 3), "0.333", False)
    assert _figures(Equality(("value", "a"), (Sym("L"), Num(Fraction(2)), third), ("=", "≈"), True), answer)
    assert _symbols(Equality(("definition", "L"), (Sym("L"), Sym("a")), ("=",)), answer)
    assert parse("a*b") is not None
