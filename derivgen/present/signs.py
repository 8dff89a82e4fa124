"""What stands between two factors: a dot, a star, a thin space, or nothing."""

from __future__ import annotations

from derivgen.maths.brackets import Form, form, is_numeric
from derivgen.maths.names import GREEK, is_letter, split
from derivgen.maths.style import is_coefficient, stands_before_bracket
from derivgen.maths.tree import (
    ONE,
    Braces,
    Call,
    Expr,
    Hadamard,
    Indexed,
    MatMul,
    MatrixSym,
    Neg,
    Num,
    Power,
    Prime,
    Product,
    Shown,
    Sum,
    SumOver,
    Sym,
)
from derivgen.present.marks import Mark


def sign_between(left: Expr, right: Expr, notation: str, opening: bool) -> Mark:
    """Return the sign between two neighbours; `opening`: the left one opens the product, so that it may be a coefficient.

    >>> from derivgen.maths.tree import number
    >>> sign_between(number(2), Sym("x"), "dot", True).name, sign_between(number(2), number(3), "juxtapose", True).name
    ('COEFFICIENT', 'DOT')
    >>> sign_between(number(1), Sym("x"), "dot", True).name, sign_between(number(-1), Sym("x"), "dot", True).name
    ('DOT', 'DOT')
    """
    if isinstance(_start(right), SumOver):
        return Mark.BESIDE
    if notation == "star":
        return Mark.STAR
    if notation == "brackets" and in_brackets(right, False):
        return Mark.BESIDE
    left, right = _end(left), _start(right)
    if opening and stands_before_bracket(left, right):
        return Mark.JOINED
    if opening and is_coefficient(left) and left not in (ONE, Num(-ONE.value)) and _follows_number(right):
        if isinstance(right, Braces):
            return Mark.BESIDE
        return Mark.JOINED if form(right) is Form.SUM else Mark.COEFFICIENT
    if notation == "dot" or (is_numeric(left) and is_numeric(right)) or _is_figure(right):
        return Mark.DOT
    return Mark.THIN if _wants_space(left, right) else Mark.BESIDE


def in_brackets(factor: Expr, first: bool) -> bool:
    """Return whether a factor stands in brackets where these are the sign of multiplication: all but names and a first number."""
    return not (isinstance(factor, (Sym, Indexed, Call, Prime, Power, SumOver)) or (first and is_coefficient(factor)))


def _end(expr: Expr) -> Expr:
    """The last factor of a product within a product: what the next sign follows."""
    while isinstance(expr, Product):
        expr = expr.factors[-1]
    return expr


def _start(expr: Expr) -> Expr:
    while isinstance(expr, Product):
        expr = expr.factors[0]
    return expr


def _is_figure(expr: Expr) -> bool:
    """Whether the expression is printed with a figure at its left end."""
    return isinstance(expr, (Num, Shown)) or (isinstance(expr, Power) and _is_figure(expr.base))


def _follows_number(expr: Expr) -> bool:
    """Whether a coefficient may stand directly before it: `2x`, `2(y - z)`, but `2 · 3`, `2 · ∂y/∂x`."""
    if isinstance(expr, Power):
        return _follows_number(expr.base)
    if isinstance(expr, (MatMul, Hadamard)):
        return _follows_number(expr.factors[0])
    return isinstance(expr, (Sym, Indexed, MatrixSym, Sum, Call, Prime, Braces)) and not is_numeric(expr)


def _wants_space(left: Expr, right: Expr) -> bool:
    """Whether two factors side by side need a thin space: words, and a name before a bracket."""
    if isinstance(left, (Call, Prime)) and form(right) is not Form.SUM:
        return True
    if form(left) is Form.FRACTION and form(right) is Form.FRACTION:
        return True
    if isinstance(left, Sym) and isinstance(right, Sym):
        return _is_word(left) or _is_word(right)
    return isinstance(left, (Sym, Indexed)) and isinstance(right, (Sum, Neg))


def _is_word(sym: Sym) -> bool:
    base = split(sym.name).base
    return not (is_letter(base) or base in GREEK)
