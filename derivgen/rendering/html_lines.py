"""A step of an equation in pieces, each a `<math>` of its own: a browser breaks rows between them, and never inside one.

MathML does not break lines by itself. How wide the page is becomes known when somebody looks at it, so a step is cut wherever it
may be broken, and the browser fills the rows.

The gaps of a web page: noted while they are printed, numbered in the order in which they are read, drawn in their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derivgen.documents.document import Line
from derivgen.frozen import dataclass, replace
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Filled, Gap
from derivgen.present.boxes import Blank as GapBox
from derivgen.present.boxes import Box, Row, RowKind, is_bracketed, items
from derivgen.present.boxes import terms as terms_of
from derivgen.present.breaking import Breaker, Format, Piece, width_of
from derivgen.present.build import present
from derivgen.present.mathml import DOT, THIN, TIMES, Answer, Printer, fence, math, operator, space
from derivgen.rendering.lines import spoken_line

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
    whole = box.content if isinstance(box, GapBox) and box.content is not None else box
    terms = [_joined(term) for term in _terms(breaker, whole)]
    if isinstance(box, GapBox) and box.content is not None:
        terms = _answered(box, terms, answer)
    (first, *rest), *others = terms
    terms = [[replace(first, text=operator(RELATIONS[relation]) + first.text), *rest], *others]
    if others or rest or MARK in first.text:
        shown = "<wbr>".join(map(_term, terms) if others else (math(piece.text, display=True) for piece in terms[0]))
    else:
        shown = math(terms[0][0].text, display=True, words=spoken_line(Line(None, ((relation, expr),)), style, language, False))
    return Step(shown, any(piece.width > NARROW for term in terms for piece in term))


def _answered(blank: GapBox, terms: list[list[Piece]], answer: Answer) -> list[list[Piece]]:
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


LINE = 1.35  # em for each line of a gap
AXIS = 0.25  # em above the line a formula stands on: where its middle is
MARK = "\x02"
"""What a gap's place in the text begins with."""
_GAP = re.compile("\x02(\\d+)\x03")
_FORMULA = re.compile(r"(<math[^>]*>)(.*?)</math>", re.DOTALL)
_SLOT = re.compile(r'<mpadded[^>]*><mtext>(<span class="dg-slot"[^>]*>\x02\d+\x03</span>)</mtext></mpadded>')
_ALONE = re.compile(r'<mo(?: form="infix")?>[^<]*</mo>')
_OPENED, _CLOSED = re.compile(r"<m\w+(?:\s[^>]*[^>/]|)>"), re.compile(r"</m\w+>")


@dataclass(frozen=True, slots=True)
class Blank:
    """A gap where it stands on the page.

    `number` counts in reading order from 1; `gap` is the gap itself, a `Filled` one on a key; `about` says in Unicode what it
    belongs to: a line's left side, or a column's head and the row's number; `of` is that side or head.
    """

    number: int
    gap: Gap | Filled
    about: str
    of: Expr | None = None


def drawn(blank: Blank) -> str:
    """Return a gap as an empty box that fills its place."""
    return f'<span class="dg-gap" data-gap="{blank.number}"></span>'


class Gaps:
    """What is printed for gaps, and which they were; `about` and `of` say what the next ones belong to."""

    def __init__(self) -> None:
        self.noted: list[tuple[Gap | Filled, str, Expr | None]] = []
        self.about = ""
        self.of: Expr | None = None

    def answer(self, gap: Gap | Filled, inside: str) -> str:
        """Return a gap within a formula; what is filled in on a key."""
        if isinstance(gap, Filled):
            return f'<mrow class="dg-answer" data-gap="{self.note(gap)}">{inside}</mrow>'
        high = LINE * gap.height / 2
        moved = f'voffset="{AXIS - high:g}em" height="{high + AXIS:g}em" depth="{high - AXIS:g}em"'
        return f"<mpadded {moved}><mtext>{self.slot(gap)}</mtext></mpadded>"

    def slot(self, gap: Gap | Filled) -> str:
        """Return a place of a gap's size, in HTML."""
        high = LINE * gap.height
        size = f"width:{gap.width:g}em;height:{high:g}em;vertical-align:{AXIS - high / 2:g}em"
        return f'<span class="dg-slot" style="{size}">{self.note(gap)}</span>'

    def note(self, gap: Gap | Filled) -> str:
        """Return a mark in the text that is replaced at the end."""
        self.noted.append((gap, self.about, self.of))
        return f"\x02{len(self.noted) - 1}\x03"

    def blank(self, number: int, noted: int) -> Blank:
        """Return a gap by its mark."""
        return Blank(number, *self.noted[noted])

    def blanks(self, page: str) -> tuple[Blank, ...]:
        """Return every gap on the page, in reading order."""
        return tuple(self.blank(number, int(match[1])) for number, match in enumerate(_GAP.finditer(page), 1))

    def numbered(self, page: str, drawn: Callable[[Blank], str]) -> str:
        """Return the page with its gaps, drawn, in place of their marks."""
        count = 0

        def put(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            blank = self.blank(count, int(match[1]))
            return str(count) if isinstance(blank.gap, Filled) else drawn(blank)

        return _GAP.sub(put, _FORMULA.sub(_outside, page))


def _outside(formula: re.Match[str]) -> str:
    """A formula cut at the gaps in its row, so that they stand beside it and not in it; a sign stays with the gap behind it."""
    opening, inside = formula.groups()
    made, start = "", 0
    for slot in _SLOT.finditer(inside):
        before = inside[start : slot.start()]
        if len(_OPENED.findall(before)) == len(_CLOSED.findall(before)):
            made += f'<span class="dg-hold">{opening}{_spaced(before)}</math>{slot[1]}</span>' if before else slot[1]
            start = slot.end()
    return made + (f"{opening}{inside[start:]}</math>" if start < len(inside) else "")


def _spaced(sign: str) -> str:
    """A sign alone in its formula, between two empty rows: else Firefox sets it without the space around it."""
    return f"<mrow></mrow>{sign}<mrow></mrow>" if _ALONE.fullmatch(sign) else sign
