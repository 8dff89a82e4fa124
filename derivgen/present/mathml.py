"""Mathematics → MathML Core, node by node as `latex.py` prints it: the same signs, brackets and order.

What browsers draw by themselves is all that is used: rows, fractions, scripts, roots, tables and signs that stretch. Frames are
CSS. A printed expression is a run of elements that can stand in any row; `mathml` puts them into one `<math>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths.brackets import STACKED, Form, form, names_a_quantity, number_text
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
    Letter,
    Marked,
    Matrix,
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
    Sum,
    SumOver,
    Sym,
    Words,
    Written,
)
from derivgen.present.latex import is_tall, wants_wide_rows
from derivgen.present.mathml_marks import DOT, MINUS, PARTIAL, PLUS, THIN, TIMES, escaped, fence, one, operator, row, space, word
from derivgen.present.mathml_names import PRIME, function_name, mathml_name, scripted
from derivgen.present.mathml_nodes import MATHML
from derivgen.present.signs import in_brackets, sign_between

RELATIONS: Mapping[str, str] = MappingProxyType({"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥", "==": "=", "!=": "≠", "~=": "≈"})
BOX = "border:1px solid;padding:0.25em 0.3em"

Answer = Callable[[Gap | Filled, str], str]
"""How a gap is printed: the gap, and the MathML of what is filled in (empty for a `Gap`)."""


def plain_gap(gap: Gap | Filled, inside: str) -> str:
    """A gap as a line to write on, an answer in a frame."""
    if isinstance(gap, Filled):
        return f'<mrow style="{BOX}">{inside}</mrow>'
    return f'<mspace width="{gap.width:g}em" height="1em" style="border-bottom:1px solid"/>'


def mathml(expr: Expr, style: Style = DEFAULT, answer: Answer = plain_gap, *, display: bool = False) -> str:
    """The expression as one `<math>` element; `display` prints fractions at their full size.

    >>> from derivgen.maths.tree import Quotient, Sym
    >>> mathml(Quotient(Sym("x"), Sym("yhat")))
    '<math><mfrac><mi>x</mi><mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover></mfrac></math>'
    """
    return math(elements(expr, style, answer), display=display)


def math(inside: str, *, display: bool = False) -> str:
    """A `<math>` element around what is printed."""
    shown = ' displaystyle="true"' if display else ""
    return f"<math{shown}>{inside}</math>"


def elements(expr: Expr, style: Style = DEFAULT, answer: Answer = plain_gap) -> str:
    """The expression as MathML elements, for a row of others."""
    return Printer(style, answer).show(unfold(expr, style), "whole")


class Printer:
    """Prints one tree after `unfold`; its methods answer to those of the LaTeX printer."""

    def __init__(self, style: Style, answer: Answer = plain_gap):
        self.style, self.answer = style, answer

    def show(self, expr: Expr, position: str, lead: bool = True) -> str:
        """The expression as it stands in a position: in brackets where the table of brackets says so."""
        kind = Form.POWER if is_raised(expr, self.style) else form(expr)
        if kind in STACKED[position] or (kind is Form.NEGATIVE and not lead):
            return bracketed(self.bare(expr), expr)
        if isinstance(expr, Product):
            return "".join(self.factors(expr, lead))
        if isinstance(expr, Neg):
            return operator(MINUS, "prefix") + self.show(expr.arg, "negated", False)
        return self.bare(expr)

    def one(self, expr: Expr, position: str = "whole") -> str:
        """The same as a single element."""
        return one(self.show(expr, position))

    def bare(self, expr: Expr) -> str:
        """The expression without brackets around it."""
        return PRINT[type(expr)](self, expr)

    def terms(self, expr: Sum) -> tuple[str, ...]:
        """`a`, `+ b`, `− c`"""
        first, *rest = expr.terms
        return (self.show(first, "term"), *(self._term(term) for term in rest))

    def _term(self, term: Expr) -> str:
        if isinstance(term, Neg):
            return operator(MINUS) + self.show(term.arg, "term", False)
        return operator(PLUS) + self.show(term, "term", False)

    def factors(self, expr: Product, lead: bool = True) -> tuple[str, ...]:
        """`a`, `⋅ b`, …; a product within a product prints as its own factors would."""
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
            sign = sign_between(expr.factors[at - 1], factor, notation, at == 1 and bare) if at else None
            parts.append((_sign(sign, factor) if sign is not None else "") + text)
        return tuple(parts)

    def name(self, sym: Sym) -> str:
        """A symbol with its index."""
        return mathml_name(sym.name, self.style, sym.index)

    def number(self, expr: Num | Shown) -> str:
        """A number, exact or as shown: `0.15`, a fraction, a power of ten."""
        text = number_text(expr)
        minus = operator(MINUS, "prefix") if text.startswith("-") else ""
        if re.fullmatch(r"-?\d+/\d+", text):
            over, under = text.lstrip("-").split("/")
            return f"{minus}<mfrac><mn>{over}</mn><mn>{under}</mn></mfrac>"
        match = re.fullmatch(r"-?([\d.]+)[eE]\+?(-?)0*(\d+)", text)
        if match:
            raised = row((operator(MINUS, "prefix") if match[2] else "") + f"<mn>{match[3]}</mn>")
            power = f"<msup><mn>10</mn>{raised}</msup>"
            return minus + (power if match[1] == "1" else self.decimal(match[1]) + operator(DOT) + power)
        return minus + self.decimal(text.lstrip("-")) if re.fullmatch(r"-?[\d.]+", text) else f"<mtext>{escaped(text)}</mtext>"

    def decimal(self, text: str) -> str:
        """Digits with the decimal sign of the language."""
        return f"<mn>{text.replace('.', self.style.decimal)}</mn>"

    def call(self, expr: Call) -> str:
        """f(a, b)"""
        if expr.function in FUNCTIONS and len(expr.args) == 1 and expr.function not in self.style.functions:
            return FUNCTIONS[expr.function](self.show(expr.args[0], "whole"))
        return self.called(expr) + self.arguments(expr.args)

    def called(self, expr: Call | Prime) -> str:
        """The function's name before its arguments: f, f′, f with the number of its output or argument below."""
        below = ""
        if isinstance(expr, Call) and expr.component is not None:
            below = f"<mn>{expr.component + 1}</mn>"
        elif isinstance(expr, Prime) and len(expr.args) > 1:
            below = f"<mn>{expr.slot + 1}</mn>"
        return function_name(called(expr, self.style), below) + operator(APPLY)

    def written(self, expr: Written) -> str:
        """u·v, z(x), df(x)/dx"""
        first, *rest = expr.parts
        if expr.kind == "dot":
            return operator(DOT).join(self.show(part, "factor") for part in expr.parts)
        if expr.kind == "slope":
            return f"<mfrac>{row(D + self.show(first, 'whole'))}{row(D + self.show(rest[0], 'whole'))}</mfrac>"
        return self.show(first, "whole") + operator(APPLY) + self.arguments(tuple(rest))

    def arguments(self, args: tuple[Expr, ...]) -> str:
        """The arguments in brackets; a semicolon between them where a comma stands in one of the numbers."""
        listed = [self.show(arg, "whole") for arg in args]
        comma = any(re.search(r"<mn>\d+,\d", text) for text in listed)
        return bracketed(operator(";" if comma else ",").join(listed), *args)

    def partial(self, expr: Partial) -> str:
        """∂of/∂by, or of′ by; a direct one ∂⁺of/∂by"""
        if self.style.derivative == "prime":
            return self.primed(self.name(Sym(expr.of.name)), self.name(expr.by))
        head = f"<msup>{PARTIAL}<mo>+</mo></msup>" if expr.direct else PARTIAL
        return f"<mfrac>{row(head + self.name(expr.of))}{row(PARTIAL + self.name(expr.by))}</mfrac>"

    def primed(self, of: str, by: str) -> str:
        """A derivative with a prime above and what it is by below."""
        return scripted(row(of + PRIME), by)

    def unworked(self, expr: Derivative) -> str:
        """d/dx (f), or dz/dx of a name"""
        d = PARTIAL if expr.curly else D
        if names_a_quantity(expr):
            return f"<mfrac>{row(d + self.bare(expr.body))}{row(d + self.name(expr.by))}</mfrac>"
        return self.operator(expr) + bracketed(self.show(expr.body, "whole"), expr.body)

    def operator(self, expr: Derivative) -> str:
        """d/dx"""
        d = PARTIAL if expr.curly else D
        return f"<mfrac>{d}{row(d + self.name(expr.by))}</mfrac>"

    def sum_head(self, expr: SumOver) -> str:
        """Σ_{index=1}^{upper}"""
        below = row(mathml_name(expr.index, self.style) + operator("=") + "<mn>1</mn>")
        return f"<munderover><mo>∑</mo>{below}{self.one(expr.upper)}</munderover>"

    def cases(self, expr: Cases) -> str:
        """The pieces, each with its condition."""
        pieces = [(self.show(value, "whole"), self.show(condition, "whole")) for condition, value in expr.pieces]
        pieces.append((self.show(expr.otherwise, "whole"), word(self.style.otherwise)))
        rows = "".join(f"<mtr>{''.join(LEFT.format(cell) for cell in cells)}</mtr>" for cells in pieces)
        return f"<mrow>{fence('{', 'prefix')}<mtable>{rows}</mtable></mrow>"

    def nabla(self, expr: Nabla) -> str:
        """∇_by of"""
        sign = '<mi mathvariant="normal">∇</mi>'
        return scripted(sign, mathml_name(expr.by, self.style) if expr.by else "") + space(THIN) + self.name(expr.of)

    def matrix(self, expr: Matrix) -> str:
        """The rows in square brackets."""
        cell = '<mtd style="padding:0.6ex 0.4em">{}</mtd>' if wants_wide_rows(expr) else "<mtd>{}</mtd>"
        rows = "".join(f"<mtr>{''.join(cell.format(self.show(part, 'whole')) for part in line)}</mtr>" for line in expr.rows)
        return f"<mrow>{fence('[', 'prefix')}<mtable>{rows}</mtable>{fence(']', 'postfix')}</mrow>"

    def power(self, expr: Power) -> str:
        """base ^ exponent; beside the subscript of a name, as TeX sets it."""
        base, raised = self.show(expr.base, "base"), self.one(expr.exponent)
        match = re.fullmatch(r"<msub>(.*)</msub>", base)
        if match and base.count("<msub>") == 1 and isinstance(expr.base, Sym):
            return f"<msubsup>{match[1]}{raised}</msubsup>"
        return f"<msup>{one(base)}{raised}</msup>"


APPLY = "&#x2061;"
D = "<mi>d</mi>"
LEFT = '<mtd style="text-align:left">{}</mtd>'


def _sign(sign: str, right: Expr) -> str:
    """The sign between two factors, as the LaTeX printer has it, in MathML."""
    if sign.strip() in SIGNS:
        return operator(SIGNS[sign.strip()])
    wide = sign.strip() == r"\," or isinstance(right, (SumOver, Call, Prime))
    return operator(TIMES) + (space(THIN) if wide else "")


SIGNS: Mapping[str, str] = MappingProxyType({r"\cdot": DOT, "*": "∗"})


def _compare(p: Printer, e: Compare) -> str:
    return p.show(e.left, "whole") + operator(RELATIONS[e.op]) + p.show(e.right, "whole")


PRINT: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Num: Printer.number,
        Shown: Printer.number,
        Sym: Printer.name,
        Letter: Printer.name,
        Neg: lambda p, e: p.show(e, "whole"),
        Product: lambda p, e: p.show(e, "whole"),
        Sum: lambda p, e: "".join(p.terms(e)),
        Quotient: lambda p, e: f"<mfrac>{p.one(e.over)}{p.one(e.under)}</mfrac>",
        Power: Printer.power,
        Call: Printer.call,
        Prime: lambda p, e: p.called(e) + p.arguments(e.args),
        Compare: _compare,
        Cases: Printer.cases,
        Reduce: lambda p, e: f"<mi>{e.kind}</mi>" + operator(APPLY) + p.arguments((e.body,)),
        SumOver: lambda p, e: p.sum_head(e) + p.show(e.body, "body"),
        Partial: Printer.partial,
        Nabla: Printer.nabla,
        Derivative: Printer.unworked,
        Matrix: Printer.matrix,
        Gap: lambda p, e: p.answer(e, ""),
        Filled: lambda p, e: p.answer(e, p.show(e.content, "whole")),
        Words: lambda p, e: word(e.text),
        Boxed: lambda p, e: f'<mrow style="{BOX}">{p.show(e.content, "whole")}</mrow>',
        Marked: lambda p, e: f"<msup>{p.one(e.content, 'term')}<mo>†</mo></msup>",
        Written: Printer.written,
        Braces: lambda p, e: f"<mrow>{fence('{', 'prefix')}{p.show(e.content, 'whole')}{fence('}', 'postfix')}</mrow>",
        **MATHML,
    }
)
"""How each kind of node is printed."""

FUNCTIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "exp": lambda x: f"<msup><mi>e</mi>{one(x)}</msup>",
        "sqrt": lambda x: f"<msqrt>{x}</msqrt>",
        "abs": lambda x: f"<mrow>{fence('|', 'prefix')}{x}{fence('|', 'postfix')}</mrow>",
    }
)
"""Functions with a notation of their own."""


def bracketed(text: str, *inside: Expr) -> str:
    """The elements in round brackets, as tall as what is inside."""
    if not any(is_tall(expr) for expr in inside):
        return fence("(", "prefix", False) + text + fence(")", "postfix", False)
    return f"<mrow>{fence('(', 'prefix')}{text}{fence(')', 'postfix')}</mrow>"
