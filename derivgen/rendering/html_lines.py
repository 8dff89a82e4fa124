"""A step of an equation in pieces, each a `<math>` of its own: a browser breaks rows between them, and never inside one.

MathML does not break lines by itself. How wide the page is becomes known when somebody looks at it, so a step is cut wherever it
may be broken, and the browser fills the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derivgen.maths.style import Style, unfold
from derivgen.maths.tree import Expr, Filled, Neg, Product, Sum, SumOver
from derivgen.present.mathml import Answer, Printer, math
from derivgen.present.mathml_marks import DOT, MINUS, THIN, TIMES, fence, one, operator, space
from derivgen.present.measure import width_em
from derivgen.rendering.cutting import Cutter, Marks, Piece

RELATIONS = {"=": "=", "≈": "≈", ":=": "≔", "←": "←"}
WHOLE = 12.0  # em: what is shorter is not cut
ROOM = 20.0  # em: what is longer is cut within its brackets, too
NARROW = 13.0  # em of a telephone beside a left side: a longer piece may have to be scrolled
LARGE = "1.8em"
ANSWER = '<mrow class="dg-answer">{}</mrow>'
NARROW_DOT = f'<mo class="dg-narrow">{DOT}</mo>{space(THIN)}'
_SIGN = re.compile(rf'<mo(?: form="infix")?>(?:[+{MINUS}{DOT}∗]|{TIMES})</mo>(?:<mspace[^>]*/>)?')
_JUXTAPOSED = re.compile(rf"\s*<mo>{TIMES}</mo>(?:<mspace[^>]*/>)?\s*")


@dataclass(frozen=True, slots=True)
class Step:
    """A relation and its right side as `<math>` elements between which a row may end; `wide`: one may not fit a narrow page."""

    text: str
    wide: bool


def step(relation: str, expr: Expr, style: Style, answer: Answer) -> Step:
    """One step of a line."""
    unfolded = unfold(expr, style)
    cutter = Cutter(Printer(style, answer), MARKS, ROOM)
    whole = unfolded.content if isinstance(unfolded, Filled) else unfolded
    terms = [_joined(term) for term in _terms(cutter, whole)]
    if isinstance(unfolded, Filled):
        terms = _answered(unfolded, terms, answer)
    (first, *rest), *others = terms
    terms = [[replace(first, text=operator(RELATIONS[relation]) + first.text), *rest], *others]
    shown = map(_term, terms) if others else (math(piece.text, display=True) for piece in terms[0])
    return Step("<wbr>".join(shown), any(piece.width > NARROW for term in terms for piece in term))


def _answered(gap: Filled, terms: list[list[Piece]], answer: Answer) -> list[list[Piece]]:
    """An answer may be broken as well: its first piece has the gap's number."""
    made = [[replace(piece, text=ANSWER.format(piece.text)) for piece in term] for term in terms]
    made[0][0] = replace(made[0][0], text=answer(gap, terms[0][0].text))
    return made


def _term(pieces: list[Piece]) -> str:
    """One term, which a row is broken before rather than within."""
    text = "<wbr>".join(math(piece.text, display=True) for piece in pieces)
    return f'<span class="dg-term">{text}</span>' if len(pieces) > 1 else text


def _terms(cutter: Cutter, expr: Expr) -> list[list[Piece]]:
    """A long sum's terms, each in pieces; of anything else its pieces."""
    if not isinstance(expr, Sum) or width_em(expr, cutter.printer.style) <= WHOLE:
        return [_cut(cutter, expr)]
    made: list[list[Piece]] = []
    for term, text in zip(expr.terms, cutter.printer.terms(expr), strict=True):
        inner = term.arg if isinstance(term, Neg) else term
        sign = _sign_of(text) if made else cutter.marks.minus if isinstance(term, Neg) else ""
        if isinstance(inner, (Product, SumOver)):
            made.append(_behind(sign, _cut(cutter, inner, not sign)))
        else:
            made.append(cutter.signed(sign, text, inner, not sign, False))
    return made


def _cut(cutter: Cutter, expr: Expr, lead: bool = True) -> list[Piece]:
    """A sum at its terms and a product at its factors, even where they would fit a wide page."""
    width = width_em(expr, cutter.printer.style)
    if width <= WHOLE:
        return [Piece(cutter.printer.show(expr, "whole", lead), width)]
    if isinstance(expr, Neg) and not isinstance(expr.arg, Sum):
        return _behind(cutter.marks.minus, _cut(cutter, expr.arg, False))
    if isinstance(expr, Sum):
        return [piece for term in _terms(cutter, expr) for piece in term]
    if isinstance(expr, Product) and cutter.printer.style.product != "brackets":
        return _factors(cutter, expr, lead)
    if isinstance(expr, SumOver) and isinstance(expr.body, Product):
        return _behind(cutter.printer.sum_head(expr), _cut(cutter, expr.body))
    return cutter.pieces(expr, "whole", lead)


def _factors(cutter: Cutter, expr: Product, lead: bool) -> list[Piece]:
    """A product before each sign, and so a product or sum over an index in it that needs no brackets."""
    made: list[Piece] = []
    for factor, text in zip(expr.factors, cutter.printer.factors(expr, lead), strict=True):
        sign = _sign_of(text) if made else ""
        if isinstance(factor, Product) or (isinstance(factor, SumOver) and factor is expr.factors[-1]):
            made += _behind(sign, _cut(cutter, factor, lead and not made))
        else:
            made += cutter.signed(sign, text, factor, lead and not made, True)
    return made


def _behind(sign: str, pieces: list[Piece]) -> list[Piece]:
    first, *rest = pieces
    return [Piece(sign + first.text, first.width + 1.0), *rest]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces, one without a sign joined to the one before, or with a dot for narrow pages where that is too long."""
    made: list[Piece] = []
    for piece in pieces:
        if made and _JUXTAPOSED.match(piece.text):
            if made[-1].width + piece.width <= WHOLE:
                made[-1] = Piece(made[-1].text + piece.text, made[-1].width + piece.width)
                continue
            piece = Piece(_JUXTAPOSED.sub(NARROW_DOT, piece.text, count=1), piece.width)
        made.append(replace(piece, text=piece.text.strip()))
    return made


def _sign_of(text: str) -> str:
    match = _SIGN.match(text)
    return match.group() if match else ""


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
