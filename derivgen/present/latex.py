r"""Mathematics → LaTeX: what is written is what is printed, in its order, with the brackets it needs and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from derivgen.maths.brackets import STACKED, Form, form, names_a_quantity, number_text
from derivgen.maths.names import split
from derivgen.maths.style import DEFAULT, Style, called, is_raised, unfold
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Derivative,
    Expr,
    Filled,
    Gap,
    IndexedPartial,
    Labelled,
    Letter,
    Marked,
    Matrix,
    MatrixPartial,
    Nabla,
    Neg,
    Num,
    Partial,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Slot,
    Sum,
    SumOver,
    Sym,
    Words,
    Written,
    children,
    spelling,
    walk,
)
from derivgen.present.dialects import DIALECTS
from derivgen.present.index_print import LATEX as INDICES
from derivgen.present.latex_names import function_name, latex_name
from derivgen.present.matrix_print import LATEX
from derivgen.present.signs import in_brackets, sign_between

__all__ = ["Style", "latex", "latex_factors", "latex_name", "latex_terms"]

RELATIONS: Mapping[str, str] = MappingProxyType(
    {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne", "~=": r"\approx"}
)
ROW_END = r" \\ "
MOST_COLUMNS = 10
"""What amsmath's matrices hold without being told of more."""


def latex(expr: Expr, style: Style = DEFAULT) -> str:
    r"""The expression in LaTeX, for use within mathematics.

    >>> from derivgen.maths.tree import Sum, Neg, Sym, Product, number
    >>> latex(Product((number(-2), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2(y - A_{5})'
    >>> latex(Product((number(24), number(-1))))
    '24 \\cdot (-1)'
    """
    return _latex(expr, spelling(expr), style)


@lru_cache(maxsize=4096)
def _latex(expr: Expr, spelled: tuple[object, ...], style: Style) -> str:
    """The same, remembered for all that is spelled alike."""
    return Printer(style).show(unfold(expr, style), "whole")


def latex_factors(expr: Product, style: Style = DEFAULT) -> tuple[str, ...]:
    """The factors of a product, each with the sign before it: the places where a long product may be broken."""
    unfolded = unfold(expr, style)
    return Printer(style).factors(unfolded) if isinstance(unfolded, Product) else (latex(expr, style),)


def latex_terms(expr: Sum, style: Style = DEFAULT) -> tuple[str, ...]:
    """The terms of a sum, each with its sign: the places where a long sum may be broken."""
    unfolded = unfold(expr, style)
    return Printer(style).terms(unfolded) if isinstance(unfolded, Sum) else (latex(expr, style),)


class Printer:
    """Prints one tree after `unfold`. `lead` says whether a minus may open an expression where it stands."""

    def __init__(self, style: Style):
        self.style, self.dialect = style, DIALECTS[style.dialect]

    def show(self, expr: Expr, position: str, lead: bool = True) -> str:
        """The expression as it stands in a position: in brackets where the table of brackets says so."""
        kind = Form.POWER if is_raised(expr, self.style) else form(expr)
        if kind in STACKED[position] or (kind is Form.NEGATIVE and not lead):
            return bracketed(self.bare(expr), expr)
        if isinstance(expr, Product):
            return "".join(self.factors(expr, lead))
        if isinstance(expr, Neg):
            return "-" + self.show(expr.arg, "negated", False)
        return self.bare(expr)

    def bare(self, expr: Expr) -> str:
        """The expression without brackets around it."""
        return PRINT[type(expr)](self, expr)

    def terms(self, expr: Sum) -> tuple[str, ...]:
        """`a`, ` + b`, ` - c`"""
        first, *rest = expr.terms
        return (self.show(first, "term"), *(self._term(term) for term in rest))

    def _term(self, term: Expr) -> str:
        if isinstance(term, Neg):
            return " - " + self.show(term.arg, "term", False)
        return " + " + self.show(term, "term", False)

    def factors(self, expr: Product, lead: bool = True) -> tuple[str, ...]:
        r"""`a`, ` \cdot b`, …; a product within a product prints as its own factors would.

        Behind a first factor in brackets a sign stands: `a \cdot (-2) \cdot b`.
        """
        notation = self.style.product
        last = len(expr.factors) - 1
        bare = lead or form(expr.factors[0]) is not Form.NEGATIVE
        parts: list[str] = []
        for at, factor in enumerate(expr.factors):
            position = "last factor" if at == last else "factor"
            if notation == "brackets" and in_brackets(factor, at == 0):
                text = bracketed(self.show(factor, "whole"), factor)
            else:
                text = self.show(factor, position, lead and at == 0)
            parts.append((sign_between(expr.factors[at - 1], factor, notation, at == 1 and bare) if at else "") + text)
        return tuple(parts)

    def name(self, sym: Sym) -> str:
        """A symbol with its index."""
        return latex_name(sym.name, self.style, sym.index)

    def number(self, expr: Num | Shown) -> str:
        """A number, exact or as shown: `0.15`, a fraction, a power of ten."""
        text = number_text(expr)
        if re.fullmatch(r"-?\d+/\d+", text):
            sign = "-" if text.startswith("-") else ""
            over, under = text.lstrip("-").split("/")
            return rf"{sign}\frac{{{over}}}{{{under}}}"
        match = re.fullmatch(r"(-?[\d.]+)[eE]\+?(-?)0*(\d+)", text)
        if match:
            power = f"10^{{{match[2]}{match[3]}}}"
            return match[1].replace("1", power) if match[1] in ("1", "-1") else rf"{self.decimal(match[1])} \cdot {power}"
        return self.decimal(text) if re.fullmatch(r"-?[\d.]+", text) else rf"\text{{{self.dialect.words(text)}}}"

    def decimal(self, text: str) -> str:
        """Digits with the decimal sign of the language."""
        return text.replace(".", "{,}" if self.style.decimal == "," else ".")

    def call(self, expr: Call) -> str:
        """f(a, b)"""
        if expr.function in FUNCTIONS and len(expr.args) == 1 and expr.function not in self.style.functions:
            return FUNCTIONS[expr.function](self.show(expr.args[0], "whole"))
        return self.called(expr) + self.arguments(expr.args)

    def called(self, expr: Call) -> str:
        """The function's name before its arguments."""
        component = "" if expr.component is None else f"_{{{expr.component + 1}}}"
        return function_name(called(expr, self.style)) + component

    def prime(self, expr: Prime) -> str:
        """f'(a)"""
        slot = "" if len(expr.args) == 1 else rf"_{{{expr.slot + 1}}}"
        return function_name(called(expr, self.style)) + slot + self.arguments(expr.args)

    def written(self, expr: Written) -> str:
        """u·v, z(x), df(x)/dx"""
        first, *rest = expr.parts
        if expr.kind == "dot":
            return r" \cdot ".join(self.show(part, "factor") for part in expr.parts)
        if expr.kind == "slope":
            return rf"\frac{{d {self.show(first, 'whole')}}}{{d {self.show(rest[0], 'whole')}}}"
        return self.show(first, "whole") + self.arguments(tuple(rest))

    def arguments(self, args: tuple[Expr, ...]) -> str:
        """The arguments in brackets; a semicolon between them where a comma stands in one of the numbers."""
        listed = [self.show(arg, "whole") for arg in args]
        sign = "; " if any("{,}" in text for text in listed) else ", "
        return bracketed(sign.join(listed), *args, after_name=True)

    def partial(self, expr: Partial) -> str:
        """∂of/∂by, or of'_by; a direct one ∂⁺of/∂by"""
        if self.style.derivative == "prime":
            return rf"{self.primed(Sym(expr.of.name))}'_{{{self.name(expr.by)}}}"
        plus = "^{+} " if expr.direct else " "
        return rf"\frac{{\partial{plus}{self.name(expr.of)}}}{{\partial {self.name(expr.by)}}}"

    def primed(self, sym: Sym) -> str:
        """A name before a prime: in braces where it has indices of its own, which TeX would count together with the next ones."""
        name = self.name(sym)
        return f"{{{name}}}" if "_" in name or "^" in name else name

    def unworked(self, expr: Derivative) -> str:
        """d/dx (f), or dz/dx of a name"""
        if names_a_quantity(expr):
            d = r"\partial " if expr.curly else "d"
            return rf"\frac{{{d}{self.bare(expr.body)}}}{{{d}{self.name(expr.by)}}}"
        return self.operator(expr) + bracketed(self.show(expr.body, "whole"), expr.body, after_name=True)

    def operator(self, expr: Derivative) -> str:
        """d/dx"""
        d = r"\partial " if expr.curly else "d"
        return rf"\frac{{{d.strip()}}}{{{d}{self.name(expr.by)}}}"

    def sum_over(self, expr: SumOver) -> str:
        """Σ_{index=1}^{upper} body"""
        return self.sum_head(expr) + self.show(expr.body, "body")

    def sum_head(self, expr: SumOver) -> str:
        """Σ_{index=1}^{upper}, and the space before what is summed."""
        return rf"\sum_{{{latex_name(expr.index, self.style)}=1}}^{{{self.show(expr.upper, 'whole')}}} "

    def cases(self, expr: Cases) -> str:
        """The pieces, each with its condition."""
        rows = [f"{self.show(value, 'whole')} & {self.show(condition, 'whole')}" for condition, value in expr.pieces]
        rows.append(rf"{self.show(expr.otherwise, 'whole')} & \text{{{self.dialect.words(self.style.otherwise)}}}")
        return rf"\begin{{cases}} {ROW_END.join(rows)} \end{{cases}}"

    def nabla(self, expr: Nabla) -> str:
        """∇_by of"""
        below = f"_{{{latex_name(expr.by, self.style)}}}" if expr.by else ""
        return rf"\nabla{below} {self.name(expr.of)}"

    def matrix(self, expr: Matrix) -> str:
        """The rows in square brackets."""
        rows = (" & ".join(self.show(cell, "whole") for cell in row) for row in expr.rows)
        between = self.dialect.tall_rows if wants_wide_rows(expr) else ROW_END
        if len(expr.rows[0]) > MOST_COLUMNS and self.style.dialect != "sheet":
            columns = "c" * len(expr.rows[0])
            return rf"\left[ \begin{{array}}{{{columns}}} {between.join(rows)} \end{{array}} \right]"
        return rf"\begin{{bmatrix}} {between.join(rows)} \end{{bmatrix}}"


def _compare(p: Printer, e: Compare) -> str:
    return f"{p.show(e.left, 'whole')} {RELATIONS[e.op]} {p.show(e.right, 'whole')}"


def _power(p: Printer, e: Power) -> str:
    return f"{p.show(e.base, 'base')}^{{{p.show(e.exponent, 'whole')}}}"


def _reduce(p: Printer, e: Reduce) -> str:
    return rf"\operatorname{{{e.kind}}}" + p.arguments((e.body,))


PRINT: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Num: Printer.number,
        Shown: Printer.number,
        Slot: lambda p, e: e.text,
        Sym: Printer.name,
        Letter: Printer.name,
        Neg: lambda p, e: p.show(e, "whole"),
        Product: lambda p, e: p.show(e, "whole"),
        Sum: lambda p, e: "".join(p.terms(e)),
        Quotient: lambda p, e: rf"\frac{{{p.show(e.over, 'whole')}}}{{{p.show(e.under, 'whole')}}}",
        Power: _power,
        Call: Printer.call,
        Prime: Printer.prime,
        Compare: _compare,
        Cases: Printer.cases,
        Reduce: _reduce,
        SumOver: Printer.sum_over,
        Partial: Printer.partial,
        Nabla: Printer.nabla,
        Derivative: Printer.unworked,
        Matrix: Printer.matrix,
        Gap: lambda p, e: p.dialect.gap(e.width, e.height),
        Filled: lambda p, e: p.dialect.filled(e.width, e.height, p.show(e.content, "whole")),
        Words: lambda p, e: rf"\{p.dialect.text}{{{p.dialect.words(e.text)}}}",
        Boxed: lambda p, e: rf"\boxed{{{p.show(e.content, 'whole')}}}",
        Marked: lambda p, e: rf"{p.show(e.content, 'term')}^{{\dagger}}",
        Written: Printer.written,
        Braces: lambda p, e: rf"\left\{{ {p.show(e.content, 'whole')} \right\}}",
        **LATEX,
        **INDICES,
    }
)
"""How each kind of node is printed."""

FUNCTIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "exp": lambda x: f"e^{{{x}}}",
        "sqrt": lambda x: rf"\sqrt{{{x}}}",
        "abs": lambda x: rf"\lvert {x} \rvert",
    }
)
"""Functions with a notation of their own."""


def bracketed(text: str, *inside: Expr, after_name: bool = False) -> str:
    """The text in round brackets, as tall as what is inside."""
    if not any(is_tall(expr) for expr in inside):
        return f"({text})"
    return rf"\!\left( {text} \right)" if after_name else rf"\left( {text} \right)"


def wants_wide_rows(matrix: Matrix) -> bool:
    """Whether the rows of a matrix would touch: fractions, or names with indices above and below, stand in it."""
    cells = [cell for row in matrix.rows for cell in row]
    stacked = (split(node.name) for cell in cells for node in walk(cell) if isinstance(node, Sym))
    return len(matrix.rows) > 1 and (any(map(is_tall, cells)) or any(name.superscript and name.subscripts for name in stacked))


def is_tall(expr: Expr) -> bool:
    """Whether the expression is taller than a line of text."""
    if isinstance(expr, (Num, Shown)):
        return "/" in number_text(expr)
    if isinstance(expr, Power):
        return is_tall(expr.base)
    if isinstance(expr, Written):
        return expr.kind == "slope"
    if isinstance(
        expr, (Quotient, Partial, Derivative, Cases, SumOver, Matrix, MatrixPartial, IndexedPartial, Labelled, Gap, Filled)
    ):
        return True
    return any(is_tall(child) for child in children(expr))
