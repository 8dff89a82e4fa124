"""A tree's box, node by node, as `derivgen.present.latex` prints it."""

from __future__ import annotations

from collections.abc import Callable

from derivgen.maths import tree
from derivgen.maths.brackets import STACKED, Form, form, is_numeric, names_a_quantity, number_text
from derivgen.maths.slots import DependsOnNumberError, source_text
from derivgen.maths.style import Style, called, is_coefficient, is_raised, stands_before_bracket
from derivgen.maths.tree import Expr, Hadamard, Indexed, MatMul, MatrixSym, Num, Shown, Slot, Sym
from derivgen.present.boxes import (
    DISPLAY,
    HEIGHT,
    TEXT,
    WIDTH,
    Box,
    bracketed,
    column,
    digits,
    fraction,
    halves,
    operator,
    row,
    script,
    scripts,
    sign,
    space,
    word,
)
from derivgen.present.index_measure import BOXES as INDICES
from derivgen.present.latex import is_tall, wants_wide_rows
from derivgen.present.matrix_measure import BOXES
from derivgen.present.measure_names import index_box, symbol_box

LINE = 1.2  # em from one line of text to the next


class Ruler:
    """Measures one tree after `unfold`; its methods answer to those of the printer."""

    def __init__(self, style: Style):
        self.style = style

    def box(self, expr: Expr, level: int, position: str = "whole", lead: bool = True) -> Box:
        """The expression as it stands in a position, in brackets where the printer sets them."""
        kind = Form.POWER if is_raised(expr, self.style) else form(expr)
        if kind in STACKED[position] or (kind is Form.NEGATIVE and not lead):
            return bracketed(self.bare(expr, level), level, is_tall(expr))
        if isinstance(expr, tree.Product):
            return self.product(expr, level, lead)
        return self.bare(expr, level)

    def bare(self, expr: Expr, level: int) -> Box:
        return _BOXES[type(expr)](self, expr, level)

    def name(self, expr: Sym, level: int) -> Box:
        return symbol_box(expr, self.style, level)

    def number(self, expr: Num | Shown, level: int) -> Box:
        """`3`, `-0.25`, or a fraction `-1/2` with its sign before it."""
        text = number_text(expr)
        over, _, under = text.lstrip("-−").partition("/")
        minus = (sign(0.778, level),) if text[:1] in ("-", "−") else ()
        if not under:
            return row((*minus, digits(over, level)))
        return row((*minus, fraction(digits(over, halves(level)), digits(under, halves(level)), level)))

    def slot(self, expr: Slot, level: int) -> Box:
        """Refuse: how wide a number is, is not known before the number."""
        raise DependsOnNumberError(f"the layout of the page depends on how long {source_text(expr.source)} is")

    def neg(self, expr: tree.Neg, level: int) -> Box:
        return row((sign(0.778, level), self.box(expr.arg, level, "negated", False)))

    def sum(self, expr: tree.Sum, level: int) -> Box:
        parts = [self.box(expr.terms[0], level, "term")] if expr.terms else []
        for term in expr.terms[1:]:
            inner = term.arg if isinstance(term, tree.Neg) else term
            parts += [operator(0.778, level), self.box(inner, level, "term", False)]
        return row(parts)

    def product(self, expr: tree.Product, level: int, lead: bool = True) -> Box:
        notation = self.style.product
        last = len(expr.factors) - 1
        bare = lead or form(expr.factors[0]) is not Form.NEGATIVE
        parts: list[Box] = []
        for at, factor in enumerate(expr.factors):
            piece = self.box(factor, level, "last factor" if at == last else "factor", lead and at == 0)
            if at and notation == "brackets" and form(factor) is not Form.SUM:
                piece = bracketed(piece, level, is_tall(factor))
            parts += [self.between(expr.factors[at - 1], factor, notation, at == 1 and bare, level), piece] if at else [piece]
        return row(parts)

    def between(self, left: Expr, right: Expr, notation: str, opening: bool, level: int) -> Box:
        """What stands between two factors: a sign, a thin space or nothing."""
        if form(right) is Form.OPERATOR or notation == "brackets":
            return space(3, level)
        if notation == "star":
            return operator(0.5, level)
        if opening and stands_before_bracket(left, right):
            return space(0, level)
        if opening and is_coefficient(left) and _takes_coefficient(right):
            return space(3, level) if isinstance(right, tree.Call | tree.Prime | tree.Braces) else space(0, level)
        if notation == "dot" or (is_numeric(left) and is_numeric(right)) or _is_figure(right):
            return operator(0.278, level)
        return space(3, level)

    def quotient(self, expr: tree.Quotient, level: int) -> Box:
        return fraction(self.box(expr.over, halves(level)), self.box(expr.under, halves(level)), level)

    def power(self, expr: tree.Power, level: int) -> Box:
        exponent = self.box(expr.exponent, script(level))
        if isinstance(expr.base, Sym) and form(expr.base) is Form.ATOM and not is_raised(expr.base, self.style):
            return symbol_box(expr.base, self.style, level, exponent)
        return scripts(self.box(expr.base, level, "base"), exponent, None, level)

    def arguments(self, args: tuple[Expr, ...], level: int) -> Box:
        boxes: list[Box] = []
        for position, arg in enumerate(args):
            boxes.extend((sign(0.278, level), space(3, level)) if position else ())
            boxes.append(self.box(arg, level))
        return bracketed(row(boxes), level, any(map(is_tall, args)))

    def call(self, expr: tree.Call, level: int) -> Box:
        if expr.function in _OWN_NOTATION and len(expr.args) == 1 and expr.function not in self.style.functions:
            return _OWN_NOTATION[expr.function](self, expr.args[0], level)
        head = self.function(called(expr, self.style), level)
        if expr.component is not None:
            head = scripts(head, None, index_box([str(expr.component + 1)], script(level)), level)
        return row((head, self.arguments(expr.args, level)))

    def prime(self, expr: tree.Prime, level: int) -> Box:
        slot = index_box([str(expr.slot + 1)], script(level)) if len(expr.args) > 1 else None
        name = called(expr, self.style)
        bare = name.rstrip("'")
        mark = word("'" * (len(name) - len(bare)), script(level)) if bare != name else None
        head = scripts(self.function(bare, level), mark, slot, level)
        return row((head, self.arguments(expr.args, level)))

    def written(self, expr: tree.Written, level: int) -> Box:
        """u·v, z(x), df(x)/dx"""
        first, *rest = expr.parts
        if expr.kind == "dot":
            return row((self.box(first, level, "factor"), operator(0.278, level), self.box(rest[0], level, "factor")))
        if expr.kind == "slope":
            low = halves(level)
            letter = word("d", low)
            return fraction(row((letter, self.box(first, low))), row((letter, self.box(rest[0], low))), level)
        return row((self.box(first, level), self.arguments(tuple(rest), level)))

    def function(self, written: str, level: int) -> Box:
        """A function's name, a single letter in italics, others upright."""
        return word(written, level) if len(written) > 1 else symbol_box(Sym(written), self.style, level)

    def compare(self, expr: tree.Compare, level: int) -> Box:
        return row((self.box(expr.left, level), operator(0.778, level, 5), self.box(expr.right, level)))

    def cases(self, expr: tree.Cases, level: int) -> Box:
        """A brace, then one row per piece: the value, a space, the condition."""
        rows = [(self.box(body, TEXT), self.box(test, TEXT)) for test, body in expr.pieces]
        rows.append((self.box(expr.otherwise, TEXT), word(self.style.otherwise, TEXT)))
        width = max(value.width for value, _ in rows) + 1.0 + max(test.width for _, test in rows) + 1.1
        return column((max(1.5, value.up + value.down + 0.15) for value, _ in rows), width)

    def sum_over(self, expr: tree.SumOver, level: int) -> Box:
        """Σ with its limits: above and below it in a display, beside it in a line of text."""
        small = script(level)
        below = row((symbol_box(Sym(expr.index), self.style, small), sign(0.778, small), digits("1", small)))
        above = self.box(expr.upper, small)
        if level == DISPLAY:
            head = Box(max(1.445, below.width, above.width), 1.25 + above.up + above.down, 0.85 + below.up + below.down)
        else:
            head = scripts(Box(1.056, 0.75, 0.25), above, below, level)
        return row((head, space(3, level), self.box(expr.body, level, "body")))

    def reduce(self, expr: tree.Reduce, level: int) -> Box:
        return row((word(expr.kind, level), self.arguments((expr.body,), level)))

    def partial(self, expr: tree.Partial, level: int) -> Box:
        """∂of/∂by, or of'_by"""
        if self.style.derivative == "prime":
            mark = word("'", script(level))
            return scripts(self.name(Sym(expr.of.name), level), mark, self.name(expr.by, script(level)), level)
        low = halves(level)
        curl = Box(0.587 * WIDTH[low], 0.7 * WIDTH[low], 0.0)
        return fraction(row((curl, self.name(expr.of, low))), row((curl, self.name(expr.by, low))), level)

    def nabla(self, expr: tree.Nabla, level: int) -> Box:
        head = Box(0.833 * WIDTH[level], 0.7 * HEIGHT[level], 0.0)
        below = symbol_box(Sym(expr.by), self.style, script(level)) if expr.by else None
        return row((scripts(head, None, below, level), space(3, level), self.name(expr.of, level)))

    def unworked(self, expr: tree.Derivative, level: int) -> Box:
        """d/dx (f), or dz/dx of a name"""
        low = halves(level)
        d = Box(0.587 * WIDTH[low], 0.7 * WIDTH[low], 0.0)
        below = row((d, self.name(expr.by, low)))
        if names_a_quantity(expr):
            return fraction(row((d, self.box(expr.body, low))), below, level)
        body = bracketed(self.box(expr.body, level), level, is_tall(expr.body))
        return row((fraction(d, below, level), body))

    def matrix(self, expr: tree.Matrix, level: int) -> Box:
        cells = [[self.box(cell, TEXT) for cell in line] for line in expr.rows]
        columns = max((len(line) for line in cells), default=0)
        width = sum(max((line[c].width for line in cells if c < len(line)), default=0.0) for c in range(columns))
        gap = 0.4 if wants_wide_rows(expr) else 0.0
        heights = [max([1.25, *(cell.up + cell.down + 0.15 for cell in line)]) + gap for line in cells]
        brackets = min(1.42, 0.6 + 0.21 * sum(heights))
        return column(heights, width + max(0, columns - 1) + brackets)

    def gap(self, expr: tree.Gap | tree.Filled, level: int) -> Box:
        return column((expr.height * LINE,), expr.width)

    def boxed(self, expr: tree.Boxed, level: int) -> Box:
        inner = self.box(expr.content, level)
        return Box(inner.width + 0.7, inner.up + 0.35, inner.down + 0.35)

    def marked(self, expr: tree.Marked, level: int) -> Box:
        return scripts(self.box(expr.content, level, "term"), word("+", script(level)), None, level)

    def braces(self, expr: tree.Braces, level: int) -> Box:
        return bracketed(self.box(expr.content, level), level, widen=1.3)


def _takes_coefficient(expr: Expr) -> bool:
    """Whether a number stands directly before it: `2x`, `2(y - z)`."""
    if isinstance(expr, tree.Power | tree.Product | MatMul | Hadamard):
        return _takes_coefficient(expr.base if isinstance(expr, tree.Power) else expr.factors[0])
    return isinstance(expr, Sym | Indexed | MatrixSym | tree.Sum | tree.Call | tree.Prime | tree.Braces) and not is_numeric(expr)


def _is_figure(expr: Expr) -> bool:
    return isinstance(expr, Num | Shown) or (isinstance(expr, tree.Power) and _is_figure(expr.base))


def _exp(ruler: Ruler, arg: Expr, level: int) -> Box:
    return symbol_box(Sym("e"), ruler.style, level, ruler.box(arg, script(level)))


def _sqrt(ruler: Ruler, arg: Expr, level: int) -> Box:
    inner = ruler.box(arg, level)
    return Box(inner.width + (0.84 if inner.up + inner.down <= 1.1 else 1.01), inner.up + 0.2, inner.down)


def _abs(ruler: Ruler, arg: Expr, level: int) -> Box:
    return row((sign(0.278, level), ruler.box(arg, level), sign(0.278, level)))


_OWN_NOTATION: dict[str, Callable[[Ruler, Expr, int], Box]] = {"exp": _exp, "sqrt": _sqrt, "abs": _abs}
_BOXES: dict[type, Callable[..., Box]] = {
    Num: Ruler.number,
    Shown: Ruler.number,
    Slot: Ruler.slot,
    Sym: Ruler.name,
    tree.Letter: Ruler.name,
    tree.Neg: Ruler.neg,
    tree.Sum: Ruler.sum,
    tree.Product: Ruler.product,
    tree.Quotient: Ruler.quotient,
    tree.Power: Ruler.power,
    tree.Call: Ruler.call,
    tree.Prime: Ruler.prime,
    tree.Compare: Ruler.compare,
    tree.Cases: Ruler.cases,
    tree.Reduce: Ruler.reduce,
    tree.SumOver: Ruler.sum_over,
    tree.Partial: Ruler.partial,
    tree.Nabla: Ruler.nabla,
    tree.Derivative: Ruler.unworked,
    tree.Matrix: Ruler.matrix,
    tree.Gap: Ruler.gap,
    tree.Words: lambda ruler, expr, level: word(expr.text, level),
    tree.Filled: Ruler.gap,
    tree.Boxed: Ruler.boxed,
    tree.Marked: Ruler.marked,
    tree.Braces: Ruler.braces,
    **BOXES,
    **INDICES,
    tree.Written: Ruler.written,
}
