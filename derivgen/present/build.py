"""Mathematics → presentation tree: every bracket, sign, name and order of a printed formula is decided here, for all formats.

Formats that stack fractions and raise exponents take one tree, those that write on one line another (`line`), which has other
brackets: a fraction is a slash there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derivgen.maths import tree
from derivgen.maths.brackets import LINEAR, STACKED, Form, Position, Rules, form, names_a_quantity, number_text
from derivgen.maths.names import split
from derivgen.maths.style import DEFAULT, Style, called, is_raised, unfold
from derivgen.maths.tree import Expr, Sym, children, entry_index, entry_symbol, spelling, walk
from derivgen.memo import EQUAL_FORMULAS, FORMULAS, NAME_BOXES
from derivgen.present import boxes
from derivgen.present.boxes import Box, RowKind, is_bracketed, opens_with_sign, sign
from derivgen.present.marks import RELATIONS, Mark
from derivgen.present.signs import in_brackets, sign_between

_FACTORS: tuple[Position, ...] = ("first factor", "factor", "last factor")
ON_A_LINE: Rules = MappingProxyType(
    {**LINEAR, **{place: LINEAR[place] - {Form.PRODUCT} for place in _FACTORS}, "negated": frozenset({Form.SUM})}
)
"""As the language of specs has it, but a product within a product needs no brackets, and neither does one behind a minus."""


def present(expr: Expr, style: Style = DEFAULT, *, line: bool = False) -> Box:
    """Return the formula as it stands on the page; what is spelled alike has the same tree as long as it is kept."""
    return _built(expr, style, line)


@FORMULAS
def _built(expr: Expr, style: Style, line: bool) -> Box:
    return _spelled_alike(expr, spelling(expr), style, line)


@EQUAL_FORMULAS
def _spelled_alike(expr: Expr, spelled: tuple[object, ...], style: Style, line: bool) -> Box:
    """Return the tree of all formulas that are spelled alike: the sheets of a class have many."""
    return Builder(style, line).show(unfold(expr, style), "whole")


LOGARITHMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {name: ("log", base) for base in ("2", "10") for name in (f"log{base}", f"log_{base}")}
)
"""Logarithms that are printed with their base below."""


class Builder:
    """Builds the boxes of one expression after `unfold`. `lead` says whether a minus may open one where it stands."""

    def __init__(self, style: Style, line: bool = False):
        self.style, self.line = style, line
        self.rules = ON_A_LINE if line else STACKED

    def form(self, expr: Expr) -> Form:
        """Return how the expression looks from outside, in this notation."""
        if is_raised(expr, self.style) or (isinstance(expr, (tree.Partial, tree.MatrixPartial)) and expr.direct):
            return Form.POWER
        if not self.line:
            return Form.ATOM if isinstance(expr, tree.Call) and not self.style.euler else form(expr)
        if isinstance(expr, tree.Product):
            return Form.OPERATOR if self.form(expr.factors[-1]) is Form.OPERATOR else Form.PRODUCT
        return Form.ATOM if isinstance(expr, (tree.Call, tree.Cases)) else form(expr)

    def show(self, expr: Expr, position: Position, lead: bool = True, *, followed: bool = False) -> Box:
        """Return the expression as it stands in a position: in brackets where the table of brackets says so.

        What is `followed` by a further term has brackets around what a Σ at its end sums, and around cases at its end, so that
        these are seen to end.
        """
        kind = self.form(expr)
        if (
            kind in self.rules[position]
            or (kind is Form.NEGATIVE and not lead)
            or self.splits(expr, position)
            or (followed and isinstance(expr, tree.Cases) and not self.line)
        ):
            return self.bracketed(self.bare(expr), expr)
        if isinstance(expr, tree.Product):
            return self.product(expr, lead, followed)
        if isinstance(expr, tree.Quotient):
            return self.quotient(expr, lead)
        if isinstance(expr, tree.Neg):
            return self.negative(expr, followed)
        if isinstance(expr, tree.SumOver):
            return self.sum_over(expr, followed)
        return self.bare(expr)

    def splits(self, expr: Expr, position: Position) -> bool:
        """Return whether an exponent on the line opens with a minus and goes on: `x^(-1/2)`, `x^(-a·b)`."""
        if position != "exponent":
            return False
        if isinstance(expr, tree.Neg):
            return isinstance(expr.arg, tree.Power) or self.form(expr.arg) not in (Form.ATOM, Form.POWER)
        return isinstance(expr, (tree.Num, tree.Shown)) and "/" in number_text(expr)

    def bare(self, expr: Expr) -> Box:
        """Return the expression without brackets around it."""
        return _BUILD[type(expr)](self, expr)

    def bracketed(self, inside: Box, *exprs: Expr, applied: bool = False) -> boxes.Fenced:
        """Return the box in round brackets, as tall as the expressions in it."""
        return boxes.Fenced(inside, "(", not self.line and any(map(is_tall, exprs)), applied)

    def name(self, sym: Sym) -> boxes.Name:
        """Return a symbol with its index."""
        return name_box(sym.name, sym.index, self.style.sample == "above", self.style.symbols.get(sym.name, ""))

    def general(self, letter: str, above: str, below: tuple[str, ...] = (), symbol: str = "") -> boxes.Name:
        """Return a name whose indices are read sign by sign."""
        parts = split(letter)
        return boxes.Name(parts.base, parts.accent, (above,) if above else (), below, symbol=symbol, name=letter, general=True)

    def number(self, expr: tree.Num | tree.Shown) -> Box:
        """Return a number, exact or as shown: `0.15`, a fraction, a power of ten."""
        text = number_text(expr)
        bare = text.removeprefix("-")
        if self.line:
            return boxes.Number(text.replace(".", self.style.decimal))
        if _DIGITS.fullmatch(bare):
            made: Box = boxes.Number(bare.replace(".", self.style.decimal))
        elif match := _RATIO.fullmatch(bare):
            made = boxes.Fraction(boxes.Number(match[1]), boxes.Number(match[2]))
        elif match := _SCIENTIFIC.fullmatch(bare):
            digits = boxes.Number(match[3])
            power = boxes.Scripts(boxes.Number("10"), boxes.Row((sign(Mark.NEGATIVE), digits)) if match[2] else digits)
            factor = boxes.Number(match[1].replace(".", self.style.decimal))
            made = power if match[1] == "1" else boxes.Row((factor, sign(Mark.DOT), power))
        else:
            return boxes.Words(text)
        return made if bare == text else boxes.Row((sign(Mark.NEGATIVE), made))

    def negative(self, expr: tree.Neg, followed: bool = False) -> Box:
        """Return -a."""
        arg = self.show(expr.arg, "negated", False, followed=followed)
        return boxes.Row((sign(Mark.NEGATIVE), arg), RowKind.NEGATIVE)

    def sum(self, expr: tree.Sum) -> Box:
        """Return a + b - c"""
        last = len(expr.terms) - 1
        parts = [self.show(expr.terms[0], "term", followed=last > 0)]
        for at, term in enumerate(expr.terms[1:], 1):
            minus = isinstance(term, tree.Neg)
            inner = term.arg if isinstance(term, tree.Neg) else term
            parts += (sign(Mark.MINUS if minus else Mark.PLUS), self.show(inner, "term", False, followed=at < last))
        return boxes.Row(tuple(parts), RowKind.SUM)

    def product(self, expr: tree.Product, lead: bool = True, followed: bool = False) -> Box:
        r"""Return a b c; a product within a product stands as its own factors would.

        Behind a first factor in brackets a sign stands: `a \cdot (-2) \cdot b`.
        """
        if self.line:
            return self.line_product(expr, lead, followed)
        notation, factors = self.style.product, expr.factors
        last = len(factors) - 1
        bare = lead or form(factors[0]) is not Form.NEGATIVE
        parts: list[Box] = []
        for at, factor in enumerate(factors):
            if at:
                mark = sign_between(factors[at - 1], factor, notation, at == 1 and bare)
                parts.append(sign(mark, isinstance(factor, (tree.SumOver, tree.Call, tree.Prime))))
            if notation == "brackets" and in_brackets(factor, at == 0):
                parts.append(self.bracketed(self.show(factor, "whole"), factor))
            else:
                place: Position = "last factor" if at == last else "factor"
                parts.append(self.show(factor, place, lead and at == 0, followed=followed and at == last))
        return boxes.Row(tuple(parts), RowKind.BRACKETS if notation == "brackets" else RowKind.PRODUCT)

    def line_product(self, expr: tree.Product, lead: bool, followed: bool) -> Box:
        """Return a·b·c"""
        times = sign(Mark.STAR if self.style.product == "star" else Mark.DOT)
        last = len(expr.factors) - 1
        parts: list[Box] = [self.show(expr.factors[0], "first factor", lead)]
        for at, factor in enumerate(expr.factors[1:], 1):
            place: Position = "last factor" if at == last else "factor"
            parts += (times, self.show(factor, place, False, followed=followed and at == last))
        return boxes.Row(tuple(parts), RowKind.PRODUCT)

    def quotient(self, expr: tree.Quotient, lead: bool = True) -> Box:
        """Return over / under"""
        if self.line:
            return boxes.Fraction(self.show(expr.over, "over", lead), self.show(expr.under, "under"))
        return boxes.Fraction(self.show(expr.over, "whole"), self.show(expr.under, "whole"), True)

    def power(self, expr: tree.Power) -> Box:
        """Return base ^ exponent"""
        exponent = self.show(expr.exponent, "exponent" if self.line else "whole")
        return boxes.Scripts(self.show(expr.base, "base"), exponent, power=True)

    def joined(self, factors: tuple[Expr, ...], position: Position, mark: Mark) -> Box:
        """Return A B …, only the first of which may open with a minus."""
        parts = [self.show(factors[0], position)]
        for factor in factors[1:]:
            parts += (sign(mark), self.show(factor, position, False))
        return boxes.Row(tuple(parts), RowKind.MATRICES)

    def hadamard_quotient(self, expr: tree.HadamardQuotient) -> Box:
        """Return A ⊘ B"""
        under = self.show(expr.under, "matrix factor", False)
        return boxes.Row((self.show(expr.over, "entrywise factor"), sign(Mark.OSLASH), under))

    def call(self, expr: tree.Call) -> Box:
        """Return f(a, b), or a notation of its own"""
        below = "" if expr.component is None else str(expr.component + 1)
        long = self.applied(called(expr, self.style), below, expr.args, RowKind.CALL)
        own = expr.function not in self.style.functions and len(expr.args) == 1
        if own and expr.function == "abs":
            return boxes.Notation(boxes.Fenced(self.show(expr.args[0], "whole"), "|", True), long)
        if own and expr.function == "sqrt":
            return boxes.Notation(boxes.Root(self.show(expr.args[0], "whole")), long)
        if own and expr.function == "exp" and self.style.euler and not self.line:
            return boxes.Notation(boxes.Scripts(name_box("e"), self.show(expr.args[0], "whole")), long)
        return long

    def prime(self, expr: tree.Prime) -> Box:
        """Return f'(a)"""
        below = "" if len(expr.args) == 1 else str(expr.slot + 1)
        return self.applied(called(expr, self.style), below, expr.args)

    def applied(self, written: str, below: str, args: tuple[Expr, ...], kind: RowKind = RowKind.PLAIN) -> boxes.Row:
        """Return a function before its arguments."""
        name = written.rstrip("'")
        primes = len(written) - len(name)
        name, below = LOGARITHMS.get(name, (name, below))
        return boxes.Row((boxes.Function(name, primes, below), sign(Mark.APPLY), self.arguments(args)), kind)

    def arguments(self, args: tuple[Expr, ...]) -> boxes.Fenced:
        """Return the arguments in brackets; a semicolon between them where a comma stands in one of the numbers."""
        if len(args) == 1:
            return self.bracketed(self.show(args[0], "whole"), *args, applied=True)
        comma = self.style.decimal == "," and (self.line or any(map(_has_point, args)))
        parts: list[Box] = []
        for arg in args:
            parts += (*((sign(Mark.SEMICOLON if comma else Mark.COMMA),) if parts else ()), self.show(arg, "whole"))
        return self.bracketed(boxes.Row(tuple(parts), RowKind.ARGUMENTS), *args, applied=True)

    def written(self, expr: tree.Written) -> Box:
        """Return u·v, z(x), df(x)/dx, ∂L/∂w"""
        first, *rest = expr.parts
        if expr.kind == "dot":
            left, right = (self.show(part, "factor") for part in expr.parts)
            return boxes.Row((left, sign(Mark.DOT), right))
        if expr.kind == "slope":
            over, under = (boxes.Row((sign(Mark.D_OF), self.show(part, "whole"))) for part in expr.parts)
            return boxes.Fraction(over, under)
        if expr.kind == "at":
            return self.show(first, "whole")
        return boxes.Row((self.show(first, "whole"), sign(Mark.APPLY), self.arguments(tuple(rest))))

    def compare(self, expr: tree.Compare) -> Box:
        """Return a < b"""
        parts = (self.show(expr.left, "whole"), sign(RELATIONS[expr.op]), self.show(expr.right, "whole"))
        return boxes.Row(parts, RowKind.COMPARISON)

    def cases(self, expr: tree.Cases) -> Box:
        """Return the pieces, each with its condition."""
        pieces = [(self.show(value, "whole"), self.show(condition, "whole")) for condition, value in expr.pieces]
        return boxes.Grid((*pieces, (self.show(expr.otherwise, "whole"), boxes.Words(self.style.otherwise))), cases=True)

    def matrix(self, expr: tree.Matrix) -> Box:
        """Return rows in square brackets."""
        rows = tuple(tuple(self.show(cell, "whole") for cell in row) for row in expr.rows)
        return boxes.Grid(rows, wide=expr.tall or wants_wide_rows(expr), tall=expr.tall)

    def sum_over(self, expr: tree.SumOver, followed: bool = False) -> Box:
        """Return Σ_{index=1}^{upper} body, which stands in brackets where it opens with a sign, is a sum or more terms follow."""
        index = name_box(expr.index, symbol=self.style.symbols.get(expr.index, ""))
        head = boxes.Summation(index, self.show(expr.upper, "whole"))
        within = followed and isinstance(expr.body, tree.SumOver)
        body = self.show(expr.body, "body", followed=within)
        first = body.over if self.line and isinstance(body, boxes.Fraction) else body
        if not is_bracketed(body) and ((followed and not within) or opens_with_sign(first)):
            body = self.bracketed(body, expr.body)
        return boxes.Row((head, body), RowKind.SUMMATION)

    def partial(self, expr: tree.Partial | tree.MatrixPartial) -> Box:
        """Return ∂of/∂by, or of'_by; a direct one in brackets, with a word below."""
        by = self.show(expr.by, "whole")
        if isinstance(expr, tree.Partial) and expr.then is not None:
            return self._second(self.name(expr.of), self.name(expr.then), by, expr.then == expr.by)
        if self.style.derivative == "prime" and (isinstance(expr, tree.Partial) or not self.line):
            made: Box = boxes.Primed(self.name(Sym(expr.of.name)), by)
        else:
            made = _ratio(Mark.PARTIAL, self.name(expr.of), Mark.PARTIAL, by)
        if not expr.direct:
            return made
        return boxes.Scripts(self.bracketed(made, expr), below=boxes.Words(self.style.direct))

    def _second(self, of: Box, then: Box, by: Box, twice: bool) -> Box:
        """∂²of/∂then∂by, or ∂²of/∂by² of one name `twice`."""
        square = boxes.Number("2")
        below: tuple[Box, ...] = (sign(Mark.PARTIAL), boxes.Scripts(by, above=square))
        if not twice:
            below = (sign(Mark.PARTIAL), then, sign(Mark.THIN), sign(Mark.PARTIAL), by)
        return boxes.Fraction(boxes.Row((boxes.Scripts(sign(Mark.PARTIAL), above=square), of)), boxes.Row(below))

    def index_partial(self, expr: tree.IndexedPartial) -> Box:
        """Return the same of quantities of any units."""
        of, by = self.bare(expr.of), self.bare(expr.by)
        if self.style.derivative == "prime":
            return boxes.Primed(of if isinstance(expr.of, Sym) or self.line else boxes.Fenced(of), by)
        return _ratio(Mark.PARTIAL, of, Mark.PARTIAL, by)

    def derivative(self, expr: tree.Derivative) -> Box:
        """Return d/dx (f), or dz/dx of a name"""
        d = Mark.PARTIAL if expr.curly else Mark.D
        if names_a_quantity(expr):
            return _ratio(d, self.bare(expr.body), d, self.name(expr.by))
        operator = boxes.Fraction(sign(d), boxes.Row((sign(d), self.name(expr.by))))
        body = self.bracketed(self.show(expr.body, "whole"), expr.body, applied=True)
        return boxes.Row((operator, body), RowKind.OPERATOR)

    def nabla(self, expr: tree.Nabla) -> Box:
        """Return ∇_by of"""
        head = boxes.Scripts(sign(Mark.NABLA), below=self.name(Sym(expr.by))) if expr.by else sign(Mark.NABLA)
        apart = (sign(Mark.NABLA_SPACE),) if expr.by or not self.line else ()
        return boxes.Row((head, *apart, self.name(expr.of)))

    def matrix_symbol(self, expr: tree.MatrixSym) -> boxes.Name:
        """Return W², or Wˡ⁺¹ in a general formula"""
        if not isinstance(expr.layer, str):
            return self.name(expr.symbol)
        return self.general(expr.letter, expr.layer, symbol=self.style.symbols.get(expr.letter, ""))

    def ones(self, expr: tree.Ones) -> Box:
        """Return 1 for a single one, 𝟏ᵀ for a row of them, else 𝟏."""
        if (expr.rows, expr.columns) == (1, 1):
            return boxes.Number("1")
        return boxes.Scripts(sign(Mark.ONES), sign(Mark.TOP)) if expr.rows == 1 else sign(Mark.ONES)

    def transpose(self, expr: tree.Transpose) -> Box:
        """Return Aᵀ, A⁻ᵀ"""
        if isinstance(expr.arg, tree.ArrayCall) and expr.arg.function == "inv":
            return self.inverse(expr.arg, sign(Mark.TOP))
        return boxes.Scripts(self.show(expr.arg, "base"), sign(Mark.TOP))

    def inverse(self, expr: tree.ArrayCall, exponent: Box) -> Box:
        """Return A with a minus and this exponent"""
        return boxes.Scripts(self.show(expr.args[0], "base"), boxes.Row((sign(Mark.NEGATIVE), exponent), RowKind.NEGATIVE))

    def array_call(self, expr: tree.ArrayCall) -> Box:
        """Return A⁻¹, I₃, tr(A), sum(A, axis = 1)"""
        if expr.function == "inv":
            return self.inverse(expr, boxes.Number("1"))
        if expr.function == "eye":
            return boxes.Scripts(name_box("I"), below=self.show(expr.args[0], "whole"))
        given = tuple(tree.Compare("==", tree.Words(name), value) for name, value in expr.options if name != "keepdims")
        return self.applied("tr" if expr.function == "trace" else expr.function, "", (*expr.args, *given))

    def entry(self, expr: tree.Entry) -> Box:
        """Return W²₁₂, (∂C/∂W)₁₂"""
        named = entry_symbol(expr)
        if named is not None:
            return self.name(named)
        row, apart, column = entry_index(expr).partition("_")
        below: Box = boxes.Number(row)
        if apart:
            below = boxes.Row((below, boxes.Glyph("_" if self.line else ",", close=True), boxes.Number(column)))
        return boxes.Scripts(self.show(expr.matrix, "base"), below=below)

    def size(self, size: tree.Size) -> Box:
        """Return a number of rows or columns."""
        return self.name(Sym(size)) if isinstance(size, str) else boxes.Number(str(size))

    def count(self, expr: tree.UnitCount) -> Box:
        """Return N_L, or that number"""
        return boxes.Number(str(expr.size)) if expr.size is not None else self.general(expr.letter, "", (expr.layer.text,))


def _ratio(above: Mark, over: Box, below: Mark, under: Box) -> boxes.Fraction:
    return boxes.Fraction(boxes.Row((sign(above), over)), boxes.Row((sign(below), under)))


_DIGITS = re.compile(r"[\d.]+")
_RATIO = re.compile(r"(\d+)/(\d+)")
_SCIENTIFIC = re.compile(r"([\d.]+)[eE]\+?(-?)0*(\d+)")


@NAME_BOXES
def name_box(name: str, index: str | int | None = None, raised: bool = False, symbol: str = "") -> boxes.Name:
    """Return a name of the spec; a `raised` index stands above it, in brackets."""
    parts = split(name)
    own = () if index is None else (str(index),)
    below, sample = ((), own[0]) if own and raised else (own, "")
    if symbol:
        return boxes.Name(parts.base, parts.accent, (), below, sample, symbol, name)
    above = (parts.superscript,) if parts.superscript else ()
    return boxes.Name(parts.base, parts.accent, above, (*parts.subscripts, *below), sample, "", name)


def _has_point(expr: Expr) -> bool:
    numbers = (number_text(node) for node in walk(expr) if isinstance(node, (tree.Num, tree.Shown)))
    return any("." in text and not _RATIO.fullmatch(text) for text in numbers)


def wants_wide_rows(matrix: tree.Matrix) -> bool:
    """Return whether rows of a matrix would touch: fractions, or names with indices above and below, stand in it."""
    cells = [cell for row in matrix.rows for cell in row]
    stacked = (split(node.name) for cell in cells for node in walk(cell) if isinstance(node, Sym))
    return len(matrix.rows) > 1 and (any(map(is_tall, cells)) or any(name.superscript and name.subscripts for name in stacked))


_TALL: tuple[type[Expr], ...] = (
    *(tree.Quotient, tree.Partial, tree.Derivative, tree.Cases, tree.SumOver, tree.Matrix, tree.MatrixPartial),
    *(tree.IndexedPartial, tree.Labelled, tree.Gap, tree.Filled),
)


def is_tall(expr: Expr) -> bool:
    """Return whether the expression is taller than a line of text."""
    if isinstance(expr, (tree.Num, tree.Shown)):
        return "/" in number_text(expr)
    if isinstance(expr, tree.Power):
        return is_tall(expr.base)
    if isinstance(expr, tree.Written):
        return expr.kind in ("slope", "at")
    return isinstance(expr, _TALL) or any(map(is_tall, children(expr)))


_BUILD: Mapping[type[Expr], Callable[[Any, Any], Box]] = MappingProxyType(
    {
        tree.Num: Builder.number,
        tree.Shown: Builder.number,
        tree.Slot: lambda b, e: boxes.Placeholder(e.text, e.source),
        tree.Sym: Builder.name,
        tree.Letter: Builder.name,
        tree.Pi: lambda builder, expr: builder.name(Sym("pi")),
        tree.Neg: Builder.negative,
        tree.Product: Builder.product,
        tree.Sum: Builder.sum,
        tree.Quotient: Builder.quotient,
        tree.Power: Builder.power,
        tree.Call: Builder.call,
        tree.Prime: Builder.prime,
        tree.Compare: Builder.compare,
        tree.Cases: Builder.cases,
        tree.Reduce: lambda b, e: b.applied(e.kind, "", (e.body,)),
        tree.SumOver: Builder.sum_over,
        tree.Partial: Builder.partial,
        tree.Nabla: Builder.nabla,
        tree.Derivative: Builder.derivative,
        tree.Matrix: Builder.matrix,
        tree.Gap: lambda b, e: boxes.Blank(e),
        tree.Filled: lambda b, e: boxes.Blank(e, b.show(e.content, "whole")),
        tree.Words: lambda b, e: boxes.Words(e.text, heading=True),
        tree.Boxed: lambda b, e: boxes.Framed(b.show(e.content, "whole")),
        tree.Marked: lambda b, e: boxes.Scripts(b.show(e.content, "term"), sign(Mark.DAGGER)),
        tree.Written: Builder.written,
        tree.Braces: lambda b, e: boxes.Fenced(b.show(e.content, "whole"), "{", True),
        tree.MatrixSym: Builder.matrix_symbol,
        tree.MatrixPartial: Builder.partial,
        tree.MatMul: lambda b, e: b.joined(e.factors, "matrix factor", Mark.THIN),
        tree.Hadamard: lambda b, e: b.joined(e.factors, "entrywise factor", Mark.ODOT),
        tree.HadamardQuotient: Builder.hadamard_quotient,
        tree.Transpose: Builder.transpose,
        tree.Diagonal: lambda b, e: b.applied("diag", "", (e.arg,)),
        tree.Ones: Builder.ones,
        tree.Entry: Builder.entry,
        tree.Sized: lambda b, e: boxes.Measured(b.show(e.content, "whole"), b.size(e.rows), b.size(e.columns)),
        tree.Indexed: lambda b, e: b.general(e.letter, e.above, e.below),
        tree.UnitCount: Builder.count,
        tree.IndexedPartial: Builder.index_partial,
        tree.ArrayCall: Builder.array_call,
        tree.Labelled: lambda b, e: boxes.Labelled(b.show(e.content, "whole"), b.show(e.label, "whole"), e.words),
    }
)
"""How each kind of node is built."""
