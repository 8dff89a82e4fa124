"""A long expression cut into pieces before which a row may begin: before a factor or a term, never inside one.

The same in every format: `Marks` are the signs a format writes where an expression is cut, the printer is that format's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from derivgen.maths.brackets import Form, form, names_a_quantity
from derivgen.maths.style import Style
from derivgen.maths.tree import (
    Braces,
    Call,
    Derivative,
    Expr,
    Filled,
    Gap,
    Hadamard,
    MatMul,
    Neg,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Sym,
    number,
)
from derivgen.present.measure import width_em

SIGN = 1.2  # em


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an expression before which a row may be broken, with its width in em."""

    text: str
    width: float
    closed: bool = False  # the next relation starts a row of its own


@dataclass(frozen=True, slots=True)
class Marks:
    """How a format writes what stands where an expression is cut.

    Brackets are such as may stand on different rows. `raised` puts an exponent on a bracket, `smaller` makes what cannot be cut
    fit into so many em, `sign_of` is the sign with which a term or factor was printed. Where a format has a `gap` of so many em
    and lines, one is never wider than the room, and an answer longer than that has no box: its pieces are `bold`.
    """

    minus: str
    thin: str
    odot: str
    comma: str
    opening: Mapping[str, str]
    closing: Mapping[str, str]
    raised: Callable[[str, str], str]
    smaller: Callable[[str, float], str]
    sign_of: Callable[[str], str]
    gap: Callable[[float, float], str] | None = None
    bold: Callable[[str], str] = str


class Printer(Protocol):
    """What a format's printer has to know."""

    style: Style

    def show(self, expr: Expr, position: str, lead: bool = True) -> str: ...

    def terms(self, expr: Sum) -> tuple[str, ...]: ...

    def factors(self, expr: Product, lead: bool = True) -> tuple[str, ...]: ...

    def called(self, expr: Call) -> str: ...

    def sum_head(self, expr: SumOver) -> str: ...

    def operator(self, expr: Derivative) -> str: ...


class Cutter:
    """Cuts one expression; each of its methods knows where one kind of long expression may be broken."""

    def __init__(self, printer: Printer, marks: Marks, room: float):
        self.printer, self.marks, self.room = printer, marks, room

    def pieces(self, expr: Expr, position: str, lead: bool = True, nested: bool = False) -> list[Piece]:
        """An expression whole if it fits, else cut, else made smaller."""
        width = width_em(expr, self.printer.style)
        cut = CUTS.get(type(expr)) if self.marks.gap is not None or not isinstance(expr, (Gap, Filled)) else None
        if width > self.room and cut is not None:
            return cut(self, expr, lead, nested)
        text = self.printer.show(expr, position, lead)
        return [Piece(text, width) if width <= self.room else Piece(self.marks.smaller(text, self.room), self.room)]

    def gap(self, expr: Gap, lead: bool, nested: bool) -> list[Piece]:
        """A gap that is too long: as long as there is room."""
        assert self.marks.gap is not None
        return [Piece(self.marks.gap(self.room, expr.height), self.room)]

    def filled(self, expr: Filled, lead: bool, nested: bool) -> list[Piece]:
        """An answer that is too long for its box: its pieces in bold."""
        return [replace(piece, text=self.marks.bold(piece.text)) for piece in self.pieces(expr.content, "whole")]

    def within(self, less: float) -> Cutter:
        """The same with less room."""
        return Cutter(self.printer, self.marks, max(self.room - less, 4))

    def sum(self, expr: Sum, lead: bool, nested: bool) -> list[Piece]:
        """A sum before each term's sign."""
        cut: list[Piece] = []
        for term, text in zip(expr.terms, self.printer.terms(expr), strict=True):
            inner = term.arg if isinstance(term, Neg) else term
            sign = self.marks.sign_of(text) if cut else self.marks.minus if isinstance(term, Neg) else ""
            cut += self.signed(sign, text, inner, not sign, False)
        return cut

    def product(self, expr: Product, lead: bool, nested: bool) -> list[Piece]:
        """A product before each factor's sign."""
        cut: list[Piece] = []
        for factor, text in zip(expr.factors, self.printer.factors(expr, lead), strict=True):
            cut += self.signed(self.marks.sign_of(text) if cut else "", text, factor, lead and not cut, True)
        return cut

    def matrices(self, expr: MatMul | Hadamard, lead: bool, nested: bool) -> list[Piece]:
        """A product of matrices before each factor, one entry by entry before each ⊙."""
        position, sign = ("matrix factor", self.marks.thin) if isinstance(expr, MatMul) else ("entrywise factor", self.marks.odot)
        cut: list[Piece] = []
        for factor in expr.factors:
            width = width_em(factor, self.printer.style) + SIGN
            if width <= self.room or type(factor) not in CUTS:
                parts = [Piece(self.printer.show(factor, position, not cut), width)]
            else:
                parts = self.enclosed(factor) if isinstance(factor, Sum) else self.pieces(factor, position)
            cut += [Piece(f" {sign} {parts[0].text}", parts[0].width), *parts[1:]] if cut else parts
        return cut

    def signed(self, sign: str, text: str, expr: Expr, lead: bool, nested: bool) -> list[Piece]:
        """One term or factor: whole, or with its sign before its own pieces."""
        width = width_em(expr, self.printer.style) + (SIGN if sign else 0.3) + (0.8 if form(expr) is Form.SUM else 0)
        if width <= self.room:
            return [Piece(text, width)]
        if isinstance(expr, Sum) or (isinstance(expr, Neg) and nested and not lead):
            first, *rest = self.enclosed(expr)
        else:
            first, *rest = self.within(SIGN).pieces(expr, "factor" if nested else "term", lead, nested)
        return [Piece(sign + first.text, first.width + SIGN), *rest]

    def negative(self, expr: Neg, lead: bool, nested: bool) -> list[Piece]:
        """A minus, then what it stands before."""
        return self.signed(self.marks.minus, self.printer.show(expr, "whole", lead), expr.arg, False, nested)

    def sum_over(self, expr: SumOver, lead: bool, nested: bool) -> list[Piece]:
        """A sum over an index: its sign stays with the first piece of what is summed."""
        head = self.printer.sum_head(expr)
        cutter = self.within(3)
        first, *rest = cutter.enclosed(expr.body) if isinstance(expr.body, Sum) else cutter.pieces(expr.body, "body")
        return [Piece(head + first.text, first.width + 2), *rest]

    def power(self, expr: Power, lead: bool, nested: bool) -> list[Piece]:
        """A long base in brackets, the exponent behind them."""
        return self.enclosed(expr.base, exponent=self.printer.show(expr.exponent, "whole"))

    def quotient(self, expr: Quotient, lead: bool, nested: bool) -> list[Piece]:
        """A fraction too wide for a bar: 1 over what stands below, times what stands above."""
        share = Piece(self.printer.show(Quotient(number(1), expr.under), "whole"), width_em(expr.under, self.printer.style) + 0.5)
        first, *rest = self.within(share.width).enclosed(expr.over)
        return [Piece(f"{share.text} {first.text}", share.width + first.width), *rest]

    def call(self, expr: Call, lead: bool, nested: bool) -> list[Piece]:
        """A function's long argument in brackets; several before each comma."""
        args: list[Piece] = []
        for arg in expr.args:
            first, *rest = self.within(3).pieces(arg, "whole")
            args += [Piece(f"{self.marks.comma} {first.text}", first.width + 0.5) if args else first, *rest]
        opening = self.printer.called(expr) + self.marks.opening["("]
        return _between(opening, args, self.marks.closing[")"], width_em(Sym(expr.function), self.printer.style))

    def unworked(self, expr: Derivative, lead: bool, nested: bool) -> list[Piece]:
        """d/dx before brackets that may stand on different rows."""
        if names_a_quantity(expr):
            return [Piece(self.printer.show(expr, "whole"), width_em(expr, self.printer.style))]
        first, *rest = self.within(2).enclosed(expr.body)
        return [Piece(f"{self.printer.operator(expr)} {first.text}", first.width + 1.5), *rest]

    def braces(self, expr: Braces, lead: bool, nested: bool) -> list[Piece]:
        """The pieces within braces."""
        return self.enclosed(expr.content, "{", "}")

    def enclosed(self, expr: Expr, opening: str = "(", closing: str = ")", exponent: str = "") -> list[Piece]:
        """The pieces within brackets that may stand on different rows."""
        end = self.marks.closing[closing]
        end = self.marks.raised(end, exponent) if exponent else end
        return _between(self.marks.opening[opening], self.within(2).pieces(expr, "whole"), end, 0.8)


def _between(opening: str, cut: list[Piece], closing: str, width: float) -> list[Piece]:
    cut[0] = Piece(f"{opening} {cut[0].text}", cut[0].width + width)
    cut[-1] = Piece(f"{cut[-1].text} {closing}", cut[-1].width + 0.8)
    return cut


CUTS: Mapping[type[Expr], Callable[..., list[Piece]]] = MappingProxyType(
    {
        Sum: Cutter.sum,
        Product: Cutter.product,
        Neg: Cutter.negative,
        SumOver: Cutter.sum_over,
        Power: Cutter.power,
        Quotient: Cutter.quotient,
        Call: Cutter.call,
        Braces: Cutter.braces,
        MatMul: Cutter.matrices,
        Hadamard: Cutter.matrices,
        Derivative: Cutter.unworked,
        Gap: Cutter.gap,
        Filled: Cutter.filled,
    }
)
"""How each kind of long expression is cut."""
