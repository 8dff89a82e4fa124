"""How index notation prints, in LaTeX and on one line: beside the other printers, node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths.tree import Expr, Indexed, IndexedPartial, Labelled, Sym, UnitCount
from derivgen.present.latex_names import latex_name


def _indexed(p: Any, e: Indexed) -> str:
    above = f"^{{{e.above}}}" if e.above else ""
    below = f"_{{{','.join(e.below)}}}" if e.below else ""
    return latex_name(e.letter) + above + below


def _partial(p: Any, e: IndexedPartial) -> str:
    of, by = p.bare(e.of), p.bare(e.by)
    if p.style.derivative == "prime":
        return rf"{p.primed(e.of) if isinstance(e.of, Sym) else f'({of})'}'_{{{by}}}"
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def _labelled(p: Any, e: Labelled) -> str:
    words = rf"\{p.dialect.text}{{{p.dialect.words(e.words)} }}" if e.words else ""
    return rf"\,\underset{{{words}{p.show(e.label, 'whole')}}}{{\boxed{{{p.show(e.content, 'whole')}}}}}\,"


LATEX: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Indexed: _indexed,
        UnitCount: lambda p, e: rf"{e.letter}_{{{e.layer.text}}}" if e.size is None else str(e.size),
        IndexedPartial: _partial,
        Labelled: _labelled,
    }
)
"""How each kind of node prints in LaTeX; `p` is the printer."""
