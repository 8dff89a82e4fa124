"""Aligned equations, cut into rows that fit: a new row before a relation, else before a factor or a term."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from derivgen.documents.document import Equations, Line, Math, Prose
from derivgen.maths.brackets import Form, form, names_a_quantity
from derivgen.maths.latex import Printer, Style, latex
from derivgen.maths.matrix_tree import Hadamard, MatMul
from derivgen.maths.measure import height_lines, width_em
from derivgen.maths.style import unfold
from derivgen.maths.tree import Braces, Call, Derivative, Expr, Neg, Power, Product, Quotient, Sum, SumOver, Sym, number

RELATIONS: Mapping[str, str] = MappingProxyType({"=": "=", "≈": r"\approx", ":=": r"\mathrel{:=}", "←": r"\leftarrow"})
RELATION = 1.45  # em, with its spaces
SIGN = 1.2
INDENT = 2.0
REASON_GAP = 1.5
LETTER = 0.42  # em of small italics
LONG_LEFT = 0.4  # of the room: a left side beyond it gets a row of its own
MOST_LINES = 14.0  # what may be asked to stay on one page


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what stands left and right of the alignment, and the reason; `first`: a line begins with it."""

    left: str
    right: str
    reason: Prose = ()
    first: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an expression before which a row may be broken, with its width in em."""

    text: str
    width: float
    closed: bool = False  # the next relation starts a row of its own


def rows(equations: Equations, style: Style, room: float) -> tuple[Row, ...]:
    """The rows of all lines, each at most `room` em wide."""
    lefts = [width_em(line.left, style) for line in equations.lines if line.left is not None]
    left = max((width for width in lefts if width <= LONG_LEFT * room), default=1.0)
    built = (_line(line, style, left, room) for line in equations.lines)
    return tuple(replace(row, first=not at) for line in built for at, row in enumerate(line))


def prose_width(prose: Prose, style: Style) -> float:
    """About how wide words are, set small and in italics."""
    return sum(width_em(part.expr, style, inline=True) if isinstance(part, Math) else LETTER * len(part.words) for part in prose)


def natural_width(equations: Equations, style: Style) -> float:
    """How wide the equations would like to be: the widest left side, the widest right side, the widest reason."""
    lefts = (width_em(line.left, style) for line in equations.lines if line.left is not None)
    rights = (sum(width_em(expr, style) + RELATION for _, expr in line.steps) for line in equations.lines)
    reasons = (prose_width(line.reason, style) for line in equations.lines)
    widest = max(reasons, default=0)
    return max(lefts, default=0) + max(rights, default=0) + (widest + 2 if widest else 0)


def _line(line: Line, style: Style, left: float, room: float) -> list[Row]:
    """The rows of one line."""
    own = 0.0 if line.left is None else width_em(line.left, style)
    text = "" if line.left is None else latex(line.left, style)
    right = _right_side(line, style, room - left)
    if own > left:
        rights = [Piece("", 0), *right]
        text = rf"\dglong{{{text}}}" if own <= room else rf"\dglong{{\dgfit{{{room:.1f}em}}{{{text}}}}}"
    else:
        rights = right
    lefts = [text] + [""] * (len(rights) - 1)
    built = [Row(before, after.text) for before, after in zip(lefts, rights, strict=True)]
    return _with_reason(built, rights, line.reason, style, left, room)


def _with_reason(built: list[Row], rights: list[Piece], reason: Prose, style: Style, left: float, room: float) -> list[Row]:
    """The reason beside the first row that has room for it, else on a row below."""
    if not reason:
        return built
    width = prose_width(reason, style) + REASON_GAP
    for at, piece in enumerate(rights):
        if piece.text and left + piece.width + width <= room:
            return [*built[:at], Row(built[at].left, built[at].right, reason), *built[at + 1 :]]
    return [*built, Row("", "", reason)]


def _right_side(line: Line, style: Style, room: float) -> list[Piece]:
    """The steps in rows: as many in a row as fit, a step that is too long broken."""
    filled: list[Piece] = []
    for relation, expr in line.steps:
        sign = RELATIONS[relation]
        width = width_em(expr, style) + RELATION
        last = filled[-1] if filled else None
        if width > room:
            filled += _broken(sign, expr, style, room)
        elif last is not None and last.width + width <= room and not last.closed:
            filled[-1] = Piece(f"{last.text} {sign} {latex(expr, style)}", last.width + width)
        else:
            filled.append(Piece(f"{sign} {latex(expr, style)}", width))
    return filled


def _broken(sign: str, expr: Expr, style: Style, room: float) -> list[Piece]:
    """One long step in rows; the ones after the first are indented."""
    inner = room - RELATION - INDENT
    filled = [Piece(sign, RELATION)]
    for piece in pieces(expr, style, inner):
        opening = filled[-1].text == sign
        if opening or filled[-1].width + piece.width <= room:
            text = f" {piece.text.strip()}" if opening else piece.text
            filled[-1] = Piece(filled[-1].text + text, filled[-1].width + piece.width)
        else:
            filled.append(Piece(rf"\qquad {_visible(piece.text)}", INDENT + RELATION + piece.width))
    return [*filled[:-1], replace(filled[-1], closed=True)]


def _visible(text: str) -> str:
    r"""What opens a row within a product says that it is one: a factor without a sign gets its `\cdot`."""
    text = text.strip()
    return text if re.match(r"[+\-*,;]|\\cdot|\\odot|\\sum", text) else rf"\cdot {text.removeprefix(THIN).strip()}"


THIN = r"\,"


def pieces(expr: Expr, style: Style, room: float) -> list[Piece]:
    """The expression in pieces of at most `room` em where that is possible; what cannot be cut is made smaller."""
    return _Cutter(Printer(style), room).pieces(unfold(expr, style), "whole")


class _Cutter:
    """Cuts one expression; each of its methods knows where one kind of long expression may be broken."""

    def __init__(self, printer: Printer, room: float):
        self.printer, self.room = printer, room

    def pieces(self, expr: Expr, position: str, lead: bool = True, nested: bool = False) -> list[Piece]:
        """An expression whole if it fits, else cut, else made smaller."""
        width = width_em(expr, self.printer.style)
        cut = CUTS.get(type(expr))
        if width > self.room and cut is not None:
            return cut(self, expr, lead, nested)
        text = self.printer.show(expr, position, lead)
        return [Piece(text, width) if width <= self.room else Piece(rf"\dgfit{{{self.room:.1f}em}}{{{text}}}", self.room)]

    def within(self, less: float) -> _Cutter:
        """The same with less room."""
        return _Cutter(self.printer, max(self.room - less, 4))

    def sum(self, expr: Sum, lead: bool, nested: bool) -> list[Piece]:
        """A sum before each term's sign."""
        cut: list[Piece] = []
        for term, text in zip(expr.terms, self.printer.terms(expr), strict=True):
            inner = term.arg if isinstance(term, Neg) else term
            sign = _sign_of(text) if cut else "-" if isinstance(term, Neg) else ""
            cut += self.signed(sign, text, inner, not sign, False)
        return cut

    def product(self, expr: Product, lead: bool, nested: bool) -> list[Piece]:
        """A product before each factor's sign."""
        cut: list[Piece] = []
        for factor, text in zip(expr.factors, self.printer.factors(expr, lead), strict=True):
            cut += self.signed(_sign_of(text) if cut else "", text, factor, lead and not cut, True)
        return cut

    def matrices(self, expr: MatMul | Hadamard, lead: bool, nested: bool) -> list[Piece]:
        """A product of matrices before each factor, one entry by entry before each ⊙."""
        position, sign = ("matrix factor", THIN) if isinstance(expr, MatMul) else ("entrywise factor", r"\odot")
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
        return self.signed("-", self.printer.show(expr, "whole", lead), expr.arg, False, nested)

    def sum_over(self, expr: SumOver, lead: bool, nested: bool) -> list[Piece]:
        """A sum over an index: its sign stays with the first piece of what is summed."""
        head = self.printer.show(SumOver(expr.index, expr.upper, Sym("x")), "whole").removesuffix("x")
        cutter = self.within(3)
        first, *rest = cutter.enclosed(expr.body) if isinstance(expr.body, Sum) else cutter.pieces(expr.body, "body")
        return [Piece(head + first.text, first.width + 2), *rest]

    def power(self, expr: Power, lead: bool, nested: bool) -> list[Piece]:
        """A long base in brackets, the exponent behind them."""
        return self.enclosed(expr.base, after=f"^{{{self.printer.show(expr.exponent, 'whole')}}}")

    def quotient(self, expr: Quotient, lead: bool, nested: bool) -> list[Piece]:
        """A fraction too wide for a bar: 1 over what stands below, times what stands above."""
        share = Piece(self.printer.show(Quotient(number(1), expr.under), "whole"), width_em(expr.under, self.printer.style) + 0.5)
        first, *rest = self.within(share.width).enclosed(expr.over)
        return [Piece(f"{share.text} {first.text}", share.width + first.width), *rest]

    def call(self, expr: Call, lead: bool, nested: bool) -> list[Piece]:
        """A function's long argument in brackets; several before each comma."""
        name = self.printer.call(replace(expr, args=(Sym("x"), Sym("x")))).split("(")[0]
        args: list[Piece] = []
        for arg in expr.args:
            first, *rest = self.within(3).pieces(arg, "whole")
            args += [Piece(f", {first.text}", first.width + 0.5) if args else first, *rest]
        return _between(rf"{name}\Bigl(", args, r"\Bigr)", width_em(Sym(expr.function), self.printer.style))

    def unworked(self, expr: Derivative, lead: bool, nested: bool) -> list[Piece]:
        """d/dx before brackets that may stand on different rows."""
        if names_a_quantity(expr):
            return [Piece(self.printer.show(expr, "whole"), width_em(expr, self.printer.style))]
        first, *rest = self.within(2).enclosed(expr.body)
        return [Piece(f"{self.printer.operator(expr)} {first.text}", first.width + 1.5), *rest]

    def braces(self, expr: Braces, lead: bool, nested: bool) -> list[Piece]:
        """The pieces within braces."""
        return self.enclosed(expr.content, r"\Bigl\{", r"\Bigr\}")

    def enclosed(self, expr: Expr, opening: str = r"\Bigl(", closing: str = r"\Bigr)", after: str = "") -> list[Piece]:
        """The pieces within brackets that may stand on different rows."""
        return _between(opening, self.within(2).pieces(expr, "whole"), closing + after, 0.8)


def _between(opening: str, cut: list[Piece], closing: str, width: float) -> list[Piece]:
    cut[0] = Piece(f"{opening} {cut[0].text}", cut[0].width + width)
    cut[-1] = Piece(f"{cut[-1].text} {closing}", cut[-1].width + 0.8)
    return cut


def _sign_of(text: str) -> str:
    """The sign a term or factor is printed with."""
    match = re.match(r" (?:\\cdot |\\, |[*+-] )?", text)
    return match.group() if match else ""


CUTS: Mapping[type[Expr], Callable[..., list[Piece]]] = MappingProxyType(
    {
        Sum: _Cutter.sum,
        Product: _Cutter.product,
        Neg: _Cutter.negative,
        SumOver: _Cutter.sum_over,
        Power: _Cutter.power,
        Quotient: _Cutter.quotient,
        Call: _Cutter.call,
        Braces: _Cutter.braces,
        MatMul: _Cutter.matrices,
        Hadamard: _Cutter.matrices,
        Derivative: _Cutter.unworked,
    }
)
"""How each kind of long expression is cut."""


def stays_together(equations: Equations, built: Sequence[Row], style: Style) -> bool:
    """Whether all rows can be kept on one page: not when they would be a large part of it."""
    exprs = [expr for line in equations.lines for expr in (line.left, *(step for _, step in line.steps)) if expr is not None]
    tallest = max((height_lines(expr, style) for expr in exprs), default=1.0)
    return equations.together and len(built) * tallest <= MOST_LINES


def kept(built: Sequence[Row], attached: bool = False) -> tuple[bool, ...]:
    """For each row whether the next one stays with it: the last two, what goes on from a row, and the first two.

    The first one may stand alone where it is attached to what stands above.
    """
    last = len(built) - 1
    pairs = (last - 1,) if attached else (0, last - 1)
    return tuple(at in pairs or (at < last and not built[at + 1].first) for at in range(len(built)))
