r"""Mathematics → LaTeX: what is written is what is printed, in its order, with the brackets it needs and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths.brackets import STACKED, Form, form, is_numeric, number_text
from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.maths.style import DEFAULT, Style, is_coefficient, unfold
from derivgen.maths.tex import greek, tex_text
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Expr,
    Filled,
    Gap,
    Marked,
    Matrix,
    Neg,
    Num,
    Partial,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sum,
    SumOver,
    Sym,
    children,
    walk,
)  # fmt: skip

__all__ = ["Style", "latex", "latex_factors", "latex_name", "latex_terms"]

OPERATORS = (
    "exp", "ln", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min", "arg",
)  # fmt: skip
"""Function names LaTeX has commands for."""

RELATIONS: Mapping[str, str] = MappingProxyType({"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"})
ROW_END = r" \\ "
SIGNS: Mapping[str, str] = MappingProxyType({"dot": r" \cdot ", "juxtapose": " ", "star": " * ", "brackets": " "})


def latex(expr: Expr, style: Style = DEFAULT) -> str:
    r"""The expression in LaTeX, for use within mathematics.

    >>> from derivgen.maths.tree import Sum, Neg, Sym, Product, number
    >>> latex(Product((number(-2), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2(y - A_{5})'
    >>> latex(Product((number(24), number(-1))))
    '24 \\cdot (-1)'
    """
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
        self.style = style

    def show(self, expr: Expr, position: str, lead: bool = True, nested: bool = False) -> str:
        """The expression as it stands in a position: in brackets where the table of brackets says so."""
        kind = form(expr)
        if kind in STACKED[position] or (kind is Form.NEGATIVE and not lead):
            return bracketed(self.bare(expr), expr)
        if isinstance(expr, Product):
            return "".join(self.factors(expr, lead, nested))
        if isinstance(expr, Neg):
            return "-" + self.show(expr.arg, "negated", False, nested)
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

    def factors(self, expr: Product, lead: bool = True, nested: bool = False) -> tuple[str, ...]:
        r"""`a`, ` \cdot b`, …; a product within a product prints its own factors side by side."""
        notation = "juxtapose" if nested else self.style.product
        last = len(expr.factors) - 1
        parts: list[str] = []
        for at, factor in enumerate(expr.factors):
            position = "last factor" if at == last else "factor"
            if notation == "brackets" and _in_brackets(factor, at == 0):
                text = bracketed(self.show(factor, "whole"), factor)
            else:
                text = self.show(factor, position, lead and at == 0, nested=True)
            parts.append((self._sign(expr.factors[at - 1], factor, notation, at == 1) if at else "") + text)
        return tuple(parts)

    def _sign(self, left: Expr, right: Expr, notation: str, opening: bool) -> str:
        """What stands between two factors."""
        if isinstance(_start(right), SumOver):
            return " "
        if notation == "star" or (notation == "brackets" and _in_brackets(right, False)):
            return SIGNS[notation]
        left, right = _end(left), _start(right)
        if opening and is_coefficient(left) and _follows_number(right):
            return "" if form(right) is Form.SUM else " "
        if notation == "dot" or (is_numeric(left) and is_numeric(right)) or _is_figure(right):
            return SIGNS["dot"]
        return r" \, " if _wants_space(left, right) else SIGNS["juxtapose"]

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
            return power if match[1] == "1" else rf"{self.decimal(match[1])} \cdot {power}"
        return self.decimal(text) if re.fullmatch(r"-?[\d.]+", text) else rf"\text{{{tex_text(text)}}}"

    def decimal(self, text: str) -> str:
        """Digits with the decimal sign of the language."""
        return text.replace(".", "{,}" if self.style.decimal == "," else ".")

    def call(self, expr: Call) -> str:
        """f(a, b)"""
        if expr.function in FUNCTIONS and len(expr.args) == 1:
            return FUNCTIONS[expr.function](self.show(expr.args[0], "whole"))
        component = "" if expr.component is None else f"_{{{expr.component + 1}}}"
        return function_name(expr.written or expr.function) + component + self.arguments(expr.args)

    def prime(self, expr: Prime) -> str:
        """f'(a)"""
        slot = "" if len(expr.args) == 1 else rf"_{{{expr.slot + 1}}}"
        return f"{function_name(expr.written or expr.function)}'{slot}" + self.arguments(expr.args)

    def arguments(self, args: tuple[Expr, ...]) -> str:
        """The arguments in brackets; a semicolon between them where a comma stands in one of the numbers."""
        listed = [self.show(arg, "whole") for arg in args]
        sign = "; " if any("{,}" in text for text in listed) else ", "
        return bracketed(sign.join(listed), *args, after_name=True)

    def partial(self, expr: Partial) -> str:
        """∂of/∂by, or of'_by; a direct one ∂⁺of/∂by"""
        if self.style.derivative == "prime":
            return rf"{self.name(Sym(expr.of.name))}'_{{{self.name(expr.by)}}}"
        plus = "^{+} " if expr.direct else " "
        return rf"\frac{{\partial{plus}{self.name(expr.of)}}}{{\partial {self.name(expr.by)}}}"

    def sum_over(self, expr: SumOver) -> str:
        """Σ_{index=1}^{upper} body"""
        index = latex_name(expr.index, self.style)
        return rf"\sum_{{{index}=1}}^{{{self.show(expr.upper, 'whole')}}} {self.show(expr.body, 'body', nested=False)}"

    def cases(self, expr: Cases) -> str:
        """The pieces, each with its condition."""
        rows = [f"{self.show(value, 'whole')} & {self.show(condition, 'whole')}" for condition, value in expr.pieces]
        rows.append(rf"{self.show(expr.otherwise, 'whole')} & \text{{{tex_text(self.style.otherwise)}}}")
        return rf"\begin{{cases}} {ROW_END.join(rows)} \end{{cases}}"

    def matrix(self, expr: Matrix) -> str:
        """The rows in square brackets."""
        rows = (" & ".join(self.show(cell, "whole") for cell in row) for row in expr.rows)
        return rf"\begin{{bmatrix}} {ROW_END.join(rows)} \end{{bmatrix}}"


def _compare(p: Printer, e: Compare) -> str:
    return f"{p.show(e.left, 'whole')} {RELATIONS[e.op]} {p.show(e.right, 'whole')}"


def _power(p: Printer, e: Power) -> str:
    return f"{p.show(e.base, 'base')}^{{{p.show(e.exponent, 'whole')}}}"


def _reduce(p: Printer, e: Reduce) -> str:
    return rf"\operatorname{{{e.kind}}}" + p.arguments((e.body,))


PRINT: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Num: Printer.number, Shown: Printer.number, Sym: Printer.name,
        Neg: lambda p, e: p.show(e, "whole"), Product: lambda p, e: p.show(e, "whole"), Sum: lambda p, e: "".join(p.terms(e)),
        Quotient: lambda p, e: rf"\frac{{{p.show(e.over, 'whole')}}}{{{p.show(e.under, 'whole')}}}",
        Power: _power, Call: Printer.call, Prime: Printer.prime, Compare: _compare, Cases: Printer.cases, Reduce: _reduce,
        SumOver: Printer.sum_over, Partial: Printer.partial, Matrix: Printer.matrix,
        Gap: lambda p, e: rf"\dggap{{{e.width:g}em}}{{{e.height:g}}}",
        Filled: lambda p, e: rf"\dgfill{{{e.width:g}em}}{{{e.height:g}}}{{{p.show(e.content, 'whole')}}}",
        Boxed: lambda p, e: rf"\boxed{{{p.show(e.content, 'whole')}}}",
        Marked: lambda p, e: rf"{p.show(e.content, 'term')}^{{\dagger}}",
        Braces: lambda p, e: rf"\left\{{ {p.show(e.content, 'whole')} \right\}}",
    }
)  # fmt: skip
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


def is_tall(expr: Expr) -> bool:
    """Whether the expression is taller than a line of text."""
    if isinstance(expr, (Num, Shown)):
        return "/" in number_text(expr)
    if isinstance(expr, Power):
        return is_tall(expr.base)
    if isinstance(expr, (Quotient, Partial, Cases, SumOver, Matrix, Gap, Filled)):
        return True
    return any(is_tall(child) for child in children(expr))


def _in_brackets(factor: Expr, first: bool) -> bool:
    """Whether a factor stands in brackets where brackets are the sign of multiplication: all but names and a first number."""
    return not (isinstance(factor, (Sym, Call, Prime, Power, SumOver)) or (first and is_coefficient(factor)))


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
    return isinstance(expr, (Sym, Sum, Call, Prime, Braces)) and not is_numeric(expr)


def _wants_space(left: Expr, right: Expr) -> bool:
    """Whether two factors side by side need a thin space: words, and a name before a bracket."""
    if isinstance(left, (Call, Prime)) and form(right) is not Form.SUM:
        return True
    if form(left) is Form.FRACTION and form(right) is Form.FRACTION:
        return True
    if isinstance(left, Sym) and isinstance(right, Sym):
        return _is_word(left) or _is_word(right)
    return isinstance(left, Sym) and isinstance(right, (Sum, Neg))


def _is_word(sym: Sym) -> bool:
    base = split(sym.name).base
    return not (is_letter(base) or base in GREEK)


def latex_name(name: str, style: Style = DEFAULT, index: str | int | None = None) -> str:
    r"""A name with its accent, superscript and subscripts; nothing in it can reach TeX as a command.

    >>> latex_name("W_13"), latex_name("a__2_1"), latex_name("yhat"), latex_name("Loss"), latex_name("A_5", index="i")
    ('W_{13}', 'a^{2}_{1}', '\\hat{y}', '\\mathrm{Loss}', 'A_{5,i}')
    """
    own = () if index is None else (latex_name(str(index)) if isinstance(index, str) else str(index),)
    if name in style.symbols:
        symbol = style.symbols[name]
        return f"{{{symbol}}}_{{{own[0]}}}" if own and "_" in symbol else symbol + "".join(f"_{{{i}}}" for i in own)
    parts = split(name)
    base = _word(parts.base)
    if parts.accent:
        base = rf"\{parts.accent}{{{base}}}"
    above = f"^{{{_script(parts.superscript)}}}" if parts.superscript else ""
    below = ",".join((*map(_script, parts.subscripts), *own))
    return base + above + (f"_{{{below}}}" if below else "")


def _script(text: str) -> str:
    return text if text.isdecimal() or is_index(text) else _word(text)


def _word(text: str) -> str:
    """One letter in italics, a Greek name as its letter, anything else upright and harmless."""
    if text.isascii() and is_letter(text):
        return text
    letter = GREEK.get(text, text)
    if is_letter(letter):
        return greek(letter)
    if re.fullmatch(r"[A-Za-z0-9]+", text):
        return rf"\mathrm{{{text}}}"
    return rf"\text{{{tex_text(text)}}}"


def function_name(written: str) -> str:
    r"""A function's name: `\tanh`, `\operatorname{ReLU}`, or a letter as it is: `\sigma`, `g`."""
    if written in OPERATORS:
        return f"\\{written}"
    if re.fullmatch(r"[A-Za-z0-9]{2,}", written) and written not in GREEK:
        return rf"\operatorname{{{written}}}"
    return latex_name(written)


def gaps(expr: Expr) -> tuple[Gap | Filled, ...]:
    """The gaps in an expression, from left to right."""
    return tuple(node for node in walk(expr) if isinstance(node, (Gap, Filled)))
