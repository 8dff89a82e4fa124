"""How wide and how high an expression prints, without TeX: TeX's own rules for spaces, scripts and fractions, rounded up.

The estimate stays within a few per cent of what pdfTeX sets (`tests/maths/test_measure.py` holds measured widths); where
the printer has a choice, the wider form is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from derivgen.maths import tree
from derivgen.maths.boxes import (
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
    text_width_em,
    word,
)  # fmt: skip
from derivgen.maths.glyphs import GREEK, ITALIC, LETTERS
from derivgen.maths.tree import Expr, Num, Sym

LINE = 1.2  # em from one line of text to the next
_ACCENTS = ("hat", "bar", "tilde", "vec", "dot")


def width_em(expr: Expr, *, inline: bool = False) -> float:
    """The width in em as a displayed formula, or within a line of text when `inline`.

    >>> round(width_em(Sym("W_13")), 1)
    1.9
    """
    return _box(expr, TEXT if inline else DISPLAY).width


def height_lines(expr: Expr, *, inline: bool = False) -> float:
    """The height in lines of text (1 for a plain symbol, about 1.7 for a displayed fraction), at least 1.

    >>> height_lines(Sym("x_1"))
    1.0
    """
    box = _box(expr, TEXT if inline else DISPLAY)
    return (max(box.up, 0.84) + max(box.down, 0.36)) / LINE


# Names ------------------------------------------------------------------------------------------------------------------


def _symbol(expr: Sym, level: int, exponent: Box | None = None) -> Box:
    """A name with its indices: `W_13`, `a__2_1` (2 above, 1 below), `yhat`, `A_5` of sample i."""
    front, _, back = expr.name.partition("__")
    head, *lower = front.split("_")
    upper, *rest = back.split("_")
    stem, trailing = _stem(head)
    index = [] if expr.index is None else [str(expr.index)]
    lower = [part for part in (trailing, *lower, *rest, *index) if part]
    above = _index([upper], script(level)) if upper else exponent
    return scripts(_letter(stem, head, level), above, _index(lower, script(level)) if lower else None, level, letter=True)


def _letter(stem: str, head: str, level: int) -> Box:
    """The bare name, accents on it."""
    up, down = _reach(stem)
    high = up + 0.26 if head.rstrip("0123456789").endswith(_ACCENTS) and head != stem else up
    return Box(_letter_width(stem) * WIDTH[level], high * HEIGHT[level], down * HEIGHT[level])


def _reach(word_part: str) -> tuple[float, float]:
    """How far letters rise and hang."""
    if word_part in GREEK:
        return 0.7, 0.2
    return 0.44 if re.fullmatch("[acegmnopqrsuvwxyz]+", word_part) else 0.7, 0.2 if re.search("[gjpqyQ,]", word_part) else 0.0


def _stem(head: str) -> tuple[str, str]:
    """The letter and what was written straight after it: `yhat` → (`y`, ``), `z1` → (`z`, `1`), `α` → (`alpha`, ``)."""
    word_part = head.rstrip("0123456789") or head
    trailing = head[len(word_part) :]
    for accent in _ACCENTS:
        bare = word_part.removesuffix(accent)
        if bare != word_part and (len(bare) == 1 or bare in GREEK):
            return LETTERS.get(bare, bare), trailing
    return LETTERS.get(word_part, word_part), trailing


def _letter_width(stem: str) -> float:
    """One letter in italics, a Greek name, or several letters upright."""
    if stem in GREEK:
        return GREEK[stem]
    if len(stem) == 1:
        return ITALIC.get(stem, 0.5 if stem.isdigit() else 0.65)
    return text_width_em(stem)


def _index(parts: list[str], level: int) -> Box:
    """Indices with commas between them, small."""
    width = 0.278 * (len(parts) - 1) + sum(_letter_width(LETTERS.get(part, part)) for part in parts)
    return Box(width * WIDTH[level], 0.65 * HEIGHT[level], _reach(",".join(parts))[1] * HEIGHT[level])


# Numbers, sums, products --------------------------------------------------------------------------------------------------


def _num(expr: Num, level: int) -> Box:
    if expr.text and "/" not in expr.text:
        return digits(expr.text, level)
    return _written(str(Fraction(expr.value)), level)


def _shown(expr: tree.Shown, level: int) -> Box:
    return _written(expr.text, level)


def _written(text: str, level: int) -> Box:
    """`3`, `-0.25`, or a fraction `-1/2` with its sign before it."""
    over, _, under = text.lstrip("-−").partition("/")
    minus = (sign(0.778, level),) if text[:1] in ("-", "−") else ()
    if not under:
        return row((*minus, digits(over, level)))
    return row((*minus, fraction(digits(over, halves(level)), digits(under, halves(level)), level)))


def is_negative(expr: Expr) -> bool:
    """Whether it prints with a minus sign in front."""
    if isinstance(expr, Num):
        return expr.value < 0
    if isinstance(expr, tree.Shown):
        return expr.text[:1] in ("-", "−")
    if isinstance(expr, tree.Product):
        return bool(expr.factors) and is_negative(expr.factors[0])
    return isinstance(expr, tree.Neg)


def _guarded(expr: Expr, level: int, needs: bool) -> Box:
    """In brackets where it needs them."""
    return bracketed(_box(expr, level), level) if needs else _box(expr, level)


def _neg(expr: tree.Neg, level: int) -> Box:
    return row((sign(0.778, level), _guarded(expr.arg, level, isinstance(expr.arg, tree.Sum) or is_negative(expr.arg))))


def _sum(expr: tree.Sum, level: int) -> Box:
    parts: list[Box] = []
    for position, term in enumerate(expr.terms):
        inner = term.arg if isinstance(term, tree.Neg) and position else term
        parts.extend((operator(0.778, level),) if position else ())
        parts.append(_guarded(inner, level, isinstance(inner, tree.Sum) or bool(position and is_negative(inner))))
    return row(parts)


def _product(expr: tree.Product, level: int) -> Box:
    parts: list[Box] = []
    for position, factor in enumerate(expr.factors):
        parts.extend((operator(0.278, level),) if position else ())
        last = position == len(expr.factors) - 1
        loose = isinstance(factor, tree.Sum | tree.Product | tree.Cases)
        loose = loose or (isinstance(factor, tree.Reduce | tree.SumOver) and not last)
        parts.append(_guarded(factor, level, loose or bool(position and is_negative(factor))))
    return row(parts)


def _quotient(expr: tree.Quotient, level: int) -> Box:
    return fraction(_box(expr.over, halves(level)), _box(expr.under, halves(level)), level)


def _power(expr: tree.Power, level: int) -> Box:
    base = expr.base
    if isinstance(base, Sym) and "__" not in base.name:
        return _symbol(base, level, _box(expr.exponent, script(level)))
    whole = isinstance(base, Num) and base.value >= 0 and base.value.denominator == 1
    simple = whole or isinstance(base, tree.Call | tree.Gap)
    return scripts(_guarded(base, level, not simple), _box(expr.exponent, script(level)), None, level)


# Calls and the rest -------------------------------------------------------------------------------------------------------


def _arguments(args: Iterable[Expr], level: int) -> Box:
    boxes: list[Box] = []
    for position, arg in enumerate(args):
        boxes.extend((sign(0.278, level), space(3, level)) if position else ())
        boxes.append(_box(arg, level))
    return bracketed(row(boxes), level)


def _call(expr: tree.Call, level: int) -> Box:
    head = word(expr.written or expr.function, level)
    if expr.component is not None:
        head = scripts(head, None, _index([str(expr.component + 1)], script(level)), level)
    return row((head, _arguments(expr.args, level)))


def _prime(expr: tree.Prime, level: int) -> Box:
    head = word(expr.written or expr.function, level)
    slot = _index([str(expr.slot + 1)], script(level)) if len(expr.args) > 1 else None
    return row((scripts(head, word("'", script(level)), slot, level), _arguments(expr.args, level)))


def _compare(expr: tree.Compare, level: int) -> Box:
    return row((_box(expr.left, level), operator(0.778, level, 5), _box(expr.right, level)))


def _cases(expr: tree.Cases, level: int) -> Box:
    """A brace, then one row per piece: the value, a space, the condition."""
    rows = [(_box(body, TEXT), _compare(test, TEXT)) for test, body in expr.pieces]
    rows.append((_box(expr.otherwise, TEXT), word("otherwise", TEXT)))
    width = max(value.width for value, _ in rows) + 1.0 + max(test.width for _, test in rows) + 1.1
    return column((max(1.5, value.up + value.down + 0.15) for value, _ in rows), width)


def _big_sum(body: Expr, below: Box, above: Box, level: int) -> Box:
    """Σ with its limits: above and below it in a display, beside it in a line of text."""
    if level == DISPLAY:
        head = Box(max(1.445, below.width, above.width), 1.25 + above.up + above.down, 0.85 + below.up + below.down)
    else:
        head = scripts(Box(1.056, 0.75, 0.25), above, below, level)
    return row((head, space(3, level), _guarded(body, level, isinstance(body, tree.Sum))))


def _sum_over(expr: tree.SumOver, level: int) -> Box:
    small = script(level)
    below = row((_index([expr.index], small), sign(0.778, small), digits("1", small)))
    return _big_sum(expr.body, below, _box(expr.upper, small), level)


def _reduce(expr: tree.Reduce, level: int) -> Box:
    """Σ over the samples; a mean has 1/n before it."""
    low = halves(level)
    summed = _sum_over(tree.SumOver("i", Sym("n"), expr.body), level)
    if expr.kind != "mean":
        return summed
    return row((fraction(digits("1", low), _index(["n"], low), level), space(3, level), summed))


def _partial(expr: tree.Partial, level: int) -> Box:
    low = halves(level)
    curl = Box(0.587 * WIDTH[low], 0.7 * HEIGHT[low], 0.0)
    return fraction(row((curl, _symbol(expr.of, low))), row((curl, _symbol(expr.by, low))), level)


def _matrix(expr: tree.Matrix, level: int) -> Box:
    cells = [[_box(cell, TEXT) for cell in line] for line in expr.rows]
    columns = max((len(line) for line in cells), default=0)
    width = sum(max((line[c].width for line in cells if c < len(line)), default=0.0) for c in range(columns))
    heights = [max([1.25, *(cell.up + cell.down + 0.15 for cell in line)]) for line in cells]
    return column(heights, width + max(0, columns - 1) + 1.4)


def _gap(expr: tree.Gap | tree.Filled, level: int) -> Box:
    return column((expr.height * LINE,), expr.width)


def _boxed(expr: tree.Boxed, level: int) -> Box:
    inner = _box(expr.content, level)
    return Box(inner.width + 0.7, inner.up + 0.35, inner.down + 0.35)


def _marked(expr: tree.Marked, level: int) -> Box:
    return scripts(_box(expr.content, level), word("*", script(level)), None, level)


def _braces(expr: tree.Braces, level: int) -> Box:
    return bracketed(_box(expr.content, level), level, 1.3)


_BOXES: dict[type, Callable[..., Box]] = {
    Num: _num, tree.Shown: _shown, Sym: _symbol, tree.Neg: _neg, tree.Sum: _sum, tree.Product: _product,
    tree.Quotient: _quotient, tree.Power: _power, tree.Call: _call, tree.Prime: _prime, tree.Compare: _compare,
    tree.Cases: _cases, tree.Reduce: _reduce, tree.SumOver: _sum_over, tree.Partial: _partial, tree.Matrix: _matrix,
    tree.Gap: _gap, tree.Filled: _gap, tree.Boxed: _boxed, tree.Marked: _marked, tree.Braces: _braces,
}  # fmt: skip


def _box(expr: Expr, level: int) -> Box:
    return _BOXES[type(expr)](expr, level)
