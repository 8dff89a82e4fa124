"""The gaps of a web page: noted while they are printed, numbered in the order in which they are read, drawn in their places."""

from __future__ import annotations

import re
from collections.abc import Callable

from derivgen.frozen import dataclass
from derivgen.maths.tree import Expr, Filled, Gap

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
