"""A step of an equation in pieces, each a `<math>` of its own: a browser breaks rows between them, and never inside one.

MathML does not break lines by itself. How wide the page is becomes known when somebody looks at it, so a step is cut wherever it
may be broken, and the browser fills the rows.
"""

from __future__ import annotations

import re

from derivgen.maths.mathml import Answer, Printer, elements, math
from derivgen.maths.mathml_marks import DOT, MINUS, THIN, TIMES, fence, one, operator, space
from derivgen.maths.measure import width_em
from derivgen.maths.style import Style, unfold
from derivgen.maths.tree import Expr, Product, Sum, SumOver
from derivgen.render.cutting import Cutter, Marks, Piece

RELATIONS = {"=": "=", "≈": "≈", ":=": "≔", "←": "←"}
WHOLE = 12.0  # em: a shorter step is not cut
ROOM = 26.0  # em: what is longer is cut within its brackets, too
_SIGN = re.compile(rf'<mo(?: form="infix")?>(?:[+{MINUS}{DOT}∗]|{TIMES})</mo>(?:<mspace[^>]*/>)?')
_JUXTAPOSED = re.compile(rf"\s*<mo>{TIMES}</mo>(?:<mspace[^>]*/>)?\s*")


def step(relation: str, expr: Expr, style: Style, answer: Answer) -> str:
    """A relation and its right side as `<math>` elements, between which a row may end."""
    sign = operator(RELATIONS[relation])
    if width_em(expr, style) <= WHOLE:
        return math(sign + elements(expr, style, answer), display=True)
    first, *rest = _joined(_cut(Cutter(Printer(style, answer), MARKS, ROOM), unfold(expr, style)))
    return "<wbr>".join(math(piece, display=True) for piece in (sign + first, *rest))


def _cut(cutter: Cutter, expr: Expr) -> list[Piece]:
    """A sum at its terms and a product at its factors even where they would fit."""
    if isinstance(expr, Sum):
        return cutter.sum(expr, True, False)
    if isinstance(expr, Product) and isinstance(expr.factors[-1], SumOver):
        first, *rest = _cut(cutter, expr.factors[-1])
        sign = _sign_of(cutter.printer.factors(expr)[-1])
        before = expr.factors[0] if len(expr.factors) == 2 else Product(expr.factors[:-1])
        return [*_cut(cutter, before), Piece(sign + first.text, first.width), *rest]
    if isinstance(expr, Product):
        return cutter.product(expr, True, False)
    if isinstance(expr, SumOver) and isinstance(expr.body, Product):
        first, *rest = cutter.product(expr.body, True, True)
        return [Piece(cutter.printer.sum_head(expr) + first.text, first.width + 2), *rest]
    return cutter.pieces(expr, "whole")


def _joined(pieces: list[Piece]) -> list[str]:
    """The pieces, one without a sign of its own joined to the one before, or with a dot where that would be too long."""
    made: list[Piece] = []
    for piece in pieces:
        if made and _JUXTAPOSED.match(piece.text):
            if made[-1].width + piece.width <= ROOM:
                made[-1] = Piece(made[-1].text + piece.text, made[-1].width + piece.width)
                continue
            piece = Piece(_JUXTAPOSED.sub(operator(DOT), piece.text, count=1), piece.width)
        made.append(piece)
    return [piece.text.strip() for piece in made]


def _sign_of(text: str) -> str:
    match = _SIGN.match(text)
    return match.group() if match else ""


LARGE = "1.8em"
MARKS = Marks(
    minus=operator(MINUS, "prefix"),
    thin=operator(TIMES) + space(THIN),
    odot=operator("⊙"),
    comma=operator(","),
    opening={sign: fence(sign, "prefix", size=LARGE) for sign in "({"},
    closing={sign: fence(sign, "postfix", size=LARGE) for sign in ")}"},
    raised=lambda base, exponent: f"<msup>{base}{one(exponent)}</msup>",
    smaller=lambda text, room: text,
    sign_of=_sign_of,
)
