"""What the printers that write on one line have in common: where a sign, a bracket or a slash goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from derivgen.maths.brackets import LINEAR, Form, Rules, form, names_a_quantity, number_text
from derivgen.maths.tree import (
    Boxed,
    Braces,
    Call,
    Cases,
    Compare,
    Derivative,
    Diagonal,
    Entry,
    Expr,
    Filled,
    Gap,
    Hadamard,
    HadamardQuotient,
    Indexed,
    IndexedPartial,
    Labelled,
    Letter,
    Marked,
    MatMul,
    Matrix,
    MatrixPartial,
    MatrixSym,
    Nabla,
    Neg,
    Num,
    Ones,
    Partial,
    Power,
    Prime,
    Product,
    Quotient,
    Reduce,
    Shown,
    Sized,
    Slot,
    Sum,
    SumOver,
    Sym,
    Transpose,
    UnitCount,
    Words,
    Written,
    entry_index,
    entry_symbol,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one notation."""

    times: str = "*"
    divided: str = "/"
    minus: str = "-"
    blank: str = "___"
    otherwise: str = "else"
    partial: str = "d"
    plus: str = "+"
    matmul: str = " @ "
    odot: str = " .* "
    oslash: str = " ./ "
    transposed: str = "^T"
    ones: str = "ones"
    sizes: str = ""
    relations: Mapping[str, str] = field(default_factory=dict)


class Linear:
    """Prints a tree on one line. `lead` says whether a minus may open an expression where it stands."""

    signs = Signs()
    rules: Rules = LINEAR

    def form(self, expr: Expr) -> Form:
        """How the expression looks from outside, in this notation."""
        if isinstance(expr, Product):
            return Form.OPERATOR if self.form(expr.factors[-1]) is Form.OPERATOR else Form.PRODUCT
        return Form.ATOM if isinstance(expr, (Call, Cases, Sym)) else form(expr)

    def show(self, expr: Expr, position: str, lead: bool = True) -> str:
        """The expression as it stands in a position: in brackets where the table of brackets says so."""
        kind = self.form(expr)
        if kind in self.rules[position] or (kind is Form.NEGATIVE and not lead) or _split_exponent(expr, position):
            return f"({self.bare(expr)})"
        if isinstance(expr, Product):
            return self.product(expr, lead)
        if isinstance(expr, Quotient):
            return self.quotient(expr, lead)
        return self.bare(expr)

    def bare(self, expr: Expr) -> str:
        """The expression without brackets around it."""
        return PRINT[type(expr)](self, expr)

    def number(self, expr: Num | Shown) -> str:
        """A number as written."""
        return number_text(expr).replace("-", self.signs.minus)

    def symbol(self, expr: Sym) -> str:
        """A name, with its index in square brackets."""
        return expr.name if expr.index is None else f"{expr.name}[{expr.index}]"

    def negative(self, expr: Neg) -> str:
        """-a"""
        return self.signs.minus + self.show(expr.arg, "negated", False)

    def sum(self, expr: Sum) -> str:
        """a + b - c"""
        first, *rest = expr.terms
        return self.show(first, "term") + "".join(self._term(term) for term in rest)

    def _term(self, term: Expr) -> str:
        if isinstance(term, Neg):
            return f" {self.signs.minus} " + self.show(term.arg, "term", False)
        return " + " + self.show(term, "term", False)

    def product(self, expr: Product, lead: bool = True) -> str:
        """a*b*c"""
        first, *rest = expr.factors
        places = ["factor"] * (len(rest) - 1) + ["last factor"]
        shown = (self.show(factor, place, False) for factor, place in zip(rest, places, strict=False))
        return self.signs.times.join((self.show(first, "first factor", lead), *shown))

    def quotient(self, expr: Quotient, lead: bool = True) -> str:
        """a/b"""
        return self.show(expr.over, "over", lead) + self.signs.divided + self.show(expr.under, "under")

    def power(self, expr: Power) -> str:
        """a^b"""
        return f"{self.show(expr.base, 'base')}^{self.show(expr.exponent, 'exponent')}"

    def call(self, expr: Call) -> str:
        """f(a, b)"""
        component = "" if expr.component is None else f"_{expr.component + 1}"
        return self.function(self.called(expr)) + component + self.arguments(expr.args)

    def prime(self, expr: Prime) -> str:
        """f'(a)"""
        slot = f"_{expr.slot + 1}" if len(expr.args) > 1 else ""
        return self.function(self.called(expr)) + slot + self.arguments(expr.args)

    def called(self, expr: Call | Prime) -> str:
        """The name of a function, or of its derivative, as its author wrote it."""
        return (expr.written or expr.function) + ("'" if isinstance(expr, Prime) else "")

    def function(self, name: str) -> str:
        """The name of a function."""
        return name

    def arguments(self, args: tuple[Expr, ...]) -> str:
        """(a, b)"""
        return f"({', '.join(self.show(arg, 'whole') for arg in args)})"

    def compare(self, expr: Compare) -> str:
        """a < b"""
        op = self.signs.relations.get(expr.op, expr.op)
        return f"{self.show(expr.left, 'whole')} {op} {self.show(expr.right, 'whole')}"

    def cases(self, expr: Cases) -> str:
        """cases(x > 0: x, else: 0)"""
        pieces = [f"{self.show(condition, 'whole')}: {self.show(value, 'whole')}" for condition, value in expr.pieces]
        return f"cases({', '.join(pieces)}, {self.signs.otherwise}: {self.show(expr.otherwise, 'whole')})"

    def reduce(self, expr: Reduce) -> str:
        """mean(a)"""
        return expr.kind + self.arguments((expr.body,))

    def sum_over(self, expr: SumOver) -> str:
        """sum(i=1..n: a)"""
        return f"sum({expr.index}=1..{self.show(expr.upper, 'whole')}: {self.show(expr.body, 'whole')})"

    def partial(self, expr: Partial) -> str:
        """dL/dw"""
        return f"d{'+' if expr.direct else ''}{self.symbol(expr.of)}/d{self.symbol(expr.by)}"

    def nabla(self, expr: Nabla) -> str:
        """grad_w(L)"""
        return f"grad{'_' if expr.by else ''}{expr.by}({self.symbol(expr.of)})"

    def scripted(self, letter: str, above: str, below: tuple[str, ...]) -> str:
        """w^L_mn"""
        return letter + (f"^{above}" if above else "") + (f"_{','.join(below)}" if below else "")

    def unworked(self, expr: Derivative) -> str:
        """d/dx(f), or dz/dx of a name"""
        d = self.signs.partial if expr.curly else "d"
        if names_a_quantity(expr):
            return f"{d}{self.show(expr.body, 'whole')}/{d}{self.symbol(expr.by)}"
        return f"{d}/{d}{self.symbol(expr.by)}({self.show(expr.body, 'whole')})"

    def matrix(self, expr: Matrix) -> str:
        """[[a, b], [c, d]]"""
        rows = (f"[{', '.join(self.show(cell, 'whole') for cell in row)}]" for row in expr.rows)
        return f"[{', '.join(rows)}]"

    def raised(self, text: str) -> str:
        """What stands above a name: a layer that is only named."""
        return f"__({text})"

    def boxed(self, expr: Boxed | Filled) -> str:
        """What is inside."""
        return self.show(expr.content, "whole")

    def marked(self, expr: Marked) -> str:
        """A number with its mark."""
        return self.show(expr.content, "term")

    def braces(self, expr: Braces) -> str:
        """A factor kept in brackets."""
        return f"({self.show(expr.content, 'whole')})"

    def written(self, expr: Written) -> str:
        """dot(u, v), z(x), df(x)/dx"""
        first, *rest = expr.parts
        if expr.kind == "slope":
            return f"d{self.show(first, 'whole')}/d{self.show(rest[0], 'whole')}"
        name, args = ("dot", expr.parts) if expr.kind == "dot" else (self.show(first, "whole"), tuple(rest))
        return name + self.arguments(args)

    def gap(self, expr: Gap) -> str:
        """What is left to fill in."""
        return self.signs.blank


def _split_exponent(expr: Expr, position: str) -> bool:
    """Whether a negative exponent is a fraction: `x^(-1/2)`."""
    return position == "exponent" and isinstance(expr, (Num, Shown)) and "/" in number_text(expr)


def _joined(p: Any, factors: tuple[Expr, ...], position: str, sign: str) -> str:
    return sign.join(p.show(factor, position, place == 0) for place, factor in enumerate(factors))


def _ones(expr: Ones, ones: str, transposed: str) -> str:
    """1 for a single one, 𝟏ᵀ for a row of them, else 𝟏."""
    if (expr.rows, expr.columns) == (1, 1):
        return "1"
    return ones + (transposed if expr.rows == 1 else "")


def _line_sized(p: Any, e: Sized) -> str:
    shown = p.show(e.content, "whole")
    return f"{shown}{p.signs.sizes[0]}{e.rows}×{e.columns}{p.signs.sizes[1]}" if p.signs.sizes else shown


def _line_partial(p: Any, e: MatrixPartial) -> str:
    plus = p.signs.plus if e.direct else ""
    return f"{p.signs.partial}{plus}{p.symbol(e.of)}/{p.signs.partial}{p.show(e.by, 'whole')}"


def _line_entry(p: Any, e: Entry) -> str:
    named = entry_symbol(e)
    return p.symbol(named) if named is not None else f"{p.show(e.matrix, 'base')}_{entry_index(e)}"


def _line_quotient(p: Any, e: HadamardQuotient) -> str:
    return p.show(e.over, "entrywise factor") + p.signs.oslash + p.show(e.under, "matrix factor", False)


MATRICES: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        MatrixSym: lambda p, e: p.symbol(Sym(e.letter)) + p.raised(e.layer) if isinstance(e.layer, str) else p.symbol(e.symbol),
        MatrixPartial: _line_partial,
        MatMul: lambda p, e: _joined(p, e.factors, "matrix factor", p.signs.matmul),
        Hadamard: lambda p, e: _joined(p, e.factors, "entrywise factor", p.signs.odot),
        HadamardQuotient: _line_quotient,
        Transpose: lambda p, e: p.show(e.arg, "base") + p.signs.transposed,
        Diagonal: lambda p, e: "diag" + p.arguments((e.arg,)),
        Ones: lambda p, e: _ones(e, p.signs.ones, p.signs.transposed),
        Entry: _line_entry,
        Sized: _line_sized,
    }
)
"""How each kind of matrix prints on one line; its size where the notation has signs for it."""


def _index_partial(p: Any, e: IndexedPartial) -> str:
    of, by = p.bare(e.of), p.bare(e.by)
    if getattr(p, "style", None) is not None and p.style.derivative == "prime":
        return f"{of}'[{by}]"
    return f"{p.signs.partial}{of}/{p.signs.partial}{by}"


def _line_labelled(p: Any, e: Labelled) -> str:
    name = " ".join(part for part in (e.words, p.show(e.label, "whole")) if part)
    return f"[{name}: {p.show(e.content, 'whole')}]"


INDICES: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Indexed: lambda p, e: p.scripted(e.letter, e.above, e.below),
        UnitCount: lambda p, e: p.scripted(e.letter, "", (e.layer.text,)) if e.size is None else str(e.size),
        IndexedPartial: _index_partial,
        Labelled: _line_labelled,
    }
)
"""How each kind of node prints on one line: what is in a box stands in square brackets behind its name."""


PRINT: Mapping[type[Expr], Callable[[Any, Any], str]] = MappingProxyType(
    {
        Num: lambda p, e: p.number(e),
        Slot: lambda p, e: e.text,
        Shown: lambda p, e: p.number(e),
        Sym: lambda p, e: p.symbol(e),
        Letter: lambda p, e: p.symbol(e),
        Neg: lambda p, e: p.negative(e),
        Sum: lambda p, e: p.sum(e),
        Product: lambda p, e: p.product(e),
        Quotient: lambda p, e: p.quotient(e),
        Power: lambda p, e: p.power(e),
        Call: lambda p, e: p.call(e),
        Prime: lambda p, e: p.prime(e),
        Compare: lambda p, e: p.compare(e),
        Cases: lambda p, e: p.cases(e),
        Reduce: lambda p, e: p.reduce(e),
        SumOver: lambda p, e: p.sum_over(e),
        Partial: lambda p, e: p.partial(e),
        Nabla: lambda p, e: p.nabla(e),
        Derivative: lambda p, e: p.unworked(e),
        Matrix: lambda p, e: p.matrix(e),
        Gap: lambda p, e: p.gap(e),
        Filled: lambda p, e: p.boxed(e),
        Words: lambda p, e: e.text,
        Boxed: lambda p, e: p.boxed(e),
        Marked: lambda p, e: p.marked(e),
        Braces: lambda p, e: p.braces(e),
        **MATRICES,
        **INDICES,
        Written: lambda p, e: p.written(e),
    }
)
"""How each kind of node is printed."""
