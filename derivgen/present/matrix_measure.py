"""How wide and how high matrices print: beside `derivgen.present.matrix_print`, node by node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivgen.maths.tree import (
    Diagonal,
    Entry,
    Expr,
    Hadamard,
    HadamardQuotient,
    MatMul,
    MatrixPartial,
    MatrixSym,
    Ones,
    Size,
    Sized,
    Sym,
    Transpose,
    entry_index,
    entry_symbol,
    size_symbol,
)
from derivgen.present.boxes import WIDTH, Box, digits, fraction, halves, operator, row, script, scripts, sign, space, word

BELOW = 0.75  # em from the line a factor stands on to the size below it


def _factors(ruler: Any, factors: tuple[Expr, ...], level: int, position: str, between: Box) -> Box:
    parts: list[Box] = []
    for place, factor in enumerate(factors):
        parts += [*([between] if place else []), ruler.box(factor, level, position, place == 0)]
    return row(parts)


def _symbol(ruler: Any, e: MatrixSym, level: int) -> Box:
    if not isinstance(e.layer, str):
        return ruler.name(e.symbol, level)
    return scripts(ruler.name(Sym(e.letter), level), word(e.layer, script(level)), None, level, letter=True)


def _matmul(ruler: Any, e: MatMul, level: int) -> Box:
    return _factors(ruler, e.factors, level, "matrix factor", space(3, level))


def _hadamard(ruler: Any, e: Hadamard, level: int) -> Box:
    return _factors(ruler, e.factors, level, "entrywise factor", operator(0.778, level))


def _quotient(ruler: Any, e: HadamardQuotient, level: int) -> Box:
    over, under = ruler.box(e.over, level, "entrywise factor"), ruler.box(e.under, level, "matrix factor", False)
    return row((over, operator(0.778, level), under))


def _partial(ruler: Any, e: MatrixPartial, level: int) -> Box:
    if ruler.style.derivative == "prime" and not e.direct:
        mark = word("'", script(level))
        return scripts(ruler.name(Sym(e.of.name), level), mark, ruler.box(e.by, script(level)), level)
    low = halves(level)
    curl = Box(0.587 * WIDTH[low], 0.7 * WIDTH[low], 0.0)
    plus = (sign(0.5, script(low)),) if e.direct else ()
    return fraction(row((curl, *plus, ruler.name(e.of, low))), row((curl, ruler.box(e.by, low))), level)


def _transpose(ruler: Any, e: Transpose, level: int) -> Box:
    return scripts(ruler.box(e.arg, level, "base"), sign(0.778, script(level)), None, level)


def _ones(ruler: Any, e: Ones, level: int) -> Box:
    if (e.rows, e.columns) == (1, 1):
        return digits("1", level)
    one = Box(0.575 * WIDTH[level], 0.65, 0.0)
    return scripts(one, sign(0.778, script(level)), None, level) if e.rows == 1 else one


def _entry(ruler: Any, e: Entry, level: int) -> Box:
    named = entry_symbol(e)
    if named is not None:
        return ruler.name(named, level)
    return scripts(ruler.box(e.matrix, level, "base"), None, digits(entry_index(e), script(level)), level)


def _sized(ruler: Any, e: Sized, level: int) -> Box:
    inner = ruler.box(e.content, level)
    small = 3
    label = row((_length(ruler, e.rows, small), sign(0.778, small), _length(ruler, e.columns, small)))
    return Box(max(inner.width, label.width), inner.up, inner.down + BELOW)


def _length(ruler: Any, size: Size, level: int) -> Box:
    named = size_symbol(size)
    return digits(str(size), level) if named is None else ruler.name(named, level)


BOXES: dict[type, Callable[..., Box]] = {
    MatrixSym: _symbol,
    MatrixPartial: _partial,
    MatMul: _matmul,
    Hadamard: _hadamard,
    HadamardQuotient: _quotient,
    Transpose: _transpose,
    Diagonal: lambda ruler, e, level: row((word("diag", level), ruler.arguments((e.arg,), level))),
    Ones: _ones,
    Entry: _entry,
    Sized: _sized,
}
"""How large each kind of matrix prints; `ruler` is the one that measures."""
