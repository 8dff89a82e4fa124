"""Expressions printed for pages whose lines are broken before they are set: in a dialect of LaTeX, or in Typst."""

from __future__ import annotations

from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present import latex, typst
from derivgen.present.boxes import Box
from derivgen.present.build import present


def formula(expr: Expr, style: Style) -> str:
    """Return the expression in the dialect of the style, for use within mathematics."""
    return printed(present(expr, style), style.dialect)


def printed(box: Box, dialect: str) -> str:
    """Return a box in a dialect of `derivgen.present.dialects`."""
    return typst.shown(box) if dialect == "typst" else latex.printed(box, dialect)
