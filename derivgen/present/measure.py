"""How wide and how high an expression prints, without TeX: TeX's own rules for spaces, scripts and fractions, rounded up.

It follows `derivgen.present.latex` node by node. The estimate stays within a few per cent of what pdfTeX sets
(`tests/maths/test_measure.py` holds measured widths).
"""

from __future__ import annotations

from functools import lru_cache

from derivgen.maths.style import Style, unfold
from derivgen.maths.tree import Expr, spelling
from derivgen.present.boxes import DISPLAY, TEXT, Box
from derivgen.present.ruler import LINE, Ruler

MOST_KEPT = 4096
"""How many formulas are remembered with what they measure: a page has some hundreds, the next one mostly the same."""


def width_em(expr: Expr, style: Style = Style(), *, inline: bool = False) -> float:  # noqa: B008 - frozen
    """The width in em as a displayed formula, or within a line of text when `inline`.

    >>> from derivgen.maths.tree import Sym
    >>> round(width_em(Sym("W_13")), 1)
    1.9
    """
    return extent(expr, style, inline=inline).width


def height_lines(expr: Expr, style: Style = Style(), *, inline: bool = False) -> float:  # noqa: B008
    """The height in lines of text (1 for a plain symbol, about 1.7 for a displayed fraction), at least 1.

    >>> from derivgen.maths.tree import Sym
    >>> height_lines(Sym("x_1"))
    1.0
    """
    box = extent(expr, style, inline=inline)
    return (max(box.up, 0.84) + max(box.down, 0.36)) / LINE


def extent(expr: Expr, style: Style = Style(), *, inline: bool = False) -> Box:  # noqa: B008
    """The width and what rises and hangs, in em, as a displayed formula or within a line of text."""
    key = (id(expr), id(style), inline)
    known = _measured.get(key)
    if known is None:
        if len(_measured) >= MOST_KEPT:
            _measured.clear()
        known = _measured[key] = (_extent(expr, spelling(expr), style, inline), expr, style)
    return known[0]


_measured: dict[tuple[int, int, bool], tuple[Box, Expr, Style]] = {}
"""What these very objects measure: they are kept beside it, so that no other takes their place."""


@lru_cache(maxsize=MOST_KEPT)
def _extent(expr: Expr, spelled: tuple[object, ...], style: Style, inline: bool) -> Box:
    """The same, remembered for all that prints alike."""
    return Ruler(style).box(unfold(expr, style), TEXT if inline else DISPLAY)
