"""Aligned equations, cut into rows that fit: a new row before a relation, else before a factor or a term.

Words and lines of equations as they are read aloud: the alternative texts of formulas, in the document's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from derivgen.documents.document import Equations, Line, Math, Prose
from derivgen.frozen import dataclass, replace
from derivgen.maths.style import Style
from derivgen.maths.tree import Boxed, Expr
from derivgen.present.boxes import Box
from derivgen.present.breaking import Breaker, Format, Piece
from derivgen.present.build import present
from derivgen.present.dialects import DIALECTS, Dialect
from derivgen.present.marks import Mark
from derivgen.present.measure import height_lines, width_em
from derivgen.present.speech import speech, vocabulary
from derivgen.rendering.grid import formula, printed

RELATION = 1.45  # em, with its spaces
INDENT = 2.0
REASON_GAP = 1.5
BETWEEN = 2.5  # em between lines that stand beside each other
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


def rows(equations: Equations, style: Style, room: float, pack: bool = False) -> tuple[Row, ...]:
    """Return the rows of all lines, each at most `room` em wide; with `pack` short lines share a row."""
    left = left_width(equations, style, room)
    built = [_line(line, style, left, room) for line in equations.lines]
    if pack:
        built = _packed(equations.lines, built, style, left, room)
    return tuple(replace(row, first=not at) for line in built for at, row in enumerate(line))


def _packed(lines: Sequence[Line], built: list[list[Row]], style: Style, left: float, room: float) -> list[list[Row]]:
    """Put what is short behind what is short before it; a line of what the first one is about begins a row of its own."""
    found: list[list[Row]] = []
    free = 0.0
    for line, rows_ in zip(lines, built, strict=True):
        right = sum(width_em(expr, style) + RELATION for _, expr in line.steps)
        width = BETWEEN + right + (width_em(line.left, style) if line.left is not None else 0.0)
        if width <= free and len(rows_) == 1 and not line.reason and line.left != lines[0].left:
            before = found[-1][0]
            found[-1] = [replace(before, right=rf"{before.right} \qquad {rows_[0].left} {rows_[0].right}")]
            free -= width
        else:
            found.append(rows_)
            free = 0.0 if len(rows_) > 1 or line.reason else room - left - right
    return found


def left_width(equations: Equations, style: Style, room: float) -> float:
    """Return the width in em of what stands left of the alignment; a longer left side has a row of its own."""
    lefts = [width_em(line.left, style) for line in equations.lines if line.left is not None]
    return max((width for width in lefts if width <= LONG_LEFT * room), default=1.0)


def prose_width(prose: Prose, style: Style) -> float:
    """Estimate how wide words are, set small and in italics."""
    return sum(width_em(part.expr, style, inline=True) if isinstance(part, Math) else LETTER * len(part.words) for part in prose)


def natural_width(equations: Equations, style: Style) -> float:
    """Return how wide the equations would like to be: the widest left side, the widest right side, the widest reason."""
    lefts = (width_em(line.left, style) for line in equations.lines if line.left is not None)
    rights = (sum(width_em(expr, style) + RELATION for _, expr in line.steps) for line in equations.lines)
    reasons = (prose_width(line.reason, style) for line in equations.lines)
    widest = max(reasons, default=0)
    return max(lefts, default=0) + max(rights, default=0) + (widest + 2 if widest else 0)


def _line(line: Line, style: Style, left: float, room: float) -> list[Row]:
    """The rows of one line."""
    own = 0.0 if line.left is None else width_em(line.left, style)
    text = "" if line.left is None else formula(line.left, style)
    right = _right_side(line, style, room - left)
    if own > left:
        rights = [Piece("", 0), *right]
        dialect = DIALECTS[style.dialect]
        text = dialect.long(text if own <= room else dialect.fit(room, text))
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
    widths = [width_em(expr, style) + RELATION for _, expr in line.steps]
    for at, (relation, expr) in enumerate(line.steps):
        sign = DIALECTS[style.dialect].relations.get(relation, relation)  # a slot's mark stands for itself
        width = widths[at]
        last = filled[-1] if filled else None
        if last is not None and _is_before_box(line, at) and last.width + width + widths[at + 1] > room >= width + widths[at + 1]:
            last = None
        if width > room:
            filled += _broken(sign, expr, style, room)
        elif last is not None and last.width + width <= room and not last.closed:
            filled[-1] = Piece(f"{last.text} {sign} {formula(expr, style)}", last.width + width)
        else:
            filled.append(Piece(f"{sign} {formula(expr, style)}", width))
    return filled


def _is_before_box(line: Line, at: int) -> bool:
    """Return whether a step is followed by a boxed result, which is no row by itself."""
    return at + 1 < len(line.steps) and isinstance(line.steps[at + 1][1], Boxed)


def _broken(sign: str, expr: Expr, style: Style, room: float) -> list[Piece]:
    """One long step in rows; the ones after the first are indented."""
    inner, dialect = room - RELATION - INDENT, DIALECTS[style.dialect]
    filled = [Piece(sign, RELATION)]
    for piece in pieces(expr, style, inner):
        opening = filled[-1].text == sign
        if opening or filled[-1].width + piece.width <= room:
            text = f" {piece.text.strip()}" if opening else piece.text
            filled[-1] = Piece(filled[-1].text + text, filled[-1].width + piece.width)
        else:
            filled.append(Piece(dialect.indent + _visible(piece.text, dialect), INDENT + RELATION + piece.width))
    return [*filled[:-1], replace(filled[-1], closed=True)]


def _visible(text: str, dialect: Dialect) -> str:
    r"""What opens a row within a product says that it is one: a factor without a sign gets its `\cdot`."""
    text = text.strip()
    return text if re.match(dialect.signs, text) else dialect.times + text.removeprefix(dialect.thin).strip()


def pieces(expr: Expr, style: Style, room: float) -> list[Piece]:
    """Return the expression in pieces of at most `room` em where that is possible; what cannot be cut is made smaller."""
    return Breaker(FORMATS[style.dialect], room).pieces(present(expr, style))


def _format(name: str, dialect: Dialect) -> Format:
    def show(box: Box) -> str:
        return printed(box, name)

    return Format(
        show,
        dialect.opening,
        dialect.closing,
        raised=lambda base, exponent: dialect.raised(base, show(exponent)),
        smaller=lambda text, room: dialect.fit(room, text),
        gap=dialect.gap if dialect.cuts_gaps else None,
        bold=dialect.bold,
    )


FORMATS: Mapping[str, Format] = MappingProxyType({name: _format(name, dialect) for name, dialect in DIALECTS.items()})
"""How each dialect of LaTeX is broken."""


def stays_together(equations: Equations, built: Sequence[object], style: Style) -> bool:
    """Return whether all rows can be kept on one page: not when they would be a large part of it."""
    exprs = [expr for line in equations.lines for expr in (line.left, *(step for _, step in line.steps)) if expr is not None]
    tallest = max((height_lines(expr, style) for expr in exprs), default=1.0)
    return equations.together and len(built) * tallest <= MOST_LINES


def kept(built: Sequence[Row], attached: bool = False, least: int = 2) -> tuple[bool, ...]:
    """Return for each row whether the next one stays with it: the last `least`, what goes on from a row, and the first two.

    The first one may stand alone where it is attached to what stands above.
    """
    last = len(built) - 1
    first = () if attached else (0,)
    return tuple(at in first or last - least < at < last or (at < last and not built[at + 1].first) for at in range(len(built)))


_MARKS = {"=": Mark.EQUAL, "≈": Mark.ABOUT}


def spoken_prose(prose: Prose, style: Style, language: str, numbered: bool = True) -> str:
    """Return words and the formulas among them in words; gaps, where they are `numbered`, with marks for their numbers."""
    parts = (speech(part.expr, style, language, numbered) if isinstance(part, Math) else part.words for part in prose)
    return "".join(parts)


def spoken_line(line: Line, style: Style, language: str, numbered: bool = True) -> str:
    """Return one line of equations in words, its reason at the end; gaps, where they are `numbered`, with marks."""
    words = vocabulary(language)
    said = [] if line.left is None else [speech(line.left, style, language, numbered)]
    for relation, side in line.steps:
        said += [words.signs[_MARKS[relation]] if relation in _MARKS else words.phrases[relation]]
        said += [speech(side, style, language, numbered)]
    reason = spoken_prose(line.reason, style, language, numbered)
    return " ".join(said) + (f"; {reason}" if reason else "")
