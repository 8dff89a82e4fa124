"""Mathematics → the expression language itself: what an author could have typed, and the grammar reads again."""

from __future__ import annotations

from derivgen.maths.brackets import Form, form, number_text
from derivgen.maths.linear import Linear
from derivgen.maths.tree import Expr, Num, Shown, SumOver


def plain(expr: Expr) -> str:
    """The expression as text: spaces around + and -, none around * / ^. It is read again as an equal tree.

    What the language has no word for is written as near to it as possible: `dL/dw`, `A_5[i]`, `sum(i=1..4: …)`.

    >>> from derivgen.maths.tree import Neg, Product, Sum, Sym, number
    >>> plain(Product((Neg(number(2)), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2*(y - A_5)'
    """
    return _Plain().show(expr, "whole")


class _Plain(Linear):
    def form(self, expr: Expr) -> Form:
        if isinstance(expr, (Num, Shown)):
            return Form.ATOM if "/" not in (text := number_text(expr)) and text[:1] != "-" else form(expr)
        return Form.ATOM if isinstance(expr, SumOver) else super().form(expr)
