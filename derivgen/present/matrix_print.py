r"""How matrices print, in LaTeX: W² a¹, (W³)ᵀ δ³ ⊙ g'(z²), sizes below the factors."""

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
    entry_index,
    entry_symbol,
    size_symbol,
)


def _joined(p: Any, factors: tuple[Expr, ...], position: str, sign: str) -> str:
    return sign.join(p.show(factor, position, place == 0) for place, factor in enumerate(factors))


def _ones(expr: Ones, ones: str, transposed: str) -> str:
    """1 for a single one, 𝟏ᵀ for a row of them, else 𝟏."""
    if (expr.rows, expr.columns) == (1, 1):
        return "1"
    return ones + (transposed if expr.rows == 1 else "")


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
