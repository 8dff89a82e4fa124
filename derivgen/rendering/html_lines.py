"""A step of an equation in pieces, each a `<math>` of its own: a browser breaks rows between them, and never inside one.

MathML does not break lines by itself. How wide the page is becomes known when somebody looks at it, so a step is cut wherever it
may be broken, and the browser fills the rows.
"""

from __future__ import annotations

import re

from derivgen.documents.document import Line
from derivgen.frozen import dataclass, replace
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.boxes import Blank, Box, Row, RowKind, is_bracketed, items
from derivgen.present.boxes import terms as terms_of
from derivgen.present.breaking import Breaker, Format, Piece, width_of
from derivgen.present.build import present
from derivgen.present.mathml import DOT, THIN, TIMES, Answer, Printer, fence, math, operator, space
from derivgen.rendering.html_gaps import MARK
from derivgen.rendering.spoken import spoken_line

RELATIONS = {"=": "=", "≈": "≈", ":=": "≔", "←": "←"}
WHOLE = 12.0  # em: what is shorter is not cut
ROOM = 20.0  # em: what is longer is cut within its brackets, too
NARROW = 13.0  # em of a telephone beside a left side: a longer piece may have to be scrolled
LARGE = "1.8em"
ANSWER = '<mrow class="dg-answer">{}</mrow>'
NARROW_DOT = f'<mo class="dg-narrow">{DOT}</mo>{space(THIN)}'
_JUXTAPOSED = re.compile(rf"\s*<mo>{TIMES}</mo>(?:<mspace[^>]*/>)?\s*")


@dataclass(frozen=True, slots=True)
class Step:
    """A relation and its right side as `<math>` elements between which a row may end; `wide`: one may not fit a narrow page."""

    text: str
    wide: bool


def step(relation: str, expr: Expr, style: Style, answer: Answer, language: str) -> Step:
    """Print one step of a line; one in a single piece, without a gap, has its words as well."""
    box = present(expr, style)
    breaker = Breaker(_format(Printer(answer)), ROOM)
    whole = box.content if isinstance(box, Blank) and box.content is not None else box
    terms = [_joined(term) for term in _terms(breaker, whole)]
    if isinstance(box, Blank) and box.content is not None:
        terms = _answered(box, terms, answer)
    (first, *rest), *others = terms
    terms = [[replace(first, text=operator(RELATIONS[relation]) + first.text), *rest], *others]
    if others or rest or MARK in first.text:
        shown = "<wbr>".join(map(_term, terms) if others else (math(piece.text, display=True) for piece in terms[0]))
    else:
        shown = math(terms[0][0].text, display=True, words=spoken_line(Line(None, ((relation, expr),)), style, language, False))
    return Step(shown, any(piece.width > NARROW for term in terms for piece in term))


def _answered(blank: Blank, terms: list[list[Piece]], answer: Answer) -> list[list[Piece]]:
    """An answer may be broken as well: its first piece has the gap's number."""
    made = [[replace(piece, text=ANSWER.format(piece.text)) for piece in term] for term in terms]
    made[0][0] = replace(made[0][0], text=answer(blank.gap, terms[0][0].text))
    return made


def _term(pieces: list[Piece]) -> str:
    """One term, which a row is broken before rather than within."""
    text = "<wbr>".join(math(piece.text, display=True) for piece in pieces)
    return f'<span class="dg-term">{text}</span>' if len(pieces) > 1 else text


def _terms(breaker: Breaker, box: Box) -> list[list[Piece]]:
    """Return a long sum's terms, each in pieces; of anything else its pieces."""
    if not (isinstance(box, Row) and box.kind is RowKind.SUM) or width_of(box) <= WHOLE:
        return [_cut(breaker, box)]
    made: list[list[Piece]] = []
    for before, item in terms_of(box):
        if isinstance(item, Row) and item.kind in (RowKind.PRODUCT, RowKind.BRACKETS, RowKind.SUMMATION):
            made.append(_behind(breaker.show(before), _cut(breaker, item)))
        else:
            made.append(breaker.signed(before, item))
    return made


def _cut(breaker: Breaker, box: Box) -> list[Piece]:
    """Break a sum at its terms and a product at its factors, even where they would fit a wide page."""
    width = width_of(box)
    if width <= WHOLE:
        return [Piece(breaker.show(box), width)]
    if not isinstance(box, Row):
        return breaker.pieces(box)
    if box.kind is RowKind.NEGATIVE and not is_bracketed(box.parts[1]):
        return _behind(breaker.show(box.parts[0]), _cut(breaker, box.parts[1]))
    if box.kind is RowKind.SUM:
        return [piece for term in _terms(breaker, box) for piece in term]
    if box.kind is RowKind.PRODUCT:
        return _factors(breaker, box)
    if box.kind is RowKind.SUMMATION and isinstance(box.parts[1], Row) and box.parts[1].kind is RowKind.PRODUCT:
        return _behind(breaker.show(box.parts[0]), _cut(breaker, box.parts[1]))
    return breaker.pieces(box)


def _factors(breaker: Breaker, box: Row) -> list[Piece]:
    """Break a product before each sign, and so a product or sum over an index in it that needs no brackets."""
    made: list[Piece] = []
    for before, item in items(box):
        if isinstance(item, Row) and item.kind in (RowKind.PRODUCT, RowKind.SUMMATION):
            made += _behind(breaker.show(before), _cut(breaker, item))
        else:
            made += breaker.signed(before, item)
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


def _format(printer: Printer) -> Format:
    return Format(
        printer.show,
        opening={sign: fence(sign, "prefix", size=LARGE) for sign in "({"},
        closing={sign: fence(sign, "postfix", size=LARGE) for sign in ")}"},
        raised=lambda base, exponent: f"<msup>{base}{printer.one(exponent)}</msup>",
        smaller=lambda text, room: text,
    )
