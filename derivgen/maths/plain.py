"""Mathematics → the expression language itself: what an author could have typed, and the grammar reads again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths import tree
from derivgen.maths.brackets import LINEAR, Form, Position, form, names_a_quantity, number_text
from derivgen.maths.tree import Expr, Num, Product, Quotient, Shown, Sym, entry_index, entry_symbol


def plain(expr: Expr) -> str:
    """Print the expression as text: spaces around + and -, none around * / ^. It is read again as an equal tree.

    What the language has no word for is written as near to it as possible: `dL/dw`, `A_5[i]`, `sum(i=1..4: …)`.

    >>> from derivgen.maths.tree import Neg, Product, Sum, Sym, number
    >>> plain(Product((Neg(number(2)), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2*(y - A_5)'
    """
    return _show(expr, "whole")


def _form(expr: Expr) -> Form:
    """Return how the expression looks from outside, in this notation."""
    if isinstance(expr, (Num, Shown)):
        return Form.ATOM if "/" not in (text := number_text(expr)) and text[:1] != "-" else form(expr)
    if isinstance(expr, Product):
        return Form.OPERATOR if _form(expr.factors[-1]) is Form.OPERATOR else Form.PRODUCT
    return Form.ATOM if isinstance(expr, (tree.Call, tree.ArrayCall, tree.Cases, tree.SumOver, tree.Pi, Sym)) else form(expr)


def _show(expr: Expr, position: Position, lead: bool = True) -> str:
    """Print the expression in its position, in brackets where it needs them; `lead`: a minus may open it there."""
    kind = _form(expr)
    if kind in LINEAR[position] or (kind is Form.NEGATIVE and not lead) or _is_split_exponent(expr, position):
        return f"({_bare(expr)})"
    if isinstance(expr, Product):
        return _product(expr, lead)
    if isinstance(expr, Quotient):
        return _quotient(expr, lead)
    return _bare(expr)


def _is_split_exponent(expr: Expr, position: Position) -> bool:
    """Return whether a negative exponent is a fraction: `x^(-1/2)`."""
    return position == "exponent" and isinstance(expr, (Num, Shown)) and "/" in number_text(expr)


def _bare(expr: Expr) -> str:
    return PRINT[type(expr)](expr)


def _whole(expr: Expr) -> str:
    return _show(expr, "whole")


def _symbol(expr: Sym) -> str:
    """Print a name, with its index in square brackets."""
    return expr.name if expr.index is None else f"{expr.name}[{expr.index}]"


def _sum(expr: tree.Sum) -> str:
    return _show(expr.terms[0], "term") + "".join(map(_term, expr.terms[1:]))


def _term(term: Expr) -> str:
    if isinstance(term, tree.Neg):
        return " - " + _show(term.arg, "term", False)
    return " + " + _show(term, "term", False)


def _product(expr: Product, lead: bool = True) -> str:
    first, *middle = expr.factors
    last = middle.pop() if middle else None
    shown = [_show(first, "first factor", lead), *(_show(factor, "factor", False) for factor in middle)]
    return "*".join(shown if last is None else (*shown, _show(last, "last factor", False)))


def _quotient(expr: Quotient, lead: bool = True) -> str:
    return f"{_show(expr.over, 'over', lead)}/{_show(expr.under, 'under')}"


def _call(expr: tree.Call) -> str:
    component = "" if expr.component is None else f"_{expr.component + 1}"
    return (expr.written or expr.function) + component + _arguments(expr.args)


def _prime(expr: tree.Prime) -> str:
    slot = f"_{expr.slot + 1}" if len(expr.args) > 1 else ""
    return f"{expr.written or expr.function}'{slot}{_arguments(expr.args)}"


def _arguments(args: tuple[Expr, ...]) -> str:
    return f"({', '.join(map(_whole, args))})"


def _cases(expr: tree.Cases) -> str:
    pieces = [f"{_whole(condition)}: {_whole(value)}" for condition, value in expr.pieces]
    return f"cases({', '.join(pieces)}, else: {_whole(expr.otherwise)})"


def _partial(expr: tree.Partial | tree.MatrixPartial) -> str:
    if isinstance(expr, tree.Partial) and expr.then is not None:
        return f"d2{_symbol(expr.of)}/d{_symbol(expr.then)}d{_symbol(expr.by)}"
    return f"d{'+' if expr.direct else ''}{_symbol(expr.of)}/d{_whole(expr.by)}"


def _derivative(expr: tree.Derivative) -> str:
    """d/dx(f), or dz/dx of a name"""
    if names_a_quantity(expr):
        return f"d{_whole(expr.body)}/d{_symbol(expr.by)}"
    return f"d/d{_symbol(expr.by)}({_whole(expr.body)})"


def _written(expr: tree.Written) -> str:
    """dot(u, v), z(x), df(x)/dx, dL/dw"""
    first, *rest = expr.parts
    if expr.kind == "at":
        return _whole(first)
    if expr.kind == "slope":
        return f"d{_whole(first)}/d{_whole(rest[0])}"
    return "dot" + _arguments(expr.parts) if expr.kind == "dot" else _whole(first) + _arguments(tuple(rest))


def _matrix(expr: tree.Matrix) -> str:
    rows = (f"[{', '.join(map(_whole, row))}]" for row in expr.rows)
    return f"[{', '.join(rows)}]"


def _matrix_symbol(expr: tree.MatrixSym) -> str:
    """Print a matrix by its name; a layer that is only named stands in brackets."""
    return f"{expr.letter}__({expr.layer})" if isinstance(expr.layer, str) else _symbol(expr.symbol)


def _joined(factors: tuple[Expr, ...], position: Position, sign: str) -> str:
    return sign.join(_show(factor, position, place == 0) for place, factor in enumerate(factors))


def _matmul(expr: tree.MatMul) -> str:
    """Print `A @ B`; what binds as `@` does stands in brackets behind it."""
    first, *rest = expr.factors
    tight = (f"({_bare(e)})" if isinstance(e, (Product, tree.MatMul)) else _show(e, "matrix factor", False) for e in rest)
    return " @ ".join((_show(first, "matrix factor"), *tight))


def _array_call(expr: tree.ArrayCall) -> str:
    options = (f"{name}={_whole(value)}" for name, value in expr.options)
    return f"{expr.function}({', '.join((*map(_whole, expr.args), *options))})"


def _ones(expr: tree.Ones) -> str:
    if (expr.rows, expr.columns) == (1, 1):
        return "1"
    return "ones^T" if expr.rows == 1 else "ones"


def _entry(expr: tree.Entry) -> str:
    named = entry_symbol(expr)
    return _symbol(named) if named is not None else f"{_show(expr.matrix, 'base')}_{entry_index(expr)}"


def _scripted(letter: str, above: str, below: tuple[str, ...]) -> str:
    """w^L_mn"""
    return letter + (f"^{above}" if above else "") + (f"_{','.join(below)}" if below else "")


def _labelled(expr: tree.Labelled) -> str:
    """What is in a box stands in square brackets behind its name."""
    name = " ".join(part for part in (expr.words, _whole(expr.label)) if part)
    return f"[{name}: {_whole(expr.content)}]"


PRINT: Mapping[type[Expr], Callable[[Any], str]] = MappingProxyType(
    {
        Num: number_text,
        Shown: number_text,
        tree.Slot: lambda e: e.text,
        Sym: _symbol,
        tree.Letter: _symbol,
        tree.Pi: lambda expr: expr.written,
        tree.Neg: lambda e: "-" + _show(e.arg, "negated", False),
        tree.Sum: _sum,
        Product: _product,
        Quotient: _quotient,
        tree.Power: lambda e: f"{_show(e.base, 'base')}^{_show(e.exponent, 'exponent')}",
        tree.Call: _call,
        tree.Prime: _prime,
        tree.Compare: lambda e: f"{_whole(e.left)} {e.op} {_whole(e.right)}",
        tree.Cases: _cases,
        tree.Reduce: lambda e: e.kind + _arguments((e.body,)),
        tree.SumOver: lambda e: f"sum({e.index}=1..{_whole(e.upper)}: {_whole(e.body)})",
        tree.Partial: _partial,
        tree.Nabla: lambda e: f"grad{'_' if e.by else ''}{e.by}({_symbol(e.of)})",
        tree.Derivative: _derivative,
        tree.Matrix: _matrix,
        tree.Gap: lambda e: "___",
        tree.Filled: lambda e: _whole(e.content),
        tree.Words: lambda e: e.text,
        tree.Boxed: lambda e: _whole(e.content),
        tree.Marked: lambda e: _show(e.content, "term"),
        tree.Braces: lambda e: f"({_whole(e.content)})",
        tree.Written: _written,
        tree.MatrixSym: _matrix_symbol,
        tree.MatrixPartial: _partial,
        tree.MatMul: _matmul,
        tree.Hadamard: lambda e: _joined(e.factors, "entrywise factor", " .* "),
        tree.HadamardQuotient: lambda e: f"{_show(e.over, 'entrywise factor')} ./ {_show(e.under, 'matrix factor', False)}",
        tree.Transpose: lambda e: _show(e.arg, "base") + ".T",
        tree.Diagonal: lambda e: "diag" + _arguments((e.arg,)),
        tree.Ones: _ones,
        tree.Entry: _entry,
        tree.Sized: lambda e: _whole(e.content),
        tree.Indexed: lambda e: _scripted(e.letter, e.above, e.below),
        tree.UnitCount: lambda e: _scripted(e.letter, "", (e.layer.text,)) if e.size is None else str(e.size),
        tree.IndexedPartial: lambda e: f"d{_bare(e.of)}/d{_bare(e.by)}",
        tree.Labelled: _labelled,
        tree.ArrayCall: _array_call,
    }
)
"""How each kind of node is printed."""
