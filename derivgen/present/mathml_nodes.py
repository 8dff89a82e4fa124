"""How matrices and index notation print in MathML, node by node beside `matrix_print.py` and `index_print.py`."""

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
    Indexed,
    IndexedPartial,
    Labelled,
    MatMul,
    MatrixPartial,
    MatrixSym,
    Ones,
    Size,
    Sized,
    Sym,
    Transpose,
    UnitCount,
    entry_index,
    entry_symbol,
    size_symbol,
)
from derivgen.present.mathml_marks import MINUS, PARTIAL, PLUS, THIN, TIMES, fence, one, operator, row, space, word
from derivgen.present.mathml_names import COMMA, letters, mathml_name, scripted

TOP = '<mo lspace="0" rspace="0">⊤</mo>'
FRAME = "border:1px solid;padding:0.2em 0.25em"


def script_row(text: str) -> str:
    """What stands above or below a letter: `L-1`, `l+1`, `mn`, `12,3`, each sign and letter an element.

    >>> script_row("L-1")
    '<mi>L</mi><mo form="infix" lspace="0" rspace="0">−</mo><mn>1</mn>'
    """
    parts: list[str] = []
    digits = ""
    for c in (*text, ""):
        if c.isdecimal():
            digits += c
            continue
        if digits:
            parts.append(f"<mn>{digits}</mn>")
            digits = ""
        if c:
            parts.append(_MARKS.get(c) or letters(c))
    return "".join(parts)


_MARKS = {sign: f'<mo form="infix" lspace="0" rspace="0">{shown}</mo>' for sign, shown in (("-", MINUS), ("+", PLUS))} | {
    ",": COMMA
}


def _matrix_symbol(p: Any, e: MatrixSym) -> str:
    if isinstance(e.layer, str):
        return scripted(one(p.name(Sym(e.letter))), "", script_row(e.layer))
    return p.name(e.symbol)


def _matrix_partial(p: Any, e: MatrixPartial) -> str:
    by = p.show(e.by, "whole")
    if p.style.derivative == "prime" and not e.direct:
        return p.primed(p.name(Sym(e.of.name)), by)
    head = f"<msup>{PARTIAL}<mo>+</mo></msup>" if e.direct else PARTIAL
    return f"<mfrac>{row(head + p.name(e.of))}{row(PARTIAL + by)}</mfrac>"


def _joined(p: Any, factors: tuple[Expr, ...], position: str, sign: str) -> str:
    return sign.join(p.show(factor, position, place == 0) for place, factor in enumerate(factors))


def _quotient(p: Any, e: HadamardQuotient) -> str:
    return p.show(e.over, "entrywise factor") + operator("⊘") + p.show(e.under, "matrix factor", False)


def _ones(p: Any, e: Ones) -> str:
    """1 for a single one, 𝟏ᵀ for a row of them, else 𝟏."""
    if (e.rows, e.columns) == (1, 1):
        return "<mn>1</mn>"
    return f"<msup><mn>𝟏</mn>{TOP}</msup>" if e.rows == 1 else "<mn>𝟏</mn>"


def _entry(p: Any, e: Entry) -> str:
    named = entry_symbol(e)
    if named is not None:
        return p.name(named)
    return scripted(p.one(e.matrix, "base"), script_row(entry_index(e).replace("_", ",")))


def _length(p: Any, size: Size) -> str:
    named = size_symbol(size)
    return f"<mn>{size}</mn>" if named is None else p.name(named)


def _sized(p: Any, e: Sized) -> str:
    below = f'<mrow scriptlevel="2">{_length(p, e.rows)}<mo>×</mo>{_length(p, e.columns)}</mrow>'
    return f"<munder>{p.one(e.content)}{below}</munder>"


def _indexed(p: Any, e: Indexed) -> str:
    below = COMMA.join(script_row(part) for part in e.below)
    return scripted(one(mathml_name(e.letter)), below, script_row(e.above) if e.above else "")


def _count(p: Any, e: UnitCount) -> str:
    return f"<mn>{e.size}</mn>" if e.size is not None else scripted(letters(e.letter), script_row(e.layer.text))


def _indexed_partial(p: Any, e: IndexedPartial) -> str:
    of, by = p.bare(e.of), p.bare(e.by)
    if p.style.derivative == "prime":
        whole = of if isinstance(e.of, Sym) else fence("(", "prefix", False) + of + fence(")", "postfix", False)
        return p.primed(whole, by)
    return f"<mfrac>{row(PARTIAL + of)}{row(PARTIAL + by)}</mfrac>"


def _labelled(p: Any, e: Labelled) -> str:
    below = row((word(e.words + "\u00a0") if e.words else "") + p.show(e.label, "whole"))
    boxed = f'<mrow style="{FRAME}">{p.show(e.content, "whole")}</mrow>'
    return f"{space(THIN)}<munder>{boxed}{below}</munder>{space(THIN)}"


MATHML: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        MatrixSym: _matrix_symbol,
        MatrixPartial: _matrix_partial,
        MatMul: lambda p, e: _joined(p, e.factors, "matrix factor", operator(TIMES) + space(THIN)),
        Hadamard: lambda p, e: _joined(p, e.factors, "entrywise factor", operator("⊙")),
        HadamardQuotient: _quotient,
        Transpose: lambda p, e: f"<msup>{p.one(e.arg, 'base')}{TOP}</msup>",
        Diagonal: lambda p, e: "<mi>diag</mi>" + operator("&#x2061;") + p.arguments((e.arg,)),
        Ones: _ones,
        Entry: _entry,
        Sized: _sized,
        Indexed: _indexed,
        UnitCount: lambda p, e: (
            f"<mn>{e.size}</mn>" if e.size is not None else scripted(letters(e.letter), script_row(e.layer.text))
        ),
        IndexedPartial: _indexed_partial,
        Labelled: _labelled,
    }
)
"""How each kind of node prints in MathML; `p` is the printer."""
