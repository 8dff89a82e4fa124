"""What holds for every layer l, said once: found by comparing the layers' own lines, and checked for each l there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from derivgen.derivation.matrices import Layered
from derivgen.lines.equality import Equality, equality
from derivgen.lines.matrix_board import Claim
from derivgen.maths.tree import Expr, MatrixSym, Sized, rebuild, walk

INDEX = "l"


def general(lines: Iterable[tuple[int, Claim]]) -> Equality | None:
    """The one line that lines of several layers, each with its layer's number, are instances of; None if there is none.

    A further form of the right side, in which the layers differ (a column of ones as long as the layer), is left out.
    """
    made = [[_relative(_without_sizes(side), number) for side in claim.symbolic.sides] for number, claim in lines]
    shared = [sides[0] for sides in takewhile(_all_equal, zip(*made, strict=False))]
    if len(made) < 2 or len(shared) < min(3, *map(len, made)):
        return None
    return equality(("matrix general",), *shared)


def _all_equal(sides: tuple[Expr, ...]) -> bool:
    return all(side == sides[0] for side in sides)


def _without_sizes(expr: Expr) -> Expr:
    return _without_sizes(expr.content) if isinstance(expr, Sized) else rebuild(expr, _without_sizes)


def _relative(expr: Expr, number: int) -> Expr:
    """The expression with each layer counted from this one: W³ seen from layer 2 is W^{l+1}."""
    if isinstance(expr, MatrixSym) and isinstance(expr.layer, int):
        away = expr.layer - number
        return MatrixSym(expr.letter, f"{INDEX}{away:+d}" if away else INDEX)
    return rebuild(expr, lambda part: _relative(part, number))


def instances(line: Equality, layered: Layered) -> Iterator[Equality]:
    """A general line for each layer that has all the matrices named in it."""
    named = [n for side in line.sides for n in walk(side) if isinstance(n, MatrixSym) and isinstance(n.layer, str)]
    for layer in layered.layers:
        if all(_at(symbol, layer.number) in layered.names for symbol in named):
            yield replace(line, sides=tuple(_at(side, layer.number) for side in line.sides))


def _at(expr: Expr, number: int) -> Expr:
    if isinstance(expr, MatrixSym) and isinstance(expr.layer, str):
        return MatrixSym(expr.letter, number + int(expr.layer.removeprefix(INDEX) or 0))
    return rebuild(expr, lambda part: _at(part, number))
