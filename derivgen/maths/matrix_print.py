r"""How matrices print, in LaTeX and on one line: W² a¹, (W³)ᵀ δ³ ⊙ g'(z²), sizes below the factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
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
)


def entry_symbol(expr: Entry) -> Sym | None:
    """An entry of a lettered matrix as a name with indices (W²₁₂, δ³₁), None of any other matrix."""
    if not isinstance(expr.matrix, MatrixSym):
        return None
    return Sym(expr.matrix.symbol.name + "_" + entry_index(expr))


def entry_index(expr: Entry) -> str:
    """`12`, or `10_3` as soon as one of the two has two digits; of a column the row alone."""
    if expr.column is None:
        return str(expr.row)
    return f"{expr.row}{expr.column}" if max(expr.row, expr.column) < 10 else f"{expr.row}_{expr.column}"


def size_symbol(size: Size) -> Sym | None:
    """A size that is only named."""
    return Sym(size) if isinstance(size, str) else None


def _joined(p: Any, factors: tuple[Expr, ...], position: str, sign: str) -> str:
    return sign.join(p.show(factor, position, place == 0) for place, factor in enumerate(factors))


def _ones(expr: Ones, ones: str, transposed: str) -> str:
    """1 for a single one, 𝟏ᵀ for a row of them, else 𝟏."""
    if (expr.rows, expr.columns) == (1, 1):
        return "1"
    return ones + (transposed if expr.rows == 1 else "")


# --- LaTeX ----------------------------------------------------------------------------------------------------------------


def _partial(p: Any, e: MatrixPartial) -> str:
    by = p.show(e.by, "whole")
    if p.style.derivative == "prime" and not e.direct:
        return rf"{p.primed(Sym(e.of.name))}'_{{{by}}}"
    plus = "^{+} " if e.direct else " "
    return rf"\frac{{\partial{plus}{p.name(e.of)}}}{{\partial {by}}}"


def _entry(p: Any, e: Entry) -> str:
    named = entry_symbol(e)
    if named is not None:
        return p.name(named)
    return rf"{p.show(e.matrix, 'base')}_{{{entry_index(e).replace('_', ',')}}}"


def _length(p: Any, size: Size) -> str:
    named = size_symbol(size)
    return str(size) if named is None else p.name(named)


def _line_sized(p: Any, e: Sized) -> str:
    shown = p.show(e.content, "whole")
    return f"{shown}{p.signs.sizes[0]}{e.rows}×{e.columns}{p.signs.sizes[1]}" if p.signs.sizes else shown


def _sized(p: Any, e: Sized) -> str:
    lengths = rf"{_length(p, e.rows)} \times {_length(p, e.columns)}"
    return rf"\underset{{\scriptscriptstyle {lengths}}}{{{p.show(e.content, 'whole')}}}"


LATEX: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        MatrixSym: lambda p, e: f"{p.name(Sym(e.letter))}^{{{e.layer}}}" if isinstance(e.layer, str) else p.name(e.symbol),
        MatrixPartial: _partial,
        MatMul: lambda p, e: _joined(p, e.factors, "matrix factor", r" \, "),
        Hadamard: lambda p, e: _joined(p, e.factors, "entrywise factor", r" \odot "),
        HadamardQuotient: lambda p, e: rf"{p.show(e.over, 'entrywise factor')} \oslash {p.show(e.under, 'matrix factor', False)}",
        Transpose: lambda p, e: rf"{p.show(e.arg, 'base')}^{{\top}}",
        Diagonal: lambda p, e: r"\operatorname{diag}" + p.arguments((e.arg,)),
        Ones: lambda p, e: _ones(e, r"\mathbf{1}", r"^{\top}"),
        Entry: _entry,
        Sized: _sized,
    }
)
"""How each kind of matrix prints in LaTeX; `p` is the printer."""


# --- on one line ----------------------------------------------------------------------------------------------------------


def _line_partial(p: Any, e: MatrixPartial) -> str:
    plus = p.signs.plus if e.direct else ""
    return f"{p.signs.partial}{plus}{p.symbol(e.of)}/{p.signs.partial}{p.show(e.by, 'whole')}"


def _line_entry(p: Any, e: Entry) -> str:
    named = entry_symbol(e)
    return p.symbol(named) if named is not None else f"{p.show(e.matrix, 'base')}_{entry_index(e)}"


def _line_quotient(p: Any, e: HadamardQuotient) -> str:
    return p.show(e.over, "entrywise factor") + p.signs.oslash + p.show(e.under, "matrix factor", False)


LINE: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        MatrixSym: lambda p, e: p.symbol(Sym(e.letter)) + p.raised(e.layer) if isinstance(e.layer, str) else p.symbol(e.symbol),
        MatrixPartial: _line_partial,
        MatMul: lambda p, e: _joined(p, e.factors, "matrix factor", p.signs.matmul),
        Hadamard: lambda p, e: _joined(p, e.factors, "entrywise factor", p.signs.odot),
        HadamardQuotient: _line_quotient,
        Transpose: lambda p, e: p.show(e.arg, "base") + p.signs.transposed,
        Diagonal: lambda p, e: "diag" + p.arguments((e.arg,)),
        Ones: lambda p, e: _ones(e, p.signs.ones, p.signs.transposed),
        Entry: _line_entry,
        Sized: _line_sized,
    }
)
"""How each kind of matrix prints on one line; its size where the notation has signs for it."""
